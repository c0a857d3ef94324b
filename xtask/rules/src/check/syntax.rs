//! `check/syntax`: files that no other rule owns and that cannot be read as what their names say.
//! Manifests belong to `manifest/syntax`, ignore files and Dockerfiles to the rules of their groups.

use crate::diagnostic::{Diagnostic, Severity};
use crate::facts::{Facts, Model};
use crate::source::{Place, RepoPath, SourceFile};
use crate::syntax::yaml::Yaml;
use crate::{Repair, Rule, Scope, Sink};

pub static RULE: Rule = Rule {
    id: "check/syntax",
    summary: "a file cannot be read, so nothing in it is checked",
    severity: Severity::Error,
    fix: Repair::None,
    scope: Scope::Tree,
    needs: &[Model::Workspace],
    page: include_str!("syntax.md"),
    check,
};

fn check(facts: &Facts, sink: &mut Sink<'_>) {
    let workspace = facts.workspace();
    for broken in &workspace.broken {
        let path = &broken.file.path;
        sink.report(
            Diagnostic::new(
                broken.file.place(broken.error.span),
                format!("invalid {}: {}", format(path), broken.error.message),
            )
            .label(format!("{} stops reading here", reader(path)))
            .help("correct the file; what depends on it is not checked until then")
            .subject(path.as_str()),
        );
    }
    for (path, error) in &workspace.unreadable {
        sink.report(unreadable(path, &error.to_string()));
    }
    for path in pipelines_and_applications(facts) {
        match facts.tree.source(&path) {
            Ok(file) => report_yaml(sink, &file),
            Err(error) => sink.report(unreadable(&path, &error.to_string())),
        }
    }
    for name in facts.tree.odd_names() {
        let folder = name.lossy.rsplit_once('/').map_or("", |(folder, _)| folder);
        sink.report(
            Diagnostic::new(
                Place::top(&RepoPath::new(&name.lossy)),
                format!("file name `{}` is not UTF-8", name.lossy.escape_debug()),
            )
            .label("no rule looks at this file; Okteto, Docker and Windows cannot name it either")
            .help(format!("rename it; its folder is `{}`", if folder.is_empty() { "." } else { folder }))
            .subject(name.lossy.as_str()),
        );
    }
}

/// The YAML files that other rules read without reporting their syntax: pipelines and Argo CD Applications.
fn pipelines_and_applications(facts: &Facts) -> Vec<RepoPath> {
    let candidates =
        facts.tree.notable().filter(|entry| entry.path.ends_with(".yml") || entry.path.ends_with(".yaml"));
    candidates
        .filter(|entry| {
            let mut folders = entry.path.rsplit('/').skip(1);
            entry.path == ".gitlab-ci.yml"
                || entry.path.starts_with(".github/workflows/")
                || folders.any(|folder| matches!(folder, "argocd" | "argo-cd" | ".gitlab-ci"))
        })
        .map(|entry| RepoPath::new(entry.path))
        .filter(|path| !facts.workspace().is_parked(path) && !facts.tree.is_opaque(path))
        .collect()
}

fn report_yaml(sink: &mut Sink<'_>, file: &SourceFile) {
    let yaml = Yaml::parse(&file.text);
    if yaml.template.is_some() {
        return;
    }
    if let Some(error) = yaml.errors.first() {
        sink.report(
            Diagnostic::new(file.place(error.span), format!("invalid YAML: {}", error.message))
                .label("readers stop here")
                .help("correct the file; what depends on it is not checked until then")
                .subject(file.path.as_str()),
        );
    }
}

fn unreadable(path: &RepoPath, error: &str) -> Diagnostic {
    Diagnostic::new(Place::top(path), error.to_owned())
        .label("nothing in it is checked")
        .help(format!("make it a text file that {} can read", reader(path)))
        .subject(path.as_str())
}

fn format(path: &RepoPath) -> &'static str {
    if path.extension() == Some("json") { "JSON" } else { "YAML" }
}

fn reader(path: &RepoPath) -> &'static str {
    match path.file_name() {
        "package.json" | "pnpm-workspace.yaml" => "the package manager",
        _ => "its reader",
    }
}
