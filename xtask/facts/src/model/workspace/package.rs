//! A package.json: its name, scripts and dependencies.

use crate::model::manifest::{CommandText, Text};
use crate::source::{Place, RepoPath, SourceFile, Spanned};
use crate::syntax::json;
use crate::syntax::yaml::{Entry, Node, Yaml};

/// A package.json.
#[derive(Debug)]
pub struct Package {
    /// The folder that holds it.
    pub folder: RepoPath,
    /// The file.
    pub file: SourceFile,
    /// Its tree.
    pub yaml: Yaml,
    /// `name`.
    pub name: Option<Text>,
    /// `scripts`.
    pub scripts: Vec<Script>,
    /// All kinds of dependencies.
    pub dependencies: Vec<Dependency>,
}

/// An entry of `scripts`.
#[derive(Debug)]
pub struct Script {
    /// The key.
    pub name: Text,
    /// The value.
    pub command: CommandText,
}

/// An entry of one of the dependency maps.
#[derive(Debug)]
pub struct Dependency {
    /// The package.
    pub name: Text,
    /// The range.
    pub version: Text,
    /// `dependencies`, `devDependencies`, `optionalDependencies` or `peerDependencies`.
    pub group: &'static str,
}

impl Dependency {
    /// Whether the range names the member of the workspace, whatever the settings are.
    pub fn is_linked(&self) -> bool {
        let version = self.version.value.as_str();
        version == "*"
            || ["workspace:", "link:", "portal:"].iter().any(|protocol| version.starts_with(protocol))
    }
}

const GROUPS: [&str; 4] = ["dependencies", "devDependencies", "optionalDependencies", "peerDependencies"];

/// Dependencies that make a package something that can be served.
const FRAMEWORKS: [&str; 20] = [
    "next",
    "payload",
    "vite",
    "@remix-run/node",
    "@remix-run/react",
    "@remix-run/serve",
    "@react-router/dev",
    "astro",
    "nuxt",
    "@sveltejs/kit",
    "gatsby",
    "@angular/core",
    "react-scripts",
    "express",
    "fastify",
    "@nestjs/core",
    "koa",
    "@hapi/hapi",
    "hono",
    "@adonisjs/core",
];

impl Package {
    /// Reads a package.json.
    pub fn from_file(file: SourceFile) -> Self {
        let yaml = json::parse(&file.text);
        let text = |node: &Node| node.spanned();
        let root = yaml.root().cloned();
        let root = root.as_ref();
        let name = root.and_then(|root| root.get("name")).and_then(text);
        let scripts = root
            .and_then(|root| root.get("scripts"))
            .map_or(Vec::new(), |scripts| scripts.entries().iter().filter_map(script).collect());
        let mut dependencies = Vec::new();
        for group in GROUPS {
            let entries = root.and_then(|root| root.get(group)).map_or(&[] as &[_], Node::entries);
            dependencies.extend(entries.iter().filter_map(|entry| {
                let name = Spanned::new(entry.key.value.to_string(), entry.key.span);
                Some(Dependency { name, version: text(&entry.value)?, group })
            }));
        }
        let folder = file.path.parent().unwrap_or_else(RepoPath::root);
        Self { folder, file, yaml, name, scripts, dependencies }
    }

    /// The name, or the folder's name.
    pub fn label(&self) -> &str {
        self.name.as_ref().map_or(self.folder.file_name(), |name| &name.value)
    }

    /// The name without `@scope/`.
    pub fn unscoped_name(&self) -> Option<&str> {
        let name = &self.name.as_ref()?.value;
        Some(name.rsplit_once('/').map_or(name, |(_, bare)| bare))
    }

    /// A script by its name.
    pub fn script(&self, name: &str) -> Option<&Script> {
        self.scripts.iter().find(|script| script.name.value == name)
    }

    /// Whether one of the dependency maps names `package`.
    pub fn depends_on(&self, package: &str) -> bool {
        self.dependencies.iter().any(|dependency| dependency.name.value == package)
    }

    /// A framework among the dependencies: the package can be served.
    pub fn framework(&self) -> Option<&Dependency> {
        let direct =
            |dependency: &&Dependency| matches!(dependency.group, "dependencies" | "devDependencies");
        let mut candidates = self.dependencies.iter().filter(direct);
        candidates.find(|dependency| FRAMEWORKS.contains(&&*dependency.name.value))
    }

    /// Where the package is named: its `name`, or the top of the file.
    pub fn place(&self) -> Place {
        match &self.name {
            Some(name) => self.file.place(name.span),
            None => Place::top(&self.file.path),
        }
    }
}

fn script(entry: &Entry) -> Option<Script> {
    let scalar = entry.value.as_scalar()?.clone();
    let name = Spanned::new(entry.key.value.to_string(), entry.key.span);
    Some(Script { name, command: CommandText { scalar, span: entry.value.span } })
}
