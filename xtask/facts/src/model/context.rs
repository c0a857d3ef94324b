//! What is really sent to a build or to a remote run: the context folder, the ignore file in force, its verdicts.
//!
//! Okteto and plain Docker choose the ignore file of a build differently
//! (okteto/okteto `pkg/cmd/build/file.go`; moby/buildkit `frontend/dockerui/config.go`), so every build has two
//! answers. A remote run reads `.oktetoignore` alone, from its own context.

mod build;
mod remote;

use crate::config::Config;
use crate::model::environment::Environment;
use crate::model::manifest::Manifest;
use crate::model::verdict::{DecidedBy, Files, Verdict};
use crate::source::{RepoPath, SourceFile};
use crate::syntax::ignore::EvaluationError;
use crate::syntax::ignore::dockerignore::{self, Dockerignore};
use std::collections::HashMap;
use std::sync::Arc;

pub use build::{BuildContext, BuildOrigin, Builder, DockerfileFound};
pub use remote::{LEGACY_NAME, OktetoignoreFile, RemoteContext};

/// Every folder that is sent somewhere as a context.
#[derive(Debug, Default)]
pub struct Contexts {
    /// The builds, in the order of manifests and entries; then those of Compose files.
    pub builds: Vec<BuildContext>,
    /// Deploy, destroy and tests, in the order of manifests and entries.
    pub remotes: Vec<RemoteContext>,
}

/// A `.dockerignore`, or `<Dockerfile>.dockerignore`.
#[derive(Clone, Debug)]
pub struct DockerignoreFile {
    /// The file.
    pub source: SourceFile,
    /// Its rules; their paths are relative to the context, wherever the file lies.
    pub rules: Dockerignore,
}

/// An ignore file as a consumer finds it.
#[derive(Clone, Debug)]
pub enum Found<T> {
    /// There is none: everything is sent.
    Missing,
    /// What is there cannot be read: nothing is known.
    Unknown(RepoPath, String),
    /// The file.
    File(Arc<T>),
}

impl<T> Found<T> {
    /// The file, when there is one that could be read.
    pub fn file(&self) -> Option<&T> {
        match self {
            Self::File(file) => Some(file),
            Self::Missing | Self::Unknown(..) => None,
        }
    }

    /// Which file cannot be read, and why.
    pub fn failure(&self) -> Option<String> {
        match self {
            Self::Unknown(path, reason) => Some(format!("{path}: {reason}")),
            Self::Missing | Self::File(_) => None,
        }
    }

    /// Whether it is known what is in force.
    pub const fn is_known(&self) -> bool {
        !matches!(self, Self::Unknown(..))
    }
}

impl Contexts {
    /// The contexts of the manifests, and of the Compose files of the tree.
    pub fn resolve(files: Files<'_>, manifests: &[Manifest], config: &Config) -> Self {
        let mut reader = Reader { files, dockerignores: HashMap::new(), oktetoignores: HashMap::new() };
        let mut contexts = Self::default();
        for manifest in manifests {
            let environment = Environment::of(manifest, files.tree, config);
            contexts.builds.extend(build::of_manifest(&mut reader, manifest, &environment));
            contexts.remotes.extend(remote::of_manifest(&mut reader, manifest));
        }
        contexts.builds.extend(build::of_compose_files(&mut reader, manifests));
        contexts
    }
}

/// Reads each ignore file once.
struct Reader<'a> {
    files: Files<'a>,
    dockerignores: HashMap<RepoPath, Found<DockerignoreFile>>,
    oktetoignores: HashMap<RepoPath, Found<OktetoignoreFile>>,
}

impl Reader<'_> {
    fn dockerignore(&mut self, path: &RepoPath) -> Found<DockerignoreFile> {
        let files = self.files;
        let read = || {
            read(files, path, |source| {
                let rules = Dockerignore::parse(&source.text);
                DockerignoreFile { source, rules }
            })
        };
        self.dockerignores.entry(path.clone()).or_insert_with(read).clone()
    }

    fn oktetoignore(&mut self, path: &RepoPath) -> Found<OktetoignoreFile> {
        let files = self.files;
        let read = || read(files, path, OktetoignoreFile::parse);
        self.oktetoignores.entry(path.clone()).or_insert_with(read).clone()
    }
}

fn read<T>(files: Files<'_>, path: &RepoPath, parse: impl FnOnce(SourceFile) -> T) -> Found<T> {
    if path.is_outside() || files.tree.is_opaque(path) {
        return Found::Unknown(path.clone(), "the tree does not tell what is there".to_owned());
    }
    match files.text(path) {
        Ok(Some(source)) => Found::File(Arc::new(parse(source))),
        Ok(None) => Found::Missing,
        Err(error) => Found::Unknown(path.clone(), error.to_string()),
    }
}

/// The verdict of BuildKit's walk with the rule that made it.
pub(crate) fn explain(
    file: &RepoPath,
    rules: &Dockerignore,
    verdict: Result<dockerignore::Verdict, EvaluationError>,
) -> Verdict {
    match verdict {
        Ok(verdict) => {
            let rule = verdict.rule.and_then(|rule| rules.rules().get(rule));
            Verdict::decided(verdict.ignored, rule.map(|rule| DecidedBy::new(file, rule)))
        }
        Err(error) => Verdict::failed(&error),
    }
}
