//! Answers of the real libraries, gobwas/glob and moby/patternmatcher, to generated patterns.
//!
//! `XTASK_GLOB_ANSWERS` and `XTASK_DOCKER_ANSWERS` name larger files of the same form.

use serde::Deserialize;

use super::Rule;
use super::dockerignore::{Dockerignore, ReadLine};
use super::gobwas::{CompileError, Evaluation, Glob, MAX_NODES, Pattern};
use crate::source::Span;

/// One question to a library and its answers.
#[derive(Deserialize)]
struct Case {
    pattern: Option<String>,
    patterns: Option<Vec<String>>,
    paths: Vec<String>,
    error: String,
    matches: Vec<String>,
}

fn cases(variable: &str, kept: &str) -> Vec<Case> {
    let text = std::env::var(variable)
        .map_or_else(|_| kept.to_owned(), |path| std::fs::read_to_string(path).unwrap());
    let cases: Vec<Case> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(cases.len() >= 100);
    cases
}

/// Both the chosen evaluation and the ported matchers.
fn by_glob(pattern: &str, paths: &[String]) -> Result<Vec<String>, CompileError> {
    let library = Pattern::parse(pattern)?.compile_as_library(&mut MAX_NODES.clone())?;
    let glob = Pattern::parse(pattern)?.compile(&mut MAX_NODES.clone())?;
    let regex = match &glob {
        Glob::Regular(regex) => Some(regex::bytes::Regex::new(&format!("^(?:{regex})$")).unwrap()),
        _ => None,
    };
    let answer = |path: &String| {
        let chosen = match &glob {
            Glob::Literal(text) => text == path,
            Glob::Overlapping { prefix, suffix } => path.starts_with(prefix) && path.ends_with(suffix),
            Glob::Regular(_) => regex.as_ref().unwrap().is_match(path.as_bytes()),
            Glob::Peculiar(glob) => glob.matches(path, &mut Evaluation::new()).unwrap(),
        };
        let ported = library.matches(path, &mut Evaluation::new()).unwrap();
        if chosen == ported {
            u8::from(ported).to_string()
        } else {
            format!("chosen {chosen}, ported {ported}")
        }
    };
    Ok(paths.iter().map(answer).collect())
}

#[test]
fn gobwas() {
    let kept = include_str!("../../../tests/vectors/ignore/gobwas-answers.jsonl");
    let mut wrong = Vec::new();
    for case in cases("XTASK_GLOB_ANSWERS", kept) {
        let pattern = case.pattern.unwrap();
        match by_glob(&pattern, &case.paths) {
            Ok(answers) => {
                for ((path, expected), found) in case.paths.iter().zip(&case.matches).zip(answers) {
                    // The library itself panics on a row that holds an empty alternative.
                    if *expected != found && expected != "panic" {
                        wrong.push(format!("{pattern} on {path}: {expected}, found {found}"));
                    }
                }
                if !case.error.is_empty() {
                    wrong.push(format!("{pattern}: no error, expected {}", case.error));
                }
            }
            Err(CompileError::Syntax(error)) if error == case.error => {}
            Err(error) => wrong.push(format!("{pattern}: {error:?}, expected {:?}", case.error)),
        }
    }
    assert!(wrong.is_empty(), "{} differences\n{}", wrong.len(), wrong[..wrong.len().min(60)].join("\n"));
}

#[test]
fn patternmatcher() {
    let kept = include_str!("../../../tests/vectors/ignore/patternmatcher-answers.jsonl");
    let mut wrong = Vec::new();
    for case in cases("XTASK_DOCKER_ANSWERS", kept) {
        let patterns = case.patterns.unwrap();
        let rule = Rule { pattern: String::new(), span: Span::at(0), line: 1, negated: false, source: None };
        let lines =
            patterns.iter().map(|line| ReadLine { cleaned: line.clone(), rule: rule.clone() }).collect();
        let file = Dockerignore::from_lines(lines, Vec::new());
        let error = file.problems().first().map_or("", |problem| &problem.message);
        if error != case.error {
            wrong.push(format!("{patterns:?}: {error:?}, expected {:?}", case.error));
            continue;
        }
        for (path, expected) in case.paths.iter().zip(&case.matches) {
            // The walk, the one-shot answer and the deprecated one; the library panics when a broken pattern is
            // asked a second time.
            let answers = [
                file.verdict(path).map(|verdict| verdict.ignored),
                file.matches_or_parent(path),
                file.legacy_matches(path),
            ];
            let found: String = answers
                .iter()
                .map(|answer| answer.as_ref().map_or("E", |ignored| if *ignored { "1" } else { "0" }))
                .collect();
            if found != *expected {
                wrong.push(format!("{patterns:?} on {path}: {expected}, found {found}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{} differences\n{}", wrong.len(), wrong[..wrong.len().min(60)].join("\n"));
}
