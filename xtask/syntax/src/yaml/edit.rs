//! Minimal edits of YAML text: they keep comments, quoting, line ends, indentation style and order, and
//! touch nothing else.
//!
//! Each function answers `None` where the text is of a form it cannot edit without rewriting more than it
//! should; a rule then offers no fix.

use super::{Entry, Node, Style};
use crate::source::{Span, line_ending};

/// A span and the text to put there.
pub type TextEdit = (Span, String);

/// `value` as a scalar that every reader takes for this string: unquoted where that is safe in YAML 1.1
/// and 1.2, in flow collections too.
pub fn quote(value: &str) -> String {
    let ambiguous_in_flow = value.contains([',', '[', ']', '{', '}']);
    match serde_yaml::to_string(value) {
        Ok(text) if !text.trim_end().contains('\n') && !ambiguous_in_flow && !reads_as_other(value) => {
            text.trim_end_matches('\n').to_owned()
        }
        _ => serde_json::to_string(value).unwrap_or_default(),
    }
}

/// Words and numbers that YAML 1.1 readers do not take for text (`22:22`, `0755`, `on`).
fn reads_as_other(value: &str) -> bool {
    let word = matches!(
        value.to_ascii_lowercase().as_str(),
        "" | "~" | "null" | "y" | "n" | "yes" | "no" | "on" | "off" | "true" | "false"
    );
    let number = value.starts_with(|first: char| first.is_ascii_digit() || matches!(first, '+' | '-' | '.'))
        && value.chars().all(|character| character.is_ascii_hexdigit() || "+-._:xo".contains(character));
    word || number
}

/// Another text for a scalar, in the quotes that it has.
pub fn replace_scalar(node: &Node, value: &str) -> Option<TextEdit> {
    let scalar = node.as_scalar()?;
    let text = match scalar.style {
        Style::Plain => quote(value),
        Style::DoubleQuoted => serde_json::to_string(value).ok()?,
        Style::SingleQuoted if !value.contains('\n') => format!("'{}'", value.replace('\'', "''")),
        Style::SingleQuoted | Style::Literal | Style::Folded => return None,
    };
    Some((node.span, text))
}

/// Adds an entry behind the last one of a mapping. `lines` is the entry in block style, indented by twos
/// from its key; a flow mapping takes one line only.
pub fn insert_entry(text: &str, mapping: &Node, lines: &[String]) -> Option<TextEdit> {
    if mapping.alias.is_some() {
        return None;
    }
    let inner = mapping.as_mapping()?;
    if inner.flow {
        return insert_in_flow(text, mapping.span, inner.entries.is_empty(), '}', lines);
    }
    let indent = inner.indent?;
    let last = inner.own().last()?;
    let at = end_of_entry(text, last.span().end, indent)?;
    Some((Span::at(at), block(text, lines, indent)))
}

/// Adds an item behind the last one of a list. `lines` is the item without its dash.
pub fn append_item(text: &str, sequence: &Node, lines: &[String]) -> Option<TextEdit> {
    if sequence.alias.is_some() {
        return None;
    }
    let inner = sequence.as_sequence()?;
    if inner.flow {
        return insert_in_flow(text, sequence.span, inner.items.is_empty(), ']', lines);
    }
    let last = inner.items.last()?;
    let line_start = text.get(..last.span.start)?.rfind('\n').map_or(0, |at| at + 1);
    let before = text.get(line_start..last.span.start)?;
    let dash = before.rfind('-')?;
    let indent = before.get(..dash)?.chars().count();
    let at = end_of_entry(text, last.site().end, indent)?;
    let items: Vec<String> = lines
        .iter()
        .enumerate()
        .map(|(number, line)| if number == 0 { format!("- {line}") } else { format!("  {line}") })
        .collect();
    Some((Span::at(at), block(text, &items, indent)))
}

/// Removes an entry of a mapping, with its lines in block style and its comma in flow style.
pub fn remove_entry(text: &str, mapping: &Node, entry: &Entry) -> Option<TextEdit> {
    let inner = mapping.as_mapping()?;
    if entry.merged.is_some() || mapping.alias.is_some() {
        return None;
    }
    let spans: Vec<Span> = inner.own().map(Entry::span).collect();
    remove(text, &spans, entry.span(), inner.flow)
}

/// Removes an item of a list, with its line and dash in block style and its comma in flow style.
pub fn remove_item(text: &str, sequence: &Node, item: &Node) -> Option<TextEdit> {
    let inner = sequence.as_sequence()?;
    if sequence.alias.is_some() {
        return None;
    }
    let spans: Vec<Span> = inner.items.iter().map(Node::site).collect();
    remove(text, &spans, item.site(), inner.flow)
}

fn remove(text: &str, all: &[Span], one: Span, flow: bool) -> Option<TextEdit> {
    let position = all.iter().position(|span| *span == one)?;
    // The only one: removing it would leave `key:` or `[]`, which means something else.
    if all.len() < 2 {
        return None;
    }
    if flow {
        let span = match all.get(position + 1) {
            Some(next) => Span::new(one.start, next.start),
            None => Span::new(all.get(position.checked_sub(1)?)?.end, one.end),
        };
        return Some((span, String::new()));
    }
    let start = text.get(..one.start)?.rfind('\n').map_or(0, |at| at + 1);
    let lead = text.get(start..one.start)?;
    if !lead.chars().all(|character| character == ' ' || character == '-') {
        return None;
    }
    // The first key of an item shares its line with the dash, which stays.
    if lead.contains('-') && position == 0 && all.len() > 1 && lead.trim_start().len() > 2 {
        return None;
    }
    let end = end_of_line(text, one.end);
    let rest = text.get(end..)?;
    let break_length = if rest.starts_with("\r\n") { 2 } else { usize::from(rest.starts_with('\n')) };
    if break_length == 0 && start > 0 {
        // The last line has no line break: take the one before it.
        let previous = text.get(..start)?.trim_end_matches('\n').trim_end_matches('\r').len();
        return Some((Span::new(previous, end), String::new()));
    }
    Some((Span::new(start, end + break_length), String::new()))
}

fn insert_in_flow(text: &str, span: Span, empty: bool, closing: char, lines: &[String]) -> Option<TextEdit> {
    let [line] = lines else { return None };
    let inside = span.slice(text).strip_suffix(closing)?;
    let kept = inside.trim_end();
    let trailing_comma = kept.ends_with(',');
    let separator = match (empty, trailing_comma) {
        (true, _) => "",
        (false, true) => " ",
        (false, false) => ", ",
    };
    Some((Span::at(span.start + kept.len()), format!("{separator}{line}")))
}

/// The lines at `indent`, each behind a line break: to be inserted at the end of a line.
fn block(text: &str, lines: &[String], indent: usize) -> String {
    let step = indent_step(text);
    let ending = line_ending(text);
    let mut out = String::new();
    for line in lines {
        out.push_str(ending);
        let content = line.trim_start_matches(' ');
        if content.is_empty() {
            continue;
        }
        let depth = line.len() - content.len();
        // Lines come indented by twos; the file may do it by fours.
        out.push_str(&" ".repeat(indent + (depth / 2) * step + depth % 2));
        out.push_str(content);
    }
    out
}

/// How much deeper this file indents a nested mapping: the difference found first, else 2.
pub fn indent_step(text: &str) -> usize {
    let mut previous = 0;
    for line in text.lines() {
        let content = line.trim_start_matches(' ');
        if content.trim().is_empty() || content.starts_with(['#', '-']) {
            continue;
        }
        let indent = line.len() - content.len();
        if indent > previous {
            return (indent - previous).min(8);
        }
        previous = indent;
    }
    2
}

/// End of the line that holds `offset`, before its line break.
fn end_of_line(text: &str, offset: usize) -> usize {
    let rest = text.get(offset..).unwrap_or("");
    let length = rest.find('\n').unwrap_or(rest.len());
    let line = rest.get(..length).unwrap_or("");
    offset + line.trim_end_matches('\r').len()
}

/// End of the last line that belongs to an entry whose last value ends at `offset`: comments below it that
/// are indented deeper than `indent` are its own.
fn end_of_entry(text: &str, offset: usize, indent: usize) -> Option<usize> {
    let mut end = end_of_line(text, offset);
    loop {
        let rest = text.get(end..)?;
        let next = rest.strip_prefix("\r\n").or_else(|| rest.strip_prefix('\n'));
        let Some(next) = next else { return Some(end) };
        let line = next.lines().next().unwrap_or("");
        let content = line.trim_start_matches(' ');
        if !content.starts_with('#') || line.len() - content.len() <= indent {
            return Some(end);
        }
        end = end_of_line(text, text.len() - next.len());
    }
}
