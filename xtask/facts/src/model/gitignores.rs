//! The `.gitignore` files of the tree as one stack.

use crate::model::verdict::{DecidedBy, Files, Verdict};
use crate::snapshot::Mode;
use crate::source::{RepoPath, SourceFile};
use crate::syntax::ignore::gitignore::{Decision, Gitignore, Stack, Walker};

/// What git ignores.
#[derive(Debug, Default)]
pub struct Gitignores {
    /// The `.gitignore` files, outermost first by path.
    pub files: Vec<SourceFile>,
    stack: Stack,
}

impl Gitignores {
    /// The files of the tree. A `.gitignore` that is a symbolic link is not followed by git.
    pub fn read(files: Files<'_>) -> Self {
        let mut ignores = Self::default();
        for entry in files.tree.notable() {
            let Some(folder) = entry.path.strip_suffix(".gitignore") else { continue };
            let (true, Mode::File | Mode::Executable) =
                (folder.is_empty() || folder.ends_with('/'), entry.mode)
            else {
                continue;
            };
            if let Ok(Some(file)) = files.text(&RepoPath::new(entry.path)) {
                let folder = folder.trim_end_matches('/');
                ignores.stack.add(folder, entry.path, Gitignore::parse(&file.text));
                ignores.files.push(file);
            }
        }
        ignores
    }

    /// Adds a file of the laptop that git asks after all others: `info/exclude`, then `core.excludesFile`.
    pub fn add_exclude(&mut self, name: &str, text: &str) {
        self.stack.add_exclude(name, Gitignore::parse(text));
    }

    /// Whether git ignores a path, tracked or not, and which line says so.
    pub fn verdict(&self, path: &RepoPath, is_dir: bool) -> Verdict {
        let (ignored, decision) = self.stack.verdict(path.as_str(), is_dir);
        Self::explain(ignored, decision)
    }

    /// The state at the top of the tree, to walk down from.
    pub fn walker(&self) -> Walker<'_> {
        self.stack.walker()
    }

    /// A verdict of [`Gitignores::walker`].
    pub fn explain(ignored: bool, decision: Option<Decision>) -> Verdict {
        let decided_by =
            decision.map(|decision| DecidedBy { file: RepoPath::new(&decision.file), rule: decision.rule });
        Verdict::decided(ignored, decided_by)
    }
}
