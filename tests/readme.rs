//! The examples of the README: what it says that a command prints is what the command prints.

#[path = "support/program.rs"]
mod program;
#[path = "support/said.rs"]
mod said;
#[path = "support/times.rs"]
mod times;

use std::fs;
use std::path::Path;
use std::process::Command;

use said::weir;
use times::without_times;

/// A fenced block with the line before it.
struct Block {
    caption: String,
    language: String,
    text: String,
}

impl Block {
    /// The file that the block is, where the line before it ends in its name: `orders.yaml`:
    fn file_name(&self) -> Option<&str> {
        self.caption.strip_suffix("`:")?.rsplit('`').next()
    }
}

fn blocks(markdown: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut caption = String::new();
    let mut lines = markdown.lines();
    while let Some(line) = lines.next() {
        if let Some(language) = line.strip_prefix("```") {
            let text: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
            blocks.push(Block {
                caption: std::mem::take(&mut caption),
                language: language.to_owned(),
                text: text.join("\n") + "\n",
            });
        } else if !line.is_empty() {
            line.clone_into(&mut caption);
        }
    }
    blocks
}

/// Runs a command line as a shell would, without quotes; times are left out.
fn run(folder: &Path, line: &str) -> String {
    let arguments: Vec<&str> = line.split(' ').skip(1).collect();
    let (_, output, complaints) = weir(folder, &arguments);
    without_times(&format!("{output}{complaints}"))
}

#[test]
fn the_examples_print_what_they_say() {
    let markdown = include_str!("../README.md");
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut commands = 0;
    for block in blocks(markdown) {
        if let Some(name) = block.file_name() {
            fs::write(folder.path().join(name), &block.text).expect("the folder can be written to");
        }
        if block.language != "console" {
            continue;
        }
        let (command, expected) = block.text.split_once('\n').expect("a command line");
        let command = command.strip_prefix("$ ").expect("a command begins with `$ `");
        assert_eq!(run(folder.path(), command), without_times(expected), "{command}");
        commands += 1;
    }
    assert_eq!(commands, 5, "the README shows commands with their output");
}

#[test]
fn the_shell_step_tells_bad_data_from_a_broken_check() {
    let markdown = include_str!("../README.md");
    let folder = tempfile::tempdir().expect("a temporary folder");
    let blocks = blocks(markdown);
    let step = blocks.iter().find(|block| block.text.starts_with("code=0")).expect("the README has a shell step");
    for block in &blocks {
        if let Some(name) = block.file_name() {
            fs::write(folder.path().join(name), &block.text).expect("the folder can be written to");
        }
    }
    let program = Path::new(env!("CARGO_BIN_EXE_weir")).parent().expect("a folder").display().to_string();
    let path = std::env::var("PATH").unwrap_or_default();
    let run = || {
        let step = Command::new("sh")
            .args(["-c", &step.text])
            .current_dir(folder.path())
            .env("PATH", format!("{program}:{path}"))
            .output();
        step.expect("a shell").status.code()
    };
    assert_eq!(run(), Some(1));
    fs::write(folder.path().join("orders.csv"), "order_id,customer,amount\n1,ada,1\n").expect("it can be written");
    assert_eq!(run(), Some(0));
    fs::remove_file(folder.path().join("orders.csv")).expect("it is there");
    assert_eq!(run(), Some(2));
}
