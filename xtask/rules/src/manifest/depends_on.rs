//! `manifest/depends-on`: a dependency on something that is not there, in a circle, or one that is missing. `manifest/name` owns
//! dependencies that break because the CLI renames the build.

use super::current;
use crate::diagnostic::{Diagnostic, Fix, Severity, replace};
use crate::facts::{Facts, Model};
use crate::model::compose::ComposeBuilds;
use crate::model::manifest::{Build, Manifest, Text, names};
use crate::source::{Place, Span};
use crate::suggest::closest;
use crate::syntax::yaml::edit;
use crate::{Repair, Rule, Scope, Sink};
use std::collections::BTreeSet;

pub static RULE: Rule = Rule {
    id: "manifest/depends-on",
    summary: "`depends_on` names what is not there, goes in a circle, or is missing",
    severity: Severity::Error,
    fix: Repair::Unsafe,
    scope: Scope::Tree,
    needs: &[Model::Manifests],
    page: include_str!("depends_on.md"),
    check,
};

/// One entry of `build` or `test`, as a node of the graph.
struct Task<'a> {
    key: &'a Text,
    /// The name by which others ask for it.
    name: String,
    needs: &'a [Text],
}

fn check(facts: &Facts, sink: &mut Sink<'_>) {
    for manifest in current(facts).filter(|manifest| manifest.is_sound()) {
        let builds: Vec<Task<'_>> = manifest
            .builds
            .iter()
            .map(|build| Task {
                key: &build.name,
                name: names::sanitise(&build.name.value),
                needs: &build.depends_on,
            })
            .collect();
        match ComposeBuilds::of(manifest, &facts.tree) {
            ComposeBuilds::Known(compose) => unknown(manifest, "build", &builds, &compose, sink),
            ComposeBuilds::Unknown => {
                sink.skip(&manifest.file.path, "builds of Compose files that cannot be read");
            }
        }
        cycles(manifest, "build", &builds, sink);
        for finding in unawaited(manifest) {
            sink.report_as(Severity::Warning, finding);
        }
        let tests: Vec<Task<'_>> = manifest
            .tests
            .iter()
            .map(|test| Task { key: &test.name, name: test.name.value.clone(), needs: &test.depends_on })
            .collect();
        unknown(manifest, "test", &tests, &[], sink);
        cycles(manifest, "test", &tests, sink);
    }
}

fn unknown(manifest: &Manifest, section: &str, tasks: &[Task<'_>], others: &[String], sink: &mut Sink<'_>) {
    let known = |name: &str| {
        tasks.iter().any(|task| task.name == name || task.key.value == name)
            || others.iter().any(|other| other == name)
    };
    for task in tasks {
        for need in task.needs.iter().filter(|need| !known(&need.value)) {
            let wanted = &need.value;
            let finding =
                Diagnostic::new(manifest.place(need.span), format!("there is no {section} `{wanted}`"))
                    .label(format!("`{}` waits for it", task.key.value))
                    .subject(format!("{section}.{}", task.key.value));
            let names = tasks.iter().filter(|other| other.name != task.name).map(|other| other.name.as_str());
            sink.report(match closest(wanted, names) {
                Some(meant) => finding
                    .help(format!("did you mean `{meant}`? `cargo xtask fix --unsafe` writes it"))
                    .fix(Fix::needs_review(
                        format!("replace `{wanted}` by `{meant}`"),
                        vec![replace(&manifest.file.path, need.span, meant)],
                    )),
                None => finding.help(format!("add it under `{section}`, or drop the dependency")),
            });
        }
    }
}

/// Arguments of a build that take the image of another one, for which it does not wait.
fn unawaited(manifest: &Manifest) -> Vec<Diagnostic> {
    let mut findings = Vec::new();
    for build in &manifest.builds {
        let mut awaited: Option<BTreeSet<String>> = None;
        let mut told: BTreeSet<&str> = BTreeSet::new();
        let values = build.args.iter().filter_map(|(_, value)| value.as_ref());
        for value in values.filter(|value| value.value.contains("OKTETO_BUILD_")) {
            for other in &manifest.builds {
                let variable = format!("OKTETO_BUILD_{}_", names::build_variable(&other.name.value));
                let Some(start) = value.span.slice(&manifest.file.text).find(&variable) else { continue };
                let waits = awaited.get_or_insert_with(|| transitively(manifest, build));
                let own = names::sanitise(&other.name.value);
                // A misspelt dependency is told as such.
                let is_misspelt = |need: &Text| {
                    manifest.build(&need.value).is_none() && closest(&need.value, [own.as_str()]).is_some()
                };
                if waits.contains(&own)
                    || other.name == build.name
                    || build.depends_on.iter().any(is_misspelt)
                    || !told.insert(&other.name.value)
                {
                    continue;
                }
                let start = value.span.start + start;
                let rest = manifest.file.text.get(start..).unwrap_or("");
                let is_part = |character: char| character.is_ascii_alphanumeric() || character == '_';
                let length = rest.find(|character| !is_part(character)).unwrap_or(rest.len());
                let place = manifest.place(Span::new(start, start + length));
                findings.push(not_awaited(manifest, build, other, place));
            }
        }
    }
    findings
}

fn not_awaited(manifest: &Manifest, build: &Build, other: &Build, place: Place) -> Diagnostic {
    let (name, wanted) = (&build.name.value, names::sanitise(&other.name.value));
    let finding =
        Diagnostic::new(place, format!("`{name}` does not wait for `{wanted}`, whose image it takes"))
            .label("empty unless the other one happens to be built already")
            .related(manifest.place(other.name.span), "the other one")
            .subject(format!("build.{name}"));
    let text = &manifest.file.text;
    let change = match build.node.get("depends_on") {
        None => edit::insert_entry(text, &build.node, &[format!("depends_on: [{wanted}]")]),
        Some(list) => edit::append_item(text, list, std::slice::from_ref(&wanted)),
    };
    match change {
        Some((span, new)) => finding
            .help(format!("`cargo xtask fix --unsafe` adds `{wanted}` to `depends_on`"))
            .fix(Fix::needs_review(
                format!("add `{wanted}` to `depends_on`"),
                vec![replace(&manifest.file.path, span, new)],
            )),
        None => finding.help(format!("add `depends_on: [{wanted}]`")),
    }
}

/// The names of all builds that go before this one.
fn transitively(manifest: &Manifest, build: &Build) -> BTreeSet<String> {
    let mut found: BTreeSet<String> = BTreeSet::new();
    let mut queue = vec![build];
    while let Some(next) = queue.pop() {
        for need in &next.depends_on {
            if found.insert(names::sanitise(&need.value)) {
                queue.extend(manifest.build(&need.value));
            }
        }
    }
    found
}

/// One finding for each circle, at the dependency that closes it.
fn cycles(manifest: &Manifest, section: &str, tasks: &[Task<'_>], sink: &mut Sink<'_>) {
    let mut done: BTreeSet<usize> = BTreeSet::new();
    for start in 0..tasks.len() {
        let mut path: Vec<(usize, &Text)> = Vec::new();
        if let Some(circle) = circle(tasks, start, &mut path, &mut done) {
            let Some((_, closing)) = circle.last() else { continue };
            let names: Vec<&str> =
                circle.iter().filter_map(|(task, _)| Some(tasks.get(*task)?.key.value.as_str())).collect();
            let first = names.first().copied().unwrap_or("");
            let title = format!("{section}s wait for each other: {} → {first}", names.join(" → "));
            let mut finding = Diagnostic::new(manifest.place(closing.span), title)
                .label("closes the circle: none of them can begin")
                .help("drop one of the dependencies")
                .subject(format!("{section}.{first}"));
            for (_, need) in circle.iter().take(circle.len().saturating_sub(1)) {
                finding = finding.related(manifest.place(need.span), "part of the circle");
            }
            sink.report(finding);
        }
    }
}

/// Goes depth first from a task; the tasks of a circle with the dependency that leads on from each.
fn circle<'a>(
    tasks: &[Task<'a>],
    at: usize,
    path: &mut Vec<(usize, &'a Text)>,
    done: &mut BTreeSet<usize>,
) -> Option<Vec<(usize, &'a Text)>> {
    // A chain longer than the tasks there are would be a circle; the bound keeps the stack flat.
    if done.contains(&at) || path.len() > 500 {
        return None;
    }
    for need in tasks.get(at)?.needs {
        let Some(next) = tasks.iter().position(|task| task.name == need.value) else { continue };
        path.push((at, need));
        if let Some(begin) = path.iter().position(|(task, _)| *task == next) {
            let found = path.get(begin..).map(<[_]>::to_vec);
            done.extend(path.iter().map(|(task, _)| *task));
            return found;
        }
        if let Some(found) = circle(tasks, next, path, done) {
            return Some(found);
        }
        path.pop();
    }
    done.insert(at);
    None
}
