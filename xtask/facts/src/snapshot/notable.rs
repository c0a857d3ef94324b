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
    Notability::default().of(path)
}

/// [`is_notable`] for one path after the other: neighbours share what their folder says.
#[derive(Clone, Debug, Default)]
pub(super) struct Notability {
    /// The folder that was asked about last, with its slash.
    folder: Vec<u8>,
    is_in_sources: bool,
}

impl Notability {
    /// Whether the file at `path` is notable. Asked for every file of a tree while git lists it: bytes, no allocation,
    /// no search through a list.
    pub fn of(&mut self, path: &str) -> bool {
        let bytes = path.as_bytes();
        let start = memchr::memrchr(b'/', bytes).map_or(0, |slash| slash + 1);
        let (folder, name) = bytes.split_at_checked(start).unwrap_or_default();
        // No dot in its name, or only at the beginning.
        let Some(dot) = name.iter().rposition(|byte| *byte == b'.').filter(|dot| *dot > 0) else {
            return true;
        };
        let (stem, extension) = name.split_at_checked(dot).unwrap_or_default();
        // `Dockerfile.go` is no program.
        let is_image = || stem.starts_with(b"Dockerfile") || stem.starts_with(b"Containerfile");
        match kind(extension.get(1..).unwrap_or_default()) {
            Kind::Other => true,
            Kind::ProgramTextOrMedia => is_image(),
            // Files beside the sources may configure something that a rule reads.
            Kind::Program => is_image() || is_config(stem) || !self.is_in_sources(folder),
        }
    }

    /// Whether a component of the folder is `src`.
    fn is_in_sources(&mut self, folder: &[u8]) -> bool {
        if folder != self.folder {
            folder.clone_into(&mut self.folder);
            self.is_in_sources =
                folder.starts_with(b"src/") || folder.windows(5).any(|window| window == b"/src/");
        }
        self.is_in_sources
    }
}

/// `next.config` of `next.config.ts`, `jest.config.e2e` of `jest.config.e2e.ts`.
fn is_config(stem: &[u8]) -> bool {
    const INSIDE: &[u8] = b".config.";
    stem.contains(&b'.')
        && (stem.ends_with(b".config") || stem.windows(INSIDE.len()).any(|window| window == INSIDE))
}

/// Whether models read the file of this path before they know anything else of a tree.
pub(super) fn is_read_first(path: &[u8]) -> bool {
    let is_package = path == b"package.json" || path.ends_with(b"/package.json");
    // Installed packages that somebody commits are many, and no model reads them.
    (is_package && memchr::memmem::find(path, b"node_modules/").is_none()) || path.starts_with(b".okteto/")
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
