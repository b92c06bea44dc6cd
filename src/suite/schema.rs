//! The JSON Schema of suites in YAML, for editors: names, parameters, and what they mean.

use schemars::SchemaGenerator;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use super::parameter::PLACEHOLDER;
use crate::expectation::catalog::{CATALOG, Entry};

/// Returns the schema (draft 2020-12) of a suite in YAML. It describes and completes; what it accepts can still be wrong.
#[must_use]
pub fn suite_schema() -> Value {
    let mut generator = SchemaSettings::draft2020_12().into_generator();
    let mut short = Map::new();
    let mut typed = Vec::new();
    for entry in CATALOG {
        let kwargs = kwargs_schema(entry, &mut generator);
        short.insert(entry.name.to_owned(), with_common(kwargs.clone(), entry));
        typed.push(json!({
            "if": { "properties": { "type": { "const": entry.name } } },
            "then": { "properties": { "kwargs": with_conditions(kwargs) } },
        }));
    }
    let names: Vec<&str> = CATALOG.iter().map(|entry| entry.name).collect();
    let mut definitions = generator.take_definitions(true);
    definitions.insert("parameter".to_owned(), parameter_schema());
    definitions.insert(
        "expectation".to_owned(),
        json!({
            "description": "An expectation: its name with its parameters.",
            "type": "object",
            "properties": short,
            "additionalProperties": false,
            "minProperties": 1,
            "maxProperties": 1,
        }),
    );
    definitions.insert(
        "typed_expectation".to_owned(),
        json!({
            "description": "An expectation as Great Expectations writes it.",
            "type": "object",
            "properties": typed_properties(&names),
            "required": ["type"],
            "additionalProperties": false,
            "allOf": typed,
        }),
    );
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "weir suite",
        "description": "What is expected of a dataset.",
        "type": "object",
        "properties": {
            "name": { "type": "string", "description": "The name of the suite; that of the file if not given." },
            "parameters": {
                "type": "object",
                "description": "Values that expectations refer to as `{$PARAMETER: name}`; a run can give others.",
            },
            "expectations": {
                "type": "array",
                "description": "What is expected.",
                "items": {
                    "if": { "required": ["type"] },
                    "then": { "$ref": "#/$defs/typed_expectation" },
                    "else": { "$ref": "#/$defs/expectation" },
                },
            },
            "meta": { "type": "object", "description": "Remarks for other programs, passed through to results." },
            "notes": { "description": "Remarks for people." },
            "description": { "type": "string", "description": "What the suite is for." },
            "id": { "type": "string", "description": "An identity, passed through." },
        },
        "required": ["expectations"],
        "additionalProperties": false,
        "$defs": definitions,
    })
}

/// The parameters of one expectation, each of which a `$PARAMETER` may stand for.
fn kwargs_schema(entry: &Entry, generator: &mut SchemaGenerator) -> Value {
    let mut schema = entry.schema(generator).to_value();
    if let Some(object) = schema.as_object_mut() {
        object.remove("title");
        object.insert("description".to_owned(), entry.summary().into());
    }
    if let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) {
        for property in properties.values_mut() {
            *property = or_parameter(property.take());
        }
    }
    schema
}

/// Allows a `$PARAMETER` in place of a value, and keeps what editors show outside the alternative.
fn or_parameter(mut schema: Value) -> Value {
    let mut outer = Map::new();
    if let Some(object) = schema.as_object_mut() {
        for key in ["description", "default"] {
            if let Some(value) = object.remove(key) {
                outer.insert(key.to_owned(), value);
            }
        }
    }
    outer.insert("anyOf".to_owned(), json!([schema, { "$ref": "#/$defs/parameter" }]));
    outer.into()
}

fn parameter_schema() -> Value {
    json!({
        "description": "A value that the run or the suite gives, or an expression of such values.",
        "type": "object",
        "properties": { PLACEHOLDER: { "type": ["string", "number"], "description": "The name of a parameter, or an expression: `limit * 2`." } },
        "patternProperties": { "^\\$PARAMETER\\.": { "description": "The value that holds unless the run gives another." } },
        "required": [PLACEHOLDER],
        "additionalProperties": false,
    })
}

/// Adds the keys that every expectation may have to its parameters.
fn with_common(kwargs: Value, entry: &Entry) -> Value {
    let mut schema = with_conditions(kwargs);
    if let Some(object) = schema.as_object_mut() {
        object.insert("description".to_owned(), entry.manual().into());
    }
    add_properties(&mut schema, common_properties());
    schema
}

fn with_conditions(mut kwargs: Value) -> Value {
    add_properties(&mut kwargs, condition_properties());
    kwargs
}

fn add_properties(schema: &mut Value, properties: Map<String, Value>) {
    let Some(object) = schema.as_object_mut() else { return };
    let own = object.entry("properties").or_insert_with(|| Map::new().into());
    if let Some(own) = own.as_object_mut() {
        for (key, value) in properties {
            own.entry(key).or_insert(value);
        }
    }
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

fn condition_properties() -> Map<String, Value> {
    object(json!({
        "row_condition": {
            "type": ["string", "object", "null"],
            "description": "Which rows the expectation is about: a SQL predicate such as `status = 'paid'`.",
        },
        "condition_parser": {
            "type": ["string", "null"],
            "description": "The language of `row_condition`, where it is one of Great Expectations'.",
        },
        "result_format": {
            "description": "How much the result tells.",
            "anyOf": [
                { "enum": ["BOOLEAN_ONLY", "BASIC", "SUMMARY", "COMPLETE"] },
                {
                    "type": "object",
                    "properties": {
                        "result_format": { "enum": ["BOOLEAN_ONLY", "BASIC", "SUMMARY", "COMPLETE"] },
                        "partial_unexpected_count": { "type": "integer", "minimum": 0 },
                        "unexpected_index_column_names": { "type": "array", "items": { "type": "string" } },
                        "include_unexpected_rows": { "type": "boolean" },
                        "exclude_unexpected_values": { "type": "boolean" },
                        "return_unexpected_index_query": { "type": "boolean" },
                    },
                    "additionalProperties": false,
                },
            ],
        },
    }))
}

fn common_properties() -> Map<String, Value> {
    object(json!({
        "severity": {
            "enum": ["critical", "warning", "info"],
            "default": "critical",
            "description": "How much it matters when the expectation is not met.",
        },
        "meta": { "type": "object", "description": "Remarks for other programs, passed through to results." },
        "notes": { "description": "Remarks for people, passed through to results." },
        "description": { "type": "string", "description": "What the expectation means, in words." },
        "id": { "type": "string", "description": "An identity, passed through to results." },
    }))
}

fn typed_properties(names: &[&str]) -> Value {
    let mut properties = object(json!({
        "type": { "enum": names, "description": "The name of the expectation." },
        "kwargs": { "type": "object", "description": "Its parameters." },
    }));
    properties.extend(common_properties());
    properties.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::SourceText;
    use crate::document::parse_yaml;

    fn is_valid(yaml: &str) -> bool {
        let node = parse_yaml(&SourceText::new("t.yaml", yaml)).unwrap_or_else(|errors| panic!("{errors:?}"));
        let validator = jsonschema::draft202012::new(&suite_schema()).unwrap_or_else(|error| panic!("{error}"));
        validator.is_valid(&node.to_json())
    }

    #[test]
    fn the_schema_is_a_schema() {
        jsonschema::meta::validate(&suite_schema()).unwrap_or_else(|error| panic!("{error}"));
    }

    #[test]
    fn suites_are_told_from_what_is_none() {
        for (yaml, expected) in [
            ("expectations: [expect_column_to_exist: {column: a}]", true),
            ("expectations: [{type: expect_column_to_exist, kwargs: {column: a}, severity: info}]", true),
            (
                "expectations: [expect_column_to_exist: {column: a, severity: info, notes: x, row_condition: a > 1}]",
                true,
            ),
            ("expectations: [expect_column_to_exist: {column: {$PARAMETER: name}}]", true),
            (
                "expectations: [expect_column_values_to_be_between: {column: a, mostly: {$PARAMETER: share, $PARAMETER.share: 1}}]",
                true,
            ),
            ("expectations: [expect_column_to_exist: {colum: a}]", false),
            ("expectations: [expect_column_to_exist: {column: a, severity: high}]", false),
            ("expectations: [expect_column_to_exist: {column: 5}]", false),
            ("expectations: [{type: expect_column_to_exist, kwargs: {column: 5}}]", false),
            ("expectations: [expect_nothing: {column: a}]", false),
            ("expectations: {}", false),
            ("name: a", false),
            ("nam: a\nexpectations: []", false),
        ] {
            assert_eq!(is_valid(yaml), expected, "{yaml}");
        }
    }

    #[test]
    fn every_expectation_is_described() {
        let schema = suite_schema();
        let names = schema["$defs"]["expectation"]["properties"].as_object().map(Map::len);
        assert_eq!(names, Some(CATALOG.len()));
    }
}
