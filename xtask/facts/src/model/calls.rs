//! What commands do with the workspace: which package and script a package manager is told to run, and in
//! which folder.

mod tools;

use self::tools::{TOOLS, Tool};
use crate::source::{Span, Spanned};
use crate::syntax::shell::{Directory, Invocation, Script, Word, last_flag, subcommand};

/// One call of pnpm, npm, yarn, bun or turbo.
#[derive(Clone, Debug)]
pub struct Call {
    /// `pnpm`, `npm`, `yarn`, `bun` or `turbo`.
    pub tool: &'static str,
    /// Packages named by `--filter`, `-F`, `-w`, `workspace NAME`; selectors with patterns included.
    pub filters: Vec<Spanned<String>>,
    /// `-C`, `--dir`, `--prefix`, `--cwd`: a folder, relative to where the command runs.
    pub folder: Option<Spanned<String>>,
    /// The script that is run, when the call runs one.
    pub script: Option<Spanned<String>>,
    /// Whether a missing script is no error: `--if-present`, or a word that may be a program instead.
    pub script_optional: bool,
    /// Whether it runs for all packages (`-r`).
    pub recursive: bool,
    /// What it is, if it runs no script: `install`, `exec`, …
    pub verb: String,
    /// The folder in which the command runs.
    pub directory: Directory,
    /// The words of the call.
    pub span: Span,
    /// What the script gets as arguments: pnpm, yarn and bun hand on what stands behind its name, npm what
    /// stands behind `--`.
    pub arguments: Vec<Word>,
    /// The tasks of a `turbo` call.
    pub tasks: Vec<Spanned<String>>,
}

/// The calls of a script, in order.
pub fn calls(script: &Script) -> Vec<Call> {
    let directories = script.directories();
    script
        .commands
        .iter()
        .zip(directories)
        .filter_map(|(command, directory)| Some(of_invocation(&script.invocation(command)?, &directory)))
        .flatten()
        .collect()
}

/// The calls of one command that runs in `directory`: `pnpm --filter web exec next dev` is one of pnpm around
/// one of next.
pub fn of_invocation(invocation: &Invocation<'_>, directory: &Directory) -> Vec<Call> {
    let changed = invocation
        .directory
        .as_ref()
        .map(|word| word.as_literal().map_or(Directory::Unknown, |text| directory.join(text)));
    let directory = changed.as_ref().unwrap_or(directory);
    let around = invocation.through.iter().map(|layer| CommandLine {
        program: layer.program,
        args: layer.args,
        span: layer.args.last().map_or(layer.word.span, |last| layer.word.span.join(last.span)),
    });
    let own = CommandLine { program: invocation.program, args: invocation.args, span: invocation.span };
    around.chain([own]).filter_map(|line| call(&line, directory.clone())).collect()
}

/// A program with its arguments.
struct CommandLine<'a> {
    program: &'a str,
    args: &'a [Word],
    span: Span,
}

fn call(line: &CommandLine<'_>, directory: Directory) -> Option<Call> {
    match line.program {
        "turbo" => Some(turbo(line, directory)),
        "bun" => Some(bun(line, directory)),
        "yarnpkg" => package_manager(line, TOOLS.iter().find(|tool| tool.name == "yarn")?, directory),
        program => package_manager(line, TOOLS.iter().find(|tool| tool.name == program)?, directory),
    }
}

fn spanned(word: &Word) -> Spanned<String> {
    Spanned::new(word.text.clone(), word.span)
}

fn empty(tool: &'static str, line: &CommandLine<'_>, directory: Directory) -> Call {
    Call {
        tool,
        filters: Vec::new(),
        folder: None,
        script: None,
        script_optional: false,
        recursive: false,
        verb: String::new(),
        directory,
        span: line.span,
        arguments: Vec::new(),
        tasks: Vec::new(),
    }
}

fn package_manager(line: &CommandLine<'_>, tool: &'static Tool, directory: Directory) -> Option<Call> {
    let mut call = empty(tool.name, line, directory);
    let mut found = subcommand(line.args, tool.value_flags);
    call.flags(&found.flags);
    if tool.name == "yarn" && found.name() == "workspace" {
        let (package, rest) = found.rest.split_first()?;
        call.filters.push(spanned(package));
        found = subcommand(rest, tool.value_flags);
    }
    if tool.name == "pnpm" && matches!(found.name(), "recursive" | "multi" | "m") {
        call.recursive = true;
        found = subcommand(found.rest, tool.value_flags);
        call.flags(&found.flags);
    }
    call.verb = found.name().to_owned();
    match (found.word, call.verb.as_str()) {
        (Some(_), "run" | "run-script" | "rum" | "urn") => {
            // Flags may stand between `run` and the script, and for npm behind the script as well.
            let inner = subcommand(found.rest, tool.value_flags);
            call.flags(&inner.flags);
            call.script = inner.word.map(spanned);
            call.trailing_flags(inner.rest, tool);
        }
        (Some(word), "start" | "stop" | "restart" | "test") => {
            call.script = Some(spanned(word));
            // npm and pnpm start `node server.js` without a script; test of pnpm -r passes over packages.
            call.script_optional = true;
            call.trailing_flags(found.rest, tool);
        }
        (_, "exec" | "dlx" | "x" | "create") => {
            let inner = subcommand(found.rest, tool.value_flags);
            call.flags(&inner.flags);
        }
        (Some(word), verb) if !tool.verbs.contains(&verb) && tool.name != "npm" => {
            if verb == "turbo" {
                return Some(turbo(
                    &CommandLine { program: "turbo", args: found.rest, span: line.span },
                    call.directory,
                ));
            }
            call.script = Some(spanned(word));
            // `pnpm tsc` runs a program of node_modules/.bin when there is no such script.
            call.script_optional = true;
            call.arguments = found.rest.to_vec();
        }
        _ => call.trailing_flags(found.rest, tool),
    }
    Some(call)
}

impl Call {
    fn flags(&mut self, flags: &[crate::syntax::shell::Flag<'_>]) {
        for flag in flags {
            let value = flag.value.as_ref().map(spanned);
            match flag.name {
                "--filter" | "-F" | "--filter-prod" => self.filters.extend(value),
                "--workspace" | "-w" if self.tool == "npm" => self.filters.extend(value),
                "-C" | "--dir" | "--prefix" | "--cwd" => self.folder = value,
                "-r" | "--recursive" | "--workspaces" | "-ws" => self.recursive = true,
                "--if-present" => self.script_optional = true,
                _ => {}
            }
        }
    }

    /// npm takes its own flags behind the script too; pnpm hands them on.
    fn trailing_flags(&mut self, rest: &[Word], tool: &Tool) {
        if self.tool != "npm" && self.script.is_some() {
            self.arguments = rest.to_vec();
            return;
        }
        self.arguments = rest.iter().skip_while(|word| word.text != "--").skip(1).cloned().collect();
        let own: Vec<Word> = rest.iter().take_while(|word| word.text != "--").cloned().collect();
        let arguments = crate::syntax::shell::arguments(&own, tool.value_flags);
        self.flags(&arguments.flags);
    }
}

fn turbo(line: &CommandLine<'_>, directory: Directory) -> Call {
    const VALUES: &[&str] = &[
        "--filter",
        "-F",
        "--cwd",
        "--cache-dir",
        "--concurrency",
        "--log-order",
        "--output-logs",
        "--team",
        "--token",
        "--api",
        "--env-mode",
        "--global-deps",
        "--summarize",
        "--ui",
        "--color",
        "--log-prefix",
        "--scope",
        "--cache",
        "--graph",
        "--profile",
        "--anon-profile",
        "--remote-cache-timeout",
        "--cache-workers",
        "--since",
        "--heap",
        "--trace",
        "--verbosity",
    ];
    let mut call = empty("turbo", line, directory);
    let own: Vec<Word> = line.args.iter().take_while(|word| word.text != "--").cloned().collect();
    let arguments = crate::syntax::shell::arguments(&own, VALUES);
    call.flags(&arguments.flags);
    if let Some(flag) = last_flag(&arguments.flags, &["--scope"]) {
        call.filters.extend(flag.value.as_ref().map(spanned));
    }
    let first = arguments.operands.first().map(|word| word.text.clone()).unwrap_or_default();
    let tasks = arguments.operands.iter().skip(usize::from(first == "run"));
    let other =
        ["prune", "login", "link", "unlink", "gen", "generate", "ls", "query", "daemon", "bin", "scan"];
    if !other.contains(&first.as_str()) {
        call.tasks = tasks.map(|word| spanned(word)).collect();
    }
    call.verb = first;
    // Tasks of turbo.json are no scripts of the package in whose folder turbo runs.
    call.recursive = true;
    call
}

fn bun(line: &CommandLine<'_>, directory: Directory) -> Call {
    let mut call = empty("bun", line, directory);
    let found = subcommand(line.args, &["--filter", "-F", "--cwd", "--config", "-c", "--env-file"]);
    call.flags(&found.flags);
    call.verb = found.name().to_owned();
    if call.verb == "run" {
        let inner = subcommand(found.rest, &["--filter", "-F", "--cwd"]);
        call.flags(&inner.flags);
        // `bun run FILE` runs a file.
        call.script = inner.word.filter(|word| !word.text.contains(['.', '/'])).map(spanned);
        call.script_optional = true;
        call.arguments = inner.rest.to_vec();
    }
    call
}

/// A pnpm or turbo selector that names one package exactly: `@scope/name`, `name`, also with the dots of
/// `name...`, `...name`, `...^name` and turbo's `name#task`; `None` for folders, globs, ranges of revisions and exclusions.
pub fn exact_package(filter: &str) -> Option<&str> {
    let name = filter.trim_start_matches("...").trim_start_matches('^');
    let name = name.trim_end_matches("...").trim_end_matches('^');
    let name = name.split('#').next().unwrap_or(name);
    let odd = name.is_empty()
        || name.starts_with(['!', '.', '/', '{', '['])
        || name.contains(['*', '{', '[', '$', '<', '>', '`', '?', ' ']);
    let plain_path = !name.starts_with('@') && name.contains('/');
    (!odd && !plain_path).then_some(name)
}

/// A selector that names a folder: `./apps/web`, `{apps/web}`; without patterns.
pub fn exact_folder(filter: &str) -> Option<&str> {
    let name = filter.trim_start_matches("...").trim_end_matches("...");
    let name = name.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')).unwrap_or(name);
    let is_folder = name.starts_with("./") || (filter.contains('{') && !name.is_empty());
    (is_folder && !name.contains(['*', '$', '[', '<'])).then(|| name.trim_start_matches("./"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax::shell;

    /// Tool, filters, folder, script and arguments of each call.
    fn read(command: &str) -> Vec<String> {
        calls(&shell::parse(command))
            .into_iter()
            .map(|call| {
                let filters: Vec<String> = call.filters.into_iter().map(|filter| filter.value).collect();
                let arguments: Vec<String> = call.arguments.into_iter().map(|word| word.text).collect();
                format!(
                    "{} [{}] {} {} [{}]",
                    call.tool,
                    filters.join(","),
                    call.folder.map_or("-".to_owned(), |folder| folder.value),
                    call.script.map_or("-".to_owned(), |script| script.value),
                    arguments.join(",")
                )
            })
            .collect()
    }

    #[test]
    fn calls_are_read_through_flags_and_wrappers() {
        for (command, expected) in [
            ("pnpm --filter @s/web dev --port 3001", "pnpm [@s/web] - dev [--port,3001]"),
            ("pnpm dev", "pnpm [] - dev []"),
            ("pnpm -F web run dev", "pnpm [web] - dev []"),
            ("pnpm run --filter=web dev", "pnpm [web] - dev []"),
            ("pnpm --filter web exec next dev", "pnpm [web] - - []"),
            ("corepack pnpm@10 -C apps/web dev", "pnpm [] apps/web dev []"),
            ("npm run dev -w web -- -p 4000", "npm [web] - dev [-p,4000]"),
            ("npm --prefix apps/web run dev", "npm [] apps/web dev []"),
            ("yarn workspace web dev", "yarn [web] - dev []"),
            ("sh -lc 'corepack enable; pnpm install'", "pnpm [] - - []"),
            ("turbo run dev --filter=web", "turbo [web] - - []"),
            ("bun run --filter web dev", "bun [web] - dev []"),
        ] {
            assert_eq!(read(command), [expected], "{command}");
        }
        assert_eq!(read("next dev"), [] as [&str; 0]);
    }

    #[test]
    fn selectors_with_patterns_name_no_single_package() {
        for (filter, package) in [
            ("@s/web", Some("@s/web")),
            ("@s/web...", Some("@s/web")),
            ("...^web", Some("web")),
            ("web#dev", Some("web")),
            ("@s/*", None),
            ("!web", None),
            ("./apps/web", None),
            ("{apps/web}", None),
            ("[origin/main]", None),
            ("$APP", None),
            ("...", None),
        ] {
            assert_eq!(exact_package(filter), package, "{filter}");
        }
        assert_eq!(exact_folder("./apps/web..."), Some("apps/web"));
        assert_eq!(exact_folder("./apps/*"), None);
    }
}
