//! What a dev container gets that has no place in a runbook yet: behind the last of its neighbours and in their
//! manner, but for words that nobody can know.

use super::Page;
use super::places::{Spot, SpotKind};
use super::regions::{Region, RegionKind};
use super::render::Renderer;
use super::sections::{Cell, Row, Titled};
use super::{Language, commands};
use crate::model::graph::Entry;
use crate::source::{Span, Spanned};
use crate::syntax::markdown::{CodeBlock, Heading};

/// A text and the place where it is put.
#[derive(Debug, PartialEq, Eq)]
pub struct Scaffold {
    /// Offset in the page.
    pub at: usize,
    /// The text, line ends as `\n`.
    pub text: String,
}

/// The writer of scaffolds for one page.
#[derive(Debug)]
pub struct Scaffolder<'a> {
    /// Draws commands and regions.
    pub renderer: &'a Renderer<'a>,
    /// The page.
    pub page: &'a Page,
    /// The language of its regions.
    pub language: Language,
}

impl Scaffolder<'_> {
    /// A place for `entry` behind `spot`, which is the place of a neighbour.
    pub fn beside(&self, spot: &Spot<'_>, entry: &Entry<'_>) -> Option<Scaffold> {
        let neighbour = self.renderer.landscape.entries.get(spot.entry?)?;
        match spot.kind {
            SpotKind::Region => {
                let at = spot.span.end;
                let text = self.region(RegionKind::App, Some(entry.apps.first()?.name()), at)?;
                Some(Scaffold { at, text: format!("\n\n{}", text.trim_end()) })
            }
            SpotKind::Section(title) => self.section(title, neighbour, entry),
            SpotKind::Row(row) => self.row(row, neighbour, entry),
        }
    }

    /// A region at the end of the page.
    pub fn at_end(&self, kind: RegionKind) -> Option<Scaffold> {
        let at = self.page.file.text.trim_end().len();
        let text = self.region(kind, None, at)?;
        Some(Scaffold { at, text: format!("\n\n{}", text.trim_end()) })
    }

    /// A region with its marks, as if it stood at `at`.
    fn region(&self, kind: RegionKind, argument: Option<&str>, at: usize) -> Option<String> {
        let region = Region {
            kind,
            argument: argument.map(|argument| Spanned::new(argument.to_owned(), Span::at(at))),
            open: Span::at(at),
            name: Span::at(at),
            content: Span::at(at),
            whole: Span::at(at),
        };
        let text = self.renderer.render(self.page, &region, self.language)?.text;
        Some(format!("<!-- okteto:{} -->\n{text}<!-- /okteto:{} -->\n", region.label(), kind.name()))
    }

    /// A heading like the neighbour's, with the commands of the session in a fence like the neighbour's.
    fn section(&self, title: &Titled, neighbour: &Entry<'_>, entry: &Entry<'_>) -> Option<Scaffold> {
        let page = self.page;
        let heading = page.markdown.headings.get(title.heading)?;
        let old = title.names.first()?;
        let by_app = neighbour.apps.iter().any(|app| app.name() == old.value) && !entry.apps.is_empty();
        let name = match entry.apps.first().filter(|_| by_app) {
            Some(app) => app.name(),
            None => entry.dev.name.value.as_str(),
        };
        let is_code = page.file.text.get(..old.span.start).is_some_and(|before| before.ends_with('`'));
        let name = if is_code { format!("`{name}`") } else { name.to_owned() };
        let (last, number) = self.next_number(title, heading);
        let end = last.start + page.slice(last).trim_end().len();
        let fence = self.fence(title, entry);
        let marks = "#".repeat(usize::from(heading.level));
        Some(Scaffold { at: end, text: format!("\n\n{marks} {number}{name}\n\n{fence}") })
    }

    /// The section behind which the new one goes, and its number: the next one that no neighbour has.
    fn next_number(&self, title: &Titled, heading: &Heading) -> (Span, String) {
        let headings = &self.page.markdown.headings;
        let next = number_behind(&heading.text);
        let is_sibling = |other: &&Heading| other.level == heading.level && other.parent == heading.parent;
        let taken = |other: &Heading| !next.is_empty() && other.text.starts_with(next.trim_end());
        if !headings.iter().filter(is_sibling).any(taken) {
            return (title.section, next);
        }
        let last = headings.iter().enumerate().rfind(|(_, other)| is_sibling(other));
        match last {
            Some((index, last)) => {
                (self.page.markdown.section(index, self.page.file.text.len()), number_behind(&last.text))
            }
            None => (title.section, next),
        }
    }

    /// A fence with those commands of the session that the neighbour's fence has, or with all of them.
    fn fence(&self, title: &Titled, entry: &Entry<'_>) -> String {
        let starts = |code: &&CodeBlock| {
            title.section.contains(code.span)
                && code.info.is_some()
                && commands::is_shell(&code.language())
                && code.text.contains("okteto up ")
        };
        let neighbour = self.page.markdown.code_blocks.iter().find(starts);
        let session = self.renderer.session_of(entry);
        let verb = |line: &str| line.split(' ').take(2).collect::<Vec<_>>().join(" ");
        let wanted = |line: &&str| {
            neighbour.is_none_or(|code| {
                code.text.lines().any(|other| verb(other.trim_start_matches("$ ")) == verb(line))
            })
        };
        let prompt = if neighbour.is_some_and(|code| code.text.starts_with("$ ")) { "$ " } else { "" };
        let lines: String = session.lines().filter(wanted).map(|line| format!("{prompt}{line}\n")).collect();
        let info = neighbour.and_then(|code| code.info.as_deref()).unwrap_or("bash");
        format!("```{info}\n{lines}```")
    }

    /// A row like the neighbour's, if every cell holds facts that are known of both, or is the same in all rows.
    fn row(&self, row: &Row, neighbour: &Entry<'_>, entry: &Entry<'_>) -> Option<Scaffold> {
        let pairs = self.facts(neighbour, entry);
        let page = self.page;
        let rows: Vec<&Row> =
            page.rows.iter().filter(|other| other.table == row.table && !other.head).collect();
        let mut text = String::from("\n|");
        let mut changed = false;
        for (column, cell) in row.cells.iter().enumerate() {
            let old = page.slice(cell.span).trim();
            let same = |other: &&Row| {
                other.cells.get(column).is_some_and(|cell: &Cell| page.slice(cell.span).trim() == old)
            };
            let is_constant = rows.len() > 1 && rows.iter().all(same);
            let new = if is_constant { old.to_owned() } else { exchanged(old, &pairs)? };
            changed |= new != old;
            text.push_str(&format!(" {new} |"));
        }
        let last = rows.last()?;
        let at = last.span.start + page.slice(last.span).trim_end().len();
        changed.then_some(Scaffold { at, text })
    }

    /// What is known of two dev containers alike: of the one, and of the other.
    fn facts(&self, left: &Entry<'_>, right: &Entry<'_>) -> Vec<(String, String)> {
        let landscape = self.renderer.landscape;
        let of = |entry: &Entry<'_>| {
            let app = entry.apps.first();
            let package = app.and_then(|app| landscape.workspace.at(&app.folder)?.name.as_ref());
            let forward = entry.dev.forwards.first().filter(|_| entry.dev.forwards.len() == 1);
            [
                Some(entry.dev.name.value.clone()),
                app.map(|app| app.folder.to_string()),
                package.map(|name| name.value.clone()),
                landscape.namespace(entry).map(|(name, _)| name),
                app.map(|app| app.name().to_owned()),
                forward.map(|forward| format!("{}:{}", forward.local.value, forward.remote.value)),
                forward.map(|forward| forward.local.value.to_string()),
            ]
        };
        let pairs = of(left).into_iter().zip(of(right));
        pairs.filter_map(|(left, right)| Some((left?, right?))).collect()
    }
}

/// Words of addresses and commands that say nothing of a dev container.
const SILENT: [&str; 5] = ["http", "https", "localhost", "okteto", "up"];

/// A cell with the facts of one dev container exchanged for those of another; `None` when it says more than
/// these facts.
fn exchanged(cell: &str, pairs: &[(String, String)]) -> Option<String> {
    let mut out = String::new();
    let mut rest = cell;
    while let Some(first) = rest.chars().next() {
        let fits = |(old, _): &&(String, String)| {
            let behind = rest.strip_prefix(old.as_str()).and_then(|behind| behind.chars().next());
            rest.starts_with(old.as_str()) && !behind.is_some_and(is_word)
        };
        let pair = pairs.iter().filter(fits).max_by_key(|(old, _)| old.len());
        match pair.filter(|_| !out.ends_with(is_word)) {
            Some((old, new)) => {
                out.push_str(new);
                rest = rest.get(old.len()..)?;
            }
            None if is_word(first) => {
                let length = rest.find(|character| !is_word(character)).unwrap_or(rest.len());
                let word = rest.get(..length).filter(|word| SILENT.contains(word))?;
                out.push_str(word);
                rest = rest.get(length..)?;
            }
            None => {
                out.push(first);
                rest = rest.get(first.len_utf8()..)?;
            }
        }
    }
    Some(out)
}

fn is_word(character: char) -> bool {
    character.is_alphanumeric() || matches!(character, '-' | '_' | '@')
}

/// `2.3) ` behind `2.2) x`; nothing behind a heading without a number.
fn number_behind(heading: &str) -> String {
    let digits_end =
        heading.find(|character: char| !character.is_ascii_digit() && character != '.').unwrap_or(0);
    let number = heading.get(..digits_end).unwrap_or("").trim_end_matches('.');
    let rest = heading.get(number.len()..).unwrap_or("");
    let separator: String =
        rest.chars().take_while(|character| matches!(character, '.' | ')' | ' ')).collect();
    let (front, last) = number.rsplit_once('.').map_or(("", number), |(front, last)| (front, last));
    match last.parse::<u32>() {
        Ok(_) if separator.is_empty() => String::new(),
        Ok(last) if front.is_empty() => format!("{}{separator}", last + 1),
        Ok(last) => format!("{front}.{}{separator}", last + 1),
        Err(_) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_go_on_in_their_manner() {
        for (heading, next) in [
            ("2.2) `web`", "2.3) "),
            ("9. web", "10. "),
            ("1.1.1) web", "1.1.2) "),
            ("3 web", "4 "),
            ("web", ""),
            ("2fa", ""),
        ] {
            assert_eq!(number_behind(heading), next, "{heading}");
        }
    }

    #[test]
    fn cells_change_only_where_all_is_known() {
        let pairs = [("web-shop", "web-blog"), ("shop", "blog"), ("3000", "3001")];
        let pairs = pairs.map(|(old, new)| (old.to_owned(), new.to_owned()));
        for (cell, expected) in [
            ("`web-shop`", Some("`web-blog`")),
            ("<http://localhost:3000>", Some("<http://localhost:3001>")),
            ("`okteto up web-shop`", Some("`okteto up web-blog`")),
            ("`shop`: 3000", Some("`blog`: 3001")),
            ("—", Some("—")),
            ("shop of the team", None),
            ("`web-shop-2`", None),
        ] {
            assert_eq!(exchanged(cell, &pairs).as_deref(), expected, "{cell}");
        }
    }
}
