//! Heredocs of `RUN`, `COPY` and `ADD`.
//!
//! Follows `heredocsFromLine` and `heredocFromMatch` in moby/buildkit `frontend/dockerfile/parser/parser.go`.

use std::collections::HashMap;

use super::expand::{raw_words, unquoted_words};
use super::lines::Lines;
use crate::source::Span;

/// A heredoc of an instruction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heredoc {
    /// The terminator, quotes removed.
    pub name: String,
    /// Whether variables in the body are expanded: no part of the word was quoted.
    pub expand: bool,
    /// `<<-`: leading tabs of body and terminator are dropped.
    pub chomp: bool,
    /// The number in front of `<<`, 0 if there is none.
    pub descriptor: u32,
    /// The body, from the line after the command (or the previous terminator) to before the terminator's line.
    pub body: Span,
    /// The line of the terminator, with its line end; empty if it is missing.
    pub terminator: Span,
}

/// A heredoc word before its body was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Start {
    pub name: String,
    pub expand: bool,
    pub chomp: bool,
    pub descriptor: u32,
}

/// The heredocs that a logical line announces, keyword and flags included. Text that BuildKit's lexer cannot
/// cut into words (an open quote, a bad substitution) announces none.
pub(super) fn announced(line: &str) -> Vec<Start> {
    if !line.contains("<<") {
        return Vec::new();
    }
    raw_words(line).unwrap_or_default().iter().filter_map(|word| start(word)).collect()
}

/// Reads one word as a heredoc: `^(\d*)<<(-?)\s*([^<]*)$`, the rest exactly one word.
pub(super) fn start(word: &str) -> Option<Start> {
    let rest = word.trim_start_matches(|character: char| character.is_ascii_digit());
    let descriptor = word.get(..word.len() - rest.len())?.parse().unwrap_or(0);
    let rest = rest.strip_prefix("<<")?;
    let chomp = rest.starts_with('-');
    let rest = rest.strip_prefix('-').unwrap_or(rest);
    let rest = rest.trim_start();
    if rest.is_empty() || rest.contains('<') {
        return None;
    }
    let [name] = unquoted_words(rest).ok()?.try_into().ok()?;
    let [raw] = raw_words(rest).ok()?.try_into().ok()?;
    // A backslash quotes for the shell, but not for BuildKit.
    let quotes = |text: &str| text.matches(['\'', '"']).count();
    Some(Start { expand: quotes(&name) == quotes(&raw), name, chomp, descriptor })
}

/// Where each line of a file occurs last: tells at once that a heredoc has no terminator, so that a file of
/// unfinished heredocs is not searched to its end for each of them.
#[derive(Debug, Default)]
pub(super) struct Terminators<'a> {
    last: Option<HashMap<&'a str, usize>>,
}

impl<'a> Terminators<'a> {
    /// Whether `start` is terminated at or behind `offset` of `text`.
    pub fn contain(&mut self, text: &'a str, start: &Start, offset: usize) -> bool {
        let last = self.last.get_or_insert_with(|| {
            let mut last = HashMap::new();
            for line in Lines::new(text) {
                // The line as `<<-` sees it is a superset: it is checked again when the body is read.
                last.insert(line.text.trim_start_matches('\t'), line.span.start);
                last.insert(line.text, line.span.start);
            }
            last
        });
        last.get(start.name.as_str()).is_some_and(|at| *at >= offset)
    }
}

/// Reads the body of a heredoc up to its terminator. `None` leaves `lines` where they were.
pub(super) fn read(start: Start, lines: &mut Lines<'_>) -> Option<Heredoc> {
    let before = lines.clone();
    let body = lines.offset();
    for line in lines.by_ref() {
        let text = if start.chomp { line.text.trim_start_matches('\t') } else { line.text };
        if text == start.name {
            let Start { name, expand, chomp, descriptor } = start;
            let body = Span::new(body, line.span.start);
            return Some(Heredoc { name, expand, chomp, descriptor, body, terminator: line.span });
        }
    }
    *lines = before;
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(line: &str) -> Vec<String> {
        announced(line).into_iter().map(|start| start.name).collect()
    }

    #[test]
    fn every_form_that_buildkit_knows() {
        assert_eq!(names("RUN <<EOF"), ["EOF"]);
        assert_eq!(names("RUN 3<<EOF <<-E2"), ["EOF", "E2"]);
        assert_eq!(names("RUN cat <<\"E O F\" <<'B'"), ["E O F", "B"]);
        assert_eq!(names("RUN cat <<EOF|sh"), ["EOF|sh"]);
        assert_eq!(names("RUN (cat <<EOF)"), ["EOF)"]);
    }

    #[test]
    fn blanks_may_stand_before_the_name() {
        assert_eq!(names("RUN cat << EOF"), ["EOF"]);
        assert_eq!(names("RUN cat << \t \"E F\" x"), ["E F"]);
        assert_eq!(names("ADD << /no-here"), ["/no-here"]);
        assert!(names("RUN cat <<").is_empty());
        // Not behind the dash.
        assert!(names("RUN cat <<- EOF").is_empty());
    }

    #[test]
    fn what_is_no_heredoc() {
        for line in ["RUN cat <<<x", "RUN echo $((1<<2))", "RUN echo \"<<EOF\"", "RUN echo it's <<EOF"] {
            assert!(names(line).is_empty(), "{line}");
        }
    }

    #[test]
    fn quotes_forbid_expansion() {
        assert!(start("<<EOF").unwrap().expand);
        assert!(!start("<<'EOF'").unwrap().expand);
        assert!(start("<<E\\OF").unwrap().expand);
        assert_eq!(start("3<<-EOF").unwrap().descriptor, 3);
    }
}
