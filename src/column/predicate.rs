//! What can be asked of a row, as plain data.
//!
//! A predicate says of each row (or list element) that it is expected, unexpected, or missing: neither. It is told apart
//! from others by its canonical text (its `Display`), so that two expectations that ask the same share one evaluation.
//! How it is evaluated over Arrow arrays is in `evaluate`.

use std::fmt;
use std::sync::Arc;

use super::key::KeySet;
use super::literal::Literal;

/// A question about a row with three possible answers: expected (true), unexpected (false), missing (null).
#[derive(Debug, Clone, PartialEq)]
pub enum Predicate {
    /// The same answer for every row.
    Constant(bool),
    /// A test of one column's value. Nulls, and NaN in float columns, are missing.
    Value {
        /// A column name or a path such as `customer.address.zip` or `items[].price`.
        column: String,
        /// The test.
        test: Test,
    },
    /// True where the column has no value (null, or NaN in float columns). Never missing itself.
    Null {
        /// A column name or path.
        column: String,
    },
    /// A comparison of two columns in the same row; null on either side gives missing.
    Compare {
        /// The column on the left.
        left: String,
        /// How they compare.
        operator: Comparison,
        /// The column on the right.
        right: String,
    },
    /// True where the values of two columns are one of these pairs; a null matches a null in a pair. Never missing.
    PairInSet {
        /// The first column.
        left: String,
        /// The second column.
        right: String,
        /// The pairs.
        pairs: Vec<(Literal, Literal)>,
    },
    /// True where no two of the columns hold the same value; two nulls are the same. Never missing.
    Distinct {
        /// The columns, two at least.
        columns: Vec<String>,
    },
    /// True where all columns hold the same value; nulls are the same as each other. Never missing.
    AllEqual {
        /// The columns, two at least.
        columns: Vec<String>,
    },
    /// True where the columns add up to the total, exactly as doubles do (whole numbers and decimals exactly).
    /// Null in any column gives false, not missing.
    SumEquals {
        /// The columns.
        columns: Vec<String>,
        /// The sum wanted.
        total: Literal,
    },
    /// True where the key that the columns form is in the set. A null is a value of its own in a key of several columns;
    /// in a key of one column it gives missing.
    KeyIn {
        /// The columns, in the order of the keys.
        columns: Vec<String>,
        /// The keys.
        keys: Arc<KeySet>,
    },
    /// The inner answer, with rows left out by which columns are null: those are missing. Where the inner answer is
    /// missing for a row that is not left out, it becomes unexpected.
    Ignoring {
        /// The columns that are looked at.
        columns: Vec<String>,
        /// Which rows are left out.
        rule: IgnoreRowIf,
        /// The question for the others.
        predicate: Box<Predicate>,
    },
    /// Row-wise SQL beyond the other forms: an expression of type boolean. NULL gives missing.
    Sql(String),
    /// True where all are; false where any is.
    And(Vec<Predicate>),
    /// True where any is; false where all are.
    Or(Vec<Predicate>),
    /// The opposite; missing stays missing.
    Not(Box<Predicate>),
}

/// How two values compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// `=`
    Equal,
    /// `<>`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
}

/// Which rows a rule over several columns leaves out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IgnoreRowIf {
    /// Those in which every column is null.
    AllMissing,
    /// Those in which any column is null.
    AnyMissing,
    /// None.
    Never,
}

/// What can be asked of one value that is not null. Evaluated once per distinct value where a column has a dictionary.
#[derive(Debug, Clone, PartialEq)]
pub enum Test {
    /// Between two bounds, inclusive unless strict. Columns of text compare by code point.
    Between(Bounds),
    /// Equal to one of these.
    InSet(Vec<Literal>),
    /// Equal to one of these, as SQL compares: texts are read as values of the column's type.
    OneOf(Vec<Literal>),
    /// Equal to none of these. Beside the opposite of [`Self::InSet`], a text in a column that would be of another type but
    /// for a few values does not comply where it is one of those few.
    NotInSet(Vec<Literal>),
    /// A boolean that is true.
    IsTrue,
    /// A match of the regular expression (Python's syntax) anywhere in the text. Other types are judged by their text.
    Regex(String),
    /// A match of the whole text with a SQL LIKE pattern.
    Like {
        /// `%` is any text, `_` any one character.
        pattern: String,
        /// The character that makes the next one literal.
        escape: Option<char>,
    },
    /// Length in Unicode code points (bytes for binary, elements for lists) between two bounds.
    Length(Bounds),
    /// The whole text follows the `strptime` format, with Python's directives.
    Strftime(String),
    /// The text is a date or time that Python's `dateutil` can parse.
    Dateutil,
    /// The text is JSON.
    Json,
    /// The text is JSON and valid against this JSON Schema (its canonical text).
    JsonSchema(String),
    /// The text is of a well-known format.
    Format(Format),
    /// The text starts with this.
    StartsWith(String),
    /// The text ends with this.
    EndsWith(String),
    /// The text contains this.
    Contains(String),
}

/// Two bounds, of which either may be open.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Bounds {
    /// The lower bound.
    pub min: Option<Literal>,
    /// The upper bound.
    pub max: Option<Literal>,
    /// The lower bound itself does not comply.
    pub strict_min: bool,
    /// The upper bound itself does not comply.
    pub strict_max: bool,
}

/// A well-known format of texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// RFC 9562, hyphenated or not, in either case, braces and `urn:uuid:` allowed.
    Uuid,
    /// RFC 5321 address without display name, whose domain has a dot or stands in brackets.
    Email,
    /// Absolute URL with a scheme and a host, after WHATWG.
    Url,
    /// IPv4 or IPv6 address.
    Ip,
    /// IPv4 address.
    Ipv4,
    /// IPv6 address.
    Ipv6,
    /// ISO 3166-1 alpha-2 or alpha-3 code, in upper case.
    Country,
    /// ISO 3166-1 alpha-2 code, in upper case.
    CountryAlpha2,
    /// ISO 3166-1 alpha-3 code, in upper case.
    CountryAlpha3,
    /// ISO 4217 alphabetic code, in upper case.
    Currency,
    /// No white space (Unicode `White_Space`) at either end.
    Trimmed,
}

impl Test {
    /// Tells whether this asks how a value is written.
    pub(crate) fn is_about_texts(&self) -> bool {
        match self {
            Self::Between(_) | Self::InSet(_) | Self::OneOf(_) | Self::NotInSet(_) | Self::IsTrue => false,
            Self::Regex(_)
            | Self::Like { .. }
            | Self::Length(_)
            | Self::Strftime(_)
            | Self::Dateutil
            | Self::Json
            | Self::JsonSchema(_)
            | Self::Format(_)
            | Self::StartsWith(_)
            | Self::EndsWith(_)
            | Self::Contains(_) => true,
        }
    }
}

impl Predicate {
    /// A test of one column.
    #[must_use]
    pub fn value(column: impl Into<String>, test: Test) -> Self {
        Self::Value { column: column.into(), test }
    }

    /// True where the column has a value.
    #[must_use]
    pub fn not_null(column: impl Into<String>) -> Self {
        Self::Null { column: column.into() }.negated()
    }

    /// Tells whether everything that this asks of a column is about texts.
    #[must_use]
    pub(crate) fn is_about_texts_of(&self, name: &str) -> bool {
        match self {
            Self::Value { column, test } => column == name && test.is_about_texts(),
            Self::And(parts) | Self::Or(parts) => {
                !parts.is_empty() && parts.iter().all(|part| part.is_about_texts_of(name))
            }
            Self::Not(inner) => inner.is_about_texts_of(name),
            _ => false,
        }
    }

    /// Tells whether SQL is part of it, which may fail on some rows.
    pub(crate) fn has_sql(&self) -> bool {
        match self {
            Self::Sql(_) => true,
            Self::And(parts) | Self::Or(parts) => parts.iter().any(Self::has_sql),
            Self::Not(inner) | Self::Ignoring { predicate: inner, .. } => inner.has_sql(),
            _ => false,
        }
    }

    /// The opposite, without doubled negations.
    #[must_use]
    pub fn negated(self) -> Self {
        match self {
            Self::Not(inner) => *inner,
            Self::Constant(value) => Self::Constant(!value),
            other => Self::Not(Box::new(other)),
        }
    }
}

/// Writes a column name as SQL quotes it.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn quoted_list(names: &[String]) -> String {
    names.iter().map(|name| quoted(name)).collect::<Vec<_>>().join(", ")
}

impl fmt::Display for Predicate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Constant(value) => write!(f, "{value}"),
            Self::Value { column, test } => write!(f, "{} {test}", quoted(column)),
            Self::Null { column } => write!(f, "{} is null", quoted(column)),
            Self::Compare { left, operator, right } => write!(f, "{} {operator} {}", quoted(left), quoted(right)),
            Self::PairInSet { left, right, pairs } => {
                write!(f, "({}, {}) in (", quoted(left), quoted(right))?;
                for (index, (a, b)) in pairs.iter().enumerate() {
                    if index > 0 {
                        f.write_str(", ")?;
                    }
                    write!(f, "({a}, {b})")?;
                }
                f.write_str(")")
            }
            Self::Distinct { columns } => write!(f, "distinct({})", quoted_list(columns)),
            Self::AllEqual { columns } => write!(f, "all_equal({})", quoted_list(columns)),
            Self::SumEquals { columns, total } => write!(f, "sum({}) = {total}", quoted_list(columns)),
            Self::KeyIn { columns, keys } => write!(f, "({}) in {}", quoted_list(columns), keys.name()),
            Self::Ignoring { columns, rule, predicate } => {
                let rule = match rule {
                    IgnoreRowIf::AllMissing => "all",
                    IgnoreRowIf::AnyMissing => "any",
                    IgnoreRowIf::Never => "never",
                };
                write!(f, "ignoring({rule}, {}, {predicate})", quoted_list(columns))
            }
            Self::Sql(text) => write!(f, "sql({text})"),
            Self::And(parts) => write_joined(f, parts, " and "),
            Self::Or(parts) => write_joined(f, parts, " or "),
            Self::Not(inner) => write!(f, "not ({inner})"),
        }
    }
}

fn write_joined(f: &mut fmt::Formatter<'_>, parts: &[Predicate], word: &str) -> fmt::Result {
    f.write_str("(")?;
    for (index, part) in parts.iter().enumerate() {
        if index > 0 {
            f.write_str(word)?;
        }
        write!(f, "{part}")?;
    }
    f.write_str(")")
}

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Equal => "=",
            Self::NotEqual => "<>",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
        })
    }
}

impl fmt::Display for Bounds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.strict_min { "(" } else { "[" })?;
        if let Some(min) = &self.min {
            write!(f, "{min}")?;
        }
        f.write_str(", ")?;
        if let Some(max) = &self.max {
            write!(f, "{max}")?;
        }
        f.write_str(if self.strict_max { ")" } else { "]" })
    }
}

fn write_set(f: &mut fmt::Formatter<'_>, relation: &str, set: &[Literal]) -> fmt::Result {
    write!(f, "{relation} [")?;
    for (index, literal) in set.iter().enumerate() {
        let comma = if index == 0 { "" } else { ", " };
        write!(f, "{comma}{literal}")?;
    }
    f.write_str("]")
}

impl fmt::Display for Test {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = |text: &str| serde_json::Value::from(text).to_string();
        match self {
            Self::Between(bounds) => write!(f, "between {bounds}"),
            Self::InSet(set) => write_set(f, "in", set),
            Self::OneOf(set) => write_set(f, "one of", set),
            Self::IsTrue => f.write_str("is true"),
            Self::NotInSet(set) => write_set(f, "not in", set),
            Self::Regex(pattern) => write!(f, "matches {}", text(pattern)),
            Self::Like { pattern, escape: None } => write!(f, "like {}", text(pattern)),
            Self::Like { pattern, escape: Some(escape) } => write!(f, "like {} escape {escape:?}", text(pattern)),
            Self::Length(bounds) => write!(f, "length in {bounds}"),
            Self::Strftime(format) => write!(f, "strftime {}", text(format)),
            Self::Dateutil => f.write_str("is dateutil"),
            Self::Json => f.write_str("is json"),
            Self::JsonSchema(schema) => write!(f, "valid against {schema}"),
            Self::Format(format) => write!(f, "is {}", format!("{format:?}").to_lowercase()),
            Self::StartsWith(prefix) => write!(f, "starts with {}", text(prefix)),
            Self::EndsWith(suffix) => write!(f, "ends with {}", text(suffix)),
            Self::Contains(part) => write!(f, "contains {}", text(part)),
        }
    }
}
