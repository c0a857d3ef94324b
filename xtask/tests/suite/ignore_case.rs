//! `ignore/case` asks the rules of macOS about few paths alone; it must find what asking them about all would find.

use std::collections::BTreeSet;

use proptest::prelude::*;
use xtask::config::Config;
use xtask::diagnostic::{Diagnostic, Severity};
use xtask::engine::{self, Selection};
use xtask::facts::Facts;
use xtask::model::synced::Side;
use xtask::rules;
use xtask::snapshot::Snapshot;
use xtask::source::RepoPath;

const MANIFEST: &str = "dev:\n  web:\n    image: node:22\n    sync:\n      - .:/app\n";

fn lines() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "a", "A", "b", "B", "*", "**", "/", "?", "[a-b]", "[A-B]", "[^a]", "[^A]", "é", "É", "{a,B}", "\\A",
    ]);
    let line = (prop::sample::select(vec!["", "!", "(?i)", "(?d)", "/"]), prop::collection::vec(piece, 1..4));
    let line = line.prop_map(|(start, pieces)| format!("{start}{}", pieces.concat()));
    prop::collection::vec(line, 1..5).prop_map(|lines| lines.join("\n"))
}

fn paths() -> impl Strategy<Value = BTreeSet<String>> {
    let name = prop::sample::select(vec!["a", "A", "b", "B", "ab", "aB", "Ab", "é", "É"]);
    let path = prop::collection::vec(name, 1..4).prop_map(|names| format!("{}.x", names.join("/")));
    prop::collection::btree_set(path, 1..8)
}

/// How many of the paths have another fate on macOS, and what the rule says of them.
fn asked(text: &str, paths: &BTreeSet<String>) -> (usize, Vec<Diagnostic>) {
    let mut files = vec![("okteto.yml", MANIFEST), (".stignore", text)];
    files.extend(paths.iter().map(|path| (path.as_str(), "")));
    let tree =
        Snapshot::memory(files.iter().map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec())));
    let facts = Facts::new(tree, None, Config::default());
    let folder = facts.synced().at(&RepoPath::root()).unwrap();
    let ignored = |side, path: &str| folder.verdict_on(side, &RepoPath::new(path)).unwrap().ignored;
    let differs = |path: &&String| ignored(Side::Linux, path) != ignored(Side::Macos, path);
    let expected = paths.iter().filter(differs).count();
    let rule = rules::all().find(|rule| rule.id == "ignore/case").unwrap();
    let selection = Selection { rules: vec![rule], level: Severity::Note, named: true, paths: Vec::new() };
    (expected, engine::run(&facts, &selection).report.diagnostics)
}

/// Found by the test below: the folder alone matches.
#[test]
fn a_folder_may_match_by_a_quirk_that_its_files_do_not_share() {
    let (expected, found) = asked("(?d)B**b", &BTreeSet::from(["b/a.x".to_owned()]));
    assert_eq!((expected, found.len()), (1, 1));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_quick_way_finds_what_asking_about_every_path_finds(text in lines(), paths in paths()) {
        let (expected, found) = asked(&text, &paths);
        prop_assert_eq!(expected > 0, !found.is_empty(), "{:?} on {:?}: {:?}", text, paths, found);
    }
}
