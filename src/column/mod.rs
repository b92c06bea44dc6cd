//! Columns, and what can be asked of a row.
//!
//! Arrow types fall into families ([`Family`]) that behave alike: numbers, texts, times, booleans, binary, nested. A
//! [`Predicate`] is a question about a row as plain data; `evaluate` answers it over batches as three-valued [`Mask`]s, and
//! `test` holds the questions about one value. A [`Literal`] is a value that a suite spells, a [`Scalar`] one that the data
//! holds.

pub mod evaluate;
mod fit;
pub mod key;
mod literal;
pub(crate) mod mask;
pub(crate) mod moment;
pub mod path;
mod pattern;
mod predicate;
pub(crate) mod read;
mod scalar;
pub mod sql;
mod strptime;
mod test;
mod text;
mod time;
pub mod type_name;

use arrow::datatypes::DataType;

pub use literal::Literal;
pub use mask::Mask;
pub use predicate::{Bounds, Comparison, Format, IgnoreRowIf, Predicate, Test};
pub use scalar::Scalar;
pub(crate) use time::parse_duration as duration_nanoseconds;

/// Arrow types that behave alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// Integers, floats, decimals.
    Number,
    /// Utf8 in its three layouts.
    Text,
    /// Dates, times of day, timestamps, durations.
    Time,
    /// Booleans; they compare as 0 and 1.
    Boolean,
    /// Bytes in their layouts.
    Binary,
    /// Lists, structs, maps, unions.
    Nested,
    /// A column without values: Arrow's null type.
    Null,
}

/// The way in which a column is to be sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Each value at least the one before.
    Increasing,
    /// Each value at most the one before.
    Decreasing,
}

impl Family {
    /// Returns the family of a type; a dictionary's is that of its values.
    #[must_use]
    pub fn of(data_type: &DataType) -> Self {
        match data_type {
            DataType::Null => Self::Null,
            DataType::Boolean => Self::Boolean,
            DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => Self::Text,
            DataType::Binary | DataType::LargeBinary | DataType::BinaryView | DataType::FixedSizeBinary(_) => {
                Self::Binary
            }
            DataType::Date32
            | DataType::Date64
            | DataType::Time32(_)
            | DataType::Time64(_)
            | DataType::Timestamp(_, _)
            | DataType::Duration(_) => Self::Time,
            DataType::Dictionary(_, value) => Self::of(value),
            data_type if data_type.is_numeric() => Self::Number,
            _ => Self::Nested,
        }
    }

    /// Names the family for messages: `a column of numbers`.
    #[must_use]
    pub fn plural(self) -> &'static str {
        match self {
            Self::Number => "numbers",
            Self::Text => "texts",
            Self::Time => "times",
            Self::Boolean => "booleans",
            Self::Binary => "binary values",
            Self::Nested => "nested values",
            Self::Null => "nulls",
        }
    }
}
