//! `hook install|uninstall|status`, and the script that they install.

#![cfg(unix)]

use crate::support::git_repo::Repo;
use crate::support::hooks::{assert_checks, executable, install};
use crate::support::shop::{MANIFEST, Said, bad, git, run, shop, xtask};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

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
    assert!(again.out.starts_with("already installed: pre-commit and pre-merge-commit;"), "{}", again.out);
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
    let said: Said = xtask(&repo, repo.top(), ["hook", "status"])
        .env("GIT_CONFIG_GLOBAL", &config)
        .output()
        .unwrap()
        .into();
    assert_eq!(said.code, 1);
    assert!(said.out.ends_with("tells how to give this repository its own hooks\n"), "{}", said.out);
    // The way out that it names.
    let way = said_way_out(&run_with(&repo, &config, &["hook", "install"]).err);
    repo.git(way.split(' ').skip(1));
    let said = run_with(&repo, &config, &["hook", "install"]);
    assert!(said.out.starts_with("installed pre-commit and pre-merge-commit in .git/hooks;"), "{said:?}");
}

fn run_with(repo: &Repo, config: &Path, args: &[&str]) -> Said {
    xtask(repo, repo.top(), args).env("GIT_CONFIG_GLOBAL", config).output().unwrap().into()
}

/// The command between backticks that begins with `git config`.
fn said_way_out(text: &str) -> String {
    let (_, rest) = text.split_once("`git config ").unwrap();
    format!("git config {}", rest.split_once('`').unwrap().0)
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
    repo.git(["config", "--add", "hook.lint.event", "pre-merge-commit"]);
    repo.git(["config", "hook.hook.event", "pre-push"]);
    let said: Said =
        xtask(&repo, repo.top(), ["hook", "status"]).env("XTASK_HOOK", "0").output().unwrap().into();
    assert!(said.out.contains("note: `XTASK_HOOK=0` is set"), "{}", said.out);
    for event in ["pre-commit", "pre-merge-commit"] {
        let note =
            format!("note: git 2.54 and later also run the hook `lint` of the configuration at {event}\n");
        assert!(said.out.contains(&note), "{}", said.out);
    }
    assert_eq!(said.out.matches("of the configuration").count(), 2, "{}", said.out);
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
fn a_sparse_index_is_not_expanded_to_find_the_checker() {
    let repo = with_sources();
    install(&repo);
    repo.git(["sparse-checkout", "set", "--cone", "--sparse-index", "apps"]);
    let key =
        git(&repo, &["ls-files", "--sparse", "-s", "--", "xtask", "Cargo.toml", "Cargo.lock", ".cargo"]).out;
    assert!(key.ends_with("\txtask/\n"), "{key}");
    let folder = repo.top().join(".git/xtask-check");
    let status = run(&repo, &["hook", "status"]).out;
    let (_, checker) = status.split_once("checker: ").unwrap();
    assert!(checker.starts_with("not built for these sources yet"), "{status}");
    // Where the hook would look is where the program says.
    repo.write("apps/shop/package.json", "{}\n");
    repo.git(["add", "-A"]);
    let oid = {
        let list = repo.beside("list");
        fs::write(&list, key).unwrap();
        repo.git(["hash-object", list.to_str().unwrap()])
    };
    executable(&folder.join(oid.trim()).join("xtask"), "#!/bin/sh\necho checked >&2\n");
    let objects = || git(&repo, &["count-objects", "-v"]).out;
    let before = objects();
    let hook = repo.command("sh", repo.top()).arg(".git/hooks/pre-commit").output().unwrap();
    assert_eq!(String::from_utf8_lossy(&hook.stderr), "checked\n");
    assert_eq!(objects(), before, "it writes");
    assert!(
        run(&repo, &["hook", "status"]).out.contains(&format!("checker: .git/xtask-check/{}", oid.trim()))
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

#[test]
fn a_graphical_client_needs_no_cargo_in_its_path() {
    let repo = with_sources();
    install(&repo);
    // A PATH of the system alone; cargo where rustup puts it. It builds a program that says how it was started.
    let cargo = "#!/bin/sh
env | grep -E '^GIT_(DIR|INDEX_FILE|PREFIX|WORK_TREE|OBJECT_DIRECTORY|ALTERNATE_OBJECT_DIRECTORIES)=' >&2
while [ \"$1\" != --target-dir ]; do shift; done
mkdir -p \"$2/release\"
printf '#!/bin/sh\\necho checked: \"$@\" >&2\\n' >\"$2/release/xtask\"
chmod +x \"$2/release/xtask\"
";
    executable(&repo.beside(".cargo/bin/cargo"), cargo);
    let commit = |variables: &[(&str, &Path)]| -> Said {
        let mut command = repo.command("git", repo.top());
        command
            .args(["commit", "-q", "--allow-empty", "-m", "x"])
            .env("PATH", "/usr/local/bin:/usr/bin:/bin");
        command.envs(variables.iter().copied()).output().unwrap().into()
    };
    let building = "xtask: building the checker, once for this version of it (a minute or two)\n";
    let said = commit(&[]);
    let expected = format!("{building}checked: check --staged\n");
    assert_eq!((said.code, said.err.as_str()), (0, expected.as_str()), "git's variables are kept from cargo");
    assert_eq!(commit(&[]).err, "checked: check --staged\n");
    // Elsewhere: CARGO_HOME.
    run(&repo, &["hook", "uninstall"]);
    install(&repo);
    let home = repo.beside("rust");
    fs::create_dir(&home).unwrap();
    fs::rename(repo.beside(".cargo/bin"), home.join("bin")).unwrap();
    assert_eq!(commit(&[("CARGO_HOME", &home)]).err, expected);
}
