//! What Great Expectations wrote before and writes now: old spellings, keys that mean nothing here, and the files that are
//! taken for a suite.

use super::draft::{Draft, is_empty};
use crate::document::{Entry, Node};
use crate::expectation::catalog::{self, CATALOG};

/// Keys of whole suites that are passed through.
pub(super) const SUITE_KEYS: &[&str] =
    &["data_asset_type", "ge_cloud_id", "expectation_context", "great_expectations_version"];

/// Keys beside `type` and `kwargs` that are passed through.
pub(super) const ITEM_KEYS: &[&str] =
    &["ge_cloud_id", "expectation_context", "rendered_content", "success_on_last_run", "windows", "domain_type"];

/// Parameters that Great Expectations accepts or accepted, and that change no verdict here.
const IDLE_KWARGS: &[&str] = &[
    "allow_cross_type_comparisons",
    "auto",
    "batch_id",
    "catch_exceptions",
    "include_config",
    "interactive_evaluation",
    "output_strftime_format",
    "parse_strings_as_datetimes",
    "profiler_config",
    "rendered_content",
    "table",
    "windows",
];

/// Names that moved, with what they are called here.
const RENAMED: &[(&str, &str)] =
    &[("expect_multicolumn_values_to_be_unique", "expect_select_column_values_to_be_unique_within_record")];

/// Names that people invent or know from elsewhere, with what is meant.
const INVENTED: &[(&str, &str)] = &[
    ("not_null", "expect_column_values_to_not_be_null"),
    ("unique", "expect_column_values_to_be_unique"),
    ("accepted_values", "expect_column_values_to_be_in_set"),
    ("accepted_range", "expect_column_values_to_be_between"),
    ("unique_combination_of_columns", "expect_compound_columns_to_be_unique"),
    ("expect_column_values_to_be_positive", "expect_column_values_to_be_between"),
    ("expect_column_values_to_be_non_negative", "expect_column_values_to_be_between"),
    ("expect_column_to_be_unique", "expect_column_values_to_be_unique"),
    ("expect_column_to_not_be_null", "expect_column_values_to_not_be_null"),
    ("expect_column_not_to_be_null", "expect_column_values_to_not_be_null"),
    ("expect_columns_to_exist", "expect_table_columns_to_match_set"),
    ("expect_table_to_not_be_empty", "expect_table_row_count_to_be_between"),
];

/// Endings of invented names, with the parameter that says it.
const INVENTED_BOUNDS: &[(&str, &str)] = &[
    ("_to_be_greater_than_or_equal_to", "min_value"),
    ("_to_be_greater_than_or_equal", "min_value"),
    ("_to_be_at_least", "min_value"),
    ("_to_be_greater_than", "min_value` and `strict_min: true"),
    ("_to_be_less_than_or_equal_to", "max_value"),
    ("_to_be_less_than_or_equal", "max_value"),
    ("_to_be_at_most", "max_value"),
    ("_to_be_less_than", "max_value` and `strict_max: true"),
];

/// What a name in a suite stands for.
pub(super) enum Name {
    /// An expectation of the catalog.
    Known(&'static catalog::Entry),
    /// An expectation of the catalog under a name that is no longer used.
    Renamed(&'static catalog::Entry),
    /// None; with what to do about it.
    Unknown { help: String },
}

/// Looks a name up: as the catalog spells it, as a class name (`ExpectColumnValuesToBeUnique`), in another case
/// (`…_values_A_to_be_…`).
pub(super) fn resolve(name: &str) -> Name {
    if let Some(entry) = catalog::find(name) {
        return Name::Known(entry);
    }
    let folded = folded(name);
    if let Some(entry) = CATALOG.iter().find(|entry| self::folded(entry.name) == folded) {
        return Name::Known(entry);
    }
    let renamed = RENAMED.iter().find(|(old, _)| self::folded(old) == folded);
    if let Some(entry) = renamed.and_then(|(_, new)| catalog::find(new)) {
        return Name::Renamed(entry);
    }
    Name::Unknown { help: suggestion(name) }
}

/// A name without what class names and other spellings differ in.
fn folded(name: &str) -> String {
    name.chars().filter(|c| *c != '_').flat_map(char::to_lowercase).collect()
}

fn suggestion(name: &str) -> String {
    if let Some((_, meant)) = INVENTED.iter().find(|(invented, _)| *invented == name) {
        return format!("use `{meant}`");
    }
    for (ending, parameter) in INVENTED_BOUNDS {
        if let Some(stem) = name.strip_suffix(ending) {
            let between = format!("{stem}_to_be_between");
            if let Some(entry) = catalog::find(&between) {
                return format!("use `{}` with `{parameter}`", entry.name);
            }
        }
    }
    match catalog::nearest(name) {
        Some(similar) => format!("a similar expectation exists: `{}`", similar.name),
        None => "expectations written in Python cannot be judged here; `--unknown-expectations skip` leaves them out"
            .to_owned(),
    }
}

/// Tells whether a parameter changes nothing here, so that it is left out unless the expectation knows it.
pub(super) fn is_idle(key: &str) -> bool {
    IDLE_KWARGS.contains(&key)
}

/// Brings what older versions wrote into today's shape: `ge_cloud_id` is `id`, the description of `expectation_context` is
/// `description`. Envelope keys that say nothing go.
pub(super) fn modernize(draft: &mut Draft) {
    modernize_envelope(&mut draft.envelope);
    for expectation in &mut draft.expectations {
        modernize_envelope(&mut expectation.envelope);
    }
}

fn modernize_envelope(envelope: &mut Vec<Entry>) {
    envelope.retain(|entry| !is_empty(&entry.value));
    rename(envelope, "ge_cloud_id", "id");
    let has_description = envelope.iter().any(|entry| entry.key == "description");
    if let Some(at) = envelope.iter().position(|entry| entry.key == "expectation_context")
        && let [inner] = envelope[at].value.entries()
        && inner.key == "description"
        && !has_description
    {
        let description = inner.clone();
        envelope.remove(at);
        if !is_empty(&description.value) {
            envelope.push(description);
        }
    }
}

fn rename(envelope: &mut [Entry], old: &str, new: &str) {
    if !envelope.iter().any(|entry| entry.key == new)
        && let Some(entry) = envelope.iter_mut().find(|entry| entry.key == old)
    {
        new.clone_into(&mut entry.key);
    }
}

/// Names a file that is not a suite by the keys it has, and says what to do.
pub(super) fn other_file(root: &Node) -> Option<(&'static str, &'static str)> {
    let known: [(&[&str], &str, &str); 11] = [
        (&["validation_definitions"], "a checkpoint of Great Expectations", CHECKPOINT_HELP),
        (&["validations"], "a checkpoint of Great Expectations", CHECKPOINT_HELP),
        (&["expectation_suite_name", "action_list"], "a checkpoint of Great Expectations", CHECKPOINT_HELP),
        (&["results", "statistics"], "a validation result", "give the suite that was validated"),
        (&["validation_results"], "the result of a checkpoint", "give the suite that was validated"),
        (&["expectations_store_name"], "the configuration of a Great Expectations project", SUITES_HELP),
        (&["fluent_datasources"], "the configuration of a Great Expectations project", SUITES_HELP),
        (&["suite", "data"], "a validation definition of Great Expectations", "give the suite that it names"),
        (&["$schema"], "a JSON Schema", "give a suite"),
        (&["models", "version"], "a dbt properties file", "write its tests as a suite"),
        (&["cells", "nbformat"], "a notebook", "give a suite"),
    ];
    let found = known.iter().find(|(keys, _, _)| keys.iter().all(|key| root.get(key).is_some()));
    found.map(|(_, what, help)| (*what, *help))
}

const CHECKPOINT_HELP: &str = "give the suite that it names, from the folder `expectations`";
const SUITES_HELP: &str = "suites are in the folder `expectations` beside it";
