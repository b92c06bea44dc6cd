//! The numbers of a query, fitted to what they meet as in conditions.

use std::sync::Arc;

use arrow::datatypes::DataType;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{Column, DFSchema};
use datafusion::error::Result;
use datafusion::logical_expr::expr_rewriter::NamePreserver;
use datafusion::logical_expr::utils::merge_schema;
use datafusion::logical_expr::{Cast, Expr, ExprSchemable, LogicalPlan, LogicalPlanBuilder, Subquery, Union};

use crate::column::sql::number::{fit_pair, fitted, settled, widen};

/// Fits the numbers in all expressions of a plan, from the bottom up, since their types depend on what lies below.
pub(super) fn with_fitted_numbers(plan: LogicalPlan) -> Result<LogicalPlan> {
    Ok(plan.transform_up_with_subqueries(fit)?.data)
}

fn fit(mut plan: LogicalPlan) -> Result<Transformed<LogicalPlan>> {
    match &mut plan {
        // a table of values has the types that it was planned with
        LogicalPlan::Values(_) => return Ok(Transformed::no(plan)),
        LogicalPlan::Union(union) => {
            let inputs = with_common_types(std::mem::take(&mut union.inputs))?;
            return Ok(Transformed::yes(LogicalPlan::Union(Union::try_new_with_loose_types(inputs)?)));
        }
        _ => {}
    }
    let schema = merge_schema(&plan.inputs());
    if let LogicalPlan::Join(join) = &mut plan {
        join.on.iter_mut().for_each(|(left, right)| fit_pair(left, right, &schema));
    }
    let names = NamePreserver::new(&plan);
    let fitted = plan.map_expressions(|expression| {
        let name = names.save(&expression);
        let fitted = expression.transform_up(|part| match part {
            Expr::InSubquery(mut part) => {
                fit_subquery(&mut part.expr, &mut part.subquery, &schema)?;
                Ok(Transformed::yes(Expr::InSubquery(part)))
            }
            Expr::SetComparison(mut part) => {
                fit_subquery(&mut part.expr, &mut part.subquery, &schema)?;
                Ok(Transformed::yes(Expr::SetComparison(part)))
            }
            part => fitted(part, &schema),
        })?;
        Ok(fitted.update_data(|expression| name.restore(settled(expression, &schema))))
    })?;
    fitted.map_data(LogicalPlan::recompute_schema)
}

/// Makes doubles of the decimals among the columns that go together, where others of them are doubles.
fn with_common_types(inputs: Vec<Arc<LogicalPlan>>) -> Result<Vec<Arc<LogicalPlan>>> {
    let is = |input: &LogicalPlan, at: usize, test: fn(&DataType) -> bool| {
        input.schema().fields().get(at).is_some_and(|field| test(field.data_type()))
    };
    let width = inputs.first().map_or(0, |input| input.schema().fields().len());
    let floats: Vec<bool> =
        (0..width).map(|at| inputs.iter().any(|input| is(input, at, DataType::is_floating))).collect();
    let widened = inputs.into_iter().map(|input| {
        let decimals: Vec<bool> = (0..width).map(|at| floats[at] && is(&input, at, DataType::is_decimal)).collect();
        if decimals.contains(&true) {
            as_floats(Arc::unwrap_or_clone(input), &decimals).map(Arc::new)
        } else {
            Ok(input)
        }
    });
    widened.collect()
}

/// Makes a double of the one of two that are held against each other which is a decimal, where the other is a double.
fn fit_subquery(held: &mut Expr, subquery: &mut Subquery, schema: &DFSchema) -> Result<()> {
    let found = subquery.subquery.schema().fields().first().map(|field| field.data_type().clone());
    if let (Ok(own), Some(found)) = (held.get_type(schema), found) {
        if own.is_decimal() && found.is_floating() {
            widen(held);
        } else if own.is_floating() && found.is_decimal() {
            subquery.subquery = Arc::new(as_floats(subquery.subquery.as_ref().clone(), &[true])?);
        }
    }
    *held = settled(std::mem::take(held), schema);
    Ok(())
}

/// Makes doubles of some columns of a plan.
fn as_floats(plan: LogicalPlan, columns: &[bool]) -> Result<LogicalPlan> {
    let of = |((qualifier, field), is_widened): ((Option<&_>, &Arc<_>), &bool)| {
        let column = Column::from((qualifier, field));
        let name = column.name.clone();
        let column = Expr::Column(column);
        if *is_widened { Expr::Cast(Cast::new(Box::new(column), DataType::Float64)).alias(name) } else { column }
    };
    let columns: Vec<Expr> = plan.schema().iter().zip(columns).map(of).collect();
    LogicalPlanBuilder::from(plan).project(columns)?.build()
}

#[cfg(test)]
mod tests {
    use arrow::array::{ArrayRef, Decimal128Array, Float64Array, RecordBatch};

    use super::*;
    use crate::engine::{Budget, Settings};
    use crate::scan::Scan;
    use crate::source::memory::MemorySource;

    #[test]
    fn decimals_of_other_queries_are_held_against_doubles_as_doubles() {
        let decimals = Decimal128Array::from(vec![13_851, 29, 115]).with_precision_and_scale(12, 2).expect("they fit");
        let doubles = Float64Array::from(vec![138.51, 0.29, 1e20]);
        let columns: [(&str, ArrayRef); 2] = [("d", Arc::new(decimals)), ("f", Arc::new(doubles))];
        let batch = RecordBatch::try_from_iter(columns).expect("columns of one length");
        let source = MemorySource::new("numbers", batch.schema(), vec![vec![batch]]).expect("one schema");
        let scan: Arc<dyn Scan> = Arc::new(source);
        let budget = Arc::new(Budget::new(u64::MAX));
        let settings = Settings { threads: 1, statistics: false, budget, texts: Arc::new([]), now: chrono::Utc::now() };
        for (sql, rows) in [
            ("select d from batch where d in (select f from batch)", 2),
            ("select f from batch where f not in (select d from batch)", 1),
            ("select f from batch where f in (select 138.51)", 1),
            (
                "select x from (select 0.29 as x union all select f from batch union all select d from batch) where x = 0.29",
                3,
            ),
            ("select x from (select d as x from batch union select f from batch)", 4),
            ("with c as (select d * 1.0 as x, 0.5 as half from batch) select x from c where x > half", 2),
            (
                "select a.d from batch a, batch b where a.d = b.f and exists (select 1 from batch c where c.f = a.d * 1.0)",
                2,
            ),
            ("select d from batch where d = any (select f from batch)", 2),
            ("select d from batch where f in (select case when f = 7 then 0 else d end from batch)", 2),
            ("select d from batch where case when f = 7 then 0 else f end = d", 2),
            (
                "with recursive r(n, x) as (select 1, 0.1 union all select n + 1, x + 0.1 from r where n < 10) select n from r",
                10,
            ),
            ("select x from (values (1.5), (2)) v(x) where x > 1.6", 1),
        ] {
            let found = crate::sql::run(&scan, sql, None, 10, &settings).map_err(|error| format!("{sql}: {error:?}"));
            assert_eq!(found.map(|found| found.count), Ok(rows), "{sql}");
        }
    }
}
