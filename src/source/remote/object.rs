//! An object of a store, or a file of a web server: any part of it, however often a connection breaks.
//!
//! What is read is always of one version: each answer is compared with what was known of the object before.

use std::io;
use std::ops::Range;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::SystemTime;

use bytes::{Bytes, BytesMut};
use chrono::{DateTime, Utc};
use futures::StreamExt;
use futures::stream::BoxStream;
use object_store::path::Path;
use object_store::{GetOptions, GetRange, ObjectMeta, ObjectStore};

use super::failure::{Answer, Asked, Failure, Patience};
use super::runtime;
use super::web::WebFile;
use crate::scan::ScanError;

/// As many bytes are worth another request, however many there were.
const PROGRESS_BYTES: usize = 64 << 10;

/// What is told of an object.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Version {
    pub(super) size: Option<u64>,
    pub(super) modified: Option<DateTime<Utc>>,
    pub(super) e_tag: Option<String>,
}

impl From<&ObjectMeta> for Version {
    fn from(meta: &ObjectMeta) -> Self {
        // stores that do not know it say 1970
        let modified = Some(meta.last_modified).filter(|time| time.timestamp() != 0);
        Self { size: Some(meta.size), modified, e_tag: meta.e_tag.clone() }
    }
}

impl Version {
    /// Tells whether an answer is of this version, which a listing may have told. Listings and answers write the same tag
    /// in other ways, or have other ones; the time is the same then.
    fn admits(&self, answer: &Self) -> bool {
        let tag = |version: &Self| version.e_tag.as_deref().map(bare).map(str::to_owned);
        let same_size = self.size.is_none() || answer.size.is_none() || self.size == answer.size;
        let second = |version: &Self| version.modified.map(|time| time.timestamp());
        let same_time = match (second(self), second(answer)) {
            (Some(one), Some(other)) => Some(one == other),
            _ => None,
        };
        let same_tag = match (tag(self), tag(answer)) {
            (Some(one), Some(other)) => Some(one == other),
            _ => None,
        };
        same_size && (same_tag == Some(true) || same_time.or(same_tag).unwrap_or(true))
    }
}

/// A tag without its quotes, and the mark that it is a weak one.
fn bare(tag: &str) -> &str {
    tag.strip_prefix("W/").unwrap_or(tag).trim_matches('"')
}

/// A body that comes as it is read.
pub(super) type Body = BoxStream<'static, Result<Bytes, Failure>>;

/// An object that gives any part of itself.
#[derive(Debug)]
pub struct Object {
    place: Place,
    asked: Asked,
    /// What was known of it when it was found.
    version: Version,
    /// The tag of the first answer, which all others have.
    tag: OnceLock<Option<String>>,
    /// Why it could not be read, for those who are told less by the reader of a format.
    failed: Mutex<Option<Failure>>,
}

#[derive(Debug)]
pub(super) enum Place {
    Stored { store: Arc<dyn ObjectStore>, path: Path },
    Web(WebFile),
}

impl Object {
    pub(super) fn new(place: Place, asked: Asked, version: Version) -> Self {
        Self { place, asked, version, tag: OnceLock::new(), failed: Mutex::default() }
    }

    /// How many bytes it has.
    pub(in crate::source) fn size(&self) -> u64 {
        self.version.size.unwrap_or(0)
    }

    /// When it was last changed, as far as the server knows.
    pub(in crate::source) fn modified(&self) -> Option<SystemTime> {
        self.version.modified.map(SystemTime::from)
    }

    /// The server's tag of this version.
    pub(in crate::source) fn e_tag(&self) -> Option<String> {
        self.version.e_tag.as_deref().map(|tag| bare(tag).to_owned())
    }

    /// Why it could not be read, where that happened.
    pub(in crate::source) fn failure(&self) -> Option<ScanError> {
        let failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
        failed.clone().map(Failure::into_error)
    }

    /// Notes a failure, and makes it one of reading.
    pub(super) fn failed(&self, failure: Failure) -> io::Error {
        let mut failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
        failed.get_or_insert_with(|| failure.clone());
        failure.into()
    }

    /// Reads some bytes.
    ///
    /// # Errors
    /// The server does not give them, or not of the version that was found.
    pub(in crate::source) fn read(self: &Arc<Self>, range: Range<u64>) -> io::Result<Bytes> {
        runtime::wait(Arc::clone(self).fetch(range))?.map_err(|failure| self.failed(failure))
    }

    /// Reads some bytes; where a connection breaks, from there on.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub(super) async fn fetch(self: Arc<Self>, range: Range<u64>) -> Result<Bytes, Failure> {
        let length = usize::try_from(range.end - range.start).unwrap_or(usize::MAX);
        let mut bytes = BytesMut::with_capacity(length);
        let mut patience = Patience::new();
        while bytes.len() < length {
            let begun = bytes.len();
            let failure = match self.fetch_into(range.start + begun as u64..range.end, &mut bytes).await {
                Ok(()) if bytes.len() < length => Failure::cut(&self.asked.name),
                Ok(()) => break,
                Err(failure) => failure,
            };
            let got = bytes.len() - begun;
            // a server that gives a few bytes each time would be asked for ever
            if got >= PROGRESS_BYTES || got * 2 >= length - begun {
                patience.renew();
            }
            patience.wait(failure).await?;
        }
        bytes.truncate(length);
        Ok(bytes.freeze())
    }

    async fn fetch_into(&self, range: Range<u64>, bytes: &mut BytesMut) -> Result<(), Failure> {
        let (version, mut body) = self.open(range).await?;
        let tag = self.tag.get_or_init(|| version.e_tag.clone());
        if !self.version.admits(&version) || *tag != version.e_tag {
            return Err(Failure::changed(&self.asked.name));
        }
        while let Some(part) = body.next().await {
            bytes.extend_from_slice(&part?);
        }
        Ok(())
    }

    async fn open(&self, range: Range<u64>) -> Result<(Version, Body), Failure> {
        let (store, path) = match &self.place {
            Place::Web(file) => return file.part(range.start, range.end).await,
            Place::Stored { store, path } => (store, path),
        };
        let options = GetOptions { range: Some(GetRange::Bounded(range)), ..GetOptions::default() };
        let answer = store.get_opts(path, options).await;
        let found = answer.map_err(|error| {
            let failure = Failure::new(&self.asked, &Answer::of_store(&error));
            // it was there when it was found; and a shorter one may not have the bytes any more
            if failure.is_missing() || is_beyond(&error) { Failure::changed(&self.asked.name) } else { failure }
        })?;
        let version = Version::from(&found.meta);
        let name = Arc::clone(&self.asked.name);
        let body = found.into_stream().map(move |part| part.map_err(|_| Failure::cut(&name)));
        Ok((version, body.boxed()))
    }
}

/// Tells whether bytes were asked for that the object does not have.
fn is_beyond(error: &object_store::Error) -> bool {
    let text = error.to_string();
    let is_shorter = text.contains("Requested ") && text.contains(", got ");
    is_shorter || text.contains("status code: 416 ") || text.contains("Wanted range starting at")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(size: u64, second: Option<i64>, tag: Option<&str>) -> Version {
        let modified = second.and_then(|second| DateTime::from_timestamp(second, 0));
        Version { size: Some(size), modified, e_tag: tag.map(str::to_owned) }
    }

    #[test]
    fn versions_are_told_apart_by_size_tag_and_time() {
        let listed = version(10, Some(5), Some("0x1"));
        assert!(listed.admits(&version(10, Some(5), Some("\"0x1\""))));
        assert!(listed.admits(&version(10, Some(5), Some("\"another way to write it\""))));
        assert!(listed.admits(&version(10, None, None)));
        assert!(!listed.admits(&version(11, Some(5), Some("0x1"))));
        assert!(!listed.admits(&version(10, Some(6), Some("0x2"))));
        assert!(!version(10, None, Some("1")).admits(&version(10, None, Some("2"))));
    }
}
