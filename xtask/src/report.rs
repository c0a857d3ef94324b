//! Reports: pure functions from a [`Report`] to text, one file per format.
//!
//! Nothing here reads a file, a clock or the environment: what a renderer needs besides the report stands in
//! [`Options`], so that two runs over the same tree print the same bytes.

mod concise;
mod fold;
mod github;
mod gitlab;
mod human;
mod json;
mod junit;
mod places;
mod prose;
mod sarif;

use crate::diagnostic::{Diagnostic, InternalError, RuleInfo, Safety, Severity, Skipped};
use crate::source::{RepoPath, SourceFile};
use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

pub use fold::fold;
pub use human::{counts, findings};

/// The outcome of a run, the one input of every renderer.
#[derive(Debug, Default)]
pub struct Report {
    /// `worktree`, `index` or an object id.
    pub snapshot: String,
    /// What is shown: sorted by path, offset, rule; already filtered by level, paths and suppressions.
    pub diagnostics: Vec<Diagnostic>,
    /// What was not checked, and why.
    pub skipped: Vec<Skipped>,
    /// Rules that panicked.
    pub errors: Vec<InternalError>,
    /// Findings that a comment with a reason allows.
    pub suppressed: usize,
    /// Number of files in the snapshot.
    pub files: usize,
    /// The rules that ran, in the order of the table.
    pub rules: Vec<RuleInfo>,
    /// Text of every file that a diagnostic points into.
    pub sources: BTreeMap<RepoPath, SourceFile>,
}

impl Report {
    /// How many findings of this severity are shown.
    pub fn count(&self, severity: Severity) -> usize {
        self.diagnostics.iter().filter(|diagnostic| diagnostic.severity == severity).count()
    }

    /// How many shown findings have a fix of exactly this safety.
    pub fn fixable(&self, safety: Safety) -> usize {
        self.diagnostics
            .iter()
            .filter_map(|diagnostic| diagnostic.fix.as_ref())
            .filter(|fix| fix.safety == safety)
            .count()
    }
}

/// How a report is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// Snippets for a person at a terminal.
    Human,
    /// `path:line:column: severity[rule]: message`, for editors and grep.
    Concise,
    /// The versioned contract of this tool.
    Json,
    /// SARIF 2.1.0, for code scanning.
    Sarif,
    /// GitLab Code Quality, for the widget of a merge request.
    Gitlab,
    /// GitHub workflow commands, for annotations of a pull request.
    Github,
    /// JUnit XML, for the test tab of a pipeline.
    Junit,
}

impl Format {
    /// Every format, in the order of the help text.
    pub const ALL: [Self; 7] =
        [Self::Human, Self::Concise, Self::Json, Self::Sarif, Self::Gitlab, Self::Github, Self::Junit];

    /// The name on the command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Human => "human",
            Self::Concise => "concise",
            Self::Json => "json",
            Self::Sarif => "sarif",
            Self::Gitlab => "gitlab",
            Self::Github => "github",
            Self::Junit => "junit",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl FromStr for Format {
    type Err = UnknownFormat;

    fn from_str(name: &str) -> Result<Self, UnknownFormat> {
        Self::ALL
            .into_iter()
            .find(|format| format.as_str() == name)
            .ok_or_else(|| UnknownFormat(name.to_owned()))
    }
}

/// A format name that does not exist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownFormat(String);

impl fmt::Display for UnknownFormat {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "unknown format `{}`: expected ", self.0)?;
        for (at, format) in Format::ALL.into_iter().enumerate() {
            write!(formatter, "{}`{format}`", if at == 0 { "" } else { ", " })?;
        }
        Ok(())
    }
}

impl std::error::Error for UnknownFormat {}

/// Whether text for people carries ANSI escape sequences.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Style {
    /// Text alone.
    #[default]
    Plain,
    /// Colours; the caller strips them again where they are not wanted.
    Ansi,
}

/// What a renderer needs besides the report.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Colours, for [`Format::Human`] and [`Format::Concise`].
    pub style: Style,
    /// Columns of the terminal; longer source lines are cut around what they show.
    pub width: usize,
    /// A snippet for every finding, and what was skipped.
    pub verbose: bool,
    /// How long the run took; left out of the last line when unknown.
    pub elapsed: Option<Duration>,
}

impl Default for Options {
    fn default() -> Self {
        Self { style: Style::Plain, width: 140, verbose: false, elapsed: None }
    }
}

/// Writes `report` in `format`; the text ends with a line feed unless it is empty.
pub fn render(report: &Report, format: Format, options: &Options) -> String {
    match format {
        Format::Human => human::render(report, options),
        Format::Concise => concise::render(report, options),
        Format::Json => json::render(report),
        Format::Sarif => sarif::render(report),
        Format::Gitlab => gitlab::render(report),
        Format::Github => github::render(report),
        Format::Junit => junit::render(report),
    }
}
