//! The view as nodes and edges: Mermaid for people, JSON for scripts.

use super::Landscape;
use crate::model::apps::App;
use crate::model::serving::instance;
use serde_json::{Value, json};
use std::collections::{BTreeSet, HashMap};
use std::fmt::Write as _;

/// Nodes and edges, in a stable order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Graph {
    /// The things.
    pub nodes: Vec<Node>,
    /// How they hang together.
    pub edges: Vec<Edge>,
}

/// A thing.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Node {
    /// What it is.
    pub kind: Kind,
    /// Its name, unique among its kind.
    pub name: String,
    /// The file in which it is written down, if there is one.
    pub path: Option<String>,
}

/// What a node stands for, in the order in which the diagram reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A workspace package that is no app.
    Package,
    /// An app.
    App,
    /// A build of a manifest.
    Build,
    /// A dev container.
    Dev,
    /// What a dev container replaces: the selected labels.
    Workload,
    /// A namespace.
    Namespace,
    /// A port on the laptop.
    Port,
}

/// A directed connection between two nodes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Edge {
    /// Index of the first node.
    pub from: usize,
    /// Index of the second node.
    pub to: usize,
    /// What the first does to the second.
    pub label: &'static str,
}

impl Kind {
    /// All kinds.
    const ALL: [Self; 7] =
        [Self::Package, Self::App, Self::Build, Self::Dev, Self::Workload, Self::Namespace, Self::Port];

    /// The name in JSON and the class in Mermaid.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Package => "package",
            Self::App => "app",
            Self::Build => "build",
            Self::Dev => "dev-container",
            Self::Workload => "workload",
            Self::Namespace => "namespace",
            Self::Port => "port",
        }
    }

    /// The word above the name in the diagram: one name may be an app, a build and a namespace.
    const fn word(self) -> &'static str {
        match self {
            Self::Dev => "dev container",
            Self::Port => "on the laptop",
            other => other.name(),
        }
    }

    /// The brackets of the node's shape.
    const fn shape(self) -> (&'static str, &'static str) {
        match self {
            Self::Package => ("[", "]"),
            Self::App => ("[[", "]]"),
            Self::Build => ("[/", "/]"),
            Self::Dev => ("([", "])"),
            Self::Workload => ("{{", "}}"),
            Self::Namespace => ("[(", ")]"),
            Self::Port => (">", "]"),
        }
    }

    /// Fill and border, readable on light and on dark pages.
    const fn colours(self) -> (&'static str, &'static str) {
        match self {
            Self::Package => ("#f3f4f6", "#6b7280"),
            Self::App => ("#dbeafe", "#2563eb"),
            Self::Build => ("#fef3c7", "#d97706"),
            Self::Dev => ("#dcfce7", "#16a34a"),
            Self::Workload => ("#ede9fe", "#7c3aed"),
            Self::Namespace => ("#fae8ff", "#c026d3"),
            Self::Port => ("#ffe4e6", "#e11d48"),
        }
    }
}

impl Graph {
    fn node(&mut self, kind: Kind, name: &str, path: Option<&str>) -> usize {
        if let Some(known) = self.nodes.iter().position(|node| node.kind == kind && node.name == name) {
            return known;
        }
        self.nodes.push(Node { kind, name: name.to_owned(), path: path.map(str::to_owned) });
        self.nodes.len() - 1
    }

    fn edge(&mut self, from: usize, to: usize, label: &'static str) {
        let edge = Edge { from, to, label };
        if !self.edges.contains(&edge) {
            self.edges.push(edge);
        }
    }

    /// A Mermaid flowchart.
    pub fn mermaid(&self) -> String {
        let mut text = String::from("flowchart LR\n");
        let ids = self.ids();
        for (node, id) in self.nodes.iter().zip(&ids) {
            let (open, close) = node.kind.shape();
            let _ = writeln!(
                text,
                "  {id}{open}\"{}<br/>{}\"{close}:::{}",
                node.kind.word(),
                escape(&node.name),
                class(node.kind)
            );
        }
        for edge in &self.edges {
            if let (Some(from), Some(to)) = (ids.get(edge.from), ids.get(edge.to)) {
                let _ = writeln!(text, "  {from} -->|{}| {to}", edge.label);
            }
        }
        for kind in Kind::ALL.iter().filter(|kind| self.nodes.iter().any(|node| node.kind == **kind)) {
            let (fill, stroke) = kind.colours();
            let _ = writeln!(text, "  classDef {} fill:{fill},stroke:{stroke},color:#111827", class(*kind));
        }
        text
    }

    /// Names for Mermaid, each made of what it stands for: one node more or less changes no other line.
    fn ids(&self) -> Vec<String> {
        let mut seen: HashMap<String, usize> = HashMap::new();
        let plain = |character: char| if character.is_ascii_alphanumeric() { character } else { '_' };
        let ids = self.nodes.iter().map(|node| {
            let id: String = format!("{}_{}", node.kind.name(), node.name).chars().map(plain).collect();
            let count = seen.entry(id.clone()).or_insert(0);
            *count += 1;
            if *count == 1 { id } else { format!("{id}_{count}") }
        });
        ids.collect()
    }

    /// An object with `nodes` and `edges`; edges name nodes by `kind:name`.
    pub fn json(&self) -> Value {
        let id =
            |index: usize| self.nodes.get(index).map(|node| format!("{}:{}", node.kind.name(), node.name));
        json!({
            "version": 1,
            "nodes": self.nodes.iter().enumerate().map(|(index, node)| {
                json!({"id": id(index), "kind": node.kind.name(), "name": node.name, "path": node.path})
            }).collect::<Vec<_>>(),
            "edges": self.edges.iter().map(|edge| {
                json!({"from": id(edge.from), "to": id(edge.to), "label": edge.label})
            }).collect::<Vec<_>>(),
        })
    }
}

/// A class name that Mermaid takes: no hyphen, and none of its keywords.
fn class(kind: Kind) -> String {
    format!("{}Node", kind.name().replace('-', ""))
}

/// Text inside Mermaid's quotes.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '"' => out.push_str("#quot;"),
            '#' => out.push_str("#35;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '`' => out.push_str("#96;"),
            '\n' => out.push_str("<br/>"),
            other => out.push(other),
        }
    }
    out
}

impl Landscape<'_> {
    /// Nodes and edges of everything, or of one app and what it needs.
    pub fn graph(&self, only: Option<&App>) -> Graph {
        let mut graph = Graph::default();
        let apps = self.apps.all.iter().filter(|app| only.is_none_or(|only| only.folder == app.folder));
        for app in apps {
            self.add_app(&mut graph, app);
        }
        for entry in &self.entries {
            let wanted = only.is_none_or(|only| entry.apps.iter().any(|app| app.folder == only.folder));
            if !wanted {
                continue;
            }
            let file = entry.manifest.file.path.as_str();
            let dev = graph.node(Kind::Dev, &entry.dev.name.value, Some(file));
            for app in entry.apps.iter().filter(|app| only.is_none_or(|only| only.folder == app.folder)) {
                let app = graph.node(Kind::App, app.name(), Some(app.folder.as_str()));
                graph.edge(dev, app, "serves");
            }
            let labels = match instance(entry.dev) {
                Some(instance) => instance.value.clone(),
                None => entry
                    .dev
                    .selector
                    .iter()
                    .map(|(label, value)| format!("{}={}", label.value, value.value))
                    .collect::<Vec<_>>()
                    .join("\n"),
            };
            let namespace = self.namespace(entry).map(|(name, _)| graph.node(Kind::Namespace, &name, None));
            if labels.is_empty() {
                namespace.into_iter().for_each(|namespace| graph.edge(dev, namespace, "runs in"));
            } else {
                let workload = graph.node(Kind::Workload, &labels, None);
                graph.edge(dev, workload, "replaces");
                namespace.into_iter().for_each(|namespace| graph.edge(workload, namespace, "runs in"));
            }
            for forward in &entry.dev.forwards {
                let port = graph.node(Kind::Port, &format!("localhost:{}", forward.local.value), None);
                graph.edge(port, dev, "forwards to");
            }
        }
        if only.is_none() {
            for manifest in self.manifests {
                for build in &manifest.builds {
                    graph.node(Kind::Build, &build.name.value, Some(manifest.file.path.as_str()));
                }
            }
        }
        graph
    }

    fn add_app(&self, graph: &mut Graph, app: &App) {
        let node = graph.node(Kind::App, app.name(), Some(app.folder.as_str()));
        if let Some(package) = self.workspace.at(&app.folder) {
            for dependency in self.workspace.dependencies_of(package) {
                let name = dependency.label();
                let needed = graph.node(Kind::Package, name, Some(dependency.folder.as_str()));
                let direct = package.depends_on(name);
                if direct {
                    graph.edge(node, needed, "needs");
                }
            }
            self.add_dependencies(graph, package);
        }
        for (manifest, build) in self.builds_of(app) {
            let build = graph.node(Kind::Build, &build.name.value, Some(manifest.file.path.as_str()));
            graph.edge(build, node, "builds");
        }
    }

    /// Edges between the packages that `package` needs.
    fn add_dependencies(&self, graph: &mut Graph, package: &crate::model::workspace::Package) {
        let needed = self.workspace.dependencies_of(package);
        let names: BTreeSet<&str> = needed.iter().map(|package| package.label()).collect();
        for from in &needed {
            for to in names.iter().filter(|name| from.depends_on(name) && **name != from.label()) {
                let from = graph.node(Kind::Package, from.label(), None);
                let to = graph.node(Kind::Package, to, None);
                graph.edge(from, to, "needs");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::escape;

    #[test]
    fn labels_cannot_break_out_of_their_quotes() {
        assert_eq!(escape("a\"b#c<d>&`e`\nf"), "a#quot;b#35;c&lt;d&gt;&amp;#96;e#96;<br/>f");
    }
}
