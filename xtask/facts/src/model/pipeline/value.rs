//! Values of a pipeline: YAML that was merged from several places, each part still knowing its own.

use crate::source::Span;
use crate::syntax::yaml::{self, Node};

/// A value and where it was written.
#[derive(Clone, Debug)]
pub struct Value {
    /// Position of the file in [`super::Pipeline::files`].
    pub file: usize,
    /// The node that it was read from; for a merged mapping the last one.
    pub node: Node,
    /// What it holds.
    pub content: Content,
}

/// What a value holds.
#[derive(Clone, Debug)]
pub enum Content {
    /// Nothing.
    Null,
    /// Text.
    Scalar,
    /// A list.
    List(Vec<Value>),
    /// Keys and values.
    Map(Vec<Pair>),
    /// Something that cannot be known: a reference that leads nowhere, a circle, too much of it.
    Unknown,
}

/// A key and its value.
#[derive(Clone, Debug)]
pub struct Pair {
    /// The key.
    pub key: String,
    /// Its place.
    pub span: Span,
    /// Position of the key's file.
    pub file: usize,
    /// The value.
    pub value: Value,
}

impl Value {
    /// Takes a node over. `budget` bounds the number of values: aliases can multiply without end.
    pub(super) fn of(file: usize, node: &Node, budget: &mut usize) -> Self {
        let content = match budget.checked_sub(1) {
            None => Content::Unknown,
            Some(left) => {
                *budget = left;
                Self::content(file, node, budget)
            }
        };
        Self { file, node: node.clone(), content }
    }

    fn content(file: usize, node: &Node, budget: &mut usize) -> Content {
        match &node.value {
            yaml::Value::Empty => Content::Null,
            yaml::Value::Scalar(_) if node.is_null() => Content::Null,
            yaml::Value::Scalar(_) => Content::Scalar,
            yaml::Value::Sequence(list) => {
                Content::List(list.items.iter().map(|item| Self::of(file, item, budget)).collect())
            }
            yaml::Value::Mapping(mapping) => {
                let mut pairs: Vec<Pair> = Vec::new();
                for entry in &mapping.entries {
                    // Own entries stand before merged ones; of a repeated key the last one holds.
                    let known = pairs.iter().position(|pair| *pair.key == *entry.key.value);
                    if known.is_some() && entry.merged.is_some() {
                        continue;
                    }
                    let value = Self::of(file, &entry.value, budget);
                    let pair = Pair { key: entry.key.value.to_string(), span: entry.key.span, file, value };
                    match known.and_then(|at| pairs.get_mut(at)) {
                        Some(slot) => *slot = pair,
                        None => pairs.push(pair),
                    }
                }
                Content::Map(pairs)
            }
        }
    }

    /// The same place with another content.
    pub(super) fn with(&self, content: Content) -> Self {
        Self { content, ..self.clone() }
    }

    /// The text of a scalar.
    pub fn text(&self) -> Option<&str> {
        matches!(self.content, Content::Scalar).then(|| self.node.as_str()).flatten()
    }

    /// The pairs of a mapping; none for anything else.
    pub fn pairs(&self) -> &[Pair] {
        match &self.content {
            Content::Map(pairs) => pairs,
            _ => &[],
        }
    }

    /// The items of a list; none for anything else.
    pub fn items(&self) -> &[Value] {
        match &self.content {
            Content::List(items) => items,
            _ => &[],
        }
    }

    /// The pair under `key`.
    pub fn pair(&self, key: &str) -> Option<&Pair> {
        self.pairs().iter().find(|pair| pair.key == key)
    }

    /// The value under `key`.
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.pair(key).map(|pair| &pair.value)
    }

    /// The value at a path of keys.
    pub fn at(&self, keys: &[&str]) -> Option<&Self> {
        keys.iter().try_fold(self, |value, key| value.get(key))
    }

    /// Whether nothing is written here.
    pub const fn is_null(&self) -> bool {
        matches!(self.content, Content::Null)
    }

    /// Whether some part of it is not known.
    pub fn holds_unknown(&self) -> bool {
        match &self.content {
            Content::Unknown => true,
            Content::List(items) => items.iter().any(Self::holds_unknown),
            Content::Map(pairs) => pairs.iter().any(|pair| pair.value.holds_unknown()),
            Content::Null | Content::Scalar => false,
        }
    }

    /// GitLab's deep merge: mappings key by key, everything else replaced by `over`.
    pub(super) fn merged(self, over: Self) -> Self {
        let (Content::Map(mut base), Content::Map(_)) = (self.content, &over.content) else { return over };
        let Content::Map(pairs) = over.content else { return over };
        for pair in pairs {
            match base.iter().position(|known| known.key == pair.key).and_then(|at| base.get_mut(at)) {
                Some(slot) => {
                    let value = slot.value.clone().merged(pair.value);
                    *slot = Pair { value, ..pair };
                }
                None => base.push(pair),
            }
        }
        Self { content: Content::Map(base), file: over.file, node: over.node }
    }
}
