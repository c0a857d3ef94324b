//! Which files are Okteto manifests (okteto/okteto `pkg/discovery`; only the working folder is searched,
//! never its parents).

use super::Role;
use crate::source::RepoPath;

/// Names that the CLI looks for in the working folder, in this order.
pub const DISCOVERED: [&str; 4] = ["okteto.yml", "okteto.yaml", ".okteto/okteto.yml", ".okteto/okteto.yaml"];

/// Names of an old CLI that are looked for behind those, in this order.
pub const LEGACY_PIPELINES: [&str; 8] = [
    "okteto-pipeline.yml",
    "okteto-pipeline.yaml",
    "okteto-pipelines.yml",
    "okteto-pipelines.yaml",
    ".okteto/okteto-pipeline.yml",
    ".okteto/okteto-pipeline.yaml",
    ".okteto/okteto-pipelines.yml",
    ".okteto/okteto-pipelines.yaml",
];

/// Compose and pipeline files that may lie in `.okteto` too.
const OTHER_FORMATS: [&str; 8] = [
    "okteto-stack",
    "stack",
    "okteto-compose",
    "compose",
    "docker-compose",
    "okteto-pipeline",
    "okteto-pipelines",
    "check",
];

/// How the CLI would come to the file, judged by its path; `None` when its name says that it is no
/// manifest. The text decides in the end: see [`super::Manifest::decode`].
pub fn role(path: &RepoPath) -> Option<Role> {
    let name = path.file_name();
    let stem = name.strip_suffix(".yml").or_else(|| name.strip_suffix(".yaml"))?;
    if OTHER_FORMATS.contains(&stem) || stem.starts_with("docker-compose.") || stem.starts_with("compose.") {
        return None;
    }
    // Values of Helm, kept beside the manifests that hand them over.
    if stem == "values" || stem.starts_with("values.") || stem.starts_with("values-") {
        return None;
    }
    let folder = path.parent()?;
    if stem == "okteto" {
        return Some(Role::Discovered);
    }
    let named = stem.starts_with("okteto.") || stem.starts_with("okteto-") || folder.file_name() == ".okteto";
    named.then_some(Role::Named)
}

/// Base of the paths in a manifest, `sync` apart: its folder, or the parent of a folder called `.okteto`.
pub fn base(path: &RepoPath) -> RepoPath {
    let folder = path.parent().unwrap_or_else(RepoPath::root);
    if folder.file_name() == ".okteto" { folder.parent().unwrap_or_else(RepoPath::root) } else { folder }
}
