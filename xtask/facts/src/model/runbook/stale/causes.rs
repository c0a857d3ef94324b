//! Which stale mentions have one reason.

use super::gone::Gone;
use super::{Inputs, Kind, Meant, Missing, paths, uses};
use crate::diagnostic::Cause;
use crate::model::graph::Kind as Node;
use crate::model::manifest::names::build_variable;
use crate::source::RepoPath;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, OnceLock};

/// The reasons.
#[derive(Debug, Default)]
pub struct Causes {
    /// Things that are gone, by each of their names.
    things: HashMap<String, Arc<Cause>>,
    /// Folders of things that are gone.
    folders: BTreeMap<RepoPath, Arc<Cause>>,
    /// The others, as they came up.
    told: HashMap<String, Arc<Cause>>,
    /// By the names of nodes in diagrams, once a word is looked up that is nothing else.
    nodes: OnceLock<HashMap<String, Arc<Cause>>>,
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
        for (name, new) in &gone.devs {
            let title = new.as_ref().map(|new| renamed(Kind::Dev.word(), name, new));
            let subject = subject_of_name(Kind::Dev, name);
            let cause = Arc::new(Cause { subject: subject.clone(), title, gone: None });
            causes.told.insert(subject, cause);
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
        let title = match (missing, meant) {
            (Missing::Name(kind, name), Some(meant)) if meant.certain => {
                Some(renamed(kind.word(), name, &meant.text))
            }
            (Missing::Subject(_, name), Some(meant)) if meant.certain => {
                let what = if meant.place.is_some() { Kind::Dev.word() } else { "app" };
                Some(renamed(what, name, &meant.text))
            }
            _ => None,
        };
        let cause = Arc::new(Cause { subject: subject.clone(), title, gone });
        self.told.insert(subject, Arc::clone(&cause));
        cause
    }

    /// Whether something belongs to a gone thing.
    pub(super) fn is_of_thing(&self, missing: &Missing) -> bool {
        self.of_thing(missing).is_some()
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
        let mut words = text.split(|character| !is_part(character)).filter(|word| !word.is_empty());
        words.find_map(|word| {
            self.of_name(Kind::Dev, word)
                .or_else(|| word.contains('_').then(|| self.nodes().get(word).cloned())?)
        })
    }

    /// The gone thing that a name belongs to, or else that the name is missing.
    pub(super) fn of_name(&self, kind: Kind, name: &str) -> Option<Arc<Cause>> {
        self.things.get(name).or_else(|| self.told.get(&subject_of_name(kind, name))).cloned()
    }

    fn nodes(&self) -> &HashMap<String, Arc<Cause>> {
        self.nodes.get_or_init(|| {
            let things = self.things.iter().flat_map(|(name, cause)| {
                let kinds =
                    [Node::App, Node::Package, Node::Build, Node::Dev, Node::Workload, Node::Namespace];
                kinds.map(|kind| (kind.id(name), Arc::clone(cause)))
            });
            let devs = self.told.iter().filter_map(|(subject, cause)| {
                Some((Node::Dev.id(subject.strip_prefix("dev.")?), Arc::clone(cause)))
            });
            devs.chain(things).collect()
        })
    }
}

fn renamed(what: &str, name: &str, new: &str) -> String {
    format!("{what} `{name}` is called `{new}` now")
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
