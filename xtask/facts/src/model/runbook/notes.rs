//! Commands outside of pages: comments at the head of manifests, recipes of justfiles and Makefiles,
//! scripts of package.json.

use super::commands;
use super::mentions::{self, Mention, What};
use super::{Page, PageKind};
use crate::model::manifest::Manifest;
use crate::model::workspace::Package;
use crate::source::SourceFile;
use crate::syntax::markdown::Markdown;
use crate::syntax::shell::OffsetMap;

/// A page that has nothing but mentions.
pub fn page(file: SourceFile, mentions: Vec<Mention>) -> Page {
    Page {
        file,
        kind: PageKind::Notes,
        markdown: Markdown::default(),
        regions: Vec::new(),
        faults: Vec::new(),
        titled: Vec::new(),
        rows: Vec::new(),
        mentions,
    }
}

/// What the recipes and comments of a justfile or Makefile say about Okteto. Their paths and packages are
/// checked by running them.
pub fn of_recipes(text: &str) -> Vec<Mention> {
    let mut found = Vec::new();
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let start = at;
        at += line.len();
        if !line.contains("okteto ") {
            continue;
        }
        let body = line.trim_start_matches([' ', '\t', '@', '-', '+', '#']);
        let indented = line.starts_with([' ', '\t']);
        let comment = line.trim_start().starts_with('#');
        // `$(VAR)` of make and `{{var}}` of just are values that the file does not tell.
        if comment && !body.starts_with("okteto ")
            || !indented && !comment
            || body.contains("$(")
            || body.contains("{{")
        {
            continue;
        }
        let offset = start + (line.len() - body.len());
        found.extend(calls_at(body.trim_end(), offset));
    }
    found
}

/// What the comments of a manifest say: commands in backticks, and lines that are a command.
pub fn of_manifest(manifest: &Manifest) -> Option<Page> {
    let mut found = Vec::new();
    for comment in &manifest.yaml.comments {
        if !comment.text.contains("okteto ") {
            continue;
        }
        let start = comment.span.end.saturating_sub(comment.text.len());
        let line = comment.text.trim_start_matches([' ', '#', '$']);
        if line.starts_with("okteto ") {
            found.extend(calls_at(line, start + comment.text.len() - line.len()));
            continue;
        }
        let mut offset = 0;
        for (number, part) in comment.text.split('`').enumerate() {
            if number % 2 == 1 && part.starts_with("okteto ") {
                found.extend(calls_at(part, start + offset));
            }
            offset += part.len() + 1;
        }
    }
    (!found.is_empty()).then(|| page(manifest.file.clone(), found))
}

/// What the scripts of a package.json say.
pub fn of_package(package: &Package) -> Option<Page> {
    let mut found = Vec::new();
    for script in package.scripts.iter().filter(|script| script.command.text().contains("okteto ")) {
        for call in commands::okteto_calls(&script.command.script()) {
            let span = call.operands.first().map_or(script.command.span, |operand| operand.span);
            found.push(Mention { what: What::Okteto(Box::new(call)), span, block: None });
        }
    }
    (!found.is_empty()).then(|| page(package.file.clone(), found))
}

fn calls_at(text: &str, offset: usize) -> Vec<Mention> {
    mentions::of_commands(text, &OffsetMap::starting_at(offset))
}
