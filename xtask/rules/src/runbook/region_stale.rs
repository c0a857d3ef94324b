//! `runbook/region-stale`: an owned region that says something else than the manifests.

use super::crowds;
use crate::diagnostic::{Cause, Diagnostic, Fix, Severity, replace};
use crate::facts::{Facts, Model};
use crate::model::graph::Landscape;
use crate::model::manifest::Manifest;
use crate::model::runbook::compare::{Difference, DifferenceKind, differences};
use crate::model::runbook::regions::{self, Region, RegionKind};
use crate::model::runbook::render::{FactKind, Rendered, Renderer};
use crate::model::runbook::{Language, Page};
use crate::model::serving::{apply_pattern, instance};
use crate::source::{Place, Span};
use crate::{Repair, Rule, Scope, Sink};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

pub static RULE: Rule = Rule {
    id: "runbook/region-stale",
    summary: "an owned region says something else than the manifests",
    severity: Severity::Error,
    fix: Repair::Safe,
    scope: Scope::Tree,
    needs: &[Model::References],
    page: include_str!("region_stale.md"),
    check,
};

/// How many differences of one region are shown.
const MAX_SHOWN: usize = 6;

/// So many lines of a region, beside twice those that it should have, are compared.
const LINES_COMPARED: usize = 200;

fn check(facts: &Facts, sink: &mut Sink<'_>) {
    let pages = || facts.runbooks().pages.iter().filter(|page| !page.regions.is_empty());
    if pages().next().is_none() {
        return;
    }
    if let Some(broken) = facts.manifests().iter().find(|manifest| !manifest.is_sound()) {
        sink.skip(&broken.file.path, "cannot be read as a whole: regions of runbooks are not compared");
        return;
    }
    if facts.manifests().is_empty() {
        for page in pages() {
            sink.skip(&page.file.path, "its regions show an Okteto manifest, and there is none");
        }
        return;
    }
    let landscape = facts.landscape();
    let renderer = Renderer { landscape: &landscape, tree: &facts.tree, config: &facts.config };
    for page in pages() {
        let mut drawings = Drawings::of(&renderer, page, languages(facts, page));
        let found = page.regions.iter().filter_map(|region| compare(facts, &mut drawings, region));
        crowds(found).into_iter().for_each(|diagnostic| sink.report(diagnostic));
    }
}

/// What the regions of a page should say. Each text is made once: a page may repeat a region thousands of times.
struct Drawings<'a> {
    renderer: &'a Renderer<'a>,
    page: &'a Page,
    language: Language,
    other: Option<Language>,
    line_ending: &'static str,
    /// The last heading before the regions asked about so far that stands in none of them, and how many were passed.
    heading: Option<u8>,
    passed: usize,
    texts: BTreeMap<Text<'a>, Option<Rc<Rendered>>>,
}

/// What the text of a region depends on: besides its mark the level of the heading over it, and the language.
type Text<'a> = (RegionKind, Option<&'a str>, Option<u8>, Language);

impl<'a> Drawings<'a> {
    fn of(renderer: &'a Renderer<'a>, page: &'a Page, languages: (Language, Option<Language>)) -> Self {
        let (language, other) = languages;
        let line_ending = page.file.line_ending();
        let (heading, passed, texts) = (None, 0, BTreeMap::new());
        Self { renderer, page, language, other, line_ending, heading, passed, texts }
    }

    /// The text of a region. Regions are asked about in order.
    fn text(&mut self, region: &'a Region, language: Language) -> Option<Rc<Rendered>> {
        let page = self.page;
        let headings = page.markdown.headings.get(self.passed..).unwrap_or_default().iter();
        for heading in headings.take_while(|heading| heading.span.end <= region.open.start) {
            self.passed += 1;
            if !regions::hold(&page.regions, heading.span) {
                self.heading = Some(heading.level);
            }
        }
        let argument = region.argument.as_ref().map(|argument| argument.value.as_str());
        let text = self.texts.entry((region.kind, argument, self.heading, language));
        text.or_insert_with(|| self.renderer.render(page, region, language).map(Rc::new)).clone()
    }
}

/// The language of a page's regions, and another one that is right as well: without configuration, what a
/// page is written in is a guess.
pub(super) fn languages(facts: &Facts, page: &Page) -> (Language, Option<Language>) {
    match facts.config.runbook_language.as_deref() {
        Some("ru") => (Language::Russian, None),
        Some(_) => (Language::English, None),
        None => match page.language() {
            Language::Russian => (Language::Russian, Some(Language::English)),
            Language::English => (Language::English, Some(Language::Russian)),
        },
    }
}

fn compare<'a>(facts: &Facts, drawings: &mut Drawings<'a>, region: &'a Region) -> Option<Diagnostic> {
    let (page, landscape) = (drawings.page, drawings.renderer.landscape);
    let compared = |expected: &Rendered| {
        differences(&page.file.text, telling(&page.file.text, region.content, expected), expected)
    };
    let expected = drawings.text(region, drawings.language)?;
    let found = compared(&expected);
    if found.is_empty() {
        return None;
    }
    if let Some(other) = drawings.other.and_then(|other| drawings.text(region, other))
        && compared(&other).is_empty()
    {
        return None;
    }
    let text = expected.text.replace('\n', drawings.line_ending);
    let diagnostic = diagnostic(facts, page, region, text, &found);
    // That nothing is written yet follows from no slip elsewhere.
    if page.slice(region.content).trim().is_empty() {
        return Some(diagnostic);
    }
    let diagnostic = diagnostic
        .rests_on(found.iter().flat_map(|difference| difference.basis.iter().cloned()))
        .rests_on(sections(facts, &found))
        .rests_on(subjects(facts, landscape, page, region, &found));
    Some(match main_difference(&found) {
        Some(main) => diagnostic.cause(cause(facts, page, &found, main)),
        None => diagnostic,
    })
}

/// The lines of a region that tell how it differs. What is many times as long as it should be does so at its
/// beginning, and the comparison of all its lines would take their square.
fn telling(text: &str, content: Span, expected: &Rendered) -> Span {
    let is_said = |line: &str| {
        let line = line.trim();
        let is_drawn = |character: char| matches!(character, '|' | '-' | ':' | ' ');
        !line.is_empty() && (!line.starts_with('|') || !line.chars().all(is_drawn))
    };
    let mut most = LINES_COMPARED + 2 * expected.text.lines().count();
    let mut end = content.start;
    for line in content.slice(text).split_inclusive('\n') {
        end += line.len();
        most -= usize::from(is_said(line));
        if most == 0 {
            break;
        }
    }
    Span::new(content.start, end)
}

/// The `dev` keys of the manifests that differences come from.
fn sections(facts: &Facts, found: &[Difference]) -> Vec<Place> {
    let holds = |manifest: &&Manifest| {
        found.iter().flat_map(|difference| &difference.basis).any(|place| place.path == manifest.file.path)
    };
    let section = |manifest: &Manifest| {
        let entry = manifest.yaml.root()?.as_mapping()?.entry("dev")?;
        Some(manifest.place(entry.key.span))
    };
    facts.manifests().iter().filter(holds).filter_map(section).collect()
}

/// What lines that differ speak of by name: an app, with the selector by which its Applications are found; where
/// something is gone also these Applications, and dev containers as a whole.
fn subjects(
    facts: &Facts,
    landscape: &Landscape<'_>,
    page: &Page,
    region: &Region,
    found: &[Difference],
) -> Vec<Place> {
    let argument = region.argument.as_ref().map(|argument| argument.value.as_str());
    let mut places = Vec::new();
    for difference in found {
        let line = page.lines(difference.span);
        let names = |name: &str| line.contains(&format!("`{name}`"));
        let is_gone = matches!(difference.kind, DifferenceKind::Extra(_));
        for app in &landscape.apps.all {
            let dev =
                facts.config.dev_pattern.as_ref().and_then(|pattern| apply_pattern(&pattern.value, app));
            if argument != Some(app.name()) && !names(app.name()) && !dev.is_some_and(|dev| names(&dev)) {
                continue;
            }
            let selectors = landscape.of_app(app).filter_map(|entry| Some((entry, instance(entry.dev)?)));
            places.extend(selectors.map(|(entry, selector)| entry.manifest.place(selector.span)));
            if is_gone {
                places.push(app.place.clone());
                let applications = landscape.applications_of(app).into_iter();
                places.extend(applications.map(|application| Place::top(&application.file.path)));
            }
        }
        let devs = landscape.entries.iter().filter(|entry| is_gone && names(&entry.dev.name.value));
        places.extend(devs.map(|entry| entry.manifest.place(entry.dev.name.span.join(entry.dev.node.span))));
    }
    places
}

/// What made a region stale. One change of a manifest shows in several regions.
fn cause(facts: &Facts, page: &Page, found: &[Difference], main: &Difference) -> Arc<Cause> {
    let references = facts.references();
    let word = |difference: &Difference| match &difference.kind {
        DifferenceKind::Changed { found: text, .. } => references.cause_named_in(text),
        DifferenceKind::Extra(_) => references.cause_named_in(page.slice(difference.span)),
        DifferenceKind::Missing(_)
        | DifferenceKind::Doubled
        | DifferenceKind::Moved
        | DifferenceKind::Columns => None,
    };
    // What is gone takes its lines with it; a line that was edited by hand is something else.
    let is_edit = |difference: &&Difference| matches!(difference.kind, DifferenceKind::Changed { .. });
    let named =
        word(main).or_else(|| found.iter().find_map(word).filter(|_| !found.iter().any(|one| is_edit(&one))));
    named.unwrap_or_else(|| {
        let subject = match &main.kind {
            DifferenceKind::Changed { found, expected } => format!("region.{found}.{expected}"),
            DifferenceKind::Extra(_)
            | DifferenceKind::Missing(_)
            | DifferenceKind::Doubled
            | DifferenceKind::Moved => "region.lines".to_owned(),
            DifferenceKind::Columns => "region.columns".to_owned(),
        };
        Arc::new(Cause { subject, title: None, gone: None })
    })
}

/// The difference that a finding is about: what was changed by hand is worth more than what came or went
/// with it.
fn main_difference(found: &[Difference]) -> Option<&Difference> {
    let changed = |difference: &&Difference| {
        matches!(difference.kind, DifferenceKind::Changed { .. }) && difference.origin.is_some()
    };
    found.iter().find(changed).or(found.first())
}

fn diagnostic(facts: &Facts, page: &Page, region: &Region, text: String, found: &[Difference]) -> Diagnostic {
    let label = region.label();
    let title = format!("rewrite region `{label}`");
    let fix = Fix::safe(title, vec![replace(&page.file.path, region.content, text)]);
    let is_empty = page.slice(region.content).trim().is_empty();
    let help = if is_empty {
        "`cargo xtask fix` writes it (safe fix)"
    } else {
        "`cargo xtask fix` rewrites it (safe fix)"
    };
    let subject = format!("region.{label}");
    let Some(first) = main_difference(found).filter(|_| !is_empty) else {
        return Diagnostic::new(page.file.place(region.open), format!("region `{label}` is empty"))
            .label("the manifests have something to say here")
            .help(help)
            .subject(subject)
            .fix(fix);
    };
    let mut diagnostic = Diagnostic::new(page.file.place(first.span), sentence(facts, &label, first))
        .label(reason(first))
        .help(help)
        .subject(subject)
        .fix(fix);
    if let Some(origin) = &first.origin {
        let is_port = origin.kind != FactKind::Other;
        diagnostic =
            diagnostic.related(origin.place.clone(), if is_port { "forwarded here" } else { "written here" });
    }
    let rest: Vec<&Difference> = found.iter().filter(|other| !std::ptr::eq(*other, first)).collect();
    for other in rest.iter().take(MAX_SHOWN) {
        diagnostic = diagnostic.related(page.file.place(other.span), short(other, first));
    }
    if rest.len() > MAX_SHOWN {
        diagnostic = diagnostic.why(format!("{} more differences in this region", rest.len() - MAX_SHOWN));
    }
    diagnostic
}

fn sentence(facts: &Facts, label: &str, difference: &Difference) -> String {
    let source = difference.origin.as_ref().map_or("the manifest", |origin| source(facts, &origin.place));
    match &difference.kind {
        DifferenceKind::Changed { found, expected } => {
            let port = difference.origin.as_ref().is_some_and(|origin| origin.kind != FactKind::Other);
            if port {
                return format!("region `{label}` says {found}, the manifest forwards {expected}");
            }
            match cut_apart(found, expected) {
                (found, expected) if found == expected => {
                    format!("region `{label}` writes `{found}` in another way than it should")
                }
                (found, expected) => {
                    format!("region `{label}` says `{found}`, {source} says `{expected}`")
                }
            }
        }
        DifferenceKind::Extra(text) => format!("region `{label}` still has `{}`, which is gone", cut(text)),
        DifferenceKind::Missing(text) => format!("region `{label}` lacks `{}`", cut(text)),
        DifferenceKind::Doubled => format!("region `{label}` has this line once too often"),
        DifferenceKind::Moved => format!("region `{label}` has its lines in another order than it should"),
        DifferenceKind::Columns => format!("region `{label}` has other columns than it should"),
    }
}

/// What the file is called in a sentence.
fn source(facts: &Facts, place: &Place) -> &'static str {
    let name = place.path.file_name();
    if facts.manifests().iter().any(|manifest| manifest.file.path == place.path) {
        "the manifest"
    } else if name == "package.json" {
        "package.json"
    } else if name == ".stignore" {
        "`.stignore`"
    } else if facts.config.file.as_ref().is_some_and(|file| file.path == place.path) {
        "the configuration"
    } else if name.ends_with(".yaml") || name.ends_with(".yml") {
        "the Application"
    } else {
        "the Dockerfile"
    }
}

fn reason(difference: &Difference) -> String {
    match (&difference.kind, difference.origin.as_ref().map(|origin| origin.kind)) {
        (DifferenceKind::Changed { .. }, Some(FactKind::LocalPort)) => "nothing listens here".to_owned(),
        (DifferenceKind::Changed { .. }, Some(FactKind::RemotePort)) => {
            "nothing is forwarded to here".to_owned()
        }
        (DifferenceKind::Changed { .. }, _) => "edited by hand, or left behind".to_owned(),
        (DifferenceKind::Extra(_), _) => "no manifest says so".to_owned(),
        (DifferenceKind::Missing(_), _) => "it belongs here".to_owned(),
        (DifferenceKind::Doubled, _) => "the same line stands in the region already".to_owned(),
        (DifferenceKind::Moved, _) => "this line belongs to another place".to_owned(),
        (DifferenceKind::Columns, _) => "edited by hand, or written by another version".to_owned(),
    }
}

/// What another difference of the region says, beside the one that is told as `first`.
fn short(difference: &Difference, first: &Difference) -> String {
    match (&difference.kind, &first.kind) {
        (DifferenceKind::Changed { found, expected }, _) => {
            format!("`{}` now", cut_apart(found, expected).1)
        }
        (DifferenceKind::Extra(_) | DifferenceKind::Columns, _) => "gone".to_owned(),
        (DifferenceKind::Missing(text), DifferenceKind::Extra(other)) => {
            format!("`{}` is missing here", cut_apart(other, text).1)
        }
        (DifferenceKind::Missing(text), _) => format!("`{}` is missing here", cut(text)),
        (DifferenceKind::Doubled, _) => "once too often".to_owned(),
        (DifferenceKind::Moved, _) => "in another order".to_owned(),
    }
}

/// So many characters of a text are shown.
const SHOWN: usize = 34;

/// So many characters of what two long texts share are shown in front of what differs.
const SHARED: usize = 12;

fn cut(text: &str) -> String {
    cut_from(&text.replace('`', ""), 0)
}

/// Two texts that differ, cut so that the first difference shows.
fn cut_apart(left: &str, right: &str) -> (String, String) {
    let (left, right) = (left.replace('`', ""), right.replace('`', ""));
    let shared = left.chars().zip(right.chars()).take_while(|(left, right)| left == right).count();
    let is_short = |text: &str| text.chars().count() <= SHOWN;
    let shows = |text: &str| is_short(text) || shared + SHARED < SHOWN;
    if shows(&left) && shows(&right) {
        return (cut_from(&left, 0), cut_from(&right, 0));
    }
    // From the beginning of a word, if one begins near enough.
    let is_bound = |character: char| !character.is_alphanumeric();
    let near = left.chars().enumerate().take(shared).skip(shared.saturating_sub(SHARED));
    let word = near.filter(|(_, character)| is_bound(*character)).map(|(index, _)| index + 1).next();
    let from = word.unwrap_or(shared.saturating_sub(SHARED));
    (cut_from(&left, from), cut_from(&right, from))
}

/// The text from a character on, with dots where something is left out.
fn cut_from(text: &str, from: usize) -> String {
    let front = if from > 0 { "…" } else { "" };
    let rest: String = text.chars().skip(from).collect();
    if front.chars().count() + rest.chars().count() <= SHOWN {
        return format!("{front}{rest}");
    }
    format!("{front}{}…", rest.chars().take(SHOWN - 1).collect::<String>())
}
