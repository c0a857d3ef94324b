//! `ignore/hides-source`: an ignore file keeps back what the pod, the image or the remote run needs.
//!
//! One finding for each line that does it. A `COPY` source that is gone as a whole belongs to
//! `dockerfile/copy-ignored`, and so does a path that a command names to `manifest/command-path`; what is missing
//! *inside* such a folder is told here.

use super::wording;
use crate::diagnostic::{Diagnostic, Severity};
use crate::facts::{Facts, Model};
use crate::model::descent::Descent;
use crate::model::needed_files::{Need, Needs, is_source};
use crate::model::outlets::{self, Channel, Consumer, Outlet};
use crate::model::parallel;
use crate::model::synced::NestedRoot;
use crate::model::verdict::DecidedBy;
use crate::source::{Place, RepoPath};
use crate::{Repair, Rule, Scope, Sink};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

pub static RULE: Rule = Rule {
    id: "ignore/hides-source",
    summary: "an ignore file keeps back sources that are needed",
    severity: Severity::Error,
    fix: Repair::None,
    scope: Scope::Tree,
    needs: &[Model::Serving, Model::Synced, Model::Contexts],
    page: include_str!("hides_source.md"),
    check,
};

/// The files that one line hides.
struct Hidden<'a> {
    decided_by: DecidedBy,
    need: &'a Need,
    files: Vec<RepoPath>,
}

impl Hidden<'_> {
    fn add(&mut self, files: impl IntoIterator<Item = RepoPath>) {
        for file in files {
            if self.files.len() < MOST && !self.files.contains(&file) {
                self.files.push(file);
            }
        }
    }
}

fn check(facts: &Facts, sink: &mut Sink<'_>) {
    let needs = Needs {
        tree: &facts.tree,
        workspace: facts.workspace(),
        manifests: facts.manifests(),
        apps: facts.apps(),
        serving: facts.serving(),
    };
    for outlet in outlets::outlets(facts.synced(), facts.contexts()) {
        if outlet.file().is_none() {
            continue;
        }
        if let Channel::Sync(_) = outlet.channel {
            if let Some(diagnostic) = whole_root(facts, &outlet) {
                sink.report(diagnostic);
                continue;
            }
            let nested = facts.synced().nested.iter().filter(|nested| nested.outer == *outlet.root);
            nested
                .filter_map(|nested| nested_root(facts, &outlet, nested))
                .for_each(|found| sink.report(found));
        }
        let needed = needs.of(&outlet);
        for hidden in hidden(facts, &outlet, &needed) {
            sink.report(diagnostic(&outlet, &hidden));
        }
    }
}

/// The line that hides every tracked file below a folder, if one and the same fate meets them all.
fn hides_all(facts: &Facts, outlet: &Outlet<'_>, folder: &RepoPath) -> Option<DecidedBy> {
    let mut descent = Descent::new(outlet);
    let mut first = None;
    for entry in facts.tree.files_under(folder) {
        let kept_by = descent.kept_by(entry.path)?;
        // Names that are built into Syncthing prove nothing.
        first = first.or_else(|| kept_by.line(outlet));
    }
    first
}

fn whole_root(facts: &Facts, outlet: &Outlet<'_>) -> Option<Diagnostic> {
    let decided_by = hides_all(facts, outlet, outlet.root)?;
    let consumer = outlet.consumers().into_iter().next()?;
    let title = format!("`{}` keeps all of {} back", decided_by.rule.pattern, wording::folder(outlet.root));
    Some(
        Diagnostic::new(decided_by.place(), title)
            .label("nothing is synced, and `okteto up` waits for files that never come")
            .related(consumer.place, format!("`{}` syncs this folder", consumer.name))
            .help("ignore what is not needed; in `.stignore` exceptions stand before the rule")
            .subject(decided_by.rule.pattern),
    )
}

fn nested_root(facts: &Facts, outlet: &Outlet<'_>, nested: &NestedRoot) -> Option<Diagnostic> {
    let decided_by = hides_all(facts, outlet, &nested.path)?;
    let title =
        format!("`{}` keeps the synced {} back", decided_by.rule.pattern, wording::folder(&nested.path));
    Some(
        Diagnostic::new(decided_by.place(), title)
            .label(format!(
                "the folder arrives empty at {}",
                nested.user.remote.as_deref().unwrap_or("its place")
            ))
            .related(
                nested.user.place.clone(),
                format!("`{}` syncs it as a part of {}", nested.user.dev, wording::folder(&nested.outer)),
            )
            .help("take the folder out of the pattern, or the entry out of `sync`")
            .subject(format!("{} of {}", decided_by.rule.pattern, nested.path)),
    )
}

/// So many needs a core looks at in a row: each may be a folder of thousands of files.
const BATCH: usize = 8;

/// What is needed and kept back, by the line that does it.
fn hidden<'a>(facts: &Facts, outlet: &Outlet<'_>, needed: &'a [Need]) -> Vec<Hidden<'a>> {
    let parts: Vec<&[Need]> = needed.chunks(BATCH).collect();
    let mut by_line: BTreeMap<Place, Hidden<'a>> = BTreeMap::new();
    for part in parallel::map(&parts, 1, |part| hidden_of(facts, outlet, part)) {
        for (place, found) in part {
            match by_line.entry(place) {
                Entry::Vacant(line) => {
                    line.insert(found);
                }
                Entry::Occupied(mut line) => line.get_mut().add(found.files),
            }
        }
    }
    by_line.into_values().collect()
}

fn hidden_of<'a>(facts: &Facts, outlet: &Outlet<'_>, needed: &'a [Need]) -> BTreeMap<Place, Hidden<'a>> {
    let mut by_line: BTreeMap<Place, Hidden<'a>> = BTreeMap::new();
    let mut descent = Descent::new(outlet);
    for need in needed {
        // What is gone as a whole is told where it is named.
        if need.everything && hides_all(facts, outlet, &need.folder).is_some() {
            continue;
        }
        // What is sent has nothing to do with a folder beside it, and only a part of one around it.
        let folder = if outlet.root.starts_with(&need.folder) { outlet.root } else { &need.folder };
        if !folder.starts_with(outlet.root) {
            continue;
        }
        for entry in facts.tree.files_under(folder) {
            let Some(kept_by) = descent.kept_by(entry.path) else { continue };
            let path = RepoPath::new(entry.path);
            let Some(decided_by) = kept_by.line(outlet).filter(|_| is_needed(&path, need)) else { continue };
            let place = decided_by.place();
            by_line.entry(place).or_insert(Hidden { decided_by, need, files: Vec::new() }).add([path]);
        }
    }
    by_line
}

/// So many files are counted for a line; more would change nothing.
const MOST: usize = 1_000;

fn is_needed(path: &RepoPath, need: &Need) -> bool {
    let in_folder = path.strip_prefix(&need.folder).map(RepoPath::new);
    let documentation = matches!(path.extension(), Some("md" | "txt"));
    // `tests/` around the folder itself say nothing about what is in it.
    in_folder.is_some_and(|inner| if need.everything { !documentation } else { is_source(&inner) })
}

fn diagnostic(outlet: &Outlet<'_>, hidden: &Hidden<'_>) -> Diagnostic {
    let Hidden { decided_by, need, files } = hidden;
    let pattern = &decided_by.rule.pattern;
    let name = &need.consumer;
    let first = files.first().map_or("", RepoPath::as_str);
    let title = match files.len() {
        1 => format!("`{pattern}` hides `{first}`"),
        count => format!("`{pattern}` hides `{first}` and {} more", count - 1),
    };
    let label = match outlet.channel {
        Channel::Sync(_) => format!("tracked, and never synced to the pod of `{name}`"),
        Channel::Build(_) => format!("tracked, and not in the context of build `{name}`"),
        Channel::Remote(_) => format!("tracked, and not in the copy that `{name}` works on"),
    };
    let consumer =
        Consumer { name: name.clone(), manifest: need.place.path.clone(), place: need.place.clone() };
    let asks = match outlet.channel {
        Channel::Sync(_) => {
            wording::sender(outlet, &consumer).replace("sends it to the pod", "syncs the folder")
        }
        Channel::Build(_) => "copies the folder".to_owned(),
        Channel::Remote(_) => format!("`{name}` works with this folder"),
    };
    let diagnostic =
        Diagnostic::new(decided_by.place(), title).label(label).related(need.place.clone(), asks);
    let diagnostic = match &need.through {
        Some((app, place)) => diagnostic.related(place.clone(), format!("`{app}` depends on it")),
        None => diagnostic,
    };
    diagnostic.help(help(outlet, pattern)).subject(format!("{pattern} of {}", need.folder))
}

fn help(outlet: &Outlet<'_>, pattern: &str) -> String {
    let anchored = pattern.starts_with('/');
    match outlet.channel {
        Channel::Sync(_) if !anchored && !pattern.contains('*') => {
            format!("`{pattern}` matches at any depth: anchor it with `/`, or put an exception before it")
        }
        Channel::Sync(_) => "narrow the pattern, or put an exception before it".to_owned(),
        Channel::Build(_) | Channel::Remote(_) => {
            "narrow the pattern, or put an exception behind it".to_owned()
        }
    }
}
