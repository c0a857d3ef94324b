//! `dockerfile/cache-mount-sharing`: a cache that two builds may corrupt, or that apt empties by itself.

use super::{edit, files, flag_of};
use crate::diagnostic::{Diagnostic, Fix, Severity};
use crate::facts::{Facts, Model};
use crate::model::image::{CacheMount, CacheNeed, Inherited, Run, is_within};
use crate::model::images::ImageFile;
use crate::syntax::dockerfile::Sharing;
use crate::{Repair, Rule, Scope, Sink};

pub static RULE: Rule = Rule {
    id: "dockerfile/cache-mount-sharing",
    summary: "a cache mount of apt, dnf or gradle is not locked, or apt empties it",
    severity: Severity::Warning,
    fix: Repair::Sometimes,
    scope: Scope::Tree,
    needs: &[Model::Images],
    page: include_str!("cache_mount_sharing.md"),
    check,
};

/// Where apt keeps what docker-clean deletes.
const ARCHIVES: &str = "/var/cache/apt";

/// What the reference of BuildKit proposes.
const KEEP_ARCHIVES: &str = "RUN rm -f /etc/apt/apt.conf.d/docker-clean; \
    echo 'Binary::apt::APT::Keep-Downloaded-Packages \"true\";' > /etc/apt/apt.conf.d/keep-cache";

fn check(facts: &Facts, sink: &mut Sink<'_>) {
    for file in files(facts, sink) {
        let mut cleaned: Inherited<'_, bool> = Inherited::new(&file.image);
        for run in &file.image.runs {
            for need in run.needs.iter().filter(|need| need.tool.locked) {
                let mounts = mounts_of(run, need);
                let open: Vec<&CacheMount> = mounts.iter().copied().filter(|mount| is_open(mount)).collect();
                sink_unlocked(file, run, need, &open, sink);
                let archives = mounts
                    .iter()
                    .find(|mount| is_within(&mount.target, ARCHIVES) || is_within(ARCHIVES, &mount.target));
                // The first RUN of a lineage speaks for the others: what is set there holds for them.
                let mut told = || cleaned.of(run.stage).is_none_or(|told| std::mem::replace(told, true));
                if let Some(mount) = archives
                    && need.tool.name == "apt"
                    && run.docker_clean
                    && !told()
                    && let Some(diagnostic) = emptied(file, run, mount)
                {
                    sink.report(diagnostic);
                }
            }
        }
    }
}

/// The mounts at a folder of the tool.
fn mounts_of<'a>(run: &'a Run, need: &CacheNeed) -> Vec<&'a CacheMount> {
    let at = |mount: &&CacheMount| {
        let mut folders = need.uses.iter().flat_map(|used| &used.directories);
        folders.any(|folder| folder.is_at(&mount.target))
    };
    run.mounts.iter().filter(at).collect()
}

fn is_open(mount: &CacheMount) -> bool {
    mount.sharing.as_ref().is_none_or(|sharing| sharing.value == Sharing::Shared) && !mount.read_only
}

fn sink_unlocked(file: &ImageFile, run: &Run, need: &CacheNeed, open: &[&CacheMount], sink: &mut Sink<'_>) {
    let Some(first) = open.first() else { return };
    let name = need.tool.name;
    let place =
        |mount: &CacheMount| file.place(mount.sharing.as_ref().map_or(mount.span, |sharing| sharing.span));
    let mut diagnostic =
        Diagnostic::new(place(first), format!("two builds at a time write into this cache of {name}"))
            .label("shared: BuildKit mounts it into all of them at once")
            .why(format!("the lock files of {name} do not work from one container to another"))
            .subject(file.subject(run.stage, name));
    for other in open.iter().skip(1) {
        diagnostic = diagnostic.related(place(other), "this one too");
    }
    let edits = open.iter().filter_map(|mount| match &mount.sharing {
        Some(sharing) => Some(edit(file, (sharing.span, "locked".to_owned()))),
        None => Some(edit(file, flag_of(file, run, mount)?.add_field("sharing=locked", false))),
    });
    let fix = Fix::safe(format!("lock the cache of {name}"), edits.collect());
    sink.report(diagnostic.help(super::help("set `sharing=locked`: the second build waits", &fix)).fix(fix));
}

/// docker-clean deletes what the mount is for.
fn emptied(file: &ImageFile, run: &Run, mount: &CacheMount) -> Option<Diagnostic> {
    let base = file.image.stages.get(run.stage).map_or("", |stage| stage.base.name.as_str());
    let diagnostic = Diagnostic::new(
        file.place(mount.target_span),
        "apt deletes its archives from this cache mount after each `apt install`",
    )
    .label(format!("`/etc/apt/apt.conf.d/docker-clean` of the `{base}` image does it"))
    .subject(file.subject(run.stage, "apt-archives"));
    let action = "put a RUN in front that removes `docker-clean` and keeps archives";
    if run.onbuild {
        return Some(diagnostic.help(action));
    }
    let line = file.dockerfile.insert_before(file.instruction(run)?, KEEP_ARCHIVES);
    let fix = Fix::needs_review("keep the archives of apt", vec![edit(file, line)]);
    Some(diagnostic.help(super::help(action, &fix)).fix(fix))
}
