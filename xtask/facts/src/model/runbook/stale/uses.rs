//! Where pages use the name of something that is gone, although no command, path or section says so.

use super::gone::Gone;
use super::{Found, Inputs, Kind, Missing, Said};
use crate::model::runbook::known::Known;
use crate::model::runbook::nature::{self, Nature};
use crate::model::runbook::voice::Voice;
use crate::model::runbook::whose::Repositories;
use crate::model::runbook::{Page, PageKind, commands, regions};
use crate::source::{RepoPath, Span};
use std::collections::{BTreeMap, BTreeSet, HashSet};

/// The names to look for, and what each of them is.
#[derive(Default)]
pub(super) struct Names<'a> {
    /// Names of things, as a whole word.
    names: BTreeMap<&'a str, &'a str>,
    /// Names of at least two words: they are told within longer names as well.
    long: HashSet<&'a str>,
    /// How long those are.
    lengths: BTreeSet<usize>,
    /// Names of dev containers, and whose they are beside.
    devs: BTreeMap<&'a str, Claim>,
}

/// Who else is called like a dev container that is lost.
#[derive(Clone, Copy)]
enum Claim {
    /// Nobody.
    Alone,
    /// Something else, here or by what pages say.
    Shared,
    /// An app, package or build, which a bare name means as well.
    Taken,
}

impl<'a> Names<'a> {
    /// The names of what is gone, those left out that something in the repository still has.
    pub(super) fn of(inputs: &Inputs<'_>, known: &Known, gone: &'a Gone) -> Self {
        if gone.things.is_empty() && gone.devs.is_empty() {
            return Self::default();
        }
        let alive = alive(inputs, known);
        let is_dead = |name: &str| !alive.contains(name);
        let things = || gone.things.keys().map(String::as_str).filter(|name| is_dead(name));
        let aliases = gone.aliases.iter().filter(|(name, thing)| is_dead(name) && is_dead(thing));
        let aliases = aliases.map(|(name, thing)| (name.as_str(), thing.as_str()));
        let pages = inputs.runbooks.pages.as_slice();
        let pages = if gone.devs.is_empty() { &[] } else { pages };
        let shared = nature::shared(pages, |name| gone.devs.contains_key(name));
        let claim = |name: &str| match () {
            () if known.is_known(name) || inputs.workspace.by_name(name).is_some() => Claim::Taken,
            () if !is_dead(name) || shared.contains(name) => Claim::Shared,
            () => Claim::Alone,
        };
        let long: HashSet<&str> = things().filter(|name| name.contains(['-', '_'])).collect();
        Self {
            names: things().map(|name| (name, name)).chain(aliases).collect(),
            lengths: long.iter().map(|name| name.len()).collect(),
            long,
            devs: gone.devs.keys().map(|name| (name.as_str(), claim(name))).collect(),
        }
    }

    /// Whether there is nothing to look for.
    pub(super) fn is_empty(&self) -> bool {
        self.names.is_empty() && self.devs.is_empty()
    }

    /// The uses in a page beside what was `found` there.
    pub(super) fn uses(&self, page: &Page, repositories: &Repositories, found: &[Found]) -> Vec<Found> {
        if page.kind == PageKind::Notes {
            return Vec::new();
        }
        let mut uses: Vec<Found> = Vec::new();
        let markdown = &page.markdown;
        for code in markdown.code_spans.iter().filter(|code| code.is_exact()) {
            let text = code.text(&page.file.text);
            self.in_text(text, &mut |span| span.shift(code.span.start), &mut uses);
            if let Some(claim) = self.devs.get(text) {
                let said = match nature::told(page, Some(code.block), code.span) {
                    Some(Nature::Dev) => Said::Plain,
                    Some(Nature::Other) => continue,
                    None => match claim {
                        Claim::Alone => Said::Plain,
                        Claim::Shared => Said::Perhaps,
                        Claim::Taken => continue,
                    },
                };
                let missing = Missing::Name(Kind::Dev, text.to_owned());
                uses.push(Found { span: code.span, missing, said });
            }
        }
        for code in markdown
            .code_blocks
            .iter()
            .filter(|code| code.info.is_some() && commands::is_shell(&code.language()))
        {
            // The output as well: what is called like something gone was printed when it was there.
            self.in_text(&code.text, &mut |span| code.locate(span), &mut uses);
        }
        for link in markdown.links.iter().filter(|link| link.exact) {
            self.in_text(&link.destination, &mut |span| span.shift(link.span.start), &mut uses);
        }
        let mut voice = Voice::of(page, repositories);
        uses.retain(|one| {
            let is_new = !regions::hold(&page.regions, one.span) && !is_covered(found, one.span);
            is_new && !voice.is_silent(markdown.block_at(one.span), one.span)
        });
        uses
    }

    /// The first of the long names, by letter, that a longer one has in it, on the bounds of its words, and where.
    /// Looked up and not tried one by one: a page may name thousands of apps that are gone.
    fn long_in(&self, word: &str) -> Option<(usize, &'a str)> {
        let is_bound = |byte: &u8| matches!(byte, b'-' | b'_');
        let names = word_starts(word).flat_map(|at| {
            let rest = word.get(at..).unwrap_or("");
            let most = rest.len().min(word.len() - 1);
            let ends = self.lengths.range(..=most);
            let ends = ends.filter(move |end| rest.as_bytes().get(**end).is_none_or(is_bound));
            ends.filter_map(move |end| Some((*self.long.get(rest.get(..*end)?)?, at)))
        });
        names.min().map(|(name, at)| (at, name))
    }

    /// The names in a piece of code.
    fn in_text(&self, text: &str, locate: &mut dyn FnMut(Span) -> Span, uses: &mut Vec<Found>) {
        for (at, word) in words(text) {
            let inside = || self.long_in(word).map(|(at, name)| (at, name, name));
            // A single word may mean anything, unless it is all that stands there.
            let is_telling = word.len() == text.len() || word.contains(['-', '_']);
            let whole = self.names.get(word).filter(|_| is_telling).map(|thing| (0, word, *thing));
            if let Some((lead, name, thing)) = whole.or_else(inside) {
                let span = locate(Span::new(at + lead, at + lead + name.len()));
                uses.push(Found::plain(Missing::Thing(thing.to_owned()), span));
            }
        }
    }
}

/// Whether something stale was found at a place already. `found` is sorted.
fn is_covered(found: &[Found], span: Span) -> bool {
    let before = found.partition_point(|one| one.span.start < span.end);
    let near = found.get(before.saturating_sub(4)..before).unwrap_or_default();
    near.iter().any(|one| one.span.end > span.start)
}

/// The words of a text that can be names, with their offsets.
fn words(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let is_part = |character: char| {
        character.is_ascii_lowercase() || character.is_ascii_digit() || matches!(character, '-' | '_')
    };
    let mut rest = text;
    std::iter::from_fn(move || {
        let start = rest.find(is_part)?;
        let word = rest.get(start..)?;
        let length = word.find(|character| !is_part(character)).unwrap_or(word.len());
        let at = text.len() - rest.len() + start;
        rest = word.get(length..)?;
        Some((at, word.get(..length)?))
    })
}

/// Where the words of a name begin.
fn word_starts(name: &str) -> impl Iterator<Item = usize> {
    std::iter::once(0).chain(name.match_indices(['-', '_']).map(|(at, _)| at + 1))
}

/// Every name that something in the repository has: files and folders, with and without their extensions,
/// what manifests hold, releases and namespaces.
fn alive(inputs: &Inputs<'_>, known: &Known) -> HashSet<String> {
    let mut alive: HashSet<&str> = HashSet::new();
    for entry in inputs.tree.files() {
        for part in entry.path.split('/') {
            alive.insert(part);
            alive.insert(super::paths::stem(part));
        }
    }
    let mut alive: HashSet<String> = alive.into_iter().map(str::to_owned).collect();
    for names in [&known.devs, &known.builds, &known.tests] {
        alive.extend(names.keys().cloned());
    }
    alive.extend(known.apps.keys().cloned());
    for manifest in inputs.manifests {
        let labels = manifest.devs.iter().flat_map(|dev| &dev.selector);
        alive.extend(labels.map(|(_, value)| value.value.clone()));
    }
    alive.extend(inputs.namespaces().map(|name| name.to_owned()));
    alive
}

impl Inputs<'_> {
    /// Names of Applications, releases and the namespaces that they go to.
    fn namespaces(&self) -> impl Iterator<Item = &str> {
        self.argocd.applications.iter().flat_map(|application| {
            let names = application.name.iter().chain(&application.namespace);
            names.chain(application.releases()).map(|text| text.value.as_str())
        })
    }
}

/// Where an app lay whose folder no path tells: beside the others.
pub(super) fn likely_folder(inputs: &Inputs<'_>, name: &str) -> Option<RepoPath> {
    inputs.apps.all.iter().find_map(|app| app.folder.parent()).map(|folder| folder.join(name))
}
