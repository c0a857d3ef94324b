//! `cargo xtask init`: takes an existing repository in.
//!
//! It writes what cannot be derived and is not there yet, and nothing else: a configuration with what deviates
//! from the defaults, and, where apps have no Okteto manifest at all, one to start from. Everything that a rule
//! can repair is left to `cargo xtask fix`.

mod manifest;
mod settings;

use super::hook::manager_name;
use super::open;
use super::terminal::Terminal;
use super::{Exit, check};
use crate::cli::{Global, Init};
use crate::config;
use crate::diagnostic::{Safety, Severity};
use crate::engine::{self, Selection};
use crate::facts::Facts;
use crate::fix::{Change, Writer};
use crate::git::Git;
use crate::model::workspace::Manager;
use crate::report::{self, Options, Report};
use crate::rules;
use crate::snapshot::Snapshot;
use crate::source::RepoPath;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Looks at the repository, writes what is missing and says what comes next.
pub fn run(global: &Global, args: &Init, terminal: &Terminal) -> anyhow::Result<Exit> {
    let git = open::repository(global)?;
    let writer = Writer::open(git.top())?;
    let facts = match open::facts(&git, Snapshot::worktree(&git)?) {
        Ok(facts) => facts,
        Err(broken) => {
            let options = Options { style: terminal.style(), ..Options::default() };
            terminal.out(&report::findings(&check::config_report(*broken), &options));
            return Ok(Exit::Usage);
        }
    };
    let settings: Vec<Change> = new_file(&facts, config::PATH, settings::text(&facts)).into_iter().collect();
    let had_settings = facts.config.file.is_some();
    // The settings decide what is an app, and so what the manifest must hold.
    let facts = with(&git, facts, &settings)?;
    let text = survey(&git, &facts);
    let no_manifest = facts.manifests().is_empty();
    let manifest = no_manifest.then(|| manifest::text(&git, &facts)).flatten();
    let manifest: Vec<Change> =
        manifest.and_then(|text| new_file(&facts, manifest::PATH, text)).into_iter().collect();
    let facts = with(&git, facts, &manifest)?;
    let changes = [settings, manifest].concat();
    if !args.dry_run {
        writer.write(&changes)?;
    }
    let selection = Selection {
        rules: rules::all().collect(),
        level: Severity::Warning,
        named: false,
        paths: Vec::new(),
    };
    let mut report = engine::run(&facts, &selection).report;
    report.fold();
    let findings = table(&report);
    let ignored = ignored(&git, &changes);
    let written = written(had_settings, &changes, args.dry_run);
    terminal.out(&format!("{text}\n{written}{ignored}\n{findings}{NEXT}"));
    Ok(Exit::Clean)
}

/// What to do after `init`.
const NEXT: &str = "
next: cargo xtask check            every finding, with its place and its repair
      cargo xtask fix --unsafe     repair what can be repaired; review with `git diff`
      cargo xtask hook install     check what is about to be committed
";

/// Where neither an app nor a manifest was found.
const NOTHING_FOUND: &str =
    "\nno app lies under `apps/*`: `apps.include` in `.okteto/check.yml` says where yours are\n";

/// A line for each thing that was found.
fn survey(git: &Git, facts: &Facts) -> String {
    let names = |paths: Vec<&str>| if paths.is_empty() { "none".to_owned() } else { paths.join(", ") };
    let manager = match facts.workspace().manager {
        Some(Manager::Pnpm) => "pnpm",
        Some(Manager::Npm) => "npm",
        Some(Manager::Yarn) => "yarn",
        Some(Manager::Bun) => "bun",
        None => "none",
    };
    let members = facts.workspace().members.len();
    let workspace = match members {
        0 => manager.to_owned(),
        1 => format!("{manager}, 1 member"),
        _ => format!("{manager}, {members} members"),
    };
    let apps: Vec<&str> = facts.apps().all.iter().map(|app| app.folder.as_str()).collect();
    let manifests: Vec<&str> = facts.manifests().iter().map(|manifest| manifest.file.path.as_str()).collect();
    let hint = if apps.is_empty() && manifests.is_empty() { NOTHING_FOUND } else { "" };
    let runbooks = settings::runbooks(facts);
    let runbooks = runbooks.iter().map(RepoPath::as_str).collect();
    format!(
        "workspace  {workspace}\napps       {}\nmanifests  {}\nrunbooks   {}\nhooks      {}\n{hint}",
        names(apps),
        names(manifests),
        names(runbooks),
        manager_name(git)
    )
}

/// A file to create; `None` when something is there, tracked or not.
fn new_file(facts: &Facts, path: &str, text: String) -> Option<Change> {
    let path = RepoPath::new(path);
    let on_disk = facts.disk.as_ref().is_some_and(|disk| disk.exists(&path));
    let is_new = facts.tree.kind(&path).is_none() && !on_disk;
    is_new.then(|| Change { path, before: None, after: Some(Arc::from(text)) })
}

/// Facts about the same tree with new files in it.
fn with(git: &Git, facts: Facts, changes: &[Change]) -> anyhow::Result<Facts> {
    if changes.is_empty() {
        return Ok(facts);
    }
    let texts = changes.iter().map(|change| (change.path.clone(), change.after.clone()));
    let tree = Snapshot::overlaid(&Arc::new(facts.tree), texts);
    open::facts(git, tree)
        .map_err(|_| anyhow::anyhow!("the configuration of `init` is not valid: a bug of the checker"))
}

fn written(had_settings: bool, changes: &[Change], dry_run: bool) -> String {
    let kept = if had_settings { format!("kept     {}\n", config::PATH) } else { String::new() };
    let verb = if dry_run { "missing" } else { "written" };
    changes.iter().fold(kept, |text, change| format!("{text}{verb}  {}\n", change.path))
}

/// What to do where git would leave new files out of every commit.
fn ignored(git: &Git, changes: &[Change]) -> String {
    let paths = changes.iter().map(|change| &change.path);
    let paths = paths.filter(|path| git.ignores_any(std::slice::from_ref(path)));
    let names: Vec<&str> = paths.map(RepoPath::as_str).collect();
    if names.is_empty() {
        return String::new();
    }
    format!("git ignores  {}: commit with `git add -f {}`\n", names.join(", "), names.join(" "))
}

/// How many findings each group of rules has.
fn table(report: &Report) -> String {
    let mut groups: BTreeMap<&str, [usize; 3]> = BTreeMap::new();
    for diagnostic in &report.diagnostics {
        let group = diagnostic.rule.split_once('/').map_or(diagnostic.rule, |(group, _)| group);
        let [errors, warnings, fixable] = groups.entry(group).or_default();
        *if diagnostic.severity == Severity::Error { errors } else { warnings } += 1;
        *fixable += usize::from(diagnostic.fix.is_some());
    }
    if groups.is_empty() {
        return match report.files {
            1 => "no problems in 1 file\n".to_owned(),
            files => format!("no problems in {files} files\n"),
        };
    }
    let mut text = "group         errors  warnings  fixable\n".to_owned();
    for (group, [errors, warnings, fixable]) in groups {
        text.push_str(&format!("{group:12}  {errors:6}  {warnings:8}  {fixable:7}\n"));
    }
    let (safe, review) = (report.fixable(Safety::Safe), report.fixable(Safety::Unsafe));
    text.push_str(&format!("`cargo xtask fix` repairs {safe}, `--unsafe` {review} more\n"));
    text
}
