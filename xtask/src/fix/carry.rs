//! The same change on another version of a file.

use similar::{Algorithm, DiffOp, capture_diff_slices};
use std::ops::Range;

/// A version of a file with as much of a change as fits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Carried {
    /// The version with the change.
    pub text: String,
    /// Whether all of the change fitted.
    pub complete: bool,
}

/// Makes in `other` the change that leads from `before` to `after`, wherever `other` still has the lines of
/// `before`. Line ends that git converts (`core.autocrlf`) are kept as they are in `other`.
pub fn carry_over(before: &str, after: &str, other: &str) -> Carried {
    let is_converted = !before.contains('\r') && other.contains("\r\n");
    if is_converted && !other.replace("\r\n", "").contains(['\r', '\n']) {
        let Carried { text, complete } = carry_lines(before, after, &other.replace("\r\n", "\n"));
        return Carried { text: text.replace('\n', "\r\n"), complete };
    }
    carry_lines(before, after, other)
}

fn carry_lines(before: &str, after: &str, other: &str) -> Carried {
    let [before, after, other] =
        [before, after, other].map(|text| text.split_inclusive('\n').collect::<Vec<_>>());
    let kept = common(&before, &other);
    // What `other` has of the new version already needs no change.
    let repaired = common(&after, &other);
    let mut text = String::new();
    let mut complete = true;
    let mut done = 0;
    for operation in capture_diff_slices(Algorithm::Myers, &before, &after) {
        if matches!(operation, DiffOp::Equal { .. }) {
            continue;
        }
        let Some(place) = place_in(&kept, &operation.old_range()).filter(|place| place.start >= done) else {
            complete &= place_in(&repaired, &operation.new_range()).is_some();
            continue;
        };
        text.extend(other.get(done..place.start).unwrap_or_default().iter().copied());
        text.extend(after.get(operation.new_range()).unwrap_or_default().iter().copied());
        done = place.end;
    }
    text.extend(other.get(done..).unwrap_or_default().iter().copied());
    Carried { text, complete }
}

/// The ranges of lines that two versions have in common: where they stand in the one, and where they begin in
/// the other.
fn common(one: &[&str], other: &[&str]) -> Vec<(Range<usize>, usize)> {
    let operations = capture_diff_slices(Algorithm::Myers, one, other).into_iter();
    let ranges = operations.filter_map(|operation| match operation {
        DiffOp::Equal { old_index, new_index, len } => Some((old_index..old_index + len, new_index)),
        _ => None,
    });
    ranges.collect()
}

/// Where the lines `range` of the first version stand in the other one, if they are all there together.
fn place_in(kept: &[(Range<usize>, usize)], range: &Range<usize>) -> Option<Range<usize>> {
    let (old, new) = kept.iter().find(|(old, _)| old.start <= range.start && range.end <= old.end)?;
    let start = new + (range.start - old.start);
    Some(start..start + range.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn carried(before: &str, after: &str, other: &str) -> (String, bool) {
        let Carried { text, complete } = carry_over(before, after, other);
        (text, complete)
    }

    #[test]
    fn other_lines_stay() {
        assert_eq!(
            carried("a\nb\nc\n", "a\nB\nc\n", "x\na\nb\nc\ny\n"),
            ("x\na\nB\nc\ny\n".to_owned(), true)
        );
        assert_eq!(carried("a\nb\n", "a\nb\nc\n", "0\na\nb\n"), ("0\na\nb\nc\n".to_owned(), true));
        assert_eq!(carried("a\nb\nc\n", "a\nc\n", "a\nb\nc\nd\n"), ("a\nc\nd\n".to_owned(), true));
    }

    #[test]
    fn a_line_that_reads_differently_is_left() {
        assert_eq!(carried("a\nb\nc\n", "a\nB\nC\n", "a\n?\nc\n"), ("a\n?\nc\n".to_owned(), false));
        assert_eq!(
            carried("a\nb\nc\nd\n", "A\nb\nc\nD\n", "?\nb\nc\nd\n"),
            ("?\nb\nc\nD\n".to_owned(), false)
        );
        assert_eq!(carried("a\n", "b\n", ""), (String::new(), false));
    }

    #[test]
    fn what_is_changed_already_stays() {
        assert_eq!(carried("a\nb\nc\n", "a\nB\nc\n", "A\nB\nc\n"), ("A\nB\nc\n".to_owned(), true));
    }

    #[test]
    fn converted_line_ends_are_kept() {
        assert_eq!(carried("a\nb\n", "A\nb\n", "a\r\nb\r\n"), ("A\r\nb\r\n".to_owned(), true));
        // Mixed ones come from nobody's conversion.
        assert_eq!(carried("a\nb\n", "A\nb\n", "a\nb\r\n"), ("A\nb\r\n".to_owned(), true));
    }

    #[test]
    fn the_same_version_gets_the_same_text() {
        for (before, after) in [("a", "a\nb"), ("a\nb\n", ""), ("x\n", "x\ny\n")] {
            assert_eq!(carried(before, after, before), (after.to_owned(), true));
        }
    }
}
