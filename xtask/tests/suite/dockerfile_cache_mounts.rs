//! Which tools lack a cache mount: the shared vectors, and an example for each point of the rule.

#![allow(clippy::indexing_slicing, clippy::string_slice, clippy::unwrap_used, reason = "a test may fail")]

use std::collections::BTreeSet;
use std::path::Path;

use xtask::model::image::{Image, Knowledge};
use xtask::syntax::dockerfile::Dockerfile;

/// `line tool` of every finding.
fn findings(text: &str) -> Vec<String> {
    let file = Dockerfile::parse(text);
    let image = Image::new(&file, &Knowledge::default());
    let lines = image.runs.iter().flat_map(|run| {
        let line = file.instructions[run.instruction].first_line;
        run.unmet().map(move |need| format!("{line} {}", need.tool.name))
    });
    lines.collect()
}

#[track_caller]
fn check(text: &str, expected: &[&str]) {
    assert_eq!(findings(text), expected, "{text}");
}

/// The tools that a RUN in a node image lacks.
#[track_caller]
fn run(command: &str, expected: &[&str]) {
    let found = findings(&format!("FROM node:22\nWORKDIR /w\nRUN {command}\n"));
    let tools: Vec<_> = found.iter().map(|finding| finding.split_once(' ').unwrap().1).collect();
    assert_eq!(tools, expected, "{command}");
}

#[test]
fn findings_of_the_vectors() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/dockerfiles");
    let mut seen = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if !path.is_dir() {
            continue;
        }
        seen += 1;
        let text = std::fs::read_to_string(path.join("Dockerfile")).unwrap();
        let expected = std::fs::read_to_string(path.join("expect.json")).unwrap();
        let expected: serde_json::Value = serde_json::from_str(&expected).unwrap();
        let list = |key: &str| -> Vec<String> {
            let entries = expected[key].as_array().into_iter().flatten();
            entries.map(|entry| format!("{} {}", entry["line"], entry["tool"].as_str().unwrap())).collect()
        };
        let debatable = list("debatable");
        let mut found = findings(&text);
        found.retain(|finding| !debatable.contains(finding));
        assert_eq!(found, list("missing_cache_mount"), "{}", path.display());
    }
    assert_eq!(seen, 15);
}

/// Our own cases for each sentence of the rule: see `vectors/cache-mounts/README.md`.
#[test]
fn findings_of_the_cases() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/cache-mounts");
    let mut seen = 0;
    for name in ["commands", "shell", "environment"] {
        let text = std::fs::read_to_string(folder.join(name).with_extension("txt")).unwrap();
        for case in text.split("### ").skip(1) {
            let (title, rest) = case.split_once('\n').unwrap();
            let (expected, file) = rest.split_once('\n').unwrap();
            let expected = expected.strip_prefix(">>>").unwrap().split(';').map(str::trim);
            let expected: BTreeSet<&str> = expected.filter(|finding| !finding.is_empty()).collect();
            let found = findings(&file.replace("<CR>", "\r"));
            let distinct: BTreeSet<&str> = found.iter().map(String::as_str).collect();
            assert_eq!(distinct, expected, "{name}: {title}");
            assert_eq!(distinct.len(), found.len(), "{name}: {title}");
            seen += 1;
        }
    }
    assert_eq!(seen, 144);
}

/// R2: each command of each tool, with flags in front and behind.
#[test]
fn every_command_of_every_tool() {
    for (tool, program, commands) in [
        ("pnpm", "pnpm", "install|i|add x|fetch|update|up|upgrade|install-test|it"),
        ("pnpm", "pnpm -r --filter ./apps/*", "i|add -D x"),
        ("pnpm", "pnpm --config.foo bar -C x -F y --dir=z", "install --prod"),
        (
            "npm",
            "npm",
            "install|i|in|ins|inst|insta|instal|isnt|isnta|isntal|isntall|add x|ci|clean-install|ic|install-clean\
             |isntall-clean|update|up|upgrade|udpate|install-test|it|install-ci-test|cit|clean-install-test|sit",
        ),
        ("npm", "npm --prefix a -w b --loglevel error --omit dev", "ci|i -g x"),
        (
            "yarn",
            "yarn",
            "|--frozen-lockfile|--cwd x|install|add x|up x|upgrade|global add x|workspaces focus -A",
        ),
        ("yarn", "yarn workspace web", "add x"),
        ("yarn", "yarnpkg --network-timeout 1000", "|install"),
        ("bun", "bun", "install|i|add x|a x|update|ci"),
        ("bun", "bun --cwd x", "install"),
        ("apt", "apt", "install x|reinstall x|upgrade|full-upgrade|dist-upgrade|build-dep x|satisfy x"),
        ("apt", "apt-get -o Dpkg::Use-Pty=0 -qq -y", "install x|upgrade"),
        ("apt", "aptitude -y", "install x"),
        ("apk", "apk", "add x|upgrade|fix"),
        ("apk", "apk --repository http://x -q", "add --virtual .b x"),
        (
            "dnf",
            "dnf -y",
            "install x|reinstall x|upgrade|update|groupinstall x|localinstall x|builddep x|distro-sync",
        ),
        ("dnf", "microdnf --setopt a=b", "install x"),
        ("yum", "yum -y --enablerepo x", "install x|update"),
        ("pip", "pip", "install x|download x|wheel ."),
        ("pip", "pip3.12 -q --proxy p", "install -r requirements.txt"),
        ("pip", "python3 -m pip", "install x"),
        ("pip", "python3.11 -u -W ignore -m pip --disable-pip-version-check", "install -v x"),
        ("uv", "uv", "sync|add x|pip install x|pip sync x|tool install x"),
        ("uv", "uv --project x pip --python 3.12", "install y"),
        ("poetry", "poetry", "install -v|add x|update|sync"),
        ("poetry", "poetry -C x", "install"),
        (
            "go",
            "go",
            "build -v ./...|install x|test -v ./...|run .|get x|mod download -x|mod tidy|mod vendor",
        ),
        ("go", "/usr/local/go/bin/go -C x", "build -o /x ."),
        (
            "cargo",
            "cargo",
            "build|b -r|check|c|test|t|run|r|doc|bench|clippy|install x --version 1.2|fetch|chef cook --release",
        ),
        ("cargo", "cargo +nightly -Z x --color never", "build -v"),
        ("maven", "./mvnw -B -ntp -f x.pom", "package|clean verify|-DskipTests dependency:go-offline"),
        ("maven", "mvn", "install"),
        ("gradle", "./gradlew --no-daemon -x test", "build"),
        ("gradle", "gradle -p x", ":app:bootJar --info"),
        ("composer", "composer", "install --no-dev -v|update|require x|create-project x|global require x"),
        ("composer", "php /usr/bin/composer.phar || composer -d x", "install"),
        ("bundler", "bundle", "install -j4|update|add x"),
        ("bundler", "bundle _2.5.1_ --retry 3", "install"),
        (
            "dotnet",
            "dotnet",
            "restore|build -c Release|publish -v m|test|run|add package x|tool install x --version 1",
        ),
        ("dotnet", "dotnet add web.csproj", "package x -v 1"),
    ] {
        for command in commands.split('|') {
            run(&format!("{program} {command}"), &[tool]);
        }
    }
}

/// R2, R3: what looks like an install and is none.
#[test]
fn what_needs_no_cache() {
    for command in [
        "pnpm run build",
        "pnpm build",
        "pnpm exec next",
        "pnpm dlx create-x install",
        "pnpm --filter install build",
        "pnpm -C add run x",
        "pnpm --config.foo install build",
        "pnpm store prune && pnpm config get store-dir",
        "pnpm install --help",
        "pnpm -h install",
        "npm run install",
        "npm ls install",
        "npm cache clean --force",
        "npm --version",
        "npm -v",
        "npm install -h",
        "npm exec -- npm ci",
        "npx next build",
        "npx -y create-x install",
        "npm --workspace add run lint",
        "yarn build",
        "yarn --version",
        "yarn -v",
        "yarn workspace install build",
        "yarn workspaces foreach install",
        "yarn global list",
        "yarn dlx x",
        "yarn cache clean",
        "bun run install.ts",
        "bun x y",
        "bunx next build",
        "corepack enable && corepack prepare pnpm@9 --activate && corepack install",
        "apt-get update",
        "apt-get clean && apt-get autoremove -y",
        "apt-get -t install update",
        "apk update",
        "apk --virtual add info",
        "dnf clean all",
        "yum --enablerepo install list",
        "pip --version",
        "pip list",
        "python -m venv pip install",
        "python pip install",
        "uv run x",
        "uv pip list",
        "uv venv",
        "poetry run install",
        "poetry config virtualenvs.create false",
        "go version",
        "go mod verify",
        "go vet",
        "cargo --version",
        "cargo chef prepare",
        "cargo -V",
        "mvn -v",
        "mvn --version",
        "mvn -f install",
        "gradle -v",
        "./gradlew",
        "composer dump-autoload",
        "composer global update-x",
        "bundle exec rake install",
        "bundle config set path vendor",
        "dotnet --info",
        "dotnet tool restore-x",
        "dotnet add x reference install",
        "pipx install x",
        "rpm install x",
    ] {
        run(command, &[]);
    }
}

/// R4.
#[test]
fn opt_outs_are_respected() {
    for command in [
        "apk add --no-cache x",
        "apk --no-cache add x",
        "uv sync --no-cache",
        "uv --no-cache pip install x",
        "poetry install --no-cache",
        "bun install --no-cache",
        "composer install --no-cache",
        "pip install --no-cache-dir x",
        "pip --no-cache-dir install x",
        "python -m pip install --no-cache-dir x",
        // pip takes the beginning of a flag for the flag; uv has a second name for its own.
        "pip install --no-cache x",
        "uv pip install --no-cache-dir x",
        "pnpm install --offline",
        "npm ci --offline",
        "yarn install --offline",
        "dotnet build --no-restore",
        "PIP_NO_CACHE_DIR=1 pip install x",
        "export UV_NO_CACHE=true && uv sync",
        "env PIP_NO_CACHE_DIR=on pip install x",
    ] {
        run(command, &[]);
    }
    run("npm ci --prefer-offline", &["npm"]);
    run("PIP_NO_CACHE_DIR=0 pip install x", &["pip"]);
    run("apk add --no-cache x && apk add y", &["apk"]);
    run("npm ci --no-cache", &["npm"]);
    check(
        "FROM python\nENV PIP_NO_CACHE_DIR=1\nRUN pip install x\nENV PIP_NO_CACHE_DIR=\nRUN pip install x",
        &["5 pip"],
    );
    check("FROM python\nARG UV_NO_CACHE=yes\nRUN uv sync\nFROM python\nRUN uv sync", &["5 uv"]);
    check(
        "ARG PIP_NO_CACHE_DIR=1\nFROM python\nRUN pip install x\nARG PIP_NO_CACHE_DIR\nRUN pip install x",
        &["3 pip"],
    );
}

/// R5: where the shell would run it.
#[test]
fn commands_are_found_wherever_the_shell_runs_them() {
    for command in [
        "cd x && npm ci",
        "true; npm ci; true",
        "true | npm ci",
        "npm ci & wait",
        "{ npm ci; }",
        "(cd x && npm ci)",
        "if true; then npm ci; fi",
        "if npm ci; then :; fi",
        "if false; then :; elif true; then npm ci; else :; fi",
        "for x in a b; do npm ci; done",
        "while npm ci; do :; done",
        "case $X in a) npm ci ;; esac",
        "f() { npm ci; }; f",
        "echo $(npm ci)",
        "echo \"$(npm ci)\"",
        "out=`npm ci`",
        "! npm ci",
        "A=1 B=2 npm ci",
        ">log npm ci 2>&1",
        "env -u X -i A=b npm ci",
        "exec npm ci",
        "command npm ci",
        "time npm ci",
        "nice -n 5 npm ci",
        "nohup npm ci",
        "timeout -k 5 60 npm ci",
        "sudo -E -u node npm ci",
        "echo x | xargs -n 1 npm i -g",
        "su node -c \"npm ci\"",
        "su - node -c 'npm ci'",
        "runuser -u node -- npm ci",
        "gosu node npm ci",
        "su-exec node:node npm ci",
        "sh -c 'npm ci'",
        "bash -lec \"set -e; npm ci\"",
        "ash -c 'npm ci'",
        "corepack npm ci",
        "npx -y npm@10 ci",
        "npx npm@latest ci",
        "'npm' ci",
        "\"npm\" \"ci\"",
        "\\npm ci",
        "n\\pm c'i'",
        "/usr/local/bin/npm ci",
        "set -eux; npm ci",
        "[ -f x ] && npm ci || exit 1",
        "npm \\\n  # comment\n\n  ci",
        "--mount=type=bind,target=/x,source=. npm ci",
        "[\"npm\", \"ci\"]",
        "[\"/bin/sh\", \"-c\", \"cd x && npm ci\"]",
        "[\"env\", \"A=b\", \"npm\", \"ci\"]",
        "[ 'npm' ] && npm ci",
    ] {
        run(command, &["npm"]);
    }
}

/// R5: what is only text.
#[test]
fn text_is_no_command() {
    for command in [
        "echo npm ci",
        "echo \"npm ci\"",
        "printf 'npm ci'",
        "./install.sh npm ci",
        "make npm ci",
        "make install",
        "true # npm ci",
        "echo '$(npm ci)'",
        "command -v npm ci",
        "command -V npm ci",
        "type npm install",
        "which npm ci",
        "grep npm ci",
        "test npm = ci",
        "[ 'npm', 'ci' ]",
        "install -d /x",
        "alias x='npm ci'",
        "A='npm ci' true",
        "[\"echo\", \"npm ci\"]",
        "[\"npm ci\"]",
        "[\"sh\", \"run.sh\", \"npm ci\"]",
        "docker run x npm ci",
        "concurrently 'npm ci'",
        "git commit -m 'npm ci'",
    ] {
        run(command, &[]);
    }
}

/// R1: one finding for each instruction and tool.
#[test]
fn findings_are_counted_by_instruction_and_tool() {
    run("npm ci && npm i -g x && yarn && apt-get install x", &["apt", "npm", "yarn"]);
    run(
        "if [ -f yarn.lock ]; then yarn --frozen-lockfile; \\\n  elif [ -f package-lock.json ]; then npm ci; \\\n  \
         elif [ -f pnpm-lock.yaml ]; then corepack enable pnpm && pnpm i --frozen-lockfile; \\\n  else exit 1; \\\n  fi",
        &["npm", "pnpm", "yarn"],
    );
}

/// R6.
#[test]
fn heredocs_are_scripts_or_data() {
    check("FROM node\nRUN <<EOF\nnpm ci\nEOF\n", &["2 npm"]);
    check("FROM node\r\nRUN <<EOF\r\nset -e\r\nnpm \\\r\n  ci\r\nEOF\r\n", &["2 npm"]);
    check("FROM node\nRUN <<-\"E F\"\n\tnpm ci\n\tE F\n", &["2 npm"]);
    check("FROM node\nRUN <<EOF\n#!/usr/bin/env bash\nnpm ci\nEOF\n", &["2 npm"]);
    check("FROM node\nRUN <<EOF\n#!/bin/sh -e\nnpm ci\nEOF\n", &["2 npm"]);
    check("FROM node\nRUN <<EOF\n#!/usr/bin/env python3\nnpm ci\nEOF\n", &[]);
    check("FROM node\nRUN <<EOF\n#!/usr/bin/env node\nnpm ci\nEOF\n", &[]);
    check("FROM node\nRUN <<EOF sh\nnpm ci\nEOF\n", &["2 npm"]);
    check("FROM node\nRUN bash -ex <<'EOF'\nnpm ci\nEOF\n", &["2 npm"]);
    check("FROM node\nRUN su node <<'EOF'\nnpm ci\nEOF\n", &["2 npm"]);
    check("FROM node\nRUN cat <<EOF > x.sh\nnpm ci\nEOF\n", &[]);
    check("FROM node\nRUN <<EOF cat > x.sh\nnpm ci\nEOF\n", &[]);
    check("FROM node\nRUN python3 <<EOF\nnpm ci\nEOF\n", &[]);
    check("FROM node\nRUN cat <<A <<B\nnpm ci\nA\nnpm ci\nB\n", &[]);
    check("FROM node\nRUN cat <<A && npm ci\nyarn\nA\n", &["2 npm"]);
    check("FROM node\nRUN <<A && <<B\nnpm ci\nA\nyarn\nB\n", &[]);
    check("FROM node\nRUN <<EOF\ncat <<X > y\nnpm ci\nX\nyarn\nEOF\n", &["2 yarn"]);
    check("FROM node\nCOPY <<EOF /x\nnpm ci\nEOF\nADD <<EOF /y\nyarn\nEOF\n", &[]);
    check("FROM node\nONBUILD RUN <<EOF\nnpm ci\nEOF\n", &["2 npm"]);
    check("FROM node\nRUN --mount=type=cache,target=/root/.npm <<EOF\nnpm ci\nEOF\n", &[]);
}

/// R7.
#[test]
fn windows_shells_are_not_read() {
    check(
        "FROM x AS a\nSHELL [\"powershell\", \"-Command\"]\nRUN npm ci\nFROM a\nRUN npm ci\nRUN [\"npm\", \"ci\"]\n",
        &[],
    );
    check(
        "FROM x\nSHELL [\"cmd\", \"/S\", \"/C\"]\nRUN npm ci\nSHELL [\"/bin/sh\", \"-c\"]\nRUN npm ci\n",
        &["5 npm"],
    );
    check("FROM x\nSHELL [\"C:\\\\Windows\\\\pwsh.exe\"]\nRUN npm ci\n", &[]);
    check("FROM x\nSHELL [\"/bin/bash\", \"-o\", \"pipefail\", \"-c\"]\nRUN npm ci\n", &["3 npm"]);
}

/// R8: the folder, one around it, or a part of it.
#[test]
fn mounts_are_compared_with_the_tools_folder() {
    let served = |target: &str, command: &str, expected: bool| {
        let text = format!("FROM node:22\nWORKDIR /w\nRUN --mount=type=cache,target={target} {command}\n");
        assert_eq!(findings(&text).is_empty(), expected, "{target} {command}");
    };
    for (target, command, expected) in [
        ("/root/.npm", "npm ci", true),
        ("/root/.npm/", "npm ci", true),
        ("/root/.npm/_cacache", "npm ci", true),
        ("/root", "npm ci", true),
        ("/root/.np", "npm ci", false),
        ("/root/.npmrc", "npm ci", false),
        ("/root/x/../.npm", "npm ci", true),
        ("~/.npm", "npm ci", false),
        ("$HOME/.npm", "npm ci", false),
        ("/c", "npm ci --cache /c", true),
        ("/c", "npm ci --cache=/c", true),
        ("/root/.npm", "npm ci --cache /c", false),
        ("c", "npm ci --cache c", true),
        ("/w/c", "npm --cache ./c ci", true),
        ("/c", "npm_config_cache=/c npm ci", true),
        ("/c", "NPM_CONFIG_CACHE=/c npm ci", true),
        ("/root/.npm", "NPM_CONFIG_CACHE=/c npm ci", false),
        ("/c", "export npm_config_cache=/c && npm ci", true),
        ("/root/.npm", "export npm_config_cache=/c && npm ci", false),
        ("/root/.npm", "(export npm_config_cache=/c) && npm ci", true),
        ("/c", "npm_config_cache=/c; npm ci", false),
        ("/c", "npm_config_cache=/c; export npm_config_cache; npm ci", true),
        ("/c", "export npm_config_cache; npm_config_cache=/c; npm ci", true),
        ("/c", "export npm_config_cache=/d; npm_config_cache=/c; npm ci", true),
        ("/c", "C=/c; npm ci --cache $C", true),
        ("/c", "C=/c; export npm_config_cache=$C && npm ci", true),
        ("/c", "if true; then export npm_config_cache=/c; fi; npm ci", true),
        ("/c", "sh -c 'export npm_config_cache=/c'; npm ci", false),
        ("/c", "export npm_config_cache=/c; sh -c 'npm ci'", true),
        ("/c", "sh -c 'npm_config_cache=/c npm ci'", true),
        ("/c", "npm_config_cache=/c sh -c 'npm ci'", true),
        ("/root/.npm", "npm ci && npm i --cache /c", false),
        ("/root/.local/share/pnpm/store", "pnpm i", true),
        ("/root/.local/share/pnpm/store/v10", "pnpm i", true),
        ("/root/.local/share/pnpm", "pnpm i", true),
        ("/root/.pnpm-store", "pnpm i", false),
        ("/pnpm/store", "PNPM_HOME=/pnpm pnpm i", true),
        ("/pnpm", "PNPM_HOME=/pnpm pnpm i", true),
        ("/x/pnpm/store", "XDG_DATA_HOME=/x pnpm i", true),
        ("/s", "pnpm i --store-dir /s", true),
        ("s", "pnpm --store-dir s i", true),
        ("/s", "NPM_CONFIG_STORE_DIR=/s PNPM_HOME=/p pnpm i", true),
        ("/p/store", "NPM_CONFIG_STORE_DIR=/s PNPM_HOME=/p pnpm i", false),
        ("/s", "pnpm config set store-dir /s && pnpm i", true),
        ("/s", "pnpm config set --global store-dir=/s && pnpm i", true),
        ("/s", "pnpm i && pnpm config set store-dir /s", false),
        ("/usr/local/share/.cache/yarn", "yarn", true),
        ("/usr/local/share/.cache/yarn/v6", "yarn", true),
        ("/root/.cache/yarn", "yarn", false),
        ("/root/.yarn/berry/cache", "yarn", true),
        ("/w/.yarn/cache", "yarn", true),
        (".yarn/cache", "yarn", true),
        ("/y", "yarn --cache-folder /y", true),
        ("/y", "YARN_CACHE_FOLDER=/y yarn", true),
        ("/usr/local/share/.cache/yarn", "YARN_CACHE_FOLDER=/y yarn", false),
        ("/x/yarn", "XDG_CACHE_HOME=/x yarn", true),
        ("/root/.bun/install/cache", "bun i", true),
        ("/b/install/cache", "BUN_INSTALL=/b bun i", true),
        ("/b", "BUN_INSTALL_CACHE_DIR=/b bun i", true),
        ("/var/cache/apt", "apt-get install x", true),
        ("/var/lib/apt/lists", "apt-get install x", true),
        ("/var/cache", "apt-get install x", true),
        ("/var/lib", "apk add x", false),
        ("/var/cache/apk", "apk add x", true),
        ("/etc/apk/cache", "apk add x", true),
        ("/var/cache/dnf", "yum install x", true),
        ("/var/cache/yum", "dnf install x", true),
        ("/var/cache/libdnf5", "dnf install x", true),
        ("/root/.cache/pip", "pip install x", true),
        ("/root/.cache", "pip install x", true),
        ("/p", "pip install --cache-dir /p x", true),
        ("/p", "PIP_CACHE_DIR=/p pip install x", true),
        ("/x/pip", "XDG_CACHE_HOME=/x pip install x", true),
        ("/root/.cache/pip", "XDG_CACHE_HOME=/x pip install x", false),
        ("/root/.cache/uv", "uv sync", true),
        ("/u", "UV_CACHE_DIR=/u uv sync", true),
        ("/u", "uv --cache-dir /u sync", true),
        ("/x/uv", "XDG_CACHE_HOME=/x uv sync", true),
        ("/root/.cache/pypoetry", "poetry install", true),
        ("/p", "POETRY_CACHE_DIR=/p poetry install", true),
        ("/root/go/pkg/mod", "go build", true),
        ("/root/.cache/go-build", "go build", true),
        ("/root/.cache/go-build", "go mod download", false),
        ("/root/go/pkg/mod", "go mod download", true),
        ("/go/pkg/mod", "go build", false),
        ("/g/pkg/mod", "GOPATH=/g go get x", true),
        ("/m", "GOMODCACHE=/m go mod download", true),
        ("/b", "GOCACHE=/b go test ./...", true),
        ("/root/.cache/go-build", "go mod download && go build", false),
        ("/root/.cargo/registry", "cargo build", true),
        ("/root/.cargo/git", "cargo build", true),
        ("/root/.cargo", "cargo build", true),
        ("/root/.cargo/bin", "cargo build", false),
        ("/w/target", "cargo build", true),
        ("target", "cargo build", true),
        ("/t", "CARGO_TARGET_DIR=/t cargo build", true),
        ("/c/registry/cache", "CARGO_HOME=/c cargo build", true),
        ("/root/.m2", "mvn package", true),
        ("/root/.m2/repository", "./mvnw package", true),
        ("/m", "mvn -Dmaven.repo.local=/m package", true),
        ("/root/.gradle", "gradle build", true),
        ("/g", "GRADLE_USER_HOME=/g ./gradlew build", true),
        ("/root/.cache/composer", "composer install", true),
        ("/root/.composer/cache", "composer install", true),
        ("/c", "COMPOSER_CACHE_DIR=/c composer install", true),
        ("/h/cache", "COMPOSER_HOME=/h composer install", true),
        ("/root/.gem", "bundle install", true),
        ("/root/.bundle/cache", "bundle install", true),
        ("/b", "BUNDLE_PATH=/b bundle install", true),
        ("/g", "GEM_HOME=/g bundle install", true),
        ("/usr/local/bundle", "bundle install", false),
        ("/root/.nuget/packages", "dotnet restore", true),
        ("/n", "NUGET_PACKAGES=/n dotnet publish", true),
    ] {
        served(target, command, expected);
    }
}

#[test]
fn mounts_that_are_no_cache_or_broken_serve_nobody() {
    run("--mount=target=/root/.npm,type=cache npm ci", &[]);
    run("--mount=type=CACHE,TARGET=/root/.npm npm ci", &[]);
    run("--mount=type=cache,id=x,sharing=locked,destination=/root/.npm npm ci", &[]);
    run("--mount=type=cache,\"target=/root/.npm\" npm ci", &[]);
    run("--mount=type=bind,target=/root/.npm npm ci", &["npm"]);
    run("--mount=type=tmpfs,target=/root/.npm npm ci", &["npm"]);
    run("--mount=target=/root/.npm npm ci", &["npm"]);
    run("--mount=type=cache,tagret=/root/.npm npm ci", &["npm"]);
    run("--mount=type=cache npm ci", &["npm"]);
    run("--mount=type=cache npm ci --cache .", &[]);
    // Quoted, it is no flag but the program.
    run("\"--mount=type=cache,target=/root/.npm\" npm ci", &[]);
}

/// R8: a target that is expanded and joined as BuildKit does.
#[test]
fn targets_are_resolved_as_buildkit_does() {
    let served = |head: &str, target: &str, expected: bool| {
        let text =
            format!("FROM node:22\n{head}\nRUN --mount=type=cache,target={target} npm ci --cache /w/c\n");
        assert_eq!(findings(&text).is_empty(), expected, "{head} {target}");
    };
    served("WORKDIR /w", "c", true);
    served("WORKDIR /w\nWORKDIR sub/..", "c", true);
    served("WORKDIR w", "c", true);
    served("ENV R=/w\nWORKDIR $R", "c", true);
    served("ENV R=/w", "$R/c", true);
    served("ARG R=/w", "${R}/c", true);
    served("ARG R", "${R:-/w}/c", true);
    served("ARG R=/x\nENV R=/w", "$R/c", true);
    served("ENV R=/w\nARG R=/x", "$R/c", true);
    served("ENV A=/w B=$A", "$B/c", false);
    served("ENV A=/w\nENV B=$A", "$B/c", true);
    served("ENV A \"/w\"", "$A/c", true);
    served("ENV A='/w'", "$A/c", true);
    served("ENV A='$B' B=/w", "$A/c", false);
}

/// R9.
#[test]
fn the_environment_travels_through_stages() {
    let text = "FROM node AS base\nENV PNPM_HOME=/pnpm\nUSER node\nFROM base AS deps\n\
        RUN --mount=type=cache,target=/pnpm/store pnpm i\nFROM node\nRUN --mount=type=cache,target=/pnpm/store pnpm i\n\
        FROM deps\nENV PNPM_HOME=/q\nRUN --mount=type=cache,target=/pnpm/store pnpm i\n\
        FROM BASE\nRUN --mount=type=cache,target=/pnpm/store npm ci\n";
    check(text, &["7 pnpm", "10 pnpm", "12 npm"]);
    // A global ARG must be declared in the stage; `FROM` sees it.
    let text = "ARG CACHE=/c\nARG BASE=node:22\nFROM $BASE\nRUN --mount=type=cache,target=$CACHE npm ci --cache /c\n\
        ARG CACHE\nRUN --mount=type=cache,target=$CACHE npm ci --cache /c\n";
    check(text, &["4 npm"]);
    check("FROM node\nARG npm_config_cache=/c\nRUN --mount=type=cache,target=/c npm ci\n", &[]);
    check(
        "FROM node\nENV npm_config_cache=/d\nARG npm_config_cache=/c\nRUN --mount=type=cache,target=/c npm ci\n",
        &["4 npm"],
    );
    check(
        "FROM node AS a\nRUN pnpm config set store-dir /s\nFROM a\nRUN --mount=type=cache,target=/s pnpm i\n\
        FROM node\nRUN --mount=type=cache,target=/s pnpm i\n",
        &["6 pnpm"],
    );
}

#[test]
fn what_stands_behind_onbuild_changes_nothing_here() {
    check(
        "FROM node\nONBUILD ENV PNPM_HOME=/p\nONBUILD RUN pnpm config set store-dir /s\n\
         RUN --mount=type=cache,target=/root/.local/share/pnpm/store pnpm i\n",
        &[],
    );
}

/// R10.
#[test]
fn home_follows_the_user() {
    let served = |head: &str, target: &str, command: &str, expected: bool| {
        let text = format!("{head}\nRUN --mount=type=cache,target={target} {command}\n");
        assert_eq!(findings(&text).is_empty(), expected, "{text}");
    };
    let npm = "npm ci";
    served("FROM node\nUSER node", "/home/node/.npm", npm, true);
    served("FROM node\nUSER node:node", "/home/node/.npm", npm, true);
    served("FROM node\nUSER node", "/root/.npm", npm, false);
    served("FROM node\nUSER node", "/home/app/.npm", npm, false);
    served("FROM node\nUSER app", "/home/app/.npm", npm, true);
    served("FROM node\nUSER app", "/srv/x/.npm", npm, true);
    served("FROM node\nUSER app", "/root/.npm", npm, false);
    served("FROM node\nUSER app", "/home/app/.np", npm, false);
    served("FROM node\nUSER 1001", "/home/app/.npm", npm, true);
    served("FROM node\nUSER node\nUSER root", "/root/.npm", npm, true);
    served("FROM node\nUSER 0", "/root/.npm", npm, true);
    served("FROM node\nARG U=node\nUSER $U", "/home/node/.npm", npm, true);
    served("FROM node\nENV HOME=/h", "/h/.npm", npm, true);
    served("FROM node\nENV HOME=/h\nUSER node", "/h/.npm", npm, true);
    served("FROM node\nENV HOME=/h", "/root/.npm", npm, false);
    served("FROM node\nENV HOME=/h", "$HOME/.npm", npm, true);
    served("FROM node", "/h/.npm", "HOME=/h npm ci", true);
    served("FROM node", "/home/node/.npm", "su node -c 'npm ci'", true);
    served("FROM node", "/root/.npm", "su node -c 'npm ci'", false);
    served("FROM node", "/home/node/.npm", "sudo -u node npm ci", true);
    served("FROM node", "/home/node/.npm", "gosu node npm ci", true);
    served("FROM node", "/home/node/.npm", "su-exec node npm ci", true);
    served("FROM node", "/home/node/.npm", "runuser -u node npm ci", true);
    served("FROM node\nUSER node", "/root/.npm", "sudo npm ci", true);
    served("FROM node", "/home/node/.npm", "su -c 'npm ci' node", true);
    served("FROM node", "/home/node/.npm", "su - node -s /bin/sh -c 'npm ci'", true);
    served("FROM node", "/home/node/.npm", "runuser -l node -c 'npm ci'", true);
    served("FROM node", "/home/node/.npm", "sudo -u node -H bash -lc 'npm ci'", true);
    served("FROM node", "/home/node/.npm", "sudo --user=node npm ci", true);
    served("FROM node", "/root/.npm", "su node -c 'true' && npm ci", true);
    served("FROM node", "/h/.npm", "env HOME=/h npm ci", true);
    served("FROM node", "/h/.npm", "export HOME=/h && npm ci", true);
    served("FROM node\nENV npm_config_cache=/c", "/root/.npm", "env -i npm ci", true);
    served("FROM node\nENV npm_config_cache=/c", "/root/.npm", "env -u npm_config_cache npm ci", true);
    served("FROM node\nENV npm_config_cache=/c", "/root/.npm", "npm ci", false);
    served("FROM node", "/root/.cache/n", "npm ci --cache \"$HOME/.cache/n\"", true);
    served("FROM node", "/root/.cache/n", "npm ci --cache ~/.cache/n", true);
    served("FROM node\nENV C=/c", "/c/n", "npm ci --cache=${C}/n", true);
    served("FROM node\nENV C=/c", "/c/n", "npm ci --cache='${C}/n'", false);
    served("FROM node\nUSER node", "/home/node/.cache/yarn", "yarn", true);
    served("FROM node\nUSER node", "/usr/local/share/.cache/yarn", "yarn", false);
    served("FROM golang", "/go/pkg/mod", "go mod download", true);
    served("FROM golang", "$GOPATH/pkg/mod", "go mod download", true);
    served("FROM golang\nUSER x", "/go/pkg/mod", "go mod download", true);
    served("FROM rust:1", "/usr/local/cargo/registry", "cargo build", true);
    served("FROM rust:1", "/root/.cargo/registry", "cargo build", false);
    served("FROM rust:1", "${CARGO_HOME}/git", "cargo build", true);
    served("FROM ruby", "/usr/local/bundle", "bundle install", true);
    served("FROM composer:2", "/tmp/cache", "composer install", true);
    served("FROM oven/bun:1", "/root/.bun/install/cache", "bun i", true);
    served("FROM oven/bun:1\nUSER bun", "/home/bun/.bun/install/cache", "bun i", true);
    served("FROM oven/bun:1", "/bun-cache", "bun i", false);
}

/// R10: what an unknown base image may have moved.
#[test]
fn mounts_that_name_the_tool_are_believed_on_unknown_images() {
    let served = |head: &str, mount: &str, command: &str, expected: bool| {
        let text = format!("{head}\nRUN --mount=type=cache,{mount} {command}\n");
        assert_eq!(findings(&text).is_empty(), expected, "{text}");
    };
    let own = "FROM registry.example.com/base/node:22";
    served(own, "target=/opt/pnpm/store", "pnpm i", true);
    served(own, "target=/x,id=web-core-pnpm", "pnpm i", true);
    served(own, "target=/x,id=pnpm_store", "pnpm i", true);
    served(own, "target=/x", "pnpm i", false);
    served(own, "target=/opt/pnpm", "npm i", false);
    served(own, "target=/opt/npm", "pnpm i", false);
    served(own, "target=$PNPM_HOME/store", "pnpm i", true);
    served(&format!("{own}\nENV PNPM_HOME=/p"), "target=/opt/pnpm/store", "pnpm i", false);
    served(own, "target=/opt/pnpm", "pnpm i --store-dir /s", false);
    served("FROM node:22", "target=/opt/pnpm/store", "pnpm i", false);
    served("FROM docker.io/library/node:22", "target=/opt/pnpm/store", "pnpm i", false);
    served("ARG BASE\nFROM $BASE", "target=/opt/pnpm/store", "pnpm i", true);
    served("FROM oven/bun:1", "target=/opt/bun", "bun i", false);
}

/// R11.
#[test]
fn every_stage_is_judged() {
    check(
        "FROM node AS a\nRUN npm ci\nFROM node AS unused\nRUN yarn\nFROM scratch\nCOPY --from=a / /\n",
        &["2 npm", "4 yarn"],
    );
    check("RUN npm ci\nFROM node\nRUN npm ci\n", &["3 npm"]);
    check("from node\nrun npm ci\n  Run npm ci\n", &["2 npm", "3 npm"]);
    check("# escape=`\nFROM node\nRUN npm `\n  ci\n", &["3 npm"]);
    check("FROM node\nRUN a\nENTRYPOINT npm ci\nCMD npm ci\nHEALTHCHECK CMD npm ci\nSTOPSIGNAL x\n", &[]);
    check(
        "FROM node\nONBUILD RUN --mount=type=cache,target=/root/.npm npm ci\nONBUILD run [\"npm\", \"ci\"]\n",
        &["3 npm"],
    );
}
