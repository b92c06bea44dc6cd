//! Parquet files as their writers make them: they are read as the `parquet` crate reads them, and no metric depends on how a
//! table is spread over files, row groups, pages and dictionaries, nor on whether statistics answer.

#[path = "support/column.rs"]
mod column;
#[path = "support/metrics.rs"]
mod metrics;
#[path = "support/parquet_file.rs"]
mod parquet_file;

use std::cmp::Ordering;
use std::collections::HashSet;
use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, Float32Array, Float64Array, Int64Array, RecordBatch, RecordBatchOptions, StringArray, UInt64Array,
};
use arrow::compute::{cast, concat_batches};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use bytes::Bytes;
use column::{CORNERS, Cell, column, types};
use metrics::{fingerprints, metrics_of};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::arrow::arrow_writer::ArrowWriterOptions;
use parquet::basic::{BrotliLevel, Compression, Encoding, GzipLevel, ZstdLevel};
use parquet::column::page::{CompressedPage, Page, PageWriter};
use parquet::column::writer::ColumnCloseResult;
use parquet::data_type::ByteArray;
use parquet::file::metadata::ColumnChunkMetaData;
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterVersion};
use parquet::file::statistics::Statistics;
use parquet::file::writer::{SerializedFileWriter, SerializedPageWriter, TrackedWrite};
use parquet::schema::parser::parse_message_type;
use parquet::schema::types::ColumnPath;
use proptest::prelude::*;
use proptest::sample::select;
use tempfile::TempDir;
use weir::column::{Bounds, Literal, Predicate, Scalar, Test};
use weir::engine::{Budget, MetricValue, Settings, evaluate};
use weir::metric::{Metric, MetricKey};
use weir::scan::Scan;
use weir::source::memory::MemorySource;
use weir::source::{ReadOptions, open};

/// How a file is written.
#[derive(Debug, Clone)]
struct Style {
    version: WriterVersion,
    compression: Compression,
    statistics: EnabledStatistics,
    /// How much of a long text statistics keep.
    truncate: Option<usize>,
    group_rows: usize,
    page_rows: usize,
    page_bytes: usize,
    /// Past this size, values are stored plainly; `None` for no dictionaries at all.
    dictionary_bytes: Option<usize>,
    /// The encoding of what is in no dictionary; `None` for the writer's choice.
    encoding: Option<Encoding>,
    /// A page of the second version is stored uncompressed where compression saves less.
    ratio: f64,
}

impl Default for Style {
    fn default() -> Self {
        Self {
            version: WriterVersion::PARQUET_1_0,
            compression: Compression::SNAPPY,
            statistics: EnabledStatistics::Page,
            truncate: Some(64),
            group_rows: 1 << 20,
            page_rows: 20_000,
            page_bytes: 1 << 20,
            dictionary_bytes: Some(1 << 20),
            encoding: None,
            ratio: 1.0,
        }
    }
}

impl Style {
    fn properties(&self, table: &RecordBatch) -> WriterProperties {
        let mut builder = WriterProperties::builder()
            .set_writer_version(self.version)
            .set_compression(self.compression)
            .set_statistics_enabled(self.statistics)
            .set_statistics_truncate_length(self.truncate)
            .set_max_row_group_row_count(Some(self.group_rows))
            .set_data_page_row_count_limit(self.page_rows)
            .set_data_page_size_limit(self.page_bytes)
            .set_write_batch_size(self.page_rows.min(64))
            .set_dictionary_enabled(self.dictionary_bytes.is_some())
            .set_dictionary_page_size_limit(self.dictionary_bytes.unwrap_or(1 << 20))
            .set_data_page_v2_compression_ratio_threshold(self.ratio);
        if let Some(encoding) = self.encoding {
            // one that splits streams is for numbers alone
            for field in table.schema().fields() {
                let is_plain = encoding == Encoding::PLAIN && !field.data_type().is_nested();
                if is_plain || field.data_type().is_floating() {
                    builder = builder.set_column_encoding(ColumnPath::from(field.name().as_str()), encoding);
                }
            }
        }
        builder.build()
    }
}

fn style() -> impl Strategy<Value = Style> {
    let compression = select(vec![
        Compression::UNCOMPRESSED,
        Compression::SNAPPY,
        Compression::LZ4,
        Compression::LZ4_RAW,
        Compression::ZSTD(ZstdLevel::default()),
        Compression::GZIP(GzipLevel::default()),
        Compression::BROTLI(BrotliLevel::default()),
    ]);
    (
        (
            select(vec![WriterVersion::PARQUET_1_0, WriterVersion::PARQUET_2_0]),
            compression,
            select(vec![0.5, 1.0, 10.0]),
        ),
        select(vec![EnabledStatistics::None, EnabledStatistics::Chunk, EnabledStatistics::Page]),
        select(vec![None, Some(1), Some(64)]),
        (select(vec![7, 40, 1 << 20]), select(vec![3, 10, 50, 20_000]), select(vec![16, 200, 1 << 20])),
        select(vec![None, Some(16), Some(100), Some(1 << 20)]),
        select(vec![None, Some(Encoding::PLAIN), Some(Encoding::BYTE_STREAM_SPLIT)]),
    )
        .prop_map(|((version, compression, ratio), statistics, truncate, sizes, dictionary_bytes, encoding)| {
            let (group_rows, page_rows, page_bytes) = sizes;
            Style {
                version,
                compression,
                statistics,
                truncate,
                group_rows,
                page_rows,
                page_bytes,
                dictionary_bytes,
                encoding,
                ratio,
            }
        })
}

/// A column: its type, whether it may hold nulls, and its values.
fn any_column(rows: usize) -> impl Strategy<Value = (DataType, bool, Vec<Cell>)> {
    let value = prop_oneof![4 => 0..CORNERS, 1 => any::<u64>()];
    // how many of ten cells are null, and which
    let nulls = select(vec![0, 1, 9, 10]);
    let cells = (nulls, prop::collection::vec((0..10, value), rows)).prop_map(|(nulls, cells)| {
        cells.into_iter().map(|(die, value)| (die >= nulls).then_some(value)).collect::<Vec<Cell>>()
    });
    (select(types()), any::<bool>(), cells, select(vec![1, 1, 13, 40])).prop_map(|(data_type, nullable, cells, run)| {
        // values that follow each other are stored as runs
        let cells: Vec<Cell> = (0..cells.len()).map(|row| cells[row - row % run]).collect();
        let nullable = nullable || data_type == DataType::Null || cells.iter().any(Option::is_none);
        (data_type, nullable, cells)
    })
}

fn any_table() -> impl Strategy<Value = RecordBatch> {
    let rows = prop_oneof![1 => Just(0), 1 => Just(1), 10 => 1..130usize];
    let columns = rows.prop_flat_map(|rows| (Just(rows), prop::collection::vec(any_column(rows), 1..4)));
    columns.prop_map(|(rows, columns)| {
        let field = |(at, (data_type, nullable, _)): (usize, &(DataType, bool, Vec<Cell>))| {
            Field::new(format!("c{at}"), data_type.clone(), *nullable)
        };
        let fields: Vec<Field> = columns.iter().enumerate().map(field).collect();
        let columns = columns.iter().map(|(data_type, _, cells)| column(data_type, cells)).collect();
        table_of(fields, columns, rows)
    })
}

fn table_of(fields: Vec<Field>, columns: Vec<ArrayRef>, rows: usize) -> RecordBatch {
    let options = RecordBatchOptions::new().with_row_count(Some(rows));
    RecordBatch::try_new_with_options(Arc::new(Schema::new(fields)), columns, &options).expect("columns of one length")
}

/// A table of one column.
fn single(values: ArrayRef, nullable: bool) -> RecordBatch {
    let rows = values.len();
    table_of(vec![Field::new("c0", values.data_type().clone(), nullable)], vec![values], rows)
}

/// A table in files, as weir reads them and as the `parquet` crate does.
struct Files {
    folder: TempDir,
    scan: Arc<dyn Scan>,
    table: RecordBatch,
}

impl Files {
    /// Writes parts of a table, each in its style.
    fn write(parts: &[(RecordBatch, Style)], skip_arrow_schema: bool) -> Self {
        let folder = tempfile::tempdir().expect("a folder for the test");
        let mut paths = Vec::new();
        for (number, (table, style)) in parts.iter().enumerate() {
            let path = folder.path().join(format!("part-{number}.parquet"));
            let options = ArrowWriterOptions::new()
                .with_properties(style.properties(table))
                .with_skip_arrow_metadata(skip_arrow_schema);
            parquet_file::write(&path, table, options).expect("the table can be written");
            paths.push(path.to_string_lossy().into_owned());
        }
        Self::open(folder, &paths)
    }

    fn open(folder: TempDir, paths: &[String]) -> Self {
        let mut batches = Vec::new();
        let mut schema = None;
        for path in paths {
            let file = File::open(path).expect("it was written");
            let builder = ParquetRecordBatchReaderBuilder::try_new(file).expect("it has a footer");
            schema.get_or_insert_with(|| Arc::clone(builder.schema()));
            let read = builder.build().expect("it has rows").collect::<Result<Vec<_>, _>>();
            batches.extend(read.expect("its pages can be read"));
        }
        let schema = schema.unwrap_or_else(|| Arc::new(Schema::empty()));
        let table = concat_batches(&schema, &batches).expect("files of one schema");
        let scan = open(paths, &ReadOptions::default()).expect("weir opens them").scan;
        let table = recast(&table, &scan.schema());
        Self { folder, scan, table }
    }

    fn whole(&self) -> MemorySource {
        MemorySource::new("memory", self.scan.schema(), vec![vec![self.table.clone()]]).expect("of the schema")
    }

    /// Returns the rows of a unit, with these columns.
    fn unit(&self, unit: usize, columns: &[usize]) -> RecordBatch {
        let schema = Arc::new(self.scan.schema().project(columns).expect("columns of the schema"));
        let batches = self.scan.batches(unit, columns).expect("the unit opens").map(|batch| {
            let batch = batch.expect("its pages can be read");
            assert!(batch.num_rows() > 0, "an empty batch");
            recast(&batch, &schema)
        });
        let batches: Vec<RecordBatch> = batches.collect();
        concat_batches(&schema, &batches).expect("batches of the schema")
    }

    /// Returns the first row of each unit, and where the last one ends.
    fn starts(&self) -> Vec<usize> {
        let mut starts = vec![0];
        for unit in 0..self.scan.unit_count() {
            starts.push(starts[unit] + self.scan.rows(unit).expect("rows are counted") as usize);
        }
        starts
    }
}

/// Gives a table the types of a schema: texts in one layout, dictionaries unpacked.
fn recast(table: &RecordBatch, schema: &SchemaRef) -> RecordBatch {
    let columns = table.columns().iter().zip(schema.fields());
    let columns = columns.map(|(column, field)| cast(column, field.data_type()).expect("the same values")).collect();
    let nullable = schema.fields().iter().map(|field| field.as_ref().clone().with_nullable(true)).collect();
    table_of(nullable, columns, table.num_rows())
}

/// Checks that the rows are those that the `parquet` crate reads, unit by unit, all columns and some.
fn check_rows(files: &Files) {
    let starts = files.starts();
    let columns = files.table.num_columns();
    let all: Vec<usize> = (0..columns).collect();
    let last: Vec<usize> = vec![columns - 1];
    assert_eq!(starts.last(), Some(&files.table.num_rows()));
    for unit in 0..files.scan.unit_count() {
        let rows = starts[unit + 1] - starts[unit];
        let wanted = files.table.slice(starts[unit], rows);
        for columns in [&all, &last] {
            let read = files.unit(unit, columns);
            for (array, column) in read.columns().iter().zip(columns) {
                let name = files.table.schema().field(*column).clone();
                assert_eq!(array, wanted.column(*column), "unit {unit}, {name}");
            }
        }
        let bare =
            files.scan.batches(unit, &[]).expect("the unit opens").map(|batch| batch.map(|batch| batch.num_rows()));
        assert_eq!(bare.sum::<Result<usize, _>>().expect("rows without columns"), rows);
    }
}

/// Checks that batches which are read in two steps have the same rows, whichever of them are asked for more columns.
fn check_steps(files: &Files) {
    let columns = files.table.num_columns();
    let (starts, splits) = (files.starts(), [0, 1.min(columns), columns]);
    for (unit, split) in (0..files.scan.unit_count()).flat_map(|unit| splits.map(|split| (unit, split))) {
        let all: Vec<usize> = (0..columns).collect();
        let (rest, first) = all.split_at(split);
        for pattern in [0b000, 0b111, 0b101, 0b010, 0b001] {
            let mut steps = files.scan.steps(unit, first, rest).expect("the unit opens");
            let (mut row, mut number) = (starts[unit], 0);
            while let Some(batch) = steps.first() {
                let batch = batch.expect("its pages can be read");
                let rows = batch.num_rows();
                let is_same = |found: &RecordBatch, columns: &[usize]| {
                    let schema = Arc::new(files.scan.schema().project(columns).expect("columns of the schema"));
                    let wanted = files.table.slice(row, rows).project(columns).expect("columns of the table");
                    assert_eq!(recast(found, &schema), recast(&wanted, &schema), "unit {unit}, row {row}, {pattern:b}");
                };
                is_same(&batch, first);
                if pattern >> (number % 3) & 1 == 1 {
                    // one of them, or all
                    let wanted = if number % 2 == 0 { rest } else { &rest[..1.min(rest.len())] };
                    is_same(&steps.more(wanted).expect("its pages can be read"), wanted);
                }
                (row, number) = (row + rows, number + 1);
            }
            assert_eq!(row, starts[unit + 1]);
        }
    }
}

/// Checks that what is said of a unit without decoding it is true.
fn check_facts(files: &Files) {
    let starts = files.starts();
    for unit in 0..files.scan.unit_count() {
        let rows = starts[unit + 1] - starts[unit];
        let facts = files.scan.facts(unit).expect("facts are in the footer");
        assert_eq!(facts.rows, Some(rows as u64));
        for (column, known) in facts.columns.iter().enumerate() {
            let array = files.table.column(column).slice(starts[unit], rows);
            let about = format!("unit {unit}, column {column} ({}): {known:?}", array.data_type());
            assert!(known.nulls.is_none_or(|nulls| nulls == array.logical_null_count() as u64), "{about}");
            let values: Vec<Scalar> =
                (0..rows).map(|row| Scalar::at(&array, row)).filter(|value| !value.is_null()).collect();
            assert!(!known.no_nan || values.len() == rows - array.logical_null_count(), "{about}");
            for (bound, outside) in [(&known.lower, Ordering::Less), (&known.upper, Ordering::Greater)] {
                let Some(bound) = bound else { continue };
                assert!(values.iter().all(|value| value.compare(bound) != Some(outside)), "{about}");
                let occurs = values.iter().any(|value| value.compare(bound) == Some(Ordering::Equal));
                assert!(occurs || !known.exact, "{about}");
            }
            let Some(dictionary) = files.scan.dictionary(unit, column).expect("the dictionary can be read") else {
                continue;
            };
            let listed: HashSet<String> =
                (0..dictionary.len()).map(|at| format!("{:?}", Scalar::at(&dictionary, at))).collect();
            let missing = values.iter().find(|value| !listed.contains(&format!("{value:?}")));
            assert!(missing.is_none(), "{about}: {missing:?} is not in the dictionary");
        }
    }
}

/// Checks that every metric is that of the whole table in memory, with and without statistics, on one thread and several.
fn check_metrics(files: &Files) {
    let metrics = metrics_of(&files.table);
    // those with a condition alone read other columns only where it is true
    let conditional: Vec<MetricKey> = metrics.iter().filter(|metric| metric.condition.is_some()).cloned().collect();
    for metrics in [metrics, conditional] {
        let wanted = fingerprints(&files.whole(), &metrics, 1, false, Budget::new(u64::MAX));
        for (threads, statistics) in [(1, true), (3, true), (1, false), (3, false)] {
            let found = fingerprints(files.scan.as_ref(), &metrics, threads, statistics, Budget::new(u64::MAX));
            for ((key, wanted), found) in metrics.iter().zip(&wanted).zip(&found) {
                assert_eq!(wanted, found, "{threads} threads, statistics {statistics}: {key}");
            }
        }
    }
}

fn check(files: &Files) {
    check_rows(files);
    check_steps(files);
    check_facts(files);
    check_metrics(files);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn no_way_of_writing_changes_rows_or_metrics(
        table in any_table(),
        cut in 0.0..1.0f64,
        styles in (style(), style()),
        skip_arrow_schema in any::<bool>(),
    ) {
        let rows = (table.num_rows() as f64 * cut) as usize;
        let parts = [(table.slice(0, rows), styles.0), (table.slice(rows, table.num_rows() - rows), styles.1)];
        check(&Files::write(&parts, skip_arrow_schema));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn a_damaged_page_is_an_error_or_other_rows_and_never_more(
        table in any_table(),
        style in style(),
        damages in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
    ) {
        let files = Files::write(&[(table, style)], false);
        let path = files.folder.path().join("part-0.parquet");
        let mut bytes = std::fs::read(&path).expect("it was written");
        let footer_bytes = u32::from_le_bytes(bytes[bytes.len() - 8..][..4].try_into().expect("four bytes")) as usize;
        let pages = 4..bytes.len() - 8 - footer_bytes;
        let damages = if pages.is_empty() { Vec::new() } else { damages };
        for (place, byte) in damages {
            bytes[pages.start + place.index(pages.len())] = byte;
        }
        std::fs::write(&path, bytes).expect("it can be written again");
        let columns: Vec<usize> = (0..files.table.num_columns()).collect();
        for unit in 0..files.scan.unit_count() {
            for column in &columns {
                let _ = files.scan.dictionary(unit, *column);
            }
            let read = files.scan.batches(unit, &columns).and_then(Iterator::collect::<Result<Vec<_>, _>>);
            if let Ok(batches) = read {
                let rows = batches.iter().map(|batch| batch.num_rows() as u64).sum::<u64>();
                prop_assert_eq!(rows, files.scan.rows(unit).expect("rows are counted"));
            }
        }
    }
}

#[test]
fn bounds_of_unsigned_numbers_are_unsigned() {
    let numbers: ArrayRef = Arc::new(UInt64Array::from(vec![1, u64::MAX, 1 << 63]));
    let files = Files::write(&[(single(numbers, false), Style::default())], false);
    let facts = files.scan.facts(0).expect("in the footer");
    let known = &facts.columns[0];
    assert_eq!((&known.lower, &known.upper), (&Some(Scalar::Int(1)), &Some(Scalar::Int(u64::MAX.into()))));
    check(&files);
}

#[test]
fn a_truncated_bound_is_no_value() {
    let texts: ArrayRef = Arc::new(StringArray::from(vec!["x".repeat(70), "y".repeat(64), "y".repeat(65)]));
    let files = Files::write(&[(single(texts, false), Style::default())], false);
    let facts = files.scan.facts(0).expect("in the footer");
    assert!(!facts.columns[0].exact);
    assert_eq!(facts.columns[0].lower, Some(Scalar::Text("x".repeat(64))));
    check(&files);
}

#[test]
fn a_float_column_may_hold_nan_whatever_its_bounds() {
    let numbers: ArrayRef = Arc::new(Float64Array::from(vec![Some(1.0), Some(f64::NAN), None, Some(-0.0)]));
    let style = Style { group_rows: 2, dictionary_bytes: None, ..Style::default() };
    check(&Files::write(&[(single(numbers, true), style)], false));
    let numbers: ArrayRef = Arc::new(Float32Array::from(vec![f32::NAN; 3]));
    check(&Files::write(&[(single(numbers, false), Style::default())], false));
}

#[test]
fn a_dictionary_may_have_more_codes_than_two_bytes_tell() {
    let numbers: ArrayRef = Arc::new(Int64Array::from_iter_values((0..70_000).map(|number| number * 7_919 % 70_000)));
    let files = Files::write(&[(single(numbers, true), Style::default())], false);
    assert_eq!(files.scan.dictionary(0, 0).expect("readable").map(|values| values.len()), Some(70_000));
    check_rows(&files);
    check_facts(&files);
}

#[test]
fn a_chunk_may_leave_its_dictionary_midway() {
    let texts = (0..3_000).map(|number| format!("text {}", if number < 500 { number % 10 } else { number }));
    let texts: ArrayRef = Arc::new(StringArray::from_iter_values(texts));
    for version in [WriterVersion::PARQUET_1_0, WriterVersion::PARQUET_2_0] {
        for encoding in [None, Some(Encoding::PLAIN)] {
            let style = Style { version, encoding, dictionary_bytes: Some(500), page_rows: 300, ..Style::default() };
            let files = Files::write(&[(single(Arc::clone(&texts), true), style)], false);
            assert_eq!(files.scan.dictionary(0, 0).expect("readable"), None);
            check(&files);
        }
    }
}

#[test]
fn pages_whose_rows_no_condition_keeps_are_not_decoded() {
    let numbers: ArrayRef = Arc::new(Int64Array::from_iter_values(0..3_000));
    let texts: ArrayRef = Arc::new(StringArray::from_iter_values((0..3_000).map(|number| format!("text {number:05}"))));
    let fields = vec![Field::new("number", DataType::Int64, false), Field::new("text", DataType::Utf8, true)];
    let table = table_of(fields, vec![numbers, texts], 3_000);
    for version in [WriterVersion::PARQUET_1_0, WriterVersion::PARQUET_2_0] {
        let compression = Compression::UNCOMPRESSED;
        let style =
            Style { version, compression, dictionary_bytes: None, encoding: Some(Encoding::PLAIN), ..Style::default() };
        let files = Files::write(&[(table.clone(), Style { page_rows: 100, ..style })], false);
        let path = files.folder.path().join("part-0.parquet");
        let mut bytes = std::fs::read(&path).expect("it was written");
        let place = bytes.windows(10).rposition(|window| window == b"text 01550").expect("it is stored plainly");
        bytes[place] = 0xff;
        std::fs::write(&path, bytes).expect("it can be written again");

        let judge = |condition: Option<Bounds>| {
            let condition = condition.map(|bounds| Predicate::value("number", Test::Between(bounds)));
            let metric = Metric::Frequencies { columns: vec!["text".to_owned()] };
            let (budget, now) = (Arc::new(Budget::new(u64::MAX)), chrono::Utc::now());
            let settings = Settings { threads: 1, statistics: false, budget, texts: Arc::from([]), now };
            let evaluated = evaluate(files.scan.as_ref(), &[MetricKey { metric, condition }], &settings, &|_| {});
            evaluated.map(|mut evaluated| match evaluated.values.pop() {
                Some(Ok(MetricValue::Frequencies(frequencies))) => frequencies.total(),
                other => panic!("{other:?}"),
            })
        };
        let at_most = |most| Some(Bounds { max: Some(Literal::Int(most)), ..Bounds::default() });
        assert_eq!(judge(at_most(1_440)).expect("the page is not looked at"), 1_441);
        for condition in [None, at_most(1_500)] {
            let error = judge(condition).expect_err("the page is damaged").to_string();
            assert!(error.contains("is corrupt in column `text` of row group 0: a text is not UTF-8"), "{error}");
        }
    }
}

#[test]
fn a_file_without_rows_has_columns_and_metrics() {
    let none = single(Arc::new(StringArray::from(Vec::<&str>::new())), true);
    let some = single(Arc::new(StringArray::from(vec!["a", "b"])), true);
    check(&Files::write(&[(none.clone(), Style::default())], false));
    check(&Files::write(
        &[(none.clone(), Style::default()), (some, Style::default()), (none, Style::default())],
        false,
    ));
}

/// How old files pack levels, and what many writers list where they do not.
#[expect(deprecated, reason = "old files have it")]
const PACKED: Encoding = Encoding::BIT_PACKED;

/// Writes a file whose one column `c0` of optional texts is in one page of the first version.
fn write_page(path: &Path, page: Page, statistics: Option<Statistics>) {
    let schema = "message schema { optional binary c0 (string); }";
    let schema = Arc::new(parse_message_type(schema).expect("a schema"));
    let rows = page.num_values();
    let size = page.buffer().len();
    let mut chunk = TrackedWrite::new(Vec::new());
    let page = CompressedPage::new(page, size);
    let written = SerializedPageWriter::new(&mut chunk).write_page(page).expect("written in memory");
    let chunk = chunk.into_inner().expect("written in memory");
    let file = File::create(path).expect("the folder is there");
    let mut writer = SerializedFileWriter::new(file, schema, Arc::default()).expect("a file");
    let mut metadata = ColumnChunkMetaData::builder(writer.schema_descr().column(0))
        .set_encodings(vec![Encoding::PLAIN, Encoding::RLE, PACKED])
        .set_num_values(rows.into())
        .set_total_compressed_size(chunk.len() as i64)
        .set_total_uncompressed_size(chunk.len() as i64)
        .set_data_page_offset(0);
    if let Some(statistics) = statistics {
        metadata = metadata.set_statistics(statistics);
    }
    let close = ColumnCloseResult {
        bytes_written: written.bytes_written,
        rows_written: rows.into(),
        metadata: metadata.build().expect("a chunk"),
        bloom_filter: None,
        column_index: None,
        offset_index: None,
    };
    let mut group = writer.next_row_group().expect("a row group");
    group.append_column(&Bytes::from(chunk), close).expect("a column");
    group.close().expect("the only column");
    writer.close().expect("a footer");
}

/// Stores texts plainly, each behind its length.
fn plain_texts(texts: &[&str]) -> Vec<u8> {
    texts.iter().flat_map(|text| [&(text.len() as u32).to_le_bytes(), text.as_bytes()].concat()).collect()
}

#[test]
fn levels_of_old_files_are_packed_bits() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let path = folder.path().join("old.parquet");
    // rows 0, 3, 4 and 9 of ten have values; the first row is in the highest bit, which the `parquet` crate does not know
    let buf = [&[0b1001_1000u8, 0b0100_0000][..], &plain_texts(&["a", "b", "c", "d"])].concat();
    let page = Page::DataPage {
        buf: buf.into(),
        num_values: 10,
        encoding: Encoding::PLAIN,
        def_level_encoding: PACKED,
        rep_level_encoding: PACKED,
        statistics: None,
    };
    write_page(&path, page, None);
    let scan = open(&[path.to_string_lossy().into_owned()], &ReadOptions::default()).expect("weir opens it").scan;
    let read = scan.batches(0, &[0]).expect("the unit opens").collect::<Result<Vec<_>, _>>().expect("one page");
    let wanted = [Some("a"), None, None, Some("b"), Some("c"), None, None, None, None, Some("d")];
    let wanted: ArrayRef = Arc::new(StringArray::from_iter(wanted));
    assert_eq!((read.len(), read[0].column(0)), (1, &wanted));
}

#[test]
fn bounds_of_texts_from_old_writers_prove_nothing() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let path = folder.path().join("old.parquet");
    let levels = [2, 0, 0, 0, 4, 1];
    let buf = [&levels[..], &plain_texts(&["a", "é"])].concat();
    let page = Page::DataPage {
        buf: buf.into(),
        num_values: 2,
        encoding: Encoding::PLAIN,
        def_level_encoding: Encoding::RLE,
        rep_level_encoding: Encoding::RLE,
        statistics: None,
    };
    // as signed bytes, `é` is less than `a`
    let bound = |text: &str| Some(ByteArray::from(text));
    write_page(&path, page, Some(Statistics::byte_array(bound("é"), bound("a"), None, None, true)));
    let files = Files::open(folder, &[path.to_string_lossy().into_owned()]);
    let facts = files.scan.facts(0).expect("in the footer");
    assert_eq!((&facts.columns[0].lower, facts.columns[0].nulls), (&None, None));
    check(&files);
}
