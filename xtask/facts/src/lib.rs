//! What a repository says: `git` and the file system give one tree of files (`snapshot`), which is parsed once
//! and read into the models (`model`) that every rule asks (`facts`). Nothing here judges.
//!
//! A crate of its own for the same reasons as the parsers below it: nothing in it may know a rule, and the compiler
//! generates its code while it already reads the rules.

pub mod config;
pub mod diagnostic;
pub mod facts;
pub mod git;
pub mod globs;
pub mod model;
pub mod snapshot;
pub mod suggest;

pub use xtask_syntax as syntax;
pub use xtask_syntax::source;
