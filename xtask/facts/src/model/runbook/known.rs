//! What the repository has under which name: whatever a page may speak of.

use crate::model::apps::Apps;
use crate::model::manifest::Manifest;
use crate::model::manifest::names::{build_variable, sanitise};
use crate::model::workspace::Workspace;
use crate::snapshot::Snapshot;
use crate::source::{Place, RepoPath};
use crate::syntax::yaml::{Node, Yaml};
use std::collections::{BTreeMap, BTreeSet};

/// Names of the manifests and of the workspace, each with its first place.
#[derive(Debug, Default)]
pub struct Known {
    /// Keys of `dev`, and services of Compose files, which Okteto takes for dev containers as well.
    pub devs: BTreeMap<String, Place>,
    /// Keys of `build`, and services of Compose files that are built.
    pub builds: BTreeMap<String, Place>,
    /// Keys of `test`.
    pub tests: BTreeMap<String, Place>,
    /// Folders and packages of apps, with the app's folder.
    pub apps: BTreeMap<String, RepoPath>,
    /// Folders that lie among the apps and are none: apps to come.
    pub planned: BTreeSet<String>,
    /// Whether there are manifests and all of them could be read: only then does a missing name mean anything.
    pub has_manifests: bool,
    /// Whether every package.json could be read.
    pub has_packages: bool,
}

impl Known {
    /// Collects the names.
    pub fn collect(tree: &Snapshot, manifests: &[Manifest], workspace: &Workspace, apps: &Apps) -> Self {
        let mut known = Self {
            has_manifests: !manifests.is_empty() && manifests.iter().all(Manifest::is_sound),
            has_packages: workspace.broken.is_empty(),
            ..Self::default()
        };
        for manifest in manifests {
            let place = |span| manifest.place(span);
            for dev in &manifest.devs {
                known.devs.entry(sanitise(&dev.name.value)).or_insert_with(|| place(dev.name.span));
            }
            for build in &manifest.builds {
                known.builds.entry(sanitise(&build.name.value)).or_insert_with(|| place(build.name.span));
            }
            for test in &manifest.tests {
                known.tests.entry(sanitise(&test.name.value)).or_insert_with(|| place(test.name.span));
            }
        }
        for app in &apps.all {
            for name in std::iter::once(app.name()).chain(app.package.as_deref()) {
                known.apps.entry(name.to_owned()).or_insert_with(|| app.folder.clone());
            }
        }
        let parents: BTreeSet<RepoPath> = apps.all.iter().filter_map(|app| app.folder.parent()).collect();
        let among = parents.iter().flat_map(|folder| {
            let children = tree.children(folder).into_iter();
            children.filter(|(name, is_dir)| *is_dir && apps.at(&folder.join(name)).is_none())
        });
        known.planned = among.map(|(name, _)| name).collect();
        known.add_compose(tree);
        known
    }

    fn add_compose(&mut self, tree: &Snapshot) {
        for entry in tree.notable().filter(|entry| is_compose(entry.path)) {
            let Ok(file) = tree.source(&RepoPath::new(entry.path)) else { continue };
            let yaml = Yaml::parse(&file.text);
            for service in
                yaml.root().and_then(|root| root.get("services")).map_or(&[] as &[_], Node::entries)
            {
                let place = file.place(service.key.span);
                let name = sanitise(&service.key.value);
                if service.value.get("build").is_some() {
                    self.builds.entry(name.clone()).or_insert_with(|| place.clone());
                }
                self.devs.entry(name).or_insert(place);
            }
        }
    }

    /// Whether every dev container and every app is known.
    pub const fn is_complete(&self) -> bool {
        self.has_manifests && self.has_packages
    }

    /// Whether some build has this name in `OKTETO_BUILD_<NAME>_IMAGE`.
    pub fn has_variable(&self, name: &str) -> bool {
        self.builds.keys().any(|build| build_variable(build) == name)
    }

    /// Whether a dev container has this name.
    pub fn is_dev(&self, name: &str) -> bool {
        self.devs.contains_key(&sanitise(name))
    }

    /// Whether an app has this name: its folder, its package with or without scope, its path.
    pub fn is_app(&self, name: &str) -> bool {
        self.apps.contains_key(name.rsplit('/').next().unwrap_or(name))
    }

    /// Whether anything at all has this name.
    pub fn is_known(&self, name: &str) -> bool {
        self.is_dev(name)
            || self.is_app(name)
            || self.builds.contains_key(name)
            || self.tests.contains_key(name)
    }
}

fn is_compose(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let Some(stem) = name.strip_suffix(".yml").or_else(|| name.strip_suffix(".yaml")) else { return false };
    ["docker-compose", "compose", "okteto-compose", "okteto-stack", "stack"]
        .iter()
        .any(|known| stem == *known || stem.strip_prefix(known).is_some_and(|rest| rest.starts_with('.')))
}
