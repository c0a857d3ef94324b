//! `.gitignore` as git 2.47 reads it (`dir.c`, `wildmatch.c`).
//!
//! In a file the last rule that matches decides; a deeper file is asked before a shallower one, `info/exclude` after
//! all. A path below an excluded folder is excluded by what excluded the folder, whatever its own rules say, and
//! files in there are not read. [`Gitignore`] is one file; [`Stack`] walks down from the top of a work tree.

mod wildmatch;

use std::collections::HashMap;
use std::sync::Arc;

use super::literals::{Extent, Literals};
use super::pattern_set::{PatternSet, limit_message};
use super::{Problem, Rule, with_ancestors};
use crate::source::{BOM, Span};

/// A parsed `.gitignore` or `info/exclude`.
#[derive(Clone, Debug, Default)]
pub struct Gitignore {
    rules: Vec<Rule>,
    problems: Vec<Problem>,
    /// By rule: matches directories only.
    directories_only: Vec<bool>,
    literals: Literals,
    patterns: PatternSet,
}

impl Gitignore {
    /// Reads `text`. Git refuses nothing: a broken pattern never matches. The only problems are the limits here.
    pub fn parse(text: &str) -> Self {
        let mut file = Self::default();
        let mut regexes = Vec::new();
        for (rule, pattern) in lines(text) {
            let index = file.rules.len();
            let (pattern, directory) = match pattern.strip_suffix('/') {
                Some(pattern) => (pattern, true),
                None => (pattern, false),
            };
            file.rules.push(rule);
            file.directories_only.push(directory);
            match evaluation(pattern) {
                Evaluation::Never => {}
                Evaluation::Literal(literal, extent) => file.literals.add(index, literal, extent),
                Evaluation::Regex(regex) => regexes.push((index, regex)),
            }
        }
        let (patterns, refused) = PatternSet::new(regexes);
        for rule in refused.iter().filter_map(|refused| file.rules.get(refused.rule)) {
            file.problems.push(Problem { span: rule.span, line: rule.line, message: limit_message() });
        }
        file.patterns = patterns;
        file
    }

    /// The rules, in the order of the file.
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// Patterns beyond the limits, which take no part.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// The last rule that matches `path` itself (relative to the folder of this file); folders above it are not
    /// asked.
    pub fn own_match(&self, path: &str, is_dir: bool) -> Option<usize> {
        let mut last = None;
        let mut found = |rule: usize| {
            if is_dir || self.directories_only.get(rule) == Some(&false) {
                last = last.max(Some(rule));
            }
        };
        self.literals.matching(path, &mut found);
        self.patterns.matching(path, &mut found);
        last
    }

    /// The verdict of this file alone, from the top down: an excluded folder takes everything below it along.
    pub fn verdict(&self, path: &str, is_dir: bool) -> Verdict {
        for ancestor in with_ancestors(path) {
            let own = ancestor.len() == path.len();
            let rule = self.own_match(ancestor, is_dir || !own);
            let verdict = self.judged(rule);
            if own || verdict.ignored {
                return verdict;
            }
        }
        Verdict::default()
    }

    fn judged(&self, rule: Option<usize>) -> Verdict {
        let negated = rule.and_then(|rule| self.rules.get(rule)).is_some_and(|rule| rule.negated);
        Verdict { ignored: rule.is_some() && !negated, rule }
    }
}

/// Git's verdict by one file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// Whether the path is excluded.
    pub ignored: bool,
    /// Index of the rule that decided, negations included.
    pub rule: Option<usize>,
}

/// The pattern lines of a file with their rules; the pattern is without its `!`.
fn lines(text: &str) -> impl Iterator<Item = (Rule, &str)> {
    let body = text.strip_prefix(BOM).unwrap_or(text);
    let mut start = text.len() - body.len();
    body.split('\n').enumerate().filter_map(move |(index, line)| {
        let line_start = start;
        start += line.len() + 1;
        // A last line without a newline gets one before git looks for `\r`.
        if line.is_empty() || line.starts_with('#') {
            return None;
        }
        let line = line.strip_suffix('\r').unwrap_or(line);
        // Git works on C strings.
        let line = line.split_once('\0').map_or(line, |(line, _)| line);
        let line = trim_trailing_spaces(line);
        let pattern = line.strip_prefix('!').unwrap_or(line);
        let rule = Rule {
            pattern: line.to_owned(),
            span: Span::new(line_start, line_start + line.len()),
            line: index + 1,
            negated: pattern.len() < line.len(),
            source: None,
        };
        Some((rule, pattern))
    })
}

/// Drops spaces at the end that no backslash keeps; a tab is no space.
fn trim_trailing_spaces(line: &str) -> &str {
    let mut end = line.len();
    let mut spaces = None;
    let mut characters = line.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            ' ' => {
                spaces.get_or_insert(at);
            }
            '\\' => {
                if characters.next().is_none() {
                    return line;
                }
                spaces = None;
            }
            _ => spaces = None,
        }
    }
    if let Some(at) = spaces {
        end = at;
    }
    line.get(..end).unwrap_or(line)
}

/// How a pattern is compared.
enum Evaluation<'a> {
    /// It cannot match.
    Never,
    /// It has no wildcard.
    Literal(&'a str, Extent),
    /// An anchored expression on the path relative to the file.
    Regex(String),
}

/// Chooses the comparison of a pattern without `!` and trailing slash (`parse_path_pattern`, `match_basename`,
/// `match_pathname`).
fn evaluation(pattern: &str) -> Evaluation<'_> {
    let by_name = !pattern.contains('/');
    let pattern = pattern.strip_prefix('/').unwrap_or(pattern);
    if pattern.is_empty() {
        return Evaluation::Never;
    }
    let Some(special) = pattern.find(['*', '?', '[', '\\']) else {
        if pattern.starts_with('/') || pattern.ends_with('/') {
            return Evaluation::Never;
        }
        return Evaluation::Literal(pattern, Extent { anywhere: by_name, ..Extent::EXACT });
    };
    // Git compares what stands before the first wildcard on its own and hands the rest to wildmatch, to which a
    // `**` there stands at the start.
    let (literal, rest) = pattern.split_at_checked(special).unwrap_or((pattern, ""));
    let Some(regex) = wildmatch::translate(rest, by_name) else { return Evaluation::Never };
    let head = if by_name { "(?:.*/)?" } else { "" };
    Evaluation::Regex(format!("(?s)^{head}{}{regex}$", regex::escape(literal)))
}

/// What decided a path in a work tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// The key of the file, as given to the [`Stack`].
    pub file: Arc<str>,
    /// The rule.
    pub rule: Rule,
}

/// The ignore files of a work tree, asked from the top down.
#[derive(Debug, Default)]
pub struct Stack {
    /// Files by the folder they govern (`""` for the top).
    folders: HashMap<String, (Arc<str>, Arc<Gitignore>)>,
    /// Asked after all others, the first one first.
    excludes: Vec<(Arc<str>, Arc<Gitignore>)>,
}

impl Stack {
    /// No files.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds the `.gitignore` of `folder` (`""` for the top of the work tree); `key` names it in decisions.
    pub fn add(&mut self, folder: &str, key: &str, file: Gitignore) {
        self.folders.insert(folder.to_owned(), (Arc::from(key), Arc::new(file)));
    }

    /// Adds a file that is asked after the `.gitignore` files: `info/exclude`, then `core.excludesFile`.
    pub fn add_exclude(&mut self, key: &str, file: Gitignore) {
        self.excludes.push((Arc::from(key), Arc::new(file)));
    }

    /// The state at the top of the work tree, to walk down from.
    pub fn walker(&self) -> Walker<'_> {
        let mut walker = Walker { stack: self, files: Vec::new(), excluded: None };
        walker.push("");
        walker
    }

    /// Whether git ignores `path`, and what decided.
    pub fn verdict(&self, path: &str, is_dir: bool) -> (bool, Option<Decision>) {
        let mut walker = self.walker();
        for ancestor in with_ancestors(path) {
            if ancestor.len() == path.len() {
                break;
            }
            walker = walker.enter(ancestor);
        }
        walker.verdict(path, is_dir)
    }
}

/// The state of a walk at one folder.
#[derive(Clone, Debug)]
pub struct Walker<'a> {
    stack: &'a Stack,
    /// The files that govern this folder, outermost first, with the length of their folder and its slash.
    files: Vec<(usize, &'a Arc<str>, &'a Gitignore)>,
    /// What excluded this folder or one above it.
    excluded: Option<Decision>,
}

impl<'a> Walker<'a> {
    /// Whether this folder is excluded, and with it everything below.
    pub const fn is_excluded(&self) -> bool {
        self.excluded.is_some()
    }

    /// The state at `path`, a folder in this folder; the path is relative to the work tree.
    #[must_use]
    pub fn enter(&self, path: &str) -> Walker<'a> {
        let mut inner = self.clone();
        if inner.excluded.is_none() {
            if let (true, decision) = self.verdict(path, true) {
                inner.excluded = decision;
            } else {
                inner.push(path);
            }
        }
        inner
    }

    /// The verdict on `path`, a child of this folder; the path is relative to the work tree.
    pub fn verdict(&self, path: &str, is_dir: bool) -> (bool, Option<Decision>) {
        if let Some(decision) = &self.excluded {
            return (true, Some(decision.clone()));
        }
        let excludes = self.stack.excludes.iter().map(|(key, file)| (0, key, file.as_ref()));
        for (base, key, file) in self.files.iter().rev().copied().chain(excludes) {
            let Some(rule) = path.get(base..).and_then(|path| file.own_match(path, is_dir)) else { continue };
            let Some(rule) = file.rules.get(rule) else { continue };
            return (!rule.negated, Some(Decision { file: Arc::clone(key), rule: rule.clone() }));
        }
        (false, None)
    }

    fn push(&mut self, folder: &str) {
        if let Some((key, file)) = self.stack.folders.get(folder) {
            let base = if folder.is_empty() { 0 } else { folder.len() + 1 };
            self.files.push((base, key, file));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trailing_spaces_go_unless_escaped() {
        assert_eq!(trim_trailing_spaces("a b  "), "a b");
        assert_eq!(trim_trailing_spaces("a\\  "), "a\\ ");
        assert_eq!(trim_trailing_spaces("a\t"), "a\t");
        assert_eq!(trim_trailing_spaces("a \\"), "a \\");
    }

    /// Found by comparison with git: only with a slash in the pattern may `**` cross one.
    #[test]
    fn double_stars_of_a_name_stay_in_the_name() {
        let file = Gitignore::parse("!a**\nb**/c\n");
        assert_eq!(file.own_match("a/x", false), None);
        assert_eq!(file.own_match("ab", false), Some(0));
        assert_eq!(file.own_match("bx/y/c", false), Some(1));
    }

    #[test]
    fn the_deepest_file_decides_and_nothing_returns_below_an_excluded_folder() {
        let mut stack = Stack::new();
        stack.add("", ".gitignore", Gitignore::parse("*.log\n/out/\n"));
        stack.add("a", "a/.gitignore", Gitignore::parse("!keep.log\n"));
        stack.add("out", "out/.gitignore", Gitignore::parse("!*\n"));
        stack.add_exclude(".git/info/exclude", Gitignore::parse("tmp\n"));
        let decided = |path: &str| {
            let (ignored, decision) = stack.verdict(path, false);
            (
                ignored,
                decision.map(|decision| {
                    format!("{}:{}:{}", decision.file, decision.rule.line, decision.rule.pattern)
                }),
            )
        };
        assert_eq!(decided("a/keep.log"), (false, Some("a/.gitignore:1:!keep.log".into())));
        assert_eq!(decided("a/b.log"), (true, Some(".gitignore:1:*.log".into())));
        assert_eq!(decided("out/x"), (true, Some(".gitignore:2:/out/".into())));
        assert_eq!(decided("a/tmp/x"), (true, Some(".git/info/exclude:1:tmp".into())));
        assert_eq!(decided("a/x"), (false, None));
    }
}
