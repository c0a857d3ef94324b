//! A port of gobwas/glob v0.2.3, the glob library of Syncthing, with `/` as the separator.
//!
//! The library is not a plain translation to regular expressions: its compiler rewrites the syntax tree into
//! specialised matchers, some of which lose matches (alternatives with wildcards, `***`) or gain some
//! (`literal**literal` may overlap). Syncthing's verdicts hang on these slips, so lexer, parser, compiler and
//! matchers are ported structure by structure, slips included. One deliberate difference is the fix of
//! Syncthing's fork: rows of fixed length are measured in runes, not in bytes.
//!
//! The port serves three purposes: it finds the syntax errors in the library's words, it decides which
//! patterns mean what their text says ([`Glob::translation`]), and it evaluates the rest.

mod compiler;
mod lexer;
mod matcher;
mod parser;
mod translation;

pub(super) use matcher::Evaluation;
use matcher::Matcher;
use parser::Node;
pub(super) use translation::SUPER;

/// Most syntax nodes that a pattern which needs the ported matchers may have: they are compiled and searched by
/// recursion.
pub(super) const MAX_NODES: usize = 256;

/// Most bytes that the overlaps of `literal**literal` may have together to be [`Glob::Overlapping`]: each may become
/// a text of its own.
const MAX_OVERLAPS: usize = 4_096;

/// Why a pattern could not be compiled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum CompileError {
    /// The library refuses the pattern with this text.
    Syntax(String),
    /// More than [`MAX_NODES`] syntax nodes in a pattern that no regular expression can stand for, or more than are
    /// left for all of them.
    TooComplex,
}

/// How a pattern can be evaluated.
#[derive(Debug)]
pub(super) enum Glob {
    /// The pattern has no wildcard: it is equal to this text.
    Literal(String),
    /// The library's matcher means the same as this regular expression (without anchors).
    Regular(String),
    /// The test that the library makes of `literal**literal`: begins with the one and ends with the other, and
    /// the two may overlap.
    Overlapping {
        /// What the path must begin with.
        prefix: String,
        /// What it must end with.
        suffix: String,
    },
    /// Only the library's own matcher gives the library's answer.
    Peculiar(Peculiar),
}

/// A pattern that does not mean what its text says.
#[derive(Debug)]
pub(super) struct Peculiar(Matcher);

impl Peculiar {
    /// The library's verdict on the whole of `text`; `None` when the evaluation, which may be one of many patterns
    /// on this text, takes too many steps.
    pub fn matches(&self, text: &str, evaluation: &mut Evaluation) -> Option<bool> {
        evaluation.run(&self.0, text.as_bytes())
    }
}

/// A parsed pattern.
#[derive(Debug)]
pub(super) struct Pattern {
    nodes: Vec<Node>,
}

impl Pattern {
    /// Parses `pattern`. The error is the library's text.
    pub fn parse(pattern: &str) -> Result<Self, CompileError> {
        parser::parse(pattern).map(|nodes| Self { nodes })
    }

    /// Chooses the evaluation of the pattern. `nodes_left` is lowered by what the ported matchers take.
    pub fn compile(self, nodes_left: &mut usize) -> Result<Glob, CompileError> {
        match self.translate() {
            Some(glob) => Ok(glob),
            None => self.compile_as_library(nodes_left).map(Glob::Peculiar),
        }
    }

    /// An evaluation without the ported matchers, where there is one.
    pub fn translate(&self) -> Option<Glob> {
        if let Some(literal) = translation::literal(&self.nodes) {
            return Some(Glob::Literal(literal));
        }
        if let Some((prefix, suffix)) = translation::overlapping(&self.nodes) {
            let overlaps = prefix.len().min(suffix.len()) * (prefix.len() + suffix.len());
            return (overlaps <= MAX_OVERLAPS).then_some(Glob::Overlapping { prefix, suffix });
        }
        translation::regular(&self.nodes).map(Glob::Regular)
    }

    /// Whether the pattern loses or gains matches against what its text says.
    pub fn is_peculiar(&self) -> bool {
        translation::regular(&self.nodes).is_none()
    }

    /// Compiles to the library's matchers, whatever the pattern. `nodes_left` is lowered by its size.
    pub fn compile_as_library(self, nodes_left: &mut usize) -> Result<Peculiar, CompileError> {
        let nodes = parser::count(&self.nodes);
        *nodes_left = nodes_left.checked_sub(nodes).ok_or(CompileError::TooComplex)?;
        if nodes > MAX_NODES {
            return Err(CompileError::TooComplex);
        }
        Ok(Peculiar(compiler::compile(self.nodes)))
    }
}
