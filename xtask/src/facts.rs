//! All that a rule sees: the snapshot, the configuration, and the models, each built once, on first use.

use crate::config::Config;
use crate::model::apps::Apps;
use crate::model::argocd::ArgoCd;
use crate::model::chart::Hosts;
use crate::model::linked::{Linked, Rooted};
use crate::model::manifest::{self, Manifest};
use crate::model::pipeline::Pipeline;
use crate::model::secrets::Secrets;
use crate::model::serving::Serving;
use crate::model::workspace::Workspace;
use crate::snapshot::{Disk, ReadError, Snapshot};
use crate::source::{RepoPath, SourceFile};
use globset::{Glob, GlobSet, GlobSetBuilder};
use std::collections::BTreeSet;
use std::sync::OnceLock;

/// The repository as the rules see it.
#[derive(Debug)]
pub struct Facts {
    /// The tree that is checked.
    pub tree: Snapshot,
    /// The laptop's own state; only when the work tree is checked.
    pub disk: Option<Disk>,
    /// `.okteto/check.yml`, or its defaults.
    pub config: Config,
    /// What differs from the tree that it is compared with, when only that counts: rules that look into every
    /// file look into these alone.
    pub changed: Option<BTreeSet<RepoPath>>,
    /// The sibling repositories that are present.
    pub linked: Vec<Linked>,
    root: RepoPath,
    excluded: GlobSet,
    workspace: OnceLock<Workspace>,
    manifests: OnceLock<Vec<Manifest>>,
    apps: OnceLock<Apps>,
    serving: OnceLock<Serving>,
    secrets: OnceLock<Secrets>,
    pipeline: OnceLock<Pipeline>,
    argocd: OnceLock<ArgoCd>,
    hosts: OnceLock<Hosts>,
}

/// A model that rules need. The engine builds what the selected rules name, in this order, before they run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Model {
    /// [`Facts::workspace`]
    Workspace,
    /// [`Facts::manifests`]
    Manifests,
    /// [`Facts::apps`]
    Apps,
    /// [`Facts::serving`]
    Serving,
    /// [`Facts::secrets`]
    Secrets,
    /// [`Facts::pipeline`]
    Pipeline,
    /// [`Facts::argocd`]
    ArgoCd,
    /// [`Facts::hosts`]
    Hosts,
}

impl Model {
    /// All models, each behind those that it is made of.
    pub const ALL: [Self; 8] = [
        Self::Workspace,
        Self::Manifests,
        Self::Apps,
        Self::Serving,
        Self::Secrets,
        Self::Pipeline,
        Self::ArgoCd,
        Self::Hosts,
    ];

    /// The name in `--timings` and errors.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Workspace => "model/workspace",
            Self::Manifests => "model/manifests",
            Self::Apps => "model/apps",
            Self::Serving => "model/serving",
            Self::Secrets => "model/secrets",
            Self::Pipeline => "model/pipeline",
            Self::ArgoCd => "model/argocd",
            Self::Hosts => "model/hosts",
        }
    }

    /// The models that this one is made of.
    pub const fn made_of(self) -> &'static [Self] {
        match self {
            Self::Workspace | Self::Secrets | Self::Pipeline => &[],
            Self::Manifests | Self::ArgoCd | Self::Hosts => &[Self::Workspace],
            Self::Apps => &[Self::Workspace, Self::Manifests],
            Self::Serving => &[Self::Workspace, Self::Manifests, Self::Apps],
        }
    }
}

impl Facts {
    /// Facts about a tree under a configuration.
    pub fn new(tree: Snapshot, disk: Option<Disk>, config: Config) -> Self {
        let excluded = glob_set(config.exclude.iter().map(|glob| glob.value.as_str()));
        Self {
            tree,
            disk,
            config,
            changed: None,
            linked: Vec::new(),
            root: RepoPath::root(),
            excluded,
            workspace: OnceLock::new(),
            manifests: OnceLock::new(),
            apps: OnceLock::new(),
            serving: OnceLock::new(),
            secrets: OnceLock::new(),
            pipeline: OnceLock::new(),
            argocd: OnceLock::new(),
            hosts: OnceLock::new(),
        }
    }

    /// Builds one model.
    pub fn build(&self, model: Model) {
        match model {
            Model::Workspace => {
                self.workspace();
            }
            Model::Manifests => {
                self.manifests();
            }
            Model::Apps => {
                self.apps();
            }
            Model::Serving => {
                self.serving();
            }
            Model::Secrets => {
                self.secrets();
            }
            Model::Pipeline => {
                self.pipeline();
            }
            Model::ArgoCd => {
                self.argocd();
            }
            Model::Hosts => {
                self.hosts();
            }
        }
    }

    /// The JavaScript workspace.
    pub fn workspace(&self) -> &Workspace {
        self.workspace.get_or_init(|| Workspace::load(&self.tree))
    }

    /// The Okteto manifests, sorted by path; those of parked and excluded code left out.
    pub fn manifests(&self) -> &[Manifest] {
        self.manifests.get_or_init(|| {
            let workspace = self.workspace();
            let candidates = self.tree.files().filter_map(|entry| {
                // Cheap refusal first: most of a large tree are no YAML files.
                let is_yaml = entry.path.ends_with(".yml") || entry.path.ends_with(".yaml");
                if !is_yaml || !entry.path.contains("okteto") {
                    return None;
                }
                let path = RepoPath::new(entry.path);
                manifest::discovery::role(&path)?;
                (!workspace.is_parked(&path) && !self.is_excluded(&path)).then_some(path)
            });
            candidates.filter_map(|path| Manifest::decode(self.tree.source(&path).ok()?)).collect()
        })
    }

    /// What can be served.
    pub fn apps(&self) -> &Apps {
        self.apps.get_or_init(|| Apps::find(&self.tree, self.workspace(), &self.config))
    }

    /// Which dev container serves which app.
    pub fn serving(&self) -> &Serving {
        self.serving.get_or_init(|| {
            Serving::resolve(&self.tree, self.workspace(), self.manifests(), self.apps(), &self.config)
        })
    }

    /// Private keys, tokens and other credentials in text files.
    pub fn secrets(&self) -> &Secrets {
        self.secrets.get_or_init(|| Secrets::find(&self.tree, self.changed.as_ref()))
    }

    /// The GitLab pipeline.
    pub fn pipeline(&self) -> &Pipeline {
        self.pipeline.get_or_init(|| Pipeline::load(&self.tree))
    }

    /// The Argo CD Applications of this repository and of the linked ones; parked code left out.
    pub fn argocd(&self) -> &ArgoCd {
        self.argocd.get_or_init(|| {
            let workspace = self.workspace();
            ArgoCd::load(&self.trees(), |path| {
                !path.is_outside() && (workspace.is_parked(path) || self.is_excluded(path))
            })
        })
    }

    /// The public hosts that this repository and the linked ones serve.
    pub fn hosts(&self) -> &Hosts {
        self.hosts.get_or_init(|| {
            let workspace = self.workspace();
            Hosts::load(&self.trees(), |path| {
                !path.is_outside() && (workspace.is_parked(path) || self.is_excluded(path))
            })
        })
    }

    /// The tree that is checked, then the linked ones.
    pub fn trees(&self) -> Vec<Rooted<'_>> {
        let own = Rooted { folder: &self.root, name: None, tree: &self.tree };
        let linked = self.linked.iter().map(|linked| Rooted {
            folder: &linked.folder,
            name: Some(&linked.name),
            tree: &linked.tree,
        });
        std::iter::once(own).chain(linked).collect()
    }

    /// The tree that holds a path, and the path in it.
    pub fn tree_of(&self, path: &RepoPath) -> Option<(&Snapshot, RepoPath)> {
        if !path.is_outside() {
            return Some((&self.tree, path.clone()));
        }
        let inside = |linked: &Linked| path.strip_prefix(&linked.folder).map(RepoPath::new);
        self.linked.iter().find_map(|linked| Some((&linked.tree, inside(linked)?)))
    }

    /// The text of a file of the tree, or of a linked one.
    ///
    /// # Errors
    /// [`ReadError`]
    pub fn source(&self, path: &RepoPath) -> Result<SourceFile, ReadError> {
        let (tree, inner) = self.tree_of(path).ok_or(ReadError::NotFound)?;
        Ok(SourceFile { path: path.clone(), ..tree.source(&inner)? })
    }

    /// Whether the configuration excludes a path: nothing is reported there.
    pub fn is_excluded(&self, path: &RepoPath) -> bool {
        self.excluded.is_match(path.as_str())
    }
}

/// A set of the globs that are valid; `/` is matched by `**` alone.
pub fn glob_set<'a>(globs: impl IntoIterator<Item = &'a str>) -> GlobSet {
    let mut builder = GlobSetBuilder::new();
    for glob in globs {
        if let Ok(glob) = Glob::new(glob) {
            builder.add(glob);
        }
    }
    builder.build().unwrap_or_else(|_| GlobSet::empty())
}
