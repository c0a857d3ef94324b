//! `manifest/`: the Okteto manifest.
//!
//! Who owns what: `syntax` what YAML or the strict reader refuses, `outdated` the old formats (the other
//! rules are silent on them), `unknown-key` keys, `invalid-value` values that stop the CLI, `validate` those
//! that only `okteto validate` refuses; what the repository lacks or contradicts has a rule per subject.

use super::Rule;
use crate::diagnostic::Severity;
use crate::facts::Facts;
use crate::model::manifest::{Format, Manifest};
use crate::syntax::shape::Violation;
use crate::syntax::yaml::{Node, Value};

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
mod smart_build;
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
    &smart_build::RULE,
    &hardcoded_image::RULE,
];

/// The manifests in the format of sections.
fn current(facts: &Facts) -> impl Iterator<Item = &Manifest> {
    facts.manifests().iter().filter(|manifest| manifest.format == Format::Sections)
}

/// What differs from the table of fields, up to the first place where the file is broken: what was read of the
/// rest may be half of what is written.
fn violations(manifest: &Manifest) -> impl Iterator<Item = &Violation> {
    let error = manifest.syntax_errors().first().map(|error| error.span.start);
    let broken = error.map_or(usize::MAX, |error| {
        let open = manifest.yaml.root().and_then(|root| unclosed(root, &manifest.file.text));
        open.map_or(error, |open| open.min(error))
    });
    manifest.violations.iter().filter(move |violation| violation.span.end <= broken)
}

/// Where a `[` or `{` stands that is never closed: all behind it was read into it.
fn unclosed(node: &Node, text: &str) -> Option<usize> {
    let (flow, closing) = match &node.value {
        Value::Sequence(sequence) => (sequence.flow, ']'),
        Value::Mapping(mapping) => (mapping.flow, '}'),
        _ => return None,
    };
    if node.alias.is_some() {
        return None;
    }
    if flow && !node.span.slice(text).ends_with(closing) {
        return Some(node.span.start);
    }
    let items = node.items().iter().find_map(|item| unclosed(item, text));
    items.or_else(|| node.entries().iter().find_map(|entry| unclosed(&entry.value, text)))
}

/// How bad it is to need a newer CLI than the one that is taken for granted: as long as nobody says which one is in
/// use, it may be that newer one.
fn needs_newer(facts: &Facts) -> Severity {
    if facts.config.cli.is_some() { Severity::Error } else { Severity::Warning }
}

/// Whether the CLI that the configuration names (3.14 without one) has what version `since` brought.
fn cli_knows(facts: &Facts, since: &str) -> bool {
    let numbers = |text: &str| -> Vec<u32> { text.split('.').map_while(|part| part.parse().ok()).collect() };
    let used = facts.config.cli.as_ref().map_or("3.14", |cli| cli.value.as_str());
    numbers(used) >= numbers(since)
}
