//! `ignoreDifferences`: what Argo CD does not take for drift.

use crate::syntax::yaml::Node;

/// One entry.
#[derive(Clone, Debug)]
pub struct Ignored {
    /// The entry.
    pub node: Node,
    /// `group`; empty for the core group.
    pub group: String,
    /// `kind`; `*` means all.
    pub kind: String,
    /// `name`; empty means all.
    pub name: String,
    /// `jsonPointers`.
    pub pointers: Vec<String>,
    /// `jqPathExpressions`.
    pub expressions: Vec<String>,
    /// `managedFieldsManagers`.
    pub managers: Vec<String>,
}

impl Ignored {
    pub(super) fn of(node: &Node) -> Self {
        let text = |key: &str| node.get(key).and_then(Node::as_str).unwrap_or_default().to_owned();
        let texts = |key: &str| {
            let items = node.get(key).map_or(&[] as &[Node], Node::items);
            items.iter().filter_map(|item| item.as_str().map(str::to_owned)).collect()
        };
        Self {
            node: node.clone(),
            group: text("group"),
            kind: text("kind"),
            name: text("name"),
            pointers: texts("jsonPointers"),
            expressions: texts("jqPathExpressions"),
            managers: texts("managedFieldsManagers"),
        }
    }

    /// Whether the entry speaks of this kind of object; `name` is one that it must not exclude.
    pub fn is_about(&self, group: &str, kind: &str, name: Option<&str>) -> bool {
        let named = self.name.is_empty() || name.is_none_or(|name| self.name == name);
        (self.kind == kind || self.kind == "*") && (self.group == group || self.group == "*") && named
    }

    /// Whether the entry covers a field: by its pointer, by one of a field around it, or by the same path
    /// as a jq expression.
    pub fn covers(&self, pointer: &str) -> bool {
        let path = format!(".{}", pointer.trim_start_matches('/').replace('/', "."));
        let around = |known: &str| {
            pointer == known
                || pointer.strip_prefix(known).is_some_and(|rest| known.is_empty() || rest.starts_with('/'))
        };
        self.pointers.iter().any(|known| around(known))
            || self.expressions.iter().any(|known| {
                path == *known
                    || path.strip_prefix(known.as_str()).is_some_and(|rest| rest.starts_with(['.', '[']))
            })
    }
}
