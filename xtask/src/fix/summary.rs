//! What `fix` says at the end.

use super::passes::{Left, MAX_PASSES, Outcome, Row};
use super::plan::Refusal;
use std::collections::BTreeSet;

/// One line for each finding: what was fixed, then what was left and why.
pub fn rows(outcome: &Outcome) -> String {
    let place = |row: &Row| format!("{}:{}", row.path, row.line);
    let all = || outcome.fixed.iter().chain(outcome.left.iter().map(|(row, _)| row));
    let width = all().map(|row| place(row).chars().count()).max().unwrap_or(0);
    let mut out = String::new();
    for row in &outcome.fixed {
        out.push_str(&format!("fixed  {:width$}  {}\n", place(row), row.rule));
    }
    for (row, left) in &outcome.left {
        out.push_str(&format!("left   {:width$}  {} ({})\n", place(row), row.rule, why(left)));
    }
    out
}

fn why(left: &Left) -> String {
    match left {
        Left::ByHand => "no automatic fix".to_owned(),
        Left::NeedsReview => "unsafe".to_owned(),
        Left::Refused(refusal) => Refusal::to_string(refusal),
        Left::Unsettled => format!("not settled after {MAX_PASSES} passes"),
    }
}

/// Where the repairs went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// Nowhere: they were only shown.
    Nowhere,
    /// Into the files.
    WorkTree,
    /// Into the index.
    Index,
}

/// How much was fixed, and what to do about the rest.
pub fn last_line(outcome: &Outcome, target: Target) -> String {
    let mut parts = Vec::new();
    if !outcome.fixed.is_empty() {
        let files: BTreeSet<_> = outcome.fixed.iter().map(|row| &row.path).collect();
        let plural = if files.len() == 1 { "" } else { "s" };
        let verb = if target == Target::Nowhere { "would be fixed" } else { "fixed" };
        parts.push(format!("{} {verb} in {} file{plural}", outcome.fixed.len(), files.len()));
    }
    let staged = if target == Target::Index { " --staged" } else { "" };
    let unsafe_ones = outcome.left.iter().filter(|(_, left)| *left == Left::NeedsReview).count();
    if unsafe_ones > 0 {
        parts.push(format!("{unsafe_ones} left for `cargo xtask fix{staged} --unsafe`"));
    }
    let others = outcome.left.len() - unsafe_ones;
    if others > 0 {
        parts.push(format!("{others} left for you"));
    }
    if parts.is_empty() {
        return "nothing to fix\n".to_owned();
    }
    let review = match target {
        _ if outcome.fixed.is_empty() => "",
        Target::Nowhere => "",
        Target::WorkTree => "; review with `git diff`",
        Target::Index => "; review with `git diff --cached`",
    };
    format!("{}{review}\n", parts.join(", "))
}
