//! Programs that run the program named in their arguments, as data.

use std::collections::HashMap;
use std::sync::LazyLock;

/// What the words behind a wrapper's own flags and operands are.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Payload {
    /// A program and its arguments.
    Program,
    /// A program, but only if it is one of [`PACKAGE_MANAGERS`].
    PackageManager,
    /// A shell text, joined by blanks: `eval`.
    Joined,
    /// A shell text each: `concurrently`.
    Each,
    /// Arguments of a shell: with `-c` the first one is the text; without any, the text is read from
    /// standard input.
    Shell,
    /// A user, then arguments of that user's shell: `su`.
    Login,
    /// Nothing that is run.
    Nothing,
}

/// A wrapper: how its command line leads to the command line inside it.
#[derive(Clone, Copy)]
pub(super) struct Wrapper {
    /// Its names.
    pub names: &'static [&'static str],
    /// The subcommands that make it a wrapper; empty if it always is one.
    pub subcommands: &'static [&'static str],
    /// Flags that take a value, apart from those below.
    pub values: &'static [&'static str],
    /// Flags whose value is the user to run as.
    pub user: &'static [&'static str],
    /// Flags whose value is the folder to run in.
    pub directory: &'static [&'static str],
    /// Flags whose value is a shell text to run.
    pub script: &'static [&'static str],
    /// Flags that make it do something else than run a program.
    pub queries: &'static [&'static str],
    /// Number of operands in front of the payload.
    pub operands: usize,
    /// Whether the first operand is the user to run as.
    pub user_operand: bool,
    /// Whether `NAME=value` may stand in front of the payload.
    pub assignments: bool,
    /// Whether the program may be written as a package with a version: `pnpm@9`.
    pub package: bool,
    /// What follows.
    pub payload: Payload,
}

const PLAIN: Wrapper = Wrapper {
    names: &[],
    subcommands: &[],
    values: &[],
    user: &[],
    directory: &[],
    script: &[],
    queries: &[],
    operands: 0,
    user_operand: false,
    assignments: false,
    package: false,
    payload: Payload::Program,
};

/// What `corepack` and package runners are followed through to under [`Payload::PackageManager`].
pub(super) const PACKAGE_MANAGERS: &[&str] =
    &["npm", "npx", "pnpm", "pnpx", "yarn", "yarnpkg", "bun", "bunx"];

/// Flags of pnpm that take a value and may stand in front of `exec` and `dlx`.
const PNPM_VALUES: &[&str] = &[
    "-C",
    "--dir",
    "-F",
    "--filter",
    "--filter-prod",
    "--loglevel",
    "--reporter",
    "--store-dir",
    "--package",
    "--workspace-concurrency",
    "--test-pattern",
    "--changed-files-ignore-pattern",
    "--resume-from",
];

/// The table. A program that is not in it runs nothing but itself.
pub(super) const WRAPPERS: &[Wrapper] = &[
    // The shell's own and POSIX.
    Wrapper {
        names: &["env"],
        values: &["-u", "--unset", "-a", "--argv0"],
        directory: &["-C", "--chdir"],
        script: &["-S", "--split-string"],
        assignments: true,
        ..PLAIN
    },
    Wrapper { names: &["exec"], values: &["-a"], ..PLAIN },
    Wrapper { names: &["command"], queries: &["-v", "-V", "-pv", "-pV"], ..PLAIN },
    Wrapper {
        names: &["builtin", "nohup", "noglob", "nocorrect", "fakeroot", "linux32", "linux64"],
        ..PLAIN
    },
    Wrapper { names: &["time"], values: &["-f", "--format", "-o", "--output"], assignments: true, ..PLAIN },
    Wrapper { names: &["nice"], values: &["-n", "--adjustment"], ..PLAIN },
    Wrapper {
        names: &["ionice"],
        values: &["-c", "--class", "-n", "--classdata"],
        queries: &["-p", "--pid", "-P", "--pgid", "-u", "--uid"],
        ..PLAIN
    },
    Wrapper { names: &["chrt", "taskset"], queries: &["-p", "--pid"], operands: 1, ..PLAIN },
    Wrapper { names: &["timeout"], values: &["-s", "--signal", "-k", "--kill-after"], operands: 1, ..PLAIN },
    Wrapper {
        names: &["xargs"],
        values: &[
            "-n",
            "--max-args",
            "-I",
            "--replace",
            "-P",
            "--max-procs",
            "-L",
            "--max-lines",
            "-a",
            "--arg-file",
            "-d",
            "--delimiter",
            "-s",
            "--max-chars",
            "-E",
            "--process-slot-var",
            "-J",
            "-R",
        ],
        ..PLAIN
    },
    Wrapper { names: &["stdbuf"], values: &["-i", "--input", "-o", "--output", "-e", "--error"], ..PLAIN },
    Wrapper { names: &["setsid", "unbuffer"], ..PLAIN },
    Wrapper {
        names: &["flock"],
        values: &["-w", "--timeout", "-E"],
        script: &["-c", "--command"],
        operands: 1,
        ..PLAIN
    },
    Wrapper { names: &["eval"], payload: Payload::Joined, ..PLAIN },
    Wrapper {
        names: &["sh", "bash", "dash", "ash", "zsh", "ksh", "mksh", "rbash"],
        values: &["-o", "-O", "+o", "+O", "--rcfile", "--init-file"],
        payload: Payload::Shell,
        ..PLAIN
    },
    Wrapper { names: &["busybox", "toybox"], ..PLAIN },
    Wrapper {
        names: &["script"],
        values: &["-E", "--echo", "-I", "-O", "-B", "-T", "-m", "-o"],
        script: &["-c", "--command"],
        payload: Payload::Nothing,
        ..PLAIN
    },
    // Other users, other roots.
    Wrapper {
        names: &["sudo"],
        values: &[
            "-g",
            "--group",
            "-h",
            "--host",
            "-p",
            "--prompt",
            "-C",
            "--close-from",
            "-r",
            "--role",
            "-t",
            "--type",
            "-T",
            "--command-timeout",
            "-U",
            "--other-user",
            "-R",
            "--chroot",
        ],
        user: &["-u", "--user"],
        directory: &["-D", "--chdir"],
        queries: &["-l", "--list", "-v", "--validate", "-k", "-K", "-e", "--edit", "-V", "--version"],
        assignments: true,
        ..PLAIN
    },
    Wrapper { names: &["doas"], values: &["-C"], user: &["-u"], ..PLAIN },
    Wrapper {
        names: &["su"],
        values: &["-s", "--shell", "-g", "--group", "-G", "--supp-group", "-w", "--whitelist-environment"],
        script: &["-c", "--command", "--session-command"],
        payload: Payload::Login,
        ..PLAIN
    },
    Wrapper {
        names: &["runuser"],
        values: &["-s", "--shell", "-g", "--group", "-G", "--supp-group", "-w", "--whitelist-environment"],
        user: &["-u", "--user"],
        script: &["-c", "--command", "--session-command"],
        payload: Payload::Login,
        ..PLAIN
    },
    Wrapper {
        names: &["gosu", "su-exec", "s6-setuidgid", "setuidgid"],
        operands: 1,
        user_operand: true,
        ..PLAIN
    },
    Wrapper {
        names: &["setpriv"],
        values: &[
            "--ruid",
            "--euid",
            "--rgid",
            "--egid",
            "--regid",
            "--groups",
            "--inh-caps",
            "--ambient-caps",
            "--bounding-set",
            "--securebits",
            "--pdeathsig",
            "--selinux-label",
            "--apparmor-profile",
        ],
        user: &["--reuid"],
        ..PLAIN
    },
    Wrapper {
        names: &["chpst"],
        values: &["-e", "-d", "-o", "-p", "-f", "-c", "-m", "-/", "-n", "-U"],
        user: &["-u"],
        ..PLAIN
    },
    Wrapper { names: &["chroot"], values: &["--groups"], user: &["--userspec"], operands: 1, ..PLAIN },
    // Process 1 and environments.
    Wrapper { names: &["tini", "tini-static", "docker-init"], values: &["-p", "-e"], ..PLAIN },
    Wrapper { names: &["dumb-init"], values: &["-r", "--rewrite"], ..PLAIN },
    Wrapper { names: &["catatonit"], ..PLAIN },
    Wrapper { names: &["ssh-agent"], values: &["-a", "-E", "-O", "-P", "-t"], queries: &["-k"], ..PLAIN },
    Wrapper {
        names: &["xvfb-run"],
        values: &[
            "-e",
            "-f",
            "-n",
            "-p",
            "-s",
            "--error-file",
            "--auth-file",
            "--server-num",
            "--server-args",
            "--xauth-protocol",
        ],
        ..PLAIN
    },
    Wrapper { names: &["dotenv"], values: &["-e", "-v", "-p"], ..PLAIN },
    Wrapper {
        names: &["dotenvx"],
        subcommands: &["run"],
        values: &["-f", "--env-file", "-e", "--env", "-fk"],
        ..PLAIN
    },
    Wrapper {
        names: &["env-cmd"],
        values: &["-f", "--file", "-e", "--environments", "-r", "--rc-file"],
        ..PLAIN
    },
    Wrapper { names: &["cross-env"], assignments: true, ..PLAIN },
    Wrapper { names: &["cross-env-shell"], assignments: true, payload: Payload::Joined, ..PLAIN },
    Wrapper {
        names: &["doppler"],
        subcommands: &["run"],
        values: &[
            "-p",
            "--project",
            "-c",
            "--config",
            "-t",
            "--token",
            "--scope",
            "--fallback",
            "--mount",
            "--only-secrets",
        ],
        script: &["--command"],
        ..PLAIN
    },
    Wrapper {
        names: &["infisical"],
        subcommands: &["run"],
        values: &["--env", "--path", "--projectId", "--token", "--tags"],
        script: &["-c", "--command"],
        ..PLAIN
    },
    Wrapper {
        names: &["op"],
        subcommands: &["run"],
        values: &["--env-file", "--account", "--session"],
        ..PLAIN
    },
    Wrapper {
        names: &["concurrently"],
        values: &[
            "-n",
            "--names",
            "-c",
            "--prefix-colors",
            "-p",
            "--prefix",
            "-s",
            "--success",
            "-m",
            "--max-processes",
            "-l",
            "--prefix-length",
            "--name-separator",
            "--restart-tries",
            "--restart-after",
            "--hide",
            "-t",
            "--timestamp-format",
        ],
        payload: Payload::Each,
        ..PLAIN
    },
    // Package runners.
    Wrapper { names: &["corepack"], package: true, payload: Payload::PackageManager, ..PLAIN },
    Wrapper {
        names: &["npx", "pnpx"],
        values: &[
            "-p",
            "--package",
            "-w",
            "--workspace",
            "--cache",
            "--registry",
            "--userconfig",
            "--loglevel",
            "--prefix",
        ],
        script: &["-c", "--call"],
        package: true,
        ..PLAIN
    },
    Wrapper { names: &["bunx"], values: &["-p", "--package"], package: true, ..PLAIN },
    Wrapper {
        names: &["bun"],
        subcommands: &["x"],
        values: &["--cwd", "-p", "--package"],
        package: true,
        ..PLAIN
    },
    Wrapper {
        names: &["npm"],
        subcommands: &["exec", "x"],
        values: &[
            "-p",
            "--package",
            "-w",
            "--workspace",
            "--prefix",
            "-C",
            "--cache",
            "--registry",
            "--userconfig",
            "--loglevel",
        ],
        script: &["-c", "--call"],
        package: true,
        ..PLAIN
    },
    Wrapper { names: &["pnpm"], subcommands: &["exec", "dlx"], values: PNPM_VALUES, package: true, ..PLAIN },
    Wrapper {
        names: &["yarn", "yarnpkg"],
        subcommands: &["exec", "dlx"],
        values: &["--cwd", "-p", "--package", "--cache-folder"],
        package: true,
        ..PLAIN
    },
];

/// The row of a program.
pub(super) fn wrapper(program: &str) -> Option<&'static Wrapper> {
    // Asked for every command of every script and page, and mostly in vain.
    static BY_NAME: LazyLock<HashMap<&str, &Wrapper>> = LazyLock::new(|| {
        let rows = WRAPPERS.iter().rev();
        rows.flat_map(|wrapper| wrapper.names.iter().map(move |name| (*name, wrapper))).collect()
    });
    BY_NAME.get(program).copied()
}
