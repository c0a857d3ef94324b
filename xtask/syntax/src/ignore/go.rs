//! What the Go standard library does to a line, a path or a rune, where Syncthing, BuildKit and Okteto depend
//! on it. Text here is `str`: bytes that are no UTF-8 were replaced by U+FFFD when the file was decoded, which is
//! also the rune that Go's decoder yields for them.

use std::fmt::Write as _;
use std::sync::LazyLock;

use regex::Regex;

use crate::source::Span;

/// The rune that stands for bytes that are no UTF-8 (`utf8.RuneError`).
pub(super) const RUNE_ERROR: char = '\u{fffd}';

/// Longest line, without its `\n`, that `bufio.Scanner` hands out, in bytes.
const MAX_LINE: usize = 64 * 1024 - 1;

/// Text of the error of `bufio.Scanner` for a longer line (`bufio.ErrTooLong`).
pub(super) const LINE_TOO_LONG: &str = "bufio.Scanner: token too long";

/// One line as `bufio.ScanLines` cuts it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line<'a> {
    /// Without `\n` and one `\r` before it.
    pub text: &'a str,
    /// Offset of its first byte.
    pub start: usize,
    /// 1-based.
    pub number: usize,
}

impl<'a> Line<'a> {
    /// The line without white space at both ends, and where that stands.
    pub fn trimmed(&self) -> (&'a str, Span) {
        let text = self.text.trim();
        let start = self.start + (self.text.len() - self.text.trim_start().len());
        (text, Span::new(start, start + text.len()))
    }
}

/// The lines that a `bufio.Scanner` hands out before it ends or meets a line that is too long.
#[derive(Debug)]
pub(super) struct Lines<'a> {
    /// All lines up to the end or the failure.
    pub lines: Vec<Line<'a>>,
    /// Number and span of the line that stopped the scanner with [`LINE_TOO_LONG`].
    pub too_long: Option<(usize, Span)>,
}

/// Cuts `text` as `bufio.Scanner` with `bufio.ScanLines` does.
pub(super) fn scan_lines(text: &str) -> Lines<'_> {
    let mut lines = Vec::new();
    let mut start = 0;
    for (index, piece) in text.split_inclusive('\n').enumerate() {
        let line = piece.strip_suffix('\n').unwrap_or(piece);
        if line.len() > MAX_LINE {
            let span = Span::new(start, start + line.len());
            return Lines { lines, too_long: Some((index + 1, span)) };
        }
        let line = line.strip_suffix('\r').unwrap_or(line);
        lines.push(Line { text: line, start, number: index + 1 });
        start += piece.len();
    }
    Lines { lines, too_long: None }
}

/// `filepath.Clean` on Unix: the shortest lexically equal path, `.` for nothing.
pub(super) fn clean_path(path: &str) -> String {
    let rooted = path.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => match parts.last() {
                Some(&last) if last != ".." => {
                    parts.pop();
                }
                _ if rooted => {}
                _ => parts.push(part),
            },
            part => parts.push(part),
        }
    }
    let joined = parts.join("/");
    match (rooted, joined.is_empty()) {
        (true, _) => format!("/{joined}"),
        (false, true) => ".".to_owned(),
        (false, false) => joined,
    }
}

/// `strings.ToLower`: rune by rune, so that no rune becomes two.
pub(super) fn to_lower(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    text.chars()
        .map(|character| {
            let mut lower = character.to_lowercase();
            // U+0130 alone has a lower case of two characters here; Go maps it to its first.
            lower.next().unwrap_or(character)
        })
        .collect()
}

/// `strconv.Quote`, which `%q` prints.
pub(super) fn quote(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for character in text.chars() {
        match character {
            '"' | '\\' => {
                quoted.push('\\');
                quoted.push(character);
            }
            '\x07' => quoted.push_str("\\a"),
            '\x08' => quoted.push_str("\\b"),
            '\x0c' => quoted.push_str("\\f"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            '\x0b' => quoted.push_str("\\v"),
            _ if is_printable(character) => quoted.push(character),
            // Writing to a string cannot fail.
            _ if character.is_ascii() => _ = write!(quoted, "\\x{:02x}", u32::from(character)),
            _ if u32::from(character) < 0x1_0000 => _ = write!(quoted, "\\u{:04x}", u32::from(character)),
            _ => _ = write!(quoted, "\\U{:08x}", u32::from(character)),
        }
    }
    quoted.push('"');
    quoted
}

/// `strconv.IsPrint`: letters, marks, numbers, punctuation, symbols and the ASCII space.
fn is_printable(character: char) -> bool {
    static PRINTABLE: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r"^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$").ok());
    let matches = |regex: &Regex| regex.is_match(character.encode_utf8(&mut [0; 4]));
    // Most characters of most texts, without the table.
    matches!(character, ' '..='~') || PRINTABLE.as_ref().is_some_and(matches)
}

/// `utf8.DecodeRune`: the first rune of `bytes` and its width; `(RUNE_ERROR, 1)` where no rune begins and
/// `(RUNE_ERROR, 0)` at the end.
pub(super) fn decode_rune(bytes: &[u8]) -> (char, usize) {
    let Some(&first) = bytes.first() else { return (RUNE_ERROR, 0) };
    if first.is_ascii() {
        return (char::from(first), 1);
    }
    let width = match first {
        0xc2..=0xdf => 2,
        0xe0..=0xef => 3,
        0xf0..=0xf4 => 4,
        _ => return (RUNE_ERROR, 1),
    };
    let rune = bytes
        .get(..width)
        .and_then(|bytes| std::str::from_utf8(bytes).ok())
        .and_then(|text| text.chars().next());
    rune.map_or((RUNE_ERROR, 1), |rune| (rune, width))
}

/// `range` over a Go string: offsets and runes.
pub(super) fn runes(bytes: &[u8]) -> impl Iterator<Item = (usize, char)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let (rune, width) = decode_rune(bytes.get(at..)?);
        let start = at;
        at += width;
        (width > 0).then_some((start, rune))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_64_kib_stops_the_scanner() {
        let fits = "x".repeat(65_535);
        assert!(scan_lines(&format!("{fits}\ny")).too_long.is_none());
        let scanned = scan_lines("a\r\n\nb");
        assert_eq!(scanned.lines.iter().map(|line| line.text).collect::<Vec<_>>(), ["a", "", "b"]);
        let text = format!("a\n{fits}x");
        let scanned = scan_lines(&text);
        assert_eq!((scanned.lines.len(), scanned.too_long), (1, Some((2, Span::new(2, 65_538)))));
    }

    #[test]
    fn paths_are_cleaned_as_filepath_clean_does() {
        for (path, cleaned) in [
            ("", "."),
            (".", "."),
            ("/", "/"),
            ("//a//b/", "/a/b"),
            ("./a", "a"),
            ("a/..", "."),
            ("a/../..", ".."),
            ("/../a", "/a"),
            ("../a/../b", "../b"),
        ] {
            assert_eq!(clean_path(path), cleaned, "{path}");
        }
    }

    #[test]
    fn quoting_and_lower_case_are_those_of_go() {
        assert_eq!(quote("a\"\\\t\u{feff}\u{1}é\u{7f}"), r#""a\"\\\t\ufeff\x01é\x7f""#);
        assert_eq!(quote("\u{378}\u{600}\u{e0100}\u{e0001}"), "\"\\u0378\\u0600\u{e0100}\\U000e0001\"");
        assert_eq!(to_lower("ÄẞİK"), "äßik");
    }

    #[test]
    fn broken_text_decodes_byte_by_byte() {
        assert_eq!(runes("aé".as_bytes()).collect::<Vec<_>>(), [(0, 'a'), (1, 'é')]);
        assert_eq!(runes(&[0xa9, b'a']).collect::<Vec<_>>(), [(0, RUNE_ERROR), (1, 'a')]);
        assert_eq!(decode_rune(&[0xe2, 0x82]), (RUNE_ERROR, 1));
        assert_eq!(decode_rune(&[]), (RUNE_ERROR, 0));
    }
}
