//! `buildkit/`: the build service of a self-hosted Okteto.

use super::Rule;

mod performance;

/// The rules of the group.
pub static RULES: &[&Rule] = &[&performance::RULE];
