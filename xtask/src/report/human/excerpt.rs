//! The places of a finding as pieces of source text with marks under them.

use super::super::Options;
use super::super::places::{File, Places, printable_path};
use super::remark;
use crate::diagnostic::{Diagnostic, Related};
use crate::source::{Place, Position, Span};
use annotate_snippets::{
    Annotation, AnnotationKind, Element, Origin, Padding, Snippet, normalize_untrusted_str,
};

/// Longer lines (minified files) are named by line and column, but not shown.
const LONGEST_LINE: usize = 100_000;
/// Marks further apart, in bytes, get a snippet each.
const LONGEST_EXCERPT: usize = 200_000;
/// Columns beside the source text: the gutter, and the dots where a line is cut on both sides.
const DECORATION: usize = 30;
/// A finding with more places than this shows [`FEW_PLACES`] of them, and names the others.
const MOST_PLACES: usize = 8;
const FEW_PLACES: usize = 3;
/// So many are shown on demand: the layout of thousands would take minutes.
const ON_DEMAND: usize = 200;
/// So many of those that are not drawn are named by their lines.
const MOST_NAMED: usize = 100;
/// Even a tiny terminal shows so many columns of a mark.
const NARROWEST: usize = 20;

/// The primary place, then the related ones in their order; places of one file share a snippet where that
/// fits the terminal.
pub(super) fn elements<'a>(
    diagnostic: &'a Diagnostic,
    places: &'a Places<'a>,
    options: &Options,
) -> Vec<Element<'a>> {
    let width = options.width.saturating_sub(DECORATION).max(NARROWEST);
    let mut views: Vec<View<'a>> = Vec::new();
    let related = diagnostic.related.get(..shown(diagnostic, options)).unwrap_or_default();
    let related = related.iter().map(|related| (&related.place, related.message.as_str()));
    for (place, label) in std::iter::once((&diagnostic.place, diagnostic.label.as_str())).chain(related) {
        add(&mut views, place, label, places, width);
    }
    views.into_iter().enumerate().flat_map(|(at, view)| view.into_elements(at == 0)).collect()
}

/// How many of the related places are drawn.
fn shown(diagnostic: &Diagnostic, options: &Options) -> usize {
    let all = diagnostic.related.len();
    match options.verbose {
        true => all.min(ON_DEMAND),
        false if all <= MOST_PLACES => all,
        false => FEW_PLACES,
    }
}

/// The related places that are not drawn: `12 more places: docs/a.md:3, 15; README.md:4`, of very many the first.
pub(super) fn others(diagnostic: &Diagnostic, places: &Places<'_>, options: &Options) -> Option<String> {
    let rest = diagnostic.related.get(shown(diagnostic, options)..).filter(|rest| !rest.is_empty())?;
    let mut text = format!("{} more places", rest.len());
    let mut named: Vec<&Related> = rest.iter().take(MOST_NAMED).collect();
    named.sort_by_key(|related| &related.place);
    let mut last = None;
    for related in named {
        let (path, line) = (&related.place.path, places.start(&related.place).line);
        match last {
            Some(known) if known == (path, line) => {}
            Some((known, _)) if known == path => text.push_str(&format!(", {line}")),
            Some(_) => text.push_str(&format!("; {}:{line}", printable_path(path))),
            None => text.push_str(&format!(": {}:{line}", printable_path(path))),
        }
        last = Some((path, line));
    }
    if rest.len() > MOST_NAMED {
        text.push_str(", …");
    }
    Some(text)
}

fn add<'a>(
    views: &mut Vec<View<'a>>,
    place: &'a Place,
    label: &'a str,
    places: &'a Places<'a>,
    width: usize,
) {
    let first = views.is_empty();
    let Some(file) = places.file(&place.path) else {
        views.push(View::Bare { place, position: None, label });
        return;
    };
    let Some(mark) = Mark::new(file, place.span, label, first, width) else {
        let position = Some(file.range(place.span).0);
        views.push(View::Bare { place, position, label });
        return;
    };
    let neighbour = views.iter_mut().find_map(|view| match view {
        View::Excerpt { file: other, marks } if other.path == file.path => {
            fits(file, marks, &mark, width).then_some(marks)
        }
        _ => None,
    });
    match neighbour {
        Some(marks) => marks.push(mark),
        None => views.push(View::Excerpt { file, marks: vec![mark] }),
    }
}

enum View<'a> {
    /// A place without source text: something is missing there, or the text cannot be shown.
    Bare { place: &'a Place, position: Option<Position>, label: &'a str },
    /// Lines of one file.
    Excerpt { file: &'a File<'a>, marks: Vec<Mark<'a>> },
}

impl<'a> View<'a> {
    fn into_elements(self, primary: bool) -> Vec<Element<'a>> {
        match self {
            Self::Bare { place, position, label } => {
                let mut origin = Origin::path(printable_path(&place.path));
                if let Some(Position { line, column }) = position {
                    origin = origin.line(line).char_column(column);
                }
                let mut elements: Vec<Element<'a>> = Vec::new();
                if !primary {
                    elements.push(Padding.into());
                }
                elements.push(origin.into());
                elements.extend(remark(label));
                elements
            }
            Self::Excerpt { file, marks } => vec![excerpt(file, marks).into()],
        }
    }
}

fn excerpt<'a>(file: &'a File<'a>, marks: Vec<Mark<'a>>) -> Snippet<'a, Annotation<'a>> {
    let (first, last) = lines(&marks);
    let shown = file.lines(first, last);
    let annotations = marks.into_iter().map(|mark| mark.annotation(shown));
    Snippet::source(shown.slice(file.text))
        .line_start(first)
        .path(printable_path(file.path))
        .annotations(annotations)
}

fn lines(marks: &[Mark<'_>]) -> (usize, usize) {
    let first = marks.iter().map(|mark| mark.lines.0).min().unwrap_or(1);
    let last = marks.iter().map(|mark| mark.lines.1).max().unwrap_or(first);
    (first, last)
}

/// Whether `mark` can be shown together with `marks`: near enough, and within one window of `width` columns,
/// since all lines of a snippet are cut at the same columns.
fn fits(file: &File<'_>, marks: &[Mark<'_>], mark: &Mark<'_>, width: usize) -> bool {
    if mark.at_end_of_file || marks.iter().any(|other| other.at_end_of_file) {
        return false;
    }
    let (first, last) = lines(marks);
    let bytes = file.lines(first.min(mark.lines.0), last.max(mark.lines.1)).len();
    let all = || marks.iter().chain(std::iter::once(mark));
    let left = all().map(|mark| mark.columns.0).min().unwrap_or(0);
    let right = all().map(|mark| mark.columns.1).max().unwrap_or(0);
    bytes <= LONGEST_EXCERPT && right - left <= width
}

/// A marked span that can be drawn: within the text, on character boundaries, no wider than the terminal.
struct Mark<'a> {
    span: Span,
    /// First and last 1-based line.
    lines: (usize, usize),
    /// Left-most and right-most display column, 0-based.
    columns: (usize, usize),
    /// Behind the final line feed: a line that only a snippet of its own can show.
    at_end_of_file: bool,
    label: &'a str,
    primary: bool,
}

impl<'a> Mark<'a> {
    /// `None` where nothing can be marked: an empty span at the top says that something is missing.
    fn new(file: &File<'_>, span: Span, label: &'a str, primary: bool, width: usize) -> Option<Self> {
        let span = file.clamp(span);
        if span.is_empty() && span.start == 0 {
            return None;
        }
        let span = file.without_line_end(span);
        let mut mark = Self::measure(file, span, label, primary)?;
        if mark.width() > width && mark.lines.0 != mark.lines.1 {
            let line = file.lines(mark.lines.0, mark.lines.0);
            mark = Self::measure(file, Span::new(span.start, line.end.max(span.start)), label, primary)?;
        }
        if mark.width() > width {
            let end = span.start + prefix(mark.span.slice(file.text), width);
            mark = Self::measure(file, Span::new(span.start, end), label, primary)?;
        }
        Some(mark)
    }

    /// `None` when the line is too long to be shown.
    fn measure(file: &File<'_>, span: Span, label: &'a str, primary: bool) -> Option<Self> {
        let lines = (file.index.line(span.start), file.index.line(span.end));
        let shown = file.lines(lines.0, lines.1);
        let last = file.lines(lines.1, lines.1);
        if file.lines(lines.0, lines.0).len() > LONGEST_LINE || last.len() > LONGEST_LINE {
            return None;
        }
        if shown.len() > LONGEST_EXCERPT {
            let end = file.lines(lines.0, lines.0).end.max(span.start);
            return Self::measure(file, Span::new(span.start, end), label, primary);
        }
        let start = columns(Span::new(shown.start, span.start).slice(file.text));
        let end = columns(Span::new(last.start, span.end).slice(file.text));
        let at_end_of_file = last.is_empty() && last.start == file.text.len() && lines.0 > 1;
        let columns = (start.min(end), start.max(end));
        Some(Self { span, lines, columns, at_end_of_file, label, primary })
    }

    const fn width(&self) -> usize {
        self.columns.1 - self.columns.0
    }

    /// The mark in a snippet whose text is `shown`.
    fn annotation(self, shown: Span) -> Annotation<'a> {
        let start = self.span.start.saturating_sub(shown.start).min(shown.len());
        let end = self.span.end.saturating_sub(shown.start).clamp(start, shown.len());
        let kind = if self.primary { AnnotationKind::Primary } else { AnnotationKind::Context };
        let label = (!self.label.is_empty()).then(|| normalize_untrusted_str(self.label));
        kind.span(start..end).label(label)
    }
}

/// Display columns of `text`, at most: what may be wide counts as wide.
pub(super) fn columns(text: &str) -> usize {
    text.chars().map(character_columns).sum()
}

const fn character_columns(character: char) -> usize {
    match character {
        '\t' => 4,
        // The first wide characters are the initial consonants of Hangul.
        '\u{1100}'.. => 2,
        _ => 1,
    }
}

/// Bytes of `text` that fill at most `width` columns.
fn prefix(text: &str, width: usize) -> usize {
    let mut used = 0;
    for (offset, character) in text.char_indices() {
        used += character_columns(character);
        if used > width {
            return offset;
        }
    }
    text.len()
}
