//! Case files: prose, a table, a suite, and the verdicts that are wanted.
//!
//! A case begins with a heading of level 2. Its first block of YAML is the list of expectations, the second what is wanted:
//! a mapping for one expectation, or a list for several. Tables are named by a line ``Dataset `name`:`` before them; the
//! one without a name is judged. A case without it judges the last one before.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use arrow::array::RecordBatch;
use serde_json::Value;
use weir::diagnostic::SourceText;
use weir::document::parse_yaml;

use super::table::parse_table;

/// The name of the table that is judged.
pub const DATA: &str = "data";

/// One case.
#[derive(Debug, Clone)]
pub struct Case {
    /// The file and line, for messages.
    pub place: String,
    /// The tables by name.
    pub tables: BTreeMap<String, RecordBatch>,
    /// The text of the suite.
    pub suite: String,
    /// What is wanted of each expectation.
    pub wanted: Vec<Value>,
}

/// Returns the files with cases, in the order of their names.
pub fn case_files() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let entries = fs::read_dir(folder).expect("the folder of cases is there");
    let mut files: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    files.sort();
    files
}

/// Reads all cases of a file.
pub fn read_cases(path: &Path) -> Vec<Case> {
    let text = fs::read_to_string(path).expect("the file of cases can be read");
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let mut reader = CaseReader { name, ..CaseReader::default() };
    let lines: Vec<&str> = text.lines().collect();
    let mut at = 0;
    while at < lines.len() {
        let line = lines[at];
        let end_of = |test: &dyn Fn(&str) -> bool| {
            lines[at + 1..].iter().position(|line| test(line)).map_or(lines.len(), |length| at + 1 + length)
        };
        if line.starts_with("## ") {
            reader.begin(at + 1);
        } else if line.starts_with('|') {
            let end = end_of(&|line| !line.starts_with('|'));
            reader.table(at + 1, &lines[at..end]);
            at = end;
            continue;
        } else if let Some(rest) = line.strip_prefix("Dataset `") {
            reader.table_name = rest.split('`').next().map(str::to_owned);
        } else if line.starts_with("```") {
            let end = end_of(&|line| line.starts_with("```"));
            reader.block(at + 1, &(lines[at + 1..end].join("\n") + "\n"));
            at = end;
        }
        at += 1;
    }
    reader.finish()
}

#[derive(Default)]
struct CaseReader {
    name: String,
    tables: BTreeMap<String, RecordBatch>,
    table_name: Option<String>,
    line: usize,
    suite: Option<String>,
    wanted: Option<Vec<Value>>,
    cases: Vec<Case>,
}

impl CaseReader {
    fn begin(&mut self, line: usize) {
        self.end();
        self.line = line;
    }

    fn table(&mut self, line: usize, lines: &[&str]) {
        let table = parse_table(lines).unwrap_or_else(|problem| panic!("{}:{line}: {problem}", self.name));
        self.tables.insert(self.table_name.take().unwrap_or_else(|| DATA.to_owned()), table);
    }

    fn block(&mut self, line: usize, text: &str) {
        if self.suite.is_none() {
            self.suite = Some(format!("name: case\nexpectations:\n{text}"));
            return;
        }
        assert!(self.wanted.is_none(), "{}:{line}: a case has two blocks: the suite, and what is wanted", self.name);
        let node = parse_yaml(&SourceText::new(self.name.clone(), text));
        let node = node.unwrap_or_else(|faults| panic!("{}:{line}: {faults:#?}", self.name));
        self.wanted = Some(match node.to_json() {
            Value::Array(items) => items,
            single => vec![single],
        });
    }

    fn end(&mut self) {
        let place = format!("{}:{}", self.name, self.line);
        match (self.suite.take(), self.wanted.take()) {
            (Some(suite), Some(wanted)) => {
                self.cases.push(Case { place, tables: self.tables.clone(), suite, wanted });
            }
            (None, None) => {}
            _ => panic!("{place}: a case has two blocks: the suite, and what is wanted"),
        }
    }

    fn finish(mut self) -> Vec<Case> {
        self.end();
        assert!(!self.cases.is_empty(), "{} has no cases", self.name);
        self.cases
    }
}
