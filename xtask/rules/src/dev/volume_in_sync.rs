//! `dev/volume-in-sync`: a volume in the middle of what is synced. Syncthing then carries its content to the
//! laptop, and fails on its mount point ("device or resource busy").

use super::container::{Container, containers};
use crate::diagnostic::{Diagnostic, Fix, Severity, replace};
use crate::facts::{Facts, Model};
use crate::model::sync::{SyncRoot, holding, is_nested, normalise_remote};
use crate::source::{RepoPath, SourceFile, Span, Spanned, line_ending};
use crate::syntax::ignore::stignore::{Decision, Include, Platform, Stignore};
use crate::{Repair, Rule, Scope, Sink};

pub static RULE: Rule = Rule {
    id: "dev/volume-in-sync",
    summary: "a volume lies in a synced folder and is not ignored",
    severity: Severity::Warning,
    fix: Repair::Sometimes,
    scope: Scope::Tree,
    needs: &[Model::Serving],
    page: include_str!("volume_in_sync.md"),
    check,
};

fn check(facts: &Facts, sink: &mut Sink<'_>) {
    for container in containers(facts).filter(|container| !container.dev.hybrid) {
        if container.has_misplaced_root(facts) {
            continue;
        }
        for volume in container.dev.volumes.iter().chain(&container.dev.external_volumes) {
            if let Some(diagnostic) = exposed(facts, container, volume) {
                sink.report(diagnostic);
            }
        }
    }
}

fn exposed(facts: &Facts, container: Container<'_>, volume: &Spanned<String>) -> Option<Diagnostic> {
    if !volume.value.starts_with('/') || volume.value.contains('$') {
        return None;
    }
    let roots = &container.session.roots;
    let mount = normalise_remote(&volume.value);
    let root = holding(roots, &mount)?;
    let local = root.to_local(&mount)?;
    let top = effective(roots, root)?;
    let inside = local.strip_prefix(top.local.inside()?)?;
    // The root itself is a volume: another mistake, and no ignore line helps.
    if inside.is_empty() {
        return None;
    }
    let file = top.local.inside()?.join(".stignore");
    let source = facts.tree.source(&file).ok();
    let verdict = match &source {
        Some(source) => verdict(facts, source, inside)?,
        None => Verdict::Synced,
    };
    if verdict == Verdict::Ignored {
        return None;
    }
    let mut diagnostic = Diagnostic::new(
        container.at(volume.span),
        format!("volume `{}` lies in a synced folder, and is not ignored", volume.value),
    )
    .label(format!("Syncthing takes it for `{local}` and carries its content to the laptop"))
    .subject(container.subject(&format!("volumes.{}", volume.value)));
    if let Some(span) = root.span() {
        diagnostic = diagnostic.related(container.at(span), "syncs the folder around it");
    }
    let line = format!("/{inside}");
    let Some(source) = source else {
        return Some(diagnostic.help(format!("write `{line}` into `{file}`, or mount it elsewhere")));
    };
    if let Verdict::TakenBack(span) = verdict {
        return Some(
            diagnostic
                .related(source.place(span), "takes it back")
                .help(format!("put `{line}` before that line, or mount the volume elsewhere")),
        );
    }
    let title = format!("add `{line}` to `{file}`");
    // Characters that are patterns in Syncthing's language would need escapes.
    if inside.contains(['*', '?', '[', '{', '\\']) {
        return Some(diagnostic.help(title));
    }
    Some(diagnostic.help(format!("{title} (safe fix)")).fix(Fix::safe(title, vec![append(&source, &line)])))
}

/// The root whose `.stignore` counts: a nested one has no Syncthing folder of its own.
fn effective<'a>(roots: &'a [SyncRoot], root: &'a SyncRoot) -> Option<&'a SyncRoot> {
    let own = root.local.inside()?;
    roots.iter().enumerate().find_map(|(index, other)| {
        let holds = other.local.inside().is_some_and(|folder| own.starts_with(folder));
        (holds && !is_nested(roots, index)).then_some(other)
    })
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Ignored,
    Synced,
    TakenBack(Span),
}

/// What the file says about a path; `None` when it cannot be read, which is a finding of its own.
fn verdict(facts: &Facts, source: &SourceFile, path: &str) -> Option<Verdict> {
    let folder = source.path.parent().unwrap_or_else(RepoPath::root);
    let mut include = |_: &str, name: &str| {
        let file = folder.join(name);
        match facts.tree.source(&file) {
            Ok(included) => Ok(Include { key: file.to_string(), text: included.text.to_string() }),
            Err(_) => Err("file not found".to_owned()),
        }
    };
    let rules = Stignore::parse(source.path.as_str(), &source.text, Platform::Linux, &mut include);
    if !rules.problems().is_empty() {
        return None;
    }
    let verdict = rules.tree_verdict(path).ok()?;
    if verdict.ignored {
        return Some(Verdict::Ignored);
    }
    Some(match verdict.decision {
        Decision::Rule(index) => match rules.rules().get(index).filter(|rule| rule.source.is_none()) {
            Some(rule) => Verdict::TakenBack(rule.span),
            None => return None,
        },
        _ => Verdict::Synced,
    })
}

fn append(source: &SourceFile, line: &str) -> crate::diagnostic::Edit {
    let ending = line_ending(&source.text);
    let end = source.text.len();
    let lead = if source.text.is_empty() || source.text.ends_with('\n') { "" } else { ending };
    replace(&source.path, Span::at(end), format!("{lead}{line}{ending}"))
}
