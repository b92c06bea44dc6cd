//! What the tests of expectations share: case files, tables in Markdown, the layouts in which a table can come, and data
//! at the corners of every type.

pub mod case;
pub mod corner;
pub mod judged;
pub mod layout;
mod many_values;
mod parquet_file;
pub mod table;
pub mod watched;
