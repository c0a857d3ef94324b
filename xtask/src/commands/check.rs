//! `cargo xtask check`

mod baseline;
mod output;
mod staged;

use self::baseline::Baseline;
use self::output::{Setting, Shown};
use super::open::{self, BrokenConfig};
use super::terminal::Terminal;
use super::{Exit, UsageError};
use crate::cli::{Check, Global, Output};
use crate::diagnostic::{Diagnostic, Severity};
use crate::engine::{self, Outcome, Selection, Timing};
use crate::facts::Facts;
use crate::git::{Git, StagedChange};
use crate::report::{self, Format, Options, Report};
use crate::rules::Rule;
use crate::snapshot::Snapshot;
use crate::source::{LineIndex, RepoPath};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

/// Runs the rules and reports.
pub fn run(global: &Global, args: &Check, terminal: &Terminal) -> anyhow::Result<Exit> {
    let start = Instant::now();
    output::require_apart(&args.formats)?;
    let rules = open::select(&args.rules, &args.skip)?;
    let git = open::repository(global)?;
    let since = args.since.as_deref().map(|rev| git.resolve(rev)).transpose()?;
    let paths = open::repo_paths(&git, global, &args.paths)?;
    let is_hook = is_hook(args, terminal);
    let Some((tree, changes)) = tree(&git, args, &rules, is_hook)? else {
        return Ok(Exit::Clean);
    };
    require_paths(&tree, &paths)?;
    open::require_configuration(&git, &tree)?;
    let staged: BTreeSet<RepoPath> = changes.into_iter().map(|change| change.path).collect();
    let mut facts = match open::facts(&git, tree) {
        Ok(facts) => facts,
        Err(broken) => return report_config(*broken, args, terminal),
    };
    if let Some(commit) = &since {
        // No revision knows the laptop's own files: what is found there cannot be compared.
        facts.disk = None;
        facts.changed = Some(baseline::changed(&git, &args.tree, commit, &facts.tree)?);
    } else if args.tree.staged {
        facts.changed = Some(staged.clone());
    }
    let fail_on: Severity = args.fail_on.into();
    // What decides about the exit status is shown, whatever else is not.
    let level = fail_on.min(args.level.into());
    let selection = Selection { rules, level, named: !args.rules.is_empty(), paths };
    let passes = is_hook && cannot_fail(&facts, &selection, fail_on);
    facts.tree.require_contents(&git)?;
    if passes {
        return Ok(Exit::Clean);
    }
    let Outcome { mut report, timings } = engine::run(&facts, &selection);
    facts.tree.require_contents(&git)?;
    let older = match commits_to_compare(&git, args, since, &report)? {
        Some(commits) => {
            Baseline::of(&git, &commits, &selection.rules, &facts.tree, &report)?.take_known(&mut report)
        }
        None => Vec::new(),
    };
    let exit = exit(&report, fail_on);
    report.fold();
    let older = report::fold(older, &report.rules);
    // The index is checked in the hook, where every millisecond is waited for.
    if !args.tree.staged {
        super::history::explain(&git, &facts.tree, &mut report.diagnostics);
    }
    if args.tree.staged && !report.diagnostics.is_empty() {
        staged::advise(&git, facts, &staged, &selection, &mut report);
    }
    let shown = Shown { report: &report, older: &older, setting: setting(args), blocks: exit != Exit::Clean };
    shown.write(&args.formats, &output::options(terminal, start), terminal)?;
    if args.timings {
        terminal.note(&timing_table(&timings));
    }
    Ok(exit)
}

/// The tree to check, and what is staged in it; `None` for a hook whose commit cannot matter.
fn tree(
    git: &Git,
    args: &Check,
    rules: &[&'static Rule],
    is_hook: bool,
) -> anyhow::Result<Option<(Snapshot, Vec<StagedChange>)>> {
    if !args.tree.staged {
        return Ok(Some((open::snapshot(git, &args.tree)?, Vec::new())));
    }
    // git lists the index while another git compares it. A hook that leaves early waits for neither.
    let matters = Arc::new(AtomicBool::new(!is_hook));
    let (for_listing, is_wanted) = (git.clone(), Arc::clone(&matters));
    let listing = std::thread::spawn(move || {
        Snapshot::index_for_models(&for_listing, || is_wanted.load(Ordering::Relaxed))
    });
    let changes = git.staged()?;
    if is_hook && !staged::may_matter(git, &changes, rules)? {
        return Ok(None);
    }
    matters.store(true, Ordering::Relaxed);
    let tree = listing.join().map_err(|_| anyhow::anyhow!("the listing of the index failed"))??;
    Ok(Some((tree, changes)))
}

/// Whether nothing but the verdict on the commit is asked for, as by the hook: what does not concern the
/// commit need not be looked at.
fn is_hook(args: &Check, terminal: &Terminal) -> bool {
    args.tree.staged
        && !args.strict
        && !args.timings
        && !terminal.verbose
        && args.since.is_none()
        && args.paths.is_empty()
        && args.formats.iter().all(is_for_people)
}

/// A report on the terminal, which a passing commit leaves empty. Whoever names a file waits for it.
fn is_for_people(output: &Output) -> bool {
    output.format == Format::Human && output.file.is_none()
}

/// Whether nothing reaches `fail_on`: then a hook is silent. Rules whose findings never do need not run for that.
fn cannot_fail(facts: &Facts, selection: &Selection, fail_on: Severity) -> bool {
    let can =
        |rule: &&Rule| facts.config.severity(rule.id, rule.severity).is_some_and(|most| most >= fail_on);
    let rules = selection.rules.iter().copied().filter(can).collect();
    let deciding = Selection { rules, paths: Vec::new(), ..*selection };
    let report = engine::run(facts, &deciding).report;
    report.errors.is_empty() && !reaches(&report, fail_on)
}

fn setting(args: &Check) -> Setting {
    match &args.since {
        Some(rev) => Setting::Since(rev.clone()),
        None if args.tree.staged => Setting::Staged,
        None => Setting::Whole,
    }
}

/// The commits whose findings do not count; `None` when there is nothing to compare, or nobody would see a
/// difference.
fn commits_to_compare(
    git: &Git,
    args: &Check,
    since: Option<String>,
    report: &Report,
) -> anyhow::Result<Option<Vec<String>>> {
    if report.diagnostics.is_empty() {
        return Ok(None);
    }
    if let Some(commit) = since {
        return Ok(Some(vec![commit]));
    }
    let only_verdict = args.formats.iter().all(is_for_people);
    let passes = !reaches(report, args.fail_on.into());
    if !args.tree.staged || args.strict || (passes && only_verdict) {
        return Ok(None);
    }
    Ok(Some(baseline::parents(git)?))
}

/// Holds that there is something at the paths of the command line.
pub(super) fn require_paths(tree: &Snapshot, paths: &[RepoPath]) -> Result<(), UsageError> {
    let exists = |path: &&RepoPath| tree.kind(path).is_some() || tree.is_opaque(path);
    match paths.iter().find(|path| !exists(path)) {
        Some(missing) => Err(UsageError(format!("`{missing}` is not in the checked tree"))),
        None => Ok(()),
    }
}

/// Exit 1 if and only if a finding reaches `fail_on`; 3 when a rule panicked.
fn exit(report: &Report, fail_on: Severity) -> Exit {
    if !report.errors.is_empty() {
        return Exit::Failure;
    }
    if reaches(report, fail_on) { Exit::Findings } else { Exit::Clean }
}

fn reaches(report: &Report, fail_on: Severity) -> bool {
    report.diagnostics.iter().any(|diagnostic: &Diagnostic| diagnostic.severity >= fail_on)
}

/// A broken configuration is all that a run reports.
fn report_config(broken: BrokenConfig, args: &Check, terminal: &Terminal) -> anyhow::Result<Exit> {
    let report = config_report(broken);
    let shown = Shown { report: &report, older: &[], setting: Setting::Whole, blocks: true };
    let options = Options { elapsed: None, ..output::options(terminal, Instant::now()) };
    shown.write(&args.formats, &options, terminal)?;
    Ok(Exit::Usage)
}

/// The errors of a configuration as a report.
pub(super) fn config_report(broken: BrokenConfig) -> Report {
    let index = LineIndex::new(&broken.file.text);
    let mut diagnostics = broken.errors;
    diagnostics.sort_by_key(|diagnostic| index.line(diagnostic.place.span.start));
    engine::identify(&mut diagnostics);
    Report {
        snapshot: broken.snapshot,
        diagnostics,
        sources: [(broken.file.path.clone(), broken.file)].into(),
        ..Report::default()
    }
}

fn timing_table(timings: &[Timing]) -> String {
    let mut sorted = timings.to_vec();
    sorted.sort_by_key(|timing| std::cmp::Reverse(timing.time));
    let rows = sorted
        .iter()
        .map(|timing| format!("{:>9.3} ms  {}", timing.time.as_secs_f64() * 1000.0, timing.name));
    rows.collect::<Vec<_>>().join("\n")
}
