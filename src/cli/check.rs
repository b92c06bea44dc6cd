//! `weir check`: a suite and data in, a verdict out.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use anyhow::Context;
use arrow::datatypes::DataType;
use chrono::{DateTime, Utc};
use clap::{Args, ValueEnum};
use encoding_rs::Encoding;

use super::argument::{self, InputFormat, Output, ReportFormat};
use super::progress::Bar;
use super::refused::Refused;
use super::render::Advice;
use super::terminal::{self, Terminal};
use super::{Outcome, output, render};
use crate::column::Predicate;
use crate::diagnostic::{Level, SourceText};
use crate::document::read_file;
use crate::report::refusal::Refusal;
use crate::report::snippet::Style;
use crate::report::text::{self, TextOptions};
use crate::report::{explanation, github, gitlab, json, junit, markdown, sarif, summary};
use crate::rows::RowFiles;
use crate::run::{self, Progress, Request, RowChoice};
use crate::source::ReadOptions;
use crate::source::malformed::OnMalformed;
use crate::suite::reference::references;
use crate::suite::{self, Suite};
use crate::verdict::{ResultFormat, RunResult, Severity};
use crate::words::{number, plain};

const EXAMPLES: &str = "\
Examples:
  weir check flights.parquet --suite flights.yaml
  weir check 'lake/**/*.parquet' --suite orders.yaml --fail-on critical
  weir check 's3://lake/orders/day=2024-02-*/' --suite orders.yaml
  weir check trips.csv --suite gx_suite.json --format json > result.json
  weir check trips.csv --suite trips.yaml --param max_fare=200

Exit codes:
  0  every expectation is met (or only those below --fail-on are not)
  1  an expectation is not met, be it failed or errored on this data
  2  weir could not judge: an invalid suite, unreadable data, wrong usage";

/// Judge data by a suite of expectations
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub struct Arguments {
    /// Files, folders or patterns such as `lake/**/*.parquet`, judged as one dataset, here or in a store: `s3://bucket/path`,
    /// `gs://bucket/path`, `az://container/path`; a file by its `https://` URL; `-` is standard input. Text may be compressed
    /// with gzip, zstd or bzip2
    #[arg(required = true, value_name = "DATA")]
    data: Vec<String>,

    /// The suite: weir's YAML, or the JSON of Great Expectations (0.x and 1.x)
    #[arg(long, short, value_name = "FILE")]
    suite: PathBuf,

    /// A value for a `$PARAMETER` of the suite, read as YAML: `max=5` is a number, `max='5'` a text
    #[arg(long, value_name = "NAME=VALUE", help_heading = "Suite")]
    param: Vec<String>,

    /// What to do about expectations that weir does not know
    #[arg(long, value_enum, default_value_t, value_name = "WHAT", help_heading = "Suite")]
    unknown_expectations: Unknown,

    /// The report on standard output; `json` has the shape of Great Expectations' validation results
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT", help_heading = "Result")]
    format: ReportFormat,

    /// Write a report into a file as well, whole even with --quiet, in any of the formats: `junit=report.xml`. Can be given
    /// several times
    #[arg(long, value_parser = argument::output, value_name = "FORMAT=FILE", help_heading = "Result")]
    output: Vec<Output>,

    /// How much the result tells: `BOOLEAN_ONLY`, `BASIC`, `SUMMARY`, `COMPLETE`, or Great Expectations' JSON object
    #[arg(long, value_parser = argument::result_format, value_name = "LEVEL", help_heading = "Result")]
    result_format: Option<ResultFormat>,

    /// Write every row that breaks an expectation into a Parquet file: all columns of the data, the place of the row
    /// (`__weir_file`, `__weir_row`, `__weir_file_row`, `__weir_line`), and the expectations that it breaks
    /// (`__weir_expectations`). Expectations that are met, if only thanks to `mostly`, are broken by no row
    #[arg(long, value_parser = argument::parquet_file, value_name = "FILE", help_heading = "Result")]
    failed_rows: Option<PathBuf>,

    /// Write the other rows that were judged into a Parquet file, as they are
    #[arg(long, value_parser = argument::parquet_file, value_name = "FILE", help_heading = "Result")]
    clean_rows: Option<PathBuf>,

    /// The least severity of an unmet expectation that makes the exit code 1; reports show those below it as not met all the
    /// same
    #[arg(long, value_enum, default_value_t, value_name = "SEVERITY", help_heading = "Result")]
    fail_on: FailOn,

    /// Print the verdict alone, and neither warnings nor progress
    #[arg(long, short, conflicts_with = "verbose", help_heading = "Result")]
    quiet: bool,

    /// List every expectation of a long suite, and all examples that were kept
    #[arg(long, short, help_heading = "Result")]
    verbose: bool,

    /// Tell what would be read and computed, and why, and judge nothing; `--format` is `text` or `json`
    #[arg(long, help_heading = "Result")]
    explain: bool,

    /// The format of the data, where neither name nor first bytes tell: `parquet`, `csv`, `tsv` (CSV with tabs), `json` (an
    /// object a line, or an array of objects), `avro`, `orc` or `arrow`
    #[arg(long, value_parser = argument::input_format, value_name = "FORMAT", help_heading = "Data")]
    input_format: Option<InputFormat>,

    /// The encoding of CSV or JSON, such as `windows-1252` or `shift_jis` [default: UTF-8, or UTF-16 where a byte-order mark
    /// says so]
    #[arg(long, value_parser = argument::encoding, value_name = "NAME", help_heading = "Data")]
    encoding: Option<&'static Encoding>,

    /// The character between two fields of CSV, `tab` for a tab [default: a comma, in `.tsv` files a tab]
    #[arg(long, value_parser = argument::delimiter, value_name = "CHARACTER", help_heading = "Data")]
    delimiter: Option<u8>,

    /// The character around a field of CSV that holds delimiters or line ends, or `none` [default: `"`]
    #[arg(long, value_parser = argument::quote, value_name = "CHARACTER", help_heading = "Data")]
    quote: Option<argument::Quote>,

    /// The character of CSV behind which the next one stands for itself, such as `\` (Spark, Hive); `\N` stays as it
    /// is, for --null-values [default: a quote within quotes is written twice]
    #[arg(long, value_parser = argument::escape, value_name = "CHARACTER", help_heading = "Data")]
    escape: Option<u8>,

    /// The character that lines of CSV begin with which are comments, such as `#`
    #[arg(long, value_parser = argument::comment, value_name = "CHARACTER", help_heading = "Data")]
    comment: Option<u8>,

    /// CSV has no line with the names of its columns, which are `column_1`, `column_2` and so on
    #[arg(long, help_heading = "Data")]
    no_header: bool,

    /// Texts of CSV that stand for a missing value in every column, with commas between; an empty field always does, and words
    /// such as `NA` and `null` do without this in columns that are no texts
    #[arg(
        long,
        value_delimiter = ',',
        allow_hyphen_values = true,
        value_parser = argument::null_value,
        value_name = "TEXTS",
        help_heading = "Data"
    )]
    null_values: Option<Vec<String>>,

    /// The type of a column of CSV or JSON, instead of what its values look like: `zip=string`. The types are `string`,
    /// `boolean`, `int`, `uint`, `float`, `date`, `timestamp`, `timestamptz`
    #[arg(long, value_parser = argument::column_type, value_name = "NAME=TYPE", help_heading = "Data")]
    column_type: Vec<(String, DataType)>,

    /// What to do about lines of CSV and JSON that are no rows: a wrong number of fields, broken JSON, a key that stands twice,
    /// bytes that are no text, a value that is not of its declared type
    #[arg(long, value_enum, default_value_t, value_name = "WHAT", help_heading = "Data")]
    malformed: MalformedLines,

    /// Judge only the rows for which a condition is true, written as a `row_condition`: `day = '2024-02-01'`
    #[arg(long = "where", value_parser = argument::condition, value_name = "CONDITION", help_heading = "Data")]
    condition: Option<(String, Predicate)>,

    /// Judge only the first rows of the data, so many of them, or of the sample; `--where` chooses among these
    #[arg(long, value_parser = argument::rows, value_name = "ROWS", help_heading = "Data")]
    limit: Option<u64>,

    /// Judge a random sample of the rows, the same one every time: `1%` or `0.01`
    #[arg(long, value_parser = argument::fraction, value_name = "FRACTION", help_heading = "Data")]
    sample: Option<f64>,

    /// Take the names of folders such as `day=2024-02-01` for no columns
    #[arg(long, help_heading = "Data")]
    no_hive_partitions: bool,

    /// How many threads work [default: one per core]
    #[arg(long, value_parser = argument::threads, value_name = "NUMBER", help_heading = "Resources")]
    threads: Option<NonZeroUsize>,

    /// How much memory all that grows with the data may take, such as `768MB` or `2GiB`; what does not fit is written to
    /// temporary files [default: a quarter of the machine's]
    #[arg(long, value_parser = argument::memory_limit, value_name = "SIZE", help_heading = "Resources")]
    memory_limit: Option<u64>,

    /// The folder for temporary files: for what does not fit into memory, and what comes compressed, through a pipe or from
    /// a server. They are deleted at the end [default: the system's folder for temporary files]
    #[arg(long, value_name = "FOLDER", help_heading = "Resources")]
    spill_dir: Option<PathBuf>,

    /// Decode every row, even where a file's statistics prove the answer
    #[arg(long, help_heading = "Resources")]
    no_statistics: bool,
}

/// What to do about an expectation that is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
enum Unknown {
    /// Refuse the suite
    #[default]
    Error,
    /// Leave the expectation out, with a warning
    Skip,
}

/// What to do about lines that are no rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
enum MalformedLines {
    /// Refuse the data, naming the first of them: exit code 2
    #[default]
    Fail,
    /// Count each as a failure (exit code 1), and judge the rest as if they were not there
    Count,
}

impl From<MalformedLines> for OnMalformed {
    fn from(lines: MalformedLines) -> Self {
        match lines {
            MalformedLines::Fail => Self::Fail,
            MalformedLines::Count => Self::Count,
        }
    }
}

/// The least severity that counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
enum FailOn {
    Critical,
    Warning,
    #[default]
    Info,
}

impl From<FailOn> for Severity {
    fn from(level: FailOn) -> Self {
        match level {
            FailOn::Critical => Self::Critical,
            FailOn::Warning => Self::Warning,
            FailOn::Info => Self::Info,
        }
    }
}

/// Checks the data, and reports.
pub fn run(arguments: &Arguments, terminal: &Terminal) -> anyhow::Result<Outcome> {
    refuse_two_reports(arguments)?;
    let files: Vec<&Path> = report_files(arguments).collect();
    let row_files = [&arguments.failed_rows, &arguments.clean_rows];
    let row_files: Vec<&Path> = row_files.into_iter().flatten().map(PathBuf::as_path).collect();
    let named = arguments.data.iter().map(Path::new).chain([arguments.suite.as_path()]);
    output::refuse_overwriting(files.iter().chain(&row_files).copied(), named)?;
    output::refuse_devices(row_files.iter().copied())?;
    let format = arguments.input_format.map(|input| input.format);
    output::refuse_new_data(files.iter().chain(&row_files).copied(), &arguments.data, format)?;
    let began = Utc::now();
    if arguments.explain {
        return explain(arguments, terminal, began);
    }
    let result = match judge(arguments, terminal) {
        Ok(result) => result,
        Err(refused) => return refuse(arguments, refused, began, terminal),
    };
    if !arguments.quiet {
        tell_of_missing_columns(&result, terminal);
        tell_of_no_rows(&result, terminal);
    }

    output::refuse_overwriting(files, result.inputs().chain(result.references()).map(Path::new))?;
    let text = match arguments.format {
        ReportFormat::Text if arguments.quiet => headline(&result, terminal.output_style()),
        format => report(arguments, &result, format, terminal.output_style()),
    };
    terminal::print(&text)?;
    write_files(arguments, terminal, |format| report(arguments, &result, format, Terminal::file_style()))?;
    Ok(outcome(arguments, &result, terminal))
}

/// Reads the suite and judges the data by it.
fn judge(arguments: &Arguments, terminal: &Terminal) -> Result<RunResult, Refused> {
    refuse_no_folder(arguments)?;
    let suite = read_suite(arguments, terminal)?;
    let progress = Bar::new(!arguments.quiet);
    Ok(run::check(&request(arguments, suite), &progress)?)
}

/// Says why nothing was judged, on standard error and in all reports, which are written over no data: neither that which was
/// to be judged, nor what the suite may name beside it.
fn refuse(
    arguments: &Arguments,
    refused: Refused,
    began: DateTime<Utc>,
    terminal: &Terminal,
) -> anyhow::Result<Outcome> {
    terminal::complain(&refused.draw(terminal.error_style()));
    refuse_writing_over_what_is_named(arguments)?;
    write_refusal(arguments, refused, began, terminal)?;
    Ok(Outcome::NotJudged)
}

/// Refuses reports over data that may be read: that which is to be judged, and what the suite may name beside it.
fn refuse_writing_over_what_is_named(arguments: &Arguments) -> Result<(), Advice> {
    let mut names = arguments.data.clone();
    names.extend(read_file(&arguments.suite).map(|source| references(&source.text)).unwrap_or_default());
    let given = arguments.param.iter().filter_map(|param| param.split_once('='));
    names.extend(given.map(|(_, value)| value.trim().trim_matches(['"', '\'']).to_owned()));
    let files: Vec<&Path> = report_files(arguments).collect();
    output::refuse_named(files, &names)
}

/// The files that reports are written into.
fn report_files(arguments: &Arguments) -> impl Iterator<Item = &Path> {
    arguments.output.iter().filter(|output| !output.is_standard_output()).map(|output| output.file.as_path())
}

/// Tells what a check would do.
fn explain(arguments: &Arguments, terminal: &Terminal, began: DateTime<Utc>) -> anyhow::Result<Outcome> {
    let formats = arguments.output.iter().map(|output| output.format).chain([arguments.format]);
    if formats.into_iter().any(|format| !matches!(format, ReportFormat::Text | ReportFormat::Json)) {
        let message = "`--explain` writes no report, and what it tells has the forms `text` and `json`".to_owned();
        return Err(Advice { message, help: "choose one of them, or leave out `--explain`".to_owned() }.into());
    }
    if arguments.failed_rows.is_some() || arguments.clean_rows.is_some() {
        let message = "`--explain` judges nothing, so there are no rows to write".to_owned();
        return Err(Advice { message, help: "leave out `--failed-rows` and `--clean-rows`".to_owned() }.into());
    }
    refuse_no_folder(arguments)?;
    let progress = Bar::new(!arguments.quiet);
    let explained = read_suite(arguments, terminal)
        .and_then(|suite| run::explain(&request(arguments, suite), &progress).map_err(Refused::from));
    progress.finish();
    let explained = match explained {
        Ok(explained) => explained,
        Err(refused) => return refuse(arguments, refused, began, terminal),
    };
    let write = |format, style: Style| match format {
        ReportFormat::Json => explanation::json(&explained),
        _ => {
            let text = explanation::text(&explained, arguments.verbose);
            if style.unicode { text } else { plain::ascii(&text) }
        }
    };
    refuse_writing_over_what_is_named(arguments)?;
    terminal::print(&write(arguments.format, terminal.output_style()))?;
    write_files(arguments, terminal, |format| write(format, Terminal::file_style()))?;
    Ok(Outcome::Met)
}

/// Writes the reports that are files: all that can be.
///
/// # Errors
/// One cannot be written. Where there are several, the first ones are told of here.
fn write_files(
    arguments: &Arguments,
    terminal: &Terminal,
    report: impl Fn(ReportFormat) -> String,
) -> anyhow::Result<()> {
    let mut outcome = Ok(());
    for output in arguments.output.iter().filter(|output| !output.is_standard_output()) {
        let written = output::write(&output.file, &report(output.format));
        let written = written.with_context(|| format!("cannot write `{}`", output.file.display()));
        if let Err(error) = written
            && let Err(before) = std::mem::replace(&mut outcome, Err(error))
        {
            terminal::complain(&render::error(&before, terminal.error_style()));
        }
    }
    outcome
}

/// Writes into all reports why nothing was judged.
fn write_refusal(
    arguments: &Arguments,
    refused: Refused,
    began: DateTime<Utc>,
    terminal: &Terminal,
) -> anyhow::Result<()> {
    let drawn = refused.draw(Terminal::file_style());
    let suite = arguments.suite.display().to_string();
    let source = read_file(&arguments.suite).unwrap_or_else(|_| SourceText::new(&suite, ""));
    let refusal = Refusal {
        suite,
        data: arguments.data.clone(),
        diagnostics: refused.into_diagnostics(&source),
        run_time: run::timestamp(began),
    };
    let report = |format| match format {
        ReportFormat::Json => json::refusal(&refusal),
        ReportFormat::Junit => junit::refusal(&refusal),
        ReportFormat::Sarif => sarif::refusal(&refusal),
        ReportFormat::Github => github::refusal(&refusal),
        ReportFormat::Gitlab => gitlab::refusal(&refusal),
        ReportFormat::Markdown => markdown::refusal(&refusal),
        ReportFormat::Summary => summary::refusal(&refusal),
        ReportFormat::Text => format!("{}\n\n{drawn}", refusal.headline()),
    };
    // for people, standard error has it all
    if arguments.format != ReportFormat::Text {
        terminal::print(&report(arguments.format))?;
    }
    write_files(arguments, terminal, report)
}

/// Refuses a folder for temporary files that is none, before it is needed.
fn refuse_no_folder(arguments: &Arguments) -> Result<(), Advice> {
    match arguments.spill_dir.as_ref().filter(|folder| !folder.is_dir()) {
        None => Ok(()),
        Some(folder) => {
            let message = format!("`--spill-dir` names `{}`, which is no folder", folder.display());
            Err(Advice { message, help: "make it first, or name another one".to_owned() })
        }
    }
}

/// Refuses what standard output cannot do.
fn refuse_two_reports(arguments: &Arguments) -> anyhow::Result<()> {
    let refuse = |message: &str, help: &str| Err(Advice { message: message.to_owned(), help: help.to_owned() }.into());
    let mut to_output = arguments.output.iter().filter(|output| output.is_standard_output());
    if to_output.any(|output| output.format != arguments.format) {
        return refuse(
            "standard output has one report, and `--output` asks for another one there",
            "choose it with `--format`, or name a file in place of `-`",
        );
    }
    Ok(())
}

/// Reads the suite, and tells of what is doubtful in it.
fn read_suite(arguments: &Arguments, terminal: &Terminal) -> Result<Suite, Refused> {
    if let Some(column) = given_twice(&arguments.column_type) {
        let message = format!("`--column-type` gives the type of `{column}` more than once");
        return Err(Advice { message, help: "give each column one type".to_owned() }.into());
    }
    let source = read_file(&arguments.suite).map_err(Refused::Unreadable)?;
    let given = super::suite::parameters(&arguments.param).map_err(Refused::Suite)?;
    if let Some(name) = given_twice(&given) {
        let message = format!("`--param` gives `{name}` more than once");
        return Err(Advice { message, help: "give each parameter one value".to_owned() }.into());
    }
    let options =
        suite::Options { skip_unknown: arguments.unknown_expectations == Unknown::Skip, ..suite::Options::default() };
    let form = suite::Form::of(&source);
    let (suite, warnings) = Suite::parse(&source, form, &given, &options).map_err(Refused::Suite)?;
    if !arguments.quiet {
        terminal::complain(&render::diagnostics(&warnings, terminal.error_style()));
    }
    Ok(suite)
}

/// The first name that is given two values.
fn given_twice<T>(given: &[(String, T)]) -> Option<&str> {
    let mut names = given.iter().map(|(name, _)| name.as_str()).enumerate();
    names.find(|(at, name)| given[..*at].iter().any(|(earlier, _)| earlier == name)).map(|(_, name)| name)
}

fn request(arguments: &Arguments, suite: Suite) -> Request {
    Request {
        data: arguments.data.clone(),
        read: ReadOptions {
            format: arguments.input_format.map(|input| input.format),
            encoding: arguments.encoding,
            on_malformed: arguments.malformed.into(),
            hive_partitions: !arguments.no_hive_partitions,
            spill_folder: arguments.spill_dir.clone().unwrap_or_else(std::env::temp_dir),
            delimiter: arguments.delimiter.or(arguments.input_format.and_then(|input| input.delimiter)),
            quote: arguments.quote.map_or(Some(b'"'), |quote| quote.0),
            escape: arguments.escape,
            comment: arguments.comment,
            has_header: !arguments.no_header,
            null_values: arguments.null_values.clone(),
            types: arguments.column_type.iter().cloned().collect(),
            ..ReadOptions::default()
        },
        row_files: RowFiles { failed: arguments.failed_rows.clone(), clean: arguments.clean_rows.clone() },
        rows: RowChoice { sample: arguments.sample, limit: arguments.limit, condition: arguments.condition.clone() },
        suite,
        format: arguments.result_format.clone(),
        threads: arguments.threads.or_else(|| std::thread::available_parallelism().ok()).map_or(1, NonZeroUsize::get),
        statistics: !arguments.no_statistics,
        memory_limit: arguments.memory_limit.unwrap_or_else(argument::default_memory_limit),
    }
}

fn headline(result: &RunResult, style: Style) -> String {
    let text = text::headline(result) + "\n";
    if style.unicode { text } else { plain::ascii(&text) }
}

fn report(arguments: &Arguments, result: &RunResult, format: ReportFormat, style: Style) -> String {
    match format {
        ReportFormat::Json => json::result(result),
        ReportFormat::Junit => junit::write(result),
        ReportFormat::Sarif => sarif::write(result),
        ReportFormat::Github => github::write(result),
        ReportFormat::Gitlab => gitlab::write(result),
        ReportFormat::Markdown => markdown::write(result),
        ReportFormat::Summary => summary::write(result),
        ReportFormat::Text => text::write(result, &TextOptions { style, verbose: arguments.verbose }),
    }
}

/// How many files are named that lack columns.
const LACKING_NAMED: usize = 3;

/// Tells of files that do not have all columns: what is judged there is null.
fn tell_of_missing_columns(result: &RunResult, terminal: &Terminal) {
    let missing: Vec<(&str, Vec<&str>)> = result.missing_columns().collect();
    for (file, columns) in missing.iter().take(LACKING_NAMED) {
        let columns: Vec<String> = columns.iter().map(|column| plain::name(column)).collect();
        let message =
            format!("`{file}` lacks columns that other files have, and they are null there: {}", columns.join(", "));
        terminal::complain(&render::note(Level::Note, &message, terminal.error_style()));
    }
    if missing.len() > LACKING_NAMED {
        let message = format!("{} more files lack columns", number::count((missing.len() - LACKING_NAMED) as u64));
        terminal::complain(&render::note(Level::Note, &message, terminal.error_style()));
    }
}

/// Says so where `--where` keeps no row, which a misspelled condition does as well.
fn tell_of_no_rows(result: &RunResult, terminal: &Terminal) {
    if let (Some(0), Some(all @ 1..)) = (result.rows, result.rows_before_where()) {
        let message =
            format!("none of the {} complies with `--where`: nothing was judged", number::counted(all, "row"));
        terminal::complain(&render::note(Level::Warning, &message, terminal.error_style()));
    }
}

fn outcome(arguments: &Arguments, result: &RunResult, terminal: &Terminal) -> Outcome {
    if result.fails_at(arguments.fail_on.into()) {
        return Outcome::NotMet;
    }
    let unmet = result.verdicts.iter().filter(|verdict| !verdict.is_success()).count() as u64;
    if unmet > 0 && !arguments.quiet {
        let message = format!(
            "the exit code is 0: {} not met, none at or above --fail-on",
            number::counted(unmet, "expectation")
        );
        terminal::complain(&render::note(Level::Note, &message, terminal.error_style()));
    }
    Outcome::Met
}
