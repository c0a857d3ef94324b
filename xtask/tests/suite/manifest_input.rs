//! What rule pages cannot show of the rules about manifests: line ends, byte order marks, broken and hostile files,
//! fixes that meet them.

use xtask::config::Config;
use xtask::diagnostic::{Diagnostic, Edit, Severity};
use xtask::engine::{self, Selection};
use xtask::facts::Facts;
use xtask::rules;
use xtask::snapshot::Snapshot;
use xtask::source::RepoPath;

/// The findings of the groups `manifest` and `variables`.
fn check(files: &[(&str, &[u8])]) -> Vec<Diagnostic> {
    let tree = Snapshot::memory(files.iter().map(|(path, bytes)| ((*path).to_owned(), bytes.to_vec())));
    let facts = Facts::new(tree, None, Config::default());
    let rules = rules::all().filter(|rule| matches!(rule.group(), "manifest" | "variables")).collect();
    let selection = Selection { rules, level: Severity::Note, named: true, paths: Vec::new() };
    let report = engine::run(&facts, &selection).report;
    assert_eq!(report.errors, [], "a rule panicked");
    report.diagnostics
}

fn ids(findings: &[Diagnostic]) -> Vec<&str> {
    findings.iter().map(|finding| finding.rule).collect()
}

/// Applies the first fix of a rule to the one file it is about.
fn fixed(text: &str, rule: &str) -> String {
    let findings = check(&[("okteto.yml", text.as_bytes())]);
    let finding = findings.into_iter().find(|finding| finding.rule == rule && finding.fix.is_some());
    let mut edits = finding.expect("a finding with a fix").fix.expect("a fix").edits;
    edits.reverse();
    let mut text = text.to_owned();
    for edit in edits {
        let Edit::Replace { place, text: new } = edit else { panic!("edits of one file") };
        text.replace_range(place.span.start..place.span.end, &new);
    }
    text
}

#[test]
fn fixes_keep_windows_line_ends_and_the_byte_order_mark() {
    let text = "\u{feff}dev:\r\n  web:\r\n    image: node:22\r\n    forwards:\r\n      - 1:1\r\n";
    assert_eq!(fixed(text, "manifest/unknown-key"), text.replace("forwards", "forward"));
    let deploy = "deploy:\r\n  - echo\r\n";
    assert_eq!(fixed(deploy, "manifest/remote"), "deploy:\r\n  remote: true\r\n  commands:\r\n  - echo\r\n");
    let old = "name: web\r\nimage: node\r\nsync:\r\n  - .:/app\r\n";
    let new = "dev:\r\n  web:\r\n    image: node\r\n    sync:\r\n      - .:/app\r\n";
    assert_eq!(fixed(old, "manifest/outdated"), new);
}

#[test]
fn the_wrapped_manifest_keeps_block_scalars_and_a_missing_last_line_break() {
    let old = "# top\nimage: node\nname: web\ncommand: |\n  a\n\n    b\n# end\nsync:\n- .:/app";
    let new = "# top\ndev:\n  web:\n    image: node\n    command: |\n      a\n\n        b\n    # end\n    sync:\n    - .:/app";
    assert_eq!(fixed(old, "manifest/outdated"), new);
    assert!(!ids(&check(&[("okteto.yml", new.as_bytes())])).contains(&"manifest/outdated"));
}

#[test]
fn an_old_manifest_is_one_finding() {
    let old = "name: Web_App\nimage: ${NODE}\nsyncs:\n  - a\nsync: x\nforward: 1\nbuild_arg: ${A:?}\n";
    assert_eq!(ids(&check(&[("okteto.yml", old.as_bytes())])), ["manifest/outdated"]);
}

#[test]
fn what_is_no_text_is_told_once() {
    let latin = b"dev:\n  a: caf\xe9\n";
    for bytes in [&b"a\0b"[..], latin, b"\xff\xfed\0e\0v\0"] {
        let findings = check(&[("okteto.yml", bytes)]);
        assert_eq!(ids(&findings), ["manifest/syntax"]);
        assert!(findings[0].message.contains("UTF-8"), "{}", findings[0].message);
    }
    let folder = check(&[("okteto.yml/readme.txt", b"x")]);
    assert_eq!(ids(&folder), ["manifest/syntax"]);
    assert_eq!(folder[0].place.path, RepoPath::new("okteto.yml"));
}

#[test]
fn hostile_files_are_findings_and_nothing_else_is_lost() {
    let deep = format!("dev: {}", "[".repeat(20_000));
    let mut bomb = "dev:\n  a: &a [x, x, x, x, x, x, x, x, x]\n".to_owned();
    for (name, before) in ('b'..='k').zip('a'..) {
        let items = vec![format!("*{before}"); 9].join(", ");
        bomb.push_str(&format!("  {name}: &{name} [{items}]\n"));
    }
    let commands = format!("deploy:\n  - {}\n", "echo $(".repeat(5_000));
    let good = "dev:\n  web:\n    forwards: []\n";
    for hostile in [&deep, &bomb, &commands] {
        let findings = check(&[(".okteto/x.yml", hostile.as_bytes()), ("okteto.yml", good.as_bytes())]);
        assert!(findings.iter().any(|finding| finding.rule == "manifest/unknown-key"));
        assert!(findings.len() < 40, "{} findings", findings.len());
    }
}

#[test]
fn a_broken_end_does_not_hide_or_invent_anything_else() {
    let text = "dev:\n  web:\n    forwards: []\n    forward: [\ntest:\n  unit: {}\n";
    let findings = check(&[("okteto.yml", text.as_bytes())]);
    assert_eq!(ids(&findings), ["manifest/unknown-key", "manifest/syntax"]);
}

#[test]
fn spans_lie_in_their_files_whatever_is_cut_off() {
    let text = "name: ш\nbuild:\n  Веб_1: {context: ${A:?}, depends_on: [ш]}\ndeploy:\n  - |\n    export X=1\n    \
                helm install a ./ш -f b,c\n  - echo \"$X ${OKTETO_BUILD_Q_IMAGE}\" > z\ndev:\n  web:\n    image: ${И}\n    \
                workdir: ${Щ}\n    timeout: ½s\n    forward: [1, \"2:3:4:5\"]\ntest:\n  t: {commands: [npm ci], caches: [~/ш]}\n";
    for end in 0..=text.len() {
        let Some(part) = text.get(..end) else { continue };
        for finding in check(&[("okteto.yml", part.as_bytes())]) {
            let span = finding.place.span;
            assert!(part.get(span.start..span.end).is_some(), "{span:?} of {} at {end}", finding.rule);
            for edit in finding.fix.into_iter().flat_map(|fix| fix.edits) {
                let Edit::Replace { place, .. } = edit else { continue };
                assert!(part.get(place.span.start..place.span.end).is_some());
            }
        }
    }
}
