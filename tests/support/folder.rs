//! Folders of files for a test.

use std::fs;

use tempfile::TempDir;

/// Makes a folder with files, each with its name, which may lead into folders, and its text.
pub fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("the folder can be made");
        fs::write(path, text).expect("the folder can be written to");
    }
    folder
}
