//! From files to one configuration: `include`, and the jobs in it.

use super::resolve::Resolver;
use super::value::{Content, Value};
use super::{Command, Job, Pipeline};
use crate::model::manifest::CommandText;
use crate::snapshot::Snapshot;
use crate::source::{Place, RepoPath, Span, Spanned};
use crate::syntax::yaml::{Node, Yaml};

/// GitLab takes so many included files.
const MAX_FILES: usize = 150;
/// Values of one pipeline; beyond this something multiplies itself.
const MAX_VALUES: usize = 200_000;
/// Larger files are no pipelines (2 MB).
const LARGEST: usize = 2_000_000;

/// Keys of the configuration that are no jobs.
const GLOBAL: [&str; 13] = [
    "default",
    "include",
    "stages",
    "types",
    "variables",
    "workflow",
    "image",
    "services",
    "before_script",
    "after_script",
    "cache",
    "spec",
    "interruptible",
];

pub(super) fn load(tree: &Snapshot, path: &RepoPath) -> Pipeline {
    let mut loader = Loader { tree, pipeline: Pipeline::default(), budget: MAX_VALUES };
    let Some(root) = loader.read(path) else { return loader.pipeline };
    let mut pipeline = loader.pipeline;
    let resolver = Resolver::new(&root);
    let of_workflow: Vec<String> = root.get("workflow").into_iter().flat_map(of_rules).collect();
    for pair in root.pairs() {
        let is_job = !pair.key.starts_with('.') && !GLOBAL.contains(&pair.key.as_str());
        if !is_job || !matches!(pair.value.content, Content::Map(_)) {
            continue;
        }
        let name = Spanned::new(pair.key.clone(), pair.span);
        match resolver.job(&pair.key) {
            Ok(value) => {
                let commands = commands(&value);
                let varying = varying(&value).chain(of_workflow.iter().cloned()).collect();
                pipeline.jobs.push(Job { name, file: pair.file, value, commands, varying });
            }
            Err(reason) => {
                let place = pipeline.place(pair.file, pair.span);
                pipeline.hidden.push((place, format!("`{}`: {reason}", pair.key)));
            }
        }
    }
    pipeline
}

/// Variables that a job's rules or its matrix set.
fn varying(job: &Value) -> impl Iterator<Item = String> {
    let matrix = job.at(&["parallel", "matrix"]).map_or(&[] as &[Value], Value::items);
    let of_matrix = matrix.iter().flat_map(Value::pairs).map(|pair| pair.key.clone());
    of_rules(job).into_iter().chain(of_matrix)
}

/// Variables that `rules` set.
fn of_rules(holder: &Value) -> Vec<String> {
    let rules = holder.get("rules").map_or(&[] as &[Value], Value::items);
    let variables = rules.iter().filter_map(|rule| rule.get("variables"));
    variables.flat_map(Value::pairs).map(|pair| pair.key.clone()).collect()
}

/// The commands of a job. GitLab runs `before_script` and `script` in one shell.
fn commands(job: &Value) -> Vec<Command> {
    let mut found = Vec::new();
    for key in ["before_script", "script", "after_script"] {
        let Some(script) = job.get(key) else { continue };
        let items = if script.items().is_empty() { std::slice::from_ref(script) } else { script.items() };
        for item in items
            .iter()
            .flat_map(|item| if item.items().is_empty() { std::slice::from_ref(item) } else { item.items() })
        {
            if let Some(scalar) = item.node.as_scalar().filter(|_| item.text().is_some()) {
                let text = CommandText { scalar: scalar.clone(), span: item.node.span };
                found.push(Command { file: item.file, text });
            }
        }
    }
    found
}

struct Loader<'a> {
    tree: &'a Snapshot,
    pipeline: Pipeline,
    budget: usize,
}

impl Loader<'_> {
    /// The configuration in a file, with what it includes below it.
    fn read(&mut self, path: &RepoPath) -> Option<Value> {
        let file = self.tree.source(path).ok()?;
        let yaml = if file.text.len() > LARGEST { Yaml::default() } else { Yaml::parse(&file.text) };
        let position = self.pipeline.files.len();
        self.pipeline.files.push(file);
        if let Some(span) = yaml.template.or_else(|| yaml.errors.first().map(|error| error.span)) {
            self.hide(position, span, "cannot be read as a whole");
        }
        // A file with inputs has a header of its own in front.
        let header = yaml.documents.first().is_some_and(|root| root.get("spec").is_some());
        let root = if header { yaml.documents.get(1) } else { yaml.documents.first() }?;
        let own = Value::of(position, root, &mut self.budget);
        if self.budget == 0 {
            self.hide(position, root.span, "its aliases multiply without end");
        }
        let mut merged: Option<Value> = None;
        for include in own.get("include").map(one_or_many).unwrap_or_default() {
            for included in self.include(position, include) {
                merged = Some(match merged {
                    Some(base) => base.merged(included),
                    None => included,
                });
            }
        }
        Some(match merged {
            Some(base) => base.merged(own),
            None => own,
        })
    }

    fn include(&mut self, file: usize, include: &Value) -> Vec<Value> {
        let local = include.text().or_else(|| include.get("local").and_then(Value::text));
        let Some(local) = local.filter(|local| !local.contains("://")) else {
            let kinds = ["remote", "project", "template", "component", "artifact"];
            let kind = kinds.into_iter().find(|kind| include.get(kind).is_some()).unwrap_or("remote");
            self.hide(file, include.node.site(), &format!("`include:{kind}` lies outside this repository"));
            return Vec::new();
        };
        if local.contains('$') {
            self.hide(file, include.node.site(), "the path of this include holds a variable");
            return Vec::new();
        }
        let paths = self.local_files(local);
        if paths.is_empty() {
            self.hide(file, include.node.site(), &format!("the included `{local}` does not exist"));
        }
        paths.iter().filter_map(|path| self.read_once(path)).collect()
    }

    /// The files that an `include:local` names; patterns have `*` and `**`.
    fn local_files(&self, local: &str) -> Vec<RepoPath> {
        let path = RepoPath::new(local);
        if !local.contains('*') {
            return if self.tree.is_file(&path) { vec![path] } else { Vec::new() };
        }
        let Ok(glob) = globset::GlobBuilder::new(path.as_str()).literal_separator(true).build() else {
            return Vec::new();
        };
        let matcher = glob.compile_matcher();
        let files = self.tree.files().filter(|entry| matcher.is_match(entry.path));
        files.map(|entry| RepoPath::new(entry.path)).collect()
    }

    fn read_once(&mut self, path: &RepoPath) -> Option<Value> {
        let known = self.pipeline.files.iter().any(|file| file.path == *path);
        (!known && self.pipeline.files.len() < MAX_FILES).then(|| self.read(path)).flatten()
    }

    fn hide(&mut self, file: usize, span: Span, reason: &str) {
        let place: Place = self.pipeline.place(file, span);
        self.pipeline.hidden.push((place, reason.to_owned()));
    }
}

fn one_or_many(value: &Value) -> Vec<&Value> {
    match &value.content {
        Content::List(items) => items.iter().collect(),
        Content::Null => Vec::new(),
        _ => vec![value],
    }
}

/// Whether a node is `!reference […]`.
pub(super) fn is_reference(node: &Node) -> bool {
    node.tag.as_ref().is_some_and(|tag| tag.value == "!reference")
}
