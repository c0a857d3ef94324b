//! `dev/selector-conflict`: two different dev containers for one workload. Those with the same body are
//! aliases, and meant.

use super::container::{Container, containers};
use crate::diagnostic::{Diagnostic, Severity};
use crate::facts::{Facts, Model};
use crate::model::serving::instance;
use crate::source::Span;
use crate::{Repair, Rule, Scope, Sink};
use std::collections::BTreeMap;

pub static RULE: Rule = Rule {
    id: "dev/selector-conflict",
    summary: "two different dev containers select the same workload",
    severity: Severity::Warning,
    fix: Repair::None,
    scope: Scope::Tree,
    needs: &[Model::Serving],
    page: include_str!("selector_conflict.md"),
    check,
};

/// What a dev container replaces: the manifest, the labels, the container of the pod.
type Workload<'a> = (usize, Vec<(&'a str, &'a str)>, &'a str);

fn check(facts: &Facts, sink: &mut Sink<'_>) {
    let mut first: BTreeMap<Workload<'_>, Container<'_>> = BTreeMap::new();
    for container in containers(facts).filter(|container| !container.dev.selector.is_empty()) {
        let mut labels: Vec<(&str, &str)> = container
            .dev
            .selector
            .iter()
            .map(|(name, value)| (name.value.as_str(), value.value.as_str()))
            .collect();
        labels.sort_unstable();
        let of_pod = container.dev.node.get("container").and_then(|node| node.as_str()).unwrap_or_default();
        let key = (container.session.manifest, labels, of_pod);
        match first.get(&key) {
            Some(earlier) => sink.report(diagnostic(*earlier, container)),
            None => {
                first.insert(key, container);
            }
        }
    }
}

fn diagnostic(earlier: Container<'_>, container: Container<'_>) -> Diagnostic {
    let (name, other) = (container.name(), earlier.name());
    Diagnostic::new(
        container.at(selector_span(container)),
        format!("`{name}` selects the workload of `{other}`"),
    )
    .label("they differ: whoever comes second takes the workload from the first")
    .related(earlier.at(selector_span(earlier)), "the same selector")
    .help("select another workload, or make the bodies equal if one is an alias of the other")
    .subject(container.subject("selector"))
}

/// The label that tells instances apart, or the first one.
fn selector_span(container: Container<'_>) -> Span {
    let first = || container.dev.selector.first().map(|(_, value)| value.span);
    instance(container.dev).map(|value| value.span).or_else(first).unwrap_or(container.dev.name.span)
}
