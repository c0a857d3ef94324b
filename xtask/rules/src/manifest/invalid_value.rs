//! `manifest/invalid-value`: a value that stops the CLI. `manifest/name`, `dev/sync-path` and
//! `variables/syntax` own their subjects.

use super::{cli_knows, current, needs_newer};
use crate::diagnostic::{Diagnostic, Fix, Severity, replace};
use crate::facts::{Facts, Model};
use crate::model::manifest::{Invalid, Manifest};
use crate::source::Span;
use crate::suggest::closest;
use crate::syntax::shape::{Violation, ViolationKind};
use crate::{Repair, Rule, Scope, Sink};
use std::collections::BTreeSet;

pub static RULE: Rule = Rule {
    id: "manifest/invalid-value",
    summary: "the CLI refuses a value",
    severity: Severity::Error,
    fix: Repair::Sometimes,
    scope: Scope::Tree,
    needs: &[Model::Manifests],
    page: include_str!("invalid_value.md"),
    check,
};

fn check(facts: &Facts, sink: &mut Sink<'_>) {
    for manifest in current(facts) {
        if let Some(root) = manifest.yaml.root().filter(|root| root.as_mapping().is_none() && !root.is_null())
            && manifest.is_sound()
        {
            let title = format!("a manifest is a mapping, not {}", root.kind());
            let line = root.span.slice(&manifest.file.text).lines().next().unwrap_or("").len();
            let place = manifest.place(Span::new(root.span.start, root.span.start + line));
            sink.report(
                Diagnostic::new(place, title).label("Okteto expects sections such as `dev:`").subject("root"),
            );
        }
        let mut seen: BTreeSet<Span> = BTreeSet::new();
        for violation in super::violations(manifest) {
            let Some(finding) = wrong_form(facts, manifest, violation) else { continue };
            let severity = match violation.kind {
                ViolationKind::NewerForm { .. } => needs_newer(facts),
                _ => Severity::Error,
            };
            if seen.insert(finding.place.span) {
                sink.report_as(severity, finding);
            }
        }
        for finding in manifest.invalid.iter().map(|invalid| refused(manifest, invalid)) {
            if seen.insert(finding.place.span) {
                sink.report(finding);
            }
        }
    }
}

fn wrong_form(facts: &Facts, manifest: &Manifest, violation: &Violation) -> Option<Diagnostic> {
    let Violation { kind, span, path } = violation;
    let place = manifest.place(*span);
    let finding = match kind {
        ViolationKind::WrongForm { expected, found, instead } => {
            let place = manifest.place(first_line(*span, &manifest.file.text));
            let finding = Diagnostic::new(place, format!("`{path}` must be {expected}"))
                .label(format!("this is {found}"));
            match instead {
                Some(instead) => finding.help(format!("write `{instead}` (safe fix)")).fix(Fix::safe(
                    format!("write `{instead}`"),
                    vec![replace(&manifest.file.path, *span, instead)],
                )),
                None => finding.help("correct it: until then the CLI reads nothing of the manifest"),
            }
        }
        ViolationKind::MissingKey { key, shape }
            if manifest.is_sound() && !is_misspelt(manifest, path, key) =>
        {
            let place = manifest.place(first_line(*span, &manifest.file.text));
            Diagnostic::new(place, format!("{} lacks `{key}`", shape.name))
                .label(format!("`{path}` is of no use without it"))
                .help(format!("add `{key}`"))
        }
        ViolationKind::NewerForm { since } if !cli_knows(facts, since) => {
            Diagnostic::new(place, format!("`{path}` as a mapping needs CLI {since}"))
                .label("older ones take a string only")
                .help("write the path itself, or name the newer CLI as `okteto.cli` in `.okteto/check.yml`")
        }
        _ => return None,
    };
    Some(finding.subject(path.clone()))
}

/// Whether an unknown key beside it is the missing one, misspelt: that is told by `manifest/unknown-key`.
fn is_misspelt(manifest: &Manifest, path: &str, missing: &str) -> bool {
    manifest.violations.iter().any(|other| match &other.kind {
        ViolationKind::UnknownKey { key, .. } => {
            other.path.strip_suffix(key.as_str()).and_then(|rest| rest.strip_suffix('.')) == Some(path)
                && closest(key, [missing]).is_some()
        }
        _ => false,
    })
}

fn refused(manifest: &Manifest, invalid: &Invalid) -> Diagnostic {
    let finding = Diagnostic::new(manifest.place(invalid.span), invalid.message.clone())
        .label(invalid.label.clone())
        .subject(invalid.path.clone());
    match &invalid.instead {
        Some(instead) => {
            let title = format!("write `{instead}`");
            finding
                .help(format!("{title} (safe fix)"))
                .fix(Fix::safe(title, vec![replace(&manifest.file.path, invalid.span, instead)]))
        }
        None => finding.help("correct it: until then the CLI reads nothing of the manifest"),
    }
}

/// Collections are pointed at by their first line.
fn first_line(span: Span, text: &str) -> Span {
    let line = span.slice(text).lines().next().unwrap_or("").trim_end().len();
    Span::new(span.start, span.start + line)
}
