//! `ignore/missing-oktetoignore`: a remote run copies a folder that holds what belongs into no cluster, and no
//! `.oktetoignore` keeps anything back.

use super::{missing, probes, wording};
use crate::diagnostic::{Diagnostic, Severity};
use crate::facts::{Facts, Model};
use crate::model::classes::{Class, Probe};
use crate::model::outlets::{self, Channel, Outlet, State};
use crate::{Repair, Rule, Scope, Sink};

pub static RULE: Rule = Rule {
    id: "ignore/missing-oktetoignore",
    summary: "a remote run copies dependencies, `.git` or secrets for lack of an `.oktetoignore`",
    severity: Severity::Warning,
    fix: Repair::Safe,
    scope: Scope::Tree,
    needs: &[Model::Classes],
    page: include_str!("missing_oktetoignore.md"),
    check,
};

fn check(facts: &Facts, sink: &mut Sink<'_>) {
    for outlet in outlets::outlets(facts.synced(), facts.contexts()) {
        let Channel::Remote(runs) = &outlet.channel else { continue };
        let is_bare = matches!(outlet.state(), State::Missing) && runs.iter().any(|run| run.legacy.is_none());
        if !is_bare || !facts.tree.is_dir(outlet.root) {
            continue;
        }
        if !probes::is_sound(facts, &outlet) {
            sink.skip(&outlet.path, "a manifest that copies the folder has syntax errors");
            continue;
        }
        if let Some(diagnostic) = diagnostic(facts, &outlet) {
            sink.report(diagnostic);
        }
    }
}

fn diagnostic(facts: &Facts, outlet: &Outlet<'_>) -> Option<Diagnostic> {
    let certain: Vec<&Probe> = probes::expected_with_secrets(facts, outlet)
        .into_iter()
        .filter(|probe| !matches!(probe.class, Class::OsClutter | Class::SyncLeftovers))
        .collect();
    let consumers = outlet.consumers();
    let (first, rest) = consumers.split_first().filter(|_| !certain.is_empty())?;
    let title =
        format!("`{}` copies {} without an `.oktetoignore`", first.name, wording::folder(outlet.root));
    let mut diagnostic = Diagnostic::new(first.place.clone(), title)
        .label(format!("{} would go along", wording::kinds(&certain)))
        .why("A remote run works on a copy of its context, and `.dockerignore` has no say in it.")
        .subject(outlet.path.to_string());
    for other in rest.iter().filter(|other| other.place != first.place) {
        diagnostic = diagnostic.related(other.place.clone(), format!("`{}` copies it too", other.name));
    }
    Some(missing::with_file(diagnostic, facts, outlet, format!("write `{}`", outlet.path)))
}
