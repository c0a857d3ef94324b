//! The hook leaves early when nothing staged can matter: what rules read must be what `inputs` says.

#![allow(missing_docs)]

#[allow(dead_code)] // the other half serves tests/rules.rs
mod support {
    pub mod example;
}

use std::collections::BTreeSet;
use support::example;
use xtask::config::Config;
use xtask::diagnostic::Severity;
use xtask::engine::{self, Selection, inputs};
use xtask::facts::{Facts, Model};
use xtask::rules;
use xtask::snapshot::Snapshot;

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
    let overlooked: Vec<_> = read.iter().filter(|(_, path)| !inputs::may_matter(path)).collect();
    assert!(overlooked.is_empty(), "read, but not an input: {overlooked:?}");
}

#[test]
fn a_rule_about_credentials_needs_nothing_else() {
    for rule in rules::all().filter(|rule| rule.needs.contains(&Model::Secrets)) {
        assert_eq!(rule.needs, [Model::Secrets], "{}: the hook asks it about single files", rule.id);
    }
}
