//! `ignore/unreliable`: patterns on which Syncthing's glob library loses matches.

use super::line_fixes::{self, Slip};
use crate::diagnostic::{Fix, Severity};
use crate::facts::{Facts, Model};
use crate::model::outlets::{self, Channel};
use crate::model::synced::{Side, SyncFolder};
use crate::syntax::ignore::Rule as Line;
use crate::syntax::ignore::stignore::Surprise;
use crate::{Repair, Rule, Scope, Sink};

pub static RULE: Rule = Rule {
    id: "ignore/unreliable",
    summary: "Syncthing's glob library loses matches of a pattern",
    severity: Severity::Warning,
    fix: Repair::Sometimes,
    scope: Scope::Tree,
    needs: &[Model::Synced, Model::Contexts],
    page: include_str!("unreliable.md"),
    check,
};

fn check(facts: &Facts, sink: &mut Sink<'_>) {
    for outlet in outlets::outlets(facts.synced(), facts.contexts()) {
        let (Channel::Sync(folder), Some(file)) = (&outlet.channel, outlet.file()) else { continue };
        let rules = folder.stignore.file().map(|file| file.rules_on(Side::Linux));
        let Some(rules) = rules else { continue };
        let slips: Vec<Slip> = rules
            .rules()
            .iter()
            .enumerate()
            .filter(|(_, rule)| rule.source.is_none())
            .filter_map(|(index, rule)| slip(folder, rule, rules.traits(index)?.surprise?))
            .collect();
        let Some(first) = slips.first().map(|slip| slip.span.slice(&file.text)) else { continue };
        let title = match slips.len() {
            1 => format!("Syncthing does not match all that `{first}` says"),
            count => format!("Syncthing does not match all that `{first}` and {} more say", count - 1),
        };
        let Some(diagnostic) = line_fixes::finding(file, &slips, title) else { continue };
        sink.report(match line_fixes::edits(facts, &outlet, file, &slips) {
            Some(edits) => {
                let title = "write what is meant as lines of their own";
                diagnostic.help(format!("{title} (safe fix)")).fix(Fix::safe(title, edits))
            }
            None => diagnostic.help("write the alternatives as lines of their own"),
        });
    }
}

fn slip(folder: &SyncFolder, rule: &Line, surprise: Surprise) -> Option<Slip> {
    let pattern = &rule.pattern;
    let (label, instead) = match surprise {
        Surprise::Unreliable if pattern.contains("***") => {
            let mut shorter = pattern.clone();
            while shorter.contains("***") {
                shorter = shorter.replace("***", "**");
            }
            ("three asterisks lose matches at the edge".to_owned(), Some(shorter))
        }
        Surprise::Unreliable => (
            "wildcards or nothing between braces lose matches (syncthing/syncthing#8733)".to_owned(),
            line_fixes::written_out(pattern, 16).map(|lines| lines.join("\n")),
        ),
        Surprise::NeedsFolderBetween => {
            let direct = pattern.replacen("/**/", "/", 1);
            // Nothing is lost where another line has it.
            let witness = direct.trim_start_matches(['!', '/']).replace("**", "x").replace(['*', '?'], "x");
            let missed = folder.own_match(Side::Linux, &folder.path.join(&witness))?;
            if witness.contains(['[', '{', '\\']) || missed.ignored != rule.negated {
                return None;
            }
            (
                "`/**/` needs a folder in between here, because there is another wildcard".to_owned(),
                Some(format!("{direct}\n{pattern}")),
            )
        }
    };
    Some(Slip { span: rule.span, label, instead })
}
