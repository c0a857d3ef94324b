//! The binary that the hook runs, under the git folder that all work trees share.

use crate::git::{Git, GitError};
use anyhow::Context;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// What the checker is made of, as `hook.sh` lists it.
const SOURCES: [&str; 4] = ["xtask", "Cargo.toml", "Cargo.lock", ".cargo"];
/// Its key in a repository that does not hold its sources.
const PINNED: &str = "pinned";

/// The folder with all versions.
pub fn cache(git: &Git) -> PathBuf {
    git.common_dir().join("xtask-check")
}

/// The binary that the hook would run on the index as it is.
///
/// # Errors
/// When git fails.
pub fn path(git: &Git) -> Result<PathBuf, GitError> {
    Ok(cache(git).join(key(git)?).join("xtask"))
}

/// Whether the index holds the sources of the checker.
///
/// # Errors
/// When git fails.
pub fn has_sources(git: &Git) -> Result<bool, GitError> {
    Ok(key(git)? != PINNED)
}

/// The same key as in `hook.sh`.
fn key(git: &Git) -> Result<String, GitError> {
    // Without `--sparse` git expands a sparse index; before 2.35 it does not know the word.
    let listed = git
        .output(&sources_args(&["ls-files", "--sparse", "-s"]))
        .or_else(|_| git.output(&sources_args(&["ls-files", "-s"])))?;
    // A folder of a sparse index ends with a slash.
    let is_source = |line: &[u8]| line.ends_with(b"\txtask/Cargo.toml") || line.ends_with(b"\txtask/");
    let has_sources = listed.split(|byte| *byte == b'\n').any(is_source);
    if has_sources { git.blob_id(&listed) } else { Ok(PINNED.to_owned()) }
}

fn sources_args<'a>(command: &[&'a str]) -> Vec<&'a str> {
    command.iter().copied().chain(["--"]).chain(SOURCES).collect()
}

/// Puts this very program where the hook looks for it, if it is what the hook would build; otherwise the first
/// commit builds it.
///
/// # Errors
/// When git fails, or the program cannot be copied.
pub fn provide(git: &Git) -> anyhow::Result<()> {
    let target = path(git)?;
    let program = std::env::current_exe().context("cannot tell which program this is")?;
    let program = program.canonicalize().unwrap_or(program);
    if has_sources(git)? && !is_built_from(git, &program)? {
        return Ok(());
    }
    remove_unfinished(&target);
    if same_content(&program, &target) {
        return Ok(());
    }
    copy(&program, &target).with_context(|| format!("cannot copy the checker to `{}`", target.display()))
}

/// Whether `program` was built from the sources that are staged: cargo runs it from here, it is younger than
/// all of them, and none differs from the index.
fn is_built_from(git: &Git, program: &Path) -> Result<bool, GitError> {
    let manifest_folder = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
    let ours = git.top().join("xtask");
    if manifest_folder.as_deref() != Some(&ours) && !program.starts_with(git.top()) {
        return Ok(false);
    }
    // Either lists only what differs from the index.
    let changed = git.output(&sources_args(&["diff-files", "--name-only"]))?;
    let untracked = git.output(&sources_args(&["ls-files", "-o", "--exclude-standard"]))?;
    if !changed.is_empty() || !untracked.is_empty() {
        return Ok(false);
    }
    let time = |path: &Path| fs::metadata(path).and_then(|metadata| metadata.modified()).ok();
    let built = time(program).unwrap_or(SystemTime::UNIX_EPOCH);
    let listed = git.output(&sources_args(&["ls-files", "-z"]))?;
    let names = listed.split(|byte| *byte == 0).filter_map(|name| std::str::from_utf8(name).ok());
    Ok(names
        .filter(|name| name.ends_with(".rs") || name.ends_with(".md") || name.ends_with(".toml"))
        .all(|name| time(&git.top().join(name)).is_none_or(|written| written <= built)))
}

fn same_content(one: &Path, two: &Path) -> bool {
    let length = |path: &Path| fs::metadata(path).map(|metadata| metadata.len()).ok();
    length(one) == length(two) && matches!((fs::read(one), fs::read(two)), (Ok(one), Ok(two)) if one == two)
}

/// Copies beside the target first: a commit in another terminal may be starting it.
fn copy(program: &Path, target: &Path) -> io::Result<()> {
    let folder = target.parent().unwrap_or(target);
    fs::create_dir_all(folder)?;
    let new = folder.join(format!("{UNFINISHED}{}", std::process::id()));
    let copied = fs::copy(program, &new).and_then(|_| fs::rename(&new, target));
    if copied.is_err() {
        // A full disk gets back what the half of it takes.
        let _ = fs::remove_file(&new);
    }
    copied
}

/// In front of the process that is making a copy, here and in `hook.sh`.
const UNFINISHED: &str = "new-";

/// Removes what copies left that were killed. One that is still being made stays.
fn remove_unfinished(target: &Path) {
    let entries = target.parent().and_then(|folder| fs::read_dir(folder).ok());
    for entry in entries.into_iter().flatten().flatten() {
        let name = entry.file_name();
        let process = name.to_str().and_then(|name| name.strip_prefix(UNFINISHED));
        if process.is_some_and(|process| !may_run(process, &entry.path())) {
            // What cannot be removed is only in the way of the disk's space.
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// Whether a process may still be writing `file`: it lives, or, where the system does not tell so, the file is young.
fn may_run(process: &str, file: &Path) -> bool {
    let processes = Path::new("/proc");
    if processes.join("self").exists() {
        return processes.join(process).exists();
    }
    let age = fs::metadata(file).and_then(|metadata| metadata.modified()).map(|time| time.elapsed());
    age.is_ok_and(|age| age.is_ok_and(|age| age < LONG_COPY))
}

/// No copy takes as long.
const LONG_COPY: Duration = Duration::from_secs(600);

/// Removes every version.
///
/// # Errors
/// When something cannot be removed.
pub fn remove(git: &Git) -> anyhow::Result<()> {
    let cache = cache(git);
    match fs::remove_dir_all(&cache) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("cannot remove `{}`", cache.display()))
        }
        _ => Ok(()),
    }
}
