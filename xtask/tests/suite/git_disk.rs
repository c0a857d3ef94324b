//! Odd things on the disk and in trees: names, links, submodules, sparse checkouts; and the disk itself.

use std::fs;

use crate::support::git_repo::{Repo, paths, text};
use xtask::snapshot::{Disk, Kind, Mode, ReadError, Walk};
use xtask::source::RepoPath;

const ODD: [&str; 7] = [
    ":(top)magic.txt",
    "new\nline.txt",
    "quo\"te's.txt",
    "ключ/файл.yml",
    "tab\tin.txt",
    " space ",
    "back\\slash/*.glob?",
];

#[test]
fn names_come_as_they_are() {
    let repo = Repo::new();
    repo.git(["config", "core.quotePath", "true"]);
    for name in ODD {
        repo.write(name, name);
    }
    let mut sorted = ODD;
    sorted.sort();
    assert_eq!(paths(&repo.worktree()), sorted, "untracked");
    repo.commit_all("odd names");
    for snapshot in [repo.worktree(), repo.index(), repo.revision("HEAD")] {
        assert_eq!(paths(&snapshot), sorted);
        for name in ODD {
            assert_eq!(text(&snapshot, name), name);
        }
        assert!(snapshot.odd_names().is_empty());
    }
    let git = repo.discover();
    repo.git(["rm", "-q", "--", ":(literal)back\\slash/*.glob?"]);
    repo.commit_all("Drop the glob");
    let odd = RepoPath::new(ODD[6]);
    assert_eq!(git.deletions(std::slice::from_ref(&odd))[&odd].subject, "Drop the glob");
    assert!(git.staged().unwrap().is_empty());
}

/// Linux alone lets any bytes be a name.
#[cfg(target_os = "linux")]
#[test]
fn names_that_are_not_utf8_are_kept_apart() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    let repo = Repo::with(&[("plain", "")]);
    fs::write(repo.top().join(OsStr::from_bytes(b"caf\xe9.txt")), "latin").unwrap();
    let odd = |snapshot: xtask::snapshot::Snapshot| {
        let names = snapshot.odd_names().to_vec();
        assert_eq!(paths(&snapshot), ["plain"]);
        names.into_iter().map(|name| (name.bytes, name.lossy)).collect::<Vec<_>>()
    };
    let expected = [(b"caf\xe9.txt".to_vec(), "caf\u{fffd}.txt".to_owned())];
    assert_eq!(odd(repo.worktree()), expected, "untracked");
    repo.git(["add", "-A"]);
    assert_eq!(repo.discover().staged().unwrap().len(), 1);
    repo.commit_all("latin");
    assert_eq!(odd(repo.worktree()), expected, "tracked");
    assert_eq!(odd(repo.index()), expected);
    assert_eq!(odd(repo.revision("HEAD")), expected);
    fs::remove_file(repo.top().join(OsStr::from_bytes(b"caf\xe9.txt"))).unwrap();
    assert_eq!(odd(repo.worktree()), [], "deleted on the disk");
}

#[cfg(unix)]
#[test]
fn links_lead_to_files_of_the_tree_alone() {
    let repo = Repo::with(&[("apps/web/okteto.yml", "name: web\n")]);
    repo.write("../outside.txt", "not ours");
    repo.link("apps/web/okteto.yml", "okteto.yml");
    repo.link("web", "apps/alias");
    repo.link("nothing", "dangling");
    repo.link("circle.b", "circle.a");
    repo.link("circle.a", "circle.b");
    repo.link("../outside.txt", "outside");
    let untracked = repo.worktree();
    repo.commit_all("links");
    for snapshot in [untracked, repo.worktree(), repo.index(), repo.revision("HEAD")] {
        assert_eq!(snapshot.len(), 7, "{}", snapshot.id());
        assert_eq!(text(&snapshot, "okteto.yml"), "name: web\n");
        assert_eq!(text(&snapshot, "apps/alias/okteto.yml"), "name: web\n");
        assert_eq!(snapshot.link_target(&"apps/alias".into()).as_deref(), Some("web"));
        let error = |path: &str| snapshot.source(&path.into()).unwrap_err();
        assert_eq!(error("dangling"), ReadError::NotFound);
        assert_eq!(error("outside"), ReadError::NotAFile);
        assert!(matches!(error("circle.a"), ReadError::Unreadable(_)));
        assert!(
            snapshot.is_opaque(&"apps/alias/anything".into()) && !snapshot.is_opaque(&"okteto.yml".into())
        );
        assert_eq!(snapshot.get(&"okteto.yml".into()).unwrap().mode, Mode::Symlink);
    }
}

#[cfg(unix)]
#[test]
fn the_work_tree_shows_what_took_the_place_of_a_file() {
    use std::os::unix::fs::PermissionsExt;
    let repo = Repo::with(&[("manifest.yml", "a: 1"), ("to-link", "x"), ("folder/in", ""), ("script", "")]);
    repo.remove("manifest.yml");
    repo.write("manifest.yml/inner", "in a folder of that name");
    repo.remove("to-link");
    repo.link("script", "to-link");
    repo.remove("folder");
    repo.write("elsewhere/in", "");
    repo.link("elsewhere", "folder");
    repo.write("run.sh", "#!/bin/sh\n");
    fs::set_permissions(repo.top().join("run.sh"), fs::Permissions::from_mode(0o755)).unwrap();
    let pipe = repo.top().join("pipe");
    assert!(repo.command("mkfifo", repo.top()).arg(&pipe).status().unwrap().success());

    let worktree = repo.worktree();
    assert_eq!(
        paths(&worktree),
        ["elsewhere/in", "folder", "manifest.yml/inner", "run.sh", "script", "to-link"]
    );
    assert_eq!(worktree.kind(&"manifest.yml".into()), Some(Kind::Folder));
    assert_eq!(worktree.read(&"manifest.yml".into()), Err(ReadError::NotAFile));
    assert_eq!(worktree.kind(&"to-link".into()), Some(Kind::Symlink));
    assert!(worktree.is_opaque(&"folder".into()) && !worktree.is_dir(&"folder".into()));
    assert_eq!(worktree.get(&"run.sh".into()).unwrap().mode, Mode::Executable);
    assert_eq!(repo.index().kind(&"manifest.yml".into()), Some(Kind::File));
    // A tracked name that became a pipe must not be opened.
    repo.git(["rm", "-q", "--cached", "script"]);
    repo.remove("script");
    fs::rename(&pipe, repo.top().join("script")).unwrap();
    assert_eq!(repo.worktree().kind(&"script".into()), None);
}

#[test]
fn other_repositories_are_opaque() {
    let library = Repo::with(&[("lib.rs", "")]);
    let repo = Repo::with(&[("a", "")]);
    let url = library.top().to_str().unwrap();
    repo.git(["-c", "protocol.file.allow=always", "submodule", "--quiet", "add", url, "vendor/lib"]);
    repo.commit_all("submodule");
    repo.git(["init", "-q", "nested"]);
    repo.write("nested/file", "");
    for (snapshot, expected) in [
        (repo.worktree(), [".gitmodules", "a", "nested", "vendor/lib"].as_slice()),
        (repo.index(), &[".gitmodules", "a", "vendor/lib"]),
        (repo.revision("HEAD"), &[".gitmodules", "a", "vendor/lib"]),
    ] {
        assert_eq!(paths(&snapshot), expected);
        assert_eq!(snapshot.kind(&"vendor/lib".into()), Some(Kind::Submodule));
        assert!(snapshot.is_opaque(&"vendor/lib".into()) && snapshot.is_opaque(&"vendor/lib/lib.rs".into()));
        assert!(!snapshot.is_dir(&"vendor/lib".into()) && snapshot.is_dir(&"vendor".into()));
        assert_eq!(snapshot.children(&"vendor".into()), [("lib".to_owned(), false)]);
        assert_eq!(snapshot.read(&"vendor/lib".into()), Err(ReadError::NotAFile));
    }
    // The submodule has its own top level, and its index lies below the git folder of the other.
    let inside = xtask::git::Git::discover(&repo.top().join("vendor/lib")).unwrap();
    assert_eq!(inside.top(), repo.top().join("vendor/lib"));
    assert_eq!(paths(&xtask::snapshot::Snapshot::index(&inside).unwrap()), ["lib.rs"]);
}

fn sparse(flags: &[&str]) {
    let repo = Repo::with(&[
        ("top.yml", "top"),
        ("apps/web/a", "web"),
        ("apps/shop/a", "shop"),
        ("apps/shop/deep/b", "deep"),
        ("packages/ui/c", "ui"),
    ]);
    repo.git(["sparse-checkout", "set"].iter().chain(flags));
    assert!(!repo.top().join("apps/shop").exists(), "the test needs a sparse checkout");
    repo.write("apps/web/new", "untracked");
    let all = ["apps/shop/a", "apps/shop/deep/b", "apps/web/a", "packages/ui/c", "top.yml"];
    let worktree = repo.worktree();
    assert_eq!(
        paths(&worktree),
        ["apps/shop/a", "apps/shop/deep/b", "apps/web/a", "apps/web/new", all[3], all[4]]
    );
    assert_eq!(text(&worktree, "apps/shop/deep/b"), "deep", "read from the index");
    for path in ["apps/shop", "apps/shop/a", "apps/shop/deep", "apps/shop/missing", "packages"] {
        assert!(worktree.is_opaque(&path.into()), "{path}");
        assert!(!repo.index().is_opaque(&path.into()), "{path}: the index is complete");
    }
    for path in ["apps", "apps/web", "apps/web/a", "apps/missing", "top.yml"] {
        assert!(!worktree.is_opaque(&path.into()), "{path}");
    }
    assert_eq!(paths(&repo.index()), all);
    assert_eq!(paths(&repo.revision("HEAD")), all);
    // A deletion inside the cone is one.
    repo.remove("apps/web/a");
    assert!(!repo.worktree().is_file(&"apps/web/a".into()));
}

#[test]
fn a_sparse_checkout_is_completed_from_the_index() {
    sparse(&["--cone", "apps/web"]);
}

#[test]
fn a_sparse_index_is_expanded() {
    sparse(&["--cone", "--sparse-index", "apps/web"]);
}

#[test]
fn a_sparse_checkout_may_be_made_of_patterns() {
    sparse(&["--no-cone", "/top.yml", "apps/web"]);
}

#[test]
fn a_file_that_hides_from_git_is_read_from_the_disk() {
    let repo = Repo::with(&[("local.yml", "recorded")]);
    repo.git(["update-index", "--skip-worktree", "local.yml"]);
    repo.write("local.yml", "changed here");
    assert_eq!(text(&repo.worktree(), "local.yml"), "changed here");
    assert_eq!(text(&repo.index(), "local.yml"), "recorded");
}

#[cfg(unix)]
#[test]
fn a_folder_that_cannot_be_read_takes_nothing_else_with_it() {
    use std::os::unix::fs::PermissionsExt;
    let repo = Repo::with(&[("a", "1"), ("locked/b", "2")]);
    let mode =
        |mode| fs::set_permissions(repo.top().join("locked"), fs::Permissions::from_mode(mode)).unwrap();
    mode(0o000);
    let worktree = repo.worktree();
    let readable = fs::read_dir(repo.top().join("locked")).is_ok();
    let found = worktree.read(&"locked/b".into());
    mode(0o755);
    assert_eq!(text(&worktree, "a"), "1");
    // The superuser may read everything.
    assert_eq!(found.is_ok(), readable, "{found:?}");
}

#[cfg(unix)]
#[test]
fn the_disk_knows_ignored_files_and_follows_no_link() {
    let repo = Repo::with(&[(".gitignore", "node_modules/\n.env\n*.log\n"), ("src/a.ts", "12345")]);
    repo.write("node_modules/left-pad/index.js", "123");
    repo.write("node_modules/.bin/x", "1");
    repo.write("src/debug.log", "12");
    repo.write(".env", "SECRET=1");
    repo.write("untracked", "");
    repo.link("../src", "node_modules/linked");
    repo.link("src", "alias");
    let git = repo.discover();
    let disk = Disk::new(&git);
    assert!(disk.exists(&".env".into()) && !disk.exists(&".env.local".into()));
    assert!(disk.is_dir(&"node_modules".into()) && !disk.is_dir(&"alias".into()));
    assert!(disk.exists(&"alias".into()) && !disk.exists(&"alias/a.ts".into()));
    assert!(!disk.exists(&"../repo/.env".into()), "outside is nothing");
    assert_eq!(disk.size(&"src/a.ts".into()), Some(5));
    assert_eq!(&*disk.read(&".env".into()).unwrap(), b"SECRET=1");
    assert_eq!(disk.read(&"alias/a.ts".into()), Err(ReadError::NotFound));
    assert_eq!(disk.read(&"alias".into()), Err(ReadError::NotAFile));
    let mut everything = Vec::new();
    disk.everything(&"node_modules".into(), &mut |entry| {
        everything.push((entry.path.to_owned(), entry.bytes()))
    });
    let expected = [
        ("node_modules/.bin", 0),
        ("node_modules/.bin/x", 1),
        ("node_modules/left-pad", 0),
        ("node_modules/left-pad/index.js", 3),
        ("node_modules/linked", 6),
    ];
    assert_eq!(everything, expected.map(|(path, bytes)| (path.to_owned(), bytes)));
    disk.everything(&"alias".into(), &mut |entry| panic!("{} lies behind a link", entry.path));

    let mut walked = Vec::new();
    disk.walk(&"".into(), &mut |entry| {
        walked.push(entry.path.to_owned());
        if entry.path == "node_modules" || entry.path == ".git" { Walk::Skip } else { Walk::Enter }
    });
    assert_eq!(
        walked,
        [
            ".env",
            ".git",
            ".gitignore",
            "alias",
            "node_modules",
            "src",
            "src/a.ts",
            "src/debug.log",
            "untracked"
        ]
    );
}
