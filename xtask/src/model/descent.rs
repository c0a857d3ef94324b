//! Verdicts on many paths of an outlet, made as the tools make them: from folder to folder, each asked once.
//!
//! What Syncthing's scan and BuildKit's walk say of a path depends on what they said of the folders above it. A
//! [`Descent`] remembers the folders on the way to the path that was asked last, so that neighbours share them.

use crate::model::context::Builder;
use crate::model::outlets::{Channel, Outlet};
use crate::model::synced::{Side, Stignored};
use crate::model::verdict::DecidedBy;
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

/// A walk through what an outlet governs.
#[derive(Debug)]
pub struct Descent<'a> {
    outlet: &'a Outlet<'a>,
    /// The gates of the outlet's root.
    top: Vec<Gate<'a>>,
    /// The folders on the way to the last path, each with its slash.
    folders: Vec<(String, Vec<Gate<'a>>)>,
}

/// What one reader knows at a folder.
#[derive(Clone, Debug)]
enum Gate<'a> {
    /// Everything below passes: there is no ignore file, or its evaluation failed here.
    Open,
    /// Nothing below is looked at.
    Closed(KeptBy),
    /// Syncthing asks each path on its own.
    Sync(&'a Stignore),
    /// BuildKit takes along what it learned above.
    Context(Walker<'a>),
}

impl<'a> Descent<'a> {
    /// Begins at the top of what the outlet sends.
    pub fn new(outlet: &'a Outlet<'a>) -> Self {
        let context =
            |rules: Option<&'a Dockerignore>| rules.map_or(Gate::Open, |rules| Gate::Context(rules.walker()));
        let top = match &outlet.channel {
            Channel::Sync(folder) => vec![Gate::Sync(match &folder.stignore {
                Stignored::File(file) => file.rules_on(Side::Linux),
                Stignored::Missing | Stignored::Unknown(_) => &NOTHING,
            })],
            // All builds of an outlet read the same file.
            Channel::Build(builds) => {
                builds.iter().take(1).map(|build| context(build.rules(Builder::Okteto))).collect()
            }
            Channel::Remote(runs) => runs.iter().map(|run| context(Some(&*run.rules))).collect(),
        };
        Self { outlet, top, folders: Vec::new() }
    }

    /// What keeps `path`, a path of the repository below the outlet's root, back from somebody; `None` when everybody
    /// gets it.
    pub fn kept_by(&mut self, path: &str) -> Option<KeptBy> {
        let start = if self.outlet.root.is_root() { 0 } else { self.outlet.root.as_str().len() + 1 };
        let gates = self.gates_above(path, start);
        let relative = path.get(start..)?;
        gates.iter().enumerate().find_map(|(reader, gate)| gate.keeps_back(reader, relative))
    }

    /// The gates of the folder that holds `path`.
    fn gates_above(&mut self, path: &str, start: usize) -> &[Gate<'a>] {
        while self.folders.last().is_some_and(|(folder, _)| !path.starts_with(folder.as_str())) {
            self.folders.pop();
        }
        let mut known = self.folders.last().map_or(start, |(folder, _)| folder.len());
        while let Some(slash) = path.get(known..).and_then(|rest| memchr::memchr(b'/', rest.as_bytes())) {
            let end = known + slash;
            let folder = path.get(start..end).unwrap_or_default();
            let above = self.folders.last().map_or(&self.top, |(_, gates)| gates);
            let gates = above.iter().enumerate().map(|(reader, gate)| gate.enter(reader, folder)).collect();
            self.folders.push((path.get(..=end).unwrap_or_default().to_owned(), gates));
            known = end + 1;
        }
        self.folders.last().map_or(&self.top, |(_, gates)| gates)
    }

    /// The line behind an answer; `None` for names that are built in.
    pub fn line(&self, kept_by: KeptBy) -> Option<DecidedBy> {
        let KeptBy::Rule { reader, rule } = kept_by else { return None };
        match &self.outlet.channel {
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

impl<'a> Gate<'a> {
    /// What keeps `path` back, a path in this folder, relative to the outlet's root.
    fn keeps_back(&self, reader: usize, path: &str) -> Option<KeptBy> {
        match self {
            Gate::Open => None,
            Gate::Closed(kept_by) => Some(*kept_by),
            Gate::Sync(rules) => {
                let verdict = rules.matches(path).ok().filter(|verdict| verdict.ignored)?;
                Some(by_stignore(&verdict))
            }
            Gate::Context(walker) => {
                let verdict = walker.verdict(path).ok().filter(|verdict| verdict.ignored)?;
                Some(by_rule(reader, verdict.rule))
            }
        }
    }

    /// The gate of `folder` in this folder.
    fn enter(&self, reader: usize, folder: &str) -> Self {
        match self {
            Gate::Open | Gate::Closed(_) => self.clone(),
            Gate::Sync(rules) => match rules.matches(folder) {
                Ok(verdict) if verdict.ignored && verdict.can_skip_dir => Gate::Closed(by_stignore(&verdict)),
                Ok(_) => self.clone(),
                Err(_) => Gate::Open,
            },
            Gate::Context(walker) => match walker.enter(folder) {
                Ok((inside, verdict)) if inside.is_skipped() => Gate::Closed(by_rule(reader, verdict.rule)),
                Ok((inside, _)) => Gate::Context(inside),
                Err(_) => Gate::Open,
            },
        }
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
