//! `manifest/syntax`: a manifest that Okteto cannot read.

use crate::diagnostic::{Diagnostic, Severity};
use crate::facts::{Facts, Model, UnreadableManifest};
use crate::model::manifest::Manifest;
use crate::snapshot::{Kind, ReadError};
use crate::source::{Place, Span};
use crate::syntax::SyntaxError;
use crate::syntax::shape::ViolationKind;
use crate::{Repair, Rule, Scope, Sink};

pub static RULE: Rule = Rule {
    id: "manifest/syntax",
    summary: "Okteto cannot read the manifest",
    severity: Severity::Error,
    fix: Repair::None,
    scope: Scope::Tree,
    needs: &[Model::Manifests],
    page: include_str!("syntax.md"),
    check,
};

fn check(facts: &Facts, sink: &mut Sink<'_>) {
    for unreadable in facts.unreadable_manifests() {
        sink.report(no_text(facts, unreadable));
    }
    for manifest in facts.manifests() {
        if let Some(template) = manifest.yaml.template {
            sink.report(templated(manifest, template));
            continue;
        }
        if let Some(marker) = conflict(&manifest.file.text) {
            sink.report(conflicted(manifest, marker));
            continue;
        }
        let refused = refused_by_okteto(manifest);
        for finding in errors(manifest, &refused) {
            sink.report(finding);
        }
        refused.into_iter().for_each(|finding| sink.report(finding));
        for error in manifest.syntax_errors().iter().filter(|error| is_taken_by_okteto(error)) {
            sink.skip(
                &manifest.file.path,
                format!("Okteto reads it, this checker does not: {}", error.message),
            );
        }
        merges(manifest, sink);
        for duplicate in manifest.duplicates() {
            let finding = Diagnostic::new(
                manifest.place(duplicate.second),
                format!("`{}` stands twice", duplicate.key),
            )
            .label("Okteto refuses a manifest with a repeated key")
            .related(manifest.place(duplicate.first), "first here")
            .help("merge the two, or delete one")
            .subject(duplicate.key.clone());
            sink.report(finding);
        }
        if manifest.file.text.trim_start_matches(crate::source::BOM).trim().is_empty() {
            let finding = Diagnostic::new(Place::top(&manifest.file.path), "the manifest is empty")
                .label("Okteto refuses an empty manifest")
                .help("write a `dev` section, or delete the file");
            sink.report(finding);
        }
        if let Some(second) = manifest.yaml.documents.get(1).filter(|second| !second.is_null()) {
            let start = second.span.start;
            let line = second.span.slice(&manifest.file.text).lines().next().unwrap_or("").trim_end();
            let place = manifest.place(Span::new(start, start + line.len()));
            let finding = Diagnostic::new(place, "Okteto reads the first document only")
                .label("nothing from here on is in force")
                .help("move it into the first document, or into a manifest of its own")
                .subject("document");
            sink.report_as(Severity::Warning, finding);
        }
    }
}

/// The first marker that git leaves in a file with a merge conflict.
fn conflict(text: &str) -> Option<Span> {
    let begins = |mark: &str| {
        let start = if text.starts_with(mark) { 0 } else { text.find(&format!("\n{mark}"))? + 1 };
        let length = text.get(start..)?.lines().next()?.len();
        Some(Span::new(start, start + length))
    };
    let first = begins("<<<<<<< ")?;
    begins(">>>>>>> ").filter(|last| first.start < last.start)?;
    Some(first)
}

fn conflicted(manifest: &Manifest, marker: Span) -> Diagnostic {
    Diagnostic::new(manifest.place(marker), "a merge conflict is not resolved")
        .label("Okteto reads no further")
        .help("keep what is right of both sides, and delete the markers")
        .subject("conflict")
}

/// What the Okteto CLI's reader takes all the same: a byte order mark in the middle.
fn is_taken_by_okteto(error: &SyntaxError) -> bool {
    error.message.starts_with("a BOM must not appear")
}

/// What YAML allows and the version of it that Okteto reads does not.
fn refused_by_okteto(manifest: &Manifest) -> Vec<Diagnostic> {
    let broken = manifest.syntax_errors().first().map_or(usize::MAX, |error| error.span.start);
    let refusals = manifest.yaml.refused_by_yaml_v2(&manifest.file.text);
    let findings = refusals.into_iter().filter(|refusal| refusal.span.end <= broken);
    findings
        .map(|refusal| {
            Diagnostic::new(manifest.place(refusal.span), refusal.message)
                .label("Okteto reads YAML 1.1, and stops here")
                .help(refusal.help)
                .subject("yaml")
        })
        .collect()
}

/// Keys that stand in a mapping and in what `<<` brings to it.
fn merges(manifest: &Manifest, sink: &mut Sink<'_>) {
    for violation in &manifest.violations {
        let ViolationKind::RepeatedByMerge { key, merge, known } = &violation.kind else { continue };
        let place = manifest.place(violation.span);
        let both = (violation.span != *merge).then(|| manifest.place(*merge));
        let related = |finding: Diagnostic, message: &str| match both.clone() {
            Some(place) => finding.related(place, message),
            None => finding,
        };
        if *known {
            let finding = Diagnostic::new(place, format!("`{key}` is overridden by the `<<` behind it"))
                .label("to Okteto the later one holds, merged or not");
            let finding = related(finding, "brings it too").help("put `<<` first");
            sink.report_as(Severity::Warning, finding.subject(violation.path.clone()));
        } else {
            let finding = Diagnostic::new(place, format!("`{key}` stands twice: `<<` brings it too"))
                .label("Okteto refuses a repeated key, merged ones included");
            let finding =
                related(finding, "the other one comes from here").help("leave it out of one of them");
            sink.report(finding.subject(violation.path.clone()));
        }
    }
}

/// The errors of the text, those with the same words folded into one.
fn errors(manifest: &Manifest, refused: &[Diagnostic]) -> Vec<Diagnostic> {
    let mut findings: Vec<(&str, Diagnostic)> = Vec::new();
    for error in manifest.syntax_errors().iter().filter(|error| !is_taken_by_okteto(error)) {
        let place = manifest.place(error.span);
        // The tab before it has been told.
        if refused.iter().any(|finding| finding.place.span.end == error.span.start) {
            continue;
        }
        match findings.iter_mut().find(|(message, _)| *message == error.message) {
            Some((_, finding)) if finding.related.len() < 4 => {
                finding.add_related(place, "and here");
            }
            Some(_) => {}
            None => {
                let finding = if error.message.contains("<document start>") {
                    Diagnostic::new(place, "the manifest ends before this line")
                        .label(
                            "it is indented less than the first line: Okteto drops it and all that follows",
                        )
                        .help("give all sections the indentation of the first one")
                } else {
                    Diagnostic::new(place, format!("this is no YAML: {}", error.message))
                        .label("Okteto reads no further")
                };
                let finding = finding.subject("yaml");
                findings.push((&error.message, finding));
            }
        }
    }
    findings.into_iter().map(|(_, finding)| finding).collect()
}

fn templated(manifest: &Manifest, span: Span) -> Diagnostic {
    // To the parser the inner pair of braces is the template.
    let text = &manifest.file.text;
    let start =
        text.get(..span.start).and_then(|before| before.strip_suffix('{')).map_or(span.start, str::len);
    let behind = text.get(span.end..).is_some_and(|rest| rest.starts_with('}'));
    let span = Span::new(start, span.end + usize::from(behind && start < span.start));
    Diagnostic::new(manifest.place(span), "template syntax in a manifest")
        .label("Okteto renders no templates: to it this is broken YAML")
        .help("use `${VARIABLE}`, or put the template in quotes where it is meant literally")
        .subject("template")
}

fn no_text(facts: &Facts, unreadable: &UnreadableManifest) -> Diagnostic {
    let UnreadableManifest { path, error } = unreadable;
    let name = path.file_name();
    let (what, help) = match (facts.tree.kind(path), error) {
        (Some(Kind::Folder), _) => ("is a folder, no manifest".to_owned(), "rename the folder"),
        (Some(Kind::Symlink), ReadError::NotFound | ReadError::NotAFile) => {
            ("is a link that leads to no file of the repository".to_owned(), "put the manifest itself here")
        }
        (_, ReadError::NotUtf8 { .. } | ReadError::Binary) => {
            ("is no UTF-8 text".to_owned(), "save it as UTF-8")
        }
        (_, ReadError::TooLarge { .. }) => {
            ("is too large for a manifest".to_owned(), "split it, or move data out of it")
        }
        _ => ("cannot be read".to_owned(), "make it a readable text file"),
    };
    Diagnostic::new(Place::top(path), format!("`{name}` {what}"))
        .label(error.to_string())
        .help(help)
        .subject("file")
}
