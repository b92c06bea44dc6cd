//! How servers are asked: with what patience, with which certificates, and whether with credentials.

use std::env;
use std::time::Duration;

use object_store::{BackoffConfig, Certificate, ClientConfigKey, ClientOptions, RetryConfig};

use super::address::Scheme;
use super::failure::Failure;

/// The variable that says how long a server may take to answer.
pub(super) const TIMEOUT_VARIABLE: &str = "WEIR_HTTP_TIMEOUT";

const TIMEOUT: Duration = Duration::from_secs(30);

/// Who asks, and how.
#[derive(Debug)]
pub(super) struct Access {
    pub(super) scheme: Scheme,
    /// Where the credentials come from: a variable, a profile; `None` where requests are not
    /// signed.
    pub(super) credentials: Option<String>,
    /// The server, where it is not the usual one of the store.
    pub(super) endpoint: Option<String>,
    pub(super) timeout: Duration,
}

impl Access {
    /// Where a name or an address may be wrong.
    pub(super) fn where_to_look(&self) -> String {
        match (&self.endpoint, self.scheme) {
            (Some(endpoint), _) => format!("that the server `{endpoint}` is the right one"),
            (None, Scheme::S3) => "that `AWS_ENDPOINT_URL` is set if it is not Amazon's".to_owned(),
            (None, Scheme::Azure) => "that `AZURE_STORAGE_ACCOUNT_NAME` is the right account".to_owned(),
            (None, Scheme::Google) => "the project that it is in".to_owned(),
            (None, Scheme::Web) => "the address of the server".to_owned(),
        }
    }

    /// What may be wrong with the credentials.
    pub(super) fn what_to_check(&self, code: &str) -> String {
        if self.scheme == Scheme::Web {
            return "where the URL is signed, its signature may have expired: get a new one".to_owned();
        }
        let Some(credentials) = &self.credentials else {
            let give = match self.scheme {
                Scheme::S3 => "set `AWS_PROFILE`, or `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY`",
                Scheme::Google => {
                    "set `GOOGLE_APPLICATION_CREDENTIALS`, or run `gcloud auth application-default login`"
                }
                _ => "set `AZURE_STORAGE_ACCOUNT_KEY`, `AZURE_STORAGE_SAS_TOKEN` or `AZURE_CLIENT_SECRET`",
            };
            return format!("the request was not signed, as no credentials were found: {give}");
        };
        if code.contains("Expired") {
            return format!("the credentials from {credentials} have expired: get new ones");
        }
        let needed = match self.scheme {
            Scheme::S3 => "they need `s3:GetObject`, and `s3:ListBucket` for folders and patterns",
            Scheme::Google => "they need the role Storage Object Viewer",
            _ => "they need the role Storage Blob Data Reader",
        };
        format!("check the credentials from {credentials}; {needed}")
    }
}

/// Reads how long a server may take to answer.
///
/// # Errors
/// The variable holds no duration.
pub(super) fn timeout() -> Result<Duration, Failure> {
    let Ok(text) = env::var(TIMEOUT_VARIABLE) else { return Ok(TIMEOUT) };
    let read = humantime::parse_duration(&text).ok().filter(|timeout| !timeout.is_zero());
    read.ok_or_else(|| {
        let help = "write a number with its unit, such as `30s` or `2m`".to_owned();
        Failure::lasting(format!("`{TIMEOUT_VARIABLE}` is `{text}`, expected a duration"), Some(help))
    })
}

/// Returns how a store repeats a request by itself.
pub(super) fn retries() -> RetryConfig {
    RetryConfig {
        backoff: BackoffConfig {
            init_backoff: Duration::from_millis(50),
            max_backoff: Duration::from_secs(5),
            base: 3.0,
        },
        max_retries: 3,
        retry_timeout: Duration::from_mins(2),
    }
}

/// Returns how connections are made, as the variables with a prefix (`AWS_`) say, such as `AWS_PROXY_URL`.
///
/// # Errors
/// A file of certificates cannot be read.
pub(super) fn client(prefix: &str, timeout: Duration, plain_http: bool) -> Result<ClientOptions, Failure> {
    let mut options =
        ClientOptions::new().with_timeout(timeout).with_connect_timeout(timeout.min(Duration::from_secs(5)));
    let agent = concat!("weir/", env!("CARGO_PKG_VERSION"));
    options = options.with_config(ClientConfigKey::UserAgent, agent);
    for (name, value) in env::vars_os() {
        let (Some(name), Some(value)) = (name.to_str(), value.to_str()) else { continue };
        let Some(key) = name.strip_prefix(prefix).filter(|_| !prefix.is_empty()) else { continue };
        if let Ok(key) = key.to_ascii_lowercase().parse::<ClientConfigKey>() {
            options = options.with_config(key, value);
        }
    }
    if plain_http {
        options = options.with_allow_http(true);
    }
    if let Some(file) = env::var_os("AWS_CA_BUNDLE").filter(|_| prefix == "AWS_") {
        let unreadable = |said: String| {
            let problem = format!("`{}`, named by `AWS_CA_BUNDLE`, is no file of certificates: {said}", file.display());
            Failure::lasting(problem, None)
        };
        let pem = std::fs::read(&file).map_err(|error| unreadable(error.to_string()))?;
        for certificate in Certificate::from_pem_bundle(&pem).map_err(|error| unreadable(error.to_string()))? {
            options = options.with_root_certificate(certificate);
        }
    }
    Ok(options)
}

/// Returns the value of a variable that is set and not empty.
pub(super) fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}

/// Tells whether a variable says yes.
pub(super) fn is_set(name: &str) -> bool {
    variable(name).is_some_and(|value| matches!(value.to_ascii_lowercase().as_str(), "1" | "true" | "yes" | "on"))
}
