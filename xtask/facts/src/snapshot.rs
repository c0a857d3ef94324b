//! A complete tree of files: the work tree, the index, a revision, or one made in memory.
//!
//! The engine never sees "a list of changed files". Whatever the source, a [`Snapshot`] answers the same
//! questions about every path, and reads contents only when asked. [`Disk`] is the laptop's own state, which
//! no commit knows.

mod content;
mod disk;
mod load;
mod notable;
mod overlay;
mod scan;
mod tree;

use std::collections::{BTreeSet, HashMap};
use std::ops::Range;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, OnceLock};

use self::content::Content;
pub use self::content::{MAX_BYTES, ReadError};
pub use self::disk::{Disk, DiskEntry, Led, Walk};
pub use self::load::MemoryEntry;
pub use self::notable::is_notable;
use self::overlay::Overlaid;
use self::tree::{Node, Tree};
use crate::git::Blobs;
pub use crate::git::Mode;
use crate::source::RepoPath;

/// A complete, sorted tree. Immutable but for its cache of read files; shared between threads.
#[derive(Debug)]
pub struct Snapshot {
    id: String,
    origin: Origin,
    tree: Tree,
    odd_names: Vec<OddName>,
    cache: Mutex<HashMap<u32, Cached>>,
    /// Paths that were asked for, and whose content this clone does not have.
    lost: Mutex<BTreeSet<String>>,
    /// What [`Disk::beside`] answers, where reading the work tree has told it already.
    beside: Option<Vec<RepoPath>>,
    /// Whether git writes bytes outside of ASCII as escapes (`core.quotePath`).
    quotes: bool,
}

/// A file that is read at most once, however many threads ask.
type Cached = Arc<OnceLock<Result<Content, ReadError>>>;

/// Where contents come from.
#[derive(Debug)]
enum Origin {
    /// Files below this folder; blobs for what a sparse checkout leaves out.
    Worktree(PathBuf, Blobs),
    /// Blobs alone: the index or a revision.
    Objects(Blobs),
    /// The bytes themselves, by the number of their node's object.
    Memory(Vec<Arc<[u8]>>),
    /// Another snapshot, with other texts for some files.
    Overlaid(Overlaid),
}

/// One file, link or submodule of a snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry<'a> {
    /// Path relative to the top level.
    pub path: &'a str,
    /// What it is. For a tracked file of the work tree the permission to execute is the recorded one.
    pub mode: Mode,
    /// Object id of the content, where the content comes from git.
    pub oid: Option<&'a str>,
    /// Whether a sparse checkout leaves it out of the work tree.
    pub sparse: bool,
}

impl<'a> Entry<'a> {
    /// The last component of the path.
    pub fn name(&self) -> &'a str {
        split(self.path).1
    }

    /// The folder that holds it, `""` for the top level.
    pub fn folder(&self) -> &'a str {
        split(self.path).0
    }
}

/// A path as its folder and its name.
fn split(path: &str) -> (&str, &str) {
    match memchr::memrchr(b'/', path.as_bytes()) {
        Some(slash) => (path.get(..slash).unwrap_or_default(), path.get(slash + 1..).unwrap_or_default()),
        None => ("", path),
    }
}

/// What stands at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A regular file, executable or not.
    File,
    /// A folder: some entry lies below it.
    Folder,
    /// A symbolic link, to whatever.
    Symlink,
    /// A submodule or a nested repository, whose content is not part of the tree.
    Submodule,
}

/// A name that is not UTF-8 and therefore no path of the snapshot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OddName {
    /// The path as it is.
    pub bytes: Vec<u8>,
    /// The same with replacement characters.
    pub lossy: String,
}

/// Links to links are followed so often, as Linux does.
const MAX_LINKS: usize = 40;

impl Snapshot {
    fn new(id: &str, origin: Origin, tree: Tree, odd_names: Vec<OddName>) -> Self {
        let (cache, lost) = (Mutex::default(), Mutex::default());
        Self { id: id.to_owned(), origin, tree, odd_names, cache, lost, beside: None, quotes: true }
    }

    /// `worktree`, `index`, `memory`, or the full object id of the commit.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Whether this is what lies on the disk.
    pub fn is_worktree(&self) -> bool {
        match &self.origin {
            Origin::Worktree(..) => true,
            Origin::Overlaid(overlaid) => overlaid.base.is_worktree(),
            Origin::Objects(_) | Origin::Memory(_) => false,
        }
    }

    /// Number of entries.
    pub fn len(&self) -> usize {
        self.tree.len()
    }

    /// Whether the tree holds nothing.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Every entry, sorted by the bytes of its path.
    pub fn files(&self) -> impl Iterator<Item = Entry<'_>> {
        self.entries(0..self.tree.len())
    }

    /// Every entry below `folder`, sorted by the bytes of its path.
    pub fn files_under(&self, folder: &RepoPath) -> impl Iterator<Item = Entry<'_>> {
        self.entries(self.tree.below(folder.as_str()))
    }

    /// What git neither tracks nor ignores, sorted by path.
    pub fn untracked(&self) -> impl Iterator<Item = Entry<'_>> {
        self.tree.all().iter().filter(|node| node.untracked).map(|node| self.entry(node))
    }

    /// Whether git puts the path in quotes where it does not separate names by NUL: `"caf\\303\\251"`.
    pub fn is_quoted(&self, path: &str) -> bool {
        let is_odd = |byte: u8| {
            byte.is_ascii_control() || matches!(byte, b'"' | b'\\') || (self.quotes && !byte.is_ascii())
        };
        path.bytes().any(is_odd)
    }

    /// The entry at `path`; a folder has none.
    pub fn get(&self, path: &RepoPath) -> Option<Entry<'_>> {
        self.tree.find(path.as_str()).map(|(_, node)| self.entry(node))
    }

    /// What stands at `path`, links not followed; `None` when nothing does.
    pub fn kind(&self, path: &RepoPath) -> Option<Kind> {
        if let Some((_, node)) = self.tree.find(path.as_str()) {
            return Some(match node.mode {
                Mode::File | Mode::Executable => Kind::File,
                Mode::Symlink => Kind::Symlink,
                Mode::Submodule => Kind::Submodule,
            });
        }
        (path.is_root() || !self.tree.below(path.as_str()).is_empty()).then_some(Kind::Folder)
    }

    /// Whether `path` is a regular file, or a link that leads to one within the tree.
    pub fn is_file(&self, path: &RepoPath) -> bool {
        self.lookup(path).is_some()
    }

    /// Whether `path` is a folder: the top level, or one with some entry below it. Links to folders and
    /// submodules are none; [`Snapshot::is_opaque`] tells them.
    pub fn is_dir(&self, path: &RepoPath) -> bool {
        self.kind(path) == Some(Kind::Folder)
    }

    /// Whether the tree cannot tell what stands at `path`: it is, or lies below, a submodule, a link to
    /// anything but a file of the tree, or something that a sparse checkout leaves out of the work tree.
    pub fn is_opaque(&self, path: &RepoPath) -> bool {
        if !self.tree.has_opaque() {
            return false;
        }
        let mut end = 0;
        let text = path.as_str();
        for component in path.components() {
            end += component.len();
            let Some(prefix) = text.get(..end) else { return false };
            if let Some((_, node)) = self.tree.find(prefix) {
                return match node.mode {
                    Mode::File | Mode::Executable => node.sparse,
                    Mode::Submodule => true,
                    Mode::Symlink => end < text.len() || self.lookup(path).is_none(),
                };
            }
            if self.tree.is_sparse(prefix) {
                return true;
            }
            end += 1;
        }
        false
    }

    /// The names directly below `folder`, sorted, and whether each is a folder. Empty when `folder` is none.
    pub fn children(&self, folder: &RepoPath) -> Vec<(String, bool)> {
        self.tree.children(folder.as_str())
    }

    /// Names that are not UTF-8; they appear nowhere else.
    pub fn odd_names(&self) -> &[OddName] {
        &self.odd_names
    }

    fn entries(&self, range: Range<usize>) -> impl Iterator<Item = Entry<'_>> {
        self.tree.nodes(range).map(|node| self.entry(node))
    }

    fn entry(&self, node: &Node) -> Entry<'_> {
        Entry {
            path: self.tree.path(node),
            mode: node.mode,
            oid: self.tree.object(node),
            sparse: node.sparse,
        }
    }
}
