//! `manifest/syntax`: a manifest that Okteto cannot read.

use crate::diagnostic::{Diagnostic, Severity};
use crate::facts::{Facts, Model, UnreadableManifest};
use crate::model::manifest::Manifest;
use crate::rules::{Repair, Rule, Scope, Sink};
use crate::snapshot::{Kind, ReadError};
use crate::source::{Place, Span};

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
        for finding in errors(manifest) {
            sink.report(finding);
        }
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

/// The errors of the text, those with the same words folded into one.
fn errors(manifest: &Manifest) -> Vec<Diagnostic> {
    let mut findings: Vec<(&str, Diagnostic)> = Vec::new();
    for error in manifest.syntax_errors() {
        let place = manifest.place(error.span);
        match findings.iter_mut().find(|(message, _)| *message == error.message) {
            Some((_, finding)) if finding.related.len() < 4 => {
                *finding = finding.clone().related(place, "and here");
            }
            Some(_) => {}
            None => {
                let finding = Diagnostic::new(place, format!("this is no YAML: {}", error.message))
                    .label("Okteto stops here")
                    .subject("yaml");
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
