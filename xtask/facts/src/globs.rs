//! Globs of the configuration: of paths on which something is, or is not, reported.

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

/// A set of the globs that are valid. `*` and `?` stay within a component, `**` matches any number of them.
pub fn glob_set<'a>(globs: impl IntoIterator<Item = &'a str>) -> GlobSet {
    let mut builder = GlobSetBuilder::new();
    for glob in globs {
        if let Ok(glob) = GlobBuilder::new(glob).literal_separator(true).build() {
            builder.add(glob);
        }
    }
    builder.build().unwrap_or_else(|_| GlobSet::empty())
}

#[cfg(test)]
mod tests {
    use super::glob_set;

    #[test]
    fn one_star_stays_in_its_folder() {
        let set = glob_set(["docs/runbooks/*.md", "upstream/**"]);
        assert!(set.is_match("docs/runbooks/a.md") && set.is_match("upstream/a/b"));
        assert!(!set.is_match("docs/runbooks/old/a.md"));
    }
}
