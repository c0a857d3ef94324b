//! What a colleague sees who has just cloned a repository, and the hook on the next day: one transcript, from the
//! clone to the accepted commit, every byte of it.
//!
//! `first_five_minutes.console` holds commands behind `$`, their exit status behind `?` where it is not 0, and all
//! that they print. `first_five_minutes.txt` holds the repository.

#![cfg(target_os = "linux")] // `sed -i` of the transcript is that of GNU

use crate::support::git_repo::Repo;
use crate::support::shop::{git, run, timeless};
use std::fs;
use std::os::unix::fs::PermissionsExt;

const TRANSCRIPT: &str = include_str!("first_five_minutes.console");

/// The files, under `-- path --` headers.
fn files() -> Vec<(&'static str, String)> {
    let text = include_str!("first_five_minutes.txt").trim_start_matches("-- ").trim_end();
    let file = |file: &'static str| {
        file.split_once(" --\n").map(|(path, text)| (path, format!("{text}\n"))).unwrap()
    };
    text.split("\n-- ").map(file).collect()
}

/// What else such a repository has; all of it in order.
const REST: [(&str, &str); 9] = [
    ("README.md", "# web-core\n"),
    ("package.json", "{\"name\": \"web-core\", \"private\": true, \"packageManager\": \"pnpm@10.24.0\"}\n"),
    ("pnpm-workspace.yaml", "packages:\n  - apps/*\n  - packages/*\n"),
    ("pnpm-lock.yaml", "lockfileVersion: '9.0'\n"),
    (
        "apps/synestra-io/package.json",
        "{\"name\": \"@synestra/synestra-io\", \"private\": true, \"scripts\": {\"dev\": \"next dev --port 3000\"},\n \
         \"dependencies\": {\"next\": \"16.0.7\", \"@synestra/ui\": \"workspace:*\", \"@synestra/env\": \"workspace:*\"}}\n",
    ),
    ("apps/synestra-io/src/app/page.tsx", "export default function Page() { return null }\n"),
    ("apps/corporate-website/src/app/page.tsx", "export default function Page() { return null }\n"),
    ("packages/ui/package.json", "{\"name\": \"@synestra/ui\", \"private\": true}\n"),
    ("packages/env/package.json", "{\"name\": \"@synestra/env\", \"private\": true}\n"),
];

/// The repository, one problem for each pillar.
fn origin() -> Repo {
    let repo = Repo::new();
    for (path, text) in files() {
        repo.write(path, text);
    }
    repo.commit_all("initial");
    repo
}

/// A shell that has cloned nothing yet, with `cargo xtask` and a git that knows where the repository is.
struct Session {
    origin: Repo,
}

impl Session {
    fn new(origin: Repo) -> Self {
        let bin = origin.beside("bin");
        fs::create_dir(&bin).unwrap();
        let cargo = format!("#!/bin/sh\nshift\nexec '{}' \"$@\"\n", env!("CARGO_BIN_EXE_xtask"));
        fs::write(bin.join("cargo"), cargo).unwrap();
        fs::set_permissions(bin.join("cargo"), fs::Permissions::from_mode(0o755)).unwrap();
        fs::write(
            origin.beside("gitconfig"),
            format!(
                "[url \"{}\"]\n\tinsteadOf = https://gitlab.example.com/synestra/web-core.git\n",
                origin.top().display()
            ),
        )
        .unwrap();
        Self { origin }
    }

    /// The commands in one shell, each with its exit status and everything that it printed.
    fn transcript(&self, commands: &[&str]) -> String {
        let desk = self.origin.beside("desk");
        fs::create_dir(&desk).unwrap();
        let said = self.origin.beside("said");
        fs::create_dir(&said).unwrap();
        let mut script = String::new();
        for (number, command) in commands.iter().enumerate() {
            let file = said.join(number.to_string());
            script.push_str(&format!(
                "{{ {command}\n}} >'{0}.out' 2>&1; echo $? >'{0}.status'\n",
                file.display()
            ));
        }
        let path = std::env::var("PATH").unwrap();
        let mut shell = self.origin.command("sh", &desk);
        shell.env("PATH", format!("{}:{path}", self.origin.beside("bin").display()));
        shell.env("GIT_CONFIG_GLOBAL", self.origin.beside("gitconfig"));
        // git names an author who is not the committer.
        shell.env("GIT_AUTHOR_NAME", "C O Mitter").env("GIT_AUTHOR_EMAIL", "committer@example.com");
        assert!(shell.args(["-c", &script]).status().unwrap().success());
        let read =
            |number: usize, what: &str| fs::read_to_string(said.join(format!("{number}.{what}"))).unwrap();
        let mut text = String::new();
        for (number, command) in commands.iter().enumerate() {
            text.push_str(&format!("$ {command}\n"));
            match read(number, "status").trim() {
                "0" => {}
                status => text.push_str(&format!("? {status}\n")),
            }
            text.push_str(&read(number, "out"));
        }
        text
    }
}

/// Without what may differ: times, numbers of files, hashes of commits.
fn normalised(transcript: &str) -> String {
    let timeless = timeless(transcript);
    let line = |line: &str| {
        if let Some((before, rest)) =
            line.split_once(" in ").filter(|(_, rest)| rest.contains(" files (_ ms)"))
        {
            return format!("{before} in _{}\n", rest.trim_start_matches(|c: char| c.is_ascii_digit()));
        }
        match line.strip_prefix("[main ").and_then(|rest| rest.split_once(']')) {
            Some((_, rest)) => format!("[main _______]{rest}\n"),
            None => format!("{line}\n"),
        }
    };
    timeless.lines().map(line).collect()
}

/// The transcript without the blank lines that only part the commands.
fn wanted() -> String {
    TRANSCRIPT.replace("\n\n$ ", "\n$ ")
}

fn hold(origin: Repo) {
    let commands: Vec<&str> = TRANSCRIPT.lines().filter_map(|line| line.strip_prefix("$ ")).collect();
    let transcript = normalised(&Session::new(origin).transcript(&commands));
    if transcript != wanted() {
        let changes = [xtask::fix::Change {
            path: "first_five_minutes.console".into(),
            before: Some(wanted().into()),
            after: Some(transcript.into()),
        }];
        panic!("{}", xtask::fix::unified_diff(&changes));
    }
}

#[test]
fn the_transcript_holds() {
    hold(origin());
}

#[test]
fn the_transcript_holds_in_a_whole_monorepo() {
    let repo = origin();
    for (path, text) in REST {
        repo.write(path, text);
    }
    repo.commit_all("the rest");
    hold(repo);
}

#[test]
fn nothing_is_wider_than_it_must_be() {
    for line in TRANSCRIPT.lines() {
        if let Some((_, title)) = line.split_once("]: ").filter(|_| line.starts_with(['e', 'w'])) {
            assert!(title.chars().count() <= 100, "{title}");
        }
        // A label hangs under its source line and may reach as far as that.
        let is_label = line.contains("^^^ ") || line.contains("--- ");
        assert!(!is_label || line.chars().count() <= 104, "{line}");
    }
}

/// What the findings of a tree say, in one line each.
fn concise(repo: &Repo, args: &[&str]) -> String {
    run(repo, &[&["check", "--format", "concise"], args].concat()).out
}

#[test]
fn a_leaked_env_is_certain_only_with_evidence() {
    let secret = "ignore/secret-exposed";
    let rule = ["--rule", secret];
    let repo = origin();
    let found = concise(&repo, &rule);
    assert!(found.starts_with(".stignore:1:1: error[ignore/secret-exposed]: "), "{found}");
    // Nothing tells of an `.env`: neither git nor an example nor the laptop.
    repo.write(".gitignore", "node_modules/\n.next/\n.turbo/\n");
    repo.remove("apps/synestra-io/.env.example");
    assert_eq!(concise(&repo, &rule), "");
    // The laptop does.
    for (path, text) in REST {
        repo.write(path, text);
    }
    repo.write(".gitignore", "node_modules/\n.next/\n.turbo/\n.env\n");
    repo.write("apps/synestra-io/.env", "PAYLOAD_SECRET=x\n");
    assert!(concise(&repo, &rule).contains(secret));
}

#[test]
fn the_three_lines_go_to_the_end_in_their_order() {
    let repo = origin();
    // A file without a final newline is the trap.
    repo.write(".stignore", ".git\nnode_modules\n.next\n.turbo\ndist\ncoverage");
    run(&repo, &["fix", "--rule", "ignore/secret-exposed"]);
    let text = fs::read_to_string(repo.top().join(".stignore")).unwrap();
    let expected = ".git\nnode_modules\n.next\n.turbo\ndist\ncoverage\n!.env.example\n.env\n.env.*";
    assert_eq!(text.trim_end_matches('\n'), expected);
}

#[test]
fn one_word_says_how_safe_a_fix_is_and_the_summary_counts_the_same() {
    let repo = origin();
    let said = run(&repo, &["check"]).out;
    assert_eq!(said.matches("(safe fix)").count(), 3, "{said}");
    assert_eq!(said.matches("`cargo xtask fix --unsafe` adds").count(), 1, "{said}");
    assert!(said.ends_with("; 3 fixable with `cargo xtask fix`, 1 more with `--unsafe`\n"), "{said}");
    assert_eq!(run(&repo, &["fix", "--unsafe"]).code, 0);
    let clean = run(&repo, &["check"]);
    assert_eq!((clean.code, clean.out.lines().count()), (0, 1), "a clean tree prints one line");
    assert!(clean.out.starts_with("no problems in "), "{}", clean.out);
}

/// The next day, with a hook and nothing left but the app without a dev container.
fn next_day() -> Repo {
    let repo = origin();
    run(&repo, &["fix"]);
    repo.git(["commit", "-qam", "Apply the checker's fixes"]);
    run(&repo, &["hook", "install"]);
    let manifest = fs::read_to_string(repo.top().join(".okteto/okteto.yml")).unwrap();
    repo.write(".okteto/okteto.yml", manifest.replace("3000:3000", "3003:3000"));
    repo
}

#[test]
fn the_help_knows_whether_the_disk_is_right() {
    let repo = next_day();
    // Wrong on the disk too.
    let said = git(&repo, &["commit", "-qam", "port"]);
    assert_eq!(said.code, 1);
    assert!(said.err.contains("= help: `cargo xtask fix --staged` rewrites it (safe fix)\n"), "{}", said.err);
    assert!(said.err.contains("---- forwarded here\n"), "{}", said.err);
    repo.git(["add", "-A"]);
    assert_eq!(run(&repo, &["fix", "--staged", "--rule", "runbook/region-stale"]).code, 0);
    let said = git(&repo, &["commit", "-qm", "port"]);
    assert_eq!(
        (said.code, said.out.as_str(), said.err.as_str()),
        (0, "", ""),
        "a passing hook prints nothing"
    );
}
