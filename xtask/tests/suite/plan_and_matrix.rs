//! `plan` and `matrix` through the real binary, in real repositories.

use crate::support::git_repo::Repo;
use serde_json::{Value, json};
use std::process::Output;

fn run(repo: &Repo, args: &[&str]) -> Output {
    repo.command(env!("CARGO_BIN_EXE_xtask"), repo.top()).args(args).output().unwrap()
}

fn ask(repo: &Repo, args: &[&str]) -> Value {
    let output = run(repo, &[args, &["--format", "json"]].concat());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn human(repo: &Repo, args: &[&str]) -> String {
    let output = run(repo, args);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn fixture() -> Repo {
    let repo = Repo::with(&[
        (
            "okteto.yml",
            "build:\n  web:\n    context: web\n  same:\n    context: web\ndeploy:\n  image: x\n  commands: [make]\ndev:\n  web:\n    sync: ['web:/app']\n  twin:\n    sync: ['web:/app']\n",
        ),
        (".gitignore", "node_modules\n"),
        (".oktetoignore", "web\n[deploy]\n!web/src\n"),
        ("web/package.json", "{\"name\": \"web\", \"dependencies\": {\"next\": \"16\"}}"),
        ("web/.stignore", "(?d)node_modules\n!/src\n*.map\nunused\n"),
        ("web/.dockerignore", "node_modules\n*\n!src\n"),
        ("web/Dockerfile", "FROM scratch\n"),
    ]);
    // 100 and 20 bytes that git ignores, and 30 that it does not.
    repo.write("web/node_modules/a/index.js", "x".repeat(100));
    repo.write("web/node_modules/b.map", "x".repeat(20));
    repo.write("web/src/page.map", "x".repeat(30));
    repo.write("web/dist/page.map", "x".repeat(7));
    repo
}

#[test]
fn a_plan_counts_what_lies_on_the_disk() {
    let repo = fixture();
    #[cfg(unix)]
    repo.link("../../okteto.yml", "web/src/link");
    let answer = ask(&repo, &["plan", "sync"]);
    assert_eq!((&answer["version"], &answer["kind"]), (&json!(1), &json!("sync")));
    let [plan] = answer["plans"].as_array().unwrap().as_slice() else { panic!("one folder, one plan") };
    assert_eq!(plan["names"], json!(["web", "twin"]));
    assert_eq!(plan["root"], "web");
    assert_eq!(plan["ignore_file"], "web/.stignore");
    assert_eq!(plan["error"], Value::Null);
    // Syncthing's own `.stignore` is ignored by no line.
    assert_eq!(plan["ignored"]["files"], 4);
    let size = |path: &str| std::fs::symlink_metadata(repo.top().join(path)).unwrap().len();
    let sent =
        ["web/package.json", "web/.dockerignore", "web/Dockerfile", "web/src/page.map", "web/src/link"];
    assert_eq!(plan["sent"]["files"], 5);
    assert_eq!(plan["sent"]["bytes"], sent.iter().map(|path| size(path)).sum::<u64>());
    assert_eq!(
        plan["lines"],
        json!([
            {"file": "web/.stignore", "line": 1, "pattern": "(?d)node_modules", "files": 2, "bytes": 120},
            {"file": "web/.stignore", "line": 3, "pattern": "*.map", "files": 1, "bytes": 7},
            {"file": "web/.stignore", "line": 4, "pattern": "unused", "files": 0, "bytes": 0},
        ])
    );
    let folders = plan["folders"].as_array().unwrap();
    let total: u64 = folders.iter().map(|folder| folder["bytes"].as_u64().unwrap()).sum();
    assert_eq!(total, plan["sent"]["bytes"].as_u64().unwrap());
}

#[test]
fn builds_under_the_same_rules_are_one_plan() {
    let repo = fixture();
    let answer = ask(&repo, &["plan", "context", "same"]);
    let [plan] = answer["plans"].as_array().unwrap().as_slice() else { panic!("one context, one plan") };
    assert_eq!(plan["names"], json!(["web", "same"]));
    assert_eq!(plan["builders"], json!(["okteto", "docker"]));
    assert_eq!(plan["sent"], json!({"files": 1, "bytes": 30}));
    // `node_modules` is left out before BuildKit comes to `*`.
    let lines: Vec<_> =
        plan["lines"].as_array().unwrap().iter().map(|line| (&line["line"], &line["files"])).collect();
    assert_eq!(lines, [(&json!(2), &json!(5)), (&json!(1), &json!(2))]);
}

#[test]
fn remote_runs_have_their_sections() {
    let repo = fixture();
    let answer = ask(&repo, &["plan", "remote", "deploy"]);
    let plan = &answer["plans"][0];
    let folders: Vec<&str> =
        plan["folders"].as_array().unwrap().iter().map(|folder| folder["path"].as_str().unwrap()).collect();
    // Okteto reads no `.dockerignore` here: `.git` goes along.
    assert!(folders.iter().any(|path| path.starts_with(".git")), "{folders:?}");
    assert!(folders.contains(&"web"), "{folders:?}");
    let kept: Vec<_> =
        plan["lines"].as_array().unwrap().iter().map(|line| (&line["pattern"], &line["files"])).collect();
    // All of `web` but `web/src`.
    assert_eq!(kept, [(&json!("web"), &json!(7))]);
}

#[test]
fn plans_are_short_and_beautiful() {
    let repo = fixture();
    let text = human(&repo, &["plan", "context", "web"]);
    assert_eq!(
        text,
        "web, same get web (web/.dockerignore)
  1 file (30 B) sent, 7 files (243 B) kept out

  web/src  ████████████████████████████████████████       30 B  1 file

  kept out by
  web/.dockerignore:2  *                 123 B  5 files
  web/.dockerignore:1  node_modules      120 B  2 files
"
    );
    let output = run(&repo, &["plan", "sync", "wev"]);
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(
        String::from_utf8(output.stderr).unwrap(),
        "error: no manifest has a dev container that syncs files named `wev`; did you mean `web`?\n"
    );
    let empty = Repo::with(&[("README.md", "")]);
    assert_eq!(human(&empty, &["plan", "sync"]), "no dev container syncs a folder of this repository\n");
}

#[test]
fn what_is_in_force_without_an_ignore_file_or_with_a_broken_one() {
    let repo = Repo::with(&[
        (
            "okteto.yml",
            "build:\n  a: {context: a}\n  b: {context: a, dockerfile: B}\ndeploy:\n  commands: [make]\ntest:\n  unit: {context: a, commands: [make]}\ndev:\n  a:\n    sync: ['a:/app']\n",
        ),
        ("a/Dockerfile", "FROM scratch\n"),
        ("a/B", "FROM scratch\n"),
        ("a/Dockerfile.dockerignore", "\\y\n"),
    ]);
    repo.write("a/.stfolder/x", "x");
    repo.write("a/.syncthing.x.tmp", "x");
    // Names that are built into Syncthing stay at home even without a `.stignore`.
    let plan = &ask(&repo, &["plan", "sync"])["plans"][0];
    assert_eq!((&plan["ignore_file"], &plan["lines"]), (&Value::Null, &json!([])));
    assert_eq!((&plan["sent"]["files"], &plan["ignored"]["files"]), (&json!(3), &json!(2)));
    // The build fails in the walk: what was asked by then is counted, the reason is told.
    let plans = &ask(&repo, &["plan", "context"])["plans"];
    let told: Vec<_> =
        plans.as_array().unwrap().iter().map(|plan| (&plan["names"], &plan["error"])).collect();
    let error = plans[0]["error"].as_str().unwrap();
    assert!(error.ends_with(": failed to match excludepatterns: syntax error in pattern"), "{error}");
    assert_eq!(told[1..], [(&json!(["b"]), &Value::Null)]);
    // This deploy runs on the laptop.
    let plans = &ask(&repo, &["plan", "remote"])["plans"];
    let names: Vec<_> = plans.as_array().unwrap().iter().map(|plan| &plan["names"]).collect();
    assert_eq!(names, [&json!(["test.unit"])]);
    assert_eq!(
        human(&repo, &["plan", "remote"]).lines().nth(1).unwrap(),
        "  5 files (31 B) sent, 0 files (0 B) kept out"
    );
}

#[cfg(unix)]
#[test]
fn unreadable_ignore_files_and_strange_names_are_told() {
    let repo = Repo::with(&[
        (
            "okteto.yml",
            "build:\n  a: {context: a}\n  b: {context: a, dockerfile: B}\ntest:\n  unit: {context: a, commands: [make]}\n",
        ),
        ("a/Dockerfile", "FROM scratch\n"),
        ("a/B", "FROM scratch\n"),
    ]);
    // 32 MiB are never an ignore file.
    let large = std::fs::File::create(repo.top().join("a/Dockerfile.dockerignore")).unwrap();
    large.set_len(32 << 20).unwrap();
    std::fs::copy(repo.top().join("a/Dockerfile.dockerignore"), repo.top().join("a/.oktetoignore")).unwrap();
    repo.write("a/new\nline/\u{1b}[31mx", "x");
    let plans = &ask(&repo, &["plan", "context"])["plans"];
    let names: Vec<_> = plans.as_array().unwrap().iter().map(|plan| &plan["names"]).collect();
    assert_eq!(names, [&json!(["a"]), &json!(["b"])], "one with an error, one without");
    let why = ask(&repo, &["why", "a/x"]);
    let result = &why["results"][0];
    for answer in [&result["builds"][0], &result["builds"][1], &result["remote"][0]] {
        assert!(answer["error"].as_str().unwrap().starts_with("a/"), "{answer}");
    }
    assert_eq!(result["builds"][2]["error"], Value::Null);
    let text = human(&repo, &["plan", "context", "b"]);
    assert!(!text.contains('\u{1b}') && text.contains("new\\nline"), "{text}");
}

#[test]
fn the_matrix_holds_classes_against_files() {
    let repo = fixture();
    let answer = ask(&repo, &["matrix"]);
    let columns: Vec<String> = answer["columns"]
        .as_array()
        .unwrap()
        .iter()
        .map(|column| format!("{} {} {}", column["kind"], column["root"], column["file"]))
        .collect();
    assert_eq!(
        columns,
        [
            r#""git" "." null"#,
            r#""sync" "web" "web/.stignore""#,
            r#""build" "web" "web/.dockerignore""#,
            r#""remote" "." ".oktetoignore""#,
        ]
    );
    let row = |path: &str| {
        let rows = answer["rows"].as_array().unwrap();
        rows.iter().find(|row| row["path"] == path).unwrap_or_else(|| panic!("a row for {path}")).clone()
    };
    let modules = row("web/node_modules");
    assert_eq!(modules["class"], "dependencies");
    let cell = |ignored: bool, file: &str, line: usize, pattern: &str| json!({"ignored": ignored, "file": file, "line": line, "pattern": pattern});
    assert_eq!(
        modules["cells"],
        json!([
            cell(true, ".gitignore", 1, "node_modules"),
            cell(true, "web/.stignore", 1, "(?d)node_modules"),
            cell(true, "web/.dockerignore", 1, "node_modules"),
            cell(true, ".oktetoignore", 1, "web"),
        ])
    );
    let next = row("web/.next");
    assert_eq!(next["cells"][1], json!({"ignored": false, "file": null, "line": null, "pattern": null}));
    let git = row(".git");
    assert_eq!((&git["cells"][1], &git["cells"][3]["ignored"]), (&Value::Null, &json!(false)));
    let text = human(&repo, &["matrix"]);
    assert!(text.contains("  .next              gets through"), "{text}");
}

#[test]
fn nothing_is_written() {
    let repo = fixture();
    let before = repo.everything();
    for args in [&["plan", "sync"][..], &["plan", "context"], &["plan", "remote"], &["matrix"]] {
        run(&repo, args);
    }
    assert_eq!(repo.everything(), before);
}
