//! A file on a web server, by its URL. There are no folders: servers do not say what they have.

use std::sync::Arc;

use chrono::DateTime;
use futures::StreamExt;
use object_store::HeaderMap;
use object_store::client::{HttpClient, HttpConnector, HttpRequest, HttpRequestBody, ReqwestConnector};

use super::address::{Scheme, shown};
use super::failure::{Answer, Asked, Failure};
use super::object::{Body, Version};
use super::settings::{Access, client, timeout};

/// How much is asked for to see what the server does.
const PROBE_BYTES: u64 = 512;

/// A file on a web server.
#[derive(Debug, Clone)]
pub(super) struct WebFile {
    client: HttpClient,
    /// With its query.
    url: Arc<str>,
    pub(super) asked: Asked,
}

impl WebFile {
    /// Prepares to read a URL.
    ///
    /// # Errors
    /// It is no valid URL, or settings are wrong.
    pub(super) fn new(url: &str) -> Result<Self, Failure> {
        let invalid = |said: String| Failure::lasting(format!("`{}` is no valid URL: {said}", shown(url)), None);
        let parsed = url::Url::parse(url).map_err(|error| invalid(error.to_string()))?;
        if !parsed.username().is_empty() || parsed.password().is_some() {
            let problem =
                format!("a URL of `{}` names a user, and weir does not log in", parsed.host_str().unwrap_or(""));
            return Err(Failure::lasting(problem, Some("use a signed URL, or download the file first".to_owned())));
        }
        let timeout = timeout()?;
        let options = client("", timeout, parsed.scheme() == "http")?.with_timeout_disabled();
        let client = ReqwestConnector::default().connect(&options).map_err(|error| invalid(error.to_string()))?;
        let access = Access { scheme: Scheme::Web, credentials: None, endpoint: None, timeout };
        let asked = Asked { name: shown(url).into(), access: Arc::new(access) };
        Ok(Self { client, url: parsed.as_str().into(), asked })
    }

    /// Asks what the server tells of the file, and whether it gives parts of it.
    ///
    /// # Errors
    /// It does not give the file.
    pub(super) async fn probe(&self) -> Result<(Version, bool), Failure> {
        match self.send(Some((0, PROBE_BYTES))).await {
            Ok((206, headers, _)) => {
                let version = version(&headers, true);
                let is_partial = version.size.is_some();
                Ok((version, is_partial))
            }
            Ok((_, headers, _)) => Ok((version(&headers, false), false)),
            Err((Some(416), _)) => {
                let (_, headers, _) = self.send(None).await.map_err(|(_, failure)| failure)?;
                Ok((version(&headers, false), false))
            }
            Err((_, failure)) => Err(failure),
        }
    }

    /// Begins to read bytes from `start` to before `end`.
    ///
    /// # Errors
    /// The server does not give them.
    pub(super) async fn part(&self, start: u64, end: u64) -> Result<(Version, Body), Failure> {
        let (status, headers, body) = self.send(Some((start, end))).await.map_err(|(_, failure)| failure)?;
        let content_range = header(&headers, "content-range").unwrap_or_default();
        let begins = content_range.strip_prefix("bytes ").and_then(|range| range.split('-').next()?.parse().ok());
        if status != 206 || begins != Some(start) {
            return Err(Failure::changed(&self.asked.name));
        }
        Ok((version(&headers, true), body))
    }

    /// Begins to read the whole file.
    ///
    /// # Errors
    /// The server does not give it.
    pub(super) async fn whole(&self) -> Result<(Version, Body), Failure> {
        let (_, headers, body) = self.send(None).await.map_err(|(_, failure)| failure)?;
        Ok((version(&headers, false), body))
    }

    /// Sends a request. Returns the status with the failure where there is one.
    async fn send(&self, range: Option<(u64, u64)>) -> Result<(u16, HeaderMap, Body), (Option<u16>, Failure)> {
        let failed = |answer: &Answer| (answer.status, Failure::new(&self.asked, answer));
        let mut request = HttpRequest::new(HttpRequestBody::empty());
        let wrong =
            |text: String| (None, Failure::lasting(format!("`{}` cannot be asked for: {text}", self.asked.name), None));
        *request.uri_mut() = self.url.parse().map_err(|error| wrong(format!("{error}")))?;
        if let Some((start, end)) = range {
            let value = format!("bytes={start}-{}", end.saturating_sub(1));
            request.headers_mut().insert("range", value.parse().map_err(|error| wrong(format!("{error}")))?);
        }
        let timeout = self.asked.access.timeout;
        let answered = tokio::time::timeout(timeout, self.client.execute(request)).await;
        let Ok(answered) = answered else { return Err((None, Failure::silent(&self.asked))) };
        let response = answered.map_err(|error| failed(&Answer::of_connection(&error)))?;
        let status = response.status().as_u16();
        if !response.status().is_success() {
            return Err(failed(&Answer { status: Some(status), ..Answer::default() }));
        }
        let (parts, body) = response.into_parts();
        let asked = self.asked.clone();
        let body = futures::stream::unfold(Some(body.bytes_stream()), move |stream| {
            let asked = asked.clone();
            async move {
                let mut stream = stream?;
                match tokio::time::timeout(timeout, stream.next()).await {
                    Ok(None) => None,
                    Ok(Some(Ok(bytes))) => Some((Ok(bytes), Some(stream))),
                    Ok(Some(Err(_))) => Some((Err(Failure::cut(&asked.name)), None)),
                    Err(_) => Some((Err(Failure::silent(&asked)), None)),
                }
            }
        });
        Ok((status, parts.headers, body.boxed()))
    }
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

fn version(headers: &HeaderMap, is_part: bool) -> Version {
    let size = if is_part {
        header(headers, "content-range").and_then(|range| range.rsplit_once('/')?.1.parse().ok())
    } else {
        header(headers, "content-length").and_then(|length| length.parse().ok())
    };
    let modified = header(headers, "last-modified").and_then(|time| DateTime::parse_from_rfc2822(time).ok());
    Version { size, modified: modified.map(|time| time.to_utc()), e_tag: header(headers, "etag").map(str::to_owned) }
}
