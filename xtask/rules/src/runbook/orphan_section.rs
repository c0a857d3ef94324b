//! `runbook/orphan-section`: a section, row or region about an app or dev container that is gone.

use super::heading_links::HeadingLinks;
use super::missing_section::without_place;
use super::{stale, suggestion};
use crate::diagnostic::{Diagnostic, Fix, Severity, replace};
use crate::facts::{Facts, Model};
use crate::model::runbook::Page;
use crate::model::runbook::sections::whole_lines;
use crate::model::runbook::stale::{Meant, Missing, Part, Said, Stale};
use crate::source::Span;
use crate::{Repair, Rule, Scope, Sink};
use std::cell::LazyCell;
use std::sync::Arc;

pub static RULE: Rule = Rule {
    id: "runbook/orphan-section",
    summary: "a section, row or region is about an app or dev container that is gone",
    severity: Severity::Warning,
    fix: Repair::Sometimes,
    scope: Scope::Tree,
    needs: &[Model::References],
    page: include_str!("orphan_section.md"),
    check,
};

fn check(facts: &Facts, sink: &mut Sink<'_>) {
    let links = HeadingLinks::of(facts);
    let without_place = LazyCell::new(|| without_place(facts));
    for (page, stale) in stale(facts) {
        let (Missing::Subject(part, name), Said::About(whole)) = (&stale.missing, &stale.said) else {
            continue;
        };
        let (what, kind) = match part {
            Part::Region => ("region", "app"),
            Part::Section { .. } => ("section", "app or dev container"),
            Part::Row => ("row", "app or dev container"),
        };
        let diagnostic = Diagnostic::new(page.file.place(stale.span), format!("there is no {kind} `{name}`"))
            .label(format!("this {what} is about nothing"))
            .subject(format!("{what}.{name}"))
            .cause(Arc::clone(&stale.cause));
        let rename = |diagnostic: Diagnostic, meant: &Meant| {
            let mut diagnostic = suggestion(diagnostic, name, meant, &meant.text);
            if let Some(fix) = &mut diagnostic.fix {
                fix.edits.extend(links.follow(page, stale.span, &meant.text));
            }
            diagnostic
        };
        // A section without a dev container, and a dev container without a section: perhaps it has a new name. Who
        // wrote the section decides.
        let certain = stale.meant.as_ref().filter(|meant| meant.certain);
        sink.report(match (certain, without_place.as_slice()) {
            (Some(meant), _) => rename(diagnostic, meant),
            (None, []) => deletion(diagnostic, page, stale, name, what, *whole),
            (None, [only]) if *part != Part::Region => {
                let meant = Meant { text: only.clone(), place: None, certain: false };
                rename(diagnostic, &meant).help(format!(
                    "is `{only}` its new name? `cargo xtask fix --unsafe` writes it; or else delete the {what}"
                ))
            }
            (None, names) => {
                let names = names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
                diagnostic.help(format!("is one of {names} its new name? Write it, or delete the {what}"))
            }
        });
    }
}

fn deletion(
    diagnostic: Diagnostic,
    page: &Page,
    stale: &Stale,
    name: &str,
    what: &str,
    whole: Span,
) -> Diagnostic {
    let removal = replace(&page.file.path, whole_lines(&page.file.text, whole), "");
    let deletes = format!("`cargo xtask fix --unsafe` deletes the {what}");
    let help = match &stale.meant {
        Some(meant) => format!("was it renamed to `{}`? {deletes}", meant.text),
        None => deletes,
    };
    let title = format!("delete the {what} about `{name}`");
    diagnostic.help(help).fix(Fix::needs_review(title, vec![removal]))
}
