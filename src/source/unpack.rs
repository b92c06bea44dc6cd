//! Files as they come (compressed, in some encoding, on a server) made files that can be read at any place.

use std::io::{self, BufRead, BufReader, Read};

use encoding_rs::Encoding;

use super::compression::{Compression, MAGIC_BYTES, foreign};
use super::encoding::{self, Transcoder};
use super::file::DataFile;
use super::format::Format;
use super::remote::COPIED_BYTES;
use super::spool::Spool;
use super::{Preparation, Watcher, last_part};
use crate::ordered::in_order;
use crate::scan::ScanError;

/// How much of a file is looked at to tell what it is.
const START_BYTES: u64 = 512;

/// How much of a file on a server is fetched for that, as what is compressed may not give its first bytes for less.
const BEGINNING_BYTES: u64 = 64 << 10;

/// What a file begins with.
pub(super) struct Start {
    /// How it is compressed.
    pub(super) compression: Option<Compression>,
    /// The first bytes of its content.
    pub(super) content: Vec<u8>,
}

impl Start {
    /// Looks at the beginning of a file.
    ///
    /// # Errors
    /// It cannot be read, or is compressed in a way that weir cannot undo.
    pub(super) fn of(file: &DataFile) -> Result<Self, ScanError> {
        let stored = file.open()?.near(0..file.length.min(BEGINNING_BYTES));
        let mut start = Vec::new();
        let read = stored.from(0).take(START_BYTES).read_to_end(&mut start);
        read.map_err(|cause| file.failed(cause))?;
        if let Some(name) = foreign(&start) {
            return Err(ScanError::Usage {
                problem: format!("`{}` is compressed with {name}", file.name),
                help: Some("gzip, zstd and bzip2 are read; decompress it first".to_owned()),
            });
        }
        let Some(compression) = Compression::of_content(&start[..start.len().min(MAGIC_BYTES)]) else {
            if Compression::is_cut_off(&file.path, &start) {
                return Err(file.corrupt("is cut off: it has the first bytes of its compression alone"));
            }
            return Ok(Self { compression: None, content: start });
        };
        let mut content = Vec::new();
        let reader = compression.reader(BufReader::new(stored.from(0)));
        // what is wrong with it is said when all of it is read
        let _ = reader.and_then(|reader| reader.take(START_BYTES).read_to_end(&mut content));
        Ok(Self { compression: Some(compression), content })
    }
}

/// A reader that tells of what it gives.
struct Watched<'a, R> {
    reader: R,
    watcher: Watcher<'a>,
}

impl<R: Read> Read for Watched<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.reader.read(buffer)?;
        (self.watcher)(Preparation::Done(count as u64));
        Ok(count)
    }
}

/// Copies those of the files that lie on servers and are not read there, decompresses those that are compressed, and turns
/// texts into UTF-8, on so many threads.
///
/// # Errors
/// A file cannot be read, is cut off or corrupt; there is no room for what comes out.
pub(super) fn unpack(
    files: &[DataFile],
    encoding: Option<&'static Encoding>,
    spool: &Spool,
    threads: usize,
    watcher: Watcher<'_>,
) -> Result<Vec<DataFile>, ScanError> {
    let mut unpacked = Vec::with_capacity(files.len());
    let work = |number: usize| unpack_one(&files[number], encoding, spool, watcher);
    in_order(files.len(), threads, work, |_, file| {
        unpacked.push(file?);
        Ok(())
    })?;
    Ok(unpacked)
}

fn unpack_one(
    file: &DataFile,
    encoding: Option<&'static Encoding>,
    spool: &Spool,
    watcher: Watcher<'_>,
) -> Result<DataFile, ScanError> {
    let copy;
    let file = match &file.content {
        // a footer says where each column is
        content if content.is_remote() && file.format == Format::Parquet && file.length > COPIED_BYTES => {
            return Ok(file.clone());
        }
        content if content.is_remote() => {
            copy = copied(file, spool, watcher)?;
            &copy
        }
        _ => file,
    };
    let start = Start::of(file)?;
    let encoding = if file.format.is_text() { encoding::foreign(encoding, &start.content) } else { None };
    if start.compression.is_none() && encoding.is_none() {
        return Ok(file.clone());
    }
    watcher(Preparation::Begin(&format!("unpacking {}", last_part(&file.name)), Some(file.length)));
    let stored = Watched { reader: file.open()?.from(0), watcher };
    let stored = BufReader::with_capacity(256 * 1024, stored);
    let plain: Box<dyn BufRead> = match start.compression {
        Some(compression) => Box::new(BufReader::new(compression.reader(stored).map_err(|cause| file.failed(cause))?)),
        None => Box::new(stored),
    };
    let mut text: Box<dyn Read> = match encoding {
        Some(encoding) => Box::new(Transcoder::new(plain, encoding)),
        None => Box::new(plain),
    };
    let kept = spool.keep(&mut text, &|error, length| match start.compression {
        Some(compression) => file.corrupt(format!(
            "is cut off or corrupt: its {compression} data cannot be read past byte {length} of its content: {error}"
        )),
        None => file.failed(error),
    })?;
    Ok(DataFile { compression: start.compression, content: kept.content, length: kept.length, ..file.clone() })
}

/// Copies a file from its server.
fn copied(file: &DataFile, spool: &Spool, watcher: Watcher<'_>) -> Result<DataFile, ScanError> {
    watcher(Preparation::Begin(&format!("copying {}", last_part(&file.name)), Some(file.length)));
    let all = std::iter::once(0..file.length).collect();
    let mut stored = Watched { reader: file.open()?.ahead(all).from(0), watcher };
    let kept = spool.keep(&mut stored, &|error, _| file.failed(error))?;
    Ok(DataFile { content: kept.content, length: kept.length, ..file.clone() })
}
