//! GitHub workflow commands: an annotation for each finding (actions/toolkit `command.ts`).

use super::Report;
use super::places::Places;
use super::prose::paragraphs;
use crate::diagnostic::{Diagnostic, Severity};
use std::fmt::Write;

pub(super) fn render(report: &Report) -> String {
    let places = Places::new(report);
    let mut out = String::new();
    for diagnostic in &report.diagnostics {
        annotation(&mut out, diagnostic, &places);
    }
    for error in &report.errors {
        let title = property(&format!("rule `{}` failed", error.rule));
        let _ = writeln!(out, "::error title={title}::{}", data(&error.message));
    }
    out
}

fn annotation(out: &mut String, diagnostic: &Diagnostic, places: &Places<'_>) {
    let command = match diagnostic.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "notice",
    };
    let (start, end) = places.range(&diagnostic.place);
    let path = property(&diagnostic.place.path.to_string());
    let _ = write!(out, "::{command} file={path},line={},endLine={}", start.line, end.line);
    // Columns are shown, and allowed, within one line only.
    if start.line == end.line {
        let _ = write!(out, ",col={},endColumn={}", start.column, end.column);
    }
    let text = data(&paragraphs(diagnostic, places));
    let _ = writeln!(out, ",title={}::{text}", property(diagnostic.rule));
}

/// Text behind the second `::`.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// The value of a property.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
