//! What a page says about the repository: commands, paths, packages, links, hosts, variables.

use super::commands::{self, Creation, OktetoCall};
use super::paths::{self, PathText};
use crate::model::calls::{self, Call};
use crate::source::{RepoPath, Span};
use crate::syntax::markdown::{BlockId, CodeBlock, CodeSpan, Link, Markdown};
use crate::syntax::shell::{Directory, Invocation, OffsetMap, Script};
use memchr::memmem::Finder;
use std::sync::LazyLock;

/// Something that a page says.
#[derive(Clone, Debug)]
pub struct Mention {
    /// What.
    pub what: What,
    /// The characters that say it.
    pub span: Span,
    /// The innermost block around it; `None` in notes.
    pub block: Option<BlockId>,
}

/// What is said.
#[derive(Clone, Debug)]
pub enum What {
    /// A call of the Okteto CLI.
    Okteto(Box<OktetoCall>),
    /// A command that creates a namespace.
    Namespace(Box<Creation>),
    /// A call of a package manager or of turbo.
    Call(Box<Call>),
    /// A path.
    Path {
        /// The path.
        path: PathText,
        /// The folder that it starts from, if not the top level.
        base: Option<RepoPath>,
    },
    /// The destination of a link.
    Link(String),
    /// A scoped package, on its own: `@scope/name`.
    Package(String),
    /// The `<NAME>` of `OKTETO_BUILD_<NAME>_IMAGE` and its kin.
    Variable(String),
    /// A host.
    Host(String),
}

/// What a page of Markdown says, in order.
pub fn of_page(text: &str, markdown: &Markdown) -> Vec<Mention> {
    let mentions = Vec::with_capacity(markdown.code_spans.len() + markdown.links.len());
    let mut reader = Reader { text, has_variables: contains(text, "OKTETO_BUILD_"), mentions };
    for span in &markdown.code_spans {
        reader.code_span(span);
    }
    for block in &markdown.code_blocks {
        reader.code_block(block);
    }
    for link in &markdown.links {
        reader.link(link);
    }
    let mut mentions = reader.mentions;
    mentions.sort_by_key(|mention| mention.span);
    mentions
}

/// What the commands in a piece of shell text call, and the variables in it; `map` leads to the file.
pub fn of_commands(text: &str, map: &OffsetMap) -> Vec<Mention> {
    let mut mentions = of_script(&commands::parse(text, map));
    mentions.extend(variables(text, map));
    mentions
}

/// The variables of builds in a piece of shell text.
pub fn variables(text: &str, map: &OffsetMap) -> Vec<Mention> {
    let named = paths::build_variables(text).into_iter();
    let place = |span: Span| map.span(span.start..span.end);
    named.map(|(name, span)| Mention { what: What::Variable(name), span: place(span), block: None }).collect()
}

/// The calls of Okteto, package managers and turbo in a script.
pub fn of_script(script: &Script) -> Vec<Mention> {
    let mut reader = Reader { text: "", has_variables: false, mentions: Vec::new() };
    let interest = Interest { okteto: true, namespaces: false, managers: true, paths: false };
    reader.script(script, None, interest);
    reader.mentions
}

/// Whether a text can hold something of what [`of_commands`] finds.
pub fn may_call(text: &str) -> bool {
    let interest = Interest::of(text);
    interest.okteto || interest.managers || contains(text, "OKTETO_BUILD_")
}

struct Reader<'a> {
    text: &'a str,
    /// Whether the page names some variable of a build.
    has_variables: bool,
    mentions: Vec<Mention>,
}

/// What a text of commands can hold: the rest need not be looked for.
#[derive(Clone, Copy)]
struct Interest {
    okteto: bool,
    namespaces: bool,
    managers: bool,
    paths: bool,
}

// Each search is over before the making ready of another would be.
static OKTETO: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("okteto"));
static CREATE: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("create"));
static MANAGERS: LazyLock<[Finder<'static>; 4]> =
    LazyLock::new(|| ["npm", "yarn", "turbo", "bun "].map(Finder::new));

impl Interest {
    fn of(text: &str) -> Self {
        Self {
            okteto: OKTETO.find(text.as_bytes()).is_some(),
            namespaces: CREATE.find(text.as_bytes()).is_some(),
            managers: MANAGERS.iter().any(|word| word.find(text.as_bytes()).is_some()),
            paths: memchr::memchr(b'/', text.as_bytes()).is_some(),
        }
    }

    const fn is_any(self) -> bool {
        self.okteto || self.namespaces || self.managers || self.paths
    }
}

fn contains(text: &str, word: &str) -> bool {
    memchr::memmem::find(text.as_bytes(), word.as_bytes()).is_some()
}

/// Programs whose calls are read in code spans; the others are prose to us.
const PROGRAMS: [&str; 25] = [
    "okteto", "pnpm", "npm", "yarn", "bun", "turbo", "npx", "corepack", "cd", "cat", "less", "ls", "kubectl",
    "helm", "bash", "sh", "node", "docker", "source", "argocd", "sudo", "cp", "diff", "sops", "grep",
];

impl Reader<'_> {
    fn add(&mut self, what: What, span: Span, block: Option<BlockId>) {
        self.mentions.push(Mention { what, span, block });
    }

    fn code_span(&mut self, code: &CodeSpan) {
        let block = Some(code.block);
        let whole = code.text(self.text);
        if code.is_exact() {
            if self.has_variables {
                self.variables(whole, &|span| span.shift(code.span.start), block);
            }
            self.hosts(whole, code.span.start, block);
        }
        let text = whole.trim();
        let command = text.strip_prefix("$ ").unwrap_or(text);
        if let Some((first, _)) = command.split_once(char::is_whitespace) {
            let is_command = PROGRAMS.contains(&first) || first.contains('=');
            let mut interest = Interest::of(command);
            // One that goes on with something of ours: `git pull && okteto up web`.
            let goes_on = !is_command && [" && ", "; "].into_iter().any(|joint| contains(command, joint));
            interest.paths &= is_command;
            if (is_command || goes_on) && code.is_exact() && interest.is_any() {
                let lead = whole.len() - whole.trim_start().len() + (text.len() - command.len());
                let map = OffsetMap::starting_at(code.span.start + lead);
                self.script(&commands::parse(command, &map), block, interest);
            }
        } else if let Some(package) = paths::scoped_package(text) {
            self.add(What::Package(package), code.span, block);
        } else if let Some(path) = paths::path_text(text) {
            self.add(What::Path { path, base: None }, code.span, block);
        }
    }

    fn code_block(&mut self, code: &CodeBlock) {
        if code.info.is_none() && !contains(&code.text, "okteto") {
            return;
        }
        let language = code.language();
        if !commands::is_shell(&language) {
            return;
        }
        let block = Some(code.block);
        let text = commands::commands_of(code);
        let interest = Interest::of(&text);
        // A fence without a language is a shell's only when it runs one of these.
        if !language.is_empty() || ["okteto ", "npm ", "yarn "].into_iter().any(|word| contains(&text, word))
        {
            if interest.is_any() {
                let mut map = OffsetMap::default();
                code.pieces.iter().for_each(|(text, file)| map.push(*text, *file));
                self.script(&commands::parse(&text, &map), block, interest);
            }
            if self.has_variables {
                self.variables(&code.text, &|span| code.locate(span), block);
            }
        }
        for (at, host) in paths::hosts(&code.text) {
            let span = code.locate(Span::new(at, at + host.len()));
            self.add(What::Host(host.to_owned()), span, block);
        }
    }

    fn link(&mut self, link: &Link) {
        let target = link.destination.as_str();
        let block = Some(link.block);
        if target.contains("://") {
            for (at, host) in paths::hosts(target) {
                let span = if link.exact {
                    Span::new(at, at + host.len()).shift(link.span.start)
                } else {
                    link.span
                };
                self.add(What::Host(host.to_owned()), span, block);
            }
        } else if paths::is_relative_link(target) {
            self.add(What::Link(target.to_owned()), link.span, block);
        }
    }

    fn hosts(&mut self, text: &str, offset: usize, block: Option<BlockId>) {
        let bare = paths::is_host(text).then_some((0, text));
        for (at, host) in paths::hosts(text).chain(bare) {
            let span = Span::new(at, at + host.len()).shift(offset);
            self.add(What::Host(host.to_owned()), span, block);
        }
    }

    fn variables(&mut self, text: &str, locate: &dyn Fn(Span) -> Span, block: Option<BlockId>) {
        for (name, span) in paths::build_variables(text) {
            self.add(What::Variable(name), locate(span), block);
        }
    }

    fn script(&mut self, script: &Script, block: Option<BlockId>, interest: Interest) {
        // Most scripts change no folder, and need none told.
        let directories =
            if !interest.managers && !interest.paths { Vec::new() } else { script.directories() };
        for (number, command) in script.commands.iter().enumerate() {
            let Some(invocation) = script.invocation(command) else { continue };
            if interest.okteto
                && let Some(call) = commands::okteto_call(&invocation)
            {
                let span = call.operands.first().map_or(invocation.span, |operand| operand.span);
                self.add(What::Okteto(Box::new(call)), span, block);
            }
            if interest.namespaces
                && let Some(creation) = commands::creation(&invocation)
            {
                self.add(What::Namespace(Box::new(creation)), invocation.span, block);
            }
            let Some(directory) = directories.get(number) else { continue };
            if interest.managers {
                for call in calls::of_invocation(&invocation, directory) {
                    let span = call.span;
                    self.add(What::Call(Box::new(call)), span, block);
                }
            }
            if interest.paths {
                self.arguments(&invocation, directory, block);
            }
        }
    }

    /// The paths among the arguments of a command that runs in a folder of the repository.
    fn arguments(&mut self, invocation: &Invocation<'_>, directory: &Directory, block: Option<BlockId>) {
        // Pages take the top level for granted.
        let base = match directory {
            Directory::Start => None,
            Directory::Path(path) => match folder(path) {
                Some(folder) => Some(folder),
                None => return,
            },
            Directory::Unknown => return,
        };
        for (path, span) in paths::of_invocation(invocation, self.text) {
            self.add(What::Path { path, base: base.clone() }, span, block);
        }
    }
}

/// The folder of the repository that a `cd` leads to, if it leads to one.
fn folder(path: &str) -> Option<RepoPath> {
    let folder = RepoPath::new(path);
    (!path.starts_with('/') && !commands::is_placeholder(path) && !folder.is_outside()).then_some(folder)
}
