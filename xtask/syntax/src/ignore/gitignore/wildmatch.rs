//! Git's `wildmatch.c` with `WM_PATHNAME`, as regular expressions over bytes.
//!
//! A pattern without a slash is compared with a name alone, which holds no slash either: there `**` is `*`.

use std::fmt::Write as _;

/// What one byte of a path that is no slash can be. Git compares bytes, so `?` is not a character.
const NO_SLASH: &str = "[^/]";

/// The expression for `pattern` (without anchors); `None` when it can never match. `by_name`: it is compared with
/// the last component alone.
pub(super) fn translate(pattern: &str, by_name: bool) -> Option<String> {
    let bytes = pattern.as_bytes();
    let mut regex = String::with_capacity(pattern.len() * 2);
    regex.push_str("(?-u:");
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'*' => at = push_stars(&mut regex, bytes, at, by_name),
            b'?' => {
                regex.push_str(NO_SLASH);
                at += 1;
            }
            b'[' => at = push_class(&mut regex, bytes, at)?,
            b'\\' => {
                push_byte(&mut regex, *bytes.get(at + 1)?);
                at += 2;
            }
            byte => {
                push_byte(&mut regex, byte);
                at += 1;
            }
        }
    }
    regex.push(')');
    Some(regex)
}

fn push_byte(regex: &mut String, byte: u8) {
    // Writing to a string cannot fail.
    _ = write!(regex, "\\x{byte:02x}");
}

/// A run of asterisks at `at`; returns what follows what it consumed.
fn push_stars(regex: &mut String, bytes: &[u8], at: usize, by_name: bool) -> usize {
    let rest = bytes.get(at..).unwrap_or_default();
    let stars = rest.iter().take_while(|byte| **byte == b'*').count();
    let after = rest.get(stars..).unwrap_or_default();
    let starts_component = at == 0 || bytes.get(at - 1) == Some(&b'/');
    let ends_component = after.is_empty() || after.starts_with(b"/") || after.starts_with(b"\\/");
    if by_name || stars == 1 || !starts_component || !ends_component {
        regex.push_str("[^/]*");
        return at + stars;
    }
    if after.starts_with(b"/") {
        // Also no folder at all.
        regex.push_str("(?:.*/)?");
        return at + stars + 1;
    }
    regex.push_str(".*");
    at + stars
}

/// A bracket expression at `at`; returns what follows it. A slash never matches one.
fn push_class(regex: &mut String, bytes: &[u8], at: usize) -> Option<usize> {
    let mut members = [false; 256];
    let mut at = at + 1;
    let negated = matches!(bytes.get(at), Some(b'!' | b'^'));
    if negated {
        at += 1;
    }
    let mut previous = 0u8;
    let mut first = true;
    loop {
        let byte = *bytes.get(at)?;
        if byte == b']' && !first {
            break;
        }
        first = false;
        let next = bytes.get(at + 1).copied();
        if byte == b'\\' {
            previous = next?;
            add(&mut members, previous, previous);
            at += 2;
        } else if byte == b'-' && previous != 0 && next.is_some_and(|next| next != b']') {
            at += 1;
            if bytes.get(at) == Some(&b'\\') {
                at += 1;
            }
            add(&mut members, previous, *bytes.get(at)?);
            previous = 0;
            at += 1;
        } else if byte == b'[' && next == Some(b':') {
            let name_start = at + 2;
            let close = name_start + bytes.get(name_start..)?.iter().position(|byte| *byte == b']')?;
            match bytes.get(name_start..close)?.strip_suffix(b":") {
                Some(name) => {
                    let class = posix_class(name)?;
                    (0..=127u8).filter(class).for_each(|byte| add(&mut members, byte, byte));
                    previous = 0;
                    at = close + 1;
                }
                // No `:]`: the bracket is an ordinary member.
                None => {
                    add(&mut members, byte, byte);
                    previous = byte;
                    at += 1;
                }
            }
        } else {
            add(&mut members, byte, byte);
            previous = byte;
            at += 1;
        }
    }
    push_set(regex, |byte| byte != 0 && byte != b'/' && is_member(&members, byte) != negated);
    Some(at + 1)
}

fn add(members: &mut [bool; 256], lo: u8, hi: u8) {
    for byte in lo..=hi {
        if let Some(member) = members.get_mut(usize::from(byte)) {
            *member = true;
        }
    }
}

fn is_member(members: &[bool; 256], byte: u8) -> bool {
    members.get(usize::from(byte)) == Some(&true)
}

/// The bytes that are accepted, as ranges: the engine behind reads a negated class of single bytes slowly.
fn push_set(regex: &mut String, accepts: impl Fn(u8) -> bool) {
    let start = regex.len();
    regex.push('[');
    let mut bytes = (0..=u8::MAX).filter(|byte| accepts(*byte)).peekable();
    while let Some(lo) = bytes.next() {
        let mut hi = lo;
        while let Some(next) = bytes.next_if(|next| *next == hi + 1) {
            hi = next;
        }
        // Writing to a string cannot fail.
        _ = write!(regex, "\\x{lo:02x}-\\x{hi:02x}");
    }
    if regex.len() == start + 1 {
        // An empty set: nothing matches.
        regex.push_str("^\\x00-\\xff");
    }
    regex.push(']');
}

fn posix_class(name: &[u8]) -> Option<fn(&u8) -> bool> {
    Some(match name {
        b"alnum" => u8::is_ascii_alphanumeric,
        b"alpha" => u8::is_ascii_alphabetic,
        b"blank" => |byte| matches!(byte, b' ' | b'\t'),
        b"cntrl" => u8::is_ascii_control,
        b"digit" => u8::is_ascii_digit,
        b"graph" => u8::is_ascii_graphic,
        b"lower" => u8::is_ascii_lowercase,
        b"print" => |byte| matches!(byte, b' '..=b'~'),
        b"punct" => u8::is_ascii_punctuation,
        b"space" => |byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r'),
        b"upper" => u8::is_ascii_uppercase,
        b"xdigit" => u8::is_ascii_hexdigit,
        _ => return None,
    })
}
