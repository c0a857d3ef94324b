//! Snippets for a person: what is wrong, both sides of every contradiction, why, and what to do.

mod excerpt;
mod patch;
mod summary;

use super::concise;
use super::places::{Places, printable, printable_path};
use super::prose::help;
use super::{Options, Report, Style};
use crate::diagnostic::{Diagnostic, Severity};
use annotate_snippets::{Element, Group, Level, Renderer, normalize_untrusted_str};
use std::collections::BTreeMap;
use std::fmt::Write;

pub use summary::counts;

/// A rule that fires more often shows the rest of its findings as one line each.
const SNIPPETS_PER_RULE: usize = 3;

pub(super) fn render(report: &Report, options: &Options) -> String {
    let mut out = findings(report, options);
    if !out.is_empty() {
        out.push('\n');
    }
    out.push_str(&summary::line(report, options));
    out
}

/// Everything but the last line, for commands that end with a line of their own; empty when nothing was
/// found, skipped (and asked for) or broken.
pub fn findings(report: &Report, options: &Options) -> String {
    let places = Places::new(report);
    let renderer = renderer(options);
    let mut shown: BTreeMap<&str, usize> = BTreeMap::new();
    let mut blocks = Blocks::default();
    for diagnostic in &report.diagnostics {
        let times = shown.entry(diagnostic.rule).or_default();
        *times += 1;
        if *times <= SNIPPETS_PER_RULE || options.verbose {
            blocks.snippet(&renderer.render(&groups(diagnostic, &places, options)));
        } else {
            blocks.line(&concise::line(diagnostic, &places, options.style));
        }
    }
    for error in &report.errors {
        blocks.snippet(&format!(
            "error: rule `{}` failed: {}\n  = note: this is a bug of the checker; the other rules went on",
            error.rule,
            printable(&error.message)
        ));
    }
    if options.verbose {
        for skip in &report.skipped {
            let path = printable_path(&skip.path);
            blocks.line(&format!("skipped {} in {path}: {}\n", skip.rule, printable(&skip.reason)));
        }
    }
    blocks.text
}

/// Snippets stand apart by an empty line; findings of one line each stand together.
#[derive(Default)]
struct Blocks {
    text: String,
    after_line: bool,
}

impl Blocks {
    fn snippet(&mut self, text: &str) {
        self.separate();
        let _ = writeln!(self.text, "{text}");
        self.after_line = false;
    }

    fn line(&mut self, text: &str) {
        if !self.after_line {
            self.separate();
        }
        self.text.push_str(text);
        self.after_line = true;
    }

    fn separate(&mut self) {
        if !self.text.is_empty() {
            self.text.push('\n');
        }
    }
}

fn renderer(options: &Options) -> Renderer {
    let renderer = match options.style {
        Style::Plain => Renderer::plain(),
        Style::Ansi => Renderer::styled(),
    };
    renderer.term_width(options.width)
}

/// The finding with its places and remarks, and the repair as a group of its own where it can be drawn.
fn groups<'a>(diagnostic: &'a Diagnostic, places: &'a Places<'a>, options: &Options) -> Vec<Group<'a>> {
    let mut finding = Group::with_title(
        level(diagnostic.severity).primary_title(diagnostic.message.as_str()).id(diagnostic.rule),
    )
    .elements(excerpt::elements(diagnostic, places, options));
    if let Some(others) = excerpt::others(diagnostic, places, options) {
        finding = finding.element(Level::NOTE.message(normalize_untrusted_str(&others)));
    }
    if let Some(why) = &diagnostic.why {
        finding = finding.element(Level::NOTE.message(normalize_untrusted_str(why)));
    }
    let Some(help) = help(diagnostic) else {
        return vec![finding];
    };
    let help = normalize_untrusted_str(&help);
    match patch::drawing(diagnostic, places, options) {
        Some(drawing) => {
            let repair = Level::HELP.secondary_title(help).element(drawing);
            vec![finding, repair]
        }
        None => vec![finding.element(Level::HELP.message(help))],
    }
}

const fn level(severity: Severity) -> Level<'static> {
    match severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Note => Level::NOTE,
    }
}

/// Text that stands below a place without a snippet.
fn remark<'a>(text: &str) -> Option<Element<'a>> {
    let text = normalize_untrusted_str(text);
    (!text.is_empty()).then(|| Level::NOTE.no_name().message(text).into())
}
