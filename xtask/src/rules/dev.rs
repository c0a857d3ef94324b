//! `dev/`: development containers.

use super::Rule;

mod sync_base;

/// The rules of the group.
pub static RULES: &[&Rule] = &[&sync_base::RULE];
