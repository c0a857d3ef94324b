//! What libyaml refuses although it is YAML 1.2: `gopkg.in/yaml.v2`, by which Okteto reads manifests, is a port of it.
//!
//! Established by running yaml.v2 2.4.0 on each form; what it takes and YAML 1.2 does not is read by
//! [`super::build`] as it reads it.

use super::{Node, Style, Value, Yaml};
use crate::source::Span;

/// A place where libyaml stops.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// What stands there.
    pub message: &'static str,
    /// What to write instead.
    pub help: &'static str,
    /// Where.
    pub span: Span,
}

/// Everything in `text`, whose tree is `yaml`, that libyaml refuses; sorted by place.
pub(super) fn refusals(text: &str, yaml: &Yaml) -> Vec<Refusal> {
    let mut search = Search { text, found: Vec::new(), pieces: Vec::new() };
    yaml.documents.iter().for_each(|document| search.node(document, 0, false));
    search.pieces.sort_by_key(|piece| piece.span);
    search.directives();
    search.tabs(yaml);
    search.line_separators();
    search.found.sort_by_key(|refusal| refusal.span);
    search.found.dedup_by_key(|refusal| refusal.span);
    search.found
}

/// A part of the text in which other rules hold for blanks and line breaks.
struct Piece {
    span: Span,
    kind: Kind,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// A scalar outside of brackets, with the column of the block collection that holds it.
    Scalar(Style, usize),
    /// `[…]`, `{…}`.
    Flow,
}

struct Search<'a> {
    text: &'a str,
    found: Vec<Refusal>,
    pieces: Vec<Piece>,
}

impl Search<'_> {
    fn refuse(&mut self, span: Span, message: &'static str, help: &'static str) {
        self.found.push(Refusal { message, help, span });
    }

    /// `indent`: the column of the innermost block collection.
    fn node(&mut self, node: &Node, indent: usize, in_flow: bool) {
        if node.alias.is_some() {
            return;
        }
        if let Some(anchor) = &node.anchor {
            let odd = |character: char| {
                !(character.is_ascii_alphanumeric() || matches!(character, '_' | '-' | ':'))
            };
            if anchor.value.contains(odd) {
                self.refuse(
                    anchor.span,
                    "the name of an anchor has a character that is none of `a-z`, `0-9`, `_`, `-`",
                    "rename the anchor and its aliases",
                );
            }
        }
        match &node.value {
            Value::Empty => {}
            Value::Scalar(scalar) => {
                self.scalar(node.span, scalar.style, in_flow);
                if !in_flow {
                    self.pieces.push(Piece { span: node.span, kind: Kind::Scalar(scalar.style, indent) });
                }
            }
            Value::Sequence(sequence) => {
                self.flow(node.span, sequence.flow && !in_flow);
                for item in &sequence.items {
                    let own = if sequence.flow { indent } else { self.line_indent(item.site().start) };
                    self.node(item, own, in_flow || sequence.flow);
                }
            }
            Value::Mapping(mapping) => {
                self.flow(node.span, mapping.flow && !in_flow);
                let indent = mapping.indent.unwrap_or(indent);
                for entry in mapping.own() {
                    let key = entry.key.span;
                    let style = match key.slice(self.text).chars().next() {
                        Some('"') => Style::DoubleQuoted,
                        Some('\'') => Style::SingleQuoted,
                        _ => Style::Plain,
                    };
                    self.scalar(key, style, in_flow || mapping.flow);
                    self.node(&entry.value, indent, in_flow || mapping.flow);
                }
                for merge in &mapping.merges {
                    if !is_mergeable(merge) {
                        self.refuse(
                            merge.site(),
                            "`<<` takes a mapping, or a list of mappings",
                            "name an anchor of a mapping",
                        );
                    }
                    self.node(merge, indent, in_flow || mapping.flow);
                }
            }
        }
    }

    fn flow(&mut self, span: Span, outermost: bool) {
        if outermost {
            self.pieces.push(Piece { span, kind: Kind::Flow });
        }
    }

    fn scalar(&mut self, span: Span, style: Style, in_flow: bool) {
        let raw = span.slice(self.text);
        match style {
            Style::Plain if in_flow => {
                let odd = raw.find('?').or_else(|| raw.starts_with(':').then_some(0));
                if let Some(at) = odd {
                    let message = "`?`, or `:` at the beginning, in brackets without quotes";
                    self.refuse(
                        Span::new(span.start + at, span.start + at + 1),
                        message,
                        "put the value in quotes",
                    );
                }
            }
            Style::DoubleQuoted => {
                let mut escaped = false;
                for (at, character) in raw.char_indices() {
                    if escaped && character == '/' {
                        let place = Span::new(span.start + at - 1, span.start + at + 1);
                        self.refuse(place, "`\\/` is an escape of JSON alone", "write `/`");
                    }
                    escaped = character == '\\' && !escaped;
                }
            }
            _ => {}
        }
    }

    fn line_indent(&self, offset: usize) -> usize {
        let line = self.text.get(..offset).unwrap_or("").rsplit('\n').next().unwrap_or("");
        line.len() - line.trim_start_matches(' ').len()
    }

    /// `%YAML 1.2`: the reader knows 1.1 alone.
    fn directives(&mut self) {
        let mut at = 0;
        for line in self.text.split_inclusive('\n') {
            let content = line.trim_end();
            if let Some(directive) = content.strip_prefix('%') {
                let known = directive.starts_with("TAG ") || directive.trim() == "YAML 1.1";
                if !known {
                    self.refuse(
                        Span::new(at, at + content.len()),
                        "this directive is not one of YAML 1.1",
                        "delete the line",
                    );
                }
            } else if !content.is_empty() && !content.starts_with('#') {
                return;
            }
            at += line.len();
        }
    }

    /// The piece that begins last before `offset`.
    fn piece_before(&self, offset: usize) -> Option<&Piece> {
        self.pieces.get(self.pieces.partition_point(|piece| piece.span.start < offset).checked_sub(1)?)
    }

    /// The first tab where indentation is read: also on lines with a comment, or with nothing.
    fn tabs(&mut self, yaml: &Yaml) {
        let mut at = 0;
        // Up to here nothing but blanks and comments follows the last piece.
        let mut blank = 0;
        for line in self.text.split_inclusive('\n') {
            let start = at;
            at += line.len();
            let Some((column, behind_dash)) = tab_of(line) else { continue };
            let before = self.piece_before(start);
            if before.is_some_and(|piece| start <= piece.span.end) {
                continue;
            }
            // Behind a plain scalar the reader looks for its next line, and passes over what is indented enough.
            let passed = before.is_some_and(|piece| match piece.kind {
                Kind::Scalar(Style::Plain, indent) => {
                    column > indent && self.is_blank(piece.span.end.max(blank), start, yaml)
                }
                _ => false,
            });
            if passed && !behind_dash {
                blank = start;
            } else {
                let tab = Span::new(start + column, start + column + 1);
                self.refuse(
                    tab,
                    "a tab where the indentation is read",
                    "indent with blanks; lines of nothing but a comment or blanks count too",
                );
                return;
            }
        }
    }

    /// Whether nothing but blanks and comments stands between two offsets.
    fn is_blank(&self, start: usize, end: usize, yaml: &Yaml) -> bool {
        let mut at = start;
        let first = yaml.comments.partition_point(|comment| comment.span.start < start);
        let comments = yaml.comments.iter().skip(first).map(|comment| comment.span);
        for comment in comments.take_while(|span| span.end <= end) {
            if !self.text.get(at..comment.start).is_some_and(|gap| gap.trim().is_empty()) {
                return false;
            }
            at = comment.end;
        }
        self.text.get(at..end).is_some_and(|gap| gap.trim().is_empty())
    }

    /// U+0085, U+2028 and U+2029 end a line in YAML 1.1, and are seen by nobody.
    fn line_separators(&mut self) {
        for (at, separator) in self.text.match_indices(['\u{85}', '\u{2028}', '\u{2029}']) {
            let quoted = self.piece_before(at).is_some_and(|piece| {
                at < piece.span.end
                    && matches!(
                        piece.kind,
                        Kind::Flow | Kind::Scalar(Style::DoubleQuoted | Style::SingleQuoted, _)
                    )
            });
            if !quoted {
                let span = Span::new(at, at + separator.len());
                self.refuse(span, "an invisible line separator ends the line here", "delete the character");
            }
        }
    }
}

fn is_mergeable(node: &Node) -> bool {
    match &node.value {
        Value::Mapping(_) => true,
        Value::Sequence(sequence) => sequence.items.iter().all(|item| item.as_mapping().is_some()),
        _ => false,
    }
}

/// Column of the first tab before the content of a line, and whether a `-` of a list stands before it.
fn tab_of(line: &str) -> Option<(usize, bool)> {
    let mut behind_dash = false;
    let mut rest = line;
    loop {
        rest = rest.trim_start_matches(' ');
        if rest.starts_with('\t') {
            return Some((line.len() - rest.len(), behind_dash));
        }
        rest = rest.strip_prefix('-').filter(|rest| rest.starts_with([' ', '\t']))?;
        behind_dash = true;
    }
}
