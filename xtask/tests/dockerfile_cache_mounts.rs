//! Which tools lack a cache mount: the shared vectors, and an example for each point of the rule.

#![allow(clippy::indexing_slicing, clippy::string_slice)]

use std::path::Path;

use proptest::prelude::*;
use xtask::model::image::{Image, Knowledge, Location, Misplacement, OptOut, Setting};
use xtask::source::LineIndex;
use xtask::syntax::dockerfile::Dockerfile;

/// `line tool` of every finding.
fn findings(text: &str) -> Vec<String> {
    let file = Dockerfile::parse(text);
    let image = Image::new(&file, &Knowledge::default());
    let lines = image.runs.iter().flat_map(|run| {
        let line = file.instructions[run.instruction].first_line;
        run.unmet().map(move |need| format!("{line} {}", need.tool.name))
    });
    lines.collect()
}

#[track_caller]
fn check(text: &str, expected: &[&str]) {
    assert_eq!(findings(text), expected, "{text}");
}

/// The tools that a RUN in a node image lacks.
#[track_caller]
fn run(command: &str, expected: &[&str]) {
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
