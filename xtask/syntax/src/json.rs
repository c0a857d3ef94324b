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

/// Reads `text` as JSON with comments, as `turbo.json` and `tsconfig.json` are written. Trailing commas are no errors.
pub fn parse_with_comments(text: &str) -> Yaml {
    let mut tree = Yaml::parse(&without_comments(text));
    tree.template = None;
    tree
}

/// The text with its comments blanked out, each byte at its place.
fn without_comments(text: &str) -> String {
    let mut bytes = text.as_bytes().to_vec();
    let mut at = 0;
    while let Some(rest) = bytes.get_mut(at..).filter(|rest| !rest.is_empty()) {
        let length = match rest {
            [b'"', ..] => string_length(rest),
            [b'/', b'/', ..] => blank(rest, |rest| rest.iter().position(|byte| *byte == b'\n')),
            [b'/', b'*', ..] => {
                blank(rest, |rest| memchr::memmem::find(rest.get(2..)?, b"*/").map(|found| found + 4))
            }
            _ => 1,
        };
        at += length;
    }
    String::from_utf8(bytes).unwrap_or_else(|_| text.to_owned())
}

/// The bytes of the string at the beginning, its quotes included.
fn string_length(text: &[u8]) -> usize {
    let mut is_escaped = true;
    let end = text.iter().position(|byte| {
        let ends = *byte == b'"' && !is_escaped;
        is_escaped = *byte == b'\\' && !is_escaped;
        ends
    });
    end.map_or(text.len(), |end| end + 1)
}

fn blank(text: &mut [u8], end: impl Fn(&[u8]) -> Option<usize>) -> usize {
    let length = end(text).unwrap_or(text.len());
    let comment = text.get_mut(..length).unwrap_or_default();
    comment.iter_mut().filter(|byte| !matches!(**byte, b'\n' | b'\r')).for_each(|byte| *byte = b' ');
    length
}

fn at(text: &str, offset: usize) -> Span {
    let mut start = offset.min(text.len());
    while !text.is_char_boundary(start) {
        start -= 1;
    }
    let length = text.get(start..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
    Span::new(start, start + length)
}
