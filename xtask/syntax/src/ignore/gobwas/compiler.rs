//! From syntax to matchers (`compiler/compiler.go`), with every rewrite of the library in its order.

use super::matcher::{Matcher, Tree};
use super::parser::Node;

/// Compiles the children of a pattern's root.
pub(super) fn compile(nodes: Vec<Node>) -> Matcher {
    compile_node(Node::Pattern(nodes))
}

fn compile_node(node: Node) -> Matcher {
    let matcher = match node {
        Node::AnyOf(alternatives) => {
            return match share_common_parts(&alternatives) {
                Some(shared) => compile_node(shared),
                None => Matcher::AnyOf(compile_children(alternatives)),
            };
        }
        Node::Pattern(children) if children.is_empty() => return Matcher::Nothing,
        Node::Pattern(children) => combine(minimize(compile_children(children))),
        Node::Any => Matcher::Any,
        Node::Super => Matcher::Super,
        Node::Single => Matcher::Single,
        Node::Nothing => Matcher::Nothing,
        Node::List { chars, not } => Matcher::List { chars, not },
        Node::Range { lo, hi, not } => Matcher::Range { lo, hi, not },
        Node::Text(text) => Matcher::Text(text),
    };
    optimize(matcher)
}

fn compile_children(nodes: Vec<Node>) -> Vec<Matcher> {
    nodes.into_iter().map(|node| optimize(compile_node(node))).collect()
}

/// `optimizeMatcher`
fn optimize(matcher: Matcher) -> Matcher {
    match matcher {
        Matcher::AnyOf(mut matchers) if matchers.len() == 1 => matchers.pop().unwrap_or(Matcher::Nothing),
        Matcher::List { chars, not: false } if chars.len() == 1 => Matcher::Text(chars.into_iter().collect()),
        Matcher::Tree(tree) => optimize_tree(*tree),
        matcher => matcher,
    }
}

fn optimize_tree(tree: Tree) -> Matcher {
    let (value, left, right) = tree.into_parts();
    let left = left.map(optimize);
    let right = right.map(optimize);
    let Matcher::Text(text) = value else { return Matcher::Tree(Box::new(Tree::new(value, left, right))) };
    match (left, right) {
        (None, None) => Matcher::Text(text),
        (Some(Matcher::Super), Some(Matcher::Super)) => Matcher::Contains { needle: text, not: false },
        (Some(Matcher::Super), None) => Matcher::Suffix(text),
        (None, Some(Matcher::Super)) => Matcher::Prefix(text),
        (None, Some(Matcher::Suffix(suffix))) => Matcher::PrefixSuffix { prefix: text, suffix },
        (Some(Matcher::Prefix(prefix)), None) => Matcher::PrefixSuffix { prefix, suffix: text },
        (Some(Matcher::Any), None) => Matcher::SuffixAny(text),
        (None, Some(Matcher::Any)) => Matcher::PrefixAny(text),
        (left, right) => Matcher::Tree(Box::new(Tree::new(Matcher::Text(text), left, right))),
    }
}

/// `compileMatchers`: the longest matcher of fixed length, the last among equals, becomes the root of a tree.
fn combine(mut matchers: Vec<Matcher>) -> Matcher {
    if matchers.len() == 1 {
        return matchers.pop().unwrap_or(Matcher::Nothing);
    }
    if let Some(glued) = glue(&matchers) {
        return glued;
    }
    let fixed =
        matchers.iter().enumerate().filter_map(|(index, matcher)| Some((matcher.length()?, index))).max();
    let Some((_, index)) = fixed else {
        let rest = matchers.split_off(1);
        let first = matchers.pop().unwrap_or(Matcher::Nothing);
        return Matcher::Tree(Box::new(Tree::new(first, None, Some(combine(rest)))));
    };
    let right = matchers.split_off(index + 1);
    let value = matchers.pop().unwrap_or(Matcher::Nothing);
    let side = |matchers: Vec<Matcher>| (!matchers.is_empty()).then(|| combine(matchers));
    Matcher::Tree(Box::new(Tree::new(value, side(matchers), side(right))))
}

/// `glueMatchers`
fn glue(matchers: &[Matcher]) -> Option<Matcher> {
    if matchers.len() <= 1 {
        return None;
    }
    glue_every(matchers).or_else(|| glue_row(matchers))
}

/// `glueMatchersAsRow`
fn glue_row(matchers: &[Matcher]) -> Option<Matcher> {
    let length = matchers.iter().map(Matcher::length).sum::<Option<usize>>()?;
    Some(Matcher::Row { matchers: matchers.to_vec(), length })
}

/// What a wildcard does not match; `None` for other matchers.
fn separators_of(matcher: &Matcher) -> Option<&[char]> {
    match matcher {
        Matcher::Super => Some(&[]),
        Matcher::Any | Matcher::Single => Some(&['/']),
        Matcher::List { chars, not: true } => Some(chars),
        _ => None,
    }
}

/// `glueMatchersAsEvery`: wildcards side by side become one test of length and content. That the excluded
/// characters of a list are then sought as one text, in their order, is the library's slip.
fn glue_every(matchers: &[Matcher]) -> Option<Matcher> {
    let separators = separators_of(matchers.first()?)?;
    let (mut any, mut everything, mut single) = (false, false, false);
    let mut least = 0;
    for matcher in matchers {
        if separators_of(matcher) != Some(separators) {
            return None;
        }
        match matcher {
            Matcher::Super => everything = true,
            Matcher::Any => any = true,
            _ => {
                single = true;
                least += 1;
            }
        }
    }
    if everything && !any && !single {
        return Some(Matcher::Super);
    }
    if any && !everything && !single {
        return Some(Matcher::Any);
    }
    if (any || everything) && least > 0 && separators.is_empty() {
        return Some(Matcher::Min(least));
    }
    let mut every = Vec::new();
    if least > 0 {
        every.push(Matcher::Min(least));
        if !any && !everything {
            every.push(Matcher::Max(least));
        }
    }
    if !separators.is_empty() {
        every.push(Matcher::Contains { needle: separators.iter().collect(), not: true });
    }
    Some(Matcher::EveryOf(every))
}

/// `minimizeMatchers`: replaces the longest run that can be glued, again and again.
fn minimize(mut matchers: Vec<Matcher>) -> Vec<Matcher> {
    loop {
        let mut best: Option<Run> = None;
        // The library tries every end of a run; from one start the longest is always the one that it takes.
        for run in (0..matchers.len()).filter_map(|start| Run::longest(&matchers, start)) {
            let is_better = best.as_ref().is_none_or(|best| {
                best.length.zip(run.length).is_some_and(|(old, new)| new > old) || best.count() < run.count()
            });
            if is_better {
                best = Some(run);
            }
        }
        let Some(run) = best else { return matchers };
        let Some(glued) = matchers.get(run.start..run.end).and_then(glue) else { return matchers };
        matchers.splice(run.start..run.end, [glued]);
    }
}

/// Neighbours that can be glued.
struct Run {
    start: usize,
    end: usize,
    /// The fixed length of the matcher that they become.
    length: Option<usize>,
}

impl Run {
    fn longest(matchers: &[Matcher], start: usize) -> Option<Self> {
        let from = matchers.get(start..)?;
        let separators = from.first().and_then(separators_of);
        let wildcards = match separators {
            Some(_) => from.iter().take_while(|matcher| separators_of(matcher) == separators).count(),
            None => 0,
        };
        let lengths: Vec<usize> = from.iter().map_while(Matcher::length).collect();
        let count = wildcards.max(lengths.len());
        // As in `glue`, wildcards are glued as such before they are as a row.
        let length = (wildcards < count).then(|| lengths.iter().sum());
        (count > 1).then_some(Self { start, end: start + count, length })
    }

    const fn count(&self) -> usize {
        self.end - self.start
    }
}

/// `minimizeTreeAnyOf`: takes what all alternatives begin or end with out of the braces.
fn share_common_parts(alternatives: &[Node]) -> Option<Node> {
    let patterns: Vec<&[Node]> = alternatives
        .iter()
        .map(|node| match node {
            Node::Pattern(children) => Some(children.as_slice()),
            _ => None,
        })
        .collect::<Option<_>>()?;
    let (left, right) = common_children(&patterns);
    if left == 0 && right == 0 {
        return None;
    }
    let first = patterns.first()?;
    let mut rest: Vec<Node> = Vec::new();
    for children in &patterns {
        let own = children.get(left..children.len() - right).unwrap_or_default();
        let own = if own.is_empty() { Node::Nothing } else { Node::Pattern(own.to_vec()) };
        if !rest.contains(&own) {
            rest.push(own);
        }
    }
    let mut shared = Vec::new();
    if left > 0 {
        shared.push(Node::Pattern(first.get(..left)?.to_vec()));
    }
    match rest.as_slice() {
        [Node::Nothing] => {}
        [only] => shared.push(only.clone()),
        _ => shared.push(Node::AnyOf(rest)),
    }
    if right > 0 {
        shared.push(Node::Pattern(first.get(first.len() - right..)?.to_vec()));
    }
    Some(Node::Pattern(shared))
}

/// `commonChildren`: how many children all patterns share at their start and at their end, counted from both
/// sides at once along the shortest.
fn common_children(patterns: &[&[Node]]) -> (usize, usize) {
    if patterns.len() <= 1 {
        return (0, 0);
    }
    // The first of the shortest.
    let Some((shortest_index, shortest)) = patterns.iter().enumerate().min_by_key(|(_, own)| own.len())
    else {
        return (0, 0);
    };
    let length = shortest.len();
    let (mut left, mut right) = (0, 0);
    let (mut break_left, mut break_right) = (false, false);
    for i in 0..length {
        if left + right >= length || (break_left && break_right) {
            break;
        }
        let j = length - 1 - i;
        // Both sides in one pass: whether the right side is given up hangs on what the alternatives so far have
        // said of the left one.
        for (index, children) in patterns.iter().enumerate() {
            if index == shortest_index || (break_left && break_right) {
                continue;
            }
            break_left = break_left || children.get(i) != shortest.get(i);
            break_right = break_right || (!break_left && j <= i);
            break_right = break_right || children.get(j + children.len() - length) != shortest.get(j);
        }
        if !break_left {
            left += 1;
        }
        if !break_right {
            right += 1;
        }
    }
    (left, right)
}
