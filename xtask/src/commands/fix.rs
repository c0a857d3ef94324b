//! `cargo xtask fix`

mod staged;

use super::open;
use super::terminal::Terminal;
use super::{Exit, UsageError, check};
use crate::cli::{Fix, Global};
use crate::diagnostic::{Diagnostic, Edit, InternalError};
use crate::engine::{self, Selection};
use crate::fix::{self, Outcome, Overlay, Target, Writer};
use crate::git::Git;
use crate::report::{self, Options};
use crate::snapshot::{Disk, Snapshot};
use crate::source::{Place, RepoPath};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Repairs the work tree, or the index and the same places of the work tree.
pub fn run(global: &Global, args: &Fix, terminal: &Terminal) -> anyhow::Result<Exit> {
    let rules = open::select(&args.rules, &args.skip)?;
    let git = open::repository(global)?;
    if args.staged && std::env::var_os("GIT_INDEX_FILE").is_some_and(|index| !index.is_empty()) {
        return Err(
            UsageError("`fix --staged` changes the index: not while git makes a commit".into()).into()
        );
    }
    let paths = open::repo_paths(&git, global, &args.paths)?;
    // Locked before anything is read: another `fix` may be writing.
    let writer = if args.dry_run { None } else { Some(Writer::open(git.top())?) };
    let tree = Arc::new(if args.staged { Snapshot::index(&git)? } else { Snapshot::worktree(&git)? });
    check::require_paths(&tree, &paths)?;
    if let Some(writer) = &writer {
        writer.remove_leftovers(folders(&tree));
    }
    open::require_configuration(&git, &tree)?;
    if let Err(broken) = open::configuration(&tree) {
        let options = Options { style: terminal.style(), ..Options::default() };
        terminal.out(&report::findings(&check::config_report(*broken), &options));
        return Ok(Exit::Usage);
    }
    let selection = Selection { rules, level: args.level.into(), named: !args.rules.is_empty(), paths };
    let changed = match args.staged {
        true => Some(git.staged()?.into_iter().map(|change| change.path).collect()),
        false => None,
    };
    let mut run = Run { git: &git, tree: &tree, changed, selection, errors: Vec::new() };
    let disk = Disk::new(&git);
    let read = |path: &RepoPath| text(&tree, &disk, path);
    let reaches = |path: &RepoPath| !tree.is_opaque(path);
    let outcome = fix::repair(&read, args.allow_unsafe, &reaches, |overlay| run.check(overlay));
    tree.require_contents(&git)?;
    let changes = outcome.overlay.changes(&read);
    match &writer {
        None => terminal.out(&fix::unified_diff(&changes)),
        Some(writer) if args.staged => staged::write(&git, writer, &tree, &changes, terminal)?,
        Some(writer) => writer.write(&changes)?,
    }
    let target = match (args.dry_run, args.staged) {
        (true, _) => Target::Nowhere,
        (false, true) => Target::Index,
        (false, false) => Target::WorkTree,
    };
    summarise(&outcome, &run.errors, target, terminal);
    Ok(match (run.errors.is_empty(), outcome.left.is_empty()) {
        (false, _) => Exit::Failure,
        (true, false) => Exit::Findings,
        (true, true) => Exit::Clean,
    })
}

/// What each pass needs.
struct Run<'a> {
    git: &'a Git,
    tree: &'a Arc<Snapshot>,
    /// The files that are staged, where those are what is repaired.
    changed: Option<BTreeSet<RepoPath>>,
    selection: Selection,
    errors: Vec<InternalError>,
}

impl Run<'_> {
    /// The findings of the tree with the repairs so far.
    fn check(&mut self, overlay: &Overlay) -> Vec<Diagnostic> {
        let texts = overlay.iter().map(|(path, text)| (path.clone(), text.cloned()));
        let tree = Snapshot::overlaid(self.tree, texts);
        let mut facts = match open::facts(self.git, tree) {
            Ok(facts) => facts,
            // Only a repair of the configuration itself leads here.
            Err(broken) => return broken.errors,
        };
        facts.changed.clone_from(&self.changed);
        let mut report = engine::run(&facts, &self.selection).report;
        self.errors = report.errors;
        for diagnostic in &mut report.diagnostics {
            name_real_files(&facts.tree, diagnostic);
        }
        report.diagnostics
    }
}

/// Makes every edit speak of the file itself, however many links lead to it: two findings that were reached by
/// different names meet in one text.
fn name_real_files(tree: &Snapshot, diagnostic: &mut Diagnostic) {
    for edit in diagnostic.fix.iter_mut().flat_map(|fix| &mut fix.edits) {
        let (Edit::Replace { place: Place { path, .. }, .. }
        | Edit::Create { path, .. }
        | Edit::Delete { path }) = edit;
        if let Some(real) = tree.resolve(path) {
            *path = real;
        }
    }
}

/// The text that a repair starts from. What git ignores or does not know yet is there too: nobody may create a
/// file over it.
fn text(tree: &Snapshot, disk: &Disk, path: &RepoPath) -> Option<Arc<str>> {
    if tree.kind(path).is_some() {
        return tree.source(path).ok().map(|source| source.text);
    }
    if !disk.exists(path) {
        return None;
    }
    let bytes = disk.read(path).unwrap_or_default();
    Some(Arc::from(String::from_utf8_lossy(&bytes)))
}

/// The folders of all files that a rule may want to change.
fn folders(tree: &Snapshot) -> BTreeSet<RepoPath> {
    let candidates = tree.notable().map(|entry| RepoPath::new(entry.path));
    candidates.filter_map(|path| path.parent()).collect()
}

/// Says what was done and what is left. A diff on standard output stays free of it.
fn summarise(outcome: &Outcome, errors: &[InternalError], target: Target, terminal: &Terminal) {
    for error in errors {
        terminal.error(&format!("rule `{}` failed: {} (a bug of the checker)", error.rule, error.message));
    }
    if terminal.quiet {
        return;
    }
    let text = format!("{}{}", fix::rows(outcome), fix::last_line(outcome, target));
    if target == Target::Nowhere {
        terminal.note(text.trim_end());
    } else {
        terminal.out(&text);
    }
}
