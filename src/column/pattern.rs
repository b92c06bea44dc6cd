//! Regular expressions in Python's syntax, searched for in whole columns of text.
//!
//! Patterns are translated to the `regex` crate, which runs in linear time; only what it cannot express (look-around,
//! back-references) goes to `fancy-regex`. Two common kinds are searched faster than value by value: a pattern that must
//! contain one of a few literals is looked for in the whole text buffer of a batch, and one that is an anchored row of
//! character classes is a row of tables.

mod class_run;
mod class_sequence;
mod classes;

use std::ops::Range;

use aho_corasick::{AhoCorasick, Input, MatchKind, packed};
use arrow::array::{Array, ArrayRef, AsArray, GenericStringArray, OffsetSizeTrait};
use arrow::buffer::BooleanBuffer;
use arrow::datatypes::DataType;
use regex_syntax::hir::literal::{ExtractKind, Extractor};
use regex_syntax::hir::{Hir, HirKind, Look};

use self::classes::Classes;
use super::mask;

/// How much memory a compiled pattern may take, in bytes.
const SIZE_LIMIT: usize = 64 << 20;

/// How many steps a pattern with look-around or back-references may go back before a value counts as no match.
const BACKTRACK_LIMIT: usize = 1_000_000;

/// A compiled pattern.
#[derive(Debug)]
pub(crate) struct Pattern {
    engine: Engine,
    classes: Option<Classes>,
    literals: Option<Literals>,
}

#[derive(Debug)]
enum Engine {
    Linear(regex::Regex),
    Backtracking(fancy_regex::Regex),
}

impl Engine {
    fn is_match(&self, text: &str) -> bool {
        match self {
            Self::Linear(regex) => regex.is_match(text),
            Self::Backtracking(regex) => regex.is_match(text).unwrap_or(false),
        }
    }
}

impl Pattern {
    /// Compiles a pattern in Python's syntax.
    ///
    /// # Errors
    /// What is wrong with the pattern.
    pub(crate) fn compile(pattern: &str) -> Result<Self, String> {
        let (translated, has_dollar) = translate(pattern, true);
        let linear = regex::RegexBuilder::new(&translated).size_limit(SIZE_LIMIT).build();
        let engine = match linear {
            Ok(regex) => Engine::Linear(regex),
            Err(regex::Error::CompiledTooBig(_)) => {
                return Err(format!("it needs more than {} MiB when compiled", SIZE_LIMIT >> 20));
            }
            Err(error) => {
                let backtracking = fancy_regex::RegexBuilder::new(&translated).backtrack_limit(BACKTRACK_LIMIT).build();
                Engine::Backtracking(backtracking.map_err(|_| last_line(&error.to_string()))?)
            }
        };
        let hir = match engine {
            Engine::Linear(_) => regex_syntax::parse(&translate(pattern, false).0).ok(),
            Engine::Backtracking(_) => None,
        };
        // they end once, by `$` or by `\Z`; where both are written, one of them may be in a comment
        let is_certain = !has_dollar || !pattern.contains("\\Z");
        let classes = hir.as_ref().filter(|_| is_certain).and_then(|hir| Classes::of(hir, has_dollar));
        let literals = if classes.is_none() { hir.as_ref().and_then(Literals::of) } else { None };
        Ok(Self { engine, classes, literals })
    }

    /// Compiles a SQL LIKE pattern, which is held against the whole text.
    ///
    /// # Errors
    /// The escape character ends the pattern.
    pub(crate) fn like(pattern: &str, escape: Option<char>) -> Result<Self, String> {
        let mut regex = String::from(r"(?s)\A");
        let mut characters = pattern.chars();
        while let Some(character) = characters.next() {
            match character {
                character if Some(character) == escape => match characters.next() {
                    Some(literal) => regex += &regex_syntax::escape(&literal.to_string()),
                    None => return Err("its last character is the escape character".to_owned()),
                },
                '%' => regex += ".*",
                '_' => regex += ".",
                literal => regex += &regex_syntax::escape(&literal.to_string()),
            }
        }
        Self::compile(&(regex + r"\Z"))
    }

    /// Tells whether the pattern is found anywhere in a text.
    pub(crate) fn is_match(&self, text: &str) -> bool {
        match &self.classes {
            Some(classes) => classes.is_match(text.as_bytes(), || self.engine.is_match(text)),
            None => self.engine.is_match(text),
        }
    }

    /// Tells for each text of an array (Utf8, LargeUtf8, Utf8View) whether the pattern is found in it; nulls give either.
    pub(crate) fn matches(&self, array: &ArrayRef) -> BooleanBuffer {
        match array.data_type() {
            DataType::Utf8 => self.matches_in(array.as_string::<i32>()),
            DataType::LargeUtf8 => self.matches_in(array.as_string::<i64>()),
            _ => {
                let texts = array.as_string_view();
                BooleanBuffer::collect_bool(texts.len(), |row| self.is_match(texts.value(row)))
            }
        }
    }

    fn matches_in<O: OffsetSizeTrait>(&self, texts: &GenericStringArray<O>) -> BooleanBuffer {
        match (&self.classes, &self.literals) {
            (Some(classes), _) => mask::packed(&classes.search(texts, |row| self.engine.is_match(texts.value(row)))),
            (None, Some(literals)) => literals.search(texts, |row| self.is_match(texts.value(row))),
            (None, None) => BooleanBuffer::collect_bool(texts.len(), |row| self.is_match(texts.value(row))),
        }
    }
}

fn last_line(message: &str) -> String {
    message.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned()
}

/// Rewrites a pattern from Python's syntax to that of `regex`.
///
/// `\Z` is `\z`; a `$` outside classes may stand before a last line break (unless `end_before_newline` is off, which
/// leaves it as it is); `[`, `&&`, `--` and `~~` in classes and a `{` that starts no repetition are literal. Also tells
/// whether there is such a `$`.
fn translate(pattern: &str, end_before_newline: bool) -> (String, bool) {
    let mut has_dollar = false;
    let mut out = String::with_capacity(pattern.len() + 8);
    let mut rest = pattern;
    let mut in_class = false;
    while let Some(character) = rest.chars().next() {
        let after = &rest[character.len_utf8()..];
        match character {
            '\\' => {
                let Some(escaped) = after.chars().next() else {
                    out.push('\\');
                    break;
                };
                match escaped {
                    'Z' if !in_class => out += r"\z",
                    '<' | '>' => out.push(escaped),
                    _ => {
                        out.push('\\');
                        out.push(escaped);
                    }
                }
                rest = &after[escaped.len_utf8()..];
                continue;
            }
            '[' if in_class => out += r"\[",
            '[' => {
                in_class = true;
                out.push('[');
                rest = after;
                for first in ['^', ']'] {
                    if let Some(left) = rest.strip_prefix(first) {
                        out += if first == ']' { r"\]" } else { "^" };
                        rest = left;
                    }
                }
                continue;
            }
            ']' if in_class => {
                in_class = false;
                out.push(']');
            }
            '&' | '~' | '-' if in_class && after.starts_with(character) => {
                out.push('\\');
                out.push(character);
            }
            '$' if !in_class => {
                has_dollar = true;
                // right with the flag `m` and without
                out += if end_before_newline { r"(?:$|\n\z)" } else { "$" };
            }
            '{' if !in_class => match repetition(rest) {
                Some((minimum, length)) => {
                    out += if minimum { "{" } else { "{0" };
                    out += &rest[1..length];
                    rest = &rest[length..];
                    continue;
                }
                None => out += r"\{",
            },
            '}' if !in_class => out += r"\}",
            other => out.push(other),
        }
        rest = after;
    }
    (out, has_dollar)
}

/// Reads `{2}`, `{2,}`, `{,3}` or `{2,3}` at the start of a text: whether it has a minimum, and its length.
fn repetition(text: &str) -> Option<(bool, usize)> {
    let end = text.find('}')?;
    let inner = &text[1..end];
    let (minimum, maximum) = inner.split_once(',').unwrap_or((inner, "0"));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let something = !(minimum.is_empty() && (maximum.is_empty() || !inner.contains(',')));
    (digits(minimum) && digits(maximum) && something).then_some((!minimum.is_empty(), end + 1))
}

/// The fastest search for a number of literals.
#[derive(Debug)]
enum Search {
    One(memchr::memmem::Finder<'static>),
    /// By vector instructions, where the processor has them and the literals are few.
    Packed(packed::Searcher),
    Any(AhoCorasick),
}

impl Search {
    fn new(literals: &[Vec<u8>]) -> Option<Self> {
        if let [literal] = literals {
            return Some(Self::One(memchr::memmem::Finder::new(literal).into_owned()));
        }
        let mut builder = packed::Config::new().match_kind(packed::MatchKind::LeftmostFirst).builder();
        if let Some(searcher) = builder.extend(literals).build() {
            return Some(Self::Packed(searcher));
        }
        Some(Self::Any(AhoCorasick::builder().match_kind(MatchKind::LeftmostFirst).build(literals).ok()?))
    }

    fn find(&self, bytes: &[u8], range: Range<usize>) -> Option<Range<usize>> {
        match self {
            Self::One(finder) => {
                let start = range.start + finder.find(&bytes[range])?;
                Some(start..start + finder.needle().len())
            }
            Self::Packed(searcher) => searcher.find_in(bytes, range.into()).map(|hit| hit.start()..hit.end()),
            Self::Any(searcher) => searcher.find(Input::new(bytes).range(range)).map(|hit| hit.start()..hit.end()),
        }
    }
}

/// Literals of which a text must contain one to match.
#[derive(Debug)]
struct Literals {
    search: Search,
    /// Between word boundaries (or with nothing around, for `Some(false)`) a literal is a match in itself.
    whole: Option<bool>,
    /// No literal begins with another one: there is one hit at most at a place.
    prefix_free: bool,
}

impl Literals {
    fn of(hir: &Hir) -> Option<Self> {
        let mut extractor = Extractor::new();
        extractor.kind(ExtractKind::Prefix).limit_total(64).limit_class(4);
        let sequence = extractor.extract(hir);
        let literals: Vec<Vec<u8>> = sequence.literals()?.iter().map(|literal| literal.as_bytes().to_vec()).collect();
        if literals.is_empty() || literals.iter().any(|literal| literal.len() < 2) {
            return None;
        }
        let whole = whole_words(hir, &literals);
        let mut sorted = literals.clone();
        sorted.sort();
        let prefix_free = sorted.windows(2).all(|pair| !pair[1].starts_with(&pair[0]));
        Some(Self { search: Search::new(&literals)?, whole, prefix_free })
    }

    /// Looks for the literals in the whole text buffer; only rows that hold one are verified.
    fn search<O: OffsetSizeTrait>(
        &self,
        texts: &GenericStringArray<O>,
        verify: impl Fn(usize) -> bool,
    ) -> BooleanBuffer {
        let offsets = texts.value_offsets();
        let bytes = texts.value_data();
        let mut found = vec![false; texts.len()];
        let mut row = 0;
        let mut at = offsets.first().map_or(0, |offset| offset.as_usize());
        let end = offsets.last().map_or(0, |offset| offset.as_usize());
        while let Some(hit) = self.search.find(bytes, at..end) {
            while offsets[row + 1].as_usize() <= hit.start {
                row += 1;
            }
            let row_end = offsets[row + 1].as_usize();
            let answer = match self.whole {
                _ if hit.end > row_end => Some(false),
                None => None,
                Some(false) => Some(true),
                Some(true) => is_word(bytes, offsets[row].as_usize(), row_end, hit.start, hit.end),
            };
            match answer {
                Some(true) => (found[row], at) = (true, row_end),
                Some(false) if self.prefix_free => at = hit.start + 1,
                // the row is settled as a whole: a shorter literal may begin at the same place
                _ => (found[row], at) = (verify(row), row_end),
            }
        }
        mask::packed(&found)
    }
}

/// Tells whether a pattern is nothing but these literals (`Some(false)`) or these as whole words (`Some(true)`).
fn whole_words(hir: &Hir, literals: &[Vec<u8>]) -> Option<bool> {
    fn without_captures(hir: &Hir) -> &Hir {
        match hir.kind() {
            HirKind::Capture(capture) => without_captures(&capture.sub),
            _ => hir,
        }
    }
    let is_literals = |hir: &Hir| {
        match without_captures(hir).kind() {
        HirKind::Literal(literal) => literals.len() == 1 && literals[0] == literal.0.as_ref(),
        HirKind::Alternation(parts) => {
            parts.len() == literals.len()
                && parts.iter().zip(literals).all(|(part, literal)| {
                    matches!(part.kind(), HirKind::Literal(found) if found.0.as_ref() == literal.as_slice())
                })
        }
        _ => false,
    }
    };
    if is_literals(hir) {
        return Some(false);
    }
    let HirKind::Concat(parts) = hir.kind() else { return None };
    let is_boundary = |hir: &Hir| matches!(hir.kind(), HirKind::Look(Look::WordUnicode | Look::WordAscii));
    let words = literals.iter().all(|literal| literal.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_'));
    match parts.as_slice() {
        [before, inner, after] if words && is_boundary(before) && is_boundary(after) && is_literals(inner) => {
            Some(true)
        }
        _ => None,
    }
}

/// Tells whether a hit has no word character on either side; `None` where a neighbor is not ASCII.
fn is_word(bytes: &[u8], row_start: usize, row_end: usize, start: usize, end: usize) -> Option<bool> {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    let mut word = true;
    for neighbor in
        [(start > row_start).then(|| bytes[start - 1]), (end < row_end).then(|| bytes[end])].into_iter().flatten()
    {
        if !neighbor.is_ascii() {
            return None;
        }
        word &= !is_part(neighbor);
    }
    Some(word)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::StringArray;

    use super::*;

    fn found(pattern: &str, texts: &[&str]) -> Vec<bool> {
        let pattern = Pattern::compile(pattern).expect("the pattern is valid");
        let array: ArrayRef = Arc::new(StringArray::from(texts.to_vec()));
        let answers: Vec<bool> = pattern.matches(&array).iter().collect();
        let one_by_one: Vec<bool> = texts.iter().map(|text| pattern.is_match(text)).collect();
        assert_eq!(answers, one_by_one, "batch and value disagree");
        let searched: Vec<bool> = texts.iter().map(|text| pattern.engine.is_match(text)).collect();
        assert_eq!(answers, searched, "a short cut and the search disagree");
        let sliced: Vec<bool> = pattern.matches(&array.slice(1, texts.len() - 1)).iter().collect();
        assert_eq!(sliced, answers[1..], "a slice disagrees");
        answers
    }

    #[test]
    fn dollar_stands_before_a_last_line_break_as_in_python() {
        assert_eq!(found("a$", &["a", "a\n", "a\n\n", "ab"]), [true, true, false, false]);
        assert_eq!(found(r"a\Z", &["a", "a\n"]), [true, false]);
        assert_eq!(found(r"(?P<month>\d)$", &["1", "1\n"]), [true, true]);
        for pattern in ["(?m)a$", "(?m:a$)", "(?i:(?m)a$)", "(?im-s:a$)"] {
            assert_eq!(found(pattern, &["a\nb", "b"]), [true, false], "{pattern}");
        }
        assert_eq!(found("(?m:^a)|b$", &["b\n", "c\na", "bc"]), [true, true, false]);
        assert_eq!(found("(?i:com|net)$", &["x.Com\n", "x.org"]), [true, false]);
        for pattern in ["^[a-c]+$", "(?:^[a-c]+$)", "^(?:[a-c]+$)"] {
            assert_eq!(found(pattern, &["abc", "abc\n", "abcd", ""]), [true, true, false, false], "{pattern}");
        }
        assert_eq!(found(r"^[a-c]\\$", &["a\\", "a\\\n", "a"]), [true, true, false]);
        assert_eq!(found(r"^[a-c]\$\Z", &["a$", "a$\n"]), [true, false]);
        assert_eq!(found("x(?m:a$)", &["xa\nb", "xab"]), [true, false]);
    }

    #[test]
    fn class_runs_have_a_prefix_a_middle_and_a_suffix() {
        let pattern = r"^[a-z][a-z ,\-]*[a-z]$";
        assert!(Pattern::compile(pattern).expect("valid").classes.is_some());
        assert_eq!(
            found(pattern, &["ab", "a", "a-b", "a-", "", "aéb", "a, b c"]),
            [true, false, true, false, false, false, true]
        );
        assert_eq!(found(r"^\d{5}$", &["12345", "1234", "123456", "1234x"]), [true, false, false, false]);
        assert_eq!(found("^[0-9]{2,3}x$", &["12x", "123x", "1234x", "1x"]), [true, true, false, false]);
    }

    #[test]
    fn classes_may_vary_where_each_ends_by_itself() {
        let is_of_classes = |pattern: &str| Pattern::compile(pattern).expect("valid").classes.is_some();
        for pattern in [
            r"^[^@\s]+@[^@\s]+\.[a-z]{2,}$",
            r"^(\d{1,3}\.){0}\d{1,3}$",
            r"^(\w+) (\d+)$",
            r"^\d+(?:-x)$",
            r"^\d+-\d+x$",
        ] {
            assert!(is_of_classes(pattern), "{pattern}");
        }
        for pattern in ["^a*[ab]*$", "^[ab]+[bc]+[cd]+$", "^(a|bc)$", r"^a?b?c?$", r"^\w+\b$", "^a", "a$"] {
            assert!(!is_of_classes(pattern), "{pattern}");
        }
        let mails =
            ["a@b.cd", "a@b.c", "a.b@c.d.ef", "@b.cd", "a@.cd", "a@bcd", "a b@c.de", "é@ü.de", "a@b.cd\n", "a@b@c.de"];
        assert_eq!(
            found(r"^[^@\s]+@[^@\s]+\.[a-z]{2,}$", &mails),
            [true, false, true, false, false, false, false, true, true, false]
        );
        assert_eq!(
            found(r"^\d+-\d+x$", &["1-2x", "1-2", "12-34x", "-2x", "1-2xx", "1--2x"]),
            [true, false, true, false, false, false]
        );
        assert_eq!(found("(?x)^[ab]\\Z # $", &["a", "a\n"]), [true, false]);
        assert_eq!(
            found(r"^\d{4}-\d\d$", &["2024-02", "2024-2", "٢٠٢٤-٠٢", "2024-0٢", "é024-02"]),
            [true, false, true, true, false]
        );
    }

    #[test]
    fn a_literal_may_begin_with_another() {
        assert_eq!(found(r"\b(car|carpet)\b", &["carpet", "a car", "carp"]), [true, true, false]);
        assert_eq!(found("https|http", &["http", "spdy", "shttp", "s", "x"]), [true, false, true, false, false]);
    }

    proptest::proptest! {
        #[test]
        fn classes_answer_as_a_search_does(
            pieces in proptest::collection::vec((
                proptest::sample::select(vec!["a", "b", "x", "[ab]", "[a-b\n]", "[^a]", r"\w", r"\s", "[^x\\s]", "é", "(ab)", "."]),
                proptest::sample::select(vec!["", "", "", "+", "*", "?", "{2}", "{1,3}", "{2,}?"]),
            ), 1..6),
            end in proptest::sample::select(vec!["$", r"\Z"]),
            texts in proptest::collection::vec("[abx \né]{0,6}|[ab]{30,70}|x[ab]{40}x?", 2..12),
        ) {
            let pieces: String = pieces.iter().map(|(class, times)| format!("{class}{times}")).collect();
            found(&format!("^{pieces}{end}"), &texts.iter().map(String::as_str).collect::<Vec<_>>());
        }

        #[test]
        fn a_batch_is_searched_as_its_values_are(
            literals in proptest::collection::vec("[ab]{2,4}", 1..5),
            around in 0..4usize,
            texts in proptest::collection::vec("[ab é]{0,6}", 2..12),
        ) {
            let inner = literals.join("|");
            let pattern = [inner.clone(), format!(r"\b({inner})\b"), format!("({inner})b?$"), format!("({inner})")];
            found(&pattern[around], &texts.iter().map(String::as_str).collect::<Vec<_>>());
        }
    }

    #[test]
    fn literals_are_found_in_their_own_row_only() {
        assert_eq!(
            found("special.*requests", &["spec", "ialrequests", "special requests", "requests special"]),
            [false, false, true, false]
        );
        assert_eq!(
            found(r"\b(foo|bar)\b", &["a foo b", "foobar", "foobar bar", "éfoo", "foo", ""]),
            [true, false, true, false, true, false]
        );
        assert_eq!(found("foo", &["xfoox", "fo", "o", "foo"]), [true, false, false, true]);
    }

    #[test]
    fn what_python_takes_literally_is_literal() {
        assert_eq!(found("[[a]", &["[", "a", "b"]), [true, true, false]);
        assert_eq!(found(r"^{\w+}$", &["{a}", "a"]), [true, false]);
        assert_eq!(found("^a{,2}$", &["", "aa", "aaa"]), [true, true, false]);
        assert_eq!(found(r"\<b\>", &["<b>", "b"]), [true, false]);
        assert_eq!(found("[]a]", &["]", "b"]), [true, false]);
        assert_eq!(found("[a&&b]", &["&", "b", "c"]), [true, true, false]);
    }

    #[test]
    fn look_around_and_back_references_work() {
        assert_eq!(found("^(?!x).*$", &["ax", "xa"]), [true, false]);
        assert_eq!(found(r"(\w)\1", &["aa", "ab"]), [true, false]);
    }

    #[test]
    fn a_bad_pattern_is_refused_with_a_reason() {
        assert!(Pattern::compile("a(").expect_err("unclosed").contains("unclosed group"));
    }

    #[test]
    fn like_is_held_against_the_whole_text() {
        let like = |pattern: &str, text: &str| Pattern::like(pattern, Some('\\')).expect("valid").is_match(text);
        assert!(like("a%", "abc\ndef") && like("%b_", "abc") && like("[a]", "[a]") && like(r"100\%", "100%"));
        assert!(
            !like("a", "ab")
                && !like("_", "")
                && !like(r"100\%", "1000")
                && !like("a%", "a\nb".trim_start_matches('a'))
        );
        assert!(Pattern::like("a\\", Some('\\')).is_err());
    }
}
