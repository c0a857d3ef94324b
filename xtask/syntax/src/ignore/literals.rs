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
    shapes: Shapes,
    /// Most slashes in a literal.
    slashes: usize,
    /// Whether a literal may begin elsewhere than at the first component.
    anywhere: bool,
    /// Whether a literal may stand for what is below it.
    below: bool,
}

/// First bytes and lengths that literals have: what has neither need not be hashed. Most components of most paths
/// have not.
#[derive(Clone, Copy, Debug, Default)]
struct Shapes {
    first_bytes: [u64; 4],
    lengths: u64,
}

impl Shapes {
    fn add(&mut self, literal: &str) {
        if let Some((word, bit)) = literal.bytes().next().and_then(|byte| self.place(byte)) {
            *word |= bit;
        }
        self.lengths |= Self::length_bit(literal.len());
    }

    fn place(&mut self, byte: u8) -> Option<(&mut u64, u64)> {
        Some((self.first_bytes.get_mut(usize::from(byte >> 6))?, 1 << (byte & 63)))
    }

    fn begin_with(&self, byte: u8) -> bool {
        self.first_bytes.get(usize::from(byte >> 6)).is_some_and(|word| word & (1 << (byte & 63)) != 0)
    }

    fn have_length(&self, length: usize) -> bool {
        self.lengths & Self::length_bit(length) != 0
    }

    /// One bit for each length; all long ones share the last.
    const fn length_bit(length: usize) -> u64 {
        1 << if length < 63 { length } else { 63 }
    }
}

impl Literals {
    /// Adds a literal: a non-empty text that neither begins nor ends with a slash.
    pub fn add(&mut self, rule: usize, literal: &str, extent: Extent) {
        self.shapes.add(literal);
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
            let slash = memchr::memchr(b'/', rest);
            if rest.first().is_some_and(|first| self.shapes.begin_with(*first)) {
                self.beginning_at(path, start, slash, &mut found);
            }
            match slash {
                Some(slash) if self.anywhere => start += slash + 1,
                _ => return,
            }
        }
    }

    /// Literals that begin with the component at `start`; `slash` is where that ends, counted from there.
    fn beginning_at(&self, path: &str, start: usize, slash: Option<usize>, found: &mut impl FnMut(usize)) {
        let mut end = slash.map_or(path.len(), |slash| start + slash);
        for _ in 0..=self.slashes {
            let at_end = end == path.len();
            if self.shapes.have_length(end - start) && (at_end || self.below) {
                let rules = path.get(start..end).and_then(|window| self.rules.get(window));
                for (rule, extent) in rules.into_iter().flatten() {
                    if (start == 0 || extent.anywhere) && (if at_end { extent.itself } else { extent.below })
                    {
                        found(*rule);
                    }
                }
            }
            if at_end {
                return;
            }
            let rest = path.as_bytes().get(end + 1..).unwrap_or_default();
            end = memchr::memchr(b'/', rest).map_or(path.len(), |slash| end + 1 + slash);
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
