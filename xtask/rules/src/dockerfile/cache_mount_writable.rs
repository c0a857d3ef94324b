//! `dockerfile/cache-mount-writable`: a cache mount that its user cannot write to.
//!
//! A mount at the wrong place belongs to `cache-mount-target`, whose fix sets the owner too.

use super::{edit, files, flag_of};
use crate::diagnostic::{Diagnostic, Edit, Fix, Severity};
use crate::facts::{Facts, Model};
use crate::model::image::{CacheMount, Run, Writer};
use crate::model::images::{ImageFile, ids};
use crate::{Repair, Rule, Scope, Sink};

pub static RULE: Rule = Rule {
    id: "dockerfile/cache-mount-writable",
    summary: "a cache mount belongs to root while another user runs the command",
    severity: Severity::Warning,
    fix: Repair::Sometimes,
    scope: Scope::Tree,
    needs: &[Model::Images],
    page: include_str!("cache_mount_writable.md"),
    check,
};

fn check(facts: &Facts, sink: &mut Sink<'_>) {
    for file in files(facts, sink) {
        for run in &file.image.runs {
            for (index, mount) in run.mounts.iter().enumerate() {
                // What `from` brings keeps its owners.
                if mount.read_only || mount.from.is_some() || is_misplaced(run, index) {
                    continue;
                }
                let barred =
                    writers(file, run, index).into_iter().find(|user| user.can_write(mount) == Some(false));
                if let Some(writer) = barred {
                    sink.report(diagnostic(file, run, index, mount, &writer));
                }
            }
        }
    }
}

fn is_misplaced(run: &Run, index: usize) -> bool {
    run.needs.iter().flat_map(|need| &need.misplaced).any(|found| found.mount == index)
}

/// Who writes to a mount: the users of the commands that it serves; without any, the user of the instruction,
/// unless some command of it runs as another one.
fn writers(file: &ImageFile, run: &Run, index: usize) -> Vec<Writer> {
    let uses = run.needs.iter().flat_map(|need| &need.uses).filter(|used| used.served_by == Some(index));
    let writers: Vec<Writer> = uses.map(|used| file.image.writer(run, Some(used))).collect();
    if !writers.is_empty() {
        return writers;
    }
    let mut invocations = run.script.iter().flat_map(|script| script.invocations());
    if run.script.is_none()
        || invocations.any(|invocation| invocation.user.is_some() || invocation.program == "sudo")
    {
        return Vec::new();
    }
    vec![file.image.writer(run, None)]
}

fn diagnostic(file: &ImageFile, run: &Run, index: usize, mount: &CacheMount, writer: &Writer) -> Diagnostic {
    let owner = mount.uid.as_ref().map_or_else(|| "root".to_owned(), |uid| format!("uid {}", uid.value));
    let title = format!("`{}` cannot write to this cache mount", writer.name());
    let mode = mount.mode.as_ref().map_or(0o755, |mode| mode.value);
    let mut diagnostic = Diagnostic::new(file.place(mount.target_span), title)
        .label(format!("BuildKit makes it for {owner}, mode {mode:04o}"))
        .subject(file.subject(run.stage, &ids::purpose(run, index, mount)));
    if let Some(user) = run.user.as_ref().filter(|user| user.value.split(':').next() == Some(writer.name())) {
        diagnostic = diagnostic.related(file.place(user.span), "in force here");
    }
    let Some((action, safe, edits)) = edits(file, run, mount, writer) else {
        return diagnostic.help("set `uid=` to the number of the user");
    };
    let title = format!("let `{}` write to the cache", writer.name());
    let fix = if safe { Fix::safe(title, edits) } else { Fix::needs_review(title, edits) };
    diagnostic.help(super::help(&action, &fix)).fix(fix)
}

/// The owner that lets the user write, or for a user without a known number a mode that does.
fn edits(
    file: &ImageFile,
    run: &Run,
    mount: &CacheMount,
    writer: &Writer,
) -> Option<(String, bool, Vec<Edit>)> {
    let flag = flag_of(file, run, mount)?;
    let Writer::Known { uid, gid, .. } = writer else {
        if mount.mode.is_some() {
            return None;
        }
        let edits = vec![edit(file, flag.add_field("mode=0777", false))];
        return Some(("add `mode=0777`, or `uid=` with the number of the user".to_owned(), false, edits));
    };
    let mut edits = Vec::new();
    let mut fields = Vec::new();
    for (key, value, given) in [("uid", uid, &mount.uid), ("gid", gid, &mount.gid)] {
        match given {
            Some(given) => edits.push(edit(file, (given.span, value.to_string()))),
            None => fields.push(format!("{key}={value}")),
        }
    }
    let fields = fields.join(",");
    if !fields.is_empty() {
        edits.push(edit(file, flag.add_field(&fields, false)));
    }
    let action = if edits.len() == 1 && mount.uid.is_none() {
        format!("add `{fields}`")
    } else {
        format!("set `uid={uid},gid={gid}`")
    };
    Some((action, true, edits))
}
