//! Column names and dotted paths, resolved against a schema and followed through a batch.
//!
//! A name that the schema has exactly wins over a path, at every level: `PM2.5` and `Temp[C]` are names where there are
//! such columns. `a.b` reaches into a struct, `a[]` into the elements of a list, `m[].key` and `m[].value` into a map.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, UInt32Array, make_array, new_empty_array};
use arrow::buffer::NullBuffer;
use arrow::compute::take;
use arrow::datatypes::{DataType, FieldRef, Schema};

use crate::diagnostic::closest;
use crate::verdict::Problem;

/// A column that a schema has.
#[derive(Debug, Clone, PartialEq)]
pub struct ResolvedPath {
    /// The index of the root column.
    pub root: usize,
    /// How to go on from there.
    pub steps: Vec<PathStep>,
    /// The field at the end.
    pub field: FieldRef,
    /// The part of the path up to its last `[]`, where it has one: columns with the same prefix have the same elements.
    pub elements: Option<String>,
}

/// A step of a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PathStep {
    /// Into the child of a struct with this index.
    Field(usize),
    /// Into the elements of a list, or the entries of a map.
    Elements,
}

/// Finds a column by name or path.
///
/// # Errors
/// `unknown-column`, with a column that is spelt alike where there is one.
pub fn resolve(schema: &Schema, name: &str) -> Result<ResolvedPath, Problem> {
    for (root, field) in schema.fields().iter().enumerate() {
        if field.name() == name {
            return Ok(ResolvedPath { root, steps: Vec::new(), field: Arc::clone(field), elements: None });
        }
    }
    // the longest name that is a prefix wins
    let mut roots: Vec<_> =
        schema.fields().iter().enumerate().filter(|(_, field)| follows(name, field.name())).collect();
    roots.sort_by_key(|(_, field)| std::cmp::Reverse(field.name().len()));
    for (root, field) in roots {
        let mut steps = Vec::new();
        if let Some((end, last)) = descend(field, name, field.name().len(), &mut steps) {
            let elements = last.map(|end| name[..end].to_owned());
            return Ok(ResolvedPath { root, steps, field: end, elements });
        }
    }
    Err(unknown_column(schema, name))
}

/// Tells whether a path can go on after a name.
fn follows(path: &str, name: &str) -> bool {
    path.strip_prefix(name).is_some_and(|rest| rest.starts_with('.') || rest.starts_with("[]"))
}

/// Goes from a field along the rest of a path; gives the last field and where the last `[]` ends.
fn descend(field: &FieldRef, path: &str, at: usize, steps: &mut Vec<PathStep>) -> Option<(FieldRef, Option<usize>)> {
    let rest = &path[at..];
    if rest.is_empty() {
        return Some((Arc::clone(field), None));
    }
    if rest.starts_with("[]") {
        let element = element_field(field.data_type())?;
        steps.push(PathStep::Elements);
        let (end, last) = descend(element, path, at + 2, steps)?;
        return Some((end, last.or(Some(at + 2))));
    }
    let DataType::Struct(children) = field.data_type() else { return None };
    let rest = rest.strip_prefix('.')?;
    let fits = |child: &FieldRef| rest == child.name() || follows(rest, child.name());
    let mut children: Vec<_> = children.iter().enumerate().filter(|(_, child)| fits(child)).collect();
    children.sort_by_key(|(_, child)| std::cmp::Reverse(child.name().len()));
    for (index, child) in children {
        let depth = steps.len();
        steps.push(PathStep::Field(index));
        if let Some(found) = descend(child, path, at + 1 + child.name().len(), steps) {
            return Some(found);
        }
        steps.truncate(depth);
    }
    None
}

fn element_field(data_type: &DataType) -> Option<&FieldRef> {
    match data_type {
        DataType::List(field)
        | DataType::LargeList(field)
        | DataType::FixedSizeList(field, _)
        | DataType::ListView(field)
        | DataType::LargeListView(field)
        | DataType::Map(field, _) => Some(field),
        _ => None,
    }
}

/// Says that there is no such column.
#[must_use]
pub fn unknown_column(schema: &Schema, name: &str) -> Problem {
    let problem = Problem::new("unknown-column", format!("column `{name}` is not in the data"));
    let paths = all_paths(schema);
    if let Some(similar) = closest(name, paths.iter().map(String::as_str)) {
        return problem.with_help(format!("a similar column exists: `{similar}`"));
    }
    if schema.fields().is_empty() {
        return problem.with_help("the data has no columns: its files are empty");
    }
    let shown: Vec<_> = schema.fields().iter().take(20).map(|field| format!("`{}`", field.name())).collect();
    let more = schema.fields().len().saturating_sub(shown.len());
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    problem.with_help(format!("the data has {}{more}", shown.join(", ")))
}

/// Lists the columns and the paths into nested ones, for suggestions.
fn all_paths(schema: &Schema) -> Vec<String> {
    fn walk(prefix: String, data_type: &DataType, depth: usize, into: &mut Vec<String>) {
        if depth > 8 || into.len() > 2000 {
            return;
        }
        if let DataType::Struct(children) = data_type {
            for child in children {
                walk(format!("{prefix}.{}", child.name()), child.data_type(), depth + 1, into);
            }
        } else if let Some(element) = element_field(data_type) {
            walk(format!("{prefix}[]"), element.data_type(), depth + 1, into);
        }
        into.push(prefix);
    }
    let mut paths = Vec::new();
    for field in schema.fields() {
        walk(field.name().clone(), field.data_type(), 0, &mut paths);
    }
    paths
}

/// A column of a batch: its values, and for a path through lists the row that each element belongs to.
#[derive(Debug, Clone)]
pub struct Extracted {
    /// The values; for a path through lists one per element.
    pub array: ArrayRef,
    /// The row of each element, ascending; `None` where elements are rows.
    pub rows: Option<Arc<[u32]>>,
}

impl ResolvedPath {
    /// Follows the path from a root column. A null struct makes its children null; a null list has no elements.
    ///
    /// # Errors
    /// The array is not of the type that the schema promised.
    pub fn extract(&self, root: &ArrayRef) -> Result<Extracted, Problem> {
        let mut array = Arc::clone(root);
        let mut rows: Option<Vec<u32>> = None;
        for step in &self.steps {
            match step {
                PathStep::Field(index) => {
                    let parent = array.as_struct_opt().ok_or_else(|| self.broken())?;
                    let child = Arc::clone(parent.columns().get(*index).ok_or_else(|| self.broken())?);
                    array = with_parent_nulls(&child, parent.nulls())?;
                }
                PathStep::Elements => {
                    let (elements, parents) = flatten(&array).ok_or_else(|| self.broken())?;
                    array = elements;
                    rows = Some(match rows {
                        Some(outer) => parents.iter().map(|&parent| outer[parent as usize]).collect(),
                        None => parents,
                    });
                }
            }
        }
        Ok(Extracted { array, rows: rows.map(Into::into) })
    }

    fn broken(&self) -> Problem {
        Problem::new(
            "type-mismatch",
            format!("column `{}` does not have the type that its schema promised", self.field.name()),
        )
    }
}

/// Marks the rows of a child null where its parent is.
fn with_parent_nulls(child: &ArrayRef, parent: Option<&NullBuffer>) -> Result<ArrayRef, Problem> {
    let Some(parent) = parent.filter(|nulls| nulls.null_count() > 0) else { return Ok(Arc::clone(child)) };
    if child.data_type() == &DataType::Null {
        return Ok(Arc::clone(child));
    }
    let nulls = NullBuffer::union(child.nulls(), Some(parent));
    let data = child.to_data().into_builder().nulls(nulls).build();
    data.map(make_array).map_err(|error| Problem::new("type-mismatch", error.to_string()))
}

/// Returns the elements of all lists of an array, and the row of each.
fn flatten(array: &ArrayRef) -> Option<(ArrayRef, Vec<u32>)> {
    let (values, ranges): (ArrayRef, Vec<(usize, usize)>) = match array.data_type() {
        DataType::List(_) => {
            let list = array.as_list::<i32>();
            let ranges = list.value_offsets().windows(2).map(|pair| (pair[0] as usize, pair[1] as usize));
            (Arc::clone(list.values()), ranges.collect())
        }
        DataType::LargeList(_) => {
            let list = array.as_list::<i64>();
            let bound = |value: i64| usize::try_from(value).unwrap_or(0);
            let ranges = list.value_offsets().windows(2).map(|pair| (bound(pair[0]), bound(pair[1])));
            (Arc::clone(list.values()), ranges.collect())
        }
        DataType::FixedSizeList(_, size) => {
            let list = array.as_fixed_size_list();
            let size = usize::try_from(*size).ok()?;
            let start = list.value_offset(0).try_into().unwrap_or(0usize);
            (
                Arc::clone(list.values()),
                (0..list.len()).map(|row| (start + row * size, start + (row + 1) * size)).collect(),
            )
        }
        DataType::ListView(_) => {
            let list = array.as_list_view::<i32>();
            let pairs = list.offsets().iter().zip(list.sizes().iter());
            (Arc::clone(list.values()), pairs.map(|(&at, &size)| (at as usize, (at + size) as usize)).collect())
        }
        DataType::LargeListView(_) => {
            let list = array.as_list_view::<i64>();
            let pairs = list.offsets().iter().zip(list.sizes().iter());
            let bound = |value: i64| usize::try_from(value).unwrap_or(0);
            (Arc::clone(list.values()), pairs.map(|(&at, &size)| (bound(at), bound(at + size))).collect())
        }
        DataType::Map(_, _) => {
            let map = array.as_map();
            let ranges = map.value_offsets().windows(2).map(|pair| (pair[0] as usize, pair[1] as usize));
            (Arc::new(map.entries().clone()) as ArrayRef, ranges.collect())
        }
        _ => return None,
    };
    let mut parents = Vec::new();
    let mut picked = Vec::new();
    for (row, (start, end)) in ranges.into_iter().enumerate() {
        if array.is_null(row) {
            continue;
        }
        parents.extend(std::iter::repeat_n(u32::try_from(row).ok()?, end - start));
        picked.extend((start..end).map(|at| at as u32));
    }
    if picked.is_empty() {
        return Some((new_empty_array(values.data_type()), parents));
    }
    let contiguous = picked.windows(2).all(|pair| pair[0] + 1 == pair[1]);
    let elements = if contiguous {
        values.slice(picked[0] as usize, picked.len())
    } else {
        take(&values, &UInt32Array::from(picked), None).ok()?
    };
    Some((elements, parents))
}

#[cfg(test)]
mod tests {
    use arrow::array::{Int64Array, ListArray, StructArray};
    use arrow::datatypes::{Field, Int64Type};

    use super::*;

    fn schema() -> Schema {
        let zip = Field::new("zip.code", DataType::Utf8, true);
        let address = Field::new("address", DataType::Struct(vec![zip].into()), true);
        let price = Field::new("price", DataType::Int64, true);
        let item = Field::new("item", DataType::Struct(vec![price].into()), true);
        Schema::new(vec![
            Field::new("PM2.5", DataType::Float64, true),
            Field::new("Temp[C]", DataType::Float64, true),
            Field::new("customer", DataType::Struct(vec![address].into()), true),
            Field::new("items", DataType::List(Arc::new(item)), true),
        ])
    }

    #[test]
    fn an_exact_name_wins_over_a_path() {
        assert_eq!(resolve(&schema(), "PM2.5").map(|path| path.root), Ok(0));
        assert_eq!(resolve(&schema(), "Temp[C]").map(|path| path.root), Ok(1));
        let path = resolve(&schema(), "customer.address.zip.code").expect("the path is there");
        assert_eq!(path.steps, [PathStep::Field(0), PathStep::Field(0)]);
    }

    #[test]
    fn a_path_through_a_list_names_its_elements() {
        let path = resolve(&schema(), "items[].price").expect("the path is there");
        assert_eq!(path.steps, [PathStep::Elements, PathStep::Field(0)]);
        assert_eq!(path.elements.as_deref(), Some("items[]"));
    }

    #[test]
    fn a_misspelt_column_is_answered_with_the_one_that_is_like_it() {
        let problem = resolve(&schema(), "customer.adress.zip.code").expect_err("there is no such column");
        assert_eq!(problem.help.as_deref(), Some("a similar column exists: `customer.address.zip.code`"));
    }

    #[test]
    fn null_lists_have_no_elements_and_slices_keep_their_rows() {
        let lists = ListArray::from_iter_primitive::<Int64Type, _, _>([
            Some(vec![Some(1)]),
            Some(vec![Some(2), None]),
            None,
            Some(vec![]),
            Some(vec![Some(3)]),
        ]);
        let sliced: ArrayRef = Arc::new(lists.slice(1, 4));
        let field = Arc::new(Field::new("l", sliced.data_type().clone(), true));
        let path = resolve(&Schema::new(vec![field]), "l[]").expect("the path is there");
        let found = path.extract(&sliced).expect("the array is a list");
        assert_eq!(found.array.as_primitive::<Int64Type>(), &Int64Array::from(vec![Some(2), None, Some(3)]));
        assert_eq!(found.rows.as_deref(), Some([0, 0, 3].as_slice()));
    }

    #[test]
    fn a_null_struct_makes_its_children_null() {
        let child: ArrayRef = Arc::new(Int64Array::from(vec![1, 2]));
        let field = Arc::new(Field::new("a", DataType::Int64, true));
        let parent = StructArray::new(vec![field].into(), vec![child], Some(NullBuffer::from(vec![true, false])));
        let schema = Schema::new(vec![Field::new("s", parent.data_type().clone(), true)]);
        let root: ArrayRef = Arc::new(parent);
        let found = resolve(&schema, "s.a").and_then(|path| path.extract(&root)).expect("the path is there");
        assert_eq!(found.array.as_primitive::<Int64Type>(), &Int64Array::from(vec![Some(1), None]));
    }
}
