//! Check, fix, check again: until nothing changes.

use super::plan::{Decision, Refusal, plan_except};
use super::{Overlay, Read};
use crate::diagnostic::{Diagnostic, Edit};
use crate::source::{LineIndex, RepoPath};
use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};

/// Fixes that undo each other would go on for ever.
pub const MAX_PASSES: usize = 10;

/// What [`repair`] did, and what it left.
#[derive(Debug, Default)]
pub struct Outcome {
    /// The repaired files.
    pub overlay: Overlay,
    /// Findings whose fix was applied, by path and line.
    pub fixed: Vec<Row>,
    /// Findings of the repaired tree, by path and line.
    pub left: Vec<(Row, Left)>,
    /// Whether the last pass found nothing more to do.
    pub settled: bool,
}

/// One finding of the summary.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Row {
    /// The file that is repaired, or that the finding is about.
    pub path: RepoPath,
    /// 1-based line of the first edit, or of the finding.
    pub line: usize,
    /// Id of the rule.
    pub rule: &'static str,
}

/// Why a finding was left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Left {
    /// No fix is known.
    ByHand,
    /// Its fix waits for `--unsafe`.
    NeedsReview,
    /// Its fix cannot be applied.
    Refused(Refusal),
    /// Its fix was not reached within the passes, or comes back each time.
    Unsettled,
}

/// Applies the fixes of what `check` finds, on top of `base` and in memory, until a pass changes nothing.
///
/// `check` runs the rules on the tree with an overlay of changed files, `reaches` tells whether a path belongs to what
/// may be changed. A fix after which a file has more findings of a `*/syntax` rule than before is taken back.
pub fn repair(
    base: Read<'_>,
    allow_unsafe: bool,
    reaches: &dyn Fn(&RepoPath) -> bool,
    mut check: impl FnMut(&Overlay) -> Vec<Diagnostic>,
) -> Outcome {
    let mut outcome = Outcome::default();
    let mut barred: Vec<(Identity, Refusal)> = Vec::new();
    let mut earlier: Vec<Overlay> = vec![Overlay::default()];
    let mut diagnostics = check(&outcome.overlay);
    let mut decisions = Vec::new();
    for pass in 0..=MAX_PASSES {
        let overlay = &outcome.overlay;
        let read = |path: &RepoPath| overlay.text(path, base);
        let reason = |diagnostic: &Diagnostic| {
            if let Some(path) = edits(diagnostic).map(Edit::path).find(|path| !reaches(path)) {
                return Some(Refusal::OutOfReach(path.clone()));
            }
            let identity = Identity::of(diagnostic);
            barred.iter().find(|(other, _)| *other == identity).map(|(_, refusal)| refusal.clone())
        };
        let plan = plan_except(&diagnostics, allow_unsafe, &read, &reason);
        decisions = plan.decisions;
        if plan.changes.iter().next().is_none() {
            outcome.settled = true;
            break;
        }
        if pass == MAX_PASSES {
            break;
        }
        let applied =
            || diagnostics.iter().zip(&decisions).filter(|(_, decision)| **decision == Decision::Apply);
        let mut next = overlay.clone();
        for (path, text) in plan.changes.iter() {
            next.set(path.clone(), text.cloned());
        }
        next.forget_unchanged(base);
        let after = check(&next);
        if let Some(path) = broken(&plan.changes, &diagnostics, &after) {
            let touching = applied().filter(|(diagnostic, _)| touches(diagnostic, path));
            barred.extend(
                touching.map(|(diagnostic, _)| (Identity::of(diagnostic), Refusal::Breaks(path.clone()))),
            );
            continue;
        }
        if earlier.contains(&next) {
            break;
        }
        let lines = Lines::of(&read);
        outcome.fixed.extend(applied().filter_map(|(diagnostic, _)| repaired(diagnostic, &lines)));
        earlier.push(next.clone());
        outcome.overlay = next;
        diagnostics = after;
    }
    finish(outcome, &diagnostics, decisions, base)
}

fn finish(
    mut outcome: Outcome,
    diagnostics: &[Diagnostic],
    decisions: Vec<Decision>,
    base: Read<'_>,
) -> Outcome {
    let overlay = &outcome.overlay;
    let read = |path: &RepoPath| overlay.text(path, base);
    let lines = Lines::of(&read);
    let left = diagnostics.iter().zip(decisions);
    outcome.left =
        left.map(|(diagnostic, decision)| (found(diagnostic, &lines), Left::from(decision))).collect();
    outcome.left.sort_by(|(one, _), (two, _)| one.cmp(two));
    outcome.fixed.sort();
    outcome
}

impl From<Decision> for Left {
    fn from(decision: Decision) -> Self {
        match decision {
            Decision::ByHand => Self::ByHand,
            Decision::NeedsReview => Self::NeedsReview,
            Decision::Apply | Decision::Wait => Self::Unsettled,
            Decision::Refuse(refusal) => Self::Refused(refusal),
        }
    }
}

/// What makes a finding the same one in the next pass.
#[derive(PartialEq, Eq)]
struct Identity {
    rule: &'static str,
    path: RepoPath,
    subject: String,
    message: String,
}

impl Identity {
    fn of(diagnostic: &Diagnostic) -> Self {
        Self {
            rule: diagnostic.rule,
            path: diagnostic.place.path.clone(),
            subject: diagnostic.subject.clone(),
            message: diagnostic.message.clone(),
        }
    }
}

/// A changed file that has more syntax errors than before.
fn broken<'a>(changes: &'a Overlay, before: &[Diagnostic], after: &[Diagnostic]) -> Option<&'a RepoPath> {
    let (before, after) = (syntax_errors(before), syntax_errors(after));
    changes.iter().map(|(path, _)| path).find(|path| after.get(path) > before.get(path))
}

fn syntax_errors(diagnostics: &[Diagnostic]) -> BTreeMap<&RepoPath, usize> {
    let mut counts = BTreeMap::new();
    for diagnostic in diagnostics.iter().filter(|diagnostic| diagnostic.rule.ends_with("/syntax")) {
        *counts.entry(&diagnostic.place.path).or_default() += 1;
    }
    counts
}

fn edits(diagnostic: &Diagnostic) -> impl Iterator<Item = &Edit> {
    diagnostic.fix.iter().flat_map(|fix| &fix.edits)
}

fn touches(diagnostic: &Diagnostic, path: &RepoPath) -> bool {
    edits(diagnostic).any(|edit| edit.path() == path)
}

/// The row of an applied fix: where its first edit shows.
fn repaired(diagnostic: &Diagnostic, lines: &Lines<'_>) -> Option<Row> {
    let edit = edits(diagnostic).next()?;
    let line = match edit {
        Edit::Replace { place, text } => {
            let blank = text.len() - text.trim_start_matches(['\n', '\r']).len();
            let skipped = if place.span.is_empty() { text.get(..blank).unwrap_or("") } else { "" };
            lines.line(&place.path, place.span.start) + skipped.matches('\n').count()
        }
        Edit::Create { .. } | Edit::Delete { .. } => 1,
    };
    Some(Row { path: edit.path().clone(), line, rule: diagnostic.rule })
}

/// The row of a finding.
fn found(diagnostic: &Diagnostic, lines: &Lines<'_>) -> Row {
    let place = &diagnostic.place;
    Row { path: place.path.clone(), line: lines.line(&place.path, place.span.start), rule: diagnostic.rule }
}

/// The lines of files, counted once each.
struct Lines<'a> {
    read: Read<'a>,
    known: RefCell<HashMap<RepoPath, Option<(usize, LineIndex)>>>,
}

impl<'a> Lines<'a> {
    fn of(read: Read<'a>) -> Self {
        Self { read, known: RefCell::default() }
    }

    fn line(&self, path: &RepoPath, offset: usize) -> usize {
        let mut known = self.known.borrow_mut();
        let count = || (self.read)(path).map(|text| (text.len(), LineIndex::new(&text)));
        let file = known.entry(path.clone()).or_insert_with(count);
        file.as_ref().map_or(1, |(length, index)| index.line(offset.min(*length)))
    }
}
