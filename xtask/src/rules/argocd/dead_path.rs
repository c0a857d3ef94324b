//! `argocd/dead-path`: a chart or values file that an Application names and the repository does not hold.

use crate::diagnostic::{Diagnostic, Severity};
use crate::facts::{Facts, Model};
use crate::model::argocd::{Application, Source};
use crate::model::linked::Rooted;
use crate::model::manifest::Text;
use crate::rules::{Repair, Rule, Scope, Sink};
use crate::source::RepoPath;
use crate::suggest::closest;
use std::collections::BTreeSet;

pub static RULE: Rule = Rule {
    id: "argocd/dead-path",
    summary: "an Application names a chart or values file that does not exist",
    severity: Severity::Error,
    fix: Repair::None,
    scope: Scope::Tree,
    needs: &[Model::ArgoCd, Model::Manifests],
    page: include_str!("dead_path.md"),
    check,
};

fn check(facts: &Facts, sink: &mut Sink<'_>) {
    let mut seen = BTreeSet::new();
    for application in &facts.argocd().applications {
        for source in &application.sources {
            for named in paths(facts, application, source, sink) {
                let place = application.place(named.text.span);
                let dead = !exists(&named) && !named.rooted.tree.is_opaque(&named.path);
                if dead && seen.insert((place, named.path.clone())) {
                    sink.report(diagnostic(application, &named));
                }
            }
        }
    }
}

/// A path that an Application names.
struct Named<'a> {
    text: Text,
    path: RepoPath,
    rooted: Rooted<'a>,
    values: bool,
}

fn exists(named: &Named<'_>) -> bool {
    let tree = named.rooted.tree;
    if named.values {
        tree.is_file(&named.path)
    } else {
        tree.is_dir(&named.path) || tree.is_file(&named.path)
    }
}

/// The chart's folder and the values files of a source, as far as it is known where they lie.
fn paths<'a>(
    facts: &'a Facts,
    application: &Application,
    source: &Source,
    sink: &mut Sink<'_>,
) -> Vec<Named<'a>> {
    let mut named = Vec::new();
    let own = repository(facts, application, source, sink);
    let folder = source.path.as_ref().filter(|_| source.chart.is_none());
    if let (Some(folder), Some(rooted)) = (folder, own) {
        let path = RepoPath::new(&folder.value);
        named.push(Named { text: folder.clone(), path, rooted, values: false });
    }
    for file in source.value_files.iter().flatten().filter(|_| !source.ignores_missing) {
        if let Some((path, rooted)) = values(facts, application, source, &file.value, own, sink) {
            named.push(Named { text: file.clone(), path, rooted, values: true });
        }
    }
    named.retain(|named| !named.path.is_outside());
    named
}

/// Where a values file lies: below the chart, from the top level (`/`), or in another source (`$ref/`).
fn values<'a>(
    facts: &'a Facts,
    application: &Application,
    source: &Source,
    file: &str,
    own: Option<Rooted<'a>>,
    sink: &mut Sink<'_>,
) -> Option<(RepoPath, Rooted<'a>)> {
    if file.contains("://") || file.contains(['*', '{']) {
        return None;
    }
    if let Some((reference, path)) = file.strip_prefix('$').and_then(|rest| rest.split_once('/')) {
        let is_meant = |other: &&Source| other.reference.as_ref().is_some_and(|name| name.value == reference);
        let other = application.sources.iter().find(is_meant)?;
        return Some((RepoPath::new(path), repository(facts, application, other, sink)?));
    }
    if file.contains('$') || source.chart.is_some() {
        return None;
    }
    let path = match file.strip_prefix('/') {
        Some(path) => RepoPath::new(path),
        None => RepoPath::new(&source.path.as_ref()?.value).join(file),
    };
    Some((path, own?))
}

/// The tree that a source is read from: a linked one by its name, else the Application's own when something
/// shows that it is meant.
fn repository<'a>(
    facts: &'a Facts,
    application: &Application,
    source: &Source,
    sink: &mut Sink<'_>,
) -> Option<Rooted<'a>> {
    if source.revision.as_ref().is_some_and(|revision| is_pinned(&revision.value)) {
        sink.skip(&application.file.path, format!("`{}` deploys a fixed revision", application.label()));
        return None;
    }
    let trees = facts.trees();
    let own = trees.iter().find(|rooted| *rooted.folder == application.repository).copied();
    let Some(url) = source.repo_url.as_ref() else { return own };
    let name = repository_name(&url.value);
    if let Some(linked) = trees.iter().find(|rooted| rooted.name == Some(name)) {
        return Some(*linked);
    }
    if facts.config.repositories.contains_key(name) {
        sink.skip(&application.file.path, format!("the linked repository `{name}` is not here"));
        return None;
    }
    let is_named = own_names(facts).contains(&name);
    if is_named {
        return trees.first().copied();
    }
    own.filter(|rooted| same_url_exists(facts, application, rooted, &url.value))
}

/// Names by which this repository is known to itself.
fn own_names(facts: &Facts) -> Vec<&str> {
    let package = facts.workspace().root.as_ref().and_then(|root| root.unscoped_name());
    let manifests = facts.manifests().iter().filter_map(|manifest| manifest.name.as_ref());
    package.into_iter().chain(manifests.map(|name| name.value.as_str())).collect()
}

/// Whether paths show that a URL is the repository's own: one of them exists in the tree, or, while no other
/// URL is shown to be its own, the folder around one of them does.
fn same_url_exists(facts: &Facts, application: &Application, rooted: &Rooted<'_>, url: &str) -> bool {
    let applications =
        facts.argocd().applications.iter().filter(|one| one.repository == application.repository);
    let sources = applications.flat_map(|one| &one.sources);
    let paths: Vec<(&str, RepoPath)> = sources
        .filter_map(|source| {
            Some((source.repo_url.as_ref()?.value.as_str(), RepoPath::new(&source.path.as_ref()?.value)))
        })
        .collect();
    let mut shown: Vec<&str> =
        paths.iter().filter(|(_, path)| rooted.tree.is_dir(path)).map(|(url, _)| *url).collect();
    let applications =
        facts.argocd().applications.iter().filter(|one| one.repository == application.repository);
    shown.extend(
        applications
            .flat_map(referred_files)
            .filter(|(_, path)| rooted.tree.is_file(path))
            .map(|(url, _)| url),
    );
    let around = |path: &RepoPath| {
        path.parent().is_some_and(|folder| !folder.is_root() && rooted.tree.is_dir(&folder))
    };
    shown.contains(&url)
        || shown.is_empty() && paths.iter().any(|(known, path)| *known == url && around(path))
}

/// The values files that an Application takes from another one of its sources (`$ref/…`), each with the URL of that.
fn referred_files(application: &Application) -> Vec<(&str, RepoPath)> {
    let files = application.sources.iter().flat_map(|source| source.value_files.iter().flatten());
    let referred = files.filter_map(|file| {
        let (reference, path) = file.value.strip_prefix('$')?.split_once('/')?;
        let named = |source: &&Source| source.reference.as_ref().is_some_and(|name| name.value == reference);
        let url = application.sources.iter().find(named)?.repo_url.as_ref()?;
        Some((url.value.as_str(), RepoPath::new(path)))
    });
    referred.collect()
}

/// The last part of a repository URL.
fn repository_name(url: &str) -> &str {
    let url = url.trim_end_matches('/');
    let url = url.strip_suffix(".git").unwrap_or(url);
    url.rsplit(['/', ':']).next().unwrap_or(url)
}

/// A tag or a commit: what it holds is not what this tree holds.
fn is_pinned(revision: &str) -> bool {
    let version = revision.strip_prefix('v').unwrap_or(revision);
    let is_version = version.starts_with(|first: char| first.is_ascii_digit()) && version.contains('.');
    let is_commit = revision.len() >= 7 && revision.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_version || is_commit || revision.starts_with("refs/tags/")
}

fn diagnostic(application: &Application, named: &Named<'_>) -> Diagnostic {
    let shown = named.rooted.path(named.path.as_str());
    let what = if named.values { "values file" } else { "chart or folder" };
    let title = format!("`{shown}` does not exist");
    let key = if named.values { "valueFiles" } else { "path" };
    let diagnostic = Diagnostic::new(application.place(named.text.span), title)
        .label(format!("`{}` deploys this {what}: its next sync fails", application.label()))
        .subject(format!("{}.{key}.{}", application.label(), named.path));
    match meant(named) {
        Some(meant) => diagnostic.help(format!("did you mean `{meant}`?")),
        None => diagnostic.help("correct the path, or delete the Application with what it deploys"),
    }
}

/// A neighbour with nearly the same name.
fn meant(named: &Named<'_>) -> Option<RepoPath> {
    let tree = named.rooted.tree;
    let mut lost = named.path.clone();
    // The first folder on the way that is missing.
    while let Some(parent) = lost.parent().filter(|parent| !tree.is_dir(parent)) {
        lost = parent;
    }
    let parent = lost.parent()?;
    let children = tree.children(&parent);
    let name = closest(lost.file_name(), children.iter().map(|(name, _)| name.as_str()))?;
    let rest = named.path.strip_prefix(&lost)?;
    Some(named.rooted.path(parent.join(name).join(rest).as_str()))
}
