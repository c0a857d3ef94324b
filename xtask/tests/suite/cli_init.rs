//! `init` on repositories of different shapes.

use crate::support::git_repo::Repo;
use crate::support::shop::run;
use std::fs;
use std::path::Path;

fn read(repo: &Repo, path: &str) -> String {
    fs::read_to_string(repo.top().join(path)).unwrap()
}

const CONFIG: &str = ".okteto/check.yml";
const MANIFEST: &str = ".okteto/okteto.yml";

/// Two apps, a package, and nothing of Okteto.
fn bare() -> Repo {
    Repo::with(&[
        ("package.json", "{\"name\": \"mono\", \"private\": true}\n"),
        ("pnpm-workspace.yaml", "packages:\n  - apps/*\n  - packages/*\n"),
        ("pnpm-lock.yaml", "lockfileVersion: '9.0'\n"),
        (".gitignore", "node_modules/\n.next/\n.env\n.env.*\n!.env.example\n"),
        (
            "apps/shop/package.json",
            "{\"name\": \"@x/shop\", \"scripts\": {\"dev\": \"next dev -p 3001\"}, \"dependencies\": {\"next\": \"16\", \
             \"@x/ui\": \"workspace:*\"}}\n",
        ),
        ("apps/shop/.env.example", "TOKEN=\n"),
        (
            "apps/blog/package.json",
            "{\"name\": \"@x/blog\", \"scripts\": {\"dev\": \"next dev\"}, \"dependencies\": {\"next\": \"16\"}}\n",
        ),
        ("packages/ui/package.json", "{\"name\": \"@x/ui\"}\n"),
    ])
}

#[test]
fn what_git_ignores_is_told() {
    let repo = bare();
    repo.write(".gitignore", "node_modules/\n.next/\n.env\n.okteto\n");
    let said = run(&repo, &["init"]);
    let expected = "written  .okteto/check.yml
written  .okteto/okteto.yml
git ignores  .okteto/check.yml, .okteto/okteto.yml: commit with `git add -f .okteto/check.yml .okteto/okteto.yml`
";
    assert!(said.code == 0 && said.out.contains(expected), "{said:?}");
}

#[test]
fn a_bare_monorepo_gets_what_check_wants() {
    let repo = bare();
    let said = run(&repo, &["init"]);
    assert_eq!((said.code, said.err.as_str()), (0, ""));
    let expected = "\
workspace  pnpm, 3 members
apps       apps/blog, apps/shop
manifests  none
runbooks   none
hooks      git

written  .okteto/check.yml
written  .okteto/okteto.yml
";
    assert!(said.out.starts_with(expected), "{}", said.out);
    assert!(said.out.contains("\nnext: cargo xtask check "), "{}", said.out);
    let manifest = read(&repo, MANIFEST);
    for line in
        ["  shop:", "  blog:", "    workdir: /app/apps/shop", "      - 3001:3001", "      - 3000:3000"]
    {
        assert!(manifest.lines().any(|found| found == line), "{line}\n{manifest}");
    }
    run(&repo, &["fix", "-q", "--unsafe"]);
    let said = run(&repo, &["check", "--fail-on", "warning"]);
    assert_eq!(said.code, 0, "{}", said.out);
    // And so it is once everything is committed.
    repo.commit_all("okteto");
    assert_eq!(run(&repo, &["check", "--rev", "HEAD", "--fail-on", "warning"]).code, 0);
}

#[test]
fn the_checker_itself_is_none_of_its_business() {
    // As the README says: its sources are copied to the top of the repository.
    let repo = bare();
    // The very files by which it is told are here too.
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    assert!(["hook.sh", "rules/src/lib.rs"].iter().all(|path| own.join(path).is_file()));
    for (path, text) in [
        ("xtask/Cargo.toml", "[package]\nname = \"xtask\"\n"),
        ("xtask/hook.sh", ""),
        ("xtask/rules/src/lib.rs", ""),
        ("xtask/rules/src/runbook/dead_path.md", "# runbook/dead-path\n"),
        ("xtask/rules/src/dev/page.md", "```yaml\ndev: {x: {sync: [.:/app]}}\n```\n"),
    ] {
        repo.write(path, text);
    }
    repo.commit_all("xtask");
    let said = run(&repo, &["init"]);
    assert!(said.out.contains("\nrunbooks   none\n"), "{}", said.out);
    assert_eq!(
        read(&repo, CONFIG),
        "# Only what `cargo xtask check` cannot derive from the repository.\nexclude: [\"xtask/**\"] # the checker itself, \
         with all the mistakes of its examples\n"
    );
    run(&repo, &["fix", "-q", "--unsafe"]);
    let said = run(&repo, &["check", "--fail-on", "warning"]);
    assert_eq!(said.code, 0, "{}", said.out);
}

#[test]
fn an_app_at_the_top_level_is_named_alone() {
    let repo = Repo::with(&[
        ("package.json", "{\"name\": \"w\", \"workspaces\": [\"web\", \"services/*\", \"tools\"]}\n"),
        (
            "web/package.json",
            "{\"name\": \"web\", \"scripts\": {\"dev\": \"next dev\"}, \"dependencies\": {\"next\": \"16\"}}\n",
        ),
        (
            "services/api/package.json",
            "{\"name\": \"api\", \"scripts\": {\"dev\": \"tsx watch src/index.ts\"}}\n",
        ),
        ("tools/package.json", "{\"name\": \"tools\"}\n"),
    ]);
    let said = run(&repo, &["init"]);
    assert!(said.out.contains("\napps       web\n"), "{}", said.out);
    assert!(read(&repo, CONFIG).ends_with("apps:\n  include: [\"web\"]\n"), "{}", read(&repo, CONFIG));
}

#[test]
fn a_yarn_workspace_is_understood() {
    let repo = Repo::with(&[
        (
            "package.json",
            "{\"private\": true, \"workspaces\": {\"packages\": [\"apps/*\"]}, \"packageManager\": \"yarn@4.5.0\"}\n",
        ),
        ("yarn.lock", "\n"),
        (".gitignore", "node_modules\n.yarn/cache\n"),
        (
            "apps/api/package.json",
            "{\"name\": \"api\", \"scripts\": {\"dev\": \"node --watch server.js\"}}\n",
        ),
        ("apps/api/server.js", "require('http').createServer().listen(4000)\n"),
    ]);
    let said = run(&repo, &["init"]);
    assert!(said.out.starts_with("workspace  yarn, 1 member\napps       apps/api\n"), "{}", said.out);
    let manifest = read(&repo, MANIFEST);
    assert!(manifest.contains("    command: corepack enable && yarn install && yarn dev\n"), "{manifest}");
    assert_eq!(run(&repo, &["fix", "-q", "--unsafe"]).code, 0);
    assert_eq!(run(&repo, &["check", "--fail-on", "warning"]).code, 0);
}

#[test]
fn a_repository_without_anything_is_told_so() {
    let repo = Repo::with(&[("README.md", "# x\n")]);
    let said = run(&repo, &["init", "--dry-run"]);
    let expected = "\
workspace  none
apps       none
manifests  none
runbooks   none
hooks      git

no app lies under `apps/*`: `apps.include` in `.okteto/check.yml` says where yours are

missing  .okteto/check.yml

no problems in 2 files
";
    assert!(said.out.starts_with(expected), "{}", said.out);
}

#[test]
fn nothing_that_is_there_is_changed() {
    let repo = bare();
    assert_eq!(run(&repo, &["init", "--dry-run"]).code, 0);
    assert_eq!(repo.git(["status", "--short"]), "");
    repo.write(CONFIG, "variables: [X]\n");
    repo.write(MANIFEST, "dev:\n  shop:\n    sync:\n      - ..:/app\n");
    let said = run(&repo, &["init"]);
    assert_eq!(said.code, 0);
    assert!(
        said.out.contains("\nkept     .okteto/check.yml\n") && !said.out.contains("written"),
        "{}",
        said.out
    );
    assert_eq!(read(&repo, CONFIG), "variables: [X]\n");
    // What git ignores is there too.
    let repo = bare();
    repo.write(".gitignore", ".okteto\n");
    repo.write(CONFIG, "# mine\n");
    repo.write(MANIFEST, "# mine\n");
    run(&repo, &["init"]);
    assert_eq!(read(&repo, CONFIG) + &read(&repo, MANIFEST), "# mine\n# mine\n");
    // A configuration that is wrong is shown.
    let repo = bare();
    repo.write(CONFIG, "no-such-key: 1\n");
    assert_eq!(run(&repo, &["init"]).code, 2);
}

#[test]
fn npm_workspaces_with_other_folders_are_understood() {
    let repo = Repo::with(&[
        ("package.json", "{\"name\": \"w\", \"workspaces\": [\"sites/*\", \"libs/*\"]}\n"),
        ("package-lock.json", "{}\n"),
        (
            "sites/one/package.json",
            "{\"name\": \"one\", \"scripts\": {\"dev\": \"vite --host\"}, \"devDependencies\": {\"vite\": \"7\"}}\n",
        ),
        ("libs/a/package.json", "{\"name\": \"a\"}\n"),
        ("runbooks/dev.md", "# Запуск\n\nПервая команда.\n"),
    ]);
    run(&repo, &["init"]);
    let expected = "\
# Only what `cargo xtask check` cannot derive from the repository.
apps:
  include: [\"sites/*\"]
runbooks:
  files: [\"runbooks/*.md\"]
  language: ru
";
    assert_eq!(read(&repo, CONFIG), expected);
    let manifest = read(&repo, MANIFEST);
    assert!(
        manifest.contains("    command: npm ci && npm run dev\n") && manifest.contains("- 5173:5173\n"),
        "{manifest}"
    );
    run(&repo, &["fix", "-q", "--unsafe"]);
    let said = run(&repo, &["check", "--fail-on", "warning"]);
    assert_eq!(said.code, 0, "{}", said.out);
}

#[test]
fn a_repository_with_manifests_keeps_them() {
    // One app at the top level.
    let repo = Repo::with(&[
        ("package.json", "{\"name\": \"a\", \"scripts\": {\"dev\": \"next dev\"}}\n"),
        (
            "okteto.yml",
            "dev:\n  a:\n    image: node\n    workdir: /app\n    command: npm run dev\n    sync: [\".:/app\"]\n",
        ),
    ]);
    run(&repo, &["init"]);
    assert_eq!(repo.git(["status", "--short", "-uall"]), "?? .okteto/check.yml\n");
    // Services of other languages, each with its own manifest.
    let manifest = |name: &str| format!("dev:\n  {name}:\n    command: bash\n    sync: [\".:/src\"]\n");
    let repo = Repo::with(&[
        ("api/go.mod", "module api\n"),
        ("api/okteto.yml", &manifest("api")),
        ("worker/pyproject.toml", ""),
        ("worker/okteto.yml", &manifest("worker")),
    ]);
    let said = run(&repo, &["init"]);
    assert!(said.out.contains("manifests  api/okteto.yml, worker/okteto.yml\n"), "{}", said.out);
    assert_eq!(repo.git(["status", "--short", "-uall"]), "?? .okteto/check.yml\n");
    let text = read(&repo, CONFIG);
    assert!(text.ends_with("# Nothing here deviates from the defaults.\n"), "{text}");
}

#[test]
fn apps_that_do_not_say_how_they_are_served_get_no_manifest() {
    let repo = Repo::with(&[("apps/api/go.mod", "module api\n"), ("apps/api/Dockerfile", "FROM golang\n")]);
    run(&repo, &["init"]);
    assert!(!repo.top().join(MANIFEST).exists());
}
