//! A manifest to start from: a dev container for each app of the workspace.

use crate::facts::Facts;
use crate::git::Git;
use crate::model::apps::App;
use crate::model::servers::{self, Surroundings};
use crate::model::workspace::{Manager, Package};
use std::collections::BTreeSet;

/// Where it is written.
pub const PATH: &str = ".okteto/okteto.yml";

/// The manifest; `None` when no app says how it is served.
pub fn text(git: &Git, facts: &Facts) -> Option<String> {
    let manager = facts.workspace().manager?;
    let served = facts.apps().all.iter().filter_map(|app| {
        let package = facts.workspace().at(&app.folder)?;
        package.script("dev").map(|_| (app, package))
    });
    let mut ports = BTreeSet::new();
    let mut names = BTreeSet::new();
    let containers: String = served
        .filter(|(app, _)| names.insert(label(app.name())))
        .map(|(app, package)| container(facts, manager, app, package, &mut ports))
        .collect();
    if containers.is_empty() {
        return None;
    }
    let name = label(&git.top().file_name()?.to_string_lossy());
    Some(format!(
        "# What `okteto` does with this repository. `sync` starts at this folder (`..` is the repository), every other\n\
         # path at the repository.\nname: {name}\n\ndev:{containers}"
    ))
}

fn container(
    facts: &Facts,
    manager: Manager,
    app: &App,
    package: &Package,
    ports: &mut BTreeSet<u16>,
) -> String {
    let name = label(app.name());
    let frozen = facts.workspace().lockfile.is_some();
    let (image, command) = match (manager, frozen) {
        (Manager::Pnpm, true) => (NODE, "corepack enable && pnpm install --frozen-lockfile && pnpm dev"),
        (Manager::Pnpm, false) => (NODE, "corepack enable && pnpm install && pnpm dev"),
        (Manager::Npm, true) => (NODE, "npm ci && npm run dev"),
        (Manager::Npm, false) => (NODE, "npm install && npm run dev"),
        (Manager::Yarn, _) => (NODE, "corepack enable && yarn install && yarn dev"),
        (Manager::Bun, _) => ("oven/bun:1", "bun install && bun run dev"),
    };
    let mut text = format!(
        "\n  {name}:\n    # Nothing deploys it yet: `okteto up` makes the workload itself.\n    autocreate: true\n    \
         image: {image}\n    workdir: /app/{}\n    command: {command}\n",
        app.folder
    );
    if manager == Manager::Pnpm {
        // The store outlives the pod. Outside /app, or Syncthing would carry it to the laptop.
        text.push_str(
            "    environment:\n      COREPACK_ENABLE_DOWNLOAD_PROMPT: \"0\"\n      npm_config_store_dir: /pnpm/store\n    \
             volumes:\n      # Kept between sessions; outside /app, or it would be synced to the laptop.\n      - /pnpm/store\n",
        );
    }
    text.push_str("    sync:\n      - ..:/app\n");
    if let Some(remote) = port(facts, package) {
        let local = (remote..).find(|port| !ports.contains(port)).unwrap_or(remote);
        ports.insert(local);
        text.push_str(&format!("    forward:\n      - {local}:{remote}\n"));
    }
    text
}

const NODE: &str = "node:22-bookworm";

/// The port that the app's `dev` script binds, where that is certain.
fn port(facts: &Facts, package: &Package) -> Option<u16> {
    let neighbours = facts.tree.children(&package.folder);
    let around = Surroundings { file: &package.file, handed_on: None, port: None, neighbours: &neighbours };
    let found = servers::find(&package.script("dev")?.command.script(), &around);
    found.servers.into_iter().find_map(|server| server.port).map(|port| port.number)
}

/// A name as Kubernetes takes it: lower-case letters, digits and hyphens, at most 63.
fn label(name: &str) -> String {
    let plain: String = name
        .to_lowercase()
        .chars()
        .map(|character| if character.is_ascii_alphanumeric() { character } else { '-' })
        .take(63)
        .collect();
    let plain = plain.trim_matches('-');
    if plain.is_empty() { "app".to_owned() } else { plain.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_labels() {
        for (name, expected) in
            [("Web_Shop", "web-shop"), ("@x/y", "x-y"), ("магазин", "app"), ("a.b", "a-b"), ("-x-", "x")]
        {
            assert_eq!(label(name), expected);
        }
    }
}
