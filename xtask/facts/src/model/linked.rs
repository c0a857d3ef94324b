//! Sibling repositories that the configuration names (`repositories`): read as further trees when they are
//! present. Their files are known by a path that leads out of this one, `../platform/values.yaml`.

use crate::snapshot::Snapshot;
use crate::source::RepoPath;

/// A sibling repository.
#[derive(Debug)]
pub struct Linked {
    /// Its name in the configuration, by which repository URLs end.
    pub name: String,
    /// Where it lies, from the top level.
    pub folder: RepoPath,
    /// Its tree.
    pub tree: Snapshot,
}

/// A tree together with the path that leads to it.
#[derive(Clone, Copy, Debug)]
pub struct Rooted<'a> {
    /// The top level for the repository itself, `../NAME` for a linked one.
    pub folder: &'a RepoPath,
    /// Its name in the configuration; `None` for the repository itself.
    pub name: Option<&'a str>,
    /// The tree.
    pub tree: &'a Snapshot,
}

/// The tree that holds a path, and the path in it.
pub fn tree_of<'a>(trees: &[Rooted<'a>], path: &RepoPath) -> Option<(&'a Snapshot, RepoPath)> {
    trees.iter().find_map(|rooted| Some((rooted.tree, RepoPath::new(path.strip_prefix(rooted.folder)?))))
}

impl Rooted<'_> {
    /// A path of the tree, as rules name it.
    pub fn path(&self, inner: &str) -> RepoPath {
        self.folder.join(inner)
    }
}
