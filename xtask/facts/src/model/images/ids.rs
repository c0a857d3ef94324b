//! Ids of cache mounts: on a shared builder an id is global, so this repository's name stands in front.

use std::collections::{BTreeMap, BTreeSet};

use super::{ImageFile, Images};
use crate::config::Config;
use crate::model::image::{CacheMount, Run, Tool, ToolUse, Writer, named_tool};
use crate::model::manifest::Manifest;
use crate::model::workspace::Workspace;

/// What stands in front where nothing names the repository.
const FALLBACK: &str = "repo";

/// What stands at the front of this repository's cache ids, without a separator.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Prefix {
    /// The text: `web-core`.
    pub text: String,
    /// Whether the repository tells it. Otherwise it is made up, and no id can be said to lack it.
    pub known: bool,
}

impl Prefix {
    /// The first of: `okteto.cache-id-prefix`; the prefix that the ids in use share; the name of the only
    /// manifest that has one; the name of the top-level package; `repo`.
    pub fn choose(
        config: &Config,
        files: &[ImageFile],
        manifests: &[Manifest],
        workspace: &Workspace,
    ) -> Self {
        let known = |text: String| Self { text, known: true };
        let name = config.cache_id_prefix.clone().or_else(|| shared(config, files));
        let name = name.or_else(|| {
            let names = manifests.iter().filter_map(|manifest| manifest.name.as_ref());
            only(names.map(|name| slug(&name.value)))
        });
        let package = || workspace.root.as_ref()?.unscoped_name().map(slug);
        if let Some(name) = name.or_else(package).filter(|name| !name.is_empty()) {
            return known(name);
        }
        // A package below the top is one of many things in the repository, even where no other has a package.json.
        Self { text: FALLBACK.to_owned(), known: false }
    }

    /// Whether an id begins with it.
    pub fn leads(&self, id: &str) -> bool {
        id.strip_prefix(&self.text)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with(['-', '_', '/', '.', ':']))
    }
}

/// The prefix that all ids in use share: what stands before the name of a tool.
fn shared(config: &Config, files: &[ImageFile]) -> Option<String> {
    let ids = files.iter().flat_map(|file| file.explicit_ids());
    let ids = ids.filter(|(id, _)| !config.shared_cache_ids.contains(id));
    let prefixes = ids.filter_map(|(id, mount)| {
        let tool = named_tool(mount)?;
        let at = id.to_ascii_lowercase().find(tool.name)?;
        // `web-cache-go-build`, as the second cache of go is called.
        let at = id.find("-cache-go-build").unwrap_or(at);
        let prefix = id.get(..at)?.trim_end_matches(['-', '_', '/', '.', ':']);
        (!prefix.is_empty()).then(|| prefix.to_owned())
    });
    only(prefixes)
}

/// The value, if there is exactly one.
fn only(values: impl Iterator<Item = String>) -> Option<String> {
    let values: BTreeSet<String> = values.collect();
    let mut values = values.into_iter();
    values.next().filter(|_| values.next().is_none())
}

/// A text as part of an id: lower case, digits, single dashes.
pub fn slug(text: &str) -> String {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').filter(|word| !word.is_empty());
    words.map(str::to_ascii_lowercase).collect::<Vec<_>>().join("-")
}

impl ImageFile {
    /// The ids that are written without variables, each with its mount.
    pub fn explicit_ids(&self) -> impl Iterator<Item = (String, &CacheMount)> {
        let mounts = self.image.runs.iter().flat_map(|run| &run.mounts);
        mounts.filter_map(|mount| {
            let id = mount.id.as_ref()?;
            (!self.slice(id.span).contains('$')).then(|| (id.value.clone(), mount))
        })
    }
}

/// For each tool that keeps several folders, the one whose cache gets the tool's bare name: two folders must not
/// share an id, in no two Dockerfiles. A mount that has that id counts first, then the first one without an id.
pub(super) fn main_folders(files: &[ImageFile], prefix: &Prefix) -> BTreeMap<&'static str, String> {
    let mut named = BTreeMap::new();
    let mut first = BTreeMap::new();
    let mounts = files
        .iter()
        .flat_map(|file| &file.image.runs)
        .flat_map(|run| run.mounts.iter().enumerate().map(move |(index, mount)| (run, index, mount)));
    for (run, index, mount) in mounts {
        let Some(tool) = tool_of(run, index, mount).filter(|tool| tool.has_several_folders()) else {
            continue;
        };
        let folders = match &mount.id {
            None => &mut first,
            Some(id) if id.value == format!("{}-{}", prefix.text, tool.name) => &mut named,
            Some(_) => continue,
        };
        folders.entry(tool.name).or_insert_with(|| mount.target.clone());
    }
    first.extend(named);
    first
}

impl Images {
    /// The id for a cache of a tool at `target`, which a user writes to: `web-core-pnpm`. Another owner than root's
    /// gets an id of its own where root uses the same cache, as BuildKit keeps the two apart anyway.
    pub fn id_of(&self, tool: &Tool, target: &str, writer: &Writer) -> String {
        // What go compiles is no main cache, wherever it stands alone.
        if tool.name == "go" && target.ends_with("go-build") {
            return self.id_of_further(target);
        }
        if self.main_folders.get(tool.name).is_some_and(|main| main != target) {
            return format!("{}-{}", self.prefix.text, end_of(target));
        }
        let id = format!("{}-{}", self.prefix.text, tool.name);
        match writer {
            Writer::Root => id,
            other if self.is_taken(&id, tool, other) => format!("{id}-{}", slug(other.name())),
            _ => id,
        }
    }

    /// The id of a further folder of a tool.
    pub fn id_of_further(&self, target: &str) -> String {
        format!("{}-{}", self.prefix.text, end_of(target))
    }

    /// Whether an owner that BuildKit tells apart from this one has the id, or will get it.
    fn is_taken(&self, id: &str, tool: &Tool, writer: &Writer) -> bool {
        let wanted = uid(writer).unwrap_or(0);
        self.owners.of(id).any(|owner| owner != wanted) || self.owners.roots.contains(tool.name)
    }
}

/// Who has which caches, found out once: it is asked of each mount that is to be added.
#[derive(Debug, Default)]
pub(super) struct Owners {
    /// The users whom the mounts of an id are made for.
    ids: BTreeMap<String, BTreeSet<u32>>,
    /// Tools that root runs without a mount: they will get the tool's id.
    roots: BTreeSet<&'static str>,
}

impl Owners {
    /// Those of all files.
    pub fn find(files: &[ImageFile]) -> Self {
        let mut owners = Self::default();
        for (file, run) in files.iter().flat_map(|file| file.image.runs.iter().map(move |run| (file, run))) {
            for mount in &run.mounts {
                let owner = mount.uid.as_ref().map_or(0, |uid| uid.value);
                owners.ids.entry(mount.effective_id.clone()).or_default().insert(owner);
            }
            let by_root = |used: &ToolUse| uid(&file.image.writer(run, Some(used))) == Some(0);
            let needs = run.unmet().filter(|need| need.uses.iter().any(by_root));
            owners.roots.extend(needs.map(|need| need.tool.name));
        }
        owners
    }

    fn of(&self, id: &str) -> impl Iterator<Item = u32> {
        self.ids.get(id).into_iter().flatten().copied()
    }
}

/// The number of a user, if it is known.
fn uid(writer: &Writer) -> Option<u32> {
    match writer {
        Writer::Root => Some(0),
        Writer::Known { uid, .. } => Some(*uid),
        Writer::Unknown { .. } => None,
    }
}

/// The tool that a mount serves or names.
pub fn tool_of(run: &Run, index: usize, mount: &CacheMount) -> Option<&'static Tool> {
    let served = run.needs.iter().find(|need| need.uses.iter().any(|used| used.served_by == Some(index)));
    served.map(|need| need.tool).or_else(|| named_tool(mount))
}

/// What a mount is for: the tool that it serves or names, else the end of its target.
pub fn purpose(run: &Run, index: usize, mount: &CacheMount) -> String {
    tool_of(run, index, mount).map_or_else(|| end_of(&mount.target), |tool| tool.name.to_owned())
}

/// The last two components of a path as part of an id.
pub fn end_of(path: &str) -> String {
    let mut parts: Vec<&str> = path.rsplit('/').filter(|part| !part.is_empty()).take(2).collect();
    parts.reverse();
    slug(&parts.join("-"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs() {
        assert_eq!(slug("@synestra/Web Core"), "synestra-web-core");
        assert_eq!(end_of("/repo/apps/web/.next/cache"), "next-cache");
    }

    #[test]
    fn a_prefix_ends_at_a_separator() {
        let prefix = Prefix { text: "web".to_owned(), known: true };
        assert!(prefix.leads("web-pnpm") && prefix.leads("web") && !prefix.leads("website-pnpm"));
    }
}
