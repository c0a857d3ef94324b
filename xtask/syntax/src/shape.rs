//! Which keys a YAML mapping may have and in which forms: tables that drive checks, did-you-mean, docs and
//! JSON Schemas, so that none of them can disagree with another.

use super::yaml::{Mapping, Node, Repeated, Resolved, Style, Value};
use crate::source::Span;

/// A mapping with known keys.
#[derive(Debug)]
pub struct Shape {
    /// What one is called in messages: `a dev container`.
    pub name: &'static str,
    /// The keys.
    pub fields: &'static [Field],
}

/// A key of a mapping.
#[derive(Debug)]
pub struct Field {
    /// The key.
    pub name: &'static str,
    /// The forms its value may take; the first one is the usual one.
    pub forms: &'static [Form],
    /// What the consumer does with `${…}` in it.
    pub expands: Expands,
    /// One line for the docs and schemas.
    pub doc: &'static str,
    /// The version of the consumer that learnt the key, when older ones are in use.
    pub since: Option<&'static str>,
    /// Whether the mapping is invalid without it.
    pub required: bool,
}

/// What the consumer does with `${…}` in a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expands {
    /// It puts the variable's value there.
    Yes,
    /// It leaves the text as it is.
    No,
    /// A shell does, later.
    Shell,
    /// Not a question for this value.
    Nested,
}

/// A form of a value.
#[derive(Clone, Copy, Debug)]
pub enum Form {
    /// Text; scalars of other types are taken as written.
    Text,
    /// A truth value.
    Bool,
    /// A whole number.
    Int,
    /// One of these words.
    Word(&'static [&'static str]),
    /// A list of these forms.
    List(&'static [Form]),
    /// Free keys with values of these forms.
    Map(&'static [Form]),
    /// A mapping with known keys.
    Object(&'static Shape),
    /// Nothing (`key:`).
    Null,
    /// Anything.
    Any,
    /// Taken at run time, but refused by the consumer's own `validate`.
    RunTimeOnly(&'static Form),
    /// Text; scalars of other types are taken at run time, but refused by the consumer's own `validate`.
    Quoted,
    /// A form that only versions from this one on take.
    Since(&'static str, &'static Form),
}

/// A field with the usual settings.
pub const fn field(name: &'static str, forms: &'static [Form], expands: Expands, doc: &'static str) -> Field {
    Field { name, forms, expands, doc, since: None, required: false }
}

impl Field {
    /// Marks the field as required.
    pub const fn required(mut self) -> Self {
        self.required = true;
        self
    }

    /// Marks the field as known since a version of the consumer only.
    pub const fn since(mut self, version: &'static str) -> Self {
        self.since = Some(version);
        self
    }
}

/// A difference between a tree and its shape.
#[derive(Clone, Debug)]
pub struct Violation {
    /// What is wrong.
    pub kind: ViolationKind,
    /// Where.
    pub span: Span,
    /// Keys from the root, joined by dots: `dev.web.sync`.
    pub path: String,
}

/// Kinds of differences.
#[derive(Clone, Debug)]
pub enum ViolationKind {
    /// A key that the shape does not know.
    UnknownKey {
        /// The key.
        key: String,
        /// The shape.
        shape: &'static Shape,
        /// The known keys that the mapping has already.
        present: Vec<&'static str>,
    },
    /// A key that only newer versions of the consumer know.
    NewerKey {
        /// The key.
        key: &'static str,
        /// The version that learnt it.
        since: &'static str,
    },
    /// A value in a form that only newer versions of the consumer take.
    NewerForm {
        /// The version that learnt it.
        since: &'static str,
    },
    /// A value in a form that the consumer refuses.
    WrongForm {
        /// The forms that it takes, in words.
        expected: String,
        /// What stands there, in words.
        found: String,
        /// The value in the form that is meant, where a pair of brackets is all that it lacks.
        instead: Option<String>,
    },
    /// A required key is missing.
    MissingKey {
        /// The key.
        key: &'static str,
        /// What lacks it.
        shape: &'static Shape,
    },
    /// Taken at run time, refused by the consumer's own `validate`.
    RefusedByValidate {
        /// The form that `validate` wants, in words.
        expected: String,
        /// The value as `validate` takes it, where a pair of quotes or brackets is all that it lacks.
        instead: Option<String>,
    },
    /// A key that `<<` brings as well.
    RepeatedByMerge {
        /// The key.
        key: String,
        /// The `<<` value that brings it.
        merge: Span,
        /// Whether the mapping has known keys: the Okteto CLI then takes whatever comes later, and refuses a repeated
        /// free key.
        known: bool,
    },
    /// `${…}` in a value that the consumer does not expand.
    NotExpanded {
        /// The key whose value it is.
        key: &'static str,
    },
}

/// A scalar in a field whose variables the consumer expands.
#[derive(Clone, Debug)]
pub struct Expanded {
    /// Keys from the root, joined by dots.
    pub path: String,
    /// The key of the field.
    pub key: &'static str,
    /// The scalar.
    pub node: Node,
}

/// What a comparison gives.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// The differences.
    pub violations: Vec<Violation>,
    /// The scalars whose variables are expanded.
    pub expanded: Vec<Expanded>,
}

/// Compares a tree with a shape and lists every difference.
pub fn check(node: &Node, shape: &'static Shape, path: &str) -> Vec<Violation> {
    inspect(node, shape, path).violations
}

/// Compares a tree with a shape; tells the values with variables too.
pub fn inspect(node: &Node, shape: &'static Shape, path: &str) -> Outcome {
    let mut checker = Checker { outcome: Outcome::default(), budget: 200_000 };
    checker.object(node, shape, path);
    checker.outcome
}

struct Checker {
    outcome: Outcome,
    /// Values left to look at: aliases can make a small file a large tree.
    budget: usize,
}

impl Checker {
    fn report(&mut self, kind: ViolationKind, span: Span, path: &str) {
        self.outcome.violations.push(Violation { kind, span, path: path.to_owned() });
    }

    fn object(&mut self, node: &Node, shape: &'static Shape, path: &str) {
        let Some(mapping) = node.as_mapping() else { return };
        if node.alias.is_none() {
            self.merges(mapping, true, path);
        }
        let known = |key: &str| shape.fields.iter().find(|field| field.name == key);
        let present: Vec<&'static str> =
            mapping.entries.iter().filter_map(|entry| Some(known(&entry.key.value)?.name)).collect();
        for entry in &mapping.entries {
            let inner = join(path, &entry.key.value);
            match known(&entry.key.value) {
                None => {
                    let key = entry.key.value.to_string();
                    let kind = ViolationKind::UnknownKey { key, shape, present: present.clone() };
                    self.report(kind, entry.key.span, &inner);
                }
                Some(field) => {
                    if let Some(since) = field.since {
                        let kind = ViolationKind::NewerKey { key: field.name, since };
                        self.report(kind, entry.key.span, &inner);
                    }
                    self.value(&entry.value, field, &inner);
                }
            }
        }
        for field in shape.fields.iter().filter(|field| field.required && mapping.get(field.name).is_none()) {
            self.report(ViolationKind::MissingKey { key: field.name, shape }, node.site(), path);
        }
    }

    /// Keys that stand here and in what `<<` brings. Known keys in front of the `<<` alone are worth a word.
    fn merges(&mut self, mapping: &Mapping, known: bool, path: &str) {
        for repeated in mapping.repeated_by_merges() {
            let Repeated { key, own, merge } = repeated;
            if known && own.is_none_or(|own| own.start > merge.start) {
                continue;
            }
            let kind = ViolationKind::RepeatedByMerge { key: key.to_owned(), merge, known };
            self.report(kind, own.unwrap_or(merge), &join(path, key));
        }
    }

    fn value(&mut self, node: &Node, field: &'static Field, path: &str) {
        self.forms(node, field.forms, Some(field), path);
    }

    fn forms(&mut self, node: &Node, forms: &'static [Form], field: Option<&'static Field>, path: &str) {
        let Some(left) = self.budget.checked_sub(1) else { return };
        self.budget = left;
        let Some(form) = forms.iter().find(|form| takes(form, node)).filter(|_| !is_torn_text(forms, node))
        else {
            // Go decodes null into any type: the value is then as good as absent.
            if !node.is_null() {
                let expected = in_words(if is_torn_text(forms, node) { &[Form::Text] } else { forms });
                let instead = as_list(forms, node).or_else(|| as_text(forms, node));
                self.report(
                    ViolationKind::WrongForm { expected, found: found(forms, node), instead },
                    node.site(),
                    path,
                );
            }
            return;
        };
        let form = match form {
            Form::RunTimeOnly(inner) => {
                let (expected, instead) = (in_words(forms), as_list(forms, node));
                self.report(ViolationKind::RefusedByValidate { expected, instead }, node.site(), path);
                inner
            }
            Form::Since(since, inner) => {
                self.report(ViolationKind::NewerForm { since }, node.site(), path);
                inner
            }
            Form::Quoted if !matches!(node.go_yaml_v2(), Resolved::Str(_)) => {
                let instead =
                    node.as_str().map(|text| format!("\"{text}\"")).filter(|_| node.alias.is_none());
                let expected = in_words(forms);
                self.report(ViolationKind::RefusedByValidate { expected, instead }, node.site(), path);
                form
            }
            form => form,
        };
        match form {
            Form::Object(shape) => self.object(node, shape, path),
            Form::List(items) => {
                for (number, item) in node.items().iter().enumerate() {
                    self.forms(item, items, field, &format!("{path}[{number}]"));
                }
            }
            Form::Map(values) => {
                if let Some(mapping) = node.as_mapping().filter(|_| node.alias.is_none()) {
                    self.merges(mapping, false, path);
                }
                for entry in node.entries() {
                    self.forms(&entry.value, values, field, &join(path, &entry.key.value));
                }
            }
            _ => self.expansion(node, field, path),
        }
    }

    fn expansion(&mut self, node: &Node, field: Option<&'static Field>, path: &str) {
        let (Some(field), Some(scalar)) = (field, node.as_scalar()) else { return };
        if field.expands == Expands::Yes && scalar.text.contains('$') {
            let (path, node) = (path.to_owned(), node.clone());
            self.outcome.expanded.push(Expanded { path, key: field.name, node });
        }
        if field.expands != Expands::No {
            return;
        }
        if let Some(start) = scalar.text.find("${") {
            let rest = scalar.text.get(start..).unwrap_or("");
            let length = rest.find('}').map_or(rest.len(), |end| end + 1);
            let span = scalar.locate(Span::new(start, start + length), node.span);
            self.report(ViolationKind::NotExpanded { key: field.name }, span, path);
        }
    }
}

fn join(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

/// Whether a text or a mapping may stand here, and this mapping has none of the known keys: `5005: 5005`, a text that
/// lacks its quotes.
fn is_torn_text(forms: &[Form], node: &Node) -> bool {
    fn is_known(form: &Form, key: &str) -> bool {
        match form {
            Form::Object(shape) => shape.fields.iter().any(|field| field.name == key),
            Form::RunTimeOnly(inner) | Form::Since(_, inner) => is_known(inner, key),
            Form::Map(_) | Form::Any => true,
            _ => false,
        }
    }
    let is_text = forms.iter().any(|form| matches!(form, Form::Text));
    is_text && matches!(node.entries(), [only] if !forms.iter().any(|form| is_known(form, &only.key.value)))
}

/// A mapping of one entry as the text that was meant: a blank behind the colon tore it apart.
fn as_text(forms: &[Form], node: &Node) -> Option<String> {
    let mapping = node.as_mapping().filter(|mapping| !mapping.flow && mapping.merges.is_empty())?;
    let [entry] = mapping.entries.as_slice() else { return None };
    let value = entry.value.as_scalar().filter(|value| value.style == Style::Plain)?;
    let plain = entry.value.anchor.is_none() && entry.value.alias.is_none() && entry.value.tag.is_none();
    let text = format!("{}:{}", entry.key.value, value.text);
    let whole = !text.contains(char::is_whitespace) && plain && node.alias.is_none();
    (whole && forms.iter().any(|form| matches!(form, Form::Text))).then_some(text)
}

/// Whether the consumer would decode `node` into this form.
fn takes(form: &Form, node: &Node) -> bool {
    match form {
        Form::Any => true,
        Form::Null => node.is_null(),
        Form::Text | Form::Quoted => matches!(node.value, Value::Scalar(_)) && !node.is_null(),
        Form::Bool => matches!(node.go_yaml_v2(), Resolved::Bool(_)),
        // yaml.v2 cuts the fraction off.
        Form::Int => matches!(node.go_yaml_v2(), Resolved::Int(_) | Resolved::Float(_)),
        Form::Word(words) => node.as_str().is_some_and(|text| words.contains(&text)),
        Form::List(_) => matches!(node.value, Value::Sequence(_)),
        Form::Map(_) | Form::Object(_) => matches!(node.value, Value::Mapping(_)),
        Form::RunTimeOnly(inner) | Form::Since(_, inner) => takes(inner, node),
    }
}

/// A scalar as the one item of a list, where the usual form is a list of scalars.
fn as_list(forms: &[Form], node: &Node) -> Option<String> {
    let wanted =
        matches!(forms.first(), Some(Form::List(items)) if items.iter().any(|item| takes(item, node)));
    let bare = node.alias.is_none() && node.anchor.is_none() && node.tag.is_none();
    let scalar = node.as_scalar().filter(|_| wanted && bare)?;
    let plain = scalar.style == Style::Plain && !scalar.text.contains([',', '[', ']', '{', '}', '\n']);
    match scalar.style {
        Style::Plain if plain => Some(format!("[{}]", scalar.text)),
        Style::SingleQuoted | Style::DoubleQuoted | Style::Plain if !scalar.text.contains('\n') => {
            Some(format!("[{}]", super::yaml::edit::quote(&scalar.text)))
        }
        _ => None,
    }
}

fn found(forms: &[Form], node: &Node) -> String {
    if is_torn_text(forms, node) {
        return "a mapping, by the `: ` in it: put the text in quotes".to_owned();
    }
    match node.as_str() {
        Some(text) if text.chars().count() <= 30 && !text.contains('\n') => {
            format!("{} `{text}`", node.kind())
        }
        _ => node.kind().to_owned(),
    }
}

/// The forms as a message names them: "a string or a list".
pub fn in_words(forms: &[Form]) -> String {
    let mut words: Vec<String> = Vec::new();
    for form in forms {
        let word = match form {
            Form::Text | Form::Quoted => "a string".to_owned(),
            Form::Bool => "`true` or `false`".to_owned(),
            Form::Int => "a whole number".to_owned(),
            Form::Word(words) => {
                let quoted: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
                match quoted.split_last() {
                    Some((last, [])) => last.clone(),
                    Some((last, others)) => format!("{} or {last}", others.join(", ")),
                    None => continue,
                }
            }
            Form::List(items) if items.iter().any(|item| matches!(item, Form::Object(_) | Form::Any)) => {
                "a list".to_owned()
            }
            Form::List(_) => "a list of strings".to_owned(),
            Form::Map(_) | Form::Object(_) => "a mapping".to_owned(),
            Form::Null => "nothing".to_owned(),
            Form::Any => "anything".to_owned(),
            Form::RunTimeOnly(_) | Form::Since(..) => continue,
        };
        if !words.contains(&word) {
            words.push(word);
        }
    }
    words.join(" or ")
}

/// The JSON Schema of a shape, for editors.
pub fn json_schema(shape: &Shape, title: &str) -> serde_json::Value {
    let mut schema = object_schema(shape);
    if let Some(map) = schema.as_object_mut() {
        map.insert("$schema".to_owned(), "https://json-schema.org/draft/2020-12/schema".into());
        map.insert("title".to_owned(), title.into());
    }
    schema
}

fn object_schema(shape: &Shape) -> serde_json::Value {
    let mut properties = serde_json::Map::new();
    for field in shape.fields {
        let mut schema = forms_schema(field.forms);
        if let Some(map) = schema.as_object_mut() {
            map.insert("description".to_owned(), field.doc.into());
        }
        properties.insert(field.name.to_owned(), schema);
    }
    serde_json::json!({"type": "object", "additionalProperties": false, "properties": properties})
}

fn forms_schema(forms: &[Form]) -> serde_json::Value {
    let mut schemas: Vec<serde_json::Value> = forms.iter().map(form_schema).collect();
    if schemas.len() == 1 { schemas.remove(0) } else { serde_json::json!({"anyOf": schemas}) }
}

fn form_schema(form: &Form) -> serde_json::Value {
    use serde_json::json;
    match form {
        Form::Text => json!({"type": ["string", "number", "boolean"]}),
        Form::Quoted => json!({"type": "string"}),
        Form::Bool => json!({"type": "boolean"}),
        Form::Int => json!({"type": "integer"}),
        Form::Word(words) => json!({"enum": words}),
        Form::List(items) => json!({"type": "array", "items": forms_schema(items)}),
        Form::Map(values) => json!({"type": "object", "additionalProperties": forms_schema(values)}),
        Form::Object(shape) => object_schema(shape),
        Form::Null => json!({"type": "null"}),
        Form::Any => json!({}),
        Form::RunTimeOnly(inner) | Form::Since(_, inner) => form_schema(inner),
    }
}
