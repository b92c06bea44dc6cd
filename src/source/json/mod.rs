//! JSON files: one object a line (NDJSON), or one array of objects, read in units and only the wanted keys, as often as
//! asked. The types are found by a first look at the whole, or supposed and held against what is read
//! (`source::supposed`).
//!
//! A column has the narrowest type that holds every value of every file: booleans, whole numbers (exact to 64 bits), floats,
//! texts, structs, lists. A missing key is null. Values of several kinds become texts: the JSON text of each, and texts as
//! they are (but in quotes where they spell a number or boolean, and nearly all values are such); so do objects with very
//! many keys, which are dictionaries, and what lies very deep.

mod declared;
mod elements;
mod lines;
mod once;
mod quick;
mod read;
mod shape;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use arrow::datatypes::{DataType, Schema, SchemaRef};
use serde::de::IgnoredAny;

use self::lines::{Layout, Records, Stop};
use self::once::{Met, OnceBatches, Use};
use self::read::Batches;
use self::shape::{Form, Observer, Shape};
use super::Relevant;
use super::compression::Compression;
use super::declared::OnIdleType;
use super::encoding::MARK;
use super::file::DataFile;
use super::format::Format;
use super::lines::Lines;
use super::malformed::{self, InPart, Malformed, OnMalformed};
use super::part::{Part, Plan, empty_batches, plan, until_over, usual_bytes};
use super::supposed::{self, Supposed};
use super::units::{Once, Units};
use super::window::Window;
use crate::ordered::in_order;
use crate::scan::{BatchIterator, ColumnFacts, Facts, Misfit, MisfitExample, Place, Scan, ScanError};
use crate::spill::Store;

/// How JSON files are read.
#[derive(Debug, Clone)]
pub struct JsonOptions {
    /// Types of the columns by name, instead of what their values look like; those that CSV may have.
    pub types: BTreeMap<String, DataType>,
    /// What becomes of types for columns that are not there.
    pub on_idle_type: OnIdleType,
    /// What becomes of records that are none.
    pub on_malformed: OnMalformed,
    /// Suppose the types from a sample, and hold these columns against it while they are read.
    pub read_once: Option<Relevant>,
    /// The temporary file in which all malformed records are kept; the first ones alone are known without it.
    pub kept: Option<Arc<Store>>,
    /// How many threads look at the files at first.
    pub threads: usize,
}

impl Default for JsonOptions {
    fn default() -> Self {
        Self {
            types: BTreeMap::new(),
            on_idle_type: OnIdleType::Refuse,
            on_malformed: OnMalformed::Fail,
            read_once: None,
            kept: None,
            threads: 1,
        }
    }
}

/// JSON files as one dataset.
#[derive(Debug)]
pub struct JsonSource {
    schema: SchemaRef,
    files: Vec<(DataFile, Layout)>,
    units: Units<Unit, Met>,
    /// The columns with how their values are held.
    columns: Vec<(Arc<str>, Form)>,
    /// For each column what keeps it a text.
    misfits: Vec<Option<Misfit>>,
    malformed: Malformed,
}

/// A part with rows.
#[derive(Debug)]
struct Unit {
    part: Part,
    /// How many values each column has, nulls left out; columns beyond these have none.
    values: Vec<u64>,
    /// The records that are left out, by their numbers in the part, ascending.
    passed: Vec<u32>,
}

impl AsRef<Part> for Unit {
    fn as_ref(&self) -> &Part {
        &self.part
    }
}

/// A part as found.
struct Found {
    start: u64,
    end: u64,
    rows: u64,
    line_count: u64,
    lines: Lines,
    shape: Shape,
    malformed: InPart,
    passed: Vec<u32>,
}

impl JsonSource {
    /// Looks at all values of the files, which gives the types and the units. Files without any line have no rows.
    ///
    /// # Errors
    /// A file cannot be read, holds a line or element that is no JSON object or not of its declared types, or the options
    /// do not fit the data.
    pub fn open(files: &[DataFile], options: &JsonOptions) -> Result<Self, ScanError> {
        Self::open_in_parts(files, options, &usual_bytes)
    }

    fn open_in_parts(
        files: &[DataFile],
        options: &JsonOptions,
        part_bytes: &(dyn Fn(u64) -> u64 + Sync),
    ) -> Result<Self, ScanError> {
        let mut plans = Vec::new();
        let mut layouts = Vec::with_capacity(files.len());
        // the line where a part begins, where that is known before the parts before it are read
        let mut known_lines = BTreeMap::new();
        for (number, file) in files.iter().enumerate() {
            let (start, layout) = begin(file)?;
            layouts.push(layout);
            match layout {
                Layout::Lines => plans.extend(plan(number, file, start, part_bytes(file.length))),
                Layout::Array => {
                    let index = elements::index(number, file, start, part_bytes(file.length))?;
                    known_lines.extend((plans.len()..).zip(index.lines));
                    plans.extend(index.plans);
                }
            }
        }
        if let Some(relevant) = &options.read_once
            && options.types.is_empty()
            && layouts.iter().all(|layout| *layout == Layout::Lines)
            && let Some(source) = Self::suppose(files, plans.clone(), relevant, options)?
        {
            return Ok(source);
        }
        let mut shape = Shape::default();
        let mut units = Vec::new();
        let (mut line, mut row) = (0, 0);
        let look =
            |number: usize| look(&files[plans[number].file], layouts[plans[number].file], &plans[number], options);
        let mut malformed = Malformed::default();
        in_order(plans.len(), options.threads, look, |number, found| {
            let plan = &plans[number];
            let mut found = found?;
            if plan.is_first {
                (line, row) = (0, 0);
            }
            line = known_lines.get(&number).copied().unwrap_or(line);
            malformed.take_up(&files[plan.file].name, line, found.malformed, options.on_malformed)?;
            found.shape.place(plan.file, line + 1);
            found.lines.shift(line + 1);
            let values: Vec<(Arc<str>, u64)> =
                found.shape.keys().map(|(name, shape)| (Arc::clone(name), shape.values())).collect();
            shape.merge(found.shape);
            if shape.has_too_many_places() {
                return Err(ScanError::Usage {
                    problem: format!(
                        "the objects of `{}` have too many different keys to be columns",
                        files[plan.file].name
                    ),
                    help: Some("give keys that are data, such as identifiers, as values".to_owned()),
                });
            }
            if found.rows > 0 {
                let values = shape
                    .keys()
                    .map(|(name, _)| values.iter().find(|(known, _)| known == name).map_or(0, |(_, count)| *count));
                let values = values.collect();
                let part = Part {
                    file: plan.file,
                    start: found.start,
                    end: found.end,
                    rows: found.rows,
                    first_row: row,
                    lines: found.lines,
                };
                units.push(Unit { part, values, passed: found.passed });
            }
            line += found.line_count;
            row += found.rows;
            Ok(())
        })?;
        malformed.refuse(options.on_malformed, false)?;
        let names: Vec<String> = shape.keys().map(|(name, _)| name.to_string()).collect();
        // data without any row has no columns either
        let on_idle = if names.is_empty() { OnIdleType::Ignore } else { options.on_idle_type };
        let declared = super::declared::for_columns(&names, &options.types, on_idle)?;

        let misfit = |shape: &Shape| {
            let misfit = shape.misfit()?;
            let place = |example: shape::Example| MisfitExample {
                file: files[example.file].name.clone(),
                line: example.line,
                text: example.text,
            };
            let examples = misfit.examples.into_iter().map(place).collect();
            Some(Misfit { wanted: misfit.wanted, count: misfit.count, examples, remedy: "mend those lines" })
        };
        let misfits: Vec<Option<Misfit>> = shape
            .keys()
            .zip(&declared)
            .map(|((_, shape), declared)| if declared.is_some() { None } else { misfit(shape) })
            .collect();
        let form = |shape: &Shape, misfit: &Option<Misfit>, declared: &Option<DataType>| match (declared, misfit) {
            (Some(data_type), _) => declared::form(data_type),
            (None, Some(misfit)) => Form::Mixed(Some(misfit.wanted.clone())),
            (None, None) => shape.form(),
        };
        let columns = shape.keys().zip(misfits.iter().zip(&declared));
        let columns =
            columns.map(|((name, shape), (misfit, declared))| (Arc::clone(name), form(shape, misfit, declared)));
        let columns: Vec<(Arc<str>, Form)> = columns.collect();
        let schema = Arc::new(Schema::new(Form::fields(&columns)));
        let files = files.iter().cloned().zip(layouts).collect();
        Ok(Self { schema, files, units: Units::Known(units), columns, misfits, malformed })
    }

    /// Supposes that all records are of the form that some of them have; `None` where that would not do.
    fn suppose(
        files: &[DataFile],
        plans: Vec<Plan>,
        relevant: &Relevant,
        options: &JsonOptions,
    ) -> Result<Option<Self>, ScanError> {
        let sample = supposed::sample(&plans);
        let look = |number: usize| look(&files[sample[number].file], Layout::Lines, &sample[number], options);
        let mut shape = Shape::default();
        let mut is_sound = true;
        in_order(sample.len(), options.threads, look, |_, found| {
            let found = found?;
            is_sound &= found.malformed.count == 0;
            shape.merge(found.shape);
            Ok::<_, ScanError>(())
        })?;
        let columns: Vec<(Arc<str>, Form)> =
            shape.keys().map(|(name, shape)| (Arc::clone(name), shape.form())).collect();
        if !is_sound
            || columns.is_empty()
            || shape.has_too_many_places()
            || columns.iter().any(|(_, form)| !form.is_quick())
        {
            return Ok(None);
        }
        let is_relevant = columns.iter().map(|(name, _)| relevant.includes(name)).collect();
        let once = Once { units: Supposed::new(plans), is_relevant };
        Ok(Some(Self {
            schema: Arc::new(Schema::new(Form::fields(&columns))),
            files: files.iter().map(|file| (file.clone(), Layout::Lines)).collect(),
            units: Units::Supposed(Box::new(once)),
            misfits: vec![None; columns.len()],
            columns,
            malformed: Malformed::default(),
        }))
    }

    /// Returns the file of a unit.
    fn file(&self, unit: usize) -> &DataFile {
        &self.files[self.units.file(unit)].0
    }

    fn schema_of(&self, columns: &[usize]) -> SchemaRef {
        let fields: Vec<_> = columns.iter().map(|&column| Arc::clone(&self.schema.fields()[column])).collect();
        Arc::new(Schema::new(fields))
    }

    /// Reads columns of a part that is known.
    fn read<'a>(
        &'a self,
        part: &'a Part,
        passed: &'a [u32],
        columns: &[usize],
    ) -> Result<BatchIterator<'a>, ScanError> {
        if columns.is_empty() {
            return Ok(Box::new(empty_batches(part.rows)));
        }
        let schema = self.schema_of(columns);
        let columns = columns.iter().map(|&column| {
            let (name, form) = &self.columns[column];
            (Arc::clone(name), form)
        });
        let (file, layout) = &self.files[part.file];
        let mut batches = Batches::open(file, *layout, part, passed, columns.collect(), schema)?;
        Ok(until_over(move || batches.read()))
    }

    /// Reads columns of a unit of which nothing is known.
    fn find<'a>(&'a self, once: &'a Once<Met>, unit: usize, columns: &[usize]) -> Result<BatchIterator<'a>, ScanError> {
        let uses = self.columns.iter().enumerate().map(|(number, (_, form))| {
            match columns.iter().position(|&column| column == number) {
                Some(at) => Use::Given(at),
                // a value of several parts is read as such, since none of its keys may stand twice
                None if once.is_relevant[number] || form.width() > 1 => Use::Checked,
                None => Use::Passed,
            }
        });
        let schema = self.schema_of(columns);
        let mut batches =
            OnceBatches::open(self.file(unit), (&once.units, unit), &self.columns, uses.collect(), schema)?;
        Ok(until_over(move || batches.read()))
    }
}

impl JsonSource {
    /// Returns the lines that were left out.
    pub(super) fn malformed(&self) -> &Malformed {
        &self.malformed
    }
}

/// Finds where the first record begins, and refuses what is no JSON from the start.
fn begin(file: &DataFile) -> Result<(u64, Layout), ScanError> {
    let mut window = Window::open(file, 0, 0, file.length)?;
    window.fill()?;
    let bytes = window.bytes();
    if let Some(problem) = Format::Json.foreign_content(bytes) {
        return Err(ScanError::Corrupt { file: file.name.clone(), problem });
    }
    let start = if bytes.starts_with(MARK) { MARK.len() } else { 0 };
    let text = bytes[start..].trim_ascii_start();
    let is_array = text.first() == Some(&b'[') && !is_line_of_several(text, is_of_lines(&file.path));
    Ok((start as u64, if is_array { Layout::Array } else { Layout::Lines }))
}

/// Tells whether a file says by its name that it has a record a line.
fn is_of_lines(path: &Path) -> bool {
    let path = Compression::without_extension(path).unwrap_or(path);
    let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    ["ndjson", "jsonl"].iter().any(|name| extension.eq_ignore_ascii_case(name))
}

/// Tells whether a text begins with a line that is a whole value, with another line behind it: so does no array of records. Nor
/// does one, where lines are `probable`, whose first line ends as none within an array. What is longer than the bytes at hand
/// is not looked at.
fn is_line_of_several(text: &[u8], probable: bool) -> bool {
    let Some(end) = memchr::memchr(b'\n', text) else { return false };
    let (line, rest) = text.split_at(end);
    if rest.trim_ascii_start().is_empty() {
        return false;
    }
    let goes_on = matches!(line.trim_ascii_end().last(), Some(b'[' | b'{' | b','))
        || matches!(rest.trim_ascii_start().first(), Some(b',' | b']' | b'}'));
    (probable && !goes_on) || serde_json::from_slice::<IgnoredAny>(line).is_ok()
}

/// Looks at the records of a part.
fn look(file: &DataFile, layout: Layout, plan: &Plan, options: &JsonOptions) -> Result<Found, ScanError> {
    let found = look_once(file, layout, plan, options, false)?;
    // what comes before the fault in a broken record has been taken for values: with such records each is tried first
    if found.passed.is_empty() || options.on_malformed == OnMalformed::Fail {
        return Ok(found);
    }
    look_once(file, layout, plan, options, true)
}

fn look_once(
    file: &DataFile,
    layout: Layout,
    plan: &Plan,
    options: &JsonOptions,
    tries_first: bool,
) -> Result<Found, ScanError> {
    let mut reader = Records::find(file, layout, plan)?;
    let start = reader.position();
    let mut observer = Observer::default();
    let mut lines = Lines::default();
    let mut rows = 0;
    let mut malformed = InPart::keeping(options.kept.as_ref());
    let mut passed = Vec::new();
    for record in 0_u64.. {
        let next = match reader.next() {
            Ok(Some((line, text))) => {
                let Err(problem) = observe(&mut observer, text, line, options, tries_first) else {
                    lines.extend(&[line]);
                    rows += 1;
                    continue;
                };
                malformed::Found { line, problem, text: text.trim().to_owned() }
            }
            Ok(None) => break,
            Err(Stop::Failed(error)) => return Err(error),
            Err(Stop::Bad(bad)) => malformed::Found {
                line: bad.line,
                problem: bad.problem,
                text: String::from_utf8_lossy(&bad.text).into_owned(),
            },
        };
        malformed.add(|| next);
        let record = u32::try_from(record).map_err(|_| file.corrupt("has too many records in a part of it"))?;
        passed.push(record);
        if malformed.suffices(options.on_malformed) || (options.on_malformed == OnMalformed::Count && !tries_first) {
            break;
        }
    }
    let (end, line_count) = (reader.position(), reader.line());
    Ok(Found { start, end, rows, line_count, lines, shape: observer.shape, malformed, passed })
}

/// Takes up the values of a record, or says what is wrong with it. What is tried first leaves nothing behind where it fails.
fn observe(
    observer: &mut Observer,
    text: &str,
    line: u64,
    options: &JsonOptions,
    tries_first: bool,
) -> Result<(), String> {
    let problem = |error: serde_json::Error| complain(&error, text) + remedy(text);
    if tries_first {
        Observer::default().observe(text, line).map_err(problem)?;
    }
    if !options.types.is_empty()
        && let Some(unfit) = declared::unfit(text, &options.types)
    {
        return Err(unfit);
    }
    observer.observe(text, line).map_err(problem)
}

/// Says what is wrong with a line.
fn complain(error: &serde_json::Error, line: &str) -> String {
    let other = match line.trim_start().bytes().next() {
        Some(b'[') => "a list",
        Some(b'"') => "a text",
        Some(b't' | b'f') => "a boolean",
        Some(b'n') => "null",
        _ => "a number",
    };
    if error.is_data() && !line.trim_start().starts_with('{') {
        return format!("holds no JSON object, but {other}");
    }
    if error.is_eof() {
        return "ends within a JSON object; each line must hold a whole one, as `jq -c .` writes them".to_owned();
    }
    let text = error.to_string();
    let text = text.rfind(" at line ").map_or(text.as_str(), |end| &text[..end]);
    format!("holds no JSON object: {text} at column {}", error.column())
}

/// Says what to do about a line that is JSON but for numbers that JSON does not have, as Python and others write them.
fn remedy(text: &str) -> &'static str {
    if ["NaN", "Infinity"].iter().any(|word| text.contains(word)) {
        "; JSON has no `NaN` and no `Infinity`: write `null`"
    } else {
        ""
    }
}

impl Scan for JsonSource {
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
        let Unit { part, values, .. } = match &self.units {
            Units::Known(units) => &units[unit],
            Units::Supposed(once) => {
                return Ok(Facts { rows: once.units.part(unit).map(|part| part.rows), columns: Vec::new() });
            }
        };
        let column = |(number, (_, form)): (usize, &(Arc<str>, Form))| {
            let is_null = form.data_type() == DataType::Null;
            let values = if is_null { 0 } else { values.get(number).copied().unwrap_or(0) };
            // JSON has no NaN
            ColumnFacts { nulls: Some(part.rows - values), no_nan: true, ..ColumnFacts::default() }
        };
        Ok(Facts { rows: Some(part.rows), columns: self.columns.iter().enumerate().map(column).collect() })
    }

    fn batches(&self, unit: usize, columns: &[usize]) -> Result<BatchIterator<'_>, ScanError> {
        match &self.units {
            Units::Known(units) => self.read(&units[unit].part, &units[unit].passed, columns),
            Units::Supposed(once) => {
                once.refuse_others(columns, self.file(unit))?;
                match once.units.part(unit) {
                    Some(part) => self.read(part, &[], columns),
                    None => self.find(once, unit, columns),
                }
            }
        }
    }

    fn settle(&self, threads: usize) -> Result<(), ScanError> {
        let Units::Supposed(once) = &self.units else { return Ok(()) };
        let read = |unit: usize| self.find(once, unit, &[])?.try_for_each(|batch| batch.map(drop));
        // columns, and the keys of objects, come in the order in which they first occur
        let holds = |units: &[&Met]| {
            let mut all = Met::new();
            for met in units {
                once::merge(&mut all, met);
            }
            all.iter().all(|keys| keys.iter().enumerate().all(|(number, key)| number == *key))
        };
        let files: Vec<&DataFile> = self.files.iter().map(|(file, _)| file).collect();
        once.units.settle(threads, &files, &|_| 0, &read, &holds)
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
    use crate::source::written::{self, all, text, types};

    fn folder(files: &[(&str, &[u8])]) -> (TempDir, Vec<DataFile>) {
        written::folder(files, Format::Json)
    }

    fn table(content: &[u8]) -> Result<(JsonSource, RecordBatch), String> {
        written::table("t.ndjson", content, Format::Json, |files| JsonSource::open(files, &JsonOptions::default()))
    }

    fn read(content: &str) -> RecordBatch {
        table(content.as_bytes()).expect("a good file").1
    }

    fn fault(content: &[u8]) -> String {
        table(content).expect_err("a bad file")
    }

    #[test]
    fn columns_have_types_and_missing_keys_are_null() {
        let batch = read(
            "\u{feff}{\"a\": 1, \"b\": \"x\"}\r\n\n{\"b\": null, \"c\": true, \"a\": 2}\n  \n{\"d\": 0.5, \"c\": false}",
        );
        assert_eq!(types(&batch), "a: Int64, b: Utf8, c: Boolean, d: Float64");
        assert_eq!(text(&batch), "1,x,∅,∅|2,∅,true,∅|∅,∅,false,0.5");
    }

    #[test]
    fn numbers_are_exact() {
        let batch = read(
            "{\"a\": 9007199254740993, \"b\": 18446744073709551615, \"c\": 1}\n{\"a\": -9223372036854775808, \"b\": 0, \"c\": 0.1}",
        );
        assert_eq!(batch.column(0).as_primitive::<Int64Type>().values(), &[9_007_199_254_740_993, i64::MIN]);
        assert_eq!(batch.column(1).as_primitive::<UInt64Type>().values(), &[u64::MAX, 0]);
        assert_eq!(batch.column(2).as_primitive::<Float64Type>().values(), &[1.0, 0.1]);
        let batch = read("{\"a\": 18446744073709551615}\n{\"a\": -1}");
        assert_eq!((types(&batch).as_str(), text(&batch).as_str()), ("a: Utf8", "18446744073709551615|-1"));
    }

    #[test]
    fn objects_and_lists_are_nested() {
        let batch = read(concat!(
            r#"{"who": {"name": "Ann", "at": {"x": 1}}, "tags": ["a", null], "all": [{"n": 1}, {"m": 2}], "none": []}"#,
            "\n",
            r#"{"who": {"at": {"x": 2.5, "y": []}}, "tags": [], "all": null}"#,
        ));
        let expected = "who: Struct(\"name\": Utf8, \"at\": Struct(\"x\": Float64, \"y\": List(Null))), tags: List(Utf8), \
            all: List(Struct(\"n\": Int64, \"m\": Int64)), none: List(Null)";
        assert_eq!(types(&batch), expected);
        assert_eq!(
            text(&batch),
            "{name: Ann, at: {x: 1.0, y: ∅}},[a, ∅],[{n: 1, m: ∅}, {n: ∅, m: 2}],[]|{name: ∅, at: {x: 2.5, y: []}},[],∅,∅"
        );
    }

    #[test]
    fn a_line_that_is_a_list_is_no_array_of_records() {
        let layout = |text: &str| {
            let (_folder, files) = written::folder(&[("t.json", text.as_bytes())], Format::Json);
            begin(&files[0]).map(|(_, layout)| layout)
        };
        for text in ["[1, 2]\n{\"a\": 1}\n", "[]\n\n  {\"a\": 1}", "[{\"a\": 1}]\n[{\"a\": 1}]\n"] {
            assert!(matches!(layout(text), Ok(Layout::Lines)), "{text}");
        }
        for (text, name) in [("[INFO] starting\n{}\n", "t.ndjson"), ("[{\"a\": 1}]x\n{}\n", "t.jsonl.gz")] {
            assert!(is_line_of_several(text.as_bytes(), is_of_lines(Path::new(name))), "{text}");
            assert!(!is_line_of_several(text.as_bytes(), is_of_lines(Path::new("t.json"))), "{text}");
        }
        assert!(!is_line_of_several(b"[{\"a\": 1}\n,{\"a\": 2}]", true));
        for text in ["[{\"a\": 1}]", "[{\"a\": 1}]\n\n", "[\n{\"a\": 1}]", "[{\"a\": 1},\n{\"a\": 1}]"] {
            assert!(matches!(layout(text), Ok(Layout::Array)), "{text}");
        }
    }

    #[test]
    fn values_of_several_kinds_are_their_json_texts() {
        let content = "{\"a\": 1.50, \"b\": {\"x\": [1, 2]}}\n{\"a\": \"é\\n\", \"b\": [1]}\n{\"a\": true, \"b\": null}\n{\"a\": null, \"b\": {}}";
        let batch = read(content);
        assert_eq!(
            (types(&batch).as_str(), text(&batch).as_str()),
            ("a: Utf8, b: Utf8", "1.50,{\"x\": [1, 2]}|é\n,[1]|true,∅|∅,{}")
        );
    }

    #[test]
    fn objects_without_keys_or_with_very_many_are_texts() {
        assert_eq!(types(&read("{\"a\": {}}\n{\"a\": {}}")), "a: Utf8");
        let lines: Vec<String> =
            (0..400).map(|row| format!("{{\"ids\": {{\"k{row}\": {row}}}, \"n\": {row}}}")).collect();
        let batch = read(&lines.join("\n"));
        assert_eq!(types(&batch), "ids: Utf8, n: Int64");
        assert!(text(&batch).starts_with("{\"k0\": 0},0|{\"k1\": 1},1|"));
    }

    #[test]
    fn deep_nesting_is_bounded() {
        for depth in [31, 32, 40, 100] {
            let batch = read(&format!("{{\"a\": {}1{}}}", "[".repeat(depth), "]".repeat(depth)));
            let levels = types(&batch).matches("List").count();
            assert!(levels == depth.min(31), "{levels} of {depth}");
        }
        for depth in [200, 100_000] {
            let deep = format!("{{\"a\": {}1{}}}", "[".repeat(depth), "]".repeat(depth));
            let outcome = table(deep.as_bytes());
            assert!(outcome.is_ok() || outcome.is_err_and(|error| error.contains("recursion limit")));
            let deep = format!("{}1{}", "{\"a\": ".repeat(depth), "}".repeat(depth));
            let outcome = table(deep.as_bytes());
            assert!(outcome.is_ok() || outcome.is_err_and(|error| error.contains("recursion limit")));
        }
    }

    #[test]
    fn files_without_rows() {
        for content in ["", "\n \n", "\u{feff}"] {
            let (source, batch) = table(content.as_bytes()).unwrap();
            assert_eq!((batch.num_columns(), batch.num_rows(), source.unit_count()), (0, 0, 0));
        }
        let (_, batch) = table(b"{}\n{}\n").unwrap();
        assert_eq!((batch.num_columns(), batch.num_rows()), (0, 2));
    }

    #[test]
    fn wrong_lines_are_told() {
        let good = "{\"a\": 1}\n\n";
        let fault = |line: &str| fault(format!("{good}{line}\n{{\"a\": 2}}\n").as_bytes());
        assert_eq!(fault("{\"a\": tru}"), "`t.ndjson` line 3 holds no JSON object: expected ident at column 10");
        assert_eq!(
            fault("{\"a\": NaN}"),
            "`t.ndjson` line 3 holds no JSON object: expected value at column 7; JSON has no `NaN` and no `Infinity`: write `null`"
        );
        assert!(fault("5").starts_with("`t.ndjson` line 3 holds no JSON object, but a number"));
        assert!(fault("[1]").contains("line 3 holds no JSON object, but a list"));
        assert!(fault("{} {}").contains("line 3 holds no JSON object: trailing characters"));
        assert!(
            fault("{\"a\": 1, \"a\": 2}")
                .contains("line 3 holds no JSON object: the key `a` stands twice in an object")
        );
        assert!(fault("{\"b\": [{\"a\": 1}, {\"a\": 1, \"a\": 2}]}").contains("the key `a` stands twice in an object"));
        assert_eq!(
            fault("{\n\"a\": 1\n}"),
            "`t.ndjson` line 3 ends within a JSON object; each line must hold a whole one, as `jq -c .` writes them"
        );
        let latin = table(b"{\"a\": \"caf\xe9\"}\n").unwrap_err();
        assert!(
            latin.starts_with("`t.ndjson` line 1 is not UTF-8: its byte 11 is 0xE9; if it is in another encoding"),
            "{latin}"
        );
    }

    #[test]
    fn types_can_be_declared() {
        let options = |types: &[(&str, DataType)]| JsonOptions {
            types: types.iter().map(|(name, data_type)| ((*name).to_owned(), data_type.clone())).collect(),
            on_malformed: OnMalformed::Count,
            ..JsonOptions::default()
        };
        let utc = DataType::Timestamp(arrow::datatypes::TimeUnit::Microsecond, Some("UTC".into()));
        let lines = b"{\"zip\": 123, \"day\": \"2024-01-31\", \"at\": \"2024-01-31T01:00:00+01:00\", \"x\": 1}\n\
            {\"zip\": \"00123\", \"day\": null, \"at\": null, \"x\": 2}\n\
            {\"day\": \"2024-02-30\", \"x\": true}\n\
            {\"x\": \"3\"}\n";
        let (_folder, files) = folder(&[("t.ndjson", lines)]);
        let types_of = [("zip", DataType::Utf8), ("day", DataType::Date32), ("at", utc), ("x", DataType::Float64)];
        let source = JsonSource::open(&files, &options(&types_of)).unwrap();
        let batch = all(&source).unwrap();
        assert_eq!(types(&batch), "zip: Utf8, day: Date32, at: Timestamp(µs, \"UTC\"), x: Float64");
        assert_eq!(text(&batch), "123,2024-01-31,2024-01-31T00:00:00Z,1.0|00123,∅,∅,2.0");
        let problems: Vec<&str> = source.malformed().examples.iter().map(|line| line.problem.as_str()).collect();
        assert_eq!(
            problems,
            ["holds `\"2024-02-30\"` in `day`, which is no Date32", "holds `\"3\"` in `x`, which is no Float64"]
        );
        let error = JsonSource::open(&files, &options(&[("dya", DataType::Date32)])).unwrap_err().to_string();
        assert_eq!(error, "a type is given for column `dya`, which is not in the data");
    }

    #[test]
    fn other_content_is_refused() {
        assert!(fault(b"PAR1").starts_with("`t.ndjson` is Parquet, and JSON is expected"));
    }

    #[test]
    fn an_array_of_objects_is_read_like_lines() {
        let (source, batch) = table(b"\xef\xbb\xbf[\n {\"a\": 1,\n \"b\": \"]\"}\n,{\"a\": 2}]\n").unwrap();
        assert_eq!(text(&batch), "1,]|2,∅");
        assert_eq!((source.line(0, 0), source.line(0, 1)), (Some(2), Some(4)));
        assert_eq!(fault(b"[{\"a\": 1},\n5]"), "`t.ndjson` line 2 holds no JSON object, but a number");
        assert_eq!(
            fault(b"[{\"a\": 1},\n"),
            "`t.ndjson` is no JSON array: line 2 ends, and `]` is expected; is the file cut off?"
        );
    }

    #[test]
    fn misfits_are_remembered_with_their_lines() {
        let line = |row: usize| match row {
            7 => "\n{\"n\": \"seven\", \"b\": true, \"t\": 1}".to_owned(),
            9 => "{\"n\": {\"x\": 9}, \"b\": 0, \"t\": 2}".to_owned(),
            _ => format!("{{\"n\": {row}, \"b\": false, \"t\": \"x\"}}"),
        };
        let content: Vec<String> = (0..100).map(line).collect();
        let (source, batch) = table(content.join("\n").as_bytes()).unwrap();
        assert_eq!(types(&batch), "n: Utf8, b: Utf8, t: Utf8");
        let misfit = source.misfit(0).unwrap();
        assert_eq!((&misfit.wanted, misfit.count), (&DataType::Int64, 2));
        let examples: Vec<_> = misfit.examples.iter().map(|example| (example.line, example.text.as_str())).collect();
        assert_eq!(examples, [(9, "seven"), (11, "{…}")]);
        assert_eq!(source.misfit(1).map(|misfit| (&misfit.wanted, misfit.count)), Some((&DataType::Boolean, 1)));
        assert_eq!(source.misfit(2), None);
    }

    #[test]
    fn files_are_one_dataset_whatever_their_keys() {
        let (_folder, files) = folder(&[
            ("1.ndjson", b"{\"a\": 1}\n{\"a\": 2}\n"),
            ("2.json", b""),
            ("3.jsonl", b"\n{\"b\": \"x\", \"a\": 0.5}"),
        ]);
        let source = JsonSource::open(&files, &JsonOptions { threads: 2, ..JsonOptions::default() }).unwrap();
        let batch = all(&source).unwrap();
        assert_eq!((types(&batch).as_str(), text(&batch).as_str()), ("a: Float64, b: Utf8", "1.0,∅|2.0,∅|0.5,x"));
        assert_eq!((source.place(1, 0).row, source.line(1, 0), source.line(0, 1)), (0, Some(2), Some(2)));
        let nulls = |unit| source.facts(unit).unwrap().columns.iter().map(|column| column.nulls).collect::<Vec<_>>();
        assert_eq!((nulls(0), nulls(1)), (vec![Some(0), Some(2)], vec![Some(0), Some(0)]));
    }

    #[test]
    fn wanted_keys_alone_are_read() {
        let (folder, files) =
            folder(&[("t.ndjson", b"{\"a\": 1, \"b\": {\"c\": 2}, \"d\": [3]}\n{\"d\": [], \"a\": 4}\n")]);
        let source = JsonSource::open(&files, &JsonOptions::default()).unwrap();
        let read = |columns: &[usize]| {
            source.batches(0, columns).unwrap().map(|batch| text(&batch.unwrap())).collect::<String>()
        };
        assert_eq!((read(&[1]), read(&[0, 2])), ("{c: 2}|∅".to_owned(), "1,[3]|4,[]".to_owned()));
        assert_eq!(source.batches(0, &[]).unwrap().map(|batch| batch.unwrap().num_rows()).sum::<usize>(), 2);
        fs::write(folder.path().join("t.ndjson"), b"{\"a\": 1, \"b\": 55555555, \"d\": [3]}\n{\"d\": [], \"a\": 4}\n")
            .unwrap();
        assert!(matches!(all(&source), Err(ScanError::Corrupt { .. })));
    }

    #[test]
    fn a_line_may_be_longer_than_a_unit() {
        let long = "long line ".repeat(300_000);
        let content = format!("{{\"a\": 1}}\n{{\"a\": 2, \"b\": \"{long}\"}}\n{{\"a\": 3}}");
        let (_folder, files) = folder(&[("t.ndjson", content.as_bytes())]);
        let source = JsonSource::open(&files, &JsonOptions { threads: 2, ..JsonOptions::default() }).unwrap();
        let batch = all(&source).unwrap();
        assert_eq!(batch.column(0).as_primitive::<Int64Type>().values(), &[1, 2, 3]);
        assert_eq!(batch.column(1).as_string::<i32>().value(1), long);
    }

    /// Reads the same bytes in parts of several lengths and on several threads.
    fn same_in_all_parts(content: &[u8]) -> Result<(), TestCaseError> {
        let (_folder, files) = folder(&[("t.ndjson", content)]);
        let describe = |outcome: Result<JsonSource, ScanError>| match outcome {
            Err(error) => error.to_string(),
            Ok(source) => {
                let batch = all(&source).expect("the file is as it was");
                let mut lines = Vec::new();
                let mut nulls = vec![0; batch.num_columns()];
                for unit in 0..source.unit_count() {
                    let facts = source.facts(unit).expect("facts are known");
                    lines.extend((0..facts.rows.expect("rows are known")).map(|row| source.line(unit, row)));
                    for (nulls, column) in nulls.iter_mut().zip(facts.columns) {
                        *nulls += column.nulls.expect("nulls are known");
                    }
                }
                let found: Vec<_> = batch.columns().iter().map(|column| column.logical_null_count() as u64).collect();
                assert_eq!(nulls, found);
                format!("{} {} {lines:?} {:?}", types(&batch), text(&batch), source.misfits)
            }
        };
        let whole = describe(JsonSource::open(&files, &JsonOptions::default()));
        for bytes in [1, 5, 13, 40] {
            prop_assert_eq!(
                &describe(JsonSource::open_in_parts(
                    &files,
                    &JsonOptions { threads: 3, ..JsonOptions::default() },
                    &|_| bytes
                )),
                &whole,
                "parts of {} bytes",
                bytes
            );
        }
        Ok(())
    }

    /// Reads once what holds, and finds what a first look at the whole finds; tells whether it did.
    fn same_read_once(content: &[u8], bytes: u64) -> bool {
        let (_folder, files) = folder(&[("t.ndjson", content)]);
        let describe = |source: &JsonSource| {
            let batch = all(source).expect("it has been read before");
            let rows = |unit| source.rows(unit).expect("rows are known");
            let lines = |unit| (0..rows(unit)).map(move |row| source.line(unit, row)).collect::<Vec<_>>();
            let places = |unit| (rows(unit) > 0).then(|| source.place(unit, rows(unit) - 1).row);
            let units = 0..source.unit_count();
            let lines: Vec<_> = units.clone().flat_map(lines).collect();
            let place = units.filter_map(places).next_back();
            format!("{} {} {lines:?} {place:?} {:?}", types(&batch), text(&batch), source.misfits)
        };
        let options = JsonOptions { read_once: Some(Relevant::All), threads: 2, ..JsonOptions::default() };
        let Ok(once) = JsonSource::open_in_parts(&files, &options, &|_| bytes) else {
            JsonSource::open(&files, &JsonOptions::default()).expect_err("it holds no objects");
            return false;
        };
        if matches!(once.units, Units::Known(_)) {
            return false;
        }
        // some units are read before, as a pass reads them
        let columns: Vec<usize> = (0..once.columns.len()).collect();
        let first = once.batches(0, &columns).and_then(|mut batches| batches.try_for_each(|batch| batch.map(drop)));
        if first.and_then(|()| once.settle(2)).is_err() {
            return false;
        }
        let whole = JsonSource::open(&files, &JsonOptions::default()).expect("it could be read");
        assert_eq!(describe(&once), describe(&whole));
        true
    }

    #[test]
    fn what_is_as_supposed_is_read_once() {
        let line = |row: usize| {
            let error = if row.is_multiple_of(3) { "null".to_owned() } else { format!("\"e{row}\"") };
            format!(
                "{{\"id\": {row}, \"x\": {row}.5, \"error\": {error}, \"who\": {{\"name\": \"n\\u00e9\"}}, \"tags\": [{row}]}}\n"
            )
        };
        let content: String = (0..200).map(line).collect();
        for bytes in [30, 100, 5_000] {
            assert!(same_read_once(content.as_bytes(), bytes), "{bytes}");
        }
        assert!(same_read_once(b"{\"a\": 1}\r\n\n  \n {\"a\": 2} \n\n", 5));
    }

    #[test]
    fn what_is_not_as_supposed_is_looked_at_as_a_whole() {
        let sound: String = (0..20_000).map(|row| format!("{{\"id\": {row}, \"t\": \"x\"}}\n")).collect();
        let (begin, end) = sound.split_at(sound[..130_000].rfind('\n').expect("a line") + 1);
        assert!(same_read_once(sound.as_bytes(), 100_000));
        for line in [
            "{\"id\": 1.5}",
            "{\"id\": \"1\"}",
            "{\"t\": 1}",
            "{\"new\": 1}",
            "{\"id\": 1, \"id\": 1}",
            "{\"id\": 1",
            "5",
            "{} {}",
            "{\"id\": -0}",
            "{\"t\": \"x\", \"t\": \"x\"}",
            "{\"id\": 9223372036854775808}",
            "\"",
        ] {
            assert!(!same_read_once(format!("{begin}{line}\n{end}").as_bytes(), 100_000), "{line}");
        }
        assert!(!same_read_once(
            [begin.as_bytes(), b"{\"t\": \"\xff\"}\n", end.as_bytes()].concat().as_slice(),
            100_000
        ));
        // which column comes first is told by the first row that has it
        let late =
            |first: &str, second: &str| format!("{}{first}\n{}{second}\n", "{}\n".repeat(9_000), "{}\n".repeat(9_000));
        assert!(same_read_once(late("{\"a\": 1}", "{\"b\": 1}").as_bytes(), 2_000));
    }

    /// JSON values of all kinds.
    fn value() -> impl Strategy<Value = serde_json::Value> {
        let leaf = prop_oneof![
            Just(serde_json::Value::Null),
            any::<bool>().prop_map(Into::into),
            any::<i64>().prop_map(Into::into),
            any::<u64>().prop_map(Into::into),
            (-1e6..1e6).prop_map(Into::into),
            ".{0,6}".prop_map(Into::into),
        ];
        leaf.prop_recursive(3, 12, 3, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..3).prop_map(Into::into),
                proptest::collection::btree_map("[ab]", inner, 0..3)
                    .prop_map(|map| serde_json::Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn parts_change_nothing(values in proptest::collection::vec((value(), value()), 0..8), end in "\n{0,2}") {
            let line = |(a, b): (serde_json::Value, serde_json::Value)| serde_json::json!({"a": a, "b": b}).to_string();
            let lines: Vec<String> = values.into_iter().map(line).collect();
            same_in_all_parts((lines.join("\n") + &end).as_bytes())?;
        }

        #[test]
        fn reading_once_changes_nothing(rows in proptest::collection::vec("(\\{(\"a\": (1|-5|2\\.5|\"x\"|null))?(, ?\"b\": (\"t\\\\n\"|true))?\\} ?)?", 0..30), bytes in 1..60_u64) {
            same_read_once(rows.join("\n").as_bytes(), bytes);
        }

        #[test]
        fn any_bytes_are_a_table_or_an_error(bytes in proptest::collection::vec(prop_oneof![
            3 => proptest::sample::select(&b"{}[]:,\"\\\n1e.-ant"[..]), 1 => any::<u8>()
        ], 0..100)) {
            same_in_all_parts(&bytes)?;
        }
    }
}
