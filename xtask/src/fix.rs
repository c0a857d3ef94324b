//! Repairs: which fixes go together, what the files read afterwards, and how they get to the disk.
//!
//! The core is pure: [`repair`] plans and applies fixes on an [`Overlay`] over the checked tree until nothing
//! changes, and [`unified_diff`] shows the result. Only [`Writer`] touches the disk, once, at the end.

mod carry;
mod diff;
mod edits;
mod passes;
mod plan;
mod summary;
mod write;

use crate::source::RepoPath;
use std::collections::BTreeMap;
use std::sync::Arc;

pub use carry::{Carried, carry_over};
pub use diff::unified_diff;
pub use edits::{TextEdit, apply};
pub use passes::{Left, MAX_PASSES, Outcome, Row, repair};
pub use plan::{Decision, Plan, Refusal, plan};
pub use summary::{Target, last_line, rows};
pub use write::Writer;

/// Reads a file of the checked tree; `None` when it does not exist or is no text.
pub type Read<'a> = &'a dyn Fn(&RepoPath) -> Option<Arc<str>>;

/// What one file was and what it becomes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The file.
    pub path: RepoPath,
    /// Its text so far; `None` when it is created.
    pub before: Option<Arc<str>>,
    /// Its text afterwards; `None` when it is deleted.
    pub after: Option<Arc<str>>,
}

/// The files that earlier passes changed, in memory, on top of a tree that stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Overlay {
    files: BTreeMap<RepoPath, Option<Arc<str>>>,
}

impl Overlay {
    /// The new text of a file: `Some(None)` when it was deleted, `None` when the tree's own text holds.
    pub fn get(&self, path: &RepoPath) -> Option<Option<&Arc<str>>> {
        self.files.get(path).map(Option::as_ref)
    }

    /// The text of a file as it is now, with `base` for what was not changed.
    pub fn text(&self, path: &RepoPath, base: Read<'_>) -> Option<Arc<str>> {
        self.files.get(path).map_or_else(|| base(path), Clone::clone)
    }

    /// Sets a file's text; `None` deletes it.
    pub fn set(&mut self, path: RepoPath, text: Option<Arc<str>>) {
        self.files.insert(path, text);
    }

    /// Lets go of what reads as in `base` again, so that equal trees are equal overlays.
    fn forget_unchanged(&mut self, base: Read<'_>) {
        self.files.retain(|path, text| base(path) != *text);
    }

    /// Every file that was touched, by path.
    pub fn iter(&self) -> impl Iterator<Item = (&RepoPath, Option<&Arc<str>>)> {
        self.files.iter().map(|(path, text)| (path, text.as_ref()))
    }

    /// What really differs from `base`, by path.
    pub fn changes(&self, base: Read<'_>) -> Vec<Change> {
        let changes = self.files.iter().map(|(path, after)| Change {
            path: path.clone(),
            before: base(path),
            after: after.clone(),
        });
        changes.filter(|change| change.before != change.after).collect()
    }
}
