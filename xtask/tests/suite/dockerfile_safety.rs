//! Which fixes of Dockerfiles may be made without a human eye, and which may not.

use xtask::config::Config;
use xtask::diagnostic::{Diagnostic, Safety, Severity};
use xtask::engine::{self, Selection};
use xtask::facts::Facts;
use xtask::rules;
use xtask::snapshot::Snapshot;

/// What a rule says about a tree.
fn check(rule: &str, files: &[(&str, &str)]) -> Vec<Diagnostic> {
    let tree =
        Snapshot::memory(files.iter().map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec())));
    let facts = Facts::new(tree, None, Config::default());
    let selection = Selection {
        rules: rules::all().filter(|known| known.id == rule).collect(),
        level: Severity::Note,
        named: false,
        paths: Vec::new(),
    };
    let report = engine::run(&facts, &selection).report;
    assert_eq!(report.errors, []);
    report.diagnostics
}

/// How safe the fix of the first finding about a Dockerfile is.
fn safety(rule: &str, dockerfile: &str) -> Option<Safety> {
    let found = check(rule, &[("Dockerfile", dockerfile)]);
    found
        .first()
        .unwrap_or_else(|| panic!("nothing found in:\n{dockerfile}"))
        .fix
        .as_ref()
        .map(|fix| fix.safety)
}

#[test]
fn an_unknown_instruction_is_corrected_where_the_file_builds_something() {
    for (text, expected) in [
        ("FROM node:22\nRUNN npm ci\n", Safety::Safe),
        ("from node:22\nrunn npm ci\n", Safety::Safe),
        ("FROM node:22\nFor more information see the manual.\n", Safety::Unsafe),
        ("FROM node:22\nfrm x\n", Safety::Unsafe),
        ("FRM node:22\nRUN npm ci\n", Safety::Unsafe),
        ("FROM a b\nRUNN npm ci\n", Safety::Unsafe),
        ("FROM node:22\nRUNN a\nRUNN b\nRUNN c\n", Safety::Unsafe),
    ] {
        let found = check("dockerfile/syntax", &[("Dockerfile", text)]);
        let fixes: Vec<Safety> = found.iter().filter_map(|found| Some(found.fix.as_ref()?.safety)).collect();
        assert!(!fixes.is_empty() && fixes.iter().all(|safety| *safety == expected), "{text}: {fixes:?}");
    }
}
