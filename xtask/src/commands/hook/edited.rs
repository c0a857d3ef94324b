//! Hooks of ours to which somebody added lines of his own.

use super::{SCRIPT, display};
use crate::diagnostic::fingerprint;
use crate::git::Git;
use std::fs;
use std::path::{Path, PathBuf};

/// The versions of `hook.sh` that were installed before this one. Whoever changes it adds what the test names.
const FORMER: [&str; 2] = ["6409b6d5158988e1ec40cbec73df0e91", "54174ad9a6a7d4a10d71f7307a228bca"];

/// So many lines are shown.
const SHOWN: usize = 5;

/// The name under which a hook with lines of somebody else is kept when ours goes.
pub fn kept(hook: &Path) -> PathBuf {
    let mut name = hook.as_os_str().to_owned();
    name.push(".edited");
    PathBuf::from(name)
}

/// What a hook of ours holds that no version of us wrote, a line of text for each, `NUMBER: LINE`; empty where lines
/// are only missing, `None` where it is all ours.
pub fn foreign_lines(git: &Git, hook: &Path) -> Option<Vec<String>> {
    let bytes = fs::read(hook).ok()?;
    let text = String::from_utf8_lossy(&bytes);
    // A checkout may hold a newer version than this program.
    let is_tracked = fs::read(git.top().join("xtask/hook.sh")).is_ok_and(|tracked| tracked == bytes);
    if text == SCRIPT || is_tracked || FORMER.contains(&fingerprint([&text]).as_str()) {
        return None;
    }
    let ours: Vec<&str> = SCRIPT.lines().collect();
    let lines = text.lines().enumerate().filter(|(_, line)| !ours.contains(line));
    Some(lines.map(|(at, line)| format!("{}: {line}", at + 1)).collect())
}

/// Why nothing is installed over a hook with these lines.
pub fn refusal(git: &Git, hook: &Path, lines: &[String]) -> String {
    let (name, before) = (display(git, hook), display(git, &super::files::kept(hook)));
    if lines.is_empty() {
        return format!(
            "`{name}` is this hook without some of its lines: nothing was installed; delete it and try again"
        );
    }
    let shown: String = lines.iter().take(SHOWN).map(|line| format!("  {line}\n")).collect();
    let more = lines.len().checked_sub(SHOWN + 1).map(|more| format!("  and {} more\n", more + 1));
    format!(
        "`{name}` has lines that are not from this hook, and nothing was installed:\n\n{shown}{}\nput them into \
         `{before}`, which is called first when it is executable, delete `{name}` and try again",
        more.unwrap_or_default()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_version_of_the_hook_is_known() {
        const CURRENT: &str = "7fbc612373fde75b8e14bb5a0347d8f9";
        assert_eq!(fingerprint([SCRIPT]), CURRENT, "add {CURRENT} to FORMER, and name the new one here");
        assert!(!FORMER.contains(&CURRENT));
    }
}
