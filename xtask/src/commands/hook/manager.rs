//! Who decides which hooks run here.

use super::configured::{self, Call};
use super::{EVENTS, display, files};
use crate::git::Git;
use std::fs;
use std::path::{Path, PathBuf};

/// The personal configuration of lefthook, which it merges into that of the team.
pub const LEFTHOOK_LOCAL: &str = "lefthook-local.yml";

/// The configuration of pre-commit and prek.
pub const PRE_COMMIT: &str = ".pre-commit-config.yaml";

/// Names under which lefthook looks for its configuration.
const LEFTHOOK: [&str; 12] = [
    "lefthook.yml",
    "lefthook.yaml",
    "lefthook.toml",
    "lefthook.json",
    ".lefthook.yml",
    ".lefthook.yaml",
    ".lefthook.toml",
    ".lefthook.json",
    ".config/lefthook.yml",
    ".config/lefthook.yaml",
    ".config/lefthook.toml",
    ".config/lefthook.json",
];

/// Names under which simple-git-hooks looks for its configuration, `package.json` apart.
const SIMPLE_GIT_HOOKS: [&str; 6] = [
    ".simple-git-hooks.cjs",
    ".simple-git-hooks.js",
    "simple-git-hooks.cjs",
    "simple-git-hooks.js",
    ".simple-git-hooks.json",
    "simple-git-hooks.json",
];

/// Who writes the files that git runs.
#[derive(Debug, PartialEq, Eq)]
pub enum Manager {
    /// husky: git runs its stubs, they run the files of `folder`.
    Husky {
        /// `.husky`
        folder: PathBuf,
    },
    /// lefthook: git runs its stubs, they do what `config` says.
    Lefthook {
        /// Its configuration, from the top level.
        config: &'static str,
    },
    /// Nobody, or somebody who keeps foreign hooks: git runs the files of `folder`.
    Folder {
        /// The folder of git's hooks.
        folder: PathBuf,
        /// Whether simple-git-hooks writes there too: it does not keep what it finds.
        simple_git_hooks: bool,
    },
    /// A folder that serves all repositories of the user or the system.
    Shared {
        /// `core.hooksPath`
        folder: PathBuf,
        /// `global` or `system`
        scope: String,
    },
}

impl Manager {
    /// Looks at git's configuration and the files of the top level.
    pub fn detect(git: &Git) -> Self {
        let folder = git.hooks_path();
        if let Some(husky) = husky(git, folder) {
            return Self::Husky { folder: husky };
        }
        if let Some(scope) = shared_scope(git).filter(|_| !folder.starts_with(git.top())) {
            return Self::Shared { folder: folder.to_owned(), scope };
        }
        if let Some(config) = LEFTHOOK.into_iter().find(|name| git.top().join(name).is_file()) {
            return Self::Lefthook { config };
        }
        let simple_git_hooks = SIMPLE_GIT_HOOKS.iter().any(|name| git.top().join(name).is_file())
            || package_mentions(git.top(), "\"simple-git-hooks\"");
        Self::Folder { folder: folder.to_owned(), simple_git_hooks }
    }

    /// The file that has the check run at `event`, as far as it is up to those who run the hooks: a hook of ours,
    /// or one that calls it. Whether git runs any of it is another question.
    pub fn calling_file(&self, git: &Git, event: &str) -> Option<PathBuf> {
        let (file, call) = self.call(git, event)?;
        (!matches!(call, Call::Lost(_))).then_some(file)
    }

    /// The file that calls the check at `event`, and whether the call counts there.
    pub fn call(&self, git: &Git, event: &str) -> Option<(PathBuf, Call)> {
        let hook = git.hooks_path().join(event);
        if files::is_script(&hook) {
            return Some((hook, Call::Checks));
        }
        let of = |file: PathBuf, call: Option<Call>| call.map(|call| (file, call));
        match self {
            Self::Husky { folder } => {
                let file = folder.join(event);
                // husky starts it with `sh -e`.
                let call = configured::call_of_script(&file, true);
                of(file, call)
            }
            Self::Lefthook { config } => {
                let files = [LEFTHOOK_LOCAL, config].map(|name| git.top().join(name)).into_iter();
                let calls = files.filter_map(|file| {
                    let call = configured::call_of_lefthook(&file, event);
                    of(file, call)
                });
                calls.max_by_key(|(_, call)| call.certainty())
            }
            Self::Folder { .. } | Self::Shared { .. } => {
                let legacy = files::legacy(&hook);
                let config = git.top().join(PRE_COMMIT);
                if let Some(call) = configured::call_of_script(&hook, false) {
                    Some((hook, call))
                } else if files::is_script(&legacy) && files::is_executable(&legacy) {
                    Some((legacy, Call::Checks))
                } else if configured::is_framework_hook(&hook) {
                    let call = configured::call_of_framework(&config, event);
                    of(config, call)
                } else {
                    None
                }
            }
        }
    }

    /// Where our line or file is.
    pub fn place(&self, git: &Git) -> PathBuf {
        match self {
            Self::Husky { folder } | Self::Folder { folder, .. } | Self::Shared { folder, .. } => {
                folder.clone()
            }
            Self::Lefthook { .. } => git.top().join(LEFTHOOK_LOCAL),
        }
    }

    /// What else the user should do, now that something was `written` or nothing was missing.
    pub fn advice(&self, git: &Git, written: bool) -> Option<String> {
        let is_missing = |event: &&str| !git.hooks_path().join(event).is_file();
        let of = |condition: bool, advice: String| condition.then_some(advice);
        let advice = match self {
            Self::Husky { folder } => [
                of(
                    is_missing(&"pre-commit"),
                    "husky is not set up here yet: installing the packages does it".to_owned(),
                ),
                of(written, format!("commit `{}` to give the hook to everybody", display(git, folder))),
            ],
            Self::Lefthook { .. } => [
                of(written, format!("`{LEFTHOOK_LOCAL}` is personal: keep it out of git")),
                of(
                    EVENTS.iter().any(is_missing),
                    "`lefthook install` writes the hooks that are missing".to_owned(),
                ),
            ],
            Self::Folder { simple_git_hooks, .. } => [
                of(
                    *simple_git_hooks && written,
                    format!(
                        "simple-git-hooks overwrites the hook when it is set up again: let its own `pre-commit` end \
                         with `&& {}`",
                        files::call(git)
                    ),
                ),
                None,
            ],
            Self::Shared { .. } => [None, None],
        };
        let advice: Vec<String> = advice.into_iter().flatten().collect();
        (!advice.is_empty()).then(|| advice.join("; "))
    }
}

/// husky's folder, if husky runs the hooks or would after the next install of the packages.
fn husky(git: &Git, hooks: &Path) -> Option<PathBuf> {
    let is_husky = |folder: &Path| folder.file_name().is_some_and(|name| name == ".husky");
    // Version 9 points git at `.husky/_`, older ones at `.husky`.
    if let Some(folder) = [hooks.parent(), Some(hooks)].into_iter().flatten().find(|folder| is_husky(folder))
    {
        return Some(folder.to_owned());
    }
    let folder = git.top().join(".husky");
    let unset = hooks == git.common_dir().join("hooks");
    (unset && folder.is_dir() && package_mentions(git.top(), "\"husky\"")).then_some(folder)
}

fn package_mentions(top: &Path, key: &str) -> bool {
    fs::read_to_string(top.join("package.json")).is_ok_and(|text| text.contains(key))
}

/// The scope of a `core.hooksPath` that is not this repository's own.
fn shared_scope(git: &Git) -> Option<String> {
    let answer = git.output(&["config", "--show-scope", "--get", "core.hooksPath"]).ok()?;
    let answer = String::from_utf8_lossy(&answer);
    let scope = answer.split('\t').next()?;
    matches!(scope, "global" | "system").then(|| scope.to_owned())
}
