//! The view as nodes and edges: Mermaid for people, JSON for scripts.

use super::{Entry, Landscape};
use crate::model::apps::App;
use crate::model::manifest::{Build, Manifest};
use crate::model::serving::instance;
use crate::source::{Place, Span};
use serde_json::{Value, json};
use std::collections::{BTreeSet, HashMap};

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
    /// Where it is written that there is such a thing.
    pub place: Option<Place>,
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
    pub verb: Verb,
    /// Where that is written.
    pub place: Option<Place>,
}

/// What one thing does to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verb {
    /// An app or package needs a package.
    Needs,
    /// A build makes the image of an app.
    Builds,
    /// A dev container is one for an app.
    Serves,
    /// A dev container takes the place of a workload.
    Replaces,
    /// A workload or dev container lives in a namespace.
    RunsIn,
    /// A port leads to a dev container.
    ForwardsTo,
}

impl Verb {
    /// The label in JSON.
    pub const fn name(self) -> &'static str {
        Labels::ENGLISH.verb(self)
    }
}

/// The words of a diagram in one language.
#[derive(Clone, Copy, Debug)]
#[expect(missing_docs, reason = "each field is the English word for what it holds")]
pub struct Labels {
    pub package: &'static str,
    pub app: &'static str,
    pub build: &'static str,
    pub dev_container: &'static str,
    pub workload: &'static str,
    pub namespace: &'static str,
    pub on_laptop: &'static str,
    pub needs: &'static str,
    pub builds: &'static str,
    pub serves: &'static str,
    pub replaces: &'static str,
    pub runs_in: &'static str,
    pub forwards_to: &'static str,
}

impl Labels {
    /// The words of `graph`, which belongs to no page.
    pub const ENGLISH: Self = Self {
        package: "package",
        app: "app",
        build: "build",
        dev_container: "dev container",
        workload: "workload",
        namespace: "namespace",
        on_laptop: "on the laptop",
        needs: "needs",
        builds: "builds",
        serves: "serves",
        replaces: "replaces",
        runs_in: "runs in",
        forwards_to: "forwards to",
    };

    /// The word above a node's name: one name may be an app, a build and a namespace.
    const fn kind(&self, kind: Kind) -> &'static str {
        match kind {
            Kind::Package => self.package,
            Kind::App => self.app,
            Kind::Build => self.build,
            Kind::Dev => self.dev_container,
            Kind::Workload => self.workload,
            Kind::Namespace => self.namespace,
            Kind::Port => self.on_laptop,
        }
    }

    /// The word at an edge.
    const fn verb(&self, verb: Verb) -> &'static str {
        match verb {
            Verb::Needs => self.needs,
            Verb::Builds => self.builds,
            Verb::Serves => self.serves,
            Verb::Replaces => self.replaces,
            Verb::RunsIn => self.runs_in,
            Verb::ForwardsTo => self.forwards_to,
        }
    }
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

    /// What Mermaid calls the node of a thing, if no other thing is called nearly so.
    pub fn id(self, name: &str) -> String {
        let plain = |character: char| if character.is_ascii_alphanumeric() { character } else { '_' };
        self.name().chars().chain(['_']).chain(name.chars()).map(plain).collect()
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
    fn node(&mut self, kind: Kind, name: &str, path: Option<&str>, place: Option<Place>) -> usize {
        if let Some(known) = self.nodes.iter().position(|node| node.kind == kind && node.name == name) {
            return known;
        }
        self.nodes.push(Node { kind, name: name.to_owned(), path: path.map(str::to_owned), place });
        self.nodes.len() - 1
    }

    fn edge(&mut self, from: usize, to: usize, verb: Verb, place: Option<Place>) {
        let is_same = |edge: &Edge| (edge.from, edge.to, edge.verb) == (from, to, verb);
        if !self.edges.iter().any(is_same) {
            self.edges.push(Edge { from, to, verb, place });
        }
    }

    /// A Mermaid flowchart.
    pub fn mermaid(&self, labels: &Labels) -> String {
        self.lines(labels).into_iter().map(|(line, _)| line).collect()
    }

    /// The lines of a Mermaid flowchart, each with the place that it was taken from.
    pub fn lines(&self, labels: &Labels) -> Vec<(String, Option<Place>)> {
        let mut lines = vec![("flowchart LR\n".to_owned(), None)];
        let ids = self.ids();
        for (node, id) in self.nodes.iter().zip(&ids) {
            let (open, close) = node.kind.shape();
            let (word, name, class) = (labels.kind(node.kind), escape(&node.name), class(node.kind));
            let line = format!("  {id}{open}\"{word}<br/>{name}\"{close}:::{class}\n");
            lines.push((line, node.place.clone()));
        }
        for edge in &self.edges {
            if let (Some(from), Some(to)) = (ids.get(edge.from), ids.get(edge.to)) {
                let line = format!("  {from} -->|{}| {to}\n", labels.verb(edge.verb));
                lines.push((line, edge.place.clone()));
            }
        }
        for kind in Kind::ALL.iter().filter(|kind| self.nodes.iter().any(|node| node.kind == **kind)) {
            let (fill, stroke) = kind.colours();
            let class = class(*kind);
            lines.push((format!("  classDef {class} fill:{fill},stroke:{stroke},color:#111827\n"), None));
        }
        lines
    }

    /// Names for Mermaid, each made of what it stands for: one node more or less changes no other line.
    fn ids(&self) -> Vec<String> {
        let mut seen: HashMap<String, usize> = HashMap::new();
        let ids = self.nodes.iter().map(|node| {
            let id = node.kind.id(&node.name);
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
                json!({"from": id(edge.from), "to": id(edge.to), "label": edge.verb.name()})
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
            self.add_entry(&mut graph, entry, only);
        }
        if only.is_none() {
            for manifest in self.manifests {
                for build in &manifest.builds {
                    add_build(&mut graph, manifest, build);
                }
            }
        }
        graph
    }

    /// A dev container: whom it serves, what it replaces, where it runs and how it is reached.
    fn add_entry(&self, graph: &mut Graph, entry: &Entry<'_>, only: Option<&App>) {
        let place = |span: Span| Some(entry.manifest.place(span));
        let name = &entry.dev.name;
        let file = entry.manifest.file.path.as_str();
        let dev = graph.node(Kind::Dev, &name.value, Some(file), place(name.span));
        for app in entry.apps.iter().filter(|app| only.is_none_or(|only| only.folder == app.folder)) {
            let app = add_node_of_app(graph, app);
            graph.edge(dev, app, Verb::Serves, place(name.span));
        }
        let instance = instance(entry.dev);
        let labels = match instance {
            Some(instance) => instance.value.clone(),
            None => entry
                .dev
                .selector
                .iter()
                .map(|(label, value)| format!("{}={}", label.value, value.value))
                .collect::<Vec<_>>()
                .join("\n"),
        };
        let selected = instance.map(|instance| instance.span);
        let selected = selected.or_else(|| entry.dev.selector.first().map(|(_, value)| value.span));
        let namespace = self.namespace(entry);
        let namespace = namespace.map(|(name, from)| {
            let node = graph.node(Kind::Namespace, &name, None, from.clone());
            (node, from)
        });
        let mut runner = dev;
        if !labels.is_empty() {
            let workload = graph.node(Kind::Workload, &labels, None, selected.and_then(place));
            graph.edge(dev, workload, Verb::Replaces, selected.and_then(place));
            runner = workload;
        }
        if let Some((namespace, from)) = namespace {
            graph.edge(runner, namespace, Verb::RunsIn, from);
        }
        for forward in &entry.dev.forwards {
            let name = format!("localhost:{}", forward.local.value);
            let port = graph.node(Kind::Port, &name, None, place(forward.local.span));
            graph.edge(port, dev, Verb::ForwardsTo, place(forward.local.span));
        }
    }

    fn add_app(&self, graph: &mut Graph, app: &App) {
        let node = add_node_of_app(graph, app);
        if let Some(package) = self.workspace.at(&app.folder) {
            for dependency in self.workspace.dependencies_of(package) {
                let name = dependency.label();
                let needed = graph.node(Kind::Package, name, Some(dependency.folder.as_str()), None);
                let direct = package.depends_on(name);
                if direct {
                    graph.edge(node, needed, Verb::Needs, None);
                }
            }
            self.add_dependencies(graph, package);
        }
        for (manifest, build) in self.builds_of(app) {
            let from = add_build(graph, manifest, build);
            graph.edge(from, node, Verb::Builds, Some(manifest.place(build.name.span)));
        }
    }

    /// Edges between the packages that `package` needs.
    fn add_dependencies(&self, graph: &mut Graph, package: &crate::model::workspace::Package) {
        let needed = self.workspace.dependencies_of(package);
        let names: BTreeSet<&str> = needed.iter().map(|package| package.label()).collect();
        for from in &needed {
            for to in names.iter().filter(|name| from.depends_on(name) && **name != from.label()) {
                let from = graph.node(Kind::Package, from.label(), None, None);
                let to = graph.node(Kind::Package, to, None, None);
                graph.edge(from, to, Verb::Needs, None);
            }
        }
    }
}

fn add_node_of_app(graph: &mut Graph, app: &App) -> usize {
    graph.node(Kind::App, app.name(), Some(app.folder.as_str()), Some(app.place.clone()))
}

fn add_build(graph: &mut Graph, manifest: &Manifest, build: &Build) -> usize {
    let file = manifest.file.path.as_str();
    graph.node(Kind::Build, &build.name.value, Some(file), Some(manifest.place(build.name.span)))
}

#[cfg(test)]
mod tests {
    use super::escape;

    #[test]
    fn labels_cannot_break_out_of_their_quotes() {
        assert_eq!(escape("a\"b#c<d>&`e`\nf"), "a#quot;b#35;c&lt;d&gt;&amp;#96;e#96;<br/>f");
    }
}
