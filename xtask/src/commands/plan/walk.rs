//! The walk over a folder: what the rules let through, and what each of them keeps back.

use crate::model::verdict::DecidedBy;
use crate::snapshot::{Disk, DiskEntry, Walk};
use crate::source::RepoPath;
use crate::syntax::ignore::Rule;
use crate::syntax::ignore::dockerignore::{Dockerignore, Walker};
use crate::syntax::ignore::stignore::{Decision, Stignore};
use serde::Serialize;
use std::collections::BTreeMap;

/// Whose rules hold.
#[derive(Clone, Copy, Debug)]
pub enum Filter<'a> {
    /// Nobody's: everything is sent.
    Nothing,
    /// Syncthing's.
    Stignore(&'a Stignore),
    /// BuildKit's.
    Docker(&'a Dockerignore),
}

/// Files and their bytes. A symbolic link counts as a file with the bytes of its target's name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Tally {
    /// Files and links.
    pub files: u64,
    /// Bytes of their contents.
    pub bytes: u64,
}

impl Tally {
    fn add(&mut self, bytes: u64) {
        self.files += 1;
        self.bytes += bytes;
    }
}

/// What is sent, and what is not.
#[derive(Debug, Default, Serialize)]
pub struct Walked {
    /// What is sent.
    pub sent: Tally,
    /// What stays.
    pub ignored: Tally,
    /// What is sent of the heaviest folders; one folder is never part of another one here.
    pub folders: Vec<Folder>,
    /// What each ignoring line keeps back, the heaviest first.
    pub lines: Vec<Line>,
}

/// A folder in what is sent.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Folder {
    /// The folder, from the top of the repository.
    pub path: String,
    /// Only the files directly in it: its folders are listed apart.
    pub only_files: bool,
    /// What is sent of it.
    #[serde(flatten)]
    pub tally: Tally,
}

/// A line that keeps something back, or nothing.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Line {
    /// The file that holds the line.
    pub file: String,
    /// 1-based.
    pub line: usize,
    /// The pattern.
    pub pattern: String,
    /// What it keeps back.
    #[serde(flatten)]
    pub tally: Tally,
}

/// Folders shown at most.
const MAX_FOLDERS: usize = 10;
/// A folder with more than this part of everything is shown by its folders.
const LARGE: f64 = 0.25;
/// Folders are split so many levels below the root.
const MAX_DEPTH: usize = 4;

/// Walks `root` on the disk. Also returns the first error of an evaluation: there the real tool stops.
pub fn walk(
    disk: &Disk,
    root: &RepoPath,
    filter: Filter<'_>,
    rules: &[Rule],
    ignore_file: &RepoPath,
) -> (Walked, Option<String>) {
    let mut walker = Walking { root, stack: vec![(String::new(), State::top(filter))], ..Walking::new(root) };
    disk.walk(root, &mut |entry| walker.visit(entry));
    let mut lines: Vec<Line> = rules
        .iter()
        .enumerate()
        .filter(|(_, rule)| !rule.negated)
        .map(|(index, rule)| Line {
            file: DecidedBy::new(ignore_file, rule).file.to_string(),
            line: rule.line,
            pattern: rule.pattern.clone(),
            tally: walker.by_rule.get(&index).copied().unwrap_or_default(),
        })
        .collect();
    lines.sort_by_key(|line| std::cmp::Reverse((line.tally.bytes, line.tally.files)));
    let folders = walker.heaviest();
    let Walking { sent, ignored, error, .. } = walker;
    (Walked { sent, ignored, folders, lines }, error)
}

struct Walking<'a> {
    root: &'a RepoPath,
    /// The folders on the way, relative to the root, with the state there.
    stack: Vec<(String, State<'a>)>,
    sent: Tally,
    ignored: Tally,
    by_rule: BTreeMap<usize, Tally>,
    /// What is sent of each folder, all below it included.
    folders: BTreeMap<String, Tally>,
    error: Option<String>,
}

/// What holds in a folder.
#[derive(Clone, Debug)]
enum State<'a> {
    /// Nobody's rules.
    Open,
    /// Syncthing looks into it.
    Stignore(&'a Stignore),
    /// BuildKit's state there.
    Docker(Walker<'a>),
    /// Everything stays, by this rule.
    Closed(Option<usize>),
}

impl<'a> State<'a> {
    fn top(filter: Filter<'a>) -> Self {
        match filter {
            Filter::Nothing => Self::Open,
            Filter::Stignore(rules) => Self::Stignore(rules),
            Filter::Docker(rules) => Self::Docker(rules.walker()),
        }
    }

    /// Whether an entry of this folder stays, by which rule, and the state inside it.
    fn ask(&self, path: &str, is_dir: bool) -> Result<(bool, Option<usize>, State<'a>), String> {
        Ok(match self {
            Self::Open => (false, None, Self::Open),
            Self::Closed(rule) => (true, *rule, self.clone()),
            Self::Stignore(rules) => {
                let verdict = rules.matches(path).map_err(|error| error.message)?;
                let rule = match verdict.decision {
                    Decision::Rule(rule) => Some(rule),
                    Decision::BuiltIn | Decision::None => None,
                };
                let closed = verdict.ignored && verdict.can_skip_dir;
                let inside = if closed { Self::Closed(rule) } else { self.clone() };
                (verdict.ignored, rule, inside)
            }
            Self::Docker(walker) if is_dir => {
                let (inner, verdict) = walker.enter(path).map_err(|error| error.message)?;
                let inside =
                    if inner.is_skipped() { Self::Closed(verdict.rule) } else { Self::Docker(inner) };
                (verdict.ignored, verdict.rule, inside)
            }
            Self::Docker(walker) => {
                let verdict = walker.verdict(path).map_err(|error| error.message)?;
                (verdict.ignored, verdict.rule, self.clone())
            }
        })
    }
}

impl<'a> Walking<'a> {
    fn new(root: &'a RepoPath) -> Self {
        Self {
            root,
            stack: Vec::new(),
            sent: Tally::default(),
            ignored: Tally::default(),
            by_rule: BTreeMap::new(),
            folders: BTreeMap::new(),
            error: None,
        }
    }

    fn visit(&mut self, entry: DiskEntry<'_>) -> Walk {
        let path = if self.root.is_root() {
            entry.path
        } else {
            entry.path.get(self.root.as_str().len() + 1..).unwrap_or_default()
        };
        let parent = path.rsplit_once('/').map_or("", |(parent, _)| parent);
        while self.stack.last().is_some_and(|(folder, _)| folder != parent) {
            self.stack.pop();
        }
        let state = self.stack.last().map_or(State::Open, |(_, state)| state.clone());
        let (ignored, rule, inside) = state.ask(path, entry.is_dir).unwrap_or_else(|error| {
            self.error.get_or_insert(format!("{path}: {error}"));
            (false, None, state)
        });
        if entry.is_dir {
            self.stack.push((path.to_owned(), inside));
        } else if ignored {
            self.ignored.add(entry.bytes());
            if let Some(rule) = rule {
                self.by_rule.entry(rule).or_default().add(entry.bytes());
            }
        } else {
            self.sent.add(entry.bytes());
            self.count(parent, entry.bytes());
        }
        Walk::Enter
    }

    /// Counts a file for its folder and those above.
    fn count(&mut self, folder: &str, bytes: u64) {
        let ends = folder.match_indices('/').map(|(at, _)| at).chain([folder.len()]);
        let above = ends.take(MAX_DEPTH).filter_map(|end| folder.get(..end));
        for folder in above.filter(|folder| !folder.is_empty()).chain([""]) {
            match self.folders.get_mut(folder) {
                Some(tally) => tally.add(bytes),
                None => self.folders.entry(folder.to_owned()).or_default().add(bytes),
            }
        }
    }

    /// The folders to show: the root, the large ones split into their folders, as long as there is room.
    fn heaviest(&self) -> Vec<Folder> {
        let mut shown = vec![Piece { path: String::new(), only_files: false, tally: self.sent }];
        let large = (self.sent.bytes as f64 * LARGE) as u64;
        loop {
            shown.sort_by_key(|piece| std::cmp::Reverse((piece.tally.bytes, piece.tally.files)));
            let split = shown.iter().enumerate().find_map(|(index, piece)| {
                let wanted = piece.path.is_empty() || piece.tally.bytes > large;
                let pieces = (wanted && !piece.only_files).then(|| self.split(piece))?;
                let fits = pieces.len() > 1 && shown.len() + pieces.len() <= MAX_FOLDERS;
                (piece.path.is_empty() || fits).then_some((index, pieces))
            });
            let Some((index, pieces)) = split else { break };
            shown.remove(index);
            shown.extend(pieces);
        }
        shown.retain(|piece| piece.tally.files > 0);
        shown.into_iter().map(|piece| self.folder(piece)).collect()
    }

    /// The folders directly below, and the files directly in it.
    fn split(&self, piece: &Piece) -> Vec<Piece> {
        let prefix = if piece.path.is_empty() { String::new() } else { format!("{}/", piece.path) };
        let mut rest = piece.tally;
        let mut pieces = Vec::new();
        for (path, tally) in self.folders.range(prefix.clone()..) {
            let Some(name) = path.strip_prefix(prefix.as_str()) else { break };
            if !name.is_empty() && !name.contains('/') {
                rest.files -= tally.files;
                rest.bytes -= tally.bytes;
                pieces.push(Piece { path: path.clone(), only_files: false, tally: *tally });
            }
        }
        if rest.files > 0 {
            pieces.push(Piece { path: piece.path.clone(), only_files: true, tally: rest });
        }
        pieces
    }

    fn folder(&self, piece: Piece) -> Folder {
        let path = self.root.join(&piece.path).to_string();
        Folder { path, only_files: piece.only_files, tally: piece.tally }
    }
}

struct Piece {
    path: String,
    only_files: bool,
    tally: Tally,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folders(files: &[(&str, u64)]) -> Vec<(String, bool, u64)> {
        let root = RepoPath::root();
        let mut walking = Walking::new(&root);
        for (path, bytes) in files {
            walking.sent.add(*bytes);
            walking.count(path.rsplit_once('/').map_or("", |(folder, _)| folder), *bytes);
        }
        let folders = walking.heaviest();
        folders.into_iter().map(|folder| (folder.path, folder.only_files, folder.tally.bytes)).collect()
    }

    #[test]
    fn large_folders_are_shown_by_their_parts() {
        let found = folders(&[("a/x/1", 60), ("a/y/1", 30), ("a/2", 3), ("b/z/1", 6), ("c", 1)]);
        let expected =
            [("a/x", false, 60), ("a/y", false, 30), ("b", false, 6), ("a", true, 3), (".", true, 1)];
        assert_eq!(found, expected.map(|(path, only, bytes)| (path.to_owned(), only, bytes)));
    }

    #[test]
    fn a_chain_of_single_folders_stays_whole() {
        assert_eq!(folders(&[("a/b/c/d/e/1", 5)]), [("a".to_owned(), false, 5)]);
        assert!(folders(&[]).is_empty());
    }
}
