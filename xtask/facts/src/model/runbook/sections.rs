//! The parts of a page that are about one thing: sections by their headings, rows of tables.

use super::regions::{self, Region};
use crate::source::{Span, Spanned};
use crate::syntax::markdown::{BlockId, BlockKind, Markdown};

/// A heading with the names in it.
#[derive(Clone, Debug)]
pub struct Titled {
    /// Index of the heading.
    pub heading: usize,
    /// Code spans of the heading, or its words if it has none.
    pub names: Vec<Spanned<String>>,
    /// Whether the heading is a number and one name, nothing else.
    pub alone: bool,
    /// The heading and what belongs to it.
    pub section: Span,
}

/// A row of a table that stands in the text, not in an owned region.
#[derive(Clone, Debug)]
pub struct Row {
    /// The table.
    pub table: BlockId,
    /// The row.
    pub span: Span,
    /// Whether it is the head.
    pub head: bool,
    /// The cells.
    pub cells: Vec<Cell>,
}

/// A cell of a row.
#[derive(Clone, Debug)]
pub struct Cell {
    /// Its text.
    pub span: Span,
    /// The code spans in it.
    pub names: Vec<Spanned<String>>,
}

/// The headings of a page outside of owned regions.
pub fn titled(text: &str, markdown: &Markdown, regions: &[Region]) -> Vec<Titled> {
    let headings = markdown.headings.iter().enumerate();
    headings
        .filter(|(_, heading)| !regions::hold(regions, heading.span))
        .map(|(index, heading)| {
            let title = heading.text.trim();
            let mut names = names_in(text, markdown, heading.span);
            if names.is_empty() {
                names = words(heading.span.slice(text), heading.span.start);
            }
            let first = names.first().map_or("", |name| name.value.as_str());
            let number = title.strip_suffix(first).unwrap_or(title);
            let alone = names.len() == 1
                && title.ends_with(first)
                && number.chars().all(|character| {
                    character.is_ascii_digit() || matches!(character, '.' | ')' | ' ' | '-')
                });
            Titled { heading: index, names, alone, section: markdown.section(index, text.len()) }
        })
        .collect()
}

/// Words of a heading that can be names; the heading stands at `offset`.
fn words(text: &str, offset: usize) -> Vec<Spanned<String>> {
    let mut found = Vec::new();
    let mut start = None;
    for (at, character) in text.char_indices().chain([(text.len(), ' ')]) {
        let is_name =
            character.is_ascii_lowercase() || character.is_ascii_digit() || matches!(character, '-' | '_');
        match (start, is_name) {
            (None, true) => start = Some(at),
            (Some(begin), false) => {
                let word = text.get(begin..at).unwrap_or("");
                if word.contains(|letter: char| letter.is_ascii_lowercase()) && word.contains('-') {
                    found.push(Spanned::new(word.to_owned(), Span::new(begin, at).shift(offset)));
                }
                start = None;
            }
            _ => {}
        }
    }
    found
}

/// The rows of all tables outside of owned regions.
pub fn rows(text: &str, markdown: &Markdown, regions: &[Region]) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    for block in &markdown.blocks {
        if !matches!(block.kind, BlockKind::Row | BlockKind::Cell) || regions::hold(regions, block.span) {
            continue;
        }
        let Some(around) = block.parent else { continue };
        if block.kind == BlockKind::Row {
            let head = rows.last().is_none_or(|row| row.table != around);
            rows.push(Row { table: around, span: block.span, head, cells: Vec::new() });
        } else if let Some(row) = rows.last_mut() {
            row.cells.push(Cell { span: block.span, names: names_in(text, markdown, block.span) });
        }
    }
    rows
}

fn names_in(text: &str, markdown: &Markdown, span: Span) -> Vec<Spanned<String>> {
    let names = markdown.code_spans_in(span).iter();
    names.map(|code| Spanned::new(code.text(text).to_owned(), code.span)).collect()
}

/// The lines of a span as a whole, with the last line's end.
pub fn whole_lines(text: &str, span: Span) -> Span {
    let start = text.get(..span.start).and_then(|before| before.rfind('\n')).map_or(0, |at| at + 1);
    let end =
        text.get(span.end..).and_then(|rest| rest.find('\n')).map_or(text.len(), |at| span.end + at + 1);
    // A span that ends with its line end is whole already.
    if span.end > start && text.get(..span.end).is_some_and(|before| before.ends_with('\n')) {
        return Span::new(start, span.end);
    }
    Span::new(start, end)
}
