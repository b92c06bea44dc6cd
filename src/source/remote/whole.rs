//! A file that a server gives from its beginning only: read once, into the spool.

use std::io::{self, Read};

use bytes::{Buf, Bytes};
use futures::StreamExt;

use super::failure::{Failure, Patience};
use super::find::WholeFile;
use super::object::{Body, Version};
use super::runtime;
use crate::scan::ScanError;
use crate::source::spool::{Kept, Spool};

impl WholeFile {
    /// When it was last changed, as far as the server knows.
    pub(in crate::source) fn modified(&self) -> Option<std::time::SystemTime> {
        self.version.modified.map(Into::into)
    }

    /// The server's tag of this version.
    pub(in crate::source) fn e_tag(&self) -> Option<String> {
        self.version.e_tag.clone()
    }

    /// Reads all of it; from the beginning again where the connection breaks.
    ///
    /// # Errors
    /// The server does not give it, or there is no room for it.
    pub(in crate::source) fn keep(&self, spool: &Spool) -> Result<Kept, ScanError> {
        let failed = |cause| ScanError::Io { file: self.name.clone(), cause };
        let mut patience = Patience::new();
        loop {
            let mut reader = Reader { file: self, body: None, rest: Bytes::new(), failure: None };
            let kept = spool.keep(&mut reader, &|cause, _| failed(cause));
            let Some(failure) = reader.failure else { return kept };
            patience = runtime::wait(async move { patience.wait(failure).await.map(|()| patience) })
                .map_err(failed)?
                .map_err(Failure::into_error)?;
        }
    }
}

/// Reads a body as it comes.
struct Reader<'a> {
    file: &'a WholeFile,
    /// What is left to come, and how much: `None` before it is asked for.
    body: Option<(Version, Body, u64)>,
    rest: Bytes,
    failure: Option<Failure>,
}

impl Reader<'_> {
    /// Returns what comes next; nothing at the end.
    fn next(&mut self) -> io::Result<Result<Option<Bytes>, Failure>> {
        let (version, mut body, come) = match self.body.take() {
            Some(begun) => begun,
            None => {
                let file = self.file.file.clone();
                match runtime::wait(async move { file.whole().await })? {
                    Ok((version, body)) => (version, body, 0),
                    Err(failure) => return Ok(Err(failure)),
                }
            }
        };
        let (next, body) = runtime::wait(async move {
            let next = body.next().await;
            (next, body)
        })?;
        Ok(match next {
            None if version.size.is_some_and(|size| size != come) => Err(Failure::cut(&self.file.name)),
            None => Ok(None),
            Some(Err(failure)) => Err(failure),
            Some(Ok(bytes)) => {
                let come = come + bytes.len() as u64;
                self.body = Some((version, body, come));
                Ok(Some(bytes))
            }
        })
    }
}

impl Read for Reader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.rest.is_empty() {
            self.rest = match self.next()? {
                Ok(Some(bytes)) => bytes,
                Ok(None) => return Ok(0),
                Err(failure) => {
                    self.failure = Some(failure.clone());
                    return Err(failure.into());
                }
            };
        }
        let count = buffer.len().min(self.rest.len());
        self.rest.copy_to_slice(&mut buffer[..count]);
        Ok(count)
    }
}
