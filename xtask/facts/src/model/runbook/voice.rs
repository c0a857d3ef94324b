//! Whether what a page says in some place is a claim about this repository as it is now.

use super::session::Sessions;
use super::whose::{self, Repositories};
use super::{Page, tense};
use crate::source::Span;
use crate::syntax::markdown::BlockId;
use std::collections::HashMap;

/// Answers for one page; what was found out about a block or heading is kept.
#[derive(Debug)]
pub struct Voice<'a> {
    page: &'a Page,
    repositories: &'a Repositories,
    sessions: Sessions,
    blocks: HashMap<BlockId, Context>,
    headings: HashMap<usize, Context>,
    /// Where a block may say that something is gone or to come.
    excusing: HashMap<BlockId, Option<Span>>,
}

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
        Self { page, repositories, sessions, blocks, headings, excusing }
    }

    /// Whether the place speaks of another repository.
    pub fn is_foreign(&mut self, block: Option<BlockId>) -> bool {
        block
            .is_some_and(|block| self.context(block).foreign || self.sessions.are_elsewhere(self.page, block))
    }

    /// Whether the place is nobody's claim about this repository as it is. `block` is the innermost one around
    /// `span`; notes have none, and always mean what they say.
    pub fn is_silent(&mut self, block: Option<BlockId>, span: Span) -> bool {
        let Some(block) = block else { return false };
        let context = self.context(block);
        if context.foreign || context.record || self.sessions.are_elsewhere(self.page, block) {
            return true;
        }
        let page = self.page;
        let excusing =
            self.excusing.entry(block).or_insert_with(|| tense::excusing_text(page, block)).to_owned();
        excusing.is_some_and(|within| tense::is_excused(page, span, within))
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
