use super::*;
use crate::snapshot::Snapshot;

fn load(files: &[(&str, &str)]) -> ArgoCd {
    let files = files.iter().map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec()));
    let tree = Snapshot::memory(files);
    let root = RepoPath::root();
    ArgoCd::load(&[Rooted { folder: &root, name: None, tree: &tree }], |_| false)
}

fn names(argocd: &ArgoCd) -> Vec<String> {
    argocd
        .applications
        .iter()
        .map(|one| one.name.as_ref().map_or("?".to_owned(), |name| name.value.clone()))
        .collect()
}

const TEMPLATE: &str = "
  template:
    metadata: {name: 'web-{{ENV}}-{{app}}'}
    spec:
      destination: {namespace: 'web-{{ .app }}', server: https://a}
      source: {path: 'deploy/{{app}}', repoURL: https://x/y.git}
";

fn set(generators: &str) -> String {
    format!(
        "apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nmetadata: {{name: sites}}\nspec:\n  generators:\n{generators}{TEMPLATE}"
    )
}

#[test]
fn files_hold_many_applications_and_other_kinds() {
    let text = "
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: one}
spec:
  sources:
    - {repoURL: https://charts.example.com, chart: web, targetRevision: 1.2.3, helm: {releaseName: r, valueFiles: [$values/a.yaml]}}
    - {repoURL: https://git.example.com/x.git, ref: values}
  syncPolicy: {automated: {selfHeal: true, enabled: false}, syncOptions: [CreateNamespace=true]}
---
apiVersion: argoproj.io/v1alpha1
kind: AppProject
metadata: {name: project}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: no}
---
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: two}
spec: {}
";
    let argocd = load(&[
        ("a.yaml", text),
        ("b.yaml", "kind: Application\nx: {{ .Values.a }}\napiVersion: argoproj.io/v1\n"),
    ]);
    assert_eq!(names(&argocd), ["one", "two"]);
    let one = &argocd.applications[0];
    assert_eq!(one.sources.len(), 2);
    assert_eq!(one.releases()[0].value, "r");
    assert!(one.automated().is_none());
    assert!(one.sync_option("CreateNamespace=true").is_some());
    assert_eq!(argocd.skipped.len(), 1);
}

#[test]
fn literal_generators_are_expanded() {
    let list = "    - list: {elements: [{app: a, ENV: dev}, {app: b, ENV: prod}]}";
    let argocd = load(&[("set.yaml", &set(list))]);
    assert_eq!(names(&argocd), ["web-dev-a", "web-prod-b"]);
    assert_eq!(argocd.applications[1].namespace.as_ref().unwrap().value, "web-b");
    assert_eq!(argocd.applications[1].label(), "sites");
    let matrix = "    - matrix: {generators: [{list: {elements: [{app: a}, {app: b}]}}, {list: {elements: [{ENV: dev}, {ENV: prod}]}}]}";
    assert_eq!(
        names(&load(&[("set.yaml", &set(matrix))])),
        ["web-dev-a", "web-prod-a", "web-dev-b", "web-prod-b"]
    );
    let git = "    - matrix: {generators: [{git: {directories: [{path: 'apps/*'}, {path: apps/old, exclude: true}]}}, {list: {elements: [{ENV: dev, app: x}]}}]}";
    let files = [
        ("set.yaml", set(git)),
        ("apps/shop/a", String::new()),
        ("apps/blog/src/a", String::new()),
        ("apps/old/a", String::new()),
    ];
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (*path, text.as_str())).collect();
    assert_eq!(load(&files).applications.len(), 2);
}

#[test]
fn what_the_cluster_answers_is_unknown() {
    for generator in [
        "    - clusters: {}",
        "    - pullRequest: {github: {}}",
        "    - git: {files: [{path: a.json}]}",
        "    - list: {elementsYaml: '{{ x }}'}",
        "    - merge: {generators: []}",
    ] {
        let argocd = load(&[("set.yaml", &set(generator))]);
        assert_eq!(names(&argocd), ["?"], "{generator}");
        assert!(argocd.applications[0].namespace.is_none());
        assert_eq!(argocd.skipped.len(), 1);
    }
}

#[test]
fn ignored_fields_are_found_by_pointer_and_expression() {
    let ignored = |text: &str| Ignored::of(Yaml::parse(text).root().unwrap());
    let replicas = ignored("{group: apps, kind: Deployment, name: web, jsonPointers: [/spec/replicas]}");
    assert!(replicas.covers("/spec/replicas") && !replicas.covers("/spec/replicasMax"));
    assert!(replicas.is_about("apps", "Deployment", Some("web")));
    assert!(!replicas.is_about("apps", "Deployment", Some("api")));
    assert!(ignored("{kind: A, jsonPointers: [/spec]}").covers("/spec/replicas"));
    assert!(ignored("{kind: A, jqPathExpressions: [.spec.replicas]}").covers("/spec/replicas"));
    assert!(ignored("{kind: A, jqPathExpressions: ['.spec']}").covers("/spec/replicas"));
    assert!(!ignored("{kind: A, jqPathExpressions: ['.spec.template']}").covers("/spec/replicas"));
}
