//! The checker behind `cargo xtask`.

pub mod diagnostic;
pub mod fix;
pub mod git;
pub mod model;
pub mod report;
pub mod snapshot;
pub mod source;
pub mod syntax;
