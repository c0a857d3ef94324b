//! Runbook rules on a copy of this repository's own monorepo: an app that is deleted, a dev container that is
//! renamed, and regions that are edited by hand.

use crate::support::told::told;
use std::collections::BTreeMap;
use std::path::Path;
use xtask::config::{Config, KnownRules, PATH};
use xtask::diagnostic::{Diagnostic, Edit, Safety, Severity};
use xtask::engine::{self, Selection};
use xtask::facts::Facts;
use xtask::rules;
use xtask::snapshot::Snapshot;
use xtask::source::RepoPath;

type Files = BTreeMap<String, String>;

/// The monorepo around the checker, without the checker itself.
fn monorepo() -> Files {
    let top = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut files = Files::new();
    let parts = [
        ".okteto",
        ".stignore",
        ".dockerignore",
        ".oktetoignore",
        ".gitignore",
        "package.json",
        "pnpm-workspace.yaml",
        "tsconfig.base.json",
        "apps",
        "packages",
        "deploy",
        "docs/runbooks",
    ];
    for part in parts {
        collect(top, &top.join(part), &mut files);
    }
    assert!(files.len() > 40, "the monorepo is not where it should be: {}", files.len());
    files
}

fn collect(top: &Path, path: &Path, files: &mut Files) {
    let name = path.file_name().unwrap().to_string_lossy();
    if matches!(&*name, "node_modules" | ".next" | ".turbo" | "dist") {
        return;
    }
    if path.is_dir() {
        for entry in std::fs::read_dir(path).unwrap() {
            collect(top, &entry.unwrap().path(), files);
        }
    } else if let Ok(text) = std::fs::read_to_string(path) {
        files.insert(path.strip_prefix(top).unwrap().to_string_lossy().into_owned(), text);
    }
}

fn check(files: &Files) -> Vec<Diagnostic> {
    let tree = Snapshot::memory(files.iter().map(|(path, text)| (path.clone(), text.clone().into_bytes())));
    let ids: Vec<&str> = rules::all().map(|rule| rule.id).collect();
    let (config, errors) =
        Config::parse(tree.source(&RepoPath::new(PATH)).unwrap(), KnownRules { ids: &ids });
    assert!(errors.is_empty(), "{errors:?}");
    let facts = Facts::new(tree, None, config);
    let rules = rules::all().filter(|rule| rule.group() == "runbook").collect();
    let mut outcome =
        engine::run(&facts, &Selection { rules, level: Severity::Note, named: true, paths: Vec::new() });
    assert!(outcome.report.errors.is_empty(), "{:?}", outcome.report.errors);
    outcome.report.fold();
    outcome.report.diagnostics
}

fn apply(files: &Files, diagnostics: &[Diagnostic], wanted: impl Fn(&Diagnostic) -> bool) -> Files {
    let mut files = files.clone();
    let mut edits: Vec<(String, usize, usize, String)> = Vec::new();
    for fix in diagnostics
        .iter()
        .filter(|diagnostic| wanted(diagnostic))
        .filter_map(|diagnostic| diagnostic.fix.as_ref())
    {
        for edit in &fix.edits {
            let Edit::Replace { place, text } = edit else { panic!("{edit:?}") };
            edits.push((place.path.as_str().to_owned(), place.span.start, place.span.end, text.clone()));
        }
    }
    edits.sort();
    for (path, start, end, text) in edits.into_iter().rev() {
        files.get_mut(&path).unwrap().replace_range(start..end, &text);
    }
    files
}

#[test]
fn the_reference_runbooks_are_in_step() {
    let files = monorepo();
    assert_eq!(told(&files, &check(&files)), Vec::<String>::new());
}

#[test]
fn a_deleted_app_is_one_finding_with_every_place() {
    let mut files = monorepo();
    let name = "corporate-website";
    files.retain(|path, _| !path.contains(name));
    // Its entries go from the manifest: whatever stands below a key with its name.
    let manifest = files.get_mut(".okteto/okteto.yml").unwrap();
    *manifest = without_entries(manifest, name);
    assert!(!manifest.contains(name), "{manifest}");
    assert_eq!(
        told(&files, &check(&files)),
        [
            "error runbook/region-stale: app `corporate-website` is gone; 12 places on 2 pages say otherwise",
            "  runbook-okteto-dev.md:26 `corporate-website`",
            "  runbook-okteto-dev.md:97 corporate-website",
            "  runbook-okteto-dev.md:120 `web-dev-corporate-website`",
            "  runbook-okteto-dev.md:121 `web-dev-corporate-website`",
            "  runbook-okteto-dev.md:147 web-dev-corporate-website",
            "  runbook-okteto-dev.md:157 `corporate-website`",
            "  runbook-okteto-dev.md:165 corporate-website",
            "  runbook-okteto-dev.md:171 `corporate-website`",
            "  runbook-okteto-dev.md:195 web-dev-corporate-website",
            "  runbook-okteto-dev.md:241 `corporate-website`",
            "  runbook-previews.md:17 corporate-website",
            "  runbook-previews.md:17 corporate-website",
        ]
    );
}

#[test]
fn a_renamed_dev_container_is_followed_by_fixes() {
    let mut files = monorepo();
    let (old, new) = ("web-dev-synestra-io", "web-dev-portal");
    let manifest = files.get_mut(".okteto/okteto.yml").unwrap();
    *manifest = manifest.replace(&format!("\n  {old}:"), &format!("\n  {new}:"));
    let found = check(&files);
    assert_eq!(
        told(&files, &found),
        [
            "error runbook/region-stale: dev container `web-dev-synestra-io` is called `web-dev-portal` now; 16 places on 2 pages say otherwise",
            "  okteto.yml:49 web-dev-portal",
            "  runbook-okteto-dev.md:27 web-dev-synestra-io",
            "  runbook-okteto-dev.md:53 web-dev-synestra-io",
            "  runbook-okteto-dev.md:75 web-dev-synestra-io",
            "  runbook-okteto-dev.md:85 web-dev-synestra-io",
            "  runbook-okteto-dev.md:86 web-dev-synestra-io",
            "  runbook-okteto-dev.md:87 web-dev-synestra-io",
            "  runbook-okteto-dev.md:122 web-dev-synestra-io",
            "  runbook-okteto-dev.md:146 web-dev-synestra-io",
            "  runbook-okteto-dev.md:158 web-dev-synestra-io",
            "  runbook-okteto-dev.md:183 web-dev-synestra-io",
            "  runbook-okteto-dev.md:192 web-dev-synestra-io",
            "  runbook-okteto-dev.md:197 web-dev-synestra-io",
            "  runbook-okteto-dev.md:197 web-dev-synestra-io",
            "  runbook-okteto-dev.md:200 web-dev-synestra-io",
            "  runbook-okteto-dev.md:230 web-dev-synestra-io",
            "  runbook-previews.md:31 web-dev-synestra-io",
        ]
    );
    let fixed = apply(&files, &found, |_| true);
    assert_eq!(told(&fixed, &check(&fixed)), Vec::<String>::new());
    // Namespace and release keep their name: only commands and regions change.
    let page = &fixed["docs/runbooks/runbook-okteto-dev.md"];
    assert!(page.contains("okteto namespace use web-dev-synestra-io\nokteto up web-dev-portal"));
}

/// What the regions know of a rename holds for text, excerpts and links to headings as well.
#[test]
fn a_new_name_reaches_excerpts_and_links() {
    let mut files = monorepo();
    let (old, new) = ("web-dev-synestra-io", "web-dev-portal");
    let manifest = files.get_mut(".okteto/okteto.yml").unwrap();
    *manifest = manifest.replace(&format!("\n  {old}:"), &format!("\n  {new}:"));
    let page = |name: &str| {
        format!(
            "# Okteto\n\n### 1) `{name}`\n\n`okteto up {name}`, [above](#1-{name}).\n\n\
             ### 2) `web-dev-corporate-website`\n\n```yaml\n# .okteto/okteto.yml\ndev:\n  {name}:\n    workdir: /app/apps/synestra-io\n```\n"
        )
    };
    let link = |name: &str| format!("See [the runbook](runbooks/runbook-more.md#1-{name}) of Okteto.\n");
    files.insert("docs/runbooks/runbook-more.md".to_owned(), page(old));
    files.insert("docs/okteto-links.md".to_owned(), link(old));
    let found = check(&files);
    assert_eq!(
        found.iter().filter(|one| one.cause.as_ref().is_none_or(|cause| cause.title.is_none())).count(),
        0
    );
    let fixed = apply(&files, &found, |one| one.fix.as_ref().is_some_and(|fix| fix.safety == Safety::Safe));
    assert_eq!(told(&fixed, &check(&fixed)), Vec::<String>::new());
    assert_eq!(fixed["docs/runbooks/runbook-more.md"], page(new));
    assert_eq!(fixed["docs/okteto-links.md"], link(new));
}

/// Removes the mappings and list items of a name from YAML text.
fn without_entries(text: &str, name: &str) -> String {
    let mut kept = String::new();
    let mut skipping: Option<usize> = None;
    for line in text.lines() {
        let indent = line.len() - line.trim_start().len();
        if skipping.is_some_and(|start| !line.trim().is_empty() && indent <= start) {
            skipping = None;
        }
        let body = line.trim_start();
        let begins = body.starts_with(&format!("{name}:"))
            || body.starts_with(&format!("web-dev-{name}:"))
            || body.starts_with(&format!("- name: {name}"));
        if skipping.is_none() && begins {
            skipping = Some(indent);
        }
        if skipping.is_none() {
            kept.push_str(line);
            kept.push('\n');
        }
    }
    kept
}
