//! The last line: how much was found, and the exact command that repairs it.

use super::super::concise::colour;
use super::super::{Options, Report, Style};
use crate::diagnostic::{Safety, Severity};

/// ``2 errors, 1 warning in 84 files (11 ms); 3 fixable with `cargo xtask fix`, 1 more with `--unsafe` ``.
pub(super) fn line(report: &Report, options: &Options) -> String {
    let files = plural(report.files, "file");
    let elapsed = options.elapsed.map(|time| format!(" ({} ms)", time.as_millis())).unwrap_or_default();
    format!("{} in {files}{elapsed}{}\n", counts(report, options.style), fixes(report))
}

/// What was found, by severity: `2 errors, 1 warning`, or `no problems`; suppressed findings are counted too.
pub fn counts(report: &Report, style: Style) -> String {
    let mut parts = Vec::new();
    for severity in [Severity::Error, Severity::Warning, Severity::Note] {
        let count = report.count(severity);
        if count > 0 {
            let text = plural(count, severity.as_str());
            let colour = colour(severity);
            parts.push(match style {
                Style::Plain => text,
                Style::Ansi => format!("{colour}{text}{colour:#}"),
            });
        }
    }
    if parts.is_empty() {
        parts.push("no problems".to_owned());
    }
    if report.suppressed > 0 {
        parts.push(format!("{} suppressed", report.suppressed));
    }
    if !report.errors.is_empty() {
        parts.push(format!("{} failed", plural(report.errors.len(), "rule")));
    }
    parts.join(", ")
}

fn fixes(report: &Report) -> String {
    match (report.fixable(Safety::Safe), report.fixable(Safety::Unsafe)) {
        (0, 0) => String::new(),
        (0, more) => format!("; {more} fixable with `cargo xtask fix --unsafe`"),
        (safe, 0) => format!("; {safe} fixable with `cargo xtask fix`"),
        (safe, more) => format!("; {safe} fixable with `cargo xtask fix`, {more} more with `--unsafe`"),
    }
}

fn plural(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}
