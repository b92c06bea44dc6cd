//! Predicates over batches: each distinct predicate is evaluated once per batch, and once per dictionary value.
//!
//! An [`Evaluator`] is made for one thread: predicates and columns are bound to the schema once, then batches are loaded
//! one after the other and asked for masks and columns.

use std::collections::BTreeSet;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, ArrowPrimitiveType, AsArray, BooleanArray, Int32Array, PrimitiveArray, RecordBatch, UInt32Array,
};
use arrow::buffer::{BooleanBuffer, NullBuffer};
use arrow::compute::kernels::cmp;
use arrow::compute::{FilterBuilder, cast, take};
use arrow::datatypes::{
    DataType, Decimal256Type, Field, Float16Type, Float32Type, Float64Type, Schema, SchemaRef, i256,
};
use chrono::{DateTime, Utc};
use hashbrown::HashMap;

use super::key::{KeySet, cast_for_comparison, common_type, key_nulls};
use super::mask::packed;
use super::path::{self, ResolvedPath};
use super::read::read_column;
use super::sql::RowExpression;
use super::test::BoundTest;
use super::{Comparison, Family, IgnoreRowIf, Literal, Mask, Predicate, Test, fit};
use crate::verdict::Problem;

/// A bound predicate, by its place in the evaluator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct PredicateId(usize);

/// A bound column, by its place in the evaluator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ColumnId(usize);

/// How a root column goes together with the texts that it was read from.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum Texts {
    /// There are none, or the column is what they are.
    #[default]
    None,
    /// The column is of texts, which would be of this type but for a few values.
    Meant(DataType),
    /// The column is of another type, and its texts can be had: as the root column whose index is this one's plus the
    /// number of columns.
    Beside,
}

/// Binds predicates to a schema and answers them over batches.
pub struct Evaluator {
    schema: SchemaRef,
    /// An entry for each root column, or none at all.
    texts: Arc<[Texts]>,
    columns: Vec<BoundColumn>,
    column_ids: HashMap<String, ColumnId>,
    /// The texts of columns.
    text_ids: HashMap<ColumnId, ColumnId>,
    nodes: Vec<Node>,
    node_ids: HashMap<String, PredicateId>,
    batch: Option<Loaded>,
    now: DateTime<Utc>,
}

struct BoundColumn {
    name: String,
    path: ResolvedPath,
    /// The last dictionary seen, and what it is without NaN.
    dictionary: Option<(ArrayRef, ArrayRef)>,
}

struct Node {
    question: Question,
    /// The list elements that the answers are for; `None` for rows.
    domain: Option<String>,
    /// SQL has a part in the answers.
    has_sql: bool,
    /// The answers per value of the last dictionary seen.
    dictionary: Option<(ArrayRef, BooleanBuffer)>,
}

/// The two values of a pair; `None` matches null.
type BoundPair = (Option<Arc<BoundTest>>, Option<Arc<BoundTest>>);

/// What a predicate is made of.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Parts<'a> {
    /// The same answer for every row.
    Constant(bool),
    /// True where all of them are.
    All(&'a [PredicateId]),
    /// True where one of them is.
    Any(&'a [PredicateId]),
    /// It has no parts.
    None,
}

enum Question {
    Constant(bool),
    Value {
        column: ColumnId,
        test: Arc<BoundTest>,
    },
    Null(ColumnId),
    Compare {
        operands: Operands,
        operator: Comparison,
        as_type: Option<DataType>,
    },
    Pairs {
        left: ColumnId,
        right: ColumnId,
        pairs: Vec<BoundPair>,
    },
    /// Whether all (true) or no two (false) columns are equal.
    Equality {
        operands: Operands,
        all: bool,
    },
    Sum {
        operands: Operands,
        total: Total,
    },
    KeyIn {
        operands: Operands,
        keys: Arc<KeySet>,
    },
    Ignoring {
        columns: Vec<ColumnId>,
        rule: IgnoreRowIf,
        inner: PredicateId,
    },
    Sql(RowExpression),
    And(Vec<PredicateId>),
    Or(Vec<PredicateId>),
    Not(PredicateId),
}

/// Columns that are held against each other, or against values of given types.
struct Operands {
    columns: Vec<ColumnId>,
    /// Texts are read as the type that their column would be of but for a few values. Rows with one of those few are
    /// unexpected.
    are_read: bool,
}

enum Total {
    Float(f64),
    Exact { total: Option<i256>, scale: i8 },
}

/// What is kept of the batch at hand.
struct Loaded {
    rows: usize,
    /// The root columns that are at hand, each at its number.
    roots: Vec<Option<ArrayRef>>,
    columns: Vec<Option<ColumnData>>,
    masks: Vec<Option<Mask>>,
    /// The answers to predicates with SQL for the rows of which a condition is true.
    guarded: HashMap<(PredicateId, PredicateId), Mask>,
}

/// The values of a column in a batch, NaN made null.
#[derive(Debug, Clone)]
pub struct ColumnData {
    /// The values, dictionary-encoded or not.
    pub values: ColumnValues,
    /// Which of them there are; `None` where all are. Nulls within a dictionary count.
    pub nulls: Option<NullBuffer>,
    /// The row of each element, for a path through lists; `None` where elements are rows.
    pub rows: Option<Arc<[u32]>>,
}

/// The two ways in which values come.
#[derive(Debug, Clone)]
pub enum ColumnValues {
    /// One after the other.
    Plain(ArrayRef),
    /// As codes into a dictionary. Codes of nulls are anything in range or zero.
    Dictionary {
        /// The codes.
        codes: Int32Array,
        /// The distinct values (which may hold nulls and repeat).
        values: ArrayRef,
    },
}

impl ColumnData {
    /// The number of values, nulls included.
    #[must_use]
    pub fn len(&self) -> usize {
        match &self.values {
            ColumnValues::Plain(array) => array.len(),
            ColumnValues::Dictionary { codes, .. } => codes.len(),
        }
    }

    /// Tells whether there are no values.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns the values one after the other, with all nulls marked.
    ///
    /// # Errors
    /// A dictionary code is out of range.
    pub fn plain(&self) -> Result<ArrayRef, Problem> {
        match &self.values {
            ColumnValues::Plain(array) => Ok(Arc::clone(array)),
            ColumnValues::Dictionary { codes, values } => {
                take(values, codes, None).map_err(|error| Problem::new("type-mismatch", error.to_string()))
            }
        }
    }
}

impl Evaluator {
    /// Makes an evaluator for a schema. `texts` has an entry per root column (or none at all).
    #[must_use]
    pub fn new(schema: SchemaRef, texts: Arc<[Texts]>) -> Self {
        Self {
            schema,
            texts,
            columns: Vec::new(),
            column_ids: HashMap::new(),
            text_ids: HashMap::new(),
            nodes: Vec::new(),
            node_ids: HashMap::new(),
            batch: None,
            now: Utc::now(),
        }
    }

    /// Sets what SQL takes for now; otherwise it is when the evaluator is made.
    #[must_use]
    pub fn at(self, now: DateTime<Utc>) -> Self {
        Self { now, ..self }
    }

    /// Binds a column by name or path.
    ///
    /// # Errors
    /// `unknown-column`.
    pub fn column(&mut self, name: &str) -> Result<ColumnId, Problem> {
        if let Some(id) = self.column_ids.get(name) {
            return Ok(*id);
        }
        let path = path::resolve(&self.schema, name)?;
        let id = ColumnId(self.columns.len());
        self.columns.push(BoundColumn { name: name.to_owned(), path, dictionary: None });
        self.column_ids.insert(name.to_owned(), id);
        Ok(id)
    }

    /// The type of a column; that of its values where it is a dictionary.
    #[must_use]
    pub fn data_type(&self, column: ColumnId) -> &DataType {
        match self.columns[column.0].path.field.data_type() {
            DataType::Dictionary(_, value) => value,
            other => other,
        }
    }

    /// The type that a column of texts would have but for a few values.
    #[must_use]
    pub fn wanted(&self, column: ColumnId) -> Option<&DataType> {
        let path = &self.columns[column.0].path;
        match self.texts.get(path.root)? {
            Texts::Meant(wanted) if path.steps.is_empty() => Some(wanted),
            _ => None,
        }
    }

    /// Returns the column whose values a test of texts is about: the texts that a column was read from, where it is of
    /// another type and they can be had.
    fn tested(&mut self, column: ColumnId, test: &Test) -> ColumnId {
        if test.is_about_texts() { self.texts_of(column) } else { column }
    }

    fn texts_of(&mut self, column: ColumnId) -> ColumnId {
        let BoundColumn { name, path, .. } = &self.columns[column.0];
        if !path.steps.is_empty() || self.texts.get(path.root) != Some(&Texts::Beside) {
            return column;
        }
        if let Some(texts) = self.text_ids.get(&column) {
            return *texts;
        }
        let texts = ColumnId(self.columns.len());
        let root = path.root + self.schema.fields().len();
        let field = Arc::new(Field::new(name, DataType::Utf8, true));
        let path = ResolvedPath { root, steps: Vec::new(), field, elements: None };
        let name = name.clone();
        self.columns.push(BoundColumn { name, path, dictionary: None });
        self.text_ids.insert(column, texts);
        texts
    }

    /// Binds a column whose values are shown beside the answers of a predicate: what its tests look at.
    ///
    /// # Errors
    /// `unknown-column`.
    pub fn shown(&mut self, name: &str, predicate: &Predicate) -> Result<ColumnId, Problem> {
        let column = self.column(name)?;
        Ok(if predicate.is_about_texts_of(name) { self.texts_of(column) } else { column })
    }

    /// The name that a column was asked by.
    #[must_use]
    pub fn name(&self, column: ColumnId) -> &str {
        &self.columns[column.0].name
    }

    /// The list elements that a column's values are; `None` where they are rows.
    #[must_use]
    pub fn domain_of_column(&self, column: ColumnId) -> Option<&str> {
        self.columns[column.0].path.elements.as_deref()
    }

    /// The list elements that a predicate is about; `None` for rows.
    #[must_use]
    pub fn domain_of(&self, predicate: PredicateId) -> Option<&str> {
        self.nodes[predicate.0].domain.as_deref()
    }

    /// The path of a column, for asking what statistics say.
    #[must_use]
    pub fn path(&self, column: ColumnId) -> &ResolvedPath {
        &self.columns[column.0].path
    }

    /// Binds a predicate.
    ///
    /// # Errors
    /// A column is unknown, a literal or test does not fit its type, or elements of different lists meet.
    pub fn predicate(&mut self, predicate: &Predicate) -> Result<PredicateId, Problem> {
        let text = predicate.to_string();
        if let Some(id) = self.node_ids.get(&text) {
            return Ok(*id);
        }
        let question = self.question(predicate)?;
        let domain = self.domain(&question)?;
        let id = PredicateId(self.nodes.len());
        self.nodes.push(Node { question, domain, has_sql: predicate.has_sql(), dictionary: None });
        self.node_ids.insert(text, id);
        Ok(id)
    }

    fn columns(&mut self, names: &[String]) -> Result<Vec<ColumnId>, Problem> {
        names.iter().map(|name| self.column(name)).collect()
    }

    fn question(&mut self, predicate: &Predicate) -> Result<Question, Problem> {
        Ok(match predicate {
            Predicate::Constant(answer) => Question::Constant(*answer),
            Predicate::Value { column, test } => {
                let id = self.column(column)?;
                let id = self.tested(id, test);
                let test = BoundTest::new(test, column, self.data_type(id), self.wanted(id))?;
                Question::Value { column: id, test: Arc::new(test) }
            }
            Predicate::Null { column } => Question::Null(self.column(column)?),
            Predicate::Compare { left, operator, right } => {
                let (a, b) = (self.column(left)?, self.column(right)?);
                let operands = self.operands(vec![a, b], |types| common_type(types[0], types[1]).is_some());
                let types = self.types(&operands);
                let as_type = common_type(types[0], types[1]);
                let ordered = !matches!(operator, Comparison::Equal | Comparison::NotEqual);
                let nested = Family::of(self.data_type(a)) == Family::Nested;
                if (as_type.is_none() || nested) && ordered {
                    return Err(Problem::new(
                        "type-mismatch",
                        format!("columns `{left}` ({}) and `{right}` ({}) have no order in common", types[0], types[1]),
                    ));
                }
                Question::Compare { operands, operator: *operator, as_type }
            }
            Predicate::PairInSet { left, right, pairs } => {
                let (a, b) = (self.column(left)?, self.column(right)?);
                let bind = |literal: &Literal, name: &str, id: ColumnId| match literal {
                    Literal::Null => Ok(None),
                    literal => {
                        BoundTest::new(&Test::InSet(vec![literal.clone()]), name, self.data_type(id), self.wanted(id))
                            .map(|test| Some(Arc::new(test)))
                    }
                };
                let mut bound = Vec::with_capacity(pairs.len());
                for (x, y) in pairs {
                    bound.push((bind(x, left, a)?, bind(y, right, b)?));
                }
                Question::Pairs { left: a, right: b, pairs: bound }
            }
            Predicate::Distinct { columns } => Question::Equality { operands: self.equals(columns)?, all: false },
            Predicate::AllEqual { columns } => Question::Equality { operands: self.equals(columns)?, all: true },
            Predicate::SumEquals { columns, total } => {
                let ids = self.columns(columns)?;
                let operands = self.operands(ids, |types| types.iter().all(|data_type| is_addable(data_type)));
                let total = self.total(columns, &operands, total)?;
                Question::Sum { operands, total }
            }
            Predicate::KeyIn { columns, keys } => {
                let ids = self.columns(columns)?;
                let is_comparable = |(data_type, key): (&&DataType, &DataType)| common_type(data_type, key).is_some();
                let operands = self.operands(ids, |types| types.iter().zip(keys.types()).all(is_comparable));
                for ((data_type, name), key) in self.types(&operands).into_iter().zip(columns).zip(keys.types()) {
                    let other_clocks = have_other_clocks(data_type, key);
                    if common_type(data_type, key).is_none() || other_clocks {
                        let why = if other_clocks { ": times of a zone are held against times of none" } else { "" };
                        let message = format!(
                            "column `{name}` ({data_type}) cannot be looked up among values of type {key}{why}"
                        );
                        return Err(Problem::new("type-mismatch", message));
                    }
                }
                Question::KeyIn { operands, keys: Arc::clone(keys) }
            }
            Predicate::Ignoring { columns, rule, predicate } => {
                Question::Ignoring { columns: self.columns(columns)?, rule: *rule, inner: self.predicate(predicate)? }
            }
            Predicate::Sql(text) => Question::Sql(self.row_expression(text)?),
            Predicate::And(parts) => {
                Question::And(parts.iter().map(|part| self.predicate(part)).collect::<Result<_, _>>()?)
            }
            Predicate::Or(parts) => {
                Question::Or(parts.iter().map(|part| self.predicate(part)).collect::<Result<_, _>>()?)
            }
            Predicate::Not(inner) => Question::Not(self.predicate(inner)?),
        })
    }

    /// Binds SQL to columns that are read as what they would be but for a few values, or where that is not what the SQL
    /// is about, to columns as they are.
    fn row_expression(&self, text: &str) -> Result<RowExpression, Problem> {
        if self.texts.iter().any(|texts| matches!(texts, Texts::Meant(_))) {
            let fields = self.schema.fields().iter().zip(self.texts.iter());
            let read = fields.map(|(field, texts)| match texts {
                Texts::Meant(wanted) => Arc::new(field.as_ref().clone().with_data_type(wanted.clone())),
                Texts::None | Texts::Beside => Arc::clone(field),
            });
            let expression = RowExpression::new(text, &Schema::new(read.collect::<Vec<_>>()), self.now);
            if let Some(expression) = expression.ok().filter(RowExpression::is_sound) {
                return Ok(expression);
            }
        }
        RowExpression::new(text, &self.schema, self.now)
    }

    /// Makes operands of columns whose values are to be equal or not.
    fn equals(&mut self, names: &[String]) -> Result<Operands, Problem> {
        let columns = self.columns(names)?;
        Ok(self.operands(columns, |types| {
            types.iter().enumerate().all(|(at, a)| types[at + 1..].iter().all(|b| common_type(a, b).is_some()))
        }))
    }

    /// Makes operands of columns, which are read as what they would be where those types go together.
    fn operands(&self, columns: Vec<ColumnId>, go_together: impl Fn(&[&DataType]) -> bool) -> Operands {
        let read = Operands { columns, are_read: true };
        let are_read = read.columns.iter().any(|id| self.wanted(*id).is_some()) && go_together(&self.types(&read));
        Operands { are_read, ..read }
    }

    /// Returns the types in which operands are compared.
    fn types(&self, operands: &Operands) -> Vec<&DataType> {
        let read = |id: &ColumnId| self.wanted(*id).filter(|_| operands.are_read);
        operands.columns.iter().map(|id| read(id).unwrap_or_else(|| self.data_type(*id))).collect()
    }

    fn total(&self, names: &[String], operands: &Operands, total: &Literal) -> Result<Total, Problem> {
        let mut scale = 0;
        let mut floating = false;
        for (data_type, name) in self.types(operands).into_iter().zip(names) {
            if !is_addable(data_type) {
                return Err(Problem::new("type-mismatch", format!("column `{name}` ({data_type}) cannot be added up")));
            }
            floating |= data_type.is_floating();
            if let Some(DataType::Decimal256(_, found)) = common_type(data_type, &DataType::Decimal256(76, scale)) {
                scale = found;
            }
        }
        if floating {
            let total = total.as_f64().ok_or_else(|| Problem::new("type-mismatch", format!("{total} is no number")))?;
            return Ok(Total::Float(total));
        }
        Ok(Total::Exact { total: fit::decimal_member(total, &DataType::Decimal256(76, scale), false), scale })
    }

    /// The elements that a question is about: those of its columns and parts, which must agree.
    fn domain(&self, question: &Question) -> Result<Option<String>, Problem> {
        let mut domains = BTreeSet::new();
        let of_columns =
            |columns: &[ColumnId]| columns.iter().filter_map(|id| self.domain_of_column(*id)).collect::<Vec<_>>();
        match question {
            Question::Constant(_) | Question::Sql(_) => {}
            Question::Value { column, .. } | Question::Null(column) => domains.extend(of_columns(&[*column])),
            Question::Pairs { left, right, .. } => domains.extend(of_columns(&[*left, *right])),
            Question::Compare { operands, .. }
            | Question::Equality { operands, .. }
            | Question::Sum { operands, .. }
            | Question::KeyIn { operands, .. } => domains.extend(of_columns(&operands.columns)),
            Question::Ignoring { columns, inner, .. } => {
                domains.extend(of_columns(columns));
                domains.extend(self.domain_of(*inner));
            }
            Question::And(parts) | Question::Or(parts) => {
                domains.extend(parts.iter().filter_map(|part| self.domain_of(*part)));
            }
            Question::Not(inner) => domains.extend(self.domain_of(*inner)),
        }
        if domains.len() > 1 {
            let names: Vec<_> = domains.iter().map(|domain| format!("`{domain}`")).collect();
            return Err(Problem::new(
                "different-lists",
                format!("elements of different lists cannot be held against each other: {}", names.join(" and ")),
            ));
        }
        Ok(domains.pop_first().map(ToOwned::to_owned))
    }

    /// Adds the root columns that a predicate needs.
    pub fn roots(&self, predicate: PredicateId, into: &mut BTreeSet<usize>) {
        match &self.nodes[predicate.0].question {
            Question::Constant(_) => {}
            Question::Value { column, .. } | Question::Null(column) => self.roots_of(&[*column], into),
            Question::Pairs { left, right, .. } => self.roots_of(&[*left, *right], into),
            Question::Compare { operands, .. }
            | Question::Equality { operands, .. }
            | Question::Sum { operands, .. }
            | Question::KeyIn { operands, .. } => self.roots_of(&operands.columns, into),
            Question::Ignoring { columns, inner, .. } => {
                self.roots_of(columns, into);
                self.roots(*inner, into);
            }
            Question::Sql(expression) => into.extend(expression.roots()),
            Question::And(parts) | Question::Or(parts) => parts.iter().for_each(|part| self.roots(*part, into)),
            Question::Not(inner) => self.roots(*inner, into),
        }
    }

    /// Adds the root columns of columns.
    pub fn roots_of(&self, columns: &[ColumnId], into: &mut BTreeSet<usize>) {
        into.extend(columns.iter().map(|id| self.columns[id.0].path.root));
    }

    /// The parts of a predicate that is a conjunction or disjunction of others, or a constant.
    pub(crate) fn parts(&self, predicate: PredicateId) -> Parts<'_> {
        match &self.nodes[predicate.0].question {
            Question::Constant(answer) => Parts::Constant(*answer),
            Question::And(parts) => Parts::All(parts),
            Question::Or(parts) => Parts::Any(parts),
            _ => Parts::None,
        }
    }

    /// What statistics may answer: a test of a root column, `Ok(None)` for a null test.
    #[must_use]
    pub(crate) fn simple(&self, predicate: PredicateId) -> Option<SimpleQuestion> {
        let root = |id: &ColumnId| {
            let path = &self.columns[id.0].path;
            path.steps.is_empty().then_some(path.root)
        };
        match &self.nodes[predicate.0].question {
            Question::Value { column, test } => {
                Some(SimpleQuestion { root: root(column)?, test: Some(Arc::clone(test)), negated: false })
            }
            Question::Null(column) => Some(SimpleQuestion { root: root(column)?, test: None, negated: false }),
            Question::Not(inner) => {
                let simple = self.simple(*inner)?;
                Some(SimpleQuestion { negated: !simple.negated, ..simple })
            }
            _ => None,
        }
    }

    /// Takes a batch that holds these root columns, in this order: those of the schema, and beyond them texts of columns.
    pub fn load(&mut self, batch: &RecordBatch, roots: &[usize]) {
        self.batch = Some(self.loaded(batch.num_rows()));
        self.load_more(batch, roots);
    }

    /// Makes room for a batch of so many rows.
    fn loaded(&self, rows: usize) -> Loaded {
        Loaded {
            rows,
            roots: vec![None; self.schema.fields().len() * 2],
            columns: vec![None; self.columns.len()],
            masks: vec![None; self.nodes.len()],
            guarded: HashMap::new(),
        }
    }

    /// Takes more root columns of the batch at hand; what was found of it stays.
    pub fn load_more(&mut self, batch: &RecordBatch, roots: &[usize]) {
        let Some(loaded) = &mut self.batch else { return };
        for (root, column) in roots.iter().zip(batch.columns()) {
            loaded.roots[*root] = Some(Arc::clone(column));
        }
    }

    /// The number of rows of the batch at hand.
    #[must_use]
    pub fn row_count(&self) -> usize {
        self.batch.as_ref().map_or(0, |loaded| loaded.rows)
    }

    /// Returns a column of the batch at hand.
    ///
    /// # Errors
    /// The batch does not hold what its schema promised.
    pub fn values(&mut self, column: ColumnId) -> Result<ColumnData, Problem> {
        let loaded = self.batch.as_mut().ok_or_else(no_batch)?;
        if let Some(data) = &loaded.columns[column.0] {
            return Ok(data.clone());
        }
        let bound = &mut self.columns[column.0];
        let root = loaded.roots[bound.path.root].as_ref().ok_or_else(no_batch)?;
        let extracted = bound.path.extract(root)?;
        let data = column_data(&extracted.array, extracted.rows, &mut bound.dictionary)?;
        loaded.columns[column.0] = Some(data.clone());
        Ok(data)
    }

    /// Returns the answers to a predicate for the batch at hand: one per row, or per element of its domain.
    ///
    /// # Errors
    /// The batch does not hold what its schema promised, or SQL fails on a value.
    pub fn mask(&mut self, predicate: PredicateId) -> Result<Mask, Problem> {
        let loaded = self.batch.as_ref().ok_or_else(no_batch)?;
        if let Some(mask) = &loaded.masks[predicate.0] {
            return Ok(mask.clone());
        }
        let mask = self.answer(predicate)?;
        if let Some(loaded) = &mut self.batch {
            loaded.masks[predicate.0] = Some(mask.clone());
        }
        Ok(mask)
    }

    /// Returns the row of each element of a domain; `None` for rows.
    ///
    /// # Errors
    /// As [`Self::values`].
    pub fn domain_rows(&mut self, domain: Option<&str>) -> Result<Option<Arc<[u32]>>, Problem> {
        let Some(domain) = domain else { return Ok(None) };
        let column = self
            .columns
            .iter()
            .position(|column| column.path.elements.as_deref() == Some(domain))
            .ok_or_else(no_batch)?;
        Ok(self.values(ColumnId(column))?.rows)
    }

    /// Returns the answers to a predicate for the elements of a domain, each that of its row where it is about rows.
    ///
    /// # Errors
    /// As [`Self::mask`].
    pub fn mask_in(&mut self, predicate: PredicateId, domain: Option<&str>) -> Result<Mask, Problem> {
        let mask = self.mask(predicate)?;
        if self.domain_of(predicate) == domain {
            return Ok(mask);
        }
        match self.domain_rows(domain)? {
            Some(rows) => Ok(mask.take(&rows)),
            None => Ok(mask),
        }
    }

    /// Returns the answers to a predicate for the elements of a domain of which a condition is true; those of the others are
    /// any. SQL, which fails on some values, is asked of those rows alone: so a condition guards it, and how rows are cut into
    /// batches has no part in whether it fails.
    ///
    /// # Errors
    /// As [`Self::mask`].
    pub fn mask_where(
        &mut self,
        predicate: PredicateId,
        condition: PredicateId,
        domain: Option<&str>,
    ) -> Result<Mask, Problem> {
        // SQL is about rows
        if domain.is_some() || !self.has_sql(predicate) {
            return self.mask_in(predicate, domain);
        }
        if let Some(known) = self.batch.as_ref().and_then(|loaded| loaded.guarded.get(&(predicate, condition))) {
            return Ok(known.clone());
        }
        let keep = self.mask(condition)?;
        let mask = self.mask_among(predicate, keep.expected())?;
        if let Some(loaded) = &mut self.batch {
            loaded.guarded.insert((predicate, condition), mask.clone());
        }
        Ok(mask)
    }

    /// Tells apart the parts of a predicate that are asked only where the others leave it open: SQL, which is about rows.
    fn guarded(&self, parts: &[PredicateId], domain: Option<&str>) -> (Vec<PredicateId>, Vec<PredicateId>) {
        parts.iter().partition(|part| domain.is_none() && self.has_sql(**part))
    }

    /// Returns the answers to a predicate for the rows whose bits are set; those of the others are any.
    fn mask_among(&mut self, predicate: PredicateId, keep: &BooleanBuffer) -> Result<Mask, Problem> {
        let kept = keep.count_set_bits();
        if kept == keep.len() {
            return self.mask(predicate);
        }
        let mut roots = BTreeSet::new();
        self.roots(predicate, &mut roots);
        let Some(whole) = self.batch.take() else { return Err(no_batch()) };
        let mut part = self.loaded(kept);
        let filter = FilterBuilder::new(&BooleanArray::new(keep.clone(), None)).optimize().build();
        for root in roots {
            part.roots[root] = match whole.roots[root].as_ref().map(|array| filter.filter(array)).transpose() {
                Ok(array) => array,
                Err(error) => {
                    self.batch = Some(whole);
                    return Err(Problem::new("type-mismatch", error.to_string()));
                }
            };
        }
        self.batch = Some(part);
        let mask = self.mask(predicate);
        self.batch = Some(whole);
        Ok(mask?.spread(keep))
    }

    /// Tells whether SQL has a part in the answers to a predicate.
    fn has_sql(&self, predicate: PredicateId) -> bool {
        self.nodes[predicate.0].has_sql
    }

    /// Returns the values of a column for the elements of a domain, each that of its row where the column has rows.
    ///
    /// # Errors
    /// As [`Self::values`].
    pub fn values_in(&mut self, column: ColumnId, domain: Option<&str>) -> Result<ArrayRef, Problem> {
        let data = self.values(column)?;
        let array = data.plain()?;
        if self.domain_of_column(column) == domain {
            return Ok(array);
        }
        match self.domain_rows(domain)? {
            Some(rows) => {
                let rows = UInt32Array::from(rows.to_vec());
                take(&array, &rows, None).map_err(|error| Problem::new("type-mismatch", error.to_string()))
            }
            None => Ok(array),
        }
    }

    fn element_count(&mut self, domain: Option<&str>) -> Result<usize, Problem> {
        Ok(match self.domain_rows(domain)? {
            Some(rows) => rows.len(),
            None => self.row_count(),
        })
    }

    fn answer(&mut self, predicate: PredicateId) -> Result<Mask, Problem> {
        let domain = self.nodes[predicate.0].domain.clone();
        let domain = domain.as_deref();
        // the question is taken out while its parts are evaluated, and put back: parts never are their own parents
        let question = std::mem::replace(&mut self.nodes[predicate.0].question, Question::Constant(false));
        let mask = self.answer_question(&question, predicate, domain);
        self.nodes[predicate.0].question = question;
        mask
    }

    fn answer_question(&mut self, question: &Question, id: PredicateId, domain: Option<&str>) -> Result<Mask, Problem> {
        match question {
            Question::Constant(answer) => Ok(Mask::constant(*answer, self.row_count())),
            Question::Value { column, test } => {
                let data = self.values(*column)?;
                Ok(match &data.values {
                    ColumnValues::Plain(array) => Mask::new(test.evaluate(array), data.nulls.clone()),
                    ColumnValues::Dictionary { codes, values } => {
                        let pass = self.dictionary_answers(id, test, values);
                        gather(&pass, codes, data.nulls.clone())
                    }
                })
            }
            Question::Null(column) => {
                let data = self.values(*column)?;
                Ok(match &data.nulls {
                    Some(nulls) => Mask::new(!nulls.inner(), None),
                    None => Mask::constant(false, data.len()),
                })
            }
            Question::Compare { operands, operator, as_type } => {
                self.answer_of(operands, domain, |arrays| compare(&arrays[0], *operator, &arrays[1], as_type.as_ref()))
            }
            Question::Pairs { left, right, pairs } => {
                let (a, b) = (self.values_in(*left, domain)?, self.values_in(*right, domain)?);
                Ok(pair_in_set(&a, &b, pairs))
            }
            Question::Equality { operands, all } => self.answer_of(operands, domain, |arrays| equality(arrays, *all)),
            Question::Sum { operands, total } => self.answer_of(operands, domain, |arrays| sum_equals(arrays, total)),
            Question::KeyIn { operands, keys } => {
                let (arrays, misfits) = self.read(operands, domain)?;
                // what no key can equal is told of once, whatever parts a set has
                let is_told = keys.is_first_part();
                let answer = key_in(&arrays, keys)?;
                Ok(if is_told { answer.refusing(misfits.as_ref()) } else { answer.accepting(misfits.as_ref()) })
            }
            Question::Ignoring { columns, rule, inner } => {
                let mask = self.mask_in(*inner, domain)?;
                let arrays =
                    columns.iter().map(|column| self.values_in(*column, domain)).collect::<Result<Vec<_>, _>>()?;
                Ok(mask.ignoring(&ignored_rows(&arrays, *rule, mask.len())))
            }
            Question::Sql(expression) => {
                let loaded = self.batch.as_ref().ok_or_else(no_batch)?;
                expression.evaluate(loaded.rows, &loaded.roots)
            }
            Question::And(parts) => {
                let mut all = Mask::constant(true, self.element_count(domain)?);
                let (last, first) = self.guarded(parts, domain);
                for part in first {
                    all = all.and(&self.mask_in(part, domain)?);
                }
                for part in last {
                    all = all.and(&self.mask_among(part, &!&all.unexpected())?);
                }
                Ok(all)
            }
            Question::Or(parts) => {
                let mut any = Mask::constant(false, self.element_count(domain)?);
                let (last, first) = self.guarded(parts, domain);
                for part in first {
                    any = any.or(&self.mask_in(part, domain)?);
                }
                for part in last {
                    any = any.or(&self.mask_among(part, &!any.expected())?);
                }
                Ok(any)
            }
            Question::Not(inner) => Ok(self.mask_in(*inner, domain)?.negated()),
        }
    }

    /// Answers a question about the values of operands; what cannot be read as it should makes a row unexpected.
    fn answer_of(
        &mut self,
        operands: &Operands,
        domain: Option<&str>,
        answer: impl Fn(&[ArrayRef]) -> Result<Mask, Problem>,
    ) -> Result<Mask, Problem> {
        let (arrays, misfits) = self.read(operands, domain)?;
        Ok(answer(&arrays)?.refusing(misfits.as_ref()))
    }

    /// Returns the values of operands, and which rows hold one that cannot be read as it should.
    fn read(
        &mut self,
        operands: &Operands,
        domain: Option<&str>,
    ) -> Result<(Vec<ArrayRef>, Option<BooleanBuffer>), Problem> {
        let mut arrays = Vec::with_capacity(operands.columns.len());
        let mut misfits: Option<BooleanBuffer> = None;
        for column in &operands.columns {
            let array = self.values_in(*column, domain)?;
            let Some(wanted) = self.wanted(*column).filter(|_| operands.are_read) else {
                arrays.push(array);
                continue;
            };
            let (values, here) = read_column(&array, wanted, misfits);
            misfits = here;
            arrays.push(values);
        }
        Ok((arrays, misfits))
    }

    /// Answers a test for each value of a dictionary, once for as long as the dictionary stays the same.
    fn dictionary_answers(&mut self, id: PredicateId, test: &BoundTest, values: &ArrayRef) -> BooleanBuffer {
        if let Some((seen, answers)) = &self.nodes[id.0].dictionary
            && Arc::ptr_eq(seen, values)
        {
            return answers.clone();
        }
        let answers = test.evaluate(values);
        self.nodes[id.0].dictionary = Some((Arc::clone(values), answers.clone()));
        answers
    }
}

/// A question that facts about a unit may answer.
pub(crate) struct SimpleQuestion {
    /// The root column.
    pub root: usize,
    /// The test; `None` where the question is whether there is no value.
    pub test: Option<Arc<BoundTest>>,
    /// The question is the opposite.
    pub negated: bool,
}

impl std::fmt::Debug for Evaluator {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Evaluator")
            .field("columns", &self.column_ids)
            .field("predicates", &self.node_ids)
            .finish_non_exhaustive()
    }
}

/// Tells whether values of a type can be added up within a row.
fn is_addable(data_type: &DataType) -> bool {
    matches!(Family::of(data_type), Family::Number | Family::Boolean | Family::Null)
}

fn no_batch() -> Problem {
    Problem::new("internal", "a column was asked for that the batch does not have")
}

/// Marks NaN as null and brings dictionaries into one form. A dictionary that comes again stays the same array.
fn column_data(
    array: &ArrayRef,
    rows: Option<Arc<[u32]>>,
    seen: &mut Option<(ArrayRef, ArrayRef)>,
) -> Result<ColumnData, Problem> {
    if let DataType::Dictionary(_, _) = array.data_type() {
        let dictionary = array.as_any_dictionary();
        let values = match seen {
            Some((raw, values)) if Arc::ptr_eq(raw, dictionary.values()) => Arc::clone(values),
            _ => {
                let values = without_nan(dictionary.values());
                *seen = Some((Arc::clone(dictionary.values()), Arc::clone(&values)));
                values
            }
        };
        let keys = dictionary.keys().slice(0, dictionary.keys().len());
        let codes = cast(&keys, &DataType::Int32).map_err(|error| Problem::new("type-mismatch", error.to_string()))?;
        let codes = codes.as_primitive::<arrow::datatypes::Int32Type>().clone();
        let nulls = match values.logical_nulls().filter(|nulls| nulls.null_count() > 0) {
            None => codes.nulls().cloned(),
            Some(missing) => {
                let there = |row: usize| codes.is_valid(row) && missing.is_valid(codes.value(row) as usize);
                Some(NullBuffer::new(BooleanBuffer::collect_bool(codes.len(), there)))
            }
        };
        let nulls = nulls.filter(|nulls| nulls.null_count() > 0);
        return Ok(ColumnData { values: ColumnValues::Dictionary { codes, values }, nulls, rows });
    }
    let array = without_nan(array);
    let nulls = array.logical_nulls().filter(|nulls| nulls.null_count() > 0);
    Ok(ColumnData { values: ColumnValues::Plain(array), nulls, rows })
}

/// Makes NaN null; the array itself where it holds none.
#[must_use]
pub fn without_nan(array: &ArrayRef) -> ArrayRef {
    fn mask<T: ArrowPrimitiveType>(array: &ArrayRef, is_nan: impl Fn(T::Native) -> bool) -> ArrayRef {
        let floats: &PrimitiveArray<T> = array.as_primitive();
        // one pass without branches tells whether there is any
        if !floats.values().iter().fold(false, |any, value| any | is_nan(*value)) {
            return Arc::clone(array);
        }
        let numbers = BooleanBuffer::collect_bool(floats.len(), |row| !is_nan(floats.value(row)));
        let nulls = NullBuffer::union(floats.nulls(), Some(&NullBuffer::new(numbers)));
        Arc::new(PrimitiveArray::<T>::new(floats.values().clone(), nulls))
    }
    match array.data_type() {
        DataType::Float64 => mask::<Float64Type>(array, f64::is_nan),
        DataType::Float32 => mask::<Float32Type>(array, f32::is_nan),
        DataType::Float16 => mask::<Float16Type>(array, half::f16::is_nan),
        _ => Arc::clone(array),
    }
}

/// Spreads the answers for dictionary values over the codes.
fn gather(pass: &BooleanBuffer, codes: &Int32Array, nulls: Option<NullBuffer>) -> Mask {
    let passing = pass.count_set_bits();
    if passing == pass.len() {
        return Mask::new(BooleanBuffer::new_set(codes.len()), nulls);
    }
    if passing == 0 {
        return Mask::new(BooleanBuffer::new_unset(codes.len()), nulls);
    }
    let table: Vec<bool> = pass.iter().collect();
    let codes = codes.values();
    let answers =
        BooleanBuffer::collect_bool(codes.len(), |row| table.get(codes[row] as usize).copied().unwrap_or(false));
    Mask::new(answers, nulls)
}

fn compare(
    left: &ArrayRef,
    operator: Comparison,
    right: &ArrayRef,
    as_type: Option<&DataType>,
) -> Result<Mask, Problem> {
    let failed = |error: arrow::error::ArrowError| Problem::new("type-mismatch", error.to_string());
    let Some(as_type) = as_type else {
        // values of different families are never equal
        let nulls = NullBuffer::union(left.logical_nulls().as_ref(), right.logical_nulls().as_ref());
        let differ = operator == Comparison::NotEqual;
        return Ok(Mask::new(Mask::constant(differ, left.len()).expected().clone(), nulls));
    };
    let (a, b) = (cast_for_comparison(left, as_type)?, cast_for_comparison(right, as_type)?);
    if Family::of(as_type) == Family::Nested {
        let nulls = NullBuffer::union(a.logical_nulls().as_ref(), b.logical_nulls().as_ref());
        let equal = same_rows(&a, &b)?;
        let equal = if operator == Comparison::NotEqual { !&equal } else { equal };
        return Ok(Mask::new(equal, nulls));
    }
    let answers = match operator {
        Comparison::Equal => cmp::eq(&a, &b),
        Comparison::NotEqual => cmp::neq(&a, &b),
        Comparison::Less => cmp::lt(&a, &b),
        Comparison::LessOrEqual => cmp::lt_eq(&a, &b),
        Comparison::Greater => cmp::gt(&a, &b),
        Comparison::GreaterOrEqual => cmp::gt_eq(&a, &b),
    };
    Ok(Mask::from(&answers.map_err(failed)?))
}

/// Tells whether times of one type are instants and those of the other are shown by clocks that are not said to be UTC's.
fn have_other_clocks(one: &DataType, other: &DataType) -> bool {
    let zone = |data_type: &DataType| match data_type {
        DataType::Timestamp(_, Some(zone)) => {
            !matches!(zone.as_ref(), "UTC" | "Etc/UTC" | "GMT" | "Etc/GMT" | "Z" | "+00:00")
        }
        _ => false,
    };
    let is_instant = |data_type: &DataType| matches!(data_type, DataType::Timestamp(_, Some(_)));
    is_instant(one) != is_instant(other) && (zone(one) || zone(other))
}

/// Looks the keys of rows up; a value that the type of the keys cannot hold exactly is in no set.
fn key_in(arrays: &[ArrayRef], keys: &KeySet) -> Result<Mask, Problem> {
    let mut fitted = Vec::with_capacity(arrays.len());
    let mut exact = BooleanBuffer::new_set(arrays.first().map_or(0, |array| array.len()));
    for (array, wanted) in arrays.iter().zip(keys.types()) {
        let target = cast_for_comparison(array, wanted)?;
        let is_lossless = [array.data_type(), wanted].iter().all(|data_type| {
            array.data_type() == wanted || matches!(Family::of(data_type), Family::Text | Family::Binary)
        });
        if !is_lossless && array.data_type() != &DataType::Null {
            let original = cast_for_comparison(array, array.data_type())?;
            let back = cast_for_comparison(&target, array.data_type())?;
            exact = &exact & &same_rows(&original, &back)?;
        }
        fitted.push(target);
    }
    let found = packed(&keys.contains(&fitted)?);
    let found = if keys.is_first_part() { &found & &exact } else { &found | &!&exact };
    Ok(Mask::new(found, key_nulls(arrays)))
}

/// Tells for each row whether two arrays of one type hold the same value, nulls being the same as each other.
fn same_rows(left: &ArrayRef, right: &ArrayRef) -> Result<BooleanBuffer, Problem> {
    let failed = |error: arrow::error::ArrowError| Problem::new("type-mismatch", error.to_string());
    if Family::of(left.data_type()) == Family::Nested {
        let encoder = arrow::row::RowConverter::new(vec![arrow::row::SortField::new(left.data_type().clone())])
            .map_err(failed)?;
        let a = encoder.convert_columns(&[Arc::clone(left)]).map_err(failed)?;
        let b = encoder.convert_columns(&[Arc::clone(right)]).map_err(failed)?;
        return Ok(BooleanBuffer::collect_bool(left.len(), |row| a.row(row) == b.row(row)));
    }
    Ok(cmp::not_distinct(left, right).map_err(failed)?.values().clone())
}

fn equality(arrays: &[ArrayRef], all: bool) -> Result<Mask, Problem> {
    let len = arrays.first().map_or(0, |array| array.len());
    let same = |a: &ArrayRef, b: &ArrayRef| match common_type(a.data_type(), b.data_type()) {
        Some(as_type) => same_rows(&cast_for_comparison(a, &as_type)?, &cast_for_comparison(b, &as_type)?),
        None => Ok(both_null(a, b)),
    };
    let mut answer = BooleanBuffer::new_set(len);
    for (position, a) in arrays.iter().enumerate() {
        let others = if all { &arrays[arrays.len().min(1)..] } else { &arrays[position + 1..] };
        for b in others {
            let same = same(a, b)?;
            answer = if all { &answer & &same } else { &answer & &!&same };
        }
        if all {
            break;
        }
    }
    Ok(Mask::new(answer, None))
}

fn both_null(left: &ArrayRef, right: &ArrayRef) -> BooleanBuffer {
    match (left.logical_nulls(), right.logical_nulls()) {
        (Some(a), Some(b)) => !&(a.inner() | b.inner()),
        _ => BooleanBuffer::new_unset(left.len()),
    }
}

fn pair_in_set(left: &ArrayRef, right: &ArrayRef, pairs: &[BoundPair]) -> Mask {
    let matches = |array: &ArrayRef, test: &Option<Arc<BoundTest>>| {
        let nulls = array.logical_nulls();
        match test {
            None => nulls.map_or_else(|| BooleanBuffer::new_unset(array.len()), |nulls| !nulls.inner()),
            Some(test) => {
                let pass = test.evaluate(array);
                nulls.map_or_else(|| pass.clone(), |nulls| &pass & nulls.inner())
            }
        }
    };
    let mut answer = BooleanBuffer::new_unset(left.len());
    for (a, b) in pairs {
        let here = matches(left, a);
        if here.count_set_bits() > 0 {
            answer = &answer | &(&here & &matches(right, b));
        }
    }
    Mask::new(answer, None)
}

fn sum_equals(arrays: &[ArrayRef], total: &Total) -> Result<Mask, Problem> {
    let failed = |error: arrow::error::ArrowError| Problem::new("type-mismatch", error.to_string());
    let len = arrays.first().map_or(0, |array| array.len());
    let nulls =
        arrays.iter().fold(None, |nulls, array| NullBuffer::union(nulls.as_ref(), array.logical_nulls().as_ref()));
    let answer = match total {
        Total::Float(total) => {
            let mut sums = vec![0.0f64; len];
            for array in arrays {
                let array = cast(array, &DataType::Float64).map_err(failed)?;
                for (sum, value) in sums.iter_mut().zip(array.as_primitive::<Float64Type>().values()) {
                    *sum += value;
                }
            }
            BooleanBuffer::collect_bool(len, |row| sums[row] == *total)
        }
        Total::Exact { total: None, .. } => BooleanBuffer::new_unset(len),
        Total::Exact { total: Some(total), scale } => {
            let mut sums = vec![i256::ZERO; len];
            for array in arrays {
                let array = if array.data_type() == &DataType::Boolean {
                    cast(array, &DataType::Int64).map_err(failed)?
                } else {
                    Arc::clone(array)
                };
                let array = cast(&array, &DataType::Decimal256(76, *scale)).map_err(failed)?;
                for (sum, value) in sums.iter_mut().zip(array.as_primitive::<Decimal256Type>().values()) {
                    *sum = sum.wrapping_add(*value);
                }
            }
            BooleanBuffer::collect_bool(len, |row| sums[row] == *total)
        }
    };
    // a sum with a null in it is no sum: unexpected, unless the row is ignored
    let there = nulls.map_or_else(|| answer.clone(), |nulls| &answer & nulls.inner());
    Ok(Mask::new(there, None))
}

fn ignored_rows(arrays: &[ArrayRef], rule: IgnoreRowIf, len: usize) -> BooleanBuffer {
    if rule == IgnoreRowIf::Never || arrays.is_empty() {
        return BooleanBuffer::new_unset(len);
    }
    let missing =
        |array: &ArrayRef| array.logical_nulls().map_or_else(|| BooleanBuffer::new_unset(len), |nulls| !nulls.inner());
    let mut ignored = missing(&arrays[0]);
    for array in &arrays[1..] {
        let missing = missing(array);
        ignored = if rule == IgnoreRowIf::AllMissing { &ignored & &missing } else { &ignored | &missing };
    }
    ignored
}
