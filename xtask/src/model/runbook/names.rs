//! The names that commands may use.

use crate::model::manifest::Manifest;
use crate::model::manifest::names::{build_variable, sanitise};
use crate::snapshot::Snapshot;
use crate::source::{Place, RepoPath};
use crate::syntax::yaml::{Node, Yaml};
use std::collections::BTreeMap;

/// Dev containers, builds and tests of all manifests, each with its first place.
#[derive(Debug, Default)]
pub struct Names {
    /// Keys of `dev`, and services of Compose files, which Okteto takes for dev containers as well.
    pub devs: BTreeMap<String, Place>,
    /// Keys of `build`, and services of Compose files that are built.
    pub builds: BTreeMap<String, Place>,
    /// Keys of `test`.
    pub tests: BTreeMap<String, Place>,
    /// Whether everything could be read: only then does absence mean anything.
    pub is_complete: bool,
}

impl Names {
    /// Collects the names.
    pub fn collect(tree: &Snapshot, manifests: &[Manifest]) -> Self {
        let mut names = Self { is_complete: manifests.iter().all(Manifest::is_sound), ..Self::default() };
        for manifest in manifests {
            let place = |span| manifest.place(span);
            for dev in &manifest.devs {
                names.devs.entry(sanitise(&dev.name.value)).or_insert_with(|| place(dev.name.span));
            }
            for build in &manifest.builds {
                names.builds.entry(sanitise(&build.name.value)).or_insert_with(|| place(build.name.span));
            }
            for test in &manifest.tests {
                names.tests.entry(sanitise(&test.name.value)).or_insert_with(|| place(test.name.span));
            }
        }
        names.add_compose(tree);
        names
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

    /// Whether some build has this name in `OKTETO_BUILD_<NAME>_IMAGE`.
    pub fn has_variable(&self, name: &str) -> bool {
        self.builds.keys().any(|build| build_variable(build) == name)
    }
}

fn is_compose(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let Some(stem) = name.strip_suffix(".yml").or_else(|| name.strip_suffix(".yaml")) else { return false };
    ["docker-compose", "compose", "okteto-compose", "okteto-stack", "stack"]
        .iter()
        .any(|known| stem == *known || stem.strip_prefix(known).is_some_and(|rest| rest.starts_with('.')))
}
