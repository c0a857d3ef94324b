//! Which files rules may read, told by the path alone.

use crate::source::RepoPath;

/// Extensions of what is written for a compiler, a browser or a person, never for Okteto, Docker, git, CI or a
/// runbook. The list is short on purpose: an extension that is missing costs milliseconds, one too many hides
/// a finding.
const PROGRAM_TEXT_AND_MEDIA: [&str; 34] = [
    "tsx", "jsx", "css", "scss", "sass", "less", "graphql", "gql", "prisma", "sql", "snap", "map", "html",
    "svg", "png", "jpg", "jpeg", "gif", "webp", "avif", "ico", "bmp", "woff", "woff2", "ttf", "otf", "eot",
    "mp3", "mp4", "webm", "wav", "pdf", "zip", "gz",
];

/// Extensions of programs: of those, files beside the sources may configure something that a rule reads.
const PROGRAMS: [&str; 3] = ["ts", "go", "rs"];

/// Whether another *content* of the file at `path` could change what some rule says. That a file exists, is
/// executable or is a link may matter for any path.
///
/// `false` is a promise: no rule reads such a file, those apart that search every text for credentials
/// ([`crate::facts::Model::Secrets`]). `tests/suite/inputs.rs` holds every example of every rule against it.
pub fn may_matter(path: &RepoPath) -> bool {
    let Some(extension) = path.extension() else { return true };
    let is = |known: &str| extension.eq_ignore_ascii_case(known);
    if PROGRAM_TEXT_AND_MEDIA.iter().any(|known| is(known)) {
        return false;
    }
    let in_sources = path.parent().is_some_and(|folder| folder.components().any(|part| part == "src"));
    !(in_sources && PROGRAMS.iter().any(|known| is(known)) && !path.file_name().contains(".config."))
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
            assert!(may_matter(&path.into()), "{path}");
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
            assert!(!may_matter(&path.into()), "{path}");
        }
    }
}
