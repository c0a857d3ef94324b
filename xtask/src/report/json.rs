//! The tool's own format: one object, versioned, a contract with scripts. Keys keep their order.

use super::Report;
use super::places::Places;
use crate::diagnostic::{Diagnostic, Fix, Related, Safety, Severity};
use crate::source::{Place, Position};
use serde::Serialize;

/// Raised when a key changes its meaning or goes away; new keys do not count.
const VERSION: u32 = 1;

#[derive(Serialize)]
struct Document<'a> {
    version: u32,
    snapshot: &'a str,
    diagnostics: Vec<Finding<'a>>,
    skipped: Vec<Skip<'a>>,
    errors: Vec<Failure<'a>>,
    summary: Summary,
}

#[derive(Serialize)]
struct Finding<'a> {
    rule: &'a str,
    severity: &'a str,
    message: &'a str,
    why: Option<&'a str>,
    help: Option<&'a str>,
    #[serde(flatten)]
    range: Range<'a>,
    related: Vec<Other<'a>>,
    subject: &'a str,
    fingerprint: &'a str,
    fixable: &'static str,
}

#[derive(Serialize)]
struct Other<'a> {
    #[serde(flatten)]
    range: Range<'a>,
    message: &'a str,
}

#[derive(Serialize)]
struct Range<'a> {
    path: &'a str,
    start: Point,
    end: Point,
}

#[derive(Serialize)]
struct Point {
    line: usize,
    column: usize,
}

#[derive(Serialize)]
struct Skip<'a> {
    rule: &'a str,
    path: &'a str,
    reason: &'a str,
}

#[derive(Serialize)]
struct Failure<'a> {
    rule: &'a str,
    message: &'a str,
}

#[derive(Serialize)]
struct Summary {
    error: usize,
    warning: usize,
    note: usize,
    suppressed: usize,
    /// What `fix` repairs without `--unsafe`.
    fixable: usize,
    files: usize,
}

pub(super) fn render(report: &Report) -> String {
    let places = Places::new(report);
    let document = Document {
        version: VERSION,
        snapshot: &report.snapshot,
        diagnostics: report.diagnostics.iter().map(|diagnostic| finding(diagnostic, &places)).collect(),
        skipped: report
            .skipped
            .iter()
            .map(|skip| Skip { rule: &skip.rule, path: skip.path.as_str(), reason: &skip.reason })
            .collect(),
        errors: report
            .errors
            .iter()
            .map(|error| Failure { rule: &error.rule, message: &error.message })
            .collect(),
        summary: Summary {
            error: report.count(Severity::Error),
            warning: report.count(Severity::Warning),
            note: report.count(Severity::Note),
            suppressed: report.suppressed,
            fixable: report.fixable(Safety::Safe),
            files: report.files,
        },
    };
    to_pretty(&document)
}

/// `value` as indented JSON with a final line feed.
pub(super) fn to_pretty(value: &impl Serialize) -> String {
    // Strings, numbers, lists and structs of them always serialise.
    let mut text = serde_json::to_string_pretty(value).unwrap_or_default();
    text.push('\n');
    text
}

fn finding<'a>(diagnostic: &'a Diagnostic, places: &Places<'_>) -> Finding<'a> {
    Finding {
        rule: diagnostic.rule,
        severity: diagnostic.severity.as_str(),
        message: &diagnostic.message,
        why: diagnostic.why.as_deref(),
        help: diagnostic.help.as_deref(),
        range: range(&diagnostic.place, places),
        related: diagnostic.related.iter().map(|related| other(related, places)).collect(),
        subject: &diagnostic.subject,
        fingerprint: &diagnostic.fingerprint,
        fixable: fixable(diagnostic.fix.as_ref()),
    }
}

fn other<'a>(related: &'a Related, places: &Places<'_>) -> Other<'a> {
    Other { range: range(&related.place, places), message: &related.message }
}

fn range<'a>(place: &'a Place, places: &Places<'_>) -> Range<'a> {
    let (start, end) = places.range(place);
    Range { path: place.path.as_str(), start: point(start), end: point(end) }
}

const fn point(position: Position) -> Point {
    Point { line: position.line, column: position.column }
}

const fn fixable(fix: Option<&Fix>) -> &'static str {
    match fix {
        Some(Fix { safety: Safety::Safe, .. }) => "safe",
        Some(Fix { safety: Safety::Unsafe, .. }) => "unsafe",
        None => "no",
    }
}
