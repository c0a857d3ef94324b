//! Places in text: repository paths, byte spans, source files and the line index.
//!
//! A [`Span`] is the only coordinate inside the program. Lines and columns exist in reports alone,
//! made by [`LineIndex`] when something is printed.

use std::fmt;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

/// A path relative to the repository's top level: `/`-separated, without `.` or empty components, no
/// trailing slash; the empty path is the top level itself.
///
/// A leading `..` is kept only for files of linked sibling repositories (`../platform/values.yaml`).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RepoPath(Arc<str>);

impl RepoPath {
    /// The top level of the repository.
    pub fn root() -> Self {
        Self(Arc::from(""))
    }

    /// Normalises `path` lexically: drops `.`, empty components and a leading `/`, resolves `..` where it
    /// can. What still leads out of the repository keeps its leading `..`.
    pub fn new(path: &str) -> Self {
        // Paths that come from git are normal already; they are by far the most.
        let bytes = path.as_bytes();
        let is_odd = |pair: &[u8]| matches!(pair, b"//" | b"/.");
        let is_plain = !path.starts_with(['/', '.']) && !path.is_empty() && !path.ends_with('/');
        if (is_plain && !bytes.windows(2).any(is_odd))
            || path.split('/').all(|part| !matches!(part, "" | "." | ".."))
        {
            return Self(Arc::from(path));
        }
        let mut parts: Vec<&str> = Vec::new();
        for part in path.split('/') {
            match part {
                "" | "." => {}
                ".." if parts.last().is_some_and(|last| *last != "..") => {
                    parts.pop();
                }
                part => parts.push(part),
            }
        }
        Self(Arc::from(parts.join("/")))
    }

    /// The path as text, `""` for the top level.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether this is the top level.
    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether the path leads out of the repository.
    pub fn is_outside(&self) -> bool {
        &*self.0 == ".." || self.0.starts_with("../")
    }

    /// The folder that holds this path; `None` for the top level.
    pub fn parent(&self) -> Option<Self> {
        if self.is_root() {
            return None;
        }
        Some(Self(Arc::from(self.0.rsplit_once('/').map_or("", |(parent, _)| parent))))
    }

    /// The last component, `""` for the top level.
    pub fn file_name(&self) -> &str {
        self.0.rsplit_once('/').map_or(&*self.0, |(_, name)| name)
    }

    /// The text after the last dot of the file name, if the name does not begin with that dot.
    pub fn extension(&self) -> Option<&str> {
        self.file_name().rsplit_once('.').filter(|(stem, _)| !stem.is_empty()).map(|(_, extension)| extension)
    }

    /// This path followed by `relative`, normalised lexically. A leading `/` of `relative` has no meaning.
    pub fn join(&self, relative: &str) -> Self {
        if self.is_root() { Self::new(relative) } else { Self::new(&[&*self.0, "/", relative].concat()) }
    }

    /// Whether this path is `folder` or lies below it.
    pub fn starts_with(&self, folder: &RepoPath) -> bool {
        self.strip_prefix(folder).is_some()
    }

    /// The rest of this path below `folder`; `""` when they are equal.
    pub fn strip_prefix(&self, folder: &RepoPath) -> Option<&str> {
        if folder.is_root() {
            return (!self.is_outside()).then_some(&*self.0);
        }
        match self.0.strip_prefix(&*folder.0)? {
            "" => Some(""),
            rest => rest.strip_prefix('/'),
        }
    }

    /// The components, none for the top level.
    pub fn components(&self) -> impl DoubleEndedIterator<Item = &str> {
        self.0.split('/').filter(|part| !part.is_empty())
    }
}

impl fmt::Display for RepoPath {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(if self.is_root() { "." } else { &self.0 })
    }
}

impl fmt::Debug for RepoPath {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:?}", &*self.0)
    }
}

impl From<&str> for RepoPath {
    fn from(path: &str) -> Self {
        Self::new(path)
    }
}

/// A range of bytes in one file. Both ends lie on character boundaries of that file's text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// Offset of the first byte.
    pub start: usize,
    /// Offset behind the last byte.
    pub end: usize,
}

impl Span {
    /// The bytes `start..end`.
    pub const fn new(start: usize, end: usize) -> Self {
        Self { start, end }
    }

    /// The empty span at `offset`: a place between two characters.
    pub const fn at(offset: usize) -> Self {
        Self { start: offset, end: offset }
    }

    /// Length in bytes.
    pub const fn len(self) -> usize {
        self.end.saturating_sub(self.start)
    }

    /// Whether the span holds no byte.
    pub const fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// The smallest span that holds both.
    pub fn join(self, other: Self) -> Self {
        Self { start: self.start.min(other.start), end: self.end.max(other.end) }
    }

    /// The span moved right by `offset` bytes.
    pub const fn shift(self, offset: usize) -> Self {
        Self { start: self.start + offset, end: self.end + offset }
    }

    /// Whether `other` lies wholly inside this span.
    pub const fn contains(self, other: Self) -> bool {
        self.start <= other.start && other.end <= self.end
    }

    /// The text of the span; empty when the span does not fit `text`.
    pub fn slice(self, text: &str) -> &str {
        text.get(self.start..self.end).unwrap_or("")
    }
}

impl From<Range<usize>> for Span {
    fn from(range: Range<usize>) -> Self {
        Self::new(range.start, range.end)
    }
}

/// A value together with the text it was read from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spanned<T> {
    /// What the consumer reads there.
    pub value: T,
    /// Where it stands in its file.
    pub span: Span,
}

impl<T> Spanned<T> {
    /// A value at a span.
    pub const fn new(value: T, span: Span) -> Self {
        Self { value, span }
    }
}

/// A span in a named file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The file.
    pub path: RepoPath,
    /// The bytes in it.
    pub span: Span,
}

impl Place {
    /// A span in a file.
    pub fn new(path: &RepoPath, span: Span) -> Self {
        Self { path: path.clone(), span }
    }

    /// Line 1, column 1: where the absence of something in `path` is reported.
    pub fn top(path: &RepoPath) -> Self {
        Self::new(path, Span::at(0))
    }
}

/// The byte order mark, which some tools skip and others take for text.
pub const BOM: char = '\u{feff}';

/// A file as it is: its text keeps byte order mark and line ends.
#[derive(Clone, Debug)]
pub struct SourceFile {
    /// Where it lies.
    pub path: RepoPath,
    /// All of it.
    pub text: Arc<str>,
}

impl SourceFile {
    /// A file with this text.
    pub fn new(path: RepoPath, text: impl Into<Arc<str>>) -> Self {
        Self { path, text: text.into() }
    }

    /// A place in this file.
    pub fn place(&self, span: Span) -> Place {
        Place::new(&self.path, span)
    }

    /// The line end that most lines of the file use; `"\n"` when it has none.
    pub fn line_ending(&self) -> &'static str {
        line_ending(&self.text)
    }
}

/// The line end that most lines of `text` use; `"\n"` when it has none.
pub fn line_ending(text: &str) -> &'static str {
    let lines = text.matches('\n').count();
    let windows = text.matches("\r\n").count();
    if windows * 2 > lines { "\r\n" } else { "\n" }
}

/// Line and column as a person counts them: both begin with 1, a column is a character (a byte order mark
/// is none).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// 1-based line.
    pub line: usize,
    /// 1-based column, counted in characters.
    pub column: usize,
}

/// Where each line of a text begins. Lines end at `\n` alone, as git and editors count them.
#[derive(Debug)]
pub struct LineIndex {
    starts: Vec<usize>,
    /// How many characters begin before each multiple of [`STEP`]; made when the first long line is asked about.
    characters: OnceLock<Vec<usize>>,
}

/// Lines longer than this are not counted from their beginning for every place in them: thousands of findings may lie
/// in one line.
const STEP: usize = 4096;

impl LineIndex {
    /// Indexes `text`.
    pub fn new(text: &str) -> Self {
        let mut starts = vec![0];
        starts.extend(memchr::memchr_iter(b'\n', text.as_bytes()).map(|at| at + 1));
        Self { starts, characters: OnceLock::new() }
    }

    /// 1-based line of the byte at `offset`.
    pub fn line(&self, offset: usize) -> usize {
        self.starts.partition_point(|start| *start <= offset).max(1)
    }

    /// Offset of the first byte of a 1-based line; the end of the last line for any later one.
    pub fn line_start(&self, line: usize) -> usize {
        self.starts.get(line.saturating_sub(1)).or(self.starts.last()).copied().unwrap_or(0)
    }

    /// Number of lines; the empty rest behind a final newline counts.
    pub fn lines(&self) -> usize {
        self.starts.len()
    }

    /// Line and column of `offset` in `text`, which must be the text that was indexed. An offset past the
    /// end, or inside a character, means the place before it.
    pub fn position(&self, text: &str, offset: usize) -> Position {
        let mut end = offset.min(text.len());
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        let line = self.line(end);
        let start = self.line_start(line);
        let characters = if end.saturating_sub(start) <= STEP {
            starts_of_characters(text.as_bytes().get(start..end).unwrap_or_default())
        } else {
            self.characters_before(text, end) - self.characters_before(text, start)
        };
        let marks = usize::from(start == 0 && end > 0 && text.starts_with(BOM));
        Position { line, column: characters - marks + 1 }
    }

    fn characters_before(&self, text: &str, end: usize) -> usize {
        let counts = self.characters.get_or_init(|| {
            let steps = text.as_bytes().chunks(STEP).scan(0, |before, chunk| {
                *before += starts_of_characters(chunk);
                Some(*before)
            });
            std::iter::once(0).chain(steps).collect()
        });
        let known = end / STEP;
        let rest = text.as_bytes().get(known * STEP..end).unwrap_or_default();
        counts.get(known).copied().unwrap_or_default() + starts_of_characters(rest)
    }
}

fn starts_of_characters(bytes: &[u8]) -> usize {
    bytes.iter().filter(|byte| **byte & 0b1100_0000 != 0b1000_0000).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_normalised_lexically() {
        let okteto = RepoPath::new(".okteto");
        assert_eq!(okteto.join("..").as_str(), "");
        assert_eq!(okteto.join("../apps//web/./src/").as_str(), "apps/web/src");
        assert_eq!(okteto.join("../../elsewhere").as_str(), "../elsewhere");
        assert!(okteto.join("../../elsewhere").is_outside());
        assert_eq!(RepoPath::new("a/../../..").as_str(), "../..");
    }

    #[test]
    fn prefixes_are_compared_by_component() {
        let web = RepoPath::new("apps/web");
        assert!(RepoPath::new("apps/web/src").starts_with(&web));
        assert!(!RepoPath::new("apps/website").starts_with(&web));
        assert_eq!(web.strip_prefix(&web), Some(""));
        assert_eq!(web.strip_prefix(&RepoPath::root()), Some("apps/web"));
        assert_eq!(RepoPath::new("..").strip_prefix(&RepoPath::root()), None);
    }

    #[test]
    fn extensions_are_not_taken_from_dotfiles() {
        assert_eq!(RepoPath::new("a/b.test.ts").extension(), Some("ts"));
        assert_eq!(RepoPath::new("a/.env").extension(), None);
    }

    #[test]
    fn columns_count_characters_and_no_byte_order_mark() {
        let text = "\u{feff}ключ: 1\r\n\tб: 2\n";
        let index = LineIndex::new(text);
        let at = |needle: &str| index.position(text, text.find(needle).unwrap());
        assert_eq!(at("ключ"), Position { line: 1, column: 1 });
        assert_eq!(at("1"), Position { line: 1, column: 7 });
        assert_eq!(at("2"), Position { line: 2, column: 5 });
        assert_eq!(index.position(text, 1_000), Position { line: 3, column: 1 });
    }

    #[test]
    fn columns_of_long_lines_are_those_of_short_ones() {
        for (lead, piece) in [("", "я a"), ("\u{feff}", "b\u{1f6e0}\u{fe0f}"), ("short\n", "c")] {
            let text = format!("{lead}{}\nend", piece.repeat(3 * STEP));
            let index = LineIndex::new(&text);
            let first = if lead.ends_with('\n') { lead.len() } else { 0 };
            for at in (first..=text.len()).step_by(997).chain([STEP, 2 * STEP, text.len() - 4]) {
                let end = (0..=at).rev().find(|at| text.is_char_boundary(*at)).unwrap();
                let start = text.get(..end).unwrap().rfind('\n').map_or(0, |at| at + 1);
                let column = text.get(start..end).unwrap().trim_start_matches(BOM).chars().count() + 1;
                assert_eq!(index.position(&text, at).column, column, "{at} of {piece}");
            }
        }
    }
}
