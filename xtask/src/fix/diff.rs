//! Changes as a unified diff that `git apply` takes.

use super::Change;
use similar::{Algorithm, DiffOp, DiffTag, capture_diff_slices, group_diff_ops};
use std::fmt::Write;

/// Unchanged lines around each change.
const CONTEXT: usize = 3;

/// The changes in git's format, in their order; no text for a change that changes nothing.
///
/// Lines end at `\n` alone, as git counts them, so that `\r` is a part of its line.
pub fn unified_diff(changes: &[Change]) -> String {
    let mut out = String::new();
    for change in changes.iter().filter(|change| change.before != change.after) {
        file(&mut out, change);
    }
    out
}

fn file(out: &mut String, change: &Change) {
    let path = change.path.as_str();
    let (old, new) = (quoted("a/", path), quoted("b/", path));
    let _ = writeln!(out, "diff --git {old} {new}");
    match (&change.before, &change.after) {
        (None, _) => out.push_str("new file mode 100644\n"),
        (_, None) => out.push_str("deleted file mode 100644\n"),
        _ => {}
    }
    let before: Vec<&str> = lines(change.before.as_deref());
    let after: Vec<&str> = lines(change.after.as_deref());
    let operations = capture_diff_slices(Algorithm::Myers, &before, &after);
    let hunks = group_diff_ops(operations, CONTEXT);
    if hunks.is_empty() {
        return;
    }
    let name = |exists: bool, name: String| if exists { terminated(name) } else { "/dev/null".to_owned() };
    let _ = writeln!(out, "--- {}", name(change.before.is_some(), old));
    let _ = writeln!(out, "+++ {}", name(change.after.is_some(), new));
    for operations in hunks {
        hunk(out, &operations, &before, &after);
    }
}

fn lines(text: Option<&str>) -> Vec<&str> {
    text.map(|text| text.split_inclusive('\n').collect()).unwrap_or_default()
}

fn hunk(out: &mut String, operations: &[DiffOp], before: &[&str], after: &[&str]) {
    let (Some(first), Some(last)) = (operations.first(), operations.last()) else {
        return;
    };
    let old = header(first.old_range().start, last.old_range().end);
    let new = header(first.new_range().start, last.new_range().end);
    let _ = writeln!(out, "@@ -{old} +{new} @@");
    for operation in operations {
        let removed = before.get(operation.old_range()).unwrap_or_default();
        let added = after.get(operation.new_range()).unwrap_or_default();
        if operation.tag() == DiffTag::Equal {
            write_lines(out, ' ', removed);
        } else {
            write_lines(out, '-', removed);
            write_lines(out, '+', added);
        }
    }
}

/// `first,count` of a range of 0-based lines; an empty range names the line before it.
fn header(start: usize, end: usize) -> String {
    let count = end - start;
    let first = if count == 0 { start } else { start + 1 };
    if count == 1 { first.to_string() } else { format!("{first},{count}") }
}

fn write_lines(out: &mut String, sign: char, lines: &[&str]) {
    for line in lines {
        out.push(sign);
        out.push_str(line);
        if !line.ends_with('\n') {
            out.push_str("\n\\ No newline at end of file\n");
        }
    }
}

/// A name in a `---` or `+++` line ends with a tab when it holds white space: so git tells it from a time.
fn terminated(name: String) -> String {
    if name.contains(' ') && !name.starts_with('"') { format!("{name}\t") } else { name }
}

/// The path as git writes it with `core.quotePath`: C-quoted if it holds a control character, a quote, a
/// backslash or a byte beyond ASCII (git `quote.c`).
fn quoted(prefix: &str, path: &str) -> String {
    let plain = |byte: u8| (0x20..0x7f).contains(&byte) && byte != b'"' && byte != b'\\';
    if path.bytes().all(plain) {
        return format!("{prefix}{path}");
    }
    let mut out = format!("\"{prefix}");
    for byte in path.bytes() {
        match byte {
            0x07 => out.push_str("\\a"),
            0x08 => out.push_str("\\b"),
            b'\t' => out.push_str("\\t"),
            b'\n' => out.push_str("\\n"),
            0x0b => out.push_str("\\v"),
            0x0c => out.push_str("\\f"),
            b'\r' => out.push_str("\\r"),
            b'"' => out.push_str("\\\""),
            b'\\' => out.push_str("\\\\"),
            byte if plain(byte) => out.push(char::from(byte)),
            byte => {
                let _ = write!(out, "\\{byte:03o}");
            }
        }
    }
    out.push('"');
    out
}
