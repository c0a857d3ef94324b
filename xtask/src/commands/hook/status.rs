//! `cargo xtask hook status`: what git will really run.

use super::configured::{self, Call};
use super::files::{is_executable, is_script, kept, legacy};
use super::manager::{Manager, PRE_COMMIT};
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
    // Where the call is there, and only git does not come to it, each line says what to do.
    if EVENTS.iter().any(|event| manager.calling_file(git, event).is_none()) {
        text.push_str(match manager {
            Manager::Shared { .. } => {
                "`cargo xtask hook install` tells how to give this repository its own hooks\n"
            }
            _ => "`cargo xtask hook install` installs what is missing\n",
        });
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
                format!(
                    "`{name}` is missing: husky writes it when the packages are installed in this work tree"
                )
            }
            Manager::Lefthook { .. } => format!("`{name}` is missing: `lefthook install` writes it"),
            Manager::Folder { .. } | Manager::Shared { .. } => format!("there is no `{name}`"),
        });
    }
    if !is_executable(&started) {
        return Err(format!("git ignores `{name}`, which is not executable"));
    }
    if !is_script(&started)
        && matches!(manager, Manager::Lefthook { .. })
        && !configured::mentions(&started, "lefthook")
    {
        return Err(format!("`{name}` is not lefthook's: `lefthook install` replaces it"));
    }
    let Some((file, call)) = manager.call(git, event) else { return Err(silent(git, manager, &started)) };
    let way = match &file {
        file if is_script(&started) && *file == started => own(git, &started, &name),
        file if *file == started => format!("git runs `{name}`, which calls it"),
        file if *file == legacy(&started) => {
            format!("git runs `{name}`, which runs `{}` first", display(git, file))
        }
        file => format!("git runs `{name}`, which does what `{}` says", display(git, file)),
    };
    if let Call::Lost(why) = call {
        return Err(format!("{way}; the call {why}"));
    }
    if has_no_checker(git) && (is_script(&file) || configured::runs_kept_checker(&file)) {
        return Err(format!("{way}; but there is no checker, and the hook lets everything pass"));
    }
    Ok(match call {
        Call::May(why) => format!("{way}; the call {why}"),
        Call::Checks | Call::Lost(_) => way,
    })
}

/// Whether the hook finds no checker, and cannot build one.
fn has_no_checker(git: &Git) -> bool {
    let is_missing = checker::path(git).is_ok_and(|path| !is_executable(&path));
    is_missing && checker::has_sources(git).is_ok_and(|has_sources| !has_sources)
}

/// Why the hook that git runs does not check.
fn silent(git: &Git, manager: &Manager, started: &Path) -> String {
    let name = display(git, started);
    let event = started.file_name().unwrap_or_default();
    match manager {
        Manager::Husky { folder } => {
            format!("husky runs `{}`, which does not call it", display(git, &folder.join(event)))
        }
        Manager::Lefthook { config } => format!("git runs `{name}`, but `{config}` does not call it"),
        _ if configured::is_framework_hook(started) => {
            format!("git runs `{name}`, but `{PRE_COMMIT}` does not call it")
        }
        _ => format!("`{name}` is not ours: `cargo xtask hook install` keeps it and adds the check"),
    }
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
    for (name, event) in configured_hooks(git) {
        notes.push(format!("git 2.54 and later also run the hook `{name}` of the configuration at {event}"));
    }
    if super::in_ci() {
        notes.push("`CI` is set: pipelines run `cargo xtask check` themselves".to_owned());
    }
    notes
}

/// The hooks that the configuration of git names (`hook.NAME.event`, from git 2.54 on), each with its event.
fn configured_hooks(git: &Git) -> Vec<(String, String)> {
    let listed = git.output(&["config", "-z", "--get-regexp", r"^hook\..*\.event$"]).unwrap_or_default();
    let listed = String::from_utf8_lossy(&listed);
    let hooks = listed.split('\0').filter_map(|record| {
        let (key, event) = record.split_once('\n').filter(|(_, event)| EVENTS.contains(event))?;
        let name = key.strip_prefix("hook.")?.strip_suffix(".event")?;
        Some((name.to_owned(), event.to_owned()))
    });
    hooks.collect()
}
