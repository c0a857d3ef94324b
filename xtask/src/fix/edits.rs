//! Edits of one text.

use crate::source::Span;

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
