//! `manifest/shadowed`: a manifest that discovery never reaches, because another one comes first.

use crate::diagnostic::{Diagnostic, Severity};
use crate::facts::{Facts, Model};
use crate::model::manifest::discovery::{DISCOVERED, LEGACY_PIPELINES, base};
use crate::snapshot::{Kind, Snapshot};
use crate::source::{Place, RepoPath};
use crate::{Repair, Rule, Scope, Sink};
use std::collections::BTreeSet;

pub static RULE: Rule = Rule {
    id: "manifest/shadowed",
    summary: "another manifest of the same folder is found first",
    severity: Severity::Error,
    fix: Repair::None,
    scope: Scope::Tree,
    needs: &[Model::Manifests],
    page: include_str!("shadowed.md"),
    check,
};

fn check(facts: &Facts, sink: &mut Sink<'_>) {
    let folders: BTreeSet<RepoPath> = facts.manifest_files().iter().map(base).collect();
    for folder in folders {
        let mut found = existing(&facts.tree, &folder, &DISCOVERED);
        let Some((winner, hidden)) = found.split_first().map(|(first, rest)| (first.clone(), rest.to_vec()))
        else {
            continue;
        };
        let hidden: Vec<RepoPath> =
            hidden.into_iter().filter(|path| !is_one_file(&facts.tree, &winner, path)).collect();
        if !hidden.is_empty() {
            sink.report(diagnostic(&winner, &hidden));
            continue;
        }
        // Pipelines of an old CLI are often named with `-f` still: worth a word, no error.
        found = existing(&facts.tree, &folder, &LEGACY_PIPELINES);
        if !found.is_empty() {
            sink.report_as(Severity::Warning, diagnostic(&winner, &found));
        }
    }
}

fn existing(tree: &Snapshot, folder: &RepoPath, names: &[&str]) -> Vec<RepoPath> {
    names.iter().map(|name| folder.join(name)).filter(|path| tree.is_file(path)).collect()
}

/// Whether one of two paths is a link to the other: then there is nothing to diverge.
fn is_one_file(tree: &Snapshot, left: &RepoPath, right: &RepoPath) -> bool {
    let linked = [left, right].iter().any(|path| tree.kind(path) == Some(Kind::Symlink));
    let text = |path: &RepoPath| tree.source(path).ok().map(|file| file.text);
    linked && text(left).is_some() && text(left) == text(right)
}

fn diagnostic(winner: &RepoPath, hidden: &[RepoPath]) -> Diagnostic {
    let first = hidden.first().unwrap_or(winner);
    let mut finding = Diagnostic::new(Place::top(first), format!("`{winner}` hides `{first}`"))
        .label("`okteto` takes the first one that it finds, and never opens this one")
        .related(Place::top(winner), "this one is in force")
        .help(format!("keep one of them: move what is needed into `{winner}`, or delete that one"))
        .subject(first.as_str());
    for other in hidden.iter().skip(1) {
        finding = finding.related(Place::top(other), "hidden as well");
    }
    finding
}
