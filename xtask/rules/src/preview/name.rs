//! `preview/name`: the name of a preview or namespace that a pipeline makes of its variables.

use super::{calls, skip_hidden};
use crate::diagnostic::{Diagnostic, Severity};
use crate::facts::{Facts, Model};
use crate::model::pipeline::{Expression, Job, Name, Piece, Pipeline, RAW_NAMES};
use crate::{Repair, Rule, Scope, Sink};
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
        let calls = pipeline.jobs.iter().flat_map(|job| {
            let names = calls(pipeline, job, verb).into_iter().filter_map(|call| call.operand);
            names.map(move |name| (job, name))
        });
        for (job, name) in calls {
            // Two jobs that make the same name have one finding.
            if !seen.insert(name.expression.shown()) {
                continue;
            }
            if let Some(diagnostic) = refused(&name) {
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

/// Jobs that destroy another name than those that their environment's deploy job makes.
fn different(facts: &Facts, sink: &mut Sink<'_>) {
    let pipeline = facts.pipeline();
    for job in &pipeline.jobs {
        let Some(stop) = job.text(&["environment", "on_stop"]).and_then(|stop| pipeline.job(stop)) else {
            continue;
        };
        let (Some(made), Some(destroyed)) =
            (names(pipeline, job, "preview deploy"), names(pipeline, stop, "preview destroy"))
        else {
            continue;
        };
        let (job, stop) = (&job.name.value, &stop.name.value);
        let strays: Vec<&Name> =
            destroyed.iter().filter(|name| !made.iter().any(|other| same(name, other))).collect();
        let left: Vec<&Name> =
            made.iter().filter(|name| !destroyed.iter().any(|other| same(name, other))).collect();
        for (at, name) in strays.iter().enumerate() {
            let Some(meant) = left.get(at).copied().or_else(|| made.first()) else { continue };
            sink.report(stray(name, meant, job, stop));
        }
        // Each of the others stays when all that is destroyed has been made.
        for name in left.iter().skip(strays.len()) {
            sink.report(left_over(name, &destroyed, job, stop));
        }
    }
}

/// The names that all calls of a job give. `None` without any, and where one of them is not known.
fn names(pipeline: &Pipeline, job: &Job, verb: &str) -> Option<Vec<Name>> {
    let calls = calls(pipeline, job, verb);
    let names: Option<Vec<Name>> = calls.into_iter().map(|call| call.operand).collect();
    names.filter(|names| !names.is_empty() && !names.iter().any(|name| name.expression.is_unknown()))
}

fn same(one: &Name, other: &Name) -> bool {
    one.expression == other.expression
}

fn stray(destroyed: &Name, made: &Name, job: &str, stop: &str) -> Diagnostic {
    Diagnostic::new(
        destroyed.place.clone(),
        format!("`{stop}` destroys `{}`, which `{job}` never makes", destroyed.expression.shown()),
    )
    .label("a preview that is missing is no error, so the job succeeds and the preview stays")
    .related(made.place.clone(), format!("`{job}` makes `{}`", made.expression.shown()))
    .help("put the name into a variable that both jobs share")
    .subject(format!("{stop}.name"))
}

fn left_over(made: &Name, destroyed: &[Name], job: &str, stop: &str) -> Diagnostic {
    let diagnostic = Diagnostic::new(
        made.place.clone(),
        format!("`{job}` makes `{}`, which `{stop}` never destroys", made.expression.shown()),
    )
    .label("the preview stays after the merge");
    let diagnostic = destroyed.iter().fold(diagnostic, |diagnostic, name| {
        diagnostic.related(name.place.clone(), format!("`{stop}` destroys `{}`", name.expression.shown()))
    });
    diagnostic.help(format!("destroy it in `{stop}` too")).subject(format!("{job}.name"))
}
