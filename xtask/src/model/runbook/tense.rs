//! Whether a sentence speaks of what is there now: not of what is gone, planned, to be made, or what once
//! happened.

use super::Page;
use crate::source::Span;
use crate::syntax::markdown::{BlockId, BlockKind};
use regex::Regex;
use std::sync::LazyLock;

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

/// Stems in headings over records: their sections tell what was.
const RECORDS: [&str; 13] = [
    "инцидент",
    "постмортем",
    "разбор полётов",
    "журнал изменений",
    "хронология",
    "история изменений",
    "incident",
    "postmortem",
    "post-mortem",
    "changelog",
    "timeline",
    "retrospective",
    "release notes",
];

/// Any of [`GONE`] and [`MADE`], and struck text: most texts hold nothing of the kind.
static EXCUSE: LazyLock<Option<Regex>> = LazyLock::new(|| any_of(GONE.iter().chain(&MADE), "~~"));

/// Any of [`RECORDS`], and dates.
static RECORD: LazyLock<Option<Regex>> = LazyLock::new(|| any_of(RECORDS.iter(), DATE));

/// `2026-03-14`, `14.03.2026`, with whatever hyphens.
const DATE: &str = "\\b(?:20[0-9]{2}[-\u{2010}-\u{2013}./][0-9]{1,2}[-\u{2010}-\u{2013}./][0-9]{1,2}|[0-9]{1,2}[./][0-9]{1,2}[./]20[0-9]{2})\\b";

fn any_of<'a>(words: impl Iterator<Item = &'a &'a str>, pattern: &str) -> Option<Regex> {
    let words: Vec<String> = words.map(|word| regex::escape(word)).collect();
    Regex::new(&format!("(?i){pattern}|{}", words.join("|"))).ok()
}

fn may_match(filter: &LazyLock<Option<Regex>>, text: &str) -> bool {
    filter.as_ref().is_none_or(|filter| filter.is_match(text))
}

/// The text in which a block may say that something is gone; `None` when it says nothing of the kind.
pub fn excusing_text(page: &Page, id: BlockId) -> Option<Span> {
    let block = page.markdown.blocks.get(id).filter(|block| block.kind != BlockKind::Code)?;
    let text = match block.kind {
        BlockKind::Item => block.lead,
        // Another cell of the row may say it.
        BlockKind::Cell => page.markdown.blocks.get(block.parent?)?.span,
        _ => block.span,
    };
    may_match(&EXCUSE, page.slice(text)).then_some(text)
}

/// Whether the sentence around `mention` says that the thing is gone, planned, or to be made. `within` is what
/// [`excusing_text`] gave.
pub fn is_excused(page: &Page, mention: Span, within: Span) -> bool {
    let text = page.slice(within);
    let (Some(before), Some(after)) = (
        text.get(..mention.start.saturating_sub(within.start)),
        text.get(mention.end.saturating_sub(within.start)..),
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

/// Whether a block is part of a record of the past: under a heading that says so or bears a date, or a line
/// that begins with a date.
pub fn is_record(page: &Page, id: BlockId) -> bool {
    let dated = |span: Span| {
        let text = page.slice(span).trim_start_matches(['-', '*', '+', '|', ' ', '`', '>', '[', '(']);
        let begin = text.get(..text.floor_char_boundary(16)).unwrap_or(text);
        begin.starts_with(|first: char| first.is_ascii_digit()) && may_match(&RECORD, begin)
    };
    let line = |kind| matches!(kind, BlockKind::Item | BlockKind::Row | BlockKind::Paragraph);
    page.markdown.headings_over(id).any(|heading| may_match(&RECORD, &heading.text))
        || page.markdown.ancestors(id).any(|block| line(block.kind) && dated(block.span))
}
