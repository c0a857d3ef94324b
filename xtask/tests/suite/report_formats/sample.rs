//! A repository with one problem for each pillar, and its report built by hand.

use std::collections::BTreeMap;
use xtask::diagnostic::{Diagnostic, Edit, Fix, RuleInfo, Severity, replace};
use xtask::report::Report;
use xtask::source::{Place, RepoPath, SourceFile, Span};

const FILES: [(&str, &str); 6] = [
    (
        ".okteto/okteto.yml",
        r#"name: web-core

dev:
  web-dev-synestra-io:
    selector:
      app.kubernetes.io/name: web-app
      app.kubernetes.io/instance: web-dev-synestra-io
    image: node:22-bookworm
    workdir: /app/apps/synestra-io
    command: sh -c "corepack enable && pnpm install --frozen-lockfile && pnpm dev"
    sync:
      - ..:/app
    forward:
      - 3000:3000
"#,
    ),
    (".gitignore", "node_modules/\n.next/\n.turbo/\n.env\n.env.*\n!.env.example\n"),
    (".stignore", ".git\nnode_modules\n.next\n.turbo\ndist\ncoverage\n"),
    (
        "apps/corporate-website/package.json",
        r#"{
  "name": "@synestra/corporate-website",
  "private": true,
  "scripts": {
    "dev": "next dev --port 3001",
    "build": "next build"
  },
  "dependencies": {
    "next": "16.0.7"
  }
}
"#,
    ),
    (
        "apps/synestra-io/Dockerfile",
        r"# syntax=docker/dockerfile:1
FROM node:22-bookworm-slim AS base
ENV PNPM_HOME=/pnpm
ENV PATH=$PNPM_HOME:$PATH
RUN corepack enable
WORKDIR /repo

FROM base AS deps
COPY pnpm-lock.yaml pnpm-workspace.yaml package.json ./
COPY apps/synestra-io/package.json apps/synestra-io/
COPY packages/ui/package.json packages/ui/
COPY packages/env/package.json packages/env/
RUN --mount=type=cache,id=web-core-pnpm,target=/root/.local/share/pnpm/store \
    pnpm install --frozen-lockfile
",
    ),
    (
        "docs/runbooks/runbook-okteto-dev.md",
        "# Runbook: Okteto dev

## 0) Что это и зачем

Argo CD разворачивает базовую версию, Okteto подменяет workload на dev‑контейнер.

## 1) Первая сессия

1. Вход: `okteto context use https://okteto.services.synestra.tech`.
2. Namespace: `okteto namespace use web-dev-synestra-io`.
3. Запуск dev‑контейнера: `okteto up web-synestra-io-dev`.

Порты (таблицу пишет `cargo xtask fix`):

<!-- okteto:ports -->
| Приложение | Dev‑контейнер | На ноутбуке | В контейнере |
|---|---|---|---|
| `synestra-io` | `web-dev-synestra-io` | <http://localhost:3000> | 3000 |
<!-- /okteto:ports -->
",
    ),
];

/// The files by path.
pub fn sources() -> BTreeMap<RepoPath, SourceFile> {
    FILES
        .iter()
        .map(|(path, text)| (RepoPath::new(path), SourceFile::new(RepoPath::new(path), *text)))
        .collect()
}

/// The first occurrence of `needle` in a file of the sample.
pub fn find(path: &str, needle: &str) -> Place {
    let (_, text) = FILES.iter().find(|(name, _)| *name == path).expect("a file of the sample");
    let start = text.find(needle).expect("text of the file");
    Place::new(&RepoPath::new(path), Span::new(start, start + needle.len()))
}

/// The fields that the sink of the engine fills in.
pub fn ruled(rule: &'static str, severity: Severity, mut diagnostic: Diagnostic) -> Diagnostic {
    diagnostic.rule = rule;
    diagnostic.severity = severity;
    diagnostic.fingerprint = format!("{:0>32}", rule.len());
    diagnostic
}

fn secret_exposed() -> Diagnostic {
    let stignore = RepoPath::new(".stignore");
    let end = sources()[&stignore].text.len();
    let message = "`.env` files are kept out of git, but would be synced into the cluster";
    let append = replace(&stignore, Span::at(end), "!.env.example\n.env\n.env.*\n");
    let diagnostic = Diagnostic::new(Place::top(&stignore), message)
        .label("none of its 6 patterns decides `apps/synestra-io/.env`")
        .related(find(".okteto/okteto.yml", "..:/app"), "`web-dev-synestra-io` sends it to the pod")
        .related(
            find(".gitignore", ".env"),
            "git leaves it out; a tracked `.env.example` says that laptops have one",
        )
        .help("`cargo xtask fix` appends `!.env.example`, `.env`, `.env.*` to `.stignore`")
        .subject("apps/synestra-io/.env")
        .fix(Fix::safe("append `.env` patterns", vec![append]));
    ruled("ignore/secret-exposed", Severity::Error, diagnostic)
}

fn missing_container() -> Diagnostic {
    let manifest = RepoPath::new(".okteto/okteto.yml");
    let end = sources()[&manifest].text.len();
    let sibling = replace(&manifest, Span::at(end), "  web-dev-corporate-website:\n    sync: [..:/app]\n");
    let place = find("apps/corporate-website/package.json", "\"@synestra/corporate-website\"");
    let place = Place::new(&place.path, Span::new(place.span.start, place.span.end));
    let diagnostic = Diagnostic::new(place, "app `corporate-website` has no dev container")
        .label("has a `dev` script, but no `okteto up` leads here")
        .related(
            find(".okteto/okteto.yml", "web-dev-synestra-io"),
            "the only dev container; its workdir serves `apps/synestra-io`",
        )
        .help("`cargo xtask fix --unsafe` adds `web-dev-corporate-website`, modelled on its sibling")
        .subject("apps/corporate-website")
        .fix(Fix::needs_review("add `web-dev-corporate-website`", vec![sibling]));
    ruled("dev/missing-container", Severity::Error, diagnostic)
}

fn cache_mount_target() -> Diagnostic {
    let target = find("apps/synestra-io/Dockerfile", "/root/.local/share/pnpm/store");
    let edit = Edit::Replace { place: target.clone(), text: "/pnpm/store".to_owned() };
    let diagnostic = Diagnostic::new(target, "this cache mount is not where pnpm keeps its store")
        .label("stays empty")
        .related(
            find("apps/synestra-io/Dockerfile", "PNPM_HOME=/pnpm"),
            "puts the store in `/pnpm/store`, here and in stage `deps`",
        )
        .help("mount the store, or each build downloads every package again")
        .subject("apps/synestra-io/Dockerfile#deps#pnpm")
        .fix(Fix::safe("mount `/pnpm/store`", vec![edit]));
    ruled("dockerfile/cache-mount-target", Severity::Warning, diagnostic)
}

fn unknown_name() -> Diagnostic {
    let name = find("docs/runbooks/runbook-okteto-dev.md", "web-synestra-io-dev");
    let edit = Edit::Replace { place: name.clone(), text: "web-dev-synestra-io".to_owned() };
    let diagnostic = Diagnostic::new(name, "no manifest has a dev container `web-synestra-io-dev`")
        .label("the first session ends here")
        .related(find(".okteto/okteto.yml", "web-dev-synestra-io"), "did you mean this one? (safe fix)")
        .subject("web-synestra-io-dev")
        .fix(Fix::safe("replace it by `web-dev-synestra-io`", vec![edit]));
    ruled("runbook/unknown-name", Severity::Warning, diagnostic)
}

/// A rule as reports know it.
pub fn rule(id: &'static str, severity: Severity) -> RuleInfo {
    RuleInfo { id, summary: "a summary in one line", severity, page: "# Page\n\nWhat it checks.\n" }
}

/// What `check` finds in the sample.
pub fn report() -> Report {
    Report {
        snapshot: "worktree".to_owned(),
        diagnostics: vec![secret_exposed(), missing_container(), cache_mount_target(), unknown_name()],
        files: 84,
        rules: vec![
            rule("dev/missing-container", Severity::Error),
            rule("dev/duplicate", Severity::Error),
            rule("dockerfile/cache-mount-target", Severity::Warning),
            rule("ignore/secret-exposed", Severity::Error),
            rule("runbook/unknown-name", Severity::Warning),
        ],
        sources: sources(),
        ..Report::default()
    }
}
