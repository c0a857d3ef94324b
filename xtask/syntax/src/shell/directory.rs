//! Which folder a command runs in, as far as `cd` with literal folders tells.

use super::resolve::{Invocation, package_name, program_name};
use super::tree::{Element, ScopeId, ScopeKind, Script};
use super::word::Word;

/// How many components a folder may have: no real one is deeper, and ever longer paths would take quadratic
/// space in a text that changes folders all the time.
const DEEPEST: usize = 128;

/// The folder that a command runs in.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub enum Directory {
    /// The folder that the script was started in.
    #[default]
    Start,
    /// This folder: absolute, or relative to the one the script was started in. Neither `.` nor empty
    /// components; `..` only in front of a relative path.
    Path(String),
    /// `cd` to something that only the run can tell.
    Unknown,
}

impl Directory {
    /// The folder after `cd target`.
    pub fn join(&self, target: &str) -> Self {
        let base = match self {
            _ if target.starts_with('/') => "",
            Self::Start => "",
            Self::Path(path) => path,
            Self::Unknown => return Self::Unknown,
        };
        let absolute = target.starts_with('/') || base.starts_with('/');
        let mut parts: Vec<&str> = Vec::new();
        for part in base.split('/').chain(target.split('/')) {
            match part {
                "" | "." => {}
                ".." if parts.last().is_some_and(|last| *last != "..") => {
                    parts.pop();
                }
                ".." if absolute => {}
                part => parts.push(part),
            }
        }
        if parts.len() > DEEPEST {
            return Self::Unknown;
        }
        match (absolute, parts.is_empty()) {
            (true, _) => Self::Path(format!("/{}", parts.join("/"))),
            (false, true) => Self::Start,
            (false, false) => Self::Path(parts.join("/")),
        }
    }
}

impl Script {
    /// The folder of each command, in the order of [`Script::commands`]: `cd` and `pushd` with a literal
    /// folder hold for what follows in the same shell; a `cd` is taken to succeed.
    pub fn directories(&self) -> Vec<Directory> {
        let mut walk = Walk { script: self, found: vec![Directory::Start; self.commands.len()] };
        let mut directory = Directory::Start;
        walk.list(ScopeId(0), &mut directory);
        // Substitutions and nested shells start where their command runs.
        for (index, scope) in self.scopes.iter().enumerate() {
            let started =
                matches!(scope.kind, ScopeKind::Substitution | ScopeKind::Process | ScopeKind::Shell(_));
            if started {
                let host = scope.host.and_then(|host| walk.found.get(host.0)).cloned().unwrap_or_default();
                let mut directory = match scope.shell().and_then(|run| run.directory.as_ref()) {
                    Some(target) => {
                        target.as_literal().map_or(Directory::Unknown, |target| host.join(target))
                    }
                    None => host,
                };
                walk.list(ScopeId(index), &mut directory);
            }
        }
        walk.found
    }
}

/// Whether a word could name a program that changes the folder.
fn may_move(word: &Word) -> bool {
    let moves = |name: &str| matches!(name, "cd" | "chdir" | "pushd" | "popd");
    word.text.ends_with(['d', 'r']) && moves(program_name(&word.text))
        || word.text.contains('@') && moves(package_name(&word.text))
}

struct Walk<'a> {
    script: &'a Script,
    found: Vec<Directory>,
}

impl Walk<'_> {
    fn list(&mut self, scope: ScopeId, directory: &mut Directory) {
        let Some(scope) = self.script.scope(scope) else { return };
        let mut piped = false;
        for item in &scope.items {
            let pipes = item.connector.is_some_and(|connector| {
                matches!(connector.kind, super::ConnectorKind::Pipe | super::ConnectorKind::Background)
            });
            let mut own = directory.clone();
            match item.element {
                Element::Command(id) => self.command(id.0, &mut own),
                Element::Scope(id) => self.compound(id, &mut own),
            }
            // The elements of a pipeline run in processes of their own.
            if !pipes && !piped {
                *directory = own;
            }
            piped = item.connector.is_some_and(|connector| connector.kind == super::ConnectorKind::Pipe);
        }
    }

    fn command(&mut self, index: usize, directory: &mut Directory) {
        if let Some(found) = self.found.get_mut(index) {
            found.clone_from(directory);
        }
        let Some(command) = self.script.commands.get(index) else { return };
        // Most commands change no folder: what they run need not be found out.
        if !command.words.iter().any(may_move) {
            return;
        }
        let Some(Invocation { program, args, .. }) = self.script.invocation(command) else { return };
        match program {
            "cd" | "chdir" | "pushd" => {
                let target =
                    args.iter().find(|word| !matches!(word.text.as_str(), "--" | "-P" | "-L" | "-e"));
                let target = target.and_then(|word| word.as_literal()).filter(|target| *target != "-");
                *directory = target.map_or(Directory::Unknown, |target| directory.join(target));
            }
            "popd" => *directory = Directory::Unknown,
            _ => {}
        }
    }

    fn compound(&mut self, id: ScopeId, directory: &mut Directory) {
        let Some(scope) = self.script.scope(id) else { return };
        match scope.kind {
            ScopeKind::Group | ScopeKind::Condition => self.list(id, directory),
            ScopeKind::Subshell | ScopeKind::Function { .. } => self.list(id, &mut directory.clone()),
            _ => {
                let mut inside = directory.clone();
                self.list(id, &mut inside);
                if inside != *directory {
                    *directory = Directory::Unknown;
                }
            }
        }
    }
}
