//! Markdown pages with the place of everything that can be held against the repository: headings, code
//! spans, code blocks, links, tables and HTML comments.
//!
//! Events come from `pulldown-cmark`; this file adds what events do not give: which block stands in which,
//! the headings above it, and comments as units of their own. A comment inside a code block is text and no
//! comment; a broken page (an unclosed fence, an unclosed comment) is read to its end all the same.

use crate::source::{BOM, Span};
use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};
use std::ops::Range;

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
    /// Letters outside of code: Latin, Cyrillic.
    pub letters: (usize, usize),
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
    /// The text between the backticks.
    pub text: String,
    /// Its place, without backticks and the blanks that belong to them.
    pub span: Span,
    /// Whether `text` is what stands at `span`, byte for byte; not so for spans over several lines.
    pub exact: bool,
    /// The innermost block around it.
    pub block: BlockId,
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
    pub fn language(&self) -> String {
        let info = self.info.as_deref().unwrap_or("");
        info.split(|character: char| character.is_whitespace() || matches!(character, ',' | '{' | ':'))
            .next()
            .unwrap_or("")
            .to_lowercase()
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
        // A byte order mark would hide a heading on the first line.
        let offset = if text.starts_with(BOM) { BOM.len_utf8() } else { 0 };
        let body = text.get(offset..).unwrap_or("");
        let mut reader = Reader { text, offset, page: Self::default(), open: Vec::new(), last: Vec::new() };
        reader.last.push(None);
        let options = Options::ENABLE_TABLES
            | Options::ENABLE_TASKLISTS
            | Options::ENABLE_FOOTNOTES
            | Options::ENABLE_STRIKETHROUGH
            | Options::ENABLE_YAML_STYLE_METADATA_BLOCKS;
        for (event, range) in Parser::new_ext(body, options).into_offset_iter() {
            reader.event(event, range);
        }
        reader.page
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
    /// name them.
    pub fn has_fragment(&self, fragment: &str) -> bool {
        let titles = || self.headings.iter().map(|heading| heading.text.as_str());
        self.anchors.iter().any(|anchor| anchor == fragment)
            || slug::gitlab(titles()).iter().any(|slug| slug == fragment)
            || slug::github(titles()).iter().any(|slug| slug == fragment)
    }
}

struct Reader<'a> {
    text: &'a str,
    offset: usize,
    page: Markdown,
    /// The blocks that are open, outermost first.
    open: Vec<BlockId>,
    /// The last block of each open level.
    last: Vec<Option<BlockId>>,
}

impl Reader<'_> {
    fn span(&self, range: &Range<usize>) -> Span {
        Span::new(range.start, range.end).shift(self.offset)
    }

    fn event(&mut self, event: Event<'_>, range: Range<usize>) {
        let span = self.span(&range);
        match event {
            Event::Start(tag) => self.start(&tag, span),
            Event::End(tag) => self.end(tag, span),
            Event::Text(text) => self.plain(&text, span),
            Event::Code(code) => self.code_span(&code, span),
            Event::InlineHtml(_) => {
                let inside =
                    self.open.last().and_then(|id| self.page.blocks.get(*id)).map(|block| block.kind);
                self.html(span, inside);
            }
            Event::SoftBreak | Event::HardBreak => self.heading_text(" "),
            _ => {}
        }
    }

    fn start(&mut self, tag: &Tag<'_>, span: Span) {
        let kind = match tag {
            Tag::Paragraph => BlockKind::Paragraph,
            Tag::Heading { .. } => BlockKind::Heading,
            Tag::List(_) => BlockKind::List,
            Tag::Item => BlockKind::Item,
            Tag::BlockQuote(_) => BlockKind::Quote,
            Tag::Table(_) => BlockKind::Table,
            Tag::TableHead | Tag::TableRow => BlockKind::Row,
            Tag::TableCell => BlockKind::Cell,
            Tag::CodeBlock(_) => BlockKind::Code,
            Tag::HtmlBlock => BlockKind::Html,
            Tag::FootnoteDefinition(_) | Tag::MetadataBlock(_) => BlockKind::Other,
            Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. } => return self.link(dest_url, span),
            _ => return,
        };
        let id = self.open_block(kind, span);
        match tag {
            Tag::Heading { level, .. } => self.heading(*level as u8, span, id),
            Tag::CodeBlock(kind) => {
                let info = match kind {
                    CodeBlockKind::Fenced(info) => Some(info.to_string()),
                    CodeBlockKind::Indented => None,
                };
                let unclosed = info.is_some() && self.is_unclosed(span);
                let (text, pieces) = (String::new(), Vec::new());
                self.page.code_blocks.push(CodeBlock { info, text, pieces, span, block: id, unclosed });
            }
            Tag::HtmlBlock => {
                let parent = self.open.iter().rev().nth(1).and_then(|id| self.page.blocks.get(*id));
                let inside = parent.map(|block| block.kind);
                self.html(span, inside);
            }
            _ => {}
        }
    }

    fn open_block(&mut self, kind: BlockKind, span: Span) -> BlockId {
        let id = self.page.blocks.len();
        let parent = self.open.last().copied();
        if kind == BlockKind::List
            && let Some(item) = parent.and_then(|parent| self.page.blocks.get_mut(parent))
            && item.lead.end > span.start
        {
            item.lead.end = span.start;
        }
        let previous = self.last.last().copied().flatten();
        if let Some(last) = self.last.last_mut() {
            *last = Some(id);
        }
        let heading = self.page.headings.len().checked_sub(1);
        self.page.blocks.push(Block { kind, span, lead: span, parent, previous, heading });
        self.open.push(id);
        self.last.push(None);
        id
    }

    fn end(&mut self, tag: TagEnd, _: Span) {
        let is_block = matches!(
            tag,
            TagEnd::Paragraph
                | TagEnd::Heading(_)
                | TagEnd::List(_)
                | TagEnd::Item
                | TagEnd::BlockQuote(_)
                | TagEnd::Table
                | TagEnd::TableHead
                | TagEnd::TableRow
                | TagEnd::TableCell
                | TagEnd::CodeBlock
                | TagEnd::HtmlBlock
                | TagEnd::FootnoteDefinition
                | TagEnd::MetadataBlock(_)
        );
        if is_block {
            self.open.pop();
            self.last.pop();
        }
    }

    fn heading(&mut self, level: u8, span: Span, block: BlockId) {
        let above = |(_, other): &(usize, &Heading)| other.level < level;
        let parent = self.page.headings.iter().enumerate().rev().find(above).map(|(index, _)| index);
        let index = self.page.headings.len();
        self.page.headings.push(Heading { level, span, text: String::new(), block, parent });
        if let Some(block) = self.page.blocks.get_mut(block) {
            block.heading = Some(index);
        }
    }

    fn kind(&self) -> Option<BlockKind> {
        self.open.last().and_then(|id| self.page.blocks.get(*id)).map(|block| block.kind)
    }

    fn heading_text(&mut self, text: &str) {
        if self.kind() == Some(BlockKind::Heading)
            && let Some(heading) = self.page.headings.last_mut()
        {
            heading.text.push_str(text);
        }
    }

    fn plain(&mut self, text: &str, span: Span) {
        match self.kind() {
            Some(BlockKind::Code) => {
                if let Some(block) = self.page.code_blocks.last_mut() {
                    block.pieces.push((block.text.len(), span.start));
                    block.text.push_str(text);
                }
                return;
            }
            Some(BlockKind::Html) => return,
            _ => self.heading_text(text),
        }
        for character in text.chars() {
            if character.is_ascii_alphabetic() {
                self.page.letters.0 += 1;
            } else if matches!(character, '\u{400}'..='\u{4ff}') {
                self.page.letters.1 += 1;
            }
        }
    }

    fn code_span(&mut self, code: &str, span: Span) {
        self.heading_text(code);
        let Some(block) = self.open.last().copied() else { return };
        let raw = span.slice(self.text);
        let ticks = raw.len() - raw.trim_start_matches('`').len();
        let inner = Span::new(span.start + ticks, span.end.saturating_sub(ticks).max(span.start + ticks));
        let body = inner.slice(self.text);
        let lead = body.find(code).filter(|_| !code.is_empty());
        let (span, exact) = match lead {
            Some(lead) => (Span::new(inner.start + lead, inner.start + lead + code.len()), true),
            None => (inner, false),
        };
        self.page.code_spans.push(CodeSpan { text: code.to_owned(), span, exact, block });
    }

    fn link(&mut self, destination: &str, span: Span) {
        let Some(block) = self.open.last().copied() else { return };
        // The destination stands behind the text; the last occurrence is it.
        let found = span.slice(self.text).rfind(destination).filter(|_| !destination.is_empty());
        let (span, exact) = match found {
            Some(at) => (Span::new(span.start + at, span.start + at + destination.len()), true),
            None => (span, false),
        };
        self.page.links.push(Link { destination: destination.to_owned(), span, exact, block });
    }

    /// The comments and anchors of some HTML.
    fn html(&mut self, span: Span, inside: Option<BlockKind>) {
        let html = span.slice(self.text);
        self.anchors(html);
        let mut at = 0;
        while let Some(start) = html.get(at..).and_then(|rest| rest.find("<!--")).map(|found| at + found) {
            let body_start = start + 4;
            let body = html.get(body_start..).unwrap_or("");
            let (length, unclosed) = match body.find("-->") {
                Some(length) => (length, false),
                None => (body.len(), true),
            };
            let end = if unclosed { html.len() } else { body_start + length + 3 };
            let place = Span::new(span.start + start, span.start + end);
            let embedded = html.get(..start).is_some_and(|before| !before.trim().is_empty());
            self.page.comments.push(Comment {
                body: body.get(..length).unwrap_or("").to_owned(),
                span: place,
                inside: inside.or(embedded.then_some(BlockKind::Html)),
                own_line: self.is_alone(place),
                unclosed,
            });
            at = end;
        }
    }

    fn anchors(&mut self, html: &str) {
        for name in [" id=", " name="] {
            for (at, _) in html.match_indices(name) {
                let value = html.get(at + name.len()..).unwrap_or("").trim_start_matches(['"', '\'']);
                let end = value.find(['"', '\'', ' ', '>']).unwrap_or(value.len());
                self.page.anchors.extend(value.get(..end).map(str::to_owned));
            }
        }
    }

    fn is_alone(&self, span: Span) -> bool {
        let before = self.text.get(..span.start).unwrap_or("");
        let line = before.get(before.rfind('\n').map_or(0, |at| at + 1)..).unwrap_or("");
        let after = self.text.get(span.end..).unwrap_or("");
        let rest = after.get(..after.find('\n').unwrap_or(after.len())).unwrap_or("");
        line.trim_start_matches(BOM).trim().is_empty() && rest.trim().is_empty()
    }

    /// Whether a fence runs to the end of the page without its closing line.
    fn is_unclosed(&self, span: Span) -> bool {
        let text = span.slice(self.text);
        let fence = text.trim_start_matches([' ', '>', '\t']);
        let Some(mark) = fence.chars().next() else { return false };
        let length = fence.chars().take_while(|character| *character == mark).count();
        let last =
            text.trim_end().rsplit('\n').next().unwrap_or("").trim_start_matches([' ', '>', '\t']).trim_end();
        let closes = text.trim_end().contains('\n')
            && last.chars().count() >= length
            && last.chars().all(|character| character == mark);
        !closes && self.text.get(span.end..).is_none_or(|rest| rest.trim().is_empty())
    }
}
