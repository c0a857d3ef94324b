//! Whether a shell script that calls the check comes to the call, and heeds what it says.

use super::configured::{Call, calls_check};
use crate::source::{LineIndex, Span};
use crate::syntax::shell::{
    self, Command, Connector, ConnectorKind, Element, Item, Scope, ScopeId, ScopeKind, Script,
};

/// Programs that only print a call.
const PRINTERS: [&str; 3] = ["echo", "printf", ":"];

/// How the script calls the check; `None` when it does not. `errexit` tells whether it is started with `sh -e`.
pub fn call_in(text: &str, errexit: bool) -> Option<Call> {
    let script = Shell::new(text, errexit);
    let calls = script.commands().filter(|command| script.calls_check(command));
    calls.map(|command| script.judge(command)).max_by_key(Call::certainty)
}

/// Where a line must be put so that the script comes to it: in front of the line that ends the script, if one does.
pub fn place_for_call(text: &str) -> usize {
    let script = Shell::new(text, true);
    let Some(end) = script.items().iter().find(|item| script.ends_here(item)) else { return text.len() };
    let line = text.get(..end.span.start).and_then(|before| before.rfind('\n')).map_or(0, |at| at + 1);
    // Unless that line is the end of something longer: then in front of everything but the comments.
    let is_free = script.items().iter().all(|item| item.span.start >= line || item.span.end <= line);
    if is_free { line } else { beginning(text) }
}

/// Where the comments at the top end, `#!` among them.
fn beginning(text: &str) -> usize {
    text.split_inclusive('\n').take_while(|line| line.starts_with('#')).map(str::len).sum()
}

/// A script with its text.
struct Shell<'a> {
    text: &'a str,
    script: Script,
    errexit: bool,
}

impl<'a> Shell<'a> {
    fn new(text: &'a str, errexit: bool) -> Self {
        let started = text.lines().next().filter(|line| line.starts_with("#!")).unwrap_or_default();
        let sets = |word: &str| is_short_flag(word, 'e');
        let errexit = errexit || started.split_whitespace().skip(1).any(sets);
        Self { text, script: shell::parse(text), errexit }
    }

    fn commands(&self) -> impl Iterator<Item = &Command> {
        self.script.commands.iter()
    }

    /// The list of the script itself.
    fn items(&self) -> &[Item] {
        self.script.scopes.first().map_or(&[][..], |scope| &scope.items)
    }

    fn scope(&self, id: ScopeId) -> Option<&Scope> {
        self.script.scope(id)
    }

    fn line(&self, span: Span) -> usize {
        LineIndex::new(self.text).line(span.start)
    }

    /// Whether this is the outermost command that calls the check: what `sh -c` is given is part of its words.
    fn calls_check(&self, command: &Command) -> bool {
        let program = command.words.first().map_or("", |word| word.text.as_str());
        let hosted =
            self.script.scopes_around(command).any(|scope| matches!(scope.kind, ScopeKind::Shell(_)));
        !hosted && !PRINTERS.contains(&program) && calls_check(command.span.slice(self.text))
    }

    /// What becomes of a call.
    fn judge(&self, call: &Command) -> Call {
        let is_top = self.scope(call.scope).is_some_and(|scope| scope.kind == ScopeKind::Script);
        if !is_top {
            return self.judge_nested(call);
        }
        let (before, rest) = self.items().split_at_checked(call.item).unwrap_or_default();
        if let Some(end) = before.iter().find(|item| self.ends_here(item)) {
            return Call::Lost(format!("is never reached: line {} ends the script", self.line(end.span)));
        }
        match self.heeded(call, before, rest) {
            Call::Checks => self.judge_way(call),
            other => other,
        }
    }

    /// A call below the top level: nothing is certain but that what is never reached is not.
    fn judge_nested(&self, call: &Command) -> Call {
        let earlier = |item: &&Item| item.span.end <= call.span.start;
        if let Some(end) = self.items().iter().filter(earlier).find(|item| self.ends_here(item)) {
            return Call::Lost(format!("is never reached: line {} ends the script", self.line(end.span)));
        }
        let line = self.line(call.span);
        Call::May(format!("may be left out: it stands inside of something else in line {line}"))
    }

    /// Whether the way to a call is certain.
    fn judge_way(&self, call: &Command) -> Call {
        let is_before = |command: &&Command| command.span.end <= call.span.start && ends(command);
        let stays_outside = |command: &Command| {
            let mut around = self.script.scopes_around(command);
            around.all(|scope| !is_separate(&scope.kind))
        };
        match self.commands().filter(is_before).find(|command| stays_outside(command)) {
            Some(end) => {
                Call::May(format!("may not be reached: line {} may end the script", self.line(end.span)))
            }
            None => Call::Checks,
        }
    }

    /// Whether the exit status of a call at the top level becomes that of the script.
    fn heeded(&self, call: &Command, before: &[Item], rest: &[Item]) -> Call {
        let [item, rest @ ..] = rest else { return Call::Checks };
        if call.words.first().is_some_and(|word| word.text == "exec") {
            return Call::Checks;
        }
        let lost = |how: &str| Call::Lost(format!("changes nothing: {how} in line {}", self.line(call.span)));
        if item.negated {
            return lost("its result is negated");
        }
        let sets = self.sets_errexit(before);
        match (item.connector.map(|connector: Connector| connector.kind), rest) {
            (Some(ConnectorKind::Background), _) => lost("nobody waits for it"),
            (Some(ConnectorKind::Pipe), _) if !self.text.contains("pipefail") => {
                lost("its result is lost in a pipe")
            }
            (Some(ConnectorKind::Or), [next, ..]) => self.after_or(next, &lost),
            // `set -e` does not heed the first half of `a && b`.
            (Some(ConnectorKind::And), rest) => {
                let behind = rest.iter().skip_while(|item| is_and(item)).nth(1);
                behind.map_or(Call::Checks, |next| self.followed(call, next))
            }
            (_, [next, ..]) if !sets => self.followed(call, next),
            _ => Call::Checks,
        }
    }

    /// What `call || next` makes of a failure.
    fn after_or(&self, next: &Item, lost: &dyn Fn(&str) -> Call) -> Call {
        match next.element {
            Element::Command(id) => {
                let words: Vec<&str> = self.script.command(id).into_iter().flat_map(texts).collect();
                match words.as_slice() {
                    ["exit"] | ["exit", "$?"] | ["false"] => Call::Checks,
                    ["exit", code] if *code != "0" => Call::Checks,
                    _ => lost("`||` takes its result"),
                }
            }
            Element::Scope(_) => Call::May("may change nothing: what stands behind `||` decides".to_owned()),
        }
    }

    /// A call whose result counts only as far as `next` looks at it.
    fn followed(&self, call: &Command, next: &Item) -> Call {
        if let Element::Command(id) = next.element
            && self.script.command(id).is_some_and(|next| texts(next).eq(["exit"]))
        {
            return Call::Checks;
        }
        if next.span.slice(self.text).contains("$?") {
            return Call::May(format!("may change nothing: line {} decides", self.line(next.span)));
        }
        let (line, call) = (self.line(next.span), self.line(call.span));
        Call::Lost(format!(
            "changes nothing: line {line} follows it, without `set -e`; end line {call} with `|| exit`"
        ))
    }

    /// Whether a failure ends the script behind these items.
    fn sets_errexit(&self, items: &[Item]) -> bool {
        let commands = items.iter().filter_map(|item| match item.element {
            Element::Command(id) => self.script.command(id),
            Element::Scope(_) => None,
        });
        commands.fold(self.errexit, |errexit, command| match texts(command).collect::<Vec<_>>().as_slice() {
            ["set", "-o", "errexit", ..] => true,
            ["set", "+o", "errexit", ..] => false,
            ["set", flags @ ..] if flags.iter().any(|flag| is_short_flag(flag, 'e')) => true,
            ["set", flags @ ..] if flags.iter().any(|flag| flag.starts_with('+') && flag.contains('e')) => {
                false
            }
            _ => errexit,
        })
    }

    /// Whether the script ends at this item of its own list, whatever came before.
    fn ends_here(&self, item: &Item) -> bool {
        let Element::Command(id) = item.element else { return false };
        let Some(command) = self.script.command(id) else { return false };
        let (before, after) = self.script.connectors(command);
        let is = |connector: Option<Connector>, kinds: &[ConnectorKind]| {
            connector.is_some_and(|connector| kinds.contains(&connector.kind))
        };
        use ConnectorKind::{And, Background, Or, Pipe};
        let is_top = self.scope(command.scope).is_some_and(|scope| scope.kind == ScopeKind::Script);
        is_top && ends(command) && !is(before, &[And, Or, Pipe]) && !is(after, &[Pipe, Background])
    }
}

/// Whether the command ends the shell that runs it: `exit`, or `exec` of a program.
fn ends(command: &Command) -> bool {
    let words: Vec<&str> = texts(command).collect();
    match words.as_slice() {
        ["exit", ..] => true,
        // The call itself may come so.
        ["exec", _, ..] => true,
        _ => false,
    }
}

/// Whether what ends here does not end the script.
const fn is_separate(kind: &ScopeKind) -> bool {
    matches!(
        kind,
        ScopeKind::Subshell
            | ScopeKind::Substitution
            | ScopeKind::Process
            | ScopeKind::Shell(_)
            | ScopeKind::Function { .. }
    )
}

fn texts(command: &Command) -> impl Iterator<Item = &str> {
    command.words.iter().map(|word| word.text.as_str())
}

fn is_and(item: &Item) -> bool {
    item.connector.is_some_and(|connector| connector.kind == ConnectorKind::And)
}

/// `-e`, `-eu`: whether the word holds this flag.
fn is_short_flag(word: &str, flag: char) -> bool {
    word.strip_prefix('-').is_some_and(|flags| !flags.starts_with('-') && flags.contains(flag))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_counts_where_it_is_reached_and_heeded() {
        let word = |text: &str| match call_in(text, false) {
            None => "none",
            Some(Call::Checks) => "checks",
            Some(Call::May(_)) => "may",
            Some(Call::Lost(_)) => "lost",
        };
        for (text, expected) in [
            ("sh xtask/hook.sh\n", "checks"),
            ("#!/bin/sh\npnpm lint\nsh xtask/hook.sh", "checks"),
            ("pnpm lint && sh xtask/hook.sh", "checks"),
            ("exec sh xtask/hook.sh", "checks"),
            ("sh xtask/hook.sh || exit\necho more", "checks"),
            ("sh xtask/hook.sh || exit 1\necho more", "checks"),
            ("sh xtask/hook.sh && echo fine", "checks"),
            ("set -e\nsh xtask/hook.sh\necho more", "checks"),
            ("#!/bin/sh -eu\nsh xtask/hook.sh\necho more", "checks"),
            ("sh xtask/hook.sh\nexit", "checks"),
            ("f() { exit 0; }\nsh xtask/hook.sh", "checks"),
            ("(exit 0)\nsh xtask/hook.sh", "checks"),
            ("exec 2>&1\nsh xtask/hook.sh", "checks"),
            ("cargo xtask check --staged", "checks"),
            ("[ -n \"$CI\" ] && exit 0\nsh xtask/hook.sh", "may"),
            ("if [ -n \"$CI\" ]; then exit 0; fi\nsh xtask/hook.sh", "may"),
            ("if [ -f x ]; then sh xtask/hook.sh; fi", "may"),
            ("if ! sh xtask/hook.sh; then exit 1; fi", "may"),
            ("sh xtask/hook.sh\nexit $?", "may"),
            ("exit 0\nsh xtask/hook.sh", "lost"),
            ("exec pnpm lint-staged\nsh xtask/hook.sh", "lost"),
            ("exit 0\nif x; then sh xtask/hook.sh; fi", "lost"),
            ("sh xtask/hook.sh || true", "lost"),
            ("sh xtask/hook.sh || exit 0", "lost"),
            ("sh xtask/hook.sh | cat", "lost"),
            ("sh xtask/hook.sh &", "lost"),
            ("! sh xtask/hook.sh", "lost"),
            ("sh xtask/hook.sh\necho more", "lost"),
            ("set -e\nset +e\nsh xtask/hook.sh\necho more", "lost"),
            ("set -e\nsh xtask/hook.sh && echo fine\necho more", "lost"),
            ("# sh xtask/hook.sh", "none"),
            ("echo sh xtask/hook.sh", "none"),
            ("pnpm lint", "none"),
        ] {
            assert_eq!(word(text), expected, "{text}");
        }
        assert_eq!(call_in("sh xtask/hook.sh\necho more", true), Some(Call::Checks), "husky runs `sh -e`");
    }

    #[test]
    fn a_line_goes_in_front_of_what_ends_the_script() {
        for (text, expected) in [
            ("echo a\n", "echo a\n@"),
            ("echo a\nexit 0\n", "echo a\n@exit 0\n"),
            ("exec lint-staged\n", "@exec lint-staged\n"),
            ("echo a; exit 0\n", "@echo a; exit 0\n"),
            ("if x; then exit 0; fi\n", "if x; then exit 0; fi\n@"),
            ("#!/bin/sh\nif x; then\n  y\nfi; exit 0\n", "#!/bin/sh\n@if x; then\n  y\nfi; exit 0\n"),
        ] {
            let (before, behind) = text.split_at(place_for_call(text));
            assert_eq!(format!("{before}@{behind}"), expected);
        }
    }
}
