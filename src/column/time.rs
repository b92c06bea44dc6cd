//! Dates, times, timestamps and durations: their texts, and literals read in a column's type.

use arrow::datatypes::{DataType, TimeUnit};
use chrono::{DateTime, FixedOffset, NaiveDate, NaiveDateTime, NaiveTime, Offset, TimeDelta, TimeZone, Timelike, Utc};

const NANOSECONDS: i128 = 1_000_000_000;

/// Returns how many nanoseconds a step of the type is; `None` for types that are not of time.
pub(crate) fn step_nanoseconds(data_type: &DataType) -> Option<i128> {
    let unit = |unit: &TimeUnit| match unit {
        TimeUnit::Second => NANOSECONDS,
        TimeUnit::Millisecond => 1_000_000,
        TimeUnit::Microsecond => 1_000,
        TimeUnit::Nanosecond => 1,
    };
    match data_type {
        DataType::Date32 => Some(86_400 * NANOSECONDS),
        DataType::Date64 => Some(1_000_000),
        DataType::Time32(step) | DataType::Time64(step) | DataType::Timestamp(step, _) | DataType::Duration(step) => {
            Some(unit(step))
        }
        _ => None,
    }
}

/// Returns nanoseconds since the epoch (of the day, for times of day; in all, for durations).
pub(crate) fn to_nanoseconds(data_type: &DataType, value: i64) -> Option<i128> {
    Some(i128::from(value) * step_nanoseconds(data_type)?)
}

/// Returns the offset of a zone name (`+02:00`, `UTC`, `Europe/Berlin`) at an instant; UTC where the name is unknown.
fn offset_at(zone: &str, instant: DateTime<Utc>) -> FixedOffset {
    if let Ok(zone) = zone.parse::<chrono_tz::Tz>() {
        return zone.offset_from_utc_datetime(&instant.naive_utc()).fix();
    }
    zone.parse().unwrap_or_else(|_| Utc.fix())
}

/// Writes a value as ISO 8601: `2013-01-01`, `2013-01-01T05:00:00`, `…+00:00` with a zone, `05:00:00`; durations as
/// `P1DT2H3.5S`. What lies outside the calendar (before year -262143) is written as a number.
pub(crate) fn to_text(data_type: &DataType, value: i64) -> String {
    let Some(nanoseconds) = to_nanoseconds(data_type, value) else { return value.to_string() };
    let seconds = i64::try_from(nanoseconds.div_euclid(NANOSECONDS)).unwrap_or(i64::MAX);
    let fraction = nanoseconds.rem_euclid(NANOSECONDS) as u32;
    match data_type {
        DataType::Duration(_) => return duration_text(nanoseconds),
        DataType::Time32(_) | DataType::Time64(_) => {
            let time = u32::try_from(seconds)
                .ok()
                .and_then(|seconds| NaiveTime::from_num_seconds_from_midnight_opt(seconds, fraction));
            return time.map_or_else(|| value.to_string(), time_text);
        }
        _ => {}
    }
    let Some(instant) = DateTime::from_timestamp(seconds, fraction) else { return value.to_string() };
    match data_type {
        DataType::Date32 => date_text(instant.date_naive()),
        DataType::Date64 if fraction == 0 && seconds.rem_euclid(86_400) == 0 => date_text(instant.date_naive()),
        DataType::Timestamp(_, Some(zone)) => {
            let offset = offset_at(zone, instant);
            format!(
                "{}{offset}",
                datetime_text((instant + TimeDelta::seconds(offset.local_minus_utc().into())).naive_utc())
            )
        }
        _ => datetime_text(instant.naive_utc()),
    }
}

fn date_text(date: NaiveDate) -> String {
    // years of more than four digits get the sign that ISO 8601 asks for
    date.format("%Y-%m-%d").to_string()
}

fn time_text(time: NaiveTime) -> String {
    let whole = time.format("%H:%M:%S");
    match time.nanosecond() {
        0 => whole.to_string(),
        fraction => format!("{whole}.{}", trimmed_fraction(fraction)),
    }
}

/// Writes nanoseconds with three, six or nine digits.
fn trimmed_fraction(nanoseconds: u32) -> String {
    if nanoseconds.is_multiple_of(1_000_000) {
        format!("{:03}", nanoseconds / 1_000_000)
    } else if nanoseconds.is_multiple_of(1_000) {
        format!("{:06}", nanoseconds / 1_000)
    } else {
        format!("{nanoseconds:09}")
    }
}

fn datetime_text(moment: NaiveDateTime) -> String {
    format!("{}T{}", date_text(moment.date()), time_text(moment.time()))
}

fn duration_text(nanoseconds: i128) -> String {
    let sign = if nanoseconds < 0 { "-" } else { "" };
    let rest = nanoseconds.unsigned_abs();
    let (seconds, fraction) = (rest / NANOSECONDS.unsigned_abs(), (rest % NANOSECONDS.unsigned_abs()) as u32);
    let (days, hours, minutes, seconds) = (seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60, seconds % 60);
    let mut text = format!("{sign}P");
    if days > 0 {
        text += &format!("{days}D");
    }
    let mut time = String::new();
    if hours > 0 {
        time += &format!("{hours}H");
    }
    if minutes > 0 {
        time += &format!("{minutes}M");
    }
    if fraction > 0 {
        time += &format!("{seconds}.{}S", trimmed_fraction(fraction));
    } else if seconds > 0 || (days == 0 && time.is_empty()) {
        time += &format!("{seconds}S");
    }
    if time.is_empty() { text } else { format!("{text}T{time}") }
}

/// A date or time as a text gives it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Moment {
    /// A day.
    Date(NaiveDate),
    /// A day and time without zone.
    Local(NaiveDateTime),
    /// An instant.
    Instant(DateTime<FixedOffset>),
    /// A time of day.
    TimeOfDay(NaiveTime),
}

/// Reads ISO 8601: `2024-01-31`, `2024-01-31T12:30`, `2024-01-31 12:30:15.25+02:00`, `12:30:15`.
pub(crate) fn parse_moment(text: &str) -> Option<Moment> {
    let text = text.trim();
    if let Ok(date) = NaiveDate::parse_from_str(text, "%Y-%m-%d") {
        return Some(Moment::Date(date));
    }
    if let Ok(date) = NaiveDate::parse_from_str(text, "%Y%m%d")
        && text.len() == 8
    {
        return Some(Moment::Date(date));
    }
    for format in ["%H:%M:%S%.f", "%H:%M"] {
        if let Ok(time) = NaiveTime::parse_from_str(text, format) {
            return Some(Moment::TimeOfDay(time));
        }
    }
    let (body, zulu) = match text.strip_suffix(['Z', 'z']) {
        Some(body) => (body, true),
        None => (text, false),
    };
    for separator in ["T", " ", "t"] {
        for time in ["%H:%M:%S%.f", "%H:%M"] {
            let format = format!("%Y-%m-%d{separator}{time}");
            if let Ok(moment) = NaiveDateTime::parse_from_str(body, &format) {
                return Some(if zulu {
                    Moment::Instant(moment.and_utc().fixed_offset())
                } else {
                    Moment::Local(moment)
                });
            }
            for offset in ["%:z", " %:z", "%#z"] {
                if let Ok(instant) = DateTime::parse_from_str(text, &format!("{format}{offset}")) {
                    return Some(Moment::Instant(instant));
                }
            }
        }
    }
    None
}

/// Returns a moment in nanoseconds as a column of this type counts them: since the epoch, or of the day.
///
/// A moment without zone is taken in the column's zone, and in UTC for columns without; an instant held against a column
/// without zone is taken in UTC; a date is its midnight. `None` where the two do not fit (a date against times of day).
pub(crate) fn moment_nanoseconds(moment: Moment, data_type: &DataType) -> Option<i128> {
    if let DataType::Time32(_) | DataType::Time64(_) = data_type {
        let Moment::TimeOfDay(time) = moment else { return None };
        return Some(i128::from(time.num_seconds_from_midnight()) * NANOSECONDS + i128::from(time.nanosecond()));
    }
    let local = match moment {
        Moment::Date(date) => date.and_time(NaiveTime::MIN),
        Moment::Local(moment) => moment,
        Moment::Instant(instant) => return Some(utc_nanoseconds(instant.naive_utc())),
        Moment::TimeOfDay(_) => return None,
    };
    let DataType::Timestamp(_, Some(zone)) = data_type else { return Some(utc_nanoseconds(local)) };
    let instant = match zone.parse::<chrono_tz::Tz>() {
        Ok(zone) => zone.from_local_datetime(&local).earliest()?.naive_utc(),
        Err(_) => zone.parse::<FixedOffset>().ok()?.from_local_datetime(&local).earliest()?.naive_utc(),
    };
    Some(utc_nanoseconds(instant))
}

fn utc_nanoseconds(moment: NaiveDateTime) -> i128 {
    let instant = moment.and_utc();
    i128::from(instant.timestamp()) * NANOSECONDS + i128::from(instant.timestamp_subsec_nanos())
}

/// Reads a duration: `90s`, `2h 30m`, `1 day`, or ISO 8601 `P1DT2H`; in nanoseconds.
pub(crate) fn parse_duration(text: &str) -> Option<i128> {
    let text = text.trim();
    let (sign, text) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text),
    };
    if let Some(iso) = text.strip_prefix('P') {
        return Some(sign * parse_iso_duration(iso)?);
    }
    Some(sign * i128::try_from(humantime::parse_duration(text).ok()?.as_nanos()).ok()?)
}

fn parse_iso_duration(text: &str) -> Option<i128> {
    let (date, time) = text.split_once('T').unwrap_or((text, ""));
    let mut total = 0i128;
    let mut part = |text: &str, units: &[(char, i128)]| -> Option<()> {
        let mut rest = text;
        while !rest.is_empty() {
            let end = rest.find(|c: char| c.is_ascii_alphabetic())?;
            let number: f64 = rest[..end].parse().ok()?;
            let letter = rest[end..].chars().next()?;
            let (_, seconds) = units.iter().find(|(unit, _)| *unit == letter)?;
            total += (number * 1e9).round() as i128 * seconds;
            rest = &rest[end + 1..];
        }
        Some(())
    };
    part(date, &[('W', 604_800), ('D', 86_400)])?;
    part(time, &[('H', 3_600), ('M', 60), ('S', 1)])?;
    Some(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_iso_8601() {
        let zone = |zone: &str| DataType::Timestamp(TimeUnit::Second, Some(zone.into()));
        assert_eq!(to_text(&DataType::Date32, 15706), "2013-01-01");
        assert_eq!(to_text(&DataType::Date32, 3_000_000), "+10183-09-21");
        assert_eq!(to_text(&DataType::Timestamp(TimeUnit::Millisecond, None), 1500), "1970-01-01T00:00:01.500");
        assert_eq!(to_text(&zone("Europe/Berlin"), 0), "1970-01-01T01:00:00+01:00");
        assert_eq!(to_text(&zone("+05:30"), 0), "1970-01-01T05:30:00+05:30");
        assert_eq!(to_text(&DataType::Duration(TimeUnit::Second), 90_061), "P1DT1H1M1S");
        assert_eq!(to_text(&DataType::Duration(TimeUnit::Second), 0), "PT0S");
    }

    #[test]
    fn a_moment_without_zone_is_taken_in_the_zone_of_the_column() {
        let berlin = DataType::Timestamp(TimeUnit::Second, Some("Europe/Berlin".into()));
        let moment = parse_moment("1970-01-01").expect("a date");
        assert_eq!(moment_nanoseconds(moment, &berlin), Some(-3_600 * NANOSECONDS));
        assert_eq!(moment_nanoseconds(moment, &DataType::Date32), Some(0));
    }

    #[test]
    fn iso_spellings_are_read() {
        for text in
            ["2024-01-31T12:30:00Z", "2024-01-31 12:30:00+00:00", "2024-01-31T13:30+01:00", "2024-01-31T12:30:00.000z"]
        {
            let moment = parse_moment(text).unwrap_or_else(|| panic!("{text}"));
            assert_eq!(moment_nanoseconds(moment, &DataType::Date32), Some(1_706_704_200 * NANOSECONDS), "{text}");
        }
        assert_eq!(parse_moment("yesterday"), None);
        assert_eq!(parse_duration("P1DT0.5S"), Some(86_400_500_000_000));
        assert_eq!(parse_duration("-2h"), Some(-7_200 * NANOSECONDS));
    }
}
