//! `runbook/orphan-section`: a section, row or region about an app or dev container that is gone.

use super::{stale, suggestion};
use crate::diagnostic::{Diagnostic, Edit, Fix, Severity, replace};
use crate::facts::{Facts, Model};
use crate::model::runbook::Page;
use crate::model::runbook::mentions::What;
use crate::model::runbook::sections::whole_lines;
use crate::model::runbook::stale::{Missing, Part, Said};
use crate::source::{Place, RepoPath, Span};
use crate::{Repair, Rule, Scope, Sink};
use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

pub static RULE: Rule = Rule {
    id: "runbook/orphan-section",
    summary: "a section, row or region is about an app or dev container that is gone",
    severity: Severity::Warning,
    fix: Repair::Sometimes,
    scope: Scope::Tree,
    needs: &[Model::References],
    page: include_str!("orphan_section.md"),
    check,
};

/// Links to headings, collected when some heading is renamed.
struct Links<'a> {
    facts: &'a Facts,
    all: OnceCell<BTreeMap<(RepoPath, String), Vec<Place>>>,
}

impl Links<'_> {
    /// The edits by which links follow a heading whose `name` becomes `new`.
    fn to(&self, page: &Page, section: Span, name: &str, new: &str) -> Vec<Edit> {
        let headings = &page.markdown.headings;
        let at = headings.partition_point(|heading| heading.span.start < section.start);
        let Some(heading) = headings.get(at).filter(|heading| heading.span.start == section.start) else {
            return Vec::new();
        };
        let all = self.all.get_or_init(|| collect(self.facts));
        let of = |slug: String| all.get(&(page.file.path.clone(), slug)).into_iter().flatten();
        let places: BTreeSet<&Place> = heading.slugs().into_iter().flat_map(of).collect();
        let edits = places.into_iter().filter_map(|place| {
            let written = self.facts.runbooks().page(&place.path)?.slice(place.span);
            written.contains(name).then(|| replace(&place.path, place.span, written.replacen(name, new, 1)))
        });
        edits.collect()
    }
}

/// Every fragment of a link between pages, by the page and heading that it leads to.
fn collect(facts: &Facts) -> BTreeMap<(RepoPath, String), Vec<Place>> {
    let mut all: BTreeMap<(RepoPath, String), Vec<Place>> = BTreeMap::new();
    for page in &facts.runbooks().pages {
        let folder = page.file.path.parent().unwrap_or_else(RepoPath::root);
        for mention in &page.mentions {
            let What::Link(target) = &mention.what else { continue };
            let Some((path, fragment)) =
                target.split_once('#').filter(|_| page.slice(mention.span) == target)
            else {
                continue;
            };
            let path = match (path, path.strip_prefix('/')) {
                ("", _) => page.file.path.clone(),
                (_, Some(path)) => RepoPath::new(path),
                (path, None) => folder.join(path),
            };
            let span = Span::new(mention.span.end - fragment.len(), mention.span.end);
            all.entry((path, fragment.to_owned())).or_default().push(page.file.place(span));
        }
    }
    all
}

fn check(facts: &Facts, sink: &mut Sink<'_>) {
    let links = Links { facts, all: OnceCell::new() };
    for (page, stale) in stale(facts) {
        let (Missing::Subject(part, name), Said::About(whole)) = (&stale.missing, &stale.said) else {
            continue;
        };
        let (what, kind) = match part {
            Part::Region => ("region", "app"),
            Part::Section { .. } => ("section", "app or dev container"),
            Part::Row => ("row", "app or dev container"),
        };
        let diagnostic = Diagnostic::new(page.file.place(stale.span), format!("there is no {kind} `{name}`"))
            .label(format!("this {what} is about nothing"))
            .subject(format!("{what}.{name}"))
            .cause(Arc::clone(&stale.cause));
        if let Some(meant) = stale.meant.as_ref().filter(|meant| meant.certain) {
            let mut diagnostic = suggestion(diagnostic, name, meant, &meant.text);
            if let Some(fix) = &mut diagnostic.fix {
                fix.edits.extend(links.to(page, *whole, name, &meant.text));
            }
            sink.report(diagnostic);
            continue;
        }
        let removal = replace(&page.file.path, whole_lines(&page.file.text, *whole), "");
        let deletes = format!("`cargo xtask fix --unsafe` deletes the {what}");
        let help = match &stale.meant {
            Some(meant) => format!("was it renamed to `{}`? {deletes}", meant.text),
            None => deletes,
        };
        let title = format!("delete the {what} about `{name}`");
        sink.report(diagnostic.help(help).fix(Fix::needs_review(title, vec![removal])));
    }
}
