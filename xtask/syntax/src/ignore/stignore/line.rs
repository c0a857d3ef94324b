//! One line of a `.stignore`: prefixes, the patterns that Syncthing derives from it, and their evaluation.

use super::super::go::{quote, to_lower};
use super::super::gobwas::{CompileError, Glob, MAX_NODES, Pattern, Peculiar, SUPER};
use super::super::literals::Extent;
use super::{Platform, Surprise, Traits};

/// Most syntax nodes that all patterns of a file which need the ported matchers may have.
pub(super) const MAX_FILE_NODES: usize = 1 << 16;

/// The patterns of a line, ready for evaluation. All stand for the same rule.
#[derive(Debug, Default)]
pub(super) struct Globs {
    /// Patterns without wildcards.
    pub literals: Vec<(String, Extent)>,
    /// All other patterns that a regular expression can stand for, anchored.
    pub regex: Option<String>,
    /// Patterns that only the glob library's own matchers answer.
    pub peculiar: Vec<Peculiar>,
}

/// The words before a pattern (`parseLine`).
struct Prefixed<'a> {
    negated: bool,
    folds_case: bool,
    deletable: bool,
    pattern: &'a str,
}

/// Each prefix counts once and in any order; a repeated one is part of the pattern.
fn strip_prefixes(line: &str) -> Prefixed<'_> {
    let mut found = Prefixed { negated: false, folds_case: false, deletable: false, pattern: line };
    loop {
        let pattern = found.pattern;
        if let Some(rest) = pattern.strip_prefix('!').filter(|_| !found.negated) {
            (found.negated, found.pattern) = (true, rest);
        } else if let Some(rest) = pattern.strip_prefix("(?i)").filter(|_| !found.folds_case) {
            (found.folds_case, found.pattern) = (true, rest);
        } else if let Some(rest) = pattern.strip_prefix("(?d)").filter(|_| !found.deletable) {
            (found.deletable, found.pattern) = (true, rest);
        } else {
            return found;
        }
    }
}

/// A line that was understood.
pub(super) struct Compiled {
    pub negated: bool,
    pub traits: Traits,
    pub globs: Globs,
}

/// Reads a line that is neither empty nor a comment nor a directive. The error is Syncthing's text. `nodes_left` of
/// [`MAX_FILE_NODES`] is lowered by what the line takes.
pub(super) fn compile(line: &str, platform: Platform, nodes_left: &mut usize) -> Result<Compiled, String> {
    // The order of `parseIgnoreFile`: what stands for the contents only is not doubled.
    let (itself, below) = if line.ends_with("/**") {
        (None, line.to_owned())
    } else if line.ends_with('/') {
        (None, format!("{line}**"))
    } else {
        (Some(line), format!("{line}/**"))
    };
    let mut variants = Vec::new();
    let mut allows_skipping = true;
    for line in itself.into_iter().chain([below.as_str()]) {
        let prefixed = strip_prefixes(line);
        if prefixed.pattern.is_empty() {
            return Err(invalid(line, "missing pattern"));
        }
        let mut pattern = platform.normalized(prefixed.pattern).into_owned();
        if prefixed.folds_case || platform.folds_case() {
            pattern = to_lower(&pattern);
        }
        for variant in expand(&pattern) {
            allows_skipping &= !prefixed.negated || allows_skipping_directories(&variant);
            let glob = variant.strip_prefix('/').filter(|_| pattern.starts_with('/')).unwrap_or(&variant);
            let glob = Pattern::parse(glob).map_err(|error| invalid(line, &describe(error)))?;
            variants.push(glob);
        }
    }
    let prefixed = strip_prefixes(line);
    let surprise = surprise(prefixed.pattern, &variants);
    let shape = Shape::of(prefixed.pattern, itself.is_some());
    let folds_case = prefixed.folds_case || platform.folds_case();
    let body = platform.normalized(shape.body);
    let body = if folds_case { to_lower(&body) } else { body.into_owned() };
    let globs = evaluate(variants, &body, shape.extent, nodes_left)
        .map_err(|error| invalid(line, &describe(error)))?;
    let traits = Traits { deletable: prefixed.deletable, folds_case, allows_skipping, surprise };
    Ok(Compiled { negated: prefixed.negated, traits, globs })
}

fn invalid(line: &str, reason: &str) -> String {
    format!("invalid pattern {} in ignore file: parse error: {reason}", quote(line))
}

fn describe(error: CompileError) -> String {
    match error {
        CompileError::Syntax(message) => message,
        CompileError::TooComplex => {
            format!(
                "beyond what is evaluated here: braces with wildcards of at most {MAX_NODES} parts, nested at most 64 deep, and {MAX_FILE_NODES} parts in a file"
            )
        }
    }
}

/// The patterns that one pattern becomes (`parseLine`); a rooted one keeps its slash.
fn expand(pattern: &str) -> Vec<String> {
    if pattern.starts_with('/') {
        vec![pattern.to_owned()]
    } else if let Some(rest) = pattern.strip_prefix("**/") {
        vec![pattern.to_owned(), rest.to_owned()]
    } else {
        vec![pattern.to_owned(), format!("**/{pattern}")]
    }
}

/// `Pattern.allowsSkippingIgnoredDirs` of a negated pattern.
fn allows_skipping_directories(pattern: &str) -> bool {
    if !pattern.starts_with('/') {
        return false;
    }
    let Some(rooted) = pattern.strip_suffix("/**").unwrap_or(pattern).strip_prefix('/') else { return true };
    !rooted.contains('/') && !rooted.strip_suffix("**").unwrap_or(rooted).contains("**")
}

/// What the patterns of a line amount to when its wildcards do nothing unexpected.
struct Shape<'a> {
    body: &'a str,
    extent: Extent,
}

impl<'a> Shape<'a> {
    fn of(pattern: &'a str, itself: bool) -> Self {
        let body = pattern.strip_suffix("/**").or_else(|| pattern.strip_suffix('/')).unwrap_or(pattern);
        let body = if itself { pattern } else { body };
        let rooted = body.strip_prefix('/');
        let body = rooted.or_else(|| body.strip_prefix("**/")).unwrap_or(body);
        Self { body, extent: Extent { anywhere: rooted.is_none(), itself, below: true } }
    }

    /// The expressions that the expanded patterns should have when `body` has the expression `regex`.
    fn expected(extent: Extent, regex: &str) -> Vec<String> {
        let mut expected = Vec::new();
        let below = format!("/{SUPER}");
        for tail in [extent.itself.then_some(""), extent.below.then_some(&below)].into_iter().flatten() {
            expected.push(format!("{regex}{tail}"));
            if extent.anywhere {
                expected.push(format!("{SUPER}/{regex}{tail}"));
            }
        }
        expected
    }

    /// One expression for all of them.
    fn combined(extent: Extent, regex: &str) -> String {
        let head = if extent.anywhere { format!("(?:{SUPER}/)?") } else { String::new() };
        let tail = if extent.itself { format!("(?:/{SUPER})?") } else { format!("/{SUPER}") };
        format!("{head}{regex}{tail}")
    }
}

/// Finds the cheapest exact evaluation of all patterns of a line.
fn evaluate(
    variants: Vec<Pattern>,
    body: &str,
    extent: Extent,
    nodes_left: &mut usize,
) -> Result<Globs, CompileError> {
    let mut globs = Globs::default();
    let mut regexes: Vec<String> = Vec::new();
    let mut extra: Vec<String> = Vec::new();
    for variant in variants {
        match variant.compile(nodes_left)? {
            Glob::Literal(text) => regexes.push(regex::escape(&text)),
            Glob::Regular(regex) => regexes.push(regex),
            Glob::Overlapping { prefix, suffix } => {
                regexes.push(between(&prefix, &suffix));
                extra.extend(overlaps(&prefix, &suffix).map(|text| regex::escape(&text)));
            }
            Glob::Peculiar(glob) => globs.peculiar.push(glob),
        }
    }
    let body = Pattern::parse(body).ok().and_then(|body| body.translate());
    let (literal, regex) = match body {
        Some(Glob::Literal(text)) => (is_plain(&text).then(|| text.clone()), Some(regex::escape(&text))),
        Some(Glob::Regular(regex)) => (None, Some(regex)),
        Some(Glob::Overlapping { prefix, suffix }) => (None, Some(between(&prefix, &suffix))),
        _ => (None, None),
    };
    if let Some(regex) = regex.filter(|regex| is_same_set(&Shape::expected(extent, regex), &regexes)) {
        match literal {
            Some(literal) => {
                globs.literals.push((literal, extent));
                regexes.clear();
            }
            None => regexes = vec![Shape::combined(extent, &regex)],
        }
    }
    regexes.append(&mut extra);
    globs.regex = (!regexes.is_empty()).then(|| format!("^(?:{})$", regexes.join("|")));
    Ok(globs)
}

/// The expression of `prefix**suffix` without overlap.
fn between(prefix: &str, suffix: &str) -> String {
    format!("{}{SUPER}{}", regex::escape(prefix), regex::escape(suffix))
}

/// Whether a literal can be found by components.
fn is_plain(literal: &str) -> bool {
    !literal.is_empty() && !literal.starts_with('/') && !literal.ends_with('/')
}

fn is_same_set(expected: &[String], found: &[String]) -> bool {
    expected.len() == found.len() && expected.iter().all(|regex| found.contains(regex))
}

/// The texts that begin with `prefix`, end with `suffix` and are too short for both side by side.
fn overlaps(prefix: &str, suffix: &str) -> impl Iterator<Item = String> {
    (1..=prefix.len().min(suffix.len())).filter_map(move |shared| {
        let rest = suffix.get(shared..)?;
        let common = suffix.get(..shared)?;
        prefix.ends_with(common).then(|| format!("{prefix}{rest}"))
    })
}

/// What a user would not expect of the patterns of a line.
fn surprise(pattern: &str, variants: &[Pattern]) -> Option<Surprise> {
    if variants.iter().any(Pattern::is_peculiar) {
        return Some(Surprise::Unreliable);
    }
    // `a/**/b` alone gets its answer from the overlap of the two slashes; with any other wildcard beside it the
    // two slashes are both needed.
    let inner = pattern.strip_prefix("**/").unwrap_or(pattern).trim_start_matches('/');
    let (head, tail) = inner.split_once("/**/")?;
    let overlaps = [head, tail].iter().all(|text| !text.contains(['*', '?', '[', '{']));
    (!overlaps || pattern.starts_with("**/")).then_some(Surprise::NeedsFolderBetween)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_count_once_in_any_order() {
        let found = strip_prefixes("(?d)!(?i)(?i)a");
        assert!(found.negated && found.folds_case && found.deletable);
        assert_eq!(found.pattern, "(?i)a");
    }

    #[test]
    fn only_rooted_single_component_negations_allow_skipping() {
        for (pattern, allows) in [
            ("/apps", true),
            ("/apps/**", true),
            ("/**", true),
            ("/a**", true),
            ("/a**/**", true),
            ("/a**b", false),
            ("/apps/web", false),
            ("apps", false),
        ] {
            assert_eq!(allows_skipping_directories(pattern), allows, "{pattern}");
        }
    }

    #[test]
    fn overlapping_texts_are_listed() {
        assert_eq!(overlaps("a/", "/b").collect::<Vec<_>>(), ["a/b"]);
        assert_eq!(overlaps("aba", "aba").collect::<Vec<_>>(), ["ababa", "aba"]);
    }

    #[test]
    fn plain_names_need_no_automaton() {
        let globs =
            compile("node_modules", Platform::Linux, &mut 0).unwrap_or_else(|error| panic!("{error}")).globs;
        assert!(globs.regex.is_none() && globs.peculiar.is_empty());
        assert_eq!(
            globs.literals,
            [("node_modules".to_owned(), Extent { anywhere: true, itself: true, below: true })]
        );
    }
}
