//! `ignore/weight`: what is synced or sent from this laptop is heavier than configured.

use super::wording;
use crate::diagnostic::{Diagnostic, Severity};
use crate::facts::{Facts, Model};
use crate::model::outlets::{self, Channel, Outlet, State};
use crate::rules::{Repair, Rule, Scope, Sink};
use crate::snapshot::{Disk, Walk};
use crate::source::RepoPath;
use std::collections::BTreeMap;

pub static RULE: Rule = Rule {
    id: "ignore/weight",
    summary: "a sync, a build context or a remote run takes too many files or bytes",
    severity: Severity::Warning,
    fix: Repair::None,
    scope: Scope::Disk,
    needs: &[Model::Synced, Model::Contexts],
    page: include_str!("weight.md"),
    check,
};

/// So many entries are looked at for one ignore file; then what was counted is enough, or the rule gives up.
const MOST_ENTRIES: usize = 200_000;

/// So many folders are named.
const NAMED: usize = 3;

#[derive(Default)]
struct Load {
    files: u64,
    bytes: u64,
    entries: usize,
    /// By the folder two levels below the root: files and bytes.
    folders: BTreeMap<String, (u64, u64)>,
}

fn check(facts: &Facts, sink: &mut Sink<'_>) {
    let Some(disk) = &facts.disk else { return };
    let mut weighed: Vec<(RepoPath, RepoPath)> = Vec::new();
    for outlet in outlets::outlets(facts.synced(), facts.contexts()) {
        if matches!(outlet.state(), State::Unknown(_) | State::Refused(_)) {
            continue;
        }
        let key = (outlet.root.clone(), outlet.path.clone());
        if weighed.contains(&key) {
            continue;
        }
        weighed.push(key);
        let load = weigh(disk, &outlet);
        let limit = facts.config.weight;
        if load.files > limit.files || load.bytes > limit.bytes {
            if let Some(diagnostic) = diagnostic(facts, &outlet, &load) {
                sink.report(diagnostic);
            }
        } else if load.entries >= MOST_ENTRIES {
            sink.skip(outlet.root, format!("more than {MOST_ENTRIES} entries to look at"));
        }
    }
}

/// Walks what would be sent. An ignored folder is entered only when a negation could take back what is in it.
fn weigh(disk: &Disk, outlet: &Outlet<'_>) -> Load {
    let mut load = Load::default();
    let exceptions: Vec<String> =
        outlet.rules().into_iter().filter(|rule| rule.negated).map(|rule| rule.pattern).collect();
    disk.walk(outlet.root, &mut |entry| {
        load.entries += 1;
        if load.entries >= MOST_ENTRIES {
            return Walk::Skip;
        }
        let path = RepoPath::new(entry.path);
        let ignored = outlet.ignored_by(&path).is_some();
        if entry.is_dir {
            return if ignored && !may_reach(outlet, &exceptions, &path) { Walk::Skip } else { Walk::Enter };
        }
        if !ignored {
            load.files += 1;
            load.bytes += entry.bytes;
            let folder = load.folders.entry(folder_of(outlet, &path)).or_default();
            folder.0 += 1;
            folder.1 += entry.bytes;
        }
        Walk::Skip
    });
    load
}

/// Whether an exception names something below an ignored folder. Names of files (`!.env.example`) could be there as
/// well, but weigh nothing.
fn may_reach(outlet: &Outlet<'_>, exceptions: &[String], folder: &RepoPath) -> bool {
    let relative = folder.strip_prefix(outlet.root).unwrap_or_default();
    exceptions.iter().any(|pattern| {
        let body = pattern.trim_start_matches(['!', '/']).trim_start_matches("**/");
        body.starts_with(&format!("{relative}/"))
    })
}

fn folder_of(outlet: &Outlet<'_>, path: &RepoPath) -> String {
    let folder = path.parent().unwrap_or_else(RepoPath::root);
    let relative = folder.strip_prefix(outlet.root).unwrap_or_default();
    let top: Vec<&str> = relative.split('/').take(3).collect();
    outlet.root.join(&top.join("/")).to_string()
}

fn diagnostic(facts: &Facts, outlet: &Outlet<'_>, load: &Load) -> Option<Diagnostic> {
    let consumer = outlet.consumers().into_iter().next()?;
    let verb = match outlet.channel {
        Channel::Sync(_) => "syncs",
        Channel::Build(_) => "sends",
        Channel::Remote(_) => "copies",
    };
    let more = if load.entries >= MOST_ENTRIES { "more than " } else { "" };
    let title = format!("`{}` {verb} {more}{} in {} files", consumer.name, megabytes(load.bytes), load.files);
    let mut heaviest: Vec<(&String, &(u64, u64))> = load.folders.iter().collect();
    let by_files = load.bytes <= facts.config.weight.bytes;
    heaviest.sort_by_key(|(_, (files, bytes))| std::cmp::Reverse(if by_files { *files } else { *bytes }));
    let named: Vec<String> = heaviest
        .into_iter()
        .take(NAMED)
        .map(|(folder, (files, bytes))| {
            let share = if by_files {
                wording::counted(usize::try_from(*files).unwrap_or(usize::MAX), "file")
            } else {
                megabytes(*bytes)
            };
            format!("`{folder}` {share}")
        })
        .collect();
    Some(
        Diagnostic::new(consumer.place.clone(), title)
            .label(format!("most of it: {}", named.join(", ")))
            .help(format!(
                "ignore what is not needed in `{}`; `cargo xtask plan` shows all of it",
                outlet.path
            ))
            .subject(format!("weight of {}", wording::folder(outlet.root))),
    )
}

fn megabytes(bytes: u64) -> String {
    if bytes < 1_000_000 {
        format!("{} kB", bytes.div_ceil(1_000))
    } else {
        format!("{} MB", bytes / 1_000_000)
    }
}
