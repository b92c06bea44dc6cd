//! The layers: a module uses only what lies below it. The table is the one of `ARCHITECTURE.md`.

use std::fs;
use std::path::{Path, PathBuf};

/// Rows from the top; modules of one row do not use each other.
fn layers() -> Vec<Vec<String>> {
    let page = fs::read_to_string("ARCHITECTURE.md").expect("the page is there");
    let table =
        page.split("```layers\n").nth(1).and_then(|rest| rest.split("```").next()).expect("the page has the table");
    table.lines().map(|line| line.split('·').map(|name| name.trim().to_owned()).collect()).collect()
}

fn sources(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            sources(&path, into);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            into.push(path);
        }
    }
}

/// The module of a file: the first part of its path below `src`.
fn module(path: &Path) -> String {
    let below = path.strip_prefix("src").expect("below src");
    let first = below.components().next().expect("a name").as_os_str().to_string_lossy();
    first.trim_end_matches(".rs").to_owned()
}

#[test]
fn every_module_uses_only_the_layers_below_it() {
    let layers = layers();
    let depth = |module: &str| layers.iter().position(|row| row.iter().any(|name| name == module));
    let mut files = Vec::new();
    sources(Path::new("src"), &mut files);
    let mut wrong = Vec::new();
    for file in files {
        let module = module(&file);
        if module == "main" || module == "lib" {
            continue;
        }
        let Some(own) = depth(&module) else {
            wrong.push(format!("{module} is in no layer"));
            continue;
        };
        let text = fs::read_to_string(&file).expect("a readable file");
        // unit tests may use what makes their data
        let text = text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
        let code: Vec<&str> = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
        for used in code.join("\n").split("crate::").skip(1) {
            let used: String =
                used.chars().take_while(|character| character.is_alphanumeric() || *character == '_').collect();
            if used == module || used.is_empty() {
                continue;
            }
            match depth(&used) {
                Some(other) if other > own => {}
                _ => wrong.push(format!("{} uses {used}", file.display())),
            }
        }
    }
    wrong.sort();
    wrong.dedup();
    assert!(wrong.is_empty(), "against the layers of ARCHITECTURE.md:\n{}", wrong.join("\n"));
}

#[test]
fn only_the_command_line_prints_or_exits() {
    let mut files = Vec::new();
    sources(Path::new("src"), &mut files);
    for file in files {
        if matches!(module(&file).as_str(), "main" | "cli") {
            continue;
        }
        let text = fs::read_to_string(&file).expect("a readable file");
        for word in ["println!(", "eprintln!(", "print!(", "process::exit"] {
            assert!(!text.contains(word), "{} contains `{word}`", file.display());
        }
    }
}
