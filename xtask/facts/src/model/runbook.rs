//! Pages that repeat what the manifests say: runbooks, READMEs and docs that mention Okteto, and comments,
//! recipes and scripts that do.
//!
//! A page is read into what can be held against the repository (commands, packages, paths, links, hosts)
//! and into *owned regions*, which are written by `fix`. Prose is never judged.

pub mod claims;
pub mod commands;
pub mod compare;
pub mod excerpts;
pub mod known;
pub mod mentions;
mod nature;
pub mod notes;
pub mod paths;
pub mod places;
pub mod regions;
pub mod releases;
pub mod render;
pub mod scaffold;
pub mod sections;
mod session;
pub mod stale;
pub mod tense;
pub mod voice;
mod whereabouts;
pub mod whose;

use crate::config::Config;
use crate::globs::glob_set;
use crate::model::manifest::Manifest;
use crate::model::parallel;
use crate::model::workspace::Workspace;
use crate::snapshot::Snapshot;
use crate::source::{RepoPath, SourceFile, Span};
use crate::syntax::markdown::Markdown;
use globset::GlobSet;
use mentions::Mention;
use regions::{Fault, Region};
use sections::{Row, Titled};

/// Where runbooks lie unless configured.
pub const DEFAULT_FILES: &str = "docs/runbooks/*.md";

/// Pages larger than this are passed over: nobody reads them, and nobody keeps them in step by hand.
pub const MAX_BYTES: usize = 8 << 20;

/// So many pages a core reads at a time.
const BATCH: usize = 2;

/// All pages.
#[derive(Debug, Default)]
pub struct Runbooks {
    /// Sorted by path.
    pub pages: Vec<Page>,
}

/// What a page is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PageKind {
    /// A runbook: bound to the manifests, sections included.
    Runbook,
    /// Another page that mentions Okteto.
    Document,
    /// Comments at the head of a manifest, recipes of a justfile or Makefile, scripts of package.json.
    Notes,
}

/// The language of a page's prose, and so of its regions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Language {
    /// English.
    English,
    /// Russian.
    Russian,
}

/// One page.
#[derive(Debug)]
pub struct Page {
    /// The file.
    pub file: SourceFile,
    /// What it is.
    pub kind: PageKind,
    /// What stands in it; empty for notes.
    pub markdown: Markdown,
    /// Owned regions in order.
    pub regions: Vec<Region>,
    /// Marks of regions that are wrong, in order.
    pub faults: Vec<Fault>,
    /// Headings with the names in them, those in owned regions left out; only of pages that are bound to the
    /// manifests.
    pub titled: Vec<Titled>,
    /// Rows of tables, as the headings.
    pub rows: Vec<Row>,
    /// What it says about the repository, in order; the text of owned regions is left out.
    pub mentions: Vec<Mention>,
}

impl Page {
    /// Reads a page of Markdown.
    pub fn read(file: SourceFile, kind: PageKind) -> Self {
        let markdown = Markdown::parse(&file.text);
        let (regions, faults) = regions::find(&file.text, &markdown);
        let mut mentions = mentions::of_page(&file.text, &markdown);
        mentions.retain(|mention| !regions::hold(&regions, mention.span));
        let (mut titled, mut rows) = (Vec::new(), Vec::new());
        if kind == PageKind::Runbook || !regions.is_empty() {
            titled = sections::titled(&file.text, &markdown, &regions);
            rows = sections::rows(&file.text, &markdown, &regions);
        }
        Self { file, kind, markdown, regions, faults, titled, rows, mentions }
    }

    /// The language in which the page's prose is written, as its letters tell.
    pub fn language(&self) -> Language {
        let (latin, cyrillic) = self.markdown.letters(&self.file.text);
        if cyrillic * 2 > latin { Language::Russian } else { Language::English }
    }

    /// Whether the page is held against the manifests as a whole: sections and rows included.
    pub fn is_bound(&self) -> bool {
        self.kind == PageKind::Runbook || !self.regions.is_empty()
    }

    /// The text of a span.
    pub fn slice(&self, span: Span) -> &str {
        span.slice(&self.file.text)
    }

    /// The whole lines around a span.
    pub fn lines(&self, span: Span) -> &str {
        let text = &self.file.text;
        let start = text.get(..span.start).and_then(|before| before.rfind('\n')).map_or(0, |at| at + 1);
        let end =
            text.get(span.end..).and_then(|rest| rest.find('\n')).map_or(text.len(), |at| span.end + at);
        text.get(start..end).unwrap_or("")
    }
}

/// Which files are pages.
struct Choice {
    runbooks: GlobSet,
}

impl Choice {
    fn kind(&self, path: &str) -> Option<PageKind> {
        let name = path.rsplit('/').next().unwrap_or(path);
        if let Some(stem) = name.strip_suffix(".md") {
            if self.runbooks.is_match(path) {
                return Some(PageKind::Runbook);
            }
            let stem = stem.to_ascii_lowercase();
            // A history says what was, rightly.
            let is_history = matches!(stem.as_str(), "changelog" | "history" | "changes" | "news");
            let is_docs = path.starts_with("docs/") || path.contains("/docs/") || stem.starts_with("readme");
            return (is_docs && !is_history).then_some(PageKind::Document);
        }
        let has_notes =
            matches!(name, "Makefile" | "makefile" | "GNUmakefile" | "justfile" | "Justfile" | ".justfile");
        (has_notes || name.ends_with(".mk") || name.ends_with(".just")).then_some(PageKind::Notes)
    }
}

impl Runbooks {
    /// The page at a path.
    pub fn page(&self, path: &RepoPath) -> Option<&Page> {
        self.pages.get(self.pages.binary_search_by(|page| page.file.path.cmp(path)).ok()?)
    }

    /// Reads all pages of a tree. Those in parked code, and those that `skip` names, are left out.
    pub fn load(
        tree: &Snapshot,
        workspace: &Workspace,
        config: &Config,
        skip: &dyn Fn(&RepoPath) -> bool,
    ) -> Self {
        let globs: Vec<&str> = match &config.runbook_files {
            Some(globs) => globs.iter().map(|glob| glob.value.as_str()).collect(),
            None => vec![DEFAULT_FILES],
        };
        let choice = Choice { runbooks: glob_set(globs) };
        let chosen: Vec<(RepoPath, PageKind)> = tree
            .notable()
            .filter_map(|entry| Some((entry.path, choice.kind(entry.path)?)))
            .map(|(path, kind)| (RepoPath::new(path), kind))
            .filter(|(path, _)| !workspace.is_parked(path) && !skip(path))
            .collect();
        tree.prefetch(chosen.iter().map(|(path, _)| path.clone()));
        let pages = parallel::map(&chosen, BATCH, |(path, kind)| read(tree, path, *kind));
        Self { pages: pages.into_iter().flatten().collect() }
    }

    /// Adds the comments of manifests and the scripts of packages.
    pub fn add_notes(&mut self, workspace: &Workspace, manifests: &[Manifest]) {
        self.pages.extend(manifests.iter().filter_map(notes::of_manifest));
        self.pages.extend(workspace.root.iter().chain(&workspace.members).filter_map(notes::of_package));
        self.pages.sort_by(|left, right| left.file.path.cmp(&right.file.path));
    }
}

fn read(tree: &Snapshot, path: &RepoPath, kind: PageKind) -> Option<Page> {
    let file = tree.source(path).ok()?;
    if file.text.len() > MAX_BYTES {
        return None;
    }
    match kind {
        PageKind::Runbook => Some(Page::read(file, kind)),
        _ if !mentions_okteto(&file.text) => None,
        PageKind::Document => Some(Page::read(file, kind)),
        PageKind::Notes => {
            let mentions = notes::of_recipes(&file.text);
            Some(notes::page(file, mentions))
        }
    }
}

/// Whether a text speaks of Okteto at all.
fn mentions_okteto(text: &str) -> bool {
    let bytes = text.as_bytes();
    [b"okteto".as_slice(), b"Okteto", b"OKTETO"]
        .iter()
        .any(|word| memchr::memmem::find(bytes, word).is_some())
}
