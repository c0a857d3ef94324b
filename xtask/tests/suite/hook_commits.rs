//! Real commits through the installed hook, of every kind that git knows, in both directions: what is staged
//! decides, whatever lies on the disk. Each time the hook is watched: it must leave every file as it was.

#![cfg(unix)]

use crate::support::git_repo::Repo;
use crate::support::shop::{FINDING, GOOD, MANIFEST, Said, bad, git, only, run, shop, timeless, xtask};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// A shop with the hook.
fn hooked() -> Repo {
    let repo = shop();
    install(&repo, repo.top());
    repo
}

fn install(repo: &Repo, folder: &Path) {
    let said = xtask(repo, folder, ["hook", "install"]).output().unwrap();
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
    let hooks = repo.git_in(folder, ["rev-parse", "--path-format=absolute", "--git-path", "hooks"]);
    watch(repo, Path::new(hooks.trim()));
}

/// Puts a watch in front of the installed hook: it compares everything before and after, the times of the index and of
/// every other file among it.
fn watch(repo: &Repo, hooks: &Path) {
    let state = repo.beside("state");
    fs::create_dir_all(&state).unwrap();
    let watched = hooks.join("pre-commit");
    fs::rename(&watched, hooks.join("pre-commit.watched")).unwrap();
    let script = format!(
        "#!/bin/sh
root='{root}' state='{state}'
look() {{
	find \"$root\" -path \"$state\" -prune -o -printf '%p %y %m %i %s %T@ %C@\\n' | sort
	find \"$root\" -path '*/xtask-check' -prune -o -path \"$state\" -prune -o -type f -exec cksum {{}} + | sort
}}
look >\"$state/before\"
\"$0.watched\" \"$@\"
code=$?
look >\"$state/after\"
cmp -s \"$state/before\" \"$state/after\" || cp \"$state/after\" \"$state/wrote\"
: >\"$state/asked\"
exit $code
",
        root = repo.top().parent().unwrap().display(),
        state = state.display(),
    );
    fs::write(&watched, script).unwrap();
    fs::set_permissions(&watched, fs::Permissions::from_mode(0o755)).unwrap();
}

/// Holds that the hook was asked since the last time, and wrote nothing.
fn assert_watched(repo: &Repo, what: &[&str]) {
    let state = repo.beside("state");
    assert!(fs::remove_file(state.join("asked")).is_ok(), "{what:?}: the hook was not asked");
    assert!(!state.join("wrote").exists(), "{what:?}: the hook wrote something");
}

fn head(repo: &Repo) -> String {
    repo.git(["rev-parse", "HEAD"])
}

/// Commits, and holds the outcome: blocked with the finding and nothing done, or passed without a word.
fn commit_in(repo: &Repo, folder: &Path, args: &[&str], blocked: bool) -> Said {
    let all = [&["commit", "-q", "-m", "next"], args].concat();
    let head = || repo.git_in(folder, ["rev-parse", "--verify", "-q", "HEAD"]);
    let before = head();
    let said: Said = repo.try_git(folder, &all).into();
    assert_eq!(said.code, i32::from(blocked), "{args:?}: {said:?}");
    assert_eq!(head() == before, blocked, "{args:?}");
    if blocked {
        assert!(said.err.contains(FINDING), "{args:?}: {said:?}");
        assert!(said.err.contains("no commit was made, nothing was written"), "{args:?}: {said:?}");
    } else {
        assert_eq!((said.out.as_str(), said.err.as_str()), ("", ""), "{args:?}");
    }
    assert_watched(repo, args);
    said
}

fn commit(repo: &Repo, args: &[&str], blocked: bool) -> Said {
    commit_in(repo, repo.top(), args, blocked)
}

#[test]
fn a_plain_commit_is_judged_by_the_index() {
    let repo = hooked();
    // Bad in the index, good on the disk.
    repo.write(MANIFEST, bad());
    repo.git(["add", "-A"]);
    repo.write(MANIFEST, GOOD);
    let said = commit(&repo, &[], true);
    let help = "help: your work tree already has the right text: `git add .okteto/okteto.yml`\n";
    assert!(said.err.contains(help), "{}", said.err);
    // Good in the index, bad on the disk.
    repo.write(MANIFEST, format!("{GOOD}# more\n"));
    repo.git(["add", "-A"]);
    repo.write(MANIFEST, bad());
    commit(&repo, &[], false);
    assert_eq!(repo.git(["status", "--short"]), " M .okteto/okteto.yml\n");
}

#[test]
fn the_last_lines_say_what_happened() {
    let repo = hooked();
    repo.write(MANIFEST, bad());
    repo.git(["add", "-A"]);
    let said = commit(&repo, &[], true);
    let expected = "\
help: replace `.` by `..` (safe fix)
  |
8 |       - ..:/app # the whole repository
  |          +

1 error in the tree this commit would create (_ ms), 1 fixable with `cargo xtask fix --staged`; no commit was made, \
nothing was written
";
    assert!(timeless(&said.err).ends_with(expected), "{}", said.err);
}

#[test]
fn all_takes_what_is_on_the_disk() {
    let repo = hooked();
    repo.write(MANIFEST, bad());
    commit(&repo, &["-a"], true);
    assert_eq!(repo.git(["status", "--short"]), " M .okteto/okteto.yml\n", "nothing stays staged");
    // Bad in the index, good on the disk: the index does not count.
    repo.git(["add", MANIFEST]);
    repo.write(MANIFEST, format!("{GOOD}# more\n"));
    commit(&repo, &["-a"], false);
    // Good in the index, bad on the disk.
    repo.write(MANIFEST, format!("{GOOD}# still more\n"));
    repo.git(["add", MANIFEST]);
    repo.write(MANIFEST, bad());
    commit(&repo, &["-a"], true);
}

#[test]
fn an_amended_commit_is_judged_as_it_will_be() {
    let repo = hooked();
    repo.write("apps/shop/package.json", "{}\n");
    commit(&repo, &["-a"], false);
    repo.write(MANIFEST, bad());
    repo.git(["add", MANIFEST]);
    repo.write(MANIFEST, GOOD);
    commit(&repo, &["--amend"], true);
    repo.write(MANIFEST, format!("{GOOD}# more\n"));
    repo.git(["add", MANIFEST]);
    repo.write(MANIFEST, bad());
    commit(&repo, &["--amend"], false);
}

#[test]
fn included_paths_come_on_top_of_what_is_staged() {
    let repo = hooked();
    repo.write(MANIFEST, bad());
    repo.git(["add", MANIFEST]);
    repo.write("apps/shop/package.json", "{}\n");
    commit(&repo, &["-i", "apps/shop/package.json"], true);
    repo.write(MANIFEST, GOOD);
    commit(&repo, &["-i", MANIFEST, "apps/shop/package.json"], false);
    // Good in the index, bad on the disk: only where it is included.
    repo.write(MANIFEST, format!("{GOOD}# more\n"));
    repo.git(["add", MANIFEST]);
    repo.write(MANIFEST, bad());
    repo.write("apps/shop/package.json", "{\"private\": true}\n");
    commit(&repo, &["-i", MANIFEST], true);
    commit(&repo, &["-i", "apps/shop/package.json"], false);
    commit(&repo, &["--allow-empty"], false);
}

#[test]
fn a_commit_of_paths_leaves_out_what_else_is_staged() {
    let repo = hooked();
    repo.write(MANIFEST, bad());
    repo.git(["add", "-A"]);
    repo.write("pnpm-workspace.yaml", "packages: [apps/*]\n");
    // The bad manifest is staged, but not part of this commit.
    commit(&repo, &["pnpm-workspace.yaml"], false);
    commit(&repo, &[MANIFEST], true);
    // From a subfolder, where git sets GIT_PREFIX.
    commit_in(&repo, &repo.top().join(".okteto"), &["okteto.yml"], true);
    repo.write(MANIFEST, format!("{GOOD}# more\n"));
    commit(&repo, &[MANIFEST], false);
}

#[test]
fn a_commit_of_hunks_takes_only_those() {
    let repo = hooked();
    let long = format!("{GOOD}\n\n\n\n\n\n\n\n\n\n# end\n");
    repo.write(MANIFEST, &long);
    repo.commit_all("long");
    repo.write(MANIFEST, long.replace("..:/app", ".:/app").replace("# end", "# the end"));
    let answers = |text: &str| {
        fs::write(repo.beside("answers"), text).unwrap();
        let mut command = repo.command("git", repo.top());
        command.args(["commit", "-q", "-p", "-m", "hunk"]);
        command.stdin(fs::File::open(repo.beside("answers")).unwrap());
        command.output().unwrap().status.code()
    };
    assert_eq!(answers("y\nn\n"), Some(1), "the slip");
    assert_watched(&repo, &["-p"]);
    assert_eq!(answers("n\ny\n"), Some(0), "the comment");
    assert_watched(&repo, &["-p"]);
    assert!(repo.git(["show", "HEAD"]).contains("+# the end"));
}

#[test]
fn the_first_commit_answers_for_everything() {
    let repo = Repo::new();
    crate::support::shop::fill(&repo);
    repo.write(MANIFEST, bad());
    install(&repo, repo.top());
    repo.git(["add", "-A"]);
    let said = git(&repo, &["commit", "-qm", "first"]);
    assert_eq!(said.code, 1);
    assert_watched(&repo, &["first"]);
    assert!(said.err.contains(FINDING) && !said.err.contains(" older "), "{}", said.err);
    repo.write(MANIFEST, GOOD);
    repo.git(["add", "-A"]);
    assert_eq!(git(&repo, &["commit", "-qm", "first"]).code, 0);
}

#[test]
fn linked_work_trees_share_the_hook_and_are_checked_themselves() {
    let repo = hooked();
    let linked = repo.beside("linked");
    repo.git(["worktree", "add", "-q", linked.to_str().unwrap(), "-b", "feature"]);
    // Bad here does not matter there.
    repo.write(MANIFEST, bad());
    repo.git(["add", "-A"]);
    fs::write(linked.join("pnpm-workspace.yaml"), "packages: [apps/*]\n").unwrap();
    commit_in(&repo, &linked, &["-a"], false);
    fs::write(linked.join(MANIFEST), bad()).unwrap();
    commit_in(&repo, &linked, &["-a"], true);
    commit_in(&repo, &linked.join("apps"), &["../.okteto/okteto.yml"], true);
    fs::write(linked.join(MANIFEST), format!("{GOOD}# more\n")).unwrap();
    commit_in(&repo, &linked, &["-a"], false);
}

#[test]
fn a_submodule_has_its_own_hook() {
    let library = shop();
    let repo = hooked();
    let url = library.top().to_str().unwrap();
    repo.git(["-c", "protocol.file.allow=always", "submodule", "--quiet", "add", url, "lib"]);
    commit(&repo, &[], false);
    let inside = repo.top().join("lib");
    install(&repo, &inside);
    fs::write(inside.join(MANIFEST), bad()).unwrap();
    commit_in(&repo, &inside, &["-a"], true);
    repo.git_in(&inside, ["add", MANIFEST]);
    fs::write(inside.join(MANIFEST), format!("{GOOD}# more\n")).unwrap();
    commit_in(&repo, &inside, &[], true);
    repo.git_in(&inside, ["add", MANIFEST]);
    fs::write(inside.join(MANIFEST), bad()).unwrap();
    commit_in(&repo, &inside, &[], false);
    // The super-repository does not look into it.
    repo.write("pnpm-workspace.yaml", "packages: [apps/*]\n");
    commit(&repo, &["-a"], false);
}

/// Two branches: `other` has the slip, `main` has another change.
fn diverged(conflict: bool) -> Repo {
    let repo = hooked();
    repo.git(["checkout", "-q", "-b", "other"]);
    repo.write(MANIFEST, bad());
    repo.git(["commit", "-q", "--no-verify", "-am", "slip"]);
    repo.git(["checkout", "-q", "main"]);
    if conflict {
        repo.write(MANIFEST, GOOD.replace("# the whole repository", "# everything"));
    } else {
        repo.write("pnpm-workspace.yaml", "packages: [apps/*]\n");
    }
    commit(&repo, &["-a"], false);
    repo
}

#[test]
fn a_merge_is_not_held_responsible_for_what_it_merges() {
    let repo = diverged(false);
    let said = git(&repo, &["merge", "-q", "--no-edit", "other"]);
    assert_eq!(said.code, 0, "the finding is older than the merge: {said:?}");
    // But what the merge itself brings is: the slip arrives beside a file that neither side had.
    let repo = diverged(false);
    repo.git(["merge", "-q", "--no-edit", "--no-commit", "other"]);
    let more = bad().lines().skip(2).map(|line| format!("{line}\n")).collect::<String>();
    repo.write(MANIFEST, bad() + &more.replace("web-shop", "web-shop-two"));
    repo.git(["add", "-A"]);
    let said = git(&repo, &["commit", "-qm", "merge"]);
    assert_eq!(said.code, 1);
    let last = "\n1 older error is not held against you: `cargo xtask check`\n";
    assert!(said.err.ends_with(last), "{}", said.err);
    assert_eq!(said.err.matches("error[").count(), 1, "{}", said.err);
}

#[test]
fn a_merge_without_conflict_answers_for_what_only_it_brings() {
    let repo = hooked();
    let manifest = |forward: u16, reverse: u16| {
        let lines: String = (0..9).map(|number| format!("      V{number}: x\n")).collect();
        GOOD.to_owned()
            + &format!(
                "    forward:\n      - {forward}:3000\n    environment:\n{lines}    reverse:\n      - 9000:{reverse}\n"
            )
    };
    repo.write(".okteto/check.yml", crate::support::shop::only("dev/port-conflict"));
    repo.write(MANIFEST, manifest(3000, 4000));
    repo.commit_all("ports");
    repo.git(["checkout", "-q", "-b", "other"]);
    repo.write(MANIFEST, manifest(5000, 4000));
    commit(&repo, &["-a"], false);
    repo.git(["checkout", "-q", "main"]);
    repo.write(MANIFEST, manifest(3000, 5000));
    commit(&repo, &["-a"], false);
    let before = head(&repo);
    let said = git(&repo, &["merge", "-q", "--no-edit", "other"]);
    assert_ne!(said.code, 0, "{said:?}");
    assert!(
        said.err.contains("error[dev/port-conflict]: `web-shop` uses local port 5000 twice"),
        "{}",
        said.err
    );
    assert_eq!(head(&repo), before);
}

#[test]
fn a_merge_with_a_conflict_is_checked_when_it_is_concluded() {
    let repo = diverged(true);
    assert_eq!(git(&repo, &["merge", "-q", "other"]).code, 1);
    let said = run(&repo, &["check", "--staged"]);
    assert_eq!(said.code, 3);
    let expected = "error: 1 path is unmerged in the index: `.okteto/okteto.yml`; resolve the conflicts, `git add` the \
                    files and try again\n";
    assert_eq!(said.err, expected);
    // Known from the merged side: it does not block, however the conflict is resolved.
    repo.write(MANIFEST, bad().replace("# the whole repository", "# everything"));
    repo.git(["add", "-A"]);
    let said = git(&repo, &["commit", "-qm", "merge"]);
    assert_eq!((said.code, said.err.as_str()), (0, ""));
}

#[test]
fn the_past_does_not_block() {
    let repo = hooked();
    repo.write(MANIFEST, bad());
    repo.git(["commit", "-q", "--no-verify", "-am", "slip"]);
    repo.write(MANIFEST, format!("{}# more\n", bad()));
    commit(&repo, &["-a"], false);
    assert_eq!(run(&repo, &["check", "--staged", "--strict"]).code, 1);
    repo.write(".okteto/okteto.yml", GOOD);
    commit(&repo, &["-a"], false);
    assert_eq!(run(&repo, &["check", "--staged", "--strict"]).code, 0);
}

#[test]
fn removed_and_announced_files_count_as_the_commit_has_them() {
    let repo = hooked();
    repo.remove(MANIFEST);
    repo.commit_all("no manifest");
    // Announced, not staged: no part of the commit.
    repo.write(MANIFEST, bad());
    repo.git(["add", "-N", MANIFEST]);
    repo.write("pnpm-workspace.yaml", "packages: [apps/*]\n");
    repo.git(["add", "pnpm-workspace.yaml"]);
    commit(&repo, &[], false);
    repo.git(["add", MANIFEST]);
    commit(&repo, &[], true);
    // Staged and then deleted on the disk.
    repo.remove(MANIFEST);
    let said = commit(&repo, &[], true);
    assert!(said.err.contains("`git add .okteto/okteto.yml`"), "{}", said.err);
    repo.git(["rm", "-q", "--cached", MANIFEST]);
    repo.write(MANIFEST, bad());
    repo.write("apps/shop/package.json", "{}\n");
    repo.git(["add", "apps"]);
    commit(&repo, &[], false);
}

#[test]
fn a_sparse_checkout_is_checked_as_a_whole() {
    for flags in [&["--cone"][..], &["--cone", "--sparse-index"], &["--no-cone"]] {
        let repo = hooked();
        // git's own hint that it expands the index.
        repo.git(["config", "advice.sparseIndexExpanded", "false"]);
        repo.git([&["sparse-checkout", "set"], flags, &["apps"]].concat());
        assert!(!repo.top().join(MANIFEST).exists());
        repo.write("apps/shop/package.json", "{}\n");
        commit(&repo, &["-a"], false);
        let blob = |text: &str| {
            let file = repo.beside("blob.yml");
            fs::write(&file, text).unwrap();
            let oid = repo.git(["hash-object", "-w", file.to_str().unwrap()]);
            repo.git(["update-index", "--cacheinfo", &format!("100644,{},{MANIFEST}", oid.trim())]);
            repo.git(["update-index", "--skip-worktree", MANIFEST]);
        };
        blob(&bad());
        commit(&repo, &[], true);
        blob(&format!("{GOOD}# more\n"));
        commit(&repo, &[], false);
    }
}

#[test]
fn it_can_be_skipped() {
    let repo = hooked();
    repo.write(MANIFEST, bad());
    let mut command = repo.command("git", repo.top());
    command.args(["commit", "-q", "-a", "-m", "slip"]).env("XTASK_HOOK", "0");
    assert!(command.output().unwrap().status.success());
    let before = head(&repo);
    repo.write(MANIFEST, bad().replace("web-shop:", "web-two:"));
    assert_eq!(git(&repo, &["commit", "-q", "--no-verify", "-am", "slip"]).code, 0);
    assert_ne!(head(&repo), before);
}

#[test]
fn what_no_rule_reads_is_not_looked_at() {
    let repo = hooked();
    // An index that git cannot list any more would be an error: the blob of the manifest is gone.
    repo.write(MANIFEST, bad());
    repo.git(["commit", "-q", "--no-verify", "-am", "slip"]);
    repo.write("apps/shop/src/page.tsx", "export default 1\n");
    repo.git(["add", "-A"]);
    let said = run(&repo, &["check", "--staged"]);
    assert_eq!((said.code, said.out.as_str()), (0, ""));
    // A new file may matter by its mere name, whatever its extension.
    repo.write(".okteto/page.tsx", "");
    repo.git(["add", "-A"]);
    assert_eq!(run(&repo, &["check", "--staged", "--strict"]).code, 1);
    commit(&repo, &[], false);
}

#[test]
fn a_commit_leaves_no_trace_of_the_check() {
    let repo = hooked();
    repo.write(MANIFEST, bad());
    repo.git(["add", "-A"]);
    // git itself touches its index and its message file before it asks the hook.
    repo.try_git(repo.top(), ["commit", "-q", "-m", "one"]);
    let before = repo.everything();
    let said = run(&repo, &["check", "--staged"]);
    assert_eq!(said.code, 1);
    assert!(repo.everything() == before, "it writes");
}

#[test]
fn a_credential_is_found_in_any_text() {
    let repo = hooked();
    repo.write(".okteto/check.yml", crate::support::shop::only("secrets/committed"));
    repo.commit_all("another rule");
    // No key stands in this file: the page of the rule has one.
    let page = xtask::rules::find("secrets/committed").unwrap().page;
    let words = ["BEGIN", "END"].map(|word| format!("-----{word} PRIVATE KEY-----"));
    let (_, rest) = page.split_once(&words[0]).unwrap();
    let (body, _) = rest.split_once(&words[1]).unwrap();
    let body = body.lines().rfind(|line| line.len() == 64).unwrap();
    let key = [&words[0], body, &words[1], ""].join("\n");
    repo.write("apps/shop/src/page.tsx", format!("export default `\n{}`\n", key));
    let said = git(&repo, &["commit", "-q", "-a", "-m", "key"]);
    assert_eq!(said.code, 1, "{said:?}");
    assert!(said.err.contains("error[secrets/committed]"), "{}", said.err);
}

#[test]
fn what_git_ignores_is_added_by_force() {
    let repo = shop();
    repo.write(".okteto/check.yml", only("ignore/missing-stignore"));
    repo.write(".gitignore", ".stignore\n");
    repo.commit_all("ignored");
    repo.write(".stignore", ".git\n.okteto\nnode_modules\n");
    let said = run(&repo, &["check", "--staged", "--strict"]);
    assert!(
        said.out.contains("help: your work tree already has the right text: `git add -f .stignore`"),
        "{said:?}"
    );
    repo.git(["add", "-f", ".stignore"]);
    assert!(!run(&repo, &["check", "--staged", "--strict"]).out.contains("missing-stignore"));
}
