//! The list of expectations, in documentation order. Adding one is a line here, its file and its case file.

use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::DeserializeOwned;

use super::Expectation;
use crate::document::{Fault, Node};

/// What the catalogue knows of an expectation.
#[derive(Clone, Copy)]
pub struct Entry {
    /// The name in suites: `expect_column_values_to_be_between`.
    pub name: &'static str,
    /// The file's source text, whose doc comment is the manual.
    source: &'static str,
    read: fn(&Node) -> Result<Box<dyn Expectation>, Vec<Fault>>,
    schema: fn(&mut SchemaGenerator) -> Schema,
}

impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Entry").field(&self.name).finish()
    }
}

impl Entry {
    const fn new<E: Expectation + DeserializeOwned + JsonSchema + Check + 'static>(
        name: &'static str,
        source: &'static str,
    ) -> Self {
        Self { name, source, read: read::<E>, schema: |generator| E::json_schema(generator) }
    }

    /// Reads the parameters (GX's `kwargs`, without what belongs to the envelope).
    ///
    /// # Errors
    /// Every fault: unknown and missing keys, values of the wrong type or out of range.
    pub fn read(&self, kwargs: &Node) -> Result<Box<dyn Expectation>, Vec<Fault>> {
        (self.read)(kwargs)
    }

    /// Returns the JSON Schema of the parameters.
    pub fn schema(&self, generator: &mut SchemaGenerator) -> Schema {
        (self.schema)(generator)
    }

    /// Returns the manual: the doc comment of the parameters' type, Markdown.
    #[must_use]
    pub fn manual(&self) -> String {
        let lines =
            self.source.lines().skip_while(|line| !line.starts_with("/// ")).take_while(|line| line.starts_with("///"));
        lines
            .map(|line| line.trim_start_matches("///").strip_prefix(' ').unwrap_or_default())
            .collect::<Vec<_>>()
            .join("\n")
    }

    /// Returns the first sentence of the manual.
    #[must_use]
    pub fn summary(&self) -> String {
        let manual = self.manual();
        manual.split("\n\n").next().unwrap_or_default().replace('\n', " ")
    }
}

/// What the types of the parameters cannot say: which combinations make sense.
pub trait Check {
    /// Checks the parameters against each other, before any data is read.
    ///
    /// # Errors
    /// The parameter that is at fault, and what is wrong with it.
    fn check(&self) -> Result<(), (&'static str, String)> {
        Ok(())
    }
}

fn read<E: Expectation + DeserializeOwned + Check + 'static>(
    kwargs: &Node,
) -> Result<Box<dyn Expectation>, Vec<Fault>> {
    let expectation: E = kwargs.read()?;
    expectation.check().map_err(|(key, message)| {
        let span = kwargs.get(key).map_or(kwargs.span, |node| node.span);
        vec![Fault { code: "wrong-value", message, span, help: None }]
    })?;
    Ok(Box::new(expectation))
}

/// Returns the expectation with this name.
#[must_use]
pub fn find(name: &str) -> Option<&'static Entry> {
    CATALOG.iter().find(|entry| entry.name == name)
}

/// Declares the modules of the expectations and lists them. A line is: file, module, type, name in suites.
macro_rules! catalog {
    ($($file:literal $module:ident $type:ident $name:literal,)*) => {
        $(
            #[path = $file]
            mod $module;
        )*

        /// Every expectation, in documentation order.
        pub const CATALOG: &[Entry] = &[$(Entry::new::<$module::$type>($name, include_str!($file)),)*];
    };
}

catalog! {
    "column_to_exist.rs" column_to_exist ColumnToExist "expect_column_to_exist",
    "table_row_count_to_be_between.rs" table_row_count_to_be_between TableRowCountToBeBetween "expect_table_row_count_to_be_between",
    "column_values_to_not_be_null.rs" column_values_to_not_be_null ColumnValuesToNotBeNull "expect_column_values_to_not_be_null",
    "column_values_to_be_unique.rs" column_values_to_be_unique ColumnValuesToBeUnique "expect_column_values_to_be_unique",
    "column_values_to_be_in_set.rs" column_values_to_be_in_set ColumnValuesToBeInSet "expect_column_values_to_be_in_set",
    "column_values_to_be_between.rs" column_values_to_be_between ColumnValuesToBeBetween "expect_column_values_to_be_between",
    "column_mean_to_be_between.rs" column_mean_to_be_between ColumnMeanToBeBetween "expect_column_mean_to_be_between",
}
