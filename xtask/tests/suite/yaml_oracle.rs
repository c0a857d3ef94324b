//! The YAML tree against `serde_yaml` as an independent reader, and against mutated input.

use proptest::prelude::*;
use serde_yaml::Value as Oracle;
use xtask::source::Span;
use xtask::syntax::yaml::{Node, Style, Value, Yaml};

/// Cases per property: a few in the suite, millions with `XTASK_FUZZ_CASES` in release mode.
fn cases(default: u32) -> ProptestConfig {
    let cases = std::env::var("XTASK_FUZZ_CASES").ok().and_then(|text| text.parse().ok()).unwrap_or(default);
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

/// Whether the tree says what the oracle says. Scalars are compared as YAML 1.2 core reads them.
fn agree(node: &Node, oracle: &Oracle) -> bool {
    match (&node.value, oracle) {
        (Value::Empty, Oracle::Null) => true,
        (Value::Scalar(_), Oracle::Null) => node.is_null(),
        (Value::Scalar(scalar), Oracle::Bool(value)) => {
            scalar.style == Style::Plain && scalar.text.eq_ignore_ascii_case(&value.to_string())
        }
        (Value::Scalar(scalar), Oracle::Number(number)) => {
            scalar.style == Style::Plain
                && (scalar.text.parse::<f64>().ok() == number.as_f64()
                    || scalar.text.starts_with(['0', '-', '+', '.']))
        }
        (Value::Scalar(scalar), Oracle::String(text)) => *scalar.text == **text,
        (Value::Sequence(sequence), Oracle::Sequence(items)) => {
            sequence.items.len() == items.len()
                && sequence.items.iter().zip(items).all(|(node, oracle)| agree(node, oracle))
        }
        (Value::Mapping(mapping), Oracle::Mapping(entries)) => {
            mapping.entries.len() == entries.len()
                && entries.iter().all(|(key, value)| {
                    let key = match key {
                        Oracle::String(text) => text.clone(),
                        other => serde_yaml::to_string(other).unwrap().trim_end().to_owned(),
                    };
                    mapping.get(&key).is_some_and(|node| agree(node, value))
                })
        }
        (_, Oracle::Tagged(tagged)) => node.tag.is_some() && agree(node, &tagged.value),
        _ => false,
    }
}

/// Every span lies on character boundaries, inside its parent, and every plain scalar slices to its text.
fn sound(node: &Node, text: &str) {
    let slice = text.get(node.span.start..node.span.end).expect("a span off the characters");
    if let Some(scalar) = node.as_scalar() {
        if scalar.style == Style::Plain && !scalar.text.contains(['\n', ' ']) && !node.is_null() {
            assert_eq!(slice, &*scalar.text);
        }
        for (start, character) in scalar.text.char_indices() {
            let span = scalar.locate(Span::new(start, start + character.len_utf8()), node.span);
            assert!(text.get(span.start..span.end).is_some(), "{span:?} in {text:?}");
        }
    }
    for entry in node.as_mapping().into_iter().flat_map(|mapping| mapping.own()) {
        assert!(text.get(entry.key.span.start..entry.key.span.end).is_some());
        sound(&entry.value, text);
    }
    node.items().iter().for_each(|item| sound(item, text));
}

fn document() -> impl Strategy<Value = Oracle> {
    let word = "[a-zA-Zа-я][a-zа-я0-9_. -]{0,8}[a-z0-9]";
    let leaf = prop_oneof![
        word.prop_map(Oracle::String),
        "[ -~\n]{0,12}".prop_map(Oracle::String),
        any::<bool>().prop_map(Oracle::Bool),
        (-1000i64..1000).prop_map(|number| Oracle::Number(number.into())),
        Just(Oracle::Null),
    ];
    leaf.prop_recursive(4, 40, 5, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Oracle::Sequence),
            prop::collection::btree_map(word, inner, 0..5).prop_map(|map| {
                Oracle::Mapping(map.into_iter().map(|(key, value)| (Oracle::String(key), value)).collect())
            }),
        ]
    })
}

#[test]
fn merges_tags_and_styles_are_read_alike() {
    for text in [
        "a: &a {x: 1, y: [2]}\nb: {<<: *a, x: 3}\nc: [*a, *a]\n",
        "a: !tag [1, 2]\nb: |\n  x\n   y\n\nc: >-\n  folded\n  text\n",
        "- 'it''s'\n- \"a\\tb \\u0416\"\n- plain text\n-\n- {a: , b: }\n",
        "\u{feff}a: 1\r\nb:\r\n- x\r\n- y\r\n",
        "? a\n: b\n",
    ] {
        let tree = Yaml::parse(text);
        assert_eq!(tree.errors, [], "{text}");
        // The oracle takes the line behind a byte order mark for a document of its own.
        let mut oracle: Oracle = serde_yaml::from_str(text.trim_start_matches('\u{feff}')).unwrap();
        oracle.apply_merge().unwrap();
        assert!(agree(tree.root().unwrap(), &oracle), "{text}\n{oracle:?}");
    }
}

proptest! {
    #![proptest_config(cases(256))]

    #[test]
    fn generated_documents_are_read_alike(oracle in document(), windows in any::<bool>()) {
        let mut text = serde_yaml::to_string(&oracle).unwrap();
        let multi_line = text.contains('|') || text.contains('>');
        if windows && !multi_line {
            text = text.replace('\n', "\r\n");
        }
        let tree = Yaml::parse(&text);
        prop_assert_eq!(&tree.errors, &[], "{}", text);
        let node = tree.root().cloned();
        prop_assert!(node.as_ref().is_some_and(|node| agree(node, &oracle)), "{}\n{:?}\n{:?}", text, oracle, node);
        sound(node.as_ref().unwrap(), &text);
    }

    #[test]
    fn mutated_documents_never_panic(
        oracle in document(),
        cuts in prop::collection::vec((any::<prop::sample::Index>(), "[\\PC\n\t\r:{}#&*!|>'\"%@-]{0,3}"), 1..6),
    ) {
        let mut text = serde_yaml::to_string(&oracle).unwrap();
        for (at, insert) in cuts {
            let mut offset = at.index(text.len() + 1);
            while !text.is_char_boundary(offset) {
                offset -= 1;
            }
            text.insert_str(offset, &insert);
        }
        let tree = Yaml::parse(&text);
        tree.documents.iter().for_each(|document| sound(document, &text));
        for error in &tree.errors {
            prop_assert!(text.get(error.span.start..error.span.end).is_some());
        }
    }
}
