//! `dev/missing-container`: an app that no dev container serves.

mod entry;

use super::container::{Container, containers, with_aliases};
use crate::dev::{sync_base, unknown_app};
use crate::diagnostic::{Diagnostic, Fix, Severity};
use crate::facts::{Facts, Model};
use crate::model::apps::{self, App};
use crate::model::manifest::Format;
use crate::model::serving::Evidence;
use crate::model::sync::{below, normalise_remote};
use crate::source::RepoPath;
use crate::{Repair, Rule, Scope, Sink};

pub static RULE: Rule = Rule {
    id: "dev/missing-container",
    summary: "an app has no dev container",
    severity: Severity::Error,
    fix: Repair::Sometimes,
    scope: Scope::Tree,
    needs: &[Model::Serving],
    page: include_str!("missing_container.md"),
    check,
};

fn check(facts: &Facts, sink: &mut Sink<'_>) {
    if facts.serving().sessions.is_empty() {
        return;
    }
    if let Some(broken) = facts.manifests().iter().find(|manifest| !manifest.is_sound()) {
        sink.skip(&broken.file.path, "cannot be read as a whole: which apps it serves is unknown");
        return;
    }
    // One dev container of the old format serves somebody, nobody knows whom.
    let outdated = || facts.manifests().iter().filter(|manifest| manifest.format == Format::DevOnly);
    if let Some(manifest) = outdated().find(|manifest| manifest.base.is_root()) {
        sink.skip(&manifest.file.path, "outdated format: which app it serves is unknown");
        return;
    }
    let unclear: Vec<Container<'_>> =
        containers(facts).filter(|container| is_unclear(facts, *container)).collect();
    // An app that moved is told by `dev/unknown-app`, one behind a misplaced root by `dev/sync-base`; once.
    let told: Vec<&RepoPath> = containers(facts)
        .flat_map(|container| {
            let gone = unknown_app::gone(facts, container);
            let moved =
                gone.into_iter().filter_map(move |gone| unknown_app::moved_to(facts, container, &gone));
            moved.chain(meant(facts, container))
        })
        .map(|app| &app.folder)
        .collect();
    for app in &facts.apps().all {
        let served = told.contains(&&app.folder)
            || facts.serving().of(&app.folder).next().is_some()
            || facts.config.exempt.contains_key(&app.folder)
            || outdated().any(|manifest| manifest.base.starts_with(&app.folder));
        if served {
            continue;
        }
        if unclear.is_empty() {
            sink.report(certain(facts, app));
        } else {
            sink.report_as(Severity::Warning, uncertain(app, &unclear));
        }
    }
}

/// Whether nothing tells what the dev container is for. One that names an app which is gone does tell.
fn is_unclear(facts: &Facts, container: Container<'_>) -> bool {
    container.session.evidence.is_none()
        && unknown_app::gone(facts, container).is_empty()
        && meant(facts, container).is_empty()
}

/// The apps that the dev container would serve without the mistakes that other rules tell.
fn meant<'a>(facts: &'a Facts, container: Container<'_>) -> Vec<&'a App> {
    let misplaced = container.manifest.folder != container.manifest.base;
    let workdir = container.dev.workdir.as_ref().map(|workdir| normalise_remote(&workdir.value));
    let roots = container.session.roots.iter().filter(|_| misplaced);
    let apps = roots.filter_map(|root| {
        let folder = sync_base::meant(facts, container.manifest, root)?;
        let rest = workdir.as_ref().and_then(|workdir| below(workdir, root.remote.as_deref()?));
        facts.apps().containing(&folder.join(rest.unwrap_or("")))
    });
    let apps: Vec<&App> = apps.collect();
    if !apps.is_empty() || container.session.evidence.is_some() || !container.is_broken(facts) {
        return apps;
    }
    facts.apps().all.iter().filter(|app| container.mentions(app)).collect()
}

fn diagnostic(app: &App) -> Diagnostic {
    let reason = match &app.evidence {
        apps::Evidence::DevScript => "has a `dev` script".to_owned(),
        apps::Evidence::Framework(name) => format!("depends on `{name}`"),
        apps::Evidence::Dockerfile => "has a Dockerfile".to_owned(),
    };
    Diagnostic::new(app.place.clone(), format!("app `{}` has no dev container", app.name()))
        .label(format!("{reason}, but no `okteto up` leads here"))
        .subject(app.folder.as_str())
}

fn certain(facts: &Facts, app: &App) -> Diagnostic {
    let mut diagnostic = diagnostic(app);
    let served: Vec<Container<'_>> =
        containers(facts).filter(|container| !container.session.apps.is_empty()).collect();
    let made = entry::modelled(facts, app);
    let sibling = made.as_ref().map(|made| made.sibling).or_else(|| served.first().copied());
    if let Some(sibling) = sibling {
        diagnostic = diagnostic.related(sibling.place(), how(sibling, with_aliases(facts).count() == 1));
    }
    match made {
        Some(made) => diagnostic
            .help(format!("`cargo xtask fix --unsafe` adds `{}`, modelled on its sibling", made.name))
            .fix(Fix::needs_review(format!("add `{}`", made.name), vec![made.edit])),
        None => diagnostic.help(format!(
            "add a dev container for it, or say why it has none: `apps: {{exempt: {{{}: REASON}}}}` in `.okteto/check.yml`",
            app.folder
        )),
    }
}

/// `the only dev container; its workdir serves …`
fn how(container: Container<'_>, only: bool) -> String {
    let what = match &container.session.evidence {
        None => return "the only dev container".to_owned(),
        Some(Evidence::Config) => "by configuration it",
        Some(Evidence::Workdir(_)) => "its workdir",
        Some(Evidence::Command(_)) => "its command",
        Some(Evidence::Sync(_)) => "its `sync`",
        Some(Evidence::Name(_)) => "its name",
    };
    let apps: Vec<String> = container.session.apps.iter().map(|app| format!("`{app}`")).collect();
    let lead = if only { "the only dev container; " } else { "" };
    format!("{lead}{what} serves {}", apps.join(", "))
}

fn uncertain(app: &App, unclear: &[Container<'_>]) -> Diagnostic {
    let mut diagnostic = diagnostic(app);
    for container in unclear {
        diagnostic = diagnostic.related(container.place(), "nothing tells which app it serves");
    }
    let name = unclear.first().map_or("", |container| container.name());
    diagnostic.help(format!(
        "if `{name}` serves it, say so in `.okteto/check.yml`: `apps: {{dev-containers: {{{}: [{name}]}}}}`",
        app.folder
    ))
}
