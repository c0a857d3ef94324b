//! `ignore/`: what `.stignore`, `.dockerignore` and `.oktetoignore` really keep back, asked with real paths of the
//! repository.
//!
//! Only files in force are judged: one that nobody reads is [`unread_file`] alone, one that its reader refuses is
//! [`syntax`] alone, and one that is missing is the business of the rule that misses it.

use super::Rule;

mod builder_disagreement;
mod case;
mod dead_pattern;
mod dialect;
mod directory_entry;
mod hides_source;
mod inconsistent;
mod line_fixes;
mod missing;
mod missing_dockerignore;
mod missing_oktetoignore;
mod missing_stignore;
mod probes;
mod secret_exposed;
mod syntax;
mod uncovered;
mod unread_file;
mod unreliable;
mod weight;
mod wording;

/// The rules of the group.
pub static RULES: &[&Rule] = &[
    &syntax::RULE,
    &missing_stignore::RULE,
    &missing_dockerignore::RULE,
    &missing_oktetoignore::RULE,
    &unread_file::RULE,
    &builder_disagreement::RULE,
    &uncovered::RULE,
    &secret_exposed::RULE,
    &inconsistent::RULE,
    &hides_source::RULE,
    &dead_pattern::RULE,
    &dialect::RULE,
    &directory_entry::RULE,
    &unreliable::RULE,
    &case::RULE,
    &weight::RULE,
];
