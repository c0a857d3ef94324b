//! Links to headings whose text a fix changes: they follow it.

use crate::diagnostic::{Edit, replace};
use crate::facts::Facts;
use crate::model::runbook::Page;
use crate::model::runbook::mentions::What;
use crate::model::runbook::paths::decode;
use crate::source::{Place, RepoPath, Span};
use crate::syntax::markdown::{Heading, slug};
use std::cell::{OnceCell, RefCell};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Answers for all pages; collected when some heading changes.
pub struct HeadingLinks<'a> {
    facts: &'a Facts,
    /// The fragments of links, by the page and fragment that they lead to.
    links: OnceCell<BTreeMap<(RepoPath, String), BTreeSet<Place>>>,
    /// The old and new fragments of each heading of a page in which a name becomes another one.
    slugs: RefCell<HashMap<(RepoPath, String), Changes>>,
}

/// For each heading of a page its fragments that change, and what they become.
type Changes = Vec<Vec<(String, String)>>;

impl<'a> HeadingLinks<'a> {
    pub fn of(facts: &'a Facts) -> Self {
        Self { facts, links: OnceCell::new(), slugs: RefCell::default() }
    }

    /// The edits by which links follow when the name at `span` becomes `new`; none where it stands in no heading.
    pub fn follow(&self, page: &Page, span: Span, new: &str) -> Vec<Edit> {
        let headings = &page.markdown.headings;
        let at = headings.partition_point(|heading| heading.span.end < span.end);
        if !headings.get(at).is_some_and(|heading| heading.span.contains(span)) {
            return Vec::new();
        }
        let name = page.slice(span);
        let links = self.links.get_or_init(|| collect(self.facts));
        let key = (page.file.path.clone(), name.to_owned());
        let mut known = self.slugs.borrow_mut();
        let slugs = known.entry(key).or_insert_with(|| changes(headings, name, new));
        let changed = slugs.get(at).map_or(&[][..], Vec::as_slice);
        let mut edits = BTreeMap::new();
        for (old, slug) in changed {
            for place in links.get(&(page.file.path.clone(), old.clone())).into_iter().flatten() {
                let Some(written) = self.facts.runbooks().page(&place.path) else { continue };
                let written = written.slice(place.span);
                // The other letters may be written with `%`.
                let replaced = written.replacen(name, new, 1);
                let instead = if decode(&replaced) == *slug { replaced } else { slug.clone() };
                edits.insert(place, replace(&place.path, place.span, instead));
            }
        }
        edits.into_values().collect()
    }
}

/// The old and new fragments of each heading, on GitLab and on GitHub, where they differ.
fn changes(headings: &[Heading], name: &str, new: &str) -> Changes {
    let texts: Vec<String> = headings.iter().map(|heading| heading.text.replace(name, new)).collect();
    let old = || headings.iter().map(|heading| heading.text.as_str());
    let new = || texts.iter().map(String::as_str);
    let forges = [(slug::gitlab(old()), slug::gitlab(new())), (slug::github(old()), slug::github(new()))];
    let of = |at: usize| {
        let pairs = forges.iter().filter_map(|(old, new)| Some((old.get(at)?.clone(), new.get(at)?.clone())));
        pairs.filter(|(old, new)| old != new).collect()
    };
    (0..headings.len()).map(of).collect()
}

/// Every fragment of a link between pages.
fn collect(facts: &Facts) -> BTreeMap<(RepoPath, String), BTreeSet<Place>> {
    let mut all: BTreeMap<(RepoPath, String), BTreeSet<Place>> = BTreeMap::new();
    for page in &facts.runbooks().pages {
        let folder = page.file.path.parent().unwrap_or_else(RepoPath::root);
        for mention in &page.mentions {
            let What::Link(target) = &mention.what else { continue };
            let Some((path, fragment)) = target.split_once('#') else { continue };
            let path = match (path, path.strip_prefix('/')) {
                ("", _) => page.file.path.clone(),
                (_, Some(path)) => RepoPath::new(&decode(path)),
                (path, None) => folder.join(&decode(path)),
            };
            let place = |end: usize| page.file.place(Span::new(end - fragment.len(), end));
            let places = all.entry((path, decode(fragment))).or_default();
            if page.slice(mention.span) == target {
                places.insert(place(mention.span.end));
            } else {
                places.extend(definitions(page, target).map(place));
            }
        }
    }
    all
}

/// Where the definitions of a reference link to `target` end: `[name]: target`.
fn definitions<'a>(page: &'a Page, target: &'a str) -> impl Iterator<Item = usize> {
    let text = &*page.file.text;
    text.match_indices(target)
        .filter(|(at, _)| {
            let before = text.get(..*at).unwrap_or("").trim_end_matches(['<', ' ', '\t']);
            before.ends_with("]:")
        })
        .map(|(at, _)| at + target.len())
}
