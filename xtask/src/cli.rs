//! The command line. The doc comments are the manual: clap prints them as `--help`.

use crate::diagnostic::Severity;
use crate::report::Format;
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

/// Holds the conventions of this repository against reality.
///
/// Every app has a working dev container, ignore files really keep out what they should, Dockerfiles use
/// cache mounts that really cache, runbooks say what the manifests say.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", version, about, max_term_width = 100)]
#[command(after_help = "Examples:
  cargo xtask check                 check the work tree
  cargo xtask check --staged        check exactly what is about to be committed
  cargo xtask explain dev/sync-base
  cargo xtask rules

Exit status: 0 clean, 1 findings at --fail-on or above, 2 wrong usage or configuration, 3 git or the tool failed.")]
pub struct Cli {
    /// What all commands take.
    #[command(flatten)]
    pub global: Global,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// Options of every command.
#[derive(Clone, Debug, Args)]
pub struct Global {
    /// The repository, or a folder in it; any repository will do.
    #[arg(long, global = true, value_name = "DIR")]
    pub root: Option<PathBuf>,
    /// When to colour.
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub color: Color,
    /// Say less: no summary, no notes.
    #[arg(short, long, global = true)]
    pub quiet: bool,
    /// Say more: every finding in full, and what was skipped and why.
    #[arg(short, long, global = true, conflicts_with = "quiet")]
    pub verbose: bool,
}

/// When to colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal, unless `NO_COLOR` is set.
    Auto,
    /// Also into files and pipes.
    Always,
    /// Never.
    Never,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the rules
    Check(Check),
    /// Print a rule's page
    Explain(Explain),
    /// List the rules
    Rules(Rules),
    /// Draw apps, dev containers, workloads, namespaces, ports and builds
    Graph(Graph),
    /// Write what is generated from code: docs/rules, the config schema, shell completions
    Generate(Generate),
}

/// Run the rules.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Examples:
  cargo xtask check                              everything, in the work tree
  cargo xtask check apps/synestra-io             only what is found there
  cargo xtask check --rule dev --level note      one group, with its advice
  cargo xtask check --staged                     the tree that `git commit` would create
  cargo xtask check --rev origin/main --format json
  cargo xtask check --format human --format json=report.json")]
pub struct Check {
    /// Report only what lies in these files or folders; everything is still read.
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Which tree.
    #[command(flatten)]
    pub tree: TreeChoice,
    /// Run only these rules or groups; their findings of every severity are shown.
    #[arg(long = "rule", value_name = "ID")]
    pub rules: Vec<String>,
    /// Leave these rules or groups out.
    #[arg(long, value_name = "ID")]
    pub skip: Vec<String>,
    /// The least severity that is shown.
    #[arg(long, value_name = "SEVERITY", default_value = "warning")]
    pub level: Level,
    /// The least severity that makes the exit status 1.
    #[arg(long, value_name = "SEVERITY", default_value = "error")]
    pub fail_on: Level,
    /// How to report, and where: human, concise, json, sarif, gitlab, github or junit; several in one run.
    #[arg(long = "format", value_name = "FORMAT[=FILE]")]
    pub formats: Vec<Output>,
    /// Print how long each model and rule took.
    #[arg(long)]
    pub timings: bool,
}

/// Which tree to check; the work tree unless told otherwise.
#[derive(Clone, Debug, Default, Args)]
#[group(multiple = false)]
pub struct TreeChoice {
    /// The index: exactly the tree that a commit would create now.
    #[arg(long)]
    pub staged: bool,
    /// A revision.
    #[arg(long, value_name = "REV")]
    pub rev: Option<String>,
}

/// A severity on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Level {
    /// Will break, or leaks a secret.
    Error,
    /// Costs time or will drift.
    Warning,
    /// Advice.
    Note,
}

impl From<Level> for Severity {
    fn from(level: Level) -> Self {
        match level {
            Level::Error => Self::Error,
            Level::Warning => Self::Warning,
            Level::Note => Self::Note,
        }
    }
}

/// A format and where it goes: standard output, or a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Output {
    /// The format.
    pub format: Format,
    /// The file; standard output without one.
    pub file: Option<PathBuf>,
}

impl std::str::FromStr for Output {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (format, file) = match text.split_once('=') {
            Some((_, "")) => return Err("a file name must follow `=`".to_owned()),
            Some((format, file)) => (format, Some(PathBuf::from(file))),
            None => (text, None),
        };
        let format = format.parse::<Format>().map_err(|error| error.to_string())?;
        Ok(Self { format, file })
    }
}

/// Print a rule's page.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Example:
  cargo xtask explain dev/sync-base")]
pub struct Explain {
    /// Id of the rule: group/name.
    #[arg(value_name = "RULE")]
    pub rule: String,
}

/// List the rules.
#[derive(Clone, Debug, Args)]
pub struct Rules {
    /// Only this group.
    #[arg(value_name = "GROUP")]
    pub group: Option<String>,
    /// As JSON.
    #[arg(long)]
    pub json: bool,
}

/// Draw apps, packages, dev containers, workloads, namespaces, ports and builds.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Examples:
  cargo xtask graph                        a Mermaid diagram: GitLab and GitHub render it in a fence
  cargo xtask graph --app synestra-io      one app and what it needs
  cargo xtask graph --format json")]
pub struct Graph {
    /// Only this app: its folder, folder's name, or package.
    #[arg(long, value_name = "NAME")]
    pub app: Option<String>,
    /// Mermaid or JSON.
    #[arg(long, value_name = "FORMAT", default_value = "mermaid")]
    pub format: GraphFormat,
    /// Which tree.
    #[command(flatten)]
    pub tree: TreeChoice,
}

/// How a graph is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum GraphFormat {
    /// A Mermaid flowchart.
    Mermaid,
    /// Nodes and edges.
    Json,
}

/// Write what is generated from code.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Examples:
  cargo xtask generate            write
  cargo xtask generate --check    fail when something is stale")]
pub struct Generate {
    /// Write nothing; exit with 1 when a file is stale.
    #[arg(long)]
    pub check: bool,
}
