//! JSON through the same tree as YAML, so that one span model serves both.
//!
//! The tree comes from the YAML reader (JSON is a subset of YAML 1.2); strictness is checked by
//! `serde_json` in the same pass: trailing commas, single quotes and comments are errors.

use super::SyntaxError;
use super::yaml::Yaml;
use crate::source::{BOM, LineIndex, Span};

/// Reads `text` as JSON. `errors` of the answer holds at most the first error, as strict readers stop there.
pub fn parse(text: &str) -> Yaml {
    let mut tree = Yaml::parse(text);
    tree.template = None;
    tree.errors.clear();
    let (body, offset) = match text.strip_prefix(BOM) {
        Some(body) => (body, BOM.len_utf8()),
        None => (text, 0),
    };
    if let Err(error) = serde_json::from_str::<serde_core::de::IgnoredAny>(body) {
        let start = LineIndex::new(body).line_start(error.line()) + error.column().saturating_sub(1);
        let full = error.to_string();
        let message = full.rsplit_once(" at line ").map_or(full.as_str(), |(message, _)| message);
        tree.errors.push(SyntaxError { message: message.to_owned(), span: at(text, offset + start) });
    }
    tree
}

fn at(text: &str, offset: usize) -> Span {
    let mut start = offset.min(text.len());
    while !text.is_char_boundary(start) {
        start -= 1;
    }
    let length = text.get(start..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
    Span::new(start, start + length)
}
