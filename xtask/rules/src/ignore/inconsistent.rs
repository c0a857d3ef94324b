//! `ignore/inconsistent`: one ignore file of the repository keeps a kind of file back, another one lets it through.
//!
//! Only for kinds of which nothing proves that they occur: the proven ones belong to `ignore/uncovered` and
//! `ignore/secret-exposed`, whatever the other files say.

use super::{probes, wording};
use crate::diagnostic::{Diagnostic, Fix, Severity};
use crate::facts::{Facts, Model};
use crate::model::classes::{Class, Probe};
use crate::model::ignore_repair;
use crate::model::outlets::{self, Outlet};
use crate::model::verdict::{Files, Verdict};
use crate::{Repair, Rule, Scope, Sink};

pub static RULE: Rule = Rule {
    id: "ignore/inconsistent",
    summary: "two ignore files decide the same kind of file differently",
    severity: Severity::Warning,
    fix: Repair::Safe,
    scope: Scope::Tree,
    needs: &[Model::Classes],
    page: include_str!("inconsistent.md"),
    check,
};

fn check(facts: &Facts, sink: &mut Sink<'_>) {
    let outlets = outlets::outlets(facts.synced(), facts.contexts());
    for (index, outlet) in outlets.iter().enumerate() {
        if outlet.file().is_none() || outlets.iter().take(index).any(|other| other.path == outlet.path) {
            continue;
        }
        let others: Vec<&Outlet<'_>> =
            outlets.iter().filter(|other| other.path != outlet.path && other.file().is_some()).collect();
        let proven: Vec<&Probe> = probes::expected_with_secrets(facts, outlet);
        let differing: Vec<(&Probe, &Outlet<'_>, Verdict)> = probes::conceivable(facts, outlet)
            .into_iter()
            // The ways of Syncthing are no matter of builds.
            .filter(|probe| probe.class != Class::SyncLeftovers)
            .filter(|probe| proven.iter().all(|other| other.pattern != probe.pattern))
            .filter(|probe| outlet.leak(&probe.sample).is_some())
            .filter_map(|probe| {
                let (other, verdict) =
                    others.iter().find_map(|other| Some((*other, keeps_back(facts, other, probe)?)))?;
                Some((probe, other, verdict))
            })
            .collect();
        if let Some(diagnostic) = diagnostic(facts, outlet, &differing) {
            sink.report(diagnostic);
        }
    }
}

/// The verdict of another outlet on the same kind, by a line that somebody wrote for it.
fn keeps_back(facts: &Facts, outlet: &Outlet<'_>, probe: &Probe) -> Option<Verdict> {
    let same = facts.classes().under(outlet.root).find(|other| other.pattern == probe.pattern)?;
    let verdict = outlet.ignored_by(&same.sample)?;
    let rules: Vec<_> = verdict.decided_by.iter().map(|by| by.rule.clone()).collect();
    ignore_repair::weak_rules(&rules, same).next().is_some().then_some(verdict)
}

fn diagnostic(
    facts: &Facts,
    outlet: &Outlet<'_>,
    differing: &[(&Probe, &Outlet<'_>, Verdict)],
) -> Option<Diagnostic> {
    let file = outlet.file()?;
    let (first, other, verdict) = differing.first()?;
    let found: Vec<&Probe> = differing.iter().map(|(probe, _, _)| *probe).collect();
    let (place, rule) = ignore_repair::place_of(outlet, file, first);
    let label = match rule {
        Some(rule) if rule.negated => format!("takes `{}` back", first.sample),
        Some(_) => format!("does not reach `{}`", first.sample),
        None => format!("no pattern decides `{}`", first.sample),
    };
    let title = format!("`{}` lets {} through, `{}` does not", file.path, wording::kinds(&found), other.path);
    let mut diagnostic = Diagnostic::new(place, title).label(label).subject(file.path.to_string());
    if let Some(place) = verdict.place() {
        diagnostic = diagnostic.related(place, "keeps it back");
    }
    Some(match ignore_repair::cover(outlet, Files::of(&facts.tree), &found) {
        Some(repair) => diagnostic
            .help(wording::help(&repair, &file.path))
            .fix(Fix::safe(wording::action(&repair, &file.path), repair.edits)),
        None => diagnostic.help("let both files agree"),
    })
}
