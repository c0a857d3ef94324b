//! One cause, one finding: what shares its cause is told once, with every place.

use super::Report;
use crate::diagnostic::{Diagnostic, Edit, Fix, Related, RuleInfo, Safety, fingerprint};
use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap};

impl Report {
    /// Puts the findings of one cause together.
    ///
    /// Whoever compares findings one by one (`--since`, the hook, `fix`) does so before.
    pub fn fold(&mut self) {
        self.diagnostics = fold(std::mem::take(&mut self.diagnostics), &self.rules);
    }
}

/// Puts the findings of one cause together. The first of the most severe ones speaks for all: those of rules
/// that stand earlier in the table come first. Its fingerprint is the cause's, and stays while places come and go.
pub fn fold(diagnostics: Vec<Diagnostic>, rules: &[RuleInfo]) -> Vec<Diagnostic> {
    let ranks: HashMap<&str, usize> = rules.iter().enumerate().map(|(rank, rule)| (rule.id, rank)).collect();
    let rank = |diagnostic: &Diagnostic| ranks.get(diagnostic.rule).copied().unwrap_or(usize::MAX);
    let mut groups: Vec<Vec<Diagnostic>> = Vec::new();
    let mut positions: HashMap<String, usize> = HashMap::new();
    for diagnostic in diagnostics {
        let next = groups.len();
        let position = match &diagnostic.cause {
            Some(cause) => *positions.entry(cause.subject.clone()).or_insert(next),
            None => next,
        };
        match groups.get_mut(position) {
            Some(group) => group.push(diagnostic),
            None => groups.push(vec![diagnostic]),
        }
    }
    let mut all: Vec<Diagnostic> = groups.into_iter().filter_map(|group| folded(group, rank)).collect();
    let key = |one: &Diagnostic| (one.place.clone(), one.rule, one.subject.clone());
    all.sort_by_cached_key(key);
    all
}

/// One finding for all of a group.
fn folded(mut group: Vec<Diagnostic>, rank: impl Fn(&Diagnostic) -> usize) -> Option<Diagnostic> {
    // The group is sorted by place, and the sort keeps equals in their order.
    group.sort_by_key(|diagnostic| (Reverse(diagnostic.severity), rank(diagnostic)));
    let mut group = group.into_iter();
    let mut first = group.next()?;
    let (Some(cause), rest) = (first.cause.clone(), group.collect::<Vec<_>>()) else { return Some(first) };
    if rest.is_empty() {
        return Some(first);
    }
    if let Some(title) = &cause.title {
        first.message = format!("{title}; {} say otherwise", places(&first, &rest));
    }
    first.subject.clone_from(&cause.subject);
    first.fingerprint = fingerprint(["cause", &cause.subject]);
    (first.fix, first.help) = repair(&first, &rest);
    first.related = related(&first, &rest);
    first.concealed.extend(rest.into_iter().flat_map(|other| other.concealed));
    Some(first)
}

/// How many places say what is no longer so: those of the findings, and what else they show of their pages.
fn places(first: &Diagnostic, rest: &[Diagnostic]) -> String {
    let places: BTreeSet<_> = std::iter::once(first)
        .chain(rest)
        .flat_map(|one| {
            let others = one.related.iter().map(|related| &related.place);
            std::iter::once(&one.place).chain(others.filter(|place| place.path == one.place.path))
        })
        .collect();
    let pages: BTreeSet<_> = places.iter().map(|place| &place.path).collect();
    match pages.len() {
        1 => format!("{} places", places.len()),
        pages => format!("{} places on {pages} pages", places.len()),
    }
}

/// The other sides of the first finding, then the other places in order, each once.
fn related(first: &Diagnostic, rest: &[Diagnostic]) -> Vec<Related> {
    let mut seen = BTreeSet::from([first.place.clone()]);
    let mut all = Vec::new();
    let mut add = |related: Related| {
        if seen.insert(related.place.clone()) {
            all.push(related);
        }
    };
    first.related.iter().cloned().for_each(&mut add);
    let mut others: Vec<&Diagnostic> = rest.iter().collect();
    others.sort_by_key(|other| &other.place);
    for other in others {
        let same = other.rule == first.rule && other.label == first.label;
        let message = if same { "also here".to_owned() } else { other.message.clone() };
        add(Related { place: other.place.clone(), message });
        other.related.iter().cloned().for_each(&mut add);
    }
    all
}

/// The safe fixes together, or else those to look at, and what can be done in words.
fn repair(first: &Diagnostic, rest: &[Diagnostic]) -> (Option<Fix>, Option<String>) {
    let all = || std::iter::once(first).chain(rest);
    let fixes = |safety| all().filter_map(|one| one.fix.as_ref()).filter(move |fix| fix.safety == safety);
    let (safe, review) = (fixes(Safety::Safe).count(), fixes(Safety::Unsafe).count());
    let safety = if safe > 0 { Safety::Safe } else { Safety::Unsafe };
    let mut titles: Vec<&str> = fixes(safety).map(|fix| fix.title.as_str()).collect();
    titles.dedup();
    let title = match titles.as_slice() {
        [] => return (None, first.help.clone()),
        [only] => (*only).to_owned(),
        _ => format!("repair {} of {} places", safe.max(review), rest.len() + 1),
    };
    let edits = apart(fixes(safety).flat_map(|fix| &fix.edits));
    let fix = Fix { title, safety, edits };
    let help = match (safe, review) {
        (0, _) if titles.len() == 1 => first.help.clone(),
        (0, review) => {
            Some(format!("`cargo xtask fix --unsafe` repairs {review} of {} places", rest.len() + 1))
        }
        (_, 0) => None,
        (safe, review) => {
            Some(format!("`cargo xtask fix` repairs {safe} of them (safe fix), `--unsafe` {review} more"))
        }
    };
    (Some(fix), help)
}

/// The edits without those that lie in the span of another one.
fn apart<'a>(edits: impl Iterator<Item = &'a Edit>) -> Vec<Edit> {
    let mut edits: Vec<Edit> = edits.cloned().collect();
    edits.sort_by_key(|edit| match edit {
        Edit::Replace { place, .. } => (place.path.clone(), place.span.start, Reverse(place.span.end)),
        Edit::Create { path, .. } | Edit::Delete { path } => (path.clone(), 0, Reverse(usize::MAX)),
    });
    let mut kept: Vec<Edit> = Vec::new();
    for edit in edits {
        let inside = match (kept.last(), &edit) {
            (Some(Edit::Replace { place: last, .. }), Edit::Replace { place, .. }) => {
                last.path == place.path && place.span.start < last.span.end
            }
            (Some(last), edit) => last == edit,
            (None, _) => false,
        };
        if !inside {
            kept.push(edit);
        }
    }
    kept
}
