//! Row-wise SQL: an expression over the columns of a row, evaluated by DataFusion. NaN in float columns is null to it.

mod lazy;
pub(crate) mod number;
mod single_row;

use std::sync::{Arc, OnceLock};

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, RecordBatch, RecordBatchOptions, new_null_array};
use arrow::buffer::BooleanBuffer;
use arrow::compute::cast;
use arrow::datatypes::{DataType, Schema, SchemaRef, TimeUnit};
use chrono::{DateTime, Utc};
use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion, TreeNodeVisitor};
use datafusion::common::{DFSchema, SchemaError};
use datafusion::error::DataFusionError;
use datafusion::execution::SessionState;
use datafusion::logical_expr::expr::ScalarFunction;
use datafusion::logical_expr::simplify::{ExprSimplifyResult, SimplifyContext};
use datafusion::logical_expr::{Expr, ExprSchemable, Operator};
use datafusion::optimizer::simplify_expressions::ExprSimplifier;
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_expr::expressions::BinaryExpr;
use datafusion::prelude::{SessionConfig, SessionContext};
use datafusion::sql::sqlparser::ast::{self, ExprWithAlias};
use datafusion::sql::sqlparser::parser::ParserError;

use self::lazy::Lazy;
use super::evaluate::without_nan;
use super::read::read_column;
use super::{Family, Mask};
use crate::guard::{guarded, guarded_deep};
use crate::verdict::Problem;
use crate::words::plain;

/// Returns the one session whose functions and settings all SQL uses. Column names keep their case.
pub fn session() -> &'static SessionContext {
    static SESSION: OnceLock<SessionContext> = OnceLock::new();
    SESSION.get_or_init(|| SessionContext::new_with_config(session_config()))
}

/// Returns the settings of weir's SQL.
#[must_use]
pub fn session_config() -> SessionConfig {
    SessionConfig::new()
        .set_bool("datafusion.sql_parser.enable_ident_normalization", false)
        .set_bool("datafusion.sql_parser.parse_float_as_decimal", true)
}

/// A bound SQL expression of type boolean.
pub(crate) struct RowExpression {
    text: String,
    expression: Arc<dyn PhysicalExpr>,
    /// The root columns that the expression reads, ascending; its own column numbers are places in this list.
    roots: Vec<usize>,
    schema: SchemaRef,
}

impl RowExpression {
    /// Binds an expression to a schema. Where the batches hold texts for a column that is none in the schema, they are read
    /// as its type.
    ///
    /// # Errors
    /// It does not parse, names an unknown column or function, or is not boolean.
    pub(crate) fn new(text: &str, schema: &Schema, now: DateTime<Utc>) -> Result<Self, Problem> {
        let invalid = |error| invalid(text, &error);
        let plain = plain_schema(schema);
        let (parsed, roots) = parse(text, &plain)?;
        let projected = Arc::new(plain.project(&roots).map_err(|error| invalid(error.into()))?);
        // constant parts are evaluated here
        let expression = guarded(|| physical(parsed, &projected, now));
        let expression = expression.unwrap_or_else(|said| Err(DataFusionError::Plan(said))).map_err(invalid)?;
        let data_type = expression.data_type(&projected).map_err(invalid)?;
        if !matches!(data_type, DataType::Boolean | DataType::Null) {
            return Err(Problem::new(
                "invalid-sql",
                format!("the SQL condition `{}` gives {data_type}, a condition gives true or false", cut(text)),
            ));
        }
        Ok(Self { text: text.to_owned(), expression, roots, schema: projected })
    }

    /// Tells whether the expression has an answer for a row of nulls: it has none where it spells a value that is none of
    /// the type that it is held against.
    pub(crate) fn is_sound(&self) -> bool {
        let nulls = self.schema.fields().iter().map(|field| new_null_array(field.data_type(), 1)).collect();
        let options = RecordBatchOptions::new().with_row_count(Some(1));
        let row = RecordBatch::try_new_with_options(Arc::clone(&self.schema), nulls, &options);
        row.is_ok_and(|row| guarded(|| self.expression.evaluate(&row).is_ok()).unwrap_or(false))
    }

    /// The root columns that the expression reads, ascending.
    pub(crate) fn roots(&self) -> impl Iterator<Item = usize> + '_ {
        self.roots.iter().copied()
    }

    /// Evaluates the expression over so many rows of the columns, each at the number of its root. A row with a text that
    /// cannot be read as it should is unexpected.
    pub(crate) fn evaluate(&self, rows: usize, columns_at: &[Option<ArrayRef>]) -> Result<Mask, Problem> {
        let failed = |reason: String| {
            Problem::new("sql-failed", format!("the SQL condition `{}` failed: {reason}", cut(&self.text)))
        };
        let mut columns: Vec<ArrayRef> = Vec::with_capacity(self.roots.len());
        let mut misfits: Option<BooleanBuffer> = None;
        for (root, field) in self.roots.iter().zip(self.schema.fields()) {
            let array = columns_at.get(*root).and_then(Option::as_ref);
            let array = array.ok_or_else(|| failed("a column is not there".to_owned()))?;
            if array.data_type() == &DataType::Utf8 && Family::of(field.data_type()) != Family::Text {
                let (values, here) = read_column(array, field.data_type(), misfits);
                columns.push(values);
                misfits = here;
                continue;
            }
            let plain = cast(array, field.data_type()).map_err(|error| failed(error.to_string()))?;
            columns.push(without_nan(&plain));
        }
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        let input = RecordBatch::try_new_with_options(Arc::clone(&self.schema), columns, &options);
        let input = input.map_err(|error| failed(error.to_string()))?;
        // a few functions panic on what they cannot hold in memory
        let answer = guarded(|| self.expression.evaluate(&input).and_then(|value| value.into_array(rows)));
        let answer = answer.map_err(failed)?.map_err(|error| failed(reason(&error)))?;
        let mask = match answer.as_boolean_opt() {
            Some(answers) => Mask::from(answers),
            None => Mask::from(&BooleanArray::new_null(answer.len())),
        };
        Ok(mask.refusing(misfits.as_ref()))
    }
}

/// Returns the names of the columns that an expression reads, in the order of the schema.
///
/// # Errors
/// It does not parse, or names an unknown column or function.
pub fn columns_of(text: &str, schema: &Schema) -> Result<Vec<String>, Problem> {
    let (_, roots) = parse(text, &plain_schema(schema))?;
    Ok(roots.into_iter().map(|root| schema.field(root).name().clone()).collect())
}

/// How deep an expression may be nested, as a tree: it is evaluated from the top down.
const MAX_DEPTH: usize = 1_000;

/// Parses an expression; returns it with the columns that it reads, ascending.
fn parse(text: &str, schema: &Schema) -> Result<(Expr, Vec<usize>), Problem> {
    let abnormal = |said: String| Err(invalid(text, &DataFusionError::Plan(said)));
    guarded_deep(|| parse_shallow(text, schema)).unwrap_or_else(abnormal)
}

/// Parses an expression that is nested no deeper than the stack of a worker has room for; what is deeper is not let out of
/// here.
fn parse_shallow(text: &str, schema: &Schema) -> Result<(Expr, Vec<usize>), Problem> {
    let whole = DFSchema::try_from(schema.clone()).map_err(|error| invalid(text, &error))?;
    let parsed = logical(text, &whole).map_err(|error| match error.find_root() {
        DataFusionError::SchemaError(cause, _) => match cause.as_ref() {
            SchemaError::FieldNotFound { field, .. } => super::path::unknown_column(schema, &field.name),
            _ => invalid(text, &error),
        },
        _ => invalid(text, &error),
    })?;
    if depth(&parsed).map_err(|error| invalid(text, &error))? > MAX_DEPTH {
        let deep = DataFusionError::Plan(format!("it is nested deeper than {MAX_DEPTH} levels"));
        return Err(invalid(text, &deep));
    }
    let parsed = parsed.transform_up(|part| number::fitted(part, &whole)).map_err(|error| invalid(text, &error))?.data;
    let mut roots: Vec<usize> = Vec::new();
    for column in parsed.column_refs() {
        roots.push(schema.index_of(&column.name).map_err(|_| super::path::unknown_column(schema, &column.name))?);
    }
    roots.sort_unstable();
    roots.dedup();
    Ok((parsed, roots))
}

/// Says what keeps a text from being SQL that one row can be asked, as far as it is known without the columns.
///
/// # Errors
/// It cannot be read, or is about several rows.
pub(crate) fn check(text: &str) -> datafusion::error::Result<()> {
    parsed(text, &session().state()).map(|_| ())
}

/// Says what keeps a parsed expression from being a condition on a row; `None` where nothing does, as far as it is known
/// without the columns.
pub(crate) fn objection(expression: &ast::Expr) -> Option<String> {
    single_row::objection(expression, &session().state())
}

fn parsed(text: &str, state: &SessionState) -> datafusion::error::Result<ExprWithAlias> {
    let parsed = state.sql_to_expr_with_alias(text, &state.config_options().sql_parser.dialect)?;
    match single_row::objection(&parsed.expr, state) {
        Some(objection) => Err(DataFusionError::Plan(objection)),
        None => Ok(parsed),
    }
}

fn logical(text: &str, schema: &DFSchema) -> datafusion::error::Result<Expr> {
    let state = session().state();
    let mut parsed = parsed(text, &state)?;
    number::make_exponents_doubles(&mut parsed.expr);
    let expression = state.create_logical_expr_from_sql_expr(parsed, schema)?;
    if expression.is_volatile() {
        return Err(DataFusionError::Plan("it gives another answer each time".to_owned()));
    }
    Ok(expression)
}

fn invalid(text: &str, error: &DataFusionError) -> Problem {
    Problem::new("invalid-sql", format!("the SQL condition `{}` is not valid: {}", cut(text), reason(error)))
}

/// A condition within a sentence.
fn cut(text: &str) -> String {
    plain::cut(text, 200)
}

/// Says in one line why DataFusion came to no result, without the names that it puts before columns.
pub(crate) fn reason(error: &DataFusionError) -> String {
    let text = match error.find_root() {
        DataFusionError::ArrowError(cause, _) => cause.to_string(),
        DataFusionError::SQL(cause, _) => match cause.as_ref() {
            ParserError::ParserError(text) | ParserError::TokenizerError(text) => text.clone(),
            ParserError::RecursionLimitExceeded => "it is nested too deeply".to_owned(),
        },
        other => other.message().into_owned(),
    };
    let line = text.lines().next().unwrap_or_default().trim().trim_end_matches('.');
    let line = line.replace("datafusion.public.", "").replace("batch.", "");
    let mut characters = line.chars();
    match (characters.next(), characters.clone().next()) {
        (Some(first), Some(second)) if second.is_lowercase() => {
            format!("{}{}", first.to_lowercase(), characters.as_str())
        }
        _ => line,
    }
}

/// Returns the schema with dictionaries as their values, times of day in nanoseconds (as which SQL reads `time '18:00:00'`)
/// and every column nullable, as SQL sees it.
pub(crate) fn plain_schema(schema: &Schema) -> Schema {
    let fields = schema.fields().iter().map(|field| {
        let plain = match field.data_type() {
            DataType::Dictionary(_, value) => value.as_ref(),
            other => other,
        };
        let plain = match plain {
            DataType::Time32(_) | DataType::Time64(_) => DataType::Time64(TimeUnit::Nanosecond),
            other => other.clone(),
        };
        Arc::new(field.as_ref().clone().with_data_type(plain).with_nullable(true))
    });
    Schema::new(fields.collect::<Vec<_>>())
}

/// Turns an expression into one that can be evaluated: types fitted, constant parts evaluated, functions such as
/// `coalesce` replaced by what they stand for, whole numbers checked for overflow, `and` and `or` made [`Lazy`].
fn physical(
    expression: Expr,
    schema: &SchemaRef,
    now: DateTime<Utc>,
) -> datafusion::error::Result<Arc<dyn PhysicalExpr>> {
    let schema = Arc::new(DFSchema::try_from(Arc::clone(schema))?);
    let state = session().state();
    let context = SimplifyContext::builder()
        .with_schema(Arc::clone(&schema))
        .with_config_options(Arc::clone(state.config_options()))
        .with_query_execution_start_time(Some(now))
        .build();
    let simplifier = ExprSimplifier::new(context.clone());
    refuse_numbers_for_times(&expression, &schema)?;
    let expression = simplifier.coerce(expression, &schema)?;
    // only constants: DataFusion makes `x = 1 and x = 2` false, though it has no answer where `x` is null
    let folded = expression.transform_down(|part| {
        if part.any_column_refs() {
            return Ok(Transformed::no(part));
        }
        Ok(Transformed::new(simplifier.simplify(part)?, true, TreeNodeRecursion::Jump))
    })?;
    let mut parts = 0;
    let expanded = folded.data.transform_up(|part| {
        if !matches!(part, Expr::ScalarFunction(_)) {
            return Ok(Transformed::no(part));
        }
        // `coalesce(x, y)` stands for a `case` that holds `x` twice: nested ones grow with every level
        let expanded = expanded(part, &context)?;
        parts += size(&expanded)?;
        if parts > MAX_PARTS {
            return Err(DataFusionError::Plan("its calls are nested too deeply to be evaluated".to_owned()));
        }
        Ok(Transformed::yes(expanded))
    })?;
    let checked = session().create_physical_expr(expanded.data, &schema)?.transform_up(|expression| {
        let Some(binary) = expression.downcast_ref::<BinaryExpr>() else { return Ok(Transformed::no(expression)) };
        let mended: Arc<dyn PhysicalExpr> = match binary.op() {
            operator @ (Operator::And | Operator::Or) => {
                Arc::new(Lazy::new(binary.left(), binary.right(), *operator == Operator::And))
            }
            _ => Arc::new(BinaryExpr::clone(binary).with_fail_on_overflow(true)),
        };
        Ok(Transformed::yes(mended))
    });
    Ok(checked?.data)
}

/// Refuses to compare a date or time with a number: DataFusion takes the number for days or ticks since 1970, where a date
/// without quotes was meant, `day = 2024-02-03`.
fn refuse_numbers_for_times(expression: &Expr, schema: &DFSchema) -> datafusion::error::Result<()> {
    let family = |expression: &Expr| {
        expression.get_type(schema).map(|data_type| match data_type {
            // a length of time is no point in time
            DataType::Duration(_) | DataType::Interval(_) => Family::Nested,
            data_type => Family::of(&data_type),
        })
    };
    expression.apply(|part| {
        let (held, against): (&Expr, Vec<&Expr>) = match part {
            Expr::BinaryExpr(binary) if binary.op.supports_propagation() => (&binary.left, vec![&binary.right]),
            Expr::Between(between) => (&between.expr, vec![&between.low, &between.high]),
            Expr::InList(list) => (&list.expr, list.list.iter().collect()),
            _ => return Ok(TreeNodeRecursion::Continue),
        };
        for other in against {
            let (time, number) = match (family(held)?, family(other)?) {
                (Family::Time, Family::Number) => (held, other),
                (Family::Number, Family::Time) => (other, held),
                _ => continue,
            };
            let data_type = time.get_type(schema)?;
            let said = format!(
                "it compares `{time}`, which is of the type {data_type}, with the number `{}`; put dates and times in quotes: \
                 '2024-02-03'",
                number.human_display()
            );
            return Err(DataFusionError::Plan(said));
        }
        Ok(TreeNodeRecursion::Continue)
    })?;
    Ok(())
}

/// How many parts the calls of an expression may come to, all that they stand for counted.
const MAX_PARTS: usize = 100_000;

fn size(expression: &Expr) -> datafusion::error::Result<usize> {
    let mut size = 0;
    expression.apply(|_| {
        size += 1;
        Ok(TreeNodeRecursion::Continue)
    })?;
    Ok(size)
}

/// How often a call is replaced by what it stands for: a few stand for each other, and `concat_ws` for itself.
const MAX_REPLACEMENTS: usize = 8;

/// Replaces a call by what it stands for, where the function says so.
fn expanded(mut expression: Expr, context: &SimplifyContext) -> datafusion::error::Result<Expr> {
    for _ in 0..MAX_REPLACEMENTS {
        let Expr::ScalarFunction(ScalarFunction { func, args }) = expression else { break };
        match func.simplify(args, context)? {
            ExprSimplifyResult::Simplified(other) => expression = other,
            ExprSimplifyResult::Original(args) => {
                return Ok(Expr::ScalarFunction(ScalarFunction { func, args }));
            }
        }
    }
    Ok(expression)
}

fn depth(expression: &Expr) -> datafusion::error::Result<usize> {
    let mut depth = Depth::default();
    expression.visit(&mut depth)?;
    Ok(depth.most)
}

/// Counts how deep a tree is.
#[derive(Default)]
struct Depth {
    now: usize,
    most: usize,
}

impl<'n> TreeNodeVisitor<'n> for Depth {
    type Node = Expr;

    fn f_down(&mut self, _: &'n Expr) -> datafusion::error::Result<TreeNodeRecursion> {
        self.now += 1;
        self.most = self.most.max(self.now);
        Ok(TreeNodeRecursion::Continue)
    }

    fn f_up(&mut self, _: &'n Expr) -> datafusion::error::Result<TreeNodeRecursion> {
        self.now -= 1;
        Ok(TreeNodeRecursion::Continue)
    }
}
