//! The syntax tree of a pattern (`syntax/ast`).

use super::CompileError;
use super::lexer::{Lexer, Token};

/// Deepest nesting of braces that is read: every later step recurses over it.
const MAX_DEPTH: usize = 64;

/// One part of a pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Node {
    /// A sequence.
    Pattern(Vec<Node>),
    /// `{a,b}`; each child is a pattern or, after a rewrite, nothing.
    AnyOf(Vec<Node>),
    /// `[abc]`, `[!abc]`.
    List { chars: Vec<char>, not: bool },
    /// `[a-z]`, `[!a-z]`.
    Range { lo: char, hi: char, not: bool },
    /// Plain text, escapes resolved.
    Text(String),
    /// `*`
    Any,
    /// `**`
    Super,
    /// `?`
    Single,
    /// An alternative that a rewrite emptied.
    Nothing,
}

/// Reads `pattern` into the children of its root.
pub(super) fn parse(pattern: &str) -> Result<Vec<Node>, CompileError> {
    let mut lexer = Lexer::new(pattern);
    let mut current: Vec<Node> = Vec::new();
    // Of each open brace: what stood before it, and its finished alternatives.
    let mut open: Vec<(Vec<Node>, Vec<Node>)> = Vec::new();
    loop {
        match lexer.next().map_err(syntax)? {
            Token::Eof => break,
            Token::Text(text) => current.push(Node::Text(text)),
            Token::Any => current.push(Node::Any),
            Token::Super => current.push(Node::Super),
            Token::Single => current.push(Node::Single),
            Token::RangeOpen => current.push(parse_range(&mut lexer)?),
            Token::TermsOpen if open.len() == MAX_DEPTH => return Err(CompileError::TooComplex),
            Token::TermsOpen => open.push((std::mem::take(&mut current), Vec::new())),
            Token::Separator => {
                if let Some((_, alternatives)) = open.last_mut() {
                    alternatives.push(Node::Pattern(std::mem::take(&mut current)));
                }
            }
            Token::TermsClose => close(&mut open, &mut current),
            token => return Err(CompileError::Syntax(format!("unexpected token: {token:?}"))),
        }
    }
    // The end of the pattern closes every brace.
    while !open.is_empty() {
        close(&mut open, &mut current);
    }
    Ok(current)
}

fn close(open: &mut Vec<(Vec<Node>, Vec<Node>)>, current: &mut Vec<Node>) {
    let Some((before, mut alternatives)) = open.pop() else { return };
    alternatives.push(Node::Pattern(std::mem::replace(current, before)));
    current.push(Node::AnyOf(alternatives));
}

fn parse_range(lexer: &mut Lexer<'_>) -> Result<Node, CompileError> {
    let mut not = false;
    let mut lo = None;
    let mut hi = None;
    let mut chars = Vec::new();
    loop {
        match lexer.next().map_err(syntax)? {
            Token::Eof => return Err(syntax("unexpected end")),
            Token::Not => not = true,
            Token::RangeLo(rune) => lo = Some(rune),
            Token::RangeHi(rune) => {
                if let Some(lo) = lo.filter(|lo| rune < *lo) {
                    let message = format!("hi character '{rune}' should be greater than lo '{lo}'");
                    return Err(CompileError::Syntax(message));
                }
                hi = Some(rune);
            }
            Token::Text(text) => chars = text.chars().collect(),
            Token::RangeClose => {
                return match (lo, hi, chars.is_empty()) {
                    (Some(lo), Some(hi), true) => Ok(Node::Range { lo, hi, not }),
                    (Some(_), Some(_), false) | (_, _, true) => Err(syntax("could not parse range")),
                    (_, _, false) => Ok(Node::List { chars, not }),
                };
            }
            _ => {}
        }
    }
}

fn syntax(message: &str) -> CompileError {
    CompileError::Syntax(message.to_owned())
}

/// Number of nodes below and including `nodes`.
pub(super) fn count(nodes: &[Node]) -> usize {
    nodes
        .iter()
        .map(|node| match node {
            Node::Pattern(children) | Node::AnyOf(children) => 1 + count(children),
            _ => 1,
        })
        .sum()
}
