//! The steps that tell what a dev container serves, each tried when those before it gave nothing.

use super::{Evidence, Session, SessionCall, apply_pattern, find_package, instance};
use crate::config::Config;
use crate::model::apps::{App, Apps};
use crate::model::calls::{Call, calls, exact_folder, exact_package};
use crate::model::environment::Environment;
use crate::model::manifest::{CommandLine, Dev, Manifest};
use crate::model::sync::{self, SyncRoot, normalise_remote};
use crate::model::workspace::{Package, Workspace};
use crate::source::{RepoPath, Span, Spanned};
use crate::syntax::shell::Directory;

/// A dev container and all that can tell what it serves.
pub(super) struct Context<'a> {
    pub workspace: &'a Workspace,
    pub apps: &'a Apps,
    pub config: &'a Config,
    pub manifest: &'a Manifest,
    pub dev: &'a Dev,
    pub environment: &'a Environment,
}

impl Context<'_> {
    pub fn session(&self, manifest: usize, dev: usize) -> Session {
        let roots = sync::roots(self.manifest, self.dev, self.environment);
        let workdir = self.workdir(&roots);
        let calls = self.calls(&roots, workdir.as_ref());
        let found = self
            .configured()
            .or_else(|| self.by_workdir(workdir.as_ref()))
            .or_else(|| self.by_command(&roots, &calls))
            .or_else(|| self.by_sync(&roots))
            .or_else(|| self.by_name());
        let (apps, evidence) = match found {
            Some((apps, evidence)) => (apps, Some(evidence)),
            None => (Vec::new(), None),
        };
        Session { manifest, dev, roots, workdir, calls, apps, evidence, alias_of: None }
    }

    /// The workdir as a folder of the repository. In hybrid mode it is a local folder.
    fn workdir(&self, roots: &[SyncRoot]) -> Option<RepoPath> {
        let workdir = self.dev.workdir.as_ref()?;
        if self.dev.hybrid {
            let path = self.manifest.base.join(&workdir.value);
            return (!path.is_outside() && !workdir.value.starts_with('/')).then_some(path);
        }
        let remote = workdir.value.starts_with('/').then(|| normalise_remote(&workdir.value))?;
        sync::holding(roots, &remote)?.to_local(&remote)
    }

    /// The folder of the repository that a folder of a command stands for.
    fn folder(
        &self,
        roots: &[SyncRoot],
        start: Option<&RepoPath>,
        directory: &Directory,
    ) -> Option<RepoPath> {
        match directory {
            Directory::Unknown => None,
            Directory::Start => start.cloned(),
            Directory::Path(path) if path.starts_with('/') => {
                let remote = normalise_remote(path);
                sync::holding(roots, &remote)?.to_local(&remote)
            }
            Directory::Path(path) => start.map(|start| start.join(path)).filter(|path| !path.is_outside()),
        }
    }

    fn calls(&self, roots: &[SyncRoot], workdir: Option<&RepoPath>) -> Vec<SessionCall> {
        let Some(command) = &self.dev.command else { return Vec::new() };
        let mut found = Vec::new();
        for call in calls(&command.script()) {
            let folder = self.folder(roots, workdir, &call.directory);
            let session_call = SessionCall { call, folder, script: None };
            let inner = self.script_calls(&session_call);
            found.push(session_call);
            found.extend(inner);
        }
        found
    }

    /// The calls in the script that a call runs, one level deep.
    fn script_calls(&self, outer: &SessionCall) -> Vec<SessionCall> {
        let Some(script) = &outer.call.script else { return Vec::new() };
        let Some(package) = self.package_of(outer).filter(|package| package.folder.is_root()) else {
            return Vec::new();
        };
        let Some(script) = package.script(&script.value) else { return Vec::new() };
        let name = script.name.value.clone();
        calls(&script.command.script())
            .into_iter()
            .map(|call| SessionCall {
                folder: self.folder(&[], Some(&package.folder), &call.directory),
                call,
                script: Some((package.file.path.clone(), name.clone())),
            })
            .collect()
    }

    /// The package in which a call without a filter runs its script.
    fn package_of(&self, call: &SessionCall) -> Option<&Package> {
        if !call.call.filters.is_empty() || call.call.recursive {
            return None;
        }
        self.workspace.at(&call.package_folder()?)
    }

    fn configured(&self) -> Option<(Vec<RepoPath>, Evidence)> {
        let serves = |devs: &[Spanned<String>]| devs.iter().any(|name| name.value == self.dev.name.value);
        let apps: Vec<RepoPath> = self
            .config
            .dev_containers
            .iter()
            .filter(|(_, devs)| serves(devs))
            .map(|(folder, _)| folder.clone())
            .collect();
        (!apps.is_empty()).then_some((apps, Evidence::Config))
    }

    fn by_workdir(&self, workdir: Option<&RepoPath>) -> Option<(Vec<RepoPath>, Evidence)> {
        let app = self.apps.containing(workdir?)?;
        let span = self.dev.workdir.as_ref()?.span;
        Some((vec![app.folder.clone()], Evidence::Workdir(span)))
    }

    fn by_command(&self, roots: &[SyncRoot], calls: &[SessionCall]) -> Option<(Vec<RepoPath>, Evidence)> {
        let mut apps: Vec<RepoPath> = Vec::new();
        let mut first: Option<Span> = None;
        let mut add = |folder: &RepoPath, span: Span| {
            if !apps.contains(folder) {
                apps.push(folder.clone());
            }
            first.get_or_insert(span);
        };
        for call in calls.iter().filter(|call| !is_install(&call.call)) {
            // A call inside a script has its spans in package.json: point at the call that ran it.
            let in_manifest = |span: Span| match &call.script {
                None => span,
                Some(_) => self.dev.command.as_ref().map_or(span, CommandLine::span),
            };
            for filter in &call.call.filters {
                if let Some(app) = self.app_of_filter(&filter.value) {
                    add(&app.folder, in_manifest(filter.span));
                }
            }
            if !call.call.filters.is_empty() {
                continue;
            }
            let Some(folder) = call.package_folder() else { continue };
            if let Some(app) = self.apps.containing(&folder) {
                add(&app.folder, in_manifest(call.call.span));
            } else if folder.is_root() {
                for app in self.apps_with_script(&call.call) {
                    add(&app.folder, in_manifest(call.call.span));
                }
            }
        }
        // `cd apps/web && next dev`: not only package managers have a folder.
        if apps.is_empty()
            && let Some(command) = &self.dev.command
        {
            let script = command.script();
            for (command, directory) in script.commands.iter().zip(script.directories()) {
                let start = self.workdir(roots);
                let folder = self.folder(roots, start.as_ref(), &directory);
                let app = folder.filter(|folder| Some(folder) != start.as_ref());
                if let Some(app) = app.and_then(|folder| self.apps.containing(&folder)) {
                    if !apps.contains(&app.folder) {
                        apps.push(app.folder.clone());
                    }
                    first.get_or_insert(command.span);
                }
            }
        }
        first.map(|span| (apps, Evidence::Command(span)))
    }

    /// The apps that `pnpm -r run SCRIPT` or `turbo run TASK` at the top level starts.
    fn apps_with_script(&self, call: &Call) -> Vec<&App> {
        if !call.recursive {
            return Vec::new();
        }
        let has_one = |app: &&App| {
            let package = self.workspace.at(&app.folder);
            let mut names = call.script.iter().chain(&call.tasks);
            package.is_some_and(|package| names.any(|name| package.script(&name.value).is_some()))
        };
        self.apps.all.iter().filter(has_one).collect()
    }

    fn app_of_filter(&self, filter: &str) -> Option<&App> {
        if let Some(folder) = exact_folder(filter) {
            return self.apps.containing(&RepoPath::new(folder));
        }
        let name = exact_package(filter)?;
        let package = find_package(self.workspace, name)?;
        self.apps.at(&package.folder)
    }

    fn by_sync(&self, roots: &[SyncRoot]) -> Option<(Vec<RepoPath>, Evidence)> {
        let mut apps = Vec::new();
        let mut first = None;
        for root in roots {
            if let Some(app) = root.local.inside().and_then(|folder| self.apps.at(folder)) {
                apps.push(app.folder.clone());
                first = first.or(root.span());
            }
        }
        first.map(|span| (apps, Evidence::Sync(span)))
    }

    fn by_name(&self) -> Option<(Vec<RepoPath>, Evidence)> {
        let instance = instance(self.dev);
        for name in [Some(&self.dev.name), instance].into_iter().flatten() {
            let equal = |app: &&App| {
                let pattern = self.config.dev_pattern.as_ref();
                app.name() == name.value
                    || app.package.as_deref() == Some(&*name.value)
                    || pattern.and_then(|pattern| apply_pattern(&pattern.value, app)).as_deref()
                        == Some(&*name.value)
            };
            if let Some(app) = self.apps.all.iter().find(equal) {
                return Some((vec![app.folder.clone()], Evidence::Name(name.span)));
            }
        }
        None
    }
}

/// Whether a call only installs: it says nothing about what is served.
fn is_install(call: &Call) -> bool {
    matches!(call.verb.as_str(), "install" | "i" | "ci" | "fetch" | "add" | "update" | "config" | "store")
}
