//! `cargo xtask plan`

mod human;
mod walk;

use super::laptop::lean;
use super::laptop::{self, Laptop};
use super::terminal::Terminal;
use super::{Exit, UsageError, json, open};
use crate::cli::{AnswerFormat, Global, Plan, Planned};
use crate::model::context::{Builder, Found};
use crate::model::descent::Gate;
use crate::model::synced::Stignored;
use crate::source::RepoPath;
use crate::suggest::closest;
use crate::syntax::ignore::{Problem, Rule};
use serde::Serialize;
use walk::Walked;

/// The answer; its JSON form is versioned.
#[derive(Debug, Serialize)]
pub struct Answer {
    /// Version of this form.
    pub version: u32,
    /// `sync`, `context` or `remote`.
    pub kind: &'static str,
    /// One for each folder that is sent under rules of its own.
    pub plans: Vec<Sent>,
}

/// What is sent of one folder.
#[derive(Debug, Serialize)]
pub struct Sent {
    /// Who gets it: dev containers, builds, or a run.
    pub names: Vec<String>,
    /// The manifests that name them.
    pub manifests: Vec<String>,
    /// For builds, whose rules these are: `okteto`, `docker`, or both.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub builders: Vec<&'static str>,
    /// The folder.
    pub root: String,
    /// The ignore file in force; none when everything is sent.
    pub ignore_file: Option<String>,
    /// Why the ignore file, or the walk, fails.
    pub error: Option<String>,
    /// What is sent and what stays.
    #[serde(flatten)]
    pub walked: Walked,
}

/// Walks what would be sent, and reports.
pub fn run(global: &Global, args: &Plan, terminal: &Terminal) -> anyhow::Result<Exit> {
    let git = open::repository(global)?;
    let (_, tree) = lean::survey(&git, &[])?;
    let laptop = Laptop::load(&git, tree, laptop::global_excludes(&git).as_deref())?;
    let (kind, name, format) = match &args.what {
        Planned::Sync { name, format } => ("sync", name, format),
        Planned::Context { name, format } => ("context", name, format),
        Planned::Remote { name, format } => ("remote", name, format),
    };
    let mut asked = match &args.what {
        Planned::Sync { .. } => syncs(&laptop),
        Planned::Context { .. } => contexts(&laptop),
        Planned::Remote { .. } => remotes(&laptop),
    };
    if let Some(name) = name {
        let known: Vec<String> = asked.iter().flat_map(|asked| asked.names.clone()).collect();
        asked.retain(|asked| asked.names.contains(name));
        if asked.is_empty() {
            return Err(unknown(kind, name, &known).into());
        }
    }
    let plans = asked.into_iter().map(|asked| asked.walk(&laptop)).collect();
    let answer = Answer { version: 1, kind, plans };
    terminal.out(&match format {
        AnswerFormat::Json => json(&answer)?,
        AnswerFormat::Human => human::render(&answer, terminal.style(), terminal.width().unwrap_or(100)),
    });
    Ok(Exit::Clean)
}

fn unknown(kind: &str, name: &str, known: &[String]) -> UsageError {
    let thing = match kind {
        "sync" => "dev container that syncs files",
        "context" => "build with a context in this repository",
        _ => "remote run",
    };
    let hint = match closest(name, known.iter().map(String::as_str)) {
        Some(meant) => format!("; did you mean `{meant}`?"),
        None if known.is_empty() => String::new(),
        None => format!("; there are {}", known.join(", ")),
    };
    UsageError(format!("no manifest has a {thing} named `{name}`{hint}"))
}

/// A folder to walk, with the rules that hold there.
struct Asked<'a> {
    names: Vec<String>,
    manifests: Vec<String>,
    builders: Vec<&'static str>,
    root: &'a RepoPath,
    ignore_file: Option<&'a RepoPath>,
    gate: Gate<'a>,
    rules: &'a [Rule],
    error: Option<String>,
}

impl Asked<'_> {
    fn walk(self, laptop: &Laptop) -> Sent {
        let ignore_file = self.ignore_file.unwrap_or(self.root);
        let (walked, failed) = walk::walk(&laptop.disk, self.root, self.gate, self.rules, ignore_file);
        let missing = (!laptop.disk.is_dir(self.root)).then(|| "there is no such folder".to_owned());
        Sent {
            names: self.names,
            manifests: self.manifests,
            builders: self.builders,
            root: self.root.to_string(),
            ignore_file: self.ignore_file.map(ToString::to_string),
            error: self.error.or(failed).or(missing),
            walked,
        }
    }

    /// Adds who gets the same under the same rules.
    fn join(&mut self, name: &str, manifest: &RepoPath, builder: Option<&'static str>) {
        push(&mut self.names, name.to_owned());
        push(&mut self.manifests, manifest.to_string());
        if let Some(builder) = builder {
            push(&mut self.builders, builder);
        }
    }
}

fn push<T: PartialEq>(all: &mut Vec<T>, one: T) {
    if !all.contains(&one) {
        all.push(one);
    }
}

fn first(problems: &[Problem]) -> Option<String> {
    problems.first().map(|problem| format!("line {}: {problem}", problem.line))
}

fn syncs(laptop: &Laptop) -> Vec<Asked<'_>> {
    let each = laptop.synced.folders.iter().map(|folder| {
        let (rules, file, error) = match &folder.stignore {
            Stignored::File(file) => {
                let linux = file.rules_on(crate::model::synced::Side::Linux);
                (linux.rules(), Some(&file.source.path), first(linux.problems()))
            }
            Stignored::Missing => (&[] as &[Rule], None, None),
            Stignored::Unknown(reason) => (&[] as &[Rule], None, Some(reason.clone())),
        };
        let mut asked = Asked {
            names: Vec::new(),
            manifests: Vec::new(),
            builders: Vec::new(),
            root: &folder.path,
            ignore_file: file,
            gate: Gate::sync(&folder.stignore),
            rules,
            error,
        };
        for user in &folder.users {
            asked.join(&user.dev, &user.manifest, None);
        }
        asked
    });
    each.collect()
}

/// Builds of one context under one ignore file are one plan.
fn contexts(laptop: &Laptop) -> Vec<Asked<'_>> {
    let mut all: Vec<Asked<'_>> = Vec::new();
    for build in &laptop.contexts.builds {
        for builder in Builder::ALL {
            let (rules, file, error) = match build.ignore_file(builder) {
                Found::File(file) => {
                    (file.rules.rules(), Some(&file.source.path), first(file.rules.problems()))
                }
                Found::Missing => (&[] as &[Rule], None, None),
                found @ Found::Unknown(..) => (&[] as &[Rule], None, found.failure()),
            };
            let same = |asked: &&mut Asked<'_>| {
                *asked.root == build.context && asked.ignore_file == file && asked.error == error
            };
            if let Some(asked) = all.iter_mut().find(same) {
                asked.join(&build.name, &build.manifest, Some(builder.name()));
                continue;
            }
            all.push(Asked {
                names: vec![build.name.clone()],
                manifests: vec![build.manifest.to_string()],
                builders: vec![builder.name()],
                root: &build.context,
                ignore_file: file,
                gate: Gate::context(build.rules(builder)),
                rules,
                error,
            });
        }
    }
    all
}

fn remotes(laptop: &Laptop) -> Vec<Asked<'_>> {
    let each = laptop.contexts.remotes.iter().filter(|run| run.is_remote).map(|run| {
        let error = run.ignore_file.failure().or_else(|| first(run.rules.problems()));
        let file = run.ignore_file.file().map(|file| &file.source.path);
        Asked {
            names: vec![run.section.to_string()],
            manifests: vec![run.manifest.to_string()],
            builders: Vec::new(),
            root: &run.context,
            ignore_file: file.or_else(|| run.legacy.as_ref().map(|legacy| &legacy.path)),
            gate: Gate::context(Some(&*run.rules)),
            rules: run.rules.rules(),
            error,
        }
    });
    each.collect()
}
