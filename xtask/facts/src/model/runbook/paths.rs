//! What looks like a path, a package, a host or a variable of this repository, and what only seems to.

use super::commands::holds_stand_in;
use crate::source::Span;
use crate::syntax::shell::{Invocation, Word};

/// A path as a page writes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathText {
    /// The path without `./`, a trailing slash and what stands behind a colon or `#`.
    pub path: String,
    /// Whether a trailing slash says that it is a folder.
    pub folder: bool,
}

/// Short names of Kubernetes resources: `deploy/web` names no path.
const RESOURCES: [&str; 29] = [
    "deploy",
    "deployment",
    "deployments",
    "svc",
    "service",
    "services",
    "pod",
    "pods",
    "po",
    "job",
    "jobs",
    "cronjob",
    "cj",
    "cm",
    "configmap",
    "secret",
    "secrets",
    "sts",
    "statefulset",
    "ingress",
    "ing",
    "ns",
    "pvc",
    "pv",
    "node",
    "app",
    "ds",
    "rs",
    "sa",
];

/// Kinds of the API group `apps` and its neighbours: `apps/Deployment`.
const KINDS: [&str; 8] = [
    "Deployment",
    "StatefulSet",
    "DaemonSet",
    "ReplicaSet",
    "Job",
    "CronJob",
    "Ingress",
    "ControllerRevision",
];

/// The path that a code span or a word consists of: at least two components, no placeholder, no pattern.
pub fn path_text(text: &str) -> Option<PathText> {
    // Of the words and code spans of a page, most have no slash.
    memchr::memchr(b'/', text.as_bytes())?;
    let text = text.trim_end_matches(',').trim_end_matches(';');
    let body = text.strip_prefix("./").unwrap_or(text);
    let body = behind_colon(body.split('#').next().unwrap_or(body))?;
    let folder = body.ends_with('/');
    let path = body.trim_end_matches('/');
    let well_formed = path.bytes().all(is_path_byte)
        && path.contains('/')
        && !path.starts_with(['/', '-', '@', '~'])
        && path.split('/').all(names_something);
    (well_formed && !is_kubernetes(path, folder)).then(|| PathText { path: path.to_owned(), folder })
}

/// Whether a part of a path is the name of one file or folder.
fn names_something(part: &str) -> bool {
    let is_ellipsis = |three: &[u8]| three == b"...";
    !matches!(part, "" | "." | "..")
        && !part.as_bytes().windows(3).any(is_ellipsis)
        && !part.trim_start_matches('@').contains('@')
        && !is_open(part)
}

const fn is_path_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'.' | b'_' | b'-' | b'+' | b'@')
}

/// `path.yaml:image.tag`, `file.ts:12`: the part before the colon; `None` for what is no path with an
/// addition, like `image:tag` and `LOCAL:REMOTE`.
fn behind_colon(text: &str) -> Option<&str> {
    let Some((path, rest)) = text.split_once(':') else { return Some(text) };
    let name = path.rsplit('/').next().unwrap_or(path);
    let is_file = name.rsplit_once('.').is_some_and(|(stem, extension)| {
        !stem.is_empty() && extension.chars().all(|character| character.is_ascii_alphanumeric())
    });
    (is_file && !rest.contains('/')).then_some(path)
}

/// File names in capitals that are names all the same.
const CAPITALS: [&str; 13] = [
    "README",
    "LICENSE",
    "CHANGELOG",
    "CONTRIBUTING",
    "CODEOWNERS",
    "NOTICE",
    "AUTHORS",
    "MAKEFILE",
    "ARCHITECTURE",
    "SECURITY",
    "TODO",
    "AGENTS",
    "CLAUDE",
];

/// Whether a part of a path stands for any name.
fn is_open(part: &str) -> bool {
    let stem = part.split('.').next().unwrap_or(part);
    let in_capitals = stem.len() > 1
        && !CAPITALS.contains(&stem)
        && stem.bytes().any(|byte| byte.is_ascii_uppercase())
        && stem.bytes().all(|byte| byte.is_ascii_uppercase() || matches!(byte, b'_' | b'-'));
    let in_place = matches!(stem, "path" | "to" | "foo" | "bar" | "baz" | "xxx" | "yyy" | "example");
    in_place || in_capitals || holds_stand_in(stem) || part.as_bytes().windows(4).any(|four| four == b"YYYY")
}

/// Whether a text names a resource or a group of the Kubernetes API: `deploy/web`, `apps/v1`, `apps/v1/Deployment`.
fn is_kubernetes(path: &str, folder: bool) -> bool {
    let mut parts = path.split('/');
    let (Some(first), Some(second), third) = (parts.next(), parts.next(), parts.next()) else { return false };
    let is_version =
        second.strip_prefix('v').is_some_and(|rest| rest.starts_with(|digit: char| digit.is_ascii_digit()));
    match third {
        None => {
            is_version
                || KINDS.contains(&second)
                || (RESOURCES.contains(&first) && !folder && !second.contains('.'))
        }
        Some(third) => is_version && KINDS.contains(&third) && parts.next().is_none(),
    }
}

/// `@scope/name`, also with a path into the package behind it.
pub fn scoped_package(text: &str) -> Option<String> {
    let rest = text.strip_prefix('@')?;
    let mut parts = rest.split('/');
    let (scope, name) = (parts.next()?, parts.next()?);
    let plain = |part: &str| {
        !part.is_empty()
            && part.chars().all(|character| {
                character.is_ascii_lowercase()
                    || character.is_ascii_digit()
                    || matches!(character, '-' | '_' | '.')
            })
            && part.starts_with(|first: char| first.is_ascii_alphanumeric())
    };
    let name = name.trim_end_matches("...");
    (plain(scope) && plain(name) && !name.ends_with('.')).then(|| format!("@{scope}/{name}"))
}

/// Whether a link leads to a file of some repository: no URL, no page of a forge.
pub fn is_relative_link(target: &str) -> bool {
    let scheme = target.split(['/', '#', '?']).next().unwrap_or("").contains(':');
    let forge =
        ["/-/", "issues/", "merge_requests/", "pull/", "/wikis/", "/wiki/", "/blob/", "/tree/", "/actions/"];
    // `<somebody@example.com>` is a link as well.
    let is_mail = target.contains('@') && !target.contains('/');
    !target.is_empty()
        && !scheme
        && !is_mail
        && !target.starts_with("//")
        && !is_link_placeholder(target)
        && !forge.iter().any(|part| target.contains(part))
}

fn is_link_placeholder(target: &str) -> bool {
    target.contains(['<', '>', '{', '}', '*', '$', '…'])
        || target.contains("...")
        || matches!(target, "url" | "link" | "path")
}

/// The hosts of the URLs in a text, with their offsets.
pub fn hosts(text: &str) -> impl Iterator<Item = (usize, &str)> {
    // Of texts as short as code spans, most have no colon: looking for one costs less than making ready for three.
    memchr::memchr_iter(b':', text.as_bytes()).filter_map(move |at| {
        let start = at + 3;
        let rest = text.get(at..)?.strip_prefix("://")?;
        let length = rest.find(|character: char| !is_host_character(character)).unwrap_or(rest.len());
        let host = rest.get(..length)?.trim_end_matches('.');
        let next = rest.get(host.len()..).and_then(|rest| rest.chars().next());
        // `https://<app>.example.com` and `https://*.example.com` name no host.
        let whole = !matches!(next, Some('<' | '{' | '$' | '*' | '@' | '…'));
        (whole && is_host(host)).then_some((start, host))
    })
}

fn is_host_character(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '.' | '-')
}

/// Whether a text is a host name of at least three labels.
pub fn is_host(text: &str) -> bool {
    let labels = || text.split('.');
    let is_short = text.len() <= 253 && memchr::memchr(b'.', text.as_bytes()).is_some();
    is_short
        && labels().count() >= 3
        && labels().all(|label| {
            !label.is_empty()
                && label.chars().all(|character| {
                    character.is_ascii_lowercase() || character.is_ascii_digit() || character == '-'
                })
        })
        && labels().next_back().is_some_and(|label| {
            label.len() >= 2 && label.chars().all(|character| character.is_ascii_lowercase())
        })
}

const SUFFIXES: [&str; 5] = ["_IMAGE", "_REGISTRY", "_REPOSITORY", "_TAG", "_SHA"];

/// The names in `OKTETO_BUILD_<NAME>_IMAGE` and its kin.
pub fn build_variables(text: &str) -> Vec<(String, Span)> {
    const PREFIX: &str = "OKTETO_BUILD_";
    let mut found = Vec::new();
    for (at, _) in text.match_indices(PREFIX) {
        let rest = text.get(at + PREFIX.len()..).unwrap_or("");
        let length = rest
            .find(|character: char| {
                !(character.is_ascii_uppercase() || character.is_ascii_digit() || character == '_')
            })
            .unwrap_or(rest.len());
        let word = rest.get(..length).unwrap_or("");
        let next = rest.get(length..).and_then(|rest| rest.chars().next());
        if matches!(next, Some('<' | '*' | '{' | '…')) {
            continue;
        }
        if let Some(name) =
            SUFFIXES.iter().find_map(|suffix| word.strip_suffix(suffix)).filter(|name| !name.is_empty())
        {
            found.push((name.to_owned(), Span::new(at, at + PREFIX.len() + length)));
        }
    }
    found
}

/// Programs whose arguments name files that need not exist, or no files at all.
const SILENT: [&str; 37] = [
    "mkdir",
    "touch",
    "rm",
    "rmdir",
    "mv",
    "git",
    "gh",
    "glab",
    "curl",
    "wget",
    "tar",
    "unzip",
    "zip",
    "docker",
    "podman",
    "skopeo",
    "crane",
    "echo",
    "printf",
    "ssh",
    "scp",
    "rsync",
    "find",
    "tee",
    "export",
    "alias",
    "npx",
    "dlx",
    "openssl",
    "ssh-keygen",
    "tsc",
    "jq",
    "yq",
    "sed",
    "awk",
    "chmod",
    "ln",
];

/// The paths among the arguments of a command that reads files of the repository.
pub fn of_invocation(invocation: &Invocation<'_>, text: &str) -> Vec<(PathText, Span)> {
    let program = invocation.program;
    if SILENT.contains(&program) {
        return Vec::new();
    }
    // Arguments behind `okteto exec NAME --` and the like are read in the pod.
    let words = invocation.args.iter().take_while(|word| word.text != "--");
    // What `kubectl cp` fetches is written here, and what it sends names a place in a pod.
    let copies = program == "kubectl" && invocation.args.iter().any(|word| word.text == "cp");
    let last = invocation.args.last().filter(|_| copies).map(|word| word.span);
    let mut found = Vec::new();
    // A script that is run: `./scripts/seed.sh`.
    if invocation.word.text.contains('/')
        && let Some(path) = literal_path(invocation.word, text)
    {
        found.push((path, invocation.word.span));
    }
    let mut operands = 0;
    let mut flag = "";
    for word in words {
        let is_flag = word.text.starts_with('-');
        let before = std::mem::replace(&mut flag, if is_flag { &word.text } else { "" });
        // `okteto deploy --branch docs/typo`
        if matches!(before, "--branch" | "-b") && !is_flag || word.text.starts_with("--branch=") {
            continue;
        }
        operands += usize::from(!is_flag);
        // The target of a copy is written, not read; resources of the cluster are no files.
        let written = program == "cp" && operands > 1;
        if written || last == Some(word.span) {
            continue;
        }
        let value = match word.text.find('=') {
            Some(at) if is_flag => word.tail(at + 1),
            Some(_) => continue,
            None => word.clone(),
        };
        if let Some(path) = literal_path(&value, text) {
            found.push((path, value.span));
        }
    }
    found
}

/// The destination of a link without `%20` and its kin.
pub fn decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        let digits = tail.get(..2).and_then(|digits| std::str::from_utf8(digits).ok());
        match digits.filter(|_| *first == b'%').and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = tail.get(2..).unwrap_or_default();
            }
            None => {
                bytes.push(*first);
                rest = tail;
            }
        }
    }
    String::from_utf8(bytes).unwrap_or_else(|_| text.to_owned())
}

fn literal_path(word: &Word, text: &str) -> Option<PathText> {
    let literal = word.as_literal()?;
    let next = text.get(word.span.end..).and_then(|rest| rest.chars().next());
    if matches!(next, Some('<' | '{' | '…')) {
        return None;
    }
    path_text(literal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_and_what_only_looks_like_them() {
        let path = |text: &str| path_text(text).map(|path| path.path);
        assert_eq!(path("apps/web/Dockerfile").as_deref(), Some("apps/web/Dockerfile"));
        assert_eq!(path("./deploy/env/").as_deref(), Some("deploy/env"));
        assert_eq!(path("deploy/env/dev/web.yaml:image.tag").as_deref(), Some("deploy/env/dev/web.yaml"));
        assert_eq!(path("src/a.ts:12").as_deref(), Some("src/a.ts"));
        for text in [
            "apps/<app>/x",
            "apps/*/x",
            "deploy/env/{dev,prod}/x.yaml",
            "$values/deploy/x.yaml",
            "/app/apps/web",
            "apps/…",
            "apps/...",
            "@scope/name",
            "apps/v1",
            "apps/Deployment",
            "apps/v1/Deployment",
            "deploy/web-app",
            "docker/dockerfile:1",
            "okteto",
            "a b/c",
            "https://x.example.com/a",
            "..:/app",
            "apps/APP/x",
            "~/x/y",
            "path/to/file",
        ] {
            assert_eq!(path(text), None, "{text}");
        }
    }

    #[test]
    fn packages_hosts_and_variables() {
        assert_eq!(scoped_package("@synestra/web...").as_deref(), Some("@synestra/web"));
        assert_eq!(scoped_package("@scope/<app>"), None);
        assert_eq!(
            hosts("see https://a.b.example.com/x and https://<app>.b.example.com").collect::<Vec<_>>(),
            [(12, "a.b.example.com")]
        );
        let names: Vec<_> =
            build_variables("${OKTETO_BUILD_WEB_APP_IMAGE} OKTETO_BUILD_<NAME>_IMAGE OKTETO_BUILD_*")
                .into_iter()
                .map(|(name, _)| name)
                .collect();
        assert_eq!(names, ["WEB_APP"]);
    }
}
