//! What Dockerfiles cost: 200 of real shape through the parser and every rule of the group, and files of 1, 10 and
//! 100 times the size. Medians; `cargo bench --bench dockerfile`. `-- --write DIR` writes the files for other tools.

#![expect(clippy::print_stdout, clippy::expect_used, reason = "a benchmark prints its results and may fail")]

use std::hint::black_box;
use std::path::Path;
use std::time::{Duration, Instant};

use xtask::config::Config;
use xtask::diagnostic::Severity;
use xtask::engine::{self, Selection};
use xtask::facts::Facts;
use xtask::rules;
use xtask::snapshot::Snapshot;
use xtask::syntax::dockerfile::Dockerfile;

const RUNS: usize = 15;
const FILES: usize = 200;

/// Shapes of public application images; `{n}` makes each file another one.
const SHAPES: [&str; 8] = [
    // The template of Next.js and Payload.
    "FROM node:22-alpine AS base\n\nFROM base AS deps\n# Check alpine\nRUN apk add --no-cache libc6-compat\nWORKDIR /app\nCOPY package.json yarn.lock* package-lock.json* pnpm-lock.yaml* ./\nRUN \\\n  if [ -f yarn.lock ]; then yarn --frozen-lockfile; \\\n  elif [ -f package-lock.json ]; then npm ci; \\\n  elif [ -f pnpm-lock.yaml ]; then corepack enable pnpm && pnpm i --frozen-lockfile; \\\n  else echo \"Lockfile not found.\" && exit 1; \\\n  fi\n\nFROM base AS builder\nWORKDIR /app\nCOPY --from=deps /app/node_modules ./node_modules\nCOPY . .\nENV NEXT_TELEMETRY_DISABLED=1\nRUN npm run build\n\nFROM base AS runner\nWORKDIR /app\nENV NODE_ENV=production APP=web-{n}\nRUN addgroup --system --gid 1001 nodejs\nRUN adduser --system --uid 1001 nextjs\nCOPY --from=builder /app/public ./public\nCOPY --from=builder --chown=nextjs:nodejs /app/.next/standalone ./\nUSER nextjs\nEXPOSE 3000\nENV PORT=3000\nCMD HOSTNAME=\"0.0.0.0\" node server.js\n",
    // turbo prune.
    "# syntax=docker/dockerfile:1\nFROM node:22-bookworm-slim AS base\nENV PNPM_HOME=/pnpm\nENV PATH=$PNPM_HOME:$PATH\nRUN corepack enable\nWORKDIR /repo\n\nFROM base AS pruner\nCOPY . .\nRUN pnpm dlx turbo@2 prune app-{n} --docker\n\nFROM base AS installer\nCOPY --from=pruner /repo/out/json/ .\nRUN --mount=type=cache,id=web-core-pnpm,target=/pnpm/store pnpm install --frozen-lockfile\nCOPY --from=pruner /repo/out/full/ .\nARG NEXT_PUBLIC_URL\nRUN --mount=type=cache,target=/repo/.turbo/cache pnpm turbo run build --filter=app-{n}...\n\nFROM base AS runner\nUSER node\nCOPY --from=installer --chown=node:node /repo/apps/app-{n}/.next/standalone ./\nHEALTHCHECK --interval=30s CMD wget -qO- http://localhost:3000/health || exit 1\nCMD [\"node\", \"apps/app-{n}/server.js\"]\n",
    // Go.
    "FROM golang:1.24 AS build\nWORKDIR /src\nCOPY go.mod go.sum ./\nRUN --mount=type=cache,target=/go/pkg/mod go mod download\nCOPY . .\nARG VERSION=dev-{n}\nRUN --mount=type=cache,target=/go/pkg/mod --mount=type=cache,target=/root/.cache/go-build \\\n    CGO_ENABLED=0 go build -ldflags \"-X main.version=${VERSION}\" -o /out/app ./cmd/app\nFROM gcr.io/distroless/static\nCOPY --from=build /out/app /app\nENTRYPOINT [\"/app\"]\n",
    // Python with system packages.
    "FROM python:3.13-slim\nENV PYTHONUNBUFFERED=1 PIP_DISABLE_PIP_VERSION_CHECK=1\nRUN apt-get update && apt-get install -y --no-install-recommends \\\n    build-essential \\\n    libpq-dev \\\n    # for images\n    libjpeg-dev \\\n && rm -rf /var/lib/apt/lists/*\nWORKDIR /srv/app-{n}\nCOPY requirements.txt .\nRUN pip install --no-cache-dir -r requirements.txt\nCOPY . .\nRUN useradd -m app && chown -R app /srv\nUSER app\nCMD [\"gunicorn\", \"app:app\"]\n",
    // A script in a heredoc.
    "# syntax=docker/dockerfile:1\nFROM debian:12 AS tools\nRUN --mount=type=cache,target=/var/cache/apt,sharing=locked <<EOF\nset -eux\napt-get update\napt-get install -y curl git jq\nfor tool in a b c; do\n  curl -fsSL \"https://example.com/$tool-{n}.tgz\" | tar xz -C /usr/local/bin\ndone\nEOF\nCOPY <<EOT /etc/app.conf\n[app]\nname = app-{n}\nEOT\n",
    // Rust with chef.
    "FROM rust:1.90 AS chef\nRUN cargo install cargo-chef\nWORKDIR /app\nFROM chef AS planner\nCOPY . .\nRUN cargo chef prepare --recipe-path recipe.json\nFROM chef AS builder\nCOPY --from=planner /app/recipe.json recipe.json\nRUN cargo chef cook --release --recipe-path recipe.json\nCOPY . .\nRUN cargo build --release --bin app-{n}\nFROM debian:12-slim\nCOPY --from=builder /app/target/release/app-{n} /usr/local/bin/\nENTRYPOINT [\"/usr/local/bin/app-{n}\"]\n",
    // pnpm fetch, another user.
    "FROM node:22 AS build\nUSER node\nWORKDIR /home/node/app-{n}\nCOPY --chown=node pnpm-lock.yaml ./\nRUN --mount=type=cache,id=pnpm,target=/home/node/.local/share/pnpm/store,uid=1000,gid=1000 pnpm fetch\nCOPY --chown=node . ./\nRUN --mount=type=cache,id=pnpm,target=/home/node/.local/share/pnpm/store,uid=1000,gid=1000 pnpm install -r --offline && pnpm -r build\nFROM nginx:1.29-alpine\nCOPY --from=build /home/node/app-{n}/dist /usr/share/nginx/html\n",
    // A long chain of commands.
    "FROM ubuntu:24.04\nSHELL [\"/bin/bash\", \"-o\", \"pipefail\", \"-c\"]\nARG NODE_MAJOR=22\nRUN set -ex; \\\n    apt-get update; \\\n    apt-get install -y ca-certificates gnupg; \\\n    mkdir -p /etc/apt/keyrings; \\\n    curl -fsSL https://deb.example.com/key | gpg --dearmor -o /etc/apt/keyrings/n.gpg; \\\n    echo \"deb [signed-by=/etc/apt/keyrings/n.gpg] https://deb.example.com/node_$NODE_MAJOR.x nodistro main\" > /etc/apt/sources.list.d/n.list; \\\n    apt-get update && apt-get install -y nodejs; \\\n    if [ \"$(node -v)\" != \"v$NODE_MAJOR\" ]; then echo other; fi; \\\n    npm install -g pnpm@10 && npm cache clean --force\nWORKDIR /app-{n}\nCOPY . .\nRUN pnpm install && pnpm build\nLABEL org.opencontainers.image.title=\"app-{n}\" org.opencontainers.image.vendor=\"Example\"\nVOLUME /data\nSTOPSIGNAL SIGTERM\nONBUILD RUN npm ci\nCMD [\"pnpm\", \"start\"]\n",
];

fn files() -> Vec<(String, String)> {
    let shapes = SHAPES.iter().cycle().take(FILES).enumerate();
    shapes
        .map(|(number, shape)| {
            (format!("images/{number:03}/Dockerfile"), shape.replace("{n}", &number.to_string()))
        })
        .collect()
}

fn median(mut run: impl FnMut() -> Duration) -> Duration {
    let mut times: Vec<Duration> = (0..RUNS).map(|_| run()).collect();
    times.sort();
    times.get(RUNS / 2).copied().unwrap_or_default()
}

/// Parser, models and every rule of the group, the tree given in memory.
fn check(files: &[(String, String)]) -> Duration {
    let tree = Snapshot::memory(files.iter().map(|(path, text)| (path.clone(), text.clone().into_bytes())));
    let facts = Facts::new(tree, None, Config::default());
    let selection = Selection {
        rules: rules::all().filter(|rule| rule.group() == "dockerfile").collect(),
        level: Severity::Note,
        named: true,
        paths: Vec::new(),
    };
    let start = Instant::now();
    let outcome = engine::run(&facts, &selection);
    let time = start.elapsed();
    assert!(outcome.report.errors.is_empty(), "a rule failed");
    black_box(outcome);
    time
}

fn main() {
    let files = files();
    let args: Vec<String> = std::env::args().collect();
    if let Some(folder) = args.iter().position(|arg| arg == "--write").and_then(|at| args.get(at + 1)) {
        for (path, text) in &files {
            let path = Path::new(folder).join(path);
            std::fs::create_dir_all(path.parent().expect("a folder")).expect("to make the folder");
            std::fs::write(path, text).expect("to write the file");
        }
        return;
    }
    let bytes: usize = files.iter().map(|(_, text)| text.len()).sum();
    println!("{FILES} files, {bytes} bytes");
    let parse = median(|| {
        let start = Instant::now();
        files.iter().for_each(|(_, text)| drop(black_box(Dockerfile::parse(text.as_str()))));
        start.elapsed()
    });
    println!("parse            {:>8.1} us a file", micros(parse) / FILES as f64);
    println!("parse and rules  {:>8.1} us a file", micros(median(|| check(&files))) / FILES as f64);
    for shape in SHAPES.iter().take(2) {
        for factor in [1_usize, 10, 100] {
            let large = [("Dockerfile".to_owned(), shape.repeat(factor * 10))];
            let time = micros(median(|| check(&large)));
            println!(
                "{:>4} times the size {time:>10.0} us, {:>6.1} us for each",
                factor,
                time / factor as f64
            );
        }
    }
}

fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}
