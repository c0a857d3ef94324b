//! `manifest/outdated`: the format of CLI 1, or keys that CLI 3 removed. All other rules of the group are silent
//! on the first, `unknown-key` on the second.

use super::current;
use crate::diagnostic::{Diagnostic, Fix, Severity, replace};
use crate::facts::{Facts, Model};
use crate::model::manifest::{Format, Manifest, fields, names};
use crate::source::{Place, Span, line_ending};
use crate::syntax::yaml::{Entry, edit};
use crate::{Repair, Rule, Scope, Sink};

pub static RULE: Rule = Rule {
    id: "manifest/outdated",
    summary: "the manifest is written for an old CLI",
    severity: Severity::Error,
    fix: Repair::Unsafe,
    scope: Scope::Tree,
    needs: &[Model::Manifests],
    page: include_str!("outdated.md"),
    check,
};

fn check(facts: &Facts, sink: &mut Sink<'_>) {
    for manifest in facts.manifests().iter().filter(|manifest| manifest.format == Format::DevOnly) {
        sink.report(dev_only(manifest));
    }
    for manifest in current(facts) {
        let removed: Vec<&Entry> =
            fields::REMOVED_KEYS.iter().filter_map(|key| manifest.section(key)).collect();
        if let Some((first, others)) = removed.split_first() {
            sink.report(removed_keys(manifest, first, others));
        }
    }
}

fn dev_only(manifest: &Manifest) -> Diagnostic {
    let entries = manifest.yaml.root().map_or(&[] as &[Entry], |root| root.entries());
    let old =
        entries.iter().find(|entry| entry.merged.is_none() && fields::V1_KEYS.contains(&&*entry.key.value));
    let place = old.map_or_else(|| Place::top(&manifest.file.path), |entry| manifest.place(entry.key.span));
    let finding = Diagnostic::new(place, "a dev container at the top level: the format of CLI 1")
        .label("since CLI 2 dev containers stand under `dev`, each with its name as the key")
        .subject("format");
    match wrapped(manifest) {
        Some(fix) => {
            finding.help("`cargo xtask fix --unsafe` puts it under `dev` with its `name` as the key").fix(fix)
        }
        None => finding.help("move the keys to `dev.NAME`; https://www.okteto.com/docs shows today's keys"),
    }
}

/// All keys under `dev: <name>:`, where nothing has to change but the indentation.
fn wrapped(manifest: &Manifest) -> Option<Fix> {
    let root = manifest.yaml.root()?;
    let mapping = root.as_mapping().filter(|mapping| !mapping.flow && mapping.merges.is_empty())?;
    let name = mapping.entry("name").filter(|_| mapping.indent == Some(0) && manifest.is_sound())?;
    let key = names::sanitise(name.value.as_str()?);
    let known = |entry: &Entry| fields::DEV.fields.iter().any(|field| field.name == &*entry.key.value);
    let single_line = !name.value.span.slice(&manifest.file.text).contains('\n');
    let fits = mapping.entries.iter().all(known) && mapping.entries.len() > 1 && names::is_valid(&key);
    // Markers of documents stay at the margin.
    let marker = |line: &str| line.starts_with("---") || line.starts_with("...");
    let start = mapping.entries.first()?.key.span.start;
    let marked = manifest.file.text.get(start..)?.lines().any(marker);
    if !fits || !single_line || marked || manifest.yaml.documents.len() != 1 {
        return None;
    }
    let text = &*manifest.file.text;
    let ending = line_ending(text);
    let mut out = format!("dev:{ending}  {key}:{ending}");
    let mut at = start;
    for line in text.get(start..)?.split_inclusive('\n') {
        let is_name = at == name.key.span.start;
        at += line.len();
        if is_name {
            continue;
        }
        if !line.trim().is_empty() {
            out.push_str("    ");
        }
        out.push_str(line);
    }
    let title = format!("put the dev container under `dev.{key}`");
    let edit = replace(&manifest.file.path, Span::new(start, text.len()), out);
    Some(Fix::needs_review(title, vec![edit]))
}

fn removed_keys(manifest: &Manifest, first: &Entry, others: &[&Entry]) -> Diagnostic {
    let names: Vec<String> =
        [first].iter().chain(others).map(|entry| format!("`{}`", entry.key.value)).collect();
    let gone = if others.is_empty() { "is gone" } else { "are gone" };
    let message = format!("{} {gone} since CLI 3", names.join(" and "));
    let mut finding = Diagnostic::new(manifest.place(first.key.span), message)
        .label("the CLI refuses the manifest")
        .subject("removed");
    for other in others {
        finding = finding.related(manifest.place(other.key.span), "this one too");
    }
    match deletion(manifest, first) {
        Some(fix) => finding
            .help("choose it with `okteto namespace use` or `--namespace`; `cargo xtask fix --unsafe` deletes the key")
            .fix(fix),
        None => finding.help("delete it; choose it with `okteto namespace use` or `--namespace`"),
    }
}

/// Takes one key out; the next pass takes the other one.
fn deletion(manifest: &Manifest, entry: &Entry) -> Option<Fix> {
    let (span, text) = edit::remove_entry(&manifest.file.text, manifest.yaml.root()?, entry)?;
    let edit = replace(&manifest.file.path, span, text);
    Some(Fix::needs_review(format!("delete `{}`", entry.key.value), vec![edit]))
}
