//! Owned regions: what they look like, and that writing them touches nothing else.

use proptest::prelude::*;
use std::fmt::Write as _;
use std::sync::LazyLock;
use xtask::config::Config;
use xtask::diagnostic::{Diagnostic, Edit, Severity};
use xtask::engine::{self, Selection};
use xtask::facts::Facts;
use xtask::model::runbook::compare::differences;
use xtask::model::runbook::regions::RegionKind;
use xtask::model::runbook::render::Renderer;
use xtask::model::runbook::{Language, Page, PageKind};
use xtask::rules;
use xtask::snapshot::Snapshot;
use xtask::source::SourceFile;

const MANIFEST: &str = "\
name: shop
build:
  shop: {context: ., dockerfile: apps/shop/Dockerfile, target: runtime}
deploy:
  - helm upgrade --install web-dev-shop deploy/chart --values deploy/env/preview/shop.yaml
dev:
  web-dev-shop:
    selector: {app.kubernetes.io/instance: web-dev-shop}
    workdir: /app/apps/shop
    command: sh -c \"corepack enable && pnpm --filter @acme/shop dev --port 3000\"
    sync: [..:/app]
    forward: [3003:3000, 5432:db:5432]
  shop-alias:
    selector: {app.kubernetes.io/instance: web-dev-shop}
    workdir: /app/apps/shop
    command: sh -c \"corepack enable && pnpm --filter @acme/shop dev --port 3000\"
    sync: [..:/app]
    forward: [3003:3000, 5432:db:5432]
  worker:
    image: ${WORKER_IMAGE:-node:22}
    sync: [../worker:/worker]
";

const APPLICATION: &str = "\
kind: Application
apiVersion: argoproj.io/v1alpha1
metadata: {name: web-dev-shop}
spec:
  destination: {namespace: team-shop}
  source: {path: deploy/chart, helm: {valueFiles: [../env/dev/shop.yaml]}}
";

fn facts(page: &str) -> Facts {
    let files = [
        (".okteto/okteto.yml", MANIFEST),
        (".okteto/refresh-data.yml", "deploy:\n  - kubectl apply -f deploy/jobs/refresh.yaml\n"),
        ("deploy/argocd/apps/dev/shop.yaml", APPLICATION),
        ("deploy/env/dev/shop.yaml", "a: 1\n"),
        ("deploy/env/preview/shop.yaml", "a: 1\n"),
        ("package.json", "{\"name\": \"acme\", \"workspaces\": [\"apps/*\", \"packages/*\"]}"),
        (
            "apps/shop/package.json",
            "{\"name\": \"@acme/shop\", \"scripts\": {\"dev\": \"next dev\"}, \"dependencies\": {\"@acme/ui\": \"workspace:*\"}}",
        ),
        ("packages/ui/package.json", "{\"name\": \"@acme/ui\"}"),
        (
            "apps/shop/Dockerfile",
            "FROM node:22 AS runtime\nRUN --mount=type=cache,id=acme-pnpm,target=/pnpm/store pnpm i\n",
        ),
        (".stignore", ".git\nnode_modules\n.env*\n"),
        ("worker/index.js", "x"),
        ("docs/runbooks/a.md", page),
    ];
    let tree = Snapshot::memory(files.map(|(path, text)| (path.to_owned(), text.as_bytes().to_vec())));
    Facts::new(tree, None, Config::default())
}

fn check(page: &str, id: &str) -> Vec<Diagnostic> {
    let rules = rules::all().filter(|rule| rule.id == id || rule.group() == id).collect();
    let outcome = engine::run(
        &facts(page),
        &Selection { rules, level: Severity::Note, named: true, paths: Vec::new() },
    );
    assert!(outcome.report.errors.is_empty(), "{:?}", outcome.report.errors);
    outcome.report.diagnostics
}

/// What writing the stale regions of a page changes, in order.
fn edits(page: &str) -> Vec<(usize, usize, String)> {
    let mut edits: Vec<(usize, usize, String)> = Vec::new();
    for diagnostic in check(page, "runbook/region-stale") {
        for edit in diagnostic.fix.expect("a stale region can be written").edits {
            let Edit::Replace { place, text } = edit else { panic!("{edit:?}") };
            edits.push((place.span.start, place.span.end, text));
        }
    }
    edits.sort();
    edits
}

/// Rewrites all stale regions of a page.
fn rewrite(page: &str) -> String {
    let mut written = page.to_owned();
    for (start, end, text) in edits(page).into_iter().rev() {
        written.replace_range(start..end, &text);
    }
    written
}

fn all_regions(intro: &str) -> String {
    let mut page = format!("# {intro}\n");
    for kind in RegionKind::ALL {
        let argument = if kind == RegionKind::App { " shop" } else { "" };
        let name = kind.name();
        let _ = write!(page, "\n<!-- okteto:{name}{argument} -->\n<!-- /okteto:{name} -->\n");
    }
    page
}

#[test]
fn every_region_in_english() {
    insta::assert_snapshot!(rewrite(&all_regions("How to work with Okteto")));
}

#[test]
fn every_region_in_russian() {
    insta::assert_snapshot!(rewrite(&all_regions("Как работать с Okteto")));
}

fn run(files: &[(&str, &str)], rules: Vec<&'static rules::Rule>) -> Vec<Diagnostic> {
    let files = files.iter().map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec()));
    let facts = Facts::new(Snapshot::memory(files), None, Config::default());
    let selection = Selection { rules, level: Severity::Warning, named: false, paths: Vec::new() };
    engine::run(&facts, &selection).report.diagnostics
}

/// A warning that nobody mends changes no fact: regions are still compared.
#[test]
fn a_lasting_warning_holds_no_region_back() {
    let table = |id: &str| {
        format!(
            "<!-- okteto:builds -->\n| Build | Context | Dockerfile | Stage | Caches | Variable |\n\
             |---|---|---|---|---|---|\n\
             | `web` | `.` | `Dockerfile` | — | {id} | `OKTETO_BUILD_WEB_IMAGE` |\n<!-- /okteto:builds -->\n"
        )
    };
    let check = |dockerfile: &str, page: &str| {
        let files = [
            ("package.json", "{\"name\": \"x\"}"),
            ("package-lock.json", "{}"),
            (".dockerignore", ".git\nnode_modules\n"),
            ("Dockerfile", dockerfile),
            (".okteto/okteto.yml", "build:\n  web:\n    context: .\n"),
            ("docs/runbooks/a.md", page),
        ];
        let wanted = rules::all().filter(|rule| {
            let id = rule.id;
            id == "runbook/region-stale" || id == "dockerfile/copy-order" || id == "dockerfile/cache-mount"
        });
        run(&files, wanted.collect()).iter().map(|diagnostic| diagnostic.rule).collect::<Vec<_>>()
    };
    let mounted = "FROM node:22\nWORKDIR /app\nCOPY . .\n\
                   RUN --mount=type=cache,id=x-npm,target=/root/.npm npm ci\n";
    let bare = "FROM node:22\nWORKDIR /app\nCOPY package.json package-lock.json ./\nRUN npm ci\n";
    let empty = "<!-- okteto:builds -->\n<!-- /okteto:builds -->\n";
    let both = ["dockerfile/copy-order", "runbook/region-stale"];
    assert_eq!(check(mounted, &table("`x-npm`")), both[..1]);
    assert_eq!(check(mounted, empty), both);
    assert_eq!(check(mounted, &table("—")), both);
    assert_eq!(check(mounted, &table("`y-npm`")), both);
    // The lost mount is told where it was lost: its fix brings it back.
    assert_eq!(check(bare, &table("`x-npm`")), ["dockerfile/cache-mount"]);
}

/// An edge of the diagram is as good a fact as a cell.
#[test]
fn an_edited_diagram_leads_to_the_manifest() {
    let page = rewrite("# Okteto\n\n<!-- okteto:topology -->\n<!-- /okteto:topology -->\n");
    let edits = [
        (
            "|runs in| namespace_team_shop",
            "|runs in| namespace_team_shops",
            "deploy/argocd/apps/dev/shop.yaml",
        ),
        ("  workload_web_dev_shop -->", "  workload_web_dev_shops -->", "deploy/argocd/apps/dev/shop.yaml"),
        ("<br/>localhost:3003", "<br/>localhost:3004", ".okteto/okteto.yml"),
    ];
    for (right, wrong, source) in edits {
        let edited = page.replace(right, wrong);
        assert_ne!(edited, page, "{right}");
        let found = check(&edited, "runbook/region-stale");
        let [diagnostic] = &found[..] else { panic!("{found:?}") };
        assert!(diagnostic.message.contains(" says `"), "{}", diagnostic.message);
        let places: Vec<_> = diagnostic.related.iter().map(|related| related.place.path.as_str()).collect();
        assert_eq!(places, [source], "{right}");
    }
}

/// Lines in another order are neither gone nor missing.
#[test]
fn an_exchanged_order_is_called_so() {
    let page = rewrite("# Okteto\n\n<!-- okteto:sync -->\n<!-- /okteto:sync -->\n");
    let mut lines: Vec<&str> = page.lines().collect();
    let first = lines.iter().position(|line| line.contains("`web-dev-shop`")).expect("a row");
    lines.swap(first, first + 1);
    let found = check(&format!("{}\n", lines.join("\n")), "runbook/region-stale");
    let messages: Vec<_> = found.iter().map(|diagnostic| diagnostic.message.as_str()).collect();
    assert_eq!(messages, ["region `sync` has its lines in another order than it should"]);
}

#[test]
fn what_is_written_is_not_stale_in_any_line_ending() {
    for page in [
        all_regions("Okteto"),
        all_regions("Okteto").replace('\n', "\r\n"),
        format!("\u{feff}{}", all_regions("Okteto")),
    ] {
        let written = rewrite(&page);
        assert!(check(&written, "runbook").is_empty(), "{:?}", check(&written, "runbook"));
        let all = if page.contains("\r\n") { written.matches('\n').count() } else { 0 };
        assert_eq!(written.matches("\r\n").count(), all, "mixed line ends");
    }
}

/// Whether `start..end` is exactly the lines between two marks of one name, each alone on its line.
fn is_between_marks(page: &str, start: usize, end: usize) -> bool {
    let open = page[..start].trim_end_matches('\n').rsplit('\n').next().unwrap().trim();
    let close = page[end..].split('\n').next().unwrap().trim();
    let name = open.strip_prefix("<!-- okteto:").and_then(|rest| rest.split([' ', '-']).next());
    page[..start].ends_with('\n')
        && name.is_some_and(|name| !name.is_empty() && close == format!("<!-- /okteto:{name} -->"))
}

fn piece() -> impl Strategy<Value = String> {
    let lines = prop::sample::select(vec![
        "text",
        "- item",
        "  - nested",
        "> quote",
        "```",
        "```bash",
        "~~~",
        "| a | b |",
        "|---|---|",
        "# 1) Заголовок",
        "    indented",
        "<details>",
        "</details>",
        "<!-- note -->",
        "<!-- open",
        "-->",
        "",
        "1. one",
        "   three",
        "\ttab",
        "`code",
        "***",
        "---",
        "<!-- okteto:ports -->",
        "<!-- /okteto:ports -->",
        "<!-- okteto:sync -->",
        "<!-- /okteto:sync -->",
        "  <!-- okteto:ports -->",
        "> <!-- okteto:sync -->",
        "- <!-- okteto:ports -->",
        "<!-- okteto:port -->",
        "<!-- /okteto:app x -->",
        "text <!-- okteto:ports -->",
        "[link](x.md)",
        "web‑dev — «ёлки»",
        "| — | `web-dev-shop` | <http://localhost:3003> | 3000 |",
    ]);
    let ends = prop::sample::select(vec!["\n", "\n", "\n", "\r\n"]);
    (lines, ends).prop_map(|(line, end)| format!("{line}{end}"))
}

/// The repository around the page, read once.
static REPOSITORY: LazyLock<Facts> = LazyLock::new(|| facts(""));

/// What writing the regions of a page changes, without the engine around it.
fn drawn(text: &str) -> Vec<(usize, usize, String)> {
    let landscape = REPOSITORY.landscape();
    let renderer = Renderer { landscape: &landscape, tree: &REPOSITORY.tree, config: &REPOSITORY.config };
    let page = Page::read(SourceFile::new("docs/runbooks/a.md".into(), text), PageKind::Runbook);
    let mut edits = Vec::new();
    for region in &page.regions {
        let versions =
            [Language::English, Language::Russian].map(|language| renderer.render(&page, region, language));
        let is_right =
            versions.iter().flatten().any(|expected| differences(text, region.content, expected).is_empty());
        let own = usize::from(page.language() == Language::Russian);
        if let Some(expected) = versions[own].as_ref().filter(|_| !is_right) {
            let text = expected.text.replace('\n', page.file.line_ending());
            edits.push((region.content.start, region.content.end, text));
        }
    }
    edits
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// Whatever a page looks like: the fix changes only lines between marks that stand alone in their lines,
    /// and once is enough.
    #[test]
    fn nothing_outside_of_regions_is_touched(pieces in prop::collection::vec(piece(), 0..40)) {
        let page = pieces.concat();
        let edits = drawn(&page);
        let mut written = page.clone();
        for (start, end, text) in edits.iter().rev() {
            prop_assert!(is_between_marks(&page, *start, *end), "{start}..{end}");
            written.replace_range(*start..*end, text);
        }
        prop_assert!(drawn(&written).is_empty());
    }

    /// Any bytes are read without a panic, and spans lie in the text.
    #[test]
    fn hostile_pages_are_read(text in HOSTILE) {
        let page = Page::read(SourceFile::new("docs/a.md".into(), text.as_str()), PageKind::Runbook);
        for span in page.mentions.iter().map(|mention| mention.span).chain(page.regions.iter().map(|region| region.whole)) {
            prop_assert!(text.get(span.start..span.end).is_some(), "{:?}", span);
        }
    }
}

const HOSTILE: &str = "([a-z<>!\\-`~#|*_ \\[\\]()/:$\\r\\n\u{2011}я]|okteto|<!-- |-->|```|<!-- okteto:ports -->\n|okteto up ){0,120}";

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    /// The rule writes what [`drawn`] says, and all rules of the group stand whatever it is.
    #[test]
    fn the_rules_agree(pieces in prop::collection::vec(piece(), 0..40), text in HOSTILE) {
        let page = pieces.concat();
        prop_assert_eq!(edits(&page), drawn(&page));
        let page = page + &text;
        for diagnostic in check(&page, "runbook") {
            let span = diagnostic.place.span;
            let lies_in_page = diagnostic.place.path.as_str() != "docs/runbooks/a.md" || page.get(span.start..span.end).is_some();
            prop_assert!(lies_in_page, "{:?}", diagnostic);
        }
    }
}
