//! A lean look at the work tree: the names that git tracks, and of the contents only those that decide what is
//! ignored. A hundred thousand files cost one `git ls-files`, instead of a look at each of them.

use crate::git::{Git, GitError};
use crate::model::gitignores::Gitignores;
use crate::model::manifest::discovery;
use crate::model::verdict::Files;
use crate::snapshot::{MAX_BYTES, MemoryEntry, Snapshot};
use crate::source::RepoPath;
use memchr::memmem;
use std::collections::BTreeSet;
use std::fs::Metadata;
use std::path::Path;
use std::sync::mpsc;

/// Which of the paths that were asked for git tracks.
#[derive(Debug, Default)]
pub struct Tracked {
    /// Whether it tracks anything.
    some: bool,
    paths: BTreeSet<RepoPath>,
    folders: BTreeSet<RepoPath>,
}

impl Tracked {
    /// Whether git tracks `path`, or something below it.
    pub fn is_tracked(&self, path: &RepoPath) -> bool {
        self.paths.contains(path) || self.is_folder(path)
    }

    /// Whether something below `path` is tracked.
    pub fn is_folder(&self, path: &RepoPath) -> bool {
        if path.is_root() { self.some } else { self.folders.contains(path) }
    }
}

/// Looks for paths in a listing that is sorted by bytes.
struct Search<'a> {
    /// Each path twice: as a file, and with the slash that all below it begin with. Sorted.
    keys: Vec<(Vec<u8>, &'a RepoPath)>,
    next: usize,
    found: Tracked,
}

impl<'a> Search<'a> {
    fn new(asked: &'a [RepoPath]) -> Self {
        let both = |path: &'a RepoPath| ["", "/"].map(|end| (format!("{path}{end}").into_bytes(), path));
        let mut keys: Vec<_> = asked.iter().filter(|path| !path.is_root()).flat_map(both).collect();
        keys.sort();
        Self { keys, next: 0, found: Tracked::default() }
    }

    /// The next name of the listing: the first one that is not before a key answers it.
    fn see(&mut self, name: &[u8]) {
        self.found.some = true;
        while let Some((key, path)) = self.keys.get(self.next).filter(|(key, _)| key.as_slice() <= name) {
            if key.ends_with(b"/") && name.starts_with(key) {
                self.found.folders.insert((*path).clone());
            } else if key == name {
                self.found.paths.insert((*path).clone());
            }
            self.next += 1;
        }
    }
}

/// Which of these paths git tracks, and the files that decide, as a tree. Untracked ones are found beside tracked ones,
/// at the top level, and in the folders around the paths that are asked for.
///
/// # Errors
/// When git fails.
pub fn survey(git: &Git, asked: &[RepoPath]) -> Result<(Tracked, Snapshot), GitError> {
    let mut search = Search::new(asked);
    let mut found = Found::new(git.top());
    // What is on the disk is looked at while git is still at work on the rest.
    std::thread::scope(|scope| {
        let (sender, receiver) = mpsc::channel::<String>();
        let found = &mut found;
        scope.spawn(move || {
            let around = asked.iter().flat_map(|path| std::iter::successors(path.parent(), RepoPath::parent));
            around.chain([RepoPath::root()]).for_each(|folder| found.look_into(folder));
            receiver.into_iter().for_each(|path| found.tracked(path));
        });
        git.tracked(|name| {
            search.see(name);
            if let Some(path) = decides(name).then(|| String::from_utf8(name.to_vec()).ok()).flatten() {
                // The other end is there as long as we are.
                let _ = sender.send(path);
            }
        })
    })?;
    Ok((search.found, tree(git, found)?))
}

/// Whether the content of a file has a say in what is ignored, synced or sent. Asked for every file that git tracks.
fn decides(path: &[u8]) -> bool {
    let start = path.iter().rposition(|byte| *byte == b'/').map_or(0, |slash| slash + 1);
    let name = path.get(start..).unwrap_or_default();
    name.ends_with(b"ignore")
        || name.starts_with(b".env")
        || matches!(name, b"package.json" | b"pnpm-workspace.yaml")
        || (name.ends_with(b".yml") || name.ends_with(b".yaml"))
            && (memmem::find(path, b"okteto").is_some() || memmem::find(name, b"compose").is_some())
}

/// What the disk has of the files that decide.
struct Found<'a> {
    top: &'a Path,
    /// Tracked files in the order of the index, with what lies there.
    tracked: Vec<(String, Option<MemoryEntry>)>,
    /// Folders that have been looked into.
    folders: BTreeSet<RepoPath>,
    /// Whatever decides in these folders, tracked or not.
    names: Vec<RepoPath>,
}

impl<'a> Found<'a> {
    fn new(top: &'a Path) -> Self {
        Self { top, tracked: Vec::new(), folders: BTreeSet::new(), names: Vec::new() }
    }

    fn tracked(&mut self, path: String) {
        RepoPath::new(&path).parent().into_iter().for_each(|folder| self.look_into(folder));
        let entry = entry(self.top, &path);
        self.tracked.push((path, entry));
    }

    /// Looks for files that decide, directly in a folder or in its `.okteto`.
    fn look_into(&mut self, folder: RepoPath) {
        if self.folders.contains(&folder) {
            return;
        }
        for folder in [folder.clone(), folder.join(".okteto")] {
            let listing = std::fs::read_dir(self.top.join(folder.as_str())).into_iter().flatten().flatten();
            let names = listing.filter_map(|entry| entry.file_name().into_string().ok());
            self.names.extend(
                names.map(|name| folder.join(&name)).filter(|path| decides(path.as_str().as_bytes())),
            );
        }
        self.folders.insert(folder);
    }

    /// Those that git does not track; manifests only where it does not ignore them.
    fn untracked(&self) -> Vec<(String, MemoryEntry)> {
        let is_tracked = |path: &RepoPath| {
            let bytes = path.as_str().as_bytes();
            self.tracked.binary_search_by(|(tracked, _)| tracked.as_bytes().cmp(bytes)).is_ok()
        };
        let unknown = self.names.iter().filter(|path| !is_tracked(path));
        let mut found: Vec<(String, MemoryEntry)> = unknown
            .filter_map(|path| entry(self.top, path.as_str()).map(|entry| (path.as_str().to_owned(), entry)))
            .collect();
        let tree = Snapshot::memory_with(found.clone());
        let ignores = Gitignores::read(Files::of(&tree));
        found.retain(|(path, _)| {
            let path = RepoPath::new(path);
            discovery::role(&path).is_none() || !ignores.verdict(&path, false).ignored
        });
        found
    }
}

fn tree(git: &Git, found: Found<'_>) -> Result<Snapshot, GitError> {
    let untracked = found.untracked();
    let mut entries: Vec<(String, MemoryEntry)> = Vec::new();
    let mut missing: Vec<String> = Vec::new();
    for (path, entry) in found.tracked {
        match entry {
            Some(entry) => entries.push((path, entry)),
            None => missing.push(path),
        }
    }
    // Deleted, or left out by a sparse checkout.
    let left_out = if missing.is_empty() { Vec::new() } else { git.left_out()? };
    for path in missing {
        if left_out.binary_search_by(|other| other.as_slice().cmp(path.as_bytes())).is_ok() {
            let blob = git.output(&["cat-file", "blob", &format!(":{path}")])?;
            entries.push((path, MemoryEntry::File(blob)));
        }
    }
    entries.extend(untracked);
    Ok(Snapshot::memory_with(entries))
}

/// A file of the work tree. A link within the work tree is read as the file that it leads to, because that file
/// itself may not be part of the lean tree; but a link stays one where git, too, does not follow it.
fn entry(top: &Path, path: &str) -> Option<MemoryEntry> {
    let place = top.join(path);
    let metadata = place.symlink_metadata().ok()?;
    if !metadata.is_symlink() {
        return file(&place, &metadata);
    }
    let target = place.canonicalize().ok().filter(|target| target.starts_with(top));
    if path == ".gitignore" || path.ends_with("/.gitignore") || target.is_none() {
        let target = std::fs::read_link(&place).ok()?;
        return Some(MemoryEntry::Symlink(target.to_str()?.to_owned()));
    }
    let target = target?;
    file(&target, &target.metadata().ok()?)
}

fn file(place: &Path, metadata: &Metadata) -> Option<MemoryEntry> {
    let wanted = metadata.is_file() && metadata.len() <= MAX_BYTES;
    wanted.then(|| std::fs::read(place).ok().map(MemoryEntry::File))?
}
