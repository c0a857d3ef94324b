//! The variables that a manifest can count on.

use crate::config::Config;
use crate::model::expansion;
use crate::model::manifest::Manifest;
use crate::snapshot::Snapshot;
use crate::source::RepoPath;
use std::collections::BTreeMap;

/// Variables that Okteto sets itself, on the laptop or in what it runs.
pub const BUILT_IN: [&str; 12] = [
    "OKTETO_DOMAIN",
    "OKTETO_NAMESPACE",
    "OKTETO_NAME",
    "OKTETO_USERNAME",
    "OKTETO_REGISTRY_URL",
    "OKTETO_GIT_BRANCH",
    "OKTETO_GIT_COMMIT",
    "OKTETO_IS_PREVIEW_ENVIRONMENT",
    "OKTETO_IS_REDEPLOY",
    "OKTETO_CONTEXT",
    "OKTETO_HOME",
    "OKTETO_FOLDER",
];

/// Variables that every shell of a laptop or a runner has.
const EVERYWHERE: [&str; 9] = ["HOME", "USER", "PATH", "PWD", "SHELL", "HOSTNAME", "CI", "TMPDIR", "LANG"];

/// What is known about variables at a manifest.
#[derive(Debug, Default)]
pub struct Environment {
    /// From `.env` of the working folder: values that certainly hold.
    values: BTreeMap<String, String>,
    /// Names that are set somewhere, to a value that the repository does not tell.
    names: Vec<String>,
}

impl Environment {
    /// The variables at `manifest`. A tracked `.env.example` tells which variables a laptop's `.env` has.
    pub fn of(manifest: &Manifest, tree: &Snapshot, config: &Config) -> Self {
        let mut environment = Self { names: config.variables.clone(), ..Self::default() };
        for folder in [&manifest.base, &RepoPath::root()] {
            if let Ok(file) = tree.source(&folder.join(".env")) {
                environment.values.extend(dotenv(&file.text));
            }
            for (name, is_dir) in tree.children(folder) {
                if !is_dir
                    && name.starts_with(".env.")
                    && let Ok(file) = tree.source(&folder.join(&name))
                {
                    environment.names.extend(dotenv(&file.text).into_iter().map(|(name, _)| name));
                }
            }
        }
        environment
    }

    /// The value of a variable, where the repository tells it.
    pub fn value(&self, name: &str) -> Option<String> {
        self.values.get(name).cloned()
    }

    /// Whether the variable is set somewhere.
    pub fn knows(&self, name: &str) -> bool {
        self.values.contains_key(name) || self.names.iter().any(|known| known == name) || is_always_set(name)
    }

    /// Expands a text as the CLI does. `None` when the outcome depends on a variable whose value the
    /// repository does not tell.
    pub fn expand(&self, text: &str) -> Option<String> {
        let value = |name: &str| self.value(name);
        let (expanded, unset) = expansion::expand(text, &value);
        unset.is_empty().then_some(expanded)
    }
}

/// Whether Okteto, every shell or the CI system sets a variable, whatever the repository says.
pub fn is_always_set(name: &str) -> bool {
    let prefixes = ["OKTETO_BUILD_", "OKTETO_EXTERNAL_", "CI_", "GITHUB_"];
    BUILT_IN.contains(&name)
        || EVERYWHERE.contains(&name)
        || prefixes.iter().any(|prefix| name.starts_with(prefix))
}

/// Names and values of a `.env` file: `NAME=value`, `export NAME=value`, quotes removed.
pub fn dotenv(text: &str) -> Vec<(String, String)> {
    text.lines()
        .filter_map(|line| {
            let line = line.trim_start_matches(crate::source::BOM).trim();
            let line = line.strip_prefix("export ").unwrap_or(line).trim_start();
            let (name, value) = line.split_once('=')?;
            let name = name.trim();
            if !crate::syntax::shell::is_name(name) {
                return None;
            }
            let value = value.trim();
            let quoted = ['"', '\'']
                .into_iter()
                .find_map(|quote| value.strip_prefix(quote)?.split_once(quote).map(|(inside, _)| inside));
            let value = quoted.unwrap_or_else(|| value.split(" #").next().unwrap_or(value).trim_end());
            Some((name.to_owned(), value.to_owned()))
        })
        .collect()
}
