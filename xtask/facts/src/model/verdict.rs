//! What the ignore files in force say about a path of the repository, and where those files are read from.

use crate::snapshot::{Disk, ReadError, Snapshot};
use crate::source::{Place, RepoPath, SourceFile};
use crate::syntax::ignore::{EvaluationError, Rule};

/// Whether a path is left out, and why.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// Whether the path is left out.
    pub ignored: bool,
    /// The line that decided, negations included. `None` when no line matched, or for names that are built into
    /// the tool (`.stfolder`, `.syncthing.*`).
    pub decided_by: Option<DecidedBy>,
    /// Why the tool itself fails on this path; then nothing is ignored.
    pub error: Option<String>,
}

/// A line of an ignore file that decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecidedBy {
    /// The file that holds the line: the ignore file, or one that it includes.
    pub file: RepoPath,
    /// The line; its span is one in `file`.
    pub rule: Rule,
}

impl DecidedBy {
    /// A rule of `file`, or of the file that the rule was taken over from, whose name then is a repository path.
    pub fn new(file: &RepoPath, rule: &Rule) -> Self {
        let file = rule.source.as_ref().map_or_else(|| file.clone(), |source| RepoPath::new(&source.file));
        Self { file, rule: rule.clone() }
    }

    /// Where the pattern stands.
    pub fn place(&self) -> Place {
        Place::new(&self.file, self.rule.span)
    }
}

impl Verdict {
    /// A verdict with the rule that made it.
    pub fn decided(ignored: bool, decided_by: Option<DecidedBy>) -> Self {
        Self { ignored, decided_by, error: None }
    }

    /// The evaluation failed.
    pub fn failed(error: &EvaluationError) -> Self {
        Self { error: Some(error.message.clone()), ..Self::default() }
    }

    /// The place of the deciding line.
    pub fn place(&self) -> Option<Place> {
        self.decided_by.as_ref().map(DecidedBy::place)
    }
}

/// Where ignore files are read from: the tree, and what git does not know where the laptop itself is asked about.
#[derive(Clone, Copy, Debug)]
pub struct Files<'a> {
    /// The tree.
    pub tree: &'a Snapshot,
    /// The laptop's disk, for commands that speak of this laptop; rules have none.
    pub disk: Option<&'a Disk>,
}

impl<'a> Files<'a> {
    /// The files of a tree alone.
    pub const fn of(tree: &'a Snapshot) -> Self {
        Self { tree, disk: None }
    }

    /// Whether a regular file is there.
    pub fn is_file(self, path: &RepoPath) -> bool {
        self.tree.is_file(path) || self.disk.is_some_and(|disk| disk.size(path).is_some())
    }

    /// Whether a folder is there.
    pub fn is_dir(self, path: &RepoPath) -> bool {
        self.tree.is_dir(path) || self.disk.is_some_and(|disk| disk.is_dir(path))
    }

    /// The text of a file; what is no UTF-8 in it reads as U+FFFD, as for the tools themselves. `None` when there
    /// is no such file.
    ///
    /// # Errors
    /// When something is there that cannot be read.
    pub fn text(self, path: &RepoPath) -> Result<Option<SourceFile>, ReadError> {
        // As a source, so that what the file allows (`check: allow(…)`) is known to have been looked at.
        let bytes = match self.tree.source(path) {
            Ok(file) => return Ok(Some(file)),
            Err(ReadError::NotFound) => match self.disk.map(|disk| disk.read(path)) {
                None | Some(Err(ReadError::NotFound)) => return Ok(None),
                Some(read) => read?,
            },
            Err(_) => self.tree.read(path)?,
        };
        Ok(Some(SourceFile::new(path.clone(), String::from_utf8_lossy(&bytes))))
    }
}
