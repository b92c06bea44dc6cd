//! SQL queries as suites write them.

/// The place of the dataset in a query.
const BATCH: &str = "{batch}";

/// Checks that a query is there.
///
/// # Errors
/// What is wrong with it.
pub(super) fn check(template: &str) -> Result<(), String> {
    if filled(template).is_empty() { Err("the query is empty".to_owned()) } else { Ok(()) }
}

/// Returns the query for the table `batch`, without the semicolon at its end: `{batch}` replaced, and doubled braces, which
/// Great Expectations needs for single ones, made single.
pub(crate) fn filled(template: &str) -> String {
    let parts = template.split(BATCH).map(|part| part.replace("{{", "{").replace("}}", "}"));
    let query = parts.collect::<Vec<_>>().join("batch");
    query.trim_end_matches(|character: char| character == ';' || character.is_whitespace()).trim_start().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_place_of_the_data_is_filled_and_other_braces_stay() {
        let filled = filled("SELECT * FROM {batch} AS b WHERE regexp_like(code, '^\\d{{4}}$') = '{5}' ;\n");
        assert_eq!(filled, "SELECT * FROM batch AS b WHERE regexp_like(code, '^\\d{4}$') = '{5}'");
        assert!(check(" ; ").is_err());
    }
}
