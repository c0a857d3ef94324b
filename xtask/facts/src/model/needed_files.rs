//! What an outlet must not keep back: tracked sources of the apps that its consumers serve or build, and what the
//! commands of a remote run name.

use crate::model::apps::Apps;
use crate::model::copies;
use crate::model::manifest::{CommandText, Manifest};
use crate::model::outlets::{Channel, Outlet};
use crate::model::serving::Serving;
use crate::model::workspace::Workspace;
use crate::snapshot::Snapshot;
use crate::source::{Place, RepoPath};
use std::collections::BTreeMap;

/// A folder whose tracked files are needed.
#[derive(Clone, Debug)]
pub struct Need {
    /// The folder.
    pub folder: RepoPath,
    /// Where somebody says so: the sync entry, the `COPY`, the command.
    pub place: Place,
    /// Who needs it: the dev container, the build, the command.
    pub consumer: String,
    /// The app whose dependency the folder is, and where the dependency is declared; `None` for what the consumer
    /// names itself.
    pub through: Option<(String, Place)>,
    /// Whether files of every kind count, not only sources.
    pub everything: bool,
}

/// The models that tell what is needed.
#[derive(Clone, Copy, Debug)]
pub struct Needs<'a> {
    /// The tree.
    pub tree: &'a Snapshot,
    /// Packages and what they depend on.
    pub workspace: &'a Workspace,
    /// The manifests.
    pub manifests: &'a [Manifest],
    /// The apps.
    pub apps: &'a Apps,
    /// Which dev container serves which app.
    pub serving: &'a Serving,
}

impl Needs<'_> {
    /// The folders that an outlet must not keep files of back, each once.
    pub fn of(&self, outlet: &Outlet<'_>) -> Vec<Need> {
        let all = match &outlet.channel {
            Channel::Sync(_) => self.of_sync(outlet),
            Channel::Build(_) => self.of_builds(outlet),
            Channel::Remote(_) => self.of_runs(outlet),
        };
        let mut each: BTreeMap<RepoPath, Need> = BTreeMap::new();
        for need in all {
            // An app in its own right comes before an app that is somebody's dependency.
            match each.get(&need.folder) {
                Some(known) if known.through.is_none() || need.through.is_some() => {}
                _ => drop(each.insert(need.folder.clone(), need)),
            }
        }
        each.into_values().collect()
    }

    fn of_sync(&self, outlet: &Outlet<'_>) -> Vec<Need> {
        let mut needs = Vec::new();
        for consumer in outlet.consumers() {
            let sessions = self.serving.sessions.iter().filter(|session| {
                self.manifests.get(session.manifest).is_some_and(|manifest| {
                    let dev = manifest.devs.get(session.dev);
                    manifest.file.path == consumer.manifest
                        && dev.is_some_and(|dev| dev.name.value == consumer.name)
                })
            });
            for app in sessions.flat_map(|session| &session.apps) {
                needs.extend(self.of_app(app, &consumer.name, &consumer.place));
            }
        }
        needs
    }

    /// An app with its workspace dependencies.
    fn of_app(&self, folder: &RepoPath, consumer: &str, place: &Place) -> Vec<Need> {
        let need = |folder: &RepoPath, through| Need {
            folder: folder.clone(),
            place: place.clone(),
            consumer: consumer.to_owned(),
            through,
            everything: false,
        };
        let mut needs = vec![need(folder, None)];
        let Some(package) = self.workspace.at(folder) else { return needs };
        for dependency in self.workspace.dependencies_of(package) {
            let name = dependency.name.as_ref().map(|name| name.value.as_str());
            let direct = package.dependencies.iter().find(|entry| Some(entry.name.value.as_str()) == name);
            let place =
                direct.map_or_else(|| dependency.place(), |entry| package.file.place(entry.name.span));
            needs.push(need(&dependency.folder, Some((package.label().to_owned(), place))));
        }
        needs
    }

    /// Folders that a Dockerfile copies, as far as they belong to the app that it builds.
    fn of_builds(&self, outlet: &Outlet<'_>) -> Vec<Need> {
        let Channel::Build(builds) = &outlet.channel else { return Vec::new() };
        let mut needs = Vec::new();
        for build in builds {
            let app = self.apps.containing(&build.dockerfile).or_else(|| self.apps.at(&build.context));
            let Some(app) = app else { continue };
            let copied = copies::folders(self.tree, build);
            for mut need in self.of_app(&app.folder, &build.name, &build.place) {
                // A folder that is not copied is not missed.
                let around = copied.iter().find(|copied| need.folder.starts_with(&copied.path));
                let inside = copied.iter().filter(|copied| copied.path.starts_with(&need.folder));
                match around {
                    Some(copied) => {
                        need.place = copied.place.clone();
                        needs.push(need);
                    }
                    None => needs.extend(inside.map(|copied| Need {
                        folder: copied.path.clone(),
                        place: copied.place.clone(),
                        ..need.clone()
                    })),
                }
            }
        }
        needs
    }

    /// Folders of the tree that commands of remote runs name.
    fn of_runs(&self, outlet: &Outlet<'_>) -> Vec<Need> {
        let Channel::Remote(runs) = &outlet.channel else { return Vec::new() };
        let mut needs = Vec::new();
        for run in runs {
            let Some(manifest) = self.manifests.iter().find(|manifest| manifest.file.path == run.manifest)
            else {
                continue;
            };
            for command in commands(manifest, &run.section) {
                needs.extend(self.named_folders(manifest, command, outlet.root, &run.section.to_string()));
            }
        }
        needs
    }

    fn named_folders(
        &self,
        manifest: &Manifest,
        command: &CommandText,
        root: &RepoPath,
        name: &str,
    ) -> Vec<Need> {
        let script = command.script();
        // Somewhere else the words would mean other paths.
        let moves = |word: &str| matches!(word, "cd" | "pushd");
        if script
            .commands
            .iter()
            .any(|command| command.words.first().and_then(|word| word.as_literal()).is_some_and(moves))
        {
            return Vec::new();
        }
        let words = script.commands.iter().flat_map(|command| command.words.iter().skip(1));
        words
            .filter_map(|word| {
                let text =
                    word.as_literal().filter(|text| text.contains('/') && !text.starts_with(['/', '-']))?;
                let folder = root.join(text);
                let is_named = !folder.is_outside() && folder != *root && self.tree.is_dir(&folder);
                is_named.then(|| Need {
                    folder,
                    place: manifest.place(word.span),
                    consumer: name.to_owned(),
                    through: None,
                    everything: true,
                })
            })
            .collect()
    }
}

fn commands<'m>(
    manifest: &'m Manifest,
    section: &crate::syntax::ignore::oktetoignore::Section,
) -> &'m [CommandText] {
    use crate::syntax::ignore::oktetoignore::Section;
    match section {
        Section::Deploy => manifest.deploy.as_ref().map_or(&[], |run| &run.commands),
        Section::Destroy => manifest.destroy.as_ref().map_or(&[], |run| &run.commands),
        Section::Test(name) => manifest
            .tests
            .iter()
            .find(|test| Some(&test.name.value) == name.as_ref())
            .map_or(&[], |test| &test.commands),
    }
}

/// Extensions of sources, manifests and configuration that programs read when they run or are built.
const SOURCES: [&str; 44] = [
    "ts", "tsx", "mts", "cts", "js", "jsx", "mjs", "cjs", "json", "css", "scss", "sass", "less", "html",
    "vue", "svelte", "astro", "mdx", "graphql", "gql", "prisma", "sql", "proto", "yaml", "yml", "toml", "py",
    "go", "rs", "rb", "php", "java", "kt", "cs", "ex", "exs", "erb", "tmpl", "tpl", "gotmpl", "wasm", "mod",
    "sum", "gradle",
];

/// Folders and name parts of what nobody misses in a pod or an image: tests, stories, documentation.
const SIDELINES: [&str; 13] = [
    "test",
    "tests",
    "__tests__",
    "__mocks__",
    "__snapshots__",
    "e2e",
    "cypress",
    "playwright",
    "stories",
    "docs",
    "doc",
    "fixtures",
    "examples",
];

/// Whether a tracked file is source, manifest or configuration by its kind. Tests, stories, settings of editors and
/// linters and files about containers are left out on purpose in many repositories.
pub fn is_source(path: &RepoPath) -> bool {
    let name = path.file_name();
    let words = ["test", "spec", "stories", "story", "cy", "e2e"];
    let aside = name.split('.').skip(1).any(|part| words.contains(&part))
        || path.components().any(|part| SIDELINES.contains(&part) || part.starts_with('.'))
        || [
            "next-env.d.ts",
            "docker-compose",
            "compose.",
            "okteto.",
            "jest.",
            "vitest.",
            "playwright.",
            "cypress.",
            "eslint.",
            "prettier.",
        ]
        .into_iter()
        .any(|start| name.starts_with(start));
    !aside && path.extension().is_some_and(|extension| SOURCES.contains(&extension))
}
