//! BuildKit's did-you-mean: the nearest known word at an edit distance below 3.
//!
//! Follows moby/buildkit `util/suggest`.

/// The word of `known` that `wrong` most likely means, if one is near enough.
pub(super) fn nearest<'a>(wrong: &str, known: &[&'a str]) -> Option<&'a str> {
    let distances = known.iter().map(|word| (distance(wrong, word), *word));
    distances
        .filter(|(distance, _)| *distance < 3)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, word)| word)
}

/// `message` with the nearest known word behind it.
pub(super) fn with_suggestion(message: String, wrong: &str, known: &[&str]) -> (String, Option<String>) {
    append(message, nearest(wrong, known).map(str::to_owned))
}

/// The same for words whose case does not matter: the known word is written in the case of the wrong one.
pub(super) fn with_suggestion_in_any_case(
    message: String,
    wrong: &str,
    known: &[&str],
) -> (String, Option<String>) {
    let found = nearest(&wrong.to_uppercase(), known).map(|word| {
        let is_upper = wrong == wrong.to_uppercase() && wrong != wrong.to_lowercase();
        if is_upper { word.to_uppercase() } else { word.to_lowercase() }
    });
    append(message, found)
}

fn append(message: String, found: Option<String>) -> (String, Option<String>) {
    let message = match &found {
        Some(word) => format!("{message} (did you mean {word}?)"),
        None => message,
    };
    (message, found)
}

/// Levenshtein distance in characters. Words whose lengths differ by 3 or more are far apart anyway.
fn distance(one: &str, two: &str) -> usize {
    let two: Vec<char> = two.chars().collect();
    let length = one.chars().take(two.len() + 4).count();
    if length.abs_diff(two.len()) >= 3 {
        return usize::MAX;
    }
    let mut row: Vec<usize> = (0..=two.len()).collect();
    for (line, a) in one.chars().enumerate() {
        let mut diagonal = line;
        let mut left = line + 1;
        let mut next = vec![left];
        for (b, above) in two.iter().zip(row.iter().skip(1)) {
            let cost = diagonal + usize::from(a != *b);
            diagonal = *above;
            left = cost.min(left + 1).min(above + 1);
            next.push(left);
        }
        row = next;
    }
    row.last().copied().unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances() {
        for (one, two, expected) in
            [("tagret", "target", 2), ("cach", "cache", 1), ("", "ab", 2), ("a", "a", 0)]
        {
            assert_eq!(distance(one, two), expected, "{one} {two}");
        }
        assert_eq!(nearest("RUNN", &["FROM", "RUN"]), Some("RUN"));
        assert_eq!(nearest("exclusive", &["shared", "private", "locked"]), None);
    }
}
