//! Where data comes from: files of several formats behind one interface, [`Scan`].
//!
//! [`open`] finds the files that a user names (`location`, and `remote` for URLs), makes them readable at any place (`unpack`), and reads them as
//! what they are. A file of a format that has types is a [`Scan`] of its own, and [`union`] puts several together; texts get
//! their types from all files together.

pub mod arrow_ipc;
pub mod avro;
pub mod compression;
pub mod content;
pub mod csv;
pub mod declared;
mod encoding;
pub mod excerpt;
pub mod file;
pub mod format;
pub mod json;
mod kept_lines;
mod lines;
pub mod location;
pub mod malformed;
mod marks;
pub mod memory;
mod misfit;
pub mod orc;
mod orc_types;
pub mod parquet;
mod part;
pub mod partition;
mod promised;
mod reconcile;
pub mod remote;
pub mod spool;
mod supposed;
mod texts;
pub mod union;
mod units;
mod unpack;
mod window;
#[cfg(test)]
mod written;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use arrow::datatypes::{DataType, TimeUnit};
use encoding_rs::Encoding;

use crate::ordered::in_order;
use crate::scan::{Scan, ScanError};
use crate::spill::Store;
use declared::OnIdleType;
use file::DataFile;
use format::Format;
use malformed::{Malformed, OnMalformed};
use partition::{partition_columns, with_partitions};
use spool::Spool;
use union::Union;

/// How data is read, where it does not tell by itself.
#[derive(Debug, Clone)]
pub struct ReadOptions {
    /// The format of the files; by their names and first bytes if `None`.
    pub format: Option<Format>,
    /// The encoding of texts; UTF-8, or UTF-16 where a mark says so, if `None`.
    pub encoding: Option<&'static Encoding>,
    /// What stands between the fields of CSV.
    pub delimiter: Option<u8>,
    /// What stands around fields of CSV; nothing if `None`.
    pub quote: Option<u8>,
    /// Takes its meaning from the character behind it, in CSV.
    pub escape: Option<u8>,
    /// What lines of CSV begin with that are no records.
    pub comment: Option<u8>,
    /// CSV begins with the names of its columns.
    pub has_header: bool,
    /// Words of CSV that stand for a missing value in every column, instead of the usual ones in columns of no texts.
    pub null_values: Option<Vec<String>>,
    /// Types of columns by name, instead of what their values look like.
    pub types: BTreeMap<String, DataType>,
    /// What becomes of types for columns that are not there.
    pub on_idle_type: OnIdleType,
    /// What becomes of lines that are no rows.
    pub on_malformed: OnMalformed,
    /// All lines that are no rows are kept, on disk; else the first of them are known.
    pub keep_malformed: bool,
    /// The names of folders such as `day=2024-02-01` are columns.
    pub hive_partitions: bool,
    /// Large texts are read once, their types supposed from a sample, if these are the columns that anybody looks at. The scan
    /// ends with [`ScanError::NotAsSupposed`] where that does not hold; the data is to be opened again then, without.
    pub read_once: Option<Relevant>,
    /// Texts are large from so many bytes on, together: a look at the whole of shorter ones takes no time, and tells more.
    pub read_once_from_bytes: u64,
    /// How many threads may look at the files before they are judged.
    pub threads: usize,
    /// Where temporary files are written.
    pub spill_folder: PathBuf,
}

impl Default for ReadOptions {
    fn default() -> Self {
        Self {
            format: None,
            encoding: None,
            delimiter: None,
            quote: Some(b'"'),
            escape: None,
            comment: None,
            has_header: true,
            null_values: None,
            types: BTreeMap::new(),
            on_idle_type: OnIdleType::Refuse,
            on_malformed: OnMalformed::Fail,
            keep_malformed: false,
            hive_partitions: true,
            read_once: None,
            read_once_from_bytes: 4 * 1024 * 1024,
            threads: 1,
            spill_folder: std::env::temp_dir(),
        }
    }
}

/// Columns whose types and values matter.
#[derive(Debug, Clone)]
pub enum Relevant {
    /// All.
    All,
    /// Those whose names occur in a text, in letters of any case.
    Mentioned(Mentions),
}

/// Texts in which columns are named, in small letters, one behind the other.
#[derive(Debug, Clone)]
pub struct Mentions(String);

impl Mentions {
    /// Takes up all texts.
    #[must_use]
    pub fn of(texts: &[String]) -> Self {
        Self(texts.join("\n").to_lowercase())
    }
}

impl Relevant {
    /// Tells whether a column may matter.
    #[must_use]
    pub fn includes(&self, column: &str) -> bool {
        match self {
            Self::All => true,
            Self::Mentioned(Mentions(texts)) => texts.contains(&column.to_lowercase()),
        }
    }
}

/// Files that were opened as one dataset.
pub struct Dataset {
    /// The files.
    pub files: Vec<DataFile>,
    /// Their rows.
    pub scan: Arc<dyn Scan>,
    /// The files that do not have all of the columns, which are null there.
    pub lacking: Vec<Lacking>,
    /// The lines that were left out, as they are no rows.
    pub malformed: Malformed,
}

impl std::fmt::Debug for Dataset {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { files, scan, lacking, malformed } = self;
        f.debug_struct("Dataset")
            .field("files", files)
            .field("schema", &scan.schema())
            .field("lacking", lacking)
            .field("malformed", malformed)
            .finish()
    }
}

/// A file that lacks columns that others of its dataset have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lacking {
    /// The file as the user knows it.
    pub file: String,
    /// The columns, in the order of the dataset.
    pub columns: Vec<String>,
}

/// How far the data is prepared, before its rows can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Preparation<'a> {
    /// Something begins, in words (`unpacking data.csv.gz`), or goes on with more to do; with so much of it in bytes, where
    /// that is known and will be told of.
    Begin(&'a str, Option<u64>),
    /// So much is done.
    Done(u64),
}

/// The name of a file without its folders, which is enough to tell what is done now.
fn last_part(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or(name)
}

/// Who is told of it, by any thread.
pub type Watcher<'a> = &'a (dyn Fn(Preparation<'_>) + Sync);

/// Finds the files that the arguments name and opens them as one dataset.
///
/// # Errors
/// No file is there, one cannot be read, or they do not fit together.
pub fn open(arguments: &[String], options: &ReadOptions) -> Result<Dataset, ScanError> {
    open_watched(arguments, options, &|_| {})
}

/// Opens a dataset as [`open`] does, and tells how far it is.
///
/// # Errors
/// As [`open`].
pub fn open_watched(arguments: &[String], options: &ReadOptions, watcher: Watcher<'_>) -> Result<Dataset, ScanError> {
    let spool = Spool::new(options.spill_folder.clone());
    if arguments.iter().any(|argument| argument == location::STANDARD_INPUT) {
        watcher(Preparation::Begin("reading standard input", None));
    }
    let files = location::find(arguments, options.format, &spool)?;
    let files = unpack::unpack(&files, options.encoding, &spool, threads_for(&files, options.threads), watcher)?;
    let format = files.first().map_or(Format::Parquet, |file| file.format);
    let types = types_of_files(options, &files);
    let is_large = files.iter().map(|file| file.length).sum::<u64>() >= options.read_once_from_bytes;
    let read_once = options.read_once.clone().filter(|_| is_large);
    let kept = options.keep_malformed.then(|| Store::within(&options.spill_folder));
    let what = match files.as_slice() {
        [file] => last_part(&file.name).to_owned(),
        files => format!("{} files", files.len()),
    };
    let what = if format.is_text() { format!("finding the types of {what}") } else { format!("opening {what}") };
    watcher(Preparation::Begin(&what, None));
    let mut malformed = Malformed::default();
    let (scan, lacking): (Arc<dyn Scan>, Vec<Lacking>) = match format {
        Format::Csv => {
            let options = csv::CsvOptions {
                delimiter: options.delimiter,
                quote: options.quote,
                escape: options.escape,
                null_values: options.null_values.clone(),
                types,
                on_idle_type: options.on_idle_type,
                on_malformed: options.on_malformed,
                kept: kept.clone(),
                comment: options.comment,
                has_header: options.has_header,
                read_once,
                threads: options.threads,
            };
            let source = csv::CsvSource::open(&files, &options)?;
            let lacking = source.lacking();
            malformed = source.malformed().clone();
            (Arc::new(source), lacking)
        }
        Format::Json => {
            let on_malformed = options.on_malformed;
            let on_idle_type = options.on_idle_type;
            let threads = options.threads;
            let json = json::JsonOptions { types, on_idle_type, on_malformed, read_once, kept, threads };
            let source = json::JsonSource::open(&files, &json)?;
            malformed = source.malformed().clone();
            (Arc::new(source), Vec::new())
        }
        Format::Parquet => open_each(&files, options.threads, |file| parquet::ParquetFile::open(file).map(boxed))?,
        Format::Avro => open_each(&files, options.threads, |file| avro::AvroFile::open(file).map(boxed))?,
        Format::Orc => open_each(&files, options.threads, |file| orc::OrcFile::open(file).map(boxed))?,
        Format::Arrow => open_each(&files, options.threads, arrow_ipc::open)?,
    };
    let scan = if options.hive_partitions { with_partitions(scan, &files, &options.types)? } else { scan };
    Ok(Dataset { files, scan, lacking, malformed })
}

/// Returns how many threads look at files: more than work where all that they do is wait for a server.
fn threads_for(files: &[DataFile], threads: usize) -> usize {
    let is_remote = files.iter().any(|file| file.content.is_remote());
    if is_remote { threads.max(remote::FILES_AT_A_TIME) } else { threads }
}

fn boxed(scan: impl Scan + 'static) -> Box<dyn Scan> {
    Box::new(scan)
}

/// Opens each file of a format that has types by itself, and puts them together.
fn open_each(
    files: &[DataFile],
    threads: usize,
    open: impl Fn(&DataFile) -> Result<Box<dyn Scan>, ScanError> + Sync,
) -> Result<(Arc<dyn Scan>, Vec<Lacking>), ScanError> {
    let mut scans: Vec<(String, Box<dyn Scan>)> = Vec::with_capacity(files.len());
    in_order(
        files.len(),
        threads_for(files, threads),
        |number| open(&files[number]),
        |number, scan| {
            scans.push((files[number].name.clone(), scan?));
            Ok(())
        },
    )?;
    let union = Union::new(scans)?;
    let lacking = union.lacking();
    Ok((Arc::new(union), lacking))
}

/// The declared types of columns that stand in the files, and not in the names of their folders.
fn types_of_files(options: &ReadOptions, files: &[DataFile]) -> BTreeMap<String, DataType> {
    let of_folders = if options.hive_partitions { partition_columns(files) } else { Vec::new() };
    let mut types = options.types.clone();
    types.retain(|name, _| !of_folders.contains(name));
    types
}

/// Refuses options that say how texts are read where no file is one.
///
/// # Errors
/// Such an option is set.
pub fn refuse_idle(options: &ReadOptions, files: &[DataFile]) -> Result<(), ScanError> {
    let format = files.first().map_or(Format::Csv, |file| file.format);
    let types = types_of_files(options, files);
    let csv = [Format::Csv].as_slice();
    let texts = [Format::Csv, Format::Json].as_slice();
    let given = [
        ("--encoding", options.encoding.is_some(), texts, "texts (CSV and JSON)"),
        ("--malformed", options.on_malformed == OnMalformed::Count, texts, "texts (CSV and JSON)"),
        ("--delimiter", options.delimiter.is_some(), csv, "CSV"),
        ("--quote", options.quote != Some(b'"'), csv, "CSV"),
        ("--escape", options.escape.is_some(), csv, "CSV"),
        ("--comment", options.comment.is_some(), csv, "CSV"),
        ("--no-header", !options.has_header, csv, "CSV"),
        ("--null-values", options.null_values.is_some(), csv, "CSV"),
        ("--column-type", !types.is_empty(), texts, "texts (CSV and JSON)"),
    ];
    match given.into_iter().find(|(_, is_given, formats, _)| *is_given && !formats.contains(&format)) {
        None => Ok(()),
        Some((option, _, _, meant)) => Err(ScanError::Usage {
            problem: format!("`{option}` is for {meant}, and the data is {format}"),
            help: Some(format!("leave `{option}` out, or name the format with `--input-format`")),
        }),
    }
}

/// Reads the type that a user declares of a column: `string`, `int`, `float`, `boolean`, `date`, `timestamp`, or Arrow's
/// spelling.
#[must_use]
pub fn declared_type(name: &str) -> Option<DataType> {
    Some(match name.to_ascii_lowercase().as_str() {
        "string" | "str" | "text" | "varchar" | "utf8" => DataType::Utf8,
        "int" | "integer" | "int64" | "bigint" | "long" => DataType::Int64,
        "uint" | "uint64" => DataType::UInt64,
        "float" | "float64" | "double" | "number" => DataType::Float64,
        "bool" | "boolean" => DataType::Boolean,
        "date" | "date32" => DataType::Date32,
        "timestamp" | "datetime" => DataType::Timestamp(TimeUnit::Microsecond, None),
        "timestamptz" => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
        _ => name.parse().ok()?,
    })
}
