//! `ignore/builder-disagreement`: a `.dockerignore` beside a Dockerfile whose context is elsewhere.
//!
//! Okteto uses it, Docker does not (okteto/okteto `pkg/cmd/build/file.go`; moby/buildkit
//! `frontend/dockerui/config.go`).

use crate::diagnostic::{Diagnostic, Edit, Fix, Severity};
use crate::facts::{Facts, Model};
use crate::model::context::BuildContext;
use crate::source::{Place, RepoPath, SourceFile};
use crate::{Repair, Rule, Scope, Sink};
use std::collections::BTreeMap;

pub static RULE: Rule = Rule {
    id: "ignore/builder-disagreement",
    summary: "Okteto and Docker build with different ignore files",
    severity: Severity::Error,
    fix: Repair::Safe,
    scope: Scope::Tree,
    needs: &[Model::Contexts],
    page: include_str!("builder_disagreement.md"),
    check,
};

fn check(facts: &Facts, sink: &mut Sink<'_>) {
    let mut by_file: BTreeMap<RepoPath, (&SourceFile, Vec<&BuildContext>)> = BTreeMap::new();
    for build in &facts.contexts().builds {
        let Some(file) = build.okteto.file().filter(|_| build.docker.is_known() && build.builders_disagree())
        else {
            continue;
        };
        by_file.entry(file.source.path.clone()).or_insert((&file.source, Vec::new())).1.push(build);
    }
    for (file, builds) in by_file.values() {
        if let Some(diagnostic) = diagnostic(facts, file, builds) {
            sink.report(diagnostic);
        }
    }
}

fn diagnostic(facts: &Facts, file: &SourceFile, builds: &[&BuildContext]) -> Option<Diagnostic> {
    let first = builds.first()?;
    let path = &file.path;
    let mut diagnostic =
        Diagnostic::new(Place::top(path), format!("Okteto builds with `{path}`, Docker does not"))
            .label("it lies beside the Dockerfile, and the build context is elsewhere")
            .subject(path.to_string())
            .related(first.context_place.clone(), format!("build `{}` sends this folder", first.name));
    if let Some(other) = first.docker.file() {
        let place = Place::top(&other.source.path);
        diagnostic = diagnostic.related(place, "Docker, and every builder in CI, reads this one");
    }
    let mut own: Vec<RepoPath> = builds.iter().map(|build| own_file(&build.dockerfile)).collect();
    own.sort();
    own.dedup();
    let names = own.iter().map(|path| format!("`{path}`")).collect::<Vec<_>>().join(" and ");
    let title = format!("rename it to {names}, which both read");
    // Another build may have the folder as its context, and then reads the file by right.
    let shared = facts.contexts().builds.iter().any(|build| {
        build.docker.file().is_some_and(|other| other.source.path == *path)
            && !own.contains(&own_file(&build.dockerfile))
    });
    let mut edits: Vec<Edit> =
        own.into_iter().map(|path| Edit::Create { path, text: file.text.to_string() }).collect();
    if !shared {
        edits.push(Edit::Delete { path: path.clone() });
    }
    Some(diagnostic.help(format!("{title} (safe fix)")).fix(Fix::safe(title, edits)))
}

/// The ignore file that belongs to one Dockerfile alone, for both builders.
fn own_file(dockerfile: &RepoPath) -> RepoPath {
    RepoPath::new(&format!("{}.dockerignore", dockerfile.as_str()))
}
