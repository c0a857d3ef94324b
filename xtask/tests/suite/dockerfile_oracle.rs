//! The Dockerfile parser against the crate `parse-dockerfile`, on the part of the language in which that crate
//! agrees with BuildKit: no heredoc but one directly behind the flags, no escaped escape at the end of a line.

use parse_dockerfile::{Command, Flag, Instruction as Theirs};
use proptest::prelude::*;
use xtask::source::Span;
use xtask::syntax::dockerfile::{Arguments, Dockerfile, Instruction};

/// Keyword, flags (span and value), and where the arguments begin if that can be compared.
type Outline = (Span, Vec<(Span, Option<String>)>, Option<usize>);

fn ours(instruction: &Instruction) -> Outline {
    let flags = instruction.flags.iter().map(|flag| {
        let value = flag.value.as_ref().map(|value| value.text().to_owned());
        (flag.span, value)
    });
    let start = match &instruction.arguments {
        Arguments::Command(_) if instruction.heredocs.is_empty() => {
            Some(instruction.text.source(instruction.rest.start))
        }
        Arguments::From(from) => Some(from.image.span.start),
        _ => None,
    };
    (instruction.keyword_span, flags.collect(), start)
}

fn theirs(instruction: &Theirs<'_>) -> Outline {
    let command = |command: &Command<'_>| match command {
        Command::Exec(words) => words.span.start,
        Command::Shell(text) => text.span.start,
        _ => panic!("a new kind of command"),
    };
    let (keyword, flags, start): (_, &[Flag<'_>], _) = match instruction {
        Theirs::Run(run) => {
            (&run.run, &run.options, run.here_docs.is_empty().then(|| command(&run.arguments)))
        }
        Theirs::Cmd(cmd) => (&cmd.cmd, &[], Some(command(&cmd.arguments))),
        Theirs::Copy(copy) => (&copy.copy, &copy.options, None),
        Theirs::Add(add) => (&add.add, &add.options, None),
        Theirs::From(from) => (&from.from, &from.options, Some(from.image.span.start)),
        Theirs::Env(env) => (&env.env, &[], None),
        Theirs::Arg(arg) => (&arg.arg, &[], None),
        Theirs::Label(label) => (&label.label, &[], None),
        Theirs::User(user) => (&user.user, &[], None),
        Theirs::Workdir(workdir) => (&workdir.workdir, &[], None),
        other => panic!("not generated: {other:?}"),
    };
    let flags = flags.iter().map(|flag| {
        let value = flag.value.as_ref().map(|value| value.value.to_string());
        (Span::from(flag.span()), value)
    });
    (Span::from(keyword.span.clone()), flags.collect(), start)
}

fn line() -> impl Strategy<Value = String> {
    let blank = prop::sample::select(vec![" ", "  ", "\t", " \\\n", " \\\n  # comment\n  ", " \\  \n\t"]);
    let flag =
        prop::sample::select(vec!["--mount=type=cache,target=/x", "--mount=type=secret,id=a", "--device=a"]);
    let word = prop::sample::select(vec![
        "npm", "ci", "&&", "echo", "'a b'", "\"c d\"", "$X", "${Y:-z}", "a=b", "x#x", "x\\ y", "-v", "|", ";",
    ]);
    let run = (
        prop::sample::select(vec!["RUN", "run", "  RUN"]),
        prop::collection::vec((blank.clone(), flag), 0..3),
        prop::collection::vec((blank, word), 1..6),
    )
        .prop_map(|(keyword, flags, words)| {
            let pieces = flags.into_iter().chain(words).flat_map(|(blank, word)| [blank, word]);
            format!("{keyword}{}", pieces.collect::<String>())
        });
    let other = prop::sample::select(vec![
        "# comment",
        "",
        "FROM --platform=linux/amd64 alpine:3",
        "ARG V=1",
        "ENV A=1 B=\"x y\"",
        "ENV A x y",
        "LABEL a=b",
        "USER node",
        "WORKDIR /w",
        "COPY --link --from=a x y",
        "COPY --chown=1:1 [\"a b\", \"c\"]",
        "ADD x y",
        "CMD [\"a\", \"b\"]",
        "CMD a b",
        "RUN [\"npm\", \"ci\"]",
        "RUN --mount=type=cache,target=/x <<EOF\nnpm ci\nEOF",
        "COPY <<EOF /x\nnpm ci\nEOF",
    ])
    .prop_map(str::to_owned);
    prop_oneof![run, other]
}

/// At least this many cases, more with `PROPTEST_CASES`.
fn config(cases: u32) -> ProptestConfig {
    let default = ProptestConfig::default();
    ProptestConfig { cases: default.cases.max(cases), failure_persistence: None, ..default }
}

proptest! {
    #![proptest_config(config(3_000))]

    #[test]
    fn both_parsers_see_the_same(lines in prop::collection::vec(line(), 0..12)) {
        let text = format!("FROM node\n{}\n", lines.join("\n"));
        let mine = Dockerfile::parse(text.as_str());
        let other = parse_dockerfile::parse(&text).map_err(|error| TestCaseError::fail(error.to_string()))?;
        prop_assert!(mine.errors.is_empty(), "{:?}", mine.errors);
        let mine: Vec<_> = mine.instructions.iter().map(ours).collect();
        let other: Vec<_> = other.instructions.iter().map(theirs).collect();
        prop_assert_eq!(mine, other);
    }
}
