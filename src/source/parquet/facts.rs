//! What the footer proves of a column in a row group.

use arrow::datatypes::DataType;
use parquet::basic::Encoding;
use parquet::file::metadata::ColumnChunkMetaData;
use parquet::file::statistics::Statistics;

use crate::column::{Family, Scalar};
use crate::scan::ColumnFacts;

/// Reads the statistics of a flat column whose values are stored as `data_type` has them.
pub(super) fn of(column: &ColumnChunkMetaData, data_type: &DataType) -> ColumnFacts {
    let required = column.column_descr().max_def_level() == 0;
    let mut facts =
        ColumnFacts { no_nan: !data_type.is_floating(), nulls: required.then_some(0), ..ColumnFacts::default() };
    let Some(statistics) = column.statistics() else { return facts };
    facts.nulls = facts.nulls.or(statistics.null_count_opt());
    // the old fields were sorted as signed bytes, which is wrong for texts and unsigned numbers
    let sorted_otherwise = data_type.is_unsigned_integer() || Family::of(data_type) == Family::Text;
    if statistics.is_min_max_deprecated() && sorted_otherwise {
        return facts;
    }
    (facts.lower, facts.upper) = bounds(statistics, data_type);
    facts.exact = match Family::of(data_type) {
        Family::Text | Family::Binary => statistics.min_is_exact() && statistics.max_is_exact(),
        _ => true,
    };
    facts
}

fn bounds(statistics: &Statistics, data_type: &DataType) -> (Option<Scalar>, Option<Scalar>) {
    let whole = |value: i64| match data_type {
        DataType::UInt8 | DataType::UInt16 | DataType::UInt32 => Scalar::Int((value as u32).into()),
        DataType::UInt64 => Scalar::Int(value.cast_unsigned().into()),
        data_type if data_type.is_integer() => Scalar::Int(value.into()),
        data_type => Scalar::Time { data_type: data_type.clone(), value },
    };
    // a truncated bound may be no text any more, but is still a bound; it proves nothing here
    let text = |bytes: &[u8]| std::str::from_utf8(bytes).ok().map(|text| Scalar::Text(text.to_owned()));
    match statistics {
        Statistics::Int32(found) => {
            (found.min_opt().map(|v| whole((*v).into())), found.max_opt().map(|v| whole((*v).into())))
        }
        Statistics::Int64(found) => (found.min_opt().map(|v| whole(*v)), found.max_opt().map(|v| whole(*v))),
        Statistics::Float(found) => {
            (found.min_opt().map(|v| Scalar::Float32(*v)), found.max_opt().map(|v| Scalar::Float32(*v)))
        }
        Statistics::Double(found) => {
            (found.min_opt().map(|v| Scalar::Float(*v)), found.max_opt().map(|v| Scalar::Float(*v)))
        }
        Statistics::ByteArray(found) if data_type == &DataType::Utf8 => {
            (found.min_opt().and_then(|v| text(v.data())), found.max_opt().and_then(|v| text(v.data())))
        }
        _ => (None, None),
    }
}

/// Tells whether every data page of a column is dictionary-encoded, so that the dictionary has all its values.
pub(super) fn is_all_dictionary(column: &ColumnChunkMetaData) -> bool {
    let only = |mask: &parquet::basic::EncodingMask| {
        mask.is_only(Encoding::PLAIN_DICTIONARY) || mask.is_only(Encoding::RLE_DICTIONARY)
    };
    if column.dictionary_page_offset().is_none() {
        return false;
    }
    if let Some(mask) = column.page_encoding_stats_mask() {
        return only(mask);
    }
    column.page_encoding_stats().is_some_and(|pages| {
        let data = pages.iter().filter(|page| {
            matches!(page.page_type, parquet::basic::PageType::DATA_PAGE | parquet::basic::PageType::DATA_PAGE_V2)
        });
        data.clone().count() > 0
            && data.clone().all(|page| matches!(page.encoding, Encoding::PLAIN_DICTIONARY | Encoding::RLE_DICTIONARY))
    })
}
