//! Go regular expressions as BuildKit's pattern matcher writes them, in the syntax of the `regex` crate.
//!
//! The pattern matcher copies brackets and escapes of a pattern unchanged into the expression that it compiles, so
//! their meaning is that of Go's `regexp/syntax`: `\d` is a digit, `^` an anchor, `[a[b]` a class of three
//! characters, `\y` an error. It also means to escape `{`, `|` and `}` and fails to (its table holds only the lower
//! half of ASCII), so `[ab]{2}` repeats and `*a|b` is an alternation. Groups, `.`, `*` and `?` come from the pattern
//! matcher alone. What is read here is that subset.

use std::collections::HashMap;
use std::fmt::Write as _;

use regex::Regex;

/// Go refuses the expression.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Refused;

/// Translates a Go expression.
pub(super) fn translate(expression: &str) -> Result<String, Refused> {
    let out = String::with_capacity(expression.len() * 2);
    let mut parser =
        Parser { rest: expression, out, operand: false, repeated: false, unicode_classes: HashMap::new() };
    // The pattern matcher's own wildcards run over bytes: the automaton is a third of the one over characters, and
    // what stands around them begins and ends between characters; only `\B` could hold within one.
    let any = if expression.contains(r"\B") { "." } else { "(?-u:.)" };
    let no_slash = if expression.contains(r"\B") { "[^/]" } else { "(?-u:[^/])" };
    while let Some(next) = parser.peek() {
        let repeated = std::mem::take(&mut parser.repeated);
        match next {
            '[' if parser.rest.starts_with("[^/]*") => {
                parser.take("[^/]");
                parser.out.push_str(no_slash);
                parser.operand = true;
            }
            '[' => parser.class()?,
            '\\' => parser.escape()?,
            '*' | '?' => {
                parser.advance(next);
                parser.repeat(repeated, &next.to_string())?;
            }
            '{' => parser.counted_repetition(repeated)?,
            // The pattern matcher's own operators, which mean the same here.
            '.' => {
                parser.advance(next);
                parser.out.push_str(any);
                parser.operand = true;
            }
            '^' | '$' | '(' | ')' | '|' => {
                parser.advance(next);
                parser.out.push(next);
                parser.operand = !matches!(next, '(' | '|');
            }
            _ => {
                parser.advance(next);
                parser.literal(next);
            }
        }
    }
    Ok(parser.out)
}

/// Most repetitions that Go allows.
const MAX_REPETITIONS: u32 = 1_000;

struct Parser<'a> {
    rest: &'a str,
    out: String,
    /// Whether there is something to repeat.
    operand: bool,
    /// Whether the last thing read was a repetition, which must not be repeated again.
    repeated: bool,
    /// Names of Unicode classes that were looked up: the look-up compiles an expression.
    unicode_classes: HashMap<String, Option<String>>,
}

impl Parser<'_> {
    fn repeat(&mut self, repeated: bool, operator: &str) -> Result<(), Refused> {
        if repeated || !self.operand {
            return Err(Refused);
        }
        self.out.push_str(operator);
        self.repeated = true;
        Ok(())
    }

    /// `{n}`, `{n,}`, `{n,m}`; any other brace is literal (`parser.repeat`).
    fn counted_repetition(&mut self, repeated: bool) -> Result<(), Refused> {
        let Some((least, most, after)) = counts(self.rest) else {
            self.advance('{');
            self.literal('{');
            return Ok(());
        };
        let highest = most.unwrap_or(least);
        if least > MAX_REPETITIONS || highest > MAX_REPETITIONS || least > highest {
            return Err(Refused);
        }
        self.rest = after;
        let most = most.map_or(String::new(), |most| most.to_string());
        self.repeat(repeated, &format!("{{{least},{most}}}"))
    }

    fn peek(&self) -> Option<char> {
        self.rest.chars().next()
    }

    fn advance(&mut self, character: char) {
        self.rest = self.rest.get(character.len_utf8()..).unwrap_or_default();
    }

    fn next(&mut self) -> Option<char> {
        let next = self.peek()?;
        self.advance(next);
        Some(next)
    }

    fn take(&mut self, prefix: &str) -> bool {
        match self.rest.strip_prefix(prefix) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn literal(&mut self, character: char) {
        self.operand = true;
        // Writing to a string cannot fail.
        _ = write!(self.out, "\\x{{{:x}}}", u32::from(character));
    }

    /// A backslash outside of brackets (`parse`, case `'\\'`).
    fn escape(&mut self) -> Result<(), Refused> {
        for (go, here) in [("\\A", "\\A"), ("\\b", "(?-u:\\b)"), ("\\B", "(?-u:\\B)"), ("\\z", "\\z")] {
            if self.take(go) {
                self.out.push_str(here);
                self.operand = true;
                return Ok(());
            }
        }
        if self.take("\\Q") {
            let (text, rest) = self.rest.split_once("\\E").unwrap_or((self.rest, ""));
            self.rest = rest;
            text.chars().for_each(|character| self.literal(character));
            return Ok(());
        }
        if let Some(class) = self.named_escape()? {
            self.out.push_str(&class);
            self.operand = true;
            return Ok(());
        }
        let character = self.escaped_character()?;
        self.literal(character);
        Ok(())
    }

    /// `\pL`, `\PL`, `\d` and its like, in and out of brackets.
    fn named_escape(&mut self) -> Result<Option<String>, Refused> {
        for (go, here) in [
            ("\\d", "[0-9]"),
            ("\\D", "[^0-9]"),
            ("\\s", "[\\t\\n\\x0c\\r ]"),
            ("\\S", "[^\\t\\n\\x0c\\r ]"),
            ("\\w", "[0-9A-Za-z_]"),
            ("\\W", "[^0-9A-Za-z_]"),
        ] {
            if self.take(go) {
                return Ok(Some(here.to_owned()));
            }
        }
        let negated = if self.take("\\p") {
            ""
        } else if self.take("\\P") {
            "^"
        } else {
            return Ok(None);
        };
        let name = match self.rest.strip_prefix('{') {
            Some(rest) => {
                let (name, rest) = rest.split_once('}').ok_or(Refused)?;
                self.rest = rest;
                name.to_owned()
            }
            None => self.next().ok_or(Refused)?.to_string(),
        };
        let (negated, name) = match name.strip_prefix('^') {
            Some(name) => (if negated.is_empty() { "^" } else { "" }, name),
            None => (negated, name.as_str()),
        };
        let class = self.unicode_classes.entry(name.to_owned()).or_insert_with(|| unicode_class(name));
        let class = class.as_deref().ok_or(Refused)?;
        Ok(Some(format!("[{negated}{class}]")))
    }

    /// One character after a backslash (`parseEscape`).
    fn escaped_character(&mut self) -> Result<char, Refused> {
        if !self.take("\\") {
            return Err(Refused);
        }
        let character = self.next().ok_or(Refused)?;
        match character {
            'a' => Ok('\x07'),
            'f' => Ok('\x0c'),
            'n' => Ok('\n'),
            'r' => Ok('\r'),
            't' => Ok('\t'),
            'v' => Ok('\x0b'),
            'x' => self.hexadecimal(),
            '1'..='7' if !self.peek().is_some_and(|next| next.is_digit(8)) => Err(Refused),
            '0'..='7' => {
                let mut value = character.to_digit(8).ok_or(Refused)?;
                for _ in 0..2 {
                    let Some(digit) = self.peek().and_then(|next| next.to_digit(8)) else { break };
                    self.next();
                    value = value * 8 + digit;
                }
                char::from_u32(value).ok_or(Refused)
            }
            character if character.is_ascii() && !character.is_ascii_alphanumeric() => Ok(character),
            _ => Err(Refused),
        }
    }

    /// `\x41`, `\x{41}`
    fn hexadecimal(&mut self) -> Result<char, Refused> {
        let digits = match self.rest.strip_prefix('{') {
            Some(rest) => {
                let (digits, rest) = rest.split_once('}').ok_or(Refused)?;
                self.rest = rest;
                digits
            }
            None => {
                let (digits, rest) = self.rest.split_at_checked(2).ok_or(Refused)?;
                self.rest = rest;
                digits
            }
        };
        if !digits.chars().all(|digit| digit.is_ascii_hexdigit()) {
            return Err(Refused);
        }
        // The value may be long only by its zeros.
        let value = u32::from_str_radix(digits, 16).map_err(|_| Refused)?;
        char::from_u32(value).ok_or(Refused)
    }

    /// `parseClass`
    fn class(&mut self) -> Result<(), Refused> {
        self.advance('[');
        let mut class = String::from(if self.take("^") { "[^" } else { "[" });
        let mut first = true;
        while first || !self.rest.starts_with(']') {
            first = false;
            if self.rest.is_empty() {
                return Err(Refused);
            }
            if let Some(named) = self.posix_class()? {
                class.push_str(&named);
                continue;
            }
            if let Some(named) = self.named_escape()? {
                class.push_str(&named);
                continue;
            }
            let lo = self.class_character()?;
            let mut hi = lo;
            if self.rest.len() >= 2 && self.rest.starts_with('-') && !self.rest.starts_with("-]") {
                self.advance('-');
                hi = self.class_character()?;
                if hi < lo {
                    return Err(Refused);
                }
            }
            _ = write!(class, "\\x{{{:x}}}-\\x{{{:x}}}", u32::from(lo), u32::from(hi));
        }
        self.advance(']');
        class.push(']');
        self.out.push_str(&class);
        self.operand = true;
        Ok(())
    }

    /// `[:alpha:]` (`parseNamedClass`).
    fn posix_class(&mut self) -> Result<Option<String>, Refused> {
        let Some((name, rest)) = self.rest.strip_prefix("[:").and_then(|rest| rest.split_once(":]")) else {
            return Ok(None);
        };
        let known = [
            "alnum", "alpha", "ascii", "blank", "cntrl", "digit", "graph", "lower", "print", "punct",
            "space", "upper", "word", "xdigit",
        ];
        if !known.contains(&name.strip_prefix('^').unwrap_or(name)) {
            return Err(Refused);
        }
        self.rest = rest;
        Ok(Some(format!("[:{name}:]")))
    }

    fn class_character(&mut self) -> Result<char, Refused> {
        if self.rest.starts_with('\\') { self.escaped_character() } else { self.next().ok_or(Refused) }
    }
}

/// The bounds of the repetition that `text` begins with, the upper one only where there is one, and what follows.
fn counts(text: &str) -> Option<(u32, Option<u32>, &str)> {
    let (least, rest) = count(text.strip_prefix('{')?)?;
    let (most, rest) = match rest.strip_prefix(',') {
        None => (Some(least), rest),
        Some(rest) if rest.starts_with('}') => (None, rest),
        Some(rest) => {
            let (most, rest) = count(rest)?;
            (Some(most), rest)
        }
    };
    Some((least, most, rest.strip_prefix('}')?))
}

/// The count that `text` begins with, without leading zeros, and what follows it. One that is too large to be a
/// number is too large in any case.
fn count(text: &str) -> Option<(u32, &str)> {
    let end = text.find(|character: char| !character.is_ascii_digit()).unwrap_or(text.len());
    let (digits, rest) = text.split_at_checked(end)?;
    let plain = !digits.is_empty() && (digits == "0" || !digits.starts_with('0'));
    plain.then(|| (digits.parse().unwrap_or(u32::MAX), rest))
}

/// The category or script that Go (1.25 and later) knows by a name, in which case, spaces, `_` and `-` do not count.
/// Other properties, which the engine behind knows too, are none of Go's.
fn unicode_class(name: &str) -> Option<String> {
    let plain = |character: char| character.is_ascii_alphabetic() || matches!(character, '_' | '-' | ' ');
    let named = |property: &str| format!("\\p{{{property}={name}}}");
    let known = |class: &String| Regex::new(class).is_ok();
    if !name.chars().all(plain) {
        return None;
    }
    Some(named("gc")).filter(known).or_else(|| Some(named("sc")).filter(known))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(expression: &str, text: &str) -> bool {
        regex::bytes::Regex::new(&translate(expression).unwrap()).unwrap().is_match(text.as_bytes())
    }

    #[test]
    fn classes_and_escapes_mean_what_they_mean_in_go() {
        for (expression, text) in [
            (r"^[a[b]$", "["),
            (r"^[]a]$", "]"),
            (r"^[a&&b]$", "&"),
            (r"^[a~~b]$", "~"),
            (r"^[^a]$", "/"),
            (r"^[[:alpha:]-]$", "-"),
            (r"^[[:^digit:]]$", "x"),
            (r"^[\d_]$", "7"),
            (r"^\d\w\S$", "1a!"),
            (r"^a\bb*$", "a"),
            (r"^\x41\101\0$", "AA\0"),
            (r"^\pL$", "é"),
            (r"^[\PL]$", "1"),
            (r"^\Qa.b$", "a.b$"),
            (r"^a{2}b{1,}c{,2}{x$", "aabbc{,2}{x"),
            (r"^a{1,,}b{01}c{2,x}$", "a{1,,}b{01}c{2,x}"),
            (r"^x$|b$", "ab"),
            (r"^\p{Greek}\x{41}\p{^Lu}$", "ωAa"),
            (r"^\pn\p{lower case_letter}$", "1a"),
            (r"^\.\+\-\_\é*$", ""),
        ] {
            if expression.contains('é') {
                assert_eq!(translate(expression), Err(Refused), "{expression}");
            } else {
                assert!(matches(expression, text), "{expression}");
            }
        }
        assert!(!matches(r"^\w$", "é"));
        assert!(!matches(r"^[^/]*\B[^/]*$", "aéa"));
        assert!(matches(r"^a[^/]*é(.*/)?.*$", "aöéü/x"));
        assert!(!matches(r"^\s$", "\x0b"));
    }

    #[test]
    fn what_go_refuses_is_refused() {
        for expression in [
            r"\y",
            r"[z-a]",
            r"[a",
            r"[[:foo:]]",
            r"\",
            r"\8",
            r"\1",
            r"[\b]",
            r"\C",
            r"\pX",
            r"\p{Alphabetic}",
            r"\p{gc=Lu}",
            r"\p\{Greek\}",
            r"\xZZ",
        ] {
            assert_eq!(translate(expression), Err(Refused), "{expression}");
        }
    }
}
