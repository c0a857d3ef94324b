//! `dev/sync-path`: a sync entry that Okteto refuses or misreads. A missing folder that is an app belongs to
//! `dev/unknown-app`, one that starts at the wrong place to `dev/sync-base`.

use super::container::{Container, containers, is_missing, relative, similar};
use super::unknown_app;
use crate::diagnostic::{Diagnostic, Fix, Severity};
use crate::facts::{Facts, Model};
use crate::model::environment::Environment;
use crate::model::manifest::Sync;
use crate::model::sync::{Local, SyncRoot, normalise_remote, resolve};
use crate::source::{RepoPath, Span};
use crate::syntax::yaml::edit;
use crate::{Repair, Rule, Scope, Sink};

pub static RULE: Rule = Rule {
    id: "dev/sync-path",
    summary: "a sync entry cannot work as it is written",
    severity: Severity::Error,
    fix: Repair::Sometimes,
    scope: Scope::Tree,
    needs: &[Model::Serving],
    page: include_str!("sync_path.md"),
    check,
};

fn check(facts: &Facts, sink: &mut Sink<'_>) {
    for container in containers(facts) {
        let gone = unknown_app::gone(facts, container);
        for (index, root) in container.session.roots.iter().enumerate() {
            let Some(entry) = &root.entry else { continue };
            if container.is_misplaced(facts, root) {
                continue;
            }
            let app_is_gone = root
                .local
                .inside()
                .is_some_and(|path| gone.iter().any(|gone| path.starts_with(&gone.folder)));
            let found = parts(container, entry)
                .or_else(|| remote(container, entry))
                .or_else(|| local(facts, container, root, entry).filter(|_| !app_is_gone))
                .or_else(|| duplicate(container, index, entry));
            if let Some(found) = found {
                sink.report(found.subject(container.subject(&format!("sync.{}", entry.text.value))));
            }
        }
        for diagnostic in services(facts, container).into_iter().chain(mounts(container)) {
            sink.report(diagnostic);
        }
    }
}

/// Volumes that are mounted where a sync entry or another volume already is.
fn mounts(container: Container<'_>) -> Vec<Diagnostic> {
    let mut taken: Vec<(String, Span)> = container
        .session
        .roots
        .iter()
        .filter_map(|root| Some((root.remote.clone()?, root.entry.as_ref()?.remote.span)))
        .collect();
    let mut found = Vec::new();
    for volume in container.dev.volumes.iter().chain(&container.dev.external_volumes) {
        if !volume.value.starts_with('/') || volume.value.contains('$') {
            continue;
        }
        let path = normalise_remote(&volume.value);
        if let Some((_, first)) = taken.iter().find(|(other, _)| *other == path) {
            let title = format!("volume `{}` is mounted where something else is", volume.value);
            found.push(
                Diagnostic::new(container.at(volume.span), title)
                    .label("Okteto refuses the manifest")
                    .help("mount it elsewhere, or remove one of them")
                    .related(container.at(*first), "the same path")
                    .subject(container.subject(&format!("volumes.{}", volume.value))),
            );
        }
        taken.push((path, volume.span));
    }
    found
}

/// Services have no files of their own: what they sync must lie in what the dev container syncs.
fn services(facts: &Facts, container: Container<'_>) -> Vec<Diagnostic> {
    let roots = &container.session.roots;
    let locals: Option<Vec<&RepoPath>> = roots.iter().map(|root| root.local.inside()).collect();
    let Some(locals) = locals.filter(|locals| !locals.is_empty()) else { return Vec::new() };
    let environment = Environment::of(container.manifest, &facts.tree, &facts.config);
    let entries = container.dev.services.iter().flat_map(|service| &service.sync);
    let outside = entries.filter(|entry| {
        let root = resolve(container.manifest, entry, &environment);
        let local = root.local.inside().cloned();
        entry.parts == 2 && local.is_some_and(|local| !locals.iter().any(|root| local.starts_with(root)))
    });
    outside
        .map(|entry| {
            let title = format!("a service syncs `{}`, the dev container does not", entry.local.value);
            let mut diagnostic = Diagnostic::new(container.at(entry.local.span), title)
                .label("Okteto refuses the manifest")
                .help(format!("sync it in `{}` too", container.name()))
                .subject(container.subject(&format!("services.sync.{}", entry.text.value)));
            for span in roots.iter().filter_map(SyncRoot::span) {
                diagnostic = diagnostic.related(container.at(span), "what it has to lie in");
            }
            diagnostic
        })
        .collect()
}

/// What Okteto makes of a text with more than one colon: two parts around the last colon when there are
/// three of them (a Windows path), an error when there are more.
fn parts(container: Container<'_>, entry: &Sync) -> Option<Diagnostic> {
    let text = &entry.text.value;
    if entry.parts < 2 {
        return Some(
            Diagnostic::new(container.at(entry.text.span), format!("`{text}` has no remote path"))
                .label("must be `LOCAL:REMOTE`")
                .help("add the folder in the pod behind a colon"),
        );
    }
    if entry.parts == 2 || (entry.parts == 3 && (is_drive(text) || is_balanced(&entry.local.value))) {
        return None;
    }
    let (kept, rest) = outside_braces(text)?;
    let diagnostic = Diagnostic::new(container.at(entry.text.span), format!("`{text}` has too many colons"));
    if entry.parts > 3 || text.contains("${") {
        return Some(
            diagnostic
                .label("Okteto splits at every colon, those inside `${…}` too")
                .help("leave the default of the variable out and set it in `.env`"),
        );
    }
    let title = format!("remove `:{rest}`");
    let start = container.manifest.file.text.get(entry.text.span.start..entry.text.span.end)?.find(kept)?;
    let end = entry.text.span.start + start + kept.len();
    let span = Span::new(end, end + 1 + rest.len());
    Some(
        diagnostic
            .label(format!(
                "read as a Windows path: local `{}`, remote `{}`",
                entry.local.value, entry.remote.value
            ))
            .help(format!("`cargo xtask fix --unsafe` removes `:{rest}`; sync has no modes"))
            .fix(Fix::needs_review(title, vec![container.edit((span, String::new()))])),
    )
}

/// `C:\…` or `C:/…`.
fn is_drive(text: &str) -> bool {
    let mut characters = text.chars();
    characters.next().is_some_and(|drive| drive.is_ascii_alphabetic())
        && characters.next() == Some(':')
        && matches!(characters.next(), Some('\\' | '/'))
}

/// `${S:-x}`: the colon belongs to the default, and Okteto puts the parts together again.
fn is_balanced(local: &str) -> bool {
    local.contains("${") && local.matches("${").count() == local.matches('}').count()
}

/// The text up to its second colon outside of braces, and the rest.
fn outside_braces(text: &str) -> Option<(&str, &str)> {
    let mut depth = 0_usize;
    let mut colons = 0;
    for (at, character) in text.char_indices() {
        match character {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            ':' if depth == 0 => colons += 1,
            _ => {}
        }
        if colons == 2 {
            return Some((text.get(..at)?, text.get(at + 1..)?));
        }
    }
    Some((text, ""))
}

fn remote(container: Container<'_>, entry: &Sync) -> Option<Diagnostic> {
    let remote = &entry.remote.value;
    if remote.starts_with('$') || (remote.starts_with('/') && !is_slashes(remote)) {
        return None;
    }
    let place = if remote.is_empty() { entry.text.span } else { entry.remote.span };
    let (title, label) = match remote.as_str() {
        "" => (format!("`{}` has no remote path", entry.text.value), "must be `LOCAL:REMOTE`"),
        "." => ("remote path `.` is not absolute".to_owned(), "Okteto refuses the manifest"),
        path if is_slashes(path) => {
            ("remote path `/` is the whole file system of the pod".to_owned(), "Okteto refuses the manifest")
        }
        path => (format!("remote path `{path}` is not absolute"), "Okteto refuses the manifest"),
    };
    Some(
        Diagnostic::new(container.at(place), title)
            .label(label)
            .help("write an absolute folder, such as `/app`"),
    )
}

fn is_slashes(path: &str) -> bool {
    RepoPath::new(path).is_root()
}

fn local(facts: &Facts, container: Container<'_>, root: &SyncRoot, entry: &Sync) -> Option<Diagnostic> {
    let path = root.local.inside()?;
    let written = &entry.local.value;
    // `.\web`: what a path of Windows means elsewhere is not known.
    if written.contains('\\') {
        return None;
    }
    let place = container.at(entry.local.span);
    if facts.tree.is_file(path) {
        return Some(
            Diagnostic::new(place, format!("`{written}` is a file"))
                .label("Okteto syncs folders only")
                .help("sync its folder, or mount the file with `secrets`"),
        );
    }
    if !is_missing(facts, path) {
        return None;
    }
    let diagnostic = Diagnostic::new(place, format!("`{written}` does not exist"));
    let from = if container.manifest.folder.is_root() {
        "`okteto up` stops at it".to_owned()
    } else {
        format!("`sync` starts at `{}/`: this would be `{path}`", container.manifest.folder)
    };
    let diagnostic = diagnostic.label(from);
    Some(match similar(facts, path, true) {
        Some(meant) => {
            diagnostic.help(format!("did you mean `{}`?", relative(&container.manifest.folder, &meant)))
        }
        None => diagnostic.help("name a folder of the repository, or remove the entry"),
    })
}

/// An entry whose local or remote side an earlier one has already.
fn duplicate(container: Container<'_>, index: usize, entry: &Sync) -> Option<Diagnostic> {
    let roots = &container.session.roots;
    let root = roots.get(index)?;
    let earlier = roots.iter().take(index);
    let same_local = |other: &SyncRoot| matches!(&root.local, Local::Path(_)) && other.local == root.local;
    let same_remote = |other: &SyncRoot| root.remote.is_some() && other.remote == root.remote;
    let other = earlier.into_iter().find(|other| same_local(other) || same_remote(other))?;
    let first = other.entry.as_ref()?;
    if same_local(other) && same_remote(other) {
        let diagnostic =
            Diagnostic::new(container.at(entry.text.span), format!("`{}` stands twice", entry.text.value))
                .label("Okteto refuses the manifest")
                .related(container.at(first.text.span), "first here");
        let list = container.dev.sync_node.as_ref()?;
        let item = list.items().iter().find(|item| item.span == entry.text.span)?;
        let title = format!("remove the second `{}`", entry.text.value);
        return Some(match edit::remove_item(&container.manifest.file.text, list, item) {
            Some(change) => diagnostic
                .help(format!("{title} (safe fix)"))
                .fix(Fix::safe(title, vec![container.edit(change)])),
            None => diagnostic.help(title),
        });
    }
    let (title, span, other) = if same_remote(other) {
        let title = format!("two folders are synced to `{}`", entry.remote.value);
        (title, entry.remote.span, first.remote.span)
    } else {
        let title = format!("`{}` is synced to two places", entry.local.value);
        (title, entry.local.span, first.local.span)
    };
    Some(
        Diagnostic::new(container.at(span), title)
            .label("Okteto refuses the manifest")
            .help("keep one of the entries")
            .related(container.at(other), "first here"),
    )
}
