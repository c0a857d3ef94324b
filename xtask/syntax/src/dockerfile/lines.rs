//! Physical lines, and how BuildKit joins them into one logical line.
//!
//! Follows `Parse` in moby/buildkit `frontend/dockerfile/parser/parser.go`.

use super::Comment;
use super::mapped::Mapped;
use crate::source::{BOM, Span};

/// One physical line.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line<'a> {
    /// The whole line with its line end.
    pub span: Span,
    /// The line without byte order mark and line end.
    pub text: &'a str,
    /// Offset of `text`.
    pub start: usize,
    /// 1-based number.
    pub number: usize,
}

impl Line<'_> {
    /// The `#` comment that makes up the whole line, without leading blanks.
    pub fn comment(&self) -> Option<Span> {
        let rest = self.text.trim_start();
        rest.starts_with('#').then(|| Span::new(self.end() - rest.len(), self.end()))
    }

    /// Whether nothing but white space stands in the line.
    pub fn is_blank(&self) -> bool {
        self.text.trim_start().is_empty()
    }

    /// Offset behind the text, before the line end.
    pub fn end(&self) -> usize {
        self.start + self.text.len()
    }
}

/// A cursor over the physical lines of a file.
#[derive(Clone, Debug)]
pub(super) struct Lines<'a> {
    text: &'a str,
    at: usize,
    number: usize,
}

impl<'a> Lines<'a> {
    pub fn new(text: &'a str) -> Self {
        Self { text, at: 0, number: 0 }
    }

    /// Offset of the next line.
    pub fn offset(&self) -> usize {
        self.at
    }

    /// Number of the line that was read last, 0 before the first.
    pub fn number(&self) -> usize {
        self.number
    }
}

impl<'a> Iterator for Lines<'a> {
    type Item = Line<'a>;

    fn next(&mut self) -> Option<Line<'a>> {
        let rest = self.text.get(self.at..).filter(|rest| !rest.is_empty())?;
        let length = memchr::memchr(b'\n', rest.as_bytes()).map_or(rest.len(), |at| at + 1);
        let span = Span::new(self.at, self.at + length);
        self.at = span.end;
        self.number += 1;
        let mut text = span.slice(self.text).trim_end_matches(['\r', '\n']);
        let mut start = span.start;
        if let (1, Some(stripped)) = (self.number, text.strip_prefix(BOM)) {
            start += BOM.len_utf8();
            text = stripped;
        }
        Some(Line { span, text, start, number: self.number })
    }
}

/// An instruction's line with its continuations joined; comment and blank lines between them are left out.
#[derive(Debug)]
pub(super) struct Logical {
    /// The joined text.
    pub joined: Mapped,
    /// All physical lines, with the last line end.
    pub lines: Span,
    /// 1-based number of the first physical line.
    pub first: usize,
    /// Blank lines inside, which BuildKit warns of (`NoEmptyContinuation`).
    pub blanks: Vec<Span>,
}

impl Logical {
    /// Reads the logical line that begins with `first`, which is neither blank nor a comment.
    pub fn read(first: Line<'_>, lines: &mut Lines<'_>, escape: char, comments: &mut Vec<Comment>) -> Self {
        let mut logical =
            Self { joined: Mapped::default(), lines: first.span, first: first.number, blanks: Vec::new() };
        let text = first.text.trim_start();
        let mut continues = logical.take(first, text, escape);
        while continues {
            let Some(line) = lines.next() else { break };
            logical.lines.end = line.span.end;
            if let Some(span) = line.comment() {
                comments.push(Comment { span, line: line.span, inside: true });
            } else if line.is_blank() {
                logical.blanks.push(line.span);
            } else {
                continues = logical.take(line, line.text, escape);
            }
        }
        logical
    }

    /// Appends one physical line without its continuation character; tells whether there was one.
    fn take(&mut self, line: Line<'_>, text: &str, escape: char) -> bool {
        let kept = without_continuation(text, escape);
        self.joined.push(kept.unwrap_or(text), line.end() - text.len());
        kept.is_some()
    }
}

/// The line without its continuation: `[^esc]esc[ \t]*$`, or an escape that stands alone. An escaped escape
/// at the end does not continue the line.
fn without_continuation(text: &str, escape: char) -> Option<&str> {
    let rest = text.trim_end_matches([' ', '\t']).strip_suffix(escape)?;
    (!rest.ends_with(escape)).then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_escaped_escape_does_not_continue() {
        assert_eq!(without_continuation("a \\", '\\'), Some("a "));
        assert_eq!(without_continuation("a \\ \t", '\\'), Some("a "));
        assert_eq!(without_continuation("\\", '\\'), Some(""));
        assert_eq!(without_continuation(" \\", '\\'), Some(" "));
        assert_eq!(without_continuation("a \\\\", '\\'), None);
        assert_eq!(without_continuation("a \\x", '\\'), None);
        assert_eq!(without_continuation("a `", '`'), Some("a "));
    }
}
