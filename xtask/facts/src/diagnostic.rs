//! What a rule says: diagnostics, their severity, and fixes as data.

use crate::source::{Place, RepoPath, Span};
use hmac_sha256::Hash;
use std::fmt;
use std::sync::Arc;

/// How bad a finding is. Only errors fail a commit; CI may choose otherwise with `--fail-on`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Advice; shown with `--level note`.
    Note,
    /// Costs time or will drift.
    Warning,
    /// Will break, or leaks a secret.
    Error,
}

impl Severity {
    /// The word for it in every format.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// Whether a fix may be applied without a human eye.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Safety {
    /// The meaning intended by the author is kept; `fix` applies it.
    Safe,
    /// Right in most cases; applied with `fix --unsafe`.
    Unsafe,
}

/// One change of one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Edit {
    /// Puts `text` where `place.span` stands; an empty span inserts.
    Replace {
        /// What is replaced.
        place: Place,
        /// What stands there afterwards.
        text: String,
    },
    /// Writes a file that does not exist yet.
    Create {
        /// The new file.
        path: RepoPath,
        /// All of it.
        text: String,
    },
    /// Removes a file.
    Delete {
        /// The file.
        path: RepoPath,
    },
}

impl Edit {
    /// The file that the edit touches.
    pub fn path(&self) -> &RepoPath {
        match self {
            Self::Replace { place, .. } => &place.path,
            Self::Create { path, .. } | Self::Delete { path } => path,
        }
    }
}

/// A repair: all of its edits are applied, or none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// What it does, as an action: ``replace `.` by `..` ``.
    pub title: String,
    /// Whether it needs a human eye.
    pub safety: Safety,
    /// The edits, against the text that was checked.
    pub edits: Vec<Edit>,
}

impl Fix {
    /// A fix that `fix` applies on its own.
    pub fn safe(title: impl Into<String>, edits: Vec<Edit>) -> Self {
        Self { title: title.into(), safety: Safety::Safe, edits }
    }

    /// A fix that waits for `--unsafe`.
    pub fn needs_review(title: impl Into<String>, edits: Vec<Edit>) -> Self {
        Self { title: title.into(), safety: Safety::Unsafe, edits }
    }
}

/// A second place that belongs to the finding: the other side of a contradiction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Related {
    /// Where.
    pub place: Place,
    /// What it has to do with the finding, as a label under the snippet.
    pub message: String,
}

/// What several findings come from. Reports tell findings of one cause as one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cause {
    /// Its stable name, `app.corporate-website`: the identity of what a report tells.
    pub subject: String,
    /// The fact, in the words of a finding; `None` where the first finding says it.
    pub title: Option<String>,
    /// A path that is gone: the history may know what became of it.
    pub gone: Option<RepoPath>,
}

/// One finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Id of the rule, `group/name`.
    pub rule: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// The fact, in at most 100 columns and in the words of the checked file.
    pub message: String,
    /// The exact characters; an empty span at offset 0 says that something is missing in this file.
    pub place: Place,
    /// Text under the primary span: the reason. Never repeats the message.
    pub label: String,
    /// Why it matters, where the label has no room for it.
    pub why: Option<String>,
    /// What to do, as an action.
    pub help: Option<String>,
    /// Other places, in the order in which they should be read.
    pub related: Vec<Related>,
    /// Where it is written what the finding takes for granted; the top of a file stands for all of it. While
    /// another finding says that something is wrong there, this one is held back: one cause, one finding.
    pub rests_on: Vec<Place>,
    /// Stable name of the thing (`dev.web-shop`, `apps/shop/Dockerfile#deps`): part of the fingerprint.
    pub subject: String,
    /// The repair, if there is one.
    pub fix: Option<Fix>,
    /// What it shares with other findings.
    pub cause: Option<Arc<Cause>>,
    /// Places whose text no report may show: secrets.
    pub concealed: Vec<Place>,
    /// Line-free identity: 32 hex digits over rule, path, subject and ordinal. Set by the engine.
    pub fingerprint: String,
}

impl Diagnostic {
    /// A finding at a place. `rule` and `severity` are filled in by the sink.
    pub fn new(place: Place, message: impl Into<String>) -> Self {
        Self {
            rule: "",
            severity: Severity::Warning,
            message: message.into(),
            place,
            label: String::new(),
            why: None,
            help: None,
            related: Vec::new(),
            rests_on: Vec::new(),
            subject: String::new(),
            fix: None,
            cause: None,
            concealed: Vec::new(),
            fingerprint: String::new(),
        }
    }

    /// Sets the text under the primary span.
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = label.into();
        self
    }

    /// Sets the reason.
    pub fn why(mut self, why: impl Into<String>) -> Self {
        self.why = Some(why.into());
        self
    }

    /// Sets the action.
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Adds a second place.
    pub fn related(mut self, place: Place, message: impl Into<String>) -> Self {
        self.add_related(place, message);
        self
    }

    /// Adds a second place to a finding that is kept somewhere.
    pub fn add_related(&mut self, place: Place, message: impl Into<String>) {
        self.related.push(Related { place, message: message.into() });
    }

    /// Adds places on which the finding rests.
    pub fn rests_on(mut self, places: impl IntoIterator<Item = Place>) -> Self {
        self.rests_on.extend(places);
        self
    }

    /// Sets the stable name of the thing.
    pub fn subject(mut self, subject: impl Into<String>) -> Self {
        self.subject = subject.into();
        self
    }

    /// Sets what the finding comes from.
    pub fn cause(mut self, cause: Arc<Cause>) -> Self {
        self.cause = Some(cause);
        self
    }

    /// Keeps the text of a place out of every report.
    pub fn conceal(mut self, place: Place) -> Self {
        self.concealed.push(place);
        self
    }

    /// Sets the repair.
    pub fn fix(mut self, fix: Fix) -> Self {
        self.fix = Some(fix);
        self
    }
}

/// What reports say about a rule.
#[derive(Clone, Copy, Debug)]
pub struct RuleInfo {
    /// `group/name`.
    pub id: &'static str,
    /// One line: what is wrong when it fires.
    pub summary: &'static str,
    /// Severity of its findings unless configured otherwise.
    pub severity: Severity,
    /// The page: what, why, how to fix, examples.
    pub page: &'static str,
}

/// Something that was not checked, and why.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Skipped {
    /// The rule, or the group, that stayed silent.
    pub rule: String,
    /// What was not looked at.
    pub path: RepoPath,
    /// Why.
    pub reason: String,
}

/// The tool's own failure in one rule or model; the others went on.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct InternalError {
    /// Where it happened.
    pub rule: String,
    /// What the panic said.
    pub message: String,
}

/// Replaces a span of a file.
pub fn replace(path: &RepoPath, span: Span, text: impl Into<String>) -> Edit {
    Edit::Replace { place: Place::new(path, span), text: text.into() }
}

/// An identity of 32 hex digits: the beginning of SHA-256 over the parts, each behind the first after a NUL.
pub fn fingerprint<const N: usize>(parts: [&str; N]) -> String {
    let digest = Hash::hash(parts.join("\0").as_bytes());
    digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}
