//! `ignore/secret-exposed`: a file that only its owner may read gets through an ignore file that is in force.
//!
//! Everything about secrets is here and nowhere else in the group; where the whole file is missing, the rule that
//! misses it speaks.

use super::probes::exposed_secrets;
use super::{probes, wording};
use crate::diagnostic::{Diagnostic, Fix, Severity};
use crate::facts::{Facts, Model};
use crate::model::classes::{Evidence, Probe};
use crate::model::ignore_repair;
use crate::model::outlets::{self, Leak, Outlet, State};
use crate::model::verdict::Files;
use crate::source::{Place, SourceFile};
use crate::{Repair, Rule, Scope, Sink};

pub static RULE: Rule = Rule {
    id: "ignore/secret-exposed",
    summary: "a secret file would be synced, sent to a build or copied to a remote run",
    severity: Severity::Error,
    fix: Repair::Safe,
    scope: Scope::Tree,
    needs: &[Model::Classes, Model::Images],
    page: include_str!("secret_exposed.md"),
    check,
};

fn check(facts: &Facts, sink: &mut Sink<'_>) {
    for outlet in outlets::outlets(facts.synced(), facts.contexts()) {
        match outlet.state() {
            State::InForce(file) => {
                let exposed = exposed_secrets(facts, &outlet);
                if let Some(first) = exposed.first()
                    && let Some(leak) = outlet.leak(&first.sample)
                {
                    let asked = probes::asked_for(facts, &outlet, &exposed);
                    let (first, leak) = match asked.first() {
                        Some(first) => (*first, outlet.leak(&first.sample).unwrap_or(leak)),
                        None => (*first, leak),
                    };
                    let severity = if asked.is_empty() { Severity::Warning } else { Severity::Error };
                    let diagnostic = diagnostic(facts, &outlet, file, &exposed, (first, &asked), &leak);
                    sink.report_as(severity, diagnostic);
                }
            }
            State::Unknown(reason) => sink.skip(&outlet.path, reason),
            State::Missing | State::Refused(_) => {}
        }
    }
}

fn diagnostic(
    facts: &Facts,
    outlet: &Outlet<'_>,
    file: &SourceFile,
    exposed: &[&Probe],
    (first, asked): (&Probe, &[&Probe]),
    leak: &Leak,
) -> Diagnostic {
    let (place, rule) = ignore_repair::place_of(outlet, file, first);
    let path = &first.sample;
    let label = match rule {
        Some(rule) if rule.negated => format!("takes `{path}` back"),
        Some(_) => format!("does not reach `{path}`"),
        None => match outlet.rules().len() {
            0 => format!("it has no pattern at all for `{path}`"),
            count => format!("none of its {} decides `{path}`", wording::counted(count, "pattern")),
        },
    };
    let mut diagnostic = Diagnostic::new(place, title(outlet, exposed, asked))
        .label(label)
        .subject(format!("secrets of {}", wording::folder(outlet.root)))
        .related(leak.consumer.place.clone(), wording::sender(outlet, &leak.consumer));
    if let Some((place, text)) = proof(first) {
        diagnostic = diagnostic.related(place, text);
    }
    match ignore_repair::cover(outlet, Files::of(&facts.tree), exposed) {
        Some(repair) => {
            let help = wording::help(&repair, &file.path);
            diagnostic.help(help).fix(Fix::safe(wording::action(&repair, &file.path), repair.edits))
        }
        None => diagnostic.help(format!("keep {} back in `{}`", wording::kinds(exposed), file.path)),
    }
}

/// What is `asked` for is told, or else all that is exposed.
fn title(outlet: &Outlet<'_>, exposed: &[&Probe], asked: &[&Probe]) -> String {
    let sent = if asked.is_empty() { wording::UNASKED } else { wording::sent(outlet) };
    let exposed = if asked.is_empty() { exposed } else { asked };
    let is_env = |probe: &&Probe| probe.pattern.starts_with(".env");
    let lies_there = |probe: &&Probe| matches!(probe.evidence, Evidence::Present);
    match exposed {
        [only] if lies_there(only) => format!("`{}` would be {sent}", only.sample),
        _ if exposed.iter().all(|probe| is_env(probe) && !lies_there(probe)) => {
            format!("`.env` files are kept out of git, but would be {sent}")
        }
        _ if exposed.iter().any(lies_there) => {
            format!("secrets would be {sent}: {}", wording::kinds(exposed))
        }
        _ => format!("secrets are kept out of git, but would be {sent}: {}", wording::kinds(exposed)),
    }
}

/// Where it can be seen that the file exists on laptops.
fn proof(probe: &Probe) -> Option<(Place, String)> {
    match &probe.evidence {
        Evidence::Example { line, example } => {
            let text =
                format!("git leaves it out; a tracked `{}` says that laptops have one", example.file_name());
            Some((line.clone(), text))
        }
        Evidence::GitIgnored(line) => {
            Some((line.clone(), "git leaves it out, and it lies on this laptop".to_owned()))
        }
        _ => None,
    }
}
