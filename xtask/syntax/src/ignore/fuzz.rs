//! Any text in any dialect is answered: no panic, no endless search, and what must hold of every verdict does.
//!
//! `XTASK_FUZZ_CASES` sets the number of cases per dialect. A case is a path asked of a text, and each text is asked
//! about [`PATHS`] of them, half of which its own lines suggest. A case that fails is kept, by its seed, in a file of
//! `proptest-regressions` and tried first from then on.

use std::time::{Duration, Instant};

use proptest::prelude::*;
use proptest::test_runner::{Config, FileFailurePersistence, TestRunner};

use super::dockerignore::Dockerignore;
use super::gitignore::Gitignore;
use super::oktetoignore::{Oktetoignore, Section};
use super::stignore::{Include, Platform, Stignore, okteto_cluster_copy};

/// Paths asked of one text: parsing and compiling it costs more than many answers.
const PATHS: u32 = 10;

/// No single file and path may take longer, even in a debug build on a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);

/// Pieces of the syntax of all dialects.
const PARTS: [&str; 64] = [
    "a",
    "b",
    "ab",
    ".js",
    "/",
    "/",
    "//",
    "*",
    "*",
    "**",
    "**/",
    "/**",
    "/**/",
    "***",
    "?",
    "[",
    "]",
    "[a-z]",
    "[!a]",
    "[^a]",
    "[z-a]",
    "[[:alpha:]]",
    "[[:",
    "{",
    "}",
    ",",
    "{a,b}",
    "{*,}",
    "{,}",
    "\\",
    "\\d",
    "\\Q",
    "\\p{Greek}",
    "\\x{41}",
    "{2}",
    "{1000}",
    "|",
    "^",
    "$",
    "(",
    "!",
    "!",
    "(?i)",
    "(?d)",
    "#",
    "#include x",
    "#escape=|",
    "[deploy]",
    "[test.a]",
    "\n",
    "\n",
    "\n",
    "\n",
    "\r\n",
    "\u{feff}",
    "\0",
    "\u{fffd}",
    " ",
    "é",
    "e\u{301}",
    "İ",
    "日",
    "..",
    "-",
];
/// Pieces of paths.
const NAMES: [&str; 16] =
    ["a", "b", "ab", "é", "x", "/", "/", "/", "/a/", ".js", ".", "日", " ", "!", "\n", "İ"];

/// Few bytes, each of which stands for a piece: cheap to make and to shrink.
fn pieces(of: &'static [&'static str], most: usize) -> impl Strategy<Value = String> {
    prop::collection::vec(any::<u8>(), 0..most)
        .prop_map(|bytes| bytes.iter().map(|byte| of[usize::from(*byte) % of.len()]).collect())
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![15 => pieces(&PARTS, 14), 1 => any::<String>()]
}

/// The bytes that a path is made of, see [`path`].
fn paths() -> impl Strategy<Value = Vec<Vec<u8>>> {
    let count = PATHS as usize;
    prop::collection::vec(prop::collection::vec(any::<u8>(), 1..8), count..=count)
}

/// Pieces of paths, or what a line of the text may match.
fn path(text: &str, bytes: &[u8]) -> String {
    let mut names = bytes.iter().map(|byte| NAMES[usize::from(*byte) % NAMES.len()]);
    let chosen = usize::from(bytes[0]);
    let line = text.lines().nth(chosen / 2 % 4).filter(|_| chosen % 2 == 1);
    let Some(line) = line else { return names.collect() };
    let mut suggested = String::new();
    let mut rest = line.trim_start_matches(['!', '/', ' ']).chars();
    while let Some(next) = rest.next() {
        match next {
            '*' | '?' => suggested.push_str(names.next().unwrap_or("")),
            '[' if rest.as_str().contains(']') => {
                suggested.push_str(names.next().unwrap_or("a"));
                rest.by_ref().find(|next| *next == ']');
            }
            '{' | '}' | '\\' => {}
            next => suggested.push(next),
        }
    }
    names.for_each(|name| suggested.push_str(name));
    suggested
}

fn fuzz(kept: &'static str, answer: impl Fn(&str, &[String])) {
    let persistence = FileFailurePersistence::Direct(kept);
    let cases = super::fuzz_cases(10_000).div_ceil(PATHS);
    let config = Config { cases, failure_persistence: Some(Box::new(persistence)), ..Config::default() };
    let result = TestRunner::new(config).run(&(text(), paths()), |(text, paths)| {
        let paths: Vec<String> = paths.iter().map(|bytes| path(&text, bytes)).collect();
        let took = || {
            let start = Instant::now();
            answer(&text, &paths);
            start.elapsed()
        };
        // A machine that was stopped meanwhile proves nothing: what is slow is slow again.
        prop_assert!(took() < PATIENCE || took() < PATIENCE, "{text:?} on {paths:?}");
        Ok(())
    });
    assert!(result.is_ok(), "{}", result.unwrap_err());
}

fn by_stignore(text: &str, paths: &[String]) {
    for platform in [Platform::Linux, Platform::Macos, Platform::Windows] {
        let mut included = 0;
        let mut resolve = |_: &str, name: &str| {
            included += 1;
            match included {
                1..4 => Ok(Include { key: format!("{name}{included}"), text: text.to_owned() }),
                _ => Err("file not found".to_owned()),
            }
        };
        let file = Stignore::parse(".stignore", text, platform, &mut resolve);
        for rule in file.rules().iter().filter(|rule| rule.source.is_none()) {
            assert_eq!(rule.span.slice(text), rule.pattern);
        }
        for path in paths {
            let own = file.matches(path);
            assert!(file.problems().is_empty() || own.is_ok());
            if let (Ok(own), Ok(tree)) = (own, file.tree_verdict(path)) {
                assert!(tree.ignored || !own.ignored, "a tree never keeps what is ignored itself");
            }
        }
    }
    let copy = okteto_cluster_copy(text);
    if copy.lines().all(|line| line.len() <= 4_096) {
        assert_eq!(okteto_cluster_copy(&copy), copy, "the copy of a copy is itself");
    }
}

fn by_dockerignore(text: &str, paths: &[String]) {
    let file = Dockerignore::parse(text);
    file.rules().iter().for_each(|rule| assert_eq!(rule.span.slice(text), rule.pattern));
    for path in paths {
        _ = (file.verdict(path), file.matches_or_parent(path), file.legacy_matches(path));
    }
}

fn by_oktetoignore(text: &str, paths: &[String]) {
    let file = Oktetoignore::parse(text);
    for section in [Section::Deploy, Section::Test(Some("a".to_owned()))] {
        let rules = file.rules(&section);
        rules.rules().iter().for_each(|rule| assert_eq!(rule.span.slice(text), rule.pattern));
        for path in paths {
            _ = rules.verdict(path);
        }
    }
    file.headers()
        .iter()
        .for_each(|header| assert_eq!(header.span.slice(text), format!("[{}]", header.name)));
}

fn by_gitignore(text: &str, paths: &[String]) {
    let file = Gitignore::parse(text);
    file.rules().iter().for_each(|rule| assert_eq!(rule.span.slice(text), rule.pattern));
    for path in paths {
        let (as_file, as_folder) = (file.verdict(path, false), file.verdict(path, true));
        assert!(as_file.rule.is_none() || as_folder.rule.is_some());
    }
}

#[test]
fn stignore() {
    fuzz("proptest-regressions/stignore.txt", by_stignore);
}

#[test]
fn dockerignore() {
    fuzz("proptest-regressions/dockerignore.txt", by_dockerignore);
}

#[test]
fn oktetoignore() {
    fuzz("proptest-regressions/oktetoignore.txt", by_oktetoignore);
}

#[test]
fn gitignore() {
    fuzz("proptest-regressions/gitignore.txt", by_gitignore);
}

/// Patterns that are meant to hurt.
#[test]
fn hostile_patterns_are_bounded() {
    // Unoptimised regexes are more than an order of magnitude slower; the growth shows at either size.
    let (long, many) = if cfg!(debug_assertions) { (600, 300) } else { (12_000, 6_000) };
    let lines = |count: usize, line: fn(usize) -> String| (0..count).map(line).collect::<String>();
    let patterns = [
        "*a".repeat(long / 2),
        "**/a/".repeat(long / 5),
        "**/".repeat(long / 3),
        "{".repeat(long),
        "{a,".repeat(long / 3),
        "{*a,".repeat(60),
        format!("{}b", "{*,**}".repeat(40)),
        format!("{}b", "{*a*,b}".repeat(30)),
        format!("{}b", "***a".repeat(60)),
        "[!a]".repeat(long / 4),
        "[a-z]".repeat(long / 5),
        "?".repeat(long),
        "\\p{Greek}".repeat(long / 9),
        "a{1000}".repeat(long / 7) + "[b]",
        "x".repeat(70_000),
        "!".repeat(long),
        "*a*a*a*a*a*a*a*a*b".to_owned(),
        lines(many * 3, |index| format!("lit{index}\n")),
        lines(many, |index| format!("*glob{index}*\n")),
    ];
    let paths = ["a".repeat(600), format!("{}b", "a/".repeat(150)), "a/b/c.js".to_owned()];
    for pattern in &patterns {
        for answer in [by_stignore, by_dockerignore, by_oktetoignore, by_gitignore] {
            let start = Instant::now();
            answer(pattern, &paths);
            let head: String = pattern.chars().take(20).collect();
            assert!(start.elapsed() < PATIENCE, "{head}… took {:?}", start.elapsed());
        }
    }
}
