//! When values look like mistakes in a column of another type, and what is remembered of them.

/// How many values are remembered.
pub(super) const EXAMPLES: usize = 10;
/// How much of a value is remembered, in characters.
const EXAMPLE_LENGTH: usize = 80;

/// Whether the values that do not fit are so few that they look like mistakes: of at least five values one in four.
pub(super) fn is_nearly_all(fitting: u64, values: u64) -> bool {
    let misfits = values - fitting;
    values >= 5 && misfits <= values / 4
}

/// Returns the beginning of a text for people.
pub(super) fn beginning(text: &[u8]) -> String {
    let part = &text[..text.len().min(EXAMPLE_LENGTH * 4)];
    let mut part: String = String::from_utf8_lossy(part).chars().take(EXAMPLE_LENGTH).collect();
    if part.len() < text.len() {
        part.push('…');
    }
    part
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_in_four_of_at_least_five_looks_like_a_mistake() {
        assert!(is_nearly_all(4, 5) && is_nearly_all(75, 100));
        assert!(!is_nearly_all(3, 4) && !is_nearly_all(74, 100));
    }

    #[test]
    fn long_values_are_cut_between_characters() {
        assert_eq!(beginning("é".as_bytes()), "é");
        assert_eq!(beginning("é".repeat(200).as_bytes()), format!("{}…", "é".repeat(80)));
    }
}
