//! All that a rule sees: the snapshot, the configuration, and the models, each built once, on first use.

use crate::config::Config;
use crate::model::apps::Apps;
use crate::model::manifest::{self, Manifest};
use crate::model::serving::Serving;
use crate::model::workspace::Workspace;
use crate::snapshot::{Disk, ReadError, Snapshot};
use crate::source::RepoPath;
use globset::{Glob, GlobSet, GlobSetBuilder};
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
    excluded: GlobSet,
    workspace: OnceLock<Workspace>,
    manifests: OnceLock<Manifests>,
    apps: OnceLock<Apps>,
    serving: OnceLock<Serving>,
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
}

impl Model {
    /// All models, each behind those that it is made of.
    pub const ALL: [Self; 4] = [Self::Workspace, Self::Manifests, Self::Apps, Self::Serving];

    /// The name in `--timings` and errors.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Workspace => "model/workspace",
            Self::Manifests => "model/manifests",
            Self::Apps => "model/apps",
            Self::Serving => "model/serving",
        }
    }

    /// The models that this one is made of.
    pub const fn made_of(self) -> &'static [Self] {
        match self {
            Self::Workspace => &[],
            Self::Manifests => &[Self::Workspace],
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
            excluded,
            workspace: OnceLock::new(),
            manifests: OnceLock::new(),
            apps: OnceLock::new(),
            serving: OnceLock::new(),
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
        }
    }

    /// The JavaScript workspace.
    pub fn workspace(&self) -> &Workspace {
        self.workspace.get_or_init(|| Workspace::load(&self.tree))
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
        self.manifests.get_or_init(|| {
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

    /// Every file that is a manifest by its name, sorted; those of parked and excluded code left out.
    pub fn manifest_files(&self) -> Vec<RepoPath> {
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
        candidates.collect()
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
