//! The Dockerfile parser against what BuildKit's own parser answered, and against its own promises.

use crate::support::time::assert_linear;
use std::sync::LazyLock;

use proptest::prelude::*;
use xtask::source::Span;
use xtask::syntax::dockerfile::{Arguments, Dockerfile, MountFlag, Script};

fn vectors(name: &str) -> Vec<serde_json::Value> {
    let path = format!("{}/tests/vectors/dockerfile-parse/{name}", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(path).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn instructions_are_those_of_buildkit() {
    for vector in vectors("parse.jsonl") {
        let name = vector["name"].as_str().unwrap();
        let file = Dockerfile::parse(vector["input"].as_str().unwrap());
        let refused = vector["error"].as_bool().unwrap_or(false);
        assert_eq!(!file.errors.is_empty(), refused, "{name}: {:?}", file.errors);
        if refused {
            continue;
        }
        assert_eq!(file.escape.to_string(), vector["escape"].as_str().unwrap(), "{name}");
        let found: Vec<_> = file.instructions.iter().map(|found| describe(&file, found)).collect();
        assert_eq!(serde_json::Value::Array(found), vector["instructions"], "{name}");
    }
}

fn describe(file: &Dockerfile, found: &xtask::syntax::dockerfile::Instruction) -> serde_json::Value {
    let mut object = serde_json::json!({
        "name": found.keyword.unwrap().as_str(),
        "start": found.first_line,
        "end": found.last_line,
    });
    if !found.flags.is_empty() {
        object["flags"] = found.flags.iter().map(|flag| flag.text.clone()).collect();
    }
    if found.is_json() {
        object["json"] = true.into();
    }
    if !found.heredocs.is_empty() {
        object["heredocs"] = found.heredocs.iter().map(|heredoc| heredoc.body.slice(&file.text)).collect();
    }
    object
}

/// `error` of a `RUN` in a stage with `WORKDIR /app`, `ARG T=/x` and `ENV S=locked`. The one about the target
/// `/` needs the working directory and is the image model's.
#[test]
fn mounts_are_refused_as_buildkit_does() {
    let lookup = |name: &str| match name {
        "T" => Some("/x".to_owned()),
        "S" => Some("locked".to_owned()),
        _ => None,
    };
    for vector in vectors("mount.jsonl") {
        let run = vector["run"].as_str().unwrap();
        let expected = vector["error"].as_str().filter(|error| !error.starts_with("invalid mount target"));
        let file = Dockerfile::parse(format!("FROM node:22\n{run}\n"));
        let mounts = file.instructions[1].flags.iter().filter_map(MountFlag::new);
        let resolved = mounts.filter_map(|mount| mount.resolve('\\', &lookup).err());
        let found = file.errors.iter().cloned().chain(resolved).next().map(|error| error.message);
        assert_eq!(found.as_deref(), expected, "{run}");
    }
}

#[test]
fn errors_of_mounts_point_at_the_field() {
    let check = |run: &str, at: &str, replacement: Option<&str>| {
        let file = Dockerfile::parse(format!("FROM a\nRUN {run} x\n"));
        let mount = MountFlag::new(&file.instructions[1].flags[0]).unwrap();
        let error = mount.resolve('\\', &|_| None).unwrap_err();
        assert_eq!(error.span.slice(&file.text), at, "{run}");
        assert_eq!(error.replacement.as_deref(), replacement, "{run}");
    };
    check("--mount=type=cach,target=/x", "cach", Some("cache"));
    check("--mount=type=cache,tagret=/x", "tagret", Some("target"));
    check("--mount=type=cache,target=/x,sharing=lockd", "lockd", Some("locked"));
    check("--mount=type=cache,target=\"/x\",uid=node", "node", None);
    check("--mount=type=cache,\\\"target=/a\\\"x", "\"target=/a\\\"x", None);
    check("--mount=type=secret,from=a", "a", None);
    check("--mount=type=bind,target=/x,mode=0755", "0755", None);
}

#[test]
fn a_bad_instruction_does_not_hide_the_others() {
    let text = "RUN early\nFROM a AS 1x\nRUNN x\nENV\nENV A\nENV A=1 B\nCOPY x\nCOPY --form=x a b\nSHELL sh\n\
        WORKDIR\nRUN [\"a\", 1]\nHEALTHCHECK CDM x\nONBUILD FROM x\nONBUILD ONBUILD RUN x\nRUN --network=hst x\n\
        COPY --link= a b\nCOPY --link=x a b\nHEALTHCHECK --interval=30 CMD x\nHEALTHCHECK --retries=-1 --timeout=5s CMD x\nRUN ok\n";
    let file = Dockerfile::parse(text);
    let errors: Vec<String> =
        file.errors.iter().map(|error| format!("{}: {}", error.span.slice(text), error.message)).collect();
    let expected = [
        "RUN: no build stage in current context",
        "FROM a AS 1x: invalid name for build stage: \"1x\", name can't start with a number or contain symbols",
        "RUNN: unknown instruction: RUNN (did you mean RUN?)",
        "ENV: ENV requires at least one argument",
        "A: ENV must have two arguments",
        "B: Syntax error - can't find = in \"B\". Must be of the form: name=value",
        "COPY x: COPY requires at least two arguments, but only one was provided. Destination could not be determined",
        "form: unknown flag: --form (did you mean from?)",
        "SHELL sh: SHELL requires the arguments to be in JSON form",
        "WORKDIR: WORKDIR requires exactly one argument",
        "[\"a\", 1]: when using JSON array syntax, arrays must be comprised of strings only",
        "CDM: Unknown type \"CDM\" in HEALTHCHECK (try CMD)",
        "FROM: FROM isn't allowed as an ONBUILD trigger",
        "ONBUILD: Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed",
        "--network=hst: invalid network mode \"hst\"",
        "--link=: missing a value on flag: --link",
        "--link=x: expecting boolean value for flag --link, not: x",
        "--interval=30: time: missing unit in duration \"30\"",
        "--retries=-1: --retries cannot be negative (-1)",
    ];
    assert_eq!(errors, expected);
    assert_eq!(file.instructions.len(), 20);
    assert_eq!(file.stages.len(), 1);
}

#[test]
fn an_unfinished_heredoc_ends_before_the_next_instruction() {
    let file = Dockerfile::parse("FROM a\nRUN cat <<EOF\nhello\nUSER x\n");
    assert_eq!(file.errors.len(), 1);
    assert_eq!(file.errors[0].message, "unterminated heredoc");
    let lines: Vec<_> = file.instructions.iter().map(|found| (found.first_line, found.last_line)).collect();
    assert_eq!(lines, [(1, 1), (2, 3), (4, 4)]);
}

#[test]
fn pairs_words_and_stages_have_their_places() {
    let text = "ARG V=22\nFROM --platform=x node:$V as Base\nENV A=1 \\\n  # why\n  B=\"x y\"\nENV OLD the rest \n\
        FROM base\nONBUILD copy --from=base [\"a b\", \"c\"]\n";
    let file = Dockerfile::parse(text);
    assert!(file.errors.is_empty(), "{:?}", file.errors);
    assert_eq!(file.stages[0].name.as_ref().unwrap().value, "base");
    assert_eq!(file.stages[0].base.span.slice(text), "node:$V");
    assert_eq!(file.stages[1].instructions, 4..6);
    assert_eq!((file.stage_of(0), file.stage_of(3), file.stage_of(5)), (None, Some(0), Some(1)));
    let pairs = |index: usize| match &file.instructions[index].arguments {
        Arguments::Pairs(pairs) => {
            pairs.iter().map(|pair| pair.span.slice(text).to_owned()).collect::<Vec<_>>()
        }
        other => panic!("{other:?}"),
    };
    assert_eq!(pairs(2), ["A=1", "B=\"x y\""]);
    assert_eq!(pairs(3), ["OLD the rest"]);
    assert_eq!(file.comments.len(), 1);
    assert!(file.comments[0].inside);
    let inner = file.instructions[5].innermost();
    assert_eq!(inner.keyword_span.slice(text), "copy");
    assert_eq!(inner.flags[0].span.slice(text), "--from=base");
    let Arguments::Copy(copy) = &inner.arguments else { panic!("{:?}", inner.arguments) };
    assert_eq!(copy.sources[0].value, "a b");
    assert_eq!(copy.sources[0].span.slice(text), "\"a b\"");
}

#[test]
fn new_flags_go_before_the_first_other_token() {
    for (text, before) in [
        ("FROM a\nRUN npm ci\n", "npm ci\n"),
        ("FROM a\nRUN --network=none \\\n  # x\n\n  npm ci", "npm ci"),
        ("FROM a\r\nRUN \\\r\n  npm ci\r\n", "npm ci\r\n"),
        ("FROM a\nRUN -- --mount npm", "-- --mount npm"),
        ("FROM a\nRUN <<EOF\nnpm ci\nEOF\n", "<<EOF\nnpm ci\nEOF\n"),
        ("FROM a\nONBUILD  RUN  npm ci\n", "npm ci\n"),
        ("FROM a\nRUN --network=none\n", "\n"),
    ] {
        let file = Dockerfile::parse(text);
        assert_eq!(&text[file.instructions[1].innermost().insertion..], before, "{text:?}");
    }
}

#[test]
fn scripts_are_what_buildkit_hands_to_the_shell() {
    let script = |run: &str| {
        let file = Dockerfile::parse(format!("FROM a\n{run}"));
        match file.instructions[1].innermost().script(&file.text).unwrap() {
            Script::Exec(words) => format!("exec {}", words.len()),
            Script::Shell(text) => format!("shell {}", text.text()),
            Script::Heredoc { body, shebang } => format!("heredoc {} {shebang:?}", body.text()),
        }
    };
    assert_eq!(script("RUN [\"a\", \"b\"]"), "exec 2");
    assert_eq!(script("RUN a \\\n # c\n && b\n"), "shell a  && b");
    assert_eq!(script("RUN <<EOF\r\na\r\nb\r\nEOF\r\n"), "heredoc a\nb\n None");
    assert_eq!(
        script("RUN <<EOF\n#! /usr/bin/env python3\nb\nEOF\n"),
        "heredoc #! /usr/bin/env python3\nb\n Some(\"/usr/bin/env python3\")"
    );
    assert_eq!(script("RUN <<-A cat <<B\n\t1\n\tA\n2\nB\n"), "shell <<-A cat <<B\n\t1\n\tA\n2\nB");
    assert_eq!(script("ONBUILD RUN <<EOF\nx\nEOF\n"), "heredoc x\n None");
}

#[test]
fn lines_that_buildkits_scanner_refuses_are_errors() {
    let long = |length: usize| format!("FROM a\nRUN {}\nUSER x\n", "x".repeat(length - 4));
    assert!(Dockerfile::parse(long(65_535)).errors.is_empty());
    let file = Dockerfile::parse(long(65_536));
    assert_eq!(file.errors[0].message, "dockerfile line greater than max allowed size of 65535");
    assert_eq!(file.instructions.len(), 3);
}

/// Repetitions that a careless parser would need quadratic time, or too much stack, for.
fn hostile(size: usize) -> Vec<String> {
    let many = |unit: &str, count: usize| format!("FROM a\n{}", unit.repeat(count * size));
    let long =
        |start: &str, unit: &str, count: usize| format!("FROM a\n{start}{}", unit.repeat(count * size));
    vec![
        many("RUN npm ci && echo 'x' \"y\" $(z)\n", 100),
        many("RUN <<EOF\nx\n", 100),
        many("RUN cat <<A <<B\n1\nA\n", 50),
        many("RUN \\\n", 100),
        many("x \\\n", 200),
        many("# c\n", 500),
        many("ONBUILD ", 200),
        many("ONBUILD \\\n", 200),
        long("RUN <<EOF ", "${A:-", 200),
        long("RUN [", "\"a\",", 500),
        long("RUN ", "[", 1_000),
        long("RUN ", "--mount=type=cache,target=/x ", 100),
        long("RUN --mount=", "id=a,", 500),
        long("RUN --mount=", "\"\"", 500),
        long("ENV ", "A=\"x y\" ", 300),
        long("RUN ", "<< ", 500),
        long("RUN ", "<<A ", 300),
        "\0".repeat(1_000 * size),
    ]
}

#[test]
fn hostile_files_get_an_answer_in_linear_time() {
    // A file of one megabyte where optimised, else of a tenth.
    let size = if cfg!(debug_assertions) { 100 } else { 1_000 };
    for (small, large) in hostile(size / 10).into_iter().zip(hostile(size)) {
        tiles(&Dockerfile::parse(large.as_str()));
        assert_linear(&small, &large, 10, |text| drop(Dockerfile::parse(text)));
    }
}

/// Instructions, comments and blank lines follow each other without gap or overlap, and every span lies on
/// character boundaries.
fn tiles(file: &Dockerfile) {
    let outside = file.comments.iter().filter(|comment| !comment.inside).map(|comment| comment.line);
    let mut parts: Vec<Span> = file.instructions.iter().map(|found| found.lines).chain(outside).collect();
    parts.sort();
    let mut at = 0;
    for part in parts.into_iter().chain([Span::at(file.text.len())]) {
        assert!(part.start >= at, "overlap at {at}");
        let gap = Span::new(at, part.start).slice(&file.text);
        assert!(gap.trim_start_matches('\u{feff}').trim().is_empty(), "{gap:?} belongs to nothing");
        at = part.end;
    }
    let whole =
        |span: Span| assert!(file.text.get(span.start..span.end).is_some(), "{span:?} cuts a character");
    for found in &file.instructions {
        for found in [found, found.innermost()] {
            [found.keyword_span, found.span, found.lines, Span::at(found.insertion)]
                .into_iter()
                .for_each(whole);
            found.heredocs.iter().flat_map(|heredoc| [heredoc.body, heredoc.terminator]).for_each(whole);
            found.flags.iter().flat_map(|flag| [flag.span, flag.name.span]).for_each(whole);
            for mount in found.flags.iter().filter_map(MountFlag::new) {
                mount.fields.iter().flat_map(|field| [field.span, field.key.span]).for_each(whole);
                mount
                    .fields
                    .iter()
                    .filter_map(|field| field.value.as_ref())
                    .for_each(|value| whole(value.span));
            }
            if let Arguments::Pairs(pairs) = &found.arguments {
                pairs.iter().flat_map(|pair| [pair.span, pair.key.span]).for_each(whole);
            }
            if let Some(Script::Shell(text) | Script::Heredoc { body: text, .. }) = found.script(&file.text) {
                text.text().char_indices().for_each(|(at, _)| whole(Span::at(text.source(at))));
            }
        }
    }
    file.errors.iter().for_each(|error| whole(error.span));
    file.comments.iter().flat_map(|comment| [comment.span, comment.line]).for_each(whole);
}

/// The files of the vectors, read once.
static INPUTS: LazyLock<Vec<String>> = LazyLock::new(|| {
    vectors("parse.jsonl").iter().map(|vector| vector["input"].as_str().unwrap().to_owned()).collect()
});

/// Pieces that mean something to the parser, to be thrown together.
fn piece() -> impl Strategy<Value = String> {
    prop_oneof![
        8 => prop::sample::select(vec![
            "FROM a AS b", "RUN ", "run ", "COPY ", "ADD ", "ENV ", "ARG ", "LABEL ", "ONBUILD ", "SHELL ", "USER ",
            "HEALTHCHECK ", "VOLUME ", "# syntax=x", "# escape=`", "#", "\n", "\r\n", "\\\n", "`\n", " ", "\t", "\\",
            "--mount=type=cache,target=/x", "--mount=", "--from=b", "--", "-", "\"", "'", "$", "${", "}", "${A:-",
            "<<EOF", "<<-EOF", "<< ", "EOF", "\nEOF\n", "\n\tEOF\n", "[\"a\", \"b\"]", "[", "]", ",", "=", "a=b", "A",
            "npm ci", "&&", "\u{feff}", "ключ", "\u{a0}", "é", "\0",
        ]).prop_map(str::to_owned),
        1 => "\\PC{0,3}",
    ]
}

/// At least this many cases, more with `XTASK_FUZZ_CASES`.
fn config(cases: u32) -> ProptestConfig {
    let wanted = std::env::var("XTASK_FUZZ_CASES").ok().and_then(|wanted| wanted.parse().ok());
    ProptestConfig { cases: wanted.unwrap_or(cases), failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config(4_000))]

    #[test]
    fn any_text_is_tiled(pieces in prop::collection::vec(piece(), 0..40)) {
        tiles(&Dockerfile::parse(pieces.concat()));
    }

    #[test]
    fn mutated_vectors_are_tiled(index in 0usize..37, from in 0usize..200, length in 0usize..8, new in piece()) {
        let mut chars: Vec<char> = INPUTS[index].chars().collect();
        let from = from.min(chars.len());
        let to = (from + length).min(chars.len());
        chars.splice(from..to, new.chars());
        tiles(&Dockerfile::parse(chars.into_iter().collect::<String>()));
    }
}
