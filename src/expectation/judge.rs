//! How values become verdicts: `mostly`, bounds, and the vacuous rule, written once.

use std::cmp::Ordering;

use arrow::datatypes::DataType;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Deserialize, Deserializer, Error};
use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

use super::keys::Keys;
use super::{Inquiry, Stop};
use crate::column::{Bounds, Direction, Family, IgnoreRowIf, Literal, Predicate, Scalar, Test, type_name};
use crate::metric::count::Tally;
use crate::metric::sample::SampledRow;
use crate::verdict::{Outcome, Problem, ResultLevel, RowCounts, Status, UnexpectedRow};

/// The fraction, 0 to 1, of the judged rows that must comply.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Mostly(pub f64);

impl Default for Mostly {
    fn default() -> Self {
        Self(1.0)
    }
}

impl Serialize for Mostly {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Mostly {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let fraction = f64::deserialize(deserializer)?;
        if (0.0..=1.0).contains(&fraction) {
            return Ok(Self(fraction));
        }
        let hint = if (1.0..=100.0).contains(&fraction) {
            format!(" (for {fraction} % give {})", fraction / 100.0)
        } else {
            String::new()
        };
        Err(D::Error::custom(format!("`mostly` is {fraction}, expected a fraction between 0 and 1{hint}")))
    }
}

impl JsonSchema for Mostly {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Mostly".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "number", "minimum": 0, "maximum": 1 })
    }
}

/// A number from 0 to 1: a probability or a share.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Fraction(pub f64);

impl Fraction {
    /// The usual level of significance.
    #[must_use]
    pub fn one_in_twenty() -> Self {
        Self(0.05)
    }
}

impl<'de> Deserialize<'de> for Fraction {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let fraction = f64::deserialize(deserializer)?;
        if (0.0..=1.0).contains(&fraction) {
            return Ok(Self(fraction));
        }
        Err(D::Error::custom(format!("{fraction} is not between 0 and 1")))
    }
}

impl JsonSchema for Fraction {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Fraction".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "number", "minimum": 0, "maximum": 1 })
    }
}

/// A number that a measure must not pass: of at least 0, which infinity is as well.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Threshold(pub f64);

impl<'de> Deserialize<'de> for Threshold {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let threshold = f64::deserialize(deserializer)?;
        if threshold >= 0.0 {
            return Ok(Self(threshold));
        }
        Err(D::Error::custom(format!("{threshold} is less than 0, which nothing measured is")))
    }
}

impl JsonSchema for Threshold {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Threshold".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "number", "minimum": 0 })
    }
}

/// How an unexpected row is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// The value of the one column.
    Value,
    /// `[a, b]`.
    Pair,
    /// `{column: value}`.
    Record,
}

/// A question about every row.
#[derive(Debug, Clone)]
pub struct RowQuestion {
    /// The question.
    pub predicate: Predicate,
    /// The columns that are shown of an unexpected row.
    pub columns: Vec<String>,
    /// How they are shown.
    pub shape: Shape,
    /// How many must comply.
    pub mostly: Mostly,
    /// Whether rows can be missing: all but the two questions about nulls.
    pub has_missing: bool,
}

impl RowQuestion {
    /// A question about one column, whose nulls are missing.
    #[must_use]
    pub fn about(column: &str, predicate: Predicate, mostly: Mostly) -> Self {
        Self { predicate, columns: vec![column.to_owned()], shape: Shape::Value, mostly, has_missing: true }
    }
}

/// Judges every row by a predicate.
///
/// # Errors
/// As [`super::Expectation::judge`].
pub fn rows(data: &mut Inquiry<'_>, question: &RowQuestion) -> Result<Outcome, Stop> {
    if question.mostly == Mostly::default()
        && let Some(breach) = data.breach(&question.predicate)?
    {
        let status = match (breach.is_judged, breach.is_breached) {
            (false, _) => Status::Vacuous,
            (true, false) => Status::Passed,
            (true, true) => Status::Failed,
        };
        return Ok(Outcome { status, ..Outcome::of(!breach.is_breached) });
    }
    let tally = data.tally(question.predicate.clone());
    let sample = data.sample(question.predicate.clone(), &question.columns);
    let marked = data.mark(question.predicate.clone());
    let (tally, sample) = (tally?, sample?);
    marked?;
    Ok(row_outcome(data, question, tally, sample))
}

/// Makes the outcome of counts and examples. The values of a sampled row are those of the question's columns, then those
/// that name the row.
#[must_use]
pub fn row_outcome(data: &Inquiry<'_>, question: &RowQuestion, tally: Tally, sample: &[SampledRow]) -> Outcome {
    let judged = tally.expected + tally.unexpected;
    let success = judged == 0 || tally.expected as f64 / judged as f64 >= question.mostly.0;
    let naming = data.naming_columns();
    let unexpected = sample.iter().map(|row| unexpected_row(data, question, &naming, row)).collect();
    Outcome {
        status: match (judged, success) {
            (0, _) => Status::Vacuous,
            (_, true) => Status::Passed,
            (_, false) => Status::Failed,
        },
        rows: Some(RowCounts {
            element_count: tally.total(),
            missing_count: question.has_missing.then_some(tally.missing),
            unexpected_count: tally.unexpected,
            unexpected,
        }),
        ..Outcome::of(success)
    }
}

fn unexpected_row(
    data: &Inquiry<'_>,
    question: &RowQuestion,
    naming: &[String],
    sampled: &SampledRow,
) -> UnexpectedRow {
    let (shown, names) = sampled.values.split_at(question.columns.len().min(sampled.values.len()));
    let value = match question.shape {
        Shape::Value => shown.first().map_or(Value::Null, Scalar::to_json),
        Shape::Pair => shown.iter().map(Scalar::to_json).collect(),
        Shape::Record => {
            let pairs = question.columns.iter().zip(shown).map(|(name, value)| (name.clone(), value.to_json()));
            Value::Object(pairs.collect())
        }
    };
    let mut index = Map::new();
    if !data.format.exclude_unexpected_values {
        match &value {
            Value::Object(fields) => index.extend(fields.clone()),
            Value::Array(values) => index.extend(question.columns.iter().cloned().zip(values.clone())),
            value => index.extend(question.columns.iter().take(1).map(|column| (column.clone(), value.clone()))),
        }
    }
    index.extend(naming.iter().zip(names).map(|(name, value)| (name.clone(), value.to_json())));
    let (row, file, file_row) = data.locate(sampled.position);
    UnexpectedRow { value, row, index, file, file_row }
}

/// Judges an aggregate by bounds; nothing observed is never inside.
///
/// # Errors
/// `type-mismatch`: a bound cannot be held against the value.
pub fn bounded(observed: Option<&Scalar>, bounds: &Bounds) -> Result<Outcome, Stop> {
    let Some(value) = observed.filter(|value| !value.is_null()) else {
        return Ok(Outcome::observed(false, Value::Null));
    };
    Ok(Outcome::observed(is_within(value, bounds)?, value.to_json()))
}

/// Tells whether a value lies between bounds; open ones hold.
///
/// # Errors
/// `type-mismatch`: a bound cannot be held against the value.
pub fn is_within(value: &Scalar, bounds: &Bounds) -> Result<bool, Problem> {
    let compare = |bound: &Option<Literal>, parameter| match bound {
        None | Some(Literal::Null) => Ok(None),
        Some(literal) => value.compare_literal(literal).map(Some).ok_or_else(|| {
            Problem::new("type-mismatch", format!("{literal} cannot be held against the observed value {value}"))
                .at(parameter)
        }),
    };
    let above = match compare(&bounds.min, "min_value")? {
        None => true,
        Some(Ordering::Equal) => !bounds.strict_min,
        Some(order) => order == Ordering::Greater,
    };
    let below = match compare(&bounds.max, "max_value")? {
        None => true,
        Some(Ordering::Equal) => !bounds.strict_max,
        Some(order) => order == Ordering::Less,
    };
    Ok(above && below)
}

/// Checks that a lower bound does not lie above the upper one, where both are of one kind.
///
/// # Errors
/// As [`super::catalog::Check::check`].
pub fn check_bounds(min: Option<&Literal>, max: Option<&Literal>) -> Result<(), (&'static str, String)> {
    if let (Some(min), Some(max)) = (min, max)
        && let (Some(low), Some(high)) = (min.as_f64(), max.as_f64())
        && low > high
    {
        return Err(("min_value", format!("`min_value` {min} is greater than `max_value` {max}")));
    }
    Ok(())
}

/// Checks that a parameter, where it is given, is a number.
///
/// # Errors
/// As [`super::catalog::Check::check`].
pub fn check_number(parameter: &'static str, value: Option<&Literal>) -> Result<(), (&'static str, String)> {
    match value {
        Some(value) if !matches!(value, Literal::Null | Literal::Int(_) | Literal::Float(_)) => {
            Err((parameter, format!("`{parameter}` is {value}, expected a number")))
        }
        _ => Ok(()),
    }
}

/// Checks that a list of columns or patterns has enough items.
///
/// # Errors
/// As [`super::catalog::Check::check`].
pub fn check_length(parameter: &'static str, items: &[String], least: usize) -> Result<(), (&'static str, String)> {
    if items.len() >= least {
        return Ok(());
    }
    let found = if items.is_empty() { "is empty".to_owned() } else { format!("has {} item", items.len()) };
    let wanted = if least == 1 { "at least one".to_owned() } else { format!("at least {least}") };
    Err((parameter, format!("`{parameter}` {found}, expected {wanted}")))
}

/// How many of several patterns a value has to match.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum MatchOn {
    /// One is enough.
    #[default]
    Any,
    /// Every one.
    All,
}

impl MatchOn {
    /// A question about a column whose values have to pass any of the tests, or all.
    #[must_use]
    pub fn predicate(self, column: &str, tests: impl IntoIterator<Item = Test>) -> Predicate {
        let mut parts: Vec<Predicate> = tests.into_iter().map(|test| Predicate::value(column, test)).collect();
        match (parts.len(), self) {
            // the same question as one that is asked alone
            (1, _) => parts.remove(0),
            (_, Self::Any) => Predicate::Or(parts),
            (_, Self::All) => Predicate::And(parts),
        }
    }
}

/// The character that makes the next one of a LIKE pattern literal: a backslash unless another is given, none if the text
/// is empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Escape(pub Option<char>);

impl Default for Escape {
    fn default() -> Self {
        Self(Some('\\'))
    }
}

impl<'de> Deserialize<'de> for Escape {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let mut characters = text.chars();
        match (characters.next(), characters.next()) {
            (first, None) => Ok(Self(first)),
            _ => Err(D::Error::custom(format!("`escape` is `{text}`, expected one character, or none"))),
        }
    }
}

impl JsonSchema for Escape {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Escape".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "maxLength": 1 })
    }
}

/// Which rows an expectation about two columns leaves out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum IgnorePair {
    /// Those in which both are null.
    #[default]
    BothValuesAreMissing,
    /// Those in which either is null.
    EitherValueIsMissing,
    /// None.
    Neither,
}

/// Which rows an expectation about several columns leaves out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum IgnoreRecord {
    /// Those in which all are null.
    #[default]
    AllValuesAreMissing,
    /// Those in which any is null.
    AnyValueIsMissing,
    /// None.
    Never,
}

impl From<IgnorePair> for IgnoreRowIf {
    fn from(rule: IgnorePair) -> Self {
        match rule {
            IgnorePair::BothValuesAreMissing => Self::AllMissing,
            IgnorePair::EitherValueIsMissing => Self::AnyMissing,
            IgnorePair::Neither => Self::Never,
        }
    }
}

impl From<IgnoreRecord> for IgnoreRowIf {
    fn from(rule: IgnoreRecord) -> Self {
        match rule {
            IgnoreRecord::AllValuesAreMissing => Self::AllMissing,
            IgnoreRecord::AnyValueIsMissing => Self::AnyMissing,
            IgnoreRecord::Never => Self::Never,
        }
    }
}

/// A question about several columns of a row, with the rows that the rule leaves out missing.
#[must_use]
pub fn about_columns(
    columns: &[String],
    rule: IgnoreRowIf,
    predicate: Predicate,
    shape: Shape,
    mostly: Mostly,
) -> RowQuestion {
    let predicate = Predicate::Ignoring { columns: columns.to_vec(), rule, predicate: Box::new(predicate) };
    RowQuestion { predicate, columns: columns.to_vec(), shape, mostly, has_missing: true }
}

/// Judges whether the non-null values of a column come in an order.
///
/// # Errors
/// As [`super::Expectation::judge`]; `type-mismatch` where the values have no order that people would mean.
pub fn ordered(
    data: &mut Inquiry<'_>,
    column: &str,
    direction: Direction,
    strictly: bool,
    mostly: Mostly,
) -> Result<Outcome, Stop> {
    let data_type = data.type_of_all(column)?;
    if !matches!(Family::of(&data_type), Family::Number | Family::Time | Family::Null) {
        let message = format!("column `{column}` ({data_type}) has no order; numbers and times do");
        return Err(Problem::new("type-mismatch", message).at("column").into());
    }
    let there = Predicate::not_null(column);
    let presence = data.tally(there.clone());
    let order = data.order(column, direction, strictly);
    let (presence, order) = (presence?, order?);
    let tally = Tally {
        expected: presence.expected.saturating_sub(order.breaks),
        unexpected: order.breaks,
        missing: presence.unexpected,
    };
    Ok(row_outcome(data, &RowQuestion::about(column, there, mostly), tally, &order.rows))
}

/// Says that a column holds no times, and what can be asked of texts.
#[must_use]
pub fn no_times(column: &str, data_type: &DataType) -> Problem {
    let message = format!("column `{column}` ({data_type}) holds no dates or timestamps");
    let problem = Problem::new("type-mismatch", message).at("column");
    if Family::of(data_type) != Family::Text {
        return problem;
    }
    let quoted = column.replace('"', "\"\"");
    problem.with_help(format!(
        "SQL reads texts as times: `expect_row_to_satisfy` with `cast(\"{quoted}\" as timestamp) <= now()`"
    ))
}

/// Judges whether the type of a column goes by one of these names; by any where there are none. Dates and times that a file
/// without types has as texts are texts as well.
///
/// # Errors
/// `unknown-column`; `unknown-type` where no name fits and one of them is not known.
pub fn typed(
    data: &Inquiry<'_>,
    column: &str,
    names: Option<&[String]>,
    parameter: &'static str,
) -> Result<Outcome, Stop> {
    let data_type = data.data_type(column)?;
    let is_text = data.is_written_as_text(column)?;
    let fit = |name: &String| {
        let fits = type_name::matches(name, &data_type)?;
        Some(fits || is_text && type_name::matches(name, &DataType::Utf8)?)
    };
    let fits: Vec<Option<bool>> = names.unwrap_or_default().iter().map(fit).collect();
    let success = names.is_none() || fits.contains(&Some(true));
    let unknown = fits.iter().position(Option::is_none).filter(|_| !success);
    if let (Some(position), Some(names)) = (unknown, names) {
        return Err(type_name::unknown_type(&names[position]).at(parameter).into());
    }
    Ok(Outcome::observed(success, data_type.to_string()))
}

/// Judges whether the question's columns hold no combination of values twice. Its predicate tells which rows take part:
/// those for which it is true; the others are missing. `ignoring` is the same as a condition, for counting.
///
/// # Errors
/// As [`super::Expectation::judge`].
pub fn unique(data: &mut Inquiry<'_>, question: &RowQuestion, ignoring: Option<&Predicate>) -> Result<Outcome, Stop> {
    if data.format.level != ResultLevel::BooleanOnly {
        data.foretell("where values repeat, to show examples of them", &question.columns);
    }
    let taking_part = data.tally(question.predicate.clone());
    let ascends = data.ascends(&question.columns);
    if ascends.is_err() {
        data.foretell(
            "where the rows do not ascend by the key as they seem to, to count its values",
            &question.columns,
        );
    }
    // keys that seem to ascend are not counted before it is known that they do not
    let early = match ascends {
        Ok(false) => Some(data.key_frequencies(&question.columns, ignoring.cloned())),
        _ => None,
    };
    let (taking_part, ascends) = (taking_part?, ascends?);
    let (judged, missing) = (taking_part.expected, taking_part.unexpected + taking_part.missing);
    if ascends {
        return Ok(row_outcome(data, question, Tally { expected: judged, unexpected: 0, missing }, &[]));
    }
    let frequencies = match early {
        Some(early) => early?,
        None => data.key_frequencies(&question.columns, ignoring.cloned())?,
    };
    let unexpected = frequencies.repeated().rows;
    let tally = Tally { expected: judged - unexpected, unexpected, missing };
    let without_rows = row_outcome(data, question, tally, &[]);
    let is_marked = data.marks_rows() && !without_rows.status.is_success();
    if unexpected == 0 || data.format.level == ResultLevel::BooleanOnly && !is_marked {
        return Ok(without_rows);
    }
    let condition = data.condition().map_or_else(String::new, |condition| format!(" where {condition}"));
    let ignored = ignoring.map_or_else(String::new, |ignoring| format!(" and {ignoring}"));
    let name = format!("repeated {:?}{condition}{ignored}", question.columns);
    let sample = Keys::repeated(data, frequencies, name).sample(data, &question.columns, |keys| {
        let repeated = Predicate::KeyIn { columns: question.columns.clone(), keys }.negated();
        match ignoring {
            Some(ignoring) => Predicate::Or(vec![repeated, ignoring.clone().negated()]),
            None => repeated,
        }
    })?;
    Ok(row_outcome(data, question, tally, &sample))
}
