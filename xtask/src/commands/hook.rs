//! `cargo xtask hook`: the check before each commit, beside whatever runs there already.
//!
//! git runs one file for each event. Where that file belongs to a hook manager, the manager's own configuration
//! gets our line; anything else is kept under another name, and called first.

mod checker;
mod configured;
mod edited;
mod files;
mod manager;
mod reach;
mod status;

use super::open;
use super::terminal::Terminal;
use super::{Exit, UsageError};
use crate::cli::{Global, Hook, HookAction};
use crate::git::Git;
use manager::Manager;
use std::path::{Path, PathBuf};

/// The hook itself.
const SCRIPT: &str = include_str!("../../hook.sh");
/// Tells our files and lines from all others.
const MARK: &str = "xtask-hook";
/// Where git asks: `git merge` without conflict runs only the second.
const EVENTS: [&str; 2] = ["pre-commit", "pre-merge-commit"];

/// Installs, removes or describes the hook.
pub fn run(global: &Global, args: &Hook, terminal: &Terminal) -> anyhow::Result<Exit> {
    let git = open::repository(global)?;
    match args.action {
        HookAction::Install => install(&git, terminal),
        HookAction::Uninstall => uninstall(&git, terminal),
        HookAction::Status => status::print(&git, terminal),
    }
}

/// Who runs the hooks here, in a word.
pub fn manager_name(git: &Git) -> &'static str {
    match Manager::detect(git) {
        Manager::Husky { .. } => "husky",
        Manager::Lefthook { .. } => "lefthook",
        Manager::Folder { simple_git_hooks: true, .. } => "simple-git-hooks",
        _ if git.top().join(manager::PRE_COMMIT).is_file() => "pre-commit",
        Manager::Folder { .. } | Manager::Shared { .. } => "git",
    }
}

/// Whether this runs in a pipeline, where nobody commits by hand.
fn in_ci() -> bool {
    std::env::var("CI").is_ok_and(|value| !matches!(value.as_str(), "" | "0" | "false"))
}

fn install(git: &Git, terminal: &Terminal) -> anyhow::Result<Exit> {
    if in_ci() {
        terminal.note("no hook installed: `CI` is set, and a pipeline runs `cargo xtask check` itself");
        return Ok(Exit::Clean);
    }
    let manager = Manager::detect(git);
    if let Manager::Shared { folder, scope } = &manager {
        return Err(UsageError(format!(
            "`core.hooksPath` of your {scope} git configuration is `{}`, which serves every repository: nothing was \
             installed. `git config core.hooksPath {}` gives this one its own hooks",
            folder.display(),
            git.common_dir().join("hooks").display()
        ))
        .into());
    }
    let own = EVENTS.map(|event| git.hooks_path().join(event));
    for hook in own.iter().filter(|hook| matches!(manager, Manager::Folder { .. }) && files::is_script(hook))
    {
        if let Some(lines) = edited::foreign_lines(git, hook) {
            terminal.note(&edited::refusal(git, hook, &lines));
            return Ok(Exit::Findings);
        }
    }
    checker::provide(git)?;
    let Some(installed) = write(git, &manager)? else {
        terminal.note(&format!(
            "lefthook runs the hooks here, and `{}` is yours: add to it, or to the configuration of the team,\n\n{}",
            manager::LEFTHOOK_LOCAL,
            files::lefthook_jobs(git, &EVENTS)
        ));
        return Ok(Exit::Findings);
    };
    if !terminal.quiet {
        let done = match installed.as_slice() {
            [] => format!("already installed: {}", EVENTS.join(" and ")),
            events => format!("installed {} in {}", events.join(" and "), display(git, &manager.place(git))),
        };
        terminal.out(&format!("{done}; `cargo xtask hook status` tells what git will run\n"));
        if let Some(advice) = manager.advice(git, !installed.is_empty()) {
            terminal.note(&advice);
        }
    }
    Ok(Exit::Clean)
}

/// Writes what is missing; tells for which events, or `None` when the file to write belongs to the user.
fn write(git: &Git, manager: &Manager) -> anyhow::Result<Option<Vec<&'static str>>> {
    // Where another file calls the check already, a second call would only run it twice.
    let missing = EVENTS.into_iter().filter(|event| {
        let own = git.hooks_path().join(event);
        manager.calling_file(git, event).is_none_or(|file| file == own && files::is_script(&own))
    });
    let missing: Vec<&'static str> = missing.collect();
    match manager {
        Manager::Husky { folder } => files::install_husky(git, folder, &missing).map(Some),
        Manager::Lefthook { config } => files::install_lefthook(git, config),
        Manager::Folder { folder, .. } => files::install_folder(folder, &missing).map(Some),
        Manager::Shared { .. } => Ok(Some(Vec::new())),
    }
}

fn uninstall(git: &Git, terminal: &Terminal) -> anyhow::Result<Exit> {
    let removed = files::uninstall(git)?;
    checker::remove(git)?;
    if !terminal.quiet {
        terminal.out(&match removed.from.as_slice() {
            [] if removed.back.is_empty() && removed.left.is_empty() => {
                "no hook of ours was installed\n".to_owned()
            }
            [] => String::new(),
            from => format!("removed from {}\n", names(git, from)),
        });
        if !removed.back.is_empty() {
            terminal.out(&format!("as before: {}\n", names(git, &removed.back)));
        }
    }
    // Lines of somebody else are never lost without a word.
    for (hook, copy) in &removed.edited {
        let (hook, copy) = (display(git, hook), display(git, copy));
        terminal.note(&format!("`{hook}` had lines that are not from this hook: kept as `{copy}`"));
    }
    for file in &removed.left {
        let name = display(git, file);
        terminal.note(&format!("`{name}` has lines of yours too: take the job `xtask` out of it by hand"));
    }
    Ok(if removed.left.is_empty() { Exit::Clean } else { Exit::Findings })
}

fn names(git: &Git, paths: &[PathBuf]) -> String {
    paths.iter().map(|path| display(git, path)).collect::<Vec<_>>().join(", ")
}

/// A path as the user would write it from the top level.
fn display(git: &Git, path: &Path) -> String {
    path.strip_prefix(git.top()).unwrap_or(path).display().to_string()
}
