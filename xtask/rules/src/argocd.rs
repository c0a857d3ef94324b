//! `argocd/`: Argo CD Applications.

use super::Rule;

mod dead_path;
mod dev_app;
pub(super) mod located;
mod okteto_app;

pub(super) use okteto_app::okteto_source;

/// The rules of the group.
pub static RULES: &[&Rule] = &[&dev_app::RULE, &dead_path::RULE, &okteto_app::RULE];
