//! The walk over a folder: what the rules let through, and what each of them keeps back.

use crate::model::descent::{Descent, Gate, KeptBy};
use crate::model::verdict::DecidedBy;
use crate::snapshot::Disk;
use crate::source::RepoPath;
use crate::syntax::ignore::Rule;
use serde::Serialize;
use std::collections::BTreeMap;

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
    gate: Gate<'_>,
    rules: &[Rule],
    ignore_file: &RepoPath,
) -> (Walked, Option<String>) {
    let mut descent = Descent::through(root, vec![gate]);
    let mut count = Count::new(root);
    disk.everything(root, &mut |entry| {
        // Folders are asked for the error alone.
        let kept_by = descent.kept_by(entry.path);
        if !entry.is_dir {
            count.file(entry.path, entry.bytes(), kept_by);
        }
    });
    let mut lines: Vec<Line> = rules
        .iter()
        .enumerate()
        .filter(|(_, rule)| !rule.negated)
        .map(|(index, rule)| Line {
            file: DecidedBy::new(ignore_file, rule).file.to_string(),
            line: rule.line,
            pattern: rule.pattern.clone(),
            tally: count.by_rule.get(&index).copied().unwrap_or_default(),
        })
        .collect();
    lines.sort_by_key(|line| std::cmp::Reverse((line.tally.bytes, line.tally.files)));
    let folders = count.heaviest();
    let walked = Walked { sent: count.sent, ignored: count.ignored, folders, lines };
    (walked, descent.failure().map(str::to_owned))
}

struct Count<'a> {
    root: &'a RepoPath,
    sent: Tally,
    ignored: Tally,
    by_rule: BTreeMap<usize, Tally>,
    /// What is sent of each folder, all below it included.
    folders: BTreeMap<String, Tally>,
}

impl<'a> Count<'a> {
    fn new(root: &'a RepoPath) -> Self {
        let (sent, ignored) = (Tally::default(), Tally::default());
        Self { root, sent, ignored, by_rule: BTreeMap::new(), folders: BTreeMap::new() }
    }

    fn file(&mut self, path: &str, bytes: u64, kept_by: Option<KeptBy>) {
        match kept_by {
            Some(kept_by) => {
                self.ignored.add(bytes);
                if let KeptBy::Rule { rule, .. } = kept_by {
                    self.by_rule.entry(rule).or_default().add(bytes);
                }
            }
            None => {
                self.sent.add(bytes);
                let start = if self.root.is_root() { 0 } else { self.root.as_str().len() + 1 };
                let path = path.get(start..).unwrap_or_default();
                self.count(path.rsplit_once('/').map_or("", |(folder, _)| folder), bytes);
            }
        }
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
        let mut count = Count::new(&root);
        for (path, bytes) in files {
            count.file(path, *bytes, None);
        }
        let folders = count.heaviest();
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
