//! `namespace/naming`: namespaces against the configured patterns, and against Kubernetes.
//!
//! Names that a pipeline gives to previews are held to Kubernetes by `preview/name`, to the pattern here.

use super::{app_of, shared};
use crate::diagnostic::{Diagnostic, Severity};
use crate::facts::{Facts, Model};
use crate::model::argocd::{Application, Stage};
use crate::model::namespaces::{self, Subject, is_within, kind_of, patterns};
use crate::{Repair, Rule, Scope, Sink};
use std::collections::BTreeSet;

pub static RULE: Rule = Rule {
    id: "namespace/naming",
    summary: "a namespace is refused by Kubernetes, or does not follow the configured pattern",
    severity: Severity::Warning,
    fix: Repair::None,
    scope: Scope::Tree,
    needs: &[Model::Patches, Model::Pipeline],
    page: include_str!("naming.md"),
    check,
};

fn check(facts: &Facts, sink: &mut Sink<'_>) {
    let mut seen = BTreeSet::new();
    for application in &facts.argocd().applications {
        let Some(namespace) = &application.namespace else { continue };
        if !seen.insert((application.place(namespace.span), namespace.value.clone())) {
            continue;
        }
        if let Some(refusal) = namespaces::refusal(&namespace.value) {
            let title = format!("`{}` is no name for a namespace", namespace.value);
            sink.report(
                Diagnostic::new(application.place(namespace.span), title)
                    .label(refusal)
                    .help("use lower-case letters, digits and `-`, at most 63")
                    .subject(format!("{}.namespace", application.label())),
            );
        } else if shared::has_counterpart(facts, application) {
            // The same cause, told by `namespace/shared`.
        } else if let Some(diagnostic) = against_pattern(facts, application) {
            sink.report(diagnostic);
        }
    }
    previews(facts, sink);
}

/// What is wrong with the namespace of an Application by the configured pattern.
pub(super) fn against_pattern(facts: &Facts, application: &Application) -> Option<Diagnostic> {
    let namespace = application.namespace.as_ref()?;
    let kind = match application.stage() {
        Stage::Dev => "dev",
        Stage::Prod => "prod",
        Stage::Other => return None,
    };
    let pattern = facts.config.namespace_patterns.get(kind)?;
    // Without an app of this repository the Application deploys something else, which has a name of its own.
    let app = app_of(facts, application)?;
    let subject = Subject::App(app.name(), app.package.as_deref());
    let wanted = patterns(&pattern.value, &subject);
    if wanted.iter().any(|wanted| is_within(&namespace.value, wanted)) {
        return None;
    }
    let config = facts.config.file.as_ref()?;
    let shown = wanted.first()?;
    Some(
        Diagnostic::new(
            application.place(namespace.span),
            format!("`{}` deploys `{}` into `{}`", application.label(), app.name(), namespace.value),
        )
        .label(format!("the {kind} namespace of this app is called `{shown}`"))
        .related(config.place(pattern.span), "the configured pattern")
        .help(format!("write `{shown}`, and move what is deployed"))
        .subject(format!("{}.namespace", application.label())),
    )
}

/// Names of previews and namespaces that jobs make.
fn previews(facts: &Facts, sink: &mut Sink<'_>) {
    let (Some(pattern), Some(config)) = (facts.config.namespace_patterns.get("preview"), &facts.config.file)
    else {
        return;
    };
    let mut seen = BTreeSet::new();
    for job in &facts.pipeline().jobs {
        for call in facts.pipeline().okteto_calls(job) {
            let Some(name) = call.operand.filter(|_| call.verb == "preview deploy") else { continue };
            let shown = name.expression.shown();
            // Where the shell has a say, the name may be anything.
            if name.expression.is_unknown() || !seen.insert(shown.clone()) {
                continue;
            }
            let made = name.expression.pattern();
            let wanted = patterns(&pattern.value, &Subject::Anything);
            let fits = wanted.iter().any(|wanted| is_within(&made, wanted));
            if fits || kind_of(&facts.config, &made) == Some("preview") {
                continue;
            }
            sink.report(
                Diagnostic::new(name.place, format!("`{}` names its preview `{shown}`", job.name.value))
                    .label(format!("previews are called `{}`", pattern.value))
                    .related(config.place(pattern.span), "the configured pattern")
                    .help("follow the pattern: access rights and clean-up go by the name")
                    .subject(format!("{}.preview", job.name.value)),
            );
        }
    }
}
