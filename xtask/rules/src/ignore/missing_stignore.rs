//! `ignore/missing-stignore`: a folder that Syncthing watches has no `.stignore`.
//!
//! What would be synced for lack of it, secrets included, is part of this finding and of no other.

use super::{missing, probes, wording};
use crate::diagnostic::{Diagnostic, Severity};
use crate::facts::{Facts, Model};
use crate::model::classes::{Class, Probe};
use crate::model::outlets::{self, Channel, Outlet, State};
use crate::model::synced::SyncUser;
use crate::source::{Place, RepoPath};
use crate::{Repair, Rule, Scope, Sink};

pub static RULE: Rule = Rule {
    id: "ignore/missing-stignore",
    summary: "a synced folder has no `.stignore`",
    severity: Severity::Error,
    fix: Repair::Safe,
    scope: Scope::Tree,
    needs: &[Model::Classes],
    page: include_str!("missing_stignore.md"),
    check,
};

fn check(facts: &Facts, sink: &mut Sink<'_>) {
    for outlet in outlets::outlets(facts.synced(), facts.contexts()) {
        if !matches!((&outlet.channel, outlet.state()), (Channel::Sync(_), State::Missing)) {
            continue;
        }
        // A folder that does not exist is the business of `dev/sync-path`.
        if !facts.tree.is_dir(outlet.root) || is_misplaced(facts, outlet.root) {
            continue;
        }
        if !probes::is_sound(facts, &outlet) {
            sink.skip(&outlet.path, "a manifest that syncs the folder has syntax errors");
            continue;
        }
        if let Some(diagnostic) = diagnostic(facts, &outlet) {
            sink.report(diagnostic);
        }
    }
}

/// The folder `.okteto`, synced in the place of the repository: nobody means that, `dev/sync-base` tells what is meant,
/// and a `.stignore` there is the wrong conclusion.
fn is_misplaced(facts: &Facts, folder: &RepoPath) -> bool {
    facts.manifests().iter().any(|manifest| manifest.folder != manifest.base && manifest.folder == *folder)
}

fn diagnostic(facts: &Facts, outlet: &Outlet<'_>) -> Option<Diagnostic> {
    let consumers = outlet.consumers();
    let (first, rest) = consumers.split_first()?;
    let certain = probes::expected_with_secrets(facts, outlet);
    let label = match certain.as_slice() {
        [] => "nothing says what stays on the laptop".to_owned(),
        found => format!("{} would go to the pod", wording::kinds(&worst_first(found))),
    };
    let title = format!("{} is synced without a `.stignore`", wording::folder(outlet.root));
    let mut diagnostic = Diagnostic::new(first.place.clone(), title)
        .label(label)
        .why(
            "`okteto up` asks whether to write one, and its own lacks `.env`, `.turbo` and more; without a terminal \
             it syncs everything.",
        )
        .subject(outlet.path.to_string())
        .rests_on(entries_beside(facts, outlet));
    for other in rest.iter().filter(|other| other.place != first.place) {
        diagnostic = diagnostic.related(other.place.clone(), format!("`{}` syncs it too", other.name));
    }
    Some(missing::with_file(
        diagnostic,
        facts,
        outlet,
        format!("write `{}`, even if it holds nothing but a comment", outlet.path),
    ))
}

/// All entries of the dev containers that sync the folder: another one that is mended may take it in.
fn entries_beside(facts: &Facts, outlet: &Outlet<'_>) -> Vec<Place> {
    let Channel::Sync(folder) = &outlet.channel else { return Vec::new() };
    let users = || facts.synced().folders.iter().flat_map(|folder| &folder.users);
    let is_beside = |user: &&SyncUser| {
        folder.users.iter().any(|own| own.manifest == user.manifest && own.dev == user.dev)
    };
    users().filter(is_beside).map(|user| user.place.clone()).collect()
}

/// Secrets before what is merely heavy.
fn worst_first<'p>(found: &[&'p Probe]) -> Vec<&'p Probe> {
    let mut found = found.to_vec();
    found.sort_by_key(|probe| (probe.class != Class::Secrets, probe.class));
    found
}
