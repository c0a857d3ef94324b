//! Whether what a page says in some place is a claim about this repository as it is now.

use super::Page;
use super::tense;
use super::whose::{self, Repositories};
use crate::source::Span;
use crate::syntax::markdown::BlockId;
use std::collections::HashMap;

/// Answers for one page; what was found out about a block is kept.
#[derive(Debug)]
pub struct Voice<'a> {
    page: &'a Page,
    repositories: &'a Repositories,
    blocks: HashMap<BlockId, Verdict>,
}

/// What is known of a block.
#[derive(Clone, Copy, Debug)]
struct Verdict {
    /// Whether it speaks of another repository.
    foreign: bool,
    /// Whether it is part of a record of the past.
    record: bool,
    /// Where it may say that something is gone or to come.
    excusing: Option<Span>,
}

impl<'a> Voice<'a> {
    /// The voice of a page.
    pub fn of(page: &'a Page, repositories: &'a Repositories) -> Self {
        Self { page, repositories, blocks: HashMap::new() }
    }

    /// Whether the place speaks of another repository.
    pub fn is_foreign(&mut self, block: Option<BlockId>) -> bool {
        block.is_some_and(|block| self.verdict(block).foreign)
    }

    /// Whether the place is nobody's claim about this repository as it is. `block` is the innermost one around
    /// `span`; notes have none, and always mean what they say.
    pub fn is_silent(&mut self, block: Option<BlockId>, span: Span) -> bool {
        let Some(block) = block else { return false };
        let verdict = self.verdict(block);
        verdict.foreign
            || verdict.record
            || verdict.excusing.is_some_and(|within| tense::is_excused(self.page, span, within))
    }

    fn verdict(&mut self, block: BlockId) -> Verdict {
        let (page, repositories) = (self.page, self.repositories);
        *self.blocks.entry(block).or_insert_with(|| Verdict {
            foreign: whose::is_foreign(page, block, repositories),
            record: tense::is_record(page, block),
            excusing: tense::excusing_text(page, block),
        })
    }
}
