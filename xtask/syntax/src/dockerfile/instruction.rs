//! One instruction: its parts, and what BuildKit refuses in it.
//!
//! Follows moby/buildkit `frontend/dockerfile/parser/line_parsers.go` for the parts. The checks of
//! `frontend/dockerfile/instructions/parse.go` are in `check`.

use super::heredoc::{self, Heredoc};
use super::lines::Logical;
use super::mapped::Mapped;
use super::words::{self, Flags, Json};
use super::{Flag, SyntaxError, Word};
use crate::source::{Span, Spanned};

mod check;
mod duration;
mod script;

pub use script::Script;

macro_rules! keywords {
    ($($variant:ident $word:literal,)*) => {
        /// The instructions of a Dockerfile.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[allow(missing_docs, reason = "each is the instruction of its name")]
        pub enum Keyword { $($variant,)* }

        impl Keyword {
            /// All instructions with the word that begins them.
            pub const ALL: &[(Self, &'static str)] = &[$((Self::$variant, $word),)*];
        }
    };
}

keywords! {
    Add "ADD", Arg "ARG", Cmd "CMD", Copy "COPY", Entrypoint "ENTRYPOINT", Env "ENV", Expose "EXPOSE",
    From "FROM", Healthcheck "HEALTHCHECK", Label "LABEL", Maintainer "MAINTAINER", Onbuild "ONBUILD",
    Run "RUN", Shell "SHELL", Stopsignal "STOPSIGNAL", User "USER", Volume "VOLUME", Workdir "WORKDIR",
}

impl Keyword {
    /// The instruction that begins with `word`, in any case.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, known)| known.eq_ignore_ascii_case(word)).map(|(keyword, _)| *keyword)
    }

    /// The word in upper case.
    pub fn as_str(self) -> &'static str {
        Self::ALL.iter().find(|(keyword, _)| *keyword == self).map_or("", |(_, word)| word)
    }
}

/// An instruction with the place of its parts.
#[derive(Clone, Debug)]
pub struct Instruction {
    /// Which one; `None` if BuildKit does not know it.
    pub keyword: Option<Keyword>,
    /// The word that says so, as it is written.
    pub keyword_span: Span,
    /// From the keyword to the last character of the arguments; heredocs are not in it.
    pub span: Span,
    /// All lines with their line ends: continuations, comments between them, heredocs.
    pub lines: Span,
    /// 1-based line of the keyword: BuildKit's `StartLine`.
    pub first_line: usize,
    /// 1-based last line, heredocs included: BuildKit's `EndLine`.
    pub last_line: usize,
    /// The joined text. Continuation characters and the comment and blank lines between them are gone.
    pub text: Mapped,
    /// The arguments behind the flags: a range of `text`.
    pub rest: Span,
    /// Flags in order.
    pub flags: Vec<Flag>,
    /// Offset in the file where a further flag can be put in: before the first token that is no flag.
    pub insertion: usize,
    /// What the instruction is about.
    pub arguments: Arguments,
    /// Heredocs in order.
    pub heredocs: Vec<Heredoc>,
    /// Blank lines inside the instruction.
    pub blank_lines: Vec<Span>,
}

/// `FROM image AS name`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct From {
    /// The image or stage, variables unexpanded; empty if it is missing.
    pub image: Word,
    /// The stage's name in lower case, with the span of what is written.
    pub name: Option<Word>,
}

/// What `RUN`, `CMD`, `ENTRYPOINT` and `SHELL` are given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// A JSON array: the arguments of a program.
    Exec(Vec<Word>),
    /// Text for the shell: the instruction's `rest`.
    Shell,
}

/// `COPY` and `ADD`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Copy {
    /// Paths, globs, URLs, heredoc words.
    pub sources: Vec<Word>,
    /// The last word; `None` if there is not more than one.
    pub destination: Option<Word>,
}

/// `name=value` of `ENV`, `ARG` and `LABEL`. Quotes and escapes are still in both.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair {
    /// The name.
    pub key: Word,
    /// The value; `None` for an `ARG` without one.
    pub value: Option<Word>,
    /// Name and value.
    pub span: Span,
    /// `ENV name value` instead of `name=value`.
    pub legacy: bool,
}

/// The arguments by kind of instruction.
#[derive(Clone, Debug)]
pub enum Arguments {
    /// `FROM`
    From(From),
    /// `RUN`, `CMD`, `ENTRYPOINT`, `SHELL`
    Command(Command),
    /// `COPY`, `ADD`
    Copy(Copy),
    /// `ENV`, `ARG`, `LABEL`
    Pairs(Vec<Pair>),
    /// `WORKDIR`, `USER`, `STOPSIGNAL`, `MAINTAINER`: the whole rest; `None` if it is empty.
    Word(Option<Word>),
    /// `EXPOSE`, `VOLUME`
    Words(Vec<Word>),
    /// `HEALTHCHECK`: `NONE` or `CMD` and its command
    Healthcheck(Option<Word>, Command),
    /// `ONBUILD`: the instruction behind it
    Onbuild(Option<Box<Instruction>>),
    /// An instruction that BuildKit does not know, or one whose arguments it cannot read.
    Unknown,
}

impl Instruction {
    /// Takes a logical line apart. Heredocs and `last_line` are still to be filled in.
    pub(super) fn read(logical: Logical, escape: char, errors: &mut Vec<SyntaxError>) -> Self {
        let Logical { joined, lines, first, blanks } = logical;
        let mut instruction = Self::parts(joined, escape, errors, false);
        instruction.lines = lines;
        instruction.first_line = first;
        instruction.blank_lines = blanks;
        instruction
    }

    fn parts(joined: Mapped, escape: char, errors: &mut Vec<SyntaxError>, nested: bool) -> Self {
        let whole = Span::new(0, joined.text().len());
        let (keyword, rest) = words::split_keyword(&joined, whole);
        let Flags { flags, end, rest } = words::flags(&joined, rest, escape);
        let kind = Keyword::parse(joined.slice(keyword));
        let mut reader = Reader { joined: &joined, rest, escape, errors, nested };
        let arguments = kind.map_or(Arguments::Unknown, |kind| reader.arguments(kind));
        Self {
            keyword: kind,
            keyword_span: joined.span(keyword),
            span: joined.span(words::trim(&joined, whole)),
            lines: Span::default(),
            first_line: 0,
            last_line: 0,
            insertion: insertion(&joined, keyword, end),
            rest,
            flags,
            arguments,
            heredocs: Vec::new(),
            blank_lines: Vec::new(),
            text: joined,
        }
    }

    /// The instruction itself, or the one behind `ONBUILD`.
    pub fn innermost(&self) -> &Self {
        match &self.arguments {
            Arguments::Onbuild(Some(inner)) => inner,
            _ => self,
        }
    }

    /// Whether heredocs are looked for: `RUN`, `COPY`, `ADD`, not with a JSON array.
    pub(super) fn takes_heredocs(&self) -> bool {
        let inner = self.innermost();
        let json = match &inner.arguments {
            Arguments::Command(command) => matches!(command, Command::Exec(_)),
            Arguments::Copy(_) => inner.is_json(),
            _ => return false,
        };
        !json && inner.keyword.is_some_and(|kind| matches!(kind, Keyword::Run | Keyword::Copy | Keyword::Add))
    }

    /// Whether the arguments, of `HEALTHCHECK` the command, are a JSON array of strings.
    pub fn is_json(&self) -> bool {
        match &self.arguments {
            Arguments::Command(command) | Arguments::Healthcheck(_, command) => {
                matches!(command, Command::Exec(_))
            }
            Arguments::Copy(_) | Arguments::Words(_) if self.keyword != Some(Keyword::Expose) => {
                matches!(words::json(&self.text, self.rest), Json::Strings(_))
            }
            _ => false,
        }
    }

    /// Gives the instruction behind `ONBUILD` the lines and heredocs of the whole.
    pub(super) fn place_inner(&mut self) {
        if let Arguments::Onbuild(Some(inner)) = &mut self.arguments {
            inner.heredocs.clone_from(&self.heredocs);
            inner.lines = self.lines;
            (inner.first_line, inner.last_line) = (self.first_line, self.last_line);
        }
    }
}

/// Where the next flag goes: in front of the arguments, or behind everything if there are none.
fn insertion(joined: &Mapped, keyword: Span, flags_end: usize) -> usize {
    let text = joined.text();
    if text.get(flags_end..).is_some_and(|rest| !rest.trim().is_empty()) {
        return joined.source(flags_end);
    }
    let end = text.trim_end().len().max(keyword.end);
    joined.span(Span::new(keyword.start, end)).end
}

struct Reader<'a> {
    joined: &'a Mapped,
    rest: Span,
    escape: char,
    errors: &'a mut Vec<SyntaxError>,
    nested: bool,
}

impl Reader<'_> {
    fn arguments(&mut self, kind: Keyword) -> Arguments {
        match kind {
            Keyword::From => Arguments::From(self.from()),
            Keyword::Run | Keyword::Cmd | Keyword::Entrypoint | Keyword::Shell => {
                self.command(self.rest).map_or(Arguments::Unknown, Arguments::Command)
            }
            Keyword::Copy | Keyword::Add => self.copy(),
            Keyword::Env => self.assignments("ENV"),
            Keyword::Label => self.assignments("LABEL"),
            Keyword::Arg => Arguments::Pairs(self.words().into_iter().map(|word| self.pair(word)).collect()),
            Keyword::Workdir | Keyword::User | Keyword::Stopsignal | Keyword::Maintainer => {
                Arguments::Word((!self.rest.is_empty()).then(|| words::word(self.joined, self.rest)))
            }
            Keyword::Expose => Arguments::Words(words::by_blanks(self.joined, self.rest)),
            Keyword::Volume => self.list().map_or(Arguments::Unknown, Arguments::Words),
            Keyword::Healthcheck => self.healthcheck(),
            Keyword::Onbuild => Arguments::Onbuild(self.onbuild().map(Box::new)),
        }
    }

    fn error(&mut self, message: impl Into<String>, range: Span) {
        self.errors.push(SyntaxError::new(message, self.joined.span(range)));
    }

    fn from(&self) -> From {
        let mut words = words::by_blanks(self.joined, self.rest).into_iter();
        let image = words.next().unwrap_or_else(|| words::word(self.joined, self.rest));
        let name = match (words.next(), words.next(), words.next()) {
            (Some(keyword), Some(name), None) if keyword.value.eq_ignore_ascii_case("as") => {
                Some(Spanned::new(name.value.to_lowercase(), name.span))
            }
            _ => None,
        };
        From { image, name }
    }

    /// JSON array or text for the shell; `None` after an error.
    fn command(&mut self, range: Span) -> Option<Command> {
        match words::json(self.joined, range) {
            Json::Strings(words) => Some(Command::Exec(words)),
            Json::No => Some(Command::Shell),
            Json::NotStrings => self.not_strings(range),
        }
    }

    fn not_strings<T>(&mut self, range: Span) -> Option<T> {
        self.error("when using JSON array syntax, arrays must be comprised of strings only", range);
        None
    }

    /// JSON array or words between blanks; `None` after an error.
    fn list(&mut self) -> Option<Vec<Word>> {
        match words::json(self.joined, self.rest) {
            Json::Strings(words) => Some(words),
            Json::No => Some(words::by_blanks(self.joined, self.rest)),
            Json::NotStrings => self.not_strings(self.rest),
        }
    }

    fn copy(&mut self) -> Arguments {
        let Some(mut sources) = self.list() else { return Arguments::Unknown };
        let destination = if sources.len() > 1 { sources.pop() } else { None };
        Arguments::Copy(Copy { sources, destination })
    }

    fn words(&self) -> Vec<Span> {
        words::quoted(self.joined, self.rest, self.escape)
    }

    /// `name=value` at `word`, or a name alone.
    fn pair(&self, word: Span) -> Pair {
        let equals = self.joined.slice(word).find('=').map(|at| word.start + at);
        let key = Span::new(word.start, equals.unwrap_or(word.end));
        let value = equals.map(|at| words::word(self.joined, Span::new(at + 1, word.end)));
        Pair { key: words::word(self.joined, key), value, span: self.joined.span(word), legacy: false }
    }

    fn assignments(&mut self, instruction: &str) -> Arguments {
        let found = self.words();
        let Some(first) = found.first() else { return Arguments::Pairs(Vec::new()) };
        if !self.joined.slice(*first).contains('=') {
            return self.legacy(instruction);
        }
        let mut pairs = Vec::new();
        for word in found {
            let text = self.joined.slice(word);
            if !text.contains('=') {
                let message =
                    format!("Syntax error - can't find = in {text:?}. Must be of the form: name=value");
                self.error(message, word);
                break;
            }
            pairs.push(self.pair(word));
        }
        Arguments::Pairs(pairs)
    }

    /// `ENV name the whole rest`.
    fn legacy(&mut self, instruction: &str) -> Arguments {
        let text = self.joined.slice(self.rest);
        let Some((name, value)) = text.split_once(words::BLANKS) else {
            self.error(format!("{instruction} must have two arguments"), self.rest);
            return Arguments::Unknown;
        };
        let key = Span::new(self.rest.start, self.rest.start + name.len());
        let value = Span::new(self.rest.end - value.trim_start_matches(words::BLANKS).len(), self.rest.end);
        Arguments::Pairs(vec![Pair {
            key: words::word(self.joined, key),
            value: Some(words::word(self.joined, value)),
            span: self.joined.span(self.rest),
            legacy: true,
        }])
    }

    fn healthcheck(&mut self) -> Arguments {
        if self.rest.is_empty() {
            return Arguments::Healthcheck(None, Command::Shell);
        }
        let text = self.joined.slice(self.rest);
        let length = text.find(words::is_blank).unwrap_or(text.len());
        let kind = Span::new(self.rest.start, self.rest.start + length);
        let command = words::trim(self.joined, Span::new(kind.end, self.rest.end));
        let word = words::word(self.joined, kind);
        match self.command(command) {
            Some(command) => Arguments::Healthcheck(Some(word), command),
            None => Arguments::Unknown,
        }
    }

    /// The inner instruction. Deeper nesting is refused anyway, and not followed.
    fn onbuild(&mut self) -> Option<Instruction> {
        if self.rest.is_empty() || self.nested {
            return None;
        }
        Some(Instruction::parts(self.joined.part(self.rest), self.escape, self.errors, true))
    }
}

/// Whether the whole of `text` is one heredoc word.
fn is_heredoc(text: &str) -> bool {
    heredoc::start(text).is_some()
}
