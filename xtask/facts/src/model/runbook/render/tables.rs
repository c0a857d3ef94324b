//! Regions that are tables.

use super::starts::starts;
use super::{FactKind, Rendered, Renderer, Table, Words, code, list};
use crate::model::argocd::Stage;
use crate::model::environment::BUILT_IN;
use crate::model::expansion;
use crate::model::graph::{Entry, Sourced, dockerfile};
use crate::model::image::{Image, Knowledge};
use crate::model::manifest::names::build_variable;
use crate::model::manifest::{Build, Forward, Manifest, Role};
use crate::model::sync::{self, Local, SyncRoot};
use crate::source::{Place, RepoPath, Span};
use crate::syntax::dockerfile::{Dockerfile, Keyword};
use crate::syntax::ignore::stignore::{Platform, Stignore};
use std::collections::BTreeMap;

/// Ports that no browser speaks to.
const NO_HTTP: [u16; 20] = [
    22, 25, 1025, 1433, 2222, 2345, 3306, 4222, 5005, 5432, 5671, 5672, 6379, 9042, 9092, 9229, 9230, 11211,
    27017, 33060,
];

/// Paths that no laptop wants to send, in the order in which people think of them.
const PROBES: [&str; 9] =
    [".git", "node_modules", ".pnpm-store", ".next", ".turbo", "dist", "coverage", ".env", ".env.local"];

impl Renderer<'_> {
    /// One row for each dev container.
    pub(super) fn dev_containers(&self, words: &Words) -> Rendered {
        let mut table = Table::new(&[
            words.app,
            words.package,
            words.dev_container,
            words.workload,
            words.namespace,
            words.synced,
            words.ports,
            words.command,
        ]);
        for entry in &self.landscape.entries {
            table.row(vec![
                apps(entry),
                self.packages(entry),
                with_aliases(entry, words),
                selector(entry),
                sourced(self.landscape.namespace(entry)),
                list(entry.session.roots.iter().map(|root| sync_pair(entry.manifest, root))),
                list(entry.dev.forwards.iter().map(|forward| port_pair(entry.manifest, forward))),
                sourced(entry.command()),
            ]);
        }
        table.render()
    }

    fn packages(&self, entry: &Entry<'_>) -> Rendered {
        list(entry.apps.iter().filter_map(|app| {
            let package = self.landscape.workspace.at(&app.folder)?;
            let name = package.name.as_ref()?;
            Some(code(&name.value, Some(package.file.place(name.span))))
        }))
    }

    /// One row for each forwarded port.
    pub(super) fn ports(&self, words: &Words) -> Rendered {
        let mut table = Table::new(&[words.app, words.dev_container, words.on_laptop, words.in_container]);
        for entry in &self.landscape.entries {
            for forward in &entry.dev.forwards {
                let mut remote = Rendered::default();
                let place = Some(entry.manifest.place(forward.remote.span));
                remote.fact(&forward.remote.value.to_string(), place, FactKind::RemotePort);
                if let Some(service) = &forward.service {
                    remote.push(&format!(" (`{service}`)"));
                }
                table.row(vec![apps(entry), name(entry), local_address(entry.manifest, forward), remote]);
            }
        }
        table.render()
    }

    /// One row for each sync root.
    pub(super) fn sync(&self, words: &Words) -> Rendered {
        let mut table = Table::new(&[
            words.dev_container,
            words.on_laptop,
            words.in_container,
            words.ignore_file,
            words.not_sent,
        ]);
        for entry in &self.landscape.entries {
            let roots = &entry.session.roots;
            for (index, root) in roots.iter().enumerate() {
                let place = root.entry.as_ref().map(|entry_| entry.manifest.place(entry_.local.span));
                let remote_place = root.entry.as_ref().map(|entry_| entry.manifest.place(entry_.remote.span));
                let remote =
                    root.remote.as_ref().map_or_else(Rendered::default, |remote| code(remote, remote_place));
                let (file, ignored) = self.ignored(roots, index);
                table.row(vec![name(entry), code(&local_text(root), place), remote, file, ignored]);
            }
        }
        table.render()
    }

    /// The ignore file in force in a sync root, and what it keeps on the laptop.
    fn ignored(&self, roots: &[SyncRoot], index: usize) -> (Rendered, Rendered) {
        let Some(folder) = roots.get(index).and_then(|root| root.local.inside()) else {
            return Default::default();
        };
        // A root inside another one has no Syncthing folder of its own.
        let outer = roots
            .iter()
            .filter_map(|root| root.local.inside())
            .filter(|other| folder.starts_with(other))
            .min_by_key(|other| other.as_str().len());
        let live = if sync::is_nested(roots, index) { outer.unwrap_or(folder) } else { folder };
        let path = live.join(".stignore");
        let Ok(file) = self.tree.source(&path) else { return Default::default() };
        let mut includes = |including: &str, name: &str| {
            let base = RepoPath::new(including).parent().unwrap_or_else(RepoPath::root);
            let path = base.join(name);
            let text = self.tree.source(&path).map_err(|_| "file not found".to_owned())?;
            Ok(crate::syntax::ignore::stignore::Include {
                key: path.to_string(),
                text: text.text.to_string(),
            })
        };
        let rules = Stignore::parse(path.as_str(), &file.text, Platform::Linux, &mut includes);
        let prefix = folder.strip_prefix(live).unwrap_or("");
        let probes = PROBES.iter().filter(|probe| {
            let path = if prefix.is_empty() { (**probe).to_owned() } else { format!("{prefix}/{probe}") };
            rules.tree_verdict(&path).is_ok_and(|verdict| verdict.ignored)
        });
        let probes = probes.map(|probe| code(probe, Some(Place::top(&path))));
        (code(path.as_str(), Some(Place::top(&path))), list(probes))
    }

    /// One row for each build.
    pub(super) fn builds(&self, words: &Words) -> Rendered {
        let mut table =
            Table::new(&[words.build, words.context, "Dockerfile", "Stage", words.caches, words.variable]);
        let mut rows: Vec<(&str, Vec<Rendered>)> = Vec::new();
        for manifest in self.landscape.manifests {
            for build in &manifest.builds {
                let place = |text: &Option<crate::model::manifest::Text>| {
                    Some(manifest.place(text.as_ref().map_or(build.name.span, |text| text.span)))
                };
                let dockerfile = self.dockerfile(manifest, build);
                let stage = build
                    .target
                    .as_ref()
                    .map(|target| code(&target.value, Some(manifest.place(target.span))));
                let variable = format!("OKTETO_BUILD_{}_IMAGE", build_variable(&build.name.value));
                rows.push((
                    build.name.value.as_str(),
                    vec![
                        code(&build.name.value, Some(manifest.place(build.name.span))),
                        code(&manifest.base.join(build.context_text()).to_string(), place(&build.context)),
                        code(&dockerfile.to_string(), place(&build.dockerfile)),
                        stage.unwrap_or_default(),
                        self.caches(&dockerfile),
                        code(&variable, Some(manifest.place(build.name.span))),
                    ],
                ));
            }
        }
        rows.sort_by_key(|(name, _)| *name);
        rows.into_iter().for_each(|(_, row)| table.row(row));
        table.render()
    }

    /// Where a build's Dockerfile lies: in the context, or, as the CLI also tries, from the base.
    pub(super) fn dockerfile(&self, manifest: &Manifest, build: &Build) -> RepoPath {
        let in_context = dockerfile(manifest, build);
        let from_base = manifest.base.join(build.dockerfile_text());
        if !self.tree.is_file(&in_context) && self.tree.is_file(&from_base) { from_base } else { in_context }
    }

    /// The ids of the cache mounts of a Dockerfile. That there are no more of them is a fact of all places where one
    /// could stand: the heads of its `RUN`s, and of what may be a misspelt one.
    fn caches(&self, path: &RepoPath) -> Rendered {
        let Ok(file) = self.tree.source(path) else { return Rendered::default() };
        let dockerfile = Dockerfile::parse(file.text.clone());
        let image = Image::new(&dockerfile, &Knowledge::default());
        let mut seen: Vec<(String, Span)> = Vec::new();
        for id in image.runs.iter().flat_map(|run| &run.mounts).filter_map(|mount| mount.id.as_ref()) {
            if !seen.iter().any(|(known, _)| *known == id.value) {
                seen.push((id.value.clone(), id.span));
            }
        }
        let mut ids = list(seen.iter().map(|(id, span)| code(id, Some(file.place(*span)))));
        for instruction in &dockerfile.instructions {
            if matches!(instruction.keyword, Some(Keyword::Run | Keyword::Onbuild) | None) {
                let start = instruction.keyword_span.start;
                let head = Span::new(start, instruction.insertion.max(start));
                ids.fact("", Some(file.place(head)), FactKind::Other);
            }
        }
        ids
    }

    /// One row for each app.
    pub(super) fn namespaces(&self, words: &Words) -> Rendered {
        let mut table = Table::new(&[words.app, "Dev", "Prod"]);
        for app in &self.landscape.apps.all {
            let dev = self.landscape.of_app(app).find_map(|entry| self.landscape.namespace(entry));
            let dev = dev.or_else(|| self.landscape.namespace_in(app, Stage::Dev));
            let prod = self.landscape.namespace_in(app, Stage::Prod);
            if dev.is_some() || prod.is_some() {
                table.row(vec![code(app.name(), Some(app.place.clone())), sourced(dev), sourced(prod)]);
            }
        }
        table.render()
    }

    /// One row for each manifest that the CLI does not find on its own.
    pub(super) fn catalog(&self, words: &Words) -> Rendered {
        let mut table = Table::new(&[words.manifest, words.starts, words.command]);
        for manifest in self.landscape.manifests.iter().filter(|manifest| manifest.role == Role::Named) {
            let path = manifest.file.path.as_str();
            let verb = if manifest.deploy.is_some() || manifest.devs.is_empty() { "deploy" } else { "up" };
            table.row(vec![
                code(path, Some(Place::top(&manifest.file.path))),
                starts(manifest),
                code(&format!("okteto {verb} -f {path}"), Some(Place::top(&manifest.file.path))),
            ]);
        }
        if table.is_empty() {
            let mut out = Rendered::default();
            out.push(&format!("{}\n", words.nothing));
            return out;
        }
        table.render()
    }

    /// One row for each variable that a manifest expands.
    pub(super) fn variables(&self, words: &Words) -> Rendered {
        let mut found: BTreeMap<String, (Place, RepoPath, Option<String>, String)> = BTreeMap::new();
        for manifest in self.landscape.manifests {
            let environment = self.environment(manifest);
            for reference in expansion::scan(&manifest.file.text).references {
                let name = &reference.name;
                let ordinary = name.starts_with(|first: char| first.is_ascii_uppercase())
                    && !name.starts_with("OKTETO_BUILD_");
                let commented =
                    manifest.yaml.comments.iter().any(|comment| comment.span.contains(reference.span));
                if !ordinary || commented {
                    continue;
                }
                let written = reference.span.slice(&manifest.file.text);
                let default = written.split_once(":-").map(|(_, rest)| rest.trim_end_matches('}').to_owned());
                let by = if BUILT_IN.contains(&name.as_str()) {
                    "Okteto".to_owned()
                } else if environment.value(name).is_some() {
                    "`.env`".to_owned()
                } else if environment.knows(name) {
                    words.outside.to_owned()
                } else {
                    String::new()
                };
                let place = manifest.place(reference.name_span);
                found.entry(name.clone()).or_insert_with(|| (place, manifest.file.path.clone(), default, by));
            }
        }
        let mut table = Table::new(&[words.variable, words.manifest, words.set_by]);
        for (name, (place, path, default, by)) in found {
            let mut origin = Rendered::default();
            origin.push(&by);
            if let Some(default) = default {
                let separator = if by.is_empty() { "" } else { ", " };
                origin.push(&format!("{separator}{} `{default}`", words.default));
            }
            table.row(vec![code(&name, Some(place)), code(path.as_str(), Some(Place::top(&path))), origin]);
        }
        if table.is_empty() {
            let mut out = Rendered::default();
            out.push(&format!("{}\n", words.nothing));
            return out;
        }
        table.render()
    }
}

/// The apps of a dev container.
pub(super) fn apps(entry: &Entry<'_>) -> Rendered {
    list(entry.apps.iter().map(|app| code(app.name(), Some(app.place.clone()))))
}

/// The key of a dev container.
pub(super) fn name(entry: &Entry<'_>) -> Rendered {
    code(&entry.dev.name.value, Some(entry.manifest.place(entry.dev.name.span)))
}

fn with_aliases(entry: &Entry<'_>, words: &Words) -> Rendered {
    let mut cell = name(entry);
    for alias in &entry.aliases {
        cell.push(&format!(", {} ", words.alias));
        cell.append(&code(&alias.name.value, Some(entry.manifest.place(alias.name.span))));
    }
    cell
}

fn selector(entry: &Entry<'_>) -> Rendered {
    list(entry.dev.selector.iter().map(|(label, value)| {
        code(&format!("{}={}", label.value, value.value), Some(entry.manifest.place(value.span)))
    }))
}

/// A code span, or an empty cell.
pub(super) fn sourced(text: Option<Sourced>) -> Rendered {
    text.map_or_else(Rendered::default, |(text, place)| code(&text, place))
}

/// The local side of a sync root, from the top level.
fn local_text(root: &SyncRoot) -> String {
    match (&root.local, &root.entry) {
        (Local::Path(path), _) => path.to_string(),
        (_, Some(entry)) => entry.local.value.clone(),
        (_, None) => String::new(),
    }
}

/// `LOCAL` → `REMOTE`
pub(super) fn sync_pair(manifest: &Manifest, root: &SyncRoot) -> Rendered {
    let place = |span: Option<Span>| span.map(|span| manifest.place(span));
    let mut pair = code(&local_text(root), place(root.entry.as_ref().map(|entry| entry.local.span)));
    pair.push(" → ");
    let remote = match (&root.remote, &root.entry) {
        (Some(remote), _) => remote.clone(),
        (None, Some(entry)) => entry.remote.value.clone(),
        (None, None) => String::new(),
    };
    pair.append(&code(&remote, place(root.entry.as_ref().map(|entry| entry.remote.span))));
    pair
}

fn port_pair(manifest: &Manifest, forward: &Forward) -> Rendered {
    let mut pair = Rendered::default();
    pair.fact(
        &forward.local.value.to_string(),
        Some(manifest.place(forward.local.span)),
        FactKind::LocalPort,
    );
    pair.push(" → ");
    pair.fact(
        &forward.remote.value.to_string(),
        Some(manifest.place(forward.remote.span)),
        FactKind::RemotePort,
    );
    pair
}

/// The address under which a forwarded port answers on the laptop.
pub(super) fn local_address(manifest: &Manifest, forward: &Forward) -> Rendered {
    let port = forward.local.value;
    let place = Some(manifest.place(forward.local.span));
    let http = !NO_HTTP.contains(&forward.remote.value) && !NO_HTTP.contains(&port);
    let mut cell = Rendered::default();
    cell.push(if http { "<http://localhost:" } else { "`localhost:" });
    cell.fact(&port.to_string(), place, FactKind::LocalPort);
    cell.push(if http { ">" } else { "`" });
    cell
}
