//! `dev/sync-coverage`: what the app needs never reaches its pod.
//!
//! Only for images that certainly hold nothing of the repository: plain base images. What an image built here
//! brings along cannot be told without building it.

use super::container::{Container, containers, is_missing, relative};
use crate::diagnostic::{Diagnostic, Fix, Severity};
use crate::facts::{Facts, Model};
use crate::model::calls::Call;
use crate::model::sync::{SyncRoot, normalise_remote};
use crate::model::workspace::{Package, Workspace};
use crate::source::{Place, RepoPath};
use crate::syntax::yaml::edit;
use crate::{Repair, Rule, Scope, Sink};

pub static RULE: Rule = Rule {
    id: "dev/sync-coverage",
    summary: "a workspace package or file that the app needs is not synced",
    severity: Severity::Warning,
    fix: Repair::Sometimes,
    scope: Scope::Tree,
    needs: &[Model::Serving],
    page: include_str!("sync_coverage.md"),
    check,
};

/// Something that the app needs in the pod.
struct Need<'a> {
    path: RepoPath,
    /// The package, when it is one; files of the workspace have none.
    package: Option<&'a Package>,
}

fn check(facts: &Facts, sink: &mut Sink<'_>) {
    for container in containers(facts) {
        let roots = &container.session.roots;
        let known = roots.iter().all(|root| root.entry.is_some() && root.remote.is_some());
        if !container.manifest.is_sound()
            || container.dev.hybrid
            || roots.is_empty()
            || !known
            || container.has_misplaced_root(facts)
        {
            continue;
        }
        // A path that does not exist is a finding of its own, and may be the one that is missing here.
        let broken = |root: &SyncRoot| root.local.inside().is_some_and(|local| is_missing(facts, local));
        if roots.iter().any(broken) {
            continue;
        }
        if !is_base_image(container) {
            sink.skip(
                &container.manifest.file.path,
                format!("what the image of `{}` holds is unknown", container.name()),
            );
            continue;
        }
        for app in &container.session.apps {
            let Some(package) = facts.workspace().at(app).filter(|_| facts.workspace().patterns.is_some())
            else {
                continue;
            };
            let mut missing = needs(facts, container, package);
            missing.retain(|need| !arrives(container, app, &need.path));
            if !missing.is_empty() {
                sink.report(diagnostic(facts, container, package, &missing));
            }
        }
    }
}

/// Whether the image is a plain base image: one that knows nothing of this repository.
fn is_base_image(container: Container<'_>) -> bool {
    const BASES: [&str; 12] = [
        "node",
        "bun",
        "deno",
        "alpine",
        "debian",
        "ubuntu",
        "playwright",
        "python",
        "golang",
        "rust",
        "busybox",
        "typescript-node",
    ];
    let Some(image) = container.dev.image.as_ref().map(|image| image.value.as_str()) else { return false };
    let name = image.split('@').next().unwrap_or(image);
    let name = name.rsplit('/').next().unwrap_or(name);
    let name = name.split(':').next().unwrap_or(name);
    !image.contains('$') && BASES.contains(&name)
}

fn needs<'a>(facts: &'a Facts, container: Container<'_>, app: &'a Package) -> Vec<Need<'a>> {
    let workspace = facts.workspace();
    let packages = workspace.dependencies_of(app).into_iter();
    let mut needs: Vec<Need<'_>> =
        packages.map(|package| Need { path: package.folder.clone(), package: Some(package) }).collect();
    needs.insert(0, Need { path: app.folder.clone(), package: Some(app) });
    if container.session.calls.iter().any(|call| is_install(&call.call)) {
        let manifest = workspace.patterns.iter().map(|(file, _)| &file.path);
        let shared = shares_lockfile(facts, workspace, app).then_some(workspace.lockfile.as_ref()).flatten();
        for path in manifest.chain(shared) {
            needs.push(Need { path: path.clone(), package: None });
        }
    }
    needs
}

fn is_install(call: &Call) -> bool {
    matches!(call.verb.as_str(), "install" | "i" | "ci" | "clean-install")
        || (call.tool == "yarn" && call.verb.is_empty())
}

/// Whether the app's dependencies are those of the lockfile at the top level.
fn shares_lockfile(facts: &Facts, workspace: &Workspace, app: &Package) -> bool {
    let own = workspace
        .lockfile
        .as_ref()
        .is_some_and(|lockfile| facts.tree.is_file(&app.folder.join(lockfile.file_name())));
    let setting = |path: &str, text: &str| {
        facts
            .tree
            .source(&path.into())
            .is_ok_and(|file| file.text.lines().any(|line| line.replace([' ', '"', '\''], "") == text))
    };
    !own && !setting(".npmrc", "shared-workspace-lockfile=false")
        && !setting("pnpm-workspace.yaml", "sharedWorkspaceLockfile:false")
}

/// Whether `path` reaches the pod: in a synced folder, or as a single file of `secrets` at its place.
fn arrives(container: Container<'_>, app: &RepoPath, path: &RepoPath) -> bool {
    let synced = |root: &SyncRoot| match root.local.inside() {
        Some(local) => path.starts_with(local),
        // Another folder of the laptop may be this one under another name.
        None => true,
    };
    if container.session.roots.iter().any(synced) {
        return true;
    }
    let top = top_level(&container.session.roots, app);
    container.dev.secrets.iter().any(|(local, remote)| {
        let expected = top.as_ref().map(|top| normalise_remote(&format!("{top}/{path}")));
        container.manifest.base.join(&local.value) == *path
            && expected.is_none_or(|expected| expected == normalise_remote(&remote.value))
    })
}

/// The folder of the pod that stands for the top level, told by where the app goes.
fn top_level(roots: &[SyncRoot], app: &RepoPath) -> Option<String> {
    let root = roots.iter().find(|root| root.local.inside().is_some_and(|local| app.starts_with(local)))?;
    let local = root.local.inside()?;
    let top = root.remote.as_ref()?.strip_suffix(local.as_str())?;
    Some(top.trim_end_matches('/').to_owned())
}

fn diagnostic(facts: &Facts, container: Container<'_>, app: &Package, missing: &[Need<'_>]) -> Diagnostic {
    let first = container.session.roots.iter().find_map(|root| root.entry.as_ref());
    let span = first.map_or(container.dev.name.span, |entry| entry.text.span);
    let named: Vec<String> = missing.iter().map(|need| format!("`{}`", need.path)).collect();
    let title = match named.as_slice() {
        [one] => format!("{one} is not synced, but `{}` needs it", app.folder),
        [one, rest @ ..] => {
            format!("{one} and {} more are not synced, but `{}` needs them", rest.len(), app.folder)
        }
        [] => String::new(),
    };
    let mut diagnostic = Diagnostic::new(container.at(span), title)
        .label("no entry of `sync` holds it")
        .subject(format!("{}:{}", container.subject("sync"), app.folder));
    if named.len() > 1 {
        diagnostic = diagnostic.label("no entry of `sync` holds them");
    }
    for package in missing.iter().filter_map(|need| need.package) {
        if let Some(place) = dependent(facts, app, package) {
            diagnostic = diagnostic.related(place, "depends on it");
        }
    }
    let files: Vec<String> =
        missing.iter().filter(|need| need.package.is_none()).map(|need| format!("`{}`", need.path)).collect();
    let install = container.session.calls.iter().find(|call| is_install(&call.call) && call.script.is_none());
    if let Some(call) = install.filter(|_| !files.is_empty()) {
        diagnostic =
            diagnostic.related(container.at(call.call.span), format!("reads {}", files.join(" and ")));
    }
    match fix(container, app, missing) {
        Some(fix) => {
            diagnostic.help(format!("`cargo xtask fix --unsafe` adds {}", named.join(", "))).fix(fix)
        }
        None => diagnostic.help(format!(
            "sync the repository (`{}:/app`), or add {}; single files go through `secrets`",
            relative(&container.manifest.folder, &RepoPath::root()),
            named.join(", ")
        )),
    }
}

/// The dependency that names a package: the app's own, or that of another package that it needs.
fn dependent(facts: &Facts, app: &Package, package: &Package) -> Option<Place> {
    let name = &package.name.as_ref()?.value;
    let chain = std::iter::once(app).chain(facts.workspace().dependencies_of(app));
    chain.into_iter().find_map(|dependent| {
        let dependency = dependent.dependencies.iter().find(|dependency| dependency.name.value == *name)?;
        Some(dependent.file.place(dependency.name.span))
    })
}

/// One more sync entry for each missing package, beside those that are there.
fn fix(container: Container<'_>, app: &Package, missing: &[Need<'_>]) -> Option<Fix> {
    if missing.iter().any(|need| need.package.is_none()) {
        return None;
    }
    let top = top_level(&container.session.roots, &app.folder)?;
    let list = container.dev.sync_node.as_ref()?;
    let mut place = None;
    let mut added = String::new();
    for need in missing {
        let local = relative(&container.manifest.folder, &need.path);
        let entry = edit::quote(&format!("{local}:{top}/{}", need.path));
        let (span, text) = edit::append_item(&container.manifest.file.text, list, &[entry])?;
        place = Some(span);
        added.push_str(&text);
    }
    Some(Fix::needs_review("sync what the app needs", vec![container.edit((place?, added))]))
}
