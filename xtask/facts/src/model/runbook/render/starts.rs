//! What a manifest that is named with `-f` brings up.

use super::{Rendered, code, list};
use crate::model::cluster_calls::OktetoCommand;
use crate::model::manifest::{CommandText, Manifest};
use crate::model::runbook::releases::release;
use crate::syntax::shell::{self, Invocation};

/// So much of a command is shown.
const LONGEST: usize = 60;

/// What `kubectl` does to bring something up. `wait`, `get`, `delete` and their like start nothing.
const VERBS: [&str; 8] = ["apply", "create", "replace", "run", "scale", "patch", "set", "expose"];

/// Flags of `kubectl` that take a value as their next word and may stand in front of what it does.
const KUBECTL_VALUES: [&str; 12] = [
    "-n",
    "--namespace",
    "--context",
    "--kubeconfig",
    "--cluster",
    "-s",
    "--server",
    "--request-timeout",
    "-f",
    "--filename",
    "-k",
    "--kustomize",
];

/// What is created or written, but runs nothing.
const AT_REST: [&str; 5] = ["namespace", "ns", "secret", "configmap", "cm"];

/// The shells that run a script.
const SHELLS: [&str; 5] = ["sh", "bash", "dash", "zsh", "ash"];

/// What a manifest brings up: in the order of its `deploy`, then what Compose files, dev containers and tests add.
pub(super) fn starts(manifest: &Manifest) -> Rendered {
    let place = |span| Some(manifest.place(span));
    let commands: Vec<&CommandText> = manifest.deploy.iter().flat_map(|run| &run.commands).collect();
    let mut deployed = Vec::new();
    for command in &commands {
        let script = command.script();
        deployed.extend(script.invocations().filter_map(|invocation| started(manifest, &invocation)));
    }
    let compose =
        manifest.deploy.iter().flat_map(|run| &run.compose).map(|file| code(&file.value, place(file.span)));
    let devs = manifest.devs.iter().map(|dev| code(&dev.name.value, place(dev.name.span)));
    let tests = manifest.tests.iter().map(|test| code(&test.name.value, place(test.name.span)));
    let all: Vec<Rendered> = deployed.into_iter().chain(compose).chain(devs).chain(tests).collect();
    if !all.is_empty() {
        return list(all);
    }
    // A program that is not known: what it is told says most.
    let first = commands.first().map(|command| {
        let line = command.text().lines().find(|line| !line.trim().is_empty()).unwrap_or("").trim();
        code(&short(line), place(command.span))
    });
    first.unwrap_or_default()
}

/// What one command brings up: a release of Helm, another manifest, or what the command itself says.
fn started(manifest: &Manifest, invocation: &Invocation<'_>) -> Option<Rendered> {
    if let Some(release) = release(manifest, invocation) {
        return Some(code(&release.name.value, Some(manifest.place(release.name.span))));
    }
    if let Some(call) = OktetoCommand::of(invocation) {
        if !matches!(call.verb.as_str(), "deploy" | "up" | "test" | "pipeline deploy" | "preview deploy") {
            return None;
        }
        if let Some(file) = call.value(&["-f", "--file"]).filter(|file| file.is_literal()) {
            return Some(code(&file.text, Some(manifest.place(file.span))));
        }
    } else if !runs(invocation) {
        return None;
    }
    let words = std::iter::once(invocation.program)
        .chain(invocation.args.iter().map(|word| word.span.slice(&manifest.file.text)));
    let text = words.collect::<Vec<_>>().join(" ");
    Some(code(&short(&text), Some(manifest.place(invocation.span))))
}

/// Whether a command of `kubectl` starts something, or a command runs a script of the repository.
fn runs(invocation: &Invocation<'_>) -> bool {
    let is_script = |word: &str| word.ends_with(".sh");
    if invocation.program == "kubectl" {
        let arguments = shell::arguments(invocation.args, &KUBECTL_VALUES);
        let mut words = arguments.operands.iter().map(|word| word.text.as_str());
        return match (words.next(), words.next()) {
            (Some("rollout"), action) => action == Some("restart"),
            (Some("create"), Some(kind)) => !AT_REST.contains(&kind),
            (verb, _) => verb.is_some_and(|verb| VERBS.contains(&verb)),
        };
    }
    if SHELLS.contains(&invocation.program) {
        let mut words = invocation.args.iter().filter(|word| !word.text.starts_with('-'));
        return words.next().is_some_and(|word| is_script(&word.text));
    }
    invocation.word.text.contains('/') && is_script(&invocation.word.text)
}

fn short(text: &str) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    text.chars().take(LONGEST).collect()
}
