//! `.okteto/check.yml`: only what deviates from the defaults.

use crate::facts::Facts;
use crate::model::workspace::Package;
use crate::source::RepoPath;
use std::collections::BTreeSet;

/// The configuration for a repository as it is.
pub fn text(facts: &Facts) -> String {
    let mut text = "# Only what `cargo xtask check` cannot derive from the repository.\n".to_owned();
    let before = text.len();
    let include = app_globs(facts);
    if !include.is_empty() {
        text.push_str(&format!("apps:\n  include: {}\n", list(&include)));
    }
    if holds_checker(facts) {
        text.push_str(
            "exclude: [\"xtask/**\"] # the checker itself, with all the mistakes of its examples\n",
        );
    }
    text.push_str(&runbook_settings(facts));
    if text.len() == before {
        text.push_str("# Nothing here deviates from the defaults.\n");
    }
    text
}

/// Whether the repository holds the sources of the checker.
fn holds_checker(facts: &Facts) -> bool {
    ["xtask/hook.sh", "xtask/rules/src/lib.rs"].iter().all(|path| facts.tree.is_file(&RepoPath::new(path)))
}

/// Globs for `apps.include`, where the default `apps/*` finds no app but the workspace has some.
fn app_globs(facts: &Facts) -> Vec<String> {
    if !facts.apps().all.is_empty() {
        return Vec::new();
    }
    let serves = |member: &&Package| member.script("dev").is_some() && member.framework().is_some();
    let apps = facts.workspace().members.iter().filter(serves);
    // A folder of apps as a whole; an app at the top level by its own name, for anything may lie beside it.
    let globs = apps.filter_map(|app| match app.folder.parent()? {
        parent if parent.is_root() => Some(app.folder.to_string()),
        parent => Some(format!("{parent}/*")),
    });
    globs.collect::<BTreeSet<String>>().into_iter().collect()
}

/// The files that the checker takes for runbooks, or would with the right setting.
pub fn runbooks(facts: &Facts) -> Vec<RepoPath> {
    let checker = holds_checker(facts).then(|| RepoPath::new("xtask"));
    let is_runbook = |path: &RepoPath| {
        let named = path.components().any(|part| part.to_lowercase().contains("runbook"));
        let is_ours = checker.as_ref().is_some_and(|checker| path.starts_with(checker));
        named && path.extension() == Some("md") && !is_ours && !facts.is_excluded(path)
    };
    facts.tree.files().map(|entry| RepoPath::new(entry.path)).filter(is_runbook).collect()
}

/// Where runbooks lie, unless they lie where everybody's do, and their language, unless it is English.
fn runbook_settings(facts: &Facts) -> String {
    let found = runbooks(facts);
    let usual = RepoPath::new("docs/runbooks");
    let mut lines = String::new();
    let elsewhere: BTreeSet<String> = found.iter().filter_map(|path| glob_for(path, &usual)).collect();
    if !elsewhere.is_empty() {
        let in_usual = found.iter().any(|path| path.parent().as_ref() == Some(&usual));
        let files: Vec<String> =
            in_usual.then(|| format!("{usual}/*.md")).into_iter().chain(elsewhere).collect();
        lines.push_str(&format!("  files: {}\n", list(&files)));
    }
    if found.iter().any(|path| facts.source(path).is_ok_and(|file| is_russian(&file.text))) {
        lines.push_str("  language: ru\n");
    }
    if lines.is_empty() { lines } else { format!("runbooks:\n{lines}") }
}

/// The glob that finds a runbook outside the usual folder.
fn glob_for(path: &RepoPath, usual: &RepoPath) -> Option<String> {
    let folder = path.parent()?;
    if folder == *usual {
        return None;
    }
    // A folder of runbooks as a whole; a single one by its own name.
    let is_folder_of_runbooks = folder.file_name().to_lowercase().contains("runbook");
    Some(if is_folder_of_runbooks { format!("{folder}/*.md") } else { path.to_string() })
}

/// Whether most letters are Cyrillic.
fn is_russian(text: &str) -> bool {
    let letters = text.chars().filter(|character| character.is_alphabetic());
    let (cyrillic, all) = letters.fold((0_usize, 0_usize), |(cyrillic, all), letter| {
        (cyrillic + usize::from(('\u{400}'..='\u{4ff}').contains(&letter)), all + 1)
    });
    cyrillic * 2 > all
}

fn list(texts: &[String]) -> String {
    // A JSON string is a YAML one.
    let quoted: Vec<String> =
        texts.iter().map(|text| serde_json::Value::from(text.as_str()).to_string()).collect();
    format!("[{}]", quoted.join(", "))
}
