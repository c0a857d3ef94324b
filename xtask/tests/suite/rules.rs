//! Runs every example of every rule page.
//!
//! An example is a small tree in one fence, files under `-- path --` headers:
//!
//! - `### Bad` must give exactly the findings that are marked: a line of `^` under the offending characters,
//!   followed by the message. A mark above the first line of a file says that something is missing in it.
//!   A single `^` also marks an empty span. `-- path (disk) --` is a git-ignored file of the laptop.
//! - `### Fixed` behind a Bad example is what its fixes make of the tree: the files that they change, in
//!   full; `-- path (deleted) --` for those that go.
//! - `### Good` must be silent.

use crate::support::example::{self, Kind};
use xtask::rules;

#[test]
fn every_example_of_every_page_holds() {
    let mut failures = Vec::new();
    let mut count = 0;
    for rule in rules::all() {
        let examples = example::parse(rule.page).unwrap_or_else(|error| panic!("{}: {error}", rule.id));
        for wanted in [Kind::Bad, Kind::Good] {
            if !examples.iter().any(|example| example.kind == wanted) {
                failures.push(format!("{}: the page has no {wanted:?} example", rule.id));
            }
        }
        for (number, example) in examples.iter().enumerate() {
            count += 1;
            let fixed = examples.get(number + 1).filter(|next| next.kind == Kind::Fixed);
            if let Err(error) = example::hold(rule, example, fixed) {
                failures.push(format!("{} / {:?} {}:\n{error}", rule.id, example.kind, example.title));
            }
        }
    }
    assert!(failures.is_empty(), "{} of {count} examples fail:\n\n{}", failures.len(), failures.join("\n\n"));
}

#[test]
fn every_page_has_its_headings() {
    for rule in rules::all() {
        let headings: Vec<&str> =
            rule.page.lines().filter_map(|line| line.strip_prefix("## ")).map(str::trim).collect();
        let expected =
            ["What it checks", "Why it matters", "How to fix", "Examples", "Configuration", "Source"];
        assert_eq!(headings, expected, "{}", rule.id);
        assert!(rule.page.starts_with(&format!("# {}\n", rule.id)), "{}: title", rule.id);
        assert!(!rule.summary.ends_with('.'), "{}: the summary is no sentence", rule.id);
    }
}

#[test]
fn titles_fit_in_a_line_and_labels_say_more() {
    let mut failures = Vec::new();
    for rule in rules::all() {
        for example in example::parse(rule.page).unwrap().into_iter().filter(|one| one.kind == Kind::Bad) {
            for found in example::run(rule, &example.files, &example.disk).unwrap() {
                let title = found.message.as_str();
                if title.chars().count() > 100 {
                    failures.push(format!("{}: {title}", rule.id));
                }
                let labels = found.related.iter().map(|related| &related.message).chain([&found.label]);
                for label in labels.filter(|label| !label.is_empty()) {
                    if title.contains(label.as_str()) {
                        failures.push(format!("{}: `{label}` repeats `{title}`", rule.id));
                    }
                }
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}
