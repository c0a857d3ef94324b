//! The words that the rules of the group share.

use crate::model::classes::Probe;
use crate::model::ignore_repair::Repair;
use crate::model::outlets::{Channel, Consumer, Outlet};
use crate::source::RepoPath;

/// What becomes of files that get through the ignore file of a build which does not ask for them.
pub const UNASKED: &str = "in the build context; no `COPY` takes it yet";

/// What happens to a file that gets through: "would be …".
pub const fn sent(outlet: &Outlet<'_>) -> &'static str {
    match outlet.channel {
        Channel::Sync(_) => "synced into the cluster",
        Channel::Build(_) => "sent to the build",
        Channel::Remote(_) => "copied to the remote run",
    }
}

/// Who sends, as a label at the place that says so.
pub fn sender(outlet: &Outlet<'_>, consumer: &Consumer) -> String {
    let name = &consumer.name;
    match outlet.channel {
        Channel::Sync(_) => format!("`{name}` sends it to the pod"),
        Channel::Build(_) => format!("build `{name}` sends it to the builder"),
        Channel::Remote(_) => format!("`{name}` runs on a copy of this folder"),
    }
}

/// The kinds of some probes: `` `node_modules`, `.next` and 2 more ``.
pub fn kinds(probes: &[&Probe]) -> String {
    let mut patterns: Vec<&str> = Vec::new();
    for probe in probes {
        if !patterns.contains(&probe.pattern) {
            patterns.push(probe.pattern);
        }
    }
    listed(&patterns, 3)
}

/// Some names in backticks, `most` of them at most.
pub fn listed(names: &[&str], most: usize) -> String {
    let quoted = |names: &[&str]| names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>();
    let shown = if names.len() > most + 1 { most } else { names.len() };
    let (front, rest) = names.split_at_checked(shown).unwrap_or((names, &[]));
    let mut parts = quoted(front);
    if !rest.is_empty() {
        parts.push(format!("{} more", rest.len()));
    }
    match parts.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, front)) => format!("{} and {last}", front.join(", ")),
        None => String::new(),
    }
}

/// A number with its noun.
pub fn counted(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}

/// What a repair of the file at `path` does, as an action.
pub fn action(repair: &Repair, path: &RepoPath) -> String {
    let listed =
        |lines: &[String]| lines.iter().map(|line| format!("`{line}`")).collect::<Vec<_>>().join(", ");
    if !repair.removed.is_empty() {
        return format!("delete {} from `{path}`", listed(&repair.removed));
    }
    let lines = listed(&repair.added);
    if repair.rewrites { format!("write {lines} in `{path}`") } else { format!("append {lines} to `{path}`") }
}

/// What a repair does, as the help of a safe fix.
pub fn help(repair: &Repair, path: &RepoPath) -> String {
    let action = action(repair, path);
    let (verb, rest) = action.split_once(' ').unwrap_or((&action, ""));
    format!("`cargo xtask fix` {verb}s {rest} (safe fix)")
}

/// A folder in prose.
pub fn folder(path: &RepoPath) -> String {
    if path.is_root() { "the repository".to_owned() } else { format!("`{path}`") }
}
