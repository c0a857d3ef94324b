//! `check/`: the checker's own input: files that nobody can read, configuration, permissions.

use super::Rule;

mod config;
mod syntax;
mod unknown_rule;
mod unmatched_exclude;
mod unused_suppression;

/// The rules of the group.
pub static RULES: &[&Rule] =
    &[&syntax::RULE, &config::RULE, &unused_suppression::RULE, &unknown_rule::RULE, &unmatched_exclude::RULE];
