//! Commands outside of pages: comments at the head of manifests, recipes of justfiles and Makefiles,
//! scripts of package.json.

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

/// What the recipes and comments of a justfile or Makefile call. Their paths are checked by running them.
pub fn of_recipes(text: &str) -> Vec<Mention> {
    let mut found = Vec::new();
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let start = at;
        at += line.len();
        if !mentions::may_call(line) {
            continue;
        }
        if line.trim_start().starts_with('#') {
            found.extend(of_comment(line.trim_end(), start));
            continue;
        }
        let body = line.trim_start_matches([' ', '\t', '@', '-', '+']);
        // `$(VAR)` of make and `{{var}}` of just are values that the file does not tell.
        if line.starts_with([' ', '\t']) && !body.contains("$(") && !body.contains("{{") {
            found.extend(calls_at(body.trim_end(), start + (line.len() - body.len())));
        }
    }
    found
}

/// What the comments of a manifest call.
pub fn of_manifest(manifest: &Manifest) -> Option<Page> {
    let comments = manifest.yaml.comments.iter().filter(|comment| mentions::may_call(&comment.text));
    let found: Vec<Mention> = comments
        .flat_map(|comment| of_comment(&comment.text, comment.span.end.saturating_sub(comment.text.len())))
        .collect();
    (!found.is_empty()).then(|| page(manifest.file.clone(), found))
}

/// A comment that is a command, or the commands between its backticks; it stands at `start`.
fn of_comment(comment: &str, start: usize) -> Vec<Mention> {
    let line = comment.trim_start_matches([' ', '\t', '#', '$']);
    if is_command(line) {
        return calls_at(line, start + comment.len() - line.len());
    }
    let mut found = Vec::new();
    let mut offset = start;
    for (number, part) in comment.split('`').enumerate() {
        if number % 2 == 1 && (is_command(part) || part.contains("OKTETO_BUILD_")) {
            found.extend(calls_at(part, offset));
        }
        offset += part.len() + 1;
    }
    let behind = LEADS.into_iter().filter_map(|lead| comment.split_once(lead)).map(|(_, rest)| rest);
    if let Some(command) = behind.filter(|rest| rest.starts_with("okteto ")).min_by_key(|rest| rest.len()) {
        let calls = calls_at(command, start + comment.len() - command.len());
        found.extend(calls.into_iter().filter(names_compound));
    }
    found
}

/// What stands between a word and the command for it: `# shop: okteto up web-dev-shop`.
const LEADS: [&str; 5] = [": ", "— ", "– ", "-> ", "→ "];

/// Whether a call names something of several words: `okteto up fails` is a sentence.
fn names_compound(mention: &Mention) -> bool {
    let What::Okteto(call) = &mention.what else { return false };
    call.operands.first().is_some_and(|name| name.value.contains(['-', '_']))
}

fn is_command(text: &str) -> bool {
    ["okteto ", "pnpm ", "npm ", "yarn ", "turbo "].iter().any(|program| text.starts_with(program))
}

/// What the scripts of a package.json call.
pub fn of_package(package: &Package) -> Option<Page> {
    let scripts = package.scripts.iter().filter(|script| mentions::may_call(script.command.text()));
    let found: Vec<Mention> = scripts
        .flat_map(|script| {
            let mut calls = mentions::of_script(&script.command.script());
            for call in &mut calls {
                // An expansion that the shell makes may be of no place in the file.
                if call.span.is_empty() {
                    call.span = script.command.span;
                }
            }
            calls.extend(mentions::variables(script.command.text(), &script.command.map()));
            calls
        })
        .collect();
    (!found.is_empty()).then(|| page(package.file.clone(), found))
}

fn calls_at(text: &str, offset: usize) -> Vec<Mention> {
    mentions::of_commands(text, &OffsetMap::starting_at(offset))
}
