//! Pages that nobody writes: what they cost grows with their size and not with its square, and is told in few words.

use crate::support::time::assert_linear;
use std::sync::Arc;
use xtask::config::{Config, KnownRules};
use xtask::diagnostic::{Diagnostic, Severity};
use xtask::engine::{self, Selection};
use xtask::facts::Facts;
use xtask::fix::plan;
use xtask::report::{Format, Options, render};
use xtask::rules;
use xtask::snapshot::Snapshot;
use xtask::source::{LineIndex, RepoPath, SourceFile};

const MANIFEST: &str = "\
dev:
  web-dev-shop:
    image: node:22
    workdir: /app/apps/shop
    command: sh -c \"pnpm --filter @acme/shop dev\"
    sync: [..:/app]
    environment: [\"TOKEN=${TOKEN}\"]
    forward: [3000:3000]
";

const CONFIG: &str = "naming: {dev-container: 'web-dev-{app}'}\n";

/// What the group says about a page, and the report as a person reads it.
fn check(page: &str) -> (Vec<Diagnostic>, String) {
    let files = [
        (".okteto/okteto.yml", MANIFEST),
        (".stignore", ".git\nnode_modules\n.env*\n"),
        ("package.json", "{\"name\": \"acme\", \"workspaces\": [\"apps/*\"]}"),
        ("apps/shop/package.json", "{\"name\": \"@acme/shop\", \"scripts\": {\"dev\": \"next dev\"}}"),
        ("docs/a.md", page),
    ];
    let tree = Snapshot::memory(files.map(|(path, text)| (path.to_owned(), text.as_bytes().to_vec())));
    let ids: Vec<&str> = rules::all().map(|rule| rule.id).collect();
    let file = SourceFile::new(".okteto/check.yml".into(), CONFIG);
    let (config, errors) = Config::parse(file, KnownRules { ids: &ids });
    assert!(errors.is_empty(), "{errors:?}");
    let facts = Facts::new(tree, None, config);
    let selection = Selection {
        rules: rules::all().filter(|rule| rule.group() == "runbook").collect(),
        level: Severity::Note,
        named: true,
        paths: Vec::new(),
    };
    let mut report = engine::run(&facts, &selection).report;
    assert_eq!(report.errors, []);
    let found = report.diagnostics.clone();
    report.fold();
    (found, render(&report, Format::Human, &Options::default()))
}

fn page(size: usize, piece: &dyn Fn(usize) -> String) -> String {
    let pieces: String = (0..size).map(piece).collect();
    format!("# Okteto\n\n{pieces}\n")
}

/// Pages of so many marks, or names, of one kind.
fn hostile(size: usize) -> [String; 16] {
    let page = |piece: &dyn Fn(usize) -> String| page(size, piece);
    [
        page(&|_| "a <!-- okteto:ports --> ".to_owned()),
        page(&|_| "<!-- okteto:ports -->\n".to_owned()),
        page(&|_| "<!-- okteto:ports\n".to_owned()),
        page(&|_| "<!-- okteto:ports -->\n```\n```\n".to_owned()),
        page(&|at| format!("<!-- okteto:port{at} -->\n<!-- /okteto:port{at} -->\n")),
        page(&|_| "<!-- okteto:variables -->\n<!-- /okteto:variables -->\n".to_owned()),
        page(&|_| "<!-- okteto:topology -->\n<!-- /okteto:topology -->\n".to_owned()),
        page(&|at| format!("<!-- okteto:app shop -->\nstale {at}\n<!-- /okteto:app -->\n")),
        page(&|_| "<!-- okteto:app shop -->\n## Shop\n<!-- /okteto:app -->\n".to_owned()),
        page(&|at| format!("<!-- okteto:app gone{at} -->\n<!-- /okteto:app -->\n")),
        format!("<!-- okteto:ports -->\n{}<!-- /okteto:ports -->\n", page(&|at| format!("line {at}\n"))),
        page(&|at| format!("`web-dev-site-x{at}` `web-dev-site-x{at}-old` ")),
        page(&|at| format!("A new app, for example `x{at}`: `okteto up x{at}`.\n\n")),
        format!(
            "<!-- okteto:ports -->\n| App | Dev container |\n|---|---|\n{}<!-- /okteto:ports -->\n",
            page(&|at| format!("| `shop` | `b{at}` |\n")).trim_start_matches("# Okteto\n\n")
        ),
        page(&|_| "```bash\ngit init new && cd new\nokteto up gone\ncd ..\n```\n".to_owned()),
        page(&|at| format!("## `Web-dev-shop` {at}\n\n`okteto up web_dev_shop` [a](#web-dev-shop-{at})\n\n")),
    ]
}

#[test]
fn hostile_pages_are_judged_in_linear_time() {
    let size = if cfg!(debug_assertions) { 800 } else { 8_000 };
    for (small, large) in hostile(size / 8).into_iter().zip(hostile(size)) {
        assert_linear(&small, &large, 8, |text| {
            let (found, _) = check(text);
            let read = |path: &RepoPath| (path.as_str() == "docs/a.md").then(|| Arc::from(text));
            drop(plan(&found, true, &read));
        });
    }
}

#[test]
fn what_a_page_has_too_much_of_is_told_once() {
    let pages = hostile(400);
    for (at, text) in pages.iter().enumerate().take(9).filter(|(at, _)| *at != 4) {
        let (found, report) = check(text);
        assert!(found.len() <= 2, "{at}: {} findings", found.len());
        assert!(found.iter().all(|one| one.related.len() <= 20), "{at}");
        assert!(report.lines().count() < 60, "{at}: {report}");
    }
    let (found, report) = check(&pages[5]);
    let [empty] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!(empty.message, "region `variables` is empty");
    assert_eq!(empty.why.as_deref(), Some("389 more places on this page are of the same kind"));
    assert_eq!(empty.fix.as_ref().map(|fix| fix.edits.len()), Some(400));
    assert!(report.contains("389 more places"), "{report}");
}

/// Each mark is mended on its own: only crowds are put together.
#[test]
fn twenty_marks_stay_apart() {
    let marks = |count| page(count, &|_| "a <!-- okteto:ports -->\n\n".to_owned());
    assert_eq!(check(&marks(20)).0.len(), 20);
    let (found, _) = check(&marks(21));
    let [one] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!(one.why.as_deref(), Some("10 more places on this page are of the same kind"));
}

#[test]
fn places_in_long_lines_are_those_that_were_counted() {
    let text = page(2_000, &|at| format!("я <!-- okteto:x{at} --> "));
    let index = LineIndex::new(&text);
    let counted = |at: usize| text[..at].rsplit('\n').next().map_or(0, |line| line.chars().count()) + 1;
    for (at, _) in text.match_indices("okteto:").step_by(101) {
        assert_eq!(index.position(&text, at).column, counted(at));
    }
}
