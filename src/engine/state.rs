//! The state of any metric: made for a schema, updated by chunks, merged, turned into a value.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::proof::{Extent, Knowledge};
use crate::column::evaluate::{ColumnId, Evaluator, PredicateId};
use crate::column::key::key_nulls;
use crate::column::type_name::shown;
use crate::metric::ascending::Ascending;
use crate::metric::breach::Breach;
use crate::metric::chunk::Chunk;
use crate::metric::count::Tally;
use crate::metric::extremes::{Extremes, is_ordered};
use crate::metric::frequency::Frequencies;
use crate::metric::histogram::Histogram;
use crate::metric::kept::{CodeCounts, Kept};
use crate::metric::marks::Marks;
use crate::metric::moments::{Moments, is_summable};
use crate::metric::order::{Order, OrderValue};
use crate::metric::quantile::Quantiles;
use crate::metric::sample::{Sample, SampledRow};
use crate::metric::{Metric, MetricKey, Position};
use crate::scan::ScanError;
use crate::spill::{Budget, Charge, SpillError, Store};
use crate::verdict::Problem;

use arrow::array::{ArrayRef, BooleanArray};
use arrow::compute::filter;

/// The value of a metric.
#[derive(Debug)]
pub enum MetricValue {
    /// How many rows there are.
    Rows(u64),
    /// Counts of the answers to a predicate.
    Tally(Tally),
    /// Whether any row is unexpected.
    Breach(Breach),
    /// Rows with the values asked for.
    Sample(Vec<SampledRow>),
    /// Places of rows.
    Marks(Arc<Marks>),
    /// Least and greatest value.
    Extremes(Extremes),
    /// Count, sum, deviation.
    Moments(Moments),
    /// All values, sorted.
    Quantiles(Quantiles),
    /// How often each key occurs.
    Frequencies(Frequencies),
    /// How many distinct values there are.
    Distinct(u64),
    /// Whether the rows ascend strictly.
    Ascending(bool),
    /// Counts by bin.
    Histogram(Histogram),
    /// What breaks the order.
    Order(OrderValue),
}

/// A metric bound to a schema, with its state.
pub(super) struct Bound {
    pub(super) state: State,
    condition: Option<PredicateId>,
    /// The columns that the metric is about.
    columns: Vec<ColumnId>,
    /// The columns whose values are kept with rows.
    shown: Vec<ColumnId>,
    predicate: Option<PredicateId>,
    domain: Option<String>,
    /// The values of a dictionary that the state has not seen yet.
    codes: CodeCounts,
    /// What the budget was told of.
    pub(super) charge: Charge,
}

pub(super) enum State {
    Rows(u64),
    Tally(Tally),
    Breach(Breach),
    Sample(Sample),
    Marks(Marks),
    Extremes(Extremes),
    Moments(Moments),
    Quantiles(Quantiles),
    Frequencies(Frequencies),
    Distinct(Frequencies),
    /// How many distinct values there were.
    Counted(u64),
    Ascending(Ascending),
    Histogram(Histogram),
    Order(Order),
}

impl Bound {
    /// Binds a metric to the evaluator's schema.
    pub(super) fn new(key: &MetricKey, evaluator: &mut Evaluator, budget: &Arc<Budget>) -> Result<Self, Problem> {
        let condition = key.condition.as_ref().map(|condition| evaluator.predicate(condition)).transpose()?;
        let mut bound = Self {
            state: State::Rows(0),
            condition,
            columns: Vec::new(),
            shown: Vec::new(),
            predicate: None,
            domain: None,
            codes: CodeCounts::default(),
            charge: Charge::new(budget),
        };
        match &key.metric {
            Metric::Rows => {}
            Metric::Tally { predicate } => {
                bound.predicate = Some(evaluator.predicate(predicate)?);
                bound.state = State::Tally(Tally::default());
            }
            Metric::Breach { predicate } => {
                bound.predicate = Some(evaluator.predicate(predicate)?);
                bound.state = State::Breach(Breach::default());
            }
            Metric::Sample { predicate, show, limit, before } => {
                bound.predicate = Some(evaluator.predicate(predicate)?);
                bound.shown = show.iter().map(|name| evaluator.shown(name, predicate)).collect::<Result<_, _>>()?;
                bound.state = State::Sample(Sample::new(*limit).before(*before));
            }
            Metric::Marks { predicate } => {
                bound.predicate = Some(evaluator.predicate(predicate)?);
                bound.state = State::Marks(Marks::default());
            }
            Metric::Extremes { column } => {
                let id = bound.single(column, evaluator)?;
                let data_type = evaluator.data_type(id);
                if !is_ordered(data_type) {
                    return Err(mismatch(column, data_type, "has no least and greatest value"));
                }
                bound.state = State::Extremes(Extremes::default());
            }
            Metric::Moments { column, sum_only } => {
                let id = bound.single(column, evaluator)?;
                let data_type = evaluator.data_type(id);
                if !is_summable(data_type) {
                    return Err(mismatch(column, data_type, "cannot be added up"));
                }
                bound.state = State::Moments(Moments::new(data_type, *sum_only));
            }
            Metric::Quantiles { column } => {
                let id = bound.single(column, evaluator)?;
                let data_type = evaluator.data_type(id);
                let state = Quantiles::new(data_type).map_err(|_| mismatch(column, data_type, "has no quantiles"))?;
                bound.state = State::Quantiles(state);
            }
            Metric::Frequencies { columns } => {
                let types = bound.several(columns, evaluator)?;
                bound.state = State::Frequencies(Frequencies::new(&types)?);
            }
            Metric::Distinct { column } => {
                let types = bound.several(std::slice::from_ref(column), evaluator)?;
                bound.state = State::Distinct(Frequencies::new(&types)?);
            }
            Metric::FewValues { column, limit } => {
                let types = bound.several(std::slice::from_ref(column), evaluator)?;
                bound.state = State::Frequencies(Frequencies::limited(&types, *limit)?);
            }
            Metric::Ascending { columns } => {
                bound.several(columns, evaluator)?;
                bound.state = State::Ascending(Ascending::default());
            }
            Metric::Histogram { column, edges } => {
                let id = bound.single(column, evaluator)?;
                let data_type = evaluator.data_type(id);
                if !is_summable(data_type) {
                    return Err(mismatch(column, data_type, "has no histogram"));
                }
                bound.state = State::Histogram(Histogram::new(edges));
            }
            Metric::Order { column, direction, strictly, limit, show, marks } => {
                let id = bound.single(column, evaluator)?;
                let data_type = evaluator.data_type(id);
                if !is_ordered(data_type) {
                    return Err(mismatch(column, data_type, "has no order"));
                }
                bound.shown = show.iter().map(|name| evaluator.column(name)).collect::<Result<_, _>>()?;
                bound.state = State::Order(Order::new(*direction, *strictly, *limit).marking(*marks));
            }
        }
        bound.domain = bound.common_domain(evaluator)?;
        Ok(bound)
    }

    fn single(&mut self, column: &str, evaluator: &mut Evaluator) -> Result<ColumnId, Problem> {
        let id = evaluator.column(column)?;
        self.columns = vec![id];
        Ok(id)
    }

    fn several(
        &mut self,
        columns: &[String],
        evaluator: &mut Evaluator,
    ) -> Result<Vec<arrow::datatypes::DataType>, Problem> {
        self.columns = columns.iter().map(|name| evaluator.column(name)).collect::<Result<_, _>>()?;
        Ok(self.columns.iter().map(|id| evaluator.data_type(*id).clone()).collect())
    }

    /// The list elements that the metric counts; its columns, predicate and condition must agree on them.
    fn common_domain(&self, evaluator: &Evaluator) -> Result<Option<String>, Problem> {
        let mut domains = BTreeSet::new();
        domains.extend(self.predicate.and_then(|id| evaluator.domain_of(id)));
        domains.extend(self.columns.iter().filter_map(|id| evaluator.domain_of_column(*id)));
        domains.extend(self.condition.and_then(|id| evaluator.domain_of(id)));
        if !matches!(self.state, State::Sample(_)) || !domains.is_empty() {
            domains.extend(self.shown.iter().filter_map(|id| evaluator.domain_of_column(*id)));
        }
        if domains.len() > 1 {
            let names: Vec<_> = domains.iter().map(|domain| format!("`{domain}`")).collect();
            let message = format!("elements of different lists cannot be counted together: {}", names.join(" and "));
            return Err(Problem::new("different-lists", message));
        }
        Ok(domains.pop_first().map(ToOwned::to_owned))
    }

    /// Adds the root columns that the metric reads.
    pub(super) fn roots(&self, evaluator: &Evaluator, into: &mut BTreeSet<usize>) {
        evaluator.roots_of(&self.columns, into);
        evaluator.roots_of(&self.shown, into);
        [self.condition, self.predicate].into_iter().flatten().for_each(|id| evaluator.roots(id, into));
    }

    /// Adds the batch at hand, whose first row has this number in the unit.
    pub(super) fn update(&mut self, evaluator: &mut Evaluator, unit: u32, start: u64) -> Result<(), Problem> {
        let domain = self.domain.as_deref();
        let rows = evaluator.domain_rows(domain)?;
        let keep = match self.condition {
            Some(condition) => Some(evaluator.mask_in(condition, domain)?.expected().clone()),
            None => None,
        };
        let len = rows.as_ref().map_or_else(|| evaluator.row_count(), |rows| rows.len());
        let chunk = Chunk { unit, start, len, rows: rows.as_deref(), keep: keep.as_ref() };
        let mask = match (self.predicate, self.condition) {
            (Some(predicate), Some(condition)) => Some(evaluator.mask_where(predicate, condition, domain)?),
            (Some(predicate), None) => Some(evaluator.mask_in(predicate, domain)?),
            (None, _) => None,
        };
        match &mut self.state {
            State::Rows(rows) => *rows += chunk.kept(),
            State::Tally(tally) => {
                if let Some(mask) = &mask {
                    tally.update(mask, chunk.keep);
                }
            }
            State::Breach(breach) => {
                if let Some(mask) = &mask {
                    breach.update(mask, chunk.keep);
                }
            }
            State::Sample(sample) => {
                let Some(mask) = &mask else { return Ok(()) };
                let unexpected = mask.unexpected();
                let picked = chunk.keep.map_or_else(|| unexpected.clone(), |keep| &unexpected & keep);
                if picked.count_set_bits() > 0 {
                    let arrays =
                        self.shown.iter().map(|id| evaluator.values_in(*id, domain)).collect::<Result<Vec<_>, _>>()?;
                    sample.update(&chunk, &picked, &arrays);
                }
            }
            State::Marks(marks) => {
                let Some(mask) = &mask else { return Ok(()) };
                let unexpected = mask.unexpected();
                marks.update(&chunk, &chunk.keep.map_or_else(|| unexpected.clone(), |keep| &unexpected & keep));
            }
            State::Frequencies(frequencies) if self.columns.len() > 1 => {
                let arrays =
                    self.columns.iter().map(|id| evaluator.values_in(*id, domain)).collect::<Result<Vec<_>, _>>()?;
                frequencies.update_rows(&pick(&arrays, &chunk)?)?;
            }
            State::Extremes(_)
            | State::Moments(_)
            | State::Quantiles(_)
            | State::Histogram(_)
            | State::Frequencies(_)
            | State::Distinct(_)
            | State::Counted(_) => {
                if let Some(kept) = self.codes.keep(&evaluator.values(self.columns[0])?, chunk.keep)? {
                    self.state.take(&kept)?;
                }
            }
            State::Ascending(ascending) => {
                let arrays =
                    self.columns.iter().map(|id| evaluator.values_in(*id, domain)).collect::<Result<Vec<_>, _>>()?;
                ascending.update(&chunk, &arrays);
            }
            State::Order(order) => {
                let values = evaluator.values_in(self.columns[0], domain)?;
                let shown =
                    self.shown.iter().map(|id| evaluator.values_in(*id, domain)).collect::<Result<Vec<_>, _>>()?;
                order.update(&chunk, &values, &shown)?;
            }
        }
        Ok(())
    }

    /// Adds the root columns that tell which rows the metric is about; `false` where it is about all of them.
    pub(super) fn roots_of_condition(&self, evaluator: &Evaluator, into: &mut BTreeSet<usize>) -> bool {
        self.condition.inspect(|condition| evaluator.roots(*condition, into)).is_some()
    }

    /// Tells whether the metric is about some of the rows at hand, of which only the columns of its condition are needed.
    pub(super) fn keeps_some(&self, evaluator: &mut Evaluator) -> Result<bool, Problem> {
        let Some(condition) = self.condition else { return Ok(true) };
        Ok(evaluator.mask(condition)?.expected().count_set_bits() > 0)
    }

    /// Tells the state what it has not seen yet of the unit.
    pub(super) fn end_unit(&mut self) -> Result<(), Problem> {
        match self.codes.take()? {
            Some(kept) => self.state.take(&kept),
            None => Ok(()),
        }
    }

    /// Tells whether rows from a position on, in a unit, can add to what is known.
    pub(super) fn wants(&self, from: Position) -> bool {
        match &self.state {
            State::Sample(sample) => sample.has_room(from),
            State::Breach(breach) => !breach.is_breached,
            _ => true,
        }
    }

    /// Tells whether it is certain that the condition is true for no row of a unit.
    pub(super) fn is_left_out(&self, evaluator: &Evaluator, unit: &mut Knowledge<'_>) -> Result<bool, ScanError> {
        let Some(condition) = self.condition else { return Ok(false) };
        Ok(unit.decides(evaluator, condition)? == Some(false))
    }

    /// Takes a unit's answer from what is certain of it; false where its rows have to be read.
    pub(super) fn answer(
        &mut self,
        evaluator: &Evaluator,
        number: u32,
        unit: &mut Knowledge<'_>,
    ) -> Result<bool, ScanError> {
        if let Some(condition) = self.condition {
            match unit.decides(evaluator, condition)? {
                // no row counts; that those do ascend is not proven by rows that are left out
                Some(false) => return Ok(!matches!(self.state, State::Ascending(_))),
                Some(true) => {}
                None => return Ok(false),
            }
        }
        if self.domain.is_some() {
            return Ok(false);
        }
        match &mut self.state {
            State::Rows(total) => Ok(unit.rows().map(|rows| *total += rows).is_some()),
            State::Tally(tally) => {
                let Some(predicate) = self.predicate else { return Ok(false) };
                Ok(unit.tally(evaluator, predicate)?.map(|proven| tally.merge(proven)).is_some())
            }
            State::Breach(breach) => {
                let Some(predicate) = self.predicate else { return Ok(false) };
                Ok(unit.tally(evaluator, predicate)?.map(|proven| breach.merge(proven.into())).is_some())
            }
            // a unit without unexpected rows has none to show
            State::Sample(_) => {
                let Some(predicate) = self.predicate else { return Ok(false) };
                Ok(unit.tally(evaluator, predicate)?.is_some_and(|proven| proven.unexpected == 0))
            }
            // a unit of which all rows are unexpected need not be read either
            State::Marks(marks) => {
                let Some(predicate) = self.predicate else { return Ok(false) };
                match unit.tally(evaluator, predicate)? {
                    Some(Tally { unexpected: 0, .. }) => Ok(true),
                    Some(proven) if proven.unexpected == proven.total() => {
                        marks.push_unit(number, proven.total());
                        Ok(true)
                    }
                    _ => Ok(false),
                }
            }
            // a unit whose values were all met before has none to add
            State::Distinct(distinct) => match unit.values(evaluator, self.columns[0])? {
                Some(values) => Ok(distinct.has_all(&values).unwrap_or(false)),
                None => Ok(false),
            },
            State::Extremes(extremes) => {
                let Some(extent) = unit.extremes(evaluator, self.columns[0]) else { return Ok(false) };
                if let Extent::Values(low, high) = extent {
                    extremes.widen(low, high);
                }
                Ok(true)
            }
            _ => Ok(false),
        }
    }

    /// Adds another state of the same metric.
    pub(super) fn merge(&mut self, other: Self) {
        // what both take together is told when it is next looked at
        self.charge.absorb(other.charge);
        match (&mut self.state, other.state) {
            (State::Rows(a), State::Rows(b)) => *a += b,
            (State::Tally(a), State::Tally(b)) => a.merge(b),
            (State::Breach(a), State::Breach(b)) => a.merge(b),
            (State::Sample(a), State::Sample(b)) => a.merge(b),
            (State::Marks(a), State::Marks(b)) => a.merge(b),
            (State::Extremes(a), State::Extremes(b)) => a.merge(b),
            (State::Moments(a), State::Moments(b)) => a.merge(&b),
            (State::Quantiles(a), State::Quantiles(b)) => a.merge(b),
            (State::Frequencies(a), State::Frequencies(b)) | (State::Distinct(a), State::Distinct(b)) => a.merge(b),
            (State::Ascending(a), State::Ascending(b)) => a.merge(b),
            (State::Histogram(a), State::Histogram(b)) => a.merge(&b),
            (State::Order(a), State::Order(b)) => a.merge(b),
            // values are counted once all states are merged
            (State::Counted(_), State::Counted(_)) => {}
            _ => debug_assert!(false, "the states of a metric are of one kind, and each kind is merged"),
        }
    }

    /// Bytes of memory, roughly.
    pub(super) fn size(&self) -> usize {
        self.codes.size() + self.state.size()
    }

    /// Bytes of memory that spilling gives back.
    pub(super) fn spillable(&self) -> usize {
        match &self.state {
            State::Quantiles(quantiles) => quantiles.spillable(),
            State::Frequencies(frequencies) | State::Distinct(frequencies) => frequencies.spillable(),
            State::Marks(marks) => marks.spillable(),
            State::Order(order) => order.spillable(),
            _ => 0,
        }
    }

    /// Writes what can be to disk.
    pub(super) fn spill(&mut self, store: &Arc<Store>) -> Result<(), SpillError> {
        match &mut self.state {
            State::Quantiles(quantiles) => quantiles.spill(store)?,
            State::Frequencies(frequencies) | State::Distinct(frequencies) => frequencies.spill(store)?,
            State::Marks(marks) => marks.spill(store)?,
            State::Order(order) => order.spill(store)?,
            _ => {}
        }
        self.tell();
        Ok(())
    }

    /// Tells the budget what the state takes.
    pub(super) fn tell(&mut self) {
        let pinned = match &self.state {
            State::Sample(sample) if sample.is_unlimited() => sample.size(),
            State::Order(order) => order.pinned(),
            State::Frequencies(frequencies) => frequencies.pinned(),
            _ => 0,
        };
        self.charge.set(self.size() as u64, pinned as u64);
    }

    /// Does what can be done before other states are added.
    pub(super) fn settle(&mut self) {
        if let State::Quantiles(quantiles) = &mut self.state {
            quantiles.sort();
        }
        self.tell();
    }

    /// Finds out what the metric's value is; on so many threads, each of which may take so many bytes to read back a part
    /// of what was spilled.
    pub(super) fn finish(&mut self, threads: usize, reading_bytes: u64) -> Result<(), SpillError> {
        match &mut self.state {
            State::Quantiles(quantiles) => quantiles.sort(),
            State::Frequencies(frequencies) => frequencies.finish(threads, reading_bytes)?,
            State::Distinct(frequencies) => {
                frequencies.finish(threads, reading_bytes)?;
                // no key is asked for
                self.state = State::Counted(frequencies.distinct());
            }
            _ => {}
        }
        self.tell();
        Ok(())
    }

    /// Turns the finished state into the metric's value, and the memory that it goes on to take.
    pub(super) fn into_value(self) -> (MetricValue, Charge) {
        let charge = self.charge;
        let value = match self.state {
            State::Rows(rows) => MetricValue::Rows(rows),
            State::Tally(tally) => MetricValue::Tally(tally),
            State::Breach(breach) => MetricValue::Breach(breach),
            State::Sample(sample) => MetricValue::Sample(sample.into_rows()),
            State::Marks(marks) => MetricValue::Marks(Arc::new(marks)),
            State::Extremes(extremes) => MetricValue::Extremes(extremes),
            State::Moments(moments) => MetricValue::Moments(moments),
            State::Quantiles(quantiles) => MetricValue::Quantiles(quantiles),
            State::Frequencies(frequencies) => MetricValue::Frequencies(frequencies),
            State::Distinct(frequencies) => MetricValue::Distinct(frequencies.distinct()),
            State::Counted(count) => MetricValue::Distinct(count),
            State::Ascending(ascending) => MetricValue::Ascending(ascending.holds()),
            State::Histogram(histogram) => MetricValue::Histogram(histogram),
            State::Order(order) => MetricValue::Order(order.value()),
        };
        (value, charge)
    }
}

fn mismatch(column: &str, data_type: &arrow::datatypes::DataType, what: &str) -> Problem {
    Problem::new("type-mismatch", format!("column `{column}` ({}) {what}", shown(data_type))).at("column")
}

impl State {
    /// Adds values of a single column; states that need more than that have no use for them.
    fn take(&mut self, kept: &Kept) -> Result<(), Problem> {
        match self {
            Self::Extremes(extremes) => extremes.update(kept),
            Self::Moments(moments) => moments.update(kept),
            Self::Quantiles(quantiles) => quantiles.update(kept)?,
            Self::Histogram(histogram) => histogram.update(kept),
            Self::Frequencies(frequencies) | Self::Distinct(frequencies) => frequencies.update(kept)?,
            _ => {}
        }
        Ok(())
    }

    fn size(&self) -> usize {
        match self {
            Self::Rows(_) | Self::Tally(_) | Self::Breach(_) | Self::Counted(_) => 0,
            Self::Sample(sample) => sample.size(),
            Self::Marks(marks) => marks.size(),
            Self::Extremes(extremes) => extremes.size(),
            Self::Moments(moments) => moments.size(),
            Self::Quantiles(quantiles) => quantiles.size(),
            Self::Frequencies(frequencies) | Self::Distinct(frequencies) => frequencies.size(),
            Self::Ascending(ascending) => ascending.size(),
            Self::Histogram(histogram) => histogram.size(),
            Self::Order(order) => order.size(),
        }
    }
}

/// Picks the rows that count, except those in which a single column is null.
fn pick(arrays: &[ArrayRef], chunk: &Chunk<'_>) -> Result<Vec<ArrayRef>, Problem> {
    let keep = match (key_nulls(arrays), chunk.keep) {
        (None, None) => return Ok(arrays.to_vec()),
        (Some(nulls), None) => nulls.inner().clone(),
        (None, Some(keep)) => keep.clone(),
        (Some(nulls), Some(keep)) => nulls.inner() & keep,
    };
    let keep = BooleanArray::new(keep, None);
    let picked = arrays.iter().map(|array| filter(array, &keep));
    picked.collect::<Result<_, _>>().map_err(|error| Problem::new("type-mismatch", error.to_string()))
}
