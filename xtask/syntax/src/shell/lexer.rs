//! Words: quote removal, expansions, and the commands inside them.

use super::builder::{Found, WordBuilder};
use super::parser::{Parser, Stop, is_meta};
use super::tree::ScopeKind;
use super::word::{Expansion, ExpansionKind, OffsetMap, Word};

/// What surrounds a piece of a word.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Quoting {
    /// Nothing.
    None,
    /// `"…"`, and the arguments of expansions in them.
    Double,
    /// A here-document or arithmetic: like double quotes, but `"` is an ordinary character.
    Heredoc,
}

impl Parser<'_> {
    /// The word at the position; `None` at a separator or the end.
    pub(super) fn word(&mut self) -> Option<Word> {
        let mut builder = WordBuilder::new(self.pos);
        builder.word.has_tilde = self.byte(0) == Some(b'~');
        while let Some(byte) = self.byte(0) {
            match byte {
                b'\r' if self.line_end(0) == 0 => builder.take(self, 1),
                b'<' | b'>' if self.pos == builder.start && self.byte(1) == Some(b'(') => {
                    if !self.process_substitution(&mut builder) {
                        break;
                    }
                }
                b'(' if self.opens_pattern(&builder) => self.extended_pattern(&mut builder),
                b'(' if is_array_head(&builder) => self.array(&mut builder),
                byte if is_meta(byte) => break,
                _ => self.piece(&mut builder, Quoting::None),
            }
        }
        (self.pos > builder.start).then(|| builder.finish(self))
    }

    /// Reads one piece of a word: a quoted string, an escape, an expansion, or a run of plain characters.
    pub(super) fn piece(&mut self, builder: &mut WordBuilder, quoting: Quoting) {
        match self.byte(0) {
            Some(b'\'') if quoting == Quoting::None => self.single_quoted(builder),
            Some(b'"') if quoting == Quoting::None => self.double_quoted(builder),
            Some(b'\\') => self.escape(builder, quoting),
            Some(b'$') => self.dollar(builder, quoting),
            Some(b'`') => self.backquoted(builder, quoting),
            Some(byte) => {
                if quoting == Quoting::None {
                    note_pattern(builder, byte);
                }
                let run = self.rest().bytes().take_while(|byte| is_plain(*byte)).count();
                if run == 0 { builder.take_character(self) } else { builder.take(self, run) }
            }
            None => {}
        }
    }

    fn single_quoted(&mut self, builder: &mut WordBuilder) {
        builder.quote();
        self.pos += 1;
        while let Some(byte) = self.byte(0) {
            match byte {
                b'\'' => {
                    self.pos += 1;
                    return;
                }
                b'\r' if self.byte(1) == Some(b'\n') => self.pos += 1,
                _ => {
                    let run =
                        self.rest().bytes().skip(1).take_while(|byte| !matches!(byte, b'\'' | b'\r')).count();
                    builder.take(self, run + 1);
                }
            }
        }
    }

    fn double_quoted(&mut self, builder: &mut WordBuilder) {
        builder.quote();
        self.pos += 1;
        while let Some(byte) = self.byte(0) {
            match byte {
                b'"' => {
                    self.pos += 1;
                    return;
                }
                b'\r' if self.byte(1) == Some(b'\n') => self.pos += 1,
                b'\\' | b'$' | b'`' => self.piece(builder, Quoting::Double),
                _ => {
                    let plain = |byte: &u8| !matches!(byte, b'"' | b'\\' | b'$' | b'`' | b'\r');
                    let run = self.rest().bytes().skip(1).take_while(plain).count();
                    builder.take(self, run + 1);
                }
            }
        }
    }

    /// A backslash: a continued line, an escaped character, or itself.
    fn escape(&mut self, builder: &mut WordBuilder, quoting: Quoting) {
        let line_end = self.line_end(1);
        if line_end > 0 {
            self.pos += 1 + line_end;
            return;
        }
        let special = match (quoting, self.byte(1)) {
            (_, None) => false,
            (Quoting::None, _) => true,
            (Quoting::Double, Some(byte)) => matches!(byte, b'$' | b'`' | b'"' | b'\\'),
            (Quoting::Heredoc, Some(byte)) => matches!(byte, b'$' | b'`' | b'\\'),
        };
        if special {
            builder.quote();
            self.pos += 1;
            builder.take_character(self);
        } else {
            builder.take(self, 1);
        }
    }

    /// What an outer shell has expanded already at the position.
    fn already_expanded(&self) -> Option<&Expansion> {
        let index = self.expanded.partition_point(|expansion| expansion.range.start < self.pos);
        self.expanded.get(index).filter(|expansion| expansion.range.start == self.pos && !expansion.nested)
    }

    /// Takes an expansion of an outer shell whole.
    fn take_expanded(&mut self, builder: &mut WordBuilder) -> bool {
        let Some(expansion) = self.already_expanded().cloned() else { return false };
        let start = self.pos;
        let Some(end) = Some(expansion.range.end).filter(|end| *end > start && *end <= self.end) else {
            return false;
        };
        self.pos = end;
        let found = Found {
            kind: expansion.kind,
            name: expansion.name,
            operator: expansion.operator,
            argument: expansion.argument,
            inner: Vec::new(),
            inner_raw: Vec::new(),
        };
        builder.take_expansion(self, start, found, expansion.quoted);
        true
    }

    fn dollar(&mut self, builder: &mut WordBuilder, quoting: Quoting) {
        if self.take_expanded(builder) {
            return;
        }
        let start = self.pos;
        let found = match self.byte(1) {
            Some(b'\'') if quoting == Quoting::None => return self.ansi_quoted(builder),
            Some(b'"') if quoting == Quoting::None => {
                self.pos += 1;
                return self.double_quoted(builder);
            }
            Some(b'(') if self.byte(2) == Some(b'(') && self.closes_twice(3) => self.arithmetic(),
            Some(b'(') => {
                self.substitution(ScopeKind::Substitution, 2).then(|| Found::new(ExpansionKind::Command))
            }
            Some(b'{') => self.braced_parameter(quoting),
            Some(b'[') if self.closes_bracket() => self.bracketed_arithmetic(),
            Some(byte) => self.plain_parameter(byte),
            None => None,
        };
        match found {
            Some(found) => builder.take_expansion(self, start, found, quoting != Quoting::None),
            None => builder.take(self, 1),
        }
    }

    /// `$name`, `$1`, `$?`.
    fn plain_parameter(&mut self, first: u8) -> Option<Found> {
        let length = match first {
            b'_' | b'a'..=b'z' | b'A'..=b'Z' => {
                let named = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
                self.rest().bytes().skip(1).take_while(named).count()
            }
            b'0'..=b'9' | b'@' | b'*' | b'#' | b'?' | b'-' | b'$' | b'!' => 1,
            _ => return None,
        };
        let name = self.text.get(self.pos + 1..self.pos + 1 + length)?.to_owned();
        self.pos += 1 + length;
        Some(Found { name, ..Found::new(ExpansionKind::Parameter) })
    }

    /// `${name}`, `${name:-default}`, `${#name}`, …; `None` when the nesting is too deep.
    fn braced_parameter(&mut self, quoting: Quoting) -> Option<Found> {
        let start = self.pos;
        self.depth += 1;
        let found = (self.depth < super::parser::MAX_DEPTH).then(|| self.braced_body(quoting));
        self.depth -= 1;
        if found.is_none() {
            self.pos = start;
        }
        found
    }

    fn braced_body(&mut self, quoting: Quoting) -> Found {
        self.pos += "${".len();
        let prefix = match (self.byte(0), self.byte(1)) {
            (Some(prefix @ (b'#' | b'!')), Some(next)) if next != b'}' && next != b':' => {
                self.pos += 1;
                char::from(prefix).to_string()
            }
            _ => String::new(),
        };
        let named = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
        let length = self.rest().bytes().take_while(named).count();
        let special = matches!(self.byte(0), Some(b'@' | b'*' | b'#' | b'?' | b'-' | b'$' | b'!'));
        let length = if length == 0 && special { 1 } else { length };
        let name = self.text.get(self.pos..self.pos + length).unwrap_or("").to_owned();
        self.pos += length;
        let mut argument = WordBuilder::new(self.pos);
        if self.byte(0) == Some(b'[') {
            self.subscript(&mut argument);
        }
        let operators = b":-=?+#%/^,@";
        let length = self.rest().bytes().take(2).take_while(|byte| operators.contains(byte)).count();
        let operator = self.text.get(self.pos..self.pos + length).unwrap_or("").to_owned();
        self.pos += length;
        let before = argument.word.text.len();
        self.braced_argument(&mut argument, quoting);
        let has_argument = !operator.is_empty();
        Found {
            name,
            operator: if operator.is_empty() { prefix } else { operator },
            argument: argument.word.text.get(before..).filter(|_| has_argument).map(str::to_owned),
            ..Found::new(ExpansionKind::Parameter)
        }
        .with_inner(argument)
    }

    /// `[…]` behind the name of an array, or behind the `$` of old arithmetic, with the expansions in it. Ends at
    /// the line end where it is not closed.
    fn subscript(&mut self, builder: &mut WordBuilder) {
        builder.take(self, 1);
        let mut open = 1_usize;
        while let Some(byte) = self.byte(0) {
            match byte {
                b'\n' | b'}' => return,
                b'[' => open += 1,
                b']' => open -= 1,
                b'$' | b'`' | b'\\' | b'"' | b'\'' => {
                    self.piece(builder, Quoting::None);
                    continue;
                }
                _ => {}
            }
            builder.take_character(self);
            if open == 0 {
                return;
            }
        }
    }

    /// Whether the `[` behind a `$` is closed soon: elsewhere it is text, as in every shell but bash.
    fn closes_bracket(&self) -> bool {
        const LONGEST: usize = 200;
        let mut bytes = self.rest().bytes().skip(2).take(LONGEST);
        bytes.find(|byte| matches!(byte, b']' | b'\n' | b'"' | b'\'')) == Some(b']')
    }

    /// `$[…]`, the old form of `$((…))`.
    fn bracketed_arithmetic(&mut self) -> Option<Found> {
        self.depth += 1;
        let inner = (self.depth < super::parser::MAX_DEPTH).then(|| {
            self.pos += 1;
            let mut builder = WordBuilder::new(self.pos);
            self.subscript(&mut builder);
            builder
        });
        self.depth -= 1;
        Some(Found::new(ExpansionKind::Arithmetic).with_inner(inner?))
    }

    /// The argument of an operator, and the closing brace.
    fn braced_argument(&mut self, argument: &mut WordBuilder, quoting: Quoting) {
        while let Some(byte) = self.byte(0) {
            match byte {
                b'}' => {
                    self.pos += 1;
                    return;
                }
                // In double quotes a quote still opens a string of its own, outside of them as well.
                b'"' => self.double_quoted(argument),
                b'\'' if quoting == Quoting::None => self.single_quoted(argument),
                b'\\' if self.byte(1) == Some(b'}') => self.escape(argument, Quoting::None),
                b'\\' | b'$' | b'`' => self.piece(argument, quoting),
                _ => {
                    let plain = |byte: &u8| !matches!(byte, b'}' | b'"' | b'\'' | b'\\' | b'$' | b'`');
                    let run = self.rest().bytes().skip(1).take_while(plain).count();
                    argument.take(self, run + 1);
                }
            }
        }
    }

    /// Reads `$(…)` and its like, whose opening is `opening` bytes long; false when the nesting is too deep.
    fn substitution(&mut self, kind: ScopeKind, opening: usize) -> bool {
        let start = self.pos;
        let found = self.scoped(kind, start, |parser| {
            parser.pos += opening;
            parser.list(Stop::PARENTHESIS);
            if parser.byte(0) == Some(b')') {
                parser.pos += 1;
            }
        });
        found.is_some()
    }

    fn process_substitution(&mut self, builder: &mut WordBuilder) -> bool {
        let start = self.pos;
        if !self.substitution(ScopeKind::Process, 2) {
            return false;
        }
        builder.take_expansion(self, start, Found::new(ExpansionKind::Process), false);
        true
    }

    /// `$((…))`.
    fn arithmetic(&mut self) -> Option<Found> {
        self.depth += 1;
        let inner = (self.depth < super::parser::MAX_DEPTH).then(|| {
            self.pos += "$((".len();
            self.arithmetic_body()
        });
        self.depth -= 1;
        Some(Found::new(ExpansionKind::Arithmetic).with_inner(inner?))
    }

    /// Reads up to the `))` that closes, for the sake of the substitutions in it.
    pub(super) fn arithmetic_body(&mut self) -> WordBuilder {
        let mut builder = WordBuilder::new(self.pos);
        let mut open = 0_usize;
        while let Some(byte) = self.byte(0) {
            match byte {
                b'(' => open += 1,
                b')' if open > 0 => open -= 1,
                b')' => {
                    self.pos += if self.byte(1) == Some(b')') { 2 } else { 1 };
                    break;
                }
                b'$' | b'`' | b'\\' => {
                    self.piece(&mut builder, Quoting::Heredoc);
                    continue;
                }
                _ => {}
            }
            builder.take_character(self);
        }
        builder
    }

    /// Whether the text that begins `ahead` bytes from here, behind `((`, is closed by `))`: then it is
    /// arithmetic, otherwise it is a subshell in something else.
    pub(super) fn closes_twice(&mut self, ahead: usize) -> bool {
        let mut open = 0_usize;
        let mut looked = 0_usize;
        let bytes = self.rest().as_bytes().iter().skip(ahead).take(self.lookahead);
        let mut previous_closed = false;
        let mut answer = false;
        for byte in bytes {
            looked += 1;
            match byte {
                b')' if previous_closed => {
                    answer = true;
                    break;
                }
                _ if previous_closed => break,
                b'(' => open += 1,
                b')' if open > 0 => open -= 1,
                b')' => previous_closed = true,
                _ => {}
            }
        }
        self.lookahead -= looked.min(self.lookahead);
        answer
    }

    /// `$'…'`: C escapes.
    fn ansi_quoted(&mut self, builder: &mut WordBuilder) {
        builder.quote();
        self.pos += "$'".len();
        while let Some(byte) = self.byte(0) {
            match byte {
                b'\'' => {
                    self.pos += 1;
                    return;
                }
                b'\\' => self.ansi_escape(builder),
                b'\r' if self.byte(1) == Some(b'\n') => self.pos += 1,
                _ => builder.take_character(self),
            }
        }
    }

    fn ansi_escape(&mut self, builder: &mut WordBuilder) {
        let control = match self.byte(1) {
            Some(b'n') => '\n',
            Some(b't') => '\t',
            Some(b'r') => '\r',
            Some(b'a') => '\u{7}',
            Some(b'b') => '\u{8}',
            Some(b'e' | b'E') => '\u{1b}',
            Some(b'f') => '\u{c}',
            Some(b'v') => '\u{b}',
            // Escapes by number stay as they are written: no command or path that we look for has one.
            Some(b'x' | b'u' | b'U' | b'c' | b'0'..=b'7') | None => return builder.take(self, 1),
            Some(_) => {
                self.pos += 1;
                return builder.take_character(self);
            }
        };
        let source = self.map.source(self.pos);
        builder.word.map.push(builder.word.text.len(), source);
        builder.word.text.push(control);
        self.pos += 2;
    }

    /// Backticks: their text loses one level of backslashes before it is read.
    fn backquoted(&mut self, builder: &mut WordBuilder, quoting: Quoting) {
        if self.take_expanded(builder) {
            return;
        }
        let start = self.pos;
        let body = self.unescape_backquoted(quoting);
        let after = self.pos;
        let depth = self.depth + 1;
        self.pos = start;
        let found = self.scoped(ScopeKind::Substitution, start, |parser| {
            let scope = parser.scope;
            Parser::new(&body.text, &body.map, &body.expanded, parser.script, scope, depth).run();
            parser.pos = after;
        });
        if found.is_some() {
            builder.take_expansion(self, start, Found::new(ExpansionKind::Command), quoting != Quoting::None);
        } else {
            builder.take(self, after - start);
        }
    }

    /// Moves behind the closing backtick and gives the text inside.
    fn unescape_backquoted(&mut self, quoting: Quoting) -> Unescaped {
        self.pos += 1;
        let mut body = Unescaped::default();
        while let Some(byte) = self.byte(0) {
            match byte {
                b'`' => {
                    self.pos += 1;
                    break;
                }
                b'\\' => {
                    let escaped = matches!(self.byte(1), Some(b'`' | b'\\' | b'$'));
                    let quote = quoting == Quoting::Double && self.byte(1) == Some(b'"');
                    if escaped || quote {
                        self.pos += 1;
                    }
                    body.copy(self, 1);
                }
                b'$' => {
                    let end = self.already_expanded().map(|expansion| expansion.range.end);
                    if let Some(expansion) = self.already_expanded().cloned() {
                        let at = body.text.len();
                        body.expanded.push(Expansion { range: at..at + expansion.range.len(), ..expansion });
                    }
                    body.copy(self, end.map_or(1, |end| end.saturating_sub(self.pos).max(1)));
                }
                _ => {
                    let plain = |byte: &u8| !matches!(byte, b'`' | b'\\' | b'$');
                    let run = self.rest().bytes().skip(1).take_while(plain).count();
                    body.copy(self, run + 1);
                }
            }
        }
        body
    }

    /// Whether an unquoted `(` belongs to a pattern like `!(dist|cache)`.
    fn opens_pattern(&self, builder: &WordBuilder) -> bool {
        let last = builder.word.text.as_bytes().last();
        builder.word.text.len() == builder.word.plain && last.is_some_and(|last| b"?*+@!".contains(last))
    }

    fn extended_pattern(&mut self, builder: &mut WordBuilder) {
        builder.word.has_glob = true;
        let mut open = 0_usize;
        while let Some(byte) = self.byte(0) {
            match byte {
                b'\n' => return,
                b'(' => open += 1,
                b')' => open -= 1,
                b' ' | b'\t' | b';' | b'&' | b'|' | b'<' | b'>' | b'\r' => {}
                _ => {
                    self.piece(builder, Quoting::None);
                    continue;
                }
            }
            builder.take(self, 1);
            if open == 0 {
                return;
            }
        }
    }

    /// `name=( … )`: taken whole; only the expansions in it are of interest.
    fn array(&mut self, builder: &mut WordBuilder) {
        builder.plain = false;
        builder.word.has_glob = true;
        builder.take(self, 1);
        let mut between = true;
        while let Some(byte) = self.byte(0) {
            match byte {
                b')' => return builder.take(self, 1),
                b'#' if between => {
                    let comment = memchr::memchr(b'\n', self.rest().as_bytes());
                    builder.take(self, comment.unwrap_or(self.rest().len()));
                }
                byte if is_meta(byte) => builder.take(self, 1),
                _ => self.piece(builder, Quoting::None),
            }
            between = is_meta(byte);
        }
    }
}

/// Whether the word so far is `name=`, behind which `(` opens an array.
fn is_array_head(builder: &WordBuilder) -> bool {
    let text = builder.word.text.strip_suffix('=').map(|name| name.strip_suffix('+').unwrap_or(name));
    builder.plain && text.is_some_and(super::word::is_name)
}

/// Notes what makes an unquoted word a pattern: `*`, `?`, `[…]`, `{a,b}`, `{1..3}`.
/// Whether a byte is neither the end of a word nor anything special in it.
const fn is_plain(byte: u8) -> bool {
    !is_meta(byte)
        && !matches!(byte, b'\'' | b'"' | b'\\' | b'$' | b'`')
        && !matches!(byte, b'*' | b'?' | b'[' | b']' | b'{' | b'}' | b',' | b'.')
}

fn note_pattern(builder: &mut WordBuilder, byte: u8) {
    match byte {
        b'*' | b'?' => builder.word.has_glob = true,
        b'[' => builder.brackets = true,
        b']' if builder.brackets => builder.word.has_glob = true,
        b'{' => builder.brace = Some(false),
        b',' => builder.brace = builder.brace.map(|_| true),
        b'.' if builder.word.text.ends_with('.') => builder.brace = builder.brace.map(|_| true),
        b'}' if builder.brace == Some(true) => builder.word.has_glob = true,
        _ => {}
    }
}

/// The text between backticks, one level of backslashes removed.
#[derive(Default)]
struct Unescaped {
    text: String,
    map: OffsetMap,
    expanded: Vec<Expansion>,
}

impl Unescaped {
    fn copy(&mut self, parser: &mut Parser<'_>, length: usize) {
        let end = (parser.pos + length).min(parser.end);
        let text = parser.text.get(parser.pos..end).unwrap_or("");
        self.map.push_mapped(self.text.len(), parser.map, parser.pos..end);
        self.text.push_str(text);
        parser.pos = end;
    }
}
