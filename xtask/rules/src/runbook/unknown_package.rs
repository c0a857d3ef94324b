//! `runbook/unknown-package`: a command names a package or script that the workspace lacks.

use super::{stale, suggestion};
use crate::diagnostic::{Diagnostic, Severity};
use crate::facts::{Facts, Model};
use crate::model::runbook::stale::Missing;
use crate::{Repair, Rule, Scope, Sink};
use std::sync::Arc;

pub static RULE: Rule = Rule {
    id: "runbook/unknown-package",
    summary: "a command names a package or script that the workspace lacks",
    severity: Severity::Warning,
    fix: Repair::Sometimes,
    scope: Scope::Tree,
    needs: &[Model::References],
    page: include_str!("unknown_package.md"),
    check,
};

fn check(facts: &Facts, sink: &mut Sink<'_>) {
    for (page, stale) in stale(facts) {
        let (name, title, label, subject) = match &stale.missing {
            Missing::Package(name) => (
                name,
                format!("the workspace has no package `{name}`"),
                "nothing is found under this name",
                format!("package.{name}"),
            ),
            Missing::Script(name, folder) => {
                let package = folder.as_ref().and_then(|folder| facts.workspace().at(folder));
                let title = match package {
                    Some(package) => format!("`{}` has no script `{name}`", package.label()),
                    None => format!("no package has a script `{name}`"),
                };
                (name, title, "the command ends here", format!("script.{name}"))
            }
            _ => continue,
        };
        let diagnostic = Diagnostic::new(page.file.place(stale.span), title)
            .label(label)
            .subject(subject)
            .cause(Arc::clone(&stale.cause));
        sink.report(match &stale.meant {
            Some(meant) => suggestion(diagnostic, name, meant, &meant.text),
            None => diagnostic.help("name one that exists, or delete what speaks of it"),
        });
    }
}
