//! What a build does to a folder that is mounted, or would be: `rm`, and files that it needs there.

use globset::Glob;

use crate::model::image::{Run, Tool};
use crate::model::images::ImageFile;
use crate::syntax::shell::{Invocation, Word};

/// What of a mount a path of `rm` names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hit {
    /// Something in it.
    Inside,
    /// The mounted folder itself: its content goes, and then `rm` fails, as it cannot be removed.
    Itself,
    /// A folder around it, or several folders of which it is one: it fails the same way, and more goes than what
    /// is mounted.
    Around,
}

/// The paths of an `rm`, and whether it takes folders.
pub(super) fn paths<'a>(invocation: &Invocation<'a>) -> (Vec<&'a Word>, bool) {
    let (flags, paths): (Vec<&Word>, Vec<&Word>) =
        invocation.args.iter().partition(|word| word.text.starts_with('-'));
    let recursive = flags.iter().any(|flag| match flag.text.strip_prefix("--") {
        Some(long) => long == "recursive",
        None => flag.text.contains(['r', 'R']),
    });
    (paths, recursive)
}

/// What a path of an `rm` takes of a mount at `target`. `None` for nothing, and where the path is not known.
pub(super) fn hit(run: &Run, word: &Word, recursive: bool, target: &str) -> Option<Hit> {
    let path = run.removed.get(&word.span.start)?;
    let parts: Vec<&str> = path.split('/').skip(1).collect();
    let target: Vec<&str> = target.split('/').skip(1).collect();
    let on_the_way = parts.iter().zip(&target).all(|(part, name)| is_match(part, name, word.has_glob));
    if !on_the_way {
        return None;
    }
    let exact = !word.has_glob && parts.len() == target.len();
    match (parts.len() > target.len(), exact) {
        (true, _) => Some(Hit::Inside),
        (false, true) => recursive.then_some(Hit::Itself),
        (false, false) => recursive.then_some(Hit::Around),
    }
}

/// Whether the run would fail with a mount at `target`: a mounted folder cannot be removed, neither by `rm -r` nor by
/// `go clean -modcache`.
fn fails_with_mount(run: &Run, target: &str) -> bool {
    let mut invocations = run.script.iter().flat_map(|script| script.invocations());
    invocations.any(|invocation| match invocation.program {
        "rm" => {
            let (paths, recursive) = paths(&invocation);
            paths.iter().any(|path| hit(run, path, recursive, target).is_some_and(|hit| hit != Hit::Inside))
        }
        "go" => cleans_modules(&invocation) && target.ends_with("/pkg/mod"),
        _ => false,
    })
}

/// Whether it is `go clean -modcache`.
pub(super) fn cleans_modules(invocation: &Invocation<'_>) -> bool {
    let has = |text: &str| invocation.args.iter().any(|word| word.text == text);
    invocation.program == "go" && has("clean") && has("-modcache")
}

/// Whether a mount for `tool` at `target` could break the build: the run removes the folder, or the build needs what
/// the image has there.
pub(super) fn breaks(file: &ImageFile, run: &Run, tool: &Tool, target: &str) -> bool {
    fails_with_mount(run, target) || file.image.needs_contents(run, tool, target)
}

/// Whether a component of a path stands for `name`. Like in a shell, `*` leaves out names that begin with a dot.
fn is_match(part: &str, name: &str, is_glob: bool) -> bool {
    if !is_glob || !part.contains(['*', '?', '[', '{']) {
        return part == name;
    }
    let hidden = name.starts_with('.') && !part.starts_with('.');
    !hidden && Glob::new(part).is_ok_and(|glob| glob.compile_matcher().is_match(name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::image::{Image, Knowledge};
    use crate::syntax::dockerfile::Dockerfile;

    fn hits(command: &str, target: &str) -> Vec<Option<Hit>> {
        let file = Dockerfile::parse(format!("FROM debian\nRUN {command}\n"));
        let image = Image::new(&file, &Knowledge::default());
        let run = image.runs.first();
        let script = run.and_then(|run| run.script.as_ref());
        let invocations = script.iter().flat_map(|script| script.invocations());
        let invocations: Vec<_> = invocations.filter(|invocation| invocation.program == "rm").collect();
        let found = invocations.iter().flat_map(|invocation| {
            let (words, recursive) = paths(invocation);
            words.into_iter().map(move |word| hit(run?, word, recursive, target))
        });
        found.collect()
    }

    #[test]
    fn components_are_compared() {
        for (command, target, expected) in [
            ("rm -rf /var/lib/apt/lists/*", "/var/lib/apt", Some(Hit::Inside)),
            ("rm /var/lib/apt/x", "/var/lib/apt", Some(Hit::Inside)),
            ("rm -rf /var/cache/dnf", "/var/cache/dnf", Some(Hit::Itself)),
            ("rm -r --force /var/cache/", "/var/cache/dnf", Some(Hit::Around)),
            ("rm -rf /go/*", "/go/pkg/mod", Some(Hit::Around)),
            ("rm -rf /tmp/c{a,b}*", "/tmp/cache", Some(Hit::Around)),
            ("rm -rf ~/.cache", "/root/.cache/pip", Some(Hit::Around)),
            ("rm -rf /root/*", "/root/.npm", None),
            ("rm -rf /root/.n*", "/root/.npm", Some(Hit::Around)),
            ("rm -rf '/var/cache/*'", "/var/cache/apt", None),
            ("rm -f /var/cache/dnf", "/var/cache/dnf", None),
            ("rm -rf /tmp/cpython-*", "/tmp/python-cache", None),
            ("rm -rf $X /a", "/b", None),
            ("rm -rf $X/*", "/root/.npm", None),
            ("X=/root; rm -rf $X/.npm", "/root/.npm", Some(Hit::Itself)),
            ("rm -rf \"$HOME\"/.npm", "/root/.npm", Some(Hit::Itself)),
            ("cd /root && rm -rf .npm", "/root/.npm", Some(Hit::Itself)),
            ("cd $X && rm -rf .npm", "/root/.npm", None),
            ("su node -c 'rm -rf ~/.npm'", "/root/.npm", None),
        ] {
            assert_eq!(hits(command, target).first(), Some(&expected), "{command}");
        }
    }
}
