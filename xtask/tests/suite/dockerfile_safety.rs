//! Which fixes of Dockerfiles may be made without a human eye, and which may not.

use xtask::config::Config;
use xtask::diagnostic::{Diagnostic, Safety, Severity};
use xtask::engine::{self, Selection};
use xtask::facts::Facts;
use xtask::rules;
use xtask::snapshot::Snapshot;

/// What a rule says about a tree.
fn check(rule: &str, files: &[(&str, &str)]) -> Vec<Diagnostic> {
    let tree =
        Snapshot::memory(files.iter().map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec())));
    let facts = Facts::new(tree, None, Config::default());
    let selection = Selection {
        rules: rules::all().filter(|known| known.id == rule).collect(),
        level: Severity::Note,
        named: false,
        paths: Vec::new(),
    };
    let report = engine::run(&facts, &selection).report;
    assert_eq!(report.errors, []);
    report.diagnostics
}

/// How safe the fix of the first finding about a Dockerfile is.
fn safety(rule: &str, dockerfile: &str) -> Option<Safety> {
    let found = check(rule, &[("Dockerfile", dockerfile)]);
    found
        .first()
        .unwrap_or_else(|| panic!("nothing found in:\n{dockerfile}"))
        .fix
        .as_ref()
        .map(|fix| fix.safety)
}

#[test]
fn an_unknown_instruction_is_corrected_where_the_file_builds_something() {
    for (text, expected) in [
        ("FROM node:22\nRUNN npm ci\n", Safety::Safe),
        ("from node:22\nrunn npm ci\n", Safety::Safe),
        ("FROM node:22\nFor more information see the manual.\n", Safety::Unsafe),
        ("FROM node:22\nfrm x\n", Safety::Unsafe),
        ("FRM node:22\nRUN npm ci\n", Safety::Unsafe),
        ("FROM a b\nRUNN npm ci\n", Safety::Unsafe),
        ("FROM node:22\nRUNN a\nRUNN b\nRUNN c\n", Safety::Unsafe),
    ] {
        let found = check("dockerfile/syntax", &[("Dockerfile", text)]);
        let fixes: Vec<Safety> = found.iter().filter_map(|found| Some(found.fix.as_ref()?.safety)).collect();
        assert!(!fixes.is_empty() && fixes.iter().all(|safety| *safety == expected), "{text}: {fixes:?}");
    }
}

/// A mount takes what is downloaded out of the image: nothing later may read it there.
#[test]
fn a_mount_must_not_take_away_what_a_later_command_reads() {
    for (text, expected) in [
        ("FROM maven:3.9\nRUN mvn dependency:go-offline\nRUN mvn -o package\n", Safety::Unsafe),
        ("FROM maven:3.9\nRUN mvn dependency:go-offline\nRUN mvn -B --offline package\n", Safety::Unsafe),
        ("FROM maven:3.9\nRUN mvn dependency:go-offline && mvn -o package\n", Safety::Safe),
        ("FROM maven:3.9\nRUN mvn dependency:go-offline\nRUN mvn package\n", Safety::Safe),
        ("FROM gradle:8\nUSER root\nRUN gradle dependencies\nRUN gradle --offline build\n", Safety::Unsafe),
        ("FROM python:3\nRUN uv sync\nRUN uv sync --offline\n", Safety::Unsafe),
        ("FROM python:3\nRUN uv sync\nENV UV_OFFLINE=1\nRUN uv sync\n", Safety::Unsafe),
        ("FROM golang:1\nRUN go mod download\nRUN GOPROXY=off go build\n", Safety::Unsafe),
        ("FROM golang:1\nRUN go mod download\nENV GOPROXY=off\nRUN go build\n", Safety::Unsafe),
        ("FROM golang:1\nRUN go mod download\nRUN go build\n", Safety::Safe),
        ("FROM golang:1\nRUN go mod download\nRUN make build\n", Safety::Unsafe),
        ("FROM golang:1 AS a\nRUN go mod download\nFROM a AS b\nRUN sh -e hack/build.sh\n", Safety::Unsafe),
        ("FROM golang:1\nRUN go mod download\nRUN ./build.sh\n", Safety::Unsafe),
        ("FROM golang:1\nRUN make tools\nRUN go mod download\nRUN sh -c 'go build'\n", Safety::Safe),
        (
            "FROM golang:1\nRUN go mod download\nRUN --mount=type=cache,target=/go/pkg/mod make\n",
            Safety::Safe,
        ),
        (
            "FROM golang:1\nRUN go mod download\nRUN --mount=type=cache,target=/root/.cache/go-build make\n",
            Safety::Unsafe,
        ),
        ("FROM golang:1\nRUN go mod download\nCMD [\"go\", \"run\", \".\"]\n", Safety::Unsafe),
        ("FROM maven:3.9\nRUN mvn dependency:go-offline\nCMD mvn spring-boot:run\n", Safety::Unsafe),
        ("FROM maven:3.9\nRUN mvn package\nCMD [\"java\", \"-jar\", \"/app.jar\"]\n", Safety::Safe),
        ("FROM node:22\nRUN pnpm fetch\nRUN make install\n", Safety::Unsafe),
        ("FROM node:22\nRUN pnpm install\nRUN make\n", Safety::Safe),
        ("FROM node:22\nRUN npm ci\nRUN make\n", Safety::Safe),
        ("FROM python:3\nRUN pip wheel -w /w .\nRUN pip install --no-index -f /w x\n", Safety::Safe),
    ] {
        assert_eq!(safety("dockerfile/cache-mount", text), Some(expected), "{text}");
    }
}

/// Who runs in an image that nobody knows is a guess, and so is the folder below home.
#[test]
fn the_home_folder_of_an_unknown_image_is_a_guess() {
    for (text, expected) in [
        ("FROM registry.example.com/node:22\nRUN npm ci\n", Safety::Unsafe),
        ("FROM registry.example.com/node:22\nUSER root\nRUN npm ci\n", Safety::Unsafe),
        ("FROM registry.example.com/node:22\nENV HOME=/srv\nRUN npm ci\n", Safety::Safe),
        ("FROM registry.example.com/node:22\nENV npm_config_cache=/npm\nRUN npm ci\n", Safety::Safe),
        ("FROM node:22\nRUN npm ci\n", Safety::Safe),
        ("FROM jetty:12\nRUN mvn package\n", Safety::Unsafe),
        ("FROM registry.example.com/debian\nRUN apk add curl\n", Safety::Safe),
    ] {
        assert_eq!(safety("dockerfile/cache-mount", text), Some(expected), "{text}");
    }
    let found = check("dockerfile/cache-mount", &[("Dockerfile", "FROM team/base\nRUN npm ci\n")]);
    assert_eq!(found[0].label, "npm begins with an empty cache in every build");
}

/// A command that names the folder of the mount counts on it.
#[test]
fn a_mount_is_not_moved_away_from_a_command_that_names_it() {
    let mount = "FROM python:3\nENV UV_CACHE_DIR=/uv\nRUN --mount=type=cache,id=a-uv,target=/root/.cache/uv";
    for (command, expected) in [
        ("uv sync", Safety::Safe),
        ("uv sync && find /root/.cache/uv -name x", Safety::Unsafe),
        ("uv sync && find \"$HOME/.cache/uv/wheels\"", Safety::Unsafe),
        ("uv sync > ~/.cache/uv/log", Safety::Unsafe),
    ] {
        let text = format!("{mount} {command}\n");
        assert_eq!(safety("dockerfile/cache-mount-target", &text), Some(expected), "{text}");
    }
}

/// A variable of the image is not empty: nothing is said of folders below it.
#[test]
fn variables_of_an_unknown_image_stay_open() {
    let text = "FROM team/base\nWORKDIR ${APP_ROOT}/src/ui\nRUN npx next build\n";
    assert!(check("dockerfile/build-cache", &[("Dockerfile", text)]).is_empty());
    for text in [
        "FROM team/base\nENV HOME=/root UV_CACHE_DIR=$HOME/.cache/uv\n\
            RUN --mount=type=cache,target=/root/.cache/uv uv sync\n",
        "FROM team/base\nENV UV_CACHE_DIR=$CACHES\nRUN --mount=type=cache,target=/caches/uv uv sync\n",
        "FROM team/base\nENV UV_CACHE_DIR=${UV:-/uv}\nRUN --mount=type=cache,target=/uv uv sync\n",
    ] {
        for rule in ["dockerfile/cache-mount", "dockerfile/cache-mount-target"] {
            assert!(check(rule, &[("Dockerfile", text)]).is_empty(), "{rule}: {text}");
        }
    }
    // What no official image sets is empty.
    let text =
        "FROM python:3\nENV UV_CACHE_DIR=$CACHES/uv\nRUN --mount=type=cache,target=/root/.cache/uv uv sync\n";
    assert_eq!(check("dockerfile/cache-mount-target", &[("Dockerfile", text)]).len(), 1);
    let text = "FROM team/base\nUSER $APP_UID\nRUN npm ci\n";
    assert_eq!(safety("dockerfile/cache-mount", text), None);
    let text = "FROM team/base\nRUN --mount=type=cache,target=$CACHE,uid=$USER_ID npm ci\n";
    assert!(check("dockerfile/syntax", &[("Dockerfile", text)]).is_empty());
}
