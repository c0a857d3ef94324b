//! R8 to R11 of the rule about cache mounts: which mounts serve.

use super::dockerfile_cache_mounts::{check, findings, run};

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
    served("FROM node\nUSER app", "/home/app/.npm/_cacache", npm, true);
    served("FROM node\nUSER app", "/home/app/.npmrc", npm, false);
    served("FROM maven\nUSER app", "/home/app/.m2/repository", "mvn package", true);
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
