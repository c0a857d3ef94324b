//! `dockerfile/cache-mount-target`: a cache mount that is not where its tool keeps the cache.
//!
//! Takes the place of `cache-mount` for that tool, with the same line and subject.

use super::{command_name, edit, files, plain_path, removal};
use crate::diagnostic::{Diagnostic, Fix, Safety, Severity};
use crate::facts::{Facts, Model};
use crate::model::image::{CacheMount, CacheNeed, Class, Directory, Location, Misplacement, Run, Writer};
use crate::model::images::ImageFile;
use crate::source::Span;
use crate::syntax::dockerfile::Instruction;
use crate::{Repair, Rule, Scope, Sink};

pub static RULE: Rule = Rule {
    id: "dockerfile/cache-mount-target",
    summary: "a cache mount is not where its tool keeps the cache",
    severity: Severity::Warning,
    fix: Repair::Sometimes,
    scope: Scope::Tree,
    needs: &[Model::Images],
    page: include_str!("cache_mount_target.md"),
    check,
};

fn check(facts: &Facts, sink: &mut Sink<'_>) {
    for file in files(facts, sink) {
        for run in &file.image.runs {
            for need in run.unmet() {
                let misplaced = need.misplaced.first();
                let found = misplaced.and_then(|found| Some((run.mounts.get(found.mount)?, found.why)));
                if let Some((mount, why)) = found
                    && let Some(diagnostic) = diagnostic(file, run, need, mount, why)
                {
                    sink.report(diagnostic);
                }
            }
        }
    }
}

fn diagnostic(
    file: &ImageFile,
    run: &Run,
    need: &CacheNeed,
    mount: &CacheMount,
    why: Misplacement,
) -> Option<Diagnostic> {
    let keyword = file.instruction(run)?.keyword_span;
    let tool = need.tool;
    let used = need.uses.iter().find(|used| used.served_by.is_none())?;
    let cache = if tool.name == "pnpm" { "store" } else { "cache" };
    let title = format!("this cache mount is not where {} keeps its {cache}", tool.name);
    let label = match why {
        Misplacement::Tilde => "a folder called `~`: BuildKit knows no home folder".to_owned(),
        Misplacement::OtherUser => {
            format!("stays empty: {} runs as `{}`", tool.name, file.image.writer(run, Some(used)).name())
        }
        Misplacement::OtherFolder => "stays empty".to_owned(),
    };
    // The line of the finding is that of the instruction, wherever the mount stands.
    let between = file.slice(Span::new(keyword.end, mount.target_span.start));
    let mut diagnostic = if between.contains('\n') {
        let diagnostic = Diagnostic::new(file.place(keyword), title);
        diagnostic.label("runs with a mount that serves nobody").related(file.place(mount.target_span), label)
    } else {
        Diagnostic::new(file.place(mount.target_span), title).label(label)
    };
    let target = need.target();
    let folder = match target.map(|directory| &directory.path) {
        Some(Location::Known(path)) if target.is_some_and(|target| target.assumed.is_none()) => {
            format!("`{path}`")
        }
        _ => "the home folder of its user".to_owned(),
    };
    diagnostic = match target.and_then(|directory: &Directory| directory.moved_by) {
        Some(span) => {
            let reach = reach(file, run, span);
            diagnostic.related(file.place(span), format!("puts the {cache} in {folder}{reach}"))
        }
        None => diagnostic.related(file.place(used.span), format!("`{}` uses {folder}", command_name(used))),
    };
    if let (Misplacement::OtherUser, Some(user)) = (why, &run.user) {
        diagnostic = diagnostic.related(file.place(user.span), "in force here");
    }
    let lost = match tool.class {
        Class::Build => "does its work again",
        Class::Language | Class::System => "downloads every package again",
    };
    let action = format!("mount the {cache}{}, or each build {lost}", super::guess(target));
    diagnostic = diagnostic.subject(file.subject(run.stage, tool.name));
    Some(match fix(file, run, need, mount) {
        Some(fix) if fix.safety == Safety::Safe => diagnostic.help(super::help(&action, &fix)).fix(fix),
        Some(fix) => diagnostic.why(tool.why).help(super::help(&action, &fix)).fix(fix),
        None => diagnostic.why(tool.why).help(action),
    })
}

/// Where else a setting holds, when it stands in an earlier stage than the run.
fn reach(file: &ImageFile, run: &Run, setting: Span) -> String {
    let holds = |instruction: &Instruction| instruction.span.contains(setting);
    let instruction = file.dockerfile.instructions.iter().position(holds);
    match instruction.and_then(|instruction| file.dockerfile.stage_of(instruction)) {
        Some(stage) if stage != run.stage => {
            format!(", here and in stage `{}`", file.stage_name(run.stage))
        }
        _ => String::new(),
    }
}

/// Whether a command names the folder that is mounted now, also by way of the home folder: it counts on the mount.
fn names_folder(run: &Run, mount: &CacheMount) -> bool {
    let home = ["/root/", "/home/"].iter().find_map(|home| mount.target.strip_prefix(home));
    let end = match home {
        Some(rest) if mount.target.starts_with("/home/") => {
            rest.split_once('/').map_or(rest, |(_, rest)| rest)
        }
        Some(rest) => rest,
        None => mount.target.as_str(),
    };
    let names = |text: &str| text.contains(end) || text.contains(&mount.target);
    run.script.iter().flat_map(|script| &script.commands).any(|command| {
        let targets = command.redirections.iter().filter_map(|found| found.target.as_ref());
        let values = command.assignments.iter().map(|assignment| &assignment.value);
        command.words.iter().chain(targets).chain(values).any(|word| names(&word.text))
    })
}

/// Another target, and the owner that goes with it.
fn fix(file: &ImageFile, run: &Run, need: &CacheNeed, mount: &CacheMount) -> Option<Fix> {
    let target = need.target()?;
    let Location::Known(path) = &target.path else { return None };
    if mount.target_key.is_none() || mount.written_target.is_empty() {
        return None;
    }
    let used = need.uses.iter().find(|used| used.served_by.is_none())?;
    let writer = file.image.writer(run, Some(used));
    let mut edits = vec![edit(file, (mount.target_span, plain_path(path)?.to_owned()))];
    if let Writer::Known { uid, gid, .. } = &writer
        && mount.uid.is_none()
        && mount.gid.is_none()
        && mount.mode.is_none()
    {
        // A mount at root's folder was made for root.
        let flag = super::flag_of(file, run, mount)?;
        edits.push(edit(file, flag.add_field(&format!("uid={uid},gid={gid}"), false)));
    }
    let title = format!("mount `{path}` for {}", need.tool.name);
    let safe = need.tool.safe_fix
        && need.tool.name != "bundler"
        && target.assumed.is_none()
        && !names_folder(run, mount)
        && !removal::breaks(file, run, need.tool, path);
    Some(if safe { Fix::safe(title, edits) } else { Fix::needs_review(title, edits) })
}
