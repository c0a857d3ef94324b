//! The patterns of moby/patternmatcher (`Pattern.compile`, `Pattern.match`).

use super::super::go_regexp;
use super::super::literals::{Extent, Literals};
use super::super::pattern_set::{PatternSet, TooLarge};
use crate::source::BOM;

/// A set of rules. Most paths match none, so the empty set costs nothing.
#[derive(Clone, Debug, Default)]
pub(super) struct Matched(Vec<u64>);

impl Matched {
    pub fn has(&self, rule: usize) -> bool {
        self.0.get(rule / 64).is_some_and(|word| word >> (rule % 64) & 1 == 1)
    }

    pub fn set(&mut self, rule: usize) {
        if self.0.len() <= rule / 64 {
            self.0.resize(rule / 64 + 1, 0);
        }
        if let Some(word) = self.0.get_mut(rule / 64) {
            *word |= 1 << (rule % 64);
        }
    }

    /// The rules of both sets.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        let (longer, shorter) = if self.0.len() < other.0.len() { (other, self) } else { (self, other) };
        let mut union = longer.clone();
        union.0.iter_mut().zip(&shorter.0).for_each(|(word, more)| *word |= more);
        union
    }

    /// The rules, ascending.
    pub fn iter(&self) -> impl Iterator<Item = usize> {
        self.0.iter().enumerate().flat_map(|(index, word)| {
            let mut rest = *word;
            std::iter::from_fn(move || {
                let bit = rest.trailing_zeros() as usize;
                rest &= rest.wrapping_sub(1);
                (bit < 64).then_some(index * 64 + bit)
            })
        })
    }
}

/// What the walk must know of a negation to skip folders.
#[derive(Clone, Debug)]
enum Negation {
    /// The pattern without a trailing `/*` or `/**`, with a slash behind.
    Below(String),
    /// Has other wildcards.
    Anywhere,
}

/// All patterns of a file, by rule.
#[derive(Clone, Debug, Default)]
pub(super) struct Patterns {
    literals: Literals,
    regexes: PatternSet,
    /// Rules whose expression Go refuses, found only when they are asked.
    broken: Matched,
    /// Number of components of each pattern.
    depths: Vec<usize>,
    negations: Vec<Negation>,
}

/// How a pattern is compared.
#[derive(Debug, PartialEq, Eq)]
enum Kind {
    Exact,
    Prefix,
    Suffix,
    Regexp(String),
}

impl Patterns {
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// The rules that match `path` itself.
    pub fn matched(&self, path: &str) -> Matched {
        let mut matched = Matched::default();
        self.literals.matching(path, |rule| matched.set(rule));
        self.regexes.matching(path, |rule| matched.set(rule));
        matched
    }

    /// Rules that fail when they are asked.
    pub const fn broken(&self) -> &Matched {
        &self.broken
    }

    /// Number of components of a rule's pattern.
    pub fn depth(&self, rule: usize) -> usize {
        self.depths.get(rule).copied().unwrap_or(1)
    }

    pub fn walks_everything(&self) -> bool {
        self.negations.iter().any(|negation| matches!(negation, Negation::Anywhere))
    }

    /// Whether the walk skips an ignored folder (fsutil's `filterFS.Walk`).
    pub fn may_skip(&self, folder: &str) -> bool {
        self.negations.iter().all(|negation| match negation {
            Negation::Anywhere => false,
            Negation::Below(path) => !path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/')),
        })
    }
}

/// Collects patterns.
#[derive(Debug, Default)]
pub(super) struct Builder {
    patterns: Patterns,
    regexes: Vec<(usize, String)>,
}

impl Builder {
    /// Adds what the reader made of a line (`patternmatcher.New`); tells whether it is negated, or `None` when the
    /// matcher passes over it. The error is the matcher's text.
    pub fn add(&mut self, rule: usize, line: &str) -> Result<Option<bool>, String> {
        let line = line.trim();
        if line.is_empty() {
            return Ok(None);
        }
        let cleaned = super::clean_path(line);
        let (negated, pattern) = match cleaned.strip_prefix('!') {
            Some("") => return Err("illegal exclusion pattern: \"!\"".to_owned()),
            Some(pattern) => (true, pattern),
            None => (false, cleaned.as_str()),
        };
        if !is_valid_glob(pattern) {
            return Err("syntax error in pattern".to_owned());
        }
        self.patterns.depths.push(pattern.split('/').count());
        if negated {
            self.patterns.negations.push(negation(pattern));
        }
        self.compile(rule, pattern);
        Ok(Some(negated))
    }

    fn compile(&mut self, rule: usize, pattern: &str) {
        let plain = |text: &str| !text.is_empty() && !text.starts_with('/') && !text.ends_with('/');
        let below = Extent { anywhere: false, itself: false, below: true };
        let last = Extent { anywhere: true, itself: true, below: false };
        let regex = match classify(pattern) {
            Kind::Exact if plain(pattern) => return self.patterns.literals.add(rule, pattern, Extent::EXACT),
            Kind::Exact => format!("^{}$", regex::escape(pattern)),
            Kind::Prefix => {
                let prefix = pattern.strip_suffix("**").unwrap_or(pattern);
                match prefix.strip_suffix('/').filter(|folder| plain(folder)) {
                    Some(folder) => return self.patterns.literals.add(rule, folder, below),
                    None => format!("^{}", regex::escape(prefix)),
                }
            }
            Kind::Suffix => {
                let suffix = pattern.strip_prefix("**").unwrap_or(pattern);
                match suffix.strip_prefix('/') {
                    Some(name) if plain(name) => return self.patterns.literals.add(rule, name, last),
                    Some(name) => format!("(?:^|/){}$", regex::escape(name)),
                    None => format!("{}$", regex::escape(suffix)),
                }
            }
            Kind::Regexp(expression) => match go_regexp::translate(&expression) {
                Ok(regex) => regex,
                Err(go_regexp::Refused) => return self.patterns.broken.set(rule),
            },
        };
        self.regexes.push((rule, regex));
    }

    pub fn build(mut self) -> (Patterns, Vec<TooLarge>) {
        let (regexes, refused) = PatternSet::new(self.regexes);
        self.patterns.regexes = regexes;
        (self.patterns, refused)
    }
}

/// `patternWithoutTrailingGlob` and the test for wildcards in front of it.
fn negation(pattern: &str) -> Negation {
    let path = pattern.strip_suffix("/**").unwrap_or(pattern);
    let path = path.strip_suffix("/*").unwrap_or(path);
    if path.contains(['*', '[', ']', '?', '^', '\\']) {
        return Negation::Anywhere;
    }
    Negation::Below(format!("{path}/"))
}

/// `Pattern.compile`: chooses the comparison while writing the expression.
fn classify(pattern: &str) -> Kind {
    // `text/scanner` drops a byte order mark at the start.
    let scanned = pattern.strip_prefix(BOM).unwrap_or(pattern);
    let mut characters = scanned.chars().peekable();
    let mut expression = String::from("^");
    let mut kind = Kind::Exact;
    let regexp = || Kind::Regexp(String::new());
    let mut first = true;
    while let Some(character) = characters.next() {
        match character {
            '*' if characters.next_if_eq(&'*').is_some() => {
                // `**/` is taken for `**`.
                characters.next_if_eq(&'/');
                if characters.peek().is_some() {
                    expression.push_str("(.*/)?");
                    kind = regexp();
                } else if kind == Kind::Exact {
                    kind = Kind::Prefix;
                } else {
                    expression.push_str(".*");
                    kind = regexp();
                }
                if first {
                    kind = Kind::Suffix;
                }
            }
            '*' => {
                expression.push_str("[^/]*");
                kind = regexp();
            }
            '?' => {
                expression.push_str("[^/]");
                kind = regexp();
            }
            // `{`, `|` and `}` are meant to be here too, but the matcher's table does not reach that far.
            '.' | '+' | '(' | ')' | '$' => {
                expression.push('\\');
                expression.push(character);
            }
            '\\' => {
                expression.push('\\');
                if let Some(escaped) = characters.next() {
                    expression.push(escaped);
                    kind = regexp();
                }
            }
            '[' | ']' => {
                expression.push(character);
                kind = regexp();
            }
            _ => expression.push(character),
        }
        first = false;
    }
    expression.push('$');
    if matches!(kind, Kind::Regexp(_)) { Kind::Regexp(expression) } else { kind }
}

/// Whether `filepath.Match(pattern, ".")` finds no fault on Unix. It stops at the first part that does not match,
/// so faults behind it come to light only in the walk.
fn is_valid_glob(pattern: &str) -> bool {
    let mut rest = pattern;
    let mut name = ".";
    while !rest.is_empty() {
        let unstarred = rest.trim_start_matches('*');
        let star = unstarred.len() < rest.len();
        let (chunk, after) = unstarred.split_at_checked(chunk_length(unstarred)).unwrap_or((unstarred, ""));
        rest = after;
        if star && chunk.is_empty() {
            return true;
        }
        match match_chunk(chunk, name) {
            Err(Fault) => return false,
            Ok(Some(left)) if left.is_empty() || !rest.is_empty() => {
                name = left;
                continue;
            }
            Ok(_) => {}
        }
        // A star may stand for the one character of the name; then nothing is left of it.
        match star.then(|| match_chunk(chunk, "")) {
            Some(Err(Fault)) => return false,
            Some(Ok(Some(left))) if !name.is_empty() => name = left,
            _ => return true,
        }
    }
    true
}

/// Length of the part before the next star (`scanChunk`).
fn chunk_length(pattern: &str) -> usize {
    let mut in_range = false;
    let mut characters = pattern.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '\\' => drop(characters.next()),
            '[' => in_range = true,
            ']' => in_range = false,
            '*' if !in_range => return at,
            _ => {}
        }
    }
    pattern.len()
}

/// `filepath.ErrBadPattern`
#[derive(Debug, PartialEq, Eq)]
struct Fault;

/// Matches `chunk` at the start of `name`: the rest of the name, or `None` without a match (`matchChunk`). The whole
/// chunk is checked either way.
fn match_chunk<'a>(chunk: &str, name: &'a str) -> Result<Option<&'a str>, Fault> {
    let mut chunk = chunk.chars();
    let mut name = Some(name);
    while let Some(character) = chunk.next() {
        let next = name.and_then(|name| name.chars().next());
        let accepted = match character {
            '[' => match_class(&mut chunk, next.unwrap_or('\0'))?,
            '?' => next != Some('/'),
            '\\' => Some(chunk.next().ok_or(Fault)?) == next,
            character => Some(character) == next,
        };
        name = match (name, next) {
            (Some(name), Some(next)) if accepted => name.get(next.len_utf8()..),
            _ => None,
        };
    }
    Ok(name)
}

fn match_class(chunk: &mut std::str::Chars<'_>, character: char) -> Result<bool, Fault> {
    let negated = chunk.as_str().starts_with('^');
    if negated {
        chunk.next();
    }
    let mut matched = false;
    let mut first = true;
    loop {
        if !first && chunk.as_str().starts_with(']') {
            chunk.next();
            return Ok(matched != negated);
        }
        first = false;
        let lo = class_character(chunk)?;
        let mut hi = lo;
        if chunk.as_str().starts_with('-') {
            chunk.next();
            hi = class_character(chunk)?;
        }
        matched |= (lo..=hi).contains(&character);
    }
}

/// `getEsc`
fn class_character(chunk: &mut std::str::Chars<'_>) -> Result<char, Fault> {
    let character = match chunk.next() {
        None | Some('-' | ']') => return Err(Fault),
        Some('\\') => chunk.next().ok_or(Fault)?,
        Some(character) => character,
    };
    if chunk.as_str().is_empty() {
        return Err(Fault);
    }
    Ok(character)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_chosen_while_scanning() {
        for (pattern, kind) in [
            ("a^b.c", Kind::Exact),
            ("foo**", Kind::Prefix),
            ("foo/**", Kind::Prefix),
            ("**", Kind::Suffix),
            ("**foo", Kind::Suffix),
            ("**/foo.d", Kind::Suffix),
            ("**/foo/**", Kind::Regexp("^(.*/)?foo/.*$".into())),
            ("a/**/b", Kind::Regexp("^a/(.*/)?b$".into())),
            ("[a*b]", Kind::Regexp("^[a[^/]*b]$".into())),
            ("\\d", Kind::Regexp("^\\d$".into())),
        ] {
            assert_eq!(classify(pattern), kind, "{pattern}");
        }
    }

    #[test]
    fn faults_are_found_where_filepath_match_looks() {
        for pattern in ["[a", "[]", "a\\", "[^]", "[a-]", "*[", ".*[", "[\\]"] {
            assert!(!is_valid_glob(pattern), "{pattern}");
        }
        for pattern in
            ["[z-a]", "\\y", "a*[", "[]a]".trim_start_matches("[]"), "[a-z0-9]", "**/x", "[[:alpha:]]"]
        {
            assert!(is_valid_glob(pattern), "{pattern}");
        }
    }
}
