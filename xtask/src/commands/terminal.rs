//! Where commands write: colours decided once, closed pipes taken as the end of interest.

use crate::cli::{Color, Global};
use crate::report::Style;
use anstream::{AutoStream, ColorChoice};
use std::io::{IsTerminal, Write};

/// Standard output and standard error with the user's wishes.
#[derive(Debug)]
pub struct Terminal {
    choice: ColorChoice,
    /// `-q`
    pub quiet: bool,
    /// `-v`
    pub verbose: bool,
}

impl Terminal {
    /// Streams as the options ask for.
    pub fn new(global: &Global) -> Self {
        let choice = match global.color {
            Color::Auto => ColorChoice::Auto,
            Color::Always => ColorChoice::Always,
            Color::Never => ColorChoice::Never,
        };
        Self { choice, quiet: global.quiet, verbose: global.verbose }
    }

    /// Whether standard output shows colours.
    pub fn style(&self) -> Style {
        let choice = match self.choice {
            ColorChoice::Auto => AutoStream::choice(&std::io::stdout()),
            choice => choice,
        };
        if matches!(choice, ColorChoice::Always | ColorChoice::AlwaysAnsi) {
            Style::Ansi
        } else {
            Style::Plain
        }
    }

    /// Columns of the terminal, where `COLUMNS` tells them.
    pub fn width(&self) -> Option<usize> {
        if !std::io::stdout().is_terminal() {
            return None;
        }
        std::env::var("COLUMNS").ok()?.parse().ok().filter(|width| *width >= 40)
    }

    /// Writes to standard output. A reader that went away (`| head`) is no error.
    pub fn out(&self, text: &str) {
        let mut stream = AutoStream::new(std::io::stdout().lock(), self.choice);
        let _ = stream.write_all(text.as_bytes()).and_then(|()| stream.flush());
    }

    /// Writes a line to standard error.
    pub fn note(&self, text: &str) {
        let mut stream = AutoStream::new(std::io::stderr().lock(), self.choice);
        let _ = writeln!(stream, "{text}");
    }

    /// Writes an error to standard error.
    pub fn error(&self, text: &str) {
        self.note(&format!("\u{1b}[1;31merror\u{1b}[0m: {text}"));
    }
}
