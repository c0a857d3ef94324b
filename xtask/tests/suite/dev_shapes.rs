//! What the pages of `dev/` cannot show: line ends, byte order marks, other indentations, several
//! manifests, and input that means harm.

use xtask::config::Config;
use xtask::diagnostic::{Diagnostic, Edit, Severity};
use xtask::engine::{self, Selection};
use xtask::facts::Facts;
use xtask::rules;
use xtask::snapshot::Snapshot;

type Files = Vec<(String, Vec<u8>)>;

fn files(texts: &[(&str, &str)]) -> Files {
    texts.iter().map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec())).collect()
}

/// The findings of the groups `dev/` and `check/`, or of one rule.
fn check(files: &Files, rule: &str) -> Vec<Diagnostic> {
    let facts = Facts::new(Snapshot::memory(files.clone()), None, Config::default());
    let rules = rules::all().filter(|known| known.id == rule || known.group() == rule).collect();
    let selection = Selection { rules, level: Severity::Note, named: true, paths: Vec::new() };
    let report = engine::run(&facts, &selection).report;
    assert!(report.errors.is_empty(), "a rule panicked");
    report.diagnostics
}

fn messages(files: &Files, rule: &str) -> Vec<String> {
    check(files, rule).into_iter().map(|diagnostic| diagnostic.message).collect()
}

/// The text of a file after the first fix of a rule.
fn fixed(files: &Files, rule: &str, path: &str) -> Option<String> {
    let fix = check(files, rule).into_iter().find_map(|diagnostic| diagnostic.fix)?;
    let (_, text) = files.iter().find(|(known, _)| known == path)?;
    let mut text = String::from_utf8(text.clone()).unwrap();
    let mut edits: Vec<_> = fix
        .edits
        .iter()
        .map(|edit| match edit {
            Edit::Replace { place, text } if place.path.as_str() == path => (place.span, text),
            other => panic!("unexpected edit {other:?}"),
        })
        .collect();
    edits.sort_by_key(|(span, _)| std::cmp::Reverse(*span));
    for (span, new) in edits {
        text.replace_range(span.start..span.end, new);
    }
    Some(text)
}

const WORKSPACE: [(&str, &str); 3] = [
    ("pnpm-workspace.yaml", "packages: [apps/*]\n"),
    ("apps/shop/package.json", r#"{"name": "@s/shop", "scripts": {"dev": "next dev"}}"#),
    ("apps/site/package.json", r#"{"name": "@s/site", "scripts": {"dev": "next dev -p 4000"}}"#),
];

/// The workspace with this manifest at the top level.
fn with_manifest(text: &str) -> Files {
    let mut all = files(&WORKSPACE);
    all.push(("okteto.yml".to_owned(), text.as_bytes().to_vec()));
    all
}

const RULE: &str = "dev/missing-container";

#[test]
fn an_added_entry_keeps_line_ends_byte_order_mark_and_indentation() {
    let manifest = "\u{feff}dev:\r\n    shop:\r\n        image: node:22\r\n        workdir: /app/apps/shop\r\n        sync:\r\n            - .:/app\r\n";
    let text = fixed(&with_manifest(manifest), RULE, "okteto.yml").unwrap();
    let added = "    site:\r\n        image: node:22\r\n        workdir: /app/apps/site\r\n        sync:\r\n            - .:/app\r\n";
    assert_eq!(text, format!("{manifest}{added}"));
    assert_eq!(check(&with_manifest(&text), "dev"), []);
}

#[test]
fn a_file_without_a_final_newline_and_a_block_scalar_at_the_end_can_be_extended() {
    let manifest = "dev:\n  shop:\n    sync: ['.:/app']\n    workdir: /app/apps/shop\n    command: |\n      pnpm install\n      pnpm --filter @s/shop dev --port 3000\n    forward: [\"3000:3000\"]";
    let text = fixed(&with_manifest(manifest), RULE, "okteto.yml").unwrap();
    let added = "\n  site:\n    sync: ['.:/app']\n    workdir: /app/apps/site\n    command: |\n      pnpm install\n      pnpm --filter @s/site dev --port 4000\n    forward: [\"4000:4000\"]";
    assert_eq!(text, format!("{manifest}{added}"));

    let manifest = "dev:\n  shop:\n    sync: ['.:/app']\n    workdir: /app/apps/shop\n    command: |\n      pnpm dev\n\nname: web\n";
    let text = fixed(&with_manifest(manifest), RULE, "okteto.yml").unwrap();
    let added =
        "\n  site:\n    sync: ['.:/app']\n    workdir: /app/apps/site\n    command: |\n      pnpm dev";
    assert_eq!(text, manifest.replace("\n\nname", &format!("{added}\n\nname")));
}

#[test]
fn entries_that_cannot_be_copied_are_only_reported() {
    for manifest in [
        // In one line.
        "dev: {shop: {workdir: /app/apps/shop, sync: ['.:/app']}}\n",
        // Its body is shared.
        "dev:\n  other: &body\n    workdir: /app/apps/shop\n    sync: ['.:/app']\n  shop: *body\n",
        // Its key names no app.
        "dev:\n  web:\n    workdir: /app/apps/shop\n    sync: ['.:/app']\n",
    ] {
        let all = with_manifest(manifest);
        assert_eq!(messages(&all, RULE), ["app `site` has no dev container"], "{manifest}");
        assert_eq!(fixed(&all, RULE, "okteto.yml"), None, "{manifest}");
    }
}

#[test]
fn several_manifests_serve_together() {
    let mut all = with_manifest("dev:\n  shop:\n    workdir: /app/apps/shop\n    sync: ['.:/app']\n");
    all.push((
        "apps/site/okteto.yml".to_owned(),
        b"dev:\n  site:\n    workdir: /app\n    sync: ['.:/app', '../..:/repo']\n".to_vec(),
    ));
    assert_eq!(check(&all, RULE), []);
    assert_eq!(messages(&all, "dev/sync-path"), [] as [&str; 0]);
}

#[test]
fn broken_and_templated_manifests_silence_what_they_could_contradict() {
    for manifest in [
        "dev:\n  shop:\n    workdir: /app/apps/shop\n    sync: ['.:/app'\n  site:\n",
        "dev:\n  shop:\n    workdir: /app/apps/{{ .Values.app }}\n    sync: ['.:/app']\n{{- if .Values.x }}\n",
    ] {
        assert_eq!(messages(&with_manifest(manifest), RULE), [] as [&str; 0], "{manifest}");
    }
}

#[test]
fn a_manifest_of_the_old_format_serves_its_own_app() {
    let mut all = with_manifest("dev:\n  shop:\n    workdir: /app/apps/shop\n    sync: ['.:/app']\n");
    let old = b"name: site\nimage: node:22\nworkdir: /app\nsync:\n  - .:/app\n".to_vec();
    all.push(("apps/site/okteto.yml".to_owned(), old));
    assert_eq!(check(&all, RULE), []);
}

#[test]
fn odd_values_are_survived() {
    let names = [
        "",
        "~",
        "${",
        "$",
        "..",
        "../..",
        "/",
        "a:b:c:d",
        ":",
        "\u{202e}x",
        "apps/\u{301}",
        "C:\\x:/y",
        "{{x}}",
    ];
    for value in names {
        let quoted = serde_json::to_string(value).unwrap();
        let manifest = format!(
            "dev:\n  shop:\n    image: node:22\n    workdir: {quoted}\n    command: {quoted}\n    sync: [{quoted}, {quoted}]\n    volumes: [{quoted}]\n    secrets: [{quoted}]\n    envFiles: {quoted}\n    forward: [{quoted}]\n    selector: {{a: {quoted}}}\n    services: [{{sync: [{quoted}]}}]\n  {quoted}: {quoted}\n"
        );
        let _ = check(&with_manifest(&manifest), "dev");
    }
    for manifest in
        ["", "dev:", "dev: []", "dev: x", "dev:\n  a:\n", "dev:\n  a: []\n", "- a\n", "dev: &a {b: *a}\n"]
    {
        let _ = check(&with_manifest(manifest), "dev");
    }
}

/// A manifest that keeps most of the rules busy.
const BUSY: &str = "\
dev:
  shop: &shop
    selector: {app.kubernetes.io/instance: shop}
    image: node:22
    workdir: /app/apps/shop
    command: sh -lc 'export PNPM_STORE_DIR=/s; pnpm install && pnpm -F @s/shp dev --port 3001 # дев'
    sync:
      - ../apps/shop:/app/apps/shop
      - ../apps/gone:/app/apps/gone
      - ./a:/a:ro
    volumes: [/app/apps/shop/node_modules]
    secrets: [\"no.json:/n\"]
    forward: [3000:3000, 80:80, 3000:9229]
  alias: *shop
  site:
    <<: *shop
    command: |
      cd apps/site
      next dev --hostname localhost
    environment: [PNPM_STORE_DIR=/x]
";

/// Every finding points at characters of its file, and its fix does too.
fn assert_places(files: &Files) {
    let text_of = |path: &str| {
        let found = files.iter().find(|(known, _)| known == path);
        found.map(|(_, bytes)| String::from_utf8(bytes.clone()).unwrap()).unwrap_or_default()
    };
    for found in check(files, "dev") {
        let related = found.related.iter().map(|related| &related.place);
        for place in std::iter::once(&found.place).chain(related) {
            let text = text_of(place.path.as_str());
            assert!(text.get(place.span.start..place.span.end).is_some(), "{} {:?}", found.rule, place);
        }
        for edit in found.fix.iter().flat_map(|fix| &fix.edits) {
            let Edit::Replace { place, .. } = edit else { continue };
            let text = text_of(place.path.as_str());
            assert!(text.get(place.span.start..place.span.end).is_some(), "{} {:?}", found.rule, place);
        }
    }
}

fn at_okteto(text: &str) -> Files {
    let mut all = files(&WORKSPACE);
    all.push((".okteto/okteto.yml".to_owned(), text.as_bytes().to_vec()));
    all
}

#[test]
fn places_are_characters_whatever_is_cut_off() {
    let rules: std::collections::BTreeSet<&str> =
        check(&at_okteto(BUSY), "dev").iter().map(|found| found.rule).collect();
    assert!(rules.len() >= 7, "the manifest keeps these rules busy: {rules:?}");
    for (at, _) in BUSY.char_indices() {
        assert_places(&at_okteto(&BUSY[..at]));
    }
}

#[test]
fn places_are_characters_whatever_line_is_missing_or_ends_in_a_carriage_return() {
    let lines: Vec<&str> = BUSY.lines().collect();
    for missing in 0..lines.len() {
        let mut rest = lines.clone();
        rest.remove(missing);
        assert_places(&at_okteto(&rest.join("\n")));
        assert_places(&at_okteto(&format!("\u{feff}{}\r\n", rest.join("\r\n"))));
    }
}
