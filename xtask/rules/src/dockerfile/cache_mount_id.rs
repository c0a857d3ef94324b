//! `dockerfile/cache-mount-id`: cache mounts whose id shares too little or too much.
//!
//! Mounts that collide because their target is not called `target` belong to `cache-mount-alias`.

use std::collections::BTreeMap;

use super::{edit, files, flag_of};
use crate::diagnostic::{Diagnostic, Fix, Severity};
use crate::facts::{Facts, Model};
use crate::model::image::okteto::{CacheId, cache_id};
use crate::model::image::{CacheMount, Run, Tool};
use crate::model::images::{ImageFile, Images, ids};
use crate::{Repair, Rule, Scope, Sink};

pub static RULE: Rule = Rule {
    id: "dockerfile/cache-mount-id",
    summary: "a cache mount has no id of this repository",
    severity: Severity::Warning,
    fix: Repair::Safe,
    scope: Scope::Tree,
    needs: &[Model::Images],
    page: include_str!("cache_mount_id.md"),
    check,
};

/// A mount with what it needs to be edited.
type Found<'a> = (&'a Run, usize, &'a CacheMount);

fn check(facts: &Facts, sink: &mut Sink<'_>) {
    // Without Okteto an id by target path is what Docker's users know and mean.
    let by_okteto = !facts.manifests().is_empty();
    let severity = if by_okteto { Severity::Warning } else { Severity::Note };
    for file in files(facts, sink) {
        let mut hashed: BTreeMap<&str, Vec<Found<'_>>> = BTreeMap::new();
        let mut untouched: BTreeMap<&str, Vec<Found<'_>>> = BTreeMap::new();
        let mut foreign: BTreeMap<&str, Vec<Found<'_>>> = BTreeMap::new();
        for run in &file.image.runs {
            for (index, mount) in run.mounts.iter().enumerate() {
                let found = (run, index, mount);
                match cache_id(&file.source.text, mount) {
                    CacheId::Hashed(_) if by_okteto => hashed.entry(&mount.target).or_default().push(found),
                    CacheId::Hashed(_) | CacheId::Untouched => {
                        untouched.entry(&mount.target).or_default().push(found)
                    }
                    CacheId::Explicit => {
                        if let Some(id) = foreign_id(facts, file, mount) {
                            foreign.entry(id).or_default().push(found);
                        }
                    }
                    CacheId::Colliding => {}
                }
            }
        }
        let (images, firsts) = (facts.images(), Firsts::of(file));
        let mut report = |severity, diagnostic: Option<Diagnostic>| {
            if let Some(diagnostic) = diagnostic {
                sink.report_as(severity, diagnostic);
            }
        };
        for group in hashed.values() {
            report(severity, missing(images, file, &firsts, group, Missing::Hashed));
        }
        for group in untouched.values() {
            let missing_id = if by_okteto { Missing::Overlooked } else { Missing::Default };
            report(severity, missing(images, file, &firsts, group, missing_id));
        }
        for (id, group) in &foreign {
            report(Severity::Note, unprefixed(images, file, id, group));
        }
    }
}

/// An id that another repository may have too.
fn foreign_id<'a>(facts: &Facts, file: &ImageFile, mount: &'a CacheMount) -> Option<&'a str> {
    let id = mount.id.as_ref()?;
    let prefix = &facts.images().prefix;
    let ours = !prefix.known || prefix.leads(&id.value) || facts.config.shared_cache_ids.contains(&id.value);
    (!ours && !file.slice(id.span).contains('$')).then_some(id.value.as_str())
}

/// What stands in for an id that is missing.
#[derive(Clone, Copy)]
enum Missing {
    /// Okteto's hash.
    Hashed,
    /// The target, as Okteto overlooks the mount.
    Overlooked,
    /// The target, as BuildKit has it when nothing else builds the file.
    Default,
}

/// No id: Okteto's hash, or the bare target.
fn missing(
    images: &Images,
    file: &ImageFile,
    firsts: &Firsts<'_>,
    group: &[Found<'_>],
    missing_id: Missing,
) -> Option<Diagnostic> {
    let (run, index, mount) = group.first()?;
    let everybody = "this cache is shared with every repository that uses the builder";
    let (title, label, why) = match missing_id {
        Missing::Hashed => (
            "this cache is shared with no other Dockerfile, build target or checkout",
            "Okteto puts a hash in the place of the missing `id`",
            "the hash is made of the absolute path of the Dockerfile, the build target and the mount target",
        ),
        Missing::Overlooked => (
            everybody,
            "Okteto overlooks the mount here, so BuildKit takes the target for its id",
            "Okteto gives ids only to mounts on a line that begins with `RUN`",
        ),
        Missing::Default => (
            everybody,
            "BuildKit takes the target for the missing `id`",
            "every mount of this target on the same builder is the same cache, whatever repository it is for",
        ),
    };
    let mut diagnostic = Diagnostic::new(file.place(mount.span), title)
        .label(label)
        .why(why)
        .subject(file.subject(run.stage, &ids::purpose(run, *index, mount)));
    for (_, _, other) in group.iter().skip(1) {
        diagnostic = diagnostic.related(file.place(other.span), "the same cache");
    }
    let id = id_for(images, file, firsts, run, *index, mount);
    let edits = group.iter().filter_map(|(run, _, mount)| {
        Some(edit(file, flag_of(file, run, mount)?.add_field(&format!("id={id}"), true)))
    });
    let fix = Fix::safe(format!("give it the id `{id}`"), edits.collect());
    Some(diagnostic.help(super::help(&format!("add `id={id}`"), &fix)).fix(fix))
}

/// An id without the repository's name in front.
fn unprefixed(images: &Images, file: &ImageFile, id: &str, group: &[Found<'_>]) -> Option<Diagnostic> {
    let (run, _, mount) = group.first()?;
    let span = mount.id.as_ref()?.span;
    let new = format!("{}-{}", images.prefix.text, ids::slug(id));
    let mut diagnostic = Diagnostic::new(
        file.place(span),
        format!("cache id `{id}` does not begin with `{}`", images.prefix.text),
    )
    .label("ids are global on a builder: another repository may have it too")
    .subject(file.subject(run.stage, id));
    let spans = group.iter().filter_map(|(_, _, mount)| Some(mount.id.as_ref()?.span));
    for other in spans.clone().skip(1) {
        diagnostic = diagnostic.related(file.place(other), "the same id");
    }
    let fix = Fix::safe(
        format!("rename it to `{new}`"),
        spans.map(|span| edit(file, (span, new.clone()))).collect(),
    );
    let action = format!("rename it to `{new}`, or list it in `okteto.shared-cache-ids`");
    Some(diagnostic.help(super::help(&action, &fix)).fix(fix))
}

/// The first target that a file mounts for each tool, by the tool's name.
struct Firsts<'a>(BTreeMap<&'static str, &'a str>);

impl<'a> Firsts<'a> {
    fn of(file: &'a ImageFile) -> Self {
        let mut firsts = BTreeMap::new();
        for run in &file.image.runs {
            for (index, mount) in run.mounts.iter().enumerate() {
                let tool: Option<&'static Tool> = ids::tool_of(run, index, mount);
                tool.into_iter().for_each(|tool| {
                    firsts.entry(tool.name).or_insert(mount.target.as_str());
                });
            }
        }
        Self(firsts)
    }
}

/// The id for a mount: that of its tool, else the end of its path. Where a file mounts several targets for one tool,
/// the first one gets the tool's name, so that two folders never share a cache.
fn id_for(
    images: &Images,
    file: &ImageFile,
    firsts: &Firsts<'_>,
    run: &Run,
    index: usize,
    mount: &CacheMount,
) -> String {
    let tool = ids::tool_of(run, index, mount);
    let first = tool.and_then(|tool| firsts.0.get(tool.name));
    match tool {
        Some(tool) if tool.has_several_folders() || first == Some(&mount.target.as_str()) => {
            images.id_of(tool, &mount.target, &file.image.writer(run, None))
        }
        _ => format!("{}-{}", images.prefix.text, ids::end_of(&mount.target)),
    }
}
