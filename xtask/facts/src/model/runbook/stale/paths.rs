//! Paths and relative links.

use super::{Finder, Found, Inputs, Meant, Missing, Said};
use crate::model::runbook::paths::decode;
use crate::model::runbook::{Page, PageKind};
use crate::snapshot::Snapshot;
use crate::source::{RepoPath, Span};
use crate::suggest::closest;
use std::collections::{BTreeSet, HashMap};

/// Names of what tools leave on the disk and git does not know.
const LOCAL: [&str; 15] = [
    "node_modules",
    ".next",
    ".turbo",
    ".git",
    "dist",
    "build",
    "out",
    "coverage",
    "target",
    ".pnpm-store",
    ".cache",
    ".vercel",
    "__pycache__",
    ".venv",
    "tmp",
];

/// File names that many folders have: equal ones prove no move.
const COMMON: [&str; 20] = [
    "index",
    "package",
    "readme",
    "dockerfile",
    "values",
    "main",
    "page",
    "layout",
    "route",
    "config",
    "chart",
    "tsconfig",
    "okteto",
    "kustomization",
    "deployment",
    "service",
    "ingress",
    "makefile",
    "types",
    "utils",
];

impl Finder<'_> {
    /// A path of a code span or command that is not there.
    pub(super) fn path(
        &self,
        page: &Page,
        span: Span,
        written: &str,
        base: Option<&RepoPath>,
    ) -> Option<Found> {
        let tree = self.inputs.tree;
        let path = base.map_or_else(|| RepoPath::new(written), |base| base.join(written));
        if exists(tree, &path) || path.is_outside() {
            return None;
        }
        // The first component says whether this repository is meant at all.
        let first = written.split('/').next().unwrap_or("");
        let first = base.map_or_else(|| RepoPath::new(first), |base| base.join(first));
        if !tree.is_dir(&first) || self.exists_elsewhere(page, written) || self.is_local(&path) {
            return None;
        }
        let start = page.slice(span).find(written);
        let span = start.map_or(span, |at| Span::new(span.start + at, span.start + at + written.len()));
        self.dead(path, span, Said::Path(base.cloned()))
    }

    /// The file or heading of a link that is not there.
    pub(super) fn link(&self, page: &Page, span: Span, target: &str) -> Option<Found> {
        let written = target.split(['#', '?']).next().unwrap_or("");
        if written.is_empty() {
            return self.fragment(page, span, target, &page.file.path);
        }
        let decoded = decode(written);
        let is_absolute = decoded.starts_with('/');
        let folder = page.file.path.parent().unwrap_or_else(RepoPath::root);
        let path = if is_absolute { RepoPath::new(&decoded) } else { folder.join(&decoded) };
        let tree = self.inputs.tree;
        if path.is_outside() || path.is_root() {
            return None;
        }
        if exists(tree, &path) {
            return self.fragment(page, span, target, &path);
        }
        // Generators of sites leave the extension out.
        let is_page = |extension: &str| tree.is_file(&RepoPath::new(&format!("{path}{extension}")));
        if [".md", ".mdx", "/index.md", "/README.md"].into_iter().any(is_page) {
            return None;
        }
        let first = path.components().next().unwrap_or("");
        let is_file = path.components().count() == 1;
        if self.is_local(&path) || (!is_file && !tree.is_dir(&RepoPath::new(first))) {
            return None;
        }
        if !page.slice(span).starts_with(written) {
            return self.dead(path, span, Said::Indirectly);
        }
        let said = if is_absolute { Said::AbsoluteLink } else { Said::Link };
        self.dead(path, Span::new(span.start, span.start + written.len()), said)
    }

    fn dead(&self, path: RepoPath, span: Span, said: Said) -> Option<Found> {
        let gone = first_missing(self.inputs.tree, &path)?;
        // A folder of apps that holds only a README is planned: what will be in it is not missed.
        let parent = gone.parent().unwrap_or_else(RepoPath::root);
        let is_planned =
            self.inputs.config.app_globs.matches(&parent) && self.inputs.apps.at(&parent).is_none();
        (!is_planned).then_some(Found { span, missing: Missing::Path { path, gone }, said })
    }

    /// The fragment of a link to a page that exists, if none of its headings has it.
    fn fragment(&self, page: &Page, span: Span, target: &str, path: &RepoPath) -> Option<Found> {
        let (_, fragment) = target.split_once('#')?;
        let page = if *path == page.file.path {
            page
        } else {
            self.inputs.runbooks.page(path).filter(|other| other.kind != PageKind::Notes)?
        };
        let fragment = decode(fragment);
        // HTML's own name for the top of any page.
        if fragment.eq_ignore_ascii_case("top") {
            return None;
        }
        let missing = Missing::Fragment { page: path.clone(), fragment: fragment.clone() };
        (!fragment.is_empty() && !page.markdown.has_fragment(&fragment)).then(|| Found::plain(missing, span))
    }

    /// Whether the path exists seen from the page's folder, a package or an app: pages about one of them
    /// leave its folder out.
    fn exists_elsewhere(&self, page: &Page, written: &str) -> bool {
        let tree = self.inputs.tree;
        let page_folder = page.file.path.parent().unwrap_or_else(RepoPath::root);
        if exists(tree, &page_folder.join(written)) {
            return true;
        }
        let first = RepoPath::new(written).components().next().map(str::to_owned).unwrap_or_default();
        let mut folders = self.holders.get_or_init(|| Holders::find(self.inputs)).of(&first);
        folders.any(|folder| exists(tree, &folder.join(written)))
    }

    /// Whether git would not know the path anyway: build output, dependencies, `.env`.
    fn is_local(&self, path: &RepoPath) -> bool {
        let by_name = |part: &str| {
            LOCAL.contains(&part)
                || part == ".env"
                || (part.starts_with(".env.") && !part.ends_with(".example"))
                || part.ends_with(".local")
                || part.ends_with(".tsbuildinfo")
                || part.contains(".sync-conflict-")
        };
        path.components().any(by_name) || self.untracked.may_exist(path)
    }
}

/// The packages and apps that have something of a name directly in them.
#[derive(Debug, Default)]
pub(super) struct Holders {
    by_name: HashMap<String, Vec<RepoPath>>,
    /// Those of which the tree cannot tell what they hold.
    opaque: Vec<RepoPath>,
}

impl Holders {
    fn find(inputs: &Inputs<'_>) -> Self {
        let members = inputs.workspace.members.iter().map(|member| &member.folder);
        let folders: BTreeSet<&RepoPath> =
            members.chain(inputs.apps.all.iter().map(|app| &app.folder)).collect();
        let mut holders = Self::default();
        for folder in folders {
            if inputs.tree.is_opaque(folder) {
                holders.opaque.push(folder.clone());
            }
            for (name, _) in inputs.tree.children(folder) {
                holders.by_name.entry(name).or_default().push(folder.clone());
            }
        }
        holders
    }

    fn of(&self, name: &str) -> impl Iterator<Item = &RepoPath> {
        self.by_name.get(name).into_iter().flatten().chain(&self.opaque)
    }
}

fn exists(tree: &Snapshot, path: &RepoPath) -> bool {
    tree.kind(path).is_some() || tree.is_opaque(path)
}

/// The shortest prefix of a path that does not exist.
fn first_missing(tree: &Snapshot, path: &RepoPath) -> Option<RepoPath> {
    let mut prefix = RepoPath::root();
    for part in path.components() {
        prefix = prefix.join(part);
        if !exists(tree, &prefix) {
            return Some(prefix);
        }
    }
    None
}

/// Where things are that once were somewhere else.
#[derive(Debug)]
pub(super) struct Moves<'a> {
    tree: &'a Snapshot,
    /// The files by name, `None` where several have it; made when it is first needed.
    unique: Option<HashMap<&'a str, Option<&'a str>>>,
}

impl<'a> Moves<'a> {
    pub(super) const fn new(inputs: &Inputs<'a>) -> Self {
        Self { tree: inputs.tree, unique: None }
    }

    /// Where the thing probably is now: the only file of its name, or a neighbour with nearly the same name.
    pub(super) fn meant(&mut self, path: &RepoPath, gone: &RepoPath) -> Option<Meant> {
        let found = self.moved(path).or_else(|| self.neighbour(path, gone))?;
        Some(Meant { text: found.to_string(), place: None, certain: false })
    }

    fn moved(&mut self, path: &RepoPath) -> Option<RepoPath> {
        let name = path.file_name();
        if is_common(name) || !name.contains('.') {
            return None;
        }
        let tree = self.tree;
        let unique = self.unique.get_or_insert_with(|| {
            let mut unique: HashMap<&str, Option<&str>> = HashMap::new();
            for entry in tree.files() {
                let name = entry.path.rsplit('/').next().unwrap_or(entry.path);
                unique.entry(name).and_modify(|path| *path = None).or_insert(Some(entry.path));
            }
            unique
        });
        unique.get(name).copied().flatten().map(RepoPath::new)
    }

    fn neighbour(&self, path: &RepoPath, gone: &RepoPath) -> Option<RepoPath> {
        let folder = gone.parent()?;
        let children = self.tree.children(&folder);
        let near = closest(gone.file_name(), children.iter().map(|(name, _)| name.as_str()))?;
        let candidate = folder.join(near).join(path.strip_prefix(gone)?);
        self.tree.kind(&candidate).is_some().then_some(candidate)
    }
}

/// A file name without its extensions.
pub(super) fn stem(name: &str) -> &str {
    name.split_once('.').map_or(name, |(stem, _)| if stem.is_empty() { name } else { stem })
}

/// Whether many things have this file name.
pub(super) fn is_common(name: &str) -> bool {
    COMMON.contains(&stem(name).to_lowercase().as_str())
}
