//! Walking the arguments of a program: which word is a flag, which one a flag's value.

use super::word::Word;
use crate::source::Span;

/// A flag among the arguments of a program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flag<'a> {
    /// The flag with its dashes, without a value: `--filter`, `-C`.
    pub name: &'a str,
    /// The word that holds it.
    pub word: &'a Word,
    /// Its value, from `--flag=value`, `--flag value`, `-Xvalue` or `-X value`.
    pub value: Option<Word>,
    /// The flag and its value.
    pub span: Span,
}

/// The arguments of a program, divided.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Arguments<'a> {
    /// The flags, in order.
    pub flags: Vec<Flag<'a>>,
    /// The words that are neither flags nor values of flags; behind `--` all of them.
    pub operands: Vec<&'a Word>,
}

/// The arguments of a program that has subcommands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Subcommand<'a> {
    /// The flags in front of the subcommand.
    pub flags: Vec<Flag<'a>>,
    /// The subcommand: the first word that is neither a flag nor the value of one.
    pub word: Option<&'a Word>,
    /// Everything behind it.
    pub rest: &'a [Word],
}

impl Subcommand<'_> {
    /// The subcommand's text; `""` if there is none.
    pub fn name(&self) -> &str {
        self.word.map_or("", |word| word.text.as_str())
    }
}

/// Splits `args` at the subcommand. `value_flags` are the flags that take the next word as their value
/// (`--filter`, `-C`); `-Xvalue` is understood for the one-letter ones, `--flag=value` for all.
pub fn subcommand<'a>(args: &'a [Word], value_flags: &[&str]) -> Subcommand<'a> {
    let mut walk = Walk { args, next: 0, value_flags: &[value_flags], clusters: false };
    let mut found = Subcommand::default();
    while let Some(argument) = walk.step() {
        match argument {
            Argument::Flag(flag) => found.flags.push(flag),
            Argument::End => {}
            Argument::Operand(word) => {
                found.word = Some(word);
                break;
            }
        }
    }
    found.rest = args.get(walk.next..).unwrap_or(&[]);
    found
}

/// Divides `args` into flags and operands; `value_flags` as in [`subcommand`].
pub fn arguments<'a>(args: &'a [Word], value_flags: &[&str]) -> Arguments<'a> {
    let mut walk = Walk { args, next: 0, value_flags: &[value_flags], clusters: false };
    let mut found = Arguments::default();
    while let Some(argument) = walk.step() {
        match argument {
            Argument::Flag(flag) => found.flags.push(flag),
            Argument::Operand(word) => found.operands.push(word),
            Argument::End => {
                found.operands.extend(args.iter().skip(walk.next));
                break;
            }
        }
    }
    found
}

/// The last of `flags` that has one of these names: where flags repeat, the last one counts.
pub fn last<'f, 'a>(flags: &'f [Flag<'a>], names: &[&str]) -> Option<&'f Flag<'a>> {
    flags.iter().rev().find(|flag| names.contains(&flag.name))
}

/// One step of a [`Walk`].
pub(super) enum Argument<'a> {
    /// A flag, its value consumed.
    Flag(Flag<'a>),
    /// `--`.
    End,
    /// Anything else.
    Operand(&'a Word),
}

/// Goes through arguments from the left.
pub(super) struct Walk<'a, 'v> {
    pub(super) args: &'a [Word],
    /// Index of the first argument that has not been looked at.
    pub(super) next: usize,
    /// The flags that take the next word as their value, in groups.
    pub(super) value_flags: &'v [&'v [&'v str]],
    /// Whether one-letter flags may share a dash, the last of them with a value (`-0n1`).
    pub(super) clusters: bool,
}

impl<'a> Walk<'a, '_> {
    /// The next argument, taken for an operand whatever it looks like.
    pub(super) fn operand(&mut self) -> Option<&'a Word> {
        let word = self.args.get(self.next)?;
        self.next += 1;
        Some(word)
    }

    /// The next argument.
    pub(super) fn step(&mut self) -> Option<Argument<'a>> {
        let word = self.args.get(self.next)?;
        self.next += 1;
        let text = word.text.as_str();
        if text == "--" {
            return Some(Argument::End);
        }
        if text.len() < 2 || !text.starts_with('-') {
            return Some(Argument::Operand(word));
        }
        Some(Argument::Flag(self.flag(word)))
    }

    fn flag(&mut self, word: &'a Word) -> Flag<'a> {
        let text = word.text.as_str();
        if self.value_flags.iter().any(|group| group.contains(&text)) {
            return self.with_next(text, word);
        }
        let attached = if text.starts_with("--") { None } else { self.attached(text) };
        if let Some((name, value)) = attached {
            return match value {
                Some(offset) => Flag { name, word, value: Some(word.tail(offset)), span: word.span },
                None => self.with_next(name, word),
            };
        }
        match text.split_once('=') {
            Some((name, _)) => Flag { name, word, value: Some(word.tail(name.len() + 1)), span: word.span },
            None => Flag { name: text, word, value: None, span: word.span },
        }
    }

    /// A one-letter flag with its value in the same word, as the flag and the value's offset; without an
    /// offset the value is the next word.
    fn attached<'t>(&self, text: &'t str) -> Option<(&'t str, Option<usize>)> {
        let last = if self.clusters { text.len() } else { 2.min(text.len()) };
        for (at, letter) in text.char_indices().skip(1).take_while(|(at, _)| *at < last) {
            let Some(flag) = self
                .value_flags
                .iter()
                .flat_map(|group| group.iter())
                .find(|flag| flag.strip_prefix('-') == text.get(at..at + letter.len_utf8()))
            else {
                continue;
            };
            let name = if at == 1 { text.get(..flag.len())? } else { text.get(at..at + letter.len_utf8())? };
            let mut offset = at + letter.len_utf8();
            if offset == text.len() {
                return Some((name, None));
            }
            offset += usize::from(text.get(offset..)?.starts_with('='));
            return Some((name, Some(offset)));
        }
        None
    }

    fn with_next(&mut self, name: &'a str, word: &'a Word) -> Flag<'a> {
        let value = self.args.get(self.next).cloned();
        self.next += 1;
        let span = value.as_ref().map_or(word.span, |value| word.span.join(value.span));
        Flag { name, word, value, span }
    }
}
