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

/// What every way out of the repository has in its text: nearly no page is looked through.
const LEADS: [&str; 7] = ["clone", "npm create", "yarn create", "bun create", "create-", " init", "cd ../"];

#[derive(Debug)]
struct Fence {
    /// The heading above it: what the fence does holds in that section.
    heading: Option<usize>,
    /// What its commands do, and where they stand in the page.
    moves: Vec<(usize, Move)>,
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
    /// Into another project at once: `cd ../other`, or one that begins in this very folder.
    Begin,
}

impl Sessions {
    /// Looks through the fences of a page. The README at the top tells how to clone this repository, whatever the
    /// clone is called.
    pub(super) fn of(page: &Page, repositories: &Repositories) -> Self {
        let is_front_page = page.file.path.as_str().eq_ignore_ascii_case("readme.md");
        let leads = |fence: &CodeBlock| LEADS.iter().any(|word| fence.text.contains(word));
        if is_front_page || !page.markdown.code_blocks.iter().any(leads) {
            return Self::default();
        }
        let blocks = page.markdown.code_blocks.iter().filter(|fence| commands::is_shell(&fence.language()));
        let fences = blocks.map(|fence| Fence {
            heading: page.markdown.blocks.get(fence.block).and_then(|block| block.heading),
            moves: moves(fence, repositories),
        });
        Self { fences: fences.filter(|fence| !fence.moves.is_empty()).collect() }
    }

    /// Whether the commands before a place of a block, in the sections that it belongs to, have led into another
    /// repository.
    pub(super) fn are_elsewhere(&self, page: &Page, id: BlockId, at: usize) -> bool {
        if self.fences.is_empty() {
            return false;
        }
        let over: Vec<BlockId> = page.markdown.headings_over(id).map(|heading| heading.block).collect();
        let is_over = |heading: usize| {
            page.markdown.headings.get(heading).is_some_and(|heading| over.contains(&heading.block))
        };
        let fences = self.fences.iter().filter(|fence| fence.heading.is_none_or(is_over));
        let moves = fences.flat_map(|fence| &fence.moves).take_while(|(place, _)| *place < at);
        let (mut is_beside, mut is_elsewhere) = (false, false);
        for (_, step) in moves {
            match step {
                Move::CloneOther => (is_beside, is_elsewhere) = (true, false),
                Move::CloneOwn | Move::Leave => (is_beside, is_elsewhere) = (false, false),
                Move::Enter => is_elsewhere |= is_beside,
                Move::Begin => is_elsewhere = true,
            }
        }
        is_elsewhere
    }
}

fn moves(fence: &CodeBlock, repositories: &Repositories) -> Vec<(usize, Move)> {
    let script = commands::parse(&commands::commands_of(fence), &OffsetMap::identity());
    let steps = script.invocations().filter_map(|invocation| {
        Some((fence.locate(invocation.span).start, step(&invocation, repositories)?))
    });
    steps.collect()
}

/// What the making of a project leads to: it lies in a folder of its own, or in this one. One that is put among ours
/// leads nowhere.
fn generates(words: &[&str], repositories: &Repositories) -> Option<Move> {
    let operands = || words.iter().filter(|word| !word.starts_with('-'));
    let is_own = |word: &&str| {
        let first = word.trim_start_matches("./").split_once('/').map(|(first, _)| first);
        first.is_some_and(|first| repositories.own.contains(first))
    };
    if operands().any(is_own) {
        return None;
    }
    let is_here = operands().next_back().is_none_or(|word| *word == ".");
    Some(if is_here { Move::Begin } else { Move::CloneOther })
}

fn step(invocation: &Invocation<'_>, repositories: &Repositories) -> Option<Move> {
    let words: Vec<&str> = invocation.args.iter().filter_map(|word| word.as_literal()).collect();
    match (invocation.program, words.as_slice()) {
        ("git", ["clone", rest @ ..]) | ("gh", ["repo", "clone", rest @ ..]) => {
            let is_other = rest.iter().any(|word| repositories.names_other(word));
            Some(if is_other { Move::CloneOther } else { Move::CloneOwn })
        }
        ("npm" | "pnpm" | "yarn" | "bun", ["create" | "init", rest @ ..]) | ("git", ["init", rest @ ..]) => {
            generates(rest, repositories)
        }
        (program, rest) if program.starts_with("create-") => generates(rest, repositories),
        ("cd" | "pushd", [folder]) => Some(changes_to(folder, repositories)),
        ("popd", _) => Some(Move::Leave),
        _ => None,
    }
}

/// Where `cd` leads. Beside the repository lie others.
fn changes_to(folder: &str, repositories: &Repositories) -> Move {
    let beside = folder.trim_end_matches('/').rsplit_once("../").map_or("", |(_, name)| name);
    let first = beside.split('/').next().unwrap_or_default();
    match folder.starts_with("..") || folder == "-" {
        false => Move::Enter,
        true if first.is_empty() || first == ".." || repositories.own.contains(first) => Move::Leave,
        true => Move::Begin,
    }
}
