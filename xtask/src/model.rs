//! What the syntax means for this repository, still with spans.

pub mod image;
