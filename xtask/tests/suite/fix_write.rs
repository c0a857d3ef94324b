//! The half of `fix` that touches the disk.
#![cfg(unix)]

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;
use xtask::fix::{Change, Writer};
use xtask::source::RepoPath;

fn tree(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for (path, text) in files {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().expect("a parent")).expect("folders");
        fs::write(path, text).expect("written");
    }
    folder
}

fn change(path: &str, before: Option<&str>, after: Option<&str>) -> Change {
    Change { path: RepoPath::new(path), before: before.map(Arc::from), after: after.map(Arc::from) }
}

fn write(folder: &TempDir, changes: &[Change]) -> Result<(), String> {
    let writer = Writer::open(folder.path()).expect("the tree opens");
    writer.write(changes).map_err(|error| format!("{error:#}"))
}

fn text(folder: &TempDir, path: &str) -> String {
    fs::read_to_string(folder.path().join(path)).expect("the file")
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).expect("the file").permissions().mode() & 0o777
}

/// Every name in the tree.
fn names(folder: &Path) -> Vec<String> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder").flatten() {
        names.push(entry.file_name().to_string_lossy().into_owned());
        if entry.file_type().expect("a type").is_dir() {
            names.extend(self::names(&entry.path()));
        }
    }
    names.sort();
    names
}

#[test]
fn files_are_replaced_created_and_deleted() {
    let folder = tree(&[("a", "old"), ("sub/b", "gone"), ("c", "\u{feff}x\r\n")]);
    let changes = [
        change("a", Some("old"), Some("new")),
        change("sub/b", Some("gone"), None),
        change("c", Some("\u{feff}x\r\n"), Some("\u{feff}y\r\n")),
        change("new/deep/d", None, Some("here")),
    ];
    write(&folder, &changes).expect("written");
    assert_eq!(text(&folder, "a"), "new");
    assert_eq!(text(&folder, "c"), "\u{feff}y\r\n");
    assert_eq!(text(&folder, "new/deep/d"), "here");
    assert_eq!(names(folder.path()), ["a", "c", "d", "deep", "new", "sub"]);
}

#[test]
fn permissions_are_kept_and_new_files_are_ordinary() {
    let folder = tree(&[("script", "old"), ("private", "old")]);
    fs::set_permissions(folder.path().join("script"), Permissions::from_mode(0o755)).expect("mode");
    fs::set_permissions(folder.path().join("private"), Permissions::from_mode(0o600)).expect("mode");
    fs::write(folder.path().join("ordinary"), "").expect("written");
    let changes = [
        change("script", Some("old"), Some("new")),
        change("private", Some("old"), Some("new")),
        change("created", None, Some("new")),
    ];
    write(&folder, &changes).expect("written");
    assert_eq!(mode(&folder.path().join("script")), 0o755);
    assert_eq!(mode(&folder.path().join("private")), 0o600);
    assert_eq!(mode(&folder.path().join("created")), mode(&folder.path().join("ordinary")));
}

#[test]
fn a_link_stays_a_link() {
    let folder = tree(&[("real/file", "old")]);
    symlink("real/file", folder.path().join("link")).expect("a link");
    symlink("real", folder.path().join("folder")).expect("a link");
    write(&folder, &[change("link", Some("old"), Some("new"))]).expect("written");
    assert_eq!(text(&folder, "real/file"), "new");
    assert!(folder.path().join("link").is_symlink());
    write(&folder, &[change("folder/file", Some("new"), Some("newer"))]).expect("written");
    assert_eq!(text(&folder, "real/file"), "newer");
    let twice = [change("link", Some("newer"), Some("x")), change("real/file", Some("newer"), Some("y"))];
    let error = write(&folder, &twice).expect_err("two changes of one file");
    assert_eq!(error, "cannot write `real/file`: another changed file is a link to it");
    assert_eq!(text(&folder, "real/file"), "newer");
}

#[test]
fn nothing_outside_of_the_work_tree_is_written() {
    let outside = tree(&[("file", "old"), ("repository/.git/config", "old")]);
    let root = outside.path().join("repository");
    symlink("../file", root.join("link")).expect("a link");
    symlink("..", root.join("up")).expect("a link");
    symlink(".git/config", root.join("config")).expect("a link");
    let writer = Writer::open(&root).expect("the tree opens");
    for change in [
        change("link", Some("old"), Some("new")),
        change("up/file", Some("old"), Some("new")),
        change("up/created", None, Some("new")),
        change("../created", None, Some("new")),
        change(".git/config", Some("old"), Some("new")),
        change("config", Some("old"), Some("new")),
        change(".git/hooks/pre-commit", None, Some("new")),
        change("link", None, Some("new")),
    ] {
        let error = format!("{:#}", writer.write(std::slice::from_ref(&change)).expect_err("refused"));
        assert!(error.contains(&format!("`{}`", change.path)), "{error}");
    }
    assert_eq!(text(&outside, "file"), "old");
    assert_eq!(text(&outside, "repository/.git/config"), "old");
    assert_eq!(names(outside.path()), [".git", "config", "config", "file", "link", "repository", "up"]);
}

#[test]
fn a_file_that_changed_meanwhile_is_left_alone_with_all_others() {
    let folder = tree(&[("a", "old"), ("b", "edited by hand"), ("exists", "")]);
    for (second, reason) in [
        (change("b", Some("old"), Some("new")), "cannot write `b`: it changed since it was read"),
        (change("b", Some("old"), None), "cannot write `b`: it changed since it was read"),
        (change("exists", None, Some("new")), "cannot create `exists`: it exists already"),
        (change("missing", Some("old"), Some("new")), "cannot write `missing`: No such file"),
        (change("a/below", None, Some("new")), "cannot create `a/below`: "),
    ] {
        let error = write(&folder, &[change("a", Some("old"), Some("new")), second]).expect_err("refused");
        assert!(error.starts_with(reason), "{error}");
        assert_eq!(text(&folder, "a"), "old");
        assert_eq!(text(&folder, "b"), "edited by hand");
        assert_eq!(names(folder.path()), ["a", "b", "exists"]);
    }
}

#[test]
fn a_read_only_file_is_respected() {
    let folder = tree(&[("a", "old"), ("b", "old")]);
    fs::set_permissions(folder.path().join("b"), Permissions::from_mode(0o444)).expect("mode");
    let changes = [change("a", Some("old"), Some("new")), change("b", Some("old"), Some("new"))];
    assert_eq!(write(&folder, &changes).expect_err("refused"), "cannot write `b`: it is read-only");
    assert_eq!(text(&folder, "a"), "old");
    assert_eq!(names(folder.path()), ["a", "b"]);
}

#[test]
fn a_folder_without_write_permission_is_named() {
    let folder = tree(&[("sub/a", "old")]);
    let sub = folder.path().join("sub");
    fs::set_permissions(&sub, Permissions::from_mode(0o555)).expect("mode");
    let may_write_anyway = fs::write(sub.join("probe"), "").is_ok();
    let result = write(&folder, &[change("sub/a", Some("old"), Some("new"))]);
    fs::set_permissions(&sub, Permissions::from_mode(0o755)).expect("mode");
    if may_write_anyway {
        // Root may write everywhere: the permission says nothing.
        assert_eq!(result, Ok(()));
    } else {
        let error = result.expect_err("refused");
        assert!(error.starts_with("cannot write a temporary file beside `sub/a`: "), "{error}");
        assert_eq!(text(&folder, "sub/a"), "old");
    }
}

#[test]
#[ignore = "the half of `a_file_of_somebody_else_is_left_alone` that runs as another user"]
fn child_without_permission() {
    let root = inherited_tree();
    let writer = Writer::open(&root).expect("opens");
    let error = writer.write(&[change("theirs", Some("old"), Some("new"))]).expect_err("refused");
    assert_eq!(format!("{error:#}"), "cannot write `theirs`: Permission denied (os error 13)");
    // The folder itself is open to everybody.
    writer.write(&[change("created", None, Some("new"))]).expect("written");
}

#[test]
fn a_file_of_somebody_else_is_left_alone() {
    use std::os::unix::process::CommandExt;
    let folder = tree(&[("theirs", "old")]);
    for (path, mode) in [("", 0o777), ("theirs", 0o644)] {
        fs::set_permissions(folder.path().join(path), Permissions::from_mode(mode)).expect("mode");
    }
    // Only root can become somebody else, who must be able to start this program.
    let program = folder.path().join("program");
    fs::copy(std::env::current_exe().expect("this program"), &program).expect("copied");
    fs::set_permissions(&program, Permissions::from_mode(0o755)).expect("mode");
    let test = "fix_write::child_without_permission";
    let mut child = Command::new(&program);
    child.args(["--exact", test, "--ignored"]).env("TREE", folder.path());
    let Ok(output) = child.uid(65534).gid(65534).output() else {
        eprintln!("skipped: only root can become another user");
        return;
    };
    assert_one_passed(&output);
    assert_eq!(text(&folder, "theirs"), "old");
    assert_eq!(text(&folder, "created"), "new");
}

#[test]
fn a_long_file_name_leaves_room_for_the_temporary_one() {
    let name = "я".repeat(127);
    let folder = tree(&[(&name, "old")]);
    write(&folder, &[change(&name, Some("old"), Some("new"))]).expect("written");
    assert_eq!(text(&folder, &name), "new");
}

#[test]
fn what_an_interrupted_run_left_is_removed_and_nothing_else() {
    let folder = tree(&[
        (".syncthing.okteto.yml.tmp.xtask-Ab12Cd", ""),
        ("apps/web/.syncthing.Dockerfile.tmp.xtask-Ab12Cd", ""),
        ("apps/web/.syncthing.Dockerfile.tmp", "Syncthing is receiving this file"),
        ("apps/web/Dockerfile.tmp.xtask-Ab12Cd", "a file of the user"),
    ]);
    let writer = Writer::open(folder.path()).expect("opens");
    writer.remove_leftovers(["apps/web", "missing"].map(RepoPath::new));
    let left = [".syncthing.Dockerfile.tmp", "Dockerfile.tmp.xtask-Ab12Cd", "apps", "web"];
    assert_eq!(names(folder.path()), left);
}

#[test]
fn a_second_writer_waits_for_the_first() {
    let folder = tree(&[("a", "0")]);
    let counted = 20;
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..counted {
                    let writer = Writer::open(folder.path()).expect("opens");
                    let before = text(&folder, "a");
                    std::thread::sleep(Duration::from_micros(200));
                    let after = (before.parse::<usize>().expect("a number") + 1).to_string();
                    writer.write(&[change("a", Some(&before), Some(&after))]).expect("nobody interferes");
                }
            });
        }
    });
    assert_eq!(text(&folder, "a"), (4 * counted).to_string());
    assert_eq!(names(folder.path()), ["a"]);
}

/// Runs one of the ignored tests below in a process of its own, behind `limits` of the shell.
fn child(test: &str, folder: &TempDir, limits: &str) -> Command {
    let mut command = Command::new("sh");
    let script = format!("{limits} exec \"$0\" --exact fix_write::{test} --ignored --nocapture");
    command.arg("-c").arg(script).arg(std::env::current_exe().expect("this program"));
    command.env("TREE", folder.path()).stdout(Stdio::piped()).stderr(Stdio::null());
    command
}

/// Holds that the child ran its test at all: a name that no test has is no failure.
fn assert_one_passed(output: &Output) {
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && said.contains(" 1 passed;"), "{said}");
}

fn inherited_tree() -> std::path::PathBuf {
    std::env::var_os("TREE").expect("started by another test").into()
}

#[test]
#[ignore = "the half of `what_does_not_fit_loses_nothing` that has no room"]
fn child_without_room() {
    let root = inherited_tree();
    let changes =
        [change("a", Some("old"), Some("new")), change("b", Some("old"), Some(&"x".repeat(100_000)))];
    let error = Writer::open(&root).expect("opens").write(&changes).expect_err("no room");
    assert_eq!(format!("{error:#}"), "cannot write a temporary file beside `b`: file too large");
}

#[test]
fn what_does_not_fit_loses_nothing() {
    let folder = tree(&[("a", "old"), ("b", "old")]);
    let output = child("child_without_room", &folder, "ulimit -f 8;").output().expect("a shell");
    assert_one_passed(&output);
    assert_eq!(text(&folder, "a"), "old");
    assert_eq!(text(&folder, "b"), "old");
    assert_eq!(names(folder.path()), ["a", "b"]);
}

#[test]
#[ignore = "the half of `a_killed_run_tears_no_file` that is killed"]
fn child_that_writes_on_and_on() {
    let root = inherited_tree();
    let texts = ["x".repeat(40_000), "y".repeat(50_000)];
    loop {
        let writer = Writer::open(&root).expect("opens");
        writer.remove_leftovers([RepoPath::new("sub")]);
        let before = fs::read_to_string(root.join("sub/a")).expect("the file");
        let after = if before == texts[0] { &texts[1] } else { &texts[0] };
        let changes =
            [change("sub/a", Some(&before), Some(after)), change("sub/b", Some(&before), Some(after))];
        // The other file may be one step behind, when the run before was killed between the two.
        if writer.write(&changes).is_err() {
            fs::write(root.join("sub/b"), before).expect("written");
        }
    }
}

#[test]
fn a_killed_run_tears_no_file() {
    let (one, two) = ("x".repeat(40_000), "y".repeat(50_000));
    let folder = tree(&[("sub/a", &one), ("sub/b", &one)]);
    let mut found = std::collections::BTreeSet::new();
    let mut round = 0_u64;
    // Not before both texts were met: until then the child may not have come as far as writing.
    while round < 60 || (found.len() < 2 && round < 2_000) {
        let mut child = child("child_that_writes_on_and_on", &folder, "").spawn().expect("a shell");
        std::thread::sleep(Duration::from_micros(4_000 + round * 613 % 9_000 + round * 50));
        child.kill().expect("killed");
        child.wait().expect("ended");
        let text = text(&folder, "sub/a");
        assert!(text == one || text == two, "torn after {} bytes", text.len());
        found.insert(text);
        Writer::open(folder.path()).expect("opens").remove_leftovers([RepoPath::new("sub")]);
        assert_eq!(names(folder.path()), ["a", "b", "sub"]);
        round += 1;
    }
    assert_eq!(found.len(), 2, "nothing was ever written");
}

/// A file system of its own, as small as wanted; gone when dropped.
struct SmallDisk(TempDir);

impl SmallDisk {
    /// `None` where mounting is not allowed.
    fn mount(size: &str) -> Option<Self> {
        let folder = tempfile::tempdir().expect("a folder");
        let options = format!("size={size}");
        let mounted =
            Command::new("mount").args(["-t", "tmpfs", "-o", &options, "tmpfs"]).arg(folder.path()).output();
        mounted.is_ok_and(|output| output.status.success()).then(|| Self(folder))
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(self.0.path()).output();
    }
}

#[test]
fn a_full_disk_loses_nothing() {
    let Some(disk) = SmallDisk::mount("64k") else {
        eprintln!("skipped: mounting is not allowed here");
        return;
    };
    let folder = &disk.0;
    fs::write(folder.path().join("a"), "old").expect("written");
    fs::write(folder.path().join("b"), "old").expect("written");
    let changes =
        [change("a", Some("old"), Some("new")), change("b", Some("old"), Some(&"x".repeat(100_000)))];
    let error = write(folder, &changes).expect_err("no room");
    let start = "cannot write a temporary file beside `b`: No space left on device";
    assert!(error.starts_with(start), "{error}");
    assert_eq!((text(folder, "a"), text(folder, "b")), ("old".to_owned(), "old".to_owned()));
    assert_eq!(names(folder.path()), ["a", "b"]);
}
