//! `dockerfile/cache-mount-conflict`: one id for caches that are not one.

use std::collections::BTreeMap;

use super::{edit, files};
use crate::diagnostic::{Diagnostic, Edit, Fix, Severity};
use crate::facts::{Facts, Model};
use crate::model::image::{CacheMount, Run, Tool, named_tool};
use crate::model::images::{ImageFile, ids};
use crate::source::Place;
use crate::{Repair, Rule, Scope, Sink};

pub static RULE: Rule = Rule {
    id: "dockerfile/cache-mount-conflict",
    summary: "one cache id stands for caches of different tools, folders or owners",
    severity: Severity::Warning,
    fix: Repair::Unsafe,
    scope: Scope::Tree,
    needs: &[Model::Images],
    page: include_str!("cache_mount_conflict.md"),
    check,
};

/// A mount with an explicit id, and where it stands.
#[derive(Clone, Copy)]
struct User<'a> {
    file: &'a ImageFile,
    run: &'a Run,
    index: usize,
    mount: &'a CacheMount,
}

fn check(facts: &Facts, sink: &mut Sink<'_>) {
    let mut by_id: BTreeMap<&str, Vec<User<'_>>> = BTreeMap::new();
    for file in files(facts, sink) {
        for run in &file.image.runs {
            for (index, mount) in run.mounts.iter().enumerate() {
                if let Some(id) = &mount.id {
                    by_id.entry(&id.value).or_default().push(User { file, run, index, mount });
                }
            }
        }
    }
    for (id, users) in &by_id {
        // One cause, one finding: tools that mix first, then folders, then owners.
        let found = tools(id, users).or_else(|| folders(id, users)).or_else(|| owners(id, users));
        if let Some(diagnostic) = found {
            sink.report(diagnostic);
        }
    }
}

impl User<'_> {
    fn place(&self) -> Place {
        self.file.place(self.mount.id.as_ref().map_or(self.mount.span, |id| id.span))
    }

    /// The tool that keeps its cache there; the id does not count, it is what is in question.
    fn tool(&self) -> Option<&'static Tool> {
        let served = self.run.needs.iter().find(|need| {
            need.uses.iter().any(|used| {
                used.served_by == Some(self.index)
                    && used.directories.iter().any(|folder| folder.is_at(&self.mount.target))
            })
        });
        served.map(|need| need.tool).or_else(|| named_tool(&CacheMount { id: None, ..self.mount.clone() }))
    }

    /// What BuildKit tells caches of one id apart by.
    fn owner(&self) -> (Option<u32>, Option<u32>, Option<u32>, Option<&str>) {
        let mount = self.mount;
        let number = |value: &Option<crate::source::Spanned<u32>>| value.as_ref().map(|value| value.value);
        let from = mount.from.as_ref().map(|from| from.value.as_str());
        (number(&mount.uid), number(&mount.gid), number(&mount.mode), from)
    }

    fn owner_text(&self) -> String {
        let (uid, gid, mode, from) = self.owner();
        let mut fields = Vec::new();
        fields.extend(uid.map(|uid| format!("uid={uid}")));
        fields.extend(gid.map(|gid| format!("gid={gid}")));
        fields.extend(mode.map(|mode| format!("mode={mode:04o}")));
        fields.extend(from.map(|from| format!("from={from}")));
        if fields.is_empty() { "no owner".to_owned() } else { format!("`{}`", fields.join(",")) }
    }

    /// Another id for this mount. None if the id is not written plainly.
    fn rename(&self, id: &str) -> Option<Edit> {
        let span = self.mount.id.as_ref()?.span;
        (!self.file.slice(span).contains('$')).then(|| edit(self.file, (span, id.to_owned())))
    }
}

/// Package managers of one family keep one cache.
fn family(tool: &Tool) -> &str {
    if tool.name == "yum" { "dnf" } else { tool.name }
}

fn tools(id: &str, users: &[User<'_>]) -> Option<Diagnostic> {
    let mut known = users.iter().filter_map(|user| Some((*user, user.tool()?)));
    let (first, tool) = known.next()?;
    let others: Vec<(User<'_>, &Tool)> = known.filter(|(_, other)| family(other) != family(tool)).collect();
    let (_, other) = others.first()?;
    let renamed: Option<Vec<Edit>> =
        others.iter().map(|(user, other)| user.rename(&format!("{id}-{}", other.name))).collect();
    let users: Vec<User<'_>> = others.iter().map(|(user, _)| *user).collect();
    let title = format!("cache `{id}` is used by {} and by {}", tool.name, other.name);
    Some(diagnostic(
        id,
        title,
        "one folder for both: each may clean up what the other needs",
        first,
        &users,
        renamed,
    ))
}

/// Two folders of one RUN with one id are one folder.
fn folders(id: &str, users: &[User<'_>]) -> Option<Diagnostic> {
    let (first, second) = users.iter().enumerate().find_map(|(at, first)| {
        let rest = users.get(at + 1..)?;
        let same = |other: &&User<'_>| {
            std::ptr::eq(other.run, first.run)
                && other.mount.target != first.mount.target
                && other.owner() == first.owner()
        };
        Some((*first, *rest.iter().find(same)?))
    })?;
    let renamed =
        second.rename(&format!("{id}-{}", ids::end_of(&second.mount.target))).map(|edit| vec![edit]);
    let title = format!("two folders of this RUN are one: both have the id `{id}`");
    Some(diagnostic(id, title, "shows the same files as the other mount", first, &[second], renamed))
}

fn owners(id: &str, users: &[User<'_>]) -> Option<Diagnostic> {
    let first = *users.first()?;
    let others: Vec<User<'_>> = users.iter().filter(|user| user.owner() != first.owner()).copied().collect();
    let other = others.first()?;
    let title = format!("id `{id}` stands for two caches, as their owners differ");
    let renamed: Option<Vec<Edit>> = others
        .iter()
        .map(|user| {
            let writer = user.file.image.writer(user.run, None);
            user.rename(&format!("{id}-{}", ids::slug(writer.name())))
        })
        .collect();
    let distinct = other.file.image.writer(other.run, None) != first.file.image.writer(first.run, None);
    let label =
        format!("{} here, {} there: BuildKit keeps them apart", other.owner_text(), first.owner_text());
    Some(diagnostic(id, title, &label, first, &others, renamed.filter(|_| distinct)))
}

fn diagnostic(
    id: &str,
    title: String,
    label: &str,
    first: User<'_>,
    others: &[User<'_>],
    renamed: Option<Vec<Edit>>,
) -> Diagnostic {
    let place = others.first().map_or_else(|| first.place(), User::place);
    let mut diagnostic = Diagnostic::new(place, title)
        .label(label)
        .subject(format!("{}#id#{id}", others.first().unwrap_or(&first).file.source.path.as_str()))
        .related(first.place(), "the other one");
    for other in others.iter().skip(1) {
        diagnostic = diagnostic.related(other.place(), "here too");
    }
    match renamed {
        Some(edits) => {
            let fix = Fix::needs_review("give each cache an id of its own", edits);
            diagnostic.help(super::help("give each cache an id of its own", &fix)).fix(fix)
        }
        None => diagnostic
            .help("make `uid`, `gid`, `mode` and `from` the same, or give each cache an id of its own"),
    }
}
