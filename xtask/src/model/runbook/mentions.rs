//! What a page says about the repository: commands, paths, packages, links, hosts, variables.

use super::commands::{self, OktetoCall};
use super::paths::{self, PathText};
use crate::model::calls::{Call, calls};
use crate::source::{RepoPath, Span};
use crate::syntax::markdown::{BlockId, CodeBlock, CodeSpan, Link, Markdown};
use crate::syntax::shell::{Directory, OffsetMap, Script};

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
    Okteto(OktetoCall),
    /// A call of a package manager or of turbo.
    Call(Call),
    /// A path, relative to the top level or to `base`.
    Path {
        /// The path.
        path: PathText,
        /// The folder that it starts from.
        base: RepoPath,
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
    let mut reader = Reader { text, mentions: Vec::new() };
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

/// What a piece of shell text says; `map` leads to the file.
pub fn of_commands(text: &str, map: &OffsetMap) -> Vec<Mention> {
    let mut reader = Reader { text: "", mentions: Vec::new() };
    reader.commands(text, map, None);
    reader.mentions
}

struct Reader<'a> {
    text: &'a str,
    mentions: Vec<Mention>,
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
        let text = code.text.trim();
        let block = Some(code.block);
        if code.exact {
            self.variables(&code.text, &|span| span.shift(code.span.start), block);
            self.hosts(&code.text, code.span.start, block);
        }
        let first = text.trim_start_matches("$ ").split_whitespace().next().unwrap_or("");
        if first.len() < text.len() {
            let is_command = PROGRAMS.contains(&first) || first.contains('=');
            if is_command && code.exact {
                let blank = if code.text.starts_with("$ ") { "  " } else { "" };
                let commands = format!("{blank}{}", code.text.get(blank.len()..).unwrap_or(""));
                self.commands(&commands, &commands::direct(code.span), block);
            }
            return;
        }
        if let Some(package) = paths::scoped_package(text) {
            self.add(What::Package(package), code.span, block);
        } else if let Some(path) = paths::path_text(text) {
            self.add(What::Path { path, base: RepoPath::root() }, code.span, block);
        }
    }

    fn code_block(&mut self, code: &CodeBlock) {
        if code.info.is_none() && !code.text.contains("okteto") {
            return;
        }
        let language = code.language();
        if !commands::is_shell(&language) {
            return;
        }
        let block = Some(code.block);
        let text = commands::commands_of(code);
        if !language.is_empty() || text.contains("okteto ") || text.contains("npm ") || text.contains("yarn ")
        {
            let mut map = OffsetMap::default();
            code.pieces.iter().for_each(|(text, file)| map.push(*text, *file));
            self.commands(&text, &map, block);
            self.variables(&code.text, &|span| code.locate(span), block);
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
        for (at, host) in paths::hosts(text).into_iter().chain(bare) {
            let span = Span::new(at, at + host.len()).shift(offset);
            self.add(What::Host(host.to_owned()), span, block);
        }
    }

    fn variables(&mut self, text: &str, locate: &dyn Fn(Span) -> Span, block: Option<BlockId>) {
        for (name, span) in paths::build_variables(text) {
            self.add(What::Variable(name), locate(span), block);
        }
    }

    /// Reads a text of commands; each look at it is taken only where it can find something.
    fn commands(&mut self, text: &str, map: &OffsetMap, block: Option<BlockId>) {
        let has = |word: &str| memchr::memmem::find(text.as_bytes(), word.as_bytes()).is_some();
        let okteto = has("okteto");
        let managers = ["npm", "yarn", "turbo", "bun "].into_iter().any(has);
        let paths = has("/");
        if okteto || managers || paths {
            self.script(&commands::parse(text, map), block, (okteto, managers, paths));
        }
    }

    fn script(
        &mut self,
        script: &Script,
        block: Option<BlockId>,
        (okteto, managers, paths): (bool, bool, bool),
    ) {
        for call in okteto.then(|| commands::okteto_calls(script)).into_iter().flatten() {
            let span = call.operands.first().map_or_else(Span::default, |operand| operand.span);
            self.add(What::Okteto(call), span, block);
        }
        for call in managers.then(|| calls(script)).into_iter().flatten() {
            let span = call.span;
            self.add(What::Call(call), span, block);
        }
        if !paths {
            return;
        }
        for (command, directory) in script.commands.iter().zip(script.directories()) {
            let Some(base) = folder(&directory) else { continue };
            let Some(invocation) = script.invocation(command) else { continue };
            for (path, span) in paths::of_invocation(&invocation, self.text) {
                self.add(What::Path { path, base: base.clone() }, span, block);
            }
        }
    }
}

/// The folder of the repository in which a command of a page runs: pages take the top level for granted.
fn folder(directory: &Directory) -> Option<RepoPath> {
    match directory {
        Directory::Start => Some(RepoPath::root()),
        Directory::Path(path) if !path.starts_with('/') => {
            let folder = RepoPath::new(path);
            (!folder.is_outside() && !commands::is_placeholder(path)).then_some(folder)
        }
        _ => None,
    }
}
