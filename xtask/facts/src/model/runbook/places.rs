//! Where dev containers have their place in a page: an owned region, a section, a row.

use super::Page;
use super::regions::RegionKind;
use super::sections::{Row, Titled};
use crate::model::graph::Landscape;
use crate::source::Span;

/// A place that a dev container has in a page.
#[derive(Debug)]
pub struct Spot<'a> {
    /// Position of the dev container in the landscape; `None` for a region that lists all of them.
    pub entry: Option<usize>,
    /// All of it.
    pub span: Span,
    /// What it is.
    pub kind: SpotKind<'a>,
}

/// What a place is.
#[derive(Clone, Copy, Debug)]
pub enum SpotKind<'a> {
    /// An owned region for its app, or for all.
    Region,
    /// A heading with what belongs to it.
    Section(&'a Titled),
    /// A row of a table.
    Row(&'a Row),
}

impl Spot<'_> {
    /// Whether this is the place of a dev container.
    pub fn covers(&self, entry: usize) -> bool {
        self.entry.is_none_or(|own| own == entry)
    }
}

/// Where the dev containers stand in a page.
pub fn spots<'a>(page: &'a Page, landscape: &Landscape<'_>) -> Vec<Spot<'a>> {
    let mut found = Vec::new();
    for region in &page.regions {
        let spot = |entry| Spot { entry, span: region.whole, kind: SpotKind::Region };
        match (region.kind, &region.argument) {
            (RegionKind::DevContainers | RegionKind::Commands, _) => found.push(spot(None)),
            (RegionKind::App, Some(name)) => {
                let app = landscape.app(&name.value);
                let serves = |index: &usize| {
                    let apps = landscape.entries.get(*index).map_or(&[][..], |entry| entry.apps.as_slice());
                    app.is_some_and(|app| apps.iter().any(|other| other.folder == app.folder))
                };
                found.extend((0..landscape.entries.len()).filter(serves).map(|index| spot(Some(index))));
            }
            _ => {}
        }
    }
    for title in &page.titled {
        let names = title.names.iter().map(|name| name.value.as_str());
        let kind = SpotKind::Section(title);
        found.extend(entries(landscape, names).map(|entry| Spot {
            entry: Some(entry),
            span: title.section,
            kind,
        }));
    }
    for row in page.rows.iter().filter(|row| !row.head) {
        let names = row.cells.iter().flat_map(|cell| &cell.names).map(|name| name.value.as_str());
        let kind = SpotKind::Row(row);
        found.extend(entries(landscape, names).map(|entry| Spot {
            entry: Some(entry),
            span: row.span,
            kind,
        }));
    }
    found
}

/// The dev containers that some of the names stand for, each once.
fn entries<'n>(
    landscape: &Landscape<'_>,
    names: impl Iterator<Item = &'n str>,
) -> impl Iterator<Item = usize> {
    let mut found: Vec<usize> = names.flat_map(|name| landscape.named(name)).copied().collect();
    found.sort_unstable();
    found.dedup();
    found.into_iter()
}
