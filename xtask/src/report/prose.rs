//! A finding as plain sentences, for formats that have one field for all of it.

use super::places::{Places, printable_path};
use crate::diagnostic::{Diagnostic, Safety};
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

/// Why it matters, what to do and how safe the repair is: a line each, every one after a line feed.
pub(super) fn remarks(diagnostic: &Diagnostic) -> String {
    let mut text = String::new();
    if let Some(why) = &diagnostic.why {
        let _ = write!(text, "\nnote: {why}");
    }
    if let Some(help) = &diagnostic.help {
        let _ = write!(text, "\nhelp: {help}");
    }
    match diagnostic.fix.as_ref().map(|fix| fix.safety) {
        Some(Safety::Safe) => text.push_str("\n`cargo xtask fix` repairs it"),
        Some(Safety::Unsafe) => text.push_str("\n`cargo xtask fix --unsafe` repairs it; review the result"),
        None => {}
    }
    text
}
