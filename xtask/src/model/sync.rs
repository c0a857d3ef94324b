//! What `sync` means: which folder of the repository goes where in the pod.

use crate::model::environment::Environment;
use crate::model::manifest::{Dev, Manifest, Sync};
use crate::source::{RepoPath, Span};

/// A sync entry with its paths resolved.
#[derive(Clone, Debug)]
pub struct SyncRoot {
    /// The entry; `None` for the default that Okteto takes when `sync` is missing.
    pub entry: Option<Sync>,
    /// The folder on the laptop.
    pub local: Local,
    /// The folder in the pod, normalised; `None` when it depends on an unknown variable.
    pub remote: Option<String>,
}

/// The local side of a sync entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Local {
    /// A path relative to the repository; it may lead out of it.
    Path(RepoPath),
    /// An absolute path, or one below `~`: not of this repository.
    Elsewhere,
    /// It depends on a variable whose value the repository does not tell.
    Unknown,
}

impl Local {
    /// The folder, when it lies in the repository.
    pub fn inside(&self) -> Option<&RepoPath> {
        match self {
            Self::Path(path) if !path.is_outside() => Some(path),
            _ => None,
        }
    }
}

impl SyncRoot {
    /// The part of the repository that a path in the pod stands for.
    pub fn to_local(&self, remote: &str) -> Option<RepoPath> {
        let rest = below(remote, self.remote.as_deref()?)?;
        Some(self.local.inside()?.join(rest))
    }

    /// Where to point: the entry.
    pub fn span(&self) -> Option<Span> {
        self.entry.as_ref().map(|entry| entry.text.span)
    }
}

/// The rest of `path` below `folder`, both absolute and normalised; `""` when equal.
pub fn below<'a>(path: &'a str, folder: &str) -> Option<&'a str> {
    if folder == "/" {
        return Some(path.trim_start_matches('/'));
    }
    match path.strip_prefix(folder)? {
        "" => Some(""),
        rest => rest.strip_prefix('/'),
    }
}

/// An absolute path without empty components, `.` and `..`; no trailing slash.
pub fn normalise_remote(path: &str) -> String {
    format!("/{}", RepoPath::new(path).as_str())
}

/// The sync entries of a dev container as the CLI takes them: with the default `.` → workdir (or
/// `/okteto`) when `sync` is missing. Nothing in hybrid mode, which syncs no files.
pub fn roots(manifest: &Manifest, dev: &Dev, environment: &Environment) -> Vec<SyncRoot> {
    if dev.hybrid {
        return Vec::new();
    }
    match &dev.sync {
        Some(entries) => entries.iter().map(|entry| resolve(manifest, entry, environment)).collect(),
        None => {
            let remote = dev.workdir.as_ref().map_or("/okteto", |workdir| workdir.value.as_str());
            vec![SyncRoot {
                entry: None,
                local: Local::Path(manifest.folder.clone()),
                remote: remote.starts_with('/').then(|| normalise_remote(remote)),
            }]
        }
    }
}

/// One entry, resolved: local paths from the folder of the manifest file itself
/// (okteto/okteto `pkg/model/dev.go`, `loadAbsPaths`).
pub fn resolve(manifest: &Manifest, entry: &Sync, environment: &Environment) -> SyncRoot {
    let local = match environment.expand(&entry.local.value) {
        None => Local::Unknown,
        Some(text) if text.starts_with('/') || text.starts_with('~') || is_windows_path(&text) => {
            Local::Elsewhere
        }
        Some(text) => Local::Path(manifest.folder.join(&text)),
    };
    let remote = environment.expand(&entry.remote.value).filter(|text| text.starts_with('/'));
    SyncRoot { entry: Some(entry.clone()), local, remote: remote.map(|text| normalise_remote(&text)) }
}

/// `C:\code` or `C:/code`.
fn is_windows_path(text: &str) -> bool {
    let mut characters = text.chars();
    let drive = characters.next().is_some_and(|first| first.is_ascii_alphabetic());
    drive && characters.next() == Some(':') && matches!(characters.next(), Some('\\' | '/'))
}

/// Whether the root at `index` lies inside another one: Okteto then gives it no Syncthing folder of its own
/// (okteto/okteto `pkg/syncthing/syncthing.go`).
pub fn is_nested(roots: &[SyncRoot], index: usize) -> bool {
    let Some(Local::Path(own)) = roots.get(index).map(|root| &root.local) else { return false };
    roots.iter().enumerate().any(|(other, root)| match &root.local {
        Local::Path(path) if other != index => own.starts_with(path) && (own != path || other < index),
        _ => false,
    })
}
