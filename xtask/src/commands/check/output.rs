//! Where a check writes, and its last lines.

use super::staged;
use crate::cli::Output;
use crate::commands::UsageError;
use crate::commands::terminal::Terminal;
use crate::diagnostic::{Diagnostic, Severity};
use crate::report::{self, Format, Options, Report, Style};
use anyhow::Context;
use std::io::{ErrorKind, Write};
use std::path::Path;
use std::time::Instant;

/// What the last lines must say besides the counts.
#[derive(Clone, Debug)]
pub enum Setting {
    /// A tree on its own.
    Whole,
    /// A tree against a revision, as the user wrote it.
    Since(String),
    /// The index, as the hook asks for it.
    Staged,
}

/// How the terminal wants a report.
pub fn options(terminal: &Terminal, start: Instant) -> Options {
    Options {
        style: terminal.style(),
        width: terminal.width().unwrap_or_else(|| Options::default().width),
        verbose: terminal.verbose,
        elapsed: Some(start.elapsed()),
    }
}

/// The formats that were asked for; a person's when none was.
pub fn formats(asked: &[Output]) -> Vec<Output> {
    if asked.is_empty() { vec![Output { format: Format::Human, file: None }] } else { asked.to_vec() }
}

/// A report together with what it leaves out.
#[derive(Debug)]
pub struct Shown<'a> {
    /// What counts.
    pub report: &'a Report,
    /// What was there before and does not count.
    pub older: &'a [Diagnostic],
    /// Which trees were looked at.
    pub setting: Setting,
    /// Whether something reaches `--fail-on`, or a rule failed.
    pub blocks: bool,
}

impl Shown<'_> {
    /// Writes every format that was asked for.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub fn write(&self, outputs: &[Output], options: &Options, terminal: &Terminal) -> anyhow::Result<()> {
        for output in formats(outputs) {
            match &output.file {
                None => terminal.out(&self.render(output.format, options, terminal.quiet)),
                Some(file) => {
                    let plain = Options { style: Style::Plain, width: Options::default().width, ..*options };
                    let text = self.render(output.format, &plain, terminal.quiet);
                    write_file(file, &text)?;
                }
            }
        }
        Ok(())
    }

    fn render(&self, format: Format, options: &Options, quiet: bool) -> String {
        if format != Format::Human {
            return report::render(self.report, format, options);
        }
        let is_silent = matches!(self.setting, Setting::Staged) && !self.blocks && !options.verbose;
        if is_silent {
            return String::new();
        }
        if quiet {
            return report::findings(self.report, options);
        }
        match &self.setting {
            Setting::Whole => report::render(self.report, format, options),
            Setting::Since(rev) => {
                let mut text = report::render(self.report, format, options);
                text.push_str(
                    &self.older_line(&format!("is in `{rev}` too"), &format!("are in `{rev}` too")),
                );
                text
            }
            Setting::Staged => self.staged(options),
        }
    }

    /// As the hook prints it.
    fn staged(&self, options: &Options) -> String {
        let mut text = report::findings(self.report, options);
        if !text.is_empty() {
            text.push('\n');
        }
        let elapsed = options.elapsed.map(|time| format!(" ({} ms)", time.as_millis())).unwrap_or_default();
        let fixable = match staged::fixable(self.report) {
            0 => String::new(),
            count => format!(", {count} fixable with `cargo xtask fix --staged`"),
        };
        let verdict = if self.blocks { "; no commit was made, nothing was written" } else { "" };
        text.push_str(&format!(
            "{} in the tree this commit would create{elapsed}{fixable}{verdict}\n",
            report::counts(self.report, options.style)
        ));
        text.push_str(&self.older_line("is not held against you", "are not held against you"));
        text
    }

    /// How much is left out, or nothing when nothing is.
    fn older_line(&self, one: &str, many: &str) -> String {
        let count = self.older.len();
        let errors = self.older.iter().all(|older| older.severity == Severity::Error);
        let noun = if errors { "error" } else { "finding" };
        match count {
            0 => String::new(),
            1 => format!("1 older {noun} {one}: `cargo xtask check`\n"),
            _ => format!("{count} older {noun}s {many}: `cargo xtask check`\n"),
        }
    }
}

/// Holds that no report overwrites, or runs into, another one.
///
/// # Errors
/// [`UsageError`] for a file that is named twice, and two formats for programs on standard output.
pub fn require_apart(outputs: &[Output]) -> Result<(), UsageError> {
    let files: Vec<&Path> = outputs.iter().filter_map(|output| output.file.as_deref()).collect();
    for (at, file) in files.iter().enumerate() {
        let is_same = |other: &&Path| other.components().eq(file.components());
        if files.get(at + 1..).unwrap_or_default().iter().any(is_same) {
            return Err(UsageError(format!("two reports cannot go to the same file `{}`", file.display())));
        }
    }
    // What is for people may stand beside the lines that GitHub picks out of a log.
    let is_for_programs = |output: &&Output| !matches!(output.format, Format::Human | Format::Concise);
    let mut printed = outputs.iter().filter(|output| output.file.is_none()).filter(is_for_programs);
    match (printed.next(), printed.next()) {
        (Some(one), Some(two)) => Err(UsageError(format!(
            "nobody can read `{}` and `{}` from one standard output: name a file, `--format {}=FILE`",
            one.format, two.format, two.format
        ))),
        _ => Ok(()),
    }
}

/// Writes a report file and the folders above it. An earlier report stays whole until the new one is.
fn write_file(file: &Path, text: &str) -> anyhow::Result<()> {
    let action = || format!("cannot write `{}`", file.display());
    let folder = file.parent().unwrap_or(Path::new(""));
    std::fs::create_dir_all(folder).with_context(|| format!("cannot create `{}`", folder.display()))?;
    // A device, a pipe or a link is written where it is.
    if file.symlink_metadata().is_ok_and(|metadata| !metadata.is_file()) {
        return std::fs::write(file, text).with_context(action);
    }
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    // As `File::create` makes it: what the umask allows.
    let create = |path: &Path| std::fs::OpenOptions::new().write(true).create_new(true).open(path);
    let mut new = match tempfile::Builder::new().prefix(".xtask-").make_in(folder, create) {
        Ok(new) => new,
        // Where nothing may be created, the file itself may still be written.
        Err(error) if error.kind() == ErrorKind::PermissionDenied && file.is_file() => {
            return std::fs::write(file, text).with_context(action);
        }
        Err(error) => return Err(error).with_context(action),
    };
    if let Ok(present) = file.metadata() {
        new.as_file().set_permissions(present.permissions()).with_context(action)?;
    }
    new.as_file_mut().write_all(text.as_bytes()).with_context(action)?;
    new.persist(file).map(drop).with_context(action)
}
