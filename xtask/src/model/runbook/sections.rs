//! The parts of a page that are about one thing: sections by their headings, rows of tables.

use super::Page;
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
pub fn titled(page: &Page) -> Vec<Titled> {
    let markdown = &page.markdown;
    let end = page.file.text.len();
    let headings = markdown.headings.iter().enumerate();
    headings
        .filter(|(_, heading)| !in_region(page, heading.span))
        .map(|(index, heading)| {
            let mut names: Vec<Spanned<String>> = spans_in(markdown, heading.block);
            let text = heading.text.trim();
            if names.is_empty() {
                names = words(page, heading.span);
            }
            let rest =
                names.first().map_or(text, |name| text.split(name.value.as_str()).next().unwrap_or(text));
            let alone = names.len() == 1
                && text.ends_with(names.first().map_or("", |name| name.value.as_str()))
                && rest.chars().all(|character| {
                    character.is_ascii_digit() || matches!(character, '.' | ')' | ' ' | '-')
                });
            Titled { heading: index, names, alone, section: markdown.section(index, end) }
        })
        .collect()
}

/// Words of a heading that can be names.
fn words(page: &Page, span: Span) -> Vec<Spanned<String>> {
    let text = page.slice(span);
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
                    found.push(Spanned::new(word.to_owned(), Span::new(begin, at).shift(span.start)));
                }
                start = None;
            }
            _ => {}
        }
    }
    found
}

/// The rows of all tables outside of owned regions.
pub fn rows(page: &Page) -> Vec<Row> {
    let markdown = &page.markdown;
    let mut rows: Vec<Row> = Vec::new();
    let mut names = markdown.code_spans.iter().peekable();
    for (id, block) in markdown.blocks.iter().enumerate() {
        match block.kind {
            BlockKind::Row if !in_region(page, block.span) => {
                let Some(table) = block.parent else { continue };
                let head = rows.last().is_none_or(|row| row.table != table);
                rows.push(Row { table, span: block.span, head, cells: Vec::new() });
            }
            BlockKind::Cell if !in_region(page, block.span) => {
                while names.next_if(|name| name.block < id).is_some() {}
                let mut cell = Cell { span: block.span, names: Vec::new() };
                while let Some(name) = names.next_if(|name| name.block == id) {
                    cell.names.push(Spanned::new(name.text.clone(), name.span));
                }
                if let Some(row) = rows.last_mut() {
                    row.cells.push(cell);
                }
            }
            _ => {}
        }
    }
    rows
}

fn in_region(page: &Page, span: Span) -> bool {
    page.regions.iter().any(|region| region.whole.contains(span))
}

fn spans_in(markdown: &Markdown, block: BlockId) -> Vec<Spanned<String>> {
    let from = markdown.code_spans.partition_point(|span| span.block < block);
    let own =
        markdown.code_spans.get(from..).unwrap_or_default().iter().take_while(|span| span.block == block);
    own.map(|span| Spanned::new(span.text.clone(), span.span)).collect()
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
