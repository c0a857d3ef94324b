//! What owned regions should say, with the place that each fact was taken from.

mod app;
mod starts;
mod tables;
mod words;

use super::regions::{Region, RegionKind};
use super::{Language, Page};
use crate::config::Config;
use crate::model::environment::Environment;
use crate::model::graph::Landscape;
use crate::snapshot::Snapshot;
use crate::source::{Place, Span};
pub use words::Words;

/// The text of a region.
#[derive(Clone, Debug, Default)]
pub struct Rendered {
    /// The lines, each ending in `\n`.
    pub text: String,
    /// Pieces of the text that were taken from somewhere, in order.
    pub facts: Vec<Fact>,
}

/// A piece of a region's text and its origin.
#[derive(Clone, Debug)]
pub struct Fact {
    /// Bytes of [`Rendered::text`].
    pub span: Span,
    /// Where it was taken from.
    pub place: Place,
    /// What it is.
    pub kind: FactKind,
}

/// What a fact is; decides the words of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FactKind {
    /// A forwarded port on the laptop.
    LocalPort,
    /// A forwarded port in the container.
    RemotePort,
    /// Anything else.
    Other,
}

impl Rendered {
    /// Adds plain text.
    pub fn push(&mut self, text: &str) {
        self.text.push_str(text);
    }

    /// Adds text with its origin.
    pub fn fact(&mut self, text: &str, place: Option<Place>, kind: FactKind) {
        let span = Span::new(self.text.len(), self.text.len() + text.len());
        self.text.push_str(text);
        self.facts.extend(place.map(|place| Fact { span, place, kind }));
    }

    /// Adds another text behind this one.
    pub fn append(&mut self, other: &Self) {
        let offset = self.text.len();
        self.text.push_str(&other.text);
        self.facts
            .extend(other.facts.iter().map(|fact| Fact { span: fact.span.shift(offset), ..fact.clone() }));
    }

    /// The fact at a place of the text: the smallest one around it.
    pub fn at(&self, span: Span) -> Option<&Fact> {
        let around = self.facts.iter().filter(|fact| fact.span.contains(span) || span.contains(fact.span));
        around.min_by_key(|fact| fact.span.len().abs_diff(span.len()))
    }
}

/// A table: header and rows of cells.
#[derive(Debug, Default)]
pub struct Table {
    header: Vec<String>,
    rows: Vec<Vec<Rendered>>,
}

impl Table {
    /// A table with this header.
    pub fn new(header: &[&str]) -> Self {
        Self { header: header.iter().map(|&cell| cell.to_owned()).collect(), rows: Vec::new() }
    }

    /// Adds a row; an empty cell becomes a dash.
    pub fn row(&mut self, cells: Vec<Rendered>) {
        self.rows.push(cells);
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The Markdown.
    pub fn render(&self) -> Rendered {
        let mut out = Rendered::default();
        out.push(&format!("| {} |\n", self.header.join(" | ")));
        out.push(&format!("|{}\n", "---|".repeat(self.header.len())));
        for row in &self.rows {
            out.push("|");
            for cell in row {
                out.push(" ");
                if cell.text.is_empty() {
                    out.push("—")
                }
                out.append(cell);
                out.push(" |");
            }
            out.push("\n");
        }
        out
    }
}

/// A cell with one code span; a `|` in it would end the cell.
pub fn code(text: &str, place: Option<Place>) -> Rendered {
    let mut cell = Rendered::default();
    cell.push("`");
    cell.fact(&text.replace('|', "\\|"), place, FactKind::Other);
    cell.push("`");
    cell
}

/// Cells joined by commas.
pub fn list(cells: impl IntoIterator<Item = Rendered>) -> Rendered {
    let mut all = Rendered::default();
    for cell in cells {
        if !all.text.is_empty() {
            all.push(", ");
        }
        all.append(&cell);
    }
    all
}

/// What rendering needs to know.
#[derive(Debug)]
pub struct Renderer<'a> {
    /// The view of the repository.
    pub landscape: &'a Landscape<'a>,
    /// The tree, for ignore files and Dockerfiles.
    pub tree: &'a Snapshot,
    /// The configuration.
    pub config: &'a Config,
}

impl Renderer<'_> {
    /// The text of a region on a page; `None` for the region of an app that is not there.
    pub fn render(&self, page: &Page, region: &Region, language: Language) -> Option<Rendered> {
        let words = Words::of(language);
        let rendered = match region.kind {
            RegionKind::DevContainers => self.dev_containers(words),
            RegionKind::App => {
                let app = self.landscape.app(&region.argument.as_ref()?.value)?;
                self.app(app, heading_level(page, region), words)
            }
            RegionKind::Commands => self.commands(words),
            RegionKind::Ports => self.ports(words),
            RegionKind::Sync => self.sync(words),
            RegionKind::Builds => self.builds(words),
            RegionKind::Namespaces => self.namespaces(words),
            RegionKind::Catalog => self.catalog(words),
            RegionKind::Variables => self.variables(words),
            RegionKind::Topology => self.topology(words),
        };
        Some(rendered)
    }

    fn environment(&self, manifest: &crate::model::manifest::Manifest) -> Environment {
        Environment::of(manifest, self.tree, self.config)
    }

    fn topology(&self, words: &Words) -> Rendered {
        let mut out = Rendered::default();
        out.push("```mermaid\n");
        for (line, place) in self.landscape.graph(None).lines(&words.diagram) {
            let text = line.trim();
            out.push(line.get(..line.len() - line.trim_start().len()).unwrap_or_default());
            out.fact(text, place, FactKind::Other);
            out.push("\n");
        }
        out.push("```\n");
        out
    }
}

/// The level of a heading within a region: one below the heading over it, those of regions apart.
fn heading_level(page: &Page, region: &Region) -> usize {
    let inside = |span: Span| page.regions.iter().any(|other| other.whole.contains(span));
    let above = page
        .markdown
        .headings
        .iter()
        .rev()
        .find(|heading| heading.span.end <= region.open.start && !inside(heading.span));
    above.map_or(2, |heading| usize::from(heading.level) + 1).min(6)
}
