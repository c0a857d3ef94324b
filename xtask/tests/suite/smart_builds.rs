//! What keeps Okteto from skipping a build, in real work trees: links and names that git alone tells apart.

#![cfg(unix)]

use std::os::unix::fs::symlink;

use crate::support::git_repo::Repo;
use xtask::config::Config;
use xtask::diagnostic::{Diagnostic, Severity};
use xtask::engine::{self, Selection};
use xtask::facts::Facts;
use xtask::rules;
use xtask::snapshot::{Disk, Snapshot};

fn found(repo: &Repo, tree: Snapshot) -> Vec<Diagnostic> {
    let facts = Facts::new(tree, Some(Disk::new(&repo.discover())), Config::default());
    let rule = rules::all().find(|rule| rule.id == "manifest/smart-build").unwrap();
    let selection = Selection { rules: vec![rule], level: Severity::Note, named: true, paths: Vec::new() };
    engine::run(&facts, &selection).report.diagnostics
}

/// The untracked paths that findings name.
fn paths(found: &[Diagnostic]) -> Vec<&str> {
    let own = found.iter().map(|one| one.place.path.as_str());
    let related = found.iter().flat_map(|one| &one.related).map(|related| related.place.path.as_str());
    own.chain(related).filter(|path| path.starts_with("web/")).collect()
}

#[test]
fn links_and_names_that_cannot_be_hashed() {
    let repo = Repo::with(&[
        ("okteto.yml", "build:\n  web:\n    context: web\n"),
        ("web/Dockerfile", "FROM scratch\n"),
        ("web/src/a.ts", ""),
        (".gitignore", "ignored\n"),
    ]);
    let link = |target: &str, path: &str| symlink(target, repo.top().join(path)).unwrap();
    link("src", "web/known");
    repo.commit_all("all of it");
    assert!(found(&repo, repo.worktree()).is_empty(), "what is tracked is never opened");
    link("src", "web/folder");
    link("nothing", "web/dangling");
    link("src/a.ts", "web/file");
    link("nothing", "web/ignored");
    link("nothing", "elsewhere");
    for path in ["web/plain.txt", "web/ключ.txt", "web/two\"quotes"] {
        repo.write(path, "");
    }
    let one = found(&repo, repo.worktree());
    assert_eq!(one.len(), 1);
    assert_eq!(paths(&one), ["web/dangling", "web/folder", "web/two\"quotes", "web/ключ.txt"]);
    repo.git(["config", "core.quotePath", "false"]);
    assert_eq!(paths(&found(&repo, repo.worktree())), ["web/dangling", "web/folder", "web/two\"quotes"]);
    assert!(found(&repo, repo.index()).is_empty(), "the index has nothing that git does not track");
}
