//! Arguments that are more than a word: sizes, reports to write, how much a result tells.

use std::fs;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use arrow::datatypes::DataType;
use encoding_rs::Encoding;

use crate::column::Predicate;
use crate::diagnostic::{SourceText, Span};
use crate::document::{self, Node};
use crate::source::{self, format::Format};
use crate::suite::condition;
use crate::suite::result_format::read_result_format;
use crate::verdict::ResultFormat;

/// A report to write into a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Output {
    /// What to write.
    pub format: ReportFormat,
    /// Where; `-` and `/dev/stdout` are standard output.
    pub file: PathBuf,
}

impl Output {
    /// Tells whether the report goes to standard output.
    pub fn is_standard_output(&self) -> bool {
        is_standard_output(&self.file)
    }
}

/// Tells whether a path is one of those that standard output has.
fn is_standard_output(path: &Path) -> bool {
    ["-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"].iter().any(|name| path == Path::new(name))
}

/// The forms of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum ReportFormat {
    /// For people
    #[default]
    Text,
    /// For programs: Great Expectations' validation result
    Json,
    /// For CI systems that show tests
    Junit,
    /// For code scanning: SARIF 2.1.0, pointing at lines of the suite
    Sarif,
    /// Annotations of GitHub Actions, for standard output
    Github,
    /// GitLab's Code Quality report
    Gitlab,
    /// For a comment on a pull request
    Markdown,
    /// One line of JSON: the verdict and how many expectations came out how
    Summary,
}

/// Reads `json=results/flights.json`.
pub fn output(argument: &str) -> Result<Output, String> {
    let (format, file) = argument.split_once('=').ok_or("expected FORMAT=FILE, such as `json=result.json`")?;
    let format = <ReportFormat as clap::ValueEnum>::from_str(format.trim(), true)
        .map_err(|_| format!("unknown format `{format}`, expected one of {}", report_formats()))?;
    if file.is_empty() {
        return Err("the file after `=` is missing".to_owned());
    }
    if file.contains("://") {
        return Err(format!("`{file}` is a URL, and reports are written to local files: write it to one, and copy it"));
    }
    Ok(Output { format, file: file.into() })
}

/// The names of all formats of reports, for messages.
fn report_formats() -> String {
    let names =
        <ReportFormat as clap::ValueEnum>::value_variants().iter().filter_map(clap::ValueEnum::to_possible_value);
    names.map(|name| format!("`{}`", name.get_name())).collect::<Vec<_>>().join(", ")
}

/// A format of data as the command line names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InputFormat {
    /// How rows are written.
    pub format: Format,
    /// What stands between fields, where the name says so.
    pub delimiter: Option<u8>,
}

/// Reads the name of a data format. `tsv` is CSV with tabs.
pub fn input_format(argument: &str) -> Result<InputFormat, String> {
    let format = Format::from_name(argument)
        .ok_or_else(|| format!("unknown format `{argument}`, expected {}", Format::names()))?;
    let is_tabbed = ["tsv", "tab"].contains(&argument.to_ascii_lowercase().as_str());
    Ok(InputFormat { format, delimiter: is_tabbed.then_some(b'\t') })
}

/// Reads a text that stands for a missing value, which may begin with a hyphen as numbers do; an option it is not.
pub fn null_value(argument: &str) -> Result<String, String> {
    let is_option = argument.starts_with("--") && argument.bytes().any(|byte| byte.is_ascii_alphabetic());
    if is_option || argument == "-q" {
        return Err("expected texts with commas between, found an option".to_owned());
    }
    Ok(argument.to_owned())
}

/// Reads a number of rows.
pub fn rows(argument: &str) -> Result<u64, String> {
    let digits = argument.trim().replace('_', "");
    digits.parse().map_err(|_| "expected a whole number of rows, such as `10000`".to_owned())
}

/// Reads a number of threads.
pub fn threads(argument: &str) -> Result<NonZeroUsize, String> {
    argument.trim().parse().map_err(|_| "expected a whole number of threads, 1 or more".to_owned())
}

/// Reads a condition on rows, in any of the spellings of `row_condition`, and keeps its text.
pub fn condition(argument: &str) -> Result<(String, Predicate), String> {
    match condition::parse_text(argument, None) {
        Ok(predicate) => Ok((argument.to_owned(), predicate)),
        Err(error) => Err(error.help.map_or(error.message.clone(), |help| format!("{}; {help}", error.message))),
    }
}

/// Reads a fraction of all rows: `1%`, `0.01`.
pub fn fraction(argument: &str) -> Result<f64, String> {
    let argument = argument.trim();
    let (number, whole) = argument.strip_suffix('%').map_or((argument, 1.0), |percent| (percent.trim(), 100.0));
    let fraction = number.parse::<f64>().ok().map(|number| number / whole);
    let fraction = fraction.filter(|fraction| *fraction > 0.0 && *fraction <= 1.0);
    fraction.ok_or_else(|| "expected a fraction above 0 and up to 1, such as `0.01` or `1%`".to_owned())
}

/// Reads the name of an encoding of text, as web pages name them: `utf-8`, `windows-1252`, `latin1`, `utf-16le`, `shift_jis`.
pub fn encoding(argument: &str) -> Result<&'static Encoding, String> {
    // Python says `latin-1`, `utf_8`, `utf-16-le` and `utf-8-sig`; a mark is passed over in any case
    let label = argument.trim().to_ascii_lowercase().replace('_', "-");
    let label = label.strip_suffix("-sig").unwrap_or(&label);
    let label = match label {
        "latin-1" => "latin1",
        "utf-16-le" => "utf-16le",
        "utf-16-be" => "utf-16be",
        label => label,
    };
    let encoding = Encoding::for_label_no_replacement(label.as_bytes())
        .or_else(|| Encoding::for_label_no_replacement(argument.trim().as_bytes()));
    encoding.ok_or_else(|| "unknown encoding, expected one such as `utf-8`, `windows-1252` or `utf-16le`".to_owned())
}

/// Reads what stands between fields: one ASCII character, or `tab`.
pub fn delimiter(argument: &str) -> Result<u8, String> {
    match argument.as_bytes() {
        b"tab" | b"\\t" => Ok(b'\t'),
        [byte] if byte.is_ascii() => Ok(*byte),
        _ => Err("expected one ASCII character, or `tab`".to_owned()),
    }
}

/// What stands around fields of CSV, if anything does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quote(pub Option<u8>);

/// Reads the quote of CSV: one ASCII character, or `none`.
pub fn quote(argument: &str) -> Result<Quote, String> {
    match argument.as_bytes() {
        b"none" => Ok(Quote(None)),
        [byte] if byte.is_ascii_graphic() => Ok(Quote(Some(*byte))),
        _ => Err("expected one ASCII character such as `'`, or `none`".to_owned()),
    }
}

/// Reads what takes its meaning from the next character: one ASCII character.
pub fn escape(argument: &str) -> Result<u8, String> {
    match argument.as_bytes() {
        [byte] if byte.is_ascii_graphic() => Ok(*byte),
        _ => Err("expected one ASCII character such as `\\`".to_owned()),
    }
}

/// Reads what a comment begins with: one ASCII character, no quote.
pub fn comment(argument: &str) -> Result<u8, String> {
    match argument.as_bytes() {
        [byte] if byte.is_ascii_graphic() && *byte != b'"' => Ok(*byte),
        _ => Err("expected one ASCII character such as `#`, and no quote".to_owned()),
    }
}

/// Reads `zip=string`.
pub fn column_type(argument: &str) -> Result<(String, DataType), String> {
    // A column may have `=` in its name, a type has not.
    let (column, type_name) = argument.rsplit_once('=').ok_or("expected NAME=TYPE, such as `zip=string`")?;
    if column.is_empty() {
        return Err("the column before `=` is missing".to_owned());
    }
    let data_type = source::declared_type(type_name.trim()).ok_or_else(|| {
        let types = "string, boolean, int, uint, float, date, timestamp, timestamptz";
        format!("unknown type `{type_name}`, expected one of {types}")
    })?;
    Ok((column.to_owned(), data_type))
}

/// Reads how much memory may be used: `768MB` (powers of 1000), `2GiB` (powers of 1024), `1000000000` (bytes).
pub fn memory_limit(argument: &str) -> Result<u64, String> {
    match bytes(argument)? {
        bytes @ LEAST_MEMORY_BYTES.. => Ok(bytes),
        _ if argument.trim().bytes().all(|byte| byte.is_ascii_digit()) => {
            Err(format!("expected 1 MB or more, and this is a number of bytes: did you mean `{}MB`?", argument.trim()))
        }
        _ => Err("expected 1 MB or more, such as `768MB` or `2GiB`".to_owned()),
    }
}

/// With less memory than this nothing can be done.
const LEAST_MEMORY_BYTES: u64 = 1_000_000;

fn bytes(argument: &str) -> Result<u64, String> {
    let argument = argument.trim();
    let unit_start = argument.find(|character: char| !character.is_ascii_digit() && character != '.');
    let (amount, unit) = argument.split_at(unit_start.unwrap_or(argument.len()));
    let unit: u64 = match unit.trim().to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "k" | "kb" => 1_000,
        "m" | "mb" => 1_000_000,
        "g" | "gb" => 1_000_000_000,
        "t" | "tb" => 1_000_000_000_000,
        "ki" | "kib" => 1 << 10,
        "mi" | "mib" => 1 << 20,
        "gi" | "gib" => 1 << 30,
        "ti" | "tib" => 1 << 40,
        _ => return Err(format!("unknown unit `{}`, expected one such as `MB` or `GiB`", unit.trim())),
    };
    let amount: f64 = amount.parse().map_err(|_| "expected a size such as `768MB` or `2GiB`".to_owned())?;
    let bytes = amount * unit as f64;
    if bytes < 1.0 || bytes >= u64::MAX as f64 {
        return Err("expected at least one byte, and no more than a machine can have".to_owned());
    }
    Ok(bytes as u64)
}

/// Reads the name of a Parquet file to write: one that does not promise another format.
pub fn parquet_file(argument: &str) -> Result<PathBuf, String> {
    if is_standard_output(Path::new(argument)) {
        return Err("rows are written into a file, and standard output is none".to_owned());
    }
    let path = PathBuf::from(argument);
    let format = path.extension().and_then(|extension| Format::from_name(extension.to_str()?));
    match format.filter(|format| *format != Format::Parquet) {
        Some(format) => {
            let renamed = path.with_extension("parquet");
            Err(format!("rows are written as Parquet, not as {format}: name it `{}`", renamed.display()))
        }
        None => Ok(path),
    }
}

/// Reads a level in any case, or Great Expectations' JSON object.
pub fn result_format(argument: &str) -> Result<ResultFormat, String> {
    let node = if argument.trim_start().starts_with('{') {
        let source = SourceText::new("--result-format", argument);
        document::parse_json(&source).map_err(|diagnostics| lines(diagnostics.iter().map(|found| &found.message)))?
    } else {
        let level = argument.trim().to_uppercase();
        let levels = ["BOOLEAN_ONLY", "BASIC", "SUMMARY", "COMPLETE"];
        if !levels.contains(&level.as_str()) {
            let known = levels.map(|level| format!("`{level}`")).join(", ");
            return Err(format!("unknown level, expected one of {known}"));
        }
        Node::new(document::Value::Text(level), Span::new(0, argument.len()))
    };
    read_result_format(&node).map_err(|faults| lines(faults.iter().map(|fault| &fault.message)))
}

/// A quarter of the memory that this process may use, as far as Linux tells; 1 GiB elsewhere.
pub fn default_memory_limit() -> u64 {
    let machine = fs::read_to_string("/proc/meminfo").ok().and_then(|text| {
        let line = text.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
        let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
        Some(kibibytes * 1024)
    });
    let container = fs::read_to_string("/sys/fs/cgroup/memory.max").ok().and_then(|text| text.trim().parse().ok());
    let available: u64 = [machine, container].into_iter().flatten().min().unwrap_or(4 << 30);
    available / 4
}

fn lines<'a>(messages: impl Iterator<Item = &'a String>) -> String {
    messages.map(String::as_str).collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verdict::ResultLevel;

    #[test]
    fn encodings_are_known_by_the_names_of_python_too() {
        for (label, name) in [("utf-16-le", "UTF-16LE"), ("UTF_16_BE", "UTF-16BE"), ("latin_1", "windows-1252")] {
            assert_eq!(encoding(label).map(Encoding::name), Ok(name));
        }
    }

    #[test]
    fn sizes_have_decimal_and_binary_units() {
        assert_eq!(memory_limit("768MB"), Ok(768_000_000));
        assert_eq!(memory_limit("2GiB"), Ok(2 << 30));
        assert_eq!(memory_limit("1.5 mib"), Ok(3 << 19));
        assert_eq!(memory_limit("1000000"), Ok(1_000_000));
        assert!(
            memory_limit("64").is_err_and(|said| said.contains("did you mean `64MB`"))
                && memory_limit("999kB").is_err()
        );
        for wrong in ["", "MB", "-1MB", "0", "1PB", "1e9", "99999999999999TB", "1.2.3GB"] {
            assert!(memory_limit(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_fraction_is_a_number_or_a_percentage() {
        assert_eq!((fraction("1%"), fraction(" 0.25 "), fraction("100 %")), (Ok(0.01), Ok(0.25), Ok(1.0)));
        for wrong in ["", "0", "1.1", "-1%", "101%", "NaN", "x"] {
            assert!(fraction(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn an_output_is_a_format_and_a_file() {
        assert_eq!(output("JSON=a=b.json"), Ok(Output { format: ReportFormat::Json, file: "a=b.json".into() }));
        for wrong in ["json", "json=", "pdf=a.pdf"] {
            assert!(output(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn data_is_described_by_short_words() {
        let csv = InputFormat { format: Format::Csv, delimiter: None };
        assert_eq!(input_format("CSV"), Ok(csv));
        assert_eq!(input_format("tsv"), Ok(InputFormat { delimiter: Some(b'\t'), ..csv }));
        assert!(
            input_format("xls")
                .is_err_and(|message| message.contains("`parquet`, `csv`, `tsv`, `json`, `avro`, `orc` or `arrow`"))
        );
        assert_eq!((delimiter(";"), delimiter("tab"), delimiter("\\t")), (Ok(b';'), Ok(b'\t'), Ok(b'\t')));
        assert!(delimiter("").is_err() && delimiter("::").is_err() && delimiter("→").is_err());
        assert_eq!(column_type("a=b=Date"), Ok(("a=b".to_owned(), DataType::Date32)));
        assert!(column_type("zip").is_err() && column_type("=date").is_err() && column_type("zip=zip").is_err());
    }

    #[test]
    fn a_missing_value_may_be_a_negative_number_and_no_option() {
        assert_eq!(null_value("-999"), Ok("-999".to_owned()));
        assert_eq!(null_value("--"), Ok("--".to_owned()));
        assert!(null_value("--suite").is_err() && null_value("-q").is_err());
    }

    #[test]
    fn a_result_format_is_a_level_or_an_object() {
        assert_eq!(result_format("complete").map(|format| format.level), Ok(ResultLevel::Complete));
        let format =
            result_format(r#"{"result_format": "BASIC", "partial_unexpected_count": 3}"#).expect("it is right");
        assert_eq!((format.level, format.partial_unexpected_count), (ResultLevel::Basic, 3));
        assert!(result_format("everything").is_err());
        assert!(result_format("{").is_err());
    }
}
