//! `namespace/shared`: dev and production of one app in one namespace.

use super::{app_of, naming};
use crate::diagnostic::{Diagnostic, Severity};
use crate::facts::{Facts, Model};
use crate::model::argocd::{Application, Stage};
use crate::{Repair, Rule, Scope, Sink};

pub static RULE: Rule = Rule {
    id: "namespace/shared",
    summary: "dev and production of one app are deployed into the same namespace",
    severity: Severity::Warning,
    fix: Repair::None,
    scope: Scope::Tree,
    needs: &[Model::Patches],
    page: include_str!("shared.md"),
    check,
};

fn check(facts: &Facts, sink: &mut Sink<'_>) {
    for dev in &facts.argocd().applications {
        let Some(prod) = production_of(facts, dev) else { continue };
        let Some(namespace) = &dev.namespace else { continue };
        let Some(other) = &prod.namespace else { continue };
        let (here, there) = (dev.place(namespace.span), prod.place(other.span));
        let title =
            format!("`{}` and `{}` share the namespace `{}`", dev.label(), prod.label(), namespace.value);
        // The side that does not follow the pattern is the one that went astray.
        let astray =
            naming::against_pattern(facts, dev).is_none() && naming::against_pattern(facts, prod).is_some();
        let diagnostic = if astray {
            Diagnostic::new(there, title)
                .label("visitors are served from where dev containers work, with the same secrets")
                .related(here, "development")
                .help("give production a namespace of its own")
        } else {
            Diagnostic::new(here, title)
                .label("a dev container here works next to what visitors see, with the same secrets")
                .related(there, "production")
                .help("give dev a namespace of its own")
        };
        sink.report(diagnostic.subject(format!("{}.namespace", dev.label())));
    }
}

/// Whether this rule speaks about the namespace of an Application, of either side.
pub(super) fn has_counterpart(facts: &Facts, application: &Application) -> bool {
    let is_production = |dev: &Application| {
        dev.stage() == Stage::Dev && application.stage() == Stage::Prod && is_shared(facts, dev, application)
    };
    production_of(facts, application).is_some() || facts.argocd().applications.iter().any(is_production)
}

/// The production Application of the same app that a dev Application shares its namespace with.
fn production_of<'a>(facts: &'a Facts, dev: &Application) -> Option<&'a Application> {
    let mut all = facts.argocd().applications.iter();
    let is_dev = dev.stage() == Stage::Dev;
    all.find(|prod| is_dev && prod.stage() == Stage::Prod && is_shared(facts, dev, prod))
}

fn is_shared(facts: &Facts, dev: &Application, prod: &Application) -> bool {
    let (Some(left), Some(right)) = (&dev.namespace, &prod.namespace) else { return false };
    let known_apart = matches!((&dev.cluster, &prod.cluster), (Some(left), Some(right)) if left != right);
    left.value == right.value && !known_apart && is_same_app(facts, dev, prod)
}

/// Whether both deploy one app: an app of the repository, the same release, or files of the same name.
fn is_same_app(facts: &Facts, dev: &Application, prod: &Application) -> bool {
    match (app_of(facts, dev), app_of(facts, prod)) {
        (Some(left), Some(right)) => left.folder == right.folder,
        _ => {
            let releases = prod.releases();
            dev.releases().iter().any(|release| releases.iter().any(|other| other.value == release.value))
                || (dev.set.is_none() && dev.file.path.file_name() == prod.file.path.file_name())
        }
    }
}
