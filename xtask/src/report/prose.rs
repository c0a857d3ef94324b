//! A finding as plain sentences, for formats that have one field for all of it.

use super::places::{Places, printable_path};
use crate::diagnostic::{Diagnostic, Fix, Safety};
use std::fmt::Write;

/// The fact and its reason in one line.
pub(super) fn headline(diagnostic: &Diagnostic) -> String {
    if diagnostic.label.is_empty() {
        return diagnostic.message.clone();
    }
    format!("{}: {}", diagnostic.message, diagnostic.label)
}

/// The headline, then one line for each other place, why it matters, and what to do.
pub(super) fn paragraphs(diagnostic: &Diagnostic, places: &Places<'_>) -> String {
    let mut text = headline(diagnostic);
    for related in &diagnostic.related {
        let start = places.start(&related.place);
        let path = printable_path(&related.place.path);
        let _ = write!(text, "\n{path}:{}:{}: {}", start.line, start.column, related.message);
    }
    text.push_str(&remarks(diagnostic));
    text
}

/// Why it matters and what to do: a line each, every one after a line feed.
pub(super) fn remarks(diagnostic: &Diagnostic) -> String {
    let mut text = String::new();
    if let Some(why) = &diagnostic.why {
        let _ = write!(text, "\nnote: {why}");
    }
    if let Some(help) = help(diagnostic) {
        let _ = write!(text, "\nhelp: {help}");
    }
    text
}

/// What to do, with one word on how safe the repair is, unless a text of the finding already says so.
pub(super) fn help(diagnostic: &Diagnostic) -> Option<String> {
    let Some(fix) = &diagnostic.fix else {
        return diagnostic.help.clone();
    };
    let (known, remark) = match fix.safety {
        Safety::Safe => ("(safe fix)", "(safe fix)"),
        Safety::Unsafe => ("--unsafe", "(`cargo xtask fix --unsafe`)"),
    };
    let said = texts(diagnostic).any(|text| text.contains(known));
    match &diagnostic.help {
        Some(help) if said => Some(help.clone()),
        Some(help) => Some(format!("{help} {remark}")),
        None if said => None,
        None => Some(title(fix, remark)),
    }
}

fn title(fix: &Fix, remark: &str) -> String {
    if fix.title.is_empty() { remark.to_owned() } else { format!("{} {remark}", fix.title) }
}

fn texts(diagnostic: &Diagnostic) -> impl Iterator<Item = &str> {
    let optional = diagnostic.help.iter().chain(&diagnostic.why).map(String::as_str);
    let related = diagnostic.related.iter().map(|related| related.message.as_str());
    optional.chain(related).chain(std::iter::once(diagnostic.label.as_str()))
}
