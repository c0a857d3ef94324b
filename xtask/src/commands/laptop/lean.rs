//! A lean look at the work tree: the names that git tracks, and of the contents only those that decide what is
//! ignored. A hundred thousand files cost one `git ls-files`, instead of a look at each of them.

use crate::git::{Git, GitError};
use crate::model::gitignores::Gitignores;
use crate::model::manifest::discovery;
use crate::model::verdict::Files;
use crate::snapshot::{MAX_BYTES, MemoryEntry, Snapshot};
use crate::source::RepoPath;
use std::collections::BTreeSet;
use std::fs::Metadata;
use std::ops::Range;
use std::path::Path;
use std::sync::mpsc;

/// The names of the index, sorted by their bytes.
#[derive(Default)]
pub struct Names {
    text: Vec<u8>,
    /// The paths in `text`.
    paths: Vec<Range<usize>>,
}

/// The names that git tracks, and the files that decide, as a tree. Untracked ones are found beside tracked ones, at the
/// top level, and in the folders around the paths that are asked for.
///
/// # Errors
/// When git fails.
pub fn survey(git: &Git, asked: &[RepoPath]) -> Result<(Names, Snapshot), GitError> {
    let mut found = Found::new(git.top());
    // What is on the disk is looked at while git is still at work on the rest.
    let names = std::thread::scope(|scope| {
        let (sender, receiver) = mpsc::channel::<String>();
        let found = &mut found;
        scope.spawn(move || {
            let around = asked.iter().flat_map(|path| std::iter::successors(path.parent(), RepoPath::parent));
            around.chain([RepoPath::root()]).for_each(|folder| found.look_into(folder));
            receiver.into_iter().for_each(|path| found.tracked(path));
        });
        // The other end is there as long as we are.
        Names::list(git, |path| drop(sender.send(path.to_owned())))
    })?;
    let tree = tree(git, &names, found)?;
    Ok((names, tree))
}

impl Names {
    /// Lists the index, and tells of each file that decides something.
    fn list(git: &Git, mut deciding: impl FnMut(&str)) -> Result<Self, GitError> {
        let mut names = Self::default();
        git.tracked(|path| {
            let start = names.text.len();
            names.text.extend_from_slice(path);
            names.paths.push(start..names.text.len());
            if let Some(path) = std::str::from_utf8(path).ok().filter(|path| decides(path)) {
                deciding(path);
            }
        })?;
        Ok(names)
    }

    fn path(&self, range: &Range<usize>) -> &[u8] {
        self.text.get(range.clone()).unwrap_or_default()
    }

    /// Whether git tracks `path`, or something below it.
    pub fn is_tracked(&self, path: &str) -> bool {
        let path = path.as_bytes();
        if path.is_empty() {
            return !self.paths.is_empty();
        }
        // Names that begin with `path/` stand together, behind `path` itself and names like `path-x`.
        let folder = [path, b"/"].concat();
        let at = |wanted: &[u8]| {
            let position = self.paths.partition_point(|range| self.path(range) < wanted);
            self.paths.get(position).map_or(&[] as &[u8], |range| self.path(range))
        };
        at(path) == path || at(&folder).starts_with(&folder)
    }

    /// Whether something below `path` is tracked.
    pub fn is_folder(&self, path: &str) -> bool {
        path.is_empty() || {
            let folder = format!("{path}/");
            let position = self.paths.partition_point(|range| self.path(range) < folder.as_bytes());
            self.paths.get(position).is_some_and(|range| self.path(range).starts_with(folder.as_bytes()))
        }
    }
}

/// Whether the content of a file has a say in what is ignored, synced or sent.
fn decides(path: &str) -> bool {
    let name = path.rsplit_once('/').map_or(path, |(_, name)| name);
    name.ends_with("ignore")
        || name == "package.json"
        || name == "pnpm-workspace.yaml"
        || name.starts_with(".env")
        || (name.ends_with(".yml") || name.ends_with(".yaml"))
            && (path.contains("okteto") || name.contains("compose"))
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
            self.names.extend(names.map(|name| folder.join(&name)).filter(|path| decides(path.as_str())));
        }
        self.folders.insert(folder);
    }
}

fn tree(git: &Git, names: &Names, found: Found<'_>) -> Result<Snapshot, GitError> {
    let untracked = untracked(git.top(), names, found.names);
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

/// Those that git does not track; manifests only where it does not ignore them.
fn untracked(top: &Path, names: &Names, paths: Vec<RepoPath>) -> Vec<(String, MemoryEntry)> {
    let unknown = paths.into_iter().filter(|path| !names.is_tracked(path.as_str()));
    let mut found: Vec<(String, MemoryEntry)> = unknown
        .filter_map(|path| entry(top, path.as_str()).map(|entry| (path.as_str().to_owned(), entry)))
        .collect();
    let tree = Snapshot::memory_with(found.clone());
    let ignores = Gitignores::read(Files::of(&tree));
    found.retain(|(path, _)| {
        let path = RepoPath::new(path);
        discovery::role(&path).is_none() || !ignores.verdict(&path, false).ignored
    });
    found
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
