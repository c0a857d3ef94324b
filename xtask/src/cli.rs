//! The command line. The doc comments are the manual: clap prints them as `--help`.

use crate::diagnostic::Severity;
use crate::report::Format;
use crate::syntax::ignore::Dialect;
use crate::syntax::ignore::oktetoignore::Section;
use crate::syntax::ignore::stignore::Platform;
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::ffi::OsString;
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
  cargo xtask fix                   repair what can be repaired
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
    /// Repair what can be repaired
    Fix(Fix),
    /// Check before each commit
    Hook(Hook),
    /// Take an existing repository in: write what cannot be derived, tell what to do next
    Init(Init),
    /// Tell for paths whether they are synced, sent to builds and remote runs, and ignored by git
    Why(Why),
    /// Show what would really be synced or sent, and what each ignore line saves
    Plan(Plan),
    /// Show which ignore file covers which class of files, and with which pattern
    Matrix(Matrix),
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
  cargo xtask check --since origin/main          only what is new
  cargo xtask check --format human --format json=report.json")]
pub struct Check {
    /// Report only what lies in these files or folders; everything is still read.
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Which tree.
    #[command(flatten)]
    pub tree: TreeChoice,
    /// Count only what is new against this revision.
    #[arg(long, value_name = "REV")]
    pub since: Option<String>,
    /// With --staged: count also what `HEAD` has already.
    #[arg(long, requires = "staged", conflicts_with = "since")]
    pub strict: bool,
    /// Run only these rules or groups; their findings of every severity are shown.
    #[arg(long = "rule", value_name = "ID")]
    pub rules: Vec<String>,
    /// Leave these rules or groups out.
    #[arg(long, value_name = "ID")]
    pub skip: Vec<String>,
    /// The least severity that is shown.
    #[arg(long, value_name = "SEVERITY", default_value = "warning")]
    pub level: Level,
    /// The least severity that makes the exit status 1; what does is shown.
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

/// Repair what can be repaired.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Examples:
  cargo xtask fix                        apply the safe fixes
  cargo xtask fix --dry-run              show them as a diff that `git apply` takes
  cargo xtask fix --unsafe --rule dev    also those that need a human eye, of one group
  cargo xtask fix --staged               repair the index as the next commit would have it

Exit status: 0 nothing is left, 1 something is left, 2 wrong usage or configuration, 3 git or the tool failed.")]
pub struct Fix {
    /// Repair only what is found in these files or folders.
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Write nothing; print a unified diff.
    #[arg(long)]
    pub dry_run: bool,
    /// Apply also the fixes that need a human eye.
    #[arg(long = "unsafe")]
    pub allow_unsafe: bool,
    /// Repair the index, every file of it and not only what is staged, and the same places in the work tree.
    #[arg(long)]
    pub staged: bool,
    /// Repair only what these rules or groups find.
    #[arg(long = "rule", value_name = "ID")]
    pub rules: Vec<String>,
    /// Leave these rules or groups out.
    #[arg(long, value_name = "ID")]
    pub skip: Vec<String>,
    /// The least severity that is repaired.
    #[arg(long, value_name = "SEVERITY", default_value = "warning")]
    pub level: Level,
}

/// The check before each commit.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Examples:
  cargo xtask hook install
  cargo xtask hook status          what git will really run, exit status 1 if not the check
  XTASK_HOOK=0 git commit          skip it once

Hooks that are there already are kept: husky gets a line in its own files, lefthook a lefthook-local.yml (one
that is there is left as it is, and you are told what to add), any other hook is called first. Findings that `HEAD` has too do not stop a commit.")]
pub struct Hook {
    /// What to do.
    #[command(subcommand)]
    pub action: HookAction,
}

/// What to do with the hook.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Subcommand)]
pub enum HookAction {
    /// Check before each commit and merge
    #[command(after_help = "Example:
  cargo xtask hook install")]
    Install,
    /// Take the hook away, and put back what was there before
    #[command(after_help = "Example:
  cargo xtask hook uninstall")]
    Uninstall,
    /// Tell what git will really run
    #[command(after_help = "Example:
  cargo xtask hook status || cargo xtask hook install")]
    Status,
}

/// Take an existing repository in.
///
/// Writes `.okteto/check.yml` with what cannot be derived, and, where apps have no Okteto manifest yet, a first one.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Examples:
  cargo xtask init
  cargo xtask init --dry-run --root ../another-repository

Files that are there are never changed.")]
pub struct Init {
    /// Write nothing; say what would be written.
    #[arg(long)]
    pub dry_run: bool,
}

/// Tell for paths whether they are synced, sent and ignored, and which line decides.
///
/// Paths need not exist; a trailing slash says directory.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Examples:
  cargo xtask why apps/synestra-io/.env
  cargo xtask why --format json node_modules/ .git/
  git ls-files -z | cargo xtask why -z --stdin --format json
  cargo xtask why --dialect stignore --ignore-file .stignore apps/synestra-io/.next/")]
pub struct Why {
    /// The paths, relative to the working folder; with --ignore-file, to the folder that the file governs.
    #[arg(value_name = "PATH", required_unless_present = "stdin")]
    pub paths: Vec<OsString>,
    /// Read the paths from standard input, one a line, after those of the command line.
    #[arg(long)]
    pub stdin: bool,
    /// Paths on standard input end with NUL instead of newline.
    #[arg(short = 'z', requires = "stdin")]
    pub null: bool,
    /// How to answer.
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    pub format: AnswerFormat,
    /// Ask one ignore file alone, in this language: stignore, dockerignore, oktetoignore or gitignore.
    #[arg(long, value_name = "DIALECT", requires = "ignore_file")]
    pub dialect: Option<Dialect>,
    /// The file to ask; its includes lie beside it.
    #[arg(long, value_name = "FILE", requires = "dialect")]
    pub ignore_file: Option<PathBuf>,
    /// For an .oktetoignore: deploy (the default), destroy, test or test.NAME.
    #[arg(long, value_name = "SECTION", requires = "ignore_file")]
    pub section: Option<Section>,
    /// For a .stignore, the system that Syncthing runs on: linux (the default), macos or windows.
    #[arg(long, value_name = "PLATFORM", requires = "ignore_file")]
    pub platform: Option<Platform>,
}

/// Show what would really be synced or sent, and what each ignore line saves.
///
/// Reads the work tree as it is on the disk, files that git ignores included; follows no symbolic link.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Examples:
  cargo xtask plan sync                        the folders that `okteto up` syncs
  cargo xtask plan sync web-dev-synestra-io
  cargo xtask plan context synestra-io         the context of one build
  cargo xtask plan remote test.unit
  cargo xtask plan sync --format json")]
pub struct Plan {
    /// What is sent.
    #[command(subcommand)]
    pub what: Planned,
}

/// What a plan is about.
#[derive(Clone, Debug, Subcommand)]
pub enum Planned {
    /// What `okteto up` syncs
    #[command(after_help = "Examples:
  cargo xtask plan sync
  cargo xtask plan sync web-dev-synestra-io --format json")]
    Sync {
        /// Only this dev container.
        #[arg(value_name = "DEV")]
        name: Option<String>,
        /// How to answer.
        #[arg(long, value_name = "FORMAT", default_value = "human")]
        format: AnswerFormat,
    },
    /// What builds get as their context
    #[command(after_help = "Examples:
  cargo xtask plan context
  cargo xtask plan context synestra-io --format json")]
    Context {
        /// Only this build.
        #[arg(value_name = "BUILD")]
        name: Option<String>,
        /// How to answer.
        #[arg(long, value_name = "FORMAT", default_value = "human")]
        format: AnswerFormat,
    },
    /// What remote deploys, destroys and tests get as their context
    #[command(after_help = "Examples:
  cargo xtask plan remote
  cargo xtask plan remote deploy")]
    Remote {
        /// Only this run: deploy, destroy or test.NAME.
        #[arg(value_name = "RUN")]
        name: Option<String>,
        /// How to answer.
        #[arg(long, value_name = "FORMAT", default_value = "human")]
        format: AnswerFormat,
    },
}

/// Show which ignore file covers which class of files, and with which pattern.
///
/// Only classes that this repository has, or will have, are shown: `.next` where a package depends on next.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Examples:
  cargo xtask matrix
  cargo xtask matrix --format json")]
pub struct Matrix {
    /// How to answer.
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    pub format: AnswerFormat,
}

/// How a question is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum AnswerFormat {
    /// For people.
    Human,
    /// For programs: one versioned object.
    Json,
}

/// Print a rule's page.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Example:
  cargo xtask explain dev/sync-base")]
pub struct Explain {
    /// Id of the rule: group/name. Of a group its rules are listed.
    #[arg(value_name = "RULE")]
    pub rule: String,
}

/// List the rules.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Examples:
  cargo xtask rules
  cargo xtask rules dev
  cargo xtask rules --json")]
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
