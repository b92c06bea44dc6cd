//! Any text as a suite: it is read or refused with complaints that can be drawn, and what is read survives conversion.
#![no_main]

use std::sync::Arc;

use libfuzzer_sys::{Corpus, fuzz_target};
use weir::diagnostic::{Diagnostic, SourceText};
use weir::report::snippet::{Snippet, Style};
use weir::suite::{Form, Options, Suite, convert, lint};

fuzz_target!(|text: &str| -> Corpus {
    let mut is_read = false;
    for (form, name) in [(Form::Yaml, "suite.yaml"), (Form::Json, "suite.json")] {
        let source = SourceText::new(name, text);
        match read(&source, form) {
            Ok(suite) => {
                is_read = true;
                draw(&lint::lint(&suite));
                let yaml = SourceText::new("again.yaml", convert::to_yaml(&source, form).expect("a suite is written"));
                let json =
                    SourceText::new("again.json", convert::to_gx_json(&source, form).expect("a suite is written"));
                same(&suite, &read(&yaml, Form::Yaml).unwrap_or_else(|_| panic!("not read again:\n{}", yaml.text)));
                same(&suite, &read(&json, Form::Json).unwrap_or_else(|_| panic!("not read again:\n{}", json.text)));
            }
            Err(complaints) => {
                assert!(!complaints.is_empty(), "refused without a word");
                draw(&complaints);
            }
        }
    }
    // what neither form takes for a suite is kept as well: faults are code, too
    if is_read || text.len() < 4096 { Corpus::Keep } else { Corpus::Reject }
});

fn read(source: &Arc<SourceText>, form: Form) -> Result<Suite, Vec<Diagnostic>> {
    let options = Options { allow_open: true, allow_unjudgeable: true, ..Options::default() };
    Suite::parse(source, form, &[], &options).map(|(suite, _)| suite)
}

fn draw(diagnostics: &[Diagnostic]) {
    for diagnostic in diagnostics.iter().take(5) {
        for width in [40, 100] {
            let drawn = Snippet::from(diagnostic).draw(Style { color: false, unicode: true, width });
            assert!(!drawn.is_empty());
        }
    }
}

fn same(suite: &Suite, again: &Suite) {
    assert_eq!(suite.expectations.len(), again.expectations.len(), "not as many expectations");
    for (one, other) in suite.expectations.iter().zip(&again.expectations) {
        assert_eq!(one.name, other.name);
        assert_eq!(one.kwargs, other.kwargs, "{}", one.name);
        assert_eq!(one.severity, other.severity, "{}", one.name);
        // keys of no version are added to it on the way to YAML
        let keeps = one.meta.iter().all(|(key, value)| other.meta.get(key) == Some(value));
        assert!(keeps, "{}: {:?} became {:?}", one.name, one.meta, other.meta);
        assert_eq!(one.row_condition, other.row_condition, "{}", one.name);
    }
}
