//! The environment that instructions build up, line by line, and that `FROM stage` inherits.

use std::collections::HashMap;

use super::base::Base;
use crate::source::{Span, Spanned};
use crate::syntax::dockerfile::expand::expand;
use crate::syntax::dockerfile::{Arguments, Command, Copy, Instruction, Keyword, Pair, Word};

/// The longest path that is followed, in bytes: Linux's `PATH_MAX`.
const MAX_PATH: usize = 4096;

/// What BuildKit knows about the platform without being told; the values are those of the usual machine.
const PLATFORM: [(&str, &str); 8] = [
    ("TARGETPLATFORM", "linux/amd64"),
    ("TARGETOS", "linux"),
    ("TARGETARCH", "amd64"),
    ("TARGETVARIANT", ""),
    ("BUILDPLATFORM", "linux/amd64"),
    ("BUILDOS", "linux"),
    ("BUILDARCH", "amd64"),
    ("BUILDVARIANT", ""),
];

/// A variable's value and what set it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variable {
    /// The value, expanded.
    pub value: String,
    /// `NAME=value` in the Dockerfile; `None` if the base image or BuildKit set it.
    pub span: Option<Span>,
}

/// Whether `RUN` and its like go through a shell whose language is known here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShellKind {
    /// `/bin/sh` and its relatives.
    Posix,
    /// PowerShell or `cmd`.
    Windows,
    /// Another interpreter: `SHELL ["python3", "-c"]`.
    Foreign,
}

/// What a name is bound in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Table {
    /// `ENV`, and the base image's variables.
    Env,
    /// `ARG` of the stage.
    Arg,
    /// npm's configuration in [`Table::Env`] by lower-case name.
    EnvInAnyCase,
    /// npm's configuration in [`Table::Arg`] by lower-case name.
    ArgInAnyCase,
    /// `TOOL config set`; the name is `tool key`.
    Config,
    /// Files of the build context that set the same, once they are copied.
    FileConfig,
}

/// The parts that are no table.
#[derive(Clone, Debug)]
struct Frame {
    base: Base,
    user: Option<Spanned<String>>,
    workdir: String,
    shell: ShellKind,
    docker_clean: bool,
}

/// The state of a stage at one of its instructions. Changes can be taken back, so that stages which share
/// their ancestors cost no copies.
#[derive(Debug)]
pub struct Environment {
    escape: char,
    frame: Frame,
    values: HashMap<(Table, String), Variable>,
    undo: Vec<(Table, String, Option<Variable>)>,
}

/// A state to come back to.
#[derive(Debug)]
pub struct Checkpoint {
    frame: Frame,
    changes: usize,
}

impl Environment {
    /// Before any instruction.
    pub fn new(escape: char) -> Self {
        let frame = Frame {
            base: Base::default(),
            user: None,
            workdir: "/".to_owned(),
            shell: ShellKind::Posix,
            docker_clean: false,
        };
        Self { escape, frame, values: HashMap::new(), undo: Vec::new() }
    }

    /// Notes the present state.
    pub fn checkpoint(&self) -> Checkpoint {
        Checkpoint { frame: self.frame.clone(), changes: self.undo.len() }
    }

    /// Takes back what changed since the checkpoint.
    pub fn rollback(&mut self, checkpoint: Checkpoint) {
        for (table, name, before) in self.undo.drain(checkpoint.changes..).rev() {
            match before {
                Some(before) => self.values.insert((table, name), before),
                None => self.values.remove(&(table, name)),
            };
        }
        self.frame = checkpoint.frame;
    }

    /// Begins a stage on an image.
    pub fn begin(&mut self, base: Base) {
        for (name, value) in base.variables() {
            self.set(Table::Env, name, Variable { value: (*value).to_owned(), span: None });
        }
        let shell = if base.is_windows() { ShellKind::Windows } else { ShellKind::Posix };
        let workdir = base.workdir().to_owned();
        self.frame = Frame { docker_clean: base.cleans_apt(), workdir, shell, user: None, base };
    }

    fn set(&mut self, table: Table, name: &str, variable: Variable) {
        let before = self.values.insert((table, name.to_owned()), variable);
        self.undo.push((table, name.to_owned(), before));
    }

    /// Sets a variable of the environment.
    fn set_variable(&mut self, table: Table, name: &str, variable: Variable) {
        let lower = name.to_ascii_lowercase();
        if lower.starts_with("npm_config_") || lower.starts_with("pnpm_config_") {
            let in_any_case = if table == Table::Env { Table::EnvInAnyCase } else { Table::ArgInAnyCase };
            self.set(in_any_case, &lower, variable.clone());
        }
        self.set(table, name, variable);
    }

    fn get(&self, table: Table, name: &str) -> Option<&Variable> {
        self.values.get(&(table, name.to_owned()))
    }

    /// A variable as `RUN` sees it: `ENV` wins over `ARG`.
    pub fn variable(&self, name: &str) -> Option<&Variable> {
        self.get(Table::Env, name).or_else(|| self.get(Table::Arg, name))
    }

    /// A variable of npm's configuration (`npm_config_cache`), whose name may be written in any case. `name`
    /// is in lower case.
    pub fn variable_in_any_case(&self, name: &str) -> Option<&Variable> {
        self.variable(name)
            .or_else(|| self.get(Table::EnvInAnyCase, name))
            .or_else(|| self.get(Table::ArgInAnyCase, name))
    }

    /// What an earlier `TOOL config set KEY VALUE` left behind.
    pub fn config(&self, tool: &str, key: &str) -> Option<&Variable> {
        self.get(Table::Config, &format!("{tool} {key}"))
    }

    /// Notes a `TOOL config set KEY VALUE`.
    pub fn set_config(&mut self, tool: &str, key: &str, variable: Variable) {
        self.set(Table::Config, &format!("{tool} {key}"), variable);
    }

    /// What a file of the build context sets that the image has by now.
    pub fn file_config(&self, tool: &str, key: &str) -> Option<&Variable> {
        self.get(Table::FileConfig, &format!("{tool} {key}"))
    }

    /// Notes what a file sets that is copied.
    pub fn set_file_config(&mut self, tool: &str, key: &str, variable: Variable) {
        self.set(Table::FileConfig, &format!("{tool} {key}"), variable);
    }

    /// The escape character of the file.
    pub fn escape(&self) -> char {
        self.escape
    }

    /// The image at the root of the stage's lineage.
    pub fn base(&self) -> &Base {
        &self.frame.base
    }

    /// The `USER` in force, group included; `None` if no instruction set one.
    pub fn user(&self) -> Option<&Spanned<String>> {
        self.frame.user.as_ref()
    }

    /// The working directory.
    pub fn workdir(&self) -> &str {
        &self.frame.workdir
    }

    /// The language of shell forms.
    pub fn shell(&self) -> ShellKind {
        self.frame.shell
    }

    /// Whether the base image's `docker-clean` deletes what apt downloaded after each installation.
    pub fn docker_clean(&self) -> bool {
        self.frame.docker_clean
    }

    /// Notes a text that is run or a path that is written: it may do away with `docker-clean`.
    pub fn touch_apt(&mut self, text: &str) {
        if ["docker-clean", "Keep-Downloaded-Packages", "apt.conf.d"].iter().any(|word| text.contains(word)) {
            self.frame.docker_clean = false;
        }
    }

    /// Expands quotes and variables the way BuildKit does.
    ///
    /// # Errors
    /// BuildKit's message.
    pub fn expand(&self, word: &str) -> Result<String, String> {
        expand(word, self.escape, &|name| self.lookup(name))
    }

    /// The value of a variable for an expansion.
    pub fn lookup(&self, name: &str) -> Option<String> {
        self.variable(name).map(|variable| variable.value.clone())
    }

    /// The same where the image may bring the variable: what it is then stays open, `${NAME}`. Empty is only what no
    /// image sets.
    pub fn lookup_in_image(&self, name: &str) -> Option<String> {
        let open = || (!self.frame.base.official).then(|| format!("${{{name}}}"));
        self.lookup(name).or_else(open)
    }

    /// `path` from the working directory, cleaned.
    pub fn absolute(&self, path: &str) -> String {
        join(&self.frame.workdir, path)
    }

    /// Home folder of a user (name, id, `user:group`): known for root and the users that the image brings.
    pub fn home_of(&self, user: &str) -> Option<&'static str> {
        self.frame.base.user(user.split(':').next().unwrap_or("")).map(|(home, _)| home)
    }

    /// Does what an instruction says. `globals` are the `ARG`s before the first `FROM`.
    pub fn apply(&mut self, instruction: &Instruction, globals: &Globals) {
        match (instruction.keyword, &instruction.arguments) {
            (Some(Keyword::Env), Arguments::Pairs(pairs)) => self.env(pairs),
            (Some(Keyword::Arg), Arguments::Pairs(pairs)) => self.arg(pairs, globals),
            (Some(Keyword::Workdir), Arguments::Word(Some(word))) => {
                let path = self.value(word);
                if self.frame.workdir.len() + path.len() < MAX_PATH {
                    self.frame.workdir = self.absolute(&path);
                }
            }
            (Some(Keyword::User), Arguments::Word(Some(word))) => {
                self.frame.user = Some(Spanned::new(self.value(word), word.span));
            }
            (_, Arguments::Copy(Copy { destination: Some(destination), .. })) => {
                self.touch_apt(&destination.value);
            }
            (Some(Keyword::Shell), Arguments::Command(Command::Exec(words))) => {
                self.frame.shell = shell_kind(words);
            }
            _ => {}
        }
    }

    /// The expanded word; as it is written if BuildKit would refuse it. Variables that only the image may have stay
    /// open, but where the word itself says what else to take.
    fn value(&self, word: &Word) -> String {
        let is_decided = [":-", ":+", ":?"].iter().any(|operator| word.value.contains(operator));
        let lookup = |name: &str| if is_decided { self.lookup(name) } else { self.lookup_in_image(name) };
        expand(&word.value, self.escape, &lookup).unwrap_or_else(|_| word.value.clone())
    }

    /// All values of one `ENV` are expanded in the environment before it.
    fn env(&mut self, pairs: &[Pair]) {
        let expanded = |pair: &Pair| {
            let value = pair.value.as_ref().map(|value| self.value(value)).unwrap_or_default();
            (self.value(&pair.key), Variable { value, span: Some(pair.span) })
        };
        let variables: Vec<(String, Variable)> = pairs.iter().map(expanded).collect();
        for (name, variable) in variables {
            self.set_variable(Table::Env, &name, variable);
        }
    }

    /// Each pair of an `ARG` sees those before it; names are not expanded.
    fn arg(&mut self, pairs: &[Pair], globals: &Globals) {
        for pair in pairs {
            let name = &pair.key.value;
            let variable = match &pair.value {
                Some(value) => Some(Variable { value: self.value(value), span: Some(pair.span) }),
                None => globals.get(name).cloned(),
            };
            if let Some(variable) = variable {
                self.set_variable(Table::Arg, name, variable);
            }
        }
    }
}

/// The `ARG`s before the first `FROM`, and what BuildKit knows by itself. They are visible in `FROM`, and in
/// a stage once it declares them.
#[derive(Debug)]
pub struct Globals {
    escape: char,
    values: HashMap<String, Variable>,
}

impl Globals {
    /// Those of a file without any `ARG`.
    pub fn new(escape: char) -> Self {
        let known =
            |(name, value): (&str, &str)| (name.to_owned(), Variable { value: value.to_owned(), span: None });
        Self { escape, values: PLATFORM.into_iter().map(known).collect() }
    }

    /// Adds a global `ARG`; each pair sees those before it.
    pub fn declare(&mut self, pairs: &[Pair]) {
        for pair in pairs {
            if let Some(value) = &pair.value {
                let value = self.expand(&value.value).unwrap_or_else(|_| value.value.clone());
                self.values.insert(pair.key.value.clone(), Variable { value, span: Some(pair.span) });
            }
        }
    }

    fn get(&self, name: &str) -> Option<&Variable> {
        self.values.get(name)
    }

    /// Expands a word of a `FROM`.
    ///
    /// # Errors
    /// BuildKit's message.
    pub fn expand(&self, word: &str) -> Result<String, String> {
        expand(word, self.escape, &|name| self.get(name).map(|variable| variable.value.clone()))
    }
}

/// `path` from `folder`, without `.`, `..`, empty components and a trailing slash.
pub fn join(folder: &str, path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    let folder = if path.starts_with('/') { "" } else { folder };
    for part in folder.split('/').chain(path.split('/')) {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    format!("/{}", parts.join("/"))
}

/// The language of a `SHELL`.
fn shell_kind(words: &[Word]) -> ShellKind {
    let Some(program) = words.first() else { return ShellKind::Posix };
    let name = program.value.rsplit(['/', '\\']).next().unwrap_or("").to_ascii_lowercase();
    let name = name.strip_suffix(".exe").unwrap_or(&name);
    match name.trim_end_matches(|character: char| character.is_ascii_digit() || character == '.') {
        "powershell" | "pwsh" | "pwsh-preview" | "cmd" => ShellKind::Windows,
        "python" | "node" | "perl" | "ruby" | "deno" | "php" => ShellKind::Foreign,
        _ => ShellKind::Posix,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_cleaned() {
        assert_eq!(join("/w", "a/../b/./c/"), "/w/b/c");
        assert_eq!(join("/w", "/a"), "/a");
        assert_eq!(join("/", "../.."), "/");
    }
}
