//! The tokens of a pattern (`syntax/lexer/lexer.go`).

use std::collections::VecDeque;

use super::super::go::RUNE_ERROR;

/// What the library takes for the end of the pattern: a NUL in the text has the same effect.
const EOF: char = '\0';

/// One token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token {
    Eof,
    Text(String),
    Any,
    Super,
    Single,
    Not,
    Separator,
    RangeOpen,
    RangeClose,
    RangeLo(char),
    RangeHi(char),
    RangeBetween,
    TermsOpen,
    TermsClose,
}

/// Reads tokens; the state mirrors the library's, whose one-rune lookahead shows in its errors.
pub(super) struct Lexer<'a> {
    data: &'a str,
    position: usize,
    error: Option<&'static str>,
    tokens: VecDeque<Token>,
    open_terms: usize,
    last_rune: char,
    last_width: usize,
    unread: bool,
}

impl<'a> Lexer<'a> {
    pub fn new(data: &'a str) -> Self {
        Self {
            data,
            position: 0,
            error: None,
            tokens: VecDeque::new(),
            open_terms: 0,
            last_rune: EOF,
            last_width: 0,
            unread: false,
        }
    }

    /// The next token, or the library's error text.
    pub fn next(&mut self) -> Result<Token, &'static str> {
        loop {
            if let Some(error) = self.error {
                return Err(error);
            }
            if let Some(token) = self.tokens.pop_front() {
                return Ok(token);
            }
            self.fetch_item();
        }
    }

    fn peek(&mut self) -> (char, usize) {
        match self.data.get(self.position..).and_then(|rest| rest.chars().next()) {
            None => (EOF, 0),
            Some(RUNE_ERROR) => {
                self.error = Some("could not read rune");
                (EOF, 0)
            }
            Some(rune) => (rune, rune.len_utf8()),
        }
    }

    fn read(&mut self) -> char {
        if self.unread {
            self.unread = false;
            self.position += self.last_width;
            return self.last_rune;
        }
        let (rune, width) = self.peek();
        self.position += width;
        self.last_rune = rune;
        self.last_width = width;
        rune
    }

    fn unread(&mut self) {
        if self.unread {
            self.error = Some("could not unread rune");
            return;
        }
        self.position -= self.last_width;
        self.unread = true;
    }

    fn fetch_item(&mut self) {
        let in_terms = self.open_terms > 0;
        match self.read() {
            EOF => self.tokens.push_back(Token::Eof),
            '{' => {
                self.open_terms += 1;
                self.tokens.push_back(Token::TermsOpen);
            }
            ',' if in_terms => self.tokens.push_back(Token::Separator),
            '}' if in_terms => {
                self.tokens.push_back(Token::TermsClose);
                self.open_terms -= 1;
            }
            '[' => {
                self.tokens.push_back(Token::RangeOpen);
                self.fetch_range();
            }
            '?' => self.tokens.push_back(Token::Single),
            '*' => {
                if self.read() == '*' {
                    self.tokens.push_back(Token::Super);
                } else {
                    self.unread();
                    self.tokens.push_back(Token::Any);
                }
            }
            _ => {
                self.unread();
                self.fetch_text(if in_terms {
                    &['?', '*', '[', '{', '}', ',']
                } else {
                    &['?', '*', '[', '{']
                });
            }
        }
    }

    fn fetch_range(&mut self) {
        let mut want_hi = false;
        let mut want_close = false;
        let mut seen_not = false;
        loop {
            let rune = self.read();
            if rune == EOF {
                self.error = Some("unexpected end of input");
                return;
            }
            if want_close {
                if rune == ']' {
                    self.tokens.push_back(Token::RangeClose);
                } else {
                    self.error = Some("expected close range character");
                }
                return;
            }
            if want_hi {
                self.tokens.push_back(Token::RangeHi(rune));
                want_close = true;
                continue;
            }
            if !seen_not && rune == '!' {
                self.tokens.push_back(Token::Not);
                seen_not = true;
                continue;
            }
            let (next, width) = self.peek();
            if next == '-' {
                self.position += width;
                self.tokens.push_back(Token::RangeLo(rune));
                self.tokens.push_back(Token::RangeBetween);
                want_hi = true;
                continue;
            }
            self.unread();
            self.fetch_text(&[']']);
            want_close = true;
        }
    }

    fn fetch_text(&mut self, breakers: &[char]) {
        let mut data = String::new();
        let mut escaped = false;
        loop {
            let rune = self.read();
            if rune == EOF {
                break;
            }
            if !escaped {
                if rune == '\\' {
                    escaped = true;
                    continue;
                }
                if breakers.contains(&rune) {
                    self.unread();
                    break;
                }
            }
            escaped = false;
            data.push(rune);
        }
        if !data.is_empty() {
            self.tokens.push_back(Token::Text(data));
        }
    }
}
