//! `dockerfile/offline-store`: `pnpm install --offline` without the store that `pnpm fetch` filled.

use super::{edit, files};
use crate::diagnostic::{Diagnostic, Fix, Severity};
use crate::facts::{Facts, Model};
use crate::model::image::{CacheMount, Inherited, OptOut, Run, ToolUse};
use crate::model::images::ImageFile;
use crate::source::Span;
use crate::{Repair, Rule, Scope, Sink};

pub static RULE: Rule = Rule {
    id: "dockerfile/offline-store",
    summary: "`pnpm install --offline` runs without the store that `pnpm fetch` filled",
    severity: Severity::Error,
    fix: Repair::Sometimes,
    scope: Scope::Tree,
    needs: &[Model::Images],
    page: include_str!("offline_store.md"),
    check,
};

fn check(facts: &Facts, sink: &mut Sink<'_>) {
    for file in files(facts, sink) {
        // The nearest `pnpm fetch` with a mount that each image holds.
        let mut stores: Inherited<'_, Option<Store<'_>>> = Inherited::new(&file.image);
        for run in &file.image.runs {
            let Some(held) = stores.of(run.stage) else { continue };
            let store = *held;
            if let Some(filled) = store_of(run) {
                *held = Some(filled);
            }
            let fetches_itself = run.needs.iter().any(|need| need.tool.name == "pnpm");
            let offline = run.opted_out.iter().find_map(|used| Some((used, offline_flag(file, used)?)));
            if let (Some((used, flag)), false) = (offline, fetches_itself)
                && let Some((fetch, store)) = store
                && !has_store(run, used, store)
            {
                sink.report(diagnostic(file, run, used, flag, fetch, store));
            }
        }
    }
}

/// The `--offline` of a `pnpm install`.
fn offline_flag(file: &ImageFile, used: &ToolUse) -> Option<Span> {
    let Some(OptOut::Offline(Some(span))) = used.opt_out else { return None };
    (used.tool.name == "pnpm" && file.slice(span).starts_with("--offline")).then_some(span)
}

/// A `pnpm fetch`, and the mount that took the packages.
type Store<'a> = (&'a ToolUse, &'a CacheMount);

/// What a run fills.
fn store_of(run: &Run) -> Option<Store<'_>> {
    let mut uses = run.needs.iter().filter(|need| need.tool.name == "pnpm").flat_map(|need| &need.uses);
    let fetch = uses.find(|used| used.command == "fetch" && !run.onbuild)?;
    Some((fetch, run.mounts.get(fetch.served_by?)?))
}

/// Whether the run mounts the same cache where this pnpm looks for it.
fn has_store(run: &Run, used: &ToolUse, store: &CacheMount) -> bool {
    run.mounts.iter().any(|mount| {
        mount.effective_id == store.effective_id
            && used.directories.iter().any(|folder| folder.is_at(&mount.target))
    })
}

fn diagnostic(
    file: &ImageFile,
    run: &Run,
    used: &ToolUse,
    flag: Span,
    fetch: &ToolUse,
    store: &CacheMount,
) -> Diagnostic {
    let diagnostic = Diagnostic::new(
        file.place(flag),
        "`pnpm install --offline` runs without the store that `pnpm fetch` filled",
    )
    .label("fails with ERR_PNPM_NO_OFFLINE_TARBALL")
    .related(file.place(store.span), "the packages are in this mount, not in the image")
    .related(file.place(fetch.span), "filled here")
    .subject(file.subject(run.stage, "pnpm"));
    let taken = |mount: &CacheMount| used.directories.iter().any(|folder| folder.is_at(&mount.target));
    let instruction = file.instruction(run).map(|instruction| instruction.innermost());
    match instruction.filter(|_| !run.mounts.iter().any(taken)) {
        Some(instruction) => {
            let flag = file.slice(store.span);
            let edits = vec![edit(file, file.dockerfile.insert_flag(instruction, flag))];
            let fix = Fix::safe("mount the store here too", edits);
            diagnostic.help(super::help("mount the same store here", &fix)).fix(fix)
        }
        None => diagnostic.help("give both mounts the same id"),
    }
}
