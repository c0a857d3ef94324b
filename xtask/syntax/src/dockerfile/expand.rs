//! Variables, quotes and escapes as BuildKit's own shell lexer treats them in `ENV`, `ARG`, `WORKDIR`,
//! `FROM` and mount options.
//!
//! Follows moby/buildkit `frontend/dockerfile/shell/lex.go`. Two bounds are our own, as a checker must answer
//! for every input: substitutions nest at most [`MAX_DEPTH`] deep, results have at most [`MAX_LENGTH`] bytes.

use std::iter::Peekable;
use std::str::Chars;

/// Deepest nesting of `${A:-${B:-…}}` that is followed.
pub const MAX_DEPTH: usize = 64;

/// Longest result of an expansion, in bytes.
pub const MAX_LENGTH: usize = 1 << 14;

/// Where values come from: `None` is an unset variable.
pub type Lookup<'a> = &'a dyn Fn(&str) -> Option<String>;

/// The value of `word` with quotes and escapes removed and variables replaced; unset variables are empty.
///
/// # Errors
/// BuildKit's message for an unfinished quote, a bad substitution or an unset `${X?}`.
pub fn expand(word: &str, escape: char, lookup: Lookup<'_>) -> Result<String, String> {
    let result = Lexer::new(word, escape, Mode::Value, Some(lookup)).run(None);
    result.map(|output| output.text).map_err(|error| format!("failed to process {word:?}: {error}"))
}

/// The words of `text` the way the heredoc search cuts them: nothing is expanded or removed.
pub(super) fn raw_words(text: &str) -> Result<Vec<String>, String> {
    words(text, Mode::Raw)
}

/// The words of `text` without quotes and escapes; unset variables stay.
pub(super) fn unquoted_words(text: &str) -> Result<Vec<String>, String> {
    words(text, Mode::Unquoted)
}

fn words(text: &str, mode: Mode) -> Result<Vec<String>, String> {
    Lexer::new(text, '\\', mode, None).run(None).map(|result| result.words.finish())
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    /// Expand, remove quotes and escapes.
    Value,
    /// Keep variables, remove quotes and escapes.
    Unquoted,
    /// Keep everything.
    Raw,
}

#[derive(Default)]
struct Words {
    done: Vec<String>,
    current: String,
}

impl Words {
    /// Adds a character that white space may end.
    fn push(&mut self, character: char) {
        if !character.is_whitespace() {
            self.current.push(character);
        } else if !self.current.is_empty() {
            self.done.push(std::mem::take(&mut self.current));
        }
    }

    fn finish(mut self) -> Vec<String> {
        if !self.current.is_empty() {
            self.done.push(self.current);
        }
        self.done
    }
}

#[derive(Default)]
struct Output {
    text: String,
    words: Words,
}

struct Lexer<'a> {
    chars: Peekable<Chars<'a>>,
    escape: char,
    mode: Mode,
    /// Escapes are kept inside patterns (`${X#…}`).
    raw_escapes: bool,
    /// Whether a nested substitution has been read since the last word was looked at.
    nested: bool,
    lookup: Option<Lookup<'a>>,
    depth: usize,
}

impl<'a> Lexer<'a> {
    fn new(text: &'a str, escape: char, mode: Mode, lookup: Option<Lookup<'a>>) -> Self {
        let raw_escapes = mode == Mode::Raw;
        Self { chars: text.chars().peekable(), escape, mode, raw_escapes, nested: false, lookup, depth: 0 }
    }

    /// Reads up to `stop`, or to the end when there is none.
    fn run(&mut self, stop: Option<char>) -> Result<Output, String> {
        let mut output = Output::default();
        while let Some(&character) = self.chars.peek() {
            if stop == Some(character) {
                self.chars.next();
                return Ok(output);
            }
            match character {
                '$' => {
                    let value = self.dollar()?;
                    self.forget(&mut output.words);
                    output.text.push_str(&value);
                    value.chars().for_each(|character| output.words.push(character));
                }
                '\'' | '"' => {
                    let value = if character == '"' { self.double_quoted()? } else { self.single_quoted()? };
                    self.forget(&mut output.words);
                    output.text.push_str(&value);
                    output.words.current.push_str(&value);
                }
                '<' => {
                    let operator = self.less_than();
                    output.text.push_str(&operator);
                    output.words.current.push_str(&operator);
                }
                _ => self.plain(&mut output),
            }
            if output.text.len() > MAX_LENGTH && self.lookup.is_some() {
                return Err("value is too long to be expanded".to_owned());
            }
        }
        match stop {
            Some(stop) => Err(format!("unexpected end of statement while looking for matching {stop}")),
            None => Ok(output),
        }
    }

    fn plain(&mut self, output: &mut Output) {
        let Some(character) = self.chars.next() else { return };
        if character != self.escape {
            output.words.push(character);
            output.text.push(character);
            return;
        }
        if self.raw_escapes {
            output.words.current.push(character);
            output.text.push(character);
        }
        if let Some(escaped) = self.chars.next() {
            output.words.current.push(escaped);
            output.text.push(escaped);
        }
    }

    /// BuildKit collects the word of a nested substitution in the same buffer: what stood in front of it in its
    /// word is lost, so that `<<${X:-EOF}` is no heredoc.
    fn forget(&mut self, words: &mut Words) {
        if std::mem::take(&mut self.nested) {
            words.current.clear();
        }
    }

    /// `<`, or `<<` with the blanks behind it, which do not end its word: `<< EOF` is one.
    fn less_than(&mut self) -> String {
        let mut operator: String = self.chars.next().into_iter().collect();
        if let Some(second) = self.chars.next_if_eq(&'<') {
            operator.push(second);
            while let Some(blank) = self.chars.next_if(|next| matches!(next, '\t' | '\r' | ' ')) {
                operator.push(blank);
            }
        }
        operator
    }

    fn single_quoted(&mut self) -> Result<String, String> {
        let mut value = String::new();
        self.quote_mark(&mut value);
        while let Some(&character) = self.chars.peek() {
            if character == '\'' {
                self.quote_mark(&mut value);
                return Ok(value);
            }
            value.push(character);
            self.chars.next();
        }
        Err("unexpected end of statement while looking for matching single-quote".to_owned())
    }

    fn double_quoted(&mut self) -> Result<String, String> {
        let mut value = String::new();
        self.quote_mark(&mut value);
        while let Some(&character) = self.chars.peek() {
            match character {
                '"' => {
                    self.quote_mark(&mut value);
                    return Ok(value);
                }
                '$' => value.push_str(&self.dollar()?),
                _ => self.in_double_quotes(&mut value),
            }
        }
        Err("unexpected end of statement while looking for matching double-quote".to_owned())
    }

    fn in_double_quotes(&mut self, value: &mut String) {
        let Some(character) = self.chars.next() else { return };
        if character != self.escape {
            value.push(character);
            return;
        }
        if self.raw_escapes {
            value.push(character);
        }
        match self.chars.peek().copied() {
            None => {}
            Some(next) if matches!(next, '"' | '$') || next == self.escape => {
                self.chars.next();
                value.push(next);
            }
            Some(_) => value.push(character),
        }
    }

    /// Takes a quotation mark and keeps it in raw mode.
    fn quote_mark(&mut self, value: &mut String) {
        if let Some(mark) = self.chars.next()
            && self.mode == Mode::Raw
        {
            value.push(mark);
        }
    }

    fn get(&self, name: &str) -> Option<String> {
        self.lookup.and_then(|lookup| lookup(name))
    }

    /// Unset variables are kept as they stand when there is nothing to look them up in.
    fn keeps_unset(&self) -> bool {
        self.lookup.is_none()
    }

    fn dollar(&mut self) -> Result<String, String> {
        self.chars.next();
        if self.chars.peek() != Some(&'{') {
            let name = self.name();
            return Ok(match self.get(&name) {
                _ if name.is_empty() => "$".to_owned(),
                None if self.keeps_unset() => format!("${name}"),
                value => value.unwrap_or_default(),
            });
        }
        self.chars.next();
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err("syntax error: substitutions are nested too deeply".to_owned());
        }
        let value = self.braces();
        self.depth -= 1;
        value
    }

    /// The rest of a substitution behind `${`.
    fn braces(&mut self) -> Result<String, String> {
        match self.chars.peek() {
            None => return Err("syntax error: missing '}'".to_owned()),
            Some('{' | '}' | ':') => return Err("syntax error: bad substitution".to_owned()),
            Some(_) => {}
        }
        let name = self.name();
        match self.chars.next() {
            Some('}') => Ok(match self.get(&name) {
                None if self.keeps_unset() => format!("${{{name}}}"),
                value => value.unwrap_or_default(),
            }),
            Some(':') => match self.chars.next() {
                Some(modifier @ ('+' | '-' | '?')) => self.modified(&name, modifier, true),
                modifier @ Some('#' | '%') => Err(unsupported(":", modifier)),
                modifier => {
                    let word = self.until('}', false, "syntax error: missing '}'")?;
                    match modifier.filter(|_| self.keeps_unset()) {
                        Some(modifier) => Ok(format!("${{{name}:{modifier}{word}}}")),
                        None => Err(unsupported(":", modifier)),
                    }
                }
            },
            Some(modifier @ ('+' | '-' | '?' | '#' | '%')) => self.modified(&name, modifier, false),
            Some('/') => self.replaced(&name),
            other => Err(unsupported("", other)),
        }
    }

    /// Reads up to `stop` inside a substitution.
    fn until(&mut self, stop: char, raw_escapes: bool, missing: &str) -> Result<String, String> {
        let before = std::mem::replace(&mut self.raw_escapes, raw_escapes);
        let result = self.run(Some(stop));
        self.raw_escapes = before;
        self.nested = true;
        match result {
            Err(_) if self.chars.peek().is_none() => Err(missing.to_owned()),
            result => result.map(|output| output.text),
        }
    }

    fn modified(&mut self, name: &str, modifier: char, empty_is_unset: bool) -> Result<String, String> {
        let word = self.until('}', matches!(modifier, '#' | '%'), "syntax error: missing '}'")?;
        let value = self.get(name);
        if value.is_none() && self.keeps_unset() {
            let colon = if empty_is_unset { ":" } else { "" };
            return Ok(format!("${{{name}{colon}{modifier}{word}}}"));
        }
        let set = value.is_some();
        let usable = value.filter(|value| !(empty_is_unset && value.is_empty()));
        match (modifier, usable) {
            ('-', usable) => Ok(usable.unwrap_or(word)),
            ('+', usable) => Ok(usable.map(|_| word).unwrap_or_default()),
            ('?', None) if word.is_empty() => {
                Err(format!("{name}: is not allowed to be {}", if set { "empty" } else { "unset" }))
            }
            ('?', None) => Err(format!("{name}: {word}")),
            ('#' | '%', usable) => Ok(trim_pattern(&usable.unwrap_or_default(), &word, modifier)),
            (_, usable) => Ok(usable.unwrap_or_default()),
        }
    }

    /// `${NAME/pattern/replacement}` and `${NAME//pattern/replacement}`.
    fn replaced(&mut self, name: &str) -> Result<String, String> {
        let all = self.chars.next_if_eq(&'/').is_some();
        let pattern = self.until('/', true, "syntax error: missing '/' in ${}")?;
        let replacement = self.until('}', true, "syntax error: missing '}'")?;
        let Some(value) = self.get(name) else {
            return Ok(if self.keeps_unset() {
                format!("${{{name}/{pattern}/{replacement}}}")
            } else {
                String::new()
            });
        };
        let Some(pattern) = shell_pattern(&pattern, "", "", true) else { return Ok(value) };
        let limit = usize::from(!all);
        Ok(pattern.replacen(&value, limit, regex::NoExpand(&replacement)).into_owned())
    }

    /// A variable's name: digits alone, one special parameter, or letters, digits and `_`.
    fn name(&mut self) -> String {
        let mut name = String::new();
        match self.chars.peek() {
            Some(digit) if digit.is_numeric() => {
                while let Some(digit) = self.chars.next_if(|character| character.is_numeric()) {
                    name.push(digit);
                }
            }
            Some('@' | '*' | '#' | '?' | '-' | '$' | '!') => name.extend(self.chars.next()),
            _ => {
                while let Some(character) = self.chars.next_if(|c| c.is_alphanumeric() || *c == '_') {
                    name.push(character);
                }
            }
        }
        name
    }
}

fn unsupported(prefix: &str, modifier: Option<char>) -> String {
    // What stands for the end of the text in BuildKit's message.
    let modifier = modifier.unwrap_or(char::REPLACEMENT_CHARACTER);
    format!("unsupported modifier ({prefix}{modifier}) in substitution")
}

/// `${X#p}`, `${X##p}`, `${X%p}`, `${X%%p}`: takes the shortest or longest match off one end.
fn trim_pattern(value: &str, word: &str, end: char) -> String {
    let (pattern, greedy) = match word.strip_prefix(end) {
        Some(pattern) => (pattern, true),
        None => (word, false),
    };
    if end == '#' {
        let found = shell_pattern(pattern, "^", "", greedy).and_then(|pattern| pattern.find(value));
        return found.and_then(|found| value.get(found.end()..)).unwrap_or(value).to_owned();
    }
    // The longest suffix leaves the shortest rest in front of it, and the other way round.
    let rest = if greedy { "^(.*?)(?:" } else { "^(.*)(?:" };
    let kept = shell_pattern(pattern, rest, ")$", true).and_then(|pattern| pattern.captures(value)?.get(1));
    kept.map_or(value, |kept| kept.as_str()).to_owned()
}

/// A shell pattern (`*`, `?`, escapes) as a regular expression.
fn shell_pattern(pattern: &str, before: &str, after: &str, greedy: bool) -> Option<regex::Regex> {
    let mut expression = format!("(?s){before}");
    let mut chars = pattern.chars();
    while let Some(character) = chars.next() {
        match character {
            '*' => expression.push_str(if greedy { ".*" } else { ".*?" }),
            '?' => expression.push('.'),
            '\\' => expression.push_str(&regex::escape(chars.next()?.encode_utf8(&mut [0; 4]))),
            character => expression.push_str(&regex::escape(character.encode_utf8(&mut [0; 4]))),
        }
    }
    expression.push_str(after);
    regex::Regex::new(&expression).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(word: &str) -> String {
        let lookup = |name: &str| match name {
            "X" => Some("foobarfoo".to_owned()),
            "EMPTY" => Some(String::new()),
            "HOME" => Some("/root".to_owned()),
            _ => None,
        };
        expand(word, '\\', &lookup).unwrap_or_else(|error| {
            let reason = error.strip_prefix(&format!("failed to process {word:?}: "));
            format!("error: {}", reason.unwrap_or("without its prefix"))
        })
    }

    #[test]
    fn variables_and_quotes() {
        for (word, expected) in [
            ("$X", "foobarfoo"),
            ("${X}y", "foobarfooy"),
            ("$Xy", ""),
            ("a$", "a$"),
            ("'$X'", "$X"),
            ("\"$HOME/a b\"", "/root/a b"),
            ("\\$X", "$X"),
            ("\"\\$X\\a\"", "$X\\a"),
            ("a\\ b", "a b"),
            ("${NO}/x", "/x"),
        ] {
            assert_eq!(value(word), expected, "{word}");
        }
    }

    #[test]
    fn modifiers() {
        for (word, expected) in [
            ("${NO:-d}", "d"),
            ("${NO-d}", "d"),
            ("${EMPTY:-d}", "d"),
            ("${EMPTY-d}", ""),
            ("${X:+y}", "y"),
            ("${EMPTY:+y}", ""),
            ("${EMPTY+y}", "y"),
            ("${NO:-${HOME}/d}", "/root/d"),
            ("${X#foo}", "barfoo"),
            ("${X#*o}", "obarfoo"),
            ("${X##*o}", ""),
            ("${X%foo}", "foobar"),
            ("${X%o*}", "foobarfo"),
            ("${X%%o*}", "f"),
            ("${X/foo/a}", "abarfoo"),
            ("${X//foo/a}", "abara"),
            ("${X//o?/}", "fbarf"),
            ("${NO:?gone}", "error: NO: gone"),
            ("${EMPTY:?}", "error: EMPTY: is not allowed to be empty"),
            ("${}", "error: syntax error: bad substitution"),
            ("${X", "error: unsupported modifier (\u{fffd}) in substitution"),
            ("${X:-", "error: syntax error: missing '}'"),
            ("${X@Q}", "error: unsupported modifier (@) in substitution"),
            ("'a", "error: unexpected end of statement while looking for matching single-quote"),
        ] {
            assert_eq!(value(word), expected, "{word}");
        }
    }

    #[test]
    fn the_escape_directive_counts() {
        assert_eq!(expand("`$X\\a", '`', &|_| None).unwrap(), "$X\\a");
    }

    #[test]
    fn nesting_and_length_are_bounded() {
        assert!(expand(&"${A:-".repeat(100_000), '\\', &|_| None).is_err());
        assert!(expand("$A$A", '\\', &|_| Some("x".repeat(MAX_LENGTH))).is_err());
    }

    #[test]
    fn heredoc_words_stay_raw() {
        let text = "cat <<\"E F\" $X ${Y} a\\ b << E <<- F < g";
        let expected = ["cat", "<<\"E F\"", "$X", "${Y}", "a\\ b", "<< E", "<<-", "F", "<", "g"];
        assert_eq!(raw_words(text).unwrap(), expected);
        assert_eq!(unquoted_words("\"E F\"").unwrap(), ["E F"]);
        assert!(raw_words("it's <<EOF").is_err());
    }
}
