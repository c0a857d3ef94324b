//! From the events of `pulldown-cmark` to a [`Markdown`].

use super::{Block, BlockId, BlockKind, CodeBlock, CodeSpan, Comment, Heading, Link, Markdown};
use crate::source::{BOM, Span};
use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};
use std::ops::Range;

/// Pages of prose have a block for so many bytes, pages of tables more.
const BYTES_OF_A_BLOCK: usize = 96;

/// Reads a page.
pub(super) fn read(text: &str) -> Markdown {
    // A byte order mark would hide a heading on the first line.
    let offset = if text.starts_with(BOM) { BOM.len_utf8() } else { 0 };
    let body = text.get(offset..).unwrap_or("");
    let mut reader = Reader {
        text,
        offset,
        page: Markdown::default(),
        open: Vec::new(),
        last: vec![None],
        path: Vec::new(),
    };
    // Growing step by step copies the blocks of a long page several times.
    reader.page.blocks.reserve(body.len() / BYTES_OF_A_BLOCK);
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

struct Reader<'a> {
    text: &'a str,
    offset: usize,
    page: Markdown,
    /// The blocks that are open, outermost first.
    open: Vec<BlockId>,
    /// The last block of each open level.
    last: Vec<Option<BlockId>>,
    /// The headings over the place that is read, each of a lower level than the one before.
    path: Vec<usize>,
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
        let is_above =
            |index: &usize| self.page.headings.get(*index).is_some_and(|other| other.level < level);
        while self.path.last().is_some_and(|last| !is_above(last)) {
            self.path.pop();
        }
        let parent = self.path.last().copied();
        let index = self.page.headings.len();
        self.path.push(index);
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
            }
            Some(BlockKind::Html) => {}
            _ => self.heading_text(text),
        }
    }

    fn code_span(&mut self, code: &str, span: Span) {
        self.heading_text(code);
        let Some(block) = self.open.last().copied() else { return };
        let raw = span.slice(self.text);
        let ticks = raw.len() - raw.trim_start_matches('`').len();
        let inner = Span::new(span.start + ticks, span.end.saturating_sub(ticks).max(span.start + ticks));
        let body = inner.slice(self.text);
        // Most spans hold just their text: a search of its own costs as much as reading the rest.
        let lead = if body == code { Some(0) } else { body.find(code) }.filter(|_| !code.is_empty());
        let (span, other) = match lead {
            Some(lead) => (Span::new(inner.start + lead, inner.start + lead + code.len()), None),
            None => (inner, Some(code.to_owned())),
        };
        self.page.code_spans.push(CodeSpan { span, block, other });
    }

    fn link(&mut self, destination: &str, span: Span) {
        let Some(block) = self.open.last().copied() else { return };
        // The destination stands behind the text; the last occurrence is it.
        let link = span.slice(self.text);
        let at_the_end = link.strip_suffix([')', '>']).and_then(|link| link.strip_suffix(destination));
        let found = at_the_end.map(str::len).or_else(|| link.rfind(destination));
        let found = found.filter(|_| !destination.is_empty());
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
        let before = self.text.get(self.offset..span.start).unwrap_or("");
        let after = self.text.get(span.end..).unwrap_or("");
        // Only as far as the next letter: a line may hold thousands of comments.
        let is_telling = |character: &char| *character == '\n' || !character.is_whitespace();
        let ends = [before.chars().rev().find(is_telling), after.chars().find(is_telling)];
        ends.into_iter().all(|end| end.is_none_or(|end| end == '\n'))
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
