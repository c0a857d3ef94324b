//! Finding the repository, and refusing with a remedy where there is none; nothing is ever written.

use std::path::Path;

use crate::support::git_repo::Repo;
use xtask::git::{Git, GitError};
use xtask::snapshot::{Disk, Snapshot};

#[test]
fn any_folder_or_file_of_a_repository_leads_to_its_top() {
    let repo = Repo::with(&[("apps/web/src/a.ts", "")]);
    for (start, prefix) in [("", ""), ("apps/web", "apps/web"), ("apps/web/src/a.ts", "apps/web/src")] {
        let git = Git::discover(&repo.top().join(start)).unwrap();
        assert_eq!((git.top(), git.prefix().as_str()), (repo.top(), prefix));
        assert_eq!(git.git_dir(), repo.top().join(".git"));
        assert_eq!(git.common_dir(), git.git_dir());
        assert_eq!(git.index_path(), repo.top().join(".git/index"));
        assert_eq!(git.hooks_path(), repo.top().join(".git/hooks"));
        assert!(!git.is_shallow());
    }
    repo.git(["config", "core.hooksPath", ".husky/_"]);
    let git = Git::discover(&repo.top().join("apps")).unwrap();
    assert_eq!(git.hooks_path(), repo.top().join(".husky/_"));
}

#[test]
fn a_linked_work_tree_has_its_own_index_and_shares_the_hooks() {
    let repo = Repo::with(&[("a", "")]);
    let linked = repo.beside("linked");
    repo.git(["worktree", "add", "-q", linked.to_str().unwrap()]);
    let git = Git::discover(&linked).unwrap();
    assert_eq!(git.top(), linked);
    assert_eq!(git.common_dir(), repo.top().join(".git"));
    assert_eq!(git.git_dir(), repo.top().join(".git/worktrees/linked"));
    assert_eq!(git.hooks_path(), repo.top().join(".git/hooks"));
    std::fs::write(linked.join("b"), "").unwrap();
    repo.git_in(&linked, ["add", "b"]);
    assert_eq!(crate::support::git_repo::paths(&Snapshot::index(&git).unwrap()), ["a", "b"]);
    assert_eq!(crate::support::git_repo::paths(&repo.index()), ["a"]);
}

#[cfg(unix)]
#[test]
fn a_newline_in_the_folder_is_no_riddle() {
    let repo = Repo::new();
    let top = repo.beside("new\nline");
    std::fs::rename(repo.top(), &top).unwrap();
    std::fs::create_dir_all(top.join("in side")).unwrap();
    let git = Git::discover(&top.join("in side")).unwrap();
    assert_eq!((git.top(), git.prefix().as_str()), (top.as_path(), "in side"));
    assert!(Snapshot::worktree(&git).unwrap().is_empty());
}

fn refusal(start: &Path) -> (GitError, String) {
    let error = Git::discover(start).unwrap_err();
    let text = error.to_string();
    (error, text)
}

#[test]
fn without_a_work_tree_the_remedy_is_named() {
    let repo = Repo::with(&[("a", "")]);
    let bare = repo.beside("bare.git");
    repo.git(["clone", "-q", "--bare", ".", bare.to_str().unwrap()]);
    for folder in [bare, repo.top().join(".git")] {
        let (error, text) = refusal(&folder);
        assert_eq!(error, GitError::Bare { path: folder });
        assert!(text.contains("worktree add"), "{text}");
    }
    let plain = repo.beside("plain");
    std::fs::create_dir(&plain).unwrap();
    let (error, text) = refusal(&plain);
    assert_eq!(error, GitError::NotARepository { path: plain.clone() });
    assert!(text.contains("--root DIR") && text.contains(&format!("git init {}", plain.display())), "{text}");
    let (error, _) = refusal(&plain.join("deeper"));
    assert_eq!(error, GitError::NoSuchFolder { path: plain.join("deeper") });
}

#[test]
fn a_shallow_clone_says_how_to_get_the_rest() {
    let repo = Repo::with(&[("a", "1")]);
    let first = repo.git(["rev-parse", "HEAD"]).trim().to_owned();
    repo.write("a", "2");
    repo.commit_all("second");
    let shallow = repo.beside("shallow");
    let url = format!("file://{}", repo.top().display());
    repo.git(["clone", "-q", "--depth=1", &url, shallow.to_str().unwrap()]);
    let git = Git::discover(&shallow).unwrap();
    assert!(git.is_shallow());
    assert_eq!(git.resolve("HEAD").unwrap(), repo.git(["rev-parse", "HEAD"]).trim());
    let error = Snapshot::revision(&git, &first).unwrap_err();
    assert_eq!(error, GitError::MissingRevision { rev: first.clone(), shallow: true });
    let text = error.to_string();
    assert!(text.contains("git fetch --unshallow") && text.contains(&format!("origin {first}")), "{text}");
}

#[test]
fn a_revision_is_never_taken_for_an_option() {
    let repo = Repo::with(&[("a", "1")]);
    let git = repo.discover();
    for rev in ["missing", "--all", "-h", "HEAD:a", "HEAD^{tree}", "", "main main", &"0".repeat(40)] {
        let error = git.resolve(rev).unwrap_err();
        assert_eq!(error, GitError::MissingRevision { rev: rev.to_owned(), shallow: false });
    }
}

#[test]
fn a_partial_clone_is_not_completed_behind_the_users_back() {
    let repo = Repo::with(&[("a", "old")]);
    repo.git(["config", "uploadpack.allowFilter", "true"]);
    repo.write("a", "new");
    repo.commit_all("second");
    let partial = repo.beside("partial");
    let url = format!("file://{}", repo.top().display());
    repo.git(["clone", "-q", "--filter=blob:none", &url, partial.to_str().unwrap()]);
    let git = Git::discover(&partial).unwrap();
    let before = repo.everything();
    let old = Snapshot::revision(&git, "HEAD~1").unwrap();
    let error = old.source(&"a".into()).unwrap_err().to_string();
    assert!(error.contains("`git fetch --refetch --no-filter`"), "{error}");
    assert_eq!(repo.everything(), before);
    // The remedy is one.
    repo.git_in(&partial, ["fetch", "-q", "--refetch", "--no-filter"]);
    assert_eq!(crate::support::git_repo::text(&Snapshot::revision(&git, "HEAD~1").unwrap(), "a"), "old");
}

#[test]
fn nothing_is_ever_written() {
    let repo =
        Repo::with(&[(".gitignore", "ignored/\n"), ("a", "1"), ("b", "1"), ("empty", ""), ("gone", "1")]);
    repo.git(["config", "core.fsmonitor", "true"]);
    repo.git(["config", "core.untrackedCache", "true"]);
    repo.write("a", "staged");
    repo.write("announced", "");
    repo.git(["add", "a"]);
    repo.git(["add", "-N", "announced"]);
    repo.write("a", "disk");
    repo.write("untracked", "");
    repo.write("ignored/file", "");
    repo.remove("gone");
    // The same bytes with another time: `git status` would write the index again.
    repo.write("b", "1");
    let linked = repo.beside("linked");
    repo.git(["worktree", "add", "-q", linked.to_str().unwrap()]);
    repo.git_in(&linked, ["sparse-checkout", "set", "--cone", "--sparse-index", "none"]);

    for top in [repo.top(), &linked] {
        let before = repo.everything();
        let git = Git::discover(top).unwrap();
        let snapshots = [Snapshot::worktree(&git), Snapshot::index(&git), Snapshot::revision(&git, "HEAD")];
        for snapshot in snapshots.map(Result::unwrap) {
            snapshot.prefetch(snapshot.files().map(|entry| entry.path.into()));
            for entry in snapshot.files() {
                snapshot.source(&entry.path.into()).unwrap();
                snapshot.read(&entry.path.into()).unwrap();
            }
        }
        git.staged().unwrap();
        git.deletions(&["gone".into()]);
        git.merge_parents();
        Disk::new(&git).everything(&"".into(), &mut |entry| assert!(entry.bytes() < u64::MAX));
        let after = repo.everything();
        let differs = |path: &&std::path::PathBuf| before.get(*path) != after.get(*path);
        let changed: Vec<_> = before.keys().chain(after.keys()).filter(differs).collect();
        assert!(changed.is_empty(), "{changed:?}");
    }
}
