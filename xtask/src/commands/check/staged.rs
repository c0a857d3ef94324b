//! What only the index needs: leaving early, and help that knows the work tree too.

use crate::commands::open;
use crate::config::Config;
use crate::diagnostic::{Diagnostic, Edit, Safety, Severity};
use crate::engine::{self, Selection};
use crate::facts::{Facts, Model};
use crate::git::{ChangeStatus, Git, GitError, Mode, StagedChange};
use crate::report::Report;
use crate::rules::Rule;
use crate::snapshot::{Disk, ReadError, Snapshot, is_notable};
use crate::source::RepoPath;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Whether something is staged that could change what rules say.
///
/// # Errors
/// When git fails.
pub fn may_matter(git: &Git, changes: &[StagedChange], rules: &[&'static Rule]) -> Result<bool, GitError> {
    if changes.iter().any(change_may_matter) {
        return Ok(true);
    }
    // Credentials may stand in any text. What these rules ask besides the file only silences them: whatever is
    // found here is looked at again, in the whole tree.
    let rules = rules.iter().copied().filter(|rule| rule.needs.contains(&Model::Secrets)).collect();
    let facts = Facts::new(Snapshot::staged(git, changes)?, None, Config::default());
    let selection = Selection { rules, level: Severity::Note, named: true, paths: Vec::new() };
    let report = engine::run(&facts, &selection).report;
    facts.tree.require_contents(git)?;
    Ok(!report.diagnostics.is_empty() || !report.errors.is_empty())
}

/// Other content of a regular file that no rule understands changes nothing; anything else may.
fn change_may_matter(change: &StagedChange) -> bool {
    let (Some((old, _)), Some((new, _))) = (&change.old, &change.new) else { return true };
    let is_plain =
        change.status == ChangeStatus::Modified && old == new && matches!(new, Mode::File | Mode::Executable);
    !is_plain || is_notable(change.path.as_str())
}

/// What the work tree holds in place of the index: `None` for a file that was deleted there.
type Unstaged = BTreeMap<RepoPath, Option<Arc<str>>>;

/// Gives each finding the help that fits a commit: `git add` where the work tree already has the right text,
/// `fix --staged` instead of `fix`, which would look at the work tree.
pub fn advise(
    git: &Git,
    facts: Facts,
    staged: &BTreeSet<RepoPath>,
    selection: &Selection,
    report: &mut Report,
) {
    let index = Arc::new(facts.tree);
    let disk = Disk::new(git);
    let mut unstaged = Unstaged::new();
    for path in report.diagnostics.iter().flat_map(involved) {
        unstaged.extend(difference(&index, &disk, path).map(|text| (path.clone(), text)));
    }
    let remaining = remaining(&index, &unstaged, selection);
    for diagnostic in &mut report.diagnostics {
        let to_add: Vec<RepoPath> =
            involved(diagnostic).into_iter().filter(|path| unstaged.contains_key(path)).cloned().collect();
        let repaired = remaining.as_ref().is_some_and(|left| !left.contains(&diagnostic.fingerprint));
        if repaired && !to_add.is_empty() {
            let new: Vec<RepoPath> =
                to_add.iter().filter(|path| index.kind(path).is_none()).cloned().collect();
            let force = if git.ignores_any(&new) { "-f " } else { "" };
            let words: Vec<String> = to_add.iter().map(|path| shell_word(path.as_str())).collect();
            let command = format!("git add {force}{}", words.join(" "));
            diagnostic.help = Some(format!("your work tree already has the right text: `{command}`"));
            diagnostic.fix = None;
            name_the_staged_side(diagnostic, staged);
        } else if let Some(help) = &mut diagnostic.help {
            *help = help.replace("`cargo xtask fix", "`cargo xtask fix --staged");
        }
    }
}

/// A runbook repeats what other files say. When it only waits to be staged itself, the commit brings the other side:
/// that says more than what stands there, which the title tells already.
fn name_the_staged_side(diagnostic: &mut Diagnostic, staged: &BTreeSet<RepoPath>) {
    let runbook = &diagnostic.place.path;
    if !diagnostic.rule.starts_with("runbook/") || staged.contains(runbook) {
        return;
    }
    for related in diagnostic.related.iter_mut().filter(|related| staged.contains(&related.place.path)) {
        "staged here, but not in the runbook".clone_into(&mut related.message);
    }
}

/// How many findings `fix --staged` repairs.
pub fn fixable(report: &Report) -> usize {
    report.fixable(Safety::Safe)
}

/// Every file that a finding speaks of, or that its repair changes.
fn involved(diagnostic: &Diagnostic) -> BTreeSet<&RepoPath> {
    let related = diagnostic.related.iter().map(|related| &related.place.path);
    let edits = diagnostic.fix.iter().flat_map(|fix| &fix.edits).map(Edit::path);
    std::iter::once(&diagnostic.place.path).chain(related).chain(edits).collect()
}

/// What the work tree holds at `path`, if it differs from the index.
fn difference(index: &Snapshot, disk: &Disk, path: &RepoPath) -> Option<Option<Arc<str>>> {
    let staged = index.source(path).ok().map(|source| source.text);
    let present = match disk.read(path) {
        Ok(bytes) => Some(Arc::from(std::str::from_utf8(&bytes).ok()?)),
        Err(ReadError::NotFound) => None,
        Err(_) => return None,
    };
    (present != staged).then_some(present)
}

/// Fingerprints of what is found when the unstaged texts are staged too; `None` when nothing is unstaged, or
/// it breaks the configuration.
fn remaining(index: &Arc<Snapshot>, unstaged: &Unstaged, selection: &Selection) -> Option<BTreeSet<String>> {
    if unstaged.is_empty() {
        return None;
    }
    let tree = Snapshot::overlaid(index, unstaged.clone());
    let config = open::configuration(&tree).ok()?;
    let mut report = engine::run(&Facts::new(tree, None, config), selection).report;
    report.fold();
    Some(report.diagnostics.into_iter().map(|diagnostic| diagnostic.fingerprint).collect())
}

/// A path as a word of a shell command.
fn shell_word(path: &str) -> String {
    let plain = |character: char| character.is_ascii_alphanumeric() || "_-./@%+=:,".contains(character);
    if path.chars().all(plain) && !path.starts_with('-') {
        return path.to_owned();
    }
    format!("'{}'", path.replace('\'', r"'\''"))
}
