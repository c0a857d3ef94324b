//! Dockerfiles as BuildKit reads them, with the place of everything.
//!
//! [`Dockerfile::parse`] follows moby/buildkit `frontend/dockerfile/{parser,instructions,shell}`. Where
//! BuildKit gives up at the first error, this parser notes it at its place and goes on with the next
//! instruction. It needs time linear in the size of the file.
//!
//! - `lines`: physical lines and their joining
//! - `directives`: `# syntax=`, `# escape=`, `# check=`
//! - `words`: keyword, flags, words, JSON arrays of one joined line
//! - [`expand`]: quotes and variables; `heredoc`, [`mount`]: what their names say
//! - [`edit`]: where a flag or a field is put in
//! - `instruction`: one instruction from its words, and what BuildKit refuses in it

use std::sync::Arc;

use crate::source::{Span, Spanned};

mod directives;
pub mod edit;
pub mod expand;
mod heredoc;
mod instruction;
mod lines;
mod mapped;
pub mod mount;
mod stages;
mod suggest;
mod words;

pub use directives::Directive;
pub use heredoc::Heredoc;
pub use instruction::{Arguments, Command, Copy, From, Instruction, Keyword, Pair, Script};
pub use mapped::Mapped;
pub use mount::{Mount, MountField, MountFlag, MountType, Sharing};
pub use stages::Stage;

use heredoc::Terminators;
use lines::{Line, Lines, Logical};

/// The longest line BuildKit's scanner takes, in bytes without the line feed.
pub const MAX_LINE: usize = 65_535;

/// A word and where it stands. Quotes and escapes are still in the value unless a field says otherwise.
pub type Word = Spanned<String>;

/// Something BuildKit refuses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyntaxError {
    /// BuildKit's message.
    pub message: String,
    /// The text it speaks of.
    pub span: Span,
    /// What should probably stand at `span` instead.
    pub replacement: Option<String>,
}

impl SyntaxError {
    /// An error without a proposal.
    pub fn new(message: impl Into<String>, span: Span) -> Self {
        Self { message: message.into(), span, replacement: None }
    }

    fn with_replacement((message, replacement): (String, Option<String>), span: Span) -> Self {
        Self { message, span, replacement }
    }
}

/// A flag in front of an instruction's arguments: `--from=deps`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flag {
    /// The name without `--`, quotes and escapes removed.
    pub name: Word,
    /// The value without quotes and escapes; `None` without `=`.
    pub value: Option<Mapped>,
    /// The whole flag without quotes and escapes.
    pub text: String,
    /// The whole flag as it is written.
    pub span: Span,
}

/// A line that is nothing but a comment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Comment {
    /// From `#` to the end of the text.
    pub span: Span,
    /// The whole line with its line end.
    pub line: Span,
    /// Whether it stands between the lines of an instruction.
    pub inside: bool,
}

/// A parsed Dockerfile.
#[derive(Clone, Debug)]
pub struct Dockerfile {
    /// The file itself.
    pub text: Arc<str>,
    /// The parser directives at the top.
    pub directives: Vec<Directive>,
    /// The escape character in force: `\`, or `` ` `` by directive.
    pub escape: char,
    /// All instructions in order, also those with errors.
    pub instructions: Vec<Instruction>,
    /// The build stages, one for each `FROM`.
    pub stages: Vec<Stage>,
    /// All comment lines in order, directives included; not the lines of heredoc bodies.
    pub comments: Vec<Comment>,
    /// What BuildKit refuses, in order of place.
    pub errors: Vec<SyntaxError>,
}

impl Dockerfile {
    /// Reads a Dockerfile. Never fails as a whole: see `errors`.
    pub fn parse(text: impl Into<Arc<str>>) -> Self {
        let text = text.into();
        let mut parser = Parser::new(&text);
        parser.file();
        let Parser { directives, escape, instructions, comments, mut errors, .. } = parser;
        let stages = stages::stages(&instructions, &mut errors);
        if instructions.is_empty() {
            errors.push(SyntaxError::new("file with no instructions", Span::at(text.len())));
        }
        errors.sort_by_key(|error| error.span.start);
        Self { text, directives, escape, instructions, stages, comments, errors }
    }

    /// The stage that the instruction with this index belongs to; `None` before the first `FROM`.
    pub fn stage_of(&self, instruction: usize) -> Option<usize> {
        self.stages.partition_point(|stage| stage.instructions.start <= instruction).checked_sub(1)
    }
}

struct Parser<'a> {
    text: &'a str,
    lines: Lines<'a>,
    terminators: Terminators<'a>,
    directives: Vec<Directive>,
    escape: char,
    instructions: Vec<Instruction>,
    comments: Vec<Comment>,
    errors: Vec<SyntaxError>,
}

impl<'a> Parser<'a> {
    fn new(text: &'a str) -> Self {
        let (directives, escape, mut errors) = directives::read(text);
        errors.extend(too_long(text));
        Self {
            text,
            lines: Lines::new(text),
            terminators: Terminators::default(),
            directives,
            escape,
            instructions: Vec::new(),
            comments: Vec::new(),
            errors,
        }
    }

    fn file(&mut self) {
        while let Some(line) = self.lines.next() {
            if let Some(span) = line.comment() {
                self.comments.push(Comment { span, line: line.span, inside: false });
            } else if !line.is_blank() {
                self.instruction(line);
            }
        }
    }

    fn instruction(&mut self, first: Line<'a>) {
        let logical = Logical::read(first, &mut self.lines, self.escape, &mut self.comments);
        if logical.joined.text().trim().is_empty() {
            // Nothing but a continuation character: BuildKit sees an instruction without a name.
            self.errors.push(SyntaxError::new("unknown instruction: ", Span::new(first.start, first.end())));
        }
        let mut instruction = Instruction::read(logical, self.escape, &mut self.errors);
        if instruction.takes_heredocs() {
            self.heredocs(&mut instruction);
        }
        instruction.last_line = self.lines.number();
        instruction.place_inner();
        instruction.check(&mut self.errors);
        self.instructions.push(instruction);
    }

    fn heredocs(&mut self, instruction: &mut Instruction) {
        let mut heredocs = Vec::new();
        for start in heredoc::announced(instruction.text.text()) {
            let offset = self.lines.offset();
            let found = self.terminators.contain(self.text, &start, offset);
            let read = if found { heredoc::read(start, &mut self.lines) } else { None };
            let Some(heredoc) = read else {
                self.errors.push(SyntaxError::new("unterminated heredoc", instruction.span));
                self.skip_body();
                break;
            };
            heredocs.push(heredoc);
        }
        instruction.lines.end = instruction.lines.end.max(self.lines.offset());
        instruction.heredocs = heredocs;
    }

    /// After a heredoc without terminator the next line that looks like an instruction is taken for one.
    fn skip_body(&mut self) {
        let mut ahead = self.lines.clone();
        while let Some(line) = ahead.next() {
            let keyword = line.text.split([' ', '\t']).next().unwrap_or("");
            if Keyword::ALL.iter().any(|(_, word)| *word == keyword) {
                return;
            }
            self.lines = ahead.clone();
        }
    }
}

/// The lines that BuildKit's scanner refuses.
fn too_long(text: &str) -> impl Iterator<Item = SyntaxError> {
    let ends = memchr::memchr_iter(b'\n', text.as_bytes()).chain([text.len()]);
    ends.scan(0, |start, end| {
        let span = Span::new(*start, end);
        *start = end + 1;
        Some(span)
    })
    .filter(|span| span.len() > MAX_LINE)
    .map(|span| {
        let message = format!("dockerfile line greater than max allowed size of {MAX_LINE}");
        SyntaxError::new(message, span)
    })
}
