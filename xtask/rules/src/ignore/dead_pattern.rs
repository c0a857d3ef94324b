//! `ignore/dead-pattern`: a line that can never decide.
//!
//! Lines about what really gets through belong to `ignore/uncovered` and `ignore/secret-exposed`, which move or widen
//! them.

use super::probes;
use crate::diagnostic::{Diagnostic, Edit, Fix, Severity, replace};
use crate::facts::{Facts, Model};
use crate::model::classes::Probe;
use crate::model::context::Builder;
use crate::model::ignore_repair::{line_start, weak_rules, whole_line};
use crate::model::ignore_witnesses::{bare, witnesses};
use crate::model::outlets::{self, Channel, Outlet};
use crate::model::synced::Side;
use crate::model::verdict::{Files, Verdict};
use crate::source::{RepoPath, SourceFile, Span};
use crate::syntax::ignore::{Dialect, Rule as Line};
use crate::{Repair, Rule, Scope, Sink};
use globset::Glob;
use std::cell::LazyCell;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

pub static RULE: Rule = Rule {
    id: "ignore/dead-pattern",
    summary: "a line of an ignore file can never decide",
    severity: Severity::Warning,
    fix: Repair::Unsafe,
    scope: Scope::Tree,
    needs: &[Model::Classes],
    page: include_str!("dead_pattern.md"),
    check,
};

/// Every pattern is compared with all others; nobody writes so many by hand.
const MOST_RULES: usize = 500;

fn check(facts: &Facts, sink: &mut Sink<'_>) {
    let mut seen = BTreeSet::new();
    for outlet in outlets::outlets(facts.synced(), facts.contexts()) {
        let Some(file) = outlet.file().filter(|file| seen.insert(file.path.clone())) else { continue };
        if outlet.rules().len() > MOST_RULES {
            sink.skip(&file.path, format!("more than {MOST_RULES} patterns to compare with each other"));
            continue;
        }
        let leaking: Vec<&Probe> = probes::expected_with_secrets(facts, &outlet)
            .into_iter()
            .filter(|probe| outlet.leak(&probe.sample).is_some())
            .collect();
        let rules: Vec<Line> = outlet
            .rules()
            .into_iter()
            // What looks like a comment is told by `ignore/dialect`.
            .filter(|rule| rule.source.is_none() && !rule.pattern.starts_with('#'))
            .filter(|rule| {
                leaking.iter().all(|probe| weak_rules(std::slice::from_ref(rule), probe).next().is_none())
            })
            .collect();
        let names = LazyCell::new(|| Names::of(facts, outlet.root));
        let mut shadowed: BTreeMap<Span, (Line, Vec<&Line>)> = BTreeMap::new();
        for rule in &rules {
            if let Some(diagnostic) =
                never(&outlet, file, rule).or_else(|| at_the_top_alone(&outlet, &names, file, rule))
            {
                sink.report(diagnostic);
            } else if let Some(by) = decided_instead(facts, &outlet, rule)
                && !is_repetition(&outlet, &by, rule)
            {
                shadowed.entry(by.span).or_insert((by, Vec::new())).1.push(rule);
            }
        }
        for (by, lines) in shadowed.values() {
            if let Some(diagnostic) = shadow(&outlet, file, by, lines) {
                sink.report(diagnostic);
            }
        }
    }
}

/// A form that no path has, because Syncthing does not clean patterns.
fn never(outlet: &Outlet<'_>, file: &SourceFile, rule: &Line) -> Option<Diagnostic> {
    let body = bare(&rule.pattern);
    let parts: Vec<&str> = body.trim_start_matches('/').trim_end_matches('/').split('/').collect();
    let unclean = parts.iter().any(|part| matches!(*part, "." | ".." | ""))
        && !parts.iter().all(|part| part.is_empty());
    let leaves = body.starts_with("..");
    let is_dead = match outlet.dialect() {
        Dialect::Stignore => unclean,
        _ => leaves || matches!(body, "/" | "." | "./"),
    };
    if !is_dead {
        return None;
    }
    let diagnostic = Diagnostic::new(file.place(rule.span), format!("`{}` never matches", rule.pattern))
        .subject(rule.pattern.clone());
    if outlet.dialect() != Dialect::Stignore || leaves {
        let diagnostic = diagnostic.label("patterns are matched against what lies below this folder");
        return Some(with_deletion(diagnostic, file, &[rule]));
    }
    let mark = if rule.negated { "!" } else { "" };
    let cleaned = RepoPath::new(body);
    let anchor = if body.starts_with('.') || body.starts_with('/') { "/" } else { "" };
    let meant = format!("{mark}{anchor}{}", cleaned.as_str());
    let edits = vec![replace(&file.path, rule.span, meant.clone())];
    Some(
        diagnostic
            .label("Syncthing compares the text as it is, unlike Docker and Go")
            .help(format!("`cargo xtask fix --unsafe` writes `{meant}`"))
            .fix(Fix::needs_review(format!("write `{meant}`"), edits)),
    )
}

/// The names that occur in a context: at its top, and below it with the first path that has them.
#[derive(Default)]
struct Names<'a> {
    top: HashSet<&'a str>,
    deeper: HashMap<&'a str, &'a str>,
    /// Folders below the top that hold code.
    code: HashSet<&'a str>,
}

impl<'a> Names<'a> {
    fn of(facts: &'a Facts, root: &RepoPath) -> Self {
        let mut names = Self::default();
        let prefix = if root.is_root() { 0 } else { root.as_str().len() + 1 };
        for entry in facts.tree.files_under(root) {
            let relative = entry.path.get(prefix..).unwrap_or("");
            let mut parts = relative.split('/');
            names.top.extend(parts.next());
            let is_code = relative.rsplit_once('.').is_some_and(|(_, extension)| CODE.contains(&extension));
            let mut parts = parts.peekable();
            while let Some(part) = parts.next() {
                names.deeper.entry(part).or_insert(relative);
                if is_code && parts.peek().is_some() {
                    names.code.insert(part);
                }
            }
        }
        names
    }
}

/// A bare name in the dialect of Docker that is nowhere at the top of the context and somewhere below.
fn at_the_top_alone<'a>(
    outlet: &Outlet<'_>,
    names: &LazyCell<Names<'a>, impl FnOnce() -> Names<'a>>,
    file: &SourceFile,
    rule: &Line,
) -> Option<Diagnostic> {
    let name = rule.pattern.trim_start_matches('/');
    if outlet.dialect() == Dialect::Stignore
        || rule.negated
        || rule.pattern.contains(['/', '[', '\\'])
        || name.contains("**")
    {
        return None;
    }
    let glob = Glob::new(name).ok()?.compile_matcher();
    if names.top.iter().any(|top| glob.is_match(top)) {
        return None;
    }
    let below = names.deeper.iter().filter(|(part, _)| glob.is_match(part)).map(|(_, path)| *path);
    let deeper = below.min().filter(|path| outlet.leak(&outlet.root.join(path)).is_some())?;
    let meant = format!("**/{name}");
    let edits = vec![replace(&file.path, rule.span, meant.clone())];
    let diagnostic =
        Diagnostic::new(file.place(rule.span), format!("`{name}` matches nothing, `{meant}` would"))
            .label(format!("the top of the context has none; `{deeper}` gets through"))
            .subject(name.to_owned());
    if names.code.iter().any(|folder| glob.is_match(folder)) {
        return Some(
            diagnostic.help(format!("`{meant}` would take sources out of builds: name what is meant")),
        );
    }
    Some(
        diagnostic
            .help(format!("`cargo xtask fix --unsafe` writes `{meant}`"))
            .fix(Fix::needs_review(format!("write `{meant}`"), edits)),
    )
}

/// Extensions of what programs are written in.
const CODE: [&str; 24] = [
    "js", "jsx", "ts", "tsx", "mjs", "cjs", "vue", "svelte", "css", "scss", "py", "go", "rs", "rb", "php",
    "java", "kt", "cs", "c", "cc", "cpp", "h", "swift", "sql",
];

/// The line that decides everything that `rule` matches.
fn decided_instead(facts: &Facts, outlet: &Outlet<'_>, rule: &Line) -> Option<Line> {
    let witnesses = witnesses(outlet.dialect(), &rule.pattern).into_iter();
    let paths: Vec<RepoPath> = witnesses.map(|witness| outlet.root.join(&witness)).collect();
    // Nearly every line decides something; only of the others need be known what exactly they match.
    let decides = |verdict: Verdict| verdict.decided_by.is_some_and(|by| by.rule.span == rule.span);
    if paths.iter().any(|path| verdicts(outlet, path, rule).into_iter().any(decides)) {
        return None;
    }
    let alone = outlet.with_text(rule.pattern.trim_start_matches('!'), Files::of(&facts.tree));
    let mut by: Option<Line> = None;
    for path in paths.iter().filter(|path| alone.hides(path)) {
        for verdict in verdicts(outlet, path, rule) {
            let decided_by = verdict.decided_by?.rule;
            if decided_by.source.is_some() {
                return None;
            }
            match &by {
                Some(known) if known.span != decided_by.span => return None,
                _ => by = Some(decided_by),
            }
        }
    }
    by
}

/// Whether a line says again what a broader one said before an exception: where the last match decides, it may
/// take the exception back, and the usual lists of frameworks are written so.
fn is_repetition(outlet: &Outlet<'_>, by: &Line, rule: &Line) -> bool {
    let between = by.span.end..rule.span.start;
    outlet.dialect() != Dialect::Stignore
        && outlet
            .rules()
            .iter()
            .any(|other| between.contains(&other.span.start) && other.negated != rule.negated)
}

/// The verdicts on a path of everybody who reads `rule`.
fn verdicts(outlet: &Outlet<'_>, path: &RepoPath, rule: &Line) -> Vec<Verdict> {
    match &outlet.channel {
        Channel::Sync(folder) => folder.own_match(Side::Linux, path).into_iter().collect(),
        Channel::Build(builds) => {
            builds.first().and_then(|build| build.verdict(Builder::Okteto, path)).into_iter().collect()
        }
        Channel::Remote(runs) => runs
            .iter()
            .filter(|run| run.rules.rules().iter().any(|other| other.span == rule.span))
            .filter_map(|run| run.verdict(path))
            .collect(),
    }
}

fn shadow(outlet: &Outlet<'_>, file: &SourceFile, by: &Line, lines: &[&Line]) -> Option<Diagnostic> {
    let first = lines.first()?;
    let label = match outlet.dialect() {
        Dialect::Stignore => format!("the first match decides, and `{}` stands before it", by.pattern),
        _ if by.span < first.span => format!("`{}` covers all of it already", by.pattern),
        _ => format!("the last match decides, and `{}` stands behind it", by.pattern),
    };
    let title = if first.negated && !by.negated {
        format!("`{}` never takes anything back", first.pattern)
    } else {
        format!("`{}` never decides anything", first.pattern)
    };
    let mut diagnostic = Diagnostic::new(file.place(first.span), title)
        .label(label)
        .subject(first.pattern.clone())
        .related(file.place(by.span), "decides everything that it matches");
    for line in lines.iter().skip(1) {
        diagnostic = diagnostic.related(file.place(line.span), "never decides either");
    }
    // An exception is wanted; what an exception shadows is not.
    let moving: Vec<&Line> = lines.iter().copied().filter(|line| line.negated && !by.negated).collect();
    if moving.is_empty() {
        return Some(with_deletion(diagnostic, file, lines));
    }
    let newline = file.line_ending();
    let texts: Vec<&str> = moving.iter().map(|line| line.pattern.as_str()).collect();
    let (place, text, side) = match outlet.dialect() {
        Dialect::Stignore => {
            let start = line_start(&file.text, by.span.start);
            (Span::at(start), format!("{}{newline}", texts.join(newline)), "before")
        }
        _ => (Span::at(by.span.end), format!("{newline}{}", texts.join(newline)), "behind"),
    };
    let mut edits = deletions(file, lines);
    edits.push(replace(&file.path, place, text));
    let title = format!("move it {side} `{}`", by.pattern);
    let action = title.replacen("move it", "moves it", 1);
    Some(diagnostic.help(format!("`cargo xtask fix --unsafe` {action}")).fix(Fix::needs_review(title, edits)))
}

fn with_deletion(diagnostic: Diagnostic, file: &SourceFile, lines: &[&Line]) -> Diagnostic {
    diagnostic
        .help("`cargo xtask fix --unsafe` deletes it")
        .fix(Fix::needs_review("delete what never decides", deletions(file, lines)))
}

fn deletions(file: &SourceFile, lines: &[&Line]) -> Vec<Edit> {
    lines.iter().map(|line| replace(&file.path, whole_line(&file.text, line.span), String::new())).collect()
}
