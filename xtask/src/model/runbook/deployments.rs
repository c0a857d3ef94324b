//! Argo CD Applications and Helm releases, as far as pages speak of them: which release goes with which
//! values into which namespace.

use crate::model::manifest::{Manifest, Text};
use crate::snapshot::Snapshot;
use crate::source::{RepoPath, SourceFile, Span, Spanned};
use crate::syntax::shell;
use crate::syntax::yaml::{Node, Yaml};

/// An Argo CD Application.
#[derive(Clone, Debug)]
pub struct Application {
    /// The file.
    pub file: SourceFile,
    /// `metadata.name`.
    pub name: Text,
    /// `helm.releaseName`, or the name.
    pub release: Text,
    /// `destination.namespace`.
    pub namespace: Option<Text>,
    /// The values files that lie in this repository.
    pub values: Vec<Spanned<RepoPath>>,
    /// What the path of the file says that it is for.
    pub stage: Stage,
}

/// What an Application is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Development.
    Dev,
    /// Production.
    Prod,
    /// Anything else, or unknown.
    Other,
}

/// A release that a manifest's `deploy` installs with Helm.
#[derive(Clone, Debug)]
pub struct Release {
    /// Its name.
    pub name: String,
    /// The values files, from the top level.
    pub values: Vec<Spanned<RepoPath>>,
}

/// The Applications of a tree; templates and files that cannot be read are passed over.
pub fn applications(tree: &Snapshot, skip: &dyn Fn(&RepoPath) -> bool) -> Vec<Application> {
    let mut found = Vec::new();
    for entry in tree.notable() {
        if !(entry.path.ends_with(".yaml") || entry.path.ends_with(".yml"))
            || entry.path.contains("/templates/")
        {
            continue;
        }
        // Applications lie where their path says so; values, charts and lockfiles need not be read.
        let telling = ["argo", "application", "gitops", "apps/"].iter().any(|part| entry.path.contains(part));
        let path = RepoPath::new(entry.path);
        if !telling || skip(&path) {
            continue;
        }
        let Ok(file) = tree.source(&path) else { continue };
        if memchr::memmem::find(file.text.as_bytes(), b"argoproj.io/").is_none() {
            continue;
        }
        let yaml = Yaml::parse(&file.text);
        if yaml.template.is_none() {
            found.extend(yaml.documents.iter().filter_map(|document| application(tree, &file, document)));
        }
    }
    found
}

fn application(tree: &Snapshot, file: &SourceFile, document: &Node) -> Option<Application> {
    if document.get("kind").and_then(Node::as_str) != Some("Application") {
        return None;
    }
    let name = document.at(&["metadata", "name"])?.spanned()?;
    let namespace = document.at(&["spec", "destination", "namespace"]).and_then(Node::spanned);
    let many = document.at(&["spec", "sources"]).map_or(&[] as &[Node], Node::items);
    let mut values = Vec::new();
    let mut release = None;
    for source in document.at(&["spec", "source"]).into_iter().chain(many) {
        let base = source.get("path").and_then(Node::as_str).map_or_else(RepoPath::root, RepoPath::new);
        release = release.or_else(|| source.at(&["helm", "releaseName"]).and_then(Node::spanned));
        for node in source.at(&["helm", "valueFiles"]).map_or(&[] as &[Node], Node::items) {
            let Some(text) = node.as_str() else { continue };
            let path = match text.strip_prefix('$').and_then(|rest| rest.split_once('/')) {
                Some((_, rest)) => RepoPath::new(rest),
                None => base.join(text),
            };
            if tree.is_file(&path) {
                values.push(Spanned::new(path, node.span));
            }
        }
    }
    let release = release.unwrap_or_else(|| name.clone());
    Some(Application { file: file.clone(), stage: stage(&file.path), name, release, namespace, values })
}

fn stage(path: &RepoPath) -> Stage {
    let has = |names: &[&str]| {
        path.components().any(|part| {
            let part = part.split('.').next().unwrap_or(part);
            names.contains(&part) || names.iter().any(|name| part.split('-').any(|word| word == *name))
        })
    };
    if has(&["dev", "development"]) {
        Stage::Dev
    } else if has(&["prod", "production"]) {
        Stage::Prod
    } else {
        Stage::Other
    }
}

/// The releases of a manifest's `deploy`.
pub fn releases(manifest: &Manifest) -> Vec<Release> {
    const VALUES: [&str; 12] = [
        "-n",
        "--namespace",
        "-f",
        "--values",
        "--set",
        "--set-string",
        "--set-file",
        "--set-json",
        "--timeout",
        "--version",
        "--repo",
        "--kube-context",
    ];
    let mut found = Vec::new();
    for command in manifest.deploy.iter().flat_map(|run| &run.commands) {
        let script = command.script();
        for invocation in script.invocations().filter(|invocation| invocation.program == "helm") {
            let arguments = shell::arguments(invocation.args, &VALUES);
            let mut operands = arguments.operands.iter().filter_map(|word| word.as_literal());
            let Some("upgrade" | "install") = operands.next() else { continue };
            let Some(name) = operands.next() else { continue };
            let files = arguments.flags.iter().filter(|flag| matches!(flag.name, "-f" | "--values"));
            let values = files
                .filter_map(|flag| flag.value.as_ref())
                .filter_map(|word| Some((word.as_literal()?, word.span)))
                .map(|(path, span): (&str, Span)| Spanned::new(manifest.base.join(path), span))
                .collect();
            found.push(Release { name: name.to_owned(), values });
        }
    }
    found
}
