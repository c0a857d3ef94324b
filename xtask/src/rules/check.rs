//! rules
use super::Rule;
/// The rules.
pub static RULES: &[&Rule] = &[];
