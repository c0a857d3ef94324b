//! The commands: one file each. Only here is anything printed.

mod check;
mod explain;
mod fix;
pub mod generate;
mod graph;
mod history;
mod hook;
mod init;
mod laptop;
mod matrix;
mod open;
mod paint;
mod plan;
mod rules;
mod terminal;
mod why;
pub mod why_file;

use crate::cli::{Cli, Command};
use std::process::ExitCode;
use terminal::Terminal;

/// Exit codes, the same for every command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Nothing to say.
    Clean,
    /// Findings, or something left to do.
    Findings,
    /// Wrong usage or configuration.
    Usage,
    /// git or the tool itself failed.
    Failure,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        match exit {
            Exit::Clean => Self::SUCCESS,
            Exit::Findings => Self::from(1),
            Exit::Usage => Self::from(2),
            Exit::Failure => Self::from(3),
        }
    }
}

/// Wrong usage: the message is all that is printed.
#[derive(Debug)]
pub struct UsageError(pub String);

impl std::fmt::Display for UsageError {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl std::error::Error for UsageError {}

/// Runs the command line and tells the exit code.
pub fn run(cli: &Cli) -> ExitCode {
    let terminal = Terminal::new(&cli.global);
    let result = match &cli.command {
        Command::Check(args) => check::run(&cli.global, args, &terminal),
        Command::Fix(args) => fix::run(&cli.global, args, &terminal),
        Command::Hook(args) => hook::run(&cli.global, args, &terminal),
        Command::Init(args) => init::run(&cli.global, args, &terminal),
        Command::Why(args) => why::run(&cli.global, args, &terminal),
        Command::Plan(args) => plan::run(&cli.global, args, &terminal),
        Command::Matrix(args) => matrix::run(&cli.global, args, &terminal),
        Command::Explain(args) => explain::run(args, &terminal),
        Command::Rules(args) => rules::run(args, &terminal),
        Command::Graph(args) => graph::run(&cli.global, args, &terminal),
        Command::Generate(args) => generate::run(&cli.global, args, &terminal),
    };
    let exit = result.unwrap_or_else(|error| {
        terminal.error(&format!("{error:#}"));
        // Wrong usage is the caller's fault; git errors and everything else are failures.
        if error.downcast_ref::<UsageError>().is_some() { Exit::Usage } else { Exit::Failure }
    });
    exit.into()
}

/// An answer as JSON, with a line end.
fn json(answer: &impl serde::Serialize) -> anyhow::Result<String> {
    let mut text = serde_json::to_string_pretty(answer)?;
    text.push('\n');
    Ok(text)
}
