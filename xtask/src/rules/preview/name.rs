//! `preview/name`: the name of a preview or namespace that a pipeline makes of its variables.

use super::{callers, skip_hidden};
use crate::diagnostic::{Diagnostic, Severity};
use crate::facts::{Facts, Model};
use crate::model::pipeline::{Expression, Name, Piece, RAW_NAMES};
use crate::rules::{Repair, Rule, Scope, Sink};
use std::collections::BTreeSet;

pub static RULE: Rule = Rule {
    id: "preview/name",
    summary: "a preview's name can be refused, or deploy and destroy name different previews",
    severity: Severity::Warning,
    fix: Repair::None,
    scope: Scope::Tree,
    needs: &[Model::Pipeline],
    page: include_str!("name.md"),
    check,
};

/// A namespace is a DNS label (RFC 1123).
const LONGEST: usize = 63;

/// Subcommands whose operand names a preview or a namespace that is made then.
const MAKE: [&str; 2] = ["preview deploy", "namespace create"];

fn check(facts: &Facts, sink: &mut Sink<'_>) {
    skip_hidden(facts, sink);
    let pipeline = facts.pipeline();
    let mut seen = BTreeSet::new();
    for verb in MAKE {
        for (job, call) in callers(pipeline, verb) {
            let Some(name) = &call.operand else { continue };
            // Two jobs that make the same name have one finding.
            if !seen.insert(name.expression.shown()) {
                continue;
            }
            if let Some(diagnostic) = refused(name) {
                sink.report(diagnostic.subject(format!("{}.name", job.name.value)));
            }
        }
    }
    different(facts, sink);
}

/// A name that Kubernetes can refuse.
fn refused(name: &Name) -> Option<Diagnostic> {
    let shown = name.expression.shown();
    let raw = name.expression.pieces.iter().find_map(|piece| match piece {
        Piece::Variable(variable) if RAW_NAMES.contains(&variable.as_str()) => Some(variable),
        _ => None,
    });
    if let Some(variable) = raw {
        return Some(
            Diagnostic::new(name.place.clone(), format!("`{shown}` is no DNS label for most branches"))
                .label(format!("`${variable}` keeps `/`, `_` and capitals, which no namespace may have"))
                .help("name it after the merge request: `$CI_MERGE_REQUEST_IID`"),
        );
    }
    if let Some(odd) = odd_character(&name.expression) {
        return Some(
            Diagnostic::new(name.place.clone(), format!("`{shown}` is no DNS label"))
                .label(odd)
                .help("use lower-case letters, digits and `-`, with a letter or digit at both ends"),
        );
    }
    let longest = name.expression.longest().filter(|longest| *longest > LONGEST)?;
    let slug = name.expression.pieces.iter().find_map(|piece| match piece {
        Piece::Variable(variable) if variable.ends_with("_SLUG") => Some(variable),
        _ => None,
    });
    let label = match slug {
        Some(variable) => format!("`${variable}` alone can have 63 characters"),
        None => "this is all that the pipeline can make of it".to_owned(),
    };
    Some(
        Diagnostic::new(
            name.place.clone(),
            format!("`{shown}` can have {longest} characters, a namespace has {LONGEST}"),
        )
        .label(label)
        .help("name it after the merge request: `$CI_MERGE_REQUEST_IID` is short and never changes"),
    )
}

/// Why the literal parts of a name cannot be part of a DNS label.
fn odd_character(expression: &Expression) -> Option<String> {
    let last = expression.pieces.len().checked_sub(1)?;
    for (at, piece) in expression.pieces.iter().enumerate() {
        let Piece::Literal(text) = piece else { continue };
        let is_odd = |character: &char| {
            !(character.is_ascii_lowercase() || character.is_ascii_digit() || *character == '-')
        };
        if let Some(odd) = text.chars().find(is_odd) {
            return Some(format!("`{odd}` is not allowed in a namespace"));
        }
        if at == 0 && text.starts_with('-') || at == last && text.ends_with('-') {
            return Some("a namespace neither begins nor ends with `-`".to_owned());
        }
    }
    None
}

/// A job that destroys another name than the one that its environment's deploy job makes.
fn different(facts: &Facts, sink: &mut Sink<'_>) {
    let pipeline = facts.pipeline();
    let destroys = callers(pipeline, "preview destroy");
    for (job, deploy) in callers(pipeline, "preview deploy") {
        let Some(stop) = job.text(&["environment", "on_stop"]) else { continue };
        let Some((stop, destroy)) = destroys.iter().find(|(known, _)| known.name.value == stop) else {
            continue;
        };
        let (Some(made), Some(destroyed)) = (&deploy.operand, &destroy.operand) else { continue };
        let known = !made.expression.is_unknown() && !destroyed.expression.is_unknown();
        let same = made.expression == destroyed.expression || made.written == destroyed.written && !known;
        if same || !known {
            continue;
        }
        let (job, stop) = (&job.name.value, &stop.name.value);
        sink.report(
            Diagnostic::new(
                destroyed.place.clone(),
                format!("`{stop}` destroys `{}`, which `{job}` never makes", destroyed.expression.shown()),
            )
            .label("a preview that is missing is no error, so the job succeeds and the preview stays")
            .related(made.place.clone(), format!("`{job}` makes `{}`", made.expression.shown()))
            .help("put the name into a variable that both jobs share")
            .subject(format!("{stop}.name")),
        );
    }
}
