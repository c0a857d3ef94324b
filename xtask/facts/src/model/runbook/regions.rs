//! Owned regions: what stands between `<!-- okteto:NAME [ARGUMENT] -->` and `<!-- /okteto:NAME -->`.

use crate::source::{Span, Spanned};
use crate::suggest::closest;
use crate::syntax::markdown::{BlockKind, Comment, Markdown};
use std::collections::HashMap;

/// What a region shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RegionKind {
    /// One row for each dev container.
    DevContainers,
    /// A section for one app.
    App,
    /// The commands of a session, for each app.
    Commands,
    /// Forwarded ports.
    Ports,
    /// Sync roots with their ignore files.
    Sync,
    /// Builds.
    Builds,
    /// Namespaces of the apps.
    Namespaces,
    /// Other manifests and what they start.
    Catalog,
    /// Variables that manifests read.
    Variables,
    /// A diagram of everything.
    Topology,
}

impl RegionKind {
    /// All kinds.
    pub const ALL: [Self; 10] = [
        Self::DevContainers,
        Self::App,
        Self::Commands,
        Self::Ports,
        Self::Sync,
        Self::Builds,
        Self::Namespaces,
        Self::Catalog,
        Self::Variables,
        Self::Topology,
    ];

    /// The name in the mark.
    pub const fn name(self) -> &'static str {
        match self {
            Self::DevContainers => "dev-containers",
            Self::App => "app",
            Self::Commands => "commands",
            Self::Ports => "ports",
            Self::Sync => "sync",
            Self::Builds => "builds",
            Self::Namespaces => "namespaces",
            Self::Catalog => "catalog",
            Self::Variables => "variables",
            Self::Topology => "topology",
        }
    }

    /// The kind with this name.
    pub fn find(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// An owned region.
#[derive(Clone, Debug)]
pub struct Region {
    /// What it shows.
    pub kind: RegionKind,
    /// The app of an `app` region.
    pub argument: Option<Spanned<String>>,
    /// The opening mark.
    pub open: Span,
    /// The name in the opening mark.
    pub name: Span,
    /// The lines between the marks, with their line ends.
    pub content: Span,
    /// Both marks and what is between them.
    pub whole: Span,
}

impl Region {
    /// The mark's words: `app synestra-io`.
    pub fn label(&self) -> String {
        match &self.argument {
            Some(argument) => format!("{} {}", self.kind.name(), argument.value),
            None => self.kind.name().to_owned(),
        }
    }
}

/// Whether some region holds a span. Regions come in order and never overlap.
pub fn hold(regions: &[Region], span: Span) -> bool {
    let before = regions.partition_point(|region| region.whole.start <= span.start);
    before.checked_sub(1).and_then(|last| regions.get(last)).is_some_and(|region| region.whole.contains(span))
}

/// A mark that makes no region.
#[derive(Clone, Debug)]
pub struct Fault {
    /// What is wrong with it.
    pub kind: FaultKind,
    /// The words of the mark: `ports`, `/ports`.
    pub words: String,
    /// Where.
    pub span: Span,
    /// Another place that belongs to it: the region around a nested one, the fence that swallows an end.
    pub other: Option<Span>,
}

/// What is wrong with a mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaultKind {
    /// There is no region of this name.
    Unknown,
    /// A blank or slash between `okteto:` and the name.
    Apart,
    /// `app` without an app, or an argument where none belongs.
    Argument,
    /// No end mark.
    Unclosed,
    /// The comment itself has no `-->`.
    UnclosedComment,
    /// An end mark without a beginning.
    Unopened,
    /// A region inside another one.
    Nested,
    /// The end mark names another region.
    WrongEnd,
    /// In a list, a table, a quote or a line of text: nothing can be written there.
    Misplaced(BlockKind),
}

/// A mark: opening or closing.
struct Mark<'a> {
    comment: &'a Comment,
    closing: bool,
    name: Spanned<&'a str>,
    argument: Option<Spanned<&'a str>>,
    /// Whether the next mark of this name, after an opening, is an end.
    has_end: bool,
    /// Whether a blank parts the name from what stands before it, or the slash of an end does.
    is_apart: bool,
}

/// The regions of a page and the marks that make none.
pub fn find(text: &str, markdown: &Markdown) -> (Vec<Region>, Vec<Fault>) {
    let unclosed = markdown.code_blocks.iter().filter(|block| block.unclosed);
    let mut finder = Finder {
        text,
        unclosed: unclosed.map(|block| block.span).collect(),
        regions: Vec::new(),
        faults: Vec::new(),
        open: None,
        refused: HashMap::new(),
        unknown: None,
    };
    let mut marks: Vec<Mark<'_>> = markdown.comments.iter().filter_map(mark).collect();
    let mut next: HashMap<&str, bool> = HashMap::new();
    for mark in marks.iter_mut().rev() {
        mark.has_end = next.insert(mark.name.value, mark.closing) == Some(true) && !mark.closing;
    }
    for mark in marks {
        finder.mark(mark);
    }
    if let Some(open) = finder.open.take() {
        finder.unclosed(&open);
    }
    let Finder { mut regions, mut faults, .. } = finder;
    faults.sort_by_key(|fault| fault.span);
    // What stands in a region that has a fault is not rewritten: without the faulty mark all others may mean
    // something else.
    regions.retain(|region| {
        let at = faults.partition_point(|fault| fault.span.start < region.whole.start);
        faults.get(at).is_none_or(|fault| fault.span.start >= region.whole.end)
    });
    (regions, faults)
}

/// Reads ` okteto:NAME ARGUMENT ` or ` /okteto:NAME `.
fn mark(comment: &Comment) -> Option<Mark<'_>> {
    let body = comment.body.as_str();
    // An unclosed comment runs to the end of the page: its first line tells what it was meant to be.
    let body = if comment.unclosed { body.lines().next().unwrap_or("") } else { body };
    let mut words = Words { text: body, at: 0, offset: comment.span.start + 4 };
    let head = words.next()?;
    let (closing, rest) = match head.value.strip_prefix('/') {
        Some(rest) => (true, rest),
        None => (false, head.value),
    };
    let name = rest.strip_prefix("okteto:")?;
    // `okteto:/ports` is meant as an end.
    let (closing, is_behind, name) = match name.strip_prefix('/') {
        Some(name) => (true, true, name),
        None => (closing, false, name),
    };
    let is_apart = name.is_empty();
    let name = match is_apart {
        true => words.next()?,
        false => Spanned::new(name, Span::new(head.span.end - name.len(), head.span.end)),
    };
    let argument = words.next();
    Some(Mark { comment, closing, name, argument, has_end: false, is_apart: is_apart || is_behind })
}

struct Words<'a> {
    text: &'a str,
    at: usize,
    offset: usize,
}

impl<'a> Words<'a> {
    fn next(&mut self) -> Option<Spanned<&'a str>> {
        let rest = self.text.get(self.at..)?;
        let start = self.at + (rest.len() - rest.trim_start().len());
        let rest = self.text.get(start..)?;
        let length = rest.find(char::is_whitespace).unwrap_or(rest.len());
        self.at = start + length;
        let span = Span::new(start, self.at).shift(self.offset);
        (length > 0).then(|| Spanned::new(rest.get(..length).unwrap_or(""), span))
    }
}

struct Finder<'a> {
    text: &'a str,
    /// The fences that run to the end of the page: one, and those in it.
    unclosed: Vec<Span>,
    regions: Vec<Region>,
    faults: Vec<Fault>,
    open: Option<Mark<'a>>,
    /// How many openings of a name were refused: their ends are not complained about as well.
    refused: HashMap<&'a str, usize>,
    /// The last opening with a name that no region has, until its end is found.
    unknown: Option<&'a str>,
}

impl<'a> Finder<'a> {
    fn fault(&mut self, kind: FaultKind, mark: &Mark<'_>, span: Span, other: Option<Span>) {
        let slash = if mark.closing { "/" } else { "" };
        let mut words = format!("{slash}okteto:{}", mark.name.value);
        if let Some(argument) = mark.argument.as_ref().filter(|_| kind == FaultKind::Apart) {
            words = format!("{words} {}", argument.value);
        }
        self.faults.push(Fault { kind, words, span, other });
    }

    fn mark(&mut self, mark: Mark<'a>) {
        if mark.comment.unclosed {
            self.fault(
                FaultKind::UnclosedComment,
                &mark,
                Span::new(mark.comment.span.start, mark.name.span.end),
                None,
            );
            if mark.closing {
                self.open = None;
            }
            return;
        }
        if mark.closing && mark.is_apart {
            self.fault(FaultKind::Apart, &mark, mark.comment.span, None);
        }
        if mark.closing { self.close(&mark) } else { self.open(mark) }
    }

    /// Makes nothing of an opening, nor of its end, if it has one before the next opening of the name.
    fn refuse(&mut self, mark: &Mark<'a>) {
        *self.refused.entry(mark.name.value).or_default() += usize::from(mark.has_end);
    }

    fn open(&mut self, mark: Mark<'a>) {
        match self.open.take() {
            Some(outer) if outer.has_end => {
                let around = outer.comment.span;
                self.open = Some(outer);
                self.refuse(&mark);
                return self.fault(FaultKind::Nested, &mark, mark.comment.span, Some(around));
            }
            // The end of the outer one was lost, and nothing is wrong with this one.
            Some(outer) => self.unclosed(&outer),
            None => {}
        }
        let misplaced = match (mark.comment.inside, mark.comment.own_line) {
            (Some(kind), _) => Some(kind),
            (None, false) => Some(BlockKind::Paragraph),
            (None, true) => None,
        };
        if let Some(kind) = misplaced {
            self.refuse(&mark);
            self.fault(FaultKind::Misplaced(kind), &mark, mark.comment.span, None);
            return;
        }
        if mark.is_apart {
            self.refuse(&mark);
            self.fault(FaultKind::Apart, &mark, mark.comment.span, None);
            return;
        }
        let Some(kind) = RegionKind::find(mark.name.value) else {
            self.refuse(&mark);
            self.unknown = Some(mark.name.value);
            self.fault(FaultKind::Unknown, &mark, mark.name.span, None);
            return;
        };
        if (kind == RegionKind::App) != mark.argument.is_some() {
            self.refuse(&mark);
            let span = mark.argument.as_ref().map_or(mark.name.span, |argument| argument.span);
            self.fault(FaultKind::Argument, &mark, span, None);
            return;
        }
        self.open = Some(mark);
    }

    fn close(&mut self, mark: &Mark<'a>) {
        if let Some(refused) = self.refused.get_mut(mark.name.value).filter(|refused| **refused > 0) {
            *refused -= 1;
            self.unknown = self.unknown.filter(|unknown| *unknown != mark.name.value);
            return;
        }
        let Some(open) = self.open.take() else {
            // The name is misspelt in the opening alone.
            if self.unknown.take().is_some_and(|unknown| closest(unknown, [mark.name.value]).is_some()) {
                return;
            }
            self.fault(FaultKind::Unopened, mark, mark.comment.span, None);
            return;
        };
        if open.name.value != mark.name.value {
            self.fault(FaultKind::WrongEnd, mark, mark.name.span, Some(open.name.span));
            return;
        }
        // An end may repeat what its region is about.
        let own = open.argument.as_ref().map(|word| word.value);
        if let Some(other) = mark.argument.as_ref().filter(|word| own != Some(word.value)) {
            self.fault(FaultKind::WrongEnd, mark, other.span, Some(open.name.span));
            return;
        }
        if mark.comment.inside.is_some() || !mark.comment.own_line {
            let kind = mark.comment.inside.unwrap_or(BlockKind::Paragraph);
            self.fault(FaultKind::Misplaced(kind), mark, mark.comment.span, Some(open.comment.span));
            return;
        }
        let Some(kind) = RegionKind::find(open.name.value) else { return };
        let start = next_line(self.text, open.comment.span.end);
        let end = line_start(self.text, mark.comment.span.start);
        self.regions.push(Region {
            kind,
            argument: open.argument.as_ref().map(|word| Spanned::new(word.value.to_owned(), word.span)),
            open: open.comment.span,
            name: open.name.span,
            content: Span::new(start, end.max(start)),
            whole: open.comment.span.join(mark.comment.span),
        });
    }

    fn unclosed(&mut self, open: &Mark<'_>) {
        let from = open.comment.span.end;
        let line = self.unclosed.iter().find(|fence| fence.start >= from).map(|fence| {
            let text = fence.slice(self.text);
            Span::new(fence.start, text.find('\n').map_or(fence.end, |at| fence.start + at))
        });
        self.fault(FaultKind::Unclosed, open, open.comment.span, line);
    }
}

fn next_line(text: &str, at: usize) -> usize {
    text.get(at..).and_then(|rest| rest.find('\n')).map_or(text.len(), |found| at + found + 1)
}

fn line_start(text: &str, at: usize) -> usize {
    text.get(..at).and_then(|before| before.rfind('\n')).map_or(0, |found| found + 1)
}
