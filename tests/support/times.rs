//! Texts without what differs from run to run.

/// Replaces times and durations, which differ from run to run.
pub fn without_times(text: &str) -> String {
    let patterns = [
        (r"\d+(\.\d+)? s\)", "… s)"),
        (r"\d{4}-\d\d-\d\dT[0-9:.]+Z?", "…"),
        (r#""duration_seconds": ?[0-9.e-]+"#, "…"),
        (r#"time="[0-9.]+""#, r#"time="…""#),
    ];
    patterns.iter().fold(text.to_owned(), |text, (pattern, replacement)| {
        regex::Regex::new(pattern).expect("a pattern").replace_all(&text, *replacement).into_owned()
    })
}
