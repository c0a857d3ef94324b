//! What the scripts of a job call: the Okteto CLI, and the tools that are told a namespace.

use super::{Expression, Job, Pipeline};
use crate::source::Place;
use crate::syntax::shell::{self, Invocation, Script, Word};

/// A call of the Okteto CLI in a job.
#[derive(Clone, Debug)]
pub struct OktetoCall {
    /// The subcommands: `preview deploy`, `namespace create`.
    pub verb: String,
    /// The first operand, if there is one.
    pub operand: Option<Name>,
    /// `-n`, `--namespace`.
    pub namespace: Option<Name>,
    /// The whole call.
    pub place: Place,
}

/// A name as a command gives it.
#[derive(Clone, Debug)]
pub struct Name {
    /// What it comes to.
    pub expression: Expression,
    /// As written, quotes removed.
    pub written: String,
    /// Where.
    pub place: Place,
}

/// Flags of the Okteto CLI that take a value as their next word.
const OKTETO_VALUES: [&str; 24] = [
    "-n",
    "--namespace",
    "-c",
    "--context",
    "-f",
    "--file",
    "-b",
    "--branch",
    "-r",
    "--repository",
    "-s",
    "--scope",
    "--sourceUrl",
    "-t",
    "--timeout",
    "-v",
    "--var",
    "--label",
    "--token",
    "-l",
    "--loglevel",
    "--log-output",
    "--name",
    "-p",
];

/// Subcommands of the Okteto CLI that have subcommands themselves.
const OKTETO_GROUPS: [&str; 6] = ["preview", "namespace", "ns", "pipeline", "context", "ctx"];

/// Flags of `kubectl create` that take a value as their next word.
const KUBECTL_VALUES: [&str; 9] =
    ["-n", "--namespace", "-o", "--output", "--context", "--kubeconfig", "-f", "--filename", "--cluster"];

/// How `kubectl` and `helm` are told a namespace.
const NAMESPACE: [&str; 2] = ["-n", "--namespace"];

impl Pipeline {
    /// The calls of the Okteto CLI in a job.
    pub fn okteto_calls(&self, job: &Job) -> Vec<OktetoCall> {
        let shell = JobShell::of(self, job);
        shell.invocations().filter_map(|(file, invocation)| shell.okteto_call(file, &invocation)).collect()
    }

    /// The namespaces that a job's `kubectl` and `helm` are told, in order.
    pub fn told_namespaces(&self, job: &Job) -> Vec<Name> {
        let shell = JobShell::of(self, job);
        let told = shell.invocations().filter_map(|(file, invocation)| {
            let is_told = matches!(invocation.program.as_str(), "kubectl" | "helm");
            told_namespace(&invocation).filter(|_| is_told).map(|word| shell.name(file, &word))
        });
        told.collect()
    }

    /// The namespaces that a job's `kubectl` and `helm` create, in order.
    pub fn created_namespaces(&self, job: &Job) -> Vec<Name> {
        let shell = JobShell::of(self, job);
        let invocations = shell.invocations();
        invocations.filter_map(|(file, invocation)| Some(shell.name(file, &created(&invocation)?))).collect()
    }
}

/// The namespace that a call of `kubectl create namespace` or `helm --create-namespace` creates.
pub fn created(invocation: &Invocation<'_>) -> Option<Word> {
    match invocation.program.as_str() {
        "kubectl" => {
            let words = shell::arguments(invocation.args, &KUBECTL_VALUES);
            let mut operands = words.operands.iter();
            let verb = operands.next()?.as_literal()?;
            let kind = operands.next()?.as_literal()?;
            let rehearsed = words.flags.iter().any(|flag| flag.name == "--dry-run");
            // `kubectl create --dry-run=client -o yaml | kubectl apply -f -` creates it all the same.
            let is_piped = rehearsed && words.flags.iter().any(|flag| matches!(flag.name, "-o" | "--output"));
            let creates = verb == "create" && matches!(kind, "namespace" | "ns" | "namespaces");
            let name = (*operands.next()?).clone();
            (creates && (!rehearsed || is_piped)).then_some(name)
        }
        "helm" => {
            let asked = invocation.args.iter().any(|word| word.text == "--create-namespace");
            told_namespace(invocation).filter(|_| asked)
        }
        _ => None,
    }
}

fn told_namespace(invocation: &Invocation<'_>) -> Option<Word> {
    let flags = shell::arguments(invocation.args, &NAMESPACE).flags;
    shell::last_flag(&flags, &NAMESPACE)?.value.clone()
}

/// The scripts of a job, which GitLab runs in one shell.
struct JobShell<'a> {
    pipeline: &'a Pipeline,
    job: &'a Job,
    scripts: Vec<(usize, Script)>,
    assigned: Vec<String>,
}

impl<'a> JobShell<'a> {
    fn of(pipeline: &'a Pipeline, job: &'a Job) -> Self {
        let scripts: Vec<(usize, Script)> =
            job.commands.iter().map(|command| (command.file, command.text.script())).collect();
        let assigned = assigned(&scripts);
        Self { pipeline, job, scripts, assigned }
    }

    fn invocations(&self) -> impl Iterator<Item = (usize, Invocation<'_>)> {
        self.scripts.iter().flat_map(|(file, script)| {
            script.invocations().map(|invocation| (*file, invocation)).collect::<Vec<_>>()
        })
    }

    fn name(&self, file: usize, word: &Word) -> Name {
        Name {
            expression: Expression::of_word(word, &self.assigned).resolved(self.job),
            written: word.text.clone(),
            place: self.pipeline.place(file, word.span),
        }
    }

    fn okteto_call(&self, file: usize, call: &Invocation<'_>) -> Option<OktetoCall> {
        if call.program != "okteto" {
            return None;
        }
        let found = shell::subcommand(call.args, &OKTETO_VALUES);
        let mut verb = found.word.and_then(Word::as_literal)?.to_owned();
        let mut flags = found.flags.clone();
        let mut rest = shell::arguments(found.rest, &OKTETO_VALUES);
        flags.append(&mut rest.flags);
        let mut operands = rest.operands.into_iter();
        if OKTETO_GROUPS.contains(&verb.as_str()) {
            let second = operands.next().and_then(Word::as_literal).unwrap_or_default();
            verb = format!("{} {second}", if verb == "ns" { "namespace" } else { verb.as_str() });
        }
        let namespace = shell::last_flag(&flags, &NAMESPACE).and_then(|flag| flag.value.as_ref());
        Some(OktetoCall {
            verb,
            operand: operands.next().map(|word| self.name(file, word)),
            namespace: namespace.map(|word| self.name(file, word)),
            place: self.pipeline.place(file, call.span),
        })
    }
}

/// Names that the scripts themselves assign: what the job's variables say about these is not the last word.
fn assigned(scripts: &[(usize, Script)]) -> Vec<String> {
    let commands = scripts.iter().flat_map(|(_, script)| &script.commands);
    commands
        .flat_map(|command| {
            let own = command.assignments.iter().map(|assignment| assignment.name.clone());
            let declares = command.words.first().is_some_and(|word| {
                matches!(word.text.as_str(), "export" | "declare" | "local" | "readonly" | "read" | "typeset")
            });
            let declared = command.words.iter().skip(1).filter(move |_| declares);
            own.chain(declared.map(|word| word.text.split('=').next().unwrap_or_default().to_owned()))
        })
        .collect()
}
