//! `dev/unknown-app`: a dev container for an app that is not there. It owns all that follows from that:
//! `dev/workdir`, `dev/sync-path` and `dev/unknown-package` stay silent about the same app.

use super::container::{Container, containers, is_missing, replace_word, similar};
use crate::diagnostic::{Diagnostic, Fix, Severity};
use crate::facts::{Facts, Model};
use crate::model::apps::App;
use crate::model::calls::{exact_folder, exact_package};
use crate::model::serving::find_package;
use crate::source::{RepoPath, Span, Spanned};
use crate::{Repair, Rule, Scope, Sink};
use std::collections::BTreeSet;

pub static RULE: Rule = Rule {
    id: "dev/unknown-app",
    summary: "a dev container is for an app that does not exist",
    severity: Severity::Error,
    fix: Repair::Sometimes,
    scope: Scope::Tree,
    needs: &[Model::Serving],
    page: include_str!("unknown_app.md"),
    check,
};

/// An app that a dev container names and the repository lacks.
pub(super) struct Gone {
    /// The folder that the app would have.
    pub folder: RepoPath,
    /// Where the container names it, and how; the first one is the place of the finding.
    places: Vec<(Span, &'static str)>,
}

fn check(facts: &Facts, sink: &mut Sink<'_>) {
    for container in containers(facts) {
        for gone in gone(facts, container) {
            sink.report(diagnostic(facts, container, &gone));
        }
    }
}

/// The missing apps that the folders of a dev container name. A filter alone is `dev/unknown-package`.
pub(super) fn gone(facts: &Facts, container: Container<'_>) -> Vec<Gone> {
    let mut found: Vec<Gone> = Vec::new();
    let mut add = |folder: RepoPath, span: Span, how: &'static str| match found
        .iter_mut()
        .find(|gone| gone.folder == folder)
    {
        Some(gone) => gone.places.push((span, how)),
        None => found.push(Gone { folder, places: vec![(span, how)] }),
    };
    let workdir = container.session.workdir.as_ref().filter(|_| !container.has_misplaced_root(facts));
    if let Some(folder) = workdir.and_then(|path| missing_app(facts, path))
        && let Some(workdir) = &container.dev.workdir
    {
        add(folder, workdir.span, "its workdir");
    }
    for root in &container.session.roots {
        let Some(entry) = root.entry.as_ref().filter(|_| !container.is_misplaced(facts, root)) else {
            continue;
        };
        if let Some(folder) = root.local.inside().and_then(|path| missing_app(facts, path)) {
            add(folder, entry.local.span, "synced from there");
        }
    }
    if let [gone] = found.as_mut_slice() {
        gone.places.extend(dead_filters(facts, container).map(|filter| (filter.span, "its package")));
    }
    found
}

/// The app's folder, when `path` lies in the folder of an app that does not exist.
fn missing_app(facts: &Facts, path: &RepoPath) -> Option<RepoPath> {
    let mut folder = RepoPath::root();
    for component in path.components() {
        folder = folder.join(component);
        if facts.config.app_globs.matches(&folder) {
            return is_missing(facts, &folder).then_some(folder);
        }
    }
    None
}

/// The filters in the command itself that name no package and no folder.
pub(super) fn dead_filters<'a>(
    facts: &'a Facts,
    container: Container<'a>,
) -> impl Iterator<Item = &'a Spanned<String>> {
    let own = container.session.calls.iter().filter(|call| call.script.is_none());
    own.flat_map(|call| &call.call.filters).filter(|filter| {
        let package =
            exact_package(&filter.value).is_some_and(|name| find_package(facts.workspace(), name).is_none());
        let folder =
            exact_folder(&filter.value).is_some_and(|folder| is_missing(facts, &RepoPath::new(folder)));
        package || folder
    })
}

fn diagnostic(facts: &Facts, container: Container<'_>, gone: &Gone) -> Diagnostic {
    let name = container.name();
    let primary = gone.places.first().map_or(container.dev.name.span, |(span, _)| *span);
    let title = format!("`{name}` is for `{}`, which does not exist", gone.folder);
    let mut diagnostic = Diagnostic::new(container.at(primary), title)
        .label("no tracked file lies in that folder")
        .subject(container.subject(""));
    for (span, how) in gone.places.iter().skip(1) {
        diagnostic = diagnostic.related(container.at(*span), *how);
    }
    let Some(app) = moved_to(facts, container, gone) else {
        return diagnostic.help(format!("delete `{name}`, or name the folder that the app moved to"));
    };
    diagnostic = diagnostic.related(app.place.clone(), format!("did it move to `{}`?", app.folder));
    match fix(container, gone, app) {
        Some(fix) => diagnostic
            .help(format!("`cargo xtask fix --unsafe` names `{}` instead; or delete `{name}`", app.folder))
            .fix(fix),
        None => diagnostic.help(format!("name `{}` instead, or delete `{name}`", app.folder)),
    }
}

/// The app that it probably is now: the one whose package the command names, else one whose package has the old name,
/// else one with a similar folder. Either way one that nobody else serves.
pub(super) fn moved_to<'a>(facts: &'a Facts, container: Container<'_>, gone: &Gone) -> Option<&'a App> {
    let filters = container.session.calls.iter().flat_map(|call| &call.call.filters);
    let package = |filter: &Spanned<String>| find_package(facts.workspace(), exact_package(&filter.value)?);
    let named = filters.filter_map(package).find_map(|package| facts.apps().at(&package.folder));
    // A folder that was renamed, and its package was not.
    let renamed = || {
        let name = Some(gone.folder.file_name());
        facts.apps().all.iter().find(|app| app.package.as_deref() == name)
    };
    let app = named.or_else(renamed).or_else(|| facts.apps().at(&similar(facts, &gone.folder, true)?))?;
    let others = facts.serving().of(&app.folder);
    let served = others
        .into_iter()
        .any(|other| (other.manifest, other.dev) != (container.session.manifest, container.session.dev));
    (!served).then_some(app)
}

/// The app's new folder in workdir and sync.
fn fix(container: Container<'_>, gone: &Gone, app: &App) -> Option<Fix> {
    let text = &container.manifest.file.text;
    let workdir = container.dev.workdir.iter().map(|workdir| workdir.span);
    let syncs = container.dev.sync.iter().flatten().map(|entry| entry.text.span);
    let spans: BTreeSet<Span> = workdir.chain(syncs).collect();
    let edits: Vec<_> = spans
        .into_iter()
        .filter_map(|span| {
            let written = span.slice(text);
            let new = replace_word(written, gone.folder.as_str(), app.folder.as_str());
            (new != written).then(|| container.edit((span, new)))
        })
        .collect();
    let title = format!("replace `{}` by `{}`", gone.folder, app.folder);
    (!edits.is_empty()).then(|| Fix::needs_review(title, edits))
}
