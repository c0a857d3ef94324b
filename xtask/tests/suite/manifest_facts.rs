//! Every row of what is known about the Okteto manifest, against the rules: `manifest_facts.txt` holds the rows.

use std::fmt::Write as _;
use xtask::config::Config;
use xtask::diagnostic::Severity;
use xtask::engine::{self, Selection};
use xtask::facts::Facts;
use xtask::rules;
use xtask::snapshot::Snapshot;

/// What surrounds each manifest.
const TREE: [(&str, &str); 14] = [
    (".stignore", ".git\n"),
    ("api/.stignore", ".git\n"),
    ("api/Dockerfile", "FROM alpine\nARG BASE\n"),
    ("api/main.go", "package main\n"),
    ("chart/Chart.yaml", "name: web\n"),
    ("docker-compose.yml", "services: {web: {build: web}}\n"),
    ("k8s.yml", "kind: A\n"),
    ("lib/.stignore", ".git\n"),
    ("lib/x.go", "package lib\n"),
    ("readme.md", "x\n"),
    ("secret.txt", "x\n"),
    ("web/.stignore", ".git\n"),
    ("web/Dockerfile", "FROM alpine AS base\nFROM base AS prod\n"),
    ("web/a.txt", "a\n"),
];

const GROUPS: [&str; 4] = ["manifest", "variables", "dev", "check"];

struct Case<'a> {
    section: &'a str,
    title: &'a str,
    files: Vec<(&'a str, String)>,
    expected: Vec<&'a str>,
}

fn cases(text: &str) -> Vec<Case<'_>> {
    let mut cases: Vec<Case<'_>> = Vec::new();
    let mut section = "";
    for line in text.lines() {
        let answered = cases.last().is_none_or(|case| !case.expected.is_empty());
        if let Some(title) = line.strip_prefix("@ ") {
            cases.push(Case { section, title, files: Vec::new(), expected: Vec::new() });
        } else if let Some(title) = line.strip_prefix("# ").filter(|_| answered) {
            section = title;
        } else if let Some(case) = cases.last_mut() {
            if let Some(finding) = line.strip_prefix("=> ") {
                case.expected.push(finding);
            } else if let Some(path) = line.strip_prefix("-- ") {
                case.files.push((path, String::new()));
            } else if !answered {
                if case.files.is_empty() {
                    case.files.push(("okteto.yml", String::new()));
                }
                let (_, text) = case.files.last_mut().unwrap();
                writeln!(text, "{}", line.replace(r"\t", "\t")).unwrap();
            }
        }
    }
    cases
}

/// All findings of the groups, as they are written in the table; `manifest/remote` speaks about every deploy.
fn findings(case: &Case<'_>) -> Vec<String> {
    let surroundings = TREE.iter().filter(|(path, _)| case.files.iter().all(|(own, _)| own != path));
    let surroundings = surroundings.map(|(path, text)| (*path, (*text).to_owned()));
    let files = surroundings.chain(case.files.iter().cloned());
    let tree = Snapshot::memory(files.map(|(path, text)| (path.to_owned(), text.into_bytes())));
    let facts = Facts::new(tree, None, Config::default());
    let chosen = rules::all().filter(|rule| GROUPS.contains(&rule.group()) && rule.id != "manifest/remote");
    let selection =
        Selection { rules: chosen.collect(), level: Severity::Note, named: true, paths: Vec::new() };
    let report = engine::run(&facts, &selection).report;
    assert!(report.errors.is_empty(), "{}: a rule panicked", case.title);
    let mut found: Vec<String> = report
        .diagnostics
        .iter()
        .map(|finding| {
            let file = facts.source(&finding.place.path).unwrap();
            let text = finding.place.span.slice(&file.text).replace('\t', r"\t");
            format!("{} {} `{text}`", finding.rule, finding.severity)
        })
        .collect();
    if found.is_empty() {
        found.push("silent".to_owned());
    }
    found.sort();
    found
}

#[test]
fn every_row_of_the_facts_holds() {
    let text = include_str!("manifest_facts.txt");
    let mut failures = String::new();
    let cases = cases(text);
    assert!(cases.len() > 150, "the table could not be read");
    for case in &cases {
        assert!(!case.expected.is_empty(), "{}: no answer", case.title);
        let mut expected: Vec<String> = case.expected.iter().map(|line| (*line).to_owned()).collect();
        expected.sort();
        let found = findings(case);
        if found != expected {
            let (section, title) = (case.section, case.title);
            writeln!(failures, "{section} / {title}\n  expected {expected:#?}\n  found {found:#?}").unwrap();
        }
    }
    assert!(failures.is_empty(), "{failures}");
}
