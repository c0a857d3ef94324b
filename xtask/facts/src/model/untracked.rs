//! What may be on a laptop without being part of the tree: paths that git ignores.

use crate::snapshot::Snapshot;
use crate::source::RepoPath;
use crate::syntax::ignore::gitignore::{Gitignore, Stack};

/// The `.gitignore` files of a tree.
#[derive(Debug, Default)]
pub struct Untracked {
    stack: Stack,
}

impl Untracked {
    /// Reads the `.gitignore` files of the tree.
    pub fn of(tree: &Snapshot) -> Self {
        let mut stack = Stack::new();
        for entry in tree.notable() {
            let Some(folder) = entry.path.strip_suffix(".gitignore") else { continue };
            let folder = folder.strip_suffix('/').unwrap_or(folder);
            let is_name = folder.is_empty() || entry.path.len() == folder.len() + "/.gitignore".len();
            if !is_name {
                continue;
            }
            if let Ok(file) = tree.source(&RepoPath::new(entry.path)) {
                stack.add(folder, entry.path, Gitignore::parse(&file.text));
            }
        }
        Self { stack }
    }

    /// Whether git ignores the path, taken for a file or for a folder: it may well exist, made by a build or by
    /// hand.
    pub fn may_exist(&self, path: &RepoPath) -> bool {
        let path = path.as_str();
        self.stack.verdict(path, false).0 || self.stack.verdict(path, true).0
    }
}
