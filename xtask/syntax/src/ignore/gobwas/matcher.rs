//! The matchers (`match/*.go`). Each has `Match`, on a whole text, and `Index`, which finds the first place
//! where it could begin and the lengths it could have there; a [`Tree`] combines them. Offsets are bytes, and a
//! text may begin or end inside a character, as in the library.

use std::collections::HashMap;

use memchr::memmem;

use super::super::go::{decode_rune, runes};

/// What a compiled pattern is made of.
#[derive(Clone, Debug)]
pub(super) enum Matcher {
    Nothing,
    Text(String),
    /// `*`
    Any,
    /// `**`
    Super,
    /// `?`
    Single,
    List {
        chars: Vec<char>,
        not: bool,
    },
    Range {
        lo: char,
        hi: char,
        not: bool,
    },
    /// Matchers of fixed length, one after the other.
    Row {
        matchers: Vec<Matcher>,
        length: usize,
    },
    AnyOf(Vec<Matcher>),
    /// All hold at once.
    EveryOf(Vec<Matcher>),
    /// At least so many runes.
    Min(usize),
    /// At most so many runes.
    Max(usize),
    Contains {
        needle: String,
        not: bool,
    },
    Prefix(String),
    Suffix(String),
    PrefixSuffix {
        prefix: String,
        suffix: String,
    },
    /// `literal*`
    PrefixAny(String),
    /// `*literal`
    SuffixAny(String),
    Tree(Box<Tree>),
}

/// A matcher with what must match before and after it (`BTree`).
#[derive(Clone, Debug)]
pub(super) struct Tree {
    value: Matcher,
    left: Option<Matcher>,
    right: Option<Matcher>,
    left_length: Option<usize>,
    right_length: Option<usize>,
    length: Option<usize>,
}

impl Tree {
    pub fn new(value: Matcher, left: Option<Matcher>, right: Option<Matcher>) -> Self {
        let value_length = value.length();
        let left_length = left.as_ref().map_or(Some(0), Matcher::length);
        let right_length = right.as_ref().map_or(Some(0), Matcher::length);
        let length = value_length
            .zip(left_length)
            .zip(right_length)
            .map(|((value, left), right)| value + left + right);
        Self { value, left, right, left_length, right_length, length }
    }

    pub fn into_parts(self) -> (Matcher, Option<Matcher>, Option<Matcher>) {
        (self.value, self.left, self.right)
    }
}

/// Where a matcher could begin, and the lengths it could have there, ascending.
type Found = Option<(usize, Vec<usize>)>;

impl Matcher {
    /// Length in runes when every match has the same (`Len`).
    pub fn length(&self) -> Option<usize> {
        match self {
            Self::Nothing => Some(0),
            Self::Text(text) => Some(text.chars().count()),
            Self::Single | Self::List { .. } | Self::Range { .. } => Some(1),
            Self::Row { length, .. } => Some(*length),
            Self::AnyOf(matchers) => common_length(matchers),
            Self::Tree(tree) => tree.length,
            // `EveryOf.Len` begins with 0 and gives up at once, whatever its parts.
            _ => None,
        }
    }

    fn accepts(&self, rune: char) -> bool {
        match self {
            Self::Single => rune != '/',
            Self::List { chars, not } => chars.contains(&rune) != *not,
            Self::Range { lo, hi, not } => (*lo..=*hi).contains(&rune) != *not,
            _ => false,
        }
    }

    /// `Index` on `text`. No matcher asks a tree here: `BTree.Index` is a stub that never finds anything.
    fn find(&self, text: &[u8]) -> Found {
        match self {
            Self::Nothing => Some((0, vec![0])),
            Self::Text(needle) => find(text, needle).map(|at| (at, vec![needle.len()])),
            Self::Any => {
                let end = memchr::memchr(b'/', text).unwrap_or(text.len());
                Some((0, boundaries(head(text, end), 0)))
            }
            Self::Super => Some((0, boundaries(text, 0))),
            Self::Single | Self::List { .. } | Self::Range { .. } => {
                let (at, rune) = runes(text).find(|(_, rune)| self.accepts(*rune))?;
                Some((at, vec![rune.len_utf8()]))
            }
            Self::Row { matchers, length } => find_row(matchers, *length, text),
            Self::AnyOf(matchers) => find_any_of(matchers, text),
            Self::EveryOf(matchers) => find_every_of(matchers, text),
            Self::Min(limit) => find_min(*limit, text),
            Self::Max(limit) => {
                let mut ends = vec![0];
                ends.extend(rune_ends(text, 0).take(*limit));
                Some((0, ends))
            }
            Self::Contains { needle, not } => find_contains(needle, *not, text),
            Self::Prefix(prefix) => {
                let at = find(text, prefix)?;
                let mut ends = vec![prefix.len()];
                ends.extend(rune_ends(tail(text, at + prefix.len()), prefix.len()));
                Some((at, ends))
            }
            Self::PrefixAny(prefix) => {
                let at = find(text, prefix)?;
                let rest = tail(text, at + prefix.len());
                let rest = head(rest, memchr::memchr(b'/', rest).unwrap_or(rest.len()));
                let mut ends = vec![prefix.len()];
                ends.extend(rune_ends(rest, prefix.len()));
                Some((at, ends))
            }
            Self::Suffix(suffix) => find(text, suffix).map(|at| (0, vec![at + suffix.len()])),
            Self::SuffixAny(suffix) => {
                let at = find(text, suffix)?;
                let start = memchr::memrchr(b'/', head(text, at)).map_or(0, |slash| slash + 1);
                Some((start, vec![at + suffix.len() - start]))
            }
            Self::PrefixSuffix { prefix, suffix } => find_prefix_suffix(prefix, suffix, text),
            Self::Tree(_) => None,
        }
    }
}

fn common_length(matchers: &[Matcher]) -> Option<usize> {
    // The library's loop takes -1 both for "none yet" and for "varies", so leading matchers of varying length
    // are forgotten.
    let mut length = None;
    for matcher in matchers {
        match (length, matcher.length()) {
            (None, own) => length = own,
            (Some(common), Some(own)) if common == own => {}
            _ => return None,
        }
    }
    length
}

fn head(text: &[u8], end: usize) -> &[u8] {
    text.get(..end).unwrap_or(text)
}

fn tail(text: &[u8], start: usize) -> &[u8] {
    text.get(start..).unwrap_or_default()
}

fn find(text: &[u8], needle: &str) -> Option<usize> {
    memmem::find(text, needle.as_bytes())
}

/// The ends of the runes of `text`, moved by `offset`. A stray byte counts as the three bytes of U+FFFD.
fn rune_ends(text: &[u8], offset: usize) -> impl Iterator<Item = usize> {
    runes(text).map(move |(at, rune)| offset + at + rune.len_utf8())
}

/// The starts of the runes of `text` and its end, moved by `offset`.
fn boundaries(text: &[u8], offset: usize) -> Vec<usize> {
    runes(text).map(|(at, _)| offset + at).chain([offset + text.len()]).collect()
}

/// Length in bytes of the match of a row at the start of `text`.
fn match_row(matchers: &[Matcher], text: &[u8]) -> Option<usize> {
    let mut at = 0;
    for matcher in matchers {
        let rest = tail(text, at);
        let length = matcher.length()?;
        let width = match length {
            // The library's loop counts runes up to the length and so takes all of them for a length of 0.
            0 => rest.len(),
            length => {
                let (start, _) = runes(rest).nth(length - 1)?;
                start + decode_rune(tail(rest, start)).1
            }
        };
        if !Evaluation::new().run(matcher, head(rest, width))? {
            return None;
        }
        at += width;
    }
    Some(at)
}

fn find_row(matchers: &[Matcher], length: usize, text: &[u8]) -> Found {
    runes(text)
        .map(|(at, _)| at)
        .take_while(|at| text.len() - at >= length)
        .find_map(|at| match_row(matchers, tail(text, at)).map(|width| (at, vec![width])))
}

fn find_any_of(matchers: &[Matcher], text: &[u8]) -> Found {
    let mut best: Found = None;
    for (at, lengths) in matchers.iter().filter_map(|matcher| matcher.find(text)) {
        match &mut best {
            Some((first, _)) if at > *first => {}
            Some((first, known)) if at == *first => {
                known.extend(lengths);
                known.sort_unstable();
                known.dedup();
            }
            _ => best = Some((at, lengths)),
        }
    }
    best
}

fn find_every_of(matchers: &[Matcher], text: &[u8]) -> Found {
    let mut index = 0usize;
    let mut offset = 0usize;
    let mut current: Vec<usize> = Vec::new();
    let mut rest = text;
    for (number, matcher) in matchers.iter().enumerate() {
        let (at, lengths) = matcher.find(rest)?;
        if number == 0 {
            current = lengths;
        } else {
            // `delta` of the library, with both sides moved so that nothing is negative.
            current.retain(|length| lengths.contains(&(length + index).wrapping_sub(at + offset)));
            if current.is_empty() {
                return None;
            }
            current = current.iter().map(|length| (length + index).wrapping_sub(at + offset)).collect();
        }
        index = at + offset;
        rest = tail(text, index);
        offset += at;
    }
    Some((index, current))
}

fn find_min(limit: usize, text: &[u8]) -> Found {
    if text.len() < limit {
        return None;
    }
    let ends: Vec<usize> = rune_ends(text, 0).skip(limit.saturating_sub(1)).collect();
    (!ends.is_empty()).then_some((0, ends))
}

fn find_contains(needle: &str, not: bool, text: &[u8]) -> Found {
    let at = find(text, needle);
    match (at, not) {
        (None, false) => None,
        (Some(at), false) => {
            let offset = at + needle.len();
            Some((0, boundaries(tail(text, offset), offset)))
        }
        (at, true) => Some((0, boundaries(head(text, at.unwrap_or(text.len())), 0))),
    }
}

fn find_prefix_suffix(prefix: &str, suffix: &str, text: &[u8]) -> Found {
    let at = find(text, prefix)?;
    let from = tail(text, at);
    if suffix.is_empty() {
        return Some((at, vec![from.len()]));
    }
    let mut ends = Vec::new();
    let mut rest = from;
    while let Some(start) = memmem::rfind(rest, suffix.as_bytes()) {
        ends.push(start + suffix.len());
        rest = head(rest, start);
    }
    ends.reverse();
    (!ends.is_empty()).then_some((at, ends))
}

/// Steps of one evaluation after which results of trees are remembered.
const PLAIN_STEPS: usize = 1 << 10;
/// Steps after which an evaluation is given up.
const MAX_STEPS: usize = 1 << 21;
/// Bytes that are searched in the time of a step.
const BYTES_PER_STEP: usize = 8;

/// The evaluation of any number of matchers on one text. The library's search takes exponential time on some
/// patterns; here results are remembered once it has become long, which changes no answer.
#[derive(Default)]
pub(in crate::ignore) struct Evaluation {
    steps: usize,
    known: HashMap<(usize, usize, usize), bool>,
}

impl Evaluation {
    pub fn new() -> Self {
        Self::default()
    }

    /// `Match` on the whole of `text`; `None` after [`MAX_STEPS`].
    pub(super) fn run(&mut self, matcher: &Matcher, text: &[u8]) -> Option<bool> {
        self.matches(matcher, text, 0)
    }

    /// `Match` on `text`, which begins at `start` of the whole text.
    fn matches(&mut self, matcher: &Matcher, text: &[u8], start: usize) -> Option<bool> {
        self.steps += 1;
        if self.steps > MAX_STEPS {
            return None;
        }
        let verdict = match matcher {
            Matcher::Nothing => text.is_empty(),
            Matcher::Text(own) => own.as_bytes() == text,
            Matcher::Any => memchr::memchr(b'/', text).is_none(),
            Matcher::Super => true,
            Matcher::Single | Matcher::List { .. } | Matcher::Range { .. } => {
                let (rune, width) = decode_rune(text);
                text.len() <= width && matcher.accepts(rune)
            }
            Matcher::Row { matchers, length } => {
                runes(text).take(length + 1).count() == *length && match_row(matchers, text).is_some()
            }
            Matcher::AnyOf(matchers) => {
                for matcher in matchers {
                    if self.matches(matcher, text, start)? {
                        return Some(true);
                    }
                }
                false
            }
            Matcher::EveryOf(matchers) => {
                for matcher in matchers {
                    if !self.matches(matcher, text, start)? {
                        return Some(false);
                    }
                }
                true
            }
            // `Min.Match` counts at least one rune, so it refuses the empty text even for a limit of 0.
            Matcher::Min(limit) => !text.is_empty() && runes(text).take(*limit).count() == *limit,
            Matcher::Max(limit) => runes(text).take(limit + 1).count() <= *limit,
            Matcher::Contains { needle, not } => find(text, needle).is_some() != *not,
            Matcher::Prefix(prefix) => text.starts_with(prefix.as_bytes()),
            Matcher::Suffix(suffix) => text.ends_with(suffix.as_bytes()),
            Matcher::PrefixSuffix { prefix, suffix } => {
                text.starts_with(prefix.as_bytes()) && text.ends_with(suffix.as_bytes())
            }
            Matcher::PrefixAny(prefix) => {
                text.strip_prefix(prefix.as_bytes()).is_some_and(|rest| memchr::memchr(b'/', rest).is_none())
            }
            Matcher::SuffixAny(suffix) => {
                text.strip_suffix(suffix.as_bytes()).is_some_and(|rest| memchr::memchr(b'/', rest).is_none())
            }
            Matcher::Tree(tree) => return self.matches_tree(tree, text, start),
        };
        Some(verdict)
    }

    fn matches_tree(&mut self, tree: &Tree, text: &[u8], start: usize) -> Option<bool> {
        if self.steps < PLAIN_STEPS {
            return self.search_tree(tree, text, start);
        }
        let key = (std::ptr::from_ref(tree).addr(), start, text.len());
        if let Some(known) = self.known.get(&key) {
            return Some(*known);
        }
        let verdict = self.search_tree(tree, text, start)?;
        self.known.insert(key, verdict);
        Some(verdict)
    }

    /// `BTree.Match`.
    fn search_tree(&mut self, tree: &Tree, text: &[u8], start: usize) -> Option<bool> {
        if tree.length.is_some_and(|length| length > text.len()) {
            return Some(false);
        }
        // The library compares lengths in runes with offsets in bytes.
        let mut offset = tree.left_length.unwrap_or(0);
        let limit = text.len().saturating_sub(tree.right_length.unwrap_or(0));
        while offset < limit {
            self.steps += (limit - offset) / BYTES_PER_STEP;
            let Some((index, lengths)) = tree.value.find(tail(head(text, limit), offset)) else {
                return Some(false);
            };
            self.steps += lengths.len();
            let at = offset + index;
            let left = head(text, at);
            let left = match &tree.left {
                Some(matcher) => self.matches(matcher, left, start)?,
                None => left.is_empty(),
            };
            if left {
                for length in lengths.into_iter().rev() {
                    let end = (at + length).min(text.len());
                    let right = tail(text, end);
                    let right = match &tree.right {
                        Some(matcher) => self.matches(matcher, right, start + end)?,
                        None => right.is_empty(),
                    };
                    if right {
                        return Some(true);
                    }
                }
            }
            offset = at + decode_rune(tail(text, at)).1;
        }
        Some(false)
    }
}
