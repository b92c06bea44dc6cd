//! The first line of a CSV file: the names of its columns, and how they go together with those of other files.

use std::collections::{HashMap, HashSet};

use super::CsvOptions;
use super::record::{Dialect, Marked, Split, line_end};
use crate::scan::ScanError;
use crate::source::compression::Compression;
use crate::source::encoding::{CONVERT, MARK};
use crate::source::file::DataFile;
use crate::source::format::Format;
use crate::source::window::{MAX_RECORD_BYTES, Window};

/// What the beginning of a file says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Header {
    /// The names of the columns, each of them once.
    pub(super) names: Vec<String>,
    /// Where the records begin.
    pub(super) data_start: u64,
    /// How many lines lie before them.
    pub(super) line: u64,
    /// Which characters mean something.
    pub(super) dialect: Dialect,
}

/// Delimiters that are tried on a header that is one long field.
const OTHER_DELIMITERS: [(u8, &str); 4] = [(b',', ","), (b';', ";"), (b'\t', "tab"), (b'|', "|")];

impl Header {
    /// Reads a file's beginning; `None` where there is no record at all.
    ///
    /// # Errors
    /// The file cannot be read, is no UTF-8, or begins with something that is no header.
    pub(super) fn read(file: &DataFile, options: &CsvOptions) -> Result<Option<Self>, ScanError> {
        let corrupt = |problem: String| ScanError::Corrupt { file: file.name.clone(), problem };
        let path = Compression::without_extension(&file.path).unwrap_or(&file.path);
        let is_tabbed =
            path.extension().is_some_and(|it| it.eq_ignore_ascii_case("tsv") || it.eq_ignore_ascii_case("tab"));
        let delimiter = options.delimiter.unwrap_or(if is_tabbed { b'\t' } else { b',' });
        let dialect = Dialect {
            delimiter,
            quote: options.quote,
            escape: options.escape.filter(|escape| Some(*escape) != options.quote),
            comment: options.comment,
        };

        let mut window = Window::open(file, 0, 0, file.length)?;
        window.fill()?;
        if let Some(problem) = Format::Csv.foreign_content(window.bytes()) {
            return Err(corrupt(problem));
        }
        if window.bytes().starts_with(MARK) {
            window.consume(MARK.len());
        }
        let mut line = 0;
        let mut marks = Vec::new();
        let (width, lines, end) = loop {
            let bytes = window.bytes();
            let blank = match bytes {
                [] if window.is_last() => return Ok(None),
                [b'\r', b'\n', ..] => 2,
                [b'\n', ..] | [b'\r', _, ..] => 1,
                [b'\r'] if window.is_last() => 1,
                _ => 0,
            };
            if blank > 0 {
                line += 1;
                window.consume(blank);
                continue;
            }
            if dialect.is_comment(bytes) {
                match line_end(bytes, window.is_last()) {
                    Some(end) => {
                        line += 1;
                        window.consume(end);
                    }
                    None => window.fill()?,
                }
                continue;
            }
            dialect.mark(bytes, &mut marks);
            let text = Marked { bytes, marks: &marks, is_last: window.is_last() };
            match dialect.split(text, 0, &mut 0, &[], &mut Vec::new()) {
                Split::Record { end, width, .. } if width == 1 && bytes[..end].trim_ascii().is_empty() => {
                    line += 1;
                    window.consume(end);
                }
                Split::Record { end, width, lines, .. } => break (width, lines, end),
                Split::Unclosed => {
                    return Err(corrupt(format!(
                        "opens a quote in line {}, the header, that is never closed",
                        line + 1
                    )));
                }
                Split::Incomplete if bytes.len() > MAX_RECORD_BYTES => {
                    return Err(corrupt("has no line end where a header is expected".to_owned()));
                }
                Split::Incomplete => window.fill()?,
            }
        };
        if window.invalid().is_some_and(|at| at < end) {
            return Err(corrupt(format!("is not UTF-8: line {} holds other bytes; {CONVERT}", line + 1)));
        }
        let mut fields = Vec::new();
        let text = Marked { bytes: window.bytes(), marks: &marks, is_last: window.is_last() };
        dialect.split(text, 0, &mut 0, &(0..width).collect::<Vec<_>>(), &mut fields);
        let mut scratch = Vec::new();
        let mut name =
            |at: usize| String::from_utf8_lossy(fields[at].value(window.bytes(), dialect, &mut scratch)).into_owned();
        let names: Vec<String> = (0..width).map(&mut name).collect();

        if !options.has_header {
            let names = (1..=width).map(|number| format!("column_{number}")).collect();
            return Ok(Some(Self { names, data_start: window.position(), line, dialect }));
        }
        if options.delimiter.is_none() && width == 1 {
            let other = OTHER_DELIMITERS.iter().find(|(byte, _)| names[0].as_bytes().contains(byte));
            if let Some((_, other)) = other {
                return Err(ScanError::Usage {
                    problem: format!("`{}` has one column, named `{}`", file.name, names[0]),
                    help: Some(format!(
                        "give the delimiter: it looks like `{other}`, and `{}` was expected",
                        display(delimiter)
                    )),
                });
            }
        }
        let data_start = window.position() + end as u64;
        Ok(Some(Self { names: name_columns(names), data_start, line: line + lines, dialect }))
    }
}

/// Names a delimiter for people.
pub(super) fn display(delimiter: u8) -> String {
    if delimiter == b'\t' { "tab".to_owned() } else { char::from(delimiter).to_string() }
}

/// Gives every column a name of its own, as pandas does: a column without one is `Unnamed: 3` by its number from 0, the
/// second `a` is `a.1`.
fn name_columns(mut names: Vec<String>) -> Vec<String> {
    for (number, name) in names.iter_mut().enumerate() {
        if name.is_empty() {
            *name = format!("Unnamed: {number}");
        }
    }
    let mut taken: HashSet<String> = names.iter().cloned().collect();
    let mut counts: HashMap<String, usize> = HashMap::new();
    for name in &mut names {
        let plain = name.clone();
        let mut count = counts.get(name).copied().unwrap_or(0);
        while count > 0 {
            counts.insert(plain.clone(), count + 1);
            *name = format!("{plain}.{count}");
            count = if taken.contains(name) { count + 1 } else { counts.get(name).copied().unwrap_or(0) };
        }
        taken.insert(name.clone());
        counts.insert(name.clone(), count + 1);
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(names: &[&str]) -> Vec<String> {
        name_columns(names.iter().map(|&name| name.to_owned()).collect())
    }

    #[test]
    fn columns_are_named_as_in_pandas() {
        assert_eq!(named(&["", "x", ""]), ["Unnamed: 0", "x", "Unnamed: 2"]);
        assert_eq!(named(&["a", "a", "b", "a"]), ["a", "a.1", "b", "a.2"]);
        assert_eq!(named(&["a", "a", "a.1"]), ["a", "a.2", "a.1"]);
        assert_eq!(named(&["Unnamed: 1", ""]), ["Unnamed: 1", "Unnamed: 1.1"]);
    }
}
