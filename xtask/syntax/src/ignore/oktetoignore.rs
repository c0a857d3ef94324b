//! `.oktetoignore`: Okteto's sections (`pkg/ignore/oktetoignore.go`) over the rules of Docker.
//!
//! Okteto reads each section with Docker's reader, joins the sections of a command, writes the rules out as the
//! ignore file of a temporary Dockerfile, and BuildKit reads that. So every line is read twice: what the first
//! reading cleans to a comment is one to the second.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use super::dockerignore::{self, Dockerignore, ReadLine};
use super::go::{Line, scan_lines};
use super::{Rule, Source};
use crate::source::{BOM, Span};

/// Okteto's own name of the part before the first header.
const ROOT: &str = "__DEFAULT___";

/// A command whose rules are asked for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Section {
    /// `okteto deploy --remote`.
    Deploy,
    /// `okteto destroy --remote`.
    Destroy,
    /// `okteto test`, with the name of the test; without one only what all tests share.
    Test(Option<String>),
}

impl Section {
    /// The headers that the command reads beside the root, in order.
    fn headers(&self) -> Vec<String> {
        match self {
            Self::Deploy => vec!["deploy".to_owned()],
            Self::Destroy => vec!["destroy".to_owned()],
            Self::Test(None) => vec!["test".to_owned()],
            Self::Test(Some(name)) => vec!["test".to_owned(), format!("test.{name}")],
        }
    }
}

impl fmt::Display for Section {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.headers().pop().unwrap_or_default())
    }
}

impl FromStr for Section {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        match name {
            "deploy" => Ok(Self::Deploy),
            "destroy" => Ok(Self::Destroy),
            "test" => Ok(Self::Test(None)),
            _ => match name.strip_prefix("test.") {
                Some(test) if !test.is_empty() => Ok(Self::Test(Some(test.to_owned()))),
                _ => Err(format!("unknown section `{name}`: one of deploy, destroy, test, test.NAME")),
            },
        }
    }
}

/// A header line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// What stands between the brackets, blanks and case kept.
    pub name: String,
    /// The whole header, brackets included.
    pub span: Span,
    /// 1-based line.
    pub line: usize,
}

/// Rules of one section, in the order of the file; a repeated header continues its section.
#[derive(Clone, Debug, Default)]
struct Part {
    name: String,
    lines: Vec<ReadLine>,
    /// Whether a line was handed to the reader: only the first may lose a byte order mark.
    begun: bool,
}

/// A parsed `.oktetoignore`.
#[derive(Clone, Debug, Default)]
pub struct Oktetoignore {
    headers: Vec<Header>,
    parts: Vec<Part>,
    lost_from: Option<usize>,
}

impl Oktetoignore {
    /// Reads `text`.
    pub fn parse(text: &str) -> Self {
        let scanned = scan_lines(text);
        let mut file = Self { lost_from: scanned.too_long.map(|(line, _)| line), ..Self::default() };
        let mut current = ROOT.to_owned();
        for line in scanned.lines {
            let (text, span) = line.trimmed();
            if let Some(name) = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
                current = name.to_owned();
                file.headers.push(Header { name: current.clone(), span, line: line.number });
                continue;
            }
            let part = file.part(&current);
            let mut start = span.start;
            let mut text = text;
            if let Some(rest) = text.strip_prefix(BOM).filter(|_| !part.begun) {
                start += BOM.len_utf8();
                text = rest;
            }
            part.begun = true;
            part.lines.extend(dockerignore::read_line(Line { text, start, number: line.number }));
        }
        file
    }

    fn part(&mut self, name: &str) -> &mut Part {
        let index = self.parts.iter().position(|part| part.name == name).unwrap_or_else(|| {
            self.parts.push(Part { name: name.to_owned(), ..Part::default() });
            self.parts.len() - 1
        });
        // The part is there: it was found or has just been pushed.
        #[expect(clippy::indexing_slicing, reason = "the index was computed from the vector just above")]
        &mut self.parts[index]
    }

    /// All headers, in the order of the file.
    pub fn headers(&self) -> &[Header] {
        &self.headers
    }

    /// Headers whose rules no command reads when these are the tests of the manifest: unknown, misspelt or padded
    /// names, and tests that do not exist.
    pub fn unread_headers<'a>(&'a self, tests: &'a [&str]) -> impl Iterator<Item = &'a Header> {
        self.headers.iter().filter(|header| {
            let known = matches!(header.name.as_str(), "deploy" | "destroy" | "test" | ROOT);
            let test = header.name.strip_prefix("test.").is_some_and(|name| tests.contains(&name));
            !known && !test
        })
    }

    /// 1-based line from which Okteto silently reads nothing, because it is longer than 64 KiB.
    pub const fn lost_from(&self) -> Option<usize> {
        self.lost_from
    }

    /// The rules of each section as Okteto keeps them, root first; names as in the file, the root's is Okteto's own.
    pub fn sections(&self) -> impl Iterator<Item = (&str, Vec<&str>)> {
        self.parts
            .iter()
            .map(|part| (part.name.as_str(), part.lines.iter().map(|line| line.cleaned.as_str()).collect()))
    }

    /// The rules that a command uses, as Okteto hands them on.
    pub fn command_rules(&self, section: &Section) -> Vec<&str> {
        self.lines(section).map(|line| line.cleaned.as_str()).collect()
    }

    /// What BuildKit makes of the rules of a command; spans and lines are those of this file.
    pub fn rules(&self, section: &Section) -> Dockerignore {
        self.rules_after(None, section)
    }

    /// As [`Oktetoignore::rules`], with the text of a legacy `.oktetodeployignore`, whose rules Okteto puts in
    /// front for deploy. They carry that name as their source.
    pub fn rules_after(&self, legacy: Option<&str>, section: &Section) -> Dockerignore {
        let (legacy, _) = legacy.map(dockerignore::read).unwrap_or_default();
        let source = Source { file: Arc::from(".oktetodeployignore"), included_at: None };
        let legacy = legacy.into_iter().map(|mut line| {
            line.rule.source = Some(source.clone());
            line
        });
        let lines = legacy.chain(self.lines(section).cloned()).enumerate();
        Dockerignore::from_lines(
            lines.filter_map(|(index, line)| read_again(index == 0, line)).collect(),
            Vec::new(),
        )
    }

    fn lines(&self, section: &Section) -> impl Iterator<Item = &ReadLine> {
        let names = std::iter::once(ROOT.to_owned()).chain(section.headers());
        names.filter_map(|name| self.parts.iter().find(|part| part.name == name)).flat_map(|part| &part.lines)
    }
}

/// The second reading, of what Okteto wrote.
fn read_again(first: bool, line: ReadLine) -> Option<ReadLine> {
    let written = line.cleaned.as_str();
    let written = if first { written.strip_prefix(BOM).unwrap_or(written) } else { written };
    if written.starts_with('#') {
        return None;
    }
    let cleaned = dockerignore::clean(written.trim())?;
    let rule = Rule { negated: cleaned.starts_with('!'), ..line.rule };
    Some(ReadLine { cleaned, rule })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sections_are_joined_in_order_and_keep_their_places() {
        let text = "*\n[test.e2e]\n!b\n[test]\n!a\n[deploy]\nx\n[test.e2e]\n!c\n";
        let file = Oktetoignore::parse(text);
        let rules = file.rules(&"test.e2e".parse().unwrap());
        let shown: Vec<_> = rules.rules().iter().map(|rule| (rule.line, rule.span.slice(text))).collect();
        assert_eq!(shown, [(1, "*"), (5, "!a"), (3, "!b"), (9, "!c")]);
    }

    #[test]
    fn the_second_reading_sees_what_the_first_cleaned() {
        let file = Oktetoignore::parse("/#x\n/!y\n  # z\na\n");
        assert_eq!(file.command_rules(&Section::Deploy), ["#x", "!y", "a"]);
        let rules = file.rules(&Section::Deploy);
        let shown: Vec<_> = rules.rules().iter().map(|rule| (rule.pattern.as_str(), rule.negated)).collect();
        assert_eq!(shown, [("/!y", true), ("a", false)]);
    }

    #[test]
    fn unread_headers_are_named() {
        let file = Oktetoignore::parse("[build]\n[ deploy ]\n[test.unit]\n[test.e2e]\n[deploy] # x\n");
        let unread: Vec<_> = file.unread_headers(&["unit"]).map(|header| header.name.as_str()).collect();
        assert_eq!(unread, ["build", " deploy ", "test.e2e"]);
    }

    #[test]
    fn a_legacy_file_comes_first() {
        let file = Oktetoignore::parse("a\n[deploy]\n!b\n");
        let rules = file.rules_after(Some("b\n# c\n"), &Section::Deploy);
        let shown: Vec<_> = rules
            .rules()
            .iter()
            .map(|rule| (rule.pattern.as_str(), rule.source.as_ref().map(|source| &*source.file)))
            .collect();
        assert_eq!(shown, [("b", Some(".oktetodeployignore")), ("a", None), ("!b", None)]);
        assert_eq!(rules.verdict("b"), Ok(dockerignore::Verdict { ignored: false, rule: Some(2) }));
    }
}
