//! Whose thing a page speaks of: this repository's, or another one's.

use super::Page;
use super::commands::plain_hyphens;
use crate::config::Config;
use crate::model::manifest::Manifest;
use crate::model::workspace::Workspace;
use crate::snapshot::Snapshot;
use crate::source::{RepoPath, Span};
use crate::syntax::markdown::{Block, BlockKind};
use regex::Regex;
use std::collections::BTreeSet;
use std::sync::LazyLock;

/// The repositories that a page may name.
#[derive(Debug, Default)]
pub struct Repositories {
    /// Configured siblings, lower case.
    pub siblings: Vec<String>,
    /// What belongs to this repository, lower case: its name, packages, apps, manifests' names, and what
    /// lies at the top level.
    pub own: BTreeSet<String>,
}

/// Whatever can name a repository, siblings apart: most texts hold nothing of the kind.
static TELLING: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let ends: Vec<String> = ENDS.iter().map(|end| end.replace('-', "[-\u{2010}-\u{2013}]")).collect();
    Regex::new(&format!("(?i)repo|репо|\\.git|git(?:hub|lab)[.a-z]*/|{}", ends.join("|"))).ok()
});

/// Words before "repository" that name none.
const KINDS: [&str; 12] = [
    "platform",
    "infra",
    "infrastructure",
    "gitops",
    "ops",
    "deployment",
    "deployments",
    "charts",
    "cluster",
    "terraform",
    "ansible",
    "sibling",
];

/// Ends of names that repositories beside an application's have.
const ENDS: [&str; 13] = [
    "-platform",
    "-infra",
    "-infrastructure",
    "-gitops",
    "-deployments",
    "-charts",
    "-ops",
    "-terraform",
    "-ansible",
    "-manifests",
    "-cluster",
    "-clusters",
    "-repo",
];

/// Beginnings of words for another one.
const OTHERS: [&str; 12] = [
    "друг",
    "соседн",
    "чуж",
    "отдельн",
    "another",
    "other",
    "sibling",
    "separate",
    "different",
    "second",
    "foreign",
    "upstream",
];

impl Repositories {
    /// The names by which pages may speak of this repository and of its siblings.
    pub fn of(tree: &Snapshot, config: &Config, workspace: &Workspace, manifests: &[Manifest]) -> Self {
        let siblings = config.repositories.keys().map(|name| name.to_lowercase()).collect();
        let mut repositories = Self { siblings, own: BTreeSet::new() };
        let mut own = |name: &str| {
            repositories.own.insert(name.to_lowercase());
        };
        for package in workspace.root.iter().chain(&workspace.members) {
            package.name.iter().for_each(|name| own(&name.value));
            package.unscoped_name().into_iter().for_each(&mut own);
            own(package.folder.file_name());
        }
        for manifest in manifests {
            manifest.name.iter().for_each(|name| own(&name.value));
            manifest.devs.iter().for_each(|dev| own(&dev.name.value));
            manifest.builds.iter().for_each(|build| own(&build.name.value));
            manifest.tests.iter().for_each(|test| own(&test.name.value));
        }
        tree.children(&RepoPath::root()).iter().for_each(|(name, _)| own(name));
        repositories
    }

    /// Whether a text names a repository that is not this one.
    pub fn names_other(&self, text: &str) -> bool {
        let telling = TELLING.as_ref().is_none_or(|filter| filter.is_match(text));
        if self.siblings.is_empty() && !telling {
            return false;
        }
        let text = plain_hyphens(&text.to_lowercase());
        if !telling && !self.siblings.iter().any(|name| text.contains(name.as_str())) {
            return false;
        }
        let words: Vec<&str> = text
            .split(|character: char| {
                !(character.is_alphanumeric() || matches!(character, '-' | '_' | '.' | '/' | '@'))
            })
            .map(|word| word.trim_matches(['.', '-', '/']))
            .filter(|word| !word.is_empty())
            .collect();
        let is_sibling = |word: &str| {
            let mut parts = word.split('/');
            parts.any(|part| self.siblings.iter().any(|name| name == part || part == format!("{name}.git")))
        };
        words.iter().enumerate().any(|(at, word)| {
            is_sibling(word)
                || self.looks_like_other(word)
                || self.is_cloned(word)
                || self.is_hosted(word)
                || self.compound(word)
                || (is_repository(word) && self.has_other_neighbour(&words, at))
        })
    }

    /// `synestra-platform`, `synestra-platform/apps/x.yaml`: named like the repositories beside this one.
    fn looks_like_other(&self, word: &str) -> bool {
        let name = word.split('/').next().unwrap_or(word);
        ENDS.iter().any(|end| name.ends_with(end) && name.len() > end.len())
            && !self.own.contains(name)
            && name.chars().all(|character| character.is_ascii_alphanumeric() || character == '-')
    }

    /// `github.com/okteto/okteto/blob/main/schema.json`: the address of another project.
    fn is_hosted(&self, word: &str) -> bool {
        let mut parts =
            word.split('/').skip_while(|part| !(part.starts_with("github.") || part.starts_with("gitlab.")));
        let name = parts.nth(2).map(|name| name.strip_suffix(".git").unwrap_or(name));
        name.is_some_and(|name| !name.is_empty() && !self.own.contains(name))
    }

    /// The last part of a clone URL.
    fn is_cloned(&self, word: &str) -> bool {
        let name = word.rsplit('/').next().unwrap_or(word);
        word.contains('/')
            && name.strip_suffix(".git").is_some_and(|name| !name.is_empty() && !self.own.contains(name))
    }

    /// `platform-репозитория`, `platform-repo`.
    fn compound(&self, word: &str) -> bool {
        word.rsplit_once('-').is_some_and(|(name, last)| {
            is_repository(last)
                && name.is_ascii()
                && !self.own.contains(name)
                && !matches!(name, "mono" | "git" | "web")
        })
    }

    fn has_other_neighbour(&self, words: &[&str], at: usize) -> bool {
        let word = |index: Option<usize>| index.and_then(|index| words.get(index)).copied().unwrap_or("");
        let (before, earlier, after) = (word(at.checked_sub(1)), word(at.checked_sub(2)), word(Some(at + 1)));
        if [before, earlier].iter().any(|word| OTHERS.iter().any(|other| word.starts_with(other))) {
            return true;
        }
        let is_name = |word: &str| {
            word.contains('-')
                && word.starts_with(|first: char| first.is_ascii_lowercase())
                && word
                    .chars()
                    .all(|character| character.is_ascii_alphanumeric() || matches!(character, '-' | '_'))
                && !self.own.contains(word)
        };
        let russian = word(Some(at)).starts_with("репо");
        KINDS.contains(&before) || is_name(before) || is_name(after) || (russian && KINDS.contains(&after))
    }
}

fn is_repository(word: &str) -> bool {
    word.starts_with("репозитор") || matches!(word, "repo" | "repos" | "repository" | "repositories" | "репо")
}

/// Whether the line, paragraph or fence itself names another repository, or what announces it does.
pub fn is_foreign(page: &Page, block: &Block, repositories: &Repositories) -> bool {
    let names_other = |span: Span| repositories.names_other(page.slice(span));
    let own = match block.kind {
        BlockKind::Paragraph | BlockKind::Row | BlockKind::Heading | BlockKind::Code | BlockKind::Other => {
            Some(block.span)
        }
        BlockKind::Item => Some(block.lead),
        // The head of the column says whose it is.
        BlockKind::Table => Some(first_line(page, block.span)),
        BlockKind::List | BlockKind::Quote | BlockKind::Cell | BlockKind::Html => None,
    };
    own.is_some_and(names_other) || introduction(page, block).is_some_and(names_other)
}

/// The paragraph that announces a list, fence, table or quote: it ends with a colon.
fn introduction(page: &Page, block: &Block) -> Option<Span> {
    let announced =
        matches!(block.kind, BlockKind::List | BlockKind::Code | BlockKind::Table | BlockKind::Quote);
    let before = page.markdown.blocks.get(block.previous.filter(|_| announced)?)?;
    let announces = before.kind == BlockKind::Paragraph && page.slice(before.span).trim_end().ends_with(':');
    announces.then_some(before.span)
}

fn first_line(page: &Page, span: Span) -> Span {
    let text = page.slice(span);
    Span::new(span.start, span.start + text.find('\n').unwrap_or(text.len()))
}
