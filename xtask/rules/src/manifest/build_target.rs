//! `manifest/build-target`: the stage that a build asks for is not in its Dockerfile.

use super::build_path::Paths;
use super::current;
use crate::diagnostic::{Diagnostic, Fix, Severity, replace};
use crate::facts::{Facts, Model};
use crate::model::environment::Environment;
use crate::source::Place;
use crate::suggest::closest;
use crate::syntax::dockerfile::Dockerfile;
use crate::{Repair, Rule, Scope, Sink};

pub static RULE: Rule = Rule {
    id: "manifest/build-target",
    summary: "a build asks for a stage that its Dockerfile lacks",
    severity: Severity::Error,
    fix: Repair::Unsafe,
    scope: Scope::Tree,
    needs: &[Model::Manifests],
    page: include_str!("build_target.md"),
    check,
};

fn check(facts: &Facts, sink: &mut Sink<'_>) {
    for manifest in current(facts) {
        let environment = Environment::of(manifest, &facts.tree, &facts.config);
        for build in &manifest.builds {
            let Some(target) = build.target.as_ref().filter(|target| !target.value.contains('$')) else {
                continue;
            };
            let Some(paths) = Paths::of(manifest, build, &environment) else { continue };
            let Some(path) = paths.dockerfile(facts) else { continue };
            let Ok(file) = facts.tree.source(path) else { continue };
            let dockerfile = Dockerfile::parse(file.text.clone());
            // A broken Dockerfile may hide a stage.
            if !dockerfile.errors.is_empty() {
                sink.skip(path, "the Dockerfile has errors");
                continue;
            }
            let stages: Vec<&str> = dockerfile
                .stages
                .iter()
                .filter_map(|stage| Some(stage.name.as_ref()?.value.as_str()))
                .collect();
            let wanted = target.value.as_str();
            // BuildKit takes the number of a stage as well, and compares names without regard to case.
            let number = wanted.parse::<usize>().is_ok_and(|number| number < dockerfile.stages.len());
            if number || wanted.is_empty() || stages.iter().any(|stage| stage.eq_ignore_ascii_case(wanted)) {
                continue;
            }
            let first = dockerfile.stages.first().map(|stage| stage.base.span);
            let listed = match stages.as_slice() {
                [] => "no stage has a name here".to_owned(),
                names => format!("its stages: {}", names.join(", ")),
            };
            let place = first.map_or_else(|| Place::top(path), |span| file.place(span));
            let finding =
                Diagnostic::new(manifest.place(target.span), format!("`{path}` has no stage `{wanted}`"))
                    .label(format!("the build of `{}` stops", build.name.value))
                    .related(place, listed)
                    .subject(format!("build.{}", build.name.value));
            sink.report(match closest(wanted, stages.iter().copied()) {
                Some(meant) => finding
                    .help(format!("did you mean `{meant}`? `cargo xtask fix --unsafe` writes it"))
                    .fix(Fix::needs_review(
                        format!("replace `{wanted}` by `{meant}`"),
                        vec![replace(&manifest.file.path, target.span, meant)],
                    )),
                None => finding.help("name one of its stages, or drop `target` for the last one"),
            });
        }
    }
}
