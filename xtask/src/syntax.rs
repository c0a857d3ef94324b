//! Text to trees with spans. No IO, no repository, no rules; nothing here fails as a whole: a broken file
//! yields its errors at their places and whatever could be read.

use crate::source::Span;

pub mod dockerfile;
pub mod ignore;
pub mod json;
pub mod markdown;
pub mod shape;
pub mod shell;
pub mod yaml;

/// What a parser could not read, at its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyntaxError {
    /// What is wrong, in the words of the format.
    pub message: String,
    /// Where.
    pub span: Span,
}
