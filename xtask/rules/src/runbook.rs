//! `runbook/`: pages that repeat what the manifests say.

use super::Rule;
use crate::diagnostic::{Diagnostic, Fix, Safety, replace};
use crate::facts::Facts;
use crate::model::runbook::Page;
use crate::model::runbook::stale::{Meant, Stale};
use crate::source::Place;
use std::collections::{BTreeSet, HashMap};

mod dead_path;
mod heading_links;
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

/// More findings of one kind than this nobody reads one by one: one of them speaks for all.
const MOST_OF_A_KIND: usize = 20;
/// So many of the others are named.
const OTHERS_NAMED: usize = 10;

/// Puts together what a page has too much of: findings of one rule with one reason, as their labels say it. Few stay
/// apart, as each mark is mended on its own.
fn crowds(found: impl Iterator<Item = Diagnostic>) -> Vec<Diagnostic> {
    let mut kinds: Vec<Vec<Diagnostic>> = Vec::new();
    let mut positions: HashMap<String, usize> = HashMap::new();
    for diagnostic in found {
        let position = match positions.get(&diagnostic.label) {
            Some(position) => *position,
            None => {
                positions.insert(diagnostic.label.clone(), kinds.len());
                kinds.len()
            }
        };
        match kinds.get_mut(position) {
            Some(kind) => kind.push(diagnostic),
            None => kinds.push(vec![diagnostic]),
        }
    }
    let together = |kind: Vec<Diagnostic>| match kind.len() {
        0..=MOST_OF_A_KIND => kind,
        _ => crowd(kind).into_iter().collect(),
    };
    kinds.into_iter().flat_map(together).collect()
}

/// The first finding for all: the next places are named, the others counted, the safe repairs are one.
fn crowd(mut kind: Vec<Diagnostic>) -> Option<Diagnostic> {
    let fixes = kind.iter_mut().filter_map(|one| one.fix.take_if(|fix| fix.safety == Safety::Safe));
    let fix = fixes.reduce(|mut all, other| {
        all.edits.extend(other.edits);
        all
    });
    let rests_on: BTreeSet<Place> =
        kind.iter_mut().flat_map(|one| std::mem::take(&mut one.rests_on)).collect();
    let mut kind = kind.into_iter();
    let mut first = kind.next()?;
    let unnamed = kind.len().saturating_sub(OTHERS_NAMED);
    for other in kind.take(OTHERS_NAMED) {
        let message = if other.message == first.message { "also here".to_owned() } else { other.message };
        first.add_related(other.place, message);
    }
    let more = format!("{unnamed} more places on this page are of the same kind");
    first.why = Some(first.why.map_or_else(|| more.clone(), |why| format!("{why}; {more}")));
    first.rests_on = rests_on.into_iter().collect();
    if let Some(fix) = fix {
        first.help = None;
        first.fix = Some(Fix { title: "repair all of them".to_owned(), ..fix });
    }
    Some(first)
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
