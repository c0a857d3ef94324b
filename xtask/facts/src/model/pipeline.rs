//! GitLab CI: the jobs of `.gitlab-ci.yml` as GitLab runs them.
//!
//! Applied in GitLab's order: anchors and merge keys (by the YAML tree), `include:local`, `!reference`,
//! `extends` (a deep merge in which lists replace each other), `default` and global `variables`. Files that
//! the tree does not hold (`remote`, `project`, `template`, `component`) stay out of sight, and
//! [`Pipeline::hidden`] says so. Source: GitLab CI/CD YAML reference, `lib/gitlab/ci/config`.

mod calls;
mod condition;
mod expression;
mod load;
mod resolve;
mod value;

pub use calls::{Name, OktetoCall};
pub use condition::may_hold_for_merge_request;
pub use expression::{Expression, Piece, RAW_NAMES};
pub use value::{Content, Pair, Value};

use crate::model::manifest::CommandText;
use crate::snapshot::Snapshot;
use std::collections::BTreeSet;

use crate::source::{Place, RepoPath, SourceFile, Span, Spanned};

/// Where GitLab looks for the pipeline.
pub const PATH: &str = ".gitlab-ci.yml";

/// The pipeline.
#[derive(Debug, Default)]
pub struct Pipeline {
    /// `.gitlab-ci.yml` and what it includes from the tree; empty without a pipeline.
    pub files: Vec<SourceFile>,
    /// The jobs that can run, in the order of their files.
    pub jobs: Vec<Job>,
    /// What could not be looked into, and why. Rules about absence stay silent when there is any.
    pub hidden: Vec<(Place, String)>,
}

/// A job with everything that it inherits.
#[derive(Clone, Debug)]
pub struct Job {
    /// The key.
    pub name: Spanned<String>,
    /// Position of its file in [`Pipeline::files`].
    pub file: usize,
    /// All keys, inherited ones included.
    pub value: Value,
    /// Its commands: `before_script`, `script`, `after_script`, in order.
    pub commands: Vec<Command>,
    /// Variables to which `rules`, `workflow` or a matrix give values of their own: what `variables` says about
    /// these is not the last word.
    pub varying: BTreeSet<String>,
}

/// One item of a script.
#[derive(Clone, Debug)]
pub struct Command {
    /// Position of its file in [`Pipeline::files`].
    pub file: usize,
    /// The text.
    pub text: CommandText,
}

impl Pipeline {
    /// Reads the pipeline of a tree.
    pub fn load(tree: &Snapshot) -> Self {
        load::load(tree, &RepoPath::new(PATH))
    }

    /// Whether all of the pipeline is in sight.
    pub fn is_complete(&self) -> bool {
        self.hidden.is_empty()
    }

    /// The job of this name.
    pub fn job(&self, name: &str) -> Option<&Job> {
        self.jobs.iter().find(|job| job.name.value == name)
    }

    /// A place in one of its files.
    pub fn place(&self, file: usize, span: Span) -> Place {
        match self.files.get(file) {
            Some(file) => file.place(span),
            None => Place::new(&RepoPath::new(PATH), span),
        }
    }

    /// Where a value is written.
    pub fn place_of(&self, value: &Value) -> Place {
        self.place(value.file, value.node.site())
    }
}

impl Job {
    /// The value at a path of keys.
    pub fn at(&self, keys: &[&str]) -> Option<&Value> {
        self.value.at(keys)
    }

    /// The text at a path of keys.
    pub fn text(&self, keys: &[&str]) -> Option<&str> {
        self.at(keys)?.text()
    }

    /// `environment.name`, also in its short form `environment: NAME`.
    pub fn environment_name(&self) -> Option<&Value> {
        let environment = self.at(&["environment"])?;
        if environment.text().is_some() { Some(environment) } else { environment.get("name") }
    }

    /// Whether something in the job depends on what is not in sight.
    pub fn is_known(&self) -> bool {
        !self.value.holds_unknown()
    }

    /// A text of the job's keys with its variables put in.
    pub fn expression(&self, text: &str) -> Expression {
        Expression::of_text(text).resolved(self)
    }
}

#[cfg(test)]
mod tests;
