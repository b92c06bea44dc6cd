//! Python's `datetime.strptime`: which texts follow a format.
//!
//! Source: the directives and their ranges as documented for Python's `time.strptime` in the C locale.

use chrono::{Datelike, NaiveDate};

/// A format, ready to hold texts against.
#[derive(Debug)]
pub(crate) struct TimeFormat {
    regex: regex::Regex,
    /// The directive letter of each group, in order.
    directives: Vec<char>,
}

const WEEKDAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

impl TimeFormat {
    /// Reads a format.
    ///
    /// # Errors
    /// A directive that Python's `strptime` does not know, or a `%` at the end.
    pub(crate) fn new(format: &str) -> Result<Self, String> {
        let mut directives = Vec::new();
        let mut regex = String::from(r"(?i)\A");
        write_regex(format, &mut regex, &mut directives)?;
        for (position, directive) in directives.iter().enumerate() {
            if directives[..position].contains(directive) {
                return Err(format!("the directive `%{directive}` stands in it twice"));
            }
        }
        let has = |directive| directives.contains(&directive);
        if has('G') != has('V') || (has('G') && !(has('A') || has('a') || has('w') || has('u'))) {
            return Err("an ISO week date needs `%G`, `%V` and a weekday (`%A`, `%a`, `%w` or `%u`)".to_owned());
        }
        let regex = regex::Regex::new(&regex).map_err(|error| error.to_string())?;
        Ok(Self { regex, directives })
    }

    /// Tells whether the whole text follows the format and names a time that exists.
    pub(crate) fn matches(&self, text: &str) -> bool {
        let Some(groups) = self.regex.captures(text) else { return false };
        if groups.get(0).is_none_or(|whole| whole.end() != text.len()) {
            return false;
        }
        let group = |directive: char| {
            let position = self.directives.iter().position(|found| *found == directive)?;
            groups.get(position + 1).map(|found| found.as_str())
        };
        let number = |directive: char| group(directive).and_then(|text| text.trim().parse::<i32>().ok());
        // without a year it is 1900, which has no 29 February
        let year = match (number('Y'), number('y')) {
            (Some(year), _) => year,
            (None, Some(year)) => year + if year < 69 { 2000 } else { 1900 },
            (None, None) => 1900,
        };
        let month_name = |name: &str| {
            MONTHS.iter().position(|month| month.starts_with(&name.to_lowercase())).map(|at| at as i32 + 1)
        };
        let month = number('m').or_else(|| group('B').or(group('b')).and_then(month_name)).unwrap_or(1);
        let day = number('d').unwrap_or(1);
        if !(1..=9999).contains(&year) || number('S').is_some_and(|second| second > 59) {
            return false;
        }
        if let Some(day_of_year) = number('j')
            && number('m').is_none()
            && group('B').or(group('b')).is_none()
        {
            let leap = NaiveDate::from_ymd_opt(year, 2, 29).is_some();
            return day_of_year <= 365 + i32::from(leap) || year < 9999;
        }
        if let (Some(year), Some(week)) = (number('G'), number('V')) {
            let weeks = NaiveDate::from_ymd_opt(year, 12, 28).map_or(52, |date| date.iso_week().week());
            return (1..=weeks as i32).contains(&week);
        }
        NaiveDate::from_ymd_opt(year, month as u32, day as u32).is_some()
    }
}

/// Appends the regular expression of a format, with a group for each directive.
fn write_regex(format: &str, regex: &mut String, directives: &mut Vec<char>) -> Result<(), String> {
    let mut characters = format.chars().peekable();
    while let Some(character) = characters.next() {
        if character.is_whitespace() {
            while characters.next_if(|next| next.is_whitespace()).is_some() {}
            *regex += r"\s+";
            continue;
        }
        if character != '%' {
            *regex += &regex_syntax::escape(&character.to_string());
            continue;
        }
        let Some(directive) = characters.next() else { return Err("it ends with a lone `%`".to_owned()) };
        let alternatives = match directive {
            '%' => {
                *regex += "%";
                continue;
            }
            'c' => {
                write_regex("%a %b %d %H:%M:%S %Y", regex, directives)?;
                continue;
            }
            'x' => {
                write_regex("%m/%d/%y", regex, directives)?;
                continue;
            }
            'X' => {
                write_regex("%H:%M:%S", regex, directives)?;
                continue;
            }
            'd' => r"3[0-1]|[1-2]\d|0[1-9]|[1-9]| [1-9]".to_owned(),
            'f' => "[0-9]{1,6}".to_owned(),
            'H' => r"2[0-3]|[0-1]\d|\d".to_owned(),
            'I' => "1[0-2]|0[1-9]|[1-9]| [1-9]".to_owned(),
            'j' => r"36[0-6]|3[0-5]\d|[1-2]\d\d|0[1-9]\d|00[1-9]|[1-9]\d|0[1-9]|[1-9]".to_owned(),
            'm' => "1[0-2]|0[1-9]|[1-9]".to_owned(),
            'M' => r"[0-5]\d|\d".to_owned(),
            'S' => r"6[0-1]|[0-5]\d|\d".to_owned(),
            'U' | 'W' => r"5[0-3]|[0-4]\d|\d".to_owned(),
            'V' => r"5[0-3]|0[1-9]|[1-4]\d|\d".to_owned(),
            'w' => "[0-6]".to_owned(),
            'u' => "[1-7]".to_owned(),
            'y' => r"\d\d".to_owned(),
            'Y' | 'G' => r"\d\d\d\d".to_owned(),
            'z' => r"[+-]\d\d:?[0-5]\d(?::?[0-5]\d(?:\.\d{1,6})?)?|(?-i:Z)".to_owned(),
            'A' => WEEKDAYS.join("|"),
            'a' => WEEKDAYS.map(|name| &name[..3]).join("|"),
            'B' => MONTHS.join("|"),
            'b' | 'h' => MONTHS.map(|name| &name[..3]).join("|"),
            'p' => "am|pm".to_owned(),
            'Z' => "utc|gmt".to_owned(),
            other => return Err(format!("`%{other}` is no directive of Python's `strptime`")),
        };
        directives.push(if directive == 'h' { 'b' } else { directive });
        *regex += &format!("({})", alternatives.replace(r"\d", "[0-9]"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn follows(format: &str, text: &str) -> bool {
        TimeFormat::new(format).expect("a valid format").matches(text)
    }

    #[test]
    fn the_whole_text_must_follow() {
        assert!(follows("%Y-%m-%d", "2019-04-01") && follows("%m-%d-%Y", "1-2-2019"));
        assert!(!follows("%Y-%d-%m", "2019-04-13") && !follows("%Y-%m-%d", "2019-04-01 ") && !follows("%Y", "19"));
        assert!(follows("%d %b %Y", "31 jan 2020") && follows("%H:%M:%S.%f", "23:59:59.123"));
        assert!(follows("%Y-%m-%dT%H:%M:%S%z", "2020-01-01T00:00:00+01:00") && follows("%z", "Z"));
    }

    #[test]
    fn days_that_do_not_exist_do_not_follow() {
        assert!(!follows("%Y-%m-%d", "2019-02-29") && follows("%Y-%m-%d", "2020-02-29") && !follows("%m-%d", "02-29"));
        assert!(!follows("%H:%M:%S", "10:00:60") && !follows("%Y", "0000"));
    }

    #[test]
    fn unknown_directives_are_refused() {
        assert!(TimeFormat::new("%D").is_err() && TimeFormat::new("%").is_err() && TimeFormat::new("%Y %Y").is_err());
    }
}
