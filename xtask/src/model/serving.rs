//! Which dev container serves which app.
//!
//! The first step that yields evidence decides, and then all apps named there: the configuration; the
//! workdir, mapped back through sync; the command; the synced folders; an *equal* name. Similar names prove
//! nothing.

use crate::config::Config;
use crate::model::apps::{App, Apps};
use crate::model::calls::{Call, calls, exact_folder, exact_package};
use crate::model::environment::Environment;
use crate::model::manifest::{CommandLine, Dev, Manifest};
use crate::model::sync::{self, SyncRoot, normalise_remote};
use crate::model::workspace::{Package, Workspace};
use crate::snapshot::Snapshot;
use crate::source::{RepoPath, Span, Spanned};
use crate::syntax::shell::Directory;

/// Every dev container with what it serves.
#[derive(Debug, Default)]
pub struct Serving {
    /// In the order of manifests and their entries.
    pub sessions: Vec<Session>,
}

/// One dev container.
#[derive(Debug)]
pub struct Session {
    /// Position of the manifest among [`crate::facts::Facts::manifests`].
    pub manifest: usize,
    /// Position in its `dev`.
    pub dev: usize,
    /// Its sync entries, resolved.
    pub roots: Vec<SyncRoot>,
    /// The folder of the repository that its workdir stands for.
    pub workdir: Option<RepoPath>,
    /// The calls of package managers in its command, those of root scripts that it runs included.
    pub calls: Vec<SessionCall>,
    /// Folders of the apps that it serves.
    pub apps: Vec<RepoPath>,
    /// Why; `None` when nothing tells.
    pub evidence: Option<Evidence>,
    /// Name of the first dev container with the same selector and body, when this is an alias of it.
    pub alias_of: Option<String>,
}

/// A call of a package manager in a session, with the folder of the repository in which it runs.
#[derive(Debug, Clone)]
pub struct SessionCall {
    /// The call; its spans are places in the manifest, or in the file of `script`.
    pub call: Call,
    /// Where it runs, if that is known.
    pub folder: Option<RepoPath>,
    /// The script of package.json that holds the call, if it does not stand in the manifest itself.
    pub script: Option<(RepoPath, String)>,
}

impl SessionCall {
    /// The folder whose package the call is about, when it names none: where it runs, after `-C`.
    pub fn package_folder(&self) -> Option<RepoPath> {
        let folder = self.folder.as_ref()?;
        Some(self.call.folder.as_ref().map_or_else(|| folder.clone(), |named| folder.join(&named.value)))
    }
}

/// What shows that a dev container serves an app.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Evidence {
    /// `apps.dev-containers` of the configuration.
    Config,
    /// The workdir.
    Workdir(Span),
    /// A package, folder or `cd` in the command.
    Command(Span),
    /// A synced folder.
    Sync(Span),
    /// The key or the selector's instance.
    Name(Span),
}

impl Serving {
    /// Resolves all dev containers.
    pub fn resolve(
        tree: &Snapshot,
        workspace: &Workspace,
        manifests: &[Manifest],
        apps: &Apps,
        config: &Config,
    ) -> Self {
        let mut sessions: Vec<Session> = Vec::new();
        for (manifest_index, manifest) in manifests.iter().enumerate() {
            let environment = Environment::of(manifest, tree, config);
            for (dev_index, dev) in manifest.devs.iter().enumerate() {
                let context = Context { workspace, apps, config, manifest, dev, environment: &environment };
                let mut session = context.session(manifest_index, dev_index);
                session.alias_of = alias(manifest, dev, dev_index);
                sessions.push(session);
            }
        }
        Self { sessions }
    }

    /// The sessions that serve the app in `folder`.
    pub fn of<'a>(&'a self, folder: &'a RepoPath) -> impl Iterator<Item = &'a Session> {
        self.sessions.iter().filter(move |session| session.apps.contains(folder))
    }
}

/// The first dev container before this one with the same selector and the same body.
fn alias(manifest: &Manifest, dev: &Dev, index: usize) -> Option<String> {
    if dev.selector.is_empty() {
        return None;
    }
    let earlier = manifest.devs.iter().take(index);
    earlier.filter(|other| is_same_body(other, dev)).map(|other| other.name.value.clone()).next()
}

/// Whether two dev containers are the same but for their keys.
pub fn is_same_body(left: &Dev, right: &Dev) -> bool {
    same_node(&left.node, &right.node)
}

fn same_node(left: &crate::syntax::yaml::Node, right: &crate::syntax::yaml::Node) -> bool {
    use crate::syntax::yaml::Value;
    match (&left.value, &right.value) {
        (Value::Empty, Value::Empty) => true,
        (Value::Scalar(left), Value::Scalar(right)) => left.text == right.text,
        (Value::Sequence(left), Value::Sequence(right)) => {
            left.items.len() == right.items.len()
                && left.items.iter().zip(&right.items).all(|(left, right)| same_node(left, right))
        }
        (Value::Mapping(left), Value::Mapping(right)) => {
            left.entries.len() == right.entries.len()
                && left.entries.iter().all(|entry| {
                    right.get(&entry.key.value).is_some_and(|other| same_node(&entry.value, other))
                })
        }
        _ => false,
    }
}

/// The selected instance (`app.kubernetes.io/instance`, `release`, …): the Argo CD or Helm release.
pub fn instance(dev: &Dev) -> Option<&Spanned<String>> {
    const LABELS: [&str; 3] = ["app.kubernetes.io/instance", "argocd.argoproj.io/instance", "release"];
    LABELS
        .iter()
        .find_map(|label| dev.selector.iter().find(|(name, _)| name.value == *label))
        .map(|(_, value)| value)
}

/// `pattern` with `{app}` and `{package}` put in; `None` when the app has no package for `{package}`.
pub fn apply_pattern(pattern: &str, app: &App) -> Option<String> {
    if pattern.contains("{package}") && app.package.is_none() {
        return None;
    }
    let package = app.package.as_deref().unwrap_or_default();
    Some(pattern.replace("{app}", app.name()).replace("{package}", package))
}

struct Context<'a> {
    workspace: &'a Workspace,
    apps: &'a Apps,
    config: &'a Config,
    manifest: &'a Manifest,
    dev: &'a Dev,
    environment: &'a Environment,
}

impl Context<'_> {
    fn session(&self, manifest: usize, dev: usize) -> Session {
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

/// A member by its name, or by its name without the scope as pnpm allows.
pub fn find_package<'a>(workspace: &'a Workspace, name: &str) -> Option<&'a Package> {
    workspace.by_name(name).or_else(|| {
        let mut unscoped = workspace.members.iter().filter(|member| {
            member.name.as_ref().is_some_and(|full| full.value.starts_with('@'))
                && member.unscoped_name() == Some(name)
        });
        // pnpm refuses the short form when two scopes have such a package.
        let only = unscoped.next()?;
        unscoped.next().is_none().then_some(only)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::Snapshot;
    use crate::source::SourceFile;

    const PACKAGES: [(&str, &str); 6] = [
        ("pnpm-workspace.yaml", "packages: [apps/*, packages/*]\n"),
        ("package.json", r#"{"scripts": {"web": "pnpm --filter @s/web dev", "all": "turbo run dev"}}"#),
        ("apps/shop/package.json", r#"{"name": "@s/shop", "scripts": {"dev": "next dev"}}"#),
        (
            "apps/site/package.json",
            r#"{"name": "@s/web", "dependencies": {"next": "16"}, "scripts": {"dev": "x"}}"#,
        ),
        ("apps/planned/README.md", ""),
        ("packages/ui/package.json", r#"{"name": "@s/ui", "scripts": {"dev": "tsc -w"}}"#),
    ];

    /// Apps that the first dev container serves, and the kind of evidence.
    fn served(dev: &str) -> (Vec<String>, &'static str) {
        let files = PACKAGES.map(|(path, text)| (path.to_owned(), text.as_bytes().to_vec()));
        let tree = Snapshot::memory(files);
        let config = Config {
            dev_pattern: Some(Spanned::new("dev-{package}".into(), Span::default())),
            ..Config::default()
        };
        let workspace = Workspace::load(&tree);
        let apps = Apps::find(&tree, &workspace, &config);
        let text = format!("dev:\n  {}\n", dev.replace('\n', "\n  "));
        let manifest = Manifest::decode(SourceFile::new(".okteto/okteto.yml".into(), text)).unwrap();
        let serving = Serving::resolve(&tree, &workspace, &[manifest], &apps, &config);
        let session = &serving.sessions[0];
        let kind = match &session.evidence {
            None => "none",
            Some(Evidence::Config) => "config",
            Some(Evidence::Workdir(_)) => "workdir",
            Some(Evidence::Command(_)) => "command",
            Some(Evidence::Sync(_)) => "sync",
            Some(Evidence::Name(_)) => "name",
        };
        (session.apps.iter().map(ToString::to_string).collect(), kind)
    }

    #[test]
    fn the_first_step_with_evidence_decides() {
        for (dev, apps, kind) in [
            (
                "x:\n  workdir: /app/apps/shop/src\n  sync: ['..:/app']\n  command: pnpm --filter @s/web dev",
                &["apps/shop"][..],
                "workdir",
            ),
            (
                "x:\n  workdir: /app\n  sync: ['..:/app']\n  command: pnpm --filter @s/web dev",
                &["apps/site"],
                "command",
            ),
            ("x:\n  workdir: /app\n  sync: ['..:/app']\n  command: pnpm web", &["apps/site"], "command"),
            (
                "x:\n  workdir: /app\n  sync: ['..:/app']\n  command: pnpm all",
                &["apps/shop", "apps/site"],
                "command",
            ),
            (
                "x:\n  workdir: /app\n  sync: ['..:/app']\n  command: pnpm --filter shop exec next dev",
                &["apps/shop"],
                "command",
            ),
            (
                "x:\n  workdir: /app\n  sync: ['..:/app']\n  command: cd apps/shop && next dev",
                &["apps/shop"],
                "command",
            ),
            (
                "x:\n  sync: ['../apps/shop:/a', '../packages:/b', '../apps/site:/c']",
                &["apps/shop", "apps/site"],
                "sync",
            ),
            ("site:\n  sync: ['..:/app']", &["apps/site"], "name"),
            ("dev-web:\n  sync: ['..:/app']", &["apps/site"], "name"),
            (
                "x:\n  selector: {app.kubernetes.io/instance: shop}\n  sync: ['..:/app']",
                &["apps/shop"],
                "name",
            ),
            ("dev-shop-2:\n  sync: ['..:/app']", &[], "none"),
            (
                "x:\n  workdir: /app\n  sync: ['..:/app']\n  command: pnpm install --filter @s/web",
                &[],
                "none",
            ),
        ] {
            let (found, by) = served(dev);
            assert_eq!(
                (found.iter().map(String::as_str).collect::<Vec<_>>(), by),
                (apps.to_vec(), kind),
                "{dev}"
            );
        }
    }

    #[test]
    fn aliases_have_one_selector_and_one_body() {
        let text = "dev:\n  a: &a\n    selector: {app: x}\n    image: y\n  b: *a\n  c:\n    image: y\n    selector: {app: x}\n  d:\n    image: y\n  e:\n    image: y\n";
        let manifest = Manifest::decode(SourceFile::new("okteto.yml".into(), text)).unwrap();
        let tree = Snapshot::memory([]);
        let config = Config::default();
        let workspace = Workspace::default();
        let serving = Serving::resolve(&tree, &workspace, &[manifest], &Apps::default(), &config);
        let aliases: Vec<Option<&str>> =
            serving.sessions.iter().map(|session| session.alias_of.as_deref()).collect();
        assert_eq!(aliases, [None, Some("a"), Some("a"), None, None]);
    }
}
