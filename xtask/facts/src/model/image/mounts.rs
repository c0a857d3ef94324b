//! Cache mounts as BuildKit mounts them, and whom they serve.

use super::directories::{Directory, Location, is_within, names_tool};
use super::environment::Environment;
use super::place::Place;
use super::tools::Tool;
use super::{CacheNeed, Run};
use crate::source::{Span, Spanned};
use crate::syntax::dockerfile::{Instruction, MountFlag, MountType, Sharing, SyntaxError};

/// A cache mount of a `RUN`, variables expanded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CacheMount {
    /// Where it is mounted: absolute and clean.
    pub target: String,
    /// The target as it is written; empty if there is none, which means the working directory.
    pub written_target: String,
    /// The text of the target; the flag's value if there is none.
    pub target_span: Span,
    /// The key that gave the target: `target`, `dst`, `destination`.
    pub target_key: Option<Spanned<String>>,
    /// The id, if one is given.
    pub id: Option<Spanned<String>>,
    /// What BuildKit takes for the id: the one that is given, or the target before it is joined to `WORKDIR`.
    pub effective_id: String,
    /// `from=`: what an empty cache begins with.
    pub from: Option<Spanned<String>>,
    /// `sharing=`.
    pub sharing: Option<Spanned<Sharing>>,
    /// `mode=`, permission bits.
    pub mode: Option<Spanned<u32>>,
    /// `uid=`.
    pub uid: Option<Spanned<u32>>,
    /// `gid=`.
    pub gid: Option<Spanned<u32>>,
    /// Whether nothing can be written to it.
    pub read_only: bool,
    /// Index of the flag among the instruction's flags.
    pub flag: usize,
    /// The whole flag.
    pub span: Span,
    /// What stands behind `--mount=`; new fields can be put in front.
    pub value: Span,
}

/// A cache mount that was meant for a tool and does not serve it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misplaced {
    /// Index in [`Run::mounts`].
    pub mount: usize,
    /// Why it does not serve.
    pub why: Misplacement,
}

/// Why a mount does not serve the tool that it was meant for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Misplacement {
    /// `~` is no home folder for BuildKit but a name.
    Tilde,
    /// It is the tool's folder below the home of another user.
    OtherUser,
    /// It is somewhere else.
    OtherFolder,
}

/// The cache mounts of a `RUN`, and what BuildKit refuses in its mounts beyond what the parser notes already.
pub(super) fn of(
    instruction: &Instruction,
    environment: &Environment,
) -> (Vec<CacheMount>, Vec<SyntaxError>) {
    let mut mounts = Vec::new();
    let mut errors = Vec::new();
    for (index, flag) in instruction.flags.iter().enumerate() {
        let Some(flag) = MountFlag::new(flag).filter(|flag| flag.first_error().is_none()) else { continue };
        let mount = match flag.resolve(environment.escape(), &|name| environment.lookup_in_image(name)) {
            Ok(mount) => mount,
            // The value of a variable that only the image has may be right.
            Err(error) if error.message.contains("${") => continue,
            Err(error) => {
                errors.push(error);
                continue;
            }
        };
        let written = mount.target.as_ref().map_or("", |target| target.value.as_str());
        let target_span = mount.target.as_ref().map_or(flag.value, |target| target.span);
        let target = environment.absolute(written);
        let mounted = !matches!(mount.kind, MountType::Secret | MountType::Ssh);
        if mounted && target == "/" {
            errors.push(SyntaxError::new("invalid mount target \"/\"", target_span));
        } else if mount.kind == MountType::Cache {
            let id = mount.id.as_ref().filter(|id| !id.value.is_empty());
            let effective_id = id.map_or_else(|| clean(written), |id| id.value.clone());
            mounts.push(CacheMount {
                target,
                written_target: written_text(&flag),
                target_span,
                target_key: mount.target_key,
                effective_id,
                id: mount.id,
                from: mount.from,
                sharing: mount.sharing,
                mode: mount.mode,
                uid: mount.uid,
                gid: mount.gid,
                read_only: mount.read_only,
                flag: index,
                span: flag.span,
                value: flag.value,
            });
        }
    }
    (mounts, errors)
}

/// The target before variables are expanded.
fn written_text(flag: &MountFlag) -> String {
    let is_target = |key: &str| matches!(key, "target" | "dst" | "destination");
    let last = flag.fields.iter().rev().find(|field| is_target(&field.key.value));
    last.and_then(|field| field.value.as_ref()).map(|value| value.value.clone()).unwrap_or_default()
}

/// Go's `path.Clean`.
fn clean(path: &str) -> String {
    if path.starts_with('/') {
        return super::environment::join("/", path);
    }
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    if parts.is_empty() { ".".to_owned() } else { parts.join("/") }
}

/// The first mount that serves a command. Where the base image may have moved the cache, a mount that names
/// the tool is believed.
pub(super) fn serving(
    mounts: &[CacheMount],
    directories: &[Directory],
    tool: &Tool,
    may_be_elsewhere: bool,
) -> Option<usize> {
    let there = |mount: &CacheMount| directories.iter().any(|directory| directory.is_at(&mount.target));
    let found = mounts.iter().position(there);
    found.or_else(|| mounts.iter().position(|mount| may_be_elsewhere && names_tool(mount, tool)))
}

/// Finds the mounts that were meant for the unmet needs of a run.
pub(super) fn find_misplaced(run: &mut Run) {
    let serving: Vec<usize> =
        run.needs.iter().flat_map(|need| &need.uses).filter_map(|used| used.served_by).collect();
    let mounts = &run.mounts;
    for need in run.needs.iter_mut().filter(|need| !need.is_met()) {
        let idle = mounts.iter().enumerate().filter(|(index, _)| !serving.contains(index));
        need.misplaced = idle
            .filter(|(_, mount)| is_meant_for(mount, need))
            .map(|(index, mount)| Misplaced { mount: index, why: why(mount, need) })
            .collect();
    }
}

/// Whether a mount names the tool or ends in one of the folders that the tool's table knows.
fn is_meant_for(mount: &CacheMount, need: &CacheNeed) -> bool {
    names_tool(mount, need.tool)
        || home_folders(&need.tool.places).iter().any(|end| ends_in(&mount.target, end))
}

fn why(mount: &CacheMount, need: &CacheNeed) -> Misplacement {
    if mount.written_target.starts_with('~') {
        return Misplacement::Tilde;
    }
    let other_home = need.uses.iter().flat_map(|used| &used.directories).any(|directory| {
        directory.in_home
            && match &directory.path {
                Location::Known(path) => home_folders(&need.tool.places)
                    .iter()
                    .any(|end| ends_in(path, end) && ends_in(&mount.target, end)),
                Location::BelowUnknownHome(_) => is_within(&mount.target, "/root"),
            }
    });
    if other_home { Misplacement::OtherUser } else { Misplacement::OtherFolder }
}

/// Whether a mount is where the tool keeps its downloads, as far as its target tells.
pub(super) fn holds_downloads(mount: &CacheMount, tool: &Tool) -> bool {
    // The mount of what go compiled holds no modules.
    let modules = || ends_in(&mount.target, "pkg/mod") || ends_in(&mount.target, "go");
    if tool.name == "go" {
        return modules();
    }
    names_tool(mount, tool) || home_folders(&tool.places).iter().any(|end| ends_in(&mount.target, end))
}

/// The folders below home that a place may stand for.
fn home_folders(place: &Place) -> Vec<&'static str> {
    match place {
        Place::FirstOf(places) | Place::AnyOf(places) => places.iter().flat_map(home_folders).collect(),
        Place::Home(path) => vec![path],
        _ => Vec::new(),
    }
}

/// Whether a path ends in these components.
fn ends_in(path: &str, end: &str) -> bool {
    path.strip_suffix(end).is_some_and(|rest| rest.ends_with('/'))
}
