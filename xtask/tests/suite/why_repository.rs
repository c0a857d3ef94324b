//! `why PATH...` through the real binary, in real repositories.

use crate::support::git_repo::Repo;
use serde_json::{Value, json};
use std::io::Write;
use std::process::{Output, Stdio};

fn run(repo: &Repo, folder: &str, args: &[&str], input: &[u8]) -> Output {
    let mut child = repo
        .command(env!("CARGO_BIN_EXE_xtask"), &repo.top().join(folder))
        .arg("why")
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let _ = child.stdin.take().unwrap().write_all(input);
    child.wait_with_output().unwrap()
}

fn ask(repo: &Repo, paths: &[&str]) -> Value {
    let output = run(repo, ".", &[&["--format", "json", "--"], paths].concat(), b"");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

const MANIFEST: &str = "\
build:
  web:
    context: .
    dockerfile: apps/web/Dockerfile
deploy:
  remote: true
  commands: [make]
destroy: [make]
dev:
  web:
    sync: ['..:/app']
  local:
    mode: hybrid
    sync: ['..:/app']
test:
  unit:
    context: apps/web
    commands: [make]
";

fn fixture() -> Repo {
    Repo::with(&[
        (".okteto/okteto.yml", MANIFEST),
        (".stignore", "#include shared\n!keep\n.env\n"),
        ("shared", "node_modules\n"),
        (".dockerignore", "**/.env\n"),
        ("apps/web/Dockerfile", "FROM scratch\n"),
        ("apps/web/.dockerignore", "docs\n"),
        (".oktetoignore", "[deploy]\napps\n"),
        ("apps/web/.oktetoignore", "[test.unit]\n.env\n"),
        (".gitignore", "node_modules/\n.env\n"),
        ("apps/web/.gitignore", "!.env\n"),
        ("apps/web/.env", "A=b\n"),
    ])
}

#[test]
fn the_form_is_a_contract() {
    let repo = fixture();
    let manifest = ".okteto/okteto.yml";
    let entry = |ignored: bool, file: Value, line: Value, pattern: Value| json!({"ignored": ignored, "file": file, "line": line, "pattern": pattern});
    let with = |mut value: Value, extra: Value| {
        value.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        value
    };
    let expected = json!({"version": 1, "results": [{
        "path": "apps/web/.env",
        "is_dir": false,
        "git": with(
            entry(false, json!("apps/web/.gitignore"), json!(1), json!("!.env")),
            json!({"tracked": true}),
        ),
        "sync": [with(
            entry(true, json!(".stignore"), json!(3), json!(".env")),
            json!({"manifest": manifest, "dev": "web", "root": ".", "cluster_ignored": true}),
        )],
        "builds": [
            with(
                entry(false, Value::Null, Value::Null, Value::Null),
                json!({"manifest": manifest, "build": "web", "builder": "okteto"}),
            ),
            with(
                entry(true, json!(".dockerignore"), json!(1), json!("**/.env")),
                json!({"manifest": manifest, "build": "web", "builder": "docker"}),
            ),
        ],
        "remote": [
            with(
                entry(true, json!(".oktetoignore"), json!(2), json!("apps")),
                json!({"manifest": manifest, "section": "deploy"}),
            ),
            with(
                entry(true, json!("apps/web/.oktetoignore"), json!(2), json!(".env")),
                json!({"manifest": manifest, "section": "test.unit"}),
            ),
        ],
    }]});
    assert_eq!(ask(&repo, &["apps/web/.env"]), expected);
}

#[test]
fn laptop_and_pod_may_differ() {
    let repo = fixture();
    let answer = ask(&repo, &["apps/web/node_modules/"]);
    let sync = &answer["results"][0]["sync"][0];
    assert_eq!((&sync["file"], &sync["line"], &sync["ignored"]), (&json!("shared"), &json!(1), &json!(true)));
    assert_eq!(sync["cluster_ignored"], false);
    let output = run(&repo, ".", &["apps/web/node_modules/"], b"");
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(
        text.contains("sync    not synced from here, but from the pod  shared:1: node_modules"),
        "{text}"
    );
}

#[test]
fn paths_start_at_the_working_folder_and_stay_inside() {
    let repo = fixture();
    let output = run(&repo, "apps/web", &["--format", "json", ".env", "../../shared", "."], b"");
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    let paths: Vec<_> = (0..3).map(|index| answer["results"][index]["path"].as_str().unwrap()).collect();
    assert_eq!(paths, ["apps/web/.env", "shared", "apps/web"]);
    assert_eq!(answer["results"][2]["is_dir"], true);
    let output = run(&repo, ".", &["../elsewhere"], b"");
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn untracked_files_count_and_broken_ones_are_told() {
    let repo = Repo::with(&[("README.md", "")]);
    repo.write("okteto.yml", "dev:\n  web:\n    sync: ['.:/app']\n");
    repo.write(".stignore", "ok\n[a-z0-9]x\n");
    let answer = ask(&repo, &["ok"]);
    let sync = &answer["results"][0]["sync"][0];
    assert_eq!(sync["ignored"], false);
    assert!(sync["error"].as_str().unwrap().contains("expected close range character"), "{sync}");
}

#[cfg(unix)]
#[test]
fn links_are_followed_within_the_repository_alone() {
    let repo = Repo::with(&[
        ("okteto.yml", "dev:\n  web:\n    sync: ['.:/app', 'a:/a', 'b:/b']\n"),
        ("rules/st", "x\n"),
    ]);
    let outside = repo.beside("st");
    std::fs::write(&outside, "y\n").unwrap();
    repo.link("rules/st", ".stignore");
    let answer = ask(&repo, &["x", "y"]);
    assert_eq!(answer["results"][0]["sync"][0]["ignored"], true);
    assert_eq!(answer["results"][0]["sync"][0]["file"], ".stignore");
    repo.remove(".stignore");
    repo.link(outside.to_str().unwrap(), ".stignore");
    let answer = ask(&repo, &["x", "y"]);
    assert_eq!(answer["results"][1]["sync"][0]["ignored"], false);
    assert!(answer["results"][1]["sync"][0]["error"].is_string(), "{answer}");
}

#[test]
fn nothing_is_written() {
    let repo = fixture();
    let before = repo.everything();
    ask(&repo, &["apps", "none"]);
    assert_eq!(repo.everything(), before);
}

/// Every path of a tree with nested files, `info/exclude` and a global file, as `git check-ignore` answers.
#[test]
fn git_agrees() {
    let repo = Repo::new();
    repo.write(".gitignore", "*.log\n!keep.log\n/out/\ndeep/**/x\n[!a-c].txt\nspaced\\ \n");
    repo.write("a/.gitignore", "!b.log\n/only\n*.tmp\n");
    repo.write("a/b/.gitignore", "*\n!.gitignore\n!c/\n");
    repo.write("out/.gitignore", "!*\n");
    repo.write(".git/info/exclude", "private\n*.tmp\n");
    repo.write("../global", "global\n");
    repo.git(["config", "core.excludesFile", "../global"]);
    let names =
        ["x", "b.log", "keep.log", "only", "private", "global", "d.txt", "a.txt", "spaced ", "y.tmp", "c"];
    let mut paths = Vec::new();
    for folder in ["", "a/", "a/b/", "a/b/c/", "out/", "deep/", "deep/er/", "p/private/in/"] {
        for name in names {
            repo.write(&format!("{folder}{name}{}", if name == "c" { "/f" } else { "" }), "");
            paths.push(format!("{folder}{name}"));
        }
    }
    let input: Vec<u8> = paths.iter().flat_map(|path| [path.as_bytes(), b"\0"].concat()).collect();
    let output = run(&repo, ".", &["--format", "json", "-z", "--stdin"], &input);
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();

    let mut git = repo.command("git", repo.top());
    git.args(["check-ignore", "-z", "--stdin", "-v", "-n", "--no-index"]);
    let mut child = git.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    std::thread::spawn(move || stdin.write_all(&input));
    let expected = child.wait_with_output().unwrap().stdout;
    let fields: Vec<String> =
        expected.split(|byte| *byte == 0).map(|field| String::from_utf8_lossy(field).into_owned()).collect();
    for ((path, expected), result) in
        paths.iter().zip(fields.chunks(4)).zip(answer["results"].as_array().unwrap())
    {
        let [file, line, pattern, named] = expected else { panic!("four fields") };
        assert_eq!(named, path);
        let git = &result["git"];
        assert_eq!(git["ignored"], !pattern.is_empty() && !pattern.starts_with('!'), "{path} {expected:?}");
        assert_eq!(git["line"].as_u64().map_or(String::new(), |line| line.to_string()), *line, "{path}");
        assert_eq!(git["pattern"].as_str().unwrap_or_default(), pattern, "{path}");
        let shown = if file.ends_with("global") { "core.excludesFile" } else { file };
        assert_eq!(git["file"].as_str().unwrap_or_default(), shown, "{path}");
    }
}
