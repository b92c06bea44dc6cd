//! From what a person names (files, folders, glob patterns, URLs) to a list of data files of one format.
//!
//! Nothing is opened for its rows here: a format is told by the extension, and by the first bytes where there is no known
//! extension. Each file is recorded with its size and time, which a verdict keeps as the identity of its input. What comes
//! through a pipe is read here, once and for all.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs::{self, File, Metadata};
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use globset::{GlobBuilder, GlobMatcher};
use walkdir::WalkDir;

use super::content::Content;
use super::file::DataFile;
use super::format::Format;
use super::remote::{Named, Remote, Stores, is_url};
use super::spool::Spool;
use super::unpack::Start;
use crate::diagnostic::closest;
use crate::replacement::place;
use crate::scan::ScanError;

/// What names standard input.
pub const STANDARD_INPUT: &str = "-";

/// A file that was found, before its format is settled.
struct Found {
    path: PathBuf,
    size_bytes: u64,
    modified: Option<SystemTime>,
    e_tag: Option<String>,
    content: Content,
}

impl Found {
    fn new(path: PathBuf, metadata: &Metadata) -> Self {
        let (size_bytes, modified) = (metadata.len(), metadata.modified().ok());
        Self { content: Content::Path(path.clone()), path, size_bytes, modified, e_tag: None }
    }

    fn into_data_file(self, format: Format) -> DataFile {
        DataFile {
            name: self.path.to_string_lossy().into_owned(),
            format,
            size_bytes: self.size_bytes,
            modified: self.modified,
            e_tag: self.e_tag,
            compression: None,
            content: self.content,
            length: self.size_bytes,
            path: self.path,
        }
    }
}

impl From<Remote> for Found {
    fn from(remote: Remote) -> Self {
        let Remote { name, object } = remote;
        let (size_bytes, modified, e_tag) = (object.size(), object.modified(), object.e_tag());
        Self { path: name.into(), size_bytes, modified, e_tag, content: Content::Remote(object) }
    }
}

/// Finds the data files that the arguments name: files, folders (with all below them), glob patterns, the same by URLs, `-`
/// for standard input.
///
/// The files come in the order of the arguments, those of a folder or pattern sorted by path. In folders and patterns,
/// names that begin with `.` or `_` (`_SUCCESS`, `_delta_log`) and files that are no data are left out. With a `format`,
/// files are read as that, whatever their names say, and the other data files of a folder are left out.
///
/// # Errors
/// Nothing is there, an argument finds no data file, a file is named twice, the files are of several formats, or the
/// system refuses to list or open one.
pub fn find(arguments: &[String], format: Option<Format>, spool: &Spool) -> Result<Vec<DataFile>, ScanError> {
    if arguments.is_empty() {
        return Err(usage(
            "no data is given".to_owned(),
            Some("name a file, a folder or a pattern such as `data/*.parquet`".to_owned()),
        ));
    }
    let mut files = Vec::new();
    let mut stores = Stores::default();
    for argument in arguments {
        files.extend(if is_url(argument) {
            find_remote(argument, stores.find(argument)?, format, spool)?
        } else {
            find_one(argument, format, spool)?
        });
    }
    refuse_repeated(&files)?;
    refuse_mixed(&files)?;
    Ok(files)
}

fn find_one(argument: &str, format: Option<Format>, spool: &Spool) -> Result<Vec<DataFile>, ScanError> {
    if argument == STANDARD_INPUT {
        return Ok(vec![keep(argument, "standard input", &mut io::stdin().lock(), format, spool)?]);
    }
    let path = Path::new(argument);
    match fs::metadata(path) {
        Ok(metadata) if metadata.is_dir() => choose(argument, walk(path)?, true, format),
        Ok(metadata) if metadata.is_file() => {
            let file = Found::new(path.to_owned(), &metadata).into_data_file(Format::Csv);
            Ok(vec![with_format(file, format.or_else(|| Format::of_path(path)))?])
        }
        // a pipe, such as the shell makes for `<(…)`
        Ok(_) => {
            let mut pipe = File::open(path).map_err(|cause| ScanError::Io { file: argument.to_owned(), cause })?;
            Ok(vec![keep(argument, argument, &mut pipe, format, spool)?])
        }
        Err(_) if is_pattern(argument) => choose(argument, expand(argument)?, false, format),
        Err(cause) if matches!(cause.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            Err(no_such_file(argument, path))
        }
        Err(cause) => Err(ScanError::Io { file: argument.to_owned(), cause }),
    }
}

/// Takes what a URL names.
fn find_remote(
    argument: &str,
    named: Named,
    format: Option<Format>,
    spool: &Spool,
) -> Result<Vec<DataFile>, ScanError> {
    match named {
        Named::Several { objects, is_folder } => {
            choose(argument, objects.into_iter().map(Found::from).collect(), is_folder, format)
        }
        Named::One(remote) => {
            let found = Found::from(remote);
            let known = format.or_else(|| Format::of_path(&found.path));
            Ok(vec![with_format(found.into_data_file(Format::Csv), known)?])
        }
        Named::Whole(whole) => {
            let kept = whole.keep(spool)?;
            let (modified, e_tag, path) = (whole.modified(), whole.e_tag(), PathBuf::from(whole.name));
            let known = format.or_else(|| Format::of_path(&path));
            let found = Found { path, size_bytes: kept.length, modified, e_tag, content: kept.content };
            Ok(vec![with_format(found.into_data_file(Format::Csv), known)?])
        }
    }
}

/// Returns the files that the arguments name and that are there, data or not. Nothing is opened, and what cannot be listed
/// is left out.
#[must_use]
pub fn present(arguments: &[String]) -> Vec<PathBuf> {
    let mut present = Vec::new();
    for argument in arguments {
        let path = PathBuf::from(argument);
        let found = if path.is_dir() { walk(&path) } else { expand(argument) };
        present.push(path);
        present.extend(found.into_iter().flatten().map(|found| found.path));
    }
    present
}

/// Returns the folder or pattern among the arguments that finds a file as data, once the file is there.
#[must_use]
pub fn finding<'a>(arguments: &'a [String], file: &Path, format: Option<Format>) -> Option<&'a str> {
    let own = format_in_folder(file)?;
    if format.is_some_and(|format| format != own) {
        return None;
    }
    arguments.iter().find(|argument| finds(argument, file)).map(String::as_str)
}

/// Tells whether a file is among those that a folder or pattern holds, or would be once it is there. Nothing is listed.
#[must_use]
pub fn finds(argument: &str, file: &Path) -> bool {
    if is_url(argument) {
        return false;
    }
    // below a folder by its name, as where a link in it leads elsewhere, or by its place
    let absolute = |path: &Path| std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let places = [absolute(file), place(file)];
    let is_below = |folder: &Path, test: &dyn Fn(&Path) -> bool| {
        let folders = [Some(absolute(folder)), fs::canonicalize(folder).ok()];
        let pairs = folders.iter().flatten().flat_map(|folder| places.iter().map(move |place| (folder, place)));
        pairs.filter_map(|(folder, place)| place.strip_prefix(folder).ok()).any(test)
    };
    if Path::new(argument).is_dir() {
        return is_below(Path::new(argument), &|below| !has_hidden(below));
    }
    if !is_pattern(argument) {
        return false;
    }
    let Ok(pattern) = Pattern::read(argument) else { return false };
    is_below(&pattern.base, &|below| pattern.finds(below))
}

/// Tells whether a name on the way is one of those that are left out.
fn has_hidden(path: &Path) -> bool {
    path.iter().any(|name| is_hidden(name.as_encoded_bytes()))
}

/// The format of a file that a folder is searched for; `None` where it is left out.
fn format_in_folder(path: &Path) -> Option<Format> {
    // a text in a folder is more often a note than data
    let is_text = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("txt"));
    Format::of_path(path).filter(|_| !is_text)
}

/// Keeps what comes through a pipe.
fn keep(
    argument: &str,
    name: &str,
    pipe: &mut dyn io::Read,
    format: Option<Format>,
    spool: &Spool,
) -> Result<DataFile, ScanError> {
    let kept = spool.keep(pipe, &|cause, _| ScanError::Io { file: name.to_owned(), cause })?;
    let file = DataFile {
        path: argument.into(),
        name: name.to_owned(),
        format: Format::Csv,
        size_bytes: kept.length,
        modified: None,
        e_tag: None,
        compression: None,
        content: kept.content,
        length: kept.length,
    };
    with_format(file, format)
}

/// Gives a file its format: the known one, or what its first bytes tell.
fn with_format(file: DataFile, known: Option<Format>) -> Result<DataFile, ScanError> {
    let told = match known {
        Some(known) => Some(known),
        None => Format::of_content(&Start::of(&file)?.content),
    };
    let Some(format) = told else {
        let is_piped = matches!(file.content, Content::Stretch { .. });
        let by = if is_piped { "first bytes" } else { "name or its first bytes" };
        let rename = if is_piped {
            String::new()
        } else {
            format!(", or rename the file to one of {}", Format::known_extensions())
        };
        return Err(usage(
            format!("the format of `{}` cannot be told by its {by}", file.name),
            Some(format!("give the format with `--input-format` ({}){rename}", Format::names())),
        ));
    };
    Ok(DataFile { format, ..file })
}

/// Keeps those of the files that are data.
fn choose(
    argument: &str,
    found: Vec<Found>,
    is_folder: bool,
    format: Option<Format>,
) -> Result<Vec<DataFile>, ScanError> {
    if found.is_empty() {
        let help = "names that begin with `.` or `_` are left out; quote the pattern so that the shell passes it on";
        if is_folder {
            return Err(usage(format!("the folder `{argument}` holds no files"), None));
        }
        return Err(usage(format!("no file matches `{argument}`"), Some(help.to_owned())));
    }
    let mut files = Vec::new();
    let mut others = Vec::new();
    for file in without_links_beside(found) {
        match format_in_folder(&file.path) {
            Some(own) if format.is_none_or(|format| format == own) => files.push(file.into_data_file(own)),
            _ => others.push(file),
        }
    }
    if !files.is_empty() {
        return Ok(files);
    }
    if let Some(format) = format {
        return Ok(others.into_iter().map(|file| file.into_data_file(format)).collect());
    }
    let mut kinds: BTreeMap<String, usize> = BTreeMap::new();
    for file in &others {
        let kind = file
            .path
            .extension()
            .map_or_else(|| "no extension".to_owned(), |it| format!("`.{}`", it.to_string_lossy()));
        *kinds.entry(kind).or_default() += 1;
    }
    let kinds: Vec<_> = kinds.into_iter().take(5).map(|(kind, count)| format!("{count} with {kind}")).collect();
    Err(usage(
        format!("`{argument}` finds no data files, only {}", kinds.join(", ")),
        Some(format!(
            "give the format with `--input-format` ({}), or name files with {}",
            Format::names(),
            Format::known_extensions()
        )),
    ))
}

/// Leaves out files that are found once more by a link: to them (`latest.csv`), or to a folder of theirs.
fn without_links_beside(found: Vec<Found>) -> Vec<Found> {
    if found.iter().any(|file| file.content.is_remote()) {
        return found;
    }
    let is_link = |path: &Path| fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_symlink());
    let mut chosen: HashMap<PathBuf, usize> = HashMap::new();
    for (number, file) in found.iter().enumerate() {
        let first = *chosen.entry(place(&file.path)).or_insert(number);
        // one by its own name is better than one by a link
        if first != number && found[first].path.ancestors().any(is_link) && !file.path.ancestors().any(is_link) {
            chosen.insert(place(&file.path), number);
        }
    }
    let chosen: HashSet<usize> = chosen.into_values().collect();
    found.into_iter().enumerate().filter(|(number, _)| chosen.contains(number)).map(|(_, file)| file).collect()
}

/// Lists the files below a folder, by path, without those whose name or folder begins with `.` or `_`.
fn walk(folder: &Path) -> Result<Vec<Found>, ScanError> {
    let mut found = Vec::new();
    let entries = WalkDir::new(folder).follow_links(true).sort_by_file_name().into_iter();
    for entry in entries.filter_entry(|entry| entry.depth() == 0 || !is_hidden(entry.file_name().as_encoded_bytes())) {
        let entry = entry.map_err(|error| walk_error(folder, error))?;
        if entry.file_type().is_file() {
            let metadata = entry.metadata().map_err(|error| walk_error(folder, error))?;
            found.push(Found::new(entry.into_path(), &metadata));
        }
    }
    found.sort_by(|one, other| one.path.cmp(&other.path));
    Ok(found)
}

/// Tells whether a name has what patterns are made of.
pub(super) fn is_pattern(name: &str) -> bool {
    name.contains(['*', '?', '[', '{'])
}

/// Tells whether a name begins like those that are left out.
pub(super) fn is_hidden(name: &[u8]) -> bool {
    matches!(name.first(), Some(b'.' | b'_'))
}

fn walk_error(folder: &Path, error: walkdir::Error) -> ScanError {
    let file = error.path().unwrap_or(folder).to_string_lossy().into_owned();
    let text = error.to_string();
    let cause = error.into_io_error().unwrap_or_else(|| io::Error::other(text));
    ScanError::Io { file, cause }
}

/// A pattern, and where its matches lie.
struct Pattern {
    /// The folder below which they lie.
    base: PathBuf,
    /// Matches paths from there on.
    matcher: GlobMatcher,
    /// How many folders deep they lie at most.
    depth: usize,
    /// It spells a name that begins like those that are left out.
    wants_hidden: bool,
}

impl Pattern {
    fn read(pattern: &str) -> Result<Self, ScanError> {
        let normal = pattern.strip_prefix("./").unwrap_or(pattern).trim_end_matches('/');
        let parts: Vec<&str> = normal.split('/').collect();
        let fixed = parts.iter().take_while(|part| !is_pattern(part)).count();
        let base = match parts[..fixed].join("/") {
            base if base.is_empty() && normal.starts_with('/') => "/".to_owned(),
            base if base.is_empty() => ".".to_owned(),
            base => base,
        };
        let open = &parts[fixed..];
        // alternatives may hold a slash, `**` any number of them
        let is_deep = normal.contains("**") || normal.contains('{');
        Ok(Self {
            base: base.into(),
            matcher: compile(&open.join("/"))?,
            depth: if is_deep { usize::MAX } else { open.len() },
            wants_hidden: open.iter().any(|part| is_hidden(part.as_bytes())),
        })
    }

    /// Tells whether a file, by its path from the base on, is matched, or lies in a folder that is.
    fn finds(&self, below: &Path) -> bool {
        let folders: Vec<&Path> = below.ancestors().filter(|path| !path.as_os_str().is_empty()).collect();
        for path in folders.into_iter().rev() {
            if !self.wants_hidden && has_hidden(path) {
                return false;
            }
            if self.matcher.is_match(path) {
                return below.strip_prefix(path).is_ok_and(|rest| !has_hidden(rest));
            }
        }
        false
    }
}

/// Lists the files that a pattern matches, and all files below the folders that it matches.
fn expand(pattern: &str) -> Result<Vec<Found>, ScanError> {
    let Pattern { base, matcher, depth, wants_hidden } = Pattern::read(pattern)?;
    if !base.exists() {
        let problem = format!("there is no folder `{}`, in which files of `{pattern}` would lie", base.display());
        return Err(usage(problem, None));
    }
    let mut found = Vec::new();
    let mut entries =
        WalkDir::new(&base).follow_links(true).min_depth(1).max_depth(depth).sort_by_file_name().into_iter();
    while let Some(entry) = entries.next() {
        let entry = entry.map_err(|error| walk_error(&base, error))?;
        if !wants_hidden && is_hidden(entry.file_name().as_encoded_bytes()) {
            if entry.file_type().is_dir() {
                entries.skip_current_dir();
            }
            continue;
        }
        if !matcher.is_match(entry.path().strip_prefix(&base).unwrap_or(entry.path())) {
            continue;
        }
        let path = entry.path().strip_prefix("./").unwrap_or(entry.path());
        if entry.file_type().is_dir() {
            found.extend(walk(path)?);
            entries.skip_current_dir();
        } else if entry.file_type().is_file() {
            let metadata = entry.metadata().map_err(|error| walk_error(path, error))?;
            found.push(Found::new(path.to_owned(), &metadata));
        }
    }
    found.sort_by(|one, other| one.path.cmp(&other.path));
    Ok(found)
}

/// Reads a pattern.
///
/// # Errors
/// It is none.
pub(super) fn compile(pattern: &str) -> Result<GlobMatcher, ScanError> {
    let glob = GlobBuilder::new(pattern).literal_separator(true).build();
    glob.map(|glob| glob.compile_matcher()).map_err(|error| {
        usage(
            format!("`{pattern}` is no valid pattern: {}", error.kind()),
            Some("`*`, `**`, `?`, `[a-z]` and `{a,b}` are understood".to_owned()),
        )
    })
}

fn no_such_file(argument: &str, path: &Path) -> ScanError {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    let folder = parent.unwrap_or(Path::new("."));
    if !folder.is_dir() {
        return usage(
            format!("there is no file `{argument}`"),
            Some(format!("there is no folder `{}` either", folder.display())),
        );
    }
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names: Vec<String> = entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    let similar = closest(&name, names.iter().map(String::as_str)).map(|similar| {
        let similar = parent.map_or_else(|| PathBuf::from(similar), |parent| parent.join(similar));
        format!("there is `{}`", similar.display())
    });
    usage(format!("there is no file `{argument}`"), similar)
}

/// Rows that are read twice would be duplicates that the data does not have.
fn refuse_repeated(files: &[DataFile]) -> Result<(), ScanError> {
    let mut seen = HashSet::new();
    for file in files {
        let identity = fs::canonicalize(&file.path).unwrap_or_else(|_| file.path.clone());
        if !seen.insert(identity) {
            return Err(usage(format!("`{}` is named twice", file.name), Some("name each file once".to_owned())));
        }
    }
    Ok(())
}

fn refuse_mixed(files: &[DataFile]) -> Result<(), ScanError> {
    let mut kinds: BTreeMap<Format, Vec<&str>> = BTreeMap::new();
    for file in files {
        kinds.entry(file.format).or_default().push(&file.name);
    }
    if kinds.len() < 2 {
        return Ok(());
    }
    let kinds: Vec<_> =
        kinds.iter().map(|(format, names)| format!("{} {format} (`{}`)", names.len(), names[0])).collect();
    Err(usage(
        format!("the data is of several formats: {}", kinds.join(", ")),
        Some("name the files of one format, or give the format that is meant".to_owned()),
    ))
}

fn usage(problem: String, help: Option<String>) -> ScanError {
    ScanError::Usage { problem, help }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    /// Makes a folder with empty files.
    fn folder(files: &[&str]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a folder for the test");
        for file in files {
            let path = folder.path().join(file);
            fs::create_dir_all(path.parent().expect("a parent")).expect("folders are made");
            fs::write(path, "").expect("the file is written");
        }
        folder
    }

    /// Finds in a folder, and gives the paths relative to it.
    fn found(folder: &tempfile::TempDir, arguments: &[&str], format: Option<Format>) -> Result<Vec<String>, String> {
        let base = folder.path().to_str().expect("a plain path");
        let arguments: Vec<String> = arguments.iter().map(|argument| format!("{base}/{argument}")).collect();
        let spool = Spool::new(std::env::temp_dir());
        let names =
            find(&arguments, format, &spool).map(|files| files.into_iter().map(|file| file.name).collect::<Vec<_>>());
        let relative = |text: String| text.replace(&format!("{base}/"), "").replace(base, ".");
        match names {
            Ok(names) => Ok(names.into_iter().map(relative).collect()),
            Err(ScanError::Usage { problem, help }) => {
                Err(relative(format!("{problem}; {}", help.unwrap_or_default())))
            }
            Err(error) => Err(error.to_string()),
        }
    }

    #[test]
    fn a_folder_gives_its_data_files_by_path_without_hidden_ones() {
        let folder = folder(&[
            "b/2.parquet",
            "b/1.pq",
            "a.parquet",
            "_SUCCESS",
            ".hidden.parquet",
            "_log/x.parquet",
            "b/.c/x.parquet",
            "README.md",
            "notes.txt",
        ]);
        assert_eq!(found(&folder, &[""], None).unwrap(), ["a.parquet", "b/1.pq", "b/2.parquet"]);
    }

    #[cfg(unix)]
    #[test]
    fn a_link_beside_its_file_is_no_second_file() {
        let folder = folder(&["d/a.csv", "elsewhere/b.csv"]);
        for (target, link) in [("a.csv", "d/latest.csv"), ("../elsewhere/b.csv", "d/b.csv")] {
            std::os::unix::fs::symlink(target, folder.path().join(link)).expect("a new link");
        }
        assert_eq!(found(&folder, &["d"], None).unwrap(), ["d/a.csv", "d/b.csv"]);
        assert_eq!(found(&folder, &["d/*.csv"], None).unwrap(), ["d/a.csv", "d/b.csv"]);
        std::os::unix::fs::symlink("../d", folder.path().join("elsewhere/now")).expect("a new link");
        assert_eq!(found(&folder, &[""], None).unwrap(), ["d/a.csv", "elsewhere/b.csv"]);
        assert_eq!(found(&folder, &["elsewhere"], None).unwrap(), ["elsewhere/b.csv", "elsewhere/now/a.csv"]);
        let new = folder.path().join("elsewhere/now/new.csv");
        assert!(finds(folder.path().join("elsewhere").to_str().expect("plain"), &new));
        assert_eq!(found(&folder, &["d/latest.csv"], None).unwrap(), ["d/latest.csv"]);
        assert!(found(&folder, &["d", "d/latest.csv"], None).unwrap_err().contains("named twice"));
    }

    #[test]
    fn what_is_found_was_told_before() {
        let files = [
            "a.csv",
            "_a.csv",
            "d/day=1/b.csv",
            "d/day=1/_b.csv",
            "d/day=2/deep/c.csv",
            "d/day=2/.x/c.csv",
            "d/_log/e.csv",
            "d/f.csv",
            "d/g.txt",
        ];
        let folder = folder(&files);
        let base = folder.path().to_str().expect("a plain path");
        let patterns =
            ["", "d", "d/", "*.csv", "d/*", "d/day=*", "d/day=*/", "d/**/*.csv", "d/{day=1/*,f}.csv", "d/_log/*"];
        for pattern in patterns.iter().chain(&["d/_*", "d/../d/*.csv", "_*.csv", "nothing", "d/day=?/*/*"]) {
            let argument = format!("{base}/{pattern}");
            let found: HashSet<PathBuf> =
                find(std::slice::from_ref(&argument), None, &Spool::new(std::env::temp_dir()))
                    .map(|files| files.into_iter().map(|file| place(&file.path)).collect())
                    .unwrap_or_default();
            for file in files {
                let path = folder.path().join(file);
                let told = finding(std::slice::from_ref(&argument), &path, None).is_some();
                assert_eq!(told, found.contains(&place(&path)), "{pattern}: {file}");
            }
        }
    }

    #[test]
    fn files_keep_the_order_of_the_arguments() {
        let folder = folder(&["a.csv", "b.tsv", "c.txt"]);
        assert_eq!(found(&folder, &["c.txt", "a.csv", "b.tsv"], None).unwrap(), ["c.txt", "a.csv", "b.tsv"]);
    }

    #[test]
    fn patterns_match_within_and_across_folders() {
        let folder = folder(&[
            "d/2024-01/a.csv",
            "d/2024-02/b.csv",
            "d/2023-01/c.csv",
            "d/x.csv",
            "d/2024-01/_t/z.csv",
            "d/s.csv/part-0.csv",
        ]);
        assert_eq!(found(&folder, &["d/2024-*/*.csv"], None).unwrap(), ["d/2024-01/a.csv", "d/2024-02/b.csv"]);
        assert_eq!(
            found(&folder, &["d/**/*.csv"], None).unwrap(),
            ["d/2023-01/c.csv", "d/2024-01/a.csv", "d/2024-02/b.csv", "d/s.csv/part-0.csv", "d/x.csv"]
        );
        assert_eq!(found(&folder, &["d/2024-01"], None).unwrap(), ["d/2024-01/a.csv"]);
        assert_eq!(found(&folder, &["d/2024-0?"], None).unwrap(), ["d/2024-01/a.csv", "d/2024-02/b.csv"]);
        assert_eq!(found(&folder, &["d/{x,2024-01/a}.csv"], None).unwrap(), ["d/2024-01/a.csv", "d/x.csv"]);
        assert_eq!(found(&folder, &["d/2024-01/_*/*.csv"], None).unwrap(), ["d/2024-01/_t/z.csv"]);
    }

    #[test]
    fn a_file_whose_name_looks_like_a_pattern_is_that_file() {
        let folder = folder(&["a[1].csv", "a1.csv"]);
        assert_eq!(found(&folder, &["a[1].csv"], None).unwrap(), ["a[1].csv"]);
    }

    #[test]
    fn a_missing_file_is_told_with_a_similar_one() {
        let folder = folder(&["flights.parquet", "weather.parquet"]);
        assert_eq!(
            found(&folder, &["flihgts.parquet"], None).unwrap_err(),
            "there is no file `flihgts.parquet`; there is `flights.parquet`"
        );
        assert_eq!(
            found(&folder, &["none/a.csv"], None).unwrap_err(),
            "there is no file `none/a.csv`; there is no folder `none` either"
        );
        assert!(found(&folder, &["*.csv"], None).unwrap_err().starts_with("no file matches `*.csv`"));
        let spool = Spool::new(std::env::temp_dir());
        let url = find(&["ftp://host/a.parquet".to_owned()], None, &spool).unwrap_err();
        assert!(url.to_string().contains("is a URL that weir does not read (`ftp`)"), "{url}");
    }

    #[test]
    fn mixed_formats_are_listed() {
        let folder = folder(&["a.parquet", "b.csv", "c.csv"]);
        let error = found(&folder, &[""], None).unwrap_err();
        assert!(
            error.starts_with("the data is of several formats: 1 Parquet (`a.parquet`), 2 CSV (`b.csv`)"),
            "{error}"
        );
        assert_eq!(found(&folder, &[""], Some(Format::Csv)).unwrap(), ["b.csv", "c.csv"]);
    }

    #[test]
    fn a_file_named_twice_is_refused() {
        let folder = folder(&["a.csv"]);
        assert_eq!(
            found(&folder, &["a.csv", "*.csv"], None).unwrap_err(),
            "`a.csv` is named twice; name each file once"
        );
    }

    #[test]
    fn first_bytes_tell_a_format_where_the_name_does_not() {
        let folder = folder(&["one", "two", "three", "four"]);
        fs::write(folder.path().join("one"), b"PAR1....PAR1").unwrap();
        fs::write(folder.path().join("two"), b"\xef\xbb\xbf\n {\"a\": 1}").unwrap();
        fs::write(folder.path().join("three"), b"\xfd7zXZ\0").unwrap();
        fs::write(folder.path().join("four"), b"a,b\n1,2\n").unwrap();
        let format = |name: &str| {
            let spool = Spool::new(std::env::temp_dir());
            find(&[folder.path().join(name).to_str().unwrap().to_owned()], None, &spool).map(|files| files[0].format)
        };
        assert_eq!(format("one").unwrap(), Format::Parquet);
        assert_eq!(format("two").unwrap(), Format::Json);
        assert!(format("three").unwrap_err().to_string().ends_with("is compressed with xz"));
        assert!(format("four").unwrap_err().to_string().contains("cannot be told"));
        assert_eq!(found(&folder, &["four"], Some(Format::Csv)).unwrap(), ["four"]);
        let error = found(&folder, &[""], None).unwrap_err();
        assert!(error.starts_with("`` finds no data files, only 4 with no extension"), "{error}");
        assert_eq!(found(&folder, &[""], Some(Format::Csv)).unwrap().len(), 4);
    }

    #[test]
    fn size_and_time_are_recorded() {
        let folder = folder(&["a.csv"]);
        let path = folder.path().join("a.csv");
        fs::write(&path, "a\n1\n").unwrap();
        let spool = Spool::new(std::env::temp_dir());
        let file = find(&[path.to_str().unwrap().to_owned()], None, &spool).unwrap().remove(0);
        assert_eq!((file.size_bytes, file.modified), (4, fs::metadata(&path).unwrap().modified().ok()));
    }
}
