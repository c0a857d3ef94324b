//! `runbook/missing-section`: an app with a dev container that the runbook does not mention, or a required
//! section that no runbook has.

use super::region_stale::languages;
use super::stale;
use crate::diagnostic::{Diagnostic, Fix, Severity, replace};
use crate::facts::{Facts, Model};
use crate::model::graph::{Entry, Landscape};
use crate::model::runbook::places::{Spot, spots};
use crate::model::runbook::regions::{Region, RegionKind};
use crate::model::runbook::render::Renderer;
use crate::model::runbook::scaffold::{Scaffold, Scaffolder};
use crate::model::runbook::stale::{Missing, Part};
use crate::model::runbook::{Page, PageKind};
use crate::source::{Place, Span, Spanned};
use crate::{Repair, Rule, Scope, Sink};

pub static RULE: Rule = Rule {
    id: "runbook/missing-section",
    summary: "an app with a dev container has no place in the runbook, or a required section is missing",
    severity: Severity::Warning,
    fix: Repair::Sometimes,
    scope: Scope::Tree,
    needs: &[Model::References],
    page: include_str!("missing_section.md"),
    check,
};

fn check(facts: &Facts, sink: &mut Sink<'_>) {
    if !facts.references().known.has_manifests {
        return;
    }
    let pages: Vec<&Page> =
        facts.runbooks().pages.iter().filter(|page| page.kind == PageKind::Runbook).collect();
    let landscape = facts.landscape();
    let renderer = Renderer { landscape: &landscape, tree: &facts.tree, config: &facts.config };
    let scaffolder = |page| Scaffolder { renderer: &renderer, page, language: languages(facts, page).0 };
    for required in &facts.config.required_sections {
        if !pages.iter().any(|page| has_section(page, &required.value)) {
            let first = pages.first().copied().map(scaffolder);
            sink.report(required_missing(facts, first.as_ref(), required));
        }
    }
    let bound = bound(facts, &landscape);
    let Some((page, neighbours)) = bound.iter().max_by_key(|(_, spots)| spots.len()) else { return };
    let orphans = orphans(facts);
    for entry in unplaced(&landscape, &bound) {
        // It has its place under its old name.
        let is_renamed = orphans.iter().any(|(_, meant)| *meant == Some(entry.dev.name.value.as_str()));
        if !is_renamed {
            let orphan = orphans.iter().find(|(_, meant)| meant.is_none()).map(|(place, _)| place);
            sink.report(missing(&scaffolder(page), neighbours, entry, orphan));
        }
    }
}

/// The runbooks that give dev containers their places: those which some of them have.
fn bound<'a>(facts: &'a Facts, landscape: &'a Landscape<'_>) -> Vec<(&'a Page, Vec<Spot<'a>>)> {
    let pages = facts.runbooks().pages.iter().filter(|page| page.kind == PageKind::Runbook);
    pages.map(|page| (page, spots(page, landscape))).filter(|(_, spots)| !spots.is_empty()).collect()
}

/// The dev containers that have no place in these runbooks.
fn unplaced<'a>(
    landscape: &'a Landscape<'a>,
    bound: &'a [(&Page, Vec<Spot<'_>>)],
) -> impl Iterator<Item = &'a Entry<'a>> {
    let is_placed = |index| bound.iter().flat_map(|(_, spots)| spots).any(|spot| spot.covers(index));
    let entries = landscape.entries.iter().enumerate();
    entries.filter(move |(index, _)| !is_placed(*index)).map(|(_, entry)| entry)
}

/// The dev containers that have no place in any runbook, although others have one.
pub fn without_place(facts: &Facts) -> Vec<String> {
    let landscape = facts.landscape();
    let bound = bound(facts, &landscape);
    if bound.is_empty() {
        return Vec::new();
    }
    unplaced(&landscape, &bound).map(|entry| entry.dev.name.value.clone()).collect()
}

/// Sections and rows about nothing, with the dev container that each is certainly about.
fn orphans(facts: &Facts) -> Vec<(Place, Option<&str>)> {
    let parts = stale(facts).filter(|(page, stale)| {
        let is_part = matches!(stale.missing, Missing::Subject(Part::Section { .. } | Part::Row, _));
        is_part && page.kind == PageKind::Runbook
    });
    parts
        .map(|(page, stale)| {
            let meant = stale.meant.as_ref().filter(|meant| meant.certain);
            (page.file.place(stale.span), meant.map(|meant| meant.text.as_str()))
        })
        .collect()
}

fn missing(
    scaffolder: &Scaffolder<'_>,
    neighbours: &[Spot<'_>],
    entry: &Entry<'_>,
    orphan: Option<&Place>,
) -> Diagnostic {
    let (page, dev) = (scaffolder.page, &entry.dev.name.value);
    let title = match entry.apps.first() {
        Some(app) => format!("app `{}` has no place in this runbook", app.name()),
        None => format!("dev container `{dev}` has no place in this runbook"),
    };
    let mut diagnostic = Diagnostic::new(Place::top(&page.file.path), title)
        .label(format!("neither a region, a heading nor a row names `{dev}`"))
        .subject(format!("section.{dev}"))
        .related(entry.manifest.place(entry.dev.name.span), "started with `okteto up`");
    let last = neighbours.iter().filter(|spot| spot.entry.is_some()).max_by_key(|spot| spot.span.end);
    if let Some(spot) = last {
        let line = page.slice(spot.span).lines().next().map_or(0, str::len);
        let first = Span::new(spot.span.start, spot.span.start + line);
        diagnostic = diagnostic.related(page.file.place(first), "a neighbour stands here");
    }
    if let Some(orphan) = orphan {
        return diagnostic
            .related(orphan.clone(), "or is this its old name?")
            .help("give that section the new name, or add a heading or row that names it");
    }
    match last.and_then(|spot| scaffolder.beside(spot, entry)) {
        Some(scaffold) => diagnostic
            .help("`cargo xtask fix` adds it behind its neighbour (safe fix)")
            .fix(insertion(page, &scaffold, format!("add `{dev}` behind its neighbour"))),
        None => diagnostic.help("add a heading or a row that names it"),
    }
}

fn insertion(page: &Page, scaffold: &Scaffold, title: String) -> Fix {
    let text = scaffold.text.replace('\n', page.file.line_ending());
    Fix::safe(title, vec![replace(&page.file.path, Span::at(scaffold.at), text)])
}

fn has_section(page: &Page, required: &str) -> bool {
    let wanted = required.to_lowercase();
    let region = |region: &Region| region.kind.name() == required || region.label() == required;
    page.regions.iter().any(region)
        || page.markdown.headings.iter().any(|heading| heading.text.to_lowercase().contains(&wanted))
}

fn required_missing(facts: &Facts, first: Option<&Scaffolder<'_>>, required: &Spanned<String>) -> Diagnostic {
    let name = &required.value;
    let configured = facts.config.file.as_ref().map(|file| file.place(required.span));
    let kind = RegionKind::find(name).filter(|kind| *kind != RegionKind::App);
    let what = if kind.is_some() { "region" } else { "section" };
    let place = match (first, &configured) {
        (Some(first), _) => Place::top(&first.page.file.path),
        (None, Some(place)) => place.clone(),
        (None, None) => Place::top(&"docs/runbooks".into()),
    };
    let mut diagnostic = Diagnostic::new(place, format!("no runbook has the required {what} `{name}`"))
        .label("the configuration asks for it")
        .subject(format!("section.{name}"));
    if let Some(place) = configured.filter(|_| first.is_some()) {
        diagnostic = diagnostic.related(place, "asked for here");
    }
    let scaffold = first.zip(kind).and_then(|(first, kind)| Some((first.page, first.at_end(kind)?)));
    match scaffold {
        Some((page, scaffold)) => diagnostic
            .help("`cargo xtask fix` adds it at the end of this page (safe fix)")
            .fix(insertion(page, &scaffold, format!("add region `{name}`"))),
        None => diagnostic.help("write it"),
    }
}
