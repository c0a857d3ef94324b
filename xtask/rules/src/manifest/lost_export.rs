//! `manifest/lost-export`: a variable set in one command and used in a later one, which has a shell of its own.

use super::current;
use crate::diagnostic::{Diagnostic, Severity};
use crate::facts::{Facts, Model};
use crate::model::environment::Environment;
use crate::model::manifest::{CommandText, Manifest};
use crate::source::Span;
use crate::syntax::shell::{Expansion, Script, Word};
use crate::{Repair, Rule, Scope, Sink};
use std::collections::BTreeMap;

pub static RULE: Rule = Rule {
    id: "manifest/lost-export",
    summary: "a variable is exported in one command and used in a later one",
    severity: Severity::Warning,
    fix: Repair::None,
    scope: Scope::Tree,
    needs: &[Model::Manifests],
    page: include_str!("lost_export.md"),
    check,
};

fn check(facts: &Facts, sink: &mut Sink<'_>) {
    for manifest in current(facts) {
        let environment = Environment::of(manifest, &facts.tree, &facts.config);
        for (name, commands) in sections(manifest) {
            section(manifest, &name, commands, &environment, sink);
        }
    }
}

/// The lists of commands: each item of a list has a shell of its own.
fn sections(manifest: &Manifest) -> Vec<(String, &[CommandText])> {
    let runs = [("deploy", &manifest.deploy), ("destroy", &manifest.destroy)];
    let runs =
        runs.into_iter().filter_map(|(name, run)| Some((name.to_owned(), run.as_ref()?.commands.as_slice())));
    let tests =
        manifest.tests.iter().map(|test| (format!("test.{}", test.name.value), test.commands.as_slice()));
    runs.chain(tests).collect()
}

fn section(
    manifest: &Manifest,
    name: &str,
    commands: &[CommandText],
    environment: &Environment,
    sink: &mut Sink<'_>,
) {
    let mut exported: BTreeMap<String, Span> = BTreeMap::new();
    let mut findings: BTreeMap<String, Diagnostic> = BTreeMap::new();
    for text in commands {
        let script = text.script();
        let settings = Settings::of(&script);
        for used in uses(&script) {
            let set_before = settings.set.get(&used.name).is_some_and(|set| set.start < used.span.start);
            let Some(export) = exported.get(&used.name).filter(|_| !set_before) else { continue };
            if let Some(finding) = findings.get_mut(&used.name) {
                finding.add_related(manifest.place(used.span), "and here");
                continue;
            }
            let title = format!("`{}` is empty here: it was exported in another command", used.name);
            let finding = Diagnostic::new(manifest.place(used.span), title)
                .label("each item of the list runs in a shell of its own")
                .related(manifest.place(*export), "ends with its own command")
                .help(format!(
                    "join the two commands in one block, or write `echo \"{}=…\" >> \"$OKTETO_ENV\"` instead",
                    used.name
                ))
                .subject(format!("{name}.{}", used.name));
            findings.insert(used.name.clone(), finding);
        }
        for (variable, span) in settings.exported {
            // What the environment has already is merely changed for one command.
            if !environment.knows(&variable) && !settings.uses_itself.contains(&variable) {
                exported.entry(variable).or_insert(span);
            }
        }
        // `env >> "$OKTETO_ENV"` hands on whatever there is.
        if settings.hands_on && settings.handed_on.is_empty() {
            exported.clear();
        }
        for variable in settings.handed_on {
            exported.remove(&variable);
        }
    }
    for finding in findings.into_values() {
        sink.report(finding);
    }
}

/// What one command does to variables.
#[derive(Default)]
struct Settings {
    /// Variables that it exports, with the place of the name.
    exported: Vec<(String, Span)>,
    /// Variables that it sets in any way, with the first place.
    set: BTreeMap<String, Span>,
    /// Variables that it uses before, or while, it sets them: somebody else sets them too.
    uses_itself: Vec<String>,
    /// Whether it writes to `$OKTETO_ENV`, which later commands get.
    hands_on: bool,
    /// The variables that it writes there, as far as they can be told.
    handed_on: Vec<String>,
}

impl Settings {
    fn of(script: &Script) -> Self {
        let mut settings = Self { hands_on: writes_environment(script), ..Self::default() };
        if settings.hands_on {
            let words = script.commands.iter().flat_map(|command| &command.words);
            settings.handed_on.extend(words.filter_map(handed_on));
        }
        let loops = script.scopes.iter().filter_map(|scope| match &scope.kind {
            crate::syntax::shell::ScopeKind::For { variable } => Some((variable.clone(), scope.span)),
            _ => None,
        });
        settings.set.extend(loops);
        // `env A=1 sh -c '…'`
        let shells = script.scopes.iter().filter_map(|scope| scope.shell());
        for assignment in shells.flat_map(|run| &run.assignments) {
            settings.set.entry(assignment.name.clone()).or_insert(assignment.name_span);
        }
        for command in &script.commands {
            if command.words.is_empty() {
                for assignment in &command.assignments {
                    settings.assign(&assignment.name, assignment.name_span, &assignment.value);
                }
            }
            let Some(invocation) = script.invocation(command) else { continue };
            match invocation.program {
                "export" | "declare" | "typeset" | "local" | "readonly" => {
                    for assignment in invocation.args.iter().filter_map(Word::assignment) {
                        settings.assign(&assignment.name, assignment.name_span, &assignment.value);
                        if invocation.program == "export" {
                            settings.exported.push((assignment.name, assignment.name_span));
                        }
                    }
                }
                "read" | "mapfile" | "readarray" | "getopts" | "printf" => {
                    for word in invocation.args {
                        settings.set.entry(word.text.clone()).or_insert(word.span);
                    }
                }
                // A sourced file may set anything.
                "source" | "." => settings.set_everything(script),
                _ => {}
            }
        }
        settings
    }

    fn assign(&mut self, name: &str, span: Span, value: &Word) {
        if value.parameters().any(|used| used.name == name) && !self.set.contains_key(name) {
            self.uses_itself.push(name.to_owned());
        }
        self.set.entry(name.to_owned()).or_insert(span);
    }

    fn set_everything(&mut self, script: &Script) {
        for used in uses(script) {
            self.set.entry(used.name.clone()).or_insert(Span::at(0));
        }
    }
}

/// Whether a redirection, or an argument as of `tee`, names `$OKTETO_ENV`.
fn writes_environment(script: &Script) -> bool {
    let redirections = script.commands.iter().flat_map(|command| &command.redirections);
    let groups = script.scopes.iter().flat_map(|scope| &scope.redirections);
    let targets = redirections.chain(groups).filter_map(|redirection| redirection.target.as_ref());
    let words = script.commands.iter().flat_map(|command| &command.words);
    targets.chain(words).any(|word| word.text.contains("OKTETO_ENV"))
}

/// `NAME` of a word `NAME=value` that is written to a file.
fn handed_on(word: &Word) -> Option<String> {
    let name = word.text.split('=').next().filter(|name| name.len() < word.text.len())?;
    crate::syntax::shell::is_name(name).then(|| name.to_owned())
}

/// The plain uses of variables: with a default, or a question whether they are set, a missing one is no slip.
fn uses(script: &Script) -> Vec<&Expansion> {
    let words = script.commands.iter().flat_map(|command| {
        let targets = command.redirections.iter().filter_map(|redirection| redirection.target.as_ref());
        let values = command.assignments.iter().map(|assignment| &assignment.value);
        command.words.iter().chain(targets).chain(values)
    });
    let bodies = script.heredocs.iter().filter(|heredoc| !heredoc.quoted).map(|heredoc| &heredoc.body);
    let scopes = script.scopes.iter().flat_map(|scope| &scope.words);
    let mut uses: Vec<&Expansion> = words
        .chain(bodies)
        .chain(scopes)
        .flat_map(Word::parameters)
        .filter(|used| {
            !matches!(used.operator.as_str(), ":-" | "-" | ":=" | "=" | "+" | ":+" | ":?" | "?" | "!")
        })
        .collect();
    uses.sort_by_key(|used| used.span);
    uses.dedup_by_key(|used| used.span);
    uses
}
