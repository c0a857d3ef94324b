//! As much of JSON Schema (draft 7) as the SARIF schema uses.

use regex::Regex;
use serde_json::Value;

/// A schema that values can be held against.
pub struct Schema {
    root: Value,
}

impl Schema {
    pub fn new(text: &str) -> Self {
        Self { root: serde_json::from_str(text).expect("a schema in JSON") }
    }

    /// Every way in which `value` breaks the schema, each with its place.
    pub fn errors(&self, value: &Value) -> Vec<String> {
        let mut errors = Vec::new();
        self.check(&self.root, value, "", &mut errors);
        errors
    }

    fn check(&self, schema: &Value, value: &Value, at: &str, errors: &mut Vec<String>) {
        for (keyword, rule) in schema.as_object().expect("a schema is an object") {
            match keyword.as_str() {
                "$ref" => {
                    let pointer =
                        rule.as_str().and_then(|name| name.strip_prefix('#')).expect("a local reference");
                    self.check(self.root.pointer(pointer).expect("a definition"), value, at, errors);
                }
                "properties" | "items" | "additionalProperties" => {}
                "anyOf" | "oneOf" => {
                    let branches = rule.as_array().expect("a list of schemas").iter();
                    let matches = branches.filter(|branch| self.holds(branch, value)).count();
                    if matches == 0 || (keyword == "oneOf" && matches > 1) {
                        errors.push(format!("{at}: matches {matches} branches of {keyword}"));
                    }
                }
                _ => {
                    if !assertion(keyword, rule, value) {
                        errors.push(format!("{at}: {value} breaks {keyword} {rule}"));
                    }
                }
            }
        }
        self.check_children(schema, value, at, errors);
    }

    fn check_children(&self, schema: &Value, value: &Value, at: &str, errors: &mut Vec<String>) {
        if let (Some(items), Some(elements)) = (schema.get("items"), value.as_array()) {
            for (index, element) in elements.iter().enumerate() {
                self.check(items, element, &format!("{at}/{index}"), errors);
            }
        }
        for (key, child) in value.as_object().into_iter().flatten() {
            let at = format!("{at}/{key}");
            match (
                schema.pointer("/properties").and_then(|known| known.get(key)),
                schema.get("additionalProperties"),
            ) {
                (Some(known), _) => self.check(known, child, &at, errors),
                (None, Some(Value::Bool(false))) => errors.push(format!("{at}: unknown property")),
                (None, Some(other)) if other.is_object() => self.check(other, child, &at, errors),
                (None, _) => {}
            }
        }
    }

    fn holds(&self, schema: &Value, value: &Value) -> bool {
        let mut errors = Vec::new();
        self.check(schema, value, "", &mut errors);
        errors.is_empty()
    }
}

/// Whether `value` keeps one rule about itself.
fn assertion(keyword: &str, rule: &Value, value: &Value) -> bool {
    match keyword {
        "type" => match rule.as_str().expect("one type") {
            "object" => value.is_object(),
            "array" => value.is_array(),
            "string" => value.is_string(),
            "boolean" => value.is_boolean(),
            "number" => value.is_number(),
            "integer" => value.is_i64() || value.is_u64(),
            other => panic!("unknown type {other}"),
        },
        "enum" => rule.as_array().is_some_and(|allowed| allowed.contains(value)),
        "required" => value.as_object().is_none_or(|object| {
            rule.as_array()
                .into_iter()
                .flatten()
                .filter_map(Value::as_str)
                .all(|key| object.contains_key(key))
        }),
        "minItems" => value.as_array().is_none_or(|list| Some(list.len() as u64) >= rule.as_u64()),
        "uniqueItems" => {
            *rule == Value::Bool(false)
                || value.as_array().is_none_or(|list| {
                    list.iter().enumerate().all(|(index, element)| !list[..index].contains(element))
                })
        }
        "minimum" => value.as_f64() >= rule.as_f64() || !value.is_number(),
        "maximum" => value.as_f64() <= rule.as_f64() || !value.is_number(),
        "pattern" => pattern(rule.as_str().expect("a pattern"), value),
        "format" => match rule.as_str().expect("a format") {
            "uri-reference" => pattern(r"^(%[0-9A-F]{2}|[A-Za-z0-9._~:/?#@!$&'()*+,;=-])*$", value),
            "uri" => pattern(r"^[a-z][a-z0-9+.-]*:[^\s]+$", value),
            "date-time" => true,
            other => panic!("unknown format {other}"),
        },
        "$schema" | "$id" | "title" | "description" | "default" | "definitions" => true,
        other => panic!("unknown keyword {other}"),
    }
}

fn pattern(pattern: &str, value: &Value) -> bool {
    value.as_str().is_none_or(|text| Regex::new(pattern).expect("a pattern").is_match(text))
}

#[test]
fn the_checker_finds_what_breaks_the_schema() {
    let schema = Schema::new(
        r##"{"type": "object", "required": ["a"], "additionalProperties": false, "properties": {
            "a": {"$ref": "#/definitions/list"}, "b": {"oneOf": [{"type": "string"}, {"minimum": 1}]}},
            "definitions": {"list": {"type": "array", "minItems": 1, "uniqueItems": true, "items": {"enum": [1, 2]}}}}"##,
    );
    let errors = |text: &str| schema.errors(&serde_json::from_str(text).expect("JSON")).len();
    assert_eq!(errors(r#"{"a": [1, 2], "b": 3}"#), 0);
    for broken in [
        "[]",
        "{}",
        r#"{"a": []}"#,
        r#"{"a": [1, 1]}"#,
        r#"{"a": [3]}"#,
        r#"{"a": [1], "c": 1}"#,
        r#"{"a": [1], "b": 0}"#,
        r#"{"a": [1], "b": "x"}"#,
    ] {
        assert!(errors(broken) > 0, "{broken}");
    }
}
