//! `ignore/weight`: what is synced or sent from this laptop is heavier than configured.

mod load;

use self::load::Load;
use super::{probes, wording};
use crate::diagnostic::{Diagnostic, Severity};
use crate::facts::{Facts, Model};
use crate::model::outlets::{self, Channel, Outlet, State};
use crate::source::RepoPath;
use crate::{Repair, Rule, Scope, Sink};
use std::collections::BTreeSet;

pub static RULE: Rule = Rule {
    id: "ignore/weight",
    summary: "a sync, a build context or a remote run takes too many files or bytes",
    severity: Severity::Warning,
    fix: Repair::None,
    scope: Scope::Disk,
    needs: &[Model::Synced, Model::Contexts, Model::Images],
    page: include_str!("weight.md"),
    check,
};

/// So many folders are named.
const NAMED: usize = 3;

fn check(facts: &Facts, sink: &mut Sink<'_>) {
    let Some(disk) = &facts.disk else { return };
    let beside = disk.beside(&facts.tree);
    let mut weighed = BTreeSet::new();
    for outlet in outlets::outlets(facts.synced(), facts.contexts()) {
        let is_known = !matches!(outlet.state(), State::Unknown(_) | State::Refused(_));
        if !is_known || !weighed.insert((outlet.root.clone(), outlet.path.clone())) {
            continue;
        }
        let laptop = load::Laptop { tree: &facts.tree, disk, beside: &beside };
        let asks = probes::asking(facts, &outlet);
        match laptop.weigh(&outlet, facts.config.weight, &asks) {
            Load::Light => {}
            Load::Unknown(reason) => sink.skip(outlet.root, reason),
            heavy => {
                if let Some(diagnostic) = diagnostic(&outlet, &heavy) {
                    sink.report(diagnostic);
                }
            }
        }
    }
}

fn diagnostic(outlet: &Outlet<'_>, load: &Load) -> Option<Diagnostic> {
    let consumer = outlet.consumers().into_iter().next()?;
    let verb = match outlet.channel {
        Channel::Sync(_) => "syncs",
        Channel::Build(_) => "sends",
        Channel::Remote(_) => "copies",
    };
    let (what, shares): (String, Vec<(&RepoPath, String)>) = match load {
        Load::Light | Load::Unknown(_) => return None,
        Load::ManyFiles { files, all, folders } => {
            let count = |files: u64| wording::counted(usize::try_from(files).unwrap_or(usize::MAX), "file");
            let more = if *all { "" } else { "more than " };
            let shares = folders.iter().map(|(folder, files)| (folder, count(*files)));
            (format!("{more}{}", count(*files)), shares.collect())
        }
        Load::ManyBytes { files, bytes, folders } => (
            format!("{} in {files} files", megabytes(*bytes)),
            folders.iter().map(|(folder, bytes)| (folder, megabytes(*bytes))).collect(),
        ),
    };
    let heaviest = shares.iter().take(NAMED).map(|(folder, share)| format!("`{folder}` {share}"));
    let heaviest = heaviest.collect::<Vec<_>>().join(", ");
    Some(
        Diagnostic::new(consumer.place.clone(), format!("`{}` {verb} {what}", consumer.name))
            .label(format!("most of it: {heaviest}"))
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
