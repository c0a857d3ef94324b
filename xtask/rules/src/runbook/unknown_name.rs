//! `runbook/unknown-name`: a command names a dev container, build or test that no manifest has.

use super::heading_links::HeadingLinks;
use super::{stale, suggestion};
use crate::diagnostic::{Diagnostic, Severity};
use crate::facts::{Facts, Model};
use crate::model::runbook::known::Known;
use crate::model::runbook::stale::{Kind, Meant, Missing, Said};
use crate::model::serving::apply_pattern;
use crate::source::Place;
use crate::{Repair, Rule, Scope, Sink};
use std::sync::Arc;

pub static RULE: Rule = Rule {
    id: "runbook/unknown-name",
    summary: "a command names a dev container, build or test that no manifest has",
    severity: Severity::Warning,
    fix: Repair::Sometimes,
    scope: Scope::Tree,
    needs: &[Model::References],
    page: include_str!("unknown_name.md"),
    check,
};

fn check(facts: &Facts, sink: &mut Sink<'_>) {
    for manifest in facts.manifests().iter().filter(|manifest| !manifest.is_sound()) {
        sink.skip(&manifest.file.path, "cannot be read as a whole: names in runbooks are not checked");
    }
    let known = &facts.references().known;
    let links = HeadingLinks::of(facts);
    for (page, stale) in stale(facts) {
        let written = page.slice(stale.span);
        let (title, label, subject, kind) = match &stale.missing {
            Missing::Name(kind, name) => {
                let title = format!("no manifest has a {} `{name}`", kind.word());
                let subject = format!("{}.{name}", if *kind == Kind::Dev { "dev" } else { kind.word() });
                (title, label(*kind, &stale.said), subject, Some(*kind))
            }
            Missing::Variable(name) => (
                format!("no manifest has a build for `{written}`"),
                "nothing sets this variable".to_owned(),
                format!("build.{name}"),
                Some(Kind::Build),
            ),
            Missing::Thing(name) => {
                let word = stale.cause.subject.split('.').next().unwrap_or("app");
                let label = "nothing is called so any more".to_owned();
                (format!("there is no {word} `{name}`"), label, format!("app.{name}"), None)
            }
            _ => continue,
        };
        let diagnostic = Diagnostic::new(page.file.place(stale.span), title)
            .label(label)
            .subject(subject)
            .cause(Arc::clone(&stale.cause))
            .rests_on(owners(facts, &stale.missing));
        // What may mean something else is for the reader to decide.
        let meant = stale.meant.clone().filter(|_| stale.said != Said::Indirectly);
        let meant =
            meant.map(|meant| Meant { certain: meant.certain && stale.said != Said::Perhaps, ..meant });
        let mut diagnostic = match (&meant, &stale.missing, kind) {
            (Some(meant), Missing::Variable(name), _) => {
                suggestion(diagnostic, written, meant, &written.replacen(name, &meant.text, 1))
            }
            (Some(meant), ..) => suggestion(diagnostic, written, meant, &meant.text),
            (None, _, Some(kind)) => diagnostic.help(help(kind, known)),
            (None, _, None) => diagnostic.help("delete what speaks of it"),
        };
        if let (Some(fix), Some(meant)) = (&mut diagnostic.fix, &meant) {
            fix.edits.extend(links.follow(page, stale.span, &meant.text));
        }
        sink.report(diagnostic);
    }
}

/// The apps whose dev containers would have the name by the configured pattern, and those that they have: that one
/// is missing or misnamed is told there.
fn owners(facts: &Facts, missing: &Missing) -> Vec<Place> {
    let (Missing::Name(Kind::Dev, name), Some(pattern)) = (missing, &facts.config.dev_pattern) else {
        return Vec::new();
    };
    let apps = facts.apps().all.iter();
    let named = apps.filter(|app| apply_pattern(&pattern.value, app).as_ref() == Some(name));
    let places = named.flat_map(|app| {
        let devs = facts.serving().of(&app.folder).filter_map(|session| {
            let manifest = facts.manifests().get(session.manifest)?;
            Some(manifest.place(manifest.devs.get(session.dev)?.name.span))
        });
        std::iter::once(app.place.clone()).chain(devs)
    });
    places.collect()
}

fn label(kind: Kind, said: &Said) -> String {
    match said {
        Said::Verb(verb) if kind == Kind::Dev && verb == "up" => "the first session ends here".to_owned(),
        Said::Verb(verb) => format!("`okteto {verb}` ends here"),
        Said::Perhaps => "the dev container had this name".to_owned(),
        _ => "it is gone".to_owned(),
    }
}

fn help(kind: Kind, known: &Known) -> String {
    let names: Vec<String> = known.of_kind(kind).keys().map(|name| format!("`{name}`")).collect();
    match names.len() {
        0 => format!("delete the command: there is no {} at all", kind.word()),
        1..=5 => format!("name {}, or delete what speaks of it", names.join(" or ")),
        count => format!("name one of the {count} {}s, or delete what speaks of it", kind.word()),
    }
}
