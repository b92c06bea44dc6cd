//! `expect_column_values_to_exist_in_other_dataset`.

use schemars::JsonSchema;
use serde::Deserialize;

use super::super::judge::{self, Mostly, RowQuestion, Shape};
use super::super::keys::Keys;
use super::super::{Expectation, Inquiry, Stop};
use super::{Check, Words};
use crate::column::{IgnoreRowIf, Predicate};
use crate::verdict::Outcome;
use crate::words::Kwargs;

/// Expects every value of a column, or of several together, to occur in another dataset: referential integrity.
///
/// Keys are compared by value: numbers of different types are equal where their values are.
///
/// ## Parameters
/// - `column`, `column_list`: the column, or the columns of a compound key. One of the two is given.
/// - `other_dataset`: the other dataset: a file, folder or pattern, as on the command line.
/// - `other_column`, `other_column_list`: the columns there, in the same order. Default: those of the same names.
/// - `mostly`: the fraction, 0 to 1, of the rows with a whole key that must comply. Default: 1.
///
/// ## Nulls, NaN and empty data
/// A row with a null in its key, or NaN in a float column, is counted in `missing_count` and judged neither way. With
/// no other row the status is `vacuous`. In an empty other dataset nothing occurs.
///
/// ## Metrics
/// The distinct keys of the other dataset, and a tally of the rows by them, in several passes over the data where the keys do
/// not fit into memory at once.
///
/// ## Example
/// ```yaml
/// - expect_column_values_to_exist_in_other_dataset:
///     column: customer_id
///     other_dataset: customers.parquet
///     other_column: id
/// ```
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ColumnValuesToExistInOtherDataset {
    /// The column, or a path into nested ones.
    #[serde(default)]
    column: Option<String>,
    /// The columns of a compound key.
    #[serde(default)]
    column_list: Option<Vec<String>>,
    /// The other dataset, as on the command line.
    other_dataset: String,
    /// The column there.
    #[serde(default)]
    other_column: Option<String>,
    /// The columns there, in the same order.
    #[serde(default)]
    other_column_list: Option<Vec<String>>,
    /// The fraction of the rows with a whole key that must comply.
    #[serde(default)]
    mostly: Mostly,
}

impl Words for ColumnValuesToExistInOtherDataset {
    fn words(kwargs: Kwargs<'_>) -> Option<String> {
        let (own, other) = (kwargs.column().or_else(|| kwargs.columns())?, kwargs.name("other_dataset")?);
        Some(match kwargs.name("other_column").or_else(|| kwargs.name("other_column_list")) {
            Some(there) => format!("{own} occurs in {there} of {other}"),
            None => format!("{own} occurs in {other}"),
        })
    }
}

impl Check for ColumnValuesToExistInOtherDataset {
    fn check(&self) -> Result<(), (&'static str, String)> {
        if self.column.is_some() == self.column_list.is_some() {
            return Err(("column", "exactly one of `column` and `column_list` is to be given".to_owned()));
        }
        if self.other_column.is_some() && self.other_column_list.is_some() {
            return Err((
                "other_column",
                "only one of `other_column` and `other_column_list` is to be given".to_owned(),
            ));
        }
        let (here, there) = (self.columns().len(), self.other_columns().len());
        if here == 0 {
            return Err(("column_list", "`column_list` is empty, expected at least one".to_owned()));
        }
        if here != there {
            let parameter = if self.other_column.is_some() { "other_column" } else { "other_column_list" };
            return Err((parameter, format!("`{parameter}` names {there} columns, the key has {here}")));
        }
        Ok(())
    }
}

impl Expectation for ColumnValuesToExistInOtherDataset {
    fn judge(&self, data: &mut Inquiry<'_>) -> Result<Outcome, Stop> {
        let columns = self.columns();
        let (other, other_columns) = (&self.other_dataset, self.other_columns());
        data.foretell("to look the rows up among the keys of the other dataset", &columns);
        let frequencies = data.elsewhere(other, |data| data.key_frequencies(&other_columns, None));
        let frequencies = frequencies.map_err(|stop| stop.at("other_dataset"))?;
        let keys = Keys::all(data, frequencies, format!("{other_columns:?} of {other:?}"));
        keys.judge(data, |keys| {
            let predicate = Predicate::KeyIn { columns: columns.clone(), keys };
            match columns.as_slice() {
                [column] => RowQuestion::about(column, predicate, self.mostly),
                _ => judge::about_columns(&columns, IgnoreRowIf::AnyMissing, predicate, Shape::Record, self.mostly),
            }
        })
    }
}

impl ColumnValuesToExistInOtherDataset {
    fn columns(&self) -> Vec<String> {
        self.column.iter().chain(self.column_list.iter().flatten()).cloned().collect()
    }

    fn other_columns(&self) -> Vec<String> {
        if self.other_column.is_none() && self.other_column_list.is_none() {
            return self.columns();
        }
        self.other_column.iter().chain(self.other_column_list.iter().flatten()).cloned().collect()
    }
}
