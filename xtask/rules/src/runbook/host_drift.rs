//! `runbook/host-drift`: a host that seems to be the Okteto installation's and is not.

use crate::diagnostic::{Cause, Diagnostic, Fix, Severity, replace};
use crate::facts::{Facts, Model};
use crate::model::runbook::Page;
use crate::model::runbook::mentions::{Mention, What};
use crate::model::runbook::voice::Voice;
use crate::source::{Place, Span};
use crate::suggest::closest;
use crate::{Repair, Rule, Scope, Sink};
use std::collections::BTreeSet;
use std::sync::Arc;

pub static RULE: Rule = Rule {
    id: "runbook/host-drift",
    summary: "a host seems to be the Okteto installation's and is not",
    severity: Severity::Warning,
    fix: Repair::Unsafe,
    scope: Scope::Tree,
    needs: &[Model::References],
    page: include_str!("host_drift.md"),
    check,
};

/// A host that is known to be part of the installation.
struct Known {
    host: String,
    place: Option<Place>,
    what: String,
}

impl Known {
    fn label(&self) -> &str {
        self.host.split('.').next().unwrap_or(&self.host)
    }

    fn domain(&self) -> &str {
        self.host.split_once('.').map_or("", |(_, domain)| domain)
    }
}

fn check(facts: &Facts, sink: &mut Sink<'_>) {
    let known = known_hosts(facts);
    if known.is_empty() {
        return;
    }
    let contexts = contexts(&facts.runbooks().pages);
    for page in &facts.runbooks().pages {
        let mut voice = Voice::of(page, &facts.references().repositories);
        for mention in &page.mentions {
            let Some((host, span)) = host(mention) else { continue };
            if is_drift(host, &known, contexts.contains(host))
                && !voice.is_silent(mention.block, span)
                && let Some(near) = nearest(host, &known)
            {
                sink.report(diagnostic(page, host, span, near));
            }
        }
    }
}

/// The host that a mention names; `okteto context use` takes one without a scheme.
fn host(mention: &Mention) -> Option<(&str, Span)> {
    match &mention.what {
        What::Host(host) => Some((host, mention.span)),
        What::Okteto(call) if call.verb == "context use" => {
            let operand = call.operands.first()?;
            (!operand.value.contains("://")).then_some((operand.value.as_str(), operand.span))
        }
        _ => None,
    }
}

fn diagnostic(page: &Page, host: &str, span: Span, near: &Known) -> Diagnostic {
    let edits = vec![replace(&page.file.path, span, near.host.clone())];
    let cause = Cause { subject: format!("host.{host}"), title: None, gone: None };
    let diagnostic =
        Diagnostic::new(page.file.place(span), format!("`{host}` is no host of the Okteto installation"))
            .label(format!("{} is `{}`", near.what, near.host))
            .help(format!("`cargo xtask fix --unsafe` puts `{}` there", near.host))
            .subject(format!("host.{host}"))
            .cause(Arc::new(cause))
            .fix(Fix::needs_review(format!("replace `{host}` by `{}`", near.host), edits));
    match &near.place {
        Some(place) => diagnostic.related(place.clone(), "known from here"),
        None => diagnostic,
    }
}

/// The hosts of the configuration, and the registries that manifests name.
fn known_hosts(facts: &Facts) -> Vec<Known> {
    let file = facts.config.file.as_ref();
    let mut known: Vec<Known> = facts
        .config
        .hosts
        .iter()
        .map(|(role, host)| Known {
            host: bare(&host.value).to_owned(),
            place: file.map(|file| file.place(host.span)),
            what: format!("the {role}"),
        })
        .collect();
    for manifest in facts.manifests() {
        let images = manifest.builds.iter().filter_map(|build| build.image.as_ref());
        for image in images.chain(manifest.devs.iter().filter_map(|dev| dev.image.as_ref())) {
            let host = image.value.split('/').next().unwrap_or("");
            let is_registry = host.starts_with("registry.") && crate::model::runbook::paths::is_host(host);
            if is_registry && !known.iter().any(|known| known.host == host) {
                let place = Some(manifest.place(image.span));
                known.push(Known { host: host.to_owned(), place, what: "the registry".to_owned() });
            }
        }
    }
    known
}

fn bare(host: &str) -> &str {
    let host = host.split("://").last().unwrap_or(host);
    host.split(['/', ':']).next().unwrap_or(host)
}

/// Words that tell one installation from another, and not one service of it from the next as `ui` and `docs` do.
const EDITIONS: [&str; 11] =
    ["old", "new", "prev", "legacy", "dev", "test", "stage", "staging", "prod", "main", "next"];

/// Whether a host lies in the installation's domain, is none of its hosts, and is called like one: apps and
/// other services may have hosts in the same domain. `is_context` is whether some page logs in there.
fn is_drift(host: &str, known: &[Known], is_context: bool) -> bool {
    let Some((label, domain)) = host.split_once('.') else { return false };
    let unknown = !known.iter().any(|known| known.host == host);
    let resembles = |known: &Known| {
        let one = known.label();
        let is_name =
            |part: &str| part == one || (part.len() >= 4 && (part.starts_with(one) || one.starts_with(part)));
        let is_edition = |part: &str| {
            let number = part.trim_start_matches('v');
            EDITIONS.contains(&part) || number.bytes().all(|byte| byte.is_ascii_digit())
        };
        let parts = || label.split('-');
        let is_called_so = match parts().any(is_name) {
            true => is_context || parts().all(|part| is_name(part) || is_edition(part)),
            false => closest(label, [one]).is_some(),
        };
        known.domain() == domain && is_called_so
    };
    unknown && known.iter().any(resembles)
}

/// The hosts that some page tells to log in to.
fn contexts(pages: &[Page]) -> BTreeSet<&str> {
    let calls = pages.iter().flat_map(|page| &page.mentions).filter_map(|mention| match &mention.what {
        What::Okteto(call) if call.verb == "context use" => call.operands.first(),
        _ => None,
    });
    calls.map(|operand| bare(&operand.value)).collect()
}

fn nearest<'a>(host: &str, known: &'a [Known]) -> Option<&'a Known> {
    let label = host.split('.').next().unwrap_or(host);
    let near = closest(host, known.iter().map(|known| known.host.as_str()));
    known
        .iter()
        .find(|known| label.split('-').any(|part| part == known.label()))
        .or_else(|| known.iter().find(|known| Some(known.host.as_str()) == near))
        .or_else(|| {
            known.iter().find(|known| label.starts_with(known.label()) || known.label().starts_with(label))
        })
        .or_else(|| known.iter().find(|known| host.ends_with(known.domain())))
}
