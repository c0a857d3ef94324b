//! Patterns without wildcards, found by hash instead of by automaton.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// Which paths a literal stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Extent {
    /// The literal may begin at any component, not only at the first.
    pub anywhere: bool,
    /// The path may end with the literal.
    pub itself: bool,
    /// Components may follow.
    pub below: bool,
}

impl Extent {
    /// Exactly this path.
    pub const EXACT: Self = Self { anywhere: false, itself: true, below: false };
}

/// Literals by their text.
#[derive(Clone, Debug, Default)]
pub(super) struct Literals {
    rules: HashMap<Box<str>, Vec<(usize, Extent)>, BuildHasherDefault<Fnv>>,
    /// Most slashes in a literal.
    slashes: usize,
    /// Whether a literal may begin elsewhere than at the first component.
    anywhere: bool,
    /// Whether a literal may stand for what is below it.
    below: bool,
}

impl Literals {
    /// Adds a literal: a non-empty text that neither begins nor ends with a slash.
    pub fn add(&mut self, rule: usize, literal: &str, extent: Extent) {
        self.slashes = self.slashes.max(literal.matches('/').count());
        self.anywhere |= extent.anywhere;
        self.below |= extent.below;
        self.rules.entry(literal.into()).or_default().push((rule, extent));
    }

    /// Whether there is no literal.
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// Calls `found` with every rule whose literal stands for `path`; the order is unspecified and a rule may
    /// come more than once.
    pub fn matching(&self, path: &str, mut found: impl FnMut(usize)) {
        if self.rules.is_empty() {
            return;
        }
        let bytes = path.as_bytes();
        let mut start = 0;
        loop {
            let rest = bytes.get(start..).unwrap_or_default();
            let ends = memchr::memchr_iter(b'/', rest).map(|slash| start + slash).chain([path.len()]);
            for end in ends.take(self.slashes + 1) {
                if end < path.len() && !self.below {
                    continue;
                }
                let Some(rules) = path.get(start..end).and_then(|window| self.rules.get(window)) else {
                    continue;
                };
                let at_end = end == path.len();
                for (rule, extent) in rules {
                    if (start == 0 || extent.anywhere) && (if at_end { extent.itself } else { extent.below })
                    {
                        found(*rule);
                    }
                }
            }
            match memchr::memchr(b'/', rest) {
                Some(slash) if self.anywhere => start += slash + 1,
                _ => return,
            }
        }
    }
}

/// FNV-1a: the keys are a repository's own short names, and a table is asked several times per path.
#[derive(Clone, Copy, Debug)]
struct Fnv(u64);

impl Default for Fnv {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl Hasher for Fnv {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_literal_is_found_where_its_extent_allows() {
        let mut literals = Literals::default();
        literals.add(0, "a/b", Extent::EXACT);
        literals.add(1, "b", Extent { anywhere: true, itself: true, below: true });
        literals.add(2, "b/c", Extent { anywhere: true, itself: false, below: true });
        let found = |path: &str| {
            let mut rules = Vec::new();
            literals.matching(path, |rule| rules.push(rule));
            rules.sort_unstable();
            rules
        };
        assert_eq!(found("a/b"), [0, 1]);
        assert_eq!(found("x/a/b"), [1]);
        assert_eq!(found("b/c"), [1]);
        assert_eq!(found("a/b/c/d"), [1, 2]);
        assert_eq!(found("ab"), [0usize; 0]);
    }
}
