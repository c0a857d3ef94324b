//! Writing into the index: the one thing that changes a repository, for `fix --staged` alone.

use super::{Git, GitError, Mode};
use crate::source::RepoPath;
use std::collections::BTreeSet;

/// What becomes of an entry of the index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IndexChange {
    /// The path.
    pub path: RepoPath,
    /// Its mode and content; `None` removes it.
    pub content: Option<(Mode, Vec<u8>)>,
}

/// A change whose content git has already: all that is left is to write it into the index.
#[derive(Debug)]
pub struct Prepared {
    /// Lines of `git update-index --index-info`.
    records: Vec<u8>,
    /// Entries that git does not expect in the work tree (`skip-worktree`), as a sparse checkout has them.
    left_out: BTreeSet<RepoPath>,
    /// Entries that git is told not to look at (`assume-unchanged`).
    assumed: BTreeSet<RepoPath>,
}

impl Prepared {
    /// Whether the path belongs to no work tree: a sparse checkout leaves it out.
    pub fn leaves_out(&self, path: &RepoPath) -> bool {
        self.left_out.contains(path)
    }
}

impl Git {
    /// Hands the contents of the changes to git, as they are, without the filters of `.gitattributes`. The index
    /// stays as it is.
    ///
    /// # Errors
    /// When git fails.
    pub fn prepare(&self, changes: &[IndexChange]) -> Result<Prepared, GitError> {
        let mut records = Vec::new();
        for IndexChange { path, content } in changes {
            let (mode, oid) = match content {
                Some((mode, bytes)) => (mode.octal(), self.hash(&["-w"], bytes)?),
                // Any id of the right length will do for what goes.
                None => ("0", "0".repeat(self.blob_id(b"")?.len())),
            };
            records.extend_from_slice(format!("{mode} {oid}\t{}\0", path.as_str()).as_bytes());
        }
        let (left_out, assumed) = self.flagged(changes)?;
        Ok(Prepared { records, left_out, assumed })
    }

    /// Writes prepared changes into the index, in one step: it is the old one or the new one. What git was told
    /// about an entry besides its content holds for the new content too.
    ///
    /// # Errors
    /// When git fails, as when another git holds the lock of the index.
    pub fn stage(&self, prepared: &Prepared) -> Result<(), GitError> {
        self.runner.answer(["update-index", "-z", "--index-info"], &prepared.records)?;
        for (flag, paths) in
            [("--skip-worktree", &prepared.left_out), ("--assume-unchanged", &prepared.assumed)]
        {
            if !paths.is_empty() {
                self.runner.answer(["update-index", "-z", flag, "--stdin"], &listed(paths))?;
            }
        }
        Ok(())
    }

    /// Those of the changed paths that a sparse checkout leaves out, new ones among them, and those that git
    /// assumes unchanged.
    fn flagged(&self, changes: &[IndexChange]) -> Result<(BTreeSet<RepoPath>, BTreeSet<RepoPath>), GitError> {
        let kept = changes.iter().filter(|change| change.content.is_some());
        let mut unknown: BTreeSet<RepoPath> = kept.map(|change| change.path.clone()).collect();
        let (mut left_out, mut assumed) = (BTreeSet::new(), BTreeSet::new());
        self.runner.records(["ls-files", "-v", "-z"], |record| {
            // `H`, or `S` for skip-worktree; a small letter says assume-unchanged too.
            if let Some((tag, name)) = record.split_at_checked(2)
                && let Ok(name) = std::str::from_utf8(name)
                && let Some(path) = unknown.take(&RepoPath::new(name))
            {
                if tag.eq_ignore_ascii_case(b"S ") {
                    left_out.insert(path.clone());
                }
                if tag.first().is_some_and(u8::is_ascii_lowercase) {
                    assumed.insert(path);
                }
            }
            Ok(())
        })?;
        let is_sparse = self.output(&["config", "--type=bool", "--get", "core.sparseCheckout"]);
        if is_sparse.is_ok_and(|answer| answer.starts_with(b"true")) && !unknown.is_empty() {
            // Before 2.41 git does not tell: the new files are then written into the work tree.
            let question = listed(&unknown);
            let inside = self.runner.answer(["sparse-checkout", "check-rules", "-z"], &question);
            let inside = inside.unwrap_or(question);
            let inside: BTreeSet<&[u8]> = inside.split(|byte| *byte == 0).collect();
            unknown.retain(|path| !inside.contains(path.as_str().as_bytes()));
            left_out.append(&mut unknown);
        }
        Ok((left_out, assumed))
    }

    /// The object id that a blob of these bytes would have. Writes nothing.
    ///
    /// # Errors
    /// When git fails.
    pub fn blob_id(&self, bytes: &[u8]) -> Result<String, GitError> {
        self.hash(&[], bytes)
    }

    fn hash(&self, flags: &[&str], bytes: &[u8]) -> Result<String, GitError> {
        let args = ["hash-object", "--stdin", "--no-filters"];
        let oid = self.runner.answer(args.iter().chain(flags), bytes)?;
        Ok(String::from_utf8_lossy(&oid).trim().to_owned())
    }
}

/// Paths as git reads them with `-z`.
fn listed(paths: &BTreeSet<RepoPath>) -> Vec<u8> {
    paths.iter().flat_map(|path| [path.as_str().as_bytes(), b"\0"].concat()).collect()
}
