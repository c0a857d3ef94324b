//! Answers of the real tools: each row of `vectors/ignore` was given by Syncthing, BuildKit, git or Okteto.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::Value;
use xtask::syntax::ignore::dockerignore::Dockerignore;
use xtask::syntax::ignore::gitignore::{Gitignore, Stack};
use xtask::syntax::ignore::oktetoignore::{Oktetoignore, Section};
use xtask::syntax::ignore::stignore::{Include, Platform, Stignore, okteto_cluster_copy};

fn read(name: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/ignore").join(name)).unwrap()
}

/// The rows of a table by column name.
fn table(name: &str) -> Vec<BTreeMap<String, String>> {
    let text = read(name);
    let mut lines = text.lines();
    let columns: Vec<&str> = lines.next().unwrap().split('\t').collect();
    let rows: Vec<_> = lines
        .map(|line| {
            columns.iter().map(|name| (*name).to_owned()).zip(line.split('\t').map(str::to_owned)).collect()
        })
        .collect();
    assert!(rows.len() > 50, "{name} is read");
    rows
}

fn flag(value: bool) -> &'static str {
    if value { "1" } else { "0" }
}

fn files(row: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let text = row.get("files").map_or("", String::as_str);
    if text.is_empty() { BTreeMap::new() } else { serde_json::from_str(text).unwrap() }
}

/// Collects the rows that are answered differently, so that one run shows all of them.
#[derive(Default)]
struct Differences(Vec<String>);

impl Differences {
    fn compare(&mut self, row: &BTreeMap<String, String>, column: &str, found: &str) {
        if row[column] != found {
            let (id, text, path) = (&row["id"], &row["text"], &row["path"]);
            self.0.push(format!("{id} {text} {path}: {column} is {}, found {found}", row[column]));
        }
    }

    fn finish(self) {
        assert!(self.0.is_empty(), "{}", self.0.join("\n"));
    }
}

#[test]
fn stignore() {
    let mut differences = Differences::default();
    for row in table("stignore.tsv") {
        let text: String = serde_json::from_str(&row["text"]).unwrap();
        let files = files(&row);
        let mut resolve = |from: &str, name: &str| {
            let key = Path::new(from).parent().unwrap().join(name).to_string_lossy().into_owned();
            let text = files.get(&key).cloned().ok_or_else(|| "file not found".to_owned())?;
            Ok(Include { key, text })
        };
        let linux = Stignore::parse(".stignore", &text, Platform::Linux, &mut resolve);
        let verdict = linux.matches(&row["path"]).unwrap();
        differences.compare(&row, "error", linux.problems().first().map_or("", |problem| &problem.message));
        differences.compare(&row, "ignored", flag(verdict.ignored));
        differences.compare(&row, "can_skip_dir", flag(verdict.can_skip_dir));
        if verdict.ignored {
            differences.compare(&row, "deletable", flag(verdict.deletable));
        }
        let macos = Stignore::parse(".stignore", &text, Platform::Macos, &mut resolve);
        differences.compare(&row, "ignored_macos", flag(macos.matches(&row["path"]).unwrap().ignored));
    }
    differences.finish();
}

#[test]
fn dockerignore() {
    let mut differences = Differences::default();
    for row in table("dockerignore.tsv") {
        let text: String = serde_json::from_str(&row["text"]).unwrap();
        let file = Dockerignore::parse(&text);
        let path = &row["path"];
        let verdict = file.verdict(path);
        let error = file.problems().first().map(|problem| format!("new: {}", problem.message));
        let error = error.or_else(|| verdict.as_ref().err().map(ToString::to_string)).unwrap_or_default();
        differences.compare(&row, "error", &error);
        differences.compare(&row, "ignored", flag(verdict.is_ok_and(|verdict| verdict.ignored)));
        differences.compare(
            &row,
            "matches_or_parent",
            flag(file.matches_or_parent(path).unwrap_or_default()),
        );
        differences.compare(&row, "legacy_matches", flag(file.legacy_matches(path).unwrap_or_default()));
    }
    differences.finish();
}

#[test]
fn gitignore() {
    let mut differences = Differences::default();
    for row in table("gitignore.tsv") {
        let text: String = serde_json::from_str(&row["text"]).unwrap();
        let mut stack = Stack::new();
        stack.add("", ".gitignore", Gitignore::parse(&text));
        for (path, text) in files(&row) {
            match path.strip_suffix("/.gitignore") {
                Some(folder) => stack.add(folder, &path, Gitignore::parse(&text)),
                None => stack.add_exclude(&path, Gitignore::parse(&text)),
            }
        }
        let (ignored, decision) = stack.verdict(&row["path"], row["is_dir"] == "1");
        let decided = decision
            .map(|decision| format!("{}:{}:{}", decision.file, decision.rule.line, decision.rule.pattern));
        differences.compare(&row, "ignored", flag(ignored));
        differences.compare(&row, "decided_by", &decided.unwrap_or_default());
    }
    differences.finish();
}

fn strings(value: &Value) -> Vec<&str> {
    value.as_array().unwrap().iter().map(|value| value.as_str().unwrap()).collect()
}

#[test]
fn oktetoignore() {
    let cases: Vec<Value> = serde_json::from_str(&read("oktetoignore.json")).unwrap();
    assert!(cases.len() > 10);
    for case in &cases {
        let id = case["id"].as_str().unwrap();
        let file = Oktetoignore::parse(case["text"].as_str().unwrap());
        let sections: BTreeMap<&str, Vec<&str>> =
            file.sections().filter(|(_, rules)| !rules.is_empty()).collect();
        let expected: BTreeMap<&str, Vec<&str>> = case["sections"]
            .as_object()
            .unwrap()
            .iter()
            .map(|(name, rules)| (name.as_str(), strings(rules)))
            .filter(|(_, rules)| !rules.is_empty())
            .collect();
        assert_eq!(sections, expected, "{id}");
        assert_eq!(file.command_rules(&Section::Deploy), strings(&case["rules"]["deploy"]), "{id}");
        assert_eq!(file.command_rules(&Section::Destroy), strings(&case["rules"]["destroy"]), "{id}");
        for (name, rules) in case["rules"]["test"].as_object().unwrap() {
            let section = Section::Test(Some(name.clone()));
            assert_eq!(file.command_rules(&section), strings(rules), "{id} test.{name}");
        }
        for (command, effective) in case["effective"].as_object().unwrap() {
            let rules = file.rules(&command.replace(':', ".").parse().unwrap());
            let error = rules.problems().first().map(|problem| problem.message.clone());
            let probes = strings(&case["probe_paths"]);
            let verdicts: Result<Vec<_>, _> =
                probes.iter().map(|path| Ok((*path, rules.verdict(path)?))).collect();
            let error = error.or_else(|| {
                verdicts
                    .as_ref()
                    .err()
                    .map(|error: &xtask::syntax::ignore::EvaluationError| error.to_string())
            });
            match effective.get("error").and_then(Value::as_str) {
                Some(expected) => {
                    assert!(error.is_some_and(|error| expected.contains(&error)), "{id} {command}")
                }
                None => {
                    assert_eq!(error, None, "{id} {command}");
                    let ignored: Vec<&str> = verdicts
                        .unwrap()
                        .into_iter()
                        .filter_map(|(path, verdict)| verdict.ignored.then_some(path))
                        .collect();
                    assert_eq!(ignored, strings(&effective["ignored"]), "{id} {command}");
                }
            }
        }
    }
}

#[test]
fn okteto_copy_of_stignore() {
    let cases: Vec<Value> = serde_json::from_str(&read("okteto-remote-stignore.json")).unwrap();
    assert!(cases.len() >= 10);
    for case in &cases {
        assert_eq!(
            okteto_cluster_copy(case["local"].as_str().unwrap()),
            case["remote"].as_str().unwrap(),
            "{}",
            case["id"]
        );
    }
}
