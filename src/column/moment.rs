//! Dates and times in ISO 8601, quickly: columns of them are read value by value, and the literals of suites as well.

/// A date, or a date and time, as a text gives it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Moment {
    /// Days since 1970-01-01.
    pub(crate) days: i32,
    /// The time of day, where there is one.
    pub(crate) time: Option<Time>,
}

/// A time of day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Time {
    pub(crate) seconds: u32,
    pub(crate) nanoseconds: u32,
    /// How far local time is ahead of UTC, in seconds, where the text says so.
    pub(crate) offset: Option<i32>,
}

impl Moment {
    /// Reads `2013-01-31`, `2013-01-31 05:00`, `2013-01-31T05:00:00.123456789`; times with an offset as `Z`, ` UTC`,
    /// `+02:00`, `+0200` or `+02`. Years have four digits, months, days and hours two; leap seconds are not known.
    pub(crate) fn parse(text: &[u8]) -> Option<Self> {
        let (date, rest) = text.split_at_checked(10)?;
        let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = *date else { return None };
        let days = days(two(y1, y2)? * 100 + two(y3, y4)?, two(m1, m2)?, two(d1, d2)?)?;
        let time = match rest {
            [] => None,
            [b'T' | b't' | b' ', rest @ ..] => Some(Time::parse(rest)?),
            _ => return None,
        };
        Some(Self { days, time })
    }

    /// Returns seconds since 1970-01-01, in UTC where there is an offset and by the text's own clock where there is none.
    pub(crate) fn seconds(self) -> i64 {
        let time = self.time.map_or(0, |time| i64::from(time.seconds) - i64::from(time.offset.unwrap_or(0)));
        i64::from(self.days) * 86_400 + time
    }

    /// Returns the nanoseconds within the second.
    pub(crate) fn nanoseconds(self) -> u32 {
        self.time.map_or(0, |time| time.nanoseconds)
    }
}

impl Time {
    /// Reads `05:00`, `05:00:00.123456789`, with an offset as behind a date or without.
    pub(crate) fn parse(text: &[u8]) -> Option<Self> {
        let [h1, h2, b':', m1, m2, rest @ ..] = text else { return None };
        let (hour, minute) = (two(*h1, *h2)?, two(*m1, *m2)?);
        let (second, rest) = match rest {
            [b':', s1, s2, rest @ ..] => (two(*s1, *s2)?, rest),
            _ => (0, rest),
        };
        if hour > 23 || minute > 59 || second > 59 {
            return None;
        }
        let (nanoseconds, rest) = match rest {
            [b'.', rest @ ..] => {
                let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
                (fraction(&rest[..digits])?, &rest[digits..])
            }
            _ => (0, rest),
        };
        let offset = match rest {
            [] => None,
            rest => Some(offset(rest)?),
        };
        Some(Self { seconds: hour * 3600 + minute * 60 + second, nanoseconds, offset })
    }
}

/// Returns days since 1970-01-01 in the Gregorian calendar; `None` for a day that it does not have.
///
/// Source: Howard Hinnant, "chrono-compatible low-level date algorithms": years are counted from March, so that a leap day
/// is the last of its year.
#[inline]
fn days(year: u32, month: u32, day: u32) -> Option<i32> {
    const LENGTHS: [u32; 13] = [0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    /// Days from March 1 of the year -400 to 1970-01-01; the calendar repeats after 400 years.
    const EPOCH: u32 = 719_468 + 146_097;
    let is_leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let length = *LENGTHS.get(month as usize)? + u32::from(month == 2 && is_leap);
    if day == 0 || day > length {
        return None;
    }
    let year = year + 400 - u32::from(month <= 2);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let days = year * 365 + year / 4 - year / 100 + year / 400 + day_of_year;
    Some(days.cast_signed() - EPOCH.cast_signed())
}

/// Reads two digits.
#[inline]
fn two(tens: u8, ones: u8) -> Option<u32> {
    let (tens, ones) = (tens.wrapping_sub(b'0'), ones.wrapping_sub(b'0'));
    (tens < 10 && ones < 10).then(|| u32::from(tens) * 10 + u32::from(ones))
}

/// Reads the digits behind the point as nanoseconds.
fn fraction(digits: &[u8]) -> Option<u32> {
    if digits.is_empty() || digits.len() > 9 {
        return None;
    }
    let value = digits.iter().fold(0, |value, digit| value * 10 + u32::from(digit - b'0'));
    Some(value * 10_u32.pow(9 - digits.len() as u32))
}

fn offset(text: &[u8]) -> Option<i32> {
    let text = match text {
        [b'Z' | b'z'] | b" UTC" | b" Z" => return Some(0),
        [b' ', rest @ ..] => rest,
        _ => text,
    };
    let (sign, hour, minute) = match *text {
        [sign, h1, h2, b':', m1, m2] | [sign, h1, h2, m1, m2] => (sign, two(h1, h2)?, two(m1, m2)?),
        [sign, h1, h2] => (sign, two(h1, h2)?, 0),
        _ => return None,
    };
    if hour > 23 || minute > 59 {
        return None;
    }
    let seconds = (hour * 3600 + minute * 60).cast_signed();
    match sign {
        b'+' => Some(seconds),
        b'-' => Some(-seconds),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Seconds, nanoseconds and whether there is a time and an offset.
    fn read(text: &str) -> Option<(i64, u32, bool, bool)> {
        let moment = Moment::parse(text.as_bytes())?;
        let has_offset = moment.time.is_some_and(|time| time.offset.is_some());
        Some((moment.seconds(), moment.nanoseconds(), moment.time.is_some(), has_offset))
    }

    #[test]
    fn dates_and_times_with_and_without_offset() {
        assert_eq!(read("1970-01-01"), Some((0, 0, false, false)));
        assert_eq!(read("2000-02-29"), Some((951_782_400, 0, false, false)));
        assert_eq!(read("1969-12-31 23:59"), Some((-60, 0, true, false)));
        assert_eq!(read("2013-01-01T05:00:00.5"), Some((1_357_016_400, 500_000_000, true, false)));
        for text in [
            "2013-01-01T05:00:00Z",
            "2013-01-01 05:00:00 UTC",
            "2013-01-01 06:00:00+01",
            "2013-01-01T07:30:00+0230",
            "2013-01-01T00:00:00-05:00",
            "2013-01-01 05:00Z",
        ] {
            assert_eq!(read(text), Some((1_357_016_400, 0, true, true)), "{text}");
        }
        assert_eq!(read("2013-01-01 00:00:00.123456789"), Some((1_356_998_400, 123_456_789, true, false)));
    }

    #[test]
    fn what_is_no_iso_date_is_refused() {
        for text in [
            "",
            "2013",
            "2013-1-1",
            "2013-13-01",
            "2013-02-29",
            "2013-01-01T",
            "2013-01-01x",
            "2013-01-01 5:00",
            "2013-01-01 24:00",
            "2013-01-01 05:60",
            "2013-01-01 05:00:60",
            "2013-01-01 05:00:00.",
            "2013-01-01 05:00:00.1234567890",
            "2013-01-01 05:00 CET",
            "2013-01-01Z",
            "2013-01-01 05:00+1",
            "2013-01-01 05:00+25:00",
            "01.02.2013",
            "20130101",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn agrees_with_chrono(seconds in -60_000_000_000_i64..250_000_000_000, nanoseconds in 0..1_000_000_000_u32) {
            let moment = chrono::DateTime::from_timestamp(seconds, nanoseconds).expect("in range");
            let text = moment.format("%Y-%m-%dT%H:%M:%S%.9f%:z").to_string();
            prop_assert_eq!(read(&text), Some((seconds, nanoseconds, true, true)));
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..40)) {
            let _ = Moment::parse(&bytes);
        }
    }
}
