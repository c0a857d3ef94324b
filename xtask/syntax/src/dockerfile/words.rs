//! How BuildKit cuts the text of an instruction: keyword, flags, words, JSON arrays.
//!
//! Follows `split_command.go` and `line_parsers.go` in moby/buildkit `frontend/dockerfile/parser`.

use super::mapped::Mapped;
use super::{Flag, Word};
use crate::source::{Span, Spanned};

/// What BuildKit's `reWhitespace` takes for a blank: less than Unicode's white space.
pub(super) const BLANKS: [char; 5] = ['\t', '\u{b}', '\u{c}', '\r', ' '];

/// Narrows `range` to the text without white space at both ends.
pub(super) fn trim(joined: &Mapped, range: Span) -> Span {
    let text = joined.slice(range);
    let start = range.start + (text.len() - text.trim_start().len());
    Span::new(start, start + text.trim().len())
}

/// Keyword and rest of a logical line, both trimmed.
pub(super) fn split_keyword(joined: &Mapped, range: Span) -> (Span, Span) {
    let range = trim(joined, range);
    let text = joined.slice(range);
    let length = text.find(BLANKS).unwrap_or(text.len());
    let keyword = Span::new(range.start, range.start + length);
    let skipped = text.get(length..).map_or(0, |rest| rest.len() - rest.trim_start_matches(BLANKS).len());
    (keyword, Span::new(keyword.end + skipped, range.end))
}

/// The word at `range` of the joined text, as it is written.
pub(super) fn word(joined: &Mapped, range: Span) -> Word {
    Word::new(joined.slice(range).to_owned(), joined.span(range))
}

/// Words between blanks, quotes without meaning (`parseStringsWhitespaceDelimited`).
pub(super) fn by_blanks(joined: &Mapped, range: Span) -> Vec<Word> {
    let mut words = Vec::new();
    let mut at = range.start;
    for piece in joined.slice(range).split(BLANKS) {
        let span = Span::new(at, at + piece.len());
        if !piece.is_empty() {
            words.push(word(joined, span));
        }
        at = span.end + 1;
    }
    words
}

/// Words as `ENV`, `ARG` and `LABEL` see them: quotes and escapes hold a word together and stay in it
/// (`parseWords`). Ranges of the joined text.
pub(super) fn quoted(joined: &Mapped, range: Span, escape: char) -> Vec<Span> {
    let mut words = Vec::new();
    let mut start = None;
    let mut quote = None;
    let mut chars = joined.slice(range).char_indices();
    while let Some((at, character)) = chars.next() {
        let at = range.start + at;
        if quote.is_none() && character.is_whitespace() {
            words.extend(start.take().map(|start| Span::new(start, at)));
            continue;
        }
        start.get_or_insert(at);
        match quote {
            None if matches!(character, '\'' | '"') => quote = Some(character),
            Some(open) if character == open => quote = None,
            _ => {}
        }
        // An escape at the very end is dropped.
        if character == escape && quote != Some('\'') && chars.next().is_none() {
            words.extend(start.filter(|start| *start < at).map(|start| Span::new(start, at)));
            return words;
        }
    }
    words.extend(start.map(|start| Span::new(start, range.end)));
    words
}

/// What stands behind a keyword.
pub(super) struct Flags {
    pub flags: Vec<Flag>,
    /// Where a further flag can be put in.
    pub end: usize,
    /// The arguments, trimmed.
    pub rest: Span,
}

/// Reads the flags in front of the arguments (`extractBuilderFlags`): words that begin with `--`, without
/// their quotes and escapes, up to the first other word or a lone `--`.
pub(super) fn flags(joined: &Mapped, range: Span, escape: char) -> Flags {
    let mut flags = Vec::new();
    let mut at = range.start;
    loop {
        let rest = joined.slice(Span::new(at, range.end)).trim_start_matches(is_blank);
        at = range.end - rest.len();
        if !rest.starts_with("--") {
            return Flags { flags, end: at, rest: trim(joined, Span::new(at, range.end)) };
        }
        let (value, end) = flag_word(joined, Span::new(at, range.end), escape);
        if value.text() == "--" {
            // What follows is the command; BuildKit keeps a `--` at the very end for itself.
            return Flags { flags, end: at, rest: trim(joined, Span::new(end, range.end)) };
        }
        flags.push(flag(joined, Span::new(at, end), &value));
        at = end;
    }
}

/// What ends a flag, and the kind of a health check. BuildKit reads flags byte by byte, so that other white space does not. (It also takes each byte
/// of a character beyond ASCII for a character of its own, which is not followed here.)
pub(super) fn is_blank(character: char) -> bool {
    matches!(character, '\t' | '\n' | '\u{b}' | '\u{c}' | '\r' | ' ')
}

/// One word with quotes and escapes removed, and where it ends. Escapes count between quotes of either kind.
fn flag_word(joined: &Mapped, range: Span, escape: char) -> (Mapped, usize) {
    let mut value = Mapped::default();
    let mut quote = None;
    let text = joined.slice(range);
    let mut chars = text.char_indices();
    while let Some((at, character)) = chars.next() {
        let (at, character) = match (quote, character) {
            (None, blank) if is_blank(blank) => return (value, range.start + at),
            (None, '\'' | '"') => {
                quote = Some(character);
                continue;
            }
            (Some(open), close) if open == close => {
                quote = None;
                continue;
            }
            (_, character) if character == escape => match chars.next() {
                Some(escaped) => escaped,
                None => break,
            },
            _ => (at, character),
        };
        value.push(character.encode_utf8(&mut [0; 4]), joined.source(range.start + at));
    }
    (value, range.end)
}

/// Splits an unquoted flag into name and value.
fn flag(joined: &Mapped, range: Span, unquoted: &Mapped) -> Flag {
    let text = unquoted.text();
    let body = Span::new(2.min(text.len()), text.len());
    let equals = unquoted.slice(body).find('=').map(|at| body.start + at);
    let name = Span::new(body.start, equals.unwrap_or(body.end));
    Flag {
        name: Spanned::new(unquoted.slice(name).to_owned(), unquoted.span(name)),
        value: equals.map(|at| unquoted.part(Span::new(at + 1, body.end))),
        text: text.to_owned(),
        span: joined.span(range),
    }
}

/// What the rest of a line is to the instructions that take a JSON array.
pub(super) enum Json {
    /// A valid array of strings.
    Strings(Vec<Word>),
    /// A valid array with something else in it, which BuildKit refuses.
    NotStrings,
    /// No JSON array: shell form or plain words.
    No,
}

/// Reads the rest of a line as a JSON array of strings (`parseJSON`).
pub(super) fn json(joined: &Mapped, range: Span) -> Json {
    let text = joined.slice(range);
    if !text.starts_with('[') {
        return Json::No;
    }
    if let Some(words) = strings(joined, range) {
        return Json::Strings(words);
    }
    match serde_json::from_str::<Vec<serde_core::de::IgnoredAny>>(text) {
        Ok(_) => Json::NotStrings,
        Err(_) => Json::No,
    }
}

/// A JSON array of nothing but strings, each with its span (quotes included).
fn strings(joined: &Mapped, range: Span) -> Option<Vec<Word>> {
    const BLANKS: [char; 4] = [' ', '\t', '\r', '\n'];
    let text = joined.slice(range);
    let mut rest = text.strip_prefix('[')?.trim_start_matches(BLANKS);
    let mut words = Vec::new();
    if let Some(end) = rest.strip_prefix(']') {
        return end.trim_matches(BLANKS).is_empty().then_some(words);
    }
    loop {
        let length = string_length(rest)?;
        let start = range.start + (text.len() - rest.len());
        let span = Span::new(start, start + length);
        words.push(Word::new(decode(joined.slice(span))?, joined.span(span)));
        rest = rest.get(length..)?.trim_start_matches(BLANKS);
        if let Some(end) = rest.strip_prefix(']') {
            return end.trim_matches(BLANKS).is_empty().then_some(words);
        }
        rest = rest.strip_prefix(',')?.trim_start_matches(BLANKS);
    }
}

/// Length of the JSON string literal at the start of `text`.
fn string_length(text: &str) -> Option<usize> {
    let bytes = text.strip_prefix('"')?.as_bytes();
    let mut at = 0;
    loop {
        match bytes.get(at)? {
            b'"' => return Some(at + 2),
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
}

/// The value of a JSON string literal. Like Go, a lone surrogate becomes U+FFFD.
fn decode(literal: &str) -> Option<String> {
    match serde_json::from_str::<String>(literal) {
        Ok(value) => Some(value),
        Err(_) => {
            serde_json::from_str::<serde_core::de::IgnoredAny>(literal).ok()?;
            let bytes = serde_json::from_str::<LossyString>(literal).ok()?;
            Some(bytes.0)
        }
    }
}

/// A JSON string whose lone surrogates are replaced.
struct LossyString(String);

impl<'de> serde_core::Deserialize<'de> for LossyString {
    fn deserialize<D: serde_core::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Bytes;
        impl serde_core::de::Visitor<'_> for Bytes {
            type Value = LossyString;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("a string")
            }

            fn visit_bytes<E: serde_core::de::Error>(self, bytes: &[u8]) -> Result<LossyString, E> {
                // A lone surrogate is three bytes that are no UTF-8, of which the first is 0xED.
                let mut text = String::new();
                for chunk in bytes.utf8_chunks() {
                    text.push_str(chunk.valid());
                    if chunk.invalid().first() == Some(&0xED) {
                        text.push(char::REPLACEMENT_CHARACTER);
                    }
                }
                Ok(LossyString(text))
            }
        }
        deserializer.deserialize_bytes(Bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mapped(text: &str) -> (Mapped, Span) {
        let mut mapped = Mapped::default();
        mapped.push(text, 0);
        (mapped, Span::new(0, text.len()))
    }

    fn flags_of(text: &str) -> (Vec<String>, String) {
        let (mapped, range) = mapped(text);
        let Flags { flags, rest, .. } = flags(&mapped, range, '\\');
        (flags.into_iter().map(|flag| flag.text).collect(), rest.slice(text).to_owned())
    }

    #[test]
    fn flags_end_at_the_first_other_word() {
        let of = |text| {
            let (flags, rest) = flags_of(text);
            format!("{}|{rest}", flags.join(" "))
        };
        assert_eq!(of("--mount=a --mount=b c --mount=d"), "--mount=a --mount=b|c --mount=d");
        assert_eq!(of("-- --mount=a b"), "|--mount=a b");
        assert_eq!(of("\"--mount=a\" b"), "|\"--mount=a\" b");
        assert_eq!(of("--mount=target=\"/a b\",x='c'd\\ e f"), "--mount=target=/a b,x=cd e|f");
        assert_eq!(of("-mount=a b"), "|-mount=a b");
        assert_eq!(of("--a=\\"), "--a=|");
    }

    #[test]
    fn values_of_flags_lead_back_through_quotes() {
        let text = "--mount=target=\"/a b\",id=x y";
        let (mapped, range) = mapped(text);
        let Flags { flags, .. } = flags(&mapped, range, '\\');
        let value = flags[0].value.as_ref().unwrap();
        assert_eq!(value.text(), "target=/a b,id=x");
        let at = value.text().find("id").unwrap();
        assert_eq!(value.source(at), text.find("id").unwrap());
        assert_eq!(value.span(Span::new(7, 11)).slice(text), "/a b");
    }

    #[test]
    fn only_strict_json_of_strings_is_an_array() {
        let of = |text: &str| {
            let (mapped, range) = mapped(text);
            match json(&mapped, range) {
                Json::Strings(words) => {
                    words.into_iter().map(|word| word.value).collect::<Vec<_>>().join("|")
                }
                Json::NotStrings => "not strings".to_owned(),
                Json::No => "no".to_owned(),
            }
        };
        assert_eq!(of(r#"["a", "b\tc" ]"#), "a|b\tc");
        assert_eq!(of("[]"), "");
        assert_eq!(of(r#"["a",]"#), "no");
        assert_eq!(of("['a']"), "no");
        assert_eq!(of(r#"[ "$X" = y ]"#), "no");
        assert_eq!(of(r#"["a", 1]"#), "not strings");
        assert_eq!(of("[null]"), "not strings");
        assert_eq!(of(r#"["a"] b"#), "no");
        assert_eq!(of(r#"["a\ud800b"]"#), "a\u{fffd}b");
        assert_eq!(of(r#"["\x"]"#), "no");
    }

    #[test]
    fn words_of_assignments_keep_quotes() {
        let text = r#"A=1 B="x y" C=a\ b 'D'=e"#;
        let (mapped, range) = mapped(text);
        let words: Vec<&str> =
            quoted(&mapped, range, '\\').into_iter().map(|span| span.slice(text)).collect();
        assert_eq!(words, ["A=1", "B=\"x y\"", "C=a\\ b", "'D'=e"]);
    }
}
