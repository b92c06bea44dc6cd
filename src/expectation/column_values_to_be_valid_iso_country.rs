//! `expect_column_values_to_be_valid_iso_country`.

use schemars::JsonSchema;
use serde::Deserialize;

use super::super::map::column_map;
use super::{Check, Words};
use crate::column::{Format, Predicate, Test};
use crate::words::Kwargs;

column_map! {
    /// Expects every non-null text of a column to be a country code of ISO 3166-1.
    ///
    /// Codes are in upper case.
    ///
    /// ## Parameters
    /// - `column`: the column, or a path such as `customer.address.zip` or `items[].price`.
    /// - `code`: `alpha-2` for codes such as `DE`, `alpha-3` for codes such as `DEU`. Default: either.
    /// - `mostly`: the fraction, 0 to 1, of non-null values that must comply. Default: 1.
    ///
    /// ## Nulls, NaN and empty data
    /// Nulls, and NaN in float columns, are counted in `missing_count` and judged neither way. With no other value the
    /// status is `vacuous`.
    ///
    /// ## Metrics
    /// A tally of the column's values by the format, once per dictionary value where the column has a dictionary.
    ///
    /// ## Example
    /// ```yaml
    /// - expect_column_values_to_be_valid_iso_country: {column: country, code: alpha-2}
    /// ```
    pub struct ColumnValuesToBeValidIsoCountry {
        /// The kind of code; either if not given.
        #[serde(default)]
        code: Option<Code>,
    }
}

/// A kind of country code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum Code {
    /// Two letters.
    #[serde(rename = "alpha-2")]
    Alpha2,
    /// Three letters.
    #[serde(rename = "alpha-3")]
    Alpha3,
}

impl Words for ColumnValuesToBeValidIsoCountry {
    fn words(kwargs: Kwargs<'_>) -> Option<String> {
        Some(match kwargs.text("code") {
            Some(code) => format!("{} is an {code} country code (ISO 3166)", kwargs.column()?),
            None => format!("{} is a country code (ISO 3166)", kwargs.column()?),
        })
    }
}

impl Check for ColumnValuesToBeValidIsoCountry {}

impl ColumnValuesToBeValidIsoCountry {
    fn predicate(&self) -> Predicate {
        let format = match self.code {
            Some(Code::Alpha2) => Format::CountryAlpha2,
            Some(Code::Alpha3) => Format::CountryAlpha3,
            None => Format::Country,
        };
        Predicate::value(&self.column, Test::Format(format))
    }
}
