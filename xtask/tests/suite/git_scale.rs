//! The costs that users feel, on a repository of 100,000 files. Slow to build, therefore ignored:
//! `cargo test --release --test git_scale -- --ignored --nocapture`

use std::time::{Duration, Instant};

use crate::support::git_repo::Repo;
use xtask::snapshot::Snapshot;

const FILES: usize = 100_000;
const ROUNDS: usize = 11;

/// 100,000 small files in some 10,000 folders, with some untracked and many ignored ones beside them.
fn large() -> Repo {
    let repo = Repo::new();
    repo.write(".gitignore", "node_modules/\n.next/\n");
    for number in 0..FILES {
        let (app, part, file) = (number % 60, number / 60 % 170, number / 60 / 170);
        repo.write(
            &format!("apps/app-{app}/src/part-{part}/file-{file}.ts"),
            format!("export const n = {number};\n"),
        );
    }
    repo.write("apps/app-0/src/.gitkeep", "");
    repo.commit_all("large");
    repo.git(["gc", "-q"]);
    for number in 0..200 {
        repo.write(&format!("apps/app-{}/notes-{number}.md", number % 60), "untracked");
    }
    for number in 0..25_000 {
        repo.write(&format!("node_modules/package-{}/file-{number}.js", number / 25), "ignored");
    }
    for number in 0..50 {
        repo.write(&format!("apps/app-{number}/src/part-1/file-1.ts"), "staged");
    }
    repo.git(["add", "-u"]);
    repo
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

/// Medians of two things that are done in turn.
fn paired(mut ours: impl FnMut(), mut theirs: impl FnMut()) -> (Duration, Duration) {
    let time = |work: &mut dyn FnMut()| {
        let start = Instant::now();
        work();
        start.elapsed()
    };
    let (mut our_times, mut their_times) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        our_times.push(time(&mut ours));
        their_times.push(time(&mut theirs));
    }
    (median(our_times), median(their_times))
}

#[test]
#[ignore = "builds a repository of 100,000 files"]
fn snapshots_cost_what_git_costs() {
    let repo = large();
    let git = repo.discover();
    repo.git(["status", "--porcelain"]);
    let tracked = repo.git(["ls-files", "-z"]).matches('\0').count();
    assert_eq!(Snapshot::index(&git).unwrap().len(), tracked);
    assert_eq!(Snapshot::worktree(&git).unwrap().len(), tracked + 200);
    assert_eq!(Snapshot::revision(&git, "HEAD").unwrap().len(), tracked);

    let run = |args: &'static [&str]| {
        let (top, git) = (repo.top(), &repo);
        move || drop(git.git_in(top, args))
    };
    let report = |name: &str, (ours, theirs): (Duration, Duration)| {
        let ratio = ours.as_secs_f64() / theirs.as_secs_f64();
        println!(
            "{name}: {:.1} ms, git {:.1} ms, ratio {ratio:.2}",
            ours.as_secs_f64() * 1e3,
            theirs.as_secs_f64() * 1e3
        );
        ratio
    };
    let worktree = || assert!(Snapshot::worktree(&git).unwrap().len() > FILES);
    let index = || assert!(Snapshot::index(&git).unwrap().len() > FILES);
    let revision = || assert!(Snapshot::revision(&git, "HEAD").unwrap().len() > FILES);
    let status = report("worktree : status --porcelain", paired(worktree, run(&["status", "--porcelain"])));
    let list = report("index    : ls-files -s -z", paired(index, run(&["ls-files", "-s", "-z"])));
    report("revision : ls-tree -r -z", paired(revision, run(&["ls-tree", "-r", "-z", "HEAD"])));
    report(
        "staged   : diff --cached --raw",
        paired(|| drop(git.staged()), run(&["diff", "--cached", "--raw", "-z"])),
    );
    let paths: Vec<_> =
        Snapshot::index(&git).unwrap().files().take(2_000).map(|entry| entry.path.into()).collect();
    let prefetch = || {
        let snapshot = Snapshot::index(&git).unwrap();
        let start = Instant::now();
        snapshot.prefetch(paths.iter().cloned());
        start.elapsed()
    };
    println!(
        "prefetch of 2,000 blobs: {:.1} ms",
        median((0..ROUNDS).map(|_| prefetch()).collect()).as_secs_f64() * 1e3
    );
    assert!(status <= 1.0, "the work tree costs {status:.2} times `git status --porcelain`");
    assert!(list <= 2.5, "the index costs {list:.2} times `git ls-files -s -z`");
}
