//! Dates, times, timestamps and durations: their texts, and literals read in a column's type.

use arrow::datatypes::{DataType, TimeUnit};
use chrono::{DateTime, FixedOffset, NaiveDate, NaiveDateTime, NaiveTime, Offset, TimeDelta, TimeZone, Timelike, Utc};

use super::moment::{Moment, Time};

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
            let offset = Zone::new(zone).map_or_else(|| Utc.fix(), |zone| zone.offset_at(instant.naive_utc()));
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

/// A date or time as a suite spells it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Spelled {
    /// A day, with or without a time.
    Moment(Moment),
    /// A time of day.
    TimeOfDay(Time),
}

/// Reads ISO 8601 as columns are read, and besides `20240131`, `2024-1-31`, `+12024-01-31`, ` 9:30` and times of day.
pub(crate) fn parse_moment(text: &str) -> Option<Spelled> {
    let text = text.trim();
    if let Some(time) = time_of_day(text) {
        return time.offset.is_none().then_some(Spelled::TimeOfDay(time));
    }
    let (date, time) = match text.split_once(['T', 't', ' ']) {
        Some((date, time)) => (date, Some(time_of_day(time)?)),
        None => (text, None),
    };
    let days = match Moment::parse(date.as_bytes()) {
        Some(moment) => moment.days,
        None => other_date(date)?.signed_duration_since(NaiveDate::default()).num_days().try_into().ok()?,
    };
    Some(Spelled::Moment(Moment { days, time }))
}

fn time_of_day(text: &str) -> Option<Time> {
    let text = text.trim_start();
    if text.as_bytes().get(1) == Some(&b':') {
        return Time::parse(format!("0{text}").as_bytes());
    }
    Time::parse(text.as_bytes())
}

fn other_date(text: &str) -> Option<NaiveDate> {
    let format = if text.len() == 8 && text.bytes().all(|byte| byte.is_ascii_digit()) { "%Y%m%d" } else { "%Y-%m-%d" };
    NaiveDate::parse_from_str(text, format).ok()
}

/// Returns a moment in nanoseconds as a column of this type counts them: since the epoch, or of the day.
///
/// A moment without zone is taken in the column's zone, and in UTC for columns without; an instant held against a column
/// without zone is taken in UTC; a date is its midnight. `None` where the two do not fit (a date against times of day).
pub(crate) fn moment_nanoseconds(spelled: Spelled, data_type: &DataType) -> Option<i128> {
    let moment = match (spelled, data_type) {
        (Spelled::TimeOfDay(time), DataType::Time32(_) | DataType::Time64(_)) => {
            return Some(i128::from(time.seconds) * NANOSECONDS + i128::from(time.nanoseconds));
        }
        (Spelled::Moment(moment), data_type) if !matches!(data_type, DataType::Time32(_) | DataType::Time64(_)) => {
            moment
        }
        _ => return None,
    };
    let nanoseconds = i128::from(moment.seconds()) * NANOSECONDS + i128::from(moment.nanoseconds());
    match data_type {
        DataType::Timestamp(_, Some(zone)) if moment.time.is_none_or(|time| time.offset.is_none()) => {
            Some(nanoseconds_of(Zone::new(zone)?.instant(date_time(nanoseconds)?.naive_utc())?))
        }
        _ => Some(nanoseconds),
    }
}

/// A time zone: one of the IANA database, or an offset from UTC.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Zone {
    Named(chrono_tz::Tz),
    Fixed(FixedOffset),
}

impl Zone {
    /// Finds a zone by its name: `Europe/Berlin`, `UTC`, `+02:00`.
    pub(crate) fn new(name: &str) -> Option<Self> {
        name.parse().map(Self::Named).or_else(|_| name.parse().map(Self::Fixed)).ok()
    }

    fn offset_at(self, instant: NaiveDateTime) -> FixedOffset {
        match self {
            Self::Named(zone) => zone.offset_from_utc_datetime(&instant).fix(),
            Self::Fixed(offset) => offset,
        }
    }

    /// Returns the instant at which the clocks of the zone first show a time; where they skip it, the first behind the gap.
    fn instant(self, local: NaiveDateTime) -> Option<DateTime<Utc>> {
        /// No clock is further from UTC, and no gap is longer.
        const FAR: i64 = 2 * 86_400;
        let shown = match self {
            Self::Named(zone) => zone.from_local_datetime(&local).earliest().map(|instant| instant.to_utc()),
            Self::Fixed(offset) => offset.from_local_datetime(&local).earliest().map(|instant| instant.to_utc()),
        };
        if shown.is_some() {
            return shown;
        }
        let middle = local.and_utc().timestamp();
        let (mut before, mut after) = (middle - FAR, middle + FAR);
        while after - before > 1 {
            let half = before.midpoint(after);
            let instant = DateTime::from_timestamp(half, 0)?.naive_utc();
            if instant.checked_add_offset(self.offset_at(instant))? < local {
                before = half;
            } else {
                after = half;
            }
        }
        DateTime::from_timestamp(after, 0)
    }

    /// Returns a timestamp without zone as the instant that it is in this one, in the same unit. `None` outside the calendar.
    pub(crate) fn instant_in(self, unit: TimeUnit, value: i64) -> Option<i64> {
        let data_type = DataType::Timestamp(unit, None);
        let instant = self.instant(date_time(to_nanoseconds(&data_type, value)?)?.naive_utc())?;
        i64::try_from(nanoseconds_of(instant) / step_nanoseconds(&data_type)?).ok()
    }
}

fn date_time(nanoseconds: i128) -> Option<DateTime<Utc>> {
    let seconds = i64::try_from(nanoseconds.div_euclid(NANOSECONDS)).ok()?;
    DateTime::from_timestamp(seconds, nanoseconds.rem_euclid(NANOSECONDS) as u32)
}

fn nanoseconds_of(instant: DateTime<Utc>) -> i128 {
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
    fn a_moment_that_a_zone_skips_is_the_first_after_the_gap() {
        let at = |text: &str, zone: &str| {
            let moment = parse_moment(text).unwrap_or_else(|| panic!("{text}"));
            moment_nanoseconds(moment, &DataType::Timestamp(TimeUnit::Second, Some(zone.into())))
        };
        let instant = |text: &str| at(text, "UTC");
        assert_eq!(at("2018-11-04", "America/Sao_Paulo"), instant("2018-11-04T03:00:00Z"));
        assert_eq!(at("2018-11-04 00:30", "America/Sao_Paulo"), instant("2018-11-04T03:00:00Z"));
        assert_eq!(at("2018-11-04 01:00", "America/Sao_Paulo"), instant("2018-11-04T03:00:00Z"));
        assert_eq!(at("2011-12-30", "Pacific/Apia"), instant("2011-12-30T10:00:00Z"));
        // of a time that comes twice, the first
        assert_eq!(at("2023-10-29 02:30", "Europe/Berlin"), instant("2023-10-29T00:30:00Z"));
    }

    #[test]
    fn iso_spellings_are_read() {
        for text in [
            "2024-01-31T12:30:00Z",
            "2024-01-31 12:30:00+00:00",
            "2024-01-31T13:30+01:00",
            "2024-01-31T12:30:00.000z",
            "2024-1-31 12:30",
            "20240131T12:30",
        ] {
            let moment = parse_moment(text).unwrap_or_else(|| panic!("{text}"));
            assert_eq!(moment_nanoseconds(moment, &DataType::Date32), Some(1_706_704_200 * NANOSECONDS), "{text}");
        }
        let days = |text: &str| {
            let day = parse_moment(text).and_then(|moment| moment_nanoseconds(moment, &DataType::Date32));
            day.map(|nanoseconds| nanoseconds / NANOSECONDS / 86_400)
        };
        assert_eq!(
            (days("20130101"), days(" 2013-01-01 "), days("+10183-09-21")),
            (Some(15_706), Some(15_706), Some(3_000_000))
        );
        for text in ["yesterday", "2013", "2013-02-29", "2013-01-01T", "2013-01-01 25:00", "9:30Z", "201301011"] {
            assert_eq!(parse_moment(text), None, "{text}");
        }
        let time = parse_moment("9:30:00.5").expect("a time of day");
        assert_eq!(moment_nanoseconds(time, &DataType::Time32(TimeUnit::Second)), Some(34_200_500_000_000));
        assert_eq!(moment_nanoseconds(time, &DataType::Date32), None);
        assert_eq!(parse_duration("P1DT0.5S"), Some(86_400_500_000_000));
        assert_eq!(parse_duration("-2h"), Some(-7_200 * NANOSECONDS));
    }
}
