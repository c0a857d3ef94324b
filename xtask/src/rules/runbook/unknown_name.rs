//! `runbook/unknown-name`: a command names a dev container, build or test that no manifest has.

use super::orphan_section::{Known, orphans};
use super::{group, is_silent, repositories, with_places};
use crate::diagnostic::{Diagnostic, Fix, Severity, replace};
use crate::facts::{Facts, Model};
use crate::model::manifest::names::{build_variable, sanitise};
use crate::model::runbook::commands::{OktetoCall, plain_hyphens};
use crate::model::runbook::mentions::{Mention, What};
use crate::model::runbook::names::Names;
use crate::model::runbook::regions::RegionKind;
use crate::model::runbook::{Page, PageKind};
use crate::rules::{Repair, Rule, Scope, Sink};
use crate::source::{Place, RepoPath, Span, Spanned};
use crate::suggest::closest;
use crate::syntax::markdown::{BlockId, BlockKind};
use std::collections::{BTreeMap, BTreeSet};

pub static RULE: Rule = Rule {
    id: "runbook/unknown-name",
    summary: "a command names a dev container, build or test that no manifest has",
    severity: Severity::Warning,
    fix: Repair::Sometimes,
    scope: Scope::Tree,
    needs: &[Model::Serving, Model::Runbooks],
    page: include_str!("unknown_name.md"),
    check,
};

/// What a name behind a verb must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Dev,
    Build,
    Test,
    /// The name in `OKTETO_BUILD_<NAME>_IMAGE`.
    Variable,
    /// An app, on its own.
    App,
}

impl Kind {
    const fn word(self) -> &'static str {
        match self {
            Self::Dev => "dev container",
            Self::Build | Self::Variable => "build",
            Self::Test => "test",
            Self::App => "app",
        }
    }
}

/// Names that certainly were a dev container's or an app's once: owned regions still show them, or they are
/// made by the configured pattern.
struct Gone {
    devs: BTreeSet<String>,
    apps: BTreeSet<String>,
    pattern: Option<(String, String)>,
    planned: BTreeSet<String>,
    known: BTreeSet<String>,
}

impl Gone {
    fn of(facts: &Facts, names: &Names) -> Self {
        let pattern = facts.config.dev_pattern.as_ref().and_then(|pattern| pattern.value.split_once("{app}"));
        let mut known: BTreeSet<String> =
            names.devs.keys().chain(names.builds.keys()).chain(names.tests.keys()).cloned().collect();
        let apps = facts
            .apps()
            .all
            .iter()
            .flat_map(|app| std::iter::once(app.name().to_owned()).chain(app.package.clone()));
        known.extend(apps);
        let parents: BTreeSet<RepoPath> =
            facts.apps().all.iter().filter_map(|app| app.folder.parent()).collect();
        // A folder among the apps that cannot be served is an app to come.
        let planned =
            parents.iter().flat_map(|folder| facts.tree.children(folder)).map(|(name, _)| name).collect();
        let mut gone = Self {
            devs: BTreeSet::new(),
            apps: BTreeSet::new(),
            pattern: pattern.map(|(before, after)| (before.to_owned(), after.to_owned())),
            planned,
            known,
        };
        for page in &facts.runbooks().pages {
            gone.learn(page);
        }
        gone
    }

    /// Takes the names from the owned regions of a page.
    fn learn(&mut self, page: &Page) {
        for region in &page.regions {
            let dev_column = match region.kind {
                RegionKind::App => {
                    let name = region.argument.iter().map(|argument| argument.value.clone());
                    self.apps.extend(name.filter(|name| !self.known.contains(name)));
                    continue;
                }
                RegionKind::Ports => 1,
                RegionKind::DevContainers => 2,
                _ => continue,
            };
            let shown = page.markdown.code_spans.iter().filter(|span| region.content.contains(span.span));
            for span in shown.filter(|span| is_name(&span.text) && !self.known.contains(&span.text)) {
                match column(page, span.block) {
                    Some(0) => self.apps.insert(span.text.clone()),
                    Some(column) if column == dev_column => self.devs.insert(span.text.clone()),
                    _ => continue,
                };
            }
        }
    }

    /// Code spans of a page that are nothing but such a name, outside of owned regions.
    fn uses(&self, page: &Page) -> Vec<(Kind, Spanned<String>)> {
        let spans =
            page.markdown.code_spans.iter().filter(|span| {
                span.exact && !page.regions.iter().any(|region| region.whole.contains(span.span))
            });
        spans
            .filter_map(|span| Some((self.kind(&span.text)?, Spanned::new(span.text.clone(), span.span))))
            .collect()
    }

    fn kind(&self, name: &str) -> Option<Kind> {
        if self.known.contains(name) || !is_name(name) {
            return None;
        }
        let app = self
            .pattern
            .as_ref()
            .and_then(|(before, after)| name.strip_prefix(before.as_str())?.strip_suffix(after.as_str()));
        let by_pattern = app
            .is_some_and(|app| !app.is_empty() && !self.planned.contains(app) && !self.known.contains(app))
            && self.pattern.as_ref().is_some_and(|(before, after)| before.len() + after.len() >= 4);
        if by_pattern || self.devs.contains(name) {
            return Some(Kind::Dev);
        }
        (self.apps.contains(name) && !self.planned.contains(name)).then_some(Kind::App)
    }
}

/// The column of a table that a cell stands in.
fn column(page: &Page, block: BlockId) -> Option<usize> {
    let blocks = &page.markdown.blocks;
    let cell = blocks.get(block).filter(|block| block.kind == BlockKind::Cell)?;
    Some(std::iter::successors(cell.previous, |before| blocks.get(*before)?.previous).count())
}

/// The innermost block around some characters.
fn block_of(page: &Page, span: Span) -> Option<usize> {
    page.markdown.blocks.iter().rposition(|block| block.span.contains(span))
}

/// One use of an unknown name.
struct Use {
    span: Span,
    verb: String,
}

fn check(facts: &Facts, sink: &mut Sink<'_>) {
    if facts.manifests().is_empty() {
        return;
    }
    let names = Names::collect(&facts.tree, facts.manifests());
    if !names.is_complete {
        for manifest in facts.manifests().iter().filter(|manifest| !manifest.is_sound()) {
            sink.skip(&manifest.file.path, "cannot be read as a whole: names in runbooks are not checked");
        }
        return;
    }
    let repositories = repositories(facts);
    let known = Known::of(facts);
    let gone = Gone::of(facts, &names);
    for page in &facts.runbooks().pages {
        let mut groups: Vec<((Kind, String), Vec<Use>)> = Vec::new();
        // A section about a name that is gone is one finding, of `runbook/orphan-section`.
        let orphans = match &known {
            Some(known) if page.kind == PageKind::Runbook => orphans(page, known, &repositories),
            _ => Vec::new(),
        };
        for mention in &page.mentions {
            let found = match &mention.what {
                What::Okteto(call) => unknown_operands(call, &names),
                What::Variable(name) if !is_stand_in_variable(name) && !names.has_variable(name) => {
                    vec![(Kind::Variable, Spanned::new(name.clone(), mention.span))]
                }
                _ => continue,
            };
            if found.is_empty() || is_silent(page, mention, &repositories) {
                continue;
            }
            for (kind, name) in found {
                if orphans
                    .iter()
                    .any(|orphan| orphan.name.value == name.value && orphan.span.contains(name.span))
                {
                    continue;
                }
                let verb = match &mention.what {
                    What::Okteto(call) => call.verb.clone(),
                    _ => String::new(),
                };
                group(&mut groups, (kind, name.value), Use { span: name.span, verb });
            }
        }
        for (kind, name) in gone.uses(page) {
            let span = name.span;
            let mention = Mention { what: What::Host(String::new()), span, block: block_of(page, span) };
            let owned = orphans.iter().any(|orphan| orphan.span.contains(span));
            if !owned && !is_silent(page, &mention, &repositories) {
                group(&mut groups, (kind, name.value), Use { span, verb: String::new() });
            }
        }
        for ((kind, name), mut uses) in groups {
            uses.sort_by_key(|name| name.span);
            uses.dedup_by_key(|name| name.span);
            sink.report(diagnostic(facts, page, kind, &name, &uses, &names));
        }
    }
}

fn kind_of(verb: &str) -> Option<Kind> {
    match verb {
        "up" | "down" | "exec" | "status" | "doctor" | "restart" | "logs" => Some(Kind::Dev),
        "build" => Some(Kind::Build),
        "test" => Some(Kind::Test),
        _ => None,
    }
}

/// The operands of a call that name nothing.
fn unknown_operands(call: &OktetoCall, names: &Names) -> Vec<(Kind, Spanned<String>)> {
    let Some(kind) = kind_of(&call.verb) else { return Vec::new() };
    // `-f` of a manifest elsewhere, or of a Dockerfile: its names are not known here.
    if call.file.as_ref().is_some_and(|file| !file.value.ends_with(".yml") && !file.value.ends_with(".yaml"))
    {
        return Vec::new();
    }
    let known = known_names(kind, names);
    let is_known = |name: &str| {
        let name = sanitise(&plain_hyphens(name));
        // `okteto logs` takes a pattern for the names of all components.
        known.contains_key(&name) || (call.verb == "logs" && known.keys().any(|known| known.contains(&name)))
    };
    let operands = match kind {
        // These take one name; more words than that are prose.
        Kind::Dev if call.verb != "exec" && (call.operands.len() > 1 || call.unknown) => return Vec::new(),
        Kind::Dev => call.operands.get(..1).unwrap_or_default(),
        _ if call.operands.len() > 1 && !call.operands.iter().any(|operand| is_known(&operand.value)) => {
            return Vec::new();
        }
        _ => call.operands.as_slice(),
    };
    let unknown = operands.iter().filter(|operand| is_name(&operand.value) && !is_known(&operand.value));
    // `okteto logs` also shows workloads that no manifest names: only a slip is certain there.
    let certain = |name: &&Spanned<String>| {
        call.verb != "logs" || closest(&name.value, known.keys().map(String::as_str)).is_some()
    };
    unknown.filter(certain).map(|name| (kind, name.clone())).collect()
}

fn known_names(kind: Kind, names: &Names) -> &BTreeMap<String, Place> {
    match kind {
        Kind::Dev | Kind::App => &names.devs,
        Kind::Build | Kind::Variable => &names.builds,
        Kind::Test => &names.tests,
    }
}

/// Whether a word is a name, and none that stands for any.
fn is_name(word: &str) -> bool {
    let word = plain_hyphens(word);
    let formed = word.chars().all(|character| {
        character.is_ascii_lowercase() || character.is_ascii_digit() || matches!(character, '-' | '_')
    });
    let stands_in = matches!(
        word.as_str(),
        "name"
            | "app"
            | "app-name"
            | "my-app"
            | "myapp"
            | "service"
            | "svc"
            | "foo"
            | "bar"
            | "example"
            | "x"
            | "dev-name"
            | "and"
            | "or"
    );
    formed
        && !stands_in
        && word.starts_with(|first: char| first.is_ascii_alphanumeric())
        && !word.ends_with('-')
}

fn is_stand_in_variable(name: &str) -> bool {
    matches!(
        name,
        "NAME" | "APP" | "SERVICE" | "BUILD" | "X" | "XXX" | "FOO" | "BAR" | "MY_APP" | "EXAMPLE" | "N"
    )
}

/// The name that was probably meant, with its place.
fn meant<'a>(facts: &Facts, kind: Kind, name: &str, names: &'a Names) -> Option<(String, &'a Place, bool)> {
    let known = known_names(kind, names);
    if kind == Kind::Variable {
        let variables: Vec<(String, &Place)> =
            known.iter().map(|(name, place)| (build_variable(name), place)).collect();
        let near = closest(name, variables.iter().map(|(name, _)| name.as_str()))?;
        let (_, place) = variables.iter().find(|(known, _)| known == near)?;
        return Some((near.to_owned(), place, is_slip(name, near)));
    }
    let plain = sanitise(&plain_hyphens(name));
    if let Some(near) = closest(&plain, known.keys().map(String::as_str)) {
        return Some((near.to_owned(), known.get(near)?, is_slip(&plain, near)));
    }
    if kind == Kind::Dev {
        // The app instead of the dev container that serves it.
        let app = facts
            .apps()
            .all
            .iter()
            .find(|app| app.name() == plain || app.package.as_deref() == Some(&plain))?;
        let mut serving = facts.serving().of(&app.folder).filter(|session| session.alias_of.is_none());
        let (session, None) = (serving.next()?, serving.next()) else { return None };
        let dev = facts.manifests().get(session.manifest)?.devs.get(session.dev)?;
        let dev = sanitise(&dev.name.value);
        return known.get(&dev).map(|place| (dev.clone(), place, true));
    }
    None
}

/// Whether two names differ so little that nothing else can be meant: by case, `-` and `_`, the order of
/// their parts, or one letter of many.
fn is_slip(name: &str, near: &str) -> bool {
    let parts = |text: &str| {
        let mut parts: Vec<String> = text.split(['-', '_']).map(str::to_lowercase).collect();
        parts.sort_unstable();
        parts
    };
    let joined = |text: &str| text.replace(['-', '_'], "").to_lowercase();
    let long = name.chars().count() >= 8;
    parts(name) == parts(near)
        || joined(name) == joined(near)
        || (long && name.len().abs_diff(near.len()) <= 1 && differ_once(name, near))
}

/// Whether one insertion, deletion or substitution of a letter separates two names; digits count as parts of
/// names (`web-1` and `web-2`).
fn differ_once(left: &str, right: &str) -> bool {
    let prefix = left.chars().zip(right.chars()).take_while(|(left, right)| left == right).count();
    let rest = |text: &str| text.chars().skip(prefix).collect::<Vec<char>>();
    let (left, right) = (rest(left), rest(right));
    let suffix = left.iter().rev().zip(right.iter().rev()).take_while(|(left, right)| left == right).count();
    let changed =
        |text: &[char]| text.iter().take(text.len().saturating_sub(suffix)).copied().collect::<Vec<char>>();
    let (left, right) = (changed(&left), changed(&right));
    left.len() <= 1
        && right.len() <= 1
        && !left.iter().chain(&right).any(|character| character.is_ascii_digit())
}

fn diagnostic(facts: &Facts, page: &Page, kind: Kind, name: &str, uses: &[Use], names: &Names) -> Diagnostic {
    let spans: Vec<Span> = uses.iter().map(|name| name.span).collect();
    let first = spans.first().copied().unwrap_or_default();
    let title = match kind {
        Kind::Variable => format!("no manifest has a build for `{}`", page.slice(first)),
        Kind::App => format!("there is no app `{name}`"),
        _ => format!("no manifest has a {} `{name}`", kind.word()),
    };
    let mut diagnostic = Diagnostic::new(page.file.place(first), title)
        .label(label(kind, uses))
        .subject(format!("{}.{name}", if kind == Kind::Dev { "dev" } else { kind.word() }));
    diagnostic = with_places(diagnostic, page, spans.get(1..).unwrap_or_default());
    if kind == Kind::App {
        return diagnostic.help("delete what speaks of it");
    }
    match meant(facts, kind, name, names) {
        Some((near, place, certain)) => {
            let hint = if certain { "did you mean this one? (safe fix)" } else { "did you mean this one?" };
            let title = format!("replace `{name}` by `{near}`");
            let edits = spans
                .iter()
                .map(|span| {
                    let text = page.slice(*span).replacen(name, &near, 1);
                    replace(&page.file.path, *span, if text.contains(&near) { text } else { near.clone() })
                })
                .collect();
            diagnostic = diagnostic.related(place.clone(), hint);
            if certain {
                return diagnostic.fix(Fix::safe(title, edits));
            }
            let help = format!("`cargo xtask fix --unsafe` puts `{near}` there");
            diagnostic.help(help).fix(Fix::needs_review(title, edits))
        }
        None => diagnostic.help(help(kind, names)),
    }
}

fn label(kind: Kind, uses: &[Use]) -> String {
    match (kind, uses.first()) {
        (Kind::Variable, _) | (_, None) => "nothing sets this variable".to_owned(),
        (_, Some(first)) if first.verb.is_empty() => "it is gone".to_owned(),
        (Kind::Dev, Some(first)) if first.verb == "up" => "the first session ends here".to_owned(),
        (_, Some(first)) => format!("`okteto {}` ends here", first.verb),
    }
}

fn help(kind: Kind, names: &Names) -> String {
    let known: Vec<String> = known_names(kind, names).keys().map(|name| format!("`{name}`")).collect();
    match known.len() {
        0 => format!("delete the command: there is no {} at all", kind.word()),
        1..=5 => format!("name {}, or delete what speaks of it", known.join(" or ")),
        count => format!("name one of the {count} {}s, or delete what speaks of it", kind.word()),
    }
}
