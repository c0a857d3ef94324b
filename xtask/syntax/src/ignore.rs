//! Ignore files, evaluated as the tools that read them evaluate them.
//!
//! | dialect | file | read by | module |
//! |---|---|---|---|
//! | [`Dialect::Stignore`] | `.stignore` | Syncthing, and Okteto's copy of it in the cluster | [`stignore`] |
//! | [`Dialect::Dockerignore`] | `.dockerignore` | BuildKit | [`dockerignore`] |
//! | [`Dialect::Oktetoignore`] | `.oktetoignore` | Okteto's remote runs, then BuildKit | [`oktetoignore`] |
//! | [`Dialect::Gitignore`] | `.gitignore` | git | [`gitignore`] |
//!
//! The same line means different things in the four, so each has a parser and an evaluator of its own. What they
//! share: rules with spans, problems in the words of the real tool, verdicts that name the deciding rule, and no
//! knowledge of a tree: callers hand in paths, relative to the folder that the file governs, `/`-separated,
//! without trailing slash.
//!
//! Patterns without wildcards live in hash maps, the others in bounded automata ([`MAX_GLOBS`]); a file beyond the
//! bounds has a [`Problem`] that says so.

pub mod dockerignore;
#[cfg(test)]
mod fuzz;
pub mod gitignore;
mod go;
mod go_regexp;
mod gobwas;
#[cfg(test)]
mod library_answers;
mod literals;
pub mod oktetoignore;
mod pattern_set;
pub mod stignore;

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

pub use pattern_set::MAX_GLOBS;

use crate::source::Span;

/// A language of ignore files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Dialect {
    /// Syncthing's `.stignore`.
    Stignore,
    /// `.dockerignore` as BuildKit applies it.
    Dockerignore,
    /// Okteto's `.oktetoignore`.
    Oktetoignore,
    /// `.gitignore`.
    Gitignore,
}

impl Dialect {
    /// All dialects.
    pub const ALL: [Self; 4] = [Self::Stignore, Self::Dockerignore, Self::Oktetoignore, Self::Gitignore];

    /// The name used on the command line; with a leading dot it is the usual name of the file.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Stignore => "stignore",
            Self::Dockerignore => "dockerignore",
            Self::Oktetoignore => "oktetoignore",
            Self::Gitignore => "gitignore",
        }
    }
}

impl fmt::Display for Dialect {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// A name that is none of the dialects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownDialect(String);

impl fmt::Display for UnknownDialect {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = Dialect::ALL.map(Dialect::name).join(", ");
        write!(formatter, "unknown dialect `{}`: one of {names}", self.0)
    }
}

impl std::error::Error for UnknownDialect {}

impl FromStr for Dialect {
    type Err = UnknownDialect;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let known =
            Self::ALL.into_iter().find(|dialect| dialect.name() == name.strip_prefix('.').unwrap_or(name));
        known.ok_or_else(|| UnknownDialect(name.to_owned()))
    }
}

/// One line that takes part in the verdicts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// The line as the tool shows it: without the white space that the tool trims, with its `!` and prefixes.
    pub pattern: String,
    /// The bytes of `pattern` in its file.
    pub span: Span,
    /// 1-based line in its file.
    pub line: usize,
    /// Whether the rule takes paths back.
    pub negated: bool,
    /// The other file that holds the line; `None` for the file itself.
    pub source: Option<Source>,
}

/// A file whose rules are taken over into another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// Its name in the words of the tool.
    pub file: Arc<str>,
    /// 1-based line of the outermost `#include` that brings it in; `None` for Okteto's legacy file, which no line
    /// names.
    pub included_at: Option<usize>,
}

/// Why a tool refuses a file, or a part of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The offending bytes.
    pub span: Span,
    /// 1-based line.
    pub line: usize,
    /// The tool's own text, or the limit of this checker that was hit.
    pub message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}

/// The evaluation of one path failed although the file was accepted, as BuildKit's walk can fail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EvaluationError {
    /// Index of the rule on which it failed.
    pub rule: usize,
    /// The tool's own text, or the limit of this checker that was hit.
    pub message: String,
}

impl fmt::Display for EvaluationError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}

impl std::error::Error for EvaluationError {}

/// Every folder above `path`, outermost first, then `path` itself.
pub(crate) fn with_ancestors(path: &str) -> impl Iterator<Item = &str> {
    memchr::memchr_iter(b'/', path.as_bytes())
        .filter(|slash| *slash > 0)
        .filter_map(|slash| path.get(..slash))
        .chain([path])
}

/// Cases of a property test: `XTASK_FUZZ_CASES` or `default`.
#[cfg(test)]
pub(crate) fn fuzz_cases(default: u32) -> u32 {
    std::env::var("XTASK_FUZZ_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(default)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dialects_are_known_by_name_and_by_file_name() {
        assert_eq!("stignore".parse(), Ok(Dialect::Stignore));
        assert_eq!(".gitignore".parse(), Ok(Dialect::Gitignore));
        let error = "npmignore".parse::<Dialect>().unwrap_err();
        assert_eq!(
            error.to_string(),
            "unknown dialect `npmignore`: one of stignore, dockerignore, oktetoignore, gitignore"
        );
    }

    #[test]
    fn ancestors_come_from_the_outside() {
        assert_eq!(with_ancestors("a/b/c").collect::<Vec<_>>(), ["a", "a/b", "a/b/c"]);
        assert_eq!(with_ancestors("a").collect::<Vec<_>>(), ["a"]);
    }
}
