//! What is really synced and sent: the models that `why`, `plan`, `matrix` and the rules about ignore files stand on.

use xtask::config::Config;
use xtask::facts::Facts;
use xtask::model::classes::{Class, Evidence};
use xtask::model::context::{Builder, DockerfileFound};
use xtask::model::synced::{Side, Stignored};
use xtask::model::verdict::Verdict;
use xtask::snapshot::Snapshot;
use xtask::source::RepoPath;

fn facts(files: &[(&str, &str)]) -> Facts {
    let files = files.iter().map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec()));
    Facts::new(Snapshot::memory(files), None, Config::default())
}

/// `ignored FILE:LINE PATTERN`, the short form of a verdict.
fn shown(verdict: Option<Verdict>) -> String {
    let Some(verdict) = verdict else { return "outside".to_owned() };
    let word = if verdict.ignored { "ignored" } else { "kept" };
    match verdict.decided_by {
        Some(by) => format!("{word} {}:{} {}", by.file, by.rule.line, by.rule.pattern),
        None => word.to_owned(),
    }
}

fn synced(facts: &Facts, root: &str, side: Side, path: &str) -> String {
    let folder = facts.synced().at(&RepoPath::new(root)).expect("a sync folder");
    shown(folder.verdict_on(side, &RepoPath::new(path)))
}

#[test]
fn nested_roots_belong_to_the_outer_folder_and_shared_ones_are_one() {
    let facts = facts(&[
        (
            ".okteto/okteto.yml",
            "dev:\n  a:\n    sync:\n      - ../apps/a/src:/app/src\n      - ../apps/a:/app\n  b:\n    sync:\n      - ../apps/a:/srv\n      - ../../other:/x\n",
        ),
        ("apps/a/.stignore", "tmp\n"),
        ("apps/a/src/.stignore", "*\n"),
        ("apps/a/src/x.ts", ""),
    ]);
    let synced_model = facts.synced();
    let folders: Vec<_> = synced_model
        .folders
        .iter()
        .map(|folder| {
            (folder.path.as_str(), folder.users.iter().map(|user| user.dev.as_str()).collect::<Vec<_>>())
        })
        .collect();
    assert_eq!(folders, [("apps/a", vec!["a", "b"])]);
    let nested: Vec<_> =
        synced_model.nested.iter().map(|root| (root.path.as_str(), root.outer.as_str())).collect();
    assert_eq!(nested, [("apps/a/src", "apps/a")]);
    assert_eq!(synced_model.unknown.len(), 1);
    assert_eq!(synced(&facts, "apps/a", Side::Linux, "apps/a/src/x.ts"), "kept");
    assert_eq!(synced(&facts, "apps/a", Side::Linux, "apps/a/tmp/x"), "ignored apps/a/.stignore:1 tmp");
    assert_eq!(synced(&facts, "apps/a", Side::Linux, "apps/b"), "outside");
}

#[test]
fn the_pod_gets_a_copy_without_includes() {
    let facts = facts(&[
        ("okteto.yml", "dev:\n  a:\n    sync:\n      - .:/app\n"),
        (".stignore", "// notes\n# x\n#include tools/more\n!Keep\nkeep\n"),
        ("tools/more", "// c\ngenerated\n"),
    ]);
    assert_eq!(synced(&facts, "", Side::Linux, "a/generated/x"), "ignored tools/more:2 generated");
    assert_eq!(synced(&facts, "", Side::Cluster, "a/generated/x"), "kept");
    assert_eq!(synced(&facts, "", Side::Linux, "keep"), "ignored .stignore:5 keep");
    assert_eq!(synced(&facts, "", Side::Macos, "keep"), "kept .stignore:4 !Keep");
    assert_eq!(synced(&facts, "", Side::Cluster, "keep"), "ignored .stignore:5 (?d)keep");
}

#[test]
fn includes_never_lead_out_of_the_repository() {
    let facts = facts(&[
        ("okteto.yml", "dev:\n  a:\n    sync:\n      - .:/app\n"),
        (".stignore", "#include ../../etc/passwd\nkeep\n"),
    ]);
    let folder = facts.synced().at(&RepoPath::root()).expect("the root");
    assert!(!folder.is_known());
    let Stignored::File(file) = &folder.stignore else { panic!("a file") };
    let unread: Vec<_> = file.unread.iter().map(|include| include.path.as_str()).collect();
    assert_eq!(unread, ["../../etc/passwd"]);
    assert_eq!(file.problems().len(), 1);
}

#[test]
fn okteto_and_docker_choose_different_files() {
    let facts = facts(&[
        (
            "okteto.yml",
            "build:\n  web:\n    context: .\n    dockerfile: apps/web/Dockerfile\n  api:\n    context: apps/api\n  both:\n    context: apps/api\n    dockerfile: Dockerfile\n",
        ),
        ("apps/web/Dockerfile", "FROM scratch\n"),
        ("apps/web/.dockerignore", "*.md\n"),
        (".dockerignore", "docs\n**/node_modules\n"),
        ("apps/api/Dockerfile", "FROM scratch\n"),
        ("Dockerfile", "FROM scratch\n"),
        ("apps/api/Dockerfile.dockerignore", "secret\n"),
        ("apps/api/.dockerignore", "*\n"),
    ]);
    let contexts = facts.contexts();
    let verdict = |build: usize, builder, path: &str| {
        shown(contexts.builds[build].verdict(builder, &RepoPath::new(path)))
    };
    assert_eq!(verdict(0, Builder::Okteto, "docs/x"), "kept");
    assert_eq!(verdict(0, Builder::Okteto, "README.md"), "ignored apps/web/.dockerignore:1 *.md");
    assert_eq!(verdict(0, Builder::Docker, "docs/x"), "ignored .dockerignore:1 docs");
    assert!(contexts.builds[0].builders_disagree());
    assert_eq!(
        verdict(1, Builder::Okteto, "apps/api/secret"),
        "ignored apps/api/Dockerfile.dockerignore:1 secret"
    );
    assert_eq!(verdict(1, Builder::Docker, "apps/api/src"), "kept");
    assert_eq!(verdict(1, Builder::Docker, "apps/web"), "outside");
    assert!(!contexts.builds[1].builders_disagree());
    assert_eq!(contexts.builds[1].dockerfile_found, DockerfileFound::Twice);
}

#[test]
fn remote_runs_read_the_file_of_their_own_context() {
    let facts = facts(&[
        (
            "okteto.yml",
            "deploy:\n  remote: true\n  commands: [make]\ndestroy:\n  commands: [make]\ntest:\n  unit:\n    context: apps/web\n    commands: [make]\n  e2e:\n    commands: [make]\n",
        ),
        (".oktetoignore", "docs\n[deploy]\napps\n[test.e2e]\n!docs\n"),
        (".oktetodeployignore", "charts\n"),
        ("apps/web/.oktetoignore", "[test]\n*.png\n"),
    ]);
    let verdict = |index: usize, path: &str| {
        let remote = &facts.contexts().remotes[index];
        format!("{} {}", remote.section, shown(remote.verdict(&RepoPath::new(path))))
    };
    assert_eq!(verdict(0, "apps/x"), "deploy ignored .oktetoignore:3 apps");
    assert_eq!(verdict(0, "charts/x"), "deploy ignored .oktetodeployignore:1 charts");
    assert_eq!(verdict(1, "apps/x"), "destroy kept");
    assert_eq!(verdict(2, "apps/web/a.png"), "test.unit ignored apps/web/.oktetoignore:2 *.png");
    assert_eq!(verdict(2, "docs/x"), "test.unit outside");
    assert_eq!(verdict(3, "docs/x"), "test.e2e kept .oktetoignore:5 !docs");
    let remote: Vec<_> = facts.contexts().remotes.iter().map(|remote| remote.is_remote).collect();
    assert_eq!(remote, [true, false, true, true]);
}

#[test]
fn classes_have_evidence_or_no_probe() {
    let facts = facts(&[
        ("okteto.yml", "dev:\n  a:\n    sync:\n      - apps/web:/app\n"),
        ("package.json", r#"{"devDependencies": {"turbo": "2"}}"#),
        ("pnpm-workspace.yaml", "packages: [apps/*, packages/*]\n"),
        (
            "apps/web/package.json",
            r#"{"name": "web", "scripts": {"build": "x"}, "dependencies": {"next": "16"}}"#,
        ),
        ("apps/web/.env.example", ""),
        ("packages/ui/package.json", r#"{"name": "ui", "dependencies": {"react": "19"}}"#),
        (".gitignore", "/apps/web/dist/\n.env\n.DS_Store\n"),
    ]);
    let probes = &facts.classes().probes;
    let found = |class| {
        let probes = probes.iter().filter(|probe| probe.class == class);
        probes.map(|probe| probe.path.as_str()).collect::<Vec<_>>()
    };
    assert_eq!(
        found(Class::Dependencies),
        ["node_modules", "apps/web/node_modules", "packages/ui/node_modules"]
    );
    assert_eq!(
        found(Class::BuildOutput),
        ["apps/web/.next", ".turbo", "apps/web/.turbo", "packages/ui/.turbo", "apps/web/dist"]
    );
    assert_eq!(found(Class::VersionControl), [".git"]);
    assert_eq!(found(Class::Secrets), [".env", "apps/web/.env", "packages/ui/.env"]);
    let certain: Vec<_> = probes
        .iter()
        .filter(|probe| probe.class == Class::Secrets && probe.evidence.proves_secret())
        .collect();
    assert!(matches!(&certain[..], [probe] if probe.path.as_str() == "apps/web/.env"));
    assert!(
        matches!(&certain[0].evidence, Evidence::Example { line, .. } if line.path.as_str() == ".gitignore")
    );
    assert_eq!(found(Class::SyncLeftovers).len(), 2);
    let outside = probes.iter().filter(|probe| probe.class == Class::SyncLeftovers);
    assert!(outside.into_iter().all(|probe| probe.path.starts_with(&RepoPath::new("apps/web"))));
}
