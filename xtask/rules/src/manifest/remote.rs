//! `manifest/remote`: deploy or destroy commands that run wherever `okteto` was typed.

use super::current;
use crate::diagnostic::{Diagnostic, Fix, Severity, replace};
use crate::facts::{Facts, Model};
use crate::model::manifest::{Manifest, Run};
use crate::source::{Span, line_ending};
use crate::syntax::yaml::edit;
use crate::{Repair, Rule, Scope, Sink};

pub static RULE: Rule = Rule {
    id: "manifest/remote",
    summary: "commands run on the laptop, not in the cluster",
    severity: Severity::Note,
    fix: Repair::Safe,
    scope: Scope::Tree,
    needs: &[Model::Manifests],
    page: include_str!("remote.md"),
    check,
};

fn check(facts: &Facts, sink: &mut Sink<'_>) {
    for manifest in current(facts) {
        for (name, run) in [("deploy", &manifest.deploy), ("destroy", &manifest.destroy)] {
            let Some(run) = run.as_ref().filter(|run| !run.commands.is_empty()) else { continue };
            if run.remote.is_some() || run.image.is_some() {
                continue;
            }
            let finding =
                Diagnostic::new(manifest.place(run.key), format!("`{name}` runs where `okteto` is typed"))
                    .label("with the tools and versions of that machine, and its copy of the files")
                    .subject(name);
            sink.report(match fix(manifest, run) {
                Some(fix) => {
                    finding.help("set `remote: true` (safe fix), or `remote: false` if it is meant").fix(fix)
                }
                None => finding.help("set `remote: true`, or `remote: false` if it is meant"),
            });
        }
    }
}

fn fix(manifest: &Manifest, run: &Run) -> Option<Fix> {
    let text = &manifest.file.text;
    let (span, insert) = match run.node.as_sequence() {
        None => edit::insert_entry(text, &run.node, &["remote: true".to_owned()])?,
        Some(list) if !list.flow && run.node.alias.is_none() && run.node.anchor.is_none() => {
            // The list becomes the value of `commands`, which may stand at the same column as its dashes.
            let first = list.items.first()?;
            let line_start = text.get(..first.site().start)?.rfind('\n').map_or(0, |at| at + 1);
            let line = text.get(line_start..)?;
            let indent = line.len() - line.trim_start_matches(' ').len();
            if indent == 0 || !line.trim_start_matches(' ').starts_with('-') {
                return None;
            }
            let line_end = text.get(run.key.end..)?.find('\n')? + run.key.end;
            let end = text.get(..line_end)?.trim_end_matches('\r').len();
            let (ending, blank) = (line_ending(text), " ".repeat(indent));
            (Span::at(end), format!("{ending}{blank}remote: true{ending}{blank}commands:"))
        }
        Some(_) => return None,
    };
    Some(Fix::safe("run in the cluster", vec![replace(&manifest.file.path, span, insert)]))
}
