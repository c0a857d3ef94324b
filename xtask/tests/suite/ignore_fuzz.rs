//! Any text in any dialect is answered: no panic, no endless search.
//!
//! `XTASK_FUZZ_CASES` sets the number of cases per dialect.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "helpers of tests may fail as tests do")]

use std::time::{Duration, Instant};

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use xtask::syntax::ignore::dockerignore::Dockerignore;
use xtask::syntax::ignore::gitignore::Gitignore;
use xtask::syntax::ignore::oktetoignore::{Oktetoignore, Section};
use xtask::syntax::ignore::stignore::{Include, Platform, Stignore, okteto_cluster_copy};

/// No single file and path may take longer, even in a debug build on a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);

fn cases() -> u32 {
    std::env::var("XTASK_FUZZ_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(1_000)
}

/// Texts near the syntax of all dialects, and arbitrary ones.
fn text() -> impl Strategy<Value = String> {
    let part = prop::sample::select(vec![
        "a",
        "b",
        "ab",
        ".js",
        "/",
        "//",
        "*",
        "**",
        "**/",
        "/**",
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
        "\\E",
        "\\p{Greek}",
        "\\x{41}",
        "{2}",
        "{1000}",
        "|",
        "^",
        "$",
        "(",
        ")",
        "!",
        "(?i)",
        "(?d)",
        "#",
        "#include x",
        "#include ",
        "#escape=",
        "#escape=|",
        "[deploy]",
        "[test.a]",
        "\n",
        "\n",
        "\n",
        "\r\n",
        "\u{feff}",
        "\0",
        "\u{fffd}",
        " ",
        "\t",
        "é",
        "e\u{301}",
        "İ",
        "日",
        ".",
        "..",
        "-",
    ]);
    prop_oneof![
        8 => prop::collection::vec(part, 0..14).prop_map(|parts| parts.concat()),
        1 => any::<String>(),
    ]
}

fn path() -> impl Strategy<Value = String> {
    prop_oneof![4 => "[abé./]{0,12}", 1 => any::<String>()]
}

fn fuzz(answer: impl Fn(&str, &str)) {
    let mut runner =
        TestRunner::new(Config { cases: cases(), failure_persistence: None, ..Config::default() });
    let result = runner.run(&(text(), path()), |(text, path)| {
        let start = Instant::now();
        answer(&text, &path);
        prop_assert!(start.elapsed() < PATIENCE, "{text:?} on {path:?} took {:?}", start.elapsed());
        Ok(())
    });
    assert!(result.is_ok(), "{}", result.unwrap_err());
}

fn by_stignore(text: &str, path: &str) {
    let mut included = 0;
    let mut resolve = |_: &str, name: &str| {
        included += 1;
        match included {
            1..4 => Ok(Include { key: format!("{name}{included}"), text: text.to_owned() }),
            _ => Err("file not found".to_owned()),
        }
    };
    for platform in [Platform::Linux, Platform::Macos, Platform::Windows] {
        let file = Stignore::parse(".stignore", text, platform, &mut resolve);
        for rule in file.rules().iter().filter(|rule| rule.source.is_none() && platform != Platform::Windows)
        {
            assert_eq!(rule.span.slice(text), rule.pattern);
        }
        let own = file.matches(path);
        assert!(file.problems().is_empty() || own.is_ok());
        if let (Ok(own), Ok(tree)) = (own, file.tree_verdict(path)) {
            assert!(tree.ignored || !own.ignored, "a tree never keeps what is ignored itself");
        }
    }
    let copy = okteto_cluster_copy(text);
    if copy.lines().all(|line| line.len() <= 4_096) {
        assert_eq!(okteto_cluster_copy(&copy), copy, "the copy of a copy is itself");
    }
}

fn by_dockerignore(text: &str, path: &str) {
    let file = Dockerignore::parse(text);
    file.rules().iter().for_each(|rule| assert_eq!(rule.span.slice(text), rule.pattern));
    _ = (file.verdict(path), file.matches_or_parent(path), file.legacy_matches(path));
}

fn by_oktetoignore(text: &str, path: &str) {
    let file = Oktetoignore::parse(text);
    for section in [Section::Deploy, Section::Test(Some("a".to_owned()))] {
        let rules = file.rules(&section);
        rules.rules().iter().for_each(|rule| assert_eq!(rule.span.slice(text), rule.pattern));
        _ = rules.verdict(path);
    }
    file.headers()
        .iter()
        .for_each(|header| assert_eq!(header.span.slice(text), format!("[{}]", header.name)));
}

fn by_gitignore(text: &str, path: &str) {
    let file = Gitignore::parse(text);
    file.rules().iter().for_each(|rule| assert_eq!(rule.span.slice(text), rule.pattern));
    let (as_file, as_folder) = (file.verdict(path, false), file.verdict(path, true));
    assert!(as_file.rule.is_none() || as_folder.rule.is_some());
}

#[test]
fn stignore() {
    fuzz(by_stignore);
}

#[test]
fn dockerignore() {
    fuzz(by_dockerignore);
}

#[test]
fn oktetoignore() {
    fuzz(by_oktetoignore);
}

#[test]
fn gitignore() {
    fuzz(by_gitignore);
}

/// Patterns that are meant to hurt.
#[test]
fn hostile_patterns_are_bounded() {
    // Unoptimised regexes are an order of magnitude slower; the growth shows at either size.
    let long = if cfg!(debug_assertions) { 2_000 } else { 12_000 };
    let patterns = [
        "*a".repeat(long / 2),
        "**/a/".repeat(long / 5),
        "**/".repeat(long / 3),
        "{".repeat(long),
        "{a,".repeat(long / 3),
        "{*a,".repeat(60),
        format!("{}b", "{*,**}".repeat(40)),
        format!("{}b", "{*a*,b}".repeat(30)),
        format!("{}{}", "***a".repeat(60), "b"),
        "[!a]".repeat(long / 4),
        "[a-z]".repeat(long / 5),
        "?".repeat(long),
        "\\p{Greek}".repeat(1_000),
        "a{1000}".repeat(1_000) + "[b]",
        "x".repeat(70_000),
        "!".repeat(long),
        "*a*a*a*a*a*a*a*a*b".to_owned(),
        (0..20_000).map(|index| format!("lit{index}\n")).collect(),
        (0..6_000).map(|index| format!("*glob{index}*\n")).collect(),
    ];
    let paths = ["a".repeat(600), format!("{}b", "a/".repeat(150)), "a/b/c.js".to_owned()];
    for pattern in &patterns {
        for path in &paths {
            for answer in [by_stignore, by_dockerignore, by_oktetoignore, by_gitignore] {
                let start = Instant::now();
                answer(pattern, path);
                let head: String = pattern.chars().take(20).collect();
                assert!(start.elapsed() < PATIENCE, "{head}… took {:?}", start.elapsed());
            }
        }
    }
}
