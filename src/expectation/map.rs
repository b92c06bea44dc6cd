//! Expectations that judge row by row by one question: their common parameters and their verdicts, written once.
//!
//! Such an expectation is declared with `column_map!`, `column_pair_map!` or `multicolumn_map!` and a function
//! `predicate` that returns what is asked of each row. What needs to know more of the data first is written out.

/// Declares an expectation about every value of one column: adds `column` and `mostly` to its parameters. Nulls are
/// missing.
macro_rules! column_map {
    ($(#[$about:meta])* pub struct $name:ident { $($parameters:tt)* }) => {
        $crate::expectation::map::row_wise! {
            $(#[$about])*
            pub struct $name {
                /// The column, or a path into nested ones.
                column: String,
                $($parameters)*
                /// The fraction of non-null values that must comply.
                #[serde(default)]
                mostly: $crate::expectation::judge::Mostly,
            }
        }

        impl $name {
            fn question(&self) -> $crate::expectation::judge::RowQuestion {
                $crate::expectation::judge::RowQuestion::about(&self.column, self.predicate(), self.mostly)
            }
        }
    };
}

/// Declares an expectation about two columns of every row: adds `column_A`, `column_B`, `ignore_row_if` and `mostly` to its
/// parameters. Rows that are left out are missing.
macro_rules! column_pair_map {
    ($(#[$about:meta])* pub struct $name:ident { $($parameters:tt)* }) => {
        $crate::expectation::map::row_wise! {
            $(#[$about])*
            pub struct $name {
                /// The first column, or a path into nested ones.
                #[serde(rename = "column_A")]
                column_a: String,
                /// The second column, or a path into nested ones.
                #[serde(rename = "column_B")]
                column_b: String,
                $($parameters)*
                /// Which rows are left out.
                #[serde(default)]
                ignore_row_if: $crate::expectation::judge::IgnorePair,
                /// The fraction of the rows not left out that must comply.
                #[serde(default)]
                mostly: $crate::expectation::judge::Mostly,
            }
        }

        impl $name {
            fn question(&self) -> $crate::expectation::judge::RowQuestion {
                use $crate::expectation::judge::{Shape, about_columns};
                let columns = [self.column_a.clone(), self.column_b.clone()];
                about_columns(&columns, self.ignore_row_if.into(), self.predicate(), Shape::Pair, self.mostly)
            }
        }
    };
}

/// Declares an expectation about several columns of every row: adds `column_list`, `ignore_row_if` and `mostly` to its
/// parameters. Rows that are left out are missing.
macro_rules! multicolumn_map {
    ($(#[$about:meta])* pub struct $name:ident { $($parameters:tt)* }) => {
        $crate::expectation::map::row_wise! {
            $(#[$about])*
            pub struct $name {
                /// The columns, or paths into nested ones.
                column_list: Vec<String>,
                $($parameters)*
                /// Which rows are left out.
                #[serde(default)]
                ignore_row_if: $crate::expectation::judge::IgnoreRecord,
                /// The fraction of the rows not left out that must comply.
                #[serde(default)]
                mostly: $crate::expectation::judge::Mostly,
            }
        }

        impl $name {
            fn question(&self) -> $crate::expectation::judge::RowQuestion {
                use $crate::expectation::judge::{Shape, about_columns};
                let rule = self.ignore_row_if.into();
                about_columns(&self.column_list, rule, self.predicate(), Shape::Record, self.mostly)
            }
        }
    };
}

/// Declares an expectation that judges every row by what its function `question` returns.
macro_rules! row_wise {
    ($(#[$about:meta])* pub struct $name:ident { $($parameters:tt)* }) => {
        $(#[$about])*
        #[derive(Debug, Clone, serde::Deserialize, schemars::JsonSchema)]
        #[serde(deny_unknown_fields)]
        pub struct $name {
            $($parameters)*
        }

        impl $crate::expectation::Expectation for $name {
            fn judge(
                &self,
                data: &mut $crate::expectation::Inquiry<'_>,
            ) -> Result<$crate::verdict::Outcome, $crate::expectation::Stop> {
                $crate::expectation::judge::rows(data, &self.question())
            }
        }
    };
}

pub(crate) use {column_map, column_pair_map, multicolumn_map, row_wise};
