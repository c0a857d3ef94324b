//! Which patterns mean what their text says, and the regular expressions that say it.

use std::collections::HashSet;
use std::fmt::Write as _;

use super::parser::Node;

/// `*` and `**`. Runs of bytes: the automaton is a third of the one for runs of characters, and what stands around
/// them begins and ends between characters anyway.
pub(in crate::ignore) const ANY: &str = "(?-u:[^/]*)";
pub(in crate::ignore) const SUPER: &str = "(?s-u:.*)";

/// The text that a pattern without wildcards stands for.
pub(super) fn literal(nodes: &[Node]) -> Option<String> {
    let mut text = String::new();
    for node in nodes {
        match node {
            Node::Text(own) => text.push_str(own),
            // The compiler turns a list of one character into text.
            Node::List { chars, not: false } if chars.len() == 1 => text.extend(chars),
            _ => return None,
        }
    }
    Some(text)
}

/// The two texts of `literal**literal`.
///
/// The compiler makes one test of begins-with and ends-with of it, but only where each side is one text node.
pub(super) fn overlapping(nodes: &[Node]) -> Option<(String, String)> {
    let [prefix, Node::Super, suffix] = nodes else { return None };
    let text = |node: &Node| literal(std::slice::from_ref(node));
    Some((text(prefix)?, text(suffix)?))
}

/// The regular expression that a pattern is equal to: for `literal**literal` the one in which the two do not
/// overlap. `None` for patterns whose wildcards the compiler rewrites into something else.
pub(super) fn regular(nodes: &[Node]) -> Option<String> {
    let mut regex = String::new();
    for (index, node) in nodes.iter().enumerate() {
        if nodes.get(index + 1).is_some_and(|next| is_rewritten(node, next)) {
            return None;
        }
        match node {
            Node::Text(text) => regex.push_str(&regex::escape(text)),
            Node::Any => regex.push_str(ANY),
            Node::Super => regex.push_str(SUPER),
            Node::Single => regex.push_str("[^/]"),
            Node::List { chars, not } => {
                push_class(&mut regex, *not, chars.iter().map(|char| (*char, *char)))
            }
            Node::Range { lo, hi, not } => push_class(&mut regex, *not, [(*lo, *hi)]),
            Node::AnyOf(alternatives) => push_alternatives(&mut regex, alternatives)?,
            Node::Pattern(_) | Node::Nothing => return None,
        }
    }
    Some(regex)
}

/// Whether the compiler turns two neighbours into a test that means something else: `***` fails on an empty
/// rest, and equal negated lists are sought as one text.
fn is_rewritten(node: &Node, next: &Node) -> bool {
    match (node, next) {
        (Node::Any | Node::Super, Node::Any | Node::Super) => true,
        (Node::List { chars, not: true }, Node::List { not: true, .. }) => chars.len() > 1 && node == next,
        _ => false,
    }
}

fn push_class(regex: &mut String, not: bool, ranges: impl IntoIterator<Item = (char, char)>) {
    regex.push_str(if not { "[^" } else { "[" });
    for (lo, hi) in ranges {
        // Writing to a string cannot fail.
        _ = write!(regex, "\\x{{{:x}}}-\\x{{{:x}}}", u32::from(lo), u32::from(hi));
    }
    regex.push(']');
}

/// Braces are equal to an alternation when every alternative is plain text and no two are equal.
fn push_alternatives(regex: &mut String, alternatives: &[Node]) -> Option<()> {
    let mut texts: Vec<&str> = Vec::new();
    let mut seen: HashSet<&str> = HashSet::new();
    for alternative in alternatives {
        let Node::Pattern(children) = alternative else { return None };
        let [Node::Text(text)] = children.as_slice() else { return None };
        if !seen.insert(text) {
            return None;
        }
        texts.push(text);
    }
    if texts.len() < 2 {
        return None;
    }
    let escaped: Vec<String> = texts.into_iter().map(regex::escape).collect();
    _ = write!(regex, "(?:{})", escaped.join("|"));
    Some(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use regex::bytes::Regex;

    use super::super::{Evaluation, Glob, MAX_NODES, Pattern};

    /// Patterns over a small alphabet, so that they often match.
    fn patterns() -> impl Strategy<Value = String> {
        let part = prop::sample::select(vec![
            "a", "b", "ab", "/", "a/", "/b", "*", "**", "**/", "/**/", "/**", "?", "[a]", "[ab]", "[!a]",
            "[!ab]", "[!/]", "[a-b]", "[!a-b]", "{a,b}", "{ab,b}", "{a,/b}", "é", "\\*", "ба",
        ]);
        prop::collection::vec(part, 1..7).prop_map(|parts| parts.concat())
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: crate::ignore::fuzz_cases(1_000), ..ProptestConfig::default() })]

        /// The claim on which evaluation by regular expressions rests.
        #[test]
        fn translated_patterns_answer_as_the_ported_matchers(
            pattern in patterns(),
            paths in prop::collection::vec("[ab/é]{1,7}|[abба/*]{1,9}", 1..12),
        ) {
            let library = Pattern::parse(&pattern).unwrap().compile_as_library(&mut MAX_NODES.clone()).unwrap();
            let glob = Pattern::parse(&pattern).unwrap().compile(&mut MAX_NODES.clone()).unwrap();
            for path in &paths {
                let expected = library.matches(path, &mut Evaluation::new());
                let found = match &glob {
                    Glob::Literal(text) => Some(text == path),
                    Glob::Overlapping { prefix, suffix } => {
                        Some(path.starts_with(prefix.as_str()) && path.ends_with(suffix.as_str()))
                    }
                    Glob::Regular(regex) => Some(Regex::new(&format!("^(?:{regex})$")).unwrap().is_match(path.as_bytes())),
                    Glob::Peculiar(peculiar) => peculiar.matches(path, &mut Evaluation::new()),
                };
                prop_assert_eq!(found, expected, "{} on {}", pattern, path);
            }
        }
    }
}
