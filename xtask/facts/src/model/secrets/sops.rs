//! SOPS documents whose values are plain: decrypted in place, edited by hand, or never encrypted although a
//! rule of `.sops.yaml` covers them.
//!
//! Which values SOPS encrypts: `sops` metadata or the creation rule tell (`encrypted_regex`,
//! `encrypted_suffix`, `unencrypted_regex`, `unencrypted_suffix`, by default all but `*_unencrypted`), by
//! the keys on the way to the value. Empty strings and nulls stay as they are. Source: getsops/sops, `sops.go`
//! and `config/config.go`.

use super::token::is_placeholder;
use crate::source::{RepoPath, Span};
use crate::syntax::yaml::{Entry, Node, Value, Yaml};
use regex::Regex;

/// What SOPS puts around an encrypted value.
const ENCRYPTED: &str = "ENC[";

/// Which values are to be encrypted.
#[derive(Clone, Debug, Default)]
pub(super) struct Selection {
    encrypted: Option<Regex>,
    unencrypted: Option<Regex>,
    encrypted_suffix: Option<String>,
    unencrypted_suffix: Option<String>,
}

impl Selection {
    /// From `sops` metadata or a creation rule. `None` when a pattern is beyond us (look-around).
    fn of(node: &Node) -> Option<Self> {
        let text = |key: &str| node.get(key).and_then(Node::as_str).filter(|text| !text.is_empty());
        let regex = |key: &str| text(key).map(Regex::new).transpose().ok();
        Some(Self {
            encrypted: regex("encrypted_regex")?,
            unencrypted: regex("unencrypted_regex")?,
            encrypted_suffix: text("encrypted_suffix").map(str::to_owned),
            unencrypted_suffix: text("unencrypted_suffix").map(str::to_owned),
        })
    }

    /// Whether the value below these keys is encrypted.
    fn takes(&self, keys: &[&str]) -> bool {
        let any = |test: &dyn Fn(&str) -> bool| keys.iter().any(|key| test(key));
        if let Some(pattern) = &self.encrypted {
            return any(&|key| pattern.is_match(key));
        }
        if let Some(pattern) = &self.unencrypted {
            return !any(&|key| pattern.is_match(key));
        }
        if let Some(suffix) = &self.encrypted_suffix {
            return any(&|key| key.ends_with(suffix.as_str()));
        }
        let suffix = self.unencrypted_suffix.as_deref().unwrap_or("_unencrypted");
        !any(&|key| key.ends_with(suffix))
    }
}

/// A rule of `.sops.yaml` with a `path_regex`.
#[derive(Clone, Debug)]
pub(super) struct CreationRule {
    /// The folder of its `.sops.yaml`.
    pub folder: RepoPath,
    /// The file and the place of the `path_regex`.
    pub place: crate::source::Place,
    pattern: Regex,
    selection: Selection,
    /// Whether it names secrets. A rule that takes in every YAML file only says which key to use.
    specific: bool,
}

/// Paths that no team means to encrypt: a pattern that matches one of them says nothing about the others.
const ORDINARY: [&str; 8] = [
    "package.json",
    "values.yaml",
    "values.yml",
    "deploy/values.yaml",
    "docs/page.yaml",
    "src/data.json",
    "Chart.yaml",
    ".gitlab-ci.yml",
];

/// The rules of a `.sops.yaml`, in order.
pub(super) fn creation_rules(path: &RepoPath, yaml: &Yaml) -> Vec<CreationRule> {
    let folder = path.parent().unwrap_or_else(RepoPath::root);
    let rules = yaml.root().and_then(|root| root.get("creation_rules")).map_or(&[] as &[Node], Node::items);
    let rule = |node: &Node| {
        let written = node.get("path_regex")?;
        let pattern = Regex::new(written.as_str()?).ok()?;
        let specific = !ORDINARY.iter().any(|path| pattern.is_match(path));
        let place = crate::source::Place::new(path, written.span);
        Some(CreationRule {
            folder: folder.clone(),
            place,
            pattern,
            selection: Selection::of(node)?,
            specific,
        })
    };
    rules.iter().filter_map(rule).collect()
}

/// The rule that says that `path` must be encrypted. As in SOPS, the nearest `.sops.yaml` above holds, and in
/// it the first rule that matches.
pub(super) fn covering<'a>(rules: &'a [CreationRule], path: &RepoPath) -> Option<&'a CreationRule> {
    let nearest = rules
        .iter()
        .filter(|rule| path.starts_with(&rule.folder))
        .map(|rule| rule.folder.components().count())
        .max()?;
    let mut candidates = rules.iter().filter(|rule| rule.folder.components().count() == nearest);
    let rule = candidates.find(|rule| {
        path.strip_prefix(&rule.folder).is_some_and(|relative| rule.pattern.is_match(relative))
    })?;
    rule.specific.then_some(rule)
}

/// The keys of plain values that SOPS would have encrypted, and those values.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Plain {
    /// Key and value, in the order of the file.
    pub values: Vec<(Span, Span)>,
}

/// Plain values in a document with `sops` metadata, or in one that `rule` covers.
pub(super) fn plain_values(yaml: &Yaml, rule: Option<&CreationRule>) -> Plain {
    let mut plain = Plain::default();
    for document in &yaml.documents {
        let metadata = document
            .get("sops")
            .filter(|node| node.get("mac").is_some() || node.get("lastmodified").is_some());
        let selection = match (metadata, rule) {
            (Some(node), _) => Selection::of(node),
            (None, Some(rule)) => Some(rule.selection.clone()),
            (None, None) => None,
        };
        let Some(selection) = selection else { continue };
        let own = document.entries().iter().filter(|entry| metadata.is_none() || &*entry.key.value != "sops");
        let mut walk = Walk { selection: &selection, keys: Vec::new(), plain: &mut plain };
        own.for_each(|entry| walk.entry(entry));
    }
    plain
}

struct Walk<'a> {
    selection: &'a Selection,
    keys: Vec<&'a str>,
    plain: &'a mut Plain,
}

impl<'a> Walk<'a> {
    fn entry(&mut self, entry: &'a Entry) {
        self.keys.push(&entry.key.value);
        self.value(entry.key.span, &entry.value);
        self.keys.pop();
    }

    fn value(&mut self, key: Span, node: &'a Node) {
        match &node.value {
            Value::Empty => {}
            Value::Mapping(mapping) => mapping.entries.iter().for_each(|entry| self.entry(entry)),
            Value::Sequence(sequence) => sequence.items.iter().for_each(|item| self.value(key, item)),
            Value::Scalar(scalar) => {
                let text = scalar.text.trim();
                let stays = text.is_empty() || node.is_null() || text.starts_with(ENCRYPTED);
                let reference = text.contains(['$', '<']) || text.contains("{{") || is_placeholder(text);
                if !stays && !reference && self.selection.takes(&self.keys) {
                    self.plain.values.push((key, node.span));
                }
            }
        }
    }
}

/// Plain values of a `.env` or `.ini` file: SOPS keeps its metadata there as `sops_mac=…` or in `[sops]`.
pub(super) fn plain_lines(text: &str, rule: Option<&CreationRule>) -> Plain {
    let metadata = text.lines().any(|line| line.starts_with("sops_mac=") || line.trim() == "[sops]");
    let mut plain = Plain::default();
    if !metadata && rule.is_none() {
        return plain;
    }
    let default = Selection::default();
    let selection = rule.map_or(&default, |rule| &rule.selection);
    let mut at = 0;
    let mut in_metadata = false;
    for line in text.split_inclusive('\n') {
        let start = at;
        at += line.len();
        if line.starts_with('[') {
            in_metadata = line.trim() == "[sops]";
        }
        let Some((key, value)) = line.split_once('=') else { continue };
        let name = key.trim().trim_start_matches("export ");
        let value = value.trim().trim_matches(['"', '\'']);
        let comment = name.starts_with(['#', ';']) || name.is_empty();
        let reference = value.contains(['$', '<']) || is_placeholder(value);
        if comment || in_metadata || name.starts_with("sops_") || value.is_empty() || reference {
            continue;
        }
        if !value.starts_with(ENCRYPTED) && selection.takes(&[name]) {
            let key_start = start + (key.len() - key.trim_start().len());
            let value_start = start + key.len() + 1;
            let whole = line.trim_end().len();
            plain.values.push((
                Span::new(key_start, key_start + key.trim().len()),
                Span::new(value_start, start + whole),
            ));
        }
    }
    plain
}
