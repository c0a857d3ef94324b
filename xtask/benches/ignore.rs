//! What a verdict costs: 100,000 paths against 50 patterns in each dialect, beside a bare `RegexSet` with the
//! same patterns on the same paths. Medians of paired runs; `cargo bench --bench ignore`.

#![expect(clippy::print_stdout, clippy::expect_used, reason = "a benchmark prints its results and may fail")]

use std::hint::black_box;
use std::time::{Duration, Instant};

use regex::RegexSet;
use xtask::syntax::ignore::dockerignore::{self, Dockerignore};
use xtask::syntax::ignore::gitignore::{self, Gitignore, Stack};
use xtask::syntax::ignore::oktetoignore::{Oktetoignore, Section};
use xtask::syntax::ignore::stignore::{Platform, Stignore};

const RUNS: usize = 15;

/// A monorepo: folders with their parents before them, each followed by its files.
fn tree() -> Vec<(String, Vec<String>)> {
    let mut folders = Vec::new();
    for app in 0..100 {
        let root = format!("apps/app-{app}");
        for part in
            ["", "/src", "/src/components", "/src/lib", "/public", "/tests", "/src/app", "/src/app/api"]
        {
            let folder = format!("{root}{part}");
            let files = (0..125).map(|file| {
                let extension = ["ts", "tsx", "css", "md", "json"].get(file % 5).copied().unwrap_or("ts");
                format!("{folder}/module-{file}.{extension}")
            });
            folders.push((folder.clone(), files.collect()));
        }
    }
    folders
}

fn patterns(dialect: &str) -> Vec<String> {
    let names = [
        "node_modules",
        ".next",
        ".turbo",
        "dist",
        "coverage",
        ".git",
        ".pnpm-store",
        "build",
        "out",
        ".cache",
        ".idea",
        ".vscode",
        "tmp",
        ".env",
        ".DS_Store",
        "playwright-report",
        "test-results",
        "storybook-static",
        ".vercel",
        ".nx",
        "target",
        "vendor",
        ".terraform",
        "__snapshots__",
        "generated",
    ];
    let globs = [
        "*.log",
        "*.tmp",
        "*.swp",
        "*.bak",
        "*.pem",
        "*.key",
        "*.tgz",
        "*.map",
        ".env.*",
        "*.tsbuildinfo",
        "*.orig",
        "*.pid",
        "npm-debug*",
        "yarn-error*",
        "*~",
        "*.sync-conflict-*",
        "report.[0-9]*.json",
        "*.local",
        "*.lcov",
        "id_rsa*",
        "*.p12",
        "kubeconfig*",
        "*.sqlite",
        "*.db-journal",
        "?.core",
    ];
    let prefix = if dialect == "docker" { "**/" } else { "" };
    names.iter().chain(&globs).map(|pattern| format!("{prefix}{pattern}")).collect()
}

/// The fifty patterns, each at any depth and with everything below, as one would write them for a `RegexSet`.
fn bare() -> RegexSet {
    let regexes = patterns("").into_iter().map(|pattern| {
        let body = regex::escape(&pattern)
            .replace("\\*", "[^/]*")
            .replace("\\?", "[^/]")
            .replace("\\[0\\-9\\]", "[0-9]");
        format!("^(?:.*/)?{body}(?:/.*)?$")
    });
    RegexSet::new(regexes).expect("the patterns are valid")
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

fn timed(work: impl Fn() -> usize) -> Duration {
    let start = Instant::now();
    black_box(work());
    start.elapsed()
}

/// Parent folders first: states of the folders above by depth.
fn docker_walk(file: &Dockerignore, tree: &[(String, Vec<String>)]) -> usize {
    let mut states: Vec<(&str, dockerignore::Walker<'_>)> = Vec::new();
    let mut ignored = 0;
    for (folder, files) in tree {
        while states.last().is_some_and(|(above, _)| !folder.starts_with(&format!("{above}/"))) {
            states.pop();
        }
        let parent = states.last().map_or_else(|| file.walker(), |(_, state)| state.clone());
        let Ok((state, _)) = parent.enter(folder) else { continue };
        ignored +=
            files.iter().filter(|path| state.verdict(path).is_ok_and(|verdict| verdict.ignored)).count();
        states.push((folder, state));
    }
    ignored
}

fn git_walk(stack: &Stack, tree: &[(String, Vec<String>)]) -> usize {
    let mut states: Vec<(&str, gitignore::Walker<'_>)> = Vec::new();
    let mut ignored = 0;
    for (folder, files) in tree {
        while states.last().is_some_and(|(above, _)| !folder.starts_with(&format!("{above}/"))) {
            states.pop();
        }
        let state = states.last().map_or_else(|| stack.walker(), |(_, state)| state.clone()).enter(folder);
        ignored += files.iter().filter(|path| state.verdict(path, false).0).count();
        states.push((folder, state));
    }
    ignored
}

fn main() {
    let tree = tree();
    let paths: Vec<&String> = tree.iter().flat_map(|(_, files)| files).collect();
    let bare = bare();
    let text = patterns("").join("\n");
    let docker_text = patterns("docker").join("\n");
    let stignore =
        Stignore::parse(".stignore", &text, Platform::Linux, &mut |_, _| Err("file not found".into()));
    let dockerignore = Dockerignore::parse(&docker_text);
    let oktetoignore = Oktetoignore::parse(&docker_text).rules(&Section::Deploy);
    let mut stack = Stack::new();
    stack.add("", ".gitignore", Gitignore::parse(&text));
    let by_bare = || paths.iter().filter(|path| bare.matches(path).matched_any()).count();
    let by_stignore =
        || paths.iter().filter(|path| stignore.matches(path).is_ok_and(|verdict| verdict.ignored)).count();
    let dialects: [(&str, &dyn Fn() -> usize); 4] = [
        ("stignore", &by_stignore),
        ("dockerignore", &|| docker_walk(&dockerignore, &tree)),
        ("oktetoignore", &|| docker_walk(&oktetoignore, &tree)),
        ("gitignore", &|| git_walk(&stack, &tree)),
    ];
    println!("{} paths, 50 patterns, medians of {RUNS} paired runs", paths.len());
    for (name, work) in dialects {
        let (own, base): (Vec<_>, Vec<_>) = (0..RUNS).map(|_| (timed(work), timed(by_bare))).unzip();
        let (own, base) = (median(own), median(base));
        let ratio = own.as_secs_f64() / base.as_secs_f64();
        println!(
            "{name:13} {:6.1} ms, {ratio:.2} of a bare RegexSet ({:.1} ms)",
            own.as_secs_f64() * 1e3,
            base.as_secs_f64() * 1e3
        );
    }
}
