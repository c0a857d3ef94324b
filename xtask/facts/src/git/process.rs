//! Running git: one environment for every call, and four ways to take what it prints.

use std::ffi::{OsStr, OsString};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use xshell::{Shell, cmd};

use super::GitError;
use super::pipe::Unhurried;

/// Where and under which environment git runs. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Runner {
    directory: PathBuf,
    environment: Vec<(&'static str, Option<OsString>)>,
}

/// Set for every call, whatever the user has in the environment.
const FIXED: [(&str, &str); 6] = [
    // No call of ours may refresh the index or take a lock in passing.
    ("GIT_OPTIONAL_LOCKS", "0"),
    // Messages are recognised by their text.
    ("LC_ALL", "C"),
    // Every path that we pass is a name, never a pattern.
    ("GIT_LITERAL_PATHSPECS", "1"),
    // A missing object of a partial clone is reported: fetching it would write, and might ask for a password.
    ("GIT_NO_LAZY_FETCH", "1"),
    ("GIT_TERMINAL_PROMPT", "0"),
    ("GIT_PAGER", "cat"),
];

/// These contradict `GIT_LITERAL_PATHSPECS`: git would refuse to start.
const OTHER_PATHSPECS: [&str; 3] = ["GIT_GLOB_PATHSPECS", "GIT_NOGLOB_PATHSPECS", "GIT_ICASE_PATHSPECS"];

impl Runner {
    /// git in `directory`, with these variables set (`Some`) or removed (`None`).
    pub fn new(directory: &Path, environment: Vec<(&'static str, Option<OsString>)>) -> Self {
        Self { directory: directory.to_owned(), environment }
    }

    /// The folder in which git runs.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// `git ARGS`, ready to be run.
    pub fn command<I>(&self, args: I) -> Result<Command, GitError>
    where
        I: IntoIterator,
        I::Item: AsRef<OsStr>,
    {
        let shell = Shell::new()
            .map_err(|error| GitError::Failed { command: "git".to_owned(), stderr: error.to_string() })?;
        shell.change_dir(&self.directory);
        // The fsmonitor daemon would be started by the first call and stay behind.
        let mut git = cmd!(shell, "git -c core.fsmonitor=false").args(args).envs(FIXED);
        for name in OTHER_PATHSPECS {
            git = git.env_remove(name);
        }
        for (name, value) in &self.environment {
            git = match value {
                Some(value) => git.env(name, value),
                None => git.env_remove(name),
            };
        }
        let mut command = Command::from(git);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        Ok(command)
    }

    /// Runs `git ARGS` to its end and takes its output.
    pub fn read<I>(&self, args: I) -> Result<Vec<u8>, GitError>
    where
        I: IntoIterator,
        I::Item: AsRef<OsStr>,
    {
        let mut command = self.command(args)?;
        let output = command.output().map_err(|error| self.not_started(&command, &error))?;
        if output.status.success() { Ok(output.stdout) } else { Err(failed(&command, &output.stderr)) }
    }

    /// Runs `git ARGS`, writes `question` to it and takes its output. The exit status 1 is an answer too: it
    /// is how git says that nothing matches.
    pub fn answer<I>(&self, args: I, question: &[u8]) -> Result<Vec<u8>, GitError>
    where
        I: IntoIterator,
        I::Item: AsRef<OsStr>,
    {
        let mut command = self.command(args)?;
        // `check-ignore`, the one command that is asked so, refuses to start with it.
        command.env_remove("GIT_LITERAL_PATHSPECS");
        let mut child =
            command.stdin(Stdio::piped()).spawn().map_err(|error| self.not_started(&command, &error))?;
        let stdin = child.stdin.take();
        let output = std::thread::scope(|scope| {
            // Question and answer each fill a pipe. An error here means that git is gone, which it tells.
            scope.spawn(move || stdin.map(|mut stdin| stdin.write_all(question)));
            child.wait_with_output()
        });
        let output = output.map_err(|error| self.not_started(&command, &error))?;
        match output.status.code() {
            Some(0 | 1) => Ok(output.stdout),
            _ => Err(failed(&command, &output.stderr)),
        }
    }

    /// Runs `git ARGS` and hands over each NUL-terminated record while git still prints.
    pub fn records<I>(
        &self,
        args: I,
        mut take: impl FnMut(&[u8]) -> Result<(), GitError>,
    ) -> Result<(), GitError>
    where
        I: IntoIterator,
        I::Item: AsRef<OsStr>,
    {
        let mut command = self.command(args)?;
        let mut child = command.spawn().map_err(|error| self.not_started(&command, &error))?;
        let errors = read_aside(child.stderr.take());
        let taken = match child.stdout.take() {
            Some(stdout) => each_record(Unhurried::new(stdout), &mut take, &command),
            None => Ok(()),
        };
        if taken.is_err() {
            // Nobody reads on: git would wait for us.
            let _ = child.kill();
        }
        let status = child.wait().map_err(|error| self.not_started(&command, &error))?;
        taken?;
        if status.success() { Ok(()) } else { Err(failed(&command, &errors.recv().unwrap_or_default())) }
    }

    /// Runs `git ARGS` for at most `limit`, writes `question` to it (no more than a pipe holds) and hands over each
    /// NUL-terminated record, until `take` has enough. What came by then counts, however git ends.
    pub fn records_within<I>(
        &self,
        limit: Duration,
        args: I,
        question: &[u8],
        mut take: impl FnMut(&[u8]) -> ControlFlow<()>,
    ) where
        I: IntoIterator,
        I::Item: AsRef<OsStr>,
    {
        let deadline = Instant::now() + limit;
        let Ok(mut command) = self.command(args) else { return };
        let Ok(mut child) = command.stdin(Stdio::piped()).stderr(Stdio::null()).spawn() else { return };
        let asked = child.stdin.take().is_some_and(|mut stdin| stdin.write_all(question).is_ok());
        let records = records_aside(child.stdout.take());
        let next = || records.recv_timeout(deadline.saturating_duration_since(Instant::now())).ok();
        while let Some(record) = next().filter(|_| asked) {
            if take(&record).is_break() {
                break;
            }
        }
        end(child);
    }

    /// The error for a git that could not be started at all.
    pub fn not_started(&self, command: &Command, error: &io::Error) -> GitError {
        if error.kind() == io::ErrorKind::NotFound {
            // The system reports a missing folder in the same way as a missing program.
            return if self.directory.is_dir() {
                GitError::NoGit
            } else {
                GitError::NoSuchFolder { path: self.directory.clone() }
            };
        }
        GitError::Failed { command: describe(command), stderr: error.to_string() }
    }
}

/// Reads a pipe to its end on a thread of its own, so that a child that fills it never blocks.
fn read_aside<R: Read + Send + 'static>(pipe: Option<R>) -> mpsc::Receiver<Vec<u8>> {
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut pipe) = pipe {
            let _ = pipe.read_to_end(&mut bytes);
        }
        let _ = sender.send(bytes);
    });
    receiver
}

/// Reads the NUL-terminated records of a pipe on a thread of its own.
fn records_aside<R: Read + Send + 'static>(pipe: Option<R>) -> mpsc::Receiver<Vec<u8>> {
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        let Some(pipe) = pipe else { return };
        // An end that nobody asked for, or a reader that has enough.
        let records = BufReader::new(pipe).split(0).map_while(Result::ok);
        records.map(|record| sender.send(record)).take_while(Result::is_ok).for_each(drop);
    });
    receiver
}

/// Bytes that are read at a time.
const BUFFER: usize = 1 << 18;

fn each_record(
    pipe: impl Read,
    take: &mut impl FnMut(&[u8]) -> Result<(), GitError>,
    command: &Command,
) -> Result<(), GitError> {
    let mut reader = BufReader::with_capacity(BUFFER, pipe);
    // The beginning of a record whose end has not come yet; all others are handed over where they lie.
    let mut begun: Vec<u8> = Vec::new();
    loop {
        let buffer = match reader.fill_buf() {
            Ok(buffer) => buffer,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => {
                return Err(GitError::Failed { command: describe(command), stderr: error.to_string() });
            }
        };
        if buffer.is_empty() {
            return if begun.is_empty() { Ok(()) } else { take(&begun) };
        }
        let mut start = 0;
        for end in memchr::memchr_iter(0, buffer) {
            let record = buffer.get(start..end).unwrap_or_default();
            start = end + 1;
            if begun.is_empty() {
                take(record)?;
            } else {
                begun.extend_from_slice(record);
                take(&begun)?;
                begun.clear();
            }
        }
        begun.extend_from_slice(buffer.get(start..).unwrap_or_default());
        let length = buffer.len();
        reader.consume(length);
    }
}

/// The error for a git that ran and ended badly.
pub(crate) fn failed(command: &Command, stderr: &[u8]) -> GitError {
    let stderr = String::from_utf8_lossy(stderr).trim().to_owned();
    GitError::Failed { command: describe(command), stderr }
}

/// The command as the user could repeat it: without the options that every call has.
pub(crate) fn describe(command: &Command) -> String {
    let args = command.get_args().skip(2).map(|arg| arg.to_string_lossy());
    std::iter::once("git".into()).chain(args).collect::<Vec<_>>().join(" ")
}

/// Ends a child that may still run, and leaves no zombie.
pub(crate) fn end(mut child: Child) {
    let _ = child.kill();
    let _ = child.wait();
}
