//! Which datasets a suite names beside the data, as far as its text tells: also where the suite is faulty, and nobody else
//! knows.

/// Parameters that name a dataset.
const PARAMETERS: [&str; 4] = ["other_dataset", "other_table_name", "comparison_data_source_name", "reference_dataset"];

/// Returns what may be the name of a dataset in the text of a suite.
#[must_use]
pub fn references(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for parameter in PARAMETERS {
        for (at, _) in text.match_indices(parameter) {
            let rest = text[at + parameter.len()..].trim_start_matches(['"', '\'']).trim_start();
            let Some(value) = rest.strip_prefix(':').map(str::trim_start) else { continue };
            match value.chars().next() {
                Some(quote @ ('"' | '\'')) => found.extend(value[1..].split(quote).next().map(ToOwned::to_owned)),
                _ => {
                    // a plain value ends with its line, or in braces before that
                    let line = value.lines().next().unwrap_or_default();
                    let line = line.split(" #").next().unwrap_or_default();
                    found.extend([Some(line), line.split([',', '}']).next()].into_iter().flatten().map(own));
                }
            }
        }
    }
    found
}

fn own(text: &str) -> String {
    text.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_however_they_are_written() {
        for text in [
            "- e: {column: a, other_dataset: ref/a.csv, oops",
            "- e: {other_dataset: ref/a.csv}",
            "- e:\n    other_table_name:   ref/a.csv  # all\n    nonsense: [",
            "other_dataset:\n  ref/a.csv\n",
            "{\"other_table_name\": \"ref/a.csv\", ",
            "comparison_data_source_name : 'ref/a.csv'",
        ] {
            assert!(references(text).contains(&"ref/a.csv".to_owned()), "{text}: {:?}", references(text));
        }
        assert!(references("other_dataset: a,b.csv").contains(&"a,b.csv".to_owned()));
        assert!(references("column: other_dataset").is_empty());
    }
}
