//! `cargo xtask rules`

use super::terminal::Terminal;
use super::{Exit, open};
use crate::cli::Rules;
use crate::rules::{self, Rule};
use serde_json::json;

/// Lists the rules.
pub fn run(args: &Rules, terminal: &Terminal) -> anyhow::Result<Exit> {
    let wanted =
        |rule: &&Rule| args.group.as_ref().is_none_or(|group| rule.group() == group || rule.id == group);
    let listed: Vec<&Rule> = rules::all().filter(wanted).collect();
    if let Some(group) = args.group.as_ref().filter(|_| listed.is_empty()) {
        return Err(open::unknown_rule(group).into());
    }
    if args.json {
        let rows: Vec<_> = listed
            .iter()
            .map(|rule| {
                json!({"id": rule.id, "severity": rule.severity.as_str(), "fix": rule.fix.as_str(), "summary": rule.summary})
            })
            .collect();
        terminal.out(&format!("{}\n", serde_json::to_string_pretty(&rows)?));
        return Ok(Exit::Clean);
    }
    let width = listed.iter().map(|rule| rule.id.len()).max().unwrap_or(0);
    let mut text = String::new();
    for rule in listed {
        let (id, severity, fix) = (rule.id, rule.severity.as_str(), rule.fix.as_str());
        text.push_str(&format!("{id:width$}  {severity:7}  fix: {fix:9}  {}\n", rule.summary));
    }
    terminal.out(&text);
    Ok(Exit::Clean)
}
