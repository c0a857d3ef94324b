//! From commands to the programs that run: through `sudo`, `env`, `sh -c` and their like.

use super::flags::{Argument, Flag, Walk};
use super::parser::Parser;
use super::tree::{
    Command, CommandId, ConnectorKind, Element, HeredocId, Scope, ScopeId, ScopeKind, Script, ShellRun,
};
use super::word::{Assignment, Expansion, OffsetMap, Word};
use super::wrappers::{PACKAGE_MANAGERS, Payload, Wrapper, wrapper};
use crate::source::Span;

/// How many shells may be nested in each other: each level reads its text once more.
const MAX_SHELLS: usize = 8;

/// A program as it is run, behind all wrappers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invocation<'a> {
    /// The command that it comes from.
    pub command: &'a Command,
    /// The program's name: quotes and folders removed, behind package runners also the version
    /// (`pnpm` for `/usr/bin/pnpm`, `\pnpm`, `corepack pnpm@9`).
    pub program: &'a str,
    /// The word that names it.
    pub word: &'a Word,
    /// Its arguments.
    pub args: &'a [Word],
    /// Variables assigned for it, later ones win: by enclosing shells, the command itself and wrappers.
    /// `export` commands before it are not among them.
    pub assignments: Vec<Assignment>,
    /// The user that `su`, `sudo`, `gosu` and their like changed to; without a name `sudo`, `doas` and `su`
    /// mean `root`.
    pub user: Option<String>,
    /// The folder that `env -C` and its like changed to.
    pub directory: Option<Word>,
    /// The wrappers of this command line, outermost first.
    pub through: Vec<Layer<'a>>,
    /// From the program's word to its last argument.
    pub span: Span,
}

/// A wrapper around a program, itself a program with arguments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layer<'a> {
    /// Its name.
    pub program: &'a str,
    /// The word that names it.
    pub word: &'a Word,
    /// Its arguments, the wrapped program and that one's arguments included.
    pub args: &'a [Word],
}

impl Script {
    /// The programs that the script runs, in source order, those of nested shells included. Commands that
    /// only hand a text to a shell are left out: the commands of the text are there.
    pub fn invocations(&self) -> impl Iterator<Item = Invocation<'_>> {
        self.commands.iter().filter_map(|command| self.invocation(command))
    }

    /// The program that a command of this script runs behind its wrappers; `None` for assignments alone and
    /// for commands that only hand a text to a shell.
    pub fn invocation<'a>(&'a self, command: &'a Command) -> Option<Invocation<'a>> {
        if !command.shells.is_empty() {
            return None;
        }
        let unwrapped = unwrap(&command.words)?;
        let (word, args) = unwrapped.words.split_first()?;
        let outer = self.scopes_around(command).find_map(Scope::shell);
        let mut context = unwrapped.context;
        let mut assignments = outer.map_or_else(Vec::new, |outer| outer.assignments.clone());
        assignments.extend(command.assignments.iter().cloned());
        assignments.append(&mut context.assignments);
        Some(Invocation {
            command,
            program: unwrapped.program,
            word,
            args,
            assignments,
            user: context.user.or_else(|| outer?.user.clone()),
            directory: context.directory.or_else(|| outer?.directory.clone()),
            through: unwrapped.through,
            span: args.last().map_or(word.span, |last| word.span.join(last.span)),
        })
    }
}

impl Scope {
    /// How the nested shell whose text this is runs.
    pub fn shell(&self) -> Option<&ShellRun> {
        match &self.kind {
            ScopeKind::Shell(run) => Some(run),
            _ => None,
        }
    }
}

/// Reads the programs and arguments of an exec form (`["npm", "ci"]`) like a command: its words are
/// literal, and wrappers and nested shells in it are followed.
pub fn exec_form(words: Vec<Word>) -> Script {
    let mut script = Script::default();
    let span = words.iter().map(|word| word.span).reduce(Span::join).unwrap_or_default();
    let (id, scope) = (CommandId(0), ScopeId(0));
    let element = Element::Command(id);
    let item = super::tree::Item { element, span, negated: false, connector: None };
    script.scopes.push(Scope { items: vec![item], ..Scope::new(ScopeKind::Script, span) });
    script.commands.push(Command { words, span, ..Command::new(id, scope, span) });
    read_nested_shells(&mut script);
    script
}

/// Finds the texts that commands of the script hand to a shell and reads them into it.
pub(super) fn read_nested_shells(script: &mut Script) {
    let mut next = 0;
    while let Some(command) = script.commands.get(next) {
        let id = command.id;
        let shells = script.scopes_around(command).filter(|scope| scope.shell().is_some()).count();
        if let Some((run, texts)) = nested_texts(script, command).filter(|_| shells < MAX_SHELLS) {
            let parent = command.scope;
            let read =
                texts.into_iter().map(|text| read_shell(script, id, parent, run.clone(), &text)).collect();
            if let Some(command) = script.commands.get_mut(next) {
                command.shells = read;
            }
        }
        next += 1;
    }
    sort_commands(script);
}

fn read_shell(
    script: &mut Script,
    host: CommandId,
    parent: ScopeId,
    run: ShellRun,
    text: &ShellText,
) -> ScopeId {
    let id = ScopeId(script.scopes.len());
    let scope = Scope::new(ScopeKind::Shell(run), text.span);
    script.scopes.push(Scope { parent: Some(parent), host: Some(host), ..scope });
    Parser::new(&text.text, &text.map, &text.expanded, script, id, 0).run();
    id
}

/// A text for a shell, put together from words.
#[derive(Default)]
struct ShellText {
    text: String,
    map: OffsetMap,
    expanded: Vec<Expansion>,
    span: Span,
}

impl ShellText {
    /// The words joined by blanks.
    fn new<'w>(words: impl IntoIterator<Item = &'w Word>) -> Self {
        let mut joined = Self::default();
        for (index, word) in words.into_iter().enumerate() {
            if index > 0 {
                joined.map.push(joined.text.len(), joined.span.end);
                joined.text.push(' ');
            }
            let base = joined.text.len();
            joined.map.push_mapped(base, word.map(), 0..word.text.len());
            joined.text.push_str(&word.text);
            joined.expanded.extend(word.expansions.iter().map(|expansion| Expansion {
                range: expansion.range.start + base..expansion.range.end + base,
                ..expansion.clone()
            }));
            joined.span = if index == 0 { word.span } else { joined.span.join(word.span) };
        }
        joined
    }
}

/// The texts that the command hands to a shell, and how that shell runs.
fn nested_texts(script: &Script, command: &Command) -> Option<(ShellRun, Vec<ShellText>)> {
    wrapper(program_name(&command.words.first()?.text))?;
    let unwrapped = unwrap(&command.words)?;
    let texts = match unwrapped.target {
        Target::Program => return None,
        Target::Texts(texts) => texts,
        Target::StandardInput => vec![standard_input(script, command)?],
    };
    let outer = script.scopes_around(command).find_map(Scope::shell).cloned().unwrap_or_default();
    let mut run = outer;
    run.through.extend(unwrapped.through.iter().map(|layer| layer.program.to_owned()));
    run.through.push(unwrapped.program.to_owned());
    run.user = unwrapped.context.user.or(run.user);
    run.directory = unwrapped.context.directory.or(run.directory);
    run.assignments.extend(command.assignments.iter().cloned());
    run.assignments.extend(unwrapped.context.assignments);
    Some((run, texts))
}

/// The here-document or here-string that a command reads, or that `cat` in front of its pipe reads.
fn standard_input(script: &Script, command: &Command) -> Option<ShellText> {
    let own = |command: &Command| {
        let input = command
            .redirections
            .iter()
            .rev()
            .find(|input| input.operator.trim_start_matches('0').starts_with('<'))?;
        match (input.heredoc, &input.target) {
            (Some(heredoc), _) => heredoc_text(script, heredoc),
            (None, Some(text)) if input.operator.ends_with("<<<") => Some(ShellText::new([text])),
            _ => None,
        }
    };
    if command.redirections.iter().any(|input| input.operator.trim_start_matches('0').starts_with('<')) {
        return own(command);
    }
    let before = script.scope(command.scope)?.items.get(command.item.checked_sub(1)?)?;
    let piped = before.connector.is_some_and(|connector| connector.kind == ConnectorKind::Pipe);
    match before.element {
        Element::Command(id) if piped => {
            let source = script.command(id)?;
            let copies =
                source.words.first().is_some_and(|word| matches!(program_name(&word.text), "cat" | "tee"));
            own(source).filter(|_| copies)
        }
        _ => None,
    }
}

fn heredoc_text(script: &Script, id: HeredocId) -> Option<ShellText> {
    let body = &script.heredoc(id)?.body;
    Some(ShellText::new([body]))
}

/// Puts the commands into source order, as nested shells were read last.
fn sort_commands(script: &mut Script) {
    if script.commands.is_sorted_by_key(|command| command.span.start) {
        return;
    }
    script.commands.sort_by_key(|command| command.span.start);
    let mut moved = vec![CommandId(0); script.commands.len()];
    for (index, command) in script.commands.iter_mut().enumerate() {
        if let Some(new) = moved.get_mut(command.id.0) {
            *new = CommandId(index);
        }
        command.id = CommandId(index);
    }
    let rename = |id: &mut CommandId| *id = moved.get(id.0).copied().unwrap_or(*id);
    for scope in &mut script.scopes {
        scope.host.iter_mut().for_each(rename);
        for item in &mut scope.items {
            if let Element::Command(id) = &mut item.element {
                rename(id);
            }
        }
    }
    script.heredocs.iter_mut().filter_map(|heredoc| heredoc.host.as_mut()).for_each(rename);
}

/// A command line without its wrappers.
struct Unwrapped<'a> {
    /// The innermost program and its arguments.
    words: &'a [Word],
    program: &'a str,
    target: Target,
    context: Context,
    through: Vec<Layer<'a>>,
}

/// What wrappers change for the program inside.
#[derive(Default)]
struct Context {
    user: Option<String>,
    directory: Option<Word>,
    assignments: Vec<Assignment>,
}

impl Context {
    /// What holds inside `inner`, which stands in `self`.
    fn enter(&mut self, inner: Self) {
        self.user = inner.user.or(self.user.take());
        self.directory = inner.directory.or(self.directory.take());
        self.assignments.extend(inner.assignments);
    }
}

/// What a command line runs in the end.
enum Target {
    /// The program itself.
    Program,
    /// Texts for a shell.
    Texts(Vec<ShellText>),
    /// What a shell reads from its standard input.
    StandardInput,
}

/// What is inside one wrapper.
enum Inner {
    /// Nothing: it does something of its own.
    Nothing,
    /// The program at this index of its arguments.
    Program(usize),
    /// Texts for a shell.
    Texts(Vec<ShellText>),
    /// A shell that reads its standard input.
    StandardInput,
}

fn unwrap(words: &[Word]) -> Option<Unwrapped<'_>> {
    let mut found = Unwrapped {
        words,
        program: "",
        target: Target::Program,
        context: Context::default(),
        through: Vec::new(),
    };
    let mut package = false;
    loop {
        let (word, args) = found.words.split_first()?;
        let name = if package { package_name(&word.text) } else { program_name(&word.text) };
        found.program = name;
        let Some(row) = wrapper(name) else { return Some(found) };
        let mut context = Context::default();
        let inner = row.inner(args, &mut context);
        match inner {
            Inner::Nothing => return Some(found),
            Inner::Program(index) => {
                found.through.push(Layer { program: name, word, args });
                found.words = args.get(index..).unwrap_or(&[]);
                package = row.package;
            }
            Inner::Texts(texts) => found.target = Target::Texts(texts),
            Inner::StandardInput => found.target = Target::StandardInput,
        }
        found.context.enter(context);
        if !matches!(found.target, Target::Program) {
            return Some(found);
        }
    }
}

/// The last component of a program's path.
pub(super) fn program_name(text: &str) -> &str {
    text.rsplit('/').next().unwrap_or(text)
}

/// The name of a package without its version: `pnpm@9` and `@scope/cli@1`.
pub(super) fn package_name(text: &str) -> &str {
    match text.rfind('@') {
        Some(at) if at > 0 => text.get(..at).unwrap_or(text),
        _ if text.starts_with('@') => text,
        _ => program_name(text),
    }
}

/// Whether the flag is one of these; in a cluster (`-0n1`) its name has no dash.
fn is_one_of(flag: &Flag<'_>, names: &[&str]) -> bool {
    let clustered = |name: &&str| flag.name.len() == 1 && name.strip_prefix('-') == Some(flag.name);
    names.contains(&flag.name) || names.iter().any(clustered)
}

impl Wrapper {
    /// What it runs when called with `args`.
    fn inner(&self, args: &[Word], context: &mut Context) -> Inner {
        match self.payload {
            Payload::Shell => self.shell(args),
            Payload::Login => self.login(args, context),
            _ => self.general(args, context),
        }
    }

    fn value_flags(&self) -> [&'static [&'static str]; 4] {
        [self.values, self.user, self.directory, self.script]
    }

    fn general(&self, args: &[Word], context: &mut Context) -> Inner {
        let value_flags = self.value_flags();
        let mut walk = Walk { args, next: 0, value_flags: &value_flags, clusters: true };
        let mut operands = self.operands;
        let mut subcommand = !self.subcommands.is_empty();
        let mut flags_end = false;
        let mut script = None;
        loop {
            let argument = if flags_end { walk.operand().map(Argument::Operand) } else { walk.step() };
            match argument {
                None => break,
                Some(Argument::End) => flags_end = true,
                Some(Argument::Flag(flag)) => {
                    if is_one_of(&flag, self.queries) || matches!(flag.name, "--help" | "--version") {
                        return Inner::Nothing;
                    }
                    self.note_flag(flag, context, &mut script);
                }
                Some(Argument::Operand(word)) if word.text == "-" => {}
                Some(Argument::Operand(word)) if subcommand => {
                    if !self.subcommands.contains(&word.text.as_str()) {
                        return Inner::Nothing;
                    }
                    subcommand = false;
                }
                Some(Argument::Operand(word)) if operands > 0 => {
                    if self.user_operand && operands == self.operands {
                        context.user = Some(user_name(word));
                    }
                    operands -= 1;
                }
                Some(Argument::Operand(word)) => match word.assignment().filter(|_| self.assignments) {
                    Some(assignment) => context.assignments.push(assignment),
                    None => {
                        walk.next -= 1;
                        break;
                    }
                },
            }
        }
        if self.names.iter().any(|name| matches!(*name, "sudo" | "doas")) {
            context.user.get_or_insert_with(|| "root".to_owned());
        }
        match script {
            Some(script) => Inner::Texts(vec![ShellText::new([&script])]),
            None => self.payload_at(args, walk.next),
        }
    }

    fn note_flag(&self, flag: Flag<'_>, context: &mut Context, script: &mut Option<Word>) {
        if is_one_of(&flag, self.user) {
            context.user = flag.value.as_ref().map(user_name);
        } else if is_one_of(&flag, self.directory) {
            context.directory = flag.value;
        } else if is_one_of(&flag, self.script) {
            *script = flag.value;
        }
    }

    fn payload_at(&self, args: &[Word], index: usize) -> Inner {
        let rest = args.get(index..).unwrap_or(&[]);
        let Some(first) = rest.first() else { return Inner::Nothing };
        match self.payload {
            Payload::Program => Inner::Program(index),
            Payload::PackageManager if PACKAGE_MANAGERS.contains(&package_name(&first.text)) => {
                Inner::Program(index)
            }
            Payload::Joined => Inner::Texts(vec![ShellText::new(rest)]),
            Payload::Each => Inner::Texts(rest.iter().map(|word| ShellText::new([word])).collect()),
            _ => Inner::Nothing,
        }
    }

    /// `sh [-flags] [-c text [name …]] [file]`: `-c` may share a dash with others (`-lec`), and the text is
    /// the first operand, not the next word.
    fn shell(&self, args: &[Word]) -> Inner {
        let (mut text_follows, mut reads_input) = (false, false);
        let mut next = 0;
        while let Some(word) = args.get(next) {
            let flag = word.text.as_str();
            next += 1;
            if self.values.contains(&flag) {
                next += 1;
                continue;
            }
            match flag.strip_prefix('-') {
                Some("" | "-") => break,
                Some(long) if long.starts_with('-') => {}
                Some(letters) => {
                    text_follows |= letters.contains('c');
                    reads_input |= letters.contains('s');
                    // `-eo pipefail`: the last letter takes the next word.
                    next += usize::from(letters.ends_with(['o', 'O']));
                }
                None if flag.starts_with('+') => {}
                None => {
                    next -= 1;
                    break;
                }
            }
        }
        match args.get(next) {
            Some(text) if text_follows => Inner::Texts(vec![ShellText::new([text])]),
            None if !text_follows => Inner::StandardInput,
            _ if reads_input => Inner::StandardInput,
            _ => Inner::Nothing,
        }
    }

    /// `su [-] [user] [-c text]`; `runuser -u user [--] program …`. Flags may follow the user.
    fn login(&self, args: &[Word], context: &mut Context) -> Inner {
        let value_flags = self.value_flags();
        let mut walk = Walk { args, next: 0, value_flags: &value_flags, clusters: true };
        let mut script = None;
        let mut user = None;
        while let Some(argument) = walk.step() {
            match argument {
                Argument::Flag(flag) => self.note_flag(flag, context, &mut script),
                Argument::Operand(word) if word.text == "-" => {}
                Argument::Operand(_) if context.user.is_some() && script.is_none() => {
                    return Inner::Program(walk.next - 1);
                }
                Argument::Operand(word) if user.is_none() => user = Some(user_name(word)),
                Argument::Operand(_) => break,
                Argument::End if context.user.is_some() => return Inner::Program(walk.next),
                // What follows goes to the user's shell: `su node -- -c '…'`.
                Argument::End => {}
            }
        }
        let user = context.user.take().or(user);
        context.user = Some(user.unwrap_or_else(|| "root".to_owned()));
        match script {
            Some(script) => Inner::Texts(vec![ShellText::new([&script])]),
            None if walk.next >= args.len() => Inner::StandardInput,
            None => Inner::Nothing,
        }
    }
}

/// The user of `user` and `user:group`.
fn user_name(word: &Word) -> String {
    word.text.split(':').next().unwrap_or("").to_owned()
}
