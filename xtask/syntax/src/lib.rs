//! Text to trees with spans. No IO, no repository, no rules; nothing here fails as a whole: a broken file
//! yields its errors at their places and whatever could be read.
//!
//! A crate of its own because nothing in it may know what is above it, and because it is compiled beside the
//! libraries that only the rest needs: the first `cargo xtask check` of a fresh clone waits for the compiler.

use crate::source::Span;

pub mod dockerfile;
pub mod ignore;
pub mod json;
pub mod markdown;
pub mod shape;
pub mod shell;
pub mod source;
pub mod yaml;

/// What a parser could not read, at its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyntaxError {
    /// What is wrong, in the words of the format.
    pub message: String,
    /// Where.
    pub span: Span,
}
