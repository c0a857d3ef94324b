//! What the generators of an ApplicationSet yield, as far as the repository tells: `list`, `git` with
//! `directories`, `matrix` of such.

use crate::model::manifest::Text;
use crate::snapshot::Snapshot;
use crate::source::{RepoPath, Spanned};
use crate::syntax::yaml::Node;
use globset::GlobBuilder;
use std::collections::{BTreeMap, BTreeSet};

/// More Applications of one set are no hand-made list.
const MOST: usize = 500;
/// A matrix holds two generators, which may be matrices once more.
const MAX_LEVELS: usize = 3;

/// Values for the template.
#[derive(Clone, Debug)]
pub(super) struct Parameters {
    values: Option<BTreeMap<String, String>>,
    /// Whether the texts are templates at all.
    template: bool,
}

impl Parameters {
    /// For a plain Application: every text is what it says.
    pub(super) const fn none() -> Self {
        Self { values: None, template: false }
    }

    /// For a template whose values only the cluster knows.
    pub(super) const fn unknown() -> Self {
        Self { values: None, template: true }
    }

    /// The text of a scalar; `None` when it depends on what is not known.
    pub(super) fn text(&self, node: &Node) -> Option<Text> {
        let text = node.as_str()?;
        let value = if self.template { self.fill(text)? } else { text.to_owned() };
        Some(Spanned::new(value, node.span))
    }

    fn fill(&self, text: &str) -> Option<String> {
        let mut filled = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("{{") {
            let (inner, behind) = after.split_once("}}")?;
            let name = inner.trim_matches(|character: char| character.is_whitespace() || character == '-');
            let value = self.values.as_ref()?.get(name.trim_start_matches('.'))?;
            filled.push_str(before);
            filled.push_str(value);
            rest = behind;
        }
        filled.push_str(rest);
        Some(filled)
    }
}

/// The parameter sets of an ApplicationSet; `None` when one of its generators is not literal.
pub(super) fn parameters(set: &Node, tree: &Snapshot) -> Option<Vec<Parameters>> {
    let generators = set.at(&["spec", "generators"])?.items();
    let sets = union(generators, tree, 0)?;
    Some(sets.into_iter().map(|values| Parameters { values: Some(values), template: true }).collect())
}

type Values = BTreeMap<String, String>;

fn union(generators: &[Node], tree: &Snapshot, level: usize) -> Option<Vec<Values>> {
    let mut all = Vec::new();
    for generator in generators {
        all.extend(generate(generator, tree, level)?);
    }
    (all.len() <= MOST).then_some(all)
}

fn generate(generator: &Node, tree: &Snapshot, level: usize) -> Option<Vec<Values>> {
    if generator.get("selector").is_some() {
        return None;
    }
    if let Some(list) = generator.get("list") {
        if list.get("elementsYaml").is_some() {
            return None;
        }
        return Some(list.get("elements")?.items().iter().map(element).collect());
    }
    if let Some(git) = generator.get("git") {
        return directories(git, tree);
    }
    let matrix = generator.get("matrix").filter(|_| level < MAX_LEVELS)?.get("generators")?.items();
    let [left, right] = matrix else { return None };
    let (left, right) = (generate(left, tree, level + 1)?, generate(right, tree, level + 1)?);
    if left.len().saturating_mul(right.len()) > MOST {
        return None;
    }
    let pair = |left: &Values, right: &Values| left.clone().into_iter().chain(right.clone()).collect();
    Some(left.iter().flat_map(|one| right.iter().map(move |other| pair(one, other))).collect())
}

/// The scalars of an element; nested ones by their path.
fn element(node: &Node) -> Values {
    let mut values = Values::new();
    for entry in node.entries() {
        match entry.value.as_str() {
            Some(text) => {
                values.insert(entry.key.value.to_string(), text.to_owned());
            }
            None => {
                for (inner, value) in element(&entry.value) {
                    values.insert(format!("{}.{inner}", entry.key.value), value);
                }
            }
        }
    }
    values
}

/// `git.directories`, against this tree. A pattern that matches nothing here means another repository.
fn directories(git: &Node, tree: &Snapshot) -> Option<Vec<Values>> {
    let mut taken = BTreeSet::new();
    let mut left_out = BTreeSet::new();
    for entry in git.get("directories")?.items() {
        let pattern = entry.get("path").and_then(Node::as_str)?;
        let excludes = entry.get("exclude").and_then(Node::as_str) == Some("true");
        let matches = folders(pattern, tree)?;
        if excludes { left_out.extend(matches) } else { taken.extend(matches) }
    }
    let chosen: Vec<RepoPath> = taken.difference(&left_out).cloned().collect();
    if chosen.is_empty() {
        return None;
    }
    // Its own `values` may be templates over the path; their names are all that is certain of those.
    let own = git.get("values").map(element).unwrap_or_default();
    let own = own.into_iter().filter(|(_, text)| !text.contains("{{"));
    let own: Values = own.map(|(name, text)| (format!("values.{name}"), text)).collect();
    Some(chosen.iter().map(|path| own.clone().into_iter().chain(path_values(path)).collect()).collect())
}

/// The folders that a pattern takes. Argo CD looks into none that begins with a dot.
fn folders(pattern: &str, tree: &Snapshot) -> Option<BTreeSet<RepoPath>> {
    let glob = GlobBuilder::new(pattern.trim_matches('/')).literal_separator(true).build().ok()?;
    let matcher = glob.compile_matcher();
    let mut found = BTreeSet::new();
    for entry in tree.files() {
        let mut folder = RepoPath::new(entry.path).parent();
        while let Some(path) = folder.filter(|path| !path.is_root()) {
            let is_hidden = path.components().any(|folder| folder.starts_with('.'));
            if !is_hidden && matcher.is_match(path.as_str()) {
                found.insert(path.clone());
            }
            folder = path.parent();
        }
    }
    Some(found)
}

fn path_values(path: &RepoPath) -> Values {
    let normal = path
        .file_name()
        .to_ascii_lowercase()
        .replace(|character: char| !character.is_ascii_alphanumeric(), "-");
    Values::from([
        ("path".to_owned(), path.to_string()),
        ("path.path".to_owned(), path.to_string()),
        ("path.basename".to_owned(), path.file_name().to_owned()),
        ("path.basenameNormalized".to_owned(), normal),
    ])
}
