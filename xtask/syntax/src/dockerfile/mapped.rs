//! Text that was put together from pieces of a file, and the way back from it to the file.

use crate::source::Span;

/// A piece that was taken over unchanged: from `at` on, the text follows the file from `source` on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Segment {
    at: usize,
    source: usize,
}

/// Text as a consumer sees it (continued lines joined, quotes removed), of which every byte knows where it
/// came from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mapped {
    text: String,
    segments: Vec<Segment>,
}

impl Mapped {
    /// The text itself.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The pieces in order: where each begins in the text, and where in the file.
    pub fn pieces(&self) -> impl Iterator<Item = (usize, usize)> {
        self.segments.iter().map(|segment| (segment.at, segment.source))
    }

    /// Appends text that stands in the file at `source`.
    pub fn push(&mut self, text: &str, source: usize) {
        if text.is_empty() {
            return;
        }
        let at = self.text.len();
        let follows = self.segments.last().is_some_and(|last| last.source + (at - last.at) == source);
        if !follows {
            self.segments.push(Segment { at, source });
        }
        self.text.push_str(text);
    }

    /// Where the byte at `offset` stands in the file. The end of the text is the place behind its last
    /// byte; an empty text stands at 0.
    pub fn source(&self, offset: usize) -> usize {
        let offset = offset.min(self.text.len());
        let after = self.segments.partition_point(|segment| segment.at <= offset);
        // The place behind the last byte of a segment belongs to that segment only at the end of the text.
        match after.checked_sub(1).and_then(|index| self.segments.get(index)) {
            Some(segment) => segment.source + (offset - segment.at),
            None => 0,
        }
    }

    /// The part of the file from which `range` of the text came: from its first byte to behind its last,
    /// with whatever was left out in between.
    pub fn span(&self, range: Span) -> Span {
        if range.is_empty() {
            return Span::at(self.source(range.start));
        }
        Span::new(self.source(range.start), self.source(range.end.saturating_sub(1)) + 1)
    }

    /// The text at `range`, empty when the range does not fit.
    pub fn slice(&self, range: Span) -> &str {
        range.slice(&self.text)
    }

    /// The part at `range` as a mapped text of its own.
    pub fn part(&self, range: Span) -> Self {
        let mut part = Self::default();
        let mut from = range.start;
        let next = self.segments.partition_point(|segment| segment.at <= from);
        for segment in self.segments.get(next..).unwrap_or_default() {
            if segment.at >= range.end {
                break;
            }
            part.push(self.slice(Span::new(from, segment.at)), self.source(from));
            from = segment.at;
        }
        part.push(self.slice(Span::new(from, range.end)), self.source(from));
        part
    }

    /// Appends another mapped text.
    pub fn append(&mut self, other: &Self) {
        let mut segments = other.segments.iter().peekable();
        while let Some(segment) = segments.next() {
            let end = segments.peek().map_or(other.text.len(), |next| next.at);
            self.push(other.slice(Span::new(segment.at, end)), segment.source);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_lead_back_to_the_file() {
        let mut mapped = Mapped::default();
        mapped.push("RUN a ", 0);
        mapped.push("b", 10);
        mapped.push("c", 11);
        assert_eq!(mapped.text(), "RUN a bc");
        assert_eq!(mapped.source(4), 4);
        assert_eq!(mapped.source(6), 10);
        assert_eq!(mapped.source(8), 12);
        assert_eq!(mapped.span(Span::new(4, 8)), Span::new(4, 12));
        assert_eq!(mapped.span(Span::new(0, 6)), Span::new(0, 6));
    }

    #[test]
    fn parts_keep_their_way_back() {
        let mut mapped = Mapped::default();
        mapped.push("one ", 0);
        mapped.push("two ", 20);
        mapped.push("three", 40);
        let part = mapped.part(Span::new(2, 10));
        assert_eq!(part.text(), "e two th");
        assert_eq!(part.source(0), 2);
        assert_eq!(part.source(2), 20);
        assert_eq!(part.source(6), 40);
        let mut again = Mapped::default();
        again.append(&part);
        assert_eq!(again, part);
    }
}
