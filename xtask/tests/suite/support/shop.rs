//! A small repository with one rule switched on, and the program that checks it.
//!
//! `dev/sync-base` is the one rule: its finding is an error, its fix is safe, and one character decides. With all
//! others off these tests do not change when a rule is added.

#![allow(dead_code)] // each test file uses its part

use crate::support::git_repo::Repo;
use std::ffi::OsStr;
use std::path::Path;
use std::process::{Command, Output};

/// The manifest.
pub const MANIFEST: &str = ".okteto/okteto.yml";
/// What is right.
pub const GOOD: &str = "\
# The dev containers.
dev:
  web-shop:
    image: node:22
    workdir: /app/apps/shop
    command: pnpm dev
    sync:
      - ..:/app # the whole repository
";

/// The manifest with the slip.
pub fn bad() -> String {
    GOOD.replace("..:/app", ".:/app")
}

/// The finding's line of text in every report.
pub const FINDING: &str = "`.` is `.okteto/` here, not the repository";

/// A repository with one commit of a good manifest.
pub fn shop() -> Repo {
    let repo = Repo::new();
    fill(&repo);
    repo.commit_all("initial");
    repo
}

/// The files, not committed.
pub fn fill(repo: &Repo) {
    repo.write(MANIFEST, GOOD);
    repo.write(".okteto/check.yml", only("dev/sync-base"));
    repo.write("pnpm-workspace.yaml", "packages:\n  - apps/*\n");
    repo.write("apps/shop/package.json", "{\"name\": \"shop\", \"scripts\": {\"dev\": \"next dev\"}}\n");
    repo.write("apps/shop/src/page.tsx", "export default null\n");
}

/// A configuration that switches off every rule but one.
pub fn only(rule: &str) -> String {
    let others = xtask::rules::all().filter(|other| other.id != rule);
    let lines: String = others.map(|other| format!("  {}: {{severity: \"off\"}}\n", other.id)).collect();
    if lines.is_empty() { String::new() } else { format!("rules:\n{lines}") }
}

/// The program in a folder, in the scrubbed environment.
pub fn xtask<I: IntoIterator<Item: AsRef<OsStr>>>(repo: &Repo, folder: &Path, args: I) -> Command {
    let mut command = repo.command(env!("CARGO_BIN_EXE_xtask"), folder);
    command.args(args);
    command
}

/// What a run printed, and its exit status.
#[derive(Debug, PartialEq, Eq)]
pub struct Said {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl From<Output> for Said {
    fn from(output: Output) -> Self {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Self { code: output.status.code().unwrap_or(-1), out: text(output.stdout), err: text(output.stderr) }
    }
}

/// Runs the program in the top level.
pub fn run(repo: &Repo, args: &[&str]) -> Said {
    xtask(repo, repo.top(), args).output().unwrap().into()
}

/// Runs git in the top level.
pub fn git(repo: &Repo, args: &[&str]) -> Said {
    repo.try_git(repo.top(), args).into()
}

/// A text without the times that runs take.
pub fn timeless(text: &str) -> String {
    let mut rest = text;
    let mut out = String::new();
    while let Some((before, after)) = rest.split_once(" ms)") {
        out.push_str(before.trim_end_matches(|c: char| c.is_ascii_digit()));
        out.push_str("_ ms)");
        rest = after;
    }
    out + rest
}
