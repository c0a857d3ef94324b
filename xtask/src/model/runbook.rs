//! Pages that repeat what the manifests say: runbooks, READMEs and docs that mention Okteto, and comments,
//! recipes and scripts that do.
//!
//! A page is read into what can be held against the repository (commands, packages, paths, links, hosts)
//! and into *owned regions*, which are written by `fix`. Prose is never judged.

pub mod commands;
pub mod compare;
pub mod context;
pub mod deployments;
pub mod mentions;
pub mod names;
pub mod notes;
pub mod paths;
pub mod regions;
pub mod render;
pub mod sections;

use crate::config::Config;
use crate::globs::glob_set;
use crate::model::manifest::Manifest;
use crate::model::workspace::Workspace;
use crate::snapshot::Snapshot;
use crate::source::{RepoPath, SourceFile, Span};
use crate::syntax::markdown::Markdown;
use globset::GlobSet;
use mentions::Mention;
use regions::{Fault, Region};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Where runbooks lie unless configured.
pub const DEFAULT_FILES: &str = "docs/runbooks/*.md";

/// The generated pages of the rules: their examples speak of other repositories.
const GENERATED: &str = "docs/rules/";

/// Pages larger than this are passed over: nobody reads them, and nobody keeps them in step by hand.
pub const MAX_BYTES: usize = 8 << 20;

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
    /// What it says about the repository, in order; the text of owned regions is left out.
    pub mentions: Vec<Mention>,
}

impl Page {
    /// Reads a page of Markdown.
    pub fn read(file: SourceFile, kind: PageKind) -> Self {
        let markdown = Markdown::parse(&file.text);
        let (regions, faults) = regions::find(&file.text, &markdown);
        let mut mentions = mentions::of_page(&file.text, &markdown);
        mentions.retain(|mention| !regions.iter().any(|region| region.whole.contains(mention.span)));
        Self { file, kind, markdown, regions, faults, mentions }
    }

    /// The language in which the page's prose is written, as its letters tell.
    pub fn language(&self) -> Language {
        let (latin, cyrillic) = self.markdown.letters;
        if cyrillic * 2 > latin { Language::Russian } else { Language::English }
    }

    /// The text of a span.
    pub fn slice(&self, span: Span) -> &str {
        span.slice(&self.file.text)
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
            return (is_docs && !is_history && !path.starts_with(GENERATED)).then_some(PageKind::Document);
        }
        let has_notes =
            matches!(name, "Makefile" | "makefile" | "GNUmakefile" | "justfile" | "Justfile" | ".justfile");
        (has_notes || name.ends_with(".mk") || name.ends_with(".just")).then_some(PageKind::Notes)
    }
}

impl Runbooks {
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
        Self { pages: read_all(tree, &chosen) }
    }

    /// Adds the comments of manifests and the scripts of packages.
    pub fn add_notes(&mut self, workspace: &Workspace, manifests: &[Manifest]) {
        self.pages.extend(manifests.iter().filter_map(notes::of_manifest));
        self.pages.extend(workspace.root.iter().chain(&workspace.members).filter_map(notes::of_package));
        self.pages.sort_by(|left, right| left.file.path.cmp(&right.file.path));
    }
}

/// Reads pages on all cores: a large handbook is the slowest input that this group has.
fn read_all(tree: &Snapshot, chosen: &[(RepoPath, PageKind)]) -> Vec<Page> {
    let next = AtomicUsize::new(0);
    let done: Mutex<Vec<(usize, Page)>> = Mutex::new(Vec::new());
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(chosen.len().div_ceil(8));
    let work = || {
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            let Some((path, kind)) = chosen.get(number) else { break };
            if let Some(page) = read(tree, path, *kind) {
                done.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push((number, page));
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 1..threads {
            scope.spawn(work);
        }
        work();
    });
    let mut pages = done.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    pages.sort_by_key(|(number, _)| *number);
    pages.into_iter().map(|(_, page)| page).collect()
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
