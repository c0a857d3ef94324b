//! `check` as it is typed: which tree, which findings, which exit status.

use crate::support::git_repo::Repo;
use crate::support::shop::{FINDING, GOOD, MANIFEST, bad, only, run, shop, timeless, xtask};
use serde_json::{Value, json};
use std::fs;

#[test]
fn a_clean_tree_is_one_line() {
    let repo = shop();
    let said = run(&repo, &["check"]);
    assert_eq!((said.code, said.err.as_str()), (0, ""));
    assert_eq!(timeless(&said.out), "no problems in 5 files (_ ms)\n");
    let said = run(&repo, &["check", "-q"]);
    assert_eq!((said.code, said.out.as_str(), said.err.as_str()), (0, "", ""));
}

#[test]
fn a_finding_shows_where_why_and_what_to_do() {
    let repo = shop();
    repo.write(MANIFEST, bad());
    let said = run(&repo, &["check"]);
    assert_eq!((said.code, said.err.as_str()), (1, ""));
    let expected = "\
error[dev/sync-base]: `.` is `.okteto/` here, not the repository
 --> .okteto/okteto.yml:8:9
  |
8 |       - .:/app # the whole repository
  |         ^ `sync` resolves from the manifest's own folder, `.okteto/`
  |
help: replace `.` by `..` (safe fix)
  |
8 |       - ..:/app # the whole repository
  |          +

1 error in 5 files (_ ms); 1 fixable with `cargo xtask fix`
";
    assert_eq!(timeless(&said.out), expected);
    let quiet = run(&repo, &["check", "-q"]);
    assert_eq!(quiet.code, 1);
    assert!(quiet.out.ends_with("  |          +\n"), "{}", quiet.out);
}

#[test]
fn the_json_is_a_contract() {
    let repo = shop();
    repo.write(MANIFEST, bad());
    let said = run(&repo, &["check", "--format", "json"]);
    let mut report: Value = serde_json::from_str(&said.out).unwrap();
    let fingerprint = report["diagnostics"][0]["fingerprint"].take();
    let expected = json!({
        "version": 1,
        "snapshot": "worktree",
        "diagnostics": [{
            "rule": "dev/sync-base",
            "severity": "error",
            "message": FINDING,
            "why": null,
            "help": "replace `.` by `..` (safe fix)",
            "path": MANIFEST,
            "start": {"line": 8, "column": 9},
            "end": {"line": 8, "column": 10},
            "related": [],
            "subject": "dev.web-shop.sync",
            "fingerprint": null,
            "fixable": "safe",
        }],
        "skipped": [],
        "errors": [],
        "summary": {"error": 1, "warning": 0, "note": 0, "suppressed": 0, "fixable": 1, "files": 5},
    });
    assert_eq!(report, expected);
    assert!(fingerprint.as_str().is_some_and(|hex| hex.len() == 32), "{fingerprint}");
    // No line number in it: it survives a move.
    repo.write(MANIFEST, format!("# One more line.\n{}", bad()));
    let moved: Value = serde_json::from_str(&run(&repo, &["check", "--format", "json"]).out).unwrap();
    assert_eq!(moved["diagnostics"][0]["fingerprint"], fingerprint);
    assert_eq!(moved["diagnostics"][0]["start"]["line"], 9);
}

#[test]
fn each_tree_is_read_with_its_own_configuration() {
    let repo = shop();
    let first = repo.git(["rev-parse", "HEAD"]);
    repo.write(MANIFEST, bad());
    repo.git(["add", "-A"]);
    repo.write(MANIFEST, GOOD);
    let snapshot = |args: &[&str]| -> (i32, Value) {
        let said = run(&repo, &[args, &["--format", "json"]].concat());
        let report: Value = serde_json::from_str(&said.out).unwrap();
        (said.code, json!([report["snapshot"], report["summary"]["error"]]))
    };
    assert_eq!(snapshot(&["check"]), (0, json!(["worktree", 0])));
    assert_eq!(snapshot(&["check", "--staged"]), (1, json!(["index", 1])));
    assert_eq!(snapshot(&["check", "--rev", "HEAD"]), (0, json!([first.trim(), 0])));
    // Switched off in the work tree only.
    repo.write(".okteto/check.yml", "rules: {dev: {severity: \"off\"}}\n");
    repo.write(MANIFEST, bad());
    let quiet = |args: &[&str]| run(&repo, args).code;
    assert_eq!(quiet(&["check", "--rule", "dev/sync-base"]), 0);
    assert_eq!(quiet(&["check", "--staged"]), 1);
}

#[test]
fn paths_restrict_what_is_reported() {
    let repo = shop();
    repo.write(MANIFEST, bad());
    for (folder, path, code) in [
        (".", "apps", 0),
        (".", ".okteto", 1),
        (".", "./.okteto/okteto.yml", 1),
        ("apps/shop", "../../.okteto", 1),
        ("apps/shop", ".", 0),
        (".", "missing", 2),
        (".", "../elsewhere", 2),
    ] {
        let said = xtask(&repo, &repo.top().join(folder), ["check", path]).output().unwrap();
        assert_eq!(said.status.code(), Some(code), "{folder} {path}");
    }
    let absolute = repo.top().join(".okteto");
    assert_eq!(run(&repo, &["check", absolute.to_str().unwrap()]).code, 1);
}

#[test]
fn the_root_may_be_elsewhere() {
    let repo = shop();
    repo.write(MANIFEST, bad());
    let other = Repo::with(&[("a", "")]);
    for root in [repo.top().to_owned(), repo.top().join("apps/shop")] {
        let said = xtask(&other, other.top(), ["check", "--root", root.to_str().unwrap(), ".okteto"]);
        let said = { said }.output().unwrap();
        assert_eq!(said.status.code(), Some(1));
        assert!(String::from_utf8_lossy(&said.stdout).contains(" --> .okteto/okteto.yml:8:9"));
    }
}

#[test]
fn several_formats_in_one_run_reach_their_files() {
    let repo = shop();
    repo.write(MANIFEST, bad());
    let file = |name: &str| repo.beside(name).to_str().unwrap().to_owned();
    let args = [
        "check".to_owned(),
        "--format=concise".to_owned(),
        format!("--format=json={}", file("report.json")),
        format!("--format=gitlab={}", file("new/folder/gl.json")),
        format!("--format=junit={}", file("junit.xml")),
    ];
    let said = xtask(&repo, repo.top(), &args).output().unwrap();
    assert_eq!(said.status.code(), Some(1));
    let line = format!(".okteto/okteto.yml:8:9: error[dev/sync-base]: {FINDING}\n");
    assert_eq!(String::from_utf8_lossy(&said.stdout), line);
    let read = |name: &str| fs::read_to_string(repo.beside(name)).unwrap();
    assert!(read("report.json").contains("\"version\": 1"));
    assert!(read("new/folder/gl.json").contains("\"check_name\""));
    assert!(read("junit.xml").contains("<failure"));
}

#[test]
fn exit_statuses_tell_findings_from_failures() {
    let repo = shop();
    repo.write(MANIFEST, bad());
    let code = |args: &[&str]| run(&repo, args).code;
    assert_eq!(code(&["check"]), 1);
    assert_eq!(code(&["check", "--fail-on", "warning"]), 1);
    assert_eq!(code(&["check", "--skip", "dev"]), 0);
    assert_eq!(code(&["check", "--rule", "dev/sync-bass"]), 2);
    assert_eq!(code(&["check", "--staged", "--rev", "HEAD"]), 2);
    assert_eq!(code(&["check", "--strict"]), 2);
    assert_eq!(code(&["check", "--rev", "no-such"]), 3);
    assert_eq!(code(&["check", "--since", "no-such"]), 3);
    assert_eq!(code(&["check", "--format", "xml"]), 2);
    assert_eq!(code(&["no-such-command"]), 2);
    let said = run(&repo, &["check", "--rule", "sync-base"]);
    assert_eq!(said.err, "error: there is no rule or group `sync-base`; did you mean `dev/sync-base`?\n");
    let outside = repo.beside("plain");
    fs::create_dir(&outside).unwrap();
    let said = xtask(&repo, &outside, ["check"]).output().unwrap();
    assert_eq!(said.status.code(), Some(3));
    assert!(String::from_utf8_lossy(&said.stderr).contains("is not in a git repository"));
}

#[test]
fn whatever_fails_a_run_is_shown() {
    let repo = shop();
    let config = only("dev/sync-base");
    repo.write(MANIFEST, bad());
    for (severity, args, code) in [
        ("error", &[][..], 1),
        ("warning", &[], 0),
        ("warning", &["--fail-on", "warning"], 1),
        ("warning", &["--level", "error", "--fail-on", "warning"], 1),
        ("note", &["--fail-on", "warning"], 0),
        ("note", &["--level", "note"], 0),
        ("note", &["--fail-on", "note"], 1),
    ] {
        repo.write(".okteto/check.yml", format!("{config}  dev/sync-base: {{severity: {severity}}}\n"));
        let said = run(&repo, &[&["check"], args].concat());
        assert_eq!(said.code, code, "{severity} {args:?}");
        assert!(code == 0 || said.out.contains(FINDING), "{severity} {args:?}: {}", said.out);
    }
    // What a comment allows with a reason fails nothing.
    repo.write(".okteto/check.yml", config);
    repo.write(MANIFEST, bad().replace("# the whole", "# check: allow(dev/sync-base) a test of its own\n#"));
    assert_eq!(run(&repo, &["check", "--fail-on", "note"]).code, 0);
}

#[test]
fn a_report_file_is_written_whatever_is_found() {
    let repo = shop();
    let file = repo.beside("report.txt");
    for (args, manifest) in
        [(&["check"][..], GOOD.to_owned()), (&["check"], bad()), (&["check", "--staged"], GOOD.to_owned())]
    {
        repo.write(MANIFEST, manifest);
        for format in xtask::report::Format::ALL {
            let _ = fs::remove_file(&file);
            let output = format!("--format={format}={}", file.display());
            let said = run(&repo, &[args, &[output.as_str()]].concat());
            assert_eq!(said.out, "", "{args:?} {format}");
            assert!(file.exists(), "{args:?} {format}");
        }
    }
    // Nor does a broken configuration keep it from being written.
    repo.write(".okteto/check.yml", "no-such-key: 1\n");
    let said = run(&repo, &["check", &format!("--format=gitlab={}", file.display())]);
    assert_eq!(said.code, 2);
    assert!(fs::read_to_string(&file).unwrap().contains("check/config"));
    // Where it cannot be, that is a failure.
    let said = run(&repo, &["check", &format!("--format=gitlab={}/below", file.display())]);
    assert_eq!(said.code, 3);
}

#[test]
fn reports_do_not_run_into_each_other() {
    let repo = shop();
    let file = repo.beside("report.txt");
    let to_file = |format: &str| format!("--format={format}={}", file.display());
    let said = run(&repo, &["check", &to_file("json"), &to_file("sarif")]);
    assert_eq!((said.code, said.out.as_str(), file.exists()), (2, "", false));
    assert!(said.err.starts_with("error: two reports cannot go to the same file `"), "{}", said.err);
    let said = run(&repo, &["check", "--format=json", "--format=sarif"]);
    let expected = "error: nobody can read `json` and `sarif` from one standard output: name a file, \
                    `--format sarif=FILE`\n";
    assert_eq!((said.code, said.out.as_str(), said.err.as_str()), (2, "", expected));
    assert_eq!(run(&repo, &["check", "--format=human", "--format=github", &to_file("json")]).code, 0);
}

#[cfg(unix)]
#[test]
fn a_report_is_replaced_as_a_whole() {
    use std::os::unix::fs::PermissionsExt;
    let repo = shop();
    let folder = repo.beside("reports");
    fs::create_dir(&folder).unwrap();
    let file = folder.join("report.json");
    fs::write(&file, "earlier").unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
    let output = format!("--format=json={}", file.display());
    // A limit on the size of files is as good as a full disk.
    let limited = format!("ulimit -f 0; exec '{}' check '{output}'", env!("CARGO_BIN_EXE_xtask"));
    let mut command = repo.command("sh", repo.top());
    let said = command.args(["-c", &format!("trap '' XFSZ; {limited}")]).output().unwrap();
    assert_eq!(said.status.code(), Some(3), "{}", String::from_utf8_lossy(&said.stderr));
    assert_eq!(fs::read_to_string(&file).unwrap(), "earlier");
    assert_eq!(run(&repo, &["check", &output]).code, 0);
    assert!(fs::read_to_string(&file).unwrap().contains("\"version\": 1"));
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o640);
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 1, "no temporary file is left");
    // What is no regular file is written where it is.
    let target = folder.join("target");
    fs::write(&target, "").unwrap();
    fs::remove_file(&file).unwrap();
    std::os::unix::fs::symlink("target", &file).unwrap();
    assert_eq!(run(&repo, &["check", &output]).code, 0);
    assert!(file.symlink_metadata().unwrap().is_symlink());
    assert!(fs::read_to_string(&target).unwrap().contains("\"version\": 1"));
}

#[test]
fn a_broken_configuration_is_shown_at_its_place() {
    let repo = shop();
    repo.write(".okteto/check.yml", "naming:\n  dev-containers: \"x\"\n");
    let said = run(&repo, &["check"]);
    assert_eq!(said.code, 2);
    assert!(said.out.contains("error[check/config]: `naming` has no key `dev-containers`"), "{}", said.out);
    assert!(said.out.contains(" --> .okteto/check.yml:2:3"), "{}", said.out);
    assert_eq!(run(&repo, &["fix"]).code, 2);
    // The index still holds the good one.
    assert_eq!(run(&repo, &["check", "--staged", "--strict"]).code, 0);
    let report: Value = serde_json::from_str(&run(&repo, &["check", "--format", "json"]).out).unwrap();
    assert_eq!(report["diagnostics"][0]["rule"], "check/config");
    repo.git(["add", "-A"]);
    let said = run(&repo, &["check", "--staged", "--format", "json"]);
    let report: Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!((said.code, &report["snapshot"]), (2, &json!("index")));
}

#[test]
fn colours_follow_the_usual_wishes() {
    let repo = shop();
    repo.write(MANIFEST, bad());
    let coloured = |flags: &[&str], variables: &[(&str, &str)]| {
        let mut command = xtask(&repo, repo.top(), [&["check"], flags].concat());
        let output = command.envs(variables.iter().copied()).output().unwrap();
        output.stdout.contains(&0x1b)
    };
    assert!(!coloured(&[], &[]), "a pipe shows none");
    assert!(coloured(&["--color", "always"], &[]));
    assert!(coloured(&["--color", "always"], &[("NO_COLOR", "1")]), "a flag wins over the environment");
    assert!(coloured(&[], &[("CLICOLOR_FORCE", "1")]));
    assert!(!coloured(&[], &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]));
    assert!(!coloured(&["--color", "never"], &[("CLICOLOR_FORCE", "1")]));
}

#[test]
fn since_counts_only_what_is_new() {
    let repo = shop();
    repo.write(MANIFEST, bad());
    repo.commit_all("the slip");
    // Moved and reindented, but not new.
    let moved = bad().replace("dev:\n", "# A comment.\n\n\ndev:\n");
    repo.write(MANIFEST, &moved);
    let said = run(&repo, &["check", "--since", "HEAD"]);
    assert_eq!(said.code, 0);
    let expected = "no problems in 5 files (_ ms)\n1 older error is in `HEAD` too: `cargo xtask check`\n";
    assert_eq!(timeless(&said.out), expected);
    assert_eq!(run(&repo, &["check", "--since", "HEAD~1"]).code, 1);
    // Another one beside it.
    let container = bad().lines().skip(2).map(|line| format!("{line}\n")).collect::<String>();
    repo.write(MANIFEST, moved + &container.replace("web-shop", "web-shop-two"));
    let said = run(&repo, &["check", "--since", "HEAD", "--format", "json"]);
    let report: Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!(said.code, 1);
    assert_eq!(report["summary"]["error"], 1);
    assert_eq!(report["diagnostics"][0]["subject"], "dev.web-shop-two.sync");
    // Two revisions, and the index.
    repo.git(["add", "-A"]);
    assert_eq!(run(&repo, &["check", "--rev", "HEAD", "--since", "HEAD~1"]).code, 1);
    assert_eq!(run(&repo, &["check", "--rev", "HEAD", "--since", "HEAD"]).code, 0);
    assert_eq!(run(&repo, &["check", "--staged", "--since", "HEAD"]).code, 1);
}

#[test]
fn a_block_that_moves_brings_nothing() {
    let repo = shop();
    let (head, one) = bad()
        .split_once("  web-shop:")
        .map(|(head, rest)| (head.to_owned(), format!("  web-shop:{rest}")))
        .unwrap();
    let two = one.replace("web-shop", "web-two");
    repo.write(MANIFEST, format!("{head}{one}{two}"));
    repo.commit_all("two slips");
    repo.write(MANIFEST, format!("{head}\n{two}\n{one}"));
    let said = run(&repo, &["check", "--since", "HEAD"]);
    assert_eq!(said.code, 0, "{}", said.out);
    assert!(said.out.ends_with("2 older errors are in `HEAD` too: `cargo xtask check`\n"), "{}", said.out);
    // Nor does one that moves from the work tree's point of view only.
    repo.git(["add", "-A"]);
    assert_eq!(run(&repo, &["check", "--staged"]).code, 0);
}

#[cfg(unix)]
#[test]
fn hostile_names_break_no_report() {
    let repo = shop();
    repo.write(".okteto/check.yml", only("dockerfile/cache-mount"));
    let folder = "apps/a b\n\"ё🚀%:,&<>'`$(x)";
    repo.write(&format!("{folder}/Dockerfile"), "FROM node:22\nRUN npm ci\n");
    repo.write("apps/-rf/Dockerfile", "FROM node:22\nRUN npm ci\n");
    for folder in [folder, "apps/-rf"] {
        repo.write(&format!("{folder}/package.json"), "{}\n");
    }
    repo.commit_all("names");
    let said = |format: &str| run(&repo, &["check", "--format", format]).out;
    let path = format!("{folder}/Dockerfile");
    let report: Value = serde_json::from_str(&said("json")).unwrap();
    assert_eq!(report["diagnostics"][1]["path"], path);
    let issues: Value = serde_json::from_str(&said("gitlab")).unwrap();
    assert_eq!(issues[1]["location"]["path"], path);
    let log: Value = serde_json::from_str(&said("sarif")).unwrap();
    let uri = &log["runs"][0]["results"][1]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"];
    assert_eq!(uri, "apps/a%20b%0A%22%D1%91%F0%9F%9A%80%25%3A,&%3C%3E'%60$(x)/Dockerfile");
    for format in ["github", "concise"] {
        assert_eq!(said(format).lines().count(), 2, "{format}: {}", said(format));
    }
    let junit = quick_junit::Report::deserialize_from_str(&said("junit")).unwrap();
    assert_eq!(junit.failures, 1);
}

#[test]
fn an_older_tree_with_a_broken_configuration_can_be_compared() {
    let repo = shop();
    repo.write(MANIFEST, bad());
    repo.write(".okteto/check.yml", "no-such-key: 1\n");
    repo.commit_all("all wrong");
    repo.write(".okteto/check.yml", only("dev/sync-base"));
    let said = run(&repo, &["check", "--since", "HEAD"]);
    assert_eq!((said.code, said.err.as_str()), (0, ""));
}

#[test]
fn nothing_is_written_by_any_check() {
    let repo = shop();
    repo.write(MANIFEST, bad());
    repo.write("apps/shop/new.txt", "");
    repo.git(["add", "-A"]);
    repo.write(MANIFEST, GOOD);
    let before = repo.everything();
    for args in [
        &["check"][..],
        &["check", "--staged"],
        &["check", "--staged", "--strict"],
        &["check", "--rev", "HEAD"],
        &["check", "--since", "HEAD"],
        &["fix", "--dry-run"],
        &["fix", "--staged", "--dry-run"],
        &["hook", "status"],
    ] {
        run(&repo, args);
        assert!(repo.everything() == before, "{args:?} writes");
    }
}

#[test]
fn since_searches_what_changed_for_credentials() {
    let repo = shop();
    repo.write(".okteto/check.yml", only("secrets/committed"));
    let page = xtask::rules::find("secrets/committed").unwrap().page;
    let line = page.lines().find(|line| line.starts_with("export OKTETO_TOKEN=")).unwrap();
    repo.write("old.sh", format!("{line}\n"));
    assert_eq!(run(&repo, &["check"]).code, 1);
    repo.commit_all("old");
    repo.write("unrelated.txt", "");
    assert_eq!(run(&repo, &["check", "--since", "HEAD"]).code, 0);
    repo.write("new.sh", format!("{line}\n"));
    assert_eq!(run(&repo, &["check", "--since", "HEAD"]).code, 1, "an untracked file is new");
    repo.git(["add", "-A"]);
    assert_eq!(run(&repo, &["check", "--staged", "--since", "HEAD"]).code, 1);
    repo.commit_all("new");
    assert_eq!(run(&repo, &["check", "--rev", "HEAD", "--since", "HEAD~1"]).code, 1);
    assert_eq!(run(&repo, &["check", "--rev", "HEAD", "--since", "HEAD"]).code, 0);
}

#[test]
fn permissions_hold_in_the_comments_of_every_format() {
    let repo = Repo::with(&[
        (
            "okteto.yml",
            "dev:\n  web:\n    image: node:22\n    # check: allow(manifest/unknown-key) of a plugin\n    plugin: a\n    \
             other: b # check: allow(manifest/unknown-key) as well\n    sync: [.:/app]\nbuild:\n  web: {context: .}\n",
        ),
        (".stignore", ".git\n// check: allow(ignore/dialect) for another tool\n# a note\n"),
        (".dockerignore", ".git\n# check: allow(ignore/dead-pattern) explained elsewhere\n!x\n*\n"),
        ("Dockerfile", "FROM node:22\n# check: allow(dockerfile/cache-mount) once a year\nRUN npm ci\n"),
        (
            "docs/runbooks/a.md",
            "# a\n\n<!-- check: allow(runbook/unknown-name) an example -->\n`okteto up nobody`\n",
        ),
    ]);
    let rules = [
        "manifest/unknown-key",
        "ignore/dialect",
        "ignore/dead-pattern",
        "dockerfile/cache-mount",
        "runbook",
    ];
    let selected = rules.iter().flat_map(|rule| ["--rule", rule]);
    let arguments: Vec<&str> = ["check", "--rule", "check"].into_iter().chain(selected).collect();
    let said = run(&repo, &arguments);
    assert_eq!(timeless(&said.out), "no problems, 6 suppressed in 5 files (_ ms)\n");

    repo.write("okteto.yml", "dev:\n  # check: allow(manifest/unknwn-key) x\n  web: {image: node:22}\n");
    let said = run(&repo, &["check", "--rule", "check", "--format", "concise"]);
    assert!(said.out.contains("there is no rule `manifest/unknwn-key` to allow"), "{}", said.out);
    let said = run(&repo, &["check", "--rule", "check"]);
    assert!(said.out.contains("did you mean `manifest/unknown-key`?"), "{}", said.out);
}

#[test]
fn every_command_shows_an_example_of_its_use() {
    fn leaves(command: &clap::Command) -> Vec<&clap::Command> {
        let inner: Vec<&clap::Command> =
            command.get_subcommands().filter(|inner| inner.get_name() != "help").collect();
        if inner.is_empty() { vec![command] } else { inner.into_iter().flat_map(leaves).collect() }
    }
    let command = <xtask::cli::Cli as clap::CommandFactory>::command();
    for leaf in leaves(&command) {
        let help = leaf.get_after_help().map(ToString::to_string).unwrap_or_default();
        assert!(help.contains("cargo xtask"), "`{}` shows no example", leaf.get_name());
    }
}
