//! Redirections and the bodies of here-documents.

use super::builder::WordBuilder;
use super::lexer::Quoting;
use super::parser::Parser;
use super::tree::{Heredoc, HeredocId, Redirection};
use super::word::Word;
use crate::source::Span;

/// Every operator, the longer ones before those they begin with.
const OPERATORS: [&str; 12] = ["<<<", "<<-", "<<", "<&", "<>", "<", ">>", ">&", ">|", ">", "&>>", "&>"];

/// Bound for the name in `{name}>file`; keeps the look ahead short.
const LONGEST_DESCRIPTOR: usize = 64;

impl Parser<'_> {
    /// The redirection at the position, if there is one.
    pub(super) fn redirection(&mut self) -> Option<Redirection> {
        // Asked before every word of a script.
        if !matches!(self.byte(0)?, b'<' | b'>' | b'&' | b'{' | b'0'..=b'9') {
            return None;
        }
        let start = self.pos;
        let operator = self.redirection_operator()?;
        self.pos += operator.len();
        let end = self.pos;
        self.skip_target_blanks();
        let target = self.word();
        if target.is_none() {
            self.pos = end;
        }
        let own = self.span(start, end);
        let span = target.as_ref().map_or(own, |target| own.join(target.span));
        let kind = operator.trim_start_matches(|c: char| c != '<');
        let heredoc = match (&target, kind) {
            (Some(target), "<<" | "<<-") => Some(self.open_heredoc(target, kind == "<<-")),
            _ => None,
        };
        Some(Redirection { operator, span, target, heredoc })
    }

    fn skip_target_blanks(&mut self) {
        while matches!(self.byte(0), Some(b' ' | b'\t'))
            || (self.byte(0) == Some(b'\\') && self.line_end(1) > 0)
        {
            self.pos += if self.byte(0) == Some(b'\\') { 1 + self.line_end(1) } else { 1 };
        }
    }

    /// The operator with its descriptor: `2>`, `&>>`, `{log}>`.
    fn redirection_operator(&self) -> Option<String> {
        let rest = self.rest();
        let named = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
        let name = rest.bytes().skip(1).take(LONGEST_DESCRIPTOR).take_while(named).count();
        let descriptor = match (self.byte(0), self.byte(1 + name)) {
            (Some(b'{'), Some(b'}')) => name + "{}".len(),
            _ => rest.bytes().take_while(u8::is_ascii_digit).count(),
        };
        let operators = rest.get(descriptor..)?;
        let operator = OPERATORS.iter().find(|operator| operators.starts_with(**operator))?;
        let process = matches!(*operator, "<" | ">") && operators.get(1..)?.starts_with('(');
        if process || (descriptor > 0 && operator.starts_with('&')) {
            return None;
        }
        rest.get(..descriptor + operator.len()).map(str::to_owned)
    }

    fn open_heredoc(&mut self, delimiter: &Word, strip_tabs: bool) -> HeredocId {
        let id = HeredocId(self.script.heredocs.len());
        self.script.heredocs.push(Heredoc {
            host: self.host,
            scope: self.scope,
            delimiter: delimiter.text.clone(),
            quoted: delimiter.quoted,
            strip_tabs,
            body: Word::default(),
            terminator: None,
        });
        self.pending.push(id);
        id
    }

    /// Reads the bodies of the pending here-documents; the position is at the beginning of a line.
    pub(super) fn heredoc_bodies(&mut self) {
        for id in std::mem::take(&mut self.pending) {
            self.heredoc_body(id);
        }
    }

    fn heredoc_body(&mut self, id: HeredocId) {
        let Some(heredoc) = self.script.heredocs.get(id.0) else { return };
        let (quoted, strip_tabs, scope, host) =
            (heredoc.quoted, heredoc.strip_tabs, heredoc.scope, heredoc.host);
        let body_start = self.pos;
        let (body_end, terminator) = self.find_terminator(&heredoc.delimiter.clone(), strip_tabs);
        let resume = terminator.map_or(self.end, |(_, after)| after);
        let terminator = terminator.map(|(span, _)| span);

        let outside = (self.end, self.scope, self.host);
        (self.end, self.scope, self.host) = (body_end, scope, host);
        let mut builder = WordBuilder::new(body_start);
        self.heredoc_text(&mut builder, quoted, strip_tabs);
        let body = builder.finish(self);
        (self.end, self.scope, self.host) = outside;
        self.pos = resume;
        if let Some(heredoc) = self.script.heredocs.get_mut(id.0) {
            heredoc.body = body;
            heredoc.terminator = terminator;
        }
    }

    /// Where the body ends, and the terminator with the beginning of the line behind it.
    fn find_terminator(&self, delimiter: &str, strip_tabs: bool) -> (usize, Option<(Span, usize)>) {
        let mut start = self.pos;
        while start < self.end {
            let rest = self.text.get(start..self.end).unwrap_or("");
            let length = memchr::memchr(b'\n', rest.as_bytes());
            let line = rest.get(..length.unwrap_or(rest.len())).unwrap_or("");
            let after = length.map_or(self.end, |length| start + length + 1);
            let bare = line.strip_suffix('\r').unwrap_or(line);
            let bare = if strip_tabs { bare.trim_start_matches('\t') } else { bare };
            if bare == delimiter {
                let from = start + line.find(bare).unwrap_or(0);
                return (start, Some((self.span(from, from + bare.len()), after)));
            }
            start = after;
        }
        (self.end, None)
    }

    fn heredoc_text(&mut self, builder: &mut WordBuilder, quoted: bool, strip_tabs: bool) {
        let mut line_start = true;
        while let Some(byte) = self.byte(0) {
            if line_start && strip_tabs && byte == b'\t' {
                self.pos += 1;
                continue;
            }
            line_start = byte == b'\n';
            match byte {
                b'\r' if self.byte(1) == Some(b'\n') => self.pos += 1,
                b'$' | b'`' | b'\\' if !quoted => self.piece(builder, Quoting::Heredoc),
                b'\n' => builder.take(self, 1),
                _ => {
                    let plain = |byte: &u8| !matches!(byte, b'\n' | b'\r' | b'\\' | b'$' | b'`');
                    let run = self.rest().bytes().take_while(plain).count();
                    builder.take(self, run.max(1));
                }
            }
        }
    }
}
