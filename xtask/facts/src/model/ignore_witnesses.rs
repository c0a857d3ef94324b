//! Paths that a pattern of an ignore file matches, made from its text: what another line must decide as well for the
//! pattern to be superfluous.

use crate::syntax::ignore::Dialect;

/// What stands for a run of characters without a slash; unlike each other, so that no other pattern matches them all
/// by chance.
const NAMES: [&str; 4] = ["q7", "Zk", "x.y-z", ".h"];

/// What stands for any number of folders.
const FOLDERS: [&str; 3] = ["", "x1/", "x1/y2/"];

/// Candidates for paths that a pattern matches; the caller asks the tool whether it really does. Empty for patterns
/// with classes, braces or escapes, of which nothing is claimed.
pub fn witnesses(dialect: Dialect, pattern: &str) -> Vec<String> {
    let body = bare(pattern);
    if body.contains(['[', '{', '\\']) || body.trim_matches(['/', '*']).is_empty() {
        return Vec::new();
    }
    let unrooted = dialect == Dialect::Stignore && !body.starts_with('/');
    let relative = body.trim_start_matches('/');
    let mut witnesses = Vec::new();
    let names = if relative.contains('*') { &NAMES[..] } else { &NAMES[..1] };
    let depths = if relative.contains("**") { &FOLDERS[..] } else { &FOLDERS[..1] };
    for name in names {
        for folders in depths {
            let path = relative
                .replace("**/", folders)
                .replace("**", &format!("{folders}{name}"))
                .replace('*', name)
                .replace('?', "q");
            let path = path.trim_end_matches('/');
            for front in if unrooted { &FOLDERS[..] } else { &FOLDERS[..1] } {
                witnesses.push(format!("{front}{path}"));
                witnesses.push(format!("{front}{path}/c1"));
            }
        }
    }
    witnesses.sort();
    witnesses.dedup();
    witnesses
}

/// A pattern without its `!` and Syncthing's prefixes.
pub fn bare(pattern: &str) -> &str {
    let mut rest = pattern;
    for prefix in ["!", "(?d)", "(?i)", "!"] {
        rest = rest.strip_prefix(prefix).unwrap_or(rest);
    }
    rest.trim()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_stand_for_paths_at_all_depths_they_reach() {
        let of = |dialect, pattern| witnesses(dialect, pattern);
        let synced = of(Dialect::Stignore, "!a.env");
        assert_eq!(synced, ["a.env", "a.env/c1", "x1/a.env", "x1/a.env/c1", "x1/y2/a.env", "x1/y2/a.env/c1"]);
        assert_eq!(of(Dialect::Dockerignore, "a.env"), ["a.env", "a.env/c1"]);
        assert_eq!(of(Dialect::Stignore, "/a"), ["a", "a/c1"]);
        assert!(of(Dialect::Dockerignore, "**/a").contains(&"x1/y2/a".to_owned()));
        assert!(of(Dialect::Stignore, "a[bc]").is_empty() && of(Dialect::Stignore, "**").is_empty());
    }
}
