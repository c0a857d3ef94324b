//! `runbook/`: pages that repeat what the manifests say.

use super::Rule;
use crate::diagnostic::{Diagnostic, Fix, replace};
use crate::facts::Facts;
use crate::model::runbook::Page;
use crate::model::runbook::stale::{Meant, Stale};

mod dead_path;
mod host_drift;
mod missing_section;
mod orphan_section;
mod region_stale;
mod region_syntax;
mod stale_excerpt;
mod unknown_name;
mod unknown_package;
mod wrong_claim;

/// The rules of the group.
pub static RULES: &[&Rule] = &[
    &region_syntax::RULE,
    &region_stale::RULE,
    &missing_section::RULE,
    &orphan_section::RULE,
    &unknown_name::RULE,
    &unknown_package::RULE,
    &dead_path::RULE,
    &stale_excerpt::RULE,
    &wrong_claim::RULE,
    &host_drift::RULE,
];

/// Everything stale with its page.
fn stale(facts: &Facts) -> impl Iterator<Item = (&Page, &Stale)> {
    let pages = &facts.runbooks().pages;
    facts.references().stale.iter().filter_map(|stale| Some((pages.get(stale.page)?, stale)))
}

/// Offers what was probably meant: `instead` takes the place of the finding, where `name` stands.
fn suggestion(diagnostic: Diagnostic, name: &str, meant: &Meant, instead: &str) -> Diagnostic {
    let title = format!("replace `{name}` by `{instead}`");
    let edits = vec![replace(&diagnostic.place.path, diagnostic.place.span, instead)];
    let hint = if meant.certain { "did you mean this one? (safe fix)" } else { "did you mean this one?" };
    let diagnostic = match &meant.place {
        Some(place) => diagnostic.related(place.clone(), hint),
        None => diagnostic,
    };
    if meant.certain {
        return diagnostic.fix(Fix::safe(title, edits));
    }
    diagnostic
        .help(format!("`cargo xtask fix --unsafe` puts `{instead}` there"))
        .fix(Fix::needs_review(title, edits))
}
