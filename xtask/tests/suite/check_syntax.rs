//! What the page of `check/syntax` cannot show: contents and names that are no text.

use xtask::config::Config;
use xtask::diagnostic::Severity;
use xtask::engine::{self, Selection};
use xtask::facts::Facts;
use xtask::rules;
use xtask::snapshot::Snapshot;

/// Path and message of each finding.
fn check(files: &[(&str, &[u8])]) -> Vec<(String, String)> {
    let tree = Snapshot::memory(files.iter().map(|(path, content)| ((*path).to_owned(), content.to_vec())));
    let facts = Facts::new(tree, None, Config::default());
    let rules = rules::find("check/syntax").into_iter().collect();
    let selection = Selection { rules, level: Severity::Note, named: true, paths: Vec::new() };
    let report = engine::run(&facts, &selection).report;
    assert!(report.errors.is_empty(), "the rule panicked");
    let row = |path: &str, message: &str| (path.to_owned(), message.to_owned());
    report.diagnostics.iter().map(|found| row(found.place.path.as_str(), &found.message)).collect()
}

#[test]
fn files_that_are_no_text_are_named() {
    let found = check(&[
        ("pnpm-workspace.yaml", b"packages: [apps/*]\n"),
        ("apps/odd/package.json", b"{\"name\": \"caf\xe9\"}"),
        (".gitlab-ci.yml", b"\0\0binary"),
        // Parked code is nobody's business.
        ("upstream/package.json", b"\xff"),
    ]);
    let expected = [
        (".gitlab-ci.yml", "this is a binary file, not text"),
        ("apps/odd/package.json", "this is not UTF-8 text: the byte at offset 13 begins no character"),
    ];
    assert_eq!(found, expected.map(|(path, message)| (path.to_owned(), message.to_owned())));
}

#[test]
fn a_workspace_file_that_cannot_be_read_is_named() {
    let found = check(&[("pnpm-workspace.yaml", b"\xff"), ("package.json", b"{}")]);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].0, "pnpm-workspace.yaml");
}

#[cfg(target_os = "linux")]
#[test]
fn names_that_are_no_text_are_named() {
    use std::os::unix::ffi::OsStrExt;
    use std::process::Command;

    let folder = tempfile::tempdir().unwrap();
    let name = std::ffi::OsStr::from_bytes(b"caf\xe9.txt");
    std::fs::write(folder.path().join(name), "").unwrap();
    assert!(Command::new("git").args(["init", "-q"]).current_dir(&folder).status().unwrap().success());
    let output = Command::new(env!("CARGO_BIN_EXE_xtask"))
        .args(["check", "--rule", "check/syntax", "--format", "concise", "--color", "never", "--root"])
        .arg(folder.path())
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("file name `caf\u{fffd}.txt` is not UTF-8"), "{text}");
    assert_eq!(output.status.code(), Some(1));
}
