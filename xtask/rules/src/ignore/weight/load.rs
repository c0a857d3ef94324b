//! How much an outlet sends from this laptop.
//!
//! Files are counted from what is known already: the tree, and names on the disk beside it. Sizes cost a question
//! for each file and are asked only where the number of files is within its limit.

use crate::config::Weight;
use crate::model::descent::Descent;
use crate::model::outlets::Outlet;
use crate::snapshot::{Disk, Mode, Snapshot, Walk};
use crate::source::RepoPath;
use std::collections::BTreeMap;

/// So many entries beside the tree are looked at for one ignore file.
const MOST_ENTRIES: usize = 200_000;

/// Folders so deep below the root of an outlet are told apart.
const DEPTH: usize = 3;

/// What an outlet sends, held against the limits. Folders are sorted by their share, the largest first.
pub(super) enum Load {
    /// Within the limits.
    Light,
    /// It cannot be told.
    Unknown(String),
    /// Too many files; not all of them are counted where that would take too long.
    ManyFiles { files: u64, all: bool, folders: Vec<(RepoPath, u64)> },
    /// Few enough files, but too large.
    ManyBytes { files: u64, bytes: u64, folders: Vec<(RepoPath, u64)> },
}

/// A work tree on the disk.
#[derive(Clone, Copy)]
pub(super) struct Laptop<'a> {
    pub tree: &'a Snapshot,
    pub disk: &'a Disk,
    /// [`Disk::beside`] the tree.
    pub beside: &'a [RepoPath],
}

impl Laptop<'_> {
    /// Holds what `outlet` sends against the limits: of what its rules let through, what somebody `asks` for.
    pub fn weigh(self, outlet: &Outlet<'_>, limit: Weight, asks: &dyn Fn(&str) -> bool) -> Load {
        let mut files = Shares::of(outlet);
        // As many as may be needed: to ask the rules again would cost more than to keep the names.
        let mut sent: Vec<String> = Vec::new();
        let all = self.sent(outlet, &mut |path| {
            if !asks(path) {
                return;
            }
            files.add(path, 1);
            if files.total <= limit.files {
                sent.push(path.to_owned());
            }
        });
        if files.total > limit.files {
            return Load::ManyFiles { files: files.total, all, folders: files.heaviest() };
        }
        if !all {
            return Load::Unknown(format!("more than {MOST_ENTRIES} entries to look at"));
        }
        let mut bytes = Shares::of(outlet);
        sent.iter().for_each(|path| bytes.add(path, self.disk.length(path)));
        if bytes.total > limit.bytes {
            return Load::ManyBytes { files: files.total, bytes: bytes.total, folders: bytes.heaviest() };
        }
        Load::Light
    }

    /// Hands over the path of every file that is sent. `false` when there was too much beside the tree to look at.
    fn sent(self, outlet: &Outlet<'_>, visit: &mut dyn FnMut(&str)) -> bool {
        let mut descent = Descent::new(outlet);
        let mut elsewhere: Vec<RepoPath> = self.beside.to_vec();
        let mut beside = Beside::new(self.disk, self.beside);
        for entry in self.tree.files_under(outlet.root).filter(|entry| !entry.sparse) {
            if entry.mode == Mode::Submodule {
                elsewhere.push(RepoPath::new(entry.path));
            } else if !beside.holds(entry.path) && descent.kept_by(entry.path).is_none() {
                visit(entry.path);
            }
        }
        if outlet.root.is_root() {
            elsewhere.push(RepoPath::new(".git"));
        }
        elsewhere.sort();
        elsewhere.dedup();
        self.sent_beside(outlet, &elsewhere, visit)
    }

    /// The same for what lies at and below these paths of the disk.
    fn sent_beside(self, outlet: &Outlet<'_>, paths: &[RepoPath], visit: &mut dyn FnMut(&str)) -> bool {
        let exceptions: Vec<String> =
            outlet.rules().into_iter().filter(|rule| rule.negated).map(|rule| rule.pattern).collect();
        let mut descent = Descent::new(outlet);
        let mut entries = 0;
        let mut look = |path: &str, is_dir: bool| {
            entries += 1;
            if entries > MOST_ENTRIES {
                return Walk::Skip;
            }
            let ignored = descent.kept_by(path).is_some();
            if !is_dir {
                if !ignored {
                    visit(path);
                }
                return Walk::Skip;
            }
            if ignored && !may_reach(outlet, &exceptions, path) { Walk::Skip } else { Walk::Enter }
        };
        for path in paths {
            // A root that git does not track lies in such a folder, or is one.
            let start = if outlet.root.starts_with(path) { outlet.root } else { path };
            if !start.starts_with(outlet.root) || !self.disk.exists(start) {
                continue;
            }
            let is_dir = self.disk.is_dir(start);
            let enters = start == outlet.root || look(start.as_str(), is_dir) == Walk::Enter;
            if is_dir && enters {
                self.disk.walk(start, &mut |entry| look(entry.path, entry.is_dir));
            }
        }
        entries <= MOST_ENTRIES
    }
}

/// Tells, for paths in sorted order, which lie beside the tracked part of the tree: those are met on the disk.
struct Beside {
    /// Files, and folders with their slash, sorted.
    keys: std::iter::Peekable<std::vec::IntoIter<String>>,
}

impl Beside {
    fn new(disk: &Disk, beside: &[RepoPath]) -> Self {
        let key = |path: &RepoPath| if disk.is_dir(path) { format!("{path}/") } else { path.to_string() };
        let mut keys: Vec<String> = beside.iter().map(key).collect();
        keys.sort();
        Self { keys: keys.into_iter().peekable() }
    }

    fn holds(&mut self, path: &str) -> bool {
        let is_in =
            |key: &String| if key.ends_with('/') { path.starts_with(key.as_str()) } else { path == key };
        while self.keys.next_if(|key| key.as_str() < path && !is_in(key)).is_some() {}
        self.keys.peek().is_some_and(is_in)
    }
}

/// Whether an exception names something below an ignored folder. Names of files (`!.env.example`) could be there as
/// well, but weigh nothing.
fn may_reach(outlet: &Outlet<'_>, exceptions: &[String], folder: &str) -> bool {
    let relative = RepoPath::new(folder);
    let relative = relative.strip_prefix(outlet.root).unwrap_or_default();
    exceptions.iter().any(|pattern| {
        let body = pattern.trim_start_matches(['!', '/']).trim_start_matches("**/");
        body.starts_with(&format!("{relative}/"))
    })
}

/// A sum, and what each folder has of it.
struct Shares {
    /// Where paths below the root of the outlet begin.
    start: usize,
    total: u64,
    folders: BTreeMap<String, u64>,
    /// The folder that was added to last, and what has not reached `folders` yet: neighbours share a folder.
    last: (String, u64),
}

impl Shares {
    fn of(outlet: &Outlet<'_>) -> Self {
        let start = if outlet.root.is_root() { 0 } else { outlet.root.as_str().len() + 1 };
        Self { start, total: 0, folders: BTreeMap::new(), last: (outlet.root.to_string(), 0) }
    }

    fn add(&mut self, path: &str, share: u64) {
        self.total += share;
        let folder = path.get(..self.folder_end(path)).unwrap_or_default();
        if folder != self.last.0 {
            self.settle();
            folder.clone_into(&mut self.last.0);
        }
        self.last.1 += share;
    }

    /// Where the folder of a path ends, or the one above it that is [`DEPTH`] below the root.
    fn folder_end(&self, path: &str) -> usize {
        let below = path.as_bytes().get(self.start..).unwrap_or_default();
        let slashes = memchr::memchr_iter(b'/', below).take(DEPTH);
        slashes.last().map_or(self.start.saturating_sub(1), |slash| self.start + slash)
    }

    fn settle(&mut self) {
        let (folder, share) = &mut self.last;
        if *share > 0 {
            *self.folders.entry(folder.clone()).or_default() += std::mem::take(share);
        }
    }

    /// The folders by their share, the largest first.
    fn heaviest(mut self) -> Vec<(RepoPath, u64)> {
        self.settle();
        let mut folders: Vec<(RepoPath, u64)> = self
            .folders
            .into_iter()
            .map(|(folder, share)| (RepoPath::from(folder.as_str()), share))
            .collect();
        folders.sort_by_key(|(_, share)| std::cmp::Reverse(*share));
        folders
    }
}
