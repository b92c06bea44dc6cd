//! Expectations that judge row by row: their common parameters and their verdicts, written once.
//!
//! Such an expectation is declared with [`column_map!`], [`column_pair_map!`] or [`multicolumn_map!`] and a function
//! `predicate` that returns the question asked of each row. What needs more than one question is written out.

/// Declares an expectation about every value of one column: adds `column` and `mostly` to its parameters, and judges by
/// what its function `predicate` returns. Nulls are missing.
macro_rules! column_map {
    (
        $(#[$about:meta])*
        pub struct $name:ident {
            $($(#[$about_field:meta])* $field:ident: $type:ty,)*
        }
    ) => {
        $(#[$about])*
        #[derive(Debug, Clone, serde::Deserialize, schemars::JsonSchema)]
        #[serde(deny_unknown_fields)]
        pub struct $name {
            /// The column, or a path into nested ones.
            column: String,
            $($(#[$about_field])* $field: $type,)*
            /// The fraction of non-null values that must comply.
            #[serde(default)]
            mostly: $crate::expectation::judge::Mostly,
        }

        impl $crate::expectation::Expectation for $name {
            fn judge(
                &self,
                data: &mut $crate::expectation::Inquiry<'_>,
            ) -> Result<$crate::verdict::Outcome, $crate::expectation::Stop> {
                let question =
                    $crate::expectation::judge::RowQuestion::about(&self.column, self.predicate(), self.mostly);
                $crate::expectation::judge::rows(data, &question)
            }
        }
    };
}

/// Declares an expectation about two columns of every row: adds `column_A`, `column_B`, `ignore_row_if` and `mostly` to its
/// parameters, and judges the rows that are not left out by what its function `predicate` returns.
macro_rules! column_pair_map {
    (
        $(#[$about:meta])*
        pub struct $name:ident {
            $($(#[$about_field:meta])* $field:ident: $type:ty,)*
        }
    ) => {
        $(#[$about])*
        #[derive(Debug, Clone, serde::Deserialize, schemars::JsonSchema)]
        #[serde(deny_unknown_fields)]
        pub struct $name {
            /// The first column, or a path into nested ones.
            #[serde(rename = "column_A")]
            column_a: String,
            /// The second column, or a path into nested ones.
            #[serde(rename = "column_B")]
            column_b: String,
            $($(#[$about_field])* $field: $type,)*
            /// Which rows are left out.
            #[serde(default)]
            ignore_row_if: $crate::expectation::judge::IgnorePair,
            /// The fraction of the rows not left out that must comply.
            #[serde(default)]
            mostly: $crate::expectation::judge::Mostly,
        }

        impl $crate::expectation::Expectation for $name {
            fn judge(
                &self,
                data: &mut $crate::expectation::Inquiry<'_>,
            ) -> Result<$crate::verdict::Outcome, $crate::expectation::Stop> {
                use $crate::expectation::judge;
                let columns = [self.column_a.clone(), self.column_b.clone()];
                let rule = self.ignore_row_if.into();
                let shape = judge::Shape::Pair;
                judge::rows(data, &judge::about_columns(&columns, rule, self.predicate(), shape, self.mostly))
            }
        }
    };
}

/// Declares an expectation about several columns of every row: adds `column_list`, `ignore_row_if` and `mostly` to its
/// parameters, and judges the rows that are not left out by what its function `predicate` returns.
macro_rules! multicolumn_map {
    (
        $(#[$about:meta])*
        pub struct $name:ident {
            $($(#[$about_field:meta])* $field:ident: $type:ty,)*
        }
    ) => {
        $(#[$about])*
        #[derive(Debug, Clone, serde::Deserialize, schemars::JsonSchema)]
        #[serde(deny_unknown_fields)]
        pub struct $name {
            /// The columns, or paths into nested ones.
            column_list: Vec<String>,
            $($(#[$about_field])* $field: $type,)*
            /// Which rows are left out.
            #[serde(default)]
            ignore_row_if: $crate::expectation::judge::IgnoreRecord,
            /// The fraction of the rows not left out that must comply.
            #[serde(default)]
            mostly: $crate::expectation::judge::Mostly,
        }

        impl $crate::expectation::Expectation for $name {
            fn judge(
                &self,
                data: &mut $crate::expectation::Inquiry<'_>,
            ) -> Result<$crate::verdict::Outcome, $crate::expectation::Stop> {
                use $crate::expectation::judge;
                let rule = self.ignore_row_if.into();
                let shape = judge::Shape::Record;
                judge::rows(data, &judge::about_columns(&self.column_list, rule, self.predicate(), shape, self.mostly))
            }
        }
    };
}

pub(crate) use {column_map, column_pair_map, multicolumn_map};
