//! Everything that decides on this laptop what is synced, sent and ignored.

pub mod lean;

use super::{UsageError, open};
use crate::config;
use crate::facts::Facts;
use crate::git::Git;
use crate::model::context::Contexts;
use crate::model::gitignores::Gitignores;
use crate::model::synced::Synced;
use crate::model::verdict::Files;
use crate::snapshot::{Disk, Snapshot};
use std::path::{Path, PathBuf};

/// The models, with what only this laptop has: ignore files that git ignores, `info/exclude`, the user's own.
pub struct Laptop {
    /// The tree and what is made of it alone.
    pub facts: Facts,
    /// The work tree as it is.
    pub disk: Disk,
    /// What git ignores.
    pub gitignores: Gitignores,
    /// What is synced.
    pub synced: Synced,
    /// What is sent.
    pub contexts: Contexts,
}

impl Laptop {
    /// The models of a tree, which must hold at least what [`lean::survey`] does; `excludes` is the answer of
    /// [`global_excludes`].
    ///
    /// # Errors
    /// When the configuration cannot be used.
    pub fn load(git: &Git, tree: Snapshot, excludes: Option<&Path>) -> anyhow::Result<Self> {
        let broken =
            |_| UsageError(format!("`{}` cannot be used: `cargo xtask check` shows why", config::PATH));
        let config = open::configuration(&tree).map_err(broken)?;
        let disk = Disk::new(git);
        let facts = Facts::new(tree, None, config);
        let files = Files { tree: &facts.tree, disk: Some(&disk) };
        let gitignores = gitignores(git, files, excludes);
        let synced = Synced::resolve(files, facts.manifests(), &facts.config);
        let contexts = Contexts::resolve(files, facts.manifests(), &facts.config);
        Ok(Self { disk, gitignores, synced, contexts, facts })
    }

    /// Where ignore files are read from.
    pub fn files(&self) -> Files<'_> {
        Files { tree: &self.facts.tree, disk: Some(&self.disk) }
    }
}

/// The `.gitignore` files of a tree with those that only this laptop has.
fn gitignores(git: &Git, files: Files<'_>, excludes: Option<&Path>) -> Gitignores {
    let mut ignores = Gitignores::read(files);
    let mut add = |name: &str, path: &Path| {
        if let Ok(bytes) = std::fs::read(path) {
            ignores.add_exclude(name, &String::from_utf8_lossy(&bytes));
        }
    };
    add(".git/info/exclude", &git.common_dir().join("info/exclude"));
    if let Some(path) = excludes {
        add("core.excludesFile", path);
    }
    ignores
}

/// `core.excludesFile`, or its default: the ignore file of this user, for all repositories.
pub fn global_excludes(git: &Git) -> Option<PathBuf> {
    if let Ok(value) = git.output(&["config", "--type=path", "-z", "--get", "core.excludesFile"]) {
        let value = String::from_utf8_lossy(&value).trim_end_matches('\0').to_owned();
        return (!value.is_empty()).then(|| git.top().join(value));
    }
    let set = |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let config = set("XDG_CONFIG_HOME").or_else(|| Some(set("HOME")?.join(".config")))?;
    Some(config.join("git/ignore"))
}
