//! `expect_column_values_to_be_in_type_list`.

use schemars::JsonSchema;
use serde::Deserialize;

use super::super::judge::{self, Mostly};
use super::super::{Expectation, Inquiry, Stop};
use super::{Check, Words};
use crate::verdict::Outcome;
use crate::words::Kwargs;

/// Expects a column to have one of several types.
///
/// ## Parameters
/// - `column`: the column, or a path such as `customer.address.zip` or `items[].price`.
/// - `type_list`: the names of the types; null if any will do. A name is one of Arrow, NumPy, pandas, Python, Spark or
///   SQL; it fits every type that one of them gives it: `INTEGER` has 32 or 64 bits, `IntegerType` 32, `VARCHAR(20)` is
///   any text. Case makes no difference, but for `Timestamp`, which is pandas' name for times with a zone.
/// - `mostly`: makes no difference, as all values of a column have its type.
///
/// ## Nulls, NaN and empty data
/// The type is that of the schema: values are not looked at, and empty data has a type as well. A column without a
/// type, in which a source found nothing but nulls, fits every name.
///
/// ## Metrics
/// None: the schema is enough. `observed_value` is the name of the column's Arrow type.
///
/// ## Example
/// ```yaml
/// - expect_column_values_to_be_in_type_list: {column: amount, type_list: [FloatType, DoubleType, NUMERIC]}
/// ```
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ColumnValuesToBeInTypeList {
    /// The column, or a path into nested ones.
    column: String,
    /// The names of the types.
    #[serde(default)]
    type_list: Option<Vec<String>>,
    /// Accepted for the sake of suites that have it.
    #[serde(default, rename = "mostly")]
    _mostly: Mostly,
}

impl Words for ColumnValuesToBeInTypeList {
    fn words(kwargs: Kwargs<'_>) -> Option<String> {
        Some(match kwargs.name("type_list") {
            Some(types) => format!("{} is of one of the types {types}", kwargs.column()?),
            None => format!("{} is of type any", kwargs.column()?),
        })
    }
}

impl Check for ColumnValuesToBeInTypeList {}

impl Expectation for ColumnValuesToBeInTypeList {
    fn judge(&self, data: &mut Inquiry<'_>) -> Result<Outcome, Stop> {
        judge::typed(data, &self.column, self.type_list.as_deref(), "type_list")
    }
}
