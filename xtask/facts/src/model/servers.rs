//! Development servers in commands: the port and the address that they bind.
//!
//! Only what is certain: flags, `PORT` where the server reads it, and the defaults of servers whose
//! configuration files are not there to say otherwise.

use crate::model::calls::{Call, calls};
use crate::model::manifest::{Dev, Manifest};
use crate::model::serving::{Session, SessionCall, find_package};
use crate::model::workspace::{Package, Workspace};
use crate::snapshot::Snapshot;
use crate::source::{Place, RepoPath, SourceFile};
use crate::syntax::shell::{ConnectorKind, Flag, Invocation, Script, Word, arguments, last_flag};

/// A server that a command starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    /// The program: `next`, `vite`, …
    pub program: String,
    /// Where it is named.
    pub place: Place,
    /// The port, when it is certain.
    pub port: Option<Port>,
    /// The address, when it is the loopback alone for certain.
    pub loopback: Option<Loopback>,
}

/// The port of a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Port {
    /// Its number.
    pub number: u16,
    /// Where that is said; the program's own place for a default.
    pub place: Place,
    /// Whether nothing says it, so that the server's default holds.
    pub default: bool,
}

/// That a server binds the loopback address only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loopback {
    /// The flag's value, or the program where its default is the loopback.
    pub place: Place,
    /// Whether it is the default of the server.
    pub default: bool,
}

/// What is known of a kind of server.
struct Kind {
    program: &'static str,
    /// Subcommands that serve; `""` when no subcommand does too.
    serves: &'static [&'static str],
    port_flags: &'static [&'static str],
    host_flags: &'static [&'static str],
    /// Whether it reads `PORT`.
    reads_port: bool,
    default_port: Option<u16>,
    /// Whether it binds the loopback unless told otherwise.
    loopback: bool,
    /// Beginning of the names of its configuration files, which may set port and host; empty when none can.
    configuration: &'static str,
}

/// Next.js: <https://nextjs.org/docs/app/api-reference/cli/next>; Vite: <https://vite.dev/config/server-options>;
/// Astro: <https://docs.astro.build/en/reference/cli-reference/>; the others: their command line references.
const KINDS: [Kind; 8] = [
    Kind {
        program: "next",
        serves: &["", "dev", "start"],
        port_flags: &["-p", "--port"],
        host_flags: &["-H", "--hostname"],
        reads_port: true,
        default_port: Some(3000),
        ..PLAIN
    },
    VITE,
    Kind {
        program: "astro",
        serves: &["dev"],
        default_port: Some(4321),
        configuration: "astro.config.",
        ..VITE
    },
    Kind {
        program: "nuxt",
        serves: &["dev"],
        port_flags: &["-p", "--port"],
        host_flags: &["-h", "--host"],
        reads_port: true,
        configuration: "nuxt.config.",
        ..PLAIN
    },
    Kind {
        program: "react-scripts",
        serves: &["start"],
        reads_port: true,
        default_port: Some(3000),
        ..PLAIN
    },
    Kind {
        program: "gatsby",
        serves: &["develop"],
        port_flags: &["-p", "--port"],
        host_flags: &["-H", "--host"],
        ..PLAIN
    },
    Kind { program: "remix", serves: &["vite:dev"], ..VITE },
    Kind { program: "react-router", serves: &["dev"], ..VITE },
];

/// A server that can be told nothing, and of which nothing is known.
const PLAIN: Kind = Kind {
    program: "",
    serves: &[],
    port_flags: &[],
    host_flags: &[],
    reads_port: false,
    default_port: None,
    loopback: false,
    configuration: "",
};

/// Frameworks that serve by Vite have its flags and defaults.
const VITE: Kind = Kind {
    program: "vite",
    serves: &["", "dev", "serve"],
    port_flags: &["--port"],
    host_flags: &["--host"],
    reads_port: false,
    default_port: Some(5173),
    loopback: true,
    configuration: "vite.config.",
};

/// Programs that prepare and end, and bind nothing. A command with any other program may listen anywhere.
const HARMLESS: [&str; 32] = [
    "cd", "export", "set", "echo", "printf", "corepack", "mkdir", "rm", "cp", "mv", "ln", "cat", "test", "[",
    "true", ":", "source", ".", "apt-get", "apk", "npm", "pnpm", "yarn", "turbo", "prisma", "git", "chmod",
    "chown", "sleep", "unset", "exit", "umask",
];

/// What a script does as far as ports are concerned.
#[derive(Debug, Default)]
pub struct Found {
    /// The servers, in order.
    pub servers: Vec<Server>,
    /// Whether something else runs that may listen too.
    pub unknown: bool,
}

/// Where a script stands and what holds around it.
#[derive(Debug)]
pub struct Surroundings<'a> {
    /// The file that the spans of the script belong to.
    pub file: &'a SourceFile,
    /// Arguments that the caller hands on to the script, with their file.
    pub handed_on: Option<(&'a SourceFile, &'a [Word])>,
    /// `PORT` from outside.
    pub port: Option<(u16, Place)>,
    /// Names of the files in the app's folder.
    pub neighbours: &'a [(String, bool)],
}

/// Finds the servers of a script.
pub fn find(script: &Script, around: &Surroundings<'_>) -> Found {
    let mut found = Found::default();
    let mut exported = around.port.clone();
    let count = script.commands.len();
    for (number, command) in script.commands.iter().enumerate() {
        let (_, after) = script.connectors(command);
        found.unknown |= after.is_some_and(|connector| connector.kind == ConnectorKind::Background);
        let Some(invocation) = script.invocation(command) else { continue };
        if invocation.program == "export" {
            exported =
                last_port(invocation.args.iter().filter_map(Word::assignment), around.file).or(exported);
        }
        let kind = KINDS.iter().find(|kind| kind.program == invocation.program);
        match kind {
            Some(kind) => {
                let own = last_port(invocation.assignments.iter().cloned(), around.file);
                let last = number + 1 == count;
                found.servers.extend(server(
                    kind,
                    &invocation,
                    around,
                    own.or_else(|| exported.clone()),
                    last,
                ));
            }
            None => found.unknown |= !HARMLESS.contains(&invocation.program),
        }
    }
    found
}

fn last_port(
    assignments: impl Iterator<Item = crate::syntax::shell::Assignment>,
    file: &SourceFile,
) -> Option<(u16, Place)> {
    let port = assignments.filter(|assignment| assignment.name == "PORT").last()?;
    Some((port.value.as_literal()?.parse().ok()?, file.place(port.span)))
}

fn server(
    kind: &Kind,
    invocation: &Invocation<'_>,
    around: &Surroundings<'_>,
    environment: Option<(u16, Place)>,
    takes_arguments: bool,
) -> Option<Server> {
    let handed_on = around.handed_on.filter(|_| takes_arguments);
    let own: Vec<(&SourceFile, &Word)> = invocation.args.iter().map(|word| (around.file, word)).collect();
    let more = handed_on.iter().flat_map(|(file, words)| words.iter().map(move |word| (*file, word)));
    let words: Vec<(&SourceFile, &Word)> =
        own.into_iter().chain(more).filter(|(_, word)| word.text != "--").collect();
    let plain: Vec<Word> = words.iter().map(|(_, word)| (*word).clone()).collect();
    let mut value_flags = kind.port_flags.to_vec();
    // `vite --host` alone means every address.
    let next_is_flag = plain.windows(2).any(|pair| {
        matches!(pair, [flag, next] if kind.host_flags.contains(&flag.text.as_str()) && next.text.starts_with('-'))
    });
    if !next_is_flag {
        value_flags.extend(kind.host_flags);
    }
    let divided = arguments(&plain, &value_flags);
    let operand = divided.operands.first().map_or("", |word| word.text.as_str());
    // `next ./apps/web`: a folder, not a subcommand.
    let serves =
        kind.serves.contains(&operand) || (operand.contains(['/', '.']) && kind.serves.contains(&""));
    if !serves {
        return None;
    }
    let file_of = |word: &Word| {
        let at = words.iter().find(|(_, other)| other.span == word.span && other.text == word.text);
        at.map_or(around.file, |(file, _)| *file)
    };
    let place = around.file.place(invocation.word.span);
    let configured = !kind.configuration.is_empty()
        && around.neighbours.iter().any(|(name, _)| name.starts_with(kind.configuration));
    let port = match last_flag(&divided.flags, kind.port_flags) {
        Some(flag) => port_of_flag(flag, file_of),
        None => environment
            .filter(|_| kind.reads_port)
            .map(|(number, place)| Port { number, place, default: false })
            .or_else(|| {
                let number = kind.default_port.filter(|_| !configured)?;
                Some(Port { number, place: place.clone(), default: true })
            }),
    };
    let loopback = match last_flag(&divided.flags, kind.host_flags) {
        Some(flag) => loopback_of_flag(flag, file_of),
        None => (kind.loopback && !configured).then(|| Loopback { place: place.clone(), default: true }),
    };
    Some(Server { program: kind.program.to_owned(), place, port, loopback })
}

/// The port that a flag gives; none when only the run can tell its value.
fn port_of_flag<'a>(flag: &Flag<'_>, file_of: impl Fn(&Word) -> &'a SourceFile) -> Option<Port> {
    let value = flag.value.as_ref()?;
    let number = value.as_literal()?.parse().ok()?;
    Some(Port { number, place: file_of(flag.word).place(value.span), default: false })
}

fn loopback_of_flag<'a>(flag: &Flag<'_>, file_of: impl Fn(&Word) -> &'a SourceFile) -> Option<Loopback> {
    let value = flag.value.as_ref()?;
    let is_loopback = matches!(value.as_literal(), Some("localhost" | "127.0.0.1" | "::1"));
    is_loopback.then(|| Loopback { place: file_of(flag.word).place(value.span), default: false })
}

/// The folder whose package runs the script of a call: the package that it names, else where it runs.
pub fn script_folder(
    call: &Call,
    runs_in: Option<&RepoPath>,
    package: impl Fn(&str) -> Option<RepoPath>,
) -> Option<RepoPath> {
    match call.filters.as_slice() {
        [] if call.recursive => None,
        [] => {
            let folder = runs_in?;
            Some(call.folder.as_ref().map_or_else(|| folder.clone(), |named| folder.join(&named.value)))
        }
        [filter] => package(super::calls::exact_package(&filter.value)?),
        _ => None,
    }
}

/// The repository around a dev container.
#[derive(Clone, Copy, Debug)]
pub struct Repository<'a> {
    /// The files.
    pub tree: &'a Snapshot,
    /// The packages.
    pub workspace: &'a Workspace,
}

impl Repository<'_> {
    /// The server of a dev container, when its command, with the scripts of package.json that it runs, starts
    /// exactly one and nothing else that may listen.
    pub fn server_of(&self, manifest: &Manifest, dev: &Dev, session: &Session) -> Option<Server> {
        if dev.hybrid {
            return None;
        }
        let script = dev.command.as_ref()?.script();
        let port = port_outside(manifest, dev, &script);
        let folder = session.apps.first().or(session.workdir.as_ref());
        let neighbours = folder.map(|folder| self.tree.children(folder)).unwrap_or_default();
        let around = Surroundings {
            file: &manifest.file,
            handed_on: None,
            port: port.clone(),
            neighbours: &neighbours,
        };
        let mut found = find(&script, &around);
        for call in &session.calls {
            let inner = self.in_script(manifest, call, port.clone());
            found.servers.extend(inner.servers);
            found.unknown |= inner.unknown;
        }
        only(found)
    }

    /// The server that a script of a package starts, under the same conditions.
    pub fn server_of_script(&self, package: &Package, name: &str) -> Option<Server> {
        let script = package.script(name)?.command.script();
        let neighbours = self.tree.children(&package.folder);
        let around =
            Surroundings { file: &package.file, handed_on: None, port: None, neighbours: &neighbours };
        let mut found = find(&script, &around);
        found.unknown |= calls(&script).iter().any(|call| call.script.is_some() || !call.tasks.is_empty());
        only(found)
    }

    /// What the script behind a call starts.
    fn in_script(&self, manifest: &Manifest, call: &SessionCall, port: Option<(u16, Place)>) -> Found {
        let unknown = Found { servers: Vec::new(), unknown: true };
        if !call.call.tasks.is_empty() {
            return unknown;
        }
        let Some(name) = &call.call.script else { return Found::default() };
        let named = |name: &str| find_package(self.workspace, name).map(|package| package.folder.clone());
        let folder = script_folder(&call.call, call.folder.as_ref(), named);
        let Some(package) = folder.and_then(|folder| self.workspace.at(&folder)) else { return unknown };
        let Some(script) = package.script(&name.value) else { return unknown };
        let caller = match &call.script {
            None => &manifest.file,
            // Only scripts of the top level are followed.
            Some(_) => match &self.workspace.root {
                Some(root) => &root.file,
                None => return unknown,
            },
        };
        let script = script.command.script();
        let neighbours = self.tree.children(&package.folder);
        let around = Surroundings {
            file: &package.file,
            handed_on: Some((caller, &call.call.arguments)),
            port,
            neighbours: &neighbours,
        };
        let mut found = find(&script, &around);
        // The calls inside a script of the top level are among those of the session.
        let followed = call.script.is_none() && package.folder.is_root();
        found.unknown |=
            !followed && calls(&script).iter().any(|inner| inner.script.is_some() || !inner.tasks.is_empty());
        found
    }
}

fn only(found: Found) -> Option<Server> {
    let mut servers = found.servers.into_iter();
    let server = servers.next()?;
    (!found.unknown && servers.next().is_none()).then_some(server)
}

/// `PORT` of the dev container's `environment`, or what its command sets for the scripts that it runs.
fn port_outside(manifest: &Manifest, dev: &Dev, script: &Script) -> Option<(u16, Place)> {
    let in_command = script.invocations().flat_map(|invocation| {
        let exported =
            invocation.args.iter().filter(|_| invocation.program == "export").filter_map(Word::assignment);
        invocation.assignments.iter().cloned().chain(exported).collect::<Vec<_>>()
    });
    last_port(in_command, &manifest.file).or_else(|| {
        let (_, value) = dev.environment.iter().find(|(name, _)| name.value == "PORT")?;
        let value = value.as_ref()?;
        Some((value.value.parse().ok()?, manifest.place(value.span)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax::shell;

    /// Program, port and whether it binds the loopback only.
    fn read(command: &str, neighbours: &[&str]) -> Vec<(String, Option<u16>, bool)> {
        let file = SourceFile::new("x".into(), command);
        let neighbours: Vec<(String, bool)> =
            neighbours.iter().map(|name| ((*name).to_owned(), false)).collect();
        let around = Surroundings { file: &file, handed_on: None, port: None, neighbours: &neighbours };
        let found = find(&shell::parse(command), &around);
        let row =
            |server: Server| (server.program, server.port.map(|port| port.number), server.loopback.is_some());
        found.servers.into_iter().map(row).collect()
    }

    #[test]
    fn ports_and_hosts_come_from_flags_environment_and_defaults() {
        for (command, program, port, loopback) in [
            ("next dev", "next", Some(3000), false),
            ("next dev -p 3001", "next", Some(3001), false),
            ("PORT=3002 next dev", "next", Some(3002), false),
            ("export PORT=3003; next dev --hostname 127.0.0.1", "next", Some(3003), true),
            ("PORT=3002 next dev --port=3004", "next", Some(3004), false),
            ("next dev --port $PORT", "next", None, false),
            ("cross-env NODE_ENV=development next dev -p 3005", "next", Some(3005), false),
            ("vite", "vite", Some(5173), true),
            ("vite --host", "vite", Some(5173), false),
            ("vite --host --port 4000", "vite", Some(4000), false),
            ("vite dev --host 0.0.0.0 --port 8080", "vite", Some(8080), false),
            ("pnpm exec next dev --turbopack -p 3000", "next", Some(3000), false),
        ] {
            assert_eq!(read(command, &[]), [(program.to_owned(), port, loopback)], "{command}");
        }
        assert_eq!(read("vite", &["vite.config.ts"]), [("vite".to_owned(), None, false)]);
        for command in ["next build", "vite build", "tsc -w"] {
            assert_eq!(read(command, &[]), [], "{command}");
        }
    }

    #[test]
    fn other_programs_make_the_answer_uncertain() {
        let file = SourceFile::new("x".into(), "");
        let around = Surroundings { file: &file, handed_on: None, port: None, neighbours: &[] };
        let unknown = |command: &str| find(&shell::parse(command), &around).unknown;
        assert!(unknown("node proxy.js & next dev") && unknown("concurrently 'next dev' 'node api.js'"));
        assert!(!unknown("corepack enable && pnpm install && next dev"));
    }
}
