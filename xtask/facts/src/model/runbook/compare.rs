//! What an owned region says against what it should say: by meaning, not by layout.
//!
//! Blank lines, table padding, delimiter rows, line ends, bullets and the level of headings do not count.

use super::render::{Fact, Rendered};
use crate::source::{Place, Span};
use similar::{Algorithm, DiffOp, DiffTag, capture_diff_slices};
use std::collections::HashMap;

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
    /// A line that stands there more often than it should.
    Doubled,
    /// A line that stands in another place than it should.
    Moved,
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
    let mut copies: HashMap<&str, Copies> = HashMap::new();
    found.iter().for_each(|line| copies.entry(&line.key).or_default().found += 1);
    wanted.iter().for_each(|line| copies.entry(&line.key).or_default().wanted += 1);
    let mut comparison = Comparison { expected, copies, all: Vec::new() };
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
        comparison.hunk(found.get(old).unwrap_or_default(), wanted.get(new).unwrap_or_default(), anchor);
    }
    comparison.all
}

/// How often a line stands somewhere.
#[derive(Clone, Copy, Debug, Default)]
struct Copies {
    /// In the page.
    found: usize,
    /// In the text that should be there.
    wanted: usize,
}

/// A comparison on its way through a region.
struct Comparison<'a> {
    expected: &'a Rendered,
    /// How often each line stands on either side, by its key.
    copies: HashMap<&'a str, Copies>,
    all: Vec<Difference>,
}

impl Comparison<'_> {
    /// Lines of one hunk: those that speak of the same thing are compared by word, the rest is extra or missing.
    fn hunk(&mut self, found: &[Line], wanted: &[Line], anchor: Span) {
        let mut taken: Vec<usize> = Vec::new();
        for line in found {
            let surplus = self.surplus(line);
            let alike = wanted
                .iter()
                .enumerate()
                .filter(|(index, _)| surplus.is_none() && !taken.contains(index))
                .map(|(index, other)| (likeness(line, other), index, other))
                .filter(|(likeness, ..)| *likeness > 0)
                .max_by_key(|(likeness, index, _)| (*likeness, std::cmp::Reverse(*index)));
            if let Some((_, index, other)) = alike {
                taken.push(index);
                compare_lines(line, other, self.expected, &mut self.all);
            } else {
                let (kind, span) =
                    (surplus.unwrap_or_else(|| DifferenceKind::Extra(head(line))), line_span(line));
                self.all.push(Difference { kind, span, origin: None, basis: Vec::new() });
            }
        }
        for (index, line) in wanted.iter().enumerate() {
            if !taken.contains(&index) {
                let origin = line.cells.iter().find_map(|(_, span)| fact_in(self.expected, *span));
                let is_moved =
                    self.copies.get(line.key.as_str()).is_some_and(|copies| copies.found >= copies.wanted);
                let kind = if is_moved { DifferenceKind::Moved } else { DifferenceKind::Missing(head(line)) };
                let basis = basis(line, self.expected);
                self.all.push(Difference { kind, span: anchor, origin, basis });
            }
        }
    }

    /// What is wrong with a line of the page that should stand somewhere in the region, though not here.
    fn surplus(&self, line: &Line) -> Option<DifferenceKind> {
        let copies = self.copies.get(line.key.as_str()).filter(|copies| copies.wanted > 0)?;
        Some(if copies.found > copies.wanted { DifferenceKind::Doubled } else { DifferenceKind::Moved })
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

/// How much two lines have in common; nothing when they are not about the same thing.
fn likeness(left: &Line, right: &Line) -> usize {
    match (left.row, right.row) {
        (true, true) => likeness_of_rows(left, right),
        (false, false) => likeness_of_texts(left, right),
        _ => 0,
    }
}

/// The cells that two rows share. They are about the same thing when a cell in front is the same, or all cells
/// but one.
fn likeness_of_rows(left: &Line, right: &Line) -> usize {
    if left.cells.len() != right.cells.len() {
        return 0;
    }
    let is_filled = |cell: &(String, Span)| cell.0 != "—";
    let pairs = || left.cells.iter().zip(&right.cells);
    let same = pairs().filter(|(left, right)| left.0 == right.0).count();
    let told = pairs().filter(|(left, right)| left.0 == right.0 && is_filled(left)).count();
    let in_front = pairs().take(2).any(|(left, right)| left.0 == right.0 && is_filled(left));
    // Without app and package the first cell with something in it is the name.
    let first = pairs().find(|(left, right)| is_filled(left) || is_filled(right));
    let is_named = first.is_some_and(|(left, right)| left.0 == right.0);
    let is_close = told >= 2 && same + 1 == left.cells.len();
    if in_front || is_named || is_close { same } else { 0 }
}

/// The words that two lines share at their beginnings, or all words but one.
fn likeness_of_texts(left: &Line, right: &Line) -> usize {
    let words =
        |line: &Line| -> Vec<String> { line.cells.iter().flat_map(tokens).map(|(word, _)| word).collect() };
    let (left, right) = (words(left), words(right));
    let pairs = || left.iter().zip(&right);
    let front = pairs().take_while(|(left, right)| left == right).count();
    // `okteto up a` and `okteto up b` are about the same; two points of a list are not because both begin with `-`.
    if front >= 2 || (front == 1 && left.first().is_some_and(|word| word.chars().count() > 2)) {
        return front;
    }
    let same = pairs().filter(|(left, right)| left == right).count();
    if left.len() == right.len() && same >= 2 && same + 1 == left.len() { same } else { 0 }
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
        let mut pairs = found.cells.iter().zip(&wanted.cells);
        let differing = pairs.find(|(left, right)| left.0 != right.0);
        let span = differing.map_or_else(|| line_span(found), |(left, _)| left.1);
        let (left, right) = differing
            .map_or_else(|| (head(found), head(wanted)), |(left, right)| (left.0.clone(), right.0.clone()));
        let kind = DifferenceKind::Changed { found: left, expected: right };
        let basis = basis(wanted, expected);
        all.push(Difference { kind, span, origin: None, basis });
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
    text.trim_matches(['`', '-', ' ', '#']).to_owned()
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
