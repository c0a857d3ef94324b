//! `.dockerignore` as BuildKit applies it: moby/patternmatcher v0.6 with its reader, driven by the file filter of
//! tonistiigi/fsutil, which decides what is sent as the build context.
//!
//! All patterns are rooted at the context; the last one that matches decides, and a match of a folder holds for
//! what lies below. What is sent is decided in a *walk* that carries the results of the parent folder along and
//! skips folders ([`Walker`]); it differs from the matcher's one-shot answer ([`Dockerignore::matches_or_parent`]).

mod pattern;

use std::sync::Arc;

use super::go::{LINE_TOO_LONG, clean_path, scan_lines};
use super::pattern_set::limit_message;
use super::{EvaluationError, Problem, Rule, with_ancestors};
use crate::source::BOM;
use pattern::{Matched, Patterns};

/// BuildKit's text for a pattern whose compilation fails during the walk.
pub(super) const WALK_ERROR: &str = "failed to match excludepatterns: syntax error in pattern";

/// A line as the reader hands it to the matcher.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ReadLine {
    /// Trimmed, cleaned, without its leading slash; with its `!`.
    pub cleaned: String,
    /// Where it comes from.
    pub rule: Rule,
}

/// The lines of a file (`ignorefile.ReadAll`), and what stopped the reader.
pub(super) fn read(text: &str) -> (Vec<ReadLine>, Option<Problem>) {
    let scanned = scan_lines(text);
    let mut lines = Vec::new();
    for line in scanned.lines {
        let mut text = line.text;
        let mut start = line.start;
        if let Some(rest) = text.strip_prefix(BOM).filter(|_| line.number == 1) {
            start += BOM.len_utf8();
            text = rest;
        }
        let line = super::go::Line { text, start, number: line.number };
        lines.extend(read_line(line));
    }
    let problem =
        scanned.too_long.map(|(line, span)| Problem { span, line, message: LINE_TOO_LONG.to_owned() });
    (lines, problem)
}

/// One line of the reader; `None` when it holds no pattern.
pub(super) fn read_line(line: super::go::Line<'_>) -> Option<ReadLine> {
    // A comment only where `#` is the very first byte.
    if line.text.starts_with('#') {
        return None;
    }
    let (text, span) = line.trimmed();
    let cleaned = clean(text)?;
    let rule = Rule {
        pattern: text.to_owned(),
        span,
        line: line.number,
        negated: cleaned.starts_with('!'),
        source: None,
    };
    Some(ReadLine { cleaned, rule })
}

/// Cleans a trimmed line as the reader does; `None` for an empty one.
pub(super) fn clean(text: &str) -> Option<String> {
    let (mark, pattern) = match text.strip_prefix('!') {
        Some(rest) => ("!", rest.trim()),
        None => ("", text),
    };
    if text.is_empty() {
        return None;
    }
    if pattern.is_empty() {
        return Some(mark.to_owned());
    }
    let cleaned = clean_path(pattern);
    let relative = cleaned.strip_prefix('/').filter(|rest| !rest.is_empty()).unwrap_or(&cleaned);
    Some(format!("{mark}{relative}"))
}

/// A parsed `.dockerignore`.
#[derive(Clone, Debug, Default)]
pub struct Dockerignore {
    rules: Vec<Rule>,
    problems: Vec<Problem>,
    patterns: Arc<Patterns>,
}

/// BuildKit's verdict on one path.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// Whether the path is left out of the context.
    pub ignored: bool,
    /// Index of the rule that decided; `None` when none matched.
    pub rule: Option<usize>,
}

impl Dockerignore {
    /// Reads `text`. With a problem the build fails and no rule is in force.
    pub fn parse(text: &str) -> Self {
        let (lines, problem) = read(text);
        Self::from_lines(lines, problem.into_iter().collect())
    }

    /// A matcher for lines that were read (`patternmatcher.New`).
    pub(super) fn from_lines(lines: Vec<ReadLine>, mut problems: Vec<Problem>) -> Self {
        let mut patterns = Patterns::builder();
        let mut rules = Vec::new();
        for ReadLine { cleaned, mut rule } in lines {
            match patterns.add(rules.len(), &cleaned) {
                // A line that is blank to the matcher alone.
                Ok(None) => {}
                Ok(Some(negated)) => {
                    rule.negated = negated;
                    rules.push(rule);
                }
                Err(message) => problems.push(Problem { span: rule.span, line: rule.line, message }),
            }
        }
        let (patterns, refused) = patterns.build();
        for rule in refused.iter().filter_map(|refused| rules.get(refused.rule)) {
            let Rule { span, line, .. } = rule;
            problems.push(Problem { span: *span, line: *line, message: limit_message() });
        }
        Self { rules, problems, patterns: Arc::new(patterns) }
    }

    /// The rules, in the order of the file.
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// What fails the build before anything is sent. The first is BuildKit's message.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// Rules whose pattern BuildKit accepts at first and fails on when the walk asks it: the message and the rule.
    pub fn walk_errors(&self) -> impl Iterator<Item = (usize, &'static str)> {
        self.patterns.broken().iter().map(|rule| (rule, WALK_ERROR))
    }

    /// Whether a single negation keeps BuildKit from skipping ignored folders: one with wildcards other than a
    /// trailing `/*` or `/**`.
    pub fn walks_everything(&self) -> bool {
        self.patterns.walks_everything()
    }

    /// The start of a walk: the context itself.
    pub fn walker(&self) -> Walker<'_> {
        Walker { file: self, state: State::Top }
    }

    /// Whether `path` is left out of a context that holds just it and the folders above it.
    ///
    /// # Errors
    /// When the walk fails at this path or above it.
    pub fn verdict(&self, path: &str) -> Result<Verdict, EvaluationError> {
        let mut walker = self.walker();
        for ancestor in with_ancestors(path) {
            if ancestor.len() == path.len() {
                break;
            }
            walker = walker.enter(ancestor)?.0;
        }
        walker.verdict(path)
    }

    /// The matcher's one-shot answer (`MatchesOrParentMatches`).
    ///
    /// # Errors
    /// When a pattern that cannot be compiled is asked.
    pub fn matches_or_parent(&self, path: &str) -> Result<bool, EvaluationError> {
        self.one_shot(path, |_, parents| parents)
    }

    /// The matcher's deprecated answer (`Matches`), which Okteto's hashing for smart builds uses: of the folders
    /// above it looks only at the one as deep as the pattern.
    ///
    /// # Errors
    /// When a pattern that cannot be compiled is asked.
    pub fn legacy_matches(&self, path: &str) -> Result<bool, EvaluationError> {
        self.one_shot(path, |depth, parents| parents.get(depth - 1..depth).unwrap_or_default())
    }

    /// `parents` chooses, among the matches of the folders above, those that count for a pattern of a depth.
    fn one_shot(
        &self,
        path: &str,
        parents: for<'a> fn(usize, &'a [Matched]) -> &'a [Matched],
    ) -> Result<bool, EvaluationError> {
        if !self.problems.is_empty() {
            return Ok(false);
        }
        let mut above: Vec<Matched> = with_ancestors(path).map(|path| self.patterns.matched(path)).collect();
        let Some(own) = above.pop() else { return Ok(false) };
        let mut matched = false;
        for (index, rule) in self.rules.iter().enumerate() {
            if rule.negated != matched {
                continue;
            }
            self.check(index)?;
            let depth = self.patterns.depth(index);
            if own.has(index) || parents(depth, &above).iter().any(|parent| parent.has(index)) {
                matched = !rule.negated;
            }
        }
        Ok(matched)
    }

    fn check(&self, rule: usize) -> Result<(), EvaluationError> {
        if self.patterns.broken().has(rule) {
            return Err(EvaluationError { rule, message: WALK_ERROR.to_owned() });
        }
        Ok(())
    }
}

/// The state of a walk at one folder.
#[derive(Clone, Debug)]
pub struct Walker<'a> {
    file: &'a Dockerignore,
    state: State,
}

#[derive(Clone, Debug)]
enum State {
    /// The context itself: nothing is known of a parent.
    Top,
    /// Which rules match the folder or one above it, as far as they were asked.
    Inside(Arc<Matched>),
    /// The folder was skipped: nothing below it is asked.
    Skipped(Option<usize>),
}

impl<'a> Walker<'a> {
    /// Whether the walk does not look into this folder.
    pub const fn is_skipped(&self) -> bool {
        matches!(self.state, State::Skipped(_))
    }

    /// The verdict on `path`, a child of this folder; the path is relative to the context.
    ///
    /// # Errors
    /// When the walk fails here.
    pub fn verdict(&self, path: &str) -> Result<Verdict, EvaluationError> {
        self.ask(path, None)
    }

    /// The state at `path`, a folder in this folder, and the verdict on it.
    ///
    /// # Errors
    /// When the walk fails here.
    pub fn enter(&self, path: &str) -> Result<(Walker<'a>, Verdict), EvaluationError> {
        let mut recorded = Matched::default();
        let verdict = self.ask(path, Some(&mut recorded))?;
        let state = if self.is_skipped() || (verdict.ignored && self.file.patterns.may_skip(path)) {
            State::Skipped(verdict.rule)
        } else {
            State::Inside(Arc::new(recorded))
        };
        Ok((Walker { file: self.file, state }, verdict))
    }

    /// `MatchesUsingParentResults`. `recorded` takes what the children will be told.
    fn ask(&self, path: &str, mut recorded: Option<&mut Matched>) -> Result<Verdict, EvaluationError> {
        let mut verdict = Verdict::default();
        let nothing = Matched::default();
        let parent = match &self.state {
            State::Skipped(rule) => return Ok(Verdict { ignored: true, rule: *rule }),
            State::Inside(parent) => parent.as_ref(),
            State::Top => &nothing,
        };
        if !self.file.problems.is_empty() || path.is_empty() || path == "." {
            return Ok(verdict);
        }
        let own = self.file.patterns.matched(path);
        let asked = own.union(parent).union(self.file.patterns.broken());
        // Asking any other rule changes nothing.
        for index in asked.iter() {
            let Some(rule) = self.file.rules.get(index) else { continue };
            if !parent.has(index) {
                // A negation is not asked while nothing is matched, and this is not made up for below: what it
                // would have said of a folder is lost for the folder's children.
                if rule.negated != verdict.ignored {
                    continue;
                }
                self.file.check(index)?;
                if !own.has(index) {
                    continue;
                }
            }
            if let Some(recorded) = &mut recorded {
                recorded.set(index);
            }
            verdict = Verdict { ignored: !rule.negated, rule: Some(index) };
        }
        Ok(verdict)
    }
}
