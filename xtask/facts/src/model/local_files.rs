//! What a laptop may have although no commit does: paths that a tracked `.gitignore` covers.

use crate::snapshot::Snapshot;
use crate::source::RepoPath;
use crate::syntax::ignore::gitignore::{Gitignore, Stack};

/// Whether a `.gitignore` of the tree covers `path`, taken for a file or for a folder. Only the files from the
/// top level down to the path can decide, so only those are read.
pub fn is_git_ignored(tree: &Snapshot, path: &RepoPath) -> bool {
    if path.is_outside() || path.is_root() {
        return false;
    }
    let mut stack = Stack::new();
    let mut folder = path.parent();
    while let Some(current) = folder {
        let file = current.join(".gitignore");
        if let Ok(source) = tree.source(&file) {
            stack.add(current.as_str(), file.as_str(), Gitignore::parse(&source.text));
        }
        folder = current.parent();
    }
    stack.verdict(path.as_str(), false).0 || stack.verdict(path.as_str(), true).0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_on_the_way_down_decide() {
        let files =
            [(".gitignore", ".env*\n!.env.example\ngenerated/\n"), ("apps/web/.gitignore", "!.env\n/out\n")];
        let tree = Snapshot::memory(files.map(|(path, text)| (path.to_owned(), text.as_bytes().to_vec())));
        let ignored = |path: &str| is_git_ignored(&tree, &path.into());
        assert!(
            ignored(".env")
                && ignored("apps/shop/.env.local")
                && ignored("generated")
                && ignored("generated/a/b")
        );
        assert!(ignored("apps/web/out") && !ignored("apps/shop/out"));
        assert!(!ignored(".env.example") && !ignored("apps/web/.env") && !ignored("../outside"));
    }
}
