//! What was there before: findings of older trees, by their line-free fingerprints.

use crate::cli::TreeChoice;
use crate::commands::open;
use crate::diagnostic::{Diagnostic, InternalError, Severity};
use crate::engine::{self, Selection};
use crate::facts::Facts;
use crate::git::{Git, GitError};
use crate::report::Report;
use crate::rules::Rule;
use crate::snapshot::Snapshot;
use crate::source::RepoPath;
use std::collections::{BTreeSet, HashSet};

/// Findings of some commits.
#[derive(Debug, Default)]
pub struct Baseline {
    fingerprints: HashSet<String>,
    errors: Vec<InternalError>,
}

impl Baseline {
    /// Runs `rules` on the tree of each commit, under the configuration of that tree. Where it has a broken
    /// one, that of the checked tree `now` serves: the old findings are no less old. Files that `report` does not
    /// mention need not be searched: a fingerprint names its file.
    ///
    /// # Errors
    /// When git fails.
    pub fn of(
        git: &Git,
        commits: &[String],
        rules: &[&'static Rule],
        now: &Snapshot,
        report: &Report,
    ) -> Result<Self, GitError> {
        let mut baseline = Self::default();
        for commit in commits {
            let tree = Snapshot::revision(git, commit)?;
            let config = open::configuration(&tree).or_else(|_| open::configuration(now)).unwrap_or_default();
            let mut facts = Facts::new(tree, None, config);
            facts.changed = Some(report.diagnostics.iter().map(|found| found.place.path.clone()).collect());
            let selection =
                Selection { rules: rules.to_vec(), level: Severity::Note, named: true, paths: Vec::new() };
            let report = engine::run(&facts, &selection).report;
            facts.tree.require_contents(git)?;
            baseline.errors.extend(report.errors);
            baseline.fingerprints.extend(report.diagnostics.into_iter().map(|known| known.fingerprint));
        }
        Ok(baseline)
    }

    /// Takes out of `report` what is known here, and returns it. A rule that failed on an old tree is an
    /// error of this run: nobody can tell which of its findings are new.
    pub fn take_known(self, report: &mut Report) -> Vec<Diagnostic> {
        let diagnostics = std::mem::take(&mut report.diagnostics);
        let (old, new) =
            diagnostics.into_iter().partition(|found| self.fingerprints.contains(&found.fingerprint));
        report.diagnostics = new;
        report.errors.extend(self.errors);
        report.errors.sort();
        report.errors.dedup();
        old
    }
}

/// The files of `tree` that are not as in `commit`.
///
/// # Errors
/// When git fails.
pub fn changed(
    git: &Git,
    choice: &TreeChoice,
    commit: &str,
    tree: &Snapshot,
) -> Result<BTreeSet<RepoPath>, GitError> {
    let base = Snapshot::revision(git, commit)?;
    // Not `git diff`, which writes what it learns about times into the index.
    let args: Vec<&str> = match (&choice.rev, choice.staged) {
        (Some(_), _) => vec!["diff-tree", "-r", "-z", "--no-renames", "--name-only", commit, tree.id()],
        (None, true) => vec!["diff-index", "-z", "--no-renames", "--name-only", "--cached", commit],
        (None, false) => vec!["diff-index", "-z", "--no-renames", "--name-only", commit],
    };
    let listed = git.output(&args)?;
    let names = listed.split(|byte| *byte == 0).filter_map(|name| std::str::from_utf8(name).ok());
    let mut changed: BTreeSet<RepoPath> = names.filter(|name| !name.is_empty()).map(RepoPath::new).collect();
    // git does not compare what it does not track yet.
    let paths = tree.files().map(|entry| RepoPath::new(entry.path));
    changed.extend(paths.filter(|path| base.get(path).is_none()));
    Ok(changed)
}

/// The commits that a commit of the index would have as parents: `HEAD`, and what a merge brings in. None
/// before the first commit.
///
/// # Errors
/// When git fails.
pub fn parents(git: &Git) -> Result<Vec<String>, GitError> {
    let head = match git.resolve("HEAD") {
        Ok(head) => head,
        Err(GitError::MissingRevision { .. }) => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut parents = vec![head];
    parents.extend(git.merge_parents());
    // `git merge` asks pre-merge-commit before it writes MERGE_HEAD, but names what it merges in the environment.
    let named = std::env::vars_os()
        .filter_map(|(name, _)| name.to_str()?.strip_prefix("GITHEAD_").map(str::to_owned));
    // Of another repository, when a hook asks about this one with `--root`: not ours to resolve.
    parents.extend(named.filter_map(|oid| git.resolve(&oid).ok()));
    Ok(parents)
}
