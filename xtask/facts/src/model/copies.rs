//! What `COPY` and `ADD` take from a build context.

use crate::model::context::BuildContext;
use crate::snapshot::Snapshot;
use crate::source::{Place, RepoPath, SourceFile};
use crate::syntax::dockerfile::{Arguments, Dockerfile, Word};

/// A source of a `COPY` or `ADD` that is a path of the context.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Copied {
    /// Where the source is written.
    pub place: Place,
    /// The file or folder.
    pub path: RepoPath,
}

/// The literal sources of a build's Dockerfile, in order. Sources from other stages, URLs, heredocs, globs and those
/// with variables are left out.
pub fn sources(tree: &Snapshot, build: &BuildContext) -> Vec<Copied> {
    let Ok(file) = tree.source(&build.dockerfile) else { return Vec::new() };
    let dockerfile = Dockerfile::parse(file.text.clone());
    let mut copied = Vec::new();
    for instruction in &dockerfile.instructions {
        let instruction = instruction.innermost();
        let Arguments::Copy(copy) = &instruction.arguments else { continue };
        if instruction.flags.iter().any(|flag| flag.name.value.eq_ignore_ascii_case("from")) {
            continue;
        }
        copied.extend(copy.sources.iter().filter_map(|source| literal(&file, &build.context, source)));
    }
    copied
}

/// Those sources that are folders of the tree.
pub fn folders(tree: &Snapshot, build: &BuildContext) -> Vec<Copied> {
    sources(tree, build).into_iter().filter(|copied| tree.is_dir(&copied.path)).collect()
}

fn literal(file: &SourceFile, context: &RepoPath, source: &Word) -> Option<Copied> {
    let text = source.value.trim_matches(['"', '\'']);
    let place = file.place(source.span);
    // All that there is, hidden files included.
    if matches!(text, "*" | "./*") {
        return Some(Copied { place, path: context.clone() });
    }
    let unknown = text.contains(['$', '*', '?', '[', '\\']) || text.contains("://") || text.starts_with("<<");
    // A leading slash is the context itself, and nothing leads out of it.
    let path = RepoPath::new(&format!("/{text}"));
    (!unknown && !path.is_outside() && !text.is_empty())
        .then(|| Copied { place, path: context.join(path.as_str()) })
}
