//! Okteto tokens: a literal where `OKTETO_TOKEN` gets its value, or behind `okteto context use --token`.
//!
//! The *name* says that it is a token; how random the value looks does not. What is no literal (`$VAR`,
//! `{{ … }}`, `<token>`) and what stands in for a token is none.

use crate::source::Span;

/// The variable that holds a token.
pub const VARIABLE: &str = "OKTETO_TOKEN";
/// Shorter values are no tokens.
const SHORTEST: usize = 8;
/// A value without any digit must be at least as long as this to be no word.
const LONGEST_WORD: usize = 24;

/// A literal token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// The variable's or flag's name.
    pub name: Span,
    /// The value.
    pub value: Span,
}

/// The literal tokens in `text`, whatever its syntax: shell, `.env`, YAML, JSON, Dockerfile, source code.
pub fn tokens(text: &str) -> Vec<Token> {
    let variables = memchr::memmem::find_iter(text.as_bytes(), VARIABLE).filter_map(|at| assigned(text, at));
    let flags = memchr::memmem::find_iter(text.as_bytes(), "--token").filter_map(|at| flag(text, at));
    let mut tokens: Vec<Token> = variables.chain(flags).collect();
    tokens.sort_by_key(|token| token.name);
    tokens
}

/// The value that the variable named at `at` is given.
fn assigned(text: &str, at: usize) -> Option<Token> {
    let name = Span::new(at, at + VARIABLE.len());
    let before = text.get(..at)?.chars().next_back();
    if before.is_some_and(|character| character.is_ascii_alphanumeric() || character == '_') {
        return None;
    }
    let rest = text.get(name.end..)?;
    // The variable's own closing quote: `"OKTETO_TOKEN": "…"`, `['OKTETO_TOKEN'] = '…'`.
    let after = rest.trim_start_matches(['"', '\'', ']']);
    let value = match operator(after) {
        Some(value) => value,
        // `name: OKTETO_TOKEN`, and `value: …` on the next line.
        None => container_value(after)?,
    };
    token(text, name, name.end + (rest.len() - value.len()))
}

/// The text behind `=`, `:`, `:=`, `?=`, `:-` (the default of an expansion) or the blank of `ENV NAME VALUE`.
fn operator(text: &str) -> Option<&str> {
    let blanks = |text: &'_ str| text.len() - text.trim_start_matches([' ', '\t']).len();
    let trimmed = text.get(blanks(text)..)?;
    for operator in [":-", ":=", "?=", "=", ":", "-"] {
        let Some(value) = trimmed.strip_prefix(operator) else { continue };
        // A comparison, or the next line of a mapping.
        let value = value.get(blanks(value)..)?;
        return (!value.starts_with('=')).then_some(value);
    }
    None
}

fn container_value(text: &str) -> Option<&str> {
    let next = text.trim_start_matches([' ', '\t', '"', '\'', ',']);
    let next = next.strip_prefix("\r\n").or_else(|| next.strip_prefix('\n'))?;
    let value = next.trim_start().trim_start_matches('"').strip_prefix("value")?;
    Some(value.trim_start_matches('"').strip_prefix(':')?.trim_start_matches([' ', '\t']))
}

/// The value of a `--token` of `okteto` at `at`.
fn flag(text: &str, at: usize) -> Option<Token> {
    let name = Span::new(at, at + "--token".len());
    let line = joined_line(text.get(..at)?);
    if !line.contains("okteto context") && !line.contains("okteto ctx") {
        return None;
    }
    let value = text.get(name.end..)?.strip_prefix(['=', ' '])?.trim_start_matches(' ');
    token(text, name, text.len() - value.len())
}

/// The last line of `text`, with those before it that a `\\` at their end joins to it.
fn joined_line(text: &str) -> &str {
    let mut start = text.len();
    loop {
        start = text.get(..start).and_then(|before| before.rfind('\n')).map_or(0, |at| at + 1);
        let before = text.get(..start).unwrap_or_default().trim_end_matches(['\r', '\n']);
        if start == 0 || !before.ends_with('\\') {
            return text.get(start..).unwrap_or_default();
        }
        start = before.len();
    }
}

/// The literal at `start`.
fn token(text: &str, name: Span, start: usize) -> Option<Token> {
    let rest = text.get(start..)?;
    let quote = rest.chars().next().filter(|first| matches!(first, '"' | '\'' | '`'));
    let body = quote.map_or(rest, |quote| rest.trim_start_matches(quote));
    let start = start + (rest.len() - body.len());
    let is_end = |character: char| match quote {
        Some(quote) => character == quote || character == '\n',
        None => {
            character.is_whitespace()
                || matches!(character, '"' | '\'' | '`' | ',' | ';' | '}' | ')' | '&' | '|')
        }
    };
    let value = body.get(..body.find(is_end).unwrap_or(body.len()))?;
    is_literal(value).then(|| Token { name, value: Span::new(start, start + value.len()) })
}

/// Whether a value is a secret itself, and not a reference to one or a word in its place.
pub(super) fn is_literal(value: &str) -> bool {
    let written = value.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.+/=~:@".contains(&byte));
    let mut different: Vec<u8> = value.bytes().collect();
    different.sort_unstable();
    different.dedup();
    written
        && value.len() >= SHORTEST
        && different.len() > 4
        && !is_counted(value)
        && (value.len() >= LONGEST_WORD || value.bytes().any(|byte| byte.is_ascii_digit()))
        && !is_placeholder(value)
        // A path, a name of another variable.
        && !value.contains("://")
        && !value.starts_with(['/', '.'])
        && value.bytes().any(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
        && !(value.contains('_') && value.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_'))
}

/// Whether most of a value counts up, as `abcdef0123456789` does.
fn is_counted(value: &str) -> bool {
    let steps =
        value.as_bytes().windows(2).filter(|pair| matches!(pair, [one, next] if one + 1 == *next)).count();
    steps * 2 > value.len()
}

/// Whether a value only stands in for a secret.
pub(super) fn is_placeholder(value: &str) -> bool {
    const WORDS: [&str; 22] = [
        "example",
        "sample",
        "placeholder",
        "changeme",
        "change-me",
        "change_me",
        "change-it",
        "replace",
        "your-",
        "your_",
        "yourtoken",
        "dummy",
        "fake",
        "redacted",
        "omitted",
        "xxxx",
        "****",
        "todo",
        "insert",
        "not-a-real",
        "secret-here",
        "goes-here",
    ];
    let lower = value.to_ascii_lowercase();
    let parts: Vec<&str> = lower.split(['-', '_', '.']).collect();
    // Source code that names where the token comes from.
    let is_access = ["process.env", "os.environ", "secrets.", "env.", "vars.", "var.", "local.", "config."];
    WORDS.iter().any(|word| lower.contains(word))
        || parts.iter().any(|part| matches!(*part, "test" | "mock" | "my" | "foo" | "none" | "null"))
        || is_access.iter().any(|prefix| lower.starts_with(prefix))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(text: &str) -> Vec<&str> {
        tokens(text).iter().map(|token| token.value.slice(text)).collect()
    }

    #[test]
    fn literals_are_found_in_every_syntax() {
        let token = "f3Kd9sLq27TzWb81mXcV";
        for template in [
            "OKTETO_TOKEN=@",
            "export OKTETO_TOKEN='@'\n",
            "OKTETO_TOKEN = \"@\"",
            "  OKTETO_TOKEN: @ # for previews",
            "{\"OKTETO_TOKEN\": \"@\", \"a\": 1}",
            "process.env['OKTETO_TOKEN'] = '@';",
            "- name: OKTETO_TOKEN\n  value: \"@\"\n",
            "docker run -e OKTETO_TOKEN=@ okteto/okteto",
            "${OKTETO_TOKEN:-@}",
            "okteto context use https://okteto.example.com --token @",
            "okteto context use https://okteto.example.com --token=@ -n web",
            "okteto context use https://okteto.example.com \\\n  -n web \\\n  --token @",
        ] {
            let text = template.replace('@', token);
            assert_eq!(values(&text), [token], "{text}");
        }
    }

    #[test]
    fn references_and_placeholders_are_none() {
        for text in [
            "OKTETO_TOKEN=$TOKEN",
            "OKTETO_TOKEN=${CI_TOKEN_1234567}",
            "OKTETO_TOKEN: \"{{ .Values.token12345678 }}\"",
            "OKTETO_TOKEN=<your token 12345678>",
            "OKTETO_TOKEN=your-token-12345678",
            "OKTETO_TOKEN=xxxxxxxxxxxxxxxxxxxxxxxxxxxx1",
            "OKTETO_TOKEN=",
            "OKTETO_TOKEN=abcdefghijklmnopqrstuvwxyz012345",
            "OKTETO_TOKEN:\n  secretKeyRef: 12345678abcdef",
            "if [ \"$OKTETO_TOKEN\" == \"a1b2c3d4e5f6\" ]",
            "OKTETO_TOKEN: required, see runbook-12345",
            "MY_OKTETO_TOKEN=f3Kd9sLq27TzWb81mXcV",
            "OKTETO_TOKEN is set in the project",
            "OKTETO_TOKEN=process.env.TOKEN_1234567890abcdef",
            "OKTETO_TOKEN=$(cat /run/secrets/token12345)",
            "OKTETO_TOKEN=/run/secrets/okteto-token-12345678",
            "gh auth login --token f3Kd9sLq27TzWb81mXcV",
        ] {
            assert_eq!(values(text), [""; 0], "{text}");
        }
    }
}
