//! Our verdicts against `git check-ignore` on generated trees.
//!
//! `XTASK_GIT_CASES` sets the number of trees.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use xtask::syntax::ignore::gitignore::{Gitignore, Stack};

/// Git without any influence of the environment.
fn git(folder: &Path) -> Command {
    let mut git = Command::new("git");
    let local = Command::new("git").args(["rev-parse", "--local-env-vars"]).output().unwrap();
    for variable in String::from_utf8(local.stdout).unwrap().lines() {
        git.env_remove(variable);
    }
    git.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1").current_dir(folder);
    git
}

/// Path, whether git ignores it, and `file:line:pattern` of what decided.
type Answers = Vec<(String, bool, String)>;

fn check_ignore(folder: &Path, paths: &BTreeSet<String>) -> Answers {
    let input = folder.join(".git/paths");
    fs::write(&input, paths.iter().map(|path| format!("{path}\0")).collect::<String>()).unwrap();
    let output = git(folder)
        .args(["check-ignore", "-v", "-n", "-z", "--no-index", "--stdin"])
        .stdin(Stdio::from(fs::File::open(input).unwrap()))
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let fields: Vec<&str> = text.split_terminator('\0').collect();
    let answer = |fields: &[&str]| {
        let (file, line, pattern, path) = (&fields[0], &fields[1], &fields[2], &fields[3]);
        let decided = if file.is_empty() { String::new() } else { format!("{file}:{line}:{pattern}") };
        ((*path).to_owned(), !file.is_empty() && !pattern.starts_with('!'), decided)
    };
    let answers: Answers = fields.chunks(4).map(answer).collect();
    assert_eq!(answers.len(), paths.len(), "{}", String::from_utf8_lossy(&output.stderr));
    answers
}

/// Makes the tree; a path that ends in a slash is a folder. Paths that clash with an earlier one are left out.
fn populate(folder: &Path, paths: &[String]) -> BTreeMap<String, bool> {
    let mut made = BTreeMap::new();
    for path in paths {
        let name = path.trim_end_matches('/');
        let full = folder.join(name);
        let done = if name.len() < path.len() {
            fs::create_dir_all(&full)
        } else {
            fs::create_dir_all(full.parent().unwrap()).and_then(|()| fs::File::create_new(&full).map(drop))
        };
        if done.is_ok() {
            made.insert(name.to_owned(), full.is_dir());
        }
    }
    made
}

fn line() -> impl Strategy<Value = String> {
    let part = prop::sample::select(vec![
        "a",
        "b",
        "c",
        "ab",
        ".js",
        "/",
        "/",
        "*",
        "*",
        "**",
        "**/",
        "/**",
        "/**/",
        "***",
        "?",
        "??",
        "[ab]",
        "[!a]",
        "[^b]",
        "[a-c]",
        "[a-b-c]",
        "[]a]",
        "[!]a]",
        "[[:alpha:]]",
        "[[:digit:][:space:]]",
        "[[:foo:]]",
        "[[:a]",
        "[a\\]]",
        "[\\a-c]",
        "[a",
        "[z-a]",
        "\\",
        "\\a",
        "\\*",
        "\\ ",
        " ",
        "\t",
        "{a,b}",
        "é",
        "[é]",
        "-",
        "!",
        "#",
    ]);
    let prefix = prop::sample::select(vec!["", "", "", "!", "/", "!/", "**/", "#", "\\#", "\\!", " "]);
    let suffix = prop::sample::select(vec!["", "", "", "/", "/*", "/**", " ", "\r", "  ", "\\ "]);
    (prefix, prop::collection::vec(part, 1..5), suffix)
        .prop_map(|(prefix, parts, suffix)| format!("{prefix}{}{suffix}", parts.concat()))
}

fn file() -> impl Strategy<Value = String> {
    (prop::collection::vec(line(), 0..8), prop::sample::select(vec!["", "\u{feff}"]), prop::bool::ANY)
        .prop_map(|(lines, start, end)| format!("{start}{}{}", lines.join("\n"), if end { "\n" } else { "" }))
}

fn path() -> impl Strategy<Value = String> {
    let name = prop::string::string_regex("[abc]{1,2}|[abc](\\.js)?|[ab*é #!1]{1,3}|a\\\\|\\[a|-").unwrap();
    (prop::collection::vec(name, 1..4), prop::bool::ANY)
        .prop_map(|(names, folder)| format!("{}{}", names.join("/"), if folder { "/" } else { "" }))
}

#[test]
fn verdicts_are_those_of_git() {
    let cases = std::env::var("XTASK_GIT_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(100);
    let mut runner = TestRunner::new(Config { cases, failure_persistence: None, ..Config::default() });
    let inputs = (file(), prop::collection::vec(file(), 3), prop::collection::vec(path(), 60));
    let folder = tempfile::tempdir().unwrap();
    assert!(git(folder.path()).args(["init", "-q"]).status().unwrap().success());
    let result = runner.run(&inputs, |(top, others, paths)| {
        for entry in fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path()) {
            if entry.is_dir() && entry.file_name() != Some(".git".as_ref()) {
                fs::remove_dir_all(entry).unwrap();
            } else if entry.is_file() {
                fs::remove_file(entry).unwrap();
            }
        }
        let made = populate(folder.path(), &paths);
        let mut stack = Stack::new();
        fs::write(folder.path().join(".gitignore"), &top).unwrap();
        stack.add("", ".gitignore", Gitignore::parse(&top));
        for (nested, text) in ["a", "a/b"].iter().zip(&others) {
            if folder.path().join(nested).is_dir() {
                fs::write(folder.path().join(nested).join(".gitignore"), text).unwrap();
                stack.add(nested, &format!("{nested}/.gitignore"), Gitignore::parse(text));
            }
        }
        fs::write(folder.path().join(".git/info/exclude"), &others[2]).unwrap();
        stack.add_exclude(".git/info/exclude", Gitignore::parse(&others[2]));
        let asked: BTreeSet<String> = made.keys().cloned().collect();
        for (path, ignored, decided) in check_ignore(folder.path(), &asked) {
            let (found, decision) = stack.verdict(&path, made[&path]);
            let decision = decision.map_or(String::new(), |decision| {
                format!("{}:{}:{}", decision.file, decision.rule.line, decision.rule.pattern)
            });
            prop_assert_eq!((found, decision), (ignored, decided), "{} with {:?} {:?}", path, &top, &others);
        }
        Ok(())
    });
    assert!(result.is_ok(), "{}", result.unwrap_err());
}
