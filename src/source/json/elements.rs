//! The elements of a file that is one JSON array. Where they begin and end is found by their brackets and quotes alone; what
//! is within is looked at by those who read it.

use memchr::{memchr_iter, memchr2};

use crate::scan::ScanError;
use crate::source::file::DataFile;
use crate::source::part::Plan;
use crate::source::window::{MAX_RECORD_BYTES, Window};

/// Elements that follow each other, from the beginning of one on.
pub(super) struct Elements {
    file: DataFile,
    window: Window,
    stop: u64,
    /// How many lines have ended before the window.
    line: u64,
    /// How much of the window the current element takes up.
    current: usize,
}

/// Where the elements of an array begin.
pub(super) struct Index {
    /// Stretches of elements, from where the first of each begins to where the next stretch begins.
    pub(super) plans: Vec<Plan>,
    /// The line, counted from 0, where each of them begins.
    pub(super) lines: Vec<u64>,
}

/// Finds the elements of an array whose bracket is the first byte behind `start` that is no white space, and cuts them into
/// stretches of so many bytes.
///
/// # Errors
/// The file cannot be read, or the array is none: it does not end, or its elements are not separated by commas.
pub(super) fn index(number: usize, file: &DataFile, start: u64, bytes: u64) -> Result<Index, ScanError> {
    let mut elements = Elements::open(file, start, file.length)?;
    let mut index = Index { plans: Vec::new(), lines: Vec::new() };
    let corrupt = |line: u64, problem: &str| file.corrupt(format!("is no JSON array: line {} {problem}", line + 1));
    elements.skip_space()?;
    elements.window.consume(1);
    let mut is_first = true;
    loop {
        elements.skip_space()?;
        match elements.first() {
            None => return Err(corrupt(elements.line, "ends, and `]` is expected; is the file cut off?")),
            Some(b']') if is_first => break,
            Some(b',' | b']') => {
                return Err(corrupt(elements.line, "lacks an element between two commas or at the end"));
            }
            Some(_) => {}
        }
        let begin = elements.window.position();
        if index.plans.last().is_none_or(|plan| begin - plan.begin >= bytes) {
            if let Some(plan) = index.plans.last_mut() {
                plan.goal = begin;
            }
            index.plans.push(Plan { file: number, begin, goal: file.length, is_first });
            index.lines.push(elements.line);
        }
        is_first = false;
        match elements.take() {
            Ok(true) => {}
            Ok(false) => return Err(corrupt(elements.line, "ends within an element; is the file cut off?")),
            Err(error) => return Err(error),
        }
        elements.pass();
        let end = elements.window.position();
        elements.skip_space()?;
        let next = elements.first();
        if !matches!(next, Some(b',' | b']')) {
            let found = next.map_or("nothing".to_owned(), |byte| format!("`{}`", byte.escape_ascii()));
            return Err(corrupt(elements.line, &format!("has {found} behind an element, and `,` or `]` is expected")));
        }
        elements.window.consume(1);
        if next == Some(b']') {
            if let Some(plan) = index.plans.last_mut() {
                plan.goal = end;
            }
            break;
        }
    }
    if is_first {
        elements.window.consume(1);
    }
    elements.skip_space()?;
    match elements.first() {
        None => Ok(index),
        Some(_) => Err(corrupt(elements.line, "goes on behind the end of the array")),
    }
}

impl Elements {
    /// Begins where an element begins, and reads those that begin before `stop`.
    pub(super) fn open(file: &DataFile, start: u64, stop: u64) -> Result<Self, ScanError> {
        let window = Window::open(file, start, stop, file.length)?;
        Ok(Self { file: file.clone(), window, stop, line: 0, current: 0 })
    }

    /// Returns where in the file the current element ends.
    pub(super) fn position(&self) -> u64 {
        self.window.position() + self.current as u64
    }

    /// Returns how many lines have ended.
    pub(super) fn line(&self) -> u64 {
        self.line
    }

    /// Returns the next element with the line where it begins, counted from 0 at the beginning of the stretch.
    ///
    /// # Errors
    /// The file cannot be read, or the element is too long.
    pub(super) fn next(&mut self) -> Result<Option<(u64, &[u8])>, ScanError> {
        self.pass();
        loop {
            self.skip_space()?;
            if self.window.position() >= self.stop {
                return Ok(None);
            }
            match self.first() {
                Some(b',') => self.window.consume(1),
                None | Some(b']') => return Ok(None),
                Some(_) => break,
            }
        }
        if !self.take()? {
            return Err(self.file.corrupt("ends within an element of its array"));
        }
        Ok(Some((self.line, &self.window.bytes()[..self.current])))
    }

    /// Goes on behind the current element.
    fn pass(&mut self) {
        let current = std::mem::take(&mut self.current);
        self.line += memchr_iter(b'\n', &self.window.bytes()[..current]).count() as u64;
        self.window.consume(current);
    }

    /// The byte at hand; `None` at the end.
    fn first(&self) -> Option<u8> {
        self.window.bytes().first().copied()
    }

    fn skip_space(&mut self) -> Result<(), ScanError> {
        loop {
            let bytes = self.window.bytes();
            let space = bytes.iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n')).count();
            self.line += memchr_iter(b'\n', &bytes[..space]).count() as u64;
            let is_all = space == bytes.len();
            self.window.consume(space);
            if !is_all || self.window.is_last() {
                return Ok(());
            }
            self.window.fill()?;
        }
    }

    /// Brings a whole element into the window; false where the file ends within it.
    fn take(&mut self) -> Result<bool, ScanError> {
        let mut extent = Extent::default();
        loop {
            let bytes = self.window.bytes();
            if let Some(end) = extent.end(bytes, self.window.is_last()) {
                self.current = end;
                return Ok(true);
            }
            if self.window.is_last() {
                return Ok(false);
            }
            if bytes.len() > MAX_RECORD_BYTES {
                let most = MAX_RECORD_BYTES / 1024 / 1024;
                return Err(self.file.corrupt(format!("has an element that is longer than {most} MiB in its array")));
            }
            self.window.fill()?;
        }
    }
}

/// How far a value has been followed.
#[derive(Debug, Default)]
struct Extent {
    at: usize,
    depth: usize,
    is_in_text: bool,
}

impl Extent {
    /// Follows a value from its first byte; `None` where it does not end in the bytes.
    fn end(&mut self, bytes: &[u8], is_last: bool) -> Option<usize> {
        loop {
            if self.is_in_text {
                let Some(found) = memchr2(b'"', b'\\', &bytes[self.at..]) else {
                    self.at = bytes.len();
                    return None;
                };
                let at = self.at + found;
                if bytes[at] == b'\\' {
                    if at + 1 == bytes.len() {
                        self.at = at;
                        return None;
                    }
                    self.at = at + 2;
                    continue;
                }
                self.at = at + 1;
                self.is_in_text = false;
                if self.depth == 0 {
                    return Some(self.at);
                }
                continue;
            }
            match bytes.get(self.at) {
                None if is_last && self.depth == 0 && self.at > 0 => return Some(self.at),
                None => return None,
                Some(b'"') => self.is_in_text = true,
                Some(b'{' | b'[') => self.depth += 1,
                Some(b'}' | b']') if self.depth > 0 => {
                    self.depth -= 1;
                    if self.depth == 0 {
                        return Some(self.at + 1);
                    }
                }
                // a number or word ends where something else begins
                Some(b',' | b']' | b'}' | b' ' | b'\t' | b'\r' | b'\n') if self.depth == 0 => return Some(self.at),
                Some(_) => {}
            }
            self.at += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::source::written;

    fn indexed(text: &str, bytes: u64) -> Result<Vec<Vec<(u64, String)>>, String> {
        let folder = tempfile::tempdir().expect("a folder for the test");
        let path = folder.path().join("t.json");
        std::fs::write(&path, text).expect("the file is written");
        let file = written::file(&path);
        let index = index(0, &file, 0, bytes).map_err(|error| error.to_string())?;
        let stretches = index.plans.iter().zip(index.lines).map(|(plan, line)| {
            let mut elements = Elements::open(&file, plan.begin, plan.goal).expect("it opens");
            let mut found = Vec::new();
            while let Some((at, element)) = elements.next().expect("it can be read") {
                found.push((line + at + 1, String::from_utf8_lossy(element).into_owned()));
            }
            found
        });
        Ok(stretches.collect())
    }

    #[test]
    fn elements_are_found_with_their_lines() {
        let found = indexed("\n [{\"a\": \"]}\\\"\"},\n{\"a\":\n[1]} , 7,\"x\"\n]\n", 1).expect("an array");
        let expected = [(2, "{\"a\": \"]}\\\"\"}"), (3, "{\"a\":\n[1]}"), (4, "7"), (4, "\"x\"")]
            .map(|(line, text)| vec![(line, text.to_owned())]);
        assert_eq!(found, expected);
        assert_eq!(indexed("[]", 1), Ok(Vec::new()));
    }

    #[test]
    fn what_is_no_array_is_told_with_its_line() {
        for (text, wanted) in [
            ("[{}\n,", "line 2 ends, and `]` is expected"),
            ("[{},\n]", "line 2 lacks an element"),
            ("[,{}]", "line 1 lacks an element"),
            ("[{} {}]", "line 1 has `{` behind an element"),
            ("[{}]\n\nx", "line 3 goes on behind the end"),
            ("[{\"a\": \"x}]", "line 1 ends within an element"),
            ("[", "line 1 ends, and `]` is expected"),
        ] {
            let error = indexed(text, 1).expect_err(text);
            assert!(error.contains(wanted), "{text}: {error}");
        }
    }

    proptest! {
        #[test]
        fn arrays_of_any_values_are_cut_at_their_elements(
            values in proptest::collection::vec("(\\{\"[a\\]}\"]{0,3}\": [0-9]{1,4}\\}|[0-9]{1,9}|\"[a,\\[ ]{0,5}\"|null)", 0..20),
            bytes in 1..50_u64,
        ) {
            let values: Vec<String> =
                values.into_iter().filter(|value| serde_json::from_str::<serde_json::Value>(value).is_ok()).collect();
            let text = format!("[{}]", values.join(" ,\n"));
            let found: Vec<String> = indexed(&text, bytes).map_err(TestCaseError::fail)?.into_iter().flatten().map(|(_, text)| text).collect();
            prop_assert_eq!(found, values);
        }
    }
}
