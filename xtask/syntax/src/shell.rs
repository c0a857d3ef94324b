//! Finds the commands of a shell text: what would run, with which words, where in the source.
//!
//! Manifest commands, `RUN` instructions and the fences of runbooks all come through here. The grammar is
//! that of POSIX (*Shell Command Language*) with what bash adds in everyday scripts. Nothing is expanded or
//! run. Reading never fails: what does not fit is skipped up to the next separator. It takes linear time;
//! nesting beyond a fixed depth is flattened.
//!
//! ```
//! use xtask_syntax::shell;
//!
//! let script = shell::parse("cd apps/web && sudo -u node sh -c 'pnpm --filter web install'");
//! let found: Vec<_> = script.invocations().map(|invocation| invocation.program).collect();
//! assert_eq!(found, ["cd", "pnpm"]);
//! ```

mod builder;
mod compound;
mod directory;
mod flags;
mod lexer;
mod parser;
mod redirection;
mod resolve;
mod tree;
mod word;
mod wrappers;

pub use directory::Directory;
pub use flags::{Arguments, Flag, Subcommand, arguments, last as last_flag, subcommand};
pub use resolve::{Invocation, Layer, exec_form};
pub use tree::{
    Command, CommandId, Connector, ConnectorKind, Element, Heredoc, HeredocId, Item, Redirection, Scope,
    ScopeId, ScopeKind, Script, ShellRun,
};
pub use word::{Assignment, Expansion, ExpansionKind, OffsetMap, Word, is_name};

/// Reads `text`; all spans are byte offsets into it.
///
/// Texts that the commands hand to another shell (`sh -c '…'`, `eval`, `bash <<EOF`) are read as well; their
/// commands are among [`Script::commands`].
pub fn parse(text: &str) -> Script {
    parse_mapped(text, &OffsetMap::identity())
}

/// Reads a `text` that was derived from a source, like the joined lines of an instruction: spans are offsets
/// into the source that `map` leads to.
pub fn parse_mapped(text: &str, map: &OffsetMap) -> Script {
    let mut script = Script::default();
    script.scopes.push(Scope::new(ScopeKind::Script, map.span(0..text.len())));
    parser::Parser::new(text, map, &[], &mut script, ScopeId(0), 0).run();
    resolve::read_nested_shells(&mut script);
    script
}
