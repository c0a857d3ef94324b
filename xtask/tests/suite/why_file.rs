//! `why --dialect D --ignore-file FILE` through the real binary, with the answers of the real tools.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

type Row = BTreeMap<String, String>;

fn vectors(name: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/ignore").join(name)).unwrap()
}

/// The rows of a table by column name, those about one file together.
fn cases(name: &str) -> Vec<Vec<Row>> {
    let text = vectors(name);
    let mut lines = text.lines();
    let columns: Vec<&str> = lines.next().unwrap().split('\t').collect();
    let mut cases: BTreeMap<(String, String), Vec<Row>> = BTreeMap::new();
    for line in lines {
        let row: Row =
            columns.iter().map(|name| (*name).to_owned()).zip(line.split('\t').map(str::to_owned)).collect();
        let files = row.get("files").cloned().unwrap_or_default();
        cases.entry((row["text"].clone(), files)).or_default().push(row);
    }
    assert!(cases.len() > 20, "{name} is read");
    cases.into_values().collect()
}

/// A folder outside of any repository.
struct Place {
    folder: TempDir,
}

impl Place {
    fn new(files: &[(&str, &[u8])]) -> Self {
        let place = Self { folder: TempDir::new().unwrap() };
        for (name, content) in files {
            place.write(name, content);
        }
        place
    }

    fn write(&self, name: &str, content: &[u8]) -> PathBuf {
        let path = self.folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        path
    }

    fn run(&self, args: &[&str], input: &[u8]) -> Output {
        let mut child = Command::new(env!("CARGO_BIN_EXE_xtask"))
            .arg("why")
            .args(args)
            .current_dir(self.folder.path())
            .env("GIT_CEILING_DIRECTORIES", self.folder.path().parent().unwrap())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // Wrong usage is refused before the paths are read.
        let _ = child.stdin.take().unwrap().write_all(input);
        child.wait_with_output().unwrap()
    }

    fn ask(&self, args: &[&str], paths: &[&[u8]]) -> Value {
        let input: Vec<u8> = paths.iter().flat_map(|path| [path, b"\0" as &[u8]].concat()).collect();
        let output = self.run(&[args, &["--format", "json", "-z", "--stdin"]].concat(), &input);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(answer["results"].as_array().unwrap().len(), paths.len());
        answer
    }
}

/// Asks about all rows of one file at once.
fn ask(place: &Place, dialect: &str, rows: &[Row], extra: &[&str]) -> Value {
    let text: String = serde_json::from_str(&rows[0]["text"]).unwrap();
    place.write("case/file", text.as_bytes());
    let paths: Vec<String> = rows
        .iter()
        .map(|row| if row["is_dir"] == "1" { format!("{}/", row["path"]) } else { row["path"].clone() })
        .collect();
    let paths: Vec<&[u8]> = paths.iter().map(String::as_bytes).collect();
    place.ask(&[&["--dialect", dialect, "--ignore-file", "case/file"], extra].concat(), &paths)
}

#[test]
fn stignore_answers_as_syncthing() {
    let place = Place::new(&[]);
    for rows in cases("stignore.tsv") {
        if !rows[0]["files"].is_empty() {
            let files: BTreeMap<String, String> = serde_json::from_str(&rows[0]["files"]).unwrap();
            for (name, text) in files {
                place.write(&format!("case/{name}"), text.as_bytes());
            }
        }
        let answer = ask(&place, "stignore", &rows, &[]);
        let macos = ask(&place, "stignore", &rows, &["--platform", "macos"]);
        for (index, row) in rows.iter().enumerate() {
            let result = &answer["results"][index];
            assert_eq!(answer["error"].as_str().unwrap_or_default(), row["error"], "{row:?}");
            assert_eq!(result["path"], row["path"].as_str());
            assert_eq!(result["ignored"], row["ignored"] == "1", "{row:?}");
            assert_eq!(result["can_skip_dir"], row["can_skip_dir"] == "1", "{row:?}");
            assert_eq!(macos["results"][index]["ignored"], row["ignored_macos"] == "1", "{row:?}");
            if row["ignored"] == "1" {
                assert_eq!(result["deletable"], row["deletable"] == "1", "{row:?}");
            }
        }
    }
}

#[test]
fn dockerignore_answers_as_buildkit() {
    let place = Place::new(&[]);
    for rows in cases("dockerignore.tsv") {
        let answer = ask(&place, "dockerignore", &rows, &[]);
        for (result, row) in answer["results"].as_array().unwrap().iter().zip(&rows) {
            let file = answer["error"].as_str().map(|error| format!("new: {error}"));
            let own = || result["error"].as_str().map(str::to_owned);
            assert_eq!(result["ignored"], row["ignored"] == "1", "{row:?}");
            assert_eq!(file.or_else(own).unwrap_or_default(), row["error"], "{row:?}");
        }
    }
}

#[test]
fn gitignore_answers_as_git() {
    let place = Place::new(&[]);
    for rows in cases("gitignore.tsv") {
        if !rows[0]["files"].is_empty() {
            continue; // nested files are the repository's form
        }
        let answer = ask(&place, "gitignore", &rows, &[]);
        for (result, row) in answer["results"].as_array().unwrap().iter().zip(&rows) {
            assert_eq!(result["ignored"], row["ignored"] == "1", "{row:?}");
            let by = result["line"].as_u64().map_or_else(String::new, |line| {
                format!(".gitignore:{line}:{}", result["pattern"].as_str().unwrap())
            });
            assert_eq!(by, row["decided_by"], "{row:?}");
        }
    }
}

#[test]
fn oktetoignore_answers_as_okteto() {
    let place = Place::new(&[]);
    let cases: Vec<Value> = serde_json::from_str(&vectors("oktetoignore.json")).unwrap();
    for case in &cases {
        place.write("case/.oktetoignore", case["text"].as_str().unwrap().as_bytes());
        let paths: Vec<&str> =
            case["probe_paths"].as_array().unwrap().iter().map(|path| path.as_str().unwrap()).collect();
        let bytes: Vec<&[u8]> = paths.iter().map(|path| path.as_bytes()).collect();
        for (command, effective) in case["effective"].as_object().unwrap() {
            let section = command.replace(':', ".");
            let file = ["--dialect", "oktetoignore", "--ignore-file", "case/.oktetoignore"];
            let asked = [&file[..], &["--section", &section]].concat();
            // Without a section, deploy is asked.
            let answer = place.ask(if section == "deploy" { &file } else { &asked }, &bytes);
            let Some(expected) = effective["ignored"].as_array() else {
                let failed =
                    answer["results"].as_array().unwrap().iter().any(|result| result["error"].is_string());
                assert!(failed || answer["error"].is_string(), "{} {command}", case["id"]);
                continue;
            };
            let ignored: Vec<&Value> = answer["results"]
                .as_array()
                .unwrap()
                .iter()
                .filter_map(|result| (result["ignored"] == true).then_some(&result["path"]))
                .collect();
            assert_eq!(ignored, expected.iter().collect::<Vec<_>>(), "{} {command}", case["id"]);
        }
    }
}

#[test]
fn odd_paths_come_back_in_order() {
    let place = Place::new(&[("f", b"b \\ c\n*.txt\n\xff\n")]);
    let paths: [&[u8]; 8] =
        [b" a ", b"b\nc", b"", b"-x.txt", b"\xff", b"x\"y\\z.txt/", "я.txt".as_bytes(), b"a//"];
    let answer = place.ask(&["--dialect", "gitignore", "--ignore-file", "f"], &paths);
    let shown: Vec<(&str, bool, bool)> = answer["results"]
        .as_array()
        .unwrap()
        .iter()
        .map(|result| {
            let flag = |name: &str| result[name].as_bool().unwrap();
            (result["path"].as_str().unwrap(), flag("is_dir"), flag("ignored"))
        })
        .collect();
    assert_eq!(
        shown,
        [
            (" a ", false, false),
            ("b\nc", false, false),
            ("", false, false),
            ("-x.txt", false, true),
            ("\u{fffd}", false, true),
            ("x\"y\\z.txt", true, true),
            ("я.txt", false, true),
            ("a", true, false),
        ]
    );
}

#[test]
fn paths_are_arguments_or_lines_too() {
    let place = Place::new(&[("f", b"a\n")]);
    let file = ["--dialect", "gitignore", "--ignore-file", "f"];
    let output = place.run(&[&file[..], &["a", "b/"]].concat(), b"");
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "ignored  a  f:1: a\nkept     b/\n");
    let output = place.run(&[&file[..], &["--stdin"]].concat(), b"a\r\nx y\n");
    // Control characters do not reach the terminal as such.
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "kept     a\\r\nkept     x y\n");
    assert!(output.status.success());
}

#[test]
fn wrong_usage_is_refused() {
    let place = Place::new(&[("f", b"a\n")]);
    for args in [
        &["--dialect", "npmignore", "--ignore-file", "f", "a"][..],
        &["--dialect", "stignore", "a"],
        &["--ignore-file", "f", "a"],
        &["--dialect", "stignore", "--ignore-file", "none", "a"],
        &["--dialect", "oktetoignore", "--ignore-file", "f", "--section", "build", "a"],
        &["--dialect", "stignore", "--ignore-file", "f"],
    ] {
        let output = place.run(args, b"");
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        assert!(!output.stderr.is_empty());
    }
}

#[test]
fn includes_lie_beside_the_file_and_never_lead_out() {
    let place = Place::new(&[
        ("out", b"secret\n"),
        ("in/.stignore", b"#include sub/more\n"),
        ("in/sub/more", b"one\n#include ../two\n"),
        ("in/two", b"two\n#include ./sub/more\n"),
        ("in/bad", b"ok\n#include ../out\n"),
    ]);
    let ask = |file: &str| {
        place.ask(&["--dialect", "stignore", "--ignore-file", file], &[b"one", b"two", b"secret"])
    };
    let answer = ask("in/.stignore");
    // The include that closes the circle is a repeated file.
    assert_eq!(
        answer["error"],
        "parse error: failed to load include file sub/more: parse error: failed to load include file two: \
         parse error: failed to load include file sub/more: multiple include"
    );
    place.write("in/two", b"two\n");
    let answer = ask("in/.stignore");
    assert_eq!(answer["error"], Value::Null);
    let lines: Vec<_> = (0..3).map(|index| answer["results"][index]["line"].as_u64()).collect();
    assert_eq!(lines, [Some(1), Some(1), None]);
    let error = ask("in/bad")["error"].as_str().unwrap().to_owned();
    assert!(error.contains("failed to load include file ../out: it lies outside"), "{error}");
}
