//! The fragments under which headings can be linked.

use std::collections::HashMap;

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

/// Lower case, only letters, digits, `_`, `-`, and blanks as `-`.
fn bare(title: &str) -> String {
    let kept = title.to_lowercase();
    kept.chars()
        .filter(|character| character.is_alphanumeric() || matches!(character, '_' | '-' | ' '))
        .map(|character| if character == ' ' { '-' } else { character })
        .collect()
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
}
