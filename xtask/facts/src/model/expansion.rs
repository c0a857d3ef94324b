//! Variables in the manifest as `a8m/envsubst` (the library of the Okteto CLI) reads them:
//! `$V`, `${V}`, `${V-d}`, `${V=d}`, `${V:-d}`, `${V:=d}`, `${V+o}`, `${V:+o}`, and `$$` for one `$`.
//!
//! An unset variable becomes the empty text without an error; only a missing `}` is one.

use crate::source::Span;

/// A use of a variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// The name.
    pub name: String,
    /// Bytes of the name in the text.
    pub name_span: Span,
    /// Bytes of the whole use, from `$` to its end.
    pub span: Span,
    /// What `:-`, `-`, `:=` or `=` puts in when the variable is not there.
    pub default: Option<String>,
    /// Whether `+` or `:+` asks only whether the variable is set.
    pub alternative: bool,
    /// Whether it was written with braces.
    pub braces: bool,
}

/// A use that means something else than it looks like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slip {
    /// Kind of the slip.
    pub kind: SlipKind,
    /// The bytes in the text.
    pub span: Span,
}

/// Kinds of slips.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SlipKind {
    /// `${V` without its brace: the CLI fails.
    Unterminated,
    /// `${V:?text}`: Bash would stop, the CLI takes it for the plain value.
    ErrorForm,
    /// `${V:text}`: no operator; the text is dropped.
    NoOperator,
}

/// The variables of a text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Expansions {
    /// The uses, in order.
    pub references: Vec<Reference>,
    /// The slips, in order.
    pub slips: Vec<Slip>,
}

/// Finds the variables of `text`.
pub fn scan(text: &str) -> Expansions {
    let mut found = Expansions::default();
    let mut at = 0;
    while let Some(dollar) = text.get(at..).and_then(|rest| rest.find('$')).map(|offset| at + offset) {
        let rest = text.get(dollar + 1..).unwrap_or("");
        if rest.starts_with('$') {
            at = dollar + 2;
        } else if let Some(inside) = rest.strip_prefix('{') {
            at = braced(text, dollar, inside, &mut found);
        } else {
            let length = name_length(rest);
            if length > 0 {
                let name_span = Span::new(dollar + 1, dollar + 1 + length);
                found.references.push(Reference {
                    name: name_span.slice(text).to_owned(),
                    name_span,
                    span: Span::new(dollar, name_span.end),
                    default: None,
                    alternative: false,
                    braces: false,
                });
            }
            at = dollar + 1 + length;
        }
    }
    found
}

fn name_length(text: &str) -> usize {
    text.find(|character: char| !(character.is_alphanumeric() || character == '_')).unwrap_or(text.len())
}

/// Reads from behind `${`; answers the offset behind the use.
fn braced(text: &str, dollar: usize, inside: &str, found: &mut Expansions) -> usize {
    let start = dollar + 2;
    let Some(length) = closing_brace(inside) else {
        found.slips.push(Slip { kind: SlipKind::Unterminated, span: Span::new(dollar, text.len()) });
        return text.len();
    };
    let span = Span::new(dollar, start + length + 1);
    let body = inside.get(..length).unwrap_or("");
    let name_span = Span::new(start, start + name_length(body));
    let tail = body.get(name_span.len()..).unwrap_or("");
    let with_default = [":-", ":=", "-", "="].iter().find_map(|operator| tail.strip_prefix(operator));
    let alternative = tail.starts_with(":+") || tail.starts_with('+');
    if let Some(kind) = match tail {
        "" => None,
        _ if with_default.is_some() || alternative => None,
        _ if tail.starts_with(":?") || tail.starts_with('?') => Some(SlipKind::ErrorForm),
        _ if tail.starts_with(':') => Some(SlipKind::NoOperator),
        _ => None,
    } {
        found.slips.push(Slip { kind, span });
    }
    if !name_span.is_empty() {
        found.references.push(Reference {
            name: name_span.slice(text).to_owned(),
            name_span,
            span,
            default: with_default.map(str::to_owned),
            alternative,
            braces: true,
        });
    }
    span.end
}

/// Offset of the brace that closes `${`, over nested uses.
fn closing_brace(inside: &str) -> Option<usize> {
    let mut depth = 0_usize;
    let mut previous = ' ';
    for (offset, character) in inside.char_indices() {
        match character {
            '{' if previous == '$' => depth += 1,
            '}' if depth == 0 => return Some(offset),
            '}' => depth -= 1,
            _ => {}
        }
        previous = character;
    }
    None
}

/// `text` with its variables replaced: by `value` where it knows one, else by their defaults, else by
/// nothing. The second part names the variables that became nothing.
pub fn expand(text: &str, value: &dyn Fn(&str) -> Option<String>) -> (String, Vec<Reference>) {
    let mut out = String::new();
    let mut unset = Vec::new();
    let mut at = 0;
    for reference in scan(text).references {
        out.push_str(&text.get(at..reference.span.start).unwrap_or("").replace("$$", "$"));
        at = reference.span.end;
        let known = value(&reference.name);
        match (known, &reference.default) {
            _ if reference.alternative => {}
            (Some(known), _) if !known.is_empty() => out.push_str(&known),
            (_, Some(default)) => out.push_str(&expand(default, value).0),
            (known, None) => {
                out.push_str(known.as_deref().unwrap_or(""));
                unset.push(reference);
            }
        }
    }
    out.push_str(&text.get(at..).unwrap_or("").replace("$$", "$"));
    (out, unset)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn env(name: &str) -> Option<String> {
        (name == "APP").then(|| "web".to_owned())
    }

    #[test]
    fn forms_of_envsubst_are_expanded() {
        for (text, expected) in [
            ("$APP/src", "web/src"),
            ("${APP}:/app", "web:/app"),
            ("${DIR:-..}:/app", "..:/app"),
            ("${DIR:-${APP}}", "web"),
            ("cost: $$5", "cost: $5"),
            ("${NONE}x", "x"),
            ("$ {x} $", "$ {x} $"),
        ] {
            assert_eq!(expand(text, &env).0, expected);
        }
        assert_eq!(expand("${A}${B:-x}$C", &env).1.len(), 2);
    }

    #[test]
    fn slips_are_told_apart() {
        let kinds = |text: &str| scan(text).slips.iter().map(|slip| slip.kind).collect::<Vec<_>>();
        assert_eq!(kinds("${A:?no}"), [SlipKind::ErrorForm]);
        assert_eq!(kinds("${USER:peter}"), [SlipKind::NoOperator]);
        assert_eq!(kinds("a ${A"), [SlipKind::Unterminated]);
        assert_eq!(kinds("${A:-b} ${C} $D $$E"), []);
    }
}
