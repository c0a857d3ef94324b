//! The code against its own rules: direction of imports, rule tables against files, docs against code.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use xtask::rules;

fn source_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

fn files_below(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|found| found == extension) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// The crate at the bottom: parsers and places in text.
fn syntax_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("syntax/src")
}

/// The crate above it: trees of files and models.
fn facts_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("facts/src")
}

/// The crate that judges.
fn rules_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("rules/src")
}

/// The source files with their code, unit tests left out: modules behind `#[cfg(test)]`, inline or in files
/// of their own.
fn code() -> Vec<(PathBuf, String)> {
    let files: Vec<(PathBuf, String)> = [source_folder(), rules_folder(), facts_folder(), syntax_folder()]
        .iter()
        .flat_map(|folder| files_below(folder, "rs"))
        .map(|path| {
            let text = fs::read_to_string(&path).unwrap();
            (path, text)
        })
        .collect();
    let tests: BTreeSet<PathBuf> = files
        .iter()
        .flat_map(|(path, text)| {
            let names = text.split("#[cfg(test)]\nmod ").skip(1);
            names.filter_map(|rest| {
                Some(path.with_extension("").join(format!("{}.rs", rest.split_once(';')?.0)))
            })
        })
        .collect();
    files
        .into_iter()
        .filter(|(path, _)| !tests.contains(path))
        .map(|(path, text)| (path, text.split("#[cfg(test)]").next().unwrap().to_owned()))
        .collect()
}

/// Layers from the ground up: a module may use those of its own layer and below.
const LAYERS: &[&[&str]] = &[
    // Crates of their own, so that the compiler holds their direction: parsers,
    &["source", "syntax"],
    // facts,
    &["suggest", "globs", "diagnostic"],
    &["git", "snapshot"],
    &["model", "config"],
    &["facts"],
    // and rules.
    &["rules"],
    &["report", "fix"],
    &["engine"],
    &["cli"],
    &["commands"],
    &["main"],
];

fn layer(module: &str) -> Option<usize> {
    LAYERS.iter().position(|layer| layer.contains(&module))
}

/// The top-level module of a file below src; the crates of parsers and rules are one module each.
fn module_of(path: &Path) -> String {
    for (folder, module) in [(syntax_folder(), "syntax"), (rules_folder(), "rules")] {
        if path.starts_with(folder) {
            return module.to_owned();
        }
    }
    let folders = [source_folder(), facts_folder()];
    let relative = folders.iter().find_map(|folder| path.strip_prefix(folder).ok()).unwrap();
    let first = relative.components().next().unwrap().as_os_str().to_string_lossy();
    first.trim_end_matches(".rs").to_owned()
}

#[test]
fn imports_point_one_way() {
    let mut wrong = Vec::new();
    for (path, code) in code() {
        let module = module_of(&path);
        if module == "lib" {
            continue;
        }
        let own = layer(&module).unwrap_or_else(|| panic!("`{module}` is in no layer"));
        for (number, line) in
            code.lines().enumerate().filter(|(_, line)| !line.trim_start().starts_with("//"))
        {
            for used in line.split("crate::").skip(1) {
                let used: String = used.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
                if layer(&used).is_some_and(|other| other > own) {
                    wrong.push(format!("{}:{}: {module} uses {used}", path.display(), number + 1));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "imports against the direction:\n{}", wrong.join("\n"));
}

#[test]
fn syntax_and_rules_touch_no_disk_and_print_nothing() {
    let mut wrong = Vec::new();
    for (path, code) in code() {
        if !matches!(module_of(&path).as_str(), "syntax" | "rules" | "model" | "report") {
            continue;
        }
        for (number, line) in code.lines().enumerate() {
            for word in ["std::fs", "std::process", "std::env", "std::io", "println!", "xshell"] {
                if line.contains(word) && !line.trim_start().starts_with("//") {
                    wrong.push(format!("{}:{}: {word}", path.display(), number + 1));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "IO where none belongs:\n{}", wrong.join("\n"));
}

#[test]
fn tables_files_and_ids_agree() {
    let folder = rules_folder();
    let ids: BTreeSet<String> = rules::all().map(|rule| rule.id.to_owned()).collect();
    assert_eq!(ids.len(), rules::all().count(), "an id stands twice");
    let pages: BTreeSet<String> = files_below(&folder, "md")
        .iter()
        .map(|path| {
            let relative = path.strip_prefix(&folder).unwrap().with_extension("");
            relative.to_string_lossy().replace('_', "-")
        })
        .collect();
    let (unlisted, unwritten) = (pages.difference(&ids), ids.difference(&pages));
    assert!(
        ids == pages,
        "pages of rules that no table in <group>.rs names: {:?}\nrules without a page: {:?}",
        unlisted.collect::<Vec<_>>(),
        unwritten.collect::<Vec<_>>()
    );
    for rule in rules::all() {
        let file = folder.join(rule.id.replace('-', "_")).with_extension("rs");
        assert!(file.is_file(), "{}: no {}", rule.id, file.display());
    }
}

#[test]
fn every_dependency_has_its_line_of_reason() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let read = |path: &str| fs::read_to_string(folder.join(path)).unwrap();
    let architecture = read("../ARCHITECTURE.md");
    let manifests =
        [read("Cargo.toml"), read("rules/Cargo.toml"), read("facts/Cargo.toml"), read("syntax/Cargo.toml")];
    let sections = manifests
        .iter()
        .flat_map(|manifest| manifest.split("\n["))
        .filter(|section| section.starts_with("dependencies]") || section.starts_with("dev-dependencies]"));
    for line in sections.flat_map(|section| section.lines().skip(1)) {
        let Some((name, _)) = line.split_once(" = ").filter(|_| !line.starts_with('#')) else { continue };
        assert!(
            architecture.contains(&format!("| `{name}` |")),
            "ARCHITECTURE.md gives no reason for the dependency `{name}`"
        );
    }
}
