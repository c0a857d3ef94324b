//! `runbook/stale-excerpt`: a YAML fence that shows a piece of a manifest which says something else by now.

use crate::diagnostic::{Diagnostic, Fix, Severity, replace};
use crate::facts::{Facts, Model};
use crate::model::runbook::excerpts::{self, Drift, DriftKind};
use crate::model::runbook::stale::{Kind, References};
use crate::model::runbook::voice::Voice;
use crate::model::runbook::{Page, PageKind};
use crate::{Repair, Rule, Scope, Sink};

pub static RULE: Rule = Rule {
    id: "runbook/stale-excerpt",
    summary: "a YAML fence shows a piece of a manifest which says something else by now",
    severity: Severity::Warning,
    fix: Repair::Sometimes,
    scope: Scope::Tree,
    needs: &[Model::References],
    page: include_str!("stale_excerpt.md"),
    check,
};

/// How many further differences of one fence are shown.
const MAX_SHOWN: usize = 8;

fn check(facts: &Facts, sink: &mut Sink<'_>) {
    let manifests = facts.manifests();
    if !facts.references().known.has_manifests {
        return;
    }
    for page in facts.runbooks().pages.iter().filter(|page| page.kind != PageKind::Notes) {
        let mut voice = Voice::of(page, &facts.references().repositories);
        for (fence, drifts) in excerpts::stale(page, manifests, facts.references()) {
            if let [first, rest @ ..] = drifts.as_slice()
                && !voice.is_foreign(Some(fence.block))
            {
                sink.report(diagnostic(facts.references(), page, first, rest));
            }
        }
    }
}

fn diagnostic(references: &References, page: &Page, first: &Drift, rest: &[Drift]) -> Diagnostic {
    let label = match &first.kind {
        DriftKind::NoEntry(..) => "gone, or renamed",
        DriftKind::NoKey | DriftKind::NoItem => "not in the manifest",
        DriftKind::Value { .. } | DriftKind::Form(_) => "changed since",
    };
    let mut diagnostic = Diagnostic::new(page.file.place(first.span), message(first))
        .label(label)
        .subject(format!("excerpt.{}", message(first)));
    if let DriftKind::NoEntry(kind, name) = &first.kind
        && let Some(cause) = references.cause_of(*kind, name)
    {
        diagnostic = diagnostic.cause(cause);
    }
    if let DriftKind::Value { place, .. } | DriftKind::Form(place) = &first.kind {
        diagnostic = diagnostic.related(place.clone(), "the manifest says this");
    }
    for drift in rest.iter().take(MAX_SHOWN) {
        diagnostic = diagnostic.related(page.file.place(drift.span), message(drift));
    }
    let instead = |drift: &Drift| match &drift.kind {
        DriftKind::Value { written, .. } => written.clone(),
        DriftKind::NoEntry(Kind::Dev, name) => references.renamed.get(name).cloned(),
        _ => None,
    };
    let all = || std::iter::once(first).chain(rest);
    let edits: Vec<_> =
        all().filter_map(|drift| Some(replace(&page.file.path, drift.span, instead(drift)?))).collect();
    if edits.is_empty() {
        return diagnostic.help("show what is there now, or an owned region, which stays right on its own");
    }
    // A new name is certain. What else differs may have been left out on purpose.
    if all().all(|drift| matches!(drift.kind, DriftKind::NoEntry(..))) {
        return diagnostic
            .help("`cargo xtask fix` writes the new name (safe fix)")
            .fix(Fix::safe("write the new name", edits));
    }
    diagnostic
        .help("`cargo xtask fix --unsafe` writes what the manifest says")
        .fix(Fix::needs_review("write what the manifest says", edits))
}

fn message(drift: &Drift) -> String {
    let path = cut(&drift.path);
    match &drift.kind {
        DriftKind::NoEntry(..) => format!("no manifest has `{path}`"),
        DriftKind::NoKey => format!("the manifest has no `{path}`"),
        DriftKind::NoItem => format!("`{path}` has no such item"),
        DriftKind::Value { now, .. } => format!("`{path}` is `{}` in the manifest", cut(now)),
        DriftKind::Form(_) => format!("`{path}` has another form in the manifest"),
    }
}

fn cut(text: &str) -> String {
    let text = text.replace(['`', '\n'], " ");
    if text.chars().count() <= 36 {
        text
    } else {
        format!("{}…", text.chars().take(35).collect::<String>())
    }
}
