//! What SQL has that cannot be asked of one row alone: aggregates, functions over windows, queries, and functions that give
//! another answer each time.

use std::ops::ControlFlow;

use datafusion::execution::SessionState;
use datafusion::logical_expr::Volatility;
use datafusion::sql::sqlparser::ast::{self, Visit, Visitor};

/// Says why an expression is no condition on a row.
pub(super) fn objection(expression: &ast::Expr, state: &SessionState) -> Option<String> {
    match expression.visit(&mut Search { state }) {
        ControlFlow::Break(said) => Some(said),
        ControlFlow::Continue(()) => None,
    }
}

struct Search<'a> {
    state: &'a SessionState,
}

impl Visitor for Search<'_> {
    type Break = String;

    fn pre_visit_query(&mut self, _: &ast::Query) -> ControlFlow<String> {
        ControlFlow::Break(
            "it holds a query, and a condition is about one row: `unexpected_rows_expectation` takes queries"
                .to_owned(),
        )
    }

    fn pre_visit_expr(&mut self, expression: &ast::Expr) -> ControlFlow<String> {
        if matches!(expression, ast::Expr::Value(value) if matches!(value.value, ast::Value::Placeholder(_))) {
            return ControlFlow::Break("it holds a placeholder, for which there is no value".to_owned());
        }
        let ast::Expr::Function(call) = expression else { return ControlFlow::Continue(()) };
        // in quotes or not
        let Some(name) = call.name.0.last().and_then(|part| part.as_ident()) else { return ControlFlow::Continue(()) };
        let name = name.value.to_ascii_lowercase();
        let is_of_several = call.over.is_some()
            || self.state.aggregate_functions().contains_key(&name)
            || self.state.window_functions().contains_key(&name)
            || name == "unnest";
        if is_of_several {
            return ControlFlow::Break(format!(
                "`{name}` is about several rows, and a condition about one: `unexpected_rows_expectation` takes queries"
            ));
        }
        let function = self.state.scalar_functions().get(&name);
        if function.is_some_and(|function| function.signature().volatility == Volatility::Volatile) {
            return ControlFlow::Break(format!(
                "`{name}` gives another answer each time, and rows are to be judged alike whenever they are read"
            ));
        }
        ControlFlow::Continue(())
    }
}
