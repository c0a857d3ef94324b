//! One `.stignore`, as each side reads it.

use crate::model::verdict::{DecidedBy, Files, Verdict};
use crate::snapshot::ReadError;
use crate::source::{RepoPath, SourceFile};
use crate::syntax::ignore::EvaluationError;
use crate::syntax::ignore::stignore::{self, Decision, Include, Platform, Stignore, okteto_cluster_copy};
use std::collections::HashMap;
use std::sync::OnceLock;

/// Who reads the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Side {
    /// A Linux laptop.
    Linux,
    /// A macOS laptop: case is folded, names are in NFD.
    Macos,
    /// A Windows laptop: case is folded, `\` separates.
    Windows,
    /// The pod, with the copy that Okteto makes: without `#include`, `#escape` and all lines that begin with `#`.
    Cluster,
}

/// A `.stignore` at the top of a folder that Syncthing watches.
#[derive(Debug)]
pub struct StignoreFile {
    /// The file.
    pub source: SourceFile,
    /// Files that it includes, directly or not, in the order in which they are met.
    pub included: Vec<SourceFile>,
    /// Includes whose content is not known here, so that no verdict is certain.
    pub unread: Vec<UnreadInclude>,
    linux: Stignore,
    macos: OnceLock<Stignore>,
    windows: OnceLock<Stignore>,
    cluster: OnceLock<Stignore>,
}

/// An include that leads out of the repository, or to something that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnreadInclude {
    /// The including file.
    pub from: RepoPath,
    /// Where it leads.
    pub path: RepoPath,
    /// Why it was not read.
    pub reason: String,
}

/// What includes lead to: read once, asked by every side.
#[derive(Default)]
struct Includes {
    found: HashMap<RepoPath, SourceFile>,
    order: Vec<RepoPath>,
    unread: Vec<UnreadInclude>,
}

impl StignoreFile {
    /// Reads a file and what it includes, within the repository.
    pub fn parse(source: SourceFile, files: Files<'_>) -> Self {
        let mut includes = Includes::default();
        let linux =
            Stignore::parse(source.path.as_str(), &source.text, Platform::Linux, &mut |from, name| {
                includes.resolve(files, from, name)
            });
        let Includes { mut found, order, unread } = includes;
        let included = order.iter().filter_map(|path| found.remove(path)).collect();
        Self {
            source,
            included,
            unread,
            linux,
            macos: OnceLock::new(),
            windows: OnceLock::new(),
            cluster: OnceLock::new(),
        }
    }

    /// The parsed rules of a side. Spans and lines of [`Side::Cluster`] are those of Okteto's copy.
    pub fn rules_on(&self, side: Side) -> &Stignore {
        match side {
            Side::Linux => &self.linux,
            Side::Macos => self.macos.get_or_init(|| self.reparse(Platform::Macos)),
            Side::Windows => self.windows.get_or_init(|| self.reparse(Platform::Windows)),
            Side::Cluster => self.cluster.get_or_init(|| {
                let copy = okteto_cluster_copy(&self.source.text);
                // No `#` line is left in the copy, so nothing is included.
                let mut nothing = |_: &str, _: &str| Err(NOT_FOUND.to_owned());
                Stignore::parse(self.source.path.as_str(), &copy, Platform::Linux, &mut nothing)
            }),
        }
    }

    fn reparse(&self, platform: Platform) -> Stignore {
        let mut resolve = |from: &str, name: &str| {
            let path = target(from, name);
            let found = self.included.iter().find(|file| file.path == path);
            found.map(include).ok_or_else(|| NOT_FOUND.to_owned())
        };
        Stignore::parse(self.source.path.as_str(), &self.source.text, platform, &mut resolve)
    }

    /// What stops the folder on a laptop: with any of these Syncthing syncs nothing.
    pub fn problems(&self) -> &[crate::syntax::ignore::Problem] {
        self.linux.problems()
    }

    /// What a full scan makes of a path relative to the folder.
    pub fn tree_verdict(&self, side: Side, path: &str) -> Verdict {
        self.explain(side, self.rules_on(side).tree_verdict(path))
    }

    /// The matcher's own verdict on a path relative to the folder.
    pub fn own_match(&self, side: Side, path: &str) -> Verdict {
        self.explain(side, self.rules_on(side).matches(path))
    }

    fn explain(&self, side: Side, verdict: Result<stignore::Verdict, EvaluationError>) -> Verdict {
        let verdict = match verdict {
            Ok(verdict) => verdict,
            Err(error) => return Verdict::failed(&error),
        };
        let Decision::Rule(index) = verdict.decision else { return Verdict::decided(verdict.ignored, None) };
        let rule = self.rules_on(side).rules().get(index);
        let decided_by = rule.map(|rule| {
            let mut decided_by = DecidedBy::new(&self.source.path, rule);
            if side == Side::Cluster {
                self.place_of_copied(&mut decided_by);
            }
            decided_by
        });
        Verdict::decided(verdict.ignored, decided_by)
    }

    /// Puts a rule of Okteto's copy back to its line in the file.
    fn place_of_copied(&self, decided_by: &mut DecidedBy) {
        let mut copied = 0;
        let mut start = 0;
        for (index, line) in self.source.text.split('\n').enumerate() {
            copied += okteto_cluster_copy(line).matches('\n').count();
            if copied >= decided_by.rule.line {
                let text = line.trim();
                let at = start + (line.len() - line.trim_start().len());
                decided_by.rule.line = index + 1;
                decided_by.rule.span = crate::source::Span::new(at, at + text.len());
                return;
            }
            start += line.len() + 1;
        }
    }

    /// The verdict where no file says anything: Syncthing's own names alone.
    pub fn built_in(path: &str) -> Verdict {
        let ignored = Stignore::default().tree_verdict(path).is_ok_and(|verdict| verdict.ignored);
        Verdict::decided(ignored, None)
    }
}

/// Syncthing's text for an include that is not there.
const NOT_FOUND: &str = "file not found";

/// Where an include leads: from the folder of the including file, out of the sync root if it says so.
fn target(from: &str, name: &str) -> RepoPath {
    RepoPath::new(from).parent().unwrap_or_else(RepoPath::root).join(name)
}

fn include(file: &SourceFile) -> Include {
    Include { key: file.path.as_str().to_owned(), text: file.text.to_string() }
}

impl Includes {
    fn resolve(&mut self, files: Files<'_>, from: &str, name: &str) -> Result<Include, String> {
        let path = target(from, name);
        if let Some(file) = self.found.get(&path) {
            return Ok(include(file));
        }
        let outcome = if path.is_outside() {
            Err("it lies outside the repository, where nothing is read".to_owned())
        } else if files.tree.is_opaque(&path) {
            Err("the tree does not tell what is there".to_owned())
        } else {
            match files.text(&path) {
                Ok(Some(file)) => Ok(file),
                Ok(None) | Err(ReadError::NotFound) => return Err(NOT_FOUND.to_owned()),
                Err(error) => Err(error.to_string()),
            }
        };
        match outcome {
            Ok(file) => {
                let included = include(&file);
                self.order.push(path.clone());
                self.found.insert(path, file);
                Ok(included)
            }
            Err(reason) => {
                self.unread.push(UnreadInclude { from: RepoPath::new(from), path, reason: reason.clone() });
                Err(reason)
            }
        }
    }
}
