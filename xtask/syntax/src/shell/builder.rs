//! Puts a word together, with the way back to the source.

use std::ops::Range;

use super::parser::Parser;
use super::word::{Expansion, ExpansionKind, Word};

/// Bytes of a usual word.
const USUAL: usize = 24;

/// Collects a word while it is read.
pub(super) struct WordBuilder {
    pub(super) start: usize,
    pub(super) word: Word,
    /// Whether everything up to here is written plainly.
    pub(super) plain: bool,
    /// Where each expansion stands in the parser's text; runs along with `word.expansions`.
    raw: Vec<Range<usize>>,
    pub(super) brackets: bool,
    pub(super) brace: Option<bool>,
}

impl WordBuilder {
    /// A word that begins at `start` of the parser's text.
    pub(super) fn new(start: usize) -> Self {
        Self { start, word: Word::default(), plain: true, raw: Vec::new(), brackets: false, brace: None }
    }

    /// Takes the next `length` bytes of the parser's text as they are.
    pub(super) fn take(&mut self, parser: &mut Parser<'_>, length: usize) {
        let end = (parser.pos + length).min(parser.end);
        let Some(text) = parser.text.get(parser.pos..end) else {
            parser.skip_character();
            return;
        };
        self.word.map.push_mapped(self.word.text.len(), parser.map, parser.pos..end);
        if self.word.text.is_empty() {
            // Most words are no longer, in however many pieces they come.
            self.word.text.reserve(text.len().max(USUAL));
        }
        self.word.text.push_str(text);
        if self.plain {
            self.word.plain = self.word.text.len();
        }
        parser.pos = end;
    }

    /// Takes the next character as it is.
    pub(super) fn take_character(&mut self, parser: &mut Parser<'_>) {
        let length = parser.rest().chars().next().map_or(1, char::len_utf8);
        self.take(parser, length);
    }

    /// Notes a quote or a backslash.
    pub(super) fn quote(&mut self) {
        self.word.quoted = true;
        self.plain = false;
    }

    /// Takes what lies between `start` and the position as the raw text of an expansion.
    pub(super) fn take_expansion(
        &mut self,
        parser: &mut Parser<'_>,
        start: usize,
        found: Found,
        quoted: bool,
    ) {
        self.plain = false;
        let base = self.word.text.len();
        let end = std::mem::replace(&mut parser.pos, start);
        self.take(parser, end - start);
        let moved = |range: &Range<usize>| base + (range.start - start)..base + (range.end - start);
        self.word.expansions.push(Expansion {
            kind: found.kind,
            name: found.name,
            operator: found.operator,
            argument: found.argument,
            span: parser.span(start, end),
            range: base..base + (end - start),
            quoted,
            nested: false,
        });
        self.raw.push(start..end);
        for (expansion, raw) in found.inner.into_iter().zip(found.inner_raw) {
            self.word.expansions.push(Expansion { range: moved(&raw), nested: true, ..expansion });
            self.raw.push(raw);
        }
    }

    /// The word up to the parser's position.
    pub(super) fn finish(mut self, parser: &Parser<'_>) -> Word {
        self.word.span = parser.span(self.start, parser.pos);
        self.word
    }
}

/// What an expansion turned out to be.
pub(super) struct Found {
    pub(super) kind: ExpansionKind,
    pub(super) name: String,
    pub(super) operator: String,
    pub(super) argument: Option<String>,
    pub(super) inner: Vec<Expansion>,
    pub(super) inner_raw: Vec<Range<usize>>,
}

impl Found {
    pub(super) fn new(kind: ExpansionKind) -> Self {
        Self {
            kind,
            name: String::new(),
            operator: String::new(),
            argument: None,
            inner: Vec::new(),
            inner_raw: Vec::new(),
        }
    }

    /// Adds the expansions that `builder` met on the way.
    pub(super) fn with_inner(mut self, builder: WordBuilder) -> Self {
        self.inner = builder.word.expansions;
        self.inner_raw = builder.raw;
        self
    }
}
