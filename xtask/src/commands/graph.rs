//! `cargo xtask graph`: apps, packages, dev containers, workloads, namespaces, ports and builds in one picture.

use super::terminal::Terminal;
use super::{Exit, UsageError, open};
use crate::cli::{Global, Graph, GraphFormat};
use crate::facts::Facts;
use crate::model::apps::App;
use crate::model::graph::Labels;
use crate::suggest::closest;

/// Prints the diagram.
pub fn run(global: &Global, args: &Graph, terminal: &Terminal) -> anyhow::Result<Exit> {
    let git = open::repository(global)?;
    let tree = open::snapshot(&git, &args.tree)?;
    open::require_configuration(&git, &tree)?;
    let facts = open::facts(&git, tree)
        .map_err(|_| UsageError("the configuration is broken: `cargo xtask check` says where".to_owned()))?;
    let app = args.app.as_deref().map(|name| find(&facts, name)).transpose()?;
    let graph = facts.landscape().graph(app);
    facts.tree.require_contents(&git)?;
    match args.format {
        GraphFormat::Mermaid => terminal.out(&graph.mermaid(&Labels::ENGLISH)),
        GraphFormat::Json => terminal.out(&format!("{}\n", serde_json::to_string_pretty(&graph.json())?)),
    }
    Ok(Exit::Clean)
}

/// The app that was asked for: by folder, folder's name, or package.
fn find<'a>(facts: &'a Facts, name: &str) -> Result<&'a App, UsageError> {
    let wanted = name.trim_end_matches('/');
    let full = |app: &App| {
        facts
            .workspace()
            .at(&app.folder)
            .and_then(|package| package.name.as_ref())
            .is_some_and(|name| name.value == wanted)
    };
    let all = &facts.apps().all;
    let found = all.iter().find(|app| {
        app.folder.as_str() == wanted
            || app.name() == wanted
            || app.package.as_deref() == Some(wanted)
            || full(app)
    });
    found.ok_or_else(|| {
        let hint = match closest(wanted, all.iter().map(App::name)) {
            Some(near) => format!("did you mean `{near}`?"),
            None if all.is_empty() => "there are no apps".to_owned(),
            None => format!("there are {}", all.iter().map(App::name).collect::<Vec<_>>().join(", ")),
        };
        UsageError(format!("there is no app `{name}`; {hint}"))
    })
}
