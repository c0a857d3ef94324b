//! A repository in the shape of real ones: a Russian runbook with typographic hyphens, two repositories in one
//! sentence, brace lists, planned apps, parked code, and no configuration. What it says is right, until an app is
//! deleted or a dev container renamed.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use xtask::config::Config;
use xtask::diagnostic::{Diagnostic, Severity};
use xtask::engine::{self, Selection};
use xtask::facts::Facts;
use xtask::rules;
use xtask::snapshot::{MemoryEntry, Snapshot};

type Files = BTreeMap<String, String>;

const APPS: [&str; 3] = ["corporate-website", "ecommerce-store", "payload-core"];
const PAGE: &str = "docs/runbooks/runbook-okteto-dev.md";

/// Further pages, full of what only looks like a claim: placeholders, globs, image names, API groups, paths inside
/// containers, things to be made, wrong examples, records of the past.
const TRAPS: [(&str, &str); 7] = [
    ("argocd", include_str!("runbook_shape/runbook-argocd.md")),
    ("ci", include_str!("runbook_shape/runbook-ci.md")),
    ("images", include_str!("runbook_shape/runbook-images.md")),
    ("incidents", include_str!("runbook_shape/runbook-incidents.md")),
    ("new-app", include_str!("runbook_shape/runbook-new-app.md")),
    ("payload", include_str!("runbook_shape/runbook-payload.md")),
    ("troubleshooting", include_str!("runbook_shape/runbook-troubleshooting.md")),
];

fn repository() -> Files {
    let mut files = Files::new();
    let mut write = |path: &str, text: &str| _ = files.insert(path.to_owned(), text.to_owned());
    write("package.json", r#"{"name": "web-core", "private": true}"#);
    write("pnpm-workspace.yaml", "packages: [apps/*, packages/*]");
    write(".gitignore", "node_modules\n.next\n.env*\n!.env.example\n");
    let mut manifest = String::from("dev:\n");
    for (number, app) in APPS.iter().enumerate() {
        let _ = write!(
            manifest,
            "  web-{app}-dev:\n    selector: {{app.kubernetes.io/instance: web-{app}-dev}}\n    workdir: /app/apps/{app}\n    sync: ['..:/app']\n    forward: ['{}:3000']\n",
            3000 + number
        );
        let package =
            format!(r#"{{"name": "@acme/{app}", "scripts": {{"dev": "next dev", "build": "next build"}}}}"#);
        write(&format!("apps/{app}/package.json"), &package);
        write(&format!("apps/{app}/Dockerfile"), "FROM node:22\n");
        write(&format!("apps/{app}/src/app/page.tsx"), "");
        for stage in ["dev", "prod", "release-dev"] {
            write(&format!("deploy/env/{stage}/{app}.yaml"), "image: {tag: a}\n");
        }
        let application = format!(
            "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {{name: web-{app}-dev}}\nspec:\n  destination: {{namespace: web-{app}-dev}}\n"
        );
        write(&format!("deploy/argocd/apps/dev/{app}.yaml"), &application);
    }
    write(".okteto/okteto.yml", &manifest);
    for package in ["ui", "env", "utils", "cms-core"] {
        write(&format!("packages/{package}/package.json"), &format!(r#"{{"name": "@acme/{package}"}}"#));
    }
    write("apps/landing/README.md", "# Landing\n\nЗапланировано.\n");
    write("apps_old/portal/package.json", r#"{"name": "portal"}"#);
    write("apps_old/portal/docs/README.md", "`okteto up portal`, `apps/portal/x.ts`\n");
    write("upstream/payload/package.json", r#"{"name": "payload"}"#);
    write("upstream/payload/README.md", "Okteto: `okteto up payload`, see `packages/payload/src/index.ts`\n");
    write(PAGE, include_str!("runbook_shape/runbook-okteto-dev.md"));
    write(
        "README.md",
        "# web-core\n\nНачните с [runbook по Okteto](docs/runbooks/runbook-okteto-dev.md): `okteto up web-ecommerce-store-dev`.\nКаталог: `ecommerce-store` на порту 3001.\n",
    );
    files
}

/// The findings of the group as a report tells them.
fn check(files: &Files) -> Vec<Diagnostic> {
    check_with(files, [])
}

/// As [`check`], with further entries that are no files.
fn check_with<const N: usize>(files: &Files, others: [(&str, MemoryEntry); N]) -> Vec<Diagnostic> {
    let file =
        |(path, text): (&String, &String)| (path.clone(), MemoryEntry::File(text.clone().into_bytes()));
    let others = others.map(|(path, entry)| (path.to_owned(), entry));
    let tree = Snapshot::memory_with(files.iter().map(file).chain(others));
    let facts = Facts::new(tree, None, Config::default());
    let rules = rules::all().filter(|rule| rule.group() == "runbook").collect();
    let mut outcome =
        engine::run(&facts, &Selection { rules, level: Severity::Note, named: true, paths: Vec::new() });
    assert!(outcome.report.errors.is_empty(), "{:?}", outcome.report.errors);
    outcome.report.fold();
    outcome.report.diagnostics
}

fn told(files: &Files) -> Vec<String> {
    crate::support::told::told(files, &check(files))
}

#[test]
fn a_page_that_is_right_is_left_in_peace() {
    assert_eq!(told(&repository()), Vec::<String>::new());
}

#[test]
fn what_only_looks_like_a_claim_is_left_in_peace() {
    let mut files = repository();
    for (name, text) in TRAPS {
        files.insert(format!("docs/runbooks/runbook-{name}.md"), text.to_owned());
    }
    for (path, text) in [
        (
            "package.json",
            r#"{"name": "web-core", "scripts": {"lint": "eslint .", "typecheck": "tsc -b", "db:migrate": "x"}}"#,
        ),
        (".gitignore", "node_modules\n.next\n.turbo\n.env*\n!.env.example\n/tmp/\n/reports/\n"),
        (
            ".okteto/refresh-payload-data.yml",
            "deploy:\n  - kubectl apply -f deploy/jobs/refresh-payload-data.yaml\n",
        ),
        ("deploy/jobs/refresh-payload-data.yaml", "a: 1\n"),
        ("deploy/charts/web-app/Chart.yaml", "name: web-app\n"),
        ("deploy/env/release-prod/payload-core.yaml", "image: {tag: a}\n"),
        ("docker/Dockerfile.turbo", "FROM node:22\n"),
        ("packages/cms-blocks/package.json", "{}"),
        ("apps/payload-core/.env.example", ""),
        ("apps/payload-core/src/payload.config.ts", ""),
    ] {
        files.insert(path.to_owned(), text.to_owned());
    }
    assert_eq!(told(&files), Vec::<String>::new());
}

#[test]
fn a_deleted_app_is_one_finding_with_every_place() {
    let mut files = repository();
    files.retain(|path, _| !path.contains("ecommerce-store"));
    let manifest = files.get_mut(".okteto/okteto.yml").unwrap();
    let start = manifest.find("  web-ecommerce-store-dev:").unwrap();
    let end = manifest.find("  web-payload-core-dev:").unwrap();
    manifest.replace_range(start..end, "");
    assert_eq!(
        told(&files),
        [
            "warning runbook/orphan-section: app `ecommerce-store` is gone; 11 places on 2 pages say otherwise",
            "  README.md:3 web-ecommerce-store-dev",
            "  README.md:4 ecommerce-store",
            "  runbook-okteto-dev.md:32 ecommerce-store",
            "  runbook-okteto-dev.md:35 web-ecommerce-store-dev",
            "  runbook-okteto-dev.md:36 @acme/ecommerce-store",
            "  runbook-okteto-dev.md:37 web-ecommerce-store-dev",
            "  runbook-okteto-dev.md:49 ecommerce-store",
            "  runbook-okteto-dev.md:50 ecommerce-store",
            "  runbook-okteto-dev.md:50 deploy/env/prod/ecommerce-store.yaml",
            "  runbook-okteto-dev.md:58 web-ecommerce-store-dev",
            "  runbook-okteto-dev.md:58 ecommerce-store",
        ]
    );
}

#[test]
fn a_renamed_dev_container_is_one_finding_with_every_place() {
    let mut files = repository();
    let manifest = files.get_mut(".okteto/okteto.yml").unwrap();
    *manifest = manifest.replace("  web-payload-core-dev:", "  web-dev-payload-core:");
    assert_eq!(
        told(&files),
        [
            "warning runbook/orphan-section: dev container `web-payload-core-dev` is called `web-dev-payload-core` now; 3 places say otherwise",
            "  okteto.yml:12 web-dev-payload-core",
            "  runbook-okteto-dev.md:45 web-payload-core-dev",
            "  runbook-okteto-dev.md:59 web-payload-core-dev",
            "  runbook-okteto-dev.md:59 web-payload-core-dev",
        ]
    );
}

/// What lies behind a link or in a submodule is not known, be it seen from the top or from a package.
#[test]
fn nothing_is_said_of_what_lies_behind_links_and_submodules() {
    let mut files = repository();
    files.insert(
        "docs/assets.md".to_owned(),
        "# Okteto\n\n`deploy/brand/logo.svg`, `apps/sdk/index.ts` and `public/logo.svg` are sent, `apps/gone.ts` too.\n"
            .to_owned(),
    );
    // So that `public/` alone would be told.
    files.insert("public/robots.txt".to_owned(), String::new());
    let told =
        |others| check_with(&files, others).into_iter().map(|finding| finding.message).collect::<Vec<_>>();
    let dead = |path: &str| format!("`{path}` does not exist");
    let link = |target: &str| MemoryEntry::Symlink(target.to_owned());
    let (brand, sdk) = (("deploy/brand", link("../../brand")), ("apps/sdk", MemoryEntry::Submodule));
    let public = ("apps/payload-core/public", link("/var/www"));
    assert_eq!(told([brand, sdk, public]), [dead("apps/gone.ts")]);
    let nothing = ["x", "y", "z"].map(|path| (path, MemoryEntry::File(Vec::new())));
    let all = ["deploy/brand/logo.svg", "apps/sdk/index.ts", "public/logo.svg", "apps/gone.ts"];
    assert_eq!(told(nothing), all.map(dead));
}
