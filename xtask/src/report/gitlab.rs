//! GitLab Code Quality: a JSON array, `[]` when nothing was found (GitLab `code_climate.rb`, whose first
//! entry that breaks the schema loses all entries after it).

use super::Report;
use super::json::to_pretty;
use super::places::Places;
use super::prose::headline;
use crate::diagnostic::{Diagnostic, Severity};
use serde::Serialize;
use std::collections::BTreeMap;

#[derive(Serialize)]
struct Issue<'a> {
    description: String,
    check_name: &'a str,
    fingerprint: String,
    severity: &'static str,
    location: Location<'a>,
}

#[derive(Serialize)]
struct Location<'a> {
    path: &'a str,
    lines: Lines,
}

#[derive(Serialize)]
struct Lines {
    begin: usize,
}

pub(super) fn render(report: &Report) -> String {
    let places = Places::new(report);
    let mut seen = BTreeMap::new();
    let issues = report.diagnostics.iter().map(|diagnostic| Issue {
        description: headline(diagnostic),
        check_name: diagnostic.rule,
        fingerprint: unique(&diagnostic.fingerprint, &mut seen),
        severity: severity(diagnostic),
        location: Location {
            path: diagnostic.place.path.as_str(),
            lines: Lines { begin: places.start(&diagnostic.place).line },
        },
    });
    to_pretty(&issues.collect::<Vec<_>>())
}

/// GitLab keeps one finding per fingerprint: equal ones are numbered, in their stable order.
fn unique<'a>(fingerprint: &'a str, seen: &mut BTreeMap<&'a str, usize>) -> String {
    let times = seen.entry(fingerprint).or_default();
    *times += 1;
    if *times == 1 { fingerprint.to_owned() } else { format!("{fingerprint}-{times}") }
}

fn severity(diagnostic: &Diagnostic) -> &'static str {
    match diagnostic.severity {
        Severity::Error if diagnostic.rule.starts_with("secrets/") => "critical",
        Severity::Error => "major",
        Severity::Warning => "minor",
        Severity::Note => "info",
    }
}
