//! `variables/unset`: a variable without a value in a path or an image. Texts with slips belong to
//! `variables/syntax`.

use crate::diagnostic::{Diagnostic, Severity};
use crate::facts::{Facts, Model};
use crate::model::environment::Environment;
use crate::model::expansion;
use crate::model::manifest::{Format, Manifest};
use crate::source::Span;
use crate::{Repair, Rule, Scope, Sink};
use std::collections::BTreeMap;

pub static RULE: Rule = Rule {
    id: "variables/unset",
    summary: "a variable that nobody sets decides a path or an image",
    severity: Severity::Warning,
    fix: Repair::None,
    scope: Scope::Tree,
    needs: &[Model::Manifests],
    page: include_str!("unset.md"),
    check,
};

/// Fields in which an empty text silently means something else.
const FIELDS: [&str; 5] = ["sync", "folders", "image", "context", "dockerfile"];

fn check(facts: &Facts, sink: &mut Sink<'_>) {
    for manifest in facts.manifests().iter().filter(|manifest| manifest.format == Format::Sections) {
        let environment = Environment::of(manifest, &facts.tree, &facts.config);
        for finding in findings(manifest, &environment).into_values() {
            sink.report(finding);
        }
    }
}

/// One finding for each variable, at its first use.
fn findings(manifest: &Manifest, environment: &Environment) -> BTreeMap<String, Diagnostic> {
    let mut findings: BTreeMap<String, Diagnostic> = BTreeMap::new();
    for value in manifest.expanded.iter().filter(|value| FIELDS.contains(&value.key)) {
        let Some(scalar) = value.node.as_scalar() else { continue };
        let found = expansion::scan(&scalar.text);
        if !found.slips.is_empty() {
            continue;
        }
        for used in found.references {
            let name = used.name.as_str();
            let positional = name.starts_with(|first: char| first.is_ascii_digit());
            if used.default.is_some() || used.alternative || positional || environment.knows(name) {
                continue;
            }
            let place = manifest.place(scalar.locate(used.span, value.node.span));
            if let Some(finding) = findings.get_mut(name) {
                if finding.place != place && finding.related.iter().all(|related| related.place != place) {
                    finding.add_related(place, "and here");
                }
                continue;
            }
            let written = Span::new(used.span.start, used.span.end).slice(&scalar.text).to_owned();
            let finding = Diagnostic::new(place, format!("nothing in this repository sets `{name}`"))
                .label(consequence(value.key, &scalar.text, &written))
                .help(format!(
                    "give it a default (`${{{name}:-…}}`), or name it in `.env.example` or under `variables` in \
                     `.okteto/check.yml`"
                ))
                .subject(format!("variable.{name}"));
            findings.insert(name.to_owned(), finding);
        }
    }
    findings
}

fn consequence(key: &str, text: &str, written: &str) -> String {
    let without = text.replace(written, "");
    match key {
        "sync" | "folders" if without.starts_with(':') => {
            "unset it is the empty text: the whole folder of the manifest is synced".to_owned()
        }
        _ => format!("unset it is the empty text, without an error: `{without}`"),
    }
}
