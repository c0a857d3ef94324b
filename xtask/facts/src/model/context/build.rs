//! Build contexts.

use super::{DockerignoreFile, Found, Reader, explain};
use crate::model::environment::Environment;
use crate::model::manifest::{Build, Manifest};
use crate::model::verdict::Verdict;
use crate::snapshot::Snapshot;
use crate::source::{Place, RepoPath};
use crate::syntax::ignore::dockerignore::Dockerignore;
use crate::syntax::yaml::{Node, Yaml};

/// Who builds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Builder {
    /// `okteto build`.
    Okteto,
    /// Docker or BuildKit itself, as in CI.
    Docker,
}

impl Builder {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Okteto, Self::Docker];

    /// The name in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Okteto => "okteto",
            Self::Docker => "docker",
        }
    }
}

/// What asks for a build.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BuildOrigin {
    /// An entry of `build` of a manifest.
    Manifest,
    /// A service of a Compose file.
    Compose,
}

/// How a Dockerfile was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DockerfileFound {
    /// Relative to the context.
    InContext,
    /// Only relative to the working folder: Okteto takes it with a warning.
    InWorkingFolder,
    /// Relative to both; Okteto takes the one of the context, with a warning.
    Twice,
    /// Nowhere.
    Nowhere,
}

/// A build with its context.
#[derive(Clone, Debug)]
pub struct BuildContext {
    /// What asks for it.
    pub origin: BuildOrigin,
    /// The manifest, or the Compose file.
    pub manifest: RepoPath,
    /// The key of the build, or of the service.
    pub name: String,
    /// Where the key stands.
    pub place: Place,
    /// Where the context is written; the key where it is not.
    pub context_place: Place,
    /// The folder that is sent.
    pub context: RepoPath,
    /// The Dockerfile; when it is nowhere, where it is expected.
    pub dockerfile: RepoPath,
    /// How it was found.
    pub dockerfile_found: DockerfileFound,
    /// The ignore file that Okteto uses.
    pub okteto: Found<DockerignoreFile>,
    /// The ignore file that Docker uses.
    pub docker: Found<DockerignoreFile>,
}

impl BuildContext {
    /// The ignore file in force for a builder.
    pub const fn ignore_file(&self, builder: Builder) -> &Found<DockerignoreFile> {
        match builder {
            Builder::Okteto => &self.okteto,
            Builder::Docker => &self.docker,
        }
    }

    /// The rules in force for a builder.
    pub fn rules(&self, builder: Builder) -> Option<&Dockerignore> {
        self.ignore_file(builder).file().map(|file| &file.rules)
    }

    /// Whether a builder leaves a path out, with the walk that decides what is sent. `None` outside the context.
    pub fn verdict(&self, builder: Builder, path: &RepoPath) -> Option<Verdict> {
        let relative = path.strip_prefix(&self.context)?;
        let Some(file) = self.ignore_file(builder).file() else { return Some(Verdict::default()) };
        Some(explain(&file.source.path, &file.rules, file.rules.verdict(relative)))
    }

    /// Whether Okteto and Docker read different files, or only one of them reads any.
    pub fn builders_disagree(&self) -> bool {
        let path = |builder| self.ignore_file(builder).file().map(|file| &file.source.path);
        path(Builder::Okteto) != path(Builder::Docker)
    }
}

/// Where the ignore files of a build may lie, each builder's in the order in which it looks.
fn candidates(builder: Builder, context: &RepoPath, dockerfile: &RepoPath) -> Vec<RepoPath> {
    let own = RepoPath::new(&format!("{}.dockerignore", dockerfile.as_str()));
    let beside = dockerfile.parent().unwrap_or_else(RepoPath::root).join(".dockerignore");
    let root = context.join(".dockerignore");
    match builder {
        Builder::Okteto => vec![own, beside, root],
        Builder::Docker => vec![own, root],
    }
}

/// The builds of a manifest whose context is a folder of the repository.
pub(super) fn of_manifest(
    reader: &mut Reader<'_>,
    manifest: &Manifest,
    environment: &Environment,
) -> Vec<BuildContext> {
    let one = |build: &Build| {
        let context = folder(&manifest.base, &environment.expand(build.context_text())?)?;
        let dockerfile = environment.expand(build.dockerfile_text())?;
        let (dockerfile, dockerfile_found) = dockerfile_of(reader, manifest, &context, &dockerfile)?;
        let place = manifest.place(build.name.span);
        Some(BuildContext {
            origin: BuildOrigin::Manifest,
            manifest: manifest.file.path.clone(),
            name: build.name.value.clone(),
            context_place: build
                .context
                .as_ref()
                .map_or_else(|| place.clone(), |text| manifest.place(text.span)),
            place,
            okteto: ignore_file(reader, Builder::Okteto, &context, &dockerfile),
            docker: ignore_file(reader, Builder::Docker, &context, &dockerfile),
            context,
            dockerfile,
            dockerfile_found,
        })
    };
    manifest.builds.iter().filter_map(one).collect()
}

/// A folder of the repository that a text names; `None` for URLs, absolute paths and what leads out.
fn folder(base: &RepoPath, text: &str) -> Option<RepoPath> {
    let elsewhere = text.contains("://") || text.starts_with(['/', '~']) || text.starts_with("git@");
    let path = base.join(text);
    (!elsewhere && !path.is_outside()).then_some(path)
}

/// `pkg/cmd/build`: relative to the context; where that is no file, relative to the working folder.
fn dockerfile_of(
    reader: &Reader<'_>,
    manifest: &Manifest,
    context: &RepoPath,
    text: &str,
) -> Option<(RepoPath, DockerfileFound)> {
    let in_context = folder(context, text)?;
    let in_base = folder(&manifest.base, text);
    let exists = |path: &RepoPath| reader.files.is_file(path);
    let in_base = in_base.filter(|path| exists(path));
    Some(match (exists(&in_context), in_base) {
        (true, Some(other)) if other != in_context => (in_context, DockerfileFound::Twice),
        (true, _) => (in_context, DockerfileFound::InContext),
        (false, Some(other)) => (other, DockerfileFound::InWorkingFolder),
        (false, None) => (in_context, DockerfileFound::Nowhere),
    })
}

/// The first of the candidates that is there.
fn ignore_file(
    reader: &mut Reader<'_>,
    builder: Builder,
    context: &RepoPath,
    dockerfile: &RepoPath,
) -> Found<DockerignoreFile> {
    candidates(builder, context, dockerfile)
        .iter()
        .map(|path| reader.dockerignore(path))
        .find(|found| !matches!(found, Found::Missing))
        .unwrap_or(Found::Missing)
}

/// Names under which Compose and Okteto look for a Compose file.
const COMPOSE_NAMES: [&str; 8] = [
    "compose.yml",
    "compose.yaml",
    "docker-compose.yml",
    "docker-compose.yaml",
    "okteto-compose.yml",
    "okteto-compose.yaml",
    "okteto-stack.yml",
    "okteto-stack.yaml",
];

/// The builds of the Compose files at usual places and of those that `deploy.compose` names.
pub(super) fn of_compose_files(reader: &mut Reader<'_>, manifests: &[Manifest]) -> Vec<BuildContext> {
    let named = manifests.iter().flat_map(|manifest| {
        let texts = manifest.deploy.iter().flat_map(|deploy| &deploy.compose);
        texts.filter_map(|text| folder(&manifest.base, &text.value))
    });
    let usual = COMPOSE_NAMES.iter().map(|name| RepoPath::new(name));
    let mut paths: Vec<RepoPath> = named.chain(usual).collect();
    paths.sort();
    paths.dedup();
    let okteto = !manifests.is_empty() || has_okteto_files(reader.files.tree);
    let builder = |path: &RepoPath| {
        if okteto || path.file_name().starts_with("okteto-") { Builder::Okteto } else { Builder::Docker }
    };
    paths.iter().flat_map(|path| of_compose_file(reader, path, builder(path))).collect()
}

/// Whether files that only Okteto reads say that its CLI is used here, although no manifest does.
fn has_okteto_files(tree: &Snapshot) -> bool {
    tree.notable().any(|entry| matches!(entry.name(), ".stignore" | ".oktetoignore"))
}

/// The builds of one Compose file. Where only Docker uses it, the ignore file is Docker's for everybody.
fn of_compose_file(reader: &mut Reader<'_>, path: &RepoPath, builder: Builder) -> Vec<BuildContext> {
    let Ok(Some(file)) = reader.files.text(path) else { return Vec::new() };
    let yaml = Yaml::parse(&file.text);
    let base = path.parent().unwrap_or_else(RepoPath::root);
    let services = yaml.root().and_then(|root| root.get("services")).map_or(&[] as &[_], Node::entries);
    let one = |entry: &crate::syntax::yaml::Entry| {
        let build = entry.value.get("build")?;
        let context_node = if build.as_str().is_some() { Some(build) } else { build.get("context") };
        let text = |node: Option<&Node>, default: &'static str| {
            let text = node.map_or(Some(default), Node::as_str)?;
            (!text.contains('$')).then(|| text.to_owned())
        };
        let context = folder(&base, &text(context_node, ".")?)?;
        let dockerfile = folder(&context, &text(build.get("dockerfile"), "Dockerfile")?)?;
        let exists = reader.files.is_file(&dockerfile);
        let place = file.place(entry.key.span);
        Some(BuildContext {
            origin: BuildOrigin::Compose,
            manifest: path.clone(),
            name: entry.key.value.to_string(),
            context_place: context_node.map_or_else(|| place.clone(), |node| file.place(node.site())),
            place,
            okteto: ignore_file(reader, builder, &context, &dockerfile),
            docker: ignore_file(reader, Builder::Docker, &context, &dockerfile),
            context,
            dockerfile,
            dockerfile_found: if exists { DockerfileFound::InContext } else { DockerfileFound::Nowhere },
        })
    };
    services.iter().filter_map(one).collect()
}
