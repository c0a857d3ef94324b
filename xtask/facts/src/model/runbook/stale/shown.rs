//! What owned regions show of apps and their dev containers. They were right when they were written, and tell what has
//! gone and what has another name since.

use super::Inputs;
use crate::model::runbook::Page;
use crate::model::runbook::known::Known;
use crate::model::runbook::regions::{Region, RegionKind};
use crate::source::{RepoPath, Span};
use crate::syntax::markdown::BlockKind;
use std::collections::{BTreeMap, BTreeSet};

/// What all regions show.
#[derive(Default)]
pub(super) struct Shown<'a> {
    /// The apps and what serves them, as often as they are shown.
    pub(super) entries: Vec<Entry<'a>>,
    /// Every dev container, aliases included.
    devs: BTreeSet<&'a str>,
}

/// An app with what serves it, as one place shows it.
#[derive(Debug, Default)]
pub(super) struct Entry<'a> {
    /// The names in the place of the app: none where no app is served.
    pub(super) apps: Vec<&'a str>,
    /// The dev container.
    pub(super) dev: Option<&'a str>,
    /// Its other names.
    pub(super) aliases: Vec<&'a str>,
}

impl<'a> Shown<'a> {
    pub(super) fn of(pages: &'a [Page]) -> Self {
        let mut shown = Self::default();
        for page in pages {
            for region in &page.regions {
                shown.add(page, region);
            }
        }
        let devs = shown.entries.iter().flat_map(|entry| entry.dev.iter().chain(&entry.aliases));
        shown.devs = devs.copied().collect();
        shown
    }

    fn add(&mut self, page: &'a Page, region: &'a Region) {
        match region.kind {
            RegionKind::DevContainers => self.add_table(page, region.content, Some(2)),
            RegionKind::Ports => self.add_table(page, region.content, Some(1)),
            RegionKind::Namespaces => self.add_table(page, region.content, None),
            RegionKind::App => {
                let app = region.argument.iter().map(|app| app.value.rsplit('/').next().unwrap_or_default());
                let entry = Entry { apps: app.collect(), ..Entry::default() };
                self.add_commands(page.slice(region.content), entry);
            }
            RegionKind::Commands => self.add_commands(page.slice(region.content), Entry::default()),
            RegionKind::Sync
            | RegionKind::Builds
            | RegionKind::Catalog
            | RegionKind::Variables
            | RegionKind::Topology => {}
        }
    }

    /// The rows of a table whose first column has apps, and another one dev containers with their aliases.
    fn add_table(&mut self, page: &'a Page, content: Span, column: Option<usize>) {
        for cells in rows(page, content) {
            let mut devs = column.and_then(|column| cells.get(column)).into_iter().flatten().copied();
            let apps = cells.first().cloned().unwrap_or_default();
            self.entries.push(Entry { apps, dev: devs.next(), aliases: devs.collect() });
        }
    }

    /// Lines of commands as the regions have them: `# APP`, then `okteto up DEV`.
    fn add_commands(&mut self, text: &'a str, first: Entry<'a>) {
        let mut entry = first;
        for line in text.lines() {
            if let Some(app) = line.strip_prefix("# ") {
                let next = Entry { apps: vec![app.trim()], ..Entry::default() };
                self.entries.push(std::mem::replace(&mut entry, next));
            } else if let Some(dev) = line.strip_prefix("okteto up ") {
                entry.dev = Some(dev.trim());
            }
        }
        self.entries.push(entry);
    }

    /// What the lost dev containers are called now whose apps are there: each app that regions show with one lost
    /// name is served by one that they do not show.
    pub(super) fn new_names(&self, inputs: &Inputs<'_>, known: &Known) -> BTreeMap<String, String> {
        let mut lost: BTreeMap<(&RepoPath, bool), BTreeSet<&str>> = BTreeMap::new();
        for entry in &self.entries {
            let [app] = entry.apps.as_slice() else { continue };
            let Some(folder) = known.apps.get(*app) else { continue };
            let names = entry.dev.iter().map(|dev| (false, *dev));
            let names = names.chain(entry.aliases.iter().map(|alias| (true, *alias)));
            for (is_alias, name) in names.filter(|(_, name)| !known.is_dev(name)) {
                lost.entry((folder, is_alias)).or_default().insert(name);
            }
        }
        let mut new_names: BTreeMap<String, String> = BTreeMap::new();
        let mut ambiguous = Vec::new();
        for ((folder, is_alias), names) in lost {
            let sessions = inputs.serving.of(folder).filter(|session| session.alias_of.is_some() == is_alias);
            let new = sessions.filter_map(|session| {
                let dev = inputs.manifests.get(session.manifest)?.devs.get(session.dev)?;
                Some(dev.name.value.as_str())
            });
            let new: BTreeSet<&str> = new.filter(|name| !self.devs.contains(name)).collect();
            let mut pairs = names.iter().zip(&new);
            let (Some((old, new)), 1, 1) = (pairs.next(), names.len(), new.len()) else { continue };
            match new_names.insert((*old).to_owned(), (*new).to_owned()) {
                Some(other) if other != *new => ambiguous.push(*old),
                _ => {}
            }
        }
        ambiguous.into_iter().for_each(|name| _ = new_names.remove(name));
        new_names
    }
}

/// The code spans of each cell of each row of a table in some lines of a page.
fn rows(page: &Page, content: Span) -> Vec<Vec<Vec<&str>>> {
    let blocks = &page.markdown.blocks;
    let from = blocks.partition_point(|block| block.span.start < content.start);
    let inside =
        blocks.get(from..).unwrap_or_default().iter().take_while(|block| block.span.start < content.end);
    let mut rows: Vec<Vec<Vec<&str>>> = Vec::new();
    for block in inside {
        match block.kind {
            BlockKind::Row => rows.push(Vec::new()),
            BlockKind::Cell => {
                let spans = page.markdown.code_spans_in(block.span).iter();
                if let Some(row) = rows.last_mut() {
                    row.push(spans.map(|code| code.text(&page.file.text)).collect());
                }
            }
            _ => {}
        }
    }
    rows
}
