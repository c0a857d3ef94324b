//! The fragments under which headings can be linked.

use regex::Regex;
use std::collections::HashMap;
use std::sync::LazyLock;

/// What neither forge keeps of a heading: `[^\p{Word}\- ]` of Ruby, where `Word` is letters, marks, decimal digits and
/// connectors. A mark is a part of `й` and of `हिन्दी`, and the selector U+FE0F one of its own behind an emoji.
static PUNCTUATION: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"[^\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\- ]").ok());

/// Chooses how an emoji before it looks, and is seen by nobody.
const SELECTOR: char = '\u{fe0f}';

/// As GitLab makes them (`Gitlab::Utils::Markdown.string_to_anchor`): lower case, punctuation removed,
/// blanks to `-`, runs of `-` to one; a repeated one gets `-1`, `-2`, …
pub fn gitlab<'a>(titles: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    numbered(titles.into_iter().map(|title| {
        let mut squeezed = String::new();
        for character in bare(title.trim()).chars() {
            if character != '-' || !squeezed.ends_with('-') {
                squeezed.push(character);
            }
        }
        let is_number = !squeezed.is_empty() && squeezed.chars().all(|character| character.is_ascii_digit());
        if is_number { format!("anchor-{squeezed}") } else { squeezed }
    }))
}

/// As GitHub makes them (`html-pipeline`, `TableOfContentsFilter`): like GitLab's, runs of `-` kept.
pub fn github<'a>(titles: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    numbered(titles.into_iter().map(|title| bare(title.trim())))
}

/// A fragment without the selectors of emoji: an editor drops them unseen, and tools that write tables of contents
/// disagree about them.
pub fn without_selectors(slug: &str) -> String {
    slug.replace(SELECTOR, "")
}

/// Lower case, without punctuation, and blanks as `-`.
fn bare(title: &str) -> String {
    let lower = title.to_lowercase();
    match PUNCTUATION.as_ref() {
        Some(punctuation) => punctuation.replace_all(&lower, "").replace(' ', "-"),
        None => lower.replace(' ', "-"),
    }
}

fn numbered(slugs: impl Iterator<Item = String>) -> Vec<String> {
    let mut seen: HashMap<String, usize> = HashMap::new();
    slugs
        .map(|slug| {
            let count = seen.entry(slug.clone()).or_insert(0);
            *count += 1;
            if *count == 1 { slug } else { format!("{slug}-{}", *count - 1) }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cyrillic_numbered_and_repeated_headings() {
        let titles = ["0) Что это и зачем", "1.1.1) Dev‑контейнер — порты", "Порты", "Порты", "2024"];
        let gitlab = gitlab(titles);
        assert_eq!(
            gitlab,
            ["0-что-это-и-зачем", "111-devконтейнер-порты", "порты", "порты-1", "anchor-2024"]
        );
        let github = github(titles);
        assert_eq!(github.get(1).map(String::as_str), Some("111-devконтейнер--порты"));
        assert_eq!(github.get(4).map(String::as_str), Some("2024"));
    }

    /// As `github-slugger` 2.0.0 answers.
    #[test]
    fn marks_are_kept_and_other_numbers_are_not() {
        let titles = [
            "🛠️ Installation",
            "Зарплатный и\u{306}од",
            "हिन्दी",
            "ภาษาไทย น้ำ",
            "a²b",
            "a½b",
            "aⒶb",
            "aⅧb",
            "a‿b",
            "a\u{200d}b",
            "a٣b",
        ];
        let expected = [
            "\u{fe0f}-installation",
            "зарплатный-и\u{306}од",
            "हिन्दी",
            "ภาษาไทย-น้ำ",
            "ab",
            "ab-1",
            "aⓐb",
            "aⅷb",
            "a‿b",
            "ab-2",
            "a٣b",
        ];
        assert_eq!(github(titles), expected);
        assert_eq!(gitlab(titles), expected);
        assert_eq!(without_selectors("\u{fe0f}-installation"), "-installation");
    }
}
