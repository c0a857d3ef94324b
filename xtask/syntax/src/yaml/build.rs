//! Parser events to tree.

use super::scalar::source_map;
use super::{Comment, DuplicateKey, Entry, Mapping, Node, Scalar, Sequence, Style, Value, Yaml};
use crate::SyntaxError;
use crate::source::{Span, Spanned};
use granit_parser::{Event, Options, Parser, ScalarStyle, ScanError, StrInput, StructureStyle, Tag};
use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// Nodes a document may have after aliases are followed. Aliases are shared here, but every consumer walks
/// them again; the bound keeps "billion laughs" files from costing more than this.
const MAX_EXPANDED_NODES: u64 = 500_000;

/// Collections open at once; deeper nesting is an error at its place.
const MAX_DEPTH: usize = 200;

/// How often a text is read again with one more [`Patch`].
const MAX_PATCHES: usize = 200;

/// Reads `text`. What YAML 1.2 forbids and the readers of our files take all the same is no error.
pub(super) fn parse(text: &str) -> Yaml {
    let mut patched = Cow::Borrowed(text);
    let mut tries = 0..MAX_PATCHES;
    let mut without_doubt = None;
    loop {
        let (yaml, patch) = attempt(text, &patched);
        let Some(patch) = patch.filter(|_| tries.next().is_some()) else {
            return without_doubt.filter(|_| !yaml.errors.is_empty()).unwrap_or(yaml);
        };
        if patch.doubtful && without_doubt.is_none() {
            without_doubt = Some(yaml);
        }
        patched.to_mut().replace_range(patch.offset..=patch.offset, patch.instead);
    }
}

/// One character that the parser refuses and libyaml takes, and one that it takes for the same.
struct Patch {
    offset: usize,
    instead: &'static str,
    /// Whether the error is the better answer when the text cannot be read with the patch either.
    doubtful: bool,
}

impl Patch {
    /// A tab before a line inside of brackets, `-` as a word inside of brackets (`[kubectl, apply, -f, -]`), and a line of
    /// a quoted text that is not indented: the break before it is read as the blank that folding makes of it.
    fn of(error: &ScanError, text: &str, in_flow: bool) -> Option<Self> {
        let offset = error.marker().byte_offset()?;
        let line = text.get(..offset)?.rfind('\n').map_or(0, |at| at + 1);
        if error.info().starts_with("invalid indentation in multiline quoted scalar") {
            let line_break = line.checked_sub(1)?;
            let carriage_return =
                line_break.checked_sub(1).filter(|at| text.as_bytes().get(*at) == Some(&b'\r'));
            return Some(Self {
                offset: carriage_return.unwrap_or(line_break),
                instead: " ",
                doubtful: true,
            });
        }
        if !in_flow {
            return None;
        }
        let indentation = text.get(line..).unwrap_or("");
        let blanks = indentation.len() - indentation.trim_start_matches([' ', '\t']).len();
        if let Some(tab) = indentation.get(..blanks).and_then(|blanks| blanks.find('\t')) {
            return Some(Self { offset: line + tab, instead: " ", doubtful: false });
        }
        let behind = text.get(offset..)?.strip_prefix('-')?;
        let word = behind.starts_with([',', '[', ']', '{', '}']);
        word.then_some(Self { offset, instead: LONE_DASH, doubtful: false })
    }
}

/// Stands for a `-` that is a word.
const LONE_DASH: &str = "_";

/// Reads `patched`, which is `text` but for its patches; with a patch that gets beyond the first error, if there is one.
fn attempt(text: &str, patched: &str) -> (Yaml, Option<Patch>) {
    let mut options = Options::default();
    options.emit_unresolved_aliases = true;
    options.emit_anchor_events = true;
    options.max_buffered_comment_events = 1 << 20;
    options.flow_nesting_limit = MAX_DEPTH;
    options.block_nesting_limit = MAX_DEPTH;
    let mut builder = Builder::new(text);
    let mut parser = Parser::new_from_str_with_options(patched, options);
    loop {
        match parser.next_event() {
            None => break,
            Some(Ok((event, span))) => builder.event(event, span),
            Some(Err(error)) => {
                let in_flow = builder.stack.last().is_some_and(|open| open.flow);
                if let Some(patch) = Patch::of(&error, patched, in_flow) {
                    builder.fail(&error);
                    return (builder.finish(), Some(patch));
                }
                builder.fail(&error);
                if !recover(&mut parser, &mut builder) {
                    break;
                }
            }
        }
    }
    (builder.finish(), None)
}

fn recover<'a>(parser: &mut Parser<'a, StrInput<'a>>, builder: &mut Builder<'_>) -> bool {
    match parser.proceed_next_document() {
        Ok(more) => more,
        Err(error) => {
            builder.fail(&error);
            false
        }
    }
}

/// A collection whose end has not come yet.
struct Open {
    kind: OpenKind,
    start: Span,
    flow: bool,
    indent: Option<usize>,
    tag: Option<Spanned<String>>,
    anchor_id: usize,
    anchor: Option<Spanned<String>>,
    size: Size,
}

/// What a value costs a consumer that walks it with its aliases followed.
#[derive(Clone, Copy)]
struct Size {
    nodes: u64,
    depth: usize,
}

impl Size {
    const ONE: Self = Self { nodes: 1, depth: 1 };

    /// A collection of this size that takes in one more value.
    fn with(self, inner: Self) -> Self {
        Self { nodes: self.nodes.saturating_add(inner.nodes), depth: self.depth.max(inner.depth + 1) }
    }
}

enum OpenKind {
    Sequence(Vec<Node>),
    Mapping { entries: Vec<(Node, Node)>, key: Option<Node> },
}

struct Builder<'a> {
    text: &'a str,
    yaml: Yaml,
    stack: Vec<Open>,
    anchors: HashMap<usize, (Node, Size)>,
    /// Anchor of the scalar that came last: the scalar is kept back until its anchor event may have come.
    pending: Option<(Node, usize)>,
}

impl<'a> Builder<'a> {
    fn new(text: &'a str) -> Self {
        Self { text, yaml: Yaml::default(), stack: Vec::new(), anchors: HashMap::new(), pending: None }
    }

    fn span(&self, span: granit_parser::Span) -> Span {
        let mut span = span.byte_range().map_or_else(Span::default, Span::from);
        span.end = span.end.min(self.text.len());
        span.start = span.start.min(span.end);
        while !self.text.is_char_boundary(span.start) {
            span.start -= 1;
        }
        while !self.text.is_char_boundary(span.end) {
            span.end += 1;
        }
        span
    }

    fn fail(&mut self, error: &ScanError) {
        self.flush();
        let start = error.marker().byte_offset().unwrap_or(self.text.len()).min(self.text.len());
        let span = self.visible(start);
        self.yaml.errors.push(SyntaxError { message: error.info(), span });
        // What was open is kept: a broken end must not hide the beginning.
        while !self.stack.is_empty() {
            self.close();
        }
    }

    /// The character at `offset`, or the last one of the text before it, so that a snippet shows something.
    fn visible(&self, offset: usize) -> Span {
        let mut start = offset;
        while !self.text.is_char_boundary(start) {
            start -= 1;
        }
        match self.text.get(start..).and_then(|rest| rest.chars().next()) {
            Some(next) if next != '\n' && next != '\r' => Span::new(start, start + next.len_utf8()),
            _ => Span::at(start),
        }
    }

    fn event(&mut self, event: Event<'_>, raw: granit_parser::Span) {
        let span = self.span(raw);
        if !matches!(event, Event::Anchor(..) | Event::Comment(..)) {
            self.flush();
        }
        match event {
            Event::Anchor(id, name) => self.anchor(id, Spanned::new(name.into_owned(), span)),
            Event::Comment(text, _) => self.comment(&text, span),
            Event::Scalar(text, style, anchor, tag) => {
                let node = self.scalar(&text, style, span, tag_of(tag, raw, self));
                self.pending = Some((node, anchor));
            }
            Event::SequenceStart(style, anchor, tag) => {
                let tag = tag_of(tag, raw, self);
                self.open(OpenKind::Sequence(Vec::new()), style, anchor, tag, span, raw.indent);
            }
            Event::MappingStart(style, anchor, tag) => {
                let tag = tag_of(tag, raw, self);
                let kind = OpenKind::Mapping { entries: Vec::new(), key: None };
                self.open(kind, style, anchor, tag, span, raw.indent);
            }
            Event::SequenceEnd | Event::MappingEnd => self.end(span),
            Event::Alias(id) => self.alias(id, span),
            Event::UnresolvedAlias(name) => {
                let message = format!("alias `*{name}` has no anchor `&{name}` before it");
                self.yaml.errors.push(SyntaxError { message, span });
                self.add(empty(span), Size::ONE);
            }
            Event::DocumentEnd => self.anchors.clear(),
            _ => {}
        }
    }

    fn comment(&mut self, text: &str, span: Span) {
        let line = self.text.get(..span.start).unwrap_or("").rsplit('\n').next().unwrap_or("");
        let own_line = line.trim_matches([' ', '\t', crate::source::BOM]).is_empty();
        self.yaml.comments.push(Comment { text: text.trim_end_matches('\r').to_owned(), span, own_line });
    }

    fn scalar(&self, text: &str, style: ScalarStyle, span: Span, tag: Option<Spanned<String>>) -> Node {
        let style = match style {
            ScalarStyle::Plain => Style::Plain,
            ScalarStyle::SingleQuoted => Style::SingleQuoted,
            ScalarStyle::DoubleQuoted => Style::DoubleQuoted,
            ScalarStyle::Literal => Style::Literal,
            ScalarStyle::Folded => Style::Folded,
        };
        if style == Style::Plain && span.is_empty() {
            return Node { tag, ..empty(span) };
        }
        let text = if text == LONE_DASH && span.slice(self.text) == "-" { "-" } else { text };
        let map = source_map(self.text, span, style, text);
        let span =
            if matches!(style, Style::Literal | Style::Folded) { self.without_break(span) } else { span };
        let scalar = Scalar { text: Arc::from(text), style, map };
        Node { value: Value::Scalar(scalar), span, tag, anchor: None, alias: None }
    }

    /// A block scalar's span without the line breaks behind its last line of content.
    fn without_break(&self, span: Span) -> Span {
        let content = span.slice(self.text);
        Span::new(span.start, span.start + content.trim_end_matches(['\n', '\r', ' ']).len())
    }

    fn open(
        &mut self,
        kind: OpenKind,
        style: StructureStyle,
        anchor_id: usize,
        tag: Option<Spanned<String>>,
        start: Span,
        indent: Option<usize>,
    ) {
        let flow = style == StructureStyle::Flow;
        self.stack.push(Open { kind, start, flow, indent, tag, anchor_id, anchor: None, size: Size::ONE });
    }

    fn anchor(&mut self, id: usize, name: Spanned<String>) {
        if let Some((node, anchor)) = &mut self.pending
            && *anchor == id
        {
            node.anchor = Some(name);
        } else if let Some(open) = self.stack.last_mut().filter(|open| open.anchor_id == id) {
            open.anchor = Some(name);
        }
    }

    fn alias(&mut self, id: usize, span: Span) {
        let Some((node, size)) = self.anchors.get(&id).cloned() else {
            // An alias inside its own anchor: a cycle, which no reader of ours accepts.
            let message = "alias refers to the value that contains it".to_owned();
            self.yaml.errors.push(SyntaxError { message, span });
            self.add(empty(span), Size::ONE);
            return;
        };
        self.add(Node { alias: Some(span), anchor: None, ..node }, size);
    }

    fn end(&mut self, end: Span) {
        if let Some(open) = self.stack.last_mut()
            && open.flow
        {
            open.start = open.start.join(end);
        }
        self.close();
    }

    /// Closes the innermost collection and hands it to the one around it.
    fn close(&mut self) {
        let Some(open) = self.stack.pop() else { return };
        let (value, inner) = match open.kind {
            OpenKind::Sequence(items) => {
                let inner = items.iter().map(Node::site).reduce(Span::join);
                (Value::Sequence(Arc::new(Sequence { items, flow: open.flow })), inner)
            }
            OpenKind::Mapping { mut entries, key } => {
                if let Some(key) = key {
                    let nothing = empty(Span::at(key.span.end));
                    entries.push((key, nothing));
                }
                let inner =
                    entries.iter().map(|(key, value)| key.site().join(value.site())).reduce(Span::join);
                (Value::Mapping(Arc::new(self.mapping(entries, open.flow, open.indent))), inner)
            }
        };
        let span = match (open.flow, inner) {
            (true, _) | (false, None) => open.start,
            (false, Some(inner)) => Span::new(open.start.start.min(inner.start), inner.end),
        };
        let node = Node { value, span, tag: open.tag, anchor: open.anchor, alias: None };
        if open.anchor_id != 0 {
            self.anchors.insert(open.anchor_id, (node.clone(), open.size));
        }
        self.add(node, open.size);
    }

    /// Hands the scalar that was kept back to its collection.
    fn flush(&mut self) {
        if let Some((node, anchor)) = self.pending.take() {
            if anchor != 0 {
                self.anchors.insert(anchor, (node.clone(), Size::ONE));
            }
            self.add(node, Size::ONE);
        }
    }

    fn add(&mut self, mut node: Node, size: Size) {
        let Some(open) = self.stack.last_mut() else {
            self.yaml.documents.push(node);
            return;
        };
        let grown = open.size.with(size);
        let too_large = (grown.nodes > MAX_EXPANDED_NODES)
            .then(|| format!("aliases expand to more than {MAX_EXPANDED_NODES} values"));
        let too_deep = || {
            (grown.depth > 2 * MAX_DEPTH).then(|| format!("aliases are nested deeper than {}", 2 * MAX_DEPTH))
        };
        match too_large.or_else(too_deep).filter(|_| node.alias.is_some()) {
            Some(message) => {
                self.yaml.errors.push(SyntaxError { message, span: node.site() });
                node = empty(node.site());
            }
            None => open.size = grown,
        }
        match &mut open.kind {
            OpenKind::Sequence(items) => items.push(node),
            OpenKind::Mapping { entries, key } => match key.take() {
                None => *key = Some(node),
                Some(key) => entries.push((key, node)),
            },
        }
    }

    fn mapping(&mut self, pairs: Vec<(Node, Node)>, flow: bool, indent: Option<usize>) -> Mapping {
        let column = indent.or_else(|| pairs.first().map(|(key, _)| self.column(key.span.start)));
        let mut mapping = Mapping { flow, indent: column.filter(|_| !flow), ..Mapping::default() };
        let mut seen: HashMap<Arc<str>, Span> = HashMap::new();
        for (key, value) in pairs {
            if key.as_scalar().is_some_and(|scalar| scalar.style == Style::Plain && &*scalar.text == "<<") {
                mapping.merges.push(value);
                continue;
            }
            if matches!(key.value, Value::Mapping(_)) && self.yaml.template.is_none() {
                self.yaml.template = Some(key.span);
            }
            let text = key.as_scalar().map_or_else(|| Arc::from(""), |scalar| scalar.text.clone());
            if key.as_scalar().is_some()
                && let Some(first) = seen.insert(text.clone(), key.span)
            {
                let key_text = text.to_string();
                self.yaml.duplicates.push(DuplicateKey { key: key_text, first, second: key.span });
            }
            mapping.entries.push(Entry { key: Spanned::new(text, key.span), value, merged: None });
        }
        merge(&mut mapping);
        mapping
    }

    fn column(&self, offset: usize) -> usize {
        let line = self.text.get(..offset).unwrap_or("").rsplit('\n').next().unwrap_or("");
        line.chars().filter(|character| *character != crate::source::BOM).count()
    }

    fn finish(mut self) -> Yaml {
        self.flush();
        while !self.stack.is_empty() {
            self.close();
        }
        if self.yaml.template.is_none() && !self.yaml.errors.is_empty() {
            self.yaml.template = template(self.text);
        }
        self.yaml
    }
}

fn tag_of(
    tag: Option<Cow<'_, Tag>>,
    raw: granit_parser::Span,
    builder: &Builder<'_>,
) -> Option<Spanned<String>> {
    let tag = tag?;
    let span = raw.tag_span().map_or_else(Span::default, |span| builder.span(span));
    Some(Spanned::new(tag.original(), span))
}

fn empty(span: Span) -> Node {
    Node { value: Value::Empty, span: Span::at(span.start), tag: None, anchor: None, alias: None }
}

/// Adds what `<<` brings: keys of the mapping itself win, then earlier merges over later ones.
fn merge(mapping: &mut Mapping) {
    if mapping.merges.is_empty() {
        return;
    }
    let mut known: HashSet<Arc<str>> = mapping.entries.iter().map(|entry| entry.key.value.clone()).collect();
    let mut brought: Vec<Entry> = Vec::new();
    for merge in &mapping.merges {
        let sources = match &merge.value {
            Value::Sequence(sequence) => sequence.items.iter().collect::<Vec<_>>(),
            _ => vec![merge],
        };
        for source in sources {
            for entry in source.entries() {
                if known.insert(entry.key.value.clone()) {
                    brought.push(Entry { merged: Some(source.site()), ..entry.clone() });
                }
            }
        }
    }
    mapping.entries.extend(brought);
}

/// Where a text that is no YAML uses template syntax.
fn template(text: &str) -> Option<Span> {
    let start = text.find("{{")?;
    let end = text.get(start..)?.find("}}").map_or(start + 2, |length| start + length + 2);
    Some(Span::new(start, end))
}
