//! `runbook/orphan-section`: a section, row or region about an app or dev container that is gone.

use super::{group, is_silent, repositories, with_places};
use crate::diagnostic::{Diagnostic, Fix, Severity, replace};
use crate::facts::{Facts, Model};
use crate::model::manifest::names::sanitise;
use crate::model::runbook::context::Repositories;
use crate::model::runbook::mentions::{Mention, What};
use crate::model::runbook::names::Names;
use crate::model::runbook::regions::RegionKind;
use crate::model::runbook::sections::{self, Row, Titled, whole_lines};
use crate::model::runbook::{Page, PageKind};
use crate::rules::{Repair, Rule, Scope, Sink};
use crate::source::{Span, Spanned};
use crate::suggest::closest;

pub static RULE: Rule = Rule {
    id: "runbook/orphan-section",
    summary: "a section, row or region is about an app or dev container that is gone",
    severity: Severity::Warning,
    fix: Repair::Unsafe,
    scope: Scope::Tree,
    needs: &[Model::Serving, Model::Runbooks],
    page: include_str!("orphan_section.md"),
    check,
};

/// A part of a page about something that is gone.
#[derive(Debug)]
pub(super) struct Orphan {
    /// The name.
    pub(super) name: Spanned<String>,
    /// All that is about it.
    pub(super) span: Span,
    /// `section`, `row` or `region`.
    what: &'static str,
}

fn check(facts: &Facts, sink: &mut Sink<'_>) {
    let Some(known) = Known::of(facts) else { return };
    let repositories = repositories(facts);
    for page in runbooks(facts) {
        let mut groups: Vec<(String, Vec<Orphan>)> = Vec::new();
        for orphan in orphans(page, &known, &repositories) {
            group(&mut groups, orphan.name.value.clone(), orphan);
        }
        for (name, orphans) in groups {
            sink.report(diagnostic(page, &known, &name, &orphans));
        }
    }
}

/// The pages that are bound to the manifests.
fn runbooks(facts: &Facts) -> impl Iterator<Item = &Page> {
    facts.runbooks().pages.iter().filter(|page| page.kind == PageKind::Runbook || !page.regions.is_empty())
}

/// The names of what is there.
pub(super) struct Known {
    names: Names,
    apps: Vec<String>,
}

impl Known {
    /// `None` when absence means nothing: no manifest, or one that cannot be read.
    pub(super) fn of(facts: &Facts) -> Option<Self> {
        let names = Names::collect(&facts.tree, facts.manifests());
        let apps = facts
            .apps()
            .all
            .iter()
            .flat_map(|app| std::iter::once(app.name().to_owned()).chain(app.package.clone()));
        let known = Self { apps: apps.collect(), names };
        (!facts.manifests().is_empty() && known.names.is_complete && facts.workspace().broken.is_empty())
            .then_some(known)
    }

    fn is_dev(&self, name: &str) -> bool {
        self.names.devs.contains_key(&sanitise(name))
    }

    fn is_known(&self, name: &str) -> bool {
        let bare = name.rsplit('/').next().unwrap_or(name);
        self.is_dev(name)
            || self.apps.iter().any(|app| app == bare)
            || self.names.builds.contains_key(name)
            || self.names.tests.contains_key(name)
    }
}

/// What is about something that is gone.
pub(super) fn orphans(page: &Page, known: &Known, repositories: &Repositories) -> Vec<Orphan> {
    let mut found: Vec<Orphan> = Vec::new();
    for region in page.regions.iter().filter(|region| region.kind == RegionKind::App) {
        let Some(name) = &region.argument else { continue };
        let is_app = known.apps.contains(&name.value)
            || known.apps.iter().any(|app| name.value.ends_with(&format!("/{app}")));
        if !is_app {
            found.push(Orphan { name: name.clone(), span: region.whole, what: "region" });
        }
    }
    found.extend(sections_about_nothing(page, known));
    found.extend(rows_about_nothing(page, known));
    found.retain(|orphan| {
        let at = page.markdown.blocks.iter().rposition(|block| block.span.contains(orphan.name.span));
        let mention = Mention { what: What::Host(String::new()), span: orphan.name.span, block: at };
        orphan.what == "region" || !is_silent(page, &mention, repositories)
    });
    found.sort_by_key(|orphan| orphan.span.start);
    found
}

/// Sections whose heading is a name that nothing has, although a neighbour's is the name of an app or dev
/// container, or although the section starts it.
fn sections_about_nothing(page: &Page, known: &Known) -> Vec<Orphan> {
    let titled = sections::titled(page);
    let parent = |title: &Titled| {
        page.markdown.headings.get(title.heading).map(|heading| (heading.level, heading.parent))
    };
    let mut found = Vec::new();
    for title in &titled {
        let [name] = title.names.as_slice() else { continue };
        if !is_name(&name.value) || known.is_known(&name.value) {
            continue;
        }
        let neighbour = titled.iter().any(|other| {
            let same = parent(other) == parent(title) && other.alone;
            same && other.names.iter().any(|name| known.is_known(&name.value))
        });
        let starts = page.mentions.iter().any(|mention| {
            title.section.contains(mention.span)
                && matches!(&mention.what, What::Okteto(call) if call.verb == "up" && call.operands.first().is_some_and(|operand| operand.value == name.value))
        });
        if (title.alone && neighbour) || starts {
            found.push(Orphan { name: name.clone(), span: title.section, what: "section" });
        }
    }
    found
}

/// Rows whose cell in the column of dev containers names none.
fn rows_about_nothing(page: &Page, known: &Known) -> Vec<Orphan> {
    let rows = sections::rows(page);
    let mut found = Vec::new();
    for row in rows.iter().filter(|row| !row.head) {
        for (column, cell) in row.cells.iter().enumerate() {
            let [name] = cell.names.as_slice() else { continue };
            let alone = page.slice(cell.span).trim().trim_matches('`') == name.value;
            if alone
                && is_name(&name.value)
                && !known.is_known(&name.value)
                && is_dev_column(page, &rows, row, column, known)
            {
                found.push(Orphan { name: name.clone(), span: row.span, what: "row" });
            }
        }
    }
    found
}

/// Whether the head of a column says that it lists dev containers, and another row names one that exists.
fn is_dev_column(page: &Page, rows: &[Row], row: &Row, column: usize, known: &Known) -> bool {
    let table = || rows.iter().filter(|other| other.table == row.table);
    let head = table().find(|other| other.head).and_then(|head| head.cells.get(column));
    let says_so = head.is_some_and(|head| {
        let text = page.slice(head.span).to_lowercase().replace(['\u{2011}', '-'], " ");
        text.contains("dev") && (text.contains("container") || text.contains("контейнер"))
            || text.trim() == "dev"
    });
    let named = table().filter_map(|other| other.cells.get(column)).flat_map(|cell| &cell.names);
    says_so && named.into_iter().any(|name| known.is_dev(&name.value))
}

fn is_name(text: &str) -> bool {
    text.len() > 2
        && text.chars().all(|character| {
            character.is_ascii_lowercase() || character.is_ascii_digit() || matches!(character, '-' | '_')
        })
        && text.starts_with(|first: char| first.is_ascii_alphanumeric())
}

fn diagnostic(page: &Page, known: &Known, name: &str, orphans: &[Orphan]) -> Diagnostic {
    let spans: Vec<Span> = orphans.iter().map(|orphan| orphan.name.span).collect();
    let first = spans.first().copied().unwrap_or_default();
    let what = orphans.first().map_or("section", |orphan| orphan.what);
    let kind = if what == "region" { "app" } else { "app or dev container" };
    let text = &page.file.text;
    let edits =
        orphans.iter().map(|orphan| replace(&page.file.path, whole_lines(text, orphan.span), "")).collect();
    let diagnostic = Diagnostic::new(page.file.place(first), format!("there is no {kind} `{name}`"))
        .label(format!("this {what} is about nothing"))
        .subject(format!("section.{name}"))
        .fix(Fix::needs_review(format!("delete what is about `{name}`"), edits));
    let diagnostic = with_places(diagnostic, page, spans.get(1..).unwrap_or_default());
    let names = known.names.devs.keys().chain(&known.apps).map(String::as_str);
    match closest(name, names) {
        Some(near) => diagnostic
            .help(format!("was it renamed to `{near}`? `cargo xtask fix --unsafe` deletes the {what}")),
        None => diagnostic.help(format!("`cargo xtask fix --unsafe` deletes the {what}")),
    }
}
