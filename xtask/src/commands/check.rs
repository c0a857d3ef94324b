//! `cargo xtask check`

use super::open::{self, BrokenConfig};
use super::terminal::Terminal;
use super::{Exit, UsageError};
use crate::cli::{Check, Global, Output};
use crate::diagnostic::{Diagnostic, Severity};
use crate::engine::{self, Outcome, Selection, Timing};
use crate::report::{self, Format, Options, Report, Style};
use crate::source::LineIndex;
use anyhow::Context;
use std::time::Instant;

/// Runs the rules and reports.
pub fn run(global: &Global, args: &Check, terminal: &Terminal) -> anyhow::Result<Exit> {
    let start = Instant::now();
    let rules = open::select(&args.rules, &args.skip)?;
    let git = open::repository(global)?;
    let paths = open::repo_paths(&git, global, &args.paths)?;
    let tree = open::snapshot(&git, &args.tree)?;
    if let Some(missing) = paths.iter().find(|path| !exists(&tree, path)) {
        return Err(UsageError(format!("`{missing}` is not in the checked tree")).into());
    }
    let facts = match open::facts(&git, tree) {
        Ok(facts) => facts,
        Err(broken) => return report_config(*broken, args, terminal),
    };
    let selection =
        Selection { rules, level: args.level.into(), named: !args.rules.is_empty(), paths };
    let Outcome { mut report, timings } = engine::run(&facts, &selection);
    // The index is checked in the hook, where every millisecond is waited for.
    if !args.tree.staged {
        super::history::explain(&git, &mut report.diagnostics);
    }
    let options = options(terminal, start);
    write(&report, &args.formats, &options, terminal)?;
    if args.timings {
        terminal.note(&timing_table(&timings));
    }
    Ok(exit(&report, args.fail_on.into()))
}

fn exists(tree: &crate::snapshot::Snapshot, path: &crate::source::RepoPath) -> bool {
    tree.kind(path).is_some() || tree.is_opaque(path)
}

fn options(terminal: &Terminal, start: Instant) -> Options {
    Options {
        style: terminal.style(),
        width: terminal.width().unwrap_or_else(|| Options::default().width),
        verbose: terminal.verbose,
        elapsed: Some(start.elapsed()),
    }
}

/// Exit 1 if and only if a finding reaches `fail_on`; 3 when a rule panicked.
fn exit(report: &Report, fail_on: Severity) -> Exit {
    if !report.errors.is_empty() {
        return Exit::Failure;
    }
    let reaches = |diagnostic: &Diagnostic| diagnostic.severity >= fail_on;
    if report.diagnostics.iter().any(reaches) { Exit::Findings } else { Exit::Clean }
}

/// Writes every format that was asked for; standard output takes one.
fn write(report: &Report, outputs: &[Output], options: &Options, terminal: &Terminal) -> anyhow::Result<()> {
    let human = [Output { format: Format::Human, file: None }];
    let outputs = if outputs.is_empty() { &human } else { outputs };
    for output in outputs {
        match &output.file {
            None => terminal.out(&report::render(report, output.format, options)),
            Some(file) => {
                let plain = Options { style: Style::Plain, width: Options::default().width, ..options.clone() };
                let text = report::render(report, output.format, &plain);
                std::fs::write(file, text).with_context(|| format!("cannot write `{}`", file.display()))?;
            }
        }
    }
    Ok(())
}

/// A broken configuration is all that a run reports.
fn report_config(broken: BrokenConfig, args: &Check, terminal: &Terminal) -> anyhow::Result<Exit> {
    let index = LineIndex::new(&broken.file.text);
    let mut diagnostics = broken.errors;
    diagnostics.sort_by_key(|diagnostic| index.line(diagnostic.place.span.start));
    let report = Report {
        snapshot: "worktree".to_owned(),
        diagnostics,
        sources: [(broken.file.path.clone(), broken.file)].into(),
        ..Report::default()
    };
    let options = Options { elapsed: None, ..options(terminal, Instant::now()) };
    write(&report, &args.formats, &options, terminal)?;
    Ok(Exit::Usage)
}

fn timing_table(timings: &[Timing]) -> String {
    let mut sorted = timings.to_vec();
    sorted.sort_by(|left, right| right.time.cmp(&left.time));
    let rows = sorted.iter().map(|timing| {
        format!("{:>9.3} ms  {}", timing.time.as_secs_f64() * 1000.0, timing.name)
    });
    rows.collect::<Vec<_>>().join("\n")
}
