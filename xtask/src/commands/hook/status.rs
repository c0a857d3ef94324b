//! `cargo xtask hook status`: what git will really run.

use super::files::{is_executable, is_ours, kept, legacy};
use super::manager::{LEFTHOOK_LOCAL, Manager};
use super::{EVENTS, checker, display};
use crate::commands::Exit;
use crate::commands::terminal::Terminal;
use crate::git::Git;
use std::path::Path;

/// Prints a line for each event, for the checker and for everything that keeps the hook from running. The exit
/// status tells whether the check will run at each event.
pub fn print(git: &Git, terminal: &Terminal) -> anyhow::Result<Exit> {
    let manager = Manager::detect(git);
    let verdicts = EVENTS.map(|event| verdict(git, &manager, event));
    let mut text = String::new();
    for (event, verdict) in EVENTS.iter().zip(&verdicts) {
        let (Ok(reason) | Err(reason)) = verdict;
        let word = if verdict.is_ok() { "checks" } else { "does not check" };
        text.push_str(&format!("{event} {word}: {reason}\n"));
    }
    text.push_str(&format!("checker: {}\n", checker_state(git)?));
    for note in notes(git) {
        text.push_str(&format!("note: {note}\n"));
    }
    if verdicts.iter().any(Result::is_err) {
        text.push_str("`cargo xtask hook install` installs what is missing\n");
    }
    terminal.out(&text);
    Ok(if verdicts.iter().all(Result::is_ok) { Exit::Clean } else { Exit::Findings })
}

/// Whether the check runs at an event, and by which file, or why not.
fn verdict(git: &Git, manager: &Manager, event: &str) -> Result<String, String> {
    let started = git.hooks_path().join(event);
    let name = display(git, &started);
    if !started.is_file() {
        return Err(match manager {
            Manager::Husky { .. } => {
                format!("`{name}` is missing: husky writes it, `pnpm install` in this work tree")
            }
            Manager::Lefthook { .. } => format!("`{name}` is missing: `lefthook install` writes it"),
            Manager::Folder { .. } | Manager::Shared { .. } => format!("there is no `{name}`"),
        });
    }
    if !is_executable(&started) {
        return Err(format!("git ignores `{name}`, which is not executable"));
    }
    let managed = |file: &Path| {
        let line = display(git, file);
        if is_ours(file) {
            Ok(format!("git runs `{name}`, which does what `{line}` says"))
        } else {
            Err(line)
        }
    };
    match manager {
        // Before version 9 the file is the hook itself.
        Manager::Husky { folder } if folder.join(event) != started => managed(&folder.join(event))
            .map_err(|file| format!("husky runs `{file}`, which does not call it")),
        Manager::Lefthook { config } if !is_ours(&started) => {
            let local = managed(&git.top().join(LEFTHOOK_LOCAL));
            local.or_else(|_| managed_by(git, &name, config))
        }
        _ if is_ours(&started) => Ok(own(git, &started, &name)),
        _ if is_ours(&legacy(&started)) && is_executable(&legacy(&started)) => {
            Ok(format!("git runs `{name}`, which runs `{}` first", display(git, &legacy(&started))))
        }
        _ => managed_by(git, &name, ".pre-commit-config.yaml").map_err(|_| {
            format!("`{name}` is not ours: `cargo xtask hook install` keeps it and adds the check")
        }),
    }
}

/// Whether the configuration of a manager calls the hook.
fn managed_by(git: &Git, name: &str, config: &str) -> Result<String, String> {
    let text = std::fs::read_to_string(git.top().join(config)).unwrap_or_default();
    if text.contains("xtask/hook.sh") || text.contains("xtask check --staged") {
        return Ok(format!("git runs `{name}`, which does what `{config}` says"));
    }
    Err(format!("git runs `{name}`, but `{config}` does not call it"))
}

fn own(git: &Git, started: &Path, name: &str) -> String {
    let before = kept(started);
    if !before.exists() {
        return format!("git runs `{name}`");
    }
    let kept = display(git, &before);
    if is_executable(&before) {
        format!("git runs `{name}`, which runs `{kept}` first")
    } else {
        format!("git runs `{name}`; `{kept}` is not executable and therefore left out")
    }
}

fn checker_state(git: &Git) -> anyhow::Result<String> {
    let path = checker::path(git)?;
    if is_executable(&path) {
        return Ok(display(git, &path));
    }
    if !checker::has_sources(git)? {
        return Ok("none: `cargo xtask hook install` copies it".to_owned());
    }
    Ok("not built for these sources yet: the next commit builds it, once".to_owned())
}

/// What may keep a hook from running, or runs besides.
fn notes(git: &Git) -> Vec<String> {
    let mut notes = Vec::new();
    for (variable, value) in [("XTASK_HOOK", "0"), ("HUSKY", "0"), ("LEFTHOOK", "0")] {
        if std::env::var(variable).is_ok_and(|set| set == value) {
            notes.push(format!("`{variable}=0` is set: commits from this shell are not checked"));
        }
    }
    // From 2.54 on git also runs hooks that its configuration names.
    let configured = git.output(&["config", "--get-regexp", r"^hook\..*\.event$"]).unwrap_or_default();
    for line in String::from_utf8_lossy(&configured).lines() {
        if let Some((key, event)) = line.split_once(' ').filter(|(_, event)| EVENTS.contains(event)) {
            let name = key.trim_start_matches("hook.").trim_end_matches(".event");
            notes.push(format!(
                "git 2.54 and later also run the hook `{name}` of the configuration at {event}"
            ));
        }
    }
    if super::in_ci() {
        notes.push("`CI` is set: pipelines run `cargo xtask check` themselves".to_owned());
    }
    notes
}
