//! `dev/port-conflict`: one port of the laptop for two things.

use super::container::{Container, containers};
use crate::diagnostic::{Diagnostic, Severity};
use crate::facts::{Facts, Model};
use crate::model::manifest::Manifest;
use crate::source::{Span, Spanned};
use crate::syntax::yaml::Node;
use crate::{Repair, Rule, Scope, Sink};
use std::collections::BTreeMap;

pub static RULE: Rule = Rule {
    id: "dev/port-conflict",
    summary: "a port of the laptop is taken twice",
    severity: Severity::Error,
    fix: Repair::None,
    scope: Scope::Tree,
    needs: &[Model::Serving],
    page: include_str!("port_conflict.md"),
    check,
};

/// Ports below this one need root on Linux.
const UNPRIVILEGED: u16 = 1024;

/// So many of those that share ports are shown.
const SHOWN: usize = 5;

fn check(facts: &Facts, sink: &mut Sink<'_>) {
    for container in containers(facts) {
        let ports = local_ports(container);
        for (position, port) in ports.iter().enumerate() {
            let earlier = ports.iter().take(position).find(|other| other.value.0 == port.value.0);
            if let Some(earlier) = earlier {
                sink.report(twice(container, earlier, port));
            }
        }
        for forward in
            container.dev.forwards.iter().filter(|forward| (1..UNPRIVILEGED).contains(&forward.local.value))
        {
            sink.report_as(Severity::Note, privileged(container, &forward.local));
        }
    }
    for manifest in facts.manifests() {
        if let Some(diagnostic) = between(facts, manifest) {
            sink.report_as(Severity::Note, diagnostic);
        }
    }
}

/// The ports of the laptop that a session uses, with the word for what uses them; in the order of the file.
fn local_ports(container: Container<'_>) -> Vec<Spanned<(u16, &'static str)>> {
    let global = global_ports(container.manifest).into_iter().map(|port| (port, "the global `forward`"));
    let forwards = container.dev.forwards.iter().map(|forward| (forward.local.clone(), "`forward`"));
    let reverses = container.dev.reverses.iter().map(|reverse| (reverse.local.clone(), "`reverse`"));
    let ports = global.chain(forwards).chain(reverses);
    ports.map(|(port, user)| Spanned::new((port.value, user), port.span)).collect()
}

/// `forward` at the top level holds in every session.
fn global_ports(manifest: &Manifest) -> Vec<Spanned<u16>> {
    let items = manifest.section("forward").map_or(&[] as &[Node], |entry| entry.value.items());
    items
        .iter()
        .filter_map(|item| {
            let scalar = item.as_scalar().or_else(|| item.get("localPort")?.as_scalar())?;
            let whole = item.get("localPort").map_or(item.span, |port| port.span);
            let text = scalar.text.split(':').next()?;
            let span = scalar.locate(Span::new(0, text.len()), whole);
            Some(Spanned::new(text.parse().ok()?, span))
        })
        .collect()
}

fn twice(
    container: Container<'_>,
    earlier: &Spanned<(u16, &'static str)>,
    port: &Spanned<(u16, &'static str)>,
) -> Diagnostic {
    let (number, _) = port.value;
    let (_, user) = earlier.value;
    Diagnostic::new(container.at(port.span), format!("`{}` uses local port {number} twice", container.name()))
        .label("a port leads to one place only: `okteto up` fails")
        .related(container.at(earlier.span), format!("{user} has it already"))
        .help("choose another local port")
        .subject(container.subject(&format!("port.{number}")))
}

fn privileged(container: Container<'_>, port: &Spanned<u16>) -> Diagnostic {
    Diagnostic::new(container.at(port.span), format!("local port {} needs root on Linux laptops", port.value))
        .label("ports below 1024 are privileged")
        .help(format!("forward from a higher port, such as {}", u32::from(port.value) + 8000))
        .subject(container.subject(&format!("privileged.{}", port.value)))
}

/// Two workloads of one manifest whose sessions cannot run side by side: one note for all of them.
fn between(facts: &Facts, manifest: &Manifest) -> Option<Diagnostic> {
    let mut users: BTreeMap<u16, Vec<(Container<'_>, Span)>> = BTreeMap::new();
    for container in containers(facts).filter(|container| container.manifest.file.path == manifest.file.path)
    {
        for forward in &container.dev.forwards {
            let known = users.entry(forward.local.value).or_default();
            if !known.iter().any(|(other, _)| is_same_workload(*other, container)) {
                known.push((container, forward.local.span));
            }
        }
    }
    users.retain(|_, users| users.len() > 1);
    let (port, first) = users.first_key_value()?;
    let ((container, span), _) = first.split_first()?;
    let title = match users.len() {
        1 => format!("{} dev containers share local port {port}", first.len()),
        ports => format!("dev containers share {ports} local ports, {port} among them"),
    };
    let mut diagnostic = Diagnostic::new(container.at(*span), title)
        .label("their sessions cannot run side by side")
        .help("give each its own local port, if they should")
        .subject("dev.port");
    let others: Vec<&(Container<'_>, Span)> = users.values().flatten().skip(1).collect();
    for (container, span) in others.iter().take(SHOWN) {
        diagnostic = diagnostic.related(container.at(*span), format!("`{}` takes it too", container.name()));
    }
    if let Some(more) = others.len().checked_sub(SHOWN).filter(|more| *more > 0) {
        diagnostic = diagnostic.why(format!("and {more} more"));
    }
    Some(diagnostic)
}

/// Two keys for one workload are not run at the same time.
fn is_same_workload(left: Container<'_>, right: Container<'_>) -> bool {
    let labels = |container: Container<'_>| -> BTreeMap<String, String> {
        let selector = container.dev.selector.iter();
        selector.map(|(name, value)| (name.value.clone(), value.value.clone())).collect()
    };
    left.name() == right.name() || (!left.dev.selector.is_empty() && labels(left) == labels(right))
}
