//! `cargo xtask explain RULE`, or a group

use super::terminal::Terminal;
use super::{Exit, open};
use crate::cli::Explain;
use crate::model::image::tools::{TOOLS, Tool};
use crate::rules::{self, Rule};

/// Prints the page of a rule, or what the rules of a group are about.
pub fn run(args: &Explain, terminal: &Terminal) -> anyhow::Result<Exit> {
    let group: Vec<&Rule> = rules::all().filter(|rule| rule.group() == args.rule).collect();
    if !group.is_empty() {
        let lines = group.iter().map(|rule| format!("{}: {}\n", rule.id, rule.summary));
        terminal.out(&lines.collect::<String>());
        return Ok(Exit::Clean);
    }
    let rule = rules::find(&args.rule).ok_or_else(|| open::unknown_rule(&args.rule))?;
    terminal.out(rule.page);
    if rule.id == "dockerfile/cache-mount" {
        terminal.out(&tools());
    }
    Ok(Exit::Clean)
}

/// The table of tools, from the data that the rule works with.
fn tools() -> String {
    let mut text =
        "\n## Tools\n\n| Tool | Commands | Cache folder | Fix | Why |\n|---|---|---|---|---|\n".to_owned();
    for tool in TOOLS {
        text.push_str(&row(tool));
    }
    text
}

fn row(tool: &Tool) -> String {
    let commands = tool.commands.iter().map(|command| match *command {
        "" => "none at all".to_owned(),
        "*" => "any".to_owned(),
        command => format!("`{command}`"),
    });
    let commands = commands.collect::<Vec<_>>().join(", ");
    let fix = if tool.safe_fix { "safe" } else { "unsafe" };
    format!("| {} | {commands} | {} | {fix} | {} |\n", tool.name, tool.places, tool.why)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_tool_has_its_row() {
        let table = tools();
        assert_eq!(table.lines().filter(|line| line.starts_with("| ")).count(), TOOLS.len() + 1);
        assert!(table.contains("| yarn | none at all, `install`, `add`"), "{table}");
        assert!(
            table.contains(
                "| maven | any | `-Dmaven.repo.local`, else `~/.m2/repository` or `~/.m2` | safe |"
            ),
            "{table}"
        );
    }
}
