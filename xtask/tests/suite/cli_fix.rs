//! `fix` as it is typed: what it changes, what it says, and that nothing is ever torn or lost.

use crate::support::git_repo::Repo;
use crate::support::shop::{GOOD, MANIFEST, bad, run, shop, xtask};
use std::fs;
use std::time::{Duration, Instant};

fn read(repo: &Repo, path: &str) -> String {
    fs::read_to_string(repo.top().join(path)).unwrap()
}

#[test]
fn a_fix_changes_its_characters_and_nothing_else() {
    let repo = shop();
    for (name, text) in [
        ("plain", bad()),
        ("CRLF", bad().replace('\n', "\r\n")),
        ("a byte order mark", format!("\u{feff}{}", bad())),
        ("no final newline", bad().trim_end().to_owned()),
        (
            "flow style",
            "dev: {web-shop: {image: x, workdir: /app/apps/shop, sync: [ \".:/app\" ]}} # 🚀\n".to_owned(),
        ),
    ] {
        repo.write(MANIFEST, &text);
        let said = run(&repo, &["fix"]);
        assert_eq!(said.code, 0, "{name}: {said:?}");
        assert_eq!(read(&repo, MANIFEST), text.replace(".:/app", "..:/app"), "{name}");
        assert_eq!(run(&repo, &["fix"]).out, "nothing to fix\n", "{name}");
    }
}

#[test]
fn the_summary_names_every_finding() {
    let repo = shop();
    repo.write(MANIFEST, bad());
    let said = run(&repo, &["fix"]);
    let expected = "\
fixed  .okteto/okteto.yml:8  dev/sync-base
1 fixed in 1 file; review with `git diff`
";
    assert_eq!((said.code, said.out.as_str(), said.err.as_str()), (0, expected, ""));
    repo.write(MANIFEST, bad());
    let said = run(&repo, &["fix", "-q"]);
    assert_eq!((said.code, said.out.as_str(), said.err.as_str()), (0, "", ""));
}

/// A root that is wrong makes the right `.stignore` look unread, and a folder inside the right root look like one of its
/// own: neither is believed while the root is being mended.
#[test]
fn what_follows_from_a_wrong_root_is_not_repaired() {
    let repo = shop();
    let list = "// ours\nnode_modules\n.env*\n.git\n.next\n.turbo\n";
    repo.write(".stignore", list);
    repo.write("docs/README.md", "# Docs\n");
    repo.remove(".okteto/check.yml");
    repo.git(["add", "-A"]);
    let anchored = GOOD
        .replace("dev:\n", "x-base: &base\n  sync:\n    - .:/app\ndev:\n")
        .replace("    sync:\n      - ..:/app # the whole repository\n", "    <<: *base\n");
    let two = GOOD.replace("- ..:/app # the whole repository\n", "- .:/app\n      - ../docs:/docs\n");
    for text in [anchored, two] {
        assert!(text.contains("- .:/app"), "{text}");
        repo.write(MANIFEST, &text);
        let said = run(&repo, &["fix", "--unsafe"]);
        assert!(said.out.contains("dev/sync-base") && !said.out.contains("ignore/"), "{said:?}");
        assert_eq!(read(&repo, ".stignore"), list, "{said:?}");
        assert!(!repo.top().join("docs/.stignore").exists(), "{said:?}");
        assert_eq!(read(&repo, MANIFEST), text.replace("- .:/app", "- ..:/app"));
    }
}

#[test]
fn what_has_no_fix_is_left_and_counts() {
    let repo = shop();
    // Without `sync` Okteto takes `.`, and there is no single right edit.
    let text: String = GOOD.lines().take(6).map(|line| format!("{line}\n")).collect();
    repo.write(MANIFEST, &text);
    let said = run(&repo, &["fix"]);
    let expected = "\
left   .okteto/okteto.yml:3  dev/sync-base (no automatic fix)
1 left for you
";
    assert_eq!((said.code, said.out.as_str()), (1, expected));
    assert_eq!(read(&repo, MANIFEST), text);
}

#[test]
fn a_dry_run_prints_what_git_apply_takes() {
    let repo = shop();
    repo.write(MANIFEST, bad().replace('\n', "\r\n"));
    let before = repo.everything();
    let said = run(&repo, &["fix", "--dry-run"]);
    assert_eq!(said.code, 0);
    assert!(repo.everything() == before, "it writes");
    assert!(said.err.ends_with("1 would be fixed in 1 file\n"), "{}", said.err);
    let patch = repo.beside("patch");
    fs::write(&patch, &said.out).unwrap();
    repo.git(["apply", patch.to_str().unwrap()]);
    assert_eq!(read(&repo, MANIFEST), GOOD.replace('\n', "\r\n"));
}

#[test]
fn rules_and_paths_choose() {
    let repo = shop();
    repo.write(MANIFEST, bad());
    for args in [&["fix", "--skip", "dev"][..], &["fix", "apps"], &["fix", "--skip", "dev/sync-base"]] {
        assert_eq!(run(&repo, args).out, "nothing to fix\n", "{args:?}");
    }
    assert_eq!(run(&repo, &["fix", "--rule", "no-such"]).code, 2);
    let said = run(&repo, &["fix", "no-such"]);
    let expected = "error: `no-such` is not in the checked tree\n";
    assert_eq!((said.code, said.out.as_str(), said.err.as_str()), (2, "", expected));
    assert_eq!(run(&repo, &["fix", "--rule", "dev/sync-base", ".okteto"]).code, 0);
    assert_eq!(read(&repo, MANIFEST), GOOD);
}

#[test]
fn what_a_comment_allows_is_not_touched() {
    let repo = shop();
    let allowed = bad().replace("# the whole", "# check: allow(dev/sync-base) a test of its own\n#");
    repo.write(MANIFEST, &allowed);
    assert_eq!(run(&repo, &["fix"]).code, 0);
    assert_eq!(read(&repo, MANIFEST), allowed);
}

#[cfg(unix)]
#[test]
fn a_manifest_behind_a_link_is_fixed_where_it_lies() {
    let repo = shop();
    repo.remove(MANIFEST);
    repo.write("config/okteto.yml", bad());
    repo.link("../config/okteto.yml", MANIFEST);
    let said = run(&repo, &["fix"]);
    assert_eq!(said.code, 0, "{said:?}");
    assert_eq!(read(&repo, "config/okteto.yml"), GOOD);
    assert!(repo.top().join(MANIFEST).symlink_metadata().unwrap().is_symlink());
}

#[cfg(unix)]
#[test]
fn a_file_that_may_not_be_written_is_an_error_and_stays() {
    use std::os::unix::fs::PermissionsExt;
    let repo = shop();
    repo.write(MANIFEST, bad());
    let file = repo.top().join(MANIFEST);
    fs::set_permissions(&file, fs::Permissions::from_mode(0o444)).unwrap();
    let said = run(&repo, &["fix"]);
    assert_eq!(said.code, 3);
    assert_eq!(said.err, "error: cannot write `.okteto/okteto.yml`: it is read-only\n");
    assert_eq!(read(&repo, MANIFEST), bad());
    fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
    assert_eq!(run(&repo, &["fix"]).code, 0);
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o755);
}

#[test]
fn two_runs_at_once_do_not_disturb_each_other() {
    let repo = many(20);
    let children: Vec<_> = (0..4).map(|_| xtask(&repo, repo.top(), ["fix", "-q"]).spawn().unwrap()).collect();
    for mut child in children {
        assert_eq!(child.wait().unwrap().code(), Some(0));
    }
    assert!(texts(&repo).iter().all(|text| text == GOOD));
}

/// So many manifests, all with the slip.
fn many(count: usize) -> Repo {
    let repo = shop();
    for number in 0..count {
        repo.write(&format!("teams/{number}/.okteto/okteto.yml"), bad());
        repo.write(&format!("teams/{number}/apps/shop/package.json"), "{}\n");
    }
    repo.commit_all("many");
    repo
}

fn texts(repo: &Repo) -> Vec<String> {
    let folders = fs::read_dir(repo.top().join("teams")).unwrap();
    folders.map(|folder| fs::read_to_string(folder.unwrap().path().join(MANIFEST)).unwrap()).collect()
}

fn leftovers(repo: &Repo) -> Vec<String> {
    let listed = repo.git(["ls-files", "-o", "-z"]);
    listed.split('\0').filter(|name| name.contains(".syncthing.")).map(str::to_owned).collect()
}

#[cfg(unix)]
#[test]
fn a_killed_run_leaves_every_file_old_or_new() {
    let repo = many(30);
    let start = Instant::now();
    assert_eq!(run(&repo, &["fix", "-q"]).code, 0);
    let whole = start.elapsed();
    let (mut interrupted, mut seed) = (0, 0x2545_f491_4f6c_dd1d_u64);
    for _ in 0..200 {
        repo.git(["checkout", "-q", "."]);
        // xorshift64: moments spread over the whole run.
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        let moment = Duration::from_nanos(seed % u64::try_from(whole.as_nanos()).unwrap());
        let mut child = xtask(&repo, repo.top(), ["fix", "-q"]).spawn().unwrap();
        std::thread::sleep(moment);
        child.kill().unwrap();
        child.wait().unwrap();
        let texts = texts(&repo);
        assert!(texts.iter().all(|text| *text == bad() || text == GOOD), "torn: {texts:?}");
        if texts.iter().any(|text| *text == bad()) {
            interrupted += 1;
        }
    }
    assert!(interrupted > 0, "no run was interrupted");
    assert_eq!(run(&repo, &["fix", "-q"]).code, 0);
    assert!(texts(&repo).iter().all(|text| text == GOOD));
    assert_eq!(leftovers(&repo), [""; 0]);
}
