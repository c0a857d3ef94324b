//! `runbook/wrong-claim`: a section about one dev container states a port, label or ignore file that the
//! manifest contradicts.

use super::{is_silent, repositories};
use crate::diagnostic::{Diagnostic, Severity};
use crate::facts::{Facts, Model};
use crate::model::graph::{Entry, Landscape};
use crate::model::runbook::mentions::{Mention, What};
use crate::model::runbook::sections::{self, Titled};
use crate::model::runbook::{Page, PageKind};
use crate::rules::{Repair, Rule, Scope, Sink};
use crate::source::{Place, Span};
use crate::syntax::markdown::BlockId;

pub static RULE: Rule = Rule {
    id: "runbook/wrong-claim",
    summary: "a section about one dev container states what the manifest contradicts",
    severity: Severity::Warning,
    fix: Repair::None,
    scope: Scope::Tree,
    needs: &[Model::Serving, Model::Runbooks],
    page: include_str!("wrong_claim.md"),
    check,
};

/// Local ports of tools on the laptop: no claims about a dev container.
const TOOLS: [u16; 6] = [8384, 9229, 9230, 5555, 6006, 4983];

fn check(facts: &Facts, sink: &mut Sink<'_>) {
    if facts.manifests().iter().any(|manifest| !manifest.is_sound()) {
        return;
    }
    let landscape = super::region_stale::landscape(facts);
    let repositories = repositories(facts);
    for page in facts.runbooks().pages.iter().filter(|page| page.kind == PageKind::Runbook) {
        for (span, entry) in bound(page, &landscape) {
            let mut reported: Vec<String> = Vec::new();
            for claim in claims(page, span) {
                let mention =
                    Mention { what: What::Host(String::new()), span: claim.span, block: Some(claim.block) };
                if let Some((subject, diagnostic)) = judge(page, &landscape, entry, &claim)
                    && !reported.contains(&subject)
                    && !is_silent(page, &mention, &repositories)
                {
                    sink.report(diagnostic.subject(subject.clone()));
                    reported.push(subject);
                }
            }
        }
    }
}

/// The sections and rows that are about one dev container, nested sections about others left out.
fn bound<'a>(page: &Page, landscape: &'a Landscape<'a>) -> Vec<(Vec<Span>, &'a Entry<'a>)> {
    let titled = sections::titled(page);
    let about = |title: &Titled| {
        let mut entries =
            landscape.entries.iter().filter(|entry| title.names.iter().any(|name| names(entry, &name.value)));
        let first = entries.next()?;
        entries.next().is_none().then_some(first)
    };
    let mut found = Vec::new();
    for title in &titled {
        let Some(entry) = about(title) else { continue };
        let mut parts = vec![title.section];
        for other in titled
            .iter()
            .filter(|other| other.heading != title.heading && title.section.contains(other.section))
        {
            if about(other).is_some_and(|about| about.dev.name.value != entry.dev.name.value) {
                parts = parts.into_iter().flat_map(|part| without(part, other.section)).collect();
            }
        }
        found.push((parts, entry));
    }
    for row in sections::rows(page).iter().filter(|row| !row.head) {
        let in_section = found.iter().any(|(parts, _)| parts.iter().any(|part| part.contains(row.span)));
        let mut entries = landscape.entries.iter().filter(|entry| {
            row.cells.iter().flat_map(|cell| &cell.names).any(|name| name.value == entry.dev.name.value)
        });
        if let (Some(entry), None, false) = (entries.next(), entries.next(), in_section) {
            found.push((vec![row.span], entry));
        }
    }
    found
}

fn without(whole: Span, hole: Span) -> Vec<Span> {
    if !whole.contains(hole) {
        return vec![whole];
    }
    [Span::new(whole.start, hole.start), Span::new(hole.end, whole.end)]
        .into_iter()
        .filter(|part| !part.is_empty())
        .collect()
}

fn names(entry: &Entry<'_>, name: &str) -> bool {
    name == entry.dev.name.value
        || entry.aliases.iter().any(|alias| alias.name.value == name)
        || entry.apps.iter().any(|app| app.name() == name)
}

/// Something that a code span, link or command states.
struct Claim {
    text: String,
    span: Span,
    block: BlockId,
    /// Whether the text is all of a code span.
    whole: bool,
}

fn claims(page: &Page, parts: Vec<Span>) -> Vec<Claim> {
    let within = |span: Span| {
        let region = page.regions.iter().any(|region| region.whole.contains(span));
        !region && parts.iter().any(|part| part.contains(span))
    };
    let markdown = &page.markdown;
    let spans = markdown.code_spans.iter().filter(|code| code.exact && within(code.span)).map(|code| Claim {
        text: code.text.clone(),
        span: code.span,
        block: code.block,
        whole: true,
    });
    let links = markdown.links.iter().filter(|link| link.exact && within(link.span)).map(|link| Claim {
        text: link.destination.clone(),
        span: link.span,
        block: link.block,
        whole: false,
    });
    let shells = markdown.code_blocks.iter().filter(|code| within(code.span) && code.language() != "yaml");
    let lines = shells.flat_map(|code| {
        let mut at = 0;
        code.text.split_inclusive('\n').map(move |line| {
            let span = code.locate(Span::new(at, at + line.trim_end().len().max(1)));
            at += line.len();
            Claim { text: line.trim_end().to_owned(), span, block: code.block, whole: false }
        })
    });
    let mut all: Vec<Claim> = spans.chain(links).chain(lines).collect();
    all.sort_by_key(|claim| claim.span);
    all
}

fn judge(
    page: &Page,
    landscape: &Landscape<'_>,
    entry: &Entry<'_>,
    claim: &Claim,
) -> Option<(String, Diagnostic)> {
    wrong_port(page, landscape, entry, claim)
        .or_else(|| wrong_pair(page, entry, claim))
        .or_else(|| wrong_label(page, entry, claim))
        .or_else(|| wrong_ignore_file(page, landscape, entry, claim))
}

/// `localhost:PORT`
fn wrong_port(
    page: &Page,
    landscape: &Landscape<'_>,
    entry: &Entry<'_>,
    claim: &Claim,
) -> Option<(String, Diagnostic)> {
    let at = claim
        .text
        .find("localhost:")
        .map(|at| at + "localhost:".len())
        .or_else(|| claim.text.find("127.0.0.1:").map(|at| at + "127.0.0.1:".len()))?;
    let digits: String = claim.text.get(at..)?.chars().take_while(char::is_ascii_digit).collect();
    let port: u16 = digits.parse().ok()?;
    let forwards = &entry.dev.forwards;
    let is_own = forwards.iter().any(|forward| forward.local.value == port)
        || entry.dev.reverses.iter().any(|reverse| reverse.local.value == port);
    if is_own || forwards.is_empty() || TOOLS.contains(&port) {
        return None;
    }
    let remote = forwards.iter().find(|forward| forward.remote.value == port);
    let foreign = landscape
        .entries
        .iter()
        .find(|other| other.dev.forwards.iter().any(|forward| forward.local.value == port));
    let is_web = claim.text.contains("http://") || claim.text.contains("https://");
    let only = (forwards.len() == 1 && is_web).then(|| forwards.first()).flatten();
    let forward = remote.or(only).or(forwards.first().filter(|_| foreign.is_some()))?;
    let span = Span::new(claim.span.start + at, claim.span.start + at + digits.len());
    let dev = &entry.dev.name.value;
    let label = match (remote, foreign) {
        (None, Some(other)) => format!("`{}` listens here", other.dev.name.value),
        _ => "nothing listens here".to_owned(),
    };
    let diagnostic =
        Diagnostic::new(page.file.place(span), format!("`{dev}` does not forward local port {port}"))
            .label(label)
            .related(
                entry.manifest.place(forward.span),
                format!("port {} on the laptop", forward.local.value),
            )
            .help(format!("write {}", forward.local.value));
    Some((format!("dev.{dev}.port.{port}"), diagnostic))
}

/// `3000:3000`
fn wrong_pair(page: &Page, entry: &Entry<'_>, claim: &Claim) -> Option<(String, Diagnostic)> {
    if !claim.whole || entry.dev.forwards.is_empty() {
        return None;
    }
    let (local, remote) = claim.text.split_once(':')?;
    let (local, remote): (u16, u16) = (local.parse().ok()?, remote.parse().ok()?);
    // Times (`10:30`) have small numbers.
    if local < 80 || remote < 80 {
        return None;
    }
    let known = entry
        .dev
        .forwards
        .iter()
        .any(|forward| forward.local.value == local && forward.remote.value == remote);
    let reverse = entry
        .dev
        .reverses
        .iter()
        .any(|reverse| reverse.local.value == local || reverse.remote.value == local);
    let near = entry
        .dev
        .forwards
        .iter()
        .find(|forward| forward.local.value == local || forward.remote.value == remote)?;
    if known || reverse {
        return None;
    }
    let dev = &entry.dev.name.value;
    let diagnostic =
        Diagnostic::new(page.file.place(claim.span), format!("`{dev}` does not forward `{}`", claim.text))
            .label("another pair of ports")
            .related(entry.manifest.place(near.span), "forwarded here")
            .help(format!("write `{}:{}`", near.local.value, near.remote.value));
    Some((format!("dev.{dev}.forward.{}", claim.text), diagnostic))
}

/// `app.kubernetes.io/instance=NAME`
fn wrong_label(page: &Page, entry: &Entry<'_>, claim: &Claim) -> Option<(String, Diagnostic)> {
    for (label, value) in &entry.dev.selector {
        let Some(at) = claim.text.find(&format!("{}=", label.value)) else { continue };
        let begins = claim.text.get(..at).is_none_or(|before| {
            !before.ends_with(|last: char| last.is_alphanumeric() || matches!(last, '/' | '.' | '-'))
        });
        let start = at + label.value.len() + 1;
        let rest = claim.text.get(start..).unwrap_or("");
        let length = rest
            .find(|character: char| {
                !(character.is_ascii_alphanumeric() || matches!(character, '-' | '_' | '.'))
            })
            .unwrap_or(rest.len());
        let found = rest.get(..length).unwrap_or("");
        let next = rest.get(length..).and_then(|rest| rest.chars().next());
        let open = found.is_empty()
            || matches!(next, Some('<' | '$' | '{' | '*' | '…'))
            || rest.starts_with(['<', '$', '{', '"']);
        if !begins || open || found == value.value || value.value.contains('$') {
            continue;
        }
        let span = Span::new(claim.span.start + start, claim.span.start + start + length);
        let dev = &entry.dev.name.value;
        let diagnostic = Diagnostic::new(
            page.file.place(span),
            format!("`{dev}` does not select `{}={found}`", label.value),
        )
        .label("another workload")
        .related(entry.manifest.place(value.span), "selected here")
        .help(format!("write `{}`", value.value));
        return Some((format!("dev.{dev}.selector.{}", label.value), diagnostic));
    }
    None
}

/// `apps/web/.stignore` where another folder is synced.
fn wrong_ignore_file(
    page: &Page,
    landscape: &Landscape<'_>,
    entry: &Entry<'_>,
    claim: &Claim,
) -> Option<(String, Diagnostic)> {
    let folder = claim.text.strip_suffix(".stignore").filter(|_| claim.whole)?;
    let folder = crate::source::RepoPath::new(folder.trim_start_matches("./").trim_end_matches('/'));
    let roots: Vec<_> = entry.session.roots.iter().filter_map(|root| root.local.inside()).collect();
    let complete = roots.len() == entry.session.roots.len() && !roots.is_empty();
    // A bare `.stignore` is the one of whatever folder the sentence speaks of.
    if !complete || roots.contains(&&folder) || folder.is_root() {
        return None;
    }
    let others = landscape
        .entries
        .iter()
        .flat_map(|other| &other.session.roots)
        .filter_map(|root| root.local.inside());
    let of_another = others.into_iter().any(|root| *root == folder);
    if !of_another {
        return None;
    }
    let dev = &entry.dev.name.value;
    let live: Vec<String> = roots.iter().map(|root| format!("`{}`", root.join(".stignore"))).collect();
    let place: Option<Place> =
        entry.session.roots.iter().find_map(|root| root.span()).map(|span| entry.manifest.place(span));
    let mut diagnostic =
        Diagnostic::new(page.file.place(claim.span), format!("`{dev}` does not read `{}`", claim.text))
            .label("Syncthing reads only the file at the root of a synced folder")
            .help(format!("write {}", live.join(", ")));
    if let Some(place) = place {
        diagnostic = diagnostic.related(place, "the synced folder");
    }
    Some((format!("dev.{dev}.stignore.{}", claim.text), diagnostic))
}
