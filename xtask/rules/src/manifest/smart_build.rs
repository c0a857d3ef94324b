//! `manifest/smart-build`: builds that Okteto cannot skip, because their hash changes without reason or cannot be made.

use crate::diagnostic::{Diagnostic, Severity};
use crate::facts::{Facts, Model};
use crate::model::context::{BuildContext, BuildOrigin};
use crate::snapshot::{Disk, Entry, Led, Mode};
use crate::source::{Place, RepoPath};
use crate::{Repair, Rule, Scope, Sink};

pub static RULE: Rule = Rule {
    id: "manifest/smart-build",
    summary: "Okteto builds an image again although nothing of it changed",
    severity: Severity::Warning,
    fix: Repair::None,
    scope: Scope::Disk,
    needs: &[Model::Manifests, Model::Contexts, Model::Pipeline],
    page: include_str!("smart_build.md"),
    check,
};

/// With it the hash leaves out what the context's `.dockerignore` does.
const SWITCH: &str = "OKTETO_SMART_BUILDS_IGNORE_FILES_ENABLED";

fn check(facts: &Facts, sink: &mut Sink<'_>) {
    let builds: Vec<&BuildContext> =
        facts.contexts().builds.iter().filter(|build| is_smart(facts, build)).collect();
    if let Some(disk) = &facts.disk {
        unreadable(facts, disk, &builds, sink);
    }
    whole_repository(facts, &builds, sink);
}

/// Whether Okteto hashes the build. One with an `image` is built each time that it is asked for.
fn is_smart(facts: &Facts, build: &BuildContext) -> bool {
    let manifest = super::current(facts).find(|manifest| manifest.file.path == build.manifest);
    let written =
        manifest.and_then(|manifest| manifest.builds.iter().find(|one| one.name.value == build.name));
    build.origin == BuildOrigin::Manifest && written.is_some_and(|build| build.image.is_none())
}

/// Untracked files that the CLI lists and then cannot open: each time the hash is a random one.
fn unreadable(facts: &Facts, disk: &Disk, builds: &[&BuildContext], sink: &mut Sink<'_>) {
    let mut found: Vec<(RepoPath, &'static str, Vec<&BuildContext>)> = Vec::new();
    for entry in facts.tree.untracked() {
        let Some(reason) = reason(facts, disk, &entry) else { continue };
        let path = RepoPath::new(entry.path);
        let hit: Vec<&BuildContext> =
            builds.iter().copied().filter(|build| path.starts_with(&build.context)).collect();
        if !hit.is_empty() {
            found.push((path, reason, hit));
        }
    }
    let Some(((path, reason, hit), others)) = found.split_first() else { return };
    let mut diagnostic = Diagnostic::new(Place::top(path), format!("`{path}` makes each build start anew"))
        .label(*reason)
        .why("Okteto hashes what git does not track. What it cannot open gives a random hash, which no earlier build has.")
        .help("commit it, or let `.gitignore` name it; for names outside of ASCII also `git config core.quotePath false`")
        .subject(path.to_string());
    for build in hit {
        diagnostic =
            diagnostic.related(build.context_place.clone(), format!("`{}` is hashed with it", build.name));
    }
    for (path, reason, _) in others {
        diagnostic = diagnostic.related(Place::top(path), *reason);
    }
    sink.report(diagnostic);
}

/// Why the CLI cannot open an untracked path.
fn reason(facts: &Facts, disk: &Disk, entry: &Entry<'_>) -> Option<&'static str> {
    if facts.tree.is_quoted(entry.path) {
        return Some("git lists it in quotes, and a file with quotes in its name is not there");
    }
    match entry.mode {
        Mode::Symlink => match disk.leads_to(&RepoPath::new(entry.path)) {
            Led::ToFolder => Some("a link to a folder, which has no content to hash"),
            Led::Nowhere => Some("a link that leads nowhere"),
            Led::ToFile => None,
        },
        Mode::File | Mode::Executable | Mode::Submodule => None,
    }
}

/// Several builds of the whole repository: whatever a commit changes, all of them are built.
fn whole_repository(facts: &Facts, builds: &[&BuildContext], sink: &mut Sink<'_>) {
    let whole: Vec<&BuildContext> = builds.iter().copied().filter(|build| build.context.is_root()).collect();
    let Some((first, others)) = whole.split_first().filter(|(_, others)| !others.is_empty()) else { return };
    if is_switched_on(facts) {
        return;
    }
    let title = format!("each commit builds `{}` and {} more anew", first.name, others.len());
    let mut diagnostic = Diagnostic::new(first.context_place.clone(), title)
        .label("every file of the repository is hashed")
        .help(format!(
            "set `{SWITCH}=true` where Okteto builds: what `.dockerignore` leaves out no longer counts"
        ))
        .subject("context");
    for build in others {
        diagnostic = diagnostic.related(build.context_place.clone(), format!("`{}` as well", build.name));
    }
    sink.report_as(Severity::Note, diagnostic);
}

/// Whether a pipeline or a manifest speaks of the variable, as a setting, as an export or as `--var`: then somebody
/// knows of it.
fn is_switched_on(facts: &Facts) -> bool {
    let manifests = facts.manifests().iter().map(|manifest| &manifest.file);
    let pipeline = facts.pipeline();
    !pipeline.is_complete() || pipeline.files.iter().chain(manifests).any(|file| file.text.contains(SWITCH))
}
