//! The hook leaves early when nothing staged can matter: what rules read must be notable files.

use crate::support::example;
#[allow(dead_code)] // the other half serves tests/rules.rs
use std::collections::BTreeSet;
use xtask::config::Config;
use xtask::diagnostic::Severity;
use xtask::engine::{self, Selection};
use xtask::facts::{Facts, Model};
use xtask::rules::{self, Rule};
use xtask::snapshot::{Snapshot, is_notable};
use xtask::source::RepoPath;

#[test]
fn rules_read_only_files_that_may_matter() {
    let mut read = BTreeSet::new();
    // Rules about credentials search every text, and the hook asks them about every staged one.
    for rule in rules::all().filter(|rule| !rule.needs.contains(&Model::Secrets)) {
        for example in example::parse(rule.page).unwrap() {
            let files = example.files.into_iter();
            let tree = Snapshot::memory(files.filter_map(|(path, text)| Some((path, text?.into_bytes()))));
            let facts = Facts::new(tree, None, Config::default());
            let selection =
                Selection { rules: vec![rule], level: Severity::Note, named: true, paths: Vec::new() };
            engine::run(&facts, &selection);
            let sources = facts.tree.sources_read().into_iter().map(|file| file.path);
            read.extend(sources.map(|path| (rule.id, path)));
        }
    }
    assert!(!read.is_empty());
    let overlooked: Vec<_> = read.iter().filter(|(_, path)| !is_notable(path.as_str())).collect();
    assert!(overlooked.is_empty(), "read, but not an input: {overlooked:?}");
}

/// The hook shows such rules single files, and trusts their silence.
#[test]
fn a_credential_in_any_other_file_is_found_in_that_file_alone() {
    for rule in rules::all().filter(|rule| rule.needs.contains(&Model::Secrets)) {
        for example in example::parse(rule.page).unwrap() {
            let files: Vec<(String, Vec<u8>)> = example
                .files
                .into_iter()
                .filter_map(|(path, text)| Some((path, text?.into_bytes())))
                .collect();
            for path in found(rule, files.clone()).iter().filter(|path| !is_notable(path.as_str())) {
                let alone = files.iter().filter(|(name, _)| name == path.as_str()).cloned().collect();
                assert!(!found(rule, alone).is_empty(), "{}: {path}", rule.id);
            }
        }
    }
}

fn found(rule: &'static Rule, files: Vec<(String, Vec<u8>)>) -> Vec<RepoPath> {
    let facts = Facts::new(Snapshot::memory(files), None, Config::default());
    let selection = Selection { rules: vec![rule], level: Severity::Note, named: true, paths: Vec::new() };
    let report = engine::run(&facts, &selection).report;
    report.diagnostics.into_iter().map(|diagnostic| diagnostic.place.path).collect()
}
