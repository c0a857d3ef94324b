//! `manifest/validate`: values that the CLI takes and `okteto validate` refuses.

use super::current;
use crate::diagnostic::{Diagnostic, Fix, Severity, replace};
use crate::facts::{Facts, Model};
use crate::model::manifest::is_duration;
use crate::rules::{Repair, Rule, Scope, Sink};
use crate::source::Span;
use crate::syntax::shape::ViolationKind;
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
        for dev in &manifest.devs {
            let timeout = dev.node.get("timeout").filter(|timeout| timeout.as_str().is_some_and(is_compound));
            if let Some(timeout) = timeout {
                let path = format!("dev.{}.timeout", dev.name.value);
                let title = format!("`okteto validate` refuses `{path}`");
                let label = "its schema wants one number and one unit; the CLI takes this too";
                sink.report(Diagnostic::new(manifest.place(timeout.span), title).label(label).subject(path));
            }
        }
    }
}

/// Durations that Go reads and the schema's `^[0-9]+(h|m|s)$` does not.
fn is_compound(text: &str) -> bool {
    let single = text
        .strip_suffix(['h', 'm', 's'])
        .is_some_and(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()));
    !single && !text.contains('$') && is_duration(text)
}
