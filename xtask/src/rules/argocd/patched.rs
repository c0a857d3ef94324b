//! Which Applications deploy the workloads that dev containers patch.

use crate::facts::Facts;
use crate::model::argocd::{Application, Stage};
use crate::model::manifest::Dev;
use crate::model::serving::{Session, instance};
use crate::source::{Place, RepoPath};
use crate::syntax::yaml::{Node, Yaml};

/// A dev container and the workload that it patches.
pub struct Patch<'a> {
    /// The dev container.
    pub dev: &'a str,
    /// What names the workload: the selector's instance, or the dev container's key.
    pub place: Place,
    /// The session.
    pub session: &'a Session,
}

/// The dev container that patches a workload of `application`.
///
/// A release that several Applications install is patched where the dev environment is; when none of them,
/// or more than one, is of it, nothing tells which.
pub fn patch<'a>(facts: &'a Facts, application: &Application) -> Option<Patch<'a>> {
    let sessions = facts.serving().sessions.iter().filter(|session| session.alias_of.is_none());
    sessions.into_iter().find_map(|session| {
        let manifest = facts.manifests().get(session.manifest)?;
        let dev = manifest.devs.get(session.dev)?;
        let all: Vec<&Application> =
            facts.argocd().applications.iter().filter(|known| deploys(facts, known, dev)).collect();
        let is_same = |known: &&Application| {
            known.file.path == application.file.path
                && known.spec.span == application.spec.span
                && known.name == application.name
        };
        if !all.iter().any(is_same) {
            return None;
        }
        let in_dev = all.iter().filter(|known| known.stage() == Stage::Dev).count();
        let alone = all.len() == 1 && application.stage() != Stage::Prod;
        if !(alone || in_dev == 1 && application.stage() == Stage::Dev) {
            return None;
        }
        let span = instance(dev).map_or(dev.name.span, |instance| instance.span);
        Some(Patch { dev: &dev.name.value, place: manifest.place(span), session })
    })
}

/// Whether the dev container's workload is one of the Application's.
fn deploys(facts: &Facts, application: &Application, dev: &Dev) -> bool {
    let label = instance(dev).map(|instance| instance.value.as_str());
    let releases = application.releases();
    let is_instance = |instance: &str| {
        releases.iter().any(|release| release.value == instance)
            || application.name.as_ref().is_some_and(|name| name.value == instance)
    };
    match label {
        Some(instance) => is_instance(instance),
        None if dev.selector.is_empty() => {
            let key = dev.name.value.as_str();
            is_instance(key) || is_fullname(application, key) || has_workload(facts, application, dev)
        }
        None => has_workload(facts, application, dev),
    }
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

/// Whether a plain manifest of the Application's folder holds the workload: by the dev container's name, or
/// by its selector.
fn has_workload(facts: &Facts, application: &Application, dev: &Dev) -> bool {
    let folders = application.sources.iter().filter_map(|source| source.path.as_ref());
    folders.into_iter().any(|folder| {
        let folder = application.repository.join(&folder.value);
        let Some((tree, inner)) = facts.tree_of(&folder) else { return false };
        let is_yaml = |path: &str| path.ends_with(".yaml") || path.ends_with(".yml");
        tree.files_under(&inner).filter(|entry| is_yaml(entry.path)).any(|entry| {
            let Ok(file) = tree.source(&RepoPath::new(entry.path)) else { return false };
            if !file.text.contains("Deployment") && !file.text.contains("StatefulSet") {
                return false;
            }
            Yaml::parse(&file.text).documents.iter().any(|document| is_workload(document, dev))
        })
    })
}

fn is_workload(document: &Node, dev: &Dev) -> bool {
    let kind = document.get("kind").and_then(Node::as_str);
    if !matches!(kind, Some("Deployment" | "StatefulSet")) {
        return false;
    }
    if dev.selector.is_empty() {
        return document.at(&["metadata", "name"]).and_then(Node::as_str) == Some(&dev.name.value);
    }
    let labels = document.at(&["metadata", "labels"]);
    dev.selector.iter().all(|(name, value)| {
        labels.and_then(|labels| labels.get(&name.value)).and_then(Node::as_str) == Some(&value.value)
    })
}
