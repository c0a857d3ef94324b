//! `ignore/case`: a tracked path that one laptop syncs and the other does not, for the case of its letters.

use super::wording;
use crate::diagnostic::{Diagnostic, Severity};
use crate::facts::{Facts, Model};
use crate::model::outlets::{self, Channel};
use crate::model::synced::{Side, SyncFolder};
use crate::model::verdict::DecidedBy;
use crate::rules::{Repair, Rule, Scope, Sink};
use crate::source::{Place, RepoPath};
use std::collections::BTreeMap;

pub static RULE: Rule = Rule {
    id: "ignore/case",
    summary: "a path is ignored on macOS and Windows and synced elsewhere, or the reverse",
    severity: Severity::Warning,
    fix: Repair::None,
    scope: Scope::Tree,
    needs: &[Model::Synced, Model::Contexts],
    page: include_str!("case.md"),
    check,
};

fn check(facts: &Facts, sink: &mut Sink<'_>) {
    for outlet in outlets::outlets(facts.synced(), facts.contexts()) {
        let (Channel::Sync(folder), Some(_)) = (&outlet.channel, outlet.file()) else { continue };
        let patterns_are_small = outlet.rules().iter().all(|rule| is_small(&rule.pattern));
        let mut by_line: BTreeMap<Place, (DecidedBy, Vec<RepoPath>)> = BTreeMap::new();
        for entry in facts.tree.files_under(outlet.root) {
            if patterns_are_small && is_small(entry.path) {
                continue;
            }
            let path = RepoPath::new(entry.path);
            if patterns_are_small && path.as_str().is_ascii() && agrees_with_small(folder, &path) {
                continue;
            }
            if let Some(decided_by) = difference(folder, &path) {
                by_line.entry(decided_by.place()).or_insert((decided_by, Vec::new())).1.push(path);
            }
        }
        for (decided_by, paths) in by_line.values() {
            if let Some(diagnostic) = diagnostic(&outlet, folder, decided_by, paths) {
                sink.report(diagnostic);
            }
        }
    }
}

/// Whether a text has nothing but ASCII and no capital letters. Where patterns and path are so, no side can differ.
fn is_small(text: &str) -> bool {
    text.is_ascii() && !text.bytes().any(|byte| byte.is_ascii_uppercase())
}

/// Whether an ASCII path has the same fate in small letters. For patterns that are small themselves this is what
/// folding case comes to, and it spares the rules of another side.
fn agrees_with_small(folder: &SyncFolder, path: &RepoPath) -> bool {
    let ignored = |path: &RepoPath| folder.verdict(path).is_some_and(|verdict| verdict.ignored);
    let relative = path.strip_prefix(&folder.path).unwrap_or_default();
    ignored(path) == ignored(&folder.path.join(&relative.to_ascii_lowercase()))
}

/// The line that decides a path on macOS and not on Linux, or the reverse.
fn difference(folder: &SyncFolder, path: &RepoPath) -> Option<DecidedBy> {
    let linux = folder.verdict(path)?;
    let folded = folder.verdict_on(Side::Macos, path)?;
    (linux.ignored != folded.ignored)
        .then(|| if folded.decided_by.is_some() { folded.decided_by } else { linux.decided_by })?
}

fn diagnostic(
    outlet: &outlets::Outlet<'_>,
    folder: &SyncFolder,
    decided_by: &DecidedBy,
    paths: &[RepoPath],
) -> Option<Diagnostic> {
    let first = paths.first()?;
    let pattern = &decided_by.rule.pattern;
    let ignored_on_linux = folder.verdict(first)?.ignored;
    let title = if ignored_on_linux {
        format!("`{pattern}` lets `{first}` through on macOS and Windows alone")
    } else {
        format!("`{pattern}` hides `{first}` on macOS and Windows alone")
    };
    let label = match paths.len() {
        1 => "patterns ignore case there, and not in the pod".to_owned(),
        count => format!("patterns ignore case there, and not in the pod; {} more paths", count - 1),
    };
    let consumer = outlet.consumers().into_iter().next()?;
    Some(
        Diagnostic::new(decided_by.place(), title)
            .label(label)
            .related(consumer.place.clone(), wording::sender(outlet, &consumer))
            .help("rename the path or write the pattern so that both agree; `(?i)` ignores case everywhere")
            .subject(pattern.clone()),
    )
}
