//! Reports: pure functions from a [`Report`] to text, one file per format.

use crate::diagnostic::{Diagnostic, InternalError, RuleInfo, Severity, Skipped};
use crate::source::{RepoPath, SourceFile};
use std::collections::BTreeMap;

/// The outcome of a run, the one input of every renderer.
#[derive(Debug, Default)]
pub struct Report {
    /// `worktree`, `index` or an object id.
    pub snapshot: String,
    /// What is shown: sorted by path, offset, rule; already filtered by level, paths and suppressions.
    pub diagnostics: Vec<Diagnostic>,
    /// What was not checked, and why.
    pub skipped: Vec<Skipped>,
    /// Rules that panicked.
    pub errors: Vec<InternalError>,
    /// Findings that a comment with a reason allows.
    pub suppressed: usize,
    /// Number of files in the snapshot.
    pub files: usize,
    /// The rules that ran, in the order of the table.
    pub rules: Vec<RuleInfo>,
    /// Text of every file that a diagnostic points into.
    pub sources: BTreeMap<RepoPath, SourceFile>,
}

impl Report {
    /// How many findings of this severity are shown.
    pub fn count(&self, severity: Severity) -> usize {
        self.diagnostics.iter().filter(|diagnostic| diagnostic.severity == severity).count()
    }
}
