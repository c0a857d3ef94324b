//! What `okteto build` makes of the ids of cache mounts before BuildKit sees them.
//!
//! Follows okteto/okteto `pkg/cmd/build/translator.go` (CLI 3.13.0 and later): the CLI rewrites the Dockerfile
//! line by line with regular expressions, not by its grammar.

use super::CacheMount;
use crate::source::Span;

/// The id under which a cache mount is kept when `okteto build` builds the Dockerfile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CacheId {
    /// The text holds an `id=`, so it is left alone. On the builder the id is global.
    Explicit,
    /// A hash of repository, absolute path of the Dockerfile, build target and this mount target: no other
    /// Dockerfile, build target or checkout shares the cache.
    Hashed(String),
    /// The same hash without a mount target, as the CLI reads only `target=`: all such mounts of one
    /// Dockerfile and build target share one folder.
    Colliding,
    /// The line is not seen, so BuildKit's default holds: the target path, shared with every repository that
    /// uses the builder.
    Untouched,
}

/// What becomes of the id of `mount`; `file` is the text of the Dockerfile.
pub fn cache_id(file: &str, mount: &CacheMount) -> CacheId {
    let line = line_around(file, mount.span);
    if !is_seen(line) {
        return written_id(mount);
    }
    // The CLI's expression takes `--mount=` and what follows without blanks, on this line.
    let flag = mount.span.slice(file).split(char::is_whitespace).next().unwrap_or("");
    if !flag.starts_with("--mount=") || !flag.contains("type=cache") {
        return written_id(mount);
    }
    if has_id(flag) {
        return CacheId::Explicit;
    }
    let target = flag.split_once("target=").map(|(_, rest)| rest.split(',').next().unwrap_or(""));
    match target.filter(|target| !target.is_empty()) {
        Some(target) => CacheId::Hashed(target.to_owned()),
        None => CacheId::Colliding,
    }
}

/// What BuildKit sees when the CLI leaves the mount alone.
fn written_id(mount: &CacheMount) -> CacheId {
    if mount.id.is_some() { CacheId::Explicit } else { CacheId::Untouched }
}

/// `^RUN.*--mount=.*type=cache`
fn is_seen(line: &str) -> bool {
    let rest = line.strip_prefix("RUN").and_then(|rest| rest.split_once("--mount="));
    rest.is_some_and(|(_, rest)| rest.contains("type=cache"))
}

/// `\bid=`
fn has_id(flag: &str) -> bool {
    flag.match_indices("id=").any(|(at, _)| {
        let before = flag.get(..at).and_then(|before| before.chars().next_back());
        before.is_none_or(|before| !before.is_ascii_alphanumeric() && before != '_')
    })
}

/// The physical line on which a span begins.
fn line_around(file: &str, span: Span) -> &str {
    let start = file.get(..span.start).and_then(|before| before.rfind('\n')).map_or(0, |at| at + 1);
    file.get(start..).and_then(|rest| rest.split('\n').next()).unwrap_or("")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::image::{Image, Knowledge};
    use crate::syntax::dockerfile::Dockerfile;

    #[test]
    fn ids_are_what_the_cli_makes_of_them() {
        let hashed = |target: &str| CacheId::Hashed(target.to_owned());
        for (run, expected) in [
            ("RUN --mount=type=cache,target=/pnpm x", hashed("/pnpm")),
            ("RUN --mount=target=/pnpm,type=cache x", hashed("/pnpm")),
            ("RUN --mount=type=cache,target=/p,uid=1,gid=1 x", hashed("/p")),
            ("RUN \\\n  --mount=type=cache,target=/pnpm x", CacheId::Untouched),
            ("RUN \\\n  --mount=type=cache,id=a,target=/pnpm x", CacheId::Explicit),
            ("run --mount=type=cache,target=/pnpm x", CacheId::Untouched),
            ("  RUN --mount=type=cache,target=/pnpm x", CacheId::Untouched),
            ("ONBUILD RUN --mount=type=cache,target=/pnpm x", CacheId::Untouched),
            ("RUN --mount=type=CACHE,target=/pnpm x", CacheId::Untouched),
            ("RUN --mount=\"type=cache,target=/pnpm\" x", hashed("/pnpm\"")),
            ("RUN --mount=type=cache,dst=/a x", CacheId::Colliding),
            ("RUN --mount=type=cache,destination=/b x", CacheId::Colliding),
            ("RUN --mount=type=cache,target=/x,id=x y", CacheId::Explicit),
            ("RUN --mount=type=cache,target=/x/.id=foo y", CacheId::Explicit),
        ] {
            let text = format!("FROM node\n{run}\n");
            let image = Image::new(&Dockerfile::parse(text.as_str()), &Knowledge::default());
            let found = image.runs.first().and_then(|run| run.mounts.first());
            assert_eq!(found.map(|mount| cache_id(&text, mount)), Some(expected), "{run}");
        }
    }

    #[test]
    fn the_second_line_is_not_seen() {
        let text = "FROM node\nRUN --mount=type=cache,target=/a \\\n  --mount=type=cache,target=/b x\n";
        let image = Image::new(&Dockerfile::parse(text), &Knowledge::default());
        let ids: Vec<_> =
            image.runs.iter().flat_map(|run| &run.mounts).map(|mount| cache_id(text, mount)).collect();
        assert_eq!(ids, [CacheId::Hashed("/a".to_owned()), CacheId::Untouched]);
    }
}
