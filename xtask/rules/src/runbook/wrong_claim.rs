//! `runbook/wrong-claim`: a section about one dev container states a port, label or ignore file that the
//! manifest contradicts.

use crate::diagnostic::{Cause, Diagnostic, Severity};
use crate::facts::{Facts, Model};
use crate::model::runbook::claims::{ClaimKind, Contradiction, contradictions};
use crate::model::runbook::voice::Voice;
use crate::model::runbook::{Page, PageKind};
use crate::{Repair, Rule, Scope, Sink};
use std::sync::Arc;

pub static RULE: Rule = Rule {
    id: "runbook/wrong-claim",
    summary: "a section about one dev container states what the manifest contradicts",
    severity: Severity::Warning,
    fix: Repair::None,
    scope: Scope::Tree,
    needs: &[Model::References],
    page: include_str!("wrong_claim.md"),
    check,
};

fn check(facts: &Facts, sink: &mut Sink<'_>) {
    let references = facts.references();
    if !references.known.has_manifests {
        return;
    }
    let landscape = facts.landscape();
    for page in facts.runbooks().pages.iter().filter(|page| page.kind == PageKind::Runbook) {
        let mut voice = Voice::of(page, &references.repositories);
        for found in contradictions(page, &landscape) {
            if !voice.is_silent(Some(found.block), found.span) {
                sink.report(diagnostic(page, &found));
            }
        }
    }
}

fn diagnostic(page: &Page, found: &Contradiction<'_>) -> Diagnostic {
    let (dev, written) = (&found.entry.dev.name.value, page.slice(found.span));
    let place = |span| found.entry.manifest.place(span);
    let new = |title: String| Diagnostic::new(page.file.place(found.span), title);
    let (subject, diagnostic) = match &found.kind {
        ClaimKind::Port { port, meant, other } => {
            let label = match other {
                Some(other) => format!("`{other}` listens here"),
                None => "nothing listens here".to_owned(),
            };
            let right = meant.local.value;
            let diagnostic = new(format!("`{dev}` does not forward local port {port}"))
                .label(label)
                .related(place(meant.span), format!("port {right} on the laptop"))
                .help(format!("write {right}"));
            (format!("port.{port}"), diagnostic)
        }
        ClaimKind::Pair(near) => {
            let diagnostic = new(format!("`{dev}` does not forward `{written}`"))
                .label("another pair of ports")
                .related(place(near.span), "forwarded here")
                .help(format!("write `{}:{}`", near.local.value, near.remote.value));
            (format!("forward.{written}"), diagnostic)
        }
        ClaimKind::Label { label, value, place } => {
            let diagnostic = new(format!("`{dev}` does not select `{label}={written}`"))
                .label("another workload")
                .related(place.clone(), "selected here")
                .help(format!("write `{value}`"));
            (format!("selector.{label}"), diagnostic)
        }
        ClaimKind::IgnoreFile(live) => {
            let live: Vec<String> = live.iter().map(|path| format!("`{path}`")).collect();
            let diagnostic = new(format!("`{dev}` does not read `{written}`"))
                .label("Syncthing reads only the file at the root of a synced folder")
                .help(format!("write {}", live.join(", ")));
            let root = found.entry.session.roots.iter().find_map(|root| root.span());
            let diagnostic = match root {
                Some(span) => diagnostic.related(place(span), "the synced folder"),
                None => diagnostic,
            };
            (format!("stignore.{written}"), diagnostic)
        }
    };
    let subject = format!("dev.{dev}.{subject}");
    let cause = Cause { subject: format!("claim.{subject}"), title: None, gone: None };
    diagnostic.subject(subject).cause(Arc::new(cause))
}
