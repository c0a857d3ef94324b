//! What a colleague sees who has just cloned a repository, and the hook on the next day.

#![cfg(unix)]
#![allow(missing_docs)]

use crate::support::git_repo::Repo;
use crate::support::shop::{git, run, timeless};

/// The files, under `-- path --` headers.
fn files() -> Vec<(&'static str, String)> {
    let text = include_str!("first_five_minutes.txt").trim_start_matches("-- ").trim_end();
    let file = |file: &'static str| {
        file.split_once(" --\n").map(|(path, text)| (path, format!("{text}\n"))).unwrap()
    };
    text.split("\n-- ").map(file).collect()
}

/// The repository, one problem for each pillar.
fn cloned() -> Repo {
    let repo = Repo::new();
    for (path, text) in files() {
        repo.write(path, text);
    }
    repo.commit_all("initial");
    repo
}

#[test]
fn the_first_check_shows_both_sides_and_the_way_on() {
    let repo = cloned();
    let said = run(&repo, &["check"]);
    assert_eq!(said.code, 1);
    for block in [
        "\
error[dev/missing-container]: app `corporate-website` has no dev container
 --> apps/corporate-website/package.json:2:11
  |
2 |   \"name\": \"@synestra/corporate-website\",
  |           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ has a `dev` script, but no `okteto up` leads here
  |
 ::: .okteto/okteto.yml:4:3
  |
4 |   web-dev-synestra-io:
  |   ------------------- the only dev container; its workdir serves `apps/synestra-io`
  |
  = help: `cargo xtask fix --unsafe` adds `web-dev-corporate-website`, modelled on its sibling
",
        "\
warning[runbook/unknown-name]: no manifest has a dev container `web-synestra-io-dev`
  --> docs/runbooks/runbook-okteto-dev.md:11:38
   |
11 | 3. Запуск dev‑контейнера: `okteto up web-synestra-io-dev`.
   |                                      ^^^^^^^^^^^^^^^^^^^ the first session ends here
   |
  ::: .okteto/okteto.yml:4:3
   |
 4 |   web-dev-synestra-io:
   |   ------------------- did you mean this one? (safe fix)
",
    ] {
        assert!(said.out.contains(block), "{block}\n--- is not in\n{}", said.out);
    }
    let fixed = run(&repo, &["fix"]);
    assert_eq!(fixed.code, 1);
    for row in [
        "fixed  docs/runbooks/runbook-okteto-dev.md:11  runbook/unknown-name\n",
        "left   apps/corporate-website/package.json:2   dev/missing-container (unsafe)\n",
        ", 1 left for `cargo xtask fix --unsafe`; review with `git diff`\n",
    ] {
        assert!(fixed.out.contains(row), "{row}\n--- is not in\n{}", fixed.out);
    }
    assert_eq!(run(&repo, &["fix", "--unsafe"]).code, 0);
    assert_eq!(run(&repo, &["check", "-q", "--fail-on", "warning"]).out, "");
}

#[test]
fn the_hook_on_the_next_day() {
    let repo = cloned();
    run(&repo, &["fix"]);
    repo.git(["commit", "-qam", "Apply the checker's fixes"]);
    run(&repo, &["hook", "install"]);
    let (_, manifest) = files().into_iter().find(|(path, _)| *path == ".okteto/okteto.yml").unwrap();
    repo.write(".okteto/okteto.yml", manifest.replace("3000:3000", "3003:3000"));
    let said = run(&repo, &["fix", "-q", "--rule", "runbook/region-stale"]);
    assert_eq!((said.code, said.out.as_str()), (0, ""));
    repo.git(["add", ".okteto/okteto.yml"]);
    let said = git(&repo, &["commit", "-m", "Move synestra-io to local port 3003"]);
    assert_eq!((said.code, said.out.as_str()), (1, ""));
    let expected = "\
error[runbook/region-stale]: region `ports` says 3000, the manifest forwards 3003
  --> docs/runbooks/runbook-okteto-dev.md:18:61
   |
18 | | `synestra-io` | `web-dev-synestra-io` | <http://localhost:3000> | 3000 |
   |                                                             ^^^^ nothing listens here
   |
  ::: .okteto/okteto.yml:14:9
   |
14 |       - 3003:3000
   |         ---- forwarded here
   |
   = help: your work tree already has the right text: `git add docs/runbooks/runbook-okteto-dev.md`

1 error in the tree this commit would create (_ ms); no commit was made, nothing was written
1 older error is not held against you: `cargo xtask check`
";
    assert_eq!(timeless(&said.err), expected);
    repo.git(["add", "docs/runbooks/runbook-okteto-dev.md"]);
    let said = git(&repo, &["commit", "-m", "Move synestra-io to local port 3003"]);
    assert_eq!((said.code, said.err.as_str()), (0, ""));
    assert!(said.out.ends_with(" 2 files changed, 2 insertions(+), 2 deletions(-)\n"), "{}", said.out);
}
