//! The pure half of `fix`: which fixes go together, what the files read afterwards, and the diff of it.

use proptest::prelude::*;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use xtask::diagnostic::{Diagnostic, Edit, Fix, Severity, replace};
use xtask::fix::{
    Change, Decision, Left, Overlay, Refusal, Target, TextEdit, apply, last_line, plan, repair, rows,
    unified_diff,
};
use xtask::source::{Place, RepoPath, Span};

/// A tree in memory.
struct Tree(BTreeMap<RepoPath, Arc<str>>);

impl Tree {
    fn new(files: &[(&str, &str)]) -> Self {
        Self(files.iter().map(|(path, text)| (RepoPath::new(path), Arc::from(*text))).collect())
    }

    fn read(&self) -> impl Fn(&RepoPath) -> Option<Arc<str>> {
        |path| self.0.get(path).cloned()
    }
}

fn finding(path: &str, fix: Option<Fix>) -> Diagnostic {
    let mut diagnostic = Diagnostic::new(Place::top(&RepoPath::new(path)), "it is wrong");
    diagnostic.rule = "group/rule";
    diagnostic.severity = Severity::Error;
    diagnostic.fix = fix;
    diagnostic
}

fn safe(edits: Vec<Edit>) -> Diagnostic {
    finding("a", Some(Fix::safe("fix it", edits)))
}

fn at(path: &str, start: usize, end: usize, text: &str) -> Edit {
    replace(&RepoPath::new(path), Span::new(start, end), text)
}

fn create(path: &str, text: &str) -> Edit {
    Edit::Create { path: RepoPath::new(path), text: text.to_owned() }
}

fn delete(path: &str) -> Edit {
    Edit::Delete { path: RepoPath::new(path) }
}

fn decide(tree: &Tree, fixes: Vec<Vec<Edit>>) -> Vec<Decision> {
    let diagnostics: Vec<Diagnostic> = fixes.into_iter().map(safe).collect();
    plan(&diagnostics, false, &tree.read()).decisions
}

fn text_after(tree: &Tree, fixes: Vec<Vec<Edit>>, path: &str) -> Option<String> {
    let diagnostics: Vec<Diagnostic> = fixes.into_iter().map(safe).collect();
    let plan = plan(&diagnostics, false, &tree.read());
    plan.changes.text(&RepoPath::new(path), &tree.read()).map(|text| text.to_string())
}

#[test]
fn a_fix_is_applied_as_a_whole_or_waits_as_a_whole() {
    let tree = Tree::new(&[("a", "one two"), ("b", "three")]);
    let fixes = vec![
        vec![at("a", 0, 3, "1")],
        vec![at("a", 1, 2, "x"), at("b", 0, 5, "3")],
        vec![at("b", 0, 5, "drei")],
    ];
    assert_eq!(decide(&tree, fixes.clone()), [Decision::Apply, Decision::Wait, Decision::Apply]);
    assert_eq!(text_after(&tree, fixes.clone(), "a").as_deref(), Some("1 two"));
    assert_eq!(text_after(&tree, fixes, "b").as_deref(), Some("drei"), "nothing of the second fix");
}

#[test]
fn edits_that_fixes_have_in_common_are_made_once() {
    let tree = Tree::new(&[("a", "x\n"), ("b", "y\n")]);
    let fixes = vec![
        vec![at("a", 2, 2, ".env\n")],
        vec![at("a", 2, 2, ".env\n"), at("b", 0, 1, "z")],
        vec![create("c", "new")],
        vec![create("c", "new")],
        vec![create("c", "other")],
    ];
    let all = [Decision::Apply, Decision::Apply, Decision::Apply, Decision::Apply, Decision::Wait];
    assert_eq!(decide(&tree, fixes.clone()), all);
    assert_eq!(text_after(&tree, fixes.clone(), "a").as_deref(), Some("x\n.env\n"));
    assert_eq!(text_after(&tree, fixes, "b").as_deref(), Some("z\n"));
}

#[test]
fn insertions_that_touch_wait_but_keep_their_order_within_a_fix() {
    let tree = Tree::new(&[("a", "0123456789")]);
    let insert = at("a", 4, 4, "x");
    for (other, decision) in [
        (at("a", 4, 4, "y"), Decision::Wait),
        (at("a", 4, 6, "y"), Decision::Wait),
        (at("a", 2, 4, "y"), Decision::Wait),
        (at("a", 5, 6, "y"), Decision::Apply),
        (at("a", 3, 3, "y"), Decision::Apply),
    ] {
        assert_eq!(decide(&tree, vec![vec![insert.clone()], vec![other]])[1], decision);
    }
    let neighbours = vec![vec![at("a", 0, 2, "a")], vec![at("a", 2, 4, "b")]];
    assert_eq!(text_after(&tree, neighbours, "a").as_deref(), Some("ab456789"));
    let own = vec![vec![at("a", 4, 6, "z"), at("a", 4, 4, "x"), at("a", 4, 4, "y")]];
    assert_eq!(text_after(&tree, own, "a").as_deref(), Some("0123xyz6789"));
}

#[test]
fn what_cannot_be_done_is_refused_with_a_reason() {
    let tree = Tree::new(&[("a", "дом")]);
    let path = RepoPath::new;
    for (edits, refusal) in [
        (vec![create("a", "x")], Refusal::Exists(path("a"))),
        (vec![at("b", 0, 0, "x")], Refusal::Missing(path("b"))),
        (vec![delete("b")], Refusal::Missing(path("b"))),
        (vec![at("a", 1, 2, "x")], Refusal::Misfit(path("a"))),
        (vec![at("a", 4, 2, "x")], Refusal::Misfit(path("a"))),
        (vec![at("a", 0, 7, "x")], Refusal::Misfit(path("a"))),
        (vec![create("../b", "x")], Refusal::OutOfBounds(path("../b"))),
        (vec![create(".git/hooks/pre-commit", "x")], Refusal::OutOfBounds(path(".git/hooks/pre-commit"))),
        (vec![at("a", 0, 4, "x"), at("a", 2, 6, "y")], Refusal::Contradiction(path("a"))),
        (vec![delete("a"), at("a", 0, 2, "x")], Refusal::Contradiction(path("a"))),
        (vec![at("a", 0, 2, "д")], Refusal::NoChange),
        (vec![], Refusal::NoChange),
    ] {
        assert_eq!(decide(&tree, vec![edits]), [Decision::Refuse(refusal)]);
    }
    let review = finding("a", Some(Fix::needs_review("", vec![at("a", 0, 2, "x")])));
    let plan = plan(&[finding("a", None), review.clone()], false, &tree.read());
    assert_eq!(plan.decisions, [Decision::ByHand, Decision::NeedsReview]);
    assert_eq!(xtask::fix::plan(&[review], true, &tree.read()).decisions, [Decision::Apply]);
}

#[test]
fn a_refused_fix_leaves_nothing_behind() {
    let tree = Tree::new(&[("a", "one"), ("b", "two")]);
    let fixes = vec![vec![at("a", 0, 3, "1"), create("b", "x")], vec![at("a", 0, 1, "O")]];
    assert_eq!(text_after(&tree, fixes, "a").as_deref(), Some("One"));
}

/// A rule that wants every `a` to be a `b`, one fix for each.
fn letters(tree: &Tree, overlay: &Overlay) -> Vec<Diagnostic> {
    let path = RepoPath::new("f");
    let text = overlay.text(&path, &tree.read()).expect("the file");
    let found = text.match_indices('a').map(|(offset, _)| {
        let mut diagnostic = safe(vec![at("f", offset, offset + 1, "b")]);
        diagnostic.place = Place::new(&path, Span::new(offset, offset + 1));
        diagnostic
    });
    found.collect()
}

#[test]
fn passes_go_on_until_nothing_changes() {
    let tree = Tree::new(&[("f", "a\nca\n")]);
    let outcome = repair(&tree.read(), false, &|_| true, |overlay| letters(&tree, overlay));
    assert!(outcome.settled && outcome.left.is_empty());
    let changes = outcome.overlay.changes(&tree.read());
    assert_eq!(changes.len(), 1);
    assert_eq!(changes[0].after.as_deref(), Some("b\ncb\n"));
    assert_eq!(rows(&outcome), "fixed  f:1  group/rule\nfixed  f:2  group/rule\n");
    assert_eq!(last_line(&outcome, Target::WorkTree), "2 fixed in 1 file; review with `git diff`\n");
    assert_eq!(last_line(&outcome, Target::Nowhere), "2 would be fixed in 1 file\n");
}

#[test]
fn colliding_fixes_take_one_pass_each() {
    let tree = Tree::new(&[("f", "list:\n")]);
    let wanted = ["- one\n", "- two\n", "- three\n"];
    let mut passes = 0;
    let outcome = repair(&tree.read(), false, &|_| true, |overlay| {
        passes += 1;
        let text = overlay.text(&RepoPath::new("f"), &tree.read()).expect("the file");
        let missing = wanted.iter().filter(|line| !text.contains(**line));
        missing.map(|line| safe(vec![at("f", text.len(), text.len(), line)])).collect()
    });
    assert_eq!(passes, 4, "the last one finds nothing");
    assert_eq!(
        outcome.overlay.changes(&tree.read())[0].after.as_deref(),
        Some("list:\n- one\n- two\n- three\n")
    );
    assert_eq!(outcome.fixed.iter().map(|row| row.line).collect::<Vec<_>>(), [2, 3, 4]);
}

#[test]
fn fixes_without_end_are_stopped_and_said_so() {
    let tree = Tree::new(&[("f", "x")]);
    let mut passes = 0;
    let outcome = repair(&tree.read(), false, &|_| true, |_| {
        passes += 1;
        vec![safe(vec![at("f", 0, 0, "x")])]
    });
    assert!(!outcome.settled);
    assert_eq!(passes, 11, "the first check and one after each pass");
    assert_eq!(outcome.left[0].1, Left::Unsettled);
    assert_eq!(outcome.overlay.changes(&tree.read())[0].after.as_deref(), Some("x".repeat(11).as_str()));

    let back_and_forth = repair(&tree.read(), false, &|_| true, |overlay| {
        let text = overlay.text(&RepoPath::new("f"), &tree.read()).expect("the file");
        vec![safe(vec![at("f", 0, 1, if &*text == "x" { "y" } else { "x" })])]
    });
    assert!(!back_and_forth.settled);
    assert_eq!(back_and_forth.overlay.changes(&tree.read())[0].after.as_deref(), Some("y"));
}

#[test]
fn a_fix_that_breaks_the_syntax_is_taken_back() {
    let tree = Tree::new(&[("f", "good"), ("g", "a")]);
    let path = RepoPath::new("f");
    let outcome = repair(&tree.read(), false, &|_| true, |overlay| {
        let text = overlay.text(&path, &tree.read()).expect("the file");
        let mut breaking = safe(vec![at("f", 0, 4, "bad"), at("g", 0, 0, "lost ")]);
        breaking.subject = "breaking".to_owned();
        let mut found = vec![breaking];
        if &*text == "bad" {
            let mut broken = finding("f", None);
            broken.rule = "manifest/syntax";
            return vec![broken];
        }
        if overlay.text(&RepoPath::new("g"), &tree.read()).as_deref() == Some("a") {
            found.push(safe(vec![at("g", 0, 1, "b")]));
        }
        found
    });
    assert!(outcome.settled);
    let changes = outcome.overlay.changes(&tree.read());
    assert_eq!(changes.len(), 1);
    assert_eq!(changes[0].after.as_deref(), Some("b"), "the other fix was applied alone");
    assert_eq!(outcome.left.len(), 1);
    assert_eq!(outcome.left[0].1, Left::Refused(Refusal::Breaks(path)));
}

#[test]
fn the_summary_reads_as_designed() {
    let stignore = ".git\nnode_modules\n.next\n.turbo\ndist\ncoverage\n";
    let dockerfile = format!("{}target=/root\n", "RUN x\n".repeat(12));
    let runbook = format!("{}okteto up web-synestra-io-dev\n", "text\n".repeat(10));
    let tree = Tree::new(&[
        (".stignore", stignore),
        ("apps/synestra-io/Dockerfile", &dockerfile),
        ("docs/runbooks/runbook-okteto-dev.md", &runbook),
        ("apps/corporate-website/package.json", "{\n  \"name\": 1\n}\n"),
    ]);
    let of = |rule: &'static str, path: &str, offset: usize, fix: Fix| {
        let mut diagnostic = finding(path, Some(fix));
        diagnostic.rule = rule;
        diagnostic.place.span = Span::at(offset);
        diagnostic
    };
    let end = stignore.len();
    let append = Fix::safe("", vec![at(".stignore", end, end, "!.env.example\n.env\n.env.*\n")]);
    let mount = Fix::safe("", vec![at("apps/synestra-io/Dockerfile", 79, 84, "/pnpm")]);
    let name = Fix::safe("", vec![at("docs/runbooks/runbook-okteto-dev.md", 60, 79, "web-dev-synestra-io")]);
    let sibling = Fix::needs_review("", vec![at(".stignore", 0, 0, "x")]);
    let outcome = repair(&tree.read(), false, &|_| true, |overlay| {
        let container =
            of("dev/missing-container", "apps/corporate-website/package.json", 4, sibling.clone());
        if overlay.iter().next().is_some() {
            return vec![container];
        }
        vec![
            of("ignore/secret-exposed", ".stignore", 0, append.clone()),
            container,
            of("dockerfile/cache-mount-target", "apps/synestra-io/Dockerfile", 79, mount.clone()),
            of("runbook/unknown-name", "docs/runbooks/runbook-okteto-dev.md", 60, name.clone()),
        ]
    });
    let expected = "\
fixed  .stignore:7                             ignore/secret-exposed
fixed  apps/synestra-io/Dockerfile:13          dockerfile/cache-mount-target
fixed  docs/runbooks/runbook-okteto-dev.md:11  runbook/unknown-name
left   apps/corporate-website/package.json:2   dev/missing-container (unsafe)
3 fixed in 3 files, 1 left for `cargo xtask fix --unsafe`; review with `git diff`
";
    assert_eq!(rows(&outcome) + &last_line(&outcome, Target::WorkTree), expected);
    let nothing = repair(&tree.read(), false, &|_| true, |_| Vec::new());
    assert_eq!(rows(&nothing) + &last_line(&nothing, Target::WorkTree), "nothing to fix\n");
    let by_hand = repair(&tree.read(), false, &|_| true, |_| vec![finding("a", None)]);
    assert_eq!(
        rows(&by_hand) + &last_line(&by_hand, Target::WorkTree),
        "left   a:1  group/rule (no automatic fix)\n1 left for you\n"
    );
}

fn change(path: &str, before: Option<&str>, after: Option<&str>) -> Change {
    Change { path: RepoPath::new(path), before: before.map(Arc::from), after: after.map(Arc::from) }
}

#[test]
fn a_diff_looks_like_that_of_git() {
    let before = "1\n2\n3\n4\n5\n6\n7\n8\n9\n";
    let after = "1\n2\n3\n4\nfive\n6\n7\n8\n9";
    let expected = r#"diff --git a/with space b/with space
--- a/with space	
+++ b/with space	
@@ -2,8 +2,8 @@
 2
 3
 4
-5
+five
 6
 7
 8
-9
+9
\ No newline at end of file
diff --git "a/\321\217\"\\" "b/\321\217\"\\"
new file mode 100644
--- /dev/null
+++ "b/\321\217\"\\"
@@ -0,0 +1 @@
+new
diff --git a/old b/old
deleted file mode 100644
--- a/old
+++ /dev/null
@@ -1,2 +0,0 @@
-a
-b
"#;
    let changes = [
        change("with space", Some(before), Some(after)),
        change("same", Some("x"), Some("x")),
        change("я\"\\", None, Some("new\n")),
        change("old", Some("a\nb\n"), None),
    ];
    assert_eq!(unified_diff(&changes), expected);
}

fn git(folder: &Path, arguments: &[&str]) -> std::process::Output {
    let mut command = Command::new("git");
    command.current_dir(folder).args(arguments).env_clear().env("GIT_CEILING_DIRECTORIES", folder);
    command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1").env("HOME", folder);
    command.output().expect("git runs")
}

/// Lets the real git apply the diff of `changes` and compares every byte.
fn check_with_git(changes: &[Change]) {
    let folder = tempfile::tempdir().expect("a folder");
    for change in changes {
        if let Some(text) = &change.before {
            let path = folder.path().join(change.path.as_str());
            fs::create_dir_all(path.parent().expect("a parent")).expect("folders");
            fs::write(path, text.as_bytes()).expect("written");
        }
    }
    let diff = unified_diff(changes);
    fs::write(folder.path().join("the.patch"), &diff).expect("written");
    assert!(git(folder.path(), &["init", "-q"]).status.success());
    let applied = git(folder.path(), &["apply", "--whitespace=nowarn", "--allow-empty", "the.patch"]);
    assert!(applied.status.success(), "{}\n{diff}", String::from_utf8_lossy(&applied.stderr));
    for change in changes {
        let found = fs::read(folder.path().join(change.path.as_str())).ok();
        let wanted = change.after.as_ref().map(|text| text.as_bytes().to_vec());
        assert_eq!(found, wanted, "{}\n{diff}", change.path);
    }
}

#[test]
fn git_applies_every_kind_of_change() {
    check_with_git(&[
        change("plain", Some("a\nb\n"), Some("a\nc\n")),
        change("crlf", Some("a\r\nb\r\n"), Some("a\r\nc\r\n")),
        change("lone\rreturn", Some("a\rb\nc"), Some("a\rB\nc\r")),
        change("no newline", Some("a"), Some("b")),
        change("gains newline", Some("a"), Some("a\n")),
        change("loses newline", Some("a\n"), Some("a")),
        change("apps/новый файл.md", None, Some("текст\n")),
        change("tab\tnewline\nquote\"back\\slash", Some("x\n"), Some("y\n")),
        change("empty then full", Some(""), Some("x\n")),
        change("full then empty", Some("x\n"), Some("")),
        change("created empty", None, Some("")),
        change("deleted", Some("x\ny"), None),
        change("deleted empty", Some(""), None),
        change(" leading and trailing ", Some("x\n"), Some("y\n")),
        change("bom", Some("\u{feff}a\n"), Some("a\n")),
    ]);
}

fn text() -> impl Strategy<Value = String> {
    let piece =
        prop_oneof!["[ab]{0,2}", Just("\n".into()), Just("\r\n".into()), Just("я".into()), Just("\t".into())];
    proptest::collection::vec(piece, 0..30).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn git_applies_any_diff(before in text(), after in text(), name in "[a-z я'\"\\\\\t]{1,8}x") {
        prop_assume!(before != after);
        check_with_git(&[change(&name, Some(&before), Some(&after))]);
    }
}

proptest! {
    /// Edits change their spans and nothing else; odd ones are turned down, never a panic.
    #[test]
    fn text_between_edits_stays(
        text in text(),
        spans in proptest::collection::vec((0_usize..40, 0_usize..40, text()), 0..5),
    ) {
        let edits: Vec<TextEdit> =
            spans.iter().map(|(start, end, text)| TextEdit { span: Span::new(*start, *end), text: text.clone() }).collect();
        let Some(result) = apply(&text, &edits) else { return Ok(()); };
        let mut sorted: Vec<&TextEdit> = edits.iter().collect();
        sorted.sort_by_key(|edit| edit.span);
        let (mut rest, mut done) = (result.as_str(), 0);
        for edit in sorted {
            rest = rest.strip_prefix(Span::new(done, edit.span.start).slice(&text)).expect("text before the edit");
            rest = rest.strip_prefix(edit.text.as_str()).expect("text of the edit");
            done = edit.span.end;
        }
        prop_assert_eq!(rest, Span::new(done, text.len()).slice(&text));
    }

    /// Whatever a rule wants to edit: a plan decides about each, and its result does not depend on chance.
    #[test]
    fn any_fixes_can_be_planned(
        text in text(),
        fixes in proptest::collection::vec(
            proptest::collection::vec((0_usize..40, 0_usize..40, text()), 0..3), 0..6),
    ) {
        let tree = Tree::new(&[("f", &text)]);
        let fixes: Vec<Diagnostic> = fixes.iter().map(|edits| {
            safe(edits.iter().map(|(start, end, text)| at("f", *start, *end, text)).collect())
        }).collect();
        let plan = plan(&fixes, false, &tree.read());
        prop_assert_eq!(plan.decisions.len(), fixes.len());
        let applied = plan.decisions.contains(&Decision::Apply);
        prop_assert!(applied || plan.changes.iter().next().is_none());
        let outcome = repair(&tree.read(), false, &|_| true, |_| fixes.clone());
        prop_assert_eq!(outcome.left.len(), fixes.len());
    }
}
