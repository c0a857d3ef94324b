//! `argocd/okteto-app`: the Application that installs Okteto itself, against the documented settings of its
//! chart version.

mod documented;

use crate::diagnostic::{Diagnostic, Edit, Fix, Severity, replace};
use crate::facts::{Facts, Model};
use crate::model::argocd::{Application, Source};
use crate::source::{Place, Span};
use crate::syntax::yaml::{Node, edit};
use crate::{Repair, Rule, Scope, Sink};
use documented::{Fields, OPTIONS, SyncOption, missing_fields};

pub static RULE: Rule = Rule {
    id: "argocd/okteto-app",
    summary: "the Application that installs Okteto lacks documented settings",
    severity: Severity::Warning,
    fix: Repair::Safe,
    scope: Scope::Tree,
    needs: &[Model::ArgoCd],
    page: include_str!("okteto_app.md"),
    check,
};

fn check(facts: &Facts, sink: &mut Sink<'_>) {
    for application in &facts.argocd().applications {
        let Some(source) = okteto_source(application) else { continue };
        if let Some(diagnostic) = sync_policy(application) {
            sink.report(diagnostic);
        }
        if let Some(diagnostic) = ignored(application, minor(source)) {
            sink.report(diagnostic);
        }
    }
}

/// The source that is the Okteto chart.
pub fn okteto_source(application: &Application) -> Option<&Source> {
    application.sources.iter().find(|source| {
        let is_chart = source.chart.as_ref().is_some_and(|chart| chart.value == "okteto");
        is_chart && source.repo_url.as_ref().is_some_and(|url| url.value.contains("okteto"))
    })
}

/// The minor version of a `1.N` chart, of a range (`~1.43.0`, `1.43.*`) the lowest.
fn minor(source: &Source) -> Option<u32> {
    let revision = &source.revision.as_ref()?.value;
    let lowest = revision.trim_start_matches(['~', '^', '>', '=', 'v', ' ']);
    let mut parts = lowest.split(['.', ' ', ',']);
    if parts.next() != Some("1") {
        return None;
    }
    parts.next()?.parse().ok()
}

fn key_or_name(application: &Application, key: &str) -> Place {
    let entry = application.spec.as_mapping().and_then(|spec| spec.entry(key));
    application.place(entry.map_or(application.name_span, |entry| entry.key.span))
}

fn names(missing: &[String]) -> String {
    let shown: Vec<String> = missing.iter().take(2).map(|name| format!("`{name}`")).collect();
    let rest = missing.len().saturating_sub(2);
    if rest == 0 { shown.join(", ") } else { format!("{} and {rest} more", shown.join(", ")) }
}

fn sync_policy(application: &Application) -> Option<Diagnostic> {
    let flags: Vec<&str> =
        ["prune", "selfHeal"].into_iter().filter(|flag| application.automated_flag(flag).is_none()).collect();
    let options: Vec<&SyncOption> =
        OPTIONS.iter().filter(|option| application.sync_option(option.text).is_none()).collect();
    let mut missing: Vec<String> = flags.iter().map(|flag| format!("automated.{flag}")).collect();
    missing.extend(options.iter().map(|option| option.text.to_owned()));
    let label = match (flags.first(), options.first()) {
        (Some(&"prune"), _) => "objects of an older chart version are never removed",
        (Some(_), _) => "what somebody changes by hand stays until the next upgrade",
        (None, Some(option)) => option.reason,
        (None, None) => return None,
    };
    let label_name = application.label();
    let diagnostic = Diagnostic::new(
        key_or_name(application, "syncPolicy"),
        format!("the sync policy of `{label_name}` lacks {}", names(&missing)),
    )
    .label(label)
    .why(format!("The chart's documentation asks for: {}.", missing.join(", ")))
    .subject(format!("{label_name}.syncPolicy"));
    Some(with_fix(
        diagnostic,
        application,
        "add what is missing",
        policy_edits(application, &flags, &options),
    ))
}

fn with_fix(
    diagnostic: Diagnostic,
    application: &Application,
    action: &str,
    edits: Option<Vec<Edit>>,
) -> Diagnostic {
    match edits.filter(|_| !application.file.path.is_outside()) {
        Some(edits) => diagnostic.help(format!("{action} (safe fix)")).fix(Fix::safe(action, edits)),
        None => diagnostic.help(action),
    }
}

/// Flags and options, each put where its neighbours are.
fn policy_edits(application: &Application, flags: &[&str], options: &[&SyncOption]) -> Option<Vec<Edit>> {
    let text = &application.file.text;
    let edit_of = |(span, text): (Span, String)| replace(&application.file.path, span, text);
    let flag_lines: Vec<String> = flags.iter().map(|flag| format!("{flag}: true")).collect();
    let option_items: Vec<Vec<String>> = options.iter().map(|option| vec![option.text.to_owned()]).collect();
    let block = |key: &str, lines: Vec<String>| {
        std::iter::once(format!("{key}:"))
            .chain(lines.into_iter().map(|line| format!("  {line}")))
            .collect::<Vec<_>>()
    };
    let automated_block = block("automated", flag_lines.clone());
    let option_block =
        block("syncOptions", options.iter().map(|option| format!("- {}", option.text)).collect());
    let Some(policy) = application.spec.get("syncPolicy").filter(|policy| policy.as_mapping().is_some())
    else {
        let mut lines = automated_block;
        lines.extend(option_block);
        return Some(vec![edit_of(edit::insert_entry(
            text,
            &application.spec,
            &block("syncPolicy", lines),
        )?)]);
    };
    let mut edits = Vec::new();
    let mut added = Vec::new();
    match policy.get("automated").filter(|automated| automated.as_mapping().is_some()) {
        _ if flags.is_empty() => {}
        // A flag that is written, as `false`, was somebody's decision.
        Some(automated) if flags.iter().any(|flag| automated.get(flag).is_some()) => return None,
        Some(automated) => edits.push(edit_of(insert_all(text, automated, &flag_lines)?)),
        None if policy.get("automated").is_some() => return None,
        None => added.extend(automated_block),
    }
    match policy.get("syncOptions").filter(|list| list.as_sequence().is_some()) {
        _ if options.is_empty() => {}
        Some(list) if contradicts(list, options) => return None,
        Some(list) => edits.push(edit_of(append_all(text, list, &option_items)?)),
        None => added.extend(option_block),
    }
    if !added.is_empty() {
        edits.push(edit_of(edit::insert_entry(text, policy, &added)?));
    }
    Some(edits)
}

/// Whether an option is written with another value.
fn contradicts(list: &Node, options: &[&SyncOption]) -> bool {
    let key = |text: &str| text.split('=').next().unwrap_or_default().to_owned();
    let written: Vec<String> = list.items().iter().filter_map(Node::as_str).map(key).collect();
    options.iter().any(|option| written.contains(&key(option.text)))
}

/// Several entries behind the last one of a mapping.
fn insert_all(text: &str, mapping: &Node, lines: &[String]) -> Option<(Span, String)> {
    let flow = mapping.as_mapping()?.flow;
    let lines = if flow { vec![lines.join(", ")] } else { lines.to_vec() };
    edit::insert_entry(text, mapping, &lines)
}

/// Several items behind the last one of a list.
fn append_all(text: &str, list: &Node, items: &[Vec<String>]) -> Option<(Span, String)> {
    let mut whole: Option<(Span, String)> = None;
    for item in items {
        let (span, added) = edit::append_item(text, list, item)?;
        match &mut whole {
            Some((_, text)) => text.push_str(&added),
            None => whole = Some((span, added)),
        }
    }
    whole
}

fn ignored(application: &Application, minor: Option<u32>) -> Option<Diagnostic> {
    let missing = missing_fields(&application.ignored(), minor);
    let first = missing.first()?;
    let kinds: Vec<String> = missing.iter().fold(Vec::new(), |mut kinds, fields| {
        if !kinds.contains(&fields.kind.to_owned()) {
            kinds.push(fields.kind.to_owned());
        }
        kinds
    });
    let all: Vec<String> = missing.iter().map(Fields::shown).collect();
    let name = application.label();
    let diagnostic = Diagnostic::new(
        key_or_name(application, "ignoreDifferences"),
        format!("`{name}` does not ignore what Okteto changes in {}", names(&kinds)),
    )
    .label(first.reason)
    .why(format!("The chart's documentation lists: {}.", all.join("; ")))
    .subject(format!("{name}.ignoreDifferences"));
    let edits = ignore_edits(application, &missing).map(|edit| vec![edit]);
    Some(with_fix(diagnostic, application, "add these fields to `ignoreDifferences`", edits))
}

fn ignore_edits(application: &Application, missing: &[Fields]) -> Option<Edit> {
    let text = &application.file.text;
    let items: Vec<Vec<String>> = missing.iter().map(Fields::lines).collect();
    let (span, added) = match application.spec.get("ignoreDifferences") {
        Some(list) if list.as_sequence().is_some_and(|list| !list.items.is_empty()) => {
            append_all(text, list, &items)?
        }
        Some(_) => return None,
        None => {
            let mut lines = vec!["ignoreDifferences:".to_owned()];
            for item in &items {
                let marks = std::iter::once("  - ").chain(std::iter::repeat("    "));
                lines.extend(marks.zip(item).map(|(mark, line)| format!("{mark}{line}")));
            }
            edit::insert_entry(text, &application.spec, &lines)?
        }
    };
    Some(replace(&application.file.path, span, added))
}
