//! Where files of the build context that set up a tool come into the image: a setting holds from there on, in that
//! stage and in those that stand on it, and nowhere else.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::contents::Contents;
use super::directories::is_within;
use super::environment::join;
use super::{Knowledge, Setting, StageOrigin};
use crate::source::{RepoPath, Span};
use crate::syntax::dockerfile::{Arguments, Copy, Dockerfile, Instruction, Keyword, Word};

/// Settings by the instruction that brings their file, with the word that names it.
#[derive(Debug, Default)]
pub(super) struct Arrivals(BTreeMap<usize, Vec<(Setting, Span)>>);

/// What a stage has at one of its instructions.
#[derive(Clone, Default)]
struct State {
    workdir: Workdir,
    /// The files that settings come from, and where they lie.
    files: BTreeMap<&'static str, Location>,
}

/// The working directory as it is written; `None` behind a variable.
type Location = Option<Arc<str>>;
type Workdir = Location;

impl Arrivals {
    /// Follows the files from stage to stage, in the order of the file: parents come first.
    pub fn find(file: &Dockerfile, stages: &[StageOrigin], knowledge: &Knowledge, names: &Contents) -> Self {
        let mut arrivals = Self::default();
        if knowledge.settings.is_empty() {
            return arrivals;
        }
        let mut states: Vec<State> = Vec::new();
        for (stage, origin) in stages.iter().enumerate() {
            let inherited = origin.parent.and_then(|parent| states.get(parent)).cloned();
            let mut state = inherited
                .unwrap_or_else(|| State { workdir: Some(origin.base.workdir().into()), ..State::default() });
            let range = file.stages.get(stage).map_or(0..0, |stage| stage.instructions.clone());
            for index in range {
                let Some(instruction) = file.instructions.get(index) else { continue };
                let from = names.from(instruction, stage).and_then(|from| states.get(from));
                for (name, span) in state.apply(instruction, from, knowledge) {
                    let settings = knowledge.settings.iter().filter(|setting| setting.file == name);
                    let found = settings.map(|setting| (setting.clone(), span));
                    arrivals.0.entry(index).or_default().extend(found);
                }
            }
            states.push(state);
        }
        arrivals
    }

    /// The settings that come into force with an instruction.
    pub fn at(&self, instruction: usize) -> impl Iterator<Item = (&Setting, Span)> {
        self.0.get(&instruction).into_iter().flatten().map(|(setting, span)| (setting, *span))
    }
}

impl State {
    /// Takes in what an instruction does; gives the files that it brings. `from` is the stage that `--from` names.
    fn apply(
        &mut self,
        instruction: &Instruction,
        from: Option<&Self>,
        knowledge: &Knowledge,
    ) -> Vec<(&'static str, Span)> {
        match (instruction.keyword, &instruction.arguments) {
            (Some(Keyword::Workdir), Arguments::Word(Some(path))) => {
                self.workdir = self.resolve(&path.value);
                Vec::new()
            }
            (Some(Keyword::Copy | Keyword::Add), Arguments::Copy(copy)) => {
                let elsewhere = instruction.flags.iter().any(|flag| flag.name.value == "from");
                let names = knowledge.settings.iter().map(|setting| setting.file);
                let brings = |name: &'static str| {
                    let is_brought = |source: &&Word| match from {
                        Some(stage) => stage.has(name, &source.value),
                        None => !elsewhere && holds(&source.value, name),
                    };
                    Some((name, copy.sources.iter().find(is_brought)?))
                };
                let mut found: Vec<(&'static str, &Word)> = names.filter_map(brings).collect();
                found.dedup_by_key(|(name, _)| *name);
                for (name, source) in &found {
                    let path = self.destination(copy, name, source);
                    self.files.insert(name, path);
                }
                found.into_iter().map(|(name, source)| (name, source.span)).collect()
            }
            _ => Vec::new(),
        }
    }

    /// An absolute path; `None` if a variable is part of it.
    fn resolve(&self, path: &str) -> Location {
        match &self.workdir {
            _ if path.contains('$') => None,
            _ if path.starts_with('/') => Some(join("/", path).into()),
            Some(workdir) => Some(join(workdir, path).into()),
            None => None,
        }
    }

    /// Where a file comes to lie.
    fn destination(&self, copy: &Copy, name: &str, source: &Word) -> Location {
        let destination = &copy.destination.as_ref()?.value;
        let path = self.resolve(destination)?;
        let named = RepoPath::new(&source.value).file_name() == name;
        // A file alone takes the name of the destination, unless that is a folder.
        let is_folder = destination.ends_with(['/', '.']) && !destination.ends_with(name)
            || copy.sources.len() > 1
            || self.workdir.as_deref() == Some(&*path);
        Some(if named && !is_folder { path } else { join(&path, name).into() })
    }

    /// Whether a path of this stage is the file or a folder around it. Where variables hide that, it is.
    fn has(&self, name: &str, source: &str) -> bool {
        let Some(place) = self.files.get(name) else { return false };
        match place {
            Some(place) if !source.contains('$') => is_within(place, &join("/", source)),
            _ => true,
        }
    }
}

/// Whether a source of the context's top takes the file in.
fn holds(source: &str, name: &str) -> bool {
    let path = RepoPath::new(source);
    path.is_root() || path.as_str() == name || source == "*" || path.as_str() == ".npmrc*" && name == ".npmrc"
}
