//! `namespace/owner`: places that create namespaces although somebody else owns them.
//!
//! Applications whose workload a dev container patches belong to `argocd/dev-app`.

use crate::config::NamespaceOwner;
use crate::diagnostic::{Diagnostic, Severity};
use crate::facts::{Facts, Model};
use crate::model::argocd::LARGEST;
use crate::model::cluster_calls::created;
use crate::model::namespaces::kind_of;
use crate::model::runbook::commands;
use crate::model::runbook::mentions::What;
use crate::model::runbook::tense;
use crate::model::runbook::voice::Voice;
use crate::source::{Place, RepoPath};
use crate::syntax::yaml::{Node, Yaml};
use crate::{Repair, Rule, Scope, Sink};
use std::collections::BTreeSet;

pub static RULE: Rule = Rule {
    id: "namespace/owner",
    summary: "a place creates namespaces that the configuration gives to another owner",
    severity: Severity::Warning,
    fix: Repair::None,
    scope: Scope::Tree,
    needs: &[Model::Patches, Model::Pipeline, Model::References],
    page: include_str!("owner.md"),
    check,
};

/// A place that creates a namespace.
struct Creation {
    place: Place,
    /// Who creates it, as a message begins.
    who: String,
    /// The namespace, with `*` for what varies.
    name: String,
    subject: String,
}

fn check(facts: &Facts, sink: &mut Sink<'_>) {
    let Some(owner) = facts.config.namespace_owner else { return };
    let kind = |creation: &Creation| kind_of(&facts.config, &creation.name);
    let by_tools = by_tools(facts).into_iter();
    let found: Vec<Creation> = match owner {
        NamespaceOwner::Okteto => {
            let others = by_applications(facts).into_iter().chain(by_objects(facts)).chain(by_tools);
            let others = others.chain(by_runbooks(facts, |creation| !creation.by_okteto));
            others.filter(|creation| matches!(kind(creation), Some("dev" | "preview"))).collect()
        }
        // A preview is a namespace that only Okteto can make.
        NamespaceOwner::ArgoCd => {
            let by_okteto = by_okteto(facts).into_iter().filter(|creation| kind(creation) != Some("preview"));
            let told = by_tools.chain(by_runbooks(facts, |_| true));
            by_okteto.chain(told.filter(|creation| kind(creation) == Some("dev"))).collect()
        }
    };
    let configured = configured(facts);
    let mut seen = BTreeSet::new();
    for creation in found {
        // The Applications of a set share one policy, which is one cause.
        if seen.insert(creation.place.clone()) {
            let diagnostic = diagnostic(owner, creation);
            sink.report(match &configured {
                Some(place) => diagnostic.related(place.clone(), "the configured owner"),
                None => diagnostic,
            });
        }
    }
}

/// Where the configuration names the owner.
fn configured(facts: &Facts) -> Option<Place> {
    let file = facts.config.file.as_ref()?;
    let yaml = Yaml::parse(&file.text);
    let node = yaml.root()?.at(&["okteto", "namespace-owner"])?;
    Some(file.place(node.span))
}

fn diagnostic(owner: NamespaceOwner, creation: Creation) -> Diagnostic {
    let Creation { place, who, name, subject } = creation;
    match owner {
        NamespaceOwner::Okteto => {
            Diagnostic::new(place, format!("{who} creates `{name}`, which Okteto owns"))
                .label("a namespace that others make lacks Okteto's labels: Okteto does not see it")
                .help(format!("leave that to `okteto namespace create {name}`"))
                .subject(subject)
        }
        NamespaceOwner::ArgoCd => {
            Diagnostic::new(place, format!("{who} creates a namespace, which Argo CD owns"))
                .label("whoever comes first decides what it looks like: Argo CD then reports drift")
                .help("let the Application create it (`CreateNamespace=true`), and only use it here")
                .subject(subject)
        }
    }
}

/// Applications with `CreateNamespace=true`, but for those that `argocd/dev-app` reports.
fn by_applications(facts: &Facts) -> Vec<Creation> {
    let options = facts.argocd().applications.iter().filter_map(|application| {
        let option = application.sync_option("CreateNamespace=true")?;
        Some((application, application.place(option.site()), application.namespace.as_ref()?))
    });
    let (patched, others): (Vec<_>, Vec<_>) =
        options.partition(|(application, ..)| facts.patches().of(application).is_some());
    let reported: BTreeSet<&Place> = patched.iter().map(|(_, place, _)| place).collect();
    let others = others.iter().filter(|(_, place, _)| !reported.contains(place));
    others
        .map(|(application, place, namespace)| Creation {
            place: place.clone(),
            who: format!("`{}`", application.label()),
            name: namespace.value.clone(),
            subject: format!("{}.CreateNamespace", application.label()),
        })
        .collect()
}

/// Namespaces that lie in the tree as objects, without a label of Okteto's.
fn by_objects(facts: &Facts) -> Vec<Creation> {
    let mut found = Vec::new();
    let is_yaml = |path: &str| path.ends_with(".yaml") || path.ends_with(".yml");
    for entry in facts.tree.notable().filter(|entry| is_yaml(entry.path)) {
        let path = RepoPath::new(entry.path);
        if facts.workspace().is_parked(&path) || facts.is_excluded(&path) {
            continue;
        }
        let Ok(file) = facts.source(&path) else { continue };
        if file.text.len() > LARGEST || !file.text.contains("kind: Namespace") {
            continue;
        }
        for document in &Yaml::parse(&file.text).documents {
            let is_namespace = document.get("kind").and_then(Node::as_str) == Some("Namespace");
            let labels = document.at(&["metadata", "labels"]).map_or(&[] as &[_], Node::entries);
            let of_okteto = labels.iter().any(|entry| entry.key.value.starts_with("dev.okteto.com/"));
            let name = document.at(&["metadata", "name"]).filter(|_| is_namespace && !of_okteto);
            found.extend(name.and_then(|name| {
                let text = name.as_str()?;
                Some(Creation {
                    place: file.place(name.span),
                    who: "this object".to_owned(),
                    name: text.to_owned(),
                    subject: format!("{text}.Namespace"),
                })
            }));
        }
    }
    found
}

/// `okteto namespace create` in jobs and in commands of the manifests.
fn by_okteto(facts: &Facts) -> Vec<Creation> {
    let pipeline = facts.pipeline();
    let mut found = Vec::new();
    for job in &pipeline.jobs {
        for call in pipeline.okteto_calls(job).into_iter().filter(|call| call.verb == "namespace create") {
            let name = call.operand.as_ref().map(|name| name.expression.pattern()).unwrap_or_default();
            found.push(of_job(&job.name.value, call.place, name));
        }
    }
    for manifest in facts.manifests() {
        for command in manifest.shell_commands() {
            let script = command.script();
            for invocation in script.invocations().filter(|invocation| invocation.program == "okteto") {
                let name = created(&invocation);
                found.extend(name.map(|name| of_manifest(manifest.place(invocation.span), &name.text)));
            }
        }
    }
    found
}

/// `kubectl create namespace` and `helm --create-namespace` in jobs and in commands of the manifests.
fn by_tools(facts: &Facts) -> Vec<Creation> {
    let pipeline = facts.pipeline();
    let mut found = Vec::new();
    for job in &pipeline.jobs {
        for name in pipeline.created_namespaces(job) {
            found.push(of_job(&job.name.value, name.place, name.expression.pattern()));
        }
    }
    for manifest in facts.manifests() {
        for command in manifest.shell_commands() {
            let script = command.script();
            let by_tools = script.invocations().filter(|invocation| invocation.program != "okteto");
            let names = by_tools.filter_map(|invocation| created(&invocation));
            // What only the shell knows may be any namespace.
            let literal = names.filter(|word| word.as_literal().is_some());
            found.extend(literal.map(|word| of_manifest(manifest.place(word.span), &word.text)));
        }
    }
    found
}

/// Commands of runbooks that create a namespace, those of owned regions left out.
fn by_runbooks(facts: &Facts, counts: impl Fn(&commands::Creation) -> bool) -> Vec<Creation> {
    let mut found = Vec::new();
    for page in facts.runbooks().pages.iter().filter(|page| page.is_bound()) {
        let mut voice = Voice::of(page, &facts.references().repositories);
        for mention in &page.mentions {
            let What::Namespace(creation) = &mention.what else { continue };
            let warned = mention.block.is_some_and(|block| tense::is_warned_of(page, block, mention.span));
            if !counts(creation) || warned || voice.is_silent(mention.block, mention.span) {
                continue;
            }
            found.push(Creation {
                place: page.file.place(creation.name.span),
                who: format!("`{}` in this runbook", creation.program),
                name: creation.name.value.clone(),
                subject: format!("{}.namespace-create", page.file.path),
            });
        }
    }
    found
}

fn of_job(job: &str, place: Place, name: String) -> Creation {
    Creation { place, who: format!("job `{job}`"), name, subject: format!("{job}.namespace-create") }
}

fn of_manifest(place: Place, name: &str) -> Creation {
    let subject = "manifest.namespace-create".to_owned();
    Creation { place, who: "a command of the manifest".to_owned(), name: name.to_owned(), subject }
}
