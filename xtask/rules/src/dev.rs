//! `dev/`: development containers.

use super::Rule;

mod container;
mod file_missing;
mod ineffective_setting;
mod missing_container;
mod naming;
mod port_conflict;
mod port_mismatch;
mod selector_conflict;
mod sync_base;
mod sync_coverage;
mod sync_missing;
mod sync_path;
mod unknown_app;
mod unknown_package;
mod volume_in_sync;
mod workdir;

/// The rules of the group.
pub static RULES: &[&Rule] = &[
    &missing_container::RULE,
    &unknown_app::RULE,
    &sync_missing::RULE,
    &sync_base::RULE,
    &sync_path::RULE,
    &sync_coverage::RULE,
    &volume_in_sync::RULE,
    &workdir::RULE,
    &port_conflict::RULE,
    &port_mismatch::RULE,
    &selector_conflict::RULE,
    &unknown_package::RULE,
    &file_missing::RULE,
    &naming::RULE,
    &ineffective_setting::RULE,
];
