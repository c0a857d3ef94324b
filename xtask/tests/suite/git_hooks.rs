//! What a hook sees: the index of the commit that is being made, in the environment that git really sets.
//!
//! The hook runs this test binary again, as [`probe`], because the environment of a process is set from
//! outside only.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::git_repo::{Repo, render};
use xtask::git::Git;
use xtask::snapshot::Snapshot;

/// Writes what it sees of the repository `PROBE_ROOT` to the file `PROBE_OUT`. Run by the other tests.
#[test]
#[ignore = "the other tests run it in a process of its own"]
fn probe() {
    let Some(out) = std::env::var_os("PROBE_OUT") else { return };
    let root = std::env::var_os("PROBE_ROOT").map_or_else(|| PathBuf::from("."), PathBuf::from);
    fs::write(out, see(&root)).unwrap();
}

fn see(root: &Path) -> String {
    let git = match Git::discover(root) {
        Ok(git) => git,
        Err(error) => return error.to_string(),
    };
    let section = |name: &str, snapshot: Result<Snapshot, _>| match snapshot {
        Ok(snapshot) => format!("[{name}]\n{}", render(&snapshot)),
        Err(error) => format!("[{name}]\n{error}\n"),
    };
    let staged: Vec<String> = git.staged().unwrap().iter().map(|change| change.path.to_string()).collect();
    format!(
        "top {}\nprefix {}\nstaged {}\n{}{}",
        git.top().display(),
        git.prefix(),
        staged.join(" "),
        section("index", Snapshot::index(&git)),
        section("worktree", Snapshot::worktree(&git)),
    )
}

/// The command that runs [`probe`].
fn probe_command(repo: &Repo, folder: &Path, out: &Path) -> Command {
    let mut command = repo.command(std::env::current_exe().unwrap(), folder);
    command.args(["--exact", "git_hooks::probe", "--ignored", "--quiet"]).env("PROBE_OUT", out);
    command
}

/// Runs [`probe`] in `folder` with these variables and returns what it sees.
fn probed(repo: &Repo, folder: &Path, variables: &[(&str, &Path)]) -> String {
    let out = repo.beside("probe.out");
    let mut command = probe_command(repo, folder, &out);
    let output = command.envs(variables.iter().copied()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    fs::read_to_string(out).unwrap()
}

/// A repository whose pre-commit hook runs [`probe`] and leaves what it saw beside the repository.
#[cfg(unix)]
fn hooked(files: &[(&str, &str)]) -> Repo {
    use std::os::unix::fs::PermissionsExt;
    let repo = Repo::with(files);
    let script = format!(
        "#!/bin/sh\n{before}PROBE_OUT='{out}' '{exe}' --exact git_hooks::probe --ignored --quiet >/dev/null\n",
        before = "cd \"${PROBE_CD:-.}\"\n",
        out = repo.beside("hook.out").display(),
        exe = std::env::current_exe().unwrap().display(),
    );
    let hook = repo.top().join(".git/hooks/pre-commit");
    fs::create_dir_all(hook.parent().unwrap()).unwrap();
    fs::write(&hook, script).unwrap();
    fs::set_permissions(&hook, fs::Permissions::from_mode(0o755)).unwrap();
    repo
}

/// What the last hook saw.
fn seen(repo: &Repo) -> String {
    let out = repo.beside("hook.out");
    let seen = fs::read_to_string(&out).unwrap();
    fs::remove_file(out).unwrap();
    seen
}

/// What the hook saw of the index must be what the commit has become, and nothing else.
#[cfg(unix)]
fn assert_saw_commit(folder: &Path, seen: &str) {
    let git = Git::discover(folder).unwrap();
    let commit = render(&Snapshot::revision(&git, "HEAD").unwrap());
    assert!(
        seen.contains(&format!("[index]\n{commit}[worktree]\n")),
        "{seen}\n--- but the commit is\n{commit}"
    );
    assert!(seen.starts_with(&format!("top {}\n", git.top().display())), "{seen}");
}

#[cfg(unix)]
#[test]
fn the_hook_sees_the_commit_of_every_kind() {
    let repo = hooked(&[("a.txt", "1"), ("b.txt", "1"), ("sub/c.txt", "1")]);
    let commit = |flags: &[&str]| {
        repo.git(["commit", "-q", "-m", "next"].iter().chain(flags));
        let seen = seen(&repo);
        assert_saw_commit(repo.top(), &seen);
        seen
    };
    // Plain: good on the disk, bad in the index, and the other way round.
    repo.write("a.txt", "staged");
    repo.git(["add", "a.txt"]);
    repo.write("a.txt", "disk");
    repo.write("b.txt", "disk");
    let seen_plain = commit(&[]);
    assert!(
        seen_plain.contains("staged a.txt\n") && seen_plain.contains("file a.txt staged"),
        "{seen_plain}"
    );
    assert!(seen_plain.contains("[worktree]\nfile a.txt disk\nfile b.txt disk"), "{seen_plain}");
    // -a takes what is on the disk, deletions too, but nothing untracked.
    repo.remove("sub/c.txt");
    repo.write("untracked.txt", "");
    assert!(commit(&["-a"]).contains("staged a.txt b.txt sub/c.txt\n"));
    // PATH commits only that, whatever else is staged.
    repo.write("a.txt", "2");
    repo.git(["add", "a.txt", "untracked.txt"]);
    repo.write("b.txt", "2");
    assert!(commit(&["b.txt"]).contains("staged b.txt\n"));
    // -i PATH adds it to what is staged.
    repo.write("b.txt", "3");
    assert!(commit(&["-i", "b.txt"]).contains("staged a.txt b.txt untracked.txt\n"));
    // --amend and an empty commit.
    repo.write("a.txt", "4");
    repo.git(["add", "a.txt"]);
    assert!(commit(&["--amend"]).contains("staged a.txt\n"));
    assert!(commit(&["--allow-empty"]).contains("staged \n"));
    // -p, with the one hunk accepted.
    repo.write("a.txt", "5");
    let mut patch = repo.command("git", repo.top());
    patch.args(["commit", "-q", "-p", "-m", "hunk"]).stdin(fs::File::open(yes(&repo)).unwrap());
    assert!(patch.output().unwrap().status.success());
    assert_saw_commit(repo.top(), &seen(&repo));
}

/// A file that answers "yes" to git's questions.
fn yes(repo: &Repo) -> PathBuf {
    let path = repo.beside("yes");
    fs::write(&path, "y\ny\n").unwrap();
    path
}

#[cfg(unix)]
#[test]
fn the_hook_sees_the_first_commit_from_a_subfolder() {
    let repo = hooked(&[]);
    repo.git(["update-ref", "-d", "HEAD"]);
    repo.write("sub/a.txt", "1");
    repo.write("sub/b.txt", "1");
    repo.git_in(&repo.top().join("sub"), ["add", "a.txt"]);
    repo.git_in(&repo.top().join("sub"), ["commit", "-q", "-m", "first"]);
    assert_saw_commit(repo.top(), &seen(&repo));
}

#[cfg(unix)]
#[test]
fn the_hook_sees_a_merge_that_is_concluded() {
    let repo = hooked(&[("a", "base\n"), ("b", "")]);
    repo.git(["checkout", "-q", "-b", "other"]);
    repo.write("a", "theirs\n");
    repo.commit_all("theirs");
    repo.git(["checkout", "-q", "main"]);
    repo.write("a", "ours\n");
    repo.commit_all("ours");
    repo.try_git(repo.top(), ["merge", "-q", "other"]);
    repo.write("a", "both\n");
    repo.git(["add", "a"]);
    repo.git(["commit", "-q", "-m", "merge"]);
    assert_saw_commit(repo.top(), &seen(&repo));
}

#[cfg(unix)]
#[test]
fn the_hook_sees_its_own_linked_work_tree() {
    let repo = hooked(&[("a.txt", "1"), ("sub/b.txt", "1")]);
    let linked = repo.beside("linked");
    repo.git(["worktree", "add", "-q", linked.to_str().unwrap(), "-b", "feature"]);
    repo.write("only-in-main.txt", "");
    repo.git(["add", "-A"]);
    fs::write(linked.join("a.txt"), "2").unwrap();
    fs::write(linked.join("sub/b.txt"), "2").unwrap();
    for (folder, flags) in [
        (linked.clone(), ["-a"].as_slice()),
        (linked.join("sub"), &["b.txt"]),
        (linked.clone(), &["--allow-empty"]),
    ] {
        fs::write(linked.join("sub/b.txt"), format!("{flags:?}")).unwrap();
        repo.git_in(&folder, ["commit", "-q", "-m", "linked"].iter().chain(flags));
        assert_saw_commit(&linked, &seen(&repo));
    }
    // A hook that goes into a subfolder first: GIT_DIR is set there, and the top level is still above.
    let mut commit = repo.command("git", &linked);
    commit.args(["commit", "-q", "--allow-empty", "-m", "from below"]).env("PROBE_CD", "sub");
    assert!(commit.output().unwrap().status.success());
    let seen = seen(&repo);
    assert_saw_commit(&linked, &seen);
    assert!(seen.contains("\nprefix sub\n"), "{seen}");
}

#[cfg(unix)]
#[test]
fn the_hook_sees_its_own_submodule() {
    use std::os::unix::fs::PermissionsExt;
    let library = Repo::with(&[("lib.rs", "1")]);
    let repo = hooked(&[("a.txt", "1")]);
    let url = library.top().to_str().unwrap();
    repo.git(["-c", "protocol.file.allow=always", "submodule", "--quiet", "add", url, "lib"]);
    repo.git(["commit", "-q", "-m", "submodule"]);
    assert_saw_commit(repo.top(), &seen(&repo));
    let hook = repo.top().join(".git/modules/lib/hooks/pre-commit");
    fs::create_dir_all(hook.parent().unwrap()).unwrap();
    fs::copy(repo.top().join(".git/hooks/pre-commit"), &hook).unwrap();
    fs::set_permissions(&hook, fs::Permissions::from_mode(0o755)).unwrap();
    repo.write("lib/lib.rs", "2");
    repo.git_in(&repo.top().join("lib"), ["commit", "-q", "-m", "inside", "lib.rs"]);
    assert_saw_commit(&repo.top().join("lib"), &seen(&repo));
}

#[cfg(unix)]
#[test]
fn the_hook_sees_another_repository_as_it_is() {
    let repo = hooked(&[("a.txt", "1")]);
    let other = Repo::with(&[("other.txt", "2")]);
    let linked = repo.beside("linked");
    repo.git(["worktree", "add", "-q", linked.to_str().unwrap(), "-b", "feature"]);
    for (folder, path) in [(repo.top(), "a.txt"), (&linked, "a.txt")] {
        fs::write(folder.join(path), "3").unwrap();
        // Asked for by `--root`, and entered by a script.
        for (variable, number) in [("PROBE_ROOT", "4"), ("PROBE_CD", "5")] {
            fs::write(folder.join(path), number).unwrap();
            let mut commit = repo.command("git", folder);
            commit.args(["commit", "-q", "-m", "x", path]).env(variable, other.top());
            if variable == "PROBE_CD" {
                commit.env("PROBE_ROOT", other.top());
            }
            assert!(commit.output().unwrap().status.success());
            assert_saw_commit(other.top(), &seen(&repo));
        }
    }
}

#[test]
fn index_files_are_resolved_as_git_does() {
    let repo = Repo::with(&[("a", "1"), ("sub/b", "1")]);
    let private = repo.beside("private-index");
    fs::copy(repo.top().join(".git/index"), &private).unwrap();
    repo.write("a", "2");
    repo.git(["add", "a"]);
    let (old, new) = ("[index]\nfile a 1\n", "[index]\nfile a 2\n");
    let sub = repo.top().join("sub");
    let saw = |folder: &Path, variables: &[(&str, &Path)], expected: &str| {
        let seen = probed(&repo, folder, variables);
        assert!(seen.contains(expected), "{seen}");
    };
    // Relative to the top level, from wherever it is asked.
    saw(repo.top(), &[("GIT_INDEX_FILE", Path::new(".git/index"))], new);
    saw(&sub, &[("GIT_INDEX_FILE", Path::new(".git/index"))], new);
    // An index of the user's own choice, which lies in no repository.
    saw(repo.top(), &[("GIT_INDEX_FILE", &private)], old);
    saw(&sub, &[("GIT_INDEX_FILE", &private)], old);
    // GIT_DIR alone, absolute or relative to the working folder.
    saw(&sub, &[("GIT_DIR", &repo.top().join(".git"))], "prefix sub\n");
    saw(&sub, &[("GIT_DIR", Path::new("../.git")), ("GIT_INDEX_FILE", &private)], old);
    // The index of another repository is none of ours.
    let other = Repo::with(&[("other", "")]);
    saw(repo.top(), &[("GIT_INDEX_FILE", &other.top().join(".git/index"))], new);
    saw(repo.top(), &[("GIT_DIR", &other.top().join(".git"))], new);
    // Nor does a variable lead astray that names nothing.
    saw(repo.top(), &[("GIT_DIR", Path::new("/nowhere"))], new);
    saw(repo.top(), &[("GIT_INDEX_FILE", Path::new("/nowhere/index"))], new);
    // Pathspec magic of the user contradicts ours.
    saw(repo.top(), &[("GIT_GLOB_PATHSPECS", Path::new("1"))], new);
}

#[test]
fn a_work_tree_may_be_connected_by_the_environment_alone() {
    let repo = Repo::with(&[("a", "1"), ("sub/b", "1")]);
    let home = repo.beside("dotfiles.git");
    fs::rename(repo.top().join(".git"), &home).unwrap();
    let sub = repo.top().join("sub");
    let seen = probed(&repo, &sub, &[("GIT_DIR", &home), ("GIT_WORK_TREE", repo.top())]);
    assert!(seen.starts_with(&format!("top {}\nprefix sub\nstaged \n", repo.top().display())), "{seen}");
    assert!(seen.contains("[worktree]\nfile a 1\nfile sub/b 1\n"), "{seen}");
    let seen = probed(&repo, &sub, &[]);
    assert!(seen.contains("is not in a git repository"), "{seen}");
}

#[test]
fn a_distrusted_repository_is_named_with_its_remedy() {
    let repo = Repo::with(&[("a", "1")]);
    let seen = probed(&repo, repo.top(), &[("GIT_TEST_ASSUME_DIFFERENT_OWNER", Path::new("1"))]);
    let top = repo.top().display();
    assert_eq!(
        seen,
        format!(
            "git refuses the repository `{top}` because another user owns it: if you trust it, run \
             `git config --global --add safe.directory {top}`"
        )
    );
    // The trust that CI declares in the environment counts.
    let trusted = [
        ("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1"),
        ("GIT_CONFIG_COUNT", "1"),
        ("GIT_CONFIG_KEY_0", "safe.directory"),
        ("GIT_CONFIG_VALUE_0", "*"),
    ];
    let seen = probed(&repo, repo.top(), &trusted.map(|(name, value)| (name, Path::new(value))));
    assert!(seen.contains("[index]\nfile a 1\n"), "{seen}");
}

#[test]
fn without_git_it_says_so() {
    let repo = Repo::with(&[("a", "1")]);
    let seen = probed(&repo, repo.top(), &[("PATH", Path::new("/nowhere"))]);
    assert_eq!(seen, "`git` was not found in PATH: install it and try again");
}
