//! `endpoint/`: public URLs.

use super::Rule;

mod unserved;

/// The rules of the group.
pub static RULES: &[&Rule] = &[&unserved::RULE];
