//! Private keys in PEM blocks, as they lie in files: alone, indented, quoted, with `\n` written out, or the
//! whole block once more in base64 (`data` of a Kubernetes Secret, kubeconfigs).
//!
//! A block counts when its content can be a key of the kind that the label names (RFC 7468, RFC 5958, the
//! `openssh-key-v1` format, RFC 4880). What documentation shows, cut short or made up, is none.

use super::base64;
use crate::source::Span;

/// How a block begins.
pub(super) const BEGIN: &str = "-----BEGIN ";
/// The same in base64: its first ten characters, which are all that does not depend on the label.
pub(super) const BEGIN_BASE64: &str = "LS0tLS1CRUdJTi";
/// Longer blocks are no keys.
const LONGEST: usize = 40_000;
/// Bytes of the smallest key, an Ed25519 one, in DER.
const SMALLEST: usize = 46;
/// Shorter content must be a complete DER structure: the samples of documentation end earlier.
const LONGEST_SAMPLE: usize = 90;

/// A private key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Key {
    /// Whether it is encrypted.
    pub has_passphrase: bool,
    /// `-----BEGIN …-----`, or the first characters of its base64.
    pub head: Span,
    /// The content.
    pub content: Span,
}

/// The private keys in `text`.
pub(super) fn keys(text: &str) -> Vec<Key> {
    let plain = memchr::memmem::find_iter(text.as_bytes(), BEGIN).filter_map(|at| block(text, at));
    let encoded = memchr::memmem::find_iter(text.as_bytes(), BEGIN_BASE64).filter_map(|at| nested(text, at));
    let mut keys: Vec<Key> = plain.chain(encoded).collect();
    keys.sort_by_key(|key| key.head);
    keys
}

/// The key whose block begins at `at`.
fn block(text: &str, at: usize) -> Option<Key> {
    let rest = text.get(at + BEGIN.len()..)?;
    let label = rest.split_once("-----").map(|(label, _)| label).filter(|label| label.len() < 64)?;
    if !label.ends_with("PRIVATE KEY") && label != "PGP PRIVATE KEY BLOCK" {
        return None;
    }
    let start = at + BEGIN.len() + label.len() + "-----".len();
    let body = text.get(start..)?;
    let length = body.find("-----END ").filter(|length| *length <= LONGEST)?;
    let content = body.get(..length)?;
    let protection = key(label, content)?;
    Some(Key {
        has_passphrase: protection == Protection::Passphrase,
        head: Span::new(at, start),
        content: Span::new(start, start + length),
    })
}

/// The key in a base64 text that begins at `at`.
fn nested(text: &str, at: usize) -> Option<Key> {
    let rest = text.get(at..)?;
    let length = rest.find(|character: char| !base64::is_digit(character)).unwrap_or(rest.len());
    let content = rest.get(..length.min(LONGEST * 4 / 3))?;
    let decoded = String::from_utf8(base64::decode(content)?).ok()?;
    let key = memchr::memmem::find_iter(decoded.as_bytes(), BEGIN).find_map(|at| block(&decoded, at))?;
    // The first characters say nothing but "-----BEGIN".
    let head = Span::new(at, at + BEGIN_BASE64.len());
    Some(Key { head, content: Span::new(head.end, at + length), ..key })
}

/// What guards a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Protection {
    None,
    Passphrase,
}

/// How the private key between the two marks is guarded; `None` when there is no key.
fn key(label: &str, content: &str) -> Option<Protection> {
    let lines = content.replace("\\r", "").replace("\\n", "\n");
    let mut encrypted = false;
    let mut digits = String::new();
    for line in lines.lines() {
        // Quotes, list marks, comment marks and line joints of whatever file holds the block.
        let line = line.trim_matches(|character: char| {
            character.is_whitespace()
                || matches!(character, '"' | '\'' | '`' | ',' | ';' | '\\' | '#' | '>' | '|' | '*')
        });
        let line = line.strip_suffix("\" +").or_else(|| line.strip_suffix("' +")).unwrap_or(line);
        match line.split_once(':') {
            Some((header, value)) => encrypted |= header == "Proc-Type" && value.contains("ENCRYPTED"),
            None if line.chars().all(base64::is_digit) => digits.push_str(line),
            // The checksum of a PGP block.
            None if line.starts_with('=') => {}
            None => return None,
        }
    }
    let lower = digits.to_ascii_lowercase();
    let made_up = ["example", "placeholder", "redacted", "notareal", "fakekey", "dummy"];
    let bytes = base64::decode(&digits)?;
    if bytes.len() < SMALLEST || is_monotonous(&bytes) || made_up.iter().any(|word| lower.contains(word)) {
        return None;
    }
    let is_open_ssh = bytes.starts_with(b"openssh-key-v1\0");
    let is_key = match label {
        _ if encrypted => true,
        "OPENSSH PRIVATE KEY" => is_open_ssh && bytes.len() > 100,
        // A secret key packet, tag 5, in the old or the new format.
        "PGP PRIVATE KEY BLOCK" => bytes.first().is_some_and(|tag| matches!(tag, 0x94..=0x97 | 0xc5)),
        _ => bytes.len() > LONGEST_SAMPLE || is_der_sequence(&bytes),
    };
    // Behind the magic stands the name of the cipher, with its length in four bytes.
    let ciphered = is_open_ssh && !bytes.get(15..).is_some_and(|rest| rest.starts_with(b"\0\0\0\x04none"));
    let guarded = encrypted || ciphered || label.contains("ENCRYPTED");
    is_key.then_some(if guarded { Protection::Passphrase } else { Protection::None })
}

/// Whether `bytes` are one complete DER SEQUENCE.
fn is_der_sequence(bytes: &[u8]) -> bool {
    let Some((&[0x30, first], rest)) = bytes.split_first_chunk::<2>() else { return false };
    if first < 0x80 {
        return usize::from(first) == rest.len();
    }
    let octets = usize::from(first & 0x7f);
    let Some((length, rest)) = rest.split_at_checked(octets).filter(|_| (1..=3).contains(&octets)) else {
        return false;
    };
    length.iter().fold(0, |length, octet| length << 8 | usize::from(*octet)) == rest.len()
}

/// Whether the bytes are made up: keys hold far more than a handful of different bytes.
fn is_monotonous(bytes: &[u8]) -> bool {
    let mut seen = [false; 256];
    for byte in bytes {
        if let Some(slot) = seen.get_mut(usize::from(*byte)) {
            *slot = true;
        }
    }
    seen.iter().filter(|seen| **seen).count() < 20
}
