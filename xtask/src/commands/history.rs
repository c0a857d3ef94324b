//! What the history knows about paths that are gone: a hint behind findings, never part of their identity.

use crate::diagnostic::Diagnostic;
use crate::git::{Deletion, Git};
use crate::snapshot::Snapshot;
use crate::source::RepoPath;

/// So many paths are looked up in one run: the walk through the history compares each commit with all of them.
const MAX_LOOKUPS: usize = 32;

/// Says which commit deleted or moved the paths that findings miss. `tree` is the checked one.
pub fn explain(git: &Git, tree: &Snapshot, diagnostics: &mut [Diagnostic]) {
    let mut paths: Vec<RepoPath> = diagnostics.iter().filter_map(gone).cloned().collect();
    paths.sort();
    paths.dedup();
    paths.truncate(MAX_LOOKUPS);
    let deletions = git.deletions(&paths);
    for diagnostic in diagnostics {
        let Some((path, deletion)) = gone(diagnostic).and_then(|path| deletions.get_key_value(path)) else {
            continue;
        };
        let target = deletion.moved_to.as_ref().filter(|target| tree.kind(target).is_some());
        if let Some(target) = target.filter(|_| diagnostic.fix.is_none()) {
            diagnostic.help = Some(format!("did you mean `{target}`?"));
        }
        diagnostic.why = diagnostic.why.take().or_else(|| Some(sentence(path, deletion)));
    }
}

/// The path whose history may tell what became of the thing that a finding misses.
fn gone(diagnostic: &Diagnostic) -> Option<&RepoPath> {
    diagnostic.cause.as_ref()?.gone.as_ref()
}

fn sentence(path: &RepoPath, deletion: &Deletion) -> String {
    let what = match &deletion.moved_to {
        Some(target) => format!("moved to `{target}`"),
        None => "deleted".to_owned(),
    };
    format!("`{path}` was {what} in {} ({}, \"{}\")", deletion.short, deletion.date, deletion.subject)
}
