//! Answers of the real implementations to generated files, most of them nasty: which line decides each path, with
//! errors word for word. The rows at the start of each file are shrunk differences that were once found here.
//!
//! They were given by Syncthing's `ignore.go` (1.29.5, `#escape` added), moby/patternmatcher 0.6 under fsutil's
//! filter, Okteto's sections over the same, and git 2.47.

use std::fs;
use std::path::Path;

use serde_json::Value;
use xtask::commands::why_file::{Question, answer};
use xtask::syntax::ignore::Dialect;
use xtask::syntax::ignore::stignore::Include;

/// Where `name`, included by `from`, lies among the files of a case.
fn beside(from: &str, name: &str) -> String {
    let folder = from.rsplit_once('/').map_or("", |(folder, _)| folder);
    let mut parts: Vec<&str> = Vec::new();
    for part in folder.split('/').chain(name.split('/')) {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => _ = parts.pop(),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// How our answer to a case differs.
fn difference(dialect: Dialect, case: &Value) -> Option<String> {
    let text = case["text"].as_str().unwrap();
    let question = Question {
        dialect,
        name: ".stignore",
        bytes: text.as_bytes(),
        section: case["section"].as_str().unwrap_or("deploy").parse().unwrap(),
        platform: case["platform"].as_str().unwrap_or("linux").parse().unwrap(),
    };
    let mut resolve = |from: &str, name: &str| {
        let key = beside(from, name);
        let text = case["files"][&key].as_str().ok_or_else(|| "file not found".to_owned())?.to_owned();
        Ok(Include { key, text })
    };
    let results = case["results"].as_array().unwrap();
    let paths: Vec<String> = results
        .iter()
        .map(|result| {
            let slash = if result["is_dir"] == true { "/" } else { "" };
            format!("{}{slash}", result["path"].as_str().unwrap())
        })
        .collect();
    let ours = answer(&question, &mut resolve, paths.iter().map(String::as_str));
    let ours = serde_json::to_value(ours).unwrap();
    if ours["error"] != case["error"] {
        return Some(format!("{text:?}: {} instead of {}", ours["error"], case["error"]));
    }
    let differs = |ours: &Value, theirs: &Value| {
        // The line of an included rule is one of another file.
        let keys = ["path", "ignored", "deletable", "can_skip_dir", "error", "line"];
        let keys = keys.iter().take(if theirs["included"] == true { 5 } else { 6 });
        keys.clone().any(|key| ours[key] != theirs[key])
            || theirs["pattern"].is_string() && ours["pattern"] != theirs["pattern"]
    };
    let wrong = ours["results"].as_array().unwrap().iter().zip(results).find(|(o, t)| differs(o, t));
    wrong.map(|(ours, theirs)| format!("{text:?}: {ours} instead of {theirs}"))
}

fn compare(dialect: Dialect) {
    let name = format!("tests/vectors/ignore/{dialect}-answers.jsonl");
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).unwrap();
    let cases: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(cases.len() >= 100);
    let wrong: Vec<String> = cases.iter().filter_map(|case| difference(dialect, case)).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn stignore() {
    compare(Dialect::Stignore);
}

#[test]
fn dockerignore() {
    compare(Dialect::Dockerignore);
}

#[test]
fn oktetoignore() {
    compare(Dialect::Oktetoignore);
}

#[test]
fn gitignore() {
    compare(Dialect::Gitignore);
}
