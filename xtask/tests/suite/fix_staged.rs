//! `fix --staged`: the index gets what the commit should hold, the work tree the same wherever it reads the same, and
//! what else git was told about a file stays.

use crate::support::git_repo::Repo;
#[cfg(unix)]
use crate::support::shop::Said;
use crate::support::shop::{GOOD, MANIFEST, bad, fill, run, shop, xtask};
use std::fs;

fn read(repo: &Repo, path: &str) -> String {
    fs::read_to_string(repo.top().join(path)).unwrap()
}

fn staged(repo: &Repo, path: &str) -> String {
    repo.git(["show", &format!(":{path}")])
}

#[test]
fn a_staged_file_is_fixed_in_both_places() {
    let repo = shop();
    repo.write(MANIFEST, bad());
    repo.git(["add", "-A"]);
    let said = run(&repo, &["fix", "--staged"]);
    let expected = "\
fixed  .okteto/okteto.yml:8  dev/sync-base
1 fixed in 1 file; review with `git diff --cached`
";
    assert_eq!((said.code, said.out.as_str(), said.err.as_str()), (0, expected, ""));
    assert_eq!(repo.git(["status", "--short"]), "", "as in HEAD again, in index and work tree");
}

#[test]
fn a_partially_staged_file_keeps_what_is_not_staged() {
    let repo = shop();
    repo.write(MANIFEST, bad());
    repo.git(["add", "-A"]);
    repo.write(MANIFEST, bad().replace("# The dev containers.", "# Not staged."));
    let said = run(&repo, &["fix", "--staged"]);
    assert_eq!((said.code, said.err.as_str()), (0, ""));
    assert_eq!(staged(&repo, MANIFEST), GOOD);
    assert_eq!(read(&repo, MANIFEST), GOOD.replace("# The dev containers.", "# Not staged."));
    // The line itself reads differently on the disk: only the index is repaired.
    repo.write(MANIFEST, bad());
    repo.git(["add", "-A"]);
    let other = bad().replace("# the whole repository", "# everything");
    repo.write(MANIFEST, &other);
    let said = run(&repo, &["fix", "--staged"]);
    assert_eq!(said.code, 0);
    let note = "`.okteto/okteto.yml` reads differently in the work tree: repaired only where it agrees\n";
    assert_eq!(said.err, note);
    assert_eq!((staged(&repo, MANIFEST), read(&repo, MANIFEST)), (GOOD.to_owned(), other));
    // The disk has the repair already, or nothing at all.
    repo.git(["reset", "-q", "--hard"]);
    repo.write(MANIFEST, bad());
    repo.git(["add", "-A"]);
    repo.write(MANIFEST, GOOD);
    assert_eq!(run(&repo, &["fix", "--staged"]).err, "");
    assert_eq!(staged(&repo, MANIFEST), GOOD);
    repo.write(MANIFEST, bad());
    repo.git(["add", "-A"]);
    repo.remove(MANIFEST);
    assert_eq!(run(&repo, &["fix", "--staged"]).code, 0);
    assert_eq!(repo.git(["status", "--short"]), " D .okteto/okteto.yml\n");
}

#[test]
fn staged_repairs_respect_mode_line_ends_and_other_files() {
    let repo = shop();
    repo.git(["config", "core.autocrlf", "true"]);
    repo.write(MANIFEST, bad().replace('\n', "\r\n"));
    repo.write("apps/shop/new.txt", "staged\n");
    repo.git(["add", "-A"]);
    repo.git(["update-index", "--chmod=+x", MANIFEST]);
    repo.write("apps/shop/src/page.tsx", "not staged");
    assert_eq!(run(&repo, &["fix", "--staged"]).code, 0);
    assert_eq!(staged(&repo, MANIFEST), GOOD);
    assert_eq!(read(&repo, MANIFEST), GOOD.replace('\n', "\r\n"));
    assert!(repo.git(["ls-files", "-s", MANIFEST]).starts_with("100755"));
    let status = repo.git(["-c", "core.fileMode=false", "status", "--short"]);
    assert_eq!(status, "M  .okteto/okteto.yml\nA  apps/shop/new.txt\n M apps/shop/src/page.tsx\n");
}

#[cfg(unix)]
#[test]
fn no_commit_is_changed_while_it_is_made() {
    use std::os::unix::fs::PermissionsExt;
    let repo = shop();
    let hook = repo.top().join(".git/hooks/pre-commit");
    fs::create_dir_all(hook.parent().unwrap()).unwrap();
    fs::write(&hook, format!("#!/bin/sh\nexec '{}' fix --staged\n", env!("CARGO_BIN_EXE_xtask"))).unwrap();
    fs::set_permissions(&hook, fs::Permissions::from_mode(0o755)).unwrap();
    repo.write(MANIFEST, bad());
    repo.git(["add", "-A"]);
    let said: Said = repo.try_git(repo.top(), ["commit", "-q", "-m", "x"]).into();
    assert_eq!(said.err, "error: `fix --staged` changes the index: not while git makes a commit\n");
    assert_eq!(staged(&repo, MANIFEST), bad());
}

/// A shop whose manifest is wrong, committed, and left out of the work tree.
fn sparse(flags: &[&str]) -> Repo {
    let repo = shop();
    repo.write(MANIFEST, bad());
    repo.commit_all("slip");
    repo.git([&["sparse-checkout", "set"], flags, &["apps"]].concat());
    assert!(!repo.top().join(MANIFEST).exists());
    repo
}

#[test]
fn what_a_sparse_checkout_leaves_out_stays_out() {
    for flags in [&["--cone"][..], &["--cone", "--sparse-index"]] {
        let repo = sparse(flags);
        let said = run(&repo, &["fix", "--staged"]);
        assert_eq!((said.code, said.err.as_str()), (0, ""), "{flags:?}");
        assert_eq!(staged(&repo, MANIFEST), GOOD);
        assert!(!repo.top().join(".okteto").exists(), "nothing is written outside of the cone");
        // Not as a deletion: `git commit -a` would commit that.
        assert_eq!(repo.git(["status", "--short"]), "M  .okteto/okteto.yml\n", "{flags:?}");
        assert_eq!(run(&repo, &["check", "--staged", "--strict"]).code, 0);
    }
}

#[test]
fn a_new_file_outside_of_the_cone_is_staged_alone() {
    let repo = sparse(&["--cone"]);
    repo.git(["sparse-checkout", "disable"]);
    repo.write(".okteto/check.yml", crate::support::shop::only("ignore/missing-stignore"));
    repo.write(MANIFEST, GOOD.replace("..:/app", "../tools:/app"));
    repo.write("tools/run.sh", "");
    repo.git(["rm", "-q", "--cached", "-r", "--ignore-unmatch", ".stignore"]);
    repo.commit_all("tools are synced");
    repo.git(["sparse-checkout", "set", "apps"]);
    let said = run(&repo, &["fix", "--staged"]);
    assert_eq!((said.code, said.err.as_str()), (0, ""), "{}", said.out);
    assert!(!repo.top().join("tools").exists());
    assert_eq!(repo.git(["status", "--short"]), "A  tools/.stignore\n");
}

#[test]
fn the_work_tree_is_not_repaired_where_it_is_sparse() {
    let repo = sparse(&["--cone"]);
    let before = repo.everything();
    let said = run(&repo, &["fix"]);
    let expected = "\
left   .okteto/okteto.yml:8  dev/sync-base (`.okteto/okteto.yml` is not part of this work tree)
1 left for you
";
    assert_eq!((said.code, said.out.as_str(), said.err.as_str()), (1, expected, ""));
    assert!(repo.everything() == before, "it writes");
}

#[test]
fn what_git_assumes_unchanged_it_still_does() {
    let repo = shop();
    repo.write(MANIFEST, bad());
    repo.commit_all("slip");
    repo.git(["update-index", "--assume-unchanged", MANIFEST]);
    assert_eq!(run(&repo, &["fix", "--staged"]).code, 0);
    assert_eq!((staged(&repo, MANIFEST), read(&repo, MANIFEST)), (GOOD.to_owned(), GOOD.to_owned()));
    assert_eq!(repo.git(["ls-files", "-v", MANIFEST]), "h .okteto/okteto.yml\n");
}

#[test]
fn longer_object_ids_are_no_obstacle() {
    let repo = Repo::with_format("sha256");
    fill(&repo);
    // A file that a fix deletes: it is read by nobody.
    repo.write(".okteto/check.yml", crate::support::shop::only("ignore/unread-file"));
    repo.write(".okteto/.stignore", "node_modules\n");
    repo.write(".stignore", ".git\n");
    repo.commit_all("initial");
    let said = run(&repo, &["fix", "--staged", "--unsafe"]);
    assert_eq!((said.code, said.err.as_str()), (0, ""), "{}", said.out);
    assert!(!repo.git(["ls-files"]).contains(".okteto/.stignore"));
    assert!(!repo.top().join(".okteto/.stignore").exists());
}

#[test]
fn a_locked_index_says_what_happened() {
    let repo = shop();
    repo.write(MANIFEST, bad());
    repo.git(["add", "-A"]);
    repo.write(".git/index.lock", "");
    let said = run(&repo, &["fix", "--staged"]);
    assert_eq!(said.code, 3);
    let start = "error: the repairs are in the work tree, but could not be staged: ";
    assert!(said.err.starts_with(start) && said.err.contains("index.lock"), "{}", said.err);
    repo.remove(".git/index.lock");
    assert_eq!(run(&repo, &["fix", "--staged"]).code, 0);
    assert_eq!(repo.git(["status", "--short"]), "");
}

#[test]
fn what_is_only_announced_or_in_conflict_is_not_touched() {
    let repo = shop();
    repo.remove(MANIFEST);
    repo.commit_all("no manifest");
    repo.write(MANIFEST, bad());
    repo.git(["add", "-N", MANIFEST]);
    assert_eq!(run(&repo, &["fix", "--staged"]).out, "nothing to fix\n");
    assert_eq!(repo.git(["status", "--short"]), " A .okteto/okteto.yml\n");
    // The three sides of a conflict.
    let repo = shop();
    let blob = repo.git(["hash-object", "-w", "apps/shop/package.json"]);
    let sides: String =
        (1..=3).map(|stage| format!("100644 {} {stage}\t{MANIFEST}\n", blob.trim())).collect();
    let list = repo.beside("sides");
    fs::write(&list, format!("0 {}\t{MANIFEST}\n{sides}", "0".repeat(40))).unwrap();
    let mut command = repo.command("git", repo.top());
    command.args(["update-index", "--index-info"]).stdin(fs::File::open(list).unwrap());
    assert!(command.status().unwrap().success());
    let before = repo.everything();
    let said = run(&repo, &["fix", "--staged"]);
    assert_eq!(said.code, 3);
    assert!(said.err.contains("1 path is unmerged in the index: `.okteto/okteto.yml`"), "{}", said.err);
    assert!(repo.everything() == before, "it writes");
}

#[test]
fn linked_work_trees_are_repaired_in_their_own_index() {
    let repo = shop();
    let linked = repo.beside("linked");
    repo.git(["worktree", "add", "-q", linked.to_str().unwrap(), "-b", "feature"]);
    fs::write(linked.join(MANIFEST), bad()).unwrap();
    repo.git_in(&linked, ["add", "-A"]);
    let said = xtask(&repo, &linked.join("apps"), ["fix", "--staged"]).output().unwrap();
    assert_eq!(said.status.code(), Some(0));
    assert_eq!(repo.git_in(&linked, ["status", "--short"]), "");
    assert_eq!(repo.git(["status", "--short"]), "");
}
