//! Many regular expressions asked at once, within bounds.

use regex::bytes::{RegexSet, RegexSetBuilder};

/// Most wildcard patterns of one file that are evaluated.
pub const MAX_GLOBS: usize = 4_096;

/// Patterns per automaton: a set's cost when its cache overflows grows with its patterns.
const CHUNK: usize = 256;

/// Most bytes that one compiled automaton may take.
const SIZE_LIMIT: usize = 8 << 20;
/// Bytes of the cache in which an automaton keeps the states that it has met.
const CACHE_LIMIT: usize = 4 << 20;

/// Why a pattern cannot be part of a set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TooLarge {
    /// The rule whose pattern is beyond the limits.
    pub rule: usize,
}

/// Text for a pattern beyond the limits.
pub(super) fn limit_message() -> String {
    format!(
        "beyond what is evaluated here: at most {MAX_GLOBS} wildcard patterns per file, each compiled to at most {} MiB",
        SIZE_LIMIT >> 20
    )
}

/// Regular expressions, each belonging to a rule.
#[derive(Clone, Debug, Default)]
pub(super) struct PatternSet {
    sets: Vec<(RegexSet, Vec<usize>)>,
}

impl PatternSet {
    /// Compiles pairs of rule and expression. Expressions must be anchored where they ought to be. What is beyond
    /// the limits is left out and returned.
    pub fn new(patterns: Vec<(usize, String)>) -> (Self, Vec<TooLarge>) {
        let mut built = Self::default();
        let mut refused = Vec::new();
        let (allowed, surplus) = patterns.split_at(patterns.len().min(MAX_GLOBS));
        for chunk in allowed.chunks(CHUNK) {
            built.add(chunk, &mut refused);
        }
        refused.extend(surplus.iter().map(|(rule, _)| TooLarge { rule: *rule }));
        (built, refused)
    }

    /// Whether there is no pattern.
    pub fn is_empty(&self) -> bool {
        self.sets.is_empty()
    }

    /// Compiles a chunk, or its halves where it is too large as a whole.
    fn add(&mut self, chunk: &[(usize, String)], refused: &mut Vec<TooLarge>) {
        let set = RegexSetBuilder::new(chunk.iter().map(|(_, regex)| regex))
            .size_limit(SIZE_LIMIT)
            .dfa_size_limit(CACHE_LIMIT)
            .build();
        match (set, chunk) {
            (Ok(set), _) => self.sets.push((set, chunk.iter().map(|(rule, _)| *rule).collect())),
            (Err(_), [(rule, _)]) => refused.push(TooLarge { rule: *rule }),
            (Err(_), _) => {
                let (left, right) = chunk.split_at(chunk.len() / 2);
                self.add(left, refused);
                self.add(right, refused);
            }
        }
    }

    /// Calls `found` with every rule whose expression matches `text`, in the order of the rules.
    pub fn matching(&self, text: &str, mut found: impl FnMut(usize)) {
        for (set, rules) in &self.sets {
            // The single question is answered without the bookkeeping that most paths do not need.
            if set.is_match(text.as_bytes()) {
                set.matches(text.as_bytes())
                    .iter()
                    .filter_map(|index| rules.get(index))
                    .for_each(|rule| found(*rule));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_found_across_chunks_and_the_surplus_is_named() {
        let patterns: Vec<_> = (0..MAX_GLOBS + 2).map(|rule| (rule, format!("^x{rule}[^/]*$"))).collect();
        let (set, refused) = PatternSet::new(patterns);
        assert_eq!(refused, [TooLarge { rule: MAX_GLOBS }, TooLarge { rule: MAX_GLOBS + 1 }]);
        let mut found = Vec::new();
        set.matching("x3000", |rule| found.push(rule));
        assert_eq!(found, [3, 30, 300, 3000]);
    }

    #[test]
    fn one_pattern_of_enormous_size_does_not_take_the_others_with_it() {
        let large = format!("^{}$", "[^a]".repeat(30_000));
        let (set, refused) = PatternSet::new(vec![(0, "^a".into()), (1, large), (2, "^a$".into())]);
        assert_eq!(refused, [TooLarge { rule: 1 }]);
        let mut found = Vec::new();
        set.matching("a", |rule| found.push(rule));
        assert_eq!(found, [0, 2]);
    }
}
