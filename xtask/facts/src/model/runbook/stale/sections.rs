//! Parts of a page that are about something that is not there.

use super::{Found, Missing, Part, Said};
use crate::model::runbook::Page;
use crate::model::runbook::known::Known;
use crate::model::runbook::mentions::What;
use crate::model::runbook::regions::RegionKind;
use crate::model::runbook::sections::{Row, Titled};
use crate::model::runbook::voice::Voice;
use crate::source::{Span, Spanned};
use crate::syntax::markdown::BlockId;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Regions, sections and rows about nothing.
pub(super) fn orphans(page: &Page, known: &Known, voice: &mut Voice<'_>) -> Vec<Found> {
    let mut found = regions(page, known);
    let mut others = sections(page, known);
    others.extend(rows(page, known));
    others.retain(|orphan| !voice.is_silent(page.markdown.block_at(orphan.span), orphan.span));
    found.append(&mut others);
    found
}

fn orphan(part: Part, name: &Spanned<String>, whole: Span) -> Found {
    Found { span: name.span, missing: Missing::Subject(part, name.value.clone()), said: Said::About(whole) }
}

fn regions(page: &Page, known: &Known) -> Vec<Found> {
    let regions = page.regions.iter().filter(|region| region.kind == RegionKind::App);
    let about = regions.filter_map(|region| Some((region.argument.as_ref()?, region.whole)));
    about
        .filter(|(name, _)| !known.is_app(&name.value))
        .map(|(name, whole)| orphan(Part::Region, name, whole))
        .collect()
}

/// Sections whose heading is a name that nothing has, although a neighbour's is the name of an app or dev
/// container, or although the section starts it.
fn sections(page: &Page, known: &Known) -> Vec<Found> {
    let level = |title: &Titled| {
        page.markdown.headings.get(title.heading).map(|heading| (heading.level, heading.parent))
    };
    let (mut neighbours, mut apps) = (BTreeSet::new(), BTreeSet::new());
    for title in page.titled.iter().filter(|title| title.alone) {
        let names = || title.names.iter().map(|name| name.value.as_str());
        if names().any(|name| known.is_known(name)) {
            neighbours.extend(level(title));
        }
        if names().any(|name| known.is_app(name)) {
            apps.extend(level(title));
        }
    }
    let mut found = Vec::new();
    for title in &page.titled {
        let [name] = title.names.as_slice() else { continue };
        if !is_name(&name.value) || known.is_known(&name.value) {
            continue;
        }
        let among =
            |levels: &BTreeSet<_>| title.alone && level(title).is_some_and(|level| levels.contains(&level));
        if among(&neighbours) || starts(page, title.section, &name.value) {
            found.push(orphan(Part::Section { of_app: among(&apps) }, name, title.section));
        }
    }
    found
}

/// Whether a section holds `okteto up NAME`.
fn starts(page: &Page, section: Span, name: &str) -> bool {
    let from = page.mentions.partition_point(|mention| mention.span.start < section.start);
    let inside = page.mentions.get(from..).unwrap_or_default().iter();
    inside.take_while(|mention| mention.span.start < section.end).any(|mention| {
        matches!(&mention.what, What::Okteto(call) if call.verb == "up"
            && call.operands.first().is_some_and(|operand| operand.value == name))
    })
}

/// Rows whose cell in the column of dev containers names none.
fn rows(page: &Page, known: &Known) -> Vec<Found> {
    let mut tables: BTreeMap<BlockId, Vec<&Row>> = BTreeMap::new();
    for row in &page.rows {
        tables.entry(row.table).or_default().push(row);
    }
    let mut found = Vec::new();
    for rows in tables.values() {
        let mut columns: HashMap<usize, bool> = HashMap::new();
        for row in rows.iter().filter(|row| !row.head) {
            for (column, cell) in row.cells.iter().enumerate() {
                let [name] = cell.names.as_slice() else { continue };
                let alone = page.slice(cell.span).trim().trim_matches('`') == name.value;
                if alone
                    && is_name(&name.value)
                    && !known.is_known(&name.value)
                    && *columns.entry(column).or_insert_with(|| lists_devs(page, rows, column, known))
                {
                    found.push(orphan(Part::Row, name, row.span));
                }
            }
        }
    }
    found
}

/// Whether the head of a column says that it lists dev containers, and some row names one that exists.
fn lists_devs(page: &Page, rows: &[&Row], column: usize, known: &Known) -> bool {
    let head = rows.iter().find(|row| row.head).and_then(|head| head.cells.get(column));
    let says_so = head.is_some_and(|head| {
        let text = page.slice(head.span).to_lowercase().replace(['\u{2011}', '-'], " ");
        text.contains("dev") && (text.contains("container") || text.contains("контейнер"))
            || text.trim() == "dev"
    });
    let named = rows.iter().filter_map(|row| row.cells.get(column)).flat_map(|cell| &cell.names);
    says_so && named.into_iter().any(|name| known.is_dev(&name.value))
}

fn is_name(text: &str) -> bool {
    text.len() > 2
        && text.chars().all(|character| {
            character.is_ascii_lowercase() || character.is_ascii_digit() || matches!(character, '-' | '_')
        })
        && text.starts_with(|first: char| first.is_ascii_alphanumeric())
}
