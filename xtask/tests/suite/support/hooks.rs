//! Commits through an installed hook.

#![cfg(unix)]
#![allow(dead_code)] // each test file uses its part

use crate::support::git_repo::Repo;
use crate::support::shop::{FINDING, GOOD, MANIFEST, Said, bad, git, run};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// Writes a program.
pub fn executable(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

/// Installs the hook.
pub fn install(repo: &Repo) -> Said {
    let said = run(repo, &["hook", "install"]);
    assert_eq!(said.code, 0, "{said:?}");
    said
}

/// Holds that a commit of the slip is blocked, and one without it is not; returns what both printed.
pub fn assert_checks(repo: &Repo) -> (String, String) {
    repo.write(MANIFEST, bad());
    repo.git(["add", "-A"]);
    let blocked = git(repo, &["commit", "-q", "-m", "slip"]);
    assert_ne!(blocked.code, 0, "{blocked:?}");
    assert!((blocked.err.clone() + &blocked.out).contains(FINDING), "{blocked:?}");
    repo.write(MANIFEST, GOOD);
    repo.write("apps/shop/package.json", "{}\n");
    repo.git(["add", "-A"]);
    let passed = git(repo, &["commit", "-q", "--allow-empty", "-m", "fine"]);
    assert_eq!(passed.code, 0, "{passed:?}");
    (blocked.out + &blocked.err, passed.out + &passed.err)
}

/// What husky 9 leaves: `core.hooksPath`, and stubs that run the files one folder above.
pub fn husky(repo: &Repo) {
    repo.git(["config", "core.hooksPath", ".husky/_"]);
    for event in ["pre-commit", "pre-merge-commit"] {
        executable(
            &repo.top().join(".husky/_").join(event),
            "#!/bin/sh\nf=$(dirname \"$(dirname \"$0\")\")/$(basename \"$0\")\n[ ! -f \"$f\" ] || sh -e \"$f\" \"$@\"\n",
        );
    }
    repo.write(".husky/_/.gitignore", "*");
}
