//! Hook managers from their registries, and the snippets that the documentation has for them.
//!
//! The managers themselves are used where they are installed; elsewhere those tests say so and pass.

#![cfg(unix)]

use crate::support::git_repo::Repo;
use crate::support::hooks::{assert_checks, executable, husky, install};
use crate::support::shop::{FINDING, Said, git, run, shop, xtask};
use std::fs;

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
    husky(&repo);
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
    assert!(said.out.contains("when the packages are installed in this work tree"), "{}", said.out);
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
    let status = run(&repo, &["hook", "status"]);
    assert_eq!(status.code, 1);
    let line = "pre-commit does not check: husky runs `.husky/pre-commit`, which does not call it\n";
    assert!(status.out.starts_with(line), "{}", status.out);
    install(&repo);
    assert_eq!(run(&repo, &["hook", "status"]).code, 0);
    assert_checks(&repo);
    // A line that is commented out calls nothing.
    repo.write(".husky/pre-commit", "# sh xtask/hook.sh\n");
    assert_eq!(run(&repo, &["hook", "status"]).code, 1);
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

/// Holds that the snippet of a manager checks, that the status says so, and that installing adds no second check.
fn assert_documented(repo: &Repo, reason: &str) {
    assert_checks(repo);
    let status = run(repo, &["hook", "status"]).out;
    let line = format!("pre-commit checks: {reason}\n");
    assert!(status.starts_with(&line), "{line}{status}");
    let before = git(repo, &["status", "--short"]);
    let said = install(repo);
    assert!(!said.out.starts_with("installed pre-commit"), "{said:?}");
    assert_eq!(git(repo, &["status", "--short", "--", ".husky", "package.json"]).out, "", "{before:?}");
    let (blocked, _) = assert_checks(repo);
    assert_eq!(blocked.matches(FINDING).count(), 1, "{blocked}");
}

#[test]
fn the_snippet_for_lefthook_works() {
    let repo = with_script();
    if has(&repo, "lefthook") {
        repo.write("lefthook.yml", documented("lefthook,"));
        tool(&repo, &["lefthook", "install"]);
        assert_documented(&repo, "git runs `.git/hooks/pre-commit`, which does what `lefthook.yml` says");
        assert!(!repo.top().join("lefthook-local.yml").exists(), "the team's configuration has all of it");
    }
}

#[test]
fn the_snippet_for_husky_works() {
    let repo = with_script();
    if has(&repo, "husky") {
        tool(&repo, &["husky"]);
        for event in ["pre-commit", "pre-merge-commit"] {
            repo.write(&format!(".husky/{event}"), documented("husky,"));
        }
        repo.commit_all("husky");
        assert_documented(&repo, "git runs `.husky/_/pre-commit`, which does what `.husky/pre-commit` says");
    }
}

#[test]
fn the_snippet_for_pre_commit_and_prek_works() {
    for name in ["pre-commit", "prek"] {
        let repo = with_script();
        if has(&repo, name) {
            repo.write(".pre-commit-config.yaml", format!("repos:\n{}", documented("pre-commit and prek,")));
            repo.git(["add", "-A"]);
            tool(&repo, &[name, "install", "-t", "pre-commit", "-t", "pre-merge-commit"]);
            let reason = "git runs `.git/hooks/pre-commit`, which does what `.pre-commit-config.yaml` says";
            assert_documented(&repo, reason);
            let status = run(&repo, &["hook", "status"]);
            assert_eq!(status.code, 0, "{}", status.out);
            // Without the stage the second event is not checked, and the status knows.
            let config = fs::read_to_string(repo.top().join(".pre-commit-config.yaml")).unwrap();
            let config = config.replace("[pre-commit, pre-merge-commit]", "[pre-commit]");
            repo.write(".pre-commit-config.yaml", config);
            let status = run(&repo, &["hook", "status"]);
            assert_eq!(status.code, 1);
            let line = "pre-merge-commit does not check: git runs `.git/hooks/pre-merge-commit`, but \
                        `.pre-commit-config.yaml` does not call it\n";
            assert!(status.out.contains(line), "{}", status.out);
        }
    }
}

#[test]
fn the_snippet_for_simple_git_hooks_works() {
    let repo = with_script();
    if has(&repo, "simple-git-hooks") {
        repo.write("package.json", format!("{{{}}}\n", documented("simple-git-hooks,")));
        tool(&repo, &["simple-git-hooks"]);
        assert_documented(&repo, "git runs `.git/hooks/pre-commit`, which calls it");
    }
}
