//! Numbers that SQL spells with a point: exact where they meet decimals, doubles everywhere else.
//!
//! `price = 138.51` and `price = 9.99 * pieces` are answered in decimals where `price` is one. A share such as
//! `sum(bad) * 1.0 / count(*)` stays a double, of which a decimal would keep a few places only. A number with an exponent, `1e-9`, is
//! always a double.

use std::ops::ControlFlow;

use arrow::datatypes::{DECIMAL128_MAX_PRECISION, DataType, Decimal128Type, Decimal256Type, DecimalType};
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{DFSchema, ScalarValue};
use datafusion::error::Result;
use datafusion::logical_expr::expr::InList;
use datafusion::logical_expr::type_coercion::other::get_coerce_type_for_case_expression;
use datafusion::logical_expr::{BinaryExpr, Cast, Expr, ExprSchemable, Operator, TryCast};
use datafusion::sql::sqlparser::ast::{self, VisitMut, VisitorMut};

/// Makes doubles of the numbers with exponents in what was parsed, where all numbers with points are read as decimals.
pub(crate) fn make_exponents_doubles(parsed: &mut impl VisitMut) {
    let _ = parsed.visit(&mut Exponents);
}

struct Exponents;

/// No more digits than a decimal has.
const MOST_DIGITS: usize = DECIMAL128_MAX_PRECISION as usize;

impl VisitorMut for Exponents {
    type Break = ();

    fn pre_visit_expr(&mut self, expression: &mut ast::Expr) -> ControlFlow<()> {
        if let ast::Expr::Value(ast::ValueWithSpan { value: ast::Value::Number(digits, _), span }) = expression
            && (digits.contains(['e', 'E']) || digits.bytes().filter(u8::is_ascii_digit).count() > MOST_DIGITS)
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

/// Makes doubles of the decimals directly below an expression that are so only by how numbers are spelled in them, unless they
/// meet a decimal that is one by itself, or where exactness is for free: in comparisons with whole numbers. Applied from the
/// bottom up.
///
/// # Errors
/// None; the type is that of rewriting.
pub(crate) fn fitted(mut expression: Expr, schema: &DFSchema) -> Result<Transformed<Expr>> {
    match &mut expression {
        Expr::Literal(..) | Expr::Column(_) | Expr::Negative(_) => return Ok(Transformed::no(expression)),
        Expr::Cast(Cast { field, .. }) | Expr::TryCast(TryCast { field, .. }) if field.data_type().is_decimal() => {
            return Ok(Transformed::no(expression));
        }
        // what becomes of sums and products of whole numbers with such decimals is decided by what they meet
        Expr::BinaryExpr(BinaryExpr { left, op, right }) if is_exact(*op) || compares(*op) => {
            fit(&mut [left, right], Whole::Stay, schema);
        }
        Expr::Between(between) => {
            fit(&mut [&mut between.expr, &mut between.low, &mut between.high], Whole::Stay, schema);
        }
        Expr::InList(list) => {
            let mut parts: Vec<&mut Expr> = list.list.iter_mut().collect();
            parts.push(&mut list.expr);
            fit(&mut parts, Whole::Stay, schema);
        }
        Expr::BinaryExpr(BinaryExpr { left, op: Operator::Divide, right }) => {
            for side in [left, right] {
                widen_touched(side);
                fit(&mut [side], Whole::Widen, schema);
            }
        }
        Expr::AggregateFunction(call) if call.func.name() == "avg" => {
            for argument in &mut call.params.args {
                widen_touched(argument);
                fit(&mut [argument], Whole::Widen, schema);
            }
        }
        Expr::Case(case) => {
            let (mut held, mut results) = (Vec::new(), Vec::new());
            for (when, then) in &mut case.when_then_expr {
                held.push(when.as_mut());
                results.push(then.as_mut());
            }
            held.extend(case.expr.as_deref_mut());
            results.extend(case.else_expr.as_deref_mut());
            fit(&mut held, Whole::Stay, schema);
            fit(&mut results, Whole::Widen, schema);
            unify(&mut results, schema);
            if let Some(held) = &mut case.expr {
                with_one_zero(held, schema);
                case.when_then_expr.iter_mut().for_each(|(when, _)| with_one_zero(when, schema));
            }
        }
        Expr::ScalarFunction(call) if KEEPING.contains(&call.func.name()) => {
            fit(&mut call.args.iter_mut().collect::<Vec<_>>(), Whole::Widen, schema);
            if call.func.name() == "nullif" {
                call.args.iter_mut().for_each(|argument| with_one_zero(argument, schema));
            }
        }
        Expr::ScalarFunction(call) if call.func.name() == "round" => {
            name_places(&mut call.args, schema);
            call.args.iter_mut().for_each(|argument| fit(&mut [argument], Whole::Widen, schema));
        }
        _ => {
            return expression.map_children(|mut part| {
                fit(&mut [&mut part], Whole::Widen, schema);
                Ok(Transformed::yes(part))
            });
        }
    }
    Ok(Transformed::yes(match expression {
        Expr::InList(list) => membership(list, schema),
        expression => expression,
    }))
}

/// Functions that return one of their arguments.
const KEEPING: [&str; 6] = ["coalesce", "nvl", "nvl2", "nullif", "greatest", "least"];

/// Makes the results of a `case` numbers of one type: DataFusion takes that of the first for that of all until it plans in full.
fn unify(results: &mut [&mut Expr], schema: &DFSchema) {
    let types: Vec<DataType> = results.iter().filter_map(|result| result.get_type(schema).ok()).collect();
    let numbers: Vec<DataType> = types.iter().filter(|data_type| data_type.is_numeric()).cloned().collect();
    let is_of_numbers = types.iter().all(|data_type| data_type.is_numeric() || data_type.is_null());
    if types.len() < results.len() || !is_of_numbers {
        return;
    }
    let Some(common) = get_coerce_type_for_case_expression(&numbers, None) else { return };
    for (result, _) in results.iter_mut().zip(types).filter(|(_, own)| own.is_numeric() && *own != common) {
        let name = result.schema_name().to_string();
        let cast = Cast::new(Box::new(std::mem::take(*result)), common.clone());
        **result = Expr::Cast(cast).alias(name);
    }
}

/// Makes a double of a decimal by itself that is multiplied with or added to a spelled one, which is how shares are written:
/// `sum(bad) * 1.0 / count(*)`. Quotients of decimals have a few places only.
fn widen_touched(expression: &mut Expr) {
    fn is_touched(expression: &Expr) -> bool {
        match expression {
            Expr::Literal(value, _) => value.data_type().is_decimal(),
            Expr::Negative(inner) => is_touched(inner),
            Expr::BinaryExpr(BinaryExpr { left, op, right }) => {
                is_exact(*op) && (is_touched(left) || is_touched(right))
            }
            _ => false,
        }
    }
    if is_touched(expression) {
        widen(expression);
    }
}

/// Makes comparisons of a list whose members are not constants, which DataFusion takes for constants where they are `case`.
fn membership(list: InList, schema: &DFSchema) -> Expr {
    let InList { expr: mut held, list, negated } = list;
    let (columns, constants): (Vec<Expr>, Vec<Expr>) = list.into_iter().partition(Expr::any_column_refs);
    let equal = |member: Expr| held.as_ref().clone().eq(member);
    let others = columns.into_iter().map(equal).reduce(Expr::or);
    with_one_zero(&mut held, schema);
    let found = match (constants.is_empty(), others) {
        (false, None) => return Expr::InList(InList { expr: held, list: constants, negated }),
        (false, Some(others)) => Expr::InList(InList { expr: held, list: constants, negated: false }).or(others),
        (true, Some(others)) => others,
        (true, None) => Expr::InList(InList { expr: held, list: constants, negated: false }),
    };
    if negated { Expr::Not(Box::new(found)) } else { found }
}

/// Makes one zero of the two that doubles have, which DataFusion tells apart in sets, `nullif` and a `case` of a value.
fn with_one_zero(expression: &mut Expr, schema: &DFSchema) {
    if Kind::of(expression, schema) == Kind::Float {
        let name = expression.schema_name().to_string();
        let zero = Expr::Literal(ScalarValue::Float64(Some(0.0)), None);
        *expression = (std::mem::take(expression) + zero).alias(name);
    }
}

/// Gives the places that a decimal is rounded to the type in which `round` takes them: with a cast around them, DataFusion would
/// plan with another type of the result than it has.
fn name_places(arguments: &mut [Expr], schema: &DFSchema) {
    if let [value, Expr::Literal(places @ ScalarValue::Int64(_), _)] = arguments
        && value.get_type(schema).is_ok_and(|data_type| data_type.is_decimal())
        && let Ok(narrow) = places.cast_to(&DataType::Int32)
    {
        *places = narrow;
    }
}

/// Tells whether an operator gives decimals for decimals without rounding.
fn is_exact(operator: Operator) -> bool {
    matches!(operator, Operator::Plus | Operator::Minus | Operator::Multiply | Operator::Modulo)
}

fn compares(operator: Operator) -> bool {
    matches!(
        operator,
        Operator::Eq
            | Operator::NotEq
            | Operator::Lt
            | Operator::LtEq
            | Operator::Gt
            | Operator::GtEq
            | Operator::IsDistinctFrom
            | Operator::IsNotDistinctFrom
    )
}

/// What an expression is among numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Whole,
    /// It is a decimal only since a number in it is spelled with a point.
    Spelled,
    Decimal,
    Float,
    Other,
}

impl Kind {
    fn of(expression: &Expr, schema: &DFSchema) -> Self {
        match expression {
            Expr::Literal(value, _) if value.data_type().is_decimal() => Self::Spelled,
            Expr::Negative(inner) => Self::of(inner, schema),
            Expr::BinaryExpr(BinaryExpr { left, op, right }) if is_exact(*op) => {
                match (Self::of(left, schema), Self::of(right, schema)) {
                    (Self::Whole, Self::Whole) => Self::Whole,
                    (Self::Whole | Self::Spelled, Self::Whole | Self::Spelled) => Self::Spelled,
                    (Self::Other, _) | (_, Self::Other) => Self::of_type(expression, schema),
                    (Self::Float, _) | (_, Self::Float) => Self::Float,
                    _ => Self::Decimal,
                }
            }
            _ => Self::of_type(expression, schema),
        }
    }

    fn of_type(expression: &Expr, schema: &DFSchema) -> Self {
        // what has no type here is told of when the whole is planned
        match expression.get_type(schema) {
            Ok(data_type) if data_type.is_decimal() => Self::Decimal,
            Ok(data_type) if data_type.is_integer() => Self::Whole,
            Ok(data_type) if data_type.is_floating() => Self::Float,
            _ => Self::Other,
        }
    }
}

/// What becomes of expressions that meet whole numbers alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Whole {
    /// They stay decimals.
    Stay,
    /// They become doubles.
    Widen,
}

/// Makes doubles of the spelled decimals among expressions that meet each other, unless another of them is a decimal.
fn fit(expressions: &mut [&mut Expr], wholes: Whole, schema: &DFSchema) {
    // what meets nothing is looked at only where a number is spelled in it
    if matches!(expressions, [single] if !matches!(single, Expr::Literal(..) | Expr::Negative(_) | Expr::BinaryExpr(_)))
    {
        return;
    }
    let kinds: Vec<Kind> = expressions.iter().map(|expression| Kind::of(expression, schema)).collect();
    let is_wide = |(expression, kind): (&&mut Expr, &Kind)| *kind == Kind::Spelled && !has_room(expression, schema);
    let stay = wholes == Whole::Stay && !kinds.contains(&Kind::Other) && !expressions.iter().zip(&kinds).any(is_wide);
    let has_float = kinds.contains(&Kind::Float);
    if !has_float && (kinds.contains(&Kind::Decimal) || stay) {
        return;
    }
    // DataFusion would hold decimals against doubles in decimals of 15 places
    let widens = |kind: Kind| kind == Kind::Spelled || (has_float && kind == Kind::Decimal);
    for (expression, _) in expressions.iter_mut().zip(kinds).filter(|(_, kind)| widens(*kind)) {
        widen(expression);
    }
}

/// Makes a double of a number.
pub(crate) fn widen(expression: &mut Expr) {
    // sets of groups are found by the names of their expressions
    let name = expression.schema_name().to_string();
    *expression = as_double(std::mem::take(expression)).alias(name);
}

/// Makes a double of an expression that is a decimal only by how numbers are spelled in it, and meets nothing.
pub(crate) fn settled(mut expression: Expr, schema: &DFSchema) -> Expr {
    fit(&mut [&mut expression], Whole::Widen, schema);
    expression
}

/// Makes two numbers that are held against each other of types that go together.
pub(crate) fn fit_pair(left: &mut Expr, right: &mut Expr, schema: &DFSchema) {
    fit(&mut [left, right], Whole::Stay, schema);
}

/// Tells whether a decimal leaves room for any whole number, of up to 20 digits, in a type of 38.
fn has_room(expression: &Expr, schema: &DFSchema) -> bool {
    matches!(expression.get_type(schema), Ok(DataType::Decimal128(_, scale)) if scale <= 18)
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
