//! What `check` says of paths that are gone, from real histories.

use crate::support::git_repo::Repo;
use crate::support::shop::run;
use serde_json::Value;

const PAGE: &str = "docs/runbooks/okteto.md";

/// A repository with a runbook, two apps, and some files that come and go.
fn repo(page: &str) -> Repo {
    Repo::with(&[
        (".okteto/okteto.yml", "dev:\n  web-shop-dev:\n    workdir: /app/apps/shop\n    sync: [..:/app]\n"),
        (".stignore", ".git\nnode_modules\n"),
        ("package.json", "{\"workspaces\": [\"apps/*\"]}"),
        ("apps/shop/package.json", "{\"name\": \"shop\", \"scripts\": {\"dev\": \"next dev\"}}"),
        ("apps/blog/package.json", "{\"name\": \"blog\", \"scripts\": {\"dev\": \"next dev\"}}"),
        ("apps/blog/src/page.tsx", "export default () => null\n"),
        ("apps/blog/README.md", "# Blog\n\nAll about the blog.\n"),
        ("docs/guides/release.md", "# Releases\n\nAsk in the chat, then tag.\n"),
        (PAGE, page),
    ])
}

/// The findings of one rule as JSON.
fn findings(repo: &Repo, args: &[&str]) -> Vec<Value> {
    let mut all = vec!["check", "--format", "json", "--rule", "runbook"];
    all.extend(args);
    let said = run(repo, &all);
    let report: Value = serde_json::from_str(&said.out).unwrap_or_else(|error| panic!("{error}: {said:?}"));
    report["diagnostics"].as_array().unwrap().clone()
}

fn short(repo: &Repo, rev: &str) -> String {
    repo.git(["rev-parse", "--short", rev]).trim().to_owned()
}

#[test]
fn the_commit_that_deleted_an_app_is_named_once() {
    let repo =
        repo("# Okteto\n\n`apps/blog/src/page.tsx`, `apps/blog/README.md`, `pnpm --filter blog dev`\n");
    for file in ["package.json", "src/page.tsx", "README.md"] {
        repo.remove(&format!("apps/blog/{file}"));
    }
    repo.commit_all("Drop the blog");
    let commit = short(&repo, "HEAD");
    repo.write("unrelated.txt", "x");
    repo.commit_all("Something else");
    let found = findings(&repo, &[]);
    let [only] = found.as_slice() else { panic!("{found:#?}") };
    assert_eq!(only["message"], "app `blog` is gone; 3 places say otherwise");
    let why = only["why"].as_str().unwrap();
    assert!(why.starts_with(&format!("`apps/blog` was deleted in {commit} (")), "{why}");
    assert!(why.ends_with(", \"Drop the blog\")"), "{why}");
}

#[test]
fn a_move_names_the_new_place() {
    let repo = repo("# Okteto\n\nSee [releases](../guides/release.md) and `docs/guides/release.md`.\n");
    repo.git(["mv", "docs/guides", "docs/howto"]);
    repo.git(["mv", "docs/howto/release.md", "docs/howto/ship-it.md"]);
    repo.commit_all("Guides are how-tos");
    let found = findings(&repo, &[]);
    let [only] = found.as_slice() else { panic!("{found:#?}") };
    let commit = short(&repo, "HEAD");
    let why = only["why"].as_str().unwrap();
    assert!(why.starts_with(&format!("`docs/guides` was deleted in {commit}")), "{why}");

    // Where the files keep their names, the folder itself moved, and the new place is there to be named.
    let repo = repo_with_moved_folder();
    let found = findings(&repo, &[]);
    let [only] = found.as_slice() else { panic!("{found:#?}") };
    let why = only["why"].as_str().unwrap();
    assert!(why.contains("`apps/blog` was moved to `apps/journal` in "), "{why}");
    assert_eq!(only["help"], "did you mean `apps/journal`?");
}

fn repo_with_moved_folder() -> Repo {
    let repo = repo("# Okteto\n\nThe README is `apps/blog/README.md`.\n");
    repo.git(["mv", "apps/blog", "apps/journal"]);
    repo.commit_all("The blog is a journal");
    repo
}

#[test]
fn several_paths_take_one_walk() {
    let repo = repo("# Okteto\n\n`docs/one.md`, `docs/two.md`, `docs/never.md`\n");
    repo.write("docs/one.md", "one");
    repo.write("docs/two.md", "two");
    repo.commit_all("Two pages");
    repo.remove("docs/one.md");
    repo.commit_all("Drop one");
    repo.remove("docs/two.md");
    repo.commit_all("Drop two");
    let found = findings(&repo, &[]);
    let why: Vec<Option<&str>> = found.iter().map(|one| one["why"].as_str()).collect();
    let ends = |at: usize, end: &str| why[at].is_some_and(|why| why.ends_with(end));
    assert!(
        why.len() == 3 && ends(0, "\"Drop one\")") && ends(1, "\"Drop two\")") && why[2].is_none(),
        "{why:?}"
    );
}

#[test]
fn without_history_nothing_is_said() {
    let page = "# Okteto\n\n`apps/blog/src/page.tsx`\n";
    let deep = repo(page);
    deep.git(["rm", "-rq", "apps/blog"]);
    deep.commit_all("Drop the blog");
    deep.write("x", "x");
    deep.commit_all("Something else");
    // A shallow clone begins behind the deletion.
    let shallow = Repo::new();
    let url = format!("file://{}", deep.top().display());
    shallow.git(["fetch", "-q", "--depth", "1", &url, "main"]);
    shallow.git(["reset", "-q", "--hard", "FETCH_HEAD"]);
    let [only] = &findings(&shallow, &[])[..] else { panic!("one finding") };
    assert_eq!(
        (only["message"].as_str(), &only["why"]),
        (Some("`apps/blog/src/page.tsx` does not exist"), &Value::Null)
    );
    // Nothing committed yet.
    let unborn = Repo::new();
    unborn.write("apps/shop/package.json", "{}");
    unborn.write(PAGE, page);
    let [only] = &findings(&unborn, &[])[..] else { panic!("one finding") };
    assert_eq!(only["why"], Value::Null);
}

/// The hook waits for nobody: the history is not asked.
#[test]
fn the_hook_does_not_ask_the_history() {
    let repo = repo("# Okteto\n\n`apps/blog/src/page.tsx`\n");
    repo.git(["rm", "-rq", "apps/blog"]);
    repo.commit_all("Drop the blog");
    repo.write(PAGE, "# Okteto\n\nMore: `apps/blog/src/page.tsx`\n");
    repo.git(["add", "-A"]);
    let [only] = &findings(&repo, &["--staged", "--strict"])[..] else { panic!("one finding") };
    assert_eq!(only["why"], Value::Null);
    let [only] = &findings(&repo, &[])[..] else { panic!("one finding") };
    assert!(only["why"].is_string());
}

/// A finding with places on several pages is restricted to those that were asked for, and can be allowed place
/// by place.
#[test]
fn paths_and_permissions_hold_for_each_place() {
    let repo = repo("# Okteto\n\n`apps/blog/src/page.tsx`\n");
    repo.write("docs/runbooks/second.md", "# Second\n\n`apps/blog/README.md`, `apps/blog/package.json`\n");
    repo.git(["rm", "-rq", "apps/blog"]);
    repo.commit_all("Drop the blog");
    let message = |found: &[Value]| {
        found.iter().map(|one| one["message"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(message(&findings(&repo, &[])), ["app `blog` is gone; 3 places on 2 pages say otherwise"]);
    assert_eq!(
        message(&findings(&repo, &["docs/runbooks/second.md"])),
        ["app `blog` is gone; 2 places say otherwise"]
    );
    assert_eq!(message(&findings(&repo, &[PAGE])), ["`apps/blog/src/page.tsx` does not exist"]);
    repo.write(
        "docs/runbooks/second.md",
        "# Second\n\n<!-- check: allow(runbook/dead-path) told as history -->\n`apps/blog/README.md`, `apps/blog/package.json`\n",
    );
    assert_eq!(message(&findings(&repo, &[])), ["`apps/blog/src/page.tsx` does not exist"]);
}

/// The identity of a folded finding is its cause's: it stays when places go, and lines move.
#[test]
fn the_fingerprint_is_the_cause() {
    let repo =
        repo("# Okteto\n\n`apps/blog/src/page.tsx`, `apps/blog/README.md`, `apps/blog/package.json`\n");
    repo.git(["rm", "-rq", "apps/blog"]);
    repo.commit_all("Drop the blog");
    let before = findings(&repo, &[])[0]["fingerprint"].clone();
    repo.write(PAGE, "# Okteto\n\nMore.\n\nAnd `apps/blog/README.md`, `apps/blog/package.json`\n");
    assert_eq!(findings(&repo, &[])[0]["fingerprint"], before);
    // What is new is new, place by place: `--since` tells one more mention from the old ones.
    repo.commit_all("Fewer");
    repo.write("docs/runbooks/new.md", "# New\n\n`apps/blog/page.tsx`\n");
    let new = findings(&repo, &["--since", "HEAD"]);
    assert_eq!(new.len(), 1);
    assert_eq!(new[0]["path"], "docs/runbooks/new.md");
}

/// What a person sees of many places: a few of them drawn, all of them named.
#[test]
fn many_places_stay_short() {
    let lines: String = (0..20).map(|number| format!("- `apps/blog/src/file-{number}.tsx`\n")).collect();
    let repo = repo(&format!("# Okteto\n\n{lines}"));
    repo.git(["rm", "-rq", "apps/blog"]);
    repo.commit_all("Drop the blog");
    let said = run(&repo, &["check", "--rule", "runbook"]);
    assert!(said.out.lines().count() < 30, "{}", said.out);
    assert!(said.out.contains("16 more places: docs/runbooks/okteto.md:7, 8, 9, 10,"), "{}", said.out);
}
