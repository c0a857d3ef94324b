//! One line per finding: `path:line:column: severity[rule]: message`.

use super::places::{Places, printable, printable_path};
use super::{Options, Report, Style};
use crate::diagnostic::{Diagnostic, Severity};
use annotate_snippets::renderer as ansi;
use std::fmt::Write;

pub(super) fn render(report: &Report, options: &Options) -> String {
    let places = Places::new(report);
    let mut out = String::new();
    for diagnostic in &report.diagnostics {
        out.push_str(&line(diagnostic, &places, options.style));
    }
    for error in &report.errors {
        let _ = writeln!(out, "error: rule `{}` failed: {}", error.rule, printable(&error.message));
    }
    out
}

/// The line of one finding, with its line feed.
pub(super) fn line(diagnostic: &Diagnostic, places: &Places<'_>, style: Style) -> String {
    let start = places.start(&diagnostic.place);
    let colour = match style {
        Style::Plain => ansi::Style::new(),
        Style::Ansi => colour(diagnostic.severity),
    };
    format!(
        "{}:{}:{}: {colour}{}[{}]{colour:#}: {}\n",
        printable_path(&diagnostic.place.path),
        start.line,
        start.column,
        diagnostic.severity,
        diagnostic.rule,
        printable(&diagnostic.message),
    )
}

/// The colour that snippets use for this severity too.
pub(super) const fn colour(severity: Severity) -> ansi::Style {
    match severity {
        Severity::Error => ansi::DEFAULT_ERROR_STYLE,
        Severity::Warning => ansi::DEFAULT_WARNING_STYLE,
        Severity::Note => ansi::DEFAULT_NOTE_STYLE,
    }
}
