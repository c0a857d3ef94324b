//! What sections and rows about one dev container state about its ports, labels and ignore files.

use super::{Page, regions};
use crate::model::graph::{Entry, Landscape};
use crate::model::manifest::Forward;
use crate::source::{Place, RepoPath, Span};
use crate::syntax::markdown::{BlockId, BlockKind};
use memchr::memmem::Finder;
use std::sync::LazyLock;

/// A statement that the manifest contradicts.
#[derive(Debug)]
pub struct Contradiction<'a> {
    /// The dev container that it is about.
    pub entry: &'a Entry<'a>,
    /// The words in the page.
    pub span: Span,
    /// The innermost block around them.
    pub block: BlockId,
    /// What they state.
    pub kind: ClaimKind<'a>,
}

/// What is stated.
#[derive(Debug)]
pub enum ClaimKind<'a> {
    /// `localhost:PORT`: this port is not forwarded.
    Port {
        /// The port.
        port: u16,
        /// The forward that is probably meant.
        meant: &'a Forward,
        /// The dev container that listens there.
        other: Option<&'a str>,
    },
    /// `LOCAL:REMOTE`: another pair is forwarded.
    Pair(&'a Forward),
    /// `LABEL=VALUE`: the selector has another value.
    Label {
        /// The label.
        label: &'a str,
        /// What the manifest selects.
        value: &'a str,
        /// Where.
        place: Place,
    },
    /// `FOLDER/.stignore` of a folder that another dev container syncs; the files that are read.
    IgnoreFile(Vec<RepoPath>),
}

/// Local ports of tools on the laptop: no claims about a dev container.
const TOOLS: [u16; 6] = [8384, 9229, 9230, 5555, 6006, 4983];

/// The laptop, before a port.
static HOSTS: LazyLock<[Finder<'static>; 2]> =
    LazyLock::new(|| ["localhost:", "127.0.0.1:"].map(Finder::new));

/// All contradictions in a page.
pub fn contradictions<'a>(page: &Page, landscape: &'a Landscape<'a>) -> Vec<Contradiction<'a>> {
    let mut found = Vec::new();
    for (parts, entry) in bound(page, landscape) {
        for claim in claims(page, &parts) {
            let judged = port(page, landscape, entry, &claim)
                .or_else(|| pair(entry, &claim))
                .or_else(|| label(entry, &claim))
                .or_else(|| ignore_file(landscape, entry, &claim));
            if let Some((span, kind)) = judged {
                found.push(Contradiction { entry, span, block: claim.block, kind });
            }
        }
    }
    found
}

/// The sections and rows that are about one dev container, nested sections about others left out.
fn bound<'a>(page: &Page, landscape: &'a Landscape<'a>) -> Vec<(Vec<Span>, &'a Entry<'a>)> {
    let only = |names: &mut dyn Iterator<Item = &str>| {
        let mut entries = names.flat_map(|name| landscape.named(name)).copied();
        let first = entries.next()?;
        entries.all(|other| other == first).then_some(first)
    };
    let about: Vec<Option<usize>> = page
        .titled
        .iter()
        .map(|title| only(&mut title.names.iter().map(|name| name.value.as_str())))
        .collect();
    let mut found: Vec<(Vec<Span>, usize)> = Vec::new();
    for (index, title) in page.titled.iter().enumerate() {
        let Some(entry) = about.get(index).copied().flatten() else { continue };
        let mut parts = vec![title.section];
        let nested = page.titled.iter().zip(&about).skip(index + 1);
        for (other, about) in nested.take_while(|(other, _)| title.section.contains(other.section)) {
            if about.is_some_and(|about| about != entry) {
                parts = parts.into_iter().flat_map(|part| without(part, other.section)).collect();
            }
        }
        found.push((parts, entry));
    }
    let sections = found.len();
    for row in page.rows.iter().filter(|row| !row.head) {
        let names = row.cells.iter().flat_map(|cell| &cell.names).map(|name| name.value.as_str());
        let mut devs = names.filter(|name| {
            landscape
                .named(name)
                .iter()
                .any(|index| landscape.entries.get(*index).is_some_and(|entry| entry.dev.name.value == *name))
        });
        let Some(entry) = only(&mut devs) else { continue };
        let in_section =
            found.iter().take(sections).any(|(parts, _)| parts.iter().any(|part| part.contains(row.span)));
        if !in_section {
            found.push((vec![row.span], entry));
        }
    }
    found.into_iter().filter_map(|(parts, entry)| Some((parts, landscape.entries.get(entry)?))).collect()
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

/// Something that a code span, link or command states.
struct Claim<'p> {
    text: &'p str,
    span: Span,
    block: BlockId,
    /// Whether the text is all of a code span.
    whole: bool,
}

/// What some parts of a page state, in order.
fn claims<'p>(page: &'p Page, parts: &[Span]) -> Vec<Claim<'p>> {
    let markdown = &page.markdown;
    let mut found = Vec::new();
    for part in parts {
        for code in markdown.code_spans_in(*part).iter().filter(|code| code.is_exact()) {
            let text = code.text(&page.file.text);
            if may_claim(text) {
                found.push(Claim { text, span: code.span, block: code.block, whole: true });
            }
        }
        let links = within(&markdown.links, *part, |link| link.span);
        let links = links.filter(|link| link.exact && may_claim(&link.destination));
        found.extend(links.map(|link| Claim {
            text: &link.destination,
            span: link.span,
            block: link.block,
            whole: false,
        }));
        for code in
            within(&markdown.code_blocks, *part, |code| code.span).filter(|code| code.language() != "yaml")
        {
            let mut at = 0;
            for line in code.text.split_inclusive('\n') {
                let text = line.trim_end();
                if may_claim(text) {
                    let span = code.locate(Span::new(at, at + text.len().max(1)));
                    found.push(Claim { text, span, block: code.block, whole: false });
                }
                at += line.len();
            }
        }
    }
    found.retain(|claim| !regions::hold(&page.regions, claim.span));
    found.sort_by_key(|claim| claim.span);
    found
}

/// Whether a text can state a port, a pair, a label or an ignore file: few of thousands do.
fn may_claim(text: &str) -> bool {
    memchr::memchr2(b':', b'=', text.as_bytes()).is_some() || text.ends_with(".stignore")
}

/// The items of a sorted list that begin within a span.
fn within<T>(items: &[T], span: Span, place: impl Fn(&T) -> Span) -> impl Iterator<Item = &T> {
    let from = items.partition_point(|item| place(item).start < span.start);
    items.get(from..).unwrap_or_default().iter().take_while(move |item| place(item).start < span.end)
}

/// `localhost:PORT`
fn port<'a>(
    page: &Page,
    landscape: &'a Landscape<'a>,
    entry: &'a Entry<'a>,
    claim: &Claim<'_>,
) -> Option<(Span, ClaimKind<'a>)> {
    let at = HOSTS.iter().find_map(|host| {
        let at = host.find(claim.text.as_bytes())?;
        Some(at + host.needle().len())
    })?;
    let digits = claim.text.get(at..)?;
    let length = digits.find(|character: char| !character.is_ascii_digit()).unwrap_or(digits.len());
    let port: u16 = digits.get(..length)?.parse().ok()?;
    let forwards = &entry.dev.forwards;
    let is_own = forwards.iter().any(|forward| forward.local.value == port)
        || entry.dev.reverses.iter().any(|reverse| reverse.local.value == port);
    if is_own || forwards.is_empty() || TOOLS.contains(&port) {
        return None;
    }
    if speaks_of_another(page, landscape, entry, claim) || is_forwarded_by_hand(&page.file.text, port) {
        return None;
    }
    let remote = forwards.iter().find(|forward| forward.remote.value == port);
    let listens = |other: &&Entry<'_>| other.dev.forwards.iter().any(|forward| forward.local.value == port);
    let other = landscape.entries.iter().find(listens);
    let is_web = claim.text.contains("http://") || claim.text.contains("https://");
    let only = forwards.first().filter(|_| forwards.len() == 1 && is_web);
    let meant = remote.or(only).or(forwards.first().filter(|_| other.is_some()))?;
    let other = other.filter(|_| remote.is_none()).map(|other| other.dev.name.value.as_str());
    let span = Span::new(claim.span.start + at, claim.span.start + at + length);
    Some((span, ClaimKind::Port { port, meant, other }))
}

/// Whether the block around a claim names another dev container: «the neighbour `api` answers at …».
fn speaks_of_another<'a>(
    page: &Page,
    landscape: &'a Landscape<'a>,
    entry: &'a Entry<'a>,
    claim: &Claim<'_>,
) -> bool {
    let around = page.markdown.ancestors(claim.block).next().filter(|block| block.kind != BlockKind::Code);
    let named = around.into_iter().flat_map(|block| page.markdown.code_spans_in(block.span));
    named.map(|code| code.text(&page.file.text)).any(|name| {
        let mut entries = landscape.named(name).iter().filter_map(|index| landscape.entries.get(*index));
        entries.any(|other| !std::ptr::eq(other, entry))
    })
}

/// Whether a command of the page forwards the port itself: `kubectl port-forward svc/web 8080:80`.
fn is_forwarded_by_hand(text: &str, port: u16) -> bool {
    let pair = format!(" {port}:");
    let commands = memchr::memmem::find_iter(text.as_bytes(), "port-forward");
    let mut lines = commands.map(|at| text.get(at..).unwrap_or("").lines().next().unwrap_or(""));
    lines.any(|line| line.contains(&pair))
}

/// `3000:3000`
fn pair<'a>(entry: &'a Entry<'a>, claim: &Claim<'_>) -> Option<(Span, ClaimKind<'a>)> {
    let (local, remote) = claim.text.split_once(':').filter(|_| claim.whole)?;
    let (local, remote): (u16, u16) = (local.parse().ok()?, remote.parse().ok()?);
    // Times (`10:30`) have small numbers.
    if local < 80 || remote < 80 {
        return None;
    }
    let forwards = &entry.dev.forwards;
    let is_forwarded =
        forwards.iter().any(|forward| forward.local.value == local && forward.remote.value == remote);
    let is_reversed = entry
        .dev
        .reverses
        .iter()
        .any(|reverse| reverse.local.value == local || reverse.remote.value == local);
    if is_forwarded || is_reversed {
        return None;
    }
    let near =
        forwards.iter().find(|forward| forward.local.value == local || forward.remote.value == remote)?;
    Some((claim.span, ClaimKind::Pair(near)))
}

/// `app.kubernetes.io/instance=NAME`
fn label<'a>(entry: &'a Entry<'a>, claim: &Claim<'_>) -> Option<(Span, ClaimKind<'a>)> {
    if !claim.text.contains('=') {
        return None;
    }
    for (label, value) in &entry.dev.selector {
        let Some(at) = claim.text.find(&format!("{}=", label.value)) else { continue };
        let begins = claim.text.get(..at).is_none_or(|before| {
            !before.ends_with(|last: char| last.is_alphanumeric() || matches!(last, '/' | '.' | '-'))
        });
        let start = at + label.value.len() + 1;
        let rest = claim.text.get(start..).unwrap_or("");
        let is_part =
            |character: char| character.is_ascii_alphanumeric() || matches!(character, '-' | '_' | '.');
        let length = rest.find(|character| !is_part(character)).unwrap_or(rest.len());
        let (found, behind) = rest.split_at_checked(length).unwrap_or((rest, ""));
        let is_open = found.is_empty() || behind.starts_with(['<', '$', '{', '*', '…']);
        if begins && !is_open && found != value.value && !value.value.contains('$') {
            let span = Span::new(claim.span.start + start, claim.span.start + start + length);
            let place = entry.manifest.place(value.span);
            return Some((span, ClaimKind::Label { label: &label.value, value: &value.value, place }));
        }
    }
    None
}

/// `apps/web/.stignore` where another folder is synced.
fn ignore_file<'a>(
    landscape: &'a Landscape<'a>,
    entry: &'a Entry<'a>,
    claim: &Claim<'_>,
) -> Option<(Span, ClaimKind<'a>)> {
    let folder = claim.text.strip_suffix(".stignore").filter(|_| claim.whole)?;
    let folder = RepoPath::new(folder.trim_start_matches("./").trim_end_matches('/'));
    let roots: Vec<&RepoPath> = entry.session.roots.iter().filter_map(|root| root.local.inside()).collect();
    let complete = roots.len() == entry.session.roots.len() && !roots.is_empty();
    // A bare `.stignore` is the one of whatever folder the sentence speaks of.
    if !complete || roots.contains(&&folder) || folder.is_root() {
        return None;
    }
    let mut others = landscape.entries.iter().flat_map(|other| &other.session.roots);
    let of_another = others.any(|root| root.local.inside() == Some(&folder));
    let live = roots.iter().map(|root| root.join(".stignore")).collect();
    of_another.then_some((claim.span, ClaimKind::IgnoreFile(live)))
}
