//! stub until the real one is merged
pub struct DataFile {
    pub path: std::path::PathBuf,
    pub name: String,
}
