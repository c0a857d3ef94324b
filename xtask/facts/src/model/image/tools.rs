//! The tools that keep a cache, as one table: which commands fill it, where it lies, what moves it.
//!
//! A new tool is a new row of [`TOOLS`]. The folders were measured with the real tools; each *first that
//! applies* follows the order in which the tool itself decides.

use super::place::Place::{
    self, AnyOf, Config, FirstOf, Fixed, Flag, Home, RootsOwn, Variable, VariableInAnyCase, Workdir,
};

/// What kind of cache a tool keeps: decides how grave a missing mount is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// Packages of a language, or what its compiler produced.
    Language,
    /// Packages of the operating system.
    System,
    /// What a bundler or task runner keeps between builds of the same sources.
    Build,
}

/// A row of the table.
#[derive(Debug)]
pub struct Tool {
    /// The name findings carry.
    pub name: &'static str,
    /// The programs, without folder. A `*` at the end stands for digits and dots: `pip3.12`.
    pub programs: &'static [&'static str],
    /// What kind of cache it is.
    pub class: Class,
    /// The commands that need the cache, in words: `global add`. `*` is any word; the empty command is the
    /// program with flags alone.
    pub commands: &'static [&'static str],
    /// Flags that take the next word as their value.
    pub value_flags: &'static [&'static str],
    /// Flags besides `--help`, `-h` and `--version` that make the program only tell something.
    pub queries: &'static [&'static str],
    /// Flags that say: no cache, or nothing to download.
    pub opt_outs: &'static [&'static str],
    /// Variables that say so when they are true.
    pub opt_out_variables: &'static [&'static str],
    /// Flags that say: no network. What is needed must be there already.
    pub offline: &'static [&'static str],
    /// Variables that say so, with the values that do.
    pub offline_variables: &'static [(&'static str, &'static [&'static str])],
    /// Where the cache lies.
    pub places: Place,
    /// Commands whose cache lies in fewer places.
    pub narrower: &'static [(&'static [&'static str], Place)],
    /// Whether two builds at a time corrupt or block the cache, so that it needs `sharing=locked`.
    pub locked: bool,
    /// Whether the mount can be added without a human eye.
    pub safe_fix: bool,
    /// What is lost without the cache, and why the fix is safe or not.
    pub why: &'static str,
}

const NONE: &[&str] = &[];
const YES: &[&str] = &["1", "true", "yes", "y", "t", "on"];

/// What most rows share.
const PLAIN: Tool = Tool {
    name: "",
    programs: NONE,
    class: Class::Language,
    commands: NONE,
    value_flags: NONE,
    queries: NONE,
    opt_outs: NONE,
    opt_out_variables: NONE,
    offline: NONE,
    offline_variables: &[],
    places: AnyOf(&[]),
    narrower: &[],
    locked: false,
    safe_fix: true,
    why: "",
};

#[rustfmt::skip]
const DNF_COMMANDS: &[&str] =
    &["install", "reinstall", "upgrade", "update", "groupinstall", "localinstall", "builddep", "distro-sync"];

#[rustfmt::skip]
const DNF_VALUES: &[&str] = &[
    "-c", "--config", "-x", "--exclude", "--disablerepo", "--enablerepo", "--repo", "--repoid",
    "--releasever", "--setopt", "--installroot", "-d", "--debuglevel", "-e", "--errorlevel", "--forcearch",
    "--repofrompath", "--advisory", "--color", "--disableplugin", "--enableplugin", "--disableexcludes",
];

const DNF_PLACES: Place =
    AnyOf(&[Fixed("/var/cache/dnf"), Fixed("/var/cache/yum"), Fixed("/var/cache/libdnf5")]);

/// `$GOMODCACHE`, `$GOPATH/pkg/mod` (golang images set `GOPATH=/go`), `~/go/pkg/mod`.
const GO_MODULES: Place =
    FirstOf(&[Variable("GOMODCACHE", ""), Variable("GOPATH", "pkg/mod"), Home("go/pkg/mod")]);

/// What Go compiled: all that a build from a `vendor` folder keeps.
pub const GO_BUILD: Place = FirstOf(&[Variable("GOCACHE", ""), Home(".cache/go-build")]);

/// Yarn 2 and later, which keep nothing where Yarn 1 does: the global cache, else that of the project.
pub const BERRY: Place = FirstOf(&[
    Flag(&["--cache-folder"]),
    AnyOf(&[
        Config(&["cacheFolder"]),
        FirstOf(&[
            Variable("YARN_GLOBAL_FOLDER", "cache"),
            Variable("XDG_DATA_HOME", "yarn/berry/cache"),
            Home(".yarn/berry/cache"),
        ]),
        Variable("YARN_CACHE_FOLDER", ""),
        Workdir(".yarn/cache"),
    ]),
]);

/// `$CARGO_HOME` is `/usr/local/cargo` in rust images.
const CARGO_HOME: &[Place] = &[
    FirstOf(&[Variable("CARGO_HOME", "registry"), Home(".cargo/registry")]),
    FirstOf(&[Variable("CARGO_HOME", "git"), Home(".cargo/git")]),
    FirstOf(&[Flag(&["--target-dir"]), Variable("CARGO_TARGET_DIR", ""), Workdir("target")]),
];

/// All tools. A row is easier to read with its lists filled than with a line for each word.
#[rustfmt::skip]
pub static TOOLS: &[Tool] = &[
    Tool {
        name: "pnpm",
        programs: &["pnpm"],
        commands: &["install", "i", "add", "fetch", "update", "up", "upgrade", "install-test", "it"],
        value_flags: &[
            "-F", "--filter", "--filter-prod", "-C", "--dir", "--prefix", "--reporter", "--loglevel",
            "--store-dir", "--virtual-store-dir", "--lockfile-dir", "--modules-dir", "--network-concurrency",
            "--workspace-concurrency", "--child-concurrency", "--registry", "--node-linker",
            "--package-import-method", "--fetch-retries", "--fetch-timeout", "--test-pattern",
            "--changed-files-ignore-pattern", "--resume-from", "--global-dir", "--cache-dir", "--state-dir",
            "--userconfig", "--location", "--cpu", "--os", "--libc", "--hoist-pattern",
            "--public-hoist-pattern",
        ],
        queries: &["-v"],
        offline: &["--offline"],
        offline_variables: &[("npm_config_offline", YES)],
        places: FirstOf(&[
            Flag(&["--store-dir", "--config.store-dir", "--config.storeDir"]),
            Config(&["store-dir", "storeDir"]),
            VariableInAnyCase("npm_config_store_dir"),
            AnyOf(&[
                // pnpm 12 reads this one instead of `npm_config_store_dir`.
                VariableInAnyCase("pnpm_config_store_dir"),
                FirstOf(&[
                    Variable("PNPM_HOME", "store"),
                    Variable("XDG_DATA_HOME", "pnpm/store"),
                    Home(".local/share/pnpm/store"),
                ]),
            ]),
        ]),
        why: "the store is content-addressed: every build without it downloads all packages again; sharing it is safe",
        ..PLAIN
    },
    Tool {
        name: "npm",
        programs: &["npm"],
        commands: &[
            "install", "i", "in", "ins", "inst", "insta", "instal", "isnt", "isnta", "isntal", "isntall",
            "add", "ci", "clean-install", "ic", "install-clean", "isntall-clean", "update", "up", "upgrade",
            "udpate", "install-test", "it", "install-ci-test", "cit", "clean-install-test", "sit",
        ],
        value_flags: &[
            "--prefix", "-C", "--workspace", "-w", "--loglevel", "--cache", "--registry", "--userconfig",
            "--globalconfig", "--omit", "--include", "--only", "--otp", "--tag", "--depth", "--before",
            "--install-strategy", "--fetch-timeout", "--fetch-retries", "--fetch-retry-mintimeout",
            "--fetch-retry-maxtimeout", "--maxsockets", "--location", "-L", "--script-shell",
            "--node-options", "--proxy", "--https-proxy", "--cafile", "--scope", "--cpu", "--os", "--libc",
            "--save-prefix", "--cache-min", "--cache-max", "--logs-max", "--logs-dir",
        ],
        queries: &["-v", "--dry-run"],
        offline: &["--offline"],
        offline_variables: &[("npm_config_offline", YES)],
        places: FirstOf(&[
            Flag(&["--cache"]),
            AnyOf(&[Config(&["cache"]), FirstOf(&[VariableInAnyCase("npm_config_cache"), Home(".npm")])]),
        ]),
        why: "the cache is content-addressed: every build without it downloads all packages again; sharing it is safe",
        ..PLAIN
    },
    Tool {
        name: "yarn",
        programs: &["yarn", "yarnpkg"],
        commands: &[
            "", "install", "add", "up", "upgrade", "global add", "workspaces focus", "workspace * add",
        ],
        value_flags: &[
            "--cwd", "--cache-folder", "--registry", "--network-timeout", "--network-concurrency", "--mutex",
            "--modules-folder", "--global-folder", "--preferred-cache-folder", "--link-folder",
            "--use-yarnrc", "--proxy", "--https-proxy", "--otp", "--mode", "--child-concurrency", "--prefix",
            "--har",
        ],
        queries: &["-v"],
        offline: &["--offline"],
        offline_variables: &[("YARN_ENABLE_NETWORK", &["0", "false"])],
        places: FirstOf(&[
            Flag(&["--cache-folder"]),
            Variable("YARN_CACHE_FOLDER", ""),
            AnyOf(&[
                Config(&["cache-folder", "cacheFolder"]),
                FirstOf(&[
                    Variable("XDG_CACHE_HOME", "yarn"),
                    RootsOwn("/usr/local/share/.cache/yarn"),
                    Home(".cache/yarn"),
                ]),
                Home(".yarn/berry/cache"),
                Workdir(".yarn/cache"),
            ]),
        ]),
        safe_fix: false,
        why: "every build without it downloads all packages again; with Plug'n'Play the cache is needed at run time, \
            so look at `nodeLinker` before mounting it",
        ..PLAIN
    },
    Tool {
        name: "bun",
        programs: &["bun"],
        commands: &["install", "i", "add", "a", "update", "ci"],
        value_flags: &[
            "--cwd", "-c", "--config", "--backend", "--cache-dir", "--registry", "--filter", "-F",
            "--env-file", "--network-concurrency", "--omit", "--linker",
        ],
        queries: &["-v"],
        opt_outs: &["--no-cache"],
        places: FirstOf(&[
            Flag(&["--cache-dir"]),
            Variable("BUN_INSTALL_CACHE_DIR", ""),
            Variable("BUN_INSTALL", "install/cache"),
            AnyOf(&[Variable("XDG_CACHE_HOME", ".bun/install/cache"), Home(".bun/install/cache")]),
        ]),
        why: "every build without it downloads all packages again; sharing it is safe",
        ..PLAIN
    },
    Tool {
        name: "apt",
        programs: &["apt", "apt-get", "aptitude"],
        class: Class::System,
        commands: &[
            "install", "reinstall", "upgrade", "full-upgrade", "dist-upgrade", "build-dep", "satisfy",
        ],
        value_flags: &[
            "-o", "--option", "-c", "--config-file", "-t", "--target-release", "--default-release", "-a",
            "--host-architecture", "-P", "--build-profiles",
        ],
        queries: &["-v"],
        places: AnyOf(&[Fixed("/var/cache/apt"), Fixed("/var/lib/apt")]),
        locked: true,
        why: "package lists and archives are downloaded by every build; apt locks its folders, hence `sharing=locked`",
        ..PLAIN
    },
    Tool {
        name: "apk",
        programs: &["apk"],
        class: Class::System,
        commands: &["add", "upgrade", "fix"],
        value_flags: &[
            "-p", "--root", "-X", "--repository", "--repositories-file", "--keys-dir", "--cache-dir",
            "--cache-max-age", "--wait", "--arch", "-t", "--virtual", "--progress-fd", "--timeout",
        ],
        queries: &["-V"],
        opt_outs: &["--no-cache"],
        places: AnyOf(&[Fixed("/var/cache/apk"), Fixed("/etc/apk/cache")]),
        why: "the index and, where `/etc/apk/cache` exists, the packages are downloaded by every build",
        ..PLAIN
    },
    Tool {
        name: "dnf",
        programs: &["dnf", "dnf5", "microdnf"],
        class: Class::System,
        commands: DNF_COMMANDS,
        value_flags: DNF_VALUES,
        places: DNF_PLACES,
        locked: true,
        why: "metadata is downloaded by every build, and packages unless `keepcache` is on; its lock does not work \
            across containers, hence `sharing=locked`",
        ..PLAIN
    },
    Tool {
        name: "yum",
        programs: &["yum"],
        class: Class::System,
        commands: DNF_COMMANDS,
        value_flags: DNF_VALUES,
        places: DNF_PLACES,
        locked: true,
        // Only the image knows whether it is dnf by another name, with the folder of dnf.
        safe_fix: false,
        why: "metadata is downloaded by every build, and packages unless `keepcache` is on; its lock does not work \
            across containers, hence `sharing=locked`",
        ..PLAIN
    },
    Tool {
        name: "pip",
        programs: &["pip*"],
        commands: &["install", "download", "wheel"],
        value_flags: &[
            "--cache-dir", "--proxy", "--timeout", "--default-timeout", "--retries", "--resume-retries",
            "--log", "--log-file", "--python", "--cert",
            "--client-cert", "--trusted-host", "--exists-action", "--keyring-provider", "--use-feature",
            "--use-deprecated", "-i", "--index-url", "--extra-index-url", "-r", "--requirement", "-c",
            "--constraint", "-t", "--target", "-f", "--find-links", "-e", "--editable", "-w", "--wheel-dir",
            "-d", "--dest", "--prefix", "--root", "--src", "--platform", "--python-version", "--no-binary",
            "--only-binary",
        ],
        queries: &["-V", "--dry-run"],
        // pip takes the beginning of a flag for the flag. Without an index it takes what lies in a folder.
        opt_outs: &["--no-cache-dir", "--no-cache", "--no-index"],
        opt_out_variables: &["PIP_NO_CACHE_DIR"],
        offline_variables: &[("PIP_NO_INDEX", YES)],
        places: FirstOf(&[
            Flag(&["--cache-dir"]),
            AnyOf(&[
                Config(&["global.cache-dir", "install.cache-dir"]),
                FirstOf(&[
                    Variable("PIP_CACHE_DIR", ""),
                    Variable("XDG_CACHE_HOME", "pip"),
                    Home(".cache/pip"),
                ]),
            ]),
        ]),
        why: "wheels are downloaded, and built from source, by every build; sharing it is safe",
        ..PLAIN
    },
    Tool {
        name: "uv",
        programs: &["uv"],
        commands: &["sync", "add", "pip install", "pip sync", "tool install"],
        value_flags: &[
            "--directory", "--project", "--cache-dir", "--config-file", "-p", "--python", "--color",
            "--allow-insecure-host", "--python-preference", "--python-fetch", "-i", "--index", "--index-url", "--default-index", "--extra-index-url",
            "-r", "--requirement", "-c", "--constraint", "--extra", "--group", "--only-group", "--no-group",
            "--package", "--link-mode", "--with", "--from", "--target", "--prefix", "-e", "--editable",
            "--no-install-package",
        ],
        queries: &["-V"],
        opt_outs: &["--no-cache", "--no-cache-dir", "-n"],
        opt_out_variables: &["UV_NO_CACHE"],
        offline: &["--offline"],
        offline_variables: &[("UV_OFFLINE", YES)],
        places: FirstOf(&[
            Flag(&["--cache-dir"]),
            Variable("UV_CACHE_DIR", ""),
            Variable("XDG_CACHE_HOME", "uv"),
            Home(".cache/uv"),
        ]),
        why: "every build without it downloads all packages again; set `UV_LINK_MODE=copy` to silence the warning \
            about links across file systems",
        ..PLAIN
    },
    Tool {
        name: "poetry",
        programs: &["poetry"],
        commands: &["install", "add", "update", "sync"],
        value_flags: &[
            "-C", "--directory", "-P", "--project", "--with", "--without", "--only", "-E", "--extras",
        ],
        queries: &["-V", "--dry-run"],
        opt_outs: &["--no-cache"],
        places: FirstOf(&[
            Variable("POETRY_CACHE_DIR", ""),
            AnyOf(&[Config(&["cache-dir"]), Variable("XDG_CACHE_HOME", "pypoetry"), Home(".cache/pypoetry")]),
        ]),
        why: "every build without it downloads all packages again; sharing it is safe",
        ..PLAIN
    },
    Tool {
        name: "go",
        programs: &["go"],
        commands: &["build", "install", "test", "run", "get", "mod download", "mod tidy", "mod vendor"],
        value_flags: &[
            "-C", "-o", "-p", "-mod", "-modfile", "-tags", "-ldflags", "-gcflags", "-asmflags", "-run",
        ],
        offline_variables: &[("GOPROXY", &["off"]), ("GO111MODULE", &["off"])],
        places: AnyOf(&[GO_MODULES, GO_BUILD]),
        narrower: &[(&["get", "mod download", "mod tidy", "mod vendor"], GO_MODULES)],
        why: "modules are downloaded and every package is compiled by every build; sharing both caches is safe",
        ..PLAIN
    },
    Tool {
        name: "cargo",
        programs: &["cargo"],
        commands: &[
            "build", "b", "check", "c", "test", "t", "run", "r", "doc", "bench", "clippy", "install", "fetch",
            "chef cook",
        ],
        value_flags: &[
            "-C", "-Z", "--config", "--color", "--version", "--target-dir", "--manifest-path", "--target",
            "-p", "--package", "-F", "--features", "--profile", "-j", "--jobs", "--bin", "--example",
            "--test", "--bench", "--git", "--path", "--branch", "--tag", "--rev", "--root", "--index",
            "--registry", "--recipe-path", "--exclude", "--message-format",
        ],
        queries: &["-V", "--list"],
        offline: &["--offline", "--frozen"],
        offline_variables: &[("CARGO_NET_OFFLINE", YES)],
        places: AnyOf(CARGO_HOME),
        safe_fix: false,
        why: "crates are downloaded and compiled by every build; what is built in a mounted `target` must be copied \
            out in the same RUN",
        ..PLAIN
    },
    Tool {
        name: "maven",
        programs: &["mvn", "mvnw"],
        commands: &["*"],
        value_flags: &[
            "-f", "--file", "-s", "--settings", "-gs", "--global-settings", "-P", "--activate-profiles",
            "-pl", "--projects", "-T", "--threads", "-l", "--log-file", "-t", "--toolchains", "-gt",
            "--global-toolchains", "-b", "--builder", "-rf", "--resume-from", "--define", "-emp",
            "--encrypt-master-password", "-ep", "--encrypt-password", "--color",
        ],
        queries: &["-v"],
        offline: &["-o", "--offline"],
        // `settings.xml` lies in `~/.m2` itself: a new mount leaves it where it is.
        places: FirstOf(&[
            Flag(&["-Dmaven.repo.local"]),
            AnyOf(&[Home(".m2/repository"), Home(".m2")]),
        ]),
        why: "plugins and dependencies are downloaded by every build; sharing it is safe",
        ..PLAIN
    },
    Tool {
        name: "gradle",
        programs: &["gradle", "gradlew"],
        commands: &["*"],
        value_flags: &[
            "-p", "--project-dir", "-b", "--build-file", "-c", "--settings-file", "-g", "--gradle-user-home",
            "-I", "--init-script", "-x", "--exclude-task", "-P", "--project-prop", "-D", "--system-prop",
            "--max-workers", "--console", "--warning-mode", "--include-build", "--project-cache-dir", "-F",
            "--dependency-verification", "--priority",
        ],
        queries: &["-v", "-?"],
        offline: &["--offline"],
        places: FirstOf(&[
            Flag(&["-g", "--gradle-user-home"]),
            Variable("GRADLE_USER_HOME", ""),
            Home(".gradle"),
        ]),
        locked: true,
        why: "the distribution, plugins and dependencies are downloaded by every build; its lock does not work across \
            containers, hence `sharing=locked`",
        ..PLAIN
    },
    Tool {
        name: "composer",
        // With the home alone it is `.cache/composer` on some systems, and `.composer/cache` on others.
        safe_fix: false,
        programs: &["composer", "composer.phar"],
        commands: &["install", "update", "require", "create-project", "global require"],
        value_flags: &["-d", "--working-dir"],
        queries: &["-V"],
        opt_outs: &["--no-cache"],
        offline_variables: &[("COMPOSER_DISABLE_NETWORK", YES)],
        places: FirstOf(&[
            Variable("COMPOSER_CACHE_DIR", ""),
            // composer images set COMPOSER_HOME=/tmp
            Variable("COMPOSER_HOME", "cache"),
            AnyOf(&[
                Variable("XDG_CACHE_HOME", "composer"),
                Home(".cache/composer"),
                Home(".composer/cache"),
            ]),
        ]),
        why: "every build without it downloads all packages again; sharing it is safe",
        ..PLAIN
    },
    Tool {
        name: "bundler",
        programs: &["bundle", "bundler"],
        commands: &["install", "update", "add"],
        value_flags: &["--gemfile", "--path", "-j", "--jobs", "-v", "--version", "--retry", "-r"],
        places: AnyOf(&[
            Home(".gem"),
            Home(".bundle"),
            Variable("BUNDLE_PATH", ""),
            // ruby images set GEM_HOME=/usr/local/bundle
            Variable("GEM_HOME", ""),
            Config(&["path"]),
        ]),
        safe_fix: false,
        why: "gems are downloaded and compiled by every build; in ruby images gems are installed where they would be \
            cached, and a mount there would take them out of the image",
        ..PLAIN
    },
    Tool {
        name: "dotnet",
        programs: &["dotnet"],
        commands: &[
            "restore", "build", "publish", "test", "run", "add package", "add * package", "tool install",
        ],
        value_flags: &[
            "-v", "--verbosity", "--version", "-c", "--configuration", "-o", "--output", "-p", "--project",
        ],
        queries: &["-?"],
        opt_outs: &["--no-restore", "--no-build"],
        places: FirstOf(&[Variable("NUGET_PACKAGES", ""), Home(".nuget/packages")]),
        safe_fix: false,
        why: "packages are downloaded by every build; a later `--no-restore` needs the same mount",
        ..PLAIN
    },
    Tool {
        name: "next",
        programs: &["next"],
        class: Class::Build,
        commands: &["build"],
        places: AnyOf(&[Workdir(".next/cache")]),
        safe_fix: false,
        why: "compiled modules are thrown away after every build; the same folder keeps fetched data, so pages can be \
            stale",
        ..PLAIN
    },
    Tool {
        name: "turbo",
        programs: &["turbo"],
        class: Class::Build,
        commands: &["build", "run build"],
        value_flags: &[
            "-F", "--filter", "--cache-dir", "--cwd", "--concurrency", "--log-order", "--output-logs",
            "--cache", "--api", "--team", "--token", "--root-turbo-json", "--env-mode", "--ui", "--color",
        ],
        places: FirstOf(&[
            Flag(&["--cache-dir"]),
            Variable("TURBO_CACHE_DIR", ""),
            AnyOf(&[Workdir(".turbo/cache"), Workdir("node_modules/.cache/turbo")]),
        ]),
        safe_fix: false,
        why: "tasks whose inputs did not change run again in every build",
        ..PLAIN
    },
];

impl Tool {
    /// The row with this name.
    pub fn named(name: &str) -> Option<&'static Self> {
        TOOLS.iter().find(|tool| tool.name == name)
    }

    /// The row of a program, given by its name without folder.
    pub fn of_program(program: &str) -> Option<&'static Self> {
        TOOLS.iter().find(|tool| tool.programs.iter().any(|known| is_program(program, known)))
    }

    /// Whether what the tool keeps lies in folders of different content, each of which is a cache of its own.
    pub fn has_several_folders(&self) -> bool {
        self.class != Class::Build && matches!(self.places, AnyOf(_))
    }

    /// Where the cache of `command` lies.
    pub fn places_of(&self, command: &str) -> Place {
        let narrower = self.narrower.iter().find(|(commands, _)| commands.contains(&command));
        narrower.map_or(self.places, |(_, place)| *place)
    }
}

fn is_program(program: &str, known: &str) -> bool {
    match known.strip_suffix('*') {
        Some(stem) => program
            .strip_prefix(stem)
            .is_some_and(|version| version.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')),
        None => program == known,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_complete_and_distinct() {
        for (index, tool) in TOOLS.iter().enumerate() {
            assert!(
                !tool.programs.is_empty() && !tool.commands.is_empty() && !tool.why.is_empty(),
                "{}",
                tool.name
            );
            assert!(tool.places.to_string().contains('`'), "{}", tool.name);
            let narrower = tool.narrower.iter().flat_map(|(commands, _)| *commands);
            assert!(narrower.into_iter().all(|command| tool.commands.contains(command)), "{}", tool.name);
            let others = TOOLS.iter().skip(index + 1);
            let shares = |other: &Tool| other.programs.iter().any(|program| tool.programs.contains(program));
            assert!(
                others.into_iter().all(|other| other.name != tool.name && !shares(other)),
                "{}",
                tool.name
            );
        }
    }

    #[test]
    fn versions_belong_to_some_programs() {
        let name = |program: &str| Tool::of_program(program).map(|tool| tool.name);
        assert_eq!(
            (name("pip3.12"), name("pip"), name("pipx"), name("npm2")),
            (Some("pip"), Some("pip"), None, None)
        );
    }
}
