//! The `.stignore` that Okteto mounts in the development container (`cmd/up/stignore.go`, `addStignoreSecrets`).

/// Okteto reads the file in pieces of so many bytes; a longer line becomes several.
const BUFFER: usize = 4_096;

/// What the pod gets for a `.stignore` of this text.
///
/// Blank lines, comments and every line that begins with `#` are dropped, `#include` and `#escape` with them; a
/// line gets `(?d)` in front unless it is a negation or holds `(?d)` already. So the laptop and the pod can ignore
/// different paths.
pub fn okteto_cluster_copy(text: &str) -> String {
    let mut copy = String::with_capacity(text.len() * 2);
    for line in text.split('\n') {
        for piece in pieces(line.strip_suffix('\r').unwrap_or(line)) {
            let piece = piece.trim();
            if piece.is_empty() || piece.starts_with("//") || piece.starts_with('#') {
                continue;
            }
            if !piece.starts_with('!') && !piece.contains("(?d)") {
                copy.push_str("(?d)");
            }
            copy.push_str(piece);
            copy.push('\n');
        }
    }
    copy
}

/// The pieces in which `bufio.Reader.ReadLine` hands out a line, cut on character boundaries.
fn pieces(line: &str) -> impl Iterator<Item = &str> {
    let mut rest = line;
    std::iter::from_fn(move || {
        let mut end = rest.len().min(BUFFER);
        while !rest.is_char_boundary(end) {
            end -= 1;
        }
        let (piece, after) = rest.split_at_checked(end)?;
        rest = after;
        (!piece.is_empty()).then_some(piece)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lines_are_cut() {
        let line = "x".repeat(5_000);
        let copy = okteto_cluster_copy(&line);
        let lengths: Vec<usize> = copy.lines().map(str::len).collect();
        assert_eq!(lengths, [4_100, 908]);
    }
}
