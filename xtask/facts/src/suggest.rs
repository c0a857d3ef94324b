//! "Did you mean": the name that was probably meant.

/// The candidate closest to `name`, if it is close enough to be a slip: at most one edit in three
/// characters, or a name that differs only in case, `-` and `_`, or in the order of its parts.
pub fn closest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let mut best: Option<(usize, &str)> = None;
    let mut tied = false;
    for candidate in candidates.into_iter().filter(|candidate| *candidate != name) {
        let Some(distance) = slip(name, candidate) else { continue };
        match best {
            Some((least, _)) if distance > least => {}
            Some((least, other)) if distance == least && other != candidate => tied = true,
            _ => {
                best = Some((distance, candidate));
                tied = false;
            }
        }
    }
    best.filter(|_| !tied).map(|(_, candidate)| candidate)
}

/// How far apart two names are, `None` when too far to be a slip.
fn slip(name: &str, candidate: &str) -> Option<usize> {
    if folded(name).eq(folded(candidate)) {
        return Some(0);
    }
    // Asked of every name against all others: most differ in length already.
    if name.len() == candidate.len() && name.contains(['-', '_', '/']) && parts(name) == parts(candidate) {
        return Some(1);
    }
    let (length, other) = (name.chars().count(), candidate.chars().count());
    let allowed = (length.max(other) / 3).clamp(1, 4);
    if length.abs_diff(other) > allowed {
        return None;
    }
    let distance = distance(name, candidate);
    (distance <= allowed && distance < length).then_some(distance)
}

fn folded(name: &str) -> impl Iterator<Item = char> {
    name.chars().filter(|character| !matches!(character, '-' | '_')).flat_map(char::to_lowercase)
}

fn parts(name: &str) -> Vec<&str> {
    let mut parts: Vec<&str> = name.split(['-', '_', '/']).collect();
    parts.sort_unstable();
    parts
}

/// Optimal string alignment: insertions, deletions, substitutions and swaps of neighbours.
fn distance(left: &str, right: &str) -> usize {
    let left: Vec<char> = left.chars().collect();
    let right: Vec<char> = right.chars().collect();
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=right.len()).collect();
    for (row, from) in left.iter().enumerate() {
        let mut current = vec![row + 1];
        for (column, to) in right.iter().enumerate() {
            let at = |line: &[usize], index: usize| line.get(index).copied().unwrap_or(usize::MAX / 2);
            let substitution = at(&last, column) + usize::from(from != to);
            let mut cost = substitution.min(at(&last, column + 1) + 1).min(at(&current, column) + 1);
            let swapped =
                row > 0 && column > 0 && left.get(row - 1) == Some(to) && right.get(column - 1) == Some(from);
            if swapped {
                cost = cost.min(at(&before, column - 1) + 1);
            }
            current.push(cost);
        }
        before = std::mem::replace(&mut last, current);
    }
    last.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::closest;

    #[test]
    fn slips_are_recognised_and_strangers_are_not() {
        let keys = ["sync", "forward", "command", "selector"];
        assert_eq!(closest("snyc", keys), Some("sync"));
        assert_eq!(closest("forwards", keys), Some("forward"));
        assert_eq!(closest("Comand", keys), Some("command"));
        assert_eq!(closest("environment", keys), None);
        assert_eq!(closest("web-synestra-io-dev", ["web-dev-synestra-io"]), Some("web-dev-synestra-io"));
        assert_eq!(closest("depends-on", ["depends_on"]), Some("depends_on"));
    }

    #[test]
    fn two_equally_close_names_are_no_answer() {
        assert_eq!(closest("dev-c", ["dev-a", "dev-b"]), None);
    }
}
