//! Markdown pages with the place of everything that can be held against the repository: headings, code
//! spans, code blocks, links, tables and HTML comments.
//!
//! Events come from `pulldown-cmark`; `reader` adds what events do not give: which block stands in which,
//! the headings above it, and comments as units of their own. A comment inside a code block is text and no
//! comment; a broken page (an unclosed fence, an unclosed comment) is read to its end all the same.

use crate::source::Span;
use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::OnceLock;

mod reader;
pub mod slug;

/// One page.
#[derive(Clone, Debug, Default)]
pub struct Markdown {
    /// All blocks in the order in which they begin.
    pub blocks: Vec<Block>,
    /// All headings in order.
    pub headings: Vec<Heading>,
    /// All code spans in order.
    pub code_spans: Vec<CodeSpan>,
    /// All fenced and indented code blocks in order.
    pub code_blocks: Vec<CodeBlock>,
    /// All links and images with a destination in the text, in order.
    pub links: Vec<Link>,
    /// All HTML comments in order.
    pub comments: Vec<Comment>,
    /// `id` and `name` of HTML elements: further targets of fragments.
    pub anchors: Vec<String>,
    /// Where fragments can lead; made when the first one is asked about.
    fragments: OnceLock<HashSet<String>>,
}

/// Names a [`Block`] of one page.
pub type BlockId = usize;

/// What a block is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BlockKind {
    /// A paragraph.
    Paragraph,
    /// A heading.
    Heading,
    /// A list.
    List,
    /// An item of a list.
    Item,
    /// A quote.
    Quote,
    /// A table.
    Table,
    /// A row of a table, its head included.
    Row,
    /// A cell of a table.
    Cell,
    /// A fenced or indented code block.
    Code,
    /// Lines of HTML, comments among them.
    Html,
    /// Anything else that holds text: footnotes, front matter.
    Other,
}

/// A block and where it stands.
#[derive(Clone, Debug)]
pub struct Block {
    /// What it is.
    pub kind: BlockKind,
    /// All of it.
    pub span: Span,
    /// Its own text without nested lists: of an item, what stands before the first of them.
    pub lead: Span,
    /// The block around it.
    pub parent: Option<BlockId>,
    /// The block before it in the same parent.
    pub previous: Option<BlockId>,
    /// Index of the heading above it.
    pub heading: Option<usize>,
}

/// A heading, ATX or Setext.
#[derive(Clone, Debug)]
pub struct Heading {
    /// 1 to 6.
    pub level: u8,
    /// All of it.
    pub span: Span,
    /// The text without markup.
    pub text: String,
    /// Its block.
    pub block: BlockId,
    /// Index of the heading of the next higher level above it.
    pub parent: Option<usize>,
}

/// A code span.
#[derive(Clone, Debug)]
pub struct CodeSpan {
    /// Its place, without backticks and the blanks that belong to them.
    pub span: Span,
    /// The innermost block around it.
    pub block: BlockId,
    /// The text where it is not what stands at `span`, byte for byte.
    other: Option<String>,
}

impl CodeSpan {
    /// The text between the backticks; `page` is the text of the page.
    pub fn text<'t>(&'t self, page: &'t str) -> &'t str {
        self.other.as_deref().unwrap_or_else(|| self.span.slice(page))
    }

    /// Whether the text is what stands at `span`, byte for byte; not so for spans over several lines.
    pub const fn is_exact(&self) -> bool {
        self.other.is_none()
    }
}

/// A fenced or indented code block.
#[derive(Clone, Debug)]
pub struct CodeBlock {
    /// The info string of a fence, `None` for an indented block.
    pub info: Option<String>,
    /// The text, without the indentation of lists and the marks of quotes.
    pub text: String,
    /// Pairs of an offset in `text` and the offset in the file where that piece begins.
    pub pieces: Vec<(usize, usize)>,
    /// All of it, fences included.
    pub span: Span,
    /// Its block.
    pub block: BlockId,
    /// Whether the page ends before the fence is closed.
    pub unclosed: bool,
}

impl CodeBlock {
    /// The first word of the info string, lower case: the language.
    pub fn language(&self) -> Cow<'_, str> {
        let info = self.info.as_deref().unwrap_or("");
        let is_end = |character: char| character.is_whitespace() || matches!(character, ',' | '{' | ':');
        let word = info.split(is_end).next().unwrap_or("");
        // Nearly all are written in lower case.
        let is_lower = word.bytes().all(|byte| byte.is_ascii_lowercase());
        if is_lower { Cow::Borrowed(word) } else { Cow::Owned(word.to_lowercase()) }
    }

    /// The place in the file of some bytes of the text.
    pub fn locate(&self, span: Span) -> Span {
        let at = |offset: usize| {
            let index = self.pieces.partition_point(|(text, _)| *text <= offset);
            let (text, file) = index.checked_sub(1).and_then(|index| self.pieces.get(index))?;
            Some(file + (offset - text))
        };
        // The end is located by the last byte: the next piece may begin somewhere else.
        match (at(span.start), span.end.checked_sub(1).and_then(at)) {
            (Some(start), Some(last)) if !span.is_empty() && last >= start => Span::new(start, last + 1),
            (Some(start), _) => Span::at(start),
            _ => self.span,
        }
    }
}

/// A link or an image.
#[derive(Clone, Debug)]
pub struct Link {
    /// The destination as written, entities and escapes resolved.
    pub destination: String,
    /// The place of the destination, or of the whole link where it stands elsewhere (reference links).
    pub span: Span,
    /// Whether `destination` is what stands at `span`, byte for byte.
    pub exact: bool,
    /// The innermost block around it.
    pub block: BlockId,
}

/// An HTML comment.
#[derive(Clone, Debug)]
pub struct Comment {
    /// The text between `<!--` and `-->`.
    pub body: String,
    /// All of it.
    pub span: Span,
    /// The innermost block around it, if it does not stand at the top level of the page.
    pub inside: Option<BlockKind>,
    /// Whether it is alone on its line.
    pub own_line: bool,
    /// Whether the page ends before `-->`.
    pub unclosed: bool,
}

impl Markdown {
    /// Reads a page.
    pub fn parse(text: &str) -> Self {
        reader::read(text)
    }

    /// The code spans that lie within `span`.
    pub fn code_spans_in(&self, span: Span) -> &[CodeSpan] {
        let from = self.code_spans.partition_point(|code| code.span.start < span.start);
        let rest = self.code_spans.get(from..).unwrap_or_default();
        rest.get(..rest.partition_point(|code| code.span.start < span.end)).unwrap_or_default()
    }

    /// The innermost block around `span`.
    pub fn block_at(&self, span: Span) -> Option<BlockId> {
        // Blocks are sorted by where they begin: what holds the span is the last of them, or around it.
        let last = self.blocks.partition_point(|block| block.span.start <= span.start).checked_sub(1)?;
        std::iter::successors(Some(last), |id| self.blocks.get(*id)?.parent)
            .find(|id| self.blocks.get(*id).is_some_and(|block| block.span.contains(span)))
    }

    /// Letters outside of code and HTML: Latin, Cyrillic.
    pub fn letters(&self, text: &str) -> (usize, usize) {
        let silent = |block: &&Block| matches!(block.kind, BlockKind::Code | BlockKind::Html);
        let mut silent: Vec<Span> = self.blocks.iter().filter(silent).map(|block| block.span).collect();
        silent.extend(self.code_spans.iter().map(|code| code.span));
        silent.sort();
        let (mut latin, mut cyrillic, mut at) = (0, 0, 0);
        for span in silent.into_iter().chain([Span::at(text.len())]) {
            for character in text.get(at..span.start).unwrap_or("").chars() {
                latin += usize::from(character.is_ascii_alphabetic());
                cyrillic += usize::from(matches!(character, '\u{400}'..='\u{4ff}'));
            }
            at = at.max(span.end);
        }
        (latin, cyrillic)
    }

    /// The blocks around and including `block`, innermost first.
    pub fn ancestors(&self, block: BlockId) -> impl Iterator<Item = &Block> {
        std::iter::successors(self.blocks.get(block), |block| self.blocks.get(block.parent?))
    }

    /// The headings over `block`, nearest first.
    pub fn headings_over(&self, block: BlockId) -> impl Iterator<Item = &Heading> {
        let first = self.blocks.get(block).and_then(|block| block.heading);
        std::iter::successors(first.and_then(|first| self.headings.get(first)), |heading| {
            self.headings.get(heading.parent?)
        })
    }

    /// What belongs to a heading: from its first byte to the next heading of the same or a higher level.
    pub fn section(&self, heading: usize, end: usize) -> Span {
        let Some(own) = self.headings.get(heading) else { return Span::at(end) };
        let next = self.headings.get(heading + 1..).unwrap_or_default();
        let next = next.iter().find(|other| other.level <= own.level);
        Span::new(own.span.start, next.map_or(end, |next| next.span.start))
    }

    /// Whether a fragment of a link leads to some heading or anchor of the page, as GitLab or as GitHub
    /// name them. The selectors of emoji, which nobody sees, may be left out on either side.
    pub fn has_fragment(&self, fragment: &str) -> bool {
        let fragments = self.fragments.get_or_init(|| {
            let titles = || self.headings.iter().map(|heading| heading.text.as_str());
            let slugs = slug::gitlab(titles()).into_iter().chain(slug::github(titles()));
            slugs.chain(self.anchors.iter().cloned()).map(|slug| slug::without_selectors(&slug)).collect()
        });
        fragments.contains(&slug::without_selectors(fragment))
    }
}
