//! What holds for every input: no panic, spans that slice, linear time.
//!
//! `XTASK_FUZZ_CASES` sets the number of cases for long runs.

use crate::support::time::assert_linear;
use proptest::prelude::*;
use xtask::source::Span;
use xtask::syntax::shell::{self, Element, Script};

fn cases() -> u32 {
    std::env::var("XTASK_FUZZ_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(2_000)
}

/// Pieces that matter to a shell, glued together at random.
const PIECES: &[&str] = &[
    "a",
    "npm ci",
    "pnpm install",
    "é",
    "\u{feff}",
    " ",
    "  ",
    "\t",
    "\n",
    "\r\n",
    "\r",
    "\\\n",
    "\\\r\n",
    "\\",
    "\\\\",
    "'",
    "\"",
    "`",
    "\\`",
    "$",
    "$(",
    "$((",
    "))",
    ")",
    "(",
    "((",
    "{ ",
    "}",
    ";",
    ";;",
    ";&",
    "&",
    "&&",
    "||",
    "|",
    "|&",
    "!",
    "! ",
    "<",
    ">",
    "<<",
    "<<-",
    "<<<",
    ">>",
    "2>&1",
    "&>",
    "<(",
    ">(",
    "EOF",
    "<<EOF",
    "<<'EOF'\n",
    "\nEOF\n",
    "\n\tEOF\n",
    "if ",
    "then ",
    "elif ",
    "else ",
    "fi",
    "while ",
    "do ",
    "done",
    "for x in ",
    "case x in ",
    "esac",
    "a) ",
    "function f ",
    "f() ",
    "[[ ",
    " ]]",
    "time ",
    "#",
    " # c",
    "${",
    "${x:-",
    "${x#",
    "$x",
    "${x}",
    "$1",
    "$'",
    "\\n",
    "*",
    "?",
    "[a]",
    "{a,b}",
    "~/x",
    "A=1 ",
    "A+=",
    "A=(",
    "A[1]=",
    "sh -c '",
    "sh -c \"",
    "bash -lc ",
    "eval ",
    "env ",
    "sudo -u x ",
    "su x -c ",
    "xargs -n1 ",
    "cat <<EOF | sh\n",
    "sh <<EOF\n",
    "cd x ",
    "env -C ",
    "env -S ",
    "--",
    "-c",
    "\0",
    "@(",
    "!(",
    "{fd}>",
    "coproc ",
    "select ",
    "until ",
    "npx -y ",
    "=",
    ",",
    "..",
];

fn glued() -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(PIECES), 0..40).prop_map(|pieces| pieces.concat())
}

fn assert_slices(text: &str, span: Span) {
    assert!(text.get(span.start..span.end).is_some(), "{span:?} does not slice {text:?}");
}

fn assert_sound(text: &str, script: &Script) {
    let mut last = 0;
    for command in &script.commands {
        assert_slices(text, command.span);
        assert!(command.span.start >= last, "commands are ordered");
        last = command.span.start;
        assert_eq!(script.command(command.id), Some(command));
        let item = script.scope(command.scope).and_then(|scope| scope.items.get(command.item));
        assert_eq!(item.map(|item| item.element), Some(Element::Command(command.id)));
        let nested = script.scopes_around(command).any(|scope| scope.shell().is_some());
        for word in command.words.iter().chain(command.assignments.iter().map(|assignment| &assignment.value))
        {
            assert_slices(text, word.span);
            assert!(command.span.contains(word.span), "{text:?}: {word:?} lies in {:?}", command.span);
            if !nested && word.is_literal() && !word.quoted && !word.span.slice(text).contains('\\') {
                assert_eq!(word.span.slice(text), word.text, "{text:?}");
            }
            for (offset, character) in word.text.char_indices() {
                let place = word.source_span(offset..offset + character.len_utf8());
                assert_slices(text, place);
                assert!(word.span.contains(place), "{text:?}: {place:?} lies in {word:?}");
            }
            for expansion in &word.expansions {
                assert_slices(text, expansion.span);
                assert!(word.text.get(expansion.range.clone()).is_some(), "{text:?}: {expansion:?}");
            }
        }
        for assignment in &command.assignments {
            assert_slices(text, assignment.name_span);
        }
        if let Some(removal) = script.removal(command) {
            assert_slices(text, removal);
            assert!(removal.contains(command.span));
        }
        assert!(!script.pipeline(command).is_empty());
    }
    for scope in &script.scopes {
        assert_slices(text, scope.span);
        for (item, next) in scope.items.iter().zip(scope.items.iter().skip(1)) {
            assert!(item.span.start <= next.span.start, "{text:?}: items are ordered");
        }
        for item in &scope.items {
            assert_slices(text, item.span);
            if let Some(connector) = item.connector {
                assert_slices(text, connector.span);
            }
        }
    }
    for heredoc in &script.heredocs {
        assert_slices(text, heredoc.body.span);
    }
    assert_eq!(script.directories().len(), script.commands.len());
    for invocation in script.invocations() {
        assert_slices(text, invocation.span);
        shell::subcommand(invocation.args, &["--filter", "-C"]);
        shell::arguments(invocation.args, &["--filter", "-C"]);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), ..ProptestConfig::default() })]

    #[test]
    fn glued_pieces_are_read_soundly(text in glued()) {
        assert_sound(&text, &shell::parse(&text));
    }

    #[test]
    fn any_text_is_read_soundly(text in "\\PC{0,80}") {
        assert_sound(&text, &shell::parse(&text));
    }

    /// What stands on a line of its own before broken text is still found.
    #[test]
    fn broken_text_does_not_reach_back(text in glued()) {
        let text = format!("pnpm --filter web install\n{text}");
        let script = shell::parse(&text);
        prop_assert_eq!(script.commands[0].span.slice(&text), "pnpm --filter web install");
    }
}

/// Texts whose reading would be quadratic, or overflow the stack, in a careless parser.
fn hostile(size: usize) -> Vec<String> {
    let repeat = |piece: &str| piece.repeat(size / piece.len());
    [
        "$(",
        "$((",
        "`",
        "\\`",
        "${",
        "${x:-",
        "\"$(",
        "'",
        "\"",
        "(",
        "((",
        "{ ",
        "if ",
        "if a; then ",
        "case x in a) ",
        "while a; do ",
        "f() ",
        "function a( ",
        "<<A ",
        "<<A\n",
        "cat <<A\n$(",
        "a=(",
        "{a",
        "{a}",
        "[[ a ",
        "a;",
        "a|",
        "sh|",
        "eval ",
        "sudo ",
        "sh -c '",
        "sh <<A\n",
        "cat <<A|sh\n",
        "a && ",
        "!",
        "! ",
        "time ",
        "\\\n",
        "\r",
        "a\\",
        "$((a) ",
        "$((a))",
        "<(",
        "@(",
        "#",
        "a#",
        "$x",
        "*",
        "\0",
        "é",
        "x=$(",
        "for a in ",
        "a() { ",
        "${#",
        "$'\\x",
        "} ",
        ") ",
        "fi; ",
        "[[ $(",
        "npm i \"$x\" ",
        "env -S 'a ",
        "cd a && ",
        "sh -c \"$x\";",
        "cat <<A\n$x$x\nA\n",
    ]
    .map(repeat)
    .into()
}

fn read(text: &str) {
    let script = shell::parse(text);
    let invocations = script.invocations().count();
    let directories = script.directories().len();
    std::hint::black_box((script, invocations, directories));
}

#[test]
fn hostile_text_takes_linear_time() {
    let size = if cfg!(debug_assertions) { 8_000 } else { 64_000 };
    for large in hostile(size) {
        let small = large.get(..large.floor_char_boundary(large.len() / 8)).unwrap_or("");
        assert_linear(small, &large, 8, read);
    }
}
