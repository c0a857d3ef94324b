//! Layout for a person: the designed first run, and everything that could tear it.

use super::sample::{self, ruled};
use proptest::prelude::*;
use std::time::Duration;
use xtask::diagnostic::{Diagnostic, Fix, InternalError, Severity, Skipped, replace};
use xtask::report::{Format, Options, Report, Style, render};
use xtask::source::{Place, RepoPath, SourceFile, Span};

fn human(report: &Report) -> String {
    render(report, Format::Human, &Options { elapsed: Some(Duration::from_millis(11)), ..Options::default() })
}

/// A report over one file.
fn over(path: &str, text: &str, diagnostics: Vec<Diagnostic>) -> Report {
    let file = SourceFile::new(RepoPath::new(path), text);
    Report { diagnostics, files: 1, sources: [(file.path.clone(), file)].into(), ..Report::default() }
}

fn error(path: &str, span: Span, label: &str) -> Diagnostic {
    let place = Place::new(&RepoPath::new(path), span);
    ruled("group/rule", Severity::Error, Diagnostic::new(place, "it is wrong").label(label))
}

fn spanning(text: &str, needle: &str) -> Span {
    let start = text.find(needle).expect("needle in text");
    Span::new(start, start + needle.len())
}

#[test]
fn the_first_run_reads_as_designed() {
    assert_eq!(human(&sample::report()), include_str!("first_run.txt"));
}

#[test]
fn colours_add_nothing_but_escape_sequences() {
    let styled = render(
        &sample::report(),
        Format::Human,
        &Options { style: Style::Ansi, elapsed: Some(Duration::from_millis(11)), ..Options::default() },
    );
    assert!(styled.contains("\u{1b}["));
    assert_eq!(anstream::adapter::strip_str(&styled).to_string(), include_str!("first_run.txt"));
}

#[test]
fn the_last_line_counts_what_there_is() {
    let mut report = Report { files: 84, ..Report::default() };
    assert_eq!(human(&report), "no problems in 84 files (11 ms)\n");
    report.suppressed = 2;
    report.files = 1;
    assert_eq!(
        render(&report, Format::Human, &Options::default()),
        "no problems, 2 suppressed in 1 file\n",
        "without a clock"
    );
    let edit = replace(&RepoPath::new("f"), Span::new(0, 1), "b");
    let mut report = over("f", "a", vec![error("f", Span::new(0, 1), "")]);
    report.diagnostics[0].fix = Some(Fix::needs_review("say `b`", vec![edit]));
    report.diagnostics[0].severity = Severity::Note;
    assert!(
        human(&report).ends_with("\n\n1 note in 1 file (11 ms); 1 fixable with `cargo xtask fix --unsafe`\n")
    );
    assert!(human(&report).contains("  = help: say `b` (`cargo xtask fix --unsafe`)\n"));
}

#[test]
fn the_fourth_finding_of_a_rule_is_one_line() {
    let text = "a\nb\nc\nd\ne\n";
    let all = (0..5).map(|line| error("f", Span::new(line * 2, line * 2 + 1), "here")).collect();
    let report = over("f", text, all);
    let shown = human(&report);
    assert_eq!(shown.matches("^ here").count(), 3);
    assert!(
        shown
            .contains("\n\nf:4:1: error[group/rule]: it is wrong\nf:5:1: error[group/rule]: it is wrong\n\n")
    );
    let verbose = render(&report, Format::Human, &Options { verbose: true, ..Options::default() });
    assert_eq!(verbose.matches("^ here").count(), 5);
}

#[test]
fn reasons_stand_below_the_snippet() {
    let mut finding = error("f", Span::new(0, 1), "here").help("write `b`");
    finding.why = Some("first line\nsecond line".to_owned());
    let expected = "\
error[group/rule]: it is wrong
 --> f:1:1
  |
1 | a
  | ^ here
  |
  = note: first line
          second line
  = help: write `b`

1 error in 1 file (11 ms)
";
    assert_eq!(human(&over("f", "a\n", vec![finding])), expected);
}

#[test]
fn a_file_without_known_text_is_named() {
    let elsewhere = Place::new(&RepoPath::new("../platform/values.yaml"), Span::new(3, 9));
    let finding = error("f", Span::new(0, 1), "here").related(elsewhere, "deployed from here");
    let expected = "\
error[group/rule]: it is wrong
 --> f:1:1
  |
1 | a
  | ^ here
  |
 ::: ../platform/values.yaml
  = deployed from here

1 error in 1 file (11 ms)
";
    assert_eq!(human(&over("f", "a\n", vec![finding])), expected);
    let missing = error("gone", Span::at(0), "no such file");
    assert!(human(&over("f", "", vec![missing])).contains("it is wrong\n--> gone\n = no such file\n"));
}

#[test]
fn long_lines_are_cut_around_the_span() {
    let text = format!("{{{}\"needle\": 1{}}}", "\"a\":1,".repeat(400), ",\"b\":2".repeat(400));
    let shown =
        human(&over("package.json", &text, vec![error("package.json", spanning(&text, "needle"), "here")]));
    assert!(shown.contains("--> package.json:1:2403\n"), "{shown}");
    assert!(shown.contains("\"needle\": 1") && shown.contains("^^^^^^ here"), "{shown}");
    assert!(shown.lines().all(|line| line.chars().count() <= 150), "{shown}");
}

#[test]
fn far_apart_marks_on_one_long_line_get_a_snippet_each() {
    let text = format!("first{}second\n", " ".repeat(3_000));
    let second = Place::new(&RepoPath::new("f"), spanning(&text, "second"));
    let finding = error("f", spanning(&text, "first"), "here").related(second, "and here");
    let shown = human(&over("f", &text, vec![finding]));
    assert!(shown.contains(" ::: f:1:3006\n"), "{shown}");
    assert!(shown.lines().all(|line| line.chars().count() <= 150), "{shown}");
}

#[test]
fn a_span_wider_than_the_terminal_is_cut() {
    let text = "x".repeat(4_000);
    for (text, end) in
        [(text.clone(), 4_000), (format!("{text}\n{text}\n"), 8_001), ("я".repeat(2_000), 4_000)]
    {
        let shown = human(&over("f", &text, vec![error("f", Span::new(0, end), "here")]));
        assert!(shown.contains("--> f:1:1\n"), "{shown}");
        assert!(shown.lines().all(|line| line.chars().count() <= 150), "{shown}");
    }
}

#[test]
fn a_line_of_a_megabyte_is_named_but_not_shown() {
    let text = format!("{}needle", " ".repeat(1_000_000));
    let shown = human(&over("f", &text, vec![error("f", spanning(&text, "needle"), "here")]));
    assert!(shown.starts_with("error[group/rule]: it is wrong\n--> f:1:1000001\n = here\n"), "{shown:.200}");
}

#[test]
fn tabs_wide_characters_and_a_byte_order_mark_keep_the_marks_in_place() {
    let text = "\u{feff}ключ:\t日本 x\r\n\tend\r\n";
    let report =
        over("f", text, vec![error("f", spanning(text, "x"), "here"), error("f", spanning(text, "end"), "")]);
    let shown = human(&report);
    let expected = " --> f:1:10
  |
1 | ключ:    日本 x
  |               ^ here
";
    assert!(shown.contains(expected), "{shown}");
    assert!(shown.contains(" --> f:2:2\n  |\n2 |     end\n  |     ^^^\n"), "{shown}");
}

#[test]
fn whole_lines_are_marked_up_to_their_last_character() {
    let text = "a: 1\r\nb: 2\r\nc: 3\r\n";
    let shown = human(&over("f", text, vec![error("f", spanning(text, "b: 2\r\n"), "here")]));
    assert!(shown.contains("2 | b: 2\n  | ^^^^ here\n"), "{shown}");
}

#[test]
fn the_end_of_a_file_is_a_line_of_its_own() {
    let text = "a: 1\n";
    let report = over("f", text, vec![error("f", Span::at(text.len()), "here")]);
    let shown = human(&report);
    assert!(shown.contains(" --> f:2:1\n  |\n2 |\n  | ^ here\n"), "{shown}");
    assert!(render(&report, Format::Concise, &Options::default()).starts_with("f:2:1: "));
}

#[test]
fn text_appended_to_a_file_is_not_drawn_into_its_last_line() {
    for text in ["coverage\n", "coverage", "coverage\n\n"] {
        let edit = replace(&RepoPath::new("f"), Span::at(text.len()), "!.env.example\n");
        let finding = error("f", Span::new(0, 8), "").help("append it").fix(Fix::safe("append", vec![edit]));
        let shown = human(&over("f", text, vec![finding]));
        assert!(shown.contains("  = help: append it (safe fix)\n"), "{shown}");
        assert!(!shown.contains("coverage!"), "{shown}");
    }
}

#[test]
fn a_repair_of_a_few_lines_is_drawn() {
    let text = "a: 1\nb: 2\nc: 3\n";
    let path = RepoPath::new("f");
    let edits =
        vec![replace(&path, spanning(text, "1"), "one"), replace(&path, Span::at(10), "between: 0\n")];
    let finding = error("f", Span::new(0, 1), "").help("spell it").fix(Fix::safe("spell", edits));
    let shown = human(&over("f", text, vec![finding]));
    let expected = "\
help: spell it (safe fix)
  |
1 ~ a: one
2 | b: 2
3 + between: 0
  |
";
    assert!(shown.contains(expected), "{shown}");
}

#[test]
fn control_characters_of_names_and_messages_do_not_reach_the_terminal() {
    let mut finding = error("a\nb\u{1b}[31m", Span::at(0), "evil \u{1b}[2J label");
    finding.message = "evil \u{1b}]0;title\u{7} message".to_owned();
    let mut report = over("a\nb\u{1b}[31m", "", vec![finding]);
    report.errors.push(InternalError { rule: "r".to_owned(), message: "line\u{1b}[0m".to_owned() });
    report.skipped.push(Skipped {
        rule: "r".to_owned(),
        path: "p\u{1b}".into(),
        reason: "x\u{7}".to_owned(),
    });
    for format in [Format::Human, Format::Concise] {
        let shown = render(&report, format, &Options { verbose: true, ..Options::default() });
        assert!(!shown.contains(|character: char| character.is_control() && character != '\n'), "{shown:?}");
        assert!(shown.contains("a\\nb\\u{1b}[31m"), "{shown:?}");
    }
}

#[test]
fn failed_rules_and_what_was_skipped_are_told() {
    let report = Report {
        errors: vec![InternalError {
            rule: "dev/broken".to_owned(),
            message: "index out of bounds".to_owned(),
        }],
        skipped: vec![Skipped {
            rule: "manifest".to_owned(),
            path: "chart/t.yaml".into(),
            reason: "a template".to_owned(),
        }],
        files: 3,
        ..Report::default()
    };
    let shown = render(&report, Format::Human, &Options { verbose: true, ..Options::default() });
    let expected = "\
error: rule `dev/broken` failed: index out of bounds
  = note: this is a bug of the checker; the other rules went on

skipped manifest in chart/t.yaml: a template

no problems, 1 rule failed in 3 files
";
    assert_eq!(shown, expected);
    assert!(!human(&report).contains("a template"), "only with -v");
}

/// Text with everything that shifts columns.
fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        "[a-z ]{0,6}",
        Just("\n".to_owned()),
        Just("\r\n".to_owned()),
        Just("\t".to_owned()),
        Just("\r".to_owned()),
        Just("日".to_owned()),
        Just("я\u{301}".to_owned()),
        Just("👩‍👩‍👧".to_owned()),
        Just("\u{feff}".to_owned()),
        Just("\u{1b}[31m".to_owned()),
        Just("\0".to_owned()),
        Just("w".repeat(300)),
    ];
    proptest::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

proptest! {
    /// Whatever spans a rule reports, and whatever it wants to edit: something is printed.
    #[test]
    fn no_span_makes_a_renderer_panic(
        text in text(),
        spans in proptest::collection::vec((0_usize..900, 0_usize..900), 1..5),
        width in 0_usize..200,
        replacement in text(),
    ) {
        let path = RepoPath::new("f");
        let (start, end) = spans[0];
        let mut finding = error("f", Span::new(start, end), "label\nof two lines").help("help");
        let mut edits = Vec::new();
        for (start, end) in &spans {
            let span = Span::new(*start % (text.len() + 2), *end % (text.len() + 2));
            finding = finding.related(Place::new(&path, span), "related");
            edits.push(replace(&path, span, replacement.clone()));
        }
        finding = finding.fix(Fix::safe("title", edits));
        let report = over("f", &text, vec![finding]);
        for format in Format::ALL {
            let options = Options { width, ..Options::default() };
            let shown = render(&report, format, &options);
            prop_assert!(!shown.is_empty() || format as usize > 2);
            prop_assert_eq!(shown, render(&report, format, &options));
        }
    }
}
