//! Compose files that a manifest deploys: they bring builds of their own.

use crate::model::expansion;
use crate::model::manifest::Manifest;
use crate::snapshot::Snapshot;
use crate::syntax::yaml::Yaml;

/// Builds that Okteto takes from the Compose files of `deploy.compose`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ComposeBuilds {
    /// The services with `build`; none without Compose files.
    Known(Vec<String>),
    /// Some file cannot be read here: a variable in its path, a broken or missing file, a remote include.
    Unknown,
}

impl ComposeBuilds {
    /// The builds of a manifest's Compose files; paths start at the manifest's base.
    pub fn of(manifest: &Manifest, tree: &Snapshot) -> Self {
        let mut names = Vec::new();
        for file in manifest.deploy.iter().flat_map(|deploy| &deploy.compose) {
            if !expansion::scan(&file.value).references.is_empty() {
                return Self::Unknown;
            }
            let Ok(source) = tree.source(&manifest.base.join(&file.value)) else { return Self::Unknown };
            let yaml = Yaml::parse(&source.text);
            let Some(root) =
                yaml.root().filter(|root| yaml.errors.is_empty() && root.get("include").is_none())
            else {
                return Self::Unknown;
            };
            let services = root.get("services").map_or(&[] as &[_], |services| services.entries());
            for service in services {
                // What `extends` brings is not followed.
                if service.value.get("extends").is_some() {
                    return Self::Unknown;
                }
                if service.value.get("build").is_some() {
                    names.push(service.key.value.to_string());
                }
            }
        }
        Self::Known(names)
    }
}
