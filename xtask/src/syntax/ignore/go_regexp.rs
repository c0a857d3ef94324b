//! Go regular expressions as BuildKit's pattern matcher writes them, in the syntax of the `regex` crate.
//!
//! The pattern matcher copies brackets and escapes of a pattern unchanged into the expression that it compiles, so
//! their meaning is that of Go's `regexp/syntax`: `\d` is a digit, `^` an anchor, `[a[b]` a class of three
//! characters, `\y` an error. Repetitions, groups and `.` come from the pattern matcher alone. What is read here
//! is that subset.

use std::fmt::Write as _;

/// Go refuses the expression.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Refused;

/// Translates a Go expression.
pub(super) fn translate(expression: &str) -> Result<String, Refused> {
    let mut parser = Parser { rest: expression, out: String::with_capacity(expression.len() * 2) };
    while let Some(next) = parser.peek() {
        match next {
            '[' => parser.class()?,
            '\\' => parser.escape()?,
            // The pattern matcher's own operators, which mean the same here.
            '^' | '$' | '.' | '*' | '?' | '(' | ')' => {
                parser.advance(next);
                parser.out.push(next);
            }
            _ => {
                parser.advance(next);
                parser.literal(next);
            }
        }
    }
    Ok(parser.out)
}

struct Parser<'a> {
    rest: &'a str,
    out: String,
}

impl Parser<'_> {
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
        // Writing to a string cannot fail.
        _ = write!(self.out, "\\x{{{:x}}}", u32::from(character));
    }

    /// A backslash outside of brackets (`parse`, case `'\\'`).
    fn escape(&mut self) -> Result<(), Refused> {
        for (go, here) in [("\\A", "\\A"), ("\\b", "(?-u:\\b)"), ("\\B", "(?-u:\\B)"), ("\\z", "\\z")] {
            if self.take(go) {
                self.out.push_str(here);
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
        // A name in braces cannot occur: the pattern matcher escapes the braces. One letter is left.
        let name = self.next().filter(|name| "CLMNPSZ".contains(*name)).ok_or(Refused)?;
        Ok(Some(format!("[{negated}\\p{{{name}}}]")))
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

    /// `\x41`; the form with braces cannot occur.
    fn hexadecimal(&mut self) -> Result<char, Refused> {
        let mut value = 0;
        for _ in 0..2 {
            value = value * 16 + self.next().and_then(|digit| digit.to_digit(16)).ok_or(Refused)?;
        }
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

#[cfg(test)]
mod tests {
    use regex::Regex;

    use super::*;

    fn matches(expression: &str, text: &str) -> bool {
        Regex::new(&translate(expression).unwrap()).unwrap().is_match(text)
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
            (r"^\.\+\-\_\é*$", ""),
        ] {
            if expression.contains('é') {
                assert_eq!(translate(expression), Err(Refused), "{expression}");
            } else {
                assert!(matches(expression, text), "{expression}");
            }
        }
        assert!(!matches(r"^\w$", "é"));
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
            r"\p\{Greek\}",
            r"\xZZ",
        ] {
            assert_eq!(translate(expression), Err(Refused), "{expression}");
        }
    }
}
