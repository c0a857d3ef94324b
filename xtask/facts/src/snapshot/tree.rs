//! The sorted paths of a snapshot: one buffer of text, small nodes, binary search.
//!
//! A hundred thousand files cost some ten megabytes and no allocation each.

use std::cmp::Ordering;
use std::ops::Range;

use super::notable::Notability;
use crate::git::{GitError, Mode};

/// Sorted entries.
#[derive(Clone, Debug, Default)]
pub(super) struct Tree {
    nodes: Vec<Node>,
    paths: String,
    objects: String,
    object_length: usize,
    /// Positions in `nodes` of what a sparse checkout leaves out.
    sparse: Vec<usize>,
    /// Positions in `nodes` of the symbolic links.
    links: Vec<usize>,
    /// Positions in `nodes` of those that are notable.
    notable: Vec<usize>,
    notability: Notability,
    /// Whether something stands between the paths and what lies there: a link, a submodule, a sparse checkout.
    opaque: bool,
}

/// One entry. The path is a piece of [`Tree::paths`].
#[derive(Clone, Copy, Debug)]
pub(super) struct Node {
    start: u32,
    length: u32,
    /// Number of the object id, or of the content in memory.
    pub object: u32,
    pub mode: Mode,
    pub sparse: bool,
    /// [`is_notable`](super::notable::is_notable), found out while git is still listing.
    pub notable: bool,
    pub untracked: bool,
}

/// A node without an object id.
pub(super) const NO_OBJECT: u32 = u32::MAX;

impl Tree {
    /// Appends an entry. Entries may come in any order; [`Tree::finish`] sorts them.
    pub fn push(&mut self, path: &str, mode: Mode, object: u32) -> Result<(), GitError> {
        let offset = |length: usize| u32::try_from(length).map_err(|_| too_large());
        let start = offset(self.paths.len())?;
        let length = offset(path.len())?;
        self.paths.push_str(path);
        let notable = self.notability.of(path);
        self.nodes.push(Node { start, length, object, mode, sparse: false, notable, untracked: false });
        Ok(())
    }

    /// Appends an entry that git does not track.
    pub fn push_untracked(&mut self, path: &str, mode: Mode, object: u32) -> Result<(), GitError> {
        self.push(path, mode, object)?;
        if let Some(node) = self.nodes.last_mut() {
            node.untracked = true;
        }
        Ok(())
    }

    /// Stores an object id and returns its number. All ids of a tree have one length.
    pub fn push_object(&mut self, oid: &str) -> Result<u32, GitError> {
        self.object_length = oid.len();
        let number = self.objects.len().checked_div(oid.len()).and_then(|number| u32::try_from(number).ok());
        self.objects.push_str(oid);
        number.filter(|number| *number != NO_OBJECT).ok_or_else(too_large)
    }

    /// Sorts what was pushed and keeps the last of entries with the same path.
    pub fn finish(&mut self) {
        let paths = std::mem::take(&mut self.paths);
        let path = |node: &Node| piece(&paths, node.start as usize, node.length as usize).as_bytes();
        if !self.nodes.is_sorted_by(|left, right| path(left) < path(right)) {
            self.nodes.sort_by(|left, right| path(left).cmp(path(right)));
            self.nodes.reverse();
            self.nodes.dedup_by(|left, right| path(left) == path(right));
            self.nodes.reverse();
        }
        self.paths = paths;
        self.nodes.shrink_to_fit();
        (self.sparse, self.links, self.notable, self.opaque) = Default::default();
        for (position, node) in self.nodes.iter().enumerate() {
            if node.sparse {
                self.sparse.push(position);
            }
            if node.mode == Mode::Symlink {
                self.links.push(position);
            }
            if node.notable {
                self.notable.push(position);
            }
            self.opaque |= node.sparse || matches!(node.mode, Mode::Symlink | Mode::Submodule);
        }
    }

    /// Replaces each node by what `decide` makes of it and of its verdict, in order.
    pub fn decide<V>(&mut self, verdicts: Vec<V>, decide: impl Fn(Node, V) -> Option<Node>) {
        let nodes = std::mem::take(&mut self.nodes);
        self.nodes =
            nodes.into_iter().zip(verdicts).filter_map(|(node, verdict)| decide(node, verdict)).collect();
    }

    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// The nodes at these positions.
    pub fn nodes(&self, range: Range<usize>) -> impl Iterator<Item = &Node> {
        self.nodes.get(range).unwrap_or_default().iter()
    }

    /// The nodes as one slice.
    pub fn all(&self) -> &[Node] {
        &self.nodes
    }

    pub fn path(&self, node: &Node) -> &str {
        piece(&self.paths, node.start as usize, node.length as usize)
    }

    /// The object id of a node, if it has one.
    pub fn object(&self, node: &Node) -> Option<&str> {
        let start =
            (node.object != NO_OBJECT).then_some(node.object as usize)?.checked_mul(self.object_length)?;
        Some(piece(&self.objects, start, self.object_length)).filter(|oid| !oid.is_empty())
    }

    /// Position and node of the entry with this path.
    pub fn find(&self, path: &str) -> Option<(u32, &Node)> {
        let position =
            self.nodes.binary_search_by(|node| self.path(node).as_bytes().cmp(path.as_bytes())).ok()?;
        Some((u32::try_from(position).ok()?, self.nodes.get(position)?))
    }

    /// The positions of all entries below `folder`; the empty path means the top level.
    pub fn below(&self, folder: &str) -> Range<usize> {
        if folder.is_empty() {
            return 0..self.nodes.len();
        }
        let side = |node: &Node| compare_below(self.path(node).as_bytes(), folder.as_bytes());
        let start = self.nodes.partition_point(|node| side(node) == Ordering::Less);
        let rest = self.nodes.get(start..).unwrap_or_default();
        start..start + rest.partition_point(|node| side(node) == Ordering::Equal)
    }

    /// Whether some path may lie behind a link, in a submodule or outside a sparse checkout.
    pub const fn has_opaque(&self) -> bool {
        self.opaque
    }

    /// The nodes that are [notable](super::notable::is_notable), sorted: in a large tree they are few, and asked for by every model.
    pub fn notable(&self) -> impl Iterator<Item = &Node> {
        self.notable.iter().filter_map(|position| self.nodes.get(*position))
    }

    /// Whether there are symbolic links at all.
    pub const fn has_links(&self) -> bool {
        !self.links.is_empty()
    }

    /// Whether a symbolic link stands at exactly this path.
    pub fn is_link(&self, path: &str) -> bool {
        // Most trees have none, few have many; and each path is asked for with all folders above it.
        let at = |position: &usize| self.nodes.get(*position).map_or("", |node| self.path(node));
        self.links.binary_search_by(|position| at(position).as_bytes().cmp(path.as_bytes())).is_ok()
    }

    /// Whether `folder` holds entries, and a sparse checkout leaves out all of them.
    pub fn is_sparse(&self, folder: &str) -> bool {
        if self.sparse.is_empty() {
            return false;
        }
        let range = self.below(folder);
        let before = |end| self.sparse.partition_point(|position| *position < end);
        !range.is_empty() && before(range.end) - before(range.start) == range.len()
    }

    /// The names directly below `folder`, sorted, and whether each is a folder.
    pub fn children(&self, folder: &str) -> Vec<(String, bool)> {
        let range = self.below(folder);
        let skip = if folder.is_empty() { 0 } else { folder.len() + 1 };
        let mut children = Vec::new();
        let mut position = range.start;
        while let Some(node) = self.nodes.get(position).filter(|_| position < range.end) {
            let path = self.path(node);
            let rest = path.get(skip..).unwrap_or_default();
            match rest.split_once('/') {
                Some((name, _)) => {
                    children.push((name.to_owned(), true));
                    let subfolder = path.get(..skip + name.len()).unwrap_or_default();
                    position = self.below(subfolder).end.max(position + 1);
                }
                None => {
                    children.push((rest.to_owned(), false));
                    position += 1;
                }
            }
        }
        // By path `a.b` comes before `a/c`, by name after `a`.
        children.sort();
        children
    }
}

/// On which side of the entries below `folder` a path lies.
fn compare_below(path: &[u8], folder: &[u8]) -> Ordering {
    match path.split_at_checked(folder.len()) {
        Some((head, rest)) => {
            head.cmp(folder).then(rest.first().map_or(Ordering::Less, |byte| byte.cmp(&b'/')))
        }
        None => path.cmp(folder),
    }
}

fn piece(text: &str, start: usize, length: usize) -> &str {
    text.get(start..start + length).unwrap_or_default()
}

fn too_large() -> GitError {
    GitError::Failed {
        command: "git ls-files".to_owned(),
        stderr: "more than four gigabytes of path names".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn tree(paths: &[String]) -> Tree {
        let mut tree = Tree::default();
        for path in paths {
            tree.push(path, Mode::File, NO_OBJECT).unwrap();
        }
        tree.finish();
        tree
    }

    proptest! {
        /// Ranges and children are what a look at every single path says.
        #[test]
        fn search_agrees_with_a_linear_scan(
            paths in prop::collection::vec("[ab.\u{1}я-]{1,2}(/[ab.\u{1}я-]{1,2}){0,3}", 0..40),
            folder in "([ab.я-]{1,2}(/[ab.я-]{1,2}){0,2})?",
        ) {
            let tree = tree(&paths);
            let mut sorted = paths.clone();
            sorted.sort();
            sorted.dedup();
            let found: Vec<&str> = tree.nodes(0..tree.len()).map(|node| tree.path(node)).collect();
            prop_assert_eq!(&found, &sorted);

            let prefix = if folder.is_empty() { String::new() } else { format!("{folder}/") };
            let expected: Vec<&str> =
                sorted.iter().filter_map(|path| path.starts_with(&prefix).then_some(path.as_str())).collect();
            let below: Vec<&str> = tree.nodes(tree.below(&folder)).map(|node| tree.path(node)).collect();
            prop_assert_eq!(&below, &expected);

            let mut children: Vec<(String, bool)> = expected
                .iter()
                .filter_map(|path| path.strip_prefix(prefix.as_str()))
                .map(|rest| match rest.split_once('/') {
                    Some((name, _)) => (name.to_owned(), true),
                    None => (rest.to_owned(), false),
                })
                .collect();
            children.sort();
            children.dedup();
            prop_assert_eq!(tree.children(&folder), children);
            for path in &sorted {
                prop_assert!(tree.find(path).is_some());
            }
            prop_assert_eq!(tree.find(&folder).is_some(), sorted.contains(&folder));
        }
    }
}
