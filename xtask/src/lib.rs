//! The checker behind `cargo xtask`.
//!
//! The walk of the data: `cli` parses the command line, `commands` opens the repository through `git` and
//! makes a `snapshot` of the tree that was asked for. `facts` builds the models (`model`) from trees with
//! spans (`syntax`). `engine` runs the `rules` over them and makes a `report`, which is printed, or handed to
//! `fix`. ARCHITECTURE.md tells more.

pub mod cli;
pub mod commands;
pub mod engine;
pub mod fix;
pub mod report;

pub use xtask_facts::{config, diagnostic, facts, git, globs, model, snapshot, suggest};
pub use xtask_rules::{self as rules, suppression};
pub use xtask_syntax as syntax;
pub use xtask_syntax::source;
