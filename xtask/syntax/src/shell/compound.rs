//! Compound commands and function definitions.

use super::parser::{Parser, Stop, is_meta_char};
use super::tree::{Element, ScopeKind};
use super::word::Word;

impl Parser<'_> {
    /// A condition or a body: a scope of its own among the items of a compound command.
    fn part(&mut self, kind: ScopeKind, stop: Stop) {
        self.skip_blanks();
        let start = self.pos;
        // Parts hang below a compound command, which has been counted.
        self.depth = self.depth.saturating_sub(1);
        if let Some(id) = self.scoped(kind, start, |parser| parser.list(stop)) {
            self.add_item(Element::Scope(id), start, false);
        }
        self.depth += 1;
    }

    /// Consumes the reserved word if it is next.
    fn accept(&mut self, word: &str) -> bool {
        self.skip_blanks();
        let found = self.peek_reserved() == word;
        if found {
            self.pos += word.len();
        }
        found
    }

    /// `( … )` or `(( … ))`.
    pub(super) fn parenthesis(&mut self) -> Option<Element> {
        let start = self.pos;
        if self.byte(1) == Some(b'(') && self.closes_twice(2) {
            return self.compound_scope(ScopeKind::Arithmetic, start, |parser| {
                parser.pos += 2;
                parser.arithmetic_body();
            });
        }
        let subshell = self.compound_scope(ScopeKind::Subshell, start, |parser| {
            parser.pos += 1;
            parser.list(Stop::PARENTHESIS);
            if parser.byte(0) == Some(b')') {
                parser.pos += 1;
            }
        });
        if subshell.is_none() {
            self.pos += 1;
        }
        subshell
    }

    /// A compound command in its scope, with the redirections behind it.
    fn compound_scope(
        &mut self,
        kind: ScopeKind,
        start: usize,
        body: impl FnOnce(&mut Self),
    ) -> Option<Element> {
        let id = self.scoped(kind, start, body)?;
        let outside = std::mem::replace(&mut self.scope, id);
        let mut redirections = Vec::new();
        loop {
            self.skip_blanks();
            let Some(redirection) = self.redirection() else { break };
            redirections.push(redirection);
        }
        self.scope = outside;
        if let Some(scope) = self.script.scopes.get_mut(id.0) {
            scope.redirections = redirections;
        }
        Some(Element::Scope(id))
    }

    pub(super) fn compound(&mut self, keyword: &str) -> Option<Element> {
        let start = self.pos;
        let element = match keyword {
            "{" => self.compound_scope(ScopeKind::Group, start, |parser| {
                parser.pos += keyword.len();
                parser.list(Stop::BRACE);
                parser.accept("}");
            }),
            "if" => self.compound_scope(ScopeKind::If, start, Self::if_clauses),
            "while" | "until" => self.compound_scope(ScopeKind::While, start, |parser| {
                parser.pos += keyword.len();
                parser.part(ScopeKind::Condition, Stop::DO.or(Stop::DONE));
                parser.do_group();
            }),
            "for" | "select" => self.for_loop(keyword.len()),
            "case" => self.compound_scope(ScopeKind::Case, start, Self::case_arms),
            _ => self.function_keyword(),
        };
        if self.pos == start {
            // Too deep: the keyword goes, its lists are read where they stand.
            self.pos += keyword.len();
        }
        element
    }

    fn if_clauses(&mut self) {
        self.pos += "if".len();
        loop {
            self.part(ScopeKind::Condition, Stop::THEN.or(Stop::ELIF).or(Stop::ELSE).or(Stop::FI));
            if self.accept("then") {
                self.part(ScopeKind::Body, Stop::ELIF.or(Stop::ELSE).or(Stop::FI));
            }
            if !self.accept("elif") {
                break;
            }
        }
        if self.accept("else") {
            self.part(ScopeKind::Body, Stop::FI);
        }
        self.accept("fi");
    }

    /// `do … done`.
    fn do_group(&mut self) {
        self.skip_separators();
        if self.accept("do") {
            self.part(ScopeKind::Body, Stop::DONE);
        } else if self.accept("{") {
            self.part(ScopeKind::Body, Stop::BRACE);
            self.accept("}");
            return;
        }
        self.accept("done");
    }

    /// Skips line ends and one `;`, as they stand between `for NAME in WORDS` and `do`.
    fn skip_separators(&mut self) {
        self.skip_lines();
        if self.byte(0) == Some(b';') && self.byte(1) != Some(b';') {
            self.pos += 1;
            self.skip_lines();
        }
    }

    fn for_loop(&mut self, keyword: usize) -> Option<Element> {
        let start = self.pos;
        let name_start = self.rest().get(keyword..).map_or("", |rest| rest.trim_start_matches([' ', '\t']));
        let name_length = name_start.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        let variable = name_start.get(..name_length.unwrap_or(name_start.len())).unwrap_or("").to_owned();
        self.compound_scope(ScopeKind::For { variable: variable.clone() }, start, |parser| {
            parser.pos += keyword;
            parser.skip_blanks();
            if parser.rest().starts_with("((") {
                parser.pos += 2;
                parser.arithmetic_body();
            } else {
                parser.pos += variable.len();
                parser.skip_lines();
                if parser.accept("in") {
                    parser.scope_words();
                }
            }
            parser.do_group();
        })
    }

    /// Words up to the next separator, kept with the scope.
    fn scope_words(&mut self) {
        loop {
            self.skip_blanks();
            let Some(word) = self.word() else { break };
            self.keep_word(word);
        }
    }

    fn keep_word(&mut self, word: Word) {
        if let Some(scope) = self.scope_mut() {
            scope.words.push(word);
        }
    }

    fn case_arms(&mut self) {
        self.pos += "case".len();
        self.skip_blanks();
        if let Some(subject) = self.word() {
            self.keep_word(subject);
        }
        self.skip_lines();
        self.accept("in");
        loop {
            self.skip_lines();
            if self.byte(0).is_none() || self.accept("esac") || !self.case_patterns() {
                return;
            }
            self.part(ScopeKind::Body, Stop::ARM_END.or(Stop::ESAC));
            if self.byte(0) == Some(b';') {
                let length =
                    self.rest().bytes().take(3).take_while(|byte| matches!(byte, b';' | b'&')).count();
                self.pos += length;
            }
        }
    }

    /// `[(] PATTERN [| PATTERN] … )`; false if there is no such thing.
    fn case_patterns(&mut self) -> bool {
        let start = self.pos;
        if self.byte(0) == Some(b'(') {
            self.pos += 1;
        }
        loop {
            self.skip_blanks();
            match self.byte(0) {
                Some(b')') => {
                    self.pos += 1;
                    return true;
                }
                Some(b'|') => self.pos += 1,
                _ => match self.word() {
                    Some(pattern) => self.keep_word(pattern),
                    // Neither a pattern nor `esac`: an arm without its head, or the end of the command.
                    None => return self.pos > start,
                },
            }
        }
    }

    /// Length of a name that `()` follows, at a command position.
    pub(super) fn function_name_length(&self) -> Option<usize> {
        let named = |byte: &u8| byte.is_ascii_alphanumeric() || b"_-.:+@/".contains(byte);
        let length = self.rest().bytes().take_while(|byte| named(byte)).count();
        let rest = self.rest().get(length..)?.trim_start_matches([' ', '\t']).strip_prefix('(')?;
        (length > 0 && rest.trim_start_matches([' ', '\t']).starts_with(')')).then_some(length)
    }

    fn function_keyword(&mut self) -> Option<Element> {
        let start = self.pos;
        self.pos += "function".len();
        self.skip_blanks();
        let length = self.rest().find(is_meta_char).unwrap_or(self.rest().len());
        self.function(start, length)
    }

    /// A function definition whose name, of this length, is next; it began at `start`.
    pub(super) fn function(&mut self, start: usize, length: usize) -> Option<Element> {
        let name = self.text.get(self.pos..self.pos + length).unwrap_or("").to_owned();
        self.pos += length;
        self.skip_blanks();
        if self.byte(0) == Some(b'(') {
            self.pos += 1;
            self.skip_blanks();
            self.pos += usize::from(self.byte(0) == Some(b')'));
        }
        self.skip_lines();
        let id = self.scoped(ScopeKind::Function { name }, start, Self::item)?;
        Some(Element::Scope(id))
    }
}
