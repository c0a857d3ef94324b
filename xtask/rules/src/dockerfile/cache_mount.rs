//! `dockerfile/cache-mount`: an install or compile whose cache is lost after each build.
//!
//! Where a mount was meant for the tool and does not serve it, `cache-mount-target` speaks instead, if it runs.

use super::{cache_mount_target, command_name, edit, files, mount_text, removal};
use crate::diagnostic::{Diagnostic, Fix, Severity};
use crate::facts::{Facts, Model};
use crate::model::image::{CacheNeed, Class, Directory, Location, Run, Writer};
use crate::model::images::{ImageFile, Images};
use crate::{Repair, Rule, Scope, Sink};

pub static RULE: Rule = Rule {
    id: "dockerfile/cache-mount",
    summary: "an install or compile keeps no cache between builds",
    severity: Severity::Warning,
    fix: Repair::Sometimes,
    scope: Scope::Tree,
    needs: &[Model::Images],
    page: include_str!("cache_mount.md"),
    check,
};

fn check(facts: &Facts, sink: &mut Sink<'_>) {
    let leaves_misplaced = sink.leaves_to(&cache_mount_target::RULE);
    for file in files(facts, sink) {
        // A mount that BuildKit refuses is a finding of its own.
        for run in file.image.runs.iter().filter(|run| run.mount_errors.is_empty()) {
            for need in run.unmet().filter(|need| need.misplaced.is_empty() || !leaves_misplaced) {
                if let Some(diagnostic) = diagnostic(facts.images(), file, run, need) {
                    sink.report_as(severity(need), diagnostic);
                }
            }
        }
    }
}

/// Images of most good repositories install system packages without a mount: advice.
fn severity(need: &CacheNeed) -> Severity {
    if need.tool.class == Class::System { Severity::Note } else { Severity::Warning }
}

fn diagnostic(images: &Images, file: &ImageFile, run: &Run, need: &CacheNeed) -> Option<Diagnostic> {
    let instruction = file.instruction(run)?;
    let used = need.uses.iter().find(|used| used.served_by.is_none())?;
    let command = command_name(used);
    let label = match need.target() {
        Some(Directory { path: Location::Known(path), assumed: None, .. }) => {
            format!("{} begins with an empty `{path}` in every build", need.tool.name)
        }
        _ => format!("{} begins with an empty cache in every build", need.tool.name),
    };
    let misplaced = need.misplaced.first().and_then(|found| run.mounts.get(found.mount));
    let without = if misplaced.is_some() { "a cache mount that serves it" } else { "a cache mount" };
    let mut diagnostic =
        Diagnostic::new(file.place(instruction.keyword_span), format!("`{command}` runs without {without}"))
            .label(label)
            .why(need.tool.why)
            .subject(file.subject(run.stage, need.tool.name))
            .related(file.place(used.span), "fills it");
    if let Some(span) = need.target().and_then(|directory| directory.moved_by) {
        diagnostic = diagnostic.related(file.place(span), "moves the cache there");
    }
    if let Some(mount) = misplaced {
        diagnostic = diagnostic.related(file.place(mount.target_span), "is somewhere else");
        return Some(diagnostic.help(format!("`{}` tells where it belongs", cache_mount_target::RULE.id)));
    }
    Some(match fix(images, file, run, need) {
        Some((text, fix)) => {
            let guess = super::guess(need.target());
            diagnostic.help(super::help(&format!("add `{text}`{guess}"), &fix)).fix(fix)
        }
        None => diagnostic.help(manual(need)),
    })
}

/// The mount that is missing, and the edit that puts it in.
fn fix(images: &Images, file: &ImageFile, run: &Run, need: &CacheNeed) -> Option<(String, Fix)> {
    let used = need.uses.iter().find(|used| used.served_by.is_none())?;
    let Location::Known(target) = &need.target()?.path else { return None };
    // Gems are installed where they are cached: a mount there takes them out of the image.
    if need.tool.name == "bundler" {
        return None;
    }
    let writer = file.image.writer(run, Some(used));
    let mut text = mount_text(need.tool, &images.id_of(need.tool, target, &writer), target, &writer)?;
    // What go downloads and what it compiles lie apart, and one without the other is half a cache.
    let directories = need.uses.iter().flat_map(|used| &used.directories);
    let further = directories.filter(|_| need.tool.name == "go").find_map(|directory| {
        let Location::Known(path) = &directory.path else { return None };
        (path != target && directory.assumed.is_none()).then_some(path)
    });
    if let Some(further) = further {
        let id = images.id_of_further(further);
        text = format!("{text} {}", mount_text(need.tool, &id, further, &writer)?);
    }
    let instruction = file.instruction(run)?.innermost();
    let edits = vec![edit(file, file.dockerfile.insert_flag(instruction, &text))];
    let title = format!("mount the cache of {}", need.tool.name);
    let fix = if is_safe(file, run, need, target, &writer) {
        Fix::safe(title, edits)
    } else {
        Fix::needs_review(title, edits)
    };
    Some((text, fix))
}

/// Whether the mount can be added without a human eye.
fn is_safe(file: &ImageFile, run: &Run, need: &CacheNeed, target: &str, writer: &Writer) -> bool {
    // docker-clean empties the cache after each installation: `cache-mount-sharing` tells what else is to be done.
    let emptied = need.tool.name == "apt" && run.docker_clean;
    need.tool.safe_fix
        && !emptied
        && need.target().is_some_and(|directory| directory.assumed.is_none())
        && !matches!(writer, Writer::Unknown { .. })
        && !removal::breaks(file, run, need.tool, target)
}

fn manual(need: &CacheNeed) -> String {
    if need.tool.name == "bundler" {
        return "mount a folder of its own and copy the gems out of it in the same RUN".to_owned();
    }
    let name = need.tool.name;
    format!("mount the folder where {name} keeps its cache for this user, with its `uid=` and `gid=`")
}
