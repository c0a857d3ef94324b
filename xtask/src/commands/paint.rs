//! Emphasis in what the commands print for people.

use crate::report::Style;

/// Bold.
pub fn bold(style: Style, text: &str) -> String {
    painted(style, "1", text)
}

/// Faint.
pub fn dim(style: Style, text: &str) -> String {
    painted(style, "2", text)
}

/// Red.
pub fn red(style: Style, text: &str) -> String {
    painted(style, "31", text)
}

/// Green.
pub fn green(style: Style, text: &str) -> String {
    painted(style, "32", text)
}

/// Yellow.
pub fn yellow(style: Style, text: &str) -> String {
    painted(style, "33", text)
}

/// A name without characters that would move the cursor.
pub fn visible(name: &str) -> String {
    let shown = |character: char| match character.is_control() {
        true => character.escape_default().to_string(),
        false => character.to_string(),
    };
    name.chars().map(shown).collect()
}

fn painted(style: Style, code: &str, text: &str) -> String {
    match style {
        Style::Ansi if !text.is_empty() => format!("\u{1b}[{code}m{text}\u{1b}[0m"),
        _ => text.to_owned(),
    }
}
