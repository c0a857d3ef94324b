//! GitLab CI: the jobs of `.gitlab-ci.yml` as GitLab runs them.
//!
//! Applied in GitLab's order: anchors and merge keys (by the YAML tree), `include:local`, `!reference`,
//! `extends` (a deep merge in which lists replace each other), `default` and global `variables`. Files that
//! the tree does not hold (`remote`, `project`, `template`, `component`) stay out of sight, and
//! [`Pipeline::hidden`] says so. Source: GitLab CI/CD YAML reference, `lib/gitlab/ci/config`.

mod expression;
mod load;
mod resolve;
mod value;

pub use expression::{Expression, Piece, RAW_NAMES};
pub use value::{Content, Pair, Value};

use crate::model::manifest::CommandText;
use crate::snapshot::Snapshot;
use crate::source::{Place, RepoPath, SourceFile, Span, Spanned};
use crate::syntax::shell::{self, Invocation, Word};

/// Where GitLab looks for the pipeline.
pub const PATH: &str = ".gitlab-ci.yml";

/// The pipeline.
#[derive(Debug, Default)]
pub struct Pipeline {
    /// `.gitlab-ci.yml` and what it includes from the tree; empty without a pipeline.
    pub files: Vec<SourceFile>,
    /// The jobs that can run, in the order of their files.
    pub jobs: Vec<Job>,
    /// What could not be looked into, and why. Rules about absence stay silent when there is any.
    pub hidden: Vec<(Place, String)>,
}

/// A job with everything that it inherits.
#[derive(Clone, Debug)]
pub struct Job {
    /// The key.
    pub name: Spanned<String>,
    /// Position of its file in [`Pipeline::files`].
    pub file: usize,
    /// All keys, inherited ones included.
    pub value: Value,
    /// Its commands: `before_script`, `script`, `after_script`, in order.
    pub commands: Vec<Command>,
}

/// One item of a script.
#[derive(Clone, Debug)]
pub struct Command {
    /// Position of its file in [`Pipeline::files`].
    pub file: usize,
    /// The text.
    pub text: CommandText,
}

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
    /// Reads the pipeline of a tree.
    pub fn load(tree: &Snapshot) -> Self {
        load::load(tree, &RepoPath::new(PATH))
    }

    /// Whether all of the pipeline is in sight.
    pub fn is_complete(&self) -> bool {
        self.hidden.is_empty()
    }

    /// The job of this name.
    pub fn job(&self, name: &str) -> Option<&Job> {
        self.jobs.iter().find(|job| job.name.value == name)
    }

    /// A place in one of its files.
    pub fn place(&self, file: usize, span: Span) -> Place {
        match self.files.get(file) {
            Some(file) => file.place(span),
            None => Place::new(&RepoPath::new(PATH), span),
        }
    }

    /// Where a value is written.
    pub fn place_of(&self, value: &Value) -> Place {
        self.place(value.file, value.node.site())
    }

    /// The calls of the Okteto CLI in a job.
    pub fn okteto_calls(&self, job: &Job) -> Vec<OktetoCall> {
        let scripts: Vec<(usize, shell::Script)> =
            job.commands.iter().map(|command| (command.file, command.text.script())).collect();
        let assigned = assigned(&scripts);
        let mut calls = Vec::new();
        for (file, script) in &scripts {
            for invocation in script.invocations().filter(|invocation| invocation.program == "okteto") {
                calls.extend(self.okteto_call(job, *file, &invocation, &assigned));
            }
        }
        calls
    }

    /// The namespaces that a job's `kubectl` and `helm` are told, in order.
    pub fn told_namespaces(&self, job: &Job) -> Vec<Name> {
        const NAMES: [&str; 2] = ["-n", "--namespace"];
        let scripts: Vec<(usize, shell::Script)> =
            job.commands.iter().map(|command| (command.file, command.text.script())).collect();
        let assigned = assigned(&scripts);
        let mut names = Vec::new();
        for (file, script) in &scripts {
            let tools = script
                .invocations()
                .filter(|invocation| matches!(invocation.program.as_str(), "kubectl" | "helm"));
            for tool in tools {
                let flags = shell::arguments(tool.args, &NAMES).flags;
                let flag = shell::last_flag(&flags, &NAMES);
                let word = flag.and_then(|flag| flag.value.as_ref());
                names.extend(word.map(|word| self.name(job, *file, word, &assigned)));
            }
        }
        names
    }

    fn name(&self, job: &Job, file: usize, word: &Word, assigned: &[String]) -> Name {
        Name {
            expression: Expression::of_word(word, assigned).resolved(&job.value),
            written: word.text.clone(),
            place: self.place(file, word.span),
        }
    }

    fn okteto_call(
        &self,
        job: &Job,
        file: usize,
        call: &Invocation<'_>,
        assigned: &[String],
    ) -> Option<OktetoCall> {
        const VALUES: &[&str] = &[
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
        let found = shell::subcommand(call.args, VALUES);
        let mut verb = found.word.and_then(Word::as_literal)?.to_owned();
        let mut flags = found.flags.clone();
        let mut rest = shell::arguments(found.rest, VALUES);
        flags.append(&mut rest.flags);
        let mut operands = rest.operands.into_iter();
        if matches!(verb.as_str(), "preview" | "namespace" | "ns" | "pipeline" | "context" | "ctx") {
            let second = operands.next().and_then(Word::as_literal).unwrap_or_default();
            verb = format!("{} {second}", if verb == "ns" { "namespace" } else { verb.as_str() });
        }
        let name = |word: &Word| self.name(job, file, word, assigned);
        let namespace = shell::last_flag(&flags, &["-n", "--namespace"]).and_then(|flag| flag.value.as_ref());
        Some(OktetoCall {
            verb,
            operand: operands.next().map(name),
            namespace: namespace.map(name),
            place: self.place(file, call.span),
        })
    }
}

/// Names that the scripts themselves assign: what the job's variables say about these is not the last word.
fn assigned(scripts: &[(usize, shell::Script)]) -> Vec<String> {
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

impl Job {
    /// The value at a path of keys.
    pub fn at(&self, keys: &[&str]) -> Option<&Value> {
        self.value.at(keys)
    }

    /// The text at a path of keys.
    pub fn text(&self, keys: &[&str]) -> Option<&str> {
        self.at(keys)?.text()
    }

    /// `environment.name`, also in its short form `environment: NAME`.
    pub fn environment_name(&self) -> Option<&Value> {
        let environment = self.at(&["environment"])?;
        if environment.text().is_some() { Some(environment) } else { environment.get("name") }
    }

    /// Whether something in the job depends on what is not in sight.
    pub fn is_known(&self) -> bool {
        !self.value.holds_unknown()
    }

    /// A text of the job's keys with its variables put in.
    pub fn expression(&self, text: &str) -> Expression {
        Expression::of_text(text).resolved(&self.value)
    }
}

#[cfg(test)]
mod tests;
