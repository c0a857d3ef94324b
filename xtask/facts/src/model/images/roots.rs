//! Which Dockerfiles are checked.
//!
//! In a workspace: those of its members, those that manifests, Compose files or CI name, those in `docker/` and
//! at the top. Parked trees are left out. Without a workspace: every Dockerfile outside vendored folders. A file
//! that the command line names is always checked.

use std::collections::BTreeSet;

use super::Sources;
use crate::model::context::DockerfileFound;
use crate::source::RepoPath;
use crate::syntax::dockerfile::{Dockerfile, Keyword};

/// Whether a file is called like a Dockerfile.
pub fn is_dockerfile(path: &RepoPath) -> bool {
    let name = path.file_name();
    let variant = |base: &str| {
        let rest = name.strip_prefix(base);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.') && !is_other(rest))
    };
    let ends = [".Dockerfile", ".dockerfile", ".Containerfile", ".containerfile"];
    variant("Dockerfile") || variant("Containerfile") || ends.iter().any(|end| name.ends_with(end))
}

/// What stands behind `Dockerfile` in the names of files about one.
fn is_other(rest: &str) -> bool {
    let last = rest.rsplit('.').next().unwrap_or("");
    matches!(
        last,
        // Notes and copies.
        "dockerignore" | "md" | "orig" | "rej" | "bak" | "swp"
        // Templates, of which nobody knows the result.
            | "in" | "j2" | "jinja" | "jinja2" | "tmpl" | "tpl" | "gotmpl" | "template" | "erb" | "ejs" | "hbs"
            | "mustache" | "m4" | "liquid" | "mako" | "inc" | "include"
    )
}

/// Whether a file without a build is no Dockerfile, though it is called like one: a generator (`Dockerfile.py`), a lock
/// or a patch of one. What begins with an interpreter, or with an instruction that nobody knows, is none. Suffixes that
/// are languages as well as purposes (`Dockerfile.go`) are believed where the file begins like a Dockerfile.
pub(super) fn is_something_else(path: &RepoPath, dockerfile: &Dockerfile, text: &str) -> bool {
    let name = path.file_name();
    let Some((_, suffix)) = name.split_once('.').filter(|(base, _)| is_plain_name(base)) else {
        return false;
    };
    let Some(first) = dockerfile.instructions.first() else { return is_language(suffix) };
    let refused = dockerfile.errors.iter().any(|error| first.lines.contains(error.span));
    let begins = matches!(first.keyword, Some(Keyword::From | Keyword::Arg)) && !refused;
    text.starts_with("#!") || first.keyword.is_none() || is_language(suffix) && !begins
}

fn is_plain_name(base: &str) -> bool {
    matches!(base, "Dockerfile" | "Containerfile")
}

/// Whether the last suffix is one of programs or data.
fn is_language(suffix: &str) -> bool {
    let last = suffix.rsplit('.').next().unwrap_or("");
    matches!(
        last,
        "py" | "go"
            | "js"
            | "mjs"
            | "cjs"
            | "ts"
            | "rb"
            | "rs"
            | "sh"
            | "bash"
            | "java"
            | "kt"
            | "lua"
            | "pl"
            | "php"
            | "cs"
            | "ps1"
            | "bat"
            | "nix"
            | "vim"
            | "el"
            | "cmake"
            | "json"
            | "yaml"
            | "yml"
            | "toml"
            | "lock"
            | "tf"
            | "hcl"
            | "patch"
            | "diff"
            | "html"
            | "xml"
            | "txt"
            | "log"
            | "rst"
            | "adoc"
            | "csv"
    )
}

/// The paths of all Dockerfiles that are checked.
pub(super) fn find(sources: Sources<'_>) -> BTreeSet<RepoPath> {
    let Sources { tree, workspace, contexts, named } = sources;
    let mut found: BTreeSet<RepoPath> = BTreeSet::new();
    let candidates = tree.notable().filter(|entry| {
        // Cheap refusal first: most files of a tree are called otherwise.
        let name = entry.path.rsplit('/').next().unwrap_or("");
        memchr::memmem::find(name.as_bytes(), b"ockerfile").is_some()
            || memchr::memmem::find(name.as_bytes(), b"ontainerfile").is_some()
    });
    let candidates: Vec<RepoPath> =
        candidates.map(|entry| RepoPath::new(entry.path)).filter(is_dockerfile).collect();
    let ci = if workspace.patterns.is_some() && !candidates.is_empty() {
        named_by_ci(sources)
    } else {
        BTreeSet::new()
    };
    for path in candidates {
        let is_root = || {
            let folder = path.components().next().unwrap_or("");
            workspace.patterns.is_none()
                || workspace.containing(&path).is_some()
                || path.parent().is_some_and(|folder| folder.is_root())
                || folder == "docker"
        };
        if named.contains(&path) || ci.contains(&path) || (!workspace.is_parked(&path) && is_root()) {
            found.insert(path);
        }
    }
    let built = contexts.builds.iter().filter(|build| build.dockerfile_found != DockerfileFound::Nowhere);
    found.extend(built.map(|build| build.dockerfile.clone()).filter(|path| tree.is_file(path)));
    found
}

/// The Dockerfiles that pipelines name. A path counts when the tree has it; templates are not followed. A program or
/// data called `Dockerfile.py` must be handed to a build: the pipeline may as well run it.
pub(super) fn named_by_ci(sources: Sources<'_>) -> BTreeSet<RepoPath> {
    let is_pipeline = |path: &str| {
        let yaml = path.ends_with(".yml") || path.ends_with(".yaml");
        yaml && (path.starts_with(".gitlab-ci")
            || path.starts_with(".gitlab/")
            || path.starts_with(".github/workflows/"))
    };
    let mut found = BTreeSet::new();
    for entry in sources.tree.notable().filter(|entry| is_pipeline(entry.path)) {
        let Ok(file) = sources.tree.source(&RepoPath::new(entry.path)) else { continue };
        let lines = file.text.lines().filter(|line| !line.trim_start().starts_with('#'));
        let mut before = "";
        for word in lines.flat_map(|line| line.split([' ', '\t', '"', '\'', '=', ',', '[', ']', ';'])) {
            if word.is_empty() {
                continue;
            }
            let is_file = matches!(before, "-f" | "--file" | "file:" | "dockerfile:");
            before = word;
            let word = word.trim_end_matches('\r');
            let word = ["$CI_PROJECT_DIR/", "${CI_PROJECT_DIR}/", "${{ github.workspace }}/"]
                .iter()
                .find_map(|prefix| word.strip_prefix(prefix))
                .unwrap_or(word);
            let path = RepoPath::new(word);
            let suffix = path.file_name().split_once('.').map_or("", |(_, suffix)| suffix);
            if is_dockerfile(&path) && (is_file || !is_language(suffix)) && sources.tree.is_file(&path) {
                found.insert(path);
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::context::Contexts;
    use crate::model::workspace::Workspace;
    use crate::snapshot::Snapshot;

    fn find_in(files: &[(&str, &str)], named: &[&str]) -> Vec<String> {
        let tree =
            Snapshot::memory(files.iter().map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec())));
        let workspace = Workspace::load(&tree);
        let named: Vec<RepoPath> = named.iter().map(|path| RepoPath::new(path)).collect();
        let contexts = Contexts::default();
        let sources = Sources { tree: &tree, workspace: &workspace, contexts: &contexts, named: &named };
        find(sources).into_iter().map(|path| path.as_str().to_owned()).collect()
    }

    #[test]
    fn names() {
        for name in ["Dockerfile", "a/Dockerfile.dev", "web.Dockerfile", "web.dockerfile", "Containerfile"] {
            assert!(is_dockerfile(&name.into()), "{name}");
        }
        for name in [
            "Dockerfile.dockerignore",
            "Dockerfile.in",
            "Dockerfile.prod.j2",
            "Dockerfile.md",
            "dockerfile.rs",
            "Dockerfiles",
            "xDockerfile",
        ] {
            assert!(!is_dockerfile(&name.into()), "{name}");
        }
    }

    #[test]
    fn a_workspace_has_its_own_dockerfiles() {
        let files = [
            ("pnpm-workspace.yaml", "packages: [apps/*]\n"),
            ("apps/web/package.json", "{}"),
            ("apps/web/Dockerfile", ""),
            ("docker/Dockerfile.turbo", ""),
            ("Dockerfile.ci", ""),
            ("tools/Dockerfile", ""),
            ("images/ci.Dockerfile", ""),
            (".gitlab-ci.yml", "build:\n  script:\n    - docker build -f ./images/ci.Dockerfile .\n"),
            ("upstream/x/package.json", "{}"),
            ("upstream/x/Dockerfile", ""),
        ];
        let expected =
            ["Dockerfile.ci", "apps/web/Dockerfile", "docker/Dockerfile.turbo", "images/ci.Dockerfile"];
        assert_eq!(find_in(&files, &[]), expected);
        assert!(find_in(&files, &["upstream/x/Dockerfile"]).contains(&"upstream/x/Dockerfile".to_owned()));
    }

    #[test]
    fn without_a_workspace_every_dockerfile_counts() {
        let files = [
            "a/b/Dockerfile",
            "node_modules/x/Dockerfile",
            "pkg/testdata/Dockerfile",
            "third_party/Dockerfile",
        ]
        .map(|path| (path, ""));
        assert_eq!(find_in(&files, &[]), ["a/b/Dockerfile"]);
        assert_eq!(
            find_in(&files, &["third_party/Dockerfile"]),
            ["a/b/Dockerfile", "third_party/Dockerfile"]
        );
    }
}
