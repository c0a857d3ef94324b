//! `runbook/dead-path`: a path or relative link that leads nowhere in this repository.

use super::{MAX_PLACES, is_silent, repositories};
use crate::diagnostic::{Diagnostic, Fix, Severity, replace};
use crate::facts::{Facts, Model};
use crate::model::runbook::mentions::{Mention, What};
use crate::model::runbook::{Page, PageKind};
use crate::rules::{Repair, Rule, Scope, Sink};
use crate::snapshot::Snapshot;
use crate::source::{RepoPath, Span};
use crate::suggest::closest;
use crate::syntax::ignore::gitignore::{Gitignore, Stack};
use std::collections::HashMap;

pub static RULE: Rule = Rule {
    id: "runbook/dead-path",
    summary: "a path or relative link leads nowhere in this repository",
    severity: Severity::Warning,
    fix: Repair::Unsafe,
    scope: Scope::Tree,
    needs: &[Model::Apps, Model::Runbooks],
    page: include_str!("dead_path.md"),
    check,
};

/// Beginning of the subject: the gone path follows. `check` looks it up in the history.
pub const SUBJECT: &str = "path.";

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

/// A path that is written and not there.
struct Dead {
    /// As it was meant: from the top level.
    path: RepoPath,
    /// The part that is gone: the shortest prefix that does not exist.
    gone: RepoPath,
    span: Span,
    /// Text that would be right, if one can be told.
    instead: Option<String>,
}

fn check(facts: &Facts, sink: &mut Sink<'_>) {
    let repositories = repositories(facts);
    let mut lookup = Lookup { facts, ignored: None, unique: None, moves: HashMap::new() };
    for page in facts.runbooks().pages.iter().filter(|page| page.kind != PageKind::Notes) {
        let mut dead: Vec<Dead> = Vec::new();
        for mention in &page.mentions {
            let found = match &mention.what {
                What::Path { path, base } => lookup.path(page, mention, &path.path, base),
                What::Link(target) => lookup.link(page, mention, target),
                _ => None,
            };
            if let Some(found) = found.filter(|_| !is_silent(page, mention, &repositories)) {
                dead.push(found);
            }
        }
        for group in by_cause(dead) {
            sink.report(diagnostic(page, &group));
        }
        for mention in &page.mentions {
            if let Some((fragment, target)) = dead_fragment(facts, page, mention) {
                let title = format!("{} has no heading `#{fragment}`", of_page(&target, page));
                sink.report(
                    Diagnostic::new(page.file.place(mention.span), title)
                        .label("the link opens the page at its top")
                        .help("link a heading that is there")
                        .subject(format!("fragment.{target}#{fragment}")),
                );
            }
        }
    }
}

fn of_page(target: &RepoPath, page: &Page) -> String {
    if *target == page.file.path { "this page".to_owned() } else { format!("`{target}`") }
}

/// What can be said about one path.
struct Lookup<'a> {
    facts: &'a Facts,
    ignored: Option<Stack>,
    /// File names that exactly one file has.
    unique: Option<HashMap<&'a str, Option<&'a str>>>,
    /// What became of paths that were asked about before.
    moves: HashMap<RepoPath, Option<RepoPath>>,
}

impl<'a> Lookup<'a> {
    fn path(&mut self, page: &Page, mention: &Mention, written: &str, base: &RepoPath) -> Option<Dead> {
        let tree = &self.facts.tree;
        let path = base.join(written);
        if exists(tree, &path) || path.is_outside() {
            return None;
        }
        // The first component says whether this repository is meant at all.
        let first = written.split('/').next().unwrap_or("");
        if !tree.is_dir(&base.join(first)) || self.exists_elsewhere(page, written) || self.is_local(&path) {
            return None;
        }
        let span = written_span(page, mention.span, written);
        self.dead(path, span, |instead| {
            let base = base.as_str();
            let rest =
                if base.is_empty() { Some(instead) } else { instead.strip_prefix(base)?.strip_prefix('/') };
            rest.map(str::to_owned)
        })
    }

    fn link(&mut self, page: &Page, mention: &Mention, target: &str) -> Option<Dead> {
        let tree = &self.facts.tree;
        let written = target.split(['#', '?']).next().unwrap_or("");
        if written.is_empty() {
            return None;
        }
        let decoded = decode(written);
        let folder = page.file.path.parent().unwrap_or_else(RepoPath::root);
        let path = if decoded.starts_with('/') { RepoPath::new(&decoded) } else { folder.join(&decoded) };
        if path.is_outside() || path.is_root() || exists(tree, &path) || self.is_local(&path) {
            return None;
        }
        let first = path.components().next().unwrap_or("");
        let is_file = path.components().count() == 1;
        if !is_file && !tree.is_dir(&RepoPath::new(first)) {
            return None;
        }
        let exact = page.slice(mention.span).starts_with(written);
        let span = if exact {
            Span::new(mention.span.start, mention.span.start + written.len())
        } else {
            mention.span
        };
        let absolute = decoded.starts_with('/');
        self.dead(path, span, |instead| {
            exact.then(|| if absolute { format!("/{instead}") } else { relative(&folder, instead) })
        })
    }

    fn dead(&mut self, path: RepoPath, span: Span, write: impl Fn(&str) -> Option<String>) -> Option<Dead> {
        let tree = &self.facts.tree;
        let gone = first_missing(tree, &path)?;
        // A folder of apps that holds only a README is planned: what will be in it is not missed.
        let parent = gone.parent().unwrap_or_else(RepoPath::root);
        let planned = self.facts.config.app_globs.matches(&parent) && self.facts.apps().at(&parent).is_none();
        if planned {
            return None;
        }
        let instead = self.moved(&path, &gone).and_then(|path| write(path.as_str()));
        Some(Dead { path, gone, span, instead })
    }

    /// Where the thing probably is now: the only file of its name, or a neighbour with nearly the same name.
    fn moved(&mut self, path: &RepoPath, gone: &RepoPath) -> Option<RepoPath> {
        if let Some(known) = self.moves.get(path) {
            return known.clone();
        }
        let found = self.find_moved(path, gone);
        self.moves.insert(path.clone(), found.clone());
        found
    }

    fn find_moved(&mut self, path: &RepoPath, gone: &RepoPath) -> Option<RepoPath> {
        let facts = self.facts;
        let name = path.file_name();
        if !is_common(name) && name.contains('.') {
            let unique = self.unique.get_or_insert_with(|| unique_names(&facts.tree));
            if let Some(only) = unique.get(name).copied().flatten() {
                return Some(RepoPath::new(only));
            }
        }
        let folder = gone.parent()?;
        let children = facts.tree.children(&folder);
        let near = closest(gone.file_name(), children.iter().map(|(name, _)| name.as_str()))?;
        let candidate = folder.join(near).join(path.strip_prefix(gone)?);
        facts.tree.kind(&candidate).is_some().then_some(candidate)
    }

    /// Whether the path exists seen from the page's folder, a package or an app: pages about one of them
    /// leave its folder out.
    fn exists_elsewhere(&self, page: &Page, written: &str) -> bool {
        let tree = &self.facts.tree;
        let page_folder = page.file.path.parent().unwrap_or_else(RepoPath::root);
        let members = self.facts.workspace().members.iter().map(|member| &member.folder);
        let apps = self.facts.apps().all.iter().map(|app| &app.folder);
        std::iter::once(&page_folder)
            .chain(members)
            .chain(apps)
            .any(|folder| exists(tree, &folder.join(written)))
    }

    /// Whether git would not know the path anyway: build output, dependencies, `.env`.
    fn is_local(&mut self, path: &RepoPath) -> bool {
        let by_name = |part: &str| {
            LOCAL.contains(&part)
                || part == ".env"
                || (part.starts_with(".env.") && !part.ends_with(".example"))
                || part.ends_with(".local")
        };
        if path.components().any(by_name) {
            return true;
        }
        let tree = &self.facts.tree;
        let stack = self.ignored.get_or_insert_with(|| gitignores(tree));
        [false, true].iter().any(|is_dir| stack.verdict(path.as_str(), *is_dir).0)
    }
}

fn gitignores(tree: &Snapshot) -> Stack {
    let mut stack = Stack::new();
    for entry in
        tree.notable().filter(|entry| entry.path == ".gitignore" || entry.path.ends_with("/.gitignore"))
    {
        let path = RepoPath::new(entry.path);
        if let Ok(file) = tree.source(&path) {
            let folder = path.parent().unwrap_or_else(RepoPath::root);
            stack.add(folder.as_str(), entry.path, Gitignore::parse(&file.text));
        }
    }
    stack
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

/// The characters of the mention that are the path itself.
fn written_span(page: &Page, span: Span, written: &str) -> Span {
    match page.slice(span).find(written) {
        Some(at) => Span::new(span.start + at, span.start + at + written.len()),
        None => span,
    }
}

/// `%20` and its kin.
fn decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        let digits = tail.get(..2).and_then(|digits| std::str::from_utf8(digits).ok());
        match digits.filter(|_| *first == b'%').and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = tail.get(2..).unwrap_or_default();
            }
            None => {
                bytes.push(*first);
                rest = tail;
            }
        }
    }
    String::from_utf8(bytes).unwrap_or_else(|_| text.to_owned())
}

/// A path as a link from `folder` writes it.
fn relative(folder: &RepoPath, path: &str) -> String {
    let target = RepoPath::new(path);
    let common =
        folder.components().zip(target.components()).take_while(|(left, right)| left == right).count();
    let up = std::iter::repeat_n("..", folder.components().count() - common);
    up.chain(target.components().skip(common)).collect::<Vec<_>>().join("/")
}

/// The files whose name no other file has.
fn unique_names(tree: &Snapshot) -> HashMap<&str, Option<&str>> {
    let mut unique: HashMap<&str, Option<&str>> = HashMap::new();
    for entry in tree.files() {
        let name = entry.path.rsplit('/').next().unwrap_or(entry.path);
        unique.entry(name).and_modify(|path| *path = None).or_insert(Some(entry.path));
    }
    unique
}

fn stem(name: &str) -> &str {
    name.split_once('.').map_or(name, |(stem, _)| if stem.is_empty() { name } else { stem })
}

fn is_common(name: &str) -> bool {
    COMMON.contains(&stem(name).to_lowercase().as_str())
}

/// Paths that are gone for one reason: below one gone folder, or of one distinctive name (the app
/// `apps/shop`, its values `deploy/env/dev/shop.yaml`).
fn by_cause(dead: Vec<Dead>) -> Vec<Vec<Dead>> {
    let mut groups: Vec<(String, Vec<Dead>)> = Vec::new();
    for item in dead {
        let name = item.gone.file_name();
        let distinctive = !is_common(name) && stem(name).len() >= 3;
        let key = if distinctive { stem(name).to_owned() } else { item.gone.to_string() };
        super::group(&mut groups, key, item);
    }
    groups.into_iter().map(|(_, items)| items).collect()
}

fn diagnostic(page: &Page, group: &[Dead]) -> Diagnostic {
    let Some(first) = group.first() else { return Diagnostic::new(page.file.place(Span::default()), "") };
    let mut paths: Vec<&RepoPath> = group.iter().map(|dead| &dead.path).collect();
    paths.sort();
    paths.dedup();
    let title = match paths.len() {
        1 => format!("`{}` does not exist", first.path),
        count => format!("`{}` does not exist, nor {} of the same name", first.gone, others(count - 1)),
    };
    let label = if first.gone == first.path {
        "nothing is there".to_owned()
    } else {
        format!("the folder `{}` is gone", first.gone)
    };
    let mut diagnostic = Diagnostic::new(page.file.place(first.span), title)
        .label(label)
        .subject(format!("{SUBJECT}{}", first.gone));
    for (index, dead) in group.iter().enumerate().skip(1).take(MAX_PLACES) {
        let known = group.iter().take(index).any(|earlier| earlier.path == dead.path);
        let message = if known { "also here" } else { "nor does this" };
        diagnostic = diagnostic.related(page.file.place(dead.span), message);
    }
    let edits: Vec<_> = group
        .iter()
        .filter_map(|dead| Some(replace(&page.file.path, dead.span, dead.instead.clone()?)))
        .collect();
    match group.iter().find_map(|dead| dead.instead.as_ref()) {
        Some(instead) => {
            let title = format!("write `{instead}`");
            diagnostic
                .help(format!("did you mean `{instead}`? `cargo xtask fix --unsafe` puts it there"))
                .fix(Fix::needs_review(title, edits))
        }
        None => diagnostic.help("name what is there now, or delete what speaks of it"),
    }
}

fn others(count: usize) -> String {
    if count == 1 { "another path".to_owned() } else { format!("{count} other paths") }
}

/// A fragment that no heading of its page has.
fn dead_fragment(facts: &Facts, page: &Page, mention: &Mention) -> Option<(String, RepoPath)> {
    let What::Link(target) = &mention.what else { return None };
    let (path, fragment) = target.split_once('#')?;
    let path = path.split('?').next().unwrap_or(path);
    if fragment.is_empty() {
        return None;
    }
    let fragment = decode(fragment);
    if path.is_empty() {
        return (!page.markdown.has_fragment(&fragment)).then(|| (fragment, page.file.path.clone()));
    }
    let folder = page.file.path.parent().unwrap_or_else(RepoPath::root);
    let path = if path.starts_with('/') { RepoPath::new(path) } else { folder.join(&decode(path)) };
    let target = facts
        .runbooks()
        .pages
        .iter()
        .find(|other| other.file.path == path && other.kind != PageKind::Notes)?;
    (!target.markdown.has_fragment(&fragment)).then_some((fragment, path))
}
