//! What a Dockerfile builds: the environment of each stage, its cache mounts, and the commands that need one.
//!
//! [`Image::new`] needs nothing but the parsed Dockerfile; [`Knowledge`] adds what the repository tells. The
//! rules about cache mounts are written on top of [`Run`]:
//!
//! - a [`CacheNeed`] whose [`is_met`](CacheNeed::is_met) is false lacks a mount; `misplaced` are the mounts
//!   that were meant for it;
//! - [`Run::mounts`] are all cache mounts with everything BuildKit makes of them;
//! - [`Run::script`] is the shell text, for what is deleted or disabled in it.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::source::{Span, Spanned};
use crate::syntax::dockerfile::{self, Arguments, Dockerfile, Instruction, Keyword, SyntaxError};
use crate::syntax::shell::{self, Element, Item, OffsetMap, ScopeId, ScopeKind, Word};

pub mod base;
mod commands;
mod contents;
mod directories;
pub mod environment;
mod mounts;
pub mod okteto;
pub mod place;
mod scripts;
mod settings;
pub mod tools;
mod vendored;
mod writer;

pub use base::Base;
pub use directories::{Directory, Location, is_within, named_tool, names_tool};
pub use environment::ShellKind;
pub use mounts::{CacheMount, Misplaced, Misplacement};
pub use tools::{Class, Tool};
pub use writer::Writer;

use commands::{Install, Step};
use contents::Contents;
use directories::{Exports, View};
use environment::{Checkpoint, Environment, Globals, Variable};

/// What is known besides the Dockerfile.
#[derive(Clone, Debug, Default)]
pub struct Knowledge {
    /// Settings of tools that files of the build context make: `storeDir` in `pnpm-workspace.yaml`, `cache` in
    /// `.npmrc`. Each holds from the `COPY` of its file on, in that stage and in those that stand on it.
    pub settings: Vec<Setting>,
    /// Lockfiles that the repository does not have, while it has one of another package manager: commands behind a
    /// test for them never run.
    pub absent_lockfiles: Vec<&'static str>,
    /// Whether the top of the build context has Go's modules in `vendor`.
    pub is_vendored: bool,
    /// Whether the project pins Yarn 2 or later.
    pub has_berry: bool,
}

/// A setting of a tool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// The tool's name in [`tools::TOOLS`].
    pub tool: String,
    /// The setting, as the tool's `config set` names it: `store-dir`.
    pub key: String,
    /// Its value.
    pub value: String,
    /// The file at the top of the context that makes it: `.npmrc`.
    pub file: &'static str,
}

/// What a Dockerfile builds.
#[derive(Clone, Debug, Default)]
pub struct Image {
    /// One for each stage of the Dockerfile, in order.
    pub stages: Vec<StageOrigin>,
    /// Every `RUN`, also behind `ONBUILD`, in order.
    pub runs: Vec<Run>,
    contents: Contents,
    /// When the walk from parents to children was in each stage or in those that stand on it.
    visited: Vec<Range<usize>>,
}

/// What a stage stands on.
#[derive(Clone, Debug)]
pub struct StageOrigin {
    /// The stage that `FROM` names, if it is one.
    pub parent: Option<usize>,
    /// The image at the root of the lineage.
    pub base: Base,
}

/// A `RUN` and what it runs in.
#[derive(Clone, Debug)]
pub struct Run {
    /// Index of the instruction in [`Dockerfile::instructions`]; for `ONBUILD RUN` that of the `ONBUILD`.
    pub instruction: usize,
    /// Index of the stage.
    pub stage: usize,
    /// Whether it stands behind `ONBUILD`.
    pub onbuild: bool,
    /// The `USER` in force, group included; `None` if no instruction set one.
    pub user: Option<Spanned<String>>,
    /// The user's numeric id (and group id), if it is known: root, a number, a user of an official image.
    pub user_id: Option<u32>,
    /// The working directory.
    pub workdir: String,
    /// The language of its shell form.
    pub shell: ShellKind,
    /// Whether the base image's `docker-clean` is still in force when it ends: apt then deletes its archives
    /// after each installation, and a mount at `/var/cache/apt` stays empty.
    pub docker_clean: bool,
    /// Its cache mounts, in order.
    pub mounts: Vec<CacheMount>,
    /// What BuildKit refuses in its mounts once variables are known. The Dockerfile's own errors are not
    /// repeated.
    pub mount_errors: Vec<SyntaxError>,
    /// The commands; `None` for an interpreter that is no POSIX shell.
    pub script: Option<shell::Script>,
    /// The tools whose commands run here, each with its commands; opt-outs do not count. Ordered by name.
    pub needs: Vec<CacheNeed>,
    /// Commands that were told to use no cache or not to download.
    pub opted_out: Vec<ToolUse>,
    /// The absolute paths and globs that the words of its `rm` commands stand for, as far as they are known, by the
    /// offset of the word.
    pub removed: BTreeMap<usize, String>,
}

impl Run {
    /// Whether the instruction runs as root.
    pub fn is_root(&self) -> bool {
        self.user.as_ref().is_none_or(|user| matches!(user.value.split(':').next(), Some("root" | "0")))
    }

    /// The needs without an effective mount. What bundlers keep is left out: see [`Class::Build`].
    pub fn unmet(&self) -> impl Iterator<Item = &CacheNeed> {
        self.needs.iter().filter(|need| need.tool.class != Class::Build && !need.is_met())
    }
}

/// A tool in a `RUN`.
#[derive(Clone, Debug)]
pub struct CacheNeed {
    /// The tool.
    pub tool: &'static Tool,
    /// Its commands, in order.
    pub uses: Vec<ToolUse>,
    /// Cache mounts that were meant for the tool and do not serve every command of it.
    pub misplaced: Vec<Misplaced>,
}

impl CacheNeed {
    /// Whether a mount serves each command.
    pub fn is_met(&self) -> bool {
        self.uses.iter().all(|used| used.served_by.is_some())
    }

    /// The folder to mount: the first one of the first command without a mount. `None` if the home folder is
    /// unknown.
    pub fn target(&self) -> Option<&Directory> {
        let used = self.uses.iter().find(|used| used.served_by.is_none())?;
        used.directories.iter().find(|directory| matches!(directory.path, Location::Known(_)))
    }
}

/// A command of a tool.
#[derive(Clone, Debug)]
pub struct ToolUse {
    /// The tool.
    pub tool: &'static Tool,
    /// The command in the words of the tool's row: `install`, `mod download`.
    pub command: &'static str,
    /// From the program's word to the last word of the command: `pnpm --filter web install`.
    pub span: Span,
    /// All of its arguments too.
    pub whole: Span,
    /// The user it runs as, if a wrapper changed that.
    pub user: Option<String>,
    /// Where its cache lies: any of these.
    pub directories: Vec<Directory>,
    /// Index in [`Run::mounts`] of a mount that serves it.
    pub served_by: Option<usize>,
    /// Whether it is a command of Yarn 2 or later.
    pub is_berry: bool,
    /// What told it to do without: a flag or the variable's assignment.
    pub opt_out: Option<OptOut>,
}

/// What told a command to do without a cache.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OptOut {
    /// A flag of the command.
    Flag(Span),
    /// A variable; `None` if the Dockerfile does not show where it was set.
    Variable(Option<Span>),
    /// A flag or a variable that forbids the network: what the command needs must be there already.
    Offline(Option<Span>),
}

impl Image {
    /// Follows every stage of a Dockerfile.
    pub fn new(file: &Dockerfile, knowledge: &Knowledge) -> Self {
        Walk::new(file, knowledge).image()
    }

    /// The run of an instruction.
    pub fn run_of(&self, instruction: usize) -> Option<&Run> {
        self.runs
            .binary_search_by_key(&instruction, |run| run.instruction)
            .ok()
            .and_then(|at| self.runs.get(at))
    }

    /// The stage and those it stands on, nearest first.
    pub fn lineage(&self, stage: usize) -> impl Iterator<Item = usize> {
        std::iter::successors(Some(stage), |stage| self.stages.get(*stage)?.parent)
    }

    /// Whether a stage is the other one or stands on it, however far below that is. Takes no walk: thousands of
    /// stages may stand on each other.
    pub fn stands_on(&self, stage: usize, other: usize) -> bool {
        let (Some(own), Some(below)) = (self.visited.get(stage), self.visited.get(other)) else {
            return false;
        };
        below.contains(&own.start)
    }
}

/// What is noted of a stage and holds for all that stand on it. To be asked in the order of the file, in which
/// parents come first: each stage then takes over what its parent has.
#[derive(Debug)]
pub struct Inherited<'a, T> {
    image: &'a Image,
    stages: Vec<T>,
}

impl<'a, T: Clone + Default> Inherited<'a, T> {
    /// Nothing is noted.
    pub fn new(image: &'a Image) -> Self {
        Self { image, stages: Vec::new() }
    }

    /// What holds in a stage so far. `None` if the file has no such stage.
    pub fn of(&mut self, stage: usize) -> Option<&mut T> {
        for next in self.stages.len()..=stage.min(self.image.stages.len().saturating_sub(1)) {
            let parent = self.image.stages.get(next).and_then(|origin| origin.parent);
            let inherited = parent.and_then(|parent| self.stages.get(parent)).cloned();
            self.stages.push(inherited.unwrap_or_default());
        }
        self.stages.get_mut(stage)
    }
}

/// What is still to be done: stages are visited from parent to child, so that a child sees its parent's
/// last state and nobody copies it.
enum Visit {
    Enter(usize),
    Leave(usize, Checkpoint),
}

struct Walk<'a> {
    file: &'a Dockerfile,
    knowledge: &'a Knowledge,
    globals: Globals,
    environment: Environment,
    runs: Vec<Run>,
    contents: Contents,
    /// Settings that come into force, by the instruction that brings their file.
    arrivals: settings::Arrivals,
}

impl<'a> Walk<'a> {
    fn new(file: &'a Dockerfile, knowledge: &'a Knowledge) -> Self {
        let mut globals = Globals::new(file.escape);
        let first = file.stages.first().map_or(file.instructions.len(), |stage| stage.instructions.start);
        for instruction in file.instructions.iter().take(first) {
            if let (Some(Keyword::Arg), Arguments::Pairs(pairs)) =
                (instruction.keyword, &instruction.arguments)
            {
                globals.declare(pairs);
            }
        }
        let environment = Environment::new(file.escape);
        let (runs, contents) = (Vec::new(), Contents::new(file));
        let arrivals = settings::Arrivals::default();
        Self { file, knowledge, globals, environment, runs, contents, arrivals }
    }

    fn image(mut self) -> Image {
        let stages = self.origins();
        self.arrivals = settings::Arrivals::find(self.file, &stages, self.knowledge, &self.contents);
        let mut visited = vec![0..0; stages.len()];
        let mut clock = 0;
        let mut children: Vec<Vec<usize>> = vec![Vec::new(); stages.len()];
        let mut visits = Vec::new();
        for (index, stage) in stages.iter().enumerate() {
            match stage.parent.and_then(|parent| children.get_mut(parent)) {
                Some(siblings) => siblings.push(index),
                None => visits.push(Visit::Enter(index)),
            }
        }
        while let Some(visit) = visits.pop() {
            match visit {
                Visit::Leave(index, checkpoint) => {
                    self.environment.rollback(checkpoint);
                    visited.get_mut(index).into_iter().for_each(|visit: &mut Range<usize>| visit.end = clock);
                }
                Visit::Enter(index) => {
                    visited.get_mut(index).into_iter().for_each(|visit| visit.start = clock);
                    clock += 1;
                    visits.push(Visit::Leave(index, self.environment.checkpoint()));
                    if let Some(origin) = stages.get(index).filter(|origin| origin.parent.is_none()) {
                        self.environment.begin(origin.base.clone());
                    }
                    self.stage(index);
                    visits
                        .extend(children.get(index).into_iter().flatten().map(|child| Visit::Enter(*child)));
                }
            }
        }
        self.runs.sort_by_key(|run| run.instruction);
        let mut image = Image { stages, runs: self.runs, contents: self.contents, visited };
        image.spread_readers();
        image
    }

    /// Which stage or image each stage stands on. Names are those of earlier stages, the last one of a name
    /// counts, and upper case does not match.
    fn origins(&self) -> Vec<StageOrigin> {
        let mut names: BTreeMap<&str, usize> = BTreeMap::new();
        let mut origins: Vec<StageOrigin> = Vec::new();
        for (index, stage) in self.file.stages.iter().enumerate() {
            let reference = self.globals.expand(&stage.base.value).unwrap_or_default();
            let parent = names.get(reference.as_str()).copied();
            let inherited = parent.and_then(|parent| origins.get(parent)).map(|origin| origin.base.clone());
            origins.push(StageOrigin { parent, base: inherited.unwrap_or_else(|| Base::new(&reference)) });
            if let Some(name) = &stage.name {
                names.insert(&name.value, index);
            }
        }
        origins
    }

    fn stage(&mut self, stage: usize) {
        let file = self.file;
        let Some(range) = file.stages.get(stage).map(|stage| stage.instructions.clone()) else { return };
        for index in range {
            let Some(outer) = file.instructions.get(index) else { continue };
            let instruction = outer.innermost();
            let onbuild = outer.keyword == Some(Keyword::Onbuild);
            if instruction.keyword == Some(Keyword::Run) {
                let before = onbuild.then(|| self.environment.checkpoint());
                let run = self.run(instruction, index, stage, onbuild);
                if !onbuild {
                    self.contents.run(&run);
                }
                self.runs.push(run);
                if let Some(before) = before {
                    // It runs in another build: nothing of it is left here.
                    self.environment.rollback(before);
                }
            } else if !onbuild {
                self.contents.copy(file, index, stage, &self.environment);
                for (setting, span) in self.arrivals.at(index) {
                    let variable = Variable { value: setting.value.clone(), span: Some(span) };
                    self.environment.set_file_config(&setting.tool, &setting.key, variable);
                }
                self.contents.start(instruction, stage);
                self.environment.apply(instruction, &self.globals);
            }
        }
    }

    fn run(&mut self, instruction: &Instruction, index: usize, stage: usize, onbuild: bool) -> Run {
        let (mounts, mount_errors) = mounts::of(instruction, &self.environment);
        self.environment.touch_apt(instruction.text.text());
        for heredoc in &instruction.heredocs {
            self.environment.touch_apt(heredoc.body.slice(&self.file.text));
        }
        let environment = &self.environment;
        let user = environment.user().cloned();
        let mut run = Run {
            instruction: index,
            stage,
            onbuild,
            user_id: user_id(environment, user.as_ref()),
            user,
            workdir: environment.workdir().to_owned(),
            shell: environment.shell(),
            docker_clean: environment.docker_clean(),
            mounts,
            mount_errors,
            script: script(instruction, &self.file.text, environment.shell()),
            needs: Vec::new(),
            opted_out: Vec::new(),
            removed: BTreeMap::new(),
        };
        if let Some(script) = run.script.take() {
            self.commands(&script, &mut run);
            run.script = Some(script);
        }
        run
    }

    /// Whether the command waits for a lockfile that the repository does not have.
    fn is_dead_branch(&self, script: &shell::Script, command: &shell::Command) -> bool {
        let absent = &self.knowledge.absent_lockfiles;
        !absent.is_empty() && awaited_file(script, command).is_some_and(|file| absent.contains(&file))
    }

    fn commands(&mut self, script: &shell::Script, run: &mut Run) {
        let folders = script.directories();
        let mut exports = Exports::default();
        let mut needs: BTreeMap<&'static str, CacheNeed> = BTreeMap::new();
        for (command, folder) in script.commands.iter().zip(folders) {
            let step = commands::step(script, command);
            if matches!(step, Step::Other) {
                continue;
            }
            let processes = processes(script, command);
            let process = processes.first().copied();
            let mut view = View::new(&self.environment, &exports, processes);
            match step {
                Step::Assign(assignments) => {
                    let values =
                        assignments.iter().map(|assignment| view.evaluate(assignment, false)).collect();
                    exports.add(values, process);
                }
                Step::Export(assignments, names) => {
                    let values =
                        assignments.iter().map(|assignment| view.evaluate(assignment, true)).collect();
                    exports.add(values, process);
                    names.into_iter().for_each(|name| exports.export(name));
                }
                Step::Configure { tool, key, value, span } => {
                    let value = view.value(&value);
                    self.environment.set_config(tool, key, Variable { value, span: Some(span) });
                }
                Step::Install(_) if self.is_dead_branch(script, command) => {}
                Step::Install(install) => {
                    view.enter(&install.invocation);
                    view.folder = folder_of(&self.environment, &folder);
                    let used = tool_use(&view, &install, run, self.knowledge);
                    if used.opt_out.is_some() {
                        run.opted_out.push(used);
                    } else {
                        let tool = install.tool;
                        let empty = || CacheNeed { tool, uses: Vec::new(), misplaced: Vec::new() };
                        needs.entry(tool.name).or_insert_with(empty).uses.push(used);
                    }
                }
                Step::Remove(invocation) => {
                    view.enter(&invocation);
                    let path = |word: &Word| Some((word.span.start, view.path(word, &folder)?));
                    run.removed.extend(invocation.args.iter().filter_map(path));
                }
                Step::Other => {}
            }
        }
        run.needs = needs.into_values().collect();
        mounts::find_misplaced(run);
    }
}

/// The file whose presence a command waits for: the body of `if [ -f yarn.lock ]; then …`.
fn awaited_file<'s>(script: &'s shell::Script, command: &shell::Command) -> Option<&'s str> {
    script.scopes_around(command).find_map(|body| {
        let branches = script.scope(body.parent?).filter(|scope| scope.kind == ScopeKind::If)?;
        let condition = branches.items.get(body.item?.checked_sub(1)?)?;
        let Element::Scope(condition) = condition.element else { return None };
        let condition = script.scope(condition).filter(|scope| scope.kind == ScopeKind::Condition)?;
        let [Item { element: Element::Command(test), negated: false, .. }] = condition.items.as_slice()
        else {
            return None;
        };
        let words: Vec<&str> =
            script.command(*test)?.words.iter().map(|word| word.as_literal().unwrap_or("")).collect();
        match words.as_slice() {
            ["[", "-f" | "-e" | "-s", file, "]"]
            | ["[[", "-f" | "-e" | "-s", file, "]]"]
            | ["test", "-f" | "-e" | "-s", file] => Some(file.strip_prefix("./").unwrap_or(file)),
            _ => None,
        }
    })
}

/// The numeric id of a user.
fn user_id(environment: &Environment, user: Option<&Spanned<String>>) -> Option<u32> {
    let Some(user) = user else { return Some(0) };
    let name = user.value.split(':').next().unwrap_or("");
    name.parse().ok().or_else(|| environment.base().user(name).map(|(_, id)| id))
}

/// The folder that `cd` led to.
fn folder_of(environment: &Environment, folder: &shell::Directory) -> Option<String> {
    match folder {
        shell::Directory::Path(path) => Some(environment.absolute(path)),
        _ => None,
    }
}

/// The processes around a command, innermost first.
fn processes(script: &shell::Script, command: &shell::Command) -> Vec<ScopeId> {
    let around = std::iter::successors(Some(command.scope), |id| script.scope(*id)?.parent);
    let is_process = |id: &ScopeId| {
        script.scope(*id).is_some_and(|scope| {
            matches!(
                scope.kind,
                ScopeKind::Script
                    | ScopeKind::Subshell
                    | ScopeKind::Substitution
                    | ScopeKind::Process
                    | ScopeKind::Shell(_)
            )
        })
    };
    around.filter(is_process).collect()
}

fn tool_use(view: &View<'_>, install: &Install<'_>, run: &Run, knowledge: &Knowledge) -> ToolUse {
    let (tool, command) = (install.tool, install.command);
    let vendored = vendored::takes_vendored(view, install, knowledge.is_vendored);
    // Yarn 1 has no `workspaces focus`.
    let berry = tool.name == "yarn" && (knowledge.has_berry || command == "workspaces focus");
    let place = match tool.places_of(command) {
        _ if vendored => tools::GO_BUILD,
        _ if berry => tools::BERRY,
        place => place,
    };
    let directories = view.directories(&place, install);
    let variable = || view.opts_out(tool).map(OptOut::Variable);
    let offline = || view.stays_offline(tool).map(OptOut::Offline);
    // What the Dockerfile sets outranks what an unknown base image may have set.
    let may_be_elsewhere = !view.environment.base().official && !directories.iter().any(|found| found.chosen);
    ToolUse {
        tool,
        command,
        span: install.span,
        whole: install.invocation.span,
        user: install.invocation.user.clone(),
        served_by: mounts::serving(&run.mounts, &directories, tool, may_be_elsewhere),
        directories,
        is_berry: berry,
        opt_out: install.opt_out.or_else(variable).or_else(offline),
    }
}

/// The commands of a `RUN`; `None` if no POSIX shell reads them.
fn script(instruction: &Instruction, file: &str, shell: ShellKind) -> Option<shell::Script> {
    let script = instruction.script(file)?;
    match script {
        _ if shell == ShellKind::Windows => None,
        dockerfile::Script::Exec(words) => {
            let words = words.into_iter().map(|word| {
                // The quotes of JSON are no part of the value.
                let inner =
                    Span::new(word.span.start + 1, word.span.end.saturating_sub(1).max(word.span.start + 1));
                Word::literal(&word.value, inner)
            });
            Some(shell::exec_form(words.collect()))
        }
        dockerfile::Script::Heredoc { shebang: Some(interpreter), .. } if !is_shell(&interpreter) => None,
        dockerfile::Script::Heredoc { shebang: Some(_), body } => Some(parse(&body)),
        dockerfile::Script::Heredoc { body: text, .. } | dockerfile::Script::Shell(text) => {
            (shell == ShellKind::Posix).then(|| parse(&text))
        }
    }
}

fn parse(text: &dockerfile::Mapped) -> shell::Script {
    let mut map = OffsetMap::default();
    text.pieces().for_each(|(at, source)| map.push(at, source));
    shell::parse_mapped(text.text(), &map)
}

/// Whether the interpreter of a shebang is a POSIX shell: `/bin/sh -e`, `/usr/bin/env bash`.
fn is_shell(interpreter: &str) -> bool {
    const SHELLS: [&str; 8] = ["sh", "bash", "dash", "ash", "zsh", "ksh", "mksh", "rbash"];
    let words = interpreter.split_whitespace().filter(|word| !word.starts_with('-') && !word.contains('='));
    let names = words.map(|word| word.rsplit('/').next().unwrap_or(word));
    let first = names.into_iter().find(|name| !matches!(*name, "env" | "busybox"));
    first.is_some_and(|name| SHELLS.contains(&name))
}
