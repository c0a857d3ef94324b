//! R1 to R7 of the rule about cache mounts: which commands need one.

use super::dockerfile_cache_mounts::{check, run};

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
