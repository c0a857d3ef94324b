//! Real repositories for tests, in an environment into which nothing of the developer's leaks.
//!
//! Tests may themselves run inside a hook, with `GIT_DIR` and `GIT_INDEX_FILE` of the repository that is being
//! committed: every git here starts from an empty environment.

#![allow(dead_code)] // each test file uses its part

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::SystemTime;

use tempfile::TempDir;
use xtask::git::Git;
use xtask::snapshot::{Mode, Snapshot};

/// A repository in a temporary folder that also has room for others beside it.
pub struct Repo {
    folder: TempDir,
    top: PathBuf,
}

impl Repo {
    /// An empty repository on branch `main`.
    pub fn new() -> Self {
        Self::with_format("sha1")
    }

    /// An empty repository whose object ids are of this kind.
    pub fn with_format(format: &str) -> Self {
        let repo = Self::unborn("repo");
        repo.git(["init", "-q", "-b", "main", "--object-format", format]);
        // A collection of garbage in the background would write while we look.
        repo.git(["config", "gc.auto", "0"]);
        repo
    }

    /// A repository with one commit of these files.
    pub fn with(files: &[(&str, &str)]) -> Self {
        let repo = Self::new();
        for (path, content) in files {
            repo.write(path, content);
        }
        repo.commit_all("initial");
        repo
    }

    fn unborn(name: &str) -> Self {
        let folder = TempDir::new().unwrap();
        // macOS keeps temporary folders behind a link.
        let top = folder.path().canonicalize().unwrap().join(name);
        fs::create_dir(&top).unwrap();
        Self { folder, top }
    }

    /// The top level.
    pub fn top(&self) -> &Path {
        &self.top
    }

    /// A place beside the repository.
    pub fn beside(&self, name: &str) -> PathBuf {
        self.top.with_file_name(name)
    }

    /// Runs git in the top level, expects success and returns what it prints.
    pub fn git<I: IntoIterator<Item: AsRef<OsStr>>>(&self, args: I) -> String {
        self.git_in(&self.top, args)
    }

    /// Runs git in any folder, expects success and returns what it prints.
    pub fn git_in<I: IntoIterator<Item: AsRef<OsStr>>>(&self, folder: &Path, args: I) -> String {
        let output = self.try_git(folder, args);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{stderr}");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// Runs git in any folder.
    pub fn try_git<I: IntoIterator<Item: AsRef<OsStr>>>(&self, folder: &Path, args: I) -> Output {
        self.command("git", folder).args(args).output().unwrap()
    }

    /// A program in the scrubbed environment.
    pub fn command(&self, program: impl AsRef<OsStr>, folder: &Path) -> Command {
        let mut command = Command::new(program);
        command.current_dir(folder).env_clear();
        for (name, value) in [
            ("GIT_CONFIG_GLOBAL", "/dev/null"),
            ("GIT_CONFIG_NOSYSTEM", "1"),
            ("GIT_AUTHOR_NAME", "A U Thor"),
            ("GIT_AUTHOR_EMAIL", "author@example.com"),
            ("GIT_AUTHOR_DATE", "2026-01-02T03:04:05Z"),
            ("GIT_COMMITTER_NAME", "C O Mitter"),
            ("GIT_COMMITTER_EMAIL", "committer@example.com"),
            ("GIT_COMMITTER_DATE", "2026-01-02T03:04:05Z"),
        ] {
            command.env(name, value);
        }
        command.env("GIT_CEILING_DIRECTORIES", self.folder.path()).env("HOME", self.folder.path());
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command
    }

    /// Writes a file and the folders above it.
    pub fn write(&self, path: &str, content: impl AsRef<[u8]>) {
        let path = self.top.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    /// Removes a file or a whole folder.
    pub fn remove(&self, path: &str) {
        let path = self.top.join(path);
        if path.symlink_metadata().unwrap().is_dir() {
            fs::remove_dir_all(path).unwrap();
        } else {
            fs::remove_file(path).unwrap();
        }
    }

    /// Makes a symbolic link.
    #[cfg(unix)]
    pub fn link(&self, target: &str, path: &str) {
        let path = self.top.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::os::unix::fs::symlink(target, path).unwrap();
    }

    /// Commits the whole work tree.
    pub fn commit_all(&self, message: &str) {
        self.git(["add", "-A"]);
        self.git(["commit", "-q", "--allow-empty", "-m", message]);
    }

    /// Our view of the repository.
    pub fn discover(&self) -> Git {
        Git::discover(&self.top).unwrap()
    }

    /// Snapshot of the work tree.
    pub fn worktree(&self) -> Snapshot {
        Snapshot::worktree(&self.discover()).unwrap()
    }

    /// Snapshot of the index.
    pub fn index(&self) -> Snapshot {
        Snapshot::index(&self.discover()).unwrap()
    }

    /// Snapshot of a revision.
    pub fn revision(&self, rev: &str) -> Snapshot {
        Snapshot::revision(&self.discover(), rev).unwrap()
    }

    /// Everything below the folder that holds the repository and its neighbours: type, permissions, times, identity
    /// and bytes. A file that was written anew with the same bytes is another one.
    pub fn everything(&self) -> BTreeMap<PathBuf, (SystemTime, String, Vec<u8>)> {
        let mut found = BTreeMap::new();
        record(self.folder.path(), &mut found);
        found
    }
}

fn record(folder: &Path, found: &mut BTreeMap<PathBuf, (SystemTime, String, Vec<u8>)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let metadata = path.symlink_metadata().unwrap();
        let kind = format!("{:?} {:?} {}", metadata.file_type(), metadata.permissions(), identity(&metadata));
        let bytes = if metadata.is_file() { fs::read(&path).unwrap() } else { Vec::new() };
        if metadata.is_dir() {
            record(&path, found);
        }
        found.insert(path, (metadata.modified().unwrap(), kind, bytes));
    }
}

/// What a rewritten file cannot keep: its number, and the time of its last change of any kind.
#[cfg(unix)]
fn identity(metadata: &fs::Metadata) -> String {
    use std::os::unix::fs::MetadataExt;
    format!("{} {}.{:09}", metadata.ino(), metadata.ctime(), metadata.ctime_nsec())
}

#[cfg(not(unix))]
fn identity(_metadata: &fs::Metadata) -> String {
    String::new()
}

/// The paths of a snapshot.
pub fn paths(snapshot: &Snapshot) -> Vec<&str> {
    snapshot.files().map(|entry| entry.path).collect()
}

/// The text of a file of a snapshot.
pub fn text(snapshot: &Snapshot, path: &str) -> String {
    snapshot
        .source(&path.into())
        .map_or_else(|error| panic!("{path}: {error}"), |source| source.text.to_string())
}

/// A snapshot as text: a line for each entry with mode, path and content.
pub fn render(snapshot: &Snapshot) -> String {
    snapshot
        .files()
        .map(|entry| {
            let mode = match entry.mode {
                Mode::File => "file",
                Mode::Executable => "executable",
                Mode::Symlink => "symlink",
                Mode::Submodule => "submodule",
            };
            let content = match snapshot.read(&entry.path.into()) {
                Ok(bytes) => String::from_utf8_lossy(&bytes).escape_debug().to_string(),
                Err(error) => error.to_string(),
            };
            format!("{mode} {} {content}\n", entry.path)
        })
        .collect()
}
