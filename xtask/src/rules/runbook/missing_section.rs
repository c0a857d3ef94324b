//! `runbook/missing-section`: an app with a dev container that the runbook does not mention, or a required
//! section that no runbook has.

use super::region_stale::{landscape, languages};
use crate::diagnostic::{Diagnostic, Edit, Fix, Severity, replace};
use crate::facts::{Facts, Model};
use crate::model::graph::{Entry, Landscape};
use crate::model::runbook::regions::{Region, RegionKind};
use crate::model::runbook::render::Renderer;
use crate::model::runbook::sections::{self, Titled};
use crate::model::runbook::{Page, PageKind};
use crate::rules::{Repair, Rule, Scope, Sink};
use crate::source::{Place, Span, Spanned};

pub static RULE: Rule = Rule {
    id: "runbook/missing-section",
    summary: "an app with a dev container has no place in the runbook, or a required section is missing",
    severity: Severity::Warning,
    fix: Repair::Sometimes,
    scope: Scope::Tree,
    needs: &[Model::Serving, Model::Runbooks],
    page: include_str!("missing_section.md"),
    check,
};

fn check(facts: &Facts, sink: &mut Sink<'_>) {
    let pages: Vec<&Page> =
        facts.runbooks().pages.iter().filter(|page| page.kind == PageKind::Runbook).collect();
    if facts.manifests().is_empty() || facts.manifests().iter().any(|manifest| !manifest.is_sound()) {
        return;
    }
    let landscape = landscape(facts);
    let renderer = Renderer { landscape: &landscape, tree: &facts.tree, config: &facts.config };
    for required in &facts.config.required_sections {
        if !pages.iter().any(|page| has_section(page, &required.value)) {
            sink.report(required_missing(facts, &renderer, pages.first().copied(), required));
        }
    }
    // A runbook that gives each dev container its place is one that some of them have.
    let bound: Vec<(&Page, Vec<Spot>)> = pages
        .iter()
        .map(|page| (*page, spots(page, &landscape)))
        .filter(|(_, spots)| !spots.is_empty())
        .collect();
    let Some((page, neighbours)) = bound.iter().max_by_key(|(_, spots)| spots.len()) else { return };
    for (index, entry) in landscape.entries.iter().enumerate() {
        let placed = bound.iter().flat_map(|(_, spots)| spots).any(|spot| spot.covers(index));
        if !placed {
            sink.report(missing(facts, &renderer, page, neighbours, entry));
        }
    }
}

/// A place that a dev container has in a page.
#[derive(Debug)]
struct Spot {
    /// Index of the dev container; `None` for a region that lists all of them.
    entry: Option<usize>,
    span: Span,
    kind: SpotKind,
}

#[derive(Debug)]
enum SpotKind {
    /// An owned region for its app, or for all.
    Region,
    /// A heading.
    Section(Titled),
    /// A row.
    Row,
}

impl Spot {
    fn covers(&self, entry: usize) -> bool {
        self.entry.is_none_or(|own| own == entry)
    }
}

/// Where the dev containers stand in a page.
fn spots(page: &Page, landscape: &Landscape<'_>) -> Vec<Spot> {
    let mut found = Vec::new();
    for region in &page.regions {
        match region.kind {
            RegionKind::DevContainers | RegionKind::Commands => {
                found.push(Spot { entry: None, span: region.whole, kind: SpotKind::Region });
            }
            RegionKind::App => found.extend(region_spots(region, landscape)),
            _ => {}
        }
    }
    for title in sections::titled(page) {
        for (index, entry) in landscape.entries.iter().enumerate() {
            if title.names.iter().any(|name| is_named(entry, name)) {
                found.push(Spot {
                    entry: Some(index),
                    span: title.section,
                    kind: SpotKind::Section(title.clone()),
                });
            }
        }
    }
    for row in sections::rows(page).iter().filter(|row| !row.head) {
        let names = || row.cells.iter().flat_map(|cell| &cell.names);
        for (index, entry) in landscape.entries.iter().enumerate() {
            if names().any(|name| is_named(entry, name)) {
                found.push(Spot { entry: Some(index), span: row.span, kind: SpotKind::Row });
            }
        }
    }
    found
}

fn region_spots(region: &Region, landscape: &Landscape<'_>) -> Vec<Spot> {
    let Some(name) = &region.argument else { return Vec::new() };
    let serves = |entry: &Entry<'_>| {
        entry.apps.iter().any(|app| app.name() == name.value || app.folder.as_str() == name.value)
    };
    let entries = landscape.entries.iter().enumerate().filter(|(_, entry)| serves(entry));
    entries
        .map(|(index, _)| Spot { entry: Some(index), span: region.whole, kind: SpotKind::Region })
        .collect()
}

/// Whether a name is the dev container's, an alias of it, or its app's.
fn is_named(entry: &Entry<'_>, name: &Spanned<String>) -> bool {
    name.value == entry.dev.name.value
        || entry.aliases.iter().any(|alias| alias.name.value == name.value)
        || entry.apps.iter().any(|app| app.name() == name.value)
}

fn missing(
    facts: &Facts,
    renderer: &Renderer<'_>,
    page: &Page,
    neighbours: &[Spot],
    entry: &Entry<'_>,
) -> Diagnostic {
    let dev = &entry.dev.name.value;
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
    match last.and_then(|spot| scaffold(facts, renderer, page, spot, entry)) {
        Some(edit) => diagnostic
            .help("`cargo xtask fix` adds it behind its neighbour (safe fix)")
            .fix(Fix::safe(format!("add `{dev}` behind its neighbour"), vec![edit])),
        None => diagnostic.help("add a heading or a row that names it"),
    }
}

/// What is put behind a neighbour, in its style.
fn scaffold(
    facts: &Facts,
    renderer: &Renderer<'_>,
    page: &Page,
    spot: &Spot,
    entry: &Entry<'_>,
) -> Option<Edit> {
    let dev = &entry.dev.name.value;
    match &spot.kind {
        SpotKind::Region => {
            let app = entry.apps.first()?;
            let at = spot.span.end;
            let text = region_text(facts, renderer, page, RegionKind::App, Some(app.name()), at)?;
            Some(insert(page, at, &format!("\n\n{}", text.trim_end())))
        }
        SpotKind::Section(title) => {
            let heading = page.markdown.headings.get(title.heading)?;
            let old = title.names.first()?;
            let marks = "#".repeat(usize::from(heading.level));
            let name = if old.value == *dev
                || entry.apps.is_empty()
                || is_dev_name(renderer.landscape, &old.value)
            {
                dev.as_str()
            } else {
                entry.apps.first()?.name()
            };
            let code = page.file.text.get(..old.span.start).is_some_and(|before| before.ends_with('`'));
            let name = if code { format!("`{name}`") } else { name.to_owned() };
            let number = next_number(&heading.text);
            let end = title.section.start + page.slice(title.section).trim_end().len();
            let commands = renderer.session_of(entry);
            Some(insert(page, end, &format!("\n\n{marks} {number}{name}\n\n```bash\n{commands}```")))
        }
        SpotKind::Row => None,
    }
}

fn is_dev_name(landscape: &Landscape<'_>, name: &str) -> bool {
    landscape.entries.iter().any(|entry| entry.dev.name.value == name)
}

fn insert(page: &Page, at: usize, text: &str) -> Edit {
    replace(&page.file.path, Span::at(at), text.replace('\n', page.file.line_ending()))
}

/// `2.3) ` behind `2.2) x`; nothing behind a heading without a number.
fn next_number(heading: &str) -> String {
    let digits_end =
        heading.find(|character: char| !character.is_ascii_digit() && character != '.').unwrap_or(0);
    let number = heading.get(..digits_end).unwrap_or("").trim_end_matches('.');
    let rest = heading.get(number.len()..).unwrap_or("");
    let separator: String =
        rest.chars().take_while(|character| matches!(character, '.' | ')' | ' ')).collect();
    let (front, last) = number.rsplit_once('.').map_or(("", number), |(front, last)| (front, last));
    match last.parse::<u32>() {
        Ok(last) if front.is_empty() => format!("{}{separator}", last + 1),
        Ok(last) => format!("{front}.{}{separator}", last + 1),
        Err(_) => String::new(),
    }
}

/// A region with its marks, as if it stood at `at`.
fn region_text(
    facts: &Facts,
    renderer: &Renderer<'_>,
    page: &Page,
    kind: RegionKind,
    argument: Option<&str>,
    at: usize,
) -> Option<String> {
    let region = Region {
        kind,
        argument: argument.map(|argument| Spanned::new(argument.to_owned(), Span::at(at))),
        open: Span::at(at),
        name: Span::at(at),
        content: Span::at(at),
        whole: Span::at(at),
    };
    let text = renderer.render(page, &region, languages(facts, page).0)?.text;
    Some(format!("<!-- okteto:{} -->\n{text}<!-- /okteto:{} -->\n", region.label(), kind.name()))
}

fn has_section(page: &Page, required: &str) -> bool {
    let wanted = required.to_lowercase();
    let region = |region: &Region| region.kind.name() == required || region.label() == required;
    page.regions.iter().any(region)
        || page.markdown.headings.iter().any(|heading| heading.text.to_lowercase().contains(&wanted))
}

fn required_missing(
    facts: &Facts,
    renderer: &Renderer<'_>,
    page: Option<&Page>,
    required: &Spanned<String>,
) -> Diagnostic {
    let name = &required.value;
    let configured = facts.config.file.as_ref().map(|file| file.place(required.span));
    let kind = RegionKind::find(name).filter(|kind| *kind != RegionKind::App);
    let what = if kind.is_some() { "region" } else { "section" };
    let title = format!("no runbook has the required {what} `{name}`");
    let place = match (page, &configured) {
        (Some(page), _) => Place::top(&page.file.path),
        (None, Some(place)) => place.clone(),
        (None, None) => Place::top(&"docs/runbooks".into()),
    };
    let mut diagnostic = Diagnostic::new(place, title)
        .label("the configuration asks for it")
        .subject(format!("section.{name}"));
    if let Some(place) = configured.filter(|_| page.is_some()) {
        diagnostic = diagnostic.related(place, "asked for here");
    }
    let text = page.zip(kind).and_then(|(page, kind)| {
        let end = page.file.text.trim_end().len();
        Some((page, end, region_text(facts, renderer, page, kind, None, end)?))
    });
    match text {
        Some((page, end, text)) => {
            diagnostic.help("`cargo xtask fix` adds it at the end of this page (safe fix)").fix(Fix::safe(
                format!("add region `{name}`"),
                vec![insert(page, end, &format!("\n\n{}", text.trim_end()))],
            ))
        }
        None => diagnostic.help("write it"),
    }
}
