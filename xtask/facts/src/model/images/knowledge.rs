//! What files of the build context tell the tools in a Dockerfile.

use crate::model::context::{BuildContext, Builder};
use crate::model::image::{Knowledge, Setting};
use crate::model::workspace::Workspace;
use crate::snapshot::{Entry, Snapshot};
use crate::source::RepoPath;
use crate::syntax::yaml::{Node, Yaml};
use std::collections::BTreeSet;

/// The settings that files at the context's top make. None unless the context is known; of a Dockerfile that nobody
/// builds only the package manager of the project around it.
pub(super) fn of(dockerfile: &RepoPath, builds: &[&BuildContext], tree: &Snapshot) -> Knowledge {
    let around = |folder: RepoPath| Knowledge { has_berry: has_berry(folder, tree), ..Knowledge::default() };
    let Some(first) = builds.first() else {
        return around(dockerfile.parent().unwrap_or_else(RepoPath::root));
    };
    if builds.iter().any(|build| build.context != first.context) {
        return Knowledge::default();
    }
    let mut settings = Vec::new();
    let read = |name: &str| {
        let path = first.context.join(name);
        tree.is_file(&path).then(|| tree.source(&path).ok()).flatten()
    };
    let pnpm = pnpm_major(&first.context, tree);
    // pnpm 9 does not read settings there.
    if pnpm.is_none_or(|major| major >= 10)
        && let Some(source) = read("pnpm-workspace.yaml")
    {
        let yaml = Yaml::parse(&source.text);
        let value = yaml.root().and_then(|root| root.get("storeDir")).and_then(Node::as_str);
        settings.extend(value.map(|value| setting("pnpm-workspace.yaml", "pnpm", "storeDir", value)));
    }
    if let Some(source) = read(".npmrc") {
        for line in source.text.lines() {
            let Some((key, value)) = line.split_once('=') else { continue };
            let (key, value) = (key.trim(), value.trim().trim_matches(['"', '\'']));
            match key {
                "cache" => settings.push(setting(".npmrc", "npm", "cache", value)),
                // pnpm 12 ignores it.
                "store-dir" if pnpm.is_none_or(|major| major < 12) => {
                    settings.push(setting(".npmrc", "pnpm", "store-dir", value));
                }
                _ => {}
            }
        }
    }
    // A value with a variable says nothing here.
    settings.retain(|setting| !setting.value.contains('$'));
    let modules = first.context.join("vendor/modules.txt");
    let is_hidden = |builder| first.verdict(builder, &modules).is_some_and(|verdict| verdict.ignored);
    let is_vendored = tree.is_file(&modules) && !is_hidden(Builder::Okteto) && !is_hidden(Builder::Docker);
    Knowledge { settings, is_vendored, ..around(first.context.clone()) }
}

/// The lockfiles of package managers for JavaScript.
const LOCKFILES: [&str; 6] =
    ["package-lock.json", "npm-shrinkwrap.json", "yarn.lock", "pnpm-lock.yaml", "bun.lock", "bun.lockb"];

/// Whether the project that a folder belongs to pins Yarn 2 or later: by `packageManager`, or by `.yarnrc.yml`, which
/// Yarn 1 does not read. The nearest folder that tells counts.
fn has_berry(folder: RepoPath, tree: &Snapshot) -> bool {
    let told = |folder: &RepoPath| {
        let pinned = package_manager(folder, tree).map(|manager| {
            let version = manager.strip_prefix("yarn@").unwrap_or("1");
            version
                .split('.')
                .next()
                .and_then(|major| major.parse::<u32>().ok())
                .is_none_or(|major| major > 1)
        });
        pinned.or_else(|| tree.is_file(&folder.join(".yarnrc.yml")).then_some(true))
    };
    std::iter::successors(Some(folder), RepoPath::parent).find_map(|folder| told(&folder)).unwrap_or(false)
}

/// `packageManager` of a package.json.
fn package_manager(folder: &RepoPath, tree: &Snapshot) -> Option<String> {
    let source = tree.source(&folder.join("package.json")).ok()?;
    let yaml = crate::syntax::json::parse(&source.text);
    yaml.root()?.get("packageManager").and_then(Node::as_str).map(str::to_owned)
}

/// Lockfiles that are nowhere in the tree, parked code left out, while another one is. With none at all nobody knows.
pub(super) fn absent_lockfiles(tree: &Snapshot, workspace: &Workspace) -> Vec<&'static str> {
    let is_ours = |entry: &Entry<'_>| {
        LOCKFILES.contains(&entry.name()) && !workspace.is_parked(&RepoPath::new(entry.path))
    };
    let present: BTreeSet<&str> = tree.notable().filter(is_ours).map(|entry| entry.name()).collect();
    if present.is_empty() {
        return Vec::new();
    }
    LOCKFILES.into_iter().filter(|name| !present.contains(name)).collect()
}

fn setting(file: &'static str, tool: &str, key: &str, value: &str) -> Setting {
    Setting { tool: tool.to_owned(), key: key.to_owned(), value: value.to_owned(), file }
}

/// The major version of pnpm that `packageManager` pins.
fn pnpm_major(context: &RepoPath, tree: &Snapshot) -> Option<u32> {
    package_manager(context, tree)?.strip_prefix("pnpm@")?.split('.').next()?.parse().ok()
}
