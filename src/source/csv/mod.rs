//! CSV and TSV files, read in units and only the wanted columns, as often as asked. The types of the columns and where records
//! begin are found by a first look at the whole, or supposed and held against what is read (`source::supposed`).
//!
//! A column has the narrowest type that holds every value of every file: booleans, whole numbers, floats, dates,
//! timestamps (ISO 8601), texts. The empty field is null. `NA`, `NaN`, `null` and the other words that pandas takes for
//! missing values are null in columns that are otherwise no texts; a list of the user's replaces them and counts in every
//! column. Where a few values keep a column from another type than text, they are its misfits, and the words are null still.
//! A column with nothing else is of Arrow's null type. As in pandas `00123` is the number 123 unless the column is
//! declared a text. Whole numbers beyond 64 bits are texts.

mod header;
pub(super) mod kind;
mod read;
mod record;
mod records;
mod survey;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use arrow::datatypes::{DataType, Field, Schema, SchemaRef};

use self::header::{Header, display};
use self::kind::{Kinds, Looks, Missing, Resolution};
use self::read::{Batches, Stretch, Wanted, Watch};
use self::records::Passed;
use self::survey::{Column, CsvFile, Surveyor, Unit, guess};
use super::declared::{self, OnIdleType};
use super::file::DataFile;
use super::malformed::{Malformed, OnMalformed};
use super::part::{Part, Plan, empty_batches, plan, until_over, usual_bytes};
use super::supposed::{self, Supposed};
use super::units::{Once, Units};
use super::{Lacking, Relevant};
use crate::scan::{BatchIterator, ColumnFacts, Facts, Misfit, Place, Scan, ScanError};
use crate::spill::Store;

/// How CSV files are written, where that differs from the usual.
#[derive(Debug, Clone)]
pub struct CsvOptions {
    /// What stands between fields: an ASCII character. By default a tab in `.tsv` and `.tab` files, a comma in others.
    pub delimiter: Option<u8>,
    /// What stands around a field that holds delimiters, quotes or line ends: an ASCII character, or none.
    pub quote: Option<u8>,
    /// The ASCII character behind this one stands for itself. Without, a quote within quotes is written twice (which is
    /// read in any case).
    pub escape: Option<u8>,
    /// Lines that begin with this ASCII character are left out.
    pub comment: Option<u8>,
    /// The first line holds the names of the columns; without, they are `column_1`, `column_2` and so on.
    pub has_header: bool,
    /// Words that stand for a missing value in every column, instead of pandas'.
    pub null_values: Option<Vec<String>>,
    /// Types of columns by name, instead of what their values look like: `Utf8`, `Boolean`, `Int64`, `UInt64`, `Float64`,
    /// `Date32`, timestamps in micro- or nanoseconds, without zone or in UTC.
    pub types: BTreeMap<String, DataType>,
    /// What becomes of types for columns that are not there.
    pub on_idle_type: OnIdleType,
    /// What becomes of lines that are no rows.
    pub on_malformed: OnMalformed,
    /// Suppose the types from a sample, and hold these columns against it while they are read.
    pub read_once: Option<Relevant>,
    /// The temporary file in which all malformed lines are kept; the first ones alone are known without it.
    pub kept: Option<Arc<Store>>,
    /// How many threads look at the files at first.
    pub threads: usize,
}

impl Default for CsvOptions {
    fn default() -> Self {
        Self {
            delimiter: None,
            quote: Some(b'"'),
            escape: None,
            comment: None,
            has_header: true,
            null_values: None,
            types: BTreeMap::new(),
            on_idle_type: OnIdleType::Refuse,
            on_malformed: OnMalformed::Fail,
            read_once: None,
            kept: None,
            threads: 1,
        }
    }
}

/// What to do about misfits.
const REMEDY: &str = "mend those lines, list all spellings of missing values with `--null-values`, or declare the column a \
     text with `--column-type`";

/// CSV files with the same columns, as one dataset.
#[derive(Debug)]
pub struct CsvSource {
    schema: SchemaRef,
    files: Vec<CsvFile>,
    /// Those that are supposed tell what the values of the counted columns look like.
    units: Units<Unit, Vec<Looks>>,
    /// The columns that are supposed to be texts by the looks of their values.
    counted: Vec<usize>,
    missing: Missing,
    /// For each column what keeps it a text.
    misfits: Vec<Option<Misfit>>,
    /// For each column whether its type was found, and not declared.
    is_found: Vec<bool>,
    /// For each column whether it has codes, if it is of whole numbers; where files are supposed, it is noted as they are read.
    codes: Vec<AtomicBool>,
    malformed: Malformed,
}

impl CsvSource {
    /// Looks at all values of the files, which gives the types and the units. Files without any line are left out, unless
    /// none has any.
    ///
    /// # Errors
    /// A file cannot be read, is no UTF-8 or no CSV (a line with more or fewer fields than the header, a quote that is
    /// never closed), two files have no column in common, or the options do not fit the data.
    pub fn open(files: &[DataFile], options: &CsvOptions) -> Result<Self, ScanError> {
        Self::open_in_parts(files, options, &usual_bytes)
    }

    fn open_in_parts(
        files: &[DataFile],
        options: &CsvOptions,
        part_bytes: &(dyn Fn(u64) -> u64 + Sync),
    ) -> Result<Self, ScanError> {
        check(options)?;
        let mut with_header: Vec<CsvFile> = Vec::with_capacity(files.len());
        for file in files {
            let Some(header) = Header::read(file, options)? else { continue };
            with_header.push(CsvFile { file: file.clone(), header, mapping: Vec::new() });
        }
        let names = reconcile(&mut with_header, options.has_header)?;
        if with_header.is_empty() {
            let file = files.first().map(|file| file.name.clone()).unwrap_or_default();
            return Err(ScanError::Corrupt {
                file,
                problem: "is empty, and a line with the names of the columns was expected".to_owned(),
            });
        }
        let declared = declared::for_columns(&names, &options.types, options.on_idle_type)?;
        let missing = Missing::new(options.null_values.as_deref());
        let mut plans = Vec::new();
        for (number, file) in with_header.iter().enumerate() {
            plans.extend(plan(number, &file.file, file.header.data_start, part_bytes(file.file.length)));
        }
        let surveyor = Surveyor {
            files: &with_header,
            missing: &missing,
            declared: &declared,
            on_malformed: options.on_malformed,
            kept: options.kept.as_ref(),
            width: names.len(),
            has_header: options.has_header,
            threads: options.threads,
        };
        let resolve = |kinds: &Kinds, declared: &Option<DataType>| match declared {
            Some(data_type) => kinds.resolve_as(data_type),
            None => kinds.resolve(),
        };
        let is_found: Vec<bool> = declared.iter().map(Option::is_none).collect();

        if let Some(relevant) = &options.read_once
            && let Some(columns) = surveyor.sample(&supposed::sample(&plans))?
        {
            let resolutions: Vec<Resolution> =
                columns.iter().zip(&declared).map(|(column, declared)| resolve(&column.kinds, declared)).collect();
            // a declared type makes lines malformed, whoever looks at the column
            let is_relevant: Vec<bool> =
                names.iter().zip(&is_found).map(|(name, is_found)| !is_found || relevant.includes(name)).collect();
            let is_certain = |number: usize| {
                let (resolution, kinds) = (&resolutions[number], &columns[number].kinds);
                let is_found_text = is_found[number] && resolution.data_type == DataType::Utf8;
                !is_relevant[number] || (resolution.wanted.is_none() && (!is_found_text || kinds.are_texts()))
            };
            if (0..names.len()).all(is_certain) {
                let schema = schema(names, &resolutions);
                let is_counted = |column: &usize| {
                    is_relevant[*column] && is_found[*column] && schema.field(*column).data_type() == &DataType::Utf8
                };
                return Ok(Self {
                    misfits: vec![None; schema.fields().len()],
                    counted: (0..schema.fields().len()).filter(is_counted).collect(),
                    schema,
                    files: with_header,
                    units: Units::Supposed(Box::new(Once { units: Supposed::new(plans), is_relevant })),
                    missing,
                    is_found,
                    codes: codes(&columns),
                    malformed: Malformed::default(),
                });
            }
        }
        let survey = surveyor.survey(&plans)?;
        let resolutions: Vec<Resolution> =
            survey.columns.iter().zip(&declared).map(|(column, declared)| resolve(&column.kinds, declared)).collect();
        let misfits = resolutions.iter().zip(&survey.columns).map(|(resolution, column)| {
            let (wanted, count) = resolution.wanted.clone()?;
            let examples = column.misfits(&wanted);
            Some(Misfit { wanted, count, examples, remedy: REMEDY })
        });
        Ok(Self {
            misfits: misfits.collect(),
            schema: schema(names, &resolutions),
            files: with_header,
            units: Units::Known(survey.units),
            counted: Vec::new(),
            missing,
            is_found,
            codes: codes(&survey.columns),
            malformed: survey.malformed,
        })
    }

    /// Returns the lines that were left out.
    pub(super) fn malformed(&self) -> &Malformed {
        &self.malformed
    }

    /// Returns which columns of the dataset a file does not have, for each file that lacks some.
    pub(super) fn lacking(&self) -> Vec<Lacking> {
        let of = |file: &CsvFile| {
            let columns = self.schema.fields().iter().zip(&file.mapping);
            let columns = columns.filter(|(_, at)| at.is_none()).map(|(field, _)| field.name().clone());
            Lacking { file: file.file.name.clone(), columns: columns.collect() }
        };
        self.files.iter().map(of).filter(|lacking| !lacking.columns.is_empty()).collect()
    }

    /// Returns the type that a column would have but for a few values.
    fn meant(&self, column: usize) -> Option<&DataType> {
        self.misfits[column].as_ref().map(|misfit| &misfit.wanted)
    }

    /// Returns the file of a unit.
    fn file(&self, unit: usize) -> &DataFile {
        &self.files[self.units.file(unit)].file
    }

    /// Returns how a column is read, or the texts of a column, by its number beyond the columns.
    fn wanted(&self, column: usize) -> Wanted<'_> {
        let count = self.schema.fields().len();
        let field = &self.schema.fields()[column % count];
        if column < count {
            let counted = self.counted.iter().position(|&counted| counted == column);
            return Wanted { column, field: Arc::clone(field), meant: self.meant(column), counted, codes: None };
        }
        let texts = Arc::new(Field::new(field.name(), DataType::Utf8, true));
        Wanted { column: column - count, field: texts, meant: Some(field.data_type()), counted: None, codes: None }
    }

    /// Reads columns of a part that is known.
    fn read(&self, part: &Part, passed: &Passed, columns: &[usize]) -> Result<BatchIterator<'_>, ScanError> {
        if columns.is_empty() {
            return Ok(Box::new(empty_batches(part.rows)));
        }
        let wanted: Vec<Wanted<'_>> = columns.iter().map(|&column| self.wanted(column)).collect();
        let stretch = Stretch { start: part.start, goal: part.end, end: part.end, rows: Some(part.rows) };
        let columns = (wanted.as_slice(), wanted.len());
        let mut batches = Batches::open(&self.files[part.file], &stretch, passed, columns, &self.missing, None)?;
        Ok(until_over(move || batches.read()))
    }

    /// Reads columns of a unit of which nothing is known, and all relevant ones with them.
    fn find<'a>(
        &'a self,
        once: &'a Once<Vec<Looks>>,
        unit: usize,
        columns: &[usize],
    ) -> Result<BatchIterator<'a>, ScanError> {
        let plan: &Plan = once.units.plan(unit);
        let file = &self.files[plan.file];
        let start = if plan.is_first { Some(plan.begin) } else { guess(file, plan)? };
        let Some(start) = start.filter(|start| *start < plan.goal) else {
            Watch::new(&once.units, unit, plan.goal, self.counted.len()).end();
            return Ok(Box::new(std::iter::empty()));
        };
        let unasked =
            (0..once.is_relevant.len()).filter(|column| once.is_relevant[*column] && !columns.contains(column));
        // only who writes rows asks for codes, and all columns are relevant then
        let watches_codes = once.is_relevant.iter().all(|is_relevant| *is_relevant);
        let wanted = columns.iter().copied().chain(unasked).map(|column| {
            let wanted = self.wanted(column);
            let is_watched = watches_codes && self.is_found[wanted.column] && is_whole(wanted.field.data_type());
            Wanted { codes: self.codes.get(wanted.column).filter(|_| is_watched), ..wanted }
        });
        let wanted: Vec<Wanted<'_>> = wanted.collect();
        let stretch = Stretch { start, goal: plan.goal, end: file.file.length, rows: None };
        let watch = Watch::new(&once.units, unit, start, self.counted.len());
        let columns = (wanted.as_slice(), columns.len());
        let mut batches = Batches::open(file, &stretch, &Passed::default(), columns, &self.missing, Some(watch))?;
        Ok(until_over(move || batches.read()))
    }

    /// Returns how many fields of a unit's column are null; where it has NaN, at least so many.
    fn nulls(&self, unit: &Unit, column: usize) -> u64 {
        let (empty, words) = unit.missing[column];
        match self.schema.field(column).data_type() {
            DataType::Null => unit.part.rows,
            DataType::Utf8 if !self.missing.is_everywhere && self.misfits[column].is_none() => empty,
            _ => empty + words,
        }
    }
}

/// Tells which columns have codes among the values that were looked at.
fn codes(columns: &[Column]) -> Vec<AtomicBool> {
    columns.iter().map(|column| AtomicBool::new(column.kinds.have_codes())).collect()
}

fn is_whole(data_type: &DataType) -> bool {
    matches!(data_type, DataType::Int64 | DataType::UInt64)
}

fn schema(names: Vec<String>, resolutions: &[Resolution]) -> SchemaRef {
    let fields = names.into_iter().zip(resolutions);
    Arc::new(Schema::new(
        fields.map(|(name, resolution)| Field::new(name, resolution.data_type.clone(), true)).collect::<Vec<_>>(),
    ))
}

/// Finds the columns of all files, by name in the order in which they come, and where each file has them.
fn reconcile(files: &mut [CsvFile], has_header: bool) -> Result<Vec<String>, ScanError> {
    let mut names: Vec<String> = Vec::new();
    let mut numbers: HashMap<String, usize> = HashMap::new();
    for file in files.iter() {
        let known = names.len();
        for name in &file.header.names {
            if !numbers.contains_key(name) {
                numbers.insert(name.clone(), names.len());
                names.push(name.clone());
            }
        }
        let added = names.len() - known;
        let lacks_all = known > 0 && added == file.header.names.len();
        // without names nothing but their number says which columns are which
        let is_other_width = !has_header && known > 0 && file.header.names.len() != known;
        if lacks_all || is_other_width {
            let (problem, help) = if lacks_all {
                ("no column in common with", "check files of different tables each by themselves")
            } else {
                ("another number of columns than", "without a header files need the same columns")
            };
            return Err(ScanError::Usage {
                problem: format!("`{}` has {problem} `{}`", file.file.name, files[0].file.name),
                help: Some(help.to_owned()),
            });
        }
    }
    for file in files {
        file.mapping = vec![None; names.len()];
        for (at, name) in file.header.names.iter().enumerate() {
            file.mapping[numbers[name]] = Some(at);
        }
    }
    Ok(names)
}

/// Refuses characters that cannot be told from each other.
fn check(options: &CsvOptions) -> Result<(), ScanError> {
    let delimiter = options.delimiter.or(Some(b','));
    let usage = |problem: String, help: &str| Err(ScanError::Usage { problem, help: Some(help.to_owned()) });
    let roles = [
        ("the delimiter", delimiter),
        ("the quote", options.quote),
        ("the escape", options.escape.filter(|escape| Some(*escape) != options.quote)),
        ("what comments begin with", options.comment),
    ];
    for (number, (role, byte)) in roles.iter().enumerate() {
        let Some(byte) = *byte else { continue };
        if !byte.is_ascii() || matches!(byte, b'\n' | b'\r') {
            return usage(
                format!("{role} is no character that can be used so"),
                "use one ASCII character, no line end",
            );
        }
        if let Some((other, _)) = roles[..number].iter().find(|(_, other)| *other == Some(byte)) {
            let name = display(byte);
            return usage(format!("{role} is `{name}`, and so is {other}"), "choose another character for one of them");
        }
    }
    Ok(())
}

impl Scan for CsvSource {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn unit_count(&self) -> usize {
        self.units.count()
    }

    fn rows(&self, unit: usize) -> Result<u64, ScanError> {
        self.units.rows(unit, self.file(unit))
    }

    fn facts(&self, unit: usize) -> Result<Facts, ScanError> {
        let unit = match &self.units {
            Units::Known(units) => &units[unit],
            Units::Supposed(once) => {
                return Ok(Facts { rows: once.units.part(unit).map(|part| part.rows), columns: Vec::new() });
            }
        };
        let column = |number: usize| {
            let meant = self.meant(number).unwrap_or_else(|| self.schema.field(number).data_type());
            let is_float = meant == &DataType::Float64;
            let no_nan = !is_float || !self.missing.is_everywhere;
            ColumnFacts { nulls: Some(self.nulls(unit, number)), no_nan, ..ColumnFacts::default() }
        };
        Ok(Facts { rows: Some(unit.part.rows), columns: (0..self.schema.fields().len()).map(column).collect() })
    }

    fn batches(&self, unit: usize, columns: &[usize]) -> Result<BatchIterator<'_>, ScanError> {
        match &self.units {
            Units::Known(units) => self.read(&units[unit].part, &units[unit].passed, columns),
            Units::Supposed(once) => {
                once.refuse_others(columns, self.file(unit))?;
                match once.units.part(unit) {
                    Some(part) => self.read(part, &Passed::default(), columns),
                    None => self.find(once, unit, columns),
                }
            }
        }
    }

    fn settle(&self, threads: usize) -> Result<(), ScanError> {
        let Units::Supposed(once) = &self.units else { return Ok(()) };
        let first_line = |file: usize| self.files[file].header.line;
        let read = |unit: usize| self.find(once, unit, &[])?.try_for_each(|batch| batch.map(drop));
        // as many values as are no texts must not look like those of another type
        let holds = |units: &[&Vec<Looks>]| {
            (0..self.counted.len()).all(|counted| {
                let mut looks = Looks::default();
                for unit in units {
                    looks.merge(unit[counted]);
                }
                looks.are_texts()
            })
        };
        let files: Vec<&DataFile> = self.files.iter().map(|file| &file.file).collect();
        once.units.settle(threads, &files, &first_line, &read, &holds)
    }

    fn weight(&self, unit: usize) -> u64 {
        self.units.weight(unit)
    }

    fn place(&self, unit: usize, row: u64) -> Place {
        self.units.place(unit, row, self.file(unit))
    }

    fn line(&self, unit: usize, row: u64) -> Option<u64> {
        self.units.line(unit, row)
    }

    fn has_texts(&self, column: usize) -> bool {
        self.is_found[column] && !matches!(self.schema.field(column).data_type(), DataType::Utf8 | DataType::Null)
    }

    fn has_codes(&self, column: usize) -> bool {
        let has_codes = self.codes[column].load(Ordering::Relaxed);
        has_codes && self.is_found[column] && is_whole(self.schema.field(column).data_type())
    }

    fn misfit(&self, column: usize) -> Option<&Misfit> {
        self.misfits[column].as_ref()
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use arrow::array::{AsArray, RecordBatch};
    use arrow::datatypes::{Float64Type, Int64Type, UInt64Type};
    use proptest::prelude::*;
    use tempfile::TempDir;

    use super::*;
    use crate::source::format::Format;
    use crate::source::written::{self, all, text, types};

    fn folder(files: &[(&str, &[u8])]) -> (TempDir, Vec<DataFile>) {
        written::folder(files, Format::Csv)
    }

    /// Reads one file; the folder can go, as nothing is read later.
    fn table(content: &[u8], options: &CsvOptions) -> Result<(CsvSource, RecordBatch), String> {
        written::table("t.csv", content, Format::Csv, |files| CsvSource::open(files, options))
    }

    fn read(content: &str) -> RecordBatch {
        table(content.as_bytes(), &CsvOptions::default()).expect("a good file").1
    }

    fn fault(content: &[u8]) -> String {
        table(content, &CsvOptions::default()).expect_err("a bad file")
    }

    #[test]
    fn columns_have_types_and_empty_fields_are_null() {
        let batch =
            read("a,b,c,d,e,f\n1,1.5,x,true,2013-01-01,2013-01-01T05:00:00Z\n,,,,,\n\"\",NA,\"NA\",NaN,null,None\n");
        assert_eq!(types(&batch), "a: Int64, b: Float64, c: Utf8, d: Boolean, e: Date32, f: Timestamp(µs, \"UTC\")");
        assert_eq!(text(&batch), "1,1.5,x,true,2013-01-01,2013-01-01T05:00:00Z|∅,∅,∅,∅,∅,∅|∅,∅,NA,∅,∅,∅");
    }

    #[test]
    fn numbers_are_exact() {
        let batch = read("a,b,c\n9007199254740993,18446744073709551615,0.1\n-9223372036854775808,0,1e-300\n");
        assert_eq!(batch.column(0).as_primitive::<Int64Type>().values(), &[9_007_199_254_740_993, i64::MIN]);
        assert_eq!(batch.column(1).as_primitive::<UInt64Type>().values(), &[u64::MAX, 0]);
        assert_eq!(batch.column(2).as_primitive::<Float64Type>().values(), &[0.1, 1e-300]);
    }

    #[test]
    fn what_real_files_hold_is_read() {
        // a byte-order mark, a column without name, Windows line ends, a line break in quotes, no last line end
        let batch = read("\u{feff},name,name\r\n0,\"two\r\nlines\",\"say \"\"hi\"\"\"\r\n\r\n1,é,x");
        assert_eq!(types(&batch), "Unnamed: 0: Int64, name: Utf8, name.1: Utf8");
        assert_eq!(text(&batch), "0,two\r\nlines,say \"hi\"|1,é,x");
    }

    proptest! {
        #[test]
        fn line_ends_are_no_difference(rows in proptest::collection::vec("[a-c]{0,2}(,[1-3\"]?){0,2}", 1..12)) {
            let read = |end: &str| {
                let content = format!("name,number,{end}{}", rows.iter().map(|row| format!("{row}{end}")).collect::<String>());
                let options = CsvOptions { on_malformed: OnMalformed::Count, quote: None, ..CsvOptions::default() };
                let (source, batch) = table(content.as_bytes(), &options).expect("malformed lines are counted");
                let lines: Vec<_> = (0..batch.num_rows()).map(|row| source.line(0, row as u64)).collect();
                (text(&batch), source.malformed.count, lines)
            };
            let expected = read("\n");
            prop_assert_eq!(&read("\r\n"), &expected);
            prop_assert_eq!(&read("\r"), &expected);
        }
    }

    #[test]
    fn comments_are_no_records_and_a_number_sign_in_one_is_no_comment() {
        let options = CsvOptions { comment: Some(b'#'), ..CsvOptions::default() };
        let content = b"# made by hand, \"badly\n#\na,b\n#1,2,3\n1,#x\n\"#2\n#3\",y\n# end";
        let (source, batch) = table(content, &options).unwrap();
        assert_eq!(text(&batch), "1,#x|#2\n#3,y");
        assert_eq!((source.line(0, 0), source.line(0, 1)), (Some(5), Some(6)));
        let error = table(content, &CsvOptions::default()).unwrap_err();
        assert!(error.contains("line 2 has 1 field, the header has 2"), "{error}");
    }

    #[test]
    fn quotes_and_escapes_of_other_tools() {
        let hive = CsvOptions {
            quote: None,
            escape: Some(b'\\'),
            null_values: Some(vec!["\\N".to_owned()]),
            ..CsvOptions::default()
        };
        assert_eq!(text(&table(b"a,b\n1,x\\,\"y\n\\N,\\N\n", &hive).unwrap().1), "1,x,\"y|∅,∅");
        let spark = CsvOptions { escape: Some(b'\\'), ..CsvOptions::default() };
        assert_eq!(text(&table(b"a,b\n1,\"x\\\",\\\\\"\n", &spark).unwrap().1), "1,x\",\\");
        let single = CsvOptions { quote: Some(b'\''), ..CsvOptions::default() };
        assert_eq!(text(&table(b"'a','b'\n1,'x''\n'\n", &single).unwrap().1), "1,x'\n");
        let no_quotes = CsvOptions { quote: None, ..CsvOptions::default() };
        let error = table(b"a,b\n1,\"x,y\"\n", &no_quotes).unwrap_err();
        assert!(error.ends_with("a field cannot hold `,` where there are no quotes"), "{error}");
    }

    #[test]
    fn a_nul_is_a_character() {
        assert_eq!(text(&read("a,b\n1,\0x\n")), "1,\0x");
    }

    #[test]
    fn old_line_ends_and_blank_lines_end_no_record_too_many() {
        assert_eq!(text(&read("a\rb\rc\r")), "b|c");
        assert_eq!(text(&read("\n\na,b\n   \n1,2\n\n3,4\n \n")), "1,2|3,4");
    }

    #[test]
    fn files_without_rows() {
        for content in ["a,b\n", "a,b", "a,b\n\n"] {
            let (source, batch) = table(content.as_bytes(), &CsvOptions::default()).unwrap();
            assert_eq!((types(&batch).as_str(), batch.num_rows(), source.unit_count()), ("a: Null, b: Null", 0, 0));
        }
        for content in ["", "\n\n", "\u{feff}"] {
            assert_eq!(
                fault(content.as_bytes()),
                "`t.csv` is empty, and a line with the names of the columns was expected"
            );
        }
    }

    #[test]
    fn a_column_of_nulls_has_the_null_type() {
        let batch = read("a,b\n,1\nNA,2\n");
        assert_eq!((types(&batch).as_str(), text(&batch).as_str()), ("a: Null, b: Int64", "∅,1|∅,2"));
    }

    #[test]
    fn wrong_records_are_told_with_their_line() {
        assert_eq!(
            fault(b"a,b\n\"1\n\n\",2\n\n1,2,3\n"),
            "`t.csv` line 6 has 3 fields, the header has 2; put a field that holds `,` in quotes"
        );
        assert_eq!(fault(b"a,b\n1\n"), "`t.csv` line 2 has 1 field, the header has 2; is the line cut off?");
        let unclosed = fault(b"a,b\n1,2\n\"unclosed,3\n4,5\n");
        assert!(unclosed.starts_with("`t.csv` line 3 opens a quote that is never closed"), "{unclosed}");
        let goes_on = fault(b"a,b\n1,\"x\n2,\"y\n");
        assert!(goes_on.starts_with("`t.csv` line 2 opens a quote that is closed in a later line"), "{goes_on}");
        let latin = fault(b"a,name\n1,x\n2,caf\xe9\n");
        assert!(
            latin.starts_with("`t.csv` line 3 is not UTF-8: column `name` holds the byte 0xE9; if it is in another"),
            "{latin}"
        );
        assert!(fault(b"caf\xe9,b\n1,2\n").starts_with("`t.csv` is not UTF-8: line 1"));
        assert!(fault(b"PAR1").starts_with("`t.csv` is Parquet, and CSV is expected"));
    }

    #[test]
    fn another_delimiter_is_asked_for_or_given() {
        let content = b"a;b\n1;2\n";
        assert_eq!(
            fault(content),
            "`t.csv` has one column, named `a;b`; give the delimiter: it looks like `;`, and `,` was expected"
        );
        let options = |delimiter| CsvOptions { delimiter: Some(delimiter), ..CsvOptions::default() };
        assert_eq!(text(&table(content, &options(b';')).unwrap().1), "1,2");
        assert_eq!(types(&table(content, &options(b',')).unwrap().1), "a;b: Utf8");
        assert!(table(content, &options(b'"')).unwrap_err().contains("the quote is `\"`, and so is the delimiter"));
        assert!(
            table(content, &options(b'\n')).unwrap_err().contains("the delimiter is no character that can be used so")
        );
        let (_folder, files) = folder(&[("t.tsv", b"a\tb\n1\t\"x\ty\"\n \t \n")]);
        assert_eq!(text(&all(&CsvSource::open(&files, &CsvOptions::default()).unwrap()).unwrap()), "1,x\ty| , ");
    }

    #[test]
    fn without_header_columns_are_numbered() {
        let options = CsvOptions { has_header: false, ..CsvOptions::default() };
        let (_, batch) = table(b"1,x\n2,y\n", &options).unwrap();
        assert_eq!((types(&batch).as_str(), text(&batch).as_str()), ("column_1: Int64, column_2: Utf8", "1,x|2,y"));
        assert_eq!(
            table(b"1,x\n2\n", &options).unwrap_err(),
            "`t.csv` line 2 has 1 field, the first line has 2; is the line cut off?"
        );
    }

    #[test]
    fn words_for_missing_values_can_be_given() {
        let words = vec!["-".to_owned(), "?".to_owned()];
        let options = CsvOptions { null_values: Some(words), ..CsvOptions::default() };
        let (source, batch) = table(b"a,b,c\n1,x,NaN\n-,?,0.5\n,NA,-\n", &options).unwrap();
        assert_eq!(
            (types(&batch).as_str(), text(&batch).as_str()),
            ("a: Int64, b: Utf8, c: Float64", "1,x,NaN|∅,∅,0.5|∅,NA,∅")
        );
        let facts = source.facts(0).unwrap();
        assert_eq!(facts.columns.iter().map(|column| column.nulls).collect::<Vec<_>>(), [Some(2), Some(1), Some(1)]);
        assert!(!facts.columns[2].no_nan);
    }

    #[test]
    fn the_order_of_rows_does_not_matter() {
        let mut rows: Vec<String> = (0..1_100).map(|_| "unknown".to_owned()).collect();
        rows.extend((0..9_000).map(|number: u32| number.to_string()));
        for reversed in [false, true] {
            if reversed {
                rows.reverse();
            }
            let (source, _) = table(format!("a\n{}\n", rows.join("\n")).as_bytes(), &CsvOptions::default()).unwrap();
            let misfit = source.misfit(0).map(|misfit| (misfit.wanted.clone(), misfit.count));
            assert_eq!(misfit, Some((DataType::Int64, 1_100)), "{reversed}");
        }
    }

    #[test]
    fn types_can_be_given() {
        let options = |types: &[(&str, DataType)]| {
            let types = types.iter().map(|(name, data_type)| ((*name).to_owned(), data_type.clone())).collect();
            CsvOptions { types, ..CsvOptions::default() }
        };
        let declared = options(&[("zip", DataType::Utf8), ("x", DataType::Float64), ("n", DataType::Int64)]);
        let (_, batch) = table(b"zip,x,n\n00123,1,1\n,2,NA\n", &declared).unwrap();
        assert_eq!(
            (types(&batch).as_str(), text(&batch).as_str()),
            ("zip: Utf8, x: Float64, n: Int64", "00123,1.0,1|∅,2.0,∅")
        );
        let content = b"zip,x,n\n00123,1,1\n,2,many\n4,5,6\n";
        assert_eq!(
            table(content, &declared).unwrap_err(),
            "`t.csv` line 3 holds `many` in column `n`, which is no Int64"
        );
        // what is not of its type is no row, and retypes nothing
        let counting = CsvOptions { on_malformed: OnMalformed::Count, ..declared };
        let (source, batch) = table(content, &counting).unwrap();
        assert_eq!((text(&batch).as_str(), source.malformed().count), ("00123,1.0,1|4,5.0,6", 1));
        let fault = |types| table(b"zip,x\n1,2\n", &options(types)).unwrap_err();
        assert_eq!(
            fault(&[("zipp", DataType::Utf8)]),
            "a type is given for column `zipp`, which is not in the data; a similar column exists: `zip`"
        );
        assert!(fault(&[("zip", DataType::Binary)]).starts_with("column `zip` cannot be read as Binary"));
    }

    #[test]
    fn misfits_are_remembered_with_their_lines() {
        let line = |row: usize| {
            let n = if row % 40 == 7 { "n.a.".to_owned() } else { row.to_string() };
            let when = if row == 50 { "soon" } else { "2013-01-01" };
            format!("{n},{when},\"t\n{row}\"\n")
        };
        let content = "n,when,text\n".to_owned() + &(0..100).map(line).collect::<String>();
        let (source, batch) = table(content.as_bytes(), &CsvOptions::default()).unwrap();
        assert_eq!(types(&batch), "n: Utf8, when: Utf8, text: Utf8");
        let misfit = source.misfit(0).unwrap();
        assert_eq!((&misfit.wanted, misfit.count), (&DataType::Int64, 3));
        let examples: Vec<_> = misfit.examples.iter().map(|example| (example.line, example.text.as_str())).collect();
        assert_eq!(examples, [(16, "n.a."), (96, "n.a."), (176, "n.a.")]);
        assert!(misfit.examples[0].file.ends_with("t.csv"));
        assert_eq!(source.misfit(1).unwrap().wanted, DataType::Date32);
        assert_eq!(source.misfit(2), None);
    }

    #[test]
    fn words_for_missing_values_are_null_beside_misfits_as_well() {
        let numbers: String = (1..=9).map(|row| format!("{row}.5\n")).collect();
        let content = format!("x\n{numbers}NA\n\"\"\nnull\nNAN\n");
        let (source, batch) = table(content.as_bytes(), &CsvOptions::default()).unwrap();
        assert_eq!(types(&batch), "x: Utf8");
        assert_eq!(source.misfit(0).map(|misfit| misfit.examples[0].text.as_str()), Some("NAN"));
        assert_eq!((batch.column(0).null_count(), source.facts(0).unwrap().columns[0].nulls), (3, Some(3)));

        let words = CsvOptions { null_values: Some(vec!["null".to_owned()]), ..CsvOptions::default() };
        let (source, batch) = table(content.as_bytes(), &words).unwrap();
        assert_eq!(source.misfit(0).map(|misfit| misfit.examples[0].text.as_str()), Some("NA"));
        // NaN is null in a column of floats, and only reading tells how often it occurs
        assert_eq!(batch.column(0).null_count(), 3);
        let facts = source.facts(0).unwrap();
        assert_eq!((facts.columns[0].nulls, facts.columns[0].no_nan), (Some(2), false));
    }

    #[test]
    fn files_are_one_dataset_when_their_columns_are_the_same_set() {
        let (_folder, files) =
            folder(&[("1.csv", b"a,b\n1,x\n\n2,y\n"), ("2.csv", b""), ("3.csv", b"b,a\nz,3.5\n"), ("4.csv", b"a,b\n")]);
        let source = CsvSource::open(&files, &CsvOptions::default()).unwrap();
        let batch = all(&source).unwrap();
        assert_eq!((types(&batch).as_str(), text(&batch).as_str()), ("a: Float64, b: Utf8", "1.0,x|2.0,y|3.5,z"));
        assert_eq!(source.unit_count(), 2);
        assert_eq!((source.place(0, 1).row, source.line(0, 1), source.line(0, 2)), (1, Some(4), None));
        let place = source.place(1, 0);
        assert!(place.file.ends_with("3.csv") && place.row == 0 && source.line(1, 0) == Some(2));
    }

    #[test]
    fn what_a_file_does_not_have_is_null_there() {
        let (_folder, files) = folder(&[("1.csv", b"a,b\n1,x\n"), ("2.csv", b"c,a,d\n2,3,4\n5,6,7\n")]);
        let source = CsvSource::open(&files, &CsvOptions::default()).unwrap();
        let batch = all(&source).unwrap();
        assert_eq!(types(&batch), "a: Int64, b: Utf8, c: Int64, d: Int64");
        assert_eq!(text(&batch), "1,x,∅,∅|3,∅,2,4|6,∅,5,7");
        let nulls: Vec<Option<u64>> = source.facts(1).unwrap().columns.iter().map(|column| column.nulls).collect();
        assert_eq!(nulls, [Some(0), Some(2), Some(0), Some(0)]);
        let alone: Result<Vec<_>, _> = source.batches(1, &[1]).unwrap().collect();
        assert_eq!(text(&alone.unwrap()[0]), "∅|∅");
        let lacking: Vec<Vec<String>> = source.lacking().into_iter().map(|lacking| lacking.columns).collect();
        assert_eq!(lacking, [vec!["c", "d"], vec!["b"]]);

        let (_folder, files) = folder(&[("1.csv", b"a,b\n1,x\n"), ("2.csv", b"c\n1\n")]);
        let error = CsvSource::open(&files, &CsvOptions::default()).unwrap_err().to_string();
        assert!(error.contains("2.csv` has no column in common with `") && error.ends_with("1.csv`"), "{error}");
    }

    #[test]
    fn wanted_columns_alone_are_read() {
        let (_folder, files) = folder(&[("1.csv", b"c,a,b\n1,2,3\n\"4\n\",5,6\n"), ("2.csv", b"a,b,c\n7,8,9\n")]);
        let source = CsvSource::open(&files, &CsvOptions::default()).unwrap();
        let read = |unit, columns: &[usize]| {
            let batches: Result<Vec<_>, _> = source.batches(unit, columns).unwrap().collect();
            text(&batches.unwrap()[0])
        };
        assert_eq!(read(0, &[1]), "2|5");
        assert_eq!(read(0, &[0, 2]), "1,3|4\n,6");
        assert_eq!(read(1, &[0, 1]), "9,7");
        let rows: usize = source.batches(0, &[]).unwrap().map(|batch| batch.unwrap().num_rows()).sum();
        assert_eq!(rows, 2);
    }

    #[test]
    fn a_file_that_changes_in_between_is_an_error() {
        let (folder, files) = folder(&[("t.csv", b"a,b\n1,2\n3,4\n")]);
        let source = CsvSource::open(&files, &CsvOptions::default()).unwrap();
        for content in ["a,b\n1,x\n3,4\n", "a,b\n1,2,3,4\n", "a,b\n", "a,b\n1,2\n3 4\n"] {
            fs::write(folder.path().join("t.csv"), content).unwrap();
            assert!(matches!(all(&source), Err(ScanError::Corrupt { .. })), "{content:?}");
        }
        fs::remove_file(folder.path().join("t.csv")).unwrap();
        assert!(matches!(all(&source), Err(ScanError::Io { .. })));
    }

    /// Reads the same bytes in units of several lengths and on several threads.
    fn same_in_all_units(content: &[u8]) -> Result<(), TestCaseError> {
        let (_folder, files) = folder(&[("t.csv", content)]);
        let describe = |outcome: Result<CsvSource, ScanError>| match outcome {
            Err(error) => error.to_string(),
            Ok(source) => {
                let batch = all(&source).expect("the file is as it was");
                let mut row = 0;
                let mut lines = Vec::new();
                let mut nulls = vec![0; batch.num_columns()];
                for unit in 0..source.unit_count() {
                    let facts = source.facts(unit).expect("facts are known");
                    assert_eq!(source.place(unit, 0).row, row);
                    row += facts.rows.expect("rows are known");
                    lines.extend((0..facts.rows.expect("rows are known")).map(|row| source.line(unit, row)));
                    for (nulls, column) in nulls.iter_mut().zip(facts.columns) {
                        *nulls += column.nulls.expect("nulls are known");
                    }
                }
                assert_eq!(row, batch.num_rows() as u64);
                let found: Vec<_> = batch.columns().iter().map(|column| column.logical_null_count() as u64).collect();
                assert_eq!(nulls, found);
                format!("{} {} {lines:?} {:?}", types(&batch), text(&batch), source.misfits)
            }
        };
        let options = CsvOptions { threads: 3, ..CsvOptions::default() };
        let whole = describe(CsvSource::open(&files, &options));
        for bytes in [1, 5, 13, 40] {
            prop_assert_eq!(
                &describe(CsvSource::open_in_parts(&files, &options, &|_| bytes)),
                &whole,
                "units of {} bytes",
                bytes
            );
        }
        Ok(())
    }

    /// Reads once what holds, and finds what a first look at the whole finds; tells whether it did.
    fn same_read_once(content: &[u8], bytes: u64, options: &CsvOptions) -> bool {
        let (_folder, files) = folder(&[("t.csv", content)]);
        let describe = |source: &CsvSource| {
            let batch = all(source).expect("it has been read before");
            let rows = |unit| source.rows(unit).expect("rows are known");
            let lines = |unit| (0..rows(unit)).map(move |row| source.line(unit, row)).collect::<Vec<_>>();
            let places = |unit| (rows(unit) > 0).then(|| source.place(unit, rows(unit) - 1).row);
            let units = 0..source.unit_count();
            let lines: Vec<_> = units.clone().flat_map(lines).collect();
            let place = units.filter_map(places).next_back();
            format!("{} {} {lines:?} {place:?} {:?}", types(&batch), text(&batch), source.misfits)
        };
        let once = CsvOptions { read_once: Some(Relevant::All), threads: 2, ..options.clone() };
        let Ok(once) = CsvSource::open_in_parts(&files, &once, &|_| bytes) else {
            CsvSource::open(&files, options).expect_err("it is no CSV");
            return false;
        };
        if matches!(once.units, Units::Known(_)) || once.unit_count() == 0 {
            return false;
        }
        // some units are read before, as a pass reads them
        let columns: Vec<usize> = (0..once.is_found.len()).collect();
        let first = once.batches(0, &columns).and_then(|mut batches| batches.try_for_each(|batch| batch.map(drop)));
        if first.and_then(|()| once.settle(2)).is_err() {
            return false;
        }
        let whole = CsvSource::open(&files, options).expect("it could be read");
        assert_eq!(describe(&once), describe(&whole));
        true
    }

    #[test]
    fn what_is_as_supposed_is_read_once() {
        let usual = CsvOptions::default();
        let line =
            |row: usize| format!("{row},{row}.5,t{row},2024-01-01,{}\n", if row.is_multiple_of(3) { "NA" } else { "" });
        let content = "a,b,c,d,e\n".to_owned() + &(0..300).map(line).collect::<String>();
        for bytes in [40, 700, 9_000] {
            assert!(same_read_once(content.as_bytes(), bytes, &usual), "{bytes}");
        }
        assert!(same_read_once(b"a,b\r\n\r\n1,x\r\n2,\"y\"\r\n\r\n", 6, &usual));
        let words = CsvOptions { null_values: Some(vec!["-".to_owned()]), ..CsvOptions::default() };
        assert!(same_read_once(b"a,b\n1,x\n-,NaN\n3,-\n", 6, &words));
        let declared = [("b".to_owned(), DataType::Utf8)].into_iter().collect();
        let declared = CsvOptions { types: declared, ..CsvOptions::default() };
        assert!(same_read_once(b"a,b\n1,1\n2,2\n3,3\n4,4\n5,5\n6,6\n", 6, &declared));
    }

    #[test]
    fn what_is_not_as_supposed_is_looked_at_as_a_whole() {
        let sound: String = (0..40_000).map(|row| format!("{row},x{row},,2024-01-01 00:00:00.5\n")).collect();
        let (begin, end) = sound.split_at(sound[..250_000].rfind('\n').expect("a line") + 1);
        let whole = |line: &[u8]| [b"n,t,e,at\n", begin.as_bytes(), line, end.as_bytes()].concat();
        assert!(same_read_once(&whole(b""), 200_000, &CsvOptions::default()));
        for line in [
            "1.5,x,,\n",
            "x,x,,\n",
            "1,x,1,\n",
            "1,x\n",
            "1,x,,,\n",
            "1,\"x\n",
            "1,x,,2024-01-01 00:00:00.0000005\n",
            "1,x,,2024-01-01 00:00:00Z\n",
            "9223372036854775808,x,,\n",
        ] {
            assert!(!same_read_once(&whole(line.as_bytes()), 200_000, &CsvOptions::default()), "{line}");
        }
        assert!(!same_read_once(&whole(b"1,\xff,,\n"), 200_000, &CsvOptions::default()));
        // texts in the sample, and numbers in most of the rest
        let rest: String = (0..40_000).map(|row| format!("{row}\n")).collect();
        assert!(!same_read_once(
            format!("t\n{}{rest}", "x\n".repeat(9_000)).as_bytes(),
            400_000,
            &CsvOptions::default()
        ));
    }

    #[test]
    fn units_begin_at_records_though_quotes_hold_whole_lines() {
        let line = |row: usize| format!("{row},\"{row}\n7,8\n9,\"\"10\"\"\n\n11,12\n\"\n");
        let content = "id,text\n".to_owned() + &(0..60).map(line).collect::<String>();
        same_in_all_units(content.as_bytes()).unwrap();
    }

    #[test]
    fn a_record_may_be_longer_than_a_unit() {
        let long = "long \"\"line\n".repeat(300_000);
        let content = format!("a,b\n1,x\n2,\"{long}\"\n3,y\n4,\"{long}\"\n5,z");
        let (_folder, files) = folder(&[("t.csv", content.as_bytes())]);
        let source = CsvSource::open(&files, &CsvOptions { threads: 2, ..CsvOptions::default() }).unwrap();
        let batch = all(&source).unwrap();
        assert_eq!(batch.column(0).as_primitive::<Int64Type>().values(), &[1, 2, 3, 4, 5]);
        assert_eq!(batch.column(1).as_string::<i32>().value(3), long.replace("\"\"", "\""));
        let last = source.unit_count() - 1;
        assert_eq!(source.line(last, 0), Some(600_006 - source.rows(last).unwrap() + 1));
    }

    proptest! {
        #[test]
        fn reading_once_changes_nothing(rows in proptest::collection::vec("(-?[0-9]{0,3}|NA|x|2024-01-0[12]),([a-z]{0,4}|[0-9]{1,2}|\"[a-z,\n]{0,9}(\"\")?\")\n{0,2}", 0..30), bytes in 1..90_u64) {
            let content = format!("a,b\n{}", rows.join("\n"));
            same_read_once(content.as_bytes(), bytes, &CsvOptions::default());
        }

        #[test]
        fn units_change_nothing(rows in proptest::collection::vec(("[0-9]{0,3}|NA|x", "[a-z]{0,4}|\"[a-z,\n\r]{0,9}(\"\")?\n[0-9],[a-z]\n\""), 0..30), end in "(\r?\n|,|\"|)") {
            let lines: Vec<_> = rows.iter().map(|(number, text)| format!("{number},{text}\r\n")).collect();
            same_in_all_units(format!("a,b\n{}{end}", lines.concat()).as_bytes())?;
        }

        #[test]
        fn any_bytes_are_a_table_or_an_error(bytes in proptest::collection::vec(prop_oneof![Just(b','), Just(b'\n'), Just(b'"'), Just(b'\r'), Just(b'1'), Just(b'-'), any::<u8>()], 0..200)) {
            same_in_all_units(&bytes)?;
        }
    }
}
