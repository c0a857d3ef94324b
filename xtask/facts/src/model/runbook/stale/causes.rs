//! Which stale mentions have one reason.

use super::gone::Gone;
use super::{Inputs, Kind, Meant, Missing, paths, uses};
use crate::diagnostic::Cause;
use crate::model::manifest::names::build_variable;
use crate::source::RepoPath;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// The reasons.
#[derive(Debug, Default)]
pub struct Causes {
    /// Things that are gone, by each of their names.
    things: HashMap<String, Arc<Cause>>,
    /// Folders of things that are gone.
    folders: BTreeMap<RepoPath, Arc<Cause>>,
    /// The others, as they came up.
    told: HashMap<String, Arc<Cause>>,
}

impl Causes {
    /// The reasons that gone things are.
    pub(super) fn of(inputs: &Inputs<'_>, gone: &Gone) -> Self {
        let mut causes = Self::default();
        for (name, thing) in &gone.things {
            let word = if thing.is_app { "app" } else { "package" };
            let likely = || uses::likely_folder(inputs, name).filter(|_| thing.is_app);
            let cause = Arc::new(Cause {
                subject: format!("{word}.{name}"),
                title: Some(format!("{word} `{name}` is gone")),
                gone: thing.folder.clone().or_else(likely),
            });
            causes.things.insert(name.clone(), Arc::clone(&cause));
            causes.folders.extend(thing.folder.clone().map(|folder| (folder, cause)));
        }
        for (name, thing) in &gone.aliases {
            if let Some(cause) = causes.things.get(thing).cloned() {
                causes.things.entry(name.clone()).or_insert(cause);
            }
        }
        causes
    }

    /// The reason for which something is missing.
    pub(super) fn of_missing(&mut self, missing: &Missing, meant: Option<&Meant>) -> Arc<Cause> {
        if let Some(cause) = self.of_thing(missing) {
            return cause;
        }
        let (subject, gone) = own(missing);
        if let Some(cause) = self.told.get(&subject) {
            return Arc::clone(cause);
        }
        let renamed = match (missing, meant) {
            (Missing::Name(kind, name), Some(meant)) if meant.certain => {
                Some(format!("{} `{name}` is called `{}` now", kind.word(), meant.text))
            }
            (Missing::Subject(_, name), Some(meant)) if meant.certain => {
                let what = if meant.place.is_some() { "dev container" } else { "app" };
                Some(format!("{what} `{name}` is called `{}` now", meant.text))
            }
            _ => None,
        };
        let cause = Arc::new(Cause { subject: subject.clone(), title: renamed, gone });
        self.told.insert(subject, Arc::clone(&cause));
        cause
    }

    /// The gone thing that something belongs to.
    fn of_thing(&self, missing: &Missing) -> Option<Arc<Cause>> {
        if self.things.is_empty() {
            return None;
        }
        let named = |name: &str| self.things.get(name).cloned();
        match missing {
            Missing::Name(_, name) | Missing::Thing(name) => named(name),
            Missing::Subject(_, name) => named(name.rsplit('/').next().unwrap_or(name)),
            Missing::Package(full) => named(full).or_else(|| named(full.rsplit('/').next().unwrap_or(full))),
            Missing::Variable(name) => named(&name.to_lowercase().replace('_', "-")),
            Missing::Path { path, gone } => {
                let inside = self.folders.get(gone).cloned();
                // `deploy/env/dev/shop.yaml` of the app `shop`.
                inside.or_else(|| {
                    let rest = path.components().skip(gone.components().count().saturating_sub(1));
                    rest.map(paths::stem).find_map(named)
                })
            }
            Missing::Script(..) | Missing::Fragment { .. } => None,
        }
    }

    /// The gone thing, or the missing name, that the words of a text name.
    pub(super) fn named_in(&self, text: &str) -> Option<Arc<Cause>> {
        let is_part = |character: char| character.is_ascii_alphanumeric() || matches!(character, '-' | '_');
        text.split(|character| !is_part(character)).filter(|word| !word.is_empty()).find_map(|word| {
            let known = self.things.get(word).or_else(|| self.told.get(&subject_of_name(Kind::Dev, word)));
            known.cloned()
        })
    }
}

fn subject_of_name(kind: Kind, name: &str) -> String {
    match kind {
        Kind::Dev => format!("dev.{name}"),
        Kind::Build => format!("build.{}", build_variable(name)),
        Kind::Test => format!("test.{name}"),
    }
}

/// What is a reason of its own: its subject, and the path whose history may tell.
fn own(missing: &Missing) -> (String, Option<RepoPath>) {
    match missing {
        Missing::Name(kind, name) => (subject_of_name(*kind, name), None),
        Missing::Variable(name) => (format!("build.{name}"), None),
        Missing::Package(name) => (format!("package.{name}"), None),
        Missing::Script(name, folder) => {
            let place = folder.as_ref().map_or("", RepoPath::as_str);
            (format!("script.{name}.{place}"), None)
        }
        // One distinctive name in several folders is one thing.
        Missing::Path { gone, .. } => {
            let name = gone.file_name();
            let distinctive = !paths::is_common(name) && paths::stem(name).len() >= 3;
            let subject = if distinctive { paths::stem(name) } else { gone.as_str() };
            (format!("path.{subject}"), Some(gone.clone()))
        }
        Missing::Fragment { page, fragment } => (format!("fragment.{page}#{fragment}"), None),
        Missing::Subject(_, name) => (format!("dev.{name}"), None),
        Missing::Thing(name) => (format!("app.{name}"), None),
    }
}
