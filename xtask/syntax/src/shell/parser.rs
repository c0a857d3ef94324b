//! Lists and commands: where the shell would run something.
//!
//! Recursive descent without backtracking. What does not fit is skipped up to the next separator, so a
//! broken piece costs only itself. Brackets nested deeper than [`MAX_DEPTH`] lose their nesting, not their
//! commands.

use super::tree::{
    Command, CommandId, Connector, ConnectorKind, Element, HeredocId, Item, Redirection, Scope, ScopeId,
    ScopeKind, Script,
};
use super::word::{Expansion, OffsetMap, Word};
use crate::source::Span;

/// How deep compound commands and expansions may nest before brackets are read as mere separators.
/// Scripts written by people stay below ten; the bound keeps the stack small and the time linear.
pub(super) const MAX_DEPTH: usize = 48;

/// A set of tokens that end a list.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Stop(u16);

impl Stop {
    pub(super) const NONE: Self = Self(0);
    pub(super) const PARENTHESIS: Self = Self(1);
    pub(super) const BRACE: Self = Self(1 << 1);
    pub(super) const THEN: Self = Self(1 << 2);
    pub(super) const ELIF: Self = Self(1 << 3);
    pub(super) const ELSE: Self = Self(1 << 4);
    pub(super) const FI: Self = Self(1 << 5);
    pub(super) const DO: Self = Self(1 << 6);
    pub(super) const DONE: Self = Self(1 << 7);
    pub(super) const ESAC: Self = Self(1 << 8);
    pub(super) const ARM_END: Self = Self(1 << 9);

    pub(super) const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    const fn contains(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// The reserved words that can only close or continue a compound command.
    fn of_word(word: &str) -> Option<Self> {
        Some(match word {
            "}" => Self::BRACE,
            "then" => Self::THEN,
            "elif" => Self::ELIF,
            "else" => Self::ELSE,
            "fi" => Self::FI,
            "do" => Self::DO,
            "done" => Self::DONE,
            "esac" => Self::ESAC,
            _ => return None,
        })
    }
}

/// Reads one text into a script.
pub(super) struct Parser<'t> {
    pub(super) text: &'t str,
    /// From offsets in `text` to the source.
    pub(super) map: &'t OffsetMap,
    /// Expansions that an outer shell has made already: opaque here.
    pub(super) expanded: &'t [Expansion],
    pub(super) script: &'t mut Script,
    pub(super) pos: usize,
    /// Nothing is read from here on: the end of the text, or of a here-document's body.
    pub(super) end: usize,
    pub(super) scope: ScopeId,
    pub(super) host: Option<CommandId>,
    /// Here-documents whose bodies begin behind the next line end.
    pub(super) pending: Vec<HeredocId>,
    pub(super) depth: usize,
    /// How many more bytes may be looked at in advance; keeps lookahead linear on hostile input.
    pub(super) lookahead: usize,
    /// What enclosing lists wait for, so that an unclosed inner one gives way.
    outer: Stop,
}

impl<'t> Parser<'t> {
    /// A parser that adds what it finds below `scope`, at nesting `depth`.
    pub(super) fn new(
        text: &'t str,
        map: &'t OffsetMap,
        expanded: &'t [Expansion],
        script: &'t mut Script,
        scope: ScopeId,
        depth: usize,
    ) -> Self {
        Self {
            text,
            map,
            expanded,
            script,
            pos: 0,
            end: text.len(),
            scope,
            host: None,
            pending: Vec::new(),
            depth,
            lookahead: text.len().saturating_mul(4),
            outer: Stop::NONE,
        }
    }

    /// Reads all of the text.
    pub(super) fn run(mut self) {
        self.list(Stop::NONE);
        // Without a final line end the bodies are empty, but the documents exist.
        self.heredoc_bodies();
    }

    pub(super) fn byte(&self, ahead: usize) -> Option<u8> {
        let at = self.pos + ahead;
        if at < self.end { self.text.as_bytes().get(at).copied() } else { None }
    }

    pub(super) fn rest(&self) -> &'t str {
        self.text.get(self.pos..self.end).unwrap_or("")
    }

    pub(super) fn span(&self, start: usize, end: usize) -> Span {
        self.map.span(start..end)
    }

    /// Bytes of a line end at the position, CRLF included; 0 if there is none.
    pub(super) fn line_end(&self, ahead: usize) -> usize {
        match (self.byte(ahead), self.byte(ahead + 1)) {
            (Some(b'\n'), _) => 1,
            (Some(b'\r'), Some(b'\n')) => 2,
            _ => 0,
        }
    }

    /// Skips blanks, continued line ends and a comment; stops at the line end.
    pub(super) fn skip_blanks(&mut self) {
        loop {
            match self.byte(0) {
                Some(b' ' | b'\t') => self.pos += 1,
                Some(b'\r') if self.byte(1) == Some(b'\n') => self.pos += 1,
                Some(b'\\') if self.line_end(1) > 0 => self.pos += 1 + self.line_end(1),
                Some(b'#') => {
                    let length = memchr::memchr(b'\n', self.rest().as_bytes());
                    self.pos = length.map_or(self.end, |length| self.pos + length);
                }
                _ => return,
            }
        }
    }

    /// Consumes the line end at the position and the here-document bodies behind it.
    pub(super) fn newline(&mut self) {
        self.pos += 1;
        self.heredoc_bodies();
    }

    /// Skips blanks, comments and line ends.
    pub(super) fn skip_lines(&mut self) {
        self.skip_blanks();
        while self.byte(0) == Some(b'\n') {
            self.newline();
            self.skip_blanks();
        }
    }

    /// The word at the position if it is written plainly and could be a reserved word; else `""`.
    pub(super) fn peek_reserved(&self) -> &'t str {
        const LONGEST: usize = "function".len();
        let plain = |byte: &u8| byte.is_ascii_lowercase() || matches!(byte, b'{' | b'}' | b'!' | b'[' | b']');
        let length = self.rest().as_bytes().iter().take(LONGEST + 1).take_while(|byte| plain(byte)).count();
        if self.ends_word(length) { self.text.get(self.pos..self.pos + length).unwrap_or("") } else { "" }
    }

    /// Whether a word that goes on up to `ahead` is over there.
    fn ends_word(&self, ahead: usize) -> bool {
        match self.byte(ahead) {
            None => true,
            Some(b'\\') => self.line_end(ahead + 1) > 0,
            Some(byte) => is_meta(byte),
        }
    }

    /// Reads items until a token of `stop`, which is left where it is, or the end.
    pub(super) fn list(&mut self, stop: Stop) {
        let inherited = self.outer;
        let bounded = stop.contains(Stop::PARENTHESIS);
        self.outer = if bounded { stop } else { inherited.or(stop) };
        loop {
            self.skip_blanks();
            let Some(byte) = self.byte(0) else { break };
            let start = self.pos;
            match (byte, self.byte(1)) {
                (b'\n', _) => {
                    self.connect(ConnectorKind::Sequence, start, 1);
                    self.newline();
                }
                (b';', Some(b';' | b'&')) if self.outer.contains(Stop::ARM_END) => break,
                (b';', _) => self.operator(ConnectorKind::Sequence, 1),
                (b'&', Some(b'&')) => self.operator(ConnectorKind::And, 2),
                (b'&', next) if next != Some(b'>') => self.operator(ConnectorKind::Background, 1),
                (b'|', Some(b'|')) => self.operator(ConnectorKind::Or, 2),
                (b'|', Some(b'&')) => self.operator(ConnectorKind::Pipe, 2),
                (b'|', _) => self.operator(ConnectorKind::Pipe, 1),
                (b')', _) if self.outer.contains(Stop::PARENTHESIS) => break,
                // A stray closing parenthesis separates.
                (b')', _) => self.pos += 1,
                _ => {
                    if Stop::of_word(self.peek_reserved()).is_some_and(|word| self.outer.contains(word)) {
                        break;
                    }
                    self.item();
                    if self.pos == start {
                        self.skip_character();
                    }
                }
            }
        }
        self.outer = inherited;
    }

    pub(super) fn skip_character(&mut self) {
        let length = self.rest().chars().next().map_or(1, char::len_utf8);
        self.pos = (self.pos + length).min(self.end);
    }

    fn operator(&mut self, kind: ConnectorKind, length: usize) {
        self.connect(kind, self.pos, length);
        self.pos += length;
    }

    /// Joins the last item of the current scope to what follows, unless it is joined already.
    fn connect(&mut self, kind: ConnectorKind, start: usize, length: usize) {
        let span = self.span(start, start + length);
        if let Some(item) = self.scope_mut().and_then(|scope| scope.items.last_mut()) {
            item.connector.get_or_insert(Connector { kind, span });
        }
    }

    pub(super) fn scope_mut(&mut self) -> Option<&mut Scope> {
        self.script.scopes.get_mut(self.scope.0)
    }

    /// Reads one item with its `!`; a reserved word that fits nowhere is skipped.
    pub(super) fn item(&mut self) {
        let start = self.pos;
        let mut negated = false;
        loop {
            match self.peek_reserved() {
                "!" => {
                    negated = true;
                    self.skip_plain_word();
                }
                "time" if self.is_time_keyword() => {
                    self.skip_plain_word();
                    self.skip_blanks();
                    self.pos += if self.rest().starts_with("-p ") { "-p".len() } else { 0 };
                }
                "coproc" => self.skip_plain_word(),
                _ => break,
            }
            self.skip_blanks();
        }
        if let Some(element) = self.element() {
            self.add_item(element, start, negated);
        }
    }

    pub(super) fn skip_plain_word(&mut self) {
        self.pos += self.peek_reserved().len();
    }

    /// Whether `time` times a compound command; in front of a simple one it is read as a wrapper.
    fn is_time_keyword(&self) -> bool {
        let mut rest = self.rest().get("time".len()..).unwrap_or("").trim_start_matches([' ', '\t']);
        rest = rest.strip_prefix("-p ").unwrap_or(rest).trim_start_matches(' ');
        let word = rest.get(..rest.find(is_meta_char).unwrap_or(rest.len())).unwrap_or("");
        rest.starts_with('(')
            || matches!(word, "{" | "if" | "for" | "while" | "until" | "case" | "select" | "[[")
    }

    fn element(&mut self) -> Option<Element> {
        if self.byte(0) == Some(b'(') {
            return self.parenthesis();
        }
        let reserved = self.peek_reserved();
        match reserved {
            "{" | "if" | "while" | "until" | "for" | "select" | "case" | "function" => {
                self.compound(reserved)
            }
            "[[" => Some(self.conditional()),
            "" => self.function_or_command(),
            closer if Stop::of_word(closer).is_some() => {
                self.skip_plain_word();
                None
            }
            _ => self.function_or_command(),
        }
    }

    fn function_or_command(&mut self) -> Option<Element> {
        match self.function_name_length() {
            Some(length) => self.function(self.pos, length),
            None => self.simple_command().map(Element::Command),
        }
    }

    pub(super) fn add_item(&mut self, element: Element, start: usize, negated: bool) {
        let end = self.pos;
        let span = self.element_span(element).unwrap_or_else(|| self.span(start, end));
        let span = Span::new(self.map.source(start).min(span.start), span.end);
        let index = self.scope_mut().map_or(0, |scope| {
            scope.items.push(Item { element, span, negated, connector: None });
            scope.items.len() - 1
        });
        match element {
            Element::Command(id) => {
                if let Some(command) = self.script.commands.get_mut(id.0) {
                    command.item = index;
                }
            }
            Element::Scope(id) => {
                if let Some(scope) = self.script.scopes.get_mut(id.0) {
                    scope.item = Some(index);
                }
            }
        }
    }

    fn element_span(&self, element: Element) -> Option<Span> {
        match element {
            Element::Command(id) => self.script.command(id).map(|command| command.span),
            Element::Scope(id) => {
                let scope = self.script.scope(id)?;
                let last = scope.redirections.last().map_or(scope.span, |last| last.span);
                Some(scope.span.join(last))
            }
        }
    }

    /// Runs `body` in a new scope of this kind that begins at `start`; `None`, and nothing is run, when the
    /// nesting is too deep.
    pub(super) fn scoped(
        &mut self,
        kind: ScopeKind,
        start: usize,
        body: impl FnOnce(&mut Self),
    ) -> Option<ScopeId> {
        if self.depth >= MAX_DEPTH {
            return None;
        }
        let id = ScopeId(self.script.scopes.len());
        let inside_word = matches!(kind, ScopeKind::Substitution | ScopeKind::Process);
        let host = if inside_word { self.host } else { None };
        let scope = Scope::new(kind, Span::default());
        self.script.scopes.push(Scope { parent: Some(self.scope), host, ..scope });
        let scope = std::mem::replace(&mut self.scope, id);
        let host = self.host.take();
        self.depth += 1;
        body(self);
        self.depth -= 1;
        self.host = host;
        self.scope = scope;
        let span = self.span(start, self.pos);
        if let Some(scope) = self.script.scopes.get_mut(id.0) {
            scope.span = span;
        }
        Some(id)
    }

    /// `[[ … ]]`, read as a command whose words are the operands and operators.
    fn conditional(&mut self) -> Element {
        let id = self.begin_command();
        let outside = self.host.replace(id);
        let mut words = Vec::new();
        let mut joined = false;
        loop {
            self.skip_blanks();
            if self.byte(0) == Some(b'\n') && joined {
                self.newline();
                continue;
            }
            let Some(word) = self.conditional_word() else { break };
            joined = matches!(word.text.as_str(), "&&" | "||") && !word.quoted;
            let closed = word.text == "]]" && !word.quoted;
            words.push(word);
            if closed {
                break;
            }
        }
        self.host = outside;
        let mut redirections = Vec::new();
        self.skip_blanks();
        while let Some(redirection) = self.redirection() {
            redirections.push(redirection);
            self.skip_blanks();
        }
        self.finish_command(id, Vec::new(), words, redirections);
        Element::Command(id)
    }

    /// A word of `[[ … ]]`: parentheses, `<`, `>`, `&&` and `||` are words here, and a regular expression
    /// may hold parentheses and bars.
    fn conditional_word(&mut self) -> Option<Word> {
        let start = self.pos;
        let length = match (self.byte(0)?, self.byte(1)) {
            (b'&', Some(b'&')) | (b'|', Some(b'|')) => 2,
            (b'(' | b')' | b'<' | b'>', _) => 1,
            (b'|', _) => 1,
            _ => return self.word(),
        };
        self.pos += length;
        let text = self.text.get(start..self.pos).unwrap_or("");
        Some(Word::literal(text, self.span(start, self.pos)))
    }

    /// Reserves the place of a command, so that those in its words come behind it.
    fn begin_command(&mut self) -> CommandId {
        let id = CommandId(self.script.commands.len());
        let span = Span::at(self.map.source(self.pos));
        self.script.commands.push(Command::new(id, self.scope, span));
        id
    }

    fn finish_command(
        &mut self,
        id: CommandId,
        assignments: Vec<super::word::Assignment>,
        words: Vec<Word>,
        redirections: Vec<Redirection>,
    ) {
        let Some(command) = self.script.commands.get_mut(id.0) else { return };
        let spans = assignments.iter().map(|assignment| assignment.span);
        let spans = spans.chain(words.iter().map(|word| word.span));
        let spans = spans.chain(redirections.iter().map(|redirection| redirection.span));
        command.span = spans.reduce(Span::join).unwrap_or(command.span);
        command.assignments = assignments;
        command.words = words;
        command.redirections = redirections;
    }

    /// Assignments, words and redirections up to the next separator; `None` if there is none of them.
    fn simple_command(&mut self) -> Option<CommandId> {
        let start = self.pos;
        let id = self.begin_command();
        let outside = self.host.replace(id);
        let (mut assignments, mut words, mut redirections) = (Vec::new(), Vec::new(), Vec::new());
        loop {
            self.skip_blanks();
            if let Some(redirection) = self.redirection() {
                redirections.push(redirection);
            } else if let Some(word) = self.word() {
                match word.shell_assignment().filter(|_| words.is_empty()) {
                    Some(assignment) => assignments.push(assignment),
                    None => words.push(word),
                }
            } else {
                break;
            }
        }
        self.host = outside;
        if self.pos == start || (assignments.is_empty() && words.is_empty() && redirections.is_empty()) {
            self.script.commands.pop();
            return None;
        }
        self.finish_command(id, assignments, words, redirections);
        Some(id)
    }
}

/// Whether the byte ends an unquoted word.
pub(super) const fn is_meta(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b';' | b'&' | b'|' | b'<' | b'>' | b'(' | b')') || byte == b'\r'
}

pub(super) fn is_meta_char(character: char) -> bool {
    u8::try_from(character).is_ok_and(is_meta)
}
