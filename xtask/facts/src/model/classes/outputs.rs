//! Where the `build` script of a package writes, as far as the programs in it tell.

use crate::model::verdict::Files;
use crate::model::workspace::Package;
use crate::syntax::shell::{self, Invocation};

/// A program with its subcommand, and the folders that it writes into beside those that have kinds of their own.
type Writer = (&'static [&'static str], &'static [&'static str]);

/// Builds with folders of their own. What only calls the builds of other packages writes nothing here.
const WRITERS: &[Writer] = &[
    (&["next", "build"], &[]),
    (&["nuxt", "build"], &[]),
    (&["nuxi", "build"], &[]),
    (&["nitro", "build"], &[]),
    (&["nitropack", "build"], &[]),
    (&["react-scripts", "build"], &["build"]),
    (&["turbo", "build"], &[]),
    (&["turbo", "run"], &[]),
    (&["nx", "run-many"], &[]),
    (&["lerna", "run"], &[]),
    (&["pnpm", "-r"], &[]),
    (&["pnpm", "--recursive"], &[]),
    (&["yarn", "workspaces"], &[]),
];

/// Programs of build scripts that write nothing that matters here.
const SILENT: &[&str] = &["rm", "rimraf", "echo", "cd", "mkdir", "cross-env", "prisma", "true", "export"];

/// Whether the script may make the folder `name`: it does unless every command in it is known to write elsewhere.
pub(super) fn may_write(package: &Package, files: Files<'_>, name: &str) -> bool {
    let Some(script) = package.script("build") else { return false };
    let commands = shell::parse(script.command.text());
    let mut invocations = commands.invocations().peekable();
    invocations.peek().is_none() || invocations.any(|invocation| writes(&invocation, package, files, name))
}

fn writes(invocation: &Invocation<'_>, package: &Package, files: Files<'_>, name: &str) -> bool {
    let arguments = invocation.args.iter().map(|word| word.as_literal().unwrap_or(""));
    let words: Vec<&str> = std::iter::once(invocation.program).chain(arguments).collect();
    let known = WRITERS.iter().find(|(program, _)| words.windows(program.len()).any(|some| some == *program));
    match known {
        Some((["next", ..], _)) => name == "out" && exports(package, files),
        Some((_, folders)) => folders.contains(&name),
        None => !SILENT.contains(&invocation.program),
    }
}

/// Whether a configuration of Next.js speaks of a static export, which goes to `out`.
fn exports(package: &Package, files: Files<'_>) -> bool {
    ["js", "mjs", "cjs", "ts", "mts"].iter().any(|extension| {
        let path = package.folder.join(&format!("next.config.{extension}"));
        files.text(&path).ok().flatten().is_some_and(|file| {
            [r#""export""#, "'export'", "`export`"].iter().any(|word| file.text.contains(word))
        })
    })
}
