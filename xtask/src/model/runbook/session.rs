//! Where the reader of a page stands who has followed its commands so far: in this repository, or in a clone
//! of another one.

use super::whose::Repositories;
use super::{Page, PageKind, commands};
use crate::syntax::markdown::{BlockId, CodeBlock};
use crate::syntax::shell::{Invocation, OffsetMap};

/// Whether the fences before a block, in the sections that it belongs to, have led into another repository:
/// `git clone URL` and `cd NAME`. The README at the top tells how to clone this one.
pub(super) fn is_elsewhere(page: &Page, id: BlockId, repositories: &Repositories) -> bool {
    let markdown = &page.markdown;
    let is_front_page =
        page.kind != PageKind::Notes && page.file.path.as_str().eq_ignore_ascii_case("readme.md");
    let Some(block) = markdown.blocks.get(id).filter(|_| !is_front_page) else { return false };
    let over: Vec<usize> = markdown.headings_over(id).map(|heading| heading.block).collect();
    let leads_here = |fence: &&CodeBlock| {
        let own = markdown.headings_over(fence.block).next();
        fence.span.end <= block.span.start && own.is_none_or(|heading| over.contains(&heading.block))
    };
    let mut session = Session::Here;
    for fence in markdown.code_blocks.iter().filter(leads_here) {
        if commands::is_shell(&fence.language())
            && (session != Session::Here || fence.text.contains("git clone"))
        {
            session = session.after(fence, repositories);
        }
    }
    session == Session::Elsewhere
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Session {
    /// In this repository.
    Here,
    /// Beside a fresh clone of another one.
    Beside,
    /// In that clone.
    Elsewhere,
}

impl Session {
    /// Where the commands of a fence lead.
    fn after(self, fence: &CodeBlock, repositories: &Repositories) -> Self {
        let script = commands::parse(&commands::commands_of(fence), &OffsetMap::identity());
        script.invocations().fold(self, |session, invocation| session.step(&invocation, repositories))
    }

    fn step(self, invocation: &Invocation<'_>, repositories: &Repositories) -> Self {
        let words: Vec<&str> = invocation.args.iter().filter_map(|word| word.as_literal()).collect();
        match (invocation.program.as_str(), words.as_slice()) {
            ("git", ["clone", rest @ ..]) if rest.iter().any(|word| repositories.names_other(word)) => {
                Self::Beside
            }
            ("git", ["clone", ..]) => Self::Here,
            ("cd" | "pushd", [folder]) if folder.starts_with("..") || *folder == "-" => Self::Here,
            ("popd", _) => Self::Here,
            ("cd" | "pushd", [_]) if self == Self::Beside => Self::Elsewhere,
            _ => self,
        }
    }
}
