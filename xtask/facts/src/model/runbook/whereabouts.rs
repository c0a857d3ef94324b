//! Whether the words around a path say that it is none of this repository's files: the name of a branch, a file of an
//! image or pod, or one that may be there or not.

use super::{Page, tense};
use crate::source::Span;
use crate::syntax::markdown::{BlockId, BlockKind};
use regex::Regex;
use std::sync::LazyLock;

/// Right before the name of a branch, other names of branches between them left out.
static BRANCH: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let words = r"(?:branch|branches|ветк\pL*|checkout -b|switch -c)";
    let between = r#"(?:\s+(?:is|named|called|like|as|or|and|и|или|вида|типа)|[\s`,:("'«])*"#;
    Regex::new(&format!(r"(?:^|\PL){words}{between}$")).ok()
});

/// Before a file of an image or pod.
static INSIDE: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(&format!(r"(?:^|\PL){INSIDES}")).ok());

/// Behind a file of an image or pod.
static RIGHT_INSIDE: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(&format!(r"^\s*{INSIDES}")).ok());

const INSIDES: &str = r"(?:(?:in|inside|within) (?:(?:the|a|an|its|each|every) )?(?:[a-z-]+ )?(?:container|image|pod)s?|(?:в|внутри) (?:\pL*-)?(?:контейнер|образ|под)(?:а|е|у|ах|ов)?)(?:\PL|$)";

/// Before what may be there or not, and the words for that.
static DOUBT: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let first = r"(?:^|\PL)(?:if there (?:is|are)|если (?:там |уже )?(?:есть|существу\pL*|остал\pL*))\PL[^,;:]{0,24}$";
    let around = r"(?:^|\PL)(?:if|when|если)\PL[^,;:]{0,24}\u{0}`?\s*(?:file |folder |already |still |уже |ещё )*(?:exists?|is there|is present|is left|существу\pL*|есть|остал\pL*)(?:\PL|$)";
    Regex::new(&format!("{first}|{around}")).ok()
});

/// So many characters before a path are asked whether they speak of it, and so many behind it.
const BEFORE: usize = 60;
const BEHIND: usize = 30;

/// What the sentence around a path says of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whereabouts {
    /// It is no path, and names a branch.
    Branch,
    /// It is in a container or image, or it may be missing.
    Elsewhere,
}

/// Where a path leads by the sentence around it, if not to a file of the repository.
pub fn told(page: &Page, block: Option<BlockId>, path: Span) -> Option<Whereabouts> {
    let block = block.and_then(|id| page.markdown.blocks.get(id))?;
    let text = match block.kind {
        BlockKind::Code => return None,
        BlockKind::Item => block.lead,
        _ => block.span,
    };
    let (before, behind) = tense::sentence(page, path, text)?;
    let start = before.char_indices().rev().nth(BEFORE - 1).map_or(0, |(at, _)| at);
    let before = before.get(start..)?.trim_end_matches('`');
    let behind: String = behind.trim_start_matches('`').chars().take(BEHIND).collect();
    let says = |words: &LazyLock<Option<Regex>>, text: &str| {
        words.as_ref().is_some_and(|words| words.is_match(text))
    };
    if !page.slice(path).contains('.') && says(&BRANCH, before) {
        return Some(Whereabouts::Branch);
    }
    let is_inside = says(&INSIDE, before) || says(&RIGHT_INSIDE, &behind);
    let is_in_doubt = says(&DOUBT, before) || says(&DOUBT, &format!("{before}\0{behind}"));
    (is_inside || is_in_doubt).then_some(Whereabouts::Elsewhere)
}
