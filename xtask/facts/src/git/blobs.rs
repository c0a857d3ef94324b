//! Contents by object id, through `git cat-file --batch`.

use std::io::{self, BufRead, BufReader, BufWriter, Read, Write};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};
use std::sync::{Mutex, PoisonError};
use std::thread::JoinHandle;

use super::process::{Runner, end};
use super::{Git, GitError};

/// The content behind one object id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Object {
    /// The whole blob.
    Blob(Vec<u8>),
    /// A blob of so many bytes, more than was asked for. It was not kept.
    TooLarge(u64),
    /// Not in this clone, or no blob.
    Missing,
}

/// So many blobs cost less from the child that stays than a child of their own takes to start. Their ids fit into the
/// smallest pipe that there is (4 kB): git reads all of them before it waits for a reader of its answers.
const FEW: usize = 60;

/// Blobs of one repository, one at a time from a child that stays, or many in one go. Thread-safe.
#[derive(Debug)]
pub(crate) struct Blobs {
    runner: Runner,
    limit: u64,
    child: Mutex<Option<Batch>>,
}

/// A running `git cat-file --batch`, ended with its owner.
#[derive(Debug)]
struct Batch {
    child: Option<Child>,
    stdin: Option<ChildStdin>,
    stdout: BufReader<ChildStdout>,
}

impl Blobs {
    /// Blobs of `git`; those of more than `limit` bytes are not kept.
    pub fn new(git: &Git, limit: u64) -> Self {
        Self { runner: git.runner.clone(), limit, child: Mutex::new(None) }
    }

    /// One blob.
    ///
    /// # Errors
    /// When git cannot be started, or dies twice.
    pub fn read(&self, oid: &str) -> Result<Object, GitError> {
        let mut found = None;
        self.read_few(&[oid], &mut |_, object| found = Some(object))?;
        found.ok_or_else(|| died(&io::Error::from(io::ErrorKind::UnexpectedEof)))
    }

    /// Blobs from the child that stays, handed over in the order of `oids`.
    fn read_few(&self, oids: &[&str], take: &mut dyn FnMut(usize, Object)) -> Result<(), GitError> {
        // A poisoned lock means that another thread panicked between question and answer: its child is out
        // of step and must go.
        let mut child = self.child.lock().unwrap_or_else(|poisoned| {
            self.child.clear_poison();
            let mut child = PoisonError::into_inner(poisoned);
            *child = None;
            child
        });
        // The child may have died since the last question; a fresh one gets a second chance with the rest.
        let mut delivered = 0;
        if let Some(batch) = child.as_mut() {
            if batch.ask(oids, self.limit, &mut delivered, take).is_ok() {
                return Ok(());
            }
            *child = None;
        }
        let mut batch = Batch::start(&self.runner, &["cat-file", "--batch"])?;
        batch.ask(oids, self.limit, &mut delivered, take).map_err(|error| died(&error))?;
        *child = Some(batch);
        Ok(())
    }

    /// Many blobs, handed over in the order of `oids`.
    ///
    /// # Errors
    /// When git cannot be started or dies; what it delivered until then has been handed over.
    pub fn read_many(&self, oids: &[&str], mut take: impl FnMut(usize, Object)) -> Result<(), GitError> {
        if oids.len() <= FEW {
            return self.read_few(oids, &mut take);
        }
        let mut batch = Batch::start(&self.runner, &["cat-file", "--batch", "--buffer"])?;
        let stdin = batch.stdin.take();
        let answers = std::thread::scope(|scope| {
            // Questions and answers each fill a pipe: written and read at the same time.
            scope.spawn(move || {
                let Some(stdin) = stdin else { return };
                let mut stdin = BufWriter::new(stdin);
                for oid in oids {
                    if writeln!(stdin, "{oid}").is_err() {
                        // git is gone; the reader notices.
                        return;
                    }
                }
                let _ = stdin.flush();
            });
            for position in 0..oids.len() {
                match answer(&mut batch.stdout, self.limit) {
                    Ok(object) => take(position, object),
                    Err(error) => {
                        // The writer must not wait for a git that nobody reads from.
                        batch.end();
                        return Err(error);
                    }
                }
            }
            Ok(())
        });
        answers.map_err(|error| died(&error))
    }
}

/// Blobs that are read while their owner goes on. What git does not deliver is missing from the answers.
#[derive(Debug)]
pub(crate) struct Ahead {
    stdin: BufWriter<ChildStdin>,
    answers: JoinHandle<Vec<Object>>,
}

impl Blobs {
    /// A git for questions that are asked one after the other, and answered together in the end.
    ///
    /// # Errors
    /// When git cannot be started.
    pub fn ahead(&self) -> Result<Ahead, GitError> {
        let limit = self.limit;
        let mut batch = Batch::start(&self.runner, &["cat-file", "--batch", "--buffer"])?;
        let stdin = batch.stdin.take().ok_or_else(|| died(&io::ErrorKind::BrokenPipe.into()))?;
        let answers = std::thread::spawn(move || {
            std::iter::from_fn(|| answer(&mut batch.stdout, limit).ok()).collect()
        });
        Ok(Ahead { stdin: BufWriter::new(stdin), answers })
    }
}

impl Ahead {
    /// Asks for a blob.
    ///
    /// # Errors
    /// When git is gone.
    pub fn ask(&mut self, oid: &str) -> io::Result<()> {
        writeln!(self.stdin, "{oid}")
    }

    /// The answers, in the order of the questions.
    pub fn answers(self) -> Vec<Object> {
        let Self { stdin, answers } = self;
        // Unwritten questions go out, and git sees the end of them.
        drop(stdin);
        answers.join().unwrap_or_default()
    }
}

impl Batch {
    fn start(runner: &Runner, args: &[&str]) -> Result<Self, GitError> {
        let mut command = runner.command(args)?;
        command.stdin(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().map_err(|error| runner.not_started(&command, &error))?;
        let stdin = child.stdin.take();
        match child.stdout.take() {
            Some(stdout) => Ok(Self { child: Some(child), stdin, stdout: BufReader::new(stdout) }),
            None => {
                end(child);
                Err(died(&io::Error::from(io::ErrorKind::BrokenPipe)))
            }
        }
    }

    /// Asks for those of `oids` behind the first that are `delivered`, and counts on. There must be no more than [`FEW`].
    fn ask(
        &mut self,
        oids: &[&str],
        limit: u64,
        delivered: &mut usize,
        take: &mut dyn FnMut(usize, Object),
    ) -> io::Result<()> {
        let rest = oids.get(*delivered..).unwrap_or_default();
        let questions: String = rest.iter().flat_map(|oid| [*oid, "\n"]).collect();
        self.stdin.as_mut().ok_or(io::ErrorKind::BrokenPipe)?.write_all(questions.as_bytes())?;
        while *delivered < oids.len() {
            let object = answer(&mut self.stdout, limit)?;
            take(*delivered, object);
            *delivered += 1;
        }
        Ok(())
    }

    fn end(&mut self) {
        if let Some(child) = self.child.take() {
            end(child);
        }
    }
}

impl Drop for Batch {
    fn drop(&mut self) {
        self.end();
    }
}

/// Reads `OID blob SIZE`, the content and a newline; or `OID missing`.
fn answer(stdout: &mut impl BufRead, limit: u64) -> io::Result<Object> {
    let mut header = String::new();
    if stdout.read_line(&mut header)? == 0 {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    let mut fields = header.trim_end().rsplit(' ');
    let Some(size) = fields.next().and_then(|size| size.parse::<u64>().ok()) else {
        return Ok(Object::Missing);
    };
    let is_blob = fields.next() == Some("blob");
    let mut content = stdout.by_ref().take(size);
    let object = if is_blob && size <= limit {
        let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or(0));
        content.read_to_end(&mut bytes)?;
        Object::Blob(bytes)
    } else {
        io::copy(&mut content, &mut io::sink())?;
        if is_blob { Object::TooLarge(size) } else { Object::Missing }
    };
    // A short content means that git died while it wrote: so is the newline missing.
    let mut newline = [0];
    stdout.read_exact(&mut newline)?;
    Ok(object)
}

fn died(error: &io::Error) -> GitError {
    GitError::Failed {
        command: "git cat-file --batch".to_owned(),
        stderr: format!("it ended too early: {error}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_keep_step() {
        let mut stdout =
            &b"a blob 3\n\n\0x\nb missing\nc tree 2\n..\nd blob 9\n123456789\ne blob 0\n\nf blob 4\nab"[..];
        let mut next = || answer(&mut stdout, 8).map_err(|error| error.kind());
        assert_eq!(next(), Ok(Object::Blob(b"\n\0x".to_vec())));
        assert_eq!(next(), Ok(Object::Missing));
        assert_eq!(next(), Ok(Object::Missing));
        assert_eq!(next(), Ok(Object::TooLarge(9)));
        assert_eq!(next(), Ok(Object::Blob(Vec::new())));
        assert_eq!(next(), Err(io::ErrorKind::UnexpectedEof));
    }

    /// A repository with these blobs, and their ids.
    fn repository(contents: &[&str]) -> (tempfile::TempDir, Runner, Vec<String>) {
        let folder = tempfile::tempdir().unwrap();
        let foreign =
            ["GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE", "GIT_COMMON_DIR", "GIT_OBJECT_DIRECTORY"];
        let runner = Runner::new(folder.path(), foreign.map(|name| (name, None)).to_vec());
        runner.read(["init", "-q"]).unwrap();
        let oids = contents.iter().map(|content| {
            std::fs::write(folder.path().join("blob"), content).unwrap();
            String::from_utf8(runner.read(["hash-object", "-w", "blob"]).unwrap()).unwrap().trim().to_owned()
        });
        let oids = oids.collect();
        (folder, runner, oids)
    }

    #[test]
    fn a_git_that_died_is_replaced() {
        let (_folder, runner, oids) = repository(&["one", "two"]);
        let blobs = Blobs { runner, limit: 100, child: Mutex::default() };
        let read = |oid: &str| blobs.read(oid).unwrap();
        assert_eq!(read(&oids[0]), Object::Blob(b"one".to_vec()));
        blobs.child.lock().unwrap().as_mut().unwrap().child.as_mut().unwrap().kill().unwrap();
        assert_eq!(read(&oids[1]), Object::Blob(b"two".to_vec()));
        assert_eq!(read("0123456789012345678901234567890123456789"), Object::Missing);
        assert_eq!(read(&oids[0]), Object::Blob(b"one".to_vec()));
    }

    #[test]
    fn a_repository_that_vanished_is_an_error_and_no_hang() {
        let (folder, runner, oids) = repository(&["one"]);
        let blobs = Blobs { runner, limit: 100, child: Mutex::default() };
        std::fs::remove_dir_all(folder.path().join(".git")).unwrap();
        assert!(matches!(blobs.read(&oids[0]), Err(GitError::Failed { .. })));
        let many = vec![oids[0].as_str(); 10_000];
        let mut delivered = 0;
        assert!(blobs.read_many(&many, |_, _| delivered += 1).is_err());
        assert_eq!(delivered, 0);
    }
}
