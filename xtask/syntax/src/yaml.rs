//! The YAML tree of record: every value with the bytes it was read from.
//!
//! Events come from `granit-parser`; the tree adds what events do not give: true ends of block
//! collections, merged keys with both of their places, aliases (shared, never copied), duplicate keys, and
//! a map from the characters of a scalar to the bytes of the file, so that a word inside a multi-line
//! command can be pointed at. Scalars keep their text and style: what `yes` or `0755` means is decided by
//! the consumer (see [`Node::go_yaml_v2`]), not here.

mod build;
pub mod edit;
mod libyaml;
mod scalar;

pub use libyaml::Refusal;
pub use scalar::{Resolved, SourceMap};

use crate::SyntaxError;
use crate::source::{Span, Spanned};
use std::collections::HashMap;
use std::sync::Arc;

/// One file: its documents, comments and errors.
#[derive(Clone, Debug, Default)]
pub struct Yaml {
    /// The documents that could be read, in order; an empty file has none.
    pub documents: Vec<Node>,
    /// Syntax errors; parsing goes on at the next document.
    pub errors: Vec<SyntaxError>,
    /// Keys that stand twice in one mapping. Whether that is an error is the consumer's word.
    pub duplicates: Vec<DuplicateKey>,
    /// All comments, in order.
    pub comments: Vec<Comment>,
    /// Where template syntax (`{{ … }}` of Helm or Jinja) makes this no YAML at all.
    pub template: Option<Span>,
}

impl Yaml {
    /// Reads `text`.
    pub fn parse(text: &str) -> Self {
        build::parse(text)
    }

    /// What `gopkg.in/yaml.v2` (the Okteto CLI's reader), which knows YAML 1.1, refuses in `text` besides the errors;
    /// `self` is the tree of that text.
    pub fn refused_by_yaml_v2(&self, text: &str) -> Vec<Refusal> {
        libyaml::refusals(text, self)
    }

    /// The first document, `None` when the file has none.
    pub fn root(&self) -> Option<&Node> {
        self.documents.first()
    }
}

/// A key that stands twice in one mapping.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DuplicateKey {
    /// The key.
    pub key: String,
    /// Its first place.
    pub first: Span,
    /// The place of the repetition.
    pub second: Span,
}

/// A comment without its `#`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comment {
    /// The text after `#`.
    pub text: String,
    /// The comment with its `#`, without the line break.
    pub span: Span,
    /// Whether nothing but blanks stands before it on its line.
    pub own_line: bool,
}

/// A value in the tree. Cloning is cheap: collections and texts are shared.
#[derive(Clone, Debug)]
pub struct Node {
    /// The value.
    pub value: Value,
    /// Its bytes: quotes included, anchor and tag excluded, for block collections up to the end of the
    /// last descendant. For an alias, the place of the *definition*; see [`Node::site`].
    pub span: Span,
    /// `!reference` and the like, with the exclamation mark.
    pub tag: Option<Spanned<String>>,
    /// `&name`, without the ampersand.
    pub anchor: Option<Spanned<String>>,
    /// The `*name` through which this value got here.
    pub alias: Option<Span>,
}

/// What a node holds.
#[derive(Clone, Debug)]
pub enum Value {
    /// Nothing was written (`key:`). A written `null` or `~` is a plain scalar.
    Empty,
    /// Text.
    Scalar(Scalar),
    /// A list.
    Sequence(Arc<Sequence>),
    /// Keys and values.
    Mapping(Arc<Mapping>),
}

/// A scalar's text after escapes and folding.
#[derive(Clone, Debug)]
pub struct Scalar {
    /// The text that a consumer sees.
    pub text: Arc<str>,
    /// How it was written.
    pub style: Style,
    /// From offsets in `text` to offsets in the file.
    pub map: SourceMap,
}

/// How a scalar was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// Without quotes.
    Plain,
    /// `'…'`
    SingleQuoted,
    /// `"…"`
    DoubleQuoted,
    /// `|`
    Literal,
    /// `>`
    Folded,
}

/// A list.
#[derive(Clone, Debug, Default)]
pub struct Sequence {
    /// The items.
    pub items: Vec<Node>,
    /// Whether it was written as `[a, b]`.
    pub flow: bool,
}

/// Keys and values, in the order of the file, merged ones behind.
#[derive(Clone, Debug, Default)]
pub struct Mapping {
    /// The entries; those that `<<` brought in stand last and are not overridden here.
    pub entries: Vec<Entry>,
    /// Whether it was written as `{a: b}`.
    pub flow: bool,
    /// Column (0-based, in characters) of the keys of a block mapping.
    pub indent: Option<usize>,
    /// The values of `<<` keys.
    pub merges: Vec<Node>,
}

/// A key and its value.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The key as text; empty when it is a collection.
    pub key: Spanned<Arc<str>>,
    /// The value.
    pub value: Node,
    /// The `<<` value that brought this entry in, if it is not written here.
    pub merged: Option<Span>,
}

/// A key that `<<` brings a second time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Repeated<'a> {
    /// The key.
    pub key: &'a str,
    /// Its place, if it is written in the mapping itself; else another `<<` value has brought it.
    pub own: Option<Span>,
    /// The value of `<<` that brings it again.
    pub merge: Span,
}

impl Entry {
    /// Key and value together.
    pub fn span(&self) -> Span {
        if self.merged.is_some() || self.value.alias.is_some() {
            self.key.span.join(self.value.site())
        } else {
            self.key.span.join(self.value.span)
        }
    }
}

impl Mapping {
    /// The entry that holds for `key`. A repeated key: the last one, as lenient readers do.
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        let own = self.entries.iter().rev().find(|entry| entry.merged.is_none() && &*entry.key.value == key);
        own.or_else(|| self.entries.iter().find(|entry| &*entry.key.value == key))
    }

    /// The value that holds for `key`.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entry(key).map(|entry| &entry.value)
    }

    /// The keys that `<<` brings although they are there already.
    pub fn repeated_by_merges(&self) -> Vec<Repeated<'_>> {
        let mut seen: HashMap<&str, Option<Span>> =
            self.own().map(|entry| (&*entry.key.value, Some(entry.key.span))).collect();
        let mut repeated = Vec::new();
        for merge in &self.merges {
            let sources = merge.as_sequence().map_or(std::slice::from_ref(merge), |sequence| &sequence.items);
            for source in sources {
                for entry in source.entries() {
                    let key = &*entry.key.value;
                    match seen.get(key) {
                        Some(own) => repeated.push(Repeated { key, own: *own, merge: source.site() }),
                        None => {
                            seen.insert(key, None);
                        }
                    }
                }
            }
        }
        repeated
    }

    /// The entries that are written in this mapping itself.
    pub fn own(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(|entry| entry.merged.is_none())
    }
}

impl Node {
    /// Where this value is *used*: the `*alias`, or the value itself.
    pub fn site(&self) -> Span {
        self.alias.unwrap_or(self.span)
    }

    /// The text of a scalar, whatever its style.
    pub fn as_str(&self) -> Option<&str> {
        self.as_scalar().map(|scalar| &*scalar.text)
    }

    /// The scalar.
    pub fn as_scalar(&self) -> Option<&Scalar> {
        match &self.value {
            Value::Scalar(scalar) => Some(scalar),
            _ => None,
        }
    }

    /// The text of a scalar with its place.
    pub fn spanned(&self) -> Option<Spanned<String>> {
        self.as_str().map(|text| Spanned::new(text.to_owned(), self.span))
    }

    /// The list.
    pub fn as_sequence(&self) -> Option<&Sequence> {
        match &self.value {
            Value::Sequence(sequence) => Some(sequence),
            _ => None,
        }
    }

    /// The items of a list; none for anything else.
    pub fn items(&self) -> &[Node] {
        self.as_sequence().map_or(&[], |sequence| &sequence.items)
    }

    /// The mapping.
    pub fn as_mapping(&self) -> Option<&Mapping> {
        match &self.value {
            Value::Mapping(mapping) => Some(mapping),
            _ => None,
        }
    }

    /// The value under `key` of a mapping.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.as_mapping()?.get(key)
    }

    /// The value at a path of keys.
    pub fn at(&self, keys: &[&str]) -> Option<&Node> {
        keys.iter().try_fold(self, |node, key| node.get(key))
    }

    /// The entries of a mapping; none for anything else.
    pub fn entries(&self) -> &[Entry] {
        self.as_mapping().map_or(&[], |mapping| &mapping.entries)
    }

    /// Whether nothing was written, or a plain `null` or `~`.
    pub fn is_null(&self) -> bool {
        match &self.value {
            Value::Empty => true,
            Value::Scalar(scalar) => {
                scalar.style == Style::Plain && matches!(&*scalar.text, "" | "~" | "null" | "Null" | "NULL")
            }
            _ => false,
        }
    }

    /// What `gopkg.in/yaml.v2` (the Okteto CLI's reader) takes the node for.
    pub fn go_yaml_v2(&self) -> Resolved {
        scalar::resolve_go_yaml_v2(self)
    }

    /// The word for this kind of value in messages.
    pub fn kind(&self) -> &'static str {
        match &self.value {
            Value::Empty => "nothing",
            Value::Scalar(_) if self.is_null() => "nothing",
            Value::Scalar(_) => match self.go_yaml_v2() {
                Resolved::Bool(_) => "a boolean",
                Resolved::Int(_) | Resolved::Float(_) => "a number",
                _ => "a string",
            },
            Value::Sequence(_) => "a list",
            Value::Mapping(_) => "a mapping",
        }
    }
}

impl Scalar {
    /// The bytes in the file that the bytes `span` of the scalar's text were read from.
    ///
    /// `whole` is the span of the node: the answer where folding hides the exact place.
    pub fn locate(&self, span: Span, whole: Span) -> Span {
        self.map.locate(span).unwrap_or(whole)
    }
}

#[cfg(test)]
mod tests;
