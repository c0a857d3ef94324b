//! `manifest/`: the Okteto manifest.
//!
//! Who owns what: `syntax` what YAML or the strict reader refuses, `outdated` the old formats (the other
//! rules are silent on them), `unknown-key` keys, `invalid-value` values that stop the CLI, `validate` those
//! that only `okteto validate` refuses; what the repository lacks or contradicts has a rule per subject.

use super::Rule;
use crate::facts::Facts;
use crate::model::manifest::{Format, Manifest};

mod build_path;
mod build_target;
mod command_path;
mod depends_on;
mod hardcoded_image;
mod idempotent;
mod invalid_value;
mod lost_export;
mod name;
mod outdated;
mod remote;
mod scattered;
mod shadowed;
mod syntax;
mod test_cache;
mod unknown_key;
mod validate;

/// The rules of the group.
pub static RULES: &[&Rule] = &[
    &syntax::RULE,
    &shadowed::RULE,
    &scattered::RULE,
    &outdated::RULE,
    &unknown_key::RULE,
    &invalid_value::RULE,
    &validate::RULE,
    &name::RULE,
    &depends_on::RULE,
    &build_path::RULE,
    &build_target::RULE,
    &command_path::RULE,
    &idempotent::RULE,
    &remote::RULE,
    &lost_export::RULE,
    &test_cache::RULE,
    &hardcoded_image::RULE,
];

/// The manifests in the format of sections.
fn current(facts: &Facts) -> impl Iterator<Item = &Manifest> {
    facts.manifests().iter().filter(|manifest| manifest.format == Format::Sections)
}

/// Whether the CLI that the configuration names (3.14 without one) has what version `since` brought.
fn cli_knows(facts: &Facts, since: &str) -> bool {
    let numbers = |text: &str| -> Vec<u32> { text.split('.').map_while(|part| part.parse().ok()).collect() };
    let used = facts.config.cli.as_ref().map_or("3.14", |cli| cli.value.as_str());
    numbers(used) >= numbers(since)
}
