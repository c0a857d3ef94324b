//! What can go wrong between us and git, in words that name the remedy.

use std::fmt;
use std::path::PathBuf;

/// Why git could not answer. The text of each is for the user: what is wrong, then the command that helps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GitError {
    /// The program `git` is not in `PATH`.
    NoGit,
    /// The folder that was asked for does not exist.
    NoSuchFolder {
        /// That folder.
        path: PathBuf,
    },
    /// No repository at this folder or above it.
    NotARepository {
        /// Where the search began.
        path: PathBuf,
    },
    /// A repository without a work tree here: a bare one, or the inside of a `.git` folder.
    Bare {
        /// Where the search began.
        path: PathBuf,
    },
    /// git refuses a repository that somebody else owns (`safe.directory`).
    DubiousOwnership {
        /// The folder to declare safe.
        path: PathBuf,
    },
    /// The revision cannot be resolved to a commit.
    MissingRevision {
        /// As the user wrote it.
        rev: String,
        /// The clone is shallow, so that the commit may exist elsewhere.
        shallow: bool,
    },
    /// The index holds unmerged paths: no commit can be made of it.
    Conflicted {
        /// The unmerged paths, sorted, each once.
        paths: Vec<String>,
    },
    /// A file of the tree has no content in this clone.
    NoContent {
        /// The first such file that was needed.
        path: String,
        /// How many more there are.
        others: usize,
        /// `worktree`, `index` or the object id of the commit.
        tree: String,
        /// The clone is a partial one; in any other the repository is damaged.
        partial: bool,
    },
    /// git could not read a tree of a partial clone.
    NoTree {
        /// The command, without our own options.
        command: String,
        /// What git wrote to its standard error.
        stderr: String,
    },
    /// git ended with an error that has no name above.
    Failed {
        /// The command, without our own options.
        command: String,
        /// What git wrote to its standard error, or the error of the system.
        stderr: String,
    },
}

/// The command that makes a partial clone a whole one.
pub(crate) const ALL_CONTENTS: &str = "`git fetch --refetch --no-filter`";

/// Digits of an object id that tell commits apart for a person.
const SHORT: usize = 12;

/// So many unmerged paths are named; the rest is counted.
const NAMED_CONFLICTS: usize = 5;

impl fmt::Display for GitError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoGit => write!(formatter, "`git` was not found in PATH: install it and try again"),
            Self::NoSuchFolder { path } => write!(formatter, "there is no folder `{}`", path.display()),
            Self::NotARepository { path } => write!(
                formatter,
                "`{path}` is not in a git repository: run this inside one, name one with `--root DIR`, \
                 or make one with `git init {path}`",
                path = path.display()
            ),
            Self::Bare { path } => write!(
                formatter,
                "`{path}` has no work tree (a bare repository, or the inside of `.git`): run this in a work \
                 tree, `git -C {path} worktree list` names them and \
                 `git -C {path} worktree add ../checkout` makes one",
                path = path.display()
            ),
            Self::DubiousOwnership { path } => write!(
                formatter,
                "git refuses the repository `{path}` because another user owns it: if you trust it, run \
                 `git config --global --add safe.directory {path}`",
                path = path.display()
            ),
            Self::MissingRevision { rev, .. } if rev == "HEAD" || rev == "@" => {
                write!(formatter, "the repository has no commit yet: make the first one with `git commit`")
            }
            Self::MissingRevision { rev, shallow: true } => {
                let all =
                    "`git fetch --unshallow` brings the whole history (in GitLab CI: `GIT_DEPTH: \"0\"`)";
                write!(formatter, "no commit `{rev}` in this shallow clone: {all}")?;
                // `HEAD~1` cannot be asked for, a branch and an object id can.
                let name = rev.strip_prefix("origin/").unwrap_or(rev);
                match name.contains(['~', '^', '@', ':']) || name == "HEAD" {
                    true => Ok(()),
                    false => write!(formatter, ", `git fetch --depth=1 origin {name}` only this one"),
                }
            }
            Self::MissingRevision { rev, shallow: false } => write!(
                formatter,
                "no commit `{rev}` in this repository: `git fetch origin` brings new ones, \
                 `git branch --all` lists the branches"
            ),
            Self::Conflicted { paths } => {
                let count = paths.len();
                let plural = if count == 1 { "path is" } else { "paths are" };
                write!(formatter, "{count} {plural} unmerged in the index: ")?;
                for (position, path) in paths.iter().take(NAMED_CONFLICTS).enumerate() {
                    let comma = if position == 0 { "" } else { ", " };
                    write!(formatter, "{comma}`{}`", path.escape_debug())?;
                }
                if count > NAMED_CONFLICTS {
                    write!(formatter, " and {} more", count - NAMED_CONFLICTS)?;
                }
                write!(formatter, "; resolve the conflicts, `git add` the files and try again")
            }
            Self::NoContent { path, others, tree, partial } => {
                let more = match others {
                    0 => String::new(),
                    1 => " and of 1 more file".to_owned(),
                    count => format!(" and of {count} more files"),
                };
                let place = match tree.as_str() {
                    "worktree" => "which a sparse checkout leaves out",
                    "index" => "as it is in the index",
                    commit => {
                        let commit = commit.get(..SHORT).unwrap_or(commit);
                        return no_content(
                            formatter,
                            path,
                            &more,
                            &format!("as it is in {commit}"),
                            *partial,
                        );
                    }
                };
                no_content(formatter, path, &more, place, *partial)
            }
            Self::NoTree { command, stderr } => write!(
                formatter,
                "this clone is partial, and `{command}` failed: {stderr}; {ALL_CONTENTS} brings what is missing"
            ),
            Self::Failed { command, stderr } => {
                write!(formatter, "`{command}` failed")?;
                let reason = stderr.trim();
                if reason.is_empty() { Ok(()) } else { write!(formatter, ": {reason}") }
            }
        }
    }
}

fn no_content(
    formatter: &mut fmt::Formatter<'_>,
    path: &str,
    more: &str,
    place: &str,
    partial: bool,
) -> fmt::Result {
    let path = path.escape_debug();
    if partial {
        return write!(
            formatter,
            "this clone is partial and does not have the content of `{path}`, {place}{more}: nothing can be said \
             about that tree; {ALL_CONTENTS} brings what is missing"
        );
    }
    write!(
        formatter,
        "git does not have the content of `{path}`, {place}{more}: the repository is damaged, `git fsck` tells more"
    )
}

impl std::error::Error for GitError {}
