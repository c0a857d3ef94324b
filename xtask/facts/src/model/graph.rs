//! Everything that belongs together, in one view: each dev container with its app, workload, namespace,
//! synced folders, ports, builds, values and Applications. Runbook regions and the `graph` command are drawn
//! from it.

mod diagram;

use crate::config::Config;
use crate::model::apps::{App, Apps};
use crate::model::argocd::{Application, ArgoCd, Source, Stage};
use crate::model::manifest::{Build, CommandLine, Dev, Manifest};
use crate::model::runbook::releases::{Release, releases};
use crate::model::serving::{Serving, Session, apply_pattern, instance};
use crate::model::workspace::Workspace;
use crate::snapshot::Snapshot;
use crate::source::{Place, RepoPath, Spanned};
use std::collections::{BTreeSet, HashMap};

pub use diagram::{Edge, Graph, Kind, Labels, Node, Verb};

/// The view.
#[derive(Debug)]
pub struct Landscape<'a> {
    /// The manifests.
    pub manifests: &'a [Manifest],
    /// The apps.
    pub apps: &'a Apps,
    /// The packages.
    pub workspace: &'a Workspace,
    /// Dev containers, aliases folded, sorted by app and name.
    pub entries: Vec<Entry<'a>>,
    /// The Applications of this repository.
    pub applications: Vec<&'a Application>,
    tree: &'a Snapshot,
    config: &'a Config,
    releases: Vec<Release>,
    /// Positions in `entries` by the names of dev containers, aliases and apps.
    names: HashMap<&'a str, Vec<usize>>,
}

/// One dev container.
#[derive(Debug)]
pub struct Entry<'a> {
    /// The manifest that holds it.
    pub manifest: &'a Manifest,
    /// It.
    pub dev: &'a Dev,
    /// What is known about its session.
    pub session: &'a Session,
    /// Others with the same selector and body.
    pub aliases: Vec<&'a Dev>,
    /// The apps that it serves.
    pub apps: Vec<&'a App>,
}

/// A text with the place that it was taken from, if there is one.
pub type Sourced = (String, Option<Place>);

impl<'a> Landscape<'a> {
    /// Draws the view.
    pub fn new(
        tree: &'a Snapshot,
        config: &'a Config,
        workspace: &'a Workspace,
        manifests: &'a [Manifest],
        apps: &'a Apps,
        serving: &'a Serving,
        argocd: &'a ArgoCd,
    ) -> Self {
        let mut entries: Vec<Entry<'a>> = Vec::new();
        for session in &serving.sessions {
            let Some(manifest) = manifests.get(session.manifest) else { continue };
            let Some(dev) = manifest.devs.get(session.dev) else { continue };
            if let Some(first) = &session.alias_of {
                let original = |entry: &&mut Entry<'a>| {
                    entry.dev.name.value == *first && entry.manifest.file.path == manifest.file.path
                };
                if let Some(entry) = entries.iter_mut().find(original) {
                    entry.aliases.push(dev);
                }
                continue;
            }
            let apps = session.apps.iter().filter_map(|folder| apps.at(folder)).collect();
            entries.push(Entry { manifest, dev, session, aliases: Vec::new(), apps });
        }
        entries.sort_by(|left, right| {
            let key = |entry: &Entry<'a>| {
                let app = entry.apps.first().map(|app| app.name().to_owned());
                (app.is_none(), app, entry.dev.name.value.clone())
            };
            key(left).cmp(&key(right))
        });
        // Linked repositories are not beside every clone: what is drawn must be the same in all of them.
        let applications = argocd.applications.iter().filter(|application| application.repository.is_root());
        let applications = applications.collect();
        let releases = manifests.iter().flat_map(releases).collect();
        let mut names: HashMap<&'a str, Vec<usize>> = HashMap::new();
        for (index, entry) in entries.iter().enumerate() {
            for name in entry.names() {
                let positions = names.entry(name).or_default();
                if positions.last() != Some(&index) {
                    positions.push(index);
                }
            }
        }
        Self { manifests, apps, workspace, entries, applications, tree, config, releases, names }
    }

    /// The dev containers of an app.
    pub fn of_app<'s>(&'s self, app: &'s App) -> impl Iterator<Item = &'s Entry<'a>> {
        self.entries.iter().filter(|entry| entry.apps.iter().any(|other| other.folder == app.folder))
    }

    /// The app that a region names: by folder, by the folder's name, or by its package.
    pub fn app(&self, name: &str) -> Option<&'a App> {
        let all = || self.apps.all.iter();
        let bare = name.rsplit('/').next().unwrap_or(name);
        all()
            .find(|app| app.name() == name || app.folder.as_str() == name)
            .or_else(|| all().find(|app| app.package.as_deref() == Some(bare)))
    }

    /// Positions in `entries` of the dev containers that a name stands for: their own, an alias, their app's.
    pub fn named(&self, name: &str) -> &[usize] {
        self.names.get(name).map_or(&[], Vec::as_slice)
    }

    /// The namespace that a dev container lives in: where the Application of its release goes, or the
    /// configured pattern.
    pub fn namespace(&self, entry: &Entry<'_>) -> Option<Sourced> {
        let release = instance(entry.dev).map(|release| release.value.as_str());
        let mut own = self.applications.iter().filter(|application| {
            release.is_some_and(|release| names(application).any(|name| name == release))
        });
        if let Some(namespace) = own.find_map(|application| namespace_of(application)) {
            return Some(namespace);
        }
        self.pattern(entry.apps.first()?, "dev")
    }

    /// The namespace of an app in a stage.
    pub fn namespace_in(&self, app: &App, stage: Stage) -> Option<Sourced> {
        let found = self
            .applications_of(app)
            .into_iter()
            .filter(|application| application.stage() == stage)
            .find_map(namespace_of);
        let kind = match stage {
            Stage::Dev => "dev",
            Stage::Prod => "prod",
            Stage::Other => return found,
        };
        found.or_else(|| self.pattern(app, kind))
    }

    fn pattern(&self, app: &App, kind: &str) -> Option<Sourced> {
        let pattern = self.config.namespace_patterns.get(kind)?;
        let place = self.config.file.as_ref().map(|file| file.place(pattern.span));
        Some((apply_pattern(&pattern.value, app)?, place))
    }

    /// The Applications that deploy an app: by the release of its dev container, by the name of the file or
    /// of its values, by the configured namespace.
    pub fn applications_of(&self, app: &App) -> Vec<&'a Application> {
        let releases: BTreeSet<&str> = self
            .of_app(app)
            .filter_map(|entry| instance(entry.dev))
            .map(|release| release.value.as_str())
            .collect();
        let namespaces: Vec<String> =
            ["dev", "prod"].iter().filter_map(|kind| self.pattern(app, kind)).map(|(name, _)| name).collect();
        self.applications
            .iter()
            .copied()
            .filter(|application| {
                names(application).any(|name| releases.contains(name))
                    || stem(&application.file.path) == app.name()
                    || self.values(application).iter().any(|values| stem(&values.value) == app.name())
                    || application
                        .namespace
                        .as_ref()
                        .is_some_and(|namespace| namespaces.contains(&namespace.value))
            })
            .collect()
    }

    /// The values files of an Application that lie in this repository.
    fn values(&self, application: &Application) -> Vec<Spanned<RepoPath>> {
        let of_source = |source: &Source| {
            let folder = source.path.as_ref().map_or("", |path| path.value.as_str());
            let files = source.value_files.iter().flatten();
            let paths = files.map(|file| {
                let path = match file.value.strip_prefix('$').and_then(|rest| rest.split_once('/')) {
                    Some((_, rest)) => RepoPath::new(rest),
                    None if file.value.starts_with('/') => RepoPath::new(&file.value),
                    None => RepoPath::new(folder).join(&file.value),
                };
                Spanned::new(path, file.span)
            });
            paths.filter(|path| self.tree.is_file(&path.value)).collect::<Vec<_>>()
        };
        application.sources.iter().flat_map(of_source).collect()
    }

    /// The values files of an app, sorted.
    pub fn values_of(&self, app: &App) -> Vec<(RepoPath, Option<Place>)> {
        let mut found: Vec<(RepoPath, Option<Place>)> = Vec::new();
        for application in self.applications_of(app) {
            let values = self.values(application).into_iter();
            found.extend(values.map(|values| (values.value, Some(application.place(values.span)))));
        }
        let names: BTreeSet<&str> = self
            .of_app(app)
            .filter_map(|entry| instance(entry.dev))
            .map(|release| release.value.as_str())
            .collect();
        let releases = self.releases.iter().filter(|release| names.contains(release.name.value.as_str()));
        found.extend(releases.flat_map(|release| &release.values).map(|values| (values.value.clone(), None)));
        found.sort_by(|left, right| left.0.cmp(&right.0));
        found.dedup_by(|left, right| left.0 == right.0);
        found
    }

    /// The builds of an app: those whose name is the app's, or whose Dockerfile lies in its folder.
    pub fn builds_of(&self, app: &App) -> Vec<(&'a Manifest, &'a Build)> {
        let all = self
            .manifests
            .iter()
            .flat_map(|manifest| manifest.builds.iter().map(move |build| (manifest, build)));
        all.filter(|(manifest, build)| {
            build.name.value == app.name()
                || app.package.as_deref() == Some(&*build.name.value)
                || dockerfile(manifest, build).starts_with(&app.folder)
                || manifest.base.join(build.context_text()) == app.folder
        })
        .collect()
    }

    /// The host of `okteto context use`, with its place.
    pub fn context(&self) -> Option<Sourced> {
        let host = self.config.hosts.get("context")?;
        let url =
            if host.value.contains("://") { host.value.clone() } else { format!("https://{}", host.value) };
        Some((url, self.config.file.as_ref().map(|file| file.place(host.span))))
    }
}

/// The name of an Application and those of its releases.
fn names(application: &Application) -> impl Iterator<Item = &str> {
    application.name.iter().chain(application.releases()).map(|name| name.value.as_str())
}

fn namespace_of(application: &Application) -> Option<Sourced> {
    let namespace = application.namespace.as_ref()?;
    Some((namespace.value.clone(), Some(application.place(namespace.span))))
}

fn stem(path: &RepoPath) -> &str {
    let name = path.file_name();
    name.split('.').next().unwrap_or(name)
}

/// Where the Dockerfile of a build lies, from the top level: relative to the context, as the CLI reads it
/// first, or to the manifest's base.
pub fn dockerfile(manifest: &Manifest, build: &Build) -> RepoPath {
    manifest.base.join(build.context_text()).join(build.dockerfile_text())
}

impl<'a> Entry<'a> {
    /// The names by which people call it: its own, its aliases', its apps'.
    pub fn names(&self) -> impl Iterator<Item = &'a str> {
        let devs = std::iter::once(self.dev).chain(self.aliases.iter().copied());
        let apps = self.apps.iter().map(|app| app.name());
        devs.map(|dev| dev.name.value.as_str()).chain(apps)
    }

    /// The last command of the session, in short: what keeps running.
    pub fn command(&self) -> Option<Sourced> {
        let command = self.dev.command.as_ref()?;
        let script = command.script();
        let last = script
            .commands
            .iter()
            .rev()
            .find(|command| !command.words.is_empty() && command.shells.is_empty())?;
        let text = match command {
            CommandLine::Argv(words) => words.iter().map(|word| word.text()).collect::<Vec<_>>().join(" "),
            CommandLine::Shell(_) => last.span.slice(&self.manifest.file.text).to_owned(),
        };
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        Some((shorten(&text, 60), Some(self.manifest.place(last.span))))
    }
}

/// At most `limit` characters of a text.
fn shorten(text: &str, limit: usize) -> String {
    if text.chars().count() <= limit {
        return text.to_owned();
    }
    let kept: String = text.chars().take(limit).collect();
    format!("{}…", kept.trim_end())
}
