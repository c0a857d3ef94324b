//! Where the files of an Application's sources lie: in this repository, in a linked one, or out of sight.

use crate::facts::Facts;
use crate::model::argocd::{Application, Source};
use crate::model::linked::Rooted;
use crate::source::RepoPath;

/// What is known of a place.
#[derive(Clone, Debug)]
pub enum Located<T> {
    /// In sight.
    Here(T),
    /// In a linked repository that is not present; the reason for `-v`.
    Absent(String),
    /// Nothing tells.
    Unknown,
}

/// The tree that a source is read from.
#[derive(Clone, Copy, Debug)]
pub struct Origin<'a> {
    /// The tree.
    pub rooted: Rooted<'a>,
    /// Whether a tag or a commit of it is deployed: that need not hold what the tree holds now.
    pub pinned: bool,
}

impl<T> Located<T> {
    fn map<U>(self, with: impl FnOnce(T) -> U) -> Located<U> {
        match self {
            Self::Here(found) => Located::Here(with(found)),
            Self::Absent(reason) => Located::Absent(reason),
            Self::Unknown => Located::Unknown,
        }
    }
}

/// A file or folder and the tree that it is read from.
#[derive(Clone, Debug)]
pub struct Found<'a> {
    /// The tree.
    pub origin: Origin<'a>,
    /// The path in it.
    pub path: RepoPath,
}

/// The tree of a source: a linked one by its name, else the Application's own when something shows that it is
/// meant.
fn origin<'a>(facts: &'a Facts, application: &Application, source: &Source) -> Located<Origin<'a>> {
    let pinned = source.revision.as_ref().is_some_and(|revision| is_pinned(&revision.value));
    let here = |rooted: Rooted<'a>| Located::Here(Origin { rooted, pinned });
    let trees = facts.trees();
    let own = trees.iter().find(|rooted| *rooted.folder == application.repository).copied();
    let Some(url) = source.repo_url.as_ref() else { return own.map_or(Located::Unknown, here) };
    let name = repository_name(&url.value);
    if let Some(linked) = trees.iter().find(|rooted| rooted.name == Some(name)) {
        return here(*linked);
    }
    if facts.config.repositories.contains_key(name) {
        return Located::Absent(format!("the linked repository `{name}` is not here"));
    }
    if own_names(facts).contains(&name) {
        return trees.first().copied().map_or(Located::Unknown, here);
    }
    let shown = own.filter(|rooted| is_shown_to_be(facts, application, rooted, &url.value));
    shown.map_or(Located::Unknown, here)
}

/// Where the chart or the plain manifests of a source lie; nothing for charts of Helm repositories.
pub fn folder<'a>(facts: &'a Facts, application: &Application, source: &Source) -> Located<Found<'a>> {
    match source.path.as_ref().filter(|_| source.chart.is_none()) {
        Some(path) => {
            let path = RepoPath::new(&path.value);
            origin(facts, application, source).map(|origin| Found { origin, path })
        }
        None => Located::Unknown,
    }
}

/// Where a values file lies: below the chart, from the top level (`/`), or in another source (`$ref/`).
pub fn values_file<'a>(
    facts: &'a Facts,
    application: &Application,
    source: &Source,
    file: &str,
) -> Located<Found<'a>> {
    let Some((other, path)) = named(application, source, file) else { return Located::Unknown };
    origin(facts, application, other).map(|origin| Found { origin, path })
}

/// The source that holds a values file, and the path in its repository.
fn named<'s>(application: &'s Application, source: &'s Source, file: &str) -> Option<(&'s Source, RepoPath)> {
    if file.contains("://") || file.contains(['*', '{']) {
        return None;
    }
    if let Some((reference, path)) = file.strip_prefix('$').and_then(|rest| rest.split_once('/')) {
        let is_meant = |other: &&Source| other.reference.as_ref().is_some_and(|name| name.value == reference);
        return Some((application.sources.iter().find(is_meant)?, RepoPath::new(path)));
    }
    if file.contains('$') || source.chart.is_some() {
        return None;
    }
    let path = match file.strip_prefix('/') {
        Some(path) => RepoPath::new(path),
        None => RepoPath::new(&source.path.as_ref()?.value).join(file),
    };
    Some((source, path))
}

/// Names by which this repository is known to itself.
fn own_names(facts: &Facts) -> Vec<&str> {
    let package = facts.workspace().root.as_ref().and_then(|root| root.unscoped_name());
    let manifests = facts.manifests().iter().filter_map(|manifest| manifest.name.as_ref());
    package.into_iter().chain(manifests.map(|name| name.value.as_str())).collect()
}

/// Whether paths show that a URL is that of this tree: something that Applications read from it exists here, or,
/// while no other URL is shown to be the tree's, the folder around it does.
fn is_shown_to_be(facts: &Facts, application: &Application, rooted: &Rooted<'_>, url: &str) -> bool {
    let tree = rooted.tree;
    let applications =
        facts.argocd().applications.iter().filter(|one| one.repository == application.repository);
    let paths: Vec<(&str, RepoPath)> = applications.flat_map(paths_by_url).collect();
    let exists = |path: &RepoPath| !path.is_root() && (tree.is_dir(path) || tree.is_file(path));
    let shown: Vec<&str> = paths.iter().filter(|(_, path)| exists(path)).map(|(known, _)| *known).collect();
    let around =
        |path: &RepoPath| path.parent().is_some_and(|folder| !folder.is_root() && tree.is_dir(&folder));
    shown.contains(&url)
        || shown.is_empty() && paths.iter().any(|(known, path)| *known == url && around(path))
}

/// The folders and values files that an Application reads, each with the URL of its repository.
fn paths_by_url(application: &Application) -> Vec<(&str, RepoPath)> {
    let mut paths = Vec::new();
    for source in &application.sources {
        let folder = source.path.as_ref().map(|path| (source, RepoPath::new(&path.value)));
        let values = source.value_files.iter().flatten();
        let values = values.filter_map(|file| named(application, source, &file.value));
        // `values.yaml` at the top is anybody's.
        let values = values.filter(|(_, path)| path.parent().is_some_and(|folder| !folder.is_root()));
        for (holder, path) in folder.into_iter().chain(values) {
            paths.extend(holder.repo_url.as_ref().map(|url| (url.value.as_str(), path)));
        }
    }
    paths
}

/// The last part of a repository URL.
fn repository_name(url: &str) -> &str {
    let url = url.trim_end_matches('/');
    let url = url.strip_suffix(".git").unwrap_or(url);
    url.rsplit(['/', ':']).next().unwrap_or(url)
}

/// Whether a revision is a tag or a commit.
fn is_pinned(revision: &str) -> bool {
    let version = revision.strip_prefix('v').unwrap_or(revision);
    let is_version = version.starts_with(|first: char| first.is_ascii_digit()) && version.contains('.');
    let is_commit = revision.len() >= 7 && revision.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_version || is_commit || revision.starts_with("refs/tags/")
}
