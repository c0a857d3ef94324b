//! `manifest/validate`: values that the CLI takes and `okteto validate` refuses.

use super::current;
use crate::diagnostic::{Diagnostic, Fix, Severity, replace};
use crate::facts::{Facts, Model};
use crate::model::manifest::{Manifest, is_duration};
use crate::source::Span;
use crate::syntax::shape::ViolationKind;
use crate::syntax::yaml::Node;
use crate::{Repair, Rule, Scope, Sink};
use std::collections::BTreeSet;

pub static RULE: Rule = Rule {
    id: "manifest/validate",
    summary: "`okteto validate` refuses a value that the CLI takes",
    severity: Severity::Note,
    fix: Repair::Sometimes,
    scope: Scope::Tree,
    needs: &[Model::Manifests],
    page: include_str!("validate.md"),
    check,
};

fn check(facts: &Facts, sink: &mut Sink<'_>) {
    for manifest in current(facts) {
        let mut seen: BTreeSet<Span> = BTreeSet::new();
        for violation in &manifest.violations {
            let ViolationKind::RefusedByValidate { expected, instead } = &violation.kind else { continue };
            // `replicas` of a dev container: the CLI refuses it as well.
            let refused = manifest.invalid.iter().any(|invalid| invalid.path == violation.path);
            if refused || !seen.insert(violation.span) {
                continue;
            }
            let path = &violation.path;
            let line =
                violation.span.slice(&manifest.file.text).lines().next().unwrap_or("").trim_end().len();
            let place = manifest.place(Span::new(violation.span.start, violation.span.start + line));
            let finding =
                Diagnostic::new(place, format!("`okteto validate` refuses `{path}`")).subject(path.clone());
            let finding = match expected.as_str() {
                "" => finding.label("its schema does not know the key; the CLI takes it"),
                expected => finding.label(format!("its schema wants {expected}; the CLI takes this too")),
            };
            sink.report(match instead {
                Some(instead) => finding.help(format!("write `{instead}` (safe fix)")).fix(Fix::safe(
                    format!("write `{instead}`"),
                    vec![replace(&manifest.file.path, violation.span, instead)],
                )),
                None => finding,
            });
        }
        for Odd { path, node, wanted } in timeouts(manifest).into_iter().chain(hosts(manifest)) {
            let finding =
                Diagnostic::new(manifest.place(node.span), format!("`okteto validate` refuses `{path}`"))
                    .label(format!("its schema wants {wanted}; the CLI takes this too"));
            sink.report(finding.subject(path));
        }
    }
}

/// A text that a pattern of the schema refuses.
struct Odd<'a> {
    path: String,
    node: &'a Node,
    wanted: &'static str,
}

fn timeouts(manifest: &Manifest) -> Vec<Odd<'_>> {
    let mut found = Vec::new();
    for dev in &manifest.devs {
        let Some(timeout) = dev.node.get("timeout") else { continue };
        let path = format!("dev.{}.timeout", dev.name.value);
        let parts =
            timeout.entries().iter().map(|entry| (format!("{path}.{}", entry.key.value), &entry.value));
        let all: Vec<(String, &Node)> = parts.chain([(path.clone(), timeout)]).collect();
        let compound = all.into_iter().filter(|(_, node)| node.as_str().is_some_and(is_compound));
        found.extend(compound.map(|(path, node)| Odd { path, node, wanted: "one number and one unit" }));
    }
    found
}

/// `NAME:${IP}`
fn hosts(manifest: &Manifest) -> Vec<Odd<'_>> {
    let mut found = Vec::new();
    for test in &manifest.tests {
        let items = test.node.get("hosts").map_or(&[] as &[Node], Node::items).iter().enumerate();
        let variable = items.filter(|(_, item)| item.as_str().is_some_and(|text| text.contains('$')));
        found.extend(variable.map(|(number, node)| {
            let path = format!("test.{}.hosts[{number}]", test.name.value);
            Odd { path, node, wanted: "an address without variables" }
        }));
    }
    found
}

/// Durations that Go reads and the schema's `^[0-9]+(h|m|s)$` does not.
fn is_compound(text: &str) -> bool {
    let single = text
        .strip_suffix(['h', 'm', 's'])
        .is_some_and(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()));
    !single && !text.contains('$') && is_duration(text)
}
