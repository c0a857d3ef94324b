//! Words: what the shell makes of a run of characters, and the way back to the source.

use std::ops::Range;

use crate::source::Span;
use crate::yaml::{Scalar, SourceMap};

/// Leads from offsets in a derived text (quotes removed, backslashes dropped) to offsets in its source.
///
/// The derived text is a chain of pieces copied from the source one to one; the map holds where each
/// piece begins. The default is the identity.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OffsetMap {
    /// The source offset of the first piece. Nearly every word is one piece: it needs no memory of its own.
    start: usize,
    /// `(text offset, source offset)` of each piece behind it, by ascending text offset.
    pieces: Vec<(usize, usize)>,
}

impl OffsetMap {
    /// The map of a text that is its own source.
    pub const fn identity() -> Self {
        Self::starting_at(0)
    }

    /// The map of a text that stands at `start` of its source, byte for byte.
    pub const fn starting_at(start: usize) -> Self {
        Self { start, pieces: Vec::new() }
    }

    /// The map of a scalar's text. Where the places of its characters could not be told apart, the text is
    /// taken to stand at `place` as it is.
    pub fn of_scalar(scalar: &Scalar, place: Span) -> Self {
        match &scalar.map {
            SourceMap::Direct(start) => Self::starting_at(*start),
            SourceMap::Runs(runs) => {
                let mut map = Self::default();
                runs.iter().for_each(|(text, file)| map.push(*text, *file));
                map
            }
            SourceMap::Unknown => Self::starting_at(place.start),
        }
    }

    /// Notes that the text from `text` on was copied from the source at `source`. Calls must come in
    /// ascending order of `text`.
    pub fn push(&mut self, text: usize, source: usize) {
        let (last_text, last_source) = self.pieces.last().copied().unwrap_or((0, self.start));
        // The previous piece simply goes on.
        if source.checked_sub(last_source) == text.checked_sub(last_text) {
            return;
        }
        match self.pieces.last_mut() {
            Some(last) if last.0 == text => last.1 = source,
            None if text == 0 => self.start = source,
            _ => self.pieces.push((text, source)),
        }
    }

    /// Appends the piece `range` of a text that `other` leads back to the source; it stands at `text` now.
    pub(super) fn push_mapped(&mut self, text: usize, other: &Self, range: Range<usize>) {
        self.push(text, other.source(range.start));
        let first = other.pieces.partition_point(|(start, _)| *start <= range.start);
        for &(start, source) in other.pieces.iter().skip(first).take_while(|(start, _)| *start < range.end) {
            self.push(text + start - range.start, source);
        }
    }

    /// The source offset of the character at `text`.
    pub fn source(&self, text: usize) -> usize {
        let after = self.pieces.partition_point(|(start, _)| *start <= text);
        match after.checked_sub(1).and_then(|index| self.pieces.get(index)) {
            Some((start, source)) => source + (text - start),
            None => self.start + text,
        }
    }

    /// The smallest span of the source that holds the characters `range` of the text.
    pub fn span(&self, range: Range<usize>) -> Span {
        let start = self.source(range.start);
        if range.end <= range.start {
            return Span::at(start);
        }
        Span::new(start, (self.source(range.end - 1) + 1).max(start))
    }

    /// The map of the part of the text that begins at `start`.
    fn tail(&self, start: usize) -> Self {
        let mut tail = Self::default();
        tail.push_mapped(0, self, start..usize::MAX);
        tail
    }
}

/// What kind of expansion stands in a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExpansionKind {
    /// `$name`, `${name…}`, `$1`, `$@`.
    Parameter,
    /// `$(…)` or backticks.
    Command,
    /// `$((…))` or `$[…]`.
    Arithmetic,
    /// `<(…)` or `>(…)`.
    Process,
}

/// A part of a word that the shell replaces when it runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expansion {
    /// What it is.
    pub kind: ExpansionKind,
    /// The parameter's name without braces; empty for the other kinds.
    pub name: String,
    /// The operator of `${name…}`: `:-`, `#`, `//`, …; empty without one. A prefix (`#name`, `!name`) is
    /// given as that character.
    pub operator: String,
    /// What follows the operator (`dist` in `${OUT:-dist}`), quotes removed.
    pub argument: Option<String>,
    /// Where it stands in the source, from the `$` to its end.
    pub span: Span,
    /// Where it stands in [`Word::text`]. For an expansion inside another one: its place in the outer one.
    pub range: Range<usize>,
    /// Whether it stands in double quotes, so that its value stays one word.
    pub quoted: bool,
    /// Whether it is part of another expansion (`$B` in `${A:-$B}`).
    pub nested: bool,
}

/// One word of a command.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Word {
    /// The word as written, quotes included.
    pub span: Span,
    /// The word after quote removal; expansions and patterns stay as written.
    pub text: String,
    /// The expansions in it, in source order, the nested ones included.
    pub expansions: Vec<Expansion>,
    /// Whether a quote or a backslash takes part in it.
    pub quoted: bool,
    /// Whether it holds an unquoted pathname pattern or brace expansion.
    pub has_glob: bool,
    /// Whether it begins with an unquoted `~`.
    pub has_tilde: bool,
    /// Length of the beginning of `text` that is written plainly: no quote, escape or expansion before.
    pub(super) plain: usize,
    pub(super) map: OffsetMap,
}

impl Word {
    /// A word that is no shell text, like an element of an exec form: no quotes, no expansions. Its offsets
    /// map one to one from `span.start`.
    pub fn literal(text: &str, span: Span) -> Self {
        Self::mapped(text, span, OffsetMap::starting_at(span.start))
    }

    /// Like [`literal`](Self::literal) for a text with escapes of its own, which `map` leads back to the
    /// source.
    pub fn mapped(text: &str, span: Span, map: OffsetMap) -> Self {
        Self { span, text: text.to_owned(), plain: text.len(), map, ..Self::default() }
    }

    /// Whether the text is what the program will see: no expansion, pattern or tilde in it.
    pub fn is_literal(&self) -> bool {
        self.expansions.is_empty() && !self.has_glob && !self.has_tilde
    }

    /// The text if it is literal.
    pub fn as_literal(&self) -> Option<&str> {
        self.is_literal().then_some(self.text.as_str())
    }

    /// Where the bytes `range` of [`text`](Self::text) stand in the source.
    pub fn source_span(&self, range: Range<usize>) -> Span {
        self.map.span(range)
    }

    /// Leads from offsets in [`text`](Self::text) to the source.
    pub fn map(&self) -> &OffsetMap {
        &self.map
    }

    /// The part of the word behind the first `offset` bytes of its text, as a word of its own: the value of
    /// `--flag=value`. Its span begins behind the character before `offset`, so an opening quote is part of
    /// it.
    pub fn tail(&self, offset: usize) -> Self {
        let Some(text) = self.text.get(offset..) else { return Self::default() };
        let start = match offset.checked_sub(1) {
            Some(before) => (self.map.source(before) + 1).min(self.span.end),
            None => self.span.start,
        };
        let expansions = self.expansions.iter().filter(|expansion| expansion.range.start >= offset);
        Self {
            span: Span::new(start, self.span.end),
            text: text.to_owned(),
            expansions: expansions.map(|expansion| expansion.moved_left(offset)).collect(),
            quoted: self.quoted,
            has_glob: self.has_glob,
            has_tilde: self.has_tilde && offset == 0,
            plain: self.plain.saturating_sub(offset),
            map: self.map.tail(offset),
        }
    }

    /// The word read as `NAME=value` or `NAME+=value`, as the shell reads it before a command and `env`,
    /// `export` and `sudo` read it among their arguments.
    pub fn assignment(&self) -> Option<Assignment> {
        let equals = self.text.find('=')?;
        let left = self.text.get(..equals)?;
        let (target, append) = left.strip_suffix('+').map_or((left, false), |target| (target, true));
        let name = match target.split_once('[') {
            Some((name, subscript)) if subscript.ends_with(']') => name,
            Some(_) => return None,
            None => target,
        };
        if !is_name(name) {
            return None;
        }
        Some(Assignment {
            name: name.to_owned(),
            name_span: self.source_span(0..name.len()),
            append,
            value: self.tail(equals + 1),
            span: self.span,
        })
    }

    /// Like [`assignment`](Self::assignment), but only if the shell itself takes it for one: nothing up to
    /// the `=` is quoted or expanded.
    pub(super) fn shell_assignment(&self) -> Option<Assignment> {
        let equals = memchr::memchr(b'=', self.text.as_bytes())?;
        let subscript = self.text.find('[').is_some_and(|bracket| bracket < equals && bracket < self.plain);
        (equals < self.plain || subscript).then(|| self.assignment()).flatten()
    }

    /// The names of the parameters that the word expands, in source order.
    pub fn parameters(&self) -> impl Iterator<Item = &Expansion> {
        self.expansions.iter().filter(|expansion| expansion.kind == ExpansionKind::Parameter)
    }
}

impl Expansion {
    fn moved_left(&self, offset: usize) -> Self {
        let range = self.range.start.saturating_sub(offset)..self.range.end.saturating_sub(offset);
        Self { range, ..self.clone() }
    }
}

/// `NAME=value` in front of a command, or as an argument of `env` and its like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assignment {
    /// The variable, without a subscript.
    pub name: String,
    /// Where the name stands.
    pub name_span: Span,
    /// Whether it is `+=`.
    pub append: bool,
    /// What is assigned. An array's text is the source from `(` to `)`.
    pub value: Word,
    /// All of it.
    pub span: Span,
}

/// Whether `text` is a name in the sense of POSIX: letters, digits and underscores, no digit in front.
pub fn is_name(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}
