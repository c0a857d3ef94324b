//! `dockerfile/cache-mount-alias`: mounts that Okteto gives one id, because it reads no target but `target=`.

use std::collections::BTreeSet;

use super::{edit, files};
use crate::diagnostic::{Diagnostic, Fix, Severity};
use crate::facts::{Facts, Model};
use crate::model::image::CacheMount;
use crate::model::image::okteto::{CacheId, cache_id};
use crate::model::images::ImageFile;
use crate::{Repair, Rule, Scope, Sink};

pub static RULE: Rule = Rule {
    id: "dockerfile/cache-mount-alias",
    summary: "Okteto gives cache mounts with `dst=` or `destination=` one id for all of them",
    severity: Severity::Error,
    fix: Repair::Safe,
    scope: Scope::Tree,
    needs: &[Model::Images],
    page: include_str!("cache_mount_alias.md"),
    check,
};

fn check(facts: &Facts, sink: &mut Sink<'_>) {
    for file in files(facts, sink) {
        let mounts =
            file.image.runs.iter().flat_map(|run| run.mounts.iter().map(move |mount| (run.stage, mount)));
        let colliding: Vec<(usize, &CacheMount)> =
            mounts.filter(|(_, mount)| cache_id(&file.source.text, mount) == CacheId::Colliding).collect();
        let Some((stage, _)) = colliding.first() else { continue };
        let mounts: Vec<&CacheMount> = colliding.iter().map(|(_, mount)| *mount).collect();
        let targets: BTreeSet<&str> = mounts.iter().map(|mount| mount.target.as_str()).collect();
        let severity = match targets.len() {
            _ if facts.manifests().is_empty() => Severity::Note,
            1 => Severity::Warning,
            _ => Severity::Error,
        };
        sink.report_as(severity, diagnostic(file, *stage, &mounts, targets.len()));
    }
}

fn diagnostic(file: &ImageFile, stage: usize, mounts: &[&CacheMount], targets: usize) -> Diagnostic {
    let place = |mount: &CacheMount| {
        file.place(mount.target_key.as_ref().map_or(mount.span, |key| key.span.join(mount.target_span)))
    };
    let title = if targets > 1 {
        format!("{targets} cache mounts of this file share one folder under Okteto")
    } else {
        "Okteto does not see the target of this cache mount".to_owned()
    };
    let mut spans = mounts.iter();
    let first = spans.next().map_or_else(|| file.place(Default::default()), |mount| place(mount));
    let mut diagnostic = Diagnostic::new(first, title)
        .label("Okteto makes the id from `target=` alone and finds none here")
        .subject(file.subject(stage, "target"));
    for mount in spans {
        diagnostic = diagnostic.related(place(mount), "gets the same id");
    }
    let edits: Vec<_> = mounts
        .iter()
        .filter_map(|mount| mount.target_key.as_ref())
        .filter(|key| key.value != "target")
        .map(|key| edit(file, (key.span, "target".to_owned())))
        .collect();
    if edits.is_empty() {
        return diagnostic.help("give it a `target=` and an `id=`");
    }
    let fix = Fix::safe("write `target`", edits);
    diagnostic.help(super::help("write `target=`", &fix)).fix(fix)
}
