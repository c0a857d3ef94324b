//! Answers for people: a few aligned lines for each path.

use super::repository::{Answer, Decision, PathAnswer};
use crate::commands::paint::{bold, dim, green, visible, yellow};
use crate::commands::why_file;
use crate::report::Style;
use std::path::Path;

/// What a line says, and about whom.
struct Row {
    topic: &'static str,
    word: &'static str,
    /// The deciding line.
    because: String,
    who: Vec<String>,
    left_out: bool,
    /// Whether `because` is an error.
    failed: bool,
}

/// The answer for the repository.
pub fn repository_answer(answer: &Answer, style: Style) -> String {
    answer.results.iter().map(|result| path_answer(result, style)).collect::<Vec<_>>().join("\n")
}

fn path_answer(result: &PathAnswer, style: Style) -> String {
    let slash = if result.is_dir && result.path != "." { "/" } else { "" };
    let absent = if result.exists { "" } else { "  (not there; this is what would happen)" };
    let mut text =
        format!("{}{}\n", bold(style, &format!("{}{slash}", visible(&result.path))), dim(style, absent));
    let rows = rows(result);
    let words = width(rows.iter().map(|row| row.word));
    // A long error does not move the other names away.
    let reasons = width(rows.iter().filter(|row| !row.failed).map(|row| row.because.as_str()));
    let mut topic = "";
    for row in &rows {
        let shown = if row.topic == topic { "" } else { row.topic };
        topic = row.topic;
        let word = format!("{:words$}", row.word);
        let word = if row.left_out { green(style, &word) } else { yellow(style, &word) };
        let because = format!("{:reasons$}", row.because);
        let line = format!("  {shown:<7} {word}  {because}  {}", dim(style, &row.who.join(", ")));
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

fn rows(result: &PathAnswer) -> Vec<Row> {
    let git = &result.git;
    let word = match (git.tracked, git.decision.ignored) {
        (true, false) => "tracked",
        (true, true) => "tracked, though ignored",
        (false, true) => "ignored",
        (false, false) => "not ignored",
    };
    let mut rows = vec![row("git", word, &git.decision, git.decision.ignored, String::new())];
    for sync in &result.sync {
        let word = match (sync.decision.ignored, sync.cluster_ignored) {
            (true, true) => "not synced",
            (false, false) => "synced",
            (true, false) => "not synced from here, but from the pod",
            (false, true) => "synced from here, but ignored in the pod",
        };
        let who = match sync.macos_ignored == sync.decision.ignored {
            true => sync.dev.clone(),
            false if sync.macos_ignored => format!("{} (not synced from macOS)", sync.dev),
            false => format!("{} (synced from macOS)", sync.dev),
        };
        add(&mut rows, row("sync", word, &sync.decision, sync.decision.ignored, who));
    }
    for pair in result.builds.chunks(2) {
        // Every build stands twice, for Okteto and for Docker.
        let agree =
            pair.windows(2).all(|both| matches!(both, [one, other] if one.decision == other.decision));
        for build in pair.iter().take(if agree { 1 } else { 2 }) {
            let who =
                if agree { build.build.clone() } else { format!("{} by {}", build.build, build.builder) };
            add(
                &mut rows,
                row("builds", sent(&build.decision), &build.decision, build.decision.ignored, who),
            );
        }
    }
    for run in &result.remote {
        let decision = &run.decision;
        add(&mut rows, row("remote", sent(decision), decision, decision.ignored, run.section.clone()));
    }
    rows
}

const fn sent(decision: &Decision) -> &'static str {
    if decision.ignored { "not sent" } else { "sent" }
}

fn row(topic: &'static str, word: &'static str, decision: &Decision, left_out: bool, who: String) -> Row {
    let because = match (&decision.error, &decision.file, decision.line, &decision.pattern) {
        (Some(error), ..) => visible(error),
        (None, Some(file), Some(line), Some(pattern)) => visible(&format!("{file}:{line}: {pattern}")),
        _ => "no line decides".to_owned(),
    };
    let who = if who.is_empty() { Vec::new() } else { vec![who] };
    Row { topic, word, because, who, left_out, failed: decision.error.is_some() }
}

/// Adds a row, or its names to an equal one.
fn add(rows: &mut Vec<Row>, row: Row) {
    let same = rows
        .iter_mut()
        .find(|other| other.topic == row.topic && other.word == row.word && other.because == row.because);
    match same {
        Some(other) => {
            other.who.extend(row.who.into_iter().filter(|name| !other.who.contains(name)).collect::<Vec<_>>())
        }
        None => rows.push(row),
    }
}

/// The answer of one file.
pub fn file_answer(answer: &why_file::Answer, file: &Path, style: Style) -> String {
    let mut text = String::new();
    if let Some(error) = &answer.error {
        text.push_str(&format!(
            "{}: {}\n",
            bold(style, &visible(&file.display().to_string())),
            visible(error)
        ));
    }
    for result in &answer.results {
        let slash = if result.is_dir { "/" } else { "" };
        let word = if result.ignored { green(style, "ignored") } else { yellow(style, "kept   ") };
        let because = match (&result.error, result.line, &result.pattern) {
            (Some(error), ..) => visible(error),
            (None, Some(line), Some(pattern)) => visible(&format!("{}:{line}: {pattern}", file.display())),
            _ => String::new(),
        };
        let line = format!("{word}  {}{slash}  {}", visible(&result.path), dim(style, &because));
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

fn width<'a>(texts: impl Iterator<Item = &'a str>) -> usize {
    texts.map(|text| text.chars().count()).max().unwrap_or(0)
}
