//! `runbook/dead-path`: a path or relative link that leads nowhere in this repository.

use super::stale;
use crate::diagnostic::{Diagnostic, Fix, Severity, replace};
use crate::facts::{Facts, Model};
use crate::model::runbook::Page;
use crate::model::runbook::stale::{Meant, Missing, Said, Stale};
use crate::source::RepoPath;
use crate::{Repair, Rule, Scope, Sink};
use std::sync::Arc;

pub static RULE: Rule = Rule {
    id: "runbook/dead-path",
    summary: "a path or relative link leads nowhere in this repository",
    severity: Severity::Warning,
    fix: Repair::Unsafe,
    scope: Scope::Tree,
    needs: &[Model::References],
    page: include_str!("dead_path.md"),
    check,
};

fn check(facts: &Facts, sink: &mut Sink<'_>) {
    for (page, stale) in stale(facts) {
        match &stale.missing {
            Missing::Path { path, gone } => sink.report(dead_path(page, stale, path, gone)),
            Missing::Fragment { page: target, fragment } => {
                sink.report(dead_fragment(page, stale, target, fragment));
            }
            _ => {}
        }
    }
}

fn dead_path(page: &Page, stale: &Stale, path: &RepoPath, gone: &RepoPath) -> Diagnostic {
    let label =
        if gone == path { "nothing is there".to_owned() } else { format!("the folder `{gone}` is gone") };
    let diagnostic = Diagnostic::new(page.file.place(stale.span), format!("`{path}` does not exist"))
        .label(label)
        .subject(format!("path.{path}"))
        .cause(Arc::clone(&stale.cause));
    match stale.meant.as_ref().and_then(|meant| written(page, &stale.said, meant)) {
        Some(instead) => {
            let edit = replace(&page.file.path, stale.span, instead.clone());
            diagnostic
                .help(format!("did you mean `{instead}`? `cargo xtask fix --unsafe` puts it there"))
                .fix(Fix::needs_review(format!("write `{instead}`"), vec![edit]))
        }
        None => diagnostic.help("name what is there now, or delete what speaks of it"),
    }
}

/// The path that was meant, in the manner of the one that is there.
fn written(page: &Page, said: &Said, meant: &Meant) -> Option<String> {
    let path = RepoPath::new(&meant.text);
    match said {
        Said::Path(None) => Some(meant.text.clone()),
        Said::Path(Some(base)) => path.strip_prefix(base).map(str::to_owned),
        Said::Link => Some(relative(&page.file.path.parent()?, &path)),
        Said::AbsoluteLink => Some(format!("/{path}")),
        Said::Plain | Said::Verb(_) | Said::Perhaps | Said::Indirectly | Said::About(_) => None,
    }
}

/// A path as a link from `folder` writes it.
fn relative(folder: &RepoPath, path: &RepoPath) -> String {
    let common = folder.components().zip(path.components()).take_while(|(left, right)| left == right).count();
    let up = std::iter::repeat_n("..", folder.components().count() - common);
    up.chain(path.components().skip(common)).collect::<Vec<_>>().join("/")
}

fn dead_fragment(page: &Page, stale: &Stale, target: &RepoPath, fragment: &str) -> Diagnostic {
    let of = if *target == page.file.path { "this page".to_owned() } else { format!("`{target}`") };
    Diagnostic::new(page.file.place(stale.span), format!("{of} has no heading `#{fragment}`"))
        .label("the link opens the page at its top")
        .help("link a heading that is there")
        .subject(format!("fragment.{target}#{fragment}"))
        .cause(Arc::clone(&stale.cause))
}
