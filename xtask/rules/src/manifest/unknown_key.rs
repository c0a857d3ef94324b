//! `manifest/unknown-key`: a key that the CLI does not know. `outdated` owns the keys that CLI 3 removed.

use super::{cli_knows, current, needs_newer};
use crate::diagnostic::{Diagnostic, Fix, Severity, replace};
use crate::facts::{Facts, Model};
use crate::model::manifest::{Manifest, fields};
use crate::source::Span;
use crate::suggest::closest;
use crate::syntax::shape::{Shape, ViolationKind};
use crate::{Repair, Rule, Scope, Sink};
use std::collections::BTreeSet;

pub static RULE: Rule = Rule {
    id: "manifest/unknown-key",
    summary: "the CLI does not know a key",
    severity: Severity::Error,
    fix: Repair::Sometimes,
    scope: Scope::Tree,
    needs: &[Model::Manifests],
    page: include_str!("unknown_key.md"),
    check,
};

fn check(facts: &Facts, sink: &mut Sink<'_>) {
    for manifest in current(facts) {
        // A mapping that is used twice through an alias has its key once.
        let mut seen: BTreeSet<Span> = BTreeSet::new();
        for violation in super::violations(manifest) {
            let finding = match &violation.kind {
                ViolationKind::UnknownKey { key, shape, present } => {
                    if fields::REMOVED_KEYS.contains(&&*violation.path) {
                        continue;
                    }
                    unknown(manifest, violation.span, key, shape, present)
                }
                ViolationKind::NewerKey { key, since } if !cli_knows(facts, since) => Diagnostic::new(
                    manifest.place(violation.span),
                    format!("`{key}` needs CLI {since}"),
                )
                .label("older ones refuse the manifest")
                .help("use a newer CLI, or drop the key; `okteto.cli` in `.okteto/check.yml` names yours"),
                _ => continue,
            };
            let severity = match violation.kind {
                ViolationKind::NewerKey { .. } => needs_newer(facts),
                _ => Severity::Error,
            };
            if seen.insert(violation.span) {
                sink.report_as(severity, finding.subject(violation.path.clone()));
            }
        }
    }
}

fn unknown(
    manifest: &Manifest,
    span: Span,
    key: &str,
    shape: &'static Shape,
    present: &[&str],
) -> Diagnostic {
    let place = manifest.place(span);
    if std::ptr::eq(shape, &raw const fields::SERVICE) && knows(&fields::DEV, key) {
        return Diagnostic::new(place, format!("`{key}` is not possible in `services`"))
            .label("a service takes over the settings of its dev container")
            .help("move it to the dev container, or make the service a dev container of its own");
    }
    let finding = Diagnostic::new(place, format!("{} has no key `{key}`", shape.name));
    let free = shape.fields.iter().map(|field| field.name).filter(|name| !present.contains(name));
    if let Some(meant) = closest(key, free) {
        let title = format!("replace `{key}` by `{meant}`");
        return finding
            .label(format!("did you mean `{meant}`?"))
            .help(format!("{title} (safe fix)"))
            .fix(Fix::safe(title, vec![replace(&manifest.file.path, span, meant)]));
    }
    if let Some((_, meant)) = SYNONYMS.iter().find(|(other, meant)| *other == key && knows(shape, meant)) {
        return finding.label("a word of another tool").help(format!("Okteto calls it `{meant}`"));
    }
    if key.starts_with("x-") {
        return finding
            .label("Okteto refuses extension keys, Compose alone has them")
            .help("put the anchor on the first mapping that uses it, and merge it with `<<` in the others");
    }
    match home(shape, key) {
        Some(home) => finding
            .label("the CLI refuses the manifest")
            .help(format!("move it: `{key}` is a key of {}", home.name)),
        None => finding.label("the CLI refuses the manifest").help("delete it, or correct its name"),
    }
}

/// Keys of Compose and Kubernetes, and what Okteto calls them.
const SYNONYMS: [(&str, &str); 8] = [
    ("env", "environment"),
    ("env_file", "envFiles"),
    ("ports", "forward"),
    ("cmd", "command"),
    ("working_dir", "workdir"),
    ("workingDir", "workdir"),
    ("labels", "selector"),
    ("path", "context"),
];

fn knows(shape: &Shape, key: &str) -> bool {
    shape.fields.iter().any(|field| field.name == key)
}

/// The section whose key this is.
fn home(shape: &'static Shape, key: &str) -> Option<&'static Shape> {
    let sections = [&fields::ROOT, &fields::DEV, &fields::BUILD, &fields::TEST, &fields::DEPLOY];
    let mut others = sections.into_iter().filter(|other| !std::ptr::eq(*other, shape));
    others.find(|other| knows(other, key))
}
