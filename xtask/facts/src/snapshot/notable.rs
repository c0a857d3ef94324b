//! Files that a tool or a rule may read by their kind, told by the path alone.

use super::{Entry, Snapshot};

impl Snapshot {
    /// The entries that are [notable](is_notable), sorted by the bytes of their path: where to look for files of a
    /// certain name or kind. In a large tree they are few.
    pub fn notable(&self) -> impl Iterator<Item = Entry<'_>> {
        self.tree.notable().map(|node| self.entry(node))
    }
}

/// Whether another *content* of the file at `path` could change what some rule says. That a file exists, is
/// executable or is a link may matter for any path.
///
/// `false` is a promise: no rule reads such a file, those apart that search every text for credentials
/// ([`crate::facts::Model::Secrets`]). The hook leaves early on it; `tests/suite/inputs.rs` holds every example of
/// every rule against it.
pub fn is_notable(path: &str) -> bool {
    // Asked for every file of a tree while git lists it: bytes, no allocation, no search through a list. Names are too
    // short for a vectorised search to pay.
    let bytes = path.as_bytes();
    let end =
        bytes.iter().rev().position(|byte| matches!(byte, b'.' | b'/')).map(|behind| bytes.len() - behind);
    let Some((stem, extension)) = end.and_then(|end| Some((bytes.get(..end - 1)?, bytes.get(end..)?))) else {
        return true;
    };
    if bytes.get(stem.len()) == Some(&b'/') || matches!(stem.last(), None | Some(b'/')) {
        // No dot in its name, or only at the beginning.
        return true;
    }
    let start = || stem.iter().rposition(|byte| *byte == b'/').map_or(0, |slash| slash + 1);
    let name = |start: usize| stem.get(start..).unwrap_or_default();
    // `Dockerfile.go` is no program.
    let is_image = |name: &[u8]| name.starts_with(b"Dockerfile") || name.starts_with(b"Containerfile");
    match kind(extension) {
        Kind::Other => true,
        Kind::ProgramTextOrMedia => is_image(name(start())),
        // Files beside the sources may configure something that a rule reads.
        Kind::Program => {
            let start = start();
            let name = name(start);
            is_image(name)
                || name.ends_with(b".config")
                || memchr::memmem::find(name, b".config.").is_some()
                || !is_in_sources(stem.get(..start).unwrap_or_default())
        }
    }
}

/// Whether models read the file of this path before they know anything else of a tree.
pub(super) fn is_read_first(path: &[u8]) -> bool {
    let is_package = path == b"package.json" || path.ends_with(b"/package.json");
    // Installed packages that somebody commits are many, and no model reads them.
    (is_package && memchr::memmem::find(path, b"node_modules/").is_none()) || path.starts_with(b".okteto/")
}

/// Whether a component of the folder, which ends with its slash, is `src`.
fn is_in_sources(folder: &[u8]) -> bool {
    folder.starts_with(b"src/") || folder.windows(5).any(|window| window == b"/src/")
}

/// What an extension says.
enum Kind {
    /// Written for a compiler, a browser or a person, never for Okteto, Docker, git, CI or a runbook. The list is
    /// short on purpose: an extension that is missing costs microseconds, one too many hides a finding.
    ProgramTextOrMedia,
    /// A program.
    Program,
    /// Anything else.
    Other,
}

fn kind(extension: &[u8]) -> Kind {
    const LONGEST: usize = 7;
    let mut lower = [0; LONGEST];
    let Some(lower) = lower.get_mut(..extension.len()) else { return Kind::Other };
    lower.copy_from_slice(extension);
    lower.make_ascii_lowercase();
    match &*lower {
        b"tsx" | b"jsx" | b"css" | b"scss" | b"sass" | b"less" | b"graphql" | b"gql" | b"prisma" | b"sql"
        | b"snap" | b"map" | b"html" | b"svg" | b"png" | b"jpg" | b"jpeg" | b"gif" | b"webp" | b"avif"
        | b"ico" | b"bmp" | b"woff" | b"woff2" | b"ttf" | b"otf" | b"eot" | b"mp3" | b"mp4" | b"webm"
        | b"wav" | b"pdf" | b"zip" | b"gz" => Kind::ProgramTextOrMedia,
        b"ts" | b"go" | b"rs" => Kind::Program,
        _ => Kind::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_tools_read_matters() {
        for path in [
            ".okteto/okteto.yml",
            "package.json",
            "apps/web/Dockerfile",
            "apps/web/Dockerfile.dev",
            "services/src/Dockerfile.go",
            "tools/build.dockerfile",
            ".stignore",
            "apps/web/.dockerignore",
            "docs/README.md",
            "apps/web/.env.example",
            "scripts/deploy.sh",
            "scripts/deploy",
            "apps/web/next.config.ts",
            "apps/web/src/next.config.ts",
            "apps/web/next.config.mjs",
            "Makefile",
            "deploy/values.yaml.gotmpl",
            "pnpm-lock.yaml",
        ] {
            assert!(is_notable(path), "{path}");
        }
    }

    #[test]
    fn installed_packages_are_not_read_first() {
        for path in ["package.json", "apps/web/package.json", ".okteto/check.yml"] {
            assert!(is_read_first(path.as_bytes()), "{path}");
        }
        for path in ["node_modules/a/package.json", "apps/web/node_modules/a/package.json", "my-package.json"]
        {
            assert!(!is_read_first(path.as_bytes()), "{path}");
        }
    }

    #[test]
    fn sources_and_pictures_do_not() {
        for path in [
            "apps/web/src/app/page.tsx",
            "apps/web/src/site.ts",
            "apps/web/public/logo.PNG",
            "xtask/src/main.rs",
            "a.css",
        ] {
            assert!(!is_notable(path), "{path}");
        }
    }
}
