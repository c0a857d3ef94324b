//! What `sync` means: which folder of the repository goes where in the pod.

use crate::model::environment::Environment;
use crate::model::manifest::{Dev, Manifest, Sync};
use crate::source::{RepoPath, Span, Spanned};
use crate::syntax::yaml::Node;

/// A sync entry with its paths resolved.
#[derive(Clone, Debug)]
pub struct SyncRoot {
    /// The entry; `None` for the default that Okteto takes when `sync` is missing, and for a `sync` that cannot be read.
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

/// The sync entries of a dev container as the CLI takes them: `LOCAL:REMOTE` of the deprecated `volumes`
/// form included, and with the default `.` → workdir (or `/okteto`) when there is none. Nothing in hybrid
/// mode, which syncs no files.
pub fn roots(manifest: &Manifest, dev: &Dev, environment: &Environment) -> Vec<SyncRoot> {
    if dev.hybrid {
        return Vec::new();
    }
    let written = dev.sync.iter().flatten().cloned().chain(synced_volumes(dev));
    let roots: Vec<SyncRoot> = written.map(|entry| resolve(manifest, &entry, environment)).collect();
    if !roots.is_empty() {
        return roots;
    }
    // Anything but a list of texts is an error of its own; what it means is not known.
    let readable =
        |node: &Node| node.is_null() || node.as_sequence().is_some_and(|list| list.items.is_empty());
    if dev.sync_node.as_ref().is_some_and(|node| !readable(node)) {
        return vec![SyncRoot { entry: None, local: Local::Unknown, remote: None }];
    }
    let remote = dev.workdir.as_ref().map_or("/okteto", |workdir| workdir.value.as_str());
    vec![SyncRoot {
        entry: None,
        local: Local::Path(manifest.folder.clone()),
        remote: remote.starts_with('/').then(|| normalise_remote(remote)),
    }]
}

/// `volumes: [LOCAL:REMOTE]`, the form of CLI 1, which still syncs
/// (okteto/okteto `pkg/model/volumes.go`).
fn synced_volumes(dev: &Dev) -> impl Iterator<Item = Sync> {
    let items = dev.node.get("volumes").map_or(&[] as &[Node], Node::items);
    items.iter().filter_map(|item| {
        let scalar = item.as_scalar()?;
        let (local, remote) = scalar.text.split_once(':')?;
        let part = |start: usize, text: &str| {
            let range = Span::new(start, start + text.len());
            Spanned::new(text.to_owned(), scalar.locate(range, item.span))
        };
        Some(Sync {
            text: item.spanned()?,
            local: part(0, local),
            remote: part(local.len() + 1, remote),
            parts: scalar.text.split(':').count(),
        })
    })
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

/// The root that holds a path of the pod: the deepest one, because nested roots are mounted over their
/// parents.
pub fn holding<'a>(roots: &'a [SyncRoot], remote: &str) -> Option<&'a SyncRoot> {
    let holds =
        roots.iter().filter(|root| root.remote.as_ref().is_some_and(|own| below(remote, own).is_some()));
    holds.max_by_key(|root| root.remote.as_ref().map(String::len))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use crate::snapshot::Snapshot;
    use crate::source::SourceFile;

    fn resolved(path: &str, text: &str) -> Vec<(Local, Option<String>)> {
        let manifest = Manifest::decode(SourceFile::new(path.into(), text)).unwrap();
        let tree = Snapshot::memory([(".env".to_owned(), b"APP=apps/web\n".to_vec())]);
        let environment = Environment::of(&manifest, &tree, &Config::default());
        let roots = roots(&manifest, &manifest.devs[0], &environment);
        roots.into_iter().map(|root| (root.local, root.remote)).collect()
    }

    fn path(text: &str) -> Local {
        Local::Path(text.into())
    }

    #[test]
    fn local_paths_start_at_the_folder_of_the_file() {
        let text =
            "dev:\n  web:\n    sync: ['..:/app/', '.:/a', '../../x:/b', '~/c:/c', '$APP:/d', '$NO:/e']\n";
        let remote = |text: &str| Some(text.to_owned());
        assert_eq!(
            resolved(".okteto/okteto.yml", text),
            [
                (path(""), remote("/app")),
                (path(".okteto"), remote("/a")),
                (path("../x"), remote("/b")),
                (Local::Elsewhere, remote("/c")),
                (path(".okteto/apps/web"), remote("/d")),
                (Local::Unknown, remote("/e")),
            ]
        );
    }

    #[test]
    fn without_sync_the_folder_goes_to_the_workdir() {
        for (sync, workdir) in [("", ""), ("    sync: []\n", ""), ("", "    workdir: /src/\n")] {
            let text = format!("dev:\n  web:\n    image: a\n{sync}{workdir}");
            let remote = if workdir.is_empty() { "/okteto" } else { "/src" };
            assert_eq!(resolved("okteto.yml", &text), [(path(""), Some(remote.to_owned()))]);
        }
        assert_eq!(resolved("okteto.yml", "dev:\n  web:\n    mode: hybrid\n    workdir: web\n"), []);
    }

    #[test]
    fn volumes_of_two_parts_sync_too() {
        let text = "dev:\n  web:\n    volumes: ['.:/app', /cache]\n";
        assert_eq!(resolved("okteto.yml", text), [(path(""), Some("/app".to_owned()))]);
    }

    #[test]
    fn the_deepest_root_holds_a_path() {
        let text = "dev:\n  web:\n    sync: ['.:/app', './packages:/app/packages']\n";
        let manifest = Manifest::decode(SourceFile::new("okteto.yml".into(), text)).unwrap();
        let environment = Environment::default();
        let roots = roots(&manifest, &manifest.devs[0], &environment);
        let local = |remote: &str| holding(&roots, remote)?.to_local(remote);
        assert_eq!(local("/app/packages/ui"), Some("packages/ui".into()));
        assert_eq!(local("/application"), None);
        assert!(is_nested(&roots, 1) && !is_nested(&roots, 0));
    }
}
