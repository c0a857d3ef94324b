//! Writing into the index: the one thing that changes a repository, for `fix --staged` alone.

use super::{Git, GitError, Mode};
use crate::source::RepoPath;

/// What becomes of an entry of the index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IndexChange {
    /// The path.
    pub path: RepoPath,
    /// Its mode and content; `None` removes it.
    pub content: Option<(Mode, Vec<u8>)>,
}

impl Git {
    /// Stages all changes in one step: the index is the old one or the new one. The contents are taken as
    /// they are, without the filters of `.gitattributes`.
    ///
    /// # Errors
    /// When git fails, as when another git holds the lock of the index.
    pub fn stage(&self, changes: &[IndexChange]) -> Result<(), GitError> {
        let mut records = Vec::new();
        for IndexChange { path, content } in changes {
            let (mode, oid) = match content {
                Some((mode, bytes)) => (mode.octal(), self.hash(&["-w"], bytes)?),
                // Any well-formed id will do for what goes.
                None => ("0", "0".repeat(40)),
            };
            records.extend_from_slice(format!("{mode} {oid}\t{}\0", path.as_str()).as_bytes());
        }
        self.runner.answer(["update-index", "-z", "--index-info"], &records).map(drop)
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
