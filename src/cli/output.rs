//! Reports into files: whole or not at all where the file is a plain one, and never over what they were made of.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::render::Advice;
use crate::replacement::{Replacement, folder, place};
use crate::source::format::Format;
use crate::source::location::{self, STANDARD_INPUT};

/// Refuses files to write that are among those to read, twice the same, folders, or in a folder that is not there.
///
/// # Errors
/// Which file it is, and what to do.
pub fn refuse_overwriting<'a>(
    outputs: impl IntoIterator<Item = &'a Path>,
    inputs: impl IntoIterator<Item = &'a Path>,
) -> Result<(), Advice> {
    let inputs = inputs.into_iter().map(|input| {
        let is_standard_input = input.as_os_str() == STANDARD_INPUT;
        if is_standard_input { Path::new("/dev/stdin") } else { input }
    });
    let inputs: Vec<PathBuf> = inputs.filter_map(|input| fs::canonicalize(input).ok()).collect();
    let mut before: Vec<PathBuf> = Vec::new();
    for output in outputs {
        let place = place(output);
        if !folder(output).is_dir() {
            let message =
                format!("there is no folder `{}` to write `{}` into", folder(output).display(), output.display());
            return Err(Advice { message, help: "make it first".to_owned() });
        }
        if output.is_dir() {
            let message = format!("`{}` is a folder, expected a file to write", output.display());
            return Err(Advice { message, help: "name a file in it".to_owned() });
        }
        if inputs.contains(&place) {
            return Err(overwriting(output));
        }
        if before.contains(&place) && !is_device(&place) {
            let message = format!("two results go to `{}`", output.display());
            return Err(Advice { message, help: "name a file for each".to_owned() });
        }
        before.push(place);
    }
    Ok(())
}

fn overwriting(output: &Path) -> Advice {
    let message = format!("`{}` is read, and the result would overwrite it", output.display());
    Advice { message, help: "name another file to write".to_owned() }
}

/// Refuses files to write that are there and among those that names of files, folders or patterns stand for.
///
/// # Errors
/// Which file it is, and what to do.
pub fn refuse_named<'a>(
    outputs: impl IntoIterator<Item = &'a Path> + Clone,
    names: &'a [String],
) -> Result<(), Advice> {
    refuse_overwriting(outputs.clone(), names.iter().map(Path::new))?;
    let is_named = |output: &&Path| output.exists() && names.iter().any(|name| location::finds(name, output));
    match outputs.into_iter().find(is_named) {
        None => Ok(()),
        Some(output) => Err(overwriting(output)),
    }
}

/// Refuses files to write that are found as data the next time: the folder or pattern that names the data finds them as well.
///
/// # Errors
/// Which file it is, and what to do.
pub fn refuse_new_data<'a>(
    outputs: impl IntoIterator<Item = &'a Path>,
    data: &[String],
    format: Option<Format>,
) -> Result<(), Advice> {
    let finding = |output: &'a Path| Some((output, location::finding(data, output, format)?));
    match outputs.into_iter().find_map(finding) {
        None => Ok(()),
        Some((output, _)) if output.exists() => Err(overwriting(output)),
        Some((output, data)) => {
            let message = format!("`{}` is read as data the next time, since `{data}` finds it", output.display());
            let help = "name a file elsewhere, or one whose name begins with `_`".to_owned();
            Err(Advice { message, help })
        }
    }
}

/// Refuses what is no plain file for files that have to be written from end to end.
///
/// # Errors
/// Which one it is, and what to do.
pub fn refuse_devices<'a>(outputs: impl IntoIterator<Item = &'a Path>) -> Result<(), Advice> {
    match outputs.into_iter().find(|output| is_device(output)) {
        None => Ok(()),
        Some(output) => {
            let message = format!("`{}` is no plain file, which rows are written into", output.display());
            Err(Advice { message, help: "name a new file, or one to replace".to_owned() })
        }
    }
}

fn is_device(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|metadata| !metadata.is_file())
}

/// Writes a file whole: another one beside it takes its place once it is complete. Devices and links are written through,
/// and so is a file that no other one can take the place of: its folder takes none, or it is mounted by itself.
///
/// # Errors
/// The file cannot be written. One that was there before stays as it was then, unless it is written through.
pub fn write(path: &Path, text: &str) -> io::Result<()> {
    let before = fs::symlink_metadata(path).ok();
    if before.as_ref().is_some_and(|before| !before.is_file()) {
        return fs::write(path, text);
    }
    match Replacement::of(path) {
        Ok(replacement) => {
            replacement.file().write_all(text.as_bytes())?;
            replacement.take_place()
        }
        Err(error) if before.is_none() || error.kind() == io::ErrorKind::StorageFull => Err(error),
        Err(_) => fs::write(path, text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_replaces_the_one_before_and_leaves_nothing_else() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("report.json");
        write(&path, "old").expect("a new file");
        write(&path, "new").expect("an old file");
        assert_eq!(fs::read_to_string(&path).expect("a file"), "new");
        assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 1);
        assert!(write(&folder.path().join("no/report.json"), "").is_err());
    }

    #[test]
    fn what_is_read_is_not_overwritten_by_any_name() {
        let folder = tempfile::tempdir().expect("a folder");
        let data = folder.path().join("data.csv");
        fs::write(&data, "a\n").expect("a file");
        let other = folder.path().join(".").join("data.csv");
        assert!(refuse_overwriting([other.as_path()], [data.as_path()]).is_err());
        let new = folder.path().join("new");
        assert!(refuse_overwriting([new.as_path()], [data.as_path()]).is_ok());
        assert!(refuse_overwriting([new.as_path(), new.as_path()], []).is_err());
        assert!(refuse_overwriting([Path::new("/dev/null"), Path::new("/dev/null")], []).is_ok());
    }
}
