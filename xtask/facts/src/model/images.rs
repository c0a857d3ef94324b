//! The Dockerfiles of the repository: which ones are checked, what each builds, and the ids of their caches.

use std::cell::LazyCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use crate::model::context::{BuildContext, Contexts};
use crate::model::image::{Image, Knowledge, Run};
use crate::model::staged::is_in_staged_folder;
use crate::model::workspace::Workspace;
use crate::snapshot::{ReadError, Snapshot};
use crate::source::{Place, RepoPath, SourceFile, Span};
use crate::syntax::dockerfile::{Dockerfile, Instruction, SyntaxError};

pub mod copies;
pub mod ids;
mod knowledge;
mod requested;
mod roots;

pub use ids::Prefix;
pub use requested::Requested;
pub use roots::is_dockerfile;

/// The Dockerfiles that are checked.
#[derive(Debug, Default)]
pub struct Images {
    /// Sorted by path.
    pub files: Vec<ImageFile>,
    /// Those that could not be read.
    pub unreadable: Vec<(RepoPath, ReadError)>,
    /// Templates of Dockerfiles, of which nobody knows what they become.
    pub templates: Vec<RepoPath>,
    /// Files that are called like Dockerfiles, are built by nobody and are something else: `Dockerfile.py`.
    pub others: Vec<RepoPath>,
    /// What stands at the front of this repository's cache ids.
    pub prefix: Prefix,
    /// Of tools that keep several folders, the one whose cache is named after the tool.
    main_folders: BTreeMap<&'static str, String>,
    /// Who has which caches.
    owners: ids::Owners,
}

/// A Dockerfile and what it builds.
#[derive(Debug)]
pub struct ImageFile {
    /// The file.
    pub source: SourceFile,
    /// Its instructions.
    pub dockerfile: Dockerfile,
    /// Its stages and what runs in them.
    pub image: Image,
    /// Indexes in [`Contexts::builds`] of the builds that use it.
    pub builds: Vec<usize>,
    /// Whether it lies among tests, fixtures or examples, and no build, pipeline or command line names it: it may be
    /// wrong on purpose.
    pub is_specimen: bool,
    /// Once it was asked for.
    requested: OnceLock<Requested>,
}

/// What the Dockerfiles are looked for in.
#[derive(Clone, Copy, Debug)]
pub struct Sources<'a> {
    /// The tree.
    pub tree: &'a Snapshot,
    /// The workspace.
    pub workspace: &'a Workspace,
    /// The builds of manifests and Compose files.
    pub contexts: &'a Contexts,
    /// The paths on the command line.
    pub named: &'a [RepoPath],
}

impl Images {
    /// Reads the Dockerfiles that are checked; `prefix` makes up the beginning of cache ids from them.
    pub fn read(sources: Sources<'_>, prefix: impl FnOnce(&[ImageFile]) -> Prefix) -> Self {
        let mut images = Self::default();
        let paths: BTreeSet<RepoPath> = roots::find(sources);
        sources.tree.prefetch(paths.iter().cloned());
        let absent = knowledge::absent_lockfiles(sources.tree, sources.workspace);
        let in_ci = LazyCell::new(|| roots::named_by_ci(sources));
        for path in paths {
            match sources.tree.source(&path) {
                Ok(source) => match ImageFile::new(source, sources, &absent) {
                    file if file.is_template() && !sources.named.contains(&path) => {
                        images.templates.push(path)
                    }
                    file if file.is_something_else()
                        && !sources.named.contains(&path)
                        && !in_ci.contains(&path) =>
                    {
                        images.others.push(path)
                    }
                    mut file => {
                        file.is_specimen = is_in_staged_folder(&path)
                            && file.builds.is_empty()
                            && !sources.named.contains(&path)
                            && !in_ci.contains(&path);
                        images.files.push(file);
                    }
                },
                Err(error) => images.unreadable.push((path, error)),
            }
        }
        images.prefix = prefix(&images.files);
        images.main_folders = ids::main_folders(&images.files, &images.prefix);
        images.owners = ids::Owners::find(&images.files);
        images
    }
}

impl ImageFile {
    fn new(source: SourceFile, sources: Sources<'_>, absent_lockfiles: &[&'static str]) -> Self {
        let dockerfile = Dockerfile::parse(source.text.clone());
        let builds = sources.contexts.builds.iter().enumerate();
        let builds: Vec<usize> =
            builds.filter(|(_, build)| build.dockerfile == source.path).map(|(index, _)| index).collect();
        let contexts: Vec<&BuildContext> =
            builds.iter().filter_map(|index| sources.contexts.builds.get(*index)).collect();
        let knowledge = Knowledge {
            absent_lockfiles: absent_lockfiles.to_vec(),
            ..knowledge::of(&source.path, &contexts, sources.tree)
        };
        let image = Image::new(&dockerfile, &knowledge);
        Self { source, dockerfile, image, builds, is_specimen: false, requested: OnceLock::new() }
    }

    /// Whether no build takes the file as it is, and BuildKit would stop at the marks of Jinja, EJS or ERB in it.
    fn is_template(&self) -> bool {
        let marks = ["{{", "{%", "{#", "<%"];
        let is_mark = |error: &SyntaxError| {
            let text = &*self.source.text;
            let start =
                text.get(..error.span.start).and_then(|before| before.rfind('\n')).map_or(0, |at| at + 1);
            let line = text.get(start..).and_then(|rest| rest.lines().next()).unwrap_or("");
            marks.iter().any(|mark| line.contains(mark))
        };
        self.builds.is_empty() && self.dockerfile.errors.iter().any(is_mark)
    }

    /// Whether no build takes the file, and its name and its beginning say that it is no Dockerfile.
    fn is_something_else(&self) -> bool {
        self.builds.is_empty()
            && roots::is_something_else(&self.source.path, &self.dockerfile, &self.source.text)
    }

    /// A place in the file.
    pub fn place(&self, span: Span) -> Place {
        self.source.place(span)
    }

    /// The text of a span.
    pub fn slice(&self, span: Span) -> &str {
        span.slice(&self.source.text)
    }

    /// The instruction of a run as it is written: `ONBUILD` included.
    pub fn instruction(&self, run: &Run) -> Option<&Instruction> {
        self.dockerfile.instructions.get(run.instruction)
    }

    /// The name of a stage; unnamed ones are told by their position, as BuildKit does: `stage-0`.
    pub fn stage_name(&self, stage: usize) -> String {
        let name = self.dockerfile.stages.get(stage).and_then(|stage| stage.name.as_ref());
        name.map_or_else(|| format!("stage-{stage}"), |name| name.value.clone())
    }

    /// The stable name of something in a stage: `apps/web/Dockerfile#deps#pnpm`.
    pub fn subject(&self, stage: usize, thing: &str) -> String {
        format!("{}#{}#{thing}", self.source.path.as_str(), self.stage_name(stage))
    }
}
