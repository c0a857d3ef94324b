//! Scalars: what their text means to a consumer, and where each of its bytes stands in the file.

use super::{Node, Style, Value};
use crate::source::Span;
use std::sync::Arc;

/// What a reader makes of a scalar.
#[derive(Clone, Debug, PartialEq)]
pub enum Resolved {
    /// Null.
    Null,
    /// A truth value.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A number with a fraction.
    Float(f64),
    /// Text.
    Str(String),
    /// A list or mapping.
    Collection,
}

/// Resolution of plain scalars in `gopkg.in/yaml.v2` (`resolve.go`): YAML 1.1 booleans, Go integer
/// prefixes with `_`, and no base-60 numbers (`2222:22` is text).
pub(super) fn resolve_go_yaml_v2(node: &Node) -> Resolved {
    let scalar = match &node.value {
        Value::Empty => return Resolved::Null,
        Value::Sequence(_) | Value::Mapping(_) => return Resolved::Collection,
        Value::Scalar(scalar) => scalar,
    };
    let text = &*scalar.text;
    if scalar.style != Style::Plain || node.tag.as_ref().is_some_and(|tag| tag.value == "!!str") {
        return Resolved::Str(text.to_owned());
    }
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Resolved::Null,
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => {
            return Resolved::Bool(true);
        }
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            return Resolved::Bool(false);
        }
        _ => {}
    }
    if !text.starts_with(|first: char| first.is_ascii_digit() || matches!(first, '+' | '-' | '.')) {
        return Resolved::Str(text.to_owned());
    }
    let plain = text.replace('_', "");
    if let Some(number) = go_parse_int(&plain) {
        return Resolved::Int(number);
    }
    if is_yaml_v2_float(&plain)
        && let Ok(number) = plain.parse::<f64>()
    {
        return Resolved::Float(number);
    }
    Resolved::Str(text.to_owned())
}

/// Go's `strconv.ParseInt(text, 0, 64)`, plus yaml.v2's own `0b` handling.
fn go_parse_int(text: &str) -> Option<i64> {
    let (negative, digits) = match text.as_bytes().first()? {
        b'-' => (true, text.get(1..)?),
        b'+' => (false, text.get(1..)?),
        _ => (false, text),
    };
    let lower = digits.to_ascii_lowercase();
    let (radix, digits) = if let Some(hex) = lower.strip_prefix("0x") {
        (16, hex)
    } else if let Some(binary) = lower.strip_prefix("0b") {
        (2, binary)
    } else if let Some(octal) = lower.strip_prefix("0o") {
        (8, octal)
    } else if lower.len() > 1 && lower.starts_with('0') {
        (8, lower.get(1..)?)
    } else {
        (10, &*lower)
    };
    if digits.is_empty() || !digits.chars().all(|digit| digit.is_digit(radix)) {
        return None;
    }
    let value = i64::from_str_radix(digits, radix).ok()?;
    Some(if negative { -value } else { value })
}

/// yaml.v2's `^[-+]?[0-9]*\.?[0-9]+([eE][-+][0-9]+)?$`
fn is_yaml_v2_float(text: &str) -> bool {
    let text = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (text, None),
    };
    let digits = |text: &str| text.chars().all(|digit| digit.is_ascii_digit());
    let mantissa_fits = match mantissa.split_once('.') {
        Some((whole, fraction)) => digits(whole) && digits(fraction) && !fraction.is_empty(),
        None => digits(mantissa) && !mantissa.is_empty(),
    };
    let exponent_fits = exponent.is_none_or(|exponent| {
        exponent.strip_prefix(['-', '+']).is_some_and(|rest| digits(rest) && !rest.is_empty())
    });
    mantissa_fits && exponent_fits
}

/// From offsets in a scalar's text to offsets in the file.
#[derive(Clone, Debug)]
pub enum SourceMap {
    /// The text stands in the file as it is, from this offset on.
    Direct(usize),
    /// `(offset in the text, offset in the file)` where each run of equal bytes begins, ascending, closed
    /// by the pair of ends.
    Runs(Arc<[(usize, usize)]>),
    /// The places could not be told apart.
    Unknown,
}

impl SourceMap {
    /// Where the byte at `offset` of the text stands.
    fn place(&self, offset: usize) -> Option<usize> {
        match self {
            Self::Direct(start) => Some(start + offset),
            Self::Runs(runs) => {
                let after = runs.partition_point(|(text, _)| *text <= offset);
                let (text, file) = runs.get(after.checked_sub(1)?)?;
                Some(file + (offset - text))
            }
            Self::Unknown => None,
        }
    }

    /// The bytes of the file from which the bytes `span` of the text were read.
    pub fn locate(&self, span: Span) -> Option<Span> {
        let start = self.place(span.start)?;
        if span.is_empty() {
            return Some(Span::at(start));
        }
        // The end is the byte behind the last one, not the byte that the next one was read from: behind
        // the last word of a folded line lies the line break.
        let last = self.place(span.end - 1)?;
        let end = (last + 1).max(start);
        match self {
            // Line breaks that a reader adds stand nowhere: they end where the file's text ends.
            Self::Runs(runs) => {
                let limit = runs.last().map_or(end, |(_, file)| *file);
                Some(Span::new(start.min(limit), end.min(limit)))
            }
            _ => Some(Span::new(start, end)),
        }
    }
}

/// Aligns `text`, read from `source` at `span` in `style`, with the bytes it was read from.
pub(super) fn source_map(source: &str, span: Span, style: Style, text: &str) -> SourceMap {
    let raw = span.slice(source);
    let (inner, offset) = match style {
        Style::SingleQuoted | Style::DoubleQuoted => {
            (raw.get(1..raw.len().saturating_sub(1)).unwrap_or(""), span.start + 1)
        }
        // The parser's span begins with the first character of content: take its indentation in.
        Style::Literal | Style::Folded => {
            let line = source.get(..span.start).unwrap_or("").rfind('\n').map_or(0, |at| at + 1);
            (source.get(line..span.end).unwrap_or(""), line)
        }
        Style::Plain => (raw, span.start),
    };
    if inner == text {
        return SourceMap::Direct(offset);
    }
    let mut aligner = Aligner { raw: inner, at: 0, text, done: 0, offset, runs: Vec::new() };
    let aligned = match style {
        Style::Plain => aligner.flow(|_| None),
        Style::SingleQuoted => aligner.flow(single_quoted_escape),
        Style::DoubleQuoted => aligner.flow(double_quoted_escape),
        Style::Literal | Style::Folded => aligner.block(),
    };
    if aligned { aligner.finish() } else { SourceMap::Unknown }
}

/// `''` stands for one quote: (bytes of the escape, bytes of its value).
fn single_quoted_escape(raw: &str) -> Option<(usize, usize)> {
    raw.starts_with("''").then_some((2, 1))
}

/// A backslash escape of a double-quoted scalar: (bytes of the escape, bytes of its value).
fn double_quoted_escape(raw: &str) -> Option<(usize, usize)> {
    let mut characters = raw.chars();
    if characters.next() != Some('\\') {
        return None;
    }
    let code = characters.next()?;
    let hex = |digits: usize| -> Option<(usize, usize)> {
        let value = u32::from_str_radix(raw.get(2..2 + digits)?, 16).ok()?;
        // A surrogate half is one half of a four-byte character.
        let length = char::from_u32(value).map_or(2, char::len_utf8);
        Some((2 + digits, length))
    };
    match code {
        'x' => hex(2),
        'u' => hex(4),
        'U' => hex(8),
        'N' | '_' => Some((2, 2)),
        'L' | 'P' => Some((2, 3)),
        '\n' | '\r' => {
            let blanks = raw.len() - raw.get(1..)?.trim_start_matches([' ', '\t', '\r', '\n']).len();
            Some((blanks, 0))
        }
        other => Some((1 + other.len_utf8(), 1)),
    }
}

/// Walks the raw bytes and the text of a scalar side by side.
struct Aligner<'a> {
    raw: &'a str,
    at: usize,
    text: &'a str,
    done: usize,
    offset: usize,
    runs: Vec<(usize, usize)>,
}

impl Aligner<'_> {
    fn run(&mut self) {
        self.runs.push((self.done, self.offset + self.at));
    }

    fn rest(&self) -> &str {
        self.raw.get(self.at..).unwrap_or("")
    }

    fn wanted(&self) -> Option<char> {
        self.text.get(self.done..)?.chars().next()
    }

    fn finish(mut self) -> SourceMap {
        self.run();
        SourceMap::Runs(self.runs.into())
    }

    /// Plain and quoted scalars: escapes, and line breaks folded with the blanks around them.
    fn flow(&mut self, escape: impl Fn(&str) -> Option<(usize, usize)>) -> bool {
        self.run();
        while let Some(wanted) = self.wanted() {
            let rest = self.rest();
            if let Some((taken, given)) = escape(rest) {
                self.at += taken;
                self.done += given;
                self.run();
                continue;
            }
            let blanks = rest.len() - rest.trim_start_matches([' ', '\t', '\r', '\n']).len();
            let folded = rest.get(..blanks).is_some_and(|blanks| blanks.contains('\n'));
            if folded {
                let breaks = rest.get(..blanks).map_or(0, |blanks| blanks.matches('\n').count());
                self.at += blanks;
                self.done += breaks.saturating_sub(1).max(1);
                self.run();
                continue;
            }
            if !rest.starts_with(wanted) {
                return false;
            }
            self.at += wanted.len_utf8();
            self.done += wanted.len_utf8();
        }
        self.done == self.text.len()
    }

    /// Block scalars: indentation stripped, lines kept or folded.
    fn block(&mut self) -> bool {
        let indent = self.block_indent();
        self.skip_indent(indent);
        self.run();
        while let Some(wanted) = self.wanted() {
            let found = self.rest().chars().next();
            match found {
                Some('\r') if self.rest().starts_with("\r\n") && wanted != '\r' => self.at += 1,
                Some('\n') if matches!(wanted, '\n' | ' ') => {
                    self.at += 1;
                    self.done += 1;
                    self.skip_indent(indent);
                    self.run();
                }
                // Folding: one line break of several is dropped.
                Some('\n') => {
                    self.at += 1;
                    self.skip_indent(indent);
                    self.run();
                }
                Some(character) if character == wanted => {
                    self.at += wanted.len_utf8();
                    self.done += wanted.len_utf8();
                }
                // The file ends without a line break; a reader adds it.
                None if wanted == '\n' => {
                    self.run();
                    self.done += 1;
                }
                _ => return false,
            }
        }
        self.done == self.text.len()
    }

    fn skip_indent(&mut self, indent: usize) {
        let rest = self.rest();
        let blanks = rest.len() - rest.trim_start_matches(' ').len();
        self.at += blanks.min(indent);
    }

    /// Indentation of the first line with content, less what the text keeps of it.
    fn block_indent(&self) -> usize {
        let leading = |line: &str| line.len() - line.trim_start_matches(' ').len();
        let first = |text: &str| text.lines().find(|line| !line.trim().is_empty()).map_or(0, leading);
        first(self.raw).saturating_sub(first(self.text))
    }
}
