//! `and` and `or` that ask their right side only of the rows for which the left one leaves the answer open.
//!
//! DataFusion's own ask it of all rows of a batch or of none, so that it would depend on how rows are cut into batches
//! whether a cast that the left side guards fails.

use std::fmt;
use std::hash::Hash;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, RecordBatch};
use arrow::buffer::BooleanBuffer;
use arrow::compute::{and_kleene, cast, or_kleene};
use arrow::datatypes::{DataType, Schema};
use datafusion::error::Result;
use datafusion::logical_expr::ColumnarValue;
use datafusion::physical_expr::PhysicalExpr;

/// Two conditions joined by `and` or `or`.
#[derive(Debug, Eq)]
pub(super) struct Lazy {
    left: Arc<dyn PhysicalExpr>,
    right: Arc<dyn PhysicalExpr>,
    by_and: bool,
}

impl Lazy {
    /// Joins two conditions.
    pub(super) fn new(left: &Arc<dyn PhysicalExpr>, right: &Arc<dyn PhysicalExpr>, by_and: bool) -> Self {
        Self { left: Arc::clone(left), right: Arc::clone(right), by_and }
    }
}

impl PartialEq for Lazy {
    fn eq(&self, other: &Self) -> bool {
        self.left.eq(&other.left) && self.right.eq(&other.right) && self.by_and == other.by_and
    }
}

impl Hash for Lazy {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.left.hash(state);
        self.right.hash(state);
        self.by_and.hash(state);
    }
}

impl fmt::Display for Lazy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.left, if self.by_and { "AND" } else { "OR" }, self.right)
    }
}

impl PhysicalExpr for Lazy {
    fn data_type(&self, _schema: &Schema) -> Result<DataType> {
        Ok(DataType::Boolean)
    }

    fn nullable(&self, schema: &Schema) -> Result<bool> {
        Ok(self.left.nullable(schema)? || self.right.nullable(schema)?)
    }

    fn evaluate(&self, batch: &RecordBatch) -> Result<ColumnarValue> {
        let rows = batch.num_rows();
        let left = booleans(self.left.evaluate(batch)?, rows)?;
        // false decides `and`, true decides `or`
        let deciding = if self.by_and { !left.values() } else { left.values().clone() };
        let decided: BooleanBuffer = left.nulls().map_or_else(|| deciding.clone(), |nulls| &deciding & nulls.inner());
        let right = match decided.count_set_bits() {
            0 => self.right.evaluate(batch)?,
            all if all == rows => return Ok(ColumnarValue::Array(Arc::new(left))),
            _ => self.right.evaluate_selection(batch, &BooleanArray::new(!&decided, None))?,
        };
        let right = booleans(right, rows)?;
        let answers = if self.by_and { and_kleene(&left, &right)? } else { or_kleene(&left, &right)? };
        Ok(ColumnarValue::Array(Arc::new(answers)))
    }

    fn children(&self) -> Vec<&Arc<dyn PhysicalExpr>> {
        vec![&self.left, &self.right]
    }

    fn with_new_children(self: Arc<Self>, children: Vec<Arc<dyn PhysicalExpr>>) -> Result<Arc<dyn PhysicalExpr>> {
        Ok(Arc::new(Self::new(&children[0], &children[1], self.by_and)))
    }

    fn fmt_sql(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Returns answers as an array; those of a constant null are nulls.
fn booleans(value: ColumnarValue, rows: usize) -> Result<BooleanArray> {
    let array: ArrayRef = value.into_array(rows)?;
    let array = if array.data_type() == &DataType::Null { cast(&array, &DataType::Boolean)? } else { array };
    Ok(array.as_boolean().clone())
}
