//! `namespace/owner`: places that create namespaces although somebody else owns them.
//!
//! Applications whose workload a dev container patches belong to `argocd/dev-app`.

use crate::config::NamespaceOwner;
use crate::diagnostic::{Diagnostic, Severity};
use crate::facts::{Facts, Model};
use crate::model::argocd::Application;
use crate::model::namespaces::kind_of;
use crate::rules::argocd::patched::patch;
use crate::rules::{Repair, Rule, Scope, Sink};
use crate::source::{Place, Span};
use std::collections::BTreeSet;

pub static RULE: Rule = Rule {
    id: "namespace/owner",
    summary: "a place creates namespaces that the configuration gives to another owner",
    severity: Severity::Warning,
    fix: Repair::None,
    scope: Scope::Tree,
    needs: &[Model::ArgoCd, Model::Serving, Model::Pipeline],
    page: include_str!("owner.md"),
    check,
};

fn check(facts: &Facts, sink: &mut Sink<'_>) {
    match facts.config.namespace_owner {
        Some(NamespaceOwner::Okteto) => applications(facts, sink),
        Some(NamespaceOwner::ArgoCd) => commands(facts, sink),
        None => {}
    }
}

/// Where the configuration names the owner.
fn configured(facts: &Facts) -> Option<Place> {
    let file = facts.config.file.as_ref()?;
    let yaml = crate::syntax::yaml::Yaml::parse(&file.text);
    let node = yaml.root()?.at(&["okteto", "namespace-owner"])?;
    Some(file.place(node.span))
}

/// Applications that create a namespace of Okteto's.
fn applications(facts: &Facts, sink: &mut Sink<'_>) {
    let mut seen = BTreeSet::new();
    for application in &facts.argocd().applications {
        let (Some(option), Some(namespace)) =
            (application.sync_option("CreateNamespace=true"), &application.namespace)
        else {
            continue;
        };
        let owned = matches!(kind_of(&facts.config, &namespace.value), Some("dev" | "preview"));
        let place = application.place(option.site());
        if !owned || patch(facts, application).is_some() || !seen.insert(place.clone()) {
            continue;
        }
        sink.report(by_argo(facts, application, place, &namespace.value));
    }
}

fn by_argo(facts: &Facts, application: &Application, place: Place, namespace: &str) -> Diagnostic {
    let diagnostic =
        Diagnostic::new(place, format!("`{}` creates `{namespace}`, which Okteto owns", application.label()))
            .label("a namespace that Argo CD makes lacks Okteto's labels: Okteto does not see it")
            .help(format!("remove the option; create it with `okteto namespace create {namespace}`"))
            .subject(format!("{}.CreateNamespace", application.label()));
    match configured(facts) {
        Some(place) => diagnostic.related(place, "the configured owner"),
        None => diagnostic,
    }
}

/// Commands that create namespaces of Argo CD's. A preview is a namespace that only Okteto can make.
fn commands(facts: &Facts, sink: &mut Sink<'_>) {
    let pipeline = facts.pipeline();
    for job in &pipeline.jobs {
        for call in pipeline.okteto_calls(job).into_iter().filter(|call| call.verb == "namespace create") {
            let name = call.operand.as_ref().map(|name| name.expression.pattern()).unwrap_or_default();
            if kind_of(&facts.config, &name) == Some("preview") {
                continue;
            }
            sink.report(by_command(facts, call.place, &format!("job `{}`", job.name.value), &job.name.value));
        }
    }
    for manifest in facts.manifests() {
        for command in manifest.shell_commands() {
            let script = command.script();
            for invocation in script.invocations().filter(|invocation| invocation.program == "okteto") {
                let word = |at: usize| invocation.args.get(at).map_or("", |word| word.text.as_str());
                if matches!(word(0), "namespace" | "ns") && word(1) == "create" {
                    let place = manifest.place(invocation.span);
                    sink.report(by_command(facts, place, "a command of the manifest", "manifest"));
                }
            }
        }
    }
}

fn by_command(facts: &Facts, place: Place, who: &str, subject: &str) -> Diagnostic {
    let diagnostic = Diagnostic::new(place, format!("{who} creates a namespace, which Argo CD owns"))
        .label("whoever comes first decides what it looks like: Argo CD then reports drift")
        .help(
            "let the Application create it (`CreateNamespace=true`), and only `okteto namespace use` it here",
        )
        .subject(format!("{subject}.namespace-create"));
    match configured(facts) {
        Some(owner) if owner.span != Span::default() => diagnostic.related(owner, "the configured owner"),
        _ => diagnostic,
    }
}
