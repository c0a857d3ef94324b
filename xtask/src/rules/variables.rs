//! `variables/`: variables in manifests and `.env` files.
use super::Rule;
/// The rules.
pub static RULES: &[&Rule] = &[];
