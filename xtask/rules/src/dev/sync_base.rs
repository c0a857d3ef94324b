//! `dev/sync-base`: a path in `.okteto/okteto.yml` that means the repository but resolves inside `.okteto`.

use crate::diagnostic::{Diagnostic, Fix, Severity, replace};
use crate::facts::{Facts, Model};
use crate::model::manifest::Manifest;
use crate::model::sync::{Local, SyncRoot};
use crate::source::RepoPath;
use crate::{Repair, Rule, Scope, Sink};

pub static RULE: Rule = Rule {
    id: "dev/sync-base",
    summary: "a synced path means the repository but resolves inside `.okteto/`",
    severity: Severity::Error,
    fix: Repair::Safe,
    scope: Scope::Tree,
    needs: &[Model::Serving],
    page: include_str!("sync_base.md"),
    check,
};

fn check(facts: &Facts, sink: &mut Sink<'_>) {
    for session in &facts.serving().sessions {
        let Some(manifest) = facts.manifests().get(session.manifest) else { continue };
        // Only there do the two bases differ: sync resolves from the file's folder, all else from its parent.
        if manifest.folder == manifest.base || session.alias_of.is_some() {
            continue;
        }
        let Some(dev) = manifest.devs.get(session.dev) else { continue };
        for root in &session.roots {
            // What a broken manifest seems to lack may stand behind the slip.
            if root.entry.is_none() && !manifest.is_sound() {
                continue;
            }
            if let Some(meant) = meant(facts, manifest, root) {
                sink.report(diagnostic(manifest, &dev.name.value, root, &meant));
            }
        }
    }
}

/// The folder that was meant, when the entry resolves inside the manifest's own folder.
pub(super) fn meant(facts: &Facts, manifest: &Manifest, root: &SyncRoot) -> Option<RepoPath> {
    let Local::Path(path) = &root.local else { return None };
    let rest = path.strip_prefix(&manifest.folder)?;
    let from_base = manifest.base.join(rest);
    // A path that exists where it resolves is what somebody wants, `.` apart: that one is always a slip,
    // because the folder holds nothing but manifests.
    let exists = !rest.is_empty() && facts.tree.is_dir(path);
    (!exists && facts.tree.is_dir(&from_base)).then_some(from_base)
}

fn diagnostic(manifest: &Manifest, dev: &str, root: &SyncRoot, meant: &RepoPath) -> Diagnostic {
    let folder = manifest.folder.file_name();
    let Some(entry) = &root.entry else {
        let place = manifest.devs.iter().find(|known| known.name.value == dev);
        let span = place.map_or_else(Default::default, |known| known.name.span);
        return Diagnostic::new(manifest.place(span), format!("`{dev}` syncs `{folder}/` alone"))
            .label(format!("without `sync` Okteto takes `.`, which is the folder `{folder}` here"))
            .help("add `sync` with `..` as its local side")
            .subject(format!("dev.{dev}.sync"));
    };
    let written = &entry.local.value;
    let replacement = match written.strip_prefix("./").unwrap_or(written) {
        "." | "" => "..".to_owned(),
        rest => format!("../{rest}"),
    };
    let title = format!("replace `{written}` by `{replacement}`");
    Diagnostic::new(
        manifest.place(entry.local.span),
        format!("`{written}` is `{}/` here, not {}", root_name(root), name(meant)),
    )
    .label(format!("`sync` resolves from the manifest's own folder, `{folder}/`"))
    .help(format!("{title} (safe fix)"))
    .subject(format!("dev.{dev}.sync"))
    .fix(Fix::safe(title, vec![replace(&manifest.file.path, entry.local.span, replacement)]))
}

fn root_name(root: &SyncRoot) -> String {
    match &root.local {
        Local::Path(path) => path.to_string(),
        Local::Elsewhere | Local::Unknown => String::new(),
    }
}

fn name(path: &RepoPath) -> String {
    if path.is_root() { "the repository".to_owned() } else { format!("`{path}`") }
}
