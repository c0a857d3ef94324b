//! A tree as it would be after some files changed.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::content::ReadError;
use super::tree::{NO_OBJECT, Node};
use super::{Mode, Origin, Snapshot};
use crate::source::RepoPath;

/// A snapshot with other texts for some of its files.
#[derive(Debug)]
pub(super) struct Overlaid {
    pub base: Arc<Snapshot>,
    texts: BTreeMap<RepoPath, Option<Arc<str>>>,
}

/// What becomes of an entry of the base.
#[derive(Clone, Copy)]
enum Verdict {
    Keep,
    Replace,
    Delete,
}

impl Snapshot {
    /// `base` with these texts in place of its own; `None` deletes a file. A changed file keeps its mode, a
    /// new one is a regular file. Contents that did not change are read, once, by `base`.
    ///
    /// Paths name files themselves: [`Snapshot::resolve`] tells what stands behind a symbolic link.
    pub fn overlaid(base: &Arc<Self>, texts: impl IntoIterator<Item = (RepoPath, Option<Arc<str>>)>) -> Self {
        let texts: BTreeMap<RepoPath, Option<Arc<str>>> = texts.into_iter().collect();
        let mut tree = base.tree.clone();
        let mut verdicts = vec![Verdict::Keep; tree.len()];
        for (path, text) in &texts {
            match base.tree.find(path.as_str()).and_then(|(at, _)| verdicts.get_mut(at as usize)) {
                Some(verdict) => *verdict = if text.is_some() { Verdict::Replace } else { Verdict::Delete },
                // Only a tree of four gigabytes of names has no room for one more.
                None if text.is_some() => drop(tree.push(path.as_str(), Mode::File, NO_OBJECT)),
                None => {}
            }
        }
        verdicts.resize(tree.len(), Verdict::Keep);
        tree.decide(verdicts, decide);
        tree.finish();
        let odd_names = base.odd_names.clone();
        let origin = Origin::Overlaid(Overlaid { base: Arc::clone(base), texts });
        Self { quotes: base.quotes, ..Self::new(&base.id, origin, tree, odd_names) }
    }

    /// The path of the regular file that `path` leads to: itself, unless a symbolic link is on the way.
    pub fn resolve(&self, path: &RepoPath) -> Option<RepoPath> {
        let (_, node) = self.lookup(path)?;
        Some(RepoPath::new(self.tree.path(&node)))
    }
}

fn decide(mut node: Node, verdict: Verdict) -> Option<Node> {
    match verdict {
        Verdict::Keep => {}
        Verdict::Replace => {
            node.object = NO_OBJECT;
            node.sparse = false;
        }
        Verdict::Delete => return None,
    }
    Some(node)
}

impl Overlaid {
    pub fn load(&self, path: &str) -> Result<Vec<u8>, ReadError> {
        let path = RepoPath::new(path);
        match self.texts.get(&path) {
            Some(Some(text)) => Ok(text.as_bytes().to_vec()),
            Some(None) => Err(ReadError::NotFound),
            None => match self.base.source(&path) {
                Ok(source) => Ok(source.text.as_bytes().to_vec()),
                Err(ReadError::Binary | ReadError::NotUtf8 { .. }) => {
                    self.base.read(&path).map(|bytes| bytes.to_vec())
                }
                Err(error) => Err(error),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::MemoryEntry;

    fn base() -> Arc<Snapshot> {
        let file = |text: &str| MemoryEntry::File(text.as_bytes().to_vec());
        Arc::new(Snapshot::memory_with(
            [
                ("a/kept", file("kept")),
                ("a/changed", file("old")),
                ("gone/file", file("")),
                ("link", MemoryEntry::Symlink("a/changed".to_owned())),
                ("run", MemoryEntry::Executable(b"#!/bin/sh".to_vec())),
                ("binary", MemoryEntry::File(b"\0".to_vec())),
            ]
            .map(|(path, entry)| (path.to_owned(), entry)),
        ))
    }

    #[test]
    fn an_overlay_is_the_tree_after_the_changes() {
        let base = base();
        let text = |text: &str| Some(Arc::from(text));
        let changes =
            [("a/changed", text("new")), ("gone/file", None), ("new/file", text("made")), ("run", text("x"))];
        let tree = Snapshot::overlaid(&base, changes.map(|(path, text)| (RepoPath::new(path), text)));
        let read = |path: &str| tree.source(&path.into()).map(|source| source.text.to_string());
        assert_eq!(read("a/kept").as_deref(), Ok("kept"));
        assert_eq!(read("a/changed").as_deref(), Ok("new"));
        assert_eq!(read("link").as_deref(), Ok("new"), "links lead to the new text");
        assert_eq!(read("new/file").as_deref(), Ok("made"));
        assert_eq!(read("gone/file"), Err(ReadError::NotFound));
        assert_eq!(read("binary"), Err(ReadError::Binary));
        assert!(!tree.is_dir(&"gone".into()) && tree.is_dir(&"new".into()));
        let run = tree.get(&"run".into()).map(|entry| (entry.mode, entry.oid));
        assert_eq!(run, Some((Mode::Executable, None)));
        assert_eq!(base.source(&"a/changed".into()).unwrap().text.as_ref(), "old");
    }

    #[test]
    fn files_behind_links_have_one_name() {
        let base = base();
        assert_eq!(base.resolve(&"link".into()), Some("a/changed".into()));
        assert_eq!(base.resolve(&"a/kept".into()), Some("a/kept".into()));
        assert_eq!(base.resolve(&"a".into()), None);
    }
}
