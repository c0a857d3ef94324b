//! The rules about Dockerfiles on whole trees: the shared vectors, and what their fixes leave behind.

use crate::support::time::assert_linear;
use std::collections::BTreeSet;
use std::path::Path;

use proptest::prelude::*;
use xtask::config::Config;
use xtask::diagnostic::{Diagnostic, Edit, Safety, Severity};
use xtask::engine::{self, Selection};
use xtask::facts::Facts;
use xtask::model::image::{Image, Knowledge};
use xtask::rules;
use xtask::snapshot::Snapshot;
use xtask::source::{LineIndex, RepoPath, Span};
use xtask::syntax::dockerfile::Dockerfile;

/// What the group says about a tree; `named` are paths on the command line.
fn check(files: &[(&str, &str)], named: &[&str]) -> Vec<Diagnostic> {
    check_with(files, named, |rule| rule.starts_with("dockerfile/"))
}

/// What these rules say about a tree.
fn check_with(files: &[(&str, &str)], named: &[&str], is_wanted: fn(&str) -> bool) -> Vec<Diagnostic> {
    let tree =
        Snapshot::memory(files.iter().map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec())));
    let facts = Facts::new(tree, None, Config::default());
    let selection = Selection {
        rules: rules::all().filter(|rule| is_wanted(rule.id)).collect(),
        level: Severity::Note,
        named: true,
        paths: named.iter().map(|path| RepoPath::new(path)).collect(),
    };
    let report = engine::run(&facts, &selection).report;
    assert_eq!(report.errors, []);
    report.diagnostics
}

/// `(line, tool)` of what lacks an effective mount, by the rules of these names.
fn missing_by(text: &str, is_wanted: fn(&str) -> bool) -> Vec<(usize, String)> {
    let index = LineIndex::new(text);
    let line_and_tool = |found: Diagnostic| {
        let tool = found.subject.rsplit('#').next().unwrap().to_owned();
        (index.line(found.place.span.start), tool)
    };
    check_with(&[("Dockerfile", text)], &["Dockerfile"], is_wanted).into_iter().map(line_and_tool).collect()
}

/// `(line, tool)` of what lacks an effective mount.
fn missing(text: &str) -> Vec<(usize, String)> {
    missing_by(text, |rule| matches!(rule, "dockerfile/cache-mount" | "dockerfile/cache-mount-target"))
}

/// `--rule dockerfile/cache-mount` gives the whole answer, without the rule that points at misplaced mounts.
#[test]
fn one_rule_alone_tells_misplaced_mounts_as_well() {
    for (name, text, _) in vectors() {
        let mut together = missing(&text);
        together.sort();
        let mut alone = missing_by(&text, |rule| rule == "dockerfile/cache-mount");
        alone.sort();
        assert_eq!(alone, together, "{name}");
    }
}

/// Dockerfiles of `size` stages, instructions or mounts for which a careless rule would walk all of them again and
/// again.
fn hostile(size: usize) -> Vec<String> {
    let lines = |start: &str, line: &dyn Fn(usize) -> String| {
        format!("{start}{}", (0..size).map(line).collect::<String>())
    };
    let installs = "RUN npm ci && pip install -r r.txt && apt-get update && apt-get install -y curl";
    vec![
        lines("FROM node:22 AS a0\n", &|at| format!("FROM a{at} AS a{}\n{installs}\n", at + 1)),
        lines("FROM node:22 AS a0\nRUN pnpm fetch\n", &|at| {
            format!("FROM a{at} AS a{}\nRUN pnpm install --offline\n", at + 1)
        }),
        lines("FROM node:22 AS a0\n", &|at| {
            format!(
                "FROM a{at} AS a{}\nCOPY --from=a{at} /root/.npm /root/.npm\nCOPY s /root/.cache/pip/{at}\n\
                RUN --mount=type=cache,target=/root/.npm{at} npm ci --offline; pip install x; rm -rf /root/.npm\n",
                at + 1
            )
        }),
        lines("FROM node:22\nUSER node\n", &|at| {
            format!("RUN npm ci\nRUN --mount=type=cache,target=/c{at} ls\n")
        }),
        lines("FROM debian AS a0\n", &|at| {
            format!(
                "FROM a{at} AS a{}\nRUN --mount=type=cache,target=/var/cache/apt apt-get install -y x\n",
                at + 1
            )
        }),
        lines("FROM node:22\n", &|at| format!("COPY f{at} ./\nRUN npm ci\n")),
        lines("FROM node:22\n", &|at| format!("ARG N{at}_TOKEN\nENV B{at}_TOKEN=$N{at}_TOKEN\n")),
        lines("FROM node:22\n", &|_| "RUN --mount=type=cache,target=/root/.npm npm ci\n".to_owned()),
        lines("FROM node:22 AS stage\n", &|at| {
            format!("FROM node AS stage{at}x\nCOPY --from=stage{at}y a b\n")
        }),
    ]
}

#[test]
fn hostile_files_are_judged_in_linear_time() {
    let size = if cfg!(debug_assertions) { 400 } else { 4_000 };
    for (small, large) in hostile(size / 8).into_iter().zip(hostile(size)) {
        assert_linear(&small, &large, 8, |text| drop(check(&[("Dockerfile", text)], &[])));
    }
}

fn vectors() -> Vec<(String, String, serde_json::Value)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/dockerfiles");
    let folders =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir());
    let read = |path: &Path, name: &str| std::fs::read_to_string(path.join(name)).unwrap();
    folders
        .map(|path| {
            let expected = serde_json::from_str(&read(&path, "expect.json")).unwrap();
            (path.display().to_string(), read(&path, "Dockerfile"), expected)
        })
        .collect()
}

#[test]
fn findings_of_the_vectors_by_line_and_tool() {
    let vectors = vectors();
    assert_eq!(vectors.len(), 15);
    for (path, text, expected) in vectors {
        let list = |key: &str| -> BTreeSet<(usize, String)> {
            let entries = expected[key].as_array().into_iter().flatten();
            entries
                .map(|entry| {
                    (
                        usize::try_from(entry["line"].as_u64().unwrap()).unwrap(),
                        entry["tool"].as_str().unwrap().to_owned(),
                    )
                })
                .collect()
        };
        let debatable = list("debatable");
        let found: BTreeSet<_> =
            missing(&text).into_iter().filter(|found| !debatable.contains(found)).collect();
        assert_eq!(found, list("missing_cache_mount"), "{path}");
    }
}

fn apply(text: &str, edits: &[Edit]) -> String {
    let mut spans: Vec<(Span, &str)> = edits
        .iter()
        .map(|edit| match edit {
            Edit::Replace { place, text } => (place.span, text.as_str()),
            other => panic!("{other:?}"),
        })
        .collect();
    spans.sort_by_key(|(span, _)| std::cmp::Reverse(*span));
    let mut text = text.to_owned();
    for (span, replacement) in spans {
        text.replace_range(span.start..span.end, replacement);
    }
    text
}

/// What the file does, apart from its mounts: keyword and arguments of each instruction, heredocs too.
fn meaning(text: &str) -> Vec<String> {
    let file = Dockerfile::parse(text);
    let words = |instruction: &xtask::syntax::dockerfile::Instruction| {
        let inner = instruction.innermost();
        let rest = inner.text.slice(inner.rest).split_whitespace().collect::<Vec<_>>().join(" ");
        let bodies: String = inner.heredocs.iter().map(|heredoc| heredoc.body.slice(text)).collect();
        let flags =
            inner.flags.iter().filter(|flag| flag.name.value != "mount").map(|flag| flag.text.as_str());
        format!("{:?} {} {rest} {bodies}", inner.keyword, flags.collect::<Vec<_>>().join(" "))
    };
    file.instructions.iter().map(words).collect()
}

/// Applies the fixes of one rule one by one; each keeps the meaning and takes its finding away.
fn fix_all(text: &str, rule: &str) {
    let mut text = text.to_owned();
    for _ in 0..40 {
        let found = check(&[("Dockerfile", &text)], &["Dockerfile"]);
        let mine: Vec<_> = found.into_iter().filter(|found| found.rule == rule).collect();
        let Some(fix) = mine.iter().find_map(|found| found.fix.clone()) else { return };
        let fixed = apply(&text, &fix.edits);
        assert_eq!(meaning(&fixed), meaning(&text), "{text}\n---\n{fixed}");
        let errors = |text: &str| Dockerfile::parse(text).errors.len();
        assert!(errors(&fixed) <= errors(&text), "{fixed}");
        let left = check(&[("Dockerfile", &fixed)], &["Dockerfile"]);
        let left = left.iter().filter(|found| found.rule == rule).count();
        assert!(left < mine.len(), "{text}\n---\n{fixed}");
        text = fixed;
    }
    panic!("does not converge: {text}");
}

const MOUNT_RULES: [&str; 5] = [
    "dockerfile/cache-mount",
    "dockerfile/cache-mount-target",
    "dockerfile/cache-mount-writable",
    "dockerfile/cache-mount-id",
    "dockerfile/cache-mount-sharing",
];

#[test]
fn fixes_of_the_vectors_change_nothing_but_mounts() {
    for (_, text, _) in vectors() {
        for rule in MOUNT_RULES.iter().filter(|rule| **rule != "dockerfile/cache-mount-sharing") {
            fix_all(&text, rule);
            fix_all(&text.replace('\n', "\r\n"), rule);
            fix_all(&format!("\u{feff}{text}"), rule);
        }
    }
}

#[test]
fn a_named_dockerfile_is_checked_wherever_it_lies() {
    let text = "FROM node:22\nRUN npm ci\n";
    let files = [
        ("pnpm-workspace.yaml", "packages: [apps/*]\n"),
        ("upstream/x/package.json", "{}"),
        ("upstream/x/Dockerfile", text),
    ];
    assert_eq!(check(&files, &[]), []);
    let found = check(&files, &["upstream/x/Dockerfile"]);
    assert!(found.iter().any(|found| found.rule == "dockerfile/cache-mount"
        && found.subject == "upstream/x/Dockerfile#stage-0#npm"));
}

/// A mounted folder cannot be removed, hides what the image has there, and leaves nothing for the next stage.
#[test]
fn a_mount_that_could_break_the_build_needs_an_eye() {
    let safety = |text: &str| {
        let found = check(&[("Dockerfile", text)], &["Dockerfile"]);
        let found = found.into_iter().find(|found| found.rule == "dockerfile/cache-mount").unwrap();
        found.fix.unwrap().safety
    };
    for text in [
        "FROM python:3\nENV POETRY_CACHE_DIR=/tmp/pc\nRUN poetry install && rm -rf $POETRY_CACHE_DIR\n",
        "FROM python:3\nRUN pip install x && rm -rf \"$HOME/.cache\"\n",
        "FROM node:22\nWORKDIR /root\nRUN npm ci && rm -rf .npm\n",
        "FROM node:22\nUSER node\nRUN npm ci && rm -rf ~/.npm\n",
        "FROM golang:1 AS m\nRUN go mod download\nFROM golang:1\nCOPY --from=m /go/pkg /go/pkg\n",
        "FROM golang:1 AS m\nRUN go mod download\nFROM m AS n\nFROM x\nCOPY --from=N /go/pkg/mod/a /b\n",
        "FROM gradle:8\nCOPY gradle.properties /root/.gradle/\nRUN gradle build\n",
        "FROM gradle:8 AS a\nRUN echo a=b >> ~/.gradle/gradle.properties\nFROM a\nRUN gradle build\n",
        "FROM node:22\nRUN npm ci\nCOPY . .\nRUN npm ci --offline\n",
    ] {
        assert_eq!(safety(text), Safety::Unsafe, "{text}");
    }
    for text in [
        "FROM maven:3\nCOPY settings.xml /root/.m2/\nRUN mvn package\n",
        "FROM node:22 AS a\nRUN npm ci\nFROM node:22\nCOPY --from=a / /\nCOPY --from=a /app /root/.npm/\n",
        "FROM node:22\nRUN npm ci && rm -rf $TMP/cache/* node_modules\n",
        "FROM node:22\nRUN npm ci\nFROM node:22\nRUN npm ci --offline\n",
        "FROM gradle:8\nRUN gradle build\nRUN rm -rf /root/.gradle/caches/x\n",
    ] {
        assert_eq!(safety(text), Safety::Safe, "{text}");
    }
}

#[test]
fn system_packages_are_notes() {
    let severity = |command: &str| {
        let text = format!("FROM alpine\nRUN {command}\n");
        check(&[("Dockerfile", &text)], &[]).first().map(|found| found.severity)
    };
    assert_eq!(severity("apk add git"), Some(Severity::Note));
    assert_eq!(severity("npm ci"), Some(Severity::Warning));
}

#[test]
fn hostile_files_get_bounded_answers() {
    let files = [
        "\0".to_owned(),
        format!("FROM node\nRUN {}", "$(".repeat(5_000)),
        format!("FROM node\nRUN npm ci {}", "a".repeat(70_000)),
        "FROM node\nRUN <<EOF\nnpm ci\n".to_owned(),
        "RUN \\\n\\\n\\\n".to_owned(),
        format!("FROM node\n{}", "RUN --mount=type=cache,target=$A npm ci\n".repeat(100)),
        "FROM a AS b\nFROM b AS a\nCOPY --from=99999999999999999999 a b\n".to_owned(),
        "FROM node\nRUN --mount=type=cache,id=,target= rm -rf / ~ ''\n".to_owned(),
        "ONBUILD\nONBUILD ONBUILD RUN npm ci\nCOPY\nENV\nARG =\nUSER :\n".to_owned(),
    ];
    for text in files {
        check(&[("Dockerfile", &text)], &["Dockerfile"]);
    }
}

/// Pieces from which files are put together.
fn piece() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "FROM node:22 AS a\n",
        "FROM a\n",
        "FROM debian:12\n",
        "FROM x/y\n",
        "USER node\n",
        "USER app:app\n",
        "USER 7:8\n",
        "ENV PNPM_HOME=/pnpm\n",
        "ENV HOME=/h npm_config_cache=$HOME/n\n",
        "WORKDIR /w\n",
        "RUN ",
        "run ",
        "  RUN ",
        "ONBUILD RUN ",
        "--mount=type=cache,target=/root/.npm ",
        "--mount=type=cache,dst=/pnpm/store,uid=1000 ",
        "--mount=type=cache,id=z-npm,target=~/.npm ",
        "--network=none ",
        "\\\n  ",
        "\\\n\t# note\n  ",
        "\\\r\n ",
        "npm ci",
        "pnpm install",
        "pnpm fetch",
        "pnpm i --offline",
        "yarn",
        "apt-get install -y git",
        "apt-get clean",
        "rm -rf /var/lib/apt/lists/* /tmp/x",
        "pip install --no-cache-dir x",
        "su node -c 'npm ci'",
        " && ",
        "; ",
        " | ",
        "\n",
        "\n\n",
        "<<EOF\nnpm ci\nEOF\n",
        "[\"npm\", \"ci\"]\n",
        "# escape=`\n",
        "`\n ",
        "COPY . .\n",
        "COPY --from=a /x /y\n",
        "ARG NPM_TOKEN=abc\n",
        "'",
        "\"",
        "$(",
        ")",
        "é",
        "next build",
        "cd sub",
        "--mount=from=b,target=/t ",
        "-- ",
    ])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if cfg!(debug_assertions) { 300 } else { 20_000 }))]

    #[test]
    fn no_mixture_panics_and_mounts_keep_the_meaning(pieces in prop::collection::vec(piece(), 1..24)) {
        let text: String = pieces.concat();
        let found = check(&[("Dockerfile", &text)], &["Dockerfile"]);
        let file = Dockerfile::parse(text.as_str());
        let image = Image::new(&file, &Knowledge::default());
        let unmet: usize = image.runs.iter().map(|run| run.unmet().count()).sum();
        let missing = |rule: &str| found.iter().filter(|found| found.rule == rule).count();
        prop_assert_eq!(missing("dockerfile/cache-mount") + missing("dockerfile/cache-mount-target"), unmet);
        for diagnostic in found.iter().filter(|found| MOUNT_RULES.contains(&found.rule)) {
            let Some(fix) = diagnostic.fix.as_ref().filter(|fix| !fix.title.contains("archives")) else { continue };
            let fixed = apply(&text, &fix.edits);
            prop_assert_eq!(meaning(&fixed), meaning(&text), "{}\n---\n{}", text, fixed);
            let left = check(&[("Dockerfile", &fixed)], &["Dockerfile"]);
            let of_rule = |found: &[Diagnostic]| found.iter().filter(|found| found.rule == diagnostic.rule).count();
            prop_assert!(of_rule(&left) < of_rule(&found), "{}:\n{}\n---\n{}", diagnostic.rule, text, fixed);
        }
    }
}
