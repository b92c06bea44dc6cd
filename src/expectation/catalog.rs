//! The list of expectations, in documentation order. Adding one is a line here, its file and its case file.

use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::DeserializeOwned;

use super::Expectation;
use crate::document::{Fault, Node};
use crate::words::Kwargs;

/// Reads the parameters of an expectation.
type ReadParameters = fn(&Node) -> Result<Box<dyn Expectation>, Vec<Fault>>;

/// What the catalogue knows of an expectation.
#[derive(Clone, Copy)]
pub struct Entry {
    /// The name in suites: `expect_column_values_to_be_between`.
    pub name: &'static str,
    /// What it is about, as the list of expectations is divided: `aggregates of a column`.
    pub group: &'static str,
    /// The file's source text, whose doc comment is the manual.
    source: &'static str,
    read: ReadParameters,
    schema: fn(&mut SchemaGenerator) -> Schema,
    words: fn(Kwargs<'_>) -> Option<String>,
}

impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Entry").field(&self.name).finish()
    }
}

impl Entry {
    const fn new<E: Expectation + DeserializeOwned + JsonSchema + Check + Words + 'static>(
        name: &'static str,
        group: &'static str,
        source: &'static str,
    ) -> Self {
        Self { name, group, source, read: read::<E>, schema: |generator| E::json_schema(generator), words: E::words }
    }

    /// Reads the parameters (GX's `kwargs`, without what belongs to the envelope).
    ///
    /// # Errors
    /// Every fault: unknown and missing keys, values of the wrong type or out of range.
    pub fn read(&self, kwargs: &Node) -> Result<Box<dyn Expectation>, Vec<Fault>> {
        (self.read)(kwargs)
    }

    /// Returns the JSON Schema of the parameters.
    pub fn schema(&self, generator: &mut SchemaGenerator) -> Schema {
        (self.schema)(generator)
    }

    /// Says what an expectation with these parameters demands, `mostly` and `row_condition` aside; `None` where the
    /// parameters do not suffice to form the sentence.
    #[must_use]
    pub fn words(&self, kwargs: Kwargs<'_>) -> Option<String> {
        (self.words)(kwargs)
    }

    /// Returns the manual: the doc comment of the parameters' type, Markdown.
    #[must_use]
    pub fn manual(&self) -> String {
        let lines = self.source.lines().map(str::trim_start);
        let lines = lines.skip_while(|line| !line.starts_with("/// ")).take_while(|line| line.starts_with("///"));
        lines
            .map(|line| line.trim_start_matches("///").strip_prefix(' ').unwrap_or_default())
            .collect::<Vec<_>>()
            .join("\n")
    }

    /// Returns the first sentence of the manual.
    #[must_use]
    pub fn summary(&self) -> String {
        let manual = self.manual();
        manual.split("\n\n").next().unwrap_or_default().replace('\n', " ")
    }
}

/// What the types of the parameters cannot say: which combinations make sense.
pub trait Check {
    /// Checks the parameters against each other, before any data is read.
    ///
    /// # Errors
    /// The parameter that is at fault, and what is wrong with it.
    fn check(&self) -> Result<(), (&'static str, String)> {
        Ok(())
    }
}

/// How people are told what an expectation demands.
pub trait Words {
    /// Forms the sentence of [`Entry::words`].
    fn words(kwargs: Kwargs<'_>) -> Option<String>;
}

fn read<E: Expectation + DeserializeOwned + Check + 'static>(
    kwargs: &Node,
) -> Result<Box<dyn Expectation>, Vec<Fault>> {
    let expectation: E = kwargs.read()?;
    expectation.check().map_err(|(key, message)| {
        let span = kwargs.get(key).map_or(kwargs.span, |node| node.span);
        vec![Fault { code: "wrong-value", message, span, help: None }]
    })?;
    Ok(Box::new(expectation))
}

/// Returns the expectation with this name.
#[must_use]
pub fn find(name: &str) -> Option<&'static Entry> {
    CATALOG.iter().find(|entry| entry.name == name)
}

/// Returns the expectation whose name a misspelt one is meant to be, where one is near enough: a few letters differ, or it is
/// the only one that has all its words in their order.
#[must_use]
pub fn nearest(name: &str) -> Option<&'static Entry> {
    let letters = letters(name);
    let distance = |entry: &Entry| strsim::damerau_levenshtein(&letters, &self::letters(entry.name));
    let near = CATALOG.iter().map(|entry| (distance(entry), entry)).min_by_key(|(distance, _)| *distance);
    match near.filter(|(distance, _)| *distance <= 1 + letters.len() / 8) {
        Some((_, entry)) => Some(entry),
        None => match containing(name).as_slice() {
            [only] => Some(only),
            _ => None,
        },
    }
}

/// Returns the expectations whose names contain a text; where there are none, those that have all its words in their order,
/// whatever stands between: `not_null` is in `expect_column_values_to_not_be_null`.
#[must_use]
pub fn containing(text: &str) -> Vec<&'static Entry> {
    let text = text.to_lowercase().replace(['-', ' '], "_");
    let plainly: Vec<_> = CATALOG.iter().filter(|entry| entry.name.contains(&text)).collect();
    if !plainly.is_empty() {
        return plainly;
    }
    let has_words = |entry: &&Entry| {
        let mut words = entry.name.split('_');
        text.split('_').all(|wanted| words.any(|word| word == wanted))
    };
    CATALOG.iter().filter(has_words).collect()
}

/// Returns the letters that tell a name from others.
fn letters(name: &str) -> String {
    let name = name.to_lowercase().replace('_', "");
    let name = name.strip_prefix("expect").unwrap_or(&name);
    name.strip_prefix("column").unwrap_or(name).to_owned()
}

/// Declares the modules of the expectations and lists them by groups. A line is: file, module, type, name in suites.
macro_rules! catalog {
    ($($group:literal { $($file:literal $module:ident $type:ident $name:literal,)* })*) => {
        $($(
            #[path = $file]
            mod $module;
        )*)*

        /// Every expectation, in documentation order.
        pub const CATALOG: &[Entry] = &[$($(Entry::new::<$module::$type>($name, $group, include_str!($file)),)*)*];
    };
}

catalog! {
    "values of a column" {
        "column_values_to_not_be_null.rs" column_values_to_not_be_null ColumnValuesToNotBeNull "expect_column_values_to_not_be_null",
        "column_values_to_be_null.rs" column_values_to_be_null ColumnValuesToBeNull "expect_column_values_to_be_null",
        "column_values_to_be_unique.rs" column_values_to_be_unique ColumnValuesToBeUnique "expect_column_values_to_be_unique",
        "column_values_to_be_in_set.rs" column_values_to_be_in_set ColumnValuesToBeInSet "expect_column_values_to_be_in_set",
        "column_values_to_not_be_in_set.rs" column_values_to_not_be_in_set ColumnValuesToNotBeInSet "expect_column_values_to_not_be_in_set",
        "column_values_to_be_between.rs" column_values_to_be_between ColumnValuesToBeBetween "expect_column_values_to_be_between",
        "column_values_to_be_increasing.rs" column_values_to_be_increasing ColumnValuesToBeIncreasing "expect_column_values_to_be_increasing",
        "column_values_to_be_decreasing.rs" column_values_to_be_decreasing ColumnValuesToBeDecreasing "expect_column_values_to_be_decreasing",
        "column_values_to_not_be_in_future.rs" column_values_to_not_be_in_future ColumnValuesToNotBeInFuture "expect_column_values_to_not_be_in_future",
        "column_values_to_exist_in_other_dataset.rs" column_values_to_exist_in_other_dataset ColumnValuesToExistInOtherDataset "expect_column_values_to_exist_in_other_dataset",
        "column_values_to_not_be_outliers.rs" column_values_to_not_be_outliers ColumnValuesToNotBeOutliers "expect_column_values_to_not_be_outliers",
        "column_value_z_scores_to_be_less_than.rs" column_value_z_scores_to_be_less_than ColumnValueZScoresToBeLessThan "expect_column_value_z_scores_to_be_less_than",
    }
    "texts of a column" {
        "column_value_lengths_to_be_between.rs" column_value_lengths_to_be_between ColumnValueLengthsToBeBetween "expect_column_value_lengths_to_be_between",
        "column_value_lengths_to_equal.rs" column_value_lengths_to_equal ColumnValueLengthsToEqual "expect_column_value_lengths_to_equal",
        "column_values_to_match_regex.rs" column_values_to_match_regex ColumnValuesToMatchRegex "expect_column_values_to_match_regex",
        "column_values_to_not_match_regex.rs" column_values_to_not_match_regex ColumnValuesToNotMatchRegex "expect_column_values_to_not_match_regex",
        "column_values_to_match_regex_list.rs" column_values_to_match_regex_list ColumnValuesToMatchRegexList "expect_column_values_to_match_regex_list",
        "column_values_to_not_match_regex_list.rs" column_values_to_not_match_regex_list ColumnValuesToNotMatchRegexList "expect_column_values_to_not_match_regex_list",
        "column_values_to_match_like_pattern.rs" column_values_to_match_like_pattern ColumnValuesToMatchLikePattern "expect_column_values_to_match_like_pattern",
        "column_values_to_not_match_like_pattern.rs" column_values_to_not_match_like_pattern ColumnValuesToNotMatchLikePattern "expect_column_values_to_not_match_like_pattern",
        "column_values_to_match_like_pattern_list.rs" column_values_to_match_like_pattern_list ColumnValuesToMatchLikePatternList "expect_column_values_to_match_like_pattern_list",
        "column_values_to_not_match_like_pattern_list.rs" column_values_to_not_match_like_pattern_list ColumnValuesToNotMatchLikePatternList "expect_column_values_to_not_match_like_pattern_list",
        "column_values_to_match_strftime_format.rs" column_values_to_match_strftime_format ColumnValuesToMatchStrftimeFormat "expect_column_values_to_match_strftime_format",
        "column_values_to_be_dateutil_parseable.rs" column_values_to_be_dateutil_parseable ColumnValuesToBeDateutilParseable "expect_column_values_to_be_dateutil_parseable",
        "column_values_to_be_json_parseable.rs" column_values_to_be_json_parseable ColumnValuesToBeJsonParseable "expect_column_values_to_be_json_parseable",
        "column_values_to_match_json_schema.rs" column_values_to_match_json_schema ColumnValuesToMatchJsonSchema "expect_column_values_to_match_json_schema",
        "column_values_to_be_valid_uuid.rs" column_values_to_be_valid_uuid ColumnValuesToBeValidUuid "expect_column_values_to_be_valid_uuid",
        "column_values_to_be_valid_email.rs" column_values_to_be_valid_email ColumnValuesToBeValidEmail "expect_column_values_to_be_valid_email",
        "column_values_to_be_valid_url.rs" column_values_to_be_valid_url ColumnValuesToBeValidUrl "expect_column_values_to_be_valid_url",
        "column_values_to_be_valid_ip.rs" column_values_to_be_valid_ip ColumnValuesToBeValidIp "expect_column_values_to_be_valid_ip",
        "column_values_to_be_valid_iso_country.rs" column_values_to_be_valid_iso_country ColumnValuesToBeValidIsoCountry "expect_column_values_to_be_valid_iso_country",
        "column_values_to_be_valid_iso_currency.rs" column_values_to_be_valid_iso_currency ColumnValuesToBeValidIsoCurrency "expect_column_values_to_be_valid_iso_currency",
        "column_values_to_not_have_surrounding_whitespace.rs" column_values_to_not_have_surrounding_whitespace ColumnValuesToNotHaveSurroundingWhitespace "expect_column_values_to_not_have_surrounding_whitespace",
    }
    "type of a column" {
        "column_to_exist.rs" column_to_exist ColumnToExist "expect_column_to_exist",
        "column_type_to_be.rs" column_type_to_be ColumnTypeToBe "expect_column_type_to_be",
        "column_values_to_be_of_type.rs" column_values_to_be_of_type ColumnValuesToBeOfType "expect_column_values_to_be_of_type",
        "column_values_to_be_in_type_list.rs" column_values_to_be_in_type_list ColumnValuesToBeInTypeList "expect_column_values_to_be_in_type_list",
    }
    "several columns of a row" {
        "column_pair_values_to_be_equal.rs" column_pair_values_to_be_equal ColumnPairValuesToBeEqual "expect_column_pair_values_to_be_equal",
        "column_pair_values_a_to_be_greater_than_b.rs" column_pair_values_a_to_be_greater_than_b ColumnPairValuesAToBeGreaterThanB "expect_column_pair_values_a_to_be_greater_than_b",
        "column_pair_values_to_be_in_set.rs" column_pair_values_to_be_in_set ColumnPairValuesToBeInSet "expect_column_pair_values_to_be_in_set",
        "multicolumn_values_to_be_equal.rs" multicolumn_values_to_be_equal MulticolumnValuesToBeEqual "expect_multicolumn_values_to_be_equal",
        "multicolumn_sum_to_equal.rs" multicolumn_sum_to_equal MulticolumnSumToEqual "expect_multicolumn_sum_to_equal",
        "select_column_values_to_be_unique_within_record.rs" select_column_values_to_be_unique_within_record SelectColumnValuesToBeUniqueWithinRecord "expect_select_column_values_to_be_unique_within_record",
        "compound_columns_to_be_unique.rs" compound_columns_to_be_unique CompoundColumnsToBeUnique "expect_compound_columns_to_be_unique",
        "row_to_satisfy.rs" row_to_satisfy RowToSatisfy "expect_row_to_satisfy",
    }
    "aggregates of a column" {
        "column_min_to_be_between.rs" column_min_to_be_between ColumnMinToBeBetween "expect_column_min_to_be_between",
        "column_max_to_be_between.rs" column_max_to_be_between ColumnMaxToBeBetween "expect_column_max_to_be_between",
        "column_mean_to_be_between.rs" column_mean_to_be_between ColumnMeanToBeBetween "expect_column_mean_to_be_between",
        "column_median_to_be_between.rs" column_median_to_be_between ColumnMedianToBeBetween "expect_column_median_to_be_between",
        "column_quantile_values_to_be_between.rs" column_quantile_values_to_be_between ColumnQuantileValuesToBeBetween "expect_column_quantile_values_to_be_between",
        "column_stdev_to_be_between.rs" column_stdev_to_be_between ColumnStdevToBeBetween "expect_column_stdev_to_be_between",
        "column_sum_to_be_between.rs" column_sum_to_be_between ColumnSumToBeBetween "expect_column_sum_to_be_between",
        "column_max_to_be_within_duration_of_now.rs" column_max_to_be_within_duration_of_now ColumnMaxToBeWithinDurationOfNow "expect_column_max_to_be_within_duration_of_now",
        "column_proportion_of_non_null_values_to_be_between.rs" column_proportion_of_non_null_values_to_be_between ColumnProportionOfNonNullValuesToBeBetween "expect_column_proportion_of_non_null_values_to_be_between",
        "column_proportion_of_unique_values_to_be_between.rs" column_proportion_of_unique_values_to_be_between ColumnProportionOfUniqueValuesToBeBetween "expect_column_proportion_of_unique_values_to_be_between",
        "column_unique_value_count_to_be_between.rs" column_unique_value_count_to_be_between ColumnUniqueValueCountToBeBetween "expect_column_unique_value_count_to_be_between",
        "column_distinct_values_to_be_in_set.rs" column_distinct_values_to_be_in_set ColumnDistinctValuesToBeInSet "expect_column_distinct_values_to_be_in_set",
        "column_distinct_values_to_contain_set.rs" column_distinct_values_to_contain_set ColumnDistinctValuesToContainSet "expect_column_distinct_values_to_contain_set",
        "column_distinct_values_to_equal_set.rs" column_distinct_values_to_equal_set ColumnDistinctValuesToEqualSet "expect_column_distinct_values_to_equal_set",
        "column_most_common_value_to_be_in_set.rs" column_most_common_value_to_be_in_set ColumnMostCommonValueToBeInSet "expect_column_most_common_value_to_be_in_set",
    }
    "distribution of a column" {
        "column_kl_divergence_to_be_less_than.rs" column_kl_divergence_to_be_less_than ColumnKlDivergenceToBeLessThan "expect_column_kl_divergence_to_be_less_than",
        "column_population_stability_index_to_be_less_than.rs" column_population_stability_index_to_be_less_than ColumnPopulationStabilityIndexToBeLessThan "expect_column_population_stability_index_to_be_less_than",
        "column_jensen_shannon_divergence_to_be_less_than.rs" column_jensen_shannon_divergence_to_be_less_than ColumnJensenShannonDivergenceToBeLessThan "expect_column_jensen_shannon_divergence_to_be_less_than",
        "column_chisquare_test_p_value_to_be_greater_than.rs" column_chisquare_test_p_value_to_be_greater_than ColumnChisquareTestPValueToBeGreaterThan "expect_column_chisquare_test_p_value_to_be_greater_than",
        "column_bootstrapped_ks_test_p_value_to_be_greater_than.rs" column_bootstrapped_ks_test_p_value_to_be_greater_than ColumnBootstrappedKsTestPValueToBeGreaterThan "expect_column_bootstrapped_ks_test_p_value_to_be_greater_than",
        "column_parameterized_distribution_ks_test_p_value_to_be_greater_than.rs" column_parameterized_distribution_ks_test_p_value_to_be_greater_than ColumnParameterizedDistributionKsTestPValueToBeGreaterThan "expect_column_parameterized_distribution_ks_test_p_value_to_be_greater_than",
        "column_pair_cramers_phi_value_to_be_less_than.rs" column_pair_cramers_phi_value_to_be_less_than ColumnPairCramersPhiValueToBeLessThan "expect_column_pair_cramers_phi_value_to_be_less_than",
    }
    "whole table" {
        "table_row_count_to_be_between.rs" table_row_count_to_be_between TableRowCountToBeBetween "expect_table_row_count_to_be_between",
        "table_row_count_to_equal.rs" table_row_count_to_equal TableRowCountToEqual "expect_table_row_count_to_equal",
        "table_row_count_to_equal_other_table.rs" table_row_count_to_equal_other_table TableRowCountToEqualOtherTable "expect_table_row_count_to_equal_other_table",
        "table_column_count_to_be_between.rs" table_column_count_to_be_between TableColumnCountToBeBetween "expect_table_column_count_to_be_between",
        "table_column_count_to_equal.rs" table_column_count_to_equal TableColumnCountToEqual "expect_table_column_count_to_equal",
        "table_columns_to_match_ordered_list.rs" table_columns_to_match_ordered_list TableColumnsToMatchOrderedList "expect_table_columns_to_match_ordered_list",
        "table_columns_to_match_set.rs" table_columns_to_match_set TableColumnsToMatchSet "expect_table_columns_to_match_set",
    }
    "SQL" {
        "unexpected_rows_expectation.rs" unexpected_rows_expectation UnexpectedRowsExpectation "unexpected_rows_expectation",
        "query_results_to_match_comparison.rs" query_results_to_match_comparison QueryResultsToMatchComparison "expect_query_results_to_match_comparison",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_by_what_they_contain() {
        let names = |text: &str| containing(text).iter().map(|entry| entry.name).collect::<Vec<_>>();
        assert!(names("between").len() > 10);
        assert_eq!(names("not_null"), ["expect_column_values_to_not_be_null"]);
        assert_eq!(names("NULL").len(), 3);
        assert_eq!(names("qqq"), [""; 0]);
    }

    #[test]
    fn only_what_is_near_is_taken_for_meant() {
        for (name, meant) in [
            ("expect_column_values_to_be_betwen", Some("expect_column_values_to_be_between")),
            ("expect_column_value_to_be_betwen", Some("expect_column_values_to_be_between")),
            ("expect_column_values_to_be_uniqe", Some("expect_column_values_to_be_unique")),
            ("expect_column_values_not_null", Some("expect_column_values_to_not_be_null")),
            ("expect_my_custom_thing", None),
            ("expect_column_values_to_be_long", None),
            ("expect_column", None),
            ("my_test", None),
        ] {
            assert_eq!(nearest(name).map(|entry| entry.name), meant, "{name}");
        }
    }
}
