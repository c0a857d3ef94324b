//! What a `RUN` executes.
//!
//! Follows `dispatchRun` in moby/buildkit `frontend/dockerfile/dockerfile2llb/convert.go`.

use super::{Arguments, Command, Instruction, Keyword, is_heredoc};
use crate::dockerfile::{Heredoc, Mapped, Word};
use crate::source::Span;

/// What a `RUN` executes. The texts have LF line ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Script {
    /// Exec form: a program and its arguments.
    Exec(Vec<Word>),
    /// The shell is given this text: the command, with the heredocs that it announces behind it.
    Shell(Mapped),
    /// The heredoc is the whole command. It is executed as a file if it begins with `#!`, else the shell is
    /// given its text.
    Heredoc {
        /// The text, the shebang line included.
        body: Mapped,
        /// What follows `#!`, trimmed.
        shebang: Option<String>,
    },
}

impl Instruction {
    /// What a `RUN` executes; `None` for other instructions. `file` is the text of the Dockerfile.
    pub fn script(&self, file: &str) -> Option<Script> {
        if self.keyword != Some(Keyword::Run) {
            return None;
        }
        let Arguments::Command(command) = &self.arguments else { return None };
        match command {
            Command::Exec(words) => Some(Script::Exec(words.clone())),
            Command::Shell => Some(self.shell_script(file)),
        }
    }

    fn shell_script(&self, file: &str) -> Script {
        let command = self.text.slice(self.rest);
        if let (Some(heredoc), true) = (self.heredocs.first(), is_heredoc(command)) {
            let body = text_of(file, heredoc.body);
            let first = body.text().lines().next().unwrap_or("");
            let shebang = first.strip_prefix("#!").map(|interpreter| interpreter.trim().to_owned());
            return Script::Heredoc { body, shebang };
        }
        let mut script = self.text.part(self.rest);
        for Heredoc { body, terminator, .. } in &self.heredocs {
            script.push("\n", body.start.saturating_sub(1));
            script.append(&text_of(file, *body));
            let name = terminator.slice(file).trim_end_matches(['\r', '\n']);
            script.push(name, terminator.start);
        }
        Script::Shell(script)
    }
}

/// A part of the file with CRLF read as LF.
fn text_of(file: &str, span: Span) -> Mapped {
    let mut text = Mapped::default();
    let mut at = span.start;
    for line in span.slice(file).split_inclusive('\n') {
        match line.strip_suffix("\r\n") {
            Some(content) => {
                text.push(content, at);
                text.push("\n", at + line.len() - 1);
            }
            None => text.push(line, at),
        }
        at += line.len();
    }
    text
}
