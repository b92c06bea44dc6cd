//! Why a remote object could not be read: what the server said, in words that tell what to check.

use std::error::Error;
use std::fmt;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::io;
use std::sync::Arc;
use std::time::Duration;

use object_store::client::{HttpError, HttpErrorKind};

use super::address::Scheme;
use super::settings::{Access, TIMEOUT_VARIABLE};
use crate::scan::ScanError;
use crate::words::number;

/// What `object_store` writes before the status of an answer.
const STATUS: &str = "Server returned non-2xx status code: ";

/// How much of a server's own words is told.
const WORDS_SHOWN: usize = 200;

/// A request that failed.
#[derive(Debug, Clone)]
pub(super) struct Failure {
    problem: String,
    help: Option<String>,
    kind: Kind,
}

/// What a failure means for whoever asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Asking again does not mend it.
    Lasting,
    /// The same request may well succeed in a moment.
    Passing,
    /// Nobody answers at all. It may pass.
    Unreachable,
    /// What was asked for is not there.
    Missing,
    /// Whoever asks may not see it.
    Denied,
}

/// What was asked, for messages.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    /// The object, folder or pattern as the user names it.
    pub(super) name: Arc<str>,
    pub(super) access: Arc<Access>,
}

/// What a server answered in place of the data.
#[derive(Debug, Default)]
pub(super) struct Answer {
    pub(super) status: Option<u16>,
    /// The server's own name for what is wrong: `NoSuchKey`.
    pub(super) code: Option<String>,
    /// What it says about it, or what the network said.
    pub(super) words: String,
    pub(super) kind: Option<HttpErrorKind>,
}

impl Answer {
    /// Reads the error of a store, whose status and body are to be had as text only.
    pub(super) fn of_store(error: &object_store::Error) -> Self {
        let mut answer = Self::default();
        let mut cause: Option<&(dyn Error + 'static)> = Some(error);
        while let Some(error) = cause {
            if let Some(http) = error.downcast_ref::<HttpError>() {
                answer.kind = Some(http.kind());
            }
            let text = error.to_string();
            if let Some(said) = text.strip_prefix(STATUS) {
                let (status, body) = said.split_once(": ").unwrap_or((said, ""));
                answer.status = status.get(..3).and_then(|digits| digits.parse().ok());
                answer.set_body(body);
                return answer;
            }
            if text.starts_with("Received redirect without LOCATION") {
                answer.status = Some(301);
            }
            answer.words = text;
            cause = error.source();
        }
        answer
    }

    /// Reads the error of a connection.
    pub(super) fn of_connection(error: &HttpError) -> Self {
        let mut answer = Self { kind: Some(error.kind()), ..Self::default() };
        let mut cause: Option<&(dyn Error + 'static)> = Some(error);
        while let Some(error) = cause {
            answer.words = error.to_string();
            cause = error.source();
        }
        answer
    }

    fn set_body(&mut self, body: &str) {
        self.code = between(body, "<Code>", "</Code>");
        let message = between(body, "<Message>", "</Message>");
        self.words = message.unwrap_or_else(|| if body.starts_with('<') { String::new() } else { body.to_owned() });
    }

    fn is_timeout(&self) -> bool {
        self.kind == Some(HttpErrorKind::Timeout)
    }

    /// Writes the status with the server's name for what is wrong: `403 AccessDenied`.
    fn status(&self) -> String {
        let status = self.status.map(|status| status.to_string());
        let parts: Vec<String> = status.into_iter().chain(self.code.clone()).collect();
        parts.join(" ")
    }
}

fn between(text: &str, start: &str, end: &str) -> Option<String> {
    let (_, rest) = text.split_once(start)?;
    rest.split_once(end).map(|(found, _)| found.to_owned())
}

impl Failure {
    /// Says what went wrong when something was asked for.
    pub(super) fn new(asked: &Asked, answer: &Answer) -> Self {
        let Asked { name, access } = asked;
        let status = answer.status();
        let code = answer.code.as_deref().unwrap_or_default();
        let said = shortened(&answer.words);
        let mut kind = Kind::Lasting;
        let (problem, help) = match answer.status {
            Some(404) if matches!(code, "NoSuchBucket" | "ContainerNotFound") => {
                kind = Kind::Missing;
                let problem = format!("there is no {} for `{name}` ({status})", access.scheme.bucket());
                (problem, Some(format!("check its name, and {}", access.where_to_look())))
            }
            Some(404) => {
                kind = Kind::Missing;
                let help = format!("check the name, and {}", access.where_to_look());
                (format!("there is no object `{name}`"), Some(help))
            }
            Some(401 | 403) => {
                kind = Kind::Denied;
                let said = if said.is_empty() { String::new() } else { format!(": {said}") };
                (format!("access to `{name}` is denied ({status}){said}"), Some(access.what_to_check(code)))
            }
            Some(301 | 307 | 308) if access.scheme == Scheme::S3 => {
                let problem =
                    format!("the bucket of `{name}` is in another region than the one that was asked ({status})");
                (problem, Some("set `AWS_REGION` to the region of the bucket".to_owned()))
            }
            Some(408 | 429 | 500..=599) => {
                kind = Kind::Passing;
                let help = "it was asked several times; try again later".to_owned();
                (format!("`{name}` cannot be read: the server is not able to answer ({status})"), Some(help))
            }
            Some(_) => {
                let said = if said.is_empty() { String::new() } else { format!(": {said}") };
                let is_credential = code.contains("Token") || code.contains("Authoriz");
                let help = if is_credential {
                    access.what_to_check(code)
                } else {
                    format!("check the name, and {}", access.where_to_look())
                };
                (format!("the server refuses to give `{name}` ({status}){said}"), Some(help))
            }
            None if answer.is_timeout() => {
                kind = Kind::Passing;
                let timeout = number::duration(access.timeout);
                let problem = format!("`{name}` cannot be read: the server did not answer within {timeout}");
                (problem, Some(format!("give it more time with `{TIMEOUT_VARIABLE}`, such as `{TIMEOUT_VARIABLE}=2m`")))
            }
            None => {
                kind = match answer.kind {
                    // a certificate that is not trusted now will not be later
                    _ if said.contains("ertificate") => Kind::Lasting,
                    None => Kind::Lasting,
                    Some(HttpErrorKind::Connect) => Kind::Unreachable,
                    Some(_) => Kind::Passing,
                };
                let help = if said.contains("InvalidContentType") && name.starts_with("https://") {
                    "the server does not speak TLS there: is `http://` meant?".to_owned()
                } else if said.contains("ertificate") {
                    "trust a certificate authority of your own by naming its file in `SSL_CERT_FILE`".to_owned()
                } else if answer.kind == Some(HttpErrorKind::Connect) {
                    format!("check the network, and {}", access.where_to_look())
                } else {
                    access.what_to_check("")
                };
                (format!("`{name}` cannot be read: {said}"), Some(help))
            }
        };
        Self { problem, help, kind }
    }

    /// Tells whether what was asked for is not there.
    pub(super) fn is_missing(&self) -> bool {
        self.kind == Kind::Missing
    }

    /// Tells whether whoever asks may not see it.
    pub(super) fn is_denied(&self) -> bool {
        self.kind == Kind::Denied
    }

    /// A failure that asking again does not mend.
    pub(super) fn lasting(problem: String, help: Option<String>) -> Self {
        Self { problem, help, kind: Kind::Lasting }
    }

    /// The object is not the one whose beginning was read.
    pub(super) fn changed(name: &str) -> Self {
        Self::lasting(
            format!("`{name}` was changed while it was read"),
            Some("judge it again when nobody writes to it".to_owned()),
        )
    }

    /// The body ended before its end.
    pub(super) fn cut(name: &str) -> Self {
        let problem = format!("`{name}` cannot be read: the server ended its answer early, again and again");
        let help = "check the network, and proxies on the way".to_owned();
        Self { problem, help: Some(help), kind: Kind::Passing }
    }

    /// The server said nothing for too long.
    pub(super) fn silent(asked: &Asked) -> Self {
        Self::new(asked, &Answer { kind: Some(HttpErrorKind::Timeout), ..Answer::default() })
    }

    /// Makes it an error of reading data.
    pub(super) fn into_error(self) -> ScanError {
        ScanError::Usage { problem: self.problem, help: self.help }
    }

    /// Adds what is known besides.
    pub(super) fn with_help(self, help: String) -> Self {
        Self { help: Some(help), ..self }
    }
}

fn shortened(words: &str) -> String {
    let line = words.lines().next().unwrap_or_default().trim().trim_end_matches('.');
    line.chars().take(WORDS_SHOWN).collect()
}

/// Writes what went wrong.
impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.problem)
    }
}

impl Error for Failure {}

impl From<Failure> for io::Error {
    fn from(failure: Failure) -> Self {
        Self::other(failure)
    }
}

/// Asks again as long as failures pass: how often without having got anything, and how long in between.
#[derive(Debug)]
pub(super) struct Patience {
    failures: u32,
}

impl Patience {
    /// How many requests in a row may come to nothing. A store repeats each of them several times itself.
    const FAILURES: u32 = 6;
    const SHORTEST: Duration = Duration::from_millis(50);
    const LONGEST: Duration = Duration::from_secs(5);

    pub(super) fn new() -> Self {
        Self { failures: 0 }
    }

    /// Something came.
    pub(super) fn renew(&mut self) {
        self.failures = 0;
    }

    /// Waits before the next request.
    ///
    /// # Errors
    /// The failure, where it does not pass, or there were too many.
    pub(super) async fn wait(&mut self, failure: Failure) -> Result<(), Failure> {
        self.failures += match failure.kind {
            Kind::Passing => 1,
            // it is more often a wrong name than a server that starts
            Kind::Unreachable => 2,
            Kind::Lasting | Kind::Missing | Kind::Denied => return Err(failure),
        };
        if self.failures > Self::FAILURES {
            return Err(failure);
        }
        tokio::time::sleep(self.pause()).await;
        Ok(())
    }

    /// Twice as long each time, and some of it by chance, so that many do not ask at the same time.
    fn pause(&self) -> Duration {
        let longest = Self::SHORTEST.saturating_mul(1 << self.failures.min(10)).min(Self::LONGEST);
        // each state begins with other numbers
        let chance = RandomState::new().build_hasher().finish() as f64 / u64::MAX as f64;
        longest.mul_f64(0.5 + chance / 2.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_body_of_an_answer_tells_its_code_and_message() {
        let mut answer = Answer { status: Some(403), ..Answer::default() };
        answer.set_body("<?xml version='1.0'?><Error><Code>AccessDenied</Code><Message>No way.</Message></Error>");
        assert_eq!((answer.status(), answer.words.as_str()), ("403 AccessDenied".to_owned(), "No way."));
        answer.set_body("<html>sorry</html>");
        assert_eq!((answer.status(), answer.words.as_str()), ("403".to_owned(), ""));
    }

    #[test]
    fn pauses_grow_and_are_bounded() {
        for failures in 1..20 {
            let pause = Patience { failures }.pause();
            assert!(pause >= Patience::SHORTEST && pause <= Patience::LONGEST, "{pause:?}");
        }
        assert!(Patience { failures: 5 }.pause() > Patience { failures: 1 }.pause());
    }
}
