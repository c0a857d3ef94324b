//! `endpoint/unserved`: a URL of an environment or an external resource that no Ingress serves.

use crate::diagnostic::{Diagnostic, Severity};
use crate::facts::{Facts, Model};
use crate::model::chart::{Hosts, is_host};
use crate::model::pipeline::{Expression, Piece};
use crate::source::Place;
use crate::{Repair, Rule, Scope, Sink};
use std::collections::BTreeSet;

pub static RULE: Rule = Rule {
    id: "endpoint/unserved",
    summary: "a URL names a host that no Ingress of the repository serves",
    severity: Severity::Warning,
    fix: Repair::None,
    scope: Scope::Tree,
    needs: &[Model::Hosts, Model::Pipeline, Model::Manifests],
    page: include_str!("unserved.md"),
    check,
};

/// A URL that somebody will click.
struct Url {
    place: Place,
    /// Its host with `*` for what varies.
    host: String,
    /// The host as written, for people.
    shown: String,
    /// Whether it belongs to a preview: then the repository must serve it.
    preview: bool,
    subject: String,
}

fn check(facts: &Facts, sink: &mut Sink<'_>) {
    let hosts = facts.hosts();
    if let Some((place, reason)) = &hosts.open {
        sink.skip(&place.path, *reason);
        return;
    }
    // A repository without any host has its Ingresses elsewhere.
    if hosts.served.is_empty() {
        return;
    }
    let mut seen = BTreeSet::new();
    for url in environments(facts).into_iter().chain(externals(facts)) {
        let ours = url.preview || is_ours(facts, hosts, &url.host);
        if !ours || hosts.may_serve(&url.host) || !seen.insert(url.place.clone()) {
            continue;
        }
        sink.report(diagnostic(facts, hosts, url));
    }
}

/// `environment.url` of jobs.
fn environments(facts: &Facts) -> Vec<Url> {
    let pipeline = facts.pipeline();
    let mut urls = Vec::new();
    for job in &pipeline.jobs {
        let Some(value) = job.at(&["environment", "url"]) else { continue };
        let Some(text) = value.text() else { continue };
        let preview = pipeline.okteto_calls(job).iter().any(|call| call.verb == "preview deploy");
        let subject = format!("{}.environment.url", job.name.value);
        urls.extend(url(facts, &job.expression(text), pipeline.place_of(value), preview, subject));
    }
    urls
}

/// `external.*.endpoints[].url` of the manifests.
fn externals(facts: &Facts) -> Vec<Url> {
    let mut urls = Vec::new();
    for manifest in facts.manifests() {
        for external in &manifest.externals {
            for (name, text) in &external.endpoints {
                let Some(text) = text else { continue };
                let subject = format!("external.{}.{}", external.name.value, name.value);
                urls.extend(url(
                    facts,
                    &Expression::of_text(&text.value),
                    manifest.place(text.span),
                    false,
                    subject,
                ));
            }
        }
    }
    urls
}

fn url(facts: &Facts, expression: &Expression, place: Place, preview: bool, subject: String) -> Option<Url> {
    let pieces = expression.pieces.iter().map(|piece| match piece {
        Piece::Variable(name) if name == "OKTETO_DOMAIN" => match okteto_domain(facts) {
            Some(domain) => Piece::Literal(domain),
            None => piece.clone(),
        },
        _ => piece.clone(),
    });
    let expression = Expression { pieces: pieces.collect() };
    let host = host_of(&expression.pattern())?.to_ascii_lowercase();
    let shown = host_of(&expression.shown())?.to_owned();
    is_host(&host).then_some(Url { place, host, shown, preview, subject })
}

/// The host of a URL.
fn host_of(url: &str) -> Option<&str> {
    let (_, rest) = url.split_once("://")?;
    rest.split(['/', ':', '?', '#']).next().filter(|host| !host.is_empty())
}

/// The domain below which Okteto would make hosts: its own host without the first label.
fn okteto_domain(facts: &Facts) -> Option<String> {
    let context = facts.config.hosts.get("context")?;
    context.value.split_once('.').map(|(_, domain)| domain.to_owned())
}

/// Whether a host lies in a domain for which the repository is responsible: one in which it serves hosts, or
/// Okteto's.
fn is_ours(facts: &Facts, hosts: &Hosts, host: &str) -> bool {
    let okteto = facts.config.hosts.values().any(|known| known.value == host);
    let is_served = || hosts.served.iter().any(|served| domain(&served.pattern) == domain(host));
    !okteto && (is_served() || is_okteto(facts, host))
}

/// What somebody registered of a host: its last two labels, of `co.uk` and the like three.
fn domain(host: &str) -> &str {
    let mut dots = host.rmatch_indices('.').map(|(at, _)| at);
    let (Some(first), second, third) = (dots.next(), dots.next(), dots.next()) else { return host };
    let top = host.len() - first - 1;
    let below = second.map_or(first, |second| first - second - 1);
    let start = if top == 2 && below <= 3 { third } else { second };
    start.and_then(|dot| host.get(dot + 1..)).unwrap_or(host)
}

fn is_okteto(facts: &Facts, host: &str) -> bool {
    okteto_domain(facts).is_some_and(|domain| host.ends_with(&format!(".{domain}")))
}

fn diagnostic(facts: &Facts, hosts: &Hosts, url: Url) -> Diagnostic {
    let label = if is_okteto(facts, &url.host) {
        "a host of Okteto's domain exists only where an Ingress names it, and none does"
    } else {
        "the link leads nowhere"
    };
    let diagnostic = Diagnostic::new(url.place, format!("no Ingress serves `{}`", url.shown))
        .label(label)
        .help("use a host that the chart's Ingress produces, or add the Ingress")
        .subject(url.subject);
    let near = hosts.served.iter().max_by_key(|served| likeness(&served.pattern, &url.host));
    let near = near.filter(|served| likeness(&served.pattern, &url.host) > 0);
    match near {
        Some(served) => diagnostic.related(served.place.clone(), format!("`{}` is served", served.pattern)),
        None => diagnostic,
    }
}

/// How many characters two hosts of one domain share at both ends; none for hosts of different domains.
fn likeness(left: &str, right: &str) -> usize {
    let shared =
        |pairs: &mut dyn Iterator<Item = (char, char)>| pairs.take_while(|(one, other)| one == other).count();
    let end = shared(&mut left.chars().rev().zip(right.chars().rev()));
    if end < domain(right).len() { 0 } else { end + shared(&mut left.chars().zip(right.chars())) }
}
