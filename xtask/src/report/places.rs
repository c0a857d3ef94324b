//! From byte spans to lines and columns, for the files that a report points into.

use super::Report;
use crate::diagnostic::{Diagnostic, Edit};
use crate::source::{BOM, LineIndex, Place, Position, RepoPath, Span};
use std::collections::BTreeMap;

/// The text of a file and where its lines begin.
pub(super) struct File<'a> {
    pub(super) path: &'a RepoPath,
    pub(super) text: &'a str,
    pub(super) index: LineIndex,
}

impl<'a> File<'a> {
    /// `span` moved to character boundaries within the text: what lies outside is cut off, a start inside
    /// of a character moves left, an end moves right.
    pub(super) fn clamp(&self, span: Span) -> Span {
        let mut start = span.start.min(self.text.len());
        while !self.text.is_char_boundary(start) {
            start -= 1;
        }
        let mut end = span.end.clamp(start, self.text.len());
        while !self.text.is_char_boundary(end) {
            end += 1;
        }
        Span::new(start, end)
    }

    /// Line and column of an offset.
    pub(super) fn position(&self, offset: usize) -> Position {
        self.index.position(self.text, offset)
    }

    /// Start and exclusive end of a span.
    pub(super) fn range(&self, span: Span) -> (Position, Position) {
        let span = self.clamp(span);
        (self.position(span.start), self.position(span.end))
    }

    /// The bytes of the 1-based lines `first..=last`, without the last line's end and without a byte order
    /// mark, which counts as no column.
    pub(super) fn lines(&self, first: usize, last: usize) -> Span {
        let mut start = self.index.line_start(first);
        if start == 0 && self.text.starts_with(BOM) {
            start = BOM.len_utf8();
        }
        let end = if last < self.index.lines() { self.index.line_start(last + 1) } else { self.text.len() };
        Span::new(start, self.without_line_end(Span::new(start, end.max(start))).end)
    }

    /// `span` without a line end as its last character: whole lines are marked up to their last character.
    pub(super) fn without_line_end(&self, span: Span) -> Span {
        let text = span.slice(self.text);
        let text = text.strip_suffix('\n').unwrap_or(text);
        let text = text.strip_suffix('\r').unwrap_or(text);
        Span::new(span.start, span.start + text.len())
    }
}

/// The files that the diagnostics of a report point into, each indexed once.
pub(super) struct Places<'a> {
    files: BTreeMap<&'a RepoPath, File<'a>>,
}

/// Where a place without known text is said to be: SARIF, GitLab and editors want a line.
const TOP: Position = Position { line: 1, column: 1 };

impl<'a> Places<'a> {
    /// Indexes the files that `report` points into, and no other.
    pub(super) fn new(report: &'a Report) -> Self {
        let mut files = BTreeMap::new();
        for path in report.diagnostics.iter().flat_map(mentioned) {
            if !files.contains_key(path)
                && let Some((path, source)) = report.sources.get_key_value(path)
            {
                files.insert(path, File { path, text: &source.text, index: LineIndex::new(&source.text) });
            }
        }
        Self { files }
    }

    /// The file, if its text is known.
    pub(super) fn file(&self, path: &RepoPath) -> Option<&File<'a>> {
        self.files.get(path)
    }

    /// Start and exclusive end of a place; 1:1 where the text is not known.
    pub(super) fn range(&self, place: &Place) -> (Position, Position) {
        self.file(&place.path).map_or((TOP, TOP), |file| file.range(place.span))
    }

    /// Where a place begins.
    pub(super) fn start(&self, place: &Place) -> Position {
        self.range(place).0
    }
}

fn mentioned(diagnostic: &Diagnostic) -> impl Iterator<Item = &RepoPath> {
    let related = diagnostic.related.iter().map(|related| &related.place.path);
    let edited = diagnostic.fix.iter().flat_map(|fix| &fix.edits).map(Edit::path);
    std::iter::once(&diagnostic.place.path).chain(related).chain(edited)
}

/// `path` for formats of one line per finding: control characters are escaped, the top level is `.`.
pub(super) fn printable_path(path: &RepoPath) -> String {
    printable(&path.to_string())
}

/// `text` in one line: control characters are escaped as Rust writes them.
pub(super) fn printable(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        if character.is_control() {
            out.extend(character.escape_default());
        } else {
            out.push(character);
        }
    }
    out
}
