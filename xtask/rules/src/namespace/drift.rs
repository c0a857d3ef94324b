//! `namespace/drift`: places that mean one release or namespace and write two names.

use super::app_of;
use crate::diagnostic::{Diagnostic, Severity};
use crate::facts::{Facts, Model};
use crate::model::argocd::{Application, Stage};
use crate::model::cluster_calls::told_namespace;
use crate::model::serving::instance;
use crate::source::Place;
use crate::{Repair, Rule, Scope, Sink};
use std::collections::BTreeSet;

pub static RULE: Rule = Rule {
    id: "namespace/drift",
    summary: "a dev container, an Application or a command names another release or namespace",
    severity: Severity::Warning,
    fix: Repair::None,
    scope: Scope::Tree,
    needs: &[Model::Patches, Model::Pipeline],
    page: include_str!("drift.md"),
    check,
};

fn check(facts: &Facts, sink: &mut Sink<'_>) {
    selectors(facts, sink);
    commands(facts, sink);
}

/// Selectors whose instance no Application releases, while the dev Application of the same app releases
/// something else.
fn selectors(facts: &Facts, sink: &mut Sink<'_>) {
    let applications = &facts.argocd().applications;
    // What is not known may be the release that is looked for.
    if applications.iter().any(|application| application.name.is_none() && application.releases().is_empty())
    {
        return;
    }
    for session in facts.serving().sessions.iter().filter(|session| session.alias_of.is_none()) {
        let Some(manifest) = facts.manifests().get(session.manifest) else { continue };
        let Some(dev) = manifest.devs.get(session.dev) else { continue };
        let (Some(selected), [folder]) = (instance(dev), session.apps.as_slice()) else { continue };
        let is_released = |application: &Application| {
            application.releases().iter().any(|release| release.value == selected.value)
                || application.name.as_ref().is_some_and(|name| name.value == selected.value)
        };
        if selected.value.contains('$') || applications.iter().any(is_released) {
            continue;
        }
        let mut meant = applications.iter().filter(|application| {
            application.stage() == Stage::Dev
                && app_of(facts, application).is_some_and(|app| app.folder == *folder)
        });
        let (Some(application), None) = (meant.next(), meant.next()) else { continue };
        // It has a dev container of its own.
        if facts.patches().of(application).is_some() {
            continue;
        }
        let Some(release) = application.releases().first().copied() else { continue };
        sink.report(
            Diagnostic::new(
                manifest.place(selected.span),
                format!("`{}` selects `{}`, which no Application releases", dev.name.value, selected.value),
            )
            .label(format!("`okteto up` finds no workload: the app's release is `{}`", release.value))
            .related(application.place(release.span), "the release of this app in the dev environment")
            .help(format!("select `{}`, or rename the release", release.value))
            .subject(format!("dev.{}.selector", dev.name.value)),
        );
    }
}

/// Literal namespaces of commands that are nearly, but not quite, one that an Application deploys into.
fn commands(facts: &Facts, sink: &mut Sink<'_>) {
    let known: BTreeSet<&str> = facts
        .argocd()
        .applications
        .iter()
        .filter_map(|application| application.namespace.as_ref())
        .map(|namespace| namespace.value.as_str())
        .collect();
    for (place, written, subject) in named(facts) {
        if known.contains(written.as_str()) {
            continue;
        }
        let Some(meant) = known.iter().copied().find(|known| is_slip(&written, known)) else { continue };
        let target = facts.argocd().applications.iter().find_map(|application| {
            let namespace = application.namespace.as_ref().filter(|namespace| namespace.value == meant)?;
            Some(application.place(namespace.span))
        });
        let diagnostic =
            Diagnostic::new(place, format!("`{written}` is no namespace that an Application deploys into"))
                .label(format!("did you mean `{meant}`?"))
                .help(format!("write `{meant}`, or add the Application of `{written}`"))
                .subject(format!("{subject}.{written}"));
        sink.report(match target {
            Some(place) => diagnostic.related(place, "deployed into this one"),
            None => diagnostic,
        });
    }
}

/// Whether one name is the other with one letter or hyphen more, less, changed, or two swapped. Numbers and
/// names that differ in a part of one letter are different namespaces.
fn is_slip(left: &str, right: &str) -> bool {
    let (left, right): (Vec<char>, Vec<char>) = (left.chars().collect(), right.chars().collect());
    let head = left.iter().zip(&right).take_while(|(left, right)| left == right).count();
    let tail = left
        .iter()
        .skip(head)
        .rev()
        .zip(right.iter().skip(head).rev())
        .take_while(|(left, right)| left == right);
    let tail = tail.count();
    let middle = |text: &[char]| text.get(head..text.len() - tail).unwrap_or_default().to_vec();
    let (one, other) = (middle(&left), middle(&right));
    let swapped = one.len() == 2 && one.iter().rev().eq(&other);
    let letters = one.iter().chain(&other).all(|letter| letter.is_alphabetic() || *letter == '-');
    let is_part = |text: &[char]| {
        let before = head.checked_sub(1).and_then(|at| text.get(at)).is_none_or(|letter| *letter == '-');
        let after = text.get(text.len() - tail).is_none_or(|letter| *letter == '-');
        before && after
    };
    let single = one.len() <= 1 && other.len() <= 1 && !is_part(&left) && !is_part(&right);
    letters && (swapped || single)
}

/// Literal namespaces in jobs and in commands of the manifests.
fn named(facts: &Facts) -> Vec<(Place, String, String)> {
    let pipeline = facts.pipeline();
    let mut found = Vec::new();
    for job in &pipeline.jobs {
        let of_okteto = pipeline.okteto_calls(job).into_iter().flat_map(|call| {
            let operand =
                call.operand.filter(|_| matches!(call.verb.as_str(), "namespace use" | "namespace delete"));
            operand.into_iter().chain(call.namespace)
        });
        for name in of_okteto.chain(pipeline.told_namespaces(job)) {
            if let Some(text) = name.expression.as_literal().filter(|text| !text.is_empty()) {
                found.push((name.place, text.to_owned(), job.name.value.clone()));
            }
        }
    }
    for manifest in facts.manifests() {
        for command in manifest.shell_commands() {
            let script = command.script();
            for invocation in script.invocations() {
                if !matches!(invocation.program, "okteto" | "helm" | "kubectl") {
                    continue;
                }
                let told = told_namespace(&invocation);
                if let Some(word) = told.filter(|word| word.as_literal().is_some_and(|text| !text.is_empty()))
                {
                    found.push((manifest.place(word.span), word.text.clone(), "manifest".to_owned()));
                }
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_told_from_other_names() {
        for (left, right) in [
            ("web-dev-shpo", "web-dev-shop"),
            ("web-dev-shp", "web-dev-shop"),
            ("web-dve-shop", "web-dev-shop"),
            ("web-dev-ship", "web-dev-shop"),
            ("web-devshop", "web-dev-shop"),
        ] {
            assert!(is_slip(left, right) && is_slip(right, left), "{left}");
        }
        for (left, right) in [
            ("web-dev-blog", "web-dev-shop"),
            ("web-dev-1", "web-dev-2"),
            ("team-a", "team-b"),
            ("team", "team-b"),
            ("web-shop", "web-dev-shop"),
            ("shop", "web-shop"),
        ] {
            assert!(!is_slip(left, right) && !is_slip(right, left), "{left}");
        }
    }
}
