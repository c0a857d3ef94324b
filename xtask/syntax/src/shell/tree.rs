//! What a script consists of: commands, and the scopes they stand in.

use super::word::{Assignment, Word};
use crate::source::Span;

/// Names a [`Command`] of one [`Script`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CommandId(pub(super) usize);

/// Names a [`Scope`] of one [`Script`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ScopeId(pub(super) usize);

/// Names a [`Heredoc`] of one [`Script`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HeredocId(pub(super) usize);

/// A shell text, read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Script {
    /// Every simple command, wherever the shell would run it, ordered by where it begins.
    pub commands: Vec<Command>,
    /// The lists that the commands stand in; the first one is the script itself.
    pub scopes: Vec<Scope>,
    /// The here-documents, in source order of their operators.
    pub heredocs: Vec<Heredoc>,
}

/// A simple command: assignments, words and redirections up to the next separator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// Its name in the script.
    pub id: CommandId,
    /// From its first assignment, word or redirection to its last; no separator, no here-document body.
    pub span: Span,
    /// `NAME=value` in front of the first word.
    pub assignments: Vec<Assignment>,
    /// The program and its arguments; empty for pure assignments and redirections.
    pub words: Vec<Word>,
    /// Where its input and output go.
    pub redirections: Vec<Redirection>,
    /// The list it is an item of.
    pub scope: ScopeId,
    /// Which item of that list it is.
    pub item: usize,
    /// The texts that it hands to another shell (`sh -c '…'`, `sh <<EOF`), read in turn: scopes of the kind
    /// [`ScopeKind::Shell`].
    pub shells: Vec<ScopeId>,
}

impl Command {
    /// An empty command of this scope.
    pub(super) const fn new(id: CommandId, scope: ScopeId, span: Span) -> Self {
        Self {
            id,
            span,
            assignments: Vec::new(),
            words: Vec::new(),
            redirections: Vec::new(),
            scope,
            item: 0,
            shells: Vec::new(),
        }
    }
}

/// A list of commands: a script, a group, a body, a substitution.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope {
    /// Why the list is one of its own.
    pub kind: ScopeKind,
    /// The text of it, with its brackets or keywords.
    pub span: Span,
    /// The scope around it; `None` for the script itself.
    pub parent: Option<ScopeId>,
    /// Which item of the parent it is; `None` for substitutions and nested shells.
    pub item: Option<usize>,
    /// The command in whose words, here-documents or arguments it stands, if it does.
    pub host: Option<CommandId>,
    /// What stands in it.
    pub items: Vec<Item>,
    /// Redirections behind the closing bracket or keyword.
    pub redirections: Vec<Redirection>,
    /// The words of `for NAME in WORDS`, the subject and the patterns of `case`.
    pub words: Vec<Word>,
}

impl Scope {
    /// An empty scope without a parent.
    pub(super) const fn new(kind: ScopeKind, span: Span) -> Self {
        Self {
            kind,
            span,
            parent: None,
            item: None,
            host: None,
            items: Vec::new(),
            redirections: Vec::new(),
            words: Vec::new(),
        }
    }
}

/// Why a [`Scope`] is a list of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ScopeKind {
    /// The text itself.
    Script,
    /// `( … )`.
    Subshell,
    /// `{ …; }`.
    Group,
    /// `if … fi`; its items are conditions and bodies.
    If,
    /// `while … done` and `until … done`; its items are a condition and a body.
    While,
    /// `for`, `select`; its item is a body.
    For {
        /// The loop variable; empty for `for ((…))`.
        variable: String,
    },
    /// `case … esac`; its items are bodies.
    Case,
    /// What `if`, `elif`, `while` or `until` tests.
    Condition,
    /// What a compound command runs or not.
    Body,
    /// The body of a function; it runs where the function is called.
    Function {
        /// The function's name.
        name: String,
    },
    /// `$(…)` or backticks.
    Substitution,
    /// `<(…)` or `>(…)`.
    Process,
    /// `((…))`: no commands but those of substitutions.
    Arithmetic,
    /// A text that another shell reads: `sh -c '…'`, `eval '…'`, a here-document.
    Shell(ShellRun),
}

/// Under what circumstances a nested shell runs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ShellRun {
    /// The programs around its text, outermost first: `sudo`, `bash`.
    pub through: Vec<String>,
    /// The user that `su`, `sudo` and the like changed to.
    pub user: Option<String>,
    /// The folder that `env -C` and the like changed to.
    pub directory: Option<Word>,
    /// Assignments in front of it and of the wrappers around it.
    pub assignments: Vec<Assignment>,
}

/// One element of a list with what joins it to the next one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// The command or the compound command.
    pub element: Element,
    /// All of it, from a leading `!` on, with the redirections behind a compound command.
    pub span: Span,
    /// Whether `!` stands in front.
    pub negated: bool,
    /// What joins it to the next item or ends it; `None` at the end of the list.
    pub connector: Option<Connector>,
}

/// What an [`Item`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Element {
    /// A simple command.
    Command(CommandId),
    /// A compound command or a function definition.
    Scope(ScopeId),
}

/// An operator between two items.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Connector {
    /// Which one.
    pub kind: ConnectorKind,
    /// Where it stands.
    pub span: Span,
}

/// How two items are joined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConnectorKind {
    /// `&&`
    And,
    /// `||`
    Or,
    /// `|` and `|&`
    Pipe,
    /// `;` and the end of a line
    Sequence,
    /// `&`
    Background,
}

/// A redirection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redirection {
    /// The operator with its descriptor, as written: `2>`, `<<-`, `&>>`.
    pub operator: String,
    /// The operator and its target.
    pub span: Span,
    /// The file, descriptor, here-string or here-document delimiter; `None` if it is missing.
    pub target: Option<Word>,
    /// The here-document that `<<` opens.
    pub heredoc: Option<HeredocId>,
}

/// A here-document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heredoc {
    /// The command that reads it; `None` if a compound command does.
    pub host: Option<CommandId>,
    /// The scope of the command, or the compound command itself.
    pub scope: ScopeId,
    /// The delimiter, quotes removed.
    pub delimiter: String,
    /// Whether the delimiter is quoted, so that the body is taken literally.
    pub quoted: bool,
    /// Whether leading tabs are removed (`<<-`).
    pub strip_tabs: bool,
    /// The lines between the operator's line and the terminator; the text is what the program reads.
    pub body: Word,
    /// The delimiter on its closing line; `None` if the document is not closed.
    pub terminator: Option<Span>,
}

impl Script {
    /// The command of that name.
    pub fn command(&self, id: CommandId) -> Option<&Command> {
        self.commands.get(id.0)
    }

    /// The scope of that name.
    pub fn scope(&self, id: ScopeId) -> Option<&Scope> {
        self.scopes.get(id.0)
    }

    /// The here-document of that name.
    pub fn heredoc(&self, id: HeredocId) -> Option<&Heredoc> {
        self.heredocs.get(id.0)
    }

    /// The scopes around a command, innermost first.
    pub fn scopes_around(&self, command: &Command) -> impl Iterator<Item = &Scope> {
        std::iter::successors(self.scope(command.scope), |scope| self.scope(scope.parent?))
    }

    /// What joins the command to the item before it, and what joins it to the item behind it.
    pub fn connectors(&self, command: &Command) -> (Option<Connector>, Option<Connector>) {
        let items = self.scope(command.scope).map_or(&[][..], |scope| &scope.items);
        let before = command.item.checked_sub(1).and_then(|before| items.get(before)?.connector);
        (before, items.get(command.item).and_then(|item| item.connector))
    }

    /// The elements of the pipeline that the command is part of, in order; the command alone if it is in
    /// none.
    pub fn pipeline(&self, command: &Command) -> &[Item] {
        let items = self.scope(command.scope).map_or(&[][..], |scope| &scope.items);
        pipeline_around(items, command.item)
    }

    /// What to delete so that the command is gone and the list around it stays well-formed: the command
    /// with one `&&` (or `;`, or line end) and the blanks beside it. `None` if it is alone in its list, part of a
    /// pipeline, negated, sent to the background, joined by `||`, or has a here-document.
    pub fn removal(&self, command: &Command) -> Option<Span> {
        let items = &self.scope(command.scope)?.items;
        let item = items.get(command.item)?;
        let before = command.item.checked_sub(1).and_then(|before| items.get(before));
        let joined = before.and_then(|before| before.connector);
        let removable =
            |connector: &Connector| matches!(connector.kind, ConnectorKind::And | ConnectorKind::Sequence);
        let heredoc = command.redirections.iter().any(|redirection| redirection.heredoc.is_some());
        if item.negated || heredoc || !joined.iter().chain(&item.connector).all(removable) {
            return None;
        }
        let span = match (before, joined, items.get(command.item + 1)) {
            (Some(before), Some(joined), _) if joined.kind == ConnectorKind::And => {
                Span::new(before.span.end, item.span.end)
            }
            (_, _, Some(next)) => Span::new(item.span.start, next.span.start),
            (Some(before), Some(_), None) => Span::new(before.span.end, item.span.end),
            _ => return None,
        };
        // The body of a neighbour's here-document may lie between them.
        let holds_body = self.heredocs.iter().any(|heredoc| span.contains(heredoc.body.span));
        (!holds_body).then_some(span)
    }
}

/// The run of items around `index` that pipes join.
fn pipeline_around(items: &[Item], index: usize) -> &[Item] {
    let piped = |item: &Item| item.connector.is_some_and(|connector| connector.kind == ConnectorKind::Pipe);
    let mut start = index;
    while start.checked_sub(1).and_then(|before| items.get(before)).is_some_and(piped) {
        start -= 1;
    }
    let mut end = index;
    while items.get(end).is_some_and(piped) {
        end += 1;
    }
    items.get(start..(end + 1).min(items.len())).unwrap_or(&[])
}
