//! `ignore/case`: a tracked path that one laptop syncs and the other does not, for the case of its letters.

use super::wording;
use crate::diagnostic::{Diagnostic, Severity};
use crate::facts::{Facts, Model};
use crate::model::outlets::{self, Channel};
use crate::model::synced::{Side, SyncFolder};
use crate::model::verdict::DecidedBy;
use crate::source::{Place, RepoPath};
use crate::syntax::ignore::Rule as Line;
use crate::syntax::ignore::stignore::{Decision, Platform, Stignore};
use crate::{Repair, Rule, Scope, Sink};
use std::collections::BTreeMap;

pub static RULE: Rule = Rule {
    id: "ignore/case",
    summary: "a path is ignored on macOS and Windows and synced elsewhere, or the reverse",
    severity: Severity::Warning,
    fix: Repair::None,
    scope: Scope::Tree,
    needs: &[Model::Synced, Model::Contexts],
    page: include_str!("case.md"),
    check,
};

fn check(facts: &Facts, sink: &mut Sink<'_>) {
    for outlet in outlets::outlets(facts.synced(), facts.contexts()) {
        let (Channel::Sync(folder), Some(_)) = (&outlet.channel, outlet.file()) else { continue };
        let rules = outlet.rules();
        let mut capitals = Capitals::of(&rules);
        let mut by_line: BTreeMap<Place, (DecidedBy, Vec<RepoPath>)> = BTreeMap::new();
        for entry in facts.tree.files_under(outlet.root) {
            if capitals.as_mut().is_some_and(|capitals| capitals.agree(folder, entry.path)) {
                continue;
            }
            let path = RepoPath::new(entry.path);
            if let Some(decided_by) = difference(folder, &path) {
                by_line.entry(decided_by.place()).or_insert((decided_by, Vec::new())).1.push(path);
            }
        }
        for (decided_by, paths) in by_line.values() {
            if let Some(diagnostic) = diagnostic(&outlet, folder, decided_by, paths) {
                sink.report(diagnostic);
            }
        }
    }
}

/// Whether a text has nothing but ASCII and no capital letters.
fn is_small(text: &str) -> bool {
    // Without a branch for each byte: every path of the repository is asked.
    !text.bytes().fold(false, |odd, byte| odd | !byte.is_ascii() | byte.is_ascii_uppercase())
}

/// The lines that are not small, as both sides read them. Where none of them has a say, folding case comes to
/// small letters in the path, and the thousands of files need no second set of rules.
struct Capitals {
    none: bool,
    linux: Stignore,
    macos: Stignore,
    /// The last path about which they were silent.
    silent: String,
}

impl Capitals {
    /// `None` where the lines on their own could mean something else than in their file.
    fn of(rules: &[Line]) -> Option<Self> {
        let lines: Vec<&str> =
            rules.iter().map(|rule| rule.pattern.as_str()).filter(|pattern| !is_small(pattern)).collect();
        if lines.iter().any(|line| line.contains(['\\', '|'])) {
            return None;
        }
        let text: String = lines.iter().map(|line| format!("{}\n", line.trim_start_matches('!'))).collect();
        let read =
            |platform| Stignore::parse("", &text, platform, &mut |_, name| Err(format!("{name} is unknown")));
        let none = lines.is_empty();
        let (linux, macos) = (read(Platform::Linux), read(Platform::Macos));
        Some(Self { none, linux, macos, silent: String::new() })
    }

    /// Whether both sides are known to do the same with a path.
    fn agree(&mut self, folder: &SyncFolder, path: &str) -> bool {
        if self.none && is_small(path) {
            return true;
        }
        let prefix = if folder.path.is_root() { 0 } else { folder.path.as_str().len() + 1 };
        let Some(relative) = path.get(prefix..).filter(|_| path.is_ascii()) else { return false };
        if is_small(relative) {
            return self.are_silent(relative);
        }
        let small = relative.to_ascii_lowercase();
        let ignored = |path: &str| folder.verdict(&folder.path.join(path)).map(|verdict| verdict.ignored);
        self.are_silent(relative) && self.are_silent(&small) && ignored(relative) == ignored(&small)
    }

    /// Whether no line has a say about the path or a folder above it. `B**b` matches the folder `b`, by a quirk of the
    /// library, and nothing below it.
    fn are_silent(&mut self, path: &str) -> bool {
        if self.none {
            return true;
        }
        // Neighbours share their folders: those have been asked about.
        let shared = path.bytes().zip(self.silent.bytes()).take_while(|(own, last)| own == last).count();
        let is_silent = |set: &Stignore, path: &str| {
            set.matches(path).is_ok_and(|verdict| !matches!(verdict.decision, Decision::Rule(_)))
        };
        let folders =
            path.match_indices('/').filter(|(at, _)| *at >= shared).filter_map(|(at, _)| path.get(..at));
        let silent =
            folders.chain([path]).all(|path| is_silent(&self.linux, path) && is_silent(&self.macos, path));
        if silent {
            path.clone_into(&mut self.silent);
        }
        silent
    }
}

/// The line that decides a path on macOS and not on Linux, or the reverse.
fn difference(folder: &SyncFolder, path: &RepoPath) -> Option<DecidedBy> {
    let linux = folder.verdict(path)?;
    let folded = folder.verdict_on(Side::Macos, path)?;
    (linux.ignored != folded.ignored)
        .then(|| if folded.decided_by.is_some() { folded.decided_by } else { linux.decided_by })?
}

fn diagnostic(
    outlet: &outlets::Outlet<'_>,
    folder: &SyncFolder,
    decided_by: &DecidedBy,
    paths: &[RepoPath],
) -> Option<Diagnostic> {
    let first = paths.first()?;
    let pattern = &decided_by.rule.pattern;
    let ignored_on_linux = folder.verdict(first)?.ignored;
    let title = if ignored_on_linux {
        format!("`{pattern}` lets `{first}` through on macOS and Windows alone")
    } else {
        format!("`{pattern}` hides `{first}` on macOS and Windows alone")
    };
    let label = match paths.len() {
        1 => "patterns ignore case there, and not in the pod".to_owned(),
        count => format!("patterns ignore case there, and not in the pod; {} more paths", count - 1),
    };
    let consumer = outlet.consumers().into_iter().next()?;
    Some(
        Diagnostic::new(decided_by.place(), title)
            .label(label)
            .related(consumer.place.clone(), wording::sender(outlet, &consumer))
            .help("rename the path or write the pattern so that both agree; `(?i)` ignores case everywhere")
            .subject(pattern.clone()),
    )
}
