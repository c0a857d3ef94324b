//! `runbook/unknown-package`: a command names a package or script that the workspace lacks.

use super::{group, is_silent, repositories, with_places};
use crate::diagnostic::{Diagnostic, Fix, Severity, replace};
use crate::facts::{Facts, Model};
use crate::model::calls::{Call, exact_package};
use crate::model::runbook::mentions::What;
use crate::model::runbook::{Page, PageKind};
use crate::model::serving::find_package;
use crate::model::workspace::{Package, Workspace};
use crate::rules::{Repair, Rule, Scope, Sink};
use crate::source::{Place, RepoPath, Span, Spanned};
use crate::suggest::closest;

pub static RULE: Rule = Rule {
    id: "runbook/unknown-package",
    summary: "a command names a package or script that the workspace lacks",
    severity: Severity::Warning,
    fix: Repair::Sometimes,
    scope: Scope::Tree,
    needs: &[Model::Workspace, Model::Manifests, Model::Runbooks],
    page: include_str!("unknown_package.md"),
    check,
};

/// What is missing.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Missing {
    /// A package of this name.
    Package(String),
    /// A script, in the package of this folder, or in all of them.
    Script(String, Option<RepoPath>),
}

/// Scripts that no program shares its name with: `pnpm dev` can only mean the script.
const SCRIPTS: [&str; 9] =
    ["dev", "build", "start", "lint", "typecheck", "type-check", "format", "preview", "test"];

fn check(facts: &Facts, sink: &mut Sink<'_>) {
    let workspace = facts.workspace();
    if workspace.root.is_none() || !workspace.broken.is_empty() {
        return;
    }
    let repositories = repositories(facts);
    let scopes = own_scopes(workspace);
    for page in facts.runbooks().pages.iter().filter(|page| page.kind != PageKind::Notes) {
        let mut groups: Vec<(Missing, Vec<Span>)> = Vec::new();
        for mention in &page.mentions {
            let found = match &mention.what {
                What::Call(call) => missing(workspace, page, call),
                What::Package(name) => unknown_import(workspace, name, &scopes, mention.span),
                _ => continue,
            };
            if found.is_empty() || is_silent(page, mention, &repositories) {
                continue;
            }
            for (missing, span) in found {
                group(&mut groups, missing, span);
            }
        }
        for (missing, spans) in groups {
            sink.report(diagnostic(workspace, page, &missing, &spans));
        }
    }
}

/// Scopes that only members use: a name under one of them is a member, or gone.
fn own_scopes(workspace: &Workspace) -> Vec<String> {
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

fn unknown_import(workspace: &Workspace, name: &str, scopes: &[String], span: Span) -> Vec<(Missing, Span)> {
    let own = scopes
        .iter()
        .any(|scope| name.strip_prefix('@').is_some_and(|rest| rest.starts_with(&format!("{scope}/"))));
    let unknown = own && workspace.by_name(name).is_none();
    if unknown {
        vec![(Missing::Package(name.to_owned()), Span::new(span.start, span.start + name.len()))]
    } else {
        Vec::new()
    }
}

/// What a call names and the workspace lacks.
fn missing(workspace: &Workspace, page: &Page, call: &Call) -> Vec<(Missing, Span)> {
    if workspace.patterns.is_none() && !call.filters.is_empty() {
        return Vec::new();
    }
    let mut found = Vec::new();
    let mut packages: Vec<&Package> = Vec::new();
    for filter in &call.filters {
        let Some(name) = exact_name(filter) else { continue };
        match find_package(workspace, name) {
            Some(package) => packages.push(package),
            None if filter.value == "." => {}
            None => {
                let at = filter.value.find(name).unwrap_or(0);
                let text = page.slice(filter.span);
                let lead = text.find(name).unwrap_or(at);
                let start = filter.span.start + lead;
                found.push((Missing::Package(name.to_owned()), Span::new(start, start + name.len())));
            }
        }
    }
    if let Some(script) = call.script.as_ref().filter(|script| is_script(call, script)) {
        found.extend(missing_script(workspace, call, script, &packages));
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
    let stands_in = matches!(
        name.rsplit('/').next().unwrap_or(name),
        "app" | "name" | "package" | "my-app" | "my-package" | "foo" | "bar" | "pkg"
    ) || name.starts_with("@scope/");
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
    formed
        && (!call.script_optional
            || name.contains(':')
            || (SCRIPTS.contains(&name) && !matches!(name, "start" | "test")))
}

fn missing_script(
    workspace: &Workspace,
    call: &Call,
    script: &Spanned<String>,
    packages: &[&Package],
) -> Vec<(Missing, Span)> {
    let name = script.value.as_str();
    // A filter that could not be resolved may lead anywhere.
    if packages.len() < call.filters.len() {
        return Vec::new();
    }
    if let [package] = packages {
        let lacks = package.script(name).is_none();
        return if lacks {
            vec![(Missing::Script(name.to_owned(), Some(package.folder.clone())), script.span)]
        } else {
            Vec::new()
        };
    }
    // Without a filter the reader may stand in any package.
    let mut all = workspace.root.iter().chain(&workspace.members);
    let known = all.any(|package| package.script(name).is_some());
    if known { Vec::new() } else { vec![(Missing::Script(name.to_owned(), None), script.span)] }
}

fn diagnostic(workspace: &Workspace, page: &Page, missing: &Missing, spans: &[Span]) -> Diagnostic {
    let first = spans.first().copied().unwrap_or_default();
    let place = page.file.place(first);
    let (name, near, diagnostic) = match missing {
        Missing::Package(name) => {
            let near = near_package(workspace, name);
            let diagnostic = Diagnostic::new(place, format!("the workspace has no package `{name}`"))
                .label("nothing is found under this name")
                .subject(format!("package.{name}"));
            (name, near, diagnostic)
        }
        Missing::Script(name, folder) => {
            let package = folder.as_ref().and_then(|folder| workspace.at(folder));
            let near = near_script(workspace, name, package);
            let title = match package {
                Some(package) => format!("`{}` has no script `{name}`", package.label()),
                None => format!("no package has a script `{name}`"),
            };
            let diagnostic = Diagnostic::new(place, title)
                .label("the command ends here")
                .subject(format!("script.{name}"));
            (name, near, diagnostic)
        }
    };
    let diagnostic = with_places(diagnostic, page, spans.get(1..).unwrap_or_default());
    let Some((near, other)) = near else {
        return diagnostic.help("name one that exists, or delete what speaks of it");
    };
    let title = format!("replace `{name}` by `{near}`");
    let edits = spans.iter().map(|span| replace(&page.file.path, *span, near.clone())).collect();
    diagnostic
        .related(other, "did you mean this one?")
        .help(format!("`cargo xtask fix --unsafe` puts `{near}` there"))
        .fix(Fix::needs_review(title, edits))
}

fn near_package(workspace: &Workspace, name: &str) -> Option<(String, Place)> {
    let near = closest(name, workspace.names()).or_else(|| {
        // The right name under another scope, or without one.
        let bare = name.rsplit('/').next()?;
        let mut same = workspace.members.iter().filter(|member| member.unscoped_name() == Some(bare));
        let (only, None) = (same.next()?, same.next()) else { return None };
        only.name.as_ref().map(|name| name.value.as_str())
    })?;
    Some((near.to_owned(), workspace.by_name(near)?.place()))
}

fn near_script(workspace: &Workspace, name: &str, package: Option<&Package>) -> Option<(String, Place)> {
    let package = package.or(workspace.root.as_ref())?;
    let near = closest(name, package.scripts.iter().map(|script| script.name.value.as_str()))?;
    let script = package.script(near)?;
    Some((near.to_owned(), package.file.place(script.name.span)))
}
