//! Commands as pages write them: with prompts and placeholders, in fences and code spans.

use crate::model::cluster_calls::{OktetoCommand, created};
use crate::source::Spanned;
use crate::syntax::markdown::CodeBlock;
use crate::syntax::shell::{self, Invocation, OffsetMap, Script};
use std::borrow::Cow;

/// Stands for the brackets of a placeholder, so that the shell does not take them for redirections.
const PLACEHOLDER: char = '\u{1}';

/// A call of the Okteto CLI.
#[derive(Clone, Debug)]
pub struct OktetoCall {
    /// `up`, `context use`, …
    pub verb: String,
    /// The operands in order, flags and what stands behind `--` left out.
    pub operands: Vec<Spanned<String>>,
    /// Whether an operand could not be read: a variable, a pattern.
    pub unknown: bool,
    /// `--file`, if it is given.
    pub file: Option<Spanned<String>>,
}

/// A command that creates a namespace.
#[derive(Clone, Debug)]
pub struct Creation {
    /// Whether Okteto's CLI does it; otherwise `kubectl` or `helm`.
    pub by_okteto: bool,
    /// The program.
    pub program: String,
    /// The namespace, with `*` for `<placeholders>`.
    pub name: Spanned<String>,
}

/// The languages of fences whose text is a shell's.
pub fn is_shell(language: &str) -> bool {
    matches!(
        language,
        "bash"
            | "sh"
            | "shell"
            | "zsh"
            | "fish"
            | "console"
            | "shell-session"
            | "shellsession"
            | "terminal"
            | ""
    )
}

/// The text of a fence with all but commands blanked out: where some line has a prompt, only lines with one
/// (and those that continue them) are commands, and the rest is output.
pub fn commands_of(block: &CodeBlock) -> Cow<'_, str> {
    let has_prompts = block.text.contains(SIGNS) && block.text.lines().any(|line| prompt(line).is_some());
    let transcript = matches!(&*block.language(), "console" | "shell-session" | "shellsession");
    if !has_prompts && !transcript {
        return Cow::Borrowed(&block.text);
    }
    let mut commands = String::with_capacity(block.text.len());
    let mut continued = false;
    for line in block.text.split_inclusive('\n') {
        let keep = match prompt(line) {
            _ if continued => Some(0),
            Some(length) => Some(length),
            None => None,
        };
        match keep {
            Some(length) => {
                commands.extend(std::iter::repeat_n(' ', length));
                commands.push_str(line.get(length..).unwrap_or(""));
                continued = line.trim_end().ends_with('\\');
            }
            None => {
                let newline = line.len() - line.trim_end_matches(['\r', '\n']).len();
                commands.extend(std::iter::repeat_n(' ', line.len() - newline));
                commands.push_str(line.get(line.len() - newline..).unwrap_or(""));
            }
        }
    }
    Cow::Owned(commands)
}

/// What a prompt ends with; `#` is root's.
const SIGNS: [char; 6] = ['$', '%', '>', '❯', '#', '➜'];

/// Bytes of the prompt at the beginning of a line: `$ `, `% `, `user@host:~/dir$ `, `[user@host dir]$ `, `root@pod:/app# `,
/// `(venv) $ `, `web:app okteto> `.
fn prompt(line: &str) -> Option<usize> {
    let mut lead = line.len() - line.trim_start_matches([' ', '\t']).len();
    // The active environment of Python or conda.
    if let Some(environment) = line.get(lead..)?.strip_prefix('(')
        && let Some((name, rest)) = environment.split_once(") ")
        && !name.contains(char::is_whitespace)
    {
        lead = line.len() - rest.len();
    }
    let text = line.get(lead..)?;
    if let Some(length) = arrow_prompt(text) {
        return Some(lead + length);
    }
    let sign = text.find(SIGNS)?;
    let before = text.get(..sign)?;
    let is_root = text.get(sign..)?.starts_with('#');
    if is_root && !before.contains('@') && !before.ends_with(' ') && !before.contains("sh-") {
        return None;
    }
    let is_path = |text: &str| text.starts_with(['/', '~']) && !text.contains(char::is_whitespace);
    let known = before.is_empty()
        || before.strip_suffix(' ').is_some_and(|path| is_path(path) && !path.contains('.'))
        || (["bash-", "sh-", "zsh-"].iter().any(|shell| before.starts_with(shell)) && !before.contains(' '))
        || (text.get(sign..)?.starts_with('%') && before.contains('@') && before.split(' ').count() <= 3)
        || (before.starts_with('[') && before.ends_with(']') && before.contains('@'))
        || before.ends_with(" okteto")
        || before == "okteto"
        || (before.contains('@') && !before.contains(char::is_whitespace))
        || (before.contains('@') && before.contains(':') && !before.contains(['=', '"', '\'']));
    let sign = text.get(sign..)?.chars().next()?;
    let rest = text.get(before.len() + sign.len_utf8()..)?;
    (known && rest.starts_with(' ')).then(|| lead + before.len() + sign.len_utf8())
}

/// Bytes of a prompt of oh-my-zsh: `➜  web git:(main) ✗ `.
fn arrow_prompt(text: &str) -> Option<usize> {
    let rest = text.strip_prefix('➜')?.trim_start();
    let (_, rest) = rest.split_once(' ')?;
    let rest = rest.trim_start();
    let rest = match rest.strip_prefix("git:(") {
        Some(branch) => branch.split_once(')')?.1.trim_start(),
        None => rest,
    };
    let rest = rest.strip_prefix('✗').unwrap_or(rest);
    Some(text.len() - rest.len())
}

/// Reads a text as commands; its spans are what `map` makes of offsets in it.
pub fn parse(text: &str, map: &OffsetMap) -> Script {
    shell::parse_mapped(&mask(text), map)
}

/// Replaces the brackets of `<app>` and `<номер MR>`, keeping all offsets.
fn mask(text: &str) -> Cow<'_, str> {
    if memchr::memchr(b'<', text.as_bytes()).is_none() {
        return Cow::Borrowed(text);
    }
    let mut masked = text.to_owned().into_bytes();
    let mut at = 0;
    while let Some(open) = text.get(at..).and_then(|rest| rest.find('<')).map(|found| at + found) {
        at = open + 1;
        let rest = text.get(at..).unwrap_or("");
        if rest.starts_with('<') || text.get(..open).is_some_and(|before| before.ends_with('<')) {
            continue;
        }
        let line = rest.lines().next().unwrap_or("");
        let Some(length) = line
            .find(['>', '<', '|', '&', ';'])
            .filter(|end| line.get(*end..).is_some_and(|rest| rest.starts_with('>')))
        else {
            continue;
        };
        let inner = line.get(..length).unwrap_or("");
        if inner.is_empty() || inner.starts_with([' ', '(']) || inner.ends_with(' ') {
            continue;
        }
        for byte in masked.get_mut(open..=at + length).unwrap_or_default() {
            if matches!(*byte, b'<' | b'>' | b' ') {
                *byte = PLACEHOLDER as u8;
            }
        }
        at += length + 1;
    }
    Cow::Owned(String::from_utf8(masked).unwrap_or_else(|_| text.to_owned()))
}

/// Whether a text holds a place for something else: `<app>`, `…`, `*`, `$VAR`, `{dev,prod}`, `NAME`.
pub fn is_placeholder(text: &str) -> bool {
    let stands_for_text = |character: char| {
        matches!(
            character,
            PLACEHOLDER
                | '<'
                | '>'
                | '*'
                | '$'
                | '{'
                | '}'
                | '…'
                | '?'
                | '%'
                | '['
                | ']'
                | '`'
                | '|'
                | '('
                | ')'
        )
    };
    text.contains(stands_for_text)
        || memchr::memmem::find(text.as_bytes(), b"...").is_some()
        || (text.bytes().any(|byte| byte.is_ascii_uppercase())
            && !text.bytes().any(|byte| byte.is_ascii_lowercase()))
}

/// Names that stand for any name, on their own or as words of a longer one: `my-app`, `web-my-app-dev`.
const STAND_INS: [&str; 9] = [
    "my-app",
    "your-app",
    "new-app",
    "some-app",
    "app-name",
    "dev-name",
    "my-package",
    "my-service",
    "myapp",
];

/// What they begin with: most words need not be compared at all.
const BEGINNINGS: &[u8] = b"admnsy";

/// Words that stand for any name when they are all of it.
const BARE: [&str; 14] = [
    "name", "app", "service", "svc", "package", "pkg", "foo", "bar", "baz", "x", "xxx", "and", "or",
    "example",
];

/// Whether a name is one that pages put for any name.
pub fn is_stand_in(name: &str) -> bool {
    BARE.contains(&name) || holds_stand_in(name)
}

/// Whether some words of a name stand for any name.
pub fn holds_stand_in(name: &str) -> bool {
    let is_bound = |byte: &u8| matches!(byte, b'-' | b'_');
    let mut rest = name;
    // From word to word: asked for every part of every path of every page.
    loop {
        let stands_here = |stand_in: &str| {
            let behind = rest.strip_prefix(stand_in);
            behind.is_some_and(|behind| behind.as_bytes().first().is_none_or(is_bound))
        };
        let begins = rest.as_bytes().first().is_some_and(|byte| BEGINNINGS.contains(byte));
        if begins && STAND_INS.into_iter().any(stands_here) {
            return true;
        }
        match rest.bytes().position(|byte| is_bound(&byte)) {
            Some(at) => rest = rest.get(at + 1..).unwrap_or_default(),
            None => return false,
        }
    }
}

/// Typographic hyphens as the plain one: pages join words by them.
pub fn plain_hyphens(text: &str) -> String {
    text.replace(['\u{2010}', '\u{2011}', '\u{2012}', '\u{2013}'], "-")
}

/// The Okteto calls of a script.
pub fn okteto_calls(script: &Script) -> Vec<OktetoCall> {
    script.invocations().filter_map(|invocation| okteto_call(&invocation)).collect()
}

/// The call that an invocation is, if its program is Okteto's CLI.
pub fn okteto_call(invocation: &Invocation<'_>) -> Option<OktetoCall> {
    let found = OktetoCommand::of(invocation)?;
    let file = found.value(&["-f", "--file"]).map(|word| Spanned::new(word.text.clone(), word.span));
    let mut call = OktetoCall { verb: found.verb, operands: Vec::new(), unknown: false, file };
    for word in found.operands {
        match word.as_literal().filter(|text| !is_placeholder(text)) {
            Some(text) => call.operands.push(Spanned::new(text.to_owned(), word.span)),
            None => call.unknown = true,
        }
    }
    Some(call)
}

/// The namespace that a command creates. `None` where only the shell knows its name, or it stands for any name.
pub fn creation(invocation: &Invocation<'_>) -> Option<Creation> {
    let by_okteto = invocation.program == "okteto";
    let word = created(invocation)?;
    let mut name = String::new();
    // Every second part stands between the brackets of a placeholder.
    for (at, part) in word.as_literal()?.split(PLACEHOLDER).enumerate() {
        name.push_str(if at % 2 == 0 { part } else { "*" });
    }
    let literal = name.replace('*', "");
    (!literal.is_empty() && !is_placeholder(&literal) && !is_stand_in(&literal)).then(|| Creation {
        by_okteto,
        program: invocation.program.to_owned(),
        name: Spanned::new(name, word.span),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn calls(text: &str) -> Vec<(String, Vec<String>)> {
        let script = parse(text, &OffsetMap::identity());
        okteto_calls(&script)
            .into_iter()
            .map(|call| (call.verb, call.operands.into_iter().map(|name| name.value).collect()))
            .collect()
    }

    #[test]
    fn names_stand_behind_verbs_and_flags() {
        let of = |text| calls(text).into_iter().next().unwrap();
        assert_eq!(of("okteto up -n web-dev web --reset"), ("up".into(), vec!["web".into()]));
        assert_eq!(of("okteto -n x exec web -- bash -c ls"), ("exec".into(), vec!["web".into()]));
        assert_eq!(of("okteto context use https://okteto.example.com").0, "context use");
    }

    #[test]
    fn every_stand_in_is_found_as_a_word() {
        for name in STAND_INS {
            assert!(holds_stand_in(name) && holds_stand_in(&format!("web-{name}-dev")), "{name}");
            assert!(!holds_stand_in(&format!("{name}s")) && !holds_stand_in(&format!("x{name}")), "{name}");
        }
    }

    #[test]
    fn placeholders_are_no_names() {
        for text in [
            "okteto up <app>",
            "okteto up web-<app>-dev",
            "okteto up $DEV",
            "okteto up {a,b}",
            "okteto up NAME",
            "okteto up …",
        ] {
            assert_eq!(calls(text).first().map(|call| call.1.len()), Some(0), "{text}");
        }
    }
}
