//! `ignore/uncovered`: dependencies, build output and the like get through an ignore file that is in force.
//!
//! One finding for each file: what its lines do not reach has one cure. Secrets belong to `ignore/secret-exposed`.

use super::{probes, wording};
use crate::diagnostic::{Diagnostic, Fix, Severity};
use crate::facts::{Facts, Model};
use crate::model::classes::{Class, Evidence, Probe};
use crate::model::ignore_repair;
use crate::model::outlets::{self, Outlet};
use crate::model::verdict::Files;
use crate::source::{Place, SourceFile};
use crate::{Repair, Rule, Scope, Sink};

pub static RULE: Rule = Rule {
    id: "ignore/uncovered",
    summary: "dependencies, build output or `.git` get through an ignore file",
    severity: Severity::Error,
    fix: Repair::Safe,
    scope: Scope::Tree,
    needs: &[Model::Classes, Model::Images],
    page: include_str!("uncovered.md"),
    check,
};

fn check(facts: &Facts, sink: &mut Sink<'_>) {
    for outlet in outlets::outlets(facts.synced(), facts.contexts()) {
        let Some(file) = outlet.file() else { continue };
        let found = probes::uncovered(facts, &outlet);
        let asked = probes::asked_for(facts, &outlet, &found);
        let severity = severity(&asked);
        if let Some(diagnostic) = diagnostic(facts, &outlet, file, &found, &asked) {
            sink.report_as(severity, diagnostic);
        }
    }
}

/// `.git` and dependencies are what makes a sync or a build unusable. That git would ignore an
/// environment of Python does not say that there is one: what installs may run in the pod alone.
fn severity(found: &[&Probe]) -> Severity {
    let heavy = |probe: &&Probe| match probe.class {
        Class::VersionControl => true,
        Class::Dependencies => !matches!(probe.evidence, Evidence::GitIgnored(_)),
        _ => false,
    };
    if found.iter().any(heavy) { Severity::Error } else { Severity::Warning }
}

/// What is `asked` for is told, or else all that was `found`; the fix is for all.
fn diagnostic(
    facts: &Facts,
    outlet: &Outlet<'_>,
    file: &SourceFile,
    found: &[&Probe],
    asked: &[&Probe],
) -> Option<Diagnostic> {
    // One probe for each kind: where it gets through first. The worst classes come first.
    let mut shown: Vec<&Probe> = Vec::new();
    for probe in if asked.is_empty() { found } else { asked } {
        if shown.iter().all(|other| other.pattern != probe.pattern) {
            shown.push(probe);
        }
    }
    shown.sort_by_key(|probe| !matches!(probe.class, Class::VersionControl | Class::Dependencies));
    let (first, rest) = shown.split_first()?;
    let leak = outlet.leak(&first.sample)?;
    let (place, label) = reason(outlet, file, first);
    let sent = if asked.is_empty() { wording::UNASKED } else { wording::sent(outlet) };
    let title = format!("{} would be {sent}", wording::kinds(&shown));
    let mut diagnostic = Diagnostic::new(place, title)
        .label(label)
        .subject(wording::folder(outlet.root))
        .related(leak.consumer.place.clone(), wording::sender(outlet, &leak.consumer));
    for probe in rest {
        let (place, label) = reason(outlet, file, probe);
        if place != Place::top(&file.path) {
            diagnostic = diagnostic.related(place, label);
        }
    }
    if let Some(place) = first.evidence.place().filter(|place| **place != leak.consumer.place) {
        diagnostic = diagnostic.related(place.clone(), format!("so `{}` will be there", first.path));
    }
    Some(match ignore_repair::cover(outlet, Files::of(&facts.tree), found) {
        Some(repair) => diagnostic
            .help(wording::help(&repair, &file.path))
            .fix(Fix::safe(wording::action(&repair, &file.path), repair.edits)),
        None => diagnostic.help(format!("keep {} back in `{}`", wording::kinds(found), file.path)),
    })
}

/// The line that fails, and how.
fn reason(outlet: &Outlet<'_>, file: &SourceFile, probe: &Probe) -> (Place, String) {
    let (place, rule) = ignore_repair::place_of(outlet, file, probe);
    let label = match rule {
        Some(rule) if rule.negated => format!("takes `{}` back", probe.path),
        Some(_) => format!("does not reach `{}`", probe.path),
        None => match outlet.rules().len() {
            0 => format!("it has no pattern for `{}`", probe.path),
            count => format!("none of its {} decides `{}`", wording::counted(count, "pattern"), probe.path),
        },
    };
    (place, label)
}
