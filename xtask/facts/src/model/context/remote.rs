//! Contexts of remote deploys, destroys and tests.

use super::{Found, Reader};
use crate::model::manifest::{Manifest, Run, Text};
use crate::model::verdict::{DecidedBy, Verdict};
use crate::snapshot::Snapshot;
use crate::source::{Place, RepoPath, SourceFile, Span};
use crate::syntax::ignore::dockerignore::Dockerignore;
use crate::syntax::ignore::oktetoignore::{Oktetoignore, Section};
use std::sync::Arc;

/// The old name of the file for deploy and destroy, read from the working folder.
pub const LEGACY_NAME: &str = ".oktetodeployignore";

/// An `.oktetoignore`.
#[derive(Clone, Debug)]
pub struct OktetoignoreFile {
    /// The file.
    pub source: SourceFile,
    /// Its sections.
    pub sections: Oktetoignore,
}

impl OktetoignoreFile {
    pub(super) fn parse(source: SourceFile) -> Self {
        let sections = Oktetoignore::parse(&source.text);
        Self { source, sections }
    }
}

/// A run on a copy of its context.
#[derive(Clone, Debug)]
pub struct RemoteContext {
    /// The manifest's file.
    pub manifest: RepoPath,
    /// What runs.
    pub section: Section,
    /// Whether it runs in the cluster without further flags. Tests always do.
    pub is_remote: bool,
    /// The key of the section or of the test.
    pub place: Place,
    /// Where the context is written; the key where it is not.
    pub context_place: Place,
    /// The folder that is copied.
    pub context: RepoPath,
    /// Its `.oktetoignore`.
    pub ignore_file: Found<OktetoignoreFile>,
    /// `.oktetodeployignore` of the working folder, whose rules come first in deploys and destroys.
    pub legacy: Option<SourceFile>,
    /// The rules in force. Those of the legacy file carry its path as their source.
    pub rules: Arc<Dockerignore>,
}

impl RemoteContext {
    /// Where the ignore file lies, or would.
    pub fn ignore_path(&self) -> RepoPath {
        self.context.join(".oktetoignore")
    }

    /// Whether a path is left out of the copy. `None` outside the context.
    pub fn verdict(&self, path: &RepoPath) -> Option<Verdict> {
        let relative = path.strip_prefix(&self.context)?;
        Some(match self.rules.verdict(relative) {
            Ok(verdict) => {
                Verdict::decided(verdict.ignored, verdict.rule.and_then(|rule| self.decided_by(rule)))
            }
            Err(error) => Verdict::failed(&error),
        })
    }

    /// The line that keeps a file, or every file in a folder, from the copy. `None` as well where the rules are broken:
    /// the run fails then, and another rule says so.
    pub fn removed_by(&self, tree: &Snapshot, path: &RepoPath) -> Option<DecidedBy> {
        if !self.rules.problems().is_empty() {
            return None;
        }
        let line = |file: &RepoPath| {
            let verdict = self.verdict(file)?;
            verdict.decided_by.filter(|_| verdict.ignored)
        };
        let mut files = tree.files_under(path).map(|entry| RepoPath::new(entry.path)).peekable();
        if files.peek().is_none() {
            return line(path);
        }
        let mut decided_by = None;
        for file in files {
            decided_by = Some(line(&file)?);
        }
        decided_by
    }

    /// A rule in force by its number, with the file that holds it.
    pub fn decided_by(&self, rule: usize) -> Option<DecidedBy> {
        let rule = self.rules.rules().get(rule)?;
        let mut decided_by = DecidedBy::new(&self.ignore_path(), rule);
        if let Some(legacy) = self.legacy.as_ref().filter(|_| rule.source.is_some()) {
            decided_by.file = legacy.path.clone();
        }
        Some(decided_by)
    }
}

/// The runs of a manifest whose context is a folder of the repository.
pub(super) fn of_manifest(reader: &mut Reader<'_>, manifest: &Manifest) -> Vec<RemoteContext> {
    let runs = [(Section::Deploy, &manifest.deploy), (Section::Destroy, &manifest.destroy)];
    let mut contexts = Vec::new();
    for (section, run) in runs {
        let Some(Run { key, context, .. }) = run else { continue };
        let is_remote = run.as_ref().is_some_and(Run::is_remote);
        contexts.extend(one(reader, manifest, section, *key, context.as_ref(), is_remote));
    }
    for test in &manifest.tests {
        let section = Section::Test(Some(test.name.value.clone()));
        contexts.extend(one(reader, manifest, section, test.name.span, test.context.as_ref(), true));
    }
    contexts
}

fn one(
    reader: &mut Reader<'_>,
    manifest: &Manifest,
    section: Section,
    key: Span,
    context: Option<&Text>,
    is_remote: bool,
) -> Option<RemoteContext> {
    // `context` is one of the texts that the CLI leaves as they are.
    let folder = manifest.base.join(context.map_or(".", |context| &context.value));
    if folder.is_outside() {
        return None;
    }
    let ignore_file = reader.oktetoignore(&folder.join(".oktetoignore"));
    let legacy = match section {
        Section::Deploy | Section::Destroy => {
            reader.files.text(&manifest.base.join(LEGACY_NAME)).ok().flatten()
        }
        Section::Test(_) => None,
    };
    let nothing = Oktetoignore::default();
    let sections = ignore_file.file().map_or(&nothing, |file| &file.sections);
    let rules = sections.rules_after(legacy.as_ref().map(|file| &*file.text), &section);
    Some(RemoteContext {
        manifest: manifest.file.path.clone(),
        place: manifest.place(key),
        context_place: manifest.place(context.map_or(key, |context| context.span)),
        context: folder,
        rules: Arc::new(rules),
        section,
        is_remote,
        ignore_file,
        legacy,
    })
}
