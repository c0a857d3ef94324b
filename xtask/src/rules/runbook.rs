//! `runbook/`: pages that repeat what the manifests say.

use super::Rule;
use crate::diagnostic::Diagnostic;
use crate::facts::Facts;
use crate::model::runbook::Page;
use crate::model::runbook::context::{self, Repositories};
use crate::model::runbook::mentions::Mention;
use crate::source::Span;

mod dead_path;
mod host_drift;
mod missing_section;
mod orphan_section;
mod region_stale;
mod region_syntax;
mod stale_excerpt;
mod unknown_name;
mod unknown_package;
mod wrong_claim;

/// The rules of the group.
pub static RULES: &[&Rule] = &[
    &region_syntax::RULE,
    &region_stale::RULE,
    &missing_section::RULE,
    &orphan_section::RULE,
    &unknown_name::RULE,
    &unknown_package::RULE,
    &dead_path::RULE,
    &stale_excerpt::RULE,
    &wrong_claim::RULE,
    &host_drift::RULE,
];

/// The path that a finding of `runbook/dead-path` misses: the history may know what became of it.
pub fn gone_path(diagnostic: &Diagnostic) -> Option<crate::source::RepoPath> {
    let path = diagnostic.subject.strip_prefix(dead_path::SUBJECT)?;
    (diagnostic.rule == dead_path::RULE.id).then(|| crate::source::RepoPath::new(path))
}

/// How many further places of one cause are shown.
const MAX_PLACES: usize = 30;

/// The names by which pages may speak of this repository and of its siblings.
fn repositories(facts: &Facts) -> Repositories {
    let mut repositories = Repositories::default();
    repositories.siblings = facts.config.repositories.keys().map(|name| name.to_lowercase()).collect();
    let mut own = |name: &str| {
        repositories.own.insert(name.to_lowercase());
    };
    let workspace = facts.workspace();
    for package in workspace.root.iter().chain(&workspace.members) {
        package.name.iter().for_each(|name| own(&name.value));
        package.unscoped_name().into_iter().for_each(&mut own);
        own(package.folder.file_name());
    }
    for manifest in facts.manifests() {
        manifest.name.iter().for_each(|name| own(&name.value));
        manifest.devs.iter().for_each(|dev| own(&dev.name.value));
        manifest.builds.iter().for_each(|build| own(&build.name.value));
        manifest.tests.iter().for_each(|test| own(&test.name.value));
    }
    for (name, _) in facts.tree.children(&crate::source::RepoPath::root()) {
        own(&name);
    }
    repositories
}

/// Whether a mention is nobody's claim about this repository as it is.
fn is_silent(page: &Page, mention: &Mention, repositories: &Repositories) -> bool {
    context::is_foreign(page, mention, repositories) || context::is_excused(page, mention)
}

/// Adds the further places of one cause.
fn with_places(mut diagnostic: Diagnostic, page: &Page, places: &[Span]) -> Diagnostic {
    for span in places.iter().take(MAX_PLACES) {
        diagnostic = diagnostic.related(page.file.place(*span), "also here");
    }
    diagnostic
}

/// Puts an item into the group of its key; groups keep the order of their first items.
fn group<K: PartialEq, V>(groups: &mut Vec<(K, Vec<V>)>, key: K, item: V) {
    match groups.iter_mut().find(|(known, _)| *known == key) {
        Some((_, items)) => items.push(item),
        None => groups.push((key, vec![item])),
    }
}
