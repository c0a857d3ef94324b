//! `dev/sync-missing`: no `sync`, so that Okteto takes its default. Where the default is a slip, it is
//! `dev/sync-base` that says so.

use super::container::{Container, containers};
use crate::diagnostic::{Diagnostic, Fix, Severity};
use crate::facts::{Facts, Model};
use crate::model::sync::Local;
use crate::suggest::closest;
use crate::syntax::shape::ViolationKind;
use crate::syntax::yaml::edit;
use crate::{Repair, Rule, Scope, Sink};

pub static RULE: Rule = Rule {
    id: "dev/sync-missing",
    summary: "a dev container does not say what it syncs",
    severity: Severity::Note,
    fix: Repair::Unsafe,
    scope: Scope::Tree,
    needs: &[Model::Serving],
    page: include_str!("sync_missing.md"),
    check,
};

fn check(facts: &Facts, sink: &mut Sink<'_>) {
    for container in containers(facts).filter(|container| container.manifest.is_sound()) {
        let [root] = container.session.roots.as_slice() else { continue };
        let is_default = root.entry.is_none() && root.local != Local::Unknown;
        if is_default && !container.is_misplaced(facts, root) && !is_told(container) {
            sink.report(diagnostic(container, root.remote.as_deref()));
        }
    }
}

/// Whether a value or a key of the dev container is wrong that would have said it.
fn is_told(container: Container<'_>) -> bool {
    let own = ["sync", "mode"].map(|key| container.subject(key));
    container.manifest.violations.iter().any(|violation| match &violation.kind {
        ViolationKind::UnknownKey { key, .. } => {
            violation.path == container.subject(key) && closest(key, ["sync", "mode"]).is_some()
        }
        _ => own.contains(&violation.path),
    })
}

fn diagnostic(container: Container<'_>, remote: Option<&str>) -> Diagnostic {
    let name = container.name();
    let entry = format!(".:{}", remote.unwrap_or("/okteto"));
    let diagnostic = Diagnostic::new(container.place(), format!("`{name}` does not say what it syncs"))
        .label(format!("Okteto takes `{entry}`"))
        .subject(container.subject("sync"));
    let title = format!("add `sync: [{entry}]`");
    let written = edit::quote(&entry);
    let lines = ["sync:".to_owned(), format!("  - {written}")];
    // `sync:` without a value stands in the way of another one.
    let can_be_added = container.dev.sync_node.is_none();
    let text = &container.manifest.file.text;
    match can_be_added.then(|| edit::insert_entry(text, &container.dev.node, &lines)).flatten() {
        Some(change) => diagnostic
            .help(format!("`cargo xtask fix --unsafe` writes it down: `sync: [{entry}]`"))
            .fix(Fix::needs_review(title, vec![container.edit(change)])),
        None => diagnostic.help(format!("write it down: `sync: [{entry}]`")),
    }
}
