//! `hook install|uninstall|status` beside everything else that runs hooks.
//!
//! The hook managers themselves are used where they are installed; elsewhere those tests say so and pass.

#![cfg(unix)]
#![allow(missing_docs)]

use crate::support::git_repo::Repo;
use crate::support::shop::{FINDING, GOOD, MANIFEST, Said, bad, git, run, shop, xtask};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

fn executable(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

fn install(repo: &Repo) -> Said {
    let said = run(repo, &["hook", "install"]);
    assert_eq!(said.code, 0, "{said:?}");
    said
}

/// Holds that a commit of the slip is blocked, and one without it is not; returns what both printed.
fn assert_checks(repo: &Repo) -> (String, String) {
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

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| !name.ends_with(".sample"))
        .collect();
    names.sort();
    names
}

#[test]
fn install_is_idempotent_and_uninstall_leaves_nothing() {
    let repo = shop();
    fs::create_dir_all(repo.top().join(".git/hooks")).unwrap();
    let before = names(&repo.top().join(".git"));
    assert_eq!(run(&repo, &["hook", "status"]).code, 1);
    let first = install(&repo);
    assert_eq!(
        first.out,
        "installed pre-commit and pre-merge-commit in .git/hooks; `cargo xtask hook status` tells what git will run\n"
    );
    let installed = repo.everything();
    let again = install(&repo);
    assert!(again.out.starts_with("already installed: pre-commit and pre-merge-commit in .git/hooks;"));
    assert!(repo.everything() == installed, "it writes");
    let status = run(&repo, &["hook", "status"]);
    assert_eq!(
        (status.code, status.out.as_str()),
        (
            0,
            "pre-commit checks: git runs `.git/hooks/pre-commit`\n\
             pre-merge-commit checks: git runs `.git/hooks/pre-merge-commit`\n\
             checker: .git/xtask-check/pinned/xtask\n"
        )
    );
    assert_checks(&repo);
    assert_eq!(run(&repo, &["hook", "uninstall"]).code, 0);
    assert_eq!(names(&repo.top().join(".git/hooks")), [""; 0]);
    let after: Vec<String> =
        names(&repo.top().join(".git")).into_iter().filter(|name| name != "COMMIT_EDITMSG").collect();
    assert_eq!(after, before.into_iter().filter(|name| name != "COMMIT_EDITMSG").collect::<Vec<_>>());
    assert_eq!(run(&repo, &["hook", "uninstall"]).out, "no hook of ours was installed\n");
}

#[test]
fn a_foreign_hook_is_kept_called_first_and_put_back() {
    let repo = shop();
    let hook = repo.top().join(".git/hooks/pre-commit");
    executable(&hook, "#!/bin/sh\necho foreign hook >&2\ntest ! -e veto\n");
    install(&repo);
    let (blocked, passed) = assert_checks(&repo);
    assert!(blocked.starts_with("foreign hook\n"), "{blocked}");
    assert_eq!(passed, "foreign hook\n");
    let status = run(&repo, &["hook", "status"]).out;
    assert!(status.contains("which runs `.git/hooks/pre-commit.before-xtask` first"), "{status}");
    repo.write("veto", "");
    assert_eq!(git(&repo, &["commit", "-q", "--allow-empty", "-m", "x"]).err, "foreign hook\n");
    repo.write(MANIFEST, bad());
    repo.git(["add", "-A"]);
    assert_eq!(git(&repo, &["commit", "-qm", "x"]).err, "foreign hook\n", "its veto is final");
    run(&repo, &["hook", "uninstall"]);
    assert_eq!(fs::read_to_string(&hook).unwrap(), "#!/bin/sh\necho foreign hook >&2\ntest ! -e veto\n");
    assert_eq!(names(&repo.top().join(".git/hooks")), ["pre-commit"]);
}

#[test]
fn a_foreign_hook_that_comes_later_is_kept_too() {
    let repo = shop();
    let hook = repo.top().join(".git/hooks/pre-commit");
    executable(&hook, "#!/bin/sh\necho one\n");
    install(&repo);
    // Some tool writes its file anew.
    executable(&hook, "#!/bin/sh\necho one\n");
    let status = run(&repo, &["hook", "status"]);
    assert_eq!(status.code, 1);
    assert!(
        status.out.contains("pre-commit does not check: `.git/hooks/pre-commit` is not ours"),
        "{}",
        status.out
    );
    install(&repo);
    assert_checks(&repo);
    // Another one: neither may be lost.
    executable(&hook, "#!/bin/sh\necho two\n");
    let said = run(&repo, &["hook", "install"]);
    assert_eq!(said.code, 3);
    assert!(said.err.contains("is kept as"), "{}", said.err);
    assert_eq!(fs::read_to_string(&hook).unwrap(), "#!/bin/sh\necho two\n");
}

#[test]
fn a_hook_that_git_would_not_run_is_not_run_by_us() {
    let repo = shop();
    let hook = repo.top().join(".git/hooks/pre-commit");
    executable(&hook, "#!/bin/sh\nexit 1\n");
    fs::set_permissions(&hook, fs::Permissions::from_mode(0o644)).unwrap();
    install(&repo);
    assert_checks(&repo);
    let status = run(&repo, &["hook", "status"]).out;
    assert!(status.contains("is not executable and therefore left out"), "{status}");
    let ours = repo.top().join(".git/hooks/pre-merge-commit");
    fs::set_permissions(&ours, fs::Permissions::from_mode(0o644)).unwrap();
    let status = run(&repo, &["hook", "status"]);
    assert_eq!(status.code, 1);
    assert!(status.out.contains("git ignores `.git/hooks/pre-merge-commit`, which is not executable"));
}

#[test]
fn the_hooks_path_of_the_repository_is_used() {
    let repo = shop();
    repo.git(["config", "core.hooksPath", "tools/hooks"]);
    executable(&repo.top().join("tools/hooks/pre-commit"), "#!/bin/sh\necho team\n");
    // From below: a relative path counts from the top level.
    let said = xtask(&repo, &repo.top().join("apps"), ["hook", "install"]).output().unwrap();
    assert!(said.status.success());
    assert_eq!(
        names(&repo.top().join("tools/hooks")),
        ["pre-commit", "pre-commit.before-xtask", "pre-merge-commit"]
    );
    assert!(!repo.top().join(".git/hooks/pre-commit").exists());
    assert_checks(&repo);
    assert_eq!(run(&repo, &["hook", "status"]).code, 0);
}

#[test]
fn a_hooks_path_for_all_repositories_is_left_alone() {
    let repo = shop();
    let shared = repo.beside("my-hooks");
    fs::create_dir(&shared).unwrap();
    let config = repo.beside("gitconfig");
    fs::write(&config, format!("[core]\n\thooksPath = {}\n", shared.display())).unwrap();
    let said: Said = xtask(&repo, repo.top(), ["hook", "install"])
        .env("GIT_CONFIG_GLOBAL", &config)
        .output()
        .unwrap()
        .into();
    assert_eq!(said.code, 2);
    assert!(
        said.err.contains("of your global git configuration") && said.err.contains("my-hooks"),
        "{}",
        said.err
    );
    assert_eq!(names(&shared), [""; 0]);
}

#[test]
fn all_linked_work_trees_have_the_hook() {
    let repo = shop();
    let linked = repo.beside("linked");
    repo.git(["worktree", "add", "-q", linked.to_str().unwrap(), "-b", "feature"]);
    let said = xtask(&repo, &linked, ["hook", "install"]).output().unwrap();
    assert!(said.status.success());
    assert_eq!(run(&repo, &["hook", "status"]).code, 0);
    assert_checks(&repo);
}

#[test]
fn a_pipeline_installs_nothing() {
    let repo = shop();
    let said: Said = xtask(&repo, repo.top(), ["hook", "install"]).env("CI", "true").output().unwrap().into();
    assert_eq!(said.code, 0);
    assert_eq!(said.err, "no hook installed: `CI` is set, and a pipeline runs `cargo xtask check` itself\n");
    assert!(!repo.top().join(".git/hooks/pre-commit").exists());
    assert!(!repo.top().join(".git/xtask-check").exists());
}

#[test]
fn what_skips_or_duplicates_the_hook_is_told() {
    let repo = shop();
    install(&repo);
    repo.git(["config", "hook.lint.event", "pre-commit"]);
    let said: Said =
        xtask(&repo, repo.top(), ["hook", "status"]).env("XTASK_HOOK", "0").output().unwrap().into();
    assert!(said.out.contains("note: `XTASK_HOOK=0` is set"), "{}", said.out);
    assert!(said.out.contains("run the hook `lint` of the configuration at pre-commit"), "{}", said.out);
}

/// A repository that holds the sources of a checker, as web-core does: here a program of one line.
fn with_sources() -> Repo {
    let repo = shop();
    repo.write("Cargo.toml", "[workspace]\nmembers = [\"xtask\"]\nresolver = \"3\"\n");
    repo.write("Cargo.lock", "version = 4\n\n[[package]]\nname = \"xtask\"\nversion = \"0.1.0\"\n");
    repo.write("xtask/Cargo.toml", "[package]\nname = \"xtask\"\nversion = \"0.1.0\"\nedition = \"2024\"\n");
    repo.write("xtask/src/main.rs", program("one"));
    repo.write(".gitignore", "target\n");
    repo.commit_all("sources");
    repo
}

fn program(word: &str) -> String {
    format!(
        "fn main() {{ eprintln!(\"checker {word}: {{:?}}\", std::env::args().skip(1).collect::<Vec<_>>()) }}\n"
    )
}

#[test]
fn the_checker_is_built_once_for_its_staged_sources() {
    let repo = with_sources();
    install(&repo);
    let commit = |word: &str| {
        repo.git(["add", "-A"]);
        let mut command = repo.command("git", repo.top());
        command.args(["commit", "-q", "--allow-empty", "-m", word]);
        for name in ["CARGO_HOME", "RUSTUP_HOME", "HOME"] {
            command.env(name, std::env::var_os(name).unwrap_or_default());
        }
        let output = command.output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    let building = "xtask: building the checker, once for this version of it (a minute or two)\n";
    let said = |word: &str| format!("checker {word}: [\"check\", \"--staged\"]\n");
    assert_eq!(commit("a"), format!("{building}{}", said("one")));
    assert_eq!(commit("b"), said("one"));
    // Another linked work tree has the same sources.
    let linked = repo.beside("linked");
    repo.git(["worktree", "add", "-q", linked.to_str().unwrap()]);
    let output = repo.try_git(&linked, ["commit", "-q", "--allow-empty", "-m", "c"]);
    assert_eq!(String::from_utf8_lossy(&output.stderr), said("one"));
    // Sources on the disk that are not staged are not built.
    repo.write("xtask/src/main.rs", program("two"));
    repo.git(["add", "-A"]);
    repo.write("xtask/src/main.rs", "not Rust");
    let mut command = repo.command("git", repo.top());
    command.args(["commit", "-q", "-m", "d"]);
    for name in ["CARGO_HOME", "RUSTUP_HOME", "HOME"] {
        command.env(name, std::env::var_os(name).unwrap_or_default());
    }
    let stderr = String::from_utf8_lossy(&command.output().unwrap().stderr).into_owned();
    assert_eq!(stderr, format!("{building}{}", said("two")));
    assert_eq!(names(&repo.top().join(".git/xtask-check")).len(), 3, "two versions, and cargo's folder");
    // What does not build stops nobody.
    let stderr = commit("not Rust");
    assert!(
        stderr.ends_with("xtask: not checked, the checker does not build; CI checks this commit\n"),
        "{stderr}"
    );
}

#[test]
fn without_cargo_nobody_is_stopped() {
    let repo = with_sources();
    install(&repo);
    // A PATH with git and the usual tools, and nothing of Rust.
    let tools = repo.beside("tools");
    fs::create_dir(&tools).unwrap();
    let find = |name: &str| {
        let path = std::env::var_os("PATH").unwrap();
        std::env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file())
    };
    for name in ["git", "sh"] {
        std::os::unix::fs::symlink(find(name).unwrap(), tools.join(name)).unwrap();
    }
    repo.write(MANIFEST, bad());
    let mut command = repo.command("git", repo.top());
    command.args(["commit", "-q", "-a", "-m", "x"]).env("PATH", &tools);
    let said: Said = command.output().unwrap().into();
    assert_eq!(
        (said.code, said.err.as_str()),
        (0, "xtask: not checked, there is no cargo to build the checker with; CI checks this commit\n")
    );
}

/// Whether a hook manager can be tried here; says so when not.
fn has(repo: &Repo, tool: &str) -> bool {
    let found = repo.command("sh", repo.top()).args(["-c", &format!("command -v {tool}")]).output().unwrap();
    if !found.status.success() {
        eprintln!("skipped: `{tool}` is not installed");
    }
    found.status.success()
}

fn tool(repo: &Repo, words: &[&str]) {
    let output = repo.command(words[0], repo.top()).args(&words[1..]).output().unwrap();
    assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn husky_gets_a_line_in_its_own_files() {
    let repo = shop();
    // What husky 9 leaves: `core.hooksPath`, and stubs that run the files one folder above.
    repo.git(["config", "core.hooksPath", ".husky/_"]);
    for event in ["pre-commit", "pre-merge-commit"] {
        executable(
            &repo.top().join(".husky/_").join(event),
            "#!/bin/sh\nf=$(dirname \"$(dirname \"$0\")\")/$(basename \"$0\")\n[ ! -f \"$f\" ] || sh -e \"$f\" \"$@\"\n",
        );
    }
    repo.write(".husky/_/.gitignore", "*");
    repo.write(".husky/pre-commit", "echo team hook");
    let said = install(&repo);
    assert!(said.err.contains("commit `.husky` to give the hook to everybody"), "{}", said.err);
    let text = fs::read_to_string(repo.top().join(".husky/pre-commit")).unwrap();
    assert!(text.starts_with("echo team hook\n") && text.ends_with("# xtask-hook\n"), "{text}");
    install(&repo);
    assert_eq!(fs::read_to_string(repo.top().join(".husky/pre-commit")).unwrap(), text);
    assert_eq!(run(&repo, &["hook", "status"]).code, 0);
    let (blocked, _) = assert_checks(&repo);
    assert!(blocked.contains("team hook"), "{blocked}");
    // A fresh linked work tree has no stubs until the packages are installed.
    let linked = repo.beside("linked");
    repo.git(["worktree", "add", "-q", linked.to_str().unwrap(), "-b", "feature"]);
    let said: Said = xtask(&repo, &linked, ["hook", "status"]).output().unwrap().into();
    assert_eq!(said.code, 1);
    assert!(said.out.contains("`pnpm install` in this work tree"), "{}", said.out);
    run(&repo, &["hook", "uninstall"]);
    assert_eq!(fs::read_to_string(repo.top().join(".husky/pre-commit")).unwrap(), "echo team hook\n");
    assert!(!repo.top().join(".husky/pre-merge-commit").exists());
}

#[test]
fn husky_itself_runs_the_line() {
    let repo = shop();
    if !has(&repo, "husky") {
        return;
    }
    repo.write("package.json", "{\"devDependencies\": {\"husky\": \"9\"}}\n");
    tool(&repo, &["husky"]);
    install(&repo);
    assert_eq!(run(&repo, &["hook", "status"]).code, 0);
    assert_checks(&repo);
}

#[test]
fn lefthook_gets_a_personal_configuration() {
    let repo = shop();
    repo.write("lefthook.yml", "pre-commit:\n  jobs:\n    - name: team\n      run: echo team hook\n");
    let said = install(&repo);
    assert!(said.out.contains("in lefthook-local.yml"), "{}", said.out);
    install(&repo);
    let local = repo.top().join("lefthook-local.yml");
    if has(&repo, "lefthook") {
        tool(&repo, &["lefthook", "install"]);
        assert_eq!(run(&repo, &["hook", "status"]).code, 0);
        let (blocked, _) = assert_checks(&repo);
        assert!(blocked.contains("team hook"), "{blocked}");
    }
    run(&repo, &["hook", "uninstall"]);
    assert!(!local.exists());
    // One that is not ours stays as it is.
    fs::write(&local, "pre-push: {}\n").unwrap();
    let said = run(&repo, &["hook", "install"]);
    assert_eq!(said.code, 1);
    assert!(said.err.contains("pre-commit:\n  jobs:\n    - name: xtask\n"), "{}", said.err);
    assert_eq!(fs::read_to_string(&local).unwrap(), "pre-push: {}\n");
}

#[test]
fn simple_git_hooks_is_kept_with_a_warning() {
    let repo = shop();
    repo.write("package.json", "{\"simple-git-hooks\": {\"pre-commit\": \"echo team hook\"}}\n");
    executable(&repo.top().join(".git/hooks/pre-commit"), "#!/bin/sh\necho team hook\n");
    if has(&repo, "simple-git-hooks") {
        tool(&repo, &["simple-git-hooks"]);
    }
    let said = install(&repo);
    assert!(
        said.err.contains("simple-git-hooks overwrites the hook when it is set up again"),
        "{}",
        said.err
    );
    let (blocked, _) = assert_checks(&repo);
    assert!(blocked.contains("team hook"), "{blocked}");
}

#[test]
fn pre_commit_and_prek_run_before_and_after() {
    for name in ["pre-commit", "prek"] {
        let repo = shop();
        if !has(&repo, name) {
            continue;
        }
        repo.write(
            ".pre-commit-config.yaml",
            "repos:\n  - repo: local\n    hooks:\n      - {id: team, name: team hook, entry: echo, language: system}\n",
        );
        repo.commit_all("config");
        // Ours second, then theirs second: either keeps the other.
        tool(&repo, &[name, "install"]);
        install(&repo);
        let (blocked, _) = assert_checks(&repo);
        assert!(blocked.contains("team hook"), "{blocked}");
        run(&repo, &["hook", "uninstall"]);
        tool(&repo, &[name, "uninstall"]);
        install(&repo);
        tool(&repo, &[name, "install"]);
        let status = run(&repo, &["hook", "status"]);
        assert_eq!(status.code, 0, "{}", status.out);
        let (blocked, _) = assert_checks(&repo);
        assert!(blocked.contains("team hook"), "{blocked}");
    }
}

/// The fenced block of docs/integrations/hooks.md behind the line that begins so.
fn documented(beginning: &str) -> String {
    let page = include_str!("../../../docs/integrations/hooks.md");
    let (_, rest) = page.split_once(&format!("\n{beginning}")).unwrap();
    let (_, rest) = rest.split_once("\n```").unwrap();
    let (_, rest) = rest.split_once('\n').unwrap();
    rest.split_once("```").unwrap().0.to_owned()
}

/// A shop with the tracked script and a checker, and no hook yet.
fn with_script() -> Repo {
    let repo = shop();
    install(&repo);
    fs::remove_file(repo.top().join(".git/hooks/pre-commit")).unwrap();
    fs::remove_file(repo.top().join(".git/hooks/pre-merge-commit")).unwrap();
    repo.write("xtask/hook.sh", include_str!("../../hook.sh"));
    repo
}

#[test]
fn the_documented_snippets_work() {
    let repo = with_script();
    if has(&repo, "lefthook") {
        repo.write("lefthook.yml", documented("lefthook,"));
        tool(&repo, &["lefthook", "install"]);
        assert_checks(&repo);
        let status = run(&repo, &["hook", "status"]).out;
        assert!(status.starts_with("pre-commit checks: "), "{status}");
    }
    let repo = with_script();
    if has(&repo, "husky") {
        tool(&repo, &["husky"]);
        repo.write(".husky/pre-commit", documented("husky,"));
        assert_checks(&repo);
    }
    for name in ["pre-commit", "prek"] {
        let repo = with_script();
        if has(&repo, name) {
            repo.write(".pre-commit-config.yaml", format!("repos:\n{}", documented("pre-commit and prek,")));
            repo.git(["add", "-A"]);
            tool(&repo, &[name, "install"]);
            assert_checks(&repo);
            let status = run(&repo, &["hook", "status"]).out;
            assert!(status.starts_with("pre-commit checks: "), "{status}");
        }
    }
    let repo = with_script();
    if has(&repo, "simple-git-hooks") {
        repo.write("package.json", format!("{{{}}}\n", documented("simple-git-hooks,")));
        tool(&repo, &["simple-git-hooks"]);
        assert_checks(&repo);
    }
}
