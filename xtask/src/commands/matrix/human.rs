//! The matrix as a table: a legend of the columns, then a line for each kind of file.

use super::{Answer, Cell, Column, Row};
use crate::commands::paint::{bold, dim, red, visible};
use crate::report::Style;
use std::fmt::Write as _;
use std::ops::Range;

/// Columns of a cell; longer patterns are cut.
const MAX_CELL: usize = 22;

/// The legend, and the table in as many parts as `width` columns of the terminal ask for.
pub fn render(answer: &Answer, style: Style, width: usize) -> String {
    let mut text = legend(&answer.columns, style);
    let kinds: Vec<Kind<'_>> = kinds(&answer.rows)
        .into_iter()
        .map(|rows| Kind {
            cells: (0..answer.columns.len()).map(|column| shown(&rows, column)).collect(),
            rows,
        })
        .collect();
    let first = kinds.iter().map(|kind| columns_of(kind.name())).max().unwrap_or(0) + 2;
    let widths: Vec<usize> = (0..answer.columns.len())
        .map(|column| {
            let cells = kinds.iter().filter_map(|kind| kind.cells.get(column));
            cells.map(|cell| columns_of(&cell.text)).max().unwrap_or(0).max(2)
        })
        .collect();
    for part in parts(&widths, width.saturating_sub(first)) {
        let widths = widths.get(part.clone()).unwrap_or_default();
        let numbers = part.clone().zip(widths).map(|(index, width)| format!("  {:width$}", index + 1));
        let _ = writeln!(text, "\n{:first$}{}", "", numbers.collect::<String>().trim_end());
        let mut class = "";
        for kind in &kinds {
            if kind.class() != class {
                class = kind.class();
                let _ = writeln!(text, "{}", bold(style, class));
            }
            let cells = kind.cells.get(part.clone()).unwrap_or_default().iter().zip(widths);
            let cells = cells.map(|(cell, width)| format!("  {}", cell.paint(style, *width)));
            let name = format!("  {:width$}", kind.name(), width = first - 2);
            let _ = writeln!(text, "{}", format!("{name}{}", cells.collect::<String>()).trim_end());
        }
    }
    text
}

/// One kind of file with what its cells show.
struct Kind<'a> {
    rows: Vec<&'a Row>,
    cells: Vec<Shown>,
}

impl Kind<'_> {
    fn name(&self) -> &str {
        self.rows.first().map_or("", |row| row.kind)
    }

    fn class(&self) -> &str {
        self.rows.first().map_or("", |row| row.class)
    }
}

/// Ranges of columns that fit into `room`, at least one column each.
fn parts(widths: &[usize], room: usize) -> Vec<Range<usize>> {
    let mut parts: Vec<Range<usize>> = Vec::new();
    let mut used = 0;
    for (index, width) in widths.iter().enumerate() {
        match parts.last_mut() {
            Some(part) if used + width + 2 <= room => {
                part.end = index + 1;
                used += width + 2;
            }
            _ => {
                parts.push(index..index + 1);
                used = width + 2;
            }
        }
    }
    parts
}

fn legend(columns: &[Column], style: Style) -> String {
    let what = |column: &Column| match column.kind {
        "git" => "git".to_owned(),
        kind => format!("{kind} {}", column.root),
    };
    let file = |column: &Column| match (&column.file, column.kind) {
        (Some(file), _) => file.clone(),
        (None, "git") => ".gitignore".to_owned(),
        (None, _) => "no ignore file".to_owned(),
    };
    let whats = columns.iter().map(|column| columns_of(&what(column))).max().unwrap_or(0);
    let files = columns.iter().map(|column| columns_of(&file(column))).max().unwrap_or(0);
    let mut text = String::new();
    for (index, column) in columns.iter().enumerate() {
        let mut names = column.names.join(", ");
        if let [builder] = column.builders.as_slice() {
            names = format!("{names} by {builder}");
        }
        let line = format!(
            "{:>2}  {:whats$}  {:files$}  {}",
            index + 1,
            what(column),
            file(column),
            dim(style, &names)
        );
        let _ = writeln!(text, "{}", line.trim_end());
    }
    text
}

/// The rows of each kind; those of a class stand together already.
fn kinds(rows: &[Row]) -> Vec<Vec<&Row>> {
    let mut kinds: Vec<Vec<&Row>> = Vec::new();
    for row in rows {
        let same = |kind: &&mut Vec<&Row>| {
            kind.first().is_some_and(|first| (first.class, first.kind) == (row.class, row.kind))
        };
        match kinds.iter_mut().find(same) {
            Some(kind) => kind.push(row),
            None => kinds.push(vec![row]),
        }
    }
    kinds
}

/// What a cell shows of several paths.
struct Shown {
    text: String,
    gets_through: bool,
}

impl Shown {
    fn paint(&self, style: Style, width: usize) -> String {
        let text = format!("{:width$}", self.text);
        if self.gets_through { red(style, &text) } else { text }
    }
}

fn shown(rows: &[&Row], column: usize) -> Shown {
    let cells: Vec<&Cell> =
        rows.iter().filter_map(|row| row.cells.get(column).and_then(Option::as_ref)).collect();
    let through = cells.iter().filter(|cell| !cell.ignored).count();
    let text = match (cells.len(), through) {
        (0, _) => String::new(),
        (all, through) if all == through => "gets through".to_owned(),
        (all, through) if through > 0 => format!("{through} of {all} get through"),
        _ => match cells.iter().find_map(|cell| Some((cell.line?, cell.pattern.as_deref()?))) {
            Some((line, pattern)) => cut(&visible(&format!("{line}: {pattern}"))),
            None => "built in".to_owned(),
        },
    };
    Shown { text, gets_through: through > 0 }
}

fn cut(text: &str) -> String {
    if columns_of(text) <= MAX_CELL {
        return text.to_owned();
    }
    let kept: String = text.chars().take(MAX_CELL - 1).collect();
    format!("{kept}…")
}

fn columns_of(text: &str) -> usize {
    text.chars().count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wide_table_is_parted() {
        assert_eq!(parts(&[10, 10, 10], 24), [0..2, 2..3]);
        assert_eq!(parts(&[50, 5], 20), [0..1, 1..2]);
        assert!(parts(&[], 20).is_empty());
    }
}
