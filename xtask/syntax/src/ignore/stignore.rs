//! `.stignore` as Syncthing 2 reads it (`lib/ignore/ignore.go`, `lib/fs/tempname.go`, `lib/scanner/walk.go`).
//!
//! The first rule that matches decides. A rule has no notion of directories: `x` stands for `x` and all below it,
//! `x/` only for what is below. One problem anywhere and no rule is in force: Syncthing puts the folder into error.
//!
//! [`Stignore::matches`] is the matcher's own verdict on a path; [`Stignore::tree_verdict`] is what a full scan
//! makes of it: an ignored directory that may be skipped takes everything below it along.

mod cluster;
mod line;
mod reader;

use std::borrow::Cow;
use std::str::FromStr;

use unicode_normalization::{UnicodeNormalization as _, is_nfc, is_nfd};

pub use cluster::okteto_cluster_copy;

use super::gobwas::Peculiar;
use super::literals::Literals;
use super::pattern_set::{PatternSet, limit_message};
use super::{EvaluationError, Problem, Rule, go, with_ancestors};

/// The system that Syncthing runs on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Platform {
    /// Case counts, names are compared in NFC.
    #[default]
    Linux,
    /// Case is folded, names are compared in NFD.
    Macos,
    /// Case is folded, `\` separates components and `|` escapes.
    Windows,
}

impl Platform {
    /// Whether every pattern ignores case.
    pub const fn folds_case(self) -> bool {
        matches!(self, Self::Macos | Self::Windows)
    }

    /// The text in the Unicode normal form that Syncthing's scanner gives to names here.
    fn normalized(self, text: &str) -> Cow<'_, str> {
        match self {
            _ if text.is_ascii() => Cow::Borrowed(text),
            Self::Macos if is_nfd(text) => Cow::Borrowed(text),
            Self::Macos => Cow::Owned(text.nfd().collect()),
            _ if is_nfc(text) => Cow::Borrowed(text),
            _ => Cow::Owned(text.nfc().collect()),
        }
    }
}

impl FromStr for Platform {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        match name {
            "linux" => Ok(Self::Linux),
            "macos" => Ok(Self::Macos),
            "windows" => Ok(Self::Windows),
            name => Err(format!("unknown platform `{name}`: one of linux, macos, windows")),
        }
    }
}

/// A file that an `#include` names.
#[derive(Clone, Debug)]
pub struct Include {
    /// What tells files apart: two includes with one key are the same file. It is handed back as the including
    /// file when this file has includes of its own.
    pub key: String,
    /// Its content.
    pub text: String,
}

/// Finds an included file: called with the key of the including file (the name given to [`Stignore::parse`] at
/// the top) and the name as written. The error is the text after `failed to load include file X: `; Syncthing's
/// own for a file that is not there is `file not found`.
pub type Resolver<'a> = &'a mut dyn FnMut(&str, &str) -> Result<Include, String>;

/// Why Syncthing's verdicts on a rule differ from what its text says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Surprise {
    /// Wildcards or empty alternatives in braces, three asterisks in a row, equal negated lists side by side:
    /// the glob library loses matches (syncthing/syncthing#8733).
    Unreliable,
    /// `/**/` asks for at least one folder in between, because a wildcard stands elsewhere in the rule.
    NeedsFolderBetween,
}

/// What Syncthing knows of one rule beside its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Traits {
    /// `(?d)`: may be deleted when it is all that keeps a directory from being removed.
    pub deletable: bool,
    /// Case is ignored, by `(?i)` or by the platform.
    pub folds_case: bool,
    /// Whether a directory that a later rule ignores may be skipped although this rule stands before it.
    pub allows_skipping: bool,
    /// Whether it does what its text says.
    pub surprise: Option<Surprise>,
}

/// A parsed `.stignore` with its includes.
#[derive(Debug, Default)]
pub struct Stignore {
    platform: Platform,
    rules: Vec<Rule>,
    traits: Vec<Traits>,
    problems: Vec<Problem>,
    exact_case: Matchers,
    folded_case: Matchers,
    /// The first rule after which directories may no longer be skipped, itself included.
    no_skipping_from: usize,
}

/// The matchers of the rules that compare a path in one way.
#[derive(Debug, Default)]
struct Matchers {
    literals: Literals,
    patterns: PatternSet,
    /// Ascending by rule.
    peculiar: Vec<(usize, Peculiar)>,
}

/// What decided a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Syncthing's own files: temporary names, `.stfolder`, `.stignore`, `.stversions`.
    BuiltIn,
    /// A rule, by its index.
    Rule(usize),
    /// Nothing: the path is synced.
    None,
}

/// Syncthing's verdict on one path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Whether the path is not synced.
    pub ignored: bool,
    /// Whether it may be deleted to remove the directory around it.
    pub deletable: bool,
    /// Whether Syncthing does not look inside, if it is a directory.
    pub can_skip_dir: bool,
    /// What decided.
    pub decision: Decision,
}

impl Verdict {
    const SYNCED: Self =
        Self { ignored: false, deletable: false, can_skip_dir: false, decision: Decision::None };
    const BUILT_IN: Self =
        Self { ignored: true, deletable: false, can_skip_dir: true, decision: Decision::BuiltIn };
}

impl Stignore {
    /// Reads `text`, which lies at `name` (used in messages and handed to `resolve`).
    ///
    /// Syncthing stops at the first problem; here the rest is read as well, for reports. Included files share the
    /// list of rules; their problems are told at the `#include` line.
    pub fn parse(name: &str, text: &str, platform: Platform, resolve: Resolver<'_>) -> Self {
        let reader::Read { lines, mut problems } = reader::read(name, text, platform, resolve);
        let mut stignore = Self { platform, ..Self::default() };
        let (mut exact, mut folded) = (Vec::new(), Vec::new());
        for (index, line) in lines.into_iter().enumerate() {
            let matchers =
                if line.traits.folds_case { &mut stignore.folded_case } else { &mut stignore.exact_case };
            for (literal, extent) in &line.globs.literals {
                matchers.literals.add(index, literal, *extent);
            }
            matchers.peculiar.extend(line.globs.peculiar.into_iter().map(|glob| (index, glob)));
            let regexes = if line.traits.folds_case { &mut folded } else { &mut exact };
            regexes.extend(line.globs.regex.map(|regex| (index, regex)));
            stignore.rules.push(line.rule);
            stignore.traits.push(line.traits);
        }
        for (matchers, regexes) in [(&mut stignore.exact_case, exact), (&mut stignore.folded_case, folded)] {
            let (patterns, refused) = PatternSet::new(regexes);
            matchers.patterns = patterns;
            for rule in refused.iter().filter_map(|refused| stignore.rules.get(refused.rule)) {
                problems.push(Problem { span: rule.span, line: rule.line, message: limit_message() });
            }
        }
        stignore.no_skipping_from =
            stignore.traits.iter().position(|traits| !traits.allows_skipping).unwrap_or(usize::MAX);
        stignore.problems = problems;
        stignore
    }

    /// The rules, in the order in which they are asked; those of included files stand in place.
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// What Syncthing knows of a rule beside its text.
    pub fn traits(&self, rule: usize) -> Option<&Traits> {
        self.traits.get(rule)
    }

    /// What makes Syncthing stop the folder; with any of these no rule is in force. The first is its message.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// The matcher's own verdict on `path`, with the names that are built in.
    ///
    /// # Errors
    /// When the glob library's search on a rule would take more steps than are allowed here.
    pub fn matches(&self, path: &str) -> Result<Verdict, EvaluationError> {
        if is_built_in(path) {
            return Ok(Verdict::BUILT_IN);
        }
        if path == "." || path.is_empty() || !self.problems.is_empty() || self.rules.is_empty() {
            return Ok(Verdict::SYNCED);
        }
        let path = self.platform.normalized(path);
        let mut first = self.exact_case.first(&path, usize::MAX)?;
        if !self.folded_case.is_empty() {
            first = self.folded_case.first(&go::to_lower(&path), first)?;
        }
        let Some((rule, traits)) = self.rules.get(first).zip(self.traits.get(first)) else {
            return Ok(Verdict::SYNCED);
        };
        let ignored = !rule.negated;
        Ok(Verdict {
            ignored,
            deletable: ignored && traits.deletable,
            can_skip_dir: ignored && first < self.no_skipping_from,
            decision: Decision::Rule(first),
        })
    }

    /// What a full scan makes of `path`: the verdict of the outermost folder above it that is ignored and
    /// skipped, or else its own.
    ///
    /// # Errors
    /// As [`Stignore::matches`].
    pub fn tree_verdict(&self, path: &str) -> Result<Verdict, EvaluationError> {
        for ancestor in with_ancestors(path) {
            let verdict = self.matches(ancestor)?;
            if ancestor.len() == path.len() || (verdict.ignored && verdict.can_skip_dir) {
                return Ok(verdict);
            }
        }
        Ok(Verdict::SYNCED)
    }
}

impl Matchers {
    fn is_empty(&self) -> bool {
        self.literals.is_empty() && self.patterns.is_empty() && self.peculiar.is_empty()
    }

    /// The first rule before `limit` that matches, or `limit`.
    fn first(&self, path: &str, limit: usize) -> Result<usize, EvaluationError> {
        let mut first = limit;
        self.literals.matching(path, |rule| first = first.min(rule));
        self.patterns.matching(path, |rule| first = first.min(rule));
        for (rule, glob) in &self.peculiar {
            if *rule >= first {
                break;
            }
            match glob.matches(path) {
                Some(true) => return Ok(*rule),
                Some(false) => {}
                None => {
                    let message =
                        "the search of Syncthing's glob library takes too long on this path".to_owned();
                    return Err(EvaluationError { rule: *rule, message });
                }
            }
        }
        Ok(first)
    }
}

/// Names that are never synced, whatever the rules say (`fs.IsTemporary`, `fs.IsInternal`).
fn is_built_in(path: &str) -> bool {
    let name = memchr::memrchr(b'/', path.as_bytes()).and_then(|slash| path.get(slash + 1..)).unwrap_or(path);
    let in_own_folder = || {
        let top = path.split_once('/').map_or(path, |(top, _)| top);
        matches!(top, ".stfolder" | ".stignore" | ".stversions")
    };
    // Asked for every path: hardly any gets past the first letters.
    name.starts_with(".syncthing.")
        || name.starts_with("~syncthing~")
        || (path.starts_with(".st") && in_own_folder())
}
