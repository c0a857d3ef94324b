//! What the fixes of the `ignore/` rules make of a repository, asked of the engines themselves, and input that pages
//! cannot show.

use std::collections::BTreeMap;
use xtask::config::Config;
use xtask::diagnostic::{Diagnostic, Edit, Severity};
use xtask::engine::{self, Selection};
use xtask::facts::Facts;
use xtask::model::context::Builder;
use xtask::rules;
use xtask::snapshot::Snapshot;
use xtask::source::RepoPath;

type Tree = BTreeMap<String, String>;

fn tree(files: &[(&str, &str)]) -> Tree {
    files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect()
}

fn facts(tree: &Tree) -> Facts {
    let files = tree.iter().map(|(path, text)| (path.clone(), text.as_bytes().to_vec()));
    Facts::new(Snapshot::memory(files), None, Config::default())
}

fn findings(tree: &Tree) -> Vec<Diagnostic> {
    let rules = rules::all().filter(|rule| rule.group() == "ignore").collect();
    let selection = Selection { rules, level: Severity::Note, named: true, paths: Vec::new() };
    let report = engine::run(&facts(tree), &selection).report;
    assert!(report.errors.is_empty(), "{:?}", report.errors);
    report.diagnostics
}

fn ids(tree: &Tree) -> Vec<&'static str> {
    findings(tree).iter().map(|finding| finding.rule).collect()
}

/// The tree after all fixes, one finding a pass.
fn fixed(mut tree: Tree) -> Tree {
    for _ in 0..20 {
        let Some(fix) = findings(&tree).into_iter().find_map(|finding| finding.fix) else { return tree };
        let mut edits = fix.edits;
        edits.sort_by_key(|edit| match edit {
            Edit::Replace { place, .. } => std::cmp::Reverse(place.span),
            _ => std::cmp::Reverse(xtask::source::Span::at(0)),
        });
        for edit in edits {
            match edit {
                Edit::Replace { place, text } => {
                    let file = tree.get_mut(place.path.as_str()).expect("an edited file");
                    file.replace_range(place.span.start..place.span.end, &text);
                }
                Edit::Create { path, text } => drop(tree.insert(path.as_str().to_owned(), text)),
                Edit::Delete { path } => drop(tree.remove(path.as_str())),
            }
        }
    }
    panic!("the fixes do not come to an end: {:?}", ids(&tree));
}

const MANIFEST: &str = "build:\n  web:\n    context: .\ndeploy:\n  remote: true\n  commands: [echo]\ndev:\n  web:\n    image: node:22\n    workdir: /app/apps/web\n    sync: ['.:/app']\n";

fn monorepo(ignore_files: &[(&str, &str)]) -> Tree {
    let mut files = tree(&[
        ("okteto.yml", MANIFEST),
        ("Dockerfile", "FROM node:22\nCOPY . .\n"),
        ("package.json", r#"{"name": "root", "workspaces": ["apps/*"]}"#),
        (
            "apps/web/package.json",
            r#"{"name": "web", "scripts": {"dev": "next dev"}, "dependencies": {"next": "16"}}"#,
        ),
        ("apps/web/src/page.tsx", ""),
        ("apps/web/.env.example", "A=\n"),
        (".gitignore", "node_modules\n.next\n.env\n.env.*\n!.env.example\n"),
    ]);
    files.extend(tree(ignore_files));
    files
}

const UNWANTED: [&str; 6] = [
    ".git/config",
    "node_modules/a/b.js",
    "apps/web/node_modules/a/b.js",
    "apps/web/.next/BUILD_ID",
    "apps/web/.env",
    "apps/web/.env.local",
];

/// Everything unwanted is kept back on all ways out, and the sources are not.
fn assert_right(tree: &Tree) {
    assert_eq!(ids(tree), Vec::<&str>::new(), "{tree:#?}");
    let facts = facts(tree);
    let sync = &facts.synced().folders[0];
    let build = &facts.contexts().builds[0];
    let run = &facts.contexts().remotes[0];
    let ignored = |path: &str| {
        let path = RepoPath::new(path);
        [
            sync.verdict(&path).unwrap().ignored,
            build.verdict(Builder::Okteto, &path).unwrap().ignored,
            run.verdict(&path).unwrap().ignored,
        ]
    };
    for path in UNWANTED {
        assert_eq!(ignored(path), [true; 3], "{path} in {tree:#?}");
    }
    assert_eq!(ignored("apps/web/src/page.tsx"), [false; 3]);
    assert!(!sync.verdict(&"apps/web/.env.example".into()).unwrap().ignored);
}

#[test]
fn missing_files_are_written_for_what_the_repository_has() {
    let files = monorepo(&[]);
    let missing = ["ignore/missing-dockerignore", "ignore/missing-oktetoignore", "ignore/missing-stignore"];
    let mut found = ids(&files);
    found.sort_unstable();
    assert_eq!(found, missing);
    assert_right(&fixed(files));
}

#[test]
fn weak_files_are_completed_where_it_takes_effect() {
    let weak = "node_modules\n";
    assert_right(&fixed(monorepo(&[(".stignore", weak), (".dockerignore", weak), (".oktetoignore", weak)])));
    let negated = "!/apps/web\n.git\nnode_modules";
    let sections = "[deploy]\ndocs\n";
    assert_right(&fixed(monorepo(&[
        (".stignore", negated),
        (".dockerignore", ".env*\n"),
        (".oktetoignore", sections),
    ])));
}

#[test]
fn line_ends_are_kept() {
    let files = monorepo(&[
        (".stignore", "// all\r\n.git\r\nnode_modules\r\n"),
        (".dockerignore", ".git"),
        (".oktetoignore", ""),
    ]);
    let files = fixed(files);
    assert_right(&files);
    assert_eq!(files[".stignore"].replace("\r\n", "").matches('\n').count(), 0, "{:?}", files[".stignore"]);
    assert!(!files[".dockerignore"].ends_with('\n') && files[".dockerignore"].starts_with(".git\n"));
    assert!(files[".oktetoignore"].ends_with('\n'));
}

#[test]
fn a_byte_order_mark_kills_the_first_line_for_syncthing_alone() {
    let text = "\u{feff}node_modules\n.git\n.next\n!.env.example\n.env*\n";
    let files = monorepo(&[(".stignore", text), (".dockerignore", text), (".oktetoignore", text)]);
    assert!(ids(&files).contains(&"ignore/dialect"));
    assert_eq!(findings(&files).iter().filter(|finding| finding.rule == "ignore/dialect").count(), 1);
}

#[test]
fn hostile_files_are_survived() {
    let long = "x".repeat(70_000);
    let braces = "{".repeat(300);
    let many: String = (0..1_200).map(|number| format!("a{number}*b?c\n")).collect();
    for text in [
        long.as_str(),
        &braces,
        &many,
        "*a*a*a*a*a*a*b\n!*a*a*a*a*c\n",
        "\0\n\u{fffd}[\n",
        "!\n!!\n#include \n",
        "/\n//\n\\\n",
    ] {
        for name in [".stignore", ".dockerignore", ".oktetoignore"] {
            let files = monorepo(&[(name, text)]);
            for finding in findings(&files) {
                assert!(
                    finding.place.span.end <= files.get(finding.place.path.as_str()).map_or(0, String::len)
                );
            }
        }
    }
}
