//! Verdicts on many paths of a folder, made as the tools make them: from folder to folder, each asked once.
//!
//! What Syncthing's scan and BuildKit's walk say of a path depends on what they said of the folders above it. A
//! [`Descent`] remembers the folders on the way to the path that was asked last, so that neighbours share them.

use crate::model::context::Builder;
use crate::model::outlets::{Channel, Outlet};
use crate::model::synced::{Side, Stignored};
use crate::model::verdict::DecidedBy;
use crate::source::RepoPath;
use crate::syntax::ignore::EvaluationError;
use crate::syntax::ignore::dockerignore::{Dockerignore, Walker};
use crate::syntax::ignore::stignore::{self, Decision, Stignore};
use std::sync::LazyLock;

/// A `.stignore` that is not there: Syncthing's own names count all the same.
static NOTHING: LazyLock<Stignore> = LazyLock::new(Stignore::default);

/// What keeps a path back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeptBy {
    /// A name that is built into the tool.
    BuiltIn,
    /// A rule of the ignore file.
    Rule {
        /// Which of the outlet's readers asks it: each section of an `.oktetoignore` has rules of its own.
        reader: usize,
        /// Its number there.
        rule: usize,
    },
}

impl KeptBy {
    /// The line; `None` for names that are built in.
    pub fn line(self, outlet: &Outlet<'_>) -> Option<DecidedBy> {
        let Self::Rule { reader, rule } = self else { return None };
        match &outlet.channel {
            Channel::Sync(folder) => {
                let file = folder.stignore.file()?;
                Some(DecidedBy::new(&file.source.path, file.rules_on(Side::Linux).rules().get(rule)?))
            }
            Channel::Build(builds) => {
                let file = builds.get(reader)?.ignore_file(Builder::Okteto).file()?;
                Some(DecidedBy::new(&file.source.path, file.rules.rules().get(rule)?))
            }
            Channel::Remote(runs) => runs.get(reader)?.decided_by(rule),
        }
    }
}

/// What one reader knows at a folder.
#[derive(Clone, Debug)]
pub enum Gate<'a> {
    /// Everything below passes: there is no ignore file, or its evaluation failed here.
    Open,
    /// Nothing below is looked at.
    Closed(KeptBy),
    /// Syncthing asks each path on its own.
    Sync(&'a Stignore),
    /// BuildKit takes along what it learned above.
    Context(Walker<'a>),
}

/// A walk through what is sent of a folder.
#[derive(Debug)]
pub struct Descent<'a> {
    /// Bytes before the part of a path that is relative to the folder.
    start: usize,
    /// The gates of the folder itself.
    top: Vec<Gate<'a>>,
    /// The folders on the way to the last path, each with its slash.
    folders: Vec<(String, Vec<Gate<'a>>)>,
    /// The first evaluation that failed: there the real tool stops.
    failure: Option<String>,
}

impl<'a> Descent<'a> {
    /// Begins at the top of what the outlet sends.
    pub fn new(outlet: &Outlet<'a>) -> Self {
        let top = match &outlet.channel {
            Channel::Sync(folder) => vec![Gate::sync(&folder.stignore)],
            // All builds of an outlet read the same file.
            Channel::Build(builds) => {
                builds.iter().take(1).map(|build| Gate::context(build.rules(Builder::Okteto))).collect()
            }
            Channel::Remote(runs) => runs.iter().map(|run| Gate::context(Some(&*run.rules))).collect(),
        };
        Self::through(outlet.root, top)
    }

    /// Begins at the top of `root`, with what each reader knows there.
    pub fn through(root: &RepoPath, top: Vec<Gate<'a>>) -> Self {
        let start = if root.is_root() { 0 } else { root.as_str().len() + 1 };
        Self { start, top, folders: Vec::new(), failure: None }
    }

    /// What keeps `path`, a path of the repository below the root, back from somebody; `None` when everybody gets it.
    pub fn kept_by(&mut self, path: &str) -> Option<KeptBy> {
        self.enter_above(path);
        let relative = path.get(self.start..)?;
        let gates = self.folders.last().map_or(&self.top, |(_, gates)| gates);
        let failure = &mut self.failure;
        gates.iter().enumerate().find_map(|(reader, gate)| {
            gate.keeps_back(reader, relative).unwrap_or_else(|error| {
                note(failure, relative, &error);
                None
            })
        })
    }

    /// Where an evaluation failed first, and why; what lies there counts as sent.
    pub fn failure(&self) -> Option<&str> {
        self.failure.as_deref()
    }

    /// Goes to the folder that holds `path`.
    fn enter_above(&mut self, path: &str) {
        while self.folders.last().is_some_and(|(folder, _)| !path.starts_with(folder.as_str())) {
            self.folders.pop();
        }
        let mut known = self.folders.last().map_or(self.start, |(folder, _)| folder.len());
        while let Some(slash) = path.get(known..).and_then(|rest| memchr::memchr(b'/', rest.as_bytes())) {
            let end = known + slash;
            let folder = path.get(self.start..end).unwrap_or_default();
            let above = self.folders.last().map_or(&self.top, |(_, gates)| gates);
            let failure = &mut self.failure;
            let enter = |(reader, gate): (usize, &Gate<'a>)| {
                gate.enter(reader, folder).unwrap_or_else(|error| {
                    note(failure, folder, &error);
                    Gate::Open
                })
            };
            let gates = above.iter().enumerate().map(enter).collect();
            self.folders.push((path.get(..=end).unwrap_or_default().to_owned(), gates));
            known = end + 1;
        }
    }
}

fn note(failure: &mut Option<String>, path: &str, error: &EvaluationError) {
    failure.get_or_insert_with(|| format!("{path}: {error}"));
}

impl<'a> Gate<'a> {
    /// Syncthing at the top of a synced folder.
    pub fn sync(stignore: &'a Stignored) -> Self {
        Self::Sync(stignore.file().map_or(&*NOTHING, |file| file.rules_on(Side::Linux)))
    }

    /// BuildKit at the top of a context.
    pub fn context(rules: Option<&'a Dockerignore>) -> Self {
        rules.map_or(Self::Open, |rules| Self::Context(rules.walker()))
    }

    /// What keeps `path` back, a path in this folder, relative to the root.
    fn keeps_back(&self, reader: usize, path: &str) -> Result<Option<KeptBy>, EvaluationError> {
        Ok(match self {
            Gate::Open => None,
            Gate::Closed(kept_by) => Some(*kept_by),
            Gate::Sync(rules) => Some(rules.matches(path)?)
                .filter(|verdict| verdict.ignored)
                .map(|verdict| by_stignore(&verdict)),
            Gate::Context(walker) => Some(walker.verdict(path)?)
                .filter(|verdict| verdict.ignored)
                .map(|verdict| by_rule(reader, verdict.rule)),
        })
    }

    /// The gate of `folder` in this folder.
    fn enter(&self, reader: usize, folder: &str) -> Result<Self, EvaluationError> {
        Ok(match self {
            Gate::Open | Gate::Closed(_) => self.clone(),
            Gate::Sync(rules) => {
                let verdict = rules.matches(folder)?;
                let closed = verdict.ignored && verdict.can_skip_dir;
                if closed { Gate::Closed(by_stignore(&verdict)) } else { self.clone() }
            }
            Gate::Context(walker) => {
                let (inside, verdict) = walker.enter(folder)?;
                let closed = inside.is_skipped();
                if closed { Gate::Closed(by_rule(reader, verdict.rule)) } else { Gate::Context(inside) }
            }
        })
    }
}

const fn by_stignore(verdict: &stignore::Verdict) -> KeptBy {
    match verdict.decision {
        Decision::Rule(rule) => KeptBy::Rule { reader: 0, rule },
        Decision::BuiltIn | Decision::None => KeptBy::BuiltIn,
    }
}

fn by_rule(reader: usize, rule: Option<usize>) -> KeptBy {
    rule.map_or(KeptBy::BuiltIn, |rule| KeptBy::Rule { reader, rule })
}
