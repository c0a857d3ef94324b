//! Whether the words around a path say that it is none of this repository's files: the name of a branch, a file of an
//! image or pod, or one that may be there or not. Also, whether they say that a scoped name is a team's.

use super::{Page, tense};
use crate::source::Span;
use crate::syntax::markdown::{BlockId, BlockKind};
use regex::Regex;
use std::sync::LazyLock;

/// What the sentence around a path says of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whereabouts {
    /// It is no path, and names a branch.
    Branch,
    /// It may name a branch: the sentence speaks of one.
    PerhapsBranch,
    /// It is in a container or image, or it may be missing.
    Elsewhere,
}

type Words = LazyLock<Option<Regex>>;

/// Right before the name of a branch, other names of branches between them left out.
static BRANCH: Words = LazyLock::new(|| {
    let words = r"(?:branch|branches|ветк\pL*|бранч\pL*|checkout -b|switch -c|--branch|merge|rebase|влейте|check out)";
    let between = r#"(?:\s+(?:is|are|named|called|names?|like|as|or|and|onto|и|или|вида|типа|называется)|[\s`,:("'«])*"#;
    Regex::new(&format!(r"(?:^|\PL){words}{between}$")).ok()
});

/// Anywhere in a sentence, heading or head of a column about branches.
static BRANCHES: Words = LazyLock::new(|| {
    let words =
        r"branch(?:es|ing)?|ветк\pL*|ветв\pL*|бранч\pL*|merge request|pull request|check ?out|mrs?|prs?";
    Regex::new(&format!(r"(?:^|\PL)(?:{words})(?:\PL|$)|push (?:your|the|it)|переключ|влей")).ok()
});

/// Before a file of an image or pod.
static INSIDE: Words = LazyLock::new(|| Regex::new(&format!(r"(?:^|\PL)(?:{INSIDES}|{HOLDERS})")).ok());

/// Behind a file of an image or pod.
static RIGHT_INSIDE: Words = LazyLock::new(|| Regex::new(&format!(r"^\s*{INSIDES}")).ok());

/// `in the container`, «на томе».
const INSIDES: &str = r"(?:(?:in|inside|within|on) (?:(?:the|a|an|its|each|every) )?(?:[a-z-]+ )?(?:container|image|pod|volume)s?|(?:в|внутри|на) (?:[\pL\x{2010}-\x{2013}-]*[\x{2010}-\x{2013}-])?(?:(?:контейнер|образ|под)(?:а|е|у|ах|ов)?|том(?:е|ах)))(?:\PL|$)";

/// `the image contains`, «контейнер пишет в», `mounted at`.
const HOLDERS: &str = r"(?:(?:container|image|pod|volume)s? (?:has|have|holds?|contains?|writes?|keeps?)|(?:контейнер|образ|под|том) (?:содержит|хранит|пишет|кладёт|кладет)|mounted (?:at|to|into|under)|монтиру\pL* (?:в|на|как))(?:\PL|$)";

/// What may be there or not: the words before it, or before and behind it, with a zero byte in its place.
static DOUBT: Words = LazyLock::new(|| {
    let first = r"(?:^|\PL)(?:if there (?:is|are)|if you have|if present,?|in case of|unless there is|an optional|optional(?:ly)?:?|есть ли|при наличии|если (?:там |уже |у вас |у тебя )?(?:есть|существу\pL*|остал\pL*)|убеди\pL*,? что)\PL[^,;:]{0,24}\x00";
    let whether = r"(?:^|\PL)(?:if|when|in case|unless|should|whether|если|когда)\PL[^,;:]{0,24}\x00`?\s*(?:file |folder |already |still |уже |ещё )*(?:exists?|is there|is present|is left|is missing|существу\pL*|есть|остал\pL*|нет)(?:\PL|$)";
    let open = r"\x00`?\s*(?:\(optional|\(необязат|\(если|is optional|may be (?:absent|missing)|может (?:не быть|отсутствовать)|необязат\pL*)";
    Regex::new(&format!("{first}|{whether}|{open}")).ok()
});

/// Around the name of a group of people.
static TEAM: Words = LazyLock::new(|| {
    let words = r"(?:team|group|codeowners|reviewers?|maintainers?|mention|команд\pL*|групп\pL*|ревьюер\pL*|владел\pL*)";
    Regex::new(&format!(r"(?:^|\PL){words}(?:\PL|$)")).ok()
});

/// So many characters before a path are asked whether they speak of it, and so many behind it.
const BEFORE: usize = 60;
const BEHIND: usize = 30;

fn says(words: &Words, text: &str) -> bool {
    words.as_ref().is_some_and(|words| words.is_match(text))
}

/// The sentence around a mention, in lower case.
fn sentence(page: &Page, block: Option<BlockId>, mention: Span) -> Option<(String, String)> {
    let block = block.and_then(|id| page.markdown.blocks.get(id))?;
    let text = if block.kind == BlockKind::Item { block.lead } else { block.span };
    tense::sentence(page, mention, text)
}

/// Where a path leads by the sentence around it, if not to a file of the repository.
pub fn told(page: &Page, block: Option<BlockId>, path: Span) -> Option<Whereabouts> {
    let id = block?;
    if page.markdown.blocks.get(id)?.kind == BlockKind::Code {
        // At root's prompt in a pod.
        let line = page.lines(path).trim_start();
        let is_inside = line.starts_with("root@") && line.contains("# ");
        return is_inside.then_some(Whereabouts::Elsewhere);
    }
    let (before, behind) = sentence(page, block, path)?;
    let start = before.char_indices().rev().nth(BEFORE - 1).map_or(0, |(at, _)| at);
    let near = before.get(start..)?.trim_end_matches('`');
    let right: String = behind.trim_start_matches('`').chars().take(BEHIND).collect();
    // `docs/fix-typo`: two words without an extension.
    let written = page.slice(path);
    if written.matches('/').count() == 1 && !written.contains('.') && !written.ends_with('/') {
        if says(&BRANCH, near) {
            return Some(Whereabouts::Branch);
        }
        let heading = page.markdown.headings_over(id).next().map(|heading| heading.text.to_lowercase());
        let head = tense::column_head(page, id).map(str::to_lowercase);
        let mut texts = [Some(before.clone()), Some(behind), heading, head].into_iter().flatten();
        if texts.any(|text| says(&BRANCHES, &text)) {
            return Some(Whereabouts::PerhapsBranch);
        }
    }
    // Only in its own clause.
    let clause = near.rsplit([';', ':', '—']).next().unwrap_or(near);
    let is_inside = says(&INSIDE, clause) || says(&RIGHT_INSIDE, &right);
    (is_inside || says(&DOUBT, &format!("{near}\0{right}"))).then_some(Whereabouts::Elsewhere)
}

/// Whether the sentence around a scoped name speaks of a group of people: forges write those so.
pub fn names_team(page: &Page, block: Option<BlockId>, name: Span) -> bool {
    let around = sentence(page, block, name);
    around.is_some_and(|(before, behind)| says(&TEAM, &before) || says(&TEAM, &behind))
}
