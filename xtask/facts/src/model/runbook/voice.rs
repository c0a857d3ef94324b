//! Whether what a page says in some place is a claim about this repository as it is now.

use super::session::Sessions;
use super::whose::{self, Repositories};
use super::{Page, tense};
use crate::source::Span;
use crate::syntax::markdown::BlockId;
use regex::Regex;
use std::cell::OnceCell;
use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

/// Answers for one page; what was found out about a block or heading is kept.
#[derive(Debug)]
pub struct Voice<'a> {
    page: &'a Page,
    repositories: &'a Repositories,
    sessions: Sessions,
    /// Whether all of the page is a record: that of a decision.
    is_record: bool,
    blocks: HashMap<BlockId, Context>,
    headings: HashMap<usize, Context>,
    /// Where a block may say that something is gone or to come.
    excusing: HashMap<BlockId, Option<Span>>,
    /// Names that the page makes up for an example, once somebody asked.
    made_up: OnceCell<HashSet<&'a str>>,
}

/// What stands before the name of something that does not exist: it is made up for an example, or about to be made.
static INTRODUCES: LazyLock<Option<Regex>> = LazyLock::new(|| {
    // Bounds of words as letters around them: the bound of Unicode is searched for many times slower.
    let words = "(?:example|for instance|e\\.g\\.|suppose|imagine|assume|let's say|say,|new|например|пример|к примеру|допустим|предположим|представ|пусть|возьм[её]м|нов(?:ый|ое|ая|ую|ого|ой))";
    let things =
        "(?:apps?|applications?|sites?|services?|packages?|приложени\\pL*|сайт\\pL*|сервис\\pL*|пакет\\pL*)";
    let of_thing = format!("{words}(?:[^.`]{{0,40}}\\PL)?{things}(?:\\PL[^.`]{{0,20}})?$");
    let added = "(?:let's say|suppose|допустим|предположим)[^.`]{0,30}\\PL(?:add|добав\\pL*)[^.`]{0,10}$";
    let called = "(?:say|suppose|assume|let us|let's|пусть)[^.`]{0,24}\\PL(?:called|call it|named|называется|зов[её]тся)[^.`]{0,10}$|назов[её]м[^.`]{0,16}$";
    let shown = "разбер[её]м[^.`]{0,10} на примере[^.`]{0,10}$";
    Regex::new(&format!("(?i)(?:^|\\PL)(?:{of_thing}|{added}|{called}|{shown})")).ok()
});

/// What stands behind a name that the reader is to replace by another one.
static STANDS_IN: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let english = "(?:with|by|is) (?:the |a )?(?:name of )?(?:your|own)";
    let russian = "на (?:им|назван)\\pL+ (?:сво|ваш|тво|нужн)";
    Regex::new(&format!("(?i)^`?\\s*(?:{english}|{russian})")).ok()
});

/// So many bytes before a name are asked whether they introduce it.
const INTRODUCTION: usize = 120;

/// What a place inherits from the blocks or headings around it.
#[derive(Clone, Copy, Debug, Default)]
struct Context {
    /// Whether it speaks of another repository.
    foreign: bool,
    /// Whether it is part of a record of the past.
    record: bool,
}

impl<'a> Voice<'a> {
    /// The voice of a page.
    pub fn of(page: &'a Page, repositories: &'a Repositories) -> Self {
        let (blocks, headings, excusing) = (HashMap::new(), HashMap::new(), HashMap::new());
        let sessions = Sessions::of(page, repositories);
        let is_record = tense::is_decision(page);
        Self { page, repositories, sessions, is_record, blocks, headings, excusing, made_up: OnceCell::new() }
    }

    /// Whether the place speaks of another repository.
    pub fn is_foreign(&mut self, block: Option<BlockId>) -> bool {
        block.is_some_and(|block| {
            let at = self.page.markdown.blocks.get(block).map_or(0, |block| block.span.start);
            self.context(block).foreign || self.sessions.are_elsewhere(self.page, block, at)
        })
    }

    /// Whether the place is nobody's claim about this repository as it is. `block` is the innermost one around
    /// `span`; notes have none, and always mean what they say.
    pub fn is_silent(&mut self, block: Option<BlockId>, span: Span) -> bool {
        let Some(block) = block else { return false };
        let context = self.context(block);
        if context.foreign
            || context.record
            || self.is_record
            || self.sessions.are_elsewhere(self.page, block, span.start)
        {
            return true;
        }
        let page = self.page;
        if self.is_made_up(span)
            || tense::is_in_past_column(page, block)
            || tense::is_warned_of(page, block, span)
        {
            return true;
        }
        let excusing =
            self.excusing.entry(block).or_insert_with(|| tense::excusing_text(page, block)).to_owned();
        excusing.is_some_and(|within| tense::is_excused(page, span, within))
    }

    /// Whether the words at `span` name something that the page makes up.
    fn is_made_up(&self, span: Span) -> bool {
        let made_up = self.made_up.get_or_init(|| made_up(self.page, self.repositories));
        let words = self
            .page
            .slice(span)
            .split(|character: char| !(character.is_ascii_alphanumeric() || matches!(character, '-' | '_')));
        !made_up.is_empty() && words.into_iter().any(|word| holds(made_up, word))
    }

    fn context(&mut self, block: BlockId) -> Context {
        let (page, repositories) = (self.page, self.repositories);
        let markdown = &page.markdown;
        let blocks = inherit(
            &mut self.blocks,
            Some(block),
            |id| markdown.blocks.get(id)?.parent,
            |id| {
                markdown.blocks.get(id).map_or_else(Context::default, |block| Context {
                    foreign: whose::is_foreign(page, block, repositories),
                    record: tense::is_dated(page, block),
                })
            },
        );
        let headings = inherit(
            &mut self.headings,
            markdown.blocks.get(block).and_then(|block| block.heading),
            |index| markdown.headings.get(index)?.parent,
            |index| {
                markdown.headings.get(index).map_or_else(Context::default, |heading| Context {
                    foreign: repositories.names_other(page.slice(heading.span)),
                    record: tense::heads_record(heading),
                })
            },
        );
        blocks.or(headings)
    }
}

/// The names that a page introduces as those of something new or of an example, «новый сайт `promo`», and that nothing
/// here has.
fn made_up<'a>(page: &'a Page, repositories: &Repositories) -> HashSet<&'a str> {
    let text = &page.file.text;
    let Some(introduces) = INTRODUCES.as_ref() else { return HashSet::new() };
    let codes = page.markdown.code_spans.iter().filter(|code| is_name(code.text(text)));
    let introduced = codes.filter(|code| {
        let begin = text.floor_char_boundary(code.span.start.saturating_sub(INTRODUCTION));
        let before = text.get(begin..code.span.start).unwrap_or("").trim_end_matches('`');
        let behind = text.get(code.span.end..).unwrap_or("");
        let behind = behind.get(..behind.floor_char_boundary(INTRODUCTION)).unwrap_or("");
        introduces.is_match(before.rsplit("\n\n").next().unwrap_or(before))
            || STANDS_IN.as_ref().is_some_and(|stands_in| stands_in.is_match(behind))
    });
    introduced.map(|code| code.text(text)).filter(|name| !repositories.own.contains(*name)).collect()
}

/// Whether some words of a longer name, or all of it, are one of these names.
fn holds(names: &HashSet<&str>, word: &str) -> bool {
    let bounds = || word.match_indices(['-', '_']).map(|(at, _)| at);
    let mut starts = std::iter::once(0).chain(bounds().map(|at| at + 1));
    starts.any(|start| {
        let mut ends = bounds().filter(|end| *end > start).chain([word.len()]);
        ends.any(|end| word.get(start..end).is_some_and(|part| names.contains(part)))
    })
}

/// A name of one or more words, no path.
fn is_name(text: &str) -> bool {
    text.len() >= 2
        && text.starts_with(|first: char| first.is_ascii_lowercase())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'_'))
}

impl Context {
    const fn or(self, other: Self) -> Self {
        Self { foreign: self.foreign || other.foreign, record: self.record || other.record }
    }
}

/// What holds for `from` or for anything above it. Each place is asked once: thousands of items hang on one list.
fn inherit(
    known: &mut HashMap<usize, Context>,
    from: Option<usize>,
    parent: impl Fn(usize) -> Option<usize>,
    own: impl Fn(usize) -> Context,
) -> Context {
    let mut above = Vec::new();
    let mut at = from;
    let mut context = Context::default();
    while let Some(place) = at {
        if let Some(found) = known.get(&place) {
            context = *found;
            break;
        }
        above.push(place);
        at = parent(place);
    }
    for place in above.into_iter().rev() {
        context = context.or(own(place));
        known.insert(place, context);
    }
    context
}
