//! From the command line to facts: the repository, the tree, the configuration.

use super::UsageError;
use crate::cli::{Global, TreeChoice};
use crate::config::{self, Config, KnownRules};
use crate::diagnostic::Diagnostic;
use crate::facts::Facts;
use crate::git::{Git, GitError};
use crate::model::linked::Linked;
use crate::rules::{self, Rule};
use crate::snapshot::{Disk, Snapshot};
use crate::source::{RepoPath, SourceFile};
use crate::suggest::closest;
use anyhow::Context;
use std::path::{Path, PathBuf};

/// Finds the repository that `--root`, or the working folder, lies in.
pub fn repository(global: &Global) -> anyhow::Result<Git> {
    let start = match &global.root {
        Some(root) => root.clone(),
        None => std::env::current_dir().context("cannot tell the working folder")?,
    };
    if !start.is_dir() {
        return Err(UsageError(format!("--root: `{}` is no folder", start.display())).into());
    }
    Ok(Git::discover(&start)?)
}

/// Reads the tree that was asked for.
pub fn snapshot(git: &Git, choice: &TreeChoice) -> Result<Snapshot, GitError> {
    match &choice.rev {
        Some(rev) => Snapshot::revision(git, rev),
        None if choice.staged => Snapshot::index(git),
        None => Snapshot::worktree(git),
    }
}

/// A configuration that cannot be used; its errors are findings with their places.
#[derive(Debug)]
pub struct BrokenConfig {
    /// `check/config` and `check/unknown-rule` findings.
    pub errors: Vec<Diagnostic>,
    /// The file.
    pub file: SourceFile,
    /// [`Snapshot::id`] of the tree that holds it.
    pub snapshot: String,
}

/// Facts about a tree under its own configuration, read from the same tree.
pub fn facts(git: &Git, tree: Snapshot) -> Result<Facts, Box<BrokenConfig>> {
    let config = configuration(&tree)?;
    let disk = tree.is_worktree().then(|| Disk::new(git));
    let linked = linked(git, &tree, &config);
    let mut facts = Facts::new(tree, disk, config);
    facts.linked = linked;
    Ok(facts)
}

/// The sibling repositories of the configuration that are present: their work trees beside a work tree, what
/// they have committed otherwise. What cannot be read counts as absent, and the rules say so.
fn linked(git: &Git, tree: &Snapshot, config: &Config) -> Vec<Linked> {
    let open = |folder: &RepoPath| {
        let path = git.top().join(folder.as_str()).canonicalize().ok()?;
        let sibling = Git::discover(&path).ok()?;
        // A folder inside of some other repository is no repository of that name.
        (sibling.top().canonicalize().ok()? == path).then_some(())?;
        if tree.is_worktree() {
            Snapshot::worktree(&sibling).ok()
        } else {
            Snapshot::revision(&sibling, "HEAD").ok()
        }
    };
    let named = config.repositories.iter().map(|(name, path)| (name, RepoPath::new(&path.value)));
    named
        .filter(|(_, folder)| folder.is_outside())
        .filter_map(|(name, folder)| Some(Linked { name: name.clone(), tree: open(&folder)?, folder }))
        .collect()
}

/// Holds that the configuration of a tree is no file that this clone lacks, which would be told as a broken one.
///
/// # Errors
/// [`GitError::NoContent`]
pub fn require_configuration(git: &Git, tree: &Snapshot) -> Result<(), GitError> {
    // Whatever else is wrong with it is told when it is read.
    let _ = tree.source(&RepoPath::new(config::PATH));
    tree.require_contents(git)
}

/// The configuration of a tree.
pub fn configuration(tree: &Snapshot) -> Result<Config, Box<BrokenConfig>> {
    let path = RepoPath::new(config::PATH);
    let file = match tree.source(&path) {
        Ok(file) => file,
        Err(_) if !tree.is_file(&path) => return Ok(Config::default()),
        Err(error) => {
            let mut diagnostic =
                Diagnostic::new(crate::source::Place::top(&path), format!("cannot be read: {error}"));
            diagnostic.rule = "check/config";
            diagnostic.severity = crate::diagnostic::Severity::Error;
            let file = SourceFile::new(path, "");
            return Err(Box::new(BrokenConfig {
                errors: vec![diagnostic],
                file,
                snapshot: tree.id().to_owned(),
            }));
        }
    };
    let ids: Vec<&str> = rules::all().map(|rule| rule.id).collect();
    let (config, errors) = Config::parse(file.clone(), KnownRules { ids: &ids });
    if errors.is_empty() {
        return Ok(config);
    }
    Err(Box::new(BrokenConfig { errors, file, snapshot: tree.id().to_owned() }))
}

/// The rules that `--rule` and `--skip` leave, in the order of the table.
pub fn select(only: &[String], skip: &[String]) -> Result<Vec<&'static Rule>, UsageError> {
    for id in only.iter().chain(skip) {
        if !rules::all().any(|rule| names(rule, id)) {
            return Err(unknown_rule(id));
        }
    }
    let wanted = |rule: &Rule| only.is_empty() || only.iter().any(|id| names(rule, id));
    let skipped = |rule: &Rule| skip.iter().any(|id| names(rule, id));
    Ok(rules::all().filter(|rule| wanted(rule) && !skipped(rule)).collect())
}

/// Whether `id` is the rule or its group.
fn names(rule: &Rule, id: &str) -> bool {
    rule.id == id || rule.group() == id
}

/// What is said about an id that no rule has.
pub fn unknown_rule(id: &str) -> UsageError {
    let hint = match suggestion(id) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => "`cargo xtask rules` lists them".to_owned(),
    };
    UsageError(format!("there is no rule or group `{id}`; {hint}"))
}

fn suggestion(id: &str) -> Option<&'static str> {
    let ids = || rules::all().map(|rule| rule.id);
    // The name without its group is a usual slip.
    let bare = rules::all().find(|rule| rule.id.split_once('/').is_some_and(|(_, name)| name == id));
    bare.map(|rule| rule.id)
        .or_else(|| closest(id, ids()))
        .or_else(|| closest(id, rules::all().map(Rule::group)))
        .or_else(|| {
            let name = id.rsplit('/').next()?;
            let near = closest(name, ids().filter_map(|id| id.split_once('/')).map(|(_, name)| name))?;
            rules::all().map(|rule| rule.id).find(|id| id.ends_with(&format!("/{near}")))
        })
}

/// Paths of the command line as paths of the repository.
pub fn repo_paths(git: &Git, global: &Global, paths: &[PathBuf]) -> anyhow::Result<Vec<RepoPath>> {
    paths.iter().map(|path| repo_path(git, global, path)).collect()
}

/// A path of the command line, relative to the working folder (or to `--root`), as a path of the
/// repository. It need not exist.
pub fn repo_path(git: &Git, global: &Global, path: &Path) -> anyhow::Result<RepoPath> {
    let text = path.to_str().ok_or_else(|| UsageError(format!("`{}` is not UTF-8", path.display())))?;
    if path.is_absolute() {
        let top = git.top();
        let inside = path
            .strip_prefix(top)
            .map_err(|_| UsageError(format!("`{text}` lies outside the repository `{}`", top.display())))?;
        return Ok(RepoPath::new(&inside.to_string_lossy()));
    }
    let base = if global.root.is_some() { RepoPath::root() } else { git.prefix().clone() };
    let path = base.join(text);
    if path.is_outside() {
        return Err(UsageError(format!("`{text}` lies outside the repository")).into());
    }
    Ok(path)
}
