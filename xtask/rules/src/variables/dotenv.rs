//! `variables/dotenv`: a `.env` file that the CLI reads in another way than its author, or not at all.
//!
//! Findings about a git-ignored file of the laptop name the file and the variable, never its text.

use crate::diagnostic::{Diagnostic, Severity};
use crate::facts::{Facts, Model};
use crate::model::dotenv::Dotenv;
use crate::model::environment::is_always_set;
use crate::model::expansion::{self, SlipKind};
use crate::snapshot::ReadError;
use crate::source::{Place, RepoPath, Span};
use crate::{Repair, Rule, Scope, Sink};
use std::collections::BTreeSet;

pub static RULE: Rule = Rule {
    id: "variables/dotenv",
    summary: "the CLI does not read `.env` as it is meant",
    severity: Severity::Warning,
    fix: Repair::None,
    scope: Scope::Tree,
    needs: &[Model::Manifests],
    page: include_str!("dotenv.md"),
    check,
};

fn check(facts: &Facts, sink: &mut Sink<'_>) {
    let folders: BTreeSet<&RepoPath> = facts.manifests().iter().map(|manifest| &manifest.base).collect();
    for folder in folders {
        let path = folder.join(".env");
        match text(facts, &path) {
            None => {}
            Some(Err(reason)) => {
                let finding = Diagnostic::new(Place::top(&path), "the CLI cannot read `.env`")
                    .label(reason)
                    .help("save it as UTF-8 text")
                    .subject("file");
                sink.report(finding);
            }
            Some(Ok((text, tracked))) => {
                let findings = Env { facts, path: &path, text: &text, tracked }.findings();
                findings.into_iter().for_each(|finding| sink.report(finding));
            }
        }
    }
}

/// The text, and whether it is part of the tree. The laptop's own file is looked at where there is a laptop.
fn text(facts: &Facts, path: &RepoPath) -> Option<Result<(String, bool), String>> {
    match facts.tree.source(path) {
        Ok(file) => return Some(Ok((file.text.to_string(), true))),
        Err(ReadError::NotFound) => {}
        Err(error) => return Some(Err(error.to_string())),
    }
    let disk = facts.disk.as_ref()?;
    match disk.read(path) {
        Ok(bytes) => Some(match std::str::from_utf8(&bytes) {
            Ok(text) => Ok((text.to_owned(), false)),
            Err(_) => Err("this is not UTF-8 text".to_owned()),
        }),
        Err(ReadError::NotFound) => None,
        // A folder called `.env` is a Python environment.
        Err(ReadError::NotAFile) => None,
        Err(error) => Some(Err(error.to_string())),
    }
}

struct Env<'a> {
    facts: &'a Facts,
    path: &'a RepoPath,
    text: &'a str,
    tracked: bool,
}

impl Env<'_> {
    fn findings(&self) -> Vec<Diagnostic> {
        let expansions = expansion::scan(self.text);
        if let Some(slip) = expansions.slips.iter().find(|slip| slip.kind == SlipKind::Unterminated) {
            let line =
                self.text.get(slip.span.start..).and_then(|rest| rest.lines().next()).map_or(2, str::len);
            let span = Span::new(slip.span.start, slip.span.start + line);
            let finding =
                Diagnostic::new(self.place(span), "a `${` without its `}` keeps the CLI from reading `.env`")
                    .label("with a warning only: none of its variables is set")
                    .help("close it, or write `$$` for a dollar")
                    .subject("syntax");
            return vec![finding];
        }
        let file = Dotenv::parse(self.text);
        if let Some(problem) = file.problems.first() {
            let finding =
                Diagnostic::new(self.place(problem.span), "a line keeps the CLI from reading `.env`")
                    .label(format!("{}: none of the variables is set, with a warning only", problem.value))
                    .help("write `NAME=value`, or begin the line with `#`")
                    .subject("syntax");
            return vec![finding];
        }
        let mut findings = Vec::new();
        for entry in &file.entries {
            let eaten = expansions.references.iter().find(|used| {
                let known = is_always_set(&used.name) || self.facts.config.variables.contains(&used.name);
                entry.value.contains(used.span) && used.default.is_none() && !used.alternative && !known
            });
            let Some(used) = eaten else { continue };
            let title = format!("a `$` in the value of `{}` begins a variable", entry.name.value);
            let finding = Diagnostic::new(self.place(used.span), title)
                .label("the CLI expands the whole file before it reads it, in single quotes too")
                .why("Variables of the same file are not set yet at that moment.")
                .help("write `$$` for a dollar, or give the variable a default")
                .subject(entry.name.value.clone());
            findings.push(finding);
        }
        findings
    }

    fn place(&self, span: Span) -> Place {
        if self.tracked { Place::new(self.path, span) } else { Place::top(self.path) }
    }
}
