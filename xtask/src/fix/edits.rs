//! Edits of one text.

use crate::source::Span;
use std::collections::BTreeMap;

/// Puts `text` where `span` stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextEdit {
    /// Bytes of the text before any edit; an empty span inserts.
    pub span: Span,
    /// What stands there afterwards.
    pub text: String,
}

impl TextEdit {
    /// Whether the two cannot be applied in the same pass: their spans overlap, or one inserts where the
    /// other inserts, begins or ends, so that the order would decide about the result.
    pub(super) fn collides(&self, other: &Self) -> bool {
        let (one, two) = (self.span, other.span);
        if one.is_empty() || two.is_empty() {
            one.start <= two.end && two.start <= one.end
        } else {
            one.start < two.end && two.start < one.end
        }
    }
}

/// Edits of one text that can be applied together.
#[derive(Debug, Default)]
pub(super) struct Edits {
    all: Vec<TextEdit>,
    /// Their positions in `all` by where they begin. As no two overlap, only near ones meet another.
    begins: BTreeMap<usize, Vec<usize>>,
}

impl Edits {
    /// Whether this very edit is one of them.
    pub(super) fn contains(&self, edit: &TextEdit) -> bool {
        self.near(edit).any(|other| other == edit)
    }

    /// Whether some of them cannot be applied together with this one.
    pub(super) fn collide(&self, edit: &TextEdit) -> bool {
        self.near(edit).any(|other| other.collides(edit))
    }

    pub(super) fn push(&mut self, edit: TextEdit) {
        self.begins.entry(edit.span.start).or_default().push(self.all.len());
        self.all.push(edit);
    }

    /// In the order in which they came.
    pub(super) fn as_slice(&self) -> &[TextEdit] {
        &self.all
    }

    /// Those that begin in or right behind the span of an edit, and the last ones before it.
    fn near(&self, edit: &TextEdit) -> impl Iterator<Item = &TextEdit> {
        let Span { start, end } = edit.span;
        let before = self.begins.range(..start).next_back();
        let inside = self.begins.range(start..=end.max(start));
        before
            .into_iter()
            .chain(inside)
            .flat_map(|(_, positions)| positions)
            .filter_map(|at| self.all.get(*at))
    }
}

/// Applies all edits at once; spans are those of `text`. Insertions at one place keep their order.
///
/// `None` when a span does not lie in the text, splits a character, or overlaps another one.
pub fn apply(text: &str, edits: &[TextEdit]) -> Option<String> {
    let mut sorted: Vec<&TextEdit> = edits.iter().collect();
    sorted.sort_by_key(|edit| edit.span);
    let mut out = String::with_capacity(text.len());
    let mut done = 0;
    for TextEdit { span, text: replacement } in sorted {
        if span.start > span.end || !text.is_char_boundary(span.end) {
            return None;
        }
        out.push_str(text.get(done..span.start)?);
        out.push_str(replacement);
        done = span.end;
    }
    out.push_str(text.get(done..)?);
    Some(out)
}
