//! `dockerfile/`: what is built, and what it keeps from one build to the next.
//!
//! One cause is told by one rule: a tool without a mount by `cache-mount`; with a mount that does not serve it by
//! `cache-mount-target` instead; a mount without an id by `cache-mount-id`, or by `cache-mount-alias` where the
//! missing id makes mounts collide; what BuildKit refuses by `syntax` alone.

use super::{Rule, Sink};
use crate::diagnostic::{Edit, Fix, Safety, replace};
use crate::facts::Facts;
use crate::model::context::BuildContext;
use crate::model::image::{CacheMount, Directory, Run, Tool, ToolUse, Writer};
use crate::model::images::ImageFile;
use crate::model::images::copies::{ContextCopy, Fate, fate};
use crate::syntax::dockerfile::MountFlag;
use crate::syntax::dockerfile::edit::Replacement;

mod build_cache;
mod cache_defeated;
mod cache_mount;
mod cache_mount_alias;
mod cache_mount_conflict;
mod cache_mount_id;
mod cache_mount_sharing;
mod cache_mount_target;
mod cache_mount_writable;
mod copy_ignored;
mod copy_missing;
mod copy_order;
mod offline_store;
mod removal;
mod secret_in_layer;
mod syntax;
mod unknown_stage;

/// The rules of the group.
pub static RULES: &[&Rule] = &[
    &syntax::RULE,
    &cache_mount::RULE,
    &cache_mount_target::RULE,
    &cache_mount_writable::RULE,
    &cache_mount_id::RULE,
    &cache_mount_alias::RULE,
    &cache_mount_conflict::RULE,
    &cache_mount_sharing::RULE,
    &cache_defeated::RULE,
    &offline_store::RULE,
    &build_cache::RULE,
    &copy_ignored::RULE,
    &copy_missing::RULE,
    &copy_order::RULE,
    &secret_in_layer::RULE,
    &unknown_stage::RULE,
];

/// The Dockerfiles; those that cannot be read are noted.
fn files<'a>(facts: &'a Facts, sink: &mut Sink<'_>) -> &'a [ImageFile] {
    for (path, error) in &facts.images().unreadable {
        sink.skip(path, error.to_string());
    }
    for path in &facts.images().templates {
        sink.skip(path, "a template: nobody knows what it becomes");
    }
    for path in &facts.images().others {
        sink.skip(path, "called like a Dockerfile, but it begins like something else, and nothing builds it");
    }
    &facts.images().files
}

/// Every source of a `COPY` or bind mount in every context in which the file is built, with its fate: contexts count once, and a
/// source is told for the first context in which it is not sent.
fn copied<'a>(
    facts: &'a Facts,
    sink: &mut Sink<'_>,
) -> Vec<(&'a ImageFile, ContextCopy, &'a BuildContext, Fate)> {
    let mut found = Vec::new();
    for file in files(facts, sink) {
        let builds: Vec<&BuildContext> =
            file.builds.iter().filter_map(|index| facts.contexts().builds.get(*index)).collect();
        let sources = file.context_copies().into_iter().chain(file.context_binds());
        for copy in sources.filter(|_| !builds.is_empty()) {
            let fates =
                builds.iter().map(|build| (*build, fate(&facts.tree, facts.gitignores(), build, &copy)));
            let bad = fates.into_iter().find(|(_, fate)| matches!(fate, Fate::Ignored(_) | Fate::Missing));
            if let Some((build, fate)) = bad {
                found.push((file, copy, build, fate));
            }
        }
    }
    found
}

/// An edit of a Dockerfile.
fn edit(file: &ImageFile, (span, text): Replacement) -> Edit {
    replace(&file.source.path, span, text)
}

/// The fields of a mount as they are written.
fn flag_of(file: &ImageFile, run: &Run, mount: &CacheMount) -> Option<MountFlag> {
    MountFlag::new(file.instruction(run)?.innermost().flags.get(mount.flag)?)
}

/// A command as a person says it: `pnpm install`.
fn command_name(used: &ToolUse) -> String {
    let program = used.tool.programs.first().map_or(used.tool.name, |program| program.trim_end_matches('*'));
    match used.command {
        "" | "*" => program.to_owned(),
        command => format!("{program} {}", command.replace("* ", "")),
    }
}

/// The mount for a tool, written out. `None` if the path cannot stand in a mount.
fn mount_text(tool: &Tool, id: &str, target: &str, writer: &Writer) -> Option<String> {
    let mut text = format!("--mount=type=cache,id={id},target={}", plain_path(target)?);
    match writer {
        Writer::Root => {}
        Writer::Known { uid, gid, .. } => text.push_str(&format!(",uid={uid},gid={gid}")),
        Writer::Unknown { .. } => text.push_str(",mode=0777"),
    }
    if tool.locked {
        text.push_str(",sharing=locked");
    }
    Some(text)
}

/// A path that needs no quotes, neither for the Dockerfile nor for the fields of a mount.
fn plain_path(path: &str) -> Option<&str> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+@~:".contains(c);
    (path.starts_with('/') && path.chars().all(plain)).then_some(path)
}

/// What an action says of a home folder that only the image tells.
fn guess(directory: Option<&Directory>) -> &'static str {
    let assumed = directory.is_some_and(|directory| directory.assumed.is_some());
    if assumed { " if the image runs as root with `/root` as its home" } else { "" }
}

/// The action with the word that says how safe its fix is.
fn help(action: &str, fix: &Fix) -> String {
    match fix.safety {
        Safety::Safe => format!("{action} (safe fix)"),
        Safety::Unsafe => format!("{action}: `cargo xtask fix --unsafe`, then look at it"),
    }
}
