//! Taking snapshots: what git lists, corrected by what is on the disk.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::content::MAX_BYTES;
use super::notable::is_read_first;
use super::scan::{self, Known, OnDisk};
use super::tree::{NO_OBJECT, Node, Tree};
use super::{OddName, Origin, Snapshot};
use crate::git::{Ahead, Blobs, Git, GitError, Mode, StagedChange, TreeEntry};
use crate::source::RepoPath;

/// An entry of a snapshot in memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MemoryEntry {
    /// A regular file with this content.
    File(Vec<u8>),
    /// A file that may be executed.
    Executable(Vec<u8>),
    /// A symbolic link with this target.
    Symlink(String),
    /// Another repository.
    Submodule,
    /// A regular file that git does not track, and does not ignore either.
    Untracked(Vec<u8>),
}

impl Snapshot {
    /// The work tree: tracked files and untracked ones that are not ignored, without those that are deleted
    /// on the disk. What a sparse checkout leaves out is read from the index.
    ///
    /// # Errors
    /// When git fails.
    pub fn worktree(git: &Git) -> Result<Self, GitError> {
        let (mut names, others) = tracked(git)?;
        let beside = others.iter().filter_map(|path| path.to_str()).map(RepoPath::new).collect();
        let mut is_plain = true;
        for (path, mode) in untracked(git, others)? {
            is_plain &= path.is_ascii();
            names.push_untracked(&path, mode)?;
        }
        let quotes = is_plain || git.quotes_paths();
        let origin = Origin::Worktree(git.top().to_owned(), Blobs::new(git, MAX_BYTES));
        Ok(Self { beside: Some(beside), quotes, ..names.into_snapshot("worktree", origin) })
    }

    /// The index: exactly the tree that a commit would create now.
    ///
    /// # Errors
    /// [`GitError::Conflicted`] when paths are unmerged; when git fails.
    pub fn index(git: &Git) -> Result<Self, GitError> {
        Self::index_for_models(git, || true)
    }

    /// The index, as [`Snapshot::index`]. As soon as `is_wanted`, what models ask for first is read while git still
    /// lists.
    ///
    /// # Errors
    /// The same.
    pub fn index_for_models(git: &Git, is_wanted: impl Fn() -> bool) -> Result<Self, GitError> {
        let mut names = Names::default();
        let mut conflicts = BTreeSet::new();
        let mut empty = false;
        let blobs = Blobs::new(git, MAX_BYTES);
        let mut early = Early::default();
        git.index_entries(|record| {
            if record.stage > 0 {
                conflicts.insert(String::from_utf8_lossy(record.entry.path).into_owned());
                return Ok(());
            }
            empty |= record.entry.is_empty_blob();
            early.see(&record.entry, &blobs, &is_wanted);
            names.push(record.entry.path, record.entry.mode, Some(record.entry.oid))
        })?;
        if !conflicts.is_empty() {
            return Err(GitError::Conflicted { paths: conflicts.into_iter().collect() });
        }
        if empty {
            names.remove(&git.intended_to_add()?);
        }
        let snapshot = names.into_snapshot("index", Origin::Objects(blobs));
        early.deliver(&snapshot);
        Ok(snapshot)
    }

    /// Only what is staged, as the index has it: no tree to judge, but enough to look into its files.
    ///
    /// # Errors
    /// When there are more names than fit into a tree.
    pub fn staged(git: &Git, changes: &[StagedChange]) -> Result<Self, GitError> {
        let mut names = Names::default();
        for change in changes {
            if let Some((mode, oid)) = &change.new {
                names.push(change.path.as_str().as_bytes(), *mode, Some(oid))?;
            }
        }
        Ok(names.into_snapshot("index", Origin::Objects(Blobs::new(git, MAX_BYTES))))
    }

    /// The tree of the commit that `rev` names.
    ///
    /// # Errors
    /// [`GitError::MissingRevision`] when there is none; when git fails.
    pub fn revision(git: &Git, rev: &str) -> Result<Self, GitError> {
        let commit = git.resolve(rev)?;
        let mut names = Names::default();
        git.tree_entries(&commit, |entry| names.push(entry.path, entry.mode, Some(entry.oid)))?;
        Ok(names.into_snapshot(&commit, Origin::Objects(Blobs::new(git, MAX_BYTES))))
    }

    /// A tree of files with these paths and contents. Of equal paths the last one counts.
    pub fn memory(files: impl IntoIterator<Item = (String, Vec<u8>)>) -> Self {
        Self::memory_with(files.into_iter().map(|(path, content)| (path, MemoryEntry::File(content))))
    }

    /// A tree of these entries. Of equal paths the last one counts.
    pub fn memory_with(entries: impl IntoIterator<Item = (String, MemoryEntry)>) -> Self {
        let mut tree = Tree::default();
        let mut contents: Vec<Arc<[u8]>> = Vec::new();
        for (path, entry) in entries {
            let is_untracked = matches!(entry, MemoryEntry::Untracked(_));
            let (mode, content) = match entry {
                MemoryEntry::File(content) | MemoryEntry::Untracked(content) => (Mode::File, content),
                MemoryEntry::Executable(content) => (Mode::Executable, content),
                MemoryEntry::Symlink(target) => (Mode::Symlink, target.into_bytes()),
                MemoryEntry::Submodule => (Mode::Submodule, Vec::new()),
            };
            let number = u32::try_from(contents.len()).unwrap_or(NO_OBJECT);
            // What does not fit into four gigabytes of names is not part of a test.
            let path = RepoPath::new(&path);
            let pushed = match is_untracked {
                true => tree.push_untracked(path.as_str(), mode, number),
                false => tree.push(path.as_str(), mode, number),
            };
            if pushed.is_ok() {
                contents.push(content.into());
            }
        }
        tree.finish();
        Self::new("memory", Origin::Memory(contents), tree, Vec::new())
    }
}

/// Contents that are read while git still lists the names.
#[derive(Default)]
struct Early {
    /// Files that models ask for first, with their objects.
    files: Vec<(String, String)>,
    /// So many of them have been asked for.
    asked: usize,
    git: Option<Ahead>,
}

impl Early {
    fn see(&mut self, entry: &TreeEntry<'_>, blobs: &Blobs, is_wanted: &impl Fn() -> bool) {
        if !is_read_first(entry.path) || !matches!(entry.mode, Mode::File | Mode::Executable) {
            return;
        }
        let Ok(path) = std::str::from_utf8(entry.path) else { return };
        self.files.push((path.to_owned(), entry.oid.to_owned()));
        if self.git.is_none() && self.asked == 0 && is_wanted() {
            self.git = blobs.ahead().ok();
        }
        let Some(git) = &mut self.git else { return };
        for (_, oid) in self.files.get(self.asked..).unwrap_or_default() {
            if git.ask(oid).is_err() {
                break;
            }
            self.asked += 1;
        }
    }

    /// Hands what has come to the snapshot of these names.
    fn deliver(self, snapshot: &Snapshot) {
        let answers = self.git.map(Ahead::answers).unwrap_or_default();
        snapshot.keep(self.files.iter().map(|(path, _)| path.as_str()).zip(answers));
    }
}

/// The names of a tree while it is read; UTF-8 and other ones part here.
#[derive(Default)]
struct Names {
    tree: Tree,
    odd: Vec<Vec<u8>>,
}

impl Names {
    fn push(&mut self, path: &[u8], mode: Mode, oid: Option<&str>) -> Result<(), GitError> {
        let Ok(path) = std::str::from_utf8(path) else {
            self.odd.push(path.to_owned());
            return Ok(());
        };
        let object = oid.map_or(Ok(NO_OBJECT), |oid| self.tree.push_object(oid))?;
        self.tree.push(path, mode, object)
    }

    fn push_untracked(&mut self, path: &[u8], mode: Mode) -> Result<(), GitError> {
        match std::str::from_utf8(path) {
            Ok(path) => self.tree.push_untracked(path, mode, NO_OBJECT),
            Err(_) => self.push(path, mode, None),
        }
    }

    fn remove(&mut self, paths: &BTreeSet<Vec<u8>>) {
        if paths.is_empty() {
            return;
        }
        let keep: Vec<bool> =
            self.tree.all().iter().map(|node| !paths.contains(self.tree.path(node).as_bytes())).collect();
        self.tree.decide(keep, |node, keep| keep.then_some(node));
        self.odd.retain(|name| !paths.contains(name));
    }

    fn into_snapshot(mut self, id: &str, origin: Origin) -> Snapshot {
        self.tree.finish();
        self.odd.sort();
        self.odd.dedup();
        let lossy = |bytes: Vec<u8>| OddName { lossy: String::from_utf8_lossy(&bytes).into_owned(), bytes };
        Snapshot::new(id, origin, self.tree, self.odd.into_iter().map(lossy).collect())
    }
}

/// The tracked part of the work tree, and what else lies in its folders.
fn tracked(git: &Git) -> Result<(Names, Vec<PathBuf>), GitError> {
    let mut names = Names::default();
    let mut skipped = Vec::new();
    let mut last = Vec::new();
    git.index_entries(|record| {
        let entry = record.entry;
        if record.stage > 0 && last == entry.path {
            // The sides of a conflict are one file on the disk.
            return Ok(());
        }
        if record.stage > 0 {
            entry.path.clone_into(&mut last);
        }
        // The id of an indexed file says nothing about the file on the disk; it is needed where there is none.
        names.push(entry.path, entry.mode, record.skipped.then_some(entry.oid))?;
        skipped.resize(names.tree.len(), record.skipped);
        Ok(())
    })?;
    let known = |node: &Node| Known { path: names.tree.path(node), mode: node.mode };
    let known: Vec<Known<'_>> = names.tree.all().iter().map(known).collect();
    let found = scan::scan(git.top(), &known);
    let verdicts = found.known.into_iter().zip(skipped).collect();
    names.tree.decide(verdicts, |node, (found, skipped)| on_disk(node, found, skipped));
    names.odd.retain(|name| OnDisk::at(&join(git.top(), name)) != OnDisk::Missing);
    Ok((names, found.others))
}

/// What a tracked entry is in the work tree; `None` when it is deleted there.
fn on_disk(mut node: Node, found: OnDisk, skipped: bool) -> Option<Node> {
    if skipped && found == OnDisk::Missing {
        node.sparse = node.mode != Mode::Submodule;
        return Some(node);
    }
    node.object = NO_OBJECT;
    node.mode = match (found, node.mode) {
        (OnDisk::File, mode @ (Mode::File | Mode::Executable)) => mode,
        (OnDisk::File, _) => Mode::File,
        (OnDisk::Symlink, _) => Mode::Symlink,
        (OnDisk::Folder, Mode::Submodule) => Mode::Submodule,
        // What lies in a folder that took the place of a file is untracked, and listed as such.
        (OnDisk::Folder | OnDisk::Missing, _) => return None,
    };
    Some(node)
}

/// The untracked part of the work tree: what git does not ignore of `others`, and of the folders among them.
fn untracked(git: &Git, others: Vec<PathBuf>) -> Result<Vec<(Vec<u8>, Mode)>, GitError> {
    let others = git.not_ignored(others.into_iter().map(bytes).collect())?;
    let mut found = Vec::new();
    if others.is_empty() {
        return Ok(found);
    }
    git.untracked(&others, |path| {
        if let Some(repository) = path.strip_suffix(b"/") {
            found.push((repository.to_owned(), Mode::Submodule));
            return;
        }
        let Ok(metadata) = join(git.top(), path).symlink_metadata() else { return };
        match OnDisk::from(metadata.file_type()) {
            OnDisk::File if is_executable(&metadata) => found.push((path.to_owned(), Mode::Executable)),
            OnDisk::File => found.push((path.to_owned(), Mode::File)),
            OnDisk::Symlink => found.push((path.to_owned(), Mode::Symlink)),
            OnDisk::Folder | OnDisk::Missing => {}
        }
    })?;
    Ok(found)
}

#[cfg(unix)]
fn is_executable(metadata: &std::fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt;
    metadata.permissions().mode() & 0o100 != 0
}

#[cfg(not(unix))]
fn is_executable(_: &std::fs::Metadata) -> bool {
    false
}

/// A path as git takes it.
#[cfg(unix)]
fn bytes(path: PathBuf) -> Vec<u8> {
    use std::os::unix::ffi::OsStringExt;
    path.into_os_string().into_vec()
}

/// A path as git takes it: with slashes, and as UTF-8.
#[cfg(not(unix))]
fn bytes(path: PathBuf) -> Vec<u8> {
    path.to_string_lossy().replace('\\', "/").into_bytes()
}

/// A path below `top` from its bytes.
#[cfg(unix)]
fn join(top: &Path, path: &[u8]) -> PathBuf {
    use std::os::unix::ffi::OsStrExt;
    top.join(std::ffi::OsStr::from_bytes(path))
}

/// A path below `top` from its bytes, which are UTF-8 where the system has no byte strings.
#[cfg(not(unix))]
fn join(top: &Path, path: &[u8]) -> PathBuf {
    top.join(String::from_utf8_lossy(path).as_ref())
}
