//! Which fixes are applied in one pass.

use super::edits::{Edits, TextEdit, apply};
use super::{Overlay, Read};
use crate::diagnostic::{Diagnostic, Edit, Fix, Safety};
use crate::source::RepoPath;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

/// What one pass does.
#[derive(Debug, Default)]
pub struct Plan {
    /// One decision for each diagnostic, in their order.
    pub decisions: Vec<Decision>,
    /// The files whose text changes.
    pub changes: Overlay,
}

/// What becomes of one diagnostic in a pass.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// It has no fix.
    ByHand,
    /// Its fix waits for `--unsafe`.
    NeedsReview,
    /// All edits of its fix are applied.
    Apply,
    /// Its fix meets that of an earlier diagnostic: its turn comes in the next pass.
    Wait,
    /// Its fix cannot be applied.
    Refuse(Refusal),
}

/// Why a fix cannot be applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// It would create a file that exists.
    Exists(RepoPath),
    /// It would change a file that does not exist or is no text.
    Missing(RepoPath),
    /// A span of it does not fit the text.
    Misfit(RepoPath),
    /// It would write outside of the repository or into git's own folder.
    OutOfBounds(RepoPath),
    /// It would write where this work tree has nothing of its own: into what a sparse checkout leaves out, a
    /// submodule, or behind a link.
    OutOfReach(RepoPath),
    /// Its own edits overlap.
    Contradiction(RepoPath),
    /// It would leave everything as it is.
    NoChange,
    /// It would leave a file with more syntax errors than before.
    Breaks(RepoPath),
}

impl fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exists(path) => write!(formatter, "`{path}` exists already"),
            Self::Missing(path) => write!(formatter, "`{path}` is not there or is no text"),
            Self::Misfit(path) => write!(formatter, "the fix does not fit the text of `{path}`"),
            Self::OutOfBounds(path) => write!(formatter, "`{path}` is not ours to write"),
            Self::OutOfReach(path) => write!(formatter, "`{path}` is not part of this work tree"),
            Self::Contradiction(path) => write!(formatter, "its edits of `{path}` overlap"),
            Self::NoChange => formatter.write_str("the fix changes nothing"),
            Self::Breaks(path) => write!(formatter, "the fix would break the syntax of `{path}`"),
        }
    }
}

/// Picks fixes in the order of the diagnostics: each with all of its edits, or not at all. Edits that two
/// fixes have in common are made once; a fix that collides with an earlier one waits.
///
/// `read` gives the text that was checked.
pub fn plan(diagnostics: &[Diagnostic], allow_unsafe: bool, read: Read<'_>) -> Plan {
    plan_except(diagnostics, allow_unsafe, read, &|_| None)
}

/// As [`plan`], without the fixes that `barred` gives a reason against.
pub(super) fn plan_except(
    diagnostics: &[Diagnostic],
    allow_unsafe: bool,
    read: Read<'_>,
    barred: &dyn Fn(&Diagnostic) -> Option<Refusal>,
) -> Plan {
    let mut draft = Draft { files: BTreeMap::new(), read };
    let decide = |diagnostic: &Diagnostic| match &diagnostic.fix {
        None => Decision::ByHand,
        Some(fix) if fix.safety == Safety::Unsafe && !allow_unsafe => Decision::NeedsReview,
        Some(fix) => match barred(diagnostic) {
            Some(refusal) => Decision::Refuse(refusal),
            None => draft.take(fix),
        },
    };
    let decisions = diagnostics.iter().map(decide).collect();
    Plan { decisions, changes: draft.finish() }
}

/// What the fixes taken so far do to a file.
enum Pending {
    Edited { before: Arc<str>, edits: Edits },
    Created(String),
    Deleted,
}

struct Draft<'a> {
    files: BTreeMap<RepoPath, Pending>,
    read: Read<'a>,
}

/// How an edit stands to the fixes taken so far.
enum Standing {
    New,
    Done,
    Collides,
}

impl Draft<'_> {
    fn take(&mut self, fix: &Fix) -> Decision {
        let mut own: BTreeMap<&RepoPath, Vec<&Edit>> = BTreeMap::new();
        let mut merged = false;
        for edit in &fix.edits {
            if let Some(refusal) = self.refusal(edit) {
                return Decision::Refuse(refusal);
            }
            match self.standing(edit) {
                Standing::New if self.changes_nothing(edit) => {}
                Standing::New => own.entry(edit.path()).or_default().push(edit),
                Standing::Done => merged = true,
                Standing::Collides => return Decision::Wait,
            }
        }
        if own.is_empty() && !merged {
            return Decision::Refuse(Refusal::NoChange);
        }
        if let Some(path) = own.iter().find_map(|(path, edits)| contradictory(edits).then_some(*path)) {
            return Decision::Refuse(Refusal::Contradiction(path.clone()));
        }
        for edit in own.into_values().flatten() {
            self.add(edit);
        }
        Decision::Apply
    }

    fn refusal(&self, edit: &Edit) -> Option<Refusal> {
        let path = edit.path();
        if path.is_root() || path.is_outside() || path.components().any(|part| part == ".git") {
            return Some(Refusal::OutOfBounds(path.clone()));
        }
        let text = (self.read)(path);
        match (edit, text) {
            (Edit::Create { .. }, Some(_)) => Some(Refusal::Exists(path.clone())),
            (Edit::Create { .. }, None) => None,
            (_, None) => Some(Refusal::Missing(path.clone())),
            (Edit::Replace { place, .. }, Some(text)) => {
                let fits = text.get(place.span.start..place.span.end).is_some();
                (!fits).then(|| Refusal::Misfit(path.clone()))
            }
            (Edit::Delete { .. }, Some(_)) => None,
        }
    }

    fn changes_nothing(&self, edit: &Edit) -> bool {
        match edit {
            Edit::Replace { place, text } => {
                (self.read)(&place.path).is_some_and(|before| place.span.slice(&before) == text)
            }
            Edit::Create { .. } | Edit::Delete { .. } => false,
        }
    }

    fn standing(&self, edit: &Edit) -> Standing {
        match (self.files.get(edit.path()), edit) {
            (None, _) => Standing::New,
            (Some(Pending::Edited { edits, .. }), Edit::Replace { place, text }) => {
                let edit = TextEdit { span: place.span, text: text.clone() };
                if edits.contains(&edit) {
                    Standing::Done
                } else if edits.collide(&edit) {
                    Standing::Collides
                } else {
                    Standing::New
                }
            }
            (Some(Pending::Created(created)), Edit::Create { text, .. }) if created == text => Standing::Done,
            (Some(Pending::Deleted), Edit::Delete { .. }) => Standing::Done,
            (Some(_), _) => Standing::Collides,
        }
    }

    fn add(&mut self, edit: &Edit) {
        let path = edit.path().clone();
        match edit {
            Edit::Create { text, .. } => {
                self.files.insert(path, Pending::Created(text.clone()));
            }
            Edit::Delete { .. } => {
                self.files.insert(path, Pending::Deleted);
            }
            Edit::Replace { place, text } => {
                let before = (self.read)(&path).unwrap_or_default();
                let pending =
                    self.files.entry(path).or_insert(Pending::Edited { before, edits: Edits::default() });
                if let Pending::Edited { edits, .. } = pending {
                    edits.push(TextEdit { span: place.span, text: text.clone() });
                }
            }
        }
    }

    fn finish(self) -> Overlay {
        let mut overlay = Overlay::default();
        for (path, pending) in self.files {
            match pending {
                Pending::Created(text) => overlay.set(path, Some(Arc::from(text))),
                Pending::Deleted => overlay.set(path, None),
                Pending::Edited { before, edits } => {
                    if let Some(text) = apply(&before, edits.as_slice()).filter(|text| **text != *before) {
                        overlay.set(path, Some(Arc::from(text)));
                    }
                }
            }
        }
        overlay
    }
}

/// Whether the edits that one fix makes in one file exclude each other. Several insertions at one place do
/// not: they keep their order.
fn contradictory(edits: &[&Edit]) -> bool {
    let mut spans = Vec::new();
    for edit in edits {
        match edit {
            Edit::Replace { place, .. } => spans.push(place.span),
            Edit::Create { .. } | Edit::Delete { .. } => return edits.len() > 1,
        }
    }
    spans.sort();
    spans.windows(2).any(|pair| matches!(pair, [left, right] if left.end > right.start))
}
