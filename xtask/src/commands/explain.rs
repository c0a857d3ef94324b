//! `cargo xtask explain RULE`

use super::terminal::Terminal;
use super::{Exit, open};
use crate::cli::Explain;
use crate::rules;

/// Prints the page of a rule.
pub fn run(args: &Explain, terminal: &Terminal) -> anyhow::Result<Exit> {
    let rule = rules::find(&args.rule).ok_or_else(|| open::unknown_rule(&args.rule))?;
    terminal.out(rule.page);
    Ok(Exit::Clean)
}
