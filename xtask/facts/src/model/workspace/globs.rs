//! The globs of a workspace.

use crate::model::manifest::Text;
use crate::source::RepoPath;
use globset::{GlobBuilder, GlobMatcher};

/// Patterns for folders, the later ones taking away with `!`.
///
/// As pnpm does, a pattern is compared with the path of the folder's package.json, so that `!**/test/**`
/// takes away the folders called `test` themselves (pnpm `fs.find-packages`, `normalizePatterns`).
#[derive(Debug)]
pub struct Globs {
    globs: Vec<(bool, GlobMatcher)>,
}

impl Globs {
    /// Compiles patterns; those that are no globs match nothing.
    pub fn new(patterns: &[Text]) -> Self {
        Self::from_texts(patterns.iter().map(|pattern| pattern.value.as_str()))
    }

    /// Compiles patterns given as plain texts.
    pub fn from_texts<'a>(patterns: impl IntoIterator<Item = &'a str>) -> Self {
        let globs = patterns.into_iter().filter_map(|pattern| {
            let (negated, glob) = match pattern.strip_prefix('!') {
                Some(rest) => (true, rest),
                None => (false, pattern),
            };
            let folder = glob.trim_start_matches("./").trim_end_matches('/');
            let glob = match folder {
                "" | "." => "package.json".to_owned(),
                folder => format!("{folder}/package.json"),
            };
            let glob = GlobBuilder::new(&glob).literal_separator(true).build().ok()?;
            Some((negated, glob.compile_matcher()))
        });
        Self { globs: globs.collect() }
    }

    /// Whether some pattern names `folder` and none takes it away.
    pub fn matches(&self, folder: &RepoPath) -> bool {
        let file = folder.join("package.json");
        let hit = |wanted: bool| {
            self.globs.iter().any(|(negated, glob)| *negated == wanted && glob.is_match(file.as_str()))
        };
        hit(false) && !hit(true)
    }
}
