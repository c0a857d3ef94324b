//! Snapshots of real repositories: which files, which bytes.

use crate::support::git_repo::{Repo, paths, render, text};
use xtask::git::{ChangeStatus, GitError};
use xtask::snapshot::{Mode, ReadError, Snapshot};
use xtask::source::RepoPath;

#[test]
fn each_source_has_its_own_bytes() {
    let repo = Repo::with(&[("a.txt", "HEAD"), ("b.txt", "HEAD"), ("gone.txt", "HEAD")]);
    repo.write("a.txt", "index");
    repo.write("staged.txt", "index");
    repo.git(["add", "-A"]);
    repo.git(["rm", "-q", "--cached", "gone.txt"]);
    repo.write("a.txt", "disk");
    repo.write("b.txt", "disk");

    assert_eq!(render(&repo.revision("HEAD")), "file a.txt HEAD\nfile b.txt HEAD\nfile gone.txt HEAD\n");
    assert_eq!(render(&repo.index()), "file a.txt index\nfile b.txt HEAD\nfile staged.txt index\n");
    let worktree = repo.worktree();
    assert_eq!(
        render(&worktree),
        "file a.txt disk\nfile b.txt disk\nfile gone.txt HEAD\nfile staged.txt index\n"
    );
    assert!(worktree.files().all(|entry| entry.oid.is_none()), "the disk has no object ids");
}

/// What models ask for first comes from a git that answers while another one still lists: whatever lies at those
/// paths, the answers must not be mixed up.
#[test]
#[cfg(unix)]
fn what_is_read_ahead_is_what_is_read_later() {
    let repo = Repo::new();
    for number in 0..300 {
        let size = number * 37 % 9000;
        repo.write(&format!("apps/app-{number}/package.json"), format!("{{\"n\": \"{number:>size$}\"}}"));
    }
    repo.write("package.json", "{}\r\n");
    repo.write("empty/package.json", "");
    repo.write("same/package.json", "{}\r\n");
    repo.write("large/package.json", vec![b'a'; 3_000_000]);
    repo.write("binary/package.json", [b'{', 0, 0xff, b'}']);
    repo.write("latin/package.json", b"\"\xe9\"");
    repo.write("\u{444}\u{43e}\u{43b} \"der\"\n/package.json", "{\"name\": \"odd\"}");
    repo.write("folder/package.json/package.json", "{}");
    repo.write(".okteto/okteto.yml", "dev: {}\n");
    repo.link("../package.json", "linked/package.json");
    repo.link("nowhere", "dangling/package.json");
    repo.git(["add", "-A"]);
    repo.write("announced/package.json", "{\"name\": \"announced\"}");
    repo.git(["add", "--intent-to-add", "announced/package.json"]);

    let git = repo.discover();
    let ahead = render(&Snapshot::index_for_models(&git, || true).unwrap());
    let later = render(&Snapshot::index_for_models(&git, || false).unwrap());
    let after = std::cell::Cell::new(0);
    let wanted_late = || after.replace(after.get() + 1) > 100;
    let half = render(&Snapshot::index_for_models(&git, wanted_late).unwrap());
    assert_eq!(ahead, later);
    assert_eq!(half, later);
    repo.git(["commit", "-qm", "all but what is announced"]);
    assert_eq!(render(&repo.revision("HEAD")), later);
}

#[test]
fn ids_say_what_was_read() {
    let repo = Repo::with(&[("a", "")]);
    let head = repo.git(["rev-parse", "HEAD"]);
    repo.git(["tag", "-a", "v1", "-m", "one"]);
    assert_eq!(repo.worktree().id(), "worktree");
    assert_eq!(repo.index().id(), "index");
    for rev in ["HEAD", "main", "v1", head.get(..9).unwrap()] {
        assert_eq!(repo.revision(rev).id(), head.trim());
    }
    assert!(repo.worktree().is_worktree() && !repo.index().is_worktree());
}

#[test]
fn the_work_tree_has_untracked_files_but_no_ignored_or_deleted_ones() {
    let repo = Repo::with(&[
        (".gitignore", "*.log\n/dist/\n"),
        ("kept.txt", ""),
        ("gone.txt", ""),
        ("dir/gone.txt", ""),
        ("dir/kept.txt", ""),
        ("whole/gone.txt", ""),
    ]);
    repo.write("forced.log", "tracked although ignored");
    repo.git(["add", "-f", "forced.log"]);
    repo.write("new/untracked.txt", "");
    repo.write("debug.log", "");
    repo.write("dist/bundle.js", "");
    for path in ["gone.txt", "dir/gone.txt", "whole"] {
        repo.remove(path);
    }
    let worktree = repo.worktree();
    assert_eq!(
        paths(&worktree),
        [".gitignore", "dir/kept.txt", "forced.log", "kept.txt", "new/untracked.txt"]
    );
    assert!(!worktree.is_dir(&"whole".into()));
    assert!(worktree.is_dir(&"new".into()));
    assert_eq!(worktree.read(&"gone.txt".into()), Err(ReadError::NotFound));
    assert_eq!(repo.index().len(), 7, "what is only deleted on the disk is still in the index");
}

#[test]
fn folders_are_listed_one_level_deep() {
    let repo = Repo::with(&[("a/b/c", ""), ("a/b.txt", ""), ("a-b", ""), ("z", "")]);
    for snapshot in [repo.worktree(), repo.index(), repo.revision("HEAD")] {
        let names = |folder: &str| snapshot.children(&folder.into());
        assert_eq!(names(""), [("a".into(), true), ("a-b".into(), false), ("z".into(), false)]);
        assert_eq!(names("a"), [("b".into(), true), ("b.txt".into(), false)]);
        assert_eq!(names("z"), []);
        let below: Vec<_> = snapshot.files_under(&"a".into()).map(|entry| entry.path).collect();
        assert_eq!(below, ["a/b.txt", "a/b/c"]);
        assert!(snapshot.is_dir(&RepoPath::root()));
    }
}

#[test]
fn before_the_first_commit_there_is_an_index_and_a_work_tree() {
    let repo = Repo::new();
    assert_eq!((repo.worktree().len(), repo.index().len()), (0, 0));
    assert!(repo.worktree().is_dir(&RepoPath::root()));
    repo.write("staged", "1");
    repo.write("empty", "");
    repo.git(["add", "-A"]);
    repo.write("announced", "2");
    repo.git(["add", "-N", "announced"]);
    assert_eq!(paths(&repo.index()), ["empty", "staged"]);
    assert_eq!(paths(&repo.worktree()), ["announced", "empty", "staged"]);
    let staged = repo.discover().staged().unwrap();
    assert!(staged.iter().all(|change| change.status == ChangeStatus::Added && change.old.is_none()));
    assert_eq!(staged.len(), 2);

    let error = Snapshot::revision(&repo.discover(), "HEAD").unwrap_err();
    assert_eq!(error, GitError::MissingRevision { rev: "HEAD".into(), shallow: false });
    assert!(error.to_string().contains("no commit yet"), "{error}");
}

#[test]
fn announced_files_are_not_part_of_the_commit() {
    let repo = Repo::with(&[("empty", ""), ("empty.too", ""), ("full", "x"), ("was.empty", "")]);
    repo.write("new", "text");
    repo.write("new.gone", "text");
    repo.write("new.empty", "");
    repo.git(["add", "new.empty"]);
    repo.git(["rm", "-q", "--cached", "full", "was.empty"]);
    repo.git(["add", "-N", "new", "new.gone", "full", "was.empty"]);
    repo.remove("new.gone");
    assert_eq!(paths(&repo.index()), ["empty", "empty.too", "new.empty"]);

    repo.git(["commit", "-q", "-m", "what the index says"]);
    assert_eq!(paths(&repo.revision("HEAD")), ["empty", "empty.too", "new.empty"]);
}

#[cfg(unix)]
#[test]
fn what_is_read_while_git_lists_is_what_the_index_says() {
    let many: Vec<(String, String)> = (0..300)
        .map(|n| (format!("apps/app-{n:03}/package.json"), format!("{{\"name\": \"{n}\"}}")))
        .collect();
    let mut files: Vec<(&str, &str)> =
        many.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    files.extend([(".okteto/okteto.yml", "name: a\n"), ("package.json", "{}"), ("z/package.json", "")]);
    let repo = Repo::with(&files);
    repo.link("../package.json", "linked/package.json");
    repo.write("package.json", "{\"name\": \"staged\"}");
    repo.git(["add", "package.json", "linked"]);
    repo.write("package.json", "{\"name\": \"on disk\"}");
    repo.write("announced/package.json", "{}");
    repo.git(["add", "-N", "announced/package.json"]);
    let git = repo.discover();
    // From the start, in the middle of the listing, and never.
    for from in [0, 150, usize::MAX] {
        let asked = std::cell::Cell::new(0);
        let is_wanted = || asked.replace(asked.get() + 1) >= from;
        let snapshot = Snapshot::index_for_models(&git, is_wanted).unwrap();
        assert_eq!(text(&snapshot, "package.json"), "{\"name\": \"staged\"}");
        assert_eq!(text(&snapshot, "linked/package.json"), "{\"name\": \"staged\"}");
        assert_eq!(text(&snapshot, ".okteto/okteto.yml"), "name: a\n");
        assert_eq!(text(&snapshot, "z/package.json"), "");
        assert!(many.iter().all(|(path, content)| text(&snapshot, path) == *content));
        assert!(!snapshot.is_file(&"announced/package.json".into()));
    }
}

#[test]
fn a_conflicted_index_is_no_commit() {
    let repo = Repo::with(&[("a", "base\n"), ("b", "base\n"), ("c", "")]);
    repo.git(["checkout", "-q", "-b", "other"]);
    repo.write("a", "theirs\n");
    repo.remove("b");
    repo.commit_all("theirs");
    let other = repo.git(["rev-parse", "HEAD"]);
    repo.git(["checkout", "-q", "main"]);
    repo.write("a", "ours\n");
    repo.write("b", "ours\n");
    repo.commit_all("ours");
    assert!(!repo.try_git(repo.top(), ["merge", "-q", "other"]).status.success());

    let git = repo.discover();
    let error = Snapshot::index(&git).unwrap_err();
    assert_eq!(error, GitError::Conflicted { paths: vec!["a".into(), "b".into()] });
    assert_eq!(
        error.to_string(),
        "2 paths are unmerged in the index: `a`, `b`; resolve the conflicts, `git add` the files and try again"
    );
    let worktree = repo.worktree();
    assert_eq!(paths(&worktree), ["a", "b", "c"]);
    assert!(text(&worktree, "a").contains("<<<<<<<"));
    assert!(git.staged().unwrap().iter().any(|change| change.status == ChangeStatus::Unmerged));

    repo.write("a", "both\n");
    repo.git(["add", "-A"]);
    assert_eq!(text(&repo.index(), "a"), "both\n");
    assert_eq!(git.merge_parents(), [other.trim()]);
    repo.git(["commit", "-q", "-m", "merged"]);
    assert!(git.merge_parents().is_empty());
}

#[test]
fn staged_changes_know_both_sides() {
    let repo =
        Repo::with(&[("mode", "x"), ("text", "1"), ("kind", "k"), ("gone", "g"), ("old name", "content\n")]);
    repo.git(["config", "diff.renames", "copies"]);
    repo.git(["config", "diff.external", "/bin/false"]);
    repo.git(["update-index", "--chmod=+x", "mode"]);
    repo.write("text", "2");
    repo.write("new", "n");
    repo.git(["add", "text", "new"]);
    repo.git(["rm", "-q", "gone"]);
    repo.git(["mv", "old name", "new name"]);
    let oid = repo.git(["hash-object", "kind"]);
    repo.git(["update-index", "--cacheinfo", &format!("120000,{},kind", oid.trim())]);

    let staged = repo.discover().staged().unwrap();
    let modes = |change: &xtask::git::StagedChange| {
        (change.old.as_ref().map(|(mode, _)| *mode), change.new.as_ref().map(|(mode, _)| *mode))
    };
    let found: Vec<_> =
        staged.iter().map(|change| (change.path.as_str(), change.status, modes(change))).collect();
    use ChangeStatus::{Added, Deleted, Modified, TypeChanged};
    use Mode::{Executable, File, Symlink};
    assert_eq!(
        found,
        [
            ("gone", Deleted, (Some(File), None)),
            ("kind", TypeChanged, (Some(File), Some(Symlink))),
            ("mode", Modified, (Some(File), Some(Executable))),
            ("new", Added, (None, Some(File))),
            ("new name", Added, (None, Some(File))),
            ("old name", Deleted, (Some(File), None)),
            ("text", Modified, (Some(File), Some(File))),
        ]
    );
    let text = staged.iter().find(|change| change.path.as_str() == "text").unwrap();
    assert_eq!(text.new.as_ref().unwrap().1, repo.git(["rev-parse", ":text"]).trim());
    assert_eq!(text.old.as_ref().unwrap().1, repo.git(["rev-parse", "HEAD:text"]).trim());
}

#[test]
fn many_blobs_come_through_one_git() {
    let names: Vec<String> = (0..300).map(|number| format!("f/{number:03}")).collect();
    let repo = Repo::new();
    for (number, name) in names.iter().enumerate() {
        // More text than fits into a pipe, in both directions.
        repo.write(name, format!("{number}\n").repeat(1 + number * 7));
    }
    repo.write("large", vec![b'x'; 20_000_001]);
    repo.write("binary", b"\0\x01");
    repo.commit_all("many");
    let snapshot = repo.revision("HEAD");
    let wanted = names.iter().map(String::as_str).chain(["large", "binary", "missing", "f", "f/000"]);
    snapshot.prefetch(wanted.map(RepoPath::from));
    for (number, name) in names.iter().enumerate() {
        assert_eq!(text(&snapshot, name), format!("{number}\n").repeat(1 + number * 7));
    }
    let error = |path: &str| snapshot.source(&path.into()).unwrap_err();
    assert_eq!(error("large"), ReadError::TooLarge { bytes: 20_000_001, limit: 20_000_000 });
    assert_eq!(error("binary"), ReadError::Binary);
    assert_eq!(error("missing"), ReadError::NotFound);
    assert_eq!(error("f"), ReadError::NotAFile);
    let large = repo.worktree().source(&"large".into()).unwrap_err();
    assert_eq!(large, ReadError::TooLarge { bytes: 20_000_001, limit: 20_000_000 });
}

#[test]
fn threads_share_one_snapshot() {
    let repo = Repo::with(&[("a", "alpha"), ("b", "beta"), ("c", "gamma")]);
    let snapshot = repo.index();
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for (path, content) in [("a", "alpha"), ("b", "beta"), ("c", "gamma")] {
                    assert_eq!(&*snapshot.read(&path.into()).unwrap(), content.as_bytes());
                    assert_eq!(text(&snapshot, path), content);
                }
            });
        }
    });
}

#[test]
fn a_missing_object_is_one_unreadable_file() {
    let repo = Repo::with(&[("lost", "lost content"), ("there", "content")]);
    let oid = repo.git(["rev-parse", "HEAD:lost"]);
    let (folder, name) = oid.trim().split_at(2);
    repo.remove(&format!(".git/objects/{folder}/{name}"));
    let snapshot = repo.index();
    snapshot.prefetch(["lost".into(), "there".into()]);
    let error = snapshot.source(&"lost".into()).unwrap_err();
    assert_eq!(error, ReadError::NotInClone);
    assert!(error.to_string().contains("git fetch"), "{error}");
    assert_eq!(text(&snapshot, "there"), "content");
    assert!(matches!(repo.index().read(&"lost".into()), Err(ReadError::NotInClone)));
    // Nor is it forgotten.
    let told = snapshot.require_contents(&repo.discover()).unwrap_err().to_string();
    assert!(told.starts_with("git does not have the content of `lost`, as it is in the index"), "{told}");
    assert_eq!(repo.index().require_contents(&repo.discover()), Ok(()), "nobody asked");
}

#[test]
fn line_ends_are_those_of_the_source() {
    let repo = Repo::new();
    repo.write(".gitattributes", "* text=auto eol=crlf\n");
    repo.write("a.txt", "one\r\ntwo\r\n");
    repo.commit_all("crlf");
    assert_eq!(text(&repo.worktree(), "a.txt"), "one\r\ntwo\r\n");
    assert_eq!(text(&repo.index(), "a.txt"), "one\ntwo\n");
    assert_eq!(text(&repo.revision("HEAD"), "a.txt"), "one\ntwo\n");
}

#[test]
fn a_deletion_is_found_in_the_history() {
    let repo = Repo::with(&[
        ("apps/old/a.ts", "one\ntwo\nthree\n"),
        ("apps/old/b/c.ts", "four\nfive\nsix\n"),
        ("x", ""),
    ]);
    repo.git(["mv", "apps/old", "apps/new"]);
    repo.commit_all("Rename the app");
    repo.remove("x");
    repo.commit_all("Drop x; it was empty");
    let asked = ["apps/old", "apps/old/b/c.ts", "x", "never/there"].map(RepoPath::new);
    let found = repo.discover().deletions(&asked);
    let [moved, file, dropped, never] = asked.each_ref().map(|path| found.get(path).cloned());
    let moved = moved.unwrap();
    assert_eq!((moved.subject.as_str(), moved.date.as_str()), ("Rename the app", "2026-01-02"));
    assert_eq!(moved.commit, repo.git(["rev-parse", "HEAD~1"]).trim());
    assert!(moved.commit.starts_with(&moved.short));
    assert_eq!(moved.moved_to, Some("apps/new".into()));
    assert_eq!(file.unwrap().moved_to, Some("apps/new/b/c.ts".into()));
    let dropped = dropped.unwrap();
    assert_eq!((dropped.subject.as_str(), dropped.moved_to), ("Drop x; it was empty", None));
    assert_eq!(never, None);
}

#[test]
fn many_untracked_files_are_all_found() {
    let repo = Repo::with(&[(".gitignore", "*.log\n"), ("dir/tracked", "")]);
    for number in 0..250 {
        repo.write(&format!("new-{number}"), "");
        repo.write(&format!("dir/{number}.log"), "");
    }
    repo.write("fresh/deep/file", "");
    assert_eq!(repo.worktree().len(), 2 + 250 + 1);
}

#[test]
fn object_ids_may_be_long() {
    let repo = Repo::new();
    repo.remove(".git");
    repo.git(["init", "-q", "-b", "main", "--object-format=sha256"]);
    repo.write("a", "content");
    repo.write("empty", "");
    repo.commit_all("long ids");
    repo.write("announced", "");
    repo.git(["add", "-N", "announced"]);
    assert_eq!(repo.revision("HEAD").id().len(), 64);
    for snapshot in [repo.index(), repo.revision("HEAD")] {
        assert_eq!(render(&snapshot), "file a content\nfile empty \n");
        assert!(snapshot.files().all(|entry| entry.oid.is_some_and(|oid| oid.len() == 64)));
    }
}
