//! What a text of a CSV file could be, and the type that a column of such texts has.

use std::collections::HashSet;

use arrow::datatypes::{DataType, TimeUnit};

use crate::column::moment::Moment;
use crate::column::read::{boolean, int64, moment_nanoseconds, trim, uint64};
use crate::source::misfit::is_nearly_all;

/// What one value is, by its looks; each value is exactly one of these.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(in crate::source) enum Kind {
    /// A whole number below zero that `i64` holds.
    Negative,
    /// A whole number from zero on that `i64` holds.
    Integer,
    /// A whole number that only `u64` holds.
    Unsigned,
    /// A whole number that neither holds.
    Huge,
    /// A number with a point or an exponent, or infinity.
    Float,
    /// `true` or `false`, in the spellings of pandas.
    Boolean,
    /// A day.
    Date,
    /// A day and time.
    Local,
    /// A day and time with an offset from UTC.
    Instant,
    /// A word that stands for no value where the column is otherwise no text, or everywhere if the user says so.
    Missing,
    /// Anything else.
    Text,
}

impl Kind {
    /// How many kinds there are.
    const COUNT: usize = 11;
    const NUMBERS: [Self; 5] = [Self::Negative, Self::Integer, Self::Unsigned, Self::Huge, Self::Float];
    const VALUES: [Self; 10] = [
        Self::Negative,
        Self::Integer,
        Self::Unsigned,
        Self::Huge,
        Self::Float,
        Self::Boolean,
        Self::Date,
        Self::Local,
        Self::Instant,
        Self::Text,
    ];
}

/// What pandas' `read_csv` takes for a missing value, besides the empty text.
const MISSING: [&str; 18] = [
    "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN", "<NA>", "N/A", "NA", "NULL",
    "NaN", "None", "n/a", "nan", "null",
];

/// The words that stand for a missing value.
#[derive(Debug, Clone)]
pub(in crate::source) struct Missing {
    words: HashSet<Vec<u8>>,
    /// For each byte whether a word begins with it: most texts are told apart by that.
    first_bytes: Box<[bool; 256]>,
    longest: usize,
    /// The words are missing values in every column, texts too.
    pub(in crate::source) is_everywhere: bool,
}

impl Missing {
    /// Takes the user's words, or pandas' where there are none.
    pub(in crate::source) fn new(words: Option<&[String]>) -> Self {
        let is_everywhere = words.is_some();
        let words: HashSet<Vec<u8>> = match words {
            Some(words) => words.iter().map(|word| word.clone().into_bytes()).collect(),
            None => MISSING.iter().map(|word| word.as_bytes().to_vec()).collect(),
        };
        let longest = words.iter().map(Vec::len).max().unwrap_or(0);
        let mut first_bytes = Box::new([false; 256]);
        words.iter().filter_map(|word| word.first()).for_each(|&byte| first_bytes[usize::from(byte)] = true);
        Self { words, first_bytes, longest, is_everywhere }
    }

    /// Whether a text is one of the words.
    #[inline]
    pub(in crate::source) fn holds(&self, text: &[u8]) -> bool {
        match text.first() {
            Some(&byte) if !self.first_bytes[usize::from(byte)] => false,
            _ => text.len() <= self.longest && self.words.contains(text),
        }
    }
}

/// Enough of what values look like to tell that they are texts.
#[derive(Debug, Clone, Copy, Default)]
pub(in crate::source) struct Looks {
    /// How many values there are, words for missing ones among them.
    values: u64,
    /// How many of them are texts, as far as they were looked at.
    texts: u64,
}

impl Looks {
    /// Begins with values that follow each other.
    #[inline]
    pub(in crate::source) fn begin(&mut self) -> Look<'_> {
        Look { looks: self, values: 0, texts: 0 }
    }

    /// Takes up other values.
    pub(in crate::source) fn merge(&mut self, other: Self) {
        self.values += other.values;
        self.texts += other.texts;
    }

    /// Whether the column is of texts whatever the values are that nobody looked at: more than one in four is one.
    pub(in crate::source) fn are_texts(self) -> bool {
        self.texts > self.values / 4
    }
}

/// A look at values that follow each other: at no more of them than it takes.
pub(in crate::source) struct Look<'a> {
    looks: &'a mut Looks,
    values: u64,
    texts: u64,
}

impl Look<'_> {
    /// Adds a value.
    #[inline]
    pub(in crate::source) fn add(&mut self, text: &[u8], missing: &Missing) {
        self.values += 1;
        if self.texts <= self.values / 3 && is_text(text, missing) {
            self.texts += 1;
        }
    }
}

impl Drop for Look<'_> {
    fn drop(&mut self) {
        self.looks.merge(Looks { values: self.values, texts: self.texts });
    }
}

/// Whether a value that is not empty looks like nothing else than a text.
#[inline]
fn is_text(text: &[u8], missing: &Missing) -> bool {
    match text[0] {
        // what begins numbers, times, booleans and NaN begins with something else
        b'i' | b'I' | b'n' | b'N' | b't' | b'T' | b'f' | b'F' => {}
        byte if byte.is_ascii_alphabetic() && !missing.first_bytes[usize::from(byte)] => return true,
        _ => {}
    }
    Kinds::default().tell(text, missing) == Kind::Text
}

/// How many values of each kind a column has.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::source) struct Kinds {
    counts: [u64; Kind::COUNT],
    /// A time has digits below the microsecond.
    has_nanoseconds: bool,
    /// A time lies outside what 64 bits of nanoseconds hold.
    has_far_times: bool,
    /// A number has leading zeros or a plus sign.
    has_codes: bool,
}

impl Kinds {
    /// Tells the kind of a text that is not empty, and counts it.
    pub(in crate::source) fn add(&mut self, text: &[u8], missing: &Missing) -> Kind {
        let kind = self.tell(text, missing);
        self.counts[kind as usize] += 1;
        kind
    }

    fn tell(&mut self, text: &[u8], missing: &Missing) -> Kind {
        if missing.is_everywhere && missing.holds(text) {
            return Kind::Missing;
        }
        let trimmed = trim(text);
        let kind = match trimmed {
            [b'0'..=b'9', _, _, _, b'-', ..] => self.tell_time(trimmed),
            [b'0'..=b'9' | b'+' | b'-' | b'.' | b'i' | b'I', ..] => {
                self.has_codes |= is_code(trimmed);
                tell_number(trimmed)
            }
            [b't' | b'T' | b'f' | b'F', ..] => boolean(trimmed).map(|_| Kind::Boolean),
            _ => None,
        };
        // where the user's words replace pandas', NaN is a number like any other
        let kind = kind.or_else(|| (missing.is_everywhere && is_nan(trimmed)).then_some(Kind::Float));
        match kind {
            Some(kind) => kind,
            None if missing.holds(text) => Kind::Missing,
            None => Kind::Text,
        }
    }

    fn tell_time(&mut self, text: &[u8]) -> Option<Kind> {
        let moment = Moment::parse(text)?;
        self.has_nanoseconds |= moment.nanoseconds() % 1000 != 0;
        self.has_far_times |= moment_nanoseconds(moment).is_none();
        Some(match moment.time {
            None => Kind::Date,
            Some(time) if time.offset.is_none() => Kind::Local,
            Some(_) => Kind::Instant,
        })
    }

    /// Takes up the values of a later stretch of the column.
    pub(in crate::source) fn merge(&mut self, later: &Self) {
        for (count, more) in self.counts.iter_mut().zip(later.counts) {
            *count += more;
        }
        self.has_nanoseconds |= later.has_nanoseconds;
        self.has_far_times |= later.has_far_times;
        self.has_codes |= later.has_codes;
    }

    /// Whether, if all are whole numbers, some are not written as numbers are.
    pub(super) fn have_codes(&self) -> bool {
        self.has_codes
    }

    /// Returns how many values are of a kind.
    pub(in crate::source) fn of(&self, kind: Kind) -> u64 {
        self.counts[kind as usize]
    }

    /// Returns how many values there are, those that stand for none left out.
    fn values(&self) -> u64 {
        Kind::VALUES.iter().map(|&kind| self.of(kind)).sum()
    }

    /// Whether so many values are texts that nothing else could be meant.
    pub(in crate::source) fn are_texts(&self) -> bool {
        Looks { values: self.values(), texts: self.of(Kind::Text) }.are_texts()
    }

    fn any(&self, kinds: &[Kind]) -> bool {
        kinds.iter().any(|&kind| self.of(kind) > 0)
    }

    /// Returns the narrowest type that holds all values, or all but a few.
    pub(in crate::source) fn resolve(&self) -> Resolution {
        let values = self.values();
        if values == 0 {
            return Resolution { data_type: DataType::Null, wanted: None };
        }
        let mut best: Option<(u64, DataType)> = None;
        for data_type in self.candidates() {
            let fitting = Kind::VALUES.iter().filter(|&&kind| fits(kind, &data_type)).map(|&kind| self.of(kind)).sum();
            if best.as_ref().is_none_or(|(most, _)| fitting > *most) {
                best = Some((fitting, data_type));
            }
        }
        match best {
            Some((fitting, data_type)) if fitting == values => Resolution { data_type, wanted: None },
            Some((fitting, data_type)) if is_nearly_all(fitting, values) => {
                Resolution { data_type: DataType::Utf8, wanted: Some((data_type, values - fitting)) }
            }
            _ => Resolution::text(),
        }
    }

    /// Returns the type that the user asks for, of which all values are; of times that nanoseconds cannot hold, microseconds.
    pub(in crate::source) fn resolve_as(&self, data_type: &DataType) -> Resolution {
        let data_type = match data_type {
            DataType::Timestamp(TimeUnit::Nanosecond, zone) if self.has_far_times => {
                DataType::Timestamp(TimeUnit::Microsecond, zone.clone())
            }
            declared => declared.clone(),
        };
        Resolution { data_type, wanted: None }
    }

    /// Lists the types that could hold the most values; earlier ones are preferred.
    fn candidates(&self) -> Vec<DataType> {
        use Kind::{Boolean, Date, Float, Instant, Integer, Local, Negative, Unsigned};
        let mut candidates = Vec::new();
        if self.any(&[Float]) {
            candidates.push(DataType::Float64);
        } else if self.any(&[Negative, Integer, Unsigned]) {
            candidates.extend([DataType::Int64, DataType::UInt64]);
        }
        if self.any(&[Boolean]) {
            candidates.push(DataType::Boolean);
        }
        let unit = match (self.has_nanoseconds, self.has_far_times) {
            (false, _) => Some(TimeUnit::Microsecond),
            (true, false) => Some(TimeUnit::Nanosecond),
            // no unit holds all digits of all values
            (true, true) => None,
        };
        if self.any(&[Date]) && !self.any(&[Local]) {
            candidates.push(DataType::Date32);
        }
        if let Some(unit) = unit {
            if self.any(&[Local]) {
                candidates.push(DataType::Timestamp(unit, None));
            }
            if self.any(&[Instant]) {
                candidates.push(DataType::Timestamp(unit, Some("UTC".into())));
            }
        }
        candidates
    }
}

/// What type a column has.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::source) struct Resolution {
    pub(in crate::source) data_type: DataType,
    /// The type that nearly all values are of, and how many are not, where that keeps the column a text.
    pub(in crate::source) wanted: Option<(DataType, u64)>,
}

impl Resolution {
    fn text() -> Self {
        Self { data_type: DataType::Utf8, wanted: None }
    }
}

/// Whether a column of the type can hold the kind of value.
pub(in crate::source) fn fits(kind: Kind, data_type: &DataType) -> bool {
    match data_type {
        DataType::Int64 => matches!(kind, Kind::Negative | Kind::Integer),
        DataType::UInt64 => matches!(kind, Kind::Integer | Kind::Unsigned),
        DataType::Float64 => Kind::NUMBERS.contains(&kind),
        DataType::Boolean => kind == Kind::Boolean,
        DataType::Date32 => kind == Kind::Date,
        DataType::Timestamp(_, None) => matches!(kind, Kind::Date | Kind::Local),
        DataType::Timestamp(_, Some(_)) => kind == Kind::Instant,
        DataType::Null => false,
        _ => true,
    }
}

/// Whether a text, if it is a whole number, has leading zeros or a plus sign.
#[inline]
pub(super) fn is_code(text: &[u8]) -> bool {
    matches!(trim(text), [b'+', ..] | [b'0', b'0'..=b'9', ..] | [b'-', b'0', b'0'..=b'9', ..])
}

/// Tells which kind of number a text is.
fn tell_number(text: &[u8]) -> Option<Kind> {
    let digits = text.strip_prefix(b"-").or_else(|| text.strip_prefix(b"+")).unwrap_or(text);
    let whole = digits.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if whole < digits.len() || whole == 0 {
        return is_float(digits, whole).then_some(Kind::Float);
    }
    let is_negative = text[0] == b'-';
    if whole <= 18 {
        return Some(if is_negative { Kind::Negative } else { Kind::Integer });
    }
    Some(match int64(text) {
        Some(_) if is_negative => Kind::Negative,
        Some(_) => Kind::Integer,
        None if !is_negative && uint64(text).is_some() => Kind::Unsigned,
        None => Kind::Huge,
    })
}

/// Whether a text without sign, which begins with `whole` digits, is a number with point or exponent, or infinity.
fn is_float(text: &[u8], whole: usize) -> bool {
    let count = |text: &[u8]| text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let mut rest = &text[whole..];
    let mut digits = whole;
    if let [b'.', behind @ ..] = rest {
        let fraction = count(behind);
        digits += fraction;
        rest = &behind[fraction..];
    }
    if digits == 0 {
        return text.eq_ignore_ascii_case(b"inf") || text.eq_ignore_ascii_case(b"infinity");
    }
    match rest {
        [] => true,
        [b'e' | b'E', b'+' | b'-', exponent @ ..] | [b'e' | b'E', exponent @ ..] => {
            !exponent.is_empty() && count(exponent) == exponent.len()
        }
        _ => false,
    }
}

fn is_nan(text: &[u8]) -> bool {
    let digits = text.strip_prefix(b"-").or_else(|| text.strip_prefix(b"+")).unwrap_or(text);
    digits.eq_ignore_ascii_case(b"nan")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::column::read::{float64, reads};

    fn kinds(texts: &[&str], words: Option<&[String]>) -> Kinds {
        let missing = Missing::new(words);
        let mut kinds = Kinds::default();
        for text in texts {
            kinds.add(text.as_bytes(), &missing);
        }
        kinds
    }

    fn type_of(texts: &[&str]) -> DataType {
        kinds(texts, None).resolve().data_type
    }

    const MICROSECONDS: DataType = DataType::Timestamp(TimeUnit::Microsecond, None);

    fn utc(unit: TimeUnit) -> DataType {
        DataType::Timestamp(unit, Some("UTC".into()))
    }

    #[test]
    fn the_narrowest_type_that_holds_all_values_is_chosen() {
        assert_eq!(type_of(&["1", "-2", "+3", " 4 ", "00123"]), DataType::Int64);
        assert_eq!(type_of(&["9223372036854775807", "-9223372036854775808"]), DataType::Int64);
        assert_eq!(type_of(&["9223372036854775808", "1"]), DataType::UInt64);
        assert_eq!(type_of(&["18446744073709551615", "-1"]), DataType::Utf8);
        assert_eq!(type_of(&["123456789012345678901234567890", "1"]), DataType::Utf8);
        assert_eq!(type_of(&["123456789012345678901234567890", "1.5"]), DataType::Float64);
        assert_eq!(type_of(&["1", "1.", ".5", "1e5", "-1E-5", "+inf", "-Infinity", "INF"]), DataType::Float64);
        assert_eq!(type_of(&["true", "FALSE", "True"]), DataType::Boolean);
        assert_eq!(type_of(&["2013-01-01", "2013-12-31"]), DataType::Date32);
        assert_eq!(type_of(&["2013-01-01", "2013-12-31 05:00"]), MICROSECONDS);
        assert_eq!(type_of(&["2013-01-01T00:00:00.123456000"]), MICROSECONDS);
        assert_eq!(type_of(&["2013-01-01T00:00:00.123456789"]), DataType::Timestamp(TimeUnit::Nanosecond, None));
        assert_eq!(type_of(&["2013-01-01T00:00:00Z", "2013-01-01 05:00:00+02:00"]), utc(TimeUnit::Microsecond));
        assert_eq!(type_of(&["2013-01-01T00:00:00Z", "2013-01-01 05:00:00"]), DataType::Utf8);
        assert_eq!(type_of(&["0001-01-01T00:00:00.000000001", "2013-01-01 05:00:00"]), DataType::Utf8);
        for text in [
            "1 2", "-", "1_000", "0x1F", "1d5", "NAN", "T", "yes", "2013-1-1", "1.2.3", "1e", "+", ".", "e5", "$5",
            "1,5",
        ] {
            assert_eq!(type_of(&[text]), DataType::Utf8, "{text}");
        }
    }

    #[test]
    fn words_for_missing_values_count_only_beside_other_values_than_text() {
        assert_eq!(type_of(&["NA", "1", "NaN", "-nan", "1.#IND"]), DataType::Int64);
        assert_eq!(type_of(&["None", "true"]), DataType::Boolean);
        assert_eq!(type_of(&["NA", "DE"]), DataType::Utf8);
        assert_eq!(type_of(&["NA", "null"]), DataType::Null);
        assert_eq!(type_of(&[]), DataType::Null);
    }

    #[test]
    fn the_words_of_the_user_replace_those_of_pandas() {
        let words = ["-".to_owned(), "unknown".to_owned()];
        assert_eq!(kinds(&["1", "-", "unknown"], Some(&words)).resolve().data_type, DataType::Int64);
        assert_eq!(kinds(&["1", "NA"], Some(&words)).resolve().data_type, DataType::Utf8);
        assert_eq!(kinds(&["1", "NaN"], Some(&words)).resolve().data_type, DataType::Float64);
    }

    #[test]
    fn a_few_misfits_are_told_from_a_text_column() {
        let resolution = kinds(&["1", "2", "3", "4", "n.a.", "NA"], None).resolve();
        assert_eq!(resolution, Resolution { data_type: DataType::Utf8, wanted: Some((DataType::Int64, 1)) });
        let resolution = kinds(&["2013-01-01", "2013-01-02", "2013-01-03", "2013-02-30", "2013-01-04"], None).resolve();
        assert_eq!(resolution.wanted, Some((DataType::Date32, 1)));
        assert_eq!(kinds(&["1", "2", "3", "x", "y"], None).resolve().wanted, None);
        assert_eq!(kinds(&["1", "2", "x"], None).resolve().wanted, None);
        let many: Vec<&str> = (0..100).map(|at| if at % 4 == 3 { "?" } else { "0.5" }).collect();
        assert_eq!(kinds(&many, None).resolve().wanted, Some((DataType::Float64, 25)));
    }

    #[test]
    fn a_type_that_is_asked_for_is_had() {
        assert_eq!(kinds(&["1", "2"], None).resolve_as(&DataType::Float64).data_type, DataType::Float64);
        assert_eq!(kinds(&[], None).resolve_as(&DataType::Date32).data_type, DataType::Date32);
        let nanoseconds = DataType::Timestamp(TimeUnit::Nanosecond, None);
        assert_eq!(kinds(&["2024-01-01"], None).resolve_as(&nanoseconds).data_type, nanoseconds);
        assert_eq!(kinds(&["9999-01-01"], None).resolve_as(&nanoseconds).data_type, MICROSECONDS);
    }

    proptest! {
        #[test]
        fn what_looks_like_a_number_reads_as_one(text in "[+-]?([0-9]{0,22}[.]?[0-9]{0,3}([eE][+-]?[0-9]{0,3})?|inf|[a-zA-Z0-9.]{0,4})") {
            let reads = float64(text.as_bytes()).is_some_and(|value| !value.is_nan());
            prop_assert_eq!(tell_number(text.as_bytes()).is_some(), reads, "{}", text);
        }

        #[test]
        fn a_resolved_type_reads_every_value(texts in proptest::collection::vec("[ ]?([0-9]{1,20}|-[0-9]{1,20}|[0-9]{1,3}[.][0-9]|true|NA|2013-01-[0-3][0-9]( 05:0[0-9]Z?)?)", 1..9)) {
            let missing = Missing::new(None);
            let mut found = Kinds::default();
            for text in &texts {
                found.add(text.as_bytes(), &missing);
            }
            for text in texts.iter().map(String::as_bytes).filter(|text| !missing.holds(text)) {
                let resolution = found.resolve();
                let is_read = resolution.data_type == DataType::Utf8 || reads(text, &resolution.data_type);
                prop_assert!(is_read, "{:?}", texts);
                // what is counted as a misfit is what the type does not read
                if let Some((wanted, _)) = resolution.wanted {
                    let kind = Kinds::default().add(text, &missing);
                    prop_assert_eq!(fits(kind, &wanted), reads(text, &wanted), "{:?}", texts);
                }
            }
        }
    }
}
