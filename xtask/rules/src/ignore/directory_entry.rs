//! `ignore/directory-entry`: a `.stignore` line that ignores what is in a folder, but not the folder.

use super::line_fixes::{self, Slip};
use crate::diagnostic::{Fix, Severity};
use crate::facts::{Facts, Model};
use crate::model::outlets::{self, Channel};
use crate::model::synced::{Side, SyncFolder};
use crate::syntax::ignore::Rule as Line;
use crate::{Repair, Rule, Scope, Sink};

pub static RULE: Rule = Rule {
    id: "ignore/directory-entry",
    summary: "a folder is synced empty, because only its content is ignored",
    severity: Severity::Note,
    fix: Repair::Safe,
    scope: Scope::Tree,
    needs: &[Model::Synced, Model::Contexts],
    page: include_str!("directory_entry.md"),
    check,
};

fn check(facts: &Facts, sink: &mut Sink<'_>) {
    for outlet in outlets::outlets(facts.synced(), facts.contexts()) {
        let (Channel::Sync(folder), Some(file)) = (&outlet.channel, outlet.file()) else { continue };
        let slips: Vec<Slip> = outlet.rules().iter().filter_map(|rule| slip(folder, rule)).collect();
        let Some(first) = slips.first().map(|slip| slip.span.slice(&file.text)) else { continue };
        let title = match slips.len() {
            1 => format!("`{first}` leaves the folder itself to be synced"),
            count => format!("`{first}` and {} more leave the folders themselves to be synced", count - 1),
        };
        let Some(diagnostic) = line_fixes::finding(file, &slips, title) else { continue };
        let diagnostic = diagnostic.why(
            "Deleting the empty folder on the laptop then deletes the pod's own with all that was installed there.",
        );
        sink.report(match line_fixes::edits(facts, &outlet, file, &slips) {
            Some(edits) => {
                let title = "write the name alone";
                diagnostic.help(format!("{title} (safe fix)")).fix(Fix::safe(title, edits))
            }
            None => diagnostic.help("write the name of the folder alone"),
        });
    }
}

fn slip(folder: &SyncFolder, rule: &Line) -> Option<Slip> {
    if rule.negated || rule.source.is_some() {
        return None;
    }
    let name = rule.pattern.strip_suffix("/**").or_else(|| rule.pattern.strip_suffix('/'))?;
    // What the line would match first: at the top, or where it says.
    let bare = name.trim_start_matches("(?d)").trim_start_matches("(?i)");
    let witness = bare.strip_prefix("**/").unwrap_or(bare).trim_start_matches('/');
    let plain = !witness.is_empty() && !witness.contains(['*', '?', '[', '{', '\\']);
    let path = folder.path.join(witness);
    let stays = plain && folder.own_match(Side::Linux, &path).is_some_and(|verdict| !verdict.ignored);
    let inside = folder.own_match(Side::Linux, &path.join("x"))?;
    let decides = inside.ignored && inside.decided_by.is_some_and(|by| by.rule.span == rule.span);
    (stays && decides).then(|| Slip {
        span: rule.span,
        label: format!("matches what is in `{witness}`, not `{witness}`"),
        instead: Some(name.to_owned()),
    })
}
