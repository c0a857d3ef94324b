//! Every end-to-end, property and oracle test. One binary: it is linked once, and its tests share the cores.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr,
    clippy::print_stdout,
    clippy::string_slice,
    clippy::unwrap_used,
    reason = "a test that panics has failed, and may tell why it was skipped"
)]

mod support;

mod check_syntax;
mod cli_check;
mod cli_fix;
mod cli_init;
mod completions;
mod dev_shapes;
mod dockerfile_cache_commands;
mod dockerfile_cache_folders;
mod dockerfile_cache_mounts;
mod dockerfile_image;
mod dockerfile_oracle;
mod dockerfile_parser;
mod dockerfile_safety;
mod first_five_minutes;
mod fix_core;
mod fix_properties;
mod fix_staged;
mod fix_write;
mod git_discover;
mod git_disk;
mod git_hooks;
mod git_oracle;
mod git_partial;
mod git_scale;
mod git_snapshot;
mod hook_commits;
mod hook_install;
mod hook_managers;
mod hook_status;
mod ignore_answers;
mod ignore_case;
mod ignore_git;
mod ignore_vectors;
mod inputs;
mod integrations;
mod manifest_facts;
mod manifest_input;
mod mutations;
mod plan_and_matrix;
mod platform_linked;
mod report_formats;
mod rules;
mod rules_dockerfile_cases;
mod rules_ignore_fixes;
mod runbook_history;
mod runbook_hostile;
mod runbook_regions;
mod runbook_repository;
mod runbook_shape;
mod self_check;
mod shell_invocations;
mod shell_properties;
mod shell_structure;
mod smart_builds;
mod why_file;
mod why_models;
mod why_repository;
mod yaml_oracle;
