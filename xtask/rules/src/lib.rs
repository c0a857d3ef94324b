//! The rules. One table per group lists its rules; this file puts the groups in order.
//!
//! A rule is two neighbouring files, `<group>/<rule>.rs` and `<rule>.md`, and a line in its group's table. The page
//! is the text of `explain`, the page under docs/rules and the test: `tests/suite/rules.rs` runs every example in it.
//!
//! A crate of its own because no rule may know how it is run, printed or repaired, and because the first
//! `cargo xtask check` of a fresh clone waits for the compiler.

use xtask_facts::{config, diagnostic, facts, globs, model, snapshot, suggest};
use xtask_syntax::{self as syntax, source};

use crate::diagnostic::{Diagnostic, RuleInfo, Severity, Skipped};
use crate::facts::{Facts, Model};
use crate::source::RepoPath;

pub mod argocd;
pub mod buildkit;
pub mod check;
pub mod dev;
pub mod dockerfile;
pub mod endpoint;
pub mod ignore;
pub mod manifest;
pub mod namespace;
pub mod preview;
pub mod runbook;
pub mod secrets;
pub mod suppression;
pub mod variables;

/// A rule: plain data and one function.
#[derive(Debug)]
pub struct Rule {
    /// `group/name`.
    pub id: &'static str,
    /// One line: what is wrong when it fires.
    pub summary: &'static str,
    /// Severity of its findings, unless configured, or lowered by the rule itself; never above it.
    pub severity: Severity,
    /// Which repair it offers.
    pub fix: Repair,
    /// Tree or disk.
    pub scope: Scope,
    /// The models that must stand before it runs.
    pub needs: &'static [Model],
    /// The page.
    pub page: &'static str,
    /// The check.
    pub check: fn(&Facts, &mut Sink<'_>),
}

/// Which repair a rule offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repair {
    /// Applied by `fix`.
    Safe,
    /// Applied by `fix --unsafe`.
    Unsafe,
    /// Some findings safely, others not or not at all.
    Sometimes,
    /// None.
    None,
}

impl Repair {
    /// The word in lists.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Safe => "safe",
            Self::Unsafe => "unsafe",
            Self::Sometimes => "sometimes",
            Self::None => "no",
        }
    }
}

/// What a rule looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// The snapshot: the same answer on a laptop and in CI.
    Tree,
    /// The laptop's own state as well: silent for index and revisions.
    Disk,
}

impl Rule {
    /// What reports say about the rule.
    pub const fn info(&self) -> RuleInfo {
        RuleInfo { id: self.id, summary: self.summary, severity: self.severity, page: self.page }
    }

    /// The part of the id before the slash.
    pub fn group(&self) -> &'static str {
        self.id.split_once('/').map_or(self.id, |(group, _)| group)
    }
}

/// The groups, in the order of reports and docs.
#[rustfmt::skip]
static GROUPS: &[&[&Rule]] = &[
    manifest::RULES,
    variables::RULES,
    dev::RULES,
    ignore::RULES,
    dockerfile::RULES,
    runbook::RULES,
    namespace::RULES,
    endpoint::RULES,
    preview::RULES,
    argocd::RULES,
    buildkit::RULES,
    secrets::RULES,
    check::RULES,
];

/// Every rule.
pub fn all() -> impl Iterator<Item = &'static Rule> {
    GROUPS.iter().flat_map(|group| group.iter().copied())
}

/// The rule with this id.
pub fn find(id: &str) -> Option<&'static Rule> {
    all().find(|rule| rule.id == id)
}

/// Where a rule puts its findings.
#[derive(Debug)]
pub struct Sink<'a> {
    rule: &'static Rule,
    facts: &'a Facts,
    /// The rules of this run.
    rules: &'a [&'static Rule],
    diagnostics: Vec<Diagnostic>,
    skipped: Vec<Skipped>,
}

impl<'a> Sink<'a> {
    /// A sink for one run of one rule, among `rules`.
    pub fn new(rule: &'static Rule, facts: &'a Facts, rules: &'a [&'static Rule]) -> Self {
        Self { rule, facts, rules, diagnostics: Vec::new(), skipped: Vec::new() }
    }

    /// Whether another rule runs as well: one that tells the same cause better.
    pub fn leaves_to(&self, other: &Rule) -> bool {
        self.rules.iter().any(|rule| rule.id == other.id)
    }

    /// Adds a finding with the rule's own severity.
    pub fn report(&mut self, diagnostic: Diagnostic) {
        self.report_as(self.rule.severity, diagnostic);
    }

    /// Adds a finding with a lower severity than the rule's own, which is the most that any of its findings has.
    pub fn report_as(&mut self, severity: Severity, mut diagnostic: Diagnostic) {
        if self.facts.is_excluded(&diagnostic.place.path) {
            return;
        }
        diagnostic.rule = self.rule.id;
        diagnostic.severity = severity.min(self.rule.severity);
        self.diagnostics.push(diagnostic);
    }

    /// Notes that something was not looked at; shown with `-v` and in the JSON.
    pub fn skip(&mut self, path: &RepoPath, reason: impl Into<String>) {
        let rule = self.rule.id.to_owned();
        self.skipped.push(Skipped { rule, path: path.clone(), reason: reason.into() });
    }

    /// What came together.
    pub fn into_parts(self) -> (Vec<Diagnostic>, Vec<Skipped>) {
        (self.diagnostics, self.skipped)
    }
}
