//! `namespace/`: the namespaces that Argo CD, Okteto and the pipeline speak of.

use super::Rule;
use crate::facts::Facts;
use crate::model::apps::App;
use crate::model::argocd::Application;

mod drift;
mod naming;
mod owner;
mod shared;

/// The rules of the group.
pub static RULES: &[&Rule] = &[&naming::RULE, &drift::RULE, &shared::RULE, &owner::RULE];

/// The app that an Application deploys: the one that its dev container serves, else the one by whose name its
/// file, a values file or its release is called.
fn app_of<'a>(facts: &'a Facts, application: &Application) -> Option<&'a App> {
    let apps = &facts.apps().all;
    if let Some([folder]) = facts.patches().of(application).map(|patch| patch.apps.as_slice()) {
        return apps.iter().find(|app| app.folder == *folder);
    }
    let file = application.file.path.file_name();
    let values = application.sources.iter().flat_map(|source| source.value_files.iter().flatten());
    let stems = values.map(|file| file.value.rsplit('/').next().unwrap_or_default()).chain([file]);
    let mut names: Vec<&str> = stems.map(|name| name.split('.').next().unwrap_or_default()).collect();
    names.extend(application.releases().iter().map(|release| release.value.as_str()));
    apps.iter().find(|app| names.contains(&app.name()))
}
