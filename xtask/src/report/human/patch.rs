//! A short repair, drawn as the lines it takes away and the lines it puts in their place.

use super::super::Options;
use super::super::places::{File, Places, printable_path};
use super::excerpt::columns;
use crate::diagnostic::{Diagnostic, Edit, Safety};
use crate::source::Span;
use annotate_snippets::{Patch, Snippet};

/// More edits, or more lines, are read better with `fix --dry-run`.
const MOST_EDITS: usize = 3;
const MOST_LINES: usize = 3;

/// The drawing of a safe fix that changes a few neighbouring lines of one file.
///
/// What is appended at the very end of a file is not drawn: the renderer would glue it to the last line.
pub(super) fn drawing<'a>(
    diagnostic: &'a Diagnostic,
    places: &'a Places<'a>,
    options: &Options,
) -> Option<Snippet<'a, Patch<'a>>> {
    let fix = diagnostic.fix.as_ref().filter(|fix| fix.safety == Safety::Safe)?;
    let file = places.file(fix.edits.first()?.path())?;
    let edits = drawable(&fix.edits, file)?;
    let first = file.index.line(edits.first()?.0.start);
    let last = edits.iter().map(|(span, _)| file.index.line(span.end)).max()?;
    let added: usize = edits.iter().map(|(_, text)| text.matches('\n').count()).sum();
    if last - first >= MOST_LINES || added >= MOST_LINES {
        return None;
    }
    let shown = file.lines(first, last);
    let fits = |text: &str| text.lines().all(|line| columns(line) + 10 <= options.width);
    if !fits(shown.slice(file.text)) || !edits.iter().all(|(_, text)| fits(text)) {
        return None;
    }
    let mut patches = Vec::new();
    for (span, text) in edits {
        if !shown.contains(span) {
            return None;
        }
        patches.push(Patch::new(span.start - shown.start..span.end - shown.start, text));
    }
    let source = Snippet::source(shown.slice(file.text)).line_start(first);
    Some(source.path(printable_path(file.path)).patches(patches))
}

/// The edits as replacements of `file`, in order and apart from each other; `None` if they are anything else.
fn drawable<'a>(edits: &'a [Edit], file: &File<'_>) -> Option<Vec<(Span, &'a str)>> {
    if edits.len() > MOST_EDITS {
        return None;
    }
    let mut spans = Vec::new();
    for edit in edits {
        match edit {
            Edit::Replace { place, text } if place.path == *file.path => {
                let appended = place.span.is_empty() && place.span.start >= file.text.trim_end().len();
                if appended || file.clamp(place.span) != place.span {
                    return None;
                }
                spans.push((place.span, text.as_str()));
            }
            _ => return None,
        }
    }
    spans.sort_by_key(|(span, _)| *span);
    let apart = spans.windows(2).all(|pair| match pair {
        [(left, _), (right, _)] => left.end < right.start,
        _ => true,
    });
    apart.then_some(spans)
}
