//! Runs rules over facts and makes a report of what they say.

mod schedule;

use crate::config::Config;
use crate::diagnostic::{Diagnostic, Edit, InternalError, Severity, Skipped, fingerprint};
use crate::facts::Facts;
use crate::globs::glob_set;
use crate::report::Report;
use crate::rules::Rule;
use crate::source::{LineIndex, Place, RepoPath, SourceFile, Span};
use crate::suppression;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Duration;

/// What to run and what to show.
#[derive(Debug)]
pub struct Selection {
    /// The rules, in the order of the table.
    pub rules: Vec<&'static Rule>,
    /// The least severity that is shown.
    pub level: Severity,
    /// Rules that were asked for by name: all of their findings are shown.
    pub named: bool,
    /// Folders or files to which the report is restricted; empty means everything.
    pub paths: Vec<RepoPath>,
}

/// How long a model or rule took.
#[derive(Clone, Debug)]
pub struct Timing {
    /// Name of the model or id of the rule.
    pub name: &'static str,
    /// Wall time.
    pub time: Duration,
}

/// Everything that a run gives.
#[derive(Debug)]
pub struct Outcome {
    /// What is shown.
    pub report: Report,
    /// Wall time of each model and rule, in the order in which they are listed.
    pub timings: Vec<Timing>,
}

/// Runs the selected rules.
pub fn run(facts: &Facts, selection: &Selection) -> Outcome {
    facts.name_paths(&selection.paths);
    let severity = |rule: &Rule| facts.config.severity(rule.id, rule.severity);
    let wanted: Vec<&'static Rule> =
        selection.rules.iter().copied().filter(|rule| severity(rule).is_some()).collect();
    let (built, ran) = schedule::run(facts, &wanted);
    let mut timings = Vec::new();
    let mut errors = Vec::new();
    let mut error = |rule: &str, message| errors.push(InternalError { rule: rule.to_owned(), message });
    for model in built {
        timings.push(Timing { name: model.model.name(), time: model.time });
        if let Err(message) = model.result {
            error(model.model.name(), message);
        }
    }
    let mut diagnostics = Vec::new();
    let mut skipped = Vec::new();
    let rules = ran.iter().map(|run| run.rule).collect();
    for run in ran {
        timings.push(Timing { name: run.rule.id, time: run.time });
        match run.result {
            Ok((found, passed_over)) => {
                diagnostics.extend(configured(&facts.config, run.rule, found));
                skipped.extend(passed_over);
            }
            Err(message) => error(run.rule.id, message),
        }
    }
    let report = assemble(facts, selection, rules, diagnostics, skipped, errors);
    Outcome { report, timings }
}

/// Applies configured severities and excluded paths. A severity that the rule lowered itself is kept below
/// the configured one.
fn configured(config: &Config, rule: &Rule, found: Vec<Diagnostic>) -> Vec<Diagnostic> {
    let Some(severity) = config.severity(rule.id, rule.severity) else { return Vec::new() };
    let settings =
        config.rules.iter().filter(|setting| setting.id.value == rule.id || setting.id.value == rule.group());
    let excluded = glob_set(settings.flat_map(|setting| &setting.exclude).map(|glob| glob.value.as_str()));
    found
        .into_iter()
        .filter(|diagnostic| !excluded.is_match(diagnostic.place.path.as_str()))
        .map(|mut diagnostic| {
            let is_lowered = diagnostic.severity < rule.severity;
            diagnostic.severity = if is_lowered { diagnostic.severity.min(severity) } else { severity };
            diagnostic
        })
        .collect()
}

fn assemble(
    facts: &Facts,
    selection: &Selection,
    rules: Vec<&'static Rule>,
    diagnostics: Vec<Diagnostic>,
    mut skipped: Vec<Skipped>,
    mut errors: Vec<InternalError>,
) -> Report {
    let (mut diagnostics, suppressed) = suppress(facts, &rules, diagnostics);
    hold_back(&mut diagnostics);
    diagnostics.sort_by(|left, right| {
        (&left.place, left.rule, &left.subject).cmp(&(&right.place, right.rule, &right.subject))
    });
    // One place that several things share, as an anchor of YAML makes it, is told once.
    diagnostics.dedup_by(|one, other| {
        (&one.place, one.rule, &one.message) == (&other.place, other.rule, &other.message)
    });
    identify(&mut diagnostics);
    diagnostics.retain(|diagnostic| is_shown(selection, diagnostic));
    skipped.sort();
    skipped.dedup();
    errors.sort();
    let sources = sources(facts, &diagnostics);
    Report {
        snapshot: facts.tree.id().to_owned(),
        diagnostics,
        skipped,
        errors,
        suppressed,
        files: facts.tree.len(),
        rules: rules.iter().map(|rule| rule.info()).collect(),
        sources,
    }
}

fn is_shown(selection: &Selection, diagnostic: &Diagnostic) -> bool {
    let level = selection.named || diagnostic.severity >= selection.level;
    let path = &diagnostic.place.path;
    level && (selection.paths.is_empty() || selection.paths.iter().any(|folder| path.starts_with(folder)))
}

/// Takes out what the files themselves allow, and complains about permissions that are stale or wrong.
fn suppress(
    facts: &Facts,
    rules: &[&'static Rule],
    diagnostics: Vec<Diagnostic>,
) -> (Vec<Diagnostic>, usize) {
    let with_permissions: Vec<(SourceFile, Vec<suppression::Suppression>)> = facts
        .tree
        .sources_read()
        .into_iter()
        .filter(|file| !facts.is_excluded(&file.path))
        .map(|file| {
            let found = suppression::find(&file);
            (file, found)
        })
        .filter(|(_, found)| !found.is_empty())
        .collect();
    if with_permissions.is_empty() {
        return (diagnostics, 0);
    }
    let permissions: HashMap<&RepoPath, (LineIndex, &[suppression::Suppression])> = with_permissions
        .iter()
        .map(|(file, found)| (&file.path, (LineIndex::new(&file.text), found.as_slice())))
        .collect();
    let mut used: BTreeSet<(RepoPath, usize)> = BTreeSet::new();
    let before = diagnostics.len();
    let mut kept: Vec<Diagnostic> = Vec::new();
    for diagnostic in diagnostics {
        let permission = permissions.get(&diagnostic.place.path).and_then(|(index, permissions)| {
            let missing = diagnostic.place.span == Span::at(0);
            let line = (!missing).then(|| index.line(diagnostic.place.span.start));
            permissions.iter().find(|permission| permission.covers(diagnostic.rule, line))
        });
        match permission {
            Some(permission) => {
                used.insert((diagnostic.place.path.clone(), permission.span.start));
            }
            None => kept.push(diagnostic),
        }
    }
    let suppressed = before - kept.len();
    let ids: Vec<&str> = crate::rules::all().map(|rule| rule.id).collect();
    for (file, permissions) in &with_permissions {
        for permission in permissions {
            let known = crate::rules::find(&permission.rule).is_some();
            let ran = rules.iter().any(|rule| rule.id == permission.rule);
            let is_used = used.contains(&(file.path.clone(), permission.span.start));
            if !known || (ran && !is_used) {
                let complaint = suppression::complaint(file, permission, &ids);
                // A finding like any other: its rule may be left out, off, or of another severity.
                if let Some(rule) = rules.iter().find(|rule| rule.id == complaint.rule) {
                    kept.extend(configured(&facts.config, rule, vec![complaint]));
                }
            }
        }
    }
    (kept, suppressed)
}

/// Takes out what may only follow from another finding: a folder without `.stignore` that is synced by mistake, a
/// runbook that does not repeat a slip. Once the cause is mended or allowed, what is left of it shows. A note holds
/// nothing back, because most runs do not show it.
fn hold_back(diagnostics: &mut Vec<Diagnostic>) {
    if diagnostics.iter().all(|diagnostic| diagnostic.rests_on.is_empty()) {
        return;
    }
    let mut causes: HashMap<&RepoPath, Vec<&Diagnostic>> = HashMap::new();
    for diagnostic in diagnostics.iter().filter(|diagnostic| diagnostic.severity > Severity::Note) {
        let edits = diagnostic.fix.iter().flat_map(|fix| &fix.edits);
        let touched: BTreeSet<&RepoPath> =
            edits.map(Edit::path).chain(std::iter::once(&diagnostic.place.path)).collect();
        for path in touched {
            causes.entry(path).or_default().push(diagnostic);
        }
    }
    let follows: Vec<bool> = diagnostics
        .iter()
        .map(|diagnostic| {
            diagnostic.rests_on.iter().any(|place| {
                let here = causes.get(&place.path).into_iter().flatten();
                here.filter(|cause| cause.rule != diagnostic.rule && disputes(cause, place))
                    // Of two that rest on each other both stay.
                    .any(|cause| !cause.rests_on.iter().any(|other| overlap(&diagnostic.place, other)))
            })
        })
        .collect();
    let mut follows = follows.into_iter();
    diagnostics.retain(|_| !follows.next().unwrap_or_default());
}

/// Whether mending a finding may change what is written in a place. An error is mended, and so is what has a fix:
/// anything under it may change. Any other warning may last, and disputes only what it stands in itself.
fn disputes(cause: &Diagnostic, fact: &Place) -> bool {
    let changes = |edit: &Edit| match edit {
        Edit::Replace { place, .. } => overlap(place, fact),
        Edit::Create { path, .. } | Edit::Delete { path } => *path == fact.path,
    };
    if cause.severity == Severity::Error || cause.fix.is_some() {
        return overlap(&cause.place, fact) || cause.fix.iter().flat_map(|fix| &fix.edits).any(changes);
    }
    lies_in(&cause.place, fact)
}

/// Whether one place is a part of the other, or the reverse.
fn overlap(place: &Place, whole: &Place) -> bool {
    lies_in(place, whole) || (place.path == whole.path && place.span.contains(whole.span))
}

/// Whether a place is a part of another one; the top of a file stands for all of it.
fn lies_in(place: &Place, whole: &Place) -> bool {
    place.path == whole.path && (whole.span == Span::at(0) || whole.span.contains(place.span))
}

/// Gives each finding its line-free identity: rule, path, subject and the ordinal among equals.
pub fn identify(diagnostics: &mut [Diagnostic]) {
    let mut seen: HashMap<(&'static str, RepoPath, String), usize> = HashMap::new();
    for diagnostic in diagnostics {
        let key = (diagnostic.rule, diagnostic.place.path.clone(), diagnostic.subject.clone());
        let ordinal = seen.entry(key).or_insert(0);
        let number = ordinal.to_string();
        *ordinal += 1;
        let parts = [diagnostic.rule, diagnostic.place.path.as_str(), &diagnostic.subject, &number];
        diagnostic.fingerprint = fingerprint(parts);
    }
}

/// The text of every file that a snippet shows.
fn sources(facts: &Facts, diagnostics: &[Diagnostic]) -> BTreeMap<RepoPath, SourceFile> {
    let mut paths: BTreeSet<&RepoPath> = BTreeSet::new();
    for diagnostic in diagnostics {
        paths.insert(&diagnostic.place.path);
        paths.extend(diagnostic.related.iter().map(|related| &related.place.path));
        if let Some(fix) = &diagnostic.fix {
            paths.extend(fix.edits.iter().map(Edit::path));
        }
    }
    let concealed: Vec<&Place> = diagnostics.iter().flat_map(|diagnostic| &diagnostic.concealed).collect();
    let source = |path: &RepoPath| {
        let spans = concealed.iter().filter(|place| place.path == *path).map(|place| place.span);
        Some((path.clone(), masked(facts.source(path).ok()?, spans)))
    };
    paths.into_iter().filter_map(source).collect()
}

/// The file with stars in the place of these spans, and wherever else their text stands. Offsets, lines and
/// columns stay as they are.
fn masked(file: SourceFile, spans: impl Iterator<Item = Span>) -> SourceFile {
    let mut spans = spans.peekable();
    if spans.peek().is_none() {
        return file;
    }
    let mut text = file.text.to_string();
    for hidden in spans.map(|span| span.slice(&file.text)).filter(|hidden| !hidden.is_empty()) {
        let stars: String =
            hidden.chars().map(|character| mask(character).repeat(character.len_utf8())).collect();
        text = text.replace(hidden, &stars);
    }
    SourceFile::new(file.path, text)
}

const fn mask(character: char) -> &'static str {
    match character {
        '\n' => "\n",
        '\r' => "\r",
        _ => "*",
    }
}
