//! Parser directives: comments at the very top that change how the file is read.
//!
//! Follows moby/buildkit `frontend/dockerfile/parser/directives.go`.

use super::lines::Lines;
use super::{SyntaxError, Word};
use crate::source::{Span, Spanned};

/// One directive: `# syntax=docker/dockerfile:1`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Directive {
    /// `syntax`, `escape` or `check`, in lower case, with the span of what is written.
    pub name: Word,
    /// The value without blanks around it.
    pub value: Word,
}

/// Reads the directives at the top of `text`, and the escape character they leave in force.
pub(super) fn read(text: &str) -> (Vec<Directive>, char, Vec<SyntaxError>) {
    let mut directives: Vec<Directive> = Vec::new();
    let mut errors = Vec::new();
    let mut escape = '\\';
    for line in Lines::new(text) {
        let directive = line.comment().and_then(|comment| directive(text, comment));
        let Some(directive) = directive else { break };
        let name = &directive.name;
        if directives.iter().any(|seen| seen.name.value == name.value) {
            let message = format!("only one {} parser directive can be used", name.value);
            errors.push(SyntaxError::new(message, name.span));
            continue;
        }
        if name.value == "escape" {
            match directive.value.value.as_str() {
                "\\" => escape = '\\',
                "`" => escape = '`',
                other => {
                    let message = format!("invalid escape token '{other}' does not match ` or \\");
                    errors.push(SyntaxError::new(message, directive.value.span));
                }
            }
        }
        directives.push(directive);
    }
    (directives, escape, errors)
}

/// `^#\s*([a-zA-Z][a-zA-Z0-9]*)\s*=\s*(.+?)\s*$` with a known name.
fn directive(text: &str, comment: Span) -> Option<Directive> {
    let body = comment.slice(text).strip_prefix('#')?;
    let (name, value) = body.split_once('=')?;
    let start = comment.start + 1;
    let name = trimmed(name, start);
    let mut value_word = trimmed(value, comment.end - value.len());
    if let (true, Some(last)) = (value_word.value.is_empty(), value.chars().next_back()) {
        // The expression wants one character at least: the last blank.
        let span = Span::new(comment.end - last.len_utf8(), comment.end);
        value_word = Spanned::new(last.to_string(), span);
    }
    let word = name.value.to_ascii_lowercase();
    let known = matches!(word.as_str(), "syntax" | "escape" | "check") && !value.is_empty();
    known.then(|| Directive { name: Spanned::new(word, name.span), value: value_word })
}

/// Without the white space of Go's regular expressions around it.
fn trimmed(text: &str, start: usize) -> Word {
    const SPACE: [char; 5] = ['\t', '\n', '\u{c}', '\r', ' '];
    let start = start + (text.len() - text.trim_start_matches(SPACE).len());
    let text = text.trim_matches(SPACE);
    Spanned::new(text.to_owned(), Span::new(start, start + text.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_region_ends_at_the_first_other_line() {
        let (directives, escape, errors) = read("# Check = skip=all\n# escape=`\n# hi\n# syntax=x\nFROM a\n");
        let names: Vec<_> = directives.iter().map(|directive| directive.name.value.as_str()).collect();
        assert_eq!(names, ["check", "escape"]);
        assert_eq!(directives[0].value.value, "skip=all");
        assert_eq!(escape, '`');
        assert!(errors.is_empty());
    }

    #[test]
    fn wrong_and_doubled_directives_are_errors() {
        let (_, escape, errors) = read("# escape=x\n# escape=`\nFROM a\n");
        let messages: Vec<_> = errors.iter().map(|error| error.message.as_str()).collect();
        assert_eq!(escape, '\\');
        assert_eq!(
            messages,
            [
                "invalid escape token 'x' does not match ` or \\",
                "only one escape parser directive can be used"
            ]
        );
    }
}
