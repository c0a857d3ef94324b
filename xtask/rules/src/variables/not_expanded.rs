//! `variables/not-expanded`: `${…}` where the CLI leaves it as it is. `manifest/invalid-value` owns ports, and
//! `manifest/test-cache` caches.

use crate::diagnostic::{Diagnostic, Severity};
use crate::facts::{Facts, Model};
use crate::model::manifest::Format;
use crate::source::Span;
use crate::syntax::shape::ViolationKind;
use crate::{Repair, Rule, Scope, Sink};
use std::collections::BTreeSet;

pub static RULE: Rule = Rule {
    id: "variables/not-expanded",
    summary: "a variable stands where the CLI does not expand any",
    severity: Severity::Warning,
    fix: Repair::None,
    scope: Scope::Tree,
    needs: &[Model::Manifests],
    page: include_str!("not_expanded.md"),
    check,
};

/// Fields whose own rules speak about variables.
const OWNED: [&str; 3] = ["forward", "reverse", "caches"];

fn check(facts: &Facts, sink: &mut Sink<'_>) {
    for manifest in facts.manifests().iter().filter(|manifest| manifest.format == Format::Sections) {
        let mut seen: BTreeSet<Span> = BTreeSet::new();
        for violation in &manifest.violations {
            let ViolationKind::NotExpanded { key } = violation.kind else { continue };
            if OWNED.contains(&key) || !seen.insert(violation.span) {
                continue;
            }
            let text = violation.span.slice(&manifest.file.text);
            let finding = Diagnostic::new(
                manifest.place(violation.span),
                format!("the CLI does not expand `{text}` in `{}`", violation.path),
            )
            .label("used as it stands, dollar and braces included")
            .help("write the value itself")
            .subject(violation.path.clone());
            sink.report(finding);
        }
    }
}
