//! Names of namespaces: what makes one valid, and what a configured pattern takes.

use crate::config::Config;
use crate::model::apps::Apps;

/// The longest DNS label.
pub const LONGEST: usize = 63;

/// Why `name` cannot be a namespace (RFC 1123 label); `None` when it can.
pub fn refusal(name: &str) -> Option<String> {
    let is_allowed =
        |character: char| character.is_ascii_lowercase() || character.is_ascii_digit() || character == '-';
    if let Some(odd) = name.chars().find(|character| !is_allowed(*character)) {
        return Some(format!("`{odd}` is not allowed in a namespace"));
    }
    if name.starts_with('-') || name.ends_with('-') {
        return Some("a namespace neither begins nor ends with `-`".to_owned());
    }
    (name.len() > LONGEST)
        .then(|| format!("it has {} characters, a namespace has at most {LONGEST}", name.len()))
}

/// What stands for the app in a pattern.
pub enum Subject<'a> {
    /// This app: its folder's name, and its package without the scope.
    App(&'a str, Option<&'a str>),
    /// Any app of the repository.
    Any(&'a Apps),
    /// Whatever fits, planned apps among them.
    Anything,
}

/// The names that a pattern (`web-dev-{app}`, `web-preview-*`) gives, as patterns with `*` alone.
pub fn patterns(pattern: &str, subject: &Subject<'_>) -> Vec<String> {
    let fill = |app: &str, package: Option<&str>| {
        pattern.replace("{app}", app).replace("{package}", package.unwrap_or(app))
    };
    match subject {
        Subject::App(app, package) => vec![fill(app, *package)],
        Subject::Any(apps) => apps.all.iter().map(|app| fill(app.name(), app.package.as_deref())).collect(),
        Subject::Anything => vec![fill("*", Some("*"))],
    }
}

/// Whether some text fits both patterns; `*` stands for any text, none included.
pub fn overlap(left: &str, right: &str) -> bool {
    let (left, right): (Vec<char>, Vec<char>) = (left.chars().collect(), right.chars().collect());
    // One row of "can the rest of `left` from here and the rest of `right` from there meet".
    let mut next: Vec<bool> = Vec::new();
    for row in (0..=left.len()).rev() {
        let mut current = vec![false; right.len() + 1];
        for column in (0..=right.len()).rev() {
            let below = |at: usize| next.get(at).copied().unwrap_or(false);
            let meets = match (left.get(row), right.get(column)) {
                (None, None) => true,
                (Some('*'), other) => {
                    below(column) || other.is_some() && current.get(column + 1).copied().unwrap_or(false)
                }
                (other, Some('*')) => {
                    current.get(column + 1).copied().unwrap_or(false) || other.is_some() && below(column)
                }
                (Some(one), Some(other)) => one == other && below(column + 1),
                (None, Some(_)) | (Some(_), None) => false,
            };
            if let Some(slot) = current.get_mut(column) {
                *slot = meets;
            }
        }
        next = current;
    }
    next.first().copied().unwrap_or(false)
}

/// Whether every text of the form `inner` also has the form `outer`; both with `*`. Exact for an `outer`
/// whose literal parts do not meet a `*` of `inner`.
pub fn is_within(inner: &str, outer: &str) -> bool {
    let Some((head, tail)) = outer.split_once('*') else { return inner == outer };
    let Some(rest) = inner.strip_prefix(head) else { return false };
    if !tail.contains('*') {
        return rest.ends_with(tail) && rest.len() >= tail.len();
    }
    // Any later part may follow anywhere.
    (0..=rest.len()).any(|at| rest.get(at..).is_some_and(|rest| is_within(rest, tail)))
}

/// The kind (`dev`, `prod`, `preview`) whose configured pattern a name fits. `web-{app}` takes in names that
/// `web-dev-{app}` means: the pattern with the most literal text wins.
pub fn kind_of<'a>(config: &'a Config, name: &str) -> Option<&'a str> {
    let fits = config.namespace_patterns.iter().filter(|(_, pattern)| {
        patterns(&pattern.value, &Subject::Anything).iter().any(|pattern| is_within(name, pattern))
    });
    let literal = |pattern: &str| {
        patterns(pattern, &Subject::Anything).first().map_or(0, |pattern| pattern.replace('*', "").len())
    };
    fits.max_by_key(|(_, pattern)| literal(&pattern.value)).map(|(kind, _)| kind.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_judged_as_kubernetes_does() {
        for name in ["web", "a", "web-dev-1", &"a".repeat(63)] {
            assert_eq!(refusal(name), None, "{name}");
        }
        for name in ["Web", "web_dev", "web.dev", "-web", "web-", &"a".repeat(64), "веб"] {
            assert!(refusal(name).is_some(), "{name}");
        }
    }

    #[test]
    fn patterns_overlap_when_a_text_fits_both() {
        for (left, right, expected) in [
            ("a.example.com", "a.example.com", true),
            ("a-*.example.com", "a-web-*.example.com", true),
            ("*.okteto.example.com", "*.example.com", true),
            ("a-*.example.com", "b-*.example.com", false),
            ("*", "", true),
            ("a*b", "a*c", false),
            ("*a*", "b*a", true),
        ] {
            assert_eq!(overlap(left, right), expected, "{left} {right}");
            assert_eq!(overlap(right, left), expected, "{right} {left}");
        }
    }

    #[test]
    fn a_name_is_within_a_pattern() {
        assert!(is_within("web-preview-*", "web-preview-*"));
        assert!(is_within("web-preview-7", "web-preview-*"));
        assert!(!is_within("review-*", "web-preview-*"));
        assert!(!is_within("web-*", "web-preview-*"));
        assert!(is_within("a-b-c", "a-*-c"));
        assert!(!is_within("ac", "a*-c"));
    }
}
