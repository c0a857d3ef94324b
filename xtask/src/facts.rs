//! All that a rule sees: the snapshot, the configuration, and the models, each built once, on first use.

use crate::config::Config;
use crate::model::apps::Apps;
use crate::model::classes::Classes;
use crate::model::context::Contexts;
use crate::model::gitignores::Gitignores;
use crate::model::images::{Images, Prefix, Sources};
use crate::model::manifest::{self, Manifest};
use crate::model::secrets::Secrets;
use crate::model::serving::Serving;
use crate::model::synced::Synced;
use crate::model::verdict::Files;
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
    excluded: GlobSet,
    workspace: OnceLock<Workspace>,
    manifests: OnceLock<Vec<Manifest>>,
    apps: OnceLock<Apps>,
    serving: OnceLock<Serving>,
    gitignores: OnceLock<Gitignores>,
    synced: OnceLock<Synced>,
    contexts: OnceLock<Contexts>,
    classes: OnceLock<Classes>,
    secrets: OnceLock<Secrets>,
    images: OnceLock<Images>,
    named: OnceLock<Vec<RepoPath>>,
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
    /// [`Facts::gitignores`]
    Gitignores,
    /// [`Facts::synced`]
    Synced,
    /// [`Facts::contexts`]
    Contexts,
    /// [`Facts::classes`]
    Classes,
    /// [`Facts::secrets`]
    Secrets,
    /// [`Facts::images`]
    Images,
}

impl Model {
    /// All models, each behind those that it is made of.
    pub const ALL: [Self; 10] = [
        Self::Workspace,
        Self::Manifests,
        Self::Apps,
        Self::Serving,
        Self::Gitignores,
        Self::Synced,
        Self::Contexts,
        Self::Classes,
        Self::Secrets,
        Self::Images,
    ];

    /// The name in `--timings` and errors.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Workspace => "model/workspace",
            Self::Manifests => "model/manifests",
            Self::Apps => "model/apps",
            Self::Serving => "model/serving",
            Self::Gitignores => "model/gitignores",
            Self::Synced => "model/synced",
            Self::Contexts => "model/contexts",
            Self::Classes => "model/classes",
            Self::Secrets => "model/secrets",
            Self::Images => "model/images",
        }
    }

    /// The models that this one is made of.
    pub const fn made_of(self) -> &'static [Self] {
        match self {
            Self::Workspace | Self::Secrets => &[],
            Self::Manifests => &[Self::Workspace],
            Self::Apps => &[Self::Workspace, Self::Manifests],
            Self::Serving => &[Self::Workspace, Self::Manifests, Self::Apps],
            Self::Gitignores => &[],
            Self::Synced | Self::Contexts => &[Self::Workspace, Self::Manifests],
            Self::Images => &[Self::Workspace, Self::Manifests, Self::Contexts],
            Self::Classes => {
                &[Self::Workspace, Self::Manifests, Self::Gitignores, Self::Synced, Self::Contexts]
            }
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
            excluded,
            workspace: OnceLock::new(),
            manifests: OnceLock::new(),
            apps: OnceLock::new(),
            serving: OnceLock::new(),
            gitignores: OnceLock::new(),
            synced: OnceLock::new(),
            contexts: OnceLock::new(),
            classes: OnceLock::new(),
            secrets: OnceLock::new(),
            images: OnceLock::new(),
            named: OnceLock::new(),
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
            Model::Gitignores => {
                self.gitignores();
            }
            Model::Synced => {
                self.synced();
            }
            Model::Contexts => {
                self.contexts();
            }
            Model::Classes => {
                self.classes();
            }
            Model::Secrets => {
                self.secrets();
            }
            Model::Images => {
                self.images();
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

    /// The `.gitignore` files of the tree.
    pub fn gitignores(&self) -> &Gitignores {
        self.gitignores.get_or_init(|| Gitignores::read(Files::of(&self.tree)))
    }

    /// The folders that Syncthing watches, with their `.stignore`.
    pub fn synced(&self) -> &Synced {
        self.synced.get_or_init(|| Synced::resolve(Files::of(&self.tree), self.manifests(), &self.config))
    }

    /// The contexts of builds and remote runs, with their ignore files.
    pub fn contexts(&self) -> &Contexts {
        self.contexts.get_or_init(|| Contexts::resolve(Files::of(&self.tree), self.manifests(), &self.config))
    }

    /// Files that this repository has or will have and that belong into no cluster, image or commit.
    pub fn classes(&self) -> &Classes {
        self.classes.get_or_init(|| {
            Classes::find(
                Files::of(&self.tree),
                self.workspace(),
                self.gitignores(),
                self.synced(),
                self.contexts(),
            )
        })
    }

    /// Private keys, tokens and other credentials in text files.
    pub fn secrets(&self) -> &Secrets {
        self.secrets.get_or_init(|| Secrets::find(&self.tree, self.changed.as_ref()))
    }

    /// The Dockerfiles that are checked.
    pub fn images(&self) -> &Images {
        self.images.get_or_init(|| {
            let (workspace, manifests) = (self.workspace(), self.manifests());
            let named = self.named.get().map_or(&[] as &[_], Vec::as_slice);
            let sources = Sources { tree: &self.tree, workspace, contexts: self.contexts(), named };
            Images::read(sources, |files| Prefix::choose(&self.config, files, manifests, workspace))
        })
    }

    /// Takes over the paths that were named on the command line, before any model is built: a Dockerfile among
    /// them is checked wherever it lies.
    pub fn name_paths(&self, paths: &[RepoPath]) {
        self.named.get_or_init(|| paths.to_vec());
    }

    /// The text of a file of the tree.
    ///
    /// # Errors
    /// [`ReadError`]
    pub fn source(&self, path: &RepoPath) -> Result<SourceFile, ReadError> {
        self.tree.source(path)
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
