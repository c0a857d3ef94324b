//! `secrets/`: what must not be committed.

use super::Rule;

mod committed;

/// The rules of the group.
pub static RULES: &[&Rule] = &[&committed::RULE];
