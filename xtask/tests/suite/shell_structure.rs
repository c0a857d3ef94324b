//! Spans, connectors, flags and folders: what rules and fixes build on.

use xtask::syntax::shell::{self, Directory, ExpansionKind, ScopeKind, Script};

fn removed(text: &str, program: &str) -> Option<String> {
    let script = shell::parse(text);
    let invocation = script.invocations().find(|invocation| invocation.program == program)?;
    let span = script.removal(invocation.command)?;
    Some(format!("{}{}", text.get(..span.start)?, text.get(span.end..)?))
}

#[test]
fn a_command_leaves_an_and_list_with_its_operator() {
    for (text, expected) in [
        ("a && rm x && b", Some("a && b")),
        ("rm x && b", Some("b")),
        ("a && \\\n    rm x", Some("a")),
        ("a; rm x; b", Some("a; b")),
        ("a || rm x && b", None),
        ("a && rm x || b", None),
        ("a && rm x | b", None),
        ("a && ! rm x", None),
        ("a && rm x &", None),
        ("rm x", None),
        ("(a && rm x) && b", Some("(a) && b")),
        ("sh -c 'a && rm x && b'", Some("sh -c 'a && b'")),
        ("a <<E &&\nx\nE\nrm x", None),
    ] {
        assert_eq!(removed(text, "rm").as_deref(), expected, "{text:?}");
    }
}

#[test]
fn spans_lead_through_nested_quotes_to_the_source() {
    let text = "sudo sh -c 'cd /a && npm \"c\"i'";
    let script = shell::parse(text);
    let npm = script.invocations().find(|invocation| invocation.program == "npm").expect("it runs");
    assert_eq!(npm.word.span.slice(text), "npm");
    assert_eq!(npm.span.slice(text), "npm \"c\"i");
    assert_eq!(npm.args.first().map(|word| word.text.as_str()), Some("ci"));

    let text = "echo \"`npm \\\"x\\\" --filter=\\$y`\"";
    let script = shell::parse(text);
    let npm = script.invocations().nth(1).expect("it runs");
    assert_eq!(npm.args.iter().map(|word| word.text.as_str()).collect::<Vec<_>>(), ["x", "--filter=$y"]);
}

#[test]
fn a_word_that_an_outer_shell_expands_keeps_its_expansion_inside() {
    let script = shell::parse("sh -c \"npm ci --cache $DIR/x \\$OTHER\"");
    let npm = script.invocations().next().expect("it runs");
    let names: Vec<&str> =
        npm.args.iter().flat_map(|word| word.parameters()).map(|found| found.name.as_str()).collect();
    assert_eq!(names, ["DIR", "OTHER"]);
}

#[test]
fn expansions_tell_name_operator_and_argument() {
    let text = "echo ${OUT:-${BASE:-di'st'}/x} \"${#A}\" $((1+$B)) $1";
    let script = shell::parse(text);
    let echo = script.commands.first().expect("a command");
    let found: Vec<_> = echo
        .words
        .iter()
        .flat_map(|word| &word.expansions)
        .map(|found| {
            (
                found.kind,
                found.name.as_str(),
                found.operator.as_str(),
                found.argument.as_deref(),
                found.nested,
            )
        })
        .collect();
    let parameter = ExpansionKind::Parameter;
    assert_eq!(
        found,
        [
            (parameter, "OUT", ":-", Some("${BASE:-di'st'}/x"), false),
            (parameter, "BASE", ":-", Some("dist"), true),
            (parameter, "A", "#", None, false),
            (ExpansionKind::Arithmetic, "", "", None, false),
            (parameter, "B", "", None, true),
            (parameter, "1", "", None, false),
        ]
    );
    for expansion in echo.words.iter().flat_map(|word| &word.expansions) {
        assert!(expansion.span.slice(text).starts_with('$'), "{expansion:?}");
    }
}

#[test]
fn literal_words_have_no_expansion_pattern_or_tilde() {
    let literal = |text: &str| {
        let script = shell::parse(&format!("echo {text}"));
        script.commands[..]
            .first()
            .and_then(|command| command.words.get(1))
            .is_some_and(shell::Word::is_literal)
    };
    for text in ["a", "'a*'", "\\$x", "\"a b\"", "[", "{}", "a,b", "x{a}"] {
        assert!(literal(text), "{text}");
    }
    for text in ["$a", "\"$a\"", "*", "a?", "[ab]", "{a,b}", "{1..3}", "~/x", "`a`"] {
        assert!(!literal(text), "{text}");
    }
}

#[test]
fn assignments_are_told_from_arguments() {
    let text = "A=\"x y\" B+=$C 'D'=1 E=2";
    let script = shell::parse(text);
    let command = script.commands.first().expect("a command");
    let names: Vec<_> = command.assignments.iter().map(|found| (found.name.as_str(), found.append)).collect();
    assert_eq!(names, [("A", false), ("B", true)]);
    let first = command.assignments.first().expect("an assignment");
    assert_eq!((first.value.text.as_str(), first.value.span.slice(text)), ("x y", "\"x y\""));
    assert_eq!(command.words.len(), 2);

    let script = shell::parse("X=1 env -C /srv A=2 npm ci");
    let npm = script.invocations().next().expect("it runs");
    let names: Vec<_> =
        npm.assignments.iter().map(|found| (found.name.as_str(), found.value.text.as_str())).collect();
    assert_eq!(names, [("X", "1"), ("A", "2")]);
    assert_eq!(npm.directory.map(|word| word.text), Some("/srv".to_owned()));
}

#[test]
fn flags_own_their_values() {
    let text = "pnpm --filter install -C apps/web --config.x=1 -Fweb build --cache=\"/a b\" -- --x";
    let script = shell::parse(text);
    let pnpm = script.invocations().next().expect("it runs");
    let found = shell::subcommand(pnpm.args, &["--filter", "-F", "-C", "--dir"]);
    assert_eq!(found.name(), "build");
    let flags: Vec<_> = found
        .flags
        .iter()
        .map(|flag| (flag.name, flag.value.as_ref().map(|value| value.text.as_str())))
        .collect();
    let expected = [
        ("--filter", Some("install")),
        ("-C", Some("apps/web")),
        ("--config.x", Some("1")),
        ("-F", Some("web")),
    ];
    assert_eq!(flags, expected);

    let rest = shell::arguments(found.rest, &[]);
    let cache =
        shell::last_flag(&rest.flags, &["--cache"]).and_then(|flag| flag.value.as_ref()).expect("a value");
    assert_eq!((cache.text.as_str(), cache.span.slice(text)), ("/a b", "\"/a b\""));
    assert_eq!(rest.operands.iter().map(|word| word.text.as_str()).collect::<Vec<_>>(), ["--x"]);
}

#[test]
fn folders_follow_literal_cd_in_the_same_shell() {
    let of = |text: &str| -> Directory {
        let script = shell::parse(text);
        let npm = script.invocations().find(|invocation| invocation.program == "npm").expect("it runs");
        let index =
            script.commands.iter().position(|command| command.id == npm.command.id).expect("it is there");
        script.directories().swap_remove(index)
    };
    let path = |path: &str| Directory::Path(path.to_owned());
    for (text, expected) in [
        ("npm ci", Directory::Start),
        ("cd apps/web && npm ci", path("apps/web")),
        ("cd apps; cd ./web/ && npm ci", path("apps/web")),
        ("cd apps && cd .. && npm ci", Directory::Start),
        ("cd .. && npm ci", path("..")),
        ("cd /srv && cd ../.. && npm ci", path("/")),
        ("(cd a) && npm ci", Directory::Start),
        ("{ cd a; } && npm ci", path("a")),
        ("cd $X && npm ci", Directory::Unknown),
        ("cd $X && cd /b && npm ci", path("/b")),
        ("cd a | npm ci", Directory::Start),
        ("cd a && sh -c 'cd b && npm ci'", path("a/b")),
        ("cd a && x=$(cd b && npm ci)", path("a/b")),
        ("if x; then cd a; fi; npm ci", Directory::Unknown),
        ("if cd a; then npm ci; fi", path("a")),
    ] {
        assert_eq!(of(text), expected, "{text:?}");
    }
}

#[test]
fn scopes_and_pipelines_are_told() {
    let script = shell::parse("kubectl create --dry-run=client -o yaml | kubectl apply -f -");
    let create = script.commands.first().expect("a command");
    assert_eq!(script.pipeline(create).len(), 2);

    let around = |script: &Script, program: &str| -> Vec<ScopeKind> {
        let found = script.invocations().find(|invocation| invocation.program == program).expect("it runs");
        script.scopes_around(found.command).map(|scope| scope.kind.clone()).collect()
    };
    let script = shell::parse("f() { if a; then b; fi; }; (c)");
    let body = ScopeKind::Function { name: "f".to_owned() };
    let expected = [ScopeKind::Condition, ScopeKind::If, ScopeKind::Group, body, ScopeKind::Script];
    assert_eq!(around(&script, "a"), expected);
    assert_eq!(around(&script, "c"), [ScopeKind::Subshell, ScopeKind::Script]);
}

#[test]
fn heredocs_keep_body_and_terminator() {
    let text = "cat <<-'E' > f && b\n\tx $y\r\n\tE\nc <<F\n$z \\$w\n";
    let script = shell::parse(text);
    let [first, second] = script.heredocs.as_slice() else { panic!("two documents") };
    assert_eq!((first.body.text.as_str(), first.quoted, first.strip_tabs), ("x $y\n", true, true));
    assert_eq!(first.terminator.map(|span| span.slice(text)), Some("E"));
    assert_eq!((second.body.text.as_str(), second.terminator), ("$z $w\n", None));
    assert_eq!(second.body.parameters().map(|found| found.name.as_str()).collect::<Vec<_>>(), ["z"]);
}

#[test]
fn exec_forms_are_followed_like_commands() {
    let word = |text: &str, start: usize| shell::Word::literal(text, (start..start + text.len()).into());
    let script = shell::exec_form(vec![word("sh", 2), word("-c", 8), word("cd a && npm ci", 14)]);
    let found: Vec<_> =
        script.invocations().map(|invocation| (invocation.program, invocation.span.start)).collect();
    assert_eq!(found, [("cd", 14), ("npm", 22)]);
}
