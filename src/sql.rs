//! SQL queries over a dataset, which is the table `batch`, streamed unit by unit through DataFusion.
//!
//! Units are decoded on several threads and handed on in their order, and the operators of the query run in one
//! partition. So a query without `ORDER BY` keeps the order of the rows, and every run over the same files gives the same
//! bits. A query reads
//! the columns that it names and holds no more of them than its operators need; what grows past the memory limit is
//! sorted on disk or refused. Statements that would change or write anything are refused.

mod checked;
mod numbers;
mod problem;
mod unit;

use std::fmt;
use std::ops::ControlFlow;
use std::sync::{Arc, Mutex, PoisonError};

use arrow::datatypes::{Schema, SchemaRef};
use async_trait::async_trait;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::tree_node::TreeNode;
use datafusion::error::{DataFusionError, Result as DataFusionResult};
use datafusion::execution::FunctionRegistry;
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::{Expr, LogicalPlan, TableType};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::streaming::{PartitionStream, StreamingTableExec};
use datafusion::prelude::{DataFrame, SQLOptions, SessionContext};
use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::{self, Visit, Visitor};
use datafusion::sql::sqlparser::dialect::GenericDialect;
use datafusion::sql::sqlparser::parser::Parser;
use futures::StreamExt;

use crate::column::sql::number::make_exponents_doubles;
use crate::column::sql::{plain_schema, session_config};
use crate::column::{Predicate, Scalar};
use crate::engine::Settings;
use crate::expectation::QueryRows;
use crate::guard::guarded_deep;
use crate::plan::QueryError;
use crate::scan::Scan;
use crate::verdict::Problem;
use checked::CheckedArithmetic;
use numbers::with_fitted_numbers;
use unit::{Failure, UnitReader};

/// The name of the dataset in queries.
const TABLE: &str = "batch";

/// Runs a query over the rows of a dataset for which a condition is true; over all without one. Counts the rows of its
/// result and returns the first of them, up to `limit`.
///
/// # Errors
/// [`QueryError::Problem`] where the query or the condition is not valid, fails on a value, or needs more memory than the
/// settings allow; [`QueryError::Scan`] where the data cannot be read.
pub fn run(
    scan: &Arc<dyn Scan>,
    sql: &str,
    condition: Option<&Predicate>,
    limit: usize,
    settings: &Settings,
) -> Result<QueryRows, QueryError> {
    let reader = UnitReader::new(Arc::clone(scan), condition, settings);
    let reader = reader.map_err(QueryError::Problem)?;
    let failure = Arc::new(Mutex::new(None));
    let table = Table {
        schema: Arc::new(plain_schema(&scan.schema())),
        reader: Arc::new(reader),
        threads: settings.threads,
        failure: Arc::clone(&failure),
    };
    // a thread of its own: the caller may be inside of an asynchronous runtime, which forbids to wait for another one
    let abnormal = |said: String| Err(Problem::new("sql-failed", format!("the query failed: {said}")));
    let outcome = guarded_deep(|| collect(table, sql, limit, settings)).unwrap_or_else(abnormal);
    match failure.lock().unwrap_or_else(PoisonError::into_inner).take() {
        Some(Failure::Scan(error)) => Err(QueryError::Scan(error)),
        Some(Failure::Problem(problem)) => Err(QueryError::Problem(problem)),
        None => outcome.map_err(QueryError::Problem),
    }
}

fn collect(table: Table, sql: &str, limit: usize, settings: &Settings) -> Result<QueryRows, Problem> {
    let schema = Arc::clone(&table.schema);
    let failed = |error: DataFusionError| problem::failed(&error);
    let limit_bytes = usize::try_from(settings.budget.left()).unwrap_or(usize::MAX);
    let environment = RuntimeEnvBuilder::new()
        .with_memory_limit(limit_bytes, 1.0)
        .with_temp_file_path(settings.budget.folder())
        .build_arc()
        .map_err(failed)?;
    let context = SessionContext::new_with_config_rt(session_config().with_target_partitions(1), environment);
    context.state_ref().write().register_function_rewrite(Arc::new(CheckedArithmetic)).map_err(failed)?;
    context.register_table(TABLE, Arc::new(table)).map_err(failed)?;
    let reading_only = SQLOptions::new().with_allow_ddl(false).with_allow_dml(false).with_allow_statements(false);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .map_err(|error| Problem::new("sql-failed", format!("the query cannot be run: {error}")))?;
    runtime.block_on(async {
        refuse_deep(sql)?;
        let query = planned(&context, sql, reading_only).await;
        let query = query.map_err(|error| problem::invalid(&error, &schema))?;
        let mut stream = query.execute_stream().await.map_err(|error| problem::invalid(&error, &schema))?;
        let mut result = QueryRows { count: 0, names: distinct_names(&stream.schema()), rows: Vec::new() };
        while let Some(batch) = stream.next().await {
            let batch = batch.map_err(failed)?;
            let shown = batch.num_rows().min(limit - result.rows.len());
            let row = |row| batch.columns().iter().map(|column| Scalar::at(column, row)).collect();
            result.rows.extend((0..shown).map(row));
            result.count += batch.num_rows() as u64;
        }
        Ok(result)
    })
}

/// Plans a query, as long as it only reads.
async fn planned(context: &SessionContext, sql: &str, reading_only: SQLOptions) -> DataFusionResult<DataFrame> {
    let mut state = context.state();
    let mut parsed = state.sql_to_statement(sql, &state.config_options().sql_parser.dialect)?;
    if let Statement::Statement(statement) = &mut parsed {
        make_exponents_doubles(statement);
    }
    let plan = state.statement_to_plan(parsed.clone()).await?;
    reading_only.verify_plan(&plan)?;
    let plan = if plan.exists(|part| Ok(matches!(part, LogicalPlan::RecursiveQuery(_))))? {
        // what a table holds that is made of itself cannot change its type
        state.config_mut().options_mut().sql_parser.parse_float_as_decimal = false;
        state.statement_to_plan(parsed).await?
    } else {
        with_fitted_numbers(plan)?
    };
    context.execute_logical_plan(plan).await
}

/// How deep the expressions of a query may be nested, as trees: planning takes time by the square of it.
const MAX_DEPTH: usize = 500;

/// Refuses a query with a chain of operators that would take minutes to plan. One that does not parse is left to others.
fn refuse_deep(sql: &str) -> Result<(), Problem> {
    let Ok(statements) = Parser::parse_sql(&GenericDialect {}, sql) else { return Ok(()) };
    let mut depth = Depth::default();
    if statements.visit(&mut depth).is_break() {
        let message = format!("the query is not valid: an expression is nested deeper than {MAX_DEPTH} levels");
        return Err(Problem::new("invalid-sql", message).with_help("write long chains of `or` as `in (…)`"));
    }
    Ok(())
}

/// Counts how deep expressions are nested.
#[derive(Default)]
struct Depth(usize);

impl Visitor for Depth {
    type Break = ();

    fn pre_visit_expr(&mut self, _: &ast::Expr) -> ControlFlow<()> {
        self.0 += 1;
        if self.0 > MAX_DEPTH { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    fn post_visit_expr(&mut self, _: &ast::Expr) -> ControlFlow<()> {
        self.0 -= 1;
        ControlFlow::Continue(())
    }
}

/// Returns the names of a result's columns; where two are alike, the later one gets a number: `id`, `id:1`.
fn distinct_names(schema: &Schema) -> Vec<String> {
    let mut names: Vec<String> = Vec::with_capacity(schema.fields().len());
    for field in schema.fields() {
        let mut name = field.name().clone();
        let mut repeats = 0;
        while names.contains(&name) {
            repeats += 1;
            name = format!("{}:{repeats}", field.name());
        }
        names.push(name);
    }
    names
}

/// The dataset as DataFusion sees it.
struct Table {
    schema: SchemaRef,
    reader: Arc<UnitReader>,
    threads: usize,
    failure: Arc<Mutex<Option<Failure>>>,
}

impl fmt::Debug for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Table").field("schema", &self.schema).finish_non_exhaustive()
    }
}

#[async_trait]
impl TableProvider for Table {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    async fn scan(
        &self,
        _session: &dyn Session,
        projection: Option<&Vec<usize>>,
        _filters: &[Expr],
        limit: Option<usize>,
    ) -> DataFusionResult<Arc<dyn ExecutionPlan>> {
        let wanted = projection.cloned().unwrap_or_else(|| (0..self.schema.fields().len()).collect());
        let mut roots = wanted.clone();
        roots.sort_unstable();
        roots.dedup();
        let schema = Arc::new(self.schema.project(&roots)?);
        let places = wanted.iter().filter_map(|root| roots.binary_search(root).ok()).collect();
        let rows = Rows {
            schema: Arc::clone(&schema),
            reader: Arc::clone(&self.reader),
            roots,
            threads: self.threads,
            failure: Arc::clone(&self.failure),
        };
        let plan = StreamingTableExec::try_new(schema, vec![Arc::new(rows)], Some(&places), [], false, limit)?;
        Ok(Arc::new(plan))
    }
}

/// Some columns of all rows, in order.
struct Rows {
    schema: SchemaRef,
    reader: Arc<UnitReader>,
    roots: Vec<usize>,
    threads: usize,
    failure: Arc<Mutex<Option<Failure>>>,
}

impl fmt::Debug for Rows {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rows").field("schema", &self.schema).finish_non_exhaustive()
    }
}

impl PartitionStream for Rows {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn execute(&self, _context: Arc<TaskContext>) -> SendableRecordBatchStream {
        let units = unit::start(&self.reader, &self.roots, &self.schema, self.threads);
        let failure = Arc::clone(&self.failure);
        let batches = units.map(move |batch| {
            batch.map_err(|error| {
                *failure.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
                DataFusionError::Execution("the data cannot be read".to_owned())
            })
        });
        Box::pin(RecordBatchStreamAdapter::new(Arc::clone(&self.schema), futures::stream::iter(batches)))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use arrow::array::{ArrayRef, DictionaryArray, Int64Array, RecordBatch};
    use arrow::datatypes::{DataType, Field, Int32Type};
    use serde_json::json;

    use super::*;
    use crate::column::{Comparison, Literal, Test};
    use crate::engine::Budget;
    use crate::scan::{BatchIterator, Facts, Place, ScanError};

    /// Units of one batch each, and how many were begun.
    struct Held(Vec<RecordBatch>, Arc<AtomicUsize>);

    impl Scan for Held {
        fn schema(&self) -> SchemaRef {
            // the second column comes as a dictionary, which the schema does not say
            let fields = [("id", DataType::Int64), ("Name", DataType::Utf8)];
            Arc::new(Schema::new(fields.map(|(name, data_type)| Field::new(name, data_type, true)).to_vec()))
        }

        fn unit_count(&self) -> usize {
            self.0.len()
        }

        fn rows(&self, unit: usize) -> Result<u64, ScanError> {
            Ok(self.0[unit].num_rows() as u64)
        }

        fn facts(&self, _unit: usize) -> Result<Facts, ScanError> {
            Ok(Facts::default())
        }

        fn dictionary(&self, _unit: usize, _column: usize) -> Result<Option<ArrayRef>, ScanError> {
            Ok(None)
        }

        fn batches(&self, unit: usize, columns: &[usize]) -> Result<BatchIterator<'_>, ScanError> {
            self.1.fetch_add(1, Ordering::Relaxed);
            if unit == 9 {
                return Err(ScanError::Corrupt { file: "nine".to_owned(), problem: "ends early".to_owned() });
            }
            let batch = self.0[unit]
                .project(columns)
                .map_err(|error| ScanError::Corrupt { file: String::new(), problem: error.to_string() });
            Ok(Box::new(std::iter::once(batch)))
        }

        fn weight(&self, _unit: usize) -> u64 {
            0
        }

        fn place(&self, _unit: usize, row: u64) -> Place {
            Place { file: "held".into(), row }
        }
    }

    /// Three rows a unit: ids from 0, names `a`, `b` and null.
    fn held(units: i64) -> Arc<Held> {
        let batches = (0..units).map(|unit| {
            let ids: ArrayRef = Arc::new(Int64Array::from_iter_values(unit * 3..unit * 3 + 3));
            let names: DictionaryArray<Int32Type> = [Some("a"), Some("b"), None].into_iter().collect();
            RecordBatch::try_from_iter([("id", ids), ("Name", Arc::new(names) as ArrayRef)]).expect("alike in length")
        });
        Arc::new(Held(batches.collect(), Arc::default()))
    }

    fn settings() -> Settings {
        let budget = Arc::new(Budget::new(50_000_000));
        Settings { threads: 3, statistics: true, budget, texts: Arc::from([]), now: chrono::Utc::now() }
    }

    fn ask(units: i64, sql: &str, condition: Option<&Predicate>) -> Result<QueryRows, QueryError> {
        let scan: Arc<dyn Scan> = held(units);
        run(&scan, sql, condition, 4, &settings())
    }

    fn shown(found: &QueryRows) -> Vec<serde_json::Value> {
        found.rows.iter().map(|row| found.to_json(row)).collect()
    }

    fn problem(sql: &str) -> Problem {
        match ask(2, sql, None) {
            Err(QueryError::Problem(problem)) => problem,
            other => panic!("{sql}: {other:?}"),
        }
    }

    #[test]
    fn all_rows_are_counted_and_the_first_are_shown_in_input_order() {
        let found = ask(8, "SELECT \"Name\", id FROM batch WHERE id % 2 = 1", None).expect("a valid query");
        assert_eq!(found.count, 12);
        let first = [json!({"Name": "b", "id": 1}), json!({"Name": "a", "id": 3}), json!({"Name": null, "id": 5})];
        assert_eq!(shown(&found)[..3], first);
        assert_eq!(found.rows.len(), 4);
    }

    #[test]
    fn aggregates_joins_and_names_in_their_case_work() {
        let found = ask(4, "SELECT COUNT(*) AS n, Max(id) AS top FROM batch b WHERE b.Name = 'a'", None);
        assert_eq!(shown(&found.expect("a valid query")), [json!({"n": 4, "top": 9})]);
        let sql = "SELECT a.id, b.id FROM batch a JOIN batch b ON a.id = b.id + 1 ORDER BY a.id DESC";
        assert_eq!(shown(&ask(4, sql, None).expect("a valid query"))[0], json!({"id": 11, "id:1": 10}));
        assert_eq!(ask(4, "SELECT 1 AS x FROM batch", None).expect("a valid query").count, 12);
        assert_eq!(ask(0, "SELECT * FROM batch", None).expect("a valid query").count, 0);
    }

    #[test]
    fn a_query_sees_the_rows_that_the_condition_keeps() {
        let of_a = Predicate::value("Name", Test::InSet(vec![Literal::Text("a".to_owned())]));
        let found = ask(4, "SELECT id FROM batch", Some(&of_a)).expect("a valid query");
        assert_eq!(shown(&found), [0, 3, 6, 9].map(|id| json!({ "id": id })));
        let never = Predicate::Compare { left: "id".to_owned(), operator: Comparison::Less, right: "id".to_owned() };
        let found = ask(4, "SELECT Count(*) AS n FROM batch", Some(&never)).expect("valid");
        assert_eq!(shown(&found), [json!({"n": 0})]);
    }

    #[test]
    fn a_wrong_query_is_a_problem_in_plain_words() {
        let unknown = problem("SELECT nme FROM batch");
        assert_eq!(unknown.message, "the query names the column `nme`, which is not there");
        assert_eq!(unknown.help.as_deref(), Some("a similar column exists: `Name`"));
        assert_eq!(problem("SELECT * FROM orders").message, "the query names the table `orders`, which is not there");
        assert_eq!(
            problem("SELECT * FRM batch").message,
            "the query is not valid: expected: end of statement, found: FRM at Line: 1, Column: 10"
        );
        assert_eq!(problem("SELECT 1 / (id - id) FROM batch").message, "the query failed: divide by zero error");
        for statement in ["CREATE TABLE t AS SELECT 1", "DROP TABLE batch", "COPY batch TO 'x.csv'", "SET x = 1"] {
            assert_eq!(problem(statement).code, "invalid-sql", "{statement}");
        }
    }

    #[test]
    fn whole_numbers_that_overflow_are_a_problem() {
        for sql in [
            "SELECT id * 9223372036854775807 FROM batch",
            "SELECT * FROM batch WHERE id + 9223372036854775807 < 0",
            "SELECT max(-9223372036854775807 - id) FROM batch",
            "SELECT a.id FROM batch a JOIN batch b ON a.id + 9223372036854775807 = b.id",
        ] {
            let message = problem(sql).message;
            assert!(message.contains("overflow"), "{sql}: {message}");
        }
        for groups in ["rollup (id + 2, \"Name\")", "cube (id + 2)", "grouping sets ((id + 2), (\"Name\"))"] {
            let sql = format!("SELECT id + 2, count(*) FROM batch GROUP BY {groups}");
            ask(2, &sql, None).unwrap_or_else(|error| panic!("{sql}: {error:?}"));
        }
        let found = ask(1, "SELECT id + 1, id - 1 AS less, 2 * (id + 1) FROM batch", None).expect("a valid query");
        let names = ["batch.id + Int64(1)", "less", "Int64(2) * batch.id + Int64(1)"];
        assert_eq!(found.names, names);
        assert_eq!(found.rows[0], [1, -1, 2].map(Scalar::Int));
    }

    #[test]
    fn data_that_cannot_be_read_is_no_problem_of_the_query() {
        let Err(QueryError::Scan(error)) = ask(12, "SELECT * FROM batch", None) else { panic!("unit 9 is corrupt") };
        assert_eq!(error.to_string(), "`nine` ends early");
    }

    #[test]
    fn units_are_read_no_further_ahead_than_there_are_workers() {
        let held = held(100);
        let begun = Arc::clone(&held.1);
        let (schema, scan) = (held.schema(), held);
        let reader = Arc::new(UnitReader::new(scan, None, &settings()).expect("no condition"));
        let mut units = unit::start(&reader, &[0, 1], &schema, 3);
        assert!(units.next().is_some_and(|batch| batch.is_ok()));
        std::thread::sleep(std::time::Duration::from_millis(200));
        let begun = begun.load(Ordering::Relaxed);
        assert!(begun < 9, "{begun} units are begun when one is asked for");
    }

    #[test]
    fn a_condition_as_deep_as_may_be_is_evaluated() {
        let deep = Predicate::Sql(format!("id{} > 5", " + 1".repeat(900)));
        assert_eq!(ask(4, "SELECT id FROM batch", Some(&deep)).expect("a valid condition").count, 12);
    }

    #[test]
    fn a_chain_too_long_to_plan_is_refused_and_a_long_list_is_not() {
        let chain = vec!["id = 1"; 600].join(" or ");
        match ask(1, &format!("select * from batch where {chain}"), None) {
            Err(QueryError::Problem(problem)) => assert!(problem.message.contains("nested deeper"), "{problem:?}"),
            other => panic!("{other:?}"),
        }
        let list: Vec<String> = (1..5_000).map(|id| id.to_string()).collect();
        let found = ask(1, &format!("select * from batch where id in ({})", list.join(", ")), None);
        assert_eq!(found.expect("a query").count, 2);
    }
}
