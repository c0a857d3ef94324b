//! Which commands of a script fill a cache.

use super::OptOut;
use super::tools::{Class, Tool};
use crate::source::Span;
use crate::syntax::shell::{self, Assignment, Command, Invocation, ScopeKind, Script, Word};

/// Programs through which a command is followed. What else the shell finder sees through (`concurrently`) are
/// programs of their own here.
const WRAPPERS: &[&str] = &[
    "env",
    "exec",
    "command",
    "builtin",
    "time",
    "nice",
    "ionice",
    "nohup",
    "timeout",
    "stdbuf",
    "setsid",
    "sudo",
    "doas",
    "xargs",
    "su",
    "runuser",
    "gosu",
    "su-exec",
    "setpriv",
    "sh",
    "bash",
    "dash",
    "ash",
    "zsh",
    "ksh",
    "eval",
    "busybox",
    "tini",
    "dumb-init",
    "corepack",
    "npx",
    "bunx",
    "pnpx",
];

/// What runs a program of the workspace or of a package: `pnpm exec next build` compiles as `next build` does.
const RUNNERS: [&str; 5] = ["pnpm", "yarn", "yarnpkg", "npm", "bun"];

/// A command of a tool that needs the tool's cache.
#[derive(Clone, Debug)]
pub struct Install<'a> {
    /// Whose command it is.
    pub tool: &'static Tool,
    /// The command in the words of the table: `install`, `workspace * add`.
    pub command: &'static str,
    /// The program as it is run.
    pub invocation: Invocation<'a>,
    /// Its flags.
    pub flags: Vec<shell::Flag<'a>>,
    /// From the program's word to the last word of the command: `pnpm --filter web install`.
    pub span: Span,
    /// The flag that says: no cache, or no download.
    pub opt_out: Option<OptOut>,
}

/// What a command of a script means here.
pub enum Step<'a> {
    /// It fills a cache.
    Install(Box<Install<'a>>),
    /// `TOOL config set KEY VALUE`.
    Configure {
        /// The tool's name.
        tool: &'static str,
        /// The setting.
        key: &'a str,
        /// Its value.
        value: Word,
        /// The whole command.
        span: Span,
    },
    /// `NAME=value` alone: a variable of the shell, and of the environment if it was there before.
    Assign(&'a [Assignment]),
    /// `export NAME=value NAME`: the assignments, and the names without a value.
    Export(Vec<Assignment>, Vec<&'a str>),
    /// `rm`.
    Remove(Invocation<'a>),
    /// Everything else.
    Other,
}

/// Reads one command.
pub fn step<'a>(script: &'a Script, command: &'a Command) -> Step<'a> {
    let Some(invocation) = script.invocation(command) else {
        let assigns = command.words.is_empty() && !command.assignments.is_empty();
        return if assigns { Step::Assign(&command.assignments) } else { Step::Other };
    };
    if invocation.program == "export" {
        let (values, names): (Vec<_>, Vec<_>) =
            invocation.args.iter().partition(|word| word.text.contains('='));
        let names = names.into_iter().map(|word| word.text.as_str()).collect();
        return Step::Export(values.into_iter().filter_map(Word::assignment).collect(), names);
    }
    if invocation.program == "rm" {
        return Step::Remove(invocation);
    }
    let Some((tool, args)) = tool_of(&invocation) else { return Step::Other };
    if !is_followed(script, &invocation, tool.class == Class::Build) {
        return Step::Other;
    }
    let value_flags = value_flags(tool, args);
    let arguments = shell::arguments(args, &value_flags);
    let operands = operands(tool, &arguments.operands);
    if let Some(step) = configure(tool, operands, &invocation) {
        return step;
    }
    let Some((command, length)) = longest_command(tool, operands) else { return Step::Other };
    // What follows `run PACKAGE` is for the program that it starts.
    let own_end = operands.get(length).filter(|_| matches!(command, "run" | "r")).map(|word| word.span.start);
    let flags: Vec<_> =
        arguments.flags.into_iter().filter(|flag| own_end.is_none_or(|end| flag.span.start < end)).collect();
    if flags.iter().any(|flag| is_query(tool, flag, &value_flags)) {
        return Step::Other;
    }
    if tool.name == "pip" && installs_files(&flags, operands.get(length..).unwrap_or_default()) {
        return Step::Other;
    }
    let told = |names: &[&str]| flags.iter().find(|flag| names.contains(&flag.name) && !is_off(flag));
    let offline = || told(tool.offline).map(|flag| OptOut::Offline(Some(flag.span)));
    let opt_out = told(tool.opt_outs).map(|flag| OptOut::Flag(flag.span)).or_else(offline);
    let last = operands.get(..length).and_then(<[_]>::last).map_or(invocation.word.span, |word| word.span);
    let span = invocation.word.span.join(last);
    Step::Install(Box::new(Install { tool, command, invocation, flags, span, opt_out }))
}

/// Whether all programs around the command only pass it on; `pnpm exec` counts where `is_build`. With `--filter` and
/// the like in front it changes the folder too.
fn is_followed(script: &Script, invocation: &Invocation<'_>, is_build: bool) -> bool {
    let runs = |layer: &shell::Layer<'_>| {
        let first = layer.args.first().map_or("", |word| word.text.as_str());
        is_build && RUNNERS.contains(&layer.program) && matches!(first, "exec" | "dlx" | "x")
    };
    let mut shells = script.scopes_around(invocation.command).filter_map(|scope| match &scope.kind {
        ScopeKind::Shell(run) => Some(run.through.iter().map(String::as_str)),
        _ => None,
    });
    invocation.through.iter().all(|layer| WRAPPERS.contains(&layer.program) || runs(layer))
        && shells.all(|mut shells| shells.all(|program| WRAPPERS.contains(&program)))
}

/// The tool of a program and the arguments that are for the tool. `python -m pip` is pip.
fn tool_of<'a>(invocation: &Invocation<'a>) -> Option<(&'static Tool, &'a [Word])> {
    let program = invocation.program;
    let version = program.strip_prefix("python");
    let python = version.is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.'));
    if !python {
        return Some((Tool::of_program(program)?, invocation.args));
    }
    let (module, args) = module(invocation.args)?.split_first()?;
    (module.text == "pip").then(|| Some((Tool::named("pip")?, args)))?
}

/// What stands behind `-m` among the arguments of python: a module and the module's arguments.
fn module(args: &[Word]) -> Option<&[Word]> {
    let mut at = 0;
    loop {
        let flag = args.get(at)?.text.strip_prefix('-')?;
        at += 1;
        if flag.ends_with('m') && !flag.starts_with('-') {
            return args.get(at..);
        }
        // These two take the next word.
        at += usize::from(matches!(flag, "W" | "X"));
    }
}

/// The tool's flags that take a value, and those of these arguments that set a configuration by name.
fn value_flags<'a>(tool: &'static Tool, args: &'a [Word]) -> Vec<&'a str> {
    let dynamic = args.iter().map(|word| word.text.as_str());
    let dynamic = dynamic.filter(|text| text.starts_with("--config.") && !text.contains('='));
    tool.value_flags.iter().copied().chain(dynamic.filter(|_| tool.name == "pnpm")).collect()
}

/// Without what stands in front of a command: `cargo +nightly build`, `bundle _2.4_ install`.
fn operands<'s, 'a>(tool: &Tool, operands: &'s [&'a Word]) -> &'s [&'a Word] {
    let skipped = operands.first().is_some_and(|word| match tool.name {
        "cargo" => word.text.starts_with('+'),
        "bundler" => word.text.len() > 2 && word.text.starts_with('_') && word.text.ends_with('_'),
        _ => false,
    });
    operands.get(usize::from(skipped)..).unwrap_or_default()
}

/// The longest command of the table that the operands begin with, and its length in words.
fn longest_command(tool: &'static Tool, operands: &[&Word]) -> Option<(&'static str, usize)> {
    let matching = tool.commands.iter().filter_map(|command| {
        let mut length = 0;
        for word in command.split_whitespace() {
            let operand = operands.get(length)?;
            length += 1;
            if word != "*" && word != operand.text {
                return None;
            }
        }
        // The empty command is the program with flags alone.
        (length > 0 || operands.is_empty()).then_some((*command, length))
    });
    matching.max_by_key(|(_, length)| *length)
}

/// Whether a flag makes the program only tell something.
fn is_query(tool: &Tool, flag: &shell::Flag<'_>, value_flags: &[&str]) -> bool {
    let asks = matches!(flag.name, "--help" | "-h" | "--version") || tool.queries.contains(&flag.name);
    asks && !value_flags.contains(&flag.name)
}

/// Whether pip installs nothing but wheels that are there: `--no-deps /wheels/*.whl`.
fn installs_files(flags: &[shell::Flag<'_>], operands: &[&Word]) -> bool {
    let has = |names: &[&str]| flags.iter().any(|flag| names.contains(&flag.name));
    let is_file = |word: &&Word| word.text.ends_with(".whl") && !word.text.contains("://");
    has(&["--no-deps"])
        && !has(&["-r", "--requirement", "-e", "--editable"])
        && !operands.is_empty()
        && operands.iter().all(is_file)
}

/// `--offline=false`.
fn is_off(flag: &shell::Flag<'_>) -> bool {
    flag.value.as_ref().is_some_and(|value| matches!(value.text.as_str(), "false" | "0" | "no"))
}

/// `TOOL config set KEY VALUE`, `TOOL config set KEY=VALUE`, `npm set KEY VALUE`, `poetry config KEY VALUE`.
fn configure<'a>(
    tool: &'static Tool,
    operands: &[&'a Word],
    invocation: &Invocation<'a>,
) -> Option<Step<'a>> {
    let rest = match operands {
        [config, set, rest @ ..] if matches!(&*config.text, "config" | "c") && set.text == "set" => rest,
        [set, rest @ ..] if set.text == "set" && matches!(tool.name, "npm" | "pnpm") => rest,
        [config, rest @ ..] if config.text == "config" && matches!(tool.name, "poetry" | "bundler") => rest,
        _ => return None,
    };
    let first = rest.first()?;
    let (key, value) = match (first.text.split_once('='), rest.get(1)) {
        (Some((key, _)), _) => (key, first.tail(key.len() + 1)),
        (None, Some(value)) => (first.text.as_str(), (*value).clone()),
        (None, None) => return None,
    };
    Some(Step::Configure { tool: tool.name, key, value, span: invocation.span })
}
