//! `dev/ineffective-setting`: an environment variable that the tool does not read in the version at hand.

use super::container::{Container, containers};
use crate::diagnostic::{Diagnostic, Edit, Fix, Severity, replace};
use crate::facts::{Facts, Model};
use crate::model::manifest::{CommandLine, CommandText, Manifest};
use crate::model::sync::{below, normalise_remote};
use crate::model::workspace::{Manager, Workspace};
use crate::source::{RepoPath, SourceFile, Span};
use crate::syntax::shell::{OffsetMap, Script, Word, parse_mapped};
use crate::syntax::yaml::{Node, Value, Yaml};
use crate::{Repair, Rule, Scope, Sink};
use std::collections::BTreeSet;

pub static RULE: Rule = Rule {
    id: "dev/ineffective-setting",
    summary: "an environment variable is set that the tool does not read",
    severity: Severity::Warning,
    fix: Repair::Sometimes,
    scope: Scope::Tree,
    needs: &[Model::Serving],
    page: include_str!("ineffective_setting.md"),
    check,
};

/// A variable that looks like a setting of a tool.
struct Setting {
    /// Its name.
    name: &'static str,
    /// Whether pnpm of this major version ignores it; `None` when the repository does not tell the version.
    ignored: fn(Option<u64>) -> bool,
    /// Why it has no effect.
    reason: &'static str,
    /// What does have the effect, by major version.
    instead: fn(Option<u64>) -> &'static str,
}

/// Established by running pnpm 9.15, 10.34 and 12.21 with each variable.
const SETTINGS: [Setting; 4] = [
    Setting {
        name: "PNPM_STORE_DIR",
        ignored: |_| true,
        reason: "no version of pnpm reads it",
        instead: store_variable,
    },
    Setting {
        name: "PNPM_STORE_PATH",
        ignored: |_| true,
        reason: "no version of pnpm reads it",
        instead: store_variable,
    },
    Setting {
        name: "npm_config_store_dir",
        ignored: |major| major.is_some_and(|major| major >= 11),
        reason: "pnpm reads `pnpm_config_…` since version 11",
        instead: store_variable,
    },
    Setting {
        name: "pnpm_config_store_dir",
        ignored: |major| major.is_some_and(|major| major < 11),
        reason: "pnpm reads `npm_config_…` before version 11",
        instead: store_variable,
    },
];

fn store_variable(major: Option<u64>) -> &'static str {
    if major.is_some_and(|major| major >= 11) { "pnpm_config_store_dir" } else { "npm_config_store_dir" }
}

fn check(facts: &Facts, sink: &mut Sink<'_>) {
    let workspace = facts.workspace();
    let declared =
        workspace.root.as_ref().and_then(|root| root.yaml.root()?.get("packageManager")?.spanned());
    let major = declared
        .as_ref()
        .and_then(|text| text.value.strip_prefix("pnpm@")?.split('.').next()?.parse::<u64>().ok());
    if workspace.manager != Some(Manager::Pnpm) && major.is_none() {
        return;
    }
    let mut files: Vec<(SourceFile, Places)> = Vec::new();
    for manifest in facts.manifests() {
        files.push((manifest.file.clone(), in_manifest(facts, manifest)));
    }
    files.extend(ci_files(facts).into_iter().map(|file| {
        let places = in_ci(&file);
        (file, places)
    }));
    for (file, places) in files {
        for setting in SETTINGS.iter().filter(|setting| (setting.ignored)(major)) {
            if let Some(diagnostic) = diagnostic(&file, &places, setting, major) {
                sink.report(with_version(diagnostic, workspace, major));
            }
        }
    }
}

/// The variables of a file: where they are set, and which ones its commands use.
#[derive(Default)]
struct Places {
    set: Vec<Set>,
    used: Vec<String>,
    /// Folders of pods that are synced with the laptop.
    synced: Vec<String>,
}

/// A place where a variable is set.
struct Set {
    name: String,
    span: Span,
    /// What it is set to, where that is literal.
    value: Option<String>,
}

impl Places {
    /// `export NAME=…`, `NAME=… pnpm …`, `env NAME=…`, and every `$NAME`.
    fn script(&mut self, script: &Script) {
        for command in &script.commands {
            let in_front = command.assignments.iter().cloned();
            let exports = command
                .words
                .first()
                .is_some_and(|word| matches!(word.text.as_str(), "export" | "env" | "declare"));
            let arguments = command.words.iter().skip(1).filter(|_| exports).filter_map(Word::assignment);
            for assignment in in_front.chain(arguments) {
                self.used.extend(assignment.value.parameters().map(|parameter| parameter.name.clone()));
                let value = assignment.value.as_literal().map(str::to_owned);
                self.set.push(Set { name: assignment.name, span: assignment.name_span, value });
            }
            let words = command.words.iter().flat_map(Word::parameters);
            self.used.extend(words.map(|parameter| parameter.name.clone()));
        }
    }
}

fn in_manifest(facts: &Facts, manifest: &Manifest) -> Places {
    let mut places = Places::default();
    let own = |container: &Container<'_>| container.manifest.file.path == manifest.file.path;
    for container in containers(facts).filter(own) {
        let environment = container.dev.environment.iter();
        places.set.extend(environment.map(|(name, value)| Set {
            name: name.value.clone(),
            span: name.span,
            value: value.as_ref().map(|value| value.value.clone()),
        }));
        places.synced.extend(container.session.roots.iter().filter_map(|root| root.remote.clone()));
        if let Some(CommandLine::Argv(_)) = &container.dev.command {
            places.script(&container.dev.command.as_ref().map(CommandLine::script).unwrap_or_default());
        }
        for service in &container.dev.services {
            if let Some(environment) = service.node.get("environment") {
                places.set.extend(keys(environment));
            }
        }
    }
    manifest.shell_commands().map(CommandText::script).for_each(|script| places.script(&script));
    places
}

fn keys(node: &Node) -> impl Iterator<Item = Set> {
    node.entries().iter().map(|entry| Set {
        name: entry.key.value.to_string(),
        span: entry.key.span,
        value: entry.value.as_str().map(str::to_owned),
    })
}

/// The pipelines of GitLab and GitHub.
fn ci_files(facts: &Facts) -> Vec<SourceFile> {
    let gitlab = ["", ".gitlab", ".gitlab-ci", ".ci"].into_iter().flat_map(|folder| {
        let folder = RepoPath::new(folder);
        let files = facts.tree.children(&folder).into_iter().filter(|(_, is_dir)| !is_dir);
        let files: Vec<RepoPath> = files
            .filter(|(name, _)| is_yaml(name) && (!folder.is_root() || name.starts_with(".gitlab-ci")))
            .map(|(name, _)| folder.join(&name))
            .collect();
        files
    });
    let workflows = RepoPath::new(".github/workflows");
    let github =
        facts.tree.children(&workflows).into_iter().filter(|(name, is_dir)| !is_dir && is_yaml(name));
    let github = github.map(|(name, _)| workflows.join(&name));
    gitlab.chain(github).filter_map(|path| facts.tree.source(&path).ok()).collect()
}

fn is_yaml(name: &str) -> bool {
    name.ends_with(".yml") || name.ends_with(".yaml")
}

/// Keys of `variables` and `env`, and the commands under `script`, `before_script`, `after_script` and `run`.
fn in_ci(file: &SourceFile) -> Places {
    let mut places = Places::default();
    for document in &Yaml::parse(&file.text).documents {
        walk(document, &mut places, 0);
    }
    places
}

fn walk(node: &Node, places: &mut Places, depth: usize) {
    if depth > 40 || node.alias.is_some() {
        return;
    }
    match &node.value {
        Value::Sequence(sequence) => sequence.items.iter().for_each(|item| walk(item, places, depth + 1)),
        Value::Mapping(mapping) => {
            for entry in mapping.own() {
                match &*entry.key.value {
                    "variables" | "env" => places.set.extend(keys(&entry.value)),
                    "script" | "before_script" | "after_script" | "run" => commands(&entry.value, places, 0),
                    _ => walk(&entry.value, places, depth + 1),
                }
            }
        }
        _ => {}
    }
}

fn commands(node: &Node, places: &mut Places, depth: usize) {
    if let Some(scalar) = node.as_scalar() {
        places.script(&parse_mapped(&scalar.text, &OffsetMap::of_scalar(scalar, node.span)));
    }
    if depth < 10 {
        node.items().iter().for_each(|item| commands(item, places, depth + 1));
    }
}

fn diagnostic(
    file: &SourceFile,
    places: &Places,
    setting: &Setting,
    major: Option<u64>,
) -> Option<Diagnostic> {
    // A command that hands the value on, as `--store-dir "$PNPM_STORE_DIR"`, gives it its effect.
    if places.used.iter().any(|name| name == setting.name) {
        return None;
    }
    let all = || places.set.iter().filter(|set| set.name == setting.name);
    let set: BTreeSet<Span> = all().map(|set| set.span).collect();
    let set: Vec<Span> = set.into_iter().collect();
    let (first, rest) = set.split_first()?;
    let instead = (setting.instead)(major);
    let mut diagnostic = Diagnostic::new(file.place(*first), format!("`{}` has no effect", setting.name))
        .label(setting.reason)
        .subject(format!("env.{}", setting.name));
    for span in rest {
        diagnostic = diagnostic.related(file.place(*span), "set here too");
    }
    if places.set.iter().any(|set| set.name == instead) {
        return Some(diagnostic.help(format!("delete it: `{instead}` is set already")));
    }
    // Where it takes effect, a store among the synced files would be carried to every laptop.
    let is_synced =
        |path: &str| places.synced.iter().any(|root| below(&normalise_remote(path), root).is_some());
    if all().filter_map(|set| set.value.as_deref()).any(|path| path.starts_with('/') && is_synced(path)) {
        return Some(
            diagnostic.help(format!("set `{instead}` instead, to a folder outside of what is synced")),
        );
    }
    let exact = set.iter().all(|span| span.slice(&file.text) == setting.name);
    if !exact {
        return Some(diagnostic.help(format!("set `{instead}` instead")));
    }
    let edits: Vec<Edit> = set.iter().map(|span| replace(&file.path, *span, instead)).collect();
    Some(
        diagnostic
            .help(format!("`cargo xtask fix --unsafe` sets `{instead}` instead"))
            .fix(Fix::needs_review(format!("rename it to `{instead}`"), edits)),
    )
}

/// Shows the version where it decides.
fn with_version(diagnostic: Diagnostic, workspace: &Workspace, major: Option<u64>) -> Diagnostic {
    let root = workspace.root.as_ref();
    let node =
        root.and_then(|root| root.yaml.root()?.get("packageManager").map(|node| root.file.place(node.span)));
    match node.filter(|_| major.is_some()) {
        Some(place) => diagnostic.related(place, "the version at hand"),
        None => diagnostic,
    }
}
