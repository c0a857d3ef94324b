//! The ignore files in force, each with the folder that it governs and everybody who reads it: an *outlet* is one way
//! by which files of the repository leave the laptop.
//!
//! Builds with one context and one ignore file are one outlet, and so are the remote runs of one context: what is
//! wrong with their file has one cause.

use crate::model::context::{BuildContext, Builder, Contexts, Found, RemoteContext};
use crate::model::synced::{Side, StignoreFile, Stignored, SyncFolder, Synced};
use crate::model::verdict::{Files, Verdict};
use crate::source::{Place, RepoPath, SourceFile};
use crate::syntax::ignore::Dialect;
use crate::syntax::ignore::dockerignore::Dockerignore;
use crate::syntax::ignore::oktetoignore::{Oktetoignore, Section};

/// One way out.
#[derive(Debug)]
pub struct Outlet<'a> {
    /// What leaves by it.
    pub channel: Channel<'a>,
    /// The folder whose content is sent.
    pub root: &'a RepoPath,
    /// Where its ignore file lies, or would.
    pub path: RepoPath,
}

/// Who sends.
#[derive(Debug)]
pub enum Channel<'a> {
    /// Dev containers, through Syncthing.
    Sync(&'a SyncFolder),
    /// Builds of one context by Okteto, with one ignore file.
    Build(Vec<&'a BuildContext>),
    /// Remote deploys, destroys and tests of one context.
    Remote(Vec<&'a RemoteContext>),
}

/// What is known of the ignore file.
#[derive(Debug)]
pub enum State<'a> {
    /// There is none.
    Missing,
    /// It cannot be read, or what it includes.
    Unknown(String),
    /// Its reader refuses it, so that no rule is in force.
    Refused(&'a SourceFile),
    /// It is in force.
    InForce(&'a SourceFile),
}

/// A reader of the ignore file, as it is called in reports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Consumer {
    /// The dev container, the build, or the command.
    pub name: String,
    /// The manifest, or the Compose file, that names it.
    pub manifest: RepoPath,
    /// Where it says what is sent.
    pub place: Place,
}

/// A path that is sent.
#[derive(Clone, Debug)]
pub struct Leak {
    /// The verdict; its deciding line is a negation, if there is one.
    pub verdict: Verdict,
    /// Who sends it.
    pub consumer: Consumer,
}

/// All outlets: sync folders, builds, remote runs.
pub fn outlets<'a>(synced: &'a Synced, contexts: &'a Contexts) -> Vec<Outlet<'a>> {
    let mut outlets: Vec<Outlet<'a>> = Vec::new();
    for folder in &synced.folders {
        outlets.push(Outlet {
            channel: Channel::Sync(folder),
            root: &folder.path,
            path: folder.stignore_path(),
        });
    }
    for build in &contexts.builds {
        let path = match &build.okteto {
            Found::File(file) => file.source.path.clone(),
            Found::Unknown(path, _) => path.clone(),
            Found::Missing => build.context.join(".dockerignore"),
        };
        match find(&mut outlets, &path, &build.context) {
            Some(Outlet { channel: Channel::Build(builds), .. }) => builds.push(build),
            _ => outlets.push(Outlet { channel: Channel::Build(vec![build]), root: &build.context, path }),
        }
    }
    for run in contexts.remotes.iter().filter(|run| run.is_remote) {
        let path = run.ignore_path();
        match find(&mut outlets, &path, &run.context) {
            Some(Outlet { channel: Channel::Remote(runs), .. }) => runs.push(run),
            _ => outlets.push(Outlet { channel: Channel::Remote(vec![run]), root: &run.context, path }),
        }
    }
    outlets
}

fn find<'o, 'a>(
    outlets: &'o mut [Outlet<'a>],
    path: &RepoPath,
    root: &RepoPath,
) -> Option<&'o mut Outlet<'a>> {
    outlets.iter_mut().find(|outlet| outlet.path == *path && outlet.root == root)
}

impl<'a> Outlet<'a> {
    /// The language of its ignore file.
    pub const fn dialect(&self) -> Dialect {
        match self.channel {
            Channel::Sync(_) => Dialect::Stignore,
            Channel::Build(_) => Dialect::Dockerignore,
            Channel::Remote(_) => Dialect::Oktetoignore,
        }
    }

    /// What is known of its ignore file.
    pub fn state(&self) -> State<'a> {
        match &self.channel {
            Channel::Sync(folder) => match &folder.stignore {
                Stignored::Missing => State::Missing,
                Stignored::Unknown(reason) => State::Unknown(reason.clone()),
                Stignored::File(file) => match file.unread.first() {
                    Some(include) => State::Unknown(format!("`{}`: {}", include.path, include.reason)),
                    None if file.problems().is_empty() => State::InForce(&file.source),
                    None => State::Refused(&file.source),
                },
            },
            Channel::Build(builds) => match builds.first().map(|build| &build.okteto) {
                Some(Found::File(file)) if file.rules.problems().is_empty() => State::InForce(&file.source),
                Some(Found::File(file)) => State::Refused(&file.source),
                Some(Found::Unknown(_, reason)) => State::Unknown(reason.clone()),
                Some(Found::Missing) | None => State::Missing,
            },
            Channel::Remote(runs) => match runs.first().map(|run| &run.ignore_file) {
                Some(Found::File(file)) => {
                    let refused = runs.iter().any(|run| !run.rules.problems().is_empty());
                    if refused { State::Refused(&file.source) } else { State::InForce(&file.source) }
                }
                Some(Found::Unknown(_, reason)) => State::Unknown(reason.clone()),
                Some(Found::Missing) | None => State::Missing,
            },
        }
    }

    /// The file, where it is in force.
    pub fn file(&self) -> Option<&'a SourceFile> {
        match self.state() {
            State::InForce(file) => Some(file),
            State::Missing | State::Unknown(_) | State::Refused(_) => None,
        }
    }

    /// Everybody who reads the file.
    pub fn consumers(&self) -> Vec<Consumer> {
        match &self.channel {
            Channel::Sync(folder) => folder
                .users
                .iter()
                .map(|user| Consumer {
                    name: user.dev.clone(),
                    manifest: user.manifest.clone(),
                    place: user.place.clone(),
                })
                .collect(),
            Channel::Build(builds) => builds.iter().map(|build| consumer_of_build(build)).collect(),
            Channel::Remote(runs) => runs.iter().map(|run| consumer_of_run(run)).collect(),
        }
    }

    /// Who would send `path`, if somebody would. `None` also where the evaluation fails, or outside the root.
    pub fn leak(&self, path: &RepoPath) -> Option<Leak> {
        self.leak_where(path, |_| true)
    }

    /// As [`Self::leak`], of builds only those that `ask` for the path.
    pub fn leak_where(&self, path: &RepoPath, ask: impl Fn(&BuildContext) -> bool) -> Option<Leak> {
        let sent = |verdict: &Verdict| !verdict.ignored && verdict.error.is_none();
        match &self.channel {
            Channel::Sync(folder) => {
                let verdict = folder.verdict(path).filter(sent)?;
                let consumer = self.consumers().into_iter().next()?;
                Some(Leak { verdict, consumer })
            }
            Channel::Build(builds) => builds.iter().filter(|build| ask(build)).find_map(|build| {
                let verdict = build.verdict(Builder::Okteto, path).filter(sent)?;
                Some(Leak { verdict, consumer: consumer_of_build(build) })
            }),
            Channel::Remote(runs) => runs.iter().find_map(|run| {
                let verdict = run.verdict(path).filter(sent)?;
                Some(Leak { verdict, consumer: consumer_of_run(run) })
            }),
        }
    }

    /// Whether `path` is kept back from everybody, and which line says so first.
    pub fn ignored_by(&self, path: &RepoPath) -> Option<Verdict> {
        match &self.channel {
            Channel::Sync(folder) => folder.verdict(path).filter(|verdict| verdict.ignored),
            Channel::Build(builds) => builds
                .iter()
                .find_map(|build| build.verdict(Builder::Okteto, path))
                .filter(|verdict| verdict.ignored),
            Channel::Remote(runs) => {
                runs.iter().find_map(|run| run.verdict(path).filter(|verdict| verdict.ignored))
            }
        }
    }

    /// The rules of its ignore file as they are in force: pattern, line, span, negation. Those of an
    /// `.oktetoignore` are the rules of all its runs, each once.
    pub fn rules(&self) -> Vec<crate::syntax::ignore::Rule> {
        match &self.channel {
            Channel::Sync(folder) => folder
                .stignore
                .file()
                .map(|file| file.rules_on(Side::Linux).rules().to_vec())
                .unwrap_or_default(),
            Channel::Build(builds) => builds
                .first()
                .and_then(|build| build.rules(Builder::Okteto))
                .map(|rules| rules.rules().to_vec())
                .unwrap_or_default(),
            Channel::Remote(runs) => {
                let mut rules: Vec<_> =
                    runs.iter().flat_map(|run| run.rules.rules().iter().cloned()).collect();
                rules.sort_by_key(|rule| (rule.source.is_some(), rule.span));
                rules.dedup();
                rules
            }
        }
    }

    /// The outlet with another text in its ignore file.
    pub fn with_text(&self, text: &str, files: Files<'_>) -> Trial<'_> {
        let rules = match &self.channel {
            Channel::Sync(_) => {
                let file = SourceFile::new(self.path.clone(), text);
                TrialRules::Stignore(Box::new(StignoreFile::parse(file, files)))
            }
            Channel::Build(_) => TrialRules::Dockerignore(vec![Dockerignore::parse(text)]),
            Channel::Remote(runs) => {
                let file = Oktetoignore::parse(text);
                let of_run = |run: &&RemoteContext| {
                    let legacy = run.legacy.as_ref().map(|legacy| &*legacy.text);
                    file.rules_after(legacy, &run.section)
                };
                TrialRules::Dockerignore(runs.iter().map(of_run).collect())
            }
        };
        Trial { root: self.root, rules }
    }

    /// The sections that its remote runs read; none for the other channels.
    pub fn sections(&self) -> Vec<&'a Section> {
        match &self.channel {
            Channel::Remote(runs) => runs.iter().map(|run| &run.section).collect(),
            Channel::Sync(_) | Channel::Build(_) => Vec::new(),
        }
    }
}

fn consumer_of_build(build: &BuildContext) -> Consumer {
    Consumer {
        name: build.name.clone(),
        manifest: build.manifest.clone(),
        place: build.context_place.clone(),
    }
}

fn consumer_of_run(run: &RemoteContext) -> Consumer {
    Consumer {
        name: run.section.to_string(),
        manifest: run.manifest.clone(),
        place: run.context_place.clone(),
    }
}

/// What an outlet would send with another text in its ignore file.
#[derive(Debug)]
pub struct Trial<'a> {
    root: &'a RepoPath,
    rules: TrialRules,
}

#[derive(Debug)]
enum TrialRules {
    Stignore(Box<StignoreFile>),
    /// One for each run that reads the file.
    Dockerignore(Vec<Dockerignore>),
}

impl Trial<'_> {
    /// Whether the reader takes the text.
    pub fn is_accepted(&self) -> bool {
        match &self.rules {
            TrialRules::Stignore(file) => file.problems().is_empty(),
            TrialRules::Dockerignore(files) => files.iter().all(|file| file.problems().is_empty()),
        }
    }

    /// Whether everybody would keep `path` back.
    pub fn ignores(&self, path: &RepoPath) -> bool {
        let Some(relative) = path.strip_prefix(self.root) else { return true };
        match &self.rules {
            TrialRules::Stignore(file) => file.tree_verdict(Side::Linux, relative).ignored,
            TrialRules::Dockerignore(files) => {
                files.iter().all(|file| file.verdict(relative).is_ok_and(|verdict| verdict.ignored))
            }
        }
    }

    /// Whether somebody would keep `path` back.
    pub fn hides(&self, path: &RepoPath) -> bool {
        let Some(relative) = path.strip_prefix(self.root) else { return false };
        match &self.rules {
            TrialRules::Stignore(file) => file.tree_verdict(Side::Linux, relative).ignored,
            TrialRules::Dockerignore(files) => {
                files.iter().any(|file| file.verdict(relative).is_ok_and(|verdict| verdict.ignored))
            }
        }
    }
}
