//! Which of the paths that git knows are on the disk, as what, and what else lies beside them.
//!
//! Reading each folder once tells the kind of everything in it, for a fraction of what asking for the state
//! of each file would cost. Folders in which git knows nothing are named, but not entered: they may be
//! ignored, and large. A folder that is really a link is not entered: git does not follow it either.

use std::ffi::{OsStr, OsString};
use std::fs::FileType;
use std::path::{Path, PathBuf};

use crate::git::Mode;

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

/// A path that git knows.
#[derive(Clone, Copy, Debug)]
pub(super) struct Known<'a> {
    pub path: &'a str,
    pub mode: Mode,
}

/// What a scan found.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// What is at each known path, in their order.
    pub known: Vec<OnDisk>,
    /// Files, links and folders beside them, relative to the root: untracked or ignored. A known path that
    /// the file system spells differently may be among them.
    pub others: Vec<PathBuf>,
}

/// What is on the disk below `root` at each of the sorted paths in `known`, and what else.
pub(super) fn scan(root: &Path, known: &[Known<'_>]) -> Found {
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    // Neighbours share folders: each thread takes one run of paths, and only the folders at the seams are
    // read twice.
    let length = known.len().div_ceil(threads).max(MIN_RUN);
    let mut found = std::thread::scope(|scope| {
        let mut runs = known.chunks(length);
        let first = runs.next().unwrap_or_default();
        let others: Vec<_> = runs.map(|run| scope.spawn(move || Scan::run(root, run))).collect();
        let mut found = Scan::run(root, first);
        for other in others {
            let other = other.join().unwrap_or_default();
            found.known.extend(other.known);
            found.others.extend(other.others);
        }
        found
    });
    // Only a panic in a thread leaves a gap, and what was not looked at is as good as gone.
    found.known.resize(known.len(), OnDisk::Missing);
    found.others.sort();
    found.others.dedup();
    // What lies in a folder at a seam may be known to the neighbour.
    found.others.retain(|path| path.to_str().is_none_or(|text| !is_known(&root.join(path), text, known)));
    found
}

/// Fewer paths than this are not worth a thread.
const MIN_RUN: usize = 2_000;

/// Whether git knows a path of this text, as that what it is on the disk.
fn is_known(place: &Path, text: &str, known: &[Known<'_>]) -> bool {
    let folder = format!("{text}/");
    let below = known.partition_point(|known| known.path < folder.as_str());
    let has_below = known.get(below).is_some_and(|known| known.path.starts_with(&folder));
    let exact = known.binary_search_by(|known| known.path.cmp(text)).ok().and_then(|at| known.get(at));
    match exact {
        Some(known) => fits(OnDisk::at(place), known.mode),
        None => has_below && OnDisk::at(place) == OnDisk::Folder,
    }
}

/// Whether a tracked entry of this mode is what is on the disk, be it changed: a folder is one only as a
/// submodule, and what lies in any other folder is not tracked.
fn fits(found: OnDisk, mode: Mode) -> bool {
    found != OnDisk::Folder || mode == Mode::Submodule
}

/// The scan of one run of paths.
struct Scan<'a> {
    root: &'a Path,
    found: Found,
}

impl Scan<'_> {
    fn run(root: &Path, known: &[Known<'_>]) -> Found {
        let mut scan = Scan { root, found: Found::default() };
        scan.folder("", known);
        scan.found
    }

    /// Looks at the folder `prefix` (empty, or with its slash), in which all of `known` lie.
    fn folder(&mut self, prefix: &str, known: &[Known<'_>]) {
        let mut listing = Listing::read(self.root.join(prefix));
        let mut rest = known;
        while let Some(first) = rest.first() {
            let below = first.path.get(prefix.len()..).unwrap_or_default();
            let Some((name, _)) = below.split_once('/') else {
                self.found.known.push(listing.take(below, |kind| fits(kind, first.mode)));
                rest = rest.get(1..).unwrap_or_default();
                continue;
            };
            let inside = first.path.get(..=prefix.len() + name.len()).unwrap_or_default();
            let count = rest.partition_point(|known| known.path.starts_with(inside)).max(1);
            let (group, others) = rest.split_at_checked(count).unwrap_or((rest, &[]));
            if listing.take(name, |kind| kind == OnDisk::Folder) == OnDisk::Folder {
                self.folder(inside, group);
            } else {
                self.found.known.extend(group.iter().map(|_| OnDisk::Missing));
            }
            rest = others;
        }
        let others = listing
            .names
            .into_iter()
            .filter(|entry| !entry.claimed && entry.kind != OnDisk::Missing && entry.name != ".git");
        self.found.others.extend(others.map(|entry| Path::new(prefix).join(entry.name)));
    }
}

/// The names in one folder, sorted, and whether somebody has claimed them.
struct Listing {
    folder: PathBuf,
    names: Vec<Name>,
}

struct Name {
    name: OsString,
    kind: OnDisk,
    claimed: bool,
}

impl Listing {
    fn read(folder: PathBuf) -> Self {
        let entries = std::fs::read_dir(&folder).into_iter().flatten().flatten();
        let mut names: Vec<Name> = entries
            .map(|entry| {
                let kind = entry.file_type().map_or_else(|_| OnDisk::at(&entry.path()), OnDisk::from);
                Name { name: entry.file_name(), kind, claimed: false }
            })
            .collect();
        // Sorting these few is cheaper than hashing each twice.
        names.sort_unstable_by(|left, right| left.name.cmp(&right.name));
        Self { folder, names }
    }

    /// What `name` is. It is claimed, and no longer listed, if it is as `expected`.
    fn take(&mut self, name: &str, expected: impl Fn(OnDisk) -> bool) -> OnDisk {
        let found = self.names.binary_search_by(|entry| entry.name.as_os_str().cmp(OsStr::new(name))).ok();
        match found.and_then(|at| self.names.get_mut(at)).filter(|entry| !entry.claimed) {
            Some(entry) => {
                entry.claimed = expected(entry.kind);
                entry.kind
            }
            // The file system may spell the name differently (case, composed accents), or refuse to list a
            // folder that it lets us enter.
            None => OnDisk::at(&self.folder.join(name)),
        }
    }
}
