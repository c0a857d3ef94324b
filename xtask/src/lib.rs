//! The checker behind `cargo xtask`.

pub mod cli;
pub mod commands;
pub mod config;
pub mod diagnostic;
pub mod engine;
pub mod facts;
pub mod fix;
pub mod git;
pub mod model;
pub mod report;
pub mod rules;
pub mod snapshot;
pub mod source;
pub mod suggest;
pub mod suppression;
pub mod syntax;
