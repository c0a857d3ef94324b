//! All that a rule sees: the snapshot, the configuration, and the models, each built once, on first use.

use crate::config::Config;
use crate::globs::glob_set;
use crate::model::apps::Apps;
use crate::model::argocd::ArgoCd;
use crate::model::chart::Hosts;
use crate::model::classes::Classes;
use crate::model::context::Contexts;
use crate::model::gitignores::Gitignores;
use crate::model::graph::Landscape;
use crate::model::images::{Images, Prefix, Sources};
use crate::model::linked::{self, Linked, Rooted};
use crate::model::manifest::{self, Manifest};
use crate::model::patches::Patches;
use crate::model::pipeline::Pipeline;
use crate::model::runbook::Runbooks;
use crate::model::runbook::stale::{Inputs, References};
use crate::model::secrets::Secrets;
use crate::model::serving::Serving;
use crate::model::synced::Synced;
use crate::model::verdict::Files;
use crate::model::workspace::Workspace;
use crate::snapshot::{Disk, ReadError, Snapshot};
use crate::source::{RepoPath, SourceFile};
use globset::GlobSet;
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
    models: Models,
}

/// The models, each built on first use.
#[derive(Debug, Default)]
struct Models {
    workspace: OnceLock<Workspace>,
    manifests: OnceLock<Manifests>,
    apps: OnceLock<Apps>,
    serving: OnceLock<Serving>,
    gitignores: OnceLock<Gitignores>,
    synced: OnceLock<Synced>,
    contexts: OnceLock<Contexts>,
    classes: OnceLock<Classes>,
    secrets: OnceLock<Secrets>,
    runbooks: OnceLock<Runbooks>,
    references: OnceLock<References>,
    pipeline: OnceLock<Pipeline>,
    argocd: OnceLock<ArgoCd>,
    patches: OnceLock<Patches>,
    hosts: OnceLock<Hosts>,
    images: OnceLock<Images>,
    named: OnceLock<Vec<RepoPath>>,
}

/// The manifests, and the files that have the name of one but no text to read.
#[derive(Debug, Default)]
struct Manifests {
    read: Vec<Manifest>,
    unreadable: Vec<UnreadableManifest>,
}

/// A file where a manifest is expected, without content that could be one.
#[derive(Debug)]
pub struct UnreadableManifest {
    /// Where it lies.
    pub path: RepoPath,
    /// What is in the way.
    pub error: ReadError,
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
    /// [`Facts::runbooks`]
    Runbooks,
    /// [`Facts::pipeline`]
    Pipeline,
    /// [`Facts::argocd`]
    ArgoCd,
    /// [`Facts::patches`]
    Patches,
    /// [`Facts::hosts`]
    Hosts,
    /// [`Facts::images`]
    Images,
    /// [`Facts::references`]
    References,
}

/// What the engine must know of a model.
struct Plan {
    model: Model,
    /// The name in `--timings` and errors.
    name: &'static str,
    made_of: &'static [Model],
    build: fn(&Facts),
}

/// All models, each behind those that it is made of.
#[rustfmt::skip]
const PLANS: &[Plan] = {
    use Model::{Apps, ArgoCd, Classes, Contexts, Gitignores, Hosts, Images, Manifests, Patches, Pipeline, References, Runbooks, Secrets, Serving, Synced, Workspace};
    &[
        Plan { model: Workspace, name: "model/workspace", made_of: &[], build: |facts| { facts.workspace(); } },
        Plan { model: Manifests, name: "model/manifests", made_of: &[Workspace], build: |facts| { facts.manifests(); } },
        Plan { model: Apps, name: "model/apps", made_of: &[Workspace, Manifests], build: |facts| { facts.apps(); } },
        Plan { model: Serving, name: "model/serving", made_of: &[Apps], build: |facts| { facts.serving(); } },
        Plan { model: Gitignores, name: "model/gitignores", made_of: &[], build: |facts| { facts.gitignores(); } },
        Plan { model: Synced, name: "model/synced", made_of: &[Manifests], build: |facts| { facts.synced(); } },
        Plan { model: Contexts, name: "model/contexts", made_of: &[Manifests], build: |facts| { facts.contexts(); } },
        Plan { model: Classes, name: "model/classes", made_of: &[Gitignores, Synced, Contexts], build: |facts| { facts.classes(); } },
        Plan { model: Secrets, name: "model/secrets", made_of: &[], build: |facts| { facts.secrets(); } },
        Plan { model: Pipeline, name: "model/pipeline", made_of: &[], build: |facts| { facts.pipeline(); } },
        Plan { model: ArgoCd, name: "model/argocd", made_of: &[Workspace], build: |facts| { facts.argocd(); } },
        Plan { model: Patches, name: "model/patches", made_of: &[Serving, ArgoCd], build: |facts| { facts.patches(); } },
        Plan { model: Hosts, name: "model/hosts", made_of: &[Workspace], build: |facts| { facts.hosts(); } },
        Plan { model: Images, name: "model/images", made_of: &[Contexts], build: |facts| { facts.images(); } },
        Plan { model: Runbooks, name: "model/runbooks", made_of: &[Manifests], build: |facts| { facts.runbooks(); } },
        Plan { model: References, name: "model/references", made_of: &[Serving, ArgoCd, Runbooks], build: |facts| { facts.references(); } },
    ]
};

impl Model {
    /// All models, each behind those that it is made of.
    pub fn all() -> impl Iterator<Item = Self> {
        PLANS.iter().map(|plan| plan.model)
    }

    fn plan(self) -> Option<&'static Plan> {
        PLANS.iter().find(|plan| plan.model == self)
    }

    /// The name in `--timings` and errors.
    pub fn name(self) -> &'static str {
        self.plan().map_or("model", |plan| plan.name)
    }

    /// The models that this one is made of; theirs follow from them.
    pub fn made_of(self) -> &'static [Self] {
        self.plan().map_or(&[], |plan| plan.made_of)
    }

    /// Builds the model, unless it stands already.
    pub fn build(self, facts: &Facts) {
        if let Some(plan) = self.plan() {
            (plan.build)(facts);
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
            models: Models::default(),
        }
    }

    /// The JavaScript workspace.
    pub fn workspace(&self) -> &Workspace {
        self.models.workspace.get_or_init(|| Workspace::load(&self.tree))
    }

    /// The Okteto manifests, sorted by path; those of parked and excluded code left out.
    pub fn manifests(&self) -> &[Manifest] {
        &self.read_manifests().read
    }

    /// Files and folders with the name of a manifest that cannot be read, sorted by path.
    pub fn unreadable_manifests(&self) -> &[UnreadableManifest] {
        &self.read_manifests().unreadable
    }

    fn read_manifests(&self) -> &Manifests {
        self.models.manifests.get_or_init(|| {
            let mut manifests = Manifests::default();
            for path in self.manifest_files() {
                match self.tree.source(&path) {
                    Ok(file) => manifests.read.extend(Manifest::decode(file)),
                    Err(error) => manifests.unreadable.push(UnreadableManifest { path, error }),
                }
            }
            let folders = manifest::discovery::DISCOVERED.map(RepoPath::new).into_iter();
            let folders = folders.filter(|path| self.tree.is_dir(path) && !self.is_excluded(path));
            manifests
                .unreadable
                .extend(folders.map(|path| UnreadableManifest { path, error: ReadError::NotAFile }));
            manifests
        })
    }

    /// Every file that is a manifest by its name, sorted; those of parked and excluded code left out, and the input of
    /// tests.
    pub fn manifest_files(&self) -> Vec<RepoPath> {
        let workspace = self.workspace();
        let candidates = self.tree.notable().filter_map(|entry| {
            // Cheap refusal first: most of a large tree are no YAML files.
            let is_yaml = entry.path.ends_with(".yml") || entry.path.ends_with(".yaml");
            if !is_yaml || !entry.path.contains("okteto") {
                return None;
            }
            let path = RepoPath::new(entry.path);
            manifest::discovery::role(&path)?;
            let checked = !workspace.is_parked(&path);
            (checked && !self.is_excluded(&path)).then_some(path)
        });
        candidates.collect()
    }

    /// What can be served.
    pub fn apps(&self) -> &Apps {
        self.models.apps.get_or_init(|| Apps::find(&self.tree, self.workspace(), &self.config))
    }

    /// Which dev container serves which app.
    pub fn serving(&self) -> &Serving {
        self.models.serving.get_or_init(|| {
            Serving::resolve(&self.tree, self.workspace(), self.manifests(), self.apps(), &self.config)
        })
    }

    /// The `.gitignore` files of the tree.
    pub fn gitignores(&self) -> &Gitignores {
        self.models.gitignores.get_or_init(|| Gitignores::read(Files::of(&self.tree)))
    }

    /// The folders that Syncthing watches, with their `.stignore`.
    pub fn synced(&self) -> &Synced {
        self.models
            .synced
            .get_or_init(|| Synced::resolve(Files::of(&self.tree), self.manifests(), &self.config))
    }

    /// The contexts of builds and remote runs, with their ignore files.
    pub fn contexts(&self) -> &Contexts {
        self.models
            .contexts
            .get_or_init(|| Contexts::resolve(Files::of(&self.tree), self.manifests(), &self.config))
    }

    /// Files that this repository has or will have and that belong into no cluster, image or commit.
    pub fn classes(&self) -> &Classes {
        self.models.classes.get_or_init(|| {
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
        self.models.secrets.get_or_init(|| Secrets::find(&self.tree, self.changed.as_ref()))
    }

    /// Runbooks, other pages that mention Okteto, and commands in comments, recipes and scripts.
    pub fn runbooks(&self) -> &Runbooks {
        self.models.runbooks.get_or_init(|| {
            let skip = |path: &RepoPath| self.is_excluded(path);
            let mut runbooks = Runbooks::load(&self.tree, self.workspace(), &self.config, &skip);
            runbooks.add_notes(self.workspace(), self.manifests());
            runbooks
        })
    }

    /// Dev containers with all that belongs to them, as regions and `graph` draw them.
    pub fn landscape(&self) -> Landscape<'_> {
        Landscape::new(
            &self.tree,
            &self.config,
            self.workspace(),
            self.manifests(),
            self.apps(),
            self.serving(),
            self.argocd(),
        )
    }

    /// What the pages say and the repository does not have.
    pub fn references(&self) -> &References {
        self.models.references.get_or_init(|| {
            References::find(&Inputs {
                tree: &self.tree,
                config: &self.config,
                workspace: self.workspace(),
                manifests: self.manifests(),
                apps: self.apps(),
                serving: self.serving(),
                argocd: self.argocd(),
                runbooks: self.runbooks(),
            })
        })
    }

    /// The GitLab pipeline.
    pub fn pipeline(&self) -> &Pipeline {
        self.models.pipeline.get_or_init(|| Pipeline::load(&self.tree))
    }

    /// The Argo CD Applications of this repository and of the linked ones; parked code left out.
    pub fn argocd(&self) -> &ArgoCd {
        self.models.argocd.get_or_init(|| {
            let workspace = self.workspace();
            ArgoCd::load(&self.trees(), |path| {
                !path.is_outside() && (workspace.is_parked(path) || self.is_excluded(path))
            })
        })
    }

    /// What dev containers patch of all that Argo CD deploys.
    pub fn patches(&self) -> &Patches {
        self.models
            .patches
            .get_or_init(|| Patches::find(&self.trees(), self.manifests(), self.serving(), self.argocd()))
    }

    /// The public hosts that this repository and the linked ones serve.
    pub fn hosts(&self) -> &Hosts {
        self.models.hosts.get_or_init(|| {
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
        linked::tree_of(&self.trees(), path)
    }

    /// The text of a file of the tree, or of a linked one.
    ///
    /// # Errors
    /// [`ReadError`]
    pub fn source(&self, path: &RepoPath) -> Result<SourceFile, ReadError> {
        let (tree, inner) = self.tree_of(path).ok_or(ReadError::NotFound)?;
        Ok(SourceFile { path: path.clone(), ..tree.source(&inner)? })
    }

    /// The Dockerfiles that are checked.
    pub fn images(&self) -> &Images {
        self.models.images.get_or_init(|| {
            let (workspace, manifests) = (self.workspace(), self.manifests());
            let named = self.models.named.get().map_or(&[] as &[_], Vec::as_slice);
            let sources = Sources { tree: &self.tree, workspace, contexts: self.contexts(), named };
            Images::read(sources, |files| Prefix::choose(&self.config, files, manifests, workspace))
        })
    }

    /// Takes over the paths that were named on the command line, before any model is built: a Dockerfile among
    /// them is checked wherever it lies.
    pub fn name_paths(&self, paths: &[RepoPath]) {
        self.models.named.get_or_init(|| paths.to_vec());
    }

    /// Whether the configuration excludes a path: nothing is reported there.
    pub fn is_excluded(&self, path: &RepoPath) -> bool {
        self.excluded.is_match(path.as_str())
    }
}
