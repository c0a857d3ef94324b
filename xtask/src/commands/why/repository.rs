//! The verdicts of everything in force in the repository on paths.

use crate::cli::Global;
use crate::commands::laptop::lean::{self, Tracked};
use crate::commands::laptop::{self, Laptop};
use crate::commands::open;
use crate::git::Git;
use crate::model::context::Builder;
use crate::model::synced::{Side, Stignored, SyncFolder};
use crate::model::verdict::Verdict;
use crate::source::RepoPath;
use serde::Serialize;
use std::path::Path;

/// The answer for the repository; its JSON form is a contract.
#[derive(Debug, Serialize)]
pub struct Answer {
    /// Version of this form.
    pub version: u32,
    /// One for each path, in the order asked.
    pub results: Vec<PathAnswer>,
}

/// All verdicts on one path.
#[derive(Debug, Serialize)]
pub struct PathAnswer {
    /// The path from the top level, without the slash that marks a directory.
    pub path: String,
    /// Whether it was asked as a directory, or is one.
    pub is_dir: bool,
    /// Whether something is there; of no interest to the contract.
    #[serde(skip)]
    pub exists: bool,
    /// git.
    pub git: GitAnswer,
    /// The dev containers whose sync roots hold the path.
    pub sync: Vec<SyncAnswer>,
    /// The builds whose contexts hold the path, for each builder.
    pub builds: Vec<BuildAnswer>,
    /// The remote runs whose contexts hold the path.
    pub remote: Vec<RemoteAnswer>,
}

/// A verdict with its deciding line.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Decision {
    /// Whether the path is left out.
    pub ignored: bool,
    /// The file that decided.
    pub file: Option<String>,
    /// 1-based line in it.
    pub line: Option<usize>,
    /// The pattern as the tool shows it.
    pub pattern: Option<String>,
    /// Why the tool refuses the file, or fails on the path.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// git's verdict.
#[derive(Debug, Serialize)]
pub struct GitAnswer {
    /// Whether git tracks the path, or something below it, whatever the patterns say.
    pub tracked: bool,
    /// What the patterns say.
    #[serde(flatten)]
    pub decision: Decision,
}

/// Whether a dev container gets the path.
#[derive(Debug, Serialize)]
pub struct SyncAnswer {
    /// The manifest.
    pub manifest: String,
    /// The dev container.
    pub dev: String,
    /// The folder that is synced.
    pub root: String,
    /// On a Linux laptop.
    #[serde(flatten)]
    pub decision: Decision,
    /// In the pod, by Okteto's copy of the file.
    pub cluster_ignored: bool,
    /// On a macOS laptop, where case is folded.
    #[serde(skip)]
    pub macos_ignored: bool,
}

/// Whether a build gets the path.
#[derive(Debug, Serialize)]
pub struct BuildAnswer {
    /// The manifest, or the Compose file.
    pub manifest: String,
    /// The build, or the service.
    pub build: String,
    /// `okteto` or `docker`.
    pub builder: &'static str,
    /// The verdict.
    #[serde(flatten)]
    pub decision: Decision,
}

/// Whether a remote run gets the path.
#[derive(Debug, Serialize)]
pub struct RemoteAnswer {
    /// The manifest.
    pub manifest: String,
    /// `deploy`, `destroy` or `test.NAME`.
    pub section: String,
    /// The verdict.
    #[serde(flatten)]
    pub decision: Decision,
}

impl From<Verdict> for Decision {
    fn from(verdict: Verdict) -> Self {
        let (file, line, pattern) = match verdict.decided_by {
            Some(by) => (Some(by.file.to_string()), Some(by.rule.line), Some(by.rule.pattern)),
            None => (None, None, None),
        };
        Self { ignored: verdict.ignored, file, line, pattern, error: verdict.error }
    }
}

/// What is asked.
struct Models {
    tracked: Tracked,
    laptop: Laptop,
}

/// Asks everything in force about each path.
///
/// # Errors
/// When git fails, a path lies outside the repository, or the configuration is broken.
pub fn answer(git: &Git, global: &Global, paths: &[String]) -> anyhow::Result<Answer> {
    let asked = paths.iter().map(|path| open::repo_path(git, global, Path::new(path)));
    let asked = asked.collect::<Result<Vec<RepoPath>, _>>()?;
    let (survey, excludes) = std::thread::scope(|scope| {
        // Two questions to git, of which the second is done before the first.
        let excludes = scope.spawn(|| laptop::global_excludes(git));
        (lean::survey(git, &asked), excludes.join().ok().flatten())
    });
    let (tracked, tree) = survey?;
    let laptop = Laptop::load(git, tree, excludes.as_deref())?;
    let models = Models { tracked, laptop };
    let each = paths.iter().zip(&asked).map(|(text, path)| models.ask(path, text.ends_with('/')));
    Ok(Answer { version: 1, results: each.collect() })
}

impl Models {
    fn ask(&self, path: &RepoPath, as_dir: bool) -> PathAnswer {
        let disk = &self.laptop.disk;
        let exists = disk.exists(path);
        let is_dir = as_dir || if exists { disk.is_dir(path) } else { self.tracked.is_folder(path) };
        let tracked = self.tracked.is_tracked(path);
        PathAnswer {
            path: path.to_string(),
            is_dir,
            exists,
            git: GitAnswer { tracked, decision: self.laptop.gitignores.verdict(path, is_dir).into() },
            sync: self.laptop.synced.containing(path).flat_map(|folder| sync(folder, path)).collect(),
            builds: self.builds(path),
            remote: self.remote(path),
        }
    }

    fn builds(&self, path: &RepoPath) -> Vec<BuildAnswer> {
        let pairs =
            self.laptop.contexts.builds.iter().flat_map(|build| Builder::ALL.map(|builder| (build, builder)));
        pairs
            .filter_map(|(build, builder)| {
                let mut decision: Decision = build.verdict(builder, path)?.into();
                let problem = build.rules(builder).and_then(|rules| rules.problems().first());
                let failure = || build.ignore_file(builder).failure();
                decision.error = decision
                    .error
                    .or_else(|| problem.map(|problem| problem.message.clone()))
                    .or_else(failure);
                Some(BuildAnswer {
                    manifest: build.manifest.to_string(),
                    build: build.name.clone(),
                    builder: builder.name(),
                    decision,
                })
            })
            .collect()
    }

    fn remote(&self, path: &RepoPath) -> Vec<RemoteAnswer> {
        let runs = self.laptop.contexts.remotes.iter().filter(|run| run.is_remote);
        runs.filter_map(|run| {
            let mut decision: Decision = run.verdict(path)?.into();
            let problem = run.rules.problems().first();
            let failure = || run.ignore_file.failure();
            decision.error =
                decision.error.or_else(|| problem.map(|problem| problem.message.clone())).or_else(failure);
            Some(RemoteAnswer {
                manifest: run.manifest.to_string(),
                section: run.section.to_string(),
                decision,
            })
        })
        .collect()
    }
}

fn sync(folder: &SyncFolder, path: &RepoPath) -> Vec<SyncAnswer> {
    let ignored = |side| folder.verdict_on(side, path).is_some_and(|verdict| verdict.ignored);
    let mut decision: Decision = folder.verdict(path).unwrap_or_default().into();
    let failure = match &folder.stignore {
        Stignored::Missing => None,
        Stignored::Unknown(reason) => Some(format!("{}: {reason}", folder.stignore_path())),
        Stignored::File(file) => file.problems().first().map(|problem| problem.message.clone()),
    };
    decision.error = decision.error.or(failure);
    let (cluster_ignored, macos_ignored) = (ignored(Side::Cluster), ignored(Side::Macos));
    folder
        .users
        .iter()
        .map(|user| SyncAnswer {
            manifest: user.manifest.to_string(),
            dev: user.dev.clone(),
            root: folder.path.to_string(),
            decision: decision.clone(),
            cluster_ignored,
            macos_ignored,
        })
        .collect()
}
