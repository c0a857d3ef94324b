//! Examples of rule pages: reading them, and holding a rule to them.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use xtask::config::{Config, KnownRules, PATH};
use xtask::diagnostic::{Diagnostic, Edit, Severity};
use xtask::engine::{self, Selection};
use xtask::facts::Facts;
use xtask::rules::{self, Rule};
use xtask::snapshot::{Disk, MemoryEntry, Snapshot};
use xtask::source::{LineIndex, RepoPath, SourceFile, Span};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Bad,
    Fixed,
    Good,
}

const UNTRACKED: &str = " (untracked)";

#[derive(Debug)]
pub struct Example {
    pub kind: Kind,
    pub title: String,
    /// Text of each file without its marks; `None` for a deleted one. Paths that git does not track end in
    /// [`UNTRACKED`].
    pub files: BTreeMap<String, Option<String>>,
    /// Files of the laptop that git ignores.
    pub disk: BTreeMap<String, String>,
    pub marks: Vec<Mark>,
}

/// A marked place: path, 1-based line and column (line 0: something missing in the file), length, message.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mark {
    pub path: String,
    pub line: usize,
    pub column: usize,
    pub length: usize,
    pub message: String,
}

/// All examples of a page, in order.
pub fn parse(page: &str) -> Result<Vec<Example>, String> {
    let mut examples = Vec::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        let Some(heading) = line.strip_prefix("### ") else { continue };
        let (word, title) = heading.split_once(':').unwrap_or((heading, ""));
        let kind = match word.trim() {
            "Bad" => Kind::Bad,
            "Fixed" => Kind::Fixed,
            "Good" => Kind::Good,
            _ => continue,
        };
        let fence = lines.find(|line| line.starts_with("```")).ok_or("an example without a fence")?;
        let close: String = fence.chars().take_while(|character| *character == '`').collect();
        let body: Vec<&str> = lines.by_ref().take_while(|line| *line != close).collect();
        examples.push(example(kind, title.trim(), &body)?);
    }
    Ok(examples)
}

fn example(kind: Kind, title: &str, body: &[&str]) -> Result<Example, String> {
    let mut example = Example {
        kind,
        title: title.to_owned(),
        files: BTreeMap::new(),
        disk: BTreeMap::new(),
        marks: Vec::new(),
    };
    let mut current: Option<(String, bool, String)> = None;
    for line in body {
        let header = line.strip_prefix("-- ").and_then(|rest| rest.strip_suffix(" --"));
        if let Some(header) = header {
            store(&mut example, current.take());
            match header.strip_suffix(" (deleted)") {
                Some(path) => {
                    example.files.insert(path.to_owned(), None);
                }
                None => {
                    let (path, disk) =
                        header.strip_suffix(" (disk)").map_or((header, false), |path| (path, true));
                    current = Some((path.to_owned(), disk, String::new()));
                }
            }
            continue;
        }
        let (path, _, text) = current.as_mut().ok_or("text before the first `-- path --`")?;
        match mark(line).filter(|_| kind == Kind::Bad) {
            Some((column, length, message)) => {
                let line = text.matches('\n').count();
                let path = path.strip_suffix(UNTRACKED).unwrap_or(path).to_owned();
                example.marks.push(Mark { path, line, column, length, message });
            }
            None => {
                text.push_str(line);
                text.push('\n');
            }
        }
    }
    store(&mut example, current);
    Ok(example)
}

fn store(example: &mut Example, file: Option<(String, bool, String)>) {
    match file {
        Some((path, true, text)) => {
            example.disk.insert(path, text);
        }
        Some((path, false, text)) => {
            example.files.insert(path, Some(text));
        }
        None => {}
    }
}

/// `   ^^^ message`
fn mark(line: &str) -> Option<(usize, usize, String)> {
    let rest = line.trim_start();
    let carets = rest.chars().take_while(|character| *character == '^').count();
    let message = rest.get(carets..)?.strip_prefix(' ')?;
    (carets > 0).then(|| (line.chars().count() - rest.chars().count() + 1, carets, message.to_owned()))
}

/// Runs the rule on the example.
pub fn hold(rule: &'static Rule, example: &Example, fixed: Option<&Example>) -> Result<(), String> {
    if example.kind == Kind::Fixed {
        return Ok(());
    }
    let found = run(rule, &example.files, &example.disk)?;
    let mut marks: Vec<Mark> = found.iter().map(|diagnostic| as_mark(diagnostic, &example.files)).collect();
    let mut expected = example.marks.clone();
    marks.sort();
    expected.sort();
    if marks != expected {
        let mut text = String::new();
        for mark in expected.iter().filter(|mark| !marks.contains(mark)) {
            let _ = writeln!(text, "  missing    {mark:?}");
        }
        for mark in marks.iter().filter(|mark| !expected.contains(mark)) {
            let _ = writeln!(text, "  unexpected {mark:?}");
        }
        return Err(text);
    }
    if let Some(fixed) = fixed {
        return hold_fix(rule, example, fixed);
    }
    Ok(())
}

/// Applies fixes, one a pass, until none is left; the outcome must be the Fixed example, and clean.
fn hold_fix(rule: &'static Rule, example: &Example, fixed: &Example) -> Result<(), String> {
    let mut files = example.files.clone();
    for _ in 0..50 {
        let found = run(rule, &files, &example.disk)?;
        let Some(fix) = found.into_iter().find_map(|diagnostic| diagnostic.fix) else { break };
        apply(&mut files, &fix.edits)?;
    }
    let mut expected = example.files.clone();
    expected.extend(fixed.files.clone());
    expected.retain(|_, text| text.is_some());
    files.retain(|_, text| text.is_some());
    if files != expected {
        let mut text = String::new();
        for (path, wanted) in &expected {
            if files.get(path) != Some(wanted) {
                let got = files.get(path).and_then(Option::as_ref);
                let _ = writeln!(
                    text,
                    "  {path} should be\n{}\n  but is\n{}",
                    wanted.as_deref().unwrap_or_default(),
                    got.map_or("(absent)", String::as_str)
                );
            }
        }
        for path in files.keys().filter(|path| !expected.contains_key(*path)) {
            let _ = writeln!(text, "  {path} should not be there:\n{}", files[path].as_deref().unwrap_or(""));
        }
        return Err(text);
    }
    let left: Vec<Diagnostic> = run(rule, &files, &example.disk)?;
    let unfixed = example.marks.len().min(left.len());
    match left.iter().find(|diagnostic| diagnostic.fix.is_some()) {
        Some(diagnostic) => {
            Err(format!("  after the fix there is still: {} ({unfixed})", diagnostic.message))
        }
        None => Ok(()),
    }
}

fn apply(files: &mut BTreeMap<String, Option<String>>, edits: &[Edit]) -> Result<(), String> {
    let mut replacements: BTreeMap<String, Vec<(Span, &str)>> = BTreeMap::new();
    for edit in edits {
        match edit {
            Edit::Replace { place, text } => {
                replacements.entry(place.path.as_str().to_owned()).or_default().push((place.span, text));
            }
            Edit::Create { path, text } => {
                files.insert(path.as_str().to_owned(), Some(text.clone()));
            }
            Edit::Delete { path } => {
                files.insert(path.as_str().to_owned(), None);
            }
        }
    }
    for (path, mut edits) in replacements {
        let text = files.get_mut(&path).and_then(Option::as_mut).ok_or("an edit of a missing file")?;
        edits.sort_by_key(|(span, _)| std::cmp::Reverse(*span));
        for (span, replacement) in edits {
            text.replace_range(span.start..span.end, replacement);
        }
    }
    Ok(())
}

/// The rule's findings on a tree, of every severity.
pub fn run(
    rule: &'static Rule,
    files: &BTreeMap<String, Option<String>>,
    disk: &BTreeMap<String, String>,
) -> Result<Vec<Diagnostic>, String> {
    let present = files.iter().filter_map(|(path, text)| {
        let content = text.clone()?.into_bytes();
        Some(match path.strip_suffix(UNTRACKED) {
            Some(path) => (path.to_owned(), MemoryEntry::Untracked(content)),
            None => (path.clone(), MemoryEntry::File(content)),
        })
    });
    let tree = Snapshot::memory_with(present);
    let ids: Vec<&str> = rules::all().map(|rule| rule.id).collect();
    let config = match tree.source(&RepoPath::new(PATH)) {
        Ok(file) => {
            let (config, errors) = Config::parse(file, KnownRules { ids: &ids });
            // The rules about the configuration itself show its errors.
            if rule.id == "check/config" || rule.id == "check/unknown-rule" {
                return Ok(errors.into_iter().filter(|error| error.rule == rule.id).collect());
            }
            if let Some(error) = errors.first() {
                return Err(format!("  configuration: {}", error.message));
            }
            config
        }
        Err(_) => Config::default(),
    };
    let laptop = tempfile::tempdir().map_err(|error| error.to_string())?;
    let everything = files.iter().filter_map(|(path, text)| Some((path, text.as_ref()?)));
    for (path, text) in everything.chain(disk) {
        let target = laptop.path().join(path);
        std::fs::create_dir_all(target.parent().unwrap()).map_err(|error| error.to_string())?;
        std::fs::write(target, text).map_err(|error| error.to_string())?;
    }
    let facts = Facts::new(tree, Some(Disk::at(laptop.path())), config);
    // Complaints about permissions need the rules that the permissions name.
    let everything = matches!(rule.id, "check/unused-suppression" | "check/unknown-rule");
    let rules = if everything { rules::all().collect() } else { vec![rule] };
    let selection = Selection { rules, level: Severity::Note, named: true, paths: Vec::new() };
    let outcome = engine::run(&facts, &selection);
    if let Some(error) = outcome.report.errors.first() {
        return Err(format!("  panicked: {} {}", error.rule, error.message));
    }
    Ok(outcome.report.diagnostics.into_iter().filter(|diagnostic| diagnostic.rule == rule.id).collect())
}

fn as_mark(diagnostic: &Diagnostic, files: &BTreeMap<String, Option<String>>) -> Mark {
    let path = diagnostic.place.path.as_str().to_owned();
    let message = diagnostic.message.clone();
    let text = files.get(&path).and_then(Option::as_deref).unwrap_or("");
    let file = SourceFile::new(RepoPath::new(&path), text);
    if diagnostic.place.span == Span::at(0) {
        return Mark { path, line: 0, column: 1, length: 1, message };
    }
    let start = LineIndex::new(&file.text).position(&file.text, diagnostic.place.span.start);
    // A span over several lines is marked on its first one.
    let first = diagnostic.place.span.slice(text).lines().next().unwrap_or("");
    Mark { path, line: start.line, column: start.column, length: first.chars().count().max(1), message }
}
