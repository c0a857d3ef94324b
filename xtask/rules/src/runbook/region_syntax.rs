//! `runbook/region-syntax`: the mark of an owned region that makes no region.

use super::crowds;
use crate::diagnostic::{Diagnostic, Fix, Severity, replace};
use crate::facts::{Facts, Model};
use crate::model::runbook::Page;
use crate::model::runbook::regions::{Fault, FaultKind, RegionKind};
use crate::suggest::closest;
use crate::syntax::markdown::{BlockKind, Comment};
use crate::{Repair, Rule, Scope, Sink};
use std::cell::OnceCell;
use std::collections::HashMap;

pub static RULE: Rule = Rule {
    id: "runbook/region-syntax",
    summary: "the mark of an owned region is unclosed, nested, misplaced or unknown",
    severity: Severity::Error,
    fix: Repair::Sometimes,
    scope: Scope::Tree,
    needs: &[Model::Manifests, Model::Runbooks],
    page: include_str!("region_syntax.md"),
    check,
};

fn check(facts: &Facts, sink: &mut Sink<'_>) {
    for page in &facts.runbooks().pages {
        let marks = OnceCell::new();
        let found = page.faults.iter().map(|fault| diagnostic(page, fault, &marks));
        crowds(found).into_iter().for_each(|diagnostic| sink.report(diagnostic));
    }
}

/// The marks of a page in order, by the names in them.
type Marks<'a> = HashMap<&'a str, Vec<&'a Comment>>;

fn marks(page: &Page) -> Marks<'_> {
    let mut marks = Marks::new();
    for comment in &page.markdown.comments {
        let body = comment.body.trim();
        let name = body.strip_prefix('/').unwrap_or(body).strip_prefix("okteto:");
        if let Some(name) = name.and_then(|rest| rest.split_whitespace().next()) {
            marks.entry(name).or_default().push(comment);
        }
    }
    marks
}

fn diagnostic<'a>(page: &'a Page, fault: &Fault, all: &OnceCell<Marks<'a>>) -> Diagnostic {
    let name = fault.words.trim_start_matches('/').trim_start_matches("okteto:");
    let place = page.file.place(fault.span);
    let related = |diagnostic: Diagnostic, message: &str| match fault.other {
        Some(span) => diagnostic.related(page.file.place(span), message),
        None => diagnostic,
    };
    let diagnostic = match fault.kind {
        FaultKind::Unknown => unknown(page, fault, name, all.get_or_init(|| marks(page))),
        FaultKind::Apart => apart(page, fault),
        FaultKind::Argument if name == RegionKind::App.name() => {
            Diagnostic::new(place, "region `app` does not say which app")
                .label("the folder's name belongs behind it")
                .help("write `<!-- okteto:app NAME -->`")
        }
        FaultKind::Argument => Diagnostic::new(place, format!("region `{name}` takes no argument"))
            .label("only `app` is about one app")
            .help(format!("write `<!-- okteto:{name} -->`")),
        FaultKind::Unclosed => {
            let diagnostic = Diagnostic::new(place, format!("region `{name}` is not closed"))
                .label("nothing says where the written text ends")
                .help(format!("add `<!-- /okteto:{name} -->` behind it"));
            related(diagnostic, "this fence is not closed either, and hides what follows")
        }
        FaultKind::UnclosedComment => {
            Diagnostic::new(place, format!("the comment `{}` is not closed", fault.words))
                .label("the rest of the page is part of it")
                .help("add `-->`")
        }
        FaultKind::Unopened => Diagnostic::new(place, format!("region `{name}` is closed but never opened"))
            .label("no region is open here")
            .help(format!("delete the mark, or put `<!-- okteto:{name} -->` before its text")),
        FaultKind::Nested => {
            let diagnostic = Diagnostic::new(place, format!("region `{name}` stands inside another region"))
                .label("the outer one would overwrite it")
                .help("put one behind the other");
            related(diagnostic, "the outer region begins here")
        }
        FaultKind::WrongEnd => {
            let diagnostic = Diagnostic::new(place, format!("`{}` closes another region", fault.words))
                .label("a region is closed under its own name");
            related(diagnostic.help("name the region that is open"), "this one is open")
        }
        FaultKind::Misplaced(kind) => {
            Diagnostic::new(place, format!("region `{name}` stands {}", inside(kind)))
                .label("a table cannot be written here")
                .help("put both marks on lines of their own, without indentation")
        }
    };
    diagnostic.subject(format!("region.{name}"))
}

fn apart(page: &Page, fault: &Fault) -> Diagnostic {
    let instead = format!("<!-- {} -->", fault.words);
    let title = format!("write `{instead}`");
    Diagnostic::new(page.file.place(fault.span), "this mark is written in another way than it should")
        .label("the name stands right behind `okteto:`, and the slash of an end before it")
        .help(format!("{title} (safe fix)"))
        .fix(Fix::safe(title, vec![replace(&page.file.path, fault.span, instead)]))
}

fn inside(kind: BlockKind) -> &'static str {
    match kind {
        BlockKind::Item | BlockKind::List => "in a list",
        BlockKind::Quote => "in a quote",
        BlockKind::Table | BlockKind::Row | BlockKind::Cell => "in a table",
        BlockKind::Html => "inside HTML",
        BlockKind::Heading => "in a heading",
        _ => "in a line of text",
    }
}

fn unknown(page: &Page, fault: &Fault, name: &str, marks: &Marks<'_>) -> Diagnostic {
    let names = RegionKind::ALL.map(RegionKind::name);
    let diagnostic = Diagnostic::new(page.file.place(fault.span), format!("there is no region `{name}`"));
    let Some(near) = closest(name, names) else {
        return diagnostic.label("nobody writes it").help(format!("use one of {}", names.join(", ")));
    };
    // Both marks of the region change their name.
    let marks = marks.get(name).map_or(&[][..], Vec::as_slice);
    let from = marks.partition_point(|comment| comment.span.end <= fault.span.start);
    let ends = marks.get(from..).unwrap_or_default().iter().take(2);
    let open = |body: &str| !body.trim().starts_with('/');
    let title = format!("replace `{name}` by `{near}`");
    let edits = ends
        .enumerate()
        .filter(|(index, comment)| open(&comment.body) == (*index == 0))
        .filter_map(|(_, comment)| {
            let at = page.slice(comment.span).find(&format!("okteto:{name}"))? + "okteto:".len();
            let start = comment.span.start + at;
            Some(replace(&page.file.path, crate::source::Span::new(start, start + name.len()), near))
        })
        .collect();
    diagnostic
        .label(format!("did you mean `{near}`?"))
        .help(format!("{title} (safe fix)"))
        .fix(Fix::safe(title, edits))
}
