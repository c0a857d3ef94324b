//! A plan as bars.

use super::{Answer, Sent};
use crate::commands::paint::{bold, dim, visible};
use crate::report::Style;
use std::fmt::Write as _;

/// Lines that keep something back, shown at most.
const MAX_LINES: usize = 8;
/// Folders shown at most.
const MAX_FOLDERS: usize = 10;

/// The plans, one after the other.
pub fn render(answer: &Answer, style: Style, width: usize) -> String {
    if answer.plans.is_empty() {
        return match answer.kind {
            "sync" => "no dev container syncs a folder of this repository\n".to_owned(),
            "context" => "no build has a folder of this repository as its context\n".to_owned(),
            _ => "no manifest has a remote deploy or destroy, or a test\n".to_owned(),
        };
    }
    let plans = answer.plans.iter().map(|plan| one(answer.kind, plan, style, width));
    plans.collect::<Vec<_>>().join("\n")
}

fn one(kind: &str, plan: &Sent, style: Style, width: usize) -> String {
    let mut text = format!("{}\n", title(kind, plan, style));
    if let Some(error) = &plan.error {
        let _ = writeln!(text, "  {}", bold(style, &format!("fails: {error}")));
    }
    let verb = if kind == "sync" { "synced" } else { "sent" };
    let walked = &plan.walked;
    let _ = writeln!(
        text,
        "  {} {verb}, {} kept out",
        amount(walked.sent.files, walked.sent.bytes),
        amount(walked.ignored.files, walked.ignored.bytes),
    );
    folders(&mut text, plan, style, width);
    lines(&mut text, plan, style);
    text
}

fn title(kind: &str, plan: &Sent, style: Style) -> String {
    let names = bold(style, &plan.names.join(", "));
    let root = if plan.root == "." { "the repository".to_owned() } else { visible(&plan.root) };
    let by = match (&plan.ignore_file, plan.builders.as_slice()) {
        (Some(file), [builder]) => format!("{file}, as {builder} chooses it"),
        (Some(file), _) => file.clone(),
        (None, [builder]) => format!("no ignore file, as {builder} chooses"),
        (None, _) => "no ignore file".to_owned(),
    };
    let verb = match (kind, plan.names.len()) {
        ("sync", 1) => "syncs",
        ("sync", _) => "sync",
        (_, 1) => "gets",
        _ => "get",
    };
    format!("{names} {verb} {root} {}", dim(style, &format!("({by})")))
}

fn folders(text: &mut String, plan: &Sent, style: Style, width: usize) {
    let folders = plan.walked.folders.iter().take(MAX_FOLDERS).collect::<Vec<_>>();
    let label = |folder: &super::walk::Folder| match folder.only_files {
        true if folder.path == "." => "files at the top".to_owned(),
        true => format!("{}/*", visible(&folder.path)),
        false => visible(&folder.path),
    };
    let labels: Vec<String> = folders.iter().copied().map(label).collect();
    let longest = labels.iter().map(|label| label.chars().count()).max().unwrap_or(0);
    let heaviest = folders.iter().map(|folder| folder.tally.bytes).max().unwrap_or(0);
    let room = width.saturating_sub(longest + 30).clamp(10, 40);
    if !folders.is_empty() {
        text.push('\n');
    }
    for (folder, label) in folders.iter().zip(&labels) {
        let bar = bar(folder.tally.bytes, heaviest, room);
        let _ = writeln!(
            text,
            "  {label:longest$}  {bar:room$}  {:>9}  {}",
            bytes(folder.tally.bytes),
            dim(style, &files(folder.tally.files)),
        );
    }
    let rest = plan.walked.folders.get(MAX_FOLDERS..).unwrap_or_default();
    if !rest.is_empty() {
        let count = rest.iter().map(|folder| folder.tally.files).sum();
        let size = rest.iter().map(|folder| folder.tally.bytes).sum();
        let others = format!("{} with {}", more(rest.len(), "folder"), amount(count, size));
        let _ = writeln!(text, "  {}", dim(style, &others));
    }
}

/// `2 more folders`
fn more(count: usize, thing: &str) -> String {
    format!("{count} more {thing}{}", if count == 1 { "" } else { "s" })
}

fn lines(text: &mut String, plan: &Sent, style: Style) {
    let (useful, idle): (Vec<_>, Vec<_>) = plan.walked.lines.iter().partition(|line| line.tally.files > 0);
    if useful.is_empty() {
        return;
    }
    let place = |line: &super::walk::Line| format!("{}:{}", visible(&line.file), line.line);
    let shown: Vec<_> = useful.iter().take(MAX_LINES).collect();
    let places = shown.iter().map(|line| place(line).chars().count()).max().unwrap_or(0);
    let patterns = shown.iter().map(|line| visible(&line.pattern).chars().count()).max().unwrap_or(0);
    text.push_str("\n  kept out by\n");
    for line in shown {
        let _ = writeln!(
            text,
            "  {}  {:patterns$}  {:>9}  {}",
            dim(style, &format!("{:places$}", place(line))),
            visible(&line.pattern),
            bytes(line.tally.bytes),
            dim(style, &files(line.tally.files)),
        );
    }
    let light = useful.len().saturating_sub(MAX_LINES);
    let mut rest = Vec::new();
    if light > 0 {
        rest.push(format!("{} with less", more(light, "line")));
    }
    if !idle.is_empty() {
        rest.push(format!("{} without effect on this disk", more(idle.len(), "line")));
    }
    if rest.is_empty() {
        return;
    }
    let rest = rest.join(", ");
    let _ = writeln!(text, "  {}", dim(style, &rest));
}

/// A bar of `room` columns for the largest value, in eighths of a column.
fn bar(value: u64, largest: u64, room: usize) -> String {
    const EIGHTHS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    let eighths = match largest {
        0 => 0,
        largest => (value as f64 / largest as f64 * room as f64 * 8.0).round() as usize,
    };
    // Something is never nothing.
    let eighths = if value > 0 { eighths.max(1) } else { 0 };
    format!("{}{}", "█".repeat(eighths / 8), EIGHTHS.get(eighths % 8).copied().unwrap_or_default())
}

fn amount(count: u64, size: u64) -> String {
    format!("{} ({})", files(count), bytes(size))
}

fn files(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    if count == 1 { format!("{text} file") } else { format!("{text} files") }
}

/// Decimal units, as disks and registries count.
fn bytes(size: u64) -> String {
    const UNITS: [&str; 4] = ["kB", "MB", "GB", "TB"];
    if size < 1_000 {
        return format!("{size} B");
    }
    let mut value = size as f64 / 1_000.0;
    let mut units = UNITS.iter();
    let mut unit = units.next().copied().unwrap_or_default();
    for next in units {
        // 999.95 would be shown as 1000.0.
        if value < 999.95 {
            break;
        }
        value /= 1_000.0;
        unit = next;
    }
    format!("{value:.1} {unit}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_at_a_glance() {
        let shown = [0, 999, 1_000, 999_949, 999_950, 1_500_000, 2_000_000_000].map(bytes);
        assert_eq!(shown, ["0 B", "999 B", "1.0 kB", "999.9 kB", "1.0 MB", "1.5 MB", "2.0 GB"]);
        assert_eq!(
            [0, 1, 1_234, 1_234_567].map(files),
            ["0 files", "1 file", "1,234 files", "1,234,567 files"]
        );
    }

    #[test]
    fn bars_are_in_proportion_and_never_vanish() {
        assert_eq!(bar(100, 100, 4), "████");
        assert_eq!(bar(50, 100, 3), "█▌");
        assert_eq!(bar(1, 1_000_000, 4), "▏");
        assert_eq!(bar(0, 0, 4), "");
    }
}
