//! Which tools lack a cache mount: the shared vectors and our own. What counts as a command is in
//! `dockerfile_cache_commands`, what counts as a mount in `dockerfile_cache_folders`.

use std::collections::BTreeSet;
use std::path::Path;

use xtask::model::image::{Image, Knowledge};
use xtask::syntax::dockerfile::Dockerfile;

/// `line tool` of every finding.
pub fn findings(text: &str) -> Vec<String> {
    let file = Dockerfile::parse(text);
    let image = Image::new(&file, &Knowledge::default());
    let lines = image.runs.iter().flat_map(|run| {
        let line = file.instructions[run.instruction].first_line;
        run.unmet().map(move |need| format!("{line} {}", need.tool.name))
    });
    lines.collect()
}

#[track_caller]
pub fn check(text: &str, expected: &[&str]) {
    assert_eq!(findings(text), expected, "{text}");
}

/// The tools that a RUN in a node image lacks.
#[track_caller]
pub fn run(command: &str, expected: &[&str]) {
    let found = findings(&format!("FROM node:22\nWORKDIR /w\nRUN {command}\n"));
    let tools: Vec<_> = found.iter().map(|finding| finding.split_once(' ').unwrap().1).collect();
    assert_eq!(tools, expected, "{command}");
}

#[test]
fn findings_of_the_vectors() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/dockerfiles");
    let mut seen = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if !path.is_dir() {
            continue;
        }
        seen += 1;
        let text = std::fs::read_to_string(path.join("Dockerfile")).unwrap();
        let expected = std::fs::read_to_string(path.join("expect.json")).unwrap();
        let expected: serde_json::Value = serde_json::from_str(&expected).unwrap();
        let list = |key: &str| -> Vec<String> {
            let entries = expected[key].as_array().into_iter().flatten();
            entries.map(|entry| format!("{} {}", entry["line"], entry["tool"].as_str().unwrap())).collect()
        };
        let debatable = list("debatable");
        let mut found = findings(&text);
        found.retain(|finding| !debatable.contains(finding));
        assert_eq!(found, list("missing_cache_mount"), "{}", path.display());
    }
    assert_eq!(seen, 15);
}

/// Our own cases for each sentence of the rule, and whole files: see `vectors/cache-mounts/README.md`.
#[test]
fn findings_of_the_cases() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/cache-mounts");
    let mut seen = 0;
    for name in ["commands", "shell", "environment", "files"] {
        let text = std::fs::read_to_string(folder.join(name).with_extension("txt")).unwrap();
        for case in text.split("### ").skip(1) {
            let (title, rest) = case.split_once('\n').unwrap();
            let (expected, file) = rest.split_once('\n').unwrap();
            let expected = expected.strip_prefix(">>>").unwrap().split(';').map(str::trim);
            let expected: BTreeSet<&str> = expected.filter(|finding| !finding.is_empty()).collect();
            let found = findings(&file.replace("<CR>", "\r"));
            let distinct: BTreeSet<&str> = found.iter().map(String::as_str).collect();
            assert_eq!(distinct, expected, "{name}: {title}");
            assert_eq!(distinct.len(), found.len(), "{name}: {title}");
            seen += 1;
        }
    }
    assert_eq!(seen, 214);
}
