//! `argocd/dead-path`: a chart or values file that an Application names and the repository does not hold.

use super::located::{self, Found, Located};
use crate::diagnostic::{Diagnostic, Severity};
use crate::facts::{Facts, Model};
use crate::model::argocd::{Application, Source};
use crate::model::linked::Rooted;
use crate::model::manifest::Text;
use crate::source::RepoPath;
use crate::suggest::closest;
use crate::{Repair, Rule, Scope, Sink};
use std::collections::BTreeSet;

pub static RULE: Rule = Rule {
    id: "argocd/dead-path",
    summary: "an Application names a chart or values file that does not exist",
    severity: Severity::Error,
    fix: Repair::None,
    scope: Scope::Tree,
    needs: &[Model::ArgoCd, Model::Manifests],
    page: include_str!("dead_path.md"),
    check,
};

fn check(facts: &Facts, sink: &mut Sink<'_>) {
    let mut seen = BTreeSet::new();
    for application in &facts.argocd().applications {
        for source in &application.sources {
            for named in paths(facts, application, source, sink) {
                let place = application.place(named.text.span);
                let dead = !named.exists() && !named.rooted.tree.is_opaque(&named.path);
                if dead && seen.insert((place, named.path.clone())) {
                    sink.report(diagnostic(application, &named));
                }
            }
        }
    }
}

/// A path that an Application names.
struct Named<'a> {
    text: &'a Text,
    path: RepoPath,
    rooted: Rooted<'a>,
    is_values: bool,
}

impl Named<'_> {
    fn exists(&self) -> bool {
        let tree = self.rooted.tree;
        tree.is_file(&self.path) || !self.is_values && tree.is_dir(&self.path)
    }
}

/// The chart's folder and the values files of a source, as far as it is known where they lie.
fn paths<'a>(
    facts: &'a Facts,
    application: &'a Application,
    source: &'a Source,
    sink: &mut Sink<'_>,
) -> Vec<Named<'a>> {
    let chart = source.path.iter().map(|text| (text, located::folder(facts, application, source), false));
    let values = source.value_files.iter().flatten().filter(|_| !source.ignores_missing);
    let values =
        values.map(|text| (text, located::values_file(facts, application, source, &text.value), true));
    let mut named = Vec::new();
    for (text, located, is_values) in chart.chain(values) {
        match located {
            Located::Here(Found { origin, .. }) if origin.pinned => {
                sink.skip(
                    &application.file.path,
                    format!("`{}` deploys a fixed revision", application.label()),
                );
            }
            Located::Here(Found { origin, path }) if !path.is_outside() => {
                named.push(Named { text, path, rooted: origin.rooted, is_values });
            }
            Located::Absent(reason) => sink.skip(&application.file.path, reason),
            Located::Here(_) | Located::Unknown => {}
        }
    }
    named
}

fn diagnostic(application: &Application, named: &Named<'_>) -> Diagnostic {
    let shown = named.rooted.path(named.path.as_str());
    let what = if named.is_values { "values file" } else { "chart or folder" };
    let title = format!("`{shown}` does not exist");
    let key = if named.is_values { "valueFiles" } else { "path" };
    let diagnostic = Diagnostic::new(application.place(named.text.span), title)
        .label(format!("`{}` deploys this {what}: its next sync fails", application.label()))
        .subject(format!("{}.{key}.{}", application.label(), named.path));
    match meant(named) {
        Some(meant) => diagnostic.help(format!("did you mean `{meant}`?")),
        None => diagnostic.help("correct the path, or delete the Application with what it deploys"),
    }
}

/// A neighbour with nearly the same name.
fn meant(named: &Named<'_>) -> Option<RepoPath> {
    let tree = named.rooted.tree;
    let mut lost = named.path.clone();
    // The first folder on the way that is missing.
    while let Some(parent) = lost.parent().filter(|parent| !tree.is_dir(parent)) {
        lost = parent;
    }
    let parent = lost.parent()?;
    let children = tree.children(&parent);
    let name = closest(lost.file_name(), children.iter().map(|(name, _)| name.as_str()))?;
    let rest = named.path.strip_prefix(&lost)?;
    Some(named.rooted.path(parent.join(name).join(rest).as_str()))
}
