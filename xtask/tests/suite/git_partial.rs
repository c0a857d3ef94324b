//! Partial clones: what the clone does not have is never taken for a verdict.

use crate::support::git_repo::Repo;
use crate::support::shop::{FINDING, GOOD, MANIFEST, Said, bad, shop, xtask};
use std::path::{Path, PathBuf};

/// A shop whose manifest has the slip in both commits, ready to be cloned in part.
fn origin() -> Repo {
    let repo = shop();
    repo.git(["config", "uploadpack.allowFilter", "true"]);
    repo.write(MANIFEST, bad());
    repo.commit_all("slip");
    repo.write(MANIFEST, format!("{}# more\n", bad()));
    repo.commit_all("more");
    repo
}

fn clone(repo: &Repo, args: &[&str]) -> PathBuf {
    let folder = repo.beside("partial");
    let url = format!("file://{}", repo.top().display());
    let args = [&["clone", "-q", "-c", "gc.auto=0"], args, &[&url, folder.to_str().unwrap()]].concat();
    repo.git(args);
    folder
}

fn run(repo: &Repo, folder: &Path, args: &[&str]) -> Said {
    xtask(repo, folder, args).output().unwrap().into()
}

/// Holds that the run fails with one message that names the file and what to do, and writes nothing.
fn assert_told(repo: &Repo, folder: &Path, args: &[&str], path: &str) {
    let before = repo.everything();
    let said = run(repo, folder, args);
    assert_eq!((said.code, said.out.as_str()), (3, ""), "{args:?}: {said:?}");
    let start = format!("error: this clone is partial and does not have the content of `{path}`");
    assert!(said.err.starts_with(&start), "{args:?}: {}", said.err);
    assert!(said.err.contains("`git fetch --refetch --no-filter` brings what is missing"), "{}", said.err);
    assert_eq!(said.err.lines().count(), 1, "{args:?}: {}", said.err);
    assert!(repo.everything() == before, "{args:?}: it writes");
}

#[test]
fn what_is_old_is_not_told_as_new() {
    let repo = origin();
    let partial = clone(&repo, &["--filter=blob:none"]);
    assert_told(&repo, &partial, &["check", "--since", "HEAD~1"], MANIFEST);
    // What is there can be judged.
    assert_eq!(run(&repo, &partial, &["check"]).code, 1);
    assert_eq!(run(&repo, &partial, &["check", "--rev", "HEAD"]).code, 1);
    // The remedy is one.
    repo.git_in(&partial, ["fetch", "-q", "--refetch", "--no-filter"]);
    let said = run(&repo, &partial, &["check", "--since", "HEAD~1"]);
    assert_eq!((said.code, said.err.as_str()), (0, ""), "{said:?}");
    assert!(said.out.contains("1 older error is in `HEAD~1` too"), "{}", said.out);
}

#[test]
fn a_clone_without_contents_passes_nothing() {
    let repo = origin();
    let partial = clone(&repo, &["--filter=blob:none", "--no-checkout"]);
    repo.git_in(&partial, ["read-tree", "HEAD"]);
    std::fs::write(partial.join("package.json"), "{}\n").unwrap();
    repo.git_in(&partial, ["add", "package.json"]);
    let config = ".okteto/check.yml";
    for args in [
        &["check", "--staged"][..],
        &["check", "--staged", "--format", "json"],
        &["check", "--rev", "HEAD"],
        &["check", "--rev", "HEAD", "--level", "note"],
        &["graph", "--rev", "HEAD"],
        &["fix", "--staged", "--dry-run"],
    ] {
        assert_told(&repo, &partial, args, config);
    }
    // The configuration alone is no whole tree.
    repo.git_in(&partial, ["cat-file", "-e", &format!("HEAD:{config}")]);
    let said = run(&repo, &partial, &["check", "--rev", "HEAD"]);
    assert!((said.code, said.out.as_str()) == (3, "") && said.err.contains("more file"), "{said:?}");
    repo.git_in(&partial, ["fetch", "-q", "--refetch", "--no-filter"]);
    for args in [&["check", "--staged", "--strict"][..], &["check", "--rev", "HEAD"]] {
        let said = run(&repo, &partial, args);
        assert!(said.code == 1 && said.out.contains(FINDING), "{args:?}: {said:?}");
    }
}

#[test]
fn a_clone_without_trees_says_so() {
    let repo = origin();
    repo.write(MANIFEST, GOOD);
    repo.commit_all("good");
    let partial = clone(&repo, &["--filter=tree:0"]);
    for args in [&["check", "--since", "HEAD~1"][..], &["check", "--rev", "HEAD~1"]] {
        let said = run(&repo, &partial, args);
        assert_eq!((said.code, said.out.as_str()), (3, ""), "{args:?}: {said:?}");
        let told = said.err.starts_with("error: this clone is partial, and `git ls-tree ");
        assert!(told && said.err.contains("`git fetch --refetch --no-filter`"), "{said:?}");
    }
}

#[test]
fn a_damaged_repository_is_no_partial_clone() {
    let repo = shop();
    let oid = repo.git(["rev-parse", &format!("HEAD:{MANIFEST}")]);
    let (folder, name) = oid.trim().split_at(2);
    repo.remove(&format!(".git/objects/{folder}/{name}"));
    let said = run(&repo, repo.top(), &["check", "--rev", "HEAD"]);
    assert_eq!((said.code, said.out.as_str()), (3, ""), "{said:?}");
    assert!(said.err.contains(&format!("`{MANIFEST}`")) && said.err.contains("`git fsck`"), "{said:?}");
}
