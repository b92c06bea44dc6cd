//! What a URL names: a store, a bucket in it, and a key; or a file on a web server.
//!
//! Keys are taken as they stand, as the stores' own tools take them: `%20` in a key is three characters. URLs of web servers
//! are decoded by nobody.

use std::fmt;

use crate::scan::ScanError;

/// A kind of store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scheme {
    S3,
    Google,
    Azure,
    Web,
}

impl Scheme {
    const ALL: [(&str, Self); 10] = [
        ("s3", Self::S3),
        ("s3a", Self::S3),
        ("gs", Self::Google),
        ("az", Self::Azure),
        ("azure", Self::Azure),
        ("adl", Self::Azure),
        ("abfs", Self::Azure),
        ("abfss", Self::Azure),
        ("https", Self::Web),
        ("http", Self::Web),
    ];

    /// What holds the objects, as its store calls it.
    pub(super) fn bucket(self) -> &'static str {
        match self {
            Self::S3 | Self::Google => "bucket",
            Self::Azure => "container",
            Self::Web => "server",
        }
    }
}

/// An object, folder or pattern in a store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Address {
    pub(super) scheme: Scheme,
    /// What stands before the key: `s3://bucket`.
    pub(super) base: String,
    /// What stands behind it, without the slash between them.
    pub(super) key: String,
}

/// Tells whether an argument is a URL, and no path.
pub(in crate::source) fn is_url(argument: &str) -> bool {
    argument.split_once("://").is_some_and(|(scheme, _)| {
        scheme.len() > 1 && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
    })
}

impl Address {
    /// Reads a URL.
    ///
    /// # Errors
    /// Its scheme is not known, or it names no bucket.
    pub(super) fn parse(url: &str) -> Result<Self, ScanError> {
        let (name, rest) = url.split_once("://").unwrap_or(("", url));
        let lower = name.to_ascii_lowercase();
        let Some((_, scheme)) = Scheme::ALL.into_iter().find(|(known, _)| *known == lower) else {
            let help = match lower.as_str() {
                "file" => "name the file by its path, without `file://`".to_owned(),
                "gcs" => "write `gs://`".to_owned(),
                "wasb" | "wasbs" => "write `abfss://`".to_owned(),
                _ => "`s3://`, `gs://`, `az://`, `abfss://`, `https://` and `http://` are read".to_owned(),
            };
            return Err(ScanError::Usage {
                problem: format!("`{}` is a URL that weir does not read (`{lower}`)", shown(url)),
                help: Some(help),
            });
        };
        let (bucket, key) = rest.split_once('/').unwrap_or((rest, ""));
        if bucket.is_empty() {
            return Err(ScanError::Usage {
                problem: format!("`{}` names no {}", shown(url), scheme.bucket()),
                help: Some(format!("write `{lower}://{}/path`", scheme.bucket())),
            });
        }
        Ok(Self { scheme, base: format!("{lower}://{bucket}"), key: key.to_owned() })
    }

    /// Names an object of the same bucket.
    pub(super) fn name(&self, key: &str) -> String {
        format!("{}/{key}", self.base)
    }
}

/// Writes the URL.
impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name =
            if self.scheme == Scheme::Web { shown(&self.name(&self.key)).to_owned() } else { self.name(&self.key) };
        f.write_str(&name)
    }
}

/// A URL of a web server without its query, which may hold a signature.
pub(super) fn shown(url: &str) -> &str {
    url.split(['?', '#']).next().unwrap_or(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_told_from_paths() {
        assert!(is_url("s3://bucket/key") && is_url("HTTPS://host/a.csv") && is_url("ftp://host"));
        assert!(!is_url("data/a.csv") && !is_url("c:/data") && !is_url("a b://c") && !is_url("-"));
    }

    #[test]
    fn a_url_is_a_bucket_and_a_key() {
        let address = Address::parse("S3A://lake/day=1/K%C3%B6ln *.csv").expect("it is one");
        assert_eq!((address.scheme, address.base.as_str()), (Scheme::S3, "s3a://lake"));
        assert_eq!(address.key, "day=1/K%C3%B6ln *.csv");
        assert_eq!(address.to_string(), "s3a://lake/day=1/K%C3%B6ln *.csv");
        assert_eq!(Address::parse("gs://lake").expect("it is one").key, "");
        let signed = Address::parse("https://host/a.csv?X-Amz-Signature=secret").expect("it is one");
        assert_eq!(signed.to_string(), "https://host/a.csv");
    }

    #[test]
    fn what_is_no_store_is_refused() {
        let refused = |url| match Address::parse(url) {
            Err(ScanError::Usage { problem, help }) => format!("{problem}; {}", help.unwrap_or_default()),
            other => format!("{other:?}"),
        };
        assert!(refused("ftp://host/a?b").starts_with("`ftp://host/a` is a URL that weir does not read (`ftp`)"));
        assert!(refused("file:///a.csv").ends_with("without `file://`"));
        assert_eq!(refused("az:///a.csv"), "`az:///a.csv` names no container; write `az://container/path`");
    }
}
