//! The only place that talks to git.
//!
//! Every call runs in the top level of the work tree, with `GIT_OPTIONAL_LOCKS=0` and `LC_ALL=C`, and only
//! reads, [`Git::prepare`] and [`Git::stage`] apart: no index refresh, no lock, no object, no fetch. (With `core.splitIndex`, git itself renews the time
//! of its shared index whenever anything reads it; nobody can ask it not to.) Names travel NUL-terminated,
//! contents by object id through `git cat-file --batch`.

mod blobs;
mod discover;
mod error;
mod history;
mod listing;
mod pipe;
mod process;
mod stage;

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::source::RepoPath;

pub(crate) use self::blobs::{Ahead, Blobs, Object};
pub(crate) use self::error::ALL_CONTENTS;
pub use self::error::GitError;
pub use self::history::Deletion;
pub(crate) use self::listing::TreeEntry;
pub use self::listing::{ChangeStatus, Mode, StagedChange};
use self::process::Runner;
pub use self::stage::{IndexChange, Prepared};

/// A repository with a work tree, and the environment in which git sees it. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Git {
    layout: Arc<Layout>,
    runner: Runner,
}

/// Where the parts of a repository lie. All paths are absolute.
#[derive(Clone, Debug)]
struct Layout {
    top: PathBuf,
    git_dir: PathBuf,
    common_dir: PathBuf,
    hooks: PathBuf,
    index: PathBuf,
    shallow: bool,
    prefix: RepoPath,
}

impl Git {
    /// The repository that holds `start`, a folder or a file.
    ///
    /// `GIT_DIR` and `GIT_INDEX_FILE`, as hooks inherit them, are honoured for the repository that they belong
    /// to and ignored for any other.
    ///
    /// # Errors
    /// No git, no such folder, no repository, no work tree, or a repository that git distrusts.
    pub fn discover(start: &Path) -> Result<Self, GitError> {
        discover::discover(start)
    }

    fn new(layout: Layout, environment: Vec<(&'static str, Option<OsString>)>) -> Self {
        let runner = Runner::new(&layout.top, environment);
        Self { layout: Arc::new(layout), runner }
    }

    /// The top level of the work tree.
    pub fn top(&self) -> &Path {
        &self.layout.top
    }

    /// The git folder of this work tree: `.git`, or `.git/worktrees/NAME` in a linked one.
    pub fn git_dir(&self) -> &Path {
        &self.layout.git_dir
    }

    /// The git folder that all linked work trees share.
    pub fn common_dir(&self) -> &Path {
        &self.layout.common_dir
    }

    /// Where git looks for hooks: `core.hooksPath`, or `hooks` in the common folder.
    pub fn hooks_path(&self) -> &Path {
        &self.layout.hooks
    }

    /// The index in force: the one that `GIT_INDEX_FILE` names, if that is ours.
    pub fn index_path(&self) -> &Path {
        &self.layout.index
    }

    /// The folder in which the search began, relative to the top level.
    pub fn prefix(&self) -> &RepoPath {
        &self.layout.prefix
    }

    /// Whether the history of this clone is cut off.
    pub fn is_shallow(&self) -> bool {
        self.layout.shallow
    }

    /// Whether this clone was made to have only some of its objects, and to fetch others when they are asked for.
    pub fn is_partial(&self) -> bool {
        let promisors = ["config", "--get-regexp", r"^(remote\..*\.promisor|extensions\.partialclone)$"];
        self.output(&promisors).is_ok_and(|found| !found.is_empty())
    }

    /// An error of a command that reads trees: a partial clone may lack some.
    fn reading_trees(&self, error: GitError) -> GitError {
        match error {
            GitError::Failed { command, stderr } if self.is_partial() => GitError::NoTree { command, stderr },
            error => error,
        }
    }

    /// The full object id of the commit that `rev` names.
    ///
    /// # Errors
    /// [`GitError::MissingRevision`] when there is none, `HEAD` before the first commit included.
    pub fn resolve(&self, rev: &str) -> Result<String, GitError> {
        let missing = || GitError::MissingRevision { rev: rev.to_owned(), shallow: self.is_shallow() };
        let commit = format!("{rev}^{{commit}}");
        let answer = self.runner.read(["rev-parse", "--verify", "--quiet", "--end-of-options", &commit]);
        match answer {
            Ok(oid) => Ok(String::from_utf8_lossy(&oid).trim().to_owned()),
            Err(GitError::Failed { .. }) => Err(missing()),
            Err(error) => Err(error),
        }
    }

    /// The commits that a merge in progress brings in (`MERGE_HEAD`), without `HEAD` itself; empty when no
    /// merge is being concluded.
    pub fn merge_parents(&self) -> Vec<String> {
        // git documents MERGE_HEAD as a file, whatever the format of the references, and `rev-parse` would
        // name only the first parent of an octopus merge.
        let heads = std::fs::read_to_string(self.git_dir().join("MERGE_HEAD")).unwrap_or_default();
        heads.lines().map(str::trim).filter(|oid| !oid.is_empty()).map(str::to_owned).collect()
    }

    /// Runs `git ARGS` and returns what it prints. For the few calls of commands that have no method here;
    /// the arguments must not write unless the command is meant to.
    ///
    /// # Errors
    /// [`GitError::Failed`] with what git wrote to its standard error.
    pub fn output(&self, args: &[&str]) -> Result<Vec<u8>, GitError> {
        self.runner.read(args)
    }
}
