//! Where the reader of a page stands who has followed its commands so far: in this repository, or in a clone
//! of another one.

use super::whose::Repositories;
use super::{Page, commands};
use crate::syntax::markdown::{BlockId, CodeBlock};
use crate::syntax::shell::{Invocation, OffsetMap};

/// The fences of a page that lead somewhere, in order. Nearly every page has none.
#[derive(Debug, Default)]
pub(super) struct Sessions {
    fences: Vec<Fence>,
}

#[derive(Debug)]
struct Fence {
    /// Where it ends.
    end: usize,
    /// The heading above it: what the fence does holds in that section.
    heading: Option<usize>,
    moves: Vec<Move>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Move {
    /// `git clone` of another repository, or the making of a new one.
    CloneOther,
    /// `git clone` of this one.
    CloneOwn,
    /// `cd` into a folder.
    Enter,
    /// `cd ..`
    Leave,
}

impl Sessions {
    /// Looks through the fences of a page. The README at the top tells how to clone this repository, whatever the
    /// clone is called.
    pub(super) fn of(page: &Page, repositories: &Repositories) -> Self {
        let is_front_page = page.file.path.as_str().eq_ignore_ascii_case("readme.md");
        // Only what follows a clone can be elsewhere.
        let clones =
            |fence: &CodeBlock| ["clone", "create", "init"].iter().any(|word| fence.text.contains(word));
        if is_front_page || !page.markdown.code_blocks.iter().any(clones) {
            return Self::default();
        }
        let blocks = page.markdown.code_blocks.iter().filter(|fence| commands::is_shell(&fence.language()));
        let fences = blocks.map(|fence| Fence {
            end: fence.span.end,
            heading: page.markdown.blocks.get(fence.block).and_then(|block| block.heading),
            moves: moves(fence, repositories),
        });
        Self { fences: fences.filter(|fence| !fence.moves.is_empty()).collect() }
    }

    /// Whether the fences before a block, in the sections that it belongs to, have led into another repository.
    pub(super) fn are_elsewhere(&self, page: &Page, id: BlockId) -> bool {
        let Some(block) = page.markdown.blocks.get(id).filter(|_| !self.fences.is_empty()) else {
            return false;
        };
        let over: Vec<BlockId> = page.markdown.headings_over(id).map(|heading| heading.block).collect();
        let is_over = |heading: usize| {
            page.markdown.headings.get(heading).is_some_and(|heading| over.contains(&heading.block))
        };
        let before = self.fences.iter().take_while(|fence| fence.end <= block.span.start);
        let moves = before.filter(|fence| fence.heading.is_none_or(is_over)).flat_map(|fence| &fence.moves);
        let (mut is_beside, mut is_elsewhere) = (false, false);
        for step in moves {
            match step {
                Move::CloneOther => (is_beside, is_elsewhere) = (true, false),
                Move::CloneOwn | Move::Leave => (is_beside, is_elsewhere) = (false, false),
                Move::Enter => is_elsewhere |= is_beside,
            }
        }
        is_elsewhere
    }
}

fn moves(fence: &CodeBlock, repositories: &Repositories) -> Vec<Move> {
    let script = commands::parse(&commands::commands_of(fence), &OffsetMap::identity());
    script.invocations().filter_map(|invocation| step(&invocation, repositories)).collect()
}

fn generates(words: &[&str], repositories: &Repositories) -> Option<Move> {
    let mut named = words.iter().filter(|word| !word.starts_with('-')).peekable();
    named.peek()?;
    let is_own = |word: &&str| {
        let first = word.trim_start_matches("./").split_once('/').map(|(first, _)| first);
        first.is_some_and(|first| repositories.own.contains(first))
    };
    (!named.any(is_own)).then_some(Move::CloneOther)
}

fn step(invocation: &Invocation<'_>, repositories: &Repositories) -> Option<Move> {
    let words: Vec<&str> = invocation.args.iter().filter_map(|word| word.as_literal()).collect();
    match (invocation.program, words.as_slice()) {
        ("git", ["clone", rest @ ..]) => {
            let is_other = rest.iter().any(|word| repositories.names_other(word));
            Some(if is_other { Move::CloneOther } else { Move::CloneOwn })
        }
        // What a generator makes is another project, unless it is put among ours.
        ("npm" | "pnpm" | "yarn" | "bun", ["create" | "init", rest @ ..]) | ("git", ["init", rest @ ..]) => {
            generates(rest, repositories)
        }
        (program, rest) if program.starts_with("create-") => generates(rest, repositories),
        ("cd" | "pushd", [folder]) if folder.starts_with("..") || *folder == "-" => Some(Move::Leave),
        ("popd", _) => Some(Move::Leave),
        ("cd" | "pushd", [_]) => Some(Move::Enter),
        _ => None,
    }
}
