//! The costs that users feel, on a generated monorepo: 100,000 tracked files, 60 apps, 200 packages.
//!
//! `cargo bench --bench monorepo` prints medians of paired runs and their ratios to what git needs for the
//! same tree. `XTASK_BENCH_FILES` makes the tree smaller or larger; `XTASK_BENCH_KEEP=FOLDER` only writes the tree
//! there, for a profiler.

#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a benchmark prints its results and may fail"
)]

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const APPS: usize = 60;
const PACKAGES: usize = 200;
const RUNS: usize = 11;

fn main() {
    // `cargo test --benches` builds and starts benches too; only `cargo bench` passes this flag.
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    let files = std::env::var("XTASK_BENCH_FILES").ok().and_then(|text| text.parse().ok()).unwrap_or(100_000);
    if let Some(kept) = std::env::var_os("XTASK_BENCH_KEEP") {
        generate(Path::new(&kept), files);
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    generate(root, files);
    println!("{files} files, {APPS} apps, {PACKAGES} packages; medians of {RUNS} paired runs\n");
    println!("{:<46} {:>9} {:>9} {:>7} {:>9}", "", "ours", "git", "ratio", "peak");
    let all = ["check", "--skip", "secrets"];
    row(root, "check / git status --porcelain", &all, &["status", "--porcelain"]);
    let (secrets, grep) = (["check", "--rule", "secrets"], ["grep", "-c", "-F", "OKTETO_TOKEN"]);
    row(root, "check --rule secrets / git grep -c -F", &secrets, &grep);

    fs::write(root.join("apps/app-1/src/file-1.ts"), "export const changed = 1;\n").unwrap();
    git(root, &["add", "apps/app-1/src/file-1.ts"]);
    let staged = ["check", "--staged"];
    let diff = ["diff", "--cached", "--raw", "-z"];
    row(root, "check --staged, nothing relevant / git diff", &staged, &diff);

    fs::write(root.join("apps/app-1/package.json"), package("app-1", 1).replace("0.0.0", "0.0.1")).unwrap();
    git(root, &["add", "apps/app-1/package.json"]);
    row(root, "check --staged, relevant / git ls-files -s -z", &staged, &["ls-files", "-s", "-z"]);
    let why = ["why", "apps/app-1/.env"];
    row(root, "why PATH / git ls-files -z", &why, &["ls-files", "-z"]);

    let small = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    beyond_git(small, "check on this repository / its git processes", &all);
}

/// The processes that a check of the work tree needs, in their order.
const NEEDED: [&[&str]; 3] = [
    &["rev-parse", "--show-toplevel", "--git-path", "index"],
    &["ls-files", "-s", "-t", "-z", "--sparse"],
    &["check-ignore", "-z", "--no-index", "--", "target", "node_modules"],
];

/// Our time against that of the git processes it needs, and the difference.
fn beyond_git(root: &Path, title: &str, ours: &[&str]) {
    let program = env!("CARGO_BIN_EXE_xtask");
    let mut pairs = Vec::new();
    for run in 0..=RUNS {
        let own = measure(Command::new(program).args(ours).current_dir(root)).0;
        let git = NEEDED.map(|args| measure(Command::new("git").args(args).current_dir(root)).0);
        if run > 0 {
            pairs.push((own, git.iter().sum::<Duration>()));
        }
    }
    let median = |pick: fn(&(Duration, Duration)) -> f64| median(&pairs, pick) * 1000.0;
    let (own, git) = (median(|(own, _)| own.as_secs_f64()), median(|(_, git)| git.as_secs_f64()));
    println!("{title:<46} {own:>6.1} ms {git:>6.1} ms  {:.1} ms beyond", own - git);
}

fn row(root: &Path, title: &str, ours: &[&str], theirs: &[&str]) {
    let mut pairs = Vec::new();
    let mut peak = 0;
    for run in 0..=RUNS {
        let (own, memory) = measure(Command::new(env!("CARGO_BIN_EXE_xtask")).args(ours).current_dir(root));
        let (other, _) = measure(Command::new("git").args(theirs).current_dir(root));
        // The first pair warms the caches.
        if run > 0 {
            pairs.push((own, other));
            peak = peak.max(memory);
        }
    }
    let own = median(&pairs, |(own, _)| own.as_secs_f64() * 1000.0);
    let other = median(&pairs, |(_, other)| other.as_secs_f64() * 1000.0);
    let ratio = median(&pairs, |(own, other)| own.as_secs_f64() / other.as_secs_f64());
    println!("{title:<46} {own:>6.1} ms {other:>6.1} ms {ratio:>7.2} {:>6} MB", peak / 1024);
}

fn median(pairs: &[(Duration, Duration)], pick: fn(&(Duration, Duration)) -> f64) -> f64 {
    let mut values: Vec<f64> = pairs.iter().map(pick).collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Wall time, and peak memory in KiB as the kernel counts it (sampled; 0 where there is no /proc).
fn measure(command: &mut Command) -> (Duration, u64) {
    let start = Instant::now();
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    loop {
        if let Ok(text) = fs::read_to_string(&status) {
            let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
            peak = line.and_then(|rest| rest.trim().trim_end_matches(" kB").parse().ok()).unwrap_or(peak);
        }
        if child.try_wait().unwrap().is_some() {
            return (start.elapsed(), peak);
        }
        std::thread::sleep(Duration::from_micros(500));
    }
}

fn git(root: &Path, args: &[&str]) {
    let output = Command::new("git").args(args).current_dir(root).output().unwrap();
    assert!(output.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&output.stderr));
}

fn write(root: &Path, path: &str, text: &str) {
    let target = root.join(path);
    fs::create_dir_all(target.parent().unwrap()).unwrap();
    fs::write(target, text).unwrap();
}

fn package(name: &str, number: usize) -> String {
    let (one, two) = (number % PACKAGES, (number * 7 + 3) % PACKAGES);
    format!(
        "{{\n  \"name\": \"@bench/{name}\",\n  \"version\": \"0.0.0\",\n  \"scripts\": {{\"dev\": \"next dev --port {}\"}},\n  \
         \"dependencies\": {{\"next\": \"16.0.0\", \"@bench/package-{one}\": \"workspace:*\", \"@bench/package-{two}\": \"workspace:*\"}}\n}}\n",
        3000 + number
    )
}

/// A monorepo in the shape of web-core, clean under its own rules as far as a generator goes.
fn generate(root: &Path, files: usize) {
    write(
        root,
        "package.json",
        "{\"name\": \"bench\", \"private\": true, \"packageManager\": \"pnpm@10.34.9\"}\n",
    );
    write(root, "pnpm-workspace.yaml", "packages:\n  - apps/*\n  - packages/*\n");
    write(root, "pnpm-lock.yaml", "lockfileVersion: '9.0'\n");
    write(root, ".gitignore", "node_modules/\n.next/\n.turbo/\ndist/\n.env\n");
    write(root, ".stignore", ".git\nnode_modules\n.next\n.turbo\ndist\ncoverage\n.env\n");
    write(root, ".dockerignore", ".git\n**/node_modules\n**/.next\n**/.turbo\n**/dist\n**/.env\n");
    let mut manifest = String::from("dev:\n");
    for app in 0..APPS {
        write(root, &format!("apps/app-{app}/package.json"), &package(&format!("app-{app}"), app));
        write(root, &format!("apps/app-{app}/Dockerfile"), DOCKERFILE);
        manifest.push_str(&format!(
            "  web-dev-app-{app}:\n    selector:\n      app.kubernetes.io/instance: web-dev-app-{app}\n    image: node:22\n    \
             workdir: /app/apps/app-{app}\n    command: pnpm dev\n    sync:\n      - ..:/app\n    forward:\n      - {0}:{0}\n",
            3000 + app
        ));
    }
    write(root, ".okteto/okteto.yml", &manifest);
    for number in 0..PACKAGES {
        let text = format!("{{\"name\": \"@bench/package-{number}\", \"version\": \"0.0.0\"}}\n");
        write(root, &format!("packages/package-{number}/package.json"), &text);
    }
    for page in 0..20 {
        write(
            root,
            &format!("docs/runbooks/runbook-{page}.md"),
            &"# Runbook\n\nText with `code` and words.\n".repeat(60),
        );
    }
    let homes = APPS + PACKAGES;
    let rest = files.saturating_sub(APPS * 2 + PACKAGES + 30);
    for number in 0..rest {
        let home = number % homes;
        let base = if home < APPS {
            format!("apps/app-{home}")
        } else {
            format!("packages/package-{}", home - APPS)
        };
        let path = format!("{base}/src/part-{}/file-{number}.ts", (number / homes) % 12);
        write(root, &path, &format!("export const value{number} = {number};\n"));
    }
    write(root, "apps/app-1/src/file-1.ts", "export const value = 1;\n");
    git(root, &["init", "-q"]);
    git(root, &["config", "user.email", "bench@example.com"]);
    git(root, &["config", "user.name", "bench"]);
    git(root, &["config", "gc.auto", "0"]);
    git(root, &["add", "-A"]);
    git(root, &["commit", "-qm", "generated"]);
    // As every clone is: a hundred thousand loose objects are nobody's repository.
    git(root, &["repack", "-adq"]);
    // Untracked files are part of a real work tree.
    for number in 0..200 {
        write(root, &format!("apps/app-2/notes/note-{number}.txt"), "untracked\n");
    }
}

const DOCKERFILE: &str = "# syntax=docker/dockerfile:1\nFROM node:22 AS deps\nWORKDIR /repo\nENV PNPM_HOME=/pnpm\n\
COPY pnpm-lock.yaml pnpm-workspace.yaml package.json ./\n\
RUN --mount=type=cache,id=bench-pnpm,target=/pnpm/store pnpm install --frozen-lockfile\n";
