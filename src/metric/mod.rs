//! What can be computed of the data in one pass: metrics as data, and their mergeable states.
//!
//! The laws, which `tests/metric_laws.rs` holds every state to: `merge` is associative and commutative, the empty state is
//! its identity, and any split of the rows into batches and units gives the same value, bit for bit. That is why sums are
//! exact ([`exact`]) and why what depends on order carries positions ([`Position`]) instead of trusting the order in which
//! states meet.

pub mod ascending;
pub mod breach;
pub mod chunk;
pub mod count;
pub mod exact;
pub mod extremes;
pub mod frequency;
pub mod histogram;
pub mod kept;
pub mod marks;
pub mod moments;
pub mod order;
pub mod partitions;
pub mod quantile;
pub mod runs;
pub mod sample;

use std::fmt;

use crate::column::{Direction, Predicate};

/// Where a row lies: its unit and its number there, 0-based. Orders rows as the input does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// The unit.
    pub unit: u32,
    /// The row in the unit.
    pub row: u64,
}

/// What to compute. Told apart by its canonical text.
#[derive(Debug, Clone, PartialEq)]
pub enum Metric {
    /// The number of rows.
    Rows,
    /// How many rows are expected, unexpected and missing by a predicate.
    Tally {
        /// The predicate.
        predicate: Predicate,
    },
    /// Whether any row is unexpected by a predicate.
    Breach {
        /// The predicate.
        predicate: Predicate,
    },
    /// The first rows that are unexpected by a predicate, with the values of some columns.
    Sample {
        /// The predicate.
        predicate: Predicate,
        /// The columns or paths whose values are kept.
        show: Vec<String>,
        /// How many rows are kept; `None` for all.
        limit: Option<usize>,
        /// Rows from this position on are not wanted, though some of them may be kept.
        before: Option<Position>,
    },
    /// All rows that are unexpected by a predicate, by their places alone.
    Marks {
        /// The predicate.
        predicate: Predicate,
    },
    /// The least and the greatest value of a column.
    Extremes {
        /// The column.
        column: String,
    },
    /// Count and sum of a numeric column; its deviation as well where squares are asked for.
    Moments {
        /// The column.
        column: String,
        /// Sums of squares are not needed.
        sum_only: bool,
    },
    /// All values of a numeric or time column in order.
    Quantiles {
        /// The column.
        column: String,
    },
    /// How often each value occurs; each combination, for several columns.
    Frequencies {
        /// The columns.
        columns: Vec<String>,
    },
    /// How many distinct values a column has.
    Distinct {
        /// The column.
        column: String,
    },
    /// How often each value of a column occurs, where it has few of them; no value where it has more.
    FewValues {
        /// The column.
        column: String,
        /// How many distinct values are few.
        limit: u64,
    },
    /// Whether the rows ascend strictly by a key, none of it null: then no key occurs twice.
    Ascending {
        /// The columns of the key.
        columns: Vec<String>,
    },
    /// How many values of a numeric column lie between given edges: `edges[i] <= x < edges[i + 1]`, the last bin closed.
    Histogram {
        /// The column.
        column: String,
        /// The edges, ascending.
        edges: Vec<f64>,
    },
    /// The values that break the order of a column: each non-null value is held against the one before it.
    Order {
        /// The column.
        column: String,
        /// The order wanted.
        direction: Direction,
        /// Equal neighbours break it.
        strictly: bool,
        /// How many of the offending rows are kept; `None` for all.
        limit: Option<usize>,
        /// The columns whose values are kept with them.
        show: Vec<String>,
        /// All offending rows are marked as well.
        marks: bool,
    },
}

/// A metric over the rows for which a condition is true (all rows without one).
#[derive(Debug, Clone, PartialEq)]
pub struct MetricKey {
    /// What to compute.
    pub metric: Metric,
    /// Which rows count.
    pub condition: Option<Predicate>,
}

impl fmt::Display for MetricKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.metric)?;
        match &self.condition {
            Some(condition) => write!(f, " where {condition}"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Metric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let limit = |limit: &Option<usize>| limit.map_or("all".to_owned(), |limit| limit.to_string());
        match self {
            Self::Rows => f.write_str("rows()"),
            Self::Tally { predicate } => write!(f, "tally({predicate})"),
            Self::Breach { predicate } => write!(f, "breach({predicate})"),
            Self::Sample { predicate, show, limit: most, before } => {
                write!(f, "sample({predicate}, {show:?}, {}", limit(most))?;
                match before {
                    Some(before) => write!(f, ", before row {} of unit {})", before.row, before.unit),
                    None => f.write_str(")"),
                }
            }
            Self::Marks { predicate } => write!(f, "marks({predicate})"),
            Self::Extremes { column } => write!(f, "extremes({column:?})"),
            Self::Moments { column, sum_only: true } => write!(f, "sum({column:?})"),
            Self::Moments { column, sum_only: false } => write!(f, "moments({column:?})"),
            Self::Quantiles { column } => write!(f, "quantiles({column:?})"),
            Self::Frequencies { columns } => write!(f, "frequencies({columns:?})"),
            Self::Distinct { column } => write!(f, "distinct({column:?})"),
            Self::FewValues { column, limit } => write!(f, "few values({column:?}, {limit})"),
            Self::Ascending { columns } => write!(f, "ascending({columns:?})"),
            Self::Histogram { column, edges } => write!(f, "histogram({column:?}, {edges:?})"),
            Self::Order { column, direction, strictly, limit: most, show, marks } => {
                let marks = if *marks { ", marks" } else { "" };
                write!(f, "order({column:?}, {direction:?}, strictly: {strictly}, {show:?}, {}{marks})", limit(most))
            }
        }
    }
}
