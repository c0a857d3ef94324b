//! Lines that make an ignore file keep files back, put where they take effect, and proved by evaluation: a change is
//! offered only when everything that it is about is ignored afterwards and no tracked file is lost by it.

use crate::diagnostic::{Edit, replace};
use crate::model::classes::{Class, Probe};
use crate::model::outlets::{Outlet, Trial};
use crate::model::verdict::Files;
use crate::source::{Place, RepoPath, SourceFile, Span};
use crate::syntax::ignore::oktetoignore::Oktetoignore;
use crate::syntax::ignore::{Dialect, Rule};
use globset::Glob;
use std::collections::BTreeSet;

/// A change of an ignore file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repair {
    /// The lines that come in, in the order of the file.
    pub added: Vec<String>,
    /// Whether lines that were there are rewritten, rather than lines added.
    pub rewrites: bool,
    /// The lines that go.
    pub removed: Vec<String>,
    /// The edits, against the text that is there.
    pub edits: Vec<Edit>,
}

/// A text for an ignore file that is not there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Generated {
    /// Where.
    pub path: RepoPath,
    /// All of it.
    pub text: String,
}

/// Makes `outlet` keep `probes` back: negations that take them back go, lines that mean them and reach too short are
/// widened, lines for the others come to where they decide. `None` when no such change is known to be right.
pub fn cover(outlet: &Outlet<'_>, files: Files<'_>, probes: &[&Probe]) -> Option<Repair> {
    let file = outlet.file()?;
    let plans = [
        Plan::withdraw(outlet, file, probes),
        Plan::new(outlet, files, file, probes, true),
        Plan::new(outlet, files, file, probes, false),
    ];
    plans.into_iter().flatten().find_map(|plan| {
        let text = apply(&file.text, &plan.changes);
        holds(outlet, files, &outlet.with_text(&text, files), probes).then(|| plan.into_repair(file))
    })
}

/// A file for an outlet that has none, with a line for every probe. `None` when there is nothing to keep back.
pub fn generate(outlet: &Outlet<'_>, files: Files<'_>, probes: &[&Probe]) -> Option<Generated> {
    let empty = outlet.with_text("", files);
    let leaking: Vec<&Probe> = probes.iter().copied().filter(|probe| !empty.ignores(&probe.sample)).collect();
    let comment = if outlet.dialect() == Dialect::Stignore { "//" } else { "#" };
    let mut text = String::new();
    for class in ORDER {
        let of_class: Vec<&Probe> = leaking.iter().copied().filter(|probe| probe.class == class).collect();
        let lines = lines_for(outlet, files, &of_class);
        if !lines.is_empty() {
            let blank = if text.is_empty() { "" } else { "\n" };
            text.push_str(&format!("{blank}{comment} {}\n{}\n", heading(class), lines.join("\n")));
        }
    }
    let right = !text.is_empty() && holds(outlet, files, &outlet.with_text(&text, files), &leaking);
    right.then(|| Generated { path: outlet.path.clone(), text })
}

/// The classes in a generated file: what is heavy stands before what needs an exception, because a negation makes
/// Syncthing look into the ignored folders behind it.
const ORDER: [Class; 8] = [
    Class::VersionControl,
    Class::Dependencies,
    Class::PackageStores,
    Class::BuildOutput,
    Class::TestOutput,
    Class::SyncLeftovers,
    Class::OsClutter,
    Class::Secrets,
];

const fn heading(class: Class) -> &'static str {
    match class {
        Class::VersionControl => "Version control",
        Class::Dependencies => "Dependencies",
        Class::PackageStores => "Package stores",
        Class::BuildOutput => "Build output",
        Class::TestOutput => "Test output",
        Class::SyncLeftovers => "Left behind by a sync",
        Class::OsClutter => "Clutter of operating systems",
        Class::Secrets => "Secrets",
    }
}

/// A change of the text at one place.
struct Change {
    span: Span,
    text: String,
}

#[derive(Default)]
struct Plan {
    changes: Vec<Change>,
    added: Vec<String>,
    rewrites: bool,
    removed: Vec<String>,
}

impl Plan {
    /// Deletes the negations that name the probes and take them back; without them an earlier line may do. A
    /// negation of something wider says more than that, and stays.
    fn withdraw(outlet: &Outlet<'_>, file: &SourceFile, probes: &[&Probe]) -> Option<Self> {
        let mut plan = Self::default();
        for probe in probes {
            let decided = outlet.leak(&probe.sample)?.verdict.decided_by?;
            let named = decided.rule.pattern.trim_start_matches('!');
            let is_meant = decided.rule.negated && means(named, probe.path.file_name());
            if !is_meant || decided.place().path != file.path {
                return None;
            }
            let span = whole_line(&file.text, decided.rule.span);
            if plan.changes.iter().all(|change| change.span != span) {
                plan.removed.push(decided.rule.span.slice(&file.text).to_owned());
                plan.changes.push(Change { span, text: String::new() });
            }
        }
        Some(plan)
    }

    fn new(
        outlet: &Outlet<'_>,
        files: Files<'_>,
        file: &SourceFile,
        probes: &[&Probe],
        widen: bool,
    ) -> Option<Self> {
        let mut plan = Self::default();
        let mut rest: Vec<&Probe> = probes.to_vec();
        if widen {
            plan.widen(outlet, files, file, &mut rest);
            if !plan.rewrites {
                return None;
            }
        }
        let lines = lines_for(outlet, files, &rest);
        if !lines.is_empty() {
            let insertion = insertion(outlet, file, &rest, &lines);
            // A line that stands too far below moves; left behind it would never decide again.
            for rule in outlet.rules() {
                let moves = rule.source.is_none() && lines.contains(&rule.pattern);
                if moves && rule.span.start >= insertion.span.end {
                    plan.changes
                        .push(Change { span: whole_line(&file.text, rule.span), text: String::new() });
                }
            }
            plan.changes.push(insertion);
            plan.added.extend(lines);
        }
        (!plan.changes.is_empty()).then_some(plan)
    }

    /// Rewrites the lines that mean a probe and reach too short; what they cover then leaves `rest`.
    fn widen(&mut self, outlet: &Outlet<'_>, files: Files<'_>, file: &SourceFile, rest: &mut Vec<&Probe>) {
        let newline = file.line_ending();
        let rules = outlet.rules();
        let mut written: BTreeSet<String> = BTreeSet::new();
        let mut taken: BTreeSet<Span> = BTreeSet::new();
        rest.retain(|probe| {
            let weak: Vec<&Rule> = weak_rules(&rules, probe).collect();
            for rule in &weak {
                let line = anywhere(outlet.dialect(), name_of(&rule.pattern));
                if !taken.insert(rule.span) {
                    continue;
                }
                if written.insert(line.clone()) {
                    let mut lines = exceptions(outlet, files, name_of(&rule.pattern));
                    lines.push(line);
                    self.changes.push(Change { span: rule.span, text: lines.join(newline) });
                    self.added.extend(lines);
                } else {
                    self.changes
                        .push(Change { span: whole_line(&file.text, rule.span), text: String::new() });
                }
                self.rewrites = true;
            }
            weak.is_empty()
        });
    }

    fn into_repair(self, file: &SourceFile) -> Repair {
        let edits =
            self.changes.into_iter().map(|change| replace(&file.path, change.span, change.text)).collect();
        Repair { added: self.added, rewrites: self.rewrites, removed: self.removed, edits }
    }
}

/// The lines of the file that mean a probe's kind, whatever they reach.
pub fn weak_rules<'r>(rules: &'r [Rule], probe: &Probe) -> impl Iterator<Item = &'r Rule> {
    let name = probe.path.file_name().to_owned();
    let simple = !probe.pattern.contains('/');
    rules
        .iter()
        .filter(move |rule| simple && rule.source.is_none() && !rule.negated && means(&rule.pattern, &name))
}

/// The last component of a pattern that says something: `**/dist/**` is about `dist`.
fn name_of(pattern: &str) -> &str {
    let pattern = pattern.trim_start_matches('!').trim_start_matches("(?d)").trim_start_matches("(?i)");
    let says = |component: &&str| !matches!(*component, "" | "*" | "**" | "." | "..");
    pattern.split('/').rfind(says).unwrap_or("")
}

fn means(pattern: &str, name: &str) -> bool {
    let component = name_of(pattern);
    if component == name {
        return true;
    }
    // A wildcard alone is about everything, not about this. Most patterns are refused before a glob is built.
    let literal = component.split(['*', '?', '[', '{', '\\']).next().unwrap_or_default();
    literal.len() < component.len()
        && name.starts_with(literal)
        && component.chars().any(char::is_alphanumeric)
        && Glob::new(component).is_ok_and(|glob| glob.compile_matcher().is_match(name))
}

/// A name at any depth, in a dialect.
fn anywhere(dialect: Dialect, name: &str) -> String {
    match dialect {
        Dialect::Stignore | Dialect::Gitignore => name.to_owned(),
        // There is one `.git`, and its place is known.
        _ if name == ".git" => name.to_owned(),
        Dialect::Dockerignore | Dialect::Oktetoignore => format!("**/{name}"),
    }
}

/// One path, in a dialect.
fn exactly(outlet: &Outlet<'_>, path: &RepoPath) -> String {
    let relative = path.strip_prefix(outlet.root).unwrap_or_default();
    let escaped: String = relative
        .chars()
        .flat_map(|character| {
            let special = matches!(character, '*' | '?' | '[' | ']' | '{' | '}' | '\\');
            special.then_some('\\').into_iter().chain([character])
        })
        .collect();
    if outlet.dialect() == Dialect::Stignore { format!("/{escaped}") } else { escaped }
}

/// The lines that keep `probes` back: one for each kind, or one for each path where the kind's own pattern would
/// take tracked files along.
fn lines_for(outlet: &Outlet<'_>, files: Files<'_>, probes: &[&Probe]) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for probe in probes {
        let line = anywhere(outlet.dialect(), probe.pattern);
        let mut exceptions = exceptions(outlet, files, probe.pattern);
        exceptions.push(line.clone());
        if lines.contains(&line) {
            continue;
        }
        if loses_tracked_files(outlet, files, &exceptions, probe) {
            lines.push(exactly(outlet, &probe.path));
        } else {
            // Exceptions before everything that they except; for Syncthing the first match decides.
            let new: Vec<String> = exceptions.into_iter().filter(|line| !lines.contains(line)).collect();
            let (front, back): (Vec<_>, Vec<_>) = new.into_iter().partition(|line| line.starts_with('!'));
            let at = lines.iter().position(|line| line.contains(".env")).unwrap_or(lines.len());
            lines.splice(at..at, front);
            lines.extend(back);
        }
    }
    lines.dedup();
    lines
}

/// Negations that keep tracked examples of `.env` in a sync; nothing else needs them.
fn exceptions(outlet: &Outlet<'_>, files: Files<'_>, pattern: &str) -> Vec<String> {
    if outlet.dialect() != Dialect::Stignore {
        return Vec::new();
    }
    let Ok(glob) = Glob::new(pattern) else { return Vec::new() };
    let glob = glob.compile_matcher();
    let names: BTreeSet<&str> = files
        .tree
        .files_under(outlet.root)
        .map(|entry| entry.path.rsplit_once('/').map_or(entry.path, |(_, name)| name))
        .filter(|name| is_env_example(name) && glob.is_match(name))
        .collect();
    names.into_iter().map(|name| format!("!{name}")).collect()
}

/// Whether the lines alone would keep back tracked files that are not what the probe is about.
fn loses_tracked_files(outlet: &Outlet<'_>, files: Files<'_>, lines: &[String], probe: &Probe) -> bool {
    let trial = outlet.with_text(&lines.join("\n"), files);
    let core = probe.pattern.trim_matches('*');
    files.tree.files_under(outlet.root).filter(|entry| entry.path.contains(core)).any(|entry| {
        let path = RepoPath::new(entry.path);
        path != probe.path && !is_env_example(path.file_name()) && trial.hides(&path)
    })
}

/// Whether a file shows what a `.env` holds, without its secrets. Nothing breaks where it is left out.
fn is_env_example(name: &str) -> bool {
    let shows = |word| name.contains(word);
    name.contains("env") && ["example", "sample", "template", "dist"].into_iter().any(shows)
}

/// Where lines take effect: before the first negation that takes one of the probes back (Syncthing), at the end of
/// what all runs read (Okteto), or at the end.
fn insertion(outlet: &Outlet<'_>, file: &SourceFile, probes: &[&Probe], lines: &[String]) -> Change {
    let newline = file.line_ending();
    let joined = lines.join(newline);
    let before_line = |start: usize| Change { span: Span::at(start), text: format!("{joined}{newline}") };
    match outlet.dialect() {
        Dialect::Stignore => {
            let negations = probes.iter().filter_map(|probe| outlet.leak(&probe.sample)?.verdict.place());
            let first = negations.filter(|place| place.path == file.path).map(|place| place.span.start).min();
            if let Some(start) = first {
                return before_line(line_start(&file.text, start));
            }
        }
        Dialect::Oktetoignore => {
            let sections = Oktetoignore::parse(&file.text);
            if let Some(header) = sections.headers().first() {
                let root = outlet.rules().into_iter().filter(|rule| rule.source.is_none());
                let last = root.map(|rule| rule.span.end).filter(|end| *end < header.span.start).max();
                return match last {
                    Some(end) => Change { span: Span::at(end), text: format!("{newline}{joined}") },
                    None => before_line(0),
                };
            }
        }
        Dialect::Dockerignore | Dialect::Gitignore => {}
    }
    at_the_end(&file.text, &joined, newline)
}

/// Before the final newline, so that the change is drawn as a line of its own.
fn at_the_end(text: &str, joined: &str, newline: &str) -> Change {
    if text.is_empty() {
        return Change { span: Span::at(0), text: format!("{joined}{newline}") };
    }
    let body = text.strip_suffix('\n').map_or(text, |body| body.strip_suffix('\r').unwrap_or(body));
    if body.is_empty() {
        return Change { span: Span::at(0), text: joined.to_owned() };
    }
    Change { span: Span::at(body.len()), text: format!("{newline}{joined}") }
}

/// The offset at which the line around `offset` begins.
pub fn line_start(text: &str, offset: usize) -> usize {
    text.get(..offset).and_then(|before| before.rfind('\n')).map_or(0, |newline| newline + 1)
}

/// A line with its line end.
pub fn whole_line(text: &str, span: Span) -> Span {
    let rest = text.get(span.end..).unwrap_or_default();
    let end = rest.find('\n').map_or(text.len(), |newline| span.end + newline + 1);
    Span::new(line_start(text, span.start), end)
}

fn apply(text: &str, changes: &[Change]) -> String {
    let mut ordered: Vec<&Change> = changes.iter().collect();
    ordered.sort_by_key(|change| change.span);
    let mut out = String::with_capacity(text.len() + 64);
    let mut at = 0;
    for change in ordered {
        out.push_str(text.get(at..change.span.start).unwrap_or_default());
        out.push_str(&change.text);
        at = change.span.end;
    }
    out.push_str(text.get(at..).unwrap_or_default());
    out
}

/// Whether a trial keeps all probes back and loses no tracked file that is sent now.
fn holds(outlet: &Outlet<'_>, files: Files<'_>, trial: &Trial<'_>, probes: &[&Probe]) -> bool {
    if !trial.is_accepted() || probes.iter().any(|probe| !trial.ignores(&probe.sample)) {
        return false;
    }
    let meant: BTreeSet<&RepoPath> = probes.iter().map(|probe| &probe.path).collect();
    files.tree.files_under(outlet.root).all(|entry| {
        let path = RepoPath::new(entry.path);
        !trial.hides(&path)
            || outlet.ignored_by(&path).is_some()
            || is_env_example(path.file_name())
            || meant.contains(&path)
    })
}

/// Where a probe's own line is told to stand: the line that means it, or the top of the file.
pub fn place_of(outlet: &Outlet<'_>, file: &SourceFile, probe: &Probe) -> (Place, Option<Rule>) {
    let leak = outlet.leak(&probe.sample);
    if let Some(decided_by) = leak.and_then(|leak| leak.verdict.decided_by) {
        return (decided_by.place(), Some(decided_by.rule));
    }
    let rules = outlet.rules();
    match weak_rules(&rules, probe).next() {
        Some(rule) => (file.place(rule.span), Some(rule.clone())),
        None => (Place::top(&file.path), None),
    }
}
