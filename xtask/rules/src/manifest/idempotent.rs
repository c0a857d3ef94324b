//! `manifest/idempotent`: a deploy command that fails when it runs a second time.

use super::current;
use crate::diagnostic::{Diagnostic, Fix, Severity, replace};
use crate::facts::{Facts, Model};
use crate::model::command_paths::{HELM_VALUES, KUBECTL_VALUES};
use crate::model::manifest::Manifest;
use crate::source::RepoPath;
use crate::syntax::shell::{
    Command, ConnectorKind, Element, Invocation, ScopeKind, Script, Word, arguments, subcommand,
};
use crate::{Repair, Rule, Scope, Sink};

pub static RULE: Rule = Rule {
    id: "manifest/idempotent",
    summary: "a deploy command fails when it runs again",
    severity: Severity::Warning,
    fix: Repair::Sometimes,
    scope: Scope::Tree,
    needs: &[Model::Manifests],
    page: include_str!("idempotent.md"),
    check,
};

fn check(facts: &Facts, sink: &mut Sink<'_>) {
    for manifest in current(facts) {
        let Some(deploy) = &manifest.deploy else { continue };
        // What an earlier command of the section deletes may be created again.
        let mut deleted: Vec<String> = Vec::new();
        for text in &deploy.commands {
            let script = text.script();
            for invocation in script.invocations() {
                let finding = match invocation.program {
                    "helm" => helm(manifest, &script, &invocation, &mut deleted),
                    "kubectl" | "oc" => kubectl(facts, manifest, &script, &invocation, &mut deleted),
                    _ => None,
                };
                if let Some(finding) = finding {
                    sink.report(finding);
                }
            }
        }
    }
}

fn helm(
    manifest: &Manifest,
    script: &Script,
    invocation: &Invocation<'_>,
    deleted: &mut Vec<String>,
) -> Option<Diagnostic> {
    let found = subcommand(invocation.args, HELM_VALUES);
    let arguments = arguments(found.rest, HELM_VALUES);
    let release = arguments.operands.first().map(|word| word.text.clone());
    if matches!(found.name(), "uninstall" | "delete" | "del" | "un") {
        deleted.extend(arguments.operands.iter().map(|word| format!("helm {}", word.text)));
        return None;
    }
    let has = |names: &[&str]| arguments.flags.iter().any(|flag| names.contains(&flag.name));
    let install = found.word.filter(|_| found.name() == "install" && !has(&["--dry-run", "--replace"]))?;
    let again = release.as_ref().is_some_and(|release| deleted.contains(&format!("helm {release}")));
    if again || is_guarded(script, invocation.command) {
        return None;
    }
    let title = match &release {
        Some(release) => format!("`helm install {release}` fails on the second run"),
        None => "`helm install` fails on the second run".to_owned(),
    };
    let finding = Diagnostic::new(manifest.place(install.span), title)
        .label("the release exists by then; Okteto repeats commands when a node goes away")
        .subject(format!("deploy.{}", release.unwrap_or_default()));
    let generated = has(&["-g", "--generate-name", "--name-template"]) || arguments.operands.len() < 2;
    if generated || install.quoted {
        return Some(finding.help("use `helm upgrade --install NAME CHART`"));
    }
    let title = "replace `install` by `upgrade --install`";
    let edit = replace(&manifest.file.path, install.span, "upgrade --install");
    Some(finding.help(format!("{title} (safe fix)")).fix(Fix::safe(title, vec![edit])))
}

fn kubectl(
    facts: &Facts,
    manifest: &Manifest,
    script: &Script,
    invocation: &Invocation<'_>,
    deleted: &mut Vec<String>,
) -> Option<Diagnostic> {
    let found = subcommand(invocation.args, KUBECTL_VALUES);
    let arguments = arguments(found.rest, KUBECTL_VALUES);
    let files: Vec<&Word> = arguments
        .flags
        .iter()
        .filter(|flag| matches!(flag.name, "-f" | "--filename"))
        .filter_map(|flag| flag.value.as_ref())
        .collect();
    let words: Vec<&str> = arguments.operands.iter().map(|word| word.text.as_str()).collect();
    let things = things(&words, &files);
    if found.name() == "delete" {
        deleted.extend(things);
        return None;
    }
    let create = found.word.filter(|_| found.name() == "create")?;
    let dry = arguments.flags.iter().any(|flag| flag.name == "--dry-run");
    let fresh = arguments.operands.iter().any(|word| !word.is_literal()) || words.first() == Some(&"token");
    let again = !things.is_empty() && things.iter().all(|thing| deleted.contains(thing));
    let generates = files.iter().any(|file| generates_names(facts, manifest, file));
    if dry || fresh || again || generates || is_guarded(script, invocation.command) {
        return None;
    }
    let what = words.iter().take(3).copied().chain(files.first().map(|_| "-f")).collect::<Vec<_>>().join(" ");
    let title = format!("`kubectl create {what}` fails on the second run");
    let help = if files.is_empty() {
        "add `--dry-run=client -o yaml | kubectl apply -f -`"
    } else {
        "use `kubectl apply`"
    };
    Some(
        Diagnostic::new(manifest.place(create.span), title)
            .label("the object exists by then; Okteto repeats commands when a node goes away")
            .help(help)
            .subject(format!("deploy.{what}")),
    )
}

/// What a `create` or `delete` is about: `secret/name`, or its files.
fn things(words: &[&str], files: &[&Word]) -> Vec<String> {
    let mut things: Vec<String> = files.iter().map(|file| format!("-f {}", file.text)).collect();
    if let [kind, rest @ ..] = words {
        match kind.split_once('/') {
            Some((kind, name)) => things.push(format!("{}/{name}", plain_kind(kind))),
            None => things.extend(rest.last().map(|name| format!("{}/{name}", plain_kind(kind)))),
        }
    }
    things
}

/// `ns`, `namespaces` → `namespace`.
fn plain_kind(kind: &str) -> &str {
    match kind {
        "ns" => "namespace",
        "cm" => "configmap",
        "sa" => "serviceaccount",
        "deploy" => "deployment",
        "svc" => "service",
        "ing" => "ingress",
        kind => kind.strip_suffix('s').filter(|kind| !kind.ends_with('s')).unwrap_or(kind),
    }
}

/// Objects with `generateName` can only be created.
fn generates_names(facts: &Facts, manifest: &Manifest, file: &Word) -> bool {
    let Some(path) = file.as_literal() else { return true };
    let path: RepoPath = manifest.base.join(path);
    path.file_name() == "-" || facts.tree.source(&path).is_ok_and(|file| file.text.contains("generateName:"))
}

/// Whether a failure is expected, or the command runs only after a look at what is there.
fn is_guarded(script: &Script, command: &Command) -> bool {
    let (before, after) = script.connectors(command);
    let is = |connector: Option<crate::syntax::shell::Connector>, kind: ConnectorKind| {
        connector.is_some_and(|connector| connector.kind == kind)
    };
    let asked_before = is(before, ConnectorKind::And) && {
        let items = script.scope(command.scope).map_or(&[][..], |scope| &scope.items);
        let previous = command.item.checked_sub(1).and_then(|index| items.get(index));
        previous.is_some_and(|item| item.negated || is_question(script, item.element))
    };
    let conditional = script.scopes_around(command).any(|scope| {
        matches!(scope.kind, ScopeKind::Body | ScopeKind::Condition | ScopeKind::Function { .. })
    });
    asked_before || conditional || is(before, ConnectorKind::Or) || is(after, ConnectorKind::Or)
}

fn is_question(script: &Script, element: Element) -> bool {
    let Element::Command(id) = element else { return false };
    let invocation = script.command(id).and_then(|command| script.invocation(command));
    invocation.is_some_and(|invocation| matches!(invocation.program, "test" | "[" | "[["))
}
