//! Writing and removing hook files and lines.

use super::configured::{self, lefthook_calls_check};
use super::edited::{self, foreign_lines};
use super::manager::{LEFTHOOK_LOCAL, Manager};
use super::{EVENTS, MARK, SCRIPT, checker, reach};
use crate::git::Git;
use anyhow::{Context, ensure};
use std::fs;
use std::path::{Path, PathBuf};

/// Behind the name of a hook that was there before.
const BEFORE: &str = "before-xtask";

/// The name under which a hook that was there before is kept.
pub fn kept(hook: &Path) -> PathBuf {
    hook.with_extension(BEFORE)
}

/// Where pre-commit and prek keep, and call, the hook that they found.
pub fn legacy(hook: &Path) -> PathBuf {
    hook.with_extension("legacy")
}

/// Whether the file is a version of our script, and not a foreign one that calls it.
pub fn is_script(file: &Path) -> bool {
    fs::read(file).is_ok_and(|bytes| {
        let text = String::from_utf8_lossy(&bytes);
        text.lines().nth(1).is_some_and(|line| line.starts_with("# xtask-hook:"))
    })
}

/// How the tracked script is called.
const TRACKED_CALL: &str = "sh xtask/hook.sh";

/// How the script is called in a repository without the sources: whoever has not installed the hook is not stopped.
const KEPT_CALL: &str =
    "sh -c 'hook=$(git rev-parse --git-common-dir)/xtask-check/hook; [ ! -f \"$hook\" ] || sh \"$hook\"'";

/// How another program calls the hook.
pub fn call(git: &Git) -> String {
    if git.top().join("xtask/hook.sh").is_file() {
        return TRACKED_CALL.to_owned();
    }
    KEPT_CALL.to_owned()
}

/// Files of our own in a folder of hooks; tells for which events one was written. A foreign hook is kept, and ours
/// calls it.
pub fn install_folder(folder: &Path, events: &[&'static str]) -> anyhow::Result<Vec<&'static str>> {
    fs::create_dir_all(folder).with_context(|| format!("cannot create `{}`", folder.display()))?;
    let mut written = Vec::new();
    for event in events {
        let hook = folder.join(event);
        let is_foreign = fs::symlink_metadata(&hook).is_ok() && !is_script(&hook);
        if is_foreign {
            keep(&hook)?;
        }
        if write_script(&hook)? {
            written.push(*event);
        }
    }
    Ok(written)
}

/// Puts a foreign hook where ours calls it.
fn keep(hook: &Path) -> anyhow::Result<()> {
    let kept = kept(hook);
    let same = matches!((fs::read(hook), fs::read(&kept)), (Ok(one), Ok(two)) if one == two);
    ensure!(
        same || fs::symlink_metadata(&kept).is_err(),
        "cannot keep `{hook}`: another one is kept as `{kept}` already; delete or merge one of them",
        hook = hook.display(),
        kept = kept.display()
    );
    fs::rename(hook, &kept).with_context(|| format!("cannot rename `{}`", hook.display()))
}

/// Writes the script, executable, unless it is there already.
fn write_script(path: &Path) -> anyhow::Result<bool> {
    let is_current = fs::read_to_string(path).is_ok_and(|text| text == SCRIPT) && is_executable(path);
    if is_current {
        return Ok(false);
    }
    let action = || format!("cannot write `{}`", path.display());
    let folder = path.parent().with_context(action)?;
    // Replaced as a whole: git may be starting it.
    let new = tempfile::Builder::new().prefix(".xtask-").tempfile_in(folder).with_context(action)?;
    fs::write(new.path(), SCRIPT).with_context(action)?;
    make_executable(new.path()).with_context(action)?;
    new.persist(path).with_context(action)?;
    Ok(true)
}

/// A line in each of husky's files, in front of what would end them.
pub fn install_husky(git: &Git, folder: &Path, events: &[&'static str]) -> anyhow::Result<Vec<&'static str>> {
    provide_script(git)?;
    let line = format!("{} # {MARK}\n", call(git));
    for event in events {
        let file = folder.join(event);
        let action = || format!("cannot write `{}`", file.display());
        let mut text = match fs::read_to_string(&file) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
            Err(error) => return Err(error).with_context(action),
        };
        let is_new = text.is_empty();
        // A line of ours that a script no longer comes to.
        text = without_our_lines(&text);
        if !text.is_empty() && !text.ends_with('\n') {
            text.push('\n');
        }
        text.insert_str(reach::place_for_call(&text), &line);
        fs::write(&file, text).with_context(action)?;
        if is_new {
            // Older versions of husky let git run the file itself.
            make_executable(&file).with_context(action)?;
        }
    }
    Ok(events.to_vec())
}

/// A personal configuration of lefthook for what that of the team, `config`, leaves out; `None` when there is one
/// that is not ours.
pub fn install_lefthook(git: &Git, config: &str) -> anyhow::Result<Option<Vec<&'static str>>> {
    let [team, personal] = [config, LEFTHOOK_LOCAL].map(|name| git.top().join(name));
    let mut events = EVENTS.to_vec();
    events.retain(|event| !lefthook_calls_check(&team, event));
    let present = fs::read_to_string(&personal).ok();
    if present.as_ref().is_some_and(|present| !is_our_lefthook(present)) {
        events.retain(|event| !lefthook_calls_check(&personal, event));
        return Ok(events.is_empty().then_some(events));
    }
    let text = lefthook_text(&call(git), &events);
    if events.is_empty() || present.as_ref() == Some(&text) {
        return Ok(Some(Vec::new()));
    }
    provide_script(git)?;
    fs::write(&personal, text).with_context(|| format!("cannot write `{}`", personal.display()))?;
    Ok(Some(events))
}

/// The personal configuration of lefthook that has these events call the check.
fn lefthook_text(call: &str, events: &[&str]) -> String {
    format!("# {MARK}: written by `cargo xtask hook install`\n{}", jobs(call, events))
}

/// Whether a personal configuration of lefthook is all ours: nobody added a line to it.
fn is_our_lefthook(text: &str) -> bool {
    let [first, second] = EVENTS;
    let events: [&[&str]; 3] = [&EVENTS, &[first], &[second]];
    [TRACKED_CALL, KEPT_CALL]
        .iter()
        .any(|call| events.iter().any(|events| lefthook_text(call, events) == text))
}

/// What lefthook must do, as YAML.
pub fn lefthook_jobs(git: &Git, events: &[&str]) -> String {
    jobs(&call(git), events)
}

fn jobs(call: &str, events: &[&str]) -> String {
    let call = call.replace('\'', "''");
    events
        .iter()
        .map(|event| format!("{event}:\n  jobs:\n    - name: xtask\n      run: '{call}'\n"))
        .collect()
}

/// The script where [`call`] finds it in a repository without the sources.
fn provide_script(git: &Git) -> anyhow::Result<()> {
    if git.top().join("xtask/hook.sh").is_file() {
        return Ok(());
    }
    let path = checker::cache(git).join("hook");
    fs::create_dir_all(checker::cache(git)).with_context(|| format!("cannot create `{}`", path.display()))?;
    write_script(&path).map(drop)
}

/// What `uninstall` did.
#[derive(Debug, Default)]
pub struct Removed {
    /// Where something of ours was.
    pub from: Vec<PathBuf>,
    /// Hooks that were there before, where they are again.
    pub back: Vec<PathBuf>,
    /// Hooks of ours with lines of somebody else, and the names under which these are kept.
    pub edited: Vec<(PathBuf, PathBuf)>,
    /// Files with our lines and others, which nobody but their owner can part.
    pub left: Vec<PathBuf>,
}

/// Takes away every file and line of ours, wherever they may be.
pub fn uninstall(git: &Git) -> anyhow::Result<Removed> {
    let mut removed = Removed::default();
    for folder in [git.hooks_path().to_owned(), git.common_dir().join("hooks")] {
        for event in EVENTS {
            remove_hook(git, &folder.join(event), &mut removed)?;
        }
    }
    if let Manager::Husky { folder } = Manager::detect(git) {
        for event in EVENTS {
            removed.from.extend(remove_line(&folder.join(event))?);
        }
    }
    let lefthook = git.top().join(LEFTHOOK_LOCAL);
    match fs::read_to_string(&lefthook) {
        Ok(text) if is_our_lefthook(&text) => {
            fs::remove_file(&lefthook).with_context(|| format!("cannot remove `{}`", lefthook.display()))?;
            removed.from.push(lefthook);
        }
        Ok(text) if text.contains(MARK) => removed.left.push(lefthook),
        _ => {}
    }
    Ok(removed)
}

/// Removes what is ours at a hook, also where pre-commit or prek moved it, and puts back what was there before.
fn remove_hook(git: &Git, hook: &Path, removed: &mut Removed) -> anyhow::Result<()> {
    let action = || format!("cannot remove `{}`", hook.display());
    for file in [hook.to_owned(), legacy(hook)].into_iter().filter(|file| is_script(file)) {
        if foreign_lines(git, &file).is_some() {
            let copy = edited::kept(&file);
            ensure!(
                fs::symlink_metadata(&copy).is_err(),
                "cannot keep `{}`: there is a `{}` already",
                file.display(),
                copy.display()
            );
            fs::rename(&file, &copy).with_context(action)?;
            removed.edited.push((file.clone(), copy));
        } else {
            fs::remove_file(&file).with_context(action)?;
        }
        removed.from.push(file);
    }
    let before = kept(hook);
    let is_there = |path: &Path| fs::symlink_metadata(path).is_ok();
    // Where it would be now, had ours never been here.
    let places = [Some(hook.to_owned()), configured::is_framework_hook(hook).then(|| legacy(hook))];
    let place = places.into_iter().flatten().find(|place| !is_there(place));
    if let Some(place) = place.filter(|_| is_there(&before)) {
        fs::rename(&before, &place).with_context(action)?;
        removed.back.push(place);
    }
    Ok(())
}

/// Removes our line; the whole file when nothing is left.
fn remove_line(file: &Path) -> anyhow::Result<Option<PathBuf>> {
    let Ok(text) = fs::read_to_string(file) else { return Ok(None) };
    if !text.contains(MARK) {
        return Ok(None);
    }
    let rest = without_our_lines(&text);
    let action = || format!("cannot write `{}`", file.display());
    if rest.trim().is_empty() {
        fs::remove_file(file).with_context(action)?;
    } else {
        fs::write(file, rest).with_context(action)?;
    }
    Ok(Some(file.to_owned()))
}

fn without_our_lines(text: &str) -> String {
    text.split_inclusive('\n').filter(|line| !line.contains(MARK)).collect()
}

#[cfg(unix)]
fn make_executable(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(0o755))
}

#[cfg(not(unix))]
fn make_executable(_path: &Path) -> std::io::Result<()> {
    Ok(())
}

/// Whether git would run the file.
#[cfg(unix)]
pub fn is_executable(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    fs::metadata(path).is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
}

/// Whether git would run the file.
#[cfg(not(unix))]
pub fn is_executable(path: &Path) -> bool {
    path.is_file()
}
