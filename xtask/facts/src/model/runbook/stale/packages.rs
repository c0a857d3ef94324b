//! Packages and scripts that commands name.

use super::{Found, Meant, Missing};
use crate::model::calls::{Call, exact_package};
use crate::model::runbook::Page;
use crate::model::runbook::commands::is_stand_in;
use crate::model::serving::find_package;
use crate::model::workspace::{Package, Workspace};
use crate::source::{RepoPath, Span, Spanned};
use crate::suggest::closest;

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
    if let Some(script) = call.script.as_ref().filter(|script| resolved && is_script(call, script)) {
        found.extend(missing_script(workspace, script, &packages));
    }
    found
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
    let formed = name.chars().all(|character| {
        character.is_ascii_lowercase()
            || character.is_ascii_digit()
            || matches!(character, ':' | '-' | '_' | '.')
    });
    formed && (!call.script_optional || name.contains(':') || SCRIPTS.contains(&name))
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
