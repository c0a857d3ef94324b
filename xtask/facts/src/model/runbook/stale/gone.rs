//! Apps and packages that were here once, and what else was called after them.
//!
//! What shows that one is gone: an owned region still has it, a path leads into its folder, a section stands
//! among those about apps, or the pattern of all dev containers makes a missing one of it. Names of its dev
//! containers and packages follow from the regions, from the pattern, and from the sections about it.

use super::names::is_name;
use super::shown::Shown;
use super::{Found, Inputs, Kind, Missing, Part, Said};
use crate::model::runbook::known::Known;
use crate::model::serving::Evidence;
use crate::source::RepoPath;
use crate::suggest::closest;
use std::collections::{BTreeMap, BTreeSet};

/// What is gone.
#[derive(Debug, Default)]
pub(super) struct Gone {
    /// Apps and packages by the name of their folder.
    pub(super) things: BTreeMap<String, Thing>,
    /// Whatever else they were called, with the name of their folder.
    pub(super) aliases: BTreeMap<String, String>,
    /// Dev containers that regions still show although their apps are there, and what serves the app now, if that is
    /// one dev container which the regions do not show.
    pub(super) devs: BTreeMap<String, Option<String>>,
}

/// An app or package that is gone.
#[derive(Debug)]
pub(super) struct Thing {
    /// Whether it was an app.
    pub(super) is_app: bool,
    /// Where it was, if that is known.
    pub(super) folder: Option<RepoPath>,
}

/// How dev containers are called after their apps: what stands before and behind.
type Pattern = (String, String);

impl Gone {
    /// What is gone, as the regions and the stale mentions of all pages show.
    pub(super) fn of(inputs: &Inputs<'_>, known: &Known, found: &[Vec<Found>]) -> Self {
        let mut gone = Self::default();
        if known.is_complete() {
            gone.learn_from_regions(inputs, known);
        }
        let pattern = configured_pattern(inputs).or_else(|| common_pattern(inputs));
        for one in found.iter().flatten() {
            match (&one.missing, &pattern) {
                (Missing::Path { gone: lost, .. }, _) => gone.learn_from_path(inputs, lost),
                (Missing::Subject(Part::Section { of_app: true }, name), _) => gone.add_app(name, known),
                (Missing::Name(Kind::Dev, name), Some(pattern)) => {
                    gone.learn_from_pattern(name, known, pattern);
                }
                _ => {}
            }
        }
        if !gone.things.is_empty() {
            gone.name_dev_containers(inputs);
            gone.name_packages(found);
            found.iter().for_each(|found| gone.learn_from_sections(found));
        }
        gone
    }

    /// The thing that a name belongs to.
    pub(super) fn thing(&self, name: &str) -> Option<&str> {
        match self.things.get_key_value(name) {
            Some((own, _)) => Some(own),
            None => self.aliases.get(name).map(String::as_str),
        }
    }

    fn add(&mut self, name: &str, is_app: bool, folder: Option<RepoPath>) {
        let thing = self.things.entry(name.to_owned()).or_insert(Thing { is_app, folder: None });
        thing.is_app |= is_app;
        thing.folder = thing.folder.take().or(folder);
    }

    /// An app, unless it is one that is there, or to come, or a slip of one.
    fn add_app(&mut self, name: &str, known: &Known) {
        if self.things.get(name).is_some_and(|thing| thing.is_app) {
            return;
        }
        let is_gone = is_name(name) && !known.is_known(name) && !known.planned.contains(name);
        if is_gone && closest(name, known.apps.keys().map(String::as_str)).is_none() {
            self.add(name, true, None);
        }
    }

    /// Apps and dev containers that owned regions still show.
    fn learn_from_regions(&mut self, inputs: &Inputs<'_>, known: &Known) {
        let shown = Shown::of(&inputs.runbooks.pages);
        let is_lost = |name: &&str| is_name(name) && !known.is_dev(name);
        for entry in &shown.entries {
            let is_gone =
                |name: &&str| is_name(name) && !known.is_known(name) && !known.planned.contains(*name);
            let app = entry.apps.iter().copied().find(is_gone);
            if let Some(app) = app {
                self.add(app, true, None);
            }
            for dev in entry.dev.iter().chain(&entry.aliases).copied().filter(is_lost) {
                match app {
                    Some(app) => _ = self.aliases.insert(dev.to_owned(), app.to_owned()),
                    None => _ = self.devs.insert(dev.to_owned(), None),
                }
            }
        }
        for (old, new) in shown.new_names(inputs, known) {
            self.devs.insert(old, Some(new));
        }
    }

    /// The app of which a pattern makes the name of a dev container that is not there.
    fn learn_from_pattern(&mut self, name: &str, known: &Known, (before, after): &Pattern) {
        let app = name.strip_prefix(before.as_str()).and_then(|rest| rest.strip_suffix(after.as_str()));
        if let Some(app) = app.filter(|_| is_name(name) && !known.is_known(name)) {
            self.add_app(app, known);
        }
    }

    /// A gone folder where apps or packages lie.
    fn learn_from_path(&mut self, inputs: &Inputs<'_>, lost: &RepoPath) {
        let name = lost.file_name();
        if name.contains('.') || self.things.get(name).is_some_and(|thing| thing.folder.is_some()) {
            return;
        }
        let is_app = inputs.config.app_globs.matches(lost);
        let has_neighbours = |parent: RepoPath| {
            let mut members = inputs.workspace.members.iter();
            members.any(|member| member.folder.parent().as_ref() == Some(&parent))
        };
        if is_app || lost.parent().is_some_and(has_neighbours) {
            self.add(name, is_app, Some(lost.clone()));
        }
    }

    /// The dev containers that were called after the apps, as those of the others are.
    fn name_dev_containers(&mut self, inputs: &Inputs<'_>) {
        let patterns: BTreeSet<Pattern> =
            configured_pattern(inputs).into_iter().chain(used_patterns(inputs)).collect();
        for name in self.things.keys() {
            for (before, after) in &patterns {
                self.aliases.entry(format!("{before}{name}{after}")).or_insert_with(|| name.clone());
            }
        }
    }

    /// Missing packages under the names of the things, whatever their scope.
    fn name_packages(&mut self, found: &[Vec<Found>]) {
        for one in found.iter().flatten() {
            let Missing::Package(full) = &one.missing else { continue };
            let bare = full.rsplit('/').next().unwrap_or(full);
            if self.things.contains_key(bare) && bare != full {
                self.aliases.insert(full.clone(), bare.to_owned());
            }
        }
    }

    /// Missing dev containers that are named in a section, row or region about a thing.
    fn learn_from_sections(&mut self, found: &[Found]) {
        for part in found {
            let (Missing::Subject(_, name), Said::About(whole)) = (&part.missing, &part.said) else {
                continue;
            };
            let Some(thing) = self.thing(name).map(str::to_owned) else { continue };
            // In order, and sections are not deep: each is in few of them.
            let from = found.partition_point(|other| other.span.start < whole.start);
            let inside = found.get(from..).unwrap_or_default().iter();
            let inside = inside.take_while(|other| other.span.start < whole.end);
            for other in inside.filter(|other| whole.contains(other.span)) {
                if let Missing::Name(Kind::Dev, name) = &other.missing {
                    self.aliases.entry(name.clone()).or_insert_with(|| thing.clone());
                }
            }
        }
    }
}

/// The configured pattern, if it says more than "the app's name".
fn configured_pattern(inputs: &Inputs<'_>) -> Option<Pattern> {
    let (before, after) = inputs.config.dev_pattern.as_ref()?.value.split_once("{app}")?;
    (before.len() + after.len() >= 4).then(|| (before.to_owned(), after.to_owned()))
}

/// The pattern by which all dev containers are called, if there is one.
fn common_pattern(inputs: &Inputs<'_>) -> Option<Pattern> {
    let mut patterns = used_patterns(inputs);
    patterns.sort();
    patterns.dedup();
    match patterns.as_slice() {
        [only] if only.0.len() + only.1.len() >= 4 => Some(only.clone()),
        _ => None,
    }
}

/// The patterns by which dev containers are called after the apps that they certainly serve.
fn used_patterns(inputs: &Inputs<'_>) -> Vec<Pattern> {
    let sessions = inputs.serving.sessions.iter();
    let patterns = sessions.filter_map(|session| {
        let [app] = session.apps.as_slice() else { return None };
        let by_name = matches!(session.evidence, None | Some(Evidence::Name(_)));
        let dev = inputs.manifests.get(session.manifest)?.devs.get(session.dev)?;
        let (before, after) = dev.name.value.split_once(app.file_name()).filter(|_| !by_name)?;
        Some((before.to_owned(), after.to_owned()))
    });
    patterns.filter(|(before, after)| before.len() + after.len() > 0).collect()
}
