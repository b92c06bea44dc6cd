//! Numbers that SQL spells with a point: exact where they meet decimals, doubles everywhere else.
//!
//! `price = 138.51` and `price * 1.19 > 100` are answered in decimals where `price` is one. A share such as
//! `sum(bad) * 1.0 / count(*)` stays a double, of which a decimal would keep a few places only. A number with an exponent, `1e-9`, is
//! always a double.

use std::ops::ControlFlow;

use arrow::datatypes::{DataType, Decimal128Type, Decimal256Type, DecimalType};
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{DFSchema, ScalarValue};
use datafusion::error::Result;
use datafusion::logical_expr::{BinaryExpr, Cast, Expr, ExprSchemable, Operator, TryCast};
use datafusion::sql::sqlparser::ast::{self, VisitMut, VisitorMut};

/// Makes doubles of the numbers with exponents in what was parsed, where all numbers with points are read as decimals.
pub(crate) fn make_exponents_doubles(parsed: &mut impl VisitMut) {
    let _ = parsed.visit(&mut Exponents);
}

struct Exponents;

impl VisitorMut for Exponents {
    type Break = ();

    fn pre_visit_expr(&mut self, expression: &mut ast::Expr) -> ControlFlow<()> {
        if let ast::Expr::Value(ast::ValueWithSpan { value: ast::Value::Number(digits, _), span }) = expression
            && digits.contains(['e', 'E'])
        {
            let text = ast::Value::SingleQuotedString(digits.clone());
            *expression = ast::Expr::Cast {
                kind: ast::CastKind::Cast,
                expr: Box::new(ast::Expr::Value(ast::ValueWithSpan { value: text, span: *span })),
                data_type: ast::DataType::Double(ast::ExactNumberInfo::None),
                array: false,
                format: None,
            };
        }
        ControlFlow::Continue(())
    }
}

/// Makes doubles of the decimals that are spelled directly below an expression, but for those that meet a decimal that is
/// not spelled. Applied from the bottom up.
///
/// # Errors
/// None; the type is that of rewriting.
pub(crate) fn fitted(mut expression: Expr, schema: &DFSchema) -> Result<Transformed<Expr>> {
    match &mut expression {
        Expr::Literal(..) | Expr::Column(_) | Expr::Negative(_) => return Ok(Transformed::no(expression)),
        Expr::Cast(Cast { field, .. }) | Expr::TryCast(TryCast { field, .. }) if field.data_type().is_decimal() => {
            return Ok(Transformed::no(expression));
        }
        Expr::BinaryExpr(BinaryExpr { left, op, right }) if is_exact(*op) => {
            // what is spelled on both sides is decided by what its sum or product meets
            if !(is_spelled(left) && is_spelled(right) && !op.supports_propagation()) {
                fit(&mut [left, right], schema);
            }
        }
        Expr::Between(between) => {
            fit(&mut [&mut between.expr, &mut between.low, &mut between.high], schema);
        }
        Expr::InList(list) => {
            let mut parts: Vec<&mut Expr> = list.list.iter_mut().collect();
            parts.push(&mut list.expr);
            fit(&mut parts, schema);
        }
        Expr::Case(case) => {
            let (mut held, mut results) = (Vec::new(), Vec::new());
            for (when, then) in &mut case.when_then_expr {
                held.push(when.as_mut());
                results.push(then.as_mut());
            }
            held.extend(case.expr.as_deref_mut());
            results.extend(case.else_expr.as_deref_mut());
            fit(&mut held, schema);
            fit(&mut results, schema);
        }
        Expr::ScalarFunction(call) if KEEPING.contains(&call.func.name()) => {
            fit(&mut call.args.iter_mut().collect::<Vec<_>>(), schema);
        }
        _ => {
            return expression.map_children(|mut part| {
                fit(&mut [&mut part], schema);
                Ok(Transformed::yes(part))
            });
        }
    }
    Ok(Transformed::yes(expression))
}

/// Functions that return one of their arguments.
const KEEPING: [&str; 6] = ["coalesce", "nvl", "nvl2", "nullif", "greatest", "least"];

/// Tells whether an operator gives decimals for decimals without rounding, or compares.
fn is_exact(operator: Operator) -> bool {
    matches!(operator, Operator::Plus | Operator::Minus | Operator::Multiply | Operator::Modulo)
        || operator.supports_propagation()
}

/// Tells whether an expression is a number, or made of numbers alone.
fn is_spelled(expression: &Expr) -> bool {
    match expression {
        Expr::Literal(value, _) => value.data_type().is_numeric(),
        Expr::Negative(inner) => is_spelled(inner),
        Expr::BinaryExpr(BinaryExpr { left, op, right }) => {
            matches!(op, Operator::Plus | Operator::Minus | Operator::Multiply) && is_spelled(left) && is_spelled(right)
        }
        _ => false,
    }
}

/// Makes doubles of the spelled decimals among expressions that meet each other, unless another of them is a decimal.
fn fit(expressions: &mut [&mut Expr], schema: &DFSchema) {
    // what has no type here is told of when the whole is planned
    let is_decimal = |expression: &Expr| expression.get_type(schema).is_ok_and(|data_type| data_type.is_decimal());
    let (spelled, others): (Vec<&mut Expr>, Vec<&mut Expr>) =
        expressions.iter_mut().map(|expression| &mut **expression).partition(|expression| is_spelled(expression));
    if spelled.is_empty() || others.iter().any(|other| is_decimal(other)) {
        return;
    }
    for expression in spelled.into_iter().filter(|expression| is_decimal(expression)) {
        // sets of groups are found by the names of their expressions
        let name = expression.schema_name().to_string();
        *expression = as_double(std::mem::take(expression)).alias(name);
    }
}

fn as_double(expression: Expr) -> Expr {
    let digits = match &expression {
        Expr::Literal(ScalarValue::Decimal128(Some(value), precision, scale), _) => {
            Decimal128Type::format_decimal(*value, *precision, *scale)
        }
        Expr::Literal(ScalarValue::Decimal256(Some(value), precision, scale), _) => {
            Decimal256Type::format_decimal(*value, *precision, *scale)
        }
        _ => return Expr::Cast(Cast::new(Box::new(expression), DataType::Float64)),
    };
    // digits are a number
    Expr::Literal(ScalarValue::Float64(digits.parse().ok()), None)
}
