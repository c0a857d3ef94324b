//! What Syncthing really syncs: the folders it watches on a laptop, the one `.stignore` of each, and its verdicts
//! there and in the pod.
//!
//! Okteto hands a sync root to Syncthing unless it lies inside another root of the same dev container; then it is
//! only one more mount of the outer root's data, and its own `.stignore` has no effect
//! (okteto/okteto `pkg/syncthing/syncthing.go`). Dev containers that sync the same folder share its `.stignore`.

mod stignore_file;

use crate::config::Config;
use crate::model::environment::Environment;
use crate::model::manifest::{Dev, Manifest};
use crate::model::sync::{self, Local, SyncRoot};
use crate::model::verdict::{Files, Verdict};
use crate::source::{Place, RepoPath};
use std::collections::BTreeMap;

pub use stignore_file::{Side, StignoreFile, UnreadInclude};

/// The name of the file that Syncthing reads, at the top of a folder alone.
pub const STIGNORE: &str = ".stignore";

/// Everything that is synced.
#[derive(Debug, Default)]
pub struct Synced {
    /// The folders that Syncthing watches, sorted by path.
    pub folders: Vec<SyncFolder>,
    /// Roots that are mounts of an outer folder's data.
    pub nested: Vec<NestedRoot>,
    /// Entries whose folder the repository cannot tell: outside of it, or behind an unknown variable.
    pub unknown: Vec<SyncUser>,
}

/// A folder that Syncthing watches.
#[derive(Debug)]
pub struct SyncFolder {
    /// The folder.
    pub path: RepoPath,
    /// The dev containers that sync it, in the order of manifests and entries.
    pub users: Vec<SyncUser>,
    /// Its `.stignore`.
    pub stignore: Stignored,
}

/// The `.stignore` of a folder.
#[derive(Debug)]
pub enum Stignored {
    /// There is none: everything is synced.
    Missing,
    /// What is there cannot be read, or the tree cannot tell (a submodule, a folder behind a link).
    Unknown(String),
    /// The file.
    File(Box<StignoreFile>),
}

/// A dev container that syncs a folder.
#[derive(Clone, Debug)]
pub struct SyncUser {
    /// The manifest's file.
    pub manifest: RepoPath,
    /// The key of the dev container.
    pub dev: String,
    /// Where the key stands.
    pub dev_place: Place,
    /// The sync entry; the key of the dev container where the CLI takes its default.
    pub place: Place,
    /// The folder in the pod; `None` when it depends on an unknown variable.
    pub remote: Option<String>,
}

/// A sync root inside another one of the same dev container.
#[derive(Clone, Debug)]
pub struct NestedRoot {
    /// Its folder.
    pub path: RepoPath,
    /// The folder whose data it is.
    pub outer: RepoPath,
    /// The dev container.
    pub user: SyncUser,
}

impl Synced {
    /// What the dev containers of the manifests sync.
    pub fn resolve(files: Files<'_>, manifests: &[Manifest], config: &Config) -> Self {
        let mut synced = Self::default();
        let mut users: BTreeMap<RepoPath, Vec<SyncUser>> = BTreeMap::new();
        for manifest in manifests {
            let environment = Environment::of(manifest, files.tree, config);
            for dev in &manifest.devs {
                synced.add(&sync::roots(manifest, dev, &environment), manifest, dev, &mut users);
            }
        }
        synced.folders = users
            .into_iter()
            .map(|(path, users)| SyncFolder { stignore: Stignored::read(files, &path), path, users })
            .collect();
        synced
    }

    fn add(
        &mut self,
        roots: &[SyncRoot],
        manifest: &Manifest,
        dev: &Dev,
        users: &mut BTreeMap<RepoPath, Vec<SyncUser>>,
    ) {
        for (index, root) in roots.iter().enumerate() {
            let user = SyncUser {
                manifest: manifest.file.path.clone(),
                dev: dev.name.value.clone(),
                dev_place: manifest.place(dev.name.span),
                place: manifest.place(root.span().unwrap_or(dev.name.span)),
                remote: root.remote.clone(),
            };
            match (root.local.inside(), outer(roots, index)) {
                // The same folder twice is one folder.
                (Some(path), Some(outer)) if path == outer => {}
                (Some(path), Some(outer)) if !outer.is_outside() => {
                    self.nested.push(NestedRoot { path: path.clone(), outer: outer.clone(), user });
                }
                (Some(path), None) => users.entry(path.clone()).or_default().push(user),
                _ => self.unknown.push(user),
            }
        }
    }

    /// The folders that hold `path`; one path may be synced through several.
    pub fn containing<'a>(&'a self, path: &'a RepoPath) -> impl Iterator<Item = &'a SyncFolder> {
        self.folders.iter().filter(move |folder| path.starts_with(&folder.path))
    }

    /// The folder with this path.
    pub fn at(&self, path: &RepoPath) -> Option<&SyncFolder> {
        self.folders.iter().find(|folder| folder.path == *path)
    }
}

/// The outermost root around the one at `index`; an equal one counts when it stands before.
fn outer(roots: &[SyncRoot], index: usize) -> Option<&RepoPath> {
    let own = match &roots.get(index)?.local {
        Local::Path(own) => own,
        Local::Elsewhere | Local::Unknown => return None,
    };
    let around = roots.iter().enumerate().filter_map(|(other, root)| match &root.local {
        Local::Path(path) if own.starts_with(path) && (path != own || other < index) => Some(path),
        _ => None,
    });
    around.min_by_key(|path| path.components().count())
}

impl Stignored {
    fn read(files: Files<'_>, folder: &RepoPath) -> Self {
        let path = folder.join(STIGNORE);
        if files.tree.is_opaque(&path) {
            return Self::Unknown("the tree does not tell what is in this folder".to_owned());
        }
        match files.text(&path) {
            Ok(Some(file)) => Self::File(Box::new(StignoreFile::parse(file, files))),
            Ok(None) => Self::Missing,
            Err(error) => Self::Unknown(error.to_string()),
        }
    }

    /// The file, when there is one that could be read.
    pub fn file(&self) -> Option<&StignoreFile> {
        match self {
            Self::File(file) => Some(file),
            Self::Missing | Self::Unknown(_) => None,
        }
    }
}

impl SyncFolder {
    /// Where its `.stignore` lies, or would.
    pub fn stignore_path(&self) -> RepoPath {
        self.path.join(STIGNORE)
    }

    /// Whether every verdict is certain: there is no `.stignore`, or it and all that it includes could be read.
    pub fn is_known(&self) -> bool {
        match &self.stignore {
            Stignored::Missing => true,
            Stignored::Unknown(_) => false,
            Stignored::File(file) => file.unread.is_empty(),
        }
    }

    /// What a full scan on a Linux laptop makes of a path, which need not exist: the verdict of the outermost
    /// skipped folder above it, or its own. `None` outside this folder.
    pub fn verdict(&self, path: &RepoPath) -> Option<Verdict> {
        self.verdict_on(Side::Linux, path)
    }

    /// As [`SyncFolder::verdict`], on another side.
    pub fn verdict_on(&self, side: Side, path: &RepoPath) -> Option<Verdict> {
        let relative = path.strip_prefix(&self.path)?;
        Some(match &self.stignore {
            Stignored::File(file) => file.tree_verdict(side, relative),
            Stignored::Missing | Stignored::Unknown(_) => StignoreFile::built_in(relative),
        })
    }

    /// The matcher's own verdict, without what the folders above it make of it. `None` outside this folder.
    pub fn own_match(&self, side: Side, path: &RepoPath) -> Option<Verdict> {
        let relative = path.strip_prefix(&self.path)?;
        Some(match &self.stignore {
            Stignored::File(file) => file.own_match(side, relative),
            Stignored::Missing | Stignored::Unknown(_) => StignoreFile::built_in(relative),
        })
    }
}
