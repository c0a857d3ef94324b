//! Where the cache of a command lies, and which mount is there.

use std::cell::Cell;
use std::collections::{HashMap, HashSet};

use super::CacheMount;
use super::commands::Install;
use super::environment::{Environment, Variable, join};
use super::place::Place;
use super::tools::{Class, TOOLS, Tool};
use crate::source::Span;
use crate::syntax::dockerfile::expand::{MAX_LENGTH, expand};
use crate::syntax::shell::{self, Assignment, Expansion, ExpansionKind, Invocation, ScopeId, Word};

/// A folder that holds a cache.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Directory {
    /// Where it is.
    pub path: Location,
    /// What in the Dockerfile moved it there: a flag, a variable's assignment (`HOME` too), a `config set`.
    pub moved_by: Option<Span>,
    /// Whether the user's home folder is part of it.
    pub in_home: bool,
    /// Whether the tool was told to use it; otherwise it is the tool's default.
    pub chosen: bool,
    /// Whether the home folder is that of root only because nothing says who runs in this image: then the
    /// components behind it.
    pub assumed: Option<String>,
}

impl Directory {
    /// Whether a mount at the absolute path `target` is there: see [`Location::is_at`]. Of an assumed home folder only
    /// the end counts.
    pub fn is_at(&self, target: &str) -> bool {
        let ends = |rest: &str| format!("{target}/").contains(&format!("/{rest}/"));
        self.path.is_at(target) || self.assumed.as_deref().is_some_and(ends)
    }
}

/// A path that is known, or the end of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Location {
    /// An absolute path.
    Known(String),
    /// Below the home folder of a user whose home is unknown: the components behind it.
    BelowUnknownHome(String),
}

impl Location {
    /// Whether a mount at the absolute path `target` holds the folder, a folder around it or a part of it.
    /// Below an unknown home, a target with the same end, or below such a folder, is believed, except root's.
    pub fn is_at(&self, target: &str) -> bool {
        match self {
            Self::Known(path) => is_within(path, target) || is_within(target, path),
            Self::BelowUnknownHome(rest) => {
                // Every component ends in a slash, so that `.npm` is not found in `.npmrc`.
                !is_within(target, "/root") && format!("{target}/").contains(&format!("/{rest}/"))
            }
        }
    }
}

/// Whether `path` is `folder` or below it, by components.
pub fn is_within(path: &str, folder: &str) -> bool {
    let folder = folder.trim_end_matches('/');
    path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// A variable that the script itself sets.
#[derive(Clone, Debug)]
struct Binding {
    name: String,
    value: String,
    span: Span,
    /// The process that has it: the script, a subshell, a nested shell.
    process: Option<ScopeId>,
    /// Whether the programs that the shell starts see it.
    exported: bool,
}

/// What the script set so far, by lower-case name.
#[derive(Debug, Default)]
pub(super) struct Exports {
    bindings: HashMap<String, Vec<Binding>>,
    /// The names that `export` was told without a value: later assignments are exported too.
    names: HashSet<String>,
}

impl Exports {
    /// Adds assignments, evaluated. What was exported before stays so.
    pub fn add(&mut self, values: Vec<Evaluated>, process: Option<ScopeId>) {
        for Evaluated { name, value, span, exported } in values {
            let bindings = self.bindings.entry(name.to_ascii_lowercase()).or_default();
            let exported = exported
                || self.names.contains(&name)
                || bindings.iter().any(|binding| binding.name == name && binding.exported);
            // The same process binds a name once: what it said before is gone.
            bindings.retain(|binding| binding.process != process || binding.name != name);
            bindings.push(Binding { name, value, span, process, exported });
        }
    }

    /// `export NAME`
    pub fn export(&mut self, name: &str) {
        self.names.insert(name.to_owned());
        let bindings = self.bindings.get_mut(&name.to_ascii_lowercase()).into_iter().flatten();
        bindings.filter(|binding| binding.name == name).for_each(|binding| binding.exported = true);
    }
}

/// An assignment whose value is known.
pub(super) struct Evaluated {
    name: String,
    value: String,
    span: Span,
    exported: bool,
}

/// What a command sees: the stage's environment and what the script itself sets.
pub(super) struct View<'a> {
    pub environment: &'a Environment,
    pub exports: &'a Exports,
    /// The processes around the command, innermost first.
    pub processes: Vec<ScopeId>,
    /// Names that `env -u` took away.
    pub unset: Vec<&'a str>,
    /// `env -i`: nothing of the stage's environment is left.
    pub cleared: bool,
    /// The user that a wrapper changed to.
    pub user: Option<String>,
    /// The folder that the command runs in, if `cd` leads out of the working directory.
    pub folder: Option<String>,
    /// Assignments of wrappers and of the command; later ones win.
    own: Vec<Binding>,
}

/// A value and what set it.
struct Found {
    value: String,
    span: Option<Span>,
}

impl From<&Binding> for Found {
    fn from(binding: &Binding) -> Self {
        Self { value: binding.value.clone(), span: Some(binding.span) }
    }
}

impl From<&Variable> for Found {
    fn from(variable: &Variable) -> Self {
        Self { value: variable.value.clone(), span: variable.span }
    }
}

impl<'a> View<'a> {
    /// The view of a command without wrappers.
    pub fn new(environment: &'a Environment, exports: &'a Exports, processes: Vec<ScopeId>) -> Self {
        let (unset, own) = (Vec::new(), Vec::new());
        Self { environment, exports, processes, unset, cleared: false, user: None, folder: None, own }
    }

    /// Takes over what the wrappers of a command change.
    pub fn enter(&mut self, invocation: &'a Invocation<'a>) {
        self.user.clone_from(&invocation.user);
        for layer in invocation.through.iter().filter(|layer| layer.program == "env") {
            let own = layer.args.iter().take_while(|word| word.span.start < invocation.word.span.start);
            let mut words = own.map(|word| word.text.as_str());
            while let Some(word) = words.next() {
                match word {
                    "-i" | "-" | "--ignore-environment" => self.cleared = true,
                    "-u" | "--unset" => self.unset.extend(words.next()),
                    _ => self.unset.extend(word.strip_prefix("--unset=")),
                }
            }
        }
        invocation.assignments.iter().for_each(|assignment| self.assign(assignment));
    }

    /// Adds an assignment; its value is expanded with what is in force already.
    pub fn assign(&mut self, assignment: &Assignment) {
        let Evaluated { name, value, span, exported } = self.evaluate(assignment, true);
        self.own.push(Binding { name, value, span, process: None, exported });
    }

    /// Evaluates an assignment. A variable of the environment is changed there even without `export`.
    pub fn evaluate(&self, assignment: &Assignment, export: bool) -> Evaluated {
        let name = assignment.name.clone();
        let exported = export || self.environment.variable(&name).is_some();
        Evaluated { name, value: self.value(&assignment.value), span: assignment.span, exported }
    }

    /// A variable that the script sets.
    fn binding(&self, name: &str, any_case: bool) -> Option<&Binding> {
        let same = |binding: &&Binding| {
            binding.exported
                && if any_case { binding.name.eq_ignore_ascii_case(name) } else { binding.name == name }
        };
        self.find(name, same)
    }

    /// The binding in force among those of a name in any case.
    fn find(&self, name: &str, same: impl Fn(&&Binding) -> bool) -> Option<&Binding> {
        if let Some(own) = self.own.iter().rev().find(&same) {
            return Some(own);
        }
        let visible = |binding: &&Binding| {
            binding.process.is_none_or(|process| self.processes.contains(&process)) && same(binding)
        };
        self.exports.bindings.get(&name.to_ascii_lowercase())?.iter().rev().find(visible)
    }

    /// A variable as the command sees it.
    fn variable(&self, name: &str, any_case: bool) -> Option<Found> {
        if let Some(binding) = self.binding(name, any_case) {
            return Some(binding.into());
        }
        let unset = |other: &&str| if any_case { other.eq_ignore_ascii_case(name) } else { *other == name };
        if self.cleared || self.unset.iter().any(unset) {
            return None;
        }
        let found = if any_case {
            self.environment.variable_in_any_case(name)
        } else {
            self.environment.variable(name)
        };
        found.map(Found::from)
    }

    /// A word with what the shell would put in for its parameters.
    pub fn value(&self, word: &Word) -> String {
        let mut value = String::new();
        let mut at = 0;
        for expansion in word.expansions.iter().filter(|expansion| !expansion.nested) {
            let range = expansion.range.clone();
            value.push_str(word.text.get(at..range.start).unwrap_or(""));
            let written = word.text.get(range.clone()).unwrap_or("");
            at = at.max(range.end);
            // What a command prints is not known: its text can be no path that a mount has.
            let expanded = (expansion.kind == ExpansionKind::Parameter)
                .then(|| expand(written, '\\', &|name| self.shell_variable(name)).ok());
            value.push_str(expanded.flatten().as_deref().unwrap_or(written));
            if value.len() > MAX_LENGTH {
                return value;
            }
        }
        value.push_str(word.text.get(at..).unwrap_or(""));
        value
    }

    /// The absolute path that a word names, globs and all. `None` where a variable, the home folder or the working
    /// directory is not known.
    pub fn path(&self, word: &Word, folder: &shell::Directory) -> Option<String> {
        let text = self.known_value(word).filter(|text| !text.is_empty())?;
        if word.has_tilde {
            let rest = text.strip_prefix('~').filter(|rest| rest.is_empty() || rest.starts_with('/'))?;
            return Some(join("/", &format!("{}/{rest}", self.home()?.value)));
        }
        match folder {
            _ if text.starts_with('/') => Some(join("/", &text)),
            shell::Directory::Start => Some(self.environment.absolute(&text)),
            shell::Directory::Path(folder) => Some(join(&self.environment.absolute(folder), &text)),
            shell::Directory::Unknown => None,
        }
    }

    /// The value of a word whose variables are all known.
    fn known_value(&self, word: &Word) -> Option<String> {
        let missing = Cell::new(false);
        let lookup = |name: &str| {
            let value = self.shell_variable(name);
            missing.set(missing.get() || value.is_none());
            value
        };
        let is_known = |expansion: &Expansion| {
            let written = word.text.get(expansion.range.clone()).unwrap_or("");
            expansion.kind == ExpansionKind::Parameter && expand(written, '\\', &lookup).is_ok()
        };
        let mut expansions = word.expansions.iter().filter(|expansion| !expansion.nested);
        (expansions.all(is_known) && !missing.get()).then(|| self.value(word))
    }

    fn shell_variable(&self, name: &str) -> Option<String> {
        if let Some(binding) = self.find(name, |binding| binding.name == name) {
            return Some(binding.value.clone());
        }
        match self.variable(name, false) {
            None if name == "HOME" => self.home().map(|home| home.value),
            found => found.map(|found| found.value),
        }
    }

    /// The home folder, if it is known: that of the user a wrapper changed to, else `HOME`, else that of
    /// `USER`.
    fn home(&self) -> Option<Found> {
        let home_of = |user: &str| {
            let value = self.environment.home_of(user)?.to_owned();
            Some(Found { value, span: None })
        };
        if let Some(binding) = self.binding("HOME", false) {
            return Some(binding.into());
        }
        if let Some(user) = &self.user {
            return home_of(user);
        }
        if let Some(home) = self.variable("HOME", false).filter(|home| !home.value.is_empty()) {
            return Some(home);
        }
        home_of(self.environment.user().map_or("root", |user| user.value.as_str()))
    }

    /// Whether the home folder is root's only because nothing says otherwise, in an image of which nobody here knows
    /// who runs in it. `USER root` proves nothing: images for other users set `HOME`, which stays what it is (UBI's
    /// and Jupyter's do).
    fn is_home_assumed(&self) -> bool {
        let has_home = || {
            self.binding("HOME", false).is_some()
                || self.variable("HOME", false).is_some_and(|home| !home.value.is_empty())
        };
        !self.environment.base().runs_as_root() && self.user.is_none() && self.is_root() && !has_home()
    }

    /// Whether the command runs as root.
    fn is_root(&self) -> bool {
        let of_stage = || self.environment.user().map_or("root", |user| user.value.as_str());
        let user = self.user.as_deref().unwrap_or_else(of_stage);
        matches!(user.split(':').next(), Some("root" | "0"))
    }

    /// The folder `rest` below the home folder.
    fn below_home(&self, rest: &str, moved_by: Option<Span>) -> Directory {
        let home = self.home();
        let moved_by = moved_by.or(home.as_ref().and_then(|home| home.span));
        let path = match home {
            Some(home) => Location::Known(join(&self.environment.absolute(&home.value), rest)),
            None => Location::BelowUnknownHome(rest.to_owned()),
        };
        let assumed = self.is_home_assumed().then(|| rest.to_owned());
        Directory { path, moved_by, in_home: true, chosen: false, assumed }
    }

    /// The folder that a value names: relative to the working directory, `~/` meaning home.
    fn named(&self, found: Found, below: &str) -> Option<Directory> {
        if found.value.is_empty() {
            return None;
        }
        if let Some(rest) = found.value.strip_prefix("~/") {
            let path = join("/", &format!("{rest}/{below}"));
            let below = self.below_home(path.trim_start_matches('/'), found.span);
            return Some(Directory { chosen: true, ..below });
        }
        // A variable that only the image has: the end of the path is all that is known.
        let open = found.value.rsplit_once('}').filter(|(start, _)| start.contains("${"));
        if let Some((_, rest)) = open.filter(|_| !self.environment.base().official) {
            let rest = join("/", &format!("{rest}/{below}")).trim_start_matches('/').to_owned();
            let path = Location::BelowUnknownHome(rest.clone());
            let assumed = Some(rest).filter(|rest| !rest.is_empty());
            return Some(Directory { path, moved_by: found.span, in_home: false, chosen: false, assumed });
        }
        let path = Location::Known(join(&self.environment.absolute(&found.value), below));
        Some(Directory { path, moved_by: found.span, in_home: false, chosen: true, assumed: None })
    }

    fn fixed(path: &str) -> Directory {
        let path = Location::Known(path.to_owned());
        Directory { path, moved_by: None, in_home: false, chosen: false, assumed: None }
    }

    /// The folders that a place of the table stands for. None if it does not apply.
    pub fn directories(&self, place: &Place, install: &Install<'_>) -> Vec<Directory> {
        match place {
            Place::FirstOf(places) => {
                let found = places.iter().map(|place| self.directories(place, install));
                found.into_iter().find(|found| !found.is_empty()).unwrap_or_default()
            }
            Place::AnyOf(places) => {
                places.iter().flat_map(|place| self.directories(place, install)).collect()
            }
            Place::Flag(names) => self.flag(names, install),
            Place::Config(keys) => self.config(keys, install).into_iter().collect(),
            Place::Variable(name, below) => {
                let found = self.variable(name, false);
                // `GOPATH` may be a list, of which the first folder counts.
                let found = found.map(|found| Found { value: first_of_list(name, &found.value), ..found });
                found.and_then(|found| self.named(found, below)).into_iter().collect()
            }
            Place::VariableInAnyCase(name) => {
                self.variable(name, true).and_then(|found| self.named(found, "")).into_iter().collect()
            }
            Place::Home(path) => vec![self.below_home(path, None)],
            Place::RootsOwn(path) if self.is_root() => {
                let assumed = self.is_home_assumed().then(|| path.trim_start_matches('/').to_owned());
                vec![Directory { assumed, ..Self::fixed(path) }]
            }
            Place::RootsOwn(_) => Vec::new(),
            Place::Workdir(path) => {
                let mut found = vec![Self::fixed(&self.environment.absolute(path))];
                found.extend(self.folder.as_ref().map(|folder| Self::fixed(&join(folder, path))));
                found
            }
            Place::Fixed(path) => vec![Self::fixed(path)],
        }
    }

    /// The value of a flag: below the working directory, and below the folder that `cd` led to.
    fn flag(&self, names: &[&str], install: &Install<'_>) -> Vec<Directory> {
        let Some(flag) = install.flags.iter().rev().find(|flag| names.contains(&flag.name)) else {
            return Vec::new();
        };
        let Some(value) = flag.value.as_ref().map(|value| self.value(value)) else { return Vec::new() };
        let relative = !value.starts_with(['/', '~']);
        let elsewhere = self.folder.as_ref().filter(|_| relative).map(|folder| join(folder, &value));
        [Some(value), elsewhere]
            .into_iter()
            .flatten()
            .filter_map(|value| self.named(Found { value, span: Some(flag.span) }, ""))
            .collect()
    }

    fn config(&self, keys: &[&str], install: &Install<'_>) -> Option<Directory> {
        let tool = install.tool.name;
        let set = keys.iter().find_map(|key| self.environment.config(tool, key));
        let of_file = || keys.iter().find_map(|key| self.environment.file_config(tool, key));
        self.named(set.or_else(of_file)?.into(), "")
    }

    /// The value of a variable.
    pub fn lookup(&self, name: &str) -> Option<String> {
        self.variable(name, false).map(|found| found.value)
    }

    /// A variable that forbids the tool the network. npm's configuration may be written in any case.
    pub fn stays_offline(&self, tool: &Tool) -> Option<Option<Span>> {
        tool.offline_variables.iter().find_map(|(name, values)| {
            let found = self.variable(name, name.starts_with("npm_config_"))?;
            values.contains(&&*found.value.to_ascii_lowercase()).then_some(found.span)
        })
    }

    /// The true value of a variable that opts out of the cache.
    pub fn opts_out(&self, tool: &Tool) -> Option<Option<Span>> {
        tool.opt_out_variables.iter().find_map(|name| {
            let found = self.variable(name, false)?;
            is_true(&found.value).then_some(found.span)
        })
    }
}

/// The first folder of a `GOPATH`; other variables hold one folder.
fn first_of_list(name: &str, value: &str) -> String {
    let first = if name == "GOPATH" { value.split(':').next().unwrap_or("") } else { value };
    first.to_owned()
}

fn is_true(value: &str) -> bool {
    matches!(value.to_ascii_lowercase().as_str(), "1" | "true" | "t" | "yes" | "y" | "on")
}

/// Whether target or id of a cache mount name the tool as a whole word.
pub fn names_tool(mount: &CacheMount, tool: &Tool) -> bool {
    let names = |text: &str| {
        let words = text.split(|character: char| !character.is_ascii_alphanumeric());
        words.into_iter().any(|word| {
            word.eq_ignore_ascii_case(tool.name)
                || tool.programs.iter().any(|program| word.eq_ignore_ascii_case(program))
        })
    };
    names(&mount.target)
        || names(&mount.written_target)
        || mount.id.as_ref().is_some_and(|id| names(&id.value))
}

/// The tool that a mount's target or id names, if any: what a mount at the wrong place was meant for.
pub fn named_tool(mount: &CacheMount) -> Option<&'static Tool> {
    TOOLS.iter().find(|tool| tool.class != Class::Build && names_tool(mount, tool))
}
