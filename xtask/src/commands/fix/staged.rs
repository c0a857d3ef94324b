//! Repairs of the index, and of the same places in the work tree.

use crate::commands::terminal::Terminal;
use crate::fix::{Carried, Change, Writer, carry_over};
use crate::git::{Git, IndexChange, Mode};
use crate::snapshot::{Disk, Snapshot};
use anyhow::Context;
use std::sync::Arc;

/// Stages the changes, and makes them in the work tree wherever its lines are those of the index.
///
/// The work tree comes first: interrupted in between, it is ahead of the index, which hurts nobody.
pub fn write(
    git: &Git,
    writer: &Writer,
    index: &Snapshot,
    changes: &[Change],
    terminal: &Terminal,
) -> anyhow::Result<()> {
    if changes.is_empty() {
        return Ok(());
    }
    let staged: Vec<IndexChange> = changes.iter().map(|change| in_index(index, change)).collect();
    let prepared = git.prepare(&staged)?;
    let disk = Disk::new(git);
    let mut unstaged = Vec::new();
    for change in changes.iter().filter(|change| !prepared.leaves_out(&change.path)) {
        let Some((change, complete)) = in_work_tree(&disk, change) else { continue };
        if !complete {
            terminal.note(&format!(
                "`{}` reads differently in the work tree: repaired only where it agrees",
                change.path
            ));
        }
        unstaged.push(change);
    }
    writer.write(&unstaged)?;
    git.stage(&prepared).context("the repairs are in the work tree, but could not be staged")
}

/// What the change makes of the file on the disk, and whether all of it does; `None` where there is nothing to
/// do, as for a file that was deleted, or is no text.
fn in_work_tree(disk: &Disk, change: &Change) -> Option<(Change, bool)> {
    let present: Option<Arc<str>> = match disk.read(&change.path) {
        Ok(bytes) => Some(Arc::from(std::str::from_utf8(&bytes).ok()?)),
        Err(_) => None,
    };
    let (after, complete) = match (&change.before, &change.after, &present) {
        (None, after, None) => (after.clone(), true),
        (Some(before), None, Some(present)) if before == present => (None, true),
        (Some(before), Some(after), Some(present)) => {
            let Carried { text, complete } = carry_over(before, after, present);
            (Some(Arc::from(text)), complete)
        }
        _ => return None,
    };
    Some((Change { path: change.path.clone(), before: present, after }, complete))
}

fn in_index(index: &Snapshot, change: &Change) -> IndexChange {
    let mode = index.get(&change.path).map_or(Mode::File, |entry| entry.mode);
    let content = change.after.as_ref().map(|text| (mode, text.as_bytes().to_vec()));
    IndexChange { path: change.path.clone(), content }
}
