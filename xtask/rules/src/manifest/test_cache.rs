//! `manifest/test-cache`: caches and artifacts of tests in forms that do nothing, and installs without a cache.
//! It owns variables in `caches`, which `variables/not-expanded` passes over.

use super::current;
use crate::diagnostic::{Diagnostic, Severity};
use crate::facts::{Facts, Model};
use crate::model::calls;
use crate::model::manifest::{Manifest, Test};
use crate::source::Span;
use crate::syntax::shell::{Invocation, subcommand};
use crate::{Repair, Rule, Scope, Sink};

pub static RULE: Rule = Rule {
    id: "manifest/test-cache",
    summary: "a cache or an artifact of a test does nothing, or an install has no cache",
    severity: Severity::Warning,
    fix: Repair::None,
    scope: Scope::Tree,
    needs: &[Model::Manifests],
    page: include_str!("test_cache.md"),
    check,
};

fn check(facts: &Facts, sink: &mut Sink<'_>) {
    for manifest in current(facts) {
        for test in &manifest.tests {
            caches(manifest, test, sink);
            artifacts(manifest, test, sink);
            if test.node.get("caches").is_none()
                && manifest.is_sound()
                && let Some((span, tool)) = install(test)
            {
                let name = &test.name.value;
                let finding =
                    Diagnostic::new(manifest.place(span), format!("test `{name}` has no cache for {tool}"))
                        .label("downloads everything again on each run")
                        .help("name the folder of its cache under `caches`, as an absolute path")
                        .subject(format!("test.{name}"));
                sink.report_as(Severity::Note, finding);
            }
        }
    }
}

fn caches(manifest: &Manifest, test: &Test, sink: &mut Sink<'_>) {
    for cache in &test.caches {
        let text = &cache.value;
        let label = if text.contains('$') {
            "variables are not expanded here: a folder of this very name is kept"
        } else if text.starts_with('~') {
            "no shell reads `caches`: `~` is a folder of this name"
        } else if !text.starts_with('/') {
            "a cache is mounted at an absolute path of the container"
        } else {
            continue;
        };
        let finding =
            Diagnostic::new(manifest.place(cache.span), format!("cache `{text}` is no absolute path"))
                .label(label)
                .help("write the folder in the container, as in `/root/.cache`")
                .subject(format!("test.{}.caches", test.name.value));
        sink.report(finding);
    }
}

fn artifacts(manifest: &Manifest, test: &Test, sink: &mut Sink<'_>) {
    for artifact in &test.artifacts {
        let text = &artifact.value;
        let (what, label) = if text.starts_with('/') {
            ("is absolute", "artifacts are looked for below the test's folder")
        } else if text.split('/').any(|part| part == "..") {
            ("leads out of the test's folder", "artifacts are looked for below it")
        } else if text.contains([' ', '\t']) {
            ("has a blank in it", "the CLI hands the path to a shell without quotes")
        } else {
            continue;
        };
        let finding = Diagnostic::new(manifest.place(artifact.span), format!("artifact `{text}` {what}"))
            .label(label)
            .help("write a path below the test's `context`; a missing artifact is passed over without a word")
            .subject(format!("test.{}.artifacts", test.name.value));
        sink.report(finding);
    }
}

/// The first command that installs dependencies of a language, and its tool.
fn install(test: &Test) -> Option<(Span, String)> {
    test.commands.iter().find_map(|text| {
        let script = text.script();
        let packages = calls::calls(&script).into_iter().find(|call| {
            let install =
                matches!(call.verb.as_str(), "install" | "i" | "ci" | "clean-install" | "fetch" | "add");
            let bare_yarn = call.tool == "yarn" && call.verb.is_empty();
            call.script.is_none() && (install || bare_yarn)
        });
        let packages = packages.map(|call| (call.span, call.tool.to_owned()));
        packages.or_else(|| {
            script.invocations().find_map(|invocation| {
                installs(&invocation).then(|| {
                    let end = invocation.args.first().map_or(invocation.word.span, |word| word.span);
                    (invocation.word.span.join(end), invocation.program.to_owned())
                })
            })
        })
    })
}

/// Other languages than JavaScript.
fn installs(invocation: &Invocation<'_>) -> bool {
    let verb = subcommand(invocation.args, &["--manifest-path", "-p", "--package", "-C"]);
    match invocation.program {
        "pip" | "pip3" | "poetry" | "composer" | "bundle" | "pipenv" => verb.name() == "install",
        "uv" => matches!(verb.name(), "sync" | "pip"),
        "cargo" => matches!(verb.name(), "build" | "test" | "check" | "fetch" | "clippy" | "run" | "nextest"),
        "go" => matches!(verb.name(), "build" | "test" | "mod" | "run" | "vet"),
        "mvn" | "mvnw" | "gradle" | "gradlew" => true,
        _ => false,
    }
}
