//! The laptop's own state below the top level: ignored files, sizes, `.env`. No commit knows it, and no rule
//! that must agree between laptop and CI may look at it.

use std::fs::{FileType, Metadata};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ignore::WalkBuilder;

use super::Snapshot;
use super::content::{ReadError, read_file};
use super::scan::{self, Known, OnDisk};
use crate::git::Git;
use crate::source::RepoPath;

/// The folder of a work tree as it is. Symbolic links are never followed: what lies behind one is not there.
#[derive(Clone, Debug)]
pub struct Disk {
    top: PathBuf,
}

/// Something found on a walk.
#[derive(Clone, Copy, Debug)]
pub struct DiskEntry<'a> {
    /// Path relative to the top level.
    pub path: &'a str,
    /// Whether it is a folder (not a link to one).
    pub is_dir: bool,
    /// Whether it is a symbolic link.
    pub is_symlink: bool,
    place: &'a Path,
}

impl DiskEntry<'_> {
    /// Size of its content in bytes, asked for now; 0 for folders and for what is gone.
    pub fn bytes(&self) -> u64 {
        if self.is_dir { 0 } else { self.place.symlink_metadata().map_or(0, |metadata| metadata.len()) }
    }
}

/// What is at the end of a symbolic link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Led {
    /// A folder.
    ToFolder,
    /// A file of whatever kind.
    ToFile,
    /// Nothing, or nothing that may be looked at.
    Nowhere,
}

/// How a walk goes on after a folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Walk {
    /// Into it.
    Enter,
    /// Past it.
    Skip,
}

impl Disk {
    /// The disk below the top level of a repository.
    pub fn new(git: &Git) -> Self {
        Self::at(git.top())
    }

    /// The disk below any folder.
    pub fn at(top: &Path) -> Self {
        Self { top: top.to_owned() }
    }

    /// Whether anything is at `path`, a dangling link included.
    pub fn exists(&self, path: &RepoPath) -> bool {
        self.metadata(path).is_some()
    }

    /// What a symbolic link at `path` leads to, outside the repository as well.
    pub fn leads_to(&self, path: &RepoPath) -> Led {
        match self.top.join(path.as_str()).metadata() {
            Ok(metadata) if metadata.is_dir() => Led::ToFolder,
            Ok(_) => Led::ToFile,
            Err(_) => Led::Nowhere,
        }
    }

    /// Whether `path` is a folder, not a link to one.
    pub fn is_dir(&self, path: &RepoPath) -> bool {
        self.metadata(path).is_some_and(|metadata| metadata.is_dir())
    }

    /// Size of the regular file at `path` in bytes.
    pub fn size(&self, path: &RepoPath) -> Option<u64> {
        self.metadata(path).filter(Metadata::is_file).map(|metadata| metadata.len())
    }

    /// Bytes of what a walk or a tree has found at `path`, so that its folders need not be looked at again; 0 for
    /// what is gone.
    pub fn length(&self, path: &str) -> u64 {
        self.top.join(path).symlink_metadata().map_or(0, |metadata| metadata.len())
    }

    /// The bytes of the regular file at `path`.
    ///
    /// # Errors
    /// [`ReadError`], as for a file of a snapshot; a link is not a file.
    pub fn read(&self, path: &RepoPath) -> Result<Arc<[u8]>, ReadError> {
        let place = self.place(path).ok_or(ReadError::NotFound)?;
        read_file(&place).map(Arc::from)
    }

    /// Walks what lies below `folder`, depth first, names sorted, and asks `visit` whether to enter each
    /// folder. What cannot be read, or has a name that is not UTF-8, is passed over.
    pub fn walk(&self, folder: &RepoPath, visit: &mut dyn FnMut(DiskEntry<'_>) -> Walk) {
        if let Some(place) = self.place(folder).filter(|place| OnDisk::at(place) == OnDisk::Folder) {
            walk_folder(&place, folder.as_str(), visit);
        }
    }

    /// Hands over everything below `folder`, in the order of [`Disk::walk`].
    pub fn everything(&self, folder: &RepoPath, visit: &mut dyn FnMut(DiskEntry<'_>)) {
        let Some(start) = self.place(folder).filter(|place| OnDisk::at(place) == OnDisk::Folder) else {
            return;
        };
        let walk = WalkBuilder::new(&start).standard_filters(false).sort_by_file_name(Ord::cmp).build();
        let entries = walk.flatten().filter(|entry| entry.depth() > 0);
        for (found, kind) in entries.filter_map(|entry| entry.file_type().map(|kind| (entry, kind))) {
            if let Some(path) = found.path().strip_prefix(&self.top).ok().and_then(Path::to_str) {
                visit(entry(path, found.path(), kind));
            }
        }
    }

    /// What lies beside the files of `tree`, the snapshot of this work tree: the topmost files and folders in which git
    /// tracks nothing, ignored or not. Neither `.git` nor names that are not UTF-8 are among them.
    pub fn beside(&self, tree: &Snapshot) -> Vec<RepoPath> {
        tree.beside.clone().unwrap_or_else(|| {
            let known: Vec<Known<'_>> =
                tree.files().map(|entry| Known { path: entry.path, mode: entry.mode }).collect();
            let others = scan::scan(&self.top, &known).others;
            others.iter().filter_map(|path| path.to_str()).map(RepoPath::new).collect()
        })
    }

    fn metadata(&self, path: &RepoPath) -> Option<Metadata> {
        self.place(path)?.symlink_metadata().ok()
    }

    /// The place of `path`; `None` outside the top level and behind a symbolic link.
    fn place(&self, path: &RepoPath) -> Option<PathBuf> {
        if path.is_outside() {
            return None;
        }
        let mut place = self.top.clone();
        let mut components = path.components().peekable();
        while let Some(component) = components.next() {
            place.push(component);
            if components.peek().is_some() && OnDisk::at(&place) != OnDisk::Folder {
                return None;
            }
        }
        Some(place)
    }
}

fn walk_folder(place: &Path, path: &str, visit: &mut dyn FnMut(DiskEntry<'_>) -> Walk) {
    let entries = std::fs::read_dir(place).into_iter().flatten().flatten();
    let mut found: Vec<(String, FileType)> = entries
        .filter_map(|entry| Some((entry.file_name().into_string().ok()?, entry.file_type().ok()?)))
        .collect();
    found.sort_by(|(left, _), (right, _)| left.cmp(right));
    for (name, kind) in found {
        let place = place.join(&name);
        let path = if path.is_empty() { name } else { format!("{path}/{name}") };
        if visit(entry(&path, &place, kind)) == Walk::Enter && kind.is_dir() {
            walk_folder(&place, &path, visit);
        }
    }
}

fn entry<'a>(path: &'a str, place: &'a Path, kind: FileType) -> DiskEntry<'a> {
    DiskEntry { path, is_dir: kind.is_dir(), is_symlink: kind.is_symlink(), place }
}
