//! YAML fences that show a piece of a manifest, held against it: everything that they show must be there.

use super::Page;
use super::commands::is_stand_in;
use super::regions;
use super::stale::{Kind, References};
use crate::model::manifest::Manifest;
use crate::source::{Place, Span};
use crate::syntax::markdown::{BlockKind, CodeBlock};
use crate::syntax::yaml::{Entry, Node, Value, Yaml};

/// Sections with named entries.
const SECTIONS: [(&str, Kind); 3] = [("dev", Kind::Dev), ("build", Kind::Build), ("test", Kind::Test)];

/// Words before a fence that shows what should *not* be, what was, or what might be.
const EXAMPLES: [&str; 29] = [
    "wrong",
    "bad",
    "don't",
    "do not",
    "never",
    "before",
    "instead of",
    "example",
    "e.g.",
    "for instance",
    "used to",
    "add ",
    "adding",
    "неверн",
    "неправильн",
    "плохо",
    "было",
    "вместо",
    "пример",
    "например",
    "нельзя",
    "не надо",
    "никогда",
    "добав",
    "раньше",
    "старо",
    "template",
    "шаблон",
    "new app",
];

/// One difference between an excerpt and its manifest.
#[derive(Debug)]
pub struct Drift {
    /// Where in the page.
    pub span: Span,
    /// The keys that lead there: `dev.web.forward`.
    pub path: String,
    /// What differs.
    pub kind: DriftKind,
}

/// What differs.
#[derive(Debug)]
pub enum DriftKind {
    /// No manifest has an entry of this name.
    NoEntry(Kind, String),
    /// The manifest has no such key.
    NoKey,
    /// A list has no such item.
    NoItem,
    /// A value is another one.
    Value {
        /// What the manifest says.
        now: String,
        /// Where.
        place: Place,
        /// What the fence should say at the span, where that is one line.
        written: Option<String>,
    },
    /// Not a value of the same form.
    Form(Place),
}

/// The fences of a page that show some manifest, with what differs in each.
pub fn stale<'a>(
    page: &'a Page,
    manifests: &[Manifest],
    references: &References,
) -> Vec<(&'a CodeBlock, Vec<Drift>)> {
    let mut found = Vec::new();
    for fence in &page.markdown.code_blocks {
        if !matches!(&*fence.language(), "yaml" | "yml")
            || !SECTIONS.iter().any(|(section, _)| fence.text.contains(section))
            || regions::hold(&page.regions, fence.span)
            || is_example(page, fence, manifests)
        {
            continue;
        }
        let drifts = drifts(page, fence, manifests, references);
        if !drifts.is_empty() {
            found.push((fence, drifts));
        }
    }
    found
}

/// Whether the paragraph before the fence, or a comment in it, says that this is no copy.
fn is_example(page: &Page, fence: &CodeBlock, manifests: &[Manifest]) -> bool {
    let before = page.markdown.blocks.get(fence.block).and_then(|block| block.previous);
    let before = before
        .and_then(|id| page.markdown.blocks.get(id))
        .filter(|block| matches!(block.kind, BlockKind::Paragraph | BlockKind::Heading));
    let item = page.markdown.ancestors(fence.block).find(|block| block.kind == BlockKind::Item);
    let heading = page.markdown.headings_over(fence.block).next();
    let texts = [
        before.map(|block| block.span),
        item.map(|item| Span::new(item.span.start, fence.span.start)),
        heading.map(|heading| heading.span),
    ];
    let says = |text: &str| {
        let text = text.to_lowercase();
        EXAMPLES.iter().any(|word| text.contains(word))
    };
    let comments = fence.text.lines().filter_map(|line| line.split_once('#'));
    let is_head = |span: Span| {
        // A word of its own: «надо:» ends in it too.
        matches!(
            page.slice(span).trim().to_lowercase().trim_start_matches(['#', ' ', '*']),
            "до:" | "до" | "**до**:"
        )
    };
    texts.into_iter().flatten().any(|span| says(page.slice(span)) || is_head(span))
        || before.is_some_and(|block| names_other_file(page, block.span, manifests))
        || comments.into_iter().any(|(_, comment)| says(comment))
}

/// Whether the paragraph that announces a fence names a YAML file that is no manifest: the fence shows that one.
fn names_other_file(page: &Page, lead: Span, manifests: &[Manifest]) -> bool {
    if !page.slice(lead).trim_end().ends_with(':') {
        return false;
    }
    let names = page.markdown.code_spans_in(lead).iter().map(|code| code.text(&page.file.text));
    let files: Vec<&str> = names.filter(|name| name.ends_with(".yml") || name.ends_with(".yaml")).collect();
    let is_manifest = |name: &&str| {
        let mut paths = manifests.iter().map(|manifest| manifest.file.path.as_str());
        paths.any(|path| path == *name || path.rsplit('/').next() == Some(*name))
    };
    !files.is_empty() && !files.iter().any(is_manifest)
}

/// Where an excerpt differs. It is one when some of its names are in a manifest, or known to be gone from it, or when
/// its first comment or the paragraph before it names a manifest.
fn drifts(page: &Page, fence: &CodeBlock, manifests: &[Manifest], references: &References) -> Vec<Drift> {
    let yaml = Yaml::parse(&fence.text);
    let Some(root) = yaml.root().filter(|_| yaml.errors.is_empty() && yaml.template.is_none()) else {
        return Vec::new();
    };
    let named = named_manifest(page, fence, manifests);
    let candidates: Vec<&Manifest> = match named {
        Some(manifest) => vec![manifest],
        None => manifests.iter().collect(),
    };
    let mut found = Vec::new();
    for (section, kind) in SECTIONS {
        let entries = root.get(section).map_or(&[] as &[Entry], Node::entries);
        if !entries.iter().all(|entry| entry.value.as_mapping().is_some()) {
            continue;
        }
        let find = |name: &str| {
            candidates.iter().find_map(|manifest| Some((*manifest, entry_of(manifest, section, name)?)))
        };
        let was_there = |name: &str| find(name).is_some() || references.cause_of(kind, name).is_some();
        let is_excerpt = named.is_some() || entries.iter().any(|entry| was_there(&entry.key.value));
        let is_real = |entry: &&Entry| !has_gap(&entry.key.value) && !is_stand_in(&entry.key.value);
        for entry in entries.iter().filter(is_real) {
            let path = format!("{section}.{}", entry.key.value);
            match find(&entry.key.value) {
                Some((manifest, own)) => {
                    Comparison { fence, manifest, found: &mut found }.compare(
                        &path,
                        &entry.value,
                        &own.value,
                    );
                }
                None if is_excerpt => {
                    let kind = DriftKind::NoEntry(kind, entry.key.value.to_string());
                    found.push(Drift { span: fence.locate(entry.key.span), path, kind });
                }
                None => {}
            }
        }
    }
    found
}

/// The manifest that the fence says it shows.
fn named_manifest<'a>(page: &Page, fence: &CodeBlock, manifests: &'a [Manifest]) -> Option<&'a Manifest> {
    let first = fence.text.lines().next().filter(|line| line.trim_start().starts_with('#')).unwrap_or("");
    let before = page.markdown.blocks.get(fence.block)?.previous.and_then(|id| page.markdown.blocks.get(id));
    let before =
        before.filter(|block| block.kind == BlockKind::Paragraph).map_or("", |block| page.slice(block.span));
    let names = |manifest: &&Manifest| {
        first.contains(manifest.file.path.as_str())
            || (before.trim_end().ends_with(':') && before.contains(&format!("`{}`", manifest.file.path)))
    };
    manifests.iter().find(names)
}

fn entry_of<'a>(manifest: &'a Manifest, section: &str, name: &str) -> Option<&'a Entry> {
    manifest.section(section)?.value.as_mapping()?.entry(name)
}

/// Whether a text leaves something out.
fn has_gap(text: &str) -> bool {
    text.contains("...") || text.contains(['…', '<', '>', '*'])
}

struct Comparison<'a> {
    fence: &'a CodeBlock,
    manifest: &'a Manifest,
    found: &'a mut Vec<Drift>,
}

impl Comparison<'_> {
    fn add(&mut self, span: Span, path: &str, kind: DriftKind) {
        self.found.push(Drift { span: self.fence.locate(span), path: path.to_owned(), kind });
    }

    fn compare(&mut self, path: &str, shown: &Node, own: &Node) {
        match (&shown.value, &own.value) {
            (Value::Empty, _) => {}
            (Value::Mapping(shown), Value::Mapping(own)) => {
                for entry in shown.own().filter(|entry| !has_gap(&entry.key.value)) {
                    let path = format!("{path}.{}", entry.key.value);
                    match own.get(&entry.key.value) {
                        Some(value) => self.compare(&path, &entry.value, value),
                        None => self.add(entry.key.span, &path, DriftKind::NoKey),
                    }
                }
            }
            (Value::Sequence(shown), Value::Sequence(own)) => {
                let same_length = shown.items.len() == own.items.len();
                for (index, item) in shown.items.iter().enumerate() {
                    let is_there = own.items.iter().any(|other| same(item, other));
                    if is_there || item.as_str().is_some_and(has_gap) {
                        continue;
                    }
                    // In lists of one length the item at the same place is what it was once.
                    match own.items.get(index).filter(|_| same_length) {
                        Some(other) => self.compare(path, item, other),
                        None => self.add(item.span, path, DriftKind::NoItem),
                    }
                }
            }
            (Value::Scalar(left), Value::Scalar(right)) => {
                if left.text.trim() == right.text.trim() || has_gap(&left.text) {
                    return;
                }
                let single = |text: &str| !text.contains('\n');
                let written = own.site().slice(&self.manifest.file.text);
                let kind = DriftKind::Value {
                    now: right.text.to_string(),
                    place: self.manifest.place(own.site()),
                    written: (single(&left.text) && single(written)).then(|| written.to_owned()),
                };
                self.add(shown.span, path, kind);
            }
            (_, _) => {
                let place = self.manifest.place(own.site());
                self.add(shown.span, path, DriftKind::Form(place));
            }
        }
    }
}

fn same(left: &Node, right: &Node) -> bool {
    match (&left.value, &right.value) {
        (Value::Scalar(left), Value::Scalar(right)) => left.text.trim() == right.text.trim(),
        (Value::Mapping(left), Value::Mapping(right)) => {
            left.own().all(|entry| right.get(&entry.key.value).is_some_and(|other| same(&entry.value, other)))
        }
        (Value::Sequence(left), Value::Sequence(right)) => {
            left.items.iter().all(|item| right.items.iter().any(|other| same(item, other)))
        }
        (Value::Empty, _) => true,
        _ => false,
    }
}
