//! Profiles as Amazon's tools keep them: `~/.aws/credentials` and `~/.aws/config`.
//!
//! Keys that stand there are taken. What a profile says of other ways to get some (single sign-on, roles, programs) is not
//! done here, and said so, with the command that does it.

use std::collections::BTreeMap;
use std::env;
use std::path::PathBuf;

use super::failure::Failure;
use super::settings::variable;

/// What a profile says.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Profile {
    pub(super) name: String,
    pub(super) keys: Option<Keys>,
    pub(super) web_identity: Option<WebIdentity>,
    pub(super) region: Option<String>,
    pub(super) endpoint: Option<String>,
    /// Another way to get credentials that it names, by the setting that does.
    foreign: Option<String>,
}

/// Credentials that stand in the profile.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Keys {
    pub(super) id: String,
    pub(super) secret: String,
    pub(super) token: Option<String>,
}

/// A role that a token in a file stands for.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct WebIdentity {
    pub(super) role: String,
    pub(super) token_file: String,
}

/// Settings that weir does not follow, and that get credentials.
const FOREIGN: [&str; 5] = ["sso_session", "sso_start_url", "login_session", "credential_process", "role_arn"];

/// The sections of a file, and the settings of each.
type Sections = BTreeMap<String, BTreeMap<String, String>>;

impl Profile {
    /// Reads the profile that `AWS_PROFILE` names, or the default one. There may be no such one where none is named.
    ///
    /// # Errors
    /// The named profile is in neither file, or a file cannot be read.
    pub(super) fn read() -> Result<Self, Failure> {
        let named = variable("AWS_PROFILE").or_else(|| variable("AWS_DEFAULT_PROFILE"));
        let credentials = file("AWS_SHARED_CREDENTIALS_FILE", "credentials");
        let config = file("AWS_CONFIG_FILE", "config");
        let [credentials_text, config_text] = [&credentials, &config].map(|file| match file {
            Some(file) => match std::fs::read_to_string(file) {
                Ok(text) => Ok(text),
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(String::new()),
                Err(error) => Err(Failure::lasting(format!("cannot read `{}`: {error}", file.display()), None)),
            },
            None => Ok(String::new()),
        });
        let name = named.clone().unwrap_or_else(|| "default".to_owned());
        match (Self::find(&name, &credentials_text?, &config_text?), named) {
            (Some(profile), _) => Ok(profile),
            (None, None) => Ok(Self::default()),
            (None, Some(name)) => {
                let files: Vec<String> =
                    [credentials, config].into_iter().flatten().map(|file| format!("`{}`", file.display())).collect();
                let help = "unset `AWS_PROFILE`, or name one of `aws configure list-profiles`".to_owned();
                let problem = format!("there is no profile `{name}` in {}", files.join(" or "));
                Err(Failure::lasting(problem, Some(help)))
            }
        }
    }

    fn find(name: &str, credentials: &str, config: &str) -> Option<Self> {
        let (credentials, config) = (sections(credentials), sections(config));
        let full_name = format!("profile {name}");
        let of_config = config.get(&full_name).or_else(|| config.get(name).filter(|_| name == "default"));
        let of_credentials = credentials.get(name);
        if of_config.is_none() && of_credentials.is_none() {
            return None;
        }
        let setting = |key: &str| {
            let value = of_credentials.and_then(|section| section.get(key));
            value.or_else(|| of_config.and_then(|section| section.get(key))).cloned()
        };
        let keys = match (setting("aws_access_key_id"), setting("aws_secret_access_key")) {
            (Some(id), Some(secret)) => Some(Keys { id, secret, token: setting("aws_session_token") }),
            _ => None,
        };
        let web_identity = match (setting("role_arn"), setting("web_identity_token_file")) {
            (Some(role), Some(token_file)) => Some(WebIdentity { role, token_file }),
            _ => None,
        };
        let services = setting("services").and_then(|services| config.get(&format!("services {services}")));
        let endpoint = services.and_then(|services| services.get("s3.endpoint_url")).cloned();
        // a role is taken with the help of keys, which are no use by themselves
        let foreign = FOREIGN.into_iter().find(|key| setting(key).is_some()).map(str::to_owned);
        let foreign = foreign.filter(|key| web_identity.is_none() && (keys.is_none() || key == "role_arn"));
        Some(Self {
            name: name.to_owned(),
            keys,
            web_identity,
            region: setting("region"),
            endpoint: endpoint.or_else(|| setting("endpoint_url")),
            foreign,
        })
    }

    /// Refuses a profile whose credentials would have to be got in a way that weir does not know.
    ///
    /// # Errors
    /// It is such a one.
    pub(super) fn refuse_foreign(&self) -> Result<(), Failure> {
        let Some(setting) = &self.foreign else { return Ok(()) };
        let name = &self.name;
        let help = format!(
            "run `eval \"$(aws configure export-credentials --profile {name} --format env)\"` and try again, or set \
             `AWS_SKIP_SIGNATURE=true` for public data"
        );
        let problem = format!("the profile `{name}` gets its credentials by `{setting}`, which weir does not follow");
        Err(Failure::lasting(problem, Some(help)))
    }
}

fn file(variable_name: &str, name: &str) -> Option<PathBuf> {
    variable(variable_name).map(PathBuf::from).or_else(|| env::home_dir().map(|home| home.join(".aws").join(name)))
}

/// Reads the sections of a file. What is nested below a setting (`s3 =` and lines that are indented) is named with it:
/// `s3.endpoint_url`.
fn sections(text: &str) -> Sections {
    let mut sections = Sections::new();
    let mut section = String::new();
    let mut above = String::new();
    for line in text.lines() {
        let trimmed = line.trim();
        if trimmed.is_empty() || trimmed.starts_with(['#', ';']) {
            continue;
        }
        if let Some(name) = trimmed.strip_prefix('[') {
            let name = name.split(']').next().unwrap_or_default();
            section = name.split_whitespace().collect::<Vec<_>>().join(" ");
            sections.entry(section.clone()).or_default();
            above.clear();
            continue;
        }
        let Some((key, value)) = trimmed.split_once('=') else { continue };
        let value = value.split(" #").next().unwrap_or_default().trim().to_owned();
        let mut key = key.trim().to_ascii_lowercase();
        if line.starts_with([' ', '\t']) && !above.is_empty() {
            key = format!("{above}.{key}");
        } else {
            above.clear();
            if value.is_empty() {
                above = key;
                continue;
            }
        }
        sections.entry(section.clone()).or_default().insert(key, value);
    }
    sections
}

#[cfg(test)]
mod tests {
    use super::*;

    const CREDENTIALS: &str = "\
[default]
aws_access_key_id = AKIA1
aws_secret_access_key=a/b=c # mine

[ci]
aws_access_key_id = AKIA2
aws_secret_access_key = two
aws_session_token = three
";

    const CONFIG: &str = "\
[default]
region = eu-central-1
s3 =
  addressing_style = path
output = json

[profile minio]
endpoint_url = http://localhost:9000
services = local

[services local]
s3 =
  endpoint_url = http://localhost:9001

[profile sso]
sso_session = company
[profile role]
role_arn = arn:aws:iam::1:role/r
source_profile = default
[profile pod]
role_arn = arn:aws:iam::1:role/r
web_identity_token_file = /token
";

    fn found(name: &str) -> Profile {
        Profile::find(name, CREDENTIALS, CONFIG).expect("it is there")
    }

    #[test]
    fn keys_and_region_come_from_both_files() {
        let keys = Keys { id: "AKIA1".to_owned(), secret: "a/b=c".to_owned(), token: None };
        let profile = found("default");
        assert_eq!(
            (profile.keys, profile.region.as_deref(), profile.endpoint),
            (Some(keys), Some("eu-central-1"), None)
        );
        assert_eq!(found("ci").keys.and_then(|keys| keys.token).as_deref(), Some("three"));
        assert_eq!(Profile::find("none", CREDENTIALS, CONFIG), None);
    }

    #[test]
    fn the_endpoint_of_the_service_counts_before_that_of_all() {
        assert_eq!(found("minio").endpoint.as_deref(), Some("http://localhost:9001"));
    }

    #[test]
    fn what_is_not_followed_is_refused() {
        let refused = |name: &str| found(name).refuse_foreign().map_err(|failure| failure.to_string());
        assert!(refused("sso").expect_err("it is").contains("`sso_session`"));
        assert!(refused("role").expect_err("it is").contains("`role_arn`"));
        assert_eq!((refused("default"), refused("minio"), refused("pod")), (Ok(()), Ok(()), Ok(())));
        assert_eq!(found("pod").web_identity.map(|web| web.token_file).as_deref(), Some("/token"));
    }
}
