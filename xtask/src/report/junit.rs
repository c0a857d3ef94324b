//! JUnit XML for the test tab of a pipeline: a suite for each group of rules, a case for each rule, passed
//! ones included: a test that failed before and passes now is shown as fixed.

use super::Report;
use super::concise;
use super::places::Places;
use super::prose::remarks;
use super::{Style, places::printable_path};
use crate::diagnostic::{Diagnostic, InternalError};
use std::fmt::Write;

/// What became of a rule.
struct Case<'a> {
    rule: &'a str,
    findings: Vec<&'a Diagnostic>,
    error: Option<&'a InternalError>,
}

impl<'a> Case<'a> {
    fn new(rule: &'a str, report: &'a Report) -> Self {
        Self {
            rule,
            findings: report.diagnostics.iter().filter(|diagnostic| diagnostic.rule == rule).collect(),
            error: report.errors.iter().find(|error| error.rule == rule),
        }
    }

    fn group(&self) -> &'a str {
        self.rule.split_once('/').map_or(self.rule, |(group, _)| group)
    }

    const fn failed(&self) -> bool {
        self.error.is_none() && !self.findings.is_empty()
    }
}

pub(super) fn render(report: &Report) -> String {
    let places = Places::new(report);
    let cases = cases(report);
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let _ = writeln!(
        out,
        "<testsuites name=\"cargo xtask check\" {}>",
        totals(&cases.iter().collect::<Vec<_>>())
    );
    let mut groups: Vec<&str> = cases.iter().map(Case::group).collect();
    groups.sort_unstable();
    groups.dedup();
    for group in groups {
        let suite: Vec<&Case<'_>> = cases.iter().filter(|case| case.group() == group).collect();
        let _ = writeln!(out, "    <testsuite name=\"{}\" {}>", escaped(group), totals(&suite));
        for case in suite {
            write_case(&mut out, case, &places);
        }
        out.push_str("    </testsuite>\n");
    }
    out.push_str("</testsuites>\n");
    out
}

/// The rules in the order of their table, then those that only a finding or an error names.
fn cases(report: &Report) -> Vec<Case<'_>> {
    let table = report.rules.iter().map(|rule| rule.id);
    let found = report.diagnostics.iter().map(|diagnostic| diagnostic.rule);
    let broken = report.errors.iter().map(|error| error.rule.as_str());
    let mut rules: Vec<&str> = Vec::new();
    for rule in table.chain(found).chain(broken) {
        if !rules.contains(&rule) {
            rules.push(rule);
        }
    }
    rules.into_iter().map(|rule| Case::new(rule, report)).collect()
}

fn totals(cases: &[&Case<'_>]) -> String {
    let failures = cases.iter().filter(|case| case.failed()).count();
    let errors = cases.iter().filter(|case| case.error.is_some()).count();
    format!("tests=\"{}\" skipped=\"0\" failures=\"{failures}\" errors=\"{errors}\"", cases.len())
}

fn write_case(out: &mut String, case: &Case<'_>, places: &Places<'_>) {
    let rule = escaped(case.rule);
    let _ = write!(out, "        <testcase name=\"{rule}\" classname=\"{}\"", escaped(case.group()));
    if let Some(first) = case.findings.first() {
        let _ = write!(out, " file=\"{}\"", escaped(&printable_path(&first.place.path)));
    }
    let body = match (case.error, case.findings.first()) {
        (Some(error), _) => {
            // GitLab shows the text of the element; without one it would show the attributes as they are.
            let text = escaped_text(&error.message);
            format!("<error message=\"{}\">{text}</error>", escaped(&error.message))
        }
        (None, Some(first)) => {
            let message = match case.findings.len() {
                1 => first.message.clone(),
                more => format!("{more} findings"),
            };
            let (message, severity) = (escaped(&message), first.severity);
            let text = escaped_text(&text(case, places));
            format!("<failure message=\"{message}\" type=\"{severity}\">{text}</failure>")
        }
        (None, None) => {
            out.push_str("/>\n");
            return;
        }
    };
    let _ = writeln!(out, ">\n            {body}\n        </testcase>");
}

/// Every finding of the rule with its place.
fn text(case: &Case<'_>, places: &Places<'_>) -> String {
    let mut text = String::new();
    for diagnostic in &case.findings {
        text.push_str(concise::line(diagnostic, places, Style::Plain).trim_end_matches('\n'));
        if !diagnostic.label.is_empty() {
            let _ = write!(text, "\n{}", diagnostic.label);
        }
        for related in &diagnostic.related {
            let start = places.start(&related.place);
            let path = printable_path(&related.place.path);
            let _ = write!(text, "\n{path}:{}:{}: {}", start.line, start.column, related.message);
        }
        text.push_str(&remarks(diagnostic));
        text.push_str("\n\n");
    }
    text.truncate(text.trim_end().len());
    text
}

/// Escapes an attribute's value; white space that a parser would turn into a space keeps its code.
fn escaped(text: &str) -> String {
    escaped_text(text).replace('\t', "&#9;").replace('\n', "&#10;").replace('\r', "&#13;")
}

/// Escapes markup and replaces what XML 1.0 (§2.2) has no character for.
fn escaped_text(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&apos;"),
            '\t' | '\n' | '\r' => out.push(character),
            '\0'..'\u{20}' | '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            character => out.push(character),
        }
    }
    out
}
