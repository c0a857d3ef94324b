//! Which of the paths that git knows are on the disk, and as what.
//!
//! Reading each folder once tells the kind of everything in it, for a fraction of what asking for the state
//! of each file would cost. A folder that is really a link is not entered: git does not follow it either.

use std::collections::HashMap;
use std::ffi::{OsStr, OsString};
use std::fs::FileType;
use std::path::{Path, PathBuf};

/// What a name on the disk is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum OnDisk {
    /// A regular file.
    File,
    /// A symbolic link.
    Symlink,
    /// A folder.
    Folder,
    /// Nothing, or a thing that git does not track (a pipe, a socket, a device).
    Missing,
}

impl From<FileType> for OnDisk {
    fn from(kind: FileType) -> Self {
        if kind.is_file() {
            Self::File
        } else if kind.is_symlink() {
            Self::Symlink
        } else if kind.is_dir() {
            Self::Folder
        } else {
            Self::Missing
        }
    }
}

impl OnDisk {
    /// What is at `path` itself, a link not followed.
    pub fn at(path: &Path) -> Self {
        path.symlink_metadata().map_or(Self::Missing, |metadata| metadata.file_type().into())
    }
}

/// What is on the disk at each of the sorted `paths` below `root`, in their order.
pub(super) fn scan(root: &Path, paths: &[&str]) -> Vec<OnDisk> {
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    // Neighbours share folders: each thread takes one run of paths, and only the folders at the seams are
    // read twice.
    let run = paths.len().div_ceil(threads).max(MIN_RUN);
    std::thread::scope(|scope| {
        let mut runs = paths.chunks(run);
        let first = runs.next().unwrap_or_default();
        let others: Vec<_> = runs.map(|paths| scope.spawn(move || scan_run(root, paths))).collect();
        let mut found = scan_run(root, first);
        for other in others {
            found.extend(other.join().unwrap_or_default());
        }
        // Only a panic in a thread leaves a gap, and what was not looked at is as good as gone.
        found.resize(paths.len(), OnDisk::Missing);
        found
    })
}

/// Fewer paths than this are not worth a thread.
const MIN_RUN: usize = 2_000;

fn scan_run(root: &Path, paths: &[&str]) -> Vec<OnDisk> {
    let mut found = Vec::with_capacity(paths.len());
    scan_folder(root.to_owned(), 0, paths, &mut found);
    found
}

/// Looks for `paths`, which all begin with the same `skip` bytes: those of `folder`.
fn scan_folder(folder: PathBuf, skip: usize, paths: &[&str], found: &mut Vec<OnDisk>) {
    let listing = Listing::read(folder);
    let mut rest = paths;
    while let Some(path) = rest.first() {
        let below = path.get(skip..).unwrap_or_default();
        let Some((name, _)) = below.split_once('/') else {
            found.push(listing.kind(below));
            rest = rest.get(1..).unwrap_or_default();
            continue;
        };
        let inside = skip + name.len() + 1;
        let prefix = path.get(..inside).unwrap_or_default();
        let count = rest.partition_point(|path| path.starts_with(prefix)).max(1);
        let (group, others) = rest.split_at_checked(count).unwrap_or((rest, &[]));
        if listing.kind(name) == OnDisk::Folder {
            scan_folder(listing.folder.join(name), inside, group, found);
        } else {
            found.extend(group.iter().map(|_| OnDisk::Missing));
        }
        rest = others;
    }
}

/// The names in one folder.
struct Listing {
    folder: PathBuf,
    names: HashMap<OsString, OnDisk>,
}

impl Listing {
    fn read(folder: PathBuf) -> Self {
        let entries = std::fs::read_dir(&folder).into_iter().flatten().flatten();
        let names = entries
            .map(|entry| {
                let kind = entry.file_type().map_or_else(|_| OnDisk::at(&entry.path()), OnDisk::from);
                (entry.file_name(), kind)
            })
            .collect();
        Self { folder, names }
    }

    /// A name that is not listed is looked up once more: the file system may spell it differently (case,
    /// composed accents) or refuse to list a folder that it lets us enter.
    fn kind(&self, name: &str) -> OnDisk {
        self.names.get(OsStr::new(name)).copied().unwrap_or_else(|| OnDisk::at(&self.folder.join(name)))
    }
}
