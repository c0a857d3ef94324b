//! Whose thing a page speaks of: this repository's, another one's, or one that is gone or yet to come.

use super::Page;
use super::commands::plain_hyphens;
use super::mentions::Mention;
use crate::source::RepoPath;
use crate::source::Span;
use crate::syntax::markdown::{Block, BlockId, BlockKind};
use regex::Regex;
use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};
use std::sync::LazyLock;

/// The repositories that a page may name.
#[derive(Debug, Default)]
pub struct Repositories {
    /// Configured siblings, lower case.
    pub siblings: Vec<String>,
    /// What belongs to this repository, lower case: its name, packages, apps, manifests' names, and what
    /// lies at the top level.
    pub own: BTreeSet<String>,
    /// What was found out about blocks of pages.
    verdicts: RefCell<HashMap<(RepoPath, BlockId), bool>>,
}

/// Whatever can name a repository, siblings apart: most texts hold nothing of the kind.
static TELLING: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let ends: Vec<String> = ENDS.iter().map(|end| end.replace('-', "[-\u{2010}-\u{2013}]")).collect();
    Regex::new(&format!("(?i)repo|репо|\\.git|{}", ends.join("|"))).ok()
});

/// The words of [`GONE`] and [`MADE`], and struck text.
static EXCUSING: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let words: Vec<String> = GONE.iter().chain(&MADE).map(|word| regex::escape(word)).collect();
    Regex::new(&format!("(?i)~~|{}", words.join("|"))).ok()
});

fn may_match(filter: &LazyLock<Option<Regex>>, text: &str) -> bool {
    filter.as_ref().is_none_or(|filter| filter.is_match(text))
}

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
    /// Whether a text names a repository that is not this one.
    pub fn names_other(&self, text: &str) -> bool {
        let telling = may_match(&TELLING, text);
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

/// Whether the line, the list above, the paragraph, the fence or a heading names another repository.
pub fn is_foreign(page: &Page, mention: &Mention, repositories: &Repositories) -> bool {
    let Some(id) = mention.block else { return false };
    let key = (page.file.path.clone(), id);
    if let Some(known) = repositories.verdicts.borrow().get(&key) {
        return *known;
    }
    let verdict = is_foreign_block(page, id, repositories);
    repositories.verdicts.borrow_mut().insert(key, verdict);
    verdict
}

fn is_foreign_block(page: &Page, id: BlockId, repositories: &Repositories) -> bool {
    let markdown = &page.markdown;
    let mut texts: Vec<Span> = Vec::new();
    for block in markdown.ancestors(id) {
        match block.kind {
            BlockKind::Paragraph
            | BlockKind::Row
            | BlockKind::Heading
            | BlockKind::Code
            | BlockKind::Other => {
                texts.push(block.span);
            }
            BlockKind::Item => texts.push(block.lead),
            _ => {}
        }
        if matches!(block.kind, BlockKind::List | BlockKind::Code | BlockKind::Table | BlockKind::Quote) {
            texts.extend(introduction(page, block));
        }
        if block.kind == BlockKind::Table {
            // The head of the column or the row above says whose it is.
            texts.push(first_line(page, block.span));
        }
    }
    texts.extend(markdown.headings_over(id).map(|heading| heading.span));
    texts.iter().any(|span| repositories.names_other(page.slice(*span)))
}

/// The paragraph that announces a block: it ends with a colon.
fn introduction(page: &Page, block: &Block) -> Option<Span> {
    let before = page.markdown.blocks.get(block.previous?)?;
    let announces = before.kind == BlockKind::Paragraph && page.slice(before.span).trim_end().ends_with(':');
    announces.then_some(before.span)
}

fn first_line(page: &Page, span: Span) -> Span {
    let text = page.slice(span);
    Span::new(span.start, span.start + text.find('\n').unwrap_or(text.len()))
}

/// Stems that say, anywhere in a sentence, that something is gone or planned.
const GONE: [&str; 33] = [
    "удалён",
    "удален",
    "удалил",
    "снесл",
    "бывш",
    "раньше",
    "прежн",
    "больше не",
    "больше нет",
    "не существует",
    "уже нет",
    "ещё нет",
    "еще нет",
    "пока нет",
    "запланир",
    "планиру",
    "появится",
    "устарел",
    "переименова",
    "перенес",
    "перенёс",
    "removed",
    "deleted",
    "no longer",
    "not exist",
    "n't exist",
    "formerly",
    "used to",
    "planned",
    "not yet",
    "renamed",
    "obsolete",
    "legacy",
];

/// Words that say, right before a path, that it is to be made.
const MADE: [&str; 18] = [
    "созда",
    "заведи",
    "завести",
    "появ",
    "сгенер",
    "генерир",
    "запиш",
    "сохран",
    "новый файл",
    "create",
    "creating",
    "generate",
    "write",
    "save",
    "new file",
    "mkdir",
    "touch",
    "produces",
];

/// Whether the sentence around a mention says that the thing is gone, planned, or to be made.
pub fn is_excused(page: &Page, mention: &Mention) -> bool {
    let Some(id) = mention.block else { return false };
    let Some(block) = page.markdown.blocks.get(id) else { return false };
    if block.kind == BlockKind::Code {
        return false;
    }
    let within = if block.kind == BlockKind::Item { block.lead } else { block.span };
    let text = page.slice(within);
    if !may_match(&EXCUSING, text) {
        return false;
    }
    let (Some(before), Some(after)) = (
        text.get(..mention.span.start.saturating_sub(within.start)),
        text.get(mention.span.end.saturating_sub(within.start)..),
    ) else {
        return false;
    };
    let start = before.rfind(". ").or_else(|| before.rfind(".\n")).map_or(0, |at| at + 2);
    let end = after.find(". ").or_else(|| after.find(".\n")).unwrap_or(after.len());
    let before = before.get(start..).unwrap_or("").to_lowercase();
    let after = after.get(..end).unwrap_or("").to_lowercase();
    let near: String = before.chars().rev().take(40).collect::<Vec<_>>().into_iter().rev().collect();
    GONE.iter().any(|word| before.contains(word) || after.contains(word))
        || MADE.iter().any(|word| near.contains(word))
        || is_struck(&before, &after)
}

/// `~~text~~`
fn is_struck(before: &str, after: &str) -> bool {
    before.matches("~~").count() % 2 == 1 && after.contains("~~")
}
