//! `runbook/stale-excerpt`: a YAML fence that shows a piece of a manifest which says something else by now.

use super::repositories;
use crate::diagnostic::{Diagnostic, Fix, Severity, replace};
use crate::facts::{Facts, Model};
use crate::model::manifest::Manifest;
use crate::model::runbook::commands::is_placeholder;
use crate::model::runbook::context;
use crate::model::runbook::mentions::{Mention, What};
use crate::model::runbook::{Page, PageKind};
use crate::rules::{Repair, Rule, Scope, Sink};
use crate::source::{Place, Span};
use crate::syntax::markdown::{BlockKind, CodeBlock};
use crate::syntax::yaml::{Entry, Node, Value, Yaml};

pub static RULE: Rule = Rule {
    id: "runbook/stale-excerpt",
    summary: "a YAML fence shows a piece of a manifest which says something else by now",
    severity: Severity::Warning,
    fix: Repair::Unsafe,
    scope: Scope::Tree,
    needs: &[Model::Manifests, Model::Runbooks],
    page: include_str!("stale_excerpt.md"),
    check,
};

/// Sections with named entries.
const SECTIONS: [&str; 3] = ["dev", "build", "test"];

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
struct Drift {
    /// Where in the page.
    span: Span,
    message: String,
    /// Where in the manifest.
    place: Option<Place>,
    label: &'static str,
    /// What the fence should say at `span`.
    instead: Option<String>,
}

fn check(facts: &Facts, sink: &mut Sink<'_>) {
    let manifests = facts.manifests();
    if manifests.is_empty() || manifests.iter().any(|manifest| !manifest.is_sound()) {
        return;
    }
    let repositories = repositories(facts);
    for page in facts.runbooks().pages.iter().filter(|page| page.kind != PageKind::Notes) {
        for fence in &page.markdown.code_blocks {
            let in_region = page.regions.iter().any(|region| region.whole.contains(fence.span));
            if in_region || !matches!(fence.language().as_str(), "yaml" | "yml") || is_example(page, fence) {
                continue;
            }
            let mention =
                Mention { what: What::Host(String::new()), span: fence.span, block: Some(fence.block) };
            let drifts = drifts(page, fence, manifests);
            if !drifts.is_empty() && !context::is_foreign(page, &mention, &repositories) {
                sink.report(diagnostic(page, &drifts));
            }
        }
    }
}

/// Whether the paragraph before the fence, or a comment in it, says that this is no copy.
fn is_example(page: &Page, fence: &CodeBlock) -> bool {
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
    let comments =
        fence.text.lines().filter_map(|line| line.split_once('#')).map(|(_, comment)| comment.to_lowercase());
    let says = |text: &str| EXAMPLES.iter().any(|word| text.contains(word));
    texts.into_iter().flatten().any(|span| says(&page.slice(span).to_lowercase()))
        || comments.into_iter().any(|comment| says(&comment))
}

/// Where an excerpt differs. It is one when some of its names are in a manifest, or when its first comment or
/// the paragraph before it names a manifest.
fn drifts(page: &Page, fence: &CodeBlock, manifests: &[Manifest]) -> Vec<Drift> {
    let yaml = Yaml::parse(&fence.text);
    let Some(root) = yaml.root().filter(|_| yaml.errors.is_empty() && yaml.template.is_none()) else {
        return Vec::new();
    };
    let named = named_manifest(page, fence, manifests);
    let mut found = Vec::new();
    for section in SECTIONS {
        let entries = root.get(section).map_or(&[] as &[Entry], Node::entries);
        if !entries.iter().all(|entry| entry.value.as_mapping().is_some()) {
            continue;
        }
        let candidates: Vec<&Manifest> = match named {
            Some(manifest) => vec![manifest],
            None => manifests.iter().collect(),
        };
        let find = |name: &str| {
            candidates.iter().find_map(|manifest| Some((*manifest, entry_of(manifest, section, name)?)))
        };
        let known = entries.iter().filter(|entry| find(&entry.key.value).is_some()).count();
        for entry in entries.iter().filter(|entry| !is_open(&entry.key.value)) {
            let path = format!("{section}.{}", entry.key.value);
            match find(&entry.key.value) {
                Some((manifest, own)) => {
                    compare(fence, manifest, &path, &entry.value, &own.value, &mut found)
                }
                None if known > 0 || named.is_some() => found.push(Drift {
                    span: fence.locate(entry.key.span),
                    message: format!("no manifest has `{}`", cut(&path)),
                    place: None,
                    label: "gone, or renamed",
                    instead: None,
                }),
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
fn is_open(text: &str) -> bool {
    let variable = text.contains('$') && !text.contains('…');
    (is_placeholder(text) && !variable && !text.chars().all(|character| character.is_ascii_digit()))
        && has_gap(text)
}

fn has_gap(text: &str) -> bool {
    text.contains("...") || text.contains(['…', '<', '>', '*'])
}

/// Holds an excerpt against the manifest: everything that it shows must be there.
fn compare(
    fence: &CodeBlock,
    manifest: &Manifest,
    path: &str,
    shown: &Node,
    own: &Node,
    found: &mut Vec<Drift>,
) {
    match (&shown.value, &own.value) {
        (Value::Empty, _) => {}
        (Value::Mapping(shown), Value::Mapping(own)) => {
            for entry in shown.own().filter(|entry| !has_gap(&entry.key.value)) {
                let path = format!("{path}.{}", entry.key.value);
                match own.get(&entry.key.value) {
                    Some(value) => compare(fence, manifest, &path, &entry.value, value, found),
                    None => found.push(Drift {
                        span: fence.locate(entry.key.span),
                        message: format!("the manifest has no `{}`", cut(&path)),
                        place: None,
                        label: "not in the manifest",
                        instead: None,
                    }),
                }
            }
        }
        (Value::Sequence(shown), Value::Sequence(own)) => {
            let same_length = shown.items.len() == own.items.len();
            for (index, item) in shown.items.iter().enumerate() {
                if own.items.iter().any(|other| same(item, other)) || item.as_str().is_some_and(has_gap) {
                    continue;
                }
                // In lists of one length the item at the same place is what it was once.
                match own.items.get(index).filter(|_| same_length) {
                    Some(other) => compare(fence, manifest, path, item, other, found),
                    None => found.push(Drift {
                        span: fence.locate(item.span),
                        message: format!("`{}` has no such item", cut(path)),
                        place: None,
                        label: "not in the manifest",
                        instead: None,
                    }),
                }
            }
        }
        (Value::Scalar(left), Value::Scalar(right))
            if left.text.trim() == right.text.trim() || has_gap(&left.text) => {}
        (Value::Scalar(left), Value::Scalar(right)) => {
            let single = |text: &str| !text.contains('\n');
            let written = own.site().slice(&manifest.file.text);
            found.push(Drift {
                span: fence.locate(shown.span),
                message: format!("`{}` is `{}` in the manifest", cut(path), cut(&right.text)),
                place: Some(manifest.place(own.site())),
                label: "changed since",
                instead: (single(&left.text) && single(written)).then(|| written.to_owned()),
            });
        }
        (_, _) => found.push(Drift {
            span: fence.locate(shown.span),
            message: format!("`{}` has another form in the manifest", cut(path)),
            place: Some(manifest.place(own.site())),
            label: "changed since",
            instead: None,
        }),
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

fn diagnostic(page: &Page, drifts: &[Drift]) -> Diagnostic {
    let Some(first) = drifts.first() else { return Diagnostic::new(Place::top(&page.file.path), "") };
    let mut diagnostic = Diagnostic::new(page.file.place(first.span), first.message.clone())
        .label(first.label)
        .subject(format!("excerpt.{}", first.message));
    if let Some(place) = &first.place {
        diagnostic = diagnostic.related(place.clone(), "the manifest says this");
    }
    for drift in drifts.iter().skip(1).take(8) {
        diagnostic = diagnostic.related(page.file.place(drift.span), drift.message.clone());
    }
    let edits: Vec<_> = drifts
        .iter()
        .filter_map(|drift| Some(replace(&page.file.path, drift.span, drift.instead.clone()?)))
        .collect();
    if edits.is_empty() {
        return diagnostic.help("show what is there now, or an owned region, which stays right on its own");
    }
    diagnostic
        .help("`cargo xtask fix --unsafe` copies the values from the manifest")
        .fix(Fix::needs_review("copy the values from the manifest", edits))
}

fn cut(text: &str) -> String {
    let text = text.replace(['`', '\n'], " ");
    if text.chars().count() <= 36 {
        text
    } else {
        format!("{}…", text.chars().take(35).collect::<String>())
    }
}
