//! Reading the files of a snapshot.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::sync::{Arc, MutexGuard, PoisonError};

use super::tree::Node;
use super::{Cached, MAX_LINKS, Mode, Origin, Snapshot};
use crate::git::{ALL_CONTENTS, Blobs, Git, GitError, Object};
use crate::source::{RepoPath, SourceFile};

/// Files of more bytes than this (20 MB) are not read: none that a rule understands comes near.
pub const MAX_BYTES: u64 = 20_000_000;

/// git calls a file binary when there is a NUL among so many first bytes; so do we.
const BINARY_PROBE: usize = 8_000;

/// Why a file has no content to check. The text of each is for the user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReadError {
    /// Nothing is there, or a link leads to nothing.
    NotFound,
    /// A folder, a submodule, or a link to something that is no file of the tree.
    NotAFile,
    /// The text is not UTF-8.
    NotUtf8 {
        /// Bytes in front of the first one that does not fit.
        offset: usize,
    },
    /// Not a text: it holds NUL bytes near its beginning.
    Binary,
    /// More bytes than are read.
    TooLarge {
        /// Its size.
        bytes: u64,
        /// The largest size that is read.
        limit: u64,
    },
    /// The tree has it, but this clone has no content for it.
    NotInClone,
    /// The system or git refused, with their reason.
    Unreadable(String),
}

impl fmt::Display for ReadError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotFound => write!(formatter, "there is no such file"),
            Self::NotAFile => write!(formatter, "this is no regular file"),
            Self::NotUtf8 { offset } => {
                write!(formatter, "this is not UTF-8 text: the byte at offset {offset} begins no character")
            }
            Self::Binary => write!(formatter, "this is a binary file, not text"),
            Self::TooLarge { bytes, limit } => {
                let megabytes = |bytes: u64| bytes as f64 / 1e6;
                let (size, limit) = (megabytes(*bytes), megabytes(*limit));
                write!(formatter, "this file has {size:.1} MB; at most {limit:.0} MB are read")
            }
            Self::NotInClone => write!(
                formatter,
                "git has no content for it (a partial clone?); {ALL_CONTENTS} brings all contents"
            ),
            Self::Unreadable(reason) => write!(formatter, "this file cannot be read: {reason}"),
        }
    }
}

impl std::error::Error for ReadError {}

impl From<io::Error> for ReadError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => Self::NotFound,
            io::ErrorKind::IsADirectory => Self::NotAFile,
            _ => Self::Unreadable(error.to_string()),
        }
    }
}

impl From<GitError> for ReadError {
    fn from(error: GitError) -> Self {
        Self::Unreadable(error.to_string())
    }
}

/// The bytes of a file, known to be text or known not to be.
#[derive(Clone, Debug)]
pub(super) enum Content {
    Text(Arc<str>),
    NoText(Arc<[u8]>, ReadError),
}

impl Content {
    fn new(bytes: Vec<u8>) -> Self {
        if memchr::memchr(0, bytes.get(..BINARY_PROBE).unwrap_or(&bytes)).is_some() {
            return Self::NoText(bytes.into(), ReadError::Binary);
        }
        match simdutf8::compat::from_utf8(&bytes) {
            Ok(text) => Self::Text(text.into()),
            Err(error) => {
                let offset = error.valid_up_to();
                Self::NoText(bytes.into(), ReadError::NotUtf8 { offset })
            }
        }
    }

    fn bytes(&self) -> Arc<[u8]> {
        match self {
            Self::Text(text) => Arc::from(Arc::clone(text)),
            Self::NoText(bytes, _) => Arc::clone(bytes),
        }
    }

    fn text(&self) -> Result<Arc<str>, ReadError> {
        match self {
            Self::Text(text) => Ok(Arc::clone(text)),
            Self::NoText(_, why) => Err(why.clone()),
        }
    }
}

impl Snapshot {
    /// The bytes of the file at `path`; links are followed within the tree.
    ///
    /// # Errors
    /// [`ReadError`], but neither [`ReadError::Binary`] nor [`ReadError::NotUtf8`].
    pub fn read(&self, path: &RepoPath) -> Result<Arc<[u8]>, ReadError> {
        let (position, node) = self.follow(path)?;
        let cached = self.cached().get(&position).cloned();
        let read = match cached.as_ref().and_then(|cached| cached.get()) {
            Some(content) => content.as_ref().map(Content::bytes).map_err(Clone::clone),
            None => self.load(&node).map(Arc::from),
        };
        read.inspect_err(|error| self.note_lost(&node, error))
    }

    /// The text of the file at `path`; links are followed within the tree, and the source keeps the path
    /// that was asked for. Each file is read once.
    ///
    /// # Errors
    /// [`ReadError`]
    pub fn source(&self, path: &RepoPath) -> Result<SourceFile, ReadError> {
        let (position, node) = self.follow(path)?;
        let cached = Arc::clone(self.cached().entry(position).or_default());
        let content = cached.get_or_init(|| self.load(&node).map(Content::new));
        let text = content.as_ref().map_err(Clone::clone).and_then(Content::text);
        let text = text.inspect_err(|error| self.note_lost(&node, error))?;
        Ok(SourceFile::new(path.clone(), text))
    }

    /// Holds that nothing was asked for so far which the tree has and this clone has not: whoever asked took it for
    /// a file that cannot be read, and what follows from that is no verdict on the tree.
    ///
    /// # Errors
    /// [`GitError::NoContent`]
    pub fn require_contents(&self, git: &Git) -> Result<(), GitError> {
        if let Origin::Overlaid(overlaid) = &self.origin {
            overlaid.base.require_contents(git)?;
        }
        let lost = self.lost.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(path) = lost.first() else { return Ok(()) };
        Err(GitError::NoContent {
            path: path.clone(),
            others: lost.len() - 1,
            tree: self.id.clone(),
            partial: git.is_partial(),
        })
    }

    /// Remembers what [`Snapshot::require_contents`] tells.
    fn note_lost(&self, node: &Node, error: &ReadError) {
        if *error == ReadError::NotInClone {
            let mut lost = self.lost.lock().unwrap_or_else(PoisonError::into_inner);
            lost.insert(self.tree.path(node).to_owned());
        }
    }

    /// Reads many files of the index or a revision through one git, so that [`Snapshot::source`] and
    /// [`Snapshot::read`] find them at hand. Paths without a file are passed over, and a failure comes up
    /// again when the file is asked for. The work tree and memory need no such preparation.
    pub fn prefetch(&self, paths: impl IntoIterator<Item = RepoPath>) {
        let blobs = match &self.origin {
            Origin::Objects(blobs) => blobs,
            Origin::Overlaid(overlaid) => return overlaid.base.prefetch(paths),
            Origin::Worktree(..) | Origin::Memory(_) => return,
        };
        let mut wanted: Vec<(u32, Node)> = paths.into_iter().filter_map(|path| self.lookup(&path)).collect();
        wanted.sort_by_key(|(position, _)| *position);
        wanted.dedup_by_key(|(position, _)| *position);
        let known: HashSet<u32> = self.cached().keys().copied().collect();
        wanted.retain(|(position, _)| !known.contains(position));
        if wanted.is_empty() {
            return;
        }
        let oids: Vec<&str> =
            wanted.iter().map(|(_, node)| self.tree.object(node).unwrap_or_default()).collect();
        let mut contents: HashMap<u32, Cached> = HashMap::with_capacity(wanted.len());
        // What git does not deliver is asked for again, one by one, by whoever needs it.
        let _ = blobs.read_many(&oids, |at, object| {
            if let Some((position, _)) = wanted.get(at) {
                contents.insert(*position, Arc::new(delivered(object).map(Content::new).into()));
            }
        });
        let mut cache = self.cached();
        for (position, content) in contents {
            cache.entry(position).or_insert(content);
        }
    }

    /// Keeps contents that were read elsewhere, for the regular files at these paths.
    pub(super) fn keep<'a>(&self, contents: impl Iterator<Item = (&'a str, Object)>) {
        let mut cache = self.cached();
        for (path, object) in contents {
            // What git did not deliver is asked for again by whoever needs it.
            let content = delivered(object).map(Content::new);
            if let (Some((position, _)), Ok(content)) = (self.tree.find(path), content) {
                cache.entry(position).or_insert_with(|| Arc::new(Ok(content).into()));
            }
        }
    }

    /// The target of the symbolic link at `path`, as it is written there; `None` when there is no link, or
    /// its target is not UTF-8.
    pub fn link_target(&self, path: &RepoPath) -> Option<String> {
        let (_, node) = self.tree.find(path.as_str())?;
        if node.mode != Mode::Symlink {
            return None;
        }
        let target = match &self.origin {
            Origin::Worktree(top, _) if !node.sparse => {
                return top.join(path.as_str()).read_link().ok()?.into_os_string().into_string().ok();
            }
            Origin::Overlaid(overlaid) => return overlaid.base.link_target(path),
            _ => self.load(node).inspect_err(|error| self.note_lost(node, error)).ok()?,
        };
        String::from_utf8(target).ok()
    }

    /// Position and node of the regular file at `path`, through links that stay within the tree. Links are
    /// resolved in the middle of the path as well, as the system does.
    pub(super) fn follow(&self, path: &RepoPath) -> Result<(u32, Node), ReadError> {
        let path = self.behind_links(path)?;
        match self.file(&path) {
            Some(found) => Ok(found),
            None if self.kind(&path).is_some() => Err(ReadError::NotAFile),
            None => Err(ReadError::NotFound),
        }
    }

    /// The same, without the reason.
    pub(super) fn lookup(&self, path: &RepoPath) -> Option<(u32, Node)> {
        self.file(&*self.behind_links(path).ok()?)
    }

    fn file(&self, path: &RepoPath) -> Option<(u32, Node)> {
        let found = self.tree.find(path.as_str()).filter(|(_, node)| node.mode != Mode::Submodule);
        found.map(|(position, node)| (position, *node))
    }

    /// The path without links on the way to it.
    fn behind_links<'p>(&self, path: &'p RepoPath) -> Result<Cow<'p, RepoPath>, ReadError> {
        let mut path = Cow::Borrowed(path);
        for _ in 0..=MAX_LINKS {
            let Some((link, rest)) = self.first_link(&path) else { return Ok(path) };
            let target = self.link_target(&link).ok_or(ReadError::NotFound)?;
            if target.starts_with('/') {
                return Err(ReadError::NotAFile);
            }
            let next = link.parent().unwrap_or_else(RepoPath::root).join(&target).join(&rest);
            if next.is_outside() {
                return Err(ReadError::NotAFile);
            }
            path = Cow::Owned(next);
        }
        Err(ReadError::Unreadable("its links form a circle".to_owned()))
    }

    /// The first symbolic link on the way to `path`, and what of the path lies behind it.
    fn first_link(&self, path: &RepoPath) -> Option<(RepoPath, String)> {
        if !self.tree.has_links() {
            return None;
        }
        let text = path.as_str();
        let ends = memchr::memchr_iter(b'/', text.as_bytes()).chain([text.len()]);
        for end in ends {
            let (prefix, rest) = text.split_at_checked(end)?;
            if self.tree.is_link(prefix) {
                return Some((RepoPath::new(prefix), rest.to_owned()));
            }
        }
        None
    }

    fn load(&self, node: &Node) -> Result<Vec<u8>, ReadError> {
        match &self.origin {
            Origin::Worktree(top, _) if !node.sparse => read_file(&top.join(self.tree.path(node))),
            Origin::Worktree(_, blobs) | Origin::Objects(blobs) => self.load_blob(blobs, node),
            Origin::Memory(contents) => {
                let content = contents.get(node.object as usize).ok_or(ReadError::NotFound)?;
                within_limit(content.len() as u64)?;
                Ok(content.to_vec())
            }
            Origin::Overlaid(overlaid) => overlaid.load(self.tree.path(node)),
        }
    }

    fn load_blob(&self, blobs: &Blobs, node: &Node) -> Result<Vec<u8>, ReadError> {
        let oid = self.tree.object(node).ok_or(ReadError::NotFound)?;
        delivered(blobs.read(oid)?)
    }

    /// The cache. Nothing in it can be half done when a thread panics, so a poisoned lock is as good as new.
    fn cached(&self) -> MutexGuard<'_, HashMap<u32, Cached>> {
        self.cache.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn delivered(object: Object) -> Result<Vec<u8>, ReadError> {
    match object {
        Object::Blob(bytes) => Ok(bytes),
        Object::TooLarge(bytes) => Err(ReadError::TooLarge { bytes, limit: MAX_BYTES }),
        Object::Missing => Err(ReadError::NotInClone),
    }
}

fn within_limit(bytes: u64) -> Result<(), ReadError> {
    if bytes > MAX_BYTES { Err(ReadError::TooLarge { bytes, limit: MAX_BYTES }) } else { Ok(()) }
}

/// Reads a regular file of at most [`MAX_BYTES`] bytes.
pub(super) fn read_file(path: &Path) -> Result<Vec<u8>, ReadError> {
    // Looked at before it is opened: to open a pipe would wait for a writer.
    let metadata = path.symlink_metadata()?;
    if !metadata.is_file() {
        return Err(ReadError::NotAFile);
    }
    within_limit(metadata.len())?;
    let mut bytes = Vec::with_capacity(usize::try_from(metadata.len()).unwrap_or(0) + 1);
    File::open(path)?.take(MAX_BYTES + 1).read_to_end(&mut bytes)?;
    within_limit(bytes.len() as u64)?;
    Ok(bytes)
}

impl Snapshot {
    /// The texts that [`Snapshot::source`] has read so far, sorted by path: what a run has looked at.
    pub fn sources_read(&self) -> Vec<SourceFile> {
        let mut sources: Vec<SourceFile> = self
            .cached()
            .iter()
            .filter_map(|(position, content)| {
                let text = content.get()?.as_ref().ok()?.text().ok()?;
                let node = self.tree.all().get(*position as usize)?;
                Some(SourceFile::new(RepoPath::new(self.tree.path(node)), text))
            })
            .collect();
        sources.sort_by(|left, right| left.path.cmp(&right.path));
        sources
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::{Entry, Kind, MemoryEntry};

    fn links() -> Snapshot {
        let link = |target: &str| MemoryEntry::Symlink(target.to_owned());
        Snapshot::memory_with(
            [
                ("apps/web/okteto.yml", MemoryEntry::File(b"name: web\n".to_vec())),
                ("okteto.yml", link("apps/web/./okteto.yml")),
                ("apps/alias", link("web")),
                ("twice", link("okteto.yml")),
                ("through", link("apps/alias/okteto.yml")),
                ("up/outside", link("../../elsewhere")),
                ("absolute", link("/etc/hostname")),
                ("dangling", link("nothing")),
                ("a", link("b")),
                ("b", link("a")),
                ("vendor/lib", MemoryEntry::Submodule),
            ]
            .map(|(path, entry)| (path.to_owned(), entry)),
        )
    }

    #[test]
    fn links_are_followed_within_the_tree() {
        let tree = links();
        for path in ["okteto.yml", "twice", "through", "apps/alias/okteto.yml"] {
            let source = tree.source(&path.into()).unwrap();
            assert_eq!((source.path.as_str(), &*source.text), (path, "name: web\n"));
            assert_eq!(&*tree.read(&path.into()).unwrap(), b"name: web\n");
            assert!(tree.is_file(&path.into()), "{path}");
        }
        assert_eq!(tree.kind(&"twice".into()), Some(Kind::Symlink));
        assert_eq!(tree.cached().len(), 1, "one content, however it is reached");
    }

    #[test]
    fn links_that_lead_nowhere_say_so() {
        let tree = links();
        let error = |path: &str| tree.source(&path.into()).unwrap_err();
        assert_eq!(error("up/outside"), ReadError::NotAFile);
        assert_eq!(error("absolute"), ReadError::NotAFile);
        assert_eq!(error("dangling"), ReadError::NotFound);
        assert_eq!(error("apps/alias"), ReadError::NotAFile);
        assert_eq!(error("apps"), ReadError::NotAFile);
        assert_eq!(error("vendor/lib"), ReadError::NotAFile);
        assert_eq!(error("a").to_string(), "this file cannot be read: its links form a circle");
    }

    #[test]
    fn what_lies_behind_links_and_submodules_is_opaque() {
        let tree = links();
        for path in [
            "apps/alias",
            "apps/alias/package.json",
            "vendor/lib",
            "vendor/lib/x",
            "absolute",
            "dangling",
            "a",
        ] {
            assert!(tree.is_opaque(&path.into()), "{path}");
            assert!(!tree.is_dir(&path.into()), "{path}");
        }
        for path in ["", "apps", "apps/web/okteto.yml", "okteto.yml", "vendor", "missing/below", "../outside"]
        {
            assert!(!tree.is_opaque(&path.into()), "{path}");
        }
    }

    #[test]
    fn contents_that_are_no_text_are_told_apart() {
        let late_nul = [vec![b'a'; BINARY_PROBE], vec![0]].concat();
        let files = [
            ("binary", b"\x7fELF\0".to_vec()),
            ("latin", b"caf\xe9 \n".to_vec()),
            ("late", late_nul.clone()),
            ("large", vec![b'x'; MAX_BYTES as usize + 1]),
            ("limit", vec![b'x'; MAX_BYTES as usize]),
        ];
        let tree = Snapshot::memory(files.map(|(path, content)| (path.to_owned(), content)));
        let source = |path: &str| tree.source(&path.into()).map(|source| source.text.len());
        assert_eq!(source("binary"), Err(ReadError::Binary));
        assert_eq!(source("latin"), Err(ReadError::NotUtf8 { offset: 3 }));
        assert_eq!(source("late"), Ok(late_nul.len()));
        assert_eq!(source("limit"), Ok(20_000_000));
        let large = source("large").unwrap_err();
        assert_eq!(large, ReadError::TooLarge { bytes: 20_000_001, limit: 20_000_000 });
        assert_eq!(large.to_string(), "this file has 20.0 MB; at most 20 MB are read");
        assert_eq!(&*tree.read(&"latin".into()).unwrap(), b"caf\xe9 \n");
        assert_eq!(tree.read(&"nothing".into()), Err(ReadError::NotFound));
    }

    #[test]
    fn the_last_of_equal_paths_counts() {
        let files = [("./a//b", "1"), ("c", "2"), ("a/b", "3")];
        let tree = Snapshot::memory(files.map(|(path, text)| (path.to_owned(), text.as_bytes().to_vec())));
        let entry = Entry { path: "a/b", mode: Mode::File, oid: None, sparse: false };
        assert_eq!(tree.files().next(), Some(entry));
        assert_eq!(tree.len(), 2);
        assert_eq!(&*tree.read(&"a/b".into()).unwrap(), b"3");
    }
}
