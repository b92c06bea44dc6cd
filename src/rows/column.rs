//! Columns of the data as Parquet can hold them, and as those who read Parquet know them.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, StringBuilder};
use arrow::compute::{CastOptions, cast_with_options};
use arrow::datatypes::{DataType, Field, FieldRef, Schema, TimeUnit};
use arrow::error::ArrowError;
use parquet::arrow::ArrowSchemaConverter;

use crate::column::Scalar;

/// A column as it is written.
#[derive(Debug, Clone)]
pub(super) struct WrittenColumn {
    pub(super) field: FieldRef,
    /// Its place among the columns that are read.
    pub(super) place: usize,
    /// Values have no type that Parquet knows, and are written as JSON.
    is_text: bool,
}

impl WrittenColumn {
    /// Finds out how a column is written: in its own type wherever that can be.
    pub(super) fn of(field: &FieldRef, place: usize) -> Self {
        let data_type = plain_type(field.data_type());
        if !is_known(&Field::new("column", data_type.clone(), true)) {
            return Self { field: Arc::new(Field::new(field.name(), DataType::Utf8, true)), place, is_text: true };
        }
        let same = if field.data_type() == &data_type {
            Arc::clone(field)
        } else {
            Arc::new(field.as_ref().clone().with_data_type(data_type))
        };
        Self { field: same, place, is_text: false }
    }

    /// Brings values of the column into the written type.
    ///
    /// # Errors
    /// They cannot be: a time in seconds too far off for milliseconds.
    pub(super) fn convert(&self, values: &ArrayRef) -> Result<ArrayRef, ArrowError> {
        if self.is_text {
            let mut texts = StringBuilder::new();
            for row in 0..values.len() {
                let value = Scalar::at(values, row);
                texts.append_option((!value.is_null()).then(|| value.to_json().to_string()));
            }
            return Ok(Arc::new(texts.finish()));
        }
        if values.data_type() == self.field.data_type() {
            return Ok(Arc::clone(values));
        }
        // nothing becomes null on the way
        let options = CastOptions { safe: false, ..CastOptions::default() };
        match (values.data_type(), self.field.data_type()) {
            (DataType::Date64, to) => {
                let counts = cast_with_options(values, &DataType::Int64, &options)?;
                cast_with_options(&counts, to, &options)
            }
            (_, to) => cast_with_options(values, to, &options),
        }
    }
}

/// Returns a type of the same values that others read as what it is: Parquet knows no seconds, and no dates in milliseconds.
fn plain_type(data_type: &DataType) -> DataType {
    match data_type {
        DataType::Dictionary(_, values) => plain_type(values),
        DataType::Time32(TimeUnit::Second) => DataType::Time32(TimeUnit::Millisecond),
        DataType::Timestamp(TimeUnit::Second, zone) => DataType::Timestamp(TimeUnit::Millisecond, zone.clone()),
        DataType::Date64 => DataType::Timestamp(TimeUnit::Millisecond, None),
        other => other.clone(),
    }
}

/// Tells whether Parquet can hold values of a type.
fn is_known(field: &Field) -> bool {
    fn has_unknown(data_type: &DataType) -> bool {
        match data_type {
            DataType::Union(_, _) | DataType::Interval(_) | DataType::RunEndEncoded(_, _) => true,
            DataType::List(item)
            | DataType::LargeList(item)
            | DataType::ListView(item)
            | DataType::LargeListView(item)
            | DataType::FixedSizeList(item, _)
            | DataType::Map(item, _) => has_unknown(item.data_type()),
            DataType::Struct(fields) => fields.is_empty() || fields.iter().any(|field| has_unknown(field.data_type())),
            DataType::Dictionary(_, values) => has_unknown(values) || values.is_nested(),
            _ => false,
        }
    }
    !has_unknown(field.data_type()) && ArrowSchemaConverter::new().convert(&Schema::new(vec![field.clone()])).is_ok()
}

#[cfg(test)]
mod tests {
    use arrow::array::{
        AsArray, Date64Array, DictionaryArray, Int32Array, StructArray, Time32SecondArray, TimestampSecondArray,
        UnionArray,
    };
    use arrow::buffer::ScalarBuffer;
    use arrow::datatypes::{Fields, Int32Type, TimestampMillisecondType, UnionFields};

    use super::*;

    fn written(values: &ArrayRef) -> Result<ArrayRef, ArrowError> {
        let field = Arc::new(Field::new("a", values.data_type().clone(), true));
        let column = WrittenColumn::of(&field, 0);
        let written = column.convert(values)?;
        assert_eq!(written.data_type(), column.field.data_type());
        Ok(written)
    }

    #[test]
    fn times_that_others_would_read_as_numbers_are_in_milliseconds() {
        for values in [
            Arc::new(Date64Array::from(vec![Some(1_500), None])) as ArrayRef,
            Arc::new(Time32SecondArray::from(vec![Some(1), None])),
            Arc::new(TimestampSecondArray::from(vec![Some(1), None]).with_timezone("UTC")),
        ] {
            assert_eq!(written(&values).expect("it can be written").null_count(), 1);
        }
        let date = written(&(Arc::new(Date64Array::from(vec![1_500])) as ArrayRef)).expect("it can be written");
        assert_eq!(date.as_primitive::<TimestampMillisecondType>().value(0), 1_500);
        assert!(written(&(Arc::new(TimestampSecondArray::from(vec![i64::MAX])) as ArrayRef)).is_err());
    }

    #[test]
    fn what_parquet_does_not_know_is_written_as_json() {
        let dictionary: DictionaryArray<Int32Type> = [Some("a"), None].into_iter().collect();
        assert_eq!(
            written(&(Arc::new(dictionary) as ArrayRef)).expect("it can be written").data_type(),
            &DataType::Utf8
        );
        let empty: ArrayRef = Arc::new(StructArray::new_empty_fields(2, Some(vec![true, false].into())));
        let empty = written(&empty).expect("it can be written");
        assert_eq!((empty.as_string::<i32>().value(0), empty.is_null(1)), ("{}", true));
        let fields = UnionFields::try_new([0], [Field::new("n", DataType::Int32, true)]).expect("one field");
        let numbers: ArrayRef = Arc::new(Int32Array::from(vec![7]));
        let union = UnionArray::try_new(fields, ScalarBuffer::from(vec![0_i8]), None, vec![numbers]).expect("one row");
        assert_eq!(written(&(Arc::new(union) as ArrayRef)).expect("it can be written").data_type(), &DataType::Utf8);
        let nested = DataType::Struct(Fields::from(vec![Field::new("e", DataType::Struct(Fields::empty()), true)]));
        assert!(!is_known(&Field::new("a", nested, true)));
    }
}
