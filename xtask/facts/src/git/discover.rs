//! Which repository, and which of the inherited `GIT_*` variables speak of it.
//!
//! A hook inherits `GIT_INDEX_FILE` (and, in linked work trees and submodules, `GIT_DIR`): the index named
//! there *is* the commit that is being made, so it must be kept for its own repository. The same variables
//! would turn every look into another repository into a look at ours, so they are dropped there.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::process::Runner;
use super::{Git, GitError, Layout};
use crate::source::RepoPath;

/// Variables that say where a repository lies. Never inherited: the discovery finds the same place again, or
/// they speak of another repository.
const LOCATION: [&str; 5] =
    ["GIT_DIR", "GIT_WORK_TREE", "GIT_COMMON_DIR", "GIT_PREFIX", "GIT_IMPLICIT_WORK_TREE"];

/// The rest of `git rev-parse --local-env-vars` without the configuration (`GIT_CONFIG_COUNT`,
/// `GIT_CONFIG_PARAMETERS`), which git itself hands on to submodules (`prepare_submodule_repo_env`): CI
/// declares its `safe.directory` there. Kept for our own repository (a server hook sees its quarantined
/// objects only through them), dropped for a foreign one.
const CONTENT: [&str; 8] = [
    "GIT_INDEX_FILE",
    "GIT_CONFIG",
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_GRAFT_FILE",
    "GIT_NO_REPLACE_OBJECTS",
    "GIT_REPLACE_REF_BASE",
    "GIT_SHALLOW_FILE",
];

/// The inherited variables that decide, read once.
#[derive(Clone, Debug, Default)]
struct Inherited {
    git_dir: Option<PathBuf>,
    work_tree: Option<PathBuf>,
    index: Option<PathBuf>,
    directory: PathBuf,
}

impl Inherited {
    fn read() -> Self {
        let path = |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        Self {
            git_dir: path("GIT_DIR"),
            work_tree: path("GIT_WORK_TREE"),
            index: path("GIT_INDEX_FILE"),
            directory: std::env::current_dir().unwrap_or_default(),
        }
    }

    /// `GIT_DIR` in its canonical form.
    fn git_dir(&self) -> Option<PathBuf> {
        self.directory.join(self.git_dir.as_ref()?).canonicalize().ok()
    }

    /// `GIT_WORK_TREE` in its canonical form, where both variables are set.
    fn work_tree(&self) -> Option<PathBuf> {
        self.git_dir.as_ref()?;
        self.directory.join(self.work_tree.as_ref()?).canonicalize().ok()
    }

    /// The index of this repository that the environment names, absolute.
    fn index_of(&self, layout: &Layout) -> Option<PathBuf> {
        // git resolves a relative name from the top level, where it goes first.
        let index = layout.top.join(self.index.as_ref()?);
        let folder = index.parent()?.canonicalize().ok()?;
        let index = folder.join(index.file_name()?);
        if Some(&folder) == layout.git_dir.canonicalize().ok().as_ref() {
            return Some(index);
        }
        // `index.lock` and `next-index-PID.lock` lie in the folder of their repository. A private index that
        // lies in no repository's folder belongs to the one in which the user stands.
        let foreign = folder.join("HEAD").is_file()
            && (folder.join("objects").is_dir() || folder.join("commondir").is_file());
        let here = self.directory.canonicalize().is_ok_and(|directory| directory.starts_with(&layout.top));
        (!foreign && here).then_some(index)
    }
}

/// Finds the repository that holds `start`.
pub(super) fn discover(start: &Path) -> Result<Git, GitError> {
    let inherited = Inherited::read();
    let start = inherited.directory.join(start);
    let folder = if start.is_file() { start.parent().unwrap_or(&start) } else { &start };
    let folder = folder.canonicalize().map_err(|_| GitError::NoSuchFolder { path: start.clone() })?;

    let found = locate(&Runner::new(&folder, scrubbed()));
    if let Some(git) = explicit(&inherited, &folder, &found) {
        return git;
    }
    let mut layout = found?;
    let own = inherited.git_dir.is_none() || inherited.git_dir() == layout.git_dir.canonicalize().ok();
    let mut environment = scrubbed();
    if own {
        environment.retain(|(name, _)| LOCATION.contains(name));
        let index = inherited.index_of(&layout);
        layout.index = index.clone().unwrap_or(layout.index);
        environment.push(("GIT_INDEX_FILE", index.map(OsString::from)));
    }
    Ok(Git::new(layout, environment))
}

/// A work tree that only `GIT_DIR` and `GIT_WORK_TREE` together connect to its repository. They count when
/// `folder` lies in that work tree and no repository of its own lies between.
fn explicit(
    inherited: &Inherited,
    folder: &Path,
    found: &Result<Layout, GitError>,
) -> Option<Result<Git, GitError>> {
    let (git_dir, work_tree) = (inherited.git_dir()?, inherited.work_tree()?);
    let nearer = match found {
        Ok(layout) => layout.git_dir == git_dir || !work_tree.starts_with(&layout.top),
        Err(_) => false,
    };
    if nearer || !folder.starts_with(&work_tree) {
        return None;
    }
    let mut environment: Vec<_> = LOCATION.iter().map(|name| (*name, None)).collect();
    environment.push(("GIT_DIR", Some(git_dir.into_os_string())));
    environment.push(("GIT_WORK_TREE", Some(work_tree.into_os_string())));
    Some(locate(&Runner::new(folder, environment.clone())).map(|layout| Git::new(layout, environment)))
}

/// An environment without a word about any repository.
fn scrubbed() -> Vec<(&'static str, Option<OsString>)> {
    LOCATION.iter().chain(&CONTENT).map(|name| (*name, None)).collect()
}

/// What is asked in the one `rev-parse`, in the order of the answers.
const QUESTIONS: [&[&str]; 7] = [
    &["--show-toplevel"],
    &["--absolute-git-dir"],
    &["--git-common-dir"],
    &["--git-path", "hooks"],
    &["--git-path", "index"],
    &["--is-shallow-repository"],
    &["--show-prefix"],
];

fn locate(runner: &Runner) -> Result<Layout, GitError> {
    let ask = |questions: &[&[&str]]| {
        let args = ["rev-parse", "--path-format=absolute"].into_iter();
        runner.read(args.chain(questions.iter().flat_map(|question| question.iter().copied())))
    };
    let answer = ask(&QUESTIONS).map_err(|error| classify(error, runner))?;
    let mut answers: Vec<Vec<u8>> = lines(&answer);
    if answers.len() != QUESTIONS.len() {
        // A folder with a newline in its name: each answer on its own is unambiguous.
        answers.clear();
        for question in QUESTIONS {
            let mut answer = ask(&[question])?;
            if answer.last() == Some(&b'\n') {
                answer.pop();
            }
            answers.push(answer);
        }
    }
    let [top, git_dir, common_dir, hooks, index, shallow, prefix] = <[Vec<u8>; 7]>::try_from(answers)
        .map_err(|_| GitError::Failed {
            command: "git rev-parse".to_owned(),
            stderr: "unexpected answer".to_owned(),
        })?;
    Ok(Layout {
        top: path(top),
        git_dir: path(git_dir),
        common_dir: path(common_dir),
        hooks: path(hooks),
        index: path(index),
        shallow: shallow == b"true",
        prefix: RepoPath::new(&String::from_utf8_lossy(&prefix)),
    })
}

/// The lines of an answer, without the empty rest behind the last newline.
fn lines(answer: &[u8]) -> Vec<Vec<u8>> {
    let answer = answer.strip_suffix(b"\n").unwrap_or(answer);
    answer.split(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect()
}

fn path(bytes: Vec<u8>) -> PathBuf {
    PathBuf::from(os_string(bytes))
}

/// A name as git prints it: on Unix any bytes but NUL.
#[cfg(unix)]
pub(super) fn os_string(bytes: Vec<u8>) -> OsString {
    std::os::unix::ffi::OsStringExt::from_vec(bytes)
}

/// A name as git prints it: UTF-8 where the system has no byte strings.
#[cfg(not(unix))]
pub(super) fn os_string(bytes: Vec<u8>) -> OsString {
    OsString::from(String::from_utf8_lossy(&bytes).into_owned())
}

/// Gives the usual refusals of `rev-parse` their names.
fn classify(error: GitError, runner: &Runner) -> GitError {
    let GitError::Failed { stderr, .. } = &error else { return error };
    let path = runner.directory().to_owned();
    if stderr.contains("detected dubious ownership") {
        // The folder stands in quotes, and git's own advice repeats it behind `safe.directory`.
        let named = stderr.split("repository at '").nth(1).and_then(|rest| rest.split('\'').next());
        return GitError::DubiousOwnership { path: named.map_or(path, PathBuf::from) };
    }
    if stderr.contains("must be run in a work tree") {
        return GitError::Bare { path };
    }
    if stderr.contains("not a git repository") {
        return GitError::NotARepository { path };
    }
    error
}
