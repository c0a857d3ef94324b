//! `ignore/syntax`: an ignore file that its reader refuses.
//!
//! One finding for each file, at the first line that stops the reader, the others beside it. A `#` line that breaks
//! a `.stignore` is told here, with the comment that was meant as the fix; harmless ones belong to `ignore/dialect`.

use crate::diagnostic::{Diagnostic, Fix, Severity, replace};
use crate::facts::{Facts, Model};
use crate::model::outlets::{self, Channel, Outlet, State};
use crate::model::verdict::Files;
use crate::source::{SourceFile, Span};
use crate::syntax::ignore::{Dialect, Problem};
use crate::{Repair, Rule, Scope, Sink};

pub static RULE: Rule = Rule {
    id: "ignore/syntax",
    summary: "the tool that reads the ignore file refuses it",
    severity: Severity::Error,
    fix: Repair::Sometimes,
    scope: Scope::Tree,
    needs: &[Model::Synced, Model::Contexts],
    page: include_str!("syntax.md"),
    check,
};

fn check(facts: &Facts, sink: &mut Sink<'_>) {
    let mut seen = std::collections::BTreeSet::new();
    for outlet in outlets::outlets(facts.synced(), facts.contexts()) {
        match outlet.state() {
            State::Refused(file) | State::InForce(file) => {
                let problems = problems(&outlet);
                if seen.insert(file.path.clone())
                    && let Some(diagnostic) = diagnostic(facts, &outlet, file, &problems)
                {
                    sink.report(diagnostic);
                }
            }
            State::Unknown(reason) => sink.skip(&outlet.path, reason),
            State::Missing => {}
        }
    }
}

/// What stops the reader, or will stop it at the first path.
fn problems(outlet: &Outlet<'_>) -> Vec<Problem> {
    let mut problems = match &outlet.channel {
        Channel::Sync(folder) => {
            folder.stignore.file().map(|file| file.problems().to_vec()).unwrap_or_default()
        }
        Channel::Build(builds) => {
            let rules = builds.first().and_then(|build| build.okteto.file()).map(|file| &file.rules);
            rules.map(of_docker_rules).unwrap_or_default()
        }
        Channel::Remote(runs) => runs.iter().flat_map(|run| of_docker_rules(&run.rules)).collect(),
    };
    problems.sort_by_key(|problem| problem.span);
    problems.dedup();
    problems
}

fn of_docker_rules(rules: &crate::syntax::ignore::dockerignore::Dockerignore) -> Vec<Problem> {
    let walk = rules.walk_errors().filter_map(|(index, message)| {
        let rule = rules.rules().get(index)?;
        Some(Problem { span: rule.span, line: rule.line, message: message.to_owned() })
    });
    rules.problems().iter().cloned().chain(walk).collect()
}

fn diagnostic(
    facts: &Facts,
    outlet: &Outlet<'_>,
    file: &SourceFile,
    problems: &[Problem],
) -> Option<Diagnostic> {
    let (first, rest) = problems.split_first()?;
    let text = first.span.slice(&file.text);
    let (title, why) = match outlet.dialect() {
        Dialect::Stignore => (
            format!("Syncthing refuses {}", quoted(text)),
            "One line that Syncthing cannot read puts the folder into error: nothing is synced.",
        ),
        Dialect::Oktetoignore => (
            format!("remote runs fail on {}", quoted(text)),
            "BuildKit copies the context of a remote run and refuses the whole file for one line.",
        ),
        Dialect::Dockerignore | Dialect::Gitignore => {
            (format!("BuildKit refuses {}", quoted(text)), "The build fails before the first instruction.")
        }
    };
    let mut diagnostic = Diagnostic::new(file.place(first.span), title)
        .label(reason(&first.message))
        .why(why)
        .subject(text.to_owned());
    for problem in rest {
        diagnostic = diagnostic.related(file.place(problem.span), reason(&problem.message));
    }
    let replacement = |problem: &Problem| {
        let text = instead(outlet.dialect(), problem.span.slice(&file.text), problem)?;
        Some((problem.span, text.replace('\n', file.line_ending())))
    };
    let replacements: Vec<(Span, String)> = problems.iter().filter_map(replacement).collect();
    let complete = replacements.len() == problems.len();
    Some(match complete.then(|| repaired(facts, outlet, file, &replacements)).flatten() {
        Some(()) => {
            let written: Vec<String> = replacements.iter().map(|(_, text)| text.clone()).collect();
            let title = match written.as_slice() {
                [one] if !one.contains('\n') => format!("write `{one}`"),
                _ => "rewrite the lines that cannot be read".to_owned(),
            };
            let edits =
                replacements.into_iter().map(|(span, text)| replace(&file.path, span, text)).collect();
            diagnostic.help(format!("{title} (safe fix)")).fix(Fix::safe(title, edits))
        }
        None => diagnostic.help(advice(outlet.dialect(), text)),
    })
}

/// The reader's own words, without what the snippet shows already.
fn reason(message: &str) -> String {
    let message = message.strip_prefix("parse error: ").unwrap_or(message);
    match message.split_once(" in ignore file: parse error: ") {
        Some((_, reason)) => reason.to_owned(),
        None => message.to_owned(),
    }
}

fn quoted(text: &str) -> String {
    if text.chars().count() > 60 {
        let short: String = text.chars().take(57).collect();
        return format!("`{short}...`");
    }
    format!("`{text}`")
}

/// What was certainly meant.
fn instead(dialect: Dialect, line: &str, problem: &Problem) -> Option<String> {
    if dialect == Dialect::Stignore {
        return match line.strip_prefix('#') {
            // `#include` and `#escape` are orders; anything else is a comment of another dialect.
            Some(rest) if !is_directive(line) || problem.message.contains("no file?") => {
                Some(format!("//{}{}", if rest.starts_with([' ', '#', '\t']) { "" } else { " " }, rest))
            }
            Some(_) => None,
            None => split_ranges(line),
        };
    }
    // A lone backslash at the end continues nothing in an ignore file.
    let body = line.strip_suffix('\\').filter(|body| !body.is_empty() && !body.ends_with('\\'))?;
    Some(body.to_owned())
}

fn is_directive(line: &str) -> bool {
    let orders = ["#include ", "#escape=", "#escape ="];
    orders.into_iter().any(|order| line.starts_with(order))
}

/// A class of several ranges, which Syncthing's glob library cannot read, as one line for each range.
fn split_ranges(line: &str) -> Option<String> {
    let (before, rest) = line.split_once('[')?;
    let (class, after) = rest.split_once(']')?;
    if after.contains('[') || class.starts_with(['^', '!']) {
        return None;
    }
    let mut characters = class.chars().peekable();
    let (mut parts, mut singles) = (Vec::new(), String::new());
    while let Some(character) = characters.next() {
        if characters.peek() == Some(&'-') {
            characters.next();
            parts.push(format!("{character}-{}", characters.next()?));
        } else {
            singles.push(character);
        }
    }
    if !singles.is_empty() {
        parts.push(singles);
    }
    let plain = parts
        .iter()
        .all(|part| part.chars().all(|character| character.is_alphanumeric() || "-_.".contains(character)));
    (parts.len() > 1 && plain)
        .then(|| parts.iter().map(|part| format!("{before}[{part}]{after}")).collect::<Vec<_>>().join("\n"))
}

/// Whether the reader takes the file with the replacements.
fn repaired(
    facts: &Facts,
    outlet: &Outlet<'_>,
    file: &SourceFile,
    replacements: &[(Span, String)],
) -> Option<()> {
    let mut text = file.text.to_string();
    for (span, replacement) in replacements.iter().rev() {
        text.get(span.start..span.end)?;
        text.replace_range(span.start..span.end, replacement);
    }
    outlet.with_text(&text, Files::of(&facts.tree)).is_accepted().then_some(())
}

fn advice(dialect: Dialect, line: &str) -> String {
    if dialect == Dialect::Stignore && line.starts_with("#include") {
        return "write the included patterns into this file: the pod gets no includes anyway".to_owned();
    }
    if line == "!" {
        return "delete the line, or write what it takes back".to_owned();
    }
    "write a pattern that the tool can read, or delete the line".to_owned()
}
