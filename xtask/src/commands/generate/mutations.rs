//! The list of mutations, `xtask/tests/mutations/<group>.txt`: how the reference monorepo is broken, one fact at a
//! time, and where that is found. `tests/suite/mutations.rs` proves it; `generate` prints it as docs/mutations.md.
//!
//! ```text
//! # dev/sync-base
//! The repository is written `.`, as everywhere else in the manifest.
//! fix: safe, as before
//! @@ .okteto/okteto.yml
//! -      - ..:/app
//! +      - .:/app
//! ?        ^
//! ```
//!
//! The rule that finds it, and no other; the fact in a sentence; what `fix` makes of it (by default nothing); the
//! change as a diff, whose lines stand in the file exactly once. A line with `?` marks the finding under its
//! characters, below `@@` itself when something is missing from the file. The other headers are `PATH (new)`,
//! `PATH (deleted)`, `PATH (copy of OTHER)`, `PATH (link to TARGET)`, `OLD -> NEW`, and, for what only the laptop has, `PATH (disk)` or
//! `PATH (disk, 300 MB)`.

/// One broken fact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mutation {
    /// Id of the rule that finds it.
    pub rule: String,
    /// What is broken, in a sentence.
    pub fact: String,
    /// What `fix` makes of it; `None` when it is left to a person.
    pub fix: Option<Fix>,
    /// What is done to the files, in order.
    pub changes: Vec<Change>,
}

/// What becomes of the finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fix {
    /// Whether `fix` does it without `--unsafe`.
    pub safe: bool,
    /// Whether the repository then reads as before the mutation.
    pub as_before: bool,
}

/// One change of one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The file, or a folder that is deleted or renamed.
    pub path: String,
    /// What is done to it.
    pub kind: Kind,
    /// The lines that are there.
    pub before: Vec<String>,
    /// The lines that take their place.
    pub after: Vec<String>,
    /// The findings in this file.
    pub marks: Vec<Mark>,
}

/// What is done to a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Lines are replaced; without any difference the change only carries a mark.
    Edit,
    /// It is created.
    Create,
    /// It is deleted, as is everything below it.
    Delete,
    /// It is renamed from this path, as is everything below it.
    Rename(String),
    /// It becomes a copy of another one.
    Copy(String),
    /// It becomes a symbolic link.
    Link(String),
    /// It is put on the laptop, unknown to git; filled up to so many megabytes.
    Disk(u64),
}

/// Where a finding is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// 1-based line of [`Change::after`]; 0 when something is missing from the file.
    pub line: usize,
    /// 1-based column of its first character.
    pub column: usize,
    /// Number of characters, on the first line of a longer finding.
    pub length: usize,
}

impl Mutation {
    /// The files with findings, and the marked lines of each.
    pub fn found(&self) -> impl Iterator<Item = (&str, Option<&str>)> {
        self.changes.iter().flat_map(|change| {
            let line = |mark: &Mark| Some(change.after.get(mark.line.checked_sub(1)?)?.trim());
            change.marks.iter().map(move |mark| (change.path.as_str(), line(mark)))
        })
    }
}

/// Reads a list.
///
/// # Errors
/// The line that is not understood.
pub fn parse(text: &str) -> Result<Vec<Mutation>, String> {
    let mut mutations: Vec<Mutation> = Vec::new();
    for line in text.lines() {
        if let Some(rule) = line.strip_prefix("# ") {
            let rule = rule.trim().to_owned();
            mutations.push(Mutation { rule, fact: String::new(), fix: None, changes: Vec::new() });
            continue;
        }
        let mutation = mutations.last_mut().ok_or_else(|| format!("before the first mutation: {line}"))?;
        read_line(mutation, line).ok_or_else(|| format!("{}: {line}", mutation.rule))?;
    }
    Ok(mutations)
}

fn read_line(mutation: &mut Mutation, line: &str) -> Option<()> {
    if let Some(header) = line.strip_prefix("@@ ") {
        mutation.changes.push(change(header)?);
        return Some(());
    }
    if let Some(change) = mutation.changes.last_mut() {
        return read_change(change, line);
    }
    match line.strip_prefix("fix: ") {
        Some(fix) => mutation.fix = Some(self::fix(fix)?),
        None if mutation.fact.is_empty() => line.clone_into(&mut mutation.fact),
        None => mutation.fact = format!("{} {line}", mutation.fact),
    }
    Some(())
}

fn fix(text: &str) -> Option<Fix> {
    let (safety, as_before) = match text.strip_suffix(", as before") {
        Some(safety) => (safety, true),
        None => (text, false),
    };
    matches!(safety, "safe" | "unsafe").then_some(Fix { safe: safety == "safe", as_before })
}

fn change(header: &str) -> Option<Change> {
    let (path, kind) = if let Some((old, new)) = header.split_once(" -> ") {
        (new, Kind::Rename(old.to_owned()))
    } else if let Some((path, rest)) = header.split_once(" (") {
        let kind = match rest.strip_suffix(')')? {
            "new" => Kind::Create,
            "deleted" => Kind::Delete,
            "disk" => Kind::Disk(0),
            other => match other.strip_prefix("disk, ").and_then(|size| size.strip_suffix(" MB")) {
                Some(megabytes) => Kind::Disk(megabytes.parse().ok()?),
                None => match other.strip_prefix("copy of ") {
                    Some(original) => Kind::Copy(original.to_owned()),
                    None => Kind::Link(other.strip_prefix("link to ")?.to_owned()),
                },
            },
        };
        (path, kind)
    } else {
        (header, Kind::Edit)
    };
    let path = path.to_owned();
    Some(Change { path, kind, before: Vec::new(), after: Vec::new(), marks: Vec::new() })
}

fn read_change(change: &mut Change, line: &str) -> Option<()> {
    if line.is_empty() {
        // Between two mutations.
        return Some(());
    }
    let (sign, text) = line.split_at_checked(1)?;
    match sign {
        " " => {
            change.before.push(text.to_owned());
            change.after.push(text.to_owned());
        }
        "-" => change.before.push(text.to_owned()),
        "+" => change.after.push(text.to_owned()),
        "?" => {
            let carets = text.trim_start();
            let (column, length) = (text.chars().count() - carets.chars().count() + 1, carets.chars().count());
            change.marks.push(Mark { line: change.after.len(), column, length });
            return carets.chars().all(|caret| caret == '^').then_some(());
        }
        _ => return None,
    }
    Some(())
}
