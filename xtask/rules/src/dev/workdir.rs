//! `dev/workdir`: a workdir that is not there, or that no sync entry fills.
//!
//! A workdir in a missing app belongs to `dev/unknown-app`, one below a misplaced root to `dev/sync-base`, one
//! below a missing root to `dev/sync-path`.

use super::container::{Container, containers, is_missing, similar};
use super::unknown_app;
use crate::diagnostic::{Diagnostic, Severity};
use crate::facts::{Facts, Model};
use crate::model::sync::{below, holding, normalise_remote};
use crate::source::{RepoPath, Spanned};
use crate::{Repair, Rule, Scope, Sink};

pub static RULE: Rule = Rule {
    id: "dev/workdir",
    summary: "a dev container starts in a folder that no file reaches",
    severity: Severity::Error,
    fix: Repair::None,
    scope: Scope::Tree,
    needs: &[Model::Serving],
    page: include_str!("workdir.md"),
    check,
};

fn check(facts: &Facts, sink: &mut Sink<'_>) {
    for container in containers(facts) {
        if let Some((severity, diagnostic)) = judge(facts, container) {
            sink.report_as(severity, diagnostic);
        }
    }
}

/// What is wrong with the workdir of a dev container, other rules' subjects left out.
pub(super) fn judge(facts: &Facts, container: Container<'_>) -> Option<(Severity, Diagnostic)> {
    let workdir = container.dev.workdir.as_ref()?;
    // Nothing expands a variable there: `variables/not-expanded`.
    let elsewhere = workdir.value.contains('$') || container.has_misplaced_root(facts);
    if elsewhere || !unknown_app::gone(facts, container).is_empty() {
        return None;
    }
    match &container.session.workdir {
        Some(path) => Some((Severity::Error, missing(facts, container, workdir, path)?)),
        None => Some((Severity::Warning, outside(container, workdir)?)),
    }
}

/// The workdir stands for a path of the repository that is no folder.
fn missing(
    facts: &Facts,
    container: Container<'_>,
    workdir: &Spanned<String>,
    path: &RepoPath,
) -> Option<Diagnostic> {
    let remote = normalise_remote(&workdir.value);
    let root = holding(&container.session.roots, &remote);
    let starts_missing =
        root.and_then(|root| root.local.inside()).is_some_and(|local| is_missing(facts, local));
    if starts_missing {
        return None;
    }
    let is_file = facts.tree.is_file(path);
    if !is_file && !is_missing(facts, path) {
        return None;
    }
    let title = if is_file {
        format!("workdir `{}` is the file `{path}`", workdir.value)
    } else {
        format!("workdir `{}` does not exist: there is no `{path}`", workdir.value)
    };
    let mut diagnostic = Diagnostic::new(container.at(workdir.span), title)
        .label("the command would start in an empty folder")
        .subject(container.subject("workdir"));
    if is_file {
        diagnostic = diagnostic.label("a command cannot start in it");
    } else if container.dev.hybrid {
        diagnostic = diagnostic.label("in hybrid mode the command starts there, on the laptop");
    }
    if let Some(span) = root.and_then(|root| root.span()) {
        diagnostic = diagnostic.related(container.at(span), "fills it");
    }
    if is_file {
        return Some(diagnostic.help("name the folder that holds it"));
    }
    Some(match similar(facts, path, true) {
        Some(meant) => diagnostic.help(format!("did you mean the folder `{meant}`?")),
        None => diagnostic.help("name a folder that is synced, or create this one"),
    })
}

/// The workdir has nothing to do with what is synced.
fn outside(container: Container<'_>, workdir: &Spanned<String>) -> Option<Diagnostic> {
    let sound = container.manifest.is_sound() && !container.dev.hybrid;
    if !sound || !workdir.value.starts_with('/') || workdir.value.contains('$') {
        return None;
    }
    let remote = normalise_remote(&workdir.value);
    let roots = &container.session.roots;
    let remotes: Option<Vec<&str>> = roots.iter().map(|root| root.remote.as_deref()).collect();
    let remotes = remotes.filter(|remotes| !remotes.is_empty())?;
    // A parent of what is synced is a usual place to start in; a volume has its own content.
    let near = |folder: &str| below(&remote, folder).is_some() || below(folder, &remote).is_some();
    let mounted = container.dev.volumes.iter().chain(&container.dev.external_volumes);
    let secrets = container.dev.secrets.iter().map(|(_, path)| path);
    let mut others = mounted.chain(secrets).map(|path| normalise_remote(&path.value));
    if remotes.iter().any(|folder| near(folder)) || others.any(|folder| near(&folder)) {
        return None;
    }
    let title = format!("workdir `{}` lies outside of everything that is synced", workdir.value);
    let mut diagnostic = Diagnostic::new(container.at(workdir.span), title)
        .label("only the image's own files are there")
        .help(format!("start below {}, or sync to the workdir", list(&remotes)))
        .subject(container.subject("workdir"));
    for root in roots {
        if let Some(entry) = &root.entry {
            diagnostic = diagnostic.related(container.at(entry.remote.span), "the files arrive here");
        }
    }
    Some(diagnostic)
}

fn list(remotes: &[&str]) -> String {
    remotes.iter().map(|remote| format!("`{remote}`")).collect::<Vec<_>>().join(" or ")
}
