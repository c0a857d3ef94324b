//! `check/unknown-rule`: a rule that does not exist, in the configuration or in a permission. Found where
//! those are read ([`crate::config`], [`crate::suppression`]).

use crate::diagnostic::Severity;
use crate::{Repair, Rule, Scope};

pub static RULE: Rule = Rule {
    id: "check/unknown-rule",
    summary: "a rule is named that does not exist",
    severity: Severity::Error,
    fix: Repair::None,
    scope: Scope::Tree,
    needs: &[],
    page: include_str!("unknown_rule.md"),
    check: |_, _| {},
};
