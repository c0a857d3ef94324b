//! What `COPY` and `ADD` take from the build context, and whether it is there.

use globset::GlobBuilder;

use super::ImageFile;
use crate::model::context::{BuildContext, BuildOrigin, Builder};
use crate::model::gitignores::Gitignores;
use crate::model::image::environment::join;
use crate::model::verdict::Verdict;
use crate::snapshot::Snapshot;
use crate::source::{RepoPath, Spanned};
use crate::syntax::dockerfile::expand::expand;
use crate::syntax::dockerfile::mount::{MountFlag, MountType};
use crate::syntax::dockerfile::{Arguments, Instruction, Keyword};

/// One source of a `COPY`, an `ADD` or a bind mount from the context.
#[derive(Clone, Debug)]
pub struct ContextCopy {
    /// Index of the instruction.
    pub instruction: usize,
    /// The word as it is written.
    pub source: Spanned<String>,
    /// The path from the context's top, cleaned; empty for all of it.
    pub path: String,
    /// Whether it is a pattern.
    pub has_glob: bool,
}

/// What becomes of a source in a build.
#[derive(Clone, Debug)]
pub enum Fate {
    /// The builder finds it.
    Sent,
    /// The ignore file in force takes all of it away.
    Ignored(Box<Verdict>),
    /// The tree has nothing of that name.
    Missing,
    /// The tree does not tell: git leaves it out, a pattern without match, an opaque folder.
    Unknown,
}

impl ImageFile {
    /// The sources that come from the context and are written without variables, in order. `ONBUILD` is left out:
    /// its context is another one.
    pub fn context_copies(&self) -> Vec<ContextCopy> {
        let mut copies = Vec::new();
        for (index, instruction) in self.dockerfile.instructions.iter().enumerate() {
            let Arguments::Copy(copy) = &instruction.arguments else { continue };
            let from = instruction.flags.iter().any(|flag| flag.name.value == "from");
            let is_copy = matches!(instruction.keyword, Some(Keyword::Copy | Keyword::Add));
            if !is_copy || from || copy.destination.is_none() {
                continue;
            }
            for source in &copy.sources {
                let source = Spanned::new(source.value.clone(), source.span);
                copies.extend(self.context_copy(index, source, true));
            }
        }
        copies
    }

    /// The sources of bind mounts of the context, in order: BuildKit wants them to be there as those of a `COPY`.
    pub fn context_binds(&self) -> Vec<ContextCopy> {
        let mut binds = Vec::new();
        for (index, instruction) in self.dockerfile.instructions.iter().enumerate() {
            let is_literal = |flag: &MountFlag| {
                let mut values = flag.fields.iter().filter_map(|field| field.value.as_ref());
                values.all(|value| !value.value.contains('$'))
            };
            let flags = instruction.flags.iter().filter_map(MountFlag::new).filter(is_literal);
            let mounts = flags.filter_map(|flag| flag.resolve(self.dockerfile.escape, &|_| None).ok());
            for mount in mounts {
                let source = mount.source.filter(|_| mount.kind == MountType::Bind && mount.from.is_none());
                binds.extend(source.and_then(|source| self.context_copy(index, source, false)));
            }
        }
        binds
    }

    /// The sources of an instruction's bind mounts of the context as they are written: `/` where none is given.
    pub(super) fn bind_sources(&self, instruction: &Instruction) -> Vec<String> {
        let flags = instruction.flags.iter().filter_map(MountFlag::new);
        let sources = flags.filter_map(|flag| {
            let value = |keys: [&str; 2]| {
                let fields =
                    flag.fields.iter().rev().filter(|field| keys.contains(&field.key.value.as_str()));
                fields.filter_map(|field| field.value.as_ref()).map(|value| value.value.clone()).next()
            };
            let is_bind = value(["type", "type"]).is_none_or(|kind| kind.eq_ignore_ascii_case("bind"));
            (is_bind && !flag.has("from")).then(|| value(["source", "src"]).unwrap_or_else(|| "/".to_owned()))
        });
        sources.collect()
    }

    /// A source that is written without variables and lies in the context.
    fn context_copy(&self, instruction: usize, source: Spanned<String>, globs: bool) -> Option<ContextCopy> {
        if source.value.contains(['$', '<']) || is_remote(&source.value) {
            return None;
        }
        let text = expand(&source.value, self.dockerfile.escape, &|_| None).ok()?;
        let path = join("/", &text).trim_start_matches('/').to_owned();
        let has_glob = globs && path.contains(['*', '?', '[']);
        Some(ContextCopy { instruction, source, path, has_glob })
    }
}

/// What `ADD` fetches from elsewhere.
pub(super) fn is_remote(source: &str) -> bool {
    source.contains("://") || source.starts_with("git@")
}

/// What becomes of a source in a build.
pub fn fate(tree: &Snapshot, gitignores: &Gitignores, build: &BuildContext, copy: &ContextCopy) -> Fate {
    let builder = match build.origin {
        BuildOrigin::Manifest => Builder::Okteto,
        BuildOrigin::Compose => Builder::Docker,
    };
    // A context that git does not have is made before the build.
    let known = tree.is_dir(&build.context) && build.ignore_file(builder).is_known();
    if !known || copy.path.is_empty() {
        return Fate::Unknown;
    }
    if copy.has_glob {
        return of_glob(tree, build, builder, copy);
    }
    let path = build.context.join(&copy.path);
    if tree.is_opaque(&path) {
        return Fate::Unknown;
    }
    if tree.is_file(&path) {
        return of_files(build, builder, [path].into_iter());
    }
    if tree.is_dir(&path) {
        return of_files(build, builder, tree.files_under(&path).map(|entry| RepoPath::new(entry.path)));
    }
    if gitignores.verdict(&path, false).ignored || gitignores.verdict(&path, true).ignored {
        return Fate::Unknown;
    }
    Fate::Missing
}

/// BuildKit takes a pattern without match for nothing to do.
fn of_glob(tree: &Snapshot, build: &BuildContext, builder: Builder, copy: &ContextCopy) -> Fate {
    let Ok(glob) = GlobBuilder::new(&copy.path).literal_separator(true).build() else { return Fate::Unknown };
    let glob = glob.compile_matcher();
    let depth = copy.path.split('/').count();
    let matching = tree.files_under(&build.context).map(|entry| RepoPath::new(entry.path)).filter(|path| {
        let below = path.strip_prefix(&build.context).unwrap_or("");
        let head: Vec<&str> = below.split('/').take(depth).collect();
        head.len() == depth && glob.is_match(head.join("/"))
    });
    let mut matching = matching.peekable();
    if matching.peek().is_none() { Fate::Unknown } else { of_files(build, builder, matching) }
}

/// Sent if a single file is; otherwise the verdict on the first one.
fn of_files(build: &BuildContext, builder: Builder, files: impl Iterator<Item = RepoPath>) -> Fate {
    let mut first = None;
    for path in files {
        match build.verdict(builder, &path) {
            Some(verdict) if verdict.ignored => {
                first.get_or_insert(verdict);
            }
            _ => return Fate::Sent,
        }
    }
    first.map_or(Fate::Unknown, |verdict| Fate::Ignored(Box::new(verdict)))
}
