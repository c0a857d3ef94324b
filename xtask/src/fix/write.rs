//! The changes on disk: every file is either the old one or the new one, at any moment.

use super::Change;
use crate::source::RepoPath;
use anyhow::{Context, Result, bail, ensure};
use std::collections::BTreeSet;
use std::fs::{self, File, Metadata, OpenOptions, Permissions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

/// Syncthing never syncs names that begin so (`lib/fs/tempname.go`).
const SYNCTHING_PREFIX: &str = ".syncthing.";
/// Tells our temporary files from those of Syncthing itself.
const OURS: &str = ".tmp.xtask-";
/// Leaves room for prefix and suffix in the 255 bytes of a file name.
const LONGEST_NAME: usize = 180;

/// The one that writes into a work tree; a second one waits until the first is dropped.
#[derive(Debug)]
pub struct Writer {
    /// Top level of the work tree, without symbolic links.
    root: PathBuf,
    /// Keeps the lock on the top level's folder.
    lock: Option<File>,
}

impl Writer {
    /// Locks the work tree at `root` against another `fix`. What is to be changed must be read after that.
    ///
    /// # Errors
    /// When `root` cannot be opened.
    pub fn open(root: &Path) -> Result<Self> {
        let action = || format!("cannot open `{}`", root.display());
        let root = fs::canonicalize(root).with_context(action)?;
        // A lock on the folder itself leaves no file behind. File systems without locks go without.
        let lock = File::open(&root).and_then(|folder| folder.lock().map(|()| folder)).ok();
        Ok(Self { root, lock })
    }

    /// Removes what an interrupted `fix` left in `folders` (all that hold files which could be fixed) and in
    /// the top level. Without the lock somebody may still need it.
    pub fn remove_leftovers(&self, folders: impl IntoIterator<Item = RepoPath>) {
        if self.lock.is_some() {
            let folders: BTreeSet<RepoPath> = folders.into_iter().chain([RepoPath::root()]).collect();
            folders.iter().for_each(|folder| self.sweep(folder));
        }
    }

    /// Removes our own temporary files of an earlier run. Nobody else writes while we hold the lock.
    fn sweep(&self, folder: &RepoPath) {
        let entries = fs::read_dir(self.root.join(folder.as_str())).into_iter().flatten().flatten();
        for entry in entries {
            let name = entry.file_name();
            let name = name.to_string_lossy();
            if name.starts_with(SYNCTHING_PREFIX) && name.contains(OURS) {
                // What cannot be removed is no reason to stop: Syncthing never syncs it.
                let _ = fs::remove_file(entry.path());
            }
        }
    }

    /// Writes all changes: first every new text into a temporary file beside its target, then, when nothing
    /// can run out any more, each over its target.
    ///
    /// # Errors
    /// When a file is not as it was read, cannot be written, or is not in the work tree. Nothing is changed
    /// then, unless the last step itself fails: the message says which files were written before.
    pub fn write(&self, changes: &[Change]) -> Result<()> {
        let mut steps = Vec::new();
        for change in changes.iter().filter(|change| change.before != change.after) {
            steps.push(self.prepare(change)?);
        }
        let mut targets = BTreeSet::new();
        for step in &steps {
            ensure!(
                targets.insert(&step.target),
                "cannot write `{}`: another changed file is a link to it",
                step.path
            );
        }
        // What can be lost goes last.
        steps.sort_by_key(|step| step.new.is_none());
        let mut written: Vec<String> = Vec::new();
        for step in steps {
            let path = step.path.to_string();
            step.finish().with_context(|| match written.as_slice() {
                [] => format!("cannot write `{path}`; nothing was changed"),
                written => format!("cannot write `{path}`; written before it: {}", written.join(", ")),
            })?;
            written.push(path);
        }
        Ok(())
    }

    fn prepare<'a>(&self, change: &'a Change) -> Result<Step<'a>> {
        let path = &change.path;
        let ours = !path.is_root() && !path.is_outside() && path.components().all(|part| part != ".git");
        ensure!(ours, "cannot write `{path}`: it is not a file of the work tree");
        let before = change.before.as_deref();
        let (target, metadata) = match before {
            Some(before) => self.existing(path, before)?,
            None => (self.absent(path)?, None),
        };
        let new = match &change.after {
            Some(text) => Some(
                self.temporary(&target, text, metadata.as_ref())
                    .with_context(|| format!("cannot write a temporary file beside `{path}`"))?,
            ),
            None => None,
        };
        Ok(Step { path, target, before, new })
    }

    /// The file behind `path`, symbolic links followed, and its metadata; it must hold `before`.
    fn existing(&self, path: &RepoPath, before: &str) -> Result<(PathBuf, Option<Metadata>)> {
        let action = || format!("cannot write `{path}`");
        let target = fs::canonicalize(self.root.join(path.as_str())).with_context(action)?;
        ensure!(self.holds(&target), "cannot write `{path}`: it is a link out of the work tree");
        let metadata = fs::metadata(&target).with_context(action)?;
        ensure!(metadata.is_file(), "cannot write `{path}`: it is not a file");
        ensure!(!metadata.permissions().readonly(), "cannot write `{path}`: it is read-only");
        // A rename asks for no permission on the file that it replaces. Whoever may not write it means it so.
        OpenOptions::new().write(true).open(&target).with_context(action)?;
        unchanged(&target, before).with_context(action)?;
        Ok((target, Some(metadata)))
    }

    /// Where a file that does not exist yet will be, symbolic links of its folders followed.
    fn absent(&self, path: &RepoPath) -> Result<PathBuf> {
        let action = || format!("cannot create `{path}`");
        let wanted = self.root.join(path.as_str());
        ensure!(fs::symlink_metadata(&wanted).is_err(), "cannot create `{path}`: it exists already");
        let folder = nearest_folder(&wanted);
        let real = fs::canonicalize(folder).with_context(action)?;
        ensure!(self.holds(&real), "cannot create `{path}`: its folder is a link out of the work tree");
        ensure!(real.is_dir(), "cannot create `{path}`: `{}` is not a folder", folder.display());
        let rest = wanted.strip_prefix(folder).with_context(action)?;
        Ok(real.join(rest))
    }

    fn holds(&self, target: &Path) -> bool {
        target
            .strip_prefix(&self.root)
            .is_ok_and(|inside| inside.components().all(|part| part.as_os_str() != ".git"))
    }

    /// The new text beside its target, with the permissions (and, where we may, the owner) of the old file.
    fn temporary(&self, target: &Path, text: &str, old: Option<&Metadata>) -> io::Result<NamedTempFile> {
        let name = target.file_name().unwrap_or_default().to_string_lossy();
        let mut end = name.len().min(LONGEST_NAME);
        while !name.is_char_boundary(end) {
            end -= 1;
        }
        let prefix = format!("{SYNCTHING_PREFIX}{}{OURS}", name.get(..end).unwrap_or_default());
        let mut builder = tempfile::Builder::new();
        builder.prefix(&prefix);
        if let Some(permissions) = new_file_permissions(old) {
            builder.permissions(permissions);
        }
        // The folders of a new file are made last: an interrupted run leaves nothing in a folder of its own.
        let folder =
            if old.is_some() { target.parent().unwrap_or(&self.root) } else { nearest_folder(target) };
        fits_size_limit(text)?;
        let mut file = builder.tempfile_in(folder)?;
        file.write_all(text.as_bytes())?;
        if let Some(old) = old {
            keep_owner(file.as_file(), old);
            file.as_file().set_permissions(old.permissions())?;
        }
        file.as_file().sync_all()?;
        Ok(file)
    }
}

/// A change that is ready: its text is on the disk already.
struct Step<'a> {
    path: &'a RepoPath,
    target: PathBuf,
    before: Option<&'a str>,
    new: Option<NamedTempFile>,
}

impl Step<'_> {
    fn finish(self) -> Result<()> {
        if let Some(before) = self.before {
            unchanged(&self.target, before)?;
        }
        match (self.before, self.new) {
            (_, None) => fs::remove_file(&self.target)?,
            (Some(_), Some(new)) => {
                new.persist(&self.target)?;
            }
            (None, Some(new)) => {
                if let Some(folder) = self.target.parent() {
                    fs::create_dir_all(folder)?;
                }
                new.persist_noclobber(&self.target)?;
            }
        }
        Ok(())
    }
}

/// Fails when the process may not write so large a file. Linux ends a process that tries with a signal, which
/// leaves no time for a message; other systems do not tell the limit.
fn fits_size_limit(text: &str) -> io::Result<()> {
    let limits = fs::read_to_string("/proc/self/limits").unwrap_or_default();
    let limit = limits.lines().find_map(|line| line.strip_prefix("Max file size"));
    let soft = limit.and_then(|values| values.split_whitespace().next()?.parse::<usize>().ok());
    if soft.is_some_and(|soft| text.len() > soft) {
        return Err(io::ErrorKind::FileTooLarge.into());
    }
    Ok(())
}

/// Fails when the file no longer holds `before`.
fn unchanged(target: &Path, before: &str) -> Result<()> {
    if fs::read(target)? != before.as_bytes() {
        bail!("it changed since it was read; run the command again");
    }
    Ok(())
}

/// The folder of `path`, or the first one above it that exists.
fn nearest_folder(path: &Path) -> &Path {
    path.ancestors().skip(1).find(|folder| folder.exists()).unwrap_or(path)
}

#[cfg(unix)]
fn new_file_permissions(old: Option<&Metadata>) -> Option<Permissions> {
    use std::os::unix::fs::PermissionsExt;
    // As any editor creates a file: the umask takes away what it must.
    old.is_none().then(|| Permissions::from_mode(0o666))
}

#[cfg(not(unix))]
fn new_file_permissions(_old: Option<&Metadata>) -> Option<Permissions> {
    None
}

/// Root in a container must not take away a colleague's file; anybody else owns it already or may not.
#[cfg(unix)]
fn keep_owner(file: &File, old: &Metadata) {
    use std::os::unix::fs::{MetadataExt, fchown};
    let _ = fchown(file, Some(old.uid()), Some(old.gid()));
}

#[cfg(not(unix))]
fn keep_owner(_file: &File, _old: &Metadata) {}
