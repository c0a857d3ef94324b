//! The integrations as they are written down: the job of `.gitlab-ci.yml` is run, the README shows each in five lines
//! at most, and says the same as the pages that tell more.

#![cfg(unix)]

use crate::support::git_repo::Repo;
use crate::support::shop::{FINDING, GOOD, MANIFEST, bad, shop};
use serde_yaml::Value;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

fn top() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn text(path: &str) -> String {
    fs::read_to_string(top().join(path)).unwrap()
}

/// The job that runs the checker.
fn job() -> Value {
    let pipeline: Value = serde_yaml::from_str(&text(".gitlab-ci.yml")).unwrap();
    pipeline["xtask"].clone()
}

/// A runner with a fresh clone of `repo`: a `cargo` that builds the checker by copying it.
struct Runner {
    repo: Repo,
    /// Where builds are counted.
    builds: PathBuf,
}

impl Runner {
    fn new(repo: Repo) -> Self {
        let builds = repo.beside("builds");
        let cargo = format!(
            "#!/bin/sh\n[ \"$*\" = 'build --release --locked --package xtask' ] || exit 9\necho built >>'{}'\n\
             mkdir -p target/release && cp '{}' target/release/xtask\n",
            builds.display(),
            env!("CARGO_BIN_EXE_xtask"),
        );
        let bin = repo.beside("bin");
        fs::create_dir(&bin).unwrap();
        fs::write(bin.join("cargo"), cargo).unwrap();
        fs::set_permissions(bin.join("cargo"), fs::Permissions::from_mode(0o755)).unwrap();
        Self { repo, builds }
    }

    /// Runs the script of the job as GitLab's runner does: in one shell that stops at the first failure.
    fn run(&self, base: Option<&str>) -> (i32, String) {
        let script: Vec<String> = job()["script"]
            .as_sequence()
            .unwrap()
            .iter()
            .map(|line| line.as_str().unwrap().to_owned())
            .collect();
        let mut shell = self.repo.command("bash", self.repo.top());
        let path = std::env::var("PATH").unwrap();
        shell.env("PATH", format!("{}:{path}", self.repo.beside("bin").display()));
        shell.envs(base.map(|base| ("CI_MERGE_REQUEST_DIFF_BASE_SHA", base)));
        let output = shell.args(["-eo", "pipefail", "-c", &script.join("\n")]).output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        (output.status.code().unwrap(), said + &String::from_utf8_lossy(&output.stderr))
    }

    fn report(&self, kind: &str) -> String {
        let path = job()["artifacts"]["reports"][kind].as_str().unwrap().to_owned();
        fs::read_to_string(self.repo.top().join(path)).unwrap()
    }

    fn issues(&self) -> usize {
        let report: serde_json::Value = serde_json::from_str(&self.report("codequality")).unwrap();
        report.as_array().unwrap().len()
    }

    fn builds(&self) -> usize {
        fs::read_to_string(&self.builds).unwrap_or_default().lines().count()
    }
}

#[test]
fn the_job_reports_everything_and_fails_for_what_is_new() {
    let repo = shop();
    repo.write(".gitignore", ".cache\ntarget\ngl-code-quality-report.json\nxtask-junit.xml\n");
    repo.write(MANIFEST, bad());
    repo.commit_all("the slip");
    let base = repo.git(["rev-parse", "HEAD"]).trim().to_owned();
    let runner = Runner::new(repo);
    // The default branch answers for everything.
    let (code, said) = runner.run(None);
    assert_eq!((code, runner.issues()), (1, 1), "{said}");
    assert!(said.contains(FINDING), "{said}");
    assert!(runner.report("junit").contains("<failure "));
    // A merge request for what it brings; GitLab would call the old finding resolved if the report left it out.
    let (code, said) = runner.run(Some(&base));
    assert_eq!((code, runner.issues()), (0, 1), "{said}");
    assert!(said.contains("1 older error is in"), "{said}");
    let other = bad().lines().skip(2).map(|line| format!("{line}\n")).collect::<String>();
    runner.repo.write(MANIFEST, bad() + &other.replace("web-shop", "web-shop-two"));
    let (code, said) = runner.run(Some(&base));
    assert_eq!((code, runner.issues()), (1, 2), "{said}");
    // Nothing found is a report too.
    runner.repo.write(MANIFEST, GOOD);
    let (code, said) = runner.run(Some(&base));
    assert_eq!((code, runner.report("codequality").as_str()), (0, "[]\n"), "{said}");
    assert!(runner.report("junit").contains("<testcase name=\"dev/sync-base\""));
    assert_eq!(runner.builds(), 1, "the tool is kept while its sources stay");
    runner.repo.write("xtask/main.rs", "");
    runner.repo.git(["add", "-A"]);
    runner.run(Some(&base));
    runner.run(Some(&base));
    assert_eq!(runner.builds(), 2);
}

#[test]
fn the_job_runs_for_merge_requests_and_the_default_branch() {
    let pipeline: Value = serde_yaml::from_str(&text(".gitlab-ci.yml")).unwrap();
    let rules: Vec<&str> = pipeline["workflow"]["rules"]
        .as_sequence()
        .unwrap()
        .iter()
        .map(|rule| rule["if"].as_str().unwrap())
        .collect();
    let expected =
        ["$CI_PIPELINE_SOURCE == \"merge_request_event\"", "$CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH"];
    assert_eq!(rules, expected);
    let job = job();
    assert_eq!(job["stage"], "lint");
    assert_eq!(job["artifacts"]["when"], "always");
    assert!(job.get("rules").is_none(), "as the workflow says");
    // The whole history: a shallow clone has no base to compare with.
    assert_eq!(job["variables"]["GIT_DEPTH"], "0");
}

#[test]
fn the_pipelines_keep_the_schemas_of_their_platforms() {
    let repo = Repo::new();
    let page = text("docs/integrations/ci.md");
    let snippets = fenced(&page);
    fs::write(repo.beside("gitlab.yml"), snippets[0].1).unwrap();
    fs::write(repo.beside("github.yml"), format!("on: [push, pull_request]\n{}", snippets[1].1)).unwrap();
    fs::copy(top().join(".gitlab-ci.yml"), repo.beside("own.yml")).unwrap();
    for (schema, file) in
        [("gitlab-ci", "own.yml"), ("gitlab-ci", "gitlab.yml"), ("github-workflows", "github.yml")]
    {
        let mut command = repo.command("check-jsonschema", repo.top());
        command.args(["--builtin-schema", &format!("vendor.{schema}")]);
        if schema == "gitlab-ci" {
            command.args(["--data-transform", "gitlab-ci"]);
        }
        let Ok(output) = command.arg(repo.beside(file)).output() else {
            eprintln!("skipped: `check-jsonschema` (PyPI) is not installed");
            return;
        };
        assert!(output.status.success(), "{file}: {}", String::from_utf8_lossy(&output.stdout));
    }
}

/// Language and text of each fenced block.
fn fenced(page: &str) -> Vec<(&str, &str)> {
    let mut blocks = page.split("```").skip(1).step_by(2);
    let mut found = Vec::new();
    while let Some((language, text)) = blocks.next().and_then(|block| block.split_once('\n')) {
        found.push((language, text));
    }
    found
}

#[test]
fn the_readme_shows_each_integration_in_five_lines() {
    let readme = text("README.md");
    let (_, section) = readme.split_once("\n## Before each commit").unwrap();
    let (section, _) = section.split_once("\n## ").unwrap();
    for name in [
        "git",
        "husky",
        "lefthook",
        "pre-commit",
        "prek",
        "simple-git-hooks",
        "GitLab CI",
        "GitHub Actions",
        "Completions",
    ] {
        assert!(
            section.contains(&format!("**{name}**")) || section.contains(&format!("**{name}.**")),
            "{name}"
        );
    }
    let blocks = fenced(section);
    assert_eq!(blocks.len(), 7);
    for (_, block) in &blocks {
        assert!(block.lines().count() <= 5, "{block}");
    }
    // The hooks are tried as docs/integrations/hooks.md has them.
    let pages = text("docs/integrations/hooks.md") + &text("docs/integrations/ci.md");
    let plain = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    for (_, block) in &blocks[..4] {
        assert!(pages.contains(block), "{block}");
    }
    let pages = plain(&pages);
    for (_, block) in &blocks[4..6] {
        for line in
            block.lines().map(plain).filter(|line| line.starts_with("- ") || line.starts_with("artifacts"))
        {
            let command = line.trim_start_matches("- run: ");
            assert!(pages.contains(command), "{line}");
        }
    }
}
