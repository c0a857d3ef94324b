//! `cargo xtask why`

mod human;
mod repository;

use super::terminal::Terminal;
use super::{Exit, UsageError, json, open, why_file};
use crate::cli::{AnswerFormat, Global, Why};
use crate::snapshot::MAX_BYTES;
use crate::syntax::ignore::Dialect;
use crate::syntax::ignore::oktetoignore::Section;
use crate::syntax::ignore::stignore::Include;
use anyhow::Context;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

/// Answers for each path, in the order asked.
pub fn run(global: &Global, args: &Why, terminal: &Terminal) -> anyhow::Result<Exit> {
    let paths = questions(args)?;
    let text = match (&args.ignore_file, args.dialect) {
        (Some(file), Some(dialect)) => {
            let answer = ask_file(args, file, dialect, &paths)?;
            match args.format {
                AnswerFormat::Json => json(&answer)?,
                AnswerFormat::Human => human::file_answer(&answer, file, terminal.style()),
            }
        }
        _ => {
            let git = open::repository(global)?;
            let answer = repository::answer(&git, global, &paths)?;
            match args.format {
                AnswerFormat::Json => json(&answer)?,
                AnswerFormat::Human => human::repository_answer(&answer, terminal.style()),
            }
        }
    };
    terminal.out(&text);
    Ok(Exit::Clean)
}

/// The paths of the command line, then those of standard input. Bytes that are no UTF-8 match nothing and are
/// shown as U+FFFD.
fn questions(args: &Why) -> anyhow::Result<Vec<String>> {
    let mut paths: Vec<String> = args.paths.iter().map(|path| path.to_string_lossy().into_owned()).collect();
    if args.stdin {
        let mut input = Vec::new();
        std::io::stdin().lock().read_to_end(&mut input).context("cannot read the paths on standard input")?;
        let end = if args.null { b'\0' } else { b'\n' };
        let input = input.strip_suffix(&[end]).unwrap_or(&input);
        if !input.is_empty() {
            let records = input.split(|byte| *byte == end);
            paths.extend(records.map(|path| String::from_utf8_lossy(path).into_owned()));
        }
    }
    Ok(paths)
}

fn ask_file(args: &Why, file: &Path, dialect: Dialect, paths: &[String]) -> anyhow::Result<why_file::Answer> {
    let bytes = read_bounded(file)
        .map_err(|error| UsageError(format!("--ignore-file: cannot read `{}`: {error}", file.display())))?;
    let includes = Includes::beside(file)?;
    let question = why_file::Question {
        dialect,
        name: &includes.name,
        bytes: &bytes,
        section: args.section.clone().unwrap_or(Section::Deploy),
        platform: args.platform.unwrap_or_default(),
    };
    let mut resolve = |from: &str, name: &str| includes.read(from, name);
    Ok(why_file::answer(&question, &mut resolve, paths.iter().map(String::as_str)))
}

/// The bytes of a file, or of a pipe, of at most [`MAX_BYTES`].
fn read_bounded(path: &Path) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(MAX_BYTES + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(std::io::Error::other(format!("more than {MAX_BYTES} bytes are not read")));
    }
    Ok(bytes)
}

/// Reads what a `.stignore` includes: beside it, and never outside the repository or, without one, the folder.
struct Includes {
    /// Name of the file; includes are shown relative to its folder.
    name: String,
    folder: PathBuf,
    /// Nothing is read outside of it.
    boundary: PathBuf,
}

impl Includes {
    fn beside(file: &Path) -> anyhow::Result<Self> {
        let name = file.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
        let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
        let folder = folder.unwrap_or_else(|| Path::new("."));
        let folder = folder
            .canonicalize()
            .with_context(|| format!("cannot tell the folder of `{}`", file.display()))?;
        let repository = folder.ancestors().find(|ancestor| ancestor.join(".git").exists());
        let boundary = repository.unwrap_or(&folder).to_owned();
        Ok(Self { name, folder, boundary })
    }

    fn read(&self, from: &str, name: &str) -> Result<Include, String> {
        let not_found = || "file not found".to_owned();
        let including = if from == self.name { self.folder.join(&self.name) } else { PathBuf::from(from) };
        let path = join(including.parent().unwrap_or(&self.folder), name);
        let real = path.canonicalize().map_err(|_| not_found())?;
        if !real.starts_with(&self.boundary) {
            return Err(format!("it lies outside of {}, where nothing is read", self.boundary.display()));
        }
        // To open a pipe would wait for a writer.
        if !real.is_file() {
            return Err("it is not a regular file".to_owned());
        }
        let bytes = read_bounded(&real).map_err(|error| error.to_string())?;
        let key = path.to_string_lossy().into_owned();
        Ok(Include { key, text: String::from_utf8_lossy(&bytes).into_owned() })
    }
}

/// `filepath.Join` of Go: lexical, and an absolute name is taken below the folder too.
fn join(folder: &Path, name: &str) -> PathBuf {
    let mut joined = folder.to_owned();
    for part in name.split('/') {
        match part {
            "" | "." => {}
            ".." => _ = joined.pop(),
            part => joined.push(part),
        }
    }
    joined
}
