//! What the history knows about paths that are gone: a hint behind findings, never part of their identity.

use crate::diagnostic::Diagnostic;
use crate::git::Git;
use crate::rules::runbook::gone_path;

/// So many paths are looked up in one run: each costs a walk through the history.
const MAX_LOOKUPS: usize = 8;

/// Says which commit deleted or moved the paths that findings miss.
pub fn explain(git: &Git, diagnostics: &mut [Diagnostic]) {
    let gone = diagnostics.iter_mut().filter_map(|diagnostic| Some((gone_path(diagnostic)?, diagnostic)));
    let mut known: Vec<(crate::source::RepoPath, Option<String>)> = Vec::new();
    for (path, diagnostic) in gone {
        let found = known.iter().find(|(other, _)| *other == path).map(|(_, found)| found.clone());
        let found = match found {
            Some(found) => found,
            None if known.len() == MAX_LOOKUPS => continue,
            None => {
                let found = git.deleted_in(&path).map(|deletion| {
                    let what = match &deletion.moved_to {
                        Some(target) => format!("moved to `{target}`"),
                        None => "deleted".to_owned(),
                    };
                    format!(
                        "`{path}` was {what} in {} ({}, \"{}\")",
                        deletion.short, deletion.date, deletion.subject
                    )
                });
                known.push((path, found.clone()));
                found
            }
        };
        diagnostic.why = diagnostic.why.take().or(found);
    }
}
