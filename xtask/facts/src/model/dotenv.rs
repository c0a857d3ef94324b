//! `.env` files with the places of their values, and what keeps the CLI from reading them
//! (compose-spec's `godotenv`, behind `a8m/envsubst` over the whole text).

use crate::model::manifest::Text;
use crate::source::{BOM, Span, Spanned};

/// A `.env` file.
#[derive(Clone, Debug, Default)]
pub struct Dotenv {
    /// The entries, in order.
    pub entries: Vec<Entry>,
    /// What the reader stumbles over: the whole file is ignored then.
    pub problems: Vec<Spanned<&'static str>>,
}

/// `NAME=value`.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The name.
    pub name: Text,
    /// The bytes of the value, quotes included, a comment behind it excluded.
    pub value: Span,
}

impl Dotenv {
    /// Reads `text`. Never fails as a whole: a line that is none is a problem, and the next one is read.
    pub fn parse(text: &str) -> Self {
        let mut file = Self::default();
        let mut at = if text.starts_with(BOM) { BOM.len_utf8() } else { 0 };
        while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
            let length = rest.find('\n').unwrap_or(rest.len());
            let line = rest.get(..length).unwrap_or("");
            at = file.line(text, line, at).max(at + length + 1);
        }
        file
    }

    /// Reads one line, and those that its quotes go on to; answers where its last byte stands.
    fn line(&mut self, text: &str, line: &str, offset: usize) -> usize {
        let content = line.trim();
        if content.is_empty() || content.starts_with('#') {
            return offset;
        }
        let start = offset + (line.len() - line.trim_start().len());
        let whole = Span::new(start, start + content.len());
        let exported = content.strip_prefix("export ").map_or(content, str::trim_start);
        let name_start = start + (content.len() - exported.len());
        let separator = exported.find(['=', ':']);
        let name = exported.get(..separator.unwrap_or(exported.len())).unwrap_or("").trim_end();
        let fits =
            |character: char| character.is_alphanumeric() || matches!(character, '_' | '.' | '-' | '[' | ']');
        if name.is_empty() || !name.chars().all(fits) {
            self.problems.push(Spanned::new("this is no `NAME=value`", whole));
            return offset;
        }
        // A name alone is taken over from the shell.
        let Some(separator) = separator else { return offset };
        let after = exported.get(separator + 1..).unwrap_or("");
        let value_start = name_start + separator + 1 + (after.len() - after.trim_start().len());
        let value = after.trim_start();
        let end = match value.chars().next().filter(|first| matches!(first, '"' | '\'')) {
            Some(quote) => match closing(text.get(value_start + 1..).unwrap_or(""), quote) {
                Some(length) => value_start + length + 2,
                None => {
                    self.problems.push(Spanned::new("the quote is not closed", whole));
                    return text.len();
                }
            },
            None => {
                value_start
                    + value.find(" #").map_or(value, |end| value.get(..end).unwrap_or(value)).trim_end().len()
            }
        };
        let name = Spanned::new(name.to_owned(), Span::new(name_start, name_start + name.len()));
        self.entries.push(Entry { name, value: Span::new(value_start, end) });
        end + text.get(end..).and_then(|rest| rest.find('\n')).map_or(text.len() - end, |length| length + 1)
    }
}

/// Offset of the quote that closes, over escaped characters.
fn closing(text: &str, quote: char) -> Option<usize> {
    let mut escaped = false;
    for (offset, character) in text.char_indices() {
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            found if found == quote => return Some(offset),
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_keep_their_places() {
        let text = "\u{feff}# a\r\nexport A = x y # c\r\nB=\"1\n2\"\nC\nD: 'q'\n=x\nE F=1\nG=\"open\nH=1\n";
        let file = Dotenv::parse(text);
        let found: Vec<(&str, &str)> =
            file.entries.iter().map(|entry| (entry.name.value.as_str(), entry.value.slice(text))).collect();
        assert_eq!(found, [("A", "x y"), ("B", "\"1\n2\""), ("D", "'q'")]);
        let problems: Vec<&str> = file.problems.iter().map(|problem| problem.span.slice(text)).collect();
        assert_eq!(problems, ["=x", "E F=1", "G=\"open"]);
    }
}
