//! What the scripts of a job call: the Okteto CLI, and the tools that are told a namespace.

use super::{Expression, Job, Pipeline};
use crate::model::cluster_calls::{OktetoCommand, created, told_namespace};
use crate::source::Place;
use crate::syntax::shell::{Invocation, Script, Word};

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
            let is_told = matches!(invocation.program, "kubectl" | "helm");
            told_namespace(&invocation).filter(|_| is_told).map(|word| shell.name(file, &word))
        });
        told.collect()
    }

    /// The namespaces that a job's `kubectl` and `helm` create, in order.
    pub fn created_namespaces(&self, job: &Job) -> Vec<Name> {
        let shell = JobShell::of(self, job);
        let invocations = shell.invocations();
        let by_tools = invocations.filter(|(_, invocation)| invocation.program != "okteto");
        by_tools.filter_map(|(file, invocation)| Some(shell.name(file, &created(&invocation)?))).collect()
    }
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
        let found = OktetoCommand::of(call)?;
        Some(OktetoCall {
            operand: found.operands.first().map(|word| self.name(file, word)),
            namespace: found.namespace().map(|word| self.name(file, word)),
            verb: found.verb,
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
