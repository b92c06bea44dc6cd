//! Counts, percents and durations as people read them: `5,431`, `0.002 %`, `1.4 s`.

use std::time::Duration;

/// Returns a count with thousands separators: `5,431`.
#[must_use]
pub fn count(value: u64) -> String {
    separate(&value.to_string())
}

/// Returns a count with its noun, in the plural unless it is one: `1 row`, `5,431 rows`.
#[must_use]
pub fn counted(value: u64, noun: &str) -> String {
    let plural = if value == 1 { "" } else { "s" };
    format!("{} {noun}{plural}", count(value))
}

/// Returns `part` of `whole` in percent, with two significant digits at least: of the part, and of what is missing to
/// the whole. So neither a single row in a million is `0 %`, nor all but one of them `100 %`.
#[must_use]
pub fn percent(part: u64, whole: u64) -> String {
    if whole == 0 {
        return "0 %".to_owned();
    }
    let percent_of_whole = |count: u64| count as f64 / whole as f64 * 100.0;
    let smaller = percent_of_whole(part.min(whole.saturating_sub(part)));
    format!("{} %", fixed(percent_of_whole(part), decimals_for(smaller)))
}

/// Returns a percent like [`percent`], with as many digits as it takes to tell it from `limit` (also in percent) where
/// the two differ.
#[must_use]
pub fn percent_apart_from(part: u64, whole: u64, limit: f64) -> String {
    let text = percent(part, whole);
    let exact = part as f64 / whole.max(1) as f64 * 100.0;
    let limit_text = format!("{} %", fixed(limit, 10));
    if text != limit_text || exact.to_bits() == limit.to_bits() {
        return text;
    }
    (1..=14).map(|decimals| format!("{} %", fixed(exact, decimals))).find(|text| *text != limit_text).unwrap_or(text)
}

/// Returns a fraction of 0 to 1 in percent, as exactly as it was given: `0.995` is `99.5 %`.
#[must_use]
pub fn fraction(value: f64) -> String {
    let text = fixed(value * 100.0, 10);
    if text == "100" && value < 1.0 || text == "0" && value > 0.0 {
        return format!("{} %", value * 100.0);
    }
    format!("{text} %")
}

/// Returns a JSON number with thousands separators; very large and very small ones in scientific notation.
#[must_use]
pub fn number(value: &serde_json::Number) -> String {
    if !value.is_f64() {
        return separate(&value.to_string());
    }
    let float = value.as_f64().unwrap_or_default();
    if float != 0.0 && !(1e-6..1e15).contains(&float.abs()) {
        return format!("{float:e}");
    }
    separate(&float.to_string())
}

/// Returns a number with six significant digits at most (all those of a whole part), for places that are narrow.
#[must_use]
pub fn short_number(value: &serde_json::Number) -> String {
    let float = value.as_f64().unwrap_or_default();
    if !value.is_f64() || float == 0.0 {
        return number(value);
    }
    if !(1e-6..1e15).contains(&float.abs()) {
        return format!("{float:.5e}");
    }
    let magnitude = float.abs().log10().floor() as i32;
    separate(&fixed(float, usize::try_from(5 - magnitude).unwrap_or(0)))
}

/// Returns a duration with two significant digits, at least: `0.04 s`, `12 s`, `3 min 20 s`.
#[must_use]
pub fn duration(value: Duration) -> String {
    let seconds = value.as_secs_f64();
    match seconds {
        ..0.001 => "0.001 s".to_owned(),
        ..0.0995 => format!("{} s", fixed(seconds, if seconds < 0.00995 { 3 } else { 2 })),
        ..9.95 => format!("{seconds:.1} s"),
        ..59.5 => format!("{seconds:.0} s"),
        _ => {
            let whole = seconds.round() as u64;
            let (hours, minutes, seconds) = (whole / 3600, whole / 60 % 60, whole % 60);
            if hours > 0 { format!("{} h {minutes} min", count(hours)) } else { format!("{minutes} min {seconds} s") }
        }
    }
}

/// Returns an age in seconds, in days from two days on: `711 days`, `3 h 20 min`, `12 s`. What lies ahead is said to do so.
#[must_use]
pub fn age(seconds: f64) -> String {
    let Ok(age) = Duration::try_from_secs_f64(seconds.abs()) else { return "beyond any calendar".to_owned() };
    let days = age.as_secs() / 86_400;
    let text = if days >= 2 { counted(days, "day") } else { duration(age) };
    if seconds < 0.0 { format!("{text} ahead") } else { text }
}

/// Returns a size in units of 1000: `100 MB`, `1.5 GB`, `12 bytes`.
#[must_use]
pub fn size(bytes: u64) -> String {
    let units = [(1_000_000_000_000, "TB"), (1_000_000_000, "GB"), (1_000_000, "MB"), (1_000, "kB")];
    match units.into_iter().find(|(unit, _)| bytes >= *unit) {
        Some((unit, name)) => format!("{} {name}", fixed(bytes as f64 / unit as f64, 1)),
        None => counted(bytes, "byte"),
    }
}

/// How many decimals show two significant digits of a percent; one where it is 10 or more.
fn decimals_for(percent: f64) -> usize {
    if percent <= 0.0 {
        return 1;
    }
    let magnitude = percent.log10().floor() as i32;
    usize::try_from(1 - magnitude).unwrap_or(0).clamp(1, 20)
}

/// Writes a number with this many decimals, trailing zeros left out.
fn fixed(value: f64, decimals: usize) -> String {
    let text = format!("{value:.decimals$}");
    if !text.contains('.') {
        return text;
    }
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

/// Puts a comma between each three digits of the whole part.
fn separate(text: &str) -> String {
    let digits_end = text.find(['.', 'e']).unwrap_or(text.len());
    let (whole, rest) = text.split_at(digits_end);
    let (sign, digits) = whole.strip_prefix('-').map_or(("", whole), |digits| ("-", digits));
    let mut separated = String::from(sign);
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            separated.push(',');
        }
        separated.push(digit);
    }
    separated + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_have_thousands_separators() {
        let texts = [0, 7, 999, 1_000, 5_431, 1_234_567, u64::MAX].map(count);
        assert_eq!(texts, ["0", "7", "999", "1,000", "5,431", "1,234,567", "18,446,744,073,709,551,615"]);
        assert_eq!(counted(1, "row"), "1 row");
        assert_eq!(counted(0, "row"), "0 rows");
    }

    #[test]
    fn ages_and_sizes_are_in_units_that_people_use() {
        let ages = [61_466_804.8, 12_000.0, 100_000.0, -200_000.0, f64::NAN].map(age);
        assert_eq!(ages, ["711 days", "3 h 20 min", "27 h 46 min", "2 days ahead", "beyond any calendar"]);
        let sizes = [12, 10_000, 100_000_000, 1_500_000_000].map(size);
        assert_eq!(sizes, ["12 bytes", "10 kB", "100 MB", "1.5 GB"]);
    }

    #[test]
    fn a_percent_is_never_rounded_to_nothing_or_to_all() {
        assert_eq!(percent(1, 50_000), "0.002 %");
        assert_eq!(percent(999_999, 1_000_000), "99.9999 %");
        assert_eq!(percent(9_999_999_999, 10_000_000_000), "99.99999999 %");
        assert_eq!(percent(1, u64::MAX), "0.0000000000000000054 %");
        assert_eq!(percent(0, 10), "0 %");
        assert_eq!(percent(10, 10), "100 %");
        assert_eq!(percent(0, 0), "0 %");
    }

    #[test]
    fn a_percent_has_the_digits_that_matter() {
        assert_eq!(percent(1, 2), "50 %");
        assert_eq!(percent(2, 3), "66.7 %");
        assert_eq!(percent(87, 5_343), "1.6 %");
        assert_eq!(percent(12, 5_431), "0.22 %");
        assert_eq!(percent(5_419, 5_431), "99.78 %");
    }

    #[test]
    fn a_percent_beyond_its_limit_does_not_read_as_the_limit() {
        assert_eq!(percent_apart_from(100_001, 10_000_000, 1.0), "1.00001 %");
        assert_eq!(percent_apart_from(1, 100, 1.0), "1 %");
        assert_eq!(percent_apart_from(2, 100, 1.0), "2 %");
    }

    #[test]
    fn a_fraction_is_shown_as_given() {
        assert_eq!(fraction(0.99), "99 %");
        assert_eq!(fraction(0.29), "29 %");
        assert_eq!(fraction(0.99995), "99.995 %");
        assert_eq!(fraction(1.0), "100 %");
        assert_eq!(fraction(0.999_999_999_999_999), "99.9999999999999 %");
    }

    #[test]
    fn numbers_keep_their_digits_unless_the_place_is_narrow() {
        let number_of = |value: f64| serde_json::Number::from_f64(value).expect("finite");
        assert_eq!(number(&number_of(12_345.678_901)), "12,345.678901");
        assert_eq!(number(&number_of(-0.5)), "-0.5");
        assert_eq!(number(&number_of(1e300)), "1e300");
        assert_eq!(number(&(-1_234_567).into()), "-1,234,567");
        assert_eq!(short_number(&number_of(12.639_070_257)), "12.6391");
        assert_eq!(short_number(&number_of(1_234_567.8)), "1,234,568");
        assert_eq!(short_number(&number_of(0.000_123_456_78)), "0.000123457");
        assert_eq!(short_number(&number_of(0.0)), "0");
    }

    #[test]
    fn durations_fit_their_size() {
        let texts =
            [0.000_01, 0.004_2, 0.04, 0.3, 1.44, 12.2, 200.0, 7_300.0].map(|s| duration(Duration::from_secs_f64(s)));
        assert_eq!(texts, ["0.001 s", "0.004 s", "0.04 s", "0.3 s", "1.4 s", "12 s", "3 min 20 s", "2 h 1 min"]);
    }
}
