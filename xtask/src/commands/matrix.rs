//! `cargo xtask matrix`

mod human;

use super::laptop::{self, Laptop};
use super::terminal::Terminal;
use super::{Exit, json, open};
use crate::cli::{AnswerFormat, Global, Matrix, TreeChoice};
use crate::model::classes::{Classes, Probe};
use crate::model::context::{BuildContext, Builder, RemoteContext};
use crate::model::synced::SyncFolder;
use crate::model::verdict::Verdict;
use crate::source::RepoPath;
use serde::Serialize;

/// The answer; its JSON form is versioned.
#[derive(Debug, Serialize)]
pub struct Answer {
    /// Version of this form.
    pub version: u32,
    /// What takes files, each under rules of its own.
    pub columns: Vec<Column>,
    /// Each path at which a class of files occurs, or will, by class.
    pub rows: Vec<Row>,
}

/// Something that takes files.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Column {
    /// `git`, `sync`, `build` or `remote`.
    pub kind: &'static str,
    /// Dev containers, builds or runs.
    pub names: Vec<String>,
    /// For builds, whose rules these are.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub builders: Vec<&'static str>,
    /// The folder that it takes.
    pub root: String,
    /// The ignore file in force; none when everything is taken, and for git, which has one in many folders.
    pub file: Option<String>,
}

/// A path with its verdicts.
#[derive(Clone, Debug, Serialize)]
pub struct Row {
    /// The class.
    pub class: &'static str,
    /// The pattern that people write for the kind of file.
    pub kind: &'static str,
    /// The path.
    pub path: String,
    /// Whether it is a folder.
    pub is_dir: bool,
    /// One for each column; none where the path lies outside of what the column takes.
    pub cells: Vec<Option<Cell>>,
}

/// A verdict.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Cell {
    /// Whether the path is left out.
    pub ignored: bool,
    /// The file that decided.
    pub file: Option<String>,
    /// 1-based.
    pub line: Option<usize>,
    /// The deciding pattern; none when no line matched, or for names that are built into the tool.
    pub pattern: Option<String>,
}

/// What answers for a column.
enum Judge<'a> {
    Git(&'a Laptop),
    Sync(&'a SyncFolder),
    Build(&'a BuildContext, Builder),
    Remote(&'a RemoteContext),
}

/// Asks everything in force about all classes of files.
pub fn run(global: &Global, args: &Matrix, terminal: &Terminal) -> anyhow::Result<Exit> {
    let git = open::repository(global)?;
    let laptop = Laptop::load(
        &git,
        open::snapshot(&git, &TreeChoice::default())?,
        laptop::global_excludes(&git).as_deref(),
    )?;
    let answer = answer(&laptop);
    terminal.out(&match args.format {
        AnswerFormat::Json => json(&answer)?,
        AnswerFormat::Human => human::render(&answer, terminal.style(), terminal.width().unwrap_or(120)),
    });
    Ok(Exit::Clean)
}

fn answer(laptop: &Laptop) -> Answer {
    let workspace = laptop.facts.workspace();
    let classes =
        Classes::find(laptop.files(), workspace, &laptop.gitignores, &laptop.synced, &laptop.contexts);
    let (columns, judges): (Vec<Column>, Vec<Judge<'_>>) = columns(laptop).into_iter().unzip();
    let row = |probe: &Probe| Row {
        class: probe.class.name(),
        kind: probe.pattern,
        path: probe.path.to_string(),
        is_dir: probe.is_dir,
        cells: judges.iter().map(|judge| judge.verdict(probe).map(Cell::from)).collect(),
    };
    let mut answer = Answer { version: 1, columns, rows: classes.probes.iter().map(row).collect() };
    answer.join_equal_columns();
    answer
}

fn columns(laptop: &Laptop) -> Vec<(Column, Judge<'_>)> {
    let column = |kind, names, root: &RepoPath, file: Option<&RepoPath>| Column {
        kind,
        names,
        builders: Vec::new(),
        root: root.to_string(),
        file: file.map(ToString::to_string),
    };
    let mut columns = vec![(column("git", Vec::new(), &RepoPath::root(), None), Judge::Git(laptop))];
    for folder in &laptop.synced.folders {
        let mut names: Vec<String> = folder.users.iter().map(|user| user.dev.clone()).collect();
        names.dedup();
        let file = folder.stignore.file().map(|file| &file.source.path);
        columns.push((column("sync", names, &folder.path, file), Judge::Sync(folder)));
    }
    for build in &laptop.contexts.builds {
        for builder in Builder::ALL {
            let file = build.ignore_file(builder).file().map(|file| &file.source.path);
            let mut column = column("build", vec![build.name.clone()], &build.context, file);
            column.builders.push(builder.name());
            columns.push((column, Judge::Build(build, builder)));
        }
    }
    for run in laptop.contexts.remotes.iter().filter(|run| run.is_remote) {
        let file = run.ignore_file.file().map(|file| &file.source.path);
        let names = vec![run.section.to_string()];
        columns.push((column("remote", names, &run.context, file), Judge::Remote(run)));
    }
    columns
}

impl Judge<'_> {
    /// The verdict on what the probe is about: for a folder, on a file in it.
    fn verdict(&self, probe: &Probe) -> Option<Verdict> {
        match self {
            // git never takes its own folder.
            Self::Git(_) if probe.pattern == ".git" => None,
            Self::Git(laptop) => Some(laptop.gitignores.verdict(&probe.sample, false)),
            Self::Sync(folder) => folder.verdict(&probe.sample),
            Self::Build(build, builder) => build.verdict(*builder, &probe.sample),
            Self::Remote(run) => run.verdict(&probe.sample),
        }
    }
}

impl From<Verdict> for Cell {
    fn from(verdict: Verdict) -> Self {
        let by = verdict.decided_by;
        Self {
            ignored: verdict.ignored,
            file: by.as_ref().map(|by| by.file.to_string()),
            line: by.as_ref().map(|by| by.rule.line),
            pattern: by.map(|by| by.rule.pattern),
        }
    }
}

impl Answer {
    /// Columns of one kind that take the same folder and agree in every cell are one.
    fn join_equal_columns(&mut self) {
        let mut index = 0;
        while index < self.columns.len() {
            let twin = (0..index).find(|other| self.are_equal(*other, index));
            let Some(twin) = twin else {
                index += 1;
                continue;
            };
            let removed = self.columns.remove(index);
            if let Some(kept) = self.columns.get_mut(twin) {
                join(&mut kept.names, removed.names);
                join(&mut kept.builders, removed.builders);
            }
            for row in &mut self.rows {
                row.cells.remove(index);
            }
        }
    }

    fn are_equal(&self, one: usize, other: usize) -> bool {
        let (Some(left), Some(right)) = (self.columns.get(one), self.columns.get(other)) else {
            return false;
        };
        (left.kind, &left.root, &left.file) == (right.kind, &right.root, &right.file)
            && self.rows.iter().all(|row| row.cells.get(one) == row.cells.get(other))
    }
}

fn join<T: PartialEq>(all: &mut Vec<T>, more: Vec<T>) {
    for one in more {
        if !all.contains(&one) {
            all.push(one);
        }
    }
}
