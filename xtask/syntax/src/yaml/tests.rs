//! Examples for the tree and its edits; `yaml_oracle.rs` among the tests holds the tree against `serde_yaml`.

use super::edit;
use super::*;

fn at<'a>(text: &'a str, keys: &[&str]) -> (Node, &'a str) {
    let yaml = Yaml::parse(text);
    assert_eq!(yaml.errors, [], "{text}");
    let node = yaml.root().and_then(|root| root.at(keys)).unwrap_or_else(|| panic!("no {keys:?}")).clone();
    let slice = node.span.slice(text);
    (node, slice)
}

#[test]
fn block_collections_end_with_their_last_descendant() {
    let text = "dev:\n  web:\n    sync:\n      - ..:/app # root\n      - ../x:/x\n\n# tail\nnext: 1\n";
    assert_eq!(at(text, &["dev", "web", "sync"]).1, "- ..:/app # root\n      - ../x:/x");
    assert_eq!(at(text, &["dev", "web"]).1, "sync:\n      - ..:/app # root\n      - ../x:/x");
}

#[test]
fn spans_survive_crlf_bom_and_wide_characters() {
    let text = "\u{feff}ключ: значение\r\nb: 'it''s'\r\n";
    assert_eq!(at(text, &["ключ"]).1, "значение");
    let (node, slice) = at(text, &["b"]);
    assert_eq!((node.as_str(), slice), (Some("it's"), "'it''s'"));
    let scalar = node.as_scalar().unwrap();
    assert_eq!(scalar.locate(Span::new(3, 4), node.span).slice(text), "s");
}

#[test]
fn words_inside_every_scalar_style_are_found_in_the_file() {
    for text in [
        "c: run pnpm  dev\n",
        "c: 'run ''x'' pnpm dev'\n",
        "c: \"run \\u0041\\n pnpm \\\n   dev\"\n",
        "c: |\n  run\n    pnpm\n  dev\n",
        "c: |2-\n    run\n  pnpm\n  dev",
        "c: >-\n  run\n  pnpm\n\n  dev\n",
        "c: run\n  pnpm\n  dev\n",
        "c: \"run\n\n  pnpm\n  dev\"\n",
        "c: |\r\n  run\r\n  pnpm\r\n  dev\r\n",
    ] {
        let (node, _) = at(text, &["c"]);
        let scalar = node.as_scalar().unwrap();
        for word in ["run", "pnpm", "dev"] {
            let start = scalar.text.find(word).unwrap();
            let span = scalar.locate(Span::new(start, start + word.len()), Span::default());
            assert_eq!(span.slice(text), word, "{text:?} read as {:?}, {:?}", scalar.text, scalar.map);
        }
    }
}

#[test]
fn merged_entries_yield_to_written_ones_and_keep_both_places() {
    let text = "a: &a {x: 1, y: 2}\nb:\n  <<: *a\n  x: 3\n";
    let (node, _) = at(text, &["b"]);
    let mapping = node.as_mapping().unwrap();
    assert_eq!(mapping.get("x").and_then(Node::as_str), Some("3"));
    let merged = mapping.entry("y").unwrap();
    assert_eq!((merged.value.span.slice(text), merged.merged.unwrap().slice(text)), ("2", "*a"));
    assert_eq!(mapping.own().count(), 1);
}

#[test]
fn tags_anchors_and_aliases_are_kept() {
    let text = "a: !reference [.x, script]\nb: &n text\nc: *n\n";
    let (node, _) = at(text, &["a"]);
    assert_eq!(node.tag.as_ref().map(|tag| tag.value.as_str()), Some("!reference"));
    assert_eq!(at(text, &["b"]).0.anchor.unwrap().value, "n");
    let (alias, slice) = at(text, &["c"]);
    assert_eq!((alias.alias.unwrap().slice(text), slice), ("*n", "text"));
}

#[test]
fn errors_have_places_and_the_next_document_is_still_read() {
    let text = "a: [1, 2\n---\nb: 1\n";
    let yaml = Yaml::parse(text);
    assert_eq!(yaml.errors.len(), 1);
    assert!(yaml.documents.iter().any(|document| document.get("b").is_some()));
    let twice = Yaml::parse("a: 1\nb: 2\na: 3\n");
    assert_eq!(twice.duplicates.len(), 1);
    assert_eq!(twice.duplicates[0].second, Span::new(10, 11));
}

#[test]
fn hostile_files_cost_nothing() {
    let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
    for level in 1..40 {
        let before = level - 1;
        bomb.push_str(&format!("a{level}: &a{level} [{}]\n", vec![format!("*a{before}"); 9].join(", ")));
    }
    assert!(Yaml::parse(&bomb).errors.iter().any(|error| error.message.contains("expand")));
    assert!(!Yaml::parse(&"[".repeat(100_000)).errors.is_empty());
    let mut chain = String::from("a0: &a0 [x]\n");
    for level in 1..5_000 {
        chain.push_str(&format!("a{level}: &a{level} [*a{}]\n", level - 1));
    }
    assert!(Yaml::parse(&chain).errors.iter().any(|error| error.message.contains("nested")));
    assert!(!Yaml::parse("a: &a [*a]\n").errors.is_empty());
}

#[test]
fn templates_are_recognised() {
    for text in ["image: {{ .Values.image }}\n", "{{- if .Values.x }}\na: 1\n{{- end }}\n"] {
        assert!(Yaml::parse(text).template.is_some(), "{text}");
    }
    for text in ["a: \"{{ x }}\"\n", "a: {b: 1}\n", "a: ${{ x }}\n"] {
        assert!(Yaml::parse(text).template.is_none(), "{text}");
    }
}

#[test]
fn scalars_are_read_as_go_reads_them() {
    let read = |text: &str| at(&format!("k: {text}\n"), &["k"]).0.go_yaml_v2();
    assert_eq!(read("yes"), Resolved::Bool(true));
    assert_eq!(read("'yes'"), Resolved::Str("yes".into()));
    assert_eq!(read("2222:22"), Resolved::Str("2222:22".into()));
    assert_eq!(read("0755"), Resolved::Int(493));
    assert_eq!(read("1_000"), Resolved::Int(1000));
    assert_eq!(read("1.20"), Resolved::Float(1.2));
    assert_eq!(read("~"), Resolved::Null);
    assert_eq!(read(""), Resolved::Null);
    assert_eq!(read("1.2.3"), Resolved::Str("1.2.3".into()));
}

fn apply(text: &str, (span, replacement): edit::TextEdit) -> String {
    let mut text = text.to_owned();
    text.replace_range(span.start..span.end, &replacement);
    text
}

#[test]
fn entries_are_inserted_in_the_style_of_the_file() {
    let lines = ["new:".to_owned(), "  image: x".to_owned()];
    for (text, expected) in [
        (
            "dev:\n  a:\n    image: y # why\n    # own\n  # next\nz: 1\n",
            "dev:\n  a:\n    image: y # why\n    # own\n  new:\n    image: x\n  # next\nz: 1\n",
        ),
        ("dev:\r\n    a: 1", "dev:\r\n    a: 1\r\n    new:\r\n        image: x"),
        ("dev:\n  a: |\n    text\n\nz: 1\n", "dev:\n  a: |\n    text\n  new:\n    image: x\n\nz: 1\n"),
    ] {
        let dev = at(text, &["dev"]).0;
        assert_eq!(apply(text, edit::insert_entry(text, &dev, &lines).unwrap()), expected);
    }
    let text = "dev: {a: 1 }\n";
    let dev = at(text, &["dev"]).0;
    assert_eq!(edit::insert_entry(text, &dev, &lines), None);
    let one = edit::insert_entry(text, &dev, &["b: 2".to_owned()]).unwrap();
    assert_eq!(apply(text, one), "dev: {a: 1, b: 2 }\n");
}

#[test]
fn items_are_appended_and_removed_with_their_lines() {
    let text = "a:\n- x # one\n- y\nb: [p, q]\n";
    let block = at(text, &["a"]).0;
    let flow = at(text, &["b"]).0;
    let added = edit::append_item(text, &block, &["z".to_owned()]).unwrap();
    assert_eq!(apply(text, added), "a:\n- x # one\n- y\n- z\nb: [p, q]\n");
    let removed = edit::remove_item(text, &block, &block.items()[0]).unwrap();
    assert_eq!(apply(text, removed), "a:\n- y\nb: [p, q]\n");
    let removed = edit::remove_item(text, &flow, &flow.items()[1]).unwrap();
    assert_eq!(apply(text, removed), "a:\n- x # one\n- y\nb: [p]\n");
}

#[test]
fn scalars_are_quoted_where_a_reader_could_mistake_them() {
    for (value, quoted) in [
        ("..:/app", "..:/app"),
        ("22:22", "\"22:22\""),
        ("on", "\"on\""),
        ("a, b", "\"a, b\""),
        ("3000:3000", "\"3000:3000\""),
        ("a: b", "'a: b'"),
    ] {
        assert_eq!(edit::quote(value), quoted);
    }
}

/// What yaml.v2 2.4.0 was seen to refuse (`!`) and to take, in one tree with what is read of it.
#[test]
fn what_the_reader_of_okteto_takes_and_refuses_is_told_apart() {
    for (text, refused) in [
        ("a:\n  - b\n\t# c\n  - d\n", Some("\t")),
        ("a:\n  - b\n\t\n  - d\n", Some("\t")),
        ("a:\n  -\tb\n", Some("\t")),
        ("a:\n  - b\n      \t# deep enough\n  - d\n", None),
        ("a: b\t# c\n", None),
        ("a: |\n  b\n  \tc\n", None),
        ("a: [b?]\n", Some("?")),
        ("a: {b: https://x/?y=z}\n", Some("?")),
        ("a: https://x/?y=z\n", None),
        ("a: [:80]\n", Some(":")),
        ("a: \"b\\/c\"\n", Some("\\/")),
        ("a: \"b\\\\/c\"\n", None),
        ("%YAML 1.2\n---\na: b\n", Some("%YAML 1.2")),
        ("%YAML 1.1\n---\na: b\n", None),
        ("a: &b.c d\n", Some("&b.c")),
        ("a:\n  <<: b\n", Some("b")),
        ("a: b\u{2028}\n", Some("\u{2028}")),
        ("a: \"b\u{2028}c\"\n", None),
    ] {
        let yaml = Yaml::parse(text);
        assert_eq!(yaml.errors, [], "{text:?}");
        let found = yaml.refused_by_yaml_v2(text);
        assert_eq!(found.first().map(|refusal| refusal.span.slice(text)), refused, "{text:?}");
    }
}

#[test]
fn what_only_stricter_readers_refuse_is_read() {
    let (node, slice) = at("a: [b, -, -c]\n", &["a"]);
    assert_eq!(node.items().iter().filter_map(Node::as_str).collect::<Vec<_>>(), ["b", "-", "-c"]);
    assert_eq!(slice, "[b, -, -c]");
    let (node, _) = at("a: [\n\tb,\n\t]\nc: d\n", &["a"]);
    assert_eq!(node.items().len(), 1);
    for text in ["a:\n  b: \"c &&\n  d\"\n", "a:\r\n  b: \"c &&\r\n  d\"\r\n"] {
        let (node, _) = at(text, &["a", "b"]);
        let words: Vec<&str> = node.as_str().unwrap().split_whitespace().collect();
        assert_eq!(words, ["c", "&&", "d"]);
    }
    let broken = Yaml::parse("a: \"b\nc: d\ne: \"f\"\n");
    assert!(broken.errors.first().is_some_and(|error| error.span.start < 8), "{:?}", broken.errors);
}
