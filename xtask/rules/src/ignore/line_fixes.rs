//! Findings that are many lines of one file with one cause, and one repair.

use crate::diagnostic::{Diagnostic, Edit, replace};
use crate::facts::Facts;
use crate::model::outlets::Outlet;
use crate::model::verdict::Files;
use crate::source::{SourceFile, Span};

/// A line with what should stand there.
pub struct Slip {
    /// The pattern.
    pub span: Span,
    /// What is wrong with it, as a label.
    pub label: String,
    /// What was meant; lines are separated by `\n`. `None` where nobody can tell.
    pub instead: Option<String>,
}

/// The first slip as a finding, the others beside it.
pub fn finding(file: &SourceFile, slips: &[Slip], title: impl Into<String>) -> Option<Diagnostic> {
    let (first, rest) = slips.split_first()?;
    let mut diagnostic = Diagnostic::new(file.place(first.span), title)
        .label(first.label.clone())
        .subject(first.span.slice(&file.text).to_owned());
    for slip in rest {
        diagnostic = diagnostic.related(file.place(slip.span), slip.label.clone());
    }
    Some(diagnostic)
}

/// The edits that write what was meant, if that is known for every slip and the reader takes the outcome.
pub fn edits(facts: &Facts, outlet: &Outlet<'_>, file: &SourceFile, slips: &[Slip]) -> Option<Vec<Edit>> {
    let newline = file.line_ending();
    let mut ordered: Vec<&Slip> = slips.iter().collect();
    ordered.sort_by_key(|slip| slip.span);
    let (mut text, mut at) = (String::with_capacity(file.text.len()), 0);
    let mut edits = Vec::with_capacity(ordered.len());
    for slip in ordered {
        let instead = slip.instead.as_ref()?.replace('\n', newline);
        text.push_str(file.text.get(at..slip.span.start)?);
        text.push_str(&instead);
        at = slip.span.end;
        edits.push(replace(&file.path, slip.span, instead));
    }
    text.push_str(file.text.get(at..)?);
    outlet.with_text(&text, Files::of(&facts.tree)).is_accepted().then_some(edits)
}

/// The alternatives of the first pair of braces of a pattern, written out: `a{b,c}` is `ab` and `ac`. `None` without
/// complete braces.
pub fn alternatives(pattern: &str) -> Option<Vec<String>> {
    let (before, rest) = pattern.split_once('{')?;
    if before.ends_with('\\') {
        return None;
    }
    let (mut depth, mut start, mut parts) = (0_usize, 0, Vec::new());
    for (at, character) in rest.char_indices() {
        match character {
            '{' => depth += 1,
            ',' if depth == 0 => {
                parts.push(rest.get(start..at)?);
                start = at + 1;
            }
            '}' if depth == 0 => {
                parts.push(rest.get(start..at)?);
                let after = rest.get(at + 1..)?;
                return Some(parts.into_iter().map(|part| format!("{before}{part}{after}")).collect());
            }
            '}' => depth -= 1,
            _ => {}
        }
    }
    None
}

/// All alternatives of all braces, at most `most` lines.
pub fn written_out(pattern: &str, most: usize) -> Option<Vec<String>> {
    let mut done = Vec::new();
    let mut open = vec![pattern.to_owned()];
    while let Some(next) = open.pop() {
        if done.len() + open.len() > most {
            return None;
        }
        match alternatives(&next) {
            Some(parts) => open.extend(parts.into_iter().rev()),
            None if next.contains(['{', '}']) => return None,
            None => done.push(next),
        }
    }
    (done.len() > 1).then_some(done)
}
