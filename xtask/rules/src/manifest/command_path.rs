//! `manifest/command-path`: a command names a chart, file or script that will not be there.

use super::current;
use crate::diagnostic::{Diagnostic, Severity};
use crate::facts::{Facts, Model};
use crate::model::command_paths::{PathUse, Role, Step, steps};
use crate::model::context::RemoteContext;
use crate::model::environment::Environment;
use crate::model::manifest::{CommandText, Manifest, Run};
use crate::model::untracked::Untracked;
use crate::source::RepoPath;
use crate::suggest::closest;
use crate::syntax::ignore::oktetoignore::Section;
use crate::syntax::shell::{Directory, Script, parse};
use crate::{Repair, Rule, Scope, Sink};
use std::cell::LazyCell;

pub static RULE: Rule = Rule {
    id: "manifest/command-path",
    summary: "a command names a file that will not be there",
    severity: Severity::Error,
    fix: Repair::None,
    scope: Scope::Tree,
    needs: &[Model::Manifests, Model::Contexts],
    page: include_str!("command_path.md"),
    check,
};

/// A list of commands and the folder that they start in.
struct Job<'a> {
    subject: String,
    commands: &'a [CommandText],
    /// Where relative paths start.
    start: RepoPath,
    /// The copy of the context that a remote run has; `None` on the laptop.
    remote: Option<&'a RemoteContext>,
}

fn check(facts: &Facts, sink: &mut Sink<'_>) {
    let untracked = LazyCell::new(|| Untracked::of(&facts.tree));
    let may_exist = |path: &RepoPath| untracked.may_exist(path);
    for manifest in current(facts) {
        let mut findings: Vec<(RepoPath, Diagnostic)> = Vec::new();
        for job in jobs(facts, manifest) {
            Check { facts, manifest, job: &job, may_exist: &may_exist }.run(&mut findings, sink);
        }
        for finding in
            findings.into_iter().map(|(_, finding)| finding).chain(compose_files(facts, manifest, &may_exist))
        {
            sink.report(finding);
        }
    }
}

/// The Compose files of `deploy` that are not there.
fn compose_files(
    facts: &Facts,
    manifest: &Manifest,
    may_exist: &dyn Fn(&RepoPath) -> bool,
) -> Vec<Diagnostic> {
    let environment = Environment::of(manifest, &facts.tree, &facts.config);
    let files = manifest.deploy.iter().flat_map(|deploy| &deploy.compose);
    let missing = files.filter_map(|file| {
        let written = environment.expand(&file.value)?;
        let path = manifest.base.join(&written);
        let elsewhere = written.is_empty() || written.starts_with(['/', '~']) || written.contains("://");
        let known =
            elsewhere || path.is_outside() || facts.tree.is_opaque(&path) || facts.tree.is_file(&path);
        (!known && !may_exist(&path)).then(|| {
            let title = format!("there is no Compose file `{path}`");
            let finding = Diagnostic::new(manifest.place(file.span), title)
                .label(format!("`deploy` starts in {}", folder_in_words(&manifest.base)))
                .subject(format!("deploy.{path}"));
            with_neighbour(facts, finding, &path)
        })
    });
    missing.collect()
}

fn folder_in_words(folder: &RepoPath) -> String {
    if folder.is_root() { "the repository".to_owned() } else { format!("`{folder}/`") }
}

/// Says which file beside a missing one was probably meant.
fn with_neighbour(facts: &Facts, finding: Diagnostic, path: &RepoPath) -> Diagnostic {
    let siblings = path.parent().map(|folder| facts.tree.children(&folder)).unwrap_or_default();
    match closest(path.file_name(), siblings.iter().map(|(name, _)| name.as_str())) {
        Some(meant) => {
            let meant = path.parent().unwrap_or_else(RepoPath::root).join(meant);
            finding.help(format!("did you mean `{meant}`?"))
        }
        None => finding.help("correct the path; what a command makes should be git-ignored"),
    }
}

fn jobs<'a>(facts: &'a Facts, manifest: &'a Manifest) -> Vec<Job<'a>> {
    let run = |name: &str, run: &'a Option<Run>, section: Section| {
        let run = run.as_ref()?;
        Some(job(facts, manifest, name.to_owned(), &run.commands, section))
    };
    let tests = manifest.tests.iter().map(|test| {
        let section = Section::Test(Some(test.name.value.clone()));
        job(facts, manifest, format!("test.{}", test.name.value), &test.commands, section)
    });
    let runs = [
        run("deploy", &manifest.deploy, Section::Deploy),
        run("destroy", &manifest.destroy, Section::Destroy),
    ];
    runs.into_iter().flatten().chain(tests).collect()
}

fn job<'a>(
    facts: &'a Facts,
    manifest: &Manifest,
    subject: String,
    commands: &'a [CommandText],
    section: Section,
) -> Job<'a> {
    let runs = &facts.contexts().remotes;
    let remote =
        runs.iter().find(|run| run.is_remote && run.manifest == manifest.file.path && run.section == section);
    let start = remote.map_or(&manifest.base, |remote| &remote.context).clone();
    Job { subject, commands, start, remote }
}

struct Check<'a> {
    facts: &'a Facts,
    manifest: &'a Manifest,
    job: &'a Job<'a>,
    /// Whether git ignores a path, so that it may be there all the same.
    may_exist: &'a dyn Fn(&RepoPath) -> bool,
}

/// What the commands so far have left behind.
#[derive(Default)]
struct Past {
    /// Files and folders that they made.
    made: Vec<RepoPath>,
    /// Repositories of charts that they added.
    repositories: Vec<String>,
    /// Whether something may have made any file.
    anything: bool,
}

/// A folder that is told from another one.
fn below(start: &Directory, inner: &Directory) -> Directory {
    match inner {
        Directory::Start => start.clone(),
        Directory::Path(path) => start.join(path),
        Directory::Unknown => Directory::Unknown,
    }
}

impl Check<'_> {
    fn run(&self, findings: &mut Vec<(RepoPath, Diagnostic)>, sink: &mut Sink<'_>) {
        let mut past = Past::default();
        for text in self.job.commands {
            let steps = steps(&text.script());
            let asked: Vec<&str> = steps
                .iter()
                .filter_map(|step| match step {
                    Step::Ask(path) => Some(path.as_str()),
                    _ => None,
                })
                .collect();
            for step in &steps {
                let Step::Use(used) = step else {
                    self.remember(step, &Directory::Start, 0, &mut past);
                    continue;
                };
                let Some(path) = self.resolve(&used.directory, &used.text) else { continue };
                let is_made = past.made.iter().any(|made| path.starts_with(made));
                let remote_chart = used.role == Role::ChartReference && self.is_reference(used, &path, &past);
                if !is_made && !remote_chart && !asked.contains(&used.text.as_str()) {
                    self.judge(used, &path, past.anything, findings, sink);
                }
            }
        }
    }

    /// What a step leaves behind; `start` is the folder that it counts from.
    fn remember(&self, step: &Step, start: &Directory, depth: usize, past: &mut Past) {
        match step {
            Step::Make(directory, path) => {
                let directory = below(start, directory);
                past.anything |= directory == Directory::Unknown && !path.starts_with('/');
                past.made.extend(self.resolve(&directory, path));
            }
            Step::MakeAnything => past.anything = true,
            Step::ChartRepository(name) => past.repositories.push(name.clone()),
            Step::Run(directory, path) => {
                let directory = below(start, directory);
                let path = self.resolve(&directory, path);
                if path.as_ref().is_some_and(|path| !self.may_be_there(path)) {
                    // It is a finding of its own, and makes nothing.
                    return;
                }
                match path.and_then(|path| self.script(&path)) {
                    // Scripts that run scripts are followed a little.
                    Some(script) if depth < 4 => {
                        let steps = steps(&script);
                        steps.iter().for_each(|step| self.remember(step, &directory, depth + 1, past));
                    }
                    _ => past.anything = true,
                }
            }
            Step::Use(_) | Step::Ask(_) => {}
        }
    }

    fn may_be_there(&self, path: &RepoPath) -> bool {
        let tree = &self.facts.tree;
        tree.is_file(path) || tree.is_dir(path) || tree.is_opaque(path) || (self.may_exist)(path)
    }

    /// A tracked shell script.
    fn script(&self, path: &RepoPath) -> Option<Script> {
        let file = self.facts.tree.source(path).ok()?;
        let first = file.text.lines().next().unwrap_or("");
        let shell = matches!(path.extension(), Some("sh" | "bash"))
            || (first.starts_with("#!") && first.ends_with("sh"));
        shell.then(|| parse(&file.text))
    }

    /// The path in the repository, if it can be told.
    fn resolve(&self, directory: &Directory, text: &str) -> Option<RepoPath> {
        let folder = match directory {
            Directory::Start => String::new(),
            Directory::Path(path) => path.clone(),
            Directory::Unknown => return None,
        };
        let joined = if text.starts_with('/') { text.to_owned() } else { format!("{folder}/{text}") };
        let absolute = text.starts_with('/') || folder.starts_with('/');
        let relative = match (absolute, self.job.remote) {
            (false, _) => joined.trim_start_matches('/'),
            // Remote runs work on a copy of the context here.
            (true, Some(_)) => joined.strip_prefix("/okteto/src/")?,
            (true, None) => return None,
        };
        let path = self.job.start.join(relative);
        (!path.is_outside() && !path.is_root()).then_some(path)
    }

    /// `bitnami/redis` is a chart of a repository, unless a folder of the first name makes it a path.
    fn is_reference(&self, used: &PathUse, path: &RepoPath, past: &Past) -> bool {
        let mut parts = used.text.trim_end_matches('/').split('/');
        let first = parts.next().unwrap_or("");
        let added = past.repositories.iter().any(|name| name == first);
        let folder = parts.try_fold(path.clone(), |folder, _| folder.parent());
        let is_folder = folder.is_some_and(|folder| self.facts.tree.is_dir(&folder));
        !self.facts.tree.is_dir(path) && (added || !is_folder)
    }

    fn judge(
        &self,
        used: &PathUse,
        path: &RepoPath,
        anything: bool,
        findings: &mut Vec<(RepoPath, Diagnostic)>,
        sink: &mut Sink<'_>,
    ) {
        let tree = &self.facts.tree;
        if tree.is_opaque(path) || (self.may_exist)(path) {
            return;
        }
        let exists = tree.is_file(path) || tree.is_dir(path);
        if !exists && anything {
            let reason = format!("`{}` may be made by an earlier command", used.text);
            return sink.skip(&self.manifest.file.path, reason);
        }
        let finding = match (self.job.remote, exists) {
            (_, false) => Some(self.missing(used, path)),
            (Some(remote), true) => self.removed(remote, used, path),
            (None, true) => None,
        };
        let Some(finding) = finding else { return };
        // Below a folder that is missing itself, or once more: one cause.
        if let Some((_, first)) = findings.iter_mut().find(|(known, _)| path.starts_with(known)) {
            first.add_related(self.manifest.place(used.span), "and here");
        } else {
            findings.push((path.clone(), finding));
        }
    }

    fn missing(&self, used: &PathUse, path: &RepoPath) -> Diagnostic {
        let what = match used.role {
            Role::Chart | Role::ChartReference => "chart",
            Role::Script => "script",
            Role::Folder => "folder",
            Role::Input => "file",
        };
        let finding = Diagnostic::new(self.manifest.place(used.span), format!("there is no {what} `{path}`"))
            .label(format!("`{}` starts in {}", self.job.subject, folder_in_words(&self.job.start)))
            .subject(format!("{}.{path}", self.job.subject));
        with_neighbour(self.facts, finding, path)
    }

    fn removed(&self, remote: &RemoteContext, used: &PathUse, path: &RepoPath) -> Option<Diagnostic> {
        let place = self.manifest.place(used.span);
        let subject = format!("{}.{path}", self.job.subject);
        if !path.starts_with(&remote.context) {
            let title = format!("`{path}` is outside of the folder that the remote run gets");
            let finding = Diagnostic::new(place, title)
                .label(format!("it gets a copy of `{}` and nothing else", remote.context))
                .help("widen `context`, or move the file into it");
            return Some(finding.subject(subject));
        }
        let line = remote.removed_by(&self.facts.tree, path)?;
        let finding = Diagnostic::new(place, format!("`{path}` does not reach the remote run"))
            .label("removed from the copy of the context")
            .related(line.place(), format!("by `{}`", line.rule.pattern))
            .help("re-include it with a `!` pattern behind, or narrow that pattern");
        Some(finding.subject(subject))
    }
}
