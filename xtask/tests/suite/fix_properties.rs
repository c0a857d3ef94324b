//! Fixes of every rule, on its own examples as other people would have written them: with comments in odd places,
//! Windows line ends, a byte order mark, tabs, emoji, anchors, quotes.
//!
//! A repair must not depend on any of it, and take nothing of it away: repaired and then stripped of what was added,
//! a file reads as the repair of the plain example. So nothing is lost, moved or rewritten outside of the edits. The
//! examples are those of the rule pages, which leaves out no rule that has a fix.

use crate::support::example::{self, Example, Kind};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::Arc;
use xtask::fix::{self, Left, Overlay};
use xtask::rules::{self, Repair, Rule};
use xtask::source::RepoPath;
use xtask::syntax::dockerfile::Dockerfile;
use xtask::syntax::yaml::Yaml;

type Files = BTreeMap<String, String>;

/// What is added to a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Decoration {
    /// A line of comment above it.
    Above,
    /// A comment at its end.
    Behind,
    /// An anchor before its value.
    Anchor,
    /// White space at its end.
    Blank,
    /// A tab in place of the space behind the colon or the keyword, or of the indentation of a Dockerfile.
    Tab,
    /// Quotes around its value.
    Quotes,
}

const DECORATIONS: [Decoration; 6] = [
    Decoration::Above,
    Decoration::Behind,
    Decoration::Anchor,
    Decoration::Blank,
    Decoration::Tab,
    Decoration::Quotes,
];

/// How all files of an example are dressed up.
#[derive(Clone, Debug)]
struct Dress {
    /// Decoration, and which line of all files of the example gets it.
    lines: Vec<(Decoration, prop::sample::Index)>,
    crlf: bool,
    mark: bool,
    final_newline: bool,
}

fn dress() -> impl Strategy<Value = Dress> {
    let line = (prop::sample::select(&DECORATIONS[..]), any::<prop::sample::Index>());
    let lines = prop::collection::vec(line, 0..12);
    (lines, any::<bool>(), any::<bool>(), any::<bool>())
        .prop_map(|(lines, crlf, mark, final_newline)| Dress { lines, crlf, mark, final_newline })
}

/// In every comment that is added; with what comments may hold.
const TOKEN: &str = "zq-удалить-🚀";

/// Which language a file is in, as far as comments go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Language {
    Yaml,
    Dockerfile,
    Ignore(&'static str),
    Other,
}

fn language(path: &str) -> Language {
    let name = path.rsplit('/').next().unwrap();
    let is_dockerfile =
        name == "Dockerfile" || name.starts_with("Dockerfile.") || name.ends_with(".Dockerfile");
    if name == ".stignore" {
        Language::Ignore("//")
    } else if name.ends_with("ignore") {
        Language::Ignore("#")
    } else if is_dockerfile {
        Language::Dockerfile
    } else if name.ends_with(".yml") || name.ends_with(".yaml") {
        Language::Yaml
    } else {
        Language::Other
    }
}

impl Dress {
    /// The files in this dress; what would change their meaning is left out.
    fn put_on(&self, files: &Files) -> Files {
        let mut files = files.clone();
        let total: usize = files.values().map(|text| text.lines().count()).sum();
        for (decoration, index) in self.lines.iter().filter(|_| total > 0) {
            let mut at = index.index(total);
            for (path, text) in &mut files {
                let count = text.lines().count();
                if at < count {
                    if let Some(decorated) = decorate(text, language(path), at, *decoration) {
                        *text = decorated;
                    }
                    break;
                }
                at -= count;
            }
        }
        for (path, text) in &mut files {
            if !self.final_newline && text.len() > 1 && !text.ends_with("\n\n") {
                text.truncate(text.trim_end_matches('\n').len());
            }
            if self.crlf {
                *text = text.replace('\n', "\r\n");
            }
            // Where patterns stand, included ones too, a mark is a part of the first one.
            let takes_mark =
                [".yml", ".yaml", ".json", ".md", "Dockerfile"].iter().any(|end| path.ends_with(end));
            if self.mark && takes_mark {
                text.insert(0, '\u{feff}');
            }
        }
        files
    }

    /// The text without this dress.
    fn take_off(&self, text: &str) -> String {
        let text = text.trim_start_matches('\u{feff}').replace("\r\n", "\n");
        let mut plain = String::new();
        for line in text.split_inclusive('\n') {
            let mut line = line.to_owned();
            if let Some(at) = line.find(TOKEN) {
                let before = line[..at].trim_end_matches(['#', '/', ' ']);
                if before.trim().is_empty() {
                    continue;
                }
                let end = if line.ends_with('\n') { "\n" } else { "" };
                line = format!("{before}{end}");
            }
            plain.push_str(&line.replace("&zq ", ""));
        }
        plain
    }
}

/// The text with one decoration; `None` where it would mean something else.
fn decorate(text: &str, language: Language, at: usize, decoration: Decoration) -> Option<String> {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let line = lines.get(at)?.clone();
    // A permission holds for the line below it.
    if at > 0 && lines[at - 1].contains("check: allow")
        || line.contains("check: allow")
        || line.contains(TOKEN)
    {
        return None;
    }
    let indent: String = line.chars().take_while(|character| *character == ' ').collect();
    match (decoration, language) {
        (Decoration::Above, Language::Ignore(sign)) => lines.insert(at, format!("{sign} {TOKEN}")),
        (Decoration::Above, Language::Yaml | Language::Dockerfile) => {
            lines.insert(at, format!("{indent}# {TOKEN}"));
        }
        (Decoration::Behind, Language::Yaml) if !line.trim().is_empty() => {
            lines[at] = format!("{line} # {TOKEN}")
        }
        (Decoration::Anchor, Language::Yaml) => {
            let (key, value) = line.split_once(": ")?;
            lines[at] = format!("{key}: &zq {value}");
        }
        (Decoration::Blank, Language::Yaml) => lines[at] = format!("{line} \t"),
        (Decoration::Tab, Language::Yaml) => lines[at] = line.replacen(": ", ":\t", 1),
        (Decoration::Tab, Language::Dockerfile) => {
            lines[at] = if indent.is_empty() {
                line.replacen(' ', "\t", 1)
            } else {
                format!("\t{}", line.trim_start())
            };
        }
        (Decoration::Quotes, Language::Yaml) => {
            let start = line.rfind(": ").map(|at| at + 2).or_else(|| line.find("- ").map(|at| at + 2))?;
            let (head, value) = line.split_at(start);
            let plain = |c: char| c.is_alphanumeric() || "./:_-@{}$".contains(c);
            let fits = !value.is_empty() && value.chars().all(plain) && !value.contains(": ");
            lines[at] = fits.then(|| format!("{head}\"{value}\""))?;
        }
        _ => return None,
    }
    let end = if text.ends_with('\n') { "\n" } else { "" };
    let decorated = lines.join("\n") + end;
    same_meaning(text, &decorated, language).then_some(decorated)
}

fn same_meaning(one: &str, two: &str, language: Language) -> bool {
    match language {
        Language::Yaml => {
            let read = |text: &str| {
                let documents = serde_yaml::Deserializer::from_str(text);
                let values: Result<Vec<serde_yaml::Value>, _> =
                    documents.map(serde::Deserialize::deserialize).collect();
                values.ok().filter(|_| Yaml::parse(text).errors.is_empty())
            };
            read(one).is_some_and(|one| Some(one) == read(two))
        }
        Language::Dockerfile => {
            let (one, two) = (Dockerfile::parse(one), Dockerfile::parse(two));
            // A comment in a heredoc would be a part of it, one above a directive would end the directives.
            let tokens = |file: &Dockerfile| file.text.matches(TOKEN).count();
            one.directives.len() == two.directives.len()
                && two.comments.len() - one.comments.len() == tokens(&two) - tokens(&one)
                && one.instructions.len() == two.instructions.len()
                && heredocs(&one) == heredocs(&two)
        }
        Language::Ignore(_) | Language::Other => true,
    }
}

/// What stands in the heredocs of a Dockerfile.
fn heredocs(file: &Dockerfile) -> Vec<&str> {
    let heredocs = file.instructions.iter().flat_map(|instruction| &instruction.innermost().heredocs);
    heredocs.map(|heredoc| heredoc.body.slice(&file.text)).collect()
}

/// All fixes of a rule, as `fix --unsafe` applies them.
fn repaired(rule: &'static Rule, files: &Files, disk: &Files) -> Result<(Files, fix::Outcome), String> {
    let read = |path: &RepoPath| files.get(path.as_str()).map(|text| Arc::from(text.as_str()));
    let mut failure = None;
    let outcome = fix::repair(&read, true, &|_| true, |overlay| {
        example::run(rule, &with(files, overlay), disk).unwrap_or_else(|error| {
            failure = Some(error);
            Vec::new()
        })
    });
    match failure {
        Some(error) => Err(error),
        None => Ok((present(&with(files, &outcome.overlay)), outcome)),
    }
}

fn with(files: &Files, overlay: &Overlay) -> BTreeMap<String, Option<String>> {
    let mut all: BTreeMap<String, Option<String>> =
        files.iter().map(|(path, text)| (path.clone(), Some(text.clone()))).collect();
    for (path, text) in overlay.iter() {
        all.insert(path.as_str().to_owned(), text.map(|text| text.to_string()));
    }
    all
}

fn present(files: &BTreeMap<String, Option<String>>) -> Files {
    files.iter().filter_map(|(path, text)| Some((path.clone(), text.clone()?))).collect()
}

/// The examples that something repairs.
fn repairable(rule: &Rule) -> Vec<(Example, Files)> {
    let examples = example::parse(rule.page).unwrap();
    let bad = examples.into_iter().filter(|example| example.kind == Kind::Bad);
    bad.map(|example| {
        let files = present(&example.files);
        (example, files)
    })
    .collect()
}

/// Whether all that was broken about the syntax afterwards was so before.
fn parses(before: &Files, after: &Files) -> Result<(), String> {
    for (path, text) in after {
        let errors = |text: &str| match language(path) {
            Language::Yaml => Yaml::parse(text).errors.len(),
            Language::Dockerfile => Dockerfile::parse(text).errors.len(),
            Language::Ignore(_) | Language::Other => 0,
        };
        if errors(text) > before.get(path).map_or(0, |text| errors(text)) {
            return Err(format!("{path} does not parse any more:\n{text}"));
        }
    }
    Ok(())
}

/// Holds the repair of the dressed files to that of the plain ones.
fn hold(
    rule: &'static Rule,
    files: &Files,
    disk: &Files,
    plain: &Files,
    dress: &Dress,
) -> Result<(), String> {
    let dressed = dress.put_on(files);
    let (after, outcome) = repaired(rule, &dressed, disk)?;
    if let Some((row, left)) =
        outcome.left.iter().find(|(_, left)| matches!(left, Left::Unsettled | Left::Refused(_)))
    {
        return Err(format!("{}:{} is left: {left:?}\n{}", row.path, row.line, listed(&dressed)));
    }
    // Where an anchor stands in the way of a fix, none is offered; a dev container with one is no model for others.
    let is_anchored = dressed.values().any(|text| text.contains("&zq "));
    let is_by_hand = outcome.left.iter().any(|(_, left)| *left == Left::ByHand);
    let is_another = is_anchored && (is_by_hand || rule.id == "dev/missing-container");
    parses(&dressed, &after)?;
    for (path, text) in &after {
        if let Some(before) = dressed.get(path) {
            if before.starts_with('\u{feff}') != text.starts_with('\u{feff}') {
                return Err(format!("{path}: the byte order mark"));
            }
            if !before.is_empty()
                && before.contains('\n')
                && before.contains('\r')
                && text.replace("\r\n", "").contains('\n')
            {
                return Err(format!(
                    "{path}: mixed line ends\n{}\n{}",
                    before.escape_debug(),
                    text.escape_debug()
                ));
            }
        }
    }
    let stripped: Files = after.iter().map(|(path, text)| (path.clone(), dress.take_off(text))).collect();
    // Whether a file ends with a newline is the one thing of the dress that cannot be taken off.
    let bare = |files: &Files| -> Files {
        files
            .iter()
            .map(|(path, text)| {
                let lines: Vec<String> = text.lines().map(|line| normal(line, language(path))).collect();
                (path.clone(), lines.join("\n"))
            })
            .collect()
    };
    let (stripped, wanted) = (bare(&stripped), bare(plain));
    if stripped != wanted && !is_another {
        let mut text = String::new();
        for path in stripped.keys().chain(wanted.keys()).collect::<BTreeSet<_>>() {
            if stripped.get(path) != wanted.get(path) {
                let before = dressed.get(path).map(String::as_str).unwrap_or_default();
                let _ = writeln!(
                    text,
                    "--- {path} was\n{before}\n--- became\n{}\n--- should be, undressed\n{}",
                    after.get(path).map(String::as_str).unwrap_or("(nothing)"),
                    plain.get(path).map(String::as_str).unwrap_or("(nothing)")
                );
            }
        }
        return Err(text);
    }
    let (again, _) = repaired(rule, &after, disk)?;
    if again != after {
        return Err(format!("a second run changes more:\n{}", listed(&again)));
    }
    Ok(())
}

/// A line without the white space and quotes that a dress adds.
fn normal(line: &str, language: Language) -> String {
    if language == Language::Dockerfile {
        return line.trim().replace('\t', " ");
    }
    let line = line.trim_end().replace(":\t", ": ");
    let quoted = line.rfind(": \"").map(|at| at + 2).or_else(|| line.find("- \"").map(|at| at + 2));
    match quoted {
        Some(at) if line.ends_with('"') => format!("{}{}", &line[..at], line[at..].trim_matches('"')),
        _ => line,
    }
}

fn listed(files: &Files) -> String {
    files.iter().map(|(path, text)| format!("-- {path} --\n{text}")).collect()
}

/// Every example has dresses of its own, the same in every run.
fn seed(rule: &str, title: &str) -> [u8; 32] {
    let mut seed = [0; 32];
    for (at, byte) in rule.bytes().chain(title.bytes()).enumerate() {
        let place: &mut u8 = &mut seed[at % 32];
        *place = place.wrapping_mul(31).wrapping_add(byte);
    }
    seed
}

#[test]
fn every_rule_with_a_fix_shows_its_exact_result() {
    for rule in rules::all().filter(|rule| rule.fix != Repair::None) {
        let examples = example::parse(rule.page).unwrap();
        assert!(examples.iter().any(|example| example.kind == Kind::Fixed), "{}: no Fixed example", rule.id);
    }
}

#[test]
fn no_dress_confuses_a_repair() {
    let cases = std::env::var("XTASK_FUZZ_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(3);
    let mut failures = Vec::new();
    let mut unproved: BTreeSet<&str> =
        rules::all().filter(|rule| rule.fix != Repair::None).map(|rule| rule.id).collect();
    for rule in rules::all().filter(|rule| rule.fix != Repair::None) {
        for (example, files) in repairable(rule) {
            let (plain, outcome) = repaired(rule, &files, &example.disk).unwrap();
            if outcome.fixed.is_empty() {
                continue;
            }
            unproved.remove(rule.id);
            let config =
                Config { cases, failure_persistence: None, max_shrink_iters: 500, ..Config::default() };
            let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &seed(rule.id, &example.title));
            let mut runner = TestRunner::new_with_rng(config, rng);
            let result = runner.run(&dress(), |dress| {
                hold(rule, &files, &example.disk, &plain, &dress).map_err(TestCaseError::fail)
            });
            if let Err(error) = result {
                failures.push(format!("{} / {}:\n{error}", rule.id, example.title));
            }
        }
    }
    assert!(unproved.is_empty(), "no example shows a fix of {unproved:?}");
    assert!(failures.is_empty(), "{} fail:\n\n{}", failures.len(), failures.join("\n\n"));
}
