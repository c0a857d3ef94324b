//! `check/config`: errors of `.okteto/check.yml`. They are found where the file is read
//! ([`crate::config::Config::parse`]) and stop the run, so there is nothing left to do here.

use crate::diagnostic::Severity;
use crate::{Repair, Rule, Scope};

pub static RULE: Rule = Rule {
    id: "check/config",
    summary: "the configuration cannot be read as written",
    severity: Severity::Error,
    fix: Repair::None,
    scope: Scope::Tree,
    needs: &[],
    page: include_str!("config.md"),
    check: |_, _| {},
};
