//! The copy of a folder that a remote deploy, destroy or test run works on: `context` minus `.oktetoignore`
//! (okteto/okteto `pkg/remote/remote.go`, `pkg/ignore/oktetoignore.go`).

use crate::snapshot::Snapshot;
use crate::source::{Place, RepoPath, SourceFile};
use crate::syntax::ignore::dockerignore::Dockerignore;
use crate::syntax::ignore::oktetoignore::{Oktetoignore, Section};

/// What a remote run gets.
#[derive(Debug)]
pub struct RemoteContext {
    folder: RepoPath,
    /// The rules, and the files they come from: `.oktetoignore`, then the deprecated `.oktetodeployignore`.
    rules: Dockerignore,
    files: Vec<SourceFile>,
}

impl RemoteContext {
    /// The context in `folder` for one section of a manifest with this `base`.
    pub fn read(tree: &Snapshot, base: &RepoPath, folder: RepoPath, section: Section) -> Self {
        let own = tree.source(&folder.join(".oktetoignore")).ok();
        let wants_legacy = matches!(section, Section::Deploy | Section::Destroy);
        let legacy = tree.source(&base.join(".oktetodeployignore")).ok().filter(|_| wants_legacy);
        let text = own.as_ref().map_or("", |file| &*file.text);
        let legacy_text = legacy.as_ref().map(|file| &*file.text);
        let rules = Oktetoignore::parse(text).rules_after(legacy_text, &section);
        Self { folder, rules, files: own.into_iter().chain(legacy).collect() }
    }

    /// The folder that is copied.
    pub fn folder(&self) -> &RepoPath {
        &self.folder
    }

    /// Whether a path lies in the folder.
    pub fn contains(&self, path: &RepoPath) -> bool {
        path.starts_with(&self.folder)
    }

    /// The pattern that keeps a file, or everything in a folder, from the copy. `None` as well when the rules are
    /// broken: the run fails then, and another rule says so.
    pub fn removed(&self, tree: &Snapshot, path: &RepoPath) -> Option<(Place, String)> {
        if !self.rules.problems().is_empty() {
            return None;
        }
        let mut files = tree.files_under(path).map(|entry| RepoPath::new(entry.path)).peekable();
        if files.peek().is_none() {
            return self.verdict(path);
        }
        let mut decided = None;
        for file in files {
            decided = Some(self.verdict(&file)?);
        }
        decided
    }

    /// The pattern that removes one file.
    fn verdict(&self, file: &RepoPath) -> Option<(Place, String)> {
        let verdict = self.rules.verdict(file.strip_prefix(&self.folder)?).ok()?;
        let rule = self.rules.rules().get(verdict.rule.filter(|_| verdict.ignored)?)?;
        let legacy = rule.source.is_some();
        let name = if legacy { ".oktetodeployignore" } else { ".oktetoignore" };
        let source = self.files.iter().find(|file| file.path.file_name() == name)?;
        Some((source.place(rule.span), rule.span.slice(&source.text).to_owned()))
    }
}
