//! `dockerfile/syntax`: what BuildKit refuses, at its place.

use super::{edit, files};
use crate::diagnostic::{Diagnostic, Fix, Severity};
use crate::facts::{Facts, Model};
use crate::model::images::ImageFile;
use crate::source::Span;
use crate::syntax::dockerfile::{Instruction, Keyword, SyntaxError};
use crate::{Repair, Rule, Scope, Sink};

pub static RULE: Rule = Rule {
    id: "dockerfile/syntax",
    summary: "BuildKit refuses the Dockerfile",
    severity: Severity::Error,
    fix: Repair::Sometimes,
    scope: Scope::Tree,
    needs: &[Model::Images],
    page: include_str!("syntax.md"),
    check,
};

/// Titles are at most this long; what BuildKit says beyond it goes into the note.
const TITLE: usize = 100;

fn check(facts: &Facts, sink: &mut Sink<'_>) {
    for file in files(facts, sink) {
        // Parsers are tested with Dockerfiles that must not build.
        if file.is_specimen {
            if !file.dockerfile.errors.is_empty() {
                sink.skip(&file.source.path, "a Dockerfile of tests or examples that nothing builds");
            }
            continue;
        }
        // What stands behind ONBUILD is judged in the build that triggers it, with that build's variables.
        let runs = file.image.runs.iter().filter(|run| !run.onbuild);
        for error in file.dockerfile.errors.iter().chain(runs.flat_map(|run| &run.mount_errors)) {
            sink.report(diagnostic(file, error));
        }
    }
}

fn diagnostic(file: &ImageFile, error: &SyntaxError) -> Diagnostic {
    let message = error.message.trim_end();
    let place = file.place(shown(file, error.span));
    let base = match message.char_indices().nth(TITLE) {
        None => Diagnostic::new(place, message),
        Some(_) => {
            let head: String = message.chars().take(TITLE - 1).collect();
            let head = head.rsplit_once(' ').map_or(head.as_str(), |(head, _)| head);
            Diagnostic::new(place, format!("{}…", head.trim_end_matches([',', '.', ':']))).why(message)
        }
    };
    let stage = file.dockerfile.instructions.iter().rposition(|found| found.lines.start <= error.span.start);
    let stage = stage.and_then(|index| file.dockerfile.stage_of(index)).unwrap_or(0);
    let base = base.label("the build stops here").subject(file.subject(stage, slug(message)));
    if let Some(text) = &error.replacement {
        let edits = vec![edit(file, (error.span, text.clone()))];
        let title = format!("write `{text}`");
        let fix =
            if is_slip(file, error) { Fix::safe(title, edits) } else { Fix::needs_review(title, edits) };
        return base.help(super::help(&format!("did you mean `{text}`?"), &fix)).fix(fix);
    }
    match blank_after_comma(file, error) {
        Some(blank) => {
            let fix =
                Fix::safe("remove the blank behind the comma", vec![edit(file, (blank, String::new()))]);
            base.help(super::help("remove the blank behind the comma: it ends the flag", &fix)).fix(fix)
        }
        None => base.help("correct it: no stage of this file can be built"),
    }
}

/// Whether a word is a slip of the one that BuildKit suggests: of an unknown instruction only in a file that builds
/// something, whose other instructions are written like it and are mostly known. A line of prose (`For more …`)
/// is close to an instruction, too.
fn is_slip(file: &ImageFile, error: &SyntaxError) -> bool {
    if !error.message.starts_with("unknown instruction") {
        return true;
    }
    let instructions = &file.dockerfile.instructions;
    let refused = |span: Span| file.dockerfile.errors.iter().any(|error| span.contains(error.span));
    let from = instructions.iter().find(|one| one.keyword == Some(Keyword::From) && !refused(one.lines));
    let (unknown, known): (Vec<&Instruction>, Vec<&Instruction>) =
        instructions.iter().partition(|one| one.keyword.is_none());
    let is_lower = |text: &str| !text.contains(|letter: char| letter.is_ascii_uppercase());
    let is_upper = |text: &str| !text.contains(|letter: char| letter.is_ascii_lowercase());
    let word = file.slice(error.span);
    from.is_some_and(|from| {
        let like = file.slice(from.keyword_span);
        is_upper(like) && is_upper(word) || is_lower(like) && is_lower(word)
    }) && unknown.len() <= known.len()
}

/// A span on one line: what is wrong with a whole instruction is shown at its first line.
fn shown(file: &ImageFile, span: Span) -> Span {
    let first = file.slice(span).lines().next().unwrap_or("").len();
    if span.start == 0 && first == 0 { span } else { Span::new(span.start, span.start + first) }
}

/// The message without what differs from place to place.
fn slug(message: &str) -> &str {
    message.split([':', '(', '\'', '"']).next().unwrap_or("").trim_end()
}

/// `--mount=type=cache, target=/x`: the blanks that end the flag too early.
fn blank_after_comma(file: &ImageFile, error: &SyntaxError) -> Option<Span> {
    if !error.message.starts_with("invalid field ''") {
        return None;
    }
    let text = &*file.source.text;
    let before = text.get(..error.span.start)?;
    let rest = text.get(error.span.end..)?;
    let blanks = rest.len() - rest.trim_start_matches([' ', '\t']).len();
    let next = rest.get(blanks..)?;
    let key = next.split('=').next().filter(|key| key.len() < next.len())?;
    let is_key = !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_lowercase());
    (before.ends_with(',') && blanks > 0 && is_key)
        .then(|| Span::new(error.span.end, error.span.end + blanks))
}
