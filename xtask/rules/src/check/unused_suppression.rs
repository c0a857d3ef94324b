//! `check/unused-suppression`: permissions that allow nothing. Only after all rules ran is that known, so the
//! engine makes these findings ([`crate::suppression::complaint`]).

use crate::diagnostic::Severity;
use crate::{Repair, Rule, Scope};

pub static RULE: Rule = Rule {
    id: "check/unused-suppression",
    summary: "a permission allows nothing, or gives no reason",
    severity: Severity::Warning,
    fix: Repair::Sometimes,
    scope: Scope::Tree,
    needs: &[],
    page: include_str!("unused_suppression.md"),
    check: |_, _| {},
};
