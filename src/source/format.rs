//! How the rows of a file are written, told by its name or its first bytes.

use std::fmt;
use std::path::Path;

use super::compression::Compression;

/// How the rows of a file are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Format {
    /// Apache Parquet: `.parquet`, `.pq`.
    Parquet,
    /// Separated values: `.csv` and `.txt` with commas, `.tsv` and `.tab` with tabs.
    Csv,
    /// JSON: an object a line (`.ndjson`, `.jsonl`, `.json`), or an array of objects (`.json`).
    Json,
    /// Apache Avro's object container files: `.avro`.
    Avro,
    /// Apache ORC: `.orc`.
    Orc,
    /// Arrow's IPC format, as file (Feather, version 2) or as stream: `.arrow`, `.feather`, `.ipc`, `.arrows`.
    Arrow,
}

impl Format {
    /// Every format, in the order in which messages list them.
    pub const ALL: [Self; 6] = [Self::Parquet, Self::Csv, Self::Json, Self::Avro, Self::Orc, Self::Arrow];

    /// Returns the format that goes by this name on the command line: the first extension of each format, or another.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        let name = name.to_ascii_lowercase();
        Self::ALL.into_iter().find(|format| format.extensions().contains(&name.as_str()))
    }

    /// Returns the extensions that stand for the format.
    #[must_use]
    pub fn extensions(self) -> &'static [&'static str] {
        match self {
            Self::Parquet => &["parquet", "pq", "parq"],
            Self::Csv => &["csv", "tsv", "tab", "txt"],
            Self::Json => &["json", "ndjson", "jsonl"],
            Self::Avro => &["avro"],
            Self::Orc => &["orc"],
            Self::Arrow => &["arrow", "feather", "ipc", "arrows"],
        }
    }

    /// Lists the names of all formats for messages: `` `parquet`, `csv`, … or `arrow` ``.
    #[must_use]
    pub fn names() -> String {
        let names = Self::ALL.map(|format| match format {
            Self::Csv => "`csv`, `tsv`".to_owned(),
            format => format!("`{}`", format.extensions()[0]),
        });
        let (last, others) = names.split_last().unwrap_or((&names[0], &[]));
        format!("{} or {last}", others.join(", "))
    }

    /// Lists the extensions of all formats for messages.
    pub(super) fn known_extensions() -> String {
        let extensions: Vec<_> =
            Self::ALL.iter().flat_map(|format| format.extensions()).map(|it| format!("`.{it}`")).collect();
        extensions.join(", ")
    }

    /// Tells whether the format is text, which has an encoding.
    #[must_use]
    pub fn is_text(self) -> bool {
        matches!(self, Self::Csv | Self::Json)
    }

    /// Returns the format that the extension of a path stands for; the one before that of a compression.
    pub(super) fn of_path(path: &Path) -> Option<Self> {
        let path = Compression::without_extension(path).unwrap_or(path);
        Self::from_name(path.extension()?.to_str()?)
    }

    /// Tells the format by the first bytes of a file; separated values have none that are their own.
    pub(super) fn of_content(start: &[u8]) -> Option<Self> {
        let magics: [(&[u8], Self); 8] = [
            (b"PAR1", Self::Parquet),
            (b"PARE", Self::Parquet),
            (b"Obj\x01", Self::Avro),
            (b"ORC", Self::Orc),
            (b"ARROW1", Self::Arrow),
            (b"FEA1", Self::Arrow),
            // a stream begins with a message: the mark of one, and the length of its metadata, a few hundred bytes
            (b"\xff\xff\xff\xff", Self::Arrow),
            (b"\xff\xfe{\0", Self::Json),
        ];
        if let Some((_, format)) = magics.into_iter().find(|(magic, _)| start.starts_with(magic)) {
            return Some(format);
        }
        let start = start.strip_prefix(b"\xef\xbb\xbf").unwrap_or(start);
        let first = start.iter().find(|byte| !byte.is_ascii_whitespace())?;
        matches!(first, b'{' | b'[').then_some(Self::Json)
    }

    /// Tells content that is not of this format, whatever the file's name says.
    pub(super) fn foreign_content(self, start: &[u8]) -> Option<String> {
        let found = Self::of_content(start).filter(|found| !found.is_text())?;
        let name = found.extensions()[0];
        (found != self).then(|| {
            format!(
                "is {found}, and {self} is expected, by its name or `--input-format`; `--input-format {name}` reads it"
            )
        })
    }
}

/// Writes the format's name: `Parquet`, `CSV`, `JSON`, `Avro`, `ORC`, `Arrow`.
impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Parquet => "Parquet",
            Self::Csv => "CSV",
            Self::Json => "JSON",
            Self::Avro => "Avro",
            Self::Orc => "ORC",
            Self::Arrow => "Arrow",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_first_bytes_tell_formats() {
        let of_path = |path: &str| Format::of_path(Path::new(path));
        assert_eq!(of_path("a/b.CSV.gz"), Some(Format::Csv));
        assert_eq!(of_path("a/b.feather"), Some(Format::Arrow));
        assert_eq!((of_path("b.gz"), of_path("b")), (None, None));
        assert_eq!(Format::of_content(b"ORC\x0a"), Some(Format::Orc));
        assert_eq!(Format::of_content(b"Obj\x01"), Some(Format::Avro));
        assert_eq!(Format::of_content(b"\xef\xbb\xbf [{"), Some(Format::Json));
        assert_eq!(Format::of_content(b"a,b\n"), None);
    }

    #[test]
    fn content_of_another_format_is_told_by_both_names() {
        let wrong = Format::Csv.foreign_content(b"PAR1").expect("it is none");
        assert!(wrong.starts_with("is Parquet, and CSV is expected, by its name or `--input-format`"), "{wrong}");
        assert_eq!(Format::Csv.foreign_content(b"{\"a\"},b"), None);
        assert_eq!(Format::Avro.foreign_content(b"Obj\x01"), None);
    }
}
