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

/// Files that decide something, in the order of the index, with what lies there.
type Deciding = Vec<(String, Option<MemoryEntry>)>;

/// The names that git tracks, and the files that decide, as a tree. Untracked ones are found beside tracked ones, at the
/// top level, and in the folders around the paths that are asked for.
///
/// # Errors
/// When git fails.
pub fn survey(git: &Git, asked: &[RepoPath]) -> Result<(Names, Snapshot), GitError> {
    let (names, deciding) = Names::list(git)?;
    let tree = tree(git, &names, deciding, asked)?;
    Ok((names, tree))
}

impl Names {
    /// Lists the index, and reads what decides while git is still at work on the rest.
    fn list(git: &Git) -> Result<(Self, Deciding), GitError> {
        let mut names = Self::default();
        std::thread::scope(|scope| {
            let (sender, receiver) = mpsc::channel::<String>();
            let reader = scope.spawn(move || {
                let read = |path: String| {
                    let entry = entry(git.top(), &path);
                    (path, entry)
                };
                receiver.into_iter().map(read).collect()
            });
            git.tracked(|path| {
                let start = names.text.len();
                names.text.extend_from_slice(path);
                names.paths.push(start..names.text.len());
                if let Some(path) = std::str::from_utf8(path).ok().filter(|path| decides(path)) {
                    // The reader ends when we do.
                    let _ = sender.send(path.to_owned());
                }
            })?;
            drop(sender);
            Ok((names, reader.join().unwrap_or_default()))
        })
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

fn tree(git: &Git, names: &Names, deciding: Deciding, asked: &[RepoPath]) -> Result<Snapshot, GitError> {
    let mut entries: Vec<(String, MemoryEntry)> = Vec::new();
    let mut folders: BTreeSet<RepoPath> = BTreeSet::from([RepoPath::root()]);
    let mut missing: Vec<String> = Vec::new();
    for (path, entry) in deciding {
        folders.extend(RepoPath::new(&path).parent());
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
    for path in asked {
        folders.extend(std::iter::successors(path.parent(), RepoPath::parent));
    }
    let untracked = untracked(git, names, &folders);
    entries.extend(untracked);
    Ok(Snapshot::memory_with(entries))
}

/// Untracked files that decide, directly in these folders or in their `.okteto`; manifests only where git does not
/// ignore them.
fn untracked(git: &Git, names: &Names, folders: &BTreeSet<RepoPath>) -> Vec<(String, MemoryEntry)> {
    let mut found = Vec::new();
    for folder in folders {
        for folder in [folder.clone(), folder.join(".okteto")] {
            let listing = std::fs::read_dir(git.top().join(folder.as_str())).into_iter().flatten().flatten();
            for name in listing.filter_map(|entry| entry.file_name().into_string().ok()) {
                let path = folder.join(&name);
                if decides(path.as_str()) && !names.is_tracked(path.as_str()) {
                    found.extend(
                        entry(git.top(), path.as_str()).map(|entry| (path.as_str().to_owned(), entry)),
                    );
                }
            }
        }
    }
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
