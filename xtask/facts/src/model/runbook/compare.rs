//! What an owned region says against what it should say: by meaning, not by layout.
//!
//! Blank lines, table padding, delimiter rows, line ends, bullets and the level of headings do not count.

use super::render::{Fact, Rendered};
use crate::source::{Place, Span};
use similar::{Algorithm, DiffOp, DiffTag, capture_diff_slices};

/// One difference.
#[derive(Clone, Debug)]
pub struct Difference {
    /// What differs.
    pub kind: DifferenceKind,
    /// Where, in the page.
    pub span: Span,
    /// The origin of what should be there.
    pub origin: Option<Fact>,
    /// Where the words were taken from that should stand in the line.
    pub basis: Vec<Place>,
}

/// How a region differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DifferenceKind {
    /// One word for another.
    Changed {
        /// What the page says.
        found: String,
        /// What it should say.
        expected: String,
    },
    /// Something that should not be there, by its first words.
    Extra(String),
    /// Something that is not there, by its first words.
    Missing(String),
    /// A table with other columns.
    Columns,
}

/// A line as it is compared.
#[derive(Debug)]
struct Line {
    /// Cells of a row; one piece for any other line.
    cells: Vec<(String, Span)>,
    /// Whether it is a row of a table.
    row: bool,
    key: String,
}

/// All differences between the text of a region at `content` in `page` and what it should be.
pub fn differences(page: &str, content: Span, expected: &Rendered) -> Vec<Difference> {
    let found = lines(page, content);
    let wanted = lines(&expected.text, Span::new(0, expected.text.len()));
    let width = |lines: &[Line]| lines.iter().find(|line| line.row).map(|line| line.cells.len());
    if let Some(header) = found.iter().find(|line| line.row)
        && width(&wanted).is_some_and(|width| width != header.cells.len())
    {
        let (kind, span) = (DifferenceKind::Columns, line_span(header));
        return vec![Difference { kind, span, origin: None, basis: Vec::new() }];
    }
    let keys = |lines: &[Line]| lines.iter().map(|line| line.key.clone()).collect::<Vec<_>>();
    let mut all = Vec::new();
    for op in capture_diff_slices(Algorithm::Myers, &keys(&found), &keys(&wanted)) {
        let (old, new) = match op {
            DiffOp::Equal { .. } => continue,
            DiffOp::Delete { old_index, old_len, new_index } => {
                (old_index..old_index + old_len, new_index..new_index)
            }
            DiffOp::Insert { old_index, new_index, new_len } => {
                (old_index..old_index, new_index..new_index + new_len)
            }
            DiffOp::Replace { old_index, old_len, new_index, new_len } => {
                (old_index..old_index + old_len, new_index..new_index + new_len)
            }
        };
        let at = found.get(old.start).or(found.last()).map_or(Span::at(content.start), line_span);
        let anchor = if old.start < found.len() { Span::at(at.start) } else { Span::at(at.end) };
        compare_hunk(
            found.get(old).unwrap_or_default(),
            wanted.get(new).unwrap_or_default(),
            anchor,
            expected,
            &mut all,
        );
    }
    all
}

/// Lines of one hunk: those that speak of the same thing are compared by word, the rest is extra or missing.
fn compare_hunk(
    found: &[Line],
    wanted: &[Line],
    anchor: Span,
    expected: &Rendered,
    all: &mut Vec<Difference>,
) {
    let mut taken: Vec<usize> = Vec::new();
    let mut pairs: Vec<Option<usize>> = Vec::new();
    for line in found {
        let best = wanted
            .iter()
            .enumerate()
            .filter(|(index, _)| !taken.contains(index))
            .map(|(index, other)| (likeness(line, other), index))
            .filter(|(likeness, _)| *likeness > 0)
            .max_by_key(|(likeness, index)| (*likeness, std::cmp::Reverse(*index)));
        taken.extend(best.map(|(_, index)| index));
        pairs.push(best.map(|(_, index)| index));
    }
    for (line, pair) in found.iter().zip(&pairs) {
        match pair.and_then(|index| wanted.get(index)) {
            Some(other) => compare_lines(line, other, expected, all),
            None => {
                let (kind, span) = (DifferenceKind::Extra(head(line)), line_span(line));
                all.push(Difference { kind, span, origin: None, basis: Vec::new() });
            }
        }
    }
    for (index, line) in wanted.iter().enumerate() {
        if !taken.contains(&index) {
            let origin = line.cells.iter().find_map(|(_, span)| fact_in(expected, *span));
            let (kind, basis) = (DifferenceKind::Missing(head(line)), basis(line, expected));
            all.push(Difference { kind, span: anchor, origin, basis });
        }
    }
}

/// The first fact within some bytes of the expected text.
fn fact_in(expected: &Rendered, span: Span) -> Option<Fact> {
    expected.facts.iter().find(|fact| span.contains(fact.span)).cloned()
}

/// Where the words of a line that should be there were taken from.
fn basis(line: &Line, expected: &Rendered) -> Vec<Place> {
    let whole = line_span(line);
    expected.facts.iter().filter(|fact| whole.contains(fact.span)).map(|fact| fact.place.clone()).collect()
}

/// How many words two lines share at their beginnings and ends; rows are about the same thing when a cell
/// in front of them is the same.
fn likeness(left: &Line, right: &Line) -> usize {
    if left.row != right.row {
        return 0;
    }
    if left.row {
        let same = left.cells.iter().zip(&right.cells).filter(|(left, right)| left.0 == right.0).count();
        let front = left
            .cells
            .iter()
            .zip(&right.cells)
            .take(2)
            .any(|(left, right)| left.0 == right.0 && left.0 != "—");
        return if front && left.cells.len() == right.cells.len() { same } else { 0 };
    }
    let words = |line: &Line| line.key.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    let (left, right) = (words(left), words(right));
    let front = left.iter().zip(&right).take_while(|(left, right)| left == right).count();
    // `okteto up a` and `okteto up b` are about the same; two comments are not because both begin with `#`.
    if front >= 2 || (front == 1 && left.first().is_some_and(|word| word.chars().count() > 2)) {
        front
    } else {
        0
    }
}

fn compare_lines(found: &Line, wanted: &Line, expected: &Rendered, all: &mut Vec<Difference>) {
    let before = all.len();
    for (left, right) in found.cells.iter().zip(&wanted.cells) {
        if left.0 == right.0 {
            continue;
        }
        let (left, right) = (tokens(left), tokens(right));
        let words =
            |tokens: &[(String, Span)]| tokens.iter().map(|(word, _)| word.clone()).collect::<Vec<_>>();
        let ops = capture_diff_slices(Algorithm::Myers, &words(&left), &words(&right));
        let first = ops.iter().find(|op| op.tag() != DiffTag::Equal);
        let Some((old, new)) = first.map(|op| (op.old_range(), op.new_range())) else { continue };
        let (removed, added) = (left.get(old.clone()), right.get(new));
        let (kind, span, origin) = match (removed.and_then(<[_]>::first), added.and_then(<[_]>::first)) {
            (Some(found), Some(wanted)) => {
                let kind = DifferenceKind::Changed { found: found.0.clone(), expected: wanted.0.clone() };
                (kind, found.1, expected.at(wanted.1).cloned())
            }
            (Some(extra), None) => (DifferenceKind::Extra(extra.0.clone()), extra.1, None),
            (None, Some(missing)) => {
                let before = old.start.checked_sub(1).and_then(|before| left.get(before));
                let span = before.map_or(line_span(found), |before| Span::at(before.1.end));
                (DifferenceKind::Missing(missing.0.clone()), span, expected.at(missing.1).cloned())
            }
            (None, None) => continue,
        };
        let basis = match &origin {
            Some(origin) => vec![origin.place.clone()],
            None => basis(wanted, expected),
        };
        all.push(Difference { kind, span, origin, basis });
    }
    if all.len() == before {
        // Punctuation alone: still another text.
        let kind = DifferenceKind::Changed { found: head(found), expected: head(wanted) };
        let basis = basis(wanted, expected);
        all.push(Difference { kind, span: line_span(found), origin: None, basis });
    }
}

fn line_span(line: &Line) -> Span {
    line.cells.iter().map(|(_, span)| *span).reduce(Span::join).unwrap_or_default()
}

/// The words by which a line is known.
fn head(line: &Line) -> String {
    let text = if line.row {
        let cells = line.cells.iter().map(|(text, _)| text.as_str()).filter(|text| *text != "—");
        cells.take(1).collect::<Vec<_>>().join(" ")
    } else {
        line.key.clone()
    };
    let text = text.trim_matches(['`', '-', ' ', '#']).to_owned();
    if text.chars().count() > 40 { format!("{}…", text.chars().take(40).collect::<String>()) } else { text }
}

/// The lines of a piece of text that mean something.
fn lines(text: &str, within: Span) -> Vec<Line> {
    let mut found = Vec::new();
    let mut start = within.start;
    for raw in within.slice(text).split_inclusive('\n') {
        let line = raw.trim();
        let at = start + (raw.len() - raw.trim_start().len());
        start += raw.len();
        if line.is_empty() || is_delimiter(line) {
            continue;
        }
        let row = line.starts_with('|');
        let cells = if row { cells(line, at) } else { vec![(normal(line), Span::new(at, at + line.len()))] };
        let key = cells.iter().map(|(text, _)| text.as_str()).collect::<Vec<_>>().join(" | ");
        found.push(Line { cells, row, key });
    }
    found
}

/// `|---|:--:|`
fn is_delimiter(line: &str) -> bool {
    line.starts_with('|')
        && line.contains('-')
        && line.chars().all(|character| matches!(character, '|' | '-' | ':' | ' '))
}

fn cells(line: &str, at: usize) -> Vec<(String, Span)> {
    let mut cells = Vec::new();
    let mut start = 1;
    let mut escaped = false;
    let bounds = line.char_indices().skip(1).filter(|(_, character)| {
        let bound = *character == '|' && !escaped;
        escaped = *character == '\\' && !escaped;
        bound
    });
    for (end, _) in bounds.collect::<Vec<_>>() {
        let cell = line.get(start..end).unwrap_or("");
        let lead = start + (cell.len() - cell.trim_start().len());
        let text = cell.trim();
        cells.push((normal(text), Span::new(at + lead, at + lead + text.len())));
        start = end + 1;
    }
    if start < line.len() {
        let cell = line.get(start..).unwrap_or("");
        let lead = start + (cell.len() - cell.trim_start().len());
        cells.push((normal(cell), Span::new(at + lead, at + lead + cell.trim().len())));
    }
    cells
}

/// Layout taken out: blanks, bullets, levels of headings.
fn normal(text: &str) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let bullet = text.strip_prefix("* ").or_else(|| text.strip_prefix("+ ")).map(|rest| format!("- {rest}"));
    let text = bullet.unwrap_or(text);
    let level = text.len() - text.trim_start_matches('#').len();
    if level > 1 && text.get(level..).is_some_and(|rest| rest.starts_with(' ')) {
        return text.get(level - 1..).unwrap_or("").to_owned();
    }
    text
}

/// The words of a cell: code spans as a whole, else runs of letters, digits, `-`, `_`, `.`.
fn tokens((text, span): &(String, Span)) -> Vec<(String, Span)> {
    let mut found = Vec::new();
    let mut rest = text.as_str();
    let mut at = span.start;
    while let Some(first) = rest.chars().next() {
        let is_word = |character: char| character.is_alphanumeric() || matches!(character, '-' | '_' | '.');
        let length = if first == '`' {
            let inner = rest.get(1..).unwrap_or("");
            let length = inner.find('`').unwrap_or(inner.len());
            if length > 0 {
                found
                    .push((inner.get(..length).unwrap_or("").to_owned(), Span::new(at + 1, at + 1 + length)));
            }
            (length + 2).min(rest.len())
        } else if is_word(first) {
            let length = rest.find(|character| !is_word(character)).unwrap_or(rest.len());
            // The full stop behind the last word of a sentence.
            let length = rest.get(..length).map_or(length, |word| word.trim_end_matches('.').len().max(1));
            found.push((rest.get(..length).unwrap_or("").to_owned(), Span::new(at, at + length)));
            length
        } else {
            first.len_utf8()
        };
        rest = rest.get(length..).unwrap_or("");
        at += length;
    }
    // Where blanks were joined, offsets are only those of the cell as a whole.
    if text.len() != span.len() { found.into_iter().map(|(text, _)| (text, *span)).collect() } else { found }
}
