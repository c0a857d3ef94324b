//! Rules across two repositories: what only one tree cannot show.

use xtask::config::{Config, KnownRules};
use xtask::diagnostic::{Diagnostic, Severity};
use xtask::engine::{self, Outcome, Selection};
use xtask::facts::Facts;
use xtask::model::linked::Linked;
use xtask::report::{self, Format, Options};
use xtask::rules;
use xtask::snapshot::Snapshot;
use xtask::source::{RepoPath, SourceFile};

const CONFIG: &str = "repositories: {synestra-platform: ../synestra-platform}\n";

const MANIFEST: &str = "
dev:
  web-dev-shop:
    selector: {app.kubernetes.io/instance: web-dev-shop}
    sync: [..:/app]
";

const APPLICATION: &str = "apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: web-dev-shop}
spec:
  destination: {namespace: web-dev-shop}
  sources:
    - repoURL: https://gitlab.example.com/web/web-core.git
      path: deploy/charts/gone
      helm:
        valueFiles: [$platform/values/shop.yaml, $platform/values/missing.yaml]
    - repoURL: https://gitlab.example.com/web/synestra-platform.git
      ref: platform
  syncPolicy:
    automated: {selfHeal: true}
";

fn tree(files: &[(&str, &str)]) -> Snapshot {
    Snapshot::memory(files.iter().map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec())))
}

fn facts(own: &[(&str, &str)], platform: Option<&[(&str, &str)]>, config: &str) -> Facts {
    let ids: Vec<&str> = rules::all().map(|rule| rule.id).collect();
    let file = SourceFile::new(RepoPath::new(".okteto/check.yml"), config);
    let (config, errors) = Config::parse(file, KnownRules { ids: &ids });
    assert_eq!(errors, []);
    let mut facts = Facts::new(tree(own), None, config);
    facts.linked.extend(platform.map(|files| Linked {
        name: "synestra-platform".to_owned(),
        folder: RepoPath::new("../synestra-platform"),
        tree: tree(files),
    }));
    facts
}

fn run(facts: &Facts, groups: &[&str]) -> Outcome {
    let rules = rules::all().filter(|rule| groups.contains(&rule.group())).collect();
    engine::run(facts, &Selection { rules, level: Severity::Note, named: true, paths: Vec::new() })
}

fn shown(diagnostics: &[Diagnostic]) -> Vec<String> {
    diagnostics.iter().map(|one| format!("{} {}: {}", one.place.path, one.rule, one.message)).collect()
}

#[test]
fn an_application_of_the_sibling_is_held_against_the_dev_containers_here() {
    let own = [(".okteto/okteto.yml", MANIFEST), ("package.json", "{\"name\": \"web-core\"}")];
    let platform = [("apps/shop.yaml", APPLICATION), ("values/shop.yaml", "replicas: 1\n")];
    let facts = facts(&own, Some(&platform), CONFIG);
    let outcome = run(&facts, &["argocd"]);
    assert_eq!(
        shown(&outcome.report.diagnostics),
        [
            "../synestra-platform/apps/shop.yaml argocd/dead-path: `deploy/charts/gone` does not exist",
            "../synestra-platform/apps/shop.yaml argocd/dead-path: `../synestra-platform/values/missing.yaml` does not exist",
            "../synestra-platform/apps/shop.yaml argocd/dev-app: `web-dev-shop` heals itself over `okteto up`",
        ]
    );
    // Nothing outside of this repository is ever written.
    assert!(outcome.report.diagnostics.iter().all(|diagnostic| diagnostic.fix.is_none()));
    let text = report::render(&outcome.report, Format::Human, &Options::default());
    assert!(text.contains("automated: {selfHeal: true}"), "the sibling's lines are shown:\n{text}");
}

#[test]
fn an_absent_sibling_is_silent_and_said_so() {
    let application = APPLICATION.replace("deploy/charts/gone", "deploy");
    let own = [("deploy/shop.yaml", application.as_str()), ("package.json", "{\"name\": \"web-core\"}")];
    let outcome = run(&facts(&own, None, CONFIG), &["argocd", "endpoint", "buildkit", "namespace"]);
    assert_eq!(shown(&outcome.report.diagnostics), [""; 0]);
    let reasons: Vec<&str> = outcome.report.skipped.iter().map(|skipped| skipped.reason.as_str()).collect();
    assert!(reasons.contains(&"the linked repository `synestra-platform` is not here"), "{reasons:?}");
}

#[test]
fn hosts_of_the_sibling_count() {
    let own = [(
        ".gitlab-ci.yml",
        "review:\n  script: okteto preview deploy web-$CI_MERGE_REQUEST_IID\n  environment: {name: r, url: https://web.dev.example.com}\n",
    )];
    let ingress = |host: &str| {
        format!("apiVersion: networking.k8s.io/v1\nkind: Ingress\nspec: {{rules: [{{host: {host}}}]}}\n")
    };
    let check = |host: &str| {
        let text = ingress(host);
        let facts = facts(&own, Some(&[("ingress.yaml", &text)]), CONFIG);
        run(&facts, &["endpoint"]).report.diagnostics.len()
    };
    assert_eq!(check("web.dev.example.com"), 0);
    assert_eq!(check("shop.dev.example.com"), 1);
}

#[test]
fn a_secret_is_in_no_report() {
    let token = "Zq4Lr0Tn6VbE8sHd2YkPw1Mc";
    let script = format!("ключ=1\nexport OKTETO_TOKEN={token} # {token}\n");
    let pipeline = format!("variables: {{OKTETO_TOKEN: {token}}}\n");
    let facts = facts(&[("a.sh", &script), (".gitlab-ci.yml", &pipeline)], None, "");
    let outcome = run(&facts, &["secrets", "preview"]);
    assert_eq!(outcome.report.diagnostics.len(), 2);
    for format in [
        Format::Human,
        Format::Concise,
        Format::Json,
        Format::Sarif,
        Format::Gitlab,
        Format::Github,
        Format::Junit,
    ] {
        let text = report::render(&outcome.report, format, &Options::default());
        assert!(!text.contains(token), "{text}");
    }
}

#[test]
fn only_what_changed_is_searched_for_secrets() {
    let key = "OKTETO_TOKEN=f3Kd9sLq27TzWb81mXcVp0Rj\n";
    let mut facts = facts(&[("old.env", key), ("new.env", key)], None, "");
    facts.changed = Some([RepoPath::new("new.env")].into());
    let outcome = run(&facts, &["secrets"]);
    let paths: Vec<&str> = outcome.report.diagnostics.iter().map(|one| one.place.path.as_str()).collect();
    assert_eq!(paths, ["new.env"]);
}

#[test]
fn hostile_files_end_no_rule() {
    let deep = format!(
        "apiVersion: argoproj.io/v1alpha1\nkind: Application\nspec: {}{}\n",
        "[".repeat(3_000),
        "]".repeat(3_000)
    );
    let values = format!("buildkit:\n  x: {}\nsubdomain: a\n", "y".repeat(2_100_000));
    let files = [
        ("deep.yaml", deep.as_str()),
        ("huge.yaml", values.as_str()),
        ("half.yaml", "apiVersion: argoproj.io/v1alpha1\nkind: Application\nspec:\n  source: [\n"),
        (
            "set.yaml",
            "apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nspec: {generators: [{list: {}}], template: {spec: 7}}\n",
        ),
        (
            ".gitlab-ci.yml",
            "\u{feff}review:\r\n  script: okteto preview deploy a\r\n  environment:\r\n    name: r\r\n",
        ),
        ("key.pem", "-----BEGIN PRIVATE KEY-----"),
        ("key2.pem", "-----BEGIN "),
        ("odd.env", "OKTETO_TOKEN"),
        ("odd2.env", "OKTETO_TOKEN="),
    ];
    let outcome =
        run(&facts(&files, None, ""), &["argocd", "endpoint", "buildkit", "namespace", "preview", "secrets"]);
    assert_eq!(outcome.report.errors, []);
    let fix = outcome.report.diagnostics.iter().find_map(|one| one.fix.as_ref());
    assert!(fix.is_some(), "{:?}", shown(&outcome.report.diagnostics));
}
