//! Names of types in other systems, held against Arrow types: NumPy, pandas, Python, Spark, SQL and its dialects, Arrow.
//!
//! Systems use one name for different widths (`INTEGER` has 32 bits in PostgreSQL and 64 in SQLite), so a name fits every
//! type that one of them gives it. Case, `_` for a space or at the end, a module before the name (`numpy.ndarray`) and a
//! length that Arrow does not know (`VARCHAR(20)`) make no difference; precision and scale of a decimal do.

use arrow::datatypes::DataType;

use super::Family;
use crate::diagnostic::closest;
use crate::verdict::Problem;

/// Tells whether a name can stand for a type; `None` where no system has a type of that name.
///
/// A dictionary counts as its values, and a column without a type (Arrow's null) fits every name.
#[must_use]
pub fn matches(name: &str, data_type: &DataType) -> Option<bool> {
    let data_type = match data_type {
        DataType::Dictionary(_, value) => value.as_ref(),
        other => other,
    };
    let fits = meaning(name)?;
    Some(data_type == &DataType::Null || fits.holds(data_type))
}

/// Says that no system has a type of this name.
#[must_use]
pub fn unknown_type(name: &str) -> Problem {
    let problem = Problem::new("unknown-type", format!("no type is called `{name}`"));
    let known = NAMES.iter().flat_map(|(_, names)| split_names(names));
    match closest(name, known) {
        Some(similar) => problem.with_help(format!("a similar name exists: `{similar}`")),
        None => {
            problem.with_help("give a type of Arrow, NumPy, pandas, Python, Spark or SQL, such as `int64` or `VARCHAR`")
        }
    }
}

/// Names a type for people: as Arrow does, and a union by the types of its values.
#[must_use]
pub fn shown(data_type: &DataType) -> String {
    let DataType::Union(fields, _) = data_type else { return data_type.to_string() };
    let types = fields.iter().map(|(_, field)| field.data_type()).filter(|data_type| *data_type != &DataType::Null);
    types.map(shown).collect::<Vec<_>>().join(" or ")
}

/// Says what a column of a type holds: `texts (Utf8)`.
#[must_use]
pub fn content(data_type: &DataType) -> String {
    let values = match data_type {
        DataType::Union(_, _) => "values of several types",
        _ => Family::of(data_type).plural(),
    };
    format!("{values} ({})", shown(data_type))
}

/// What a name means.
enum Meaning {
    /// A test of the type.
    Simple(Fits),
    /// Exactly this type.
    Exactly(DataType),
    /// A decimal with this precision and scale.
    Decimal(u8, i8),
    /// Times with (true) or without a zone.
    Zoned(bool),
    /// A list of elements with a meaning.
    ListOf(Box<Meaning>),
}

type Fits = fn(&DataType) -> bool;

impl Meaning {
    fn holds(&self, data_type: &DataType) -> bool {
        match self {
            Self::Simple(fits) => fits(data_type),
            Self::Exactly(wanted) => data_type == wanted,
            Self::Decimal(precision, scale) => precision_and_scale(data_type) == Some((*precision, *scale)),
            Self::Zoned(zoned) => {
                matches!(data_type, DataType::Timestamp(_, zone) if zone.is_some() == *zoned)
            }
            Self::ListOf(element) => element_of(data_type).is_some_and(|data_type| element.holds(data_type)),
        }
    }
}

fn meaning(name: &str) -> Option<Meaning> {
    let name = name.trim().trim_start_matches(['<', '>', '|', '=']);
    if let Some(element) = name.strip_suffix("[]") {
        return Some(Meaning::ListOf(Box::new(meaning(element)?)));
    }
    let (base, parameters) = split_parameters(name);
    // the one name in which case tells two systems apart: pandas has it for times with a zone alone
    if base == "Timestamp" && parameters.is_none() {
        return Some(Meaning::Zoned(true));
    }
    let normal = normalized(&base);
    let fits =
        NAMES.iter().find(|(_, names)| split_names(names).any(|known| normalized(known) == normal)).map(|row| row.0);
    let Some(parameters) = parameters else {
        return fits.map(Meaning::Simple).or_else(|| name.parse().ok().map(Meaning::Exactly));
    };
    match normal.as_str() {
        "array" | "list" | "large list" => {
            let element = parameters.rsplit_once(": ").map_or(parameters.as_str(), |(_, element)| element);
            Some(Meaning::ListOf(Box::new(meaning(element)?)))
        }
        "datetime64" | "timestamp" | "m8" if !parameters.trim().bytes().all(|byte| byte.is_ascii_digit()) => {
            let zone = parameters.split_once(',').map(|(_, zone)| zone.trim());
            Some(Meaning::Zoned(zone.is_some_and(|zone| zone != "None")))
        }
        _ if fits.is_some_and(|fits| fits(&DataType::Decimal128(10, 2))) => {
            let (precision, scale) = parameters.split_once(',').unwrap_or((&parameters, "0"));
            Some(Meaning::Decimal(precision.trim().parse().ok()?, scale.trim().parse().ok()?))
        }
        _ => fits.map(Meaning::Simple).or_else(|| name.parse().ok().map(Meaning::Exactly)),
    }
}

/// Cuts a name into its words and what stands in brackets: `TIMESTAMP(6) WITH TIME ZONE` is `TIMESTAMP WITH TIME ZONE` with `6`.
fn split_parameters(name: &str) -> (String, Option<String>) {
    let open = name.find(['(', '[', '<']);
    let close = name.rfind([')', ']', '>']);
    let (words, parameters) = match (open, close) {
        (Some(open), Some(close)) if open < close => {
            (format!("{}{}", name[..open].trim_end(), &name[close + 1..]), Some(name[open + 1..close].to_owned()))
        }
        _ => (name.to_owned(), None),
    };
    let base = words.rsplit('.').next().unwrap_or_default().to_owned();
    (base, parameters.filter(|parameters| !parameters.trim().is_empty()))
}

fn split_names(names: &str) -> impl Iterator<Item = &str> {
    names.split('|').map(str::trim)
}

fn normalized(name: &str) -> String {
    name.to_lowercase().replace('_', " ").split_whitespace().collect::<Vec<_>>().join(" ")
}

fn element_of(data_type: &DataType) -> Option<&DataType> {
    match data_type {
        DataType::List(field)
        | DataType::LargeList(field)
        | DataType::FixedSizeList(field, _)
        | DataType::ListView(field)
        | DataType::LargeListView(field) => Some(field.data_type()),
        _ => None,
    }
}

fn precision_and_scale(data_type: &DataType) -> Option<(u8, i8)> {
    match data_type {
        DataType::Decimal32(precision, scale)
        | DataType::Decimal64(precision, scale)
        | DataType::Decimal128(precision, scale)
        | DataType::Decimal256(precision, scale) => Some((*precision, *scale)),
        _ => None,
    }
}

fn is_text(data_type: &DataType) -> bool {
    Family::of(data_type) == Family::Text
}

fn is_binary(data_type: &DataType) -> bool {
    Family::of(data_type) == Family::Binary
}

fn is_list(data_type: &DataType) -> bool {
    element_of(data_type).is_some()
}

fn is_record(data_type: &DataType) -> bool {
    matches!(data_type, DataType::Struct(_) | DataType::Map(_, _))
}

fn is_date(data_type: &DataType) -> bool {
    matches!(data_type, DataType::Date32 | DataType::Date64)
}

fn is_time_of_day(data_type: &DataType) -> bool {
    matches!(data_type, DataType::Time32(_) | DataType::Time64(_))
}

/// What a pandas column of Python objects can hold.
fn is_object(data_type: &DataType) -> bool {
    let is_value = is_text(data_type) || is_binary(data_type) || data_type.is_decimal();
    is_value || is_list(data_type) || is_record(data_type) || is_date(data_type) || is_time_of_day(data_type)
}

/// What each name can mean: the types that fit, and their names with `|` between. A name stands once.
const NAMES: &[(Fits, &str)] = &[
    (|t| t == &DataType::Null, "null | None | NoneType | NullType | VoidType | void"),
    (|t| t == &DataType::Boolean, "bool | boolean | BooleanType | BooleanDtype | BIT"),
    (|t| t == &DataType::Int8, "int8 | ByteType | TINYINT | Int8Dtype | byte"),
    (
        |t| t == &DataType::Int16,
        "int16 | ShortType | SMALLINT | SmallInteger | Int16Dtype | int2 | short | SMALLSERIAL",
    ),
    (|t| t == &DataType::Int32, "int32 | IntegerType | MEDIUMINT | Int32Dtype | int4 | intc | SERIAL"),
    (
        |t| t == &DataType::Int64,
        "int64 | long | LongType | BIGINT | BigInteger | Int64Dtype | intp | longlong | BIGSERIAL",
    ),
    // 32 bits in PostgreSQL, MySQL and Spark's SQL, 64 in Python and SQLite
    (|t| matches!(t, DataType::Int32 | DataType::Int64), "int | INTEGER"),
    (|t| t == &DataType::UInt8, "uint8 | UInt8Dtype | UTINYINT | ubyte"),
    (|t| t == &DataType::UInt16, "uint16 | UInt16Dtype | USMALLINT | ushort"),
    (|t| t == &DataType::UInt32, "uint32 | UInt32Dtype | UINTEGER | uintc"),
    (|t| t == &DataType::UInt64, "uint64 | UInt64Dtype | UBIGINT | uint | ulong"),
    (|t| t == &DataType::Float16, "float16 | half | halffloat"),
    (|t| t == &DataType::Float32, "float32 | FloatType | Float32Dtype | float4 | single"),
    (
        |t| t == &DataType::Float64,
        "float64 | double | DoubleType | DOUBLE PRECISION | Float64Dtype | float8 | BINARY_DOUBLE",
    ),
    // 32 bits in MySQL (FLOAT) and PostgreSQL (REAL), 64 in Python and SQLite
    (|t| matches!(t, DataType::Float32 | DataType::Float64), "float | REAL"),
    (
        |t| t.is_decimal(),
        "decimal | decimal32 | decimal64 | decimal128 | decimal256 | DecimalType | NUMERIC | BIGNUMERIC | DEC | \
         MONEY | SMALLMONEY",
    ),
    (|t| Family::of(t) == Family::Number, "number | NumericType"),
    (
        is_text,
        "str | string | string_types | StringType | StringDtype | VarcharType | CharType | TEXT | \
         VARCHAR | CHAR | CHARACTER | CHARACTER VARYING | NVARCHAR | NCHAR | NTEXT | VARCHAR2 | NVARCHAR2 | BPCHAR \
         | CITEXT | CLOB | NCLOB | TINYTEXT | MEDIUMTEXT | LONGTEXT | Unicode | UnicodeText | ENUM | utf8 | \
         large_utf8 | large_string | utf8_view | string_view | LargeUtf8 | Utf8View",
    ),
    // text, in pandas' narrow encoding
    (is_text, "category | CategoricalDtype | CategoricalDtypeType"),
    (
        is_binary,
        "bytes | bytearray | binary | BinaryType | VARBINARY | LargeBinary | large_binary | binary_view | \
         BinaryView | fixed_size_binary | BYTEA | BLOB | TINYBLOB | MEDIUMBLOB | LONGBLOB | RAW | IMAGE",
    ),
    (is_date, "date | DateType | date32 | date64"),
    (is_time_of_day, "time | time32 | time64 | TIME WITHOUT TIME ZONE"),
    (
        |t| matches!(t, DataType::Timestamp(_, None)),
        "datetime64 | M8 | TimestampNTZType | TIMESTAMP_NTZ | TIMESTAMP WITHOUT TIME ZONE | DATETIME2 | \
         SMALLDATETIME",
    ),
    (
        |t| matches!(t, DataType::Timestamp(_, Some(_))),
        "DatetimeTZDtype | DatetimeTZDtypeType | TIMESTAMPTZ | TIMESTAMP_TZ | TIMESTAMP_LTZ | TIMESTAMP WITH TIME \
         ZONE | TIMESTAMP WITH LOCAL TIME ZONE | DATETIMEOFFSET",
    ),
    (|t| matches!(t, DataType::Timestamp(_, _)), "timestamp | TimestampType | datetime"),
    (
        |t| matches!(t, DataType::Duration(_) | DataType::Interval(_)),
        "timedelta64 | timedelta | duration | interval | DayTimeIntervalType | YearMonthIntervalType",
    ),
    (is_list, "list | tuple | set | ndarray | array | ArrayType | large_list | REPEATED"),
    (is_record, "dict | struct | StructType | RECORD | ROW | map | MapType"),
    (is_object, "object | O"),
    (|t| is_text(t) || is_record(t) || is_list(t), "json | JSONB | VARIANT | VariantType | SUPER"),
    (|t| is_text(t) || matches!(t, DataType::FixedSizeBinary(16)), "uuid | UNIQUEIDENTIFIER"),
    // Arrow has no such type
    (|_| false, "complex | complex64 | complex128"),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::sync::Arc;

    use arrow::datatypes::{Field, TimeUnit, UnionFields, UnionMode};

    use super::*;

    const NAIVE: DataType = DataType::Timestamp(TimeUnit::Nanosecond, None);

    fn zoned() -> DataType {
        DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()))
    }

    fn list_of(element: DataType) -> DataType {
        DataType::List(Arc::new(Field::new("item", element, true)))
    }

    fn struct_of(child: DataType) -> DataType {
        DataType::Struct(vec![Field::new("a", child, true)].into())
    }

    #[test]
    fn types_are_named_in_words() {
        let field = |name, data_type| Field::new(name, data_type, true);
        let fields = [field("null", DataType::Null), field("long", DataType::Int64), field("string", DataType::Utf8)];
        let fields = UnionFields::try_new(0..3, fields).expect("three fields");
        let union = DataType::Union(fields, UnionMode::Dense);
        assert_eq!(content(&union), "values of several types (Int64 or Utf8)");
        assert_eq!(content(&DataType::Utf8), "texts (Utf8)");
    }

    #[test]
    fn a_name_stands_once() {
        let mut seen = BTreeSet::new();
        let names = NAMES.iter().flat_map(|(_, names)| split_names(names));
        let twice: Vec<&str> = names.filter(|name| !seen.insert(normalized(name))).collect();
        assert_eq!(twice, [""; 0]);
    }

    #[test]
    fn names_of_every_system_fit_the_types_that_it_gives_them() {
        let fitting: &[(&[&str], &[DataType])] = &[
            (&["int", "INTEGER", "Integer", "INT", "int_"], &[DataType::Int32, DataType::Int64]),
            (&["int64", "Int64", "long", "LongType", "BIGINT", "np.int64", "Int64Dtype()"], &[DataType::Int64]),
            (&["IntegerType", "IntegerType()", "pyspark.sql.types.IntegerType", "int32"], &[DataType::Int32]),
            (&["float", "FLOAT", "real"], &[DataType::Float32, DataType::Float64]),
            (&["FloatType", "float32"], &[DataType::Float32]),
            (&["double", "DOUBLE_PRECISION", "DOUBLE PRECISION", "DoubleType", "float64"], &[DataType::Float64]),
            (
                &[
                    "str",
                    "object",
                    "string",
                    "STRING",
                    "TEXT",
                    "VARCHAR",
                    "VARCHAR(20)",
                    "character varying(5)",
                    "Utf8",
                ],
                &[DataType::Utf8, DataType::LargeUtf8, DataType::Utf8View],
            ),
            (&["bool", "bool_", "BOOLEAN", "BooleanType", "boolean"], &[DataType::Boolean]),
            (&["datetime64", "datetime64[ns]", "<M8[ns]", "timestamp[us]", "TIMESTAMP_NTZ"], &[NAIVE]),
            (
                &["Timestamp", "pandas.Timestamp", "datetime64[ns, UTC]", "TIMESTAMPTZ", "TIMESTAMP(6) WITH TIME ZONE"],
                &[zoned()],
            ),
            (&["TIMESTAMP", "TimestampType", "datetime.datetime", "DATETIME", "TIMESTAMP(6)"], &[NAIVE, zoned()]),
            (&["date", "DateType", "datetime.date", "DATE"], &[DataType::Date32, DataType::Date64]),
            (
                &["bytes", "BYTEA", "BinaryType"],
                &[DataType::Binary, DataType::BinaryView, DataType::FixedSizeBinary(2)],
            ),
            (
                &[
                    "NUMERIC",
                    "decimal.Decimal",
                    "DECIMAL(10,2)",
                    "NUMERIC(10, 2)",
                    "DecimalType(10,2)",
                    "decimal128(10, 2)",
                ],
                &[DataType::Decimal128(10, 2), DataType::Decimal64(10, 2)],
            ),
            (&["NUMERIC(5)", "DECIMAL(5, 0)"], &[DataType::Decimal32(5, 0)]),
            (
                &["list", "numpy.ndarray", "ArrayType", "array<int>", "INTEGER[]", "list<item: int64>"],
                &[list_of(DataType::Int64)],
            ),
            (&["dict", "StructType", "STRUCT<a INT>", "object"], &[struct_of(DataType::Int64)]),
            (&["Decimal128(10, 2)"], &[DataType::Decimal128(10, 2)]),
            (&["Interval(YearMonth)"], &[DataType::Interval(arrow::datatypes::IntervalUnit::YearMonth)]),
        ];
        for (names, types) in fitting {
            for (name, data_type) in names.iter().flat_map(|name| types.iter().map(move |data_type| (name, data_type)))
            {
                assert_eq!(matches(name, data_type), Some(true), "`{name}` does not fit {data_type}");
            }
        }
    }

    #[test]
    fn names_do_not_fit_other_types() {
        let misfits = [
            ("string", DataType::Int64),
            ("object", DataType::Int64),
            ("str", DataType::Boolean),
            ("int", DataType::Float64),
            ("int", zoned()),
            ("IntegerType", DataType::Int64),
            ("LongType", DataType::Int32),
            ("FloatType", DataType::Float64),
            ("bool", DataType::Int64),
            ("datetime64[ns]", zoned()),
            ("Timestamp", NAIVE),
            ("DECIMAL(10,2)", DataType::Decimal128(10, 3)),
            ("array<int>", list_of(DataType::Utf8)),
            ("complex128", DataType::Float64),
            ("Int64", DataType::Int32),
        ];
        for (name, data_type) in misfits {
            assert_eq!(matches(name, &data_type), Some(false), "`{name}` fits {data_type}");
        }
    }

    #[test]
    fn a_column_without_a_type_fits_and_a_dictionary_is_its_values() {
        let dictionary = DataType::Dictionary(Box::new(DataType::Int8), Box::new(DataType::Utf8));
        assert_eq!(matches("str", &dictionary), Some(true));
        assert_eq!(matches("int", &dictionary), Some(false));
        assert_eq!(matches("int", &DataType::Null), Some(true));
    }

    #[test]
    fn an_unknown_name_is_answered_with_a_similar_one() {
        for name in ["IntegrType", "", "(", "DECIMAL(a)", "array<wat>", "[]", ")("] {
            assert_eq!(matches(name, &DataType::Int64), None, "`{name}` is known");
        }
        let problem = unknown_type("IntegrType");
        assert_eq!(problem.help.as_deref(), Some("a similar name exists: `IntegerType`"));
    }
}
