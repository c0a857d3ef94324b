//! Which Applications deploy the workloads that dev containers patch.

use crate::model::argocd::{Application, ArgoCd, Stage};
use crate::model::linked::{Rooted, tree_of};
use crate::model::manifest::{Dev, Manifest};
use crate::model::serving::{Serving, instance};
use crate::source::{Place, RepoPath};
use crate::syntax::yaml::{Node, Yaml};
use std::collections::{BTreeMap, BTreeSet};

/// What `okteto up` patches of all that Argo CD deploys.
#[derive(Debug, Default)]
pub struct Patches {
    /// By the position of the Application.
    of: BTreeMap<usize, Patch>,
}

/// A dev container and the workload that it patches.
#[derive(Clone, Debug)]
pub struct Patch {
    /// The dev container.
    pub dev: String,
    /// What names the workload: the selector's instance, or the dev container's key.
    pub place: Place,
    /// Folders of the apps that the dev container serves.
    pub apps: Vec<RepoPath>,
    /// The workload's own name, where something tells it; that of a chart's is anybody's guess.
    pub workload: Option<String>,
}

impl Patches {
    /// Brings dev containers and Applications together.
    ///
    /// A release that several Applications install is patched where the dev environment is; when none of them,
    /// or more than one, is of it, nothing tells which.
    pub fn find(trees: &[Rooted<'_>], manifests: &[Manifest], serving: &Serving, argocd: &ArgoCd) -> Self {
        let mut found = Self::default();
        let mut workloads = Workloads { trees, by_folder: BTreeMap::new() };
        for session in serving.sessions.iter().filter(|session| session.alias_of.is_none()) {
            let Some(manifest) = manifests.get(session.manifest) else { continue };
            let Some(dev) = manifest.devs.get(session.dev) else { continue };
            let all: Vec<&Application> =
                argocd.applications.iter().filter(|known| deploys(known, dev, &mut workloads)).collect();
            let Some(patched) = meant(&all) else { continue };
            let span = instance(dev).map_or(dev.name.span, |instance| instance.span);
            let workload = workloads.name(patched, dev);
            found.of.entry(patched.position).or_insert_with(|| Patch {
                dev: dev.name.value.clone(),
                place: manifest.place(span),
                apps: session.apps.clone(),
                workload,
            });
        }
        found
    }

    /// The dev container that patches a workload of `application`.
    pub fn of(&self, application: &Application) -> Option<&Patch> {
        self.of.get(&application.position)
    }
}

/// Of the Applications that deploy a workload, the one in which it is patched.
fn meant<'a>(all: &[&'a Application]) -> Option<&'a Application> {
    if let [only] = all {
        return (only.stage() != Stage::Prod).then_some(*only);
    }
    let mut in_dev = all.iter().copied().filter(|known| known.stage() == Stage::Dev);
    in_dev.next().filter(|_| in_dev.next().is_none())
}

/// Whether the dev container's workload is one of the Application's.
fn deploys(application: &Application, dev: &Dev, workloads: &mut Workloads<'_>) -> bool {
    let is_instance = |instance: &str| {
        application.releases().iter().any(|release| release.value == instance)
            || application.name.as_ref().is_some_and(|name| name.value == instance)
    };
    if let Some(instance) = instance(dev) {
        return is_instance(&instance.value);
    }
    let key = dev.name.value.as_str();
    let is_named = dev.selector.is_empty() && (is_instance(key) || is_fullname(application, key));
    is_named || workloads.of(application).iter().any(|workload| workload.is_patched_by(dev))
}

/// `RELEASE-CHART`, the name that most charts give to their Deployment.
fn is_fullname(application: &Application, name: &str) -> bool {
    let charts = application.sources.iter().filter_map(|source| {
        let path = source.path.as_ref().map(|path| path.value.trim_end_matches('/'));
        source.chart.as_ref().map(|chart| chart.value.as_str()).or(path)
    });
    let folders: Vec<&str> = charts.map(|path| path.rsplit('/').next().unwrap_or(path)).collect();
    application.releases().iter().any(|release| {
        let rest = name.strip_prefix(release.value.as_str()).and_then(|rest| rest.strip_prefix('-'));
        rest.is_some_and(|chart| folders.contains(&chart))
    })
}

/// A Deployment or StatefulSet as a plain file holds it.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Workload {
    name: String,
    labels: Vec<(String, String)>,
}

impl Workload {
    fn of(document: &Node) -> Option<Self> {
        let kind = document.get("kind").and_then(Node::as_str)?;
        if !matches!(kind, "Deployment" | "StatefulSet") {
            return None;
        }
        let name = document.at(&["metadata", "name"]).and_then(Node::as_str).unwrap_or_default();
        let labels = document.at(&["metadata", "labels"]).map_or(&[] as &[_], Node::entries);
        let labels = labels
            .iter()
            .filter_map(|entry| Some((entry.key.value.to_string(), entry.value.as_str()?.to_owned())));
        Some(Self { name: name.to_owned(), labels: labels.collect() })
    }

    /// By the dev container's selector, or by its name when it has none.
    fn is_patched_by(&self, dev: &Dev) -> bool {
        if dev.selector.is_empty() {
            return self.name == dev.name.value;
        }
        let has =
            |name: &str, value: &str| self.labels.iter().any(|(key, text)| key == name && text == value);
        dev.selector.iter().all(|(name, value)| has(&name.value, &value.value))
    }
}

/// The workloads in the folders of Applications, each folder read once, and only when a dev container asks.
struct Workloads<'a> {
    trees: &'a [Rooted<'a>],
    by_folder: BTreeMap<RepoPath, BTreeSet<Workload>>,
}

impl Workloads<'_> {
    fn of(&mut self, application: &Application) -> Vec<&Workload> {
        let folders: Vec<RepoPath> = application
            .sources
            .iter()
            .filter_map(|source| Some(application.repository.join(&source.path.as_ref()?.value)))
            .collect();
        for folder in &folders {
            if !self.by_folder.contains_key(folder) {
                let read = self.read(folder);
                self.by_folder.insert(folder.clone(), read);
            }
        }
        folders.iter().filter_map(|folder| self.by_folder.get(folder)).flatten().collect()
    }

    /// The name of the one workload of `application` that `dev` patches.
    fn name(&mut self, application: &Application, dev: &Dev) -> Option<String> {
        if dev.selector.is_empty() {
            return Some(dev.name.value.clone());
        }
        let all = self.of(application);
        let mut patched = all.into_iter().filter(|workload| workload.is_patched_by(dev));
        let only = patched.next().filter(|_| patched.next().is_none())?;
        (!only.name.is_empty()).then(|| only.name.clone())
    }

    fn read(&self, folder: &RepoPath) -> BTreeSet<Workload> {
        let Some((tree, inner)) = tree_of(self.trees, folder) else { return BTreeSet::new() };
        let is_yaml = |path: &str| path.ends_with(".yaml") || path.ends_with(".yml");
        let files = tree.files_under(&inner).filter(|entry| is_yaml(entry.path));
        files
            .filter_map(|entry| tree.source(&RepoPath::new(entry.path)).ok())
            .filter(|file| file.text.contains("Deployment") || file.text.contains("StatefulSet"))
            .flat_map(|file| {
                Yaml::parse(&file.text).documents.iter().filter_map(Workload::of).collect::<Vec<_>>()
            })
            .collect()
    }
}
