//! Packages and scripts that commands name.

use super::{Found, Meant, Missing};
use crate::model::calls::{Call, exact_package};
use crate::model::runbook::Page;
use crate::model::runbook::commands::is_stand_in;
use crate::model::serving::find_package;
use crate::model::workspace::{Package, Workspace};
use crate::snapshot::Snapshot;
use crate::source::{RepoPath, Span, Spanned};
use crate::suggest::closest;
use crate::syntax::json;
use crate::syntax::shell::Directory;
use crate::syntax::yaml::Node;
use std::collections::BTreeSet;

/// Scripts that no program shares its name with: `pnpm dev` can only mean the script.
const SCRIPTS: [&str; 7] = ["dev", "build", "lint", "typecheck", "type-check", "format", "preview"];

/// Whether absence means anything: there is a workspace, and all of it could be read.
fn is_readable(workspace: &Workspace) -> bool {
    workspace.root.is_some() && workspace.broken.is_empty()
}

/// Scopes that only members use: a name under one of them is a member, or gone.
pub(super) fn own_scopes(workspace: &Workspace) -> Vec<String> {
    let scope = |name: &str| {
        name.strip_prefix('@').and_then(|rest| rest.split_once('/')).map(|(scope, _)| scope.to_owned())
    };
    let mut scopes: Vec<String> = workspace.names().filter_map(scope).collect();
    scopes.sort();
    scopes.dedup();
    let packages = || workspace.root.iter().chain(&workspace.members);
    let is_external = |candidate: &String| {
        packages().flat_map(|package| &package.dependencies).any(|dependency| {
            scope(&dependency.name.value).as_ref() == Some(candidate)
                && !dependency.version.value.starts_with("workspace:")
                && workspace.by_name(&dependency.name.value).is_none()
        })
    };
    scopes.retain(|scope| !is_external(scope));
    scopes
}

/// A package on its own, if the workspace alone has its scope and lacks it.
pub(super) fn unknown(workspace: &Workspace, name: &str, scopes: &[String], span: Span) -> Vec<Found> {
    let scope = name.strip_prefix('@').and_then(|rest| rest.split_once('/')).map_or("", |(scope, _)| scope);
    let own = is_readable(workspace) && scopes.iter().any(|known| known == scope);
    if !own || workspace.by_name(name).is_some() {
        return Vec::new();
    }
    vec![Found::plain(Missing::Package(name.to_owned()), Span::new(span.start, span.start + name.len()))]
}

/// What a call names and the workspace lacks.
pub(super) fn missing(workspace: &Workspace, page: &Page, call: &Call) -> Vec<Found> {
    if !is_readable(workspace) || (workspace.patterns.is_none() && !call.filters.is_empty()) {
        return Vec::new();
    }
    let mut found = Vec::new();
    let mut packages: Vec<&Package> = Vec::new();
    for filter in &call.filters {
        let Some(name) = exact_name(filter) else { continue };
        match find_package(workspace, name) {
            Some(package) => packages.push(package),
            None => {
                let lead = page.slice(filter.span).find(name).unwrap_or(0);
                let start = filter.span.start + lead;
                let span = Span::new(start, start + name.len());
                found.push(Found::plain(Missing::Package(name.to_owned()), span));
            }
        }
    }
    // A filter that could not be resolved may lead anywhere.
    let resolved = packages.len() == call.filters.len();
    let resolved = resolved && !runs_apart(workspace, page, call);
    if let Some(script) = call.script.as_ref().filter(|script| resolved && is_script(call, script)) {
        found.extend(missing_script(workspace, script, &packages));
    }
    found
}

/// The tasks that `turbo.json` of the top level and of packages define.
#[derive(Debug)]
pub(super) struct Tasks(BTreeSet<String>);

impl Tasks {
    /// `None` when the top level has no such file, or some of them cannot be read.
    pub(super) fn of(tree: &Snapshot, workspace: &Workspace) -> Option<Self> {
        let mut tasks = BTreeSet::new();
        for package in std::iter::once(workspace.root.as_ref()?).chain(&workspace.members) {
            let paths = ["turbo.json", "turbo.jsonc"].map(|name| package.folder.join(name));
            let Some(path) = paths.into_iter().find(|path| tree.is_file(path)) else {
                if package.folder.is_root() {
                    return None;
                }
                continue;
            };
            let file = json::parse_with_comments(&tree.source(&path).ok()?.text);
            let root = file.root().filter(|_| file.errors.is_empty())?;
            // The key had another name before version 2.
            let entries =
                ["tasks", "pipeline"].into_iter().filter_map(|key| root.get(key)).flat_map(Node::entries);
            let names =
                entries.map(|entry| entry.key.value.rsplit('#').next().unwrap_or_default().to_owned());
            tasks.extend(names);
        }
        Some(Self(tasks))
    }
}

/// The tasks of a call of turbo that no `turbo.json` defines, and no package has a script for.
pub(super) fn missing_tasks(workspace: &Workspace, call: &Call, tasks: Option<&Tasks>) -> Vec<Found> {
    let is_task = |task: &&Spanned<String>| {
        is_formed(&task.value) && (call.verb == "run" || SCRIPTS.contains(&task.value.as_str()))
    };
    let mut named = call.tasks.iter().filter(is_task).peekable();
    if !is_readable(workspace) || named.peek().is_none() {
        return Vec::new();
    }
    let Some(Tasks(tasks)) = tasks else { return Vec::new() };
    let named = named.filter(|task| !tasks.contains(&task.value));
    named.filter_map(|task| missing_script(workspace, task, &[])).collect()
}

/// Whether a call runs in a folder that holds no member of the workspace: what scripts there are is not known.
fn runs_apart(workspace: &Workspace, page: &Page, call: &Call) -> bool {
    let told = call.folder.as_ref().map(|folder| folder.value.as_str());
    let walked = match &call.directory {
        Directory::Start => None,
        Directory::Path(path) => Some(path.as_str()),
        Directory::Unknown => return true,
    };
    let Some(folder) = walked.into_iter().chain(told).reduce(|_, last| last) else { return false };
    let here = page.file.path.parent().unwrap_or_else(RepoPath::root);
    let path = walked.map_or_else(RepoPath::root, RepoPath::new);
    let path = if told.is_some() { path.join(folder) } else { path };
    let folders = [path.clone(), here.join(path.as_str())];
    let is_member = |folder: &RepoPath| workspace.members.iter().any(|member| member.folder == *folder);
    !folders.iter().any(|folder| folder.is_root() || is_member(folder))
}

/// The package that a filter names; `None` for patterns, placeholders and folders.
fn exact_name(filter: &Spanned<String>) -> Option<&str> {
    let name = exact_package(&filter.value)?;
    let formed = name.chars().all(|character| {
        character.is_ascii_lowercase()
            || character.is_ascii_digit()
            || matches!(character, '@' | '/' | '-' | '_' | '.')
    });
    let bare = name.rsplit('/').next().unwrap_or(name);
    let stands_in = bare == "." || is_stand_in(bare) || name.starts_with("@scope/");
    (formed && !stands_in).then_some(name)
}

/// Whether the word can only be a script.
fn is_script(call: &Call, script: &Spanned<String>) -> bool {
    let name = script.value.as_str();
    // `npm run env` is npm's own.
    is_formed(name)
        && !(call.tool == "npm" && name == "env")
        && (!call.script_optional || name.contains(':') || SCRIPTS.contains(&name))
}

/// Whether a word has the form of a script's name.
fn is_formed(name: &str) -> bool {
    !is_stand_in(name)
        && name.chars().all(|character| {
            character.is_ascii_lowercase()
                || character.is_ascii_digit()
                || matches!(character, ':' | '-' | '_' | '.')
        })
}

fn missing_script(workspace: &Workspace, script: &Spanned<String>, packages: &[&Package]) -> Option<Found> {
    let name = script.value.as_str();
    let has_script = |package: &Package| package.script(name).is_some();
    let (known, folder) = match packages {
        [package] => (has_script(package), Some(package.folder.clone())),
        // Without a filter the reader may stand in any package.
        _ => (workspace.root.iter().chain(&workspace.members).any(has_script), None),
    };
    (!known).then(|| Found::plain(Missing::Script(name.to_owned(), folder), script.span))
}

/// The package that was probably meant.
pub(super) fn meant(workspace: &Workspace, name: &str) -> Option<Meant> {
    let near = closest(name, workspace.names()).or_else(|| {
        // The right name under another scope, or without one.
        let bare = name.rsplit('/').next()?;
        let mut same = workspace.members.iter().filter(|member| member.unscoped_name() == Some(bare));
        let (only, None) = (same.next()?, same.next()) else { return None };
        only.name.as_ref().map(|name| name.value.as_str())
    })?;
    let place = workspace.by_name(near)?.place();
    Some(Meant { text: near.to_owned(), place: Some(place), certain: false })
}

/// The script that was probably meant: of that package, or of the top level.
pub(super) fn meant_script(workspace: &Workspace, name: &str, folder: Option<&RepoPath>) -> Option<Meant> {
    let package = folder.and_then(|folder| workspace.at(folder)).or(workspace.root.as_ref())?;
    let near = closest(name, package.scripts.iter().map(|script| script.name.value.as_str()))?;
    let place = package.file.place(package.script(near)?.name.span);
    Some(Meant { text: near.to_owned(), place: Some(place), certain: false })
}
