//! `variables/`: variables in manifests, in what they call, and in `.env`.

use super::Rule;

mod dotenv;
mod not_expanded;
mod syntax;
mod unknown_build;
mod unset;

/// The rules of the group.
pub static RULES: &[&Rule] =
    &[&unknown_build::RULE, &unset::RULE, &not_expanded::RULE, &syntax::RULE, &dotenv::RULE];
