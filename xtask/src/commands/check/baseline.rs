//! What was there before: findings of older trees, by their line-free fingerprints.

use crate::commands::open;
use crate::diagnostic::{Diagnostic, InternalError, Severity};
use crate::engine::{self, Selection};
use crate::facts::Facts;
use crate::git::{Git, GitError};
use crate::report::Report;
use crate::rules::Rule;
use crate::snapshot::Snapshot;
use std::collections::HashSet;

/// Findings of some commits.
#[derive(Debug, Default)]
pub struct Baseline {
    fingerprints: HashSet<String>,
    errors: Vec<InternalError>,
}

impl Baseline {
    /// Runs `rules` on the tree of each commit, under the configuration of that tree. Where it has a broken
    /// one, that of the checked tree `now` serves: the old findings are no less old.
    ///
    /// # Errors
    /// When git fails.
    pub fn of(
        git: &Git,
        commits: &[String],
        rules: &[&'static Rule],
        now: &Snapshot,
    ) -> Result<Self, GitError> {
        let mut baseline = Self::default();
        for commit in commits {
            let tree = Snapshot::revision(git, commit)?;
            let config = open::configuration(&tree).or_else(|_| open::configuration(now)).unwrap_or_default();
            let facts = Facts::new(tree, None, config);
            let selection =
                Selection { rules: rules.to_vec(), level: Severity::Note, named: true, paths: Vec::new() };
            let report = engine::run(&facts, &selection).report;
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
